/* What a driver has to do. db.c sends each call to the driver of the connection. */
#ifndef JIFEN_STORE_DB_INTERNAL_H
#define JIFEN_STORE_DB_INTERNAL_H

#include "store/db.h"

#define DB_STMTS 1280    /* different statements of a connection: some per register */
#define DB_PORTION 2000u /* rows of a large result that are held at once (PostgreSQL) */

struct db_driver {
    enum err (*open)(struct str rest, bool create, struct db **ret);
    void (*close)(struct db *d);
    enum err (*exec)(struct db *d, const char *sql);
    enum err (*prepare)(struct db *d, const char *sql, bool is_large, struct db_stmt **ret);
    void (*finish)(struct db_stmt *s);
    void (*bind)(struct db_stmt *s, int at, const int64_t *i, struct str v, bool is_text);
    enum err (*step)(struct db_stmt *s, bool *ret_row);
    void (*reset)(struct db_stmt *s);
    bool (*is_null)(const struct db_stmt *s, int column);
    int64_t (*get_int)(const struct db_stmt *s, int column);
    struct str (*get_text)(const struct db_stmt *s, int column);
    int64_t (*changed)(const struct db_stmt *s);
    const char *begin, *begin_read;
};

extern const struct db_driver db_sqlite, db_postgres;

struct db {
    const struct db_driver *driver;
    enum db_kind kind;
    void *handle; /* sqlite3 or PGconn */
    char error[512];
    struct {
        const char *sql;
        struct db_stmt *stmt;
    } stmts[DB_STMTS];
    uint32_t stmt_count, named; /* named: statements ever prepared, for their names */
    bool is_open;               /* a transaction */
};

struct db_stmt {
    struct db *db;
    void *handle;
};

void db_keep_error(struct db *d, const char *what);
void pg_add_place(struct buf *out, struct str url); /* host:port/name */

#endif
