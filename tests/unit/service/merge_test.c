/* Two persons who prove to be one: from then on one, as known before two; and separate again. */
#include "world.h"

#include "service/accounts.h"
#include "service/claims.h"
#include "service/identity.h"
#include "service/loads.h"
#include "service/reads.h"
#include "service/receipts.h"

#define RUIAN 330381
#define FIRST DAY(2026, 3, 1)
#define PASSWORD STR("correct horse battery")

static uint32_t people;
static int32_t today;
static const struct life_word *guard;

static int fresh(void **state)
{
    (void)state;
    arena_done(&w.a);
    today = FIRST + (int32_t)people;
    return 0;
}

/* --- persons --- */

struct pair {
    char number[32], code[2][16];
    int64_t a, b;
    struct str case_number;
};

static int64_t person_with(const char *number, char code[16])
{
    int64_t person;

    snprintf(code, 16, "M%05u", ++people);
    const struct store_identity i = {
        .code = str_from_c(code), .id_number = str_from_c(number), .name = STR("王小明")};
    world_begin(today);
    assert_int_equal(store_person_add(w.store, &i, &person), ERR_OK);
    world_commit();
    return person;
}

static struct identities of(const struct caller *c)
{
    guard = NULL;
    return (struct identities){w.store, &w.a, w.rules, c, &guard};
}

static void permit_of(int64_t person, const char *from, const char *status, const char *to)
{
    world_fact(today, person, "permit", "division", "330381", "status", status, "from", from, "to",
               to, NULL);
}

/* Both of Rui'an, with one number and a case; `b` has the permit unless told not to. */
static struct pair pair_new(bool with_permit)
{
    struct pair p;
    const struct caller system = world_system(today);
    const struct identities x = of(&system);
    struct store_object *cases;
    uint32_t count;

    snprintf(p.number, sizeof p.number, "number-%05u", people);
    p.a = person_with(p.number, p.code[0]);
    p.b = person_with(p.number, p.code[1]);
    if (with_permit) permit_of(p.b, "2020-01-02", "valid", "");
    const int64_t both[] = {p.a, p.b};
    world_begin(today);
    assert_int_equal(identity_found_several(&x, str_from_c(p.number), both, 2, STR("")), ERR_OK);
    world_commit();
    assert_int_equal(store_objects_of(w.store, &w.a, p.a, STR("identity"), &cases, &count), ERR_OK);
    p.case_number = cases[0].number;
    return p;
}

static enum err step(const struct pair *p, int64_t account, const char *event)
{
    const struct caller c = world_staff(ROLE_REVIEWER, 330000, today, account);
    const struct identities x = of(&c);
    struct identity_case i;

    return identity_step(&x, world_key(), p->case_number, str_from_c(event), STR(""), &i);
}

static enum err merge(const struct pair *p)
{
    assert_int_equal(step(p, 31, "same"), ERR_OK);
    return step(p, 32, "merge");
}

static uint32_t facts_of(int64_t person, const char *reg, int64_t known_at)
{
    struct store_facts *all = ARENA_ARRAY(&w.a, struct store_facts, w.reg_count);

    assert_int_equal(store_facts_of(w.store, &w.a, person, known_at, all), ERR_OK);
    return all[world_reg(reg)].count;
}

/* The moment of the last command. */
static int64_t moment(void)
{
    int64_t last = 0, after = 0;
    uint32_t count;

    do {
        struct store_audit_record *items;
        assert_int_equal(store_audit_list(w.store, &w.a, after, 500, &items, &count), ERR_OK);
        if (count == 0) break;
        after = items[count - 1].seq;
        last = items[count - 1].recorded;
    } while (count == 500);
    return last;
}

static void lives(int64_t person, const char *from)
{
    world_fact(today, person, "residence", "division", "330381", "from", from, "to", "", NULL);
}

static void born(int64_t person, const char *day)
{
    world_fact(today, person, "person", "birth_date", day, NULL);
}

static void they_have_records(const struct pair *p)
{
    born(p->a, "1986-03-15");
    born(p->b, "1986-03-16"); /* of these there is one each */
    lives(p->a, "2020-01-02");
    lives(p->b, "2020-01-02"); /* the same row: once */
    lives(p->a, "2015-01-02");
}

/* --- cases --- */

/* The records come together, each once; two people decide; before that moment they are two. */
static void one_from_now_on(void **state)
{
    const struct pair p = pair_new(true);
    int64_t *found, who;
    uint32_t count;

    (void)state;
    they_have_records(&p);
    const int64_t before = moment();
    assert_int_equal(step(&p, 31, "merge"), ERR_CONFLICT);
    assert_int_equal(step(&p, 31, "same"), ERR_OK);
    assert_int_equal(step(&p, 31, "merge"), ERR_DENIED);
    assert_string_equal(guard->code, "identity.other_person");
    assert_int_equal(step(&p, 32, "merge"), ERR_OK);
    assert_int_equal(facts_of(p.b, "residence", STORE_KNOWN_NOW), 2);
    assert_int_equal(facts_of(p.b, "person", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(p.b, "permit", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(p.a, "residence", STORE_KNOWN_NOW), 0);
    assert_int_equal(facts_of(p.a, "person", STORE_KNOWN_NOW), 0);
    assert_int_equal(facts_of(p.a, "residence", before), 2);
    assert_int_equal(facts_of(p.b, "residence", before), 1);
    assert_int_equal(store_person_survivor(w.store, p.a, STORE_KNOWN_NOW, &who), ERR_OK);
    assert_int_equal(who, p.b);
    assert_int_equal(store_person_by_id_number(w.store, &w.a, str_from_c(p.number), &found, &count),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(found[0], p.b);
    assert_int_equal(store_person_survivor(w.store, p.a, before, &who), ERR_OK);
    assert_int_equal(who, p.a);
    assert_int_equal(step(&p, 33, "same"), ERR_CONFLICT); /* they are one already */
}

/* Without a permit anywhere it is who is known longest. */
static void who_is_known_longest(void **state)
{
    const struct pair p = pair_new(false);
    int64_t who;

    (void)state;
    lives(p.b, "2019-01-02");
    assert_int_equal(merge(&p), ERR_OK);
    assert_int_equal(store_person_survivor(w.store, p.b, STORE_KNOWN_NOW, &who), ERR_OK);
    assert_int_equal(who, p.a);
    assert_int_equal(facts_of(p.a, "residence", STORE_KNOWN_NOW), 1);
}

/* Not by who approved; then all is where it was, and between the two moments they are one. */
static void separate_again(void **state)
{
    const struct pair p = pair_new(true);
    int64_t who;

    (void)state;
    they_have_records(&p);
    assert_int_equal(merge(&p), ERR_OK);
    const int64_t merged = moment();
    lives(p.b, "2010-01-02"); /* came since: it stays */
    assert_int_equal(step(&p, 32, "overturn"), ERR_DENIED);
    assert_string_equal(guard->code, "identity.other_decider");
    assert_int_equal(step(&p, 31, "overturn"), ERR_OK);
    assert_int_equal(facts_of(p.a, "residence", STORE_KNOWN_NOW), 2);
    assert_int_equal(facts_of(p.a, "person", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(p.b, "residence", STORE_KNOWN_NOW), 2);
    assert_int_equal(facts_of(p.b, "person", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(p.b, "residence", merged), 2);
    assert_int_equal(store_person_survivor(w.store, p.a, STORE_KNOWN_NOW, &who), ERR_OK);
    assert_int_equal(who, p.a);
    assert_int_equal(store_person_survivor(w.store, p.a, merged, &who), ERR_OK);
    assert_int_equal(who, p.b);
}

/* Three with one number; what two of them have is counted once, and each gets it back. */
static void three_are_one(void **state)
{
    struct pair p = pair_new(true);
    const struct caller system = world_system(today);
    char code[16];

    (void)state;
    const int64_t c = person_with(p.number, code), all[] = {p.a, p.b, c};
    const struct identities x = of(&system);
    struct store_object *cases;
    uint32_t count;
    world_begin(today);
    assert_int_equal(identity_found_several(&x, str_from_c(p.number), all, 3, STR("")), ERR_OK);
    world_commit();
    assert_int_equal(store_objects_of(w.store, &w.a, p.a, STR("identity"), &cases, &count), ERR_OK);
    p.case_number = cases[1].number;
    lives(p.a, "2020-01-02");
    lives(c, "2020-01-02");
    assert_int_equal(merge(&p), ERR_OK);
    assert_int_equal(facts_of(p.b, "residence", STORE_KNOWN_NOW), 1);
    assert_int_equal(step(&p, 33, "overturn"), ERR_OK);
    assert_int_equal(facts_of(p.a, "residence", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(p.b, "residence", STORE_KNOWN_NOW), 0);
    assert_int_equal(facts_of(c, "residence", STORE_KNOWN_NOW), 1);
}

static void refused(const struct pair *p, const char *code)
{
    static struct buf before, after;

    assert_int_equal(step(p, 31, "same"), ERR_OK);
    world_counts(&before);
    assert_int_equal(step(p, 32, "merge"), ERR_RANGE);
    assert_string_equal(guard->code, code);
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    assert_int_equal(step(p, 33, "disagree"), ERR_OK);
}

static void two_permits(void **state)
{
    const struct pair p = pair_new(true);

    (void)state;
    permit_of(p.a, "2021-01-02", "suspended", "");
    refused(&p, "identity.one_permit");
    /* one that has ended does not stand in the way, and stays where it is */
    const struct pair q = pair_new(true);
    permit_of(q.a, "2015-01-02", "valid", "2016-01-02");
    assert_int_equal(merge(&q), ERR_OK);
    assert_int_equal(facts_of(q.a, "permit", STORE_KNOWN_NOW), 1);
    assert_int_equal(facts_of(q.b, "permit", STORE_KNOWN_NOW), 1);
}

static void an_open_claim(void **state)
{
    const struct pair p = pair_new(true);
    struct store_object o = {.person = p.a,
                             .kind = STR("claim"),
                             .state = STR("submitted"),
                             .division = RUIAN,
                             .since_day = today,
                             .deadline_day = DATE_OPEN_END,
                             .number = STR("A2026000001"),
                             .data = STR("{}")};

    (void)state;
    world_begin(today);
    assert_int_equal(store_object_add(w.store, &o), ERR_OK);
    world_commit();
    refused(&p, "identity.no_claim");
}

/* A survivor takes another; one who was merged cannot be merged again, nor take others. */
static void merged_with_somebody_else(void **state)
{
    const struct pair p = pair_new(true), q = pair_new(true);
    const struct caller system = world_system(today);
    struct store_object *cases;
    uint32_t count;

    (void)state;
    assert_int_equal(merge(&p), ERR_OK);
    const int64_t both[] = {p.a, q.a};
    const struct identities x = of(&system);
    world_begin(today);
    assert_int_equal(identity_found_several(&x, STR("another"), both, 2, STR("")), ERR_OK);
    world_commit();
    assert_int_equal(store_objects_of(w.store, &w.a, p.a, STR("identity"), &cases, &count), ERR_OK);
    struct pair r = p;
    r.case_number = cases[count - 1].number;
    refused(&r, "identity.unlinked");
}

static void too_many_together(void **state)
{
    const struct pair p = pair_new(true);
    const uint32_t reg = world_reg("residence");
    const int from = world_field(reg, "from"), to = world_field(reg, "to");
    struct store_cell cells[16] = {{.known = false}};
    int64_t fact;

    (void)state;
    cells[world_field(reg, "division")] = (struct store_cell){.known = true, .i = RUIAN};
    world_begin(today);
    for (int32_t i = 0; i < 1200; i++) {
        cells[from] = (struct store_cell){.known = true, .i = DAY(2015, 1, 2) + 2 * i};
        cells[to] = (struct store_cell){.known = true, .i = DAY(2015, 1, 3) + 2 * i};
        assert_int_equal(store_fact_add(w.store, reg, i % 2 ? p.a : p.b, cells, &fact), ERR_OK);
    }
    world_commit();
    refused(&p, "identity.consistent");
}

/* Who looked at the one is shown to the other; the account is of who it is now. */
static void all_leads_to_the_survivor(void **state)
{
    const struct pair p = pair_new(true);
    const struct caller system = world_system(today),
                        clerk = world_staff(ROLE_CLERK, RUIAN, today, 7);
    struct store_account x = {.login = STR("holder"),
                              .role = STR("resident"),
                              .office = STR(""),
                              .name = STR("王小明"),
                              .person = p.a,
                              .password = PASSWORD};
    const struct sign_in_ask ask = {.login = x.login, .password = PASSWORD};
    const int64_t now = system.now;
    struct sign_in in;
    struct caller who;
    uint32_t wait;
    int64_t until;
    struct json j;
    struct buf b;

    (void)state;
    assert_int_equal(account_create(w.store, &w.a, &system, world_key(), &x), ERR_OK);
    assert_int_equal(account_sign_in(w.store, &w.a, &ask, now, &in, &wait), ERR_OK);
    assert_int_equal(reads_record(w.store, &clerk, p.a, ACTION_SCORE_READ), ERR_OK);
    struct store_receipt receipt = {.person = p.a,
                                    .kind = STR("score"),
                                    .number = STR("S2026000009"),
                                    .body = STR("{}"),
                                    .facts = STR("")};
    world_begin(today);
    assert_int_equal(store_receipt_add(w.store, &receipt), ERR_OK);
    world_commit();
    assert_int_equal(merge(&p), ERR_OK);
    /* signed in again, as who it is now */
    assert_int_equal(account_of_token(w.store, &w.a, NULL, str_from_c(in.token), false, false,
                                      STR(""), now, &who, &until),
                     ERR_NOT_FOUND);
    assert_int_equal(account_sign_in(w.store, &w.a, &ask, now, &in, &wait), ERR_OK);
    assert_int_equal(account_of_token(w.store, &w.a, NULL, str_from_c(in.token), false, false,
                                      STR(""), now, &who, &until),
                     ERR_OK);
    assert_int_equal(who.person, p.b);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(reads_own(w.store, &w.a, &who, &j), ERR_OK);
    assert_true(has(&b, "score.read"));
    assert_int_equal(receipts_own(w.store, &w.a, &who, &j), ERR_OK);
    assert_true(has(&b, "S2026000009"));
    assert_int_equal(receipt_show(w.store, &w.a, &who, STR("S2026000009"), &j), ERR_OK);
    buf_done(&b);
}

/* A department that still has both goes on sending the old code. */
static void loads_with_the_old_code(void **state)
{
    const struct pair p = pair_new(true);
    const struct caller c = world_system(today);
    struct loads x = {.s = w.store, .a = &w.a, .r = w.rules, .c = &c, .share_permille = 1000000};
    struct buf csv, trouble;
    struct load l;

    (void)state;
    assert_int_equal(merge(&p), ERR_OK);
    buf_init(&csv, 0);
    buf_init(&trouble, 0);
    buf_printf(
        &csv,
        "person_id,division,from,to\n%s,330381,2012-01-02,2013-01-02\n%s,330381,2014-01-02,\n",
        p.code[0], p.code[1]);
    const struct load_ask ask = {.reg = STR("residence"),
                                 .mode = LOAD_CHANGES,
                                 .file_name = STR("test.csv"),
                                 .bytes = buf_str(&csv)};
    assert_int_equal(load_stage(&x, world_key(), &ask, &l, &trouble), ERR_OK);
    assert_int_equal(load_accept(&x, world_key(), l.object.number, &l), ERR_OK);
    loads_done(&x);
    assert_int_equal(l.counts.added, 2);
    assert_int_equal(facts_of(p.b, "residence", STORE_KNOWN_NOW), 2);
    assert_int_equal(facts_of(p.a, "residence", STORE_KNOWN_NOW), 0);
    buf_done(&csv);
    buf_done(&trouble);
}

#define CASE(f) cmocka_unit_test_setup(f, fresh)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(one_from_now_on),
        CASE(who_is_known_longest),
        CASE(separate_again),
        CASE(three_are_one),
        CASE(two_permits),
        CASE(an_open_claim),
        CASE(merged_with_somebody_else),
        CASE(too_many_together),
        CASE(all_leads_to_the_survivor),
        CASE(loads_with_the_old_code),
        CASE(world_is_whole),
    };

    world_open(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("merging", tests, NULL, NULL);
    world_close();
    return failed;
}
