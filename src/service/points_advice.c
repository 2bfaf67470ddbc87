/* What a person could change to gain points: facts out of the store or imagined. */
#include "base/date.h"
#include "engine/advice.h"
#include "service/points_internal.h"

#define VALUES_MOST 60
#define TRIES_MOST 3000 /* pairs, and sets */

int64_t points_scale(const struct points *p)
{
    return p->rules->scale;
}

enum err points_advice_of(struct arena *a, const struct fact_person *facts, int32_t day,
                          int32_t rule_day, const int64_t *line, enum lang lang, struct json *out)
{
    struct advice_options o = advice_options_of(day);
    const struct advice *v;

    if (rule_day != day) o.rule_day = rule_day;
    o.values_most = VALUES_MOST;
    o.pairs_most = o.sets_most = TRIES_MOST;
    o.has_line = line != NULL;
    o.line = line != NULL ? *line : 0;
    const enum err e = advice_person(a, &facts->people, 0, &o, &v);
    return e == ERR_OK ? advice_put(v, lang, true, out) : e;
}

enum err points_advice(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                       const struct points_query *q, const int64_t *line, struct json *out)
{
    struct fact_person facts;
    enum err e = points_may_read(c, q);

    if (e == ERR_OK) e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, &facts);
    return e == ERR_OK ? points_advice_of(a, &facts, q->day, q->rule_day, line, c->lang, out) : e;
}
