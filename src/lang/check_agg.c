/* Aggregates over the records of a person, 逐条, and their windows.
 *
 * Structure: one row per keyword says what the aggregate needs of its register; then the parts
 * (filter, window, value, 无则) in turn.
 *
 * Invariants: aggregates stand per person only; each one finds in its register the roles that its
 * meaning (README §6) speaks of. */
#include "lang/check_internal.h"

/* What a register must have. */
enum needs {
    NEEDS_NOTHING,
    NEEDS_SPELL,     /* start and end dates */
    NEEDS_SPELL_ANY, /* start and end, dates or months */
    NEEDS_MONTHS     /* start and end months */
};

struct agg_row {
    enum keyword kw;
    enum node_op op;
    enum needs needs;
    bool has_value;
};

static const struct agg_row agg_rows[] = {
    {KW_COUNT, NODE_AGG_COUNT, NEEDS_NOTHING, false},
    {KW_ANY, NODE_AGG_ANY, NEEDS_NOTHING, false},
    {KW_SUM, NODE_AGG_SUM, NEEDS_NOTHING, true},
    {KW_HIGHEST, NODE_AGG_MAX, NEEDS_NOTHING, true},
    {KW_LOWEST, NODE_AGG_MIN, NEEDS_NOTHING, true},
    {KW_NOW_ANY, NODE_AGG_NOW, NEEDS_SPELL, false},
    {KW_CURRENT, NODE_AGG_NOW, NEEDS_SPELL, true},
    {KW_MONTHS, NODE_AGG_MONTHS, NEEDS_SPELL_ANY, false},
    {KW_CONSECUTIVE, NODE_AGG_CONSECUTIVE, NEEDS_MONTHS, false},
};

static const struct agg_row *agg_row(enum keyword kw)
{
    for (size_t i = 0; i < sizeof agg_rows / sizeof agg_rows[0]; i++)
        if (agg_rows[i].kw == kw) return &agg_rows[i];
    return NULL;
}

static bool is_month_register(const struct rule_register *g)
{
    return g->start >= 0 && g->fields[g->start].type.vt == VT_MONTH;
}

static bool register_serves(struct check *k, const struct ast *e, int32_t reg, enum needs needs)
{
    const struct rule_register *g = &k->r->regs[reg];
    bool spell = g->start >= 0 && g->end >= 0, months = is_month_register(g);
    bool ok = needs == NEEDS_NOTHING || (spell && needs == NEEDS_SPELL_ANY) ||
              (spell && months == (needs == NEEDS_MONTHS));

    if (!ok)
        FINDING(k, MSG_AGGREGATE_ROLES, e->pos, g->pos, text_kw(k, e->kw), text_name(k, &g->name),
                needs == NEEDS_MONTHS ? text_two(k, "始、终两个月份", "a start and an end month")
                                      : text_two(k, "始、终两个日期", "a start and an end date"));
    return ok;
}

/* ---- windows ---- */

static bool window_months(struct check *k, const struct ast *w, struct rule_node *n)
{
    if (w->kid_count == 0 || !check_literal_of(k, w->kids[0], TYPE(VT_MONTHS), &n->window_a))
        return false;
    if (n->window_a < 1 || n->window_a > 2400) {
        FINDING0(k, MSG_WINDOW_OUT, w->pos, NO_POS);
        return false;
    }
    n->window = WINDOW_MONTHS;
    return true;
}

static bool read_window(struct check *k, const struct ast *e, int32_t reg, struct rule_node *n)
{
    const struct ast *w = ast_find(e, AST_WINDOW);
    const struct rule_register *g = &k->r->regs[reg];

    if (w == NULL) return true;
    if (g->event < 0 && g->start < 0) {
        FINDING(k, MSG_WINDOW_NO_DATE, w->pos, g->pos, text_name(k, &g->name));
        return false;
    }
    switch ((int)w->kw) {
    case KW_LAST:
    case KW_VALID_FOR:
        return window_months(k, w, n);
    case KW_THIS_YEAR:
        n->window = WINDOW_THIS_YEAR;
        return true;
    case KW_PREVIOUS_YEAR:
        n->window = WINDOW_PREVIOUS_YEAR;
        return true;
    default:
        break;
    }
    n->window = WINDOW_FIXED;
    n->window_a = w->num;
    n->window_b = w->den;
    return true;
}

/* ---- parts ---- */

static struct rule_node agg_node(const struct scope *s, enum node_op op, struct type t, int32_t reg,
                                 struct src_pos pos)
{
    struct rule_node n = node_plain(s, op, t, pos);

    n.reg = reg;
    return n;
}

static int32_t read_filter(struct check *k, const struct scope *inner, const struct ast *e)
{
    const struct ast *when = ast_find(e, AST_WHEN);

    if (when == NULL) return node_const(k, inner, TYPE(VT_BOOL), 1, e->pos);
    return lower_condition(k, inner, when->kids[0]);
}

/* May the place hold an aggregate at all? */
static bool is_per_person(struct check *k, const struct scope *s, const struct ast *e)
{
    if (s->domain < 0) return true;
    FINDING(k, MSG_AGGREGATE_NESTED, e->pos, NO_POS, text_name(k, &k->r->regs[s->domain].name));
    return false;
}

/* The register an aggregate or 逐条 runs over, and the field (R.F) if one is named. */
static int32_t read_subject(struct check *k, const struct ast *e, const struct ast **ret_field)
{
    const struct ast *what = e->kids[0];

    *ret_field = NULL;
    if (what->kind == AST_NAME) return check_resolve(k, SYM_REGISTER, -1, what);
    if (what->kind != AST_FIELD_OF) return -1;
    *ret_field = what;
    return check_resolve(k, SYM_REGISTER, -1, what->kids[0]);
}

static bool none_value(struct check *k, const struct ast *none, struct type t, int64_t *ret)
{
    const struct ast *x = none->kids[0];

    if (t.vt == VT_LEVEL || t.vt == VT_CATEGORY) {
        *ret = check_member(k, t.ref, x);
        return *ret >= 0;
    }
    if (x->kind != AST_LITERAL) {
        FINDING(k, MSG_NONE_VALUE, x->pos, NO_POS, text_type(k, t));
        return false;
    }
    return check_literal_of(k, x, t, ret);
}

/* Is there always a sure record once the register has answered? (README §6, AGG_MAX) */
static bool always_has_record(const struct check *k, const struct ast *e, int32_t reg)
{
    const struct rule_register *g = &k->r->regs[reg];

    if (!g->none_unknown || ast_find(e, AST_WHEN) != NULL || ast_find(e, AST_WINDOW) != NULL)
        return false;
    return g->event < 0 || g->fields[g->event].empty != EMPTY_UNKNOWN;
}

/* 无则, or what stands for it where the type has a natural "none". */
static bool read_none(struct check *k, const struct ast *e, struct rule_node *n)
{
    const struct ast *none = ast_find(e, AST_IF_NONE);

    if (none != NULL && none->kid_count > 0) {
        n->flags |= NODE_HAS_NONE;
        return none_value(k, none, n->type, &n->imm);
    }
    if (n->op != NODE_AGG_NOW && always_has_record(k, e, n->reg)) return true;
    if (n->op == NODE_AGG_NOW &&
        (n->type.vt == VT_CATEGORY || n->type.vt == VT_KEY || n->type.vt == VT_DIVISION)) {
        n->flags |= NODE_HAS_NONE;
        n->imm = n->type.vt == VT_DIVISION ? 0 : -1;
        return true;
    }
    FINDING(k, MSG_NONE_MISSING, e->pos, k->r->regs[n->reg].pos,
            text_name(k, &k->r->regs[n->reg].name));
    return false;
}

static bool value_fits(struct check *k, const struct ast *e, enum node_op op, int32_t value)
{
    const struct rule_node *v = node_at(k, value);

    if (op == NODE_AGG_SUM && !type_is_quantity(v->type)) {
        FINDING(k, MSG_NOT_A_QUANTITY, e->kids[0]->pos, NO_POS, text_type(k, v->type));
        return false;
    }
    if ((op == NODE_AGG_MAX || op == NODE_AGG_MIN) && !type_is_ordered(v->type)) {
        FINDING(k, MSG_NOT_ORDERED, e->pos, NO_POS, text_type(k, v->type), text_kw(k, e->kw));
        return false;
    }
    if (op == NODE_AGG_SUM && v->lo < 0) {
        FINDING(k, MSG_MAY_BE_NEGATIVE, e->kids[0]->pos, NO_POS, text_value(k, v->type, v->lo));
        return false;
    }
    return true;
}

/* ---- the aggregates ---- */

static int32_t agg_plain(struct check *k, const struct ast *e, struct rule_node *n, int32_t filter)
{
    const struct ast *left = ast_find(e, AST_LEFTOVER), *gap = ast_find(e, AST_GAP);

    if (n->op == NODE_AGG_MONTHS && !is_month_register(&k->r->regs[n->reg]))
        n->op = NODE_AGG_SPELL_MONTHS;
    if (left != NULL) {
        if (n->op != NODE_AGG_SPELL_MONTHS) {
            FINDING(k, MSG_LEFTOVER_OF_MONTHS, left->pos, k->r->regs[n->reg].pos,
                    text_name(k, &k->r->regs[n->reg].name));
            return -1;
        }
        if (!check_literal_of(k, left->kids[0], TYPE(VT_DAYS), &n->imm)) return -1;
        if (n->imm < 1 || n->imm > 366) {
            FINDING0(k, MSG_WINDOW_OUT, left->pos, NO_POS);
            return -1;
        }
    }
    if (gap != NULL) {
        if (!check_literal_of(k, gap->kids[0], TYPE(VT_MONTHS), &n->imm)) return -1;
        if (n->imm < 0 || n->imm > 2400) {
            FINDING0(k, MSG_WINDOW_OUT, gap->pos, NO_POS);
            return -1;
        }
    }
    return node_add(k, n, &filter, 1);
}

static struct type plain_agg_type(enum node_op op)
{
    if (op == NODE_AGG_COUNT) return TYPE(VT_INT);
    return op == NODE_AGG_ANY || op == NODE_AGG_NOW ? TYPE(VT_BOOL) : TYPE(VT_MONTHS);
}

int32_t lower_aggregate(struct check *k, const struct scope *s, const struct ast *e)
{
    const struct agg_row *row = agg_row(e->kw);
    const struct ast *field;
    int32_t reg, kids[2];

    if (row == NULL || e->kid_count == 0 || !is_per_person(k, s, e)) return -1;
    reg = read_subject(k, e, &field);
    if (reg < 0 || !register_serves(k, e, reg, row->needs)) return -1;
    struct scope inner = {.domain = reg, .lets = s->lets};
    struct rule_node n = agg_node(s, row->op, plain_agg_type(row->op), reg, e->pos);
    bool window_ok = read_window(k, e, reg, &n);
    kids[0] = read_filter(k, &inner, e);
    if (kids[0] < 0 || !window_ok) return -1;
    if (!row->has_value && row->op != NODE_AGG_NOW) return agg_plain(k, e, &n, kids[0]);
    if (row->has_value) {
        if (field == NULL) return -1;
        kids[1] = lower(k, &inner, field, NULL);
        if (kids[1] < 0 || !value_fits(k, e, row->op, kids[1])) return -1;
        n.type = node_type(k, kids[1]);
        if (row->op != NODE_AGG_SUM && !read_none(k, e, &n)) return -1;
    } else { /* 现有 */
        kids[1] = node_const(k, &inner, TYPE(VT_BOOL), 1, e->pos);
        n.flags |= NODE_HAS_NONE;
    }
    return node_add(k, &n, kids, 2);
}

/* ---- 逐条 ---- */

static bool read_year_cap(struct check *k, const struct ast *e, struct rule_node *n)
{
    const struct ast *cap = ast_find(e, AST_YEAR_CAP);
    const struct rule_register *g = &k->r->regs[n->reg];

    n->imm = -1;
    if (cap == NULL) return true;
    if (g->event < 0) {
        FINDING(k, MSG_YEAR_CAP_EVENT, cap->pos, g->pos, text_name(k, &g->name));
        return false;
    }
    if (cap->kids[0]->kind != AST_LITERAL) {
        FINDING0(k, MSG_FIGURE_ONLY, cap->kids[0]->pos, NO_POS);
        return false;
    }
    return check_literal_of(k, cap->kids[0], TYPE(VT_POINTS), &n->imm);
}

static bool read_same(struct check *k, const struct ast *e, struct rule_node *n)
{
    const struct ast *same = ast_find(e, AST_SAME);

    if (same == NULL) return true;
    n->field2 = check_resolve(k, SYM_FIELD, n->reg, same->kids[0]);
    return n->field2 >= 0;
}

bool each_cap_binds(const struct rule_node *n, int64_t most, uint32_t records)
{
    return n->imm < 0 || sat_mul(most, records) > n->imm;
}

int32_t lower_each(struct check *k, const struct scope *s, const struct ast *e)
{
    const struct ast *field;
    int32_t reg, kids[2];
    bool ok;

    if (e->kid_count == 0 || !is_per_person(k, s, e)) return -1;
    reg = read_subject(k, e, &field);
    if (reg < 0) return -1;
    struct scope inner = {.domain = reg, .lets = s->lets};
    struct rule_node n = agg_node(s, NODE_AGG_EACH, TYPE(VT_POINTS), reg, e->pos);
    ok = read_window(k, e, reg, &n);
    ok = read_same(k, e, &n) && ok;
    ok = read_year_cap(k, e, &n) && ok;
    kids[0] = read_filter(k, &inner, e);
    kids[1] = lower_as(k, &inner, e->kids[e->kid_count - 1], TYPE(VT_POINTS));
    if (!ok || kids[0] < 0 || kids[1] < 0) return -1;
    const struct rule_node *v = node_at(k, kids[1]);
    if (v->lo < 0) {
        FINDING(k, MSG_MAY_BE_NEGATIVE, e->kids[e->kid_count - 1]->pos, NO_POS,
                text_points(k, v->lo));
        return -1;
    }
    if (!each_cap_binds(&n, v->hi, k->r->regs[reg].max_records)) {
        FINDING(k, MSG_CAP_NEVER, ast_find(e, AST_YEAR_CAP)->pos, v->pos, text_points(k, n.imm),
                text_points(k, sat_mul(v->hi, k->r->regs[reg].max_records)));
        return -1;
    }
    return node_add(k, &n, kids, 2);
}
