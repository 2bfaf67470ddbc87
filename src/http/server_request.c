/* An exchange: one request from its header to the queue of the workers.
 *
 * The library calls exchange_step once when the header is complete, once for each piece of the
 * body, once when all is there, and once more when a worker has resumed the connection:
 *
 *   header  guard, path, query, language, route, limits, session, policy, rate
 *   pieces  collected up to the route's limit; dropped when the request is refused already
 *   whole   answered here (status, files, refusals), or suspended and handed to a worker
 *   resumed the worker's answer is sent
 *
 * A refused request's small body is read and dropped, so that the client sees the answer and the
 * connection can be used again; before a large one the answer is sent at once and the connection
 * ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/server_internal.h"

#define RATE_ROUTE_ADDRESS 1
#define RATE_ROUTE_ACCOUNT 2
#define RATE_BAD_TOKEN 3

static const char PROBLEM_KEY_CHARS[] = "0123456789abcdef";

/* ---- making and refusing ---- */

static void id_make(char id[25])
{
    uint8_t bytes[12];

    server_random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        id[2 * i] = PROBLEM_KEY_CHARS[bytes[i] >> 4];
        id[2 * i + 1] = PROBLEM_KEY_CHARS[bytes[i] & 15];
    }
    id[24] = '\0';
}

static struct exchange *exchange_new(struct http_server *s, struct MHD_Connection *mhd)
{
    struct connection *c = connection_of(mhd);
    struct exchange *x = c ? calloc(1, sizeof *x) : NULL;

    if (!x) return NULL;
    x->s = s;
    x->mhd = mhd;
    x->connection = c;
    x->slot = s->app.route_count + SLOT_NONE;
    x->started_ns = server_now_ns();
    arena_init(&x->arena, ARENA_BYTES_MAX);
    buf_init(&x->body, 0);
    buf_init(&x->r.body, ANSWER_BYTES_MAX);
    x->r.status = 200;
    id_make(x->id);
    x->q.id = str_from_c(x->id);
    x->q.arena = &x->arena;
    x->q.server = s;
    x->q.caller.role = ROLE_NOBODY;
    atomic_fetch_add(&s->active, 1);
    return x;
}

void exchange_refuse(struct exchange *x, int status, enum http_msg m, const struct str *args,
                     size_t count)
{
    x->is_refused = true;
    http_problem(&x->r, &x->q, status, m, args, count);
    if (status == 503) http_add_header(&x->r, &x->q, "Retry-After", STR("1"));
    if (status == 401) http_add_header(&x->r, &x->q, "WWW-Authenticate", STR("Bearer"));
}

static void refuse_number(struct exchange *x, int status, enum http_msg m, uint64_t number)
{
    char text[24];
    struct str arg;
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)number);

    arg = (struct str){text, (size_t)n};
    exchange_refuse(x, status, m, &arg, 1);
    if (status == 429) http_add_header(&x->r, &x->q, "Retry-After", arg);
}

/* ---- the header ---- */

/* What the request is about: path and query of origin form or absolute form. */
static bool read_target(struct exchange *x)
{
    struct str t = {x->connection->target, x->connection->target_n};
    struct http_pair *query = NULL;
    const char *at;
    enum err e;

    if (str_starts(t, STR("http://")) || str_starts(t, STR("https://"))) {
        const char *authority = memchr(t.p, ':', t.n);

        at = memchr(authority + 3, '/', t.n - (size_t)(authority + 3 - t.p));
        t = at ? (struct str){at, t.n - (size_t)(at - t.p)} : STR("/");
    }
    at = memchr(t.p, '?', t.n);
    x->q.path = str_copy(&x->arena, (struct str){t.p, at ? (size_t)(at - t.p) : t.n});
    struct str path = x->q.path;
    /* "/desk/" is the page of a folder, and no route. */
    x->is_folder = path.n > 2 && path.p[path.n - 1] == '/' && path.p[path.n - 2] != '/';
    path.n -= x->is_folder;
    e = path.p ? parse_path(&x->arena, path, x->q.segments, HTTP_SEGMENTS_MAX, &x->q.segment_count)
               : ERR_NOMEM;
    if (e == ERR_OK && at) {
        struct str text = str_copy(&x->arena, (struct str){at + 1, t.n - (size_t)(at + 1 - t.p)});

        e = parse_query(&x->arena, text, &query, &x->q.query_count);
        x->q.query = query;
        if (e == ERR_SYNTAX || e == ERR_RANGE) {
            exchange_refuse(x, 400, HTTP_BAD_QUERY, NULL, 0);
            return false;
        }
    }
    if (e == ERR_OK) return true;
    if (e == ERR_SYNTAX)
        exchange_refuse(x, 400, HTTP_BAD_PATH, NULL, 0);
    else if (e == ERR_NOMEM)
        exchange_refuse(x, 503, HTTP_BUSY, NULL, 0);
    else
        exchange_refuse(x, 404, HTTP_NO_ROUTE, NULL, 0);
    return false;
}

/* The last value of a header that may stand several times. */
static struct str last_header(const struct http_request *q, struct str name)
{
    for (uint32_t i = q->header_count; i > 0; i--) {
        if (str_eq(q->headers[i - 1].name, name)) return q->headers[i - 1].value;
    }
    return (struct str){NULL, 0};
}

static void read_client(struct exchange *x)
{
    const struct http_config *c = &x->s->config;
    char text[HTTP_ADDRESS_BYTES];

    x->q.is_secure = c->tls_cert.n > 0;
    x->q.address = str_from_c(x->connection->address);
    if (c->behind_proxy) {
        if (parse_forwarded_for(last_header(&x->q, STR("x-forwarded-for")), text))
            x->q.address = str_copy(&x->arena, str_from_c(text));
        if (str_eq(last_header(&x->q, STR("x-forwarded-proto")), STR("https")))
            x->q.is_secure = true;
    }
}

/* HEAD counts as GET. False: a method that no route has. */
static bool read_method(struct exchange *x, const char *method)
{
    x->is_head = strcmp(method, "HEAD") == 0;
    if (x->is_head) method = "GET";
    for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
        if (strcmp(method, http_method_names[i]) == 0) {
            x->q.method = (enum http_method)i;
            return true;
        }
    }
    return false;
}

static void refuse_method(struct exchange *x, uint32_t methods)
{
    struct buf b;
    struct str list;

    buf_init(&b, 0);
    for (uint32_t i = 0; i < HTTP_METHOD_COUNT; i++) {
        if (!(methods & UINT32_C(1) << i)) continue;
        if (b.n > 0) buf_add(&b, STR(", "));
        buf_add_c(&b, http_method_names[i]);
        if (i == HTTP_GET) buf_add(&b, STR(", HEAD"));
    }
    list = buf_str(&b);
    exchange_refuse(x, 405, HTTP_METHOD, &list, 1);
    http_add_header(&x->r, &x->q, "Allow", list);
    buf_done(&b);
}

/* A file of web_dir for the decoded path: its answer is ready then. */
static bool find_file(struct exchange *x)
{
    struct buf b;

    buf_init(&b, TARGET_BYTES_MAX + 16);
    for (uint32_t i = 0; i < x->q.segment_count; i++) {
        /* A slash within a segment is no separator: NUL, which no path holds, stands for it. */
        if (memchr(x->q.segments[i].p, '/', x->q.segments[i].n)) buf_add_char(&b, '\0');
        buf_add_char(&b, '/');
        buf_add(&b, x->q.segments[i]);
    }
    if (x->q.segment_count == 0 || x->is_folder) buf_add(&b, STR("/index.html"));
    bool is_found = web_answer(x, buf_str(&b));
    buf_done(&b);
    return is_found;
}

/* Whose turn it is: a route, the server's own answers, a file; else the request is refused. */
static bool read_route(struct exchange *x, const char *method)
{
    struct http_server *s = x->s;
    uint32_t methods = 0;
    bool is_known = read_method(x, method);

    if (is_known && !x->is_folder && status_answer(x)) return true;
    if (!x->is_folder)
        x->q.route =
            route_find(s->routes, x->q.method, x->q.segments, x->q.segment_count, &methods);
    if (x->q.route && is_known) {
        x->slot = (uint32_t)(x->q.route - s->app.routes);
        return true;
    }
    x->q.route = NULL;
    if (methods) {
        refuse_method(x, methods);
        return false;
    }
    if (find_file(x)) {
        x->slot = s->app.route_count + SLOT_STATIC;
        if (is_known && x->q.method == HTTP_GET) return true;
        answer_drop(x);
        refuse_method(x, UINT32_C(1) << HTTP_GET);
        return false;
    }
    exchange_refuse(x, 404, HTTP_NO_ROUTE, NULL, 0);
    return false;
}

static uint64_t body_max(const struct exchange *x)
{
    return x->q.route ? x->q.route->body_max : 0;
}

static bool is_key(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    }
    return s.n > 0 && s.n <= KEY_BYTES_MAX;
}

static bool check_limits(struct exchange *x)
{
    if (x->body_length > body_max(x) || (x->is_chunked && body_max(x) == 0)) {
        answer_drop(x);
        refuse_number(x, 413, HTTP_TOO_LARGE, body_max(x));
        return false;
    }
    if (x->q.route && x->q.route->is_write && !is_key(http_header(&x->q, "idempotency-key"))) {
        exchange_refuse(x, 400, HTTP_NO_KEY, NULL, 0);
        return false;
    }
    return true;
}

/* ---- who asks ---- */

static struct str cookie_token(const struct exchange *x)
{
    struct str found = {NULL, 0};

    for (uint32_t i = 0; i < x->q.header_count; i++) {
        struct str value = x->q.headers[i].value, token;

        if (!str_eq(x->q.headers[i].name, STR("cookie"))) continue;
        token = x->q.is_secure ? parse_cookie(value, STR("__Host-" HTTP_COOKIE))
                               : parse_cookie(value, STR(HTTP_COOKIE));
        if (token.n > 0) found = token;
    }
    return found;
}

/* The token the request comes with. A cookie that another site's page sent along, or that lacks
 * its CSRF token where nobody need be signed in, does not count. False: refused. */
static bool read_token(struct exchange *x)
{
    bool for_nobody = access_policies[x->q.route->action].roles & ROLE_BIT(ROLE_NOBODY);

    x->token = parse_bearer(http_header(&x->q, "authorization"));
    if (x->token.n == 0) {
        x->token = cookie_token(x);
        x->q.by_cookie = x->token.n > 0;
    }
    if (x->q.by_cookie && x->q.method != HTTP_GET) {
        x->csrf = http_header(&x->q, HTTP_CSRF);
        x->needs_csrf = true;
        if (x->csrf.n == 0 || str_eq(http_header(&x->q, "sec-fetch-site"), STR("cross-site"))) {
            x->token.n = 0;
            x->q.by_cookie = false;
            if (!for_nobody) {
                exchange_refuse(x, 403, HTTP_CSRF_TOKEN, NULL, 0);
                return false;
            }
        }
    }
    x->has_token = x->token.n > 0 && x->token.n <= TOKEN_BYTES_MAX &&
                   hash_sm3(x->token, &x->token_hash) == ERR_OK;
    if (x->has_token) x->q.session = &x->token_hash;
    if (x->has_token && x->needs_csrf) x->has_csrf = hash_sm3(x->csrf, &x->csrf_hash) == ERR_OK;
    return true;
}

/* What of the caller comes with the request and not with the session. */
static void caller_complete(struct exchange *x)
{
    struct caller *c = &x->q.caller;
    struct str purpose = http_header(&x->q, "x-purpose"), number = http_header(&x->q, "x-case");

    /* A link cannot send a header: reading may name its purpose in the address. */
    if (purpose.n == 0 && x->q.method == HTTP_GET) purpose = http_query(&x->q, "purpose");
    c->lang = x->q.lang;
    c->now = server_now_us();
    c->today = (int32_t)((c->now / 1000000 + 8 * 3600) / 86400);
    c->purpose = purpose.n <= 32 ? purpose : (struct str){NULL, 0};
    c->case_number = number.n <= 64 ? number : (struct str){NULL, 0};
}

bool exchange_rate(struct exchange *x, uint32_t kind, uint64_t number, struct str who,
                   uint32_t per_minute)
{
    struct rate_table *t = x->s->rates;
    uint32_t wait_s;

    if (per_minute == 0) return true;
    wait_s = rate_take(t, rate_key(t, kind, number, who), per_minute, server_now_ms());
    if (wait_s > 0) refuse_number(x, 429, HTTP_TOO_OFTEN, wait_s);
    return wait_s == 0;
}

bool exchange_admit(struct exchange *x)
{
    const struct http_route *route = x->q.route;
    struct caller *c = &x->q.caller;
    struct str account = {(const char *)&c->account, sizeof c->account};

    x->is_known = true;
    caller_complete(x);
    if (!(access_policies[route->action].roles & ROLE_BIT(c->role))) {
        if (c->role == ROLE_NOBODY)
            exchange_refuse(x, 401, HTTP_SIGN_IN, NULL, 0);
        else
            exchange_refuse(x, 403, HTTP_DENIED, NULL, 0);
        return false;
    }
    if (c->role == ROLE_NOBODY)
        return exchange_rate(x, RATE_ROUTE_ADDRESS, x->slot, x->q.address, route->per_minute);
    return exchange_rate(x, RATE_ROUTE_ACCOUNT, x->slot, account, route->per_minute);
}

/* Who asks, if that can be told without a database; a worker asks otherwise. */
static bool read_caller(struct exchange *x)
{
    struct http_server *s = x->s;
    uint32_t wait_s;

    if (!read_token(x)) return false;
    if (!x->has_token ||
        session_find(s->sessions, &x->token_hash, x->needs_csrf ? &x->csrf_hash : NULL,
                     server_now_us(), &x->arena, &x->q.caller))
        return exchange_admit(x);
    /* An address that guesses tokens does not get at the workers. */
    wait_s = rate_peek(s->rates, rate_key(s->rates, RATE_BAD_TOKEN, 0, x->q.address),
                       BAD_TOKENS_PER_MINUTE, server_now_ms());
    if (wait_s > 0) refuse_number(x, 429, HTTP_TOO_OFTEN, wait_s);
    return wait_s == 0;
}

static void exchange_head(struct exchange *x, const char *method, const char *version)
{
    if (!guard_check(x, method, version)) {
        x->is_last = true;
        atomic_fetch_add(&x->s->guard_refusals, 1);
        return;
    }
    read_client(x);
    x->q.lang = parse_accept_language(http_header(&x->q, "accept-language"));
    if (!read_target(x)) return;
    IGNORE_ERR(lang_from_str(http_query(&x->q, "lang"), &x->q.lang)); /* else as the header says */
    if (!read_route(x, method) || !check_limits(x)) return;
    if (x->q.route) (void)read_caller(x); /* refused: the problem is in x->r */
}

/* ---- the body ---- */

static void exchange_body(struct exchange *x, struct str piece)
{
    int64_t held;

    if (x->is_refused) return;
    if (piece.n > body_max(x) - x->body.n) {
        refuse_number(x, 413, HTTP_TOO_LARGE, body_max(x));
        /* Only after the last byte can it be answered: there is not much time for the rest. */
        x->is_last = true;
        connection_deadline(x->connection, 10000);
        return;
    }
    held = atomic_fetch_add(&x->s->bodies_bytes, (int64_t)piece.n);
    buf_add(&x->body, piece);
    if (buf_err(&x->body) != ERR_OK || held > BODIES_BYTES_MAX) {
        atomic_fetch_sub(&x->s->bodies_bytes, (int64_t)piece.n);
        exchange_refuse(x, 503, HTTP_BUSY, NULL, 0);
    }
}

static bool is_json(const struct exchange *x)
{
    struct str type = http_header(&x->q, "content-type"), json = STR("application/json");

    return type.n >= json.n && parse_equal_fold((struct str){type.p, json.n}, json);
}

/* All is there: answer, or hand over. */
static enum MHD_Result exchange_whole(struct exchange *x)
{
    connection_deadline(x->connection, 0);
    x->q.body = buf_str(&x->body);
    if (!x->is_refused && !x->reply && is_json(x) && x->q.body.n > 0 &&
        (text_utf8_check(x->q.body) != x->q.body.n ||
         parse_json_depth(x->q.body, JSON_DEPTH) > JSON_DEPTH))
        exchange_refuse(x, 400, HTTP_BAD_JSON, NULL, 0);
    if (!x->is_refused && !x->reply && x->q.route) {
        if (work_push(x->s, x)) return MHD_YES;
        exchange_refuse(x, 503, HTTP_BUSY, NULL, 0);
    }
    if (!x->reply) answer_make(x, NULL);
    return answer_send(x);
}

/* A refusal that is not to wait for the body. */
static bool is_urgent(const struct exchange *x)
{
    bool has_body = x->is_chunked || x->body_length > 0;

    if (!x->is_refused) return false;
    return x->is_last || (has_body && (x->expects_continue || x->body_length > SWALLOW_BYTES_MAX));
}

static enum MHD_Result exchange_first(struct http_server *s, struct MHD_Connection *mhd,
                                      const char *method, const char *version, void **context)
{
    struct exchange *x = exchange_new(s, mhd);

    if (!x) return MHD_NO;
    *context = x;
    exchange_head(x, method, version);
    if (is_urgent(x)) {
        x->is_last = true;
        answer_make(x, NULL);
        return answer_send(x);
    }
    /* 30 s and 16 kB a second for the body. */
    connection_deadline(x->connection,
                        30000 + (int64_t)(x->is_chunked ? body_max(x) : x->body_length) / 16);
    return MHD_YES;
}

enum MHD_Result exchange_step(void *server, struct MHD_Connection *mhd, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_n, void **context)
{
    struct exchange *x = *context;

    (void)url; /* decoded, and cut at %00: connection_target has the real one */
    if (!x) return exchange_first(server, mhd, method, version, context);
    if (*data_n > 0) {
        exchange_body(x, (struct str){data, *data_n});
        *data_n = 0;
        return MHD_YES;
    }
    if (x->stage == STAGE_READ) return exchange_whole(x);
    INVARIANT(x->stage == STAGE_ANSWER);
    return answer_send(x);
}

/* ---- the end ---- */

/* 203.0.113.7 -> 203.0.113.0, 2001:db8:1:2::3 -> 2001:db8:1:: ; enough to see where trouble comes
 * from, not who it is. */
static void address_shorten(const struct exchange *x, char out[HTTP_ADDRESS_BYTES])
{
    size_t n = 0, groups = 0, most = memchr(x->q.address.p, ':', x->q.address.n) ? 3 : 0;

    for (size_t i = 0; i < x->q.address.n && i < HTTP_ADDRESS_BYTES - 4; i++) {
        char c = x->q.address.p[i];

        if (most && c == ':' && (++groups == most || (i > 0 && out[i - 1] == ':'))) break;
        out[n++] = c;
    }
    if (most) {
        while (n > 0 && out[n - 1] == ':')
            n--;
        memcpy(out + n, "::", 3);
        return;
    }
    while (n > 0 && out[n - 1] != '.')
        n--;
    if (n > 0) out[n++] = '0';
    out[n] = '\0';
}

static void log_line(const struct exchange *x, uint64_t took_us, bool is_whole)
{
    static const char *const EXTRAS[SLOT_EXTRAS] = {"static", "/healthz", "/readyz", "/metrics",
                                                    "none"};
    uint32_t routes = x->s->app.route_count;
    int64_t now = server_now_us();
    char line[600], address[HTTP_ADDRESS_BYTES], when[32];
    struct tm tm;
    time_t seconds = now / 1000000;
    int n;

    gmtime_r(&seconds, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    address_shorten(x, address);
    n = snprintf(line, sizeof line,
                 "{\"time\":\"%s.%06dZ\",\"id\":\"%s\",\"method\":\"%s\",\"route\":\"%s\","
                 "\"status\":%d,\"ms\":%llu.%03llu,\"bytes\":%llu,\"role\":\"%s\","
                 "\"address\":\"%s\",\"whole\":%s}\n",
                 when, (int)(now % 1000000), x->id,
                 x->is_head ? "HEAD" : http_method_names[x->q.method],
                 x->slot < routes ? x->s->app.routes[x->slot].path : EXTRAS[x->slot - routes],
                 x->r.status, (unsigned long long)(took_us / 1000),
                 (unsigned long long)(took_us % 1000), (unsigned long long)x->sent_bytes,
                 role_codes[x->q.caller.role], address, is_whole ? "true" : "false");
    if (n > 0 && (size_t)n < sizeof line) line_log_add(x->s->log, (struct str){line, (size_t)n});
}

void exchange_completed(void *server, struct MHD_Connection *mhd, void **context,
                        enum MHD_RequestTerminationCode why)
{
    struct http_server *s = server;
    struct exchange *x = *context;
    uint64_t took_us;

    (void)mhd; /* the library's reference to a file's answer may outlive this call: see web_unref */
    if (!x) return;
    took_us = (server_now_ns() - x->started_ns) / 1000;
    metrics_count(s->metrics, x->slot, x->r.status, took_us);
    if (s->log) log_line(x, took_us, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    connection_deadline(x->connection, (int64_t)KEEP_IDLE_S * 1000 + s->config.header_timeout_ms);
    answer_drop(x);
    atomic_fetch_sub(&s->bodies_bytes, (int64_t)x->body.n);
    buf_done(&x->body);
    buf_done(&x->r.body);
    arena_done(&x->arena);
    free(x);
    *context = NULL;
    atomic_fetch_sub(&s->active, 1);
}
