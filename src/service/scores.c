/* Scores of a population -> CSV.
 *
 * Structure: the persons are scored part by part, so that the figures of all indicators of all
 * persons are never held at once. The columns of the file are worked out once (which indicators
 * of the image share a name); then persons and strangers, both ordered, are merged row by row into
 * a buffer that is written whenever it is full. What the summary needs is kept of everybody.
 *
 * Invariants: the file depends on the population and the rules only; a person in error has no
 * figures at all, so nobody can take them for a score. */
#include "service/scores.h"

#include <string.h>

#include "service/csv.h"

#define FLUSH_BYTES ((size_t)1 << 18)
#define DECIMALS 2

#define PART_PERSONS ((uint32_t)1 << 17)

static const char *const group_names[] = {"common", "local", "deduction"};
#define GROUPS (sizeof group_names / sizeof *group_names)

/* One column: the indicators (or groups) whose value it shows; at most one applies to a person. */
struct score_column {
    struct str name;
    uint32_t *sources; /* indexes of the image */
    size_t count;
};

struct layout {
    struct score_column groups[GROUPS];
    struct score_column *indicators;
    size_t indicator_count;
};

/* --- columns ---------------------------------------------------------------------------------- */

static enum err column_add(struct arena *a, struct score_column *c, uint32_t source)
{
    uint32_t *grown = arena_grow(a, c->sources, c->count, c->count + 1, sizeof *grown);
    if (grown == NULL) return ERR_NOMEM;
    c->sources = grown;
    c->sources[c->count++] = source;
    return ERR_OK;
}

static enum err layout_groups(struct arena *a, const struct rules *r, struct layout *l)
{
    for (size_t i = 0; i < GROUPS; i++) {
        l->groups[i].name = str_from_c(group_names[i]);
        for (uint32_t g = 0; g < r->group_count; g++) {
            if (!str_eq(r->groups[g].name.ascii, l->groups[i].name)) continue;
            enum err e = column_add(a, &l->groups[i], g);
            if (e != ERR_OK) return e;
        }
    }
    return ERR_OK;
}

static struct score_column *column_named(struct layout *l, struct str name)
{
    for (size_t i = 0; i < l->indicator_count; i++)
        if (str_eq(l->indicators[i].name, name)) return &l->indicators[i];
    l->indicators[l->indicator_count].name = name;
    return &l->indicators[l->indicator_count++];
}

static enum err layout_new(struct arena *a, const struct rules *r, struct layout *ret)
{
    struct layout l = {0};
    l.indicators = ARENA_ARRAY(a, struct score_column, r->indicator_count);
    if (l.indicators == NULL) return ERR_NOMEM;
    enum err e = layout_groups(a, r, &l);
    for (uint32_t i = 0; e == ERR_OK && i < r->indicator_count; i++)
        e = column_add(a, column_named(&l, r->indicators[i].name.ascii), i);
    if (e == ERR_OK) *ret = l;
    return e;
}

/* --- rows ------------------------------------------------------------------------------------- */

struct writer {
    const struct scores *s;
    struct layout layout;
    struct buf buf;
    FILE *out; /* NULL = nothing is written */
    const struct str *strangers;
    size_t stranger_count, strangers_written;
    uint64_t fail_at;
};

static void add_header(struct writer *w)
{
    struct buf *b = &w->buf;
    buf_add_c(b, "person_id,status,total,total_max");
    for (size_t i = 0; i < GROUPS; i++) {
        buf_add_char(b, ',');
        buf_add(b, w->layout.groups[i].name);
    }
    for (size_t i = 0; i < w->layout.indicator_count; i++) {
        buf_add_char(b, ',');
        buf_add(b, w->layout.indicators[i].name);
    }
    buf_add_char(b, '\n');
}

/* The value of the one source that applies to the person at position `at`; else an empty cell. */
static void add_value(struct buf *b, const struct score_column *c, int64_t *const *values,
                      int64_t scale, uint32_t at)
{
    buf_add_char(b, ',');
    for (size_t i = 0; i < c->count; i++) {
        int64_t v = values[c->sources[i]][at];
        if (v == INT64_MIN) continue;
        decimal_add_text(b, v, scale, DECIMALS);
        return;
    }
}

static void add_error(struct writer *w, struct str id)
{
    csv_add_cell(&w->buf, id);
    buf_add_c(&w->buf, ",ERROR,,");
    for (size_t i = 0; i < GROUPS + w->layout.indicator_count; i++)
        buf_add_char(&w->buf, ',');
    buf_add_char(&w->buf, '\n');
}

static void add_person(struct writer *w, const struct population_scores *part, struct str id,
                       uint32_t at)
{
    struct buf *b = &w->buf;
    int64_t scale = w->s->rules->scale;
    csv_add_cell(b, id);
    buf_add_char(b, ',');
    buf_add(b, score_status_word(w->s->rules, part->status[at]));
    buf_add_char(b, ',');
    decimal_add_text(b, part->total_lo[at], scale, DECIMALS);
    buf_add_char(b, ',');
    decimal_add_text(b, part->total_hi[at], scale, DECIMALS);
    for (size_t i = 0; i < GROUPS; i++)
        add_value(b, &w->layout.groups[i], part->groups_lo, scale, at);
    for (size_t i = 0; i < w->layout.indicator_count; i++)
        add_value(b, &w->layout.indicators[i], part->indicators_lo, scale, at);
    buf_add_char(b, '\n');
}

static enum err flush(struct buf *b, FILE *out)
{
    enum err e = buf_err(b);
    if (e != ERR_OK) return e;
    if (b->n > 0 && fwrite(b->p, 1, b->n, out) != b->n) return ERR_IO;
    b->n = 0;
    return ERR_OK;
}

/* Strangers that come before `id`; all that are left when it is NULL. */
static void add_strangers(struct writer *w, const struct str *id)
{
    for (; w->strangers_written < w->stranger_count; w->strangers_written++) {
        struct str stranger = w->strangers[w->strangers_written];
        if (id != NULL && str_cmp(stranger, *id) > 0) return;
        add_error(w, stranger);
    }
}

/* Persons of a piece that are being scored, and which of them are errors. */
struct part {
    const struct scores_piece *piece;
    uint32_t first; /* in the piece */
    struct population_scores scores;
    uint8_t *is_error;
};

static enum err write_part(struct writer *w, const struct part *x)
{
    if (w->out == NULL) return ERR_OK;
    const struct str *ids = x->piece->people->ids + x->first;
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < x->scores.count; i++) {
        add_strangers(w, &ids[i]);
        if (x->is_error[i] != 0)
            add_error(w, ids[i]);
        else
            add_person(w, &x->scores, ids[i], i);
        if (w->buf.n >= FLUSH_BYTES) e = flush(&w->buf, w->out);
    }
    return e;
}

/* --- parts ------------------------------------------------------------------------------------ */

static enum err scores_new(struct arena *a, const struct scores_source *from,
                           const struct scores_options *o, struct scores *ret)
{
    struct scores s = {.rules = from->rules,
                       .day = o->day,
                       .rule_day = o->rule_day,
                       .count = from->persons,
                       .strangers = from->strangers,
                       .errors = from->strangers};
    if (!o->rows_only) {
        s.status = ARENA_ARRAY(a, int32_t, s.count);
        s.scheme = ARENA_ARRAY(a, int32_t, s.count);
        s.is_error = ARENA_ARRAY(a, uint8_t, s.count);
        s.total_lo = ARENA_ARRAY(a, int64_t, s.count);
        s.total_hi = ARENA_ARRAY(a, int64_t, s.count);
        if (s.status == NULL || s.scheme == NULL || s.is_error == NULL || s.total_lo == NULL ||
            s.total_hi == NULL)
            return ERR_NOMEM;
    }
    *ret = s;
    return ERR_OK;
}

static void count_errors(struct scores *s, const struct part *x)
{
    const uint8_t *bad = x->piece->people->bad;
    for (uint32_t i = 0; i < x->scores.count; i++) {
        bool refused = bad != NULL && bad[x->first + i] != 0;
        bool failed = x->scores.error[i] != 0 || x->scores.status[i] == STATUS_ERROR;
        x->is_error[i] = refused || failed;
        s->errors += refused || failed;
        s->not_computed += !refused && failed;
    }
}

/* Keep what the summary needs. */
static void keep_part(struct scores *s, const struct part *x, uint32_t at)
{
    if (s->status == NULL) return;
    const struct population_scores *part = &x->scores;
    memcpy(s->status + at, part->status, part->count * sizeof *s->status);
    memcpy(s->scheme + at, part->scheme, part->count * sizeof *s->scheme);
    memcpy(s->total_lo + at, part->total_lo, part->count * sizeof *s->total_lo);
    memcpy(s->total_hi + at, part->total_hi, part->count * sizeof *s->total_hi);
    memcpy(s->is_error + at, x->is_error, part->count);
}

struct part_progress {
    const struct scores_options *o;
    uint32_t first;
};

static void tell_progress(void *ctx, uint32_t done)
{
    const struct part_progress *p = ctx;
    p->o->progress(p->o->progress_ctx, p->first + done);
}

/* `count` persons of a piece from `first` on, who are at `at` among all. */
static enum err run_part(struct writer *w, struct scores *s, const struct scores_options *o,
                         const struct scores_piece *piece, uint32_t first, uint32_t count,
                         uint32_t at)
{
    struct arena a;
    arena_init(&a, 0);
    a.fail_at = w->fail_at;
    struct part_progress progress = {o, at};
    struct part x = {.piece = piece, .first = first, .is_error = ARENA_ARRAY(&a, uint8_t, count)};
    enum err e = x.is_error == NULL ? ERR_NOMEM : ERR_OK;
    if (e == ERR_OK)
        e = score_population_part(&a, piece->people, first, count, o->day, o->rule_day,
                                  o->threads == 0 ? 1 : o->threads, NULL,
                                  o->progress == NULL ? NULL : tell_progress, &progress, &x.scores);
    if (e == ERR_OK) {
        count_errors(s, &x);
        keep_part(s, &x, at);
        e = write_part(w, &x);
    }
    arena_done(&a);
    return e;
}

/* All parts of a piece; moves *at behind it. */
static enum err run_piece(struct writer *w, struct scores *s, const struct scores_options *o,
                          const struct scores_piece *piece, uint32_t *at)
{
    const uint32_t most = o->part == 0 ? PART_PERSONS : o->part, n = piece->people->count;
    enum err e = ERR_OK;
    w->strangers = piece->strangers;
    w->stranger_count = piece->stranger_count;
    w->strangers_written = 0;
    for (uint32_t first = 0; e == ERR_OK && first < n;) {
        uint32_t count = n - first < most ? n - first : most;
        e = run_part(w, s, o, piece, first, count, *at);
        first += count;
        *at += count;
    }
    if (e == ERR_OK && w->out != NULL) add_strangers(w, NULL);
    return e;
}

static enum err run_pieces(struct writer *w, struct scores *s, const struct scores_options *o,
                           const struct scores_source *from)
{
    enum err e = ERR_OK;
    uint32_t at = 0;
    add_header(w);
    for (uint32_t k = 0; e == ERR_OK && k < from->pieces; k++) {
        struct scores_piece piece = {0};
        e = from->open(from->ctx, k, &piece);
        if (e != ERR_OK) return e;
        e = run_piece(w, s, o, &piece, &at);
        if (from->close != NULL) from->close(from->ctx, &piece);
    }
    return e == ERR_OK && w->out != NULL ? flush(&w->buf, w->out) : e;
}

enum err scores_run_source(struct arena *a, const struct scores_source *from,
                           const struct scores_options *o, struct scores *ret)
{
    const struct rules *r = from->rules;
    if (rules_scheme_for(r, r->schemes[0].division, o->rule_day) < 0) return ERR_NOT_FOUND;
    struct scores s;
    enum err e = scores_new(a, from, o, &s);
    if (e != ERR_OK) return e;
    struct writer w = {.s = &s, .out = o->out, .fail_at = a->fail_at};
    buf_init(&w.buf, 0);
    e = layout_new(a, r, &w.layout);
    if (e == ERR_OK) e = run_pieces(&w, &s, o, from);
    buf_done(&w.buf);
    if (e == ERR_OK) *ret = s;
    return e;
}

/* --- a data set ------------------------------------------------------------------------------- */

static enum err open_data(void *ctx, uint32_t k, struct scores_piece *ret)
{
    const struct data_set *d = ctx;
    INVARIANT(k == 0);
    *ret = (struct scores_piece){.people = data_population(d)};
    ret->strangers = data_strangers(d, &ret->stranger_count);
    return ERR_OK;
}

enum err scores_run(struct arena *a, const struct data_set *d, const struct scores_options *o,
                    struct scores *ret)
{
    const struct population *p = data_population(d);
    struct scores_source from = {
        .rules = p->rules, .persons = p->count, .pieces = 1, .open = open_data};
    size_t strangers;
    data_strangers(d, &strangers);
    from.strangers = strangers;
    memcpy(&from.ctx, &d, sizeof d); /* open_data only reads */
    return scores_run_source(a, &from, o, ret);
}

enum err row_errors_write(const struct rules *r, const struct row_error *errors, size_t count,
                          FILE *out)
{
    struct buf b;
    buf_init(&b, 0);
    row_error_add_header(&b);
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        row_error_add_line(&b, r, &errors[i]);
        if (b.n >= FLUSH_BYTES) e = flush(&b, out);
    }
    if (e == ERR_OK) e = flush(&b, out);
    buf_done(&b);
    return e;
}

enum err scores_write_errors(const struct data_set *d, FILE *out)
{
    size_t count;
    const struct row_error *errors = data_errors(d, &count);
    return row_errors_write(data_population(d)->rules, errors, count, out);
}
