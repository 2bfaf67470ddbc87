/* Claims and review requests: filed once, frozen, with a legal deadline, seen by whom they concern.
 *
 * claims_test RULE-FILE… */
#include "world.h"

#include "service/calendar.h"
#include "service/claims.h"

#define TODAY DAY(2026, 3, 2) /* a Monday */
#define RUIAN 330381
#define CIXI 330282

static const char picture[] =
    "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xFF\xC0\x00\x0B\x08\x00"
    "\x10\x00\x10\x01\x01\x11\x00\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00\x12\x34\xFF\xD9";
static const struct str picture_bytes = {picture, sizeof picture - 1};

static struct claim_fault fault;
static struct str answer;
static uint32_t people;

/* Somebody with a valid permit. */
static int64_t resident(const char *division)
{
    char code[16];

    snprintf(code, sizeof code, "C%05u", ++people);
    const int64_t p = world_person(code);
    world_fact(DAY(2020, 1, 2), p, "person", "birth_date", "1990-05-01", NULL);
    world_fact(DAY(2020, 1, 2), p, "permit", "division", division, "status", "valid", "from",
               "2020-01-02", "to", "", NULL);
    return p;
}

static struct claim_filing filing(enum claim_kind kind, const char *indicator)
{
    struct claim_filing f = {.kind = kind,
                             .indicator = str_from_c(indicator),
                             .reason =
                                 kind == CLAIM_KIND_CLAIM ? STR("new_material") : STR("fact_wrong"),
                             .statement = STR("学历登记有误，附毕业证。"),
                             .file_count = 1};

    f.files[0] = (struct claim_file){STR("毕业证.jpg"), STR("image/jpeg"), picture_bytes};
    return f;
}

static enum err file_by(const struct caller *c, struct str key, const struct claim_filing *f)
{
    answer = STR("");
    return claim_file(w.store, &w.a, w.rules, c, key, f, &answer, &fault);
}

static bool says(const char *text)
{
    return memmem(answer.p, answer.n, text, strlen(text)) != NULL;
}

/* The value of a text member of `answer`. */
static struct str member(const char *name)
{
    char mark[40];

    snprintf(mark, sizeof mark, "\"%s\":\"", name);
    const char *at = memmem(answer.p, answer.n, mark, strlen(mark));
    assert_non_null(at);
    at += strlen(mark);
    return (struct str){at, strcspn(at, "\"")};
}

static int setup_case(void **state)
{
    (void)state;
    arena_done(&w.a);
    return 0;
}

static void file_and_see(void **state)
{
    const int64_t p = resident("330381");
    const struct caller c = world_resident(p, TODAY);
    const struct claim_filing f = filing(CLAIM_KIND_CLAIM, "education");
    struct buf b;
    struct json j;
    int64_t whose = 0;

    (void)state;
    assert_int_equal(file_by(&c, world_key(), &f), ERR_OK);
    const struct str number = member("number");
    assert_true(str_starts(number, STR("A2026")));
    assert_true(says("\"state\":\"submitted\""));
    assert_true(says("\"working_days\":10"));
    assert_true(says("\"deadline\":\"2026-03-16\"")); /* ten working days, no holiday between */
    assert_true(says("\"provisional\":false"));
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(claim_show(w.store, &w.a, w.rules, &c, number, &j, &whose), ERR_OK);
    assert_true(whose == p);
    assert_true(has(&b, "\"title\":\"文化程度\""));
    assert_true(has(&b, "\"statement\":\"学历登记有误，附毕业证。\""));
    assert_true(has(&b, "\"days_left\":10"));
    assert_true(has(&b, "\"frozen\":true"));
    assert_true(has(&b, "\"name\":\"毕业证.jpg\",\"media_type\":\"image/jpeg\""));
    assert_true(has(&b, "{\"event\":\"file\",\"text\":\"提交\",\"day\":\"2026-03-02\""));
    assert_true(has(&b, "\"can\":[{\"event\":\"withdraw\""));
    assert_false(has(&b, "also_by"));
    buf_done(&b);
}

static void own_list(void **state)
{
    const int64_t p = resident("330381");
    const struct caller c = world_resident(p, TODAY);
    struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");
    struct buf b;
    struct json j;

    (void)state;
    f.file_count = 0; /* a review needs none */
    assert_int_equal(file_by(&c, world_key(), &f), ERR_OK);
    assert_true(says("\"working_days\":5"));
    assert_true(says("\"deadline\":\"2026-03-09\""));
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(claims_own(w.store, &w.a, w.rules, &c, &j), ERR_OK);
    assert_true(has(&b, "\"kind\":\"review\""));
    assert_true(has(&b, "\"indicator\":\"age\""));
    buf_done(&b);
}

/* The day counted from does not count; holidays and moved days do as the notice says. */
static void deadlines_over_holidays(void **state)
{
    const int64_t p = resident("330282");
    struct caller c = world_resident(p, DAY(2026, 2, 11)); /* a Wednesday before the long holiday */
    struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");

    (void)state;
    /* 12, 13, Saturday 14 (worked), 24, 25 */
    assert_int_equal(file_by(&c, world_key(), &f), ERR_OK);
    assert_true(says("\"deadline\":\"2026-02-25\""));
    c = world_resident(p, DAY(2026, 12, 30)); /* into a year without a notice */
    f = filing(CLAIM_KIND_REVIEW, "education");
    assert_int_equal(file_by(&c, world_key(), &f), ERR_OK);
    assert_true(says("\"provisional\":true"));
}

/* A key twice gives one claim and one answer; another content under it is an error. */
static void a_key_files_once(void **state)
{
    const int64_t p = resident("330381");
    const struct caller c = world_resident(p, TODAY);
    struct claim_filing f = filing(CLAIM_KIND_CLAIM, "skill");
    const struct str key = world_key();
    struct store_object *all;
    uint32_t count;

    (void)state;
    assert_int_equal(file_by(&c, key, &f), ERR_OK);
    const struct str first = answer;
    assert_int_equal(file_by(&c, key, &f), ERR_OK);
    assert_true(str_eq(first, answer));
    f.statement = STR("另一份说明");
    assert_int_equal(file_by(&c, key, &f), ERR_CONFLICT);
    assert_int_equal(store_objects_of(w.store, &w.a, p, STR("claim"), &all, &count), ERR_OK);
    assert_int_equal(count, 1);
}

static void one_open_claim_an_indicator(void **state)
{
    const int64_t p = resident("330381");
    const struct caller c = world_resident(p, TODAY);
    const struct claim_filing claim = filing(CLAIM_KIND_CLAIM, "skill");
    const struct claim_filing review = filing(CLAIM_KIND_REVIEW, "skill");
    const struct claim_filing other = filing(CLAIM_KIND_REVIEW, "pension");
    struct buf before, after;

    (void)state;
    buf_init(&before, 0);
    buf_init(&after, 0);
    assert_int_equal(file_by(&c, world_key(), &claim), ERR_OK);
    const struct str number = member("number");
    world_counts(&before);
    assert_int_equal(file_by(&c, world_key(), &review), ERR_EXISTS);
    assert_string_equal(fault.guard->code, "claim.only_one");
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    assert_int_equal(file_by(&c, world_key(), &other), ERR_OK);
    assert_int_equal(claim_step(w.store, &w.a, &c, world_key(), number, STR("withdraw"), &answer),
                     ERR_OK);
    assert_int_equal(file_by(&c, world_key(), &review), ERR_OK);
    buf_done(&before);
    buf_done(&after);
}

/* Each refusal names its field and writes nothing. */
static void refusals(void **state)
{
    const int64_t p = resident("330381");
    const struct caller c = world_resident(p, TODAY);
    struct claim_filing f[14];
    static const char *const fields[14] = {
        "indicator", "indicator", "reason",    "reason",    "month",     "month",     "statement",
        "statement", "statement", "materials", "materials", "materials", "materials", "materials"};
    static char lengthy[CLAIM_STATEMENT + 1];
    struct buf before, after;

    (void)state;
    memset(lengthy, 'x', sizeof lengthy);
    for (size_t i = 0; i < 14; i++)
        f[i] = filing(CLAIM_KIND_CLAIM, "education");
    f[0].indicator = STR("no_such");
    f[1].indicator = STR("");
    f[2].reason = STR("fact_wrong"); /* of the other kind */
    f[3].reason = STR("");
    f[4].month = STR("2026-04"); /* is to come */
    f[5].month = STR("March");
    f[6].statement = STR(" \n\t ");
    f[7].statement = (struct str){lengthy, sizeof lengthy};
    f[8].statement = STR("a\x01b");
    f[9].file_count = 0;
    f[10].files[0].bytes = STR("<svg/>");
    f[11].files[0].media_type = STR("image/png");
    f[12].file_count = 2;
    f[12].files[1] = f[12].files[0];
    f[13].files[0].bytes = STR("");
    buf_init(&before, 0);
    buf_init(&after, 0);
    world_counts(&before);
    for (size_t i = 0; i < 14; i++) {
        const enum err e = file_by(&c, world_key(), &f[i]);
        if (e != ERR_RANGE || strcmp(fault.field, fields[i]) != 0)
            fail_msg("%zu: %d %s", i, e, fault.field ? fault.field : "-");
        assert_non_null(fault.text[LANG_ZH]);
        assert_non_null(fault.text[LANG_EN]);
    }
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    buf_done(&before);
    buf_done(&after);
}

/* An indicator of another county does not count here. */
static void only_indicators_of_the_place(void **state)
{
    const int64_t here = resident("330381"), there = resident("330402");
    const struct rule_indicator *local = NULL;

    (void)state;
    const int32_t scheme = rules_scheme_for(w.rules, RUIAN, TODAY);
    for (uint32_t i = 0; i < w.rules->indicator_count && !local; i++)
        if (w.rules->indicators[i].scheme == scheme) local = &w.rules->indicators[i];
    INVARIANT(local);
    char name[80];
    snprintf(name, sizeof name, "%.*s", STR_ARG(local->name.ascii));
    const struct claim_filing f = filing(CLAIM_KIND_REVIEW, name);
    const struct caller a = world_resident(here, TODAY), b = world_resident(there, TODAY);
    assert_int_equal(file_by(&a, world_key(), &f), ERR_OK);
    assert_int_equal(file_by(&b, world_key(), &f), ERR_RANGE);
    assert_string_equal(fault.field, "indicator");
}

static void without_a_permit_no_place(void **state)
{
    const int64_t p = world_person("C-none");
    const struct caller c = world_resident(p, TODAY);
    const struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");

    (void)state;
    assert_int_equal(file_by(&c, world_key(), &f), ERR_NOT_FOUND);
}

/* Who may file, see, take, and who may not, over every role and place. */
static void roles_and_places(void **state)
{
    static const int32_t places[] = {330381, 330300, 330000, 330282, 330200};
    const int64_t p = resident("330381"), q = resident("330381");
    const struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");
    const struct caller own = world_resident(p, TODAY), other = world_resident(q, TODAY);
    struct store_material m;
    int64_t whose;
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    assert_int_equal(file_by(&own, world_key(), &f), ERR_OK);
    const struct str number = member("number");
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            const bool staff = role == ROLE_CLERK || role == ROLE_REVIEWER;
            const bool inside = i < 3;
            struct caller c = world_staff((enum role)role, places[i], TODAY, 900 + role);
            struct json j;
            if (role == ROLE_RESIDENT) continue;
            b.n = 0;
            json_init(&j, &b, false);
            enum err e = claim_show(w.store, &w.a, w.rules, &c, number, &j, &whose);
            assert_int_equal(e, !staff ? ERR_DENIED : inside ? ERR_OK : ERR_NOT_FOUND);
            e = claim_material(w.store, &w.a, &c, number, 1, &m, &whose);
            assert_int_equal(e, !staff ? ERR_DENIED : ERR_NOT_FOUND);
            e = file_by(&c, world_key(), &f);
            assert_int_equal(e, ERR_DENIED);
            c.purpose = STR("window"); /* not a purpose for claims */
            b.n = 0;
            json_init(&j, &b, false);
            e = claim_show(w.store, &w.a, w.rules, &c, number, &j, &whose);
            assert_int_equal(e, ERR_DENIED);
        }
    struct json j;
    b.n = 0;
    json_init(&j, &b, false);
    assert_int_equal(claim_show(w.store, &w.a, w.rules, &other, number, &j, &whose), ERR_NOT_FOUND);
    assert_int_equal(
        claim_step(w.store, &w.a, &other, world_key(), number, STR("withdraw"), &answer),
        ERR_NOT_FOUND);
    buf_done(&b);
}

/* Every (state, event, role): what the table says, or the right error and nothing changed. */
static void all_pairs(void **state)
{
    static const char *const events[] = {"file", "take", "withdraw", "escalate", "no_such"};
    static const char *const states[] = {"submitted", "in_review", "withdrawn"};
    struct buf before, after;

    (void)state;
    buf_init(&before, 0);
    buf_init(&after, 0);
    for (size_t st = 0; st < 3; st++)
        for (size_t ev = 0; ev < 5; ev++)
            for (unsigned role = 0; role < ROLE_COUNT; role++) {
                const int64_t p = resident("330381");
                const struct caller own = world_resident(p, TODAY);
                const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 77);
                const struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");
                const struct life_row *row;
                assert_int_equal(file_by(&own, world_key(), &f), ERR_OK);
                const struct str number = member("number");
                if (st == 1)
                    assert_int_equal(claim_step(w.store, &w.a, &clerk, world_key(), number,
                                                STR("take"), &answer),
                                     ERR_OK);
                if (st == 2)
                    assert_int_equal(claim_step(w.store, &w.a, &own, world_key(), number,
                                                STR("withdraw"), &answer),
                                     ERR_OK);
                const int32_t day = DAY(2026, 3, 10); /* past the deadline of the 9th */
                const struct caller c = role == ROLE_RESIDENT ? world_resident(p, day)
                                        : role == ROLE_SYSTEM
                                            ? world_system(day)
                                            : world_staff((enum role)role, RUIAN, day, 900);
                const bool admitted = role == ROLE_RESIDENT || role == ROLE_SYSTEM ||
                                      role == ROLE_CLERK || role == ROLE_REVIEWER;
                enum err want = ERR_DENIED;
                if (admitted) want = ev == 4 ? ERR_NOT_FOUND : ERR_CONFLICT;
                if (admitted && ev < 4 &&
                    !life_role_may(&claim_life, str_from_c(events[ev]), (enum role)role))
                    want = ERR_DENIED;
                else if (admitted && ev < 4)
                    want = life_find(&claim_life, str_from_c(states[st]), str_from_c(events[ev]),
                                     (enum role)role, &row);
                world_counts(&before);
                const enum err e = claim_step(w.store, &w.a, &c, world_key(), number,
                                              str_from_c(events[ev]), &answer);
                if (e != want)
                    fail_msg("%s, %s, %s: %s, not %s", states[st], events[ev], role_codes[role],
                             err_text(e), err_text(want));
                world_counts(&after);
                assert_true(str_eq(buf_str(&before), buf_str(&after)) == (e != ERR_OK));
                arena_done(&w.a);
            }
    buf_done(&before);
    buf_done(&after);
}

static void staff_list(void **state)
{
    const int64_t p = resident("330282");
    const struct caller own = world_resident(p, TODAY);
    const struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");
    struct caller clerk = world_staff(ROLE_CLERK, CIXI, TODAY, 5);
    struct json j;
    struct buf b;

    (void)state;
    assert_int_equal(file_by(&own, world_key(), &f), ERR_OK);
    char number[40];
    snprintf(number, sizeof number, "\"%.*s\"", STR_ARG(member("number")));
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(claims_list(w.store, &w.a, w.rules, &clerk, STR(""), 0, &j), ERR_OK);
    assert_true(has(&b, number));
    assert_false(has(&b, "\"person\"")); /* nobody's name or number in a list */
    clerk.division = 330281;
    b.n = 0;
    json_init(&j, &b, false);
    assert_int_equal(claims_list(w.store, &w.a, w.rules, &clerk, STR("submitted"), 0, &j), ERR_OK);
    assert_false(has(&b, number));
    b.n = 0;
    json_init(&j, &b, false);
    assert_int_equal(claims_list(w.store, &w.a, w.rules, &own, STR(""), 0, &j), ERR_DENIED);
    assert_int_equal(claims_list(w.store, &w.a, w.rules, &clerk, STR("nonsense"), 0, &j),
                     ERR_RANGE);
    buf_done(&b);
}

/* The same bytes from two persons: a hint for staff, nothing for residents. */
static void the_same_scan_twice(void **state)
{
    char unique[sizeof picture + 1] = {0};
    const int64_t p = resident("330381"), q = resident("330381");
    const struct caller a = world_resident(p, TODAY), b = world_resident(q, TODAY);
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 5);
    struct claim_filing f = filing(CLAIM_KIND_CLAIM, "education");
    struct json j;
    struct buf out;
    int64_t whose;

    (void)state;
    memcpy(unique, picture, sizeof picture - 1); /* one zero more behind the end */
    f.files[0].bytes = (struct str){unique, sizeof picture};
    assert_int_equal(file_by(&a, world_key(), &f), ERR_OK);
    const struct str first = member("number");
    buf_init(&out, 0);
    json_init(&j, &out, false);
    assert_int_equal(claim_show(w.store, &w.a, w.rules, &clerk, first, &j, &whose), ERR_OK);
    assert_true(has(&out, "\"also_by\":0"));
    assert_int_equal(file_by(&b, world_key(), &f), ERR_OK);
    out.n = 0;
    json_init(&j, &out, false);
    assert_int_equal(claim_show(w.store, &w.a, w.rules, &clerk, first, &j, &whose), ERR_OK);
    assert_true(has(&out, "\"also_by\":1"));
    assert_true(whose == p);
    buf_done(&out);
}

static void materials_come_back_as_they_were(void **state)
{
    const int64_t p = resident("330381");
    const struct caller own = world_resident(p, TODAY);
    const struct caller clerk = world_staff(ROLE_REVIEWER, RUIAN, TODAY, 5);
    const struct claim_filing f = filing(CLAIM_KIND_CLAIM, "education");
    struct store_object o;
    struct store_material *all, m;
    uint32_t count;
    int64_t whose = 0;

    (void)state;
    assert_int_equal(file_by(&own, world_key(), &f), ERR_OK);
    const struct str number = member("number");
    assert_int_equal(store_object_by_number(w.store, &w.a, STR("claim"), number, &o), ERR_OK);
    assert_int_equal(store_materials(w.store, &w.a, p, o.id, &all, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(claim_material(w.store, &w.a, &clerk, number, all[0].id, &m, &whose), ERR_OK);
    assert_true(whose == p);
    assert_true(str_eq(m.bytes, picture_bytes));
    assert_int_equal(claim_material(w.store, &w.a, &own, number, all[0].id + 99, &m, &whose),
                     ERR_NOT_FOUND);
}

/* Overdue: told to the superior, again after three working days, once a deadline. */
static void what_falls_due(void **state)
{
    const int64_t p = resident("330381");
    const struct caller own = world_resident(p, TODAY);
    const struct claim_filing f = filing(CLAIM_KIND_REVIEW, "age");
    struct store_object o;
    struct due d = {0};

    (void)state;
    assert_int_equal(file_by(&own, world_key(), &f), ERR_OK); /* due on the 9th */
    const struct str number = member("number");
    world_due(DAY(2026, 3, 9));
    assert_int_equal(store_object_by_number(w.store, &w.a, STR("claim"), number, &o), ERR_OK);
    assert_int_equal(o.version, 1);
    assert_true(world_due(DAY(2026, 3, 10)) >= 1);
    assert_int_equal(world_due(DAY(2026, 3, 10)), 0);
    assert_int_equal(store_object_by_number(w.store, &w.a, STR("claim"), number, &o), ERR_OK);
    assert_int_equal(o.version, 2);
    assert_int_equal(o.deadline_day, DAY(2026, 3, 13));
    assert_true(str_eq(o.state, STR("submitted"))); /* silence decides nothing */
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, DAY(2026, 3, 10), 3);
    assert_int_equal(due_portion(&d, w.store, w.rules, &clerk, 10), ERR_DENIED);
}

/* --- from JSON --- */

static enum err read_json(const char *text, struct claim_filing *f)
{
    return claim_filing_read(&w.a, str_from_c(text), f, &fault);
}

static void json_is_read(void **state)
{
    struct claim_filing f;

    (void)state;
    assert_int_equal(
        read_json("{\"kind\":\"review\",\"indicator\":\"age\",\"reason\":\"other\",\"month\":null,"
                  "\"statement\":\"x\",\"materials\":[{\"name\":\"a\",\"base64\":\"/9j/\"}]}",
                  &f),
        ERR_OK);
    assert_int_equal(f.kind, CLAIM_KIND_REVIEW);
    assert_int_equal(f.file_count, 1);
    assert_true(str_eq(f.files[0].bytes, STR("\xFF\xD8\xFF")));
    assert_int_equal(read_json("{\"kind\":\"claim\",\"indicator\":\"age\"}", &f), ERR_OK);
    assert_int_equal(f.file_count, 0);
}

static void json_is_refused(void **state)
{
    static const struct {
        const char *text, *code;
        enum err e;
    } cases[] = {{"", "json", ERR_SYNTAX},
                 {"[]", "json", ERR_SYNTAX},
                 {"{\"kind\":\"claim\",\"kind\":\"claim\"}", "json", ERR_SYNTAX},
                 {"{\"kind\":\"grant\"}", "kind", ERR_RANGE},
                 {"{\"kind\":7}", "type", ERR_RANGE},
                 {"{\"kind\":\"claim\",\"person\":1}", "unknown", ERR_RANGE},
                 {"{\"kind\":\"claim\",\"materials\":{}}", "type", ERR_RANGE},
                 {"{\"kind\":\"claim\",\"materials\":[1]}", "type", ERR_RANGE},
                 {"{\"kind\":\"claim\",\"materials\":[{\"base64\":\"?\"}]}", "base64", ERR_RANGE},
                 {"{\"kind\":\"claim\",\"materials\":[{},{},{},{},{},{},{}]}", "count", ERR_RANGE}};
    struct claim_filing f;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const enum err e = read_json(cases[i].text, &f);
        if (e != cases[i].e || strcmp(fault.code, cases[i].code) != 0)
            fail_msg("%s: %s, %s", cases[i].text, err_text(e), fault.code);
    }
}

static void the_form(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    claims_form(CIXI, LANG_EN, &j);
    assert_true(has(&b, "{\"kind\":\"claim\",\"text\":\"claim\",\"working_days\":10"));
    assert_true(has(&b, "{\"kind\":\"review\",\"text\":\"review request\",\"working_days\":5"));
    assert_true(has(&b, "\"reason\":\"fact_wrong\""));
    buf_done(&b);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(file_and_see, setup_case),
        cmocka_unit_test_setup(own_list, setup_case),
        cmocka_unit_test_setup(deadlines_over_holidays, setup_case),
        cmocka_unit_test_setup(a_key_files_once, setup_case),
        cmocka_unit_test_setup(one_open_claim_an_indicator, setup_case),
        cmocka_unit_test_setup(refusals, setup_case),
        cmocka_unit_test_setup(only_indicators_of_the_place, setup_case),
        cmocka_unit_test_setup(without_a_permit_no_place, setup_case),
        cmocka_unit_test_setup(roles_and_places, setup_case),
        cmocka_unit_test_setup(all_pairs, setup_case),
        cmocka_unit_test_setup(staff_list, setup_case),
        cmocka_unit_test_setup(the_same_scan_twice, setup_case),
        cmocka_unit_test_setup(materials_come_back_as_they_were, setup_case),
        cmocka_unit_test_setup(what_falls_due, setup_case),
        cmocka_unit_test_setup(json_is_read, setup_case),
        cmocka_unit_test_setup(json_is_refused, setup_case),
        cmocka_unit_test_setup(the_form, setup_case),
    };

    if (argc < 2) return 2;
    world_open(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close();
    return failed;
}
