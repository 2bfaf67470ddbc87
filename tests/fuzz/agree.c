/* Both evaluators on the same residents: the reference interpreter and the column machine must
 * give the same score, or both an error. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "engine/check.h"
#include "tests/fuzz/fuzz.h"

#define PERSONS 7
#define SCHEMES_MAX 4

/* Room for one scheme's results of PERSONS persons, column by column. */
struct results {
    struct score_columns columns;
    int32_t status[PERSONS];
    uint8_t in_force[PERSONS], error[PERSONS];
    int64_t total_lo[PERSONS], total_hi[PERSONS];
};

static int64_t **column_set(struct arena *a, uint32_t columns, uint32_t rows)
{
    int64_t **set = ARENA_ARRAY(a, int64_t *, columns);
    for (uint32_t i = 0; set && i < columns; i++)
        if (!(set[i] = ARENA_ARRAY(a, int64_t, rows))) return NULL;
    return set;
}

static bool results_new(struct arena *a, const struct plan *plan, struct results *r)
{
    memset(r, 0, sizeof *r);
    r->columns = (struct score_columns){
        .status = r->status,
        .in_force = r->in_force,
        .error = r->error,
        .total_lo = r->total_lo,
        .total_hi = r->total_hi,
        .indicators_lo = column_set(a, plan->indicator_count, PERSONS),
        .indicators_hi = column_set(a, plan->indicator_count, PERSONS),
        .groups_lo = column_set(a, plan->group_count, PERSONS),
        .groups_hi = column_set(a, plan->group_count, PERSONS),
    };
    return r->columns.indicators_lo && r->columns.indicators_hi && r->columns.groups_lo &&
           r->columns.groups_hi;
}

static void check_same(const struct plan *plan, const struct score *s, const struct results *r,
                       uint32_t i)
{
    FUZZ_CHECK((s->error != ERR_OK) == (r->error[i] != ERR_OK));
    if (s->error != ERR_OK) return;
    FUZZ_CHECK(s->status == r->status[i] && s->in_force == r->in_force[i]);
    FUZZ_CHECK(s->total.lo == r->total_lo[i] && s->total.hi == r->total_hi[i]);
    FUZZ_CHECK(s->total.lo <= s->total.hi);
    for (uint32_t k = 0; k < plan->indicator_count; k++)
        FUZZ_CHECK(s->indicators[k].lo == r->columns.indicators_lo[k][i] &&
                   s->indicators[k].hi == r->columns.indicators_hi[k][i]);
    for (uint32_t k = 0; k < plan->group_count; k++)
        FUZZ_CHECK(s->groups[k].lo == r->columns.groups_lo[k][i] &&
                   s->groups[k].hi == r->columns.groups_hi[k][i]);
}

static bool score_new(struct arena *a, const struct plan *plan, struct score *s)
{
    *s = (struct score){
        .indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count),
        .groups = ARENA_ARRAY(a, struct interval, plan->group_count),
        .gates = ARENA_ARRAY(a, struct interval, plan->gate_count),
    };
    return s->indicators && s->groups && s->gates;
}

static void run_plan(struct arena *a, const struct plan *plan, const struct population *p,
                     int32_t day)
{
    struct results results;
    struct score score;
    struct vm *vm;
    struct vm_state *state;
    const struct vm_options options = {.chunk = 3};
    uint32_t count = p->count < PERSONS ? p->count : PERSONS;
    if (!results_new(a, plan, &results) || !score_new(a, plan, &score)) return;
    if (vm_new(a, plan, day, &options, &vm) != ERR_OK || vm_state_new(vm, &state) != ERR_OK) return;
    enum err e = vm_run(vm, state, p, NULL, 0, count, &results.columns, 0);
    for (uint32_t i = 0; e == ERR_OK && i < count; i++) {
        e = interp_score(a, plan, p, i, day, &score, NULL);
        if (e == ERR_OK) check_same(plan, &score, &results, i);
    }
    vm_state_free(state);
}

void fuzz_score_population(const struct population *p, int32_t scheme, int32_t day)
{
    struct arena a;
    struct plan *plan;
    arena_init(&a, FUZZ_ARENA_BYTES);
    if (plan_new(&a, p->rules, scheme, day, &plan) == ERR_OK && !plan->has_none_in_force)
        run_plan(&a, plan, p, day);
    arena_done(&a);
}

const struct rules *fuzz_rules(struct arena *a, const char *path)
{
    const struct rules *rules;
    struct file_map map;
    struct diag_list diags;
    struct src_file file = {.path = STR("province.md")};

    arena_init(a, 0);
    diag_list_init(&diags, a);
    FUZZ_CHECK(file_map(path, &map) == ERR_OK);
    file.text = map.bytes; /* stays mapped as long as the rules are used */
    FUZZ_CHECK(rules_compile(a, &file, 1, &diags, &rules) == ERR_OK);
    return rules;
}

void fuzz_score(const struct rules *r, uint64_t seed)
{
    const int32_t day = date_from_civil(2026, 3, 1);
    const struct random_options options = {
        .seed = seed, .persons = PERSONS, .day = day, .unknown_per_1000 = 150};
    struct arena a;
    struct population p;
    arena_init(&a, FUZZ_ARENA_BYTES);
    if (random_population(&a, r, &options, &p) == ERR_OK)
        for (uint32_t s = 0; s < r->scheme_count && s < SCHEMES_MAX; s++)
            fuzz_score_population(&p, (int32_t)s, day);
    arena_done(&a);
}
