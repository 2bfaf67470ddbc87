/* Expressions -> nodes of the typed intermediate form.
 *
 * Structure: leaves; sums and products; comparisons and conditions; calls; lists,
 * IF, caps; 令 names; the table of what lowers what.
 *
 * Invariants: kids come before parents; a node's domain is that of the place it stands in; a value
 * that was reported is -1 and silences what depends on it. */
#include "lang/check_internal.h"

#include <string.h>

/* ---- leaves ---- */

static int32_t lower_literal(struct check *k, const struct scope *s, const struct ast *e,
                             const struct type *expect)
{
    struct type t;
    int64_t v;

    if (!check_literal(k, e, expect, &t, &v)) return -1;
    return node_const(k, s, t, v, e->pos);
}

static struct let *let_find(const struct scope *s, struct str ascii)
{
    struct let *l = s->lets;

    while (l != NULL && !str_eq(l->ascii, ascii))
        l = l->outer;
    return l;
}

/* A 令 name: its node, or in another domain its expression once more. */
static int32_t lower_let(struct check *k, const struct scope *s, struct let *l, const struct ast *e)
{
    struct scope inner = {.domain = s->domain, .lets = l->outer};

    if (l->node < 0 || l->domain == s->domain) return l->node;
    if (l->again_domain == s->domain) return l->again;
    if (k->meta[l->node].has_aggregate) {
        FINDING(k, MSG_AGGREGATE_IN_RECORD, e->pos, l->pos, e->name);
        return -1;
    }
    l->again = node_named(k, lower(k, &inner, l->value, NULL), l->name);
    l->again_domain = s->domain;
    return l->again;
}

int32_t check_member(struct check *k, int32_t e, const struct ast *name)
{
    struct str ascii = check_ascii(k, name->name);
    const struct symbol *m;

    if (name->kind != AST_NAME) {
        FINDING(k, MSG_MEMBER_WANTED, name->pos, NO_POS, text_name(k, &k->r->enums[e].name));
        return -1;
    }
    if (ascii.p == NULL) {
        check_undeclared(k, name);
        return -1;
    }
    m = check_symbol(k, SYM_MEMBER, e, ascii);
    if (m == NULL) {
        FINDING(k, MSG_NOT_A_MEMBER, name->pos, k->r->enums[e].pos, name->name,
                text_name(k, &k->r->enums[e].name));
        return -1;
    }
    return m->index;
}

static bool is_enum(const struct type *t)
{
    return t != NULL && (t->vt == VT_LEVEL || t->vt == VT_CATEGORY);
}

static int32_t lower_name(struct check *k, const struct scope *s, const struct ast *e,
                          const struct type *expect)
{
    struct str ascii = check_ascii(k, e->name);
    const struct symbol *found;
    struct let *l;

    if (ascii.p == NULL) {
        check_undeclared(k, e);
        return -1;
    }
    if (is_enum(expect)) {
        found = check_symbol(k, SYM_MEMBER, expect->ref, ascii);
        if (found != NULL) return node_const(k, s, *expect, found->index, e->pos);
    }
    l = let_find(s, ascii);
    if (l != NULL) return lower_let(k, s, l, e);
    found = check_symbol(k, SYM_PARAM, -1, ascii);
    if (found != NULL) return node_param(k, s, found->index, e->pos);
    if (is_enum(expect))
        (void)check_member(k, expect->ref, e);
    else if (check_symbol(k, SYM_REGISTER, -1, ascii) != NULL)
        FINDING(k, MSG_REGISTER_ALONE, e->pos, NO_POS, e->name);
    else
        FINDING(k, MSG_NAME_NOT_VALUE, e->pos, NO_POS, e->name);
    return -1;
}

static int32_t lower_field(struct check *k, const struct scope *s, const struct ast *e,
                           const struct type *expect UNUSED)
{
    int32_t reg = check_resolve(k, SYM_REGISTER, -1, e->kids[0]);
    int32_t field = reg >= 0 ? check_resolve(k, SYM_FIELD, reg, e->kids[1]) : -1;
    struct rule_node n;

    if (field < 0) return -1;
    if (reg != s->domain && !k->r->regs[reg].one_per_person) {
        FINDING(k, MSG_FIELD_NEEDS_AGGREGATE, e->pos, k->r->regs[reg].pos,
                text_name(k, &k->r->regs[reg].name));
        return -1;
    }
    n = node_plain(s, NODE_FIELD, k->r->regs[reg].fields[field].type, e->pos);
    n.reg = reg;
    n.field = field;
    return node_add(k, &n, NULL, 0);
}

static int32_t lower_day(struct check *k, const struct scope *s, const struct ast *e,
                         const struct type *expect UNUSED)
{
    struct rule_node n = node_plain(s, NODE_DAY, TYPE(VT_DATE), e->pos);

    return node_add(k, &n, NULL, 0);
}

static int32_t lower_here(struct check *k, const struct scope *s, const struct ast *e,
                          const struct type *expect UNUSED)
{
    return node_const(k, s, TYPE(VT_DIVISION), k->r->schemes[k->scheme].division, e->pos);
}

/* ---- two sides ---- */

/* A name or a number without unit takes its type from the other side. */
static bool is_weak(const struct scope *s, const struct check *k, const struct ast *e)
{
    if (e->kind == AST_LITERAL) return e->unit == UNIT_NONE;
    if (e->kind != AST_NAME) return false;
    struct str ascii = check_ascii(k, e->name);
    return ascii.p == NULL ||
           (let_find(s, ascii) == NULL && check_symbol(k, SYM_PARAM, -1, ascii) == NULL);
}

/* Lower both kids, the one with a type of its own first; false: reported. */
static bool lower_sides(struct check *k, const struct scope *s, const struct ast *e,
                        const struct type *expect, int32_t *a, int32_t *b)
{
    struct type t;

    if (is_weak(s, k, e->kids[0]) && !is_weak(s, k, e->kids[1])) {
        *b = lower(k, s, e->kids[1], expect);
        if (*b < 0) return false;
        t = node_type(k, *b);
        *a = lower(k, s, e->kids[0], &t);
        return *a >= 0;
    }
    *a = lower(k, s, e->kids[0], expect);
    if (*a < 0) return false;
    t = node_type(k, *a);
    *b = lower(k, s, e->kids[1], &t);
    return *b >= 0;
}

/* ---- sums and products ---- */

static bool both_const(const struct check *k, int32_t a, int32_t b)
{
    const struct rule_node *x = node_at(k, a), *y = node_at(k, b);

    return x->op == NODE_CONST && y->op == NODE_CONST && x->param < 0 && y->param < 0 &&
           x->name < 0 && y->name < 0;
}

static int32_t lower_sum(struct check *k, const struct scope *s, const struct ast *e,
                         const struct type *expect)
{
    bool is_add = e->kind == AST_ADD;
    int32_t a, b;
    struct type ta, tb, t;

    if (!lower_sides(k, s, e, expect, &a, &b)) return -1;
    ta = node_type(k, a);
    tb = node_type(k, b);
    t = ta;
    if (!is_add && ta.vt == VT_DATE && tb.vt == VT_DATE) {
        t = TYPE(VT_DAYS);
    } else {
        if (ta.vt == VT_DATE || tb.vt == VT_DATE) {
            FINDING0(k, MSG_DATE_PLUS, e->pos, NO_POS);
            return -1;
        }
        if (!type_is_quantity(ta)) {
            FINDING(k, MSG_NOT_A_QUANTITY, e->kids[0]->pos, NO_POS, text_type(k, ta));
            return -1;
        }
        if (!check_same(k, e->kids[1], ta, tb)) return -1;
    }
    if (both_const(k, a, b)) {
        int64_t x = node_at(k, a)->imm, y = node_at(k, b)->imm;
        return node_const(k, s, t, is_add ? sat_add(x, y) : sat_sub(x, y), e->pos);
    }
    return node_two(k, is_add ? NODE_ADD : NODE_SUB, t, a, b, e->pos);
}

static enum rounding rounding_of(enum keyword kw)
{
    if (kw == KW_HALF_UP) return ROUND_HALF_UP;
    return kw == KW_ROUND_UP ? ROUND_UP : ROUND_DOWN;
}

/* A factor: a node and what its value is divided by. */
static int32_t lower_factor(struct check *k, const struct scope *s, const struct ast *e,
                            int64_t *ret_den)
{
    int32_t node;
    struct type t;

    if (e->kind == AST_LITERAL &&
        (e->unit == UNIT_NONE || e->unit == UNIT_RATIO || e->unit == UNIT_PERCENT)) {
        int64_t den = e->den * (e->unit == UNIT_PERCENT ? 100 : 1);
        if (e->den <= 0 || e->den > INT64_MAX / 100 || den <= 0) return -1;
        *ret_den = den;
        node = node_const(k, s, TYPE(e->unit == UNIT_NONE && den == 1 ? VT_INT : VT_SHARE), e->num,
                          e->pos);
        return node;
    }
    node = lower(k, s, e, NULL);
    if (node < 0) return -1;
    t = node_type(k, node);
    *ret_den = t.vt == VT_SHARE ? 10000 : 1;
    if (t.vt == VT_SHARE || (t.vt == VT_INT && t.ref < 0)) return node;
    FINDING(k, MSG_NOT_A_FACTOR, e->pos, NO_POS, text_type(k, t));
    return -1;
}

static int32_t lower_times(struct check *k, const struct scope *s, const struct ast *e,
                           const struct type *expect)
{
    int32_t kids[2] = {lower(k, s, e->kids[0], expect), -1};
    int64_t den = 1;
    struct rule_node n;

    kids[1] = lower_factor(k, s, e->kids[1], &den);
    if (kids[0] < 0 || kids[1] < 0) return -1;
    if (!type_is_quantity(node_type(k, kids[0]))) {
        FINDING(k, MSG_NOT_A_QUANTITY, e->kids[0]->pos, NO_POS,
                text_type(k, node_type(k, kids[0])));
        return -1;
    }
    if (den != 1 && e->kw == KW_NONE) {
        FINDING0(k, MSG_ROUNDING_MISSING, e->pos, NO_POS);
        return -1;
    }
    n = node_plain(s, NODE_MUL, node_type(k, kids[0]), e->pos);
    n.imm = den;
    n.round = rounding_of(e->kw);
    if (e->kids[1]->unit == UNIT_PERCENT) n.flags |= NODE_DISPLAY_PERCENT;
    return node_add(k, &n, kids, 2);
}

static int32_t lower_divided(struct check *k, const struct scope *s, const struct ast *e,
                             const struct type *expect)
{
    int32_t kids[2];
    struct type ta, tb;
    struct rule_node n;

    kids[0] = lower(k, s, e->kids[0], expect);
    kids[1] = lower(k, s, e->kids[1], NULL);
    if (kids[0] < 0 || kids[1] < 0) return -1;
    ta = node_type(k, kids[0]);
    tb = node_type(k, kids[1]);
    if (!type_is_quantity(ta) || !(type_eq(ta, tb) || (tb.vt == VT_INT && tb.ref < 0))) {
        FINDING(k, MSG_NOT_A_DIVISOR, e->kids[1]->pos, NO_POS, text_type(k, ta), text_type(k, tb));
        return -1;
    }
    if (node_at(k, kids[1])->lo < 1) {
        FINDING(k, MSG_DIVISION_BY_ZERO, e->kids[1]->pos, NO_POS,
                text_value(k, tb, node_at(k, kids[1])->lo));
        return -1;
    }
    n = node_plain(s, NODE_DIV,
                   type_eq(ta, tb) && !(tb.vt == VT_INT && tb.ref < 0) ? TYPE(VT_INT) : ta, e->pos);
    n.round = rounding_of(e->kw);
    return node_add(k, &n, kids, 2);
}

/* 每满 LIT E 得 A: a parameter as A is multiplied afterwards, for its value is not fixed. */
static int32_t lower_per(struct check *k, const struct scope *s, const struct ast *e,
                         const struct type *expect UNUSED)
{
    int32_t value, per;
    struct rule_amount gain;
    struct type t;
    struct rule_node n;
    int64_t unit;

    value = lower(k, s, e->kids[1], NULL);
    if (value < 0) return -1;
    t = node_type(k, value);
    if (!type_is_quantity(t)) {
        FINDING(k, MSG_NOT_A_QUANTITY, e->kids[1]->pos, NO_POS, text_type(k, t));
        return -1;
    }
    if (!check_literal_of(k, e->kids[0], t, &unit)) return -1;
    if (unit <= 0) {
        FINDING0(k, MSG_PER_NOT_POSITIVE, e->kids[0]->pos, NO_POS);
        return -1;
    }
    if (!check_amount(k, e->kids[2], TYPE(VT_POINTS), &gain)) return -1;
    n = node_plain(s, NODE_PER, gain.param < 0 ? TYPE(VT_POINTS) : TYPE(VT_INT), e->pos);
    n.imm = unit;
    n.imm2 = gain.param < 0 ? gain.value : 1;
    per = node_add(k, &n, &value, 1);
    if (gain.param < 0 || per < 0) return per;
    int32_t kids[2] = {node_param(k, s, gain.param, e->kids[2]->pos), per};
    n = node_plain(s, NODE_MUL, TYPE(VT_POINTS), e->pos);
    n.imm = 1;
    return node_add(k, &n, kids, 2);
}

/* ---- conditions ---- */

static enum node_op compare_op(enum keyword kw)
{
    switch ((int)kw) {
    case KW_AT_LEAST:
        return NODE_GE;
    case KW_AT_MOST:
        return NODE_LE;
    case KW_MORE:
        return NODE_GT;
    case KW_LESS:
        return NODE_LT;
    case KW_EQUALS:
        return NODE_EQ;
    default:
        return NODE_NE;
    }
}

static int32_t lower_compare(struct check *k, const struct scope *s, const struct ast *e,
                             const struct type *expect UNUSED)
{
    enum node_op op = compare_op(e->kw);
    int32_t a, b;
    struct type t;

    if (!lower_sides(k, s, e, NULL, &a, &b)) return -1;
    t = node_type(k, a);
    if (!check_same(k, e->kids[1], t, node_type(k, b))) return -1;
    if (op != NODE_EQ && op != NODE_NE && !type_is_ordered(t)) {
        FINDING(k, MSG_NOT_ORDERED, e->pos, NO_POS, text_type(k, t), text_kw(k, e->kw));
        return -1;
    }
    int32_t node = node_two(k, op, TYPE(VT_BOOL), a, b, e->pos);
    if (node >= 0 && node_at(k, node)->lo == node_at(k, node)->hi && !k->meta[node].has_param)
        check_finding(k, SEVERITY_WARNING, node_at(k, node)->lo ? MSG_ALWAYS_TRUE : MSG_NEVER_TRUE,
                      e->pos, NO_POS, CHECK_ARGS(text_value(k, t, node_at(k, a)->lo)));
    return node;
}

static int32_t lower_logic(struct check *k, const struct scope *s, const struct ast *e,
                           const struct type *expect UNUSED)
{
    int32_t a = lower_condition(k, s, e->kids[0]), b = lower_condition(k, s, e->kids[1]);

    return node_two(k, e->kind == AST_AND ? NODE_AND : NODE_OR, TYPE(VT_BOOL), a, b, e->pos);
}

static int32_t lower_not(struct check *k, const struct scope *s, const struct ast *e,
                         const struct type *expect UNUSED)
{
    return node_one(k, NODE_NOT, TYPE(VT_BOOL), lower_condition(k, s, e->kids[0]), e->pos);
}

static int32_t lower_within_any(struct check *k, const struct scope *s, const struct ast *e,
                                const struct type *expect UNUSED)
{
    return lower_within(k, s, e);
}

/* Lines of a gate: all, or any, must hold. */
static int32_t lower_lines(struct check *k, const struct scope *s, const struct ast *e,
                           const struct type *expect UNUSED)
{
    enum node_op op = e->kind == AST_ALL_OF ? NODE_AND : NODE_OR;
    int32_t node = -1;
    bool failed = e->kid_count == 0;

    for (size_t i = 0; i < e->kid_count; i++) {
        int32_t line = lower_condition(k, s, e->kids[i]);
        failed |= line < 0;
        if (!failed) node = i == 0 ? line : node_two(k, op, TYPE(VT_BOOL), node, line, e->pos);
    }
    return failed ? -1 : node;
}

int32_t lower_condition(struct check *k, const struct scope *s, const struct ast *e)
{
    return lower_as(k, s, e, TYPE(VT_BOOL));
}

/* ---- calls ---- */

static int32_t lower_age(struct check *k, const struct scope *s, const struct ast *e)
{
    int32_t birth = lower_as(k, s, e->kids[0], TYPE(VT_DATE));
    int32_t on =
        e->kid_count > 1 ? lower_as(k, s, e->kids[1], TYPE(VT_DATE)) : lower_day(k, s, e, NULL);

    return node_two(k, NODE_AGE, TYPE(VT_AGE), birth, on, e->pos);
}

static int32_t lower_add_months(struct check *k, const struct scope *s, const struct ast *e)
{
    int32_t date = lower_as(k, s, e->kids[0], TYPE(VT_DATE));
    struct rule_node n = node_plain(s, NODE_ADD_MONTHS, TYPE(VT_DATE), e->pos);

    if (!check_literal_of(k, e->kids[1], TYPE(VT_MONTHS), &n.imm)) return -1;
    if (n.imm < -120000 || n.imm > 120000) {
        FINDING0(k, MSG_LITERAL_HUGE, e->kids[1]->pos, NO_POS);
        return -1;
    }
    n.imm2 = e->num == KW_NEXT ? MONTH_NEXT : MONTH_CLAMP;
    return node_add(k, &n, &date, 1);
}

static int32_t lower_call(struct check *k, const struct scope *s, const struct ast *e,
                          const struct type *expect UNUSED)
{
    int32_t a, b;

    switch ((int)e->kw) {
    case KW_AGE:
        return lower_age(k, s, e);
    case KW_YEAR:
        a = lower_as(k, s, e->kids[0], TYPE(VT_DATE));
        return node_one(k, NODE_YEAR, TYPE(VT_INT), a, e->pos);
    case KW_YEAR_START:
        a = lower_as(k, s, e->kids[0], TYPE(VT_DATE));
        return node_one(k, NODE_YEAR_START, TYPE(VT_DATE), a, e->pos);
    case KW_MONTHS_BETWEEN:
        a = lower_as(k, s, e->kids[0], TYPE(VT_DATE));
        b = lower_as(k, s, e->kids[1], TYPE(VT_DATE));
        return node_two(k, NODE_WHOLE_MONTHS, TYPE(VT_MONTHS), a, b, e->pos);
    case KW_ADD_MONTHS:
        return lower_add_months(k, s, e);
    default:
        return -1;
    }
}

/* ---- choices, lists, bounds ---- */

static int32_t lower_if(struct check *k, const struct scope *s, const struct ast *e,
                        const struct type *expect)
{
    int32_t kids[3] = {-1, -1, -1};
    struct type t;

    kids[0] = lower_condition(k, s, e->kids[0]);
    kids[1] = lower(k, s, e->kids[1], expect);
    kids[2] = lower(k, s, e->kids[2], expect);
    if (kids[0] < 0 || kids[1] < 0 || kids[2] < 0) return -1;
    t = node_type(k, kids[1]);
    if (!check_same(k, e->kids[2], t, node_type(k, kids[2]))) return -1;
    struct rule_node n = node_plain(s, NODE_IF, t, e->pos);
    return node_add(k, &n, kids, 3);
}

static int32_t lower_list_item(struct check *k, const struct scope *s, const struct ast *e,
                               const struct type *expect)
{
    if (e->kind != AST_ITEM) return lower(k, s, e, expect);
    int32_t node = lower_body(k, s, e, 1, expect);
    return node < 0 ? -1 : node_named(k, node, let_name_add(k, e->kids[0]));
}

static int32_t lower_list(struct check *k, const struct scope *s, const struct ast *e,
                          const struct type *expect)
{
    enum node_op op = e->kind == AST_HIGHEST_OF  ? NODE_HIGHEST
                      : e->kind == AST_LOWEST_OF ? NODE_LOWEST
                                                 : NODE_TOTAL;
    int32_t *kids = ARENA_ARRAY(k->a, int32_t, e->kid_count);
    bool failed = e->kid_count == 0;

    if (kids == NULL) k->nomem = true;
    for (size_t i = 0; kids != NULL && i < e->kid_count; i++) {
        kids[i] = lower_list_item(k, s, e->kids[i], expect);
        failed |= kids[i] < 0;
        if (failed) continue;
        struct type t = node_type(k, kids[0]);
        if (!check_same(k, e->kids[i], t, node_type(k, kids[i]))) failed = true;
        if (!failed && op == NODE_TOTAL && !type_is_quantity(t)) {
            FINDING(k, MSG_NOT_A_QUANTITY, e->kids[i]->pos, NO_POS, text_type(k, t));
            failed = true;
        }
    }
    if (failed || kids == NULL) return -1;
    struct type t = node_type(k, kids[0]);
    if (!type_is_ordered(t)) {
        FINDING(k, MSG_NOT_ORDERED, e->pos, NO_POS, text_type(k, t), text_kw(k, KW_HIGHEST_OF));
        return -1;
    }
    struct rule_node n = node_plain(s, op, t, e->pos);
    return node_add(k, &n, kids, (uint32_t)e->kid_count);
}

static int32_t lower_bound(struct check *k, const struct scope *s, const struct ast *e,
                           const struct type *expect)
{
    bool is_cap = e->kind == AST_CAPPED;
    int32_t value = lower(k, s, e->kids[0], expect), bound, node;
    struct rule_amount amount;
    struct type t;

    if (value < 0) return -1;
    t = node_type(k, value);
    if (!type_is_quantity(t)) {
        FINDING(k, MSG_NOT_A_QUANTITY, e->kids[0]->pos, NO_POS, text_type(k, t));
        return -1;
    }
    if (!check_amount(k, e->kids[1], t, &amount)) return -1;
    bound = amount.param < 0 ? node_const(k, s, t, amount.value, e->kids[1]->pos)
                             : node_param(k, s, amount.param, e->kids[1]->pos);
    node = node_two(k, is_cap ? NODE_MIN : NODE_MAX, t, value, bound, e->pos);
    if (node < 0) return -1;
    const struct rule_node *v = node_at(k, value), *b = node_at(k, bound);
    if (is_cap && v->hi <= b->lo)
        FINDING(k, MSG_CAP_NEVER, e->kids[1]->pos, e->kids[0]->pos, text_value(k, t, b->lo),
                text_value(k, t, v->hi));
    if (!is_cap && v->lo >= b->hi)
        FINDING(k, MSG_FLOOR_NEVER, e->kids[1]->pos, e->kids[0]->pos, text_value(k, t, b->hi),
                text_value(k, t, v->lo));
    return node;
}

/* ---- 令 ---- */

static bool lower_let_line(struct check *k, struct scope *s, const struct ast *e)
{
    const struct ast *decl = e->kids[0];
    struct let *l = ARENA_NEW(k->a, struct let), *old = let_find(s, decl->name);

    if (l == NULL) {
        k->nomem = true;
        return false;
    }
    if (old != NULL)
        FINDING(k, MSG_NAME_TWICE, decl->pos, old->pos, k->lang == LANG_ZH ? decl->alt : decl->name,
                text_kw(k, KW_LET));
    *l = (struct let){.ascii = decl->name,
                      .value = e->kids[1],
                      .domain = s->domain,
                      .again_domain = -1,
                      .pos = decl->pos,
                      .outer = s->lets};
    l->node = lower(k, s, e->kids[1], NULL);
    l->name = let_name_add(k, decl);
    l->node = node_named(k, l->node, l->name);
    s->lets = l;
    return true;
}

int32_t lower_body(struct check *k, const struct scope *s, const struct ast *n, size_t first,
                   const struct type *expect)
{
    struct scope inner = *s;

    while (first < n->kid_count && n->kids[first]->kind == AST_LET)
        if (!lower_let_line(k, &inner, n->kids[first++])) return -1;
    return first < n->kid_count ? lower(k, &inner, n->kids[first], expect) : -1;
}

/* ---- the table ---- */

static int32_t lower_aggregate_any(struct check *k, const struct scope *s, const struct ast *e,
                                   const struct type *expect UNUSED)
{
    return lower_aggregate(k, s, e);
}

static int32_t lower_each_any(struct check *k, const struct scope *s, const struct ast *e,
                              const struct type *expect UNUSED)
{
    return lower_each(k, s, e);
}

typedef int32_t lower_fn(struct check *k, const struct scope *s, const struct ast *e,
                         const struct type *expect);

static lower_fn *const lowerers[AST_KIND_COUNT] = {
    [AST_LITERAL] = lower_literal, [AST_NAME] = lower_name,
    [AST_FIELD_OF] = lower_field,  [AST_HERE] = lower_here,
    [AST_DAY] = lower_day,         [AST_OR] = lower_logic,
    [AST_AND] = lower_logic,       [AST_NOT] = lower_not,
    [AST_COMPARE] = lower_compare, [AST_WITHIN] = lower_within_any,
    [AST_ADD] = lower_sum,         [AST_SUBTRACT] = lower_sum,
    [AST_TIMES] = lower_times,     [AST_DIVIDED] = lower_divided,
    [AST_CAPPED] = lower_bound,    [AST_FLOORED] = lower_bound,
    [AST_CALL] = lower_call,       [AST_AGGREGATE] = lower_aggregate_any,
    [AST_PER] = lower_per,         [AST_EACH] = lower_each_any,
    [AST_IF] = lower_if,           [AST_BANDS] = lower_bands,
    [AST_MATCH] = lower_match,     [AST_HIGHEST_OF] = lower_list,
    [AST_LOWEST_OF] = lower_list,  [AST_SUM_OF] = lower_list,
    [AST_ALL_OF] = lower_lines,    [AST_ANY_OF] = lower_lines,
};

int32_t lower(struct check *k, const struct scope *s, const struct ast *e,
              const struct type *expect)
{
    if (k->nomem || lowerers[e->kind] == NULL) return -1;
    return lowerers[e->kind](k, s, e, expect);
}

int32_t lower_as(struct check *k, const struct scope *s, const struct ast *e, struct type t)
{
    int32_t node = lower(k, s, e, &t);

    if (node < 0 || type_eq(node_type(k, node), t)) return node;
    check_type_error(k, e->pos, t, node_type(k, node));
    return -1;
}
