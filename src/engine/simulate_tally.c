/* Tallies of a simulation: made, added up, put in order. */
#include <stdlib.h>
#include <string.h>

#include "engine/rules_match.h"
#include "engine/simulate_internal.h"

/* --- making --- */

static enum err side_new(struct arena *a, const struct rules *r, struct simulate_side *s)
{
    const uint32_t marks = score_mark_count(r);

    s->rules = r;
    s->bins = ARENA_ARRAY(a, uint64_t, SIMULATE_BINS + 2);
    s->sure = ARENA_ARRAY(a, uint64_t, marks);
    s->may = ARENA_ARRAY(a, uint64_t, marks);
    s->gaps = ARENA_ARRAY(a, struct simulate_gap, SIMULATE_GAPS);
    return s->bins && s->sure && s->may && s->gaps ? ERR_OK : ERR_NOMEM;
}

static enum err indicators_new(struct arena *a, struct simulation *t)
{
    const struct rules *before = t->side[0].rules, *after = t->side[1].rules;

    t->indicators =
        ARENA_ARRAY(a, struct simulate_indicator, before->indicator_count + after->indicator_count);
    if (t->indicators == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < after->indicator_count; i++)
        t->indicators[t->indicator_count++] = (struct simulate_indicator){
            .before = rules_indicator_of(before, after, (int32_t)i), .after = (int32_t)i};
    for (uint32_t i = 0; i < before->indicator_count; i++)
        if (rules_indicator_of(after, before, (int32_t)i) < 0)
            t->indicators[t->indicator_count++] =
                (struct simulate_indicator){.before = (int32_t)i, .after = -1};
    return ERR_OK;
}

static enum err trait_new(struct arena *a, struct simulation *t, int32_t reg, int32_t field)
{
    const struct rules *r = t->side[SIMULATE_BEFORE].rules;
    const struct type type = r->regs[reg].fields[field].type;
    struct simulate_trait *k = &t->traits[t->trait_count];

    if (type.vt != VT_CATEGORY && type.vt != VT_LEVEL) return ERR_OK;
    if (t->trait_count == SIMULATE_TRAITS) return ERR_OK;
    *k = (struct simulate_trait){
        .reg = reg, .field = field, .members = r->enums[type.ref].member_count};
    k->cells = ARENA_ARRAY(a, struct simulate_cell, k->members + (size_t)1);
    t->trait_count++;
    return k->cells ? ERR_OK : ERR_NOMEM;
}

static enum err traits_new(struct arena *a, struct simulation *t)
{
    const struct rules *r = t->side[SIMULATE_BEFORE].rules;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < r->reg_count; i++) {
        if (!r->regs[i].one_per_person) continue;
        for (uint32_t f = 0; f < r->regs[i].field_count && e == ERR_OK; f++)
            e = trait_new(a, t, (int32_t)i, (int32_t)f);
    }
    return e;
}

enum err sim_tally_new(struct arena *a, const struct rules *before, const struct rules *after,
                       const struct simulate_options *o, struct simulation *ret)
{
    struct simulation t = {.day = o->day,
                           .rule_day = o->rule_day,
                           .scale = before->scale > after->scale ? before->scale : after->scale,
                           .has_line = o->has_line,
                           .line = o->line};
    enum err e = side_new(a, before, &t.side[SIMULATE_BEFORE]);

    if (e == ERR_OK) e = side_new(a, after, &t.side[SIMULATE_AFTER]);
    if (e == ERR_OK) e = indicators_new(a, &t);
    if (e == ERR_OK) e = traits_new(a, &t);
    t.divisions = ARENA_ARRAY(a, struct simulate_division, SIM_DIVISIONS);
    if (t.divisions == NULL) return ERR_NOMEM;
    if (e == ERR_OK) *ret = t;
    return e;
}

/* --- single entries --- */

struct simulate_cell *sim_division(struct simulation *t, int32_t code)
{
    uint32_t at = (uint32_t)code * 2654435761u % SIM_DIVISIONS;

    while (t->divisions[at].code != code) { /* slot 0 holds "none" only; see below */
        if (t->divisions[at].code == 0 && at != 0) {
            if (t->division_count + 2 >= SIM_DIVISIONS) return &t->divisions[0].cell;
            t->divisions[at].code = code;
            t->division_count++;
            break;
        }
        at = (at + 1) % SIM_DIVISIONS;
    }
    return &t->divisions[at].cell;
}

static uint64_t size_of(const struct simulate_change *c)
{
    const int128 d = (int128)c->after - c->before;
    return (uint64_t)(d < 0 ? -d : d);
}

static bool goes_before(const struct simulate_change *x, const struct simulate_change *y)
{
    const uint64_t a = size_of(x), b = size_of(y);
    return a != b ? a > b : x->at < y->at;
}

static void insert_largest(struct simulation *t, const struct simulate_change *c)
{
    uint32_t at = t->largest_count;

    if (at == SIMULATE_LARGEST) {
        if (!goes_before(c, &t->largest[at - 1])) return;
        at--;
    } else {
        t->largest_count++;
    }
    for (; at > 0 && goes_before(c, &t->largest[at - 1]); at--)
        t->largest[at] = t->largest[at - 1];
    t->largest[at] = *c;
}

void sim_largest(struct simulation *t, int64_t before, int64_t after, uint64_t at)
{
    const struct simulate_change c = {.before = before, .after = after, .at = at};
    insert_largest(t, &c);
}

void sim_gap(struct simulate_side *s, uint64_t registers, uint64_t persons)
{
    uint32_t at = (uint32_t)(registers * UINT64_C(0x9E3779B97F4A7C15) >> 40) % SIMULATE_GAPS;

    for (uint32_t tries = 0; tries < SIMULATE_GAPS; tries++, at = (at + 1) % SIMULATE_GAPS) {
        struct simulate_gap *g = &s->gaps[at];
        if (g->persons > 0 && g->registers != registers) continue;
        g->registers = registers;
        g->persons += persons;
        return;
    }
    s->gaps_lost += persons;
}

/* --- adding up --- */

static void cell_add(struct simulate_cell *to, const struct simulate_cell *from)
{
    to->persons += from->persons;
    to->gain += from->gain;
    to->lose += from->lose;
    to->before += from->before;
    to->after += from->after;
}

static void side_add(struct simulate_side *to, const struct simulate_side *from)
{
    to->uncertain += from->uncertain;
    to->gaps_lost += from->gaps_lost;
    for (size_t i = 0; i < SIMULATE_BINS + 2; i++)
        to->bins[i] += from->bins[i];
    for (uint32_t i = 0; i < score_mark_count(to->rules); i++) {
        to->sure[i] += from->sure[i];
        to->may[i] += from->may[i];
    }
    for (uint32_t i = 0; i < SIMULATE_GAPS; i++)
        if (from->gaps[i].persons > 0) sim_gap(to, from->gaps[i].registers, from->gaps[i].persons);
}

void sim_tally_add(struct simulation *to, const struct simulation *from)
{
    for (int i = 0; i < SIMULATE_SIDES; i++)
        side_add(&to->side[i], &from->side[i]);
    to->persons += from->persons;
    to->errors += from->errors;
    to->idle += from->idle;
    to->up += from->up;
    to->down += from->down;
    to->above += from->above;
    cell_add(&to->all, &from->all);
    for (uint32_t i = 0; i < SIM_DIVISIONS; i++)
        if (from->divisions[i].cell.persons > 0)
            cell_add(sim_division(to, from->divisions[i].code), &from->divisions[i].cell);
    for (uint32_t i = 0; i < SIMULATE_AGE_BANDS; i++)
        cell_add(&to->ages[i], &from->ages[i]);
    for (uint32_t i = 0; i < to->trait_count; i++)
        for (uint32_t k = 0; k <= to->traits[i].members; k++)
            cell_add(&to->traits[i].cells[k], &from->traits[i].cells[k]);
    for (uint32_t i = 0; i < to->indicator_count; i++) {
        to->indicators[i].gain += from->indicators[i].gain;
        to->indicators[i].lose += from->indicators[i].lose;
        to->indicators[i].delta += from->indicators[i].delta;
    }
    for (uint32_t i = 0; i < from->largest_count; i++)
        insert_largest(to, &from->largest[i]);
}

static int by_code(const void *x, const void *y)
{
    const struct simulate_division *a = x, *b = y;
    return a->code < b->code ? -1 : a->code > b->code;
}

enum err sim_tally_finish(struct arena *a, struct simulation *t)
{
    struct simulate_division *list =
        ARENA_ARRAY(a, struct simulate_division, t->division_count + (size_t)1);
    uint32_t n = 0;

    if (list == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < SIM_DIVISIONS; i++)
        if (t->divisions[i].cell.persons > 0) list[n++] = t->divisions[i];
    qsort(list, n, sizeof *list, by_code);
    t->divisions = list;
    t->division_count = n;
    return ERR_OK;
}

void simulate_gaps_by_register(const struct simulate_side *s, uint64_t *alone, uint64_t *involved)
{
    memset(alone, 0, s->rules->reg_count * sizeof *alone);
    memset(involved, 0, s->rules->reg_count * sizeof *involved);
    for (uint32_t i = 0; i < SIMULATE_GAPS; i++) {
        const struct simulate_gap *g = &s->gaps[i];
        for (uint32_t k = 0; g->persons > 0 && k < s->rules->reg_count; k++) {
            const uint64_t bit = UINT64_C(1) << (k < SIMULATE_REGISTERS ? k : SIMULATE_REGISTERS);
            if (!(g->registers & bit)) continue;
            involved[k] += g->persons;
            if (g->registers == bit && k < SIMULATE_REGISTERS) alone[k] += g->persons;
        }
    }
}
