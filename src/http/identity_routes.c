/* Identity cases at the window: several persons with one number, numbers that changed. */
#include "service/identity.h"

#include "http/handlers.h"

/* /api/v1/staff/identity-cases/{number}/{event} */
#define AT_NUMBER 4
#define AT_EVENT 5

static struct identities begin(struct http_worker *w, const struct http_request *q,
                               const struct life_word **ret_guard)
{
    return (struct identities){w->store, q->arena, w->rules, &q->caller, ret_guard};
}

static void answer_case(const struct identities *x, const struct http_request *q,
                        struct http_response *r, enum err e, const struct identity_case *i)
{
    struct json j;

    if (answer_refused(q, r, e, x->ret_guard ? *x->ret_guard : NULL)) return;
    json_init(&j, &r->body, false);
    if (e == ERR_OK) e = identity_add_json(x, i, &j);
    answer_end(q, r, e);
}

void handle_staff_id_number(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    const struct identities x = begin(w, q, NULL);
    struct identity_case i;
    struct json_in in;
    int64_t person;

    if (!segment_person(w, q, r, &person) || !json_in_open(&in, q, r)) return;
    const struct str number = json_in_text(&in, "id_number", 1, 40);
    const struct str statement = json_in_text(&in, "statement", 0, IDENTITY_STATEMENT_MAX / 4);
    if (!json_in_done(&in)) return;
    const enum err e = identity_ask(&x, request_key(q), person, number, statement, &i);
    if (e == ERR_SYNTAX || e == ERR_RANGE || e == ERR_CORRUPT || e == ERR_EXISTS)
        problem_field(r, q, HTTP_FIELD_ID_NUMBER, STR("id_number"), NULL, 0);
    else /* who exists is not told */
        answer_case(&x, q, r, e == ERR_NOT_FOUND ? ERR_DENIED : e, &i);
}

void handle_identity_cases(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    const struct identities x = begin(w, q, NULL);
    const struct str state = http_query(q, "state");
    struct identity_case *all;
    uint32_t count = 0;
    int64_t after = 0;
    struct json j;

    if (!query_int(q, r, "after", 0, INT64_MAX, &after)) return;
    if (state.n > 0 && !life_state_named(&identity_life, state)) {
        problem_field(r, q, HTTP_FIELD_VALUE, STR("state"), NULL, 0);
        return;
    }
    enum err e = identity_list(&x, state, after, &all, &count);
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "items");
    json_open_array(&j);
    for (uint32_t k = 0; k < count && e == ERR_OK; k++)
        e = identity_add_json(&x, &all[k], &j);
    json_end(&j);
    if (count > 0)
        put_int(&j, "last", all[count - 1].object.id);
    else
        put_null(&j, "last");
    json_end(&j);
    answer_end(q, r, e);
}

void handle_identity_step(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    const struct life_word *guard = NULL;
    const struct identities x = begin(w, q, &guard);
    struct identity_case i;
    struct json_in in;

    if (!json_in_open(&in, q, r)) return;
    const struct str note = json_in_text(&in, "note", 0, IDENTITY_STATEMENT_MAX / 4);
    if (!json_in_done(&in)) return;
    const enum err e =
        identity_step(&x, request_key(q), q->segments[AT_NUMBER], q->segments[AT_EVENT], note, &i);
    answer_case(&x, q, r, e, &i);
}
