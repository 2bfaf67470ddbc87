/* Commands: one transaction with its effects, its audit record and its messages.
 *
 *   begin:  lock the chain row (one writer at a time) -> is the key known? -> number, recorded time
 *   effects are told to a running digest as they are written
 *   commit: answer, audit record = f(record before), chain row, COMMIT
 *
 * Invariants: seq has no gaps; recorded times rise strictly; a command without its audit record
 * does not exist. */
#include <string.h>

#include "store/store_internal.h"

#define PENDING_MAX ((size_t)1 << 16)
#define WALK_RECORDS 1000 /* read at a time */

/* --- the digest of effects --- */

static void effects_fold(struct store *s)
{
    struct hash h;
    struct buf b;

    if (s->pending.n == 0) return;
    buf_init(&b, 0);
    buf_add(&b, hash_str(&s->effects));
    buf_add(&b, buf_str(&s->pending));
    if (b.failed || s->pending.failed || hash_sm3(buf_str(&b), &h) != ERR_OK)
        s->pending.failed = true; /* seen by the commit */
    else
        s->effects = h;
    s->pending.n = 0;
    buf_done(&b);
}

void effect_begin(struct store *s, const char *what)
{
    INVARIANT(s->in_command);
    if (s->pending.n > PENDING_MAX) effects_fold(s);
    buf_add_char(&s->pending, '\n');
    buf_add_c(&s->pending, what);
}

void effect_int(struct store *s, int64_t v)
{
    buf_add_char(&s->pending, ' ');
    buf_add_int(&s->pending, v);
}

void effect_str(struct store *s, struct str v)
{
    buf_add_char(&s->pending, ' ');
    buf_add_int(&s->pending, (int64_t)v.n);
    buf_add_char(&s->pending, ':');
    buf_add(&s->pending, v);
}

int64_t store_next_id(struct store *s)
{
    INVARIANT(s->in_command);
    return s->next_id++;
}

/* --- beginning --- */

enum err chain_lock(struct store *s)
{
    static const char *const sql[] = {
        "SELECT seq, head, recorded, next_id FROM chain WHERE one = 1",
        "SELECT seq, head, recorded, next_id FROM chain WHERE one = 1 FOR UPDATE"};
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, sql[db_kind_of(s->db)], &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_CORRUPT;
    s->seq = db_int(q, 0);
    e = column_hash(q, 1, &s->head);
    s->recorded = db_int(q, 2);
    s->next_id = db_int(q, 3);
    db_reset(q);
    return e;
}

/* The answer given before under this key, if any. */
static enum err find_answer(struct store *s, struct arena *a, const struct store_command *c,
                            struct store_began *ret)
{
    struct db_stmt *q;
    struct hash payload;
    bool row = false;
    enum err e = db_stmt(s->db,
                         "SELECT id, payload, recorded, answer FROM command"
                         " WHERE actor = $1 AND idem_key = $2",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, c->actor);
    db_bind_text(q, 2, c->key);
    e = db_step(q, &row);
    if (e != ERR_OK || !row) return e;
    e = column_hash(q, 1, &payload);
    ret->command = db_int(q, 0);
    ret->recorded = db_int(q, 2);
    if (e == ERR_OK && memcmp(&payload, &c->payload, sizeof payload) != 0) e = ERR_CONFLICT;
    if (e == ERR_OK)
        e = unseal(s, a, "command.answer", ret->command, 0, db_text(q, 3), &ret->answer);
    ret->repeated = true;
    db_reset(q);
    return e;
}

static enum err insert_command(struct store *s)
{
    const struct store_command *c = &s->asked;
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db,
                "INSERT INTO command (id, actor, idem_key, role, office, purpose, kind,"
                " person, payload, recorded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, s->command);
    db_bind_int(q, 2, c->actor);
    db_bind_text(q, 3, c->key);
    db_bind_text(q, 4, c->role);
    db_bind_text(q, 5, c->office);
    db_bind_text(q, 6, c->purpose);
    db_bind_text(q, 7, c->kind);
    db_bind_int(q, 8, c->person);
    db_bind_blob(q, 9, hash_str(&c->payload));
    db_bind_int(q, 10, s->recorded);
    return db_run(q);
}

static enum err keep_asked(struct store *s, const struct store_command *c)
{
    struct str *const texts[] = {&s->asked.key, &s->asked.role, &s->asked.office, &s->asked.purpose,
                                 &s->asked.kind};

    s->asked = *c;
    arena_done(&s->command_arena);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = str_copy(&s->command_arena, *texts[i]);
        if (!texts[i]->p) return ERR_NOMEM;
    }
    return ERR_OK;
}

static enum err start(struct store *s, const struct store_command *c, struct store_began *ret)
{
    enum err e = keep_asked(s, c);

    if (e != ERR_OK) return e;
    s->recorded = c->at > s->recorded ? c->at : s->recorded + 1;
    s->in_command = true;
    s->command = store_next_id(s);
    s->effects = (struct hash){{0}};
    change_begin(s);
    s->pending.n = 0;
    s->pending.failed = false;
    *ret = (struct store_began){.command = s->command, .recorded = s->recorded};
    return insert_command(s);
}

enum err store_command_begin(struct store *s, struct arena *a, const struct store_command *c,
                             struct store_began *ret)
{
    struct store_began began = {0};

    INVARIANT(!s->in_command);
    if (c->key.n < 8 || c->key.n > 128) return ERR_RANGE;
    enum err e = find_answer(s, a, c, &began); /* most repeats are found without a lock */
    if (e != ERR_OK) return e;
    if (!began.repeated) {
        e = db_begin(s->db);
        if (e == ERR_OK) e = chain_lock(s);
        if (e == ERR_OK) e = find_answer(s, a, c, &began);
        if (e == ERR_OK && !began.repeated) e = start(s, c, &began);
        if (e != ERR_OK || began.repeated) store_command_abort(s);
    }
    if (e == ERR_OK) *ret = began;
    return e;
}

/* --- the audit record --- */

static void add_field(struct buf *b, struct str v)
{
    buf_add_int(b, (int64_t)v.n);
    buf_add_char(b, ':');
    buf_add(b, v);
}

/* hash = SM3(hash before | record in one canonical form) */
static enum err record_hash(const struct hash *before, const struct store_audit_record *r,
                            const struct hash *answer, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, hash_str(before));
    buf_printf(&b, "%lld %lld %lld %lld %lld ", (long long)r->seq, (long long)r->recorded,
               (long long)r->command, (long long)r->actor, (long long)r->person);
    add_field(&b, r->kind);
    add_field(&b, r->role);
    add_field(&b, r->office);
    add_field(&b, r->purpose);
    add_field(&b, r->key);
    buf_add(&b, hash_str(&r->payload));
    buf_add(&b, hash_str(answer));
    buf_add(&b, hash_str(&r->effects));
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

static enum err write_audit(struct store *s, const struct hash *answer)
{
    const struct store_command *c = &s->asked;
    struct store_audit_record r = {.seq = s->seq + 1,
                                   .recorded = s->recorded,
                                   .command = s->command,
                                   .actor = c->actor,
                                   .person = c->person,
                                   .kind = c->kind,
                                   .role = c->role,
                                   .office = c->office,
                                   .purpose = c->purpose,
                                   .key = c->key,
                                   .payload = c->payload,
                                   .effects = s->effects};
    struct db_stmt *q;
    enum err e = record_hash(&s->head, &r, answer, &r.hash);
    if (e == ERR_OK)
        e = db_stmt(s->db,
                    "INSERT INTO audit (seq, recorded, command, actor, person, kind, role, office,"
                    " purpose, idem_key, payload, answer, effects, hash) VALUES"
                    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                    &q);
    if (e != ERR_OK) return e;
    const int64_t ints[] = {r.seq, r.recorded, r.command, r.actor, r.person};
    const struct str texts[] = {r.kind, r.role, r.office, r.purpose, r.key};
    const struct hash *hashes[] = {&r.payload, answer, &r.effects, &r.hash};
    for (int i = 0; i < 5; i++)
        db_bind_int(q, 1 + i, ints[i]);
    for (int i = 0; i < 5; i++)
        db_bind_text(q, 6 + i, texts[i]);
    for (int i = 0; i < 4; i++)
        db_bind_blob(q, 11 + i, hash_str(hashes[i]));
    e = db_run(q);
    if (e == ERR_OK) s->head = r.hash;
    return e;
}

static enum err write_answer(struct store *s, struct str answer)
{
    struct db_stmt *q;
    struct buf sealed;

    buf_init(&sealed, 0);
    enum err e = seal(s, "command.answer", s->command, 0, answer, &sealed);
    if (e == ERR_OK) e = db_stmt(s->db, "UPDATE command SET answer = $1 WHERE id = $2", &q);
    if (e == ERR_OK) {
        db_bind_blob(q, 1, buf_str(&sealed));
        db_bind_int(q, 2, s->command);
        e = db_run(q);
    }
    buf_done(&sealed);
    return e;
}

static enum err write_chain(struct store *s)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "UPDATE chain SET seq = $1, head = $2, recorded = $3, next_id = $4"
                         " WHERE one = 1",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, s->seq + 1);
    db_bind_blob(q, 2, hash_str(&s->head));
    db_bind_int(q, 3, s->recorded);
    db_bind_int(q, 4, s->next_id);
    return db_run(q);
}

enum err store_command_commit(struct store *s, struct str answer)
{
    struct hash digest;

    INVARIANT(s->in_command);
    effects_fold(s);
    enum err e = buf_err(&s->pending);
    if (e == ERR_OK) e = batch_flush(s);
    if (e == ERR_OK) e = hash_sm3(answer, &digest);
    if (e == ERR_OK) e = write_answer(s, answer);
    if (e == ERR_OK) e = write_audit(s, &digest);
    if (e == ERR_OK) e = change_write(s, s->seq + 1);
    if (e == ERR_OK) e = write_chain(s);
    if (e == ERR_OK) e = db_commit(s->db);
    if (e != ERR_OK) db_rollback(s->db);
    batch_drop(s);
    s->in_command = false;
    return e;
}

void store_command_abort(struct store *s)
{
    if (s->db) db_rollback(s->db);
    batch_drop(s);
    s->in_command = false;
}

/* --- messages that leave after the commit --- */

enum err store_outbox_add(struct store *s, int64_t person, struct str kind, struct str body)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO outbox (id, person, command, created, kind, body, sent)"
                         " VALUES ($1, $2, $3, $4, $5, $6, 0)",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, store_next_id(s));
    db_bind_int(q, 2, person);
    db_bind_int(q, 3, s->command);
    db_bind_int(q, 4, s->recorded);
    db_bind_text(q, 5, kind);
    db_bind_text(q, 6, body);
    effect_begin(s, "outbox");
    effect_int(s, person);
    effect_str(s, kind);
    effect_str(s, body);
    return db_run(q);
}

enum err store_outbox_take(struct store *s, struct arena *a, uint32_t limit,
                           struct store_message **ret, uint32_t *ret_count)
{
    struct store_message *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT id, person, command, created, kind, body FROM outbox"
                         " WHERE sent = 0 ORDER BY id LIMIT $1",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, limit);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        if (!items) {
            e = ERR_NOMEM;
            break;
        }
        struct store_message *m = &items[count++];
        m->id = db_int(q, 0);
        m->person = db_int(q, 1);
        m->command = db_int(q, 2);
        m->created = db_int(q, 3);
        e = column_copy(a, q, 4, &m->kind);
        if (e == ERR_OK) e = column_copy(a, q, 5, &m->body);
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

enum err store_outbox_sent(struct store *s, int64_t id)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "UPDATE outbox SET sent = 1 WHERE id = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, id);
    return db_run(q);
}

/* --- reading the audit --- */

static const char audit_columns[] =
    "SELECT seq, recorded, command, actor, person, kind, role, office, purpose, idem_key, payload,"
    " answer, effects, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";

static enum err take_record(struct arena *a, const struct db_stmt *q, struct store_audit_record *r,
                            struct hash *answer)
{
    struct str *const texts[] = {&r->kind, &r->role, &r->office, &r->purpose, &r->key};
    enum err e = ERR_OK;

    r->seq = db_int(q, 0);
    r->recorded = db_int(q, 1);
    r->command = db_int(q, 2);
    r->actor = db_int(q, 3);
    r->person = db_int(q, 4);
    for (int i = 0; i < 5 && e == ERR_OK; i++)
        e = column_copy(a, q, 5 + i, texts[i]);
    if (e == ERR_OK) e = column_hash(q, 10, &r->payload);
    if (e == ERR_OK) e = column_hash(q, 11, answer);
    if (e == ERR_OK) e = column_hash(q, 12, &r->effects);
    return e == ERR_OK ? column_hash(q, 13, &r->hash) : e;
}

enum err store_audit_list(struct store *s, struct arena *a, int64_t after, uint32_t limit,
                          struct store_audit_record **ret, uint32_t *ret_count)
{
    struct store_audit_record *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    struct hash answer;
    bool row = true;
    enum err e = db_stmt(s->db, audit_columns, &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, after);
    db_bind_int(q, 2, limit);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_record(a, q, &items[count++], &answer) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

static struct store_audit_finding found(int64_t seq, enum store_fault fault)
{
    return (struct store_audit_finding){.seq = seq, .fault = fault};
}

struct walk {
    int64_t head_seq;
    const struct hash *head; /* of outside; or NULL */
    struct store_audit_finding *ret;
};

static enum err walk_record(const struct walk *w, const struct db_stmt *q)
{
    struct store_audit_finding *ret = w->ret;
    struct store_audit_record r;
    struct hash answer, computed;
    struct arena a;

    arena_init(&a, 0);
    enum err e = take_record(&a, q, &r, &answer);
    if (e == ERR_OK) e = record_hash(&ret->head, &r, &answer, &computed);
    if (e == ERR_CORRUPT)
        *ret = found(db_int(q, 0), STORE_FAULT_ALTERED);
    else if (e == ERR_OK && r.seq != ret->records + 1)
        *ret = found(ret->records + 1, STORE_FAULT_GAP);
    else if (e == ERR_OK && memcmp(&computed, &r.hash, sizeof computed) != 0)
        *ret = found(r.seq, STORE_FAULT_ALTERED);
    else if (e == ERR_OK && w->head && r.seq == w->head_seq &&
             memcmp(w->head, &r.hash, sizeof r.hash) != 0)
        *ret = found(r.seq, STORE_FAULT_OTHER_HEAD);
    arena_done(&a);
    if (e == ERR_CORRUPT) return ERR_OK;
    if (e != ERR_OK || ret->seq != 0) return e;
    ret->head = r.hash;
    ret->records++;
    return ERR_OK;
}

/* The records in order, some at a time: a result is held in memory whole (libpq). ret->seq stays 0
 * while all is well. */
static enum err walk_audit(struct store *s, const struct walk *w)
{
    struct db_stmt *q;
    bool more = true;
    enum err e = db_stmt(s->db, audit_columns, &q);

    while (e == ERR_OK && more && w->ret->seq == 0) {
        bool row = true;
        more = false;
        db_bind_int(q, 1, w->ret->records);
        db_bind_int(q, 2, WALK_RECORDS);
        while (w->ret->seq == 0 && (e = db_step(q, &row)) == ERR_OK && row) {
            more = true;
            e = walk_record(w, q);
            if (e != ERR_OK) break;
        }
        db_reset(q);
    }
    return e;
}

/* Every command that was answered has its record, and the answer is the one recorded. */
static enum err commands_without_record(struct store *s, struct store_audit_finding *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e =
        db_stmt(s->db,
                "SELECT count(*), coalesce(min(c.id), 0) FROM command c LEFT JOIN audit a"
                " ON a.command = c.id AND a.recorded = c.recorded AND a.actor = c.actor"
                " AND a.payload = c.payload AND a.idem_key = c.idem_key AND a.kind = c.kind"
                " WHERE a.seq IS NULL",
                &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (row && db_int(q, 0) > 0) *ret = found(ret->records + 1, STORE_FAULT_NO_RECORD);
    if (row) db_reset(q);
    return ERR_OK;
}

/* What the chain row says is what was walked to. */
static enum err compare_head(struct store *s, struct store_audit_finding *ret)
{
    struct db_stmt *q;
    struct hash head;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT seq, head FROM chain WHERE one = 1", &q);

    if (e == ERR_OK) e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_CORRUPT;
    const int64_t seq = db_int(q, 0);
    e = column_hash(q, 1, &head);
    db_reset(q);
    if (e == ERR_OK && (seq != ret->records || memcmp(&head, &ret->head, sizeof head) != 0))
        *ret = found(ret->records + 1, STORE_FAULT_CUT_TAIL);
    return e;
}

/* One moment is looked at, while others go on writing. */
enum err store_audit_verify(struct store *s, struct arena *a, int64_t head_seq,
                            const struct hash *head, struct store_audit_finding *ret)
{
    struct store_audit_finding f = {0};
    const struct walk w = {head_seq, head, &f};
    enum err e = db_begin_read(s->db);

    (void)a;
    if (e != ERR_OK) return e;
    e = walk_audit(s, &w);
    if (e == ERR_OK && f.seq == 0) e = compare_head(s, &f);
    if (e == ERR_OK && f.seq == 0 && head && head_seq > f.records)
        f = found(f.records + 1, STORE_FAULT_CUT_TAIL);
    if (e == ERR_OK && f.seq == 0) e = commands_without_record(s, &f);
    db_rollback(s->db); /* nothing was written */
    if (e == ERR_OK) *ret = f;
    return e;
}
