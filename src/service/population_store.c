/* The store's facts -> a population, for everybody or for some persons.
 *
 * Structure: `gather` knows the persons wanted and walks over their facts twice: once to see who is
 * a person and which keys there are, once to add the rows. Everybody's facts come from one scan per
 * register, those of a few from one read per person; both give the same.
 *
 * Invariants: keys are numbered in the order of their bytes before a row is added, as rows of a
 * person are ordered by them; no person has more rows than its register permits. */
#include "service/population_store.h"

#include <stdlib.h>

#include "base/date.h"
#include "service/facts.h"
#include "service/population_build_internal.h"
#include "service/text_map.h"

#define NOBODY UINT32_MAX

struct gather {
    struct arena *a;
    const struct rules *r;
    struct store *s;
    const struct store_build_options *o;
    bool everybody;
    /* persons wanted, in the order of their codes */
    struct str *codes;
    int64_t *persons;
    uint32_t count;
    uint32_t *by_person; /* everybody: places in the order of persons */
    uint32_t near;       /* everybody: place in by_person of the last fact's person */
    /* found */
    uint8_t *in_person, *elsewhere, *bad; /* per place */
    uint32_t *place;                      /* per place: number in the population, NOBODY */
    struct text_map keys;
    uint32_t *key_number; /* in the order of bytes */
    const struct str *sorted;
    bool *answered; /* per register */
    /* adding */
    struct population_builder *b;
    int64_t *values;
    bool *known;
    uint32_t last, last_rows; /* place and rows of the person at hand, of the register at hand */
    uint64_t refused, facts, facts_total;
    struct population people;
    struct str *ids, *strangers, *gone;
    uint8_t *people_bad;
    uint32_t stranger_count, gone_count;
};

typedef enum err (*gather_step)(struct gather *g, uint32_t reg, uint32_t at,
                                const struct store_fact *f);

/* --- walking ---------------------------------------------------------------------------------- */

struct scan {
    struct gather *g;
    uint32_t reg;
    gather_step step;
};

/* Facts come in the order of persons. */
static uint32_t place_of(struct gather *g, int64_t person)
{
    while (g->near < g->count && g->persons[g->by_person[g->near]] < person)
        g->near++;
    if (g->near == g->count || g->persons[g->by_person[g->near]] != person) return NOBODY;
    return g->by_person[g->near];
}

static enum err scan_fact(void *ctx, const struct store_fact *f)
{
    struct scan *x = ctx;
    struct gather *g = x->g;
    uint32_t at = place_of(g, f->person);
    if (++g->facts % 65536 == 0 && g->o->progress != NULL)
        g->o->progress(g->o->progress_ctx, g->facts, g->facts, g->facts_total);
    return at == NOBODY ? ERR_OK : x->step(g, x->reg, at, f);
}

static enum err walk_all(struct gather *g, gather_step step)
{
    enum err e = ERR_OK;
    for (uint32_t reg = 0; e == ERR_OK && reg < g->r->reg_count; reg++) {
        struct scan x = {g, reg, step};
        g->near = 0;
        g->last = NOBODY;
        e = store_facts_scan(g->s, reg, g->o->known_at, scan_fact, &x);
    }
    return e;
}

static enum err walk_one(struct gather *g, uint32_t at, gather_step step)
{
    struct arena a;
    arena_init(&a, 0);
    struct store_facts *all = ARENA_ARRAY(&a, struct store_facts, g->r->reg_count);
    enum err e =
        all == NULL ? ERR_NOMEM : store_facts_of(g->s, &a, g->persons[at], g->o->known_at, all);
    for (uint32_t reg = 0; e == ERR_OK && reg < g->r->reg_count; reg++) {
        g->last = NOBODY;
        for (uint32_t i = 0; e == ERR_OK && i < all[reg].count; i++)
            e = step(g, reg, at, &all[reg].items[i]);
    }
    arena_done(&a);
    return e;
}

static enum err walk(struct gather *g, gather_step step)
{
    if (g->everybody) return walk_all(g, step);
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < g->count; i++)
        e = walk_one(g, i, step);
    return e;
}

/* --- first: who there is, and which keys ------------------------------------------------------ */

static enum err note_fact(struct gather *g, uint32_t reg, uint32_t at, const struct store_fact *f)
{
    const struct rule_register *rr = &g->r->regs[reg];
    (reg == 0 ? g->in_person : g->elsewhere)[at] = 1;
    for (uint32_t i = 0; i < rr->field_count; i++) {
        if (rr->fields[i].type.vt != VT_KEY || !f->cells[i].known) continue;
        uint32_t number;
        if (text_map_find(&g->keys, f->cells[i].t) != TEXT_NONE) continue;
        struct str copy = str_copy(g->a, f->cells[i].t);
        if (copy.p == NULL) return ERR_NOMEM;
        enum err e = text_map_add(&g->keys, copy, &number);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static int place_cmp(const void *x, const void *y, void *ctx)
{
    const int64_t *persons = ctx;
    const uint32_t *a = x, *b = y;
    return (persons[*a] > persons[*b]) - (persons[*a] < persons[*b]);
}

static int key_cmp(const void *x, const void *y, void *ctx)
{
    const struct str *texts = ctx;
    const uint32_t *a = x, *b = y;
    return str_cmp(texts[*a], texts[*b]);
}

static enum err number_keys(struct gather *g)
{
    uint32_t n = g->keys.count;
    uint32_t *order = ARENA_ARRAY(g->a, uint32_t, n);
    struct str *sorted = ARENA_ARRAY(g->a, struct str, n);
    g->key_number = ARENA_ARRAY(g->a, uint32_t, n);
    if (order == NULL || sorted == NULL || g->key_number == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n > 1) qsort_r(order, n, sizeof *order, key_cmp, g->keys.texts);
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = g->keys.texts[order[i]];
        g->key_number[order[i]] = i;
    }
    g->sorted = sorted;
    return ERR_OK;
}

static enum err number_persons(struct gather *g, uint32_t *ret_count)
{
    uint32_t n = 0;
    g->place = ARENA_ARRAY(g->a, uint32_t, g->count);
    g->ids = ARENA_ARRAY(g->a, struct str, g->count);
    g->strangers = ARENA_ARRAY(g->a, struct str, g->count);
    g->gone = ARENA_ARRAY(g->a, struct str, g->count);
    g->people_bad = ARENA_ARRAY(g->a, uint8_t, g->count);
    if (g->place == NULL || g->ids == NULL || g->strangers == NULL || g->gone == NULL ||
        g->people_bad == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < g->count; i++) {
        g->place[i] = g->in_person[i] ? n : NOBODY;
        if (g->in_person[i])
            g->ids[n++] = g->codes[i];
        else
            g->gone[g->gone_count++] = g->codes[i];
        if (!g->in_person[i] && g->elsewhere[i]) g->strangers[g->stranger_count++] = g->codes[i];
    }
    *ret_count = n;
    return ERR_OK;
}

/* --- second: rows ----------------------------------------------------------------------------- */

static void refuse(struct gather *g, uint32_t at)
{
    g->bad[at] = 1;
    g->refused++;
}

/* The cells of a fact as values; false: one of them cannot be under these rules. */
static bool read_cells(struct gather *g, const struct rule_register *rr, const struct store_fact *f)
{
    for (uint32_t i = 0; i < rr->field_count; i++) {
        const struct rule_field *field = &rr->fields[i];
        struct str key;
        g->values[i] = 0;
        g->known[i] = f->cells[i].known;
        if (!g->known[i]) continue;
        if (fact_value(g->r, field, &f->cells[i], &g->values[i], &key) != ERR_OK) return false;
        if (field->type.vt == VT_KEY) g->values[i] = g->key_number[text_map_find(&g->keys, key)];
    }
    return true;
}

static enum err add_fact(struct gather *g, uint32_t reg, uint32_t at, const struct store_fact *f)
{
    const struct rule_register *rr = &g->r->regs[reg];
    uint32_t most = rr->one_per_person ? 1 : rr->max_records;
    if (g->place[at] == NOBODY) return ERR_OK;
    if (g->last != at) g->last_rows = 0;
    g->last = at;
    if (g->last_rows == most || !read_cells(g, rr, f)) {
        refuse(g, at);
        if (reg != 0 || g->last_rows == most) return ERR_OK;
        for (uint32_t i = 0; i < rr->field_count;
             i++) /* still a person, of whom nothing is known */
            g->known[i] = false;
    }
    g->last_rows++;
    return population_builder_add(g->b, (int32_t)reg, g->place[at], g->values, g->known, 0);
}

static enum err builder_new(struct gather *g, uint32_t persons)
{
    uint32_t fields = 1;
    for (uint32_t i = 0; i < g->r->reg_count; i++)
        if (g->r->regs[i].field_count > fields) fields = g->r->regs[i].field_count;
    g->values = ARENA_ARRAY(g->a, int64_t, fields);
    g->known = ARENA_ARRAY(g->a, bool, fields);
    if (g->values == NULL || g->known == NULL) return ERR_NOMEM;
    enum err e = population_builder_new(g->a, g->r, persons, &g->b);
    for (uint32_t i = 1; e == ERR_OK && i < g->r->reg_count; i++)
        if (!g->answered[i]) population_builder_unanswered(g->b, (int32_t)i);
    return e;
}

/* Which registers have answered: told along with the facts of anybody, even of nobody. */
static enum err find_answers(struct gather *g)
{
    struct store_facts *all = ARENA_ARRAY(g->a, struct store_facts, g->r->reg_count);
    g->answered = ARENA_ARRAY(g->a, bool, g->r->reg_count);
    if (all == NULL || g->answered == NULL) return ERR_NOMEM;
    enum err e = store_facts_of(g->s, g->a, 0, g->o->known_at, all);
    for (uint32_t i = 0; e == ERR_OK && i < g->r->reg_count; i++)
        g->answered[i] = i == 0 || all[i].answered;
    return e;
}

static enum err gather_people(struct gather *g)
{
    uint32_t persons = 0;
    g->in_person = ARENA_ARRAY(g->a, uint8_t, g->count);
    g->elsewhere = ARENA_ARRAY(g->a, uint8_t, g->count);
    g->bad = ARENA_ARRAY(g->a, uint8_t, g->count);
    if (g->in_person == NULL || g->elsewhere == NULL || g->bad == NULL) return ERR_NOMEM;
    text_map_init(&g->keys, g->a);
    enum err e = walk(g, note_fact);
    if (e == ERR_OK) e = number_keys(g);
    if (e == ERR_OK) e = number_persons(g, &persons);
    if (e == ERR_OK) e = builder_new(g, persons);
    if (e == ERR_OK) e = walk(g, add_fact);
    if (e == ERR_OK) e = population_builder_finish(g->b, &g->people);
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < g->count; i++)
        if (g->place[i] != NOBODY) g->people_bad[g->place[i]] = g->bad[i];
    g->people.ids = g->ids;
    g->people.bad = g->people_bad;
    g->people.keys = g->sorted;
    g->people.key_count = g->keys.count;
    return ERR_OK;
}

/* --- everybody -------------------------------------------------------------------------------- */

static enum err want_everybody(struct gather *g)
{
    g->everybody = true;
    enum err e = store_person_codes(g->s, g->a, &g->codes, &g->persons, &g->count);
    if (e != ERR_OK) return e;
    g->by_person = ARENA_ARRAY(g->a, uint32_t, g->count);
    if (g->by_person == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < g->count; i++)
        g->by_person[i] = i;
    if (g->count > 1) qsort_r(g->by_person, g->count, sizeof *g->by_person, place_cmp, g->persons);
    for (uint32_t reg = 0; e == ERR_OK && reg < g->r->reg_count; reg++) {
        uint64_t n;
        e = store_facts_count(g->s, reg, g->o->known_at, &n);
        if (e == ERR_OK) g->facts_total += 2 * n;
    }
    return e;
}

static enum err source_of_store(struct store *s, const struct store_build_options *o,
                                struct image_source *ret)
{
    struct image_source source = {
        .origin = IMAGE_FROM_STORE, .on = o->today, .known_at = o->known_at};
    enum err e = o->known_at == STORE_KNOWN_NOW ? store_seq(s, &source.seq) : ERR_OK;
    if (e == ERR_OK) *ret = source;
    return e;
}

static enum err build_into(struct image_writer *w, const struct rules *r, struct store *s,
                           const struct store_build_options *o, struct image_source *source,
                           struct build_result *ret)
{
    struct arena a;
    struct gather g = {.a = &a, .r = r, .s = s, .o = o};
    arena_init(&a, 0);
    enum err e = source_of_store(s, o, source); /* before the first fact is read */
    if (e == ERR_OK) e = find_answers(&g);
    if (e == ERR_OK) e = want_everybody(&g);
    if (e == ERR_OK) e = gather_people(&g);
    if (e == ERR_OK)
        e = build_segments(w, &g.people, g.strangers, g.stranger_count, o->segment_persons);
    source->refused_rows = g.refused;
    ret->rows = g.facts / 2;
    arena_done(&a);
    return e;
}

enum err population_build_store(const char *path, const struct rules *r, struct store *s,
                                const struct store_build_options *o, struct build_result *ret)
{
    struct image_writer *w = NULL;
    struct image_source source = {0};
    *ret = (struct build_result){.reg = -1};
    enum err e = image_writer_open(path, r, &w);
    if (e == ERR_OK) e = build_into(w, r, s, o, &source, ret);
    if (e == ERR_OK) return image_writer_commit(w, &source);
    image_writer_abandon(w);
    return e;
}

/* --- who has changed -------------------------------------------------------------------------- */

struct changed {
    struct arena *a;
    int64_t *persons;
    uint32_t count, cap;
    bool everybody, failed;
};

static void note_changed(void *ctx, int64_t person)
{
    struct changed *c = ctx;
    if (person == STORE_EVERYBODY) c->everybody = true;
    if (c->everybody || c->failed) return;
    if (c->count == c->cap) {
        uint32_t cap = c->cap == 0 ? 256 : c->cap * 2;
        int64_t *grown = arena_grow(c->a, c->persons, c->count, cap, sizeof *grown);
        c->failed = grown == NULL;
        if (c->failed) return;
        c->persons = grown;
        c->cap = cap;
    }
    c->persons[c->count++] = person;
}

struct coded {
    struct str code;
    int64_t person;
};

static int coded_cmp(const void *x, const void *y)
{
    const struct coded *a = x, *b = y;
    return str_cmp(a->code, b->code);
}

/* The changed persons, each once, in the order of codes. */
static enum err want_changed(struct gather *g, const struct changed *c)
{
    struct coded *all = ARENA_ARRAY(g->a, struct coded, c->count);
    uint32_t n = 0;
    g->codes = ARENA_ARRAY(g->a, struct str, c->count);
    g->persons = ARENA_ARRAY(g->a, int64_t, c->count);
    if (all == NULL || g->codes == NULL || g->persons == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        enum err e = store_person_code(g->s, g->a, c->persons[i], &all[n].code);
        if (e == ERR_NOT_FOUND) continue;
        if (e != ERR_OK) return e;
        all[n++].person = c->persons[i];
    }
    if (n > 1) qsort(all, n, sizeof *all, coded_cmp);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && all[i].person == all[i - 1].person) continue;
        g->codes[g->count] = all[i].code;
        g->persons[g->count++] = all[i].person;
    }
    return ERR_OK;
}

/* Has a register begun to answer since, or the reverse? */
static enum err answers_differ(const struct gather *g, const struct population_image *base,
                               bool *ret)
{
    struct image_segment s = {0};
    *ret = image_counts(base)->segments == 0;
    if (*ret) return ERR_OK;
    enum err e = image_segment_open(base, 0, 0, &s);
    for (uint32_t i = 0; e == ERR_OK && i < g->r->reg_count; i++)
        *ret = *ret || s.people.regs[i].answered != g->answered[i];
    image_segment_close(&s);
    return e;
}

static enum err apply_changed(struct image_writer *w, const struct population_image *base,
                              struct gather *g, const struct changed *c, struct build_result *ret)
{
    enum err e = want_changed(g, c);
    if (e == ERR_OK) e = gather_people(g);
    if (e != ERR_OK) return e;
    const struct image_batch batch = {.people = &g->people,
                                      .gone = g->gone,
                                      .gone_count = g->gone_count,
                                      .strangers = g->strangers,
                                      .stranger_count = g->stranger_count,
                                      .progress = g->o->progress,
                                      .progress_ctx = g->o->progress_ctx};
    return population_merge(w, base, &batch, g->o->segment_persons, ret);
}

enum update_way { UPDATE_NOTHING, UPDATE_SOME, UPDATE_ANEW };

static enum err update_into(struct image_writer *w, const struct population_image *base,
                            const struct rules *r, struct store *s,
                            const struct store_build_options *o, struct image_source *source,
                            struct build_result *ret, enum update_way *ret_way)
{
    struct arena a;
    struct gather g = {.a = &a, .r = r, .s = s, .o = o};
    struct changed c = {.a = &a};
    bool differ = false;
    int64_t until = 0;
    arena_init(&a, 0);
    enum err e = store_seq(s, &until);
    if (e == ERR_OK) e = store_changed(s, source->seq, until, note_changed, &c);
    if (e == ERR_OK && c.failed) e = ERR_NOMEM;
    if (e == ERR_OK) e = find_answers(&g);
    if (e == ERR_OK) e = answers_differ(&g, base, &differ);
    if (e == ERR_OK) {
        *ret_way = c.everybody || differ ? UPDATE_ANEW : c.count > 0 ? UPDATE_SOME : UPDATE_NOTHING;
        if (*ret_way == UPDATE_SOME) e = apply_changed(w, base, &g, &c, ret);
    }
    source->seq = until;
    source->updates++;
    source->refused_rows += g.refused;
    arena_done(&a);
    return e;
}

enum err population_update_store(const char *path, const struct rules *r, struct store *s,
                                 const struct store_build_options *o, struct buf *differs,
                                 struct build_result *ret, bool *ret_anew)
{
    struct image_writer *w = NULL;
    struct population_image *base = NULL;
    struct image_source source = {0};
    enum update_way way = UPDATE_NOTHING;
    *ret = (struct build_result){.reg = -1};
    enum err e = image_writer_open(path, r, &w);
    if (e == ERR_OK) e = image_open(path, r, differs, &base);
    if (e == ERR_OK) source = *image_source(base);
    if (e == ERR_OK && (source.origin != IMAGE_FROM_STORE || source.known_at != STORE_KNOWN_NOW))
        e = ERR_USAGE;
    if (e == ERR_OK) e = update_into(w, base, r, s, o, &source, ret, &way);
    if (e == ERR_OK && way == UPDATE_ANEW) e = build_into(w, r, s, o, &source, ret);
    image_close(base);
    *ret_anew = way == UPDATE_ANEW;
    if (e == ERR_OK && way != UPDATE_NOTHING) return image_writer_commit(w, &source);
    image_writer_abandon(w);
    return e;
}
