/* 积分申请 and 复核申请: filed by residents, read and taken up at the office in charge. */
#include "service/claims.h"

#include "http/handlers.h"

/* /api/v1/me/claims/{number}/materials/{id}, /api/v1/staff/claims/{number}/materials/{id} */
#define AT_NUMBER 4
#define AT_EVENT 5
#define AT_MATERIAL 6
#define ARENA_MAX ((size_t)96 << 20) /* materials and their texts: more than a request's own */

/* What is wrong with a filing, in the words of the service. */
static void answer_fault(const struct http_request *q, struct http_response *r,
                         const struct claim_fault *f)
{
    const struct str text = str_from_c(f->text[q->lang]);

    problem_field(r, q, HTTP_FIELD_SAID, str_from_c(f->field), &text, 1);
}

void handle_me_claim_file(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    struct claim_fault fault = {0};
    struct claim_filing f;
    struct arena a;
    struct str answer = {NULL, 0};

    arena_init(&a, ARENA_MAX);
    enum err e = claim_filing_read(&a, q->body, &f, &fault);
    if (e == ERR_OK)
        e = claim_file(w->store, &a, w->rules, &q->caller, request_key(q), &f, &answer, &fault);
    if (e == ERR_SYNTAX)
        http_problem(r, q, 400, HTTP_BAD_JSON, NULL, 0);
    else if (e == ERR_RANGE && fault.text[q->lang])
        answer_fault(q, r, &fault);
    else if (!answer_refused(q, r, e, fault.guard))
        answer_text(q, r, e, answer);
    arena_done(&a);
}

void handle_me_claims(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json j;

    json_init(&j, &r->body, false);
    answer_end(q, r, claims_own(w->store, q->arena, w->rules, &q->caller, &j));
}

void handle_staff_claims(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    int64_t after = 0;
    struct json j;

    if (!query_int(q, r, "after", 0, INT64_MAX, &after)) return;
    json_init(&j, &r->body, false);
    const enum err e =
        claims_list(w->store, q->arena, w->rules, &q->caller, http_query(q, "state"), after, &j);
    if (e == ERR_RANGE)
        problem_field(r, q, HTTP_FIELD_VALUE, STR("state"), NULL, 0);
    else
        answer_end(q, r, e);
}

/* Of staff the read is recorded before the answer leaves. */
static void show(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    int64_t person;
    struct json j;

    json_init(&j, &r->body, false);
    enum err e =
        claim_show(w->store, q->arena, w->rules, &q->caller, q->segments[AT_NUMBER], &j, &person);
    if (e == ERR_OK) e = record_read(w, q, person);
    answer_end(q, r, e);
}

void handle_me_claim(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    show(w, q, r);
}

void handle_staff_claim(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    show(w, q, r);
}

/* A file that a resident handed in goes out as a file to keep, of a type we know. */
static void material(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    static const char *const types[] = {"image/jpeg", "image/png", "application/pdf"};
    struct store_material m;
    struct arena a;
    int64_t person, id;

    if (!segment_id(q, r, AT_MATERIAL, &id)) return;
    arena_init(&a, ARENA_MAX);
    enum err e = claim_material(w->store, &a, &q->caller, q->segments[AT_NUMBER], id, &m, &person);
    if (e == ERR_OK) e = record_read(w, q, person);
    if (e == ERR_OK) {
        r->type = "application/octet-stream";
        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            if (str_eq(m.media_type, str_from_c(types[i]))) r->type = types[i];
        http_add_header(r, q, "Content-Disposition", STR("attachment"));
        buf_add(&r->body, m.bytes);
    }
    answer_end(q, r, e);
    arena_done(&a);
}

void handle_me_material(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    material(w, q, r);
}

void handle_staff_material(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    material(w, q, r);
}

static void step(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct str answer = {NULL, 0};
    const enum err e = claim_step(w->store, q->arena, &q->caller, request_key(q),
                                  q->segments[AT_NUMBER], q->segments[AT_EVENT], &answer);

    if (!answer_refused(q, r, e, NULL)) answer_text(q, r, e, answer);
}

void handle_me_claim_step(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    step(w, q, r);
}

void handle_staff_claim_step(struct http_worker *w, const struct http_request *q,
                             struct http_response *r)
{
    step(w, q, r);
}

void handle_claims_form(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    int32_t place, day;
    struct json j;

    (void)w;
    if (!query_place(q, r, &place, &day)) return;
    json_init(&j, &r->body, false);
    claims_form(place, q->lang, &j);
    answer_end(q, r, ERR_OK);
}
