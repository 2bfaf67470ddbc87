/* What applies: a chain of schemes on one rule day, picked out of the image.
 *
 * An element applies when its scheme is in the chain and in force on the rule day, its own days
 * hold that day, and what it stands in applies too. Nothing is computed here. */
#include "engine/plan.h"

struct pick {
    const struct rules *r;
    int32_t scheme, day;
    bool *scheme_on;    /* in the chain and in force */
    bool *group_on;     /* per rules->groups */
    bool *indicator_on; /* per rules->indicators */
};

static bool day_within(int32_t day, int32_t from, int32_t to)
{
    return from <= day && day <= to;
}

static bool is_on(const struct pick *k, int32_t scheme, int32_t from, int32_t to)
{
    return k->scheme_on[scheme] && day_within(k->day, from, to);
}

static enum err pick_schemes(struct arena *a, struct pick *k)
{
    k->scheme_on = ARENA_ARRAY(a, bool, k->r->scheme_count);
    if (k->scheme_on == NULL) return ERR_NOMEM;
    for (uint32_t s = 0; s < k->r->scheme_count; s++) {
        const struct rule_scheme *scheme = &k->r->schemes[s];
        k->scheme_on[s] = rules_in_chain(k->r, (int32_t)s, k->scheme) &&
                          day_within(k->day, scheme->source.from, scheme->source.to);
    }
    return ERR_OK;
}

static enum err pick_groups(struct arena *a, struct pick *k, struct plan *plan)
{
    const struct rules *r = k->r;

    k->group_on = ARENA_ARRAY(a, bool, r->group_count);
    plan->groups = ARENA_ARRAY(a, int32_t, r->group_count);
    if (k->group_on == NULL || plan->groups == NULL) return ERR_NOMEM;
    for (uint32_t g = 0; g < r->group_count; g++) { /* parents come first */
        const struct rule_group *group = &r->groups[g];
        bool parent_on = group->parent < 0 || k->group_on[group->parent];
        k->group_on[g] = parent_on && is_on(k, group->scheme, group->from, group->to);
        if (k->group_on[g]) plan->groups[plan->group_count++] = (int32_t)g;
    }
    return ERR_OK;
}

/* May `c` be taken now: no applying clause that is not yet taken goes before it? */
static bool clause_is_next(const struct rules *r, const int32_t *all, uint32_t count,
                           const bool *taken, int32_t c)
{
    for (uint32_t i = 0; i < count; i++)
        if (!taken[i] && all[i] != c && r->clauses[all[i]].exception_to == c) return false;
    return true;
}

/* Exceptions before what they except, otherwise in image order. (A circle, which the compiler
 * refuses, is broken at its first clause.) */
static void order_clauses(const struct rules *r, const int32_t *all, uint32_t count, bool *taken,
                          int32_t *ret)
{
    for (uint32_t n = 0; n < count; n++) {
        uint32_t first = count, next = count;
        for (uint32_t i = 0; i < count && next == count; i++) {
            if (taken[i]) continue;
            if (first == count) first = i;
            if (clause_is_next(r, all, count, taken, all[i])) next = i;
        }
        if (next == count) next = first;
        taken[next] = true;
        ret[n] = all[next];
    }
}

static enum err pick_clauses(struct arena *a, const struct pick *k,
                             const struct rule_indicator *ind, struct plan_indicator *ret)
{
    int32_t *all = ARENA_ARRAY(a, int32_t, ind->clause_count);
    bool *taken = ARENA_ARRAY(a, bool, ind->clause_count);
    uint32_t count = 0;

    ret->clauses = ARENA_ARRAY(a, int32_t, ind->clause_count);
    if (all == NULL || taken == NULL || ret->clauses == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *c = &k->r->clauses[ind->clause_first + i];
        if (is_on(k, c->scheme, c->from, c->to)) all[count++] = (int32_t)(ind->clause_first + i);
    }
    order_clauses(k->r, all, count, taken, ret->clauses);
    ret->clause_count = count;
    return ERR_OK;
}

static enum err pick_indicators(struct arena *a, struct pick *k, struct plan *plan)
{
    const struct rules *r = k->r;

    k->indicator_on = ARENA_ARRAY(a, bool, r->indicator_count);
    plan->indicators = ARENA_ARRAY(a, struct plan_indicator, r->indicator_count);
    if (k->indicator_on == NULL || plan->indicators == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct rule_indicator *ind = &r->indicators[i];
        if (!k->group_on[ind->group] || !is_on(k, ind->scheme, ind->from, ind->to)) continue;
        struct plan_indicator *pi = &plan->indicators[plan->indicator_count];
        pi->indicator = (int32_t)i;
        enum err e = pick_clauses(a, k, ind, pi);
        if (e != ERR_OK) return e;
        k->indicator_on[i] = true;
        plan->indicator_count++;
    }
    return ERR_OK;
}

static bool veto_applies(const struct pick *k, const struct rule_veto *v)
{
    if (!is_on(k, v->scheme, v->from, v->to)) return false;
    if (v->group >= 0) return k->group_on[v->group];
    if (v->indicator >= 0) return k->indicator_on[v->indicator];
    return true;
}

static enum err pick_vetoes_and_gates(struct arena *a, const struct pick *k, struct plan *plan)
{
    const struct rules *r = k->r;

    plan->vetoes = ARENA_ARRAY(a, int32_t, r->veto_count);
    plan->gates = ARENA_ARRAY(a, int32_t, r->gate_count);
    if (plan->vetoes == NULL || plan->gates == NULL) return ERR_NOMEM;
    for (uint32_t v = 0; v < r->veto_count; v++)
        if (veto_applies(k, &r->vetoes[v])) plan->vetoes[plan->veto_count++] = (int32_t)v;
    for (uint32_t g = 0; g < r->gate_count; g++) {
        const struct rule_gate *gate = &r->gates[g];
        if (is_on(k, gate->scheme, gate->from, gate->to))
            plan->gates[plan->gate_count++] = (int32_t)g;
    }
    return ERR_OK;
}

static enum err pick_params(struct arena *a, const struct pick *k, struct plan *plan)
{
    plan->param_values = ARENA_ARRAY(a, int64_t, k->r->param_count);
    if (plan->param_values == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < k->r->param_count; i++) {
        int64_t v = 0;
        if (rules_param_value(k->r, (int32_t)i, k->scheme, k->day, &v)) plan->param_values[i] = v;
    }
    return ERR_OK;
}

enum err plan_new(struct arena *a, const struct rules *r, int32_t scheme, int32_t rule_day,
                  struct plan **ret)
{
    struct plan *plan = ARENA_NEW(a, struct plan);
    struct pick k = {.r = r, .scheme = scheme, .day = rule_day};
    enum err e = ERR_OK;

    if (plan == NULL) return ERR_NOMEM;
    plan->rules = r;
    plan->scheme = scheme;
    plan->rule_day = rule_day;
    plan->has_none_in_force = scheme < 0 || !day_within(rule_day, r->schemes[scheme].source.from,
                                                        r->schemes[scheme].source.to);
    if (!plan->has_none_in_force) {
        e = pick_schemes(a, &k);
        if (e == ERR_OK) e = pick_groups(a, &k, plan);
        plan->has_none_in_force = plan->group_count == 0; /* the total's own scheme is over */
        if (e == ERR_OK) e = pick_indicators(a, &k, plan);
        if (e == ERR_OK) e = pick_vetoes_and_gates(a, &k, plan);
        if (e == ERR_OK) e = pick_params(a, &k, plan);
    }
    if (e == ERR_OK) *ret = plan;
    return e;
}
