/* Signing in and out: sessions of local accounts.
 *
 * A session travels in a cookie or, for containers without cookies, as a bearer token. A wrong
 * login, a wrong password, a wrong code and a locked account get one and the same answer. */
#include "base/division.h"
#include "http/app_internal.h"
#include "http/handlers.h"
#include "http/parse.h"
#include "http/session_begin.h"

/* --- who is signed in --- */

struct str request_cookie(const struct http_request *q, const char *name)
{
    struct str found = {NULL, 0};
    struct buf full;

    buf_init(&full, 0);
    buf_printf(&full, "%s%s", q->is_secure ? "__Host-" : "", name);
    for (uint32_t i = 0; i < q->header_count; i++) {
        if (!str_eq(q->headers[i].name, STR("cookie"))) continue;
        const struct str value = parse_cookie(q->headers[i].value, buf_str(&full));
        if (value.n > 0) found = value;
    }
    buf_done(&full);
    return found;
}

/* 王小明 -> 王*: enough for people to see that it is they. */
static void put_masked(struct json *j, const char *key, struct str name)
{
    uint32_t cp;
    struct buf b;
    const size_t n = text_utf8_decode(name, 0, &cp);

    buf_init(&b, 0);
    buf_add(&b, (struct str){name.p, n});
    if (n > 0) buf_add_char(&b, '*');
    put_buf(j, key, &b);
}

static enum err put_csrf(const struct http_request *q, struct json *j)
{
    char csrf[48];
    const enum err e = account_csrf(request_cookie(q, HTTP_COOKIE), csrf);

    if (e == ERR_OK) put_text(j, "csrf", csrf);
    return e;
}

static void put_place(struct json *j, const struct http_request *q, int32_t code)
{
    const struct division *d = division_find(code);

    if (code == 0) return;
    put_int(j, "division", code);
    put_text(j, "division_name", d ? (q->lang == LANG_ZH ? d->zh : d->en) : "");
}

static enum err put_caller(struct http_worker *w, const struct http_request *q, struct json *j)
{
    struct store_session session;
    struct store_account account;
    enum err e = store_session_find(w->store, q->session, &session);

    if (e == ERR_OK) e = store_account_get(w->store, q->arena, session.account, &account);
    if (e != ERR_OK) return e;
    put_text(j, "role", role_codes[q->caller.role]);
    put_text(j, "role_name", role_names[q->caller.role][q->lang]);
    put_masked(j, "name", account.name);
    if (account.office.n > 0) put_str(j, "office", account.office);
    put_place(j, q, account.division);
    put_instant(j, "expires", session.expires);
    return q->by_cookie ? put_csrf(q, j) : ERR_OK;
}

static void put_ways(struct http_worker *w, struct json *j)
{
    put_bool(j, "oidc", false);
    json_key(j, "tickets");
    json_open_array(j);
    json_end(j);
    if (w->app->demo_accounts.n == 0) return;
    json_key(j, "demo_accounts");
    json_raw(j, w->app->demo_accounts);
}

void handle_session_show(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    const bool signed_in = q->caller.role != ROLE_NOBODY && q->session;
    struct json j;
    enum err e = ERR_OK;

    json_init(&j, &r->body, false);
    json_open_object(&j);
    put_bool(&j, "signed_in", signed_in);
    put_bool(&j, "demo", w->config->demo);
    if (signed_in)
        e = put_caller(w, q, &j);
    else
        put_ways(w, &j);
    if (e == ERR_OK) json_end(&j);
    /* The session ended a moment ago: the next request will be nobody's. */
    answer_end(q, r, e == ERR_NOT_FOUND ? ERR_BUSY : e);
}

/* --- signing in --- */

/* A form of another site's page can send neither this type nor this header. */
bool session_is_asked_here(const struct http_request *q, struct http_response *r)
{
    if (str_starts(http_header(q, "content-type"), STR("application/json")) &&
        !str_eq(http_header(q, "sec-fetch-site"), STR("cross-site")))
        return true;
    http_problem(r, q, 403, HTTP_CSRF_TOKEN, NULL, 0);
    return false;
}

void session_answer(const struct http_request *q, struct http_response *r, bool cookie,
                    const struct sign_in *in)
{
    struct json j;

    if (cookie)
        http_add_session_cookie(r, q, str_from_c(in->token),
                                (uint32_t)(SESSION_LONGEST / MICROS_PER_SECOND));
    json_init(&j, &r->body, false);
    json_open_object(&j);
    if (!cookie) put_text(&j, "token", in->token);
    if (cookie) put_text(&j, "csrf", in->csrf);
    put_text(&j, "role", role_codes[in->role]);
    put_instant(&j, "expires", in->expires);
    json_end(&j);
    answer_end(q, r, ERR_OK);
}

/* The session that was there before ends with the new one. */
void session_replace(struct http_worker *w, const struct http_request *q)
{
    if (!q->session) return;
    IGNORE_ERR(store_session_end(w->store, q->session)); /* it runs out by itself */
    http_session_forget(q->server, q->session);
}

bool session_read_mode(struct json_in *in)
{
    return str_eq(json_in_word(in, "mode", "cookie|bearer", "cookie"), STR("cookie"));
}

void handle_session_begin(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    struct sign_in_ask ask = {.code_optional = w->config->demo};
    struct json_in in;
    struct sign_in made;
    uint32_t wait_s = 0;

    if (!session_is_asked_here(q, r) || !json_in_open(&in, q, r)) return;
    ask.login = json_in_text(&in, "login", 1, 200);
    ask.password = json_in_text(&in, "password", 1, 256);
    ask.code = json_in_text(&in, "totp", 0, 6);
    ask.cookie = session_read_mode(&in);
    if (!json_in_done(&in)) return;
    const enum err e = account_sign_in(w->store, q->arena, &ask, q->caller.now, &made, &wait_s);
    if (e == ERR_DENIED || (e == ERR_BUSY && wait_s > 0)) {
        http_problem(r, q, 401, HTTP_BAD_LOGIN, NULL, 0);
        return;
    }
    if (e != ERR_OK) {
        answer_end(q, r, e);
        return;
    }
    session_replace(w, q);
    session_answer(q, r, ask.cookie, &made);
    crypt_wipe(&made, sizeof made);
}

/* --- signing out --- */

void handle_session_end(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct json j;
    enum err e = ERR_OK;

    if (q->session) {
        e = store_session_end(w->store, q->session);
        http_session_forget(q->server, q->session);
    }
    http_add_session_cookie(r, q, STR(""), 0);
    json_init(&j, &r->body, false);
    json_open_object(&j);
    put_bool(&j, "signed_in", false);
    put_bool(&j, "demo", w->config->demo);
    json_end(&j);
    answer_end(q, r, e);
}
