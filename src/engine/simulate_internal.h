/* Between the files simulate*.c. */
#ifndef JIFEN_ENGINE_SIMULATE_INTERNAL_H
#define JIFEN_ENGINE_SIMULATE_INTERNAL_H

#include <stdatomic.h>

#include "engine/simulate.h"

#define SIM_DIVISIONS 8192u /* slots of the table of divisions; further codes count as none */
#define SIM_STATUSES 69     /* -5 … 63 */

/* Figures of an indicator in both images; facts the slices need of it. */
struct sim_watch {
    int32_t regs[SIMULATE_REGISTERS]; /* registers in which something may be unknown */
    uint32_t count;
};

struct sim_run {
    struct arena *arena;
    const struct simulate_options *o;
    struct simulation *result;
    uint32_t threads;
    struct simulation *tallies; /* per thread */
    /* the same for the whole run */
    bool *reads[SIMULATE_SIDES]; /* per register of the side's image */
    bool *chain[SIMULATE_SIDES]; /* scheme × scheme: is the first in the chain of the second? */
    int32_t band_last[SIMULATE_AGE_BANDS - 1]; /* latest birth date that has reached the band */
    int32_t birth_field;                       /* of register 0; -1 */
    int64_t factor[SIMULATE_SIDES];            /* from the side's units to common ones */
    bool in_force[SIMULATE_SIDES][SIM_STATUSES];
    /* the segment */
    const struct population *people[SIMULATE_SIDES];
    struct sim_watch watch[SIMULATE_SIDES];
    uint64_t offset; /* persons of the segments before */
    /* the part */
    struct population_scores scores[SIMULATE_SIDES];
    uint32_t first, count;
    atomic_uint next_slice;
};

NODISCARD enum err sim_run_init(struct sim_run *x);
/* Which registers may be unknown for somebody of the segment. */
void sim_watch(struct sim_run *x);

NODISCARD enum err sim_tally_new(struct arena *a, const struct rules *before,
                                 const struct rules *after, const struct simulate_options *o,
                                 struct simulation *ret);
void sim_tally_add(struct simulation *to, const struct simulation *from);
NODISCARD enum err sim_tally_finish(struct arena *a, struct simulation *t);
/* The cell of a division in an unfinished tally. */
struct simulate_cell *sim_division(struct simulation *t, int32_t code);
/* Keep a change if it is among the largest. */
void sim_largest(struct simulation *t, int64_t before, int64_t after, uint64_t at);
void sim_gap(struct simulate_side *s, uint64_t registers, uint64_t persons);

/* Persons first .. first + count of the part, added to the tally. */
void sim_slice(const struct sim_run *x, struct simulation *t, uint32_t first, uint32_t count);

#endif
