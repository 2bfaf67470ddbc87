/* 1 to 100 million residents: one image whose segments are the same persons under new codes, its
 * first 1, 3, 10 … million scored, streamed segment by segment.
 *
 * The process that scores may have no more than LIMIT of private memory (RLIMIT_DATA: the heap and
 * everything mapped for writing; a mapped file is not in it, nor could it be in a limit of the
 * address space). The greatest resident memory, mapped pages included, is printed beside it. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "residents.h"

#define MILLION 1000000u
#define SIZES 5
#define ID_BYTES 10u /* P and nine digits */
#define LIMIT (UINT64_C(4) << 30)

static const uint32_t sizes[SIZES] = {1, 3, 10, 30, 100};

struct scale {
    struct residents *b;
    char image[PATH_ROOM + 16];
    uint32_t persons;
};

static void ids_fill(struct str *ids, char *text, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char *at = text + (size_t)i * ID_BYTES;
        uint32_t n = first + i;
        at[0] = 'P';
        for (uint32_t k = ID_BYTES - 1; k > 0; k--, n /= 10)
            at[k] = (char)('0' + n % 10);
        ids[i] = (struct str){at, ID_BYTES};
    }
}

/* The first segment of the image of residents, again and again. */
static void repeat(void *ctx, struct bench_took *t)
{
    const struct scale *x = ctx;
    struct population_image *m = residents_open(x->b);
    struct image_segment s;
    struct image_writer *w;

    bench_must(image_segment_open(m, 0, IMAGE_WITH_IDS | IMAGE_WITH_KEYS, &s), "segment");
    struct population people = s.people;
    struct str *ids = calloc(people.count, sizeof *ids);
    char *text = malloc((size_t)people.count * ID_BYTES);
    if (!ids || !text) bench_fail("not enough memory");
    people.ids = ids;
    bench_begin(t);
    bench_must(image_writer_open(x->image, x->b->rules, &w), "image");
    for (uint32_t first = 0, n; first < x->persons; first += n) {
        n = x->persons - first < people.count ? x->persons - first : people.count;
        ids_fill(ids, text, first + 1, n);
        const struct image_run run = {&people, 0, n};
        bench_must(image_writer_segment(w, &run, 1, NULL, 0), "segment");
    }
    bench_must(image_writer_commit(w, image_source(m)), "image");
    bench_end(t);
    free(ids);
    free(text);
    image_segment_close(&s);
    image_close(m);
}

static void score_first(void *ctx, struct bench_took *t)
{
    const struct scale *x = ctx;
    const struct rlimit limit = {LIMIT, LIMIT};
    struct population_image *m;
    uint64_t sum = 0;

    if (setrlimit(RLIMIT_DATA, &limit) != 0) bench_fail("RLIMIT_DATA");
    bench_must(image_open(x->image, x->b->rules, NULL, &m), "image");
    bench_begin(t);
    for (uint32_t k = 0, done = 0, n; done < x->persons; k++, done += n) {
        struct seen_segment v;
        struct population_scores s;
        struct arena a;
        arena_init(&a, 0);
        seen_open(&v, m, k, x->b->rules, 0);
        n = x->persons - done < v.people->count ? x->persons - done : v.people->count;
        bench_must(score_population_part(&a, v.people, 0, n, x->b->day, x->b->day, BENCH_THREADS,
                                         NULL, NULL, NULL, &s),
                   "scoring");
        for (uint32_t i = 0; i < n; i++)
            sum += (uint64_t)s.total_lo[i];
        seen_close(&v);
        arena_done(&a);
    }
    bench_end(t);
    t->value[0] = sum;
    image_close(m);
}

/* The slope of ln(time) by ln(residents), least squares: 1 is straight proportion. */
static double slope(const uint64_t *ns, uint32_t n)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double lx = log((double)sizes[i]), ly = log((double)ns[i]);
        x += lx;
        y += ly;
        xx += lx * lx;
        xy += lx * ly;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

static void show_slope(const uint64_t *ns, const uint64_t *cpu, uint32_t n, uint64_t peak_kb)
{
    if (n < 2) return;
    show_aim(slope(cpu, n), "", (struct aim){1.05, false},
             (struct label){"时间随人数的斜率（双对数），处理器时间",
                            "slope of log time by log residents, processor time"});
    show_aim(slope(ns, n), "", (struct aim){0},
             (struct label){"同上，时钟", "the same, by the clock"});
    show_aim((double)peak_kb / 1048576, "GiB", (struct aim){4, false},
             (struct label){"驻留内存峰值（含映射页；私有内存另限 4 GiB）",
                            "peak resident memory, mapped pages too; private limited to 4 GiB"});
}

void residents_scale(struct residents *b, uint32_t most)
{
    struct scale x = {.b = b};
    uint64_t ns[SIZES], cpu[SIZES], peak = 0;
    uint32_t n = 0;

    while (n < SIZES && sizes[n] <= most / MILLION)
        n++;
    if (n == 0) return;
    show_head("一百万至一亿居民，逐段流过（2 线程）",
              "1 to 100 million residents, streamed; 2 threads");
    struct population_image *m = residents_open(b);
    const uint64_t bytes = image_counts(m)->bytes / image_counts(m)->persons + 4;
    image_close(m);
    if (!residents_room(b, bytes * sizes[n - 1] * MILLION)) {
        printf("  磁盘空间不够，略过 / left out: not enough room on the disk\n");
        return;
    }
    snprintf(x.image, sizeof x.image, "%s/scale.image", b->dir);
    x.persons = sizes[n - 1] * MILLION;
    const struct bench_took made = bench_apart(repeat, &x);
    show_took(&made, x.persons, bytes * x.persons,
              (struct label){"写映像（同一段居民换代码重复）",
                             "image written: one segment again and again"});
    for (uint32_t i = 0; i < n; i++) {
        char zh[64], en[64];
        x.persons = sizes[i] * MILLION;
        const struct bench_took t = bench_apart(score_first, &x);
        snprintf(zh, sizeof zh, "%u 百万人", sizes[i]);
        snprintf(en, sizeof en, "%u million", sizes[i]);
        show_took(&t, x.persons, bytes * x.persons, (struct label){zh, en});
        ns[i] = t.ns;
        cpu[i] = t.cpu_ns;
        if (t.peak_kb > peak) peak = t.peak_kb;
    }
    show_slope(ns, cpu, n, peak);
    unlink(x.image);
}
