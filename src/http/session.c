/* The cache of sessions.
 *
 * Structure: SHARDS tables with a lock each; a table is sets of WAYS entries, chosen by the token's
 * digest; within a set the entry used longest ago gives way. A shard's `age` grows with each
 * forgetting, so that an answer of the database that was under way meanwhile is not remembered.
 *
 * Invariant: an entry is never used after `until`, nor after its token was forgotten. */
#include "http/session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 16
#define WAYS 4

struct entry {
    struct hash token, csrf;
    bool is_used, has_csrf;
    int64_t until, used; /* microseconds */
    struct caller who;   /* its texts: only office, below */
    size_t office_n;
    char office[SESSION_OFFICE_BYTES];
};

struct shard {
    pthread_mutex_t lock;
    uint64_t age;
    struct entry *entries; /* sets * WAYS */
};

struct session_cache {
    struct shard shards[SHARDS];
    uint32_t sets; /* of a shard */
};

enum err session_cache_new(uint32_t entries, struct session_cache **ret)
{
    struct session_cache *c = calloc(1, sizeof *c);

    if (!c) return ERR_NOMEM;
    c->sets = entries / (SHARDS * WAYS) + 1;
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&c->shards[i].lock, NULL);
        c->shards[i].entries = calloc((size_t)c->sets * WAYS, sizeof(struct entry));
        if (!c->shards[i].entries) {
            session_cache_free(c);
            return ERR_NOMEM;
        }
    }
    *ret = c;
    return ERR_OK;
}

void session_cache_free(struct session_cache *c)
{
    if (!c) return;
    for (int i = 0; i < SHARDS; i++)
        free(c->shards[i].entries);
    free(c);
}

static struct shard *shard_of(struct session_cache *c, const struct hash *token)
{
    return &c->shards[token->bytes[0] % SHARDS];
}

static struct entry *set_of(const struct session_cache *c, const struct shard *s,
                            const struct hash *token)
{
    uint32_t n;

    memcpy(&n, token->bytes + 4, sizeof n);
    return &s->entries[(size_t)(n % c->sets) * WAYS];
}

static bool same(const struct hash *a, const struct hash *b)
{
    uint8_t different = 0;

    for (int i = 0; i < HASH_BYTES; i++)
        different |= a->bytes[i] ^ b->bytes[i];
    return different == 0;
}

static struct entry *find(struct entry *set, const struct hash *token)
{
    for (int i = 0; i < WAYS; i++) {
        if (set[i].is_used && same(&set[i].token, token)) return &set[i];
    }
    return NULL;
}

bool session_find(struct session_cache *c, const struct hash *token, const struct hash *csrf,
                  int64_t now, struct arena *a, struct caller *ret)
{
    struct shard *s = shard_of(c, token);
    bool found = false;

    pthread_mutex_lock(&s->lock);
    struct entry *e = find(set_of(c, s, token), token);
    if (e && now >= e->until) {
        e->is_used = false;
        e = NULL;
    }
    if (e && csrf && !(e->has_csrf && same(&e->csrf, csrf))) e = NULL;
    if (e) {
        struct caller who = e->who;

        who.office = str_copy(a, (struct str){e->office, e->office_n});
        e->used = now;
        found = who.office.p != NULL;
        if (found) *ret = who;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

uint64_t session_age(struct session_cache *c, const struct hash *token)
{
    struct shard *s = shard_of(c, token);

    pthread_mutex_lock(&s->lock);
    uint64_t age = s->age;
    pthread_mutex_unlock(&s->lock);
    return age;
}

/* The entry of the set to be written: the token's own, a free one, or the one least used. */
static struct entry *victim(struct entry *set, const struct hash *token, int64_t now)
{
    struct entry *e = find(set, token), *oldest = &set[0];

    if (e) return e;
    for (int i = 0; i < WAYS; i++) {
        if (!set[i].is_used || set[i].until <= now) return &set[i];
        if (set[i].used < oldest->used) oldest = &set[i];
    }
    return oldest;
}

void session_put(struct session_cache *c, const struct hash *token, const struct hash *csrf,
                 const struct caller *who, int64_t now, int64_t valid_until, uint64_t age)
{
    struct shard *s = shard_of(c, token);
    int64_t until = now + SESSION_CACHE_US;

    if (valid_until < until) until = valid_until;
    if (until <= now || who->office.n > SESSION_OFFICE_BYTES) return;
    pthread_mutex_lock(&s->lock);
    if (s->age == age) {
        struct entry *e = victim(set_of(c, s, token), token, now);
        struct entry old = *e;

        *e = (struct entry){.token = *token,
                            .is_used = true,
                            .until = until,
                            .used = now,
                            .who = *who,
                            .office_n = who->office.n};
        if (who->office.n > 0) memcpy(e->office, who->office.p, who->office.n);
        e->who.office = e->who.purpose = e->who.case_number = (struct str){NULL, 0};
        if (csrf) {
            e->csrf = *csrf;
            e->has_csrf = true;
        } else if (old.is_used && old.has_csrf && same(&old.token, token)) {
            e->csrf = old.csrf;
            e->has_csrf = true;
        }
    }
    pthread_mutex_unlock(&s->lock);
}

void session_forget(struct session_cache *c, const struct hash *token)
{
    struct shard *s = shard_of(c, token);

    pthread_mutex_lock(&s->lock);
    struct entry *e = find(set_of(c, s, token), token);
    if (e) e->is_used = false;
    s->age++;
    pthread_mutex_unlock(&s->lock);
}

void session_forget_all(struct session_cache *c)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        pthread_mutex_lock(&s->lock);
        for (size_t k = 0; k < (size_t)c->sets * WAYS; k++)
            s->entries[k].is_used = false;
        s->age++;
        pthread_mutex_unlock(&s->lock);
    }
}
