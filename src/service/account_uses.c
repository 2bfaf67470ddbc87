/* Two lists of digests: one is filled under the lock while the other is written. */
#include "service/account_uses.h"

#include <pthread.h>
#include <stdlib.h>

#define USES_MAX 16384

struct account_uses {
    pthread_mutex_t lock;
    struct hash *filled, *written; /* USES_MAX each */
    uint32_t count;
};

enum err account_uses_new(struct account_uses **ret)
{
    struct account_uses *u = calloc(1, sizeof *u);

    if (!u) return ERR_NOMEM;
    pthread_mutex_init(&u->lock, NULL);
    u->filled = calloc(USES_MAX, sizeof *u->filled);
    u->written = calloc(USES_MAX, sizeof *u->written);
    if (!u->filled || !u->written) {
        account_uses_free(u);
        return ERR_NOMEM;
    }
    *ret = u;
    return ERR_OK;
}

void account_uses_free(struct account_uses *u)
{
    if (!u) return;
    pthread_mutex_destroy(&u->lock);
    free(u->filled);
    free(u->written);
    free(u);
}

void account_uses_note(struct account_uses *u, const struct hash *token)
{
    pthread_mutex_lock(&u->lock);
    if (u->count < USES_MAX) u->filled[u->count++] = *token;
    pthread_mutex_unlock(&u->lock);
}

enum err account_uses_write(struct account_uses *u, struct store *s, int64_t now)
{
    pthread_mutex_lock(&u->lock);
    struct hash *list = u->filled;
    const uint32_t count = u->count;
    u->filled = u->written;
    u->written = list;
    u->count = 0;
    pthread_mutex_unlock(&u->lock);
    return count > 0 ? store_sessions_seen(s, list, count, now) : ERR_OK;
}
