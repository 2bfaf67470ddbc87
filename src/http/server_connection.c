/* Connections and the reaper.
 *
 * Each phase of a connection sets a deadline: a header must be complete in header_timeout, a body
 * and an answer in a time that grows with their size, the next request after KEEP_IDLE_S. The
 * reaper shuts sockets whose deadline has passed; the library then sees the end of the connection
 * and cleans up as for any other.
 *
 * Invariant: a descriptor is shut only while its connection is in the list, and the library closes
 * it only after connection_notify has taken it out; so the reaper never touches a stranger's. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/server_internal.h"

void connection_list_init(struct connection_list *l)
{
    *l = (struct connection_list){.first = NULL};
    pthread_mutex_init(&l->lock, NULL);
}

void connection_deadline(struct connection *c, int64_t in_ms)
{
    atomic_store_explicit(&c->deadline_ms, in_ms > 0 ? server_now_ms() + in_ms : 0,
                          memory_order_relaxed);
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return i ? i->socket_context : NULL;
}

static void address_set(struct connection *c, const struct sockaddr *a)
{
    c->address[0] = '\0';
    c->is_local = true;
    if (a && a->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, a, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, c->address, sizeof c->address);
        c->is_local = ntohl(in.sin_addr.s_addr) >> 24 == 127;
    } else if (a && a->sa_family == AF_INET6) {
        struct sockaddr_in6 in;

        memcpy(&in, a, sizeof in);
        inet_ntop(AF_INET6, &in.sin6_addr, c->address, sizeof c->address);
        c->is_local = IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
    }
}

static void connection_open(struct http_server *s, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *a =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct connection *c = calloc(1, sizeof *c);

    *context = c;
    if (!c) return; /* its requests are then refused */
    c->fd = fd ? fd->connect_fd : -1;
    address_set(c, a ? a->client_addr : NULL);
    connection_deadline(c, s->config.header_timeout_ms);
    pthread_mutex_lock(&s->connections.lock);
    c->next = s->connections.first;
    if (c->next) c->next->prev = c;
    s->connections.first = c;
    s->connections.count++;
    pthread_mutex_unlock(&s->connections.lock);
}

static void connection_close(struct http_server *s, void **context)
{
    struct connection *c = *context;

    atomic_fetch_sub(&s->open, 1);
    if (!c) return;
    pthread_mutex_lock(&s->connections.lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        s->connections.first = c->next;
    if (c->next) c->next->prev = c->prev;
    s->connections.count--;
    pthread_mutex_unlock(&s->connections.lock);
    free(c->target);
    free(c);
    *context = NULL;
}

void connection_notify(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_open(cls, mhd, context);
    else
        connection_close(cls, context);
}

/* The target as it came: the library takes its own copy apart in place. */
void *connection_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct connection *c = connection_of(mhd);
    size_t n = strlen(target);

    (void)cls;
    if (!c) return NULL;
    c->target_n = 0;
    c->target_is_long = n > TARGET_BYTES_MAX;
    if (c->target_is_long) return NULL;
    if (n > c->target_cap || !c->target) {
        size_t cap = n < 256 ? 256 : TARGET_BYTES_MAX;
        char *p = realloc(c->target, cap);

        if (!p) return NULL; /* an empty target is refused */
        c->target = p;
        c->target_cap = cap;
    }
    memcpy(c->target, target, n);
    c->target_n = n;
    return NULL;
}

static void reap(struct http_server *s, int64_t now)
{
    pthread_mutex_lock(&s->connections.lock);
    for (struct connection *c = s->connections.first; c; c = c->next) {
        int64_t deadline = atomic_load_explicit(&c->deadline_ms, memory_order_relaxed);

        if (deadline == 0 || now < deadline || c->was_cut) continue;
        c->was_cut = true;
        s->connections.reaped++;
        shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&s->connections.lock);
}

void *reaper_run(void *server)
{
    struct http_server *s = server;
    int64_t pause_ms = s->config.header_timeout_ms / 20;
    struct timespec pause;

    if (pause_ms < 10) pause_ms = 10;
    if (pause_ms > 500) pause_ms = 500;
    pause = (struct timespec){.tv_sec = 0, .tv_nsec = pause_ms * 1000000};
    while (!atomic_load(&s->reaper_stops)) {
        nanosleep(&pause, NULL);
        reap(s, server_now_ms());
    }
    return NULL;
}
