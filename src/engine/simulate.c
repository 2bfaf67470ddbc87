/* Two scorings of everybody, and what differs.
 *
 *   part of a segment ── score_population_part, twice ── slices (parallel) ── tallies per thread
 *                                                                             └ added up at the end
 *
 * A tally is a `simulation` of its own; adding tallies up does not depend on their order, so the
 * result does not depend on threads or parts. Slices are small enough to stay in the cache. */
#include "engine/simulate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/simulate_internal.h"

#define PART_PERSONS ((uint32_t)1 << 17)
#define SLICE_PERSONS 4096u
#define THREADS_MAX 64u

const int simulate_band_from[SIMULATE_AGE_BANDS - 1] = {0, 18, 25, 35, 45, 55, 60, 70};

/* --- a source of one segment --- */

static enum err next_one(void *ctx, const struct population **ret)
{
    struct simulate_one *one = ctx;
    *ret = one->done ? NULL : one->people;
    one->done = true;
    return ERR_OK;
}

struct simulate_source simulate_source_one(struct simulate_one *one)
{
    return (struct simulate_source){next_one, one};
}

/* --- threads --- */

struct worker {
    struct sim_run *run;
    struct simulation *tally;
};

static void *worker_main(void *arg)
{
    const struct worker *w = arg;
    for (;;) {
        const uint32_t at = atomic_fetch_add(&w->run->next_slice, 1);
        if ((uint64_t)at * SLICE_PERSONS >= w->run->count) return NULL;
        const uint32_t first = at * SLICE_PERSONS, left = w->run->count - first;
        sim_slice(w->run, w->tally, first, left < SLICE_PERSONS ? left : SLICE_PERSONS);
    }
}

/* All slices of the part; where threads cannot be had, in this one. */
static void run_slices(struct sim_run *x)
{
    pthread_t id[THREADS_MAX];
    struct worker w[THREADS_MAX];
    uint32_t started = 0;

    atomic_store(&x->next_slice, 0);
    for (uint32_t i = 0; i < x->threads; i++)
        w[i] = (struct worker){x, &x->tallies[i]};
    while (started + 1 < x->threads &&
           pthread_create(&id[started], NULL, worker_main, &w[started + 1]) == 0)
        started++;
    worker_main(&w[0]);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(id[i], NULL);
}

/* --- parts and segments --- */

static enum err score_side(struct sim_run *x, struct arena *a, int side, uint32_t first,
                           uint32_t count)
{
    static const struct vm_options OPTIONS = {.marks = true, .lower_only = true};
    return score_population_part(a, x->people[side], first, count, x->o->day, x->o->rule_day,
                                 x->threads, &OPTIONS, NULL, NULL, &x->scores[side]);
}

static enum err run_part(struct sim_run *x, uint32_t first, uint32_t count)
{
    struct arena a;
    enum err e = ERR_OK;

    arena_init(&a, 0);
    a.fail_at = x->arena->fail_at;
    for (int i = 0; i < SIMULATE_SIDES && e == ERR_OK; i++)
        e = score_side(x, &a, i, first, count);
    if (e == ERR_OK) {
        x->first = first;
        x->count = count;
        run_slices(x);
    }
    arena_done(&a);
    return e;
}

/* The ids of the largest changes, copied while the segment is there. */
static enum err keep_ids(struct sim_run *x)
{
    if (!x->o->keep_ids) return ERR_OK;
    for (uint32_t t = 0; t < x->threads; t++)
        for (uint32_t i = 0; i < x->tallies[t].largest_count; i++) {
            struct simulate_change *c = &x->tallies[t].largest[i];
            if (c->at < x->offset || c->id.n > 0) continue;
            if (x->people[0]->ids != NULL) {
                c->id = str_copy(x->arena, x->people[0]->ids[c->at - x->offset]);
            } else {
                char number[24];
                snprintf(number, sizeof number, "%llu", (unsigned long long)c->at + 1);
                c->id = str_copy(x->arena, str_from_c(number));
            }
            if (c->id.p == NULL) return ERR_NOMEM;
        }
    return ERR_OK;
}

static enum err keep_notes(struct sim_run *x, const struct population_view *v)
{
    x->result->refused += v->refused;
    if (x->result->notes != NULL || v->note_count == 0) return ERR_OK;
    x->result->notes = ARENA_ARRAY(x->arena, struct view_note, v->note_count);
    if (x->result->notes == NULL) return ERR_NOMEM;
    memcpy(x->result->notes, v->notes, v->note_count * sizeof *v->notes);
    x->result->note_count = v->note_count;
    return ERR_OK;
}

static enum err run_parts(struct sim_run *x)
{
    const uint32_t most = x->o->part ? x->o->part : PART_PERSONS, all = x->people[0]->count;
    enum err e = ERR_OK;

    for (uint32_t first = 0; first < all && e == ERR_OK;) {
        const uint32_t count = all - first < most ? all - first : most;
        e = run_part(x, first, count);
        first += count;
        if (e == ERR_OK && x->o->go_on && !x->o->go_on(x->o->ctx, x->offset + first))
            e = ERR_CONFLICT;
    }
    return e;
}

static enum err run_segment(struct sim_run *x, const struct population *p)
{
    struct population_view view;
    struct arena a;

    INVARIANT(p->rules == x->result->side[SIMULATE_BEFORE].rules);
    arena_init(&a, 0);
    a.fail_at = x->arena->fail_at;
    enum err e = population_view_new(&a, p, x->result->side[SIMULATE_AFTER].rules, &view);
    if (e == ERR_OK) e = keep_notes(x, &view);
    if (e == ERR_OK) {
        x->people[SIMULATE_BEFORE] = p;
        x->people[SIMULATE_AFTER] = &view.people;
        sim_watch(x);
    }
    if (e == ERR_OK) e = run_parts(x);
    if (e == ERR_OK) e = keep_ids(x);
    x->offset += p->count;
    arena_done(&a);
    return e;
}

static enum err run_segments(struct sim_run *x, const struct simulate_source *source)
{
    for (;;) {
        const struct population *p;
        enum err e = source->next(source->ctx, &p);
        if (e != ERR_OK || p == NULL) return e;
        e = run_segment(x, p);
        if (e != ERR_OK) return e;
    }
}

static enum err check_in_force(const struct rules *r, int32_t rule_day)
{
    return rules_scheme_for(r, r->schemes[0].division, rule_day) < 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err simulate_run(struct arena *a, const struct rules *before, const struct rules *after,
                      const struct simulate_source *source, const struct simulate_options *o,
                      struct simulation *ret)
{
    struct simulation all = {0};
    struct arena threads; /* of the tallies of the threads */
    struct sim_run x = {.arena = a, .o = o, .result = &all, .threads = o->threads};
    enum err e = check_in_force(before, o->rule_day);

    if (x.threads == 0) x.threads = 1;
    if (x.threads > THREADS_MAX) x.threads = THREADS_MAX;
    arena_init(&threads, 0);
    threads.fail_at = a->fail_at;
    if (e == ERR_OK) e = check_in_force(after, o->rule_day);
    if (e == ERR_OK) e = sim_tally_new(a, before, after, o, &all);
    if (e == ERR_OK) e = sim_run_init(&x);
    x.tallies = ARENA_ARRAY(&threads, struct simulation, x.threads);
    if (e == ERR_OK && x.tallies == NULL) e = ERR_NOMEM;
    for (uint32_t i = 0; i < x.threads && e == ERR_OK; i++)
        e = sim_tally_new(&threads, before, after, o, &x.tallies[i]);
    if (e == ERR_OK) e = run_segments(&x, source);
    for (uint32_t i = 0; i < x.threads && e == ERR_OK; i++)
        sim_tally_add(&all, &x.tallies[i]);
    if (e == ERR_OK) e = sim_tally_finish(a, &all);
    arena_done(&threads);
    if (e == ERR_OK) *ret = all;
    return e;
}
