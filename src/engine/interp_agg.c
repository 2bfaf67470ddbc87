/* Aggregates over a person's records, straight from src/lang/README.md §6.
 *
 *   rows of the person -> does it exist on the day? -> window -> filter -> sure, possible or out
 *                      -> the aggregate over the sure ones, and over sure and possible ones
 *
 * Months are counted in a bitmap with a bit for every calendar month, spells by putting interval
 * after interval into a list of disjoint ones: ways unlike the column machine's.
 *
 * Invariants: filter and value are computed for every record, also one that is out (overflow is
 * found everywhere alike); a record's time is [from, to) in days, or in months of a month
 * register. */
#include <string.h>

#include "base/date.h"
#include "engine/interp_internal.h"

#define MONTHS_MOST 2400 /* what the compiler's static range allows */

/* --- time --- */

static int64_t first_of_time(const struct agg *g)
{
    return g->is_month ? MONTH_FIRST - 1 : DATE_OPEN_START;
}

static int64_t end_of_time(const struct agg *g)
{
    return g->is_month ? MONTH_OPEN_END + 1 : DATE_OPEN_END + 1;
}

static struct stretch days_as_time(const struct agg *g, int32_t first, int32_t last)
{
    if (g->is_month) return (struct stretch){date_month(first), (int64_t)date_month(last) + 1};
    return (struct stretch){first, (int64_t)last + 1};
}

static struct stretch year_of(const struct agg *g, int32_t year)
{
    if (!date_is_valid(year, 1, 1)) return (struct stretch){0, 0};
    return days_as_time(g, date_from_civil(year, 1, 1), date_from_civil(year, 12, 31));
}

/* The window for spells and months; for events `event_in_window` knows better about MONTHS. */
static struct stretch window_of(const struct agg *g)
{
    const struct rule_node *n = g->n;
    int32_t day = g->in->day;

    switch (n->window) {
    case WINDOW_NONE:
        break;
    case WINDOW_MONTHS:
        if (g->is_month) return (struct stretch){g->now - n->window_a + 1, end_of_time(g)};
        return (struct stretch){date_add_months(day, (int32_t)-n->window_a, MONTH_CLAMP),
                                end_of_time(g)};
    case WINDOW_FIXED:
        return days_as_time(g, (int32_t)n->window_a, (int32_t)n->window_b);
    case WINDOW_THIS_YEAR:
        return year_of(g, date_to_civil(day).year);
    case WINDOW_PREVIOUS_YEAR:
        return year_of(g, date_to_civil(day).year - 1);
    }
    return (struct stretch){first_of_time(g), end_of_time(g)};
}

static bool event_in_window(const struct agg *g, int64_t event)
{
    if (g->n->window == WINDOW_NONE) return true;
    if (event <= DATE_OPEN_START) return false; /* "since ever" is in no window */
    if (g->n->window != WINDOW_MONTHS || g->is_month)
        return g->window.from <= event && event < g->window.to;
    return g->in->day < date_add_months((int32_t)event, (int32_t)g->n->window_a, MONTH_NEXT);
}

bool agg_time(const struct agg *g, int32_t field, uint32_t row, int64_t *ret)
{
    const struct column *c = &g->data->cols[field];

    if (!column_known(c, row)) return false;
    *ret = column_get(c, row);
    return true;
}

/* --- one record --- */

static void record_weaken(struct trace_record *t, enum trace_standing standing, enum trace_why why)
{
    if (standing >= t->standing) return;
    t->standing = standing;
    t->why = why;
}

/* An event: on or before the day and, where it has an end, not over. */
static void event_exists(const struct agg *g, struct trace_record *t)
{
    int64_t event, end;

    if (!agg_time(g, g->reg->event, t->row, &event))
        record_weaken(t, STANDING_POSSIBLE, WHY_NOT_YET);
    else if (event > g->now)
        record_weaken(t, STANDING_OUT, WHY_NOT_YET);
    if (g->reg->end < 0) return;
    if (!agg_time(g, g->reg->end, t->row, &end))
        record_weaken(t, STANDING_POSSIBLE, WHY_OVER);
    else if (g->now >= end)
        record_weaken(t, STANDING_OUT, WHY_OVER);
}

/* A spell or a run of months: begun by the day. Its time is kept whole here. */
static void spell_exists(const struct agg *g, struct trace_record *t)
{
    int64_t from = first_of_time(g), to = end_of_time(g);

    if (!agg_time(g, g->reg->start, t->row, &from))
        record_weaken(t, STANDING_POSSIBLE, WHY_NOT_YET);
    else if (from > g->now)
        record_weaken(t, STANDING_OUT, WHY_NOT_YET);
    if (g->reg->end >= 0 && agg_time(g, g->reg->end, t->row, &to)) to += g->is_month;
    t->from = from;
    t->to = to;
}

static void record_exists(const struct agg *g, struct trace_record *t)
{
    if (g->reg->event >= 0)
        event_exists(g, t);
    else if (g->reg->start >= 0)
        spell_exists(g, t);
}

static void record_in_window(const struct agg *g, struct trace_record *t)
{
    int64_t event;

    if (g->n->window == WINDOW_NONE) return;
    if (g->reg->event >= 0) {
        if (agg_time(g, g->reg->event, t->row, &event) && !event_in_window(g, event))
            record_weaken(t, STANDING_OUT, WHY_WINDOW);
        return;
    }
    if (g->reg->start < 0) return;
    if (t->from < g->window.from) t->from = g->window.from;
    if (t->to > g->window.to) t->to = g->window.to;
    if (t->from >= t->to) record_weaken(t, STANDING_OUT, WHY_WINDOW);
}

/* 现行: the record also covers the day. */
static void record_covers(const struct agg *g, struct trace_record *t)
{
    int64_t end;

    if (g->n->op != NODE_AGG_NOW || g->reg->end < 0) return;
    if (!agg_time(g, g->reg->end, t->row, &end))
        record_weaken(t, STANDING_POSSIBLE, WHY_OVER);
    else if (g->is_month ? end < g->now : end <= g->now)
        record_weaken(t, STANDING_OUT, WHY_OVER);
}

static enum err record_values(const struct agg *g, struct trace_record *t)
{
    struct interp *in = g->in;
    struct scope s = {.reg = g->n->reg, .row = t->row, .epoch = ++in->last_epoch};
    uint32_t filter = node_kid(in->rules, g->n, 0);
    enum err e = interp_node(in, &s, filter);

    if (e != ERR_OK) return e;
    t->filter = in->value[filter];
    if (in->is_tracing) t->filter_node = in->trace[filter];
    if (g->rows_until != NULL) g->rows_until[2 * (t - g->rows)] = in->until[filter];
    if (t->filter.hi == 0)
        record_weaken(t, STANDING_OUT, WHY_FILTER);
    else if (t->filter.lo == 0)
        record_weaken(t, STANDING_POSSIBLE, WHY_FILTER);
    if (g->n->kid_count < 2) return ERR_OK;
    uint32_t value = node_kid(in->rules, g->n, 1);
    e = interp_node(in, &s, value);
    if (e != ERR_OK) return e;
    t->value = in->value[value];
    if (in->is_tracing) t->value_node = in->trace[value];
    if (g->rows_until != NULL) g->rows_until[2 * (t - g->rows) + 1] = in->until[value];
    return ERR_OK;
}

static enum err records_gather(struct agg *g)
{
    struct interp *in = g->in;
    uint32_t first, end;
    bool exists = false;

    population_rows(in->people, g->n->reg, in->person, &first, &end);
    g->rows = ARENA_ARRAY(in->arena, struct trace_record, end - first);
    if (g->rows == NULL) return ERR_NOMEM;
    if (in->until_rules != NULL) {
        g->rows_until = ARENA_ARRAY(in->arena, struct until, 2 * (size_t)(end - first));
        if (g->rows_until == NULL) return ERR_NOMEM;
    }
    for (uint32_t row = first; row < end; row++) {
        struct trace_record *t = &g->rows[g->count++];
        *t = (struct trace_record){.row = row, .standing = STANDING_SURE};
        record_exists(g, t);
        exists = exists || t->standing != STANDING_OUT;
        record_in_window(g, t);
        record_covers(g, t);
        enum err e = record_values(g, t);
        if (e != ERR_OK) return e;
    }
    g->is_silent = !population_answered(in->people, g->n->reg, in->person) ||
                   (g->reg->none_unknown && !exists);
    return ERR_OK;
}

/* --- counts and sums --- */

static enum err agg_count(struct agg *g, struct interval *ret)
{
    struct interval v = {0, 0};

    for (uint32_t i = 0; i < g->count; i++) {
        v.lo += g->rows[i].standing == STANDING_SURE;
        v.hi += g->rows[i].standing != STANDING_OUT;
    }
    *ret = v;
    return ERR_OK;
}

static enum err agg_any(struct agg *g, struct interval *ret)
{
    struct interval v;
    enum err e = agg_count(g, &v);

    *ret = (struct interval){v.lo > 0, v.hi > 0};
    return e;
}

static enum err agg_sum(struct agg *g, struct interval *ret)
{
    struct interval sum = {0, 0};

    for (uint32_t i = 0; i < g->count; i++) {
        const struct trace_record *t = &g->rows[i];
        if (t->standing == STANDING_SURE && __builtin_add_overflow(sum.lo, t->value.lo, &sum.lo))
            return ERR_OVERFLOW;
        if (t->standing != STANDING_OUT && __builtin_add_overflow(sum.hi, t->value.hi, &sum.hi))
            return ERR_OVERFLOW;
    }
    *ret = sum;
    return ERR_OK;
}

/* --- the greatest and the least --- */

/* Turns the order round for the least, so that both are "the greatest" (~v cannot overflow). */
static struct interval facing(const struct agg *g, struct interval v)
{
    if (g->n->op != NODE_AGG_MIN) return v;
    return (struct interval){~v.hi, ~v.lo};
}

static enum err agg_best(struct agg *g, struct interval *ret)
{
    bool any_sure = false, any_possible = false;
    int64_t sure_lo = 0, possible_lo = 0, hi = 0;

    for (uint32_t i = 0; i < g->count; i++) {
        struct interval v = facing(g, g->rows[i].value);
        if (g->rows[i].standing == STANDING_OUT) continue;
        if ((!any_sure && !any_possible) || v.hi > hi) hi = v.hi;
        if (g->rows[i].standing == STANDING_SURE) {
            if (!any_sure || v.lo > sure_lo) sure_lo = v.lo;
            any_sure = true;
        } else {
            if (!any_possible || v.lo < possible_lo) possible_lo = v.lo;
            any_possible = true;
        }
    }
    if (any_sure) {
        *ret = facing(g, (struct interval){sure_lo, hi});
    } else if ((g->n->flags & NODE_HAS_NONE) == 0) {
        *ret = (struct interval){g->n->lo, g->n->hi};
    } else {
        struct interval none = facing(g, interval_known(g->n->imm));
        struct interval maybe = any_possible ? (struct interval){possible_lo, hi} : none;
        *ret = facing(g, interval_hull(maybe, none));
    }
    return ERR_OK;
}

static enum err agg_now(struct agg *g, struct interval *ret)
{
    struct interval v = {INT64_MAX, INT64_MIN};

    for (uint32_t i = 0; i < g->count; i++) {
        if (g->rows[i].standing == STANDING_OUT) continue;
        v = interval_hull(v, g->rows[i].value);
        if (g->rows[i].standing == STANDING_SURE) {
            *ret = v;
            return ERR_OK;
        }
    }
    if ((g->n->flags & NODE_HAS_NONE) != 0)
        *ret = interval_hull(v, interval_known(g->n->imm));
    else
        *ret = interval_hull(v, (struct interval){g->n->lo, g->n->hi});
    return ERR_OK;
}

/* --- months --- */

static void month_set(uint8_t *bits, int64_t month)
{
    bits[month / 8] = (uint8_t)(bits[month / 8] | 1u << (month % 8));
}

static bool month_is_set(const uint8_t *bits, int64_t month)
{
    return (bits[month / 8] >> (month % 8) & 1) != 0;
}

static int64_t first_month(const struct trace_record *t)
{
    return t->from < MONTH_FIRST ? MONTH_FIRST : t->from;
}

/* Mark the months, up to the day's, of all records at least as sure as `least`. The bitmap is
 * cleared from the word of the first of them on; before that it means nothing. */
static void months_mark(const struct agg *g, enum trace_standing least)
{
    uint8_t *bits = g->in->months;
    int64_t first = g->now + 1;

    for (uint32_t i = 0; i < g->count; i++)
        if (g->rows[i].standing >= least && first_month(&g->rows[i]) < first)
            first = first_month(&g->rows[i]);
    g->in->months_first = first = first / 64 * 64;
    memset(bits + first / 8, 0, (size_t)(g->now / 64 * 64 + 64 - first) / 8);
    for (uint32_t i = 0; i < g->count; i++) {
        const struct trace_record *t = &g->rows[i];
        if (t->standing < least) continue;
        for (int64_t m = first_month(t); m < t->to && m <= g->now; m++)
            month_set(bits, m);
    }
}

static int64_t months_distinct(const struct agg *g, enum trace_standing least)
{
    int64_t count = 0;

    months_mark(g, least); /* only months up to the day's are marked */
    for (int64_t m = g->in->months_first; m <= g->now; m += 64) {
        uint64_t bits;
        memcpy(&bits, g->in->months + m / 8, sizeof bits);
        if (bits != 0) count += __builtin_popcountll(bits);
    }
    return count;
}

bool agg_month_is_counted(const struct agg *g, enum trace_standing least, int64_t month)
{
    for (uint32_t i = 0; i < g->count; i++)
        if (g->rows[i].standing >= least && g->rows[i].from <= month && month < g->rows[i].to)
            return true;
    return false;
}

static int64_t months_consecutive(const struct agg *g, enum trace_standing least)
{
    int64_t count = 0, gap = 0;

    months_mark(g, least);
    for (int64_t m = g->now; m >= g->in->months_first && gap <= g->n->imm; m--) {
        if (month_is_set(g->in->months, m)) {
            count++;
            gap = 0;
        } else {
            gap++;
        }
    }
    return count;
}

/* --- spells --- */

/* Put [from, to) into the ordered list of disjoint, not touching stretches. */
uint32_t spell_insert(struct stretch *list, uint32_t count, struct stretch s)
{
    uint32_t at = 0, end;

    while (at < count && list[at].to < s.from)
        at++;
    for (end = at; end < count && list[end].from <= s.to; end++) {
        if (list[end].from < s.from) s.from = list[end].from;
        if (list[end].to > s.to) s.to = list[end].to;
    }
    memmove(list + at + 1, list + end, (count - end) * sizeof *list);
    list[at] = s;
    return count - (end - at) + 1;
}

/* CLAUSE: registers §3 reading 5. */
static enum err spell_months(const struct agg *g, enum trace_standing least, int64_t *ret)
{
    struct stretch *list = ARENA_ARRAY(g->in->arena, struct stretch, (size_t)g->count + 1);
    uint32_t count = 0;
    int64_t months = 0, days = 0;

    if (list == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < g->count; i++) {
        const struct trace_record *t = &g->rows[i];
        struct stretch s = {t->from, t->to < g->now ? t->to : g->now};
        if (t->standing >= least && s.from < s.to) count = spell_insert(list, count, s);
    }
    for (uint32_t i = 0; i < count; i++) {
        int32_t left;
        months += date_whole_months((int32_t)list[i].from, (int32_t)list[i].to, &left);
        days += left;
    }
    *ret = g->n->imm > 0 ? months + days / g->n->imm : months;
    return ERR_OK;
}

static enum err months_once(const struct agg *g, enum trace_standing least, int64_t *ret)
{
    enum err e = ERR_OK;

    if (g->n->op == NODE_AGG_SPELL_MONTHS)
        e = spell_months(g, least, ret);
    else if (g->n->op == NODE_AGG_MONTHS)
        *ret = months_distinct(g, least);
    else
        *ret = months_consecutive(g, least);
    if (*ret > MONTHS_MOST) *ret = MONTHS_MOST;
    return e;
}

static enum err agg_months(struct agg *g, struct interval *ret)
{
    int64_t sure = 0, possible = 0;
    enum err e;

    if (g->in->months == NULL) g->in->months = ARENA_ARRAY(g->in->arena, uint8_t, MONTH_BITS);
    if (g->in->months == NULL) return ERR_NOMEM;
    e = months_once(g, STANDING_SURE, &sure);
    if (e == ERR_OK) e = months_once(g, STANDING_POSSIBLE, &possible);
    *ret = interval_hull(interval_known(sure), interval_known(possible));
    return e;
}

/* --- points of each record --- */

static bool same_key(const struct agg *g, uint32_t a, uint32_t b)
{
    const struct column *c = &g->data->cols[g->n->field2];

    return column_known(c, g->rows[a].row) && column_known(c, g->rows[b].row) &&
           column_get(c, g->rows[a].row) == column_get(c, g->rows[b].row);
}

/* Does another counting record of the same key bring more, or as much and stands before? */
static bool key_is_lost(const struct agg *g, const int64_t *points, const bool *counts, uint32_t i)
{
    for (uint32_t k = 0; k < g->count; k++) {
        if (k == i || !counts[k] || !same_key(g, i, k)) continue;
        if (points[k] > points[i] || (points[k] == points[i] && k < i)) return true;
    }
    return false;
}

/* The calendar year a record falls in; false for an unknown or open event: a year of its own. */
static bool year_of_record(const struct agg *g, uint32_t i, int32_t *ret)
{
    int64_t event;

    if (g->reg->event < 0 || !agg_time(g, g->reg->event, g->rows[i].row, &event)) return false;
    if (event < DATE_FIRST || event > DATE_LAST) return false;
    *ret = date_to_civil((int32_t)event).year;
    return true;
}

/* Points of the year that record i opens: its own and those of later records of the same year. */
static enum err year_points(const struct agg *g, const int64_t *points, bool *counts, uint32_t i,
                            int64_t *ret)
{
    int64_t sum = points[i];
    int32_t year, other;
    bool has_year = year_of_record(g, i, &year);

    counts[i] = false;
    for (uint32_t k = i + 1; k < g->count && has_year; k++) {
        if (!counts[k] || !year_of_record(g, k, &other) || other != year) continue;
        counts[k] = false;
        if (__builtin_add_overflow(sum, points[k], &sum)) return ERR_OVERFLOW;
    }
    *ret = g->n->imm < sum ? g->n->imm : sum;
    return ERR_OK;
}

/* `points` of the records that count -> their sum, the best of each key, each year cut at the cap.
 * Clears counts[]; marks in lost[] what lost to another of its key. */
static enum err each_sum(const struct agg *g, const int64_t *points, bool *counts, bool *lost,
                         int64_t *ret)
{
    int64_t sum = 0, part;

    for (uint32_t i = 0; i < g->count; i++)
        lost[i] = g->n->field2 >= 0 && counts[i] && key_is_lost(g, points, counts, i);
    for (uint32_t i = 0; i < g->count; i++)
        counts[i] = counts[i] && !lost[i];
    for (uint32_t i = 0; i < g->count; i++) {
        if (!counts[i]) continue;
        part = points[i];
        if (g->n->imm >= 0 && year_points(g, points, counts, i, &part) != ERR_OK)
            return ERR_OVERFLOW;
        if (__builtin_add_overflow(sum, part, &sum)) return ERR_OVERFLOW;
    }
    *ret = sum;
    return ERR_OK;
}

static enum err agg_each(struct agg *g, struct interval *ret)
{
    int64_t *points = ARENA_ARRAY(g->in->arena, int64_t, g->count);
    bool *counts = ARENA_ARRAY(g->in->arena, bool, g->count);
    bool *lost = ARENA_ARRAY(g->in->arena, bool, g->count);
    int64_t least, most;

    if (points == NULL || counts == NULL || lost == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < g->count; i++) {
        points[i] = g->rows[i].value.lo;
        counts[i] = g->rows[i].standing == STANDING_SURE;
    }
    if (each_sum(g, points, counts, lost, &least) != ERR_OK) return ERR_OVERFLOW;
    for (uint32_t i = 0; i < g->count; i++)
        if (g->rows[i].standing == STANDING_SURE && !lost[i]) g->rows[i].counted.lo = points[i];
    for (uint32_t i = 0; i < g->count; i++) {
        points[i] = g->rows[i].value.hi;
        counts[i] = g->rows[i].standing != STANDING_OUT;
    }
    if (each_sum(g, points, counts, lost, &most) != ERR_OK) return ERR_OVERFLOW;
    for (uint32_t i = 0; i < g->count; i++) {
        g->rows[i].lost = lost[i];
        if (g->rows[i].standing != STANDING_OUT && !lost[i]) g->rows[i].counted.hi = points[i];
    }
    *ret = interval_hull(interval_known(least), interval_known(most));
    return ERR_OK;
}

/* --- all of them --- */

typedef enum err (*agg_fn)(struct agg *g, struct interval *ret);

static agg_fn agg_of(enum node_op op)
{
    static const agg_fn fns[NODE_OP_COUNT] = {
        [NODE_AGG_COUNT] = agg_count,
        [NODE_AGG_SUM] = agg_sum,
        [NODE_AGG_MAX] = agg_best,
        [NODE_AGG_MIN] = agg_best,
        [NODE_AGG_ANY] = agg_any,
        [NODE_AGG_NOW] = agg_now,
        [NODE_AGG_MONTHS] = agg_months,
        [NODE_AGG_SPELL_MONTHS] = agg_months,
        [NODE_AGG_CONSECUTIVE] = agg_months,
        [NODE_AGG_EACH] = agg_each,
    };
    return fns[op];
}

static bool has_month_times(const struct rule_register *reg)
{
    int32_t f = reg->event >= 0 ? reg->event : reg->start;
    return f >= 0 && reg->fields[f].type.vt == VT_MONTH;
}

enum err interp_aggregate(struct interp *in, const struct rule_node *n, struct trace_node *t,
                          struct interval *ret)
{
    struct agg g = {
        .in = in, .n = n, .reg = &in->rules->regs[n->reg], .data = &in->people->regs[n->reg]};
    struct interval v;

    g.is_month = has_month_times(g.reg);
    g.now = g.is_month ? date_month(in->day) : in->day;
    g.window = window_of(&g);
    enum err e = records_gather(&g);
    if (e != ERR_OK) return e;
    e = agg_of(n->op)(&g, &v);
    if (e != ERR_OK) return e;
    *ret = g.is_silent ? (struct interval){n->lo, n->hi} : v;
    if (in->until_rules != NULL) {
        in->value[n - in->rules->nodes] = *ret;
        until_aggregate(&g);
    }
    if (t != NULL) {
        t->records = g.rows;
        t->record_count = g.count;
        t->is_silent = g.is_silent;
    }
    return ERR_OK;
}
