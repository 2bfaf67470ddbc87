/* Population images: opening and walking them. See population_image.h.
 *
 * Structure: the catalogue as text; opening (map, header, table, catalogue); segments; verifying.
 *
 * Invariants: an image that is open has a header and a table that fit each other and the length of
 * the file; no byte of a segment is used before its checksum was right once through this handle. */
#include "service/population_image.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "service/population_image_internal.h"

/* --- catalogue -------------------------------------------------------------------------------- */

/* The type as a word: everything that says what a stored number means. */
static void add_type(struct buf *out, const struct rules *r, struct type t)
{
    buf_printf(out, " type %d", (int)t.vt);
    if (t.vt == VT_INT && t.ref >= 0) {
        buf_add_char(out, ' ');
        buf_add(out, r->units[t.ref].name.ascii);
    }
    if (t.vt != VT_LEVEL && t.vt != VT_CATEGORY) return;
    const struct rule_enum *e = &r->enums[t.ref];
    buf_add_c(out, e->ordered ? " levels" : " categories");
    for (uint32_t i = 0; i < e->member_count; i++) {
        buf_add_char(out, ' ');
        buf_add(out, e->members[i].ascii);
    }
}

static void add_register(struct buf *out, const struct rule_register *g)
{
    buf_add(out, g->name.ascii);
    buf_printf(out, " one %d silent-unknown %d apart %d most %u roles %d %d %d\n",
               g->one_per_person, g->none_unknown, g->no_overlap, g->max_records, g->event,
               g->start, g->end);
}

void image_catalogue_add(struct buf *out, const struct rules *r)
{
    for (uint32_t i = 0; i < r->reg_count; i++) {
        const struct rule_register *g = &r->regs[i];
        add_register(out, g);
        for (uint32_t f = 0; f < g->field_count; f++) {
            const struct rule_field *x = &g->fields[f];
            buf_add(out, g->name.ascii);
            buf_add_char(out, '.');
            buf_add(out, x->name.ascii);
            add_type(out, r, x->type);
            buf_printf(out, " role %d empty %d from %lld to %lld\n", (int)x->role, (int)x->empty,
                       (long long)x->lo, (long long)x->hi);
        }
    }
}

static struct str next_line(struct str *text)
{
    const char *end = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;
    size_t n = end != NULL ? (size_t)(end - text->p) : text->n;
    struct str line = {text->p, n};
    n += end != NULL;
    *text = (struct str){text->p + n, text->n - n};
    return line;
}

/* The register or field of the first line in which the two differ. */
static void add_difference(struct buf *out, struct str image, struct str rules)
{
    while (image.n > 0 || rules.n > 0) {
        struct str x = next_line(&image), y = next_line(&rules);
        if (str_eq(x, y)) continue;
        struct str shown = y.n > 0 ? y : x;
        const char *blank = memchr(shown.p, ' ', shown.n);
        if (blank != NULL) shown.n = (size_t)(blank - shown.p);
        buf_add(out, shown);
        return;
    }
}

static enum err catalogue_check(const struct population_image *m, const struct image_header *h,
                                struct buf *differs)
{
    struct buf mine;
    struct hash digest;
    buf_init(&mine, 0);
    image_catalogue_add(&mine, m->rules);
    enum err e = buf_err(&mine);
    if (e == ERR_OK) e = hash_sm3(buf_str(&mine), &digest);
    if (e == ERR_OK && memcmp(&digest, &h->catalogue, sizeof digest) != 0) {
        struct str theirs = {m->map.bytes.p + h->catalogue_at, (size_t)h->catalogue_bytes};
        if (differs != NULL) add_difference(differs, theirs, buf_str(&mine));
        e = ERR_CONFLICT;
    }
    buf_done(&mine);
    return e;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool digest_is(const void *p, uint64_t n, const struct hash *wanted)
{
    struct hash h;
    return hash_sm3((struct str){p, (size_t)n}, &h) == ERR_OK && memcmp(&h, wanted, sizeof h) == 0;
}

static bool lies_within(const struct population_image *m, uint64_t at, uint64_t bytes)
{
    return at >= IMAGE_HEADER_BYTES && at <= m->map.bytes.n && bytes <= m->map.bytes.n - at;
}

static enum err header_check(const struct population_image *m, struct image_header *ret)
{
    struct image_header h;
    struct hash digest;
    if (m->map.bytes.n < IMAGE_HEADER_BYTES) return ERR_SYNTAX;
    memcpy(&h, m->map.bytes.p, sizeof h);
    memcpy(&digest, m->map.bytes.p + IMAGE_HEADER_BYTES - HASH_BYTES, sizeof digest);
    if (memcmp(h.magic, IMAGE_MAGIC, sizeof h.magic) != 0) return ERR_SYNTAX;
    if (h.version != IMAGE_VERSION) return ERR_VERSION;
    if (!digest_is(m->map.bytes.p, IMAGE_HEADER_BYTES - HASH_BYTES, &digest)) return ERR_CORRUPT;
    if (h.header_bytes != IMAGE_HEADER_BYTES || h.file_bytes != m->map.bytes.n) return ERR_CORRUPT;
    if (!lies_within(m, h.catalogue_at, h.catalogue_bytes)) return ERR_CORRUPT;
    if (h.table_at % 8 != 0 || h.persons >= UINT32_MAX) return ERR_CORRUPT;
    if (!lies_within(m, h.table_at, h.segments * (uint64_t)sizeof(struct image_entry)))
        return ERR_CORRUPT;
    if (!digest_is(m->map.bytes.p + h.catalogue_at, h.catalogue_bytes, &h.catalogue))
        return ERR_CORRUPT;
    *ret = h;
    return ERR_OK;
}

/* Segments, catalogue and table follow each other without a gap in which damage could hide. */
static bool parts_are_close(const struct population_image *m, const struct image_header *h)
{
    uint64_t at = h->catalogue_at + h->catalogue_bytes;
    if (h->table_at < at || h->table_at - at >= IMAGE_ALIGN) return false;
    for (; at < h->table_at; at++)
        if (m->map.bytes.p[at] != 0) return false;
    at = IMAGE_HEADER_BYTES;
    for (uint32_t k = 0; k < h->segments; k++) {
        if (m->table[k].at != at) return false;
        at += m->table[k].bytes;
    }
    return at == h->catalogue_at &&
           h->table_at + h->segments * (uint64_t)sizeof *m->table == m->map.bytes.n;
}

static struct str entry_id(const struct image_entry *t)
{
    return (struct str){t->id, t->id_bytes};
}

static enum err table_check(struct population_image *m, const struct image_header *h)
{
    uint64_t bytes = h->segments * (uint64_t)sizeof *m->table, persons = 0, rows = 0, bad = 0;
    uint64_t strangers = 0;
    const void *table = m->map.bytes.p + h->table_at;
    if (!digest_is(table, bytes, &h->table)) return ERR_CORRUPT;
    m->table = table;
    m->first = ARENA_ARRAY(&m->arena, uint64_t, h->segments);
    m->verified = ARENA_ARRAY(&m->arena, uint8_t, h->segments);
    if (m->first == NULL || m->verified == NULL) return ERR_NOMEM;
    for (uint32_t k = 0; k < h->segments; k++) {
        const struct image_entry *t = &m->table[k];
        if (t->at % IMAGE_ALIGN != 0 || !lies_within(m, t->at, t->bytes)) return ERR_CORRUPT;
        if (t->id_bytes > IMAGE_ID_BYTES_MAX) return ERR_CORRUPT;
        if (k > 0 && str_cmp(entry_id(t - 1), entry_id(t)) >= 0) return ERR_CORRUPT;
        m->first[k] = persons;
        persons += t->persons;
        rows += t->rows;
        bad += t->bad;
        strangers += t->strangers;
    }
    if (!parts_are_close(m, h)) return ERR_CORRUPT;
    bool ok =
        persons == h->persons && rows == h->rows && bad == h->bad && strangers == h->strangers;
    return ok ? ERR_OK : ERR_CORRUPT;
}

static enum err open_mapped(struct population_image *m, struct buf *differs)
{
    struct image_header h;
    enum err e = header_check(m, &h);
    if (e == ERR_OK && m->rules != NULL) e = catalogue_check(m, &h, differs);
    if (e == ERR_OK) e = table_check(m, &h);
    if (e != ERR_OK) return e;
    m->catalogue = h.catalogue;
    m->counts = (struct image_counts){.persons = h.persons,
                                      .rows = h.rows,
                                      .bad = h.bad,
                                      .strangers = h.strangers,
                                      .bytes = h.file_bytes,
                                      .segments = h.segments};
    m->source = (struct image_source){.origin = (enum image_origin)h.origin,
                                      .on = h.on,
                                      .known_at = h.known_at,
                                      .seq = h.seq,
                                      .updates = h.updates,
                                      .refused_rows = h.refused_rows,
                                      .digest = h.source};
    return ERR_OK;
}

enum err image_open(const char *path, const struct rules *rules, struct buf *differs,
                    struct population_image **ret)
{
    struct file_map map;
    enum err e = file_map(path, &map);
    if (e != ERR_OK) return e;
    struct population_image *m = calloc(1, sizeof *m);
    if (m == NULL) {
        file_unmap(&map);
        return ERR_NOMEM;
    }
    m->rules = rules;
    m->map = map;
    arena_init(&m->arena, 0);
    e = open_mapped(m, differs);
    if (e == ERR_OK)
        *ret = m;
    else
        image_close(m);
    return e;
}

void image_close(struct population_image *m)
{
    if (m == NULL) return;
    file_unmap(&m->map);
    arena_done(&m->arena);
    free(m);
}

const struct image_counts *image_counts(const struct population_image *m)
{
    return &m->counts;
}

const struct rules *image_rules(const struct population_image *m)
{
    return m->rules;
}

const struct image_source *image_source(const struct population_image *m)
{
    return &m->source;
}

const struct hash *image_catalogue(const struct population_image *m)
{
    return &m->catalogue;
}

struct str image_bytes(const struct population_image *m)
{
    return m->map.bytes;
}

/* --- segments --------------------------------------------------------------------------------- */

uint32_t image_segment_persons(const struct population_image *m, uint32_t k)
{
    return m->table[k].persons;
}

uint64_t image_segment_rows(const struct population_image *m, uint32_t k)
{
    return m->table[k].rows;
}

struct str image_segment_id(const struct population_image *m, uint32_t k)
{
    return entry_id(&m->table[k]);
}

uint32_t image_segment_of(const struct population_image *m, struct str id)
{
    uint32_t low = 0, high = m->counts.segments; /* the last that begins at or before the id */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (str_cmp(entry_id(&m->table[middle]), id) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct str segment_bytes(const struct population_image *m, uint32_t k)
{
    return (struct str){m->map.bytes.p + m->table[k].at, (size_t)m->table[k].bytes};
}

/* What the table says of the segment must be what it holds. */
static bool segment_fits(const struct population_image *m, uint32_t k,
                         const struct image_segment *s)
{
    const struct image_entry *t = &m->table[k];
    const struct population *p = &s->people;
    uint64_t rows = 0, bad = 0;
    for (uint32_t i = 0; i < p->rules->reg_count; i++)
        rows += p->regs[i].row_count;
    for (uint32_t i = 0; p->bad != NULL && i < p->count; i++)
        bad += p->bad[i];
    return p->count == t->persons && rows == t->rows && bad == t->bad;
}

static bool is_verified(const struct population_image *m, uint32_t k)
{
    return __atomic_load_n(&m->verified[k], __ATOMIC_ACQUIRE) != 0;
}

enum err image_segment_open(const struct population_image *m, uint32_t k, uint32_t flags,
                            struct image_segment *ret)
{
    INVARIANT(m->rules != NULL && k < m->counts.segments);
    struct str bytes = segment_bytes(m, k);
    bool fresh = !is_verified(m, k);
    struct image_segment s = {.first = m->first[k], .image = m, .number = k, .flags = flags};
    if (!(flags & IMAGE_NO_ADVICE) && k + 1 < m->counts.segments)
        file_map_want(&m->map, m->table[k + 1].at, m->table[k + 1].bytes);
    if (fresh && XXH3_64bits(bytes.p, bytes.n) != m->table[k].checksum) return ERR_CORRUPT;
    arena_init(&s.arena, 0);
    enum err e = image_segment_read(bytes, m->rules, fresh, &s);
    if (e == ERR_OK && fresh && !segment_fits(m, k, &s)) e = ERR_CORRUPT;
    if (e != ERR_OK) {
        arena_done(&s.arena);
        return e;
    }
    __atomic_store_n(&m->verified[k], 1, __ATOMIC_RELEASE);
    *ret = s;
    return ERR_OK;
}

void image_segment_close(struct image_segment *s)
{
    if (s->image == NULL) return;
    const struct image_entry *t = &s->image->table[s->number];
    if (!(s->flags & IMAGE_NO_ADVICE)) file_map_drop(&s->image->map, t->at, t->bytes);
    arena_done(&s->arena);
    *s = (struct image_segment){0};
}

/* The person of a population with that id; `count` when there is none. */
static uint32_t person_of(const struct population *p, struct str id)
{
    uint32_t low = 0, high = p->count; /* the first that is not before the id */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_cmp(p->ids[middle], id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->count && str_eq(p->ids[low], id) ? low : p->count;
}

enum err image_person_open(const struct population_image *m, struct str id,
                           struct image_segment *ret, uint32_t *ret_person)
{
    const uint32_t flags = IMAGE_WITH_IDS | IMAGE_WITH_KEYS | IMAGE_NO_ADVICE;
    struct image_segment s;
    if (m->counts.segments == 0) return ERR_NOT_FOUND;
    enum err e = image_segment_open(m, image_segment_of(m, id), flags, &s);
    if (e != ERR_OK) return e;
    const uint32_t person = person_of(&s.people, id);
    if (person == s.people.count) {
        image_segment_close(&s);
        return ERR_NOT_FOUND;
    }
    *ret = s;
    *ret_person = person;
    return ERR_OK;
}

/* --- everything ------------------------------------------------------------------------------- */

enum err image_verify(const struct population_image *m,
                      void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
                      uint32_t *ret_segment)
{
    struct str last = {NULL, 0};
    char kept[IMAGE_ID_BYTES_MAX];
    for (uint32_t k = 0; k < m->counts.segments; k++) {
        struct image_segment s = {0};
        __atomic_store_n(&m->verified[k], 0, __ATOMIC_RELEASE);
        enum err e = image_segment_open(m, k, IMAGE_WITH_IDS, &s);
        if (e == ERR_OK && s.people.count > 0) {
            struct str end = s.people.ids[s.people.count - 1];
            if (!str_eq(s.people.ids[0], entry_id(&m->table[k])) ||
                (last.n > 0 && str_cmp(last, s.people.ids[0]) >= 0))
                e = ERR_CORRUPT;
            memcpy(kept, end.p, end.n);
            last = (struct str){kept, end.n};
        }
        image_segment_close(&s);
        if (e != ERR_OK) {
            *ret_segment = k;
            return e;
        }
        if (progress != NULL) progress(ctx, m->first[k] + m->table[k].persons, m->counts.persons);
    }
    return ERR_OK;
}
