/* Calls to other services, by libcurl. */
#include "http/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/crypt.h"
#include "http/parse.h"

#define URL_MAX 2048
#define CONNECT_TIMEOUT_MS 2000

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool library_ready;
static atomic_uint running;

static void library_start(void)
{
    library_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* --- addresses --- */

static bool is_this_machine(struct str host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(host, str_from_c(names[i]))) return true;
    return false;
}

/* The host of "host", "host:port", "[::1]:port"; empty when it is none. */
static struct str host_of(struct str authority)
{
    size_t n = 0;

    if (authority.n > 0 && authority.p[0] == '[') {
        const char *end = memchr(authority.p, ']', authority.n);
        if (!end) return (struct str){NULL, 0};
        n = (size_t)(end - authority.p) + 1;
    } else {
        while (n < authority.n && authority.p[n] != ':')
            n++;
    }
    for (size_t i = n; i < authority.n; i++) {
        const char c = authority.p[i];
        if (i == n ? c != ':' : c < '0' || c > '9') return (struct str){NULL, 0};
    }
    return (struct str){authority.p, n};
}

enum err fetch_url_check(struct str url)
{
    const bool is_plain = str_starts(url, STR("http://"));
    const size_t at = is_plain ? 7 : 8;

    if (url.n > URL_MAX || !(is_plain || str_starts(url, STR("https://")))) return ERR_SYNTAX;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] > '~' || strchr("#\\\"<>^`{|}", url.p[i]))
            return ERR_SYNTAX;
    struct str authority = {url.p + at, url.n - at};
    for (size_t i = 0; i < authority.n; i++)
        if (authority.p[i] == '/' || authority.p[i] == '?') authority.n = i;
    const struct str host = host_of(authority);
    if (host.n == 0 || !parse_is_host(authority)) return ERR_SYNTAX;
    return is_plain && !is_this_machine(host) ? ERR_SYNTAX : ERR_OK;
}

/* --- what is sent --- */

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

void fetch_add_encoded(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_unreserved(s.p[i]))
            buf_add_char(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(uint8_t)s.p[i]);
    }
}

/* RFC 4648 §4, from the other alphabet. */
static void add_base64(struct buf *out, struct str bytes)
{
    const size_t at = out->n;

    base64url_add(out, bytes);
    for (size_t i = at; i < out->n && !out->failed; i++) {
        if (out->p[i] == '-') out->p[i] = '+';
        if (out->p[i] == '_') out->p[i] = '/';
    }
    for (size_t n = out->n - at; n % 4 != 0; n++)
        buf_add_char(out, '=');
}

void fetch_add_basic(struct buf *out, struct str user, struct str password)
{
    struct buf both;

    buf_init(&both, 0);
    fetch_add_encoded(&both, user);
    buf_add_char(&both, ':');
    fetch_add_encoded(&both, password);
    buf_add_c(out, "Basic ");
    add_base64(out, buf_str(&both));
    if (both.failed) out->failed = true;
    if (both.p) crypt_wipe(both.p, both.cap);
    buf_done(&both);
}

/* NULL: no memory, or a header that would be two. */
static struct curl_slist *headers_of(const struct fetch_ask *ask, struct arena *a)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");

    for (uint32_t i = 0; list && i < ask->header_count + (ask->type != NULL); i++) {
        const bool is_type = i == ask->header_count;
        const struct str name = is_type ? STR("Content-Type") : ask->headers[i].name;
        const struct str value = is_type ? str_from_c(ask->type) : ask->headers[i].value;
        struct buf b;

        buf_init(&b, 0);
        buf_printf(&b, "%.*s: %.*s", STR_ARG(name), STR_ARG(value));
        const struct str line = str_copy(a, buf_str(&b));
        struct curl_slist *longer =
            line.p && parse_is_value(value) ? curl_slist_append(list, line.p) : NULL;
        if (b.p) crypt_wipe(b.p, b.cap);
        buf_done(&b);
        if (!longer) curl_slist_free_all(list);
        list = longer;
    }
    return list;
}

/* --- the call --- */

static size_t take(char *p, size_t size, size_t n, void *out)
{
    struct buf *b = out;

    buf_add(b, (struct str){p, size * n});
    return b->failed ? 0 : size * n;
}

static bool set_up(CURL *c, const struct fetch_ask *ask, const char *url,
                   struct curl_slist *headers, struct buf *body)
{
    const long ms = ask->timeout_ms ? (long)ask->timeout_ms : FETCH_TIMEOUT_MS;
    CURLcode e = curl_easy_setopt(c, CURLOPT_URL, url);

    if (!e) e = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!e) e = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    if (!e) e = curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (!e) e = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    if (!e) e = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!e) e = curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!e && ask->ca) e = curl_easy_setopt(c, CURLOPT_CAINFO, ask->ca);
    if (!e && ask->ca) e = curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    if (!e) e = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (!e) e = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms);
    if (!e) e = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    if (!e) e = curl_easy_setopt(c, CURLOPT_USERAGENT, "jifen");
    if (!e) e = curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (!e) e = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    if (!e) e = curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    if (!e && ask->body.n > 0)
        e = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.n);
    if (!e && ask->body.n > 0) e = curl_easy_setopt(c, CURLOPT_POSTFIELDS, ask->body.p);
    return e == CURLE_OK;
}

static enum err call(CURL *c, const struct buf *body, struct arena *a, struct buf *why,
                     struct fetch_answer *ret)
{
    const CURLcode e = curl_easy_perform(c);
    long status = 0;

    if (e != CURLE_OK) {
        buf_add_c(why, body->failed ? "the answer is too large" : curl_easy_strerror(e));
        return ERR_IO;
    }
    if (curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status < 200 ||
        status > 599) {
        buf_add_c(why, "no answer of HTTP");
        return ERR_IO;
    }
    ret->status = (int)status;
    ret->body = str_copy(a, buf_str(body));
    return ret->body.p ? ERR_OK : ERR_NOMEM;
}

static enum err fetch_one(const struct fetch_ask *ask, struct arena *a, struct buf *why,
                          struct fetch_answer *ret)
{
    const struct str url = str_copy(a, ask->url);
    struct curl_slist *headers = headers_of(ask, a);
    CURL *c = curl_easy_init();
    struct buf body;
    enum err e = ERR_NOMEM;

    buf_init(&body, FETCH_BODY_MAX);
    if (url.p && headers && c && set_up(c, ask, url.p, headers, &body))
        e = call(c, &body, a, why, ret);
    if (body.p) crypt_wipe(body.p, body.cap); /* tokens may have been in it */
    buf_done(&body);
    curl_easy_cleanup(c);
    curl_slist_free_all(headers);
    return e;
}

enum err fetch(const struct fetch_ask *ask, struct arena *a, struct buf *why,
               struct fetch_answer *ret)
{
    enum err e = ERR_BUSY;

    pthread_once(&library_once, library_start);
    INVARIANT(library_ready && fetch_url_check(ask->url) == ERR_OK);
    if (atomic_fetch_add(&running, 1) < FETCH_AT_ONCE)
        e = fetch_one(ask, a, why, ret);
    else
        buf_add_c(why, "too many calls at once");
    atomic_fetch_sub(&running, 1);
    return e;
}
