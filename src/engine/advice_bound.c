/* Advice: how much changes at some places can add at most, to leave sets untried that cannot reach
 * a line. It prunes and never answers: what is reported has been scored.
 *
 * An indicator whose clauses read none of the changed registers stays as it is. The others come to
 * at most what the compiler has proved. Sums, caps, floors, highest-of and vetoes that stand still
 * pass on at most what their parts gain, so the total's lower end rises by at most the sum of those
 * gains. Registers that a veto or the force reads have no such bound. */
#include "engine/advice_internal.h"
#include "engine/interp_internal.h"

/* Does the node read the register? `seen` is per node. */
static bool reads(const struct rules *r, int32_t node, int32_t reg, bool *seen)
{
    if (node < 0 || seen[node]) return false;
    const struct rule_node *n = &r->nodes[node];
    seen[node] = true;
    if (n->reg == reg) return true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (reads(r, (int32_t)node_kid(r, n, i), reg, seen)) return true; /* NODE_DEPTH_MAX */
    return false;
}

static bool is_unbounded(const struct rules *r, int32_t reg, bool *seen)
{
    if (r->has_force && r->force.reg == reg) return true;
    for (uint32_t i = 0; i < r->veto_count; i++)
        if (reads(r, r->vetoes[i].cond, reg, seen)) return true;
    return false;
}

enum err advice_bound_new(struct advisor *v, struct bound *ret)
{
    const struct rules *r = v->r;
    uint32_t places = v->out->place_count;
    struct bound b = {.touches = ARENA_ARRAY(v->a, bool, (size_t)places * r->indicator_count),
                      .free = ARENA_ARRAY(v->a, bool, places),
                      .most = ARENA_ARRAY(v->a, int64_t, r->indicator_count),
                      .base = 0};
    enum err e = b.touches != NULL && b.free != NULL && b.most != NULL ? ERR_OK : ERR_NOMEM;

    for (uint32_t p = 0; p < places && e == ERR_OK; p++) {
        int32_t reg = v->out->places[p].reg;
        struct arena s;
        arena_init(&s, 0);
        bool *seen = ARENA_ARRAY(&s, bool, r->node_count);
        if (seen == NULL) e = ERR_NOMEM;
        if (e == ERR_OK) b.free[p] = is_unbounded(r, reg, seen);
        for (uint32_t i = 0; i < r->clause_count && e == ERR_OK; i++) {
            const struct rule_clause *c = &r->clauses[i];
            bool *touched = &b.touches[p * r->indicator_count + (uint32_t)c->indicator];
            bool *fresh = ARENA_ARRAY(&s, bool, r->node_count);
            if (fresh == NULL) e = ERR_NOMEM;
            if (fresh != NULL && !*touched)
                *touched = reads(r, c->cond, reg, fresh) || reads(r, c->body, reg, fresh);
        }
        arena_done(&s);
    }
    if (e == ERR_OK) *ret = b;
    return e;
}

static bool is_deducted(const struct rules *r, const struct rule_indicator *ind)
{
    for (int32_t g = ind->group; g >= 0; g = r->groups[g].parent)
        if (r->groups[g].deducts) return true;
    return false;
}

/* The most one indicator can add from where it stands. */
static int64_t most_of(const struct rules *r, const struct rule_indicator *ind, struct interval now)
{
    int64_t lo, hi, up, down;

    rules_indicator_range(r, ind, &lo, &hi);
    if (ind->has_if_unknown && ind->if_unknown_value > hi) hi = ind->if_unknown_value;
    if (lo > 0) lo = 0; /* where no clause applies, or none that held before */
    if (hi < 0) hi = 0;
    if (ind->has_if_unknown && ind->if_unknown_value < lo) lo = ind->if_unknown_value;
    if (__builtin_sub_overflow(hi, now.lo, &up) || __builtin_sub_overflow(now.hi, lo, &down))
        return INT64_MAX;
    if (is_deducted(r, ind) && down > up) up = down;
    return up > 0 ? up : 0;
}

enum err advice_bound_day(struct advisor *v, struct bound *b, int32_t day)
{
    struct traced t;
    enum err e = advice_traced(v, &v->me, day, false, &t);

    b->known = e == ERR_OK && t.score.error == ERR_OK;
    for (uint32_t i = 0; i < v->r->indicator_count; i++)
        b->most[i] = 0;
    if (b->known) {
        b->base = t.score.total.lo;
        for (uint32_t i = 0; i < t.plan->indicator_count; i++) {
            int32_t at = t.plan->indicators[i].indicator;
            b->most[at] = most_of(v->r, &v->r->indicators[at], t.score.indicators[i]);
        }
        /* what vetoes hide counts as free */
        if (t.score.status == STATUS_VETOED || !t.score.in_force) b->known = false;
    }
    advice_traced_done(&t);
    return e;
}

bool advice_bound_below(const struct advisor *v, const struct bound *b, const bool *places,
                        int64_t line)
{
    const uint32_t n = v->r->indicator_count;
    int64_t sum = b->base;

    if (!b->known) return false;
    for (uint32_t i = 0; i < n; i++) {
        bool touched = false;
        for (uint32_t p = 0; p < v->out->place_count; p++)
            if (places[p]) touched = touched || b->free[p] || b->touches[p * n + i];
        if (touched && __builtin_add_overflow(sum, b->most[i], &sum)) return false;
    }
    for (uint32_t p = 0; p < v->out->place_count; p++)
        if (places[p] && b->free[p]) return false;
    return sum < line;
}
