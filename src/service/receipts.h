/* Receipts: what a decision, a certificate or a page used, sealed, so that it can be replayed.
 *
 * A receipt keeps the whole explanation as it was, the scoring day, the rule day, the moment of
 * knowledge, the ids of the facts and the hash of the rules; receipts of a person are chained. The
 * moment of knowledge is the recorded time of the command that made it, so that the same question
 * asked years later reads exactly the same facts. */
#ifndef JIFEN_SERVICE_RECEIPTS_H
#define JIFEN_SERVICE_RECEIPTS_H

#include "service/points.h"

/* Make one of the caller's own points on a day; a command under `key`. The answer, also a repeated
 * one, is {"number","on","known_at","total","total_max","status"}. */
NODISCARD enum err receipt_make(struct points *p, struct store *s, struct arena *a,
                                const struct caller *c, struct str key, int32_t day,
                                struct str *ret_answer);
/* The caller's own receipts, newest first: {"items":[…]}. */
NODISCARD enum err receipts_own(struct store *s, struct arena *a, const struct caller *c,
                                struct json *out);
/* One receipt with its explanation. Residents: their own; auditors: any. ERR_NOT_FOUND. */
NODISCARD enum err receipt_show(struct store *s, struct arena *a, const struct caller *c,
                                struct str number, struct json *out);

struct receipt_replay {
    bool same;             /* the same bytes */
    bool same_rules;       /* the rules in use are those of then; else nothing can be compared */
    struct hash then, now; /* SM3 of both explanations */
};
/* Ask the same question again, as known then. */
NODISCARD enum err receipt_replay(struct points *p, struct store *s, struct arena *a,
                                  const struct caller *c, struct str number,
                                  struct receipt_replay *ret);

#endif
