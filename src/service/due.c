/* What the calendar brings about. See due.h; each kind of object knows its own steps. */
#include "service/due.h"

#include "service/claims.h"
#include "service/loads.h"
#include "service/permit.h"

static const struct {
    const char *kind;
    int32_t ahead; /* objects whose deadline is at most so many days after today */
    enum err (*each)(const struct due_call *d, const struct store_object *o, uint32_t *steps);
} works[] = {
    {"permit", -1, permit_due},
    {"permit", PERMIT_REMIND_FIRST, permit_remind},
    {"claim", -1, claim_due},
    {"load", -1, load_due},
};
#define WORKS (sizeof works / sizeof *works)

static enum err each_found(struct due *d, const struct due_call *x,
                           const struct store_object *found, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t steps = 0;
        const enum err e = works[d->work].each(x, &found[i], &steps);
        if (e != ERR_OK) return e;
        d->steps += steps;
        d->after = found[i].id;
    }
    return ERR_OK;
}

enum err due_portion(struct due *d, struct store *s, const struct rules *r, const struct caller *c,
                     uint32_t most)
{
    const struct store_object_query q = {.kind = str_from_c(works[d->work % WORKS].kind),
                                         .division_last = INT32_MAX,
                                         .due_by = c->today + works[d->work % WORKS].ahead,
                                         .after = d->after,
                                         .limit = most};
    struct store_object *found;
    struct arena a;
    uint32_t count = 0;
    enum err e = access_check(c, ACTION_PERMIT_CLOCK, 0, 0);

    if (e != ERR_OK || d->is_done) return e;
    arena_init(&a, 0);
    const struct due_call x = {s, &a, r, c};
    e = store_objects_find(s, &a, &q, &found, &count);
    if (e == ERR_OK) e = each_found(d, &x, found, count);
    arena_done(&a);
    if (e != ERR_OK || count == most) return e;
    d->after = 0; /* the next work */
    d->is_done = ++d->work == WORKS;
    return ERR_OK;
}
