/* What changed between two days for a person of the store, and why (engine/changes.h): on the first
 * day as known then, on the second as known then. */
#include "base/date.h"
#include "service/points_internal.h"

/* --- what was added and taken back --- */

static bool has_fact(const struct fact_person *p, const struct fact_origin *o)
{
    for (uint32_t i = 0; i < p->origin_count; i++)
        if (p->origins[i].reg == o->reg && p->origins[i].fact == o->fact) return true;
    return false;
}

static void mark_missing(const struct fact_person *in, const struct fact_person *other, bool *of)
{
    for (uint32_t i = 0; i < in->origin_count; i++)
        if (!has_fact(other, &in->origins[i])) of[in->origins[i].reg] = true;
}

/* --- the four states --- */

static enum err read_states(struct points *p, struct store *s, struct arena *a,
                            const struct points_query *q, struct points_result at[CHANGE_STATES])
{
    struct points_query then = *q;

    then.day = then.rule_day = q->since;
    then.known_at = date_first_instant(q->since + 1) - 1;
    enum err e = points_read(p, s, a, &then, &at[0]);
    if (e == ERR_OK) e = points_read(p, s, a, q, &at[3]);
    if (e != ERR_OK) return e;
    at[1] = at[2] = at[0];
    at[1].rule_day = at[2].rule_day = q->rule_day;
    at[2].day = q->day;
    e = points_compute(p, a, &at[1]);
    return e == ERR_OK ? points_compute(p, a, &at[2]) : e;
}

/* From the facts' origins: what one state of knowledge has that the other has not. */
static enum err compare(struct arena *a, const struct rules *r,
                        const struct points_result at[CHANGE_STATES], struct changes *ret)
{
    struct change_state states[CHANGE_STATES];
    bool *added = ARENA_ARRAY(a, bool, r->reg_count);
    bool *removed = ARENA_ARRAY(a, bool, r->reg_count);

    if (!added || !removed) return ERR_NOMEM;
    mark_missing(&at[3].facts, &at[0].facts, added);
    mark_missing(&at[0].facts, &at[3].facts, removed);
    for (int i = 0; i < CHANGE_STATES; i++)
        states[i] = (struct change_state){at[i].plan, &at[i].score};
    return changes_between(a, states, added, removed, ret);
}

static void put_end(struct json *j, const char *key, const struct rules *r,
                    const struct points_result *at)
{
    put_change_end(j, key, &(struct change_end){r, &at->score, at->day});
}

enum err points_changes(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        const struct points_query *q, struct json *out)
{
    struct points_result at[CHANGE_STATES];
    struct changes x;
    enum err e = points_may_read(c, q);

    points_begin(p);
    if (e == ERR_OK && (q->since <= DATE_OPEN_START || q->since > q->day)) e = ERR_RANGE;
    if (e == ERR_OK) e = read_states(p, s, a, q, at);
    if (e == ERR_OK) e = compare(a, p->rules, at, &x);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_end(out, "from", p->rules, &at[0]);
    put_end(out, "to", p->rules, &at[3]);
    put_changes(out, &x, c->lang);
    json_end(out);
    return buf_err(out->out);
}

/* --- the history of one indicator --- */

struct history {
    struct points *p;
    struct store *s;
    const struct points_query *q;
    int32_t indicator, first;
    const int64_t *moments; /* at which what is known changed */
    uint32_t moment_count;
    enum lang lang;
    struct json *j;
};

/* The moment up to which what is known at the end of a day was recorded; 0 = nothing. */
static int64_t known_on(const struct history *h, int32_t day)
{
    const int64_t end = day == h->q->day ? h->q->known_at : date_first_instant(day + 1) - 1;
    uint32_t n = 0;

    while (n < h->moment_count && h->moments[n] <= end)
        n++;
    return n > 0 ? h->moments[n - 1] : 0;
}

static struct points_query asked_on(const struct history *h, int32_t day)
{
    struct points_query q = *h->q;

    q.day = q.rule_day = day;
    q.known_at = known_on(h, day);
    return q;
}

/* Facts of one state of knowledge, kept for the days that share it. */
struct epoch {
    struct arena arena;
    struct fact_person facts;
    int64_t known_at; /* -1 = none yet */
};

static enum err epoch_take(const struct history *h, const struct points_query *q, struct epoch *x)
{
    if (x->known_at == q->known_at) return ERR_OK;
    arena_done(&x->arena);
    x->known_at = q->known_at;
    return fact_person_read(&x->arena, h->s, h->p->rules, q->person, q->known_at, q->code,
                            &x->facts);
}

/* The indicator's lower end on a day, signed as in the total. */
static enum err value_on(const struct history *h, int32_t day, struct epoch *x, int64_t *ret)
{
    const struct points_query q = asked_on(h, day);
    struct points_result r = {.day = day, .rule_day = day, .known_at = q.known_at};
    struct arena a;
    enum err e = epoch_take(h, &q, x);

    if (e != ERR_OK) return e;
    arena_init(&a, 0);
    points_begin(h->p);
    r.facts = x->facts;
    e = points_compute(h->p, &a, &r);
    if (e == ERR_OK)
        *ret = (changes_deducts(h->p->rules, h->indicator) ? -1 : 1) *
               points_indicator_lo(&r, h->indicator);
    arena_done(&a);
    return e;
}

/* One day on which it changed, by the states of a comparison with the day before. */
static enum err put_day_of_change(const struct history *h, int32_t day, int64_t from, int64_t to)
{
    const struct rules *r = h->p->rules;
    struct points_query q = asked_on(h, day);
    struct points_result at[CHANGE_STATES];
    struct changes x;
    struct arena a;

    arena_init(&a, 0);
    points_begin(h->p);
    q.since = day - 1;
    enum err e = read_states(h->p, h->s, &a, &q, at);
    if (e == ERR_OK) e = compare(&a, r, at, &x);
    if (e == ERR_OK) {
        json_open_object(h->j);
        put_day(h->j, "on", day);
        put_points(h->j, "from", r, from);
        put_points(h->j, "to", r, to);
        put_delta(h->j, "delta", r->scale, to - from);
        json_key(h->j, "causes");
        json_open_array(h->j);
        for (uint32_t i = 0; i < x.count; i++) {
            if (x.items[i].after != h->indicator) continue;
            json_open_object(h->j);
            put_change_cause(h->j, &x, &x.items[i], h->lang);
            json_end(h->j);
        }
        json_end(h->j);
        json_end(h->j);
    }
    arena_done(&a);
    return e;
}

/* From the last day backwards. */
static enum err put_days(const struct history *h)
{
    struct epoch epoch = {.known_at = -1};
    int64_t to = 0;

    arena_init(&epoch.arena, 0);
    enum err e = value_on(h, h->q->day, &epoch, &to);
    for (int32_t day = h->q->day; day > h->first && e == ERR_OK; day--) {
        int64_t from = 0;
        e = value_on(h, day - 1, &epoch, &from);
        if (e == ERR_OK && from != to) e = put_day_of_change(h, day, from, to);
        to = from;
    }
    arena_done(&epoch.arena);
    return e;
}

static int32_t indicator_named(const struct rules *r, struct str name)
{
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (str_eq(r->indicators[i].name.ascii, name)) return (int32_t)i;
    return -1;
}

enum err points_history(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        const struct points_query *q, struct str indicator, struct json *out)
{
    struct history h = {.p = p,
                        .s = s,
                        .q = q,
                        .indicator = indicator_named(p->rules, indicator),
                        .lang = c->lang,
                        .j = out};
    int64_t *moments;
    enum err e = points_may_read(c, q);

    if (e == ERR_OK && h.indicator < 0) e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = store_moments_of(s, a, q->person, &moments, &h.moment_count);
    if (e != ERR_OK) return e;
    h.moments = moments;
    h.first = date_add_months(q->day, -POINTS_HISTORY_MONTHS, MONTH_CLAMP);
    json_open_object(out);
    put_str(out, "indicator", indicator);
    put_title(out, &p->rules->indicators[h.indicator].name, c->lang);
    put_day(out, "from", h.first);
    put_day(out, "on", q->day);
    json_key(out, "changes");
    json_open_array(out);
    e = put_days(&h);
    json_end(out);
    json_end(out);
    return e == ERR_OK ? buf_err(out->out) : e;
}
