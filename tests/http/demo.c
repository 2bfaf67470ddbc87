/* A server with a handful of routes, for the tests: no database, every answer known beforehand.
 *
 * usage: http_demo LISTEN [KEY=VALUE …]   web, cert, key, threads, workers, queue, connections,
 *                                         per_address, header_ms, proxy=1, log=PATH, lang=en
 *
 * Prints "port N" when it serves. Lines on standard input: forget TOKEN | forget-all | reload |
 * stop MS; each is answered by "done" (or "failed" and why), and the end of the input stops it at
 * once.
 *
 * Tokens: "resident-N" is the resident of account N, "clerk-N" a clerk, "gone" nobody; the CSRF
 * token of either is "csrf-" and the token. GET /asked says how often the application was asked. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

struct http_worker {
    int number;
};

static _Atomic int workers, asked;

/* ---- handlers ---- */

static void answer(struct http_response *r, const char *key, struct str value)
{
    struct json j;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, key);
    json_str(&j, value);
    json_end(&j);
}

static void run_hello(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    (void)q;
    answer(r, "hello", STR("world"));
}

static void run_echo(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    (void)q;
    r->type = "application/octet-stream";
    buf_add(&r->body, q->body);
}

static void run_count(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    struct json j;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "bytes");
    json_int(&j, (int64_t)q->body.n);
    json_end(&j);
}

static long number(struct str s)
{
    char text[16] = {0};
    if (s.n == 0 || s.n >= sizeof text) return 0;
    memcpy(text, s.p, s.n);
    return strtol(text, NULL, 10);
}

static void run_slow(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    long ms = number(http_query(q, "ms"));
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
    answer(r, "slow", http_query(q, "ms"));
}

static void run_big(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    long n = number(http_query(q, "n"));
    struct json j;
    json_init(&j, &r->body, false);
    json_open_array(&j);
    for (long i = 0; i < n; i++)
        json_int(&j, i);
    json_end(&j);
}

static void run_who(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    struct json j;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "account");
    json_int(&j, q->caller.account);
    json_key(&j, "role");
    json_str(&j, str_from_c(role_codes[q->caller.role]));
    json_key(&j, "office");
    json_str(&j, q->caller.office);
    json_key(&j, "purpose");
    json_str(&j, q->caller.purpose);
    json_key(&j, "case");
    json_str(&j, q->caller.case_number);
    json_key(&j, "lang");
    json_str(&j, q->lang == LANG_EN ? STR("en") : STR("zh"));
    json_key(&j, "address");
    json_str(&j, q->address);
    json_key(&j, "cookie");
    json_bool(&j, q->by_cookie);
    json_key(&j, "secure");
    json_bool(&j, q->is_secure);
    json_key(&j, "path");
    json_str(&j, q->path);
    json_key(&j, "segments");
    json_open_array(&j);
    for (uint32_t i = 0; i < q->segment_count; i++)
        json_str(&j, q->segments[i]);
    json_end(&j);
    json_key(&j, "query");
    json_open_array(&j);
    for (uint32_t i = 0; i < q->query_count; i++) {
        json_str(&j, q->query[i].name);
        json_str(&j, q->query[i].value);
    }
    json_end(&j);
    json_end(&j);
    http_add_header(r, q, "X-Echo", http_header(q, "x-echo"));
}

static void run_fail(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    http_problem_err(r, q, (enum err)number(http_query(q, "err")));
}

static void run_asked(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    (void)q;
    struct json j;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "asked");
    json_int(&j, atomic_load(&asked));
    json_end(&j);
}

static void run_cookie(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    http_add_session_cookie(r, q, http_query(q, "token"), 600);
    answer(r, "set", http_query(q, "token"));
}

static void run_page(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w;
    (void)q;
    r->type = "text/html; charset=utf-8";
    buf_add(&r->body, STR("<!doctype html><title>page</title>"));
}

#define TEXT                                                                                       \
    {                                                                                              \
        "", ""                                                                                     \
    }
static const struct http_route routes[] = {
    {HTTP_GET, "/hello", ACTION_HEALTH, 0, false, 0, run_hello, TEXT, "", ""},
    {HTTP_POST, "/echo", ACTION_SIGN_IN, 1 << 20, false, 0, run_echo, TEXT, "", ""},
    {HTTP_POST, "/count", ACTION_SIGN_IN, 80 << 20, false, 0, run_count, TEXT, "", ""},
    {HTTP_GET, "/slow", ACTION_HEALTH, 0, false, 0, run_slow, TEXT, "", ""},
    {HTTP_GET, "/big", ACTION_HEALTH, 0, false, 0, run_big, TEXT, "", ""},
    {HTTP_GET, "/who", ACTION_SIGN_IN, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_GET, "/who/{name}", ACTION_SIGN_IN, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_GET, "/who/me", ACTION_SCORE_READ_OWN, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_GET, "/who/{name}/{rest}", ACTION_SIGN_IN, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_DELETE, "/who/{name}", ACTION_SIGN_IN, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_GET, "/staff", ACTION_SCORE_READ, 0, false, 0, run_who, TEXT, "", ""},
    {HTTP_POST, "/write", ACTION_CLAIM_FILE, 65536, true, 0, run_who, TEXT, "", ""},
    {HTTP_GET, "/limited", ACTION_SIGN_IN, 0, false, 6, run_who, TEXT, "", ""},
    {HTTP_GET, "/fail", ACTION_HEALTH, 0, false, 0, run_fail, TEXT, "", ""},
    {HTTP_GET, "/asked", ACTION_HEALTH, 0, false, 0, run_asked, TEXT, "", ""},
    {HTTP_GET, "/cookie", ACTION_SIGN_IN, 0, false, 0, run_cookie, TEXT, "", ""},
    {HTTP_GET, "/page", ACTION_HEALTH, 0, false, 0, run_page, TEXT, "", ""},
};

/* ---- the application ---- */

static enum err demo_worker_open(void *app, struct http_worker **ret)
{
    (void)app;
    struct http_worker *w = calloc(1, sizeof *w);
    if (!w) return ERR_NOMEM;
    w->number = atomic_fetch_add(&workers, 1);
    *ret = w;
    return ERR_OK;
}

static void demo_worker_close(struct http_worker *w)
{
    free(w);
    atomic_fetch_sub(&workers, 1);
}

static enum err demo_authenticate(struct http_worker *w, struct str token, bool by_cookie,
                                  struct str csrf, const struct http_request *q, struct caller *ret,
                                  int64_t *ret_valid_until_us)
{
    (void)w;
    static const struct {
        struct str prefix;
        enum role role;
    } KINDS[] = {{{"resident-", 9}, ROLE_RESIDENT}, {{"clerk-", 6}, ROLE_CLERK}};
    atomic_fetch_add(&asked, 1);
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (!str_starts(token, KINDS[i].prefix)) continue;
        if (by_cookie && q->method != HTTP_GET &&
            !(str_starts(csrf, STR("csrf-")) &&
              str_eq((struct str){csrf.p + 5, csrf.n - 5}, token)))
            return ERR_DENIED;
        struct str rest = {token.p + KINDS[i].prefix.n, token.n - KINDS[i].prefix.n};
        *ret = (struct caller){.account = number(rest),
                               .person = number(rest),
                               .role = KINDS[i].role,
                               .division = 330381,
                               .office = STR("窗口")};
        *ret_valid_until_us = INT64_MAX;
        return ERR_OK;
    }
    ret->role = ROLE_NOBODY;
    return ERR_OK;
}

static bool demo_is_ready(void *app, struct buf *why)
{
    (void)app;
    (void)why;
    return true;
}

static void demo_add_metrics(void *app, struct buf *out)
{
    (void)app;
    buf_printf(out, "demo_asked_total %d\n", atomic_load(&asked));
}

/* ---- the command ---- */

static bool setting(struct http_config *c, const char *arg)
{
    const char *value = strchr(arg, '=');
    if (!value) return false;
    struct str name = {arg, (size_t)(value++ - arg)}, text = str_from_c(value);
    const struct {
        const char *name;
        struct str *text;
        uint32_t *number;
    } ROWS[] = {
        {"web", &c->web_dir, NULL},
        {"cert", &c->tls_cert, NULL},
        {"key", &c->tls_key, NULL},
        {"threads", NULL, &c->threads},
        {"workers", NULL, &c->workers},
        {"queue", NULL, &c->queue_max},
        {"connections", NULL, &c->connections_max},
        {"per_address", NULL, &c->per_address_max},
        {"header_ms", NULL, &c->header_timeout_ms},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (!str_eq(name, str_from_c(ROWS[i].name))) continue;
        if (ROWS[i].text) *ROWS[i].text = text;
        if (ROWS[i].number) *ROWS[i].number = (uint32_t)number(text);
        return true;
    }
    if (str_eq(name, STR("proxy"))) c->behind_proxy = true;
    if (str_eq(name, STR("lang"))) return lang_from_str(text, &c->lang) == ERR_OK;
    if (str_eq(name, STR("log"))) c->log_fd = open(value, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    return str_eq(name, STR("proxy")) || str_eq(name, STR("log"));
}

static bool command(struct http_server *s, struct str line, struct buf *message, bool *ret_stopped)
{
    struct hash h;
    bool good = true;
    if (str_starts(line, STR("forget "))) {
        good = hash_sm3((struct str){line.p + 7, line.n - 7}, &h) == ERR_OK;
        if (good) http_session_forget(s, &h);
    } else if (str_eq(line, STR("forget-all"))) {
        http_session_forget_all(s);
    } else if (str_eq(line, STR("reload"))) {
        good = http_server_reload(s, message) == ERR_OK;
    } else if (str_starts(line, STR("stop "))) {
        http_server_stop(s, (uint32_t)number((struct str){line.p + 5, line.n - 5}));
        *ret_stopped = true;
    }
    return good;
}

int main(int argc, char **argv)
{
    struct http_config c = {.log_fd = -1};
    struct http_app app = {.routes = routes,
                           .route_count = sizeof routes / sizeof routes[0],
                           .worker_open = demo_worker_open,
                           .worker_close = demo_worker_close,
                           .authenticate = demo_authenticate,
                           .is_ready = demo_is_ready,
                           .add_metrics = demo_add_metrics};
    struct http_server *s;
    struct buf message;
    char line[300];
    bool is_stopped = false;
    buf_init(&message, 0);
    if (argc < 2) return 2;
    c.listen = str_from_c(argv[1]);
    for (int i = 2; i < argc; i++)
        if (!setting(&c, argv[i])) return 2;
    enum err e = http_server_start(&c, &app, &message, &s);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&message)));
    if (e != ERR_OK) return err_exit_code(e);
    printf("port %u\n", (unsigned)http_server_port(s));
    fflush(stdout);
    while (!is_stopped && fgets(line, sizeof line, stdin)) {
        message.n = 0;
        bool good = command(s, str_trim(str_from_c(line)), &message, &is_stopped);
        printf("%s%.*s\n", good ? "done" : "failed ", STR_ARG(str_trim(buf_str(&message))));
        fflush(stdout);
    }
    buf_done(&message);
    if (!is_stopped) http_server_stop(s, 0);
    if (c.log_fd >= 0) close(c.log_fd);
    return atomic_load(&workers) == 0 ? 0 : 1;
}
