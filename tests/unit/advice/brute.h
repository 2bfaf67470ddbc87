/* Advice by brute force: every value of every marked field, every pair, every set; nothing is left
 * out and nothing is clever. Shares with the engine only how a resident is built and scored. */
#ifndef JIFEN_TESTS_BRUTE_H
#define JIFEN_TESTS_BRUTE_H

#include "engine/advice.h"

struct brute_change {
    int32_t reg, field; /* field -1: a record is added */
    struct resident_fact fact;
    int32_t months;
    uint64_t size;
    int32_t day;
    int64_t rise;
    bool scored;
};

struct brute_place {
    int32_t reg, field;
    struct brute_change *changes;
    uint32_t count;
};

struct brute {
    struct arena *a;
    const struct rules *r;
    struct resident me;
    int32_t day;
    struct brute_place *places;
    uint32_t place_count;
    uint64_t scores;
};

void brute_make(struct brute *b, struct arena *a, const struct population *p, uint32_t person,
                int32_t day, uint32_t months_most);
/* Rise of the lower end on the day all have taken effect, or on a later one. */
struct brute_gain {
    int32_t day;
    int64_t rise, without, with;
    bool scored;
};
struct brute_gain brute_gain_of(struct brute *b, const struct brute_change *const *set,
                                uint32_t count, int32_t not_before);

#endif
