/* Which sessions were used lately: gathered in memory by many threads, written by one, many in one
 * transaction. A last use that a crash forgets only ends an idle session a little earlier. */
#ifndef JIFEN_SERVICE_ACCOUNT_USES_H
#define JIFEN_SERVICE_ACCOUNT_USES_H

#include "base/hash.h"
#include "store/store.h"

struct account_uses;
NODISCARD enum err account_uses_new(struct account_uses **ret);
void account_uses_free(struct account_uses *u); /* accepts NULL */

/* A session was used. Where there is no room it is left out: its next use is noted again. */
void account_uses_note(struct account_uses *u, const struct hash *token);
/* Write what was noted, as used at `now`. On failure it is forgotten. One thread's at a time. */
NODISCARD enum err account_uses_write(struct account_uses *u, struct store *s, int64_t now);

#endif
