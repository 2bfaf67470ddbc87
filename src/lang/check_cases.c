/* Cases and properties: facts into cells as the population holds them, expectations into indices.
 *
 * Invariants: a fact has one cell per field of its register, in the register's order; a cell that
 * is not known belongs to a field whose empty cell counts as unknown, or to an empty identity. */
#include "lang/check_internal.h"

#include <string.h>

/* ---- facts ---- */

/* A written value of the field's type; false: reported. */
static bool cell_value(struct check *k, const struct ast *v, const struct rule_field *f,
                       struct rule_cell *cell)
{
    bool ok;

    switch (f->type.vt) {
    case VT_BOOL:
        if (v->kind != AST_YES_NO) break;
        cell->value = v->kw == KW_YES;
        return true;
    case VT_LEVEL:
    case VT_CATEGORY:
        cell->value = check_member(k, f->type.ref, v);
        return cell->value >= 0;
    case VT_KEY:
        if (v->kind != AST_STRING) break;
        cell->key = v->name;
        return true;
    case VT_INT:
    case VT_POINTS:
    case VT_MONEY:
    case VT_DATE:
    case VT_MONTH:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
    case VT_DIVISION:
    case VT_SHARE:
    case VT_COUNT_OF:
        if (v->kind != AST_LITERAL) break;
        if (!check_literal_of(k, v, f->type, &cell->value)) return false;
        ok = cell->value >= f->lo && cell->value <= f->hi;
        if (!ok)
            FINDING(k, MSG_FACT_RANGE, v->pos, f->pos, text_value(k, f->type, cell->value),
                    text_value(k, f->type, f->lo), text_value(k, f->type, f->hi));
        return ok;
    }
    FINDING(k, MSG_FACT_VALUE, v->pos, f->pos, text_name(k, &f->name), text_type(k, f->type));
    return false;
}

/* What an empty cell of the field holds. */
static void cell_empty(const struct rule_field *f, struct rule_cell *cell)
{
    cell->known = f->empty == EMPTY_OPEN || f->empty == EMPTY_ALWAYS;
    if (f->empty == EMPTY_OPEN)
        cell->value = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    if (f->empty == EMPTY_ALWAYS) cell->value = DATE_OPEN_START;
}

static bool assign_read(struct check *k, const struct ast *assign, int32_t reg,
                        struct rule_cell *cells, bool *given)
{
    int32_t field = check_resolve(k, SYM_FIELD, reg, assign->kids[0]);
    const struct rule_field *f;

    if (field < 0) return false;
    f = &k->r->regs[reg].fields[field];
    if (given[field]) {
        FINDING(k, MSG_FACT_TWICE, assign->pos, NO_POS, text_name(k, &f->name));
        return false;
    }
    given[field] = true;
    if (assign->kids[1]->kind == AST_UNKNOWN) {
        cells[field].known = false;
        if (f->empty == EMPTY_UNKNOWN) return true;
        FINDING(k, MSG_FACT_NOT_UNKNOWN, assign->pos, f->pos, text_name(k, &f->name));
        return false;
    }
    cells[field].known = true;
    return cell_value(k, assign->kids[1], f, &cells[field]);
}

static bool cells_complete(struct check *k, const struct ast *item, const struct rule_register *g,
                           struct rule_cell *cells, const bool *given)
{
    bool ok = true;

    for (uint32_t i = 0; i < g->field_count; i++) {
        if (given[i]) continue;
        if (g->fields[i].empty == EMPTY_REFUSED) {
            FINDING(k, MSG_FACT_MISSING, item->pos, g->fields[i].pos,
                    text_name(k, &g->fields[i].name), text_name(k, &g->name));
            ok = false;
        }
        cell_empty(&g->fields[i], &cells[i]);
    }
    return ok;
}

static bool fact_read(struct check *k, const struct ast *item, struct rule_fact *ret)
{
    int32_t reg = check_resolve(k, SYM_REGISTER, -1, item->kids[0]);
    const struct rule_register *g;
    bool *given, ok = true;

    if (reg < 0) return false;
    g = &k->r->regs[reg];
    *ret = (struct rule_fact){.reg = reg,
                              .cells = ARENA_ARRAY(k->a, struct rule_cell, g->field_count),
                              .cell_count = g->field_count,
                              .pos = item->pos};
    given = ARENA_ARRAY(k->a, bool, g->field_count);
    if (ret->cells == NULL || given == NULL) {
        k->nomem = true;
        return false;
    }
    for (uint32_t i = 0; i < g->field_count; i++)
        ret->cells[i].field = (int32_t)i;
    for (size_t i = 1; i < item->kid_count; i++)
        if (item->kids[i]->kind == AST_ASSIGN)
            ok = assign_read(k, item->kids[i], reg, ret->cells, given) && ok;
    return ok && cells_complete(k, item, g, ret->cells, given);
}

/* More records of one register than a person may have. */
static bool fact_fits(struct check *k, const struct ast *item, const struct rule_case *c,
                      const struct rule_fact *f)
{
    const struct rule_register *g = &k->r->regs[f->reg];
    uint32_t count = 1;

    for (uint32_t i = 0; i < c->fact_count; i++)
        count += c->facts[i].reg == f->reg;
    if (count <= g->max_records) return true;
    FINDING(k, MSG_FACT_TOO_MANY, item->pos, g->pos, text_name(k, &g->name),
            text_int(k, g->max_records));
    return false;
}

static void case_record(struct check *k, const struct ast *item, struct rule_case *c)
{
    struct rule_fact f;

    if (fact_read(k, item, &f) && fact_fits(k, item, c, &f)) c->facts[c->fact_count++] = f;
}

static void case_unanswered(struct check *k, const struct ast *item, struct rule_case *c)
{
    for (size_t i = 0; i < item->kid_count; i++) {
        int32_t reg = check_resolve(k, SYM_REGISTER, -1, item->kids[i]);
        if (reg < 0) continue;
        for (uint32_t f = 0; f < c->fact_count; f++)
            if (c->facts[f].reg == reg) {
                FINDING(k, MSG_UNANSWERED_FACTS, item->kids[i]->pos, c->facts[f].pos,
                        item->kids[i]->name);
                break;
            }
        c->unanswered[c->unanswered_count++] = reg;
    }
}

/* ---- expectations ---- */

/* Total, group or indicator of that name; an indicator wins over a group. */
static bool points_target(struct check *k, const struct ast *name, enum expect_kind *kind,
                          int32_t *index)
{
    struct str ascii = check_ascii(k, name->name);
    const struct symbol *s;

    if (ascii.p == NULL) {
        check_undeclared(k, name);
        return false;
    }
    s = check_symbol(k, SYM_INDICATOR, -1, ascii);
    *kind = EXPECT_INDICATOR;
    if (s == NULL) {
        s = check_symbol(k, SYM_GROUP, -1, ascii);
        *kind = s != NULL && s->index == 0 ? EXPECT_TOTAL : EXPECT_GROUP;
    }
    if (s == NULL) {
        check_wrong_kind(k, SYM_INDICATOR, name);
        return false;
    }
    *index = s->index;
    return true;
}

static void expect_item(struct check *k, const struct ast *item, struct rule_case *c)
{
    struct rule_expect e = {.pos = item->pos};

    if (!points_target(k, item->kids[0], &e.kind, &e.index)) return;
    if (!check_literal_of(k, item->kids[1], TYPE(VT_POINTS), &e.lo)) return;
    e.hi = e.lo;
    if (item->kid_count > 2 && !check_literal_of(k, item->kids[2], TYPE(VT_POINTS), &e.hi)) return;
    if (e.lo > e.hi) {
        FINDING(k, MSG_RANGE_EMPTY, item->pos, NO_POS, text_points(k, e.lo), text_points(k, e.hi));
        return;
    }
    c->expects[c->expect_count++] = e;
}

static bool is_status_word(const struct check *k, struct str word)
{
    static const char *const fixed[] = {"unknown", "frozen", "vetoed", "ERROR", "in_force"};

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (str_eq(word, str_from_c(fixed[i]))) return true;
    for (uint32_t i = 0; i < k->r->force.row_count; i++)
        if (str_eq(word, k->r->force.rows[i].word)) return true;
    return false;
}

static void expect_status(struct check *k, const struct ast *item, struct rule_case *c)
{
    if (!is_status_word(k, item->name)) {
        FINDING(k, MSG_STATUS_WORD, item->pos, k->r->has_force ? k->r->force.pos : NO_POS,
                item->name);
        return;
    }
    c->expects[c->expect_count++] =
        (struct rule_expect){.kind = EXPECT_STATUS, .word = item->name, .pos = item->pos};
}

static void expect_gate(struct check *k, const struct ast *item, struct rule_case *c)
{
    int32_t gate = check_resolve(k, SYM_GATE, -1, item->kids[0]);

    if (gate < 0) return;
    c->expects[c->expect_count++] = (struct rule_expect){.kind = EXPECT_GATE,
                                                         .index = gate,
                                                         .lo = item->kw == KW_YES,
                                                         .hi = item->kw != KW_NO,
                                                         .pos = item->pos};
}

/* ---- cases ---- */

static void case_part(struct check *k, const struct ast *part, struct rule_case *c)
{
    switch ((int)part->kind) {
    case AST_CASE_RECORD:
        case_record(k, part, c);
        return;
    case AST_UNANSWERED:
        case_unanswered(k, part, c);
        return;
    case AST_EXPECT:
        for (size_t i = 0; i < part->kid_count; i++)
            if (part->kids[i]->kind == AST_EXPECT_ITEM) expect_item(k, part->kids[i], c);
        return;
    case AST_STATUS:
        expect_status(k, part, c);
        return;
    case AST_GATE_IS:
        expect_gate(k, part, c);
        return;
    default:
        return;
    }
}

static bool case_room(struct check *k, const struct ast *item, struct rule_case *c)
{
    size_t facts = 0, expects = 0, unanswered = 0;

    for (size_t i = 0; i < item->kid_count; i++) {
        const struct ast *part = item->kids[i];
        facts += part->kind == AST_CASE_RECORD;
        unanswered += part->kind == AST_UNANSWERED ? part->kid_count : 0;
        expects += part->kind == AST_EXPECT ? part->kid_count : 1;
    }
    c->facts = ARENA_ARRAY(k->a, struct rule_fact, facts);
    c->unanswered = ARENA_ARRAY(k->a, int32_t, unanswered);
    c->expects = ARENA_ARRAY(k->a, struct rule_expect, expects);
    if (c->facts != NULL && c->unanswered != NULL && c->expects != NULL) return true;
    k->nomem = true;
    return false;
}

static void case_item(struct check *k, const struct ast *item)
{
    const struct ast *day = ast_find(item, AST_DAY_IS), *rule_day = ast_find(item, AST_RULE_DAY_IS);
    struct rule_case c = {.title = check_label(item), .scheme = k->scheme, .pos = item->pos};
    struct rule_case *slot;

    if (day == NULL || !case_room(k, item, &c)) return;
    c.day = (int32_t)day->num;
    c.rule_day = rule_day != NULL ? (int32_t)rule_day->num : c.day;
    for (size_t i = 0; i < item->kid_count; i++)
        case_part(k, item->kids[i], &c);
    if (c.expect_count == 0 && k->diags->errors == 0)
        FINDING(k, MSG_CASE_NOTHING, item->pos, NO_POS, rules_label(&c.title, k->lang));
    slot = CHECK_ADD(k, k->r->cases, k->r->case_count, k->case_cap);
    if (slot != NULL) *slot = c;
}

/* ---- properties ---- */

static bool property_field(struct check *k, const struct ast *of, struct rule_property *p)
{
    p->reg = check_resolve(k, SYM_REGISTER, -1, of->kids[0]);
    p->field = p->reg >= 0 ? check_resolve(k, SYM_FIELD, p->reg, of->kids[1]) : -1;
    if (p->field < 0) return false;
    struct type t = k->r->regs[p->reg].fields[p->field].type;
    if (type_is_ordered(t) || t.vt == VT_BOOL) return true;
    FINDING(k, MSG_NOT_ORDERED, of->pos, NO_POS, text_type(k, t), text_kw(k, KW_MONOTONE));
    return false;
}

static bool property_read(struct check *k, const struct ast *item, struct rule_property *p)
{
    const struct ast *of;

    if (item->kid_count == 0) return false;
    switch ((int)item->kw) {
    case KW_MONOTONE:
        of = ast_find(item, AST_FIELD_OF);
        p->decreasing = ast_find(item, AST_DECREASING) != NULL;
        return of != NULL && points_target(k, item->kids[0], &p->what, &p->index) &&
               property_field(k, of, p);
    case KW_PERMUTE:
    case KW_SPLIT:
        p->reg = check_resolve(k, SYM_REGISTER, -1, item->kids[0]);
        if (p->reg < 0 || item->kw == KW_PERMUTE) return p->reg >= 0;
        if (k->r->regs[p->reg].start >= 0 && k->r->regs[p->reg].end >= 0) return true;
        FINDING(k, MSG_AGGREGATE_ROLES, item->pos, k->r->regs[p->reg].pos, text_kw(k, KW_SPLIT),
                text_name(k, &k->r->regs[p->reg].name),
                text_two(k, "始、终两个日期或者月份", "a start and an end"));
        return false;
    case KW_AT_MOST:
    case KW_AT_LEAST:
        return item->kid_count > 1 && points_target(k, item->kids[0], &p->what, &p->index) &&
               check_literal_of(k, item->kids[1], TYPE(VT_POINTS), &p->bound);
    default:
        return false;
    }
}

static void property_item(struct check *k, const struct ast *item)
{
    struct rule_property p = {.title = check_label(item),
                              .kind = item->kw,
                              .index = -1,
                              .reg = -1,
                              .field = -1,
                              .scheme = k->scheme,
                              .pos = item->pos};
    struct rule_property *slot;

    if (!property_read(k, item, &p)) return;
    slot = CHECK_ADD(k, k->r->properties, k->r->property_count, k->property_cap);
    if (slot != NULL) *slot = p;
}

void check_cases_all(struct check *k)
{
    check_each(k, AST_CASE, case_item);
    check_each(k, AST_PROPERTY, property_item);
}
