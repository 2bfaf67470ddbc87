/* The table of routes, and what happens around every handler.
 *
 * Each row of route.def becomes a row of app_routes; its handler is reached through a wrapper that
 * asks for role and purpose (the service asks again, with person and place), gets the worker
 * ready, and takes note of inner failures. */
#include "base/division.h"
#include "http/app_internal.h"
#include "http/handlers.h"
#include "service/accounts.h"
#include "service/reads.h"

#define ROSTER_FRESH (20 * MICROS_PER_SECOND / 1000)

/* 401 for nobody, 403 for a role that may not, 403 with its own code when only the purpose is
 * missing. */
static bool is_admitted(const struct http_request *q, struct http_response *r, enum action a)
{
    const struct policy_row *p = &access_policies[a];
    const struct caller *c = &q->caller;

    if (!(p->roles & ROLE_BIT(c->role))) {
        if (c->role == ROLE_NOBODY)
            http_problem(r, q, 401, HTTP_SIGN_IN, NULL, 0);
        else
            http_problem(r, q, 403, HTTP_DENIED, NULL, 0);
        return false;
    }
    struct caller anywhere = *c;
    anywhere.division = 330000; /* place is for the service to judge */
    anywhere.person = 1;
    if (access_check(&anywhere, a, 1, 330000) == ERR_OK) return true;
    const struct str words = str_from_c(p->purposes);
    http_problem(r, q, 403, HTTP_PURPOSE, &words, 1);
    return false;
}

/* A store that is open, or the answer that there is none now. */
static bool is_ready(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    const enum err e = app_worker_ready(w);

    if (e == ERR_OK) return true;
    app_log(w->app, "database", q->id, str_from_c(err_text(e)));
    http_problem_err(r, q, ERR_BUSY);
    return false;
}

/* Is who asks still who the cache of sessions says? What changes an account ends its sessions, here
 * or in another process; the roster tells that some account was changed. A resident's own reads
 * rely on a roster of ROSTER_FRESH ago. */
static enum err look_again(struct http_worker *w, const struct http_request *q, bool *ret_is_gone)
{
    const bool is_own_read = q->caller.role == ROLE_RESIDENT && q->method == HTTP_GET;
    const int64_t age = q->caller.now - w->roster_read;
    bool lives = true;
    enum err e = ERR_OK;

    if (!is_own_read || age < 0 || age >= ROSTER_FRESH) {
        e = store_roster(w->store, &w->roster);
        w->roster_read = e == ERR_OK ? q->caller.now : 0;
    }
    if (e == ERR_OK && w->roster != q->caller.roster) {
        http_session_forget(q->server, q->session);
        e = account_session_lives(w->store, q->session, &lives);
    }
    *ret_is_gone = !lives;
    return e;
}

/* As somebody who is not signed in asks. */
static struct http_request signed_out(const struct http_request *q)
{
    struct http_request n = *q;

    n.caller = (struct caller){.role = ROLE_NOBODY,
                               .purpose = q->caller.purpose,
                               .case_number = q->caller.case_number,
                               .lang = q->caller.lang,
                               .now = q->caller.now,
                               .today = q->caller.today};
    n.session = NULL;
    n.by_cookie = false;
    return n;
}

static void handle(struct http_worker *w, const struct http_request *q, struct http_response *r,
                   enum action a, http_handler *handler)
{
    bool is_gone = false;
    enum err e = ERR_OK;

    if (!is_ready(w, q, r)) return;
    if (q->session && q->caller.role != ROLE_NOBODY) e = look_again(w, q, &is_gone);
    if (e != ERR_OK) {
        http_problem_err(r, q, e);
        return;
    }
    if (!is_gone) {
        handler(w, q, r);
        return;
    }
    const struct http_request n = signed_out(q);
    if (is_admitted(&n, r, a)) handler(w, &n, r);
}

static void run(struct http_worker *w, const struct http_request *q, struct http_response *r,
                enum action a, http_handler *handler)
{
    const char *type = r->type;

    if (!is_admitted(q, r, a)) return;
    handle(w, q, r, a, handler);
    if (r->status != 500) return;
    app_worker_failed(w, q);
    if (q->method != HTTP_GET) return;
    /* The database may have gone and come back since the last request: reading is tried again. */
    r->status = 200;
    r->type = type;
    r->body.n = 0;
    r->header_count = 0;
    handle(w, q, r, a, handler);
    if (r->status == 500) app_worker_failed(w, q);
}

#define ROUTE(id, method, path, action, body, write, per_minute, zh, en, request, response)        \
    static void run_##id(struct http_worker *w, const struct http_request *q,                      \
                         struct http_response *r)                                                  \
    {                                                                                              \
        run(w, q, r, ACTION_##action, handle_##id);                                                \
    }
#include "http/route.def"
#undef ROUTE

const struct http_route app_routes[] = {
#define ROUTE(id, method, path, action, body, write, per_minute, zh, en, request, response)        \
    {HTTP_##method, (path),       ACTION_##action, (body),                                         \
     (write),       (per_minute), run_##id,        {[LANG_ZH] = (zh), [LANG_EN] = (en)},           \
     (request),     (response)},
#include "http/route.def"
#undef ROUTE
};
const uint32_t app_route_count = sizeof app_routes / sizeof *app_routes;

/* --- what handlers share --- */

void answer_end(const struct http_request *q, struct http_response *r, enum err e)
{
    if (e == ERR_OK) e = buf_err(&r->body);
    if (e != ERR_OK) http_problem_err(r, q, e);
}

void answer_text(const struct http_request *q, struct http_response *r, enum err e, struct str json)
{
    if (e == ERR_OK) buf_add(&r->body, json);
    answer_end(q, r, e);
}

void answer_guard(const struct http_request *q, struct http_response *r,
                  const struct life_word *guard)
{
    if (!guard) return;
    http_problem_member(r, "guard", str_from_c(guard->code));
    http_problem_member(r, "guard_text", str_from_c(guard->text[q->lang]));
}

bool answer_refused(const struct http_request *q, struct http_response *r, enum err e,
                    const struct life_word *guard)
{
    static const struct {
        enum err e;
        int status;
        enum http_msg m;
    } ROWS[] = {{ERR_CONFLICT, 409, HTTP_NOT_NOW}, {ERR_EXISTS, 409, HTTP_CLAIM_OPEN}};
    const struct str text = guard ? str_from_c(guard->text[q->lang]) : STR("");
    int status = 422;
    enum http_msg m = HTTP_NOT_POSSIBLE;

    if (e == ERR_OK || (!guard && e != ERR_CONFLICT)) return false;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].e == e) {
            status = ROWS[i].status;
            m = ROWS[i].m;
        }
    http_problem(r, q, status, m, &text, 1);
    answer_guard(q, r, guard);
    return true;
}

void answer_place(struct json *j, int32_t division, enum lang lang)
{
    const struct division *d = division_find(division);

    if (division != 0)
        put_int(j, "division", division);
    else
        put_null(j, "division");
    put_text(j, "division_name", d ? (lang == LANG_ZH ? d->zh : d->en) : "");
}

struct str request_key(const struct http_request *q)
{
    return http_header(q, "idempotency-key");
}

enum err record_read(struct http_worker *w, const struct http_request *q, int64_t person)
{
    return reads_record(w->store, &q->caller, person, q->route->action);
}
