/* A database connection in the few words this room needs; SQLite and PostgreSQL behind it.
 *
 * Statements are constant text with $1, $2, … ; the same text on both wherever it can be. Integers
 * are 64 bits, everything else text or bytes. A statement is prepared once per connection and lives
 * as long as it. */
#ifndef JIFEN_STORE_DB_H
#define JIFEN_STORE_DB_H

#include "base/text.h"

enum db_kind { DB_SQLITE, DB_POSTGRES };

#define DB_PARAMS 256 /* of a statement */

struct db;
struct db_stmt;

/* `create`: make the database when it is not there (SQLite); else ERR_NOT_FOUND. A server:
 * ERR_UNREACHABLE (does not answer), ERR_DENIED (refuses user or password), ERR_BUSY (starting, or
 * has no connection left). */
NODISCARD enum err db_open(struct str url, bool create, struct db **ret);
void db_close(struct db *d); /* accepts NULL */
enum db_kind db_kind_of(const struct db *d);
struct str db_error(const struct db *d); /* of the last failure */
/* Where a database is, for operators: a path, or host:port/name; never user or password. */
void db_add_place(struct buf *out, struct str url);
NODISCARD enum err db_kind_parse(struct str url, enum db_kind *ret, struct str *ret_rest);

/* Statements without parameters; several may be separated by semicolons. */
NODISCARD enum err db_exec(struct db *d, const char *sql);

/* The prepared statement of a text; found again by the text's address, which must stay. */
NODISCARD enum err db_stmt(struct db *d, const char *sql, struct db_stmt **ret);
/* The same for a SELECT of any number of rows: its result is never held whole, rows are of the
 * moment of the first step, whatever the transaction itself writes meanwhile (PostgreSQL). Only
 * inside a transaction; it is reset, or stepped to the end, before that ends. A text is asked for
 * always so or never. */
NODISCARD enum err db_stmt_large(struct db *d, const char *sql, struct db_stmt **ret);
void db_bind_int(struct db_stmt *s, int at, int64_t v);
void db_bind_text(struct db_stmt *s, int at, struct str v); /* bytes must live until the step */
void db_bind_blob(struct db_stmt *s, int at, struct str v);
void db_bind_null(struct db_stmt *s, int at);
/* The next row; *ret_row false at the end, where the statement is ready to be bound again. Columns
 * are valid until the next step. On failure it is ready again too. */
NODISCARD enum err db_step(struct db_stmt *s, bool *ret_row);
NODISCARD enum err db_run(struct db_stmt *s); /* to the end; rows are not wanted */
void db_reset(struct db_stmt *s);             /* leave before the end */
bool db_is_null(const struct db_stmt *s, int column);
int64_t db_int(const struct db_stmt *s, int column);
struct str db_text(const struct db_stmt *s, int column);
int64_t db_changed(const struct db_stmt *s); /* rows the last run changed */

/* The one number that a statement without parameters gives; prepared for this once. */
NODISCARD enum err db_number(struct db *d, const char *sql, int64_t *ret);

/* Begin a writing transaction (SQLite: waits for another writer), end it. */
NODISCARD enum err db_begin(struct db *d);
/* Begin one that only reads: all its statements see the same moment. Waits for nobody. */
NODISCARD enum err db_begin_read(struct db *d);
NODISCARD enum err db_commit(struct db *d);
void db_rollback(struct db *d); /* accepts that none is open */
bool db_in_transaction(const struct db *d);

#endif
