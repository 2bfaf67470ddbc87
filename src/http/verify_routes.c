/* The electronic permit shown, and checked by anybody: as a page, as JSON, offline with the key.
 *
 * Whoever checks here online also learns of a suspension that came after the token was made. */
#include "http/handlers.h"
#include "http/pages.h"

#include <string.h>

static void verify(struct http_worker *w, const struct http_request *q, struct str token,
                   enum permit_verdict *ret, struct permit_shown *shown)
{
    struct store_object now;

    *ret = permit_token_verify(token, w->signing, q->caller.now, shown);
    if (*ret != PERMIT_TOKEN_GOOD) return;
    /* Without a database the token speaks for itself, as it does offline. */
    if (store_object_by_number(w->store, q->arena, STR("permit"), str_from_c(shown->number),
                               &now) != ERR_OK ||
        str_eq(now.state, STR("valid")) || now.state.n >= sizeof shown->state)
        return;
    *ret = PERMIT_TOKEN_NOT_VALID;
    memcpy(shown->state, now.state.p, now.state.n);
    shown->state[now.state.n] = '\0';
    shown->in_force = false;
}

static void answer_json(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct str token;
    enum permit_verdict verdict;
    struct permit_shown shown;
    struct json j;

    if (!query_needed(q, r, "token", &token)) return;
    verify(w, q, token, &verdict, &shown);
    json_init(&j, &r->body, false);
    permit_shown_write(verdict, &shown, q->lang, &j);
    answer_end(q, r, ERR_OK);
}

static bool contains(struct str s, const char *what)
{
    return s.n > 0 && memmem(s.p, s.n, what, strlen(what)) != NULL;
}

void handle_verify_page(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    const struct str accept = http_header(q, "accept");
    struct permit_shown shown;
    struct verify_view v = {.token = http_query(q, "token"), .shown = &shown};

    http_add_header(r, q, "Vary", STR("Accept, Accept-Encoding, Accept-Language"));
    if (contains(accept, "application/json") && !contains(accept, "text/html")) {
        answer_json(w, q, r);
        return;
    }
    v.asked = v.token.n > 0;
    if (v.asked) verify(w, q, v.token, &v.verdict, &shown);
    r->type = "text/html; charset=utf-8";
    page_add_verify(&r->body, q->lang, &v);
    answer_end(q, r, ERR_OK);
}

void handle_verify_style(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    (void)w;
    r->type = "text/css; charset=utf-8";
    http_add_header(r, q, "Cache-Control", STR("public, max-age=86400"));
    answer_text(q, r, ERR_OK, str_from_c(page_style));
}

void handle_verify(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    answer_json(w, q, r);
}

void handle_verify_key(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    char id[PERMIT_KEY_ID + 1];
    struct buf pem;
    struct json j;

    buf_init(&pem, 0);
    enum err e = permit_key_id(w->signing, id);
    if (e == ERR_OK) e = sm2_key_add_pem(w->signing, false, &pem);
    json_init(&j, &r->body, false);
    json_open_object(&j);
    if (e == ERR_OK) {
        put_text(&j, "key", id);
        put_text(&j, "algorithm", "SM2-SM3");
        put_str(&j, "pem", buf_str(&pem));
        json_end(&j);
    }
    buf_done(&pem);
    answer_end(q, r, e);
}

void handle_me_permit_qr(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct permit_card card;
    struct buf base;
    struct json j;
    enum err e = access_check(&q->caller, ACTION_PERMIT_READ_OWN, q->caller.person, 0);

    if (e == ERR_OK)
        e = permit_card_of(w->store, q->arena, w->rules, q->caller.person, q->caller.today, &card);
    buf_init(&base, 0);
    buf_add(&base, app_base_url(w, q));
    buf_add_c(&base, "/verify");
    json_init(&j, &r->body, false);
    if (e == ERR_OK) e = permit_qr_write(w->signing, &card, buf_str(&base), &q->caller, &j);
    buf_done(&base);
    answer_end(q, r, e);
}
