#include "brute.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"

#define ROOM 4000u

static void need(bool ok)
{
    if (!ok) abort();
}

/* --- scoring: a plan, a population and a score made anew each time --- */

static int64_t total_of(struct brute *b, const struct resident *who, int32_t day, bool *ret_scored)
{
    struct arena s;
    struct population p;
    struct plan *plan;
    struct score score = {0};
    int64_t total = 0;

    arena_init(&s, 0);
    b->scores++;
    enum err e = resident_population(&s, who, &p, NULL);
    *ret_scored = false;
    if (e == ERR_OK) {
        struct home home = home_of(&p, 0, day, day);
        need(plan_new(&s, b->r, home.scheme, day, &plan) == ERR_OK);
        score.indicators = ARENA_ARRAY(&s, struct interval, plan->indicator_count);
        score.groups = ARENA_ARRAY(&s, struct interval, plan->group_count);
        score.gates = ARENA_ARRAY(&s, struct interval, plan->gate_count);
        need(interp_score(&s, plan, &p, 0, day, &score, NULL) == ERR_OK);
        *ret_scored = score.error == ERR_OK;
        total = score.total.lo;
    }
    arena_done(&s);
    return total;
}

struct brute_gain brute_gain_of(struct brute *b, const struct brute_change *const *set,
                                uint32_t count, int32_t not_before)
{
    struct arena s;
    struct resident who;
    struct brute_gain g = {.day = b->day > not_before ? b->day : not_before};
    bool without_ok, with_ok;

    arena_init(&s, 0);
    need(resident_copy(&s, &b->me, count, &who) == ERR_OK);
    for (uint32_t i = 0; i < count; i++) {
        if (set[i]->day > g.day) g.day = set[i]->day;
        if (set[i]->field < 0) who.facts[who.fact_count++] = set[i]->fact;
        for (uint32_t k = 0; k < who.fact_count && set[i]->field >= 0; k++) {
            if (who.facts[k].reg != set[i]->reg) continue;
            who.facts[k].values[set[i]->field] = set[i]->fact.values[set[i]->field];
            who.facts[k].known[set[i]->field] = true;
        }
    }
    g.without = total_of(b, &b->me, g.day, &without_ok);
    g.with = total_of(b, &who, g.day, &with_ok);
    arena_done(&s);
    g.scored = without_ok && with_ok;
    g.rise = g.scored ? g.with - g.without : 0;
    return g;
}

/* --- every change --- */

static int32_t after_lead(const struct brute *b, const struct rule_field *f)
{
    return date_add_months(b->day, f->lead_months, MONTH_NEXT) + f->lead_days;
}

static struct resident_fact fact_like(struct brute *b, const struct resident_fact *f)
{
    uint32_t n = b->r->regs[f->reg].field_count;
    struct resident_fact c = *f;

    c.values = ARENA_ARRAY(b->a, int64_t, n);
    c.known = ARENA_ARRAY(b->a, bool, n);
    need(c.values != NULL && c.known != NULL);
    memcpy(c.values, f->values, n * sizeof *c.values);
    memcpy(c.known, f->known, n * sizeof *c.known);
    return c;
}

static void add(struct brute *b, struct brute_place *p, struct brute_change c)
{
    const struct brute_change *one = &c;
    struct arena s;
    struct resident who;
    struct population people;

    c.fact = fact_like(b, &c.fact);
    /* one that the register refuses is no change */
    arena_init(&s, 0);
    need(resident_copy(&s, &b->me, 1, &who) == ERR_OK);
    if (c.field < 0) who.facts[who.fact_count++] = c.fact;
    enum err e = resident_population(&s, &who, &people, NULL);
    arena_done(&s);
    if (e != ERR_OK) return;
    struct brute_gain g = brute_gain_of(b, &one, 1, b->day);
    c.rise = g.rise;
    c.scored = g.scored;
    need(p->count < ROOM && g.day == c.day);
    p->changes[p->count++] = c;
}

static uint64_t distance(const struct rule_field *f, int64_t from, int64_t to)
{
    if (f->type.vt == VT_CATEGORY || f->type.vt == VT_BOOL) return 0;
    return (uint64_t)(to > from ? to - from : from - to);
}

/* All values of the marked plain fields from `field` on. */
static void every_value(struct brute *b, struct brute_place *p, struct brute_change c,
                        uint32_t field)
{
    const struct rule_register *g = &b->r->regs[c.reg];

    while (field < g->field_count &&
           !(g->fields[field].changeable && g->fields[field].role == ROLE_NONE))
        field++;
    if (field == g->field_count) {
        add(b, p, c);
        return;
    }
    const struct rule_field *f = &g->fields[field];
    uint64_t size = c.size;
    for (int64_t x = f->lo; x <= f->hi; x++) {
        c.fact.known[field] = true;
        c.fact.values[field] = x;
        c.size = size + distance(f, f->lo, x);
        every_value(b, p, c, field + 1);
    }
}

static struct brute_change new_record(struct brute *b, int32_t reg)
{
    const struct rule_register *g = &b->r->regs[reg];
    struct brute_change c = {.reg = reg, .field = -1, .months = -1, .day = b->day};
    struct resident_fact f = {.reg = reg, .line = 0};

    f.values = ARENA_ARRAY(b->a, int64_t, g->field_count);
    f.known = ARENA_ARRAY(b->a, bool, g->field_count);
    for (uint32_t i = 0; i < g->field_count; i++) {
        const struct rule_field *x = &g->fields[i];
        if (x->changeable && after_lead(b, x) > c.day) c.day = after_lead(b, x);
        f.known[i] = x->type.vt == VT_KEY || x->type.vt == VT_DIVISION || x->empty == EMPTY_OPEN ||
                     x->empty == EMPTY_ALWAYS;
        if (x->type.vt == VT_KEY) f.values[i] = 1000000 + reg;
        if (x->type.vt == VT_DIVISION) f.values[i] = 330000;
        if (x->empty == EMPTY_OPEN) f.values[i] = DATE_OPEN_END;
        if (x->empty == EMPTY_ALWAYS) f.values[i] = DATE_OPEN_START;
    }
    if (g->event >= 0) {
        f.known[g->event] = true;
        f.values[g->event] = c.day;
    }
    c.fact = f;
    return c;
}

static void month_records(struct brute *b, struct brute_place *p, struct brute_change c,
                          uint32_t months_most)
{
    const struct rule_register *g = &b->r->regs[c.reg];
    int32_t first = c.day;
    int64_t start = date_month(first);

    for (uint32_t i = 0; i < b->me.fact_count; i++) {
        if (b->me.facts[i].reg != c.reg) continue;
        if (b->me.facts[i].values[g->end] >= MONTH_OPEN_END) return;
        if (b->me.facts[i].values[g->end] >= start) start = b->me.facts[i].values[g->end] + 1;
    }
    for (uint32_t n = 1; n <= months_most; n++) {
        c.months = (int32_t)n;
        c.fact.values[g->start] = start;
        c.fact.values[g->end] = start + n - 1;
        c.fact.known[g->start] = c.fact.known[g->end] = true;
        c.day = month_first_day((int32_t)(start + n - 1));
        if (c.day < first) c.day = first;
        every_value(b, p, c, 0);
    }
}

static void spells(struct brute *b, struct brute_place *p, struct brute_change c,
                   uint32_t months_most)
{
    const struct rule_register *g = &b->r->regs[c.reg];
    bool lasts = g->fields[g->end].changeable;
    int32_t start = c.day;

    for (uint32_t i = 0; i < b->me.fact_count && (lasts || g->no_overlap); i++) {
        if (b->me.facts[i].reg != c.reg) continue;
        if (b->me.facts[i].values[g->end] >= DATE_OPEN_END) return;
        if (b->me.facts[i].values[g->end] > start) start = (int32_t)b->me.facts[i].values[g->end];
    }
    for (uint32_t n = 0; n <= (lasts ? months_most : 0); n++) {
        c.months = lasts ? (int32_t)n : -1;
        c.fact.values[g->start] = start;
        c.fact.known[g->start] = true;
        c.day = date_add_months(start, (int32_t)n, MONTH_NEXT);
        every_value(b, p, c, 0);
    }
}

static void records(struct brute *b, struct brute_place *p, uint32_t months_most)
{
    const struct rule_register *g = &b->r->regs[p->reg];
    struct brute_change c = new_record(b, p->reg);
    uint32_t have = 0;

    for (uint32_t i = 0; i < b->me.fact_count; i++)
        have += b->me.facts[i].reg == p->reg;
    if (have >= g->max_records) return;
    if (g->start < 0)
        every_value(b, p, c, 0);
    else if (g->fields[g->start].type.vt == VT_MONTH)
        month_records(b, p, c, months_most);
    else
        spells(b, p, c, months_most);
}

static void values(struct brute *b, struct brute_place *p)
{
    const struct rule_field *f = &b->r->regs[p->reg].fields[p->field];
    const struct resident_fact *row = NULL;

    for (uint32_t i = 0; i < b->me.fact_count; i++)
        if (b->me.facts[i].reg == p->reg) row = &b->me.facts[i];
    for (int64_t x = f->lo; row != NULL && x <= f->hi; x++) {
        struct brute_change c = {.reg = p->reg,
                                 .field = p->field,
                                 .months = -1,
                                 .day = after_lead(b, f),
                                 .fact = fact_like(b, row)};
        bool known = row->known[p->field];
        if (known && row->values[p->field] == x) continue;
        c.fact.known[p->field] = true;
        c.fact.values[p->field] = x;
        c.size = distance(f, known ? row->values[p->field] : f->lo, x);
        add(b, p, c);
    }
}

static void place(struct brute *b, int32_t reg, int32_t field, uint32_t months_most)
{
    struct brute_place *p = &b->places[b->place_count++];

    *p = (struct brute_place){.reg = reg, .field = field};
    p->changes = ARENA_ARRAY(b->a, struct brute_change, ROOM);
    need(p->changes != NULL);
    if (field < 0)
        records(b, p, months_most);
    else
        values(b, p);
}

void brute_make(struct brute *b, struct arena *a, const struct population *p, uint32_t person,
                int32_t day, uint32_t months_most)
{
    *b = (struct brute){.a = a, .r = p->rules, .day = day};
    need(resident_of(a, p, person, &b->me) == ERR_OK);
    b->places = ARENA_ARRAY(a, struct brute_place, 64);
    for (uint32_t i = 0; i < b->r->reg_count; i++) {
        const struct rule_register *g = &b->r->regs[i];
        bool any = false;
        for (uint32_t f = 0; f < g->field_count; f++) {
            if (!g->fields[f].changeable) continue;
            if (g->one_per_person) place(b, (int32_t)i, (int32_t)f, months_most);
            any = true;
        }
        if (any && !g->one_per_person) place(b, (int32_t)i, -1, months_most);
    }
}
