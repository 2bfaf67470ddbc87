/* Accounts and sessions. */
#include <string.h>

#include "store/store_internal.h"

#define ACCOUNT_COLUMNS                                                                            \
    "id, login, person, role, office, name, division, password, totp, failures, locked_until,"     \
    " totp_step, disabled"

/* The sealed columns of an account. */
struct sealed {
    struct buf name, totp;
};

static enum err seal_account(struct store *s, const struct store_account *x, struct sealed *ret)
{
    buf_init(&ret->name, 0);
    buf_init(&ret->totp, 0);
    enum err e = seal(s, "account.name", x->id, 0, x->name, &ret->name);
    if (e == ERR_OK && x->totp.n > 0) e = seal(s, "account.totp", x->id, 0, x->totp, &ret->totp);
    return e;
}

static void seal_done(struct sealed *x)
{
    buf_done(&x->name);
    buf_done(&x->totp);
}

static void bind_totp(struct db_stmt *q, int at, const struct sealed *x)
{
    if (x->totp.n > 0)
        db_bind_blob(q, at, buf_str(&x->totp));
    else
        db_bind_null(q, at);
}

static void tell_account(struct store *s, const char *what, const struct store_account *x)
{
    effect_begin(s, what);
    effect_int(s, x->id);
    effect_str(s, x->login);
    effect_str(s, x->role);
    effect_str(s, x->office);
    effect_int(s, x->division);
    effect_int(s, x->person);
}

enum err store_account_add(struct store *s, struct store_account *x)
{
    struct sealed sealed;
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO account (" ACCOUNT_COLUMNS ") VALUES"
                         " ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10)",
                         &q);

    if (e != ERR_OK) return e;
    x->id = store_next_id(s);
    e = seal_account(s, x, &sealed);
    if (e == ERR_OK) {
        db_bind_int(q, 1, x->id);
        db_bind_text(q, 2, x->login);
        db_bind_int(q, 3, x->person);
        db_bind_text(q, 4, x->role);
        db_bind_text(q, 5, x->office);
        db_bind_blob(q, 6, buf_str(&sealed.name));
        db_bind_int(q, 7, x->division);
        db_bind_text(q, 8, x->password);
        bind_totp(q, 9, &sealed);
        db_bind_int(q, 10, x->disabled);
        e = db_run(q);
    }
    seal_done(&sealed);
    tell_account(s, "account", x);
    return e;
}

static enum err note_roster(struct store *s)
{
    struct db_stmt *q;
    const enum err e = db_stmt(s->db, "UPDATE roster SET changed = $1 WHERE one = 1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, s->command);
    return db_run(q);
}

enum err store_account_set(struct store *s, const struct store_account *x)
{
    struct sealed sealed;
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "UPDATE account SET role = $1, office = $2, name = $3, division = $4,"
                         " password = $5, totp = $6, failures = $7, locked_until = $8,"
                         " totp_step = $9, disabled = $10 WHERE id = $11",
                         &q);

    if (e != ERR_OK) return e;
    e = seal_account(s, x, &sealed);
    if (e == ERR_OK) {
        db_bind_text(q, 1, x->role);
        db_bind_text(q, 2, x->office);
        db_bind_blob(q, 3, buf_str(&sealed.name));
        db_bind_int(q, 4, x->division);
        db_bind_text(q, 5, x->password);
        bind_totp(q, 6, &sealed);
        db_bind_int(q, 7, x->failures);
        db_bind_int(q, 8, x->locked_until);
        db_bind_int(q, 9, (int64_t)x->totp_step);
        db_bind_int(q, 10, x->disabled);
        db_bind_int(q, 11, x->id);
        e = db_run(q);
    }
    seal_done(&sealed);
    tell_account(s, "account.set", x);
    effect_int(s, x->disabled);
    return e == ERR_OK ? note_roster(s) : e;
}

enum err store_roster(struct store *s, int64_t *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT changed FROM roster WHERE one = 1", &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_CORRUPT;
    *ret = db_int(q, 0);
    db_reset(q);
    return ERR_OK;
}

/* The account of the row that stands in q. */
static enum err read_account(struct store *s, struct arena *a, const struct db_stmt *q,
                             struct store_account *ret)
{
    struct store_account x = {0};

    x.id = db_int(q, 0);
    enum err e = column_copy(a, q, 1, &x.login);
    x.person = db_int(q, 2);
    if (e == ERR_OK) e = column_copy(a, q, 3, &x.role);
    if (e == ERR_OK) e = column_copy(a, q, 4, &x.office);
    if (e == ERR_OK) e = unseal(s, a, "account.name", x.id, 0, db_text(q, 5), &x.name);
    x.division = (int32_t)db_int(q, 6);
    if (e == ERR_OK) e = column_copy(a, q, 7, &x.password);
    if (e == ERR_OK && !db_is_null(q, 8))
        e = unseal(s, a, "account.totp", x.id, 0, db_text(q, 8), &x.totp);
    x.failures = (uint32_t)db_int(q, 9);
    x.locked_until = db_int(q, 10);
    x.totp_step = (uint64_t)db_int(q, 11);
    x.disabled = db_int(q, 12) != 0;
    if (e == ERR_OK) *ret = x;
    return e;
}

static enum err take_account(struct store *s, struct arena *a, struct db_stmt *q,
                             struct store_account *ret)
{
    bool row = false;
    enum err e = db_step(q, &row);

    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    e = read_account(s, a, q, ret);
    db_reset(q);
    return e;
}

enum err store_accounts(struct store *s, struct arena *a, struct str role, struct str login,
                        int64_t after, uint32_t limit, struct store_account **ret,
                        uint32_t *ret_count)
{
    struct store_account *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id > $1"
                         " AND ($2 = '' OR role = $3) AND ($4 = '' OR login = $5)"
                         " ORDER BY id LIMIT $6",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, after);
    db_bind_text(q, 2, role);
    db_bind_text(q, 3, role);
    db_bind_text(q, 4, login);
    db_bind_text(q, 5, login);
    db_bind_int(q, 6, limit);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? read_account(s, a, q, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

enum err store_account_by_login(struct store *s, struct arena *a, struct str login,
                                struct store_account *ret)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE login = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, login);
    return take_account(s, a, q, ret);
}

enum err store_account_get(struct store *s, struct arena *a, int64_t id, struct store_account *ret)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, id);
    return take_account(s, a, q, ret);
}

enum err store_account_note(struct store *s, const struct store_account *x)
{
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db, "UPDATE account SET failures = $1, locked_until = $2 WHERE id = $3", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, x->failures);
    db_bind_int(q, 2, x->locked_until);
    db_bind_int(q, 3, x->id);
    return db_run(q);
}

enum err store_account_step(struct store *s, int64_t id, uint64_t step)
{
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db, "UPDATE account SET totp_step = $1 WHERE id = $2 AND totp_step < $3", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, (int64_t)step);
    db_bind_int(q, 2, id);
    db_bind_int(q, 3, (int64_t)step);
    e = db_run(q);
    if (e == ERR_OK && db_changed(q) == 0) e = ERR_CONFLICT;
    return e;
}

/* --- sessions --- */

enum err store_session_add(struct store *s, const struct store_session *x)
{
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db,
                "INSERT INTO session (token, account, created, seen, expires, csrf, cookie)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(&x->token));
    db_bind_int(q, 2, x->account);
    db_bind_int(q, 3, x->created);
    db_bind_int(q, 4, x->seen);
    db_bind_int(q, 5, x->expires);
    db_bind_blob(q, 6, hash_str(&x->csrf));
    db_bind_int(q, 7, x->cookie);
    return db_run(q);
}

enum err store_session_find(struct store *s, const struct hash *token, struct store_session *ret)
{
    struct store_session x = {.token = *token};
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db,
                         "SELECT account, created, seen, expires, csrf, cookie FROM session"
                         " WHERE token = $1",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(token));
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    x.account = db_int(q, 0);
    x.created = db_int(q, 1);
    x.seen = db_int(q, 2);
    x.expires = db_int(q, 3);
    e = column_hash(q, 4, &x.csrf);
    x.cookie = db_int(q, 5) != 0;
    db_reset(q);
    if (e == ERR_OK) *ret = x;
    return e;
}

static enum err session_seen(struct store *s, const struct hash *token, int64_t now)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "UPDATE session SET seen = $1 WHERE token = $2", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, now);
    db_bind_blob(q, 2, hash_str(token));
    return db_run(q);
}

enum err store_sessions_seen(struct store *s, const struct hash *tokens, uint32_t count,
                             int64_t now)
{
    enum err e = db_begin(s->db);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = session_seen(s, &tokens[i], now);
    if (e == ERR_OK) return db_commit(s->db);
    db_rollback(s->db);
    return e;
}

enum err store_session_end(struct store *s, const struct hash *token)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "DELETE FROM session WHERE token = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(token));
    return db_run(q);
}

enum err store_sessions_end(struct store *s, int64_t account)
{
    struct db_stmt *q;
    const enum err e = db_stmt(s->db, "DELETE FROM session WHERE account = $1", &q);

    INVARIANT(s->in_command);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, account);
    effect_begin(s, "sessions.end");
    effect_int(s, account);
    return db_run(q);
}

enum err store_sessions_end_person(struct store *s, int64_t person)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "DELETE FROM session WHERE account IN (SELECT id FROM account WHERE"
                         " person = $1)",
                         &q);

    INVARIANT(s->in_command);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    e = db_run(q);
    effect_begin(s, "sessions.end_person");
    effect_int(s, person);
    return e == ERR_OK ? note_roster(s) : e;
}

enum err store_sessions_sweep(struct store *s, int64_t now, uint64_t *ret_ended)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "DELETE FROM session WHERE expires <= $1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, now);
    e = db_run(q);
    if (e == ERR_OK) *ret_ended = (uint64_t)db_changed(q);
    return e;
}
