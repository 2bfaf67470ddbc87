/* Permits of a few people over years, from a seed: acts of every kind by everybody, a clock that
 * jumps, acts sent twice, memory that ends in the middle, a store opened
 * anew. After every act the invariants of permit.h are looked at from outside.
 *
 * permit_sim_test RULE-FILE…     JIFEN_SEED and JIFEN_STEPS choose what is tried. */
#include "world.h"

#include "service/points.h"
#include "service/term.h"

#define PEOPLE 8
#define START DAY(2024, 1, 8)
#define KEPT 64 /* acts that may be sent again */

struct act {
    struct caller c;
    struct permit_ask ask;
    char key[32];
    const char *event;
    int64_t person;
    char answer[400];
};

static uint64_t seed;
static int64_t persons[PEOPLE];
static struct points *points;
static int32_t today;
static struct act kept[KEPT];
static uint32_t kept_count, keys;
static struct buf before, after, view;

static uint32_t draw(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 11) % below);
}

static bool is(struct str a, const char *b)
{
    return str_eq(a, str_from_c(b));
}

/* --- looking from outside --- */

struct seen {
    struct store_object *all;
    uint32_t count, live;
    const struct store_object *at; /* the live one, else the last; NULL = none */
    struct str status;             /* of the register today */
    int32_t division;
    uint32_t steps, adopted;
};

static void look_at_register(int64_t p, struct seen *x)
{
    struct store_facts *facts = ARENA_ARRAY(&w.a, struct store_facts, w.reg_count);
    const uint32_t reg = world_reg("permit");
    const int from = world_field(reg, "from"), to = world_field(reg, "to");

    assert_int_equal(store_facts_of(w.store, &w.a, p, STORE_KNOWN_NOW, facts), ERR_OK);
    for (uint32_t i = 0; i < facts[reg].count; i++) {
        const struct store_cell *c = facts[reg].items[i].cells;
        assert_true(c[from].i < c[to].i);
        for (uint32_t k = 0; k < i; k++) {
            const struct store_cell *o = facts[reg].items[k].cells;
            assert_true(c[to].i <= o[from].i || o[to].i <= c[from].i);
        }
        if (today < c[from].i || today >= c[to].i) continue;
        x->status = c[world_field(reg, "status")].t;
        x->division = (int32_t)c[world_field(reg, "division")].i;
    }
}

/* P5: what stops a permit, ends it or brings it back has a ground and somebody who decided. */
static void look_at_history(const struct store_object *o, struct seen *x)
{
    static const char *const restoring[] = {"endorse_late", "clear", "overturn"};
    struct store_step *steps;
    uint32_t count;

    assert_int_equal(store_object_history(w.store, &w.a, o->person, o->id, &steps, &count), ERR_OK);
    assert_int_equal(count, o->version);
    x->steps += count;
    x->adopted += o->number.p[0] == 'D';
    for (uint32_t i = 1; i < count; i++) {
        bool needs = str_starts(steps[i].to, STR("suspended")) || is(steps[i].to, "cancelled") ||
                     is(steps[i].to, "revoked") || is(steps[i].to, "refused");
        for (size_t k = 0; k < 3; k++)
            needs |= is(steps[i].event, restoring[k]);
        if (needs && (steps[i].note.n == 0 || steps[i].role.n == 0))
            fail_msg("%.*s without a ground", STR_ARG(steps[i].event));
        assert_true(str_eq(steps[i].from, steps[i - 1].to));
        assert_true(steps[i].day >= steps[i - 1].day);
    }
}

static struct seen look(int64_t p)
{
    struct seen x = {.status = STR("")};

    assert_int_equal(store_objects_of(w.store, &w.a, p, STR("permit"), &x.all, &x.count), ERR_OK);
    look_at_register(p, &x);
    for (uint32_t i = 0; i < x.count; i++) {
        const bool live = !life_state_named(&permit_life, x.all[i].state)->is_end;
        look_at_history(&x.all[i], &x);
        x.live += live;
        if (live || x.live == 0) x.at = &x.all[i];
    }
    return x;
}

/* What the register must say in a state; NULL = nothing in use. */
static const char *status_for(struct str state)
{
    if (is(state, "valid")) return "valid";
    if (str_starts(state, STR("suspended"))) return "suspended";
    return is(state, "cancelled") || is(state, "revoked") ? "cancelled" : NULL;
}

static uint32_t messages_of(int64_t person)
{
    struct store_message *all;
    uint32_t count, n = 0;

    assert_int_equal(store_outbox_take(w.store, &w.a, 1000000, &all, &count), ERR_OK);
    for (uint32_t i = 0; i < count; i++)
        n += all[i].person == person && is(all[i].kind, "permit");
    return n;
}

static void check_points(int64_t p, const struct seen *x)
{
    const struct caller own = world_resident(p, today);
    const struct points_query q = points_query_own(&own);
    struct json j;

    if (today > DAY(2028, 7, 25)) return; /* the rules have ended */
    view.n = 0;
    json_init(&j, &view, false);
    assert_int_equal(points_score(points, w.store, &w.a, &own, &q, &j), ERR_OK);
    assert_int_equal(has(&view, "\"code\":\"in_force\""), is(x->status, "valid"));
    if (!is(x->status, "valid")) assert_true(has(&view, "\"total\":\"0.00\""));
}

static int64_t number_in(const struct buf *b, const char *mark)
{
    char *end;
    const char *at = memmem(b->p, b->n, mark, strlen(mark));

    INVARIANT(at);
    return strtoll(at + strlen(mark), &end, 10);
}

static void check_view(int64_t p, const struct seen *x)
{
    const struct caller own = world_resident(p, today);
    struct json j;

    view.n = 0;
    json_init(&j, &view, false);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &own, p, &j), ERR_OK);
    const int64_t tenure = number_in(&view, "\"tenure_days\":"); /* P3 */
    assert_true(tenure >= 0 && tenure <= today - DAY(2015, 1, 1));
    if (x->at && x->live > 0) {
        char state[48];
        snprintf(state, sizeof state, "\"state\":\"%.*s\"", STR_ARG(x->at->state));
        assert_true(has(&view, state));
    }
}

static void check(int64_t p)
{
    const struct seen x = look(p);

    assert_true(x.live <= 1); /* P1 */
    if (x.at) {
        const char *status = status_for(x.at->state); /* P2 */
        /* an old end may be followed by a permit that the register alone has */
        if (status && x.at->since_day <= today && !is(x.status, status))
            fail_msg("%.*s, but the register says %.*s", STR_ARG(x.at->state), STR_ARG(x.status));
        if (status) assert_int_equal(x.division, x.at->division);
    }
    assert_int_equal(messages_of(p), x.steps - x.adopted); /* P5: every act is told */
    check_points(p, &x);
    check_view(p, &x);
}

/* --- acting --- */

static const struct life_row *some_row(int64_t p)
{
    const struct seen x = look(p);
    const struct life_row *fit[64];
    uint32_t n = 0;

    if (draw(4) == 0) return &permit_life.rows[draw(permit_life.row_count)];
    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const struct life_row *r = &permit_life.rows[i];
        const bool in_use = is(x.status, "valid") || is(x.status, "suspended");
        /* what the register alone speaks of is taken over in this state */
        const char *loaded = is(x.status, "valid") ? "valid" : "suspended_record";
        const bool here =
            x.live > 0 || !in_use ? x.at && is(x.at->state, r->from) : strcmp(loaded, r->from) == 0;
        if (*r->from ? here : x.live == 0 && !in_use) fit[n++] = r;
    }
    return n > 0 ? fit[draw(n)] : &permit_life.rows[draw(permit_life.row_count)];
}

static enum role some_role(const struct life_row *row)
{
    enum role fit[ROLE_COUNT];
    uint32_t n = 0;

    for (unsigned r = 0; r < ROLE_COUNT; r++)
        if (row->roles & ROLE_BIT(r)) fit[n++] = (enum role)r;
    return draw(8) == 0 ? (enum role)draw(ROLE_COUNT) : fit[draw(n)];
}

static struct act some_act(void)
{
    static const int32_t counties[] = {330381, 330203};
    static const int32_t offices[] = {330381, 330203, 330000};
    const int64_t p = persons[draw(PEOPLE)];
    const struct life_row *row = some_row(p);
    const enum role role = some_role(row);
    struct act x = {.person = p, .event = row->event};

    x.c = role == ROLE_RESIDENT ? world_resident(p, today)
          : role == ROLE_SYSTEM ? world_system(today)
                                : world_staff(role, offices[draw(3)], today, 1 + draw(3));
    x.ask = (struct permit_ask){.reason = draw(5) ? STR("own words") : STR(""),
                                .division = counties[draw(2)],
                                .note = STR("")};
    snprintf(x.key, sizeof x.key, "sim-key-%08u", ++keys);
    return x;
}

static enum err send(const struct act *x, struct str *answer)
{
    const struct life_word *guard = NULL;

    *answer = STR("");
    return permit_step(w.store, &w.a, w.rules, &x->c, str_from_c(x->key), x->person,
                       str_from_c(x->event), &x->ask, answer, &guard);
}

static void keep(const struct act *x, struct str answer)
{
    struct act *k = &kept[kept_count++ % KEPT];

    *k = *x;
    INVARIANT(answer.n < sizeof k->answer);
    memcpy(k->answer, answer.p, answer.n);
    k->answer[answer.n] = '\0';
}

static void one_act(void)
{
    const struct act x = some_act();
    struct str answer;

    world_counts(&before);
    const enum err e = send(&x, &answer);
    world_counts(&after);
    assert_true((e == ERR_OK) != str_eq(buf_str(&before), buf_str(&after)));
    assert_true(e == ERR_OK || e == ERR_DENIED || e == ERR_CONFLICT || e == ERR_RANGE);
    if (e == ERR_OK) keep(&x, answer);
    check(x.person);
}

/* Sent again, on a later day: the same answer, nothing done. Under the key something else: no. */
static void sent_again(void)
{
    struct str answer;

    if (kept_count == 0) return;
    struct act x = kept[draw(kept_count < KEPT ? kept_count : KEPT)];
    x.c.today = today;
    world_counts(&before);
    assert_int_equal(send(&x, &answer), ERR_OK);
    assert_true(is(answer, x.answer));
    x.ask.division++;
    assert_int_equal(send(&x, &answer), ERR_CONFLICT);
    world_counts(&after);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
}

/* Memory ends somewhere in the act: all of it or nothing was done. */
static void memory_ends(void)
{
    const struct act x = some_act();
    const struct life_word *guard = NULL;
    struct str answer = STR("");
    struct arena a;

    arena_init(&a, 0);
    a.fail_at = 1 + draw(120);
    world_counts(&before);
    const enum err e = permit_step(w.store, &a, w.rules, &x.c, str_from_c(x.key), x.person,
                                   str_from_c(x.event), &x.ask, &answer, &guard);
    world_counts(&after);
    assert_true((e == ERR_OK) != str_eq(buf_str(&before), buf_str(&after)));
    if (e == ERR_OK) keep(&x, answer);
    arena_done(&a);
    check(x.person);
}

/* P6 and the rest of the calendar: asked often enough, nothing is overdue. */
static void the_clock(void)
{
    uint32_t rounds = 0;

    while (world_due(today) > 0)
        assert_true(++rounds < 20);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct seen x = look(persons[i]);
        if (x.live > 0 && x.at->deadline_day < today && !is(x.at->state, "suspended_record"))
            fail_msg("%.*s is overdue", STR_ARG(x.at->state));
        check(persons[i]);
    }
}

/* To the last day of something, and there, often, the act that was waited for. */
static void to_a_deadline(int64_t p, const struct store_object *o)
{
    const bool missed = is(o->state, "suspended_missed");
    struct act x = {.person = p, .event = missed ? "endorse_late" : "endorse"};
    struct str answer;

    today = o->deadline_day - 1 + (int32_t)draw(3);
    if (draw(2) || (!missed && !is(o->state, "valid"))) return;
    x.c = world_resident(p, today);
    snprintf(x.key, sizeof x.key, "sim-key-%08u", ++keys);
    if (send(&x, &answer) == ERR_OK) keep(&x, answer);
    check(p);
}

static void time_goes_on(void)
{
    const int64_t p = persons[draw(PEOPLE)];
    const struct seen x = look(p);
    const uint32_t how = draw(20);

    if (how == 0)
        today += 200 + (int32_t)draw(300);
    else if (how < 8 && x.at && x.at->deadline_day > today && x.at->deadline_day < DATE_OPEN_END)
        to_a_deadline(p, x.at);
    else
        today += (int32_t)draw(6);
}

static void opened_anew(void)
{
    w.store = store_close(w.store);
    assert_int_equal(store_open(str_from_c(w.url), w.keys, &w.store), ERR_OK);
    assert_int_equal(store_registers(w.store, w.regs, w.reg_count), ERR_OK);
}

static void years_of_permits(void **state)
{
    const char *n = getenv("JIFEN_STEPS");
    const long steps = n ? strtol(n, NULL, 10) : 1200;

    (void)state;
    for (long i = 0; i < steps; i++) {
        const uint32_t what = draw(40);
        if (what < 26)
            one_act();
        else if (what < 33)
            time_goes_on();
        else if (what < 35)
            the_clock();
        else if (what < 37)
            sent_again();
        else if (what < 39)
            memory_ends();
        else if (draw(4) == 0)
            opened_anew();
        arena_done(&w.a);
    }
}

static bool was_taken(const struct life_row *row)
{
    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct seen x = look(persons[i]);
        for (uint32_t k = 0; k < x.count; k++) {
            struct store_step *steps;
            uint32_t count;
            assert_int_equal(
                store_object_history(w.store, &w.a, persons[i], x.all[k].id, &steps, &count),
                ERR_OK);
            /* the first step is the store's own: an application, or what was taken over */
            if (!*row->from && is(steps[0].to, row->to)) return true;
            for (uint32_t n = 1; n < count; n++)
                if (is(steps[n].from, row->from) && is(steps[n].event, row->event)) return true;
        }
    }
    return false;
}

/* The walk was worth something: nearly every row of the table was taken. */
static void the_table_was_walked(void **state)
{
    uint32_t taken = 0;

    (void)state;
    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const bool yes = was_taken(&permit_life.rows[i]);
        taken += yes;
        if (!yes)
            print_message("# not taken: %s, %s\n", permit_life.rows[i].from,
                          permit_life.rows[i].event);
    }
    assert_true(taken * 5 >= permit_life.row_count * 4);
}

static void the_chain_holds(void **state)
{
    struct store_audit_finding f;

    (void)state;
    assert_int_equal(store_audit_verify(w.store, &w.a, 0, NULL, &f), ERR_OK);
    assert_int_equal(f.seq, 0);
}

static void make_people(void)
{
    static const char *const homes[] = {"330381", "330203"};

    for (uint32_t i = 0; i < PEOPLE; i++) {
        char code[16];
        snprintf(code, sizeof code, "S%05u", i);
        persons[i] = world_person(code);
        world_fact(DAY(2020, 1, 2), persons[i], "person", "birth_date", "1986-03-15", NULL);
        for (uint32_t k = 0; k < 2; k++) /* lives in both, so that moving is possible */
            if (i % 4 != 3 || k == 0)
                world_fact(DAY(2020, 1, 2), persons[i], "residence", "division", homes[k], "from",
                           "2020-01-02", "to", "", NULL);
        if (i >= 4)
            world_fact(DAY(2021, 1, 2), persons[i], "permit", "division", homes[0], "status",
                       i > 4 ? "suspended" : "valid", "from", "2021-01-02", "to", "", NULL);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_of_permits),
        cmocka_unit_test(the_table_was_walked),
        cmocka_unit_test(the_chain_holds),
    };
    const char *s = getenv("JIFEN_SEED");

    if (argc < 2) return 2;
    seed = s ? strtoull(s, NULL, 10) : 20261128;
    if (seed == 0) seed = 1;
    printf("# seed %llu\n", (unsigned long long)seed);
    seed = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    world_open(argv + 1, argc - 1);
    if (points_new(w.rules, &points) != ERR_OK) return 2;
    today = START;
    make_people();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    points_free(points);
    buf_done(&before);
    buf_done(&after);
    buf_done(&view);
    world_close();
    return failed;
}
