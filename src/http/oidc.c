/* Sign-in by an OpenID Connect provider: see oidc.h.
 *
 * Structure: settings -> documents of the provider, kept for a while -> begin -> finish. */
#include "http/oidc.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/date.h"
#include "http/fetch.h"
#include "http/oidc_pending.h"

#define KEPT_US (3600 * MICROS_PER_SECOND)       /* a document is read anew after this */
#define STALE_US (24 * 3600 * MICROS_PER_SECOND) /* and serves so long when it cannot be */
#define AGAIN_US (5 * MICROS_PER_SECOND)         /* between two tries that fail */
#define ROTATION_US (60 * MICROS_PER_SECOND)     /* between two looks for keys we do not know */
#define CODE_MAX 2048
#define ISSUER_MAX 255 /* it is part of logins */
#define TOKEN_CHARS 43 /* 32 bytes in base64url */

struct document {
    struct buf text;
    int64_t read_at, failed_at;
};

struct oidc {
    struct arena arena; /* of the settings */
    struct oidc_config config;
    struct str discovery_url;
    struct oidc_pending *pending;
    pthread_mutex_t lock; /* of all below */
    struct document discovery, keys;
    int64_t rotated_at; /* last look for keys we do not know */
};

/* What the provider says of itself; texts in the request's arena. */
struct provider {
    struct str authorization, token, keys, userinfo;
    bool post;         /* the secret goes into the body */
    bool names_issuer; /* the callback has `iss` (RFC 9207) */
};

/* --- settings --- */

static bool copy_config(struct oidc *o, const struct oidc_config *c)
{
    struct str *const texts[] = {&o->config.issuer,        &o->config.client_id,
                                 &o->config.client_secret, &o->config.redirect_uri,
                                 &o->config.scope,         &o->config.id_number_claim};
    struct buf b;

    o->config = *c;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = str_copy(&o->arena, *texts[i]);
        if (!texts[i]->p) return false;
    }
    if (c->ca) o->config.ca = str_copy(&o->arena, str_from_c(c->ca)).p;
    buf_init(&b, 0);
    buf_add(&b, o->config.issuer);
    if (b.n > 0 && b.p[b.n - 1] == '/') b.n--;
    buf_add_c(&b, "/.well-known/openid-configuration");
    o->discovery_url = str_copy(&o->arena, buf_str(&b));
    buf_done(&b);
    return o->discovery_url.p && (o->config.ca || !c->ca);
}

static enum err check_config(const struct oidc_config *c, struct buf *message)
{
    const char *wrong = NULL;

    if (c->issuer.n > ISSUER_MAX || fetch_url_check(c->issuer) != ERR_OK ||
        memchr(c->issuer.p, '?', c->issuer.n))
        wrong = "oidc.issuer";
    else if (c->client_id.n == 0)
        wrong = "oidc.client_id";
    else if (fetch_url_check(c->redirect_uri) != ERR_OK)
        wrong = "oidc.redirect_uri";
    if (!wrong) return ERR_OK;
    buf_printf(message, "%s", wrong);
    return ERR_INPUT;
}

enum err oidc_open(const struct oidc_config *c, struct buf *message, struct oidc **ret)
{
    const enum err e = check_config(c, message);
    struct oidc *o = e == ERR_OK ? calloc(1, sizeof *o) : NULL;

    if (!o) return e == ERR_OK ? ERR_NOMEM : e;
    arena_init(&o->arena, 0);
    buf_init(&o->discovery.text, 0);
    buf_init(&o->keys.text, 0);
    pthread_mutex_init(&o->lock, NULL);
    if (!copy_config(o, c) || oidc_pending_new(&o->pending) != ERR_OK) {
        oidc_free(o);
        return ERR_NOMEM;
    }
    *ret = o;
    return ERR_OK;
}

void oidc_free(struct oidc *o)
{
    if (!o) return;
    oidc_pending_free(o->pending);
    buf_done(&o->discovery.text);
    buf_done(&o->keys.text);
    pthread_mutex_destroy(&o->lock);
    arena_done(&o->arena);
    free(o);
}

struct str oidc_issuer(const struct oidc *o)
{
    return o->config.issuer;
}

/* --- documents of the provider --- */

static struct str member(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return (struct str){json_string_value(v), json_is_string(v) ? json_string_length(v) : 0};
}

static json_t *object_of(struct str text)
{
    json_error_t error;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);

    if (json_is_object(v)) return v;
    json_decref(v);
    return NULL;
}

/* An address that the provider names: never a plain one when the provider itself is not. */
static bool is_address(const struct oidc *o, struct str url)
{
    return fetch_url_check(url) == ERR_OK &&
           (str_starts(url, STR("https://")) || str_starts(o->config.issuer, STR("http://")));
}

static bool contains(const json_t *array, const char *word)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *s = json_string_value(json_array_get(array, i));
        if (s && strcmp(s, word) == 0) return true;
    }
    return false;
}

/* The issuer of the document must be the one we know; else somebody else answers for it. */
static bool is_discovery(const struct oidc *o, struct str text)
{
    json_t *v = object_of(text);
    const struct str userinfo = member(v, "userinfo_endpoint");
    const bool good = str_eq(member(v, "issuer"), o->config.issuer) &&
                      is_address(o, member(v, "authorization_endpoint")) &&
                      is_address(o, member(v, "token_endpoint")) &&
                      is_address(o, member(v, "jwks_uri")) &&
                      (userinfo.n == 0 || is_address(o, userinfo));

    json_decref(v);
    return good;
}

static bool is_keys(const struct oidc *o, struct str text)
{
    (void)o;
    return oidc_keys_are_some(text);
}

/* Copy of what is kept, if it is young enough. */
static bool kept(struct oidc *o, const struct document *d, struct arena *a, int64_t now,
                 int64_t age, struct str *ret)
{
    pthread_mutex_lock(&o->lock);
    const bool have = d->text.n > 0 && now - d->read_at < age;
    if (have) *ret = str_copy(a, buf_str(&d->text));
    pthread_mutex_unlock(&o->lock);
    return have;
}

static enum err read_document(struct oidc *o, struct document *d, struct arena *a, struct str url,
                              bool (*is_good)(const struct oidc *, struct str), int64_t now,
                              struct buf *why)
{
    const struct fetch_ask ask = {.url = url, .ca = o->config.ca};
    struct fetch_answer answer;
    enum err e = fetch(&ask, a, why, &answer);

    if (e == ERR_OK && answer.status != 200) {
        buf_printf(why, "%.*s answered %d", STR_ARG(url), answer.status);
        e = ERR_IO;
    }
    if (e == ERR_OK && !is_good(o, answer.body)) {
        buf_printf(why, "%.*s answered something else", STR_ARG(url));
        e = ERR_CORRUPT;
    }
    pthread_mutex_lock(&o->lock);
    if (e == ERR_OK) {
        d->text.n = 0;
        buf_add(&d->text, answer.body);
        e = buf_err(&d->text);
    }
    if (e == ERR_OK)
        d->read_at = now;
    else if (e != ERR_BUSY)
        d->failed_at = now;
    pthread_mutex_unlock(&o->lock);
    return e;
}

/* The document: kept, read, or kept too long when it cannot be read. */
static enum err document(struct oidc *o, struct document *d, struct arena *a, struct str url,
                         bool (*is_good)(const struct oidc *, struct str), int64_t now, bool anew,
                         struct buf *why, struct str *ret)
{
    enum err e = ERR_IO;

    if (anew || !kept(o, d, a, now, KEPT_US, ret)) {
        pthread_mutex_lock(&o->lock);
        const bool may = d->failed_at == 0 || now - d->failed_at >= AGAIN_US;
        pthread_mutex_unlock(&o->lock);
        if (may)
            e = read_document(o, d, a, url, is_good, now, why);
        else
            buf_add_c(why, "the provider did not answer a moment ago");
        if (!kept(o, d, a, now, STALE_US, ret)) return e == ERR_OK ? ERR_IO : e;
    }
    return ret->p ? ERR_OK : ERR_NOMEM;
}

static enum err provider_of(struct oidc *o, struct arena *a, int64_t now, struct buf *why,
                            struct provider *ret)
{
    struct str text;
    const enum err e =
        document(o, &o->discovery, a, o->discovery_url, is_discovery, now, false, why, &text);

    if (e != ERR_OK) return e;
    json_t *v = object_of(text);
    const json_t *ways = json_object_get(v, "token_endpoint_auth_methods_supported");
    struct provider p = {.authorization = str_copy(a, member(v, "authorization_endpoint")),
                         .token = str_copy(a, member(v, "token_endpoint")),
                         .keys = str_copy(a, member(v, "jwks_uri")),
                         .userinfo = str_copy(a, member(v, "userinfo_endpoint")),
                         .post = json_is_array(ways) && !contains(ways, "client_secret_basic"),
                         .names_issuer = json_is_true(
                             json_object_get(v, "authorization_response_iss_parameter_supported"))};
    json_decref(v);
    if (!p.authorization.p || !p.token.p || !p.keys.p || !p.userinfo.p) return ERR_NOMEM;
    *ret = p;
    return ERR_OK;
}

/* --- begin --- */

static void random_text(char ret[48])
{
    uint8_t bytes[32];
    struct buf b;

    crypt_random(bytes, sizeof bytes);
    buf_init(&b, 0);
    base64url_add(&b, (struct str){(const char *)bytes, sizeof bytes});
    buf_add_char(&b, '\0');
    INVARIANT(!b.failed && b.n <= 48);
    memcpy(ret, b.p, b.n);
    buf_done(&b);
    crypt_wipe(bytes, sizeof bytes);
}

/* "#/…" of plain characters, or the start page: never an address of somebody else. */
static bool is_back(struct str s)
{
    if (s.n < 2 || s.n > OIDC_BACK_MAX || s.p[0] != '#' || s.p[1] != '/') return false;
    for (size_t i = 2; i < s.n; i++) {
        const char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c && strchr("/-._~?=&%", c))))
            return false;
    }
    return true;
}

static bool is_random_text(const char *s)
{
    return strlen(s) == TOKEN_CHARS &&
           strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "abcdefghijklmnopqrstuvwxyz0123456789-_") == TOKEN_CHARS;
}

static void add_parameter(struct buf *b, const char *name, struct str value)
{
    if (b->n > 0 && b->p[b->n - 1] != '?') buf_add_char(b, '&');
    buf_printf(b, "%s=", name);
    fetch_add_encoded(b, value);
}

static enum err add_challenge(struct buf *b, const char *verifier)
{
    struct hash h;
    struct buf text;
    const enum err e = crypt_sha256(str_from_c(verifier), &h);

    if (e != ERR_OK) return e;
    buf_init(&text, 0);
    base64url_add(&text, (struct str){(const char *)h.bytes, HASH_BYTES});
    add_parameter(b, "code_challenge", buf_str(&text));
    buf_done(&text);
    add_parameter(b, "code_challenge_method", STR("S256"));
    return ERR_OK;
}

static enum err address(const struct oidc *o, struct arena *a, const struct provider *p,
                        struct str state, const struct oidc_sign_in *x, struct str *ret)
{
    struct buf b, scope;

    buf_init(&b, 0);
    buf_init(&scope, 0);
    buf_printf(&scope, "openid%s%.*s", o->config.scope.n > 0 ? " " : "", STR_ARG(o->config.scope));
    buf_add(&b, p->authorization);
    if (!memchr(p->authorization.p, '?', p->authorization.n)) buf_add_char(&b, '?');
    add_parameter(&b, "response_type", STR("code"));
    add_parameter(&b, "client_id", o->config.client_id);
    add_parameter(&b, "redirect_uri", o->config.redirect_uri);
    add_parameter(&b, "scope", buf_str(&scope));
    add_parameter(&b, "state", state);
    add_parameter(&b, "nonce", str_from_c(x->nonce));
    enum err e = add_challenge(&b, x->verifier);
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) *ret = str_copy(a, buf_str(&b));
    buf_done(&scope);
    buf_done(&b);
    return e == ERR_OK && !ret->p ? ERR_NOMEM : e;
}

enum err oidc_begin(struct oidc *o, struct arena *a, struct str back, int64_t now, char browser[48],
                    struct buf *why, struct str *ret_url)
{
    struct oidc_sign_in x = {.back = "#/"};
    struct provider p;
    char state[48];
    enum err e = provider_of(o, a, now, why, &p);

    if (e != ERR_OK) return e;
    if (!is_random_text(browser)) random_text(browser);
    random_text(state);
    random_text(x.nonce);
    random_text(x.verifier);
    if (is_back(back)) {
        memcpy(x.back, back.p, back.n);
        x.back[back.n] = '\0';
    }
    e = address(o, a, &p, str_from_c(state), &x, ret_url);
    if (e == ERR_OK) oidc_pending_put(o->pending, str_from_c(state), str_from_c(browser), &x, now);
    crypt_wipe(&x, sizeof x);
    return e;
}

/* --- finish --- */

struct tokens {
    struct str id, access;
};

static void add_exchange(struct buf *b, const struct oidc *o, const struct provider *p,
                         struct str code, const struct oidc_sign_in *x)
{
    add_parameter(b, "grant_type", STR("authorization_code"));
    add_parameter(b, "code", code);
    add_parameter(b, "redirect_uri", o->config.redirect_uri);
    add_parameter(b, "code_verifier", str_from_c(x->verifier));
    if (o->config.client_secret.n == 0 || p->post)
        add_parameter(b, "client_id", o->config.client_id);
    if (o->config.client_secret.n > 0 && p->post)
        add_parameter(b, "client_secret", o->config.client_secret);
}

/* The provider's word for what is wrong: a short word of RFC 6749, else nothing. */
static void add_error(struct buf *why, struct str word)
{
    if (word.n == 0 || word.n > 40) return;
    for (size_t i = 0; i < word.n; i++)
        if (!((word.p[i] >= 'a' && word.p[i] <= 'z') || word.p[i] == '_')) return;
    buf_printf(why, " (%.*s)", STR_ARG(word));
}

static enum err read_tokens(struct arena *a, const struct fetch_answer *answer, struct buf *why,
                            struct tokens *ret)
{
    json_t *v = object_of(answer->body);
    enum err e = ERR_OK;

    if (answer->status != 200) {
        buf_printf(why, "the token endpoint answered %d", answer->status);
        add_error(why, member(v, "error"));
        e = answer->status >= 500 ? ERR_IO : ERR_DENIED;
    } else if (member(v, "id_token").n == 0) {
        buf_add_c(why, "the token endpoint gave no ID token");
        e = ERR_CORRUPT;
    } else {
        ret->id = str_copy(a, member(v, "id_token"));
        ret->access = str_copy(a, member(v, "access_token"));
        if (!ret->id.p || !ret->access.p) e = ERR_NOMEM;
    }
    json_decref(v);
    return e;
}

static enum err exchange(const struct oidc *o, struct arena *a, const struct provider *p,
                         struct str code, const struct oidc_sign_in *x, struct buf *why,
                         struct tokens *ret)
{
    struct fetch_ask ask = {
        .url = p->token, .type = "application/x-www-form-urlencoded", .ca = o->config.ca};
    struct fetch_answer answer;
    struct buf body, basic;

    buf_init(&body, 0);
    buf_init(&basic, 0);
    add_exchange(&body, o, p, code, x);
    if (o->config.client_secret.n > 0 && !p->post) {
        fetch_add_basic(&basic, o->config.client_id, o->config.client_secret);
        ask.headers[ask.header_count++] = (struct http_pair){STR("Authorization"), buf_str(&basic)};
    }
    ask.body = buf_str(&body);
    enum err e = body.failed || basic.failed ? ERR_NOMEM : fetch(&ask, a, why, &answer);
    if (e == ERR_OK) e = read_tokens(a, &answer, why, ret);
    if (basic.p) crypt_wipe(basic.p, basic.cap);
    if (body.p) crypt_wipe(body.p, body.cap);
    buf_done(&basic);
    buf_done(&body);
    return e;
}

/* May keys that we do not know be looked for? Once a minute: a provider does not change them more
 * often, and nobody shall make us call it. */
static bool may_look_for_keys(struct oidc *o, int64_t now)
{
    pthread_mutex_lock(&o->lock);
    const bool may = o->rotated_at == 0 || now - o->rotated_at >= ROTATION_US;
    if (may) o->rotated_at = now;
    pthread_mutex_unlock(&o->lock);
    return may;
}

static enum err check_token(struct oidc *o, struct arena *a, const struct provider *p,
                            struct str token, const struct oidc_expected *x, int64_t now,
                            struct buf *why, struct oidc_claims *ret)
{
    enum oidc_fault fault = OIDC_FAULT_NONE;
    struct str keys;
    enum err e = document(o, &o->keys, a, p->keys, is_keys, now, false, why, &keys);

    if (e == ERR_OK) e = oidc_token_check(a, token, keys, x, ret, &fault);
    if (e == ERR_DENIED && (fault == OIDC_FAULT_KEY || fault == OIDC_FAULT_SIGNATURE) &&
        may_look_for_keys(o, now)) {
        e = document(o, &o->keys, a, p->keys, is_keys, now, true, why, &keys);
        if (e == ERR_OK) e = oidc_token_check(a, token, keys, x, ret, &fault);
    }
    if (e == ERR_DENIED) buf_add_c(why, oidc_fault_texts[fault]);
    return e;
}

/* The claim may stand in the ID token or be told at the provider's userinfo endpoint. */
static enum err ask_userinfo(const struct oidc *o, struct arena *a, const struct provider *p,
                             struct str access, struct str subject, struct buf *why,
                             struct str *ret)
{
    struct fetch_ask ask = {.url = p->userinfo, .ca = o->config.ca, .header_count = 1};
    struct fetch_answer answer;
    struct buf bearer;

    buf_init(&bearer, 0);
    buf_printf(&bearer, "Bearer %.*s", STR_ARG(access));
    ask.headers[0] = (struct http_pair){STR("Authorization"), buf_str(&bearer)};
    enum err e = bearer.failed ? ERR_NOMEM : fetch(&ask, a, why, &answer);
    if (bearer.p) crypt_wipe(bearer.p, bearer.cap);
    buf_done(&bearer);
    if (e != ERR_OK) return e;
    json_t *v = answer.status == 200 ? object_of(answer.body) : NULL;
    if (!v) {
        buf_printf(why, "the userinfo endpoint answered %d", answer.status);
        return ERR_CORRUPT;
    }
    if (str_eq(member(v, "sub"), subject)) {
        *ret = str_copy(a, member(v, o->config.id_number_claim.p));
    } else {
        buf_add_c(why, "the userinfo endpoint speaks of somebody else");
        e = ERR_DENIED;
    }
    json_decref(v);
    return e == ERR_OK && !ret->p ? ERR_NOMEM : e;
}

static enum err identify(struct oidc *o, struct arena *a, const struct provider *p,
                         const struct tokens *t, const struct oidc_sign_in *x, int64_t now,
                         struct buf *why, struct oidc_identity *ret)
{
    const struct oidc_expected expected = {.issuer = o->config.issuer,
                                           .client_id = o->config.client_id,
                                           .nonce = str_from_c(x->nonce),
                                           .now_s = now / MICROS_PER_SECOND,
                                           .wanted_claim = o->config.id_number_claim};
    struct oidc_claims claims;
    enum err e = check_token(o, a, p, t->id, &expected, now, why, &claims);

    if (e != ERR_OK) return e;
    if (o->config.id_number_claim.n > 0 && claims.wanted.n == 0 && p->userinfo.n > 0 &&
        t->access.n > 0)
        e = ask_userinfo(o, a, p, t->access, claims.subject, why, &claims.wanted);
    if (e == ERR_OK) *ret = (struct oidc_identity){claims.subject, claims.wanted, claims.acr};
    return e;
}

/* What the browser brings back, before anybody is asked. */
static enum err check_return(const struct oidc *o, const struct oidc_return *x,
                             const struct provider *p, struct buf *why)
{
    if (x->issuer.n > 0 ? !str_eq(x->issuer, o->config.issuer) : p->names_issuer) {
        buf_add_c(why, "the answer is of another issuer");
        return ERR_DENIED;
    }
    if (x->error.n > 0) {
        buf_add_c(why, "the provider refused");
        add_error(why, x->error);
        return ERR_DENIED;
    }
    if (x->code.n > 0 && x->code.n <= CODE_MAX) return ERR_OK;
    buf_add_c(why, "the answer has no code");
    return ERR_DENIED;
}

enum err oidc_finish(struct oidc *o, struct arena *a, const struct oidc_return *x, int64_t now,
                     struct buf *why, struct oidc_identity *ret, struct str *ret_back)
{
    struct oidc_sign_in begun;
    struct tokens tokens;
    struct provider p;

    *ret_back = STR("");
    enum err e = x->browser.n > 0 ? oidc_pending_take(o->pending, x->state, x->browser, now, &begun)
                                  : ERR_DENIED;
    if (e != ERR_OK) {
        buf_add_c(why, e == ERR_DENIED ? "the sign-in was begun by another browser"
                                       : "no such sign-in was begun in the last ten minutes");
        return ERR_DENIED;
    }
    *ret_back = str_copy(a, str_from_c(begun.back));
    e = provider_of(o, a, now, why, &p);
    if (e == ERR_OK) e = check_return(o, x, &p, why);
    if (e == ERR_OK) e = exchange(o, a, &p, x->code, &begun, why, &tokens);
    if (e == ERR_OK) e = identify(o, a, &p, &tokens, &begun, now, why, ret);
    crypt_wipe(&begun, sizeof begun);
    return e;
}
