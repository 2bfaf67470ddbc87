/* At the window: residents found, their points; every read is recorded before the answer leaves. */
#include "http/handlers.h"
#include "service/permit.h"
#include "service/persons.h"

/* /api/v1/staff/persons/{person}/score/{indicator} */
#define AT_INDICATOR 6

void handle_staff_find(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json_in in;
    struct json j;

    if (!json_in_open(&in, q, r)) return;
    const struct str number = json_in_text(&in, "id_number", 1, 40);
    if (!json_in_done(&in)) return;
    json_init(&j, &r->body, false);
    const enum err e = persons_find(w->store, q->arena, w->rules, &q->caller, number, &j);
    if (e == ERR_SYNTAX || e == ERR_RANGE || e == ERR_CORRUPT)
        problem_field(r, q, HTTP_FIELD_ID_NUMBER, STR("id_number"), NULL, 0);
    else
        answer_end(q, r, e);
}

bool segment_person(struct http_worker *w, const struct http_request *q, struct http_response *r,
                    int64_t *ret)
{
    int64_t person;

    if (!segment_id(q, r, AT_PERSON, &person)) return false;
    const enum err e = store_person_survivor(w->store, person, STORE_KNOWN_NOW, ret);
    if (e != ERR_OK) answer_end(q, r, e);
    return e == ERR_OK;
}

/* Whom the request is about, where that person belongs, and that the caller may look: recorded. */
static enum err begin_read(struct http_worker *w, const struct http_request *q,
                           struct points_query *p)
{
    struct store_identity who;
    enum err e = store_person_identity(w->store, q->arena, p->person, &who);

    if (e == ERR_OK)
        e = permit_place(w->store, q->arena, w->rules, p->person, q->caller.today, &p->division);
    if (e == ERR_OK) e = access_check(&q->caller, q->route->action, p->person, p->division);
    if (e != ERR_OK) return e == ERR_NOT_FOUND ? ERR_DENIED : e; /* who exists is not told */
    p->code = who.code;
    return record_read(w, q, p->person);
}

bool staff_begin(struct http_worker *w, const struct http_request *q, struct http_response *r,
                 struct points_query *ret)
{
    *ret = points_query_own(&q->caller);
    if (!segment_person(w, q, r, &ret->person) || !query_day(q, r, "on", &ret->day) ||
        !query_day(q, r, "since", &ret->since))
        return false;
    ret->rule_day = ret->day;
    const enum err e = begin_read(w, q, ret);
    if (e != ERR_OK) answer_end(q, r, e);
    return e == ERR_OK;
}

void handle_staff_score(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct points_query p;
    struct json j;

    if (!staff_begin(w, q, r, &p)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, points_score(w->points, w->store, q->arena, &q->caller, &p, &j));
}

void handle_staff_indicator(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    struct points_query p;
    struct json j;

    if (!staff_begin(w, q, r, &p)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r,
               points_indicator(w->points, w->store, q->arena, &q->caller, &p,
                                q->segments[AT_INDICATOR], &j));
}

void handle_staff_explanation(struct http_worker *w, const struct http_request *q,
                              struct http_response *r)
{
    struct points_query p;

    if (!staff_begin(w, q, r, &p)) return;
    answer_end(q, r, points_explain_json(w->points, w->store, q->arena, &q->caller, &p, &r->body));
}
