/* What applies: the indicators, groups, vetoes and gates of one chain of schemes on one rule day.
 *
 * Both evaluators start from the same plan; how they compute it is their own. */
#ifndef JIFEN_ENGINE_PLAN_H
#define JIFEN_ENGINE_PLAN_H

#include "engine/population.h"

struct plan_indicator {
    int32_t indicator;
    int32_t *clauses; /* that apply on the rule day, those with precedence first: variations and
                         exceptions before what they except */
    uint32_t clause_count;
};

struct plan {
    const struct rules *rules;
    int32_t scheme; /* the lowest scheme of the chain */
    int32_t rule_day;
    struct plan_indicator *indicators;
    uint32_t indicator_count; /* in image order */
    int32_t *groups;
    uint32_t group_count; /* in force, parents first */
    int32_t *vetoes;
    uint32_t veto_count;
    int32_t *gates;
    uint32_t gate_count;
    int64_t *param_values;  /* one per rules->params; 0 where it has none (then no node of the plan
                               uses it) */
    bool has_none_in_force; /* no scheme serves that day */
};

NODISCARD enum err plan_new(struct arena *a, const struct rules *r, int32_t scheme,
                            int32_t rule_day, struct plan **ret);

#endif
