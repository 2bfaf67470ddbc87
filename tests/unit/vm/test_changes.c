/* What changed and why: the causes sum to the difference of the totals, on random pairs.
 *
 *   test_changes residents FILE…   two random lives of one person, two days, the rule files
 *   test_changes programs          the same under two random rule programs
 *
 * Independently of the code under test, every indicator's difference is taken from the scores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/changes.h"
#include "engine/check.h"
#include "gen_rules.h"
#include "random_env.h"

#define CASES 10u
#define PAIRS_DEFAULT 20000u
#define RESIDENTS_MOST 1300000u
#define PROGRAMS_MOST 100000u
#define PROGRAMS_DEFAULT 600u
#define BLOCK 200u
#define PROGRAM_PAIRS 8u

static uint64_t seed = 20260301;
static uint32_t wanted;
static struct arena rules_arena;
static const struct rules *rules;
static uint64_t compared, differing, seen[CAUSE_COUNT];

/* The population and person of each state. */
struct pair {
    const struct population *p[CHANGE_STATES];
    int32_t day[CHANGE_STATES], rule_day[CHANGE_STATES];
    uint32_t person;
};

static bool score_state(struct arena *a, const struct pair *x, int i, struct score *s,
                        struct change_state *ret)
{
    struct plan *plan;
    const struct home h = home_of(x->p[i], x->person, x->day[i], x->rule_day[i]);

    if (h.scheme < 0) return false;
    assert_int_equal(plan_new(a, x->p[i]->rules, h.scheme, x->rule_day[i], &plan), ERR_OK);
    s->indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count);
    s->groups = ARENA_ARRAY(a, struct interval, plan->group_count);
    s->gates = ARENA_ARRAY(a, struct interval, plan->gate_count);
    assert_int_equal(interp_score(a, plan, x->p[i], x->person, x->day[i], s, NULL), ERR_OK);
    *ret = (struct change_state){plan, s};
    return s->error == ERR_OK;
}

/* The sum of an image's indicators as they stand in one score, deducting ones negative. */
static int64_t parts(const struct change_state *s)
{
    const struct rules *r = s->plan->rules;
    int64_t sum = 0;

    for (uint32_t i = 0; i < s->plan->indicator_count; i++) {
        bool minus = false;
        int32_t g = r->indicators[s->plan->indicators[i].indicator].group;
        for (; g > 0; g = r->groups[g].parent)
            minus = minus || r->groups[g].deducts;
        sum += minus ? -s->score->indicators[i].lo : s->score->indicators[i].lo;
    }
    return sum;
}

static void check_sums(const struct changes *c, const struct change_state *at)
{
    int64_t sum = 0, of_indicators = 0;
    const int64_t first = c->scale / c->before->scale, later = c->scale / c->after->scale;

    for (uint32_t i = 0; i < c->count; i++) {
        const struct change *x = &c->items[i];
        assert_true(x->from != x->to);
        sum += x->to - x->from;
        if (x->before >= 0 || x->after >= 0)
            of_indicators += x->to - x->from;
        else
            assert_true(x->cause == CAUSE_PERMIT || x->cause == CAUSE_CAP);
        seen[x->cause]++;
    }
    assert_int_equal(sum, at[3].score->total.lo * later - at[0].score->total.lo * first);
    assert_int_equal(sum, c->to - c->from);
    assert_int_equal(of_indicators, parts(&at[3]) * later - parts(&at[0]) * first);
    compared++;
    differing += c->count > 0;
}

static void check_pair(const struct pair *x)
{
    struct score s[CHANGE_STATES] = {0};
    struct change_state at[CHANGE_STATES];
    struct changes c;
    struct arena a;
    bool fine = true;

    arena_init(&a, 0);
    bool *added = ARENA_ARRAY(&a, bool, x->p[3]->rules->reg_count);
    bool *removed = ARENA_ARRAY(&a, bool, x->p[3]->rules->reg_count);
    for (int i = 0; i < CHANGE_STATES && fine; i++)
        fine = score_state(&a, x, i, &s[i], &at[i]);
    if (fine) {
        assert_int_equal(
            changes_mark_rows(&a, x->p[2], x->person, x->p[3], x->person, added, removed), ERR_OK);
        const enum err e = changes_between(&a, at, added, removed, &c);
        assert_true(e == ERR_OK || e == ERR_OVERFLOW);
        if (e == ERR_OK) check_sums(&c, at);
    }
    arena_done(&a);
}

static void people(struct arena *a, const struct rules *r, uint64_t n, uint32_t count, int32_t day,
                   struct population *ret)
{
    const struct random_options o = {.seed = n,
                                     .persons = count,
                                     .day = day,
                                     .unknown_per_1000 = n % 3 ? 0 : 30,
                                     .plausible = n % 4 != 0};
    assert_int_equal(random_population(a, r, &o, ret), ERR_OK);
}

static void check_block(const struct rules *before, const struct rules *after, uint64_t n,
                        uint32_t count)
{
    const int32_t from = random_day(n), to = from + (int32_t)(n * 7919 % 900);
    struct population first, same, later;
    struct arena a;

    arena_init(&a, 0);
    people(&a, before, n, count, from, &first);
    people(&a, after, n, count, from, &same);
    people(&a, after, n + 1, count, to, &later);
    for (uint32_t i = 0; i < count; i++) {
        const struct pair x = {.p = {&first, &same, &same, n % 5 ? &later : &same},
                               .day = {from, from, to, to},
                               .rule_day = {from, to, to, to},
                               .person = i};
        check_pair(&x);
    }
    arena_done(&a);
}

static void residents(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
    for (uint32_t done = 0; done < each; done += BLOCK)
        check_block(rules, rules, seed + (uint64_t)part * 1000003 + done,
                    each - done < BLOCK ? each - done : BLOCK);
}

static const struct rules *program(struct arena *a, uint64_t n)
{
    struct gen_program *g = NULL;
    const struct rules *r = NULL;
    assert_int_equal(gen_program_new(a, n, &g), ERR_OK);
    assert_int_equal(gen_program_compile(g, a, NULL, &r), ERR_OK);
    return r;
}

static void programs(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
    for (uint32_t i = 0; i < each; i++) {
        const uint64_t n = seed + (uint64_t)part * 10000019 + 2 * i;
        struct arena a;
        arena_init(&a, 0);
        const struct rules *x = program(&a, n), *y = n % 4 ? program(&a, n + 1) : x;
        if (x && y) check_block(x, y, n, PROGRAM_PAIRS);
        arena_done(&a);
    }
}

static void every_cause_was_seen(void **state)
{
    (void)state;
    printf("# %llu pairs, %llu differ\n", (unsigned long long)compared,
           (unsigned long long)differing);
    for (int i = 0; i < CAUSE_COUNT; i++)
        printf("# %s %llu\n", change_cause_code((enum change_cause)i), (unsigned long long)seen[i]);
    assert_true(differing > compared / 4);
    assert_true(seen[CAUSE_TIME] && seen[CAUSE_EXPIRY] && seen[CAUSE_CORRECTION] &&
                seen[CAUSE_CAP]);
}

int main(int argc, char **argv)
{
    const bool of_programs = argc > 1 && !strcmp(argv[1], "programs");
    static char names[CASES][RANDOM_NAME_BYTES];
    static struct CMUnitTest tests[CASES + 1];

    seed = random_env("JIFEN_SEED", seed);
    wanted = of_programs ? (uint32_t)random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT)
                         : (uint32_t)random_env("JIFEN_RESIDENTS", PAIRS_DEFAULT);
    if (wanted > (of_programs ? PROGRAMS_MOST : RESIDENTS_MOST))
        wanted = of_programs ? PROGRAMS_MOST : RESIDENTS_MOST;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    printf("# seed %llu, %u\n", (unsigned long long)seed, wanted);
    if (!of_programs && !random_rules(&rules_arena, argv + 2, argc - 2, &rules)) {
        printf("Bail out! the rule files do not compile\n");
        return 1;
    }
    random_parts(tests, names, CASES, argv[1], of_programs ? programs : residents);
    tests[CASES] =
        (struct CMUnitTest){.name = "every cause was seen", .test_func = every_cause_was_seen};
    const int failed = cmocka_run_group_tests_name("changes", tests, NULL, NULL);
    if (!of_programs) arena_done(&rules_arena);
    return failed;
}
