/* A simulation of a draft beside one scoring pass, over the same residents in memory, in one run:
 * random ones (most of whom have no permit), or those of a directory such as `jifen sample` makes.
 * The draft is rules/ with the points of a month of pension changed.
 *
 *   one pass     score_population_part, part by part, every figure of everybody stored
 *   simulation   simulate_run: both images scored, compared and tallied
 *
 * bench_simulate [residents] [rounds] [threads] [directory]; processor time, medians of the rounds,
 * taken in turn, and the ratio (aim: at most 2.2). */
#include <stdio.h>

#include "base/date.h"
#include "common.h"
#include "engine/check.h"
#include "engine/simulate.h"
#include "service/register_csv.h"

#define RESIDENTS 400000u
#define ROUNDS 5u
#define ROUNDS_MAX 99u
#define PART ((uint32_t)1 << 17)
#define AIM_THOUSANDTHS 2200u

static int32_t day;
static uint32_t threads = 1;

static uint64_t now_ns(void)
{
    return bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t one_pass(const struct population *p)
{
    const uint64_t from = now_ns();
    for (uint32_t first = 0; first < p->count; first += PART) {
        const uint32_t left = p->count - first;
        struct population_scores s;
        struct arena a;
        arena_init(&a, 0);
        if (score_population_part(&a, p, first, left < PART ? left : PART, day, day, threads, NULL,
                                  NULL, NULL, &s) != ERR_OK)
            bench_fail("scoring failed");
        arena_done(&a);
    }
    return now_ns() - from;
}

static uint64_t simulation(const struct population *p, const struct rules *draft,
                           struct simulation *ret)
{
    struct simulate_one one = {.people = p};
    const struct simulate_source source = simulate_source_one(&one);
    const struct simulate_options o = {
        .day = day, .rule_day = day, .threads = threads, .has_line = true, .line = 6000};
    struct arena a;
    arena_init(&a, 0);
    const uint64_t from = now_ns();
    if (simulate_run(&a, p->rules, draft, &source, &o, ret) != ERR_OK)
        bench_fail("simulating failed");
    const uint64_t took = now_ns() - from;
    arena_done(&a);
    return took;
}

static struct population read_people(const struct rules *r, const char *dir)
{
    const struct data_options o = {.dir = dir, .on = day, .threads = threads};
    struct data_set *d;
    if (data_read(r, &o, &d) != ERR_OK) bench_fail("the data cannot be read");
    return *data_population(d);
}

static void print_pass(const char *name, uint64_t ns, uint32_t count)
{
    printf("%-12s %8.1f ms  %6.2f million residents/s\n", name, (double)ns / 1e6,
           (double)count * 1e3 / (double)ns);
}

int main(int argc, char **argv)
{
    const uint32_t wanted = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : RESIDENTS;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : ROUNDS;
    uint64_t pass[ROUNDS_MAX], both[ROUNDS_MAX];
    struct arena a;
    struct rule_set set;
    struct population p;
    struct simulation s;

    if (argc > 3) threads = (uint32_t)strtoul(argv[3], NULL, 10);
    if (rounds < 1 || rounds > ROUNDS_MAX) rounds = ROUNDS;
    day = date_from_civil(2026, 3, 1);
    arena_init(&a, 0);
    const char *const path = JIFEN_RULES;
    bench_rules(&a, &path, 1, &set);
    const struct rules *r = set.rules, *draft = bench_draft(&a, &set);
    const struct random_options o = {
        .seed = 1, .persons = wanted, .day = day, .unknown_per_1000 = 2, .plausible = true};
    if (argc > 4)
        p = read_people(r, argv[4]);
    else if (random_population(&a, r, &o, &p) != ERR_OK)
        bench_fail("not enough memory");
    const uint32_t count = p.count;
    for (uint32_t i = 0; i < rounds; i++) {
        pass[i] = one_pass(&p);
        both[i] = simulation(&p, draft, &s);
    }
    const uint64_t one = bench_median(pass, rounds), two = bench_median(both, rounds);
    printf("%u residents, %u indicators, %u thread(s); %llu compared, %llu changed\n", count,
           r->indicator_count, threads, (unsigned long long)s.all.persons,
           (unsigned long long)(s.all.gain + s.all.lose));
    print_pass("one pass", one, count);
    print_pass("simulation", two, count);
    printf("ratio        %8.2f  (aim: at most %.1f)%s\n", (double)two / (double)one,
           AIM_THOUSANDTHS / 1e3, two * 1000 <= one * AIM_THOUSANDTHS ? "" : "  MISSED");
    arena_done(&a);
    return 0;
}
