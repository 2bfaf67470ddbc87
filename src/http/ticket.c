/* Tickets of 浙里办: see ticket.h and docs/CHANNEL.md.
 *
 * Structure: settings -> tickets that were used -> the signed call -> the answer. */
#include "http/ticket.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/date.h"
#include "base/put.h"
#include "http/fetch.h"

#define USED_MAX 4096
#define VALUE_LEAST 8
#define VALUE_MOST 512
#define SUBJECT_MAX 128
#define SKEW_S 60

const char *const ticket_words[TICKET_KINDS] = {
    [TICKET_APP] = "ticket", [TICKET_WECHAT] = "ticketId"};

struct used {
    struct hash value; /* SM3 of the ticket's text */
    int64_t until;     /* 0 = free */
};
struct tickets {
    struct arena arena; /* of the settings */
    struct ticket_config config;
    pthread_mutex_t lock;
    struct used used[USED_MAX]; /* under the lock */
};

/* --- settings --- */

static const char *wrong_setting(const struct ticket_config *c)
{
    if (c->url[TICKET_APP].n > 0 && fetch_url_check(c->url[TICKET_APP]) != ERR_OK)
        return "ticket.app_url";
    if (c->url[TICKET_WECHAT].n > 0 && fetch_url_check(c->url[TICKET_WECHAT]) != ERR_OK)
        return "ticket.wechat_url";
    if (str_eq(c->url[TICKET_APP], c->url[TICKET_WECHAT])) return "ticket.wechat_url";
    if (c->app_key.n == 0) return "ticket.app_key";
    return c->app_secret.n < 16 ? "ticket.app_secret" : NULL;
}

enum err tickets_open(const struct ticket_config *c, struct buf *message, struct tickets **ret)
{
    const char *wrong = wrong_setting(c);
    struct tickets *t = wrong ? NULL : calloc(1, sizeof *t);
    bool copied = true;

    if (wrong) {
        buf_add_c(message, wrong);
        return ERR_INPUT;
    }
    if (!t) return ERR_NOMEM;
    arena_init(&t->arena, 0);
    pthread_mutex_init(&t->lock, NULL);
    t->config = *c;
    for (int k = 0; k < TICKET_KINDS; k++)
        copied &= (t->config.url[k] = str_copy(&t->arena, c->url[k])).p != NULL;
    copied &= (t->config.app_key = str_copy(&t->arena, c->app_key)).p != NULL;
    copied &= (t->config.app_secret = str_copy(&t->arena, c->app_secret)).p != NULL;
    if (c->ca) copied &= (t->config.ca = str_copy(&t->arena, str_from_c(c->ca)).p) != NULL;
    if (!copied) {
        tickets_free(t);
        return ERR_NOMEM;
    }
    *ret = t;
    return ERR_OK;
}

void tickets_free(struct tickets *t)
{
    if (!t) return;
    pthread_mutex_destroy(&t->lock);
    arena_done(&t->arena);
    free(t);
}

bool tickets_has(const struct tickets *t, enum ticket_kind k)
{
    return t && t->config.url[k].n > 0;
}

/* --- tickets that were used --- */

/* Take note of a ticket before it is tried: of two requests with the same one, one goes on. */
static bool reserve(struct tickets *t, const struct hash *value, int64_t now)
{
    bool fresh = true;

    pthread_mutex_lock(&t->lock);
    struct used *free_one = &t->used[0];
    for (size_t i = 0; i < USED_MAX; i++) {
        struct used *x = &t->used[i];
        if (x->until > now && memcmp(&x->value, value, sizeof *value) == 0) fresh = false;
        if (x->until < free_one->until) free_one = x;
    }
    if (fresh) *free_one = (struct used){*value, now + TICKET_USED_S * MICROS_PER_SECOND};
    pthread_mutex_unlock(&t->lock);
    return fresh;
}

static void release(struct tickets *t, const struct hash *value)
{
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < USED_MAX; i++)
        if (memcmp(&t->used[i].value, value, sizeof *value) == 0) t->used[i].until = 0;
    pthread_mutex_unlock(&t->lock);
}

/* --- the signed call --- */

struct call {
    struct buf body;
    struct str nonce;
    struct str stamp, signature;
};

static struct str random_text(struct arena *a)
{
    uint8_t bytes[18];
    struct buf b;

    crypt_random(bytes, sizeof bytes);
    buf_init(&b, 0);
    base64url_add(&b, (struct str){(const char *)bytes, sizeof bytes});
    const struct str copy = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return copy;
}

static void put_body(struct buf *out, enum ticket_kind k, struct str value, struct str nonce)
{
    struct json j;

    json_init(&j, out, false);
    json_open_object(&j);
    put_text(&j, "kind", ticket_words[k]);
    put_str(&j, "value", value);
    put_str(&j, "nonce", nonce);
    json_end(&j);
}

/* Path and query of an address; "/" when it has none. */
static struct str path_of(struct str url)
{
    const size_t scheme = str_starts(url, STR("https://")) ? 8 : 7;
    const char *slash = memchr(url.p + scheme, '/', url.n - scheme);

    return slash ? (struct str){slash, url.n - (size_t)(slash - url.p)} : STR("/");
}

/* POST \n path \n key \n time \n nonce \n SM3 of the body, signed. */
static enum err sign(const struct tickets *t, struct arena *a, struct str url, struct call *c)
{
    struct buf text, hex;
    struct hash h;
    enum err e = hash_sm3(buf_str(&c->body), &h);

    if (e != ERR_OK) return e;
    buf_init(&text, 0);
    buf_init(&hex, 0);
    buf_printf(&text, "POST\n%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(path_of(url)),
               STR_ARG(t->config.app_key), STR_ARG(c->stamp), STR_ARG(c->nonce));
    hash_add_text(&text, &h);
    e = buf_err(&text);
    if (e == ERR_OK) e = crypt_hmac_sm3(t->config.app_secret, buf_str(&text), &h);
    if (e == ERR_OK) hash_add_text(&hex, &h);
    if (e == ERR_OK) c->signature = str_copy(a, buf_str(&hex));
    buf_done(&text);
    buf_done(&hex);
    return e == ERR_OK && !c->signature.p ? ERR_NOMEM : e;
}

static enum err ask(const struct tickets *t, struct arena *a, enum ticket_kind k, struct str value,
                    int64_t now, struct buf *why, struct str *ret_nonce, struct fetch_answer *ret)
{
    const struct str url = t->config.url[k];
    struct call c = {.nonce = random_text(a)};
    struct buf stamp;

    buf_init(&c.body, 0);
    buf_init(&stamp, 0);
    buf_add_int(&stamp, now / MICROS_PER_SECOND);
    c.stamp = buf_str(&stamp);
    put_body(&c.body, k, value, c.nonce);
    enum err e = c.nonce.p ? buf_err(&c.body) : ERR_NOMEM;
    if (e == ERR_OK) e = sign(t, a, url, &c);
    const struct fetch_ask f = {.url = url,
                                .body = buf_str(&c.body),
                                .type = "application/json",
                                .headers = {{STR("X-App-Key"), t->config.app_key},
                                            {STR("X-Timestamp"), c.stamp},
                                            {STR("X-Nonce"), c.nonce},
                                            {STR("X-Signature"), c.signature}},
                                .header_count = 4,
                                .ca = t->config.ca,
                                .timeout_ms = t->config.timeout_ms};
    if (e == ERR_OK) e = fetch(&f, a, why, ret);
    *ret_nonce = c.nonce;
    buf_done(&stamp);
    buf_done(&c.body);
    return e;
}

/* --- the answer --- */

static struct str member(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return (struct str){json_string_value(v), json_is_string(v) ? json_string_length(v) : 0};
}

static bool is_word(struct str s, size_t least, size_t most)
{
    if (s.n < least || s.n > most) return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    return true;
}

/* NULL: believe it. */
static const char *what_is_wrong(const json_t *v, enum ticket_kind k, struct str nonce, int64_t now)
{
    const json_t *issued = json_object_get(v, "issued");
    const int64_t now_s = now / MICROS_PER_SECOND, at = json_integer_value(issued);

    if (!str_eq(member(v, "nonce"), nonce)) return "the answer belongs to another call";
    if (!str_eq(member(v, "kind"), str_from_c(ticket_words[k]))) return "it is of another kind";
    if (!is_word(member(v, "subject"), 1, SUBJECT_MAX)) return "the answer names nobody";
    if (!json_is_integer(issued)) return "the answer does not say when it was issued";
    if (at > now_s + SKEW_S || at < now_s - TICKET_FRESH_S - SKEW_S) return "it is too old";
    return NULL;
}

static enum err take(struct arena *a, const json_t *v, struct ticket_identity *ret)
{
    const struct ticket_identity x = {str_copy(a, member(v, "subject")),
                                      str_copy(a, member(v, "id_number"))};

    if (!x.subject.p || !x.id_number.p) return ERR_NOMEM;
    *ret = x;
    return ERR_OK;
}

static enum err read_answer(struct arena *a, const struct fetch_answer *answer, enum ticket_kind k,
                            struct str nonce, int64_t now, struct buf *why,
                            struct ticket_identity *ret)
{
    json_error_t error;
    json_t *v = answer->status == 200
                    ? json_loadb(answer->body.p, answer->body.n, JSON_REJECT_DUPLICATES, &error)
                    : NULL;
    const struct str result = member(v, "result");
    const char *wrong = NULL;
    enum err e = ERR_OK;

    if (str_eq(result, STR("ok"))) {
        wrong = what_is_wrong(v, k, nonce, now);
        e = wrong ? ERR_DENIED : take(a, v, ret);
        if (wrong) buf_printf(why, "the ticket is not believed: %s", wrong);
    } else if (str_eq(result, STR("refused"))) {
        buf_add_c(why, "the service refused the ticket");
        e = ERR_DENIED;
    } else {
        buf_printf(why, "the ticket service answered something else (%d)", answer->status);
        e = answer->status == 200 ? ERR_CORRUPT : ERR_IO;
    }
    json_decref(v);
    return e;
}

enum err ticket_redeem(struct tickets *t, struct arena *a, enum ticket_kind k, struct str value,
                       int64_t now, struct buf *why, struct ticket_identity *ret)
{
    struct fetch_answer answer;
    struct str nonce;
    struct hash h;

    if (!tickets_has(t, k)) return ERR_NOT_FOUND;
    if (!is_word(value, VALUE_LEAST, VALUE_MOST)) {
        buf_add_c(why, "this is no ticket");
        return ERR_DENIED;
    }
    enum err e = hash_sm3(value, &h);
    if (e != ERR_OK) return e;
    if (!reserve(t, &h, now)) {
        buf_add_c(why, "the ticket was used before");
        return ERR_DENIED;
    }
    e = ask(t, a, k, value, now, why, &nonce, &answer);
    if (e == ERR_OK) e = read_answer(a, &answer, k, nonce, now, why, ret);
    if (e == ERR_IO || e == ERR_BUSY) release(t, &h);
    return e;
}
