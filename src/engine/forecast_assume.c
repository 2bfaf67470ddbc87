/* "The pension goes on": a resident whose latest records last without end.
 *
 * What may be assumed is said by the rules themselves: a register with a begin and an end whose
 * time some rule counts. A permit has both and is not counted, so it is never assumed to go on. */
#include <string.h>

#include "base/date.h"
#include "engine/forecast.h"

bool forecast_may_assume(const struct rules *r, int32_t reg)
{
    const struct rule_register *rr = &r->regs[reg];

    if (rr->start < 0 || rr->end < 0) return false;
    for (uint32_t i = 0; i < r->node_count; i++) {
        const struct rule_node *n = &r->nodes[i];
        if (n->reg == reg && (n->op == NODE_AGG_MONTHS || n->op == NODE_AGG_SPELL_MONTHS ||
                              n->op == NODE_AGG_CONSECUTIVE))
            return true;
    }
    return false;
}

/* A register that is to go on, and until when its latest records last. */
struct going {
    const struct rule_register *reg;
    int32_t index;
    bool is_month;
    int64_t now; /* the day or its month */
    int64_t end; /* of the latest record; INT64_MIN = none */
};

static int64_t without_end(const struct going *g)
{
    const struct rule_field *f = &g->reg->fields[g->reg->end];

    if (f->empty == EMPTY_OPEN) return g->is_month ? MONTH_OPEN_END : DATE_OPEN_END;
    return f->hi;
}

static bool fact_counts(const struct going *g, const struct resident_fact *f)
{
    return f->reg == g->index && f->known[g->reg->start] && f->known[g->reg->end] &&
           f->values[g->reg->start] <= g->now;
}

/* Do records that end then still go on now? Days end before `end`, months with it. */
static bool is_recent(const struct going *g)
{
    return g->is_month ? g->end >= g->now - FORECAST_LAG_MONTHS : g->end > g->now;
}

/* One record more from the next month on; the facts of a gap before it stay as they are. */
static void fact_continue(const struct going *g, struct resident *r, const struct resident_fact *f)
{
    const uint32_t fields = g->reg->field_count;
    struct resident_fact *more = &r->facts[r->fact_count++];

    /* room for it was given by resident_copy; values and known come from the caller's arena */
    memcpy(more->values, f->values, fields * sizeof *f->values);
    memcpy(more->known, f->known, fields * sizeof *f->known);
    more->reg = f->reg;
    more->line = f->line;
    more->values[g->reg->start] = g->now + 1;
    more->values[g->reg->end] = without_end(g);
}

static uint32_t records_of(const struct resident *r, int32_t reg)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->fact_count; i++)
        n += r->facts[i].reg == reg;
    return n;
}

static enum err fact_room(struct arena *a, const struct going *g, struct resident_fact *ret)
{
    ret->values = ARENA_ARRAY(a, int64_t, g->reg->field_count);
    ret->known = ARENA_ARRAY(a, bool, g->reg->field_count);
    return ret->values != NULL && ret->known != NULL ? ERR_OK : ERR_NOMEM;
}

/* Records that reach now are made longer; those that ended a little before go on after now. */
static enum err go_on(struct arena *a, const struct going *g, struct resident *r, bool *ret_assumed)
{
    const uint32_t count = r->fact_count;
    const int64_t end = without_end(g);

    for (uint32_t i = 0; i < count; i++) {
        struct resident_fact *f = &r->facts[i];
        if (!fact_counts(g, f) || f->values[g->reg->end] != g->end || g->end >= end) continue;
        if (g->end >= g->now) {
            f->values[g->reg->end] = end;
        } else if (records_of(r, g->index) < g->reg->max_records) {
            const enum err e = fact_room(a, g, &r->facts[r->fact_count]);
            if (e != ERR_OK) return e;
            fact_continue(g, r, &r->facts[i]);
        } else {
            continue;
        }
        *ret_assumed = true;
        if (g->reg->no_overlap) break; /* one of them, or two would overlap */
    }
    return ERR_OK;
}

static enum err assume_register(struct arena *a, int32_t reg, int32_t day, struct resident *r,
                                bool *ret_assumed)
{
    const struct rule_register *rr = &r->rules->regs[reg];
    struct going g = {.reg = rr, .index = reg, .end = INT64_MIN};
    bool later = false; /* a record begins after now: what goes on would run into it */

    g.is_month = rr->fields[rr->start].type.vt == VT_MONTH;
    g.now = g.is_month ? date_month(day) : day;
    for (uint32_t i = 0; i < r->fact_count; i++) {
        const struct resident_fact *f = &r->facts[i];
        if (fact_counts(&g, f) && f->values[rr->end] > g.end) g.end = f->values[rr->end];
        if (f->reg == reg && (!f->known[rr->start] || f->values[rr->start] > g.now)) later = true;
    }
    if (g.end == INT64_MIN || !is_recent(&g) || (later && rr->no_overlap)) return ERR_OK;
    return go_on(a, &g, r, ret_assumed);
}

enum err forecast_assume(struct arena *a, const struct resident *r, int32_t day,
                         const bool *assumed, struct resident *ret, bool *ret_assumed)
{
    struct resident n;
    enum err e = resident_copy(a, r, r->fact_count, &n);

    if (e != ERR_OK) return e;
    memset(ret_assumed, 0, r->rules->reg_count * sizeof *ret_assumed);
    for (uint32_t reg = 0; reg < r->rules->reg_count && e == ERR_OK; reg++)
        if (assumed[reg] && forecast_may_assume(r->rules, (int32_t)reg) && !r->silent[reg])
            e = assume_register(a, (int32_t)reg, day, &n, &ret_assumed[reg]);
    if (e == ERR_OK) *ret = n;
    return e;
}

enum err forecast_read_assumed(const struct rules *r, struct str names, bool *ret_assumed,
                               struct str *ret_bad)
{
    for (size_t at = 0, n; at < names.n; at += n + 1) {
        for (n = 0; at + n < names.n && names.p[at + n] != ',';)
            n++;
        *ret_bad = (struct str){names.p + at, n};
        const int32_t reg = rules_register(r, *ret_bad);
        if (reg < 0 || !forecast_may_assume(r, reg)) return ERR_NOT_FOUND;
        ret_assumed[reg] = true;
    }
    return ERR_OK;
}

enum err forecast_person_assuming(struct arena *a, const struct population *p, uint32_t person,
                                  const struct forecast_options *o, const struct forecast **ret)
{
    struct population *longer = ARENA_NEW(a, struct population);
    struct population *plain = ARENA_NEW(a, struct population);
    bool *done = ARENA_ARRAY(a, bool, p->rules->reg_count);
    struct resident facts, more;
    enum err e = longer && plain && done ? ERR_OK : ERR_NOMEM;

    if (e == ERR_OK) e = resident_of(a, p, person, &facts);
    if (e == ERR_OK) e = resident_population(a, &facts, plain, NULL);
    if (e == ERR_OK) e = forecast_assume(a, &facts, o->day, o->assumed, &more, done);
    if (e == ERR_OK) e = resident_population(a, &more, longer, NULL);
    if (e != ERR_OK) return e;
    longer->ids = p->ids != NULL ? p->ids + person : NULL;
    for (uint32_t i = 0; i < p->rules->reg_count; i++) {
        longer->regs[i].file = p->regs[i].file;
        longer->regs[i].recorded = p->regs[i].recorded;
    }
    struct forecast_options all = *o;
    all.assumed = done;
    all.plain = plain;
    return forecast_person(a, longer, 0, &all, ret);
}
