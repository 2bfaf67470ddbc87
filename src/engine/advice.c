/* Advice: single changes, pairs, and the cheapest set that reaches a line.
 *
 * Order of sets: the day on which they are judged (one on which some change takes effect, not
 * before all of the set have), then how many, then places in catalogue order and smaller changes
 * first. Sets are tried in this order, so the first that reaches the line is the answer and
 * everything before it has been refused. The empty set stands first on each day: time alone may do
 * it.
 *
 * Invariant: no figure here is computed but by advice_gain_of. */
#include "engine/advice.h"

#include <string.h>

#include "base/date.h"
#include "engine/advice_internal.h"

struct advice_options advice_options_of(int32_t day)
{
    return (struct advice_options){.day = day,
                                   .rule_day = DATE_OPEN_START,
                                   .months_most = 60,
                                   .values_most = 120,
                                   .pairs_most = 20000,
                                   .sets_most = 20000,
                                   .set_size = 4};
}

static int32_t later(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* --- pairs --- */

struct pairing {
    struct advisor *v;
    uint32_t left;         /* evaluations that may still be made */
    struct advice_set set; /* under trial */
    struct advice_set together, best;
};

static bool gains_alone(const struct advisor *v, uint32_t change)
{
    return advice_rise(&v->out->changes[change].gain) > 0;
}

/* The pair on the day both have taken effect; false when nothing is left to spend. */
static enum err pair_try(struct pairing *p, uint32_t a, uint32_t b, bool *ret_tried)
{
    struct advisor *v = p->v;
    const struct advice_change *c = v->out->changes;

    *ret_tried = p->left > 0;
    if (p->left == 0) {
        v->out->cut |= ADVICE_CUT_PAIRS;
        return ERR_OK;
    }
    p->left--;
    p->set = (struct advice_set){.changes = {a, b}, .count = 2};
    return advice_gain_of(v, p->set.changes, 2, later(c[a].gain.day, c[b].gain.day), &p->set.gain);
}

/* Does either of the pair do on that day what both do? `more`: as much, else anything at all. */
static enum err pair_is_joint(struct pairing *p, bool more, bool *ret)
{
    int64_t rise = advice_rise(&p->set.gain);

    *ret = rise > 0;
    for (int i = 0; i < 2 && *ret; i++) {
        struct advice_gain alone;
        enum err e = advice_gain_of(p->v, &p->set.changes[i], 1, p->set.gain.day, &alone);
        if (e != ERR_OK) return e;
        *ret = advice_rise(&alone) < (more ? rise : 1);
    }
    return ERR_OK;
}

/* <0, 0, >0 as x is smaller than y, of one place. */
static int compare_size(const struct advice_change *x, const struct advice_change *y)
{
    if (x->months != y->months) return x->months < y->months ? -1 : 1;
    return x->size < y->size ? -1 : x->size > y->size;
}

/* Earlier; else smaller in the first change, else in the second. */
static bool pair_is_smaller(const struct advice_change *c, const struct advice_set *x,
                            const struct advice_set *than)
{
    if (than->count == 0) return true;
    if (x->gain.day != than->gain.day) return x->gain.day < than->gain.day;
    int first = compare_size(&c[x->changes[0]], &c[than->changes[0]]);
    return first != 0 ? first < 0 : compare_size(&c[x->changes[1]], &c[than->changes[1]]) < 0;
}

/* Two places, neither change of which gains alone: the earliest pair that does, then the smallest.
 */
static enum err pair_together(struct pairing *p, const struct advice_place *x,
                              const struct advice_place *y)
{
    struct advisor *v = p->v;
    bool tried = true, joint;
    enum err e = ERR_OK;

    p->together.count = 0;
    for (uint32_t a = x->first; a < x->first + x->count; a++) {
        if (gains_alone(v, a)) continue;
        for (uint32_t b = y->first; b < y->first + y->count && tried; b++) {
            if (gains_alone(v, b)) continue;
            e = pair_try(p, a, b, &tried);
            if (e != ERR_OK || !tried) return e;
            if (!pair_is_smaller(v->out->changes, &p->set, &p->together)) continue;
            e = pair_is_joint(p, false, &joint);
            if (e != ERR_OK) return e;
            if (joint) p->together = p->set;
        }
    }
    return ERR_OK;
}

static bool pair_is_better(const struct pairing *p)
{
    int64_t rise = advice_rise(&p->set.gain), best = advice_rise(&p->best.gain);

    return p->best.count == 0 || rise > best ||
           (rise == best && p->set.gain.day < p->best.gain.day);
}

static enum err pair_best(struct pairing *p, const struct advice_place *x,
                          const struct advice_place *y)
{
    bool tried = true, joint;
    enum err e = ERR_OK;

    for (uint32_t a = x->first; a < x->first + x->count; a++)
        for (uint32_t b = y->first; b < y->first + y->count; b++) {
            e = pair_try(p, a, b, &tried);
            if (e != ERR_OK || !tried) return e;
            if (!pair_is_better(p)) continue;
            e = pair_is_joint(p, true, &joint);
            if (e != ERR_OK) return e;
            if (joint) p->best = p->set;
        }
    return e;
}

static enum err pairs(struct advisor *v)
{
    struct advice *out = v->out;
    struct pairing p = {.v = v, .left = out->options.pairs_most};
    size_t most = (size_t)out->place_count * out->place_count / 2 + 1;
    enum err e = ERR_OK;

    out->together = ARENA_ARRAY(v->a, struct advice_set, most);
    if (out->together == NULL) return ERR_NOMEM;
    for (uint32_t x = 0; x < out->place_count && e == ERR_OK; x++)
        for (uint32_t y = x + 1; y < out->place_count && e == ERR_OK; y++) {
            e = pair_together(&p, &out->places[x], &out->places[y]);
            if (p.together.count > 0) out->together[out->together_count++] = p.together;
        }
    for (uint32_t x = 0; x < out->place_count && e == ERR_OK; x++)
        for (uint32_t y = x + 1; y < out->place_count && e == ERR_OK; y++)
            e = pair_best(&p, &out->places[x], &out->places[y]);
    out->best_pair = p.best;
    return e;
}

/* --- the cheapest way to a line --- */

struct search {
    struct advisor *v;
    int32_t day;           /* the sets under trial have taken effect by then */
    uint32_t size, left;   /* changes in a set; evaluations */
    struct advice_set set; /* under trial */
    bool found;
    struct bound bound;
    bool *may; /* per place */
};

static bool reaches(const struct advisor *v, const struct advice_gain *g)
{
    return g->scored && g->with.lo >= v->out->options.line;
}

static enum err set_try(struct search *s)
{
    s->left--;
    enum err e = advice_gain_of(s->v, s->set.changes, s->set.count, s->day, &s->set.gain);
    if (e == ERR_OK) s->found = reaches(s->v, &s->set.gain);
    return e;
}

static bool is_hopeless(const struct search *s)
{
    return advice_bound_below(s->v, &s->bound, s->may, s->v->out->options.line);
}

/* One more change, of a place from `place` on, that has taken effect by s->day. s->may: the places
 * of the set and those that may still come. */
static enum err set_extend(struct search *s, uint32_t place)
{
    const struct advice *out = s->v->out;
    bool is_last = s->set.count + 1 == s->size;
    enum err e = ERR_OK;

    if (s->set.count == s->size) return set_try(s);
    for (uint32_t p = place; p < out->place_count; p++)
        s->may[p] = !is_last;
    for (; place < out->place_count && e == ERR_OK; place++) {
        const struct advice_place *p = &out->places[place];
        s->may[place] = true;
        if (is_hopeless(s)) {
            s->may[place] = false;
            if (!is_last) break; /* and fewer places after it add less */
            continue;
        }
        for (uint32_t i = p->first; i < p->first + p->count; i++) {
            if (out->changes[i].gain.day > s->day) continue;
            s->set.changes[s->set.count++] = i;
            e = set_extend(s, place + 1); /* as deep as set_size */
            if (e != ERR_OK || s->found || s->left == 0) return e;
            s->set.count--;
        }
        for (uint32_t q = place + 1; q < out->place_count; q++)
            s->may[q] = !is_last;
        s->may[place] = false;
    }
    return e;
}

/* The first day after `after` on which some change takes effect; false when there is none. */
static bool next_day(const struct advice *out, int64_t after, int32_t *ret)
{
    bool any = false;

    for (uint32_t i = 0; i < out->change_count; i++) {
        int32_t day = out->changes[i].gain.day;
        if (day <= after || (any && day >= *ret)) continue;
        *ret = day;
        any = true;
    }
    return any;
}

/* Where the search was cut: what raises the total most, change after change. */
static enum err greedy(struct search *s)
{
    const struct advice *out = s->v->out;
    struct advice_set best = {.gain.with.lo = INT64_MIN};
    enum err e = ERR_OK;

    s->set = (struct advice_set){.count = 0};
    while (s->set.count < out->options.set_size && !s->found) {
        struct advice_set at = s->set;
        best.count = 0;
        for (uint32_t i = 0; i < out->change_count && e == ERR_OK; i++) {
            struct advice_set t = at;
            bool taken = !out->changes[i].is_step;
            for (uint32_t k = 0; k < at.count; k++)
                taken = taken || out->changes[at.changes[k]].place == out->changes[i].place;
            if (taken) continue;
            t.changes[t.count++] = i;
            e = advice_gain_of(s->v, t.changes, t.count,
                               later(at.count > 0 ? at.gain.day : s->v->out->options.day,
                                     out->changes[i].gain.day),
                               &t.gain);
            if (e == ERR_OK && t.gain.scored &&
                (best.count == 0 || t.gain.with.lo > best.gain.with.lo))
                best = t;
        }
        if (e != ERR_OK || best.count == 0) return e;
        s->set = best;
        s->found = reaches(s->v, &best.gain);
    }
    return e;
}

static void by_place(struct advice_set *s)
{
    for (uint32_t i = 1; i < s->count; i++)
        for (uint32_t k = i; k > 0 && s->changes[k - 1] > s->changes[k]; k--) {
            uint32_t x = s->changes[k];
            s->changes[k] = s->changes[k - 1];
            s->changes[k - 1] = x;
        }
}

/* Sets that reach the line on s->day; the empty one, where time alone does. */
static enum err way_on_day(struct search *s)
{
    struct advice *out = s->v->out;
    struct advice_gain wait;
    enum err e = advice_without(s->v, s->day, &wait);

    if (e != ERR_OK || !wait.scored) return e;
    if (reaches(s->v, &wait)) {
        out->way_by_waiting = s->found = true;
        s->set = (struct advice_set){.gain = wait};
        return ERR_OK;
    }
    e = advice_bound_day(s->v, &s->bound, s->day);
    for (s->size = 1; s->size <= out->options.set_size && e == ERR_OK; s->size++) {
        s->set.count = 0;
        e = set_extend(s, 0);
        if (e != ERR_OK || s->found || s->left == 0) return e;
    }
    return e;
}

static enum err way(struct advisor *v)
{
    struct advice *out = v->out;
    struct search s = {.v = v, .left = out->options.sets_most};
    int64_t after = INT32_MIN;
    enum err e = ERR_OK;

    out->line_reached = reaches(v, &out->now);
    out->way_proved = true;
    if (out->line_reached) return ERR_OK;
    s.may = ARENA_ARRAY(v->a, bool, out->place_count);
    if (s.may == NULL) return ERR_NOMEM;
    e = advice_bound_new(v, &s.bound);
    for (; e == ERR_OK && !s.found && s.left > 0 && next_day(out, after, &s.day); after = s.day)
        e = way_on_day(&s);
    if (e == ERR_OK && !s.found && s.left == 0) {
        out->cut |= ADVICE_CUT_SETS;
        e = greedy(&s);
        by_place(&s.set);
    }
    out->way_proved = (out->cut & (ADVICE_CUT_VALUES | ADVICE_CUT_SETS)) == 0;
    if (e == ERR_OK && s.found) out->way = s.set;
    return e;
}

/* --- the whole --- */

static enum err advisor_init(struct advisor *v, const struct population *p, uint32_t person)
{
    enum err e = resident_of(v->a, p, person, &v->me);

    if (e != ERR_OK) return e;
    v->narrow = *v->r;
    v->narrow_nodes = ARENA_ARRAY(v->a, struct rule_node, v->r->node_count);
    if (v->narrow_nodes == NULL) return ERR_NOMEM;
    memcpy(v->narrow_nodes, v->r->nodes, v->r->node_count * sizeof *v->narrow_nodes);
    v->narrow.nodes = v->narrow_nodes;
    return ERR_OK;
}

static enum err explain_places(struct advisor *v)
{
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < v->out->change_count && e == ERR_OK; i++)
        if (v->out->changes[i].is_step) e = advice_attribute(v, &v->out->changes[i]);
    for (uint32_t i = 0; i < v->out->place_count && e == ERR_OK; i++)
        if (v->out->places[i].idle == IDLE_OTHER) e = advice_why_idle(v, &v->out->places[i]);
    return e;
}

enum err advice_person(struct arena *a, const struct population *p, uint32_t person,
                       const struct advice_options *o, const struct advice **ret)
{
    struct advice *out = ARENA_NEW(a, struct advice);
    struct advisor v = {.a = a, .r = p->rules, .out = out};

    if (out == NULL) return ERR_NOMEM;
    INVARIANT(o->set_size >= 1 && o->set_size <= ADVICE_SET_MOST);
    out->rules = p->rules;
    out->options = *o;
    out->home = home_of(p, person, o->day, o->rule_day == DATE_OPEN_START ? o->day : o->rule_day);
    enum err e = advisor_init(&v, p, person);
    if (e == ERR_OK) e = advice_without(&v, o->day, &out->now);
    if (p->bad != NULL && p->bad[person] != 0) out->now.scored = false;
    if (e == ERR_OK && out->now.scored) {
        e = advice_places(&v);
        if (e == ERR_OK) e = pairs(&v);
        if (e == ERR_OK && o->has_line) e = way(&v);
        if (e == ERR_OK) e = explain_places(&v);
    }
    if (e == ERR_OK) *ret = out;
    return e;
}
