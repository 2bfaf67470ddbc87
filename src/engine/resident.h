/* One resident as a list of facts, out of a population and into one: for cases, for changing a
 * fact and for shrinking a counterexample. */
#ifndef JIFEN_ENGINE_RESIDENT_H
#define JIFEN_ENGINE_RESIDENT_H

#include "engine/value_text.h"

struct resident_fact {
    int32_t reg;
    int64_t *values; /* one per field of the register; 0 where unknown */
    bool *known;
    uint32_t line; /* in the register's file; 0 = not known */
};

struct resident {
    const struct rules *rules;
    struct resident_fact *facts; /* of a register: in stored order */
    uint32_t fact_count;
    bool *silent; /* per rules->regs: has not answered */
    const struct str *keys;
    uint32_t key_count;
};

NODISCARD enum err resident_of(struct arena *a, const struct population *p, uint32_t person,
                               struct resident *ret);

/* A deep copy, with room for `extra` more facts. */
NODISCARD enum err resident_copy(struct arena *a, const struct resident *r, uint32_t extra,
                                 struct resident *ret);

/* A population of one. ERR_RANGE when a value may not stand in its field: *ret_fact is then the
 * fact's number (ret_fact may be NULL). */
NODISCARD enum err resident_population(struct arena *a, const struct resident *r,
                                       struct population *ret, uint32_t *ret_fact);

/* The facts as lines of a case in the rule language, two blanks before each. */
void resident_add_text(struct buf *out, const struct resident *r, enum lang lang);

#endif
