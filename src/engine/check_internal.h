/* Shared by check.c (cases), check_property.c and check_edge.c. */
#ifndef JIFEN_ENGINE_CHECK_INTERNAL_H
#define JIFEN_ENGINE_CHECK_INTERNAL_H

#include "engine/check.h"
#include "engine/interp.h"
#include "engine/resident.h"
#include "lang/diag.h"

/* Scores of one resident under one plan, with the plan. */
struct scored {
    const struct plan *plan;
    struct score score;
    struct trace *trace; /* NULL unless asked for, or when the person is an error */
};

/* The resident of a case, and the scheme it is scored under (README §5 of src/lang). */
NODISCARD enum err check_case_resident(struct arena *a, const struct rules *r,
                                       const struct rule_case *c, struct resident *ret);
NODISCARD enum err check_case_score(struct arena *a, const struct rules *r,
                                    const struct rule_case *c, const struct population *p,
                                    struct scored *ret);

/* Score person 0 under a plan; arrays come from `a`. */
NODISCARD enum err check_score(struct arena *a, const struct plan *plan, const struct population *p,
                               int32_t day, bool with_trace, struct scored *ret);
NODISCARD enum err check_score_new(struct arena *a, const struct plan *plan, struct score *ret);

/* The figure an expectation or property speaks of; false when it is not part of the plan. */
bool check_figure(const struct scored *s, enum expect_kind what, int32_t index,
                  struct interval *ret);
struct str check_figure_name(const struct rules *r, enum expect_kind what, int32_t index,
                             enum lang lang);

/* Where the column machine first gives something else than the interpreter. EXPECT_STATUS: the
 * figures are status numbers. */
struct evaluator_difference {
    enum expect_kind what;
    int32_t index;
    struct interval interpreter, machine;
};
NODISCARD enum err check_evaluators(struct arena *a, const struct scored *s,
                                    const struct population *p, int32_t day, bool *ret_differ,
                                    struct evaluator_difference *ret);

/* The language findings at `pos` speak. */
enum lang check_lang(const struct rules *r, struct src_pos pos);

/* A finding whose arguments are buffers; the buffers are emptied. */
void check_report(struct diag_list *diags, enum lang_msg id, struct src_pos at,
                  struct src_pos other, struct buf *args, size_t count);

#endif
