/* Counters.
 *
 * Structure: per slot a row of counters by status and a row by time taken; text is made by reading
 * them one by one, so a reader may see one request in one row and not yet in the other. */
#include "http/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

const char *const http_method_names[HTTP_METHOD_COUNT] = {
    [HTTP_GET] = "GET", [HTTP_POST] = "POST", [HTTP_DELETE] = "DELETE"};

static const int STATUSES[] = {200, 201, 202, 204, 206, 302, 303, 304, 400, 401, 403, 404, 405,
                               409, 413, 414, 415, 422, 428, 429, 431, 500, 502, 503, 505};
#define STATUS_COUNT (sizeof STATUSES / sizeof STATUSES[0])

/* Upper ends in microseconds, and how they are written. */
static const struct {
    uint64_t us;
    const char *text;
} BUCKETS[] = {{500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},
               {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
               {250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"},
               {10000000, "10"}};
#define BUCKET_COUNT (sizeof BUCKETS / sizeof BUCKETS[0])

struct slot {
    const char *name;
    enum http_method method;
    _Atomic uint64_t by_status[STATUS_COUNT + 1]; /* the last: any other */
    _Atomic uint64_t by_time[BUCKET_COUNT + 1];
    _Atomic uint64_t sum_us;
};

struct metrics {
    uint32_t count;
    struct slot slots[];
};

enum err metrics_new(const char *const *names, const enum http_method *methods, uint32_t count,
                     struct metrics **ret)
{
    struct metrics *m = calloc(1, sizeof *m + count * sizeof(struct slot));

    if (!m) return ERR_NOMEM;
    m->count = count;
    for (uint32_t i = 0; i < count; i++) {
        m->slots[i].name = names[i];
        m->slots[i].method = methods[i];
    }
    *ret = m;
    return ERR_OK;
}

void metrics_free(struct metrics *m)
{
    free(m);
}

void metrics_count(struct metrics *m, uint32_t slot, int status, uint64_t took_us)
{
    INVARIANT(slot < m->count);
    struct slot *s = &m->slots[slot];
    size_t i = 0, k = 0;

    while (i < STATUS_COUNT && STATUSES[i] != status)
        i++;
    while (k < BUCKET_COUNT && took_us > BUCKETS[k].us)
        k++;
    atomic_fetch_add_explicit(&s->by_status[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->by_time[k], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us, took_us, memory_order_relaxed);
}

static uint64_t load(const _Atomic uint64_t *v)
{
    return atomic_load_explicit(v, memory_order_relaxed);
}

static void add_labels(struct buf *out, const struct slot *s)
{
    buf_printf(out, "{method=\"%s\",route=\"%s\"", http_method_names[s->method], s->name);
}

static void add_statuses(struct buf *out, const struct slot *s)
{
    for (size_t i = 0; i <= STATUS_COUNT; i++) {
        uint64_t n = load(&s->by_status[i]);

        if (n == 0) continue;
        buf_add_c(out, "jifen_http_requests_total");
        add_labels(out, s);
        buf_printf(out, ",status=\"%d\"} %llu\n", i < STATUS_COUNT ? STATUSES[i] : 0,
                   (unsigned long long)n);
    }
}

static void add_times(struct buf *out, const struct slot *s)
{
    uint64_t sum = load(&s->sum_us), total = 0;

    for (size_t k = 0; k <= BUCKET_COUNT; k++)
        total += load(&s->by_time[k]);
    if (total == 0) return;
    total = 0;
    for (size_t k = 0; k <= BUCKET_COUNT; k++) {
        total += load(&s->by_time[k]);
        buf_add_c(out, "jifen_http_request_seconds_bucket");
        add_labels(out, s);
        buf_printf(out, ",le=\"%s\"} %llu\n", k < BUCKET_COUNT ? BUCKETS[k].text : "+Inf",
                   (unsigned long long)total);
    }
    buf_add_c(out, "jifen_http_request_seconds_sum");
    add_labels(out, s);
    buf_printf(out, "} %llu.%06llu\n", (unsigned long long)(sum / 1000000),
               (unsigned long long)(sum % 1000000));
    buf_add_c(out, "jifen_http_request_seconds_count");
    add_labels(out, s);
    buf_printf(out, "} %llu\n", (unsigned long long)total);
}

static void add_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP jifen_%s %s\n# TYPE jifen_%s %s\n", name, help, name, type);
}

void metrics_add_text(const struct metrics *m, struct buf *out)
{
    add_head(out, "http_requests_total", "counter", "Requests answered, by route and status.");
    for (uint32_t i = 0; i < m->count; i++)
        add_statuses(out, &m->slots[i]);
    add_head(out, "http_request_seconds", "histogram", "From the whole header to the last byte.");
    for (uint32_t i = 0; i < m->count; i++)
        add_times(out, &m->slots[i]);
}

void metrics_add_value(struct buf *out, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    add_head(out, name, type, help);
    buf_printf(out, "jifen_%s %llu\n", name, (unsigned long long)value);
}
