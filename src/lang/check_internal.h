/* What the files of the checker share.
 *
 *   check.c         the order of the passes; symbols, findings, growing arrays
 *   check_text.c    values, types and days in words, for findings
 *   check_scheme.c  file headers: schemes, layers, chains
 *   check_data.c    catalogue: levels, categories, units, registers
 *   check_param.c   literals, parameters and what lower layers put into them
 *   check_tree.c    total, groups, indicators, clauses (headers)
 *   check_types.c   types: equality, words, what may be compared
 *   check_node.c    adding nodes
 *   check_expr.c    expressions -> nodes; check_agg.c aggregates; check_bands.c rows of tables
 *   check_rules.c   bodies of clauses, vetoes, freezes, gates, force
 *   check_range.c   [lo, hi] of one node
 *   check_overlap.c two clauses at once, gaps, exceptions in a circle, disjointness of conditions
 *   check_bound.c   caps that cannot bind, ceilings, per chain and interval
 *   check_cases.c   cases and properties
 *
 * A pass that finds an error reports it and leaves the thing out (index -1); later passes are
 * silent about what is already reported. Lack of memory is sticky in `nomem`. */
#ifndef JIFEN_LANG_CHECK_INTERNAL_H
#define JIFEN_LANG_CHECK_INTERNAL_H

#include "base/date.h"
#include "base/division.h"
#include "lang/diag.h"
#include "lang/rules.h"

enum sym_kind {
    SYM_SCHEME,
    SYM_ENUM,
    SYM_MEMBER, /* scope = enum */
    SYM_UNIT,
    SYM_REGISTER,
    SYM_FIELD, /* scope = register */
    SYM_PARAM,
    SYM_GROUP,
    SYM_INDICATOR,
    SYM_CLAUSE,
    SYM_GATE,
    SYM_KIND_COUNT
};

struct symbol {
    enum sym_kind kind;
    int32_t scope; /* -1 where the kind has none */
    struct str ascii;
    int32_t index;
    int32_t scheme; /* that declares it; visible to it and below; -1 = everywhere */
    struct src_pos pos;
    int32_t next; /* in its bucket */
};

#define SYMBOL_BUCKETS 4096u

/* What the passes know of a node besides what the image keeps. */
struct node_meta {
    uint32_t depth;     /* nodes below it, one under the other */
    uint64_t hash;      /* of its meaning: same text of rule, same hash */
    bool has_aggregate; /* somewhere below */
    bool has_param;     /* a parameter somewhere below, aggregates included */
    bool varies;        /* its range depends on the chain and day (README §6: aggregates do not) */
    bool is_cap, is_floor; /* written as 封顶, 保底 */
    int32_t scheme;        /* in whose rules it stands */
};

/* A clause on its way to the image. */
struct clause_work {
    const struct ast *ast; /* AST_CLAUSE or AST_INDICATOR */
    bool has_dates;
};
struct group_work {
    const struct ast *ast;
};
struct indicator_work {
    const struct ast *ast;
    int32_t when; /* node of its 当, -1 */
};

struct let {
    struct str ascii;
    const struct ast *value;
    int32_t node, domain, name;
    int32_t again, again_domain; /* lowered once more for records of a register; -1 = not yet */
    struct src_pos pos;
    struct let *outer; /* scope it was written in */
};

/* Where an expression stands. */
struct scope {
    int32_t domain; /* register whose records it is evaluated for, -1 = the person */
    struct let *lets;
};

struct check {
    struct arena *a;
    struct src_file *files;
    size_t file_count;
    struct ast_file *asts; /* by file */
    struct names *names;
    struct diag_list *diags;
    struct rules *r;
    bool nomem;

    /* current place */
    int32_t scheme;
    uint32_t file;
    enum lang lang;
    struct str heading;

    struct symbol *symbols;
    uint32_t symbol_count, symbol_cap;
    int32_t *buckets;

    struct node_meta *meta;
    struct clause_work *clause_work;
    struct group_work *group_work;
    struct indicator_work *indicator_work;
    uint32_t enum_cap, unit_cap, reg_cap, param_cap, group_cap, group_work_cap, indicator_cap,
        indicator_work_cap, clause_cap, clause_work_cap, veto_cap, gate_cap, name_cap, case_cap,
        property_cap, node_cap, meta_cap, kid_cap, table_cap;
    uint32_t meta_count, clause_work_count, group_work_count, indicator_work_count;
};

#define NO_POS ((struct src_pos){0, 0, 0, 0})

/* Room for one more element: the (maybe moved) array, NULL without memory (sticky). */
void *check_room(struct check *k, const void *items, uint32_t count, uint32_t *cap, size_t size);
/* Append a zeroed element; NULL without memory. */
#define CHECK_ADD(k, items, count, cap)                                                            \
    __extension__({                                                                                \
        __typeof__(*(items)) *slot_ = check_room((k), (items), (count), &(cap), sizeof *(items));  \
        if (slot_ != NULL) {                                                                       \
            (items) = slot_;                                                                       \
            slot_ += (count)++;                                                                    \
        }                                                                                          \
        slot_;                                                                                     \
    })

/* --- check.c ---------------------------------------------------------------------------------- */

void check_finding(struct check *k, enum severity severity, enum lang_msg m, struct src_pos at,
                   struct src_pos other, const struct str *args, size_t arg_count);
#define CHECK_ARGS(...)                                                                            \
    (const struct str[]){__VA_ARGS__},                                                             \
        sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)
#define FINDING(k, m, at, other, ...)                                                              \
    check_finding((k), SEVERITY_ERROR, (m), (at), (other), CHECK_ARGS(__VA_ARGS__))
#define FINDING0(k, m, at, other) check_finding((k), SEVERITY_ERROR, (m), (at), (other), NULL, 0)

/* Set the current place to a scheme's file, no heading. */
void check_enter(struct check *k, int32_t scheme);
void check_enter_item(struct check *k, size_t item);
/* The statements of one kind in the current scheme's file. */
typedef void check_item_fn(struct check *k, const struct ast *item);
void check_each(struct check *k, enum ast_kind kind, check_item_fn *fn); /* all schemes */

/* ASCII form of a written word; {NULL,0} when no declaration has it. */
struct str check_ascii(const struct check *k, struct str word);
void check_declare(struct check *k, enum sym_kind kind, int32_t scope, struct str ascii,
                   int32_t index, struct src_pos pos);
/* Seen from the current scheme; NULL. */
const struct symbol *check_symbol(const struct check *k, enum sym_kind kind, int32_t scope,
                                  struct str ascii);
/* Declared in any file of the folder; NULL. */
const struct symbol *check_symbol_anywhere(const struct check *k, enum sym_kind kind,
                                           struct str ascii);
/* Resolve an AST_NAME; reports and gives -1 when there is no such thing. */
int32_t check_resolve(struct check *k, enum sym_kind kind, int32_t scope, const struct ast *name);
/* Is the name free for a new declaration in the current scheme? Reports when it is not. */
bool check_is_new(struct check *k, enum sym_kind kind, int32_t scope, const struct ast *decl);
/* "Not declared", with the nearest word. */
void check_undeclared(struct check *k, const struct ast *name);
void check_wrong_kind(struct check *k, enum sym_kind kind, const struct ast *name);

struct rule_name check_name(const struct ast *decl);
struct rule_label check_label(const struct ast *n);

/* --- check_text.c: words for findings, in the language of the current file -------------------- */

struct str text_name(const struct check *k, const struct rule_name *n);
struct str text_value(struct check *k, struct type t, int64_t v);
struct str text_points(struct check *k, int64_t v);
struct str text_day(struct check *k, int32_t day);
struct str text_days(struct check *k, int32_t from, int32_t to);
struct str text_int(struct check *k, int64_t v);
struct str text_type(struct check *k, struct type t);
struct str text_kind(const struct check *k, enum sym_kind kind);
struct str text_kw(const struct check *k, enum keyword kw);
struct str text_two(const struct check *k, const char *zh, const char *en);
struct str text_take(struct check *k, struct buf *b);       /* copy to the arena, free the buffer */
struct str text_place(struct check *k, struct src_pos pos); /* FILE:LINE */

/* --- check_scheme.c, check_data.c, check_param.c, check_tree.c -------------------------------- */

void check_schemes(struct check *k);
void check_catalogue(struct check *k);
#define LEAD_MONTHS_MOST 1200
#define LEAD_DAYS_MOST 36600
bool field_empty_fits(const struct rule_field *f);
bool field_change_fits(const struct rule_register *g, const struct rule_field *f);
bool field_completes(const struct rule_field *f);
bool register_roles_fit(const struct rule_register *g); /* roles are indices of dates or months */
void check_params(struct check *k);
/* Every chain through `scheme` needs a value on each day from..to; reports the first without. */
void check_param_use(struct check *k, int32_t param, int32_t scheme, int32_t from, int32_t to,
                     struct src_pos at);
void check_tree(struct check *k);
size_t clause_body_at(const struct ast *item);
void check_basis(struct check *k, const struct ast *n, const struct rule_name *name);
/* Days of a statement: its DATES (or all days) cut to [from, to]; reports when nothing is left. */
void check_dates(struct check *k, const struct ast *n, int32_t *from, int32_t *to);

#define TYPE(vt_) ((struct type){(vt_), -1})
/* A literal's type and value; `expect` (may be NULL) settles plain numbers. False: reported. */
bool check_literal(struct check *k, const struct ast *lit, const struct type *expect,
                   struct type *ret_type, int64_t *ret);
/* A literal that must be of type t. */
bool check_literal_of(struct check *k, const struct ast *lit, struct type t, int64_t *ret);
/* A literal or parameter of type t (normally points). */
bool check_amount(struct check *k, const struct ast *operand, struct type t,
                  struct rule_amount *ret);

/* --- check_types.c ---------------------------------------------------------------------------- */

bool type_eq(struct type a, struct type b);
bool type_is_ordered(struct type t);  /* 至少, 超过 … make sense */
bool type_is_quantity(struct type t); /* may be added up */
/* Report that `found` stands where `wanted` must. */
void check_type_error(struct check *k, struct src_pos at, struct type wanted, struct type found);
/* Two sides of a comparison or sum; false: reported. */
bool check_same(struct check *k, const struct ast *at, struct type a, struct type b);

/* --- check_node.c ---------------------------------------------------------------------------- */

/* A node of this place with nothing special about it yet. */
struct rule_node node_plain(const struct scope *s, enum node_op op, struct type t,
                            struct src_pos pos);
/* Add a node: its kids, the rest from `proto`; -1 = a kid is -1, or reported. */
int32_t node_add(struct check *k, const struct rule_node *proto, const int32_t *kids,
                 uint32_t kid_count);
int32_t node_const(struct check *k, const struct scope *s, struct type t, int64_t v,
                   struct src_pos pos);
int32_t node_param(struct check *k, const struct scope *s, int32_t param, struct src_pos pos);
int32_t node_one(struct check *k, enum node_op op, struct type t, int32_t a, struct src_pos pos);
int32_t node_two(struct check *k, enum node_op op, struct type t, int32_t a, int32_t b,
                 struct src_pos pos);
struct type node_type(const struct check *k, int32_t node);
const struct rule_node *node_at(const struct check *k, int32_t node);
bool table_add(struct check *k, int64_t v);
int32_t let_name_add(struct check *k, const struct ast *decl);
/* The node with a name of its own (a shared node gets a wrapper). */
int32_t node_named(struct check *k, int32_t node, int32_t name);

/* --- check_expr.c ----------------------------------------------------------------------------- */

/* Lower an expression; -1 = reported. `expect` settles names of members and plain numbers. */
int32_t lower(struct check *k, const struct scope *s, const struct ast *e,
              const struct type *expect);
int32_t lower_as(struct check *k, const struct scope *s, const struct ast *e, struct type t);
int32_t lower_condition(struct check *k, const struct scope *s, const struct ast *e);
/* kids[first..] of n: 令 lines, then one expression. */
int32_t lower_body(struct check *k, const struct scope *s, const struct ast *n, size_t first,
                   const struct type *expect);
int32_t lower_aggregate(struct check *k, const struct scope *s, const struct ast *e);
/* Can the cap per year of a 逐条 ever cut, with `most` from each of so many records? */
bool each_cap_binds(const struct rule_node *n, int64_t most, uint32_t records);
int32_t lower_each(struct check *k, const struct scope *s, const struct ast *e);
int32_t lower_bands(struct check *k, const struct scope *s, const struct ast *e,
                    const struct type *expect);
int32_t lower_match(struct check *k, const struct scope *s, const struct ast *e,
                    const struct type *expect);
int32_t lower_within(struct check *k, const struct scope *s, const struct ast *e);
/* Index of a member of enum `e`; -1 = reported. */
int32_t check_member(struct check *k, int32_t e, const struct ast *name);

/* --- check_range.c ---------------------------------------------------------------------------- */

struct range {
    int64_t lo, hi;
};
/* The range of a node from its kids' ranges (README §6). Pure: also used to check images. */
struct range node_range(const struct rules *r, const struct rule_node *n, const struct range *kids);
/* Smallest and greatest value a parameter ever has; false when it has none. */
bool param_hull(const struct rules *r, int32_t param, struct range *ret);
int64_t sat_add(int64_t a, int64_t b);
int64_t sat_sub(int64_t a, int64_t b);
int64_t sat_mul(int64_t a, int64_t b);

/* First chain through `scheme` and day in from..to for which the parameter has no value. */
bool param_gap(const struct rules *r, int32_t param, int32_t scheme, int32_t from, int32_t to,
               int32_t *ret_chain, int32_t *ret_day);

/* --- the later passes ------------------------------------------------------------------------- */

void check_bodies(struct check *k);
void check_clauses(struct check *k);
void check_bounds(struct check *k);
void check_cases_all(struct check *k);
/* Can the two conditions (nodes, -1 = always) not both hold? True only when proved. */
bool check_disjoint(struct check *k, int32_t a, int32_t b);
/* Does clause a go before clause b by 例外于, directly or through others? */
bool clause_precedes(const struct rules *r, int32_t a, int32_t b);

#endif
