/* Scores: what both evaluators give for one person, bit for bit the same. */
#ifndef JIFEN_ENGINE_SCORE_H
#define JIFEN_ENGINE_SCORE_H

#include "engine/plan.h"

struct interval {
    int64_t lo, hi;
};

/* Status of a score: index into rules->force.rows, or one of these. */
enum {
    STATUS_UNKNOWN = -1,
    STATUS_FROZEN = -2,
    STATUS_VETOED = -3,
    STATUS_ERROR = -4,
    STATUS_IN_FORCE_DEFAULT = -5
};

/* One person's result under one plan; arrays of the plan's size, owned by the caller. All values
 * are 1/scale points. */
struct score {
    int32_t status;
    bool in_force;  /* false: the permit is void; total is then 0 though the parts are shown */
    enum err error; /* ERR_OVERFLOW…: the figures mean nothing */
    struct interval total;       /* after floor, veto and force */
    struct interval *indicators; /* after the indicator's own cap, floor, if-unknown and veto; one
                                    per plan->indicators */
    struct interval *groups; /* after cap, floor and veto; one per plan->groups; groups[0] = total
                                before `force` */
    struct interval *gates;  /* 0/1 */
};

/* The word that goes into the status column: the force row's, or unknown, frozen, vetoed, ERROR,
 * in_force. */
struct str score_status_word(const struct rules *r, int32_t status);
void score_status_add_text(struct buf *out, const struct rules *r, int32_t status, enum lang lang);

/* Which scheme serves a person on a day: from the force register's record that covers the day (§6
 * NOW), else the province's. Sets *ret_status to the force row, or STATUS_UNKNOWN. */
struct home {
    int32_t status;
    int32_t division;
    int32_t scheme;
}; /* division 0 = none */
/* Does the register's silence stand for the person on the day (README §6): it has not answered, or
 * its having no record that day means unknown? */
bool register_is_silent(const struct population *p, int32_t reg, uint32_t person, int32_t day);
struct home home_of(const struct population *p, uint32_t person, int32_t day, int32_t rule_day);
/* Its two parts: status and division (scheme -1); the scheme in force at a division, 0 = none. */
struct home home_without_scheme(const struct population *p, uint32_t person, int32_t day);
int32_t home_scheme(const struct rules *r, int32_t division, int32_t rule_day);

/* --- the reference interpreter: one person at a time, straight from the definitions --- */
struct trace; /* interp.h */
/* Scratch comes from `a` and can be dropped after the call. `trace` NULL or where to leave the
 * whole tree (allocated in `a`). */
NODISCARD enum err interp_score(struct arena *a, const struct plan *plan,
                                const struct population *p, uint32_t person, int32_t day,
                                struct score *ret, struct trace **trace);

/* --- marks: what happened on the way to a score, 0/1, surely (lo) and perhaps (hi) ---
 *
 *   a clause       gave the person points: it was the one that applied (COMBINE_ONE) or it applied
 *                  (else), and its points are not 0; what caps, vetoes or a better clause of a
 *                  highest-of made of them afterwards does not matter
 *   an indicator   its cap cut something; so of a group
 *
 * Marks of an image are numbered: its clauses, then its indicators, then its groups. Those that do
 * not apply to a person are 0. */
static inline uint32_t score_mark_clause(const struct rules *r, int32_t clause)
{
    (void)r;
    return (uint32_t)clause;
}
static inline uint32_t score_mark_indicator(const struct rules *r, int32_t indicator)
{
    return r->clause_count + (uint32_t)indicator;
}
static inline uint32_t score_mark_group(const struct rules *r, int32_t group)
{
    return r->clause_count + r->indicator_count + (uint32_t)group;
}
static inline uint32_t score_mark_count(const struct rules *r)
{
    return r->clause_count + r->indicator_count + r->group_count;
}
/* The marks a plan can set, `ret` with room for score_mark_count of them; returns how many. */
uint32_t score_marks_of(const struct plan *p, uint32_t *ret);

/* --- the column machine: many persons, chunk by chunk --- */
struct vm; /* a plan lowered to column operations; immutable after vm_new, shared by threads */

/* Which instructions: the widest there are, none special, or AVX2 where there is more. */
enum vm_lanes { VM_LANES_AUTO, VM_LANES_PORTABLE, VM_LANES_AVX2 };
struct vm_options {
    uint32_t chunk; /* persons per chunk; 0 = 1024; 3 in the hostile build's tests */
    enum vm_lanes lanes;
    bool force_wide_ints; /* test hook: 64-bit lanes even where 32 are proved enough */
    bool marks;           /* also find the marks (below) */
    bool lower_only;      /* score_population: neither groups nor upper ends of indicators */
};
NODISCARD enum err vm_new(struct arena *a, const struct plan *plan, int32_t day,
                          const struct vm_options *o, struct vm **ret);
const char *vm_lanes_name(const struct vm *vm); /* "avx512 x i32", "portable x i64", … */

/* Result columns, each NULL or room for `count` values; position k is the k-th person asked for. */
struct score_columns {
    int32_t *status;
    uint8_t *in_force;
    uint8_t *error; /* enum err */
    int64_t *total_lo, *total_hi;
    int64_t **indicators_lo, **indicators_hi; /* one array per plan->indicators */
    int64_t **groups_lo, **groups_hi;         /* one array per plan->groups */
    uint8_t **gates_lo, **gates_hi;
    uint8_t **marks_lo,
        **marks_hi; /* one array per mark of the image; only with vm_options.marks */
};

/* A thread's working memory for one vm; grows to the largest chunk of records it meets. */
struct vm_state;
NODISCARD enum err vm_state_new(const struct vm *vm, struct vm_state **ret);
void vm_state_free(struct vm_state *s);

/* Score persons persons[0..count), or first..first+count when `persons` is NULL; results at
 * position at + k. */
NODISCARD enum err vm_run(const struct vm *vm, struct vm_state *s, const struct population *p,
                          const uint32_t *persons, uint32_t first, uint32_t count,
                          struct score_columns *ret, size_t at);

/* The whole population under the schemes that serve each person; threads >= 1. `progress` may be
 * NULL; called from one thread at a time with the persons done so far. Columns per indicator of the
 * image (not of a plan): indicators[i] for rules->indicators, groups[g] for rules->groups; what
 * does not apply to a person has applies bit 0. */
struct population_scores {
    uint32_t count;
    int32_t *status, *scheme; /* scheme that served the person, -1 none */
    int32_t *division;        /* of the permit that day; 0 = none or not known */
    uint8_t *error;
    int64_t *total_lo, *total_hi;
    /* per rules->indicators; INT64_MIN = does not apply; all but the first NULL with
     * vm_options.lower_only */
    int64_t **indicators_lo, **indicators_hi;
    int64_t **groups_lo, **groups_hi; /* per rules->groups; INT64_MIN = does not apply */
    uint8_t **marks_lo, **marks_hi;   /* per mark of the image; NULL without vm_options.marks */
};
NODISCARD enum err score_population(struct arena *a, const struct population *p, int32_t day,
                                    int32_t rule_day, uint32_t threads, const struct vm_options *o,
                                    void (*progress)(void *ctx, uint32_t done), void *ctx,
                                    struct population_scores *ret);

/* The same for persons first .. first + count, at positions 0 .. count: a population too large for
 * its results to be held at once is scored part by part. */
NODISCARD enum err score_population_part(struct arena *a, const struct population *p,
                                         uint32_t first, uint32_t count, int32_t day,
                                         int32_t rule_day, uint32_t threads,
                                         const struct vm_options *o,
                                         void (*progress)(void *ctx, uint32_t done), void *ctx,
                                         struct population_scores *ret);

#endif
