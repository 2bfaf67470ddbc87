/* Receipts: made by residents of their own points, read by them, replayed by auditors. */
#include "service/receipts.h"

#include "http/handlers.h"

/* /api/v1/receipts/{number}, /api/v1/audit/receipts/{number} */
#define AT_NUMBER 3
#define AT_AUDIT_NUMBER 4

void handle_me_receipt_make(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    struct json_in in;
    struct str answer;

    if (!json_in_open(&in, q, r)) return;
    const int32_t on = json_in_day(&in, "on", false);
    if (!json_in_done(&in)) return;
    const enum err e = receipt_make(w->points, w->store, q->arena, &q->caller, request_key(q),
                                    on == DATE_OPEN_START ? q->caller.today : on, &answer);
    answer_text(q, r, e, answer);
}

void handle_me_receipts(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r, receipts_own(w->store, q->arena, &q->caller, &j));
}

void handle_receipt_show(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r, receipt_show(w->store, q->arena, &q->caller, q->segments[AT_NUMBER], &j));
}

/* Whose receipt it is, looked at by somebody else: recorded. */
static enum err record_number(struct http_worker *w, const struct http_request *q,
                              struct str number)
{
    struct store_receipt x;
    enum err e = access_check(&q->caller, q->route->action, 0, 0);

    if (e == ERR_OK) e = store_receipt_by_number(w->store, q->arena, number, &x);
    return e == ERR_OK ? record_read(w, q, x.person) : e;
}

void handle_audit_receipt(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    const struct str number = q->segments[AT_AUDIT_NUMBER];
    struct json j;
    enum err e = record_number(w, q, number);

    json_init(&j, &r->body, false);
    if (e == ERR_OK) e = receipt_show(w->store, q->arena, &q->caller, number, &j);
    answer_end(q, r, e);
}

void handle_audit_receipt_replay(struct http_worker *w, const struct http_request *q,
                                 struct http_response *r)
{
    const struct str number = q->segments[AT_AUDIT_NUMBER];
    struct receipt_replay x;
    struct json j;
    enum err e = record_number(w, q, number);

    if (e == ERR_OK) e = receipt_replay(w->points, w->store, q->arena, &q->caller, number, &x);
    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        json_open_object(&j);
        put_str(&j, "number", number);
        put_bool(&j, "same", x.same);
        put_bool(&j, "same_rules", x.same_rules);
        put_hash(&j, "then", &x.then);
        put_hash(&j, "now", &x.now);
        json_end(&j);
    }
    answer_end(q, r, e);
}
