/* The two evaluators on random residents of the rule files and on random rule programs.
 *
 *   test_diff residents FILE…     the rule files together, residents in blocks, days spread
 *   test_diff programs            random programs, a few residents each, shrunk on disagreement
 *
 * JIFEN_RESIDENTS, JIFEN_PROGRAMS (how many), JIFEN_SEED change what is tried; the seed is printed.
 * Every block is its own test case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff.h"
#include "gen_rules.h"
#include "random_env.h"

#define CASES 20u
#define RESIDENTS_DEFAULT 1000000u
#define PROGRAMS_DEFAULT 10000u
#define BLOCK 1250u /* residents at a time */
#define PROGRAM_RESIDENTS 12u
#define SHRINK_TRIES 3000u

static uint64_t seed = 20260301;
static uint32_t wanted;
static struct arena rules_arena;
static const struct rules *rules;

/* --- residents of the rule files --- */

static void block_of_residents(uint64_t block, uint32_t count)
{
    struct arena a;
    struct population p;
    struct diff_found found = {0};
    const int32_t day = random_day(block);
    const struct random_options o = {.seed = seed + block,
                                     .persons = count,
                                     .day = day,
                                     .unknown_per_1000 = block % 2 ? 20 : 0,
                                     .plausible = block % 4 < 2};

    arena_init(&a, 0);
    assert_int_equal(random_population(&a, rules, &o, &p), ERR_OK);
    /* each under his own scheme, with threads; now and then also under every scheme */
    assert_int_equal(diff_population(&p, day, day, &found), ERR_OK);
    if (!found.differs && block % 16 == 0) {
        p.count = p.count < 200 ? p.count : 200;
        assert_int_equal(diff_evaluators(&p, day, day, DIFF_EVERY, &found), ERR_OK);
    }
    if (found.differs)
        fail_msg("seed %llu, day %d, scheme %d, person %u: %s", (unsigned long long)o.seed, day,
                 found.scheme, found.person, found.text);
    arena_done(&a);
}

static void residents(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
    for (uint32_t done = 0; done < each;) {
        const uint32_t n = each - done < BLOCK ? each - done : BLOCK;
        block_of_residents((uint64_t)part * 1000003 + done / BLOCK, n);
        done += n;
    }
}

/* --- random programs --- */

struct trial {
    uint64_t seed;
    struct diff_found found;
};

static bool disagree(void *ctx, const struct rules *r)
{
    struct trial *t = ctx;
    struct arena a;
    struct population p;
    const int32_t day = random_day(t->seed);
    const struct random_options o = {.seed = t->seed,
                                     .persons = PROGRAM_RESIDENTS,
                                     .day = day,
                                     .unknown_per_1000 = t->seed % 3 ? 40 : 0,
                                     .plausible = t->seed % 2 == 0};

    arena_init(&a, 0);
    t->found = (struct diff_found){0};
    enum err e = random_population(&a, r, &o, &p);
    if (e == ERR_OK) e = diff_evaluators(&p, day, day, DIFF_EVERY, &t->found);
    if (e == ERR_OK && !t->found.differs) e = diff_population(&p, day, day, &t->found);
    arena_done(&a);
    return e != ERR_OK || t->found.differs;
}

static void report_program(struct gen_program *g, struct trial *t)
{
    struct buf b;
    const struct diff_found first = t->found;
    gen_program_shrink(g, disagree, t, SHRINK_TRIES);
    buf_init(&b, 0);
    gen_program_print(g, &b);
    /* cmocka's own printing stops after a thousand bytes */
    fprintf(stderr, "program of seed %llu, shrunk:\n%.*s\n", (unsigned long long)t->seed, (int)b.n,
            b.p);
    buf_done(&b);
    fail_msg("seed %llu: scheme %d, person %u: %s", (unsigned long long)t->seed, first.scheme,
             first.person, first.text);
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
    arena_done(&a);
    return r != NULL;
}

static void programs(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
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
    cmocka_set_message_output(CM_OUTPUT_TAP);
    printf("# seed %llu, %u %s\n", (unsigned long long)seed, wanted,
           of_programs ? "programs" : "residents");
    if (!of_programs && !random_rules(&rules_arena, argv + 2, argc - 2, &rules)) {
        printf("Bail out! the rule files do not compile\n");
        return 1;
    }
    random_parts(tests, names, CASES, argv[1], of_programs ? programs : residents);
    const int failed = cmocka_run_group_tests_name("diff", tests, NULL, NULL);
    if (!of_programs) arena_done(&rules_arena);
    return failed;
}
