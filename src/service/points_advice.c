/* What a person could change to gain points, out of the store. */
#include "base/date.h"
#include "engine/advice.h"
#include "service/points_internal.h"

#define VALUES_MOST 60
#define TRIES_MOST 3000 /* pairs, and sets */

int64_t points_scale(const struct points *p)
{
    return p->rules->scale;
}

enum err points_advice(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                       const struct points_query *q, const int64_t *line, struct json *out)
{
    struct advice_options o = advice_options_of(q->day);
    struct fact_person facts;
    const struct advice *v;
    enum err e = points_may_read(c, q);

    if (e == ERR_OK) e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, &facts);
    if (e != ERR_OK) return e;
    if (q->rule_day != q->day) o.rule_day = q->rule_day;
    o.values_most = VALUES_MOST;
    o.pairs_most = o.sets_most = TRIES_MOST;
    o.has_line = line != NULL;
    o.line = line != NULL ? *line : 0;
    e = advice_person(a, &facts.people, 0, &o, &v);
    return e == ERR_OK ? advice_put(v, c->lang, true, out) : e;
}
