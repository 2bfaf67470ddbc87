/* Taking back what a command wrote about who people are. An identity is retracted as a fact is; a
 * person nobody else has said anything about is removed, which is what was there before. */
#include <stdio.h>

#include "store/store_internal.h"

enum err store_written_by(struct store *s, struct arena *a, int64_t command,
                          struct store_written **ret, uint32_t *ret_count)
{
    struct store_written *items = NULL;
    uint32_t count = 0, cap = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e =
        db_stmt(s->db,
                "SELECT person, 0, 1, 1 FROM person WHERE command = $1 UNION ALL"
                " SELECT i.person, i.seq, 0, CASE WHEN EXISTS (SELECT 1 FROM identity l WHERE"
                " l.person = i.person AND l.seq > i.seq AND NOT EXISTS (SELECT 1 FROM retraction t"
                " WHERE t.person = l.person AND t.fact = -l.seq)) THEN 0 ELSE 1 END"
                " FROM identity i JOIN person p ON p.person = i.person"
                " WHERE i.command = $1 AND p.command <> $1 AND " IDENTITY_STANDS " ORDER BY 1, 2",
                &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, command);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        items = list_grow(a, items, count, &cap, sizeof *items);
        if (!items) {
            e = ERR_NOMEM;
            break;
        }
        items[count++] = (struct store_written){.person = db_int(q, 0),
                                                .seq = db_int(q, 1),
                                                .is_new = db_int(q, 2) != 0,
                                                .is_last = db_int(q, 3) != 0};
    }
    db_reset(q);
    if (e != ERR_OK) return e;
    *ret = items;
    *ret_count = count;
    return ERR_OK;
}

/* Has a table rows about persons of the command, other than those whose `column` is `own`? */
static enum err is_used_in(struct store *s, const char *table, const char *column, int64_t own,
                           int64_t command, bool *ret)
{
    char sql[320];
    int64_t n = 0;

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM %s t WHERE t.%s <> %lld AND t.person IN"
             " (SELECT person FROM person WHERE command = %lld)",
             table, column, (long long)own, (long long)command);
    const enum err e = db_number(s->db, sql, &n);
    *ret |= n > 0;
    return e;
}

static enum err is_used_in_registers(struct store *s, int64_t command, bool *ret)
{
    struct register_names names = {0};
    struct arena a;

    arena_init(&a, 0);
    enum err e = register_names(s, &a, &names);
    for (uint32_t i = 0; i < names.count && e == ERR_OK; i++) {
        char table[80];
        snprintf(table, sizeof table, "\"reg_%s\"", names.items[i]);
        e = is_used_in(s, table, "person", 0, command, ret);
    }
    arena_done(&a);
    return e;
}

enum err store_persons_are_used(struct store *s, int64_t command, bool *ret)
{
    static const struct {
        const char *table, *column;
        bool is_command; /* `column` says which command wrote it: the persons' own does not count */
    } places[] = {{"identity", "command", true},   {"step", "command", true},
                  {"receipt", "command", true},    {"access", "person", false},
                  {"account", "person", false},    {"command", "id", true},
                  {"person_link", "person", false}};
    bool used = false;
    enum err e = batch_flush(s);

    if (e == ERR_OK) e = is_used_in_registers(s, command, &used);
    for (size_t i = 0; i < sizeof places / sizeof *places && e == ERR_OK; i++)
        e = is_used_in(s, places[i].table, places[i].column, places[i].is_command ? command : 0,
                       command, &used);
    if (e == ERR_OK) *ret = used;
    return e;
}

enum err store_identity_retract(struct store *s, int64_t person, int64_t seq)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO retraction (person, fact, register, recorded, command)"
                         " VALUES ($1, $2, 'identity', $3, $4)",
                         &q);

    INVARIANT(s->in_command);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, -seq);
    db_bind_int(q, 3, s->recorded);
    db_bind_int(q, 4, s->command);
    e = db_run(q);
    effect_begin(s, "identity.retract");
    effect_int(s, person);
    effect_int(s, seq);
    return e;
}

enum err store_persons_remove(struct store *s, int64_t command)
{
    static const char *const sql[] = {
        "DELETE FROM identity WHERE person IN (SELECT person FROM person WHERE command = $1)",
        "DELETE FROM person WHERE command = $1"};
    struct db_stmt *q;
    enum err e = ERR_OK;

    INVARIANT(s->in_command);
    for (size_t i = 0; i < sizeof sql / sizeof *sql && e == ERR_OK; i++) {
        e = db_stmt(s->db, sql[i], &q);
        if (e != ERR_OK) break;
        db_bind_int(q, 1, command);
        e = db_run(q);
    }
    effect_begin(s, "person.remove");
    effect_int(s, command);
    return e;
}
