/* The store on either database: commands and their audit, facts as known, persons, objects,
 * receipts, sessions; damage is found; backup, restore and rotation lose nothing.
 *
 * JIFEN_STORE: URL of an empty database to use instead of a SQLite file. */
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/decimal.h"
#include "store/db_internal.h"
#include "store/store_internal.h"

static char dir[] = "store_test_XXXXXX";
static char url[512];
static struct arena world;
static struct keyring *keys, *two_keys;
static struct buf key_text;
static struct store *store;
static uint32_t keys_given;

static const struct store_column level_columns[] = {{{"level", 5}, STORE_TEXT},
                                                    {{"day", 3}, STORE_INT}};
static const struct store_column birth_columns[] = {{{"birth_date", 10}, STORE_INT}};
static const struct store_register regs[] = {{{"person", 6}, birth_columns, 1},
                                             {{"education", 9}, level_columns, 2}};

static int setup(void **state)
{
    const char *given = getenv("JIFEN_STORE");
    struct buf message;

    (void)state;
    assert_non_null(mkdtemp(dir));
    if (given)
        snprintf(url, sizeof url, "%s", given);
    else
        snprintf(url, sizeof url, "sqlite:%s/jifen.db", dir);
    arena_init(&world, 0);
    buf_init(&key_text, 0);
    buf_init(&message, 0);
    assert_int_equal(keyring_add_key(&key_text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&key_text), NULL, &keys), ERR_OK);
    assert_int_equal(keyring_add_key(&key_text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&key_text), NULL, &two_keys), ERR_OK);
    assert_int_equal(store_open(str_from_c(url), keys, &store),
                     given ? ERR_VERSION : ERR_NOT_FOUND);
    assert_int_equal(store_init(str_from_c(url), &message), ERR_OK);
    assert_int_equal(store_init(str_from_c(url), &message), ERR_EXISTS);
    message.n = 0;
    assert_int_equal(store_migrate(str_from_c(url), &message), ERR_OK);
    assert_int_equal(message.n, 0); /* nothing to do */
    buf_done(&message);
    assert_int_equal(store_open(str_from_c(url), keys, &store), ERR_OK);
    assert_int_equal(store_registers(store, regs, 2), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    store = store_close(store);
    keyring_free(keys);
    keyring_free(two_keys);
    buf_done(&key_text);
    arena_done(&world);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct store_command command_of(const char *key, const char *payload)
{
    struct store_command c = {.key = str_from_c(key),
                              .actor = 5,
                              .role = STR("system"),
                              .office = STR("o"),
                              .purpose = STR("p"),
                              .kind = STR("test"),
                              .at = 1000};
    assert_int_equal(hash_sm3(str_from_c(payload), &c.payload), ERR_OK);
    return c;
}

static int64_t begin(void)
{
    char key[32];
    struct store_began began;
    snprintf(key, sizeof key, "store-test-%u", ++keys_given);
    const struct store_command c = command_of(key, "x");
    assert_int_equal(store_command_begin(store, &world, &c, &began), ERR_OK);
    assert_false(began.repeated);
    return began.recorded;
}

static void commit(void)
{
    assert_int_equal(store_command_commit(store, STR("{}")), ERR_OK);
}

static int64_t person_new(const char *code, const char *number, const char *name)
{
    const struct store_identity i = {str_from_c(code), str_from_c(number), str_from_c(name),
                                     STR("")};
    int64_t person;
    begin();
    assert_int_equal(store_person_add(store, &i, &person), ERR_OK);
    commit();
    return person;
}

static int64_t number_of(const char *sql)
{
    int64_t n = -1;
    assert_int_equal(db_number(store->db, sql, &n), ERR_OK);
    return n;
}

static struct store_audit_finding verify(void)
{
    struct store_audit_finding f;
    assert_int_equal(store_audit_verify(store, &world, 0, NULL, &f), ERR_OK);
    return f;
}

/* --- commands --- */

static void the_same_key_gives_the_same_answer(void **state)
{
    const struct store_command c = command_of("one-and-only", "payload");
    const struct store_command other = command_of("one-and-only", "another");
    struct store_began began;

    (void)state;
    assert_int_equal(store_command_begin(store, &world, &c, &began), ERR_OK);
    assert_false(began.repeated);
    const int64_t command = began.command;
    assert_int_equal(store_command_commit(store, STR("{\"n\":1}")), ERR_OK);
    assert_int_equal(store_command_begin(store, &world, &c, &began), ERR_OK);
    assert_true(began.repeated);
    assert_int_equal(began.command, command);
    assert_true(str_eq(began.answer, STR("{\"n\":1}")));
    assert_int_equal(store_command_begin(store, &world, &other, &began), ERR_CONFLICT);
    const struct store_command bare = command_of("short", "x");
    assert_int_equal(store_command_begin(store, &world, &bare, &began), ERR_RANGE);
}

static void an_aborted_command_leaves_nothing(void **state)
{
    const struct store_identity i = {.code = STR("GONE")};
    const int64_t records = verify().records;
    int64_t person;

    (void)state;
    begin();
    assert_int_equal(store_person_add(store, &i, &person), ERR_OK);
    store_command_abort(store);
    assert_int_equal(store_person_by_code(store, STR("GONE"), &person), ERR_NOT_FOUND);
    assert_int_equal(verify().records, records);
}

static void time_never_stands_still(void **state)
{
    (void)state;
    const int64_t first = begin();
    commit();
    const int64_t second = begin();
    commit();
    assert_true(second > first);
}

/* --- persons --- */

static void several_with_one_number_are_all_found(void **state)
{
    int64_t *found;
    uint32_t count;
    struct store_identity i;

    (void)state;
    const int64_t a = person_new("P1", "11010519491231002X", "甲");
    const int64_t b = person_new("P2", "11010519491231002X", "乙");
    assert_int_equal(
        store_person_by_id_number(store, &world, STR("11010519491231002X"), &found, &count),
        ERR_OK);
    assert_int_equal(count, 2);
    assert_true(found[0] == a && found[1] == b);
    begin();
    const struct store_identity changed = {STR("P2"), STR("440524188001010014"), STR("乙"),
                                           STR("138")};
    assert_int_equal(store_person_change(store, b, &changed), ERR_OK);
    commit();
    assert_int_equal(
        store_person_by_id_number(store, &world, STR("440524188001010014"), &found, &count),
        ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(store_person_identity(store, &world, b, &i), ERR_OK);
    assert_true(str_eq(i.id_number, changed.id_number) && str_eq(i.phone, STR("138")));
    begin(); /* a code is unique */
    int64_t person;
    assert_int_equal(store_person_add(store, &changed, &person), ERR_EXISTS);
    store_command_abort(store);
}

static void nothing_personal_is_readable_in_the_database(void **state)
{
    (void)state;
    assert_int_equal(number_of(db_kind_of(store->db) == DB_SQLITE
                                   ? "SELECT count(*) FROM identity WHERE instr(id_number,"
                                     " CAST('11010519491231002X' AS BLOB)) > 0"
                                   : "SELECT count(*) FROM identity WHERE position("
                                     "'11010519491231002X'::bytea in id_number) > 0"),
                     0);
    assert_int_equal(number_of("SELECT count(*) FROM identity WHERE id_number IS NOT NULL"), 3);
}

/* --- facts --- */

static int64_t add_level(int64_t person, const char *level, int64_t day)
{
    const struct store_cell cells[] = {{.known = true, .t = str_from_c(level)},
                                       {.known = day >= 0, .i = day}};
    int64_t fact;
    assert_int_equal(store_fact_add(store, 1, person, cells, &fact), ERR_OK);
    return fact;
}

static uint32_t levels_at(int64_t person, int64_t known_at, struct store_facts *f)
{
    struct store_facts all[2];
    assert_int_equal(store_facts_of(store, &world, person, known_at, all), ERR_OK);
    if (f) *f = all[1];
    return all[1].count;
}

static enum err count_fact(void *ctx, const struct store_fact *f)
{
    (void)f;
    ++*(uint32_t *)ctx;
    return ERR_OK;
}

static void facts_are_as_known_then(void **state)
{
    struct store_facts f;
    uint32_t all = 0, before = 0;

    (void)state;
    const int64_t person = person_new("F1", "", "");
    const int64_t t0 = begin();
    commit();
    assert_int_equal(levels_at(person, STORE_KNOWN_NOW, &f), 0);
    assert_false(f.answered);
    const int64_t t1 = begin();
    const int64_t first = add_level(person, "bachelor", 100);
    add_level(person, "master", -1);
    assert_int_equal(store_register_answer(store, 1), ERR_OK);
    commit();
    const int64_t t2 = begin();
    assert_int_equal(store_fact_retract(store, 1, person, first), ERR_OK);
    add_level(person, "doctor", 300);
    commit();
    assert_int_equal(levels_at(person, t0, &f), 0);
    assert_false(f.answered);
    assert_int_equal(levels_at(person, t1, &f), 2);
    assert_true(f.answered && str_eq(f.items[0].cells[0].t, STR("bachelor")));
    assert_true(f.items[0].cells[1].known && f.items[0].cells[1].i == 100);
    assert_false(f.items[1].cells[1].known);
    assert_int_equal(levels_at(person, t2 - 1, NULL), 2);
    assert_int_equal(levels_at(person, t2, &f), 2);
    assert_true(str_eq(f.items[0].cells[0].t, STR("master")));
    assert_true(str_eq(f.items[1].cells[0].t, STR("doctor")));
    assert_int_equal(store_facts_scan(store, 1, STORE_KNOWN_NOW, count_fact, &all), ERR_OK);
    assert_int_equal(store_facts_scan(store, 1, t0, count_fact, &before), ERR_OK);
    assert_int_equal(all, 2);
    assert_int_equal(before, 0);
    begin(); /* a fact is taken back once */
    assert_int_equal(store_fact_retract(store, 1, person, first), ERR_EXISTS);
    store_command_abort(store);
}

static void registers_grow_and_keep_their_types(void **state)
{
    static const struct store_column more[] = {
        {{"level", 5}, STORE_TEXT}, {{"day", 3}, STORE_INT}, {{"school", 6}, STORE_TEXT}};
    static const struct store_column other[] = {{{"level", 5}, STORE_INT}};
    static const struct store_register grown[] = {{{"person", 6}, birth_columns, 1},
                                                  {{"education", 9}, more, 3}};
    static const struct store_register wrong[] = {{{"education", 9}, other, 1}};
    static const struct store_register evil[] = {{{"x\" (", 4}, other, 1}};
    struct store *s;
    uint32_t n = 0;

    (void)state;
    assert_int_equal(store_open(str_from_c(url), keys, &s), ERR_OK);
    assert_int_equal(store_registers(s, grown, 2), ERR_OK);
    assert_int_equal(store_facts_scan(s, 1, STORE_KNOWN_NOW, count_fact, &n), ERR_OK);
    assert_int_equal(n, 2);
    store_close(s);
    assert_int_equal(store_open(str_from_c(url), keys, &s), ERR_OK);
    assert_int_equal(store_registers(s, wrong, 1), ERR_CONFLICT);
    store_close(s);
    assert_int_equal(store_open(str_from_c(url), keys, &s), ERR_OK);
    assert_int_equal(store_registers(s, evil, 1), ERR_RANGE);
    store_close(s);
}

/* What a walk over a large register sees; it may write, as a load does. */
struct scan {
    bool is_writing;
    uint32_t rows;
    int64_t last_person, last_fact;
    bool is_ordered;
    size_t bytes; /* most that was allocated meanwhile */
};

static enum err look_at(void *ctx, const struct store_fact *f)
{
    struct scan *x = ctx;
    const struct mallinfo2 now = mallinfo2();
    char level[32];

    snprintf(level, sizeof level, "level %lld", (long long)f->cells[1].i);
    assert_true(str_eq(f->cells[0].t, str_from_c(level)));
    x->is_ordered &=
        f->person > x->last_person || (f->person == x->last_person && f->fact > x->last_fact);
    if (x->is_writing && x->rows > 0 && x->last_person != f->person) {
        assert_int_equal(store_fact_retract(store, 1, x->last_person, x->last_fact), ERR_OK);
        add_level(x->last_person, "level 7", 7);
    }
    x->last_person = f->person;
    x->last_fact = f->fact;
    x->rows++;
    if (now.uordblks + now.hblkhd > x->bytes) x->bytes = now.uordblks + now.hblkhd;
    return ERR_OK;
}

static enum err stop_at_third(void *ctx, const struct store_fact *f)
{
    (void)f;
    return ++*(uint32_t *)ctx == 3 ? ERR_EXISTS : ERR_OK;
}

#define SCANNED 50 /* persons */
static int64_t scanned[SCANNED];

static void add_levels(uint32_t count)
{
    char level[32];

    begin();
    for (uint32_t i = 0; i < count; i++) {
        snprintf(level, sizeof level, "level %u", i);
        add_level(scanned[i % SCANNED], level, i);
    }
    commit();
}

static enum err retract_one(void *ctx, const struct store_fact *f)
{
    (void)ctx;
    return store_fact_retract(store, 1, f->person, f->fact);
}

static void retract_levels(void)
{
    begin();
    assert_int_equal(store_facts_scan(store, 1, STORE_KNOWN_NOW, retract_one, NULL), ERR_OK);
    commit();
}

static struct scan scan_levels(bool is_writing)
{
    struct scan x = {.is_writing = is_writing, .is_ordered = true};

    assert_int_equal(store_facts_scan(store, 1, STORE_KNOWN_NOW, look_at, &x), ERR_OK);
    assert_true(x.is_ordered);
    return x;
}

/* Portions of every kind: none, a whole one, one and a row; then many, in little memory. */
static void a_large_register_is_read_in_portions(void **state)
{
    static const uint32_t more[] = {DB_PORTION - 1, 1, 1, 20 * DB_PORTION};
    uint32_t rows = 0;
    char code[16];

    (void)state;
    for (int i = 0; i < SCANNED; i++) {
        snprintf(code, sizeof code, "scan%d", i);
        scanned[i] = person_new(code, "", "");
    }
    retract_levels();
    assert_int_equal(scan_levels(false).rows, 0);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        add_levels(more[i]);
        rows += more[i];
        assert_int_equal(scan_levels(false).rows, rows);
    }
    const struct mallinfo2 before = mallinfo2();
    const struct scan x = scan_levels(false);
    assert_true(x.bytes < before.uordblks + before.hblkhd + (1u << 20));
}

/* A walk over everybody: what came last, and how much there was. */
struct walk {
    char code[32];
    uint32_t reg, rows, people;
    int64_t fact, facts; /* the last; the sum of their numbers */
    size_t bytes;
};

static enum err walk_on(void *ctx, struct str code, uint32_t reg, const struct store_fact *f)
{
    struct walk *x = ctx;
    const int order = str_cmp(str_from_c(x->code), code);
    const struct mallinfo2 now = mallinfo2();
    int64_t number;

    assert_true(x->rows == 0 || order < 0 ||
                (order == 0 && (x->reg < reg || (x->reg == reg && x->fact < f->fact))));
    x->people += x->rows == 0 || order < 0;
    snprintf(x->code, sizeof x->code, "%.*s", STR_ARG(code));
    if (code.n > 4 && memcmp(code.p, "scan", 4) == 0) {
        const struct str digits = {code.p + 4, code.n - 4};
        assert_int_equal(decimal_parse(digits, 1, &number), ERR_OK);
        assert_int_equal(scanned[number], f->person);
    }
    x->reg = reg;
    x->fact = f->fact;
    x->facts += f->fact;
    x->rows++;
    if (now.uordblks + now.hblkhd > x->bytes) x->bytes = now.uordblks + now.hblkhd;
    return ERR_OK;
}

static enum err add_fact(void *ctx, const struct store_fact *f)
{
    struct walk *x = ctx;
    x->rows++;
    x->facts += f->fact;
    return ERR_OK;
}

/* Every fact that scans of the registers tell, once. */
static struct walk walk_everybody(int64_t known_at)
{
    struct walk x = {.rows = 0}, want = {.rows = 0};

    for (uint32_t reg = 0; reg < 2; reg++)
        assert_int_equal(store_facts_scan(store, reg, known_at, add_fact, &want), ERR_OK);
    assert_int_equal(store_people_scan(store, known_at, walk_on, &x), ERR_OK);
    assert_int_equal(x.rows, want.rows);
    assert_int_equal(x.facts, want.facts);
    return x;
}

static enum err stop_at_fourth(void *ctx, struct str code, uint32_t reg, const struct store_fact *f)
{
    (void)code;
    (void)reg;
    (void)f;
    return ++*(uint32_t *)ctx == 4 ? ERR_EXISTS : ERR_OK;
}

/* "scan10" comes before "scan2"; some have a fact in the other register too. */
static void persons_come_in_the_order_of_codes(void **state)
{
    const struct mallinfo2 before = mallinfo2();
    const struct walk then = walk_everybody(STORE_KNOWN_NOW);
    struct store_cell birth = {.known = true, .i = 7};
    uint32_t seen = 0;
    int64_t fact;

    (void)state;
    assert_true(then.people >= SCANNED && then.rows > 20 * DB_PORTION);
    assert_true(then.bytes < before.uordblks + before.hblkhd + (2u << 20));
    const int64_t earlier = begin() - 1;
    for (int i = 0; i < SCANNED; i += 3)
        assert_int_equal(store_fact_add(store, 0, scanned[i], &birth, &fact), ERR_OK);
    commit();
    assert_int_equal(walk_everybody(STORE_KNOWN_NOW).rows, then.rows + (SCANNED + 2) / 3);
    assert_int_equal(walk_everybody(earlier).rows, then.rows);
    assert_int_equal(walk_everybody(0).rows, 0);
    for (int i = 0; i < 2; i++, seen = 0) /* what was left before its end is begun again */
        assert_int_equal(store_people_scan(store, STORE_KNOWN_NOW, stop_at_fourth, &seen),
                         ERR_EXISTS);
    walk_everybody(STORE_KNOWN_NOW);
}

/* The scan of a load: facts of persons already passed are taken back and replaced. */
static void a_scan_does_not_see_what_it_writes(void **state)
{
    const uint32_t rows = scan_levels(false).rows;
    uint32_t seen = 0;

    (void)state;
    begin();
    assert_int_equal(scan_levels(true).rows, rows);
    assert_int_equal(scan_levels(false).rows, rows);
    store_command_abort(store);
    for (int i = 0; i < 2; i++, seen = 0) /* what was left before its end is begun again */
        assert_int_equal(store_facts_scan(store, 1, STORE_KNOWN_NOW, stop_at_third, &seen),
                         ERR_EXISTS);
    retract_levels();
}

/* --- objects, materials --- */

static void two_cannot_decide_on_one_version(void **state)
{
    struct store_object o = {.person = 77,
                             .kind = STR("claim"),
                             .state = STR("submitted"),
                             .division = 330381,
                             .deadline_day = 500,
                             .number = STR("A1"),
                             .data = STR("{\"secret\":1}")};
    struct store_object stale, again;
    struct store_step *steps;
    struct store_object *found;
    uint32_t count;

    (void)state;
    begin();
    assert_int_equal(store_object_add(store, &o), ERR_OK);
    commit();
    stale = o;
    begin();
    assert_int_equal(store_object_move(store, &o, STR("accept"), STR("in_review"), 10, STR("note")),
                     ERR_OK);
    assert_int_equal(o.version, 2);
    assert_int_equal(store_object_move(store, &stale, STR("accept"), STR("closed"), 10, STR("")),
                     ERR_CONFLICT);
    store_command_abort(store);
    begin();
    o.version = 1;
    o.state = STR("submitted");
    assert_int_equal(store_object_move(store, &o, STR("accept"), STR("in_review"), 10, STR("note")),
                     ERR_OK);
    commit();
    assert_int_equal(store_object_by_number(store, &world, STR("claim"), STR("A1"), &again),
                     ERR_OK);
    assert_true(again.version == 2 && str_eq(again.state, STR("in_review")) &&
                str_eq(again.data, STR("{\"secret\":1}")));
    assert_int_equal(store_object_history(store, &world, 77, o.id, &steps, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(steps[1].from, STR("submitted")) && str_eq(steps[1].note, STR("note")));
    const struct store_object_query q = {.kind = STR("claim"),
                                         .state = STR("in_review"),
                                         .division_first = 330000,
                                         .division_last = 339999,
                                         .due_by = 500,
                                         .limit = 10};
    assert_int_equal(store_objects_find(store, &world, &q, &found, &count), ERR_OK);
    assert_int_equal(count, 1);
}

static void materials_come_back_whole(void **state)
{
    static char big[3 << 20];
    struct store_object o = {
        .person = 77, .kind = STR("claim"), .state = STR("s"), .data = STR("{}")};
    struct store_material m = {.name = STR("照片.jpg"), .media_type = STR("image/jpeg")}, back;

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 2654435761u >> 13);
    m.bytes = (struct str){big, sizeof big};
    begin();
    assert_int_equal(store_object_add(store, &o), ERR_OK);
    assert_int_equal(store_material_add(store, 77, o.id, &m), ERR_OK);
    commit();
    assert_int_equal(store_material_get(store, &world, 77, o.id, m.id, &back), ERR_OK);
    assert_true(str_eq(back.bytes, m.bytes) && str_eq(back.name, m.name));
    assert_int_equal(store_material_get(store, &world, 78, o.id, m.id, &back), ERR_NOT_FOUND);
}

/* --- receipts, accounts, reads --- */

static void receipts_are_chained(void **state)
{
    struct store_receipt *all;
    uint32_t count;

    (void)state;
    for (int i = 0; i < 3; i++) {
        char number[8];
        snprintf(number, sizeof number, "J%d", i);
        struct store_receipt r = {.person = 77,
                                  .kind = STR("points"),
                                  .number = str_from_c(number),
                                  .body = STR("{}"),
                                  .facts = STR("a:1")};
        begin();
        assert_int_equal(store_receipt_add(store, &r), ERR_OK);
        commit();
    }
    assert_int_equal(store_receipts_of(store, &world, 77, &all, &count), ERR_OK);
    assert_int_equal(count, 3);
    for (uint32_t i = 1; i < count; i++)
        assert_memory_equal(&all[i].previous, &all[i - 1].hash, sizeof(struct hash));
}

static void sessions_end(void **state)
{
    struct store_session x = {.account = 1,
                              .created = 1,
                              .seen = 1,
                              .expires = 100,
                              .cookie = true},
                         y;
    uint64_t ended;

    (void)state;
    memset(&x.token, 7, sizeof x.token);
    assert_int_equal(store_session_add(store, &x), ERR_OK);
    assert_int_equal(store_session_find(store, &x.token, &y), ERR_OK);
    assert_true(y.cookie && y.expires == 100);
    assert_int_equal(store_sessions_seen(store, &x.token, 1, 50), ERR_OK);
    assert_int_equal(store_session_find(store, &x.token, &y), ERR_OK);
    assert_int_equal(y.seen, 50);
    assert_int_equal(store_sessions_sweep(store, 100, &ended), ERR_OK);
    assert_int_equal(ended, 1);
    assert_int_equal(store_session_find(store, &x.token, &y), ERR_NOT_FOUND);
}

static void who_looked_is_kept(void **state)
{
    struct store_access x = {
        77, 9, 1234, STR("clerk"), STR("o"), STR("window"), STR("score.read"), STR("A1")};
    struct store_access *all;
    uint32_t count;

    (void)state;
    assert_int_equal(store_access_add(store, &x), ERR_OK);
    assert_int_equal(store_access_add(store, &x), ERR_OK); /* twice in one microsecond */
    assert_int_equal(store_accesses_of(store, &world, 77, 10, &all, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(str_eq(all[0].purpose, STR("window")));
}

static void messages_leave_once(void **state)
{
    struct store_message *m;
    uint32_t count;

    (void)state;
    begin();
    assert_int_equal(store_outbox_add(store, 77, STR("claim.decided"), STR("{\"n\":1}")), ERR_OK);
    assert_int_equal(store_outbox_add(store, 78, STR("claim.decided"), STR("{\"n\":2}")), ERR_OK);
    commit();
    begin();
    assert_int_equal(store_outbox_add(store, 79, STR("never"), STR("{}")), ERR_OK);
    store_command_abort(store);
    assert_int_equal(store_outbox_take(store, &world, 1, &m, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(m[0].person == 77 && str_eq(m[0].body, STR("{\"n\":1}")));
    assert_int_equal(store_outbox_sent(store, m[0].id), ERR_OK);
    assert_int_equal(store_outbox_take(store, &world, 9, &m, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_true(m[0].person == 78 && str_eq(m[0].kind, STR("claim.decided")));
    assert_int_equal(store_outbox_sent(store, m[0].id), ERR_OK);
    assert_int_equal(store_outbox_take(store, &world, 9, &m, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void accounts_are_kept_and_a_code_works_once(void **state)
{
    struct store_account x = {.login = STR("clerk"),
                              .role = STR("clerk"),
                              .office = STR("窗口"),
                              .name = STR("戊己庚"),
                              .division = 330381,
                              .password = STR("$argon2id$"),
                              .totp = STR("a secret of twenty b")};
    struct store_account again, twin = x;

    (void)state;
    begin();
    assert_int_equal(store_account_add(store, &x), ERR_OK);
    commit();
    begin();
    assert_int_equal(store_account_add(store, &twin), ERR_EXISTS);
    store_command_abort(store);
    assert_int_equal(store_account_by_login(store, &world, STR("nobody"), &again), ERR_NOT_FOUND);
    assert_int_equal(store_account_by_login(store, &world, STR("clerk"), &again), ERR_OK);
    assert_true(again.id == x.id && again.division == 330381 && str_eq(again.name, x.name) &&
                str_eq(again.totp, x.totp) && str_eq(again.password, x.password));
    assert_int_equal(store_account_step(store, x.id, 10), ERR_OK);
    assert_int_equal(store_account_step(store, x.id, 10), ERR_CONFLICT);
    assert_int_equal(store_account_step(store, x.id, 9), ERR_CONFLICT);
    assert_int_equal(store_account_step(store, x.id, 11), ERR_OK);
    again.failures = 3;
    again.locked_until = 99;
    assert_int_equal(store_account_note(store, &again), ERR_OK);
    assert_int_equal(store_account_get(store, &world, x.id, &again), ERR_OK);
    assert_true(again.failures == 3 && again.locked_until == 99 && again.totp_step == 11);
}

/* --- side by side --- */

struct writer {
    _Atomic bool is_done;
    enum err e;
};

static enum err write_commands(struct store *s, struct arena *a)
{
    enum err e = ERR_OK;

    for (int i = 0; i < 150 && e == ERR_OK; i++) {
        char key[32];
        struct store_began began;
        snprintf(key, sizeof key, "side-by-side-%d", i);
        const struct store_command c = {.key = str_from_c(key), .actor = 6, .kind = STR("beside")};
        e = store_command_begin(s, a, &c, &began);
        if (e == ERR_OK) e = store_command_commit(s, STR("{}"));
    }
    return e;
}

static void *write_beside(void *arg)
{
    struct writer *w = arg;
    struct store *s = NULL;
    struct arena a;

    arena_init(&a, 0);
    w->e = store_open(str_from_c(url), keys, &s);
    if (w->e == ERR_OK) w->e = write_commands(s, &a);
    store_close(s);
    arena_done(&a);
    w->is_done = true;
    return NULL;
}

static void the_chain_is_whole_while_others_write(void **state)
{
    struct writer w = {.is_done = false};
    pthread_t thread;
    int64_t before = 0;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, write_beside, &w), 0);
    while (!w.is_done) {
        const struct store_audit_finding f = verify();
        if (f.seq != 0) fail_msg("fault %d at %lld", (int)f.fault, (long long)f.seq);
        assert_true(f.records >= before);
        before = f.records;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(w.e, ERR_OK);
    assert_true(verify().records >= 150);
}

/* --- operators --- */

static void check_finds_nothing(struct store *s)
{
    struct buf b;
    uint32_t count = 99;

    buf_init(&b, 0);
    assert_int_equal(store_check(s, LANG_EN, &b, &count), ERR_OK);
    if (count > 0) print_error("%.*s", (int)b.n, b.p);
    buf_done(&b);
    assert_int_equal(count, 0);
}

/* Change something behind the store's back, see it found, put it back. */
static void assert_found(enum store_fault fault, const char *damage, const char *repair)
{
    assert_int_equal(db_exec(store->db, damage), ERR_OK);
    const struct store_audit_finding f = verify();
    assert_int_equal(db_exec(store->db, repair), ERR_OK);
    if (f.seq == 0) fail_msg("not found: %s", damage);
    assert_int_equal(f.fault, fault);
    assert_int_equal(verify().seq, 0);
}

static void every_damage_of_the_chain_is_found(void **state)
{
    static const char *const columns[] = {"recorded", "command", "actor", "person"};
    static const char *const texts[] = {"kind", "role", "office", "purpose", "idem_key"};
    static const char *const hashes[] = {"payload", "answer", "effects", "hash"};
    char damage[256], repair[256];

    (void)state;
    const struct store_audit_finding whole = verify();
    assert_int_equal(whole.seq, 0);
    for (size_t i = 0; i < 4; i++) {
        snprintf(damage, sizeof damage, "UPDATE audit SET %s = %s + 1 WHERE seq = 2", columns[i],
                 columns[i]);
        snprintf(repair, sizeof repair, "UPDATE audit SET %s = %s - 1 WHERE seq = 2", columns[i],
                 columns[i]);
        assert_found(STORE_FAULT_ALTERED, damage, repair);
    }
    for (size_t i = 0; i < 5; i++) {
        snprintf(damage, sizeof damage, "UPDATE audit SET %s = %s || 'x' WHERE seq = 2", texts[i],
                 texts[i]);
        snprintf(repair, sizeof repair,
                 "UPDATE audit SET %s = substr(%s, 1, length(%s) - 1) WHERE seq = 2", texts[i],
                 texts[i], texts[i]);
        assert_found(STORE_FAULT_ALTERED, damage, repair);
    }
    for (size_t i = 0; i < 4; i++) { /* hashes of two records exchanged */
        snprintf(damage, sizeof damage,
                 "UPDATE audit SET %s = (SELECT hash FROM audit WHERE seq = 1) WHERE seq = 3",
                 hashes[i]);
        char keep[256];
        snprintf(keep, sizeof keep, "CREATE TABLE kept AS SELECT %s AS v FROM audit WHERE seq = 3",
                 hashes[i]);
        snprintf(repair, sizeof repair,
                 "UPDATE audit SET %s = (SELECT v FROM kept) WHERE seq = 3; DROP TABLE kept",
                 hashes[i]);
        assert_int_equal(db_exec(store->db, keep), ERR_OK);
        assert_found(STORE_FAULT_ALTERED, damage, repair);
    }
    assert_int_equal(db_exec(store->db, "CREATE TABLE kept AS SELECT * FROM audit"), ERR_OK);
    assert_found(STORE_FAULT_GAP, "DELETE FROM audit WHERE seq = 2",
                 "INSERT INTO audit SELECT * FROM kept WHERE seq = 2");
    assert_found(STORE_FAULT_CUT_TAIL, "DELETE FROM audit WHERE seq > 5",
                 "INSERT INTO audit SELECT * FROM kept WHERE seq > 5");
    assert_found(STORE_FAULT_NO_RECORD,
                 "INSERT INTO command SELECT id + 1, actor, 'x', role, office, purpose, kind,"
                 " person, payload, recorded, answer FROM command WHERE id = (SELECT max(id) FROM"
                 " command)",
                 "DELETE FROM command WHERE idem_key = 'x'");
    /* the tail cut, and the head with it: only somebody who wrote the head down can tell */
    struct store_audit_finding f;
    assert_int_equal(db_exec(store->db, "DROP TABLE kept"), ERR_OK);
    assert_int_equal(store_audit_verify(store, &world, whole.records, &whole.head, &f), ERR_OK);
    assert_int_equal(f.seq, 0);
    struct hash other = whole.head;
    other.bytes[0] ^= 1;
    assert_int_equal(store_audit_verify(store, &world, whole.records, &other, &f), ERR_OK);
    assert_int_equal(f.seq, whole.records);
    assert_int_equal(f.fault, STORE_FAULT_OTHER_HEAD);
    assert_int_equal(store_audit_verify(store, &world, whole.records + 1, &whole.head, &f), ERR_OK);
    assert_int_equal(f.seq, whole.records + 1);
    assert_int_equal(f.fault, STORE_FAULT_CUT_TAIL);
}

static void check_finds_what_is_of_nobody(void **state)
{
    struct buf b;
    uint32_t count = 0;

    (void)state;
    check_finds_nothing(store);
    assert_int_equal(db_exec(store->db, "INSERT INTO \"reg_education\" (person, fact, recorded,"
                                        " command) VALUES (424242, 1, 1, 1)"),
                     ERR_OK);
    buf_init(&b, 0);
    assert_int_equal(store_check(store, LANG_EN, &b, &count), ERR_OK);
    assert_int_equal(store_check(store, LANG_ZH, &b, &count), ERR_OK);
    assert_non_null(memmem(b.p, b.n, "JS0102 facts in education of nobody", 35));
    assert_non_null(memmem(b.p, b.n, "JS0102 education 中不属于任何人", 38));
    buf_done(&b);
    assert_true(count > 0);
    assert_int_equal(db_exec(store->db, "DELETE FROM \"reg_education\" WHERE person = 424242"),
                     ERR_OK);
    check_finds_nothing(store);
    begin();
    assert_int_equal(store_fact_retract(store, 1, 424242, 1), ERR_OK);
    commit();
    count = 0;
    buf_init(&b, 0);
    assert_int_equal(store_check(store, LANG_EN, &b, &count), ERR_OK);
    buf_done(&b);
    assert_int_equal(count, 1);
    assert_int_equal(db_exec(store->db, "DELETE FROM retraction WHERE person = 424242"), ERR_OK);
    check_finds_nothing(store);
}

static void another_schema_is_refused(void **state)
{
    struct store *s;
    (void)state;
    assert_int_equal(db_exec(store->db, "UPDATE meta SET fingerprint = fingerprint || 'x'"),
                     ERR_OK);
    assert_int_equal(store_open(str_from_c(url), keys, &s), ERR_VERSION);
    struct buf message;
    buf_init(&message, 0);
    assert_int_equal(store_migrate(str_from_c(url), &message), ERR_VERSION);
    buf_done(&message);
    assert_int_equal(
        db_exec(store->db,
                "UPDATE meta SET fingerprint = substr(fingerprint, 1, length(fingerprint) - 1)"),
        ERR_OK);
}

struct rotation {
    struct store *s;
    uint64_t rewritten;
    enum err e;
};

static void *rotate_beside(void *arg)
{
    struct rotation *r = arg;
    r->e = store_rotate(r->s, &r->rewritten);
    return NULL;
}

/* A rotation that begins while a command has written, and not yet committed, waits for it: what
 * the command wrote must not be put back to what was there before. */
static uint64_t rotate_while_written(struct store *with_new_key)
{
    struct rotation r = {.s = with_new_key};
    struct store_object o;
    pthread_t thread;

    assert_int_equal(store_object_by_number(store, &world, STR("claim"), STR("A1"), &o), ERR_OK);
    o.data = STR("{\"secret\":2}");
    begin();
    assert_int_equal(store_object_move(store, &o, STR("note"), o.state, 11, STR("")), ERR_OK);
    assert_int_equal(pthread_create(&thread, NULL, rotate_beside, &r), 0);
    usleep(300000); /* time for it to get as far as it can */
    commit();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(r.e, ERR_OK);
    assert_int_equal(store_object_by_number(with_new_key, &world, STR("claim"), STR("A1"), &o),
                     ERR_OK);
    assert_true(str_eq(o.data, STR("{\"secret\":2}")));
    return r.rewritten;
}

static void rotation_opens_everything_with_the_new_key(void **state)
{
    struct store *s;
    struct store_identity i;
    struct store_object o;
    struct keyring *new_only;
    int64_t *found;
    uint32_t count;
    uint64_t rewritten = 0;

    (void)state;
    assert_int_equal(store_open(str_from_c(url), two_keys, &s), ERR_OK);
    assert_int_equal(store_registers(s, regs, 2), ERR_OK);
    /* before: found by the old key's index */
    assert_int_equal(
        store_person_by_id_number(s, &world, STR("11010519491231002X"), &found, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(rotate_while_written(s) > 10);
    assert_int_equal(store_rotate(s, &rewritten), ERR_OK);
    assert_int_equal(rewritten, 0);
    store_close(s);
    const char *second = (const char *)memchr(key_text.p, '\n', key_text.n) + 1;
    assert_int_equal(keyring_read((struct str){second, key_text.n - (size_t)(second - key_text.p)},
                                  NULL, &new_only),
                     ERR_OK);
    assert_int_equal(store_open(str_from_c(url), new_only, &s), ERR_OK);
    assert_int_equal(
        store_person_by_id_number(s, &world, STR("11010519491231002X"), &found, &count), ERR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(store_person_identity(s, &world, found[0], &i), ERR_OK);
    assert_true(str_eq(i.name, STR("甲")));
    assert_int_equal(store_object_by_number(s, &world, STR("claim"), STR("A1"), &o), ERR_OK);
    assert_int_equal(store_person_identity(store, &world, found[0], &i),
                     ERR_NOT_FOUND); /* old key */
    store_close(s);
    keyring_free(new_only);
    store_close(store); /* what follows uses the new keys */
    assert_int_equal(store_open(str_from_c(url), two_keys, &store), ERR_OK);
    assert_int_equal(store_registers(store, regs, 2), ERR_OK);
    assert_int_equal(verify().seq, 0);
}

static void a_backup_is_the_whole(void **state)
{
    char path[128], target[512];
    struct stat file;
    struct store *s;
    struct buf message, before, after;

    (void)state;
    snprintf(path, sizeof path, "%s/backup", dir);
    buf_init(&message, 0);
    assert_int_equal(store_backup(str_from_c(url), path, &message), ERR_OK);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(store_backup(str_from_c(url), path, &message), ERR_EXISTS);
    if (db_kind_of(store->db) == DB_SQLITE) {
        snprintf(target, sizeof target, "sqlite:%s/restored.db", dir);
    } else {
        assert_int_equal(store_restore(str_from_c(url), path, &message), ERR_EXISTS);
        assert_int_equal(db_exec(store->db, "CREATE DATABASE restored"), ERR_OK);
        snprintf(target, sizeof target, "postgresql://jifen@/restored?%s", strchr(url, '?') + 1);
    }
    assert_int_equal(store_restore(str_from_c(target), path, &message), ERR_OK);
    buf_done(&message);
    assert_int_equal(store_open(str_from_c(target), two_keys, &s), ERR_OK);
    buf_init(&before, 0);
    buf_init(&after, 0);
    assert_int_equal(store_counts(store, &before), ERR_OK);
    assert_int_equal(store_counts(s, &after), ERR_OK);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    check_finds_nothing(s);
    buf_done(&before);
    buf_done(&after);
    store_close(s);
}

/* A program of that name, found before the true one, that writes down what it is called with. */
static void put_before(const char *program)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, program);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f,
            "#!/bin/sh\nd=$(dirname \"$0\")\nprintf '%%s\\n' \"$@\" > \"$d/arguments\"\n"
            "printf '%%s\\n' \"$PGPASSWORD\" > \"$d/password\"\n"
            "PATH=${PATH#*:} exec %s \"$@\"\n",
            program);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* The file in our folder, which it is then gone from. */
static struct str text_of(const char *name)
{
    static char text[4096];
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    const size_t n = fread(text, 1, sizeof text - 1, f);
    assert_int_equal(fclose(f), 0);
    unlink(path);
    text[n] = '\0';
    return (struct str){text, n};
}

static void assert_password_is_hidden(void)
{
    assert_null(strstr(text_of("arguments").p, "geheim"));
    assert_true(str_eq(text_of("password"), STR("geheim'%20\n")));
}

static void no_argument_holds_the_password(void **state)
{
    char with[640], path[128], both[4096];
    const char *before = getenv("PATH");
    struct buf message;

    (void)state;
    if (db_kind_of(store->db) == DB_SQLITE) return; /* copies by itself */
    put_before("pg_dump");
    put_before("pg_restore");
    snprintf(both, sizeof both, "%s:%s", dir, before);
    snprintf(path, sizeof path, "%s/hidden", dir);
    snprintf(with, sizeof with, "postgresql://jifen:geheim'%%2520@/jifen?%s", strchr(url, '?') + 1);
    assert_int_equal(setenv("PATH", both, 1), 0);
    assert_int_equal(setenv("PGPASSWORD", "another", 1), 0);
    buf_init(&message, 0);
    assert_int_equal(store_backup(str_from_c(with), path, &message), ERR_OK);
    assert_password_is_hidden();
    assert_int_equal(db_exec(store->db, "CREATE DATABASE \"it's\""), ERR_OK);
    snprintf(with, sizeof with, "postgresql://jifen:geheim'%%2520@/it's?%s", strchr(url, '?') + 1);
    assert_int_equal(store_restore(str_from_c(with), path, &message), ERR_OK);
    assert_password_is_hidden();
    snprintf(with, sizeof with, "%s&sslpassword=geheim", url);
    unlink(path);
    assert_int_equal(store_backup(str_from_c(with), path, &message), ERR_USAGE);
    buf_done(&message);
    assert_int_equal(setenv("PATH", both + strlen(dir) + 1, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_key_gives_the_same_answer),
        cmocka_unit_test(an_aborted_command_leaves_nothing),
        cmocka_unit_test(time_never_stands_still),
        cmocka_unit_test(several_with_one_number_are_all_found),
        cmocka_unit_test(nothing_personal_is_readable_in_the_database),
        cmocka_unit_test(facts_are_as_known_then),
        cmocka_unit_test(registers_grow_and_keep_their_types),
        cmocka_unit_test(a_large_register_is_read_in_portions),
        cmocka_unit_test(persons_come_in_the_order_of_codes),
        cmocka_unit_test(a_scan_does_not_see_what_it_writes),
        cmocka_unit_test(two_cannot_decide_on_one_version),
        cmocka_unit_test(materials_come_back_whole),
        cmocka_unit_test(receipts_are_chained),
        cmocka_unit_test(sessions_end),
        cmocka_unit_test(who_looked_is_kept),
        cmocka_unit_test(messages_leave_once),
        cmocka_unit_test(accounts_are_kept_and_a_code_works_once),
        cmocka_unit_test(the_chain_is_whole_while_others_write),
        cmocka_unit_test(every_damage_of_the_chain_is_found),
        cmocka_unit_test(check_finds_what_is_of_nobody),
        cmocka_unit_test(another_schema_is_refused),
        cmocka_unit_test(rotation_opens_everything_with_the_new_key),
        cmocka_unit_test(a_backup_is_the_whole),
        cmocka_unit_test(no_argument_holds_the_password),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("store", tests, setup, teardown);
}
