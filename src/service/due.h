/* What the calendar brings about: overdue permits, claims and loads, reminders.
 *
 *   due_begin(day) ─► due_portion ─► due_portion ─► … ─► is_done
 *
 * The work of a day is done in portions, so that whoever runs it may stop after any of them. Each
 * step is a command of the system under a key made of what it is about: a day that was broken off,
 * or is done twice, ends the same. */
#ifndef JIFEN_SERVICE_DUE_H
#define JIFEN_SERVICE_DUE_H

#include "lang/rules.h"
#include "service/access.h"
#include "store/store.h"

struct due_call { /* what a step works with; `a` lives as long as the portion */
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c; /* the system; c->today is the day */
};

struct due {        /* how far a day's work has come */
    uint32_t work;  /* row of the table of works */
    int64_t after;  /* the object handled last; 0 = none yet */
    uint64_t steps; /* taken; reminders are not counted */
    bool is_done;
};

/* Handle at most `most` objects (1..1000). On failure *d stands behind what was handled, and the
 * call may be repeated. ERR_DENIED: the caller is not the system. */
NODISCARD enum err due_portion(struct due *d, struct store *s, const struct rules *r,
                               const struct caller *c, uint32_t most);

#endif
