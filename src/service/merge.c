/* Persons merged and separated. See merge.h.
 *
 * Structure: what is carried -> may they be one -> merging -> separating. */
#include "service/merge.h"

#include <stdlib.h>

#include "base/date.h"
#include "service/claims_internal.h"
#include "service/permit_internal.h"

/* --- what is carried --- */

static bool same_cell(enum store_type type, const struct store_cell *x, const struct store_cell *y)
{
    if (!x->known || !y->known) return x->known == y->known;
    return type == STORE_INT ? x->i == y->i : str_eq(x->t, y->t);
}

static bool same_fact(const struct store_register *r, const struct store_cell *x,
                      const struct store_cell *y)
{
    for (uint32_t i = 0; i < r->column_count; i++)
        if (!same_cell(r->columns[i].type, &x[i], &y[i])) return false;
    return true;
}

static const struct store_fact *find_same(const struct store_register *r,
                                          const struct store_facts *in, const struct store_cell *x)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (same_fact(r, in->items[i].cells, x)) return &in->items[i];
    return NULL;
}

/* Is a fact of the duplicate recorded under the survivor, who has `own`? What he has already is
 * not, nor what he has one of. */
static bool is_carried(const struct rules *r, uint32_t reg, const struct store_register *columns,
                       const struct store_facts *own, const struct store_cell *x)
{
    if (r->regs[reg].one_per_person && own->count > 0) return false;
    return find_same(columns, own, x) == NULL;
}

static bool is_permits(const struct rules *r, uint32_t reg)
{
    return r->has_force && reg == (uint32_t)r->force.reg;
}

struct gathered {
    const struct store_register *columns; /* by register of the image */
    struct store_facts *own, *other;
};

static enum err gathered_new(const struct merging *m, struct gathered *ret)
{
    uint32_t count;
    enum err e = facts_registers(m->a, m->r, &ret->columns, &count);

    ret->own = ARENA_ARRAY(m->a, struct store_facts, m->r->reg_count);
    ret->other = ARENA_ARRAY(m->a, struct store_facts, m->r->reg_count);
    if (e == ERR_OK && (!ret->own || !ret->other)) e = ERR_NOMEM;
    return e;
}

/* --- may they be one --- */

static enum err has_open(const struct merging *m, int64_t person, struct str kind,
                         bool (*is_open)(struct str state), bool *ret)
{
    struct store_object *all;
    uint32_t count;
    const enum err e = store_objects_of(m->s, m->a, person, kind, &all, &count);

    *ret = false;
    for (uint32_t i = 0; e == ERR_OK && i < count; i++)
        *ret |= is_open(all[i].state);
    return e;
}

static bool is_permit_open(struct str state)
{
    return !permit_is_end(state);
}

static enum err has_permit(const struct merging *m, int64_t person, bool *ret)
{
    struct permit_spans *x = ARENA_NEW(m->a, struct permit_spans);
    enum err e = has_open(m, person, STR("permit"), is_permit_open, ret);

    if (e != ERR_OK || *ret || !m->r->has_force) return e;
    e = x ? permit_spans_read(m->s, m->a, m->r, person, x) : ERR_NOMEM;
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < x->count; i++)
        *ret |= x->items[i].to > m->today && !str_eq(x->items[i].status, STR("cancelled"));
    return ERR_OK;
}

static enum err choose(const struct merging *m, int64_t *ret, enum merge_hindrance *hindrance)
{
    uint32_t with_permit = 0;
    int64_t survivor = m->persons[0];

    for (uint32_t i = 0; i < m->count; i++) {
        bool has;
        const enum err e = has_permit(m, m->persons[i], &has);
        if (e != ERR_OK) return e;
        if (with_permit == 0 && (has || m->persons[i] < survivor)) survivor = m->persons[i];
        with_permit += has;
    }
    if (with_permit > 1) *hindrance = MERGE_TWO_PERMITS;
    *ret = survivor;
    return ERR_OK;
}

/* Others may have been merged into the survivor before; nobody else may be linked. */
static enum err is_linked(const struct merging *m, int64_t person, bool is_survivor, bool *ret)
{
    int64_t *merged, to;
    uint32_t count;
    enum err e = store_person_survivor(m->s, person, STORE_KNOWN_NOW, &to);

    if (e == ERR_OK) e = store_person_merged(m->s, m->a, person, &merged, &count);
    if (e == ERR_OK) *ret = to != person || (count > 1 && !is_survivor);
    return e;
}

static enum err check_others(const struct merging *m, int64_t survivor,
                             enum merge_hindrance *hindrance)
{
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < m->count && e == ERR_OK && *hindrance == MERGE_FREE; i++) {
        const int64_t p = m->persons[i];
        bool linked = false, open = false;
        e = is_linked(m, p, p == survivor, &linked);
        if (e == ERR_OK && p != survivor) e = has_open(m, p, STR("claim"), claim_is_open, &open);
        if (open) *hindrance = MERGE_OPEN_CLAIM;
        if (linked) *hindrance = MERGE_LINKED;
    }
    return e;
}

/* Half-open, also of months. */
static bool overlap(const struct rule_register *r, const struct store_cell *x,
                    const struct store_cell *y)
{
    const int64_t past = r->fields[r->end].type.vt == VT_MONTH ? 1 : 0;

    return x[r->start].i < y[r->end].i + past && y[r->start].i < x[r->end].i + past;
}

/* Would all of them under one person be what a register takes? */
static bool fits(const struct rule_register *r, const struct store_cell *const *all, uint32_t count)
{
    if (count > r->max_records) return false;
    if (!r->no_overlap || r->start < 0 || r->end < 0) return true;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (overlap(r, all[i], all[k])) return false;
    return true;
}

/* What the survivor would have in one register. */
struct together {
    const struct store_cell **cells;
    uint32_t count, cap;
};

static enum err together_add(const struct merging *m, struct together *t,
                             const struct store_cell *cells)
{
    if (t->count == t->cap) {
        const uint32_t cap = t->cap ? 2 * t->cap : 16;
        t->cells = arena_grow(m->a, t->cells, t->count, cap, sizeof *t->cells);
        if (!t->cells) return ERR_NOMEM;
        t->cap = cap;
    }
    t->cells[t->count++] = cells;
    return ERR_OK;
}

static enum err add_person(const struct merging *m, const struct gathered *g, struct together *all,
                           bool is_survivor)
{
    enum err e = ERR_OK;

    for (uint32_t reg = 0; reg < m->r->reg_count && e == ERR_OK; reg++) {
        if (is_permits(m->r, reg)) continue;
        for (uint32_t i = 0; i < g->other[reg].count && e == ERR_OK; i++) {
            const struct store_cell *x = g->other[reg].items[i].cells;
            bool carried = is_survivor || is_carried(m->r, reg, &g->columns[reg], &g->own[reg], x);
            for (uint32_t k = 0; k < all[reg].count && carried && !is_survivor; k++)
                carried = !same_fact(&g->columns[reg], all[reg].cells[k], x);
            if (carried) e = together_add(m, &all[reg], x);
        }
    }
    return e;
}

static enum err check_facts(const struct merging *m, int64_t survivor,
                            enum merge_hindrance *hindrance)
{
    struct together *all = ARENA_ARRAY(m->a, struct together, m->r->reg_count);
    struct gathered g;
    enum err e = all ? gathered_new(m, &g) : ERR_NOMEM;

    if (e == ERR_OK) e = store_facts_of(m->s, m->a, survivor, STORE_KNOWN_NOW, g.own);
    if (e != ERR_OK) return e;
    const struct gathered first = {g.columns, g.own, g.own};
    e = add_person(m, &first, all, true);
    for (uint32_t i = 0; i < m->count && e == ERR_OK; i++) {
        if (m->persons[i] == survivor) continue;
        e = store_facts_of(m->s, m->a, m->persons[i], STORE_KNOWN_NOW, g.other);
        if (e == ERR_OK) e = add_person(m, &g, all, false);
    }
    for (uint32_t reg = 0; reg < m->r->reg_count && e == ERR_OK; reg++)
        if (!fits(&m->r->regs[reg], all[reg].cells, all[reg].count)) *hindrance = MERGE_CONTRADICTS;
    return e;
}

enum err merge_check(const struct merging *m, int64_t *ret_survivor, enum merge_hindrance *ret)
{
    enum merge_hindrance hindrance = MERGE_FREE;
    int64_t survivor = 0;
    enum err e = choose(m, &survivor, &hindrance);

    if (e == ERR_OK && hindrance == MERGE_FREE) e = check_others(m, survivor, &hindrance);
    if (e == ERR_OK && hindrance == MERGE_FREE) e = check_facts(m, survivor, &hindrance);
    if (e != ERR_OK) return e;
    *ret_survivor = survivor;
    *ret = hindrance;
    return ERR_OK;
}

/* --- merging --- */

/* Who is signed in as that person signs in again, as whom he is from now on. */
static enum err link_person(const struct merging *m, int64_t person, int64_t to)
{
    const enum err e = store_person_link(m->s, person, to);

    return e == ERR_OK ? store_sessions_end_person(m->s, person) : e;
}

static enum err carry(const struct merging *m, const struct gathered *g, int64_t from, int64_t to)
{
    enum err e = ERR_OK;
    int64_t fact;

    for (uint32_t reg = 0; reg < m->r->reg_count; reg++) {
        if (is_permits(m->r, reg)) continue;
        for (uint32_t i = 0; i < g->other[reg].count && e == ERR_OK; i++) {
            const struct store_fact *x = &g->other[reg].items[i];
            const bool goes = is_carried(m->r, reg, &g->columns[reg], &g->own[reg], x->cells);
            if (goes) e = store_fact_add(m->s, reg, to, x->cells, &fact);
            if (e == ERR_OK) e = store_fact_retract(m->s, reg, from, x->fact);
        }
    }
    return e;
}

enum err merge_do(const struct merging *m, int64_t survivor)
{
    struct gathered g;
    enum err e = gathered_new(m, &g);

    for (uint32_t i = 0; i < m->count && e == ERR_OK; i++) {
        const int64_t p = m->persons[i];
        if (p == survivor) continue;
        e = store_facts_of(m->s, m->a, survivor, STORE_KNOWN_NOW, g.own);
        if (e == ERR_OK) e = store_facts_of(m->s, m->a, p, STORE_KNOWN_NOW, g.other);
        if (e == ERR_OK) e = carry(m, &g, p, survivor);
        if (e == ERR_OK) e = link_person(m, p, survivor);
    }
    return e;
}

/* --- separating --- */

/* The fact that the merging recorded under the survivor, if it still stands. */
static const struct store_fact *find_carried(const struct store_register *r,
                                             const struct store_facts *in, int64_t command,
                                             const struct store_cell *x)
{
    for (uint32_t i = 0; i < in->count; i++)
        if (in->items[i].command == command && same_fact(r, in->items[i].cells, x))
            return &in->items[i];
    return NULL;
}

struct separating {
    const struct merging *m;
    int64_t survivor, command, before;
    struct gathered g;             /* own: the survivor's before the merging */
    const struct store_facts *now; /* the survivor's as they are */
    struct store_facts **earlier;  /* the duplicates' that were carried before this one's */
    uint32_t earlier_count;
};

/* Was it recorded under the survivor for this duplicate, and not already there? */
static bool was_carried(const struct separating *x, uint32_t reg, const struct store_cell *cells)
{
    const struct store_register *columns = &x->g.columns[reg];

    if (!is_carried(x->m->r, reg, columns, &x->g.own[reg], cells)) return false;
    for (uint32_t i = 0; i < x->earlier_count; i++)
        if (!is_carried(x->m->r, reg, columns, &x->earlier[i][reg], cells)) return false;
    return true;
}

static enum err give_back(const struct separating *x, int64_t to)
{
    const struct merging *m = x->m;
    enum err e = ERR_OK;
    int64_t fact;

    for (uint32_t reg = 0; reg < m->r->reg_count; reg++) {
        if (is_permits(m->r, reg)) continue;
        for (uint32_t i = 0; i < x->g.other[reg].count && e == ERR_OK; i++) {
            const struct store_cell *cells = x->g.other[reg].items[i].cells;
            const bool went = was_carried(x, reg, cells);
            const struct store_fact *there =
                went ? find_carried(&x->g.columns[reg], &x->now[reg], x->command, cells) : NULL;
            if (went && !there) continue; /* a later load put something else in its place */
            if (there) e = store_fact_retract(m->s, reg, x->survivor, there->fact);
            if (e == ERR_OK) e = store_fact_add(m->s, reg, to, cells, &fact);
        }
    }
    return e;
}

static enum err separate(struct separating *x, struct store_facts *now, int64_t person)
{
    const struct merging *m = x->m;
    struct store_facts *other = ARENA_ARRAY(m->a, struct store_facts, m->r->reg_count);
    enum err e = other ? store_facts_of(m->s, m->a, x->survivor, STORE_KNOWN_NOW, now) : ERR_NOMEM;

    x->now = now;
    x->g.other = other;
    if (e == ERR_OK) e = store_facts_of(m->s, m->a, person, x->before, other);
    if (e == ERR_OK) e = give_back(x, person);
    if (e == ERR_OK) e = link_person(m, person, 0);
    x->earlier[x->earlier_count++] = other;
    return e;
}

enum err merge_undo(const struct merging *m, int64_t survivor, int64_t command, int64_t known_at)
{
    struct separating x = {.m = m, .survivor = survivor, .command = command};
    struct store_facts *now = ARENA_ARRAY(m->a, struct store_facts, m->r->reg_count);
    enum err e = gathered_new(m, &x.g);

    x.before = known_at - 1;
    x.earlier = ARENA_ARRAY(m->a, struct store_facts *, m->count);
    if (e == ERR_OK && (!now || !x.earlier)) e = ERR_NOMEM;
    if (e == ERR_OK) e = store_facts_of(m->s, m->a, survivor, x.before, x.g.own);
    for (uint32_t i = 0; i < m->count && e == ERR_OK; i++)
        if (m->persons[i] != survivor) e = separate(&x, now, m->persons[i]);
    return e;
}
