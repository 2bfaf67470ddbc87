/* From exact figures to what may be shown. */
#include "engine/simulate_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "engine/rules_match.h"

#define BIN_WIDTH 500 /* 1/100 points */
#define BINS_MOST 30
#define NEAR_WIDTH 100
#define NEAR_REACH 1000 /* on each side of the line */

/* --- small figures --- */

static bool is_safe(uint64_t n)
{
    return n == 0 || n >= SIMULATE_LEAST;
}

static bool differ_safely(uint64_t x, uint64_t y)
{
    return is_safe(x > y ? x - y : y - x);
}

/* A count of some of `all`: neither they nor the others are few. */
static struct shown shown_of(uint64_t n, uint64_t all)
{
    const bool hidden = !is_safe(n) || !is_safe(all - n);
    return (struct shown){hidden, hidden ? 0 : n};
}

/* Two counts of the same persons: where their difference is small, the second is not shown. */
static void show_pair(struct shown *x, struct shown *y)
{
    if (x->hidden || y->hidden || differ_safely(x->n, y->n)) return;
    *y = (struct shown){true, 0};
}

static bool row_is_safe(const struct report_row *r)
{
    return is_safe(r->persons) && is_safe(r->gain) && is_safe(r->lose) &&
           is_safe(r->persons - r->gain - r->lose);
}

/* --- groups --- */

static struct report_row row_of(int32_t key, const struct simulate_cell *c)
{
    return (struct report_row){.key = key,
                               .persons = c->persons,
                               .gain = c->gain,
                               .lose = c->lose,
                               .before = c->before,
                               .after = c->after};
}

static void row_add(struct report_row *to, const struct report_row *r)
{
    to->merged++;
    to->persons += r->persons;
    to->gain += r->gain;
    to->lose += r->lose;
    to->before += r->before;
    to->after += r->after;
}

static void row_remove(struct report_table *t, uint32_t at)
{
    memmove(t->rows + at, t->rows + at + 1, (t->count - at - 1) * sizeof *t->rows);
    t->count--;
}

static uint32_t smallest_row(const struct report_table *t)
{
    uint32_t at = 0;
    for (uint32_t i = 1; i < t->count; i++)
        if (t->rows[i].persons < t->rows[at].persons) at = i;
    return at;
}

/* Put rows with small figures into one, and further ones until it has none. Rows have room for one
 * more. */
static void table_merge(struct report_table *t)
{
    struct report_row others = {.key = REPORT_OTHERS};

    for (uint32_t i = 0; i < t->count;) {
        if (t->rows[i].persons > 0 && row_is_safe(&t->rows[i])) {
            i++;
            continue;
        }
        if (t->rows[i].persons > 0) row_add(&others, &t->rows[i]);
        row_remove(t, i);
    }
    while (others.merged > 0 && !row_is_safe(&others) && t->count > 0) {
        const uint32_t at = smallest_row(t);
        row_add(&others, &t->rows[at]);
        row_remove(t, at);
    }
    if (others.merged > 0 && row_is_safe(&others)) t->rows[t->count++] = others;
    t->hidden = t->count == 0 || (t->count == 1 && t->rows[0].key == REPORT_OTHERS);
    if (t->hidden) t->count = 0;
}

static enum err table_new(struct arena *a, struct simulate_report *r, enum report_kind kind,
                          uint32_t groups, struct report_table **ret)
{
    struct report_table *t = &r->tables[r->table_count];

    *t = (struct report_table){.kind = kind};
    t->rows = ARENA_ARRAY(a, struct report_row, groups + (size_t)1);
    if (t->rows == NULL) return ERR_NOMEM;
    r->table_count++;
    *ret = t;
    return ERR_OK;
}

static enum err publish_trait(struct arena *a, const struct simulate_trait *k,
                              struct simulate_report *r)
{
    struct report_table *t;
    enum err e = table_new(a, r, REPORT_TRAIT, k->members + 1, &t);

    if (e != ERR_OK) return e;
    t->reg = k->reg;
    t->field = k->field;
    for (uint32_t i = 0; i <= k->members; i++)
        t->rows[t->count++] = row_of((int32_t)i, &k->cells[i]);
    table_merge(t);
    return ERR_OK;
}

static enum err publish_tables(struct arena *a, const struct simulation *s,
                               struct simulate_report *r)
{
    struct report_table *t;

    r->tables = ARENA_ARRAY(a, struct report_table, 2 + (size_t)s->trait_count);
    if (r->tables == NULL) return ERR_NOMEM;
    enum err e = table_new(a, r, REPORT_DIVISIONS, s->division_count, &t);
    for (uint32_t i = 0; e == ERR_OK && i < s->division_count; i++)
        t->rows[t->count++] = row_of(s->divisions[i].code, &s->divisions[i].cell);
    if (e == ERR_OK) table_merge(t);
    if (e == ERR_OK) e = table_new(a, r, REPORT_AGES, SIMULATE_AGE_BANDS, &t);
    for (uint32_t i = 0; e == ERR_OK && i < SIMULATE_AGE_BANDS; i++)
        t->rows[t->count++] = row_of((int32_t)i, &s->ages[i]);
    if (e == ERR_OK) table_merge(t);
    for (uint32_t i = 0; e == ERR_OK && i < s->trait_count; i++)
        e = publish_trait(a, &s->traits[i], r);
    return e;
}

/* --- areas: whom the schemes serve --- */

/* Of one scheme: the groups of divisions it serves, together. */
struct area {
    struct report_row all;
    bool parts; /* a row of the table: some of its groups, and not all, belong here */
};

struct areas {
    struct area *of[SIMULATE_SIDES]; /* per scheme of the image */
};

static bool has_row(const struct report_table *t, int32_t code)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->rows[i].key == code) return true;
    return false;
}

/* Counts of a scheme's own indicators and clauses may tell of its area what a row of the table
 * would. Where the rows are no refinement of the area, they are not shown. */
static void area_find(const struct simulation *s, const struct report_table *divisions, int side,
                      int32_t scheme, struct area *ret)
{
    const struct rules *r = s->side[side].rules;
    uint32_t inside = 0, outside = 0; /* groups without a row of their own */

    *ret = (struct area){0};
    for (uint32_t i = 0; i < s->division_count; i++) {
        const struct report_row row = row_of(0, &s->divisions[i].cell);
        const int32_t code = s->divisions[i].code;
        const int32_t serves =
            rules_scheme_for(r, code != 0 ? code : r->schemes[0].division, s->rule_day);
        const bool in = serves >= 0 && rules_in_chain(r, scheme, serves);
        if (in) row_add(&ret->all, &row);
        if (row.persons == 0 || has_row(divisions, code)) continue;
        inside += in;
        outside += !in;
    }
    ret->parts = inside > 0 && outside > 0;
}

static enum err areas_new(struct arena *a, const struct simulation *s,
                          const struct report_table *divisions, struct areas *ret)
{
    for (int side = 0; side < SIMULATE_SIDES; side++) {
        const uint32_t schemes = s->side[side].rules->scheme_count;
        ret->of[side] = ARENA_ARRAY(a, struct area, schemes);
        if (ret->of[side] == NULL) return ERR_NOMEM;
        for (uint32_t i = 0; i < schemes; i++)
            area_find(s, divisions, side, (int32_t)i, &ret->of[side][i]);
    }
    return ERR_OK;
}

/* A count of some of an area. */
static struct shown shown_in(uint64_t n, const struct area *x)
{
    if (x->parts || n > x->all.persons) return (struct shown){true, 0};
    return shown_of(n, x->all.persons);
}

/* --- the distribution --- */

static int64_t floor_to(int64_t v, int64_t unit)
{
    return v - ((v % unit) + unit) % unit;
}

struct cutter {
    const struct simulation *s;
    bool has_line;       /* and it may be shown: it parts cells */
    int64_t width;       /* of cells away from the line */
    int64_t first, last; /* bins that hold anybody, in 1/100 points */
    struct report_bin *cells;
    uint32_t count, cap;
};

/* The next border behind `at`. */
static int64_t next_border(const struct cutter *c, int64_t at)
{
    const int64_t line = c->s->line, from = line - NEAR_REACH, to = line + NEAR_REACH;
    const int64_t wide = floor_to(at, c->width) + c->width;

    if (!c->has_line || at >= to) return wide;
    if (at < from) return wide < from ? wide : from;
    return floor_to(at - line, NEAR_WIDTH) + NEAR_WIDTH + line;
}

static bool find_span(struct cutter *c)
{
    bool any = false;

    for (size_t i = 0; i < SIMULATE_BINS + 2; i++) {
        if (c->s->side[0].bins[i] == 0 && c->s->side[1].bins[i] == 0) continue;
        const int64_t at = SIMULATE_BIN_FIRST + (int64_t)i - 1;
        if (!any) c->first = at;
        c->last = at;
        any = true;
    }
    return any;
}

static struct report_bin cell_of(const struct cutter *c, int64_t from, int64_t to)
{
    struct report_bin b = {.from = from, .to = to};

    for (int64_t at = from < c->first ? c->first : from; at < to && at <= c->last; at++)
        for (int i = 0; i < SIMULATE_SIDES; i++)
            b.count[i] += c->s->side[i].bins[at - SIMULATE_BIN_FIRST + 1];
    return b;
}

static enum err cut_cells(struct arena *a, struct cutter *c)
{
    int64_t from = floor_to(c->first, c->width);

    c->cap = (uint32_t)((c->last - from) / c->width) + 2 + 2 * NEAR_REACH / NEAR_WIDTH + 2;
    c->cells = ARENA_ARRAY(a, struct report_bin, c->cap);
    if (c->cells == NULL) return ERR_NOMEM;
    for (; from <= c->last; from = c->cells[c->count - 1].to) {
        INVARIANT(c->count < c->cap);
        c->cells[c->count++] = cell_of(c, from, next_border(c, from));
    }
    if (c->first < SIMULATE_BIN_FIRST) c->cells[0].from = INT64_MIN;
    if (c->last >= SIMULATE_BIN_FIRST + (int64_t)SIMULATE_BINS)
        c->cells[c->count - 1].to = INT64_MAX;
    return ERR_OK;
}

static bool bin_is_safe(const struct report_bin *b)
{
    return is_safe(b->count[0]) && is_safe(b->count[1]);
}

static void bin_join(struct report_bin *to, const struct report_bin *b)
{
    to->to = b->to;
    for (int i = 0; i < SIMULATE_SIDES; i++)
        to->count[i] += b->count[i];
}

/* May a border stand behind a cell, with so many below it on each side? Not at a line of which the
 * counts are hidden. Where nobody loses, or nobody gains, the difference of what lies below is
 * those who cross: they are no few. */
static bool may_part(const struct cutter *c, int64_t at, const uint64_t below[SIMULATE_SIDES])
{
    const bool one_way = c->s->all.gain == 0 || c->s->all.lose == 0;

    if (c->s->has_line && !c->has_line && at == c->s->line) return false;
    return !one_way || differ_safely(below[0], below[1]);
}

/* Join neighbours from cells[first .. end) until none is small; appends to out[*n ..). False (and
 * nothing done) when all of them together are still small. */
static bool join_small(const struct cutter *c, uint32_t first, uint32_t end, struct report_bin *out,
                       uint32_t *n)
{
    const struct report_bin *cells = c->cells;
    const uint32_t start = *n;
    uint64_t below[SIMULATE_SIDES] = {0}; /* the border behind cell i; those before `first` too */
    uint32_t at = start;
    bool open = false; /* out[at - 1] is still small */

    for (uint32_t i = 0; i < end; i++) {
        for (int side = 0; side < SIMULATE_SIDES; side++)
            below[side] += cells[i].count[side];
        if (i < first) continue;
        if (open)
            bin_join(&out[at - 1], &cells[i]);
        else
            out[at++] = cells[i];
        open = !bin_is_safe(&out[at - 1]) || (i + 1 < end && !may_part(c, cells[i].to, below));
    }
    while (open && at - start > 1) {
        at--;
        bin_join(&out[at - 1], &out[at]);
        open = !bin_is_safe(&out[at - 1]);
    }
    if (open) return false;
    *n = at;
    return true;
}

/* The first cell at or above the line. */
static uint32_t cells_below(const struct cutter *c)
{
    uint32_t n = 0;
    while (n < c->count && c->cells[n].from < c->s->line)
        n++;
    return n;
}

/* Cells joined where a wider histogram has no border. */
static uint32_t coarsen(const struct cutter *c, const struct report_bin *cells, uint32_t count,
                        struct report_bin *out)
{
    const int64_t line = c->s->line;
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        const int64_t at = cells[i].from;
        const bool near = c->has_line && at > line - NEAR_REACH && at < line + NEAR_REACH;
        if (n == 0 || !near || (at - line) % c->width == 0)
            out[n++] = cells[i];
        else
            bin_join(&out[n - 1], &cells[i]);
    }
    return n;
}

static void take_bins(const struct cutter *c, const struct report_bin *joined, uint32_t n,
                      struct simulate_report *r)
{
    const int64_t from = c->s->line - NEAR_REACH, to = c->s->line + NEAR_REACH;

    r->bin_count = coarsen(c, joined, n, r->bins);
    for (uint32_t i = 0; c->has_line && i < n; i++)
        if (joined[i].to > from && joined[i].from < to) r->near[r->near_count++] = joined[i];
}

/* Cut at the line or not; *ret_cut false: that would show small figures. */
static enum err cut_bins(struct arena *a, struct cutter *c, struct simulate_report *r,
                         bool *ret_cut)
{
    uint32_t n = 0;

    c->count = 0;
    enum err e = cut_cells(a, c);
    if (e != ERR_OK) return e;
    struct report_bin *joined = ARENA_ARRAY(a, struct report_bin, c->count);
    r->bins = ARENA_ARRAY(a, struct report_bin, c->count);
    r->near = ARENA_ARRAY(a, struct report_bin, c->count);
    if (!joined || !r->bins || !r->near) return ERR_NOMEM;
    const uint32_t below = c->has_line ? cells_below(c) : 0;
    *ret_cut = join_small(c, 0, below, joined, &n) && join_small(c, below, c->count, joined, &n);
    if (*ret_cut) take_bins(c, joined, n, r);
    return ERR_OK;
}

/* Where the counts at the line are hidden, no border stands there: they would be its cells. */
static enum err publish_bins(struct arena *a, const struct simulation *s, struct simulate_report *r)
{
    struct cutter c = {.s = s, .has_line = s->has_line && !r->line_hidden, .width = BIN_WIDTH};
    bool cut = false;

    if (!find_span(&c)) return ERR_OK;
    while ((c.last - c.first) / c.width >= BINS_MOST)
        c.width += BIN_WIDTH;
    enum err e = cut_bins(a, &c, r, &cut);
    if (e != ERR_OK || cut || !c.has_line) return e;
    r->line_hidden = true;
    c.has_line = false;
    return cut_bins(a, &c, r, &cut);
}

/* Crossing upwards is gaining: the gainers who do not cross must not be few either. */
static bool line_is_safe(const struct simulation *s)
{
    const uint64_t below = s->all.persons - s->up - s->down - s->above;

    return is_safe(s->up) && is_safe(s->down) && is_safe(s->above) && is_safe(below) &&
           differ_safely(s->all.gain, s->up) && differ_safely(s->all.lose, s->down);
}

/* With the distribution, which is cut at the line where it is shown. */
static enum err publish_line(struct arena *a, const struct simulation *s, struct simulate_report *r)
{
    r->line_hidden = !line_is_safe(s);
    const enum err e = publish_bins(a, s, r);
    if (e != ERR_OK || r->line_hidden) return e;
    r->up = s->up;
    r->down = s->down;
    r->above = s->above;
    r->below = s->all.persons - s->up - s->down - s->above;
    return ERR_OK;
}

/* --- indicators, clauses, caps --- */

/* Gainers and losers of an indicator, among those of its scheme's area. */
static bool indicator_is_safe(const struct simulate_indicator *k, const struct area *x)
{
    const uint64_t all = x->all.persons;

    return !x->parts && k->gain + k->lose <= all && is_safe(k->gain) && is_safe(k->lose) &&
           is_safe(all - k->gain - k->lose) && differ_safely(k->gain, x->all.gain) &&
           differ_safely(k->lose, x->all.lose);
}

static enum err publish_indicators(struct arena *a, const struct simulation *s,
                                   const struct areas *x, struct simulate_report *r)
{
    r->indicators = ARENA_ARRAY(a, struct report_indicator, s->indicator_count);
    if (r->indicators == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < s->indicator_count; i++) {
        const struct simulate_indicator *k = &s->indicators[i];
        struct report_indicator *out = &r->indicators[r->indicator_count++];
        const int32_t at[SIMULATE_SIDES] = {k->before, k->after};
        *out = (struct report_indicator){.before = k->before, .after = k->after};
        for (int side = 0; side < SIMULATE_SIDES; side++) {
            if (at[side] < 0) continue;
            const int32_t scheme = r->rules[side]->indicators[at[side]].scheme;
            out->hidden |= !indicator_is_safe(k, &x->of[side][scheme]);
        }
        if (out->hidden) continue;
        out->gain = k->gain;
        out->lose = k->lose;
        out->delta = k->delta;
    }
    return ERR_OK;
}

static bool clause_in_force(const struct rules *r, int32_t i, int32_t day)
{
    return r->clauses[i].from <= day && day <= r->clauses[i].to;
}

static bool group_in_force(const struct rules *r, int32_t i, int32_t day)
{
    return r->groups[i].from <= day && day <= r->groups[i].to && r->groups[i].cap.is_set;
}

static bool indicator_in_force(const struct rules *r, int32_t i, int32_t day)
{
    return r->indicators[i].from <= day && day <= r->indicators[i].to &&
           r->indicators[i].cap.is_set;
}

static int32_t clause_scheme(const struct rules *r, int32_t i)
{
    return r->clauses[i].scheme;
}

static int32_t group_scheme(const struct rules *r, int32_t i)
{
    return r->groups[i].scheme;
}

static int32_t indicator_scheme(const struct rules *r, int32_t i)
{
    return r->indicators[i].scheme;
}

static const struct mark_kind {
    bool (*in_force)(const struct rules *r, int32_t i, int32_t day);
    int32_t (*of)(const struct rules *r, const struct rules *other, int32_t i);
    uint32_t (*mark)(const struct rules *r, int32_t i);
    int32_t (*scheme)(const struct rules *r, int32_t i);
} mark_kinds[] = {
    [MARK_CLAUSE] = {clause_in_force, rules_clause_of, score_mark_clause, clause_scheme},
    [MARK_INDICATOR_CAP] = {indicator_in_force, rules_indicator_of, score_mark_indicator,
                            indicator_scheme},
    [MARK_GROUP_CAP] = {group_in_force, rules_group_of, score_mark_group, group_scheme},
};

static uint32_t marks_of_kind(const struct rules *r, enum report_mark_kind kind)
{
    if (kind == MARK_CLAUSE) return r->clause_count;
    return kind == MARK_INDICATOR_CAP ? r->indicator_count : r->group_count;
}

static void mark_add(const struct simulation *s, const struct areas *x, struct simulate_report *r,
                     enum report_mark_kind kind, int32_t before, int32_t after)
{
    struct report_mark *m = &r->marks[r->mark_count];
    const int32_t at[SIMULATE_SIDES] = {before, after};

    *m = (struct report_mark){.kind = kind, .at = {-1, -1}};
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        const struct simulate_side *side = &s->side[i];
        if (at[i] < 0 || !mark_kinds[kind].in_force(side->rules, at[i], s->rule_day)) continue;
        const uint32_t k = mark_kinds[kind].mark(side->rules, at[i]);
        m->at[i] = at[i];
        const struct area *area = &x->of[i][mark_kinds[kind].scheme(side->rules, at[i])];
        m->sure[i] = shown_in(side->sure[k], area);
        m->perhaps[i] = shown_in(side->may[k] - side->sure[k], area);
        if (shown_in(side->may[k], area).hidden) m->perhaps[i] = (struct shown){true, 0};
    }
    if (m->at[0] < 0 && m->at[1] < 0) return;
    show_pair(&m->sure[0], &m->sure[1]);
    show_pair(&m->perhaps[0], &m->perhaps[1]);
    r->mark_count++;
}

static enum err publish_marks(struct arena *a, const struct simulation *s, const struct areas *x,
                              struct simulate_report *r)
{
    const struct rules *before = r->rules[0], *after = r->rules[1];

    r->marks = ARENA_ARRAY(a, struct report_mark,
                           score_mark_count(before) + (size_t)score_mark_count(after));
    if (r->marks == NULL) return ERR_NOMEM;
    for (int k = MARK_CLAUSE; k <= MARK_GROUP_CAP; k++) {
        const enum report_mark_kind kind = (enum report_mark_kind)k;
        for (uint32_t i = 0; i < marks_of_kind(after, kind); i++)
            mark_add(s, x, r, kind, mark_kinds[k].of(before, after, (int32_t)i), (int32_t)i);
        for (uint32_t i = 0; i < marks_of_kind(before, kind); i++)
            if (mark_kinds[k].of(after, before, (int32_t)i) < 0)
                mark_add(s, x, r, kind, (int32_t)i, -1);
    }
    return ERR_OK;
}

/* --- clauses that add up --- */

#define SUMMED_MOST 12u /* clauses of an indicator that give anybody points */

/* Clauses of one indicator on one side, and counts that they may be known to add up to. */
struct clause_sums {
    uint64_t n[SUMMED_MOST];
    uint32_t count;
    uint64_t totals[5];
    bool any_small, too_many;
};

static void sums_take(const struct simulation *s, const struct areas *x, int side,
                      const struct simulate_indicator *k, int32_t at, struct clause_sums *ret)
{
    const struct rules *r = s->side[side].rules;
    const struct rule_indicator *ind = &r->indicators[at];
    const struct report_row *all = &x->of[side][ind->scheme].all;

    *ret = (struct clause_sums){.totals = {all->persons, all->gain, all->lose, k->gain, k->lose}};
    for (uint32_t i = ind->clause_first; i < ind->clause_first + ind->clause_count; i++) {
        const uint64_t n = s->side[side].sure[score_mark_clause(r, (int32_t)i)];
        ret->any_small |= !is_safe(n);
        ret->too_many |= n > 0 && ret->count == SUMMED_MOST;
        if (n > 0 && !ret->too_many) ret->n[ret->count++] = n;
    }
}

/* Is one of the totals the sum of some of the counts, a small one among them? */
static bool sums_tell(const struct clause_sums *x)
{
    if (!x->any_small || x->too_many) return x->any_small;
    for (uint32_t set = 1; set < UINT32_C(1) << x->count; set++) {
        uint64_t sum = 0;
        bool small = false;
        for (uint32_t i = 0; i < x->count; i++) {
            if (!(set >> i & 1)) continue;
            sum += x->n[i];
            small |= !is_safe(x->n[i]);
        }
        for (size_t t = 0; small && t < sizeof x->totals / sizeof *x->totals; t++)
            if (sum == x->totals[t]) return true;
    }
    return false;
}

static void hide_clauses(struct simulate_report *r, int side, int32_t indicator)
{
    for (uint32_t i = 0; i < r->mark_count; i++) {
        struct report_mark *m = &r->marks[i];
        if (m->kind != MARK_CLAUSE || m->at[side] < 0 ||
            r->rules[side]->clauses[m->at[side]].indicator != indicator)
            continue;
        m->sure[side] = m->perhaps[side] = (struct shown){true, 0};
    }
}

/* Clauses of an indicator may share out everybody whom the scheme serves, or all who gain: the one
 * that is hidden would be what the others leave. Then none of them is shown. */
static void hide_sums(const struct simulation *s, const struct areas *x, struct simulate_report *r)
{
    for (uint32_t i = 0; i < s->indicator_count; i++) {
        const int32_t at[SIMULATE_SIDES] = {s->indicators[i].before, s->indicators[i].after};
        for (int side = 0; side < SIMULATE_SIDES; side++) {
            struct clause_sums sums;
            if (at[side] < 0) continue;
            sums_take(s, x, side, &s->indicators[i], at[side], &sums);
            if (sums_tell(&sums)) hide_clauses(r, side, at[side]);
        }
    }
}

/* --- unknowns --- */

static bool gap_goes_before(const struct report_gap *x, const struct report_gap *y)
{
    if (x->alone.n != y->alone.n) return x->alone.n > y->alone.n;
    return x->involved.n != y->involved.n ? x->involved.n > y->involved.n : x->reg < y->reg;
}

static enum err publish_gaps(struct arena *a, const struct simulation *s, struct simulate_report *r)
{
    const uint32_t regs = r->rules[1]->reg_count;
    const uint64_t all = s->side[1].uncertain;
    uint64_t *alone = ARENA_ARRAY(a, uint64_t, regs), *in = ARENA_ARRAY(a, uint64_t, regs);

    r->gaps = ARENA_ARRAY(a, struct report_gap, regs);
    if (!alone || !in || !r->gaps) return ERR_NOMEM;
    for (int i = 0; i < SIMULATE_SIDES; i++)
        r->uncertain[i] = shown_of(s->side[i].uncertain, s->all.persons);
    show_pair(&r->uncertain[0], &r->uncertain[1]);
    if (r->uncertain[1].hidden) return ERR_OK;
    simulate_gaps_by_register(&s->side[1], alone, in);
    for (uint32_t i = 0; i < regs; i++) {
        struct report_gap g = {(int32_t)i, shown_of(alone[i], all), shown_of(in[i], all)};
        uint32_t at = r->gap_count;
        if (in[i] == 0) continue;
        show_pair(&g.involved, &g.alone);
        for (; at > 0 && gap_goes_before(&g, &r->gaps[at - 1]); at--)
            r->gaps[at] = r->gaps[at - 1];
        r->gaps[at] = g;
        r->gap_count++;
    }
    return ERR_OK;
}

/* --- the whole --- */

static enum err publish_largest(struct arena *a, const struct simulation *s,
                                struct simulate_report *r)
{
    struct simulate_change *copy = ARENA_ARRAY(a, struct simulate_change, s->largest_count);

    if (copy == NULL) return ERR_NOMEM;
    memcpy(copy, s->largest, s->largest_count * sizeof *copy);
    r->largest = copy;
    r->largest_count = s->largest_count;
    return ERR_OK;
}

static void publish_counts(const struct simulation *s, struct simulate_report *r)
{
    r->compared = is_safe(s->all.persons) ? s->all.persons : 0;
    r->errors = shown_of(s->errors, s->persons);
    r->idle = shown_of(s->idle, s->persons);
    if (is_safe(s->all.persons) && !r->errors.hidden && !r->idle.hidden) {
        r->persons = s->persons;
    } else { /* else what is hidden would be the difference */
        r->errors = r->idle = (struct shown){true, 0};
    }
}

static enum err publish_figures(struct arena *a, const struct simulation *s,
                                struct simulate_report *r)
{
    struct areas x;
    enum err e = publish_tables(a, s, r);

    if (e == ERR_OK) e = areas_new(a, s, &r->tables[REPORT_DIVISIONS], &x);
    if (e == ERR_OK) e = publish_line(a, s, r);
    if (e == ERR_OK) e = publish_indicators(a, s, &x, r);
    if (e == ERR_OK) e = publish_marks(a, s, &x, r);
    if (e == ERR_OK) hide_sums(s, &x, r);
    return e == ERR_OK ? publish_gaps(a, s, r) : e;
}

enum err simulate_publish(struct arena *a, const struct simulation *s, bool with_ids,
                          struct simulate_report *ret)
{
    struct simulate_report r = {.rules = {s->side[0].rules, s->side[1].rules},
                                .day = s->day,
                                .rule_day = s->rule_day,
                                .scale = s->scale,
                                .has_line = s->has_line,
                                .line = s->line,
                                .with_ids = with_ids,
                                .notes = s->notes,
                                .note_count = s->note_count};
    enum err e = ERR_OK;

    r.refused = is_safe(s->refused) ? s->refused : 0;
    publish_counts(s, &r);
    r.all = row_of(0, &s->all);
    r.hidden = s->all.persons == 0 || !row_is_safe(&r.all);
    if (r.hidden) r.all = (struct report_row){0};
    if (!r.hidden) e = publish_figures(a, s, &r);
    if (e == ERR_OK && (!r.hidden || with_ids)) e = publish_largest(a, s, &r);
    if (e == ERR_OK) *ret = r;
    return e;
}

int128 simulate_mean_10000(int128 sum, uint64_t count)
{
    if (count == 0) return 0;
    const int128 n = (int128)count, v = sum * 10000;
    return (v >= 0 ? v + n / 2 : v - n / 2) / n;
}
