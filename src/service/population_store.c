/* The store's facts -> populations: everybody's, segment by segment, or that of some persons.
 *
 * Structure: a `gather` takes persons in the order of their codes, and of each his facts, and gives
 * a population. Everybody comes out of one scan of all registers side by side, and a gather holds
 * one segment; those of a batch are read one by one into one gather.
 *
 * Invariants: keys are numbered in the order of their bytes before a row that has one is added, as
 * rows of a person are ordered by them; no person has more rows than its register permits; memory
 * is that of a segment, whatever the store holds. */
#include "service/population_store.h"

#include <stdlib.h>

#include "base/date.h"
#include "service/facts.h"
#include "service/population_build_internal.h"
#include "service/text_map.h"

/* A row with keys, which waits until all keys are there. */
struct kept_row {
    uint32_t reg, place;
    int64_t *values; /* of keys: their numbers in the order in which they came */
    bool *known;
};

struct gather {
    struct arena *a;
    const struct rules *r;
    struct population_builder *b;
    struct text_map keys;
    struct kept_row *kept;
    uint32_t kept_count, kept_cap;
    struct str *ids, *strangers;
    uint8_t *bad;         /* per id */
    uint32_t room, count; /* of persons */
    uint32_t stranger_count, stranger_cap;
    uint64_t refused;
    /* the person at hand */
    bool is_person;
    uint32_t reg, rows; /* the register at hand, and the rows he has of it */
    int64_t *values;
    bool *known;
};

static enum err gather_new(struct arena *a, const struct rules *r, const bool *answered,
                           uint32_t room, struct gather *ret)
{
    struct gather g = {.a = a, .r = r, .room = room};
    uint32_t fields = 1;
    for (uint32_t i = 0; i < r->reg_count; i++)
        if (r->regs[i].field_count > fields) fields = r->regs[i].field_count;
    g.values = ARENA_ARRAY(a, int64_t, fields);
    g.known = ARENA_ARRAY(a, bool, fields);
    g.ids = ARENA_ARRAY(a, struct str, room);
    g.bad = ARENA_ARRAY(a, uint8_t, room);
    if (g.values == NULL || g.known == NULL || g.ids == NULL || g.bad == NULL) return ERR_NOMEM;
    text_map_init(&g.keys, a);
    enum err e = population_builder_new(a, r, room, &g.b);
    for (uint32_t i = 1; e == ERR_OK && i < r->reg_count; i++)
        if (!answered[i]) population_builder_unanswered(g.b, (int32_t)i);
    if (e == ERR_OK) *ret = g;
    return e;
}

static void *one_more(struct arena *a, void *items, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap) return items;
    const uint32_t more = *cap == 0 ? 256 : *cap * 2;
    void *grown = arena_grow(a, items, count, more, size);
    if (grown != NULL) *cap = more;
    return grown;
}

/* --- persons and their facts, in order -------------------------------------------------------- */

/* The next in the order of codes; who has no fact in the register of persons is a stranger. */
static enum err gather_person(struct gather *g, struct str code, bool is_person)
{
    struct str copy = str_copy(g->a, code);
    if (copy.p == NULL) return ERR_NOMEM;
    g->is_person = is_person;
    g->reg = g->r->reg_count;
    if (is_person) {
        INVARIANT(g->count < g->room);
        g->ids[g->count++] = copy;
        return ERR_OK;
    }
    g->strangers =
        one_more(g->a, g->strangers, g->stranger_count, &g->stranger_cap, sizeof *g->strangers);
    if (g->strangers == NULL) return ERR_NOMEM;
    g->strangers[g->stranger_count++] = copy;
    return ERR_OK;
}

static enum err key_number(struct gather *g, struct str key, int64_t *ret)
{
    uint32_t number = text_map_find(&g->keys, key);
    if (number == TEXT_NONE) {
        struct str copy = str_copy(g->a, key);
        if (copy.p == NULL) return ERR_NOMEM;
        enum err e = text_map_add(&g->keys, copy, &number);
        if (e != ERR_OK) return e;
    }
    *ret = number;
    return ERR_OK;
}

/* The cells of a fact as values. ERR_RANGE: one of them cannot be under these rules. */
static enum err read_cells(struct gather *g, const struct rule_register *rr,
                           const struct store_fact *f, bool *ret_has_key)
{
    *ret_has_key = false;
    for (uint32_t i = 0; i < rr->field_count; i++) {
        const struct rule_field *field = &rr->fields[i];
        struct str key;
        g->values[i] = 0;
        g->known[i] = f->cells[i].known;
        if (!g->known[i]) continue;
        enum err e = fact_value(g->r, field, &f->cells[i], &g->values[i], &key);
        if (e == ERR_OK && field->type.vt == VT_KEY) {
            *ret_has_key = true;
            e = key_number(g, key, &g->values[i]);
        }
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static enum err keep_row(struct gather *g, uint32_t reg)
{
    const uint32_t fields = g->r->regs[reg].field_count;
    struct kept_row k = {.reg = reg, .place = g->count - 1};
    k.values = ARENA_ARRAY(g->a, int64_t, fields);
    k.known = ARENA_ARRAY(g->a, bool, fields);
    g->kept = one_more(g->a, g->kept, g->kept_count, &g->kept_cap, sizeof *g->kept);
    if (k.values == NULL || k.known == NULL || g->kept == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < fields; i++) {
        k.values[i] = g->values[i];
        k.known[i] = g->known[i];
    }
    g->kept[g->kept_count++] = k;
    return ERR_OK;
}

/* A fact of the person at hand; registers in order. */
static enum err gather_fact(struct gather *g, uint32_t reg, const struct store_fact *f)
{
    const struct rule_register *rr = &g->r->regs[reg];
    const uint32_t most = rr->one_per_person ? 1 : rr->max_records;
    bool has_key = false;
    if (!g->is_person) return ERR_OK;
    if (g->reg != reg) g->rows = 0;
    g->reg = reg;
    enum err e = g->rows == most ? ERR_RANGE : read_cells(g, rr, f, &has_key);
    if (e == ERR_RANGE) {
        g->bad[g->count - 1] = 1;
        g->refused++;
        if (reg != 0 || g->rows == most) return ERR_OK;
        for (uint32_t i = 0; i < rr->field_count; i++)
            g->known[i] = false; /* still a person, of whom nothing is known */
        has_key = false;
    } else if (e != ERR_OK) {
        return e;
    }
    g->rows++;
    if (has_key) return keep_row(g, reg);
    return population_builder_add(g->b, (int32_t)reg, g->count - 1, g->values, g->known, 0);
}

/* --- the population --------------------------------------------------------------------------- */

static int key_cmp(const void *x, const void *y, void *ctx)
{
    const struct str *texts = ctx;
    const uint32_t *a = x, *b = y;
    return str_cmp(texts[*a], texts[*b]);
}

/* The texts in the order of bytes; ret_number[as it came] = its place there. */
static enum err order_keys(const struct gather *g, struct str **ret_sorted, uint32_t **ret_number)
{
    const uint32_t n = g->keys.count;
    uint32_t *order = ARENA_ARRAY(g->a, uint32_t, n), *number = ARENA_ARRAY(g->a, uint32_t, n);
    struct str *sorted = ARENA_ARRAY(g->a, struct str, n);
    if (order == NULL || sorted == NULL || number == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n > 1) qsort_r(order, n, sizeof *order, key_cmp, g->keys.texts);
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = g->keys.texts[order[i]];
        number[order[i]] = i;
    }
    *ret_sorted = sorted;
    *ret_number = number;
    return ERR_OK;
}

static enum err add_kept(struct gather *g, const uint32_t *number)
{
    enum err e = ERR_OK;
    for (uint32_t k = 0; e == ERR_OK && k < g->kept_count; k++) {
        const struct kept_row *row = &g->kept[k];
        const struct rule_register *rr = &g->r->regs[row->reg];
        for (uint32_t i = 0; i < rr->field_count; i++)
            if (rr->fields[i].type.vt == VT_KEY && row->known[i])
                row->values[i] = number[row->values[i]];
        e = population_builder_add(g->b, (int32_t)row->reg, row->place, row->values, row->known, 0);
    }
    return e;
}

static enum err gather_people(struct gather *g, struct population *ret)
{
    struct str *sorted = NULL;
    uint32_t *number = NULL;
    enum err e = order_keys(g, &sorted, &number);
    if (e == ERR_OK) e = add_kept(g, number);
    if (e != ERR_OK) return e;
    population_builder_persons(g->b, g->count);
    e = population_builder_finish(g->b, ret);
    if (e != ERR_OK) return e;
    ret->ids = g->ids;
    ret->bad = g->bad;
    ret->keys = sorted;
    ret->key_count = g->keys.count;
    return ERR_OK;
}

/* Which registers have answered: told along with the facts of anybody, even of nobody. */
static enum err find_answers(struct arena *a, const struct rules *r, struct store *s,
                             int64_t known_at, bool **ret)
{
    struct store_facts *all = ARENA_ARRAY(a, struct store_facts, r->reg_count);
    bool *answered = ARENA_ARRAY(a, bool, r->reg_count);
    if (all == NULL || answered == NULL) return ERR_NOMEM;
    enum err e = store_facts_of(s, a, 0, known_at, all);
    for (uint32_t i = 0; e == ERR_OK && i < r->reg_count; i++)
        answered[i] = i == 0 || all[i].answered;
    *ret = answered;
    return e;
}

/* --- everybody, segment by segment ------------------------------------------------------------ */

struct stream {
    struct image_writer *w;
    const struct rules *r;
    const struct store_build_options *o;
    bool *answered;  /* per register */
    struct arena a;  /* of the segment */
    struct gather g; /* the segment; room 0: not begun */
    struct str code; /* of the person at hand, in `a` */
    uint64_t refused, facts, facts_total;
};

static enum err segment_begin(struct stream *x)
{
    arena_init(&x->a, 0);
    return gather_new(&x->a, x->r, x->answered, build_segment_persons(x->o->segment_persons),
                      &x->g);
}

static void segment_drop(struct stream *x)
{
    x->refused += x->g.refused;
    x->g = (struct gather){0};
    x->code = (struct str){NULL, 0};
    arena_done(&x->a);
}

static enum err segment_write(struct stream *x)
{
    struct population people;
    enum err e = gather_people(&x->g, &people);
    const struct image_run run = {&people, 0, people.count};
    if (e == ERR_OK) e = image_writer_segment(x->w, &run, 1, x->g.strangers, x->g.stranger_count);
    segment_drop(x);
    return e;
}

/* A new person, who begins a new segment where the one before is full; strangers behind its last
 * person still stand in it. */
static enum err stream_person(struct stream *x, struct str code, bool is_person)
{
    enum err e = ERR_OK;
    if (is_person && x->g.room > 0 && x->g.count == x->g.room) e = segment_write(x);
    if (e == ERR_OK && x->g.room == 0) e = segment_begin(x);
    if (e == ERR_OK) e = gather_person(&x->g, code, is_person);
    if (e != ERR_OK) return e;
    x->code = is_person ? x->g.ids[x->g.count - 1] : x->g.strangers[x->g.stranger_count - 1];
    return ERR_OK;
}

static enum err stream_fact(void *ctx, struct str code, uint32_t reg, const struct store_fact *f)
{
    struct stream *x = ctx;
    enum err e = ERR_OK;
    if (++x->facts % 65536 == 0) {
        if (x->o->progress != NULL)
            x->o->progress(x->o->progress_ctx, x->facts, x->facts, x->facts_total);
        if (x->o->go_on != NULL && !x->o->go_on(x->o->progress_ctx)) return ERR_CONFLICT;
    }
    if (x->code.p == NULL || !str_eq(x->code, code)) e = stream_person(x, code, reg == 0);
    return e == ERR_OK ? gather_fact(&x->g, reg, f) : e;
}

static enum err count_facts(struct stream *x, struct store *s)
{
    enum err e = ERR_OK;
    for (uint32_t reg = 0; e == ERR_OK && reg < x->r->reg_count; reg++) {
        uint64_t n = 0;
        e = store_facts_count(s, reg, x->o->known_at, &n);
        x->facts_total += n;
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
    struct stream x = {.w = w, .r = r, .o = o};
    arena_init(&a, 0);
    enum err e = source_of_store(s, o, source); /* before the first fact is read */
    if (e == ERR_OK) e = find_answers(&a, r, s, o->known_at, &x.answered);
    if (e == ERR_OK) e = count_facts(&x, s);
    if (e == ERR_OK) e = store_people_scan(s, o->known_at, stream_fact, &x);
    if (e == ERR_OK && x.g.room > 0) e = segment_write(&x);
    segment_drop(&x);
    source->refused_rows = x.refused;
    ret->rows = x.facts;
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
    c->persons = one_more(c->a, c->persons, c->count, &c->cap, sizeof *c->persons);
    c->failed = c->persons == NULL;
    if (!c->failed) c->persons[c->count++] = person;
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

/* The changed persons who are known, each once, in the order of codes. */
static enum err find_changed(struct store *s, const struct changed *c, struct coded **ret,
                             uint32_t *ret_count)
{
    struct coded *all = ARENA_ARRAY(c->a, struct coded, c->count);
    uint32_t n = 0, kept = 0;
    if (all == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        enum err e = store_person_code(s, c->a, c->persons[i], &all[n].code);
        if (e == ERR_NOT_FOUND) continue;
        if (e != ERR_OK) return e;
        all[n++].person = c->persons[i];
    }
    if (n > 1) qsort(all, n, sizeof *all, coded_cmp);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || all[kept - 1].person != all[i].person) all[kept++] = all[i];
    *ret = all;
    *ret_count = kept;
    return ERR_OK;
}

/* One person's facts into the gather; *ret_is_person false: no person (any more). */
static enum err gather_one(struct gather *g, struct store *s, int64_t known_at,
                           const struct coded *who, bool *ret_is_person)
{
    struct arena a;
    bool any = false;
    arena_init(&a, 0);
    struct store_facts *all = ARENA_ARRAY(&a, struct store_facts, g->r->reg_count);
    enum err e = all == NULL ? ERR_NOMEM : store_facts_of(s, &a, who->person, known_at, all);
    for (uint32_t reg = 0; e == ERR_OK && reg < g->r->reg_count; reg++)
        any |= all[reg].count > 0;
    if (e == ERR_OK) *ret_is_person = all[0].count > 0;
    if (e == ERR_OK && any) e = gather_person(g, who->code, *ret_is_person);
    for (uint32_t reg = 0; e == ERR_OK && reg < g->r->reg_count; reg++)
        for (uint32_t i = 0; e == ERR_OK && i < all[reg].count; i++)
            e = gather_fact(g, reg, &all[reg].items[i]);
    arena_done(&a);
    return e;
}

/* Has a register begun to answer since, or the reverse? */
static enum err answers_differ(const bool *answered, const struct population_image *base, bool *ret)
{
    struct image_segment s = {0};
    *ret = image_counts(base)->segments == 0;
    if (*ret) return ERR_OK;
    enum err e = image_segment_open(base, 0, 0, &s);
    for (uint32_t i = 0; e == ERR_OK && i < image_rules(base)->reg_count; i++)
        *ret = *ret || s.people.regs[i].answered != answered[i];
    image_segment_close(&s);
    return e;
}

struct batch {
    struct image_writer *w;
    const struct population_image *base;
    const struct rules *r;
    struct store *s;
    const struct store_build_options *o;
    const bool *answered;
};

static enum err apply_changed(const struct batch *x, const struct changed *c, uint64_t *ret_refused,
                              struct build_result *ret)
{
    struct coded *who = NULL;
    struct population people;
    struct gather g;
    uint32_t count = 0, gone = 0;
    enum err e = find_changed(x->s, c, &who, &count);
    struct str *left = ARENA_ARRAY(c->a, struct str, count);
    if (e == ERR_OK) e = left != NULL ? gather_new(c->a, x->r, x->answered, count, &g) : ERR_NOMEM;
    for (uint32_t i = 0; e == ERR_OK && i < count; i++) {
        bool is_person = false;
        e = gather_one(&g, x->s, x->o->known_at, &who[i], &is_person);
        if (!is_person) left[gone++] = who[i].code;
    }
    if (e == ERR_OK) e = gather_people(&g, &people);
    if (e != ERR_OK) return e;
    const struct image_batch batch = {.people = &people,
                                      .gone = left,
                                      .gone_count = gone,
                                      .strangers = g.strangers,
                                      .stranger_count = g.stranger_count,
                                      .progress = x->o->progress,
                                      .progress_ctx = x->o->progress_ctx};
    *ret_refused = g.refused;
    return population_merge(x->w, x->base, &batch, x->o->segment_persons, ret);
}

enum update_way { UPDATE_NOTHING, UPDATE_SOME, UPDATE_ANEW };

static enum err update_into(struct image_writer *w, const struct population_image *base,
                            const struct rules *r, struct store *s,
                            const struct store_build_options *o, struct image_source *source,
                            struct build_result *ret, enum update_way *ret_way)
{
    struct arena a;
    struct changed c = {.a = &a};
    bool differ = false, *answered = NULL;
    uint64_t refused = 0;
    int64_t until = 0;
    arena_init(&a, 0);
    enum err e = store_seq(s, &until);
    if (e == ERR_OK) e = store_changed(s, source->seq, until, note_changed, &c);
    if (e == ERR_OK && c.failed) e = ERR_NOMEM;
    if (e == ERR_OK) e = find_answers(&a, r, s, o->known_at, &answered);
    if (e == ERR_OK) e = answers_differ(answered, base, &differ);
    if (e == ERR_OK) {
        *ret_way = c.everybody || differ ? UPDATE_ANEW : c.count > 0 ? UPDATE_SOME : UPDATE_NOTHING;
        const struct batch batch = {w, base, r, s, o, answered};
        if (*ret_way == UPDATE_SOME) e = apply_changed(&batch, &c, &refused, ret);
    }
    source->seq = until;
    source->updates++;
    source->refused_rows += refused;
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
