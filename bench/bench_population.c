/* Population images: building, opening, walking, updating; all on the same residents in one run.
 *
 * A sample of `persons` residents (first argument, default 1,000,000) is written to a directory of
 * its own in the current one. Every measurement is a process of its own, so that its peak memory is
 * its own; beside each stands what the machine gives: a plain pass over the same bytes.
 *
 * bench_population [persons] [persons of a segment] */
#define XXH_INLINE_ALL
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/date.h"
#include "base/file.h"
#include "common.h"
#include "engine/score.h"
#include "service/population_build.h"
#include "service/sample.h"

#define OPENINGS 21
#define THREADS 2u

struct bench {
    const struct rules *rules;
    const char *dir;
    char image[300], batch[300];
    int32_t day;
    uint32_t persons, segment_persons;
    uint64_t csv_bytes, rows;
};

static uint64_t now_ns(void)
{
    return bench_clock_ns(CLOCK_MONOTONIC);
}

/* `work` gives a number that must not be optimised away. */
struct job {
    struct bench *b;
    uint64_t (*work)(struct bench *b);
};

static void job_run(void *ctx, struct bench_took *t)
{
    const struct job *j = ctx;
    t->value[0] = j->work(j->b);
}

static struct bench_took apart(struct bench *b, uint64_t (*work)(struct bench *b))
{
    struct job j = {b, work};
    return bench_apart(job_run, &j);
}

static void show(const char *what, struct bench_took t, uint64_t rows, uint64_t bytes)
{
    printf("%-46s %7llu ms  cpu %7llu ms  %5llu MB/s  %9llu rows/s  peak %5llu MiB\n", what,
           (unsigned long long)(t.ns / 1000000), (unsigned long long)(t.cpu_ns / 1000000),
           (unsigned long long)(bench_per_second(bytes, t.ns) / 1000000),
           (unsigned long long)bench_per_second(rows, t.ns),
           (unsigned long long)(t.peak_kb / 1024));
}

/* --- the files -------------------------------------------------------------------------------- */

static uint64_t read_csv(struct bench *b)
{
    uint64_t lines = 0;
    for (uint32_t r = 0; r < b->rules->reg_count; r++) {
        char path[400];
        struct file_map m;
        bench_csv_path(path, sizeof path, b->dir, &b->rules->regs[r]);
        bench_must(file_map(path, &m), path);
        for (const char *p = m.bytes.p, *end = p + m.bytes.n; p < end; p++, lines++)
            if ((p = memchr(p, '\n', (size_t)(end - p))) == NULL) break;
        file_unmap(&m);
    }
    return lines;
}

static uint64_t build(struct bench *b, bool at_once)
{
    const struct build_options o = {.data = {.dir = b->dir, .on = b->day, .threads = THREADS},
                                    .segment_persons = b->segment_persons,
                                    .at_once = at_once};
    struct build_result result;
    bench_must(population_build_files(b->image, b->rules, &o, &result), "build");
    build_result_done(&result);
    return 0;
}

static uint64_t build_in_parts(struct bench *b)
{
    return build(b, false);
}

static uint64_t build_at_once(struct bench *b)
{
    return build(b, true);
}

static uint64_t update(struct bench *b)
{
    const struct build_options o = {.data = {.dir = b->batch, .on = b->day, .threads = THREADS},
                                    .segment_persons = b->segment_persons};
    struct build_result result;
    bench_must(population_update_files(b->image, b->rules, &o, NULL, &result), "update");
    build_result_done(&result);
    return 0;
}

/* --- the image -------------------------------------------------------------------------------- */

static struct population_image *opened(struct bench *b)
{
    struct population_image *m;
    bench_must(image_open(b->image, b->rules, NULL, &m), "open");
    return m;
}

static void measure_opening(struct bench *b)
{
    uint64_t times[OPENINGS];
    for (int i = 0; i < OPENINGS; i++) {
        uint64_t from = now_ns();
        image_close(opened(b));
        times[i] = now_ns() - from;
    }
    struct population_image *m = opened(b);
    printf("%-46s %7llu us (median of %d), %u segments, %llu MB\n", "opening the image",
           (unsigned long long)(bench_median(times, OPENINGS) / 1000), OPENINGS,
           image_counts(m)->segments, (unsigned long long)(image_counts(m)->bytes / 1000000));
    image_close(m);
}

static uint64_t read_image(struct bench *b)
{
    struct population_image *m = opened(b);
    struct str s = image_bytes(m);
    uint64_t sum = 0, w;
    for (size_t i = 0; i + 8 <= s.n; i += 8) {
        memcpy(&w, s.p + i, 8);
        sum += w;
    }
    image_close(m);
    return sum;
}

static uint64_t hash_image(struct bench *b)
{
    struct population_image *m = opened(b);
    struct str s = image_bytes(m);
    uint64_t sum = XXH3_64bits(s.p, s.n);
    image_close(m);
    return sum;
}

static uint64_t verify_image(struct bench *b)
{
    struct population_image *m = opened(b);
    uint32_t segment;
    bench_must(image_verify(m, NULL, NULL, &segment), "verify");
    image_close(m);
    return segment;
}

static uint64_t walk(struct bench *b, const struct population_image *m, bool score)
{
    uint64_t sum = 0;
    for (uint32_t k = 0; k < image_counts(m)->segments; k++) {
        struct image_segment s;
        struct population_scores scores = {0};
        struct arena a;
        arena_init(&a, 0);
        bench_must(image_segment_open(m, k, 0, &s), "segment");
        if (score)
            bench_must(
                score_population(&a, &s.people, b->day, b->day, 1, NULL, NULL, NULL, &scores),
                "score");
        sum += score ? (uint64_t)scores.total_lo[0] : s.people.count;
        image_segment_close(&s);
        arena_done(&a);
    }
    return sum;
}

/* By processor time, which other work on the machine does not touch. */
static void measure_walks(struct bench *b)
{
    struct population_image *m = opened(b);
    uint64_t bytes = image_counts(m)->bytes;
    static const char *const what[] = {"segments opened the first time (all checks)",
                                       "segments opened again", "scored, 1 thread", "scored again"};
    for (int i = 0; i < 4; i++) {
        uint64_t from = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        (void)walk(b, m, i >= 2);
        uint64_t ns = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - from;
        printf("%-46s cpu %7llu ms  %5llu MB/s  %9llu residents/s\n", what[i],
               (unsigned long long)(ns / 1000000),
               (unsigned long long)(bench_per_second(bytes, ns) / 1000000),
               (unsigned long long)bench_per_second(b->persons, ns));
    }
    image_close(m);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void make_sample(struct bench *b, const char *dir, uint32_t persons, uint64_t seed)
{
    struct arena a;
    arena_init(&a, 0);
    struct sample_options o = {.dir = dir, .persons = persons, .seed = seed, .on = b->day};
    struct sample_counts counts;
    bench_must(sample_write(&a, b->rules, &o, &counts), "sample");
    if (dir == b->dir) {
        b->rows = counts.rows;
        b->csv_bytes = counts.bytes;
    }
    arena_done(&a);
}

static void run(struct bench *b)
{
    make_sample(b, b->dir, b->persons, 1);
    make_sample(b, b->batch, b->persons > 1000 ? b->persons / 1000 : 1, 2);
    printf("%u residents, %llu rows, %llu MB of CSV\n", b->persons, (unsigned long long)b->rows,
           (unsigned long long)(b->csv_bytes / 1000000));
    show("CSV: line ends only (memchr), 1 thread", apart(b, read_csv), b->rows, b->csv_bytes);
    show("build, everything at once, 2 threads", apart(b, build_at_once), b->rows, b->csv_bytes);
    show("build, part by part, 2 threads", apart(b, build_in_parts), b->rows, b->csv_bytes);
    measure_opening(b);
    struct population_image *m = opened(b);
    uint64_t bytes = image_counts(m)->bytes;
    image_close(m);
    show("image: a plain pass over its bytes", apart(b, read_image), b->rows, bytes);
    show("image: XXH3 of its bytes", apart(b, hash_image), b->rows, bytes);
    show("image: verify", apart(b, verify_image), b->rows, bytes);
    measure_walks(b);
    show("update, a thousandth of the residents", apart(b, update), b->rows, bytes);
    bench_csv_remove(b->rules, b->dir);
    bench_csv_remove(b->rules, b->batch);
    unlink(b->image);
}

int main(int argc, char **argv)
{
    char here[] = "bench_population_XXXXXX";
    const char *rules = JIFEN_RULES;
    struct bench b = {.dir = mkdtemp(here), .day = date_from_civil(2026, 3, 1)};
    b.persons = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    b.segment_persons = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (b.persons == 0 || b.persons > SAMPLE_PERSONS_MAX || b.dir == NULL) return 2;
    snprintf(b.image, sizeof b.image, "%s.image", b.dir);
    snprintf(b.batch, sizeof b.batch, "%s.batch", b.dir);
    struct arena a;
    struct rule_set set;
    arena_init(&a, 0);
    bench_rules(&a, &rules, 1, &set);
    b.rules = set.rules;
    run(&b);
    arena_done(&a);
    return 0;
}
