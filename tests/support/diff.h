/* Interpreter against column machine, value for value. */
#ifndef JIFEN_TESTS_DIFF_H
#define JIFEN_TESTS_DIFF_H

#include "engine/check.h"
#include "engine/score.h"

/* How much of the machine is tried. */
enum diff_depth {
    DIFF_ONE,  /* the machine as it chooses to run, consecutive persons */
    DIFF_EVERY /* and: portable, 64-bit lanes, chunk 3, gathered in another order */
};

struct diff_found {
    bool differs;
    int32_t scheme;
    uint32_t person;
    char text[200]; /* what differs, under which options */
};

/* Score every person of `p` under every scheme of the image by both evaluators. ERR_NOMEM. */
NODISCARD enum err diff_evaluators(const struct population *p, int32_t day, int32_t rule_day,
                                   enum diff_depth depth, struct diff_found *ret);

/* score_population with several numbers of threads and chunk sizes against the interpreter under
 * each person's own scheme. */
NODISCARD enum err diff_population(const struct population *p, int32_t day, int32_t rule_day,
                                   struct diff_found *ret);

#endif
