/* Writing population images, segment by segment.
 *
 * Structure: a sink (stream, checksum, place); what a segment is made from (runs, their rows, the
 * keys they use); its sections in the order of the internal header; the whole file.
 *
 * Invariants: columns go from where they lie to the stream, in pieces, so that writing needs little
 * memory whatever the size; the same persons and facts give the same bytes of a segment, wherever
 * they came from. */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "service/population_image_internal.h"

#define PIECE_ROWS 4096u

struct image_writer {
    const struct rules *rules;
    struct file_new file;
    uint64_t at; /* bytes written */
    XXH3_state_t *sum;
    bool failed; /* the stream said no */
    struct image_entry *table;
    uint32_t segments, cap;
    struct image_counts counts;
    char last_id[IMAGE_ID_BYTES_MAX];
    uint32_t last_id_bytes;
};

/* --- the sink --------------------------------------------------------------------------------- */

static void put(struct image_writer *w, const void *p, uint64_t bytes)
{
    if (bytes == 0 || w->failed) return;
    w->failed = fwrite(p, 1, bytes, w->file.stream) != bytes;
    if (XXH3_64bits_update(w->sum, p, bytes) != XXH_OK) w->failed = true;
    w->at += bytes;
}

static void pad(struct image_writer *w)
{
    static const char zeros[IMAGE_ALIGN];
    put(w, zeros, (IMAGE_ALIGN - w->at % IMAGE_ALIGN) % IMAGE_ALIGN);
}

/* --- what a segment is made from -------------------------------------------------------------- */

/* The keys of one population that its runs use, in order: bits by number, and what they become. */
struct key_use {
    const struct population *p;
    uint64_t *bits;
    uint32_t *before; /* per word of bits: used keys in the words before it */
    uint32_t *to;     /* used key -> its number in the segment */
    uint32_t count;
};

struct key_text {
    struct str text;
    uint32_t use, number;
};

struct making {
    struct image_writer *w;
    const struct rules *r;
    const struct image_run *runs;
    size_t run_count;
    const struct str *strangers;
    uint32_t stranger_count;
    struct arena a;
    uint32_t persons;
    struct segment_head head;
    struct segment_register *regs;
    uint8_t *has_known;
    uint32_t field_total;
    struct key_use *uses; /* one per population that differs from those before */
    uint32_t *use_of;     /* per run */
    uint32_t use_count;
    const struct str **keys; /* of the segment, in order */
};

/* The rows of a run in a register. */
static void run_rows(const struct image_run *x, uint32_t reg, uint32_t *ret_first, uint32_t *ret_n)
{
    uint32_t first, end, ignored;
    if (x->count == 0) {
        *ret_first = *ret_n = 0;
        return;
    }
    population_rows(x->people, (int32_t)reg, x->first, &first, &ignored);
    population_rows(x->people, (int32_t)reg, x->first + x->count - 1, &ignored, &end);
    *ret_first = first;
    *ret_n = end - first;
}

static uint32_t rows_of_person(const struct population *p, uint32_t reg, uint32_t person)
{
    const struct register_data *d = &p->regs[reg];
    if (d->off != NULL) return d->off[person + 1] - d->off[person];
    if (d->rows_of != NULL) return d->rows_of[person];
    return person < d->row_count;
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool is_used(const struct key_use *u, uint32_t number)
{
    return (u->bits[number / 64] >> number % 64 & 1) != 0;
}

static uint32_t key_number(const struct key_use *u, uint32_t number)
{
    uint64_t below = u->bits[number / 64] & ((UINT64_C(1) << number % 64) - 1);
    return u->to[u->before[number / 64] + (uint32_t)__builtin_popcountll(below)];
}

static enum err uses_new(struct making *m)
{
    m->uses = ARENA_ARRAY(&m->a, struct key_use, m->run_count);
    m->use_of = ARENA_ARRAY(&m->a, uint32_t, m->run_count);
    if (m->uses == NULL || m->use_of == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct population *p = m->runs[i].people;
        uint32_t u = 0;
        while (u < m->use_count && m->uses[u].p != p)
            u++;
        if (u == m->use_count) {
            uint32_t words = p->key_count / 64 + 1;
            m->uses[u].p = p;
            m->uses[u].bits = ARENA_ARRAY(&m->a, uint64_t, words);
            m->uses[u].before = ARENA_ARRAY(&m->a, uint32_t, words);
            if (m->uses[u].bits == NULL || m->uses[u].before == NULL) return ERR_NOMEM;
            m->use_count++;
        }
        m->use_of[i] = u;
    }
    return ERR_OK;
}

static enum err note_keys(struct key_use *u, const struct column *c, uint32_t first, uint32_t n)
{
    for (uint32_t row = first; row < first + n; row++) {
        if (!column_known(c, row)) continue;
        int64_t v = column_get(c, row);
        if (v < 0 || v >= (int64_t)u->p->key_count || u->p->keys == NULL) return ERR_RANGE;
        u->bits[v / 64] |= UINT64_C(1) << v % 64;
    }
    return ERR_OK;
}

static int key_text_cmp(const void *x, const void *y)
{
    const struct key_text *a = x, *b = y;
    return str_cmp(a->text, b->text);
}

/* One list of texts out of those of all populations; a text that several have stands once. */
static enum err merge_keys(struct making *m, uint32_t total)
{
    struct key_text *all = ARENA_ARRAY(&m->a, struct key_text, total);
    m->keys = ARENA_ARRAY(&m->a, const struct str *, total);
    if (all == NULL || m->keys == NULL) return ERR_NOMEM;
    uint32_t n = 0;
    for (uint32_t u = 0; u < m->use_count; u++) {
        uint32_t own = 0;
        for (uint32_t k = 0; k < m->uses[u].p->key_count; k++)
            if (is_used(&m->uses[u], k))
                all[n++] = (struct key_text){m->uses[u].p->keys[k], u, own++};
    }
    if (m->use_count > 1) qsort(all, n, sizeof *all, key_text_cmp);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || !str_eq(all[i - 1].text, all[i].text)) {
            m->keys[m->head.keys++] = &all[i].text;
            m->head.key_bytes += all[i].text.n;
        }
        m->uses[all[i].use].to[all[i].number] = m->head.keys - 1;
    }
    return ERR_OK;
}

static enum err count_keys(struct making *m)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < m->use_count; i++) {
        struct key_use *u = &m->uses[i];
        for (uint32_t word = 0; word <= u->p->key_count / 64; word++) {
            u->before[word] = u->count;
            u->count += (uint32_t)__builtin_popcountll(u->bits[word]);
        }
        total += u->count;
        u->to = ARENA_ARRAY(&m->a, uint32_t, u->count);
        if (u->to == NULL) return ERR_NOMEM;
    }
    return merge_keys(m, total);
}

static enum err find_keys(struct making *m)
{
    enum err e = uses_new(m);
    for (uint32_t reg = 0; reg < m->r->reg_count; reg++)
        for (uint32_t f = 0; f < m->r->regs[reg].field_count; f++) {
            if (m->r->regs[reg].fields[f].type.vt != VT_KEY) continue;
            for (size_t i = 0; e == ERR_OK && i < m->run_count; i++) {
                uint32_t first, n;
                run_rows(&m->runs[i], reg, &first, &n);
                e = note_keys(&m->uses[m->use_of[i]], &m->runs[i].people->regs[reg].cols[f], first,
                              n);
            }
        }
    return e == ERR_OK ? count_keys(m) : e;
}

/* --- heads ------------------------------------------------------------------------------------ */

static bool column_has_unknown(const struct making *m, uint32_t reg, uint32_t field)
{
    for (size_t i = 0; i < m->run_count; i++) {
        uint32_t first, n;
        const struct column *c = &m->runs[i].people->regs[reg].cols[field];
        run_rows(&m->runs[i], reg, &first, &n);
        if (c->known != NULL && n > 0 && memchr(c->known + first, 0, n) != NULL) return true;
    }
    return false;
}

/* How rows are told, and whether they may be: no more of anybody than the register permits. */
static enum err survey_rows(const struct making *m, uint32_t reg, struct segment_register *s)
{
    const struct rule_register *r = &m->r->regs[reg];
    uint32_t permitted = r->one_per_person ? 1 : r->max_records, most = 0;
    uint64_t rows = 0;
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = m->runs[i].first; p < m->runs[i].first + m->runs[i].count; p++) {
            uint32_t n = rows_of_person(m->runs[i].people, reg, p);
            most = n > most ? n : most;
            rows += n;
        }
    if (most > permitted || rows > UINT32_MAX) return ERR_RANGE;
    s->rows = (uint32_t)rows;
    s->form = most > UINT8_MAX ? ROWS_OFFSETS : ROWS_PACKED;
    if (r->one_per_person && rows == m->persons) s->form = ROWS_EACH;
    return ERR_OK;
}

static enum err survey_register(struct making *m, uint32_t reg)
{
    struct segment_register s = {.answered = 1};
    for (size_t i = 0; i < m->run_count; i++) {
        const struct register_data *d = &m->runs[i].people->regs[reg];
        s.has_answered |= d->answered_person != NULL;
        if (i == 0) s.answered = d->answered;
        if (d->answered != (s.answered == 1)) return ERR_RANGE;
    }
    enum err e = survey_rows(m, reg, &s);
    m->regs[reg] = s;
    return e;
}

static enum err heads_new(struct making *m)
{
    for (uint32_t reg = 0; reg < m->r->reg_count; reg++)
        m->field_total += m->r->regs[reg].field_count;
    m->regs = ARENA_ARRAY(&m->a, struct segment_register, m->r->reg_count);
    m->has_known = ARENA_ARRAY(&m->a, uint8_t, m->field_total);
    if (m->regs == NULL || m->has_known == NULL) return ERR_NOMEM;
    uint32_t at = 0;
    for (uint32_t reg = 0; reg < m->r->reg_count; reg++) {
        enum err e = survey_register(m, reg);
        if (e != ERR_OK) return e;
        for (uint32_t f = 0; f < m->r->regs[reg].field_count; f++)
            m->has_known[at++] = column_has_unknown(m, reg, f);
    }
    return ERR_OK;
}

/* Ids one after the other in order, behind everybody written before. */
static enum err survey_persons(struct making *m)
{
    struct str last = {m->w->last_id, m->w->last_id_bytes};
    for (size_t i = 0; i < m->run_count; i++) {
        const struct image_run *x = &m->runs[i];
        INVARIANT(x->count == 0 || x->people->ids != NULL);
        for (uint32_t p = x->first; p < x->first + x->count; p++) {
            struct str id = x->people->ids[p];
            if (!image_id_is_fine(id) || (last.n > 0 && str_cmp(last, id) >= 0)) return ERR_RANGE;
            last = id;
            m->head.id_bytes += id.n;
            m->head.has_bad |= x->people->bad != NULL && x->people->bad[p] != 0;
        }
        m->persons += x->count;
        if (m->persons > IMAGE_SEGMENT_PERSONS_MAX) return ERR_RANGE;
    }
    for (uint32_t i = 0; i < m->stranger_count; i++) {
        if (!image_id_is_fine(m->strangers[i])) return ERR_RANGE;
        m->head.stranger_bytes += m->strangers[i].n;
    }
    m->head.persons = m->persons;
    m->head.strangers = m->stranger_count;
    m->head.registers = m->r->reg_count;
    return ERR_OK;
}

/* --- sections --------------------------------------------------------------------------------- */

/* A run of numbers, put piece by piece. */
struct numbers {
    struct image_writer *w;
    uint32_t items[PIECE_ROWS];
    uint32_t n;
};

static void number_add(struct numbers *x, uint32_t v)
{
    x->items[x->n++] = v;
    if (x->n < PIECE_ROWS) return;
    put(x->w, x->items, sizeof x->items);
    x->n = 0;
}

static void numbers_end(struct numbers *x)
{
    put(x->w, x->items, x->n * sizeof x->items[0]);
    pad(x->w);
}

static void put_ids(struct making *m)
{
    struct numbers off = {.w = m->w};
    uint32_t at = 0;
    number_add(&off, 0);
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = 0; p < m->runs[i].count; p++)
            number_add(&off, at += (uint32_t)m->runs[i].people->ids[m->runs[i].first + p].n);
    numbers_end(&off);
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = 0; p < m->runs[i].count; p++) {
            struct str id = m->runs[i].people->ids[m->runs[i].first + p];
            put(m->w, id.p, id.n);
        }
    pad(m->w);
}

static void put_strangers(struct making *m)
{
    struct numbers off = {.w = m->w};
    uint32_t at = 0;
    number_add(&off, 0);
    for (uint32_t i = 0; i < m->stranger_count; i++)
        number_add(&off, at += (uint32_t)m->strangers[i].n);
    numbers_end(&off);
    for (uint32_t i = 0; i < m->stranger_count; i++)
        put(m->w, m->strangers[i].p, m->strangers[i].n);
    pad(m->w);
}

static void put_keys(struct making *m)
{
    struct numbers off = {.w = m->w};
    uint32_t at = 0;
    number_add(&off, 0);
    for (uint32_t i = 0; i < m->head.keys; i++)
        number_add(&off, at += (uint32_t)m->keys[i]->n);
    numbers_end(&off);
    for (uint32_t i = 0; i < m->head.keys; i++)
        put(m->w, m->keys[i]->p, m->keys[i]->n);
    pad(m->w);
}

/* `n` bytes that are all `value`. */
static void put_same(struct image_writer *w, uint8_t value, uint32_t n)
{
    uint8_t same[PIECE_ROWS];
    memset(same, value, sizeof same);
    for (; n > 0;) {
        uint32_t now = n < PIECE_ROWS ? n : PIECE_ROWS;
        put(w, same, now);
        n -= now;
    }
}

static void put_bad(struct making *m)
{
    if (!m->head.has_bad) return;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct image_run *x = &m->runs[i];
        if (x->people->bad != NULL)
            put(m->w, x->people->bad + x->first, x->count);
        else
            put_same(m->w, 0, x->count);
    }
    pad(m->w);
}

static void put_answered(struct making *m, uint32_t reg)
{
    if (!m->regs[reg].has_answered) return;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct image_run *x = &m->runs[i];
        const struct register_data *d = &x->people->regs[reg];
        if (d->answered_person != NULL)
            put(m->w, d->answered_person + x->first, x->count);
        else
            put_same(m->w, 1, x->count);
    }
    pad(m->w);
}

static void put_packed(struct making *m, uint32_t reg)
{
    uint8_t piece[PIECE_ROWS];
    uint32_t n = 0, person = 0, rows = 0;
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = 0; p < m->runs[i].count; p++) {
            piece[n++] = (uint8_t)rows_of_person(m->runs[i].people, reg, m->runs[i].first + p);
            if (n < PIECE_ROWS) continue;
            put(m->w, piece, n);
            n = 0;
        }
    put(m->w, piece, n);
    pad(m->w);
    struct numbers before = {.w = m->w};
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = 0; p < m->runs[i].count; p++, person++) {
            if (person % ROWS_STRIDE == 0) number_add(&before, rows);
            rows += rows_of_person(m->runs[i].people, reg, m->runs[i].first + p);
        }
    if (person % ROWS_STRIDE == 0) number_add(&before, rows);
    numbers_end(&before);
}

static void put_offsets(struct making *m, uint32_t reg)
{
    struct numbers off = {.w = m->w};
    uint32_t rows = 0;
    number_add(&off, 0);
    for (size_t i = 0; i < m->run_count; i++)
        for (uint32_t p = 0; p < m->runs[i].count; p++)
            number_add(&off, rows += rows_of_person(m->runs[i].people, reg, m->runs[i].first + p));
    numbers_end(&off);
}

/* Keys under their numbers in the segment; columns of keys are 4 or 8 bytes wide. */
static void put_key_rows(struct making *m, const struct key_use *u, const struct column *c,
                         uint32_t first, uint32_t n)
{
    int64_t wide[PIECE_ROWS];
    int32_t narrow[PIECE_ROWS];
    for (uint32_t done = 0; done < n;) {
        uint32_t now = n - done < PIECE_ROWS ? n - done : PIECE_ROWS;
        for (uint32_t i = 0; i < now; i++) {
            uint32_t row = first + done + i;
            wide[i] = column_known(c, row) ? key_number(u, (uint32_t)column_get(c, row)) : 0;
            narrow[i] = (int32_t)wide[i];
        }
        put(m->w, c->type == COL_I64 ? (const void *)wide : narrow, now * column_width(c->type));
        done += now;
    }
}

static void put_column(struct making *m, uint32_t reg, uint32_t field, bool has_known)
{
    bool is_key = m->r->regs[reg].fields[field].type.vt == VT_KEY;
    uint32_t first, n;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct column *c = &m->runs[i].people->regs[reg].cols[field];
        size_t width = column_width(c->type);
        run_rows(&m->runs[i], reg, &first, &n);
        if (is_key)
            put_key_rows(m, &m->uses[m->use_of[i]], c, first, n);
        else if (n > 0)
            put(m->w, (const char *)c->data + first * width, n * width);
    }
    pad(m->w);
    if (!has_known) return;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct column *c = &m->runs[i].people->regs[reg].cols[field];
        run_rows(&m->runs[i], reg, &first, &n);
        if (c->known != NULL && n > 0)
            put(m->w, c->known + first, n);
        else
            put_same(m->w, 1, n);
    }
    pad(m->w);
}

static void put_registers(struct making *m)
{
    uint32_t at = 0;
    for (uint32_t reg = 0; reg < m->r->reg_count; reg++) {
        put_answered(m, reg);
        if (m->regs[reg].form == ROWS_PACKED) put_packed(m, reg);
        if (m->regs[reg].form == ROWS_OFFSETS) put_offsets(m, reg);
        for (uint32_t f = 0; f < m->r->regs[reg].field_count; f++)
            put_column(m, reg, f, m->has_known[at++]);
    }
}

static void put_segment(struct making *m)
{
    put(m->w, &m->head, sizeof m->head);
    pad(m->w);
    put(m->w, m->regs, m->r->reg_count * sizeof *m->regs);
    pad(m->w);
    put(m->w, m->has_known, m->field_total);
    pad(m->w);
    put_ids(m);
    put_strangers(m);
    put_keys(m);
    put_bad(m);
    put_registers(m);
}

/* --- segments of the file --------------------------------------------------------------------- */

static enum err table_add(struct image_writer *w, const struct image_entry *t, struct str last_id)
{
    if (w->segments == w->cap) {
        uint32_t cap = w->cap == 0 ? 64 : w->cap * 2;
        struct image_entry *grown = realloc(w->table, cap * sizeof *grown);
        if (grown == NULL) return ERR_NOMEM;
        w->table = grown;
        w->cap = cap;
    }
    w->table[w->segments++] = *t;
    w->counts.persons += t->persons;
    w->counts.rows += t->rows;
    w->counts.bad += t->bad;
    w->counts.strangers += t->strangers;
    if (w->counts.persons >= UINT32_MAX) return ERR_RANGE;
    if (last_id.n > 0) memcpy(w->last_id, last_id.p, last_id.n);
    if (last_id.n > 0) w->last_id_bytes = (uint32_t)last_id.n;
    return w->failed ? ERR_IO : ERR_OK;
}

static void entry_fill(const struct making *m, struct image_entry *t, struct str *ret_last)
{
    t->persons = m->persons;
    t->strangers = m->stranger_count;
    for (uint32_t reg = 0; reg < m->r->reg_count; reg++)
        t->rows += m->regs[reg].rows;
    for (size_t i = 0; i < m->run_count; i++) {
        const struct image_run *x = &m->runs[i];
        if (x->count == 0) continue;
        struct str first = x->people->ids[x->first];
        if (t->id_bytes == 0) {
            memcpy(t->id, first.p, first.n);
            t->id_bytes = (uint32_t)first.n;
        }
        *ret_last = x->people->ids[x->first + x->count - 1];
        for (uint32_t p = 0; x->people->bad != NULL && p < x->count; p++)
            t->bad += x->people->bad[x->first + p];
    }
    if (t->id_bytes == 0 && m->stranger_count > 0) { /* nobody is left but strangers */
        memcpy(t->id, m->strangers[0].p, m->strangers[0].n);
        t->id_bytes = (uint32_t)m->strangers[0].n;
    }
}

static enum err write_segment(struct making *m)
{
    struct image_writer *w = m->w;
    enum err e = survey_persons(m);
    if (e == ERR_OK) e = heads_new(m);
    if (e == ERR_OK) e = find_keys(m);
    if (e == ERR_OK && (m->head.id_bytes > UINT32_MAX || m->head.key_bytes > UINT32_MAX ||
                        m->head.stranger_bytes > UINT32_MAX))
        e = ERR_RANGE;
    if (e != ERR_OK) return e;
    struct image_entry t = {.at = w->at};
    struct str last = {NULL, 0};
    if (XXH3_64bits_reset(w->sum) != XXH_OK) return ERR_IO;
    put_segment(m);
    t.bytes = w->at - t.at;
    t.checksum = XXH3_64bits_digest(w->sum);
    entry_fill(m, &t, &last);
    return table_add(w, &t, last);
}

enum err image_writer_segment(struct image_writer *w, const struct image_run *runs,
                              size_t run_count, const struct str *strangers,
                              uint32_t stranger_count)
{
    struct making m = {.w = w,
                       .r = w->rules,
                       .runs = runs,
                       .run_count = run_count,
                       .strangers = strangers,
                       .stranger_count = stranger_count};
    uint32_t persons = 0;
    for (size_t i = 0; i < run_count; i++)
        persons |= runs[i].count;
    if (persons == 0 && stranger_count == 0) return ERR_OK;
    arena_init(&m.a, 0);
    enum err e = write_segment(&m);
    arena_done(&m.a);
    return e;
}

enum err image_writer_copy(struct image_writer *w, const struct population_image *from, uint32_t k)
{
    struct image_entry t = from->table[k];
    struct image_segment s;
    enum err e = image_segment_open(from, k, IMAGE_WITH_IDS, &s); /* damage is not handed on */
    if (e != ERR_OK) return e;
    struct str last = {NULL, 0};
    if (s.people.count > 0) last = s.people.ids[s.people.count - 1];
    if (s.people.count > 0 && w->last_id_bytes > 0 &&
        str_cmp((struct str){w->last_id, w->last_id_bytes}, s.people.ids[0]) >= 0)
        e = ERR_RANGE;
    if (e == ERR_OK) {
        put(w, from->map.bytes.p + t.at, t.bytes);
        t.at = w->at - t.bytes;
        e = table_add(w, &t, last);
    }
    image_segment_close(&s);
    return e;
}

/* --- the file --------------------------------------------------------------------------------- */

static enum err writer_begin(struct image_writer *w, const char *path)
{
    static const char zeros[IMAGE_HEADER_BYTES];
    enum err e = file_new_open(path, &w->file);
    if (e != ERR_OK) return e;
    if (w->file.temp == NULL) { /* a device or a pipe: the header could not be written last */
        file_new_abandon(&w->file);
        return ERR_IO;
    }
    w->sum = XXH3_createState();
    if (w->sum == NULL) return ERR_NOMEM;
    if (XXH3_64bits_reset(w->sum) != XXH_OK) return ERR_IO;
    put(w, zeros, sizeof zeros);
    return w->failed ? ERR_IO : ERR_OK;
}

enum err image_writer_open(const char *path, const struct rules *rules, struct image_writer **ret)
{
    struct image_writer *w = calloc(1, sizeof *w);
    if (w == NULL) return ERR_NOMEM;
    w->rules = rules;
    enum err e = writer_begin(w, path);
    if (e == ERR_OK)
        *ret = w;
    else
        image_writer_abandon(w);
    return e;
}

void image_writer_abandon(struct image_writer *w)
{
    if (w == NULL) return;
    if (w->file.stream != NULL) file_new_abandon(&w->file);
    if (w->sum != NULL) XXH3_freeState(w->sum);
    free(w->table);
    free(w);
}

static enum err put_catalogue(struct image_writer *w, struct image_header *h)
{
    struct buf text;
    buf_init(&text, 0);
    image_catalogue_add(&text, w->rules);
    enum err e = buf_err(&text);
    if (e == ERR_OK) e = hash_sm3(buf_str(&text), &h->catalogue);
    h->catalogue_at = w->at;
    h->catalogue_bytes = text.n;
    if (e == ERR_OK) put(w, text.p, text.n);
    pad(w);
    buf_done(&text);
    return e;
}

static enum err put_table(struct image_writer *w, struct image_header *h)
{
    struct str table = {(const char *)w->table, w->segments * sizeof *w->table};
    h->table_at = w->at;
    h->segments = w->segments;
    put(w, table.p, table.n);
    h->file_bytes = w->at;
    return hash_sm3(table, &h->table);
}

static enum err put_header(struct image_writer *w, const struct image_header *h)
{
    char bytes[IMAGE_HEADER_BYTES] = {0};
    struct hash digest;
    memcpy(bytes, h, sizeof *h);
    enum err e = hash_sm3((struct str){bytes, sizeof bytes - HASH_BYTES}, &digest);
    if (e != ERR_OK) return e;
    memcpy(bytes + sizeof bytes - HASH_BYTES, digest.bytes, HASH_BYTES);
    if (w->failed || fseeko(w->file.stream, 0, SEEK_SET) != 0) return ERR_IO;
    return fwrite(bytes, 1, sizeof bytes, w->file.stream) == sizeof bytes ? ERR_OK : ERR_IO;
}

enum err image_writer_commit(struct image_writer *w, const struct image_source *source)
{
    struct image_header h = {.version = IMAGE_VERSION,
                             .header_bytes = IMAGE_HEADER_BYTES,
                             .persons = w->counts.persons,
                             .rows = w->counts.rows,
                             .bad = w->counts.bad,
                             .strangers = w->counts.strangers,
                             .origin = source->origin,
                             .known_at = source->known_at,
                             .seq = source->seq,
                             .refused_rows = source->refused_rows,
                             .on = source->on,
                             .updates = source->updates,
                             .source = source->digest};
    memcpy(h.magic, IMAGE_MAGIC, sizeof h.magic);
    enum err e = put_catalogue(w, &h);
    if (e == ERR_OK) e = put_table(w, &h);
    if (e == ERR_OK) e = put_header(w, &h);
    if (e == ERR_OK) e = file_new_commit(&w->file); /* closes the file either way */
    image_writer_abandon(w);
    return e;
}
