/* From day to day: the states of a person, the next that differs, and why it does.
 *
 * Plans are made once for every stretch of days on which the same rules apply to a scheme: `turns`
 * holds the days on which an element of the rules begins, or first no longer applies.
 *
 * Invariant: a state's until is never later than the next turn, so that a plan is never carried
 * past its days. */
#include "engine/forecast.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "engine/forecast_internal.h"

/* --- the rules by date --- */

static void turn_add(int32_t *turns, uint32_t *count, int32_t day)
{
    if (day <= DATE_OPEN_START || day >= DATE_OPEN_END) return;
    turns[(*count)++] = day;
}

static void turns_add(int32_t *turns, uint32_t *count, int32_t from, int32_t to)
{
    turn_add(turns, count, from);
    if (to < DATE_LAST) turn_add(turns, count, to + 1);
}

static int compare_days(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static size_t turns_most(const struct rules *r)
{
    size_t n = (size_t)r->scheme_count + r->group_count + r->indicator_count + r->clause_count +
               r->veto_count + r->gate_count;

    for (uint32_t i = 0; i < r->param_count; i++)
        n += r->params[i].value_count;
    return 2 * n;
}

static enum err find_turns(struct arena *a, const struct rules *r, int32_t **ret,
                           uint32_t *ret_count)
{
    int32_t *t = ARENA_ARRAY(a, int32_t, turns_most(r));
    uint32_t n = 0, kept = 0;

    if (t == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->scheme_count; i++)
        turns_add(t, &n, r->schemes[i].source.from, r->schemes[i].source.to);
    for (uint32_t i = 0; i < r->group_count; i++)
        turns_add(t, &n, r->groups[i].from, r->groups[i].to);
    for (uint32_t i = 0; i < r->indicator_count; i++)
        turns_add(t, &n, r->indicators[i].from, r->indicators[i].to);
    for (uint32_t i = 0; i < r->clause_count; i++)
        turns_add(t, &n, r->clauses[i].from, r->clauses[i].to);
    for (uint32_t i = 0; i < r->veto_count; i++)
        turns_add(t, &n, r->vetoes[i].from, r->vetoes[i].to);
    for (uint32_t i = 0; i < r->gate_count; i++)
        turns_add(t, &n, r->gates[i].from, r->gates[i].to);
    for (uint32_t i = 0; i < r->param_count; i++)
        for (uint32_t v = 0; v < r->params[i].value_count; v++)
            turns_add(t, &n, r->params[i].values[v].from, r->params[i].values[v].to);
    qsort(t, n, sizeof *t, compare_days);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || t[i] != t[i - 1]) t[kept++] = t[i];
    *ret = t;
    *ret_count = kept;
    return ERR_OK;
}

enum err forecaster_new(struct arena *a, const struct population *p, int32_t rule_day,
                        struct forecaster **ret)
{
    const struct rules *r = p->rules;
    struct forecaster *f = ARENA_NEW(a, struct forecaster);

    if (f == NULL) return ERR_NOMEM;
    *f = (struct forecaster){.arena = a, .rules = r, .people = p, .rule_day = rule_day};
    arena_init(&f->scratch, 0);
    enum err e = until_rules_new(a, r, &f->until_rules);
    if (e == ERR_OK) e = interp_memory_new(a, r, &f->memory);
    if (e == ERR_OK) e = find_turns(a, r, &f->turns, &f->turn_count);
    if (e != ERR_OK) return e;
    f->plans = ARENA_ARRAY(a, struct plan *, ((size_t)f->turn_count + 1) * r->scheme_count);
    f->indicators = ARENA_ARRAY(a, struct interval, r->indicator_count);
    f->groups = ARENA_ARRAY(a, struct interval, r->group_count);
    f->gates = ARENA_ARRAY(a, struct interval, r->gate_count);
    f->untils = ARENA_ARRAY(a, struct until, r->indicator_count);
    if (!f->plans || !f->indicators || !f->groups || !f->gates || !f->untils) return ERR_NOMEM;
    return forecast_state_new(a, r, &f->spare) == ERR_OK ? (*ret = f, ERR_OK) : ERR_NOMEM;
}

void forecaster_done(struct forecaster *f)
{
    if (f != NULL) arena_done(&f->scratch);
}

uint64_t forecaster_scored(const struct forecaster *f)
{
    return f->scored;
}

int32_t forecast_rule_day(const struct forecaster *f, int32_t day)
{
    return f->rule_day == FORECAST_RULES_FOLLOW ? day : f->rule_day;
}

/* How many turns lie on or before the day: the number of its stretch. */
static uint32_t stretch_of(const struct forecaster *f, int32_t rule_day)
{
    uint32_t lo = 0, hi = f->turn_count;

    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (f->turns[mid] <= rule_day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

enum err forecast_plan(struct forecaster *f, int32_t scheme, int32_t rule_day,
                       const struct plan **ret)
{
    struct plan **plan =
        &f->plans[(size_t)stretch_of(f, rule_day) * f->rules->scheme_count + (uint32_t)scheme];
    enum err e = ERR_OK;

    if (*plan == NULL) e = plan_new(f->arena, f->rules, scheme, rule_day, plan);
    if (e == ERR_OK) *ret = *plan;
    return e;
}

/* --- states --- */

enum err forecast_state_new(struct arena *a, const struct rules *r, struct forecast_state *ret)
{
    struct forecast_state s = {.scheme = -1};

    s.indicators = ARENA_ARRAY(a, struct interval, r->indicator_count);
    s.indicators_until = ARENA_ARRAY(a, struct until, r->indicator_count);
    if (s.indicators == NULL || s.indicators_until == NULL) return ERR_NOMEM;
    *ret = s;
    return ERR_OK;
}

static void state_copy(const struct rules *r, const struct forecast_state *from,
                       struct forecast_state *to)
{
    struct interval *indicators = to->indicators;
    struct until *untils = to->indicators_until;

    memcpy(indicators, from->indicators, r->indicator_count * sizeof *indicators);
    memcpy(untils, from->indicators_until, r->indicator_count * sizeof *untils);
    *to = *from;
    to->indicators = indicators;
    to->indicators_until = untils;
}

static void state_clear(const struct rules *r, struct forecast_state *s)
{
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        s->indicators[i] = (struct interval){INT64_MIN, INT64_MIN};
        s->indicators_until[i] = (struct until){DATE_OPEN_END, UNTIL_NEVER, -1, 0};
    }
}

/* The next turn of the rules; of a fixed rule day there is none. */
static struct until next_turn(const struct forecaster *f, int32_t day)
{
    struct until u = {DATE_OPEN_END, UNTIL_NEVER, -1, 0};

    if (f->rule_day != FORECAST_RULES_FOLLOW) return u;
    const uint32_t at = stretch_of(f, day);
    if (at < f->turn_count) u = (struct until){f->turns[at], UNTIL_RULE_BEGINS, -1, 0};
    return u;
}

static void sooner(struct until *u, struct until v)
{
    if (v.day < u->day) *u = v;
}

/* The score under one plan, whoever is served by it. */
static enum err state_under(struct forecaster *f, const struct plan *plan, uint32_t person,
                            int32_t day, struct forecast_state *ret)
{
    struct score s = {.indicators = f->indicators, .groups = f->groups, .gates = f->gates};
    struct score_until u = {.indicators = f->untils};
    enum err e = interp_score_until(&f->scratch, f->memory, plan, f->until_rules, f->people, person,
                                    day, &s, &u);

    arena_done(&f->scratch);
    f->scored++;
    if (e != ERR_OK) return e;
    state_clear(f->rules, ret);
    ret->day = day;
    ret->scheme = plan->scheme;
    ret->status = s.status;
    ret->in_force = s.in_force;
    ret->error = s.error;
    ret->total = s.total;
    ret->until = u.person;
    ret->status_until = u.status;
    for (uint32_t i = 0; i < plan->indicator_count; i++) {
        ret->indicators[plan->indicators[i].indicator] = s.indicators[i];
        ret->indicators_until[plan->indicators[i].indicator] = u.indicators[i];
    }
    return ERR_OK;
}

enum err forecast_state_by(struct forecaster *f, uint32_t person, int32_t day, int32_t rule_day,
                           struct forecast_state *ret)
{
    const struct home home = home_of(f->people, person, day, rule_day);
    const struct plan *plan = NULL;

    if (home.scheme < 0) {
        state_clear(f->rules, ret);
        ret->day = day;
        ret->scheme = -1;
        ret->status = STATUS_ERROR;
        ret->in_force = false;
        ret->error = ERR_NOT_FOUND;
        ret->total = (struct interval){0, 0};
        ret->until = ret->status_until = until_home(f->people, person, day);
        return ERR_OK;
    }
    enum err e = forecast_plan(f, home.scheme, rule_day, &plan);
    return e == ERR_OK ? state_under(f, plan, person, day, ret) : e;
}

enum err forecast_state_at(struct forecaster *f, uint32_t person, int32_t day,
                           struct forecast_state *ret)
{
    enum err e = forecast_state_by(f, person, day, forecast_rule_day(f, day), ret);

    if (e != ERR_OK) return e;
    sooner(&ret->until, next_turn(f, day));
    INVARIANT(ret->until.day > day);
    return ERR_OK;
}

bool forecast_same(const struct rules *r, const struct forecast_state *x,
                   const struct forecast_state *y)
{
    return x->status == y->status && x->in_force == y->in_force && x->error == y->error &&
           x->total.lo == y->total.lo && x->total.hi == y->total.hi &&
           memcmp(x->indicators, y->indicators, r->indicator_count * sizeof *x->indicators) == 0;
}

enum err forecast_next(struct forecaster *f, uint32_t person, const struct forecast_state *from,
                       int32_t last, struct forecast_state *ret, bool *ret_found)
{
    int32_t day = from->until.day;

    while (day <= last) {
        enum err e = forecast_state_at(f, person, day, &f->spare);
        if (e != ERR_OK) return e;
        if (!forecast_same(f->rules, from, &f->spare)) {
            state_copy(f->rules, &f->spare, ret);
            *ret_found = true;
            return ERR_OK;
        }
        day = f->spare.until.day;
    }
    *ret_found = false;
    return ERR_OK;
}
