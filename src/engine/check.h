/* Cases and properties of a rule image, run; and the edges that no case stands on.
 *
 * Findings are JF08xx diagnostics: a case whose figures differ (expected and got), a property that
 * does not hold (with the smallest resident found), an edge of a clause without a case. */
#ifndef JIFEN_ENGINE_CHECK_H
#define JIFEN_ENGINE_CHECK_H

#include "engine/score.h"

struct check_result {
    uint32_t cases, cases_failed, properties, properties_failed, edges, edges_bare;
};

/* Cases run through both evaluators. `seed` for the random residents of properties; `residents` per
 * property. */
NODISCARD enum err check_cases(struct arena *a, const struct rules *r, struct diag_list *diags,
                               struct check_result *ret);
NODISCARD enum err check_properties(struct arena *a, const struct rules *r, uint64_t seed,
                                    uint32_t residents, struct diag_list *diags,
                                    struct check_result *ret);
NODISCARD enum err check_edges(struct arena *a, const struct rules *r, struct diag_list *diags,
                               struct check_result *ret);

/* Random residents over the image's catalogue: every register, every field, biased to edges (band
 * limits, birthdays, month ends, the scoring day, unknowns, open ends). The same seed gives the
 * same residents everywhere. */
struct random_options {
    uint64_t seed;
    uint32_t persons;
    int32_t day;
    uint32_t unknown_per_1000;
    bool plausible;
};
NODISCARD enum err random_population(struct arena *a, const struct rules *r,
                                     const struct random_options *o, struct population *ret);

#endif
