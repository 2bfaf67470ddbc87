/* The residence permit: one's own, and at the window. */
#include "service/permit.h"

#include "http/handlers.h"

/* /api/v1/me/permit/{event}, /api/v1/staff/persons/{person}/permit/{event} */
#define AT_EVENT 4
#define AT_STAFF_EVENT 6

#define REASON_MOST 200
#define NOTE_MOST 500

static bool read_ask(const struct http_request *q, struct http_response *r, struct permit_ask *ret)
{
    struct json_in in;

    if (!json_in_open(&in, q, r)) return false;
    *ret = (struct permit_ask){.reason = json_in_text(&in, "reason", 0, REASON_MOST),
                               .note = json_in_text(&in, "note", 0, NOTE_MOST)};
    ret->division = json_in_has(&in, "division")
                        ? (int32_t)json_in_int(&in, "division", 110000, 999999)
                        : (int32_t)json_in_none(&in, "division");
    return json_in_done(&in);
}

static void step(struct http_worker *w, const struct http_request *q, struct http_response *r,
                 int64_t person, struct str event)
{
    struct permit_ask ask;
    const struct life_word *guard = NULL;
    struct str answer = {NULL, 0};

    if (!read_ask(q, r, &ask)) return;
    const enum err e = permit_step(w->store, q->arena, w->rules, &q->caller, request_key(q), person,
                                   event, &ask, &answer, &guard);
    if (!answer_refused(q, r, e, guard)) answer_text(q, r, e, answer);
}

void handle_me_permit(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r, permit_view(w->store, q->arena, w->rules, &q->caller, q->caller.person, &j));
}

void handle_me_permit_step(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    step(w, q, r, q->caller.person, q->segments[AT_EVENT]);
}

void handle_staff_permit(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct points_query p;
    struct json j;

    if (!staff_begin(w, q, r, &p)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, permit_view(w->store, q->arena, w->rules, &q->caller, p.person, &j));
}

/* The service looks at the place: of the permit, or of the county where one is applied for. */
void handle_staff_permit_step(struct http_worker *w, const struct http_request *q,
                              struct http_response *r)
{
    struct store_identity who;
    int64_t person;

    if (!segment_person(w, q, r, &person)) return;
    const enum err e = store_person_identity(w->store, q->arena, person, &who);
    if (e != ERR_OK)
        answer_end(q, r, e == ERR_NOT_FOUND ? ERR_DENIED : e);
    else
        step(w, q, r, person, q->segments[AT_STAFF_EVENT]);
}
