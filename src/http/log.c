/* The log: two buffers; lines go to one while the thread writes the other.
 *
 * Invariant: a line is written whole and in the order it was added, or not at all. */
#include "http/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)1 << 20)

struct line_log {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct buf buffers[2];
    int filling; /* index of the buffer lines are added to */
    bool is_closing;
    uint64_t dropped;
    int fd;
};

/* Everything of `b` to the file; what a broken file does not take is lost. */
static void write_out(int fd, const struct buf *b)
{
    size_t done = 0;

    while (done < b->n) {
        ssize_t n = write(fd, b->p + done, b->n - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};

            poll(&p, 1, 1000);
        } else if (n < 0 && errno != EINTR) {
            return;
        }
    }
}

static void *log_thread(void *arg)
{
    struct line_log *l = arg;

    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (l->buffers[l->filling].n == 0 && !l->is_closing)
            pthread_cond_wait(&l->some, &l->lock);
        struct buf *b = &l->buffers[l->filling];
        if (b->n == 0) break;
        l->filling = !l->filling;
        pthread_mutex_unlock(&l->lock);
        write_out(l->fd, b);
        pthread_mutex_lock(&l->lock);
        b->n = 0;
        b->failed = false;
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

enum err line_log_open(int fd, struct line_log **ret)
{
    struct line_log *l = calloc(1, sizeof *l);

    if (!l) return ERR_NOMEM;
    l->fd = fd;
    buf_init(&l->buffers[0], BUFFER_BYTES);
    buf_init(&l->buffers[1], BUFFER_BYTES);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->some, NULL);
    if (pthread_create(&l->thread, NULL, log_thread, l) != 0) {
        free(l);
        return ERR_NOMEM;
    }
    *ret = l;
    return ERR_OK;
}

void line_log_add(struct line_log *l, struct str line)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    struct buf *b = &l->buffers[l->filling];
    if (BUFFER_BYTES - b->n < line.n)
        l->dropped++;
    else
        buf_add(b, line);
    if (b->n == line.n) pthread_cond_signal(&l->some);
    pthread_mutex_unlock(&l->lock);
}

uint64_t line_log_dropped(struct line_log *l)
{
    uint64_t n = 0;

    if (!l) return 0;
    pthread_mutex_lock(&l->lock);
    n = l->dropped;
    pthread_mutex_unlock(&l->lock);
    return n;
}

void line_log_close(struct line_log *l)
{
    if (!l) return;
    pthread_mutex_lock(&l->lock);
    l->is_closing = true;
    pthread_cond_signal(&l->some);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    buf_done(&l->buffers[0]);
    buf_done(&l->buffers[1]);
    free(l);
}
