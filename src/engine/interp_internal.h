/* Shared by interp.c (persons) and interp_agg.c (records). */
#ifndef JIFEN_ENGINE_INTERP_INTERNAL_H
#define JIFEN_ENGINE_INTERP_INTERNAL_H

#include "engine/interp.h"

#define INTERP_DEPTH_MAX 8192 /* nested operators; a rule file cannot nest so deep by hand */

/* Where a node is evaluated: for the person, or for one record. */
struct scope {
    int32_t reg;    /* -1 = the person */
    uint32_t row;   /* of reg's columns */
    uint64_t epoch; /* distinguishes this scope from every other of the run */
};

struct interp {
    struct arena *arena;
    const struct rules *rules;
    const struct plan *plan;
    const struct population *people;
    uint32_t person;
    int32_t day;
    bool is_tracing;
    uint32_t depth;
    uint64_t last_epoch;
    /* per node: the value it had in the scope `epoch` */
    struct interval *value;
    uint64_t *epoch;
    struct trace_node **trace; /* only when tracing */
    uint8_t *months;           /* a bit per calendar month; made when first needed */
};

/* Evaluate `node` in `s`; its value is then in in->value[node] (and its trace in in->trace). */
NODISCARD enum err interp_node(struct interp *in, const struct scope *s, uint32_t node);

/* The value of an aggregate for the person. `t` NULL when not tracing. */
NODISCARD enum err interp_aggregate(struct interp *in, const struct rule_node *n,
                                    struct trace_node *t, struct interval *ret);

static inline struct interval interval_known(int64_t v)
{
    return (struct interval){v, v};
}

static inline struct interval interval_hull(struct interval a, struct interval b)
{
    return (struct interval){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

static inline bool interval_is_known(struct interval a)
{
    return a.lo == a.hi;
}

/* b where the condition holds, c where not, both where it is not known. */
static inline struct interval interval_if(struct interval cond, struct interval b,
                                          struct interval c)
{
    if (cond.lo == 1) return b;
    if (cond.hi == 0) return c;
    return interval_hull(b, c);
}

static inline uint32_t node_kid(const struct rules *r, const struct rule_node *n, uint32_t i)
{
    return r->kids[n->kid_first + i];
}

#endif
