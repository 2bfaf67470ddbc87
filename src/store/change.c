/* Whose facts each command changed, so that what was computed from them need be forgotten only
 * where it may be wrong.
 *
 *   change (seq, persons)   seq of the audit chain; persons: ascending, the differences as numbers
 *                           of 7 bits a byte, lowest first, the top bit set on all bytes but the
 *                           last; empty = everybody
 *
 * Invariants: a command that added or retracted a fact has its row, written in its transaction;
 * the chain's seq rises in the order of commits. Old rows may go: whoever is that far behind takes
 * it as everybody. */
#include <stdlib.h>

#include "store/store_internal.h"

#define PERSONS_MAX 65536    /* more are "everybody" */
#define BEHIND_MAX 10000     /* commands; further behind is "everybody" */
#define KEPT_COMMANDS 100000 /* at least BEHIND_MAX */

void change_begin(struct store *s)
{
    s->changed_count = 0;
    s->changed_all = false;
}

void change_done(struct store *s)
{
    free(s->changed);
    s->changed = NULL;
}

enum err change_note(struct store *s, int64_t person)
{
    if (s->changed_all || (s->changed_count > 0 && s->changed[s->changed_count - 1] == person))
        return ERR_OK;
    if (s->changed_count == PERSONS_MAX) {
        s->changed_all = true;
        return ERR_OK;
    }
    if (!s->changed) s->changed = malloc(PERSONS_MAX * sizeof *s->changed);
    if (!s->changed) return ERR_NOMEM;
    s->changed[s->changed_count++] = person;
    return ERR_OK;
}

void change_note_all(struct store *s)
{
    s->changed_all = true;
}

static int person_order(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_number(struct buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        buf_add_char(b, (char)(v | 0x80));
    buf_add_char(b, (char)v);
}

static void add_persons(struct store *s, struct buf *b)
{
    int64_t before = 0;

    qsort(s->changed, s->changed_count, sizeof *s->changed, person_order);
    for (uint32_t i = 0; i < s->changed_count; i++) {
        if (s->changed[i] == before) continue;
        add_number(b, (uint64_t)(s->changed[i] - before));
        before = s->changed[i];
    }
}

enum err change_write(struct store *s, int64_t seq)
{
    struct db_stmt *q;
    struct buf b;

    if (!s->changed_all && s->changed_count == 0) return ERR_OK;
    buf_init(&b, 0);
    if (!s->changed_all) add_persons(s, &b);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = db_stmt(s->db, "INSERT INTO change (seq, persons) VALUES ($1, $2)", &q);
    if (e == ERR_OK) {
        db_bind_int(q, 1, seq);
        db_bind_blob(q, 2, buf_str(&b));
        e = db_run(q);
    }
    buf_done(&b);
    return e;
}

/* --- reading --- */

bool store_is_remote(const struct store *s)
{
    return db_kind_of(s->db) == DB_POSTGRES;
}

bool store_url_is_remote(struct str url)
{
    enum db_kind kind;
    struct str rest;

    return db_kind_parse(url, &kind, &rest) == ERR_OK && kind == DB_POSTGRES;
}

void store_url_add_place(struct buf *out, struct str url)
{
    db_add_place(out, url);
}

enum err store_seq(struct store *s, int64_t *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT seq FROM chain WHERE one = 1", &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_CORRUPT;
    *ret = db_int(q, 0);
    db_reset(q);
    return ERR_OK;
}

/* False: not a list as change_write makes it. */
static bool tell_persons(struct str list, void (*each)(void *ctx, int64_t person), void *ctx)
{
    uint64_t person = 0, step = 0;
    unsigned shift = 0;

    for (size_t i = 0; i < list.n; i++) {
        const uint8_t byte = (uint8_t)list.p[i];
        if (shift > 56) return false;
        step |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
        if (byte & 0x80) continue;
        person += step;
        step = shift = 0;
        each(ctx, (int64_t)person);
    }
    return shift == 0;
}

enum err store_changed(struct store *s, int64_t after, int64_t until,
                       void (*each)(void *ctx, int64_t person), void *ctx)
{
    struct db_stmt *q;
    bool row = true;

    if (until < after || until - after > BEHIND_MAX) {
        each(ctx, STORE_EVERYBODY);
        return ERR_OK;
    }
    enum err e = db_stmt(s->db, "SELECT persons FROM change WHERE seq > $1 ORDER BY seq", &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, after);
    while ((e = db_step(q, &row)) == ERR_OK && row) {
        const struct str list = db_text(q, 0);
        if (list.n == 0 || !tell_persons(list, each, ctx)) each(ctx, STORE_EVERYBODY);
    }
    db_reset(q);
    return e;
}

enum err store_changes_sweep(struct store *s)
{
    struct db_stmt *q;
    int64_t seq;
    enum err e = store_seq(s, &seq);

    if (e == ERR_OK) e = db_stmt(s->db, "DELETE FROM change WHERE seq <= $1", &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, seq - KEPT_COMMANDS);
    return db_run(q);
}
