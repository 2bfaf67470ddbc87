/* Sign-ins in between: see oidc_pending.h. */
#include "http/oidc_pending.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/date.h"

#define PENDING_MAX 4096

struct entry {
    struct hash state, browser; /* SM3: what is remembered gives no state away */
    int64_t until;              /* 0 = free */
    struct oidc_sign_in x;
};
struct oidc_pending {
    pthread_mutex_t lock;
    struct entry entries[PENDING_MAX];
};

enum err oidc_pending_new(struct oidc_pending **ret)
{
    struct oidc_pending *p = calloc(1, sizeof *p);

    if (!p) return ERR_NOMEM;
    pthread_mutex_init(&p->lock, NULL);
    *ret = p;
    return ERR_OK;
}

void oidc_pending_free(struct oidc_pending *p)
{
    if (!p) return;
    pthread_mutex_destroy(&p->lock);
    crypt_wipe(p, sizeof *p);
    free(p);
}

static struct hash digest(struct str s)
{
    struct hash h;

    INVARIANT(hash_sm3(s, &h) == ERR_OK);
    return h;
}

static bool same(const struct hash *a, const struct hash *b)
{
    return crypt_equal((struct str){(const char *)a->bytes, HASH_BYTES},
                       (struct str){(const char *)b->bytes, HASH_BYTES});
}

void oidc_pending_put(struct oidc_pending *p, struct str state, struct str browser,
                      const struct oidc_sign_in *x, int64_t now)
{
    const struct hash s = digest(state), b = digest(browser);

    pthread_mutex_lock(&p->lock);
    struct entry *e = &p->entries[0];
    for (size_t i = 1; i < PENDING_MAX && e->until > now; i++)
        if (p->entries[i].until < e->until) e = &p->entries[i];
    *e = (struct entry){s, b, now + OIDC_PENDING_S * MICROS_PER_SECOND, *x};
    pthread_mutex_unlock(&p->lock);
}

enum err oidc_pending_take(struct oidc_pending *p, struct str state, struct str browser,
                           int64_t now, struct oidc_sign_in *ret)
{
    const struct hash s = digest(state), b = digest(browser);
    enum err e = ERR_NOT_FOUND;

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct entry *x = &p->entries[i];
        if (x->until <= now || !same(&x->state, &s)) continue;
        e = same(&x->browser, &b) ? ERR_OK : ERR_DENIED;
        if (e == ERR_OK) *ret = x->x;
        crypt_wipe(x, sizeof *x);
        break;
    }
    pthread_mutex_unlock(&p->lock);
    return e;
}
