/* Rate limits: token buckets in a table of fixed size. A bucket of `per_minute` is full at first
 * and fills evenly. Where the table is full, the bucket asked for longest ago is forgotten. */
#ifndef JIFEN_HTTP_RATE_H
#define JIFEN_HTTP_RATE_H

#include "http/http.h"

struct rate_table;

NODISCARD enum err rate_table_new(uint32_t buckets, uint64_t salt, struct rate_table **ret);
void rate_table_free(struct rate_table *t); /* accepts NULL */

/* A key from what is counted: `kind` and `number` tell uses apart, `who` is a person or address. */
uint64_t rate_key(const struct rate_table *t, uint32_t kind, uint64_t number, struct str who);

/* Take one from the bucket of `key`; 0 = granted, else the seconds after which there is one. */
uint32_t rate_take(struct rate_table *t, uint64_t key, uint32_t per_minute, int64_t now_ms);
/* Is there one? Takes nothing. */
uint32_t rate_peek(struct rate_table *t, uint64_t key, uint32_t per_minute, int64_t now_ms);

#endif
