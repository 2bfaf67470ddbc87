/* Explanations: one tree, from the interpreter's trace, for JSON and for prose in both languages.
 *
 *   scheme chain, day, status
 *   total ─ parts ─ groups ─ indicators ─ clause (basis) ─ condition that held, facts, arithmetic,
 *                                                          cap, losers, what is awaited */
#ifndef JIFEN_ENGINE_EXPLAIN_H
#define JIFEN_ENGINE_EXPLAIN_H

#include "base/json.h"
#include "engine/score.h"

struct explanation;

NODISCARD enum err explain_person(struct arena *a, const struct population *p, uint32_t person,
                                  int32_t day, int32_t rule_day, const struct explanation **ret);
NODISCARD enum err explain_json(const struct explanation *e, enum lang lang, bool pretty,
                                struct buf *out); /* docs/explain.schema.json */
/* One indicator of it, by its place in the plan, as a value of a JSON under way. Requires
 * explain_score_of(e)->error == ERR_OK. */
NODISCARD enum err explain_json_indicator(const struct explanation *e, enum lang lang, uint32_t at,
                                          struct json *into);
/* What it explains. */
const struct plan *explain_plan(const struct explanation *e);
const struct score *explain_score_of(const struct explanation *e);
struct home explain_home(const struct explanation *e);
/* Registers whose answer would settle an indicator (place in the plan), as a sentence part; nothing
 * when it is settled. */
void explain_add_awaits(const struct explanation *e, enum lang lang, uint32_t at, struct buf *out);
NODISCARD enum err explain_text(const struct explanation *e, enum lang lang, struct buf *out);

#endif
