/* Signing in and out, and who one is. */
#include "http/app_internal.h"
#include "http/handlers.h"
#include "http/parse.h"
#include "http/session_begin.h"
#include "service/permit.h"
#include "service/persons.h"

/* --- who I am --- */

/* Of residents the family name, of staff the name. */
static enum err put_name(struct http_worker *w, const struct http_request *q, struct json *j)
{
    struct store_account x;
    struct store_identity who;
    struct buf b;
    enum err e = store_account_get(w->store, q->arena, q->caller.account, &x);

    if (e != ERR_OK) return e;
    if (x.person == 0) {
        put_str(j, "name", x.name);
        return ERR_OK;
    }
    e = store_person_identity(w->store, q->arena, x.person, &who);
    if (e != ERR_OK) return e;
    buf_init(&b, 0);
    add_masked_name(&b, who.name);
    put_buf(j, "name", &b);
    return ERR_OK;
}

/* Staff: what they serve. Residents: where their permit is. */
static enum err put_place(struct http_worker *w, const struct http_request *q, struct json *j)
{
    int32_t division = q->caller.division;
    enum err e = ERR_OK;

    if (q->caller.person != 0)
        e = permit_place(w->store, q->arena, w->rules, q->caller.person, q->caller.today,
                         &division);
    if (e == ERR_RANGE) division = 0; /* facts that cannot be held: the score says so */
    if (e == ERR_OK || e == ERR_RANGE) answer_place(j, division, q->lang);
    return e == ERR_RANGE ? ERR_OK : e;
}

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

static enum err put_csrf(const struct http_request *q, struct json *j)
{
    char csrf[48];
    const enum err e = account_csrf(request_cookie(q, HTTP_COOKIE), csrf);

    if (e == ERR_OK) put_text(j, "csrf", csrf);
    return e;
}

static enum err put_signed_in(struct http_worker *w, const struct http_request *q, struct json *j)
{
    struct store_session x;
    enum err e = store_session_find(w->store, q->session, &x);

    if (e != ERR_OK) return e;
    put_text(j, "role", role_codes[q->caller.role]);
    put_text(j, "role_name", role_names[q->caller.role][q->lang]);
    put_str(j, "office", q->caller.office);
    put_instant(j, "expires", x.expires);
    e = put_name(w, q, j);
    if (e == ERR_OK) e = put_place(w, q, j);
    if (e == ERR_OK && q->by_cookie) e = put_csrf(q, j);
    return e;
}

static struct str member(const json_t *v, const char *name)
{
    const json_t *s = json_object_get(v, name);
    return (struct str){json_string_value(s), json_is_string(s) ? json_string_length(s) : 0};
}

static void put_demo_account(const json_t *v, enum lang lang, struct json *j)
{
    const struct str code = member(v, "role");
    enum role role;

    json_open_object(j);
    put_str(j, "login", member(v, "login"));
    put_str(j, "password", member(v, "password"));
    put_str(j, "role", code);
    if (role_parse(code, &role) == ERR_OK)
        put_text(j, "role_name", role_names[role][lang]);
    else
        put_text(j, "role_name", "");
    put_str(j, "note", member(v, lang == LANG_ZH ? "note" : "note_en"));
    json_end(j);
}

static void put_demo(struct http_worker *w, enum lang lang, struct json *j)
{
    const json_t *all = app_demo_accounts(w->app);
    size_t i;
    json_t *v;

    if (!all) return;
    json_key(j, "demo_accounts");
    json_open_array(j);
    json_array_foreach(all, i, v)
    {
        put_demo_account(v, lang, j);
    }
    json_end(j);
}

static void put_ways(const struct http_worker *w, struct json *j)
{
    const struct outside *o = w->app->outside;

    put_bool(j, "oidc", o && o->oidc);
    json_key(j, "tickets");
    json_open_array(j);
    for (int k = 0; k < TICKET_KINDS; k++)
        if (o && tickets_has(o->tickets, (enum ticket_kind)k))
            json_str(j, str_from_c(ticket_words[k]));
    json_end(j);
}

void handle_session_show(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    const bool in = q->caller.role != ROLE_NOBODY;
    enum err e = ERR_OK;
    struct json j;

    json_init(&j, &r->body, false);
    json_open_object(&j);
    put_bool(&j, "signed_in", in);
    put_bool(&j, "demo", w->config->demo);
    put_ways(w, &j);
    if (in)
        e = put_signed_in(w, q, &j);
    else
        put_demo(w, q->lang, &j);
    if (e == ERR_OK) json_end(&j);
    answer_end(q, r, e);
}

/* --- in and out --- */

void session_answer(const struct http_request *q, struct http_response *r, const struct sign_in *in,
                    bool cookie)
{
    struct json j;

    json_init(&j, &r->body, false);
    json_open_object(&j);
    if (cookie) {
        put_text(&j, "csrf", in->csrf);
        http_add_session_cookie(r, q, str_from_c(in->token),
                                (uint32_t)(SESSION_LONGEST / MICROS_PER_SECOND));
    } else {
        put_text(&j, "token", in->token);
    }
    put_text(&j, "role", role_codes[in->role]);
    put_text(&j, "role_name", role_names[in->role][q->lang]);
    put_instant(&j, "expires", in->expires);
    json_end(&j);
    answer_end(q, r, ERR_OK);
}

/* A form of another site's page can send neither this type nor hide where it comes from. */
bool session_is_asked_here(const struct http_request *q, struct http_response *r)
{
    if (str_starts(http_header(q, "content-type"), STR("application/json")) &&
        !str_eq(http_header(q, "sec-fetch-site"), STR("cross-site")))
        return true;
    http_problem(r, q, 403, HTTP_CSRF_TOKEN, NULL, 0);
    return false;
}

bool session_read_mode(struct json_in *in)
{
    return str_eq(json_in_word(in, "mode", "cookie|bearer", "bearer"), STR("cookie"));
}

void session_replace(struct http_worker *w, const struct http_request *q)
{
    if (!q->session) return;
    /* else it runs out by itself */
    IGNORE_ERR(account_sign_out(w->store, q->arena, q->session, q->caller.now));
    http_session_forget(q->server, q->session);
}

/* A locked account gets the answer of a wrong password: else anybody could tell who has one. */
void handle_session_begin(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    struct json_in in;
    struct sign_in signed_in;
    uint32_t wait_s = 0;

    if (!session_is_asked_here(q, r) || !json_in_open(&in, q, r)) return;
    struct sign_in_ask ask = {.login = json_in_text(&in, "login", 1, 200),
                              .password = json_in_text(&in, "password", 1, 256),
                              .code = json_in_text(&in, "totp", 0, 16),
                              .code_optional = w->config->demo};
    ask.cookie = session_read_mode(&in);
    if (!json_in_done(&in)) return;
    const enum err e =
        account_sign_in(w->store, q->arena, &ask, q->caller.now, &signed_in, &wait_s);
    if (e == ERR_DENIED || (e == ERR_BUSY && wait_s > 0)) {
        http_problem(r, q, 401, HTTP_WRONG_SIGN_IN, NULL, 0);
    } else if (e == ERR_OK) {
        session_replace(w, q);
        session_answer(q, r, &signed_in, ask.cookie);
        crypt_wipe(&signed_in, sizeof signed_in);
    } else {
        answer_end(q, r, e);
    }
}

void handle_session_end(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    enum err e = ERR_OK;

    if (q->session) {
        e = account_sign_out(w->store, q->arena, q->session, q->caller.now);
        http_session_forget(q->server, q->session);
    }
    if (q->by_cookie) http_add_session_cookie(r, q, STR(""), 0);
    answer_text(q, r, e, STR("{\"signed_in\":false}"));
}
