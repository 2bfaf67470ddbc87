/* The driver table, statements found again, transactions. */
#include "store/db.h"

#include <stdio.h>
#include <string.h>

#include "store/db_internal.h"

static const struct {
    const char *prefix;
    enum db_kind kind;
    bool keep; /* the driver wants the whole URL */
} schemes[] = {{"sqlite:", DB_SQLITE, false},
               {"postgresql://", DB_POSTGRES, true},
               {"postgres://", DB_POSTGRES, true}};

static const struct db_driver *const drivers[] = {
    [DB_SQLITE] = &db_sqlite, [DB_POSTGRES] = &db_postgres};

enum err db_kind_parse(struct str url, enum db_kind *ret, struct str *ret_rest)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const struct str prefix = str_from_c(schemes[i].prefix);
        if (!str_starts(url, prefix)) continue;
        const size_t skip = schemes[i].keep ? 0 : prefix.n;
        if (url.n == prefix.n) return ERR_SYNTAX;
        *ret = schemes[i].kind;
        *ret_rest = (struct str){url.p + skip, url.n - skip};
        return ERR_OK;
    }
    return ERR_SYNTAX;
}

enum err db_open(struct str url, bool create, struct db **ret)
{
    enum db_kind kind;
    struct str rest;
    const enum err e = db_kind_parse(url, &kind, &rest);

    return e == ERR_OK ? drivers[kind]->open(rest, create, ret) : e;
}

void db_add_place(struct buf *out, struct str url)
{
    enum db_kind kind;
    struct str rest;

    if (db_kind_parse(url, &kind, &rest) != ERR_OK) return;
    if (kind == DB_POSTGRES)
        pg_add_place(out, rest);
    else
        buf_add(out, rest);
}

void db_close(struct db *d)
{
    if (!d) return;
    for (uint32_t i = 0; i < d->stmt_count; i++)
        d->driver->finish(d->stmts[i].stmt);
    d->driver->close(d);
}

enum db_kind db_kind_of(const struct db *d)
{
    return d->kind;
}

struct str db_error(const struct db *d)
{
    return str_from_c(d->error);
}

void db_keep_error(struct db *d, const char *what)
{
    snprintf(d->error, sizeof d->error, "%s", what ? what : "");
}

enum err db_exec(struct db *d, const char *sql)
{
    return d->driver->exec(d, sql);
}

static enum err stmt(struct db *d, const char *sql, bool is_large, struct db_stmt **ret)
{
    for (uint32_t i = 0; i < d->stmt_count; i++)
        if (d->stmts[i].sql == sql) {
            *ret = d->stmts[i].stmt;
            return ERR_OK;
        }
    INVARIANT(d->stmt_count < DB_STMTS);
    struct db_stmt *s = NULL;
    const enum err e = d->driver->prepare(d, sql, is_large, &s);
    if (e != ERR_OK) return e;
    d->stmts[d->stmt_count].sql = sql;
    d->stmts[d->stmt_count++].stmt = s;
    *ret = s;
    return ERR_OK;
}

enum err db_stmt(struct db *d, const char *sql, struct db_stmt **ret)
{
    return stmt(d, sql, false, ret);
}

enum err db_stmt_large(struct db *d, const char *sql, struct db_stmt **ret)
{
    INVARIANT(d->is_open);
    return stmt(d, sql, true, ret);
}

void db_bind_int(struct db_stmt *s, int at, int64_t v)
{
    s->db->driver->bind(s, at, &v, STR(""), false);
}

void db_bind_text(struct db_stmt *s, int at, struct str v)
{
    s->db->driver->bind(s, at, NULL, v.p ? v : STR(""), true);
}

void db_bind_blob(struct db_stmt *s, int at, struct str v)
{
    s->db->driver->bind(s, at, NULL, v.p ? v : STR(""), false);
}

void db_bind_null(struct db_stmt *s, int at)
{
    s->db->driver->bind(s, at, NULL, (struct str){NULL, 0}, false);
}

enum err db_step(struct db_stmt *s, bool *ret_row)
{
    return s->db->driver->step(s, ret_row);
}

enum err db_run(struct db_stmt *s)
{
    bool row = true;
    enum err e = ERR_OK;

    while (e == ERR_OK && row)
        e = db_step(s, &row);
    return e;
}

void db_reset(struct db_stmt *s)
{
    s->db->driver->reset(s);
}

bool db_is_null(const struct db_stmt *s, int column)
{
    return s->db->driver->is_null(s, column);
}

int64_t db_int(const struct db_stmt *s, int column)
{
    return s->db->driver->get_int(s, column);
}

struct str db_text(const struct db_stmt *s, int column)
{
    return s->db->driver->get_text(s, column);
}

int64_t db_changed(const struct db_stmt *s)
{
    return s->db->driver->changed(s);
}

enum err db_number(struct db *d, const char *sql, int64_t *ret)
{
    struct db_stmt *s = NULL;
    bool row = false;
    enum err e = d->driver->prepare(d, sql, false, &s);

    if (e != ERR_OK) return e;
    e = db_step(s, &row);
    if (e == ERR_OK) *ret = row ? db_int(s, 0) : 0;
    d->driver->finish(s);
    return e;
}

static enum err begin(struct db *d, const char *sql)
{
    INVARIANT(!d->is_open);
    const enum err e = db_exec(d, sql);
    d->is_open = e == ERR_OK;
    return e;
}

enum err db_begin(struct db *d)
{
    return begin(d, d->driver->begin);
}

enum err db_begin_read(struct db *d)
{
    return begin(d, d->driver->begin_read);
}

enum err db_commit(struct db *d)
{
    INVARIANT(d->is_open);
    const enum err e = db_exec(d, "COMMIT");
    if (e != ERR_OK) db_rollback(d);
    d->is_open = false;
    return e;
}

void db_rollback(struct db *d)
{
    if (!d->is_open) return;
    d->is_open = false;
    /* Where even this fails the connection is broken, and the database undoes it by itself. */
    IGNORE_ERR(db_exec(d, "ROLLBACK"));
}

bool db_in_transaction(const struct db *d)
{
    return d->is_open;
}
