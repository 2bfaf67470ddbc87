/* The register of permits as intervals, and how a step changes them: what was recorded is
 * retracted and recorded anew, so that every earlier state of knowledge stays. */
#include <stdlib.h>

#include "base/date.h"
#include "base/division.h"
#include "service/permit_internal.h"

#define CELLS_MAX 16

static const struct rule_register *register_of(const struct rules *r)
{
    return &r->regs[r->force.reg];
}

static int span_order(const void *a, const void *b)
{
    const struct permit_span *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

enum err permit_spans_read(struct store *s, struct arena *a, const struct rules *r, int64_t person,
                           struct permit_spans *ret)
{
    const struct rule_register *reg = register_of(r);
    struct store_facts *all = ARENA_ARRAY(a, struct store_facts, r->reg_count);
    enum err e = all ? store_facts_of(s, a, person, STORE_KNOWN_NOW, all) : ERR_NOMEM;

    if (e != ERR_OK) return e;
    const struct store_facts *f = &all[r->force.reg];
    ret->count = 0;
    ret->all = all;
    for (uint32_t i = 0; i < f->count; i++) {
        const struct store_cell *c = f->items[i].cells;
        if (ret->count == PERMIT_SPANS_MAX) return ERR_RANGE;
        if (!c[r->force.status_field].known || !c[r->force.division_field].known) continue;
        ret->items[ret->count++] =
            (struct permit_span){.fact = f->items[i].fact,
                                 .division = (int32_t)c[r->force.division_field].i,
                                 .from = (int32_t)c[reg->start].i,
                                 .to = (int32_t)c[reg->end].i,
                                 .status = c[r->force.status_field].t};
    }
    if (ret->count > 1) qsort(ret->items, ret->count, sizeof *ret->items, span_order);
    return ERR_OK;
}

const struct permit_span *permit_span_on(const struct permit_spans *x, int32_t day)
{
    for (uint32_t i = 0; i < x->count; i++)
        if (x->items[i].from <= day && day < x->items[i].to) return &x->items[i];
    return NULL;
}

static enum err add_span(struct store *s, const struct rules *r, int64_t person, int32_t from,
                         int32_t to, struct str status, int32_t division)
{
    const struct rule_register *reg = register_of(r);
    struct store_cell cells[CELLS_MAX] = {{.known = false}};
    int64_t fact;

    if (reg->field_count > CELLS_MAX) return ERR_RANGE;
    cells[r->force.status_field] = (struct store_cell){.known = true, .t = status};
    cells[r->force.division_field] = (struct store_cell){.known = true, .i = division};
    cells[reg->start] = (struct store_cell){.known = true, .i = from};
    cells[reg->end] = (struct store_cell){.known = true, .i = to};
    return store_fact_add(s, (uint32_t)r->force.reg, person, cells, &fact);
}

static enum err drop_span(struct store *s, const struct rules *r, int64_t person,
                          const struct permit_span *x)
{
    return store_fact_retract(s, (uint32_t)r->force.reg, person, x->fact);
}

enum err permit_set(struct store *s, const struct rules *r, int64_t person,
                    const struct permit_spans *x, int32_t day, const char *status, int32_t division)
{
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < x->count && e == ERR_OK; i++) {
        const struct permit_span *at = &x->items[i];
        if (at->from > day) return ERR_CONFLICT;
        if (at->to <= day) continue;
        e = drop_span(s, r, person, at);
        if (e == ERR_OK && at->from < day)
            e = add_span(s, r, person, at->from, day, at->status, at->division);
    }
    if (e == ERR_OK) e = add_span(s, r, person, day, DATE_OPEN_END, str_from_c(status), division);
    return e;
}

static bool is_valid(const struct permit_span *x)
{
    return str_eq(x->status, STR("valid"));
}

enum err permit_make_whole(struct store *s, const struct rules *r, int64_t person,
                           const struct permit_spans *x)
{
    uint32_t first = x->count;
    enum err e = ERR_OK;

    while (first > 0 && !is_valid(&x->items[first - 1]))
        first--;
    if (first == x->count) return ERR_CONFLICT;
    const bool goes_on = first > 0 && x->items[first - 1].to == x->items[first].from;
    const uint32_t from = goes_on ? first - 1 : first;
    for (uint32_t i = from; i < x->count && e == ERR_OK; i++)
        e = drop_span(s, r, person, &x->items[i]);
    if (e != ERR_OK) return e;
    return add_span(s, r, person, x->items[from].from, DATE_OPEN_END, STR("valid"),
                    x->items[x->count - 1].division);
}

/* --- the conditions --- */

static enum division_fit where_is(const struct rule_register *reg, int32_t place,
                                  const struct store_cell *c, int32_t division, int32_t day)
{
    if (!c[place].known) return DIVISION_NO;
    if (!c[reg->start].known || c[reg->start].i > day) return DIVISION_NO;
    if (c[reg->end].known && day >= c[reg->end].i) return DIVISION_NO;
    return division_fits((int32_t)c[place].i, (int32_t)c[reg->start].i, division, day);
}

/* CLAUSE: 国令663 第十条  no endorsement where the conditions
 * have lapsed. What registers can say is whether residence is registered there that day. */
enum permit_condition permit_condition_on(const struct rules *r, const struct permit_spans *x,
                                          int32_t division, int32_t day)
{
    static const enum permit_condition of_fit[] = {[DIVISION_NO] = CONDITION_FAILS,
                                                   [DIVISION_MAYBE] = CONDITION_UNKNOWN,
                                                   [DIVISION_YES] = CONDITION_HOLDS};

    for (uint32_t i = 0; i < r->reg_count; i++) {
        const struct rule_register *reg = &r->regs[i];
        if (!str_eq(reg->name.ascii, STR("residence"))) continue;
        const int32_t place = rules_field(reg, STR("division"));
        if (place < 0 || reg->start < 0 || reg->end < 0 || !x->all[i].answered)
            return CONDITION_UNKNOWN;
        enum division_fit best = DIVISION_NO;
        for (uint32_t k = 0; k < x->all[i].count && best < DIVISION_YES; k++) {
            const enum division_fit fit =
                where_is(reg, place, x->all[i].items[k].cells, division, day);
            if (fit > best) best = fit;
        }
        return of_fit[best];
    }
    return CONDITION_UNKNOWN;
}
