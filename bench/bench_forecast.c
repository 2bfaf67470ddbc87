/* Everybody's next change beside one scoring pass, on the same data, one thread, processor time.
 *
 * A sample of `persons` residents (first argument, default 200,000) is made under all rule files of
 * the folder and read. Then, each ROUNDS times, the least is printed:
 *   1. one scoring pass with all results stored
 *   2. the changes of the next night (day to day + 1), by columns
 *   3. the next change within a year, person by person (rules that follow the day)
 *   4. the same, the next change within 100 years under the rules of today
 * Both ways of 2 and of a week are compared resident by resident. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "common.h"
#include "engine/forecast.h"
#include "service/register_csv.h"
#include "service/sample.h"

#define ROUNDS 3
#define DAY_YEAR 2026

static uint64_t now_ns(void)
{
    return bench_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t pass(const struct population *p, int32_t day)
{
    struct population_scores s;
    struct arena a;

    arena_init(&a, 0);
    const uint64_t from = now_ns();
    bench_must(score_population(&a, p, day, day, 1, NULL, NULL, NULL, &s), "scoring");
    const uint64_t took = now_ns() - from;
    arena_done(&a);
    return took;
}

static uint64_t nexts(const struct population *p, int32_t day, int32_t last, int32_t rule_day,
                      bool columns, struct arena *a, struct forecast_nexts *ret)
{
    const uint64_t from = now_ns();
    bench_must(forecast_population_by(a, p, day, last, rule_day, 1, columns, ret), "forecast");
    return now_ns() - from;
}

static void compare(const struct population *p, int32_t day, int32_t last)
{
    struct forecast_nexts x, y;
    struct arena a;

    arena_init(&a, 0);
    nexts(p, day, last, FORECAST_RULES_FOLLOW, true, &a, &x);
    nexts(p, day, last, FORECAST_RULES_FOLLOW, false, &a, &y);
    for (uint32_t i = 0; i < p->count; i++)
        if (x.day[i] != y.day[i] || x.next_lo[i] != y.next_lo[i] || x.next_hi[i] != y.next_hi[i] ||
            x.next_status[i] != y.next_status[i]) {
            fprintf(stderr, "resident %u: both ways differ\n", i);
            exit(1);
        }
    arena_done(&a);
}

static void print_row(const char *what, uint64_t ns, uint64_t one, uint32_t persons,
                      const struct forecast_nexts *n, int32_t last)
{
    uint64_t changed = 0;

    for (uint32_t i = 0; n != NULL && i < n->count; i++)
        changed += n->day[i] <= last;
    printf("%-44s %9.3f us a resident  %6.2f passes", what, (double)ns / persons / 1000.0,
           (double)ns / (double)one);
    if (n != NULL)
        printf("  %5.1f%% change, %.2f scores a resident", 100.0 * (double)changed / persons,
               (double)n->scored / persons);
    printf("\n");
}

static void measure(const struct population *p, int32_t day)
{
    static const struct {
        const char *what;
        int32_t days;
        bool follow, columns;
    } ROWS[] = {{"changes of the next night, by columns", 1, true, true},
                {"changes of a week, by columns", 7, true, true},
                {"changes of the next night, by persons", 1, true, false},
                {"next change within a year", 365, true, false},
                {"next change within 100 years, fixed rules", 36524, false, false}};
    uint64_t one = UINT64_MAX;

    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t ns = pass(p, day);
        if (ns < one) one = ns;
    }
    print_row("one scoring pass", one, one, p->count, NULL, 0);
    for (size_t k = 0; k < sizeof ROWS / sizeof *ROWS; k++) {
        uint64_t least = UINT64_MAX;
        for (int i = 0; i < ROUNDS; i++) {
            struct forecast_nexts n;
            struct arena a;
            arena_init(&a, 0);
            const uint64_t ns =
                nexts(p, day, day + ROWS[k].days, ROWS[k].follow ? FORECAST_RULES_FOLLOW : day,
                      ROWS[k].columns, &a, &n);
            if (ns < least) least = ns;
            if (i + 1 == ROUNDS)
                print_row(ROWS[k].what, least, one, p->count, &n, day + ROWS[k].days);
            arena_done(&a);
        }
    }
}

int main(int argc, char **argv)
{
    const int32_t day = date_from_civil(DAY_YEAR, 3, 1);
    char here[] = "bench_forecast_XXXXXX";
    const struct sample_options s = {.dir = mkdtemp(here),
                                     .persons =
                                         argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 200000,
                                     .seed = 1,
                                     .on = day};
    const char *const path[] = {argc > 2 ? argv[2] : JIFEN_RULES};
    struct sample_counts counts;
    struct rule_set set;
    struct arena a;

    arena_init(&a, 0);
    bench_rules(&a, path, 1, &set);
    bench_must(sample_write(&a, set.rules, &s, &counts), "sample");
    const struct data_options o = {.dir = s.dir, .on = day, .threads = 2};
    struct data_set *data;
    bench_must(data_read(set.rules, &o, &data), "reading");
    const struct population *p = data_population(data);
    printf("%u residents, %llu records\n", p->count, (unsigned long long)counts.rows);
    compare(p, day, day + 7);
    measure(p, day);
    data_close(data);
    bench_csv_remove(set.rules, s.dir);
    arena_done(&a);
    return 0;
}
