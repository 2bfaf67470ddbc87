/* Shared by interp.c (persons), interp_agg.c (records) and interp_until.c (how long it stays). */
#ifndef JIFEN_ENGINE_INTERP_INTERNAL_H
#define JIFEN_ENGINE_INTERP_INTERNAL_H

#include "base/date.h"
#include "engine/interp.h"
#include "engine/until.h"

#define MONTH_BITS ((MONTH_OPEN_END + 64) / 64 * 8) /* bytes, whole words */
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
    struct scope self; /* the person's own scope */
    /* per node: the value it had in the scope `epoch` */
    struct interval *value;
    uint64_t *epoch;
    struct trace_node **trace; /* only when tracing */
    uint8_t *months;           /* a bit per calendar month; made when first needed */
    int64_t months_first;      /* bits before this month mean nothing */
    /* per node, as `value`: how long it stays; only with until_rules */
    const struct until_rules *until_rules; /* NULL = not asked */
    struct until *until;
    struct until *steady; /* of AGG_MONTHS and AGG_SPELL_MONTHS: how long it can only grow with time
                             as it does now */
    uint32_t *patience;   /* of interp_memory */
    struct until overflow; /* how long every operator surely stays inside 64 bits */
};

/* What a run leaves behind for the next: room that need not be cleared, because every scope has an
 * epoch of its own. */
struct interp_memory {
    struct interval *value;
    uint64_t *epoch;
    struct until *until, *steady;
    uint8_t *months;
    uint64_t last_epoch;
    uint32_t patience; /* see interp_until.c */
};

/* A stretch of time, [from, to). */
struct stretch {
    int64_t from, to;
};

/* One aggregate under way. */
struct agg {
    struct interp *in;
    const struct rule_node *n;
    const struct rule_register *reg;
    const struct register_data *data;
    bool is_month;         /* times are months */
    int64_t now;           /* the day, or its month */
    struct stretch window; /* what it leaves; everything without one */
    struct trace_record *rows;
    uint32_t count;
    struct until *rows_until; /* per row: filter, then value; NULL = not asked */
    bool is_silent;
};

/* Evaluate `node` in `s`; its value is then in in->value[node] (and its trace in in->trace). */
NODISCARD enum err interp_node(struct interp *in, const struct scope *s, uint32_t node);

/* The value of an aggregate for the person. `t` NULL when not tracing. */
NODISCARD enum err interp_aggregate(struct interp *in, const struct rule_node *n,
                                    struct trace_node *t, struct interval *ret);

/* Put [from, to) into the ordered list of disjoint, not touching stretches; gives the new count. */
uint32_t spell_insert(struct stretch *list, uint32_t count, struct stretch s);
/* Where a field of time stands in a row; false when it is not known. */
bool agg_time(const struct agg *g, int32_t field, uint32_t row, int64_t *ret);
bool agg_month_is_counted(const struct agg *g, enum trace_standing least, int64_t month);

/* interp_until.c. Each after the value it is about has been computed in `in`. */
void until_node(struct interp *in, uint32_t node);
void until_aggregate(struct agg *g);
struct until until_indicator(const struct interp *in, const struct plan_indicator *pi,
                             const struct trace_clause *clauses, const struct trace_steps *s);
struct until until_condition(const struct interp *in, int32_t node); /* -1: never */
struct until until_never(void);
struct until until_sooner(struct until a, struct until b);
struct until until_later(struct until a, struct until b);

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
