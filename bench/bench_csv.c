/* Reading register files: megabytes a second on one thread, from a warm file to columns.
 *
 * A sample of `persons` residents (first argument, default 1,000,000) is written to a directory of
 * its own (second argument, default in the current one), then read
 *   1. by a pass that only counts line ends (memchr): what the memory gives,
 *   2. by the row reader alone: cells, but no values,
 *   3. whole: cells, values, persons, order, checks -> a population, with one thread and with two.
 * Each is done ROUNDS times and the best is printed, by the clock and by processor time (which
 * other work on the machine does not touch). */
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "common.h"
#include "service/csv.h"
#include "service/register_csv.h"
#include "service/sample.h"

#define ROUNDS 3
#define DAY_YEAR 2026

struct bench {
    const struct rules *rules;
    const char *dir;
    int32_t day;
    struct file_map *maps; /* per register */
    uint64_t bytes, rows;
};

static uint64_t pass_line_ends(struct bench *b)
{
    uint64_t n = 0;
    for (uint32_t r = 0; r < b->rules->reg_count; r++) {
        struct str t = b->maps[r].bytes;
        const char *p = t.p, *end = t.p + t.n;
        while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
            n++;
            p++;
        }
    }
    return n;
}

static uint64_t pass_rows(struct bench *b)
{
    uint64_t n = 0;
    for (uint32_t r = 0; r < b->rules->reg_count; r++) {
        struct arena a;
        arena_init(&a, 0);
        struct csv_reader reader;
        struct csv_row row;
        csv_reader_init(&reader, b->maps[r].bytes, &a);
        while (csv_next(&reader, &row))
            n += row.count > 0;
        arena_done(&a);
    }
    return n;
}

static uint64_t read_whole(struct bench *b, uint32_t threads)
{
    struct data_options o = {.dir = b->dir, .on = b->day, .threads = threads};
    struct data_set *d;
    enum err e = data_read(b->rules, &o, &d);
    bench_must(e, "reading");
    uint64_t n = data_rows(d);
    data_close(d);
    return n;
}

static uint64_t pass_one_thread(struct bench *b)
{
    return read_whole(b, 1);
}

static uint64_t pass_two_threads(struct bench *b)
{
    return read_whole(b, 2);
}

static void measure(struct bench *b, const char *what, uint64_t (*pass)(struct bench *b))
{
    uint64_t best = UINT64_MAX, best_cpu = UINT64_MAX, n = 0;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t from = bench_clock_ns(CLOCK_MONOTONIC),
                 cpu_from = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        n = pass(b);
        uint64_t took = bench_clock_ns(CLOCK_MONOTONIC) - from;
        uint64_t cpu = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_from;
        if (took < best) best = took;
        if (cpu < best_cpu) best_cpu = cpu;
    }
    printf("%-44s %6llu MB/s  %6llu MB per processor second  %llu rows\n", what,
           (unsigned long long)(b->bytes * 1000 / best),
           (unsigned long long)(b->bytes * 1000 / best_cpu), (unsigned long long)n);
}

static enum err run(struct arena *a, struct bench *b, uint32_t persons)
{
    struct sample_options o = {.dir = b->dir, .persons = persons, .seed = 1, .on = b->day};
    struct sample_counts counts;
    enum err e = sample_write(a, b->rules, &o, &counts);
    if (e != ERR_OK) return e;
    b->maps = ARENA_ARRAY(a, struct file_map, b->rules->reg_count);
    if (b->maps == NULL) return ERR_NOMEM;
    for (uint32_t r = 0; e == ERR_OK && r < b->rules->reg_count; r++) {
        char path[400];
        bench_csv_path(path, sizeof path, b->dir, &b->rules->regs[r]);
        e = file_map(path, &b->maps[r]);
        if (e == ERR_OK) b->bytes += b->maps[r].bytes.n;
    }
    if (e == ERR_OK) {
        printf("%u residents, %llu rows, %llu MB of CSV\n", persons,
               (unsigned long long)counts.rows, (unsigned long long)(b->bytes / 1000000));
        measure(b, "line ends only (memchr), 1 thread", pass_line_ends);
        measure(b, "rows and cells, 1 thread", pass_rows);
        measure(b, "whole: columns, persons, checks, 1 thread", pass_one_thread);
        measure(b, "whole, 2 threads", pass_two_threads);
    }
    for (uint32_t r = 0; r < b->rules->reg_count; r++)
        file_unmap(&b->maps[r]);
    bench_csv_remove(b->rules, b->dir);
    return e;
}

int main(int argc, char **argv)
{
    uint32_t persons = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    char here[] = "bench_csv_XXXXXX";
    struct bench b = {.day = date_from_civil(DAY_YEAR, 3, 1)};
    b.dir = argc > 2 ? argv[2] : mkdtemp(here);
    const char *rules = argc > 3 ? argv[3] : JIFEN_RULES;
    if (persons == 0 || persons > SAMPLE_PERSONS_MAX || b.dir == NULL) return 2;
    struct arena a;
    arena_init(&a, 0);
    struct rule_set set;
    bench_rules(&a, &rules, 1, &set);
    b.rules = set.rules;
    bench_must(run(&a, &b, persons), "bench_csv");
    arena_done(&a);
    return 0;
}
