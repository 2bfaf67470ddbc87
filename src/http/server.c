/* Starting and stopping.
 *
 *   start: settings, files, tables -> listening socket -> workers -> reaper -> the library ->
 *          acceptor
 *   stop:  no new connections -> wait for what was accepted -> the library -> the rest
 *
 * Invariant: MHD_stop_daemon is called only when no exchange is with the workers, because the
 * library ends the process when a connection is suspended then. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_internal.h"
#include "http/server_tls.h"

#define DEFAULT_QUEUE 1024
#define DEFAULT_CONNECTIONS 10000
#define DEFAULT_PER_ADDRESS 256
#define DEFAULT_HEADER_MS 10000
#define SESSIONS 131072
#define RATE_BUCKETS 65536
#define QUIET_MS 50 /* without a request this long: drained */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE"

/* ---- clocks and chance ---- */

uint64_t server_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t server_now_ms(void)
{
    return (int64_t)(server_now_ns() / 1000000);
}

int64_t server_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Taken from the system in larger pieces, one for each thread. */
void server_random(void *out, size_t bytes)
{
    static _Thread_local uint8_t pool[1024];
    static _Thread_local size_t left;

    INVARIANT(bytes <= sizeof pool);
    if (left < bytes) {
        INVARIANT(getrandom(pool, 256, 0) == 256); /* up to 256 bytes are never cut short */
        left = 256;
    }
    memcpy(out, pool + left - bytes, bytes);
    memset(pool + left - bytes, 0, bytes);
    left -= bytes;
}

/* ---- settings ---- */

static bool copy_text(struct arena *a, struct str *s)
{
    if (s->n > 0) *s = str_copy(a, *s);
    return s->n == 0 || s->p;
}

static enum err config_copy(struct http_server *s, const struct http_config *from)
{
    struct http_config *c = &s->config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = cores > 0 && cores < 1000 ? (uint32_t)cores : 1;

    *c = *from;
    if (c->threads == 0) c->threads = n < 4 ? n : 4;
    if (c->workers == 0) c->workers = 4 * n;
    if (c->queue_max == 0) c->queue_max = DEFAULT_QUEUE;
    if (c->connections_max == 0) c->connections_max = DEFAULT_CONNECTIONS;
    if (c->per_address_max == 0) c->per_address_max = DEFAULT_PER_ADDRESS;
    if (c->header_timeout_ms == 0) c->header_timeout_ms = DEFAULT_HEADER_MS;
    if (!copy_text(&s->arena, &c->listen) || !copy_text(&s->arena, &c->web_dir) ||
        !copy_text(&s->arena, &c->tls_cert) || !copy_text(&s->arena, &c->tls_key))
        return ERR_NOMEM;
    return ERR_OK;
}

/* ---- the library ---- */

/* Paths stay as they came: %00 must not cut them. */
static size_t unescape_nothing(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text);
}

static enum err daemon_start(struct http_server *s, struct buf *message)
{
    const struct http_config *c = &s->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET;
    struct MHD_OptionItem items[20];
    unsigned n = 0;

#define OPTION(name, number, pointer)                                                              \
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_##name, (intptr_t)(number), (pointer)}
    OPTION(NOTIFY_CONNECTION, connection_notify, s);
    OPTION(NOTIFY_COMPLETED, exchange_completed, s);
    OPTION(URI_LOG_CALLBACK, connection_target, s);
    OPTION(UNESCAPE_CALLBACK, unescape_nothing, s);
    OPTION(CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, NULL);
    /* The acceptor counts: here so many that none of the threads refuses one. */
    OPTION(CONNECTION_LIMIT, c->connections_max * c->threads, NULL);
    OPTION(CONNECTION_TIMEOUT, KEEP_IDLE_S, NULL);
    OPTION(STRICT_FOR_CLIENT, 1, NULL);
    if (c->threads > 1) OPTION(THREAD_POOL_SIZE, c->threads, NULL);
    if (!c->behind_proxy && !s->unix_path)
        OPTION(PER_IP_CONNECTION_LIMIT, c->per_address_max, NULL);
    if (c->tls_cert.n > 0) {
        flags |= MHD_USE_TLS;
        OPTION(HTTPS_CERT_CALLBACK2, 0, tls_callback());
        OPTION(HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES);
    }
    OPTION(END, 0, NULL);
#undef OPTION
    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_step, s, MHD_OPTION_ARRAY, items,
                                 MHD_OPTION_END);
    if (s->daemon) return ERR_OK;
    buf_printf(message,
               c->lang == LANG_ZH ? "%s：服务没有启动（套接字、线程不够？）\n"
                                  : "%s: the server did not start (sockets or threads?)\n",
               c->listen.p);
    return ERR_IO;
}

/* ---- start ---- */

static enum err tables_make(struct http_server *s, struct buf *message)
{
    uint32_t count = s->app.route_count + SLOT_EXTRAS;
    static const char *const EXTRAS[SLOT_EXTRAS] = {"static", "/healthz", "/readyz", "/metrics",
                                                    "none"};
    const char **names = ARENA_ARRAY(&s->arena, const char *, count);
    enum http_method *methods = ARENA_ARRAY(&s->arena, enum http_method, count);
    uint64_t salt;
    enum err e;

    if (!names || !methods) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        bool is_route = i < s->app.route_count;

        names[i] = is_route ? s->app.routes[i].path : EXTRAS[i - s->app.route_count];
        methods[i] = is_route ? s->app.routes[i].method : HTTP_GET;
        INVARIANT(!is_route || s->app.routes[i].action < ACTION_COUNT);
    }
    server_random(&salt, sizeof salt);
    e = route_table_new(s->app.routes, s->app.route_count, &s->routes);
    if (e == ERR_SYNTAX) buf_printf(message, "the table of routes is not well-formed\n");
    if (e == ERR_OK) e = metrics_new(names, methods, count, &s->metrics);
    if (e == ERR_OK) e = session_cache_new(SESSIONS, &s->sessions);
    if (e == ERR_OK) e = rate_table_new(RATE_BUCKETS, salt, &s->rates);
    if (e == ERR_OK && s->config.log_fd >= 0) e = line_log_open(s->config.log_fd, &s->log);
    return e;
}

static enum err certificate_read(const struct http_server *s, struct buf *message)
{
    const struct http_config *c = &s->config;

    if (c->tls_cert.n == 0 && c->tls_key.n == 0) return ERR_OK;
    if (MHD_is_feature_supported(MHD_FEATURE_HTTPS_CERT_CALLBACK2) != MHD_YES) return ERR_USAGE;
    if (c->tls_cert.n == 0 || c->tls_key.n == 0) {
        buf_printf(message, c->lang == LANG_ZH ? "TLS 要有证书，也要有私钥\n"
                                               : "TLS needs both a certificate and a key\n");
        return ERR_USAGE;
    }
    return tls_load(c->tls_cert.p, c->tls_key.p, c->lang, message);
}

static enum err files_read(struct http_server *s, struct buf *message)
{
    const struct http_config *c = &s->config;
    enum err e = certificate_read(s, message);

    if (e == ERR_OK && c->web_dir.n > 0) e = web_read(s, message, &s->web);
    return e;
}

/* Everything that is not the library's; the library has ended, or never began. */
static void server_free(struct http_server *s)
{
    workers_stop(s);
    if (s->reaper_runs) {
        atomic_store(&s->reaper_stops, true);
        pthread_join(s->reaper, NULL);
    }
    listen_close(s);
    line_log_close(s->log);
    web_unref(s->web);
    rate_table_free(s->rates);
    session_cache_free(s->sessions);
    metrics_free(s->metrics);
    route_table_free(s->routes);
    if (s->config.tls_cert.n > 0) tls_forget();
    arena_done(&s->arena);
    free(s);
}

enum err http_server_start(const struct http_config *c, const struct http_app *app,
                           struct buf *message, struct http_server **ret)
{
    struct http_server *s = calloc(1, sizeof *s);
    enum err e;

    if (!s) return ERR_NOMEM;
    s->listen_fd = s->acceptor_wake = -1;
    s->app = *app;
    arena_init(&s->arena, 0);
    connection_list_init(&s->connections);
    pthread_rwlock_init(&s->web_lock, NULL);
    e = config_copy(s, c);
    work_queue_init(&s->queue, s->config.queue_max);
    if (e == ERR_OK) e = files_read(s, message);
    if (e == ERR_OK) e = tables_make(s, message);
    if (e == ERR_OK) e = listen_start(s, message);
    if (e == ERR_OK) e = workers_start(s, message);
    if (e == ERR_OK) {
        s->reaper_runs = pthread_create(&s->reaper, NULL, reaper_run, s) == 0;
        if (!s->reaper_runs) e = ERR_NOMEM;
    }
    if (e == ERR_OK) e = daemon_start(s, message);
    if (e == ERR_OK) {
        e = acceptor_start(s);
        if (e != ERR_OK) MHD_stop_daemon(s->daemon);
    }
    if (e != ERR_OK) {
        server_free(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_session_forget(struct http_server *s, const struct hash *token)
{
    session_forget(s->sessions, token);
}

void http_session_forget_all(struct http_server *s)
{
    session_forget_all(s->sessions);
}

static enum err pages_exchange(struct http_server *s, struct buf *message)
{
    struct web *fresh = NULL, *old;
    enum err e = s->config.web_dir.n > 0 ? web_read(s, message, &fresh) : ERR_OK;

    if (e != ERR_OK || !fresh) return e;
    pthread_rwlock_wrlock(&s->web_lock);
    old = s->web;
    s->web = fresh;
    pthread_rwlock_unlock(&s->web_lock);
    web_unref(old);
    return ERR_OK;
}

enum err http_server_reload(struct http_server *s, struct buf *message)
{
    const enum err e = certificate_read(s, message), e2 = pages_exchange(s, message);

    return e != ERR_OK ? e : e2;
}

/* ---- stop ---- */

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&t, NULL);
}

/* Wait until there has been no request for QUIET_MS; false when `until` comes first. */
static bool wait_quiet(struct http_server *s, int64_t until)
{
    int64_t quiet_since = server_now_ms();

    for (;;) {
        int64_t now = server_now_ms();

        if (atomic_load(&s->active) > 0) quiet_since = now;
        if (now - quiet_since >= QUIET_MS) return true;
        if (now >= until) return false;
        pause_ms(5);
    }
}

void http_server_stop(struct http_server *s, uint32_t ms)
{
    int64_t until = server_now_ms() + ms;

    atomic_store(&s->is_draining, true);
    acceptor_stop(s);
    if (!wait_quiet(s, until)) atomic_store(&s->is_hurried, true);
    workers_stop(s);                       /* what is queued is answered, what runs is waited for */
    wait_quiet(s, server_now_ms() + 1000); /* the last answers leave */
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
