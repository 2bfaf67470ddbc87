/* Scores of a population -> CSV.
 *
 * Structure: the columns of the file are worked out once (which indicators of the image share a
 * name); then persons and strangers, both ordered, are merged row by row into a buffer that is
 * written whenever it is full.
 *
 * Invariants: the file depends on the population and the rules only; a person in error has no
 * figures at all, so nobody can take them for a score. */
#include "service/scores.h"

#include <string.h>

#include "service/csv.h"

#define FLUSH_BYTES ((size_t)1 << 18)
#define DECIMALS 2

static const char *const part_names[] = {"common", "local", "deduction"};
#define PARTS (sizeof part_names / sizeof *part_names)

/* One column: the indicators (or group) whose value it shows; at most one applies to a person. */
struct score_column {
    struct str name;
    const int64_t **values; /* arrays by person; INT64_MIN = does not apply */
    size_t count;
};

struct layout {
    struct score_column parts[PARTS];
    struct score_column *indicators;
    size_t indicator_count;
};

enum err scores_compute(struct arena *a, const struct data_set *d, const struct scores_options *o,
                        struct scores *ret)
{
    const struct population *p = data_population(d);
    struct scores s = {.data = d, .rules = p->rules, .day = o->day, .rule_day = o->rule_day};
    if (rules_scheme_for(p->rules, p->rules->schemes[0].division, o->rule_day) < 0)
        return ERR_NOT_FOUND;
    enum err e = score_population(a, p, o->day, o->rule_day, o->threads == 0 ? 1 : o->threads, NULL,
                                  o->progress, o->progress_ctx, &s.of);
    if (e == ERR_OK) *ret = s;
    return e;
}

bool scores_is_error(const struct scores *s, uint32_t p)
{
    const uint8_t *bad = data_population(s->data)->bad;
    return bad[p] != 0 || s->of.error[p] != 0 || s->of.status[p] == STATUS_ERROR;
}

uint64_t scores_error_count(const struct scores *s)
{
    size_t count;
    data_strangers(s->data, &count);
    for (uint32_t p = 0; p < s->of.count; p++)
        count += scores_is_error(s, p);
    return count;
}

/* --- columns ---------------------------------------------------------------------------------- */

static enum err column_add(struct arena *a, struct score_column *c, const int64_t *values)
{
    const int64_t **grown = arena_grow(a, c->values, c->count, c->count + 1, sizeof *grown);
    if (grown == NULL) return ERR_NOMEM;
    c->values = grown;
    c->values[c->count++] = values;
    return ERR_OK;
}

static enum err layout_parts(struct arena *a, const struct scores *s, struct layout *l)
{
    for (size_t i = 0; i < PARTS; i++) {
        l->parts[i].name = str_from_c(part_names[i]);
        for (uint32_t g = 0; g < s->rules->group_count; g++) {
            if (!str_eq(s->rules->groups[g].name.ascii, l->parts[i].name)) continue;
            enum err e = column_add(a, &l->parts[i], s->of.groups_lo[g]);
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

static enum err layout_new(struct arena *a, const struct scores *s, struct layout *ret)
{
    struct layout l = {0};
    l.indicators = ARENA_ARRAY(a, struct score_column, s->rules->indicator_count);
    if (l.indicators == NULL) return ERR_NOMEM;
    enum err e = layout_parts(a, s, &l);
    for (uint32_t i = 0; e == ERR_OK && i < s->rules->indicator_count; i++)
        e = column_add(a, column_named(&l, s->rules->indicators[i].name.ascii),
                       s->of.indicators_lo[i]);
    if (e == ERR_OK) *ret = l;
    return e;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void add_header(struct buf *b, const struct layout *l)
{
    buf_add_c(b, "person_id,status,total,total_max");
    for (size_t i = 0; i < PARTS; i++) {
        buf_add_char(b, ',');
        buf_add(b, l->parts[i].name);
    }
    for (size_t i = 0; i < l->indicator_count; i++) {
        buf_add_char(b, ',');
        buf_add(b, l->indicators[i].name);
    }
    buf_add_char(b, '\n');
}

static void add_value(struct buf *b, const struct score_column *c, int64_t scale, uint32_t p)
{
    buf_add_char(b, ',');
    for (size_t i = 0; i < c->count; i++)
        if (c->values[i][p] != INT64_MIN) {
            decimal_add_text(b, c->values[i][p], scale, DECIMALS);
            return;
        }
}

static void add_error(struct buf *b, const struct layout *l, struct str id)
{
    csv_add_cell(b, id);
    buf_add_c(b, ",ERROR,,");
    for (size_t i = 0; i < PARTS + l->indicator_count; i++)
        buf_add_char(b, ',');
    buf_add_char(b, '\n');
}

static void add_person(struct buf *b, const struct scores *s, const struct layout *l, uint32_t p)
{
    int64_t scale = s->rules->scale;
    csv_add_cell(b, data_population(s->data)->ids[p]);
    buf_add_char(b, ',');
    buf_add(b, score_status_word(s->rules, s->of.status[p]));
    buf_add_char(b, ',');
    decimal_add_text(b, s->of.total_lo[p], scale, DECIMALS);
    buf_add_char(b, ',');
    decimal_add_text(b, s->of.total_hi[p], scale, DECIMALS);
    for (size_t i = 0; i < PARTS; i++)
        add_value(b, &l->parts[i], scale, p);
    for (size_t i = 0; i < l->indicator_count; i++)
        add_value(b, &l->indicators[i], scale, p);
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

static enum err write_rows(struct buf *b, const struct scores *s, const struct layout *l, FILE *out)
{
    const struct population *p = data_population(s->data);
    size_t stranger_count, t = 0;
    const struct str *strangers = data_strangers(s->data, &stranger_count);
    enum err e = ERR_OK;
    add_header(b, l);
    for (uint32_t i = 0; e == ERR_OK && i < p->count; i++) {
        for (; t < stranger_count && str_cmp(strangers[t], p->ids[i]) < 0; t++)
            add_error(b, l, strangers[t]);
        if (scores_is_error(s, i))
            add_error(b, l, p->ids[i]);
        else
            add_person(b, s, l, i);
        if (b->n >= FLUSH_BYTES) e = flush(b, out);
    }
    for (; t < stranger_count; t++)
        add_error(b, l, strangers[t]);
    return e == ERR_OK ? flush(b, out) : e;
}

enum err scores_write(struct arena *a, const struct scores *s, FILE *out)
{
    struct layout l;
    enum err e = layout_new(a, s, &l);
    if (e != ERR_OK) return e;
    struct buf b;
    buf_init(&b, 0);
    e = write_rows(&b, s, &l, out);
    buf_done(&b);
    return e;
}

enum err scores_write_errors(const struct data_set *d, FILE *out)
{
    size_t count;
    const struct row_error *errors = data_errors(d, &count);
    struct buf b;
    buf_init(&b, 0);
    row_error_add_header(&b);
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        row_error_add_line(&b, d, &errors[i]);
        if (b.n >= FLUSH_BYTES) e = flush(&b, out);
    }
    if (e == ERR_OK) e = flush(&b, out);
    buf_done(&b);
    return e;
}
