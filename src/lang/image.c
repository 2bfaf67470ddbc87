/* Rule images as bytes.
 *
 *   "JFIMAGE2"  section...  SM3 of all before it
 *   section = number (4 bytes), length (8 bytes), fields
 *
 * Structure: one table of rows per struct says which fields go into the image and how; one writer
 * and one reader walk the tables. Integers are little-endian; a text is its length (4 bytes) and
 * its bytes; an array is its count (4 bytes) and its elements.
 *
 * Invariants: the same image gives the same bytes on every machine; what can be read is written
 * back byte for byte; reading allocates no more than the bytes at hand can fill. */
#include "lang/image_internal.h"

#include <stddef.h>
#include <string.h>

enum wire {
    WIRE_I32, /* also uint32_t */
    WIRE_I64,
    WIRE_BOOL,
    WIRE_ENUM, /* 4 bytes, below `limit` */
    WIRE_TEXT,
    WIRE_HASH,
    WIRE_STRUCT,
    WIRE_ARRAY,  /* pointer at `at`, uint32_t count at `count_at` */
    WIRE_ARRAY_Z /* the same with a size_t count */
};

struct wire_type;
struct wire_field {
    enum wire kind;
    size_t at, count_at;
    uint32_t limit;
    const struct wire_type *type;
};
struct wire_type {
    size_t size;
    const struct wire_field *fields;
    size_t count;
};

_Static_assert(sizeof(enum node_op) == 4 && sizeof(enum keyword) == 4, "enums are four bytes");
_Static_assert(sizeof(bool) == 1 && sizeof(int32_t) == 4, "plain sizes");

/* A field of a struct must have the size its row says: the sizes are compared while compiling. */
#define ROW(kind_, s, f, bytes)                                                                    \
    {                                                                                              \
        .kind = (kind_), .at = offsetof(struct s, f) +                                             \
                               0 * sizeof(char[sizeof(((struct s *)0)->f) == (bytes) ? 1 : -1])    \
    }
#define I32(s, f) ROW(WIRE_I32, s, f, 4)
#define I64(s, f) ROW(WIRE_I64, s, f, 8)
#define BOOL(s, f) ROW(WIRE_BOOL, s, f, 1)
#define TEXT(s, f) ROW(WIRE_TEXT, s, f, sizeof(struct str))
#define HASH(s, f) ROW(WIRE_HASH, s, f, HASH_BYTES)
#define ENUM(s, f, limit_)                                                                         \
    {                                                                                              \
        .kind = WIRE_ENUM, .at = offsetof(struct s, f), .limit = (limit_)                          \
    }
#define SUB(s, f, t)                                                                               \
    {                                                                                              \
        .kind = WIRE_STRUCT, .at = offsetof(struct s, f), .type = &t                               \
    }
#define ARRAY(s, f, n, t)                                                                          \
    {                                                                                              \
        .kind = WIRE_ARRAY, .at = offsetof(struct s, f), .count_at = offsetof(struct s, n),        \
        .type = &t                                                                                 \
    }
#define TYPE_OF(s, rows)                                                                           \
    {                                                                                              \
        .size = sizeof(struct s), .fields = rows, .count = sizeof rows / sizeof *rows              \
    }
#define WIRE_OF(s, ...)                                                                            \
    static const struct wire_field s##_rows[] = {__VA_ARGS__};                                     \
    static const struct wire_type s##_wire = TYPE_OF(s, s##_rows)

static const struct wire_field i32_rows[] = {{.kind = WIRE_I32}};
static const struct wire_type i32_wire = {.size = 4, .fields = i32_rows, .count = 1};
static const struct wire_field i64_rows[] = {{.kind = WIRE_I64}};
static const struct wire_type i64_wire = {.size = 8, .fields = i64_rows, .count = 1};

/* ---- the layout ---- */

WIRE_OF(src_pos, I32(src_pos, file), I32(src_pos, line), I32(src_pos, col), I32(src_pos, chars));
WIRE_OF(rule_name, TEXT(rule_name, zh), TEXT(rule_name, ascii));
WIRE_OF(rule_label, TEXT(rule_label, zh), TEXT(rule_label, en));
WIRE_OF(type, ENUM(type, vt, VT_COUNT_OF), I32(type, ref));
WIRE_OF(src_file, TEXT(src_file, path), ENUM(src_file, lang, LANG_COUNT));
WIRE_OF(rule_enum, SUB(rule_enum, name, rule_name_wire), BOOL(rule_enum, ordered),
        ARRAY(rule_enum, members, member_count, rule_name_wire), SUB(rule_enum, pos, src_pos_wire));
WIRE_OF(rule_unit, SUB(rule_unit, name, rule_name_wire));
WIRE_OF(rule_field, SUB(rule_field, name, rule_name_wire), SUB(rule_field, type, type_wire),
        ENUM(rule_field, role, ROLE_END + 1), ENUM(rule_field, empty, EMPTY_UNKNOWN + 1),
        I64(rule_field, lo), I64(rule_field, hi), BOOL(rule_field, changeable),
        I32(rule_field, lead_months), I32(rule_field, lead_days),
        SUB(rule_field, evidence, rule_label_wire), SUB(rule_field, pos, src_pos_wire));
WIRE_OF(rule_register, SUB(rule_register, name, rule_name_wire),
        SUB(rule_register, supplier, rule_label_wire), BOOL(rule_register, one_per_person),
        BOOL(rule_register, none_unknown), BOOL(rule_register, no_overlap),
        I32(rule_register, max_records), ARRAY(rule_register, fields, field_count, rule_field_wire),
        I32(rule_register, event), I32(rule_register, start), I32(rule_register, end),
        I32(rule_register, scheme), SUB(rule_register, pos, src_pos_wire));
WIRE_OF(rule_node, ENUM(rule_node, op, NODE_OP_COUNT), SUB(rule_node, type, type_wire),
        I32(rule_node, reg), I32(rule_node, domain), I32(rule_node, field), I32(rule_node, field2),
        I64(rule_node, imm), I64(rule_node, imm2), ENUM(rule_node, round, ROUND_UP + 1),
        I32(rule_node, flags), ENUM(rule_node, window, WINDOW_PREVIOUS_YEAR + 1),
        I64(rule_node, window_a), I64(rule_node, window_b), I32(rule_node, kid_first),
        I32(rule_node, kid_count), I32(rule_node, table_first), I32(rule_node, table_count),
        I64(rule_node, lo), I64(rule_node, hi), I32(rule_node, param), I32(rule_node, name),
        SUB(rule_node, pos, src_pos_wire));
WIRE_OF(rule_param_value, I32(rule_param_value, from), I32(rule_param_value, to),
        I64(rule_param_value, value), I32(rule_param_value, scheme),
        SUB(rule_param_value, pos, src_pos_wire));
WIRE_OF(rule_param, SUB(rule_param, name, rule_name_wire), SUB(rule_param, type, type_wire),
        I32(rule_param, open_to), I64(rule_param, lo), I64(rule_param, hi),
        ARRAY(rule_param, values, value_count, rule_param_value_wire), I32(rule_param, scheme),
        SUB(rule_param, pos, src_pos_wire));
WIRE_OF(rule_source, SUB(rule_source, label, rule_label_wire), TEXT(rule_source, digest),
        I32(rule_source, from), I32(rule_source, to));
WIRE_OF(rule_scheme, SUB(rule_scheme, name, rule_name_wire),
        SUB(rule_scheme, title, rule_label_wire), ENUM(rule_scheme, layer, LAYER_COUNTY + 1),
        I32(rule_scheme, division), I32(rule_scheme, parent), BOOL(rule_scheme, illustrative),
        SUB(rule_scheme, source, rule_source_wire), I32(rule_scheme, file), HASH(rule_scheme, hash),
        SUB(rule_scheme, pos, src_pos_wire));
WIRE_OF(rule_amount, BOOL(rule_amount, is_set), I64(rule_amount, value), I32(rule_amount, param),
        SUB(rule_amount, pos, src_pos_wire));
WIRE_OF(rule_group, SUB(rule_group, name, rule_name_wire), I32(rule_group, parent),
        I32(rule_group, scheme), BOOL(rule_group, deducts),
        ENUM(rule_group, combine, COMBINE_HIGHEST + 1), SUB(rule_group, cap, rule_amount_wire),
        SUB(rule_group, floor, rule_amount_wire), I64(rule_group, ceiling),
        I32(rule_group, open_to), I32(rule_group, portable), I32(rule_group, from),
        I32(rule_group, to), TEXT(rule_group, basis), SUB(rule_group, pos, src_pos_wire));
WIRE_OF(rule_indicator, SUB(rule_indicator, name, rule_name_wire), I32(rule_indicator, group),
        I32(rule_indicator, scheme), ENUM(rule_indicator, combine, COMBINE_HIGHEST + 1),
        SUB(rule_indicator, cap, rule_amount_wire), SUB(rule_indicator, floor, rule_amount_wire),
        I64(rule_indicator, ceiling), BOOL(rule_indicator, has_if_unknown),
        I32(rule_indicator, if_unknown_from), I64(rule_indicator, if_unknown_value),
        I32(rule_indicator, from), I32(rule_indicator, to), I32(rule_indicator, clause_first),
        I32(rule_indicator, clause_count), TEXT(rule_indicator, basis),
        SUB(rule_indicator, pos, src_pos_wire));
WIRE_OF(rule_clause, SUB(rule_clause, name, rule_name_wire), I32(rule_clause, indicator),
        I32(rule_clause, scheme), I32(rule_clause, from), I32(rule_clause, to),
        I32(rule_clause, cond), I32(rule_clause, body), I32(rule_clause, exception_to),
        BOOL(rule_clause, may_vary), TEXT(rule_clause, basis), SUB(rule_clause, pos, src_pos_wire));
WIRE_OF(rule_veto, I32(rule_veto, group), I32(rule_veto, indicator), BOOL(rule_veto, freezes),
        I32(rule_veto, cond), SUB(rule_veto, reason, rule_label_wire), I32(rule_veto, scheme),
        I32(rule_veto, from), I32(rule_veto, to), TEXT(rule_veto, basis),
        SUB(rule_veto, pos, src_pos_wire));
WIRE_OF(rule_gate, SUB(rule_gate, name, rule_name_wire), I32(rule_gate, cond),
        I32(rule_gate, scheme), I32(rule_gate, from), I32(rule_gate, to), TEXT(rule_gate, basis),
        SUB(rule_gate, pos, src_pos_wire));
WIRE_OF(rule_force_row, I32(rule_force_row, member), BOOL(rule_force_row, in_force),
        TEXT(rule_force_row, word));
WIRE_OF(rule_force, I32(rule_force, reg), I32(rule_force, status_field),
        I32(rule_force, division_field), ARRAY(rule_force, rows, row_count, rule_force_row_wire),
        TEXT(rule_force, basis), SUB(rule_force, pos, src_pos_wire));
WIRE_OF(rule_let, SUB(rule_let, name, rule_name_wire));
WIRE_OF(rule_cell, I32(rule_cell, field), BOOL(rule_cell, known), I64(rule_cell, value),
        TEXT(rule_cell, key));
WIRE_OF(rule_fact, I32(rule_fact, reg), ARRAY(rule_fact, cells, cell_count, rule_cell_wire),
        SUB(rule_fact, pos, src_pos_wire));
WIRE_OF(rule_expect, ENUM(rule_expect, kind, EXPECT_GATE + 1), I32(rule_expect, index),
        I64(rule_expect, lo), I64(rule_expect, hi), TEXT(rule_expect, word),
        SUB(rule_expect, pos, src_pos_wire));
WIRE_OF(rule_case, SUB(rule_case, title, rule_label_wire), I32(rule_case, scheme),
        I32(rule_case, day), I32(rule_case, rule_day),
        ARRAY(rule_case, facts, fact_count, rule_fact_wire),
        ARRAY(rule_case, unanswered, unanswered_count, i32_wire),
        ARRAY(rule_case, expects, expect_count, rule_expect_wire),
        SUB(rule_case, pos, src_pos_wire));
WIRE_OF(rule_property, SUB(rule_property, title, rule_label_wire),
        ENUM(rule_property, kind, KW_COUNT_OF), ENUM(rule_property, what, EXPECT_GATE + 1),
        I32(rule_property, index), I32(rule_property, reg), I32(rule_property, field),
        BOOL(rule_property, decreasing), I64(rule_property, bound), I32(rule_property, scheme),
        SUB(rule_property, pos, src_pos_wire));

/* One section each, numbered from 1. */
static const struct wire_field sections[] = {
    {.kind = WIRE_ARRAY_Z,
     .at = offsetof(struct rules, files),
     .count_at = offsetof(struct rules, file_count),
     .type = &src_file_wire},
    I64(rules, scale),
    ARRAY(rules, schemes, scheme_count, rule_scheme_wire),
    ARRAY(rules, enums, enum_count, rule_enum_wire),
    ARRAY(rules, units, unit_count, rule_unit_wire),
    ARRAY(rules, regs, reg_count, rule_register_wire),
    ARRAY(rules, params, param_count, rule_param_wire),
    ARRAY(rules, groups, group_count, rule_group_wire),
    ARRAY(rules, indicators, indicator_count, rule_indicator_wire),
    ARRAY(rules, clauses, clause_count, rule_clause_wire),
    ARRAY(rules, vetoes, veto_count, rule_veto_wire),
    ARRAY(rules, gates, gate_count, rule_gate_wire),
    BOOL(rules, has_force),
    SUB(rules, force, rule_force_wire),
    ARRAY(rules, names, name_count, rule_let_wire),
    ARRAY(rules, cases, case_count, rule_case_wire),
    ARRAY(rules, properties, property_count, rule_property_wire),
    ARRAY(rules, nodes, node_count, rule_node_wire),
    ARRAY(rules, kids, kid_total, i32_wire),
    ARRAY(rules, table, table_total, i64_wire),
    HASH(rules, hash),
};

#define SECTION_COUNT (sizeof sections / sizeof sections[0])
#define SECTION_HEAD 12u /* number and length */

static const char MAGIC[8] = {'J', 'F', 'I', 'M', 'A', 'G', 'E', '2'};

/* ---- writing ---- */

static void put(struct buf *out, uint64_t v, int bytes)
{
    char le[8];

    for (int i = 0; i < bytes; i++)
        le[i] = (char)(v >> (8 * i) & 0xff);
    buf_add(out, (struct str){le, (size_t)bytes});
}

static uint32_t load_u32(const char *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t load_u64(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static size_t count_of(const struct wire_field *f, const char *base)
{
    if (f->kind == WIRE_ARRAY) return load_u32(base + f->count_at);
    size_t n;
    memcpy(&n, base + f->count_at, sizeof n);
    return n;
}

static void write_type(struct buf *out, const struct wire_type *t, const char *base);

static void write_text(struct buf *out, const char *at)
{
    struct str s;

    memcpy(&s, at, sizeof s);
    put(out, s.n, 4);
    buf_add(out, s);
}

static void write_array(struct buf *out, const struct wire_field *f, const char *base)
{
    size_t n = count_of(f, base);
    const char *items;

    memcpy(&items, base + f->at, sizeof items);
    put(out, n, 4);
    for (size_t i = 0; i < n; i++)
        write_type(out, f->type, items + i * f->type->size);
}

static void write_field(struct buf *out, const struct wire_field *f, const char *base)
{
    const char *at = base + f->at;

    switch (f->kind) {
    case WIRE_I32:
    case WIRE_ENUM:
        put(out, load_u32(at), 4);
        return;
    case WIRE_I64:
        put(out, load_u64(at), 8);
        return;
    case WIRE_BOOL:
        buf_add_char(out, *at);
        return;
    case WIRE_TEXT:
        write_text(out, at);
        return;
    case WIRE_HASH:
        buf_add(out, (struct str){at, HASH_BYTES});
        return;
    case WIRE_STRUCT:
        write_type(out, f->type, at);
        return;
    case WIRE_ARRAY:
    case WIRE_ARRAY_Z:
        write_array(out, f, base);
        return;
    }
}

static void write_type(struct buf *out, const struct wire_type *t, const char *base)
{
    for (size_t i = 0; i < t->count; i++)
        write_field(out, &t->fields[i], base);
}

static enum err write_section(struct buf *out, size_t number, const struct rules *r)
{
    struct buf body;
    enum err e;

    buf_init(&body, 0);
    write_field(&body, &sections[number], (const char *)r);
    put(out, number + 1, 4);
    put(out, body.n, 8);
    buf_add(out, buf_str(&body));
    e = buf_err(&body);
    buf_done(&body);
    return e;
}

enum err rules_image_write(const struct rules *r, struct buf *out)
{
    size_t first = out->n;
    struct hash digest;
    enum err e = ERR_OK;

    buf_add(out, (struct str){MAGIC, sizeof MAGIC});
    for (size_t i = 0; i < SECTION_COUNT && e == ERR_OK; i++)
        e = write_section(out, i, r);
    if (e == ERR_OK) e = buf_err(out);
    if (e == ERR_OK) e = hash_sm3((struct str){out->p + first, out->n - first}, &digest);
    if (e != ERR_OK) return e;
    buf_add(out, (struct str){(const char *)digest.bytes, HASH_BYTES});
    return buf_err(out);
}

/* ---- reading ---- */

struct reader {
    struct arena *arena;
    const char *p; /* a copy that lives as long as the image */
    size_t at, end;
    enum err err; /* sticky */
};

static const char *take(struct reader *in, size_t n)
{
    const char *p = in->p + in->at;

    if (in->err != ERR_OK) return NULL;
    if (in->end - in->at < n) {
        in->err = ERR_CORRUPT;
        return NULL;
    }
    in->at += n;
    return p;
}

static uint64_t get(struct reader *in, size_t bytes)
{
    const char *p = take(in, bytes);
    uint64_t v = 0;

    for (size_t i = 0; p != NULL && i < bytes; i++)
        v |= (uint64_t)(uint8_t)p[i] << (8 * i);
    return v;
}

/* The fewest bytes an element takes. */
static size_t least_bytes(const struct wire_type *t)
{
    static const size_t fixed[] = {[WIRE_I32] = 4,    [WIRE_I64] = 8,   [WIRE_BOOL] = 1,
                                   [WIRE_ENUM] = 4,   [WIRE_TEXT] = 4,  [WIRE_HASH] = HASH_BYTES,
                                   [WIRE_STRUCT] = 0, [WIRE_ARRAY] = 4, [WIRE_ARRAY_Z] = 4};
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += t->fields[i].kind == WIRE_STRUCT ? least_bytes(t->fields[i].type)
                                              : fixed[t->fields[i].kind];
    return n;
}

static void read_type(struct reader *in, const struct wire_type *t, char *base);

static void read_text(struct reader *in, char *at)
{
    size_t n = (size_t)get(in, 4);
    const char *p = take(in, n);
    struct str s = {n > 0 ? p : NULL, n};

    if (p == NULL) return;
    if (text_utf8_check(s) != s.n) in->err = ERR_CORRUPT;
    memcpy(at, &s, sizeof s);
}

static void read_array(struct reader *in, const struct wire_field *f, char *base)
{
    size_t n = (size_t)get(in, 4);
    uint32_t count = (uint32_t)n;
    char *items;

    if (in->err != ERR_OK) return;
    if (n > (in->end - in->at) / least_bytes(f->type)) {
        in->err = ERR_CORRUPT;
        return;
    }
    items = arena_alloc(in->arena, n, f->type->size);
    if (items == NULL) {
        in->err = ERR_NOMEM;
        return;
    }
    for (size_t i = 0; i < n && in->err == ERR_OK; i++)
        read_type(in, f->type, items + i * f->type->size);
    memcpy(base + f->at, &items, sizeof items);
    if (f->kind == WIRE_ARRAY)
        memcpy(base + f->count_at, &count, sizeof count);
    else
        memcpy(base + f->count_at, &n, sizeof n);
}

static void read_small(struct reader *in, const struct wire_field *f, char *at)
{
    uint32_t v = (uint32_t)get(in, f->kind == WIRE_BOOL ? 1 : 4);
    bool yes = v == 1;

    if ((f->kind == WIRE_ENUM && v >= f->limit) || (f->kind == WIRE_BOOL && v > 1)) {
        in->err = ERR_CORRUPT;
        return;
    }
    if (f->kind == WIRE_BOOL)
        memcpy(at, &yes, sizeof yes);
    else
        memcpy(at, &v, sizeof v);
}

static void read_field(struct reader *in, const struct wire_field *f, char *base)
{
    char *at = base + f->at;
    const char *p;
    uint64_t v;

    switch (f->kind) {
    case WIRE_I32:
    case WIRE_BOOL:
    case WIRE_ENUM:
        read_small(in, f, at);
        return;
    case WIRE_I64:
        v = get(in, 8);
        memcpy(at, &v, sizeof v);
        return;
    case WIRE_TEXT:
        read_text(in, at);
        return;
    case WIRE_HASH:
        p = take(in, HASH_BYTES);
        if (p != NULL) memcpy(at, p, HASH_BYTES);
        return;
    case WIRE_STRUCT:
        read_type(in, f->type, at);
        return;
    case WIRE_ARRAY:
    case WIRE_ARRAY_Z:
        read_array(in, f, base);
        return;
    }
}

static void read_type(struct reader *in, const struct wire_type *t, char *base)
{
    for (size_t i = 0; i < t->count && in->err == ERR_OK; i++)
        read_field(in, &t->fields[i], base);
}

static void read_section(struct reader *in, size_t number, struct rules *r)
{
    uint64_t id = get(in, 4), length = get(in, 8);
    size_t end = in->end, start = in->at;

    if (in->err == ERR_OK && (id != number + 1 || length > end - start)) in->err = ERR_CORRUPT;
    if (in->err != ERR_OK) return;
    in->end = start + (size_t)length;
    read_field(in, &sections[number], (char *)r);
    if (in->err == ERR_OK && in->at != in->end) in->err = ERR_CORRUPT;
    in->end = end;
}

/* The digest at the end belongs to what stands before it. */
static enum err check_digest(struct str bytes)
{
    struct str body;
    struct hash digest;
    enum err e;

    if (bytes.n < sizeof MAGIC + SECTION_COUNT * SECTION_HEAD + HASH_BYTES) return ERR_CORRUPT;
    if (memcmp(bytes.p, MAGIC, sizeof MAGIC) != 0) return ERR_CORRUPT;
    body = (struct str){bytes.p, bytes.n - HASH_BYTES};
    e = hash_sm3(body, &digest);
    if (e != ERR_OK) return e;
    return memcmp(bytes.p + body.n, digest.bytes, HASH_BYTES) == 0 ? ERR_OK : ERR_CORRUPT;
}

enum err rules_image_read(struct arena *a, struct str bytes, const struct rules **ret)
{
    struct rules *r;
    struct str copy;
    enum err e = check_digest(bytes);

    if (e != ERR_OK) return e;
    r = ARENA_NEW(a, struct rules);
    copy = str_copy(a, bytes);
    if (r == NULL || copy.p == NULL) return ERR_NOMEM;
    struct reader in = {
        .arena = a, .p = copy.p, .at = sizeof MAGIC, .end = copy.n - HASH_BYTES, .err = ERR_OK};
    for (size_t i = 0; i < SECTION_COUNT && in.err == ERR_OK; i++)
        read_section(&in, i, r);
    if (in.err == ERR_OK && in.at != in.end) in.err = ERR_CORRUPT;
    if (in.err != ERR_OK) return in.err;
    e = image_check(a, r);
    if (e == ERR_OK) *ret = r;
    return e;
}
