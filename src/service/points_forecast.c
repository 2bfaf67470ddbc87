/* What will become of one person's points: facts out of the store or imagined, days out of the
 * engine. */
#include "base/date.h"
#include "engine/forecast.h"
#include "service/points_internal.h"

#define CHANGES_MOST 1000u /* of one answer: a month's and a half-month's of 25 years, and room */

static enum err read_assumed(const struct points *p, struct arena *a, struct str names,
                             const bool **ret, struct str *ret_field)
{
    bool *assumed = ARENA_ARRAY(a, bool, p->rules->reg_count);
    struct str bad;

    if (assumed == NULL) return ERR_NOMEM;
    if (forecast_read_assumed(p->rules, names, assumed, &bad) != ERR_OK) {
        *ret_field = STR("assume");
        return ERR_RANGE;
    }
    *ret = assumed;
    return ERR_OK;
}

enum err points_forecast_of(const struct points *p, struct arena *a,
                            const struct fact_person *facts, int32_t day,
                            const struct points_period *h, enum lang lang, struct buf *out,
                            struct str *ret_field)
{
    struct forecast_options o = {.day = day,
                                 .last = date_add_months(day, 12 * h->years, MONTH_CLAMP),
                                 .rule_day = h->rule_day <= DATE_OPEN_START ? FORECAST_RULES_FOLLOW
                                                                            : h->rule_day,
                                 .changes_max = CHANGES_MOST};
    const struct forecast *f = NULL;
    enum err e = ERR_OK;

    if (o.last > DATE_LAST) o.last = DATE_LAST;
    if (h->assume.n > 0) e = read_assumed(p, a, h->assume, &o.assumed, ret_field);
    if (e == ERR_OK)
        e = o.assumed != NULL ? forecast_person_assuming(a, &facts->people, 0, &o, &f)
                              : forecast_person(a, &facts->people, 0, &o, &f);
    if (e == ERR_OK) e = f->start->error; /* no figures: a case for people */
    return e == ERR_OK ? forecast_json(f, lang, false, out) : e;
}

enum err points_forecast(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                         const struct points_query *q, const struct points_period *h,
                         struct buf *out, struct str *ret_field)
{
    struct fact_person facts;
    enum err e = points_may_read(c, q);

    *ret_field = STR("");
    if (e == ERR_OK) e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, &facts);
    return e == ERR_OK ? points_forecast_of(p, a, &facts, q->day, h, c->lang, out, ret_field) : e;
}
