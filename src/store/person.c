/* Persons: a number of ours, the code register files use, identities sealed and looked up by a
 * keyed index. A changed name or number is one more identity; all of them find the person, unless
 * they were retracted (fact -seq in the table of retractions). */
#include <string.h>

#include "store/store_internal.h"

/* Index of a normalised identity number under one key of the ring. */
static enum err number_index(struct store *s, uint32_t key, struct str number, struct hash *ret)
{
    if (!s->keys) return ERR_USAGE;
    return crypt_index_with(s->keys, key, "id_number", number, ret);
}

enum err store_keyed_digest(struct store *s, const char *what, struct str text, struct hash *ret)
{
    if (!s->keys) return ERR_USAGE;
    return crypt_index(s->keys, what, text, ret);
}

static enum err bind_sealed(struct store *s, struct db_stmt *q, int at, const char *what,
                            int64_t person, int64_t seq, struct str text, struct buf *b)
{
    if (text.n == 0) {
        db_bind_null(q, at);
        return ERR_OK;
    }
    const enum err e = seal(s, what, person, seq, text, b);
    if (e == ERR_OK) db_bind_blob(q, at, buf_str(b));
    return e;
}

static enum err insert_identity(struct store *s, int64_t person, int64_t seq,
                                const struct store_identity *i)
{
    struct hash index = {{0}};
    struct buf b[3];
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO identity (person, seq, recorded, command, number_index,"
                         " id_number, name, phone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                         &q);

    if (e != ERR_OK) return e;
    for (int k = 0; k < 3; k++)
        buf_init(&b[k], 0);
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, seq);
    db_bind_int(q, 3, s->recorded);
    db_bind_int(q, 4, s->command);
    db_bind_null(q, 5);
    if (i->id_number.n > 0) {
        e = s->keys ? number_index(s, keyring_newest(s->keys), i->id_number, &index) : ERR_USAGE;
        if (e == ERR_OK) db_bind_blob(q, 5, hash_str(&index));
    }
    if (e == ERR_OK)
        e = bind_sealed(s, q, 6, "identity.id_number", person, seq, i->id_number, &b[0]);
    if (e == ERR_OK) e = bind_sealed(s, q, 7, "identity.name", person, seq, i->name, &b[1]);
    if (e == ERR_OK) e = bind_sealed(s, q, 8, "identity.phone", person, seq, i->phone, &b[2]);
    if (e == ERR_OK) e = db_run(q);
    for (int k = 0; k < 3; k++)
        buf_done(&b[k]);
    effect_begin(s, "identity");
    effect_int(s, person);
    effect_int(s, seq);
    effect_str(s, hash_str(&index));
    return e;
}

enum err store_person_add(struct store *s, const struct store_identity *i, int64_t *ret_person)
{
    const int64_t person = store_next_id(s);
    struct db_stmt *q;
    enum err e = i->code.n > 0 ? ERR_OK : ERR_RANGE;

    if (e == ERR_OK)
        e = db_stmt(s->db,
                    "INSERT INTO person (person, code, recorded, command) VALUES ($1, $2, $3, $4)",
                    &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_text(q, 2, i->code);
    db_bind_int(q, 3, s->recorded);
    db_bind_int(q, 4, s->command);
    e = db_run(q);
    if (e != ERR_OK) return e;
    effect_begin(s, "person");
    effect_int(s, person);
    effect_str(s, i->code);
    if (i->id_number.n + i->name.n + i->phone.n > 0) e = insert_identity(s, person, 1, i);
    if (e == ERR_OK) *ret_person = person;
    return e;
}

/* The newest of a person's rows; 0 = there is none. */
static enum err last_seq(struct store *s, const char *sql, int64_t person, int64_t *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, sql, &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    *ret = row ? db_int(q, 0) : 0;
    db_reset(q);
    return ERR_OK;
}

enum err store_person_change(struct store *s, int64_t person, const struct store_identity *i)
{
    int64_t seq = 0;
    const enum err e =
        last_seq(s, "SELECT coalesce(max(seq), 0) FROM identity WHERE person = $1", person, &seq);

    INVARIANT(s->in_command);
    return e == ERR_OK ? insert_identity(s, person, seq + 1, i) : e;
}

/* --- reading --- */

enum err store_person_code(struct store *s, struct arena *a, int64_t person, struct str *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT code FROM person WHERE person = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    e = column_copy(a, q, 0, ret);
    db_reset(q);
    return e;
}

enum err store_person_identity(struct store *s, struct arena *a, int64_t person,
                               struct store_identity *ret)
{
    static const char *const what[] = {"identity.id_number", "identity.name", "identity.phone"};
    struct store_identity i = {STR(""), STR(""), STR(""), STR("")};
    struct str *const texts[] = {&i.id_number, &i.name, &i.phone};
    struct db_stmt *q;
    bool row = false;
    enum err e = store_person_code(s, a, person, &i.code);

    if (e == ERR_OK)
        e = db_stmt(s->db,
                    "SELECT seq, id_number, name, phone FROM identity i WHERE person = $1"
                    " AND " IDENTITY_STANDS " ORDER BY seq DESC LIMIT 1",
                    &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    e = db_step(q, &row);
    for (int k = 0; k < 3 && e == ERR_OK && row; k++)
        if (!db_is_null(q, 1 + k))
            e = unseal(s, a, what[k], person, db_int(q, 0), db_text(q, 1 + k), texts[k]);
    if (row) db_reset(q);
    if (e == ERR_OK) *ret = i;
    return e;
}

enum err store_person_by_code(struct store *s, struct str code, int64_t *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db, "SELECT person FROM person WHERE code = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, code);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    if (!row) return ERR_NOT_FOUND;
    *ret = db_int(q, 0);
    db_reset(q);
    return ERR_OK;
}

struct persons {
    struct arena *a;
    int64_t *items;
    uint32_t count, cap;
};

static enum err add_person(struct persons *p, int64_t person)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->items[i] == person) return ERR_OK;
    p->items = list_grow(p->a, p->items, p->count, &p->cap, sizeof *p->items);
    if (!p->items) return ERR_NOMEM;
    p->items[p->count++] = person;
    return ERR_OK;
}

static enum err find_by_index(struct store *s, const struct hash *index, struct persons *p)
{
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db,
                         "SELECT DISTINCT person FROM identity i WHERE number_index = $1"
                         " AND " IDENTITY_STANDS " ORDER BY person",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_blob(q, 1, hash_str(index));
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row)
        e = add_person(p, db_int(q, 0));
    db_reset(q);
    return e;
}

/* Each person as whom he is now; each once. */
static enum err only_survivors(struct store *s, struct persons *p)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < p->count; i++) {
        int64_t now = 0;
        bool seen = false;
        const enum err e = store_person_survivor(s, p->items[i], STORE_KNOWN_NOW, &now);
        if (e != ERR_OK) return e;
        for (uint32_t k = 0; k < kept; k++)
            seen |= p->items[k] == now;
        if (!seen) p->items[kept++] = now;
    }
    p->count = kept;
    return ERR_OK;
}

enum err store_person_by_id_number(struct store *s, struct arena *a, struct str id_number,
                                   int64_t **ret, uint32_t *ret_count)
{
    struct persons p = {.a = a};
    uint32_t numbers[64];
    enum err e = ERR_OK;

    if (!s->keys) return ERR_USAGE;
    const uint32_t count = keyring_numbers(s->keys, numbers);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) { /* more than one during a rotation */
        struct hash index;
        e = number_index(s, numbers[i], id_number, &index);
        if (e == ERR_OK) e = find_by_index(s, &index, &p);
    }
    if (e == ERR_OK) e = only_survivors(s, &p);
    if (e != ERR_OK) return e;
    *ret = p.items;
    *ret_count = p.count;
    return ERR_OK;
}

enum err store_person_codes(struct store *s, struct arena *a, struct str **ret_codes,
                            int64_t **ret_persons, uint32_t *ret_count)
{
    static const char *const sql[] = {
        "SELECT code, person FROM person ORDER BY code",
        "SELECT code, person FROM person ORDER BY code COLLATE \"C\""};
    struct str *codes = NULL;
    int64_t *persons = NULL;
    uint32_t count = 0, cap = 0, other = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db, sql[db_kind_of(s->db)], &q);

    if (e != ERR_OK) return e;
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        codes = list_grow(a, codes, count, &cap, sizeof *codes);
        persons = list_grow(a, persons, count, &other, sizeof *persons);
        if (!codes || !persons) {
            e = ERR_NOMEM;
            break;
        }
        e = column_copy(a, q, 0, &codes[count]);
        persons[count++] = db_int(q, 1);
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret_codes = codes;
    *ret_persons = persons;
    *ret_count = count;
    return ERR_OK;
}

/* --- persons who prove to be one --- */

/* The newest links of persons, as a table: what was linked earlier does not count. */
#define NEWEST(l) #l ".seq = (SELECT max(seq) FROM person_link n WHERE n.person = " #l ".person)"

enum err store_person_link(struct store *s, int64_t person, int64_t survivor)
{
    int64_t seq = 0, end = survivor;
    struct db_stmt *q;
    enum err e = survivor ? store_person_survivor(s, survivor, STORE_KNOWN_NOW, &end) : ERR_OK;

    INVARIANT(s->in_command && person != survivor);
    if (e == ERR_OK && end != survivor) e = ERR_CONFLICT;
    if (e == ERR_OK)
        e = last_seq(s, "SELECT coalesce(max(seq), 0) FROM person_link WHERE person = $1", person,
                     &seq);
    if (e == ERR_OK)
        e = db_stmt(s->db,
                    "INSERT INTO person_link (person, seq, survivor, recorded, command)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, seq + 1);
    db_bind_int(q, 3, survivor);
    db_bind_int(q, 4, s->recorded);
    db_bind_int(q, 5, s->command);
    e = db_run(q);
    effect_begin(s, "person_link");
    effect_int(s, person);
    effect_int(s, survivor);
    return e;
}

enum err store_person_survivor(struct store *s, int64_t person, int64_t known_at, int64_t *ret)
{
    struct db_stmt *q;
    bool row = false;
    enum err e = db_stmt(s->db,
                         "SELECT survivor FROM person_link WHERE person = $1 AND recorded <= $2"
                         " ORDER BY seq DESC LIMIT 1",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, known_at);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    *ret = row && db_int(q, 0) != 0 ? db_int(q, 0) : person;
    if (row) db_reset(q);
    return ERR_OK;
}

enum err store_person_merged(struct store *s, struct arena *a, int64_t person, int64_t **ret,
                             uint32_t *ret_count)
{
    struct persons p = {.a = a};
    struct db_stmt *q;
    bool row = true;
    enum err e = add_person(&p, person);

    if (e == ERR_OK)
        e = db_stmt(s->db,
                    "SELECT l.person FROM person_link l WHERE l.survivor = $1 AND " NEWEST(
                        l) " ORDER BY l.person",
                    &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row)
        e = add_person(&p, db_int(q, 0));
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = p.items;
    *ret_count = p.count;
    return ERR_OK;
}

enum err store_person_links(struct store *s, struct arena *a, struct store_code_link **ret,
                            uint32_t *ret_count)
{
    static const char *const sql[] = {
        "SELECT p.code, t.code FROM person_link l JOIN person p ON p.person = l.person"
        " JOIN person t ON t.person = l.survivor WHERE " NEWEST(l) " ORDER BY p.code",
        "SELECT p.code, t.code FROM person_link l JOIN person p ON p.person = l.person"
        " JOIN person t ON t.person = l.survivor WHERE " NEWEST(
            l) " ORDER BY p.code COLLATE \"C\""};
    struct store_code_link *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt(s->db, sql[db_kind_of(s->db)], &q);

    if (e != ERR_OK) return e;
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        e = items ? column_copy(a, q, 0, &items[count].code) : ERR_NOMEM;
        if (e == ERR_OK) e = column_copy(a, q, 1, &items[count++].survivor);
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}
