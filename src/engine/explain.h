/* Explanations: one tree, from the interpreter's trace, for JSON and for prose in both languages.
 *
 *   scheme chain, day, status
 *   total ─ parts ─ groups ─ indicators ─ clause (basis) ─ condition that held, facts, arithmetic,
 *                                                          cap, losers, what is awaited */
#ifndef JIFEN_ENGINE_EXPLAIN_H
#define JIFEN_ENGINE_EXPLAIN_H

#include "engine/score.h"

struct explanation;

NODISCARD enum err explain_person(struct arena *a, const struct population *p, uint32_t person,
                                  int32_t day, int32_t rule_day, const struct explanation **ret);
NODISCARD enum err explain_json(const struct explanation *e, enum lang lang, bool pretty,
                                struct buf *out); /* docs/explain.schema.json */
NODISCARD enum err explain_text(const struct explanation *e, enum lang lang, struct buf *out);

#endif
