/* Between the files advice*.c. */
#ifndef JIFEN_ENGINE_ADVICE_INTERNAL_H
#define JIFEN_ENGINE_ADVICE_INTERNAL_H

#include "engine/advice.h"
#include "engine/interp.h"

struct advisor_plan {
    int32_t scheme, rule_day;
    struct plan *plan;
};

struct advisor {
    struct arena *a;
    const struct rules *r;
    struct resident me;
    struct advice *out;
    struct rules narrow; /* r, but its nodes are a copy in which one field's range is narrowed */
    struct rule_node *narrow_nodes;
    struct advisor_plan *plans;
    uint32_t plan_count, plan_room;
    struct advice_gain *bases; /* without any change, by day */
    uint32_t base_count, base_room;
    uint32_t change_room;
    int32_t *days; /* on which some change takes effect */
    uint32_t day_count, day_room;
    bool only_days; /* the first pass over the places only gathers those */
};

/* A resident scored with every step; in an arena of its own, given back by advice_traced_done. */
struct traced {
    struct arena scratch;
    const struct plan *plan;
    struct population people;
    struct score score;
    struct trace *trace; /* NULL when it could not be scored */
};

#define ADVICE_NEW_LINE UINT32_MAX /* line of a record that is added */

/* The resident after these changes (indices into out->changes), in `a`. */
NODISCARD enum err advice_apply(const struct advisor *v, struct arena *a, const uint32_t *changes,
                                uint32_t count, struct resident *ret);
NODISCARD enum err advice_score(struct advisor *v, const struct resident *who, int32_t day,
                                struct interval *ret_total, int32_t *ret_status, bool *ret_scored);
/* These changes together on `day`, and the day without them. */
NODISCARD enum err advice_gain_of(struct advisor *v, const uint32_t *changes, uint32_t count,
                                  int32_t day, struct advice_gain *ret);
NODISCARD enum err advice_without(struct advisor *v, int32_t day, struct advice_gain *ret);
/* With `narrowed` the rules of v->narrow. Always followed by advice_traced_done. */
NODISCARD enum err advice_traced(struct advisor *v, const struct resident *who, int32_t day,
                                 bool narrowed, struct traced *ret);
void advice_traced_done(struct traced *t);
/* What the rules make of a resident, as a list of values: conditions, rows of tables, bodies cut at
 * their caps. Equal lists: equal points, whatever else changes elsewhere. Grows *ret in a. */
struct signature {
    struct interval *values;
    uint32_t count, room;
    bool nomem;
};
void advice_signature(struct arena *a, const struct traced *t, int32_t new_reg,
                      struct signature *ret);

/* Places and their changes, judged singly. */
NODISCARD enum err advice_places(struct advisor *v);
/* Where most of the gain comes from; why a place gains nothing. */
NODISCARD enum err advice_attribute(struct advisor *v, struct advice_change *c);
NODISCARD enum err advice_why_idle(struct advisor *v, struct advice_place *s);

static inline int64_t advice_rise(const struct advice_gain *g)
{
    return g->scored ? g->with.lo - g->without.lo : 0;
}

#endif
