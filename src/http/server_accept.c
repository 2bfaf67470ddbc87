/* The listening socket, and the thread that accepts.
 *
 * The library never listens: to stop listening it takes the socket out of the epoll sets of its
 * threads while they may do the same, and ends the process where both do (MHD_quiesce_daemon;
 * libmicrohttpd 0.9.75, and 1.0 too). So a thread of ours accepts and hands it connections.
 *
 * Invariant: not more than connections_max are open; beyond them clients wait in the backlog. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/server_internal.h"

#define FULL_MS 10 /* how long a full server, or one without descriptors, waits */

/* ---- the socket ---- */

static enum err socket_failed(const struct http_server *s, struct buf *message)
{
    buf_printf(message, "%s: %s\n", s->config.listen.p, strerror(errno));
    return ERR_IO;
}

/* A socket file that nobody answers at is left over from a process that was killed. */
static void unlink_stale(const struct sockaddr_un *a)
{
    struct stat st;
    int fd;

    if (lstat(a->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    if (connect(fd, (const struct sockaddr *)a, sizeof *a) != 0 && errno == ECONNREFUSED)
        unlink(a->sun_path);
    close(fd);
}

static enum err listen_unix(struct http_server *s, const struct parse_listen *l,
                            struct buf *message)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct str path = str_copy(&s->arena, l->host);

    if (!path.p) return ERR_NOMEM;
    memcpy(a.sun_path, path.p, path.n);
    unlink_stale(&a);
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0 || bind(s->listen_fd, (const struct sockaddr *)&a, sizeof a) != 0)
        return socket_failed(s, message);
    s->unix_path = path.p;
    if (chmod(path.p, 0660) != 0 || listen(s->listen_fd, 1024) != 0)
        return socket_failed(s, message);
    return ERR_OK;
}

static enum err listen_tcp(struct http_server *s, const struct parse_listen *l, struct buf *message)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a = {.any = {.sa_family = l->is_v6 ? AF_INET6 : AF_INET}};
    socklen_t n = l->is_v6 ? sizeof a.v6 : sizeof a.v4;
    char host[HTTP_ADDRESS_BYTES] = {0};
    int on = 1;

    memcpy(host, l->host.p, l->host.n);
    if (inet_pton(a.any.sa_family, host,
                  l->is_v6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr) != 1) {
        errno = EADDRNOTAVAIL;
        return socket_failed(s, message);
    }
    if (l->is_v6)
        a.v6.sin6_port = htons(l->port);
    else
        a.v4.sin_port = htons(l->port);
    s->listen_fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0) return socket_failed(s, message);
    setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (l->is_v6) setsockopt(s->listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(s->listen_fd, &a.any, n) != 0 || listen(s->listen_fd, 1024) != 0 ||
        getsockname(s->listen_fd, &a.any, &n) != 0)
        return socket_failed(s, message);
    s->port = ntohs(l->is_v6 ? a.v6.sin6_port : a.v4.sin_port);
    return ERR_OK;
}

enum err listen_start(struct http_server *s, struct buf *message)
{
    struct parse_listen l;

    if (parse_listen(s->config.listen, &l) != ERR_OK) {
        buf_printf(message, "%.*s: 127.0.0.1:8080, [::1]:8080, unix:PATH\n",
                   STR_ARG(s->config.listen));
        return ERR_USAGE;
    }
    return l.is_unix ? listen_unix(s, &l, message) : listen_tcp(s, &l, message);
}

void listen_close(struct http_server *s)
{
    if (s->acceptor_wake >= 0) close(s->acceptor_wake);
    if (s->listen_fd >= 0) close(s->listen_fd);
    if (s->unix_path) unlink(s->unix_path);
    s->listen_fd = s->acceptor_wake = -1;
    s->unix_path = NULL;
}

/* ---- the acceptor ---- */

/* Take one connection; false: nobody is waiting, or there is no room (*ret_full). */
static bool take_one(struct http_server *s, bool *ret_full)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;

    *ret_full = atomic_load(&s->open) >= s->config.connections_max;
    if (*ret_full) return false;
    const int fd = accept4(s->listen_fd, (struct sockaddr *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        *ret_full = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return errno == ECONNABORTED || errno == EINTR; /* that one is gone: the next */
    }
    atomic_fetch_add(&s->open, 1);
    /* Where the library refuses (the address has too many) it has closed it. */
    if (MHD_add_connection(s->daemon, fd, (struct sockaddr *)&a, n) != MHD_YES)
        atomic_fetch_sub(&s->open, 1);
    return true;
}

static bool is_told_to_end(const struct http_server *s, int wait_ms)
{
    struct pollfd p = {.fd = s->acceptor_wake, .events = POLLIN};

    return poll(&p, 1, wait_ms) > 0;
}

/* Until it is told to end; then what the system has accepted for us is still taken, as far as
 * there is room. */
static void *acceptor_run(void *server)
{
    struct http_server *s = server;
    bool is_full = false, ends = false;

    while (!ends) {
        struct pollfd p[] = {{.fd = s->listen_fd, .events = POLLIN},
                             {.fd = s->acceptor_wake, .events = POLLIN}};
        if (is_full)
            ends = is_told_to_end(s, FULL_MS);
        else if (poll(p, 2, -1) > 0)
            ends = p[1].revents != 0;
        while (take_one(s, &is_full)) {
        }
    }
    return NULL;
}

enum err acceptor_start(struct http_server *s)
{
    s->acceptor_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->acceptor_wake < 0) return ERR_IO;
    return pthread_create(&s->acceptor, NULL, acceptor_run, s) == 0 ? ERR_OK : ERR_NOMEM;
}

void acceptor_stop(struct http_server *s)
{
    const uint64_t one = 1;

    INVARIANT(write(s->acceptor_wake, &one, sizeof one) == sizeof one);
    pthread_join(s->acceptor, NULL);
    listen_close(s);
}
