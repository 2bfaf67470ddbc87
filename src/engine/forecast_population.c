/* Everybody's next change in a period.
 *
 *   a few days: the column machine scores every day, and what differs from the first day is found
 *               by comparing columns
 *   more:       person by person, from day to day that may differ, in threads
 *
 * Both give the same; which is quicker is a matter of how many days there are.
 *
 * Invariant: every task writes only its own persons' places, so the result does not depend on the
 * number of threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "engine/forecast_internal.h"

#define DAYS_BY_COLUMNS 8 /* a single score costs about as much as so many in columns */
#define TASK_PERSONS 512u
#define THREADS_MAX 256u
#define COLUMN_PERSONS 131072u /* scored at a time: two days of results stay in memory */

/* --- by columns --- */

/* Mark in `changed` what differs between two columns. */
static void differences(const int64_t *x, const int64_t *y, uint32_t count, uint8_t *changed)
{
    if (memcmp(x, y, count * sizeof *x) == 0) return;
    for (uint32_t i = 0; i < count; i++)
        changed[i] |= x[i] != y[i];
}

static void mark_changed(const struct rules *r, const struct population_scores *x,
                         const struct population_scores *y, uint8_t *changed)
{
    for (uint32_t i = 0; i < x->count; i++)
        changed[i] = x->status[i] != y->status[i] || x->error[i] != y->error[i];
    differences(x->total_lo, y->total_lo, x->count, changed);
    differences(x->total_hi, y->total_hi, x->count, changed);
    for (uint32_t k = 0; k < r->indicator_count; k++) {
        differences(x->indicators_lo[k], y->indicators_lo[k], x->count, changed);
        differences(x->indicators_hi[k], y->indicators_hi[k], x->count, changed);
    }
}

struct period {
    const struct population *p;
    int32_t day, last, rule_day;
    uint32_t threads;
    struct forecast_nexts *ret;
};

static enum err score_day(struct arena *a, const struct period *q, uint32_t first, uint32_t count,
                          int32_t day, struct population_scores *ret)
{
    const int32_t rules = q->rule_day == FORECAST_RULES_FOLLOW ? day : q->rule_day;

    return score_population_part(a, q->p, first, count, day, rules, q->threads, NULL, NULL, NULL,
                                 ret);
}

static void keep_start(const struct period *q, uint32_t first, const struct population_scores *x)
{
    struct forecast_nexts *n = q->ret;

    for (uint32_t i = 0; i < x->count; i++) {
        n->day[first + i] = DATE_OPEN_END;
        n->status[first + i] = n->next_status[first + i] = x->status[i];
        n->total_lo[first + i] = n->next_lo[first + i] = x->total_lo[i];
        n->total_hi[first + i] = n->next_hi[first + i] = x->total_hi[i];
    }
}

static void keep_changes(const struct period *q, uint32_t first, int32_t day,
                         const struct population_scores *y, const uint8_t *changed)
{
    struct forecast_nexts *n = q->ret;

    for (uint32_t i = 0; i < y->count; i++) {
        if (!changed[i] || n->day[first + i] != DATE_OPEN_END) continue;
        n->day[first + i] = day;
        n->next_status[first + i] = y->status[i];
        n->next_lo[first + i] = y->total_lo[i];
        n->next_hi[first + i] = y->total_hi[i];
    }
}

/* Each day against the first: the first difference is the next change. */
static enum err part_by_columns(const struct period *q, uint32_t first, uint32_t count)
{
    struct arena a, day_arena;
    struct population_scores x, y;

    arena_init(&a, 0);
    uint8_t *changed = ARENA_ARRAY(&a, uint8_t, count);
    enum err e = changed == NULL ? ERR_NOMEM : score_day(&a, q, first, count, q->day, &x);
    if (e == ERR_OK) keep_start(q, first, &x);
    for (int32_t day = q->day + 1; day <= q->last && e == ERR_OK; day++) {
        arena_init(&day_arena, 0);
        e = score_day(&day_arena, q, first, count, day, &y);
        if (e == ERR_OK) {
            mark_changed(q->p->rules, &x, &y, changed);
            keep_changes(q, first, day, &y, changed);
        }
        arena_done(&day_arena);
    }
    arena_done(&a);
    return e;
}

static enum err by_columns(const struct period *q)
{
    enum err e = ERR_OK;

    for (uint32_t first = 0, n; first < q->p->count && e == ERR_OK; first += n) {
        n = q->p->count - first < COLUMN_PERSONS ? q->p->count - first : COLUMN_PERSONS;
        e = part_by_columns(q, first, n);
    }
    return e;
}

/* --- person by person --- */

struct work {
    const struct period *q;
    atomic_uint next; /* person */
    atomic_int failed;
    atomic_ullong scored;
};

static void keep_person(struct forecast_nexts *n, uint32_t i, const struct forecast_state *x,
                        const struct forecast_state *y)
{
    n->day[i] = y != NULL ? y->day : DATE_OPEN_END;
    n->status[i] = x->status;
    n->total_lo[i] = x->total.lo;
    n->total_hi[i] = x->total.hi;
    if (y == NULL) y = x;
    n->next_status[i] = y->status;
    n->next_lo[i] = y->total.lo;
    n->next_hi[i] = y->total.hi;
}

static enum err persons(struct work *w, struct forecaster *f, struct forecast_state *x,
                        struct forecast_state *y)
{
    const struct period *q = w->q;
    enum err e = ERR_OK;

    while (e == ERR_OK && atomic_load(&w->failed) == ERR_OK) {
        const uint32_t first = atomic_fetch_add(&w->next, TASK_PERSONS);
        if (first >= q->p->count) break;
        for (uint32_t i = first; i < q->p->count && i < first + TASK_PERSONS && e == ERR_OK; i++) {
            bool found = false;
            e = forecast_state_at(f, i, q->day, x);
            if (e == ERR_OK) e = forecast_next(f, i, x, q->last, y, &found);
            if (e == ERR_OK) keep_person(q->ret, i, x, found ? y : NULL);
        }
    }
    return e;
}

static void *thread_main(void *arg)
{
    struct work *w = arg;
    const struct rules *r = w->q->p->rules;
    struct forecast_state x, y;
    struct forecaster *f = NULL;
    struct arena a;

    arena_init(&a, 0);
    enum err e = forecaster_new(&a, w->q->p, w->q->rule_day, &f);
    if (e == ERR_OK) e = forecast_state_new(&a, r, &x);
    if (e == ERR_OK) e = forecast_state_new(&a, r, &y);
    if (e == ERR_OK) e = persons(w, f, &x, &y);
    if (e != ERR_OK) atomic_store(&w->failed, (int)e);
    if (f != NULL) atomic_fetch_add(&w->scored, forecaster_scored(f));
    forecaster_done(f);
    arena_done(&a);
    return NULL;
}

static enum err by_persons(const struct period *q)
{
    struct work w = {.q = q};
    pthread_t id[THREADS_MAX];
    uint32_t started = 0;

    while (started + 1 < q->threads && started + 1 < THREADS_MAX &&
           pthread_create(&id[started], NULL, thread_main, &w) == 0)
        started++;
    thread_main(&w);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(id[i], NULL);
    q->ret->scored = atomic_load(&w.scored);
    return (enum err)atomic_load(&w.failed);
}

/* --- both --- */

static enum err nexts_new(struct arena *a, uint32_t count, struct forecast_nexts *ret)
{
    struct forecast_nexts n = {.count = count};

    n.day = ARENA_ARRAY(a, int32_t, count);
    n.status = ARENA_ARRAY(a, int32_t, count);
    n.next_status = ARENA_ARRAY(a, int32_t, count);
    n.total_lo = ARENA_ARRAY(a, int64_t, count);
    n.total_hi = ARENA_ARRAY(a, int64_t, count);
    n.next_lo = ARENA_ARRAY(a, int64_t, count);
    n.next_hi = ARENA_ARRAY(a, int64_t, count);
    if (!n.day || !n.status || !n.next_status || !n.total_lo || !n.total_hi || !n.next_lo ||
        !n.next_hi)
        return ERR_NOMEM;
    *ret = n;
    return ERR_OK;
}

enum err forecast_population_by(struct arena *a, const struct population *p, int32_t day,
                                int32_t last, int32_t rule_day, uint32_t threads, bool columns,
                                struct forecast_nexts *ret)
{
    struct forecast_nexts n;
    const struct period q = {p, day, last, rule_day, threads, &n};
    enum err e = nexts_new(a, p->count, &n);

    if (e == ERR_OK) e = columns ? by_columns(&q) : by_persons(&q);
    if (e == ERR_OK) *ret = n;
    return e;
}

enum err forecast_population(struct arena *a, const struct population *p, int32_t day, int32_t last,
                             int32_t rule_day, uint32_t threads, struct forecast_nexts *ret)
{
    return forecast_population_by(a, p, day, last, rule_day, threads,
                                  (int64_t)last - day <= DAYS_BY_COLUMNS, ret);
}
