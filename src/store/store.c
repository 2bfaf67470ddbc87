/* Opening and closing; what the other files share. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

enum err store_open(struct str url, const struct keyring *keys, struct store **ret)
{
    struct store *s = calloc(1, sizeof *s);
    struct buf finding;

    if (!s) return ERR_NOMEM;
    buf_init(&s->pending, 0);
    buf_init(&s->batch.texts, 0);
    arena_init(&s->command_arena, 0);
    s->keys = keys;
    buf_init(&finding, 0);
    enum err e = db_open(url, false, &s->db);
    if (e == ERR_OK) e = schema_check(s->db, &finding);
    buf_done(&finding);
    if (e != ERR_OK) {
        store_close(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

struct store *store_close(struct store *s)
{
    if (!s) return NULL;
    store_command_abort(s);
    store_turn_give(s);
    registers_done(s);
    change_done(s);
    db_close(s->db);
    buf_done(&s->pending);
    buf_done(&s->batch.texts);
    arena_done(&s->command_arena);
    free(s);
    return NULL;
}

struct str store_error(const struct store *s)
{
    return db_error(s->db);
}

/* --- sealed columns --- */

static struct str place_of(char out[96], const char *what, int64_t id, int64_t id2)
{
    const int n = snprintf(out, 96, "%s:%lld:%lld", what, (long long)id, (long long)id2);

    INVARIANT(n > 0 && n < 96);
    return (struct str){out, (size_t)n};
}

enum err seal(struct store *s, const char *what, int64_t id, int64_t id2, struct str text,
              struct buf *out)
{
    char place[96];

    if (!s->keys) return ERR_USAGE;
    return crypt_seal(s->keys, place_of(place, what, id, id2), text, out);
}

enum err unseal(struct store *s, struct arena *a, const char *what, int64_t id, int64_t id2,
                struct str sealed, struct str *ret)
{
    char place[96];
    struct buf b;

    if (!s->keys) return ERR_USAGE;
    buf_init(&b, 0);
    enum err e = crypt_open(s->keys, place_of(place, what, id, id2), sealed, &b);
    if (e == ERR_OK) {
        *ret = str_copy(a, buf_str(&b));
        if (!ret->p) e = ERR_NOMEM;
        crypt_wipe(b.p, b.n);
    }
    buf_done(&b);
    return e;
}

/* --- columns and lists --- */

enum err column_copy(struct arena *a, const struct db_stmt *q, int column, struct str *ret)
{
    *ret = str_copy(a, db_text(q, column));
    return ret->p ? ERR_OK : ERR_NOMEM;
}

enum err column_hash(const struct db_stmt *q, int column, struct hash *ret)
{
    const struct str v = db_text(q, column);

    if (v.n != HASH_BYTES) return ERR_CORRUPT;
    memcpy(ret->bytes, v.p, HASH_BYTES);
    return ERR_OK;
}

struct str hash_str(const struct hash *h)
{
    return (struct str){(const char *)h->bytes, HASH_BYTES};
}

void *list_grow(struct arena *a, void *items, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap) return items;
    const uint32_t more = *cap ? 2 * *cap : 8;
    void *grown = arena_grow(a, items, count, more, size);
    if (grown) *cap = more;
    return grown;
}
