/* Identity cases: opened by loads and by changes of number, never one person picked; every state ×
 * event × role against the table; the number asked for needs two people.
 *
 * identity_test RULE-FILE…   on PostgreSQL by JIFEN_TEST_POSTGRES. */
#include "world.h"

#include "service/identity.h"
#include "service/loads.h"
#include "service/persons.h"

#define TODAY DAY(2026, 3, 2)
#define RUIAN 330381
#define NUMBER "11010519491231002X"
#define OTHER "330381199001010019"

static struct identities of(const struct caller *c)
{
    return (struct identities){w.store, &w.a, w.rules, c, NULL};
}

static void settle_permit(const char *code)
{
    world_fact(DAY(2020, 1, 2), world_person_of(code), "permit", "division", "330381", "status",
               "valid", "from", "2020-01-01", "to", "", NULL);
}

static struct load bring(const char *reg, enum load_mode mode, const char *csv)
{
    return world_bring(reg, mode, STR("test.csv"), str_from_c(csv), TODAY);
}

static uint32_t cases_of(const char *code, struct store_object **ret)
{
    uint32_t count;
    assert_int_equal(
        store_objects_of(w.store, &w.a, world_person_of(code), STR("identity"), ret, &count),
        ERR_OK);
    return count;
}

static void twins_open_one_case(void **state)
{
    struct store_object *cases;

    (void)state;
    bring("identity", LOAD_ADD,
          "person_id,id_number,name,phone\nA," NUMBER ",王小明,\nB,11010519491231002x,李四,\n");
    assert_int_equal(cases_of("A", &cases), 1);
    assert_true(str_eq(cases[0].state, STR("several")));
    assert_int_equal(cases_of("B", &cases), 0); /* one case for both, with the first of them */
    bring("identity", LOAD_ADD, "person_id,id_number,name,phone\nA," NUMBER ",王晓明,\n");
    assert_int_equal(cases_of("A", &cases), 1);
    settle_permit("A");
    settle_permit("B");
}

static void a_row_of_several_is_refused(void **state)
{
    struct caller c = world_system(TODAY);
    struct loads x = {.s = w.store, .a = &w.a, .r = w.rules, .c = &c};
    struct store_object *cases;
    struct str errors;

    (void)state;
    const struct load l = bring("residence", LOAD_CHANGES,
                                "id_number,division,from,to\n" NUMBER ",330381,2020-01-01,\n");
    assert_int_equal(l.counts.added, 0);
    assert_int_equal(l.counts.refused, 1);
    assert_int_equal(l.counts.unknown_persons, 0);
    assert_int_equal(load_errors(&x, l.object.number, &errors), ERR_OK);
    assert_non_null(strstr(errors.p, "residence.csv,2,id_number,JD0123,"));
    assert_int_equal(cases_of("A", &cases), 1); /* known already */
}

static void all_are_shown(void **state)
{
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 21);
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(persons_find(w.store, &w.a, w.rules, &clerk, STR(NUMBER), &j), ERR_OK);
    assert_true(has(&b, "\"code\":\"A\"") && has(&b, "\"code\":\"B\""));
    buf_done(&b);
}

static void a_changed_number_needs_two_people(void **state)
{
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 21);
    const struct caller asker = world_staff(ROLE_REVIEWER, RUIAN, TODAY, 22);
    const struct caller reviewer = world_staff(ROLE_REVIEWER, RUIAN, TODAY, 23);
    const struct caller elsewhere = world_staff(ROLE_REVIEWER, 330106, TODAY, 24);
    struct identities x = of(&asker), y = of(&reviewer), z = of(&clerk), far = of(&elsewhere);
    struct identity_case i;
    int64_t *persons;
    uint32_t count;

    (void)state;
    const struct str why = STR("登记有误");
    assert_int_equal(identity_ask(&far, world_key(), world_person_of("B"), STR(OTHER), why, &i),
                     ERR_DENIED);
    assert_int_equal(identity_ask(&x, world_key(), world_person_of("B"), STR("1234"), why, &i),
                     ERR_SYNTAX);
    assert_int_equal(
        identity_ask(&x, world_key(), world_person_of("B"), STR("110105194912310021"), why, &i),
        ERR_CORRUPT);
    assert_int_equal(identity_ask(&x, world_key(), world_person_of("B"), STR(NUMBER), why, &i),
                     ERR_EXISTS);
    const struct str key = world_key();
    assert_int_equal(identity_ask(&x, key, world_person_of("B"), STR(OTHER), why, &i), ERR_OK);
    const struct str number = str_copy(&w.a, i.object.number);
    assert_int_equal(identity_ask(&x, key, world_person_of("B"), STR(OTHER), why, &i), ERR_OK);
    assert_true(str_eq(i.object.number, number)); /* the same key: the same case */
    const struct str yes = STR("approve"), note = STR("");
    const struct life_word *guard = NULL;
    x.ret_guard = &guard;
    assert_int_equal(identity_step(&x, world_key(), number, yes, note, &i), ERR_DENIED);
    assert_string_equal(guard->code, "identity.other_person");
    assert_int_equal(identity_step(&z, world_key(), number, yes, note, &i), ERR_DENIED);
    assert_int_equal(identity_step(&far, world_key(), number, yes, note, &i), ERR_DENIED);
    assert_int_equal(identity_step(&y, world_key(), number, STR("distinct"), note, &i),
                     ERR_CONFLICT);
    assert_int_equal(identity_step(&y, world_key(), number, STR("nothing"), note, &i),
                     ERR_NOT_FOUND);
    assert_int_equal(identity_step(&y, world_key(), number, yes, note, &i), ERR_OK);
    assert_true(str_eq(i.object.state, STR("settled")));
    assert_int_equal(identity_step(&y, world_key(), number, yes, note, &i), ERR_CONFLICT);
    assert_int_equal(store_person_by_id_number(w.store, &w.a, STR(OTHER), &persons, &count),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(persons[0], world_person_of("B"));
    /* the old number still shows both, for people; a row with it is A's now */
    assert_int_equal(store_person_by_id_number(w.store, &w.a, STR(NUMBER), &persons, &count),
                     ERR_OK);
    assert_int_equal(count, 2);
    const struct load l = bring("residence", LOAD_CHANGES,
                                "id_number,division,from,to\n" NUMBER ",330381,2020-01-01,\n");
    assert_int_equal(l.counts.added, 1);
}

static void a_change_may_show_the_next_case(void **state)
{
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 21);
    const struct caller reviewer = world_staff(ROLE_REVIEWER, RUIAN, TODAY, 23);
    struct identities x = of(&clerk), y = of(&reviewer);
    struct identity_case i, *all;
    struct store_object *cases;
    uint32_t count;

    (void)state;
    assert_int_equal(identity_ask(&x, world_key(), world_person_of("A"), STR(OTHER), STR(""), &i),
                     ERR_OK);
    assert_int_equal(identity_step(&y, world_key(), i.object.number, STR("approve"), STR(""), &i),
                     ERR_OK);
    assert_int_equal(cases_of("A", &cases), 3); /* twins; the change; A and B with the other one */
    assert_true(str_eq(cases[2].state, STR("several")));
    assert_int_equal(identity_list(&y, STR("several"), 0, &all, &count), ERR_OK);
    assert_int_equal(count, 1); /* the first twins had no permit yet: the province's */
    struct buf b;
    struct json j;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(identity_add_json(&y, &all[0], &j), ERR_OK);
    assert_true(has(&b, "\"id_number\":\"3303************19\""));
    assert_true(has(&b, "\"can\":[\"distinct\",\"dismiss\",\"same\"]"));
    assert_false(has(&b, OTHER) || has(&b, "王晓明"));
    buf_done(&b);
    assert_int_equal(
        identity_step(&y, world_key(), all[0].object.number, STR("distinct"), STR("见过两人"), &i),
        ERR_OK);
    assert_true(str_eq(i.object.state, STR("settled")));
}

/* What the table does not allow changes nothing, whoever asks. */
static void every_state_event_and_role(void **state)
{
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 21);
    struct identities x = of(&clerk);
    struct identity_case i;
    struct buf before, after;

    (void)state;
    assert_int_equal(identity_ask(&x, world_key(), world_person_of("B"), STR(NUMBER), STR(""), &i),
                     ERR_OK);
    const struct str number = i.object.number;
    buf_init(&before, 0);
    buf_init(&after, 0);
    world_counts(&before);
    for (unsigned role = 0; role < ROLE_COUNT; role++)
        for (uint32_t k = 0; k < identity_life.row_count; k++) {
            const struct caller c = world_staff((enum role)role, RUIAN, TODAY, 99);
            struct identities y = of(&c);
            const struct life_row *row = &identity_life.rows[k], *found;
            if (life_find(&identity_life, STR("asked"), str_from_c(row->event), c.role, &found) ==
                ERR_OK) {
                assert_true(role == ROLE_REVIEWER ||
                            (role == ROLE_CLERK && strcmp(row->event, "withdraw") == 0));
                continue;
            }
            assert_true(identity_step(&y, world_key(), number, str_from_c(row->event), STR(""),
                                      &i) != ERR_OK);
        }
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    buf_done(&before);
    buf_done(&after);
}

/* --- loads of identities that are taken back --- */

#define P_OLD "330103198001010014"
#define P_NEW "33010419850506002X"
#define Q_NEW "33010319790909003X"
#define R_NEW "330103199103030045"

static enum err take_back(const struct load *l, enum load_why *ret_why)
{
    struct caller c = world_system(TODAY);
    struct loads x = {.s = w.store, .a = &w.a, .r = w.rules, .c = &c};
    struct load after;
    const enum err e = load_reverse(&x, world_key(), l->object.number, &after);

    *ret_why = x.why;
    return e;
}

static void expect_kept(const struct load *l, enum load_why why)
{
    struct buf before = {0}, after = {0};
    enum load_why got;

    buf_init(&before, 0);
    buf_init(&after, 0);
    world_counts(&before);
    assert_int_equal(take_back(l, &got), ERR_CONFLICT);
    assert_int_equal(got, why);
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after))); /* nothing was done */
    buf_done(&before);
    buf_done(&after);
}

static void expect_gone(const struct load *l)
{
    enum load_why why;

    assert_int_equal(take_back(l, &why), ERR_OK);
}

/* Everybody as they are known: code, number, name, phone; and whom each number finds. */
static struct str who_is_who(void)
{
    static const char *const numbers[] = {NUMBER, OTHER, P_OLD, P_NEW, Q_NEW, R_NEW};
    struct str *codes;
    int64_t *persons;
    uint32_t count;
    struct buf b;

    buf_init(&b, 0);
    assert_int_equal(store_person_codes(w.store, &w.a, &codes, &persons, &count), ERR_OK);
    for (uint32_t i = 0; i < count; i++) {
        struct store_identity x;
        assert_int_equal(store_person_identity(w.store, &w.a, persons[i], &x), ERR_OK);
        buf_printf(&b, "%.*s %.*s %.*s %.*s;", STR_ARG(codes[i]), STR_ARG(x.id_number),
                   STR_ARG(x.name), STR_ARG(x.phone));
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        int64_t *found;
        assert_int_equal(
            store_person_by_id_number(w.store, &w.a, str_from_c(numbers[k]), &found, &count),
            ERR_OK);
        for (uint32_t i = 0; i < count; i++)
            buf_printf(&b, "%s:%lld;", numbers[k], (long long)found[i]);
    }
    const struct str text = str_copy(&w.a, buf_str(&b));
    buf_done(&b);
    return text;
}

static void a_load_of_identities_is_taken_back(void **state)
{
    (void)state;
    bring("identity", LOAD_ADD, "person_id,id_number,name,phone\nP," P_OLD ",彭一,13800000001\n");
    const struct str first = who_is_who();
    /* P changes, Q and R are new, R without a word about him */
    const struct load l =
        bring("identity", LOAD_ADD,
              "person_id,id_number,name,phone\nP," P_NEW ",彭二,\nQ," Q_NEW ",邱一,\nR,,,\n");
    assert_int_equal(l.counts.persons_new, 2);
    assert_int_equal(l.counts.added, 3);
    const struct str second = who_is_who();
    assert_false(str_eq(first, second));
    const struct load again =
        bring("identity", LOAD_ADD, "person_id,id_number,name,phone\nP," P_OLD ",彭三,\n");
    expect_kept(&l, LOAD_WHY_IDENTITIES); /* the last one first */
    expect_gone(&again);
    assert_true(str_eq(who_is_who(), second));
    expect_gone(&l);
    assert_true(str_eq(who_is_who(), first));
    int64_t person;
    assert_int_equal(store_person_by_code(w.store, STR("Q"), &person), ERR_NOT_FOUND);
    enum load_why why;
    assert_int_equal(take_back(&l, &why), ERR_CONFLICT);
    assert_int_equal(why, LOAD_WHY_STATE);
}

/* The same file may come again; the new persons are new ones. */
static void what_was_taken_back_may_come_again(void **state)
{
    static const char csv[] = "person_id,id_number,name,phone\nQ," Q_NEW ",邱一,\n";
    int64_t *found;
    uint32_t count;

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct load l = bring("identity", LOAD_ADD, csv);
        assert_int_equal(l.counts.persons_new, 1);
        assert_int_equal(store_person_by_id_number(w.store, &w.a, STR(Q_NEW), &found, &count),
                         ERR_OK);
        assert_int_equal(count, 1);
        assert_int_equal(found[0], world_person_of("Q"));
        expect_gone(&l);
    }
}

static void who_was_touched_stays(void **state)
{
    static const char csv[] = "person_id,id_number,name,phone\nQ," Q_NEW ",邱一,\n";
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, TODAY, 21);
    struct identities x = of(&clerk);
    struct identity_case i;

    (void)state;
    const struct load l = bring("identity", LOAD_ADD, csv);
    settle_permit("Q"); /* a fact, even one that is taken back again */
    expect_kept(&l, LOAD_WHY_PERSONS);
    const struct load m = bring("identity", LOAD_ADD, "person_id,id_number,name,phone\nR,,阮一,\n");
    assert_int_equal(
        identity_ask(&x, world_key(), world_person_of("R"), STR(R_NEW), STR("补登"), &i),
        ERR_OK); /* a command and a case about him */
    expect_kept(&m, LOAD_WHY_PERSONS);
    const struct load n = bring("identity", LOAD_ADD, "person_id,id_number,name,phone\nS,,沈一,\n");
    const struct store_access looked = {.person = world_person_of("S"),
                                        .actor = 21,
                                        .recorded = clerk.now,
                                        .role = STR("clerk"),
                                        .office = STR("窗口"),
                                        .purpose = STR("window"),
                                        .what = STR("person.find"),
                                        .case_number = STR("")};
    assert_int_equal(store_access_add(w.store, &looked), ERR_OK);
    expect_kept(&n, LOAD_WHY_PERSONS); /* who looked at whose data is never lost */
}

/* The case that a load showed goes with it, unless people have settled it. */
static void its_cases_go_with_it(void **state)
{
    static const char csv[] = "person_id,id_number,name,phone\nT," P_OLD ",佟一,\n";
    const struct caller province = world_staff(ROLE_REVIEWER, 330000, TODAY, 25);
    struct identities x = of(&province);
    struct identity_case i, *all;
    struct store_object *cases;
    uint32_t count;
    struct buf b;
    struct json j;

    (void)state;
    const struct load l = bring("identity", LOAD_ADD, csv);
    const uint32_t at = cases_of("P", &cases) - 1;
    assert_true(str_eq(cases[at].state, STR("several")));
    expect_gone(&l);
    assert_int_equal(cases_of("P", &cases), at + 1);
    assert_true(str_eq(cases[at].state, STR("dismissed")));
    assert_int_equal(identity_list(&x, STR("dismissed"), 0, &all, &count), ERR_OK);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    for (uint32_t k = 0; k < count; k++)
        if (str_eq(all[k].object.number, cases[at].number))
            assert_int_equal(identity_add_json(&x, &all[k], &j), ERR_OK);
    assert_true(has(&b, "\"code\":\"P\"") && !has(&b, "\"code\":\"T\""));
    buf_done(&b);
    const struct load m = bring("identity", LOAD_ADD, csv); /* a case anew */
    assert_int_equal(cases_of("P", &cases), at + 2);
    assert_int_equal(
        identity_step(&x, world_key(), cases[at + 1].number, STR("distinct"), STR("见过两人"), &i),
        ERR_OK);
    expect_kept(&m, LOAD_WHY_PERSONS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(twins_open_one_case, world_fresh),
        cmocka_unit_test_setup(a_row_of_several_is_refused, world_fresh),
        cmocka_unit_test_setup(all_are_shown, world_fresh),
        cmocka_unit_test_setup(a_changed_number_needs_two_people, world_fresh),
        cmocka_unit_test_setup(a_change_may_show_the_next_case, world_fresh),
        cmocka_unit_test_setup(every_state_event_and_role, world_fresh),
        cmocka_unit_test_setup(a_load_of_identities_is_taken_back, world_fresh),
        cmocka_unit_test_setup(what_was_taken_back_may_come_again, world_fresh),
        cmocka_unit_test_setup(who_was_touched_stays, world_fresh),
        cmocka_unit_test_setup(its_cases_go_with_it, world_fresh),
        cmocka_unit_test_setup(world_is_whole, world_fresh),
    };

    world_open(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("identity", tests, NULL, NULL);
    world_close();
    return failed;
}
