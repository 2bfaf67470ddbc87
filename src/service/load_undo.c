/* Taking a load back: what it added goes, what it took back is there again, exactly. Where later
 * commands touched what it brought, nothing is done and x->why says so.
 *
 * Facts of a register are retracted and added again, so that every earlier state of knowledge
 * stays. Identities are retracted; persons whom it brought and nobody has touched are removed. */
#include <stdlib.h>

#include "service/identity.h"
#include "service/load_internal.h"

#define NONE UINT32_MAX

/* --- facts --- */

struct undo {
    struct loads *x;
    const struct load *l;
    uint32_t reg;
    int64_t *persons; /* touched by the load, in order */
    uint32_t count, cap;
    uint64_t found;
    bool is_touched_later;
};

static enum err note_person(struct undo *u, int64_t person)
{
    if (u->count > 0 && u->persons[u->count - 1] == person) return ERR_OK;
    if (u->count == u->cap) {
        const uint32_t cap = u->cap ? 2 * u->cap : 64;
        u->persons = arena_grow(u->x->a, u->persons, u->count, cap, sizeof *u->persons);
        if (!u->persons) return ERR_NOMEM;
        u->cap = cap;
    }
    u->persons[u->count++] = person;
    return ERR_OK;
}

static enum err note_added(void *ctx, const struct store_fact *f)
{
    struct undo *u = ctx;

    if (f->command != u->l->command) return ERR_OK;
    u->found++;
    return note_person(u, f->person);
}

static enum err note_retracted(void *ctx, const struct store_fact *f)
{
    return note_person(ctx, f->person);
}

static int person_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static enum err is_touched(void *ctx, const struct store_fact *f)
{
    struct undo *u = ctx;

    if (f->command > u->l->command && u->count > 0 &&
        bsearch(&f->person, u->persons, u->count, sizeof *u->persons, person_order))
        u->is_touched_later = true;
    return ERR_OK;
}

static enum err retract_added(void *ctx, const struct store_fact *f)
{
    struct undo *u = ctx;

    if (f->command != u->l->command) return ERR_OK;
    return store_fact_retract(u->x->s, u->reg, f->person, f->fact);
}

static enum err add_again(void *ctx, const struct store_fact *f)
{
    struct undo *u = ctx;
    int64_t fact;

    return store_fact_add(u->x->s, u->reg, f->person, f->cells, &fact);
}

static enum err undo_facts(struct loads *x, const struct load *l, uint32_t reg)
{
    struct undo u = {.x = x, .l = l, .reg = reg};
    enum err e = store_facts_scan(x->s, u.reg, STORE_KNOWN_NOW, note_added, &u);

    x->why = LOAD_WHY_FACTS;
    if (e == ERR_OK && u.found != l->counts.added) e = ERR_CONFLICT;
    if (e == ERR_OK) e = store_facts_retracted(x->s, u.reg, l->command, note_retracted, &u);
    if (e != ERR_OK) return e;
    if (u.count > 1) qsort(u.persons, u.count, sizeof *u.persons, person_order);
    e = store_facts_scan(x->s, u.reg, STORE_KNOWN_NOW, is_touched, &u);
    if (e == ERR_OK && u.is_touched_later) e = ERR_CONFLICT;
    if (e == ERR_OK) e = store_facts_scan(x->s, u.reg, STORE_KNOWN_NOW, retract_added, &u);
    if (e == ERR_OK) e = store_facts_retracted(x->s, u.reg, l->command, add_again, &u);
    return e;
}

/* --- identities --- */

/* The persons that go, in order; ERR_CONFLICT where an identity was recorded since. */
static enum err persons_that_go(struct loads *x, const struct store_written *all, uint32_t count,
                                int64_t **ret, uint32_t *ret_count)
{
    int64_t *gone = ARENA_ARRAY(x->a, int64_t, count);
    uint32_t n = 0;

    if (!gone) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        if (!all[i].is_last) return ERR_CONFLICT;
        if (all[i].is_new) gone[n++] = all[i].person;
    }
    *ret = gone;
    *ret_count = n;
    return ERR_OK;
}

/* Is anything but the load itself about the persons that go? Cases that it showed are closed. */
static enum err check_untouched(struct loads *x, const struct load *l, const int64_t *gone,
                                uint32_t count)
{
    const struct identities people = {x->s, x->a, x->r, x->c, NULL};
    bool used = false, touched = false;
    enum err e = store_persons_are_used(x->s, l->command, &used);

    if (e == ERR_OK) e = identity_load_reversed(&people, l->object.number, gone, count, &touched);
    return e == ERR_OK && (used || touched) ? ERR_CONFLICT : e;
}

static enum err undo_identities(struct loads *x, const struct load *l)
{
    struct store_written *all;
    int64_t *gone;
    uint32_t count, gone_count;
    enum err e = store_written_by(x->s, x->a, l->command, &all, &count);

    x->why = LOAD_WHY_IDENTITIES;
    if (e == ERR_OK && count != l->counts.added) e = ERR_CONFLICT;
    if (e == ERR_OK) e = persons_that_go(x, all, count, &gone, &gone_count);
    if (e != ERR_OK) return e;
    x->why = LOAD_WHY_PERSONS;
    e = check_untouched(x, l, gone, gone_count);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        if (!all[i].is_new) e = store_identity_retract(x->s, all[i].person, all[i].seq);
    return e == ERR_OK ? store_persons_remove(x->s, l->command) : e;
}

enum err load_compensate(struct loads *x, const struct load *l)
{
    if (str_eq(l->reg, STR(LOAD_IDENTITY))) return undo_identities(x, l);
    const int32_t reg = rules_register(x->r, l->reg);
    if (reg >= 0) return undo_facts(x, l, (uint32_t)reg);
    x->why = LOAD_WHY_REGISTER;
    return ERR_CONFLICT;
}
