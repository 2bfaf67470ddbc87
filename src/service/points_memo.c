/* Sets of WAYS answers, chosen by the person, so that all answers of a person lie in one set; in a
 * set the answer used longest ago gives way.
 *
 * Two numbers order forgetting and keeping. Who learns of commands up to n sets `closing` = n,
 * forgets the answers of the persons concerned, each under its shard's lock, and sets `seq` = n.
 *
 * Invariants: answers found while `seq` = n are right as of command n; an answer made of facts read
 * at n is kept only while `closing` = n, looked at under the lock, so that it is either there
 * before it is to be forgotten or not kept at all. */
#include "service/points_memo.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 64
#define WAYS 8
#define ANSWER_BYTES 8192 /* of a usual answer, for the number of sets */
#define ANSWER_BYTES_MAX 65536

struct answer {
    struct memo_key key;
    char *text; /* NULL = free */
    size_t n;
    uint64_t used;
};

struct shard {
    pthread_mutex_t lock;
    struct answer *answers; /* sets * WAYS */
    uint64_t clock, found, missed;
};

struct points_memo {
    uint32_t sets; /* of a shard; 0 = nothing is kept */
    pthread_mutex_t learning;
    atomic_int_least64_t seq, closing;
    struct asking {
        pthread_mutex_t lock;
        pthread_cond_t some;
        uint64_t begun, done; /* questions to the store, numbered from 1 */
        bool is_under_way;
        int64_t seq; /* answer of question `done` */
        enum err err;
    } asking;
    struct shard shards[SHARDS];
};

enum err points_memo_new(uint64_t bytes, struct points_memo **ret)
{
    struct points_memo *m = calloc(1, sizeof *m);

    if (!m) return ERR_NOMEM;
    m->sets = (uint32_t)(bytes / ((uint64_t)ANSWER_BYTES * SHARDS * WAYS));
    atomic_init(&m->seq, -1);
    atomic_init(&m->closing, -1);
    pthread_mutex_init(&m->learning, NULL);
    pthread_mutex_init(&m->asking.lock, NULL);
    pthread_cond_init(&m->asking.some, NULL);
    for (int i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&m->shards[i].lock, NULL);
        m->shards[i].answers = calloc((size_t)m->sets * WAYS + 1, sizeof(struct answer));
        if (m->shards[i].answers) continue;
        points_memo_free(m);
        return ERR_NOMEM;
    }
    *ret = m;
    return ERR_OK;
}

void points_memo_free(struct points_memo *m)
{
    if (!m) return;
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &m->shards[i];
        for (size_t k = 0; s->answers && k < (size_t)m->sets * WAYS; k++)
            free(s->answers[k].text);
        free(s->answers);
        pthread_mutex_destroy(&s->lock);
    }
    pthread_mutex_destroy(&m->learning);
    pthread_mutex_destroy(&m->asking.lock);
    pthread_cond_destroy(&m->asking.some);
    free(m);
}

/* Consecutive persons go to different shards and sets. */
static struct shard *place_of(struct points_memo *m, int64_t person, struct answer **ret_set)
{
    const uint64_t h = (uint64_t)person * UINT64_C(0x9E3779B97F4A7C15);
    struct shard *s = &m->shards[h >> 58];

    *ret_set = &s->answers[(size_t)((h >> 16) % m->sets) * WAYS];
    return s;
}

static void forget(struct answer *a)
{
    free(a->text);
    *a = (struct answer){.text = NULL};
}

static void forget_all(struct points_memo *m)
{
    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &m->shards[i];
        pthread_mutex_lock(&s->lock);
        for (size_t k = 0; k < (size_t)m->sets * WAYS; k++)
            forget(&s->answers[k]);
        pthread_mutex_unlock(&s->lock);
    }
}

static void forget_person(void *ctx, int64_t person)
{
    struct points_memo *m = ctx;
    struct answer *set;

    if (person == STORE_EVERYBODY) {
        forget_all(m);
        return;
    }
    struct shard *s = place_of(m, person, &set);
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < WAYS; i++)
        if (set[i].key.person == person) forget(&set[i]);
    pthread_mutex_unlock(&s->lock);
}

static enum err learn(struct points_memo *m, struct store *s, int64_t seq)
{
    const int64_t known = atomic_load(&m->seq);
    enum err e;

    if (known == seq) return ERR_OK;
    atomic_store(&m->closing, seq);
    e = store_changed(s, known, seq, forget_person, m);
    if (e != ERR_OK) { /* what was forgotten is not known: begin anew the next time */
        atomic_store(&m->closing, -1);
        return e;
    }
    atomic_store(&m->seq, seq);
    return ERR_OK;
}

/* The store's newest command, where asking is a trip: one question serves all who came before it
 * was sent. Who comes while one is under way waits for the next. */
static enum err seq_together(struct asking *q, struct store *s, int64_t *ret)
{
    bool is_mine = false;

    pthread_mutex_lock(&q->lock);
    const uint64_t wanted = q->begun + 1;
    while (q->done < wanted) {
        if (q->is_under_way) {
            pthread_cond_wait(&q->some, &q->lock);
            continue;
        }
        int64_t seq = 0;
        const uint64_t number = ++q->begun;
        q->is_under_way = is_mine = true;
        pthread_mutex_unlock(&q->lock);
        const enum err e = store_seq(s, &seq);
        pthread_mutex_lock(&q->lock);
        q->is_under_way = false;
        q->done = number;
        q->seq = seq;
        q->err = e;
        pthread_cond_broadcast(&q->some);
    }
    const enum err e = q->err;
    if (e == ERR_OK) *ret = q->seq;
    pthread_mutex_unlock(&q->lock);
    return e == ERR_OK || is_mine ? e
                                  : store_seq(s, ret); /* another's connection failed, not ours */
}

static enum err newest(struct points_memo *m, struct store *s, int64_t *ret)
{
    return store_is_remote(s) ? seq_together(&m->asking, s, ret) : store_seq(s, ret);
}

enum err points_memo_sync(struct points_memo *m, struct store *s, int64_t *ret_seq)
{
    int64_t seq;
    enum err e;

    if (m->sets == 0) {
        *ret_seq = -1;
        return ERR_OK;
    }
    e = newest(m, s, &seq);
    if (e != ERR_OK) return e;
    if (atomic_load(&m->seq) != seq) {
        pthread_mutex_lock(&m->learning);
        /* Another may have learnt more meanwhile; a smaller number is a database restored. */
        e = store_seq(s, &seq);
        if (e == ERR_OK) e = learn(m, s, seq);
        pthread_mutex_unlock(&m->learning);
    }
    if (e == ERR_OK) *ret_seq = seq;
    return e;
}

static bool same(const struct memo_key *a, const struct memo_key *b)
{
    return a->person == b->person && a->day == b->day && a->since == b->since && a->lang == b->lang;
}

static struct answer *find(struct answer *set, const struct memo_key *k)
{
    for (int i = 0; i < WAYS; i++)
        if (set[i].text && same(&set[i].key, k)) return &set[i];
    return NULL;
}

bool points_memo_find(struct points_memo *m, const struct memo_key *k, struct buf *out)
{
    struct answer *set, *a;

    if (m->sets == 0) return false;
    struct shard *s = place_of(m, k->person, &set);
    pthread_mutex_lock(&s->lock);
    a = find(set, k);
    if (a) {
        a->used = ++s->clock;
        buf_add(out, (struct str){a->text, a->n});
        s->found++;
    } else {
        s->missed++;
    }
    pthread_mutex_unlock(&s->lock);
    return a != NULL;
}

/* The answer to be written over: the key's own, a free one, or the one used longest ago. */
static struct answer *victim(struct answer *set, const struct memo_key *k)
{
    struct answer *a = find(set, k), *oldest = &set[0];

    if (a) return a;
    for (int i = 0; i < WAYS; i++) {
        if (!set[i].text) return &set[i];
        if (set[i].used < oldest->used) oldest = &set[i];
    }
    return oldest;
}

void points_memo_keep(struct points_memo *m, const struct memo_key *k, int64_t seq,
                      struct str answer)
{
    struct answer *set;
    char *text;

    if (m->sets == 0 || answer.n == 0 || answer.n > ANSWER_BYTES_MAX) return;
    text = malloc(answer.n);
    if (!text) return;
    memcpy(text, answer.p, answer.n);
    struct shard *s = place_of(m, k->person, &set);
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&m->closing) == seq) {
        struct answer *a = victim(set, k);
        free(a->text);
        *a = (struct answer){*k, text, answer.n, ++s->clock};
        text = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    free(text);
}

void points_memo_counts(struct points_memo *m, uint64_t *ret_found, uint64_t *ret_missed)
{
    uint64_t found = 0, missed = 0;

    for (int i = 0; i < SHARDS; i++) {
        struct shard *s = &m->shards[i];
        pthread_mutex_lock(&s->lock);
        found += s->found;
        missed += s->missed;
        pthread_mutex_unlock(&s->lock);
    }
    *ret_found = found;
    *ret_missed = missed;
}
