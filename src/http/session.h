/* Who is behind a token, remembered for a short while so that epoll threads can tell without a
 * database. Bounded, expiring, forgettable; tokens themselves are not kept, only their SM3. */
#ifndef JIFEN_HTTP_SESSION_H
#define JIFEN_HTTP_SESSION_H

#include "http/http.h"

#define SESSION_OFFICE_BYTES 128
#define SESSION_CACHE_US (INT64_C(60) * 1000000) /* an entry is asked about again after this */

struct session_cache;

NODISCARD enum err session_cache_new(uint32_t entries, struct session_cache **ret);
void session_cache_free(struct session_cache *c); /* accepts NULL */

/* Who `token` belongs to, at `now` (microseconds); the texts of *ret lie in `a`. `csrf` NULL = not
 * asked about; else the entry must have been put with the same one. */
bool session_find(struct session_cache *c, const struct hash *token, const struct hash *csrf,
                  int64_t now, struct arena *a, struct caller *ret);

/* The age of what the cache knows of this token; to be read before the database is asked. */
uint64_t session_age(struct session_cache *c, const struct hash *token);

/* Remember. Left out when something was forgotten since `age` was read: what the database said
 * may be from before. `csrf` NULL = not known. */
void session_put(struct session_cache *c, const struct hash *token, const struct hash *csrf,
                 const struct caller *who, int64_t now, int64_t valid_until, uint64_t age);

void session_forget(struct session_cache *c, const struct hash *token);
void session_forget_all(struct session_cache *c);

#endif
