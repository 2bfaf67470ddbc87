/* What will become of one person's points: facts out of the store, days out of the engine. */
#include "base/date.h"
#include "engine/forecast.h"
#include "service/points_internal.h"

#define CHANGES_MOST 1000u /* of one answer: a month's and a half-month's of 25 years, and room */

static enum err read_assumed(const struct points *p, struct arena *a, struct str names,
                             const bool **ret)
{
    bool *assumed = ARENA_ARRAY(a, bool, p->rules->reg_count);
    struct str bad;

    if (assumed == NULL) return ERR_NOMEM;
    const enum err e = forecast_read_assumed(p->rules, names, assumed, &bad);
    if (e == ERR_OK) *ret = assumed;
    return e;
}

enum err points_forecast(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                         const struct points_query *q, int32_t years, struct str assume,
                         struct buf *out)
{
    struct forecast_options o = {.day = q->day,
                                 .last = date_add_months(q->day, 12 * years, MONTH_CLAMP),
                                 .rule_day = q->rule_day <= DATE_OPEN_START ? FORECAST_RULES_FOLLOW
                                                                            : q->rule_day,
                                 .changes_max = CHANGES_MOST};
    struct fact_person facts;
    const struct forecast *f = NULL;
    enum err e = points_may_read(c, q);

    if (o.last > DATE_LAST) o.last = DATE_LAST;
    if (e == ERR_OK && assume.n > 0) e = read_assumed(p, a, assume, &o.assumed);
    if (e == ERR_OK) e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, &facts);
    if (e == ERR_OK)
        e = o.assumed != NULL ? forecast_person_assuming(a, &facts.people, 0, &o, &f)
                              : forecast_person(a, &facts.people, 0, &o, &f);
    if (e == ERR_OK) e = f->start->error; /* no figures: a case for people */
    return e == ERR_OK ? forecast_json(f, c->lang, false, out) : e;
}
