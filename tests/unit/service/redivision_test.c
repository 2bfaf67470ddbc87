/* Hangzhou on 9 April 2021: Xiacheng went to Gongshu as a whole; Jianggan was split between
 * Shangcheng and the new Qiantang; the new Linping was cut out of Yuhang. Registers loaded before,
 * and a file of the police afterwards: who is found by whom, scored by which scheme, and what
 * nobody can know.
 *
 * redivision_test FOLDER RULE-FILE…     the registers (*.csv) lie in FOLDER
 *
 *   X  Xiacheng        G, H  Gongshu (H lives in Xiacheng)     J  Jianggan
 *   Y  Yuhang          L  Yuhang, later Linping */
#include "world.h"

#include "base/division.h"
#include "base/file.h"
#include "service/claims.h"
#include "service/loads.h"
#include "service/permit_internal.h"
#include "service/persons.h"
#include "service/points.h"

#define EVE 18725    /* 2021-04-08 */
#define CHANGE 18726 /* 2021-04-09 */
#define LATER 19102  /* 2022-04-20 */

#define HANGZHOU 330100
#define SHANGCHENG 330102
#define XIACHENG 330103
#define JIANGGAN 330104
#define GONGSHU 330105
#define YUHANG 330110
#define LINPING 330113
#define QIANTANG 330114

#define X_NUMBER "330103198001010014"
#define J_NUMBER "33010319790909003X"

static const char *folder;
static struct points *points;

static void bring(const char *file, const char *reg, enum load_mode mode, int32_t day)
{
    struct file_map map;
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_int_equal(file_map(path, &map), ERR_OK);
    const struct load l = world_bring(reg, mode, str_from_c(file), map.bytes, day);
    assert_int_equal(l.counts.refused, 0);
    file_unmap(&map);
}

/* --- who finds whom --- */

/* "found", "elsewhere" or "denied". */
static const char *looks_for(int32_t office, int32_t day, const char *number)
{
    const struct caller c = world_staff(ROLE_CLERK, office, day, 31);
    const char *word = "denied";
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    const enum err e = persons_find(w.store, &w.a, w.rules, &c, str_from_c(number), &j);
    if (e == ERR_OK) word = has(&b, "\"code\":") ? "found" : "elsewhere";
    buf_done(&b);
    return word;
}

static void staff_see_those_of_the_predecessor(void **state)
{
    static const struct {
        int32_t office, day;
        const char *number, *word;
    } rows[] = {{XIACHENG, EVE, X_NUMBER, "found"},
                {GONGSHU, EVE, X_NUMBER, "elsewhere"},
                {HANGZHOU, EVE, X_NUMBER, "found"},
                {XIACHENG, CHANGE, X_NUMBER, "denied"}, /* there is no such office any more */
                {GONGSHU, CHANGE, X_NUMBER, "found"},
                {SHANGCHENG, CHANGE, X_NUMBER, "elsewhere"},
                {HANGZHOU, CHANGE, X_NUMBER, "found"},
                {JIANGGAN, EVE, J_NUMBER, "found"},
                {JIANGGAN, CHANGE, J_NUMBER, "denied"},
                {SHANGCHENG, CHANGE, J_NUMBER, "elsewhere"}, /* split: his city's, until the */
                {QIANTANG, CHANGE, J_NUMBER, "elsewhere"},   /* register says where he is */
                {HANGZHOU, CHANGE, J_NUMBER, "found"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(looks_for(rows[i].office, rows[i].day, rows[i].number), rows[i].word) != 0)
            fail_msg("row %zu: %s", i, looks_for(rows[i].office, rows[i].day, rows[i].number));
}

/* --- which scheme --- */

static struct str total(const char *code, int32_t day)
{
    const int64_t person = world_person_of(code);
    const struct caller own = world_resident(person, day);
    const struct points_query q = points_query_own(&own);
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(points_score(points, w.store, &w.a, &own, &q, &j), ERR_OK);
    buf_add_char(&b, '\0');
    const char *at = memmem(b.p, b.n, "\"total\":\"", 9);
    assert_non_null(at);
    const struct str text = str_copy(&w.a, (struct str){at + 9, strcspn(at + 9, "\"")});
    buf_done(&b);
    return text;
}

struct expected {
    const char *code;
    int32_t day;
    const char *total;
};

static void expect_totals(const struct expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct str got = total(rows[i].code, rows[i].day);
        if (!str_eq(got, str_from_c(rows[i].total)))
            fail_msg("%s on %d: %.*s instead of %s", rows[i].code, (int)rows[i].day, STR_ARG(got),
                     rows[i].total);
    }
}

/* 100 for the province, 1 for the city, and what the county's scheme gives who lives within it. */
static void scored_by_the_successors_rules(void **state)
{
    static const struct expected rows[] = {
        {"X", EVE, "111.00"},    /* Xiacheng's 10 */
        {"X", CHANGE, "141.00"}, /* Gongshu's new 40: living in Xiacheng is living in it */
        {"X", LATER, "141.00"},
        {"G", EVE, "131.00"},
        {"G", CHANGE, "141.00"},
        {"H", EVE, "106.00"}, /* under Gongshu's old scheme Xiacheng was elsewhere */
        {"H", CHANGE, "141.00"},
        {"J", EVE, "121.00"},
        {"J", CHANGE, "101.00"}, /* split: no county's scheme, though Jianggan's has no end */
        {"Y", EVE, "161.00"},
        {"Y", CHANGE, "161.00"},
        {"L", CHANGE, "161.00"}, /* the register still says Yuhang, which is in force */
    };

    (void)state;
    assert_int_equal(EVE, DAY(2021, 4, 8));
    assert_int_equal(CHANGE, DAY(2021, 4, 9));
    assert_int_equal(LATER, DAY(2022, 4, 20));
    expect_totals(rows, sizeof rows / sizeof *rows);
}

/* --- what nobody can know --- */

static enum permit_condition lives_in(const char *code, int32_t division, int32_t day)
{
    struct permit_spans *x = ARENA_NEW(&w.a, struct permit_spans);

    assert_non_null(x);
    assert_int_equal(permit_spans_read(w.store, &w.a, w.rules, world_person_of(code), x), ERR_OK);
    return permit_condition_on(w.rules, x, division, day);
}

/* TEST-OF: 国令663 第十条  whether the conditions hold is unknown where a district was split */
static void a_split_leaves_it_open(void **state)
{
    static const struct {
        const char *code;
        int32_t division, day;
        enum permit_condition is;
    } rows[] = {
        {"X", GONGSHU, EVE, CONDITION_FAILS},       {"X", GONGSHU, CHANGE, CONDITION_HOLDS},
        {"X", SHANGCHENG, CHANGE, CONDITION_FAILS}, {"J", JIANGGAN, EVE, CONDITION_HOLDS},
        {"J", SHANGCHENG, EVE, CONDITION_FAILS},    {"J", SHANGCHENG, CHANGE, CONDITION_UNKNOWN},
        {"J", QIANTANG, CHANGE, CONDITION_UNKNOWN}, {"J", GONGSHU, CHANGE, CONDITION_FAILS},
        {"J", HANGZHOU, CHANGE, CONDITION_HOLDS},   {"Y", YUHANG, CHANGE, CONDITION_HOLDS},
        {"Y", LINPING, EVE, CONDITION_FAILS},       {"Y", LINPING, CHANGE, CONDITION_UNKNOWN},
        {"G", LINPING, CHANGE, CONDITION_FAILS}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (lives_in(rows[i].code, rows[i].division, rows[i].day) != rows[i].is)
            fail_msg("row %zu", i);
}

/* --- claims --- */

static struct str file_claim(const char *code, const char *indicator)
{
    const int64_t person = world_person_of(code);
    const struct caller own = world_resident(person, EVE);
    const struct claim_filing f = {.kind = CLAIM_KIND_REVIEW,
                                   .indicator = str_from_c(indicator),
                                   .reason = STR("fact_wrong"),
                                   .statement = STR("居住时间登记有误。")};
    struct claim_fault fault;
    struct str answer;

    assert_int_equal(claim_file(w.store, &w.a, w.rules, &own, world_key(), &f, &answer, &fault),
                     ERR_OK);
    const char *at = memmem(answer.p, answer.n, "\"number\":\"", 10);
    assert_non_null(at);
    return (struct str){at + 10, strcspn(at + 10, "\"")};
}

static bool lists(int32_t office, int32_t day, struct str number)
{
    const struct caller c = world_staff(ROLE_REVIEWER, office, day, 32);
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    const enum err e = claims_list(w.store, &w.a, w.rules, &c, STR(""), 0, &j);
    assert_true(e == ERR_OK || e == ERR_DENIED);
    const bool found = e == ERR_OK && memmem(b.p, b.n, number.p, number.n) != NULL;
    buf_done(&b);
    return found;
}

/* Filed on the last day of the old districts. */
static void claims_reach_the_successor(void **state)
{
    const struct str x = file_claim("X", "in_xiacheng"), j = file_claim("J", "in_jianggan");
    const struct caller gongshu = world_staff(ROLE_REVIEWER, GONGSHU, CHANGE, 33);
    const struct caller shangcheng = world_staff(ROLE_REVIEWER, SHANGCHENG, CHANGE, 34);
    const struct caller city = world_staff(ROLE_REVIEWER, HANGZHOU, CHANGE, 35);
    struct str answer;
    struct json out;
    struct buf b;
    int64_t whose;

    (void)state;
    assert_true(lists(XIACHENG, EVE, x) && !lists(GONGSHU, EVE, x) && lists(HANGZHOU, EVE, x));
    assert_true(!lists(XIACHENG, CHANGE, x) && lists(GONGSHU, CHANGE, x));
    assert_false(lists(SHANGCHENG, CHANGE, x));
    assert_true(lists(JIANGGAN, EVE, j) && !lists(JIANGGAN, CHANGE, j));
    assert_false(lists(SHANGCHENG, CHANGE, j) || lists(QIANTANG, CHANGE, j));
    assert_true(lists(HANGZHOU, CHANGE, x) && lists(HANGZHOU, CHANGE, j));
    buf_init(&b, 0);
    json_init(&out, &b, false);
    assert_int_equal(claim_show(w.store, &w.a, w.rules, &gongshu, x, &out, &whose), ERR_OK);
    assert_true(has(&b, "\"division\":330105") && has(&b, "拱墅"));
    buf_done(&b);
    const struct str take = STR("take");
    assert_int_equal(claim_step(w.store, &w.a, &shangcheng, world_key(), x, take, &answer),
                     ERR_NOT_FOUND);
    assert_int_equal(claim_step(w.store, &w.a, &gongshu, world_key(), x, take, &answer), ERR_OK);
    assert_int_equal(claim_step(w.store, &w.a, &gongshu, world_key(), j, take, &answer),
                     ERR_NOT_FOUND);
    assert_int_equal(claim_step(w.store, &w.a, &city, world_key(), j, take, &answer), ERR_OK);
}

/* --- the register says where everybody is --- */

static void the_register_has_the_last_word(void **state)
{
    static const struct expected rows[] = {
        {"X", EVE, "111.00"}, /* what was before stays */
        {"X", CHANGE, "141.00"},
        {"J", CHANGE, "101.00"}, /* Qiantang has no scheme of its own: the city's */
        {"L", EVE, "161.00"},
        {"L", CHANGE, "110.00"}, /* Linping's 9: that she lives in its part is not recorded */
    };

    (void)state;
    bring("permit_after.csv", "permit", LOAD_CHANGES, LATER);
    expect_totals(rows, sizeof rows / sizeof *rows);
    assert_string_equal(looks_for(QIANTANG, LATER, J_NUMBER), "found");
    assert_string_equal(looks_for(SHANGCHENG, LATER, J_NUMBER), "elsewhere");
    assert_string_equal(looks_for(GONGSHU, LATER, X_NUMBER), "found");
}

static enum err endorse(const char *code, const struct caller *c)
{
    static const struct permit_ask nothing;
    struct str answer;

    return permit_step(w.store, &w.a, w.rules, c, world_key(), world_person_of(code),
                       STR("endorse"), &nothing, &answer, NULL);
}

static struct str permit_json(const char *code, int32_t day)
{
    const int64_t person = world_person_of(code);
    const struct caller own = world_resident(person, day);
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &own, person, &j), ERR_OK);
    const struct str text = str_copy(&w.a, buf_str(&b));
    buf_done(&b);
    return text;
}

static bool says(struct str text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* Tenure goes on over the change; where residence is open the window looks, not the phone. */
static void a_permit_lives_on(void **state)
{
    const struct caller xia = world_resident(world_person_of("X"), LATER);
    const struct caller lin = world_resident(world_person_of("L"), LATER);
    const struct caller window = world_staff(ROLE_CLERK, LINPING, LATER, 36);

    (void)state;
    assert_true(says(permit_json("X", LATER), "\"tenure_days\":1085")); /* since 2019-05-01 */
    assert_true(says(permit_json("L", LATER), "\"tenure_days\":1085"));
    assert_int_equal(endorse("X", &xia), ERR_OK); /* in Xiacheng, so in Gongshu */
    assert_int_equal(endorse("L", &lin), ERR_RANGE);
    assert_int_equal(endorse("L", &window), ERR_OK);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(staff_see_those_of_the_predecessor, world_fresh),
        cmocka_unit_test_setup(scored_by_the_successors_rules, world_fresh),
        cmocka_unit_test_setup(a_split_leaves_it_open, world_fresh),
        cmocka_unit_test_setup(claims_reach_the_successor, world_fresh),
        cmocka_unit_test_setup(the_register_has_the_last_word, world_fresh),
        cmocka_unit_test_setup(a_permit_lives_on, world_fresh),
    };

    folder = argv[1];
    world_open(argv + 2, argc - 2);
    if (points_new(w.rules, &points) != ERR_OK) return 2;
    bring("identity.csv", "identity", LOAD_ADD, DAY(2020, 6, 1));
    bring("person.csv", "person", LOAD_FULL, DAY(2020, 6, 1));
    bring("permit.csv", "permit", LOAD_FULL, DAY(2020, 6, 1));
    bring("residence.csv", "residence", LOAD_FULL, DAY(2020, 6, 1));
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("redivision", tests, NULL, NULL);
    points_free(points);
    world_close();
    return failed;
}
