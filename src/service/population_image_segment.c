/* The bytes of a segment -> a population, with nothing taken on trust.
 *
 * Structure: a cursor takes section after section in the order of the internal header; what was
 * taken is checked on the spot (lists, rows, marks, columns); at the end the cursor must stand
 * exactly at the end.
 *
 * Invariants: whatever the bytes are, a population that is handed out can be walked without leaving
 * them, and every known value is one the rules declare, so that ranges proved by the compiler
 * hold. */
#include <string.h>

#include "base/date.h"
#include "service/population_image_internal.h"

struct cursor {
    const char *p, *end;
    bool check; /* false: these bytes were looked at before */
};

/* `count * size` bytes at the next multiple of IMAGE_ALIGN (segments begin at one); NULL when they
 * are not there. Nothing at all is a valid pointer too. */
static const void *take(struct cursor *c, uint64_t count, size_t size)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(count, (uint64_t)size, &bytes)) return NULL;
    if (bytes > (uint64_t)(c->end - c->p)) return NULL;
    const char *from = c->p;
    uint64_t padded = (bytes + IMAGE_ALIGN - 1) / IMAGE_ALIGN * IMAGE_ALIGN;
    if (padded > (uint64_t)(c->end - c->p)) return NULL;
    for (uint64_t i = bytes; c->check && i < padded; i++)
        if (from[i] != 0) return NULL;
    c->p += padded;
    return from;
}

/* --- lists of texts --------------------------------------------------------------------------- */

bool image_id_is_fine(struct str id)
{
    bool ok = id.n >= 1 && id.n <= IMAGE_ID_BYTES_MAX;
    for (size_t i = 0; ok && i < id.n; i++)
        ok = (unsigned char)id.p[i] > 0x20 && id.p[i] != 0x7F;
    return ok;
}

struct list {
    const uint32_t *off;
    const char *text;
    uint32_t count;
};

static struct str list_at(const struct list *l, uint32_t i)
{
    return (struct str){l->text + l->off[i], l->off[i + 1] - l->off[i]};
}

static bool list_take(struct cursor *c, uint32_t count, uint64_t bytes, struct list *ret)
{
    struct list l = {.count = count};
    l.off = take(c, (uint64_t)count + 1, sizeof *l.off);
    l.text = take(c, bytes, 1);
    if (l.off == NULL || l.text == NULL || l.off[0] != 0 || l.off[count] != bytes) return false;
    for (uint32_t i = 0; c->check && i < count; i++)
        if (l.off[i] > l.off[i + 1]) return false;
    *ret = l;
    return true;
}

static bool list_is_ordered(const struct list *l, bool ids)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (ids && !image_id_is_fine(list_at(l, i))) return false;
        if (i > 0 && str_cmp(list_at(l, i - 1), list_at(l, i)) >= 0) return false;
    }
    return true;
}

static enum err list_make(struct arena *a, const struct list *l, const struct str **ret)
{
    struct str *items = ARENA_ARRAY(a, struct str, l->count);
    if (items == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < l->count; i++)
        items[i] = list_at(l, i);
    *ret = items;
    return ERR_OK;
}

/* --- rows of persons -------------------------------------------------------------------------- */

static bool bytes_are_marks(const uint8_t *marks, uint32_t count)
{
    unsigned all = 0;
    for (uint32_t i = 0; i < count; i++)
        all |= marks[i];
    return all <= 1;
}

static uint32_t rows_most(const struct rule_register *r)
{
    return r->one_per_person ? 1 : r->max_records;
}

static bool packed_take(struct cursor *c, uint32_t persons, uint32_t most, struct register_data *d)
{
    d->rows_of = take(c, persons, 1);
    d->rows_before = take(c, persons / ROWS_STRIDE + (uint64_t)1, sizeof *d->rows_before);
    if (d->rows_of == NULL || d->rows_before == NULL) return false;
    if (!c->check) return true;
    uint64_t sum = 0;
    bool ok = true;
    for (uint32_t i = 0; i < persons; i++) {
        if (i % ROWS_STRIDE == 0) ok &= d->rows_before[i / ROWS_STRIDE] == sum;
        ok &= d->rows_of[i] <= most;
        sum += d->rows_of[i];
    }
    if (persons % ROWS_STRIDE == 0) ok &= d->rows_before[persons / ROWS_STRIDE] == sum;
    return ok && sum == d->row_count;
}

static bool offsets_take(struct cursor *c, uint32_t persons, uint32_t most, struct register_data *d)
{
    d->off = take(c, persons + (uint64_t)1, sizeof *d->off);
    if (d->off == NULL || d->off[0] != 0 || d->off[persons] != d->row_count) return false;
    bool ok = true;
    for (uint32_t i = 0; c->check && i < persons; i++)
        ok &= d->off[i] <= d->off[i + 1] && d->off[i + 1] - d->off[i] <= most;
    return ok;
}

static bool rows_take(struct cursor *c, uint32_t persons, const struct rule_register *r,
                      enum segment_rows form, struct register_data *d)
{
    switch (form) {
    case ROWS_EACH:
        return r->one_per_person && d->row_count == persons;
    case ROWS_PACKED:
        return packed_take(c, persons, rows_most(r), d);
    case ROWS_OFFSETS:
        return offsets_take(c, persons, rows_most(r), d);
    }
    return false;
}

/* --- columns ---------------------------------------------------------------------------------- */

struct range {
    int64_t lo, hi, open; /* known values: lo..hi, or open */
};

static struct range range_of(const struct rule_field *f, uint32_t keys)
{
    struct range g = {f->lo, f->hi, f->lo};
    if (f->type.vt == VT_KEY) return (struct range){0, (int64_t)keys - 1, 0};
    if (f->empty == EMPTY_ALWAYS) g.open = DATE_OPEN_START;
    if (f->empty == EMPTY_OPEN) g.open = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    return g;
}

/* How many values may not stand in the field. No branch on data, so that it runs at the speed of
 * the memory; the range is first cut to what the type can hold. */
#define COUNT_BAD(type, least, most)                                                               \
    do {                                                                                           \
        const type *v = c->data;                                                                   \
        const type lo = (type)(g.lo < (least) ? (least) : g.lo);                                   \
        const type hi = (type)(g.hi > (most) ? (most) : g.hi);                                     \
        const type open = (type)(g.open < (least) || g.open > (most) ? lo : g.open);               \
        if (g.lo > (most) || g.hi < (least) || g.lo > g.hi) return count_known(c, rows);           \
        if (c->known == NULL)                                                                      \
            for (uint32_t i = 0; i < rows; i++)                                                    \
                bad += !(((v[i] >= lo) & (v[i] <= hi)) | (v[i] == open));                          \
        else                                                                                       \
            for (uint32_t i = 0; i < rows; i++)                                                    \
                bad += c->known[i] != 0 ? !(((v[i] >= lo) & (v[i] <= hi)) | (v[i] == open))        \
                                        : v[i] != 0;                                               \
    } while (0)

/* No value is permitted: every known one is bad. */
static uint32_t count_known(const struct column *c, uint32_t rows)
{
    uint32_t known = 0;
    for (uint32_t i = 0; i < rows; i++)
        known += column_known(c, i);
    return known;
}

static uint32_t count_bad(const struct column *c, uint32_t rows, struct range g)
{
    uint32_t bad = 0;
    switch (c->type) {
    case COL_U8:
        COUNT_BAD(uint8_t, 0, UINT8_MAX);
        break;
    case COL_I16:
        COUNT_BAD(int16_t, INT16_MIN, INT16_MAX);
        break;
    case COL_I32:
        COUNT_BAD(int32_t, INT32_MIN, INT32_MAX);
        break;
    case COL_I64:
        COUNT_BAD(int64_t, INT64_MIN, INT64_MAX);
        break;
    }
    return bad;
}

static bool column_take(struct cursor *c, const struct rule_field *f, uint8_t has_known,
                        uint32_t rows, struct column *ret)
{
    struct column x = {.type = column_type_for(f)};
    x.data = take(c, rows, column_width(x.type));
    if (x.data == NULL || has_known > 1) return false;
    if (has_known == 1) {
        x.known = take(c, rows, 1);
        if (x.known == NULL) return false;
    }
    *ret = x;
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

struct reading {
    struct cursor c;
    const struct rules *r;
    struct segment_head head;
    const struct segment_register *regs;
    const uint8_t *has_known; /* per field of every register */
    struct list ids, keys, strangers;
    struct image_segment *s;
};

static bool heads_take(struct reading *x)
{
    const struct segment_head *head = take(&x->c, 1, sizeof *head);
    uint64_t fields = 0;
    if (head == NULL) return false;
    x->head = *head;
    if (head->registers != x->r->reg_count || head->has_bad > 1 || head->zero != 0) return false;
    if (head->persons > IMAGE_SEGMENT_PERSONS_MAX) return false;
    for (uint32_t i = 0; i < x->r->reg_count; i++)
        fields += x->r->regs[i].field_count;
    x->regs = take(&x->c, head->registers, sizeof *x->regs);
    x->has_known = take(&x->c, fields, 1);
    return x->regs != NULL && x->has_known != NULL;
}

static bool lists_take(struct reading *x)
{
    return list_take(&x->c, x->head.persons, x->head.id_bytes, &x->ids) &&
           list_take(&x->c, x->head.strangers, x->head.stranger_bytes, &x->strangers) &&
           list_take(&x->c, x->head.keys, x->head.key_bytes, &x->keys) &&
           (!x->c.check ||
            (list_is_ordered(&x->ids, true) && list_is_ordered(&x->strangers, true) &&
             list_is_ordered(&x->keys, false)));
}

static enum err lists_make(struct reading *x)
{
    struct population *p = &x->s->people;
    enum err e = ERR_OK;
    if (x->s->flags & IMAGE_WITH_IDS) {
        e = list_make(&x->s->arena, &x->ids, &p->ids);
        if (e == ERR_OK) e = list_make(&x->s->arena, &x->strangers, &x->s->strangers);
        x->s->stranger_count = x->strangers.count;
    }
    p->key_count = x->keys.count;
    if (e == ERR_OK && (x->s->flags & IMAGE_WITH_KEYS))
        e = list_make(&x->s->arena, &x->keys, &p->keys);
    return e;
}

static enum err columns_take(struct reading *x, const struct rule_register *r,
                             struct register_data *d)
{
    struct column *cols = ARENA_ARRAY(&x->s->arena, struct column, r->field_count);
    if (cols == NULL) return ERR_NOMEM;
    for (uint32_t f = 0; f < r->field_count; f++) {
        if (!column_take(&x->c, &r->fields[f], *x->has_known++, d->row_count, &cols[f]))
            return ERR_CORRUPT;
        if (!x->c.check) continue;
        const struct range g = range_of(&r->fields[f], x->keys.count);
        const uint8_t *known = cols[f].known;
        if (known != NULL && !bytes_are_marks(known, d->row_count)) return ERR_CORRUPT;
        if (count_bad(&cols[f], d->row_count, g) > 0) return ERR_CORRUPT;
    }
    d->cols = cols;
    return ERR_OK;
}

static enum err register_take(struct reading *x, uint32_t reg, struct register_data *ret)
{
    const struct segment_register *from = &x->regs[reg];
    const struct rule_register *r = &x->r->regs[reg];
    uint32_t persons = x->head.persons;
    struct register_data d = {.answered = from->answered == 1, .row_count = from->rows};
    if (from->answered > 1 || from->has_answered > 1 || from->zero != 0) return ERR_CORRUPT;
    if (from->has_answered == 1) {
        d.answered_person = take(&x->c, persons, 1);
        if (d.answered_person == NULL) return ERR_CORRUPT;
        if (x->c.check && !bytes_are_marks(d.answered_person, persons)) return ERR_CORRUPT;
    }
    if (!rows_take(&x->c, persons, r, from->form, &d)) return ERR_CORRUPT;
    enum err e = columns_take(x, r, &d);
    if (e == ERR_OK) *ret = d;
    return e;
}

static enum err people_take(struct reading *x)
{
    struct population *p = &x->s->people;
    *p = (struct population){.rules = x->r, .count = x->head.persons};
    if (!lists_take(x)) return ERR_CORRUPT;
    if (x->head.has_bad) {
        p->bad = take(&x->c, p->count, 1);
        if (p->bad == NULL) return ERR_CORRUPT;
        if (x->c.check && !bytes_are_marks(p->bad, p->count)) return ERR_CORRUPT;
    }
    p->regs = ARENA_ARRAY(&x->s->arena, struct register_data, x->r->reg_count);
    if (p->regs == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < x->r->reg_count; i++) {
        enum err e = register_take(x, i, &p->regs[i]);
        if (e != ERR_OK) return e;
    }
    return x->c.p == x->c.end ? lists_make(x) : ERR_CORRUPT;
}

enum err image_segment_read(struct str bytes, const struct rules *r, bool check,
                            struct image_segment *s)
{
    struct reading x = {.c = {bytes.p, bytes.p + bytes.n, check}, .r = r, .s = s};
    return bytes.n > 0 && heads_take(&x) ? people_take(&x) : ERR_CORRUPT;
}
