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

NODISCARD enum err advice_fact_copy(struct arena *a, const struct rules *r,
                                    const struct resident_fact *from, struct resident_fact *ret);
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

/* The most that changes at some places can add, by the ranges the compiler has proved. */
struct bound {
    bool *touches; /* per place and indicator: a clause of it reads the place's register */
    bool *free;    /* per place: no bound */
    int64_t *most; /* per indicator, of the day */
    int64_t base;  /* lower end of the day's total without any change */
    bool known;    /* false: nothing can be said that day */
};
NODISCARD enum err advice_bound_new(struct advisor *v, struct bound *ret);
NODISCARD enum err advice_bound_day(struct advisor *v, struct bound *b, int32_t day);
/* Surely no change at these places (one flag each) reaches the line that day. */
bool advice_bound_below(const struct advisor *v, const struct bound *b, const bool *places,
                        int64_t line);

static inline int64_t advice_rise(const struct advice_gain *g)
{
    return g->scored ? g->with.lo - g->without.lo : 0;
}

#endif
