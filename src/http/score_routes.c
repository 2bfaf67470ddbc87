/* One's own points: the score, one indicator, explanations, changes, who looked. */
#include "base/date.h"
#include "http/handlers.h"
#include "service/reads.h"

/* /api/v1/me/score/{indicator} */
#define AT_INDICATOR 4

/* ?on= (default today; not later than the calendar can say) with the rules of that day. */
static bool query_own(const struct http_request *q, struct http_response *r,
                      struct points_query *ret)
{
    *ret = points_query_own(&q->caller);
    if (!query_day(q, r, "on", &ret->day) || !query_day(q, r, "since", &ret->since)) return false;
    ret->rule_day = ret->day;
    return true;
}

/* Explanations print the number register files use for the person. */
static enum err add_code(struct http_worker *w, const struct http_request *q,
                         struct points_query *p)
{
    struct store_identity who;
    const enum err e = store_person_identity(w->store, q->arena, p->person, &who);

    if (e == ERR_OK) p->code = who.code;
    return e;
}

void handle_me_score(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct points_query p;
    struct json j;

    if (!query_own(q, r, &p)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, points_score(w->points, w->store, q->arena, &q->caller, &p, &j));
}

void handle_me_indicator(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct points_query p;
    struct json j;

    if (!query_own(q, r, &p)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r,
               points_indicator(w->points, w->store, q->arena, &q->caller, &p,
                                q->segments[AT_INDICATOR], &j));
}

void handle_me_indicator_history(struct http_worker *w, const struct http_request *q,
                                 struct http_response *r)
{
    const struct points_query p = points_query_own(&q->caller);
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r,
               points_history(w->points, w->store, q->arena, &q->caller, &p,
                              q->segments[AT_INDICATOR], &j));
}

void handle_me_explanation(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    struct points_query p;

    if (!query_own(q, r, &p)) return;
    enum err e = add_code(w, q, &p);
    if (e == ERR_OK)
        e = points_explain_json(w->points, w->store, q->arena, &q->caller, &p, &r->body);
    answer_end(q, r, e);
}

void handle_me_explanation_text(struct http_worker *w, const struct http_request *q,
                                struct http_response *r)
{
    struct points_query p;

    if (!query_own(q, r, &p)) return;
    r->type = "text/plain; charset=utf-8";
    enum err e = add_code(w, q, &p);
    if (e == ERR_OK)
        e = points_explain_text(w->points, w->store, q->arena, &q->caller, &p, &r->body);
    answer_end(q, r, e);
}

void handle_me_changes(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct points_query p = points_query_own(&q->caller);
    struct str from;
    struct json j;

    if (!query_needed(q, r, "from", &from) || !query_day(q, r, "from", &p.since) ||
        !query_day(q, r, "to", &p.day))
        return;
    if (p.since >= p.day) {
        problem_field(r, q, HTTP_FIELD_ORDER, STR("from"), (struct str[]){STR("to")}, 1);
        return;
    }
    p.rule_day = p.day;
    json_init(&j, &r->body, false);
    answer_end(q, r, points_changes(w->points, w->store, q->arena, &q->caller, &p, &j));
}

void handle_me_forecast(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct points_query p = points_query_own(&q->caller);
    struct points_period h = {.rule_day = DATE_OPEN_START, .assume = http_query(q, "assume")};
    struct str field = STR("");
    int64_t years = FORECAST_YEARS;

    if (!query_int(q, r, "years", 1, FORECAST_YEARS_MOST, &years) ||
        !query_day(q, r, "rules_of", &h.rule_day))
        return;
    h.years = (int32_t)years;
    enum err e = add_code(w, q, &p);
    if (e == ERR_OK)
        e = points_forecast(w->points, w->store, q->arena, &q->caller, &p, &h, &r->body, &field);
    if (e == ERR_RANGE && field.n > 0)
        problem_field(r, q, HTTP_FIELD_VALUE, field, NULL, 0);
    else
        answer_end(q, r, e);
}

bool line_read(const struct http_worker *w, const struct http_request *q, struct http_response *r,
               struct str text, int64_t *ret)
{
    if (text.n == 0 || decimal_parse(text, points_scale(w->points), ret) == ERR_OK) return true;
    problem_field(r, q, HTTP_FIELD_VALUE, STR("line"), NULL, 0);
    return false;
}

/* ?line= is a number of points. */
void handle_me_advice(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    const struct str text = http_query(q, "line");
    struct points_query p;
    struct json j;
    int64_t line = 0;

    if (!query_own(q, r, &p) || !line_read(w, q, r, text, &line)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r,
               points_advice(w->points, w->store, q->arena, &q->caller, &p,
                             text.n > 0 ? &line : NULL, &j));
}

void handle_me_access(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r, reads_own(w->store, q->arena, &q->caller, &j));
}
