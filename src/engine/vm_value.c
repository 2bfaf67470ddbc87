/* Making values: constant folding, step functions, ranges, sharing.
 *
 * Folding runs the kernels themselves (portable, 64-bit) on the few lanes a constant or a step
 * function has, so nothing here knows what an operator means. A step function of a column is kept
 * as one lane per segment and one for "unknown"; an operation on step functions of one column is
 * the operation on their lanes over the common segments. So "20 less one per year of age over 35,
 * at most 20" becomes a dozen comparisons with birthdays.
 *
 * Invariants: values only refer to earlier values; an operation that may overflow is never folded
 * away or simplified (its overflow must be seen). */
#include "engine/vm_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"

enum err values_init(struct values *v, struct arena *a, struct vm *vm)
{
    memset(v, 0, sizeof *v);
    v->arena = a;
    v->vm = vm;
    v->cap = 256;
    v->items = ARENA_ARRAY(a, struct value, v->cap);
    for (size_t i = 0; i < VALUE_BUCKETS; i++)
        v->buckets[i] = -1;
    return v->items ? ERR_OK : ERR_NOMEM;
}

static void *values_alloc(struct values *v, size_t count, size_t size)
{
    void *p = arena_alloc(v->arena, count, size);
    if (!p) v->out_of_memory = true;
    return p;
}

bool value_table_add(struct values *v, const int64_t *row, uint32_t n)
{
    struct vm *vm = v->vm;
    if (vm->table_count + n > vm->table_cap) {
        const uint32_t cap = vm->table_cap ? 2 * vm->table_cap + n : 256;
        int64_t *grown = arena_grow(v->arena, vm->table, vm->table_count, cap, sizeof *grown);
        if (!grown) {
            v->out_of_memory = true;
            return false;
        }
        vm->table = grown;
        vm->table_cap = cap;
    }
    memcpy(vm->table + vm->table_count, row, n * sizeof *row);
    vm->table_count += n;
    return true;
}

/* --- sharing --- */

static uint64_t hash_mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static uint32_t op_hash(const struct vm_op *op, const int32_t *src)
{
    const int64_t words[] = {op->code,   op->binary,     op->domain,    op->reg,
                             op->column, op->imm,        op->imm2,      op->first,
                             op->last,   op->unknown_lo, op->unknown_hi};
    uint64_t h = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        h = hash_mix(h, (uint64_t)words[i]);
    for (uint32_t i = 0; i < op->src_count; i++)
        h = hash_mix(h, (uint64_t)src[i]);
    return (uint32_t)h;
}

static bool op_equal(const struct values *v, const struct vm_op *a, const int32_t *asrc,
                     const struct vm_op *b, const int32_t *bsrc)
{
    const uint32_t per_row = a->code == VM_BANDS ? 4 : 2;
    return a->code == b->code && a->binary == b->binary && a->domain == b->domain &&
           a->reg == b->reg && a->column == b->column && a->imm == b->imm && a->imm2 == b->imm2 &&
           a->imm3 == b->imm3 && a->first == b->first && a->last == b->last &&
           a->unknown_lo == b->unknown_lo && a->unknown_hi == b->unknown_hi &&
           a->round == b->round && a->has_none == b->has_none && a->least == b->least &&
           a->peak == b->peak && a->src_count == b->src_count && a->table_count == b->table_count &&
           (a->src_count == 0 || memcmp(asrc, bsrc, a->src_count * sizeof *asrc) == 0) &&
           (a->table_count == 0 ||
            memcmp(v->vm->table + a->table_first, v->vm->table + b->table_first,
                   (size_t)a->table_count * per_row * sizeof(int64_t)) == 0);
}

static int32_t value_find(const struct values *v, const struct vm_op *op, const int32_t *src)
{
    int32_t at = v->buckets[op_hash(op, src) % VALUE_BUCKETS];
    while (at >= 0 && !op_equal(v, &v->items[at].op, v->items[at].src, op, src))
        at = v->items[at].next;
    return at;
}

/* A new value, not yet shared; -> NULL when memory ends. */
static struct value *value_add(struct values *v)
{
    if (v->count == v->cap) {
        struct value *grown =
            arena_grow(v->arena, v->items, v->count, 2 * (size_t)v->cap, sizeof *grown);
        if (!grown) {
            v->out_of_memory = true;
            return NULL;
        }
        v->items = grown;
        v->cap *= 2;
    }
    struct value *x = &v->items[v->count++];
    memset(x, 0, sizeof *x);
    x->op.domain = x->op.reg = x->op.column = x->op.dst = -1;
    x->column = x->slot = x->next = x->last_use = -1;
    return x;
}

static int32_t value_share(struct values *v, const struct vm_op *op, const int32_t *src)
{
    struct value *x = value_add(v);
    if (!x) return 0;
    x->op = *op;
    x->src = values_alloc(v, op->src_count, sizeof *x->src);
    if (!x->src) return 0;
    if (op->src_count > 0) memcpy(x->src, src, op->src_count * sizeof *src);
    int32_t *bucket = &v->buckets[op_hash(op, src) % VALUE_BUCKETS];
    x->next = *bucket;
    return *bucket = (int32_t)(v->count - 1);
}

int32_t value_const(struct values *v, int64_t c)
{
    /* constants are found by their operation: a LOAD of no column with the constant as imm */
    const struct vm_op op = {.code = VM_LOAD, .domain = -2, .reg = -1, .column = -1, .imm = c};
    int32_t id = value_find(v, &op, NULL);
    if (id >= 0) return id;
    id = value_share(v, &op, NULL);
    struct value *x = &v->items[id];
    x->is_const = true;
    x->constant = x->lo = x->hi = c;
    return id;
}

bool value_is(const struct values *v, int32_t id, int64_t c)
{
    return v->items[id].is_const && v->items[id].constant == c;
}

/* --- step functions --- */

static bool steps_alloc(struct values *v, struct value *x, uint32_t segments)
{
    x->from = values_alloc(v, segments, sizeof *x->from);
    x->seg_lo = values_alloc(v, segments + 1, sizeof *x->seg_lo);
    x->seg_hi = values_alloc(v, segments + 1, sizeof *x->seg_hi);
    return x->from && x->seg_lo && x->seg_hi;
}

int32_t value_column(struct values *v, struct vm_column c, int64_t lo, int64_t hi,
                     int64_t unknown_lo, int64_t unknown_hi)
{
    struct vm *vm = v->vm;
    uint32_t at = 0;
    while (at < vm->column_count && memcmp(&vm->columns[at], &c, sizeof c) != 0)
        at++;
    if (at == vm->column_count) {
        struct vm_column *grown =
            arena_grow(v->arena, vm->columns, at, (size_t)at + 1, sizeof *grown);
        if (!grown) {
            v->out_of_memory = true;
            return 0;
        }
        vm->columns = grown;
        vm->columns[vm->column_count++] = c;
    }
    const struct vm_op op = {.code = VM_LOAD,
                             .domain = c.domain,
                             .reg = -1,
                             .column = (int32_t)at,
                             .unknown_lo = unknown_lo,
                             .unknown_hi = unknown_hi};
    int32_t id = value_find(v, &op, NULL);
    if (id >= 0) return id;
    id = value_share(v, &op, NULL);
    struct value *x = &v->items[id];
    x->is_column = true;
    x->column = (int32_t)at;
    x->lo = lo < unknown_lo ? lo : unknown_lo;
    x->hi = hi > unknown_hi ? hi : unknown_hi;
    if (lo > hi || (uint64_t)hi - (uint64_t)lo > 63) return id;
    const uint32_t n = (uint32_t)(hi - lo) + 1; /* few values: a step function of itself */
    if (!steps_alloc(v, x, n)) return 0;
    x->seg_count = n;
    for (uint32_t i = 0; i < n; i++) {
        x->from[i] = i ? lo + i : INT64_MIN;
        x->seg_lo[i] = x->seg_hi[i] = lo + i;
    }
    x->seg_lo[n] = unknown_lo;
    x->seg_hi[n] = unknown_hi;
    return id;
}

int32_t value_maybe_within(struct values *v, int32_t column_value, int64_t first, int64_t last)
{
    const struct value *c = &v->items[column_value];
    const struct vm_op op = {.code = VM_IN,
                             .domain = c->op.domain,
                             .reg = -1,
                             .column = c->column,
                             .src_count = 1,
                             .first = first,
                             .last = last,
                             .unknown_hi = 1};
    int32_t id = value_find(v, &op, &column_value);
    if (id >= 0) return id;
    id = value_share(v, &op, &column_value);
    struct value *x = &v->items[id];
    x->column = v->items[column_value].column;
    x->hi = 1;
    if (!steps_alloc(v, x, 3)) return 0;
    const int64_t from[3] = {INT64_MIN, first, last == INT64_MAX ? INT64_MAX : last + 1};
    const bool empty = first > last, below = first > INT64_MIN, above = last < INT64_MAX;
    uint32_t n = 0;
    if (below || empty) x->from[n++] = from[0];
    for (uint32_t i = 1; i < 3 && !empty; i++) {
        if (i == 2 && !above) continue;
        x->seg_lo[n] = x->seg_hi[n] = i == 1;
        x->from[n++] = from[i];
    }
    x->seg_count = n;
    x->seg_lo[n] = 0;
    x->seg_hi[n] = 1;
    return id;
}

/* Where may the operation's result change, as the raw column rises? Known for comparisons with
 * constants, sets, bands of constants and ages on a fixed day. Returns how many edges, or -1. */
static int32_t raw_edges(const struct values *v, const struct vm_op *op, const int32_t *src,
                         int64_t *edge)
{
    uint32_t n = 0;
    if (op->code == VM_BINARY && op->binary >= KB_GE && op->binary <= KB_NE) {
        const int64_t c = op->right_const ? op->imm : v->items[src[1]].constant;
        edge[n++] = c;
        if (c < INT64_MAX) edge[n++] = c + 1;
        return (int32_t)n;
    }
    if (op->code == VM_IN || (op->code == VM_BANDS && op->src_count == 1)) {
        const uint32_t width = op->code == VM_IN ? 2 : 4;
        const int64_t *row = v->vm->table + op->table_first;
        if (2 * op->table_count > VM_SEGMENTS_MAX) return -1;
        for (uint32_t i = 0; i < op->table_count; i++, row += width) {
            edge[n++] = row[0];
            if (row[1] < INT64_MAX) edge[n++] = row[1] + 1;
        }
        return (int32_t)n;
    }
    if (op->code == VM_AGE && v->items[src[1]].is_const) {
        /* the first day after the latest birth that makes `years` on the day; days only get
         * earlier, so a binary search each is plenty */
        const int32_t on = (int32_t)v->items[src[1]].constant;
        for (int32_t years = 1; years <= 200; years++) {
            int32_t least = DATE_OPEN_START, most = on; /* age >= years at least, not at most + 1 */
            if (date_age_years(least, on) < years) break;
            while (least < most) {
                const int32_t mid = least + (most - least + 1) / 2;
                if (date_age_years(mid, on) >= years)
                    least = mid;
                else
                    most = mid - 1;
            }
            edge[n++] = (int64_t)least + 1;
        }
        return (int32_t)n;
    }
    return -1;
}

static int edge_order(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Collect the segment starts of all sources into `edge`; -1 when it is no step function. */
static int32_t common_edges(const struct values *v, const struct vm_op *op, const int32_t *src,
                            int32_t *ret_column, int64_t *edge)
{
    int32_t column = -1;
    uint32_t n = 0;
    edge[n++] = INT64_MIN;
    for (uint32_t i = 0; i < op->src_count; i++) {
        const struct value *x = &v->items[src[i]];
        if (x->is_const) continue;
        if (x->column < 0 || (column >= 0 && column != x->column)) return -1;
        column = x->column;
        if (x->seg_count == 0) {
            if (!x->is_column || i > 0) return -1;
            for (uint32_t k = 1; k < op->src_count; k++)
                if (!v->items[src[k]].is_const) return -1;
            const int32_t raw = raw_edges(v, op, src, edge + n);
            if (raw < 0) return -1;
            n += (uint32_t)raw;
        }
        if (n + x->seg_count > VM_SEGMENTS_MAX) return -1;
        for (uint32_t k = 1; k < x->seg_count; k++)
            edge[n++] = x->from[k];
    }
    if (column < 0) return -1;
    qsort(edge, n, sizeof *edge, edge_order);
    uint32_t out = 0;
    for (uint32_t i = 0; i < n; i++)
        if (out == 0 || edge[i] != edge[out - 1]) edge[out++] = edge[i];
    *ret_column = column;
    return (int32_t)out;
}

/* A source's lanes over the common segments, "unknown" last. */
static void spread(const struct value *x, const int64_t *edge, uint32_t n, int64_t *lo, int64_t *hi)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (x->is_const) {
            lo[i] = hi[i] = x->constant;
        } else if (x->seg_count == 0) { /* any value of the segment will do */
            lo[i] = hi[i] = i == 0 ? (n > 1 ? edge[1] - 1 : x->lo) : edge[i];
        } else {
            while (at + 1 < x->seg_count && x->from[at + 1] <= edge[i])
                at++;
            lo[i] = x->seg_lo[at];
            hi[i] = x->seg_hi[at];
        }
    }
    const bool raw = !x->is_const && x->seg_count == 0;
    lo[n] = x->is_const ? x->constant : raw ? x->op.unknown_lo : x->seg_lo[x->seg_count];
    hi[n] = x->is_const ? x->constant : raw ? x->op.unknown_hi : x->seg_hi[x->seg_count];
}

static void steps_compress(struct value *x)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < x->seg_count; i++) {
        if (out > 0 && x->seg_lo[i] == x->seg_lo[out - 1]) continue;
        x->from[out] = x->from[i];
        x->seg_lo[out] = x->seg_lo[i];
        x->seg_hi[out] = x->seg_hi[i];
        out++;
    }
    x->seg_lo[out] = x->seg_lo[x->seg_count];
    x->seg_hi[out] = x->seg_hi[x->seg_count];
    x->seg_count = out;
}

/* Run a pure operation on n lanes of its sources; false when a lane overflowed or memory ended. */
static bool fold_lanes(const struct values *v, struct arena *tmp, const struct vm_op *op,
                       const int32_t *src, const int64_t *edge, uint32_t segments,
                       struct vm_vec *ret)
{
    const size_t n = segments + 1;
    struct vm_vec *vec = arena_alloc(tmp, op->src_count + 1, sizeof *vec);
    int64_t *lanes = arena_alloc(tmp, n * 2 * (op->src_count + 2), sizeof *lanes);
    uint8_t *err = arena_alloc(tmp, n, 1);
    struct vm_op careful = *op;
    if (!vec || !lanes || !err) return false;
    careful.checked = op->imm3 == INT64_MAX || op->code != VM_PER;
    for (uint32_t i = 0; i < op->src_count; i++, lanes += 2 * n) {
        spread(&v->items[src[i]], edge, segments, lanes, lanes + n);
        vec[i] = (struct vm_vec){lanes, lanes + n};
        if (memcmp(lanes, lanes + n, n * sizeof *lanes) == 0) vec[i].hi = vec[i].lo;
    }
    *ret = (struct vm_vec){lanes, lanes + n};
    const struct vm_scratch t = {lanes + 2 * n, lanes + 3 * n, err};
    vm_apply(&kernels_portable_i64, &careful, v->vm->table, vec, ret, n, &t);
    for (size_t i = 0; i < n; i++)
        if (err[i]) return false;
    return true;
}

static void steps_set(struct values *v, struct value *x, int32_t column, const int64_t *edge,
                      uint32_t n, const struct vm_vec *lanes)
{
    if (!steps_alloc(v, x, n)) return;
    memcpy(x->from, edge, n * sizeof *edge);
    memcpy(x->seg_lo, lanes->lo, (n + 1) * sizeof *x->seg_lo);
    memcpy(x->seg_hi, lanes->hi, (n + 1) * sizeof *x->seg_hi);
    x->column = column;
    x->seg_count = n;
    x->op.checked = false;
    steps_compress(x);
    x->lo = INT64_MAX;
    x->hi = INT64_MIN;
    for (uint32_t i = 0; i <= x->seg_count; i++) {
        x->lo = x->seg_lo[i] < x->lo ? x->seg_lo[i] : x->lo;
        x->hi = x->seg_hi[i] > x->hi ? x->seg_hi[i] : x->hi;
    }
}

static void value_try_steps(struct values *v, int32_t id)
{
    struct value *x = &v->items[id];
    int64_t edge[3 * VM_SEGMENTS_MAX];
    int32_t column = -1;
    struct arena tmp;
    struct vm_vec out;
    const int32_t n = common_edges(v, &x->op, x->src, &column, edge);

    if (n < 0 || n > VM_SEGMENTS_MAX) return;
    arena_init(&tmp, 0);
    if (fold_lanes(v, &tmp, &x->op, x->src, edge, (uint32_t)n, &out))
        steps_set(v, x, column, edge, (uint32_t)n, &out);
    arena_done(&tmp);
}

/* --- ranges --- */

__extension__ typedef __int128 wide;

static void range_set(struct value *x, wide lo, wide hi, bool may_overflow)
{
    if (lo < INT64_MIN || hi > INT64_MAX) x->op.checked = may_overflow;
    x->lo = lo < INT64_MIN ? INT64_MIN : lo > INT64_MAX ? INT64_MAX : (int64_t)lo;
    x->hi = hi > INT64_MAX ? INT64_MAX : hi < INT64_MIN ? INT64_MIN : (int64_t)hi;
}

static wide wide_min(wide a, wide b)
{
    return a < b ? a : b;
}

static wide wide_max(wide a, wide b)
{
    return a > b ? a : b;
}

/* Of a product over den, or a quotient: a little wider than exact, whatever the rounding. */
static void range_corners(struct value *x, const struct value *a, const struct value *b)
{
    wide lo = 0, hi = 0;
    for (int corner = 0; corner < 4; corner++) {
        const wide p = corner & 1 ? a->hi : a->lo, q = corner & 2 ? b->hi : b->lo;
        const wide at = x->op.code == VM_DIV ? p / (q < 1 ? 1 : q) : p * q / x->op.imm2;
        lo = corner == 0 ? at : wide_min(lo, at);
        hi = corner == 0 ? at : wide_max(hi, at);
    }
    const bool exact = x->op.code == VM_MUL && x->op.imm2 == 1;
    range_set(x, exact ? lo : lo - 1, exact ? hi : hi + 1, true);
    x->op.rising = a->lo >= 0 && b->lo >= 0;
}

static void range_binary(struct value *x, const struct value *a, const struct value *b)
{
    const enum kernel_binary k = x->op.binary;
    if (k == KB_ADD)
        range_set(x, (wide)a->lo + b->lo, (wide)a->hi + b->hi, true);
    else if (k == KB_SUB)
        range_set(x, (wide)a->lo - b->hi, (wide)a->hi - b->lo, true);
    else if (k == KB_MIN)
        range_set(x, wide_min(a->lo, b->lo), wide_min(a->hi, b->hi), false);
    else if (k == KB_MAX)
        range_set(x, wide_max(a->lo, b->lo), wide_max(a->hi, b->hi), false);
    else
        range_set(x, 0, 1, false);
}

static void range_of_sources(struct values *v, struct value *x, uint32_t first)
{
    wide lo = INT64_MAX, hi = INT64_MIN;
    for (uint32_t i = first; i < x->op.src_count; i++) {
        if (x->src[i] < 0) continue;
        lo = wide_min(lo, v->items[x->src[i]].lo);
        hi = wide_max(hi, v->items[x->src[i]].hi);
    }
    const uint32_t bands = x->op.code == VM_BANDS ? x->op.table_count : 0;
    for (uint32_t i = 0; i < bands; i++) {
        const int64_t *row = v->vm->table + x->op.table_first + (size_t)i * 4;
        if (row[2] >= 0) continue;
        lo = wide_min(lo, row[3]);
        hi = wide_max(hi, row[3]);
    }
    if (x->op.code == VM_BANDS) { /* what is left where no row holds */
        lo = wide_min(lo, 0);
        hi = wide_max(hi, 0);
    }
    range_set(x, lo, hi, false);
}

static void range_sum(struct values *v, struct value *x)
{
    wide lo = x->op.imm, hi = x->op.imm, least = lo, most = hi;
    for (uint32_t i = 0; i < x->op.src_count; i++) {
        lo += v->items[x->src[i]].lo;
        hi += v->items[x->src[i]].hi;
        least = wide_min(least, lo);
        most = wide_max(most, hi);
    }
    range_set(x, lo, hi, true);
    if (least < INT64_MIN || most > INT64_MAX) x->op.checked = true;
}

static void range_records(struct values *v, struct value *x, int64_t most_records)
{
    const bool sums = x->op.code == VM_SUM_RECORDS || x->op.code == VM_EACH;
    const bool picks = x->op.code == VM_BEST || x->op.code == VM_NOW;
    wide lo = 0, hi = x->op.code == VM_ANY ? 1 : x->op.code == VM_COUNT ? most_records : 120001;
    if (sums || picks) {
        const struct value *points = &v->items[x->src[VM_SRC_VALUE]];
        lo = sums ? 0 : points->lo;
        hi = sums ? (wide)points->hi * most_records : points->hi;
    }
    if (picks && x->op.has_none) {
        lo = wide_min(lo, x->op.imm);
        hi = wide_max(hi, x->op.imm);
    }
    range_set(x, wide_min(lo, x->op.unknown_lo), wide_max(hi, x->op.unknown_hi), sums);
}

static void value_range(struct values *v, struct value *x)
{
    const struct vm_op *op = &x->op;
    const struct value *a = op->src_count > 0 && x->src[0] >= 0 ? &v->items[x->src[0]] : NULL;
    const struct value *b = op->src_count > 1 && x->src[1] >= 0 ? &v->items[x->src[1]] : NULL;

    if (op->code == VM_BINARY)
        range_binary(x, a, b);
    else if (op->code == VM_MUL || op->code == VM_DIV)
        range_corners(x, a, b);
    else if (op->code == VM_SUM)
        range_sum(v, x);
    else if (op->code == VM_PER)
        range_set(x, (a->lo > 0 ? a->lo : 0) / op->imm * (wide)op->imm2,
                  (a->hi > 0 ? a->hi : 0) / op->imm * (wide)op->imm2, true);
    else if (op->code == VM_IF || op->code == VM_BANDS)
        range_of_sources(v, x, 1);
    else if (op->code == VM_NOT || op->code == VM_IN)
        range_set(x, 0, 1, false);
    else if (op->code == VM_AGE)
        range_set(x, 0, 200, false);
    else if (op->code == VM_YEAR)
        range_set(x, 0, 10000, false);
    else if (op->code == VM_YEAR_START || op->code == VM_ADD_MONTHS)
        range_set(x, DATE_OPEN_START - 366, DATE_OPEN_END, false);
    else if (op->code == VM_WHOLE_MONTHS)
        range_set(x, 0, 120001, false);
    else if (op->code == VM_IF_UNKNOWN)
        range_set(x, wide_min(a->lo, op->imm), wide_max(a->hi, op->imm), false);
    else if (op->code == VM_EXPAND)
        range_set(x, a->lo, a->hi, false);
    else
        range_records(v, x, op->imm3);
}

/* --- simplification: only what drops no computation that may overflow --- */

static bool is_compare(enum kernel_binary k)
{
    return k >= KB_GE && k <= KB_NE;
}

/* The answer of a comparison that the ranges settle; -1 = open. */
static int compare_settled(enum kernel_binary k, const struct value *a, const struct value *b)
{
    const bool above = a->lo > b->hi, below = a->hi < b->lo;
    const bool not_below = a->lo >= b->hi, not_above = a->hi <= b->lo;
    if (k == KB_GE) return not_below ? 1 : below ? 0 : -1;
    if (k == KB_GT) return above ? 1 : not_above ? 0 : -1;
    if (k == KB_LE) return not_above ? 1 : above ? 0 : -1;
    if (k == KB_LT) return below ? 1 : not_below ? 0 : -1;
    if (above || below) return k == KB_NE;
    return -1;
}

/* An equal value that exists already, or -1. */
static int32_t simplify(struct values *v, const struct vm_op *op, const int32_t *src)
{
    const struct value *a = op->src_count > 0 && src[0] >= 0 ? &v->items[src[0]] : NULL;
    const struct value *b = op->src_count > 1 && src[1] >= 0 ? &v->items[src[1]] : NULL;

    if (op->code == VM_EXPAND && a->is_const) return src[0];
    if (op->code == VM_SUM && op->src_count == 1 && op->imm == 0) return src[0];
    if (op->code == VM_SUM && op->src_count == 0) return value_const(v, op->imm);
    if (op->code == VM_IF) {
        if (src[1] == src[2]) return src[1];
        if (a->is_const) return a->constant ? src[1] : src[2];
        if (value_is(v, src[1], 1) && value_is(v, src[2], 0)) return src[0];
    }
    if (op->code == VM_MUL && op->imm2 == 1 && b->is_const && b->constant == 1) return src[0];
    if (op->code != VM_BINARY) return -1;
    if ((op->binary == KB_ADD || op->binary == KB_SUB) && value_is(v, src[1], 0)) return src[0];
    if (op->binary == KB_MIN && a->hi <= b->lo) return src[0];
    if (op->binary == KB_MIN && b->hi <= a->lo) return src[1];
    if (op->binary == KB_MAX && a->lo >= b->hi) return src[0];
    if (op->binary == KB_MAX && b->lo >= a->hi) return src[1];
    if (op->binary == KB_AND && b->is_const) return b->constant ? src[0] : src[1];
    if (op->binary == KB_OR && b->is_const) return b->constant ? src[1] : src[0];
    if ((op->binary == KB_AND || op->binary == KB_OR) && src[0] == src[1]) return src[0];
    if (is_compare(op->binary)) {
        const int settled = compare_settled(op->binary, a, b);
        if (settled >= 0) return value_const(v, settled);
    }
    return -1;
}

/* Constants to the right; "5 <= x" for "x >= 5". */
static void normalise(const struct values *v, struct vm_op *op, int32_t *src)
{
    static const enum kernel_binary MIRROR[KB_COUNT] = {
        [KB_ADD] = KB_ADD, [KB_MIN] = KB_MIN, [KB_MAX] = KB_MAX, [KB_GE] = KB_LE,
        [KB_GT] = KB_LT,   [KB_LE] = KB_GE,   [KB_LT] = KB_GT,   [KB_EQ] = KB_EQ,
        [KB_NE] = KB_NE,   [KB_AND] = KB_AND, [KB_OR] = KB_OR,   [KB_SUB] = KB_SUB};
    const bool product = op->code == VM_MUL;
    if (op->code != VM_BINARY && !product) return;
    if (op->code == VM_BINARY && op->binary == KB_SUB) return;
    if (!v->items[src[0]].is_const || v->items[src[1]].is_const) return;
    const int32_t first = src[0];
    src[0] = src[1];
    src[1] = first;
    if (!product) op->binary = MIRROR[op->binary];
}

static bool all_const(const struct values *v, const struct vm_op *op, const int32_t *src)
{
    for (uint32_t i = 0; i < op->src_count; i++)
        if (!v->items[src[i]].is_const) return false;
    return true;
}

/* `x * m` capped, and "per whole unit" capped, are one kernel. */
static int32_t fuse_cap(struct values *v, const struct vm_op *op, const int32_t *src)
{
    const struct value *a = &v->items[src[0]];
    if (op->code != VM_BINARY || op->binary != KB_MIN || !v->items[src[1]].is_const) return -1;
    const int64_t cap = v->items[src[1]].constant;
    if (a->op.code == VM_PER && !a->op.checked && !a->is_const && cap >= 0) {
        struct vm_op fused = a->op;
        fused.imm3 = cap < fused.imm3 ? cap : fused.imm3;
        return value_make(v, fused, a->src);
    }
    return -1;
}

static int32_t fold_const(struct values *v, const struct vm_op *op, const int32_t *src)
{
    const int64_t edge = INT64_MIN;
    struct arena tmp;
    struct vm_vec out;
    arena_init(&tmp, 0);
    const bool ok = fold_lanes(v, &tmp, op, src, &edge, 1, &out);
    const int64_t c = ok ? *(const int64_t *)out.lo : 0;
    arena_done(&tmp);
    return ok ? value_const(v, c) : -1;
}

/* Where the sources live: constants are everywhere. */
static int32_t common_domain(const struct values *v, const struct vm_op *op, const int32_t *src)
{
    int32_t domain = -1;
    for (uint32_t i = 0; i < op->src_count; i++)
        if (v->items[src[i]].op.domain >= 0) domain = v->items[src[i]].op.domain;
    return domain;
}

/* A product with a constant, nothing negative: "per 1, gains c". */
static void product_to_per(const struct values *v, struct vm_op *op, int32_t *src)
{
    if (op->code != VM_MUL || op->imm2 != 1 || !v->items[src[1]].is_const) return;
    if (v->items[src[0]].lo < 0 || v->items[src[1]].constant < 0) return;
    op->code = VM_PER;
    op->imm = 1;
    op->imm2 = v->items[src[1]].constant;
    op->imm3 = op->last = INT64_MAX;
    op->src_count = 1;
}

/* --- "c points if there is any such record": the greatest over the records --- */

/* A condition on rows in two parts that must both hold; the second may be the constant 1. */
static void split_mask(struct values *v, int32_t mask, int32_t *ret_guard, int32_t *ret_rest)
{
    const struct value *m = &v->items[mask];
    const bool both = !m->is_const && m->op.code == VM_BINARY && m->op.binary == KB_AND;
    *ret_guard = both ? m->src[0] : mask;
    *ret_rest = both ? m->src[1] : value_const(v, 1);
}

/* IF(any record of a kind, c, 0), with c >= 0? */
static bool is_any_points(const struct values *v, const struct value *x)
{
    if (x->is_const || x->op.code != VM_IF || !value_is(v, x->src[2], 0)) return false;
    const struct value *points = &v->items[x->src[1]], *any = &v->items[x->src[0]];
    return points->is_const && points->constant >= 0 && any->op.code == VM_ANY &&
           any->op.unknown_lo == 0 && any->op.unknown_hi == 1;
}

/* The greatest over all records that the guard lets through, at least 0? */
static bool is_peak(const struct value *x)
{
    return !x->is_const && x->op.code == VM_BEST && x->op.peak;
}

/* Write IF(any …, c, 0) as a peak; a peak stays. The result's parts. */
static void peak_parts(struct values *v, int32_t id, struct vm_op *op, int32_t *src)
{
    const struct value *x = &v->items[id];
    if (is_peak(x)) {
        *op = x->op;
        memcpy(src, x->src, op->src_count * sizeof *src);
        return;
    }
    const int32_t points = x->src[1];
    const struct value *any = &v->items[x->src[0]];
    int32_t rest;
    *op = any->op;
    memcpy(src, any->src, op->src_count * sizeof *src);
    op->code = VM_BEST;
    op->peak = op->has_none = true;
    op->imm = 0;
    op->unknown_hi = v->items[points].constant;
    split_mask(v, src[VM_SRC_MASK], &src[VM_SRC_MASK], &rest);
    const int32_t parts[3] = {rest, points, value_const(v, 0)};
    src[VM_SRC_VALUE] = value_make(
        v, (struct vm_op){.code = VM_IF, .domain = -1, .reg = -1, .column = -1, .src_count = 3},
        parts);
}

/* The greater of two peaks over the same records is a peak of the rows' greater values. */
static int32_t fuse_peaks(struct values *v, const struct vm_op *op, const int32_t *src)
{
    struct vm_op a, b;
    int32_t x[VM_RECORD_SRCS], y[VM_RECORD_SRCS];
    if (op->code != VM_BINARY || op->binary != KB_MAX) return -1;
    for (int i = 0; i < 2; i++)
        if (!is_any_points(v, &v->items[src[i]]) && !is_peak(&v->items[src[i]])) return -1;
    peak_parts(v, src[0], &a, x);
    peak_parts(v, src[1], &b, y);
    if (v->out_of_memory || a.reg != b.reg || x[VM_SRC_MASK] != y[VM_SRC_MASK] ||
        x[VM_SRC_EXISTS] != y[VM_SRC_EXISTS])
        return -1;
    a.unknown_hi = a.unknown_hi > b.unknown_hi ? a.unknown_hi : b.unknown_hi;
    x[VM_SRC_VALUE] = value_binary(v, KB_MAX, x[VM_SRC_VALUE], y[VM_SRC_VALUE]);
    return value_make(v, a, x);
}

int32_t value_make(struct values *v, struct vm_op op, const int32_t *given)
{
    int32_t local[VM_RECORD_SRCS];
    int32_t *src = local;
    if (v->out_of_memory) return 0;
    if (op.src_count > VM_RECORD_SRCS) {
        src = values_alloc(v, op.src_count, sizeof *src);
        if (!src) return 0;
    }
    memcpy(src, given, op.src_count * sizeof *src);
    if (vm_code_is_pure(op.code)) op.domain = common_domain(v, &op, src);
    normalise(v, &op, src);
    int32_t id = simplify(v, &op, src);
    if (id < 0) id = fuse_cap(v, &op, src);
    if (id < 0) id = fuse_peaks(v, &op, src);
    if (id < 0) product_to_per(v, &op, src);
    if (id < 0) id = value_find(v, &op, src);
    if (id >= 0) return id;
    if (vm_code_is_pure(op.code) && all_const(v, &op, src)) {
        id = fold_const(v, &op, src);
        if (id >= 0) return id;
    }
    id = value_share(v, &op, src);
    if (v->out_of_memory) return 0;
    struct value *x = &v->items[id];
    value_range(v, x);
    if (op.code == VM_PER && x->hi > op.imm3) x->hi = op.imm3;
    if (vm_code_is_pure(op.code)) value_try_steps(v, id);
    return id;
}

int32_t value_binary(struct values *v, enum kernel_binary b, int32_t x, int32_t y)
{
    const int32_t src[2] = {x, y};
    const struct vm_op op = {
        .code = VM_BINARY, .binary = b, .domain = -1, .reg = -1, .column = -1, .src_count = 2};
    return value_make(v, op, src);
}
