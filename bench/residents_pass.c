/* Passes over the image, two threads each, every one in a process of its own: scores stored, sums
 * only, the file of `jifen score`, a simulation, everybody's next change.
 *
 * The first walk over an image in a process looks at every segment (checksum, order, ranges); it is
 * told apart. Of the further walks the quickest counts. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/forecast.h"
#include "engine/machine.h"
#include "engine/simulate.h"
#include "residents.h"
#include "service/population_build.h"
#include "service/scores.h"

#define OPENINGS 21
#define MANY 5000000u /* residents of whom one walk is enough */
#define EXACT_PERSONS 40000u
#define WEEK_SEGMENTS 2u /* the week is measured on these and scaled */
#define LINE 12000       /* 1/100 points */
#define FULL_YEARS 36524

/* --- segments --------------------------------------------------------------------------------- */

struct population_image *residents_open(const struct residents *b)
{
    struct population_image *m;
    bench_must(image_open(b->image, b->rules, NULL, &m), b->image);
    return m;
}

void seen_open(struct seen_segment *v, const struct population_image *m, uint32_t k,
               const struct rules *r, uint32_t flags)
{
    struct population_view *view;

    arena_init(&v->a, 0);
    bench_must(image_segment_open(m, k, flags, &v->s), "segment");
    v->people = &v->s.people;
    if (r == image_rules(m)) return;
    view = ARENA_NEW(&v->a, struct population_view);
    if (view == NULL) bench_fail("not enough memory");
    bench_must(population_view_new(&v->a, v->people, r, view), "view");
    v->people = &view->people;
}

void seen_close(struct seen_segment *v)
{
    image_segment_close(&v->s);
    arena_done(&v->a);
}

/* A walk: `step` for each segment; what it takes, the first time and the quickest time after. */
struct walk {
    struct residents *b;
    const struct rules *rules;
    uint32_t segments; /* 0 = all */
    uint64_t persons;  /* seen in one walk */
    void (*step)(struct walk *w, const struct population *p, uint64_t first);
    bool lower_only;
    int64_t *totals; /* of everybody; NULL = only their sum */
    uint64_t sum;
};

static void walk_once(struct walk *w, const struct population_image *m)
{
    const uint32_t all = image_counts(m)->segments;
    const uint32_t n = w->segments > 0 && w->segments < all ? w->segments : all;

    w->persons = w->sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        struct seen_segment v;
        seen_open(&v, m, k, w->rules, 0);
        w->step(w, v.people, w->persons);
        w->persons += v.people->count;
        seen_close(&v);
    }
}

static int walks_of(const struct residents *b)
{
    return b->persons < MANY ? 3 : 1;
}

/* value: 0 nanoseconds of the first walk, 1 processor's, 2 persons, 3 sum */
static void walks(void *ctx, struct bench_took *t)
{
    struct walk *w = ctx;
    struct population_image *m = residents_open(w->b);
    struct bench_took x = {0};

    bench_begin(&x);
    walk_once(w, m);
    bench_end(&x);
    t->value[0] = x.ns;
    t->value[1] = x.cpu_ns;
    for (int i = 0; i < walks_of(w->b); i++) {
        bench_begin(&x);
        walk_once(w, m);
        bench_end(&x);
        if (t->ns > 0 && x.ns >= t->ns) continue;
        t->ns = x.ns;
        t->cpu_ns = x.cpu_ns;
    }
    t->value[2] = w->persons;
    t->value[3] = w->sum;
    image_close(m);
}

/* --- opening and reading ---------------------------------------------------------------------- */

static void opening(struct residents *b)
{
    uint64_t times[OPENINGS];
    for (int i = 0; i < OPENINGS; i++) {
        const uint64_t from = bench_clock_ns(CLOCK_MONOTONIC);
        image_close(residents_open(b));
        times[i] = bench_clock_ns(CLOCK_MONOTONIC) - from;
    }
    struct population_image *m = residents_open(b);
    printf("  映像 %llu MB，%u 段 / image of %llu MB in %u segments\n",
           (unsigned long long)(image_counts(m)->bytes / 1000000), image_counts(m)->segments,
           (unsigned long long)(image_counts(m)->bytes / 1000000), image_counts(m)->segments);
    image_close(m);
    show_aim((double)bench_median(times, OPENINGS) / 1e6, "ms", (struct aim){50, false},
             (struct label){"打开映像（21 次的中位数）", "opening the image, median of 21"});
}

/* The columns that scoring reads: those of the machines of all schemes, and the permit's. */
struct needed {
    struct residents *b;
    const struct rules *rules;
    uint8_t *field[64]; /* per register: 1 = read */
    atomic_uint next;
    atomic_ullong sum, bytes;
    const struct population_image *m;
};

static void need_column(struct needed *x, int32_t reg, int32_t field)
{
    if (reg >= 0 && reg < 64) x->field[reg][field] = 1;
}

static void needed_new(struct arena *a, struct needed *x)
{
    const struct rules *r = x->rules;

    if (r->reg_count > 64) bench_fail("more registers than this benchmark knows");
    for (uint32_t k = 0; k < r->reg_count; k++)
        if (!(x->field[k] = ARENA_ARRAY(a, uint8_t, r->regs[k].field_count + 1)))
            bench_fail("not enough memory");
    for (uint32_t s = 0; s < r->scheme_count; s++) {
        struct plan *plan;
        struct vm *vm;
        bench_must(plan_new(a, r, (int32_t)s, x->b->day, &plan), "plan");
        bench_must(vm_new(a, plan, x->b->day, NULL, &vm), "machine");
        for (uint32_t c = 0; c < machine_columns(vm); c++) {
            int32_t reg, field;
            machine_column(vm, c, &reg, &field);
            need_column(x, reg, field);
        }
    }
    for (uint32_t f = 0; r->has_force && f < r->regs[r->force.reg].field_count; f++)
        need_column(x, r->force.reg, (int32_t)f);
}

static uint64_t read_part(struct needed *x, const void *p, uint64_t bytes)
{
    atomic_fetch_add(&x->bytes, bytes);
    return p == NULL ? 0 : bench_sum_words(p, bytes);
}

static uint64_t read_register(struct needed *x, const struct population *p, uint32_t reg)
{
    const struct register_data *d = &p->regs[reg];
    uint64_t sum = 0;
    bool used = false;

    for (uint32_t f = 0; f < x->rules->regs[reg].field_count; f++) {
        if (!x->field[reg][f] || d->cols == NULL) continue;
        used = true;
        sum +=
            read_part(x, d->cols[f].data, (uint64_t)d->row_count * column_width(d->cols[f].type));
        if (d->cols[f].known) sum += read_part(x, d->cols[f].known, d->row_count);
    }
    if (used && d->rows_of) {
        sum += read_part(x, d->rows_of, p->count);
        sum += read_part(x, d->rows_before, (p->count / ROWS_STRIDE + 1) * sizeof *d->rows_before);
    }
    if (used && d->off) sum += read_part(x, d->off, ((uint64_t)p->count + 1) * sizeof *d->off);
    return sum;
}

static void *read_segments(void *arg)
{
    struct needed *x = arg;
    for (uint32_t k; (k = atomic_fetch_add(&x->next, 1)) < image_counts(x->m)->segments;) {
        struct seen_segment v;
        uint64_t sum = 0;
        seen_open(&v, x->m, k, x->rules, 0);
        for (uint32_t r = 0; r < x->rules->reg_count; r++)
            sum += read_register(x, v.people, r);
        atomic_fetch_add(&x->sum, sum);
        seen_close(&v);
    }
    return NULL;
}

static void read_once(struct needed *x)
{
    pthread_t second;

    atomic_store(&x->next, 0);
    atomic_store(&x->bytes, 0);
    const bool two = pthread_create(&second, NULL, read_segments, x) == 0;
    read_segments(x);
    if (two) pthread_join(second, NULL);
}

/* value 0: bytes */
static void read_needed(void *ctx, struct bench_took *t)
{
    struct needed *x = ctx;
    struct population_image *m = residents_open(x->b);
    struct arena a;

    arena_init(&a, 0);
    needed_new(&a, x);
    x->m = m;
    read_once(x); /* looks at every segment too */
    bench_begin(t);
    read_once(x);
    bench_end(t);
    t->value[0] = atomic_load(&x->bytes);
    image_close(m);
    arena_done(&a);
}

static struct bench_took reading(struct residents *b, const struct rules *r, struct label what)
{
    struct needed x = {.b = b, .rules = r};
    const struct bench_took t = bench_apart(read_needed, &x);
    show_took(&t, b->persons, t.value[0], what);
    return t;
}

/* --- scoring ---------------------------------------------------------------------------------- */

static void step_score(struct walk *w, const struct population *p, uint64_t first)
{
    const struct vm_options o = {.lower_only = w->lower_only};
    struct population_scores s;
    struct arena a;

    arena_init(&a, 0);
    bench_must(score_population(&a, p, w->b->day, w->b->day, BENCH_THREADS, &o, NULL, NULL, &s),
               "scoring");
    if (w->totals) memcpy(w->totals + first, s.total_lo, p->count * sizeof *w->totals);
    for (uint32_t i = 0; i < p->count; i++)
        w->sum += (uint64_t)s.total_lo[i];
    arena_done(&a);
}

static struct bench_took scoring(struct residents *b, const struct rules *r, bool sums,
                                 struct label what)
{
    struct walk w = {.b = b, .rules = r, .step = step_score, .lower_only = sums};

    if (!sums) w.totals = malloc((size_t)b->persons * sizeof *w.totals + 64);
    if (!sums && !w.totals) bench_fail("not enough memory");
    const struct bench_took t = bench_apart(walks, &w);
    free(w.totals);
    show_took(&t, b->persons, 0, what);
    return t;
}

/* value 0: bytes written */
static void to_file(void *ctx, struct bench_took *t)
{
    struct residents *b = ctx;
    char path[PATH_ROOM + 8];
    struct population_image *m = residents_open(b);
    struct scores_source from = population_scores_source(m);
    struct scores s;
    struct arena a;

    snprintf(path, sizeof path, "%s/scores", b->dir);
    FILE *out = fopen(path, "w");
    if (!out) bench_fail(path);
    const struct scores_options o = {
        .day = b->day, .rule_day = b->day, .threads = BENCH_THREADS, .out = out};
    arena_init(&a, 0);
    bench_begin(t);
    bench_must(scores_run_source(&a, &from, &o, &s), "scores");
    t->value[0] = (uint64_t)ftell(out);
    if (fclose(out) != 0) bench_fail(path);
    bench_end(t);
    unlink(path);
    arena_done(&a);
    image_close(m);
}

/* --- a draft ---------------------------------------------------------------------------------- */

struct next_segment {
    struct population_image *m;
    struct image_segment s;
    uint32_t next;
};

static enum err next_of_image(void *ctx, const struct population **ret)
{
    struct next_segment *x = ctx;

    image_segment_close(&x->s);
    x->s = (struct image_segment){0};
    *ret = NULL;
    if (x->next >= image_counts(x->m)->segments) return ERR_OK;
    const enum err e = image_segment_open(x->m, x->next++, 0, &x->s);
    if (e == ERR_OK) *ret = &x->s.people;
    return e;
}

static void simulate_once(struct residents *b, struct next_segment *x, struct simulation *ret)
{
    const struct simulate_source source = {next_of_image, x};
    const struct simulate_options o = {.day = b->day,
                                       .rule_day = b->day,
                                       .threads = BENCH_THREADS,
                                       .has_line = true,
                                       .line = LINE};
    struct arena a;

    x->next = 0;
    arena_init(&a, 0);
    bench_must(simulate_run(&a, b->rules, b->draft, &source, &o, ret), "simulation");
    image_segment_close(&x->s);
    x->s = (struct image_segment){0};
    arena_done(&a);
}

/* value: 0 compared, 1 who loses */
static void simulating(void *ctx, struct bench_took *t)
{
    struct residents *b = ctx;
    struct next_segment x = {.m = residents_open(b)};
    struct simulation s;
    struct bench_took each = {0};

    for (int i = 0; i <= walks_of(b); i++) {
        bench_begin(&each);
        simulate_once(b, &x, &s);
        bench_end(&each);
        if (i == 0 || (t->ns > 0 && each.ns >= t->ns)) continue;
        t->ns = each.ns;
        t->cpu_ns = each.cpu_ns;
    }
    t->value[0] = s.all.persons;
    t->value[1] = s.all.lose;
    image_close(x.m);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void ratio(const struct bench_took *x, const struct bench_took *y, double aim,
                  struct label what)
{
    show_ratio((struct took_of){x, 1}, (struct took_of){y, 1}, (struct aim){aim, false}, what);
}

static void first_walk(const struct residents *b, const struct bench_took *t)
{
    const struct bench_took first = {.ns = t->value[0], .cpu_ns = t->value[1]};
    show_took(&first, b->persons, 0,
              (struct label){"首次走过映像：同样计分，逐段核对校验和与取值",
                             "first walk: the same scoring, with all checks of every segment"});
}

void residents_passes(struct residents *b, struct pass_times *ret)
{
    show_head("映像：打开、计分、模拟（2 线程）",
              "the image: opening, scoring, simulating; 2 threads");
    opening(b);
    const struct bench_took plain =
        reading(b, b->rules,
                (struct label){"逐字节求和：计分要读的列", "sum of the bytes that scoring reads"});
    ret->stored =
        scoring(b, b->rules, false,
                (struct label){"计分，各项结果存成列", "scoring, every result stored in columns"});
    first_walk(b, &ret->stored);
    ret->sums =
        scoring(b, b->rules, true, (struct label){"计分，只要合计", "scoring, only sums wanted"});
    if (ret->stored.value[3] != ret->sums.value[3]) bench_fail("the sums differ");
    ratio(&ret->stored, &plain, 0,
          (struct label){"存列 ÷ 逐字节求和", "stored / sum of the bytes"});
    ratio(&ret->sums, &plain, 0, (struct label){"合计 ÷ 逐字节求和", "sums / sum of the bytes"});
    const struct bench_took file = bench_apart(to_file, b);
    show_took(
        &file, b->persons, file.value[0],
        (struct label){"计分并写成文件（jifen score）", "scored into the file of jifen score"});
    ret->simulation = bench_apart(simulating, b);
    show_took(&ret->simulation, b->persons, 0,
              (struct label){"模拟一份草案", "simulation of a draft"});
    ratio(&ret->simulation, &ret->stored, 2.2,
          (struct label){"模拟 ÷ 一遍计分（存列）", "simulation / one pass, stored"});
}

void residents_province(struct residents *b, struct pass_times *ret)
{
    show_head("同一批居民，只按省级规则", "the same residents under the province's rules alone");
    const struct bench_took fewer =
        reading(b, b->province.rules,
                (struct label){"逐字节求和：计分要读的列", "sum of the bytes that scoring reads"});
    ret->province_stored =
        scoring(b, b->province.rules, false,
                (struct label){"计分，各项结果存成列", "scoring, every result stored in columns"});
    ret->province_sums = scoring(b, b->province.rules, true,
                                 (struct label){"计分，只要合计", "scoring, only sums wanted"});
    ratio(&ret->province_sums, &fewer, 0,
          (struct label){"合计 ÷ 逐字节求和", "sums / sum of the bytes"});
}

/* --- forecasts -------------------------------------------------------------------------------- */

struct forecasting {
    struct walk w; /* first, so that a walk knows it */
    int32_t days;
    bool follow;
    uint64_t changed;
};

static void step_forecast(struct walk *w, const struct population *p, uint64_t first)
{
    struct forecasting *f = (struct forecasting *)w;
    const int32_t day = w->b->day;
    struct forecast_nexts n;
    struct arena a;

    (void)first;
    arena_init(&a, 0);
    bench_must(forecast_population_by(&a, p, day, day + f->days, FORECAST_RULES_FOLLOW,
                                      BENCH_THREADS, true, &n),
               "forecast");
    for (uint32_t i = 0; i < n.count; i++)
        w->sum += n.day[i] <= day + f->days;
    arena_done(&a);
}

/* Of the first persons of the image, one by one. value: 2 persons, 3 who change */
static void exactly(void *ctx, struct bench_took *t)
{
    struct forecasting *f = ctx;
    struct population_image *m = residents_open(f->w.b);
    const int32_t day = f->w.b->day;
    struct forecast_nexts n;
    struct seen_segment v;
    struct arena a;

    seen_open(&v, m, 0, f->w.rules, 0);
    struct population some = *v.people;
    if (some.count > EXACT_PERSONS) some.count = EXACT_PERSONS;
    arena_init(&a, 0);
    bench_begin(t);
    bench_must(forecast_population_by(&a, &some, day, day + f->days,
                                      f->follow ? FORECAST_RULES_FOLLOW : day, BENCH_THREADS, false,
                                      &n),
               "forecast");
    bench_end(t);
    t->value[2] = some.count;
    for (uint32_t i = 0; i < n.count; i++)
        t->value[3] += n.day[i] <= day + f->days;
    arena_done(&a);
    seen_close(&v);
    image_close(m);
}

static void show_forecast(const struct residents *b, const struct bench_took *t,
                          const struct bench_took *one, struct label what)
{
    const double share = 100.0 * (double)t->value[3] / (double)t->value[2];

    show_took(t, t->value[2], 0, what);
    show_aim(share, "%", (struct aim){0}, (struct label){"有变化", "of them change"});
    show_ratio((struct took_of){t, t->value[2]}, (struct took_of){one, b->persons},
               (struct aim){10, false}, (struct label){"÷ 一遍计分（存列）", "/ one pass, stored"});
}

static void forecasts_under(struct residents *b, const struct rules *r,
                            const struct bench_took *one)
{
    struct forecasting f = {.w = {.b = b, .rules = r, .step = step_forecast}, .days = 1};
    struct bench_took t = bench_apart(walks, &f);

    show_forecast(b, &t, one,
                  (struct label){"明天谁的积分会变，全体，按列",
                                 "who changes tomorrow, everybody, by columns"});
    f.days = 7;
    f.w.segments = WEEK_SEGMENTS;
    t = bench_apart(walks, &f);
    show_forecast(b, &t, one,
                  (struct label){"一周内谁的积分会变，前两段，按列",
                                 "who changes within a week, two segments, by columns"});
    f.days = 365;
    f.follow = true;
    t = bench_apart(exactly, &f);
    show_forecast(b, &t, one,
                  (struct label){"一年内的下一次变化，样本，逐人",
                                 "next change within a year, a sample, exactly"});
    f.days = FULL_YEARS;
    f.follow = false;
    t = bench_apart(exactly, &f);
    show_forecast(b, &t, one,
                  (struct label){"一百年内的下一次变化，今日规则，样本，逐人",
                                 "next change within 100 years, today's rules, a sample, exactly"});
}

void residents_forecasts(struct residents *b, const struct pass_times *one)
{
    show_head("预报下一次变化（2 线程）", "forecast of the next change; 2 threads");
    forecasts_under(b, b->rules, &one->stored);
    show_head("同上，只按省级规则", "the same under the province's rules alone");
    forecasts_under(b, b->province.rules, &one->province_stored);
}
