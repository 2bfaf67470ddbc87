/* A whole population: who is served by which scheme, then one column machine per scheme.
 *
 *   persons --home_of (parallel)--> scheme of each --counting sort--> lists per scheme
 *           --tasks of consecutive list entries (parallel)--> result columns
 *
 * Runs of consecutive persons go to vm_run as ranges and write straight into the result. Others go
 * through a thread's buffer: where nearly all persons of a range are wanted the whole range is
 * scored and the wanted are kept, which is quicker than gathering their records; else they are
 * gathered. The scheme of most persons is done before all others and writes such ranges straight
 * into the result too: the places of the few others in it are written again by theirs.
 *
 * Invariants: tasks that run at the same time write different persons' places, and whoever is
 * written last is written by the own scheme, so the result does not depend on the number of threads
 * or their order. Every place of every column is written: by the plan, or as one that does not
 * apply. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine/score.h"

#define TASK_PERSONS 16384u
#define RUN_LEAST 256u /* shorter runs of consecutive persons go through a buffer */
#define THREADS_MAX 256u
#define DOES_NOT_APPLY INT64_MIN

struct served {
    struct plan *plan;
    struct vm *vm;
    uint32_t first, count; /* of work.order */
    uint32_t *marks;       /* that the plan can set; NULL where none are asked for */
    uint32_t mark_count;
    int64_t **absent; /* columns of the result that the plan does not have */
    uint32_t absent_count;
};

struct task {
    int32_t scheme;
    uint32_t first, count; /* of work.order; finding homes: of persons, from work.first */
};

struct work {
    const struct population *people;
    int32_t day, rule_day;
    uint32_t first, count; /* persons */
    const struct vm_options *options;
    struct served *schemes; /* per rules->schemes */
    uint32_t most;          /* the scheme that serves the most persons; it is done first */
    uint32_t *order;        /* persons by scheme, ascending within */
    struct population_scores *ret;
    void (*progress)(void *ctx, uint32_t done);
    void *ctx;
    pthread_mutex_t lock;
    uint32_t done;   /* persons scored; under lock, as is `failed` */
    enum err failed; /* the first failure */
    atomic_uint next_task;
    uint32_t task_count;
    struct task *tasks;
};

/* A thread's own memory. */
struct worker {
    struct work *w;
    struct vm_state **states;      /* per scheme, made when first needed */
    int64_t **direct, **scattered; /* columns of a plan: in the result, in `buffer` */
    int64_t *buffer;               /* TASK_PERSONS rows */
    uint8_t **marks;               /* of the image, lo and hi, in mark_buffer */
    uint8_t *mark_buffer;          /* TASK_PERSONS rows */
};

typedef enum err (*task_fn)(struct worker *k, const struct task *t);

struct thread_arg {
    struct work *w;
    task_fn fn;
};

/* --- threads --- */

static void work_fail(struct work *w, enum err e)
{
    pthread_mutex_lock(&w->lock);
    if (w->failed == ERR_OK) w->failed = e;
    pthread_mutex_unlock(&w->lock);
    atomic_store(&w->next_task, w->task_count);
}

static void worker_done(struct worker *k)
{
    for (uint32_t i = 0; k->states && i < k->w->people->rules->scheme_count; i++)
        vm_state_free(k->states[i]);
    free(k->states);
    free(k->direct);
    free(k->scattered);
    free(k->buffer);
    free(k->marks);
    free(k->mark_buffer);
}

static bool worker_init(struct worker *k)
{
    const struct rules *r = k->w->people->rules;
    const size_t columns = 2 * ((size_t)r->indicator_count + r->group_count) + 1;

    k->states = calloc(r->scheme_count, sizeof(struct vm_state *));
    k->direct = calloc(columns, sizeof(int64_t *));
    k->scattered = calloc(columns, sizeof(int64_t *));
    return k->states && k->direct && k->scattered;
}

static void *thread_main(void *arg)
{
    const struct thread_arg *t = arg;
    struct work *w = t->w;
    struct worker k = {.w = w};
    const bool ready = worker_init(&k);

    if (!ready) work_fail(w, ERR_NOMEM);
    while (ready) {
        const uint32_t at = atomic_fetch_add(&w->next_task, 1);
        if (at >= w->task_count) break;
        const enum err e = t->fn(&k, &w->tasks[at]);
        if (e != ERR_OK) work_fail(w, e);
    }
    worker_done(&k);
    return NULL;
}

/* Run all tasks; where threads cannot be had, in this one. */
static enum err work_run(struct work *w, uint32_t threads, task_fn fn)
{
    struct thread_arg arg = {w, fn};
    pthread_t id[THREADS_MAX];
    uint32_t started = 0;

    atomic_store(&w->next_task, 0);
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    while (started + 1 < threads && started + 1 < w->task_count &&
           pthread_create(&id[started], NULL, thread_main, &arg) == 0)
        started++;
    thread_main(&arg);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(id[i], NULL);
    return w->failed;
}

static void tasks_add(struct work *w, int32_t scheme, uint32_t first, uint32_t count)
{
    for (uint32_t n; count > 0; first += n, count -= n) {
        n = count < TASK_PERSONS ? count : TASK_PERSONS;
        w->tasks[w->task_count++] = (struct task){scheme, first, n};
    }
}

/* --- homes --- */

#define DIVISIONS_KEPT 256u

/* Which scheme serves a division, of those asked for lately. */
struct schemes_kept {
    const struct rules *rules;
    int32_t rule_day;
    bool is_set[DIVISIONS_KEPT];
    int32_t division[DIVISIONS_KEPT], scheme[DIVISIONS_KEPT];
};

static int32_t scheme_of(struct schemes_kept *kept, int32_t division)
{
    const uint32_t at = (uint32_t)division % DIVISIONS_KEPT;

    if (!kept->is_set[at] || kept->division[at] != division) {
        kept->is_set[at] = true;
        kept->division[at] = division;
        kept->scheme[at] = home_scheme(kept->rules, division, kept->rule_day);
    }
    return kept->scheme[at];
}

static enum err task_homes(struct worker *k, const struct task *t)
{
    const struct work *w = k->w;
    struct schemes_kept kept = {.rules = w->people->rules, .rule_day = w->rule_day};

    for (uint32_t i = t->first; i < t->first + t->count; i++) {
        const struct home h = home_without_scheme(w->people, w->first + i, w->day);
        w->ret->scheme[i] = scheme_of(&kept, h.division);
        w->ret->division[i] = h.division;
    }
    return ERR_OK;
}

static enum err find_homes(struct work *w, uint32_t threads)
{
    const struct rules *r = w->people->rules;

    if (r->has_force) {
        w->task_count = 0;
        tasks_add(w, -1, 0, w->count);
        return work_run(w, threads, task_homes);
    }
    const int32_t province = home_scheme(r, 0, w->rule_day);
    for (uint32_t i = 0; i < w->count; i++)
        w->ret->scheme[i] = province;
    return ERR_OK;
}

static enum err marks_list(struct arena *a, struct served *v)
{
    v->marks = ARENA_ARRAY(a, uint32_t, score_mark_count(v->plan->rules));
    if (v->marks == NULL) return ERR_NOMEM;
    v->mark_count = score_marks_of(v->plan, v->marks);
    return ERR_OK;
}

static void absent_add(struct served *v, int64_t **lo, int64_t **hi, uint32_t at)
{
    v->absent[v->absent_count++] = lo[at];
    if (hi != NULL) v->absent[v->absent_count++] = hi[at];
}

static enum err absent_list(struct arena *a, const struct work *w, struct served *v)
{
    const struct rules *r = w->people->rules;
    const struct population_scores *t = w->ret;
    const struct plan *p = v->plan;
    bool *has = ARENA_ARRAY(a, bool, r->indicator_count + r->group_count);

    v->absent = ARENA_ARRAY(a, int64_t *, 2 * ((size_t)r->indicator_count + r->group_count));
    if (has == NULL || v->absent == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < p->indicator_count; i++)
        has[p->indicators[i].indicator] = true;
    for (uint32_t i = 0; i < p->group_count; i++)
        has[r->indicator_count + (uint32_t)p->groups[i]] = true;
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (!has[i]) absent_add(v, t->indicators_lo, t->indicators_hi, i);
    for (uint32_t i = 0; t->groups_lo != NULL && i < r->group_count; i++)
        if (!has[r->indicator_count + i]) absent_add(v, t->groups_lo, t->groups_hi, i);
    return ERR_OK;
}

static enum err served_new(struct arena *a, const struct work *w, int32_t scheme, struct served *v)
{
    enum err e = plan_new(a, w->people->rules, scheme, w->rule_day, &v->plan);

    if (e == ERR_OK) e = vm_new(a, v->plan, w->day, w->options, &v->vm);
    if (e == ERR_OK && w->ret->marks_lo != NULL) e = marks_list(a, v);
    return e == ERR_OK ? absent_list(a, w, v) : e;
}

/* Order persons by scheme, and make a vm for each scheme that serves anybody. */
static enum err group_by_scheme(struct arena *a, struct work *w)
{
    const struct rules *r = w->people->rules;
    uint32_t at = 0, most = 0;

    for (uint32_t i = 0; i < w->count; i++)
        if (w->ret->scheme[i] >= 0) w->schemes[w->ret->scheme[i]].count++;
    for (uint32_t s = 0; s < r->scheme_count; s++) {
        struct served *v = &w->schemes[s];
        v->first = at;
        at += v->count;
        if (v->count == 0) continue;
        if (v->count > most) w->most = s;
        if (v->count > most) most = v->count;
        const enum err e = served_new(a, w, (int32_t)s, v);
        if (e != ERR_OK) return e;
        v->count = 0;
    }
    for (uint32_t i = 0; i < w->count; i++) {
        if (w->ret->scheme[i] < 0) continue;
        struct served *v = &w->schemes[w->ret->scheme[i]];
        w->order[v->first + v->count++] = w->first + i;
    }
    return ERR_OK;
}

/* --- scoring --- */

static bool is_lower_only(const struct work *w)
{
    return w->options != NULL && w->options->lower_only;
}

static size_t columns_of(const struct work *w, const struct plan *p)
{
    if (is_lower_only(w)) return p->indicator_count;
    return 2 * ((size_t)p->indicator_count + p->group_count);
}

/* Columns of a plan in one table: indicators lo, hi, groups lo, hi. */
static struct score_columns columns_in(const struct work *w, const struct plan *p, int64_t **table)
{
    if (is_lower_only(w)) return (struct score_columns){.indicators_lo = table};
    return (struct score_columns){.indicators_lo = table,
                                  .indicators_hi = table + p->indicator_count,
                                  .groups_lo = table + 2 * p->indicator_count,
                                  .groups_hi = table + 2 * p->indicator_count + p->group_count};
}

/* The image's columns in the plan's order. */
static struct score_columns columns_direct(const struct worker *k, const struct plan *p)
{
    const struct population_scores *r = k->w->ret;
    struct score_columns c = columns_in(k->w, p, k->direct);

    c.status = r->status;
    c.error = r->error;
    c.total_lo = r->total_lo;
    c.total_hi = r->total_hi;
    c.marks_lo = r->marks_lo;
    c.marks_hi = r->marks_hi;
    for (uint32_t i = 0; i < p->indicator_count; i++) {
        c.indicators_lo[i] = r->indicators_lo[p->indicators[i].indicator];
        if (c.indicators_hi) c.indicators_hi[i] = r->indicators_hi[p->indicators[i].indicator];
    }
    for (uint32_t i = 0; c.groups_lo && i < p->group_count; i++) {
        c.groups_lo[i] = r->groups_lo[p->groups[i]];
        c.groups_hi[i] = r->groups_hi[p->groups[i]];
    }
    return c;
}

/* Marks in the thread's buffer. */
static enum err marks_buffer(struct worker *k, struct score_columns *ret)
{
    const uint32_t n = score_mark_count(k->w->people->rules);

    if (k->marks == NULL) k->marks = malloc(2 * (size_t)n * sizeof *k->marks);
    if (k->mark_buffer == NULL) k->mark_buffer = malloc(2 * (size_t)n * TASK_PERSONS);
    if (k->marks == NULL || k->mark_buffer == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < 2 * n; i++)
        k->marks[i] = k->mark_buffer + (size_t)i * TASK_PERSONS;
    ret->marks_lo = k->marks;
    ret->marks_hi = k->marks + n;
    return ERR_OK;
}

/* The same columns in the thread's buffer. */
static enum err columns_buffer(struct worker *k, const struct plan *p, struct score_columns *ret)
{
    const size_t n = columns_of(k->w, p), most = 2 * ((size_t)k->w->people->rules->indicator_count +
                                                      k->w->people->rules->group_count);

    if (!k->buffer) k->buffer = malloc((most + 4) * TASK_PERSONS * sizeof *k->buffer);
    if (!k->buffer) return ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        k->scattered[i] = k->buffer + i * TASK_PERSONS;
    *ret = columns_in(k->w, p, k->scattered);
    ret->total_lo = k->buffer + most * TASK_PERSONS;
    ret->total_hi = ret->total_lo + TASK_PERSONS;
    ret->status = (int32_t *)(ret->total_hi + TASK_PERSONS);
    ret->error = (uint8_t *)(ret->status + TASK_PERSONS);
    return k->w->ret->marks_lo != NULL ? marks_buffer(k, ret) : ERR_OK;
}

/* How many of the persons from `persons` on follow each other without a gap. */
static uint32_t run_of(const uint32_t *persons, uint32_t count)
{
    uint32_t n = 1;
    while (n < count && persons[n] == persons[n - 1] + 1)
        n++;
    return n;
}

/* A run of persons: their place in the buffer and in the result. */
struct stretch {
    uint32_t from, to, count;
};

static void copy_i64(int64_t *to, const int64_t *from, const struct stretch *x, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < x[k].count; i++)
            to[x[k].to + i] = from[x[k].from + i];
}

static void copy_i32(int32_t *to, const int32_t *from, const struct stretch *x, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < x[k].count; i++)
            to[x[k].to + i] = from[x[k].from + i];
}

static void copy_u8(uint8_t *to, const uint8_t *from, const struct stretch *x, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < x[k].count; i++)
            to[x[k].to + i] = from[x[k].from + i];
}

static void copy_columns(const struct worker *k, const struct served *v,
                         const struct score_columns *from, const struct stretch *x, uint32_t n)
{
    const struct population_scores *r = k->w->ret;

    copy_i32(r->status, from->status, x, n);
    copy_u8(r->error, from->error, x, n);
    copy_i64(r->total_lo, from->total_lo, x, n);
    copy_i64(r->total_hi, from->total_hi, x, n);
    for (size_t c = 0; c < columns_of(k->w, v->plan); c++)
        copy_i64(k->direct[c], k->scattered[c], x, n);
    for (uint32_t m = 0; m < v->mark_count; m++) {
        const uint32_t at = v->marks[m];
        copy_u8(r->marks_lo[at], from->marks_lo[at], x, n);
        copy_u8(r->marks_hi[at], from->marks_hi[at], x, n);
    }
}

/* From places in the buffer to the persons' places in the result. `range`: the buffer has everybody
 * from the first of the persons on, else only these. */
static void scatter(const struct worker *k, const struct served *v, const uint32_t *persons,
                    uint32_t count, bool range, const struct score_columns *from)
{
    struct stretch x[RUN_LEAST];

    for (uint32_t done = 0; done < count;) {
        uint32_t n = 0;
        for (; n < RUN_LEAST && done < count; n++) {
            x[n].from = range ? persons[done] - persons[0] : done;
            x[n].to = persons[done] - k->w->first;
            x[n].count = run_of(persons + done, count - done);
            done += x[n].count;
        }
        copy_columns(k, v, from, x, n);
    }
}

/* May it write the places of persons of other schemes, which come after it? Not with marks: they
 * are set only where a plan has them, and nobody would clear them. */
static bool writes_ranges(const struct work *w, const struct served *v)
{
    return v == &w->schemes[w->most] && w->ret->marks_lo == NULL;
}

/* Persons within TASK_PERSONS of the first. */
static enum err score_near(struct worker *k, const struct served *v, struct vm_state *s,
                           const uint32_t *persons, uint32_t count)
{
    const uint32_t span = persons[count - 1] - persons[0] + 1;
    const bool range = span <= count + count / 4;
    struct score_columns c;

    if (range && writes_ranges(k->w, v)) {
        c = columns_direct(k, v->plan);
        return vm_run(v->vm, s, k->w->people, NULL, persons[0], span, &c, persons[0] - k->w->first);
    }
    enum err e = columns_buffer(k, v->plan, &c);

    if (e == ERR_OK && range) e = vm_run(v->vm, s, k->w->people, NULL, persons[0], span, &c, 0);
    if (e == ERR_OK && !range) e = vm_run(v->vm, s, k->w->people, persons, 0, count, &c, 0);
    if (e == ERR_OK) scatter(k, v, persons, count, range, &c);
    return e;
}

static enum err score_scattered(struct worker *k, const struct served *v, struct vm_state *s,
                                const uint32_t *persons, uint32_t count)
{
    enum err e = ERR_OK;

    for (uint32_t at = 0, n; at < count && e == ERR_OK; at += n) {
        for (n = 1; n < count - at && persons[at + n] - persons[at] < TASK_PERSONS; n++)
            ;
        e = score_near(k, v, s, persons + at, n);
    }
    return e;
}

static enum err score_list(struct worker *k, const struct served *v, struct vm_state *s,
                           const uint32_t *persons, uint32_t count)
{
    struct score_columns direct = columns_direct(k, v->plan);
    enum err e = ERR_OK;
    uint32_t waiting = 0; /* persons before `at` that are still to be scored */

    for (uint32_t at = 0, n; at < count && e == ERR_OK; at += n) {
        n = run_of(persons + at, count - at);
        if (n < RUN_LEAST) {
            waiting += n;
            continue;
        }
        if (waiting > 0) e = score_scattered(k, v, s, persons + at - waiting, waiting);
        waiting = 0;
        if (e == ERR_OK)
            e = vm_run(v->vm, s, k->w->people, NULL, persons[at], n, &direct,
                       persons[at] - k->w->first);
    }
    if (e == ERR_OK && waiting > 0)
        e = score_scattered(k, v, s, persons + count - waiting, waiting);
    return e;
}

static enum err task_score(struct worker *k, const struct task *t)
{
    struct work *w = k->w;
    const struct served *v = &w->schemes[t->scheme];
    struct vm_state **s = &k->states[t->scheme];
    enum err e = *s ? ERR_OK : vm_state_new(v->vm, s);

    if (e == ERR_OK) e = score_list(k, v, *s, w->order + t->first, t->count);
    if (e != ERR_OK) return e;
    for (uint32_t c = 0; c < v->absent_count; c++)
        for (uint32_t i = t->first; i < t->first + t->count; i++)
            v->absent[c][w->order[i] - w->first] = DOES_NOT_APPLY;
    pthread_mutex_lock(&w->lock);
    w->done += t->count;
    if (w->progress) w->progress(w->ctx, w->done);
    pthread_mutex_unlock(&w->lock);
    return ERR_OK;
}

/* The scheme of most persons, then all others. */
static enum err score_schemes(struct work *w, uint32_t threads)
{
    enum err e = ERR_OK;

    for (int others = 0; others < 2 && e == ERR_OK; others++) {
        w->task_count = 0;
        for (uint32_t s = 0; s < w->people->rules->scheme_count; s++)
            if ((s != w->most) == (others == 1))
                tasks_add(w, (int32_t)s, w->schemes[s].first, w->schemes[s].count);
        if (w->task_count > 0) e = work_run(w, threads, task_score);
    }
    return e;
}

/* --- results --- */

static int64_t **result_table(struct arena *a, uint32_t columns, uint32_t count)
{
    int64_t **t = ARENA_ARRAY(a, int64_t *, columns);

    for (uint32_t c = 0; t && c < columns; c++) {
        t[c] = ARENA_ARRAY(a, int64_t, count);
        if (!t[c]) return NULL;
    }
    return t;
}

static bool tables_new(struct arena *a, const struct rules *r, uint32_t count, bool lower_only,
                       struct population_scores *s)
{
    s->indicators_lo = result_table(a, r->indicator_count, count);
    if (lower_only) return s->indicators_lo != NULL;
    s->indicators_hi = result_table(a, r->indicator_count, count);
    s->groups_lo = result_table(a, r->group_count, count);
    s->groups_hi = result_table(a, r->group_count, count);
    return s->indicators_lo && s->indicators_hi && s->groups_lo && s->groups_hi;
}

static enum err results_new(struct arena *a, const struct rules *r, uint32_t count, bool lower_only,
                            struct population_scores *s)
{
    s->count = count;
    s->status = ARENA_ARRAY(a, int32_t, count);
    s->scheme = ARENA_ARRAY(a, int32_t, count);
    s->division = ARENA_ARRAY(a, int32_t, count);
    s->error = ARENA_ARRAY(a, uint8_t, count);
    s->total_lo = ARENA_ARRAY(a, int64_t, count);
    s->total_hi = ARENA_ARRAY(a, int64_t, count);
    return s->status && s->scheme && s->division && s->error && s->total_lo && s->total_hi &&
                   tables_new(a, r, count, lower_only, s)
               ? ERR_OK
               : ERR_NOMEM;
}

/* Marks of the image that the clauses and caps of any plan may set. */
static enum err marks_new(struct arena *a, const struct rules *r, uint32_t count,
                          struct population_scores *s)
{
    const uint32_t n = score_mark_count(r);

    s->marks_lo = ARENA_ARRAY(a, uint8_t *, n);
    s->marks_hi = ARENA_ARRAY(a, uint8_t *, n);
    if (s->marks_lo == NULL || s->marks_hi == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        s->marks_lo[i] = ARENA_ARRAY(a, uint8_t, count);
        s->marks_hi[i] = ARENA_ARRAY(a, uint8_t, count);
        if (s->marks_lo[i] == NULL || s->marks_hi[i] == NULL) return ERR_NOMEM;
    }
    return ERR_OK;
}

static void absent_in(int64_t **table, uint32_t columns, uint32_t at)
{
    for (uint32_t c = 0; table != NULL && c < columns; c++)
        table[c][at] = DOES_NOT_APPLY;
}

/* Persons whom no scheme serves that day. */
static void mark_unserved(const struct work *w)
{
    const struct rules *rules = w->people->rules;
    const struct population_scores *r = w->ret;

    for (uint32_t i = 0; i < w->count; i++) {
        if (r->scheme[i] >= 0) continue;
        r->status[i] = STATUS_ERROR;
        r->error[i] = ERR_NOT_FOUND;
        r->total_lo[i] = r->total_hi[i] = 0;
        absent_in(r->indicators_lo, rules->indicator_count, i);
        absent_in(r->indicators_hi, rules->indicator_count, i);
        absent_in(r->groups_lo, rules->group_count, i);
        absent_in(r->groups_hi, rules->group_count, i);
    }
}

static enum err work_new(struct arena *a, struct work *w)
{
    const uint32_t schemes = w->people->rules->scheme_count;

    w->schemes = ARENA_ARRAY(a, struct served, schemes);
    w->order = ARENA_ARRAY(a, uint32_t, w->count);
    w->tasks = ARENA_ARRAY(a, struct task, w->count / TASK_PERSONS + schemes + 1);
    return w->schemes && w->order && w->tasks ? ERR_OK : ERR_NOMEM;
}

enum err score_population_part(struct arena *a, const struct population *p, uint32_t first,
                               uint32_t count, int32_t day, int32_t rule_day, uint32_t threads,
                               const struct vm_options *o,
                               void (*progress)(void *ctx, uint32_t done), void *ctx,
                               struct population_scores *ret)
{
    struct population_scores scores = {0};
    struct work w = {.people = p,
                     .day = day,
                     .rule_day = rule_day,
                     .first = first,
                     .count = count,
                     .options = o,
                     .ret = &scores,
                     .progress = progress,
                     .ctx = ctx,
                     .lock = PTHREAD_MUTEX_INITIALIZER};

    INVARIANT(first <= p->count && count <= p->count - first);
    enum err e = results_new(a, p->rules, count, o != NULL && o->lower_only, &scores);
    if (e == ERR_OK && o != NULL && o->marks) e = marks_new(a, p->rules, count, &scores);
    if (e == ERR_OK) e = work_new(a, &w);
    if (e == ERR_OK) e = find_homes(&w, threads);
    if (e == ERR_OK) e = group_by_scheme(a, &w);
    if (e == ERR_OK) e = score_schemes(&w, threads);
    pthread_mutex_destroy(&w.lock);
    if (e != ERR_OK) return e;
    mark_unserved(&w);
    *ret = scores;
    return ERR_OK;
}

enum err score_population(struct arena *a, const struct population *p, int32_t day,
                          int32_t rule_day, uint32_t threads, const struct vm_options *o,
                          void (*progress)(void *ctx, uint32_t done), void *ctx,
                          struct population_scores *ret)
{
    return score_population_part(a, p, 0, p->count, day, rule_day, threads, o, progress, ctx, ret);
}
