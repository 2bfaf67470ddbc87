/* Between trials.c (life, reading) and trial_run.c (running). */
#ifndef JIFEN_SERVICE_TRIALS_INTERNAL_H
#define JIFEN_SERVICE_TRIALS_INTERNAL_H

#include "service/trials.h"

#define TRIAL_KIND STR("simulation")

extern const char *const trial_report_names[TRIAL_REPORTS];

NODISCARD enum err trial_of_object(struct arena *a, const struct store_object *o,
                                   struct trial *ret);
NODISCARD enum err trial_data_write(struct arena *a, const struct trial *t, struct str *ret);

/* Move t->object by an event of trial_life, with what t says now. Inside a command. */
NODISCARD enum err trial_move(struct store *s, struct arena *a, const struct caller *c,
                              struct trial *t, const char *event);

#endif
