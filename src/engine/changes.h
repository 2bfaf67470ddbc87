/* What changed between two scores of one person, and why.
 *
 *   S0  the first day, its rules, what was known then
 *   S1  the first day, the second rules              S1 - S0: RULE
 *   S2  the second day                               S2 - S1: TIME, or EXPIRY where it falls
 *   S3  what is known later                          S3 - S2: FACT, or CORRECTION where something
 *                                                    was taken back
 *
 * Each step gives one cause per indicator that differs. What the indicators do not explain of a
 * step's total (a cap, a veto, a permit that became void) is one more cause, so that the causes sum
 * exactly to the difference of the totals. All figures are lower ends.
 *
 * The first state may stand under another rule image than the others: indicators are then the same
 * when scheme and name are (ASCII), and figures are counted in the finer of the two precisions. */
#ifndef JIFEN_ENGINE_CHANGES_H
#define JIFEN_ENGINE_CHANGES_H

#include "engine/score.h"

enum change_cause {
#define CAUSE(id, zh, en) CAUSE_##id,
#include "engine/change_cause.def"
#undef CAUSE
    CAUSE_COUNT
};

const char *change_cause_code(enum change_cause c);
const char *change_cause_text(enum change_cause c, enum lang lang);

#define CHANGE_STATES 4

/* A score without error, under its plan. */
struct change_state {
    const struct plan *plan;
    const struct score *score;
};

struct change {
    enum change_cause cause;
    /* indicator of the rules before and after the step; -1 = not there; both -1: what the
     * indicators do not explain of the total (from is then 0) */
    int32_t before, after;
    int64_t from, to; /* 1/scale points of `changes`; what takes points away is negative */
};

struct changes {
    const struct rules *before, *after; /* of S0; of S1 to S3 */
    int64_t scale;                      /* units per point of all figures here */
    int64_t from, to;                   /* totals of S0 and S3 */
    const bool *added, *removed;        /* per register of `after`: what the last step saw */
    bool *one;                          /* scratch, per register of `after`, all false */
    struct change *items;               /* the sum of to - from is exactly that of the totals */
    uint32_t count;
};

/* `added`, `removed`: per register of the later rules, does the last state know a row that S2 does
 * not, and the reverse; they must live as long as *ret. Everything else comes from `a`. ERR_NOMEM;
 * ERR_OVERFLOW when the figures leave 64 bits in the common precision. */
NODISCARD enum err changes_between(struct arena *a, const struct change_state at[CHANGE_STATES],
                                   const bool *added, const bool *removed, struct changes *ret);

/* Rows of the second person's registers that the first does not have, and the reverse, ors into
 * added[] and removed[]; both populations are of one image, keys are compared as texts. An answer
 * that came counts as added, one that was withdrawn as removed. ERR_NOMEM. */
NODISCARD enum err changes_mark_rows(struct arena *a, const struct population *before,
                                     uint32_t first, const struct population *after,
                                     uint32_t second, bool *added, bool *removed);

/* Does the indicator of the image read one of the registers `of`? */
bool changes_reads(const struct rules *r, int32_t indicator, const bool *of);

/* Does the indicator's part take points away? */
bool changes_deducts(const struct rules *r, int32_t indicator);

/* Name of what changed: the indicator, as the later rules have it where they do; else the total. */
const struct rule_name *change_name(const struct changes *x, const struct change *c);

/* "有新数据：社保缴纳（省人力社保厅）" */
void change_add_text(struct buf *out, const struct changes *x, const struct change *c,
                     enum lang lang);

/* Places that show 1/scale points exactly; at least 2. */
int points_places(int64_t scale);

#endif
