/* Advice: the places where a person can change something, and the changes worth trying there.
 *
 *   one-per-person register: a place per marked field;   other registers: one place, a new record
 *   levels, categories, yes/no: every value;             quantities: one value per stretch
 *
 * A stretch is found by scoring it as an unknown of that range: what the interpreter then makes of
 * it is the same as at its first value, or the stretch is cut in two. So the stretches are the
 * rules' own, and nothing here knows how a band, a cap or a unit works.
 *
 * Invariant: changes of a place are ordered by months, size, gain, and the order they were made in.
 */
#include <string.h>

#include "base/date.h"
#include "engine/advice_internal.h"
#include "engine/interp_internal.h"

#define DIMS_MOST 8 /* marked plain fields of a register; further ones stay at their least value */

struct maker {
    struct advisor *v;
    struct advice_place *place;
    const struct rule_register *reg;
    struct advice_change draft; /* fact filled in as far as known */
    int32_t dims[DIMS_MOST];    /* marked plain fields that a new record chooses */
    uint32_t dim_count;
};

/* --- which registers matter --- */

static void mark_nodes(const struct rules *r, int32_t node, bool *seen, bool *read)
{
    if (node < 0 || seen[node]) return;
    const struct rule_node *n = &r->nodes[node];
    seen[node] = true;
    if (n->reg >= 0) read[n->reg] = true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        mark_nodes(r, (int32_t)node_kid(r, n, i), seen, read); /* as deep as NODE_DEPTH_MAX */
}

/* Registers that some clause, veto or the force of the person's chain reads, on whatever day. */
static enum err registers_read(const struct advisor *v, bool *read)
{
    const struct rules *r = v->r;
    struct arena scratch;
    int32_t chain = v->out->home.scheme;

    arena_init(&scratch, 0);
    bool *seen = ARENA_ARRAY(&scratch, bool, r->node_count);
    if (seen == NULL) {
        arena_done(&scratch);
        return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < r->clause_count; i++) {
        if (!rules_in_chain(r, r->clauses[i].scheme, chain)) continue;
        mark_nodes(r, r->clauses[i].cond, seen, read);
        mark_nodes(r, r->clauses[i].body, seen, read);
    }
    for (uint32_t i = 0; i < r->veto_count; i++)
        if (rules_in_chain(r, r->vetoes[i].scheme, chain))
            mark_nodes(r, r->vetoes[i].cond, seen, read);
    if (r->has_force) read[r->force.reg] = true;
    arena_done(&scratch);
    return ERR_OK;
}

/* --- days --- */

static int32_t lead_end(const struct advisor *v, const struct rule_field *f)
{
    int32_t day = v->out->options.day;
    return date_add_months(day, f->lead_months, MONTH_NEXT) + f->lead_days;
}

static int32_t lead_end_of_record(const struct advisor *v, const struct rule_register *g)
{
    int32_t day = v->out->options.day;

    for (uint32_t i = 0; i < g->field_count; i++) {
        int32_t end = g->fields[i].changeable ? lead_end(v, &g->fields[i]) : day;
        if (end > day) day = end;
    }
    return day;
}

/* --- changes --- */

static bool is_enumerated(const struct rule_field *f)
{
    return f->type.vt == VT_LEVEL || f->type.vt == VT_CATEGORY || f->type.vt == VT_BOOL;
}

/* How far the marked values lie from where the person is, or a record from the least one. */
static uint64_t size_of(const struct maker *m)
{
    const struct advice_change *c = &m->draft;
    uint64_t size = 0;

    for (uint32_t i = 0; i < m->dim_count; i++) {
        const struct rule_field *f = &m->reg->fields[m->dims[i]];
        int64_t to = c->fact.values[m->dims[i]];
        int64_t from = c->adds || !c->from_known ? f->lo : c->from;
        if (f->type.vt == VT_CATEGORY || f->type.vt == VT_BOOL) continue;
        size += to > from ? (uint64_t)(to - from) : (uint64_t)(from - to);
    }
    return size;
}

/* The draft as it stands is a change; ERR_OK with nothing added where the register refuses it. */
static enum err change_add(struct maker *m)
{
    struct advisor *v = m->v;
    struct advice *out = v->out;
    struct advice_change *c;

    if (m->place->count >= out->options.values_most) {
        out->cut |= ADVICE_CUT_VALUES;
        return ERR_OK;
    }
    if (out->change_count == v->change_room) {
        uint32_t room = 2 * v->change_room + 64;
        void *grown = arena_grow(v->a, out->changes, v->change_room, room, sizeof *c);
        if (grown == NULL) return ERR_NOMEM;
        out->changes = grown;
        v->change_room = room;
    }
    c = &out->changes[out->change_count];
    *c = m->draft;
    c->size = size_of(m);
    enum err e = advice_fact_copy(v->a, v->r, &m->draft.fact, &c->fact);
    if (e == ERR_OK)
        e = advice_gain_of(v, &(uint32_t){out->change_count}, 1, m->draft.gain.day, &c->gain);
    if (e == ERR_RANGE) return ERR_OK;
    if (e != ERR_OK) return e;
    c->lead_days = c->gain.day - out->options.day;
    out->change_count++;
    m->place->count++;
    return ERR_OK;
}

/* --- stretches of a quantity --- */

/* One field's range as the interpreter takes it where the value is not known. */
static void narrow(struct advisor *v, int32_t reg, int32_t field, int64_t lo, int64_t hi)
{
    for (uint32_t i = 0; i < v->r->node_count; i++) {
        struct rule_node *n = &v->narrow_nodes[i];
        if (n->op != NODE_FIELD || n->reg != reg || n->field != field) continue;
        n->lo = lo;
        n->hi = hi;
    }
}

static void widen(struct advisor *v, int32_t reg, int32_t field)
{
    for (uint32_t i = 0; i < v->r->node_count; i++) {
        const struct rule_node *n = &v->r->nodes[i];
        if (n->op == NODE_FIELD && n->reg == reg && n->field == field) v->narrow_nodes[i] = *n;
    }
}

static enum err draft_resident(const struct maker *m, struct arena *a, struct resident *ret)
{
    const struct advice_change *c = &m->draft;
    enum err e = resident_copy(a, &m->v->me, 1, ret);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < ret->fact_count && !c->adds; i++)
        if (ret->facts[i].reg == c->reg) ret->facts[i] = c->fact;
    if (c->adds) ret->facts[ret->fact_count++] = c->fact;
    return ERR_OK;
}

/* What the rules make of `field` anywhere between a and b, on `day`. */
static enum err stretch_signature(struct maker *m, int32_t field, int32_t day, int64_t a, int64_t b,
                                  struct signature *ret)
{
    struct advisor *v = m->v;
    struct advice_change *c = &m->draft;
    struct arena scratch;
    struct resident who;
    struct traced t;

    arena_init(&scratch, 0);
    c->fact.known[field] = a == b;
    c->fact.values[field] = a == b ? a : 0;
    narrow(v, c->reg, field, a, b);
    enum err e = draft_resident(m, &scratch, &who);
    if (e == ERR_OK) {
        e = advice_traced(v, &who, day, true, &t);
        if (e == ERR_OK) advice_signature(v->a, &t, c->adds ? c->reg : -1, ret);
        advice_traced_done(&t);
    }
    widen(v, c->reg, field);
    arena_done(&scratch);
    if (e == ERR_OK && ret->nomem) e = ERR_NOMEM;
    return e;
}

static bool signature_eq(const struct signature *x, const struct signature *y)
{
    return x->count == y->count && x->count > 0 &&
           memcmp(x->values, y->values, x->count * sizeof *x->values) == 0;
}

/* Is the field unknown in another record? Then a narrowed range would narrow that one too. */
static bool is_unknown_elsewhere(const struct maker *m, int32_t field)
{
    const struct resident *me = &m->v->me;

    for (uint32_t i = 0; i < me->fact_count && m->draft.adds; i++)
        if (me->facts[i].reg == m->draft.reg && !me->facts[i].known[field]) return true;
    return false;
}

struct stretches {
    struct maker *m;
    int32_t field;
    int64_t limit; /* last value of the direction */
    int step;      /* +1 or -1 */
    bool singly;   /* every value is a stretch of its own */
    struct signature first, whole;
};

/* Does the whole from `from` to `to` (in the direction) look like `from`, on that day? */
static enum err is_even(struct stretches *s, int32_t day, int64_t from, int64_t to, bool *ret)
{
    enum err e = stretch_signature(s->m, s->field, day, from < to ? from : to,
                                   from < to ? to : from, &s->whole);
    if (e == ERR_OK) *ret = signature_eq(&s->first, &s->whole);
    return e;
}

/* How far from `from` the stretch reaches on a day, at most *ret: the whole first or, with
 * `gallop`, ever further; then halving. */
static enum err stretch_on(struct stretches *s, int32_t day, int64_t from, bool gallop,
                           uint64_t *ret)
{
    uint64_t good = 0, bad = *ret + 1, reach = gallop ? 1 : *ret;
    bool even = true;
    enum err e = stretch_signature(s->m, s->field, day, from, from, &s->first);

    while (e == ERR_OK && good + 1 < bad) {
        uint64_t tried = even && reach < bad ? reach : good + (bad - good) / 2;
        e = is_even(s, day, from, from + s->step * (int64_t)tried, &even);
        if (e != ERR_OK) break;
        *(even ? &good : &bad) = tried;
        reach = !even ? UINT64_MAX : reach < *ret / 4 ? 4 * reach : *ret;
    }
    if (e == ERR_OK) *ret = good;
    return e;
}

/* The last value of the stretch that begins at `from`: one value to the rules on the day it takes
 * effect, and on every later day on which it may be judged together with others. */
static enum err stretch_end(struct stretches *s, int64_t from, int64_t *ret)
{
    uint64_t reach = s->step > 0 ? (uint64_t)(s->limit - from) : (uint64_t)(from - s->limit);
    struct advisor *v = s->m->v;
    int32_t own = s->m->draft.gain.day;
    enum err e = ERR_OK;

    if (s->singly) reach = 0;
    for (uint32_t i = 0; i < v->day_count && reach > 0 && e == ERR_OK; i++) {
        struct advice_gain without;
        if (v->days[i] < own) continue;
        e = advice_without(v, v->days[i], &without);
        if (e == ERR_OK && without.scored)
            e = stretch_on(s, v->days[i], from, v->days[i] == own, &reach);
    }
    if (e == ERR_OK) *ret = from + s->step * (int64_t)reach;
    return e;
}

typedef enum err (*value_fn)(struct maker *m, uint32_t dim);

/* `next` for the nearest value of each stretch from `from` to s->limit, both included. */
static enum err each_stretch(struct stretches *s, int64_t from, uint32_t dim, value_fn next)
{
    struct maker *m = s->m;
    const uint32_t most = m->v->out->options.values_most;
    enum err e = ERR_OK;

    for (uint32_t i = 0; e == ERR_OK && (s->limit - from) * s->step >= 0; i++) {
        int64_t end = from;
        if (i >= most) {
            m->v->out->cut |= ADVICE_CUT_VALUES;
            break;
        }
        for (uint32_t k = dim + 1; k < m->dim_count; k++) /* quantities chosen later: the least */
            m->draft.fact.values[m->dims[k]] = m->reg->fields[m->dims[k]].lo;
        e = stretch_end(s, from, &end);
        m->draft.fact.known[s->field] = true;
        m->draft.fact.values[s->field] = from;
        if (e == ERR_OK) e = next(m, dim + 1);
        from = end + s->step;
    }
    return e;
}

/* --- values of one field after another --- */

static enum err choose(struct maker *m, uint32_t dim);

static enum err choose_listed(struct maker *m, uint32_t dim)
{
    const struct rule_field *f = &m->reg->fields[m->dims[dim]];
    struct advice_change *c = &m->draft;
    enum err e = ERR_OK;

    for (int64_t i = f->lo; i <= f->hi && e == ERR_OK; i++) {
        int64_t x = f->type.vt == VT_LEVEL ? f->hi - (i - f->lo) : i; /* of two equally near the
                                                                         higher first */
        if (!c->adds && c->from_known && x == c->from) continue;
        c->fact.known[m->dims[dim]] = true;
        c->fact.values[m->dims[dim]] = x;
        e = choose(m, dim + 1);
    }
    return e;
}

static enum err choose_quantity(struct maker *m, uint32_t dim)
{
    const struct rule_field *f = &m->reg->fields[m->dims[dim]];
    struct stretches up = {.m = m, .field = m->dims[dim], .limit = f->hi, .step = 1};
    struct stretches down = {.m = m, .field = m->dims[dim], .limit = f->lo, .step = -1};
    const struct advice_change *c = &m->draft;
    bool from_here = !c->adds && c->from_known;
    enum err e;

    up.singly = down.singly = is_unknown_elsewhere(m, m->dims[dim]);

    if (!from_here) return each_stretch(&up, f->lo, dim, choose);
    e = c->from < f->hi ? each_stretch(&up, c->from + 1, dim, choose) : ERR_OK;
    if (e == ERR_OK && c->from > f->lo) e = each_stretch(&down, c->from - 1, dim, choose);
    return e;
}

/* Only the days on which changes take effect are looked for. */
static enum err day_note(struct advisor *v, int32_t day)
{
    for (uint32_t i = 0; i < v->day_count; i++)
        if (v->days[i] == day) return ERR_OK;
    if (v->day_count == v->day_room) {
        uint32_t room = 2 * v->day_room + 32;
        void *grown = arena_grow(v->a, v->days, v->day_room, room, sizeof *v->days);
        if (grown == NULL) return ERR_NOMEM;
        v->days = grown;
        v->day_room = room;
    }
    uint32_t at = v->day_count++;
    for (; at > 0 && v->days[at - 1] > day; at--)
        v->days[at] = v->days[at - 1];
    v->days[at] = day;
    return ERR_OK;
}

static enum err choose(struct maker *m, uint32_t dim)
{
    if (m->v->only_days) return day_note(m->v, m->draft.gain.day);
    if (dim == m->dim_count) return change_add(m);
    return is_enumerated(&m->reg->fields[m->dims[dim]]) ? choose_listed(m, dim)
                                                        : choose_quantity(m, dim);
}

/* --- a record that is added --- */

static bool has_mark(const struct rule_register *g)
{
    for (uint32_t i = 0; i < g->field_count; i++)
        if (g->fields[i].changeable) return true;
    return false;
}

static uint32_t records_of(const struct advisor *v, int32_t reg)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->me.fact_count; i++)
        n += v->me.facts[i].reg == reg;
    return n;
}

/* When the last of the person's spells of this register ends; DATE_OPEN_START = none. */
static int64_t last_end(const struct maker *m)
{
    int64_t last = INT32_MIN;

    for (uint32_t i = 0; i < m->v->me.fact_count; i++) {
        const struct resident_fact *f = &m->v->me.facts[i];
        if (f->reg == m->draft.reg && f->values[m->reg->end] > last) last = f->values[m->reg->end];
    }
    return last;
}

static int64_t plain_value(const struct maker *m, uint32_t i, bool *ret_known)
{
    const struct rule_field *f = &m->reg->fields[i];
    const struct advisor *v = m->v;

    *ret_known = true;
    if (f->type.vt == VT_DIVISION)
        return v->out->home.division != 0 ? v->out->home.division : v->r->schemes[0].division;
    if (f->type.vt == VT_KEY) return (int64_t)v->me.key_count + m->draft.place;
    if (f->empty == EMPTY_OPEN) return f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    if (f->empty == EMPTY_ALWAYS) return DATE_OPEN_START;
    *ret_known = f->changeable;
    return f->changeable ? f->lo : 0;
}

/* Fields with a list of values first: stretches of a quantity depend on them. */
static void add_dims(struct maker *m, bool listed)
{
    for (uint32_t i = 0; i < m->reg->field_count; i++) {
        const struct rule_field *f = &m->reg->fields[i];
        if (f->changeable && f->role == ROLE_NONE && is_enumerated(f) == listed &&
            m->dim_count < DIMS_MOST)
            m->dims[m->dim_count++] = (int32_t)i;
    }
}

static enum err draft_record(struct maker *m)
{
    const struct rule_register *g = m->reg;
    struct advice_change *c = &m->draft;
    int32_t day = lead_end_of_record(m->v, g);

    c->adds = true;
    c->field = -1;
    c->months = -1;
    c->gain.day = day;
    c->fact = (struct resident_fact){.reg = c->reg, .line = ADVICE_NEW_LINE};
    c->fact.values = ARENA_ARRAY(m->v->a, int64_t, g->field_count);
    c->fact.known = ARENA_ARRAY(m->v->a, bool, g->field_count);
    if (c->fact.values == NULL || c->fact.known == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < g->field_count; i++)
        c->fact.values[i] = plain_value(m, i, &c->fact.known[i]);
    add_dims(m, true);
    add_dims(m, false);
    if (g->event >= 0) {
        c->fact.values[g->event] = day;
        c->fact.known[g->event] = true;
    }
    return ERR_OK;
}

/* The record goes on for `months`; months of a month register count from their first day. */
static void draft_spell(struct maker *m, int64_t start, int32_t months)
{
    const struct rule_register *g = m->reg;
    struct advice_change *c = &m->draft;
    bool by_month = g->fields[g->start].type.vt == VT_MONTH;
    int32_t first = lead_end_of_record(m->v, g), day = first;
    int64_t end = by_month ? start + months - 1 : DATE_OPEN_END;

    if (by_month)
        day = month_first_day((int32_t)(months > 0 ? end : start));
    else
        day = date_add_months((int32_t)start, months > 0 ? months : 0, MONTH_NEXT);
    c->gain.day = day > first ? day : first;
    c->months = months;
    c->fact.values[g->start] = start;
    c->fact.known[g->start] = true;
    if (g->end < 0) return;
    if (!by_month && g->fields[g->end].empty != EMPTY_OPEN) end = c->gain.day + 1;
    if (by_month && months <= 0) end = MONTH_OPEN_END;
    c->fact.values[g->end] = end;
    c->fact.known[g->end] = true;
}

static enum err choose_spell(struct maker *m)
{
    const struct rule_register *g = m->reg;
    bool by_month = g->fields[g->start].type.vt == VT_MONTH;
    bool lasts = g->end >= 0 && g->fields[g->end].changeable;
    int32_t first = lead_end_of_record(m->v, g);
    int64_t start = by_month ? date_month(first) : first;
    enum err e = ERR_OK;

    if (g->end >= 0 && (lasts || g->no_overlap)) {
        int64_t last = last_end(m);
        if (last >= (by_month ? MONTH_OPEN_END : DATE_OPEN_END)) {
            m->place->idle = IDLE_GOES_ON;
            return ERR_OK;
        }
        if (by_month && last >= start) start = last + 1;
        if (!by_month && last > start) start = last;
    }
    if (!lasts) {
        draft_spell(m, start, -1);
        return choose(m, 0);
    }
    for (int32_t n = by_month; n <= (int32_t)m->v->out->options.months_most && e == ERR_OK; n++) {
        draft_spell(m, start, n);
        e = choose(m, 0);
    }
    return e;
}

static enum err record_place(struct maker *m)
{
    enum err e = draft_record(m);

    if (e != ERR_OK) return e;
    if (records_of(m->v, m->draft.reg) >= m->reg->max_records) {
        m->place->idle = IDLE_FULL;
        return ERR_OK;
    }
    return m->reg->start >= 0 ? choose_spell(m) : choose(m, 0);
}

/* --- a value of the one row --- */

static enum err value_place(struct maker *m, int32_t field)
{
    struct advice_change *c = &m->draft;
    const struct resident_fact *row = NULL;

    for (uint32_t i = 0; i < m->v->me.fact_count; i++)
        if (m->v->me.facts[i].reg == c->reg) row = &m->v->me.facts[i];
    if (row == NULL) return ERR_OK;
    c->field = field;
    c->months = -1;
    c->from_known = row->known[field];
    c->from = row->values[field];
    c->gain.day = lead_end(m->v, &m->reg->fields[field]);
    m->dims[0] = field;
    m->dim_count = 1;
    enum err e = advice_fact_copy(m->v->a, m->v->r, row, &c->fact);
    return e == ERR_OK ? choose(m, 0) : e;
}

/* --- places --- */

static bool is_smaller(const struct advice_change *a, const struct advice_change *b)
{
    if (a->months != b->months) return a->months < b->months;
    if (a->size != b->size) return a->size < b->size;
    return advice_rise(&a->gain) < advice_rise(&b->gain);
}

/* Steps, the smallest and the best of a place. */
static void place_finish(struct advisor *v, struct advice_place *s)
{
    int64_t most = 0;

    for (uint32_t i = s->first; i < s->first + s->count; i++) {
        struct advice_change *c = &v->out->changes[i];
        c->is_step = advice_rise(&c->gain) > most;
        if (!c->is_step) continue;
        most = advice_rise(&c->gain);
        if (s->smallest < 0) s->smallest = (int32_t)i;
        s->best = (int32_t)i;
    }
    if (s->best < 0 && s->idle == IDLE_NOT) s->idle = IDLE_OTHER;
}

static void stable_sort(struct advice_change *c, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct advice_change x = c[i];
        uint32_t at = i;
        for (; at > 0 && is_smaller(&x, &c[at - 1]); at--)
            c[at] = c[at - 1];
        c[at] = x;
    }
}

static enum err place_make(struct advisor *v, int32_t reg, int32_t field)
{
    struct advice_place *s = &v->out->places[v->out->place_count];
    struct maker m = {.v = v, .place = s, .reg = &v->r->regs[reg]};

    *s = (struct advice_place){.reg = reg,
                               .field = field,
                               .first = v->out->change_count,
                               .smallest = -1,
                               .best = -1,
                               .cap_indicator = -1,
                               .cap_group = -1};
    m.draft = (struct advice_change){
        .place = v->out->place_count, .reg = reg, .indicator = -1, .clause = -1};
    enum err e = field < 0 ? record_place(&m) : value_place(&m, field);
    if (e != ERR_OK || v->only_days) return e;
    if (s->count > 0) stable_sort(&v->out->changes[s->first], s->count);
    place_finish(v, s);
    v->out->place_count++;
    return ERR_OK;
}

static enum err register_places(struct advisor *v, int32_t reg)
{
    const struct rule_register *g = &v->r->regs[reg];
    enum err e = ERR_OK;

    if (!g->one_per_person) return has_mark(g) ? place_make(v, reg, -1) : ERR_OK;
    for (uint32_t f = 0; f < g->field_count && e == ERR_OK; f++)
        if (g->fields[f].changeable) e = place_make(v, reg, (int32_t)f);
    return e;
}

enum err advice_places(struct advisor *v)
{
    uint32_t most = 0;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < v->r->reg_count; i++)
        most += v->r->regs[i].one_per_person ? v->r->regs[i].field_count : 1;
    v->out->places = ARENA_ARRAY(v->a, struct advice_place, most);
    bool *read = ARENA_ARRAY(v->a, bool, v->r->reg_count);
    if (v->out->places == NULL || read == NULL) return ERR_NOMEM;
    e = registers_read(v, read);
    for (int pass = 0; pass < 2; pass++) { /* the days first: stretches depend on them */
        v->only_days = pass == 0;
        for (uint32_t i = 0; i < v->r->reg_count && e == ERR_OK; i++)
            if (read[i]) e = register_places(v, (int32_t)i);
    }
    return e;
}
