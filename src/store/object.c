/* Objects with a life cycle, their history and their materials.
 *
 * The row of an object is its present; every move leaves a step behind that is never changed. An
 * update names the version it read, so that two people cannot decide on the same thing at once. */
#include <pthread.h>
#include <string.h>

#include "store/store_internal.h"

#define MATERIAL_BYTES_MAX ((size_t)8 << 20)

#define OBJECT_COLUMNS                                                                             \
    "person, id, kind, state, version, division, since_day, deadline_day, opened, number, data"

static enum err add_step(struct store *s, const struct store_object *o, struct str from,
                         struct str event, int32_t day, struct str note)
{
    const struct store_command *c = &s->asked;
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO step (person, object, seq, state_from, event, state_to, day,"
                         " recorded, command, actor, role, office, note)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, o->person);
    db_bind_int(q, 2, o->id);
    db_bind_int(q, 3, o->version);
    db_bind_text(q, 4, from);
    db_bind_text(q, 5, event);
    db_bind_text(q, 6, o->state);
    db_bind_int(q, 7, day);
    db_bind_int(q, 8, s->recorded);
    db_bind_int(q, 9, s->command);
    db_bind_int(q, 10, c->actor);
    db_bind_text(q, 11, c->role);
    db_bind_text(q, 12, c->office);
    db_bind_text(q, 13, note);
    effect_begin(s, "step");
    effect_int(s, o->person);
    effect_int(s, o->id);
    effect_int(s, o->version);
    effect_str(s, from);
    effect_str(s, event);
    effect_str(s, o->state);
    effect_int(s, day);
    effect_str(s, note);
    return db_run(q);
}

static enum err seal_data(struct store *s, const struct store_object *o, struct buf *b)
{
    return seal(s, "object.data", o->person, o->id, o->data, b);
}

enum err store_object_add(struct store *s, struct store_object *o)
{
    struct store_object n = *o;
    struct db_stmt *q;
    struct buf data;
    enum err e = db_stmt(s->db,
                         "INSERT INTO object (" OBJECT_COLUMNS
                         ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                         &q);

    if (e != ERR_OK) return e;
    n.id = store_next_id(s);
    n.version = 1;
    n.opened = s->recorded;
    buf_init(&data, 0);
    e = seal_data(s, &n, &data);
    if (e == ERR_OK) {
        db_bind_int(q, 1, n.person);
        db_bind_int(q, 2, n.id);
        db_bind_text(q, 3, n.kind);
        db_bind_text(q, 4, n.state);
        db_bind_int(q, 5, n.version);
        db_bind_int(q, 6, n.division);
        db_bind_int(q, 7, n.since_day);
        db_bind_int(q, 8, n.deadline_day);
        db_bind_int(q, 9, n.opened);
        if (n.number.n > 0)
            db_bind_text(q, 10, n.number);
        else
            db_bind_null(q, 10);
        db_bind_blob(q, 11, buf_str(&data));
        e = db_run(q);
    }
    buf_done(&data);
    if (e == ERR_OK) e = add_step(s, &n, STR(""), STR("open"), n.since_day, STR(""));
    if (e != ERR_OK) return e;
    effect_begin(s, "object");
    effect_str(s, n.kind);
    effect_str(s, n.number);
    effect_int(s, n.division);
    effect_str(s, n.data);
    *o = n;
    return ERR_OK;
}

enum err store_object_move(struct store *s, struct store_object *o, struct str event,
                           struct str new_state, int32_t day, struct str note)
{
    struct store_object n = *o;
    struct db_stmt *q;
    struct buf data;
    enum err e =
        db_stmt(s->db,
                "UPDATE object SET state = $1, version = $2, division = $3, since_day = $4,"
                " deadline_day = $5, data = $6 WHERE person = $7 AND id = $8 AND"
                " version = $9",
                &q);

    INVARIANT(s->in_command);
    if (e != ERR_OK) return e;
    n.state = new_state;
    n.version++;
    n.since_day = day;
    buf_init(&data, 0);
    e = seal_data(s, &n, &data);
    if (e == ERR_OK) {
        db_bind_text(q, 1, n.state);
        db_bind_int(q, 2, n.version);
        db_bind_int(q, 3, n.division);
        db_bind_int(q, 4, n.since_day);
        db_bind_int(q, 5, n.deadline_day);
        db_bind_blob(q, 6, buf_str(&data));
        db_bind_int(q, 7, n.person);
        db_bind_int(q, 8, n.id);
        db_bind_int(q, 9, o->version);
        e = db_run(q);
    }
    buf_done(&data);
    if (e == ERR_OK && db_changed(q) != 1) e = ERR_CONFLICT;
    if (e == ERR_OK) e = add_step(s, &n, o->state, event, day, note);
    if (e != ERR_OK) return e;
    effect_begin(s, "object");
    effect_int(s, n.division);
    effect_int(s, n.deadline_day);
    effect_str(s, n.data);
    *o = n;
    return ERR_OK;
}

/* --- reading --- */

static enum err take_object(struct store *s, struct arena *a, const struct db_stmt *q,
                            struct store_object *o)
{
    enum err e;

    o->person = db_int(q, 0);
    o->id = db_int(q, 1);
    e = column_copy(a, q, 2, &o->kind);
    if (e == ERR_OK) e = column_copy(a, q, 3, &o->state);
    o->version = (int32_t)db_int(q, 4);
    o->division = (int32_t)db_int(q, 5);
    o->since_day = (int32_t)db_int(q, 6);
    o->deadline_day = (int32_t)db_int(q, 7);
    o->opened = db_int(q, 8);
    if (e == ERR_OK) e = column_copy(a, q, 9, &o->number);
    if (e == ERR_OK) e = unseal(s, a, "object.data", o->person, o->id, db_text(q, 10), &o->data);
    return e;
}

static enum err read_one(struct store *s, struct arena *a, struct db_stmt *q,
                         struct store_object *ret)
{
    struct store_object o;
    bool row = false;
    enum err e = db_step(q, &row);

    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    e = take_object(s, a, q, &o);
    db_reset(q);
    if (e == ERR_OK) *ret = o;
    return e;
}

static enum err read_list(struct store *s, struct arena *a, struct db_stmt *q,
                          struct store_object **ret, uint32_t *ret_count)
{
    struct store_object *items = NULL;
    uint32_t count = 0, cap = 0;
    bool row = true;
    enum err e = ERR_OK;

    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_object(s, a, q, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

enum err store_object_get(struct store *s, struct arena *a, int64_t person, int64_t id,
                          struct store_object *ret)
{
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db, "SELECT " OBJECT_COLUMNS " FROM object WHERE person = $1 AND id = $2", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, id);
    return read_one(s, a, q, ret);
}

enum err store_object_by_number(struct store *s, struct arena *a, struct str kind,
                                struct str number, struct store_object *ret)
{
    struct db_stmt *q;
    enum err e =
        db_stmt(s->db, "SELECT " OBJECT_COLUMNS " FROM object WHERE kind = $1 AND number = $2", &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, kind);
    db_bind_text(q, 2, number);
    return read_one(s, a, q, ret);
}

enum err store_objects_of(struct store *s, struct arena *a, int64_t person, struct str kind,
                          struct store_object **ret, uint32_t *ret_count)
{
    struct db_stmt *q;
    enum err e = db_stmt(
        s->db, "SELECT " OBJECT_COLUMNS " FROM object WHERE person = $1 AND kind = $2 ORDER BY id",
        &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_text(q, 2, kind);
    return read_list(s, a, q, ret, ret_count);
}

enum err store_objects_find(struct store *s, struct arena *a, const struct store_object_query *w,
                            struct store_object **ret, uint32_t *ret_count)
{
#define WANTED                                                                                     \
    "SELECT " OBJECT_COLUMNS " FROM object WHERE kind = $1 AND id > $2 AND"                        \
    " (CAST($3 AS TEXT) = '' OR state = $3) AND (division BETWEEN $4 AND $5 OR division IN"        \
    " ($8, $9, $10, $11)) AND deadline_day <= $6 ORDER BY id"
    struct db_stmt *q;
    enum err e = db_stmt(s->db, w->newest_first ? WANTED " DESC LIMIT $7" : WANTED " LIMIT $7", &q);
#undef WANTED

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, w->kind);
    db_bind_int(q, 2, w->newest_first ? 0 : w->after);
    db_bind_text(q, 3, w->state);
    db_bind_int(q, 4, w->division_first);
    db_bind_int(q, 5, w->division_last);
    db_bind_int(q, 6, w->due_by);
    db_bind_int(q, 7, w->limit < 1000 ? w->limit : 1000);
    for (int i = 0; i < 4; i++) /* no object has -1; 0 is of nowhere */
        db_bind_int(q, 8 + i, w->also[i] != 0 ? w->also[i] : -1);
    return read_list(s, a, q, ret, ret_count);
}

static enum err take_step(struct arena *a, const struct db_stmt *q, struct store_step *x)
{
    struct str *const texts[] = {&x->from, &x->event, &x->to, &x->role, &x->office, &x->note};
    enum err e = ERR_OK;

    for (int i = 0; i < 6 && e == ERR_OK; i++)
        e = column_copy(a, q, i, texts[i]);
    x->day = (int32_t)db_int(q, 6);
    x->recorded = db_int(q, 7);
    x->command = db_int(q, 8);
    x->actor = db_int(q, 9);
    return e;
}

enum err store_object_history(struct store *s, struct arena *a, int64_t person, int64_t id,
                              struct store_step **ret, uint32_t *ret_count)
{
    struct store_step *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT state_from, event, state_to, role, office, note, day, recorded,"
                         " command, actor FROM step WHERE person = $1 AND object = $2 ORDER BY seq",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, id);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_step(a, q, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

/* --- materials --- */

/* One material on its way: what needs no database is done by sealer(), perhaps in a thread. */
struct sealing {
    struct store *s;
    int64_t person;
    struct store_material *m;
    struct buf name, bytes;
    enum err e;
};

static void *sealer(void *ctx)
{
    struct sealing *x = ctx;
    struct store_material *m = x->m;

    x->e = hash_sm3(m->bytes, &m->digest);
    if (x->e == ERR_OK) x->e = seal(x->s, "material.name", x->person, m->id, m->name, &x->name);
    if (x->e == ERR_OK) x->e = seal(x->s, "material.bytes", x->person, m->id, m->bytes, &x->bytes);
    return NULL;
}

static enum err insert_material(const struct sealing *x, int64_t object)
{
    const struct store_material *m = x->m;
    struct db_stmt *q;
    enum err e = db_stmt(x->s->db,
                         "INSERT INTO material (person, object, id, name, media_type, size, digest,"
                         " bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, x->person);
    db_bind_int(q, 2, object);
    db_bind_int(q, 3, m->id);
    db_bind_blob(q, 4, buf_str(&x->name));
    db_bind_text(q, 5, m->media_type);
    db_bind_int(q, 6, m->size);
    db_bind_blob(q, 7, hash_str(&m->digest));
    db_bind_blob(q, 8, buf_str(&x->bytes));
    e = db_run(q);
    effect_begin(x->s, "material");
    effect_int(x->s, object);
    effect_str(x->s, hash_str(&m->digest));
    return e;
}

/* One or two materials: the second is sealed in a thread of its own, where one can be had. */
static enum err add_pair(struct store *s, int64_t person, int64_t object, struct store_material *m,
                         uint32_t count)
{
    struct sealing x[2];
    pthread_t thread;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < count; i++) {
        m[i].id = store_next_id(s);
        m[i].size = (int64_t)m[i].bytes.n;
        x[i] = (struct sealing){.s = s, .person = person, .m = &m[i]};
        buf_init(&x[i].name, 0);
        buf_init(&x[i].bytes, 0);
    }
    const bool apart = count > 1 && pthread_create(&thread, NULL, sealer, &x[1]) == 0;
    sealer(&x[0]);
    if (apart)
        pthread_join(thread, NULL);
    else if (count > 1)
        sealer(&x[1]);
    for (uint32_t i = 0; i < count; i++) {
        if (e == ERR_OK) e = x[i].e;
        if (e == ERR_OK) e = insert_material(&x[i], object);
        buf_done(&x[i].name);
        buf_done(&x[i].bytes);
    }
    return e;
}

enum err store_materials_add(struct store *s, int64_t person, int64_t object,
                             struct store_material *m, uint32_t count)
{
    enum err e = ERR_OK;

    INVARIANT(s->in_command);
    for (uint32_t i = 0; i < count; i++)
        if (m[i].bytes.n > MATERIAL_BYTES_MAX) return ERR_RANGE;
    for (uint32_t i = 0; i < count && e == ERR_OK; i += 2)
        e = add_pair(s, person, object, &m[i], count - i > 1 ? 2 : 1);
    return e;
}

enum err store_material_add(struct store *s, int64_t person, int64_t object,
                            struct store_material *m)
{
    return store_materials_add(s, person, object, m, 1);
}

enum err store_materials_erase(struct store *s, int64_t person, int64_t object)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "DELETE FROM material WHERE person = $1 AND object = $2", &q);

    INVARIANT(s->in_command);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, object);
    e = db_run(q);
    effect_begin(s, "material.erase");
    effect_int(s, person);
    effect_int(s, object);
    return e;
}

static enum err take_material(struct store *s, struct arena *a, const struct db_stmt *q,
                              int64_t person, struct store_material *m)
{
    m->id = db_int(q, 0);
    m->size = db_int(q, 3);
    enum err e = unseal(s, a, "material.name", person, m->id, db_text(q, 1), &m->name);
    if (e == ERR_OK) e = column_copy(a, q, 2, &m->media_type);
    return e == ERR_OK ? column_hash(q, 4, &m->digest) : e;
}

enum err store_materials(struct store *s, struct arena *a, int64_t person, int64_t object,
                         struct store_material **ret, uint32_t *ret_count)
{
    struct store_material *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT id, name, media_type, size, digest FROM material"
                         " WHERE person = $1 AND object = $2 ORDER BY id",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, object);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? take_material(s, a, q, person, &items[count++]) : ERR_NOMEM;
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

enum err store_material_get(struct store *s, struct arena *a, int64_t person, int64_t object,
                            int64_t id, struct store_material *ret)
{
    struct store_material m = {0};
    struct hash digest;
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db,
                         "SELECT id, name, media_type, size, digest, bytes FROM material"
                         " WHERE person = $1 AND object = $2 AND id = $3",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, object);
    db_bind_int(q, 3, id);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    e = take_material(s, a, q, person, &m);
    if (e == ERR_OK) e = unseal(s, a, "material.bytes", person, m.id, db_text(q, 5), &m.bytes);
    db_reset(q);
    if (e == ERR_OK) e = hash_sm3(m.bytes, &digest);
    if (e == ERR_OK && memcmp(&digest, &m.digest, sizeof digest) != 0) e = ERR_CORRUPT;
    if (e == ERR_OK) *ret = m;
    return e;
}

enum err store_material_objects(struct store *s, const struct hash *digest, int64_t person,
                                int64_t *ret, uint32_t cap, uint32_t *ret_count)
{
    struct db_stmt *q;
    uint32_t count = 0;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT DISTINCT object FROM material WHERE digest = $1 AND person = $2"
                         " ORDER BY object LIMIT $3",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(digest));
    db_bind_int(q, 2, person);
    db_bind_int(q, 3, cap);
    while ((e = db_step(q, &row)) == ERR_OK && row)
        ret[count++] = db_int(q, 0);
    if (e == ERR_OK) *ret_count = count;
    return e;
}

enum err store_material_sharers(struct store *s, const struct hash *digest, int64_t person,
                                uint32_t *ret_count)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db,
                         "SELECT count(DISTINCT person) FROM material"
                         " WHERE digest = $1 AND person <> $2",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(digest));
    db_bind_int(q, 2, person);
    e = db_step(q, &row);
    if (e == ERR_OK && row) *ret_count = (uint32_t)db_int(q, 0);
    db_reset(q);
    return e == ERR_OK && !row ? ERR_CORRUPT : e;
}
