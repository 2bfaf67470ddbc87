/* Receipts, chained per person; who looked at whose data. */
#include <string.h>

#include "store/store_internal.h"

#define RECEIPT_COLUMNS                                                                            \
    "person, id, kind, number, day, rule_day, known_at, recorded, rules, previous, hash, body, "   \
    "facts"

static enum err last_hash(struct store *s, int64_t person, struct hash *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e =
        db_stmt(s->db, "SELECT hash FROM receipt WHERE person = $1 ORDER BY id DESC LIMIT 1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    e = db_step(q, &row);
    *ret = (struct hash){{0}};
    if (e != ERR_OK || !row) return e;
    e = column_hash(q, 0, ret);
    db_reset(q);
    return e;
}

/* SM3 over the receipt before and everything this one says. */
static enum err receipt_hash(const struct store_receipt *r, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, hash_str(&r->previous));
    buf_add(&b, hash_str(&r->rules));
    buf_printf(&b, "%lld %d %d %lld %lld %zu:%.*s %zu:%.*s %zu:", (long long)r->person, r->day,
               r->rule_day, (long long)r->known_at, (long long)r->recorded, r->number.n,
               STR_ARG(r->number), r->facts.n, STR_ARG(r->facts), r->body.n);
    buf_add(&b, r->body);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

static enum err insert_receipt(struct store *s, const struct store_receipt *r, struct str body)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO receipt (" RECEIPT_COLUMNS ", command) VALUES"
                         " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, r->person);
    db_bind_int(q, 2, r->id);
    db_bind_text(q, 3, r->kind);
    db_bind_text(q, 4, r->number);
    db_bind_int(q, 5, r->day);
    db_bind_int(q, 6, r->rule_day);
    db_bind_int(q, 7, r->known_at);
    db_bind_int(q, 8, r->recorded);
    db_bind_blob(q, 9, hash_str(&r->rules));
    db_bind_blob(q, 10, hash_str(&r->previous));
    db_bind_blob(q, 11, hash_str(&r->hash));
    db_bind_blob(q, 12, body);
    db_bind_text(q, 13, r->facts);
    db_bind_int(q, 14, s->command);
    return db_run(q);
}

enum err store_receipt_add(struct store *s, struct store_receipt *r)
{
    struct buf body;
    enum err e = last_hash(s, r->person, &r->previous);

    if (e != ERR_OK) return e;
    r->id = store_next_id(s);
    r->recorded = s->recorded;
    e = receipt_hash(r, &r->hash);
    buf_init(&body, 0);
    if (e == ERR_OK) e = seal(s, "receipt.body", r->person, r->id, r->body, &body);
    if (e == ERR_OK) e = insert_receipt(s, r, buf_str(&body));
    buf_done(&body);
    effect_begin(s, "receipt");
    effect_int(s, r->person);
    effect_str(s, hash_str(&r->hash));
    return e;
}

static enum err take_receipt(struct store *s, struct arena *a, const struct db_stmt *q,
                             struct store_receipt *r)
{
    struct hash computed;

    r->person = db_int(q, 0);
    r->id = db_int(q, 1);
    enum err e = column_copy(a, q, 2, &r->kind);
    if (e == ERR_OK) e = column_copy(a, q, 3, &r->number);
    r->day = (int32_t)db_int(q, 4);
    r->rule_day = (int32_t)db_int(q, 5);
    r->known_at = db_int(q, 6);
    r->recorded = db_int(q, 7);
    if (e == ERR_OK) e = column_hash(q, 8, &r->rules);
    if (e == ERR_OK) e = column_hash(q, 9, &r->previous);
    if (e == ERR_OK) e = column_hash(q, 10, &r->hash);
    if (e == ERR_OK) e = unseal(s, a, "receipt.body", r->person, r->id, db_text(q, 11), &r->body);
    if (e == ERR_OK) e = column_copy(a, q, 12, &r->facts);
    if (e == ERR_OK) e = receipt_hash(r, &computed);
    if (e == ERR_OK && memcmp(&computed, &r->hash, sizeof computed) != 0) e = ERR_CORRUPT;
    return e;
}

enum err store_receipts_of(struct store *s, struct arena *a, int64_t person,
                           struct store_receipt **ret, uint32_t *ret_count)
{
    struct store_receipt *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e =
        db_stmt(s->db, "SELECT " RECEIPT_COLUMNS " FROM receipt WHERE person = $1 ORDER BY id", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_receipt(s, a, q, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

enum err store_receipt_by_number(struct store *s, struct arena *a, struct str number,
                                 struct store_receipt *ret)
{
    struct store_receipt r = {0};
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT " RECEIPT_COLUMNS " FROM receipt WHERE number = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, number);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    e = take_receipt(s, a, q, &r);
    db_reset(q);
    if (e == ERR_OK) *ret = r;
    return e;
}

/* --- who looked --- */

enum err store_access_add(struct store *s, const struct store_access *x)
{
    struct db_stmt *q;
    int64_t id;
    enum err e = db_stmt(s->db,
                         "INSERT INTO access (person, recorded, id, actor, role, office, purpose,"
                         " what, case_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                         &q);

    if (e != ERR_OK) return e;
    crypt_random(&id, sizeof id); /* tells apart what happens in one microsecond */
    db_bind_int(q, 1, x->person);
    db_bind_int(q, 2, x->recorded);
    db_bind_int(q, 3, id & INT64_MAX);
    db_bind_int(q, 4, x->actor);
    db_bind_text(q, 5, x->role);
    db_bind_text(q, 6, x->office);
    db_bind_text(q, 7, x->purpose);
    db_bind_text(q, 8, x->what);
    db_bind_text(q, 9, x->case_number);
    return db_run(q);
}

static enum err take_access(struct arena *a, const struct db_stmt *q, int64_t person,
                            struct store_access *x)
{
    struct str *const texts[] = {&x->role, &x->office, &x->purpose, &x->what, &x->case_number};
    enum err e = ERR_OK;

    x->person = person;
    x->recorded = db_int(q, 0);
    x->actor = db_int(q, 1);
    for (int i = 0; i < 5 && e == ERR_OK; i++)
        e = column_copy(a, q, 2 + i, texts[i]);
    return e;
}

enum err store_accesses_of(struct store *s, struct arena *a, int64_t person, uint32_t limit,
                           struct store_access **ret, uint32_t *ret_count)
{
    struct store_access *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT recorded, actor, role, office, purpose, what, case_number FROM"
                         " access WHERE person = $1 ORDER BY recorded DESC LIMIT $2",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, limit);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_access(a, q, person, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}
