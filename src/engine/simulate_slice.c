/* The work of a simulation on a few thousand persons at a time, in one thread.
 *
 * Structure: one walk over the persons (who is compared, groups, distribution, line, unknowns),
 * then one walk per column of indicators and marks that applies to anybody here. Columns that are
 * the same under both images are found so and passed over. */
#include <string.h>

#include "base/date.h"
#include "engine/simulate_internal.h"

#define SLICE_MOST 4096u

/* --- prepared once --- */

static enum err chains_new(struct arena *a, const struct rules *r, bool **ret)
{
    const uint32_t n = r->scheme_count;

    *ret = ARENA_ARRAY(a, bool, (size_t)n *n);
    if (*ret == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++)
            (*ret)[i * n + k] = rules_in_chain(r, (int32_t)i, (int32_t)k);
    return ERR_OK;
}

static enum err reads_new(struct arena *a, const struct rules *r, bool **ret)
{
    *ret = ARENA_ARRAY(a, bool, r->reg_count);
    if (*ret == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->node_count; i++)
        if (r->nodes[i].reg >= 0) (*ret)[r->nodes[i].reg] = true;
    if (r->has_force) (*ret)[r->force.reg] = true;
    return ERR_OK;
}

/* The latest birth that makes somebody `years` old on the day. */
static int32_t latest_birth(int32_t day, int years)
{
    int32_t birth = date_add_months(day, -12 * years, MONTH_NEXT) + 1;
    while (date_age_years(birth, day) < years)
        birth--;
    return birth;
}

static void bands_init(struct sim_run *x)
{
    const struct rules *r = x->result->side[SIMULATE_BEFORE].rules;

    for (int i = 0; i < SIMULATE_AGE_BANDS - 1; i++)
        x->band_last[i] = i == 0 ? INT32_MAX : latest_birth(x->o->day, simulate_band_from[i]);
    const int32_t birth = rules_field(&r->regs[0], STR("birth_date"));
    x->birth_field = birth >= 0 && r->regs[0].fields[birth].type.vt == VT_DATE ? birth : -1;
}

enum err sim_run_init(struct sim_run *x)
{
    enum err e = ERR_OK;

    for (int i = 0; i < SIMULATE_SIDES && e == ERR_OK; i++) {
        const struct rules *r = x->result->side[i].rules;
        x->factor[i] = x->result->scale / r->scale;
        for (int s = 0; s < SIM_STATUSES; s++) {
            const int status = s + STATUS_IN_FORCE_DEFAULT;
            x->in_force[i][s] = status < 0 || ((uint32_t)status < r->force.row_count &&
                                               r->force.rows[status].in_force);
        }
        e = chains_new(x->arena, r, &x->chain[i]);
        if (e == ERR_OK) e = reads_new(x->arena, r, &x->reads[i]);
    }
    bands_init(x);
    return e;
}

/* May anything in the register be unknown for anybody of the segment? */
static bool may_be_unknown(const struct population *p, int32_t reg)
{
    const struct rule_register *rr = &p->rules->regs[reg];
    const struct register_data *d = &p->regs[reg];

    if (!d->answered || d->answered_person != NULL || rr->none_unknown) return true;
    if (rr->one_per_person && (d->off || d->rows_of || d->row_count < p->count)) return true;
    for (uint32_t f = 0; f < rr->field_count; f++)
        if (d->cols[f].known != NULL) return true;
    return false;
}

void sim_watch(struct sim_run *x)
{
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        const struct population *p = x->people[i];
        struct sim_watch *w = &x->watch[i];
        w->count = 0;
        for (uint32_t k = 0; k < p->rules->reg_count && w->count < SIMULATE_REGISTERS; k++)
            if (x->reads[i][k] && may_be_unknown(p, (int32_t)k)) w->regs[w->count++] = (int32_t)k;
    }
}

/* --- unknowns --- */

static bool cells_unknown(const struct population *p, int32_t reg, uint32_t row, uint32_t end)
{
    const struct rule_register *rr = &p->rules->regs[reg];

    for (uint32_t f = 0; f < rr->field_count; f++) {
        const struct column *c = &p->regs[reg].cols[f];
        for (uint32_t k = row; c->known != NULL && k < end; k++)
            if (c->known[k] == 0) return true;
    }
    return false;
}

/* The registers of which something is not known for the person. */
static uint64_t unknown_registers(const struct sim_run *x, int side, uint32_t person)
{
    const struct population *p = x->people[side];
    const struct sim_watch *w = &x->watch[side];
    uint64_t set = 0;

    for (uint32_t i = 0; i < w->count; i++) {
        const int32_t reg = w->regs[i];
        uint32_t row, end;
        population_rows(p, reg, person, &row, &end);
        const bool none = row == end && p->rules->regs[reg].one_per_person;
        if (none || register_is_silent(p, reg, person, x->o->day) ||
            cells_unknown(p, reg, row, end))
            set |= UINT64_C(1) << (reg < SIMULATE_REGISTERS ? reg : SIMULATE_REGISTERS);
    }
    return set;
}

/* --- persons --- */

struct slice {
    const struct sim_run *x;
    struct simulation *t;
    uint32_t first, count;            /* of the part */
    int64_t ones[SLICE_MOST];         /* -1 = compared, 0 = not: a mask */
    uint8_t on[SLICE_MOST];           /* the same, 1 or 0 */
    bool served[SIMULATE_SIDES][256]; /* per scheme: does it serve anybody here? */
};

static void count_in(struct simulate_cell *c, int64_t before, int64_t after)
{
    c->persons++;
    c->gain += after > before;
    c->lose += after < before;
    c->before += before;
    c->after += after;
}

/* The bin of a total: 0 below all, SIMULATE_BINS + 1 above. */
static size_t bin_of(int64_t v, int64_t scale)
{
    int64_t at = v;

    if (scale > 100) {
        const int64_t unit = scale / 100;
        at = v / unit - (v % unit < 0);
    } else if (scale < 100 && __builtin_mul_overflow(v, 100 / scale, &at)) {
        return v < 0 ? 0 : SIMULATE_BINS + 1;
    }
    if (at < SIMULATE_BIN_FIRST) return 0;
    at -= SIMULATE_BIN_FIRST;
    return at < (int64_t)SIMULATE_BINS ? (size_t)at + 1 : SIMULATE_BINS + 1;
}

static uint32_t band_of(const struct sim_run *x, uint32_t person)
{
    const struct population *p = x->people[SIMULATE_BEFORE];
    uint32_t row, end, band = 0;

    if (x->birth_field < 0) return SIMULATE_AGE_BANDS - 1;
    const struct column *c = &p->regs[0].cols[x->birth_field];
    population_rows(p, 0, person, &row, &end);
    if (row == end || !column_known(c, row)) return SIMULATE_AGE_BANDS - 1;
    const int64_t birth = column_get(c, row);
    while (band + 2 < SIMULATE_AGE_BANDS && birth <= x->band_last[band + 1])
        band++;
    return band;
}

static uint32_t trait_of(const struct sim_run *x, const struct simulate_trait *t, uint32_t person)
{
    const struct population *p = x->people[SIMULATE_BEFORE];
    const struct column *c = &p->regs[t->reg].cols[t->field];
    uint32_t row, end;

    if (!population_answered(p, t->reg, person)) return t->members;
    population_rows(p, t->reg, person, &row, &end);
    if (row == end || !column_known(c, row)) return t->members;
    const int64_t v = column_get(c, row);
    return v >= 0 && v < t->members ? (uint32_t)v : t->members;
}

static void cross_line(struct simulation *t, int64_t before, int64_t after)
{
    const int128 line = (int128)t->line * t->scale;
    const bool was = (int128)before * 100 >= line, is = (int128)after * 100 >= line;

    t->up += !was && is;
    t->down += was && !is;
    t->above += was && is;
}

static void person_uncertain(struct slice *s, int side, uint32_t i)
{
    struct simulate_side *to = &s->t->side[side];

    to->uncertain++;
    sim_gap(to, unknown_registers(s->x, side, s->x->first + i), 1);
}

/* One who is compared. */
static void person_compared(struct slice *s, uint32_t i, int64_t before, int64_t after)
{
    const struct sim_run *x = s->x;
    const struct population_scores *b = &x->scores[0], *a = &x->scores[1];
    struct simulation *t = s->t;
    const uint32_t person = x->first + i;

    count_in(&t->all, before, after);
    count_in(sim_division(t, b->division[i]), before, after);
    count_in(&t->ages[band_of(x, person)], before, after);
    for (uint32_t k = 0; k < t->trait_count; k++)
        count_in(&t->traits[k].cells[trait_of(x, &t->traits[k], person)], before, after);
    t->side[0].bins[bin_of(before, t->scale)]++;
    t->side[1].bins[bin_of(after, t->scale)]++;
    if (t->has_line) cross_line(t, before, after);
    if (before != after) sim_largest(t, before, after, x->offset + person);
    if (b->total_lo[i] != b->total_hi[i]) person_uncertain(s, SIMULATE_BEFORE, i);
    if (a->total_lo[i] != a->total_hi[i]) person_uncertain(s, SIMULATE_AFTER, i);
}

static void walk_persons(struct slice *s)
{
    const struct sim_run *x = s->x;
    const struct population_scores *b = &x->scores[0], *a = &x->scores[1];
    struct simulation *t = s->t;

    t->persons += s->count;
    for (uint32_t k = 0; k < s->count; k++) {
        const uint32_t i = s->first + k;
        int64_t before, after;
        s->on[k] = 0;
        if (b->error[i] || a->error[i] ||
            __builtin_mul_overflow(b->total_lo[i], x->factor[0], &before) ||
            __builtin_mul_overflow(a->total_lo[i], x->factor[1], &after)) {
            t->errors++;
        } else if (!x->in_force[0][b->status[i] - STATUS_IN_FORCE_DEFAULT] &&
                   !x->in_force[1][a->status[i] - STATUS_IN_FORCE_DEFAULT]) {
            t->idle++;
        } else {
            s->on[k] = 1;
            s->served[0][b->scheme[i] & 255] = true;
            s->served[1][a->scheme[i] & 255] = true;
            person_compared(s, i, before, after);
        }
        s->ones[k] = -(int64_t)s->on[k];
    }
}

/* --- columns --- */

/* Does the scheme apply to anybody here? */
static bool applies(const struct slice *s, int side, int32_t scheme)
{
    const struct rules *r = s->t->side[side].rules;

    if (scheme < 0) return false;
    for (uint32_t k = 0; k < r->scheme_count; k++)
        if (s->served[side][k & 255] && s->x->chain[side][(uint32_t)scheme * r->scheme_count + k])
            return true;
    return false;
}

static int64_t figure(const int64_t *column, uint32_t i, int64_t factor)
{
    const int64_t v = column == NULL || column[i] == INT64_MIN ? 0 : column[i];
    int64_t scaled;
    return __builtin_mul_overflow(v, factor, &scaled) ? 0 : scaled;
}

static const int64_t *column_of(const struct slice *s, int side, int32_t indicator)
{
    const struct rules *r = s->t->side[side].rules;

    if (indicator < 0 || !applies(s, side, r->indicators[indicator].scheme)) return NULL;
    return s->x->scores[side].indicators_lo[indicator] + s->first;
}

static void walk_indicator(const struct slice *s, struct simulate_indicator *k)
{
    const int64_t *before = column_of(s, 0, k->before), *after = column_of(s, 1, k->after);
    const int64_t *factor = s->x->factor;

    if (before == NULL && after == NULL) return;
    if (before && after && factor[0] == factor[1] &&
        memcmp(before, after, s->count * sizeof *before) == 0)
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        const int64_t from = figure(before, i, factor[0]) & s->ones[i];
        const int64_t to = figure(after, i, factor[1]) & s->ones[i];
        k->gain += to > from;
        k->lose += to < from;
        k->delta += (int128)to - from;
    }
}

static uint64_t count_marks(const uint8_t *marks, const uint8_t *on, uint32_t n)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (uint32_t)(marks[i] & on[i]);
    return sum;
}

static void walk_mark(const struct slice *s, int side, uint32_t mark)
{
    const struct population_scores *p = &s->x->scores[side];

    s->t->side[side].sure[mark] += count_marks(p->marks_lo[mark] + s->first, s->on, s->count);
    s->t->side[side].may[mark] += count_marks(p->marks_hi[mark] + s->first, s->on, s->count);
}

static void walk_marks(const struct slice *s, int side)
{
    const struct rules *r = s->t->side[side].rules;

    for (uint32_t i = 0; i < r->clause_count; i++)
        if (applies(s, side, r->clauses[i].scheme)) walk_mark(s, side, i);
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (r->indicators[i].cap.is_set && applies(s, side, r->indicators[i].scheme))
            walk_mark(s, side, score_mark_indicator(r, (int32_t)i));
    for (uint32_t i = 0; i < r->group_count; i++)
        if (r->groups[i].cap.is_set && applies(s, side, r->groups[i].scheme))
            walk_mark(s, side, score_mark_group(r, (int32_t)i));
}

void sim_slice(const struct sim_run *x, struct simulation *t, uint32_t first, uint32_t count)
{
    struct slice s;

    INVARIANT(count <= SLICE_MOST);
    s.x = x;
    s.t = t;
    s.first = first;
    s.count = count;
    memset(s.served, 0, sizeof s.served);
    walk_persons(&s);
    for (uint32_t i = 0; i < t->indicator_count; i++)
        walk_indicator(&s, &t->indicators[i]);
    for (int side = 0; side < SIMULATE_SIDES; side++)
        walk_marks(&s, side);
}
