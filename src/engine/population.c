/* Residents in columns: reading them, and building them row by row.
 *
 * The builder keeps the rows of each register in blocks as they arrive:
 *
 *   block k holds rows BLOCK_ROWS_FIRST * (2^k - 1) and on, twice as many as the block before
 *
 * so that no row is ever copied while rows arrive, and a few rows cost a few bytes. Finishing
 * orders them by (person, fields in declaration order, line) with a counting sort over persons and
 * a sort inside each person, and lays them out as the columns of population.h.
 *
 * Invariants: a value in a block fits its column; an unknown value is stored as 0. */
#include "engine/population.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"

#define BLOCK_ROWS_FIRST 16u
#define BLOCKS_MAX 28u /* 16 * (2^28 - 1) rows: more than row_count can say */

/* --- columns --- */

enum col_type column_type_for(const struct rule_field *f)
{
    int64_t lo = f->lo < 0 ? f->lo : 0; /* 0 stands where nothing is known */
    int64_t hi = f->hi > 0 ? f->hi : 0;

    if (f->empty == EMPTY_ALWAYS && lo > DATE_OPEN_START) lo = DATE_OPEN_START;
    if (f->empty == EMPTY_OPEN) {
        int64_t open = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
        if (hi < open) hi = open;
    }
    if (lo >= 0 && hi <= UINT8_MAX) return COL_U8;
    if (lo >= INT16_MIN && hi <= INT16_MAX) return COL_I16;
    if (lo >= INT32_MIN && hi <= INT32_MAX) return COL_I32;
    return COL_I64;
}

size_t column_width(enum col_type t)
{
    static const size_t width[] = {[COL_U8] = 1, [COL_I16] = 2, [COL_I32] = 4, [COL_I64] = 8};
    return width[t];
}

int64_t column_get(const struct column *c, uint32_t row)
{
    switch (c->type) {
    case COL_U8:
        return ((const uint8_t *)c->data)[row];
    case COL_I16:
        return ((const int16_t *)c->data)[row];
    case COL_I32:
        return ((const int32_t *)c->data)[row];
    case COL_I64:
        break;
    }
    return ((const int64_t *)c->data)[row];
}

static void column_put(enum col_type type, void *data, uint32_t row, int64_t v)
{
    switch (type) {
    case COL_U8:
        ((uint8_t *)data)[row] = (uint8_t)v;
        return;
    case COL_I16:
        ((int16_t *)data)[row] = (int16_t)v;
        return;
    case COL_I32:
        ((int32_t *)data)[row] = (int32_t)v;
        return;
    case COL_I64:
        break;
    }
    ((int64_t *)data)[row] = v;
}

bool column_known(const struct column *c, uint32_t row)
{
    return c->known == NULL || c->known[row] != 0;
}

/* Eight counts added up in one word: pairs of 16 bits, then all four by a multiplication. */
static uint32_t sum_of_eight(const uint8_t *counts)
{
    const uint64_t every_other = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t w;
    memcpy(&w, counts, sizeof w);
    w = (w & every_other) + ((w >> 8) & every_other);
    return (uint32_t)((w * UINT64_C(0x0001000100010001)) >> 48);
}

static uint32_t counts_sum(const uint8_t *counts, uint32_t n)
{
    uint32_t sum = 0, i = 0;
    for (; i + 8 <= n; i += 8)
        sum += sum_of_eight(counts + i);
    for (; i < n; i++)
        sum += counts[i];
    return sum;
}

void population_rows(const struct population *p, int32_t reg, uint32_t person, uint32_t *ret_first,
                     uint32_t *ret_end)
{
    const struct register_data *d = &p->regs[reg];

    if (d->off != NULL) {
        *ret_first = d->off[person];
        *ret_end = d->off[person + 1];
    } else if (d->rows_of != NULL) {
        const uint32_t in = person % ROWS_STRIDE;
        const uint32_t first =
            d->rows_before[person / ROWS_STRIDE] + counts_sum(d->rows_of + person - in, in);
        *ret_first = first;
        *ret_end = first + d->rows_of[person];
    } else {
        *ret_first = person < d->row_count ? person : d->row_count;
        *ret_end = person < d->row_count ? person + 1 : d->row_count;
    }
}

enum err population_pack_rows(struct arena *a, const uint32_t *off, uint32_t persons,
                              struct register_data *d)
{
    uint32_t most = 0;

    d->off = off;
    for (uint32_t i = 0; i < persons; i++)
        most = off[i + 1] - off[i] > most ? off[i + 1] - off[i] : most;
    if (most > UINT8_MAX) return ERR_OK;
    uint8_t *rows_of = ARENA_ARRAY(a, uint8_t, persons);
    uint32_t *before = ARENA_ARRAY(a, uint32_t, persons / ROWS_STRIDE + 1);
    if (rows_of == NULL || before == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < persons; i++)
        rows_of[i] = (uint8_t)(off[i + 1] - off[i]);
    for (uint32_t i = 0; i <= persons / ROWS_STRIDE; i++)
        before[i] = off[i * ROWS_STRIDE];
    d->rows_of = rows_of;
    d->rows_before = before;
    d->off = NULL;
    return ERR_OK;
}

bool population_answered(const struct population *p, int32_t reg, uint32_t person)
{
    const struct register_data *d = &p->regs[reg];

    return d->answered && (d->answered_person == NULL || d->answered_person[person] != 0);
}

/* --- building: rows as they arrive --- */

struct row_block {
    uint32_t *person, *line;
    void **data;     /* per field */
    uint8_t **known; /* per field */
};

struct register_rows {
    struct row_block *blocks[BLOCKS_MAX];
    enum col_type *types; /* per field */
    uint32_t count;
    bool unanswered, has_lines;
};

struct population_builder {
    struct arena *arena;
    const struct rules *rules;
    uint32_t persons;
    struct register_rows *regs;
};

static uint32_t block_of(uint32_t row)
{
    return 31u - (uint32_t)__builtin_clz(row / BLOCK_ROWS_FIRST + 1);
}

static uint32_t block_start(uint32_t block)
{
    return BLOCK_ROWS_FIRST * ((1u << block) - 1);
}

static struct row_block *row_block_new(struct arena *a, const struct register_rows *rows,
                                       uint32_t field_count, size_t row_count)
{
    struct row_block *b = ARENA_NEW(a, struct row_block);

    if (b == NULL) return NULL;
    b->person = ARENA_ARRAY(a, uint32_t, row_count);
    b->line = ARENA_ARRAY(a, uint32_t, row_count);
    b->data = ARENA_ARRAY(a, void *, field_count);
    b->known = ARENA_ARRAY(a, uint8_t *, field_count);
    if (b->person == NULL || b->line == NULL || b->data == NULL || b->known == NULL) return NULL;
    for (uint32_t f = 0; f < field_count; f++) {
        b->data[f] = arena_alloc(a, row_count, column_width(rows->types[f]));
        b->known[f] = ARENA_ARRAY(a, uint8_t, row_count);
        if (b->data[f] == NULL || b->known[f] == NULL) return NULL;
    }
    return b;
}

enum err population_builder_new(struct arena *a, const struct rules *r, uint32_t persons,
                                struct population_builder **ret)
{
    struct population_builder *b = ARENA_NEW(a, struct population_builder);

    if (b == NULL) return ERR_NOMEM;
    b->arena = a;
    b->rules = r;
    b->persons = persons;
    b->regs = ARENA_ARRAY(a, struct register_rows, r->reg_count);
    if (b->regs == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->reg_count; i++) {
        const struct rule_register *reg = &r->regs[i];
        b->regs[i].types = ARENA_ARRAY(a, enum col_type, reg->field_count);
        if (b->regs[i].types == NULL) return ERR_NOMEM;
        for (uint32_t f = 0; f < reg->field_count; f++)
            b->regs[i].types[f] = column_type_for(&reg->fields[f]);
    }
    *ret = b;
    return ERR_OK;
}

/* May the cell stand in the field: in range, or the open end the field allows? */
static bool value_is_allowed(const struct rule_field *f, int64_t v)
{
    if (v >= f->lo && v <= f->hi) return true;
    if (f->empty == EMPTY_ALWAYS) return v == DATE_OPEN_START;
    if (f->empty == EMPTY_OPEN)
        return v == (f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END);
    return false;
}

static bool row_is_allowed(const struct rule_register *reg, const int64_t *values,
                           const bool *known)
{
    for (uint32_t f = 0; f < reg->field_count; f++) {
        if (known != NULL && !known[f]) continue;
        if (!value_is_allowed(&reg->fields[f], values[f])) return false;
    }
    return true;
}

enum err population_builder_add(struct population_builder *b, int32_t reg, uint32_t person,
                                const int64_t *values, const bool *known, uint32_t line)
{
    INVARIANT(reg >= 0 && (uint32_t)reg < b->rules->reg_count && person < b->persons);
    const struct rule_register *rr = &b->rules->regs[reg];
    struct register_rows *rows = &b->regs[reg];

    if (!row_is_allowed(rr, values, known)) return ERR_RANGE;
    uint32_t k = block_of(rows->count);
    if (k >= BLOCKS_MAX || rows->count == UINT32_MAX) return ERR_RANGE;
    if (rows->blocks[k] == NULL) {
        rows->blocks[k] =
            row_block_new(b->arena, rows, rr->field_count, (size_t)BLOCK_ROWS_FIRST << k);
        if (rows->blocks[k] == NULL) return ERR_NOMEM;
    }
    struct row_block *block = rows->blocks[k];
    uint32_t at = rows->count - block_start(k);
    block->person[at] = person;
    block->line[at] = line;
    for (uint32_t f = 0; f < rr->field_count; f++) {
        bool is_known = known == NULL || known[f];
        block->known[f][at] = is_known;
        column_put(rows->types[f], block->data[f], at, is_known ? values[f] : 0);
    }
    rows->has_lines = rows->has_lines || line != 0;
    rows->count++;
    return ERR_OK;
}

void population_builder_persons(struct population_builder *b, uint32_t persons)
{
    INVARIANT(persons <= b->persons);
    b->persons = persons;
}

void population_builder_unanswered(struct population_builder *b, int32_t reg)
{
    b->regs[reg].unanswered = true;
}

/* --- building: rows in order --- */

struct order_key {
    const struct register_rows *rows;
    uint32_t field_count;
};

static int64_t block_value(const struct register_rows *rows, uint32_t field, uint32_t row,
                           bool *ret_known)
{
    uint32_t k = block_of(row), at = row - block_start(k);
    const struct row_block *block = rows->blocks[k];
    const struct column c = {rows->types[field], block->data[field], block->known[field]};

    *ret_known = column_known(&c, at);
    return column_get(&c, at);
}

static uint32_t block_line(const struct register_rows *rows, uint32_t row)
{
    uint32_t k = block_of(row);
    return rows->blocks[k]->line[row - block_start(k)];
}

static uint32_t block_person(const struct register_rows *rows, uint32_t row)
{
    uint32_t k = block_of(row);
    return rows->blocks[k]->person[row - block_start(k)];
}

/* By the fields in declaration order, unknown first; equal rows by line. */
static int compare_rows(const void *x, const void *y, void *ctx)
{
    const struct order_key *key = ctx;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

    for (uint32_t f = 0; f < key->field_count; f++) {
        bool known_a, known_b;
        int64_t va = block_value(key->rows, f, a, &known_a);
        int64_t vb = block_value(key->rows, f, b, &known_b);
        if (known_a != known_b) return known_a ? 1 : -1;
        if (va != vb) return va < vb ? -1 : 1;
    }
    uint32_t la = block_line(key->rows, a), lb = block_line(key->rows, b);
    return la < lb ? -1 : la > lb;
}

/* `off` gets the rows of each person, `order` the arrival numbers in their final order. */
static void order_rows(const struct register_rows *rows, uint32_t field_count, uint32_t persons,
                       uint32_t *off, uint32_t *order)
{
    struct order_key key = {rows, field_count};

    for (uint32_t i = 0; i < rows->count; i++)
        off[block_person(rows, i) + 1]++;
    for (uint32_t p = 0; p < persons; p++)
        off[p + 1] += off[p];
    for (uint32_t i = rows->count; i-- > 0;) /* off[p+1] walks down to off[p] … */
        order[--off[block_person(rows, i) + 1]] = i;
    for (uint32_t p = 0; p < persons; p++) /* … and is put back */
        off[p] = off[p + 1];
    off[persons] = rows->count;
    for (uint32_t p = 0; p < persons; p++) {
        uint32_t n = off[p + 1] - off[p];
        if (n > 1) qsort_r(order + off[p], n, sizeof *order, compare_rows, &key);
    }
}

static enum err lay_out_column(struct arena *a, const struct register_rows *rows, uint32_t field,
                               const uint32_t *order, struct column *ret)
{
    void *data = arena_alloc(a, rows->count, column_width(rows->types[field]));
    uint8_t *known = ARENA_ARRAY(a, uint8_t, rows->count);
    bool all_known = true;

    if (data == NULL || known == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < rows->count; i++) {
        bool is_known;
        int64_t v = block_value(rows, field, order[i], &is_known);
        column_put(rows->types[field], data, i, v);
        known[i] = is_known;
        all_known = all_known && is_known;
    }
    *ret = (struct column){rows->types[field], data, all_known ? NULL : known};
    return ERR_OK;
}

static enum err lay_out_lines(struct arena *a, const struct register_rows *rows,
                              const uint32_t *order, const uint32_t **ret)
{
    uint32_t *line = ARENA_ARRAY(a, uint32_t, rows->count);

    if (line == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < rows->count; i++)
        line[i] = block_line(rows, order[i]);
    *ret = line;
    return ERR_OK;
}

/* A register in which every person has exactly one row needs no offsets. */
static bool every_person_has_one(const uint32_t *off, uint32_t persons)
{
    for (uint32_t p = 0; p <= persons; p++)
        if (off[p] != p) return false;
    return true;
}

/* More rows than the register may hold for a person: no figure of his can be trusted. */
static void mark_crowded(const struct rule_register *reg, const uint32_t *off, uint32_t persons,
                         uint8_t *bad, bool *ret_any)
{
    uint32_t most = reg->one_per_person ? 1 : reg->max_records;

    for (uint32_t p = 0; p < persons; p++) {
        if (off[p + 1] - off[p] <= most) continue;
        bad[p] = 1;
        *ret_any = true;
    }
}

static enum err lay_out_register(struct population_builder *b, uint32_t reg, uint8_t *bad,
                                 bool *any_bad, struct register_data *ret)
{
    const struct rule_register *rr = &b->rules->regs[reg];
    const struct register_rows *rows = &b->regs[reg];
    uint32_t *off = ARENA_ARRAY(b->arena, uint32_t, (size_t)b->persons + 1);
    uint32_t *order = ARENA_ARRAY(b->arena, uint32_t, rows->count);
    struct column *cols = ARENA_ARRAY(b->arena, struct column, rr->field_count);

    if (off == NULL || order == NULL || cols == NULL) return ERR_NOMEM;
    order_rows(rows, rr->field_count, b->persons, off, order);
    mark_crowded(rr, off, b->persons, bad, any_bad);
    for (uint32_t f = 0; f < rr->field_count; f++) {
        enum err e = lay_out_column(b->arena, rows, f, order, &cols[f]);
        if (e != ERR_OK) return e;
    }
    *ret = (struct register_data){
        .answered = !rows->unanswered, .row_count = rows->count, .off = off, .cols = cols};
    if (rr->one_per_person && every_person_has_one(off, b->persons)) ret->off = NULL;
    if (rows->has_lines) return lay_out_lines(b->arena, rows, order, &ret->line);
    return ERR_OK;
}

enum err population_builder_finish(struct population_builder *b, struct population *ret)
{
    struct register_data *regs = ARENA_ARRAY(b->arena, struct register_data, b->rules->reg_count);
    uint8_t *bad = ARENA_ARRAY(b->arena, uint8_t, b->persons);
    bool any_bad = false;

    if (regs == NULL || bad == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < b->rules->reg_count; i++) {
        enum err e = lay_out_register(b, i, bad, &any_bad, &regs[i]);
        if (e != ERR_OK) return e;
    }
    *ret = (struct population){
        .rules = b->rules, .count = b->persons, .regs = regs, .bad = any_bad ? bad : NULL};
    return ERR_OK;
}
