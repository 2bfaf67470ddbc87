/* "Did you mean": the candidate nearest to a text. */
#ifndef JIFEN_SERVICE_NEAREST_H
#define JIFEN_SERVICE_NEAREST_H

#include "base/text.h"

struct nearest {
    struct str wanted; /* what was written */
    struct str best;   /* empty until one was offered */
    size_t distance;   /* of best, in characters */
    size_t prefix;     /* bytes best has in common with it at the beginning */
};

struct nearest nearest_to(struct str wanted);
/* Smaller distance wins, then the longer common beginning, then what came first. */
void nearest_offer(struct nearest *n, struct str candidate);
/* Near enough to be meant: no more than a third of the characters differ (at least one may). */
bool nearest_is_likely(const struct nearest *n);

#endif
