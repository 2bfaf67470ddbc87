/* Between the files of this room. */
#ifndef JIFEN_STORE_INTERNAL_H
#define JIFEN_STORE_INTERNAL_H

#include "store/db.h"
#include "store/store.h"

#define REGISTERS_MAX 200
#define COLUMNS_MAX 60

/* What is prepared for one register. */
struct register_sql {
    char *insert, *insert_many, *scan, *by_code, *retracted,
        *count; /* constant text once made; owned */
};

/* Facts of one register that wait for the others of their statement (fact_batch.c). */
struct fact_batch {
    uint32_t reg, count;
    struct store_cell cells[DB_PARAMS]; /* person, fact, columns…, row by row */
    struct buf texts;
};

struct store {
    struct db *db;
    const struct keyring *keys;
    /* command under way */
    bool in_command;
    int64_t command, recorded, next_id, seq;
    struct store_command asked; /* texts are copies in `command_arena` */
    struct arena command_arena;
    struct hash head, effects;
    struct buf pending; /* effects not yet in the digest */
    /* registers */
    const struct store_register *regs;
    uint32_t reg_count;
    struct register_sql *sql;
    int64_t *answered; /* recorded time of each register's first answer; INT64_MAX = not yet */
    struct fact_batch batch;
    /* persons whose facts the command changed (change.c); everybody when there are too many */
    int64_t *changed;
    uint32_t changed_count;
    bool changed_all;
    char *facts_of, *moments_of;  /* one statement for all registers */
    uint32_t ints_max, texts_max; /* columns of the widest register */
    bool has_turn;                /* turn.c */
    int turn_fd;                  /* SQLite, with has_turn: the file that is locked */
};

/* schema.c */
NODISCARD enum err schema_check(struct db *d, struct buf *finding); /* ERR_VERSION */
/* Text with @INT, @BLOB, @TABLE, @KEYED replaced for the database. malloc'd; NULL = no memory. */
char *schema_text(enum db_kind kind, const char *sql);

/* command.c */
NODISCARD enum err chain_lock(struct store *s); /* in a transaction: no command runs beside it */
int64_t store_next_id(struct store *s);         /* inside a command */
/* Tell the audit what is written: fields are separated, so that no two effects look alike. */
void effect_begin(struct store *s, const char *what);
void effect_int(struct store *s, int64_t v);
void effect_str(struct store *s, struct str v);

/* admin.c: every register the database has tables of, also those the rules have no more */
struct register_names {
    char (*items)[64];
    uint32_t count;
};
NODISCARD enum err register_names(struct store *s, struct arena *a, struct register_names *ret);

/* person.c: of a row of `identity` called i */
#define IDENTITY_STANDS                                                                            \
    "NOT EXISTS (SELECT 1 FROM retraction t WHERE t.person = i.person AND t.fact = -i.seq)"

/* fact_batch.c */
uint32_t batch_rows(const struct store_register *r); /* of a full statement, at least 1 */
void batch_add_sql(struct buf *b, const struct store_register *r, uint32_t rows);
NODISCARD enum err batch_add(struct store *s, uint32_t reg, int64_t person, int64_t fact,
                             const struct store_cell *cells);
NODISCARD enum err batch_flush(struct store *s);
void batch_drop(struct store *s);

/* change.c */
void change_begin(struct store *s);
void change_done(struct store *s);
NODISCARD enum err change_note(struct store *s, int64_t person);
void change_note_all(struct store *s);
NODISCARD enum err change_write(struct store *s, int64_t seq); /* inside the command */

/* pg_tool.c: run a program of PostgreSQL's own on the database of `url`. `argv` ends with NULL and
 * names no database; no password of the URL stands in the arguments. ERR_IO: it could not be
 * started (`message` says why), or it said itself what was wrong. ERR_USAGE: the URL holds the
 * password of a key file. */
NODISCARD enum err pg_tool_run(struct str url, const char *const *argv, struct buf *message);

/* registers.c */
void registers_done(struct store *s);
/* The cells of a fact that a statement stands on: the columns of its register, from the fourth on.
 */
void point_at_cells(const struct store_register *r, const struct db_stmt *q,
                    struct store_cell *cells);

/* seal.c: sealed columns. `what` names table and column, id and id2 the row. */
NODISCARD enum err seal(struct store *s, const char *what, int64_t id, int64_t id2, struct str text,
                        struct buf *out);
NODISCARD enum err unseal(struct store *s, struct arena *a, const char *what, int64_t id,
                          int64_t id2, struct str sealed, struct str *ret);

/* Copy of a column's text in the arena; ERR_NOMEM. */
NODISCARD enum err column_copy(struct arena *a, const struct db_stmt *q, int column,
                               struct str *ret);
/* A digest of 32 bytes in a column; ERR_CORRUPT when it has another length. */
NODISCARD enum err column_hash(const struct db_stmt *q, int column, struct hash *ret);
struct str hash_str(const struct hash *h);
/* Grow an array in the arena by one zeroed element; NULL = no memory. */
void *list_grow(struct arena *a, void *items, uint32_t count, uint32_t *cap, size_t size);

#endif
