/* A batch of changed persons into an image.
 *
 * Structure: the old segments and the batch are walked together in the order of ids; a segment that
 * the batch does not touch is copied byte for byte, the others are written anew from runs that lie
 * in the old image and in the batch by turns:
 *
 *   old segment   A B C D E F            batch   C' E'  (gone: B)
 *   new segment   A | C' | D | E' | F    five runs
 *
 * Chosen for being exact and simple: the result is a plain image, whoever reads it knows nothing of
 * updates, and the file is replaced whole. It costs one copy of the file, not a reading of
 * registers.
 *
 * Invariants: the writer's lock is held before the old image is opened, so no update is lost; new
 * segments hold at most a quarter more persons than wanted. */
#include <stdlib.h>
#include <string.h>

#include "service/population_build_internal.h"

struct merging {
    struct image_writer *w;
    const struct population_image *base;
    const struct image_batch *batch;
    uint32_t most; /* persons of a segment */
    struct build_result *ret;
    uint32_t person, gone, stranger; /* of the batch: how far it has been walked */
    /* of the segment at hand */
    struct arena a;
    struct image_run *runs;
    size_t run_count, run_cap;
    const struct str **strangers;
    uint32_t stranger_count;
};

/* --- runs ------------------------------------------------------------------------------------- */

static enum err run_add(struct merging *m, const struct population *p, uint32_t person)
{
    struct image_run *last = m->run_count > 0 ? &m->runs[m->run_count - 1] : NULL;
    if (last != NULL && last->people == p && last->first + last->count == person) {
        last->count++;
        return ERR_OK;
    }
    if (m->run_count == m->run_cap) {
        size_t cap = m->run_cap == 0 ? 64 : m->run_cap * 2;
        struct image_run *grown = arena_grow(&m->a, m->runs, m->run_count, cap, sizeof *grown);
        if (grown == NULL) return ERR_NOMEM;
        m->runs = grown;
        m->run_cap = cap;
    }
    m->runs[m->run_count++] = (struct image_run){p, person, 1};
    return ERR_OK;
}

static bool is_gone(struct merging *m, struct str id)
{
    const struct image_batch *b = m->batch;
    while (m->gone < b->gone_count && str_cmp(b->gone[m->gone], id) < 0)
        m->gone++;
    return m->gone < b->gone_count && str_eq(b->gone[m->gone], id);
}

/* Persons of the batch before `id` (NULL: all up to `end`) are new. */
static enum err take_new(struct merging *m, const struct str *id, uint32_t end)
{
    const struct population *p = m->batch->people;
    enum err e = ERR_OK;
    for (; e == ERR_OK && m->person < end; m->person++) {
        if (id != NULL && str_cmp(p->ids[m->person], *id) >= 0) return ERR_OK;
        e = run_add(m, p, m->person);
        m->ret->added++;
    }
    return e;
}

static enum err take_old(struct merging *m, const struct population *old, uint32_t end)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < old->count; i++) {
        struct str id = old->ids[i];
        e = take_new(m, &id, end);
        if (e != ERR_OK) return e;
        if (m->person < end && str_eq(m->batch->people->ids[m->person], id)) {
            e = run_add(m, m->batch->people, m->person++);
            m->ret->replaced++;
        } else if (is_gone(m, id)) {
            m->ret->gone++;
        } else {
            e = run_add(m, old, i);
        }
    }
    return e == ERR_OK ? take_new(m, NULL, end) : e;
}

/* --- strangers -------------------------------------------------------------------------------- */

static int str_find_cmp(const void *x, const void *y)
{
    const struct str *a = x, *b = y;
    return str_cmp(*a, *b);
}

static bool is_among(const struct str *items, uint32_t count, const struct str *id)
{
    return count > 0 && bsearch(id, items, count, sizeof *items, str_find_cmp) != NULL;
}

/* Those of the old segment that still are, and those of the batch up to `end`, in order. */
static enum err merge_strangers(struct merging *m, const struct image_segment *s, uint32_t end)
{
    const struct image_batch *b = m->batch;
    uint32_t old = 0, n = s->stranger_count + (end - m->stranger);
    m->strangers = ARENA_ARRAY(&m->a, const struct str *, n);
    if (m->strangers == NULL) return ERR_NOMEM;
    m->stranger_count = 0;
    while (old < s->stranger_count || m->stranger < end) {
        bool from_batch =
            old == s->stranger_count ||
            (m->stranger < end && str_cmp(b->strangers[m->stranger], s->strangers[old]) <= 0);
        if (from_batch) {
            m->strangers[m->stranger_count++] = &b->strangers[m->stranger++];
            continue;
        }
        const struct str *id = &s->strangers[old++];
        bool told = m->stranger_count > 0 && str_eq(*m->strangers[m->stranger_count - 1], *id);
        if (!told && !is_among(b->people->ids, b->people->count, id) &&
            !is_among(b->gone, b->gone_count, id))
            m->strangers[m->stranger_count++] = id;
    }
    return ERR_OK;
}

/* --- segments --------------------------------------------------------------------------------- */

static uint32_t runs_persons(const struct merging *m)
{
    uint32_t n = 0;
    for (size_t i = 0; i < m->run_count; i++)
        n += m->runs[i].count;
    return n;
}

/* The next `count` persons of the runs from run *at, person *from on, as runs of their own. */
static size_t cut_runs(const struct merging *m, size_t *at, uint32_t *from, uint32_t count,
                       struct image_run *out)
{
    size_t n = 0;
    while (count > 0 && *at < m->run_count) {
        const struct image_run *x = &m->runs[*at];
        uint32_t left = x->count - *from, now = left < count ? left : count;
        out[n++] = (struct image_run){x->people, x->first + *from, now};
        count -= now;
        *from += now;
        if (*from == x->count) {
            *from = 0;
            ++*at;
        }
    }
    return n;
}

static enum err write_runs(struct merging *m)
{
    uint32_t persons = runs_persons(m), done = 0;
    uint32_t pieces = persons > m->most + m->most / 4 ? (persons - 1) / m->most + 1 : 1;
    struct image_run *runs = ARENA_ARRAY(&m->a, struct image_run, m->run_count + 1);
    struct str *strangers = ARENA_ARRAY(&m->a, struct str, m->stranger_count);
    size_t at = 0;
    uint32_t from = 0, told = 0;
    enum err e = runs == NULL || strangers == NULL ? ERR_NOMEM : ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < pieces; i++) {
        uint32_t until = (uint32_t)((uint64_t)persons * (i + 1) / pieces), n = 0;
        size_t count = cut_runs(m, &at, &from, until - done, runs);
        const struct str *next =
            at < m->run_count ? &m->runs[at].people->ids[m->runs[at].first + from] : NULL;
        done = until;
        for (; told < m->stranger_count; told++) {
            if (next != NULL && str_cmp(*m->strangers[told], *next) > 0) break;
            strangers[n++] = *m->strangers[told];
        }
        e = image_writer_segment(m->w, runs, count, strangers, n);
    }
    return e;
}

/* How many of an ordered list come before `id`; all when it is NULL. */
static uint32_t count_before(const struct str *items, uint32_t from, uint32_t count,
                             const struct str *id)
{
    if (id == NULL) return count;
    while (from < count && str_cmp(items[from], *id) < 0)
        from++;
    return from;
}

static enum err write_anew(struct merging *m, uint32_t k, uint32_t person_end,
                           uint32_t stranger_end)
{
    struct image_segment s = {0};
    enum err e = image_segment_open(m->base, k, IMAGE_WITH_IDS | IMAGE_WITH_KEYS, &s);
    if (e != ERR_OK) return e;
    arena_init(&m->a, 0);
    m->runs = NULL;
    m->run_count = m->run_cap = 0;
    e = take_old(m, &s.people, person_end);
    if (e == ERR_OK) e = merge_strangers(m, &s, stranger_end);
    if (e == ERR_OK) e = write_runs(m);
    arena_done(&m->a);
    image_segment_close(&s);
    return e;
}

/* Segment k and what of the batch belongs before the next one. */
static enum err merge_segment(struct merging *m, uint32_t k)
{
    const struct image_batch *b = m->batch;
    struct str next;
    bool last = k + 1 == image_counts(m->base)->segments;
    if (!last) next = image_segment_id(m->base, k + 1);
    const struct str *limit = last ? NULL : &next;
    uint32_t persons = count_before(b->people->ids, m->person, b->people->count, limit);
    uint32_t gone = count_before(b->gone, m->gone, b->gone_count, limit);
    uint32_t strangers = count_before(b->strangers, m->stranger, b->stranger_count, limit);
    bool touched = persons > m->person || gone > m->gone || strangers > m->stranger;
    if (!touched) return image_writer_copy(m->w, m->base, k);
    enum err e = write_anew(m, k, persons, strangers);
    m->gone = gone; /* some of them may never have been there */
    return e;
}

enum err population_merge(struct image_writer *w, const struct population_image *base,
                          const struct image_batch *batch, uint32_t segment_persons,
                          struct build_result *ret)
{
    struct merging m = {.w = w,
                        .base = base,
                        .batch = batch,
                        .most = build_segment_persons(segment_persons),
                        .ret = ret};
    uint32_t segments = image_counts(base)->segments;
    enum err e = ERR_OK;
    uint64_t done = 0, total = image_counts(base)->persons;
    for (uint32_t k = 0; e == ERR_OK && k < segments; k++) {
        e = merge_segment(&m, k);
        done += image_segment_persons(base, k);
        if (batch->progress != NULL) batch->progress(batch->progress_ctx, done, done, total);
    }
    if (segments == 0) {
        ret->added = batch->people->count;
        e = build_segments(w, batch->people, batch->strangers, batch->stranger_count,
                           segment_persons);
    }
    return e;
}

/* --- from files ------------------------------------------------------------------------------- */

/* A batch says everything about its persons: it answers for the registers that have answered. */
static enum err check_answers(const struct population_image *base, const struct population *batch,
                              struct build_result *ret)
{
    struct image_segment s = {0};
    if (image_counts(base)->segments == 0) return ERR_OK;
    enum err e = image_segment_open(base, 0, 0, &s);
    for (uint32_t i = 0; e == ERR_OK && i < batch->rules->reg_count; i++) {
        if (s.people.regs[i].answered == batch->regs[i].answered) continue;
        ret->reg = (int32_t)i;
        e = ERR_CONFLICT;
    }
    image_segment_close(&s);
    return e;
}

static enum err apply_data(struct image_writer *w, const struct population_image *base,
                           const struct data_set *d, const struct build_options *o,
                           struct build_result *ret)
{
    size_t strangers;
    const struct image_batch batch = {.people = data_population(d),
                                      .progress = o->data.progress,
                                      .progress_ctx = o->data.progress_ctx};
    data_strangers(d, &strangers);
    if (strangers > 0) return ERR_ROWS;
    enum err e = check_answers(base, batch.people, ret);
    return e == ERR_OK ? population_merge(w, base, &batch, o->segment_persons, ret) : e;
}

static enum err update_into(struct image_writer *w, const struct population_image *base,
                            const struct rules *r, const struct build_options *o,
                            struct build_result *ret)
{
    struct data_options data = o->data;
    struct data_set *d = NULL;
    data.on = image_source(base)->on;
    data.keep_lines = false;
    enum err e = data_read(r, &data, &d);
    const bool was_read = e == ERR_OK;
    if (was_read) e = apply_data(w, base, d, o, ret);
    if (!was_read) return build_result_take(ret, d, e);
    enum err kept = build_result_take(ret, d, ERR_OK); /* its refused rows, whatever came of it */
    return e == ERR_OK ? kept : e;
}

enum err population_update_files(const char *path, const struct rules *r,
                                 const struct build_options *o, struct buf *differs,
                                 struct build_result *ret)
{
    struct image_writer *w = NULL;
    struct population_image *base = NULL;
    struct image_source source;
    *ret = (struct build_result){.reg = -1};
    enum err e = image_writer_open(path, r, &w);
    if (e == ERR_OK) e = image_open(path, r, differs, &base);
    if (e == ERR_OK) e = update_into(w, base, r, o, ret);
    if (e == ERR_OK) source = *image_source(base);
    if (e == ERR_OK) e = build_files_digest(r, o->data.dir, &source.digest, &source.digest);
    image_close(base);
    if (e == ERR_OK) {
        source.refused_rows += ret->error_count;
        source.updates++;
        source.seq = 0;
        return image_writer_commit(w, &source);
    }
    image_writer_abandon(w);
    return e;
}
