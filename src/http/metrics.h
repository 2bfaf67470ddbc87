/* Counters of requests, as Prometheus text. Counting takes no lock. */
#ifndef JIFEN_HTTP_METRICS_H
#define JIFEN_HTTP_METRICS_H

#include "http/http.h"

struct metrics;

/* Slots are what requests are told apart by; `names` (route patterns) must outlive the counters. */
NODISCARD enum err metrics_new(const char *const *names, const enum http_method *methods,
                               uint32_t count, struct metrics **ret);
void metrics_free(struct metrics *m); /* accepts NULL */
void metrics_count(struct metrics *m, uint32_t slot, int status, uint64_t took_us);
void metrics_add_text(const struct metrics *m, struct buf *out);

/* One line "jifen_NAME VALUE" with its head. */
void metrics_add_value(struct buf *out, const char *name, const char *type, const char *help,
                       uint64_t value);

extern const char *const http_method_names[HTTP_METHOD_COUNT];

#endif
