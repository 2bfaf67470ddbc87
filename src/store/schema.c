/* The schema: migrations, and a fingerprint by which a database is known to be ours.
 *
 * The fingerprint is the SM3 of all migrations' texts up to a number; meta keeps number and
 * fingerprint. A database whose pair is not the program's own is refused (ERR_VERSION). */
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

static const struct {
    int64_t number;
    const char *sql;
} migrations[] = {
#define MIGRATION(number, sql) {number, sql},
#include "store/schema.def"
#undef MIGRATION
};
#define MIGRATIONS (sizeof migrations / sizeof *migrations)

static const struct {
    const char *token, *text[2]; /* by db_kind */
} tokens[] = {{"@INT", {"INTEGER", "BIGINT"}},
              {"@BLOB", {"BLOB", "BYTEA"}},
              {"@TABLE", {"STRICT", ""}},
              {"@KEYED", {"STRICT, WITHOUT ROWID", ""}}};

char *schema_text(enum db_kind kind, const char *sql)
{
    struct buf b;
    char *text = NULL;

    buf_init(&b, 0);
    while (*sql) {
        size_t i = 0;
        while (i < sizeof tokens / sizeof *tokens &&
               strncmp(sql, tokens[i].token, strlen(tokens[i].token)) != 0)
            i++;
        if (*sql != '@' || i == sizeof tokens / sizeof *tokens) {
            buf_add_char(&b, *sql++);
            continue;
        }
        buf_add_c(&b, tokens[i].text[kind]);
        sql += strlen(tokens[i].token);
    }
    buf_add_char(&b, '\0');
    if (!b.failed) text = strdup(b.p);
    buf_done(&b);
    return text;
}

static enum err fingerprint(size_t count, struct buf *ret)
{
    struct hash h;
    struct buf b;

    buf_init(&b, 0);
    for (size_t i = 0; i < count; i++) {
        buf_add_int(&b, migrations[i].number);
        buf_add_char(&b, '\0');
        buf_add_c(&b, migrations[i].sql);
        buf_add_char(&b, '\0');
    }
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), &h);
    buf_done(&b);
    if (e == ERR_OK) hash_add_text(ret, &h);
    return e;
}

static enum err exec_text(struct db *d, const char *sql)
{
    char *text = schema_text(db_kind_of(d), sql);
    const enum err e = text ? db_exec(d, text) : ERR_NOMEM;

    free(text);
    return e;
}

/* --- what the database says of itself --- */

static enum err has_meta(struct db *d, bool *ret)
{
    static const char *const sql[] = {
        "SELECT count(*) FROM sqlite_master WHERE name = 'meta'",
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta' AND"
        " table_schema = current_schema()"};
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(d, sql[db_kind_of(d)], &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    *ret = row && db_int(q, 0) > 0;
    db_reset(q);
    return ERR_OK;
}

/* Number of the last migration (0 = none) and the fingerprint kept with it. */
static enum err read_meta(struct db *d, int64_t *ret_number, struct buf *ret_print)
{
    struct db_stmt *q;
    bool row = false, there = false;
    enum err e = has_meta(d, &there);

    if (e != ERR_OK || !there) {
        if (e == ERR_OK) *ret_number = 0;
        return e;
    }
    e = db_stmt(d, "SELECT number, fingerprint FROM meta ORDER BY number DESC LIMIT 1", &q);
    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    *ret_number = row ? db_int(q, 0) : 0;
    if (row) {
        buf_add(ret_print, db_text(q, 1));
        db_reset(q);
    }
    return buf_err(ret_print);
}

enum err schema_check(struct db *d, struct buf *finding)
{
    struct buf have, want;
    int64_t number = 0;

    buf_init(&have, 0);
    buf_init(&want, 0);
    enum err e = read_meta(d, &number, &have);
    if (e == ERR_OK) e = fingerprint(MIGRATIONS, &want);
    if (e == ERR_OK &&
        (number != migrations[MIGRATIONS - 1].number || !str_eq(buf_str(&have), buf_str(&want)))) {
        e = ERR_VERSION;
        buf_printf(finding, "schema %lld %.16s, this program has %lld %.16s", (long long)number,
                   have.n ? have.p : "-", (long long)migrations[MIGRATIONS - 1].number, want.p);
    }
    buf_done(&have);
    buf_done(&want);
    return e;
}

/* --- making and moving on --- */

/* After the first `count` rows. */
static enum err write_meta(struct db *d, size_t count)
{
    struct db_stmt *q;
    struct buf print;

    buf_init(&print, 0);
    enum err e = fingerprint(count, &print);
    if (e == ERR_OK) e = db_stmt(d, "INSERT INTO meta (number, fingerprint) VALUES ($1, $2)", &q);
    if (e == ERR_OK) {
        db_bind_int(q, 1, migrations[count - 1].number);
        db_bind_text(q, 2, buf_str(&print));
        e = db_run(q);
    }
    buf_done(&print);
    return e;
}

/* The chain begins with an all-zero head. */
static enum err start_chain(struct db *d)
{
    const struct hash zero = {{0}};
    struct db_stmt *q;
    enum err e = db_stmt(
        d, "INSERT INTO chain (one, seq, head, recorded, next_id) VALUES (1, 0, $1, 0, 1)", &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(&zero));
    return db_run(q);
}

/* The rows of one number, in one transaction. *at moves behind them. */
static enum err migrate_one(struct db *d, size_t *at)
{
    const int64_t number = migrations[*at].number;
    size_t i = *at;
    enum err e = db_begin(d);

    if (e == ERR_OK && i == 0)
        e = exec_text(
            d, "CREATE TABLE meta (number @INT PRIMARY KEY, fingerprint TEXT NOT NULL) @TABLE");
    for (; e == ERR_OK && i < MIGRATIONS && migrations[i].number == number; i++)
        e = exec_text(d, migrations[i].sql);
    if (e == ERR_OK && *at == 0) e = start_chain(d);
    if (e == ERR_OK) e = write_meta(d, i);
    if (e == ERR_OK) e = db_commit(d);
    *at = i;
    return e;
}

static enum err migrate(struct db *d, int64_t from, struct buf *message)
{
    size_t at = 0;

    while (at < MIGRATIONS) {
        const int64_t number = migrations[at].number;
        if (number <= from) {
            at++;
            continue;
        }
        const enum err e = migrate_one(d, &at);
        if (e != ERR_OK) {
            buf_add(message, db_error(d));
            db_rollback(d);
            return e;
        }
        buf_printf(message, "%lld ", (long long)number);
    }
    return buf_err(message);
}

enum err store_init(struct str url, struct buf *message)
{
    struct db *d;
    bool there = false;
    enum err e = db_open(url, true, &d);

    if (e != ERR_OK) return e;
    e = has_meta(d, &there);
    if (e == ERR_OK && there) e = ERR_EXISTS;
    if (e == ERR_OK) e = migrate(d, 0, message);
    db_close(d);
    return e;
}

/* The fingerprint up to the database's number must be ours, else it is somebody else's. */
static enum err is_ours(int64_t number, struct str have)
{
    struct buf want;
    size_t count = 0;

    while (count < MIGRATIONS && migrations[count].number <= number)
        count++;
    if (count == 0 || migrations[count - 1].number != number) return ERR_VERSION;
    buf_init(&want, 0);
    enum err e = fingerprint(count, &want);
    if (e == ERR_OK && !str_eq(have, buf_str(&want))) e = ERR_VERSION;
    buf_done(&want);
    return e;
}

enum err store_migrate(struct str url, struct buf *message)
{
    struct db *d;
    struct buf have;
    int64_t number = 0;
    enum err e = db_open(url, false, &d);

    if (e != ERR_OK) return e;
    buf_init(&have, 0);
    e = read_meta(d, &number, &have);
    if (e == ERR_OK && number == 0) e = ERR_NOT_FOUND; /* not a database of ours: init makes one */
    if (e == ERR_OK) e = is_ours(number, buf_str(&have));
    if (e == ERR_OK) e = migrate(d, number, message);
    buf_done(&have);
    db_close(d);
    return e;
}
