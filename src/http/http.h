/* Our own small interface to HTTP; only server.c knows the library behind it.
 *
 *   epoll threads: parse, guard, route, session from the cache, static files    (never a database)
 *   workers:       one handler at a time, each with its own state (a store connection)
 *
 * A route is a row of route.def; a route without an action of policy.def does not compile. */
#ifndef JIFEN_HTTP_HTTP_H
#define JIFEN_HTTP_HTTP_H

#include "base/hash.h"
#include "base/json.h"
#include "service/access.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_DELETE, HTTP_METHOD_COUNT };

struct http_pair {
    struct str name, value;
};

struct http_request {
    enum http_method method;
    struct str path;         /* undecoded */
    struct str segments[12]; /* decoded, UTF-8 checked, without control characters */
    uint32_t segment_count;
    const struct http_pair *query; /* decoded */
    uint32_t query_count;
    const struct http_pair *headers; /* names in lower case */
    uint32_t header_count;
    struct str body;
    struct str
        address;    /* of the client, as text (behind a trusted proxy: X-Forwarded-For's last) */
    struct str id;  /* random, for log and problem details */
    enum lang lang; /* ?lang=, else Accept-Language, else Chinese */
    struct arena *arena;            /* lives as long as the request */
    struct caller caller;           /* ROLE_NOBODY when nobody is signed in */
    bool by_cookie;                 /* session came in a cookie (CSRF was checked) */
    bool is_secure;                 /* over TLS, here or at the trusted proxy */
    const struct hash *session;     /* SM3 of the token the request came with; NULL = none came */
    const struct http_route *route; /* NULL where none was found */
    struct http_server *server;
};

/* The cookie a session comes in is called HTTP_COOKIE ("__Host-" before it over TLS); a request
 * that changes something and comes with it carries the CSRF token in HTTP_CSRF. Neither counts
 * where the browser says that another site made the request. */
#define HTTP_COOKIE "jifen_session"
#define HTTP_CSRF "x-csrf-token"

struct http_response {
    int status;       /* 200 unless set */
    const char *type; /* "application/json; charset=utf-8" unless set */
    struct buf body;
    struct http_pair headers[12]; /* a header of ours (Cache-Control, …) is left out if here */
    uint32_t header_count;
};

struct http_worker; /* a worker thread's own state: store, scratch (made by the application) */

typedef void http_handler(struct http_worker *w, const struct http_request *q,
                          struct http_response *r);

struct http_route {
    enum http_method method;
    const char *path; /* "/api/v1/me/score/{indicator}" */
    enum action action;
    uint32_t body_max;   /* bytes; 0 = no body */
    bool is_write;       /* asks for an Idempotency-Key header */
    uint32_t per_minute; /* requests per person or, signed out, per address */
    http_handler *run;
    const char *summary[LANG_COUNT];
    const char *request, *response; /* names of schemas in docs/api/schemas.json; "" = none */
};

struct http_config {
    struct str listen;                         /* "127.0.0.1:8080", "[::1]:8080" or "unix:PATH" */
    struct str web_dir;                        /* static files; empty = none */
    struct str tls_cert, tls_key;              /* PEM files; empty = plain */
    uint32_t threads, workers, queue_max;      /* 0 = defaults: min(cores, 4), 4 x cores, 1024 */
    uint32_t connections_max, per_address_max; /* 0 = 10000, 256 */
    uint32_t header_timeout_ms;                /* 0 = 10000 */
    bool behind_proxy;                         /* trust X-Forwarded-For and -Proto of the peer */
    int log_fd;                                /* access log, one JSON object a line; -1 = none */
    enum lang lang;                            /* of what is said to operators */
};

/* What the application gives the server. */
struct http_app {
    const struct http_route *routes;
    uint32_t route_count;
    enum err (*worker_open)(void *app, struct http_worker **ret);
    void (*worker_close)(struct http_worker *w);
    /* Who is this? Called on a worker when the cache does not know; sets *ret (ROLE_NOBODY where
     * the token is none). `csrf` is asked about only for a cookie and a method other than GET; then
     * ERR_DENIED says that it is wrong. Of *ret, lang, now, today, purpose and case_number are
     * overwritten from the request; its texts are copied (office: at most 128 bytes). */
    enum err (*authenticate)(struct http_worker *w, struct str token, bool by_cookie,
                             struct str csrf, const struct http_request *q, struct caller *ret,
                             int64_t *ret_valid_until_us);
    /* Both are called on epoll threads and must not wait for anything; both may be NULL. */
    bool (*is_ready)(void *app, struct buf *why);    /* /readyz; why = one line */
    void (*add_metrics)(void *app, struct buf *out); /* /metrics: lines of Prometheus text */
    void *app;
};

struct http_server;
NODISCARD enum err http_server_start(const struct http_config *c, const struct http_app *app,
                                     struct buf *message, struct http_server **ret);
uint16_t http_server_port(const struct http_server *s); /* the one chosen for port 0 */
/* Quiesce (no new connections), drain (at most `ms`), stop. What was accepted is answered: in
 * time by its handler, later with 503; a handler that runs is waited for. Frees s. */
void http_server_stop(struct http_server *s, uint32_t ms);
/* Forget what is known of a session (sign-out, role change): `token` is the SM3 of its token. */
void http_session_forget(struct http_server *s, const struct hash *token);
/* Forget all sessions (an account was locked, roles were changed). */
void http_session_forget_all(struct http_server *s);
/* Read certificate and key, then web_dir anew: each is used whole, or what was there stays and
 * `message` says why (certificate: in config.lang); the first error is given back. New connections
 * see the new certificate, those that are open go on. Any thread. */
NODISCARD enum err http_server_reload(struct http_server *s, struct buf *message);

/* For handlers. */
struct str http_header(const struct http_request *q, const char *lower_name); /* empty = none */
struct str http_query(const struct http_request *q, const char *name);
/* `name` must live for ever; the value is copied into the request's arena. Values with control
 * characters and headers beyond the twelfth are left out. */
void http_add_header(struct http_response *r, const struct http_request *q, const char *name,
                     struct str value);
/* Set-Cookie for HTTP_COOKIE: HttpOnly, SameSite=Lax, Path=/, Secure over TLS; an empty token
 * takes the cookie away. */
void http_add_session_cookie(struct http_response *r, const struct http_request *q,
                             struct str token, uint32_t max_age_s);
/* RFC 9457 problem details in the reader's language: a row of http_msg.def. */
enum http_msg {
#define MSG(id, code, zh, en, zh_hint, en_hint) HTTP_##id,
#include "http/http_msg.def"
#undef MSG
    HTTP_MSG_COUNT
};
const char *http_message_code(enum http_msg m); /* "JH0110" */
void http_problem(struct http_response *r, const struct http_request *q, int status,
                  enum http_msg m, const struct str *args, size_t count);
/* A member more of the problem that stands in r. */
void http_problem_member(struct http_response *r, const char *name, struct str value);
/* The problem that an error value means: DENIED 403, NOT_FOUND 404, CONFLICT 409, BUSY 503, … */
void http_problem_err(struct http_response *r, const struct http_request *q, enum err e);

#endif
