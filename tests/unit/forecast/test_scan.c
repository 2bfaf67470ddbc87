/* The forecast against a scan of every day.
 *
 *   test_scan residents FILE…   the rule files together: rules that follow the day, and fixed ones
 *   test_scan programs          random rule programs, a few residents each, shrunk on disagreement
 *
 * JIFEN_RESIDENTS, JIFEN_PROGRAMS (how many), JIFEN_DAYS (how long) and JIFEN_SEED change what is
 * tried; the seed is printed. Every block is its own test case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "engine/check.h"
#include "gen_rules.h"
#include "random_env.h"
#include "scan.h"

#define CASES 2u
#define RESIDENTS_DEFAULT 60u
#define PROGRAMS_DEFAULT 40u
#define DAYS_RESIDENTS 9131u /* 25 years */
#define DAYS_PROGRAMS 900u
#define BLOCK 1000u /* residents at a time */
#define PROGRAM_RESIDENTS 12u
#define SHRINK_TRIES 2000u

static uint64_t seed = 20260301;
static uint32_t wanted, days;
static struct arena rules_arena;
static const struct rules *rules;
static uint64_t scanned, changes, scored;

static int32_t some_day(uint64_t n)
{
    return date_from_civil(2024, 1, 1) + (int32_t)(n * 2654435761u % 1400);
}

static void add_figures(const struct scan_found *f)
{
    scanned += f->days;
    changes += f->changes;
    scored += f->scored;
}

/* --- residents of the rule files --- */

/* The facts lie around `day`; the scan begins up to two years before it, so that much of what the
 * facts mention is still to come. */
static void block_of_residents(uint64_t block, uint32_t count)
{
    struct arena a;
    struct population p;
    struct scan_found found = {0};
    const int32_t day = some_day(block), first = day - (int32_t)(block * 7919 % 700);
    const int32_t rule_day = block % 2 ? day : FORECAST_RULES_FOLLOW;
    const struct random_options o = {.seed = seed + block,
                                     .persons = count,
                                     .day = day,
                                     .unknown_per_1000 = block % 3 == 0 ? 20 : 0,
                                     .plausible = block % 4 < 2};

    arena_init(&a, 0);
    assert_int_equal(random_population(&a, rules, &o, &p), ERR_OK);
    assert_int_equal(scan_days(&p, first, first + (int32_t)days, rule_day, &found), ERR_OK);
    if (found.differs) {
        struct resident r;
        struct buf b;
        buf_init(&b, 0);
        if (resident_of(&a, &p, found.person, &r) == ERR_OK) resident_add_text(&b, &r, LANG_EN);
        fprintf(stderr, "%.*s", (int)b.n, b.p);
        buf_done(&b);
        fail_msg("seed %llu, first %d, rule day %d, person %u, day %d: %s",
                 (unsigned long long)o.seed, first, rule_day, found.person, found.day, found.text);
    }
    add_figures(&found);
    arena_done(&a);
}

static void residents(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = (wanted + CASES - 1) / CASES;
    for (uint32_t done = 0; done < each;) {
        const uint32_t n = each - done < BLOCK ? each - done : BLOCK;
        block_of_residents((uint64_t)part * 1000003 + done / BLOCK, n);
        done += n;
    }
}

/* --- random programs --- */

struct trial {
    uint64_t seed;
    struct scan_found found;
};

static bool disagree(void *ctx, const struct rules *r)
{
    struct trial *t = ctx;
    struct arena a;
    struct population p;
    const int32_t day = some_day(t->seed), first = day - (int32_t)(t->seed * 7919 % 700);
    const struct random_options o = {.seed = t->seed,
                                     .persons = PROGRAM_RESIDENTS,
                                     .day = day,
                                     .unknown_per_1000 = t->seed % 3 ? 40 : 0,
                                     .plausible = t->seed % 2 == 0};

    arena_init(&a, 0);
    t->found = (struct scan_found){0};
    enum err e = random_population(&a, r, &o, &p);
    if (e == ERR_OK)
        e = scan_days(&p, first, first + (int32_t)days, t->seed % 4 ? FORECAST_RULES_FOLLOW : day,
                      &t->found);
    arena_done(&a);
    return e != ERR_OK || t->found.differs;
}

static void report_program(struct gen_program *g, struct trial *t)
{
    struct buf b;
    gen_program_shrink(g, disagree, t, SHRINK_TRIES);
    buf_init(&b, 0);
    gen_program_print(g, &b);
    fprintf(stderr, "program of seed %llu, shrunk:\n%.*s\n", (unsigned long long)t->seed, (int)b.n,
            b.p);
    buf_done(&b);
    struct arena a;
    const struct rules *r = NULL;
    arena_init(&a, 0);
    if (gen_program_compile(g, &a, NULL, &r) == ERR_OK && r) (void)disagree(t, r);
    arena_done(&a);
    fail_msg("seed %llu: person %u, day %d: %s", (unsigned long long)t->seed, t->found.person,
             t->found.day, t->found.text);
}

/* Returns whether the compiler took it. */
static bool one_program(uint64_t n)
{
    struct arena a;
    struct gen_program *g = NULL;
    const struct rules *r = NULL;
    struct trial t = {.seed = n};

    arena_init(&a, 0);
    assert_int_equal(gen_program_new(&a, n, &g), ERR_OK);
    assert_int_equal(gen_program_compile(g, &a, NULL, &r), ERR_OK);
    if (r && disagree(&t, r)) report_program(g, &t);
    add_figures(&t.found);
    arena_done(&a);
    return r != NULL;
}

static void programs(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = (wanted + CASES - 1) / CASES;
    uint32_t taken = 0;
    uint64_t n = seed + (uint64_t)part * 10000019;
    for (uint32_t tried = 0; taken < each && tried < 2 * each; tried++)
        taken += one_program(n++);
    assert_int_equal(taken, each); /* most programs must compile */
}

int main(int argc, char **argv)
{
    const bool of_programs = argc > 1 && !strcmp(argv[1], "programs");
    static char names[CASES][RANDOM_NAME_BYTES];
    static struct CMUnitTest tests[CASES];

    seed = random_env("JIFEN_SEED", seed);
    wanted = of_programs ? (uint32_t)random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT)
                         : (uint32_t)random_env("JIFEN_RESIDENTS", RESIDENTS_DEFAULT);
    days = (uint32_t)random_env("JIFEN_DAYS", of_programs ? DAYS_PROGRAMS : DAYS_RESIDENTS);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    printf("# seed %llu, %u %s, %u days\n", (unsigned long long)seed, wanted,
           of_programs ? "programs" : "residents", days);
    if (!of_programs && !random_rules(&rules_arena, argv + 2, argc - 2, &rules)) {
        printf("Bail out! the rule files do not compile\n");
        return 1;
    }
    random_parts(tests, names, CASES,
                 of_programs ? "forecast of programs" : "forecast of residents",
                 of_programs ? programs : residents);
    const int failed = cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
    printf("# %llu person-days scanned, %llu changes, %llu single scores by the forecast\n",
           (unsigned long long)scanned, (unsigned long long)changes, (unsigned long long)scored);
    if (!of_programs) arena_done(&rules_arena);
    return failed;
}
