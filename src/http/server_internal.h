/* What the files server*.c share: the server, a connection, an exchange (one request and its
 * answer). Only these files know the library behind the server.
 *
 *   connection  -- lives in the list of connections; carries the deadline that the reaper looks at
 *   exchange    -- made when a header is complete, freed when its answer has left
 *
 * An exchange belongs to one thread at a time: to the epoll thread of its connection, and from
 * work_push until MHD_resume_connection to one worker. */
#ifndef JIFEN_HTTP_SERVER_INTERNAL_H
#define JIFEN_HTTP_SERVER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <microhttpd.h>

#include "http/dispatch.h"
#include "http/gzip.h"
#include "http/log.h"
#include "http/metrics.h"
#include "http/parse.h"
#include "http/rate.h"
#include "http/session.h"

#define CONNECTION_BYTES 32768     /* memory of a connection: bounds header and target */
#define TARGET_BYTES_MAX 8192      /* of a request's target */
#define HEADERS_MAX 100            /* of a request */
#define ARENA_BYTES_MAX (8u << 20) /* of an exchange, bodies not counted */
#define ANSWER_BYTES_MAX (64u << 20)
#define BODIES_BYTES_MAX (INT64_C(256) << 20) /* of all bodies held at one time */
#define SWALLOW_BYTES_MAX (1u << 20)          /* a refused body up to this is read and dropped */
#define KEY_BYTES_MAX 128                     /* of an Idempotency-Key */
#define TOKEN_BYTES_MAX 512                   /* of a session's token */
#define JSON_DEPTH 32
#define GZIP_BYTES_MIN 1400      /* shorter answers fit one packet anyway */
#define KEEP_IDLE_S 65           /* a connection without a request is kept this long */
#define BAD_TOKENS_PER_MINUTE 60 /* of one address */
#define WEB_FILES_MAX 4096
#define WEB_BYTES_MAX ((size_t)128 << 20)

/* ---- connections ---- */

struct connection {
    struct connection *prev, *next;
    _Atomic int64_t deadline_ms; /* monotonic; the socket is shut then; 0 = never */
    int fd;
    bool is_local; /* from this machine: loopback or a unix socket */
    bool was_cut;
    bool target_is_long;
    char *target; /* of the request whose header is being read; owned */
    size_t target_n, target_cap;
    char address[HTTP_ADDRESS_BYTES];
};

struct connection_list {
    pthread_mutex_t lock;
    struct connection *first;
    uint64_t count, reaped;
};

/* ---- exchanges ---- */

enum stage {
    STAGE_READ,   /* header is there; a body may follow */
    STAGE_WORK,   /* with the workers */
    STAGE_ANSWER, /* `reply` is to be sent */
    STAGE_SENT
};

/* Slots of the metrics behind those of the routes. */
enum extra_slot { SLOT_STATIC, SLOT_HEALTH, SLOT_READY, SLOT_METRICS, SLOT_NONE, SLOT_EXTRAS };

struct exchange {
    struct http_server *s;
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct exchange *next; /* in the queue */
    enum stage stage;
    struct arena arena;
    struct http_request q;
    struct http_response r;
    struct MHD_Response *reply; /* ours, unless `web` is set */
    struct web *web;            /* the files that `reply` belongs to; one reference is ours */
    struct buf body;
    uint64_t started_ns;
    uint64_t body_length; /* announced; 0 with is_chunked */
    uint64_t sent_bytes;  /* of the answer's body */
    uint32_t slot;        /* of the metrics */
    bool is_head, is_chunked, is_v10, expects_continue;
    bool is_refused; /* r is a problem; what follows of the body is dropped */
    bool is_last;    /* the connection ends with this answer */
    bool is_folder;  /* the path ends with a slash that is not its first */
    bool is_known;   /* caller is settled, policy and limits were asked */
    struct str token, csrf;
    struct hash token_hash, csrf_hash;
    bool has_token, needs_csrf, has_csrf;
    char id[25];
};

/* ---- the queue to the workers ---- */

struct work_queue {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct exchange *first, *last;
    uint32_t count, max;
    bool is_closed;
    uint64_t refused; /* times it was full */
};

struct worker {
    pthread_t thread;
    struct http_server *s;
    struct http_worker *own; /* the application's */
    struct gzip *gzip;
    bool is_running;
};

/* ---- static files ---- */

struct web; /* one reading of web_dir; immutable, reference-counted */

struct http_server {
    struct http_config config; /* texts are copies in `arena`, numbers without defaults */
    struct http_app app;
    struct arena arena;
    struct MHD_Daemon *daemon;
    int listen_fd; /* -1 = none, or no more */
    uint16_t port;
    const char *unix_path; /* its file, while it is there; NULL = TCP */
    pthread_t acceptor;
    int acceptor_wake;     /* an eventfd; what is written ends the acceptor */
    _Atomic uint32_t open; /* connections, from accept to the library's word that it is over */
    struct route_table *routes;
    struct session_cache *sessions;
    struct rate_table *rates;
    struct metrics *metrics;
    struct line_log *log;
    struct connection_list connections;
    struct work_queue queue;
    struct worker *workers;
    pthread_t reaper;
    bool reaper_runs;
    _Atomic bool reaper_stops;
    pthread_rwlock_t web_lock;
    struct web *web;          /* may be NULL */
    _Atomic bool is_draining; /* answers end their connections */
    _Atomic bool is_hurried;  /* what waits for a worker is answered 503 */
    _Atomic uint64_t active;  /* exchanges alive */
    _Atomic uint64_t guard_refusals;
    _Atomic int64_t bodies_bytes;
};

/* server.c */
int64_t server_now_ms(void);  /* monotonic */
uint64_t server_now_ns(void); /* monotonic */
int64_t server_now_us(void);  /* of the civil clock, UTC */
void server_random(void *out, size_t bytes);

/* server_accept.c: the socket of config.listen, and the thread that gives the library connections.
 * Stopping takes what is in the backlog, then closes the socket; after it nobody is accepted. */
NODISCARD enum err listen_start(struct http_server *s, struct buf *message);
void listen_close(struct http_server *s); /* also where nothing is open */
NODISCARD enum err acceptor_start(struct http_server *s);
void acceptor_stop(struct http_server *s);

/* server_connection.c: the list and the reaper. */
void connection_list_init(struct connection_list *l);
void connection_notify(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_ConnectionNotificationCode what);
void *connection_target(void *cls, const char *target, struct MHD_Connection *mhd);
struct connection *connection_of(struct MHD_Connection *mhd);
void connection_deadline(struct connection *c, int64_t in_ms); /* from now; 0 = none */
void *reaper_run(void *server);

/* server_guard.c: the header as a whole; fills q.headers and what is known of the body.
 * False: not acceptable, the problem is in x->r. */
bool guard_check(struct exchange *x, const char *method, const char *version);

/* server_request.c: an exchange from header to queue. */
enum MHD_Result exchange_step(void *server, struct MHD_Connection *mhd, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_n, void **context);
void exchange_completed(void *server, struct MHD_Connection *mhd, void **context,
                        enum MHD_RequestTerminationCode why);
void exchange_refuse(struct exchange *x, int status, enum http_msg m, const struct str *args,
                     size_t count);
/* Role, person's rate. False: the problem is in x->r. */
bool exchange_admit(struct exchange *x);
bool exchange_rate(struct exchange *x, uint32_t kind, uint64_t number, struct str who,
                   uint32_t per_minute);

/* server_answer.c: from struct http_response to the library's. */
void answer_make(struct exchange *x, struct gzip *g); /* sets x->reply; g NULL = never gzip */
enum MHD_Result answer_send(struct exchange *x);
const char *answer_policy(bool is_page); /* Content-Security-Policy */

/* server_work.c */
void work_queue_init(struct work_queue *q, uint32_t max);
/* Suspend the connection and hand its exchange over; false when the queue is full or closed. */
bool work_push(struct http_server *s, struct exchange *x);
NODISCARD enum err workers_start(struct http_server *s, struct buf *message);
void workers_stop(struct http_server *s); /* answers what is queued, then joins */

/* server_status.c: /healthz, /readyz, /metrics. False: not one of them. */
bool status_answer(struct exchange *x);

/* server_web.c */
NODISCARD enum err web_read(const struct http_server *s, struct buf *message, struct web **ret);
void web_unref(struct web *w); /* accepts NULL */
/* Set the exchange's answer to the file of a decoded path. False: no such file. */
bool web_answer(struct exchange *x, struct str path);
/* Drop the exchange's answer, if it has one. */
void answer_drop(struct exchange *x);

#endif
