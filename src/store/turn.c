/* One process at a time. On SQLite a lock on a file beside the database, on PostgreSQL an advisory
 * lock of the session: both go when the process or its connection does, however it ends. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_internal.h"

/* The number of the lock, the same in every version of the program: "jifen" in ASCII. */
#define TAKE "SELECT CASE WHEN pg_try_advisory_lock(457034851694) THEN 1 ELSE 0 END"
#define GIVE "SELECT CASE WHEN pg_advisory_unlock(457034851694) THEN 1 ELSE 0 END"

/* FILE.turn, where FILE is the main database's. */
static enum err turn_path(struct store *s, struct buf *out)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "PRAGMA database_list", &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_IO;
    buf_add(out, db_text(q, 2));
    buf_add_c(out, ".turn");
    buf_add_char(out, '\0');
    db_reset(q);
    return buf_err(out);
}

static enum err lock_file(const char *path, int *ret)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);

    if (fd < 0) return ERR_IO;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return ERR_BUSY;
    }
    *ret = fd;
    return ERR_OK;
}

static enum err take_on_sqlite(struct store *s)
{
    struct buf path;

    buf_init(&path, 0);
    enum err e = turn_path(s, &path);
    if (e == ERR_OK) e = lock_file(path.p, &s->turn_fd);
    buf_done(&path);
    return e;
}

static enum err take_on_postgres(struct store *s)
{
    int64_t got = 0;
    const enum err e = db_number(s->db, TAKE, &got);

    if (e != ERR_OK) return e;
    return got == 1 ? ERR_OK : ERR_BUSY;
}

enum err store_turn_take(struct store *s)
{
    if (s->has_turn) return ERR_OK;
    const enum err e = db_kind_of(s->db) == DB_SQLITE ? take_on_sqlite(s) : take_on_postgres(s);

    s->has_turn = e == ERR_OK;
    return e;
}

void store_turn_give(struct store *s)
{
    int64_t given;

    if (!s->has_turn) return;
    s->has_turn = false;
    if (db_kind_of(s->db) == DB_SQLITE)
        close(s->turn_fd); /* the lock goes with it */
    else
        IGNORE_ERR(db_number(s->db, GIVE, &given)); /* a connection that is gone has given it */
}
