/* Between permit.c (steps, views, what falls due) and permit_facts.c (the register). */
#ifndef JIFEN_SERVICE_PERMIT_INTERNAL_H
#define JIFEN_SERVICE_PERMIT_INTERNAL_H

#include "service/permit.h"

struct permit_span { /* one interval of the register */
    int64_t fact;
    int32_t division, from, to; /* [from, to) */
    struct str status;          /* member of the rule file's category */
};

#define PERMIT_SPANS_MAX 200

struct permit_spans {
    struct permit_span items[PERMIT_SPANS_MAX]; /* by `from` */
    uint32_t count;
};

NODISCARD enum err permit_spans_read(struct store *s, struct arena *a, const struct rules *r,
                                     int64_t person, struct permit_spans *ret);
/* The interval that covers the day; NULL = none. */
const struct permit_span *permit_span_on(const struct permit_spans *x, int32_t day);
/* From `day` on it is `status` in `division`: the running interval is cut there. ERR_CONFLICT when
 * the register already says something about later days. Inside a command. */
NODISCARD enum err permit_set(struct store *s, const struct rules *r, int64_t person,
                              const struct permit_spans *x, int32_t day, const char *status,
                              int32_t division);
/* The intervals at the end that are not valid are taken back, and the valid one before them goes
 * on: the time between counts. */
NODISCARD enum err permit_make_whole(struct store *s, const struct rules *r, int64_t person,
                                     const struct permit_spans *x);

#endif
