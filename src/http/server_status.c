/* What the server says of itself: /healthz (it runs), /readyz (it can serve), /metrics. Answered in
 * the epoll thread: these must work just when everything else waits. */
#include "http/server_internal.h"

static void answer_health(struct exchange *x)
{
    buf_add(&x->r.body, STR("{\"status\":\"ok\"}"));
}

static void answer_ready(struct exchange *x)
{
    struct http_server *s = x->s;
    struct buf why;
    struct json j;
    bool is_ready;

    buf_init(&why, 1000);
    is_ready =
        !atomic_load(&s->is_draining) && (!s->app.is_ready || s->app.is_ready(s->app.app, &why));
    json_init(&j, &x->r.body, false);
    json_open_object(&j);
    json_key(&j, "ready");
    json_bool(&j, is_ready);
    if (!is_ready) {
        x->r.status = 503;
        json_key(&j, "why");
        json_str(&j, atomic_load(&s->is_draining) ? STR("stopping") : str_trim(buf_str(&why)));
    }
    json_end(&j);
    buf_done(&why);
}

static void answer_metrics(struct exchange *x)
{
    struct http_server *s = x->s;
    struct buf *out = &x->r.body;
    uint64_t connections, reaped, waiting, full;

    pthread_mutex_lock(&s->connections.lock);
    connections = s->connections.count;
    reaped = s->connections.reaped;
    pthread_mutex_unlock(&s->connections.lock);
    pthread_mutex_lock(&s->queue.lock);
    waiting = s->queue.count;
    full = s->queue.refused;
    pthread_mutex_unlock(&s->queue.lock);
    x->r.type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_add_text(s->metrics, out);
    metrics_add_value(out, "http_connections", "gauge", "Connections open.", connections);
    metrics_add_value(out, "http_requests_active", "gauge", "Requests being answered.",
                      atomic_load(&s->active));
    metrics_add_value(out, "http_queue_length", "gauge", "Requests waiting for a worker.", waiting);
    metrics_add_value(out, "http_queue_full_total", "counter",
                      "Requests answered 503 because the queue was full.", full);
    metrics_add_value(out, "http_guard_refusals_total", "counter",
                      "Requests whose header was not acceptable.", atomic_load(&s->guard_refusals));
    metrics_add_value(out, "http_reaped_total", "counter",
                      "Connections shut because they took too long.", reaped);
    metrics_add_value(out, "http_log_dropped_total", "counter",
                      "Lines of the access log dropped because the file was too slow.",
                      line_log_dropped(s->log));
    if (s->app.add_metrics) s->app.add_metrics(s->app.app, out);
}

/* Figures are for this machine: not for what came through a proxy, nor from elsewhere. */
static bool is_from_here(const struct exchange *x)
{
    return x->connection->is_local && http_header(&x->q, "x-forwarded-for").n == 0;
}

bool status_answer(struct exchange *x)
{
    static const struct {
        const char *name;
        enum extra_slot slot;
        void (*answer)(struct exchange *x);
    } ROWS[] = {{"healthz", SLOT_HEALTH, answer_health},
                {"readyz", SLOT_READY, answer_ready},
                {"metrics", SLOT_METRICS, answer_metrics}};

    if (x->q.segment_count != 1 || x->q.method != HTTP_GET) return false;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (!str_eq(x->q.segments[0], str_from_c(ROWS[i].name))) continue;
        if (ROWS[i].slot == SLOT_METRICS && !is_from_here(x)) return false;
        x->slot = x->s->app.route_count + (uint32_t)ROWS[i].slot;
        ROWS[i].answer(x);
        return true;
    }
    return false;
}
