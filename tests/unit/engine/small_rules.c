/* Small rule images made by hand: see the header. */
#include "small_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"

#define FIELDS_MAX 4

struct field_row {
    const char *name;
    enum value_type vt;
    int32_t ref;
    enum field_role role;
    enum field_empty empty;
    int64_t lo, hi;
};

struct register_row {
    const char *name;
    bool one, none_unknown;
    uint32_t max;
    struct field_row fields[FIELDS_MAX];
};

#define DATES DATE_FIRST, DATE_LAST
#define MONTHS MONTH_FIRST, MONTH_LAST

static const struct register_row rows[R_COUNT] = {
    [R_PERSON] = {"person",
                  true,
                  false,
                  1,
                  {{"born", VT_DATE, -1, ROLE_NONE, EMPTY_UNKNOWN, DATES},
                   {"amount", VT_INT, -1, ROLE_NONE, EMPTY_UNKNOWN, -100, 1000}}},
    [R_EVENT] = {"event",
                 false,
                 false,
                 20,
                 {{"day", VT_DATE, -1, ROLE_EVENT, EMPTY_ALWAYS, DATES},
                  {"amount", VT_INT, -1, ROLE_NONE, EMPTY_UNKNOWN, 0, 1000},
                  {"key", VT_KEY, -1, ROLE_NONE, EMPTY_UNKNOWN, 0, INT32_MAX}}},
    [R_TERM] = {"term",
                false,
                false,
                20,
                {{"day", VT_DATE, -1, ROLE_EVENT, EMPTY_UNKNOWN, DATES},
                 {"until", VT_DATE, -1, ROLE_END, EMPTY_UNKNOWN, DATES},
                 {"amount", VT_INT, -1, ROLE_NONE, EMPTY_UNKNOWN, 0, 1000}}},
    [R_SPELL] = {"spell",
                 false,
                 false,
                 20,
                 {{"from", VT_DATE, -1, ROLE_START, EMPTY_REFUSED, DATES},
                  {"to", VT_DATE, -1, ROLE_END, EMPTY_OPEN, DATES},
                  {"division", VT_DIVISION, -1, ROLE_NONE, EMPTY_UNKNOWN, 110000, 820000}}},
    [R_MONTH] = {"month",
                 false,
                 false,
                 20,
                 {{"from", VT_MONTH, -1, ROLE_START, EMPTY_REFUSED, MONTHS},
                  {"to", VT_MONTH, -1, ROLE_END, EMPTY_OPEN, MONTHS},
                  {"division", VT_DIVISION, -1, ROLE_NONE, EMPTY_UNKNOWN, 110000, 820000}}},
    [R_PAPER] = {"paper",
                 false,
                 true,
                 20,
                 {{"level", VT_LEVEL, E_LEVEL, ROLE_NONE, EMPTY_UNKNOWN, 0, 3},
                  {"day", VT_DATE, -1, ROLE_EVENT, EMPTY_ALWAYS, DATES}}},
    [R_PERMIT] = {"permit",
                  false,
                  false,
                  20,
                  {{"status", VT_CATEGORY, E_STATUS, ROLE_NONE, EMPTY_UNKNOWN, 0, 1},
                   {"from", VT_DATE, -1, ROLE_START, EMPTY_REFUSED, DATES},
                   {"to", VT_DATE, -1, ROLE_END, EMPTY_OPEN, DATES},
                   {"division", VT_DIVISION, -1, ROLE_NONE, EMPTY_REFUSED, 110000, 820000}}},
};

int32_t small_date(const char *text)
{
    int32_t day;

    if (date_parse(str_from_c(text), &day) != ERR_OK) abort();
    return day;
}

static struct rule_name name_of(const char *text)
{
    return (struct rule_name){str_from_c(text), str_from_c(text)};
}

static void add_field(struct rule_register *reg, const struct field_row *f)
{
    int32_t at = (int32_t)reg->field_count++;

    reg->fields[at] = (struct rule_field){.name = name_of(f->name),
                                          .type = {f->vt, f->ref},
                                          .role = f->role,
                                          .empty = f->empty,
                                          .lo = f->lo,
                                          .hi = f->hi};
    if (f->role == ROLE_EVENT) reg->event = at;
    if (f->role == ROLE_START) reg->start = at;
    if (f->role == ROLE_END) reg->end = at;
}

static void add_registers(struct small *s)
{
    s->r.regs = ARENA_ARRAY(&s->arena, struct rule_register, R_COUNT);
    s->r.reg_count = R_COUNT;
    for (int i = 0; i < R_COUNT; i++) {
        struct rule_register *reg = &s->r.regs[i];
        *reg = (struct rule_register){.name = name_of(rows[i].name),
                                      .supplier = {STR("供数部门"), STR("supplier")},
                                      .one_per_person = rows[i].one,
                                      .none_unknown = rows[i].none_unknown,
                                      .max_records = rows[i].max,
                                      .event = -1,
                                      .start = -1,
                                      .end = -1};
        reg->fields = ARENA_ARRAY(&s->arena, struct rule_field, FIELDS_MAX);
        for (int f = 0; f < FIELDS_MAX && rows[i].fields[f].name != NULL; f++)
            add_field(reg, &rows[i].fields[f]);
    }
}

static void add_enums(struct small *s)
{
    static const char *const levels[] = {"low", "middle", "high", "top"};
    static const char *const states[] = {"valid", "suspended"};

    s->r.enums = ARENA_ARRAY(&s->arena, struct rule_enum, 2);
    s->r.enum_count = 2;
    for (int e = 0; e < 2; e++) {
        struct rule_enum *en = &s->r.enums[e];
        en->name = name_of(e == E_LEVEL ? "level" : "status_kind");
        en->ordered = e == E_LEVEL;
        en->member_count = e == E_LEVEL ? 4 : 2;
        en->members = ARENA_ARRAY(&s->arena, struct rule_name, 4);
        for (uint32_t i = 0; i < en->member_count; i++)
            en->members[i] = name_of(e == E_LEVEL ? levels[i] : states[i]);
    }
}

static void add_tree(struct small *s)
{
    static const struct rule_amount none = {.param = -1};

    s->schemes[0] = (struct rule_scheme){.name = name_of("province"),
                                         .title = {STR("省"), STR("province")},
                                         .division = 330000,
                                         .parent = -1,
                                         .source = {.label = {STR("文件"), STR("document")},
                                                    .from = small_date("2000-01-01"),
                                                    .to = small_date("2099-12-31")}};
    s->groups[0] = (struct rule_group){.name = name_of("total"),
                                       .parent = -1,
                                       .combine = COMBINE_SUM,
                                       .cap = none,
                                       .floor = none,
                                       .ceiling = -1,
                                       .portable = -1,
                                       .from = DATE_OPEN_START,
                                       .to = DATE_OPEN_END};
    s->indicators[0] = (struct rule_indicator){.name = name_of("points"),
                                               .cap = none,
                                               .floor = none,
                                               .ceiling = -1,
                                               .from = DATE_OPEN_START,
                                               .to = DATE_OPEN_END,
                                               .clause_count = 1};
    s->clauses[0] = (struct rule_clause){.name = name_of("points"),
                                         .from = DATE_OPEN_START,
                                         .to = DATE_OPEN_END,
                                         .cond = -1,
                                         .exception_to = -1};
    s->names[0].name = name_of("helper");
}

void small_init(struct small *s)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, 0);
    s->day = small_date("2026-03-01");
    s->r = (struct rules){.scale = 100,
                          .schemes = s->schemes,
                          .scheme_count = 1,
                          .groups = s->groups,
                          .group_count = 1,
                          .indicators = s->indicators,
                          .indicator_count = 1,
                          .clauses = s->clauses,
                          .clause_count = 1,
                          .vetoes = s->vetoes,
                          .gates = s->gates,
                          .nodes = s->nodes,
                          .kids = s->kids,
                          .table = s->table,
                          .params = s->params,
                          .names = s->names,
                          .name_count = 1};
    add_enums(s);
    add_registers(s);
    add_tree(s);
}

void small_done(struct small *s)
{
    arena_done(&s->arena);
}

/* --- nodes --- */

static struct rule_node *node_new(struct small *s, enum node_op op, enum value_type vt)
{
    struct rule_node *n = &s->nodes[s->r.node_count++];

    if (s->r.node_count > SMALL_NODES) abort();
    *n = (struct rule_node){.op = op,
                            .type = {vt, vt == VT_LEVEL      ? E_LEVEL
                                         : vt == VT_CATEGORY ? E_STATUS
                                                             : -1},
                            .reg = -1,
                            .domain = -1,
                            .field = -1,
                            .field2 = -1,
                            .imm = 1,
                            .lo = INT32_MIN,
                            .hi = INT32_MAX,
                            .param = -1,
                            .name = -1};
    if (vt == VT_BOOL) {
        n->lo = 0;
        n->hi = 1;
    }
    return n;
}

uint32_t small_const(struct small *s, enum value_type vt, int64_t v)
{
    struct rule_node *n = node_new(s, NODE_CONST, vt);

    n->imm = n->lo = n->hi = v;
    return s->r.node_count - 1;
}

uint32_t small_field(struct small *s, int32_t reg, int32_t field, int32_t domain)
{
    const struct rule_field *f = &s->r.regs[reg].fields[field];
    struct rule_node *n = node_new(s, NODE_FIELD, f->type.vt);

    n->type = f->type;
    n->reg = reg;
    n->field = field;
    n->domain = domain;
    n->lo = f->lo;
    n->hi = f->hi;
    return s->r.node_count - 1;
}

uint32_t small_op(struct small *s, enum node_op op, enum value_type vt, uint32_t count,
                  const uint32_t *kids)
{
    struct rule_node *n = node_new(s, op, vt);

    n->kid_first = s->r.kid_total;
    n->kid_count = count;
    for (uint32_t i = 0; i < count; i++) {
        s->kids[s->r.kid_total++] = kids[i];
        if (s->nodes[kids[i]].domain >= 0) n->domain = s->nodes[kids[i]].domain;
    }
    return s->r.node_count - 1;
}

uint32_t small_op2(struct small *s, enum node_op op, enum value_type vt, uint32_t a, uint32_t b)
{
    return small_op(s, op, vt, 2, (uint32_t[]){a, b});
}

uint32_t small_agg(struct small *s, enum node_op op, enum value_type vt, int32_t reg,
                   uint32_t filter, uint32_t value)
{
    uint32_t kids[2] = {filter, value};

    if (filter == UINT32_MAX) {
        kids[0] = small_const(s, VT_BOOL, 1);
        s->nodes[kids[0]].domain = reg;
    }
    uint32_t n = small_op(s, op, vt, value == UINT32_MAX ? 1 : 2, kids);
    s->nodes[n].domain = -1;
    s->nodes[n].reg = reg;
    s->nodes[n].imm = op == NODE_AGG_EACH ? -1 : 0;
    s->nodes[n].lo = 0;
    s->nodes[n].hi = vt == VT_BOOL ? 1 : 2400;
    return n;
}

void small_table(struct small *s, uint32_t node, uint32_t count, const int64_t *table)
{
    s->nodes[node].table_first = s->r.table_total;
    s->nodes[node].table_count = count;
    memcpy(s->table + s->r.table_total, table, count * sizeof *table);
    s->r.table_total += count;
}

void small_window(struct small *s, uint32_t node, enum window_kind kind, int64_t a, int64_t b)
{
    s->nodes[node].window = kind;
    s->nodes[node].window_a = a;
    s->nodes[node].window_b = b;
}

/* --- facts --- */

static int64_t cell_value(const struct rule_field *f, const char *text)
{
    int32_t v;

    if (f->type.vt == VT_DATE) return small_date(text);
    if (f->type.vt == VT_MONTH) {
        if (month_parse(str_from_c(text), &v) != ERR_OK) abort();
        return v;
    }
    return strtoll(text, NULL, 10);
}

static void read_cell(const struct rule_field *f, const char *text, int64_t *value, bool *known)
{
    *known = strcmp(text, "?") != 0;
    *value = 0;
    if (!*known) return;
    if (strcmp(text, "-") != 0)
        *value = cell_value(f, text);
    else if (f->empty == EMPTY_ALWAYS)
        *value = DATE_OPEN_START;
    else if (f->empty == EMPTY_OPEN)
        *value = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    else
        *known = false;
}

static int32_t register_named(const struct small *s, const char *name)
{
    for (int32_t i = 0; i < R_COUNT; i++)
        if (str_eq(s->r.regs[i].name.ascii, str_from_c(name))) return i;
    fprintf(stderr, "no register %s\n", name);
    abort();
}

static enum err add_line(struct small *s, struct population_builder *b, char *line, uint32_t number)
{
    char *save = NULL, *word = strtok_r(line, " ", &save);
    int64_t values[FIELDS_MAX] = {0};
    bool known[FIELDS_MAX] = {false};

    if (word == NULL) return ERR_OK;
    if (word[0] == '!') {
        population_builder_unanswered(b, register_named(s, word + 1));
        return ERR_OK;
    }
    int32_t reg = register_named(s, word);
    for (uint32_t f = 0; f < s->r.regs[reg].field_count; f++) {
        word = strtok_r(NULL, " ", &save);
        read_cell(&s->r.regs[reg].fields[f], word != NULL ? word : "-", &values[f], &known[f]);
    }
    return population_builder_add(b, reg, 0, values, known, number);
}

enum err small_population(struct small *s, const char *facts, struct population *ret)
{
    struct population_builder *b;
    char *text = strdup(facts), *save = NULL;
    uint32_t number = 1;
    enum err e = population_builder_new(&s->arena, &s->r, 1, &b);

    for (char *line = strtok_r(text, ";", &save); line != NULL && e == ERR_OK;
         line = strtok_r(NULL, ";", &save))
        e = add_line(s, b, line, ++number);
    free(text);
    return e == ERR_OK ? population_builder_finish(b, ret) : e;
}

/* --- evaluation --- */

static enum err evaluate(struct small *s, uint32_t node, const char *facts, struct interval *ret)
{
    struct interval indicators[8], groups[8], gates[4];
    struct score score = {.indicators = indicators, .groups = groups, .gates = gates};
    struct population p;
    struct plan *plan;

    s->clauses[0].body = (int32_t)node;
    enum err e = small_population(s, facts, &p);
    if (e == ERR_OK) e = plan_new(&s->arena, &s->r, 0, s->day, &plan);
    if (e == ERR_OK) e = interp_score(&s->arena, plan, &p, 0, s->day, &score, NULL);
    if (e != ERR_OK) return e;
    *ret = indicators[0];
    return score.error;
}

struct interval small_value(struct small *s, uint32_t node, const char *facts)
{
    struct interval v = {0, 0};
    enum err e = evaluate(s, node, facts, &v);

    if (e != ERR_OK) {
        fprintf(stderr, "error %s\n", err_text(e));
        abort();
    }
    return v;
}

enum err small_error(struct small *s, uint32_t node, const char *facts)
{
    struct interval v;

    return evaluate(s, node, facts, &v);
}
