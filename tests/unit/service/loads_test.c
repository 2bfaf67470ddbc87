/* Loads: the same file twice, rows in any order, refused rows, the second person, taking back; and
 * a long random history of loads and reversals against a plain model in memory.
 *
 * loads_test RULE-FILE…   JIFEN_STORE: URL of an empty database to use instead of a SQLite file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/file.h"
#include "service/loads.h"

#define DAY 20513                                        /* 2026-03-01 */
#define NOW (INT64_C(20513) * 86400 * MICROS_PER_SECOND) /* 08:00 of that day in Shanghai */

static char dir[] = "loads_test_XXXXXX";
static struct arena world;
static const struct rules *rules;
static const struct store_register *regs;
static uint32_t reg_count;
static struct keyring *keys;
static struct store *store;
static uint32_t keys_given;

/* --- the world --- */

static void read_rules(char **path, int count)
{
    struct src_file *files = ARENA_ARRAY(&world, struct src_file, (size_t)count);
    struct diag_list diags;

    diag_list_init(&diags, &world);
    for (int i = 0; i < count; i++) {
        struct file_map m;
        INVARIANT(file_map(path[i], &m) == ERR_OK);
        files[i].path = str_from_c(path[i]);
        files[i].text = str_copy(&world, m.bytes);
        file_unmap(&m);
    }
    INVARIANT(rules_compile(&world, files, (size_t)count, &diags, &rules) == ERR_OK);
}

static int setup(void **state)
{
    const char *given = getenv("JIFEN_STORE");
    struct buf text, message;
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "sqlite:%s/jifen.db", dir);
    const struct str url = str_from_c(given ? given : path);
    buf_init(&text, 0);
    buf_init(&message, 0);
    assert_int_equal(keyring_add_key(&text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&text), NULL, &keys), ERR_OK);
    assert_int_equal(store_init(url, &message), ERR_OK);
    buf_done(&text);
    buf_done(&message);
    assert_int_equal(store_open(url, keys, &store), ERR_OK);
    assert_int_equal(facts_registers(&world, rules, &regs, &reg_count), ERR_OK);
    assert_int_equal(store_registers(store, regs, reg_count), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    store = store_close(store);
    keyring_free(keys);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static const struct caller office = {.account = 11,
                                     .role = ROLE_DEPARTMENT,
                                     .division = 330000,
                                     .purpose = {"supply", 6},
                                     .now = NOW,
                                     .today = DAY};

static struct loads work_of(struct arena *a, const struct caller *c)
{
    return (struct loads){.s = store, .a = a, .r = rules, .c = c};
}

static struct str fresh_key(struct arena *a)
{
    char key[40];
    snprintf(key, sizeof key, "loads-test-%u", ++keys_given);
    return str_copy(a, str_from_c(key));
}

static enum err stage(struct arena *a, const struct caller *c, const char *reg, enum load_mode mode,
                      const char *csv, struct load *ret)
{
    struct loads x = work_of(a, c);
    const struct load_ask ask = {.reg = str_from_c(reg),
                                 .mode = mode,
                                 .file_name = STR("test.csv"),
                                 .bytes = str_from_c(csv)};
    struct buf trouble;
    buf_init(&trouble, 0);
    const enum err e = load_stage(&x, fresh_key(a), &ask, ret, &trouble);
    assert_int_equal(e == ERR_INPUT, trouble.n > 0);
    buf_done(&trouble);
    loads_done(&x);
    return e;
}

/* Stage and accept; the load as it is then. */
static struct load bring(const char *reg, enum load_mode mode, const char *csv)
{
    struct arena a;
    struct load l;

    arena_init(&a, 0);
    assert_int_equal(stage(&a, &office, reg, mode, csv, &l), ERR_OK);
    struct loads x = work_of(&a, &office);
    x.share_permille = 1000000;
    assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_true(str_eq(l.object.state, STR("applied")));
    l.object.number = str_copy(&world, l.object.number);
    l.object.state = STR("applied");
    arena_done(&a);
    return l;
}

static uint32_t register_named(const char *name)
{
    for (uint32_t r = 0; r < reg_count; r++)
        if (str_eq(regs[r].name, str_from_c(name))) return r;
    fail_msg("no register %s", name);
    return 0;
}

/* Facts of a register in force, in an order of their own: "person|cells;" each. */
struct listing {
    struct buf lines[4096];
    size_t count;
    const struct store_register *reg;
};

static enum err list_fact(void *ctx, const struct store_fact *f)
{
    struct listing *l = ctx;
    assert_true(l->count < 4096);
    struct buf *b = &l->lines[l->count++];
    buf_init(b, 0);
    buf_printf(b, "%lld", (long long)f->person);
    for (uint32_t i = 0; i < l->reg->column_count; i++) {
        if (!f->cells[i].known)
            buf_add_c(b, "|?");
        else if (l->reg->columns[i].type == STORE_INT)
            buf_printf(b, "|%lld", (long long)f->cells[i].i);
        else
            buf_printf(b, "|%.*s", STR_ARG(f->cells[i].t));
    }
    return ERR_OK;
}

static int line_order(const void *a, const void *b)
{
    const struct buf *x = a, *y = b;
    return str_cmp(buf_str(x), buf_str(y));
}

static struct str in_force(const char *name)
{
    static struct listing l;
    struct buf all;

    l.count = 0;
    l.reg = &regs[register_named(name)];
    assert_int_equal(store_facts_scan(store, register_named(name), STORE_KNOWN_NOW, list_fact, &l),
                     ERR_OK);
    qsort(l.lines, l.count, sizeof *l.lines, line_order);
    buf_init(&all, 0);
    for (size_t i = 0; i < l.count; i++) {
        buf_add(&all, buf_str(&l.lines[i]));
        buf_add_char(&all, ';');
        buf_done(&l.lines[i]);
    }
    const struct str text = str_copy(&world, buf_str(&all));
    buf_done(&all);
    return text;
}

/* --- tests, in this order: the later ones stand on what the earlier ones brought --- */

static void persons_come_first(void **state)
{
    (void)state;
    const struct load l = bring("person", LOAD_FULL,
                                "person_id,birth_date\nA,1990-01-02\nB,1985-05-06\nC,1970-07-08\n");
    assert_int_equal(l.counts.persons_new, 3);
    assert_int_equal(l.counts.added, 3);
    bring("identity", LOAD_ADD,
          "person_id,id_number,name,phone\nA,11010519491231002x,甲,13800000000\n"
          "B,440524188001010014,乙,\n");
    struct arena a;
    int64_t *found;
    uint32_t count;
    arena_init(&a, 0);
    assert_int_equal(
        store_person_by_id_number(store, &a, STR("11010519491231002X"), &found, &count), ERR_OK);
    assert_int_equal(count, 1);
    arena_done(&a);
}

static const char pension[] = "person_id,division,from_month,to_month\n"
                              "A,330381,2020-01,2021-12\nB,330381,2019-05,2019-08\n"
                              "A,330106,2022-01,2022-03\n";

static void the_same_file_twice_changes_nothing(void **state)
{
    (void)state;
    const struct load first = bring("pension", LOAD_FULL, pension);
    assert_int_equal(first.counts.added, 3);
    const struct str before = in_force("pension");
    const struct load again = bring("pension", LOAD_FULL, pension);
    assert_int_equal(again.counts.added, 0);
    assert_int_equal(again.counts.removed, 0);
    assert_int_equal(again.counts.same, 3);
    const struct load mixed =
        bring("pension", LOAD_FULL,
              "to_month,person_id,from_month,division\n2022-03,A,2022-01,330106\n"
              "2019-08,B,2019-05,330381\n2021-12,A,2020-01,330381\n");
    assert_int_equal(mixed.counts.added + mixed.counts.removed, 0);
    assert_true(str_eq(before, in_force("pension")));
}

static void one_changed_person_is_pushed(void **state)
{
    (void)state;
    const struct load l =
        bring("pension", LOAD_CHANGES,
              "person_id,division,from_month,to_month\nB,330381,2019-05,2019-12\n");
    assert_int_equal(l.counts.added, 1);
    assert_int_equal(l.counts.removed, 1);
    assert_int_equal(l.counts.same, 2);
}

static void refused_rows_are_told_and_leave_the_person_alone(void **state)
{
    struct arena a;
    struct load l;
    struct str errors;

    (void)state;
    const struct str before = in_force("pension");
    arena_init(&a, 0);
    assert_int_equal(stage(&a, &office, "pension", LOAD_CHANGES,
                           "person_id,division,from_month,to_month\nA,330381,2020-13,2021-12\n"
                           "Z,330381,2020-01,2021-12\nA,330381,2001-01,2001-02\n",
                           &l),
                     ERR_OK);
    assert_int_equal(l.counts.refused, 2);
    assert_int_equal(l.counts.unknown_persons, 1);
    struct loads x = work_of(&a, &office);
    assert_int_equal(load_errors(&x, l.object.number, &errors), ERR_OK);
    assert_non_null(strstr(errors.p, "pension.csv,2,from_month,JD0107,"));
    assert_non_null(strstr(errors.p, "pension.csv,3,person_id,JD0117,"));
    assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_true(
        str_eq(before, in_force("pension"))); /* A has a refused row: nothing of A changes */
    arena_done(&a);
}

static void a_file_that_cannot_be_used_stores_nothing(void **state)
{
    static const char *const files[] = {
        "", "person_id,division\n", "person_id,division,from_month,to_month,more\n",
        "person_id,division,from_month,to_month\nA,330381,2020-01", "\xff\xfe"};
    struct arena a;
    struct load l;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(stage(&a, &office, "pension", LOAD_FULL, files[i], &l), ERR_INPUT);
    assert_int_equal(stage(&a, &office, "no_such", LOAD_FULL, pension, &l), ERR_NOT_FOUND);
    arena_done(&a);
}

static void large_changes_wait_for_another_person(void **state)
{
    struct caller other = office;
    struct arena a;
    struct load l;

    (void)state;
    other.account = 12;
    const struct str before = in_force("pension");
    arena_init(&a, 0);
    struct loads x = work_of(&a, &office), y = work_of(&a, &other);
    assert_int_equal(stage(&a, &office, "pension", LOAD_FULL,
                           "person_id,division,from_month,to_month\nC,330381,2019-05,2019-12\n",
                           &l),
                     ERR_OK);
    assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_true(str_eq(l.object.state, STR("waiting_second")));
    assert_true(str_eq(before, in_force("pension")));
    assert_int_equal(load_second(&x, fresh_key(&a), l.object.number, &l), ERR_DENIED);
    assert_string_equal(load_why_guard(x.why)->code, "load.other_person");
    assert_int_equal(load_second(&y, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_true(str_eq(l.object.state, STR("applied")));
    assert_false(str_eq(before, in_force("pension")));
    assert_int_equal(load_reverse(&y, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_true(str_eq(before, in_force("pension")));
    assert_int_equal(load_reverse(&y, fresh_key(&a), l.object.number, &l), ERR_CONFLICT);
    arena_done(&a);
}

/* Days later; work as on that day. */
static struct caller office_on(int32_t day, int64_t account)
{
    struct caller c = office;

    c.account = account;
    c.today = day;
    c.now = date_first_instant(day) + 9 * 3600 * MICROS_PER_SECOND;
    return c;
}

static uint64_t due_on(int32_t day)
{
    struct caller clock = office_on(day, 0);
    struct due d = {0};

    clock.role = ROLE_SYSTEM;
    while (!d.is_done)
        assert_int_equal(due_portion(&d, store, rules, &clock, 1), ERR_OK);
    return d.steps;
}

static struct load look(struct arena *a, struct str number)
{
    struct loads x = work_of(a, &office);
    struct load l;

    assert_int_equal(load_get(&x, number, &l), ERR_OK);
    return l;
}

static uint32_t bytes_kept(struct arena *a, const struct load *l)
{
    struct store_material *files;
    uint32_t count;

    assert_int_equal(store_materials(store, a, 0, l->object.id, &files, &count), ERR_OK);
    return count;
}

static const char replacing[] =
    "person_id,division,from_month,to_month\nC,330381,2019-05,2019-12\n";

/* The calendar drops what was staged and not accepted, and what nobody seconded; what was sent is
 * erased, what was counted stays. The last day still counts. */
static void what_nobody_decides_on_is_dropped(void **state)
{
    struct arena a;
    struct load staged, waits;

    (void)state;
    const struct str before = in_force("pension");
    arena_init(&a, 0);
    assert_int_equal(stage(&a, &office, "pension", LOAD_FULL, replacing, &staged), ERR_OK);
    assert_int_equal(staged.object.deadline_day, DAY + 30);
    assert_int_equal(stage(&a, &office, "pension", LOAD_FULL, replacing, &waits), ERR_OK);
    struct loads x = work_of(&a, &office);
    assert_int_equal(load_accept(&x, fresh_key(&a), waits.object.number, &waits), ERR_OK);
    assert_int_equal(waits.object.deadline_day, DAY + 5); /* 2026-03-01 is a Sunday: to Friday */
    assert_int_equal(due_on(DAY + 5), 0);
    assert_int_equal(due_on(DAY + 6), 1);
    assert_int_equal(due_on(DAY + 6), 0);
    waits = look(&a, waits.object.number);
    assert_true(str_eq(waits.object.state, STR("dropped")));
    assert_int_equal(waits.counts.rows, 1);
    assert_int_equal(bytes_kept(&a, &waits), 0);
    staged = look(&a, staged.object.number);
    assert_true(str_eq(staged.object.state, STR("staged")));
    assert_true(bytes_kept(&a, &staged) > 0);
    assert_true(due_on(DAY + 31) >= 1); /* earlier cases left some, too */
    assert_true(str_eq(look(&a, staged.object.number).object.state, STR("dropped")));
    assert_true(str_eq(before, in_force("pension")));
    arena_done(&a);
}

/* Whoever touches one that is overdue finds it dropped, though the calendar was not asked. */
static void an_overdue_load_is_dropped_by_who_touches_it(void **state)
{
    struct arena a;
    struct load l;

    (void)state;
    arena_init(&a, 0);
    const struct caller late = office_on(DAY + 6, 12), in_time = office_on(DAY + 5, 12);
    struct loads x = work_of(&a, &office), y = work_of(&a, &late), z = work_of(&a, &in_time);
    for (int i = 0; i < 2; i++) {
        const struct str before = in_force("pension");
        assert_int_equal(stage(&a, &office, "pension", LOAD_FULL, replacing, &l), ERR_OK);
        assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_OK);
        if (i == 0) {
            const struct str key = fresh_key(&a);
            assert_int_equal(load_second(&y, key, l.object.number, &l), ERR_CONFLICT);
            assert_int_equal(y.why, LOAD_WHY_LAPSED);
            assert_true(str_eq(look(&a, l.object.number).object.state, STR("dropped")));
            assert_int_equal(load_second(&y, key, l.object.number, &l), ERR_CONFLICT);
            assert_int_equal(y.why, LOAD_WHY_STATE);
            assert_true(str_eq(before, in_force("pension")));
        } else {
            assert_int_equal(load_second(&z, fresh_key(&a), l.object.number, &l), ERR_OK);
            assert_int_equal(due_on(DAY + 60), 0);
            assert_int_equal(load_reverse(&z, fresh_key(&a), l.object.number, &l), ERR_OK);
        }
    }
    arena_done(&a);
}

static void a_dropped_load_keeps_no_bytes(void **state)
{
    struct arena a;
    struct load l;
    struct str errors;

    (void)state;
    arena_init(&a, 0);
    struct loads x = work_of(&a, &office);
    assert_int_equal(stage(&a, &office, "pension", LOAD_FULL, pension, &l), ERR_OK);
    assert_int_equal(load_drop(&x, fresh_key(&a), l.object.number, &l), ERR_OK);
    assert_int_equal(bytes_kept(&a, &l), 0);
    assert_int_equal(load_errors(&x, l.object.number, &errors), ERR_OK);
    assert_int_equal(errors.n, 0);
    assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_CONFLICT);
    arena_done(&a);
}

static void the_preview_must_still_be_true(void **state)
{
    struct arena a;
    struct load l;

    (void)state;
    arena_init(&a, 0);
    struct loads x = work_of(&a, &office);
    x.share_permille = 1000000;
    assert_int_equal(stage(&a, &office, "pension", LOAD_CHANGES,
                           "person_id,division,from_month,to_month\nC,330381,2018-05,2018-12\n",
                           &l),
                     ERR_OK);
    bring("pension", LOAD_CHANGES,
          "person_id,division,from_month,to_month\nC,330381,2018-05,2018-12\n");
    const struct str before = in_force("pension"); /* what was written by then is undone */
    assert_int_equal(load_accept(&x, fresh_key(&a), l.object.number, &l), ERR_CONFLICT);
    assert_string_equal(load_why_guard(x.why)->code, "load.same_base");
    assert_true(str_eq(before, in_force("pension")));
    arena_done(&a);
}

static void others_may_not(void **state)
{
    struct caller c = office;
    struct arena a;
    struct load l;

    (void)state;
    arena_init(&a, 0);
    c.division = 330381; /* pension is the province's register */
    assert_int_equal(stage(&a, &c, "pension", LOAD_FULL, pension, &l), ERR_DENIED);
    for (uint32_t r = 0; r < reg_count; r++) { /* its own registers a county may bring */
        const int32_t division = rules->schemes[rules->regs[r].scheme].division;
        const struct str name = str_copy(&a, rules->regs[r].name.ascii);
        const enum err e = stage(&a, &c, name.p, LOAD_FULL, "", &l);
        assert_int_equal(e, division == c.division ? ERR_INPUT : ERR_DENIED);
    }
    c = office;
    c.purpose = STR("");
    assert_int_equal(stage(&a, &c, "pension", LOAD_FULL, pension, &l), ERR_DENIED);
    c = office;
    c.role = ROLE_CLERK;
    assert_int_equal(stage(&a, &c, "pension", LOAD_FULL, pension, &l), ERR_DENIED);
    arena_done(&a);
}

static void numbers_match_persons(void **state)
{
    (void)state;
    const struct load l = bring("residence", LOAD_CHANGES,
                                "id_number,division,from,to\n"
                                "１１０１０５１９４９１２３１００２ｘ,330381,2020-01-01,\n"
                                "110105194912310038,330381,2020-01-01,\n");
    assert_int_equal(l.counts.added, 1);
    assert_int_equal(l.counts.refused, 1);
}

static struct load bring_as(const char *reg, enum load_mode mode, enum csv_encoding encoding,
                            struct str bytes, struct str *ret_errors)
{
    struct load l;
    struct buf trouble;

    buf_init(&trouble, 0);
    struct loads x = work_of(&world, &office);
    x.share_permille = 1000000;
    const struct load_ask ask = {.reg = str_from_c(reg),
                                 .mode = mode,
                                 .encoding = encoding,
                                 .file_name = STR("test.csv"),
                                 .bytes = bytes};
    assert_int_equal(load_stage(&x, fresh_key(&world), &ask, &l, &trouble), ERR_OK);
    assert_int_equal(load_accept(&x, fresh_key(&world), l.object.number, &l), ERR_OK);
    assert_int_equal(load_errors(&x, l.object.number, ret_errors), ERR_OK);
    loads_done(&x);
    buf_done(&trouble);
    return l;
}

/* The bytes between are the file's own: what is refused is refused at its line, as it was sent. */
static void numbers_keep_the_files_lines(void **state)
{
    static const char csv[] = "id_number,division,from,to\r\n\r\n"
                              "\"11010519491231002X\",330381,2021-01-01,\r\n"
                              "11010519491231002X,330381,2022-13-01,\r\n"
                              "110105\"19491231002X,330381,2021-01-01,\n"
                              "\n110105194912310038,330381,2020-01-01,\n";
    struct arena a;
    struct load l;
    struct str errors;

    (void)state;
    l = bring_as("residence", LOAD_CHANGES, CSV_UTF8, str_from_c(csv), &errors);
    assert_int_equal(l.counts.refused, 3);
    assert_non_null(strstr(errors.p, "residence.csv,4,from,JD0106,"));
    assert_non_null(strstr(errors.p, "residence.csv,5,"));
    assert_non_null(strstr(errors.p, ",JD0103,"));
    assert_non_null(strstr(errors.p, "residence.csv,7,id_number,JD0117,"));
    arena_init(&a, 0); /* cut short, or a quote left open: not used at all */
    assert_int_equal(stage(&a, &office, "residence", LOAD_CHANGES,
                           "id_number,division,from,to\n11010519491231002X,330381,20", &l),
                     ERR_INPUT);
    assert_int_equal(stage(&a, &office, "residence", LOAD_CHANGES,
                           "id_number,division,from,to\n11010519491231002X,\"330381,2020-01-01,\n",
                           &l),
                     ERR_INPUT);
    arena_done(&a);
}

static void gb18030_everywhere(void **state)
{
    /* 王, and a number in full-width digits */
    static const char identity[] = "person_id,id_number,name,phone\nC,,\xcd\xf5,\n";
    static const char rows[] = "id_number,division,from,to\n\xa3\xb1\xa3\xb1\xa3\xb0"
                               "10519491231002X,330381,2023-01-01,2023-02-01\n";
    static const char bad[] = "id_number,division,from,to\n\xff\xff,330381,2023-01-01,\n";
    struct store_identity who;
    struct arena a;
    struct str errors;
    struct load l;
    int64_t person;

    (void)state;
    bring_as("identity", LOAD_ADD, CSV_GB18030, str_from_c(identity), &errors);
    arena_init(&a, 0);
    assert_int_equal(store_person_by_code(store, STR("C"), &person), ERR_OK);
    assert_int_equal(store_person_identity(store, &a, person, &who), ERR_OK);
    assert_true(str_eq(who.name, STR("王")));
    l = bring_as("residence", LOAD_ADD, CSV_GB18030, str_from_c(rows), &errors);
    assert_int_equal(l.counts.added, 1);
    struct loads x = work_of(&a, &office);
    const struct load_ask ask = {.reg = STR("residence"),
                                 .encoding = CSV_GB18030,
                                 .file_name = STR("test.csv"),
                                 .bytes = str_from_c(bad)};
    struct buf trouble;
    buf_init(&trouble, 0);
    assert_int_equal(load_stage(&x, fresh_key(&a), &ask, &l, &trouble), ERR_INPUT);
    loads_done(&x);
    buf_done(&trouble);
    arena_done(&a);
}

static void the_quality_of_a_file(void **state)
{
    struct str errors;
    struct buf b;
    struct json j;

    (void)state;
    static const char csv[] = "person_id,division,from_month,to_month\nA,330381,2020-13,2021-12\n"
                              "Z,330381,2020-01,2021-12\nY,330381,2020-01,2021-12\n"
                              "B,330381,2001-01,2001-02\n";
    const struct load first = bring_as("pension", LOAD_ADD, CSV_UTF8, str_from_c(csv), &errors);
    const struct str number = first.object.number;
    assert_int_equal(first.quality.by_msg[DATA_NOT_A_PERSON], 2);
    assert_int_equal(first.quality.by_msg[DATA_BAD_MONTH], 1);
    assert_int_equal(first.quality.rows_good, 1);
    assert_int_equal(first.quality.same_as.n, 0);
    struct load again = bring_as("pension", LOAD_ADD, CSV_UTF8, str_from_c(csv), &errors);
    assert_true(str_eq(again.quality.same_as, number));
    assert_true(str_eq(again.quality.last, number));
    assert_int_equal(again.quality.last_refused, 3);
    assert_int_equal(again.counts.added, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    load_add_json(&again, rules, LANG_EN, &j);
    buf_add_char(&b, '\0');
    assert_non_null(strstr(b.p, "\"code\":\"JD0117\""));
    assert_non_null(strstr(b.p, "\"name\":\"division\""));
    buf_done(&b);
}

/* Columns that changed places, a register under another's name: refused, and nobody loses. */
static void poisoned_files_take_nothing_away(void **state)
{
    static const char *const files[] = {
        "person_id,division,from_month,to_month\nA,2020-01,330381,2021-12\nB,2019-05,330381,2019-"
        "08\n",
        "person_id,division,from_month,to_month\nA,330381,2021-12,2020-01\nB,330381,2019-08,2019-"
        "05\n",
        "person_id,division,from_month,to_month\nA,330381,1890-01,1999-12\nB,330381,1800-05,1999-"
        "08\n",
        "person_id,division,from_month,to_month\nA,999999,2020-01,2021-12\nB,330381,,\n"};
    struct arena a;
    struct load l;

    (void)state;
    const struct str before = in_force("pension");
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        assert_int_equal(stage(&a, &office, "pension", LOAD_CHANGES, files[i], &l), ERR_OK);
        assert_int_equal(l.counts.refused, 2);
        assert_int_equal(l.counts.added + l.counts.removed, 0);
    }
    assert_int_equal(
        stage(&a, &office, "pension", LOAD_CHANGES, "person_id,birth_date\nA,1990-01-02\n", &l),
        ERR_INPUT);
    arena_done(&a);
    assert_true(str_eq(before, in_force("pension")));
}

/* A file too long for the short way says the same: blank lines make it long. */
static void short_and_long_are_the_same(void **state)
{
    static char csv[8192];
    static const char row[] = "B,330381,2011-01,2011-03\nC,330381,2012-01,2012-02\n";
    struct arena a;
    struct load brief, lengthy;

    (void)state;
    arena_init(&a, 0);
    snprintf(csv, sizeof csv, "person_id,division,from_month,to_month\n%s", row);
    assert_int_equal(stage(&a, &office, "pension", LOAD_CHANGES, csv, &brief), ERR_OK);
    const size_t n = strlen(csv);
    memset(csv + n, '\n', 3000);
    csv[n + 3000] = '\0';
    assert_int_equal(stage(&a, &office, "pension", LOAD_CHANGES, csv, &lengthy), ERR_OK);
    assert_memory_equal(&brief.counts, &lengthy.counts, sizeof brief.counts);
    assert_true(brief.counts.added > 0 && brief.counts.same > 0 && brief.counts.before > 0);
    arena_done(&a);
}

/* --- a random history --- */

static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

#define MODEL_ROWS 256
struct model {
    char rows[MODEL_ROWS][48]; /* sorted lines of the file, without repeats within a person */
    size_t count;
};

static int model_order(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void model_add(struct model *m, const char *row)
{
    assert_true(m->count < MODEL_ROWS);
    snprintf(m->rows[m->count++], sizeof m->rows[0], "%s", row);
    qsort(m->rows, m->count, sizeof m->rows[0], model_order);
}

static void model_drop_person(struct model *m, char who)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->rows[i][0] != who) memmove(m->rows[kept++], m->rows[i], sizeof m->rows[0]);
    m->count = kept;
}

static void model_file(const struct model *m, uint64_t *seed, char *csv, size_t room)
{
    size_t order[MODEL_ROWS], n = 0;
    for (size_t i = 0; i < m->count; i++) {
        const size_t at = draw(seed) % (i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    n += (size_t)snprintf(csv, room, "person_id,division,from,to\n");
    for (size_t i = 0; i < m->count; i++)
        n += (size_t)snprintf(csv + n, room - n, "%s\n", m->rows[order[i]]);
    assert_true(n < room);
}

static void draw_rows(uint64_t *seed, struct model *m, char who)
{
    for (uint64_t k = draw(seed) % 4; k > 0; k--) {
        char row[48];
        snprintf(row, sizeof row, "%c,330381,20%02d-0%d-01,", who, (int)(10 + draw(seed) % 12),
                 (int)(1 + draw(seed) % 9));
        model_add(m, row);
    }
}

static void a_history_of_loads_is_the_model(void **state)
{
    static struct model now, before, file;
    static char csv[16384];
    uint64_t seed = 20261128;
    struct load last = {0};
    bool can_reverse = false;

    (void)state;
    bring("residence", LOAD_FULL, "person_id,division,from,to\n");
    for (int step = 0; step < 60; step++) {
        struct arena a;
        const uint64_t kind = draw(&seed) % 4;
        arena_init(&a, 0);
        if (kind == 3 && can_reverse) {
            struct loads x = work_of(&a, &office);
            assert_int_equal(load_reverse(&x, fresh_key(&a), last.object.number, &last), ERR_OK);
            now = before;
            can_reverse = false;
        } else {
            before = now;
            file.count = 0;
            for (char who = 'A'; who <= 'C'; who++)
                if (kind == 0 || draw(&seed) % 2) draw_rows(&seed, &file, who);
            if (kind == 0) {
                now = file;
            } else {
                for (char who = 'A'; who <= 'C'; who++)
                    for (size_t i = 0; i < file.count; i++)
                        if (file.rows[i][0] == who) {
                            model_drop_person(&now, who);
                            break;
                        }
                for (size_t i = 0; i < file.count; i++)
                    model_add(&now, file.rows[i]);
            }
            model_file(&file, &seed, csv, sizeof csv);
            last = bring("residence", kind == 0 ? LOAD_FULL : LOAD_CHANGES, csv);
            can_reverse = true;
        }
        /* the model as a full load changes nothing: both say the same */
        struct load check;
        model_file(&now, &seed, csv, sizeof csv);
        assert_int_equal(stage(&a, &office, "residence", LOAD_FULL, csv, &check), ERR_OK);
        assert_int_equal(check.counts.added, 0);
        assert_int_equal(check.counts.removed, 0);
        assert_int_equal(check.counts.same, now.count);
        arena_done(&a);
    }
}

static void the_chain_is_whole(void **state)
{
    struct store_audit_finding f;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(store_audit_verify(store, &a, 0, NULL, &f), ERR_OK);
    assert_int_equal(f.seq, 0);
    assert_true(f.records > 60);
    arena_done(&a);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(persons_come_first),
        cmocka_unit_test(the_same_file_twice_changes_nothing),
        cmocka_unit_test(one_changed_person_is_pushed),
        cmocka_unit_test(refused_rows_are_told_and_leave_the_person_alone),
        cmocka_unit_test(a_file_that_cannot_be_used_stores_nothing),
        cmocka_unit_test(large_changes_wait_for_another_person),
        cmocka_unit_test(what_nobody_decides_on_is_dropped),
        cmocka_unit_test(an_overdue_load_is_dropped_by_who_touches_it),
        cmocka_unit_test(a_dropped_load_keeps_no_bytes),
        cmocka_unit_test(the_preview_must_still_be_true),
        cmocka_unit_test(others_may_not),
        cmocka_unit_test(numbers_match_persons),
        cmocka_unit_test(numbers_keep_the_files_lines),
        cmocka_unit_test(gb18030_everywhere),
        cmocka_unit_test(the_quality_of_a_file),
        cmocka_unit_test(poisoned_files_take_nothing_away),
        cmocka_unit_test(short_and_long_are_the_same),
        cmocka_unit_test(a_history_of_loads_is_the_model),
        cmocka_unit_test(the_chain_is_whole),
    };

    arena_init(&world, 0);
    read_rules(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("loads", tests, setup, teardown);
    arena_done(&world);
    return failed;
}
