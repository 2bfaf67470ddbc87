/* Signing in from outside: through an OpenID provider, or with a ticket of 浙里办. */
#include <string.h>

#include "http/app_internal.h"
#include "http/handlers.h"
#include "http/session_begin.h"
#include "service/sign_in_audit.h"

#define BROWSER_COOKIE "jifen_signin" /* binds a sign-in that was begun to this browser */

/* --- accounts --- */

static struct caller system_of(const struct http_request *q)
{
    return (struct caller){.role = ROLE_SYSTEM,
                           .office = STR("sign-in"),
                           .lang = q->lang,
                           .now = q->caller.now,
                           .today = q->caller.today};
}

/* The account of an outside identity; a resident's is made at the first sign-in. */
static enum err account_for(struct http_worker *w, const struct http_request *q, struct str issuer,
                            struct str subject, struct str id_number, struct store_account *ret)
{
    const struct caller system = system_of(q);
    enum err e = account_of_identity(w->store, q->arena, issuer, subject, ret);

    if (e == ERR_NOT_FOUND && id_number.n > 0)
        e = account_link(w->store, q->arena, &system, issuer, subject, id_number, ret);
    return e;
}

/* Staff need the provider's word that they showed two factors. */
static bool may_enter(const struct http_worker *w, const struct store_account *x, struct str acr)
{
    const struct str wanted = w->app->outside->staff_acr;

    if (str_eq(x->role, STR("resident")) || w->config->demo) return true;
    return wanted.n > 0 && str_eq(wanted, acr);
}

/* A refusal stands in the audit chain; one that cannot be recorded is a failure. */
static enum err recorded(struct http_worker *w, const struct http_request *q, const char *way,
                         enum err e, const struct store_account *x, struct str name)
{
    if (e == ERR_OK) return e;
    const enum err r = sign_in_refused(w->store, q->arena, way, e, x, name, q->caller.now);
    return r == ERR_OK ? e : r;
}

struct outcome {
    int status;
    enum http_msg message;
};

/* What a failure means to the person: `denied` where the identity itself was not believed. */
static struct outcome outcome_of(enum err e, enum http_msg denied)
{
    if (e == ERR_DENIED) return (struct outcome){401, denied};
    if (e == ERR_BUSY) return (struct outcome){503, HTTP_BUSY};
    if (e == ERR_IO || e == ERR_CORRUPT) return (struct outcome){502, HTTP_PROVIDER};
    if (e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_RANGE || e == ERR_SYNTAX)
        return (struct outcome){403, HTTP_NOT_LINKED};
    return (struct outcome){500, HTTP_INTERNAL};
}

/* --- tickets --- */

static enum err enter_by_ticket(struct http_worker *w, const struct http_request *q,
                                enum ticket_kind k, struct str value, bool cookie,
                                struct sign_in *ret)
{
    struct ticket_identity who;
    struct store_account account = {0};
    struct buf why;

    buf_init(&why, 1024);
    enum err e =
        ticket_redeem(w->app->outside->tickets, q->arena, k, value, q->caller.now, &why, &who);
    if (e != ERR_OK) app_log(w->app, "ticket", q->id, buf_str(&why));
    buf_done(&why);
    if (e == ERR_OK) e = account_for(w, q, STR("zlb"), who.subject, who.id_number, &account);
    /* Tickets are of residents: nobody becomes staff by one. */
    if (e == ERR_OK && !str_eq(account.role, STR("resident"))) e = ERR_DENIED;
    if (e == ERR_OK) e = account_session(w->store, q->arena, &account, cookie, q->caller.now, ret);
    return recorded(w, q, "ticket", e, &account, value);
}

void handle_session_ticket(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    struct json_in in;
    struct sign_in made;

    if (!session_is_asked_here(q, r) || !json_in_open(&in, q, r)) return;
    const struct str word = json_in_word(&in, "kind", "ticket|ticketId", NULL);
    const struct str value = json_in_text(&in, "value", 1, 512);
    const bool cookie = session_read_mode(&in);
    if (!json_in_done(&in)) return;
    const enum ticket_kind k =
        str_eq(word, str_from_c(ticket_words[TICKET_APP])) ? TICKET_APP : TICKET_WECHAT;
    if (!w->app->outside || !tickets_has(w->app->outside->tickets, k)) {
        http_problem(r, q, 404, HTTP_NO_PROVIDER, NULL, 0);
        return;
    }
    const enum err e = enter_by_ticket(w, q, k, value, cookie, &made);
    if (e != ERR_OK) {
        const struct outcome o = outcome_of(e, HTTP_TICKET);
        http_problem(r, q, o.status, o.message, &q->id, 1);
        return;
    }
    session_replace(w, q);
    session_answer(q, r, &made, cookie);
    crypt_wipe(&made, sizeof made);
}

/* --- OpenID Connect --- */

static void redirect(const struct http_request *q, struct http_response *r, struct str to)
{
    r->status = 302;
    http_add_header(r, q, "Location", to);
    http_add_header(r, q, "Referrer-Policy", STR("no-referrer")); /* code and state stay here */
}

/* Back to the page, which says in people's words what the code means. */
static void redirect_failed(struct http_worker *w, const struct http_request *q,
                            struct http_response *r, enum err e)
{
    const struct outcome o = outcome_of(e, HTTP_SIGN_IN_FAILED);
    struct buf b;

    if (o.status == 500) app_worker_failed(w, q);
    buf_init(&b, 0);
    buf_add(&b, app_base_path(w));
    buf_printf(&b, "/#/signin?error=%s", http_message_code(o.message));
    redirect(q, r, buf_str(&b));
    buf_done(&b);
}

static struct oidc *provider_of(struct http_worker *w, const struct http_request *q,
                                struct http_response *r)
{
    struct oidc *o = w->app->outside ? w->app->outside->oidc : NULL;

    if (!o) http_problem(r, q, 404, HTTP_NO_PROVIDER, NULL, 0);
    return o;
}

static void add_browser_cookie(const struct http_request *q, struct http_response *r,
                               const char *value)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%s" BROWSER_COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
               q->is_secure ? "__Host-" : "", value, OIDC_PENDING_S,
               q->is_secure ? "; Secure" : "");
    http_add_header(r, q, "Set-Cookie", buf_str(&b));
    buf_done(&b);
}

void handle_signin_oidc(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct oidc *o = provider_of(w, q, r);
    const struct str cookie = request_cookie(q, BROWSER_COOKIE);
    char browser[48] = "";
    struct str url;
    struct buf why;

    if (!o) return;
    if (cookie.n < sizeof browser && cookie.n > 0) memcpy(browser, cookie.p, cookie.n);
    buf_init(&why, 1024);
    const enum err e =
        oidc_begin(o, q->arena, http_query(q, "return"), q->caller.now, browser, &why, &url);
    if (e == ERR_OK) {
        add_browser_cookie(q, r, browser);
        redirect(q, r, url);
    } else {
        app_log(w->app, "oidc", q->id, buf_str(&why));
        redirect_failed(w, q, r, e);
    }
    buf_done(&why);
}

static enum err enter_by_oidc(struct http_worker *w, const struct http_request *q, struct oidc *o,
                              struct sign_in *ret, struct str *ret_back)
{
    const struct oidc_return back = {.state = http_query(q, "state"),
                                     .code = http_query(q, "code"),
                                     .error = http_query(q, "error"),
                                     .issuer = http_query(q, "iss"),
                                     .browser = request_cookie(q, BROWSER_COOKIE)};
    struct oidc_identity who;
    struct store_account account = {0};
    struct buf why;

    buf_init(&why, 1024);
    enum err e = oidc_finish(o, q->arena, &back, q->caller.now, &why, &who, ret_back);
    if (e == ERR_OK) e = account_for(w, q, oidc_issuer(o), who.subject, who.id_number, &account);
    if (e == ERR_OK && !may_enter(w, &account, who.acr)) {
        buf_add_c(&why, "staff without two factors at the provider");
        e = ERR_DENIED;
    }
    if (e == ERR_OK) e = account_session(w->store, q->arena, &account, true, q->caller.now, ret);
    if (e != ERR_OK) app_log(w->app, "oidc", q->id, why.n > 0 ? buf_str(&why) : STR("no account"));
    buf_done(&why);
    return recorded(w, q, "oidc", e, &account, back.state);
}

void handle_signin_oidc_callback(struct http_worker *w, const struct http_request *q,
                                 struct http_response *r)
{
    struct oidc *o = provider_of(w, q, r);
    struct sign_in made;
    struct str back;
    struct buf to;

    if (!o) return;
    const enum err e = enter_by_oidc(w, q, o, &made, &back);
    if (e != ERR_OK) {
        redirect_failed(w, q, r, e);
        return;
    }
    session_replace(w, q);
    http_add_session_cookie(r, q, str_from_c(made.token),
                            (uint32_t)(SESSION_LONGEST / MICROS_PER_SECOND));
    crypt_wipe(&made, sizeof made);
    buf_init(&to, 0);
    buf_add(&to, app_base_path(w));
    buf_printf(&to, "/%.*s", STR_ARG(back));
    redirect(q, r, buf_str(&to));
    buf_done(&to);
}
