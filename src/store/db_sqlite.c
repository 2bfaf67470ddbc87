/* SQLite: one file, write-ahead log, synchronous = FULL, so that a commit that was acknowledged is
 * on the disk. Reading and writing connections go side by side; there is one writer at a time. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/db_internal.h"

#define BUSY_MS 10000 /* how long a writer waits for another */

static sqlite3 *handle_of(const struct db *d)
{
    return d->handle;
}

static enum err fail(struct db *d, int rc)
{
    db_keep_error(d, d->handle ? sqlite3_errmsg(handle_of(d)) : sqlite3_errstr(rc));
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_CONSTRAINT:
        return ERR_EXISTS;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    default:
        return ERR_IO;
    }
}

static enum err sqlite_exec(struct db *d, const char *sql)
{
    const int rc = sqlite3_exec(handle_of(d), sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : fail(d, rc);
}

static void sqlite_close(struct db *d)
{
    sqlite3_close(handle_of(d));
    free(d);
}

/* Pages are read where the system keeps them: a commit of another connection makes a cache of our
 * own worthless, and to read it anew is a call for every page. Reading only; a failing disk ends
 * the process there, as it would not with a call. */
#define MAPPED_BYTES "2147418112" /* the most that SQLite maps */

static enum err set_up(struct db *d, sqlite3 *h)
{
    sqlite3_busy_timeout(h, BUSY_MS);
    return sqlite_exec(d, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                          "PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536;"
                          "PRAGMA mmap_size = " MAPPED_BYTES
                          "; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");
}

static enum err sqlite_open(struct str rest, bool create, struct db **ret)
{
    struct db *d = calloc(1, sizeof *d);
    char *path = d ? malloc(rest.n + 1) : NULL;
    sqlite3 *h = NULL;

    if (!path) {
        free(d);
        return ERR_NOMEM;
    }
    memcpy(path, rest.p, rest.n);
    path[rest.n] = '\0';
    /* Made here, so that nobody else may read it; the files beside it are as it is. */
    const int fd = create ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;
    if (fd >= 0) close(fd);
    d->driver = &db_sqlite;
    d->kind = DB_SQLITE;
    const int rc = sqlite3_open_v2(
        path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0),
        NULL);
    free(path);
    d->handle = h;
    enum err e = ERR_OK;
    if (rc != SQLITE_OK) e = rc == SQLITE_CANTOPEN ? ERR_NOT_FOUND : fail(d, rc);
    if (e == ERR_OK) e = set_up(d, h);
    if (e == ERR_OK)
        *ret = d;
    else
        sqlite_close(d);
    return e;
}

/* $1 -> ?1: SQLite would take $1 for a name. */
static char *with_numbers(const char *sql)
{
    char *out = strdup(sql);

    for (char *c = out; c && *c; c++)
        if (*c == '$' && c[1] >= '0' && c[1] <= '9') *c = '?';
    return out;
}

/* Every result is made row by row: is_large says nothing new. */
static enum err sqlite_prepare(struct db *d, const char *sql, bool is_large, struct db_stmt **ret)
{
    (void)is_large;
    struct db_stmt *s = malloc(sizeof *s);
    char *text = s ? with_numbers(sql) : NULL;
    sqlite3_stmt *stmt = NULL;

    if (!text) {
        free(s);
        return ERR_NOMEM;
    }
    const int rc =
        sqlite3_prepare_v3(handle_of(d), text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    free(text);
    if (rc != SQLITE_OK) {
        free(s);
        return fail(d, rc);
    }
    *s = (struct db_stmt){d, stmt};
    *ret = s;
    return ERR_OK;
}

static void sqlite_finish(struct db_stmt *s)
{
    sqlite3_finalize(s->handle);
    free(s);
}

static void sqlite_bind(struct db_stmt *s, int at, const int64_t *i, struct str v, bool is_text)
{
    int rc;

    if (i)
        rc = sqlite3_bind_int64(s->handle, at, *i);
    else if (!v.p)
        rc = sqlite3_bind_null(s->handle, at);
    else if (is_text)
        rc = sqlite3_bind_text64(s->handle, at, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
    else
        rc = sqlite3_bind_blob64(s->handle, at, v.p, v.n, SQLITE_STATIC);
    INVARIANT(rc == SQLITE_OK || rc == SQLITE_NOMEM || rc == SQLITE_TOOBIG);
}

static enum err sqlite_step(struct db_stmt *s, bool *ret_row)
{
    const int rc = sqlite3_step(s->handle);

    if (rc == SQLITE_ROW) {
        *ret_row = true;
        return ERR_OK;
    }
    const enum err e = rc == SQLITE_DONE ? ERR_OK : fail(s->db, rc);
    sqlite3_reset(s->handle);
    if (e == ERR_OK) *ret_row = false;
    return e;
}

static void sqlite_reset(struct db_stmt *s)
{
    sqlite3_reset(s->handle);
}

static bool sqlite_is_null(const struct db_stmt *s, int column)
{
    return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}

static int64_t sqlite_int(const struct db_stmt *s, int column)
{
    return sqlite3_column_int64(s->handle, column);
}

static struct str sqlite_text(const struct db_stmt *s, int column)
{
    const void *p = sqlite3_column_blob(s->handle, column);

    return (struct str){p, p ? (size_t)sqlite3_column_bytes(s->handle, column) : 0};
}

static int64_t sqlite_changed(const struct db_stmt *s)
{
    return sqlite3_changes64(handle_of(s->db));
}

const struct db_driver db_sqlite = {
    .open = sqlite_open,
    .close = sqlite_close,
    .exec = sqlite_exec,
    .prepare = sqlite_prepare,
    .finish = sqlite_finish,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .reset = sqlite_reset,
    .is_null = sqlite_is_null,
    .get_int = sqlite_int,
    .get_text = sqlite_text,
    .changed = sqlite_changed,
    .begin = "BEGIN IMMEDIATE",
    .begin_read = "BEGIN DEFERRED",
};
