/* Literals, parameters, and the values that lower layers put into opened parameters.
 *
 * Invariants: the values of one parameter from one scheme never overlap; a parameter that a clause
 * depends on has a value on every day the clause is in force, in every chain. */
#include "lang/check_internal.h"

#include <stdlib.h>

/* ---- literals ---- */

/* num * factor / den, exactly. */
static bool scaled(const struct ast *lit, int64_t factor, int64_t *ret)
{
    int128 v = (int128)lit->num * factor;

    if (lit->den <= 0 || v % lit->den != 0) return false;
    v /= lit->den;
    if (v > INT64_MAX / 4 || v < INT64_MIN / 4) return false;
    *ret = (int64_t)v;
    return true;
}

static bool literal_unit(struct check *k, const struct ast *lit, struct type *t)
{
    struct str ascii = check_ascii(k, lit->unit_name);
    const struct symbol *s = ascii.p != NULL ? check_symbol(k, SYM_UNIT, -1, ascii) : NULL;

    if (s == NULL) {
        FINDING(k, MSG_UNIT_UNDECLARED, lit->pos, NO_POS, lit->unit_name);
        return false;
    }
    *t = (struct type){VT_INT, s->index};
    return true;
}

/* A number without a unit is what the place expects, where that has no unit either. */
static struct type plain_type(const struct type *expect)
{
    if (expect != NULL && expect->vt == VT_DIVISION) return *expect;
    return TYPE(VT_INT);
}

/* Type of a literal and how many of the type's units one of its own is; 0 = as it is. */
static bool literal_kind(struct check *k, const struct ast *lit, const struct type *expect,
                         struct type *t, int64_t *factor)
{
    *factor = unit_scale(lit->unit);
    switch (lit->unit) {
    case UNIT_NONE:
        *t = plain_type(expect);
        *factor = 1;
        return true;
    case UNIT_POINTS:
        *t = TYPE(VT_POINTS);
        *factor = k->r->scale;
        return true;
    case UNIT_YUAN:
    case UNIT_WAN_YUAN:
        *t = TYPE(VT_MONEY);
        *factor *= 100;
        return true;
    case UNIT_YEARS_OLD:
        *t = TYPE(VT_AGE);
        return true;
    case UNIT_MONTHS:
    case UNIT_YEARS:
        *t = TYPE(VT_MONTHS);
        return true;
    case UNIT_DAYS:
        *t = TYPE(VT_DAYS);
        return true;
    case UNIT_RECORDS:
        *t = TYPE(VT_INT);
        return true;
    case UNIT_PERCENT:
        *t = TYPE(VT_SHARE);
        *factor = 100;
        return true;
    case UNIT_RATIO:
        *t = TYPE(VT_SHARE);
        *factor = 10000;
        return true;
    case UNIT_DATE:
        *t = TYPE(VT_DATE);
        *factor = 1;
        return true;
    case UNIT_MONTH:
        *t = TYPE(VT_MONTH);
        *factor = 1;
        return true;
    case UNIT_DECLARED:
        *factor = 1;
        return literal_unit(k, lit, t);
    case UNIT_COUNT_OF:
        break;
    }
    return false;
}

bool check_literal(struct check *k, const struct ast *lit, const struct type *expect,
                   struct type *ret_type, int64_t *ret)
{
    struct type t = TYPE(VT_INT);
    int64_t factor = 1, v;

    if (lit->kind != AST_LITERAL || !literal_kind(k, lit, expect, &t, &factor)) return false;
    if (!scaled(lit, factor, &v)) {
        FINDING(k, t.vt == VT_POINTS ? MSG_POINTS_TOO_FINE : MSG_LITERAL_TOO_FINE, lit->pos, NO_POS,
                text_type(k, t));
        return false;
    }
    if (t.vt == VT_DIVISION && (v <= 0 || v > 999999 || !division_is_known((int32_t)v))) {
        FINDING(k, MSG_DIVISION_UNKNOWN, lit->pos, NO_POS, text_int(k, v));
        return false;
    }
    *ret_type = t;
    *ret = v;
    return true;
}

bool check_literal_of(struct check *k, const struct ast *lit, struct type t, int64_t *ret)
{
    struct type found;

    if (!check_literal(k, lit, &t, &found, ret)) return false;
    if (type_eq(found, t)) return true;
    check_type_error(k, lit->pos, t, found);
    return false;
}

bool check_amount(struct check *k, const struct ast *operand, struct type t,
                  struct rule_amount *ret)
{
    int32_t p;

    *ret = (struct rule_amount){.param = -1, .pos = operand->pos};
    if (operand->kind == AST_LITERAL) {
        if (!check_literal_of(k, operand, t, &ret->value)) return false;
        ret->is_set = true;
        return true;
    }
    p = check_resolve(k, SYM_PARAM, -1, operand);
    if (p < 0) return false;
    if (!type_eq(k->r->params[p].type, t)) {
        check_type_error(k, operand->pos, t, k->r->params[p].type);
        return false;
    }
    ret->is_set = true;
    ret->param = p;
    return true;
}

/* ---- parameters ---- */

/* Room is 0, 4, 8, 16, ...: it is full where the count is one of these. */
static bool value_add(struct check *k, struct rule_param *p, struct rule_param_value v)
{
    uint32_t n = p->value_count;

    if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
        struct rule_param_value *grown =
            arena_grow(k->a, p->values, n, n == 0 ? 4 : 2 * (size_t)n, sizeof *grown);
        if (grown == NULL) {
            k->nomem = true;
            return false;
        }
        p->values = grown;
    }
    p->values[p->value_count++] = v;
    return true;
}

/* Two values of one scheme on one day are never "the newer wins". */
static void value_overlaps(struct check *k, const struct rule_param *p,
                           const struct rule_param_value *v)
{
    for (uint32_t i = 0; i < p->value_count; i++) {
        const struct rule_param_value *w = &p->values[i];
        if (w->scheme != v->scheme || w->from > v->to || v->from > w->to) continue;
        FINDING(k, MSG_PARAM_OVERLAP, v->pos, w->pos, text_name(k, &p->name),
                text_days(k, v->from > w->from ? v->from : w->from, v->to < w->to ? v->to : w->to));
        return;
    }
}

static void values_read(struct check *k, const struct ast *item, struct rule_param *p,
                        bool is_lower)
{
    for (size_t i = 0; i < item->kid_count && !k->nomem; i++) {
        const struct ast *line = item->kids[i];
        const struct ast *dates, *lit;
        struct rule_param_value v = {.scheme = k->scheme, .pos = line->pos};
        if (line->kind != AST_VALUE_FROM) continue;
        dates = ast_find(line, AST_DATES);
        lit = ast_find(line, AST_LITERAL);
        if (dates == NULL || lit == NULL || !check_literal_of(k, lit, p->type, &v.value)) continue;
        v.from = (int32_t)dates->num;
        v.to = (int32_t)dates->den;
        v.pos = lit->pos;
        if (is_lower && (v.value < p->lo || v.value > p->hi))
            FINDING(k, MSG_PARAM_RANGE, lit->pos, p->pos, text_name(k, &p->name),
                    text_value(k, p->type, p->lo), text_value(k, p->type, p->hi));
        value_overlaps(k, p, &v);
        if (!value_add(k, p, v)) return;
    }
}

static const struct ast *first_literal(const struct ast *item)
{
    const struct ast *line = ast_find(item, AST_VALUE_FROM);

    return line != NULL ? ast_find(line, AST_LITERAL) : NULL;
}

static bool param_read(struct check *k, const struct ast *item, struct rule_param *p)
{
    const struct ast *open = ast_find(item, AST_OPEN_TO), *range = ast_find(item, AST_RANGE);
    const struct ast *lit = first_literal(item);
    int64_t value;

    *p = (struct rule_param){.name = check_name(item->kids[0]),
                             .open_to = open != NULL ? (uint32_t)open->num : 0,
                             .lo = INT64_MIN,
                             .hi = INT64_MAX,
                             .scheme = k->scheme,
                             .pos = item->kids[0]->pos};
    if (lit == NULL) return false; /* a line that could not be read: reported */
    if (!check_literal(k, lit, NULL, &p->type, &value)) return false;
    if (range != NULL && (!check_literal_of(k, range->kids[0], p->type, &p->lo) ||
                          !check_literal_of(k, range->kids[1], p->type, &p->hi)))
        return false;
    if (p->lo > p->hi) {
        FINDING(k, MSG_RANGE_EMPTY, range->pos, NO_POS, text_value(k, p->type, p->lo),
                text_value(k, p->type, p->hi));
        return false;
    }
    values_read(k, item, p, true);
    return true;
}

static bool param_eq(const struct rule_param *a, const struct rule_param *b)
{
    if (!type_eq(a->type, b->type) || a->open_to != b->open_to || a->lo != b->lo ||
        a->hi != b->hi || a->value_count != b->value_count)
        return false;
    for (uint32_t i = 0; i < a->value_count; i++) {
        const struct rule_param_value *v = &a->values[i], *w = &b->values[i];
        if (v->from != w->from || v->to != w->to || v->value != w->value) return false;
    }
    return true;
}

/* An equal parameter of a scheme in another chain is still its own: values belong to schemes. */
static void param_item(struct check *k, const struct ast *item)
{
    struct rule_param p, *slot;
    const struct symbol *old;

    if (item->kid_count == 0 || !param_read(k, item, &p)) return;
    old = check_symbol(k, SYM_PARAM, -1, p.name.ascii);
    if (old != NULL) {
        bool same = old->scheme != k->scheme && param_eq(&k->r->params[old->index], &p);
        if (!same)
            FINDING(k, MSG_REDECLARED, p.pos, old->pos, text_name(k, &p.name),
                    text_kind(k, SYM_PARAM));
        return;
    }
    slot = CHECK_ADD(k, k->r->params, k->r->param_count, k->param_cap);
    if (slot == NULL) return;
    *slot = p;
    check_declare(k, SYM_PARAM, -1, p.name.ascii, (int32_t)k->r->param_count - 1, p.pos);
}

static void implements_item(struct check *k, const struct ast *item)
{
    const struct ast *name = ast_find(item, AST_NAME);
    int32_t at = name != NULL ? check_resolve(k, SYM_PARAM, -1, name) : -1;
    struct rule_param *p;
    enum layer layer = k->r->schemes[k->scheme].layer;

    if (at < 0) return;
    p = &k->r->params[at];
    if (p->scheme == k->scheme || layer == LAYER_PROVINCE ||
        (p->open_to & (layer == LAYER_CITY ? 1u : 2u)) == 0) {
        FINDING(k, MSG_PARAM_NOT_OPEN, name->pos, p->pos, text_name(k, &p->name),
                text_kw(k, layer == LAYER_PROVINCE ? KW_PROVINCE
                           : layer == LAYER_CITY   ? KW_CITY
                                                   : KW_COUNTY));
        return;
    }
    values_read(k, item, p, true);
}

void check_params(struct check *k)
{
    check_each(k, AST_PARAMETER, param_item);
    check_each(k, AST_IMPLEMENTS, implements_item);
}

/* ---- days without a value ---- */

/* First day in [from, to] on which the chain gives the parameter no value; to + 1 when none. */
static int64_t first_gap(const struct rules *r, int32_t param, int32_t chain, int32_t from,
                         int32_t to)
{
    const struct rule_param *p = &r->params[param];
    int64_t day = from;
    bool moved = true;

    while (moved && day <= to) {
        moved = false;
        for (uint32_t i = 0; i < p->value_count; i++) {
            const struct rule_param_value *v = &p->values[i];
            if (!rules_in_chain(r, v->scheme, chain) || v->from > day || v->to < day) continue;
            day = (int64_t)v->to + 1;
            moved = true;
        }
    }
    return day;
}

bool param_gap(const struct rules *r, int32_t param, int32_t scheme, int32_t from, int32_t to,
               int32_t *ret_chain, int32_t *ret_day)
{
    for (uint32_t s = 0; s < r->scheme_count; s++) {
        const struct rule_source *days = &r->schemes[s].source;
        int32_t a = from > days->from ? from : days->from, b = to < days->to ? to : days->to;
        int64_t gap;
        if (!rules_in_chain(r, scheme, (int32_t)s) || a > b) continue;
        gap = first_gap(r, param, (int32_t)s, a, b);
        if (gap > b) continue;
        *ret_chain = (int32_t)s;
        *ret_day = (int32_t)gap;
        return true;
    }
    return false;
}

/* A use of a parameter by something in force from..to in `scheme`: every chain through it needs a
 * value on each of those days. */
void check_param_use(struct check *k, int32_t param, int32_t scheme, int32_t from, int32_t to,
                     struct src_pos at)
{
    const struct rules *r = k->r;
    int32_t chain, day;

    if (!param_gap(r, param, scheme, from, to, &chain, &day)) return;
    FINDING(k, MSG_PARAM_GAP, at, r->params[param].pos, text_name(k, &r->params[param].name),
            text_day(k, day), rules_label(&r->schemes[chain].title, k->lang));
}

bool param_hull(const struct rules *r, int32_t param, struct range *ret)
{
    const struct rule_param *p = &r->params[param];

    for (uint32_t i = 0; i < p->value_count; i++) {
        int64_t v = p->values[i].value;
        if (i == 0 || v < ret->lo) ret->lo = v;
        if (i == 0 || v > ret->hi) ret->hi = v;
    }
    return p->value_count > 0;
}
