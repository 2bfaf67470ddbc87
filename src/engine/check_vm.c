/* The column machine's answer for one resident, to be held against the interpreter's. */
#include "engine/check_internal.h"

struct vm_answer {
    int32_t status;
    uint8_t in_force, error;
    int64_t total_lo, total_hi;
    int64_t *indicators, *groups; /* lo, hi in turn */
    uint8_t *gates;
};

/* Columns of one row each, all pointing into the answer. */
static enum err columns_new(struct arena *a, const struct plan *p, struct vm_answer *v,
                            struct score_columns *ret)
{
    struct score_columns c = {.status = &v->status,
                              .in_force = &v->in_force,
                              .error = &v->error,
                              .total_lo = &v->total_lo,
                              .total_hi = &v->total_hi};

    v->indicators = ARENA_ARRAY(a, int64_t, 2 * (size_t)p->indicator_count);
    v->groups = ARENA_ARRAY(a, int64_t, 2 * (size_t)p->group_count);
    v->gates = ARENA_ARRAY(a, uint8_t, 2 * (size_t)p->gate_count);
    c.indicators_lo = ARENA_ARRAY(a, int64_t *, p->indicator_count);
    c.indicators_hi = ARENA_ARRAY(a, int64_t *, p->indicator_count);
    c.groups_lo = ARENA_ARRAY(a, int64_t *, p->group_count);
    c.groups_hi = ARENA_ARRAY(a, int64_t *, p->group_count);
    c.gates_lo = ARENA_ARRAY(a, uint8_t *, p->gate_count);
    c.gates_hi = ARENA_ARRAY(a, uint8_t *, p->gate_count);
    if (v->indicators == NULL || v->groups == NULL || v->gates == NULL || c.indicators_lo == NULL ||
        c.indicators_hi == NULL || c.groups_lo == NULL || c.groups_hi == NULL ||
        c.gates_lo == NULL || c.gates_hi == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < p->indicator_count; i++) {
        c.indicators_lo[i] = &v->indicators[2 * i];
        c.indicators_hi[i] = &v->indicators[2 * i + 1];
    }
    for (uint32_t i = 0; i < p->group_count; i++) {
        c.groups_lo[i] = &v->groups[2 * i];
        c.groups_hi[i] = &v->groups[2 * i + 1];
    }
    for (uint32_t i = 0; i < p->gate_count; i++) {
        c.gates_lo[i] = &v->gates[2 * i];
        c.gates_hi[i] = &v->gates[2 * i + 1];
    }
    *ret = c;
    return ERR_OK;
}

static enum err vm_answer_new(struct arena *a, const struct plan *plan, const struct population *p,
                              int32_t day, struct vm_answer *ret)
{
    struct vm_options o = {.chunk = 3};
    struct score_columns c;
    struct vm_state *state = NULL;
    struct vm *vm;
    enum err e = columns_new(a, plan, ret, &c);

    if (e == ERR_OK) e = vm_new(a, plan, day, &o, &vm);
    if (e == ERR_OK) e = vm_state_new(vm, &state);
    if (e != ERR_OK) return e;
    e = vm_run(vm, state, p, NULL, 0, 1, &c, 0);
    vm_state_free(state);
    return e;
}

static bool differs(const int64_t *lo_hi, struct interval v)
{
    return lo_hi[0] != v.lo || lo_hi[1] != v.hi;
}

/* The first figure in which they differ. */
static bool first_difference(const struct plan *p, const struct score *s, const struct vm_answer *v,
                             struct evaluator_difference *ret)
{
    int64_t total[2] = {v->total_lo, v->total_hi};

    for (uint32_t i = 0; i < p->indicator_count; i++) {
        if (!differs(&v->indicators[2 * i], s->indicators[i])) continue;
        *ret = (struct evaluator_difference){EXPECT_INDICATOR,
                                             p->indicators[i].indicator,
                                             s->indicators[i],
                                             {v->indicators[2 * i], v->indicators[2 * i + 1]}};
        return true;
    }
    for (uint32_t i = p->group_count; i-- > 0;) {
        if (!differs(&v->groups[2 * i], s->groups[i])) continue;
        *ret = (struct evaluator_difference){
            EXPECT_GROUP, p->groups[i], s->groups[i], {v->groups[2 * i], v->groups[2 * i + 1]}};
        return true;
    }
    for (uint32_t i = 0; i < p->gate_count; i++) {
        int64_t gate[2] = {v->gates[2 * i], v->gates[2 * i + 1]};
        if (!differs(gate, s->gates[i])) continue;
        *ret = (struct evaluator_difference){
            EXPECT_GATE, p->gates[i], s->gates[i], {gate[0], gate[1]}};
        return true;
    }
    *ret = (struct evaluator_difference){EXPECT_TOTAL, 0, s->total, {total[0], total[1]}};
    return differs(total, s->total);
}

enum err check_evaluators(struct arena *a, const struct scored *s, const struct population *p,
                          int32_t day, bool *ret_differ, struct evaluator_difference *ret)
{
    struct vm_answer v = {0};
    enum err e = vm_answer_new(a, s->plan, p, day, &v);
    bool differ;

    if (e != ERR_OK) return e;
    differ = v.status != s->score.status || v.error != s->score.error;
    if (differ)
        *ret = (struct evaluator_difference){
            EXPECT_STATUS, 0, {s->score.status, s->score.status}, {v.status, v.status}};
    else if (s->score.error == ERR_OK)
        differ = first_difference(s->plan, &s->score, &v, ret);
    *ret_differ = differ;
    return ERR_OK;
}
