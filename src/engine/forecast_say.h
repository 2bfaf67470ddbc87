/* Sentences of a forecast, shared by forecast_json.c and forecast_text.c. */
#ifndef JIFEN_ENGINE_FORECAST_SAY_H
#define JIFEN_ENGINE_FORECAST_SAY_H

#include "engine/explain_internal.h"
#include "engine/forecast.h"

/* What the sayers of explanations need to say records and names of the forecast's rules. */
struct explanation forecast_stub(const struct forecast *f);
void forecast_say_reason(const struct say *s, const struct forecast_reason *x);
void forecast_say_status(const struct say *s, const struct forecast_state *x);
/* The clause, veto or indicator that the change rests on; indicator -1: the permit. */
struct str forecast_basis(const struct rules *r, const struct forecast_reason *x,
                          int32_t indicator);
bool forecast_applies(struct interval v); /* an indicator's value is one */

#endif
