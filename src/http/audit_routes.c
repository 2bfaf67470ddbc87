/* For auditors: the log, its chain, and any day replayed. */
#include "service/audit.h"

#include "http/handlers.h"

void handle_audit_list(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    int64_t after = 0;
    struct json j;

    if (!query_int(q, r, "after", 0, INT64_MAX, &after)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, audit_list(w->store, q->arena, &q->caller, after, &j));
}

/* ?seq= and ?head=: a head that somebody wrote down earlier. */
void handle_audit_verify(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    const struct str text = http_query(q, "head");
    int64_t seq = 0;
    struct hash head;
    struct json j;

    if (!query_int(q, r, "seq", 1, INT64_MAX, &seq)) return;
    if (text.n > 0 && !hash_parse(text, &head)) {
        problem_field(r, q, HTTP_FIELD_VALUE, STR("head"), NULL, 0);
        return;
    }
    json_init(&j, &r->body, false);
    answer_end(q, r,
               audit_verify(w->store, q->arena, &q->caller, seq, text.n > 0 ? &head : NULL, &j));
}

/* ?person=, ?on= and ?known_at= (default now): all that was known by the end of that second. */
void handle_audit_replay(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct points_query p = points_query_own(&q->caller);
    struct str needed;
    struct json j;

    if (!query_needed(q, r, "person", &needed) ||
        !query_int(q, r, "person", 1, INT64_MAX, &p.person) || !query_day(q, r, "on", &p.day) ||
        !query_instant(q, r, "known_at", &p.known_at))
        return;
    p.rule_day = p.day;
    if (p.known_at != STORE_KNOWN_NOW) p.known_at += MICROS_PER_SECOND - 1;
    enum err e = access_check(&q->caller, ACTION_SCORE_REPLAY, p.person, 0);
    if (e == ERR_OK) /* as whom the person was known then */
        e = store_person_survivor(w->store, p.person, p.known_at, &p.person);
    if (e == ERR_OK) e = record_read(w, q, p.person);
    json_init(&j, &r->body, false);
    if (e == ERR_OK) e = points_score(w->points, w->store, q->arena, &q->caller, &p, &j);
    answer_end(q, r, e);
}
