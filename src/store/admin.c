/* The store as its operators see it: checks, counts, backup, restore, rotation of keys. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_internal.h"

/* --- counting and checking --- */

static const char *const tables[] = {"command",  "audit",         "outbox",          "person",
                                     "identity", "register_list", "register_answer", "retraction",
                                     "object",   "step",          "material",        "receipt",
                                     "access",   "account",       "session",         "person_link"};

/* What must be 0; of a register {0} is its name. */
struct check {
    struct message said;
    const char *sql;
};
#define SAID(code, zh, en)                                                                         \
    {                                                                                              \
        (code), {[LANG_ZH] = (zh), [LANG_EN] = (en)},                                              \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }
#define CHECK(code, zh, en, sql) {SAID(code, zh, en), (sql)},
#define CHECK_REGISTER(code, zh, en, sql)
#define CHECK_PAGES(code, zh, en)
static const struct check checks[] = {
#include "store/check.def"
};
#undef CHECK
#undef CHECK_REGISTER
#define CHECK(code, zh, en, sql)
#define CHECK_REGISTER(code, zh, en, sql) {SAID(code, zh, en), (sql)},
static const struct check register_checks[] = {
#include "store/check.def"
};
#undef CHECK_REGISTER
#undef CHECK_PAGES
#define CHECK_REGISTER(code, zh, en, sql)
#define CHECK_PAGES(code, zh, en) SAID(code, zh, en)
static const struct message pages_said =
#include "store/check.def"
    ;
#undef CHECK
#undef CHECK_REGISTER
#undef CHECK_PAGES

enum err register_names(struct store *s, struct arena *a, struct register_names *ret)
{
    uint32_t cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db, "SELECT name FROM register_list ORDER BY name", &q);

    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        const struct str name = db_text(q, 0);
        ret->items = list_grow(a, ret->items, ret->count, &cap, sizeof *ret->items);
        if (!ret->items) {
            e = ERR_NOMEM;
            break;
        }
        snprintf(ret->items[ret->count++], 64, "%.*s", STR_ARG(name));
    }
    return e;
}

struct checking {
    struct store *s;
    enum lang lang;
    struct buf *out;
    uint32_t count; /* findings so far */
};

/* A line: code, sentence, and how many where that is a number. */
static void add_finding(struct checking *x, const struct message *m, struct str of, int64_t n)
{
    x->count++;
    buf_printf(x->out, "%s ", m->code);
    message_add(x->out, m->text[x->lang], &of, 1);
    if (n > 0)
        buf_printf(x->out, x->lang == LANG_ZH ? "：%lld\n" : ": %lld\n", (long long)n);
    else
        buf_add_char(x->out, '\n');
}

/* `of`: the register's name, or empty. */
static enum err check_one(struct checking *x, const struct check *c, struct str of)
{
    struct buf sql;
    int64_t n = 0;

    buf_init(&sql, 0);
    message_add(&sql, c->sql, &of, 1);
    buf_add_char(&sql, '\0');
    enum err e = buf_err(&sql);
    if (e == ERR_OK) e = db_number(x->s->db, sql.p, &n);
    buf_done(&sql);
    if (e == ERR_OK && n > 0) add_finding(x, &c->said, of, n);
    return e;
}

static enum err check_registers(struct checking *x)
{
    const size_t each = sizeof register_checks / sizeof *register_checks;
    struct register_names names = {0};
    struct arena a;

    arena_init(&a, 0);
    enum err e = register_names(x->s, &a, &names);
    for (size_t i = 0; i < names.count * each && e == ERR_OK; i++)
        e = check_one(x, &register_checks[i % each], str_from_c(names.items[i / each]));
    arena_done(&a);
    return e;
}

/* SQLite looks at its own pages. */
static enum err check_pages(struct checking *x)
{
    struct db_stmt *q;
    bool row = true;
    enum err e;

    if (db_kind_of(x->s->db) != DB_SQLITE) return ERR_OK;
    e = db_stmt(x->s->db, "PRAGMA integrity_check", &q);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row)
        if (!str_eq(db_text(q, 0), STR("ok"))) add_finding(x, &pages_said, db_text(q, 0), 0);
    return e;
}

enum err store_check(struct store *s, enum lang lang, struct buf *findings, uint32_t *ret_count)
{
    struct checking x = {.s = s, .lang = lang, .out = findings};
    enum err e = check_pages(&x);

    for (size_t i = 0; i < sizeof checks / sizeof *checks && e == ERR_OK; i++)
        e = check_one(&x, &checks[i], STR(""));
    if (e == ERR_OK) e = check_registers(&x);
    if (e == ERR_OK) *ret_count = x.count;
    return e;
}

enum err store_counts(struct store *s, struct buf *out)
{
    struct register_names names = {0};
    struct arena a;
    char sql[128];
    enum err e;

    arena_init(&a, 0);
    e = register_names(s, &a, &names);
    for (uint32_t i = 0; i < sizeof tables / sizeof *tables + names.count && e == ERR_OK; i++) {
        const uint32_t fixed = sizeof tables / sizeof *tables;
        int64_t n = 0;
        if (i < fixed)
            snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        else
            snprintf(sql, sizeof sql, "SELECT count(*) FROM \"reg_%s\"", names.items[i - fixed]);
        e = db_number(s->db, sql, &n);
        buf_printf(out, "%s%s %lld\n", i < fixed ? "" : "reg_",
                   i < fixed ? tables[i] : names.items[i - fixed], (long long)n);
    }
    arena_done(&a);
    return e == ERR_OK ? buf_err(out) : e;
}

/* --- backup and restore --- */

static enum err fsync_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) close(fd);
    return ok ? ERR_OK : ERR_IO;
}

/* A new, empty file that only its owner may read. ERR_EXISTS. */
static enum err new_file(const char *path, struct buf *message)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0 && errno == EEXIST) return ERR_EXISTS;
    if (fd < 0) {
        buf_printf(message, "%s: %s\n", path, strerror(errno));
        return ERR_IO;
    }
    close(fd);
    return ERR_OK;
}

static enum err sqlite_copy(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc = SQLITE_NOMEM;

    if (!b) return ERR_IO;
    while ((rc = sqlite3_backup_step(b, 1000)) == SQLITE_OK || rc == SQLITE_BUSY ||
           rc == SQLITE_LOCKED)
        if (rc != SQLITE_OK) sqlite3_sleep(20);
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? ERR_OK : ERR_IO;
}

/* A copy of a database as a new file; a moment's picture, whatever is written meanwhile. */
static enum err sqlite_to_file(struct str from, const char *path, struct buf *message)
{
    char source[4096];
    sqlite3 *in = NULL, *out = NULL;
    enum err e = ERR_IO;

    if (from.n >= sizeof source) return ERR_RANGE;
    snprintf(source, sizeof source, "%.*s", STR_ARG(from));
    if (access(source, F_OK) != 0) return ERR_NOT_FOUND;
    const enum err made = new_file(path, message);
    if (made != ERR_OK) return made;
    const int rc = sqlite3_open_v2(source, &in, SQLITE_OPEN_READONLY, NULL);
    const int rc2 = sqlite3_open_v2(path, &out, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK && rc2 == SQLITE_OK) e = sqlite_copy(in, out);
    /* One file alone: a log of its own would lie beside it whenever it is read. */
    if (e == ERR_OK && sqlite3_exec(out, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != 0)
        e = ERR_IO;
    if (e != ERR_OK) buf_printf(message, "%s\n", sqlite3_errmsg(rc == SQLITE_OK ? out : in));
    sqlite3_close(in);
    sqlite3_close(out);
    if (e == ERR_OK) e = fsync_file(path);
    if (e != ERR_OK) unlink(path);
    return e;
}

enum err store_backup(struct str url, const char *path, struct buf *message)
{
    enum db_kind kind;
    struct str rest;
    struct store *s;
    enum err e = db_kind_parse(url, &kind, &rest);

    if (e == ERR_OK) e = store_open(url, NULL, &s); /* only ours, only of this version */
    if (e != ERR_OK) return e;
    store_close(s);
    if (kind == DB_SQLITE) return sqlite_to_file(rest, path, message);
    e = new_file(path, message);
    if (e != ERR_OK) return e;
    const char *const argv[] = {"pg_dump", "--format=custom", "--no-owner", "--file", path, NULL};
    e = pg_tool_run(url, argv, message);
    if (e == ERR_OK) e = fsync_file(path);
    if (e != ERR_OK) unlink(path);
    return e;
}

static enum err is_empty(struct str url)
{
    struct db *d;
    struct buf ignored;
    enum err e = db_open(url, false, &d);

    if (e != ERR_OK) return e;
    buf_init(&ignored, 0);
    e = schema_check(d, &ignored);
    const bool none = e == ERR_VERSION && str_starts(buf_str(&ignored), STR("schema 0 "));
    buf_done(&ignored);
    db_close(d);
    return none ? ERR_OK : ERR_EXISTS;
}

enum err store_restore(struct str url, const char *path, struct buf *message)
{
    enum db_kind kind;
    struct str rest;
    enum err e = db_kind_parse(url, &kind, &rest);

    if (e != ERR_OK) return e;
    if (access(path, R_OK) != 0) return ERR_NOT_FOUND;
    if (kind == DB_SQLITE) {
        char target[4096];
        if (rest.n >= sizeof target) return ERR_RANGE;
        snprintf(target, sizeof target, "%.*s", STR_ARG(rest));
        return sqlite_to_file(str_from_c(path), target, message);
    }
    e = is_empty(url);
    if (e != ERR_OK) return e;
    const char *const argv[] = {"pg_restore",           "--no-owner", "--exit-on-error",
                                "--single-transaction", path,         NULL};
    return pg_tool_run(url, argv, message);
}

/* --- rotation of keys --- */

#define ONLY "CAST(0 AS BIGINT)" /* where one key names the row */

/* Sealed columns: the place each is sealed for is what:key1:key2. */
static const struct {
    const char *what, *select, *update;
} sealed[] = {
#define SEALED(table, key1, key2, column, rows)                                                    \
    {                                                                                              \
#table "." #column,                                                                        \
            "SELECT " key1 ", " key2 ", " #column " FROM " #table " WHERE " #column                \
            " IS NOT NULL AND (" key1 " > $1 OR (" key1 " = $1 AND " key2 " > $2)) ORDER BY 1, 2"  \
            " LIMIT " #rows,                                                                       \
            "UPDATE " #table " SET " #column " = $1 WHERE " key1 " = $2 AND (" key2 " = $3)"       \
    }
    SEALED(command, "id", ONLY, answer, 100),     SEALED(identity, "person", "seq", id_number, 100),
    SEALED(identity, "person", "seq", name, 100), SEALED(identity, "person", "seq", phone, 100),
    SEALED(object, "person", "id", data, 100),    SEALED(material, "person", "id", name, 100),
    SEALED(material, "person", "id", bytes, 4), /* up to 8 MiB each */
    SEALED(receipt, "person", "id", body, 100),   SEALED(account, "id", ONLY, name, 100),
    SEALED(account, "id", ONLY, totp, 100),
#undef SEALED
};

struct rotated {
    int64_t key1, key2;
    struct str value;
};

/* The next rows behind (key1, key2). */
static enum err read_batch(struct store *s, struct arena *a, const char *sql, int64_t key1,
                           int64_t key2, struct rotated **ret, uint32_t *ret_count)
{
    struct rotated *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db, sql, &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, key1);
    db_bind_int(q, 2, key2);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        if (!items) {
            e = ERR_NOMEM;
            break;
        }
        items[count].key1 = db_int(q, 0);
        items[count].key2 = db_int(q, 1);
        e = column_copy(a, q, 2, &items[count++].value);
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

/* The index of an identity number goes with the number. */
static enum err index_again(struct store *s, const struct rotated *x, struct str number)
{
    struct hash index;
    struct db_stmt *q;
    enum err e = crypt_index(s->keys, "id_number", number, &index);

    if (e == ERR_OK)
        e = db_stmt(s->db, "UPDATE identity SET number_index = $1 WHERE person = $2 AND seq = $3",
                    &q);
    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(&index));
    db_bind_int(q, 2, x->key1);
    db_bind_int(q, 3, x->key2);
    return db_run(q);
}

static enum err seal_again(struct store *s, struct arena *a, size_t at, const struct rotated *x)
{
    struct str text;
    struct db_stmt *q;
    struct buf b;
    enum err e = unseal(s, a, sealed[at].what, x->key1, x->key2, x->value, &text);

    if (e != ERR_OK) return e;
    buf_init(&b, 0);
    e = seal(s, sealed[at].what, x->key1, x->key2, text, &b);
    if (e == ERR_OK) e = db_stmt(s->db, sealed[at].update, &q);
    if (e == ERR_OK) {
        db_bind_blob(q, 1, buf_str(&b));
        db_bind_int(q, 2, x->key1);
        db_bind_int(q, 3, x->key2);
        e = db_run(q);
    }
    if (e == ERR_OK && strcmp(sealed[at].what, "identity.id_number") == 0)
        e = index_again(s, x, text);
    buf_done(&b);
    return e;
}

/* One batch in one transaction: stopped anywhere, it goes on where it was. */
static enum err rotate_batch(struct store *s, size_t at, int64_t *key1, int64_t *key2,
                             uint64_t *rewritten, bool *ret_more)
{
    struct rotated *items;
    uint32_t count = 0;
    struct arena a;
    enum err e;

    arena_init(&a, 0);
    e = db_begin(s->db);
    /* What is read here nobody may change before it is rewritten: commands wait. */
    if (e == ERR_OK) e = chain_lock(s);
    if (e == ERR_OK) e = read_batch(s, &a, sealed[at].select, *key1, *key2, &items, &count);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        *key1 = items[i].key1;
        *key2 = items[i].key2;
        if (crypt_key_of(items[i].value) == keyring_newest(s->keys)) continue;
        e = seal_again(s, &a, at, &items[i]);
        (*rewritten)++;
    }
    if (e == ERR_OK) e = db_commit(s->db);
    if (e != ERR_OK) db_rollback(s->db);
    arena_done(&a);
    *ret_more = count > 0;
    return e;
}

enum err store_rotate(struct store *s, uint64_t *ret_rewritten)
{
    uint64_t rewritten = 0;
    enum err e = s->keys ? ERR_OK : ERR_USAGE;

    for (size_t at = 0; at < sizeof sealed / sizeof *sealed && e == ERR_OK; at++) {
        int64_t key1 = INT64_MIN, key2 = INT64_MIN;
        bool more = true;
        while (e == ERR_OK && more)
            e = rotate_batch(s, at, &key1, &key2, &rewritten, &more);
    }
    if (e == ERR_OK) *ret_rewritten = rewritten;
    return e;
}
