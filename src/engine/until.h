/* How long a score stays what it is: every operator gives, beside its value, the first day on which
 * it may differ, and why.
 *
 *   interp_score_until: as interp_score, and per indicator and for the whole person
 *                       (first day it may differ, why)
 *
 * "With no new fact": the population and the plan stay, only the day goes on. The day given is
 * never later than the first on which the value does differ, and always after the day of the
 * score; it may be earlier. Nothing here computes a point: values are the interpreter's. */
#ifndef JIFEN_ENGINE_UNTIL_H
#define JIFEN_ENGINE_UNTIL_H

#include "engine/score.h"

enum until_why {
#define UNTIL(id, code, zh, en) UNTIL_##id,
#include "engine/until.def"
#undef UNTIL
    UNTIL_WHY_COUNT
};

struct until {
    int32_t day; /* the first day the value may differ; DATE_OPEN_END = never */
    enum until_why why;
    int32_t reg;  /* register of the record it is about; -1 = none */
    uint32_t row; /* of the register's columns; only with reg >= 0 */
};

/* What is known of an image once for all persons: which operators may leave 64 bits. Immutable. */
struct until_rules;
NODISCARD enum err until_rules_new(struct arena *a, const struct rules *r,
                                   const struct until_rules **ret);

struct score_until {
    struct until person;      /* status, total or any indicator may differ */
    struct until *indicators; /* one per plan->indicators; room given by the caller */
    struct until status;      /* permit, vetoes of all and freezes */
};

/* Room that one thread uses again and again for scores under the same rules. */
struct interp_memory;
NODISCARD enum err interp_memory_new(struct arena *a, const struct rules *r,
                                     struct interp_memory **ret);

/* As interp_score, without a trace. Scratch comes from `a`. */
NODISCARD enum err interp_score_until(struct arena *a, struct interp_memory *m,
                                      const struct plan *plan, const struct until_rules *u,
                                      const struct population *p, uint32_t person, int32_t day,
                                      struct score *ret, struct score_until *ret_until);

/* How long the permit records that serve a person stay as they are. */
struct until until_home(const struct population *p, uint32_t person, int32_t day);

#endif
