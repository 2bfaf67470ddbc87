/* Running a vm: chunk by chunk, operation by operation.
 *
 *   chunk of persons -> rows and columns of the registers in use (pointers into the population
 *                       where the persons are consecutive, else gathered copies)
 *                    -> operations -> result columns
 *
 * Invariants: a slot's buffers hold `cap` lanes of its kind; nothing is allocated but when a chunk
 * has more rows than any before; results depend on nothing but the person. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "engine/vm_internal.h"

#define VM_CHUNK_DEFAULT 1024

/* A column as the kernels see it in this chunk: dense. */
struct chunk_column {
    enum col_type type;
    const void *data;
    const uint8_t *known; /* NULL: all */
    void *copy;           /* owned: where gathered cells go */
    uint8_t *known_copy;
    size_t copy_cap; /* cells */
};

struct chunk_reg {
    struct segments seg;
    bool answered;        /* by everybody in the chunk */
    const uint32_t *rows; /* gathered: the population's row per row here; NULL = consecutive */
    uint32_t first_row;   /* consecutive: of the population */
    uint32_t *off_copy;   /* owned: chunk + 1 */
    uint32_t *rows_copy;  /* owned */
    size_t rows_cap;
};

struct vm_state {
    const struct vm *vm;
    struct vm_vec *slots, *buffers; /* current ends; owned buffers */
    struct vm_vec *sources;         /* of the operation at hand */
    size_t row_cap;
    struct chunk_column *columns;
    struct chunk_reg *regs;
    void *person_a, *person_b, *person_c, *row_a, *row_b; /* lanes */
    void *total_lo, *total_hi, *zeros, *ones;
    uint8_t *err, *row_err;
    uint64_t *prefix;  /* row_cap + 1 */
    uint32_t *several; /* chunk + 8 */
    int32_t *few;      /* FEW_LANES * (chunk + 1) */
    struct fetch fetch;
    uint8_t *counts;    /* chunk */
    int64_t *scratch;   /* 4 * row_cap */
    uint32_t *identity; /* 0, 1, 2 …: offsets of registers with one row each */
    int32_t *status;
    uint8_t *in_force;
};

/* --- a vm --- */

static const struct kernels *kernels_pick(enum vm_lanes lanes, bool narrow)
{
#if defined(__x86_64__)
    const bool wider = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2");
    if (lanes == VM_LANES_AUTO && wider) return narrow ? &kernels_avx512_i32 : &kernels_avx512_i64;
    if (lanes != VM_LANES_PORTABLE && __builtin_cpu_supports("avx2"))
        return narrow ? &kernels_avx2_i32 : &kernels_avx2_i64;
#endif
    (void)lanes;
    return narrow ? &kernels_portable_i32 : &kernels_portable_i64;
}

enum err vm_new(struct arena *a, const struct plan *plan, int32_t day, const struct vm_options *o,
                struct vm **ret)
{
    struct vm *vm = ARENA_NEW(a, struct vm);
    bool narrow = false;

    if (!vm) return ERR_NOMEM;
    vm->plan = plan;
    vm->day = day;
    vm->chunk = o && o->chunk ? o->chunk : VM_CHUNK_DEFAULT;
    vm->marks = o && o->marks;
    vm->total = vm->force = vm->veto = vm->freeze = -1;
    if (!plan->has_none_in_force) {
        enum err e = vm_lower(a, plan, day, vm, &narrow);
        if (e != ERR_OK) return e;
    }
    if (o && o->force_wide_ints) narrow = false;
    vm->kernels = kernels_pick(o ? o->lanes : VM_LANES_AUTO, narrow);
    *ret = vm;
    return ERR_OK;
}

const char *vm_lanes_name(const struct vm *vm)
{
    return vm->kernels->name;
}

/* --- a state --- */

void vm_state_free(struct vm_state *s)
{
    if (!s) return;
    const struct vm *vm = s->vm;
    for (uint32_t i = 0; s->buffers && i < vm->slot_count; i++) {
        free(s->buffers[i].lo);
        free(s->buffers[i].hi);
    }
    for (uint32_t i = 0; s->columns && i < vm->column_count; i++) {
        free(s->columns[i].copy);
        free(s->columns[i].known_copy);
    }
    for (uint32_t i = 0; s->regs && i < vm->reg_count; i++) {
        free(s->regs[i].off_copy);
        free(s->regs[i].rows_copy);
    }
    void *const owned[] = {s->slots,    s->buffers,  s->columns, s->regs,     s->person_a,
                           s->person_b, s->person_c, s->row_a,   s->row_b,    s->total_lo,
                           s->total_hi, s->zeros,    s->ones,    s->err,      s->row_err,
                           s->scratch,  s->identity, s->status,  s->in_force, s->prefix,
                           s->several,  s->counts,   s->sources, s->few};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(s);
}

static void *lanes_new(const struct vm *vm, size_t count)
{
    /* whole vectors, aligned to a cache line */
    const size_t bytes = (count * vm->kernels->width + 127) / 64 * 64;
    return aligned_alloc(64, bytes);
}

/* Fresh buffers for every slot of one kind; false when memory ends. */
static bool slots_resize(struct vm_state *s, bool rows, size_t cap)
{
    const struct vm *vm = s->vm;
    for (uint32_t i = 0; i < vm->slot_count; i++) {
        if (vm->slots[i].rows != rows) continue;
        struct vm_vec *b = &s->buffers[i];
        free(b->lo);
        free(b->hi);
        b->hi = NULL;
        b->lo = lanes_new(vm, cap);
        if (!vm->slots[i].is_const) b->hi = lanes_new(vm, cap);
        if (!b->lo || (!b->hi && !vm->slots[i].is_const)) return false;
        if (vm->slots[i].is_const) vm->kernels->fill(b->lo, vm->slots[i].value, cap);
        s->slots[i] = (struct vm_vec){b->lo, b->lo};
    }
    return true;
}

static bool rows_resize(struct vm_state *s, size_t cap)
{
    free(s->row_a);
    free(s->row_b);
    free(s->row_err);
    free(s->prefix);
    free(s->scratch);
    s->prefix = malloc((cap + 1) * sizeof *s->prefix);
    s->scratch = malloc(4 * cap * sizeof *s->scratch);
    s->row_a = lanes_new(s->vm, cap);
    s->row_b = lanes_new(s->vm, cap);
    s->row_err = malloc(cap);
    s->row_cap = cap;
    return s->prefix && s->scratch && s->row_a && s->row_b && s->row_err &&
           slots_resize(s, true, cap);
}

static bool state_fill(struct vm_state *s)
{
    const struct vm *vm = s->vm;
    const size_t n = vm->chunk;
    size_t most = 1;

    s->slots = calloc(vm->slot_count + 1, sizeof *s->slots);
    s->buffers = calloc(vm->slot_count + 1, sizeof *s->buffers);
    for (uint32_t i = 0; i < vm->op_count; i++)
        if (vm->ops[i].src_count > most) most = vm->ops[i].src_count;
    s->sources = calloc(most, sizeof *s->sources);
    s->columns = calloc(vm->column_count + 1, sizeof *s->columns);
    s->regs = calloc(vm->reg_count + 1, sizeof *s->regs);
    s->person_a = lanes_new(vm, n);
    s->person_b = lanes_new(vm, n);
    s->person_c = lanes_new(vm, n);
    s->total_lo = lanes_new(vm, n);
    s->total_hi = lanes_new(vm, n);
    s->zeros = lanes_new(vm, n);
    s->ones = lanes_new(vm, n);
    s->err = malloc(n);
    s->identity = malloc((n + 1) * sizeof *s->identity);
    s->status = malloc(n * sizeof *s->status);
    s->in_force = malloc(n);
    s->several = malloc((n + 8) * sizeof *s->several);
    s->counts = malloc(n);
    s->few = malloc(FEW_LANES * (n + 1) * sizeof *s->few);
    if (!s->slots || !s->buffers || !s->sources || !s->columns || !s->regs || !s->person_a ||
        !s->person_b || !s->person_c || !s->total_lo || !s->total_hi || !s->zeros || !s->ones ||
        !s->err || !s->identity || !s->status || !s->in_force || !s->several || !s->counts ||
        !s->few)
        return false;
    for (uint32_t i = 0; i < vm->reg_count; i++)
        if (!(s->regs[i].off_copy = malloc((n + 1) * sizeof(uint32_t)))) return false;
    for (uint32_t i = 0; i <= n; i++)
        s->identity[i] = i;
    vm->kernels->fill(s->zeros, 0, n);
    vm->kernels->fill(s->ones, 1, n);
    return slots_resize(s, false, n) && rows_resize(s, 2 * n);
}

enum err vm_state_new(const struct vm *vm, struct vm_state **ret)
{
    struct vm_state *s = calloc(1, sizeof *s);
    if (!s) return ERR_NOMEM;
    s->vm = vm;
    if (!state_fill(s)) {
        vm_state_free(s);
        return ERR_NOMEM;
    }
    *ret = s;
    return ERR_OK;
}

/* --- a chunk --- */

struct chunk {
    struct vm_state *s;
    const struct vm *vm;
    const struct population *people;
    const uint32_t *persons; /* NULL: first, first + 1, … */
    uint32_t first, count;
    struct score_columns *ret;
    size_t at;
};

static uint32_t chunk_person(const struct chunk *c, uint32_t i)
{
    return c->persons ? c->persons[i] : c->first + i;
}

static bool chunk_answered(const struct chunk *c, int32_t reg)
{
    const struct register_data *d = &c->people->regs[reg];
    if (!d->answered_person) return d->answered;
    for (uint32_t i = 0; i < c->count; i++)
        if (!population_answered(c->people, reg, chunk_person(c, i))) return false;
    return true;
}

/* Offsets of consecutive persons from their counts. */
static void offsets_from_counts(const struct chunk *c, const struct register_data *d, uint32_t *off)
{
    uint32_t first, end;
    population_rows(c->people, (int32_t)(d - c->people->regs), c->first, &first, &end);
    c->vm->kernels->offsets(off, d->rows_of + c->first, first, c->count);
}

/* Consecutive persons: the register's own offsets, seen from the chunk's first row. */
static void rows_direct(const struct chunk *c, const struct register_data *d, struct chunk_reg *r)
{
    r->rows = NULL;
    if (d->off) {
        r->seg.off = d->off + c->first;
        r->first_row = r->seg.base = r->seg.off[0];
    } else if (d->rows_of) {
        offsets_from_counts(c, d, r->off_copy);
        r->seg.off = r->off_copy;
        r->first_row = r->seg.base = r->off_copy[0];
    } else { /* one row each, or none at all */
        r->seg.off = c->s->identity;
        r->first_row = c->first;
        r->seg.base = 0;
    }
}

static enum err rows_reserve(struct chunk_reg *r, size_t rows)
{
    if (rows <= r->rows_cap) return ERR_OK;
    uint32_t *grown = malloc(2 * rows * sizeof *grown);
    if (!grown) return ERR_NOMEM;
    free(r->rows_copy);
    r->rows_copy = grown;
    r->rows_cap = 2 * rows;
    return ERR_OK;
}

static enum err rows_gather(const struct chunk *c, int32_t reg, struct chunk_reg *r)
{
    uint32_t *first = c->s->several, total = 0, end; /* not in use before the operations run */

    for (uint32_t i = 0; i < c->count; i++) {
        population_rows(c->people, reg, chunk_person(c, i), &first[i], &end);
        r->off_copy[i] = total;
        total += end - first[i];
    }
    r->off_copy[c->count] = total;
    if (rows_reserve(r, total) != ERR_OK) return ERR_NOMEM;
    for (uint32_t i = 0, k = 0; i < c->count; i++)
        for (uint32_t row = first[i]; k < r->off_copy[i + 1]; row++)
            r->rows_copy[k++] = row;
    r->rows = r->rows_copy;
    r->seg.off = r->off_copy;
    r->seg.base = 0;
    return ERR_OK;
}

static bool has_rows(const struct population *p, int32_t reg)
{
    return p->regs[reg].row_count > 0;
}

/* With offsets, or exactly one row for every person? */
static bool has_row_each(const struct population *p, int32_t reg)
{
    const struct register_data *d = &p->regs[reg];
    return d->off || d->rows_of || d->row_count == p->count;
}

static enum err chunk_reg_set(const struct chunk *c, uint32_t index)
{
    const int32_t reg = c->vm->regs[index];
    struct chunk_reg *r = &c->s->regs[index];
    enum err e = ERR_OK;

    r->answered = chunk_answered(c, reg);
    r->seg.count = c->count;
    if (!has_rows(c->people, reg)) {
        memset(r->off_copy, 0, ((size_t)c->count + 1) * sizeof *r->off_copy);
        r->seg.off = r->off_copy;
        r->seg.base = 0;
        r->rows = NULL;
    } else if (c->persons || !has_row_each(c->people, reg)) {
        e = rows_gather(c, reg, r);
    } else {
        rows_direct(c, &c->people->regs[reg], r);
    }
    if (e != ERR_OK) return e;
    r->seg.rows = r->seg.off[c->count] - r->seg.base;
    if (r->seg.rows > c->s->row_cap && !rows_resize(c->s, 2 * (size_t)r->seg.rows))
        return ERR_NOMEM;
    return ERR_OK;
}

static enum err column_reserve(struct chunk_column *k, size_t cells)
{
    if (cells <= k->copy_cap) return ERR_OK;
    free(k->copy);
    free(k->known_copy);
    k->copy_cap = 2 * cells;
    k->copy = malloc(k->copy_cap * 8);
    k->known_copy = malloc(k->copy_cap);
    if (k->copy && k->known_copy) return ERR_OK;
    k->copy_cap = 0;
    return ERR_NOMEM;
}

/* Cells of the given rows; a row of UINT32_MAX is no row: 0. */
#define CELLS_COPY(name, type)                                                                     \
    static void name(void *to, const void *from, const uint32_t *rows, uint32_t n)                 \
    {                                                                                              \
        type *restrict out = to;                                                                   \
        const type *cells = from;                                                                  \
        for (uint32_t i = 0; i < n; i++)                                                           \
            out[i] = rows[i] == UINT32_MAX ? 0 : cells[rows[i]];                                   \
    }
CELLS_COPY(cells_copy_u8, uint8_t)
CELLS_COPY(cells_copy_i16, int16_t)
CELLS_COPY(cells_copy_i32, int32_t)
CELLS_COPY(cells_copy_i64, int64_t)
#undef CELLS_COPY

static void column_direct(struct chunk_column *k, const struct column *from, uint32_t first)
{
    k->data = (const char *)from->data + first * column_width(from->type);
    k->known = from->known ? from->known + first : NULL;
}

/* Copy the cells of the given rows; a row of UINT32_MAX is no row: unknown. */
static enum err column_gather(struct chunk_column *k, const struct column *from,
                              const uint32_t *rows, uint32_t n, bool gaps)
{
    static void (*const COPY[])(void *to, const void *from, const uint32_t *rows, uint32_t n) = {
        cells_copy_u8, cells_copy_i16, cells_copy_i32, cells_copy_i64};
    if (column_reserve(k, n) != ERR_OK) return ERR_NOMEM;
    COPY[from->type](k->copy, from->data, rows, n);
    for (uint32_t i = 0; i < n && (from->known || gaps); i++)
        k->known_copy[i] = rows[i] != UINT32_MAX && column_known(from, rows[i]);
    k->data = k->copy;
    k->known = from->known || gaps ? k->known_copy : NULL;
    return ERR_OK;
}

/* A one-per-person register seen per person. */
static enum err column_of_persons(const struct chunk *c, const struct vm_column *col,
                                  struct chunk_column *k)
{
    const struct register_data *d = &c->people->regs[col->reg];
    uint32_t *rows = c->s->several, first, end; /* as in rows_gather */
    bool gaps = false;

    if (!c->persons && !d->off && !d->rows_of && has_row_each(c->people, col->reg) && d->answered &&
        !d->answered_person) {
        column_direct(k, &d->cols[col->field], c->first);
        return ERR_OK;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        const uint32_t person = chunk_person(c, i);
        population_rows(c->people, col->reg, person, &first, &end);
        const bool there = first < end && population_answered(c->people, col->reg, person);
        rows[i] = there ? first : UINT32_MAX;
        gaps |= !there;
    }
    return column_gather(k, &d->cols[col->field], rows, c->count, gaps);
}

static enum err chunk_column_set(const struct chunk *c, uint32_t index)
{
    const struct vm_column *col = &c->vm->columns[index];
    struct chunk_column *k = &c->s->columns[index];
    static const struct column NOTHING = {COL_U8, NULL, NULL};
    const struct column *from =
        has_rows(c->people, col->reg) ? &c->people->regs[col->reg].cols[col->field] : &NOTHING;

    k->type = from->type;
    k->known = NULL;
    if (!has_rows(c->people, col->reg) && col->domain < 0) {
        if (column_reserve(k, c->count) != ERR_OK) return ERR_NOMEM;
        memset(k->copy, 0, c->count);
        memset(k->known_copy, 0, c->count);
        k->data = k->copy;
        k->known = k->known_copy;
        return ERR_OK;
    }
    if (col->domain < 0) return column_of_persons(c, col, k);
    const struct chunk_reg *r = &c->s->regs[col->domain];
    if (r->rows) return column_gather(k, from, r->rows, r->seg.rows, false);
    if (r->seg.rows > 0) column_direct(k, from, r->first_row);
    return ERR_OK;
}

/* --- operations --- */

static size_t op_lanes(const struct chunk *c, const struct vm_op *op)
{
    return op->domain < 0 ? c->count : c->s->regs[op->domain].seg.rows;
}

static void run_column(const struct chunk *c, const struct vm_op *op, struct vm_vec *d, size_t n)
{
    const struct kernels *k = c->vm->kernels;
    const struct chunk_column *col = &c->s->columns[op->column];
    const bool unknown = col->known && n > 0 && memchr(col->known, 0, n) != NULL;

    if (op->code == VM_LOAD && !unknown && column_width(col->type) == k->width) {
        d->lo = d->hi = (void *)(uintptr_t)col->data; /* read only: sources are never written */
        return;
    }
    if (op->code == VM_LOAD)
        k->load[col->type](d->lo, col->data, n);
    else if (op->code == VM_PER)
        k->per_column[col->type](d->lo, col->data, op->imm, op->imm2, op->imm3, op->last, n);
    else
        k->step[col->type](d->lo, col->data, &op->steps, n);
    if (!unknown) {
        d->hi = d->lo;
        return;
    }
    memcpy(d->hi, d->lo, n * k->width);
    k->fill_unknown(d->lo, col->known, op->unknown_lo, n);
    k->fill_unknown(d->hi, col->known, op->unknown_hi, n);
}

static void rows_err_to_persons(const struct chunk *c, const struct segments *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++)
            c->s->err[i] |= c->s->row_err[r];
}

static void run_pure(const struct chunk *c, const struct vm_op *op, struct vm_vec *d, size_t n)
{
    struct vm_state *s = c->s;
    struct vm_vec *src = s->sources;
    const bool rows = op->domain >= 0;
    const struct vm_scratch t = {rows ? s->row_a : s->person_a, rows ? s->row_b : s->person_b,
                                 rows ? s->row_err : s->err};

    for (uint32_t i = 0; i < op->src_count; i++) {
        const int32_t slot = c->vm->srcs[op->src_first + i];
        src[i] = slot >= 0 ? s->slots[slot] : (struct vm_vec){NULL, NULL};
    }
    if (rows && op->checked) memset(s->row_err, 0, n);
    vm_apply(c->vm->kernels, op, c->vm->table, src, d, n, &t);
    if (rows && op->checked) rows_err_to_persons(c, &s->regs[op->domain].seg);
}

static const struct vm_vec *record_src(const struct chunk *c, const struct vm_op *op, int which)
{
    static const struct vm_vec NONE = {NULL, NULL};
    const int32_t slot = c->vm->srcs[op->src_first + (uint32_t)which];
    return slot >= 0 ? &c->s->slots[slot] : &NONE;
}

/* --- aggregates --- */

struct aggregate {
    const struct chunk *c;
    const struct vm_op *op;
    const struct kernels *k;
    struct record_args x;
    struct vm_vec buffers;
    bool counted; /* s->counts holds how many rows of each person were chosen */
};

/* For one mask: the sure records, or sure and possible ones; the persons listed in x. */
static void aggregate_once(const struct aggregate *g, bool upper, void *d)
{
    const struct kernels *k = g->k;
    const struct record_args *x = &g->x;
    const void *mask = upper ? x->mask_hi : x->mask_lo;
    const void *value = upper ? x->value_hi : x->value_lo;

    if (g->op->code == VM_COUNT)
        k->count(d, mask, &x->seg);
    else if (g->op->code == VM_ANY)
        k->any(d, mask, &x->seg);
    else if (g->op->code == VM_SUM_RECORDS)
        k->sum_records(d, mask, value, x);
    else if (g->op->code == VM_MONTHS)
        k->months(d, mask, x);
    else if (g->op->code == VM_SPELLS)
        k->spells(d, mask, x);
    else if (g->op->code == VM_CONSECUTIVE)
        k->consecutive(d, mask, x);
    else
        k->each(d, mask, value, x);
}

/* Person by person, unknowns and all; or only the persons listed. */
static void aggregate_walk(const struct aggregate *g, struct vm_vec *d)
{
    const struct kernels *k = g->k;
    const uint32_t n = g->c->count;
    const bool known = g->x.mask_lo == g->x.mask_hi && g->x.value_lo == g->x.value_hi;

    if (g->op->code == VM_BEST) {
        k->best(d->lo, d->hi, &g->x);
    } else if (g->op->code == VM_NOW) {
        k->now(d->lo, d->hi, &g->x);
    } else {
        aggregate_once(g, false, d->lo);
        if (known) {
            d->hi = d->lo;
            return;
        }
        aggregate_once(g, true, d->hi);
        k->binary[KB_MIN](g->c->s->person_a, d->lo, d->hi, n);
        k->binary[KB_MAX](d->hi, d->lo, d->hi, n);
        memcpy(d->lo, g->c->s->person_a, n * k->width);
    }
}

/* The values of single rows, in row_a or where they are already. */
static const void *aggregate_rows(const struct aggregate *g)
{
    void *rows = g->c->s->row_a;

    if (g->op->code == VM_MONTHS)
        g->k->row_months(rows, &g->x);
    else if (g->op->code == VM_CONSECUTIVE)
        g->k->row_consecutive(rows, &g->x);
    else if (g->op->code == VM_SPELLS)
        g->k->row_spells(rows, &g->x);
    else if (g->op->code == VM_EACH && g->op->imm >= 0)
        g->k->binary_const[KB_MIN](rows, g->x.value_lo, g->op->imm, g->x.seg.rows);
    else
        return g->x.value_lo;
    return rows;
}

/* Nothing unknown: most persons have one chosen row or none and are done all at once; the others
 * are walked. */
static void aggregate_fold(struct aggregate *g, struct vm_vec *d)
{
    struct vm_state *s = g->c->s;
    const bool counts = g->op->code == VM_COUNT || g->op->code == VM_ANY;
    const bool picks = g->op->code == VM_BEST || g->op->code == VM_NOW;
    const int64_t bias = picks ? g->op->bias : 0;
    const void *rows = counts ? NULL : aggregate_rows(g);

    g->k->fold(s->prefix, g->x.mask_lo, rows, bias, g->x.seg.rows);
    if (counts) {
        g->k->unfold_count(d->lo, s->prefix, &g->x.seg, g->op->code == VM_ANY);
        d->hi = d->lo;
        return;
    }
    g->x.has_none = g->op->has_none || !picks;
    g->x.list_count =
        g->k->unfold(d->lo, s->prefix, &g->x, bias, picks ? g->op->imm : 0, s->several, s->counts);
    g->counted = true;
    struct vm_vec out = {d->lo, d->lo};
    if (!g->x.has_none && g->x.list_count > 0) { /* none at all: everything is possible */
        memcpy(d->hi, d->lo, g->c->count * g->k->width);
        out.hi = d->hi;
    }
    g->x.list = s->several;
    if (g->op->code != VM_SUM_RECORDS && g->x.list_count > 0) aggregate_walk(g, &out);
    *d = out;
}

/* Where the register has not answered, everything is possible. */
static void aggregate_silence(const struct aggregate *g, struct vm_vec *d)
{
    const struct kernels *k = g->k;
    const struct chunk *c = g->c;
    const struct chunk_reg *r = &c->s->regs[g->op->reg];
    const struct vm_vec *exists = record_src(c, g->op, VM_SRC_EXISTS);
    uint8_t *answered = c->s->counts; /* 0 = not */

    if (r->answered && !exists->lo) return;
    if (!exists->lo) {
        memset(answered, 1, c->count);
    } else if (!g->counted || exists->lo != g->x.mask_lo || exists->hi != exists->lo) {
        memset(answered, 0, c->count);
        k->any(c->s->person_a, exists->hi, &r->seg);
        k->mark_nonzero(answered, c->s->person_a, c->count);
    } /* else the rows counted are those that exist */
    for (uint32_t i = 0; i < c->count && !r->answered; i++)
        if (!population_answered(c->people, c->vm->regs[g->op->reg], chunk_person(c, i)))
            answered[i] = 0;
    if (!memchr(answered, 0, c->count)) return;
    if (d->hi == d->lo) {
        memcpy(g->buffers.hi, d->lo, c->count * k->width);
        d->hi = g->buffers.hi;
    }
    k->fill_unknown(d->lo, answered, g->op->unknown_lo, c->count);
    k->fill_unknown(d->hi, answered, g->op->unknown_hi, c->count);
}

static void run_aggregate(const struct chunk *c, const struct vm_op *op, struct vm_vec *d)
{
    const struct vm_vec *mask = record_src(c, op, VM_SRC_MASK);
    const struct vm_vec *value = record_src(c, op, VM_SRC_VALUE);
    const struct vm_vec *event = record_src(c, op, VM_SRC_EVENT);
    const struct vm_vec *key = record_src(c, op, VM_SRC_KEY);
    struct aggregate g = {.c = c,
                          .op = op,
                          .k = c->vm->kernels,
                          .buffers = *d,
                          .x = {.seg = c->s->regs[op->reg].seg,
                                .mask_lo = mask->lo,
                                .mask_hi = mask->hi,
                                .value_lo = value->lo,
                                .value_hi = value->hi,
                                .start = record_src(c, op, VM_SRC_START)->lo,
                                .end = record_src(c, op, VM_SRC_END)->lo,
                                .event_lo = event->lo,
                                .event_hi = event->hi,
                                .key_lo = key->lo,
                                .key_hi = key->hi,
                                .first = op->first,
                                .last = op->last,
                                .today = op->imm2,
                                .end_excluded = op->code == VM_SPELLS,
                                .imm = op->imm,
                                .has_none = op->has_none,
                                .least = op->least,
                                .checked = op->checked,
                                .none_lo = op->unknown_lo,
                                .none_hi = op->unknown_hi,
                                .list_count = c->count,
                                .err = c->s->err,
                                .scratch = c->s->scratch,
                                .few = c->s->few,
                                .fetch = &c->s->fetch}};
    const bool known = mask->lo == mask->hi && value->lo == value->hi;

    if (known && op->narrow) {
        aggregate_fold(&g, d);
    } else {
        aggregate_walk(&g, d);
        if (d->hi != d->lo && g.k->all_equal(d->lo, d->hi, c->count)) d->hi = d->lo;
    }
    aggregate_silence(&g, d);
}

/* --- results --- */

static void run_out(const struct chunk *c, const struct vm_op *op)
{
    const struct kernels *k = c->vm->kernels;
    const struct vm_vec *v = &c->s->slots[c->vm->srcs[op->src_first]];
    struct score_columns *ret = c->ret;
    const size_t i = (size_t)op->imm2;

    if (op->imm == VM_OUT_GATE || op->imm == VM_OUT_MARK) {
        uint8_t **of_lo = op->imm == VM_OUT_GATE ? ret->gates_lo : ret->marks_lo;
        uint8_t **of_hi = op->imm == VM_OUT_GATE ? ret->gates_hi : ret->marks_hi;
        if (of_lo && of_lo[i]) k->to_u8(of_lo[i] + c->at, v->lo, c->count);
        if (of_hi && of_hi[i]) k->to_u8(of_hi[i] + c->at, v->hi, c->count);
        return;
    }
    int64_t **lo = op->imm == VM_OUT_GROUP ? ret->groups_lo : ret->indicators_lo;
    int64_t **hi = op->imm == VM_OUT_GROUP ? ret->groups_hi : ret->indicators_hi;
    if (lo && lo[i]) k->to_i64(lo[i] + c->at, v->lo, c->count);
    if (hi && hi[i]) k->to_i64(hi[i] + c->at, v->hi, c->count);
}

static void run_op(const struct chunk *c, const struct vm_op *op)
{
    if (op->code == VM_OUT) {
        run_out(c, op);
        return;
    }
    struct vm_vec d = c->s->buffers[op->dst];
    if (op->column >= 0) {
        run_column(c, op, &d, op_lanes(c, op));
    } else if (vm_code_is_pure(op->code)) {
        run_pure(c, op, &d, op_lanes(c, op));
    } else if (op->code == VM_EXPAND) {
        const struct vm_vec *from = &c->s->slots[c->vm->srcs[op->src_first]];
        const struct segments *seg = &c->s->regs[op->domain].seg;
        c->vm->kernels->expand(d.lo, from->lo, seg);
        if (from->hi == from->lo)
            d.hi = d.lo;
        else
            c->vm->kernels->expand(d.hi, from->hi, seg);
    } else {
        run_aggregate(c, op, &d);
    }
    c->s->slots[op->dst] = d;
}

/* --- the end of a chunk: status, force, errors --- */

static int64_t lane_at(const struct vm *vm, const void *lanes, uint32_t i)
{
    return vm->kernels->wide ? ((const int64_t *)lanes)[i] : ((const int32_t *)lanes)[i];
}

/* Status and whether the permit is in force, person by person. */
static void status_of_permit(const struct chunk *c)
{
    const struct rule_force *f = &c->vm->plan->rules->force;
    const struct vm_vec *v = &c->s->slots[c->vm->force];
    int32_t row_of[64]; /* by member + 1 */

    for (int i = 0; i < 64; i++)
        row_of[i] = STATUS_UNKNOWN;
    for (uint32_t r = f->row_count; r-- > 0;)
        if (f->rows[r].member < 63) row_of[f->rows[r].member + 1] = (int32_t)r;
    for (uint32_t i = 0; i < c->count; i++) {
        const int64_t lo = lane_at(c->vm, v->lo, i), hi = lane_at(c->vm, v->hi, i);
        const bool known = lo == hi && lo >= -1 && lo < 63;
        const int32_t status = known ? row_of[lo + 1] : STATUS_UNKNOWN;
        c->s->status[i] = status;
        c->s->in_force[i] = status < 0 || f->rows[status].in_force;
    }
}

static void status_out(const struct chunk *c)
{
    const struct vm *vm = c->vm;
    const void *veto = vm->veto >= 0 ? c->s->slots[vm->veto].lo : NULL;
    const void *freeze = vm->freeze >= 0 ? c->s->slots[vm->freeze].lo : NULL;
    int32_t *status = c->s->status;
    const uint32_t n = c->count;

    if (vm->force >= 0) {
        status_of_permit(c);
    } else {
        for (uint32_t i = 0; i < n; i++)
            status[i] = STATUS_IN_FORCE_DEFAULT;
        memset(c->s->in_force, 1, n);
    }
    for (uint32_t i = 0; i < n && (veto || freeze); i++) {
        if (!c->s->in_force[i]) continue;
        if (freeze && lane_at(vm, freeze, i)) status[i] = STATUS_FROZEN;
        if (veto && lane_at(vm, veto, i)) status[i] = STATUS_VETOED;
    }
    if (c->ret->status) memcpy(c->ret->status + c->at, status, n * sizeof *status);
    if (c->ret->in_force) memcpy(c->ret->in_force + c->at, c->s->in_force, n);
}

/* d |= the permit's member is surely that of such a row of the force table. */
static void permit_is(const struct chunk *c, bool only_in_force, void *d)
{
    const struct kernels *k = c->vm->kernels;
    const struct rule_force *f = &c->vm->plan->rules->force;
    const struct vm_vec *v = &c->s->slots[c->vm->force];

    k->fill(d, 0, c->count);
    for (uint32_t r = 0; r < f->row_count; r++) {
        const int64_t member = f->rows[r].member;
        if (only_in_force && !f->rows[r].in_force) continue;
        k->within(d, v->lo, v->hi, member, member, true, c->count);
    }
}

/* Where the permit is unknown (or its member stands in no row of the force table) points may
 * count: [0, max(0, hi)]. The lower end is 0 there already. */
static void total_of_unknown(const struct chunk *c, struct vm_vec *total)
{
    const struct kernels *k = c->vm->kernels;
    void *known = c->s->person_a, *perhaps = c->s->person_b;

    permit_is(c, false, known);
    if (k->all_equal(known, c->s->ones, c->count)) return;
    k->binary_const[KB_MAX](perhaps, c->s->slots[c->vm->total].hi, 0, c->count);
    k->select(c->s->total_hi, known, total->hi, perhaps, c->count);
    total->hi = c->s->total_hi;
}

/* Points count while the permit is in force. (What a veto of everything leaves is 0 already.) */
static void total_out(const struct chunk *c)
{
    const struct kernels *k = c->vm->kernels;
    const struct vm_vec *v = &c->s->slots[c->vm->total];
    struct vm_vec total = *v;

    if (c->vm->force >= 0) {
        permit_is(c, true, c->s->person_a);
        total = (struct vm_vec){c->s->total_lo, c->s->total_lo};
        k->select(total.lo, c->s->person_a, v->lo, c->s->zeros, c->count);
        if (v->hi != v->lo) {
            total.hi = c->s->person_c;
            k->select(total.hi, c->s->person_a, v->hi, c->s->zeros, c->count);
        }
        total_of_unknown(c, &total);
    }
    if (c->ret->total_lo) k->to_i64(c->ret->total_lo + c->at, total.lo, c->count);
    if (c->ret->total_hi) k->to_i64(c->ret->total_hi + c->at, total.hi, c->count);
}

static void spoil(const struct chunk *c, uint32_t i)
{
    struct score_columns *r = c->ret;
    const struct plan *p = c->vm->plan;
    const size_t at = c->at + i;

    if (r->status) r->status[at] = STATUS_ERROR;
    if (r->in_force) r->in_force[at] = 0;
    if (r->total_lo) r->total_lo[at] = 0;
    if (r->total_hi) r->total_hi[at] = 0;
    for (uint32_t k = 0; k < p->indicator_count; k++) {
        if (r->indicators_lo && r->indicators_lo[k]) r->indicators_lo[k][at] = 0;
        if (r->indicators_hi && r->indicators_hi[k]) r->indicators_hi[k][at] = 0;
    }
    for (uint32_t k = 0; k < p->group_count; k++) {
        if (r->groups_lo && r->groups_lo[k]) r->groups_lo[k][at] = 0;
        if (r->groups_hi && r->groups_hi[k]) r->groups_hi[k][at] = 0;
    }
    for (uint32_t k = 0; k < p->gate_count; k++) {
        if (r->gates_lo && r->gates_lo[k]) r->gates_lo[k][at] = 0;
        if (r->gates_hi && r->gates_hi[k]) r->gates_hi[k][at] = 0;
    }
    for (uint32_t k = 0; c->vm->marks && k < score_mark_count(p->rules); k++) {
        if (r->marks_lo && r->marks_lo[k]) r->marks_lo[k][at] = 0;
        if (r->marks_hi && r->marks_hi[k]) r->marks_hi[k][at] = 0;
    }
}

/* Turn the overflow marks into error values, and blank what they spoil. */
static void errors_out(const struct chunk *c)
{
    const bool none = c->vm->plan->has_none_in_force;
    uint8_t *err = c->s->err;

    for (uint32_t i = 0; i < c->count; i++) {
        const bool bad = c->people->bad && c->people->bad[chunk_person(c, i)];
        enum err e = err[i] ? ERR_OVERFLOW : ERR_OK;
        if (bad) e = ERR_ROWS;
        if (none) e = ERR_NOT_FOUND;
        err[i] = (uint8_t)e;
        if (e != ERR_OK) spoil(c, i);
    }
}

static void chunk_finish(const struct chunk *c)
{
    const struct score_columns *ret = c->ret;

    if (c->vm->total >= 0 && (ret->total_lo || ret->total_hi)) total_out(c);
    if (ret->status || ret->in_force) status_out(c);
    if (c->people->bad || c->vm->plan->has_none_in_force || memchr(c->s->err, 1, c->count))
        errors_out(c);
    if (ret->error) memcpy(ret->error + c->at, c->s->err, c->count);
}

static void fetch_add(struct fetch *f, const void *read, size_t bytes)
{
    if (f->range == FETCH_RANGES || bytes == 0) return;
    f->at[f->range] = (uintptr_t)read + bytes;
    f->lines[f->range++] = bytes / 64 + 1;
}

/* What the next chunk reads lies behind what this one does, and is about as much. */
static void fetch_begin(const struct chunk *c)
{
    struct fetch *f = &c->s->fetch;
    const struct vm *vm = c->vm;

    f->range = 0;
    for (uint32_t i = 0; i < vm->column_count && !c->persons; i++) {
        const struct chunk_column *k = &c->s->columns[i];
        const int32_t domain = vm->columns[i].domain;
        const size_t cells = domain < 0 ? c->count : c->s->regs[domain].seg.rows;
        fetch_add(f, k->data, cells * column_width(k->type));
    }
    for (uint32_t i = 0; i < vm->reg_count && !c->persons; i++) {
        const struct register_data *d = &c->people->regs[vm->regs[i]];
        if (!d->rows_of) continue;
        fetch_add(f, d->rows_of + c->first, c->count);
        fetch_add(f, d->rows_before + c->first / ROWS_STRIDE,
                  c->count / ROWS_STRIDE * sizeof(uint32_t));
    }
    f->at[f->range] = (uintptr_t)f;
    f->lines[f->range] = SIZE_MAX;
    f->range = 0;
}

static enum err chunk_run(const struct chunk *c)
{
    const struct vm *vm = c->vm;
    enum err e = ERR_OK;

    memset(c->s->err, 0, c->count);
    for (uint32_t i = 0; i < vm->reg_count && e == ERR_OK; i++)
        e = chunk_reg_set(c, i);
    for (uint32_t i = 0; i < vm->column_count && e == ERR_OK; i++)
        e = chunk_column_set(c, i);
    if (e != ERR_OK) return e;
    fetch_begin(c);
    for (uint32_t i = 0; i < vm->op_count; i++)
        run_op(c, &vm->ops[i]);
    chunk_finish(c);
    return ERR_OK;
}

enum err vm_run(const struct vm *vm, struct vm_state *s, const struct population *p,
                const uint32_t *persons, uint32_t first, uint32_t count, struct score_columns *ret,
                size_t at)
{
    INVARIANT(s->vm == vm && p->rules == vm->plan->rules);
    for (uint32_t done = 0; done < count;) {
        const uint32_t left = count - done;
        const struct chunk c = {.s = s,
                                .vm = vm,
                                .people = p,
                                .persons = persons ? persons + done : NULL,
                                .first = first + done,
                                .count = left < vm->chunk ? left : vm->chunk,
                                .ret = ret,
                                .at = at + done};
        const enum err e = chunk_run(&c);
        if (e != ERR_OK) return e;
        done += c.count;
    }
    return ERR_OK;
}
