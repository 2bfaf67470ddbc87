/* All changes of one person in a period, each with its reason.
 *
 *   the day before (eve) ── until of what changes: its day is the day of the change, and says why
 *   the day itself by the rules of the day before ── differs from the day itself: the rules did it
 *   traces of both days ── the clause that gives the points, the veto that takes them
 *
 * Nothing is guessed: what differs was scored; why is what the score before said of that day. */
#include <string.h>

#include "base/date.h"
#include "engine/forecast_internal.h"
#include "engine/interp.h"

/* One change under way. */
struct turn {
    struct arena *arena;
    struct forecaster *f;
    const struct forecast *of;
    struct forecast_state eve, old; /* old: the day by the rules of the day before */
    const struct forecast_state *after;
    struct forecast_state plain_before, plain_after; /* had nothing been assumed */
    bool has_plain;
    const struct trace *trace_before, *trace_after; /* NULL: no figures */
    const struct plan *plan_before, *plan_after;
    uint8_t *seen; /* per node: in search of a parameter */
};

/* --- rules that begin or end on the day --- */

struct span {
    int32_t scheme, from, to;
};

static bool span_turns(const struct turn *t, struct span s, bool *ret_begins)
{
    const int32_t day = t->after->day, chain = t->after->scheme, before = t->eve.scheme;
    const struct rules *r = t->f->rules;
    const bool ours = (chain >= 0 && rules_in_chain(r, s.scheme, chain)) ||
                      (before >= 0 && rules_in_chain(r, s.scheme, before));

    *ret_begins = s.from == day;
    return ours && (s.from == day || (s.to < DATE_LAST && s.to + 1 == day));
}

static void rule_turned(struct forecast_reason *r, enum forecast_rule rule, int32_t index,
                        bool begins)
{
    r->rule = rule;
    r->rule_index = index;
    r->why.why = begins ? UNTIL_RULE_BEGINS : UNTIL_RULE_ENDS;
}

static bool node_uses_param(struct turn *t, uint32_t node, int32_t param)
{
    const struct rules *r = t->f->rules;
    const struct rule_node *n = &r->nodes[node];

    if (t->seen[node]) return false;
    t->seen[node] = 1;
    if (n->op == NODE_CONST && n->param == param) return true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (node_uses_param(t, r->kids[n->kid_first + i], param)) return true;
    return false;
}

static bool indicator_uses_param(struct turn *t, const struct rule_indicator *ind, int32_t param)
{
    const struct rules *r = t->f->rules;

    if ((ind->cap.is_set && ind->cap.param == param) ||
        (ind->floor.is_set && ind->floor.param == param))
        return true;
    memset(t->seen, 0, r->node_count);
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *c = &r->clauses[ind->clause_first + i];
        if (c->cond >= 0 && node_uses_param(t, (uint32_t)c->cond, param)) return true;
        if (node_uses_param(t, (uint32_t)c->body, param)) return true;
    }
    return false;
}

static bool param_turned(struct turn *t, const struct rule_indicator *ind,
                         struct forecast_reason *ret)
{
    const struct rules *r = t->f->rules;
    bool begins, found = false;

    for (uint32_t i = 0; i < r->param_count; i++)
        for (uint32_t v = 0; v < r->params[i].value_count; v++) {
            const struct rule_param_value *x = &r->params[i].values[v];
            if (!span_turns(t, (struct span){x->scheme, x->from, x->to}, &begins)) continue;
            if (ind != NULL && !indicator_uses_param(t, ind, (int32_t)i)) continue;
            if (!found || begins) rule_turned(ret, RULE_PARAM, (int32_t)i, begins);
            found = true; /* a value that begins says more than the one it replaces */
        }
    return found;
}

static bool clause_turned(const struct turn *t, const struct rule_indicator *ind,
                          struct forecast_reason *ret)
{
    bool begins, found = false;

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const int32_t at = (int32_t)(ind->clause_first + i);
        const struct rule_clause *c = &t->f->rules->clauses[at];
        if (!span_turns(t, (struct span){c->scheme, c->from, c->to}, &begins)) continue;
        if (!found || begins) rule_turned(ret, RULE_CLAUSE, at, begins);
        found = true; /* a clause that begins says more than the one it replaces */
    }
    return found;
}

static bool veto_turned(const struct turn *t, int32_t indicator, struct forecast_reason *ret)
{
    const struct rules *r = t->f->rules;
    bool begins;

    for (uint32_t i = 0; i < r->veto_count; i++) {
        const struct rule_veto *v = &r->vetoes[i];
        if (v->indicator >= 0 && v->indicator != indicator) continue;
        if (!span_turns(t, (struct span){v->scheme, v->from, v->to}, &begins)) continue;
        rule_turned(ret, RULE_VETO, (int32_t)i, begins);
        return true;
    }
    return false;
}

static bool scheme_turned(const struct turn *t, struct forecast_reason *ret)
{
    const struct rules *r = t->f->rules;
    bool begins;

    for (uint32_t i = 0; i < r->scheme_count; i++) {
        const struct rule_source *s = &r->schemes[i].source;
        if (!span_turns(t, (struct span){(int32_t)i, s->from, s->to}, &begins)) continue;
        rule_turned(ret, RULE_SCHEME, (int32_t)i, begins);
        return true;
    }
    return false;
}

static bool group_turned(const struct turn *t, int32_t group, struct forecast_reason *ret)
{
    bool begins;

    for (int32_t g = group; g >= 0; g = t->f->rules->groups[g].parent) {
        const struct rule_group *x = &t->f->rules->groups[g];
        if (!span_turns(t, (struct span){x->scheme, x->from, x->to}, &begins)) continue;
        rule_turned(ret, RULE_GROUP, g, begins);
        return true;
    }
    return false;
}

/* Which element of the rules begins or ends on the day and bears on the indicator (-1: on the
 * whole)? The widest first: a scheme that ends takes its clauses along. */
static void find_rule(struct turn *t, int32_t indicator, struct forecast_reason *ret)
{
    const struct rule_indicator *ind = indicator >= 0 ? &t->f->rules->indicators[indicator] : NULL;
    bool begins;

    ret->why = (struct until){t->after->day, UNTIL_RULE_BEGINS, -1, 0};
    if (scheme_turned(t, ret) || group_turned(t, ind != NULL ? ind->group : 0, ret)) return;
    if (ind != NULL && span_turns(t, (struct span){ind->scheme, ind->from, ind->to}, &begins)) {
        rule_turned(ret, RULE_INDICATOR, indicator, begins);
        return;
    }
    if ((ind != NULL && clause_turned(t, ind, ret)) || veto_turned(t, indicator, ret)) return;
    (void)param_turned(t, ind, ret);
}

/* --- clauses and vetoes --- */

static const struct trace_indicator *trace_of(const struct trace *t, const struct plan *p,
                                              int32_t indicator)
{
    for (uint32_t i = 0; t != NULL && p != NULL && i < p->indicator_count; i++)
        if (p->indicators[i].indicator == indicator) return &t->indicators[i];
    return NULL;
}

static struct interval given_by(const struct trace_indicator *t, int32_t clause)
{
    for (uint32_t i = 0; t != NULL && i < t->clause_count; i++)
        if (t->clauses[i].clause == clause) return t->clauses[i].given;
    return (struct interval){0, 0};
}

/* The clause that was taken, or of several the first whose points differ from the other day's. */
static int32_t clause_of(const struct trace_indicator *t, const struct trace_indicator *other)
{
    if (t == NULL) return -1;
    for (uint32_t i = 0; i < t->clause_count; i++) {
        const struct interval x = t->clauses[i].given, y = given_by(other, t->clauses[i].clause);
        if (x.lo != y.lo || x.hi != y.hi) return t->clauses[i].clause;
    }
    return t->taken >= 0 ? t->clauses[t->taken].clause : -1;
}

static void find_clause(const struct turn *t, int32_t indicator, struct forecast_reason *ret)
{
    const struct trace_indicator *before = trace_of(t->trace_before, t->plan_before, indicator);
    const struct trace_indicator *after = trace_of(t->trace_after, t->plan_after, indicator);
    const int32_t veto_before = before != NULL ? before->steps.veto : -1;
    const int32_t veto_after = after != NULL ? after->steps.veto : -1;

    ret->clause = clause_of(after, before);
    if (ret->clause < 0 || given_by(after, ret->clause).hi == 0) {
        const int32_t c = clause_of(before, after);
        if (c >= 0) ret->clause = c;
    }
    if (veto_before != veto_after) ret->veto = veto_after >= 0 ? veto_after : veto_before;
}

/* A veto of everything or a freeze that holds on one of the days only. */
static int32_t condition_that_turned(const struct turn *t)
{
    const struct rules *r = t->f->rules;
    const struct trace *x = t->trace_before, *y = t->trace_after;

    for (uint32_t i = 0; x != NULL && y != NULL && i < t->plan_after->veto_count; i++) {
        const int32_t veto = t->plan_after->vetoes[i];
        const struct trace_node *now = y->vetoes[i].cond, *was = NULL;
        if (r->vetoes[veto].indicator >= 0) continue;
        for (uint32_t k = 0; k < t->plan_before->veto_count; k++)
            if (t->plan_before->vetoes[k] == veto) was = x->vetoes[k].cond;
        if (now != NULL && (was == NULL || was->value.lo != now->value.lo)) return veto;
    }
    return -1;
}

/* --- one change --- */

static bool same_interval(struct interval x, struct interval y)
{
    return x.lo == y.lo && x.hi == y.hi;
}

static bool stands_in_deduction(const struct rules *r, int32_t indicator)
{
    for (int32_t g = r->indicators[indicator].group; g >= 0; g = r->groups[g].parent)
        if (r->groups[g].deducts) return true;
    return false;
}

/* Would the facts alone have brought another change, or none? */
static void mark_assumed(const struct turn *t, bool is_same, struct forecast_reason *ret)
{
    ret->assumed = t->has_plain && !is_same;
    ret->is_made_longer =
        t->of->assumed != NULL && ret->why.reg >= 0 && t->of->assumed[ret->why.reg];
}

/* The cause, of several of that day's the first that fits. */
static struct until cause(const struct turn *t, struct until own)
{
    const int32_t day = t->after->day;
    struct until home = until_home(t->f->people, t->of->person, day - 1);

    if (own.day == day) return own;
    if (home.day == day) return home;
    home = t->eve.until;
    home.day = day;
    return home;
}

static void explain_item(struct turn *t, struct forecast_item *item)
{
    struct forecast_reason *r = &item->reason;

    *r = (struct forecast_reason){.rule_index = -1, .clause = -1, .veto = -1};
    item->deducts = stands_in_deduction(t->f->rules, item->indicator);
    find_clause(t, item->indicator, r);
    if (!same_interval(t->old.indicators[item->indicator], item->to))
        find_rule(t, item->indicator, r);
    else
        r->why = cause(t, t->eve.indicators_until[item->indicator]);
    mark_assumed(t,
                 t->has_plain &&
                     same_interval(t->plain_before.indicators[item->indicator], item->from) &&
                     same_interval(t->plain_after.indicators[item->indicator], item->to),
                 r);
}

static void explain_status(struct turn *t, struct forecast_reason *r)
{
    const struct forecast_state *old = &t->old, *now = t->after;

    *r = (struct forecast_reason){.rule_index = -1, .clause = -1, .veto = -1};
    r->veto = condition_that_turned(t);
    if (old->status != now->status || old->error != now->error ||
        !same_interval(old->total, now->total))
        find_rule(t, -1, r);
    else
        r->why = cause(t, t->eve.status_until);
    mark_assumed(t,
                 t->plain_before.status == t->eve.status && t->plain_after.status == now->status &&
                     same_interval(t->plain_before.total, t->eve.total) &&
                     same_interval(t->plain_after.total, now->total),
                 r);
}

/* The trace of a day; NULL where the person has no figures. */
static enum err trace_day(struct turn *t, const struct forecast_state *s, const struct plan **plan,
                          const struct trace **ret)
{
    struct score score = {
        .indicators = t->f->indicators, .groups = t->f->groups, .gates = t->f->gates};
    struct trace *trace = NULL;

    *plan = NULL;
    *ret = NULL;
    if (s->scheme < 0) return ERR_OK;
    enum err e = forecast_plan(t->f, s->scheme, forecast_rule_day(t->f, s->day), plan);
    if (e == ERR_OK)
        e = interp_score(t->arena, *plan, t->f->people, t->of->person, s->day, &score, &trace);
    if (e == ERR_OK) *ret = trace;
    return e;
}

static enum err turn_read(struct turn *t)
{
    const int32_t day = t->after->day;
    enum err e = forecast_state_new(t->arena, t->f->rules, &t->eve);

    if (e == ERR_OK) e = forecast_state_new(t->arena, t->f->rules, &t->old);
    if (e == ERR_OK) e = forecast_state_at(t->f, t->of->person, day - 1, &t->eve);
    if (e == ERR_OK)
        e = forecast_state_by(t->f, t->of->person, day, forecast_rule_day(t->f, day - 1), &t->old);
    if (e == ERR_OK) e = trace_day(t, &t->eve, &t->plan_before, &t->trace_before);
    if (e == ERR_OK) e = trace_day(t, t->after, &t->plan_after, &t->trace_after);
    return e;
}

/* The same two days of the person as the facts have him. */
static enum err plain_read(struct turn *t, struct forecaster *plain)
{
    const int32_t day = t->after->day;
    enum err e;

    if (plain == NULL) return ERR_OK;
    t->has_plain = true;
    e = forecast_state_new(t->arena, t->f->rules, &t->plain_before);
    if (e == ERR_OK) e = forecast_state_new(t->arena, t->f->rules, &t->plain_after);
    if (e == ERR_OK) e = forecast_state_at(plain, t->of->person, day - 1, &t->plain_before);
    if (e == ERR_OK) e = forecast_state_at(plain, t->of->person, day, &t->plain_after);
    return e;
}

/* The person's forecasters: of the forecast, and of the facts alone (NULL without assumptions). */
struct both {
    struct forecaster *f, *plain;
};

static enum err explain_change(struct arena *scratch, struct arena *a, const struct both *both,
                               const struct forecast *of, struct forecast_change *c)
{
    struct forecaster *f = both->f;
    const struct rules *r = f->rules;
    struct turn t = {.arena = scratch, .f = f, .of = of, .after = c->after};
    enum err e = turn_read(&t);

    if (e == ERR_OK) e = plain_read(&t, both->plain);
    t.seen = ARENA_ARRAY(scratch, uint8_t, r->node_count);
    c->items = ARENA_ARRAY(a, struct forecast_item, r->indicator_count);
    if (e == ERR_OK && (t.seen == NULL || c->items == NULL)) e = ERR_NOMEM;
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct interval x = c->before->indicators[i], y = c->after->indicators[i];
        if (same_interval(x, y)) continue;
        struct forecast_item *item = &c->items[c->item_count++];
        *item = (struct forecast_item){.indicator = (int32_t)i, .from = x, .to = y};
        explain_item(&t, item);
    }
    c->status_changes =
        c->before->status != c->after->status || c->before->error != c->after->error;
    if (c->status_changes || c->item_count == 0) explain_status(&t, &c->status_reason);
    return ERR_OK;
}

/* --- the whole --- */

static enum err change_add(struct arena *a, const struct both *both, struct forecast *of,
                           uint32_t *room, const struct forecast_state *before,
                           const struct forecast_state *after)
{
    struct arena scratch;

    if (of->change_count == *room) {
        const uint32_t more = *room == 0 ? 16 : 2 * *room;
        struct forecast_change *c = arena_grow(a, of->changes, *room, more, sizeof *of->changes);
        if (c == NULL) return ERR_NOMEM;
        of->changes = c;
        *room = more;
    }
    struct forecast_change *c = &of->changes[of->change_count];
    *c = (struct forecast_change){.before = before, .after = after};
    arena_init(&scratch, 0);
    const enum err e = explain_change(&scratch, a, both, of, c);
    arena_done(&scratch);
    if (e == ERR_OK) of->change_count++;
    return e;
}

/* Do the person's rules end with the day before `next`, and no others follow in the period? That is
 * no change of the points: what they will be is not decided. */
static enum err is_undecided(struct arena *a, struct forecaster *f, const struct forecast *of,
                             const struct forecast_state *at, const struct forecast_state *next,
                             bool *ret)
{
    struct forecast_state later;
    bool found = false;
    enum err e = ERR_OK;

    *ret = of->rule_day == FORECAST_RULES_FOLLOW && at->scheme >= 0 && next->scheme < 0 &&
           f->rules->schemes[at->scheme].source.to < next->day;
    if (!*ret) return ERR_OK;
    e = forecast_state_new(a, f->rules, &later);
    if (e == ERR_OK) e = forecast_next(f, of->person, next, of->last, &later, &found);
    *ret = !found;
    return e;
}

static enum err follow(struct arena *a, const struct both *both, struct forecast *of,
                       const struct forecast_options *o)
{
    struct forecaster *f = both->f;
    struct forecast_state *at = ARENA_NEW(a, struct forecast_state);
    uint32_t room = 0;
    bool found = true;

    if (at == NULL) return ERR_NOMEM;
    enum err e = forecast_state_new(a, f->rules, at);
    if (e == ERR_OK) e = forecast_state_at(f, of->person, of->day, at);
    of->start = at;
    while (e == ERR_OK) {
        struct forecast_state *next = ARENA_NEW(a, struct forecast_state);
        if (next == NULL) return ERR_NOMEM;
        e = forecast_state_new(a, f->rules, next);
        if (e == ERR_OK) e = forecast_next(f, of->person, at, of->last, next, &found);
        if (e != ERR_OK || !found) break;
        bool undecided = false;
        e = is_undecided(a, f, of, at, next, &undecided);
        if (undecided) of->decided_until = next->day - 1;
        if (e != ERR_OK || undecided) break;
        if (o->changes_max > 0 && of->change_count == o->changes_max) {
            of->is_cut = true;
            break;
        }
        e = change_add(a, both, of, &room, at, next);
        at = next;
    }
    return e;
}

enum err forecast_person(struct arena *a, const struct population *p, uint32_t person,
                         const struct forecast_options *o, const struct forecast **ret)
{
    struct forecast *of = ARENA_NEW(a, struct forecast);
    struct both both = {NULL, NULL};

    if (of == NULL) return ERR_NOMEM;
    *of = (struct forecast){.rules = p->rules,
                            .people = p,
                            .person = person,
                            .day = o->day,
                            .last = o->last,
                            .rule_day = o->rule_day,
                            .assumed = o->assumed,
                            .decided_until = DATE_OPEN_END};
    enum err e = forecaster_new(a, p, o->rule_day, &both.f);
    if (e == ERR_OK && o->plain != NULL) e = forecaster_new(a, o->plain, o->rule_day, &both.plain);
    if (e == ERR_OK) e = follow(a, &both, of, o);
    forecaster_done(both.f);
    forecaster_done(both.plain);
    if (e == ERR_OK) *ret = of;
    return e;
}
