/* Shared by forecast*.c. */
#ifndef JIFEN_ENGINE_FORECAST_INTERNAL_H
#define JIFEN_ENGINE_FORECAST_INTERNAL_H

#include "engine/forecast.h"

struct forecaster {
    struct arena *arena;
    struct arena scratch; /* of one score */
    const struct rules *rules;
    const struct population *people;
    int32_t rule_day; /* or FORECAST_RULES_FOLLOW */
    const struct until_rules *until_rules;
    struct interp_memory *memory;
    int32_t *turns; /* days on which the rules may turn, ascending */
    uint32_t turn_count;
    struct plan **plans;                          /* [stretch][scheme], made when first needed */
    struct interval *indicators, *groups, *gates; /* room for one score of any plan */
    struct until *untils;
    struct forecast_state spare;
    uint64_t scored; /* single scores so far */
};

int32_t forecast_rule_day(const struct forecaster *f, int32_t day);
NODISCARD enum err forecast_plan(struct forecaster *f, int32_t scheme, int32_t rule_day,
                                 const struct plan **ret);
/* The state of a day by the rules of another; its until does not mind the rules. */
NODISCARD enum err forecast_state_by(struct forecaster *f, uint32_t person, int32_t day,
                                     int32_t rule_day, struct forecast_state *ret);

#endif
