/* The rule image: a whole rule folder, resolved, typed and checked.
 *
 * Everything is plain arrays that refer to each other by index, so that an image can be written to
 * bytes and read back (rules_image_write, rules_image_read). Points are int64 counts of 1/scale;
 * money is fen; shares are 1/10 000; dates, months and divisions as in base. An image never changes
 * after rules_compile; it lives in its arena.
 *
 *   scheme (province) <- scheme (city) <- scheme (county)   a chain; lower ones add to open groups
 *   total <- group <- group <- indicator <- clause -> node tree
 *   register -> field -> type -> enum members               the data catalogue
 */
#ifndef JIFEN_LANG_RULES_H
#define JIFEN_LANG_RULES_H

#include "base/decimal.h"
#include "base/diag.h"
#include "base/hash.h"
#include "lang/ast.h"

enum node_op {
#define NODE(op, kids) NODE_##op,
#include "lang/node.def"
#undef NODE
    NODE_OP_COUNT
};

enum value_type {
    VT_BOOL,     /* 0, 1 */
    VT_INT,      /* count in a unit: `ref` = unit index, or -1 for plain numbers */
    VT_POINTS,   /* 1/scale points */
    VT_MONEY,    /* fen */
    VT_DATE,     /* day number */
    VT_MONTH,    /* calendar month */
    VT_MONTHS,   /* length in months */
    VT_DAYS,     /* length in days */
    VT_AGE,      /* completed years of life */
    VT_LEVEL,    /* ordered member index; ref = enum */
    VT_CATEGORY, /* member index; ref = enum; -1 = none (only from AGG_NOW) */
    VT_DIVISION, /* six-digit code */
    VT_KEY,      /* interned text: equality only */
    VT_SHARE,    /* 1/10 000 */
    VT_COUNT_OF
};

struct type {
    enum value_type vt;
    int32_t ref;
};

struct rule_name {
    struct str zh, ascii;
};
struct rule_label {
    struct str zh, en;
}; /* en may be empty: then zh is shown */

struct rule_enum {
    struct rule_name name;
    bool ordered;
    struct rule_name *members; /* lowest first; at most 62 */
    uint32_t member_count;
    struct src_pos pos;
};

struct rule_unit {
    struct rule_name name;
};

enum field_role { ROLE_NONE, ROLE_EVENT, ROLE_START, ROLE_END };
enum field_empty {
    EMPTY_REFUSED, /* an empty cell is a bad row */
    EMPTY_OPEN,    /* still running: DATE_OPEN_END / MONTH_OPEN_END */
    EMPTY_ALWAYS,  /* since ever: DATE_OPEN_START */
    EMPTY_UNKNOWN  /* unknown value */
};

struct rule_field {
    struct rule_name name; /* ascii = the CSV column */
    struct type type;
    enum field_role role;
    enum field_empty empty;
    int64_t lo, hi;  /* permitted values, both included (of the type, or the declared 范围); open
                       ends besides */
    bool changeable; /* a resident can act on it: see §7 of README.md */
    int32_t lead_months, lead_days; /* before a change takes effect; 0, 0 = at once */
    struct rule_label evidence;     /* empty = none written */
    struct src_pos pos;
};

struct rule_register {
    struct rule_name name; /* ascii = the CSV file without ".csv" */
    struct rule_label supplier;
    bool one_per_person, none_unknown, no_overlap;
    uint32_t
        max_records; /* per person; rows beyond are refused. 1 when one_per_person; default 1000 */
    struct rule_field *fields;
    uint32_t field_count;
    int32_t event, start, end; /* field index by role, -1 = none */
    int32_t scheme;            /* which declared it first */
    struct src_pos pos;
};
/* Registers "person" (one_per_person) always exists; persons are its rows. */

enum window_kind {
    WINDOW_NONE,
    WINDOW_MONTHS, /* event: day < add_months(event, n, MONTH_NEXT); spells and months: cut to the
                      last n months */
    WINDOW_FIXED,  /* first..last day, both included */
    WINDOW_THIS_YEAR,
    WINDOW_PREVIOUS_YEAR /* calendar year of the scoring day */
};

#define NODE_DEPTH_MAX 512 /* nesting of nodes, 令 names followed: bounds the evaluators' stack */

#define NODE_HAS_NONE 1u /* AGG_MAX/MIN/NOW: imm stands for "no record" */
#define NODE_DISPLAY_PERCENT 2u

struct rule_node {
    enum node_op op;
    struct type type;
    int32_t reg;    /* register, for FIELD and aggregates; -1 */
    int32_t domain; /* -1 = per person, else the register whose records it is evaluated for */
    int32_t field, field2;
    int64_t imm, imm2;
    enum rounding round;
    uint32_t flags;
    enum window_kind window;
    int64_t window_a, window_b;        /* MONTHS: n in a; FIXED: first, last day */
    uint32_t kid_first, kid_count;     /* into `kids` */
    uint32_t table_first, table_count; /* into `table` */
    int64_t lo,
        hi; /* static range: every possible value lies in it; an unknown input takes all of it */
    int32_t param; /* for CONST that stands for a parameter: its index, else -1 */
    int32_t name;  /* LET or ITEM name this node is the value of: index into `names`, else -1 */
    struct src_pos pos; /* the construct in the source */
};

struct rule_param_value {
    int32_t from, to;
    int64_t value;
    int32_t scheme;
    struct src_pos pos;
}; /* [from, to] days included */
struct rule_param {
    struct rule_name name;
    struct type type;
    uint32_t open_to; /* bits: 1 city, 2 county */
    int64_t lo, hi;   /* permitted for lower layers */
    struct rule_param_value *values;
    uint32_t value_count;
    int32_t scheme;
    struct src_pos pos;
};

enum layer { LAYER_PROVINCE, LAYER_CITY, LAYER_COUNTY };

struct rule_source {
    struct rule_label label;
    struct str digest;
    int32_t from, to;
};

struct rule_scheme {
    struct rule_name name; /* zh = title */
    struct rule_label title;
    enum layer layer;
    int32_t division;
    int32_t parent; /* scheme, -1 for the province */
    bool illustrative;
    struct rule_source source; /* from..to = when the scheme is in force, days included */
    uint32_t file;
    struct hash hash; /* SM3 of the file's canonical bytes */
    struct src_pos pos;
};

/* An operand that may change by date: a literal, or a parameter. */
struct rule_amount {
    bool is_set;
    int64_t value;
    int32_t param; /* -1 = literal */
    struct src_pos pos;
};

enum combine { COMBINE_ONE, COMBINE_SUM, COMBINE_HIGHEST };

struct rule_group {
    struct rule_name name;
    int32_t parent; /* group; -1 = the total, which is group 0 */
    int32_t scheme;
    bool deducts;
    enum combine combine; /* SUM or HIGHEST */
    struct rule_amount cap, floor;
    int64_t ceiling;  /* -1 = none; proved at compile time */
    uint32_t open_to; /* bits: 1 city, 2 county may add below it */
    int32_t
        portable; /* -1 none, else enum layer: the score is valid in the whole province / city */
    int32_t from, to;
    struct str basis; /* heading path */
    struct src_pos pos;
};

struct rule_indicator {
    struct rule_name name;
    int32_t group, scheme;
    enum combine combine; /* ONE unless written */
    struct rule_amount cap, floor;
    int64_t ceiling; /* -1 = none */
    bool has_if_unknown;
    int32_t if_unknown_from;
    int64_t if_unknown_value;
    int32_t from, to; /* days included */
    uint32_t clause_first,
        clause_count; /* into clauses; those of lower layers (variations) come last */
    struct str basis;
    struct src_pos pos;
};

struct rule_clause {
    struct rule_name name; /* the indicator's own name where the body stands in the indicator */
    int32_t indicator, scheme;
    int32_t from, to;     /* days included, already cut to the indicator's and the scheme's */
    int32_t cond;         /* node, -1 = always */
    int32_t body;         /* node, VT_POINTS */
    int32_t exception_to; /* clause it goes before; -1 */
    bool may_vary;
    struct str basis;
    struct src_pos pos;
};

struct rule_veto {
    int32_t group, indicator; /* both -1: everything */
    bool freezes;
    int32_t cond;
    struct rule_label reason;
    int32_t scheme, from, to;
    struct str basis;
    struct src_pos pos;
};
struct rule_gate {
    struct rule_name name;
    int32_t cond;
    int32_t scheme, from, to;
    struct str basis;
    struct src_pos pos;
};

struct rule_force_row {
    int32_t member; /* -1 = no record */
    bool in_force;
    struct str word;
};
struct rule_force {
    int32_t reg, status_field, division_field;
    struct rule_force_row *rows;
    uint32_t row_count;
    struct str basis;
    struct src_pos pos;
};

struct rule_let {
    struct rule_name name;
};

/* Cases: facts as rows of cells in the population's representation, and expectations. */
struct rule_cell {
    int32_t field;
    bool known;
    int64_t value;
    struct str key; /* VT_KEY: the text */
};
struct rule_fact {
    int32_t reg;
    struct rule_cell *cells;
    uint32_t cell_count;
    struct src_pos pos;
};
enum expect_kind { EXPECT_TOTAL, EXPECT_GROUP, EXPECT_INDICATOR, EXPECT_STATUS, EXPECT_GATE };
struct rule_expect {
    enum expect_kind kind;
    int32_t index;
    int64_t lo, hi;
    struct str word;
    struct src_pos pos;
};
struct rule_case {
    struct rule_label title;
    int32_t scheme, day, rule_day;
    struct rule_fact *facts;
    uint32_t fact_count;
    int32_t *unanswered;
    uint32_t unanswered_count; /* registers */
    struct rule_expect *expects;
    uint32_t expect_count;
    struct src_pos pos;
};
struct rule_property {
    struct rule_label title;
    enum keyword kind; /* KW_MONOTONE KW_PERMUTE KW_SPLIT KW_AT_MOST KW_AT_LEAST */
    enum expect_kind what;
    int32_t index; /* TOTAL, GROUP or INDICATOR */
    int32_t reg, field;
    bool decreasing;
    int64_t bound;
    int32_t scheme;
    struct src_pos pos;
};

struct rules {
    struct src_file *files;
    size_t file_count; /* path and text; text may be empty in an image read back */
    int64_t scale;     /* units per point */
    struct rule_scheme *schemes;
    uint32_t scheme_count; /* province first, then by division code */
    struct rule_enum *enums;
    uint32_t enum_count;
    struct rule_unit *units;
    uint32_t unit_count;
    struct rule_register *regs;
    uint32_t reg_count; /* register 0 is "person" */
    struct rule_param *params;
    uint32_t param_count;
    struct rule_group *groups;
    uint32_t group_count; /* 0 is the total; parents before children */
    struct rule_indicator *indicators;
    uint32_t indicator_count; /* province's first, in file order, then scheme by scheme */
    struct rule_clause *clauses;
    uint32_t clause_count;
    struct rule_veto *vetoes;
    uint32_t veto_count;
    struct rule_gate *gates;
    uint32_t gate_count;
    struct rule_force force;
    bool has_force;
    struct rule_let *names;
    uint32_t name_count;
    struct rule_case *cases;
    uint32_t case_count;
    struct rule_property *properties;
    uint32_t property_count;
    struct rule_node *nodes;
    uint32_t node_count;
    uint32_t *kids;
    uint32_t kid_total;
    int64_t *table;
    uint32_t table_total;
    struct hash hash; /* SM3 over the schemes' hashes in order */
};

/* Compile a set of rule files into one image. All texts must stay alive as long as the image. On
 * errors in the rules: ERR_RULES with every finding in `diags`; warnings may be in `diags` on
 * success too. ERR_NOMEM when the arena ends. */
NODISCARD enum err rules_compile(struct arena *a, struct src_file *files, size_t file_count,
                                 struct diag_list *diags, const struct rules **ret);

/* Bytes of an image (little-endian, sections with lengths, SM3 at the end), and back. Reading
 * trusts nothing: every index, count and range is checked: ERR_CORRUPT. Texts of source files are
 * not part of it. */
NODISCARD enum err rules_image_write(const struct rules *r, struct buf *out);
NODISCARD enum err rules_image_read(struct arena *a, struct str bytes, const struct rules **ret);

/* Which scheme serves a division on a rule day: the county's, else its city's, else the province's
 * (illustrated in README §5); only schemes in force that day. -1 when even the province's is not. A
 * division that has been abolished by then is the one that took it over, or, where it was split,
 * its city's. */
int32_t rules_scheme_for(const struct rules *r, int32_t division, int32_t rule_day);
/* Is `scheme` `lower` itself or above it in its chain? */
bool rules_in_chain(const struct rules *r, int32_t scheme, int32_t lower);
/* Value of a parameter for a chain on a rule day (the lowest layer's value in force); false when it
 * has none that day. */
bool rules_param_value(const struct rules *r, int32_t param, int32_t chain, int32_t rule_day,
                       int64_t *ret);
int64_t rules_amount(const struct rules *r, const struct rule_amount *m, int32_t chain,
                     int32_t rule_day); /* requires is_set and a value */

/* The least and the most an indicator can give by its clauses, literal cap and floor; a cap or
 * floor that is a parameter changes by date and is left out. */
void rules_indicator_range(const struct rules *r, const struct rule_indicator *ind, int64_t *ret_lo,
                           int64_t *ret_hi);

/* A register, a register's field, by its ASCII name; -1: there is none. */
int32_t rules_register(const struct rules *r, struct str ascii);
int32_t rules_field(const struct rule_register *reg, struct str ascii);

/* The heading path, title and words of things, for messages and explanations. */
struct str rules_label(const struct rule_label *l, enum lang lang);
struct str rules_name(const struct rule_name *n, enum lang lang); /* zh, or the ASCII form */
/* The source text of a node's construct, on one line ("" when the image has no texts). */
struct str rules_node_text(struct arena *a, const struct rules *r, uint32_t node);

#endif
