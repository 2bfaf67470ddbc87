/* What the tree of points can come to: caps and floors that never bind, ceilings that can be
 * passed, deductions below zero. Proved, not observed.
 *
 * For every chain (each scheme taken as the lowest) and every interval between two days on which
 * anything changes, the ranges of indicators, groups and total are worked out as README §6 says
 * the evaluators do it. Aggregates keep their static range there too, for that is what an unknown
 * register is scored with.
 *
 * Invariants: a ceiling that is not reported holds for every resident, chain and day. */
#include "lang/check_internal.h"

#include <stdlib.h>
#include <string.h>

/* A thing with cap, floor and ceiling, over all chains and days. */
struct seen {
    bool ever; /* in force in some chain on some day */
    bool cap_binds, floor_binds;
    bool ceiling_reported, negative_reported;
    int64_t cap_hi, floor_lo; /* the most, the least it came to before cap and floor */
};

/* What lower layers may add to an open group without a cap: more than any ceiling. */
#define BOUND_OPEN (INT64_MAX / 4)

struct bounds {
    struct check *k;
    const struct rules *r;
    int32_t chain, day;
    struct range *nodes; /* of those that vary, for this chain and day */
    uint32_t *varying, varying_count;
    struct range *indicators, *groups; /* final */
    bool *indicator_on, *group_on;
    struct seen *indicator_seen, *group_seen;
    bool *open_below; /* per group: a lower layer may add something in it */
};

static bool in_force(int32_t day, int32_t from, int32_t to)
{
    return from <= day && day <= to;
}

static bool applies(const struct bounds *b, int32_t scheme, int32_t from, int32_t to)
{
    return in_force(b->day, from, to) && rules_in_chain(b->r, scheme, b->chain);
}

/* ---- nodes ---- */

static struct range range_at(const struct bounds *b, int32_t node)
{
    if (b->k->meta[node].varies) return b->nodes[node];
    return (struct range){b->r->nodes[node].lo, b->r->nodes[node].hi};
}

/* The ranges of nodes that depend on parameters, for this chain and day. */
static bool ranges_here(struct bounds *b)
{
    struct range few[8], *kids;

    for (uint32_t i = 0; i < b->varying_count; i++) {
        const struct rule_node *n = &b->r->nodes[b->varying[i]];
        int64_t v;
        kids = n->kid_count <= 8 ? few : ARENA_ARRAY(b->k->a, struct range, n->kid_count);
        if (kids == NULL) {
            b->k->nomem = true;
            return false;
        }
        for (uint32_t j = 0; j < n->kid_count; j++)
            kids[j] = range_at(b, (int32_t)b->r->kids[n->kid_first + j]);
        b->nodes[b->varying[i]] = node_range(b->r, n, kids);
        if (n->param >= 0 && rules_param_value(b->r, n->param, b->chain, b->day, &v))
            b->nodes[b->varying[i]] = (struct range){v, v};
    }
    return true;
}

static struct range hull(struct range a, struct range b)
{
    return (struct range){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

/* ---- caps, floors, vetoes ---- */

static bool amount_here(const struct bounds *b, const struct rule_amount *m, int64_t *ret)
{
    if (!m->is_set) return false;
    if (m->param < 0) {
        *ret = m->value;
        return true;
    }
    return rules_param_value(b->r, m->param, b->chain, b->day, ret);
}

static struct range bounded(const struct bounds *b, struct seen *s, const struct rule_amount *cap,
                            const struct rule_amount *floor, struct range v)
{
    int64_t limit;

    if (!s->ever || v.hi > s->cap_hi) s->cap_hi = v.hi;
    if (amount_here(b, cap, &limit)) {
        s->cap_binds |= v.hi > limit;
        if (v.hi > limit) v.hi = limit;
        if (v.lo > limit) v.lo = limit;
    }
    if (!s->ever || v.lo < s->floor_lo) s->floor_lo = v.lo;
    if (amount_here(b, floor, &limit)) {
        s->floor_binds |= v.lo < limit;
        if (v.lo < limit) v.lo = limit;
        if (v.hi < limit) v.hi = limit;
    }
    s->ever = true;
    return v;
}

static struct range vetoed(const struct bounds *b, int32_t group, int32_t indicator, struct range v)
{
    for (uint32_t i = 0; i < b->r->veto_count; i++) {
        const struct rule_veto *w = &b->r->vetoes[i];
        if (w->freezes || w->group != group || w->indicator != indicator) continue;
        if (!applies(b, w->scheme, w->from, w->to)) continue;
        if (range_at(b, w->cond).hi >= 1) v = hull(v, (struct range){0, 0});
    }
    return v;
}

/* ---- indicators ---- */

static bool surely(const struct bounds *b, const struct rule_clause *c)
{
    return c->cond < 0 || range_at(b, c->cond).lo >= 1;
}

static bool possibly(const struct bounds *b, const struct rule_clause *c)
{
    return c->cond < 0 || range_at(b, c->cond).hi >= 1;
}

/* Does a clause that goes before `c` surely apply? */
static bool is_shut_out(const struct bounds *b, const struct rule_indicator *ind, int32_t c)
{
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        int32_t p = (int32_t)(ind->clause_first + i);
        const struct rule_clause *x = &b->r->clauses[p];
        if (p != c && applies(b, x->scheme, x->from, x->to) && surely(b, x) &&
            clause_precedes(b->r, p, c))
            return true;
    }
    return false;
}

static struct range clauses_one(const struct bounds *b, const struct rule_indicator *ind)
{
    struct range v = {0, 0};
    bool any = false, sure = false;

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        int32_t c = (int32_t)(ind->clause_first + i);
        const struct rule_clause *x = &b->r->clauses[c];
        if (!applies(b, x->scheme, x->from, x->to) || !possibly(b, x) || is_shut_out(b, ind, c))
            continue;
        v = any ? hull(v, range_at(b, x->body)) : range_at(b, x->body);
        any = true;
        sure |= surely(b, x);
    }
    return sure ? v : hull(v, (struct range){0, 0});
}

static struct range clauses_all(const struct bounds *b, const struct rule_indicator *ind)
{
    struct range v = {0, 0};
    bool any = false;

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *x = &b->r->clauses[ind->clause_first + i];
        struct range one;
        if (!applies(b, x->scheme, x->from, x->to)) continue;
        one = possibly(b, x) ? range_at(b, x->body) : (struct range){0, 0};
        if (!surely(b, x)) one = hull(one, (struct range){0, 0});
        if (ind->combine == COMBINE_SUM || !any)
            v = (struct range){sat_add(v.lo, one.lo), sat_add(v.hi, one.hi)};
        else
            v = (struct range){v.lo > one.lo ? v.lo : one.lo, v.hi > one.hi ? v.hi : one.hi};
        any = true;
    }
    return v;
}

static void ceiling_of_indicator(struct bounds *b, uint32_t at, struct range v)
{
    const struct rule_indicator *ind = &b->r->indicators[at];
    struct seen *s = &b->indicator_seen[at];
    struct check *k = b->k;

    if (ind->ceiling < 0 || v.hi <= ind->ceiling || s->ceiling_reported) return;
    s->ceiling_reported = true;
    struct src_pos other = NO_POS;
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *c = &b->r->clauses[ind->clause_first + i];
        if (applies(b, c->scheme, c->from, c->to) && range_at(b, c->body).hi > ind->ceiling)
            other = b->r->nodes[c->body].pos;
    }
    check_enter(k, ind->scheme);
    k->heading = ind->basis;
    FINDING(k, MSG_CEILING_PASSED, ind->pos, other, text_name(k, &ind->name),
            text_points(k, ind->ceiling), text_points(k, v.hi));
}

static void bound_indicator(struct bounds *b, uint32_t at)
{
    const struct rule_indicator *ind = &b->r->indicators[at];
    struct range v;

    b->indicator_on[at] = b->group_on[ind->group] && applies(b, ind->scheme, ind->from, ind->to);
    if (!b->indicator_on[at]) return;
    v = ind->combine == COMBINE_ONE ? clauses_one(b, ind) : clauses_all(b, ind);
    v = bounded(b, &b->indicator_seen[at], &ind->cap, &ind->floor, v);
    if (ind->has_if_unknown)
        v = hull(v, (struct range){ind->if_unknown_value, ind->if_unknown_value});
    v = vetoed(b, -1, (int32_t)at, v);
    b->indicators[at] = v;
    ceiling_of_indicator(b, at, v);
}

/* ---- groups ---- */

/* The members of a group with what each can come to: "年龄 20分 + 文化程度 10分". */
struct members {
    struct buf text;
    struct src_pos greatest; /* place of the one that gives most */
    int64_t most;
    uint32_t count;
};

#define MEMBERS_SHOWN 12u

/* The figure, or in words that lower layers may add to it without end. */
static struct str text_most(struct check *k, int64_t most)
{
    if (most < BOUND_OPEN / 2) return text_points(k, most);
    return k->lang == LANG_ZH ? STR("任意高分") : STR("any number of points");
}

static void member_say(struct check *k, struct members *m, const struct rule_name *name,
                       int64_t most, bool deducts, struct src_pos pos)
{
    if (!deducts && (m->count == 0 || most > m->most)) {
        m->most = most;
        m->greatest = pos;
    }
    if (m->count++ >= MEMBERS_SHOWN) return;
    if (m->text.n > 0 || deducts) buf_add_c(&m->text, deducts ? " - " : " + ");
    buf_add(&m->text, text_name(k, name));
    buf_add_char(&m->text, ' ');
    buf_add(&m->text, text_most(k, most));
}

static void members_say(const struct bounds *b, uint32_t at, struct members *m)
{
    *m = (struct members){.greatest = b->r->groups[at].pos};
    buf_init(&m->text, 0);
    for (uint32_t i = 0; i < b->r->indicator_count; i++)
        if (b->indicator_on[i] && b->r->indicators[i].group == (int32_t)at)
            member_say(b->k, m, &b->r->indicators[i].name, b->indicators[i].hi, false,
                       b->r->indicators[i].pos);
    for (uint32_t g = at + 1; g < b->r->group_count; g++) {
        const struct rule_group *x = &b->r->groups[g];
        if (!b->group_on[g] || x->parent != (int32_t)at) continue;
        member_say(b->k, m, &x->name, x->deducts ? b->groups[g].lo : b->groups[g].hi, x->deducts,
                   x->pos);
    }
}

static void ceiling_of_group(struct bounds *b, uint32_t at, struct range v)
{
    const struct rule_group *g = &b->r->groups[at];
    struct seen *s = &b->group_seen[at];
    struct check *k = b->k;
    struct members m;

    if (g->ceiling < 0 || v.hi <= g->ceiling || s->ceiling_reported) return;
    s->ceiling_reported = true;
    check_enter(k, g->scheme);
    k->heading = g->basis;
    members_say(b, at, &m);
    FINDING(k, MSG_CEILING_SUM, g->pos, m.greatest, text_name(k, &g->name),
            text_points(k, g->ceiling), text_most(k, v.hi), text_take(k, &m.text),
            rules_label(&b->r->schemes[b->chain].title, k->lang), text_day(k, b->day));
}

static void deduction_is_positive(struct bounds *b, uint32_t at, struct range v)
{
    const struct rule_group *g = &b->r->groups[at];
    struct check *k = b->k;

    if (!g->deducts || v.lo >= 0 || b->group_seen[at].negative_reported) return;
    b->group_seen[at].negative_reported = true;
    check_enter(k, g->scheme);
    k->heading = g->basis;
    FINDING(k, MSG_DEDUCTION_NEGATIVE, g->pos, NO_POS, text_name(k, &g->name),
            text_points(k, v.lo));
}

static void join(const struct rule_group *g, struct range *v, bool *any, struct range one,
                 bool deducts)
{
    if (g->combine == COMBINE_HIGHEST)
        *v = *any ? (struct range){v->lo > one.lo ? v->lo : one.lo, v->hi > one.hi ? v->hi : one.hi}
                  : one;
    else if (deducts)
        *v = (struct range){sat_sub(v->lo, one.hi), sat_sub(v->hi, one.lo)};
    else
        *v = (struct range){sat_add(v->lo, one.lo), sat_add(v->hi, one.hi)};
    *any = true;
}

/* May a layer below the chain's lowest still add to the group? Then its members are not all known,
 * and only its cap bounds it: a province's ceiling must hold for every city that is yet to come. */
static bool may_grow(const struct bounds *b, const struct rule_group *g)
{
    static const uint32_t lower[] = {
        [LAYER_PROVINCE] = 1 | 2, [LAYER_CITY] = 2, [LAYER_COUNTY] = 0};

    return (g->open_to & lower[b->r->schemes[b->chain].layer]) != 0;
}

static void bound_group(struct bounds *b, uint32_t at)
{
    const struct rule_group *g = &b->r->groups[at];
    struct range v = {0, 0};
    bool any = false;

    for (uint32_t i = 0; i < b->r->indicator_count; i++)
        if (b->indicator_on[i] && b->r->indicators[i].group == (int32_t)at)
            join(g, &v, &any, b->indicators[i], false);
    for (uint32_t c = at + 1; c < b->r->group_count; c++)
        if (b->group_on[c] && b->r->groups[c].parent == (int32_t)at)
            join(g, &v, &any, b->groups[c], b->r->groups[c].deducts);
    if (may_grow(b, g)) v.hi = BOUND_OPEN;
    v = bounded(b, &b->group_seen[at], &g->cap, &g->floor, v);
    v = vetoed(b, (int32_t)at, -1, v);
    if (at == 0) v = vetoed(b, -1, -1, v);
    b->groups[at] = v;
    deduction_is_positive(b, at, v);
    ceiling_of_group(b, at, v);
}

static void bound_day(struct bounds *b)
{
    if (!ranges_here(b)) return;
    for (uint32_t g = 0; g < b->r->group_count; g++) {
        const struct rule_group *x = &b->r->groups[g];
        b->group_on[g] =
            (x->parent < 0 || b->group_on[x->parent]) && applies(b, x->scheme, x->from, x->to);
    }
    for (uint32_t i = 0; i < b->r->indicator_count; i++)
        bound_indicator(b, i);
    for (uint32_t g = b->r->group_count; g-- > 0;)
        if (b->group_on[g]) bound_group(b, g);
}

/* ---- days ---- */

struct days {
    int32_t *items;
    uint32_t count, cap;
};

static void day_add(struct bounds *b, struct days *d, int32_t scheme, int32_t from, int32_t to)
{
    const struct rule_source *s = &b->r->schemes[b->chain].source;
    int32_t starts[2] = {from, to == INT32_MAX ? to : to + 1};

    if (!rules_in_chain(b->r, scheme, b->chain)) return;
    for (int i = 0; i < 2; i++) {
        int32_t day = starts[i] < s->from ? s->from : starts[i], *slot;
        if (day > s->to) continue;
        if (d->count > 0 && d->items[d->count - 1] == day) continue;
        slot = CHECK_ADD(b->k, d->items, d->count, d->cap);
        if (slot != NULL) *slot = day;
    }
}

static int day_cmp(const void *pa, const void *pb)
{
    int32_t a = *(const int32_t *)pa, b = *(const int32_t *)pb;

    return (a > b) - (a < b);
}

/* Days of the chain on which something begins or has ended, in order. */
static void days_of_chain(struct bounds *b, struct days *d)
{
    const struct rules *r = b->r;
    uint32_t n = 0;

    d->count = 0;
    for (uint32_t i = 0; i < r->scheme_count; i++)
        day_add(b, d, (int32_t)i, r->schemes[i].source.from, r->schemes[i].source.to);
    for (uint32_t i = 0; i < r->group_count; i++)
        day_add(b, d, r->groups[i].scheme, r->groups[i].from, r->groups[i].to);
    for (uint32_t i = 0; i < r->indicator_count; i++)
        day_add(b, d, r->indicators[i].scheme, r->indicators[i].from, r->indicators[i].to);
    for (uint32_t i = 0; i < r->clause_count; i++)
        day_add(b, d, r->clauses[i].scheme, r->clauses[i].from, r->clauses[i].to);
    for (uint32_t i = 0; i < r->veto_count; i++)
        day_add(b, d, r->vetoes[i].scheme, r->vetoes[i].from, r->vetoes[i].to);
    for (uint32_t i = 0; i < r->param_count; i++)
        for (uint32_t j = 0; j < r->params[i].value_count; j++) {
            const struct rule_param_value *v = &r->params[i].values[j];
            day_add(b, d, v->scheme, v->from, v->to);
        }
    if (d->count == 0) return;
    qsort(d->items, d->count, sizeof *d->items, day_cmp);
    for (uint32_t i = 0; i < d->count; i++)
        if (n == 0 || d->items[n - 1] != d->items[i]) d->items[n++] = d->items[i];
    d->count = n;
}

/* ---- caps and floors that never bind ---- */

static void never(struct check *k, const struct rule_name *name, int32_t scheme, struct str basis,
                  const struct rule_amount *m, enum lang_msg msg, int64_t reach)
{
    struct range limit = {m->value, m->value};

    if (m->param >= 0) (void)param_hull(k->r, m->param, &limit);
    check_enter(k, scheme);
    k->heading = basis;
    FINDING(k, msg, m->pos, NO_POS, text_name(k, name), text_points(k, limit.lo),
            text_points(k, reach));
}

static bool may_be_varied(const struct rules *r, const struct rule_indicator *ind)
{
    for (uint32_t i = 0; i < ind->clause_count; i++)
        if (r->clauses[ind->clause_first + i].may_vary) return true;
    return false;
}

static void idle_limits(struct bounds *b)
{
    const struct rules *r = b->r;

    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct rule_indicator *x = &r->indicators[i];
        const struct seen *s = &b->indicator_seen[i];
        if (!s->ever || may_be_varied(r, x)) continue;
        if (x->cap.is_set && !s->cap_binds)
            never(b->k, &x->name, x->scheme, x->basis, &x->cap, MSG_CAP_IDLE, s->cap_hi);
        if (x->floor.is_set && !s->floor_binds)
            never(b->k, &x->name, x->scheme, x->basis, &x->floor, MSG_FLOOR_IDLE, s->floor_lo);
    }
    for (uint32_t i = 0; i < r->group_count; i++) {
        const struct rule_group *x = &r->groups[i];
        const struct seen *s = &b->group_seen[i];
        if (!s->ever || b->open_below[i]) continue;
        if (x->cap.is_set && !s->cap_binds)
            never(b->k, &x->name, x->scheme, x->basis, &x->cap, MSG_CAP_IDLE, s->cap_hi);
        if (x->floor.is_set && !s->floor_binds)
            never(b->k, &x->name, x->scheme, x->basis, &x->floor, MSG_FLOOR_IDLE, s->floor_lo);
    }
}

static bool bounds_new(struct check *k, struct bounds *b)
{
    struct rules *r = k->r;

    *b = (struct bounds){.k = k,
                         .r = r,
                         .nodes = ARENA_ARRAY(k->a, struct range, r->node_count),
                         .varying = ARENA_ARRAY(k->a, uint32_t, r->node_count),
                         .indicators = ARENA_ARRAY(k->a, struct range, r->indicator_count),
                         .groups = ARENA_ARRAY(k->a, struct range, r->group_count),
                         .indicator_on = ARENA_ARRAY(k->a, bool, r->indicator_count),
                         .group_on = ARENA_ARRAY(k->a, bool, r->group_count),
                         .indicator_seen = ARENA_ARRAY(k->a, struct seen, r->indicator_count),
                         .group_seen = ARENA_ARRAY(k->a, struct seen, r->group_count),
                         .open_below = ARENA_ARRAY(k->a, bool, r->group_count)};
    if (b->nodes == NULL || b->varying == NULL || b->indicators == NULL || b->groups == NULL ||
        b->indicator_on == NULL || b->group_on == NULL || b->indicator_seen == NULL ||
        b->group_seen == NULL || b->open_below == NULL) {
        k->nomem = true;
        return false;
    }
    for (uint32_t i = 0; i < r->node_count; i++)
        if (k->meta[i].varies) b->varying[b->varying_count++] = i;
    for (uint32_t g = r->group_count; g-- > 0;) {
        b->open_below[g] |= r->groups[g].open_to != 0;
        if (b->open_below[g] && r->groups[g].parent >= 0) b->open_below[r->groups[g].parent] = true;
    }
    return true;
}

void check_bounds(struct check *k)
{
    struct bounds b;
    struct days days = {NULL, 0, 0};

    if (!bounds_new(k, &b)) return;
    for (uint32_t s = 0; s < k->r->scheme_count && !k->nomem; s++) {
        b.chain = (int32_t)s;
        days_of_chain(&b, &days);
        for (uint32_t i = 0; i < days.count && !k->nomem; i++) {
            b.day = days.items[i];
            bound_day(&b);
        }
    }
    if (!k->nomem) idle_limits(&b);
}
