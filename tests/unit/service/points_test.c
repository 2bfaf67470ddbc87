/* Points out of a store: the same as out of files, as known then and now; changes whose causes sum
 * up; receipts that replay; estimates equal to scores; nobody sees what he may not.
 *
 * points_test RULE-FILE…   Residents are drawn at random from the rule files themselves.
 * JIFEN_STORE: URL of an empty database to use instead of a SQLite file. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/date.h"
#include "base/file.h"
#include "engine/check.h"
#include "engine/explain.h"
#include "service/cells.h"
#include "service/points.h"
#include "service/receipts.h"

#define PERSONS 240
#define ALIKE 60  /* whose imagined facts look ahead */
#define DAY 20513 /* 2026-03-01 */
#define NOW(day) (date_first_instant(day) + 9 * 3600 * MICROS_PER_SECOND)

static char dir[] = "points_test_XXXXXX";
static char url[512];
static struct arena world; /* rules, registers, population */
static const struct rules *rules;
static const struct store_register *regs;
static uint32_t reg_count;
static struct population people;
static struct keyring *keys;
static struct store *store;
static struct points *points;
static int64_t persons[PERSONS];
static int64_t loaded; /* recorded time of the first load */
static uint32_t commands;

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

/* Begin a command of the system on a day. */
static int64_t begin(const char *kind, int32_t day)
{
    char key[32];
    struct store_command c = {.role = STR("system"),
                              .office = STR("test"),
                              .purpose = STR("test"),
                              .kind = str_from_c(kind),
                              .at = NOW(day)};
    struct store_began began;

    snprintf(key, sizeof key, "test-command-%u", ++commands);
    c.key = str_from_c(key);
    assert_int_equal(store_command_begin(store, &world, &c, &began), ERR_OK);
    assert_false(began.repeated);
    return began.recorded;
}

static void commit(void)
{
    assert_int_equal(store_command_commit(store, STR("{}")), ERR_OK);
}

static void add_fact(int64_t person, const struct resident *x, const struct resident_fact *f)
{
    const struct rule_register *reg = &rules->regs[f->reg];
    struct store_cell cells[64];
    int64_t fact;

    for (uint32_t k = 0; k < reg->field_count; k++) {
        const bool is_key = reg->fields[k].type.vt == VT_KEY;
        const struct str key = is_key && f->known[k] ? x->keys[f->values[k]] : STR("");
        cells[k] = fact_cell(rules, &reg->fields[k], f->known[k], f->values[k], key);
    }
    assert_int_equal(store_fact_add(store, (uint32_t)f->reg, person, cells, &fact), ERR_OK);
}

static void load(int32_t day)
{
    loaded = begin("load.apply", day);
    for (uint32_t r = 0; r < reg_count; r++)
        if (people.regs[r].answered) assert_int_equal(store_register_answer(store, r), ERR_OK);
    for (uint32_t i = 0; i < PERSONS; i++) {
        char code[16];
        struct arena a;
        struct resident x;
        arena_init(&a, 0);
        snprintf(code, sizeof code, "P%05u", i);
        const struct store_identity identity = {.code = str_from_c(code)};
        assert_int_equal(store_person_add(store, &identity, &persons[i]), ERR_OK);
        assert_int_equal(resident_of(&a, &people, i, &x), ERR_OK);
        for (uint32_t k = 0; k < x.fact_count; k++)
            add_fact(persons[i], &x, &x.facts[k]);
        arena_done(&a);
    }
    commit();
}

static int setup(void **state)
{
    const struct random_options o = {.seed = 20261128,
                                     .persons = PERSONS,
                                     .day = DAY,
                                     .unknown_per_1000 = 20,
                                     .plausible = true};
    struct buf text, message;

    (void)state;
    assert_non_null(mkdtemp(dir));
    const char *given = getenv("JIFEN_STORE");
    if (given)
        snprintf(url, sizeof url, "%s", given);
    else
        snprintf(url, sizeof url, "sqlite:%s/jifen.db", dir);
    assert_int_equal(facts_registers(&world, rules, &regs, &reg_count), ERR_OK);
    assert_int_equal(random_population(&world, rules, &o, &people), ERR_OK);
    buf_init(&text, 0);
    buf_init(&message, 0);
    assert_int_equal(keyring_add_key(&text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&text), NULL, &keys), ERR_OK);
    assert_int_equal(store_init(str_from_c(url), &message), ERR_OK);
    buf_done(&text);
    buf_done(&message);
    assert_int_equal(store_open(str_from_c(url), keys, &store), ERR_OK);
    assert_int_equal(store_registers(store, regs, reg_count), ERR_OK);
    assert_int_equal(points_new(rules, &points), ERR_OK);
    load(DAY - 400);
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    points_free(points);
    store = store_close(store);
    keyring_free(keys);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct caller resident(uint32_t i, int32_t day)
{
    return (struct caller){.account = 1000 + i,
                           .person = persons[i],
                           .role = ROLE_RESIDENT,
                           .now = NOW(day),
                           .today = day};
}

/* --- as out of files --- */

/* A register of a store has answered for everybody or for nobody. */
static bool can_be_stored(uint32_t i)
{
    for (uint32_t r = 0; r < reg_count; r++)
        if (population_answered(&people, (int32_t)r, i) != people.regs[r].answered) return false;
    return true;
}

static void assert_same_score(uint32_t i, int64_t known_at)
{
    struct arena a;
    struct fact_person p;
    const struct explanation *x, *y;

    arena_init(&a, 0);
    assert_int_equal(fact_person_read(&a, store, rules, persons[i], known_at, STR(""), &p), ERR_OK);
    assert_int_equal(explain_person(&a, &p.people, 0, DAY, DAY, &x), ERR_OK);
    assert_int_equal(explain_person(&a, &people, i, DAY, DAY, &y), ERR_OK);
    const struct score *sx = explain_score_of(x), *sy = explain_score_of(y);
    const struct plan *px = explain_plan(x), *py = explain_plan(y);
    assert_int_equal(sx->status, sy->status);
    assert_int_equal(sx->error, sy->error);
    assert_int_equal(px->scheme, py->scheme);
    assert_int_equal(px->indicator_count, py->indicator_count);
    assert_memory_equal(&sx->total, &sy->total, sizeof sx->total);
    assert_memory_equal(sx->indicators, sy->indicators,
                        px->indicator_count * sizeof *sx->indicators);
    assert_memory_equal(sx->groups, sy->groups, px->group_count * sizeof *sx->groups);
    assert_memory_equal(sx->gates, sy->gates, px->gate_count * sizeof *sx->gates);
    arena_done(&a);
}

static void stored_facts_score_as_the_files_did(void **state)
{
    uint32_t tried = 0;

    (void)state;
    for (uint32_t i = 0; i < PERSONS; i++) {
        if (!can_be_stored(i)) continue;
        assert_same_score(i, STORE_KNOWN_NOW);
        tried++;
    }
    assert_true(tried > PERSONS / 8);
}

static void before_the_load_nothing_was_known(void **state)
{
    struct arena a;
    struct fact_person p;

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(fact_person_read(&a, store, rules, persons[0], loaded - 1, STR(""), &p),
                     ERR_OK);
    assert_int_equal(p.origin_count, 0);
    for (uint32_t r = 0; r < reg_count; r++)
        assert_false(population_answered(&p.people, (int32_t)r, 0));
    arena_done(&a);
}

/* --- pages --- */

static char *score_json(const struct caller *c, const struct points_query *q, enum err expected)
{
    struct arena a;
    struct buf b;
    struct json j;

    arena_init(&a, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(points_score(points, store, &a, c, q, &j), expected);
    arena_done(&a);
    buf_add_char(&b, '\0');
    return b.p; /* the caller's to free */
}

/* The text value of a member; into `out`. */
static const char *member(const char *json, const char *key, char out[64])
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\":\"", key);
    const char *at = strstr(json, wanted);
    assert_non_null(at);
    at += strlen(wanted);
    snprintf(out, 64, "%.*s", (int)strcspn(at, "\""), at);
    return out;
}

static void nobody_sees_another(void **state)
{
    struct caller c = resident(3, DAY);
    struct points_query q = points_query_own(&c);

    (void)state;
    free(score_json(&c, &q, ERR_OK));
    q.person = persons[4];
    free(score_json(&c, &q, ERR_DENIED));
    c.role = ROLE_CLERK; /* without a purpose, a place */
    free(score_json(&c, &q, ERR_DENIED));
    c.purpose = STR("window");
    c.division = 330381;
    q.division = 330106;
    free(score_json(&c, &q, ERR_DENIED));
    q.division = 330381;
    free(score_json(&c, &q, ERR_OK));
    c.purpose = STR("curiosity");
    free(score_json(&c, &q, ERR_DENIED));
    c.role = ROLE_NOBODY;
    free(score_json(&c, &q, ERR_DENIED));
}

/* --- permits --- */

static uint32_t register_named(const char *name)
{
    for (uint32_t r = 0; r < reg_count; r++)
        if (str_eq(regs[r].name, str_from_c(name))) return r;
    fail_msg("no register %s", name);
    return 0;
}

static struct store_cell number(int64_t v)
{
    return (struct store_cell){.known = true, .i = v};
}

static struct store_cell word(const char *t)
{
    return (struct store_cell){.known = true, .t = str_from_c(t)};
}

/* A person with nothing but a birth date and a permit since 2020. */
static int64_t plain_person(const char *code, int32_t birth, int32_t division, int64_t *ret_permit)
{
    const struct store_identity identity = {.code = str_from_c(code)};
    const struct store_cell born[] = {number(birth)};
    const struct store_cell permit[] = {number(division), word("valid"),
                                        number(date_from_civil(2020, 1, 1)), number(DATE_OPEN_END)};
    int64_t person, fact;

    begin("person.add", DAY - 100);
    assert_int_equal(store_person_add(store, &identity, &person), ERR_OK);
    assert_int_equal(store_fact_add(store, register_named("person"), person, born, &fact), ERR_OK);
    assert_int_equal(store_fact_add(store, register_named("permit"), person, permit, ret_permit),
                     ERR_OK);
    commit();
    return person;
}

/* Cut the running permit on `day` and go on as `status` in `division`. */
static void permit_becomes(int64_t person, int64_t *permit, int32_t from, int32_t day,
                           const char *before, int32_t division, const char *status,
                           int32_t new_division)
{
    const uint32_t reg = register_named("permit");
    const struct store_cell cut[] = {number(division), word(before), number(from), number(day)};
    const struct store_cell then[] = {number(new_division), word(status), number(day),
                                      number(DATE_OPEN_END)};
    int64_t fact;

    begin("permit.change", day);
    assert_int_equal(store_fact_retract(store, reg, person, *permit), ERR_OK);
    assert_int_equal(store_fact_add(store, reg, person, cut, &fact), ERR_OK);
    assert_int_equal(store_fact_add(store, reg, person, then, permit), ERR_OK);
    commit();
}

static void assert_total(int64_t person, int32_t day, int64_t known_at, const char *total,
                         const char *code)
{
    struct caller c = {.account = 1, .person = person, .role = ROLE_RESIDENT, .today = day};
    struct points_query q = points_query_own(&c);
    char text[64];

    q.known_at = known_at;
    char *json = score_json(&c, &q, ERR_OK);
    assert_string_equal(member(json, "total", text), total);
    assert_string_equal(member(json, "code", text), code);
    free(json);
}

static void a_suspended_permit_is_void_at_once_and_comes_back(void **state)
{
    const int32_t since = date_from_civil(2020, 1, 1);
    int64_t permit;
    /* 40 on 2026-03-01: 20 points of age; 19 from the birthday on */
    const int64_t person = plain_person("Q1", date_from_civil(1985, 3, 2), 330109, &permit);

    (void)state;
    const int64_t known = begin("nothing", DAY - 60);
    commit();
    permit_becomes(person, &permit, since, DAY, "valid", 330109, "suspended", 330109);
    permit_becomes(person, &permit, DAY, DAY + 10, "suspended", 330109, "valid", 330109);
    char text[64];
    struct caller c = {.account = 1, .person = person, .role = ROLE_RESIDENT, .today = DAY};
    const struct points_query q = points_query_own(&c);
    char *json = score_json(&c, &q, ERR_OK);
    assert_string_equal(member(json, "total", text), "0.00");
    assert_string_equal(member(json, "code", text), "void_suspended");
    free(json);
    assert_total(person, DAY + 9, STORE_KNOWN_NOW, "0.00", "void_suspended");
    /* as known before the suspension nothing was void */
    c.today = DAY + 9;
    struct points_query then = points_query_own(&c);
    then.known_at = known;
    json = score_json(&c, &then, ERR_OK);
    assert_string_equal(member(json, "code", text), "in_force");
    free(json);
    json = score_json(&c,
                      &(struct points_query){.person = person,
                                             .day = DAY + 10,
                                             .rule_day = DAY + 10,
                                             .known_at = STORE_KNOWN_NOW,
                                             .since = DATE_OPEN_START},
                      ERR_OK);
    assert_string_equal(member(json, "code", text), "in_force");
    assert_null(strstr(json, "\"if_in_force\":{"));
    free(json);
}

/* --- changes --- */

static int64_t hundredths(const char *text)
{
    const bool minus = *text == '-';
    int64_t v = 0;

    for (; *text && *text != '"'; text++)
        if (*text >= '0' && *text <= '9') v = 10 * v + (*text - '0');
    return minus ? -v : v;
}

/* Every "delta" of the causes, summed; the first is the whole. */
static void assert_causes_sum(const char *json)
{
    const char *at = strstr(json, "\"delta\":\"");
    int64_t whole, sum = 0;

    assert_non_null(at);
    whole = hundredths(at + 9);
    while ((at = strstr(at + 9, "\"delta\":\"")) != NULL)
        sum += hundredths(at + 9);
    assert_int_equal(sum, whole);
}

static void causes_sum_to_the_difference(void **state)
{
    uint32_t differing = 0;

    (void)state;
    for (uint32_t i = 0; i < PERSONS; i++) {
        struct caller c = resident(i, DAY + (int32_t)(i * 37 % 800));
        struct points_query q = points_query_own(&c);
        struct arena a;
        struct buf b;
        struct json j;
        q.since = DAY - 390 + (int32_t)(i * 11 % 300);
        arena_init(&a, 0);
        buf_init(&b, 0);
        json_init(&j, &b, false);
        assert_int_equal(points_changes(points, store, &a, &c, &q, &j), ERR_OK);
        buf_add_char(&b, '\0');
        assert_causes_sum(b.p);
        differing += strstr(b.p, "\"cause\":") != NULL;
        buf_done(&b);
        arena_done(&a);
    }
    assert_true(differing > PERSONS / 4); /* else nothing was tried */
}

/* What an indicator had on a day, as known at its end, in hundredths, signed as the changes are. */
static int64_t changed_between(const struct caller *c, int32_t since, const char *indicator)
{
    struct points_query q = points_query_own(c);
    json_t *o = NULL;
    struct arena a;
    struct json j;
    struct buf b;
    int64_t sum = 0;
    size_t i;
    json_t *cause;

    q.since = since;
    arena_init(&a, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(points_changes(points, store, &a, c, &q, &j), ERR_OK);
    assert_non_null(o = json_loadb(b.p, b.n, 0, NULL));
    json_array_foreach(json_object_get(o, "causes"), i, cause)
    {
        const char *name = json_string_value(json_object_get(cause, "indicator"));
        if (name && strcmp(name, indicator) == 0)
            sum += hundredths(json_string_value(json_object_get(cause, "delta")));
    }
    json_decref(o);
    buf_done(&b);
    arena_done(&a);
    return sum;
}

/* Each day's causes sum to its change, days lie in order, and all of them together are what changed
 * in the 24 months. */
static uint32_t check_history(const json_t *o, const struct caller *c, const char *indicator)
{
    const json_t *changes = json_object_get(o, "changes");
    char before[16] = "9999-12-31";
    int32_t first;
    int64_t all = 0;
    size_t i, k;
    json_t *x, *cause;

    json_array_foreach(changes, i, x)
    {
        const char *on = json_string_value(json_object_get(x, "on"));
        const int64_t delta = hundredths(json_string_value(json_object_get(x, "delta")));
        int64_t sum = 0;
        assert_true(strcmp(on, before) < 0 && delta != 0);
        snprintf(before, sizeof before, "%s", on);
        json_array_foreach(json_object_get(x, "causes"), k, cause) sum +=
            hundredths(json_string_value(json_object_get(cause, "delta")));
        assert_int_equal(sum, delta);
        assert_int_equal(hundredths(json_string_value(json_object_get(x, "to"))) -
                             hundredths(json_string_value(json_object_get(x, "from"))),
                         delta);
        all += delta;
    }
    const char *from = json_string_value(json_object_get(o, "from"));
    assert_int_equal(date_parse(str_from_c(from), &first), ERR_OK);
    assert_int_equal(all, changed_between(c, first, indicator));
    return (uint32_t)json_array_size(changes);
}

static void an_indicator_has_a_history(void **state)
{
    uint32_t days = 0;

    (void)state;
    for (uint32_t n = 0; n < 4 * rules->indicator_count; n++) {
        const uint32_t i = n / 4;
        char name[64];
        struct caller c = resident(n * 7 % PERSONS, DAY + (int32_t)(n * 37 % 800));
        const struct points_query q = points_query_own(&c);
        struct arena a;
        struct json j;
        struct buf b;
        snprintf(name, sizeof name, "%.*s", STR_ARG(rules->indicators[i].name.ascii));
        arena_init(&a, 0);
        buf_init(&b, 0);
        json_init(&j, &b, false);
        assert_int_equal(points_history(points, store, &a, &c, &q, str_from_c(name), &j), ERR_OK);
        json_t *o = json_loadb(b.p, b.n, 0, NULL);
        assert_non_null(o);
        days += check_history(o, &c, name);
        assert_int_equal(points_history(points, store, &a, &c, &q, STR("no_such"), &j),
                         ERR_NOT_FOUND);
        json_decref(o);
        buf_done(&b);
        arena_done(&a);
    }
    if (days < 20) fail_msg("%u days", days); /* else little was tried */
}

/* --- receipts --- */

static void a_receipt_replays_after_later_corrections(void **state)
{
    int64_t permit;
    const int64_t person = plain_person("Q2", date_from_civil(1990, 5, 1), 330109, &permit);
    struct caller c = {
        .account = 77, .person = person, .role = ROLE_RESIDENT, .now = NOW(DAY), .today = DAY};
    struct caller auditor = {.account = 9,
                             .role = ROLE_AUDITOR,
                             .division = 330000,
                             .purpose = STR("audit"),
                             .now = NOW(DAY),
                             .today = DAY};
    struct receipt_replay x;
    struct str answer, again;
    struct arena a;
    char number_text[64];

    (void)state;
    arena_init(&a, 0);
    assert_int_equal(receipt_make(points, store, &a, &c, STR("receipt-key-1"), DAY, &answer),
                     ERR_OK);
    assert_int_equal(receipt_make(points, store, &a, &c, STR("receipt-key-1"), DAY, &again),
                     ERR_OK);
    assert_true(str_eq(answer, again));
    assert_int_equal(receipt_make(points, store, &a, &c, STR("receipt-key-1"), DAY + 1, &again),
                     ERR_CONFLICT);
    member(answer.p, "number", number_text);
    /* corrected later, back to before the receipt's day */
    permit_becomes(person, &permit, date_from_civil(2020, 1, 1), DAY - 5, "valid", 330109,
                   "suspended", 330109);
    assert_int_equal(receipt_replay(points, store, &a, &auditor, str_from_c(number_text), &x),
                     ERR_OK);
    assert_true(x.same && x.same_rules);
    /* others */
    struct buf b;
    struct json j;
    struct caller other = resident(1, DAY);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(receipt_show(store, &a, &other, str_from_c(number_text), &j), ERR_NOT_FOUND);
    assert_int_equal(receipt_show(store, &a, &c, str_from_c(number_text), &j), ERR_OK);
    buf_done(&b);
    arena_done(&a);
}

/* --- estimates --- */

static enum err estimate(const char *facts, int32_t division, char **ret_json, char field[64])
{
    const struct caller nobody = {.role = ROLE_NOBODY, .today = DAY};
    struct str where = STR("");
    struct arena a;
    struct buf b;
    struct json j;

    arena_init(&a, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    const struct points_imagined x = {division, DAY, str_from_c(facts)};
    const enum err e = points_estimate(points, &a, &nobody, &x, &j, &where);
    snprintf(field, 64, "%.*s", STR_ARG(where));
    buf_add_char(&b, '\0');
    *ret_json = b.p;
    arena_done(&a);
    return e;
}

/* TEST-OF: registers §5: resident A, whose figures are settled. */
static void an_estimate_gives_the_settled_figures(void **state)
{
    static const char facts[] =
        "{\"person\":[{\"birth_date\":\"1991-03-01\"}],"
        "\"education\":[{\"level\":\"college\",\"awarded_on\":\"2012-06-30\"}],"
        "\"skill\":[{\"certificate\":\"skill_3\",\"awarded_on\":\"2018-01-01\"}],"
        "\"pension\":[{\"division\":\"330106\",\"from_month\":\"2022-01\",\"to_month\":\"2025-11\"}"
        "],"
        "\"residence\":[{\"division\":\"330110\",\"from\":\"2020-03-15\",\"to\":\"\"}]}";
    char text[64], *json;

    (void)state;
    assert_int_equal(estimate(facts, 330400, &json, text), ERR_OK);
    assert_string_equal(member(json, "total", text), "77.25");
    assert_string_equal(member(json, "code", text), "in_force");
    free(json);
}

static void an_estimate_names_what_it_cannot_read(void **state)
{
    static const struct {
        const char *facts, *field;
        enum err e;
    } rows[] = {
        {"[]", "facts", ERR_SYNTAX},
        {"{", "facts", ERR_SYNTAX},
        {"{\"person\":[],\"person\":[]}", "facts", ERR_SYNTAX},
        {"{\"nobody\":[]}", "nobody", ERR_NOT_FOUND},
        {"{\"person\":{}}", "person", ERR_SYNTAX},
        {"{\"person\":[{\"birth_date\":\"1991-02-30\"}]}", "person.birth_date", ERR_RANGE},
        {"{\"person\":[{\"birth_date\":19910201}]}", "person.birth_date", ERR_SYNTAX},
        {"{\"person\":[{\"birth_date\":\"1991-02-01\",\"x\":\"y\"}]}", "person.x", ERR_NOT_FOUND},
        {"{\"person\":[{\"birth_date\":\"1991-02-01\"},{\"birth_date\":\"1991-02-01\"}]}", "person",
         ERR_ROWS},
        {"{\"residence\":[{\"division\":\"330381\",\"from\":\"2025-02-01\",\"to\":\"2025-01-01\"}]"
         "}",
         "residence.to", ERR_RANGE},
        {"{\"education\":[{\"level\":\"wizard\"}]}", "education.level", ERR_RANGE},
    };
    char field[64], *json;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(estimate(rows[i].facts, 330109, &json, field), rows[i].e);
        assert_string_equal(field, rows[i].field);
        free(json);
    }
}

/* A resident's facts as somebody would type them into the form; NULL where that cannot be done: a
 * register that has not answered, an unknown without a cell that says so, no permit. */
static json_t *typed_facts(uint32_t i)
{
    json_t *all = json_object();
    struct resident x;
    struct arena a;
    bool can = can_be_stored(i), has_permit = false;

    arena_init(&a, 0);
    assert_int_equal(resident_of(&a, &people, i, &x), ERR_OK);
    for (uint32_t r = 0; r < reg_count; r++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", STR_ARG(rules->regs[r].name.ascii));
        json_object_set_new(all, name, json_array());
        can = can && !x.silent[r];
    }
    for (uint32_t k = 0; k < x.fact_count && can; k++) {
        const struct rule_register *reg = &rules->regs[x.facts[k].reg];
        json_t *row = json_object();
        char name[64];
        for (uint32_t f = 0; f < reg->field_count; f++) {
            struct buf b;
            buf_init(&b, 0);
            if (!x.facts[k].known[f])
                can = can && reg->fields[f].empty == EMPTY_UNKNOWN;
            else if (reg->fields[f].type.vt == VT_KEY)
                buf_add(&b, x.keys[x.facts[k].values[f]]);
            else
                cell_add_text(&b, rules, &reg->fields[f], x.facts[k].values[f]);
            snprintf(name, sizeof name, "%.*s", STR_ARG(reg->fields[f].name.ascii));
            json_object_set_new(row, name, json_stringn(b.n ? b.p : "", b.n));
            buf_done(&b);
        }
        snprintf(name, sizeof name, "%.*s", STR_ARG(reg->name.ascii));
        json_array_append_new(json_object_get(all, name), row);
        has_permit = has_permit || x.facts[k].reg == rules->force.reg;
    }
    arena_done(&a);
    if (can && has_permit) return all;
    json_decref(all);
    return NULL;
}

/* The three answers of a person, with the call that gives them. */
struct both {
    struct caller c;
    struct points_query q;
    struct points_imagined x;
    struct arena a;
    uint32_t answers; /* that were no errors */
};

static json_t *answer_of(struct both *t, enum err e, struct buf *b)
{
    t->answers += e == ERR_OK;
    json_t *o = e == ERR_OK ? json_loadb(b->p, b->n, 0, NULL) : json_integer((json_int_t)e);

    assert_non_null(o);
    b->n = 0;
    return o;
}

/* Equal but for who it is; gives both back. */
static void assert_same_answer(json_t *stored, json_t *imagined)
{
    if (json_is_object(stored)) json_object_del(stored, "person");
    if (json_is_object(imagined)) json_object_del(imagined, "person");
    if (!json_equal(stored, imagined))
        fail_msg("stored %s\nimagined %s", json_dumps(stored, 0), json_dumps(imagined, 0));
    json_decref(stored);
    json_decref(imagined);
}

static void assert_same_forecast(struct both *t, const struct points_period *h)
{
    struct str field;
    struct buf b;
    enum err e;

    buf_init(&b, 0);
    e = points_forecast(points, store, &t->a, &t->c, &t->q, h, &b, &field);
    json_t *stored = answer_of(t, e, &b);
    e = points_estimate_forecast(points, &t->a, &t->c, &t->x, h, &b, &field);
    assert_same_answer(stored, answer_of(t, e, &b));
    buf_done(&b);
}

static void assert_same_advice(struct both *t, const int64_t *line)
{
    struct str field;
    struct json j;
    struct buf b;
    enum err e;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    e = points_advice(points, store, &t->a, &t->c, &t->q, line, &j);
    json_t *stored = answer_of(t, e, &b);
    json_init(&j, &b, false);
    e = points_estimate_advice(points, &t->a, &t->c, &t->x, line, &j, &field);
    assert_same_answer(stored, answer_of(t, e, &b));
    buf_done(&b);
}

/* What is imagined has the forecast and the advice of the same facts out of the store. */
static void imagined_facts_look_ahead_as_stored_ones_do(void **state)
{
    const struct points_period periods[] = {
        {.years = 5, .rule_day = DATE_OPEN_START},
        {.years = 25, .rule_day = DAY, .assume = STR("pension,residence")},
        {.years = 3, .rule_day = DATE_OPEN_START, .assume = STR("residence")},
    };
    const int64_t line = 110 * points_scale(points);
    uint32_t forecasts = 0, advices = 0, answers = 0;

    (void)state;
    for (uint32_t i = 0; i < PERSONS && forecasts < ALIKE; i++) {
        json_t *facts = typed_facts(i);
        struct both t = {.c = resident(i, DAY)};
        if (!facts) continue;
        arena_init(&t.a, 0);
        char *text = json_dumps(facts, 0);
        t.q = points_query_own(&t.c);
        t.x = (struct points_imagined){330381, DAY, str_from_c(text)};
        t.c.lang = i % 2 ? LANG_EN : LANG_ZH;
        assert_same_forecast(&t, &periods[i % 3]);
        if (++forecasts % 4 == 0) assert_same_advice(&t, ++advices % 2 ? &line : NULL);
        answers += t.answers;
        arena_done(&t.a);
        free(text);
        json_decref(facts);
    }
    if (forecasts < 20 || answers < forecasts) /* two for each, but for those in error */
        fail_msg("%u, %u answers", forecasts, answers);
    print_message("%u forecasts, %u advices, %u answers\n", forecasts, advices, answers);
}

/* The permit that is assumed is one of the division that begins that day. */
static void an_assumed_permit_looks_ahead_too(void **state)
{
    const struct store_identity identity = {.code = STR("Q7")};
    const struct store_cell born[] = {number(date_from_civil(1975, 6, 9))};
    const struct store_cell permit[] = {number(330381), word("valid"), number(DAY),
                                        number(DATE_OPEN_END)};
    const struct points_period five = {.years = 5, .rule_day = DAY};
    struct both t = {.c = resident(0, DAY)};
    int64_t fact;

    (void)state;
    begin("person.add", DAY - 3);
    assert_int_equal(store_person_add(store, &identity, &t.c.person), ERR_OK);
    assert_int_equal(store_fact_add(store, register_named("person"), t.c.person, born, &fact),
                     ERR_OK);
    assert_int_equal(store_fact_add(store, register_named("permit"), t.c.person, permit, &fact),
                     ERR_OK);
    commit();
    arena_init(&t.a, 0);
    t.q = points_query_own(&t.c);
    t.x = (struct points_imagined){330381, DAY,
                                   STR("{\"person\":[{\"birth_date\":\"1975-06-09\"}]}")};
    assert_same_forecast(&t, &five);
    assert_same_advice(&t, NULL);
    assert_int_equal(t.answers, 4);
    arena_done(&t.a);
}

static void what_cannot_be_assumed_is_named(void **state)
{
    const struct points_period bad = {.years = 1, .rule_day = DAY, .assume = STR("permit")};
    const struct points_imagined x = {330381, DAY, STR("{}")};
    const struct points_imagined late = {330381, date_from_civil(2099, 1, 1), STR("{}")};
    const struct caller c = {.role = ROLE_NOBODY, .today = DAY};
    struct str field;
    struct arena a;
    struct json j;
    struct buf b;

    (void)state;
    arena_init(&a, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(points_estimate_forecast(points, &a, &c, &x, &bad, &b, &field), ERR_RANGE);
    assert_true(str_eq(field, STR("assume")));
    assert_int_equal(points_estimate(points, &a, &c, &late, &j, &field), ERR_NOT_FOUND);
    assert_int_equal(field.n, 0);
    assert_int_equal(points_estimate_advice(points, &a, &c, &late, NULL, &j, &field),
                     ERR_NOT_FOUND);
    buf_done(&b);
    arena_done(&a);
}

/* As many records as an estimate may have, each with a place, fit into what a request may use. */
static void an_estimate_has_room_for_its_records(void **state)
{
    const struct caller c = {.role = ROLE_NOBODY, .today = DAY};
    struct points_imagined x = {330381, DAY, STR("")};
    struct str field;
    struct buf text, b;
    struct arena a;
    struct json j;

    (void)state;
    for (uint32_t n = 64; n <= 65; n++) {
        arena_init(&a, (size_t)4 << 20);
        buf_init(&text, 0);
        buf_init(&b, 0);
        buf_add_c(&text, "{\"residence\":[");
        for (uint32_t i = 0; i < n; i++)
            buf_printf(&text,
                       "%s{\"division\":\"330381\",\"from\":\"%u-01-01\",\"to\":\"%u-09-01\"}",
                       i ? "," : "", 1960 + i, 1960 + i);
        buf_add_c(&text, "]}");
        x.facts = buf_str(&text);
        json_init(&j, &b, false);
        const enum err e = points_estimate(points, &a, &c, &x, &j, &field);
        assert_int_equal(e, n <= rules->regs[register_named("residence")].max_records ? ERR_OK
                                                                                      : ERR_ROWS);
        buf_done(&text);
        buf_done(&b);
        arena_done(&a);
    }
}

/* --- answers kept --- */

#define MEMO_BYTES ((uint64_t)4 << 20) /* too little for everybody, so that some give way */

static uint64_t dice = 20261128;

static uint32_t draw(uint32_t below)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((dice >> 33) % below);
}

static char *ask(struct points *p, struct store *s, uint32_t i, enum lang lang, int32_t since)
{
    struct caller c = resident(i, DAY);
    struct points_query q = points_query_own(&c);
    struct arena a;
    struct buf b;
    struct json j;

    c.lang = lang;
    if (since) q.since = since;
    arena_init(&a, 0);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(points_score(p, s, &a, &c, &q, &j), ERR_OK);
    arena_done(&a);
    buf_add_char(&b, '\0');
    return b.p;
}

static void assert_as_computed(struct points *kept, struct store *s, uint32_t i)
{
    for (int lang = 0; lang < LANG_COUNT; lang++)
        for (int32_t since = 0; since <= DAY - 30; since += DAY - 30) {
            char *computed = ask(points, s, i, (enum lang)lang, since);
            char *answer = ask(kept, s, i, (enum lang)lang, since);
            assert_string_equal(answer, computed);
            free(computed);
            free(answer);
        }
}

/* Give a fact of another person, or take back what a command before gave. False: neither was
 * possible in the register drawn. */
static bool change_somebody(struct store *s, uint32_t i)
{
    struct store_facts *now;
    struct arena a;
    struct resident x;
    char key[40];
    struct store_began began;
    int64_t fact;
    bool done = false;

    arena_init(&a, 0);
    now = ARENA_ARRAY(&a, struct store_facts, reg_count);
    assert_int_equal(store_facts_of(s, &a, persons[i], STORE_KNOWN_NOW, now), ERR_OK);
    snprintf(key, sizeof key, "memo-command-%u", ++commands);
    const struct store_command c = {.key = str_from_c(key), .kind = STR("test"), .at = NOW(DAY)};
    assert_int_equal(store_command_begin(s, &a, &c, &began), ERR_OK);
    const uint32_t r = draw(reg_count);
    if (now[r].count > 0 && draw(2) == 0) {
        assert_int_equal(store_fact_retract(s, r, persons[i], now[r].items[0].fact), ERR_OK);
        done = true;
    } else {
        assert_int_equal(resident_of(&a, &people, draw(PERSONS), &x), ERR_OK);
        for (uint32_t k = 0; k < x.fact_count; k++) {
            const struct rule_register *reg = &rules->regs[x.facts[k].reg];
            struct store_cell cells[64];
            if (x.facts[k].reg != (int32_t)r) continue;
            for (uint32_t f = 0; f < reg->field_count; f++)
                cells[f] =
                    fact_cell(rules, &reg->fields[f], x.facts[k].known[f], x.facts[k].values[f],
                              reg->fields[f].type.vt == VT_KEY && x.facts[k].known[f]
                                  ? x.keys[x.facts[k].values[f]]
                                  : STR(""));
            if (now[r].count > 0) break;
            assert_int_equal(store_fact_add(s, r, persons[i], cells, &fact), ERR_OK);
            done = true;
            break;
        }
    }
    assert_int_equal(store_command_commit(s, STR("{}")), ERR_OK);
    arena_done(&a);
    return done;
}

static void answers_kept_are_forgotten_with_their_facts(void **state)
{
    uint64_t found, missed;
    struct points_memo *memo;
    struct points *kept;

    (void)state;
    assert_int_equal(points_memo_new(MEMO_BYTES, &memo), ERR_OK);
    assert_int_equal(points_new(rules, &kept), ERR_OK);
    points_use_memo(kept, memo);
    for (int round = 0; round < 300; round++) {
        const uint32_t i = draw(PERSONS / 8);
        if (draw(3) == 0) change_somebody(store, draw(2) ? i : draw(PERSONS / 8));
        assert_as_computed(kept, store, i);
    }
    points_memo_counts(memo, &found, &missed);
    assert_true(found > 100 && missed > 100);
    points_free(kept);
    points_memo_free(memo);
}

/* What was computed before a command, and comes to be kept after it, is not kept. */
static void an_answer_that_comes_late_is_not_kept(void **state)
{
    const struct memo_key key = {.person = persons[0], .day = DAY, .lang = LANG_ZH};
    struct points_memo *memo;
    int64_t before, after;
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    assert_int_equal(points_memo_new(MEMO_BYTES, &memo), ERR_OK);
    assert_int_equal(points_memo_sync(memo, store, &before), ERR_OK);
    points_memo_keep(memo, &key, before, STR("early"));
    assert_true(points_memo_find(memo, &key, &b) && str_eq(buf_str(&b), STR("early")));
    while (!change_somebody(store, 1)) {
    }
    assert_int_equal(points_memo_sync(memo, store, &after), ERR_OK);
    assert_true(after > before && points_memo_find(memo, &key, &b)); /* it was another's */
    while (!change_somebody(store, 0)) {
    }
    assert_int_equal(points_memo_sync(memo, store, &after), ERR_OK);
    points_memo_keep(memo, &key, before, STR("late"));
    assert_false(points_memo_find(memo, &key, &b));
    points_memo_keep(memo, &key, after, STR("now"));
    assert_true(points_memo_find(memo, &key, &b));
    points_memo_free(memo);
    buf_done(&b);
}

struct asker {
    pthread_t thread;
    struct points_memo *memo;
    atomic_bool *stop;
    struct store *s;
    struct points *kept;
};

static void *ask_until_told(void *arg)
{
    struct asker *w = arg;

    for (uint32_t i = 0; !atomic_load(w->stop); i = (i + 7) % (PERSONS / 8))
        free(ask(w->kept, w->s, i, LANG_ZH, 0));
    return NULL;
}

/* While others ask and keep, somebody writes: what is kept at the end is right for everybody. */
static void answers_kept_while_somebody_writes_are_right(void **state)
{
    struct asker askers[3];
    struct points_memo *memo;
    atomic_bool stop = false;

    (void)state;
    assert_int_equal(points_memo_new(MEMO_BYTES, &memo), ERR_OK);
    for (int i = 0; i < 3; i++) {
        askers[i] = (struct asker){.memo = memo, .stop = &stop};
        assert_int_equal(store_open(str_from_c(url), keys, &askers[i].s), ERR_OK);
        assert_int_equal(store_registers(askers[i].s, regs, reg_count), ERR_OK);
        assert_int_equal(points_new(rules, &askers[i].kept), ERR_OK);
        points_use_memo(askers[i].kept, memo);
    }
    for (int i = 1; i < 3; i++)
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_until_told, &askers[i]), 0);
    for (int round = 0; round < 150; round++) {
        const uint32_t i = draw(PERSONS / 8);
        change_somebody(store, i);
        assert_as_computed(askers[0].kept, askers[0].s, i); /* nobody else writes */
    }
    atomic_store(&stop, true);
    for (int i = 1; i < 3; i++)
        pthread_join(askers[i].thread, NULL);
    for (uint32_t i = 0; i < PERSONS / 8; i++)
        assert_as_computed(askers[0].kept, askers[0].s, i);
    for (int i = 0; i < 3; i++) {
        points_free(askers[i].kept);
        askers[i].s = store_close(askers[i].s);
    }
    points_memo_free(memo);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_facts_score_as_the_files_did),
        cmocka_unit_test(before_the_load_nothing_was_known),
        cmocka_unit_test(nobody_sees_another),
        cmocka_unit_test(a_suspended_permit_is_void_at_once_and_comes_back),
        cmocka_unit_test(causes_sum_to_the_difference),
        cmocka_unit_test(an_indicator_has_a_history),
        cmocka_unit_test(a_receipt_replays_after_later_corrections),
        cmocka_unit_test(an_estimate_gives_the_settled_figures),
        cmocka_unit_test(an_estimate_names_what_it_cannot_read),
        cmocka_unit_test(imagined_facts_look_ahead_as_stored_ones_do),
        cmocka_unit_test(an_assumed_permit_looks_ahead_too),
        cmocka_unit_test(what_cannot_be_assumed_is_named),
        cmocka_unit_test(an_estimate_has_room_for_its_records),
        cmocka_unit_test(answers_kept_are_forgotten_with_their_facts),
        cmocka_unit_test(an_answer_that_comes_late_is_not_kept),
        cmocka_unit_test(answers_kept_while_somebody_writes_are_right),
    };

    arena_init(&world, 0);
    read_rules(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("points", tests, setup, teardown);
    arena_done(&world);
    return failed;
}
