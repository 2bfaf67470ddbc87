/* The trace of the reference interpreter: everything that was computed for one person.
 *
 *   trace ─ indicators ─ clauses ─ condition, body: trace_node ─ kids
 *         │                                              └ records of the register, and why each
 *         │                                                counted or not
 *         ├ groups, vetoes, gates
 *
 * A node that several others use (a 令) is there once. Values stand before and after every step of
 * the fixed order, so that an explanation never computes a point itself. */
#ifndef JIFEN_ENGINE_INTERP_H
#define JIFEN_ENGINE_INTERP_H

#include "engine/score.h"

enum trace_standing { STANDING_OUT, STANDING_POSSIBLE, STANDING_SURE };

/* Why a record is out, or only possible: the first test it did not surely pass. */
enum trace_why {
    WHY_NONE,    /* it counts */
    WHY_NOT_YET, /* it begins, or happened, after the day */
    WHY_OVER,    /* it had ended */
    WHY_WINDOW,  /* outside the window */
    WHY_FILTER   /* the condition after 当 does not hold */
};

struct trace_record {
    uint32_t row; /* of the register's columns */
    enum trace_standing standing;
    enum trace_why why;
    int64_t from, to; /* [from, to) as counted, cut to day and window: days, or months of
                                      a month register; 0, 0 where an aggregate needs none */
    struct interval filter, value; /* value {0, 0} for an aggregate without one */
    const struct trace_node *filter_node, *value_node; /* value_node may be NULL */
    struct interval counted; /* AGG_EACH: points it brought, nothing when its key lost */
    bool lost;               /* AGG_EACH: another record of the same key brought more */
};

struct trace_node {
    uint32_t node;
    struct interval value;
    const struct trace_node *
        *kids;                    /* one per kid; NULL where an aggregate evaluates it per record */
    struct trace_record *records; /* of an aggregate, in stored order */
    uint32_t record_count;
    bool is_silent; /* of an aggregate: the register has not answered */
};

struct trace_clause {
    int32_t clause;
    const struct trace_node *cond; /* NULL = always */
    struct interval applies;       /* 0/1 */
    const struct trace_node *body;
    struct interval given; /* IF(applies, body, 0) */
};

struct trace_steps { /* values after each step of the fixed order */
    struct interval raw, capped, floored, settled, final; /* settled: after 若未知; final: veto */
    struct interval free;                                 /* final, had no veto anywhere held */
    int64_t cap, floor; /* operands; only where the indicator or group has them */
    int32_t veto; /* first that surely holds here, or else may: index into rules->vetoes; -1 */
};

struct trace_indicator {
    int32_t indicator;
    struct trace_clause *clauses;
    uint32_t clause_count;
    int32_t taken; /* COMBINE_ONE: index of the clause that surely applied; -1 none or not known */
    struct trace_steps steps;
};

struct trace_group {
    int32_t group;
    struct trace_steps steps;
};

struct trace_condition { /* a veto, freeze or gate */
    int32_t index;
    const struct trace_node *cond;
};

struct trace {
    struct home home;
    struct trace_indicator *indicators; /* as plan->indicators */
    struct trace_group *groups;         /* as plan->groups */
    struct trace_condition *vetoes;     /* as plan->vetoes */
    struct trace_condition *gates;      /* as plan->gates */
};

#endif
