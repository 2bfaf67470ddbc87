/* The queue and the workers.
 *
 * An epoll thread suspends the connection and appends its exchange; a worker takes the first, asks
 * who it is where that is not known yet, runs the handler, makes the answer and resumes the
 * connection, whose epoll thread then sends it. The exchange is the worker's alone in between.
 *
 * Invariants: the queue holds at most `max`; whatever was pushed is resumed exactly once, also when
 * the server stops; a connection is suspended before its exchange can be seen by a worker. */
#include <stdlib.h>

#include "http/server_internal.h"

#define RATE_BAD_TOKEN 3

void work_queue_init(struct work_queue *q, uint32_t max)
{
    *q = (struct work_queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->some, NULL);
}

bool work_push(struct http_server *s, struct exchange *x)
{
    struct work_queue *q = &s->queue;
    bool fits;

    pthread_mutex_lock(&q->lock);
    fits = q->count < q->max && !q->is_closed;
    if (fits) {
        MHD_suspend_connection(x->mhd);
        x->stage = STAGE_WORK;
        x->next = NULL;
        if (q->last)
            q->last->next = x;
        else
            q->first = x;
        q->last = x;
        q->count++;
        pthread_cond_signal(&q->some);
    } else {
        q->refused++;
    }
    pthread_mutex_unlock(&q->lock);
    return fits;
}

/* The next exchange; NULL when the queue is closed and empty. */
static struct exchange *work_take(struct work_queue *q)
{
    struct exchange *x;

    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->is_closed)
        pthread_cond_wait(&q->some, &q->lock);
    x = q->first;
    if (x) {
        q->first = x->next;
        if (!q->first) q->last = NULL;
        q->count--;
    }
    pthread_mutex_unlock(&q->lock);
    return x;
}

/* Ask the application whose token it is, and remember. False: refused. */
static bool authenticate(struct worker *w, struct exchange *x)
{
    struct http_server *s = w->s;
    struct caller who = {.role = ROLE_NOBODY};
    int64_t valid_until = 0;
    uint64_t age = session_age(s->sessions, &x->token_hash);
    struct str csrf = x->needs_csrf ? x->csrf : (struct str){NULL, 0};
    enum err e =
        s->app.authenticate(w->own, x->token, x->q.by_cookie, csrf, &x->q, &who, &valid_until);

    if (e == ERR_DENIED) {
        exchange_refuse(x, 403, HTTP_CSRF_TOKEN, NULL, 0);
        return false;
    }
    if (e != ERR_OK && e != ERR_NOT_FOUND) {
        http_problem_err(&x->r, &x->q, e);
        x->is_refused = true;
        return false;
    }
    if (e == ERR_NOT_FOUND || who.role == ROLE_NOBODY) {
        x->q.session = NULL;
        x->q.by_cookie = false;
        return exchange_rate(x, RATE_BAD_TOKEN, 0, x->q.address, BAD_TOKENS_PER_MINUTE);
    }
    INVARIANT(who.role < ROLE_COUNT);
    session_put(s->sessions, &x->token_hash, x->needs_csrf ? &x->csrf_hash : NULL, &who,
                server_now_us(), valid_until, age);
    who.office = str_copy(&x->arena, who.office);
    x->q.caller = who;
    return true;
}

static void work_run(struct worker *w, struct exchange *x)
{
    bool go = true;

    if (atomic_load(&w->s->is_hurried)) {
        exchange_refuse(x, 503, HTTP_STOPPING, NULL, 0);
        go = false;
    } else if (!x->is_known) {
        go = authenticate(w, x) && exchange_admit(x);
    }
    if (go) x->q.route->run(w->own, &x->q, &x->r);
    answer_make(x, w->gzip);
    x->stage = STAGE_ANSWER;
    MHD_resume_connection(x->mhd); /* from here on it is not ours */
}

static void *worker_run(void *arg)
{
    struct worker *w = arg;
    struct exchange *x;

    while ((x = work_take(&w->s->queue)) != NULL)
        work_run(w, x);
    return NULL;
}

enum err workers_start(struct http_server *s, struct buf *message)
{
    s->workers = calloc(s->config.workers, sizeof *s->workers);
    if (!s->workers) return ERR_NOMEM;
    for (uint32_t i = 0; i < s->config.workers; i++) {
        struct worker *w = &s->workers[i];
        enum err e = gzip_new(3, &w->gzip);

        w->s = s;
        if (e == ERR_OK) e = s->app.worker_open(s->app.app, &w->own);
        if (e != ERR_OK) {
            buf_printf(message, "worker %u: %s\n", (unsigned)i, err_text(e));
            return e;
        }
        w->is_running = pthread_create(&w->thread, NULL, worker_run, w) == 0;
        if (!w->is_running) {
            s->app.worker_close(w->own);
            return ERR_NOMEM;
        }
    }
    return ERR_OK;
}

void workers_stop(struct http_server *s)
{
    pthread_mutex_lock(&s->queue.lock);
    s->queue.is_closed = true;
    pthread_cond_broadcast(&s->queue.some);
    pthread_mutex_unlock(&s->queue.lock);
    for (uint32_t i = 0; s->workers && i < s->config.workers; i++) {
        struct worker *w = &s->workers[i];

        if (w->is_running) {
            pthread_join(w->thread, NULL);
            s->app.worker_close(w->own);
        }
        gzip_free(w->gzip);
    }
    free(s->workers);
    s->workers = NULL;
}
