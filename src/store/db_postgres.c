/* PostgreSQL by libpq: prepared statements, parameters and results in binary. A connection is one
 * thread's; transactions are the default READ COMMITTED: what must not change meanwhile is locked
 * by the command's first statement (command.c).
 *
 * libpq holds a result whole. A large one is therefore a cursor: the statement declares it, and its
 * rows are fetched in portions. Rows one by one (PQsetSingleRowMode) would hold as little, but then
 * nothing else could be asked before the last of them. */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db_internal.h"

struct pg_stmt {
    char name[16];
    int param_count;
    const char *values[DB_PARAMS];
    int lengths[DB_PARAMS], formats[DB_PARAMS];
    int64_t ints[DB_PARAMS]; /* in network order */
    PGresult *result;
    int row, rows;
    int64_t changed;
    bool is_large, is_declared; /* declared: the cursor, which has the statement's name, is open */
};

static PGconn *handle_of(const struct db *d)
{
    return d->handle;
}

/* Error classes of the SQL standard and PostgreSQL's own. */
static enum err fail(struct db *d, const PGresult *r)
{
    static const struct {
        const char *state;
        enum err e;
    } states[] = {{"23505", ERR_EXISTS},  {"40001", ERR_BUSY},   {"40P01", ERR_BUSY},
                  {"55P03", ERR_BUSY},    {"57014", ERR_BUSY},   {"53200", ERR_NOMEM},
                  {"XX001", ERR_CORRUPT}, {"XX002", ERR_CORRUPT}};
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;

    db_keep_error(d, r && *PQresultErrorMessage(r) ? PQresultErrorMessage(r)
                                                   : PQerrorMessage(handle_of(d)));
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i].state) == 0) return states[i].e;
    return ERR_IO;
}

static bool is_good(const PGresult *r)
{
    const ExecStatusType s = PQresultStatus(r);
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

static enum err pg_exec(struct db *d, const char *sql)
{
    PGresult *r = PQexec(handle_of(d), sql);
    enum err e = is_good(r) ? ERR_OK : fail(d, r);

    /* After a failed statement COMMIT succeeds, and means ROLLBACK. */
    if (e == ERR_OK && strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        db_keep_error(d, "the transaction had failed");
        e = ERR_IO;
    }

    PQclear(r);
    return e;
}

static void pg_close(struct db *d)
{
    PQfinish(handle_of(d));
    free(d);
}

static void no_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

/* --- connecting --- */

/* A server that does not answer is given up after 10 seconds, unless the URL says otherwise. */
static const char *const keywords[] = {"connect_timeout", "dbname", NULL};
#define VALUES(url) ((const char *const[]){"10", (url), NULL})
#define ASK_MS 5000 /* for the reason of a refusal */

/* Go on with a connection until it is made or refused. False: too late. */
static bool wait_for(PGconn *c)
{
    for (PostgresPollingStatusType s = PGRES_POLLING_WRITING;
         s != PGRES_POLLING_OK && s != PGRES_POLLING_FAILED; s = PQconnectPoll(c)) {
        const short events = s == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        struct pollfd p = {.fd = PQsocket(c), .events = events};
        if (p.fd < 0 || poll(&p, 1, ASK_MS) <= 0) return false;
    }
    return true;
}

/* Why no connection could be made. Of a failed one libpq keeps words alone, in the server's
 * language; asked once more it gives the SQLSTATE in their place, which no server that is away has.
 */
static enum err why_not(const char *url)
{
    static const struct {
        const char *state;
        enum err e;
    } states[] = {{"3D000", ERR_NOT_FOUND},   {"28000", ERR_DENIED}, {"28P01", ERR_DENIED},
                  {"42501", ERR_DENIED},      {"53300", ERR_BUSY},   {"57P03", ERR_BUSY},
                  {"no password", ERR_DENIED}};
    enum err e = ERR_UNREACHABLE;
    PGconn *c = PQconnectStartParams(keywords, VALUES(url), 1);

    if (!c) return ERR_NOMEM;
    PQsetErrorVerbosity(c, PQERRORS_SQLSTATE);
    const bool ended = PQstatus(c) != CONNECTION_BAD && wait_for(c);
    for (size_t i = 0; ended && i < sizeof states / sizeof *states; i++)
        if (strstr(PQerrorMessage(c), states[i].state)) e = states[i].e;
    PQfinish(c);
    return e;
}

static bool is_url(const char *url)
{
    PQconninfoOption *o = PQconninfoParse(url, NULL);

    PQconninfoFree(o);
    return o != NULL;
}

static enum err connect_to(const char *url, struct db *d)
{
    if (!is_url(url)) return ERR_SYNTAX;
    d->handle = PQconnectdbParams(keywords, VALUES(url), 1);
    if (!d->handle) return ERR_NOMEM;
    return PQstatus(handle_of(d)) == CONNECTION_OK ? ERR_OK : why_not(url);
}

void pg_add_place(struct buf *out, struct str rest)
{
    char *url = strndup(rest.p, rest.n);
    PQconninfoOption *options = url ? PQconninfoParse(url, NULL) : NULL;
    const char *host = NULL, *port = NULL, *name = NULL;

    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        if (!o->val || !*o->val) continue;
        if (strcmp(o->keyword, "host") == 0 || (!host && strcmp(o->keyword, "hostaddr") == 0))
            host = o->val;
        if (strcmp(o->keyword, "port") == 0) port = o->val;
        if (strcmp(o->keyword, "dbname") == 0) name = o->val;
    }
    buf_printf(out, "%s:%s/%s", host ? host : "localhost", port ? port : "5432", name ? name : "");
    PQconninfoFree(options);
    free(url);
}

static enum err pg_open(struct str rest, bool create, struct db **ret)
{
    struct db *d = calloc(1, sizeof *d);
    char *url = d ? strndup(rest.p, rest.n) : NULL;

    (void)create; /* the database itself is the administrator's to make */
    if (!url) {
        free(d);
        return ERR_NOMEM;
    }
    d->driver = &db_postgres;
    d->kind = DB_POSTGRES;
    const enum err made = connect_to(url, d);
    explicit_bzero(url, rest.n); /* may have a password */
    free(url);
    if (made != ERR_OK) {
        pg_close(d);
        return made;
    }
    PQsetNoticeReceiver(handle_of(d), no_notice, NULL);
    /* No parallel workers, no compiled expressions: a person's facts are a few index look-ups, and
     * a table that was filled a moment ago has no statistics yet, so that the planner would start
     * processes (5 ms) for them. Cursors are read to the end, so they are planned for all rows. */
    const enum err e = pg_exec(d, "SET lock_timeout = '10s'; SET client_encoding = 'UTF8';"
                                  "SET synchronous_commit = on; SET jit = off;"
                                  "SET max_parallel_workers_per_gather = 0;"
                                  "SET cursor_tuple_fraction = 1");
    if (e == ERR_OK)
        *ret = d;
    else
        pg_close(d);
    return e;
}

static enum err prepare(struct db *d, struct pg_stmt *p, const char *sql)
{
    char *declared = NULL;

    if (p->is_large && asprintf(&declared, "DECLARE %s NO SCROLL CURSOR FOR %s", p->name, sql) < 0)
        return ERR_NOMEM;
    PGresult *r = PQprepare(handle_of(d), p->name, declared ? declared : sql, 0, NULL);
    const enum err e = is_good(r) ? ERR_OK : fail(d, r);
    PQclear(r);
    free(declared);
    return e;
}

static enum err pg_prepare(struct db *d, const char *sql, bool is_large, struct db_stmt **ret)
{
    struct db_stmt *s = malloc(sizeof *s);
    struct pg_stmt *p = s ? calloc(1, sizeof *p) : NULL;

    if (!p) {
        free(s);
        return ERR_NOMEM;
    }
    snprintf(p->name, sizeof p->name, "s%u", d->named++);
    p->is_large = is_large;
    const enum err e = prepare(d, p, sql);
    if (e != ERR_OK) {
        free(p);
        free(s);
        return e;
    }
    *s = (struct db_stmt){d, p};
    *ret = s;
    return ERR_OK;
}

static void pg_finish(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;

    PQclear(p->result);
    free(p);
    free(s);
}

static void pg_bind(struct db_stmt *s, int at, const int64_t *i, struct str v, bool is_text)
{
    struct pg_stmt *p = s->handle;
    const int k = at - 1;

    (void)is_text; /* text in binary is its bytes */
    INVARIANT(k >= 0 && k < DB_PARAMS);
    if (at > p->param_count) p->param_count = at;
    p->formats[k] = 1;
    if (i) {
        p->ints[k] = (int64_t)htobe64((uint64_t)*i);
        p->values[k] = (const char *)&p->ints[k];
        p->lengths[k] = sizeof p->ints[k];
    } else {
        p->values[k] = v.p;
        p->lengths[k] = (int)v.n;
    }
}

static void drop_result(struct pg_stmt *p)
{
    PQclear(p->result);
    p->result = NULL;
    p->row = p->rows = 0;
}

static void pg_reset(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;
    char sql[32];

    drop_result(p);
    if (!p->is_declared) return;
    p->is_declared = false;
    snprintf(sql, sizeof sql, "CLOSE %s", p->name);
    /* Refused only where the transaction has failed, and then the cursor is gone already. */
    PQclear(PQexec(handle_of(s->db), sql));
}

static enum err take_result(struct db_stmt *s, PGresult *r)
{
    struct pg_stmt *p = s->handle;

    if (!is_good(r)) {
        const enum err e = fail(s->db, r);
        PQclear(r);
        return e;
    }
    const char *changed = PQcmdTuples(r);
    p->changed = *changed ? strtoll(changed, NULL, 10) : 0;
    p->result = r;
    p->rows = PQntuples(r);
    p->row = -1;
    return ERR_OK;
}

static enum err run(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;

    return take_result(s, PQexecPrepared(handle_of(s->db), p->name, p->param_count, p->values,
                                         p->lengths, p->formats, 1));
}

static enum err declare(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;
    const enum err e = run(s);

    p->is_declared = e == ERR_OK;
    return e;
}

/* The next portion in place of the last. */
static enum err fetch(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;
    char sql[48];

    drop_result(p);
    snprintf(sql, sizeof sql, "FETCH %u FROM %s", DB_PORTION, p->name);
    return take_result(s, PQexecParams(handle_of(s->db), sql, 0, NULL, NULL, NULL, NULL, 1));
}

/* Rows for the first step, or those that follow the portion that was the last so far. */
static enum err more_rows(struct db_stmt *s)
{
    struct pg_stmt *p = s->handle;
    enum err e = ERR_OK;

    if (!p->is_large) return p->result ? ERR_OK : run(s);
    if (p->result && (p->row + 1 < p->rows || p->rows < (int)DB_PORTION)) return ERR_OK;
    if (!p->is_declared) e = declare(s);
    return e == ERR_OK ? fetch(s) : e;
}

static enum err pg_step(struct db_stmt *s, bool *ret_row)
{
    struct pg_stmt *p = s->handle;
    const enum err e = more_rows(s);

    if (e == ERR_OK) *ret_row = ++p->row < p->rows;
    if (e != ERR_OK || !*ret_row) pg_reset(s);
    return e;
}

static bool pg_is_null(const struct db_stmt *s, int column)
{
    const struct pg_stmt *p = s->handle;
    return PQgetisnull(p->result, p->row, column) != 0;
}

/* bigint, integer or yes/no, as the width says. */
static int64_t pg_int(const struct db_stmt *s, int column)
{
    const struct pg_stmt *p = s->handle;
    const int n = PQgetlength(p->result, p->row, column);
    const char *v = PQgetvalue(p->result, p->row, column);
    uint64_t wide;
    uint32_t half;

    if (n == 1) return *v;
    if (n == 4) {
        memcpy(&half, v, sizeof half);
        return (int32_t)be32toh(half);
    }
    if (n != 8) return 0;
    memcpy(&wide, v, sizeof wide);
    return (int64_t)be64toh(wide);
}

static struct str pg_text(const struct db_stmt *s, int column)
{
    const struct pg_stmt *p = s->handle;
    return (struct str){PQgetvalue(p->result, p->row, column),
                        (size_t)PQgetlength(p->result, p->row, column)};
}

static int64_t pg_changed(const struct db_stmt *s)
{
    return ((const struct pg_stmt *)s->handle)->changed;
}

const struct db_driver db_postgres = {
    .open = pg_open,
    .close = pg_close,
    .exec = pg_exec,
    .prepare = pg_prepare,
    .finish = pg_finish,
    .bind = pg_bind,
    .step = pg_step,
    .reset = pg_reset,
    .is_null = pg_is_null,
    .get_int = pg_int,
    .get_text = pg_text,
    .changed = pg_changed,
    .begin = "BEGIN",
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
};
