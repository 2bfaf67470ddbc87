/* Between the files points*.c. */
#ifndef JIFEN_SERVICE_POINTS_INTERNAL_H
#define JIFEN_SERVICE_POINTS_INTERNAL_H

#include "engine/explain.h"
#include "service/points.h"
#include "service/put_rules.h"

#define POINTS_PLANS 64 /* chains × rule days kept ready between questions */
#define POINTS_ROOM 72  /* and during one, which needs a few */

struct points_plan {
    int32_t scheme, rule_day;
    struct plan *plan;
};

struct points {
    const struct rules *rules;
    struct points_memo *memo; /* NULL = everything is computed */
    struct arena arena;       /* of the plans */
    struct points_plan plans[POINTS_ROOM];
    uint32_t plan_count;
};

/* A score with its plan; arrays in the caller's arena. */
struct points_result {
    struct fact_person facts;
    const struct plan *plan;
    struct home home;
    struct score score;
    int32_t day, rule_day;
    int64_t known_at;
};

/* A question begins: plans are forgotten only here, so that none goes while it is used. */
void points_begin(struct points *p);
NODISCARD enum err points_plan_of(struct points *p, int32_t scheme, int32_t rule_day,
                                  const struct plan **ret);
/* Score the person of r->facts on r->day by r->rule_day. */
NODISCARD enum err points_compute(struct points *p, struct arena *a, struct points_result *r);
NODISCARD enum err points_read(struct points *p, struct store *s, struct arena *a,
                               const struct points_query *q, struct points_result *ret);
/* The whole object of /me/score. `before` NULL, or the earlier score that lines are compared to. */
NODISCARD enum err points_add_score(struct points *p, struct arena *a,
                                    const struct points_result *r,
                                    const struct points_result *before, enum lang lang,
                                    bool is_estimate, struct json *out);
/* Lower end of an indicator of the image under a result; 0 where it does not apply. */
int64_t points_indicator_lo(const struct points_result *r, int32_t indicator);
/* What becomes of the facts' one person, and what would raise the points; of facts out of the store
 * and of imagined ones alike. rule_day DATE_OPEN_START: the rules of each day. */
NODISCARD enum err points_forecast_of(const struct points *p, struct arena *a,
                                      const struct fact_person *facts, int32_t day,
                                      const struct points_period *h, enum lang lang,
                                      struct buf *out, struct str *ret_field);
NODISCARD enum err points_advice_of(struct arena *a, const struct fact_person *facts, int32_t day,
                                    int32_t rule_day, const int64_t *line, enum lang lang,
                                    struct json *out);
/* ERR_DENIED unless the caller may see the person of the query. */
NODISCARD enum err points_may_read(const struct caller *c, const struct points_query *q);

#endif
