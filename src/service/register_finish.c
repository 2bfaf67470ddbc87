/* Rows in the order of arrival -> columns in the order of persons, and the checks that need more
 * than one row.
 *
 * Structure: count rows per person -> off[]; order the rows by person (a counting sort, or nothing
 * where they already are); order each person's rows by all fields; refuse what is too much or
 * overlaps; gather the columns. `order` NULL stands for "as they arrived", so that a file in the
 * order of persons is never copied.
 *
 * Invariants: off[persons] = rows; order is a permutation of the rows kept; when two rows of a
 * person collide the person is marked, so which of the two stays never shows. */
#include <stdlib.h>
#include <string.h>

#include "service/register_internal.h"

#define WORKING_AGE_YEARS 16
#define SORT_BY_HAND_MAX 12u

struct finish {
    struct register_job *job;
    uint32_t persons;
    uint32_t *off;   /* persons + 1 */
    uint32_t *order; /* position -> row as it arrived; NULL = the same */
};

static inline uint32_t row_at(const struct finish *f, uint32_t position)
{
    return f->order == NULL ? position : f->order[position];
}

static inline int64_t value_at(const struct column_store *c, uint32_t row)
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

/* --- order ------------------------------------------------------------------------------------ */

static enum err count_rows(struct finish *f)
{
    const struct register_job *job = f->job;
    f->off = ARENA_ARRAY(&f->job->scratch, uint32_t, f->persons + (size_t)1);
    if (f->off == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < job->rows; i++)
        f->off[job->person[i] + 1]++;
    for (uint32_t p = 0; p < f->persons; p++)
        f->off[p + 1] += f->off[p];
    return ERR_OK;
}

static enum err order_by_person(struct finish *f)
{
    struct register_job *job = f->job;
    uint32_t *next = ARENA_ARRAY(&job->scratch, uint32_t, f->persons);
    f->order = ARENA_ARRAY(&job->scratch, uint32_t, job->rows);
    if (next == NULL || f->order == NULL) return ERR_NOMEM;
    memcpy(next, f->off, f->persons * sizeof *next);
    for (uint32_t i = 0; i < job->rows; i++)
        f->order[next[job->person[i]]++] = i;
    return ERR_OK;
}

/* By all fields in declaration order, unknown first. Rows that agree in all of them keep the order
 * of their lines, which never shows. */
static int row_cmp(const struct register_job *job, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < job->r->field_count; i++) {
        const struct column_store *c = &job->cols[i];
        if (c->known != NULL && c->known[a] != c->known[b])
            return c->known[a] < c->known[b] ? -1 : 1;
        int64_t x = value_at(c, a), y = value_at(c, b);
        if (x != y) return x < y ? -1 : 1;
    }
    return a < b ? -1 : a > b;
}

static int row_cmp_sort(const void *x, const void *y, void *ctx)
{
    const struct register_job *job = ctx;
    uint32_t a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return row_cmp(job, a, b);
}

static bool is_sorted(const struct finish *f, uint32_t first, uint32_t end)
{
    for (uint32_t i = first + 1; i < end; i++)
        if (row_cmp(f->job, row_at(f, i - 1), row_at(f, i)) > 0) return false;
    return true;
}

static void sort_rows(struct finish *f, uint32_t first, uint32_t end)
{
    if (end - first > SORT_BY_HAND_MAX) {
        qsort_r(f->order + first, end - first, sizeof *f->order, row_cmp_sort, f->job);
        return;
    }
    for (uint32_t i = first + 1; i < end; i++) {
        uint32_t row = f->order[i], at = i;
        for (; at > first && row_cmp(f->job, f->order[at - 1], row) > 0; at--)
            f->order[at] = f->order[at - 1];
        f->order[at] = row;
    }
}

static enum err order_as_arrived(struct finish *f)
{
    f->order = ARENA_ARRAY(&f->job->scratch, uint32_t, f->job->rows);
    if (f->order == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < f->job->rows; i++)
        f->order[i] = i;
    return ERR_OK;
}

static enum err order_within_persons(struct finish *f)
{
    for (uint32_t p = 0; p < f->persons; p++) {
        uint32_t first = f->off[p], end = f->off[p + 1];
        if (end - first < 2 || is_sorted(f, first, end)) continue;
        if (f->order == NULL) {
            enum err e = order_as_arrived(f);
            if (e != ERR_OK) return e;
        }
        sort_rows(f, first, end);
    }
    return ERR_OK;
}

/* --- checks over the rows of a person --------------------------------------------------------- */

struct span {
    int64_t from, to; /* [from, to) */
    uint32_t line;
};

static int span_cmp(const void *x, const void *y)
{
    const struct span *a = x, *b = y;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    if (a->to != b->to) return a->to < b->to ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* The start-end spans of a person's rows, by start; months become half-open. */
static uint32_t spans_of(const struct finish *f, uint32_t p, struct span *spans)
{
    const struct register_job *job = f->job;
    int64_t past = job->r->fields[job->r->end].type.vt == VT_MONTH ? 1 : 0;
    uint32_t n = 0;
    for (uint32_t i = f->off[p]; i < f->off[p + 1]; i++) {
        uint32_t row = row_at(f, i);
        int64_t from = value_at(&job->cols[job->r->start], row);
        int64_t to = value_at(&job->cols[job->r->end], row) + past;
        if (from < to) spans[n++] = (struct span){from, to, job->line[row]};
    }
    qsort(spans, n, sizeof *spans, span_cmp);
    return n;
}

static enum err refuse_person(const struct finish *f, uint32_t p, enum data_msg msg, int32_t field,
                              uint32_t line, uint32_t other)
{
    person_mark_bad(f->job->shared, p);
    return register_refuse(f->job, msg, field, line, other);
}

/* Every span that begins before an earlier one ends; the later line is refused. */
static enum err check_overlaps(const struct finish *f, uint32_t p, const struct span *spans,
                               uint32_t n)
{
    const struct span *longest = spans;
    for (uint32_t i = 1; i < n; i++) {
        const struct span *s = &spans[i];
        if (s->from < longest->to) {
            bool later = s->line > longest->line;
            enum err e =
                refuse_person(f, p, DATA_OVERLAP, f->job->r->start, later ? s->line : longest->line,
                              later ? longest->line : s->line);
            if (e != ERR_OK) return e;
        }
        if (s->to > longest->to) longest = s;
    }
    return ERR_OK;
}

/* Distinct months within [low, high). */
static int64_t months_in(const struct span *spans, uint32_t n, int64_t low, int64_t high)
{
    int64_t count = 0, done = low;
    for (uint32_t i = 0; i < n; i++) {
        int64_t from = spans[i].from > done ? spans[i].from : done;
        int64_t to = spans[i].to < high ? spans[i].to : high;
        if (from >= to) continue;
        count += to - from;
        done = to;
    }
    return count;
}

static enum err check_months(const struct finish *f, uint32_t p, const struct span *spans,
                             uint32_t n)
{
    const struct data_shared *s = f->job->shared;
    int32_t birth = s->births[p];
    if (birth == DATE_OPEN_START || n == 0) return ERR_OK;
    if (spans[0].from < MONTH_FIRST) return ERR_OK; /* "since ever" counts no months */
    int64_t high = date_month(s->o->on) + 1;
    int64_t working = date_month(birth) + (int64_t)WORKING_AGE_YEARS * 12;
    int64_t possible = high > working ? high - working : 0;
    if (months_in(spans, n, MONTH_FIRST, high) <= possible) return ERR_OK;
    uint32_t line = spans[0].line;
    for (uint32_t i = 1; i < n; i++)
        if (spans[i].line < line) line = spans[i].line;
    return refuse_person(f, p, DATA_TOO_MANY_MONTHS, f->job->r->start, line, 0);
}

static bool has_spans(const struct rule_register *r)
{
    return r->start >= 0 && r->end >= 0;
}

static enum err check_spans(const struct finish *f)
{
    struct register_job *job = f->job;
    const struct rule_register *r = job->r;
    bool months =
        has_spans(r) && r->fields[r->start].type.vt == VT_MONTH && job->shared->births != NULL;
    bool overlaps = has_spans(r) && r->no_overlap;
    if (!months && !overlaps) return ERR_OK;
    struct span *spans = ARENA_ARRAY(&job->scratch, struct span, r->max_records);
    enum err e = spans == NULL ? ERR_NOMEM : ERR_OK;
    for (uint32_t p = 0; e == ERR_OK && p < f->persons; p++) {
        if (f->off[p] == f->off[p + 1]) continue;
        uint32_t n = spans_of(f, p, spans);
        if (overlaps) e = check_overlaps(f, p, spans, n);
        if (e == ERR_OK && months) e = check_months(f, p, spans, n);
    }
    return e;
}

/* --- rows beyond the permitted number --------------------------------------------------------- */

static enum err refuse_excess(const struct finish *f, uint32_t p)
{
    const struct register_job *job = f->job;
    uint32_t max = job->r->max_records, first = UINT32_MAX;
    for (uint32_t i = f->off[p]; i < f->off[p + 1]; i++) {
        uint32_t line = job->line[row_at(f, i)];
        if (line < first) first = line;
    }
    enum data_msg msg = max == 1 ? DATA_SECOND_ROW : DATA_TOO_MANY_RECORDS;
    uint32_t refused = f->off[p + 1] - f->off[p] - max;
    for (uint32_t i = f->off[p]; refused > 0 && i < f->off[p + 1]; i++) {
        uint32_t line = job->line[row_at(f, i)];
        if (line == first) continue; /* the one that was there before */
        enum err e = refuse_person(f, p, msg, FIELD_ROW, line, max == 1 ? first : 0);
        if (e != ERR_OK) return e;
        refused--;
    }
    return ERR_OK;
}

/* Keep max_records rows of everybody: the engine's ranges rest on it. */
static enum err drop_excess(struct finish *f)
{
    uint32_t max = f->job->r->max_records, kept = 0, first = 0;
    bool any = false;
    for (uint32_t p = 0; p < f->persons && !any; p++)
        any = f->off[p + 1] - f->off[p] > max;
    if (!any) return ERR_OK;
    if (f->order == NULL) {
        enum err e = order_as_arrived(f);
        if (e != ERR_OK) return e;
    }
    for (uint32_t p = 0; p < f->persons; p++) {
        uint32_t end = f->off[p + 1], n = end - first;
        if (n > max) {
            f->off[p] = first;
            enum err e = refuse_excess(f, p);
            if (e != ERR_OK) return e;
            n = max;
        }
        memmove(f->order + kept, f->order + first, n * sizeof *f->order);
        f->off[p] = kept;
        kept += n;
        first = end;
    }
    f->off[f->persons] = kept;
    f->job->rows = kept;
    return ERR_OK;
}

/* --- columns ---------------------------------------------------------------------------------- */

#define GATHER(type)                                                                               \
    do {                                                                                           \
        const type *in = from;                                                                     \
        type *out = to;                                                                            \
        for (uint32_t i = 0; i < n; i++)                                                           \
            out[i] = in[order[i]];                                                                 \
    } while (0)

static void gather(const void *from, void *to, size_t width, const uint32_t *order, uint32_t n)
{
    switch (width) {
    case 1:
        GATHER(uint8_t);
        return;
    case 2:
        GATHER(uint16_t);
        return;
    case 4:
        GATHER(uint32_t);
        return;
    default:
        GATHER(uint64_t);
    }
}

static enum err gather_column(struct finish *f, struct column_store *c)
{
    struct arena *a = &f->job->final;
    uint32_t n = f->job->rows;
    void *data = arena_alloc(a, n, column_width(c->type));
    uint8_t *known = c->known == NULL ? NULL : ARENA_ARRAY(a, uint8_t, n);
    if (data == NULL || (c->known != NULL && known == NULL)) return ERR_NOMEM;
    gather(c->data, data, column_width(c->type), f->order, n);
    if (c->known != NULL) gather(c->known, known, 1, f->order, n);
    c->data = data;
    c->known = known;
    return ERR_OK;
}

static enum err gather_columns(struct finish *f)
{
    if (f->order == NULL) return ERR_OK;
    for (uint32_t i = 0; i < f->job->r->field_count; i++) {
        enum err e = gather_column(f, &f->job->cols[i]);
        if (e != ERR_OK) return e;
    }
    arena_done(&f->job->parsed);
    return ERR_OK;
}

static enum err lines_keep(struct finish *f, const uint32_t **ret)
{
    struct register_job *job = f->job;
    *ret = NULL;
    if (!job->shared->o->keep_lines) return ERR_OK;
    uint32_t *lines = ARENA_ARRAY(&job->final, uint32_t, job->rows);
    if (lines == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < job->rows; i++)
        lines[i] = job->line[row_at(f, i)];
    *ret = lines;
    return ERR_OK;
}

static bool each_has_one(const struct finish *f)
{
    for (uint32_t p = 0; p < f->persons; p++)
        if (f->off[p + 1] - f->off[p] != 1) return false;
    return true;
}

/* Where each person's rows are, in the smallest form that can say it. */
static enum err rows_keep(struct finish *f, struct register_data *out)
{
    struct register_job *job = f->job;
    if (job->r->one_per_person && each_has_one(f)) return ERR_OK;
    enum err e = population_pack_rows(&job->final, f->off, f->persons, out);
    if (e != ERR_OK || out->off == NULL) return e;
    size_t n = f->persons + (size_t)1;
    uint32_t *off = ARENA_ARRAY(&job->final, uint32_t, n); /* f->off goes with the scratch arena */
    if (off == NULL) return ERR_NOMEM;
    memcpy(off, f->off, n * sizeof *off);
    out->off = off;
    return ERR_OK;
}

static enum err fill_out(struct finish *f)
{
    struct register_job *job = f->job;
    struct column *cols = ARENA_ARRAY(&job->final, struct column, job->r->field_count);
    if (cols == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < job->r->field_count; i++)
        cols[i] = (struct column){job->cols[i].type, job->cols[i].data, job->cols[i].known};
    struct register_data out = {
        .answered = true, .row_count = job->rows, .cols = cols, .file = job->file};
    enum err e = rows_keep(f, &out);
    if (e == ERR_OK) e = lines_keep(f, &out.line);
    if (e == ERR_OK) job->out = out;
    return e;
}

enum err register_finish(struct register_job *job)
{
    struct finish f = {.job = job, .persons = job->shared->persons};
    enum err e = count_rows(&f);
    if (e == ERR_OK && !job->in_order) e = order_by_person(&f);
    if (e == ERR_OK) e = order_within_persons(&f);
    if (e == ERR_OK) e = drop_excess(&f);
    if (e == ERR_OK) e = check_spans(&f);
    if (e == ERR_OK) e = gather_columns(&f);
    if (e == ERR_OK) e = fill_out(&f);
    arena_done(&job->scratch);
    return e;
}
