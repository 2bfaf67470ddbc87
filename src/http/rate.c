/* Token buckets.
 *
 * Structure: SHARDS locks over sets of WAYS buckets. A bucket counts in units of 1/60000 request:
 * each millisecond adds `per_minute` units. Invariant: 0 <= units <= per_minute * UNIT. */
#include "http/rate.h"

#include <pthread.h>
#include <stdlib.h>

#define SHARDS 16
#define WAYS 4
#define UNIT INT64_C(60000)

struct bucket {
    uint64_t key; /* 0 = free */
    int64_t units, at_ms;
};

struct rate_table {
    pthread_mutex_t locks[SHARDS];
    struct bucket *buckets; /* sets * WAYS */
    uint64_t sets, salt;
};

enum err rate_table_new(uint32_t buckets, uint64_t salt, struct rate_table **ret)
{
    struct rate_table *t = calloc(1, sizeof *t);

    if (!t) return ERR_NOMEM;
    t->salt = salt;
    t->sets = buckets / WAYS + 1;
    t->buckets = calloc(t->sets * WAYS, sizeof(struct bucket));
    if (!t->buckets) {
        free(t);
        return ERR_NOMEM;
    }
    for (int i = 0; i < SHARDS; i++)
        pthread_mutex_init(&t->locks[i], NULL);
    *ret = t;
    return ERR_OK;
}

void rate_table_free(struct rate_table *t)
{
    if (!t) return;
    free(t->buckets);
    free(t);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

uint64_t rate_key(const struct rate_table *t, uint32_t kind, uint64_t number, struct str who)
{
    uint64_t h = mix(mix(t->salt, kind), number);

    for (size_t i = 0; i < who.n; i++)
        h = mix(h, (unsigned char)who.p[i]);
    h = mix(h, t->salt);
    return h ? h : 1;
}

/* The bucket of `key`, filled up to now; the caller holds the lock of its set. */
static struct bucket *bucket_of(struct rate_table *t, uint64_t key, uint32_t per_minute,
                                int64_t now_ms)
{
    struct bucket *set = &t->buckets[key % t->sets * WAYS], *b = NULL, *oldest = set;
    int64_t most = (int64_t)per_minute * UNIT, passed;

    for (int i = 0; i < WAYS && !b; i++) {
        if (set[i].key == key) b = &set[i];
        if (set[i].at_ms < oldest->at_ms) oldest = &set[i];
    }
    if (!b) {
        *oldest = (struct bucket){.key = key, .units = most, .at_ms = now_ms};
        return oldest;
    }
    passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;
    b->units = passed >= UNIT ? most : b->units + passed * per_minute;
    if (b->units > most) b->units = most;
    if (passed > 0) b->at_ms = now_ms;
    return b;
}

static uint32_t rate_ask(struct rate_table *t, uint64_t key, uint32_t per_minute, int64_t now_ms,
                         bool take)
{
    pthread_mutex_t *lock = &t->locks[key % t->sets % SHARDS];
    uint32_t wait_s = 0;

    INVARIANT(per_minute > 0);
    pthread_mutex_lock(lock);
    struct bucket *b = bucket_of(t, key, per_minute, now_ms);
    if (b->units < UNIT)
        wait_s = (uint32_t)((UNIT - b->units) / per_minute / 1000) + 1;
    else if (take)
        b->units -= UNIT;
    pthread_mutex_unlock(lock);
    return wait_s;
}

uint32_t rate_take(struct rate_table *t, uint64_t key, uint32_t per_minute, int64_t now_ms)
{
    return rate_ask(t, key, per_minute, now_ms, true);
}

uint32_t rate_peek(struct rate_table *t, uint64_t key, uint32_t per_minute, int64_t now_ms)
{
    return rate_ask(t, key, per_minute, now_ms, false);
}
