/* One person's points out of the store, for pages: the score with its lines, one indicator, the
 * explanation, what changed and why, an estimate from facts that are stored nowhere.
 *
 * Nothing of a score is stored: each call reads the facts as known at a moment and computes. Every
 * function asks access_check first (ERR_DENIED); who reads somebody else's points has recorded it
 * before (store_access_add). JSON is written as one value into `out`; shapes: docs/API.md. On
 * failure what was written into `out` means nothing. ERR_RANGE: a fact that the rules cannot hold,
 * which is a case for people and never 0 points. */
#ifndef JIFEN_SERVICE_POINTS_H
#define JIFEN_SERVICE_POINTS_H

#include "base/decimal.h"
#include "base/json.h"
#include "service/access.h"
#include "service/facts.h"
#include "service/points_memo.h"

/* Rules and their plans, ready to be used; one thread's. */
struct points;
NODISCARD enum err points_new(const struct rules *r, struct points **ret);
void points_free(struct points *p); /* accepts NULL */
/* Answers of points_score about oneself may come from, and are kept in, `m`, made for the same
 * rules; the caller keeps it. */
void points_use_memo(struct points *p, struct points_memo *m);

struct points_query {
    int64_t person;
    struct str code;       /* the person's number, as explanations print it */
    int32_t division;      /* staff: where the person's permit is, for access_check */
    int32_t day, rule_day; /* rule_day usually = day */
    int64_t known_at;      /* STORE_KNOWN_NOW for now */
    int32_t since; /* changes since this day, as known then; DATE_OPEN_START = none asked for */
};
/* Today, the rules of today, everything known, for the caller himself. */
struct points_query points_query_own(const struct caller *c);

NODISCARD enum err points_score(struct points *p, struct store *s, struct arena *a,
                                const struct caller *c, const struct points_query *q,
                                struct json *out);
/* ERR_NOT_FOUND: no such indicator applies to the person that day. */
NODISCARD enum err points_indicator(struct points *p, struct store *s, struct arena *a,
                                    const struct caller *c, const struct points_query *q,
                                    struct str indicator, struct json *out);
/* docs/explain.schema.json, or prose. */
NODISCARD enum err points_explain_json(struct points *p, struct store *s, struct arena *a,
                                       const struct caller *c, const struct points_query *q,
                                       struct buf *out);
NODISCARD enum err points_explain_text(struct points *p, struct store *s, struct arena *a,
                                       const struct caller *c, const struct points_query *q,
                                       struct buf *out);

/* From q->since to q->day, each as known then (q->known_at for the latter): every difference of an
 * indicator with its cause; the causes sum exactly to the difference of the totals. */
NODISCARD enum err points_changes(struct points *p, struct store *s, struct arena *a,
                                  const struct caller *c, const struct points_query *q,
                                  struct json *out);

/* The days of the last POINTS_HISTORY_MONTHS months on which one indicator's points changed, each
 * as known at its end, newest first: {"indicator","title","from","on","changes":[{"on","from","to",
 * "delta","causes":[{"delta","cause","text"}]}]}. ERR_NOT_FOUND: the rules have no such one. */
#define POINTS_HISTORY_MONTHS 24
NODISCARD enum err points_history(struct points *p, struct store *s, struct arena *a,
                                  const struct caller *c, const struct points_query *q,
                                  struct str indicator, struct json *out);

/* How far a forecast looks, by which rules, and what it assumes. */
struct points_period {
    int32_t years;     /* 1 .. 100, from the day of the question on */
    int32_t rule_day;  /* DATE_OPEN_START: the rules of each day */
    struct str assume; /* registers that are assumed to go on, names with commas between */
};

/* docs/forecast.schema.json: the changes of a period with no new fact. ERR_RANGE with *ret_field =
 * "assume": one of the registers cannot be assumed to go on; *ret_field is empty otherwise. */
NODISCARD enum err points_forecast(struct points *p, struct store *s, struct arena *a,
                                   const struct caller *c, const struct points_query *q,
                                   const struct points_period *h, struct buf *out,
                                   struct str *ret_field);

/* What the person could change to gain points (engine/advice.h), as docs/advice.schema.json has it;
 * with `line` not NULL also the soonest way to that many 1/scale points. Bounded: about 10,000
 * scores, a tenth of a second. */
NODISCARD enum err points_advice(struct points *p, struct store *s, struct arena *a,
                                 const struct caller *c, const struct points_query *q,
                                 const int64_t *line, struct json *out);
int64_t points_scale(const struct points *p); /* units of a point */

/* Facts that somebody only imagines: the text of a JSON object {register: [{field: text}]}. A
 * register that is not named has answered: nothing. A permit of the division is assumed where none
 * is given. */
struct points_imagined {
    int32_t division, day;
    struct str facts;
};
#define POINTS_IMAGINED_ROWS 200u /* records of all registers together */

/* Estimates for anybody, of imagined facts: the score, what becomes of it, what would raise it; for
 * the same facts the same answers as points_score, points_forecast and points_advice have. Stores
 * nothing. What cannot be read is ERR_SYNTAX (has another form), ERR_NOT_FOUND (no such register or
 * field), ERR_ROWS (more records than POINTS_IMAGINED_ROWS, or than the register takes) or
 * ERR_RANGE (a value that may not stand there, an end before its beginning, times that overlap),
 * with *ret_field = "register.field" (in the arena), "facts" or "assume". With *ret_field empty
 * ERR_NOT_FOUND means that no rules are in force there that day. */
NODISCARD enum err points_estimate(struct points *p, struct arena *a, const struct caller *c,
                                   const struct points_imagined *x, struct json *out,
                                   struct str *ret_field);
NODISCARD enum err points_estimate_forecast(struct points *p, struct arena *a,
                                            const struct caller *c, const struct points_imagined *x,
                                            const struct points_period *h, struct buf *out,
                                            struct str *ret_field);
NODISCARD enum err points_estimate_advice(struct points *p, struct arena *a, const struct caller *c,
                                          const struct points_imagined *x, const int64_t *line,
                                          struct json *out, struct str *ret_field);
/* The registers and fields an estimate can be given for a division. */
NODISCARD enum err points_estimate_form(struct points *p, struct arena *a, const struct caller *c,
                                        int32_t division, int32_t day, struct json *out);

/* Schemes in force at a place with groups, indicators, ranges, clauses. ERR_NOT_FOUND: none. */
NODISCARD enum err points_rules(struct points *p, struct arena *a, const struct caller *c,
                                int32_t division, int32_t day, struct json *out);
/* The text of a scheme's rule file; empty when the rules came as an image. ERR_NOT_FOUND. */
NODISCARD enum err points_rule_text(struct points *p, const struct caller *c, struct str scheme,
                                    struct str *ret);

#endif
