/* The residence permit: every pair of state and event, its edges in time, what it does to points.
 *
 * permit_test RULE-FILE… */
#include "world.h"

#include "service/permit_internal.h"
#include "service/points.h"

#define RUIAN 330381
#define HAISHU 330203
#define FIRST DAY(2026, 3, 2) /* a Monday */

static uint32_t people;
static struct str answer;
static const struct life_word *guard;
static struct points *points;

/* --- people --- */

/* Somebody who lives in Rui'an since 2020, without a permit. */
static int64_t resident(void)
{
    char code[16];

    snprintf(code, sizeof code, "R%05u", ++people);
    const int64_t p = world_person(code);
    world_fact(DAY(2020, 1, 2), p, "person", "birth_date", "1986-03-15", NULL);
    world_fact(DAY(2020, 1, 2), p, "education", "level", "bachelor", "awarded_on", "2008-06-30",
               NULL);
    world_fact(DAY(2020, 1, 2), p, "residence", "division", "330381", "from", "2020-01-02", "to",
               "", NULL);
    return p;
}

static enum err step(const struct caller *c, int64_t person, const char *event,
                     const struct permit_ask *ask)
{
    answer = STR("");
    guard = NULL;
    return permit_step(w.store, &w.a, w.rules, c, world_key(), person, str_from_c(event), ask,
                       &answer, &guard);
}

static const struct permit_ask in_ruian = {
    .reason = {"investigation", 13}, .division = RUIAN, .note = {NULL, 0}};

static const char *said(void) /* by a guard */
{
    return guard ? guard->code : "";
}

static void must(enum role role, int32_t day, int64_t person, const char *event)
{
    const struct caller c = role == ROLE_RESIDENT ? world_resident(person, day)
                            : role == ROLE_SYSTEM ? world_system(day)
                                                  : world_staff(role, RUIAN, day, 10 + role);
    const enum err e = step(&c, person, event, &in_ruian);
    if (e != ERR_OK) fail_msg("%s on day %d: %s %s", event, day, err_text(e), said());
}

static struct store_object permit_of(int64_t person)
{
    struct store_object *all, none = {.state = STR("")};
    uint32_t count;

    assert_int_equal(store_objects_of(w.store, &w.a, person, STR("permit"), &all, &count), ERR_OK);
    return count > 0 ? all[count - 1] : none;
}

/* The register's status on a day; "" = none. */
static struct str status_on(int64_t person, int32_t day, int32_t *ret_division)
{
    struct store_facts *all = ARENA_ARRAY(&w.a, struct store_facts, w.reg_count);
    const uint32_t reg = world_reg("permit");
    const int from = world_field(reg, "from"), to = world_field(reg, "to");
    struct str status = STR("");
    int covering = 0;

    assert_int_equal(store_facts_of(w.store, &w.a, person, STORE_KNOWN_NOW, all), ERR_OK);
    for (uint32_t i = 0; i < all[reg].count; i++) {
        const struct store_cell *c = all[reg].items[i].cells;
        assert_true(c[from].i < c[to].i); /* no interval is empty */
        if (day < c[from].i || day >= c[to].i) continue;
        status = c[world_field(reg, "status")].t;
        if (ret_division) *ret_division = (int32_t)c[world_field(reg, "division")].i;
        covering++;
    }
    assert_true(covering <= 1); /* intervals do not overlap */
    return status;
}

static bool is_place(int64_t person, int32_t day, const char *code)
{
    int32_t place = 0;

    status_on(person, day, &place);
    return place == (int32_t)strtol(code, NULL, 10);
}

#define assert_status(person, day, text)                                                           \
    do {                                                                                           \
        const struct str is = status_on(person, day, NULL);                                        \
        if (!str_eq(is, STR(text))) fail_msg("%.*s, not " text, STR_ARG(is));                      \
    } while (0)
#define assert_state(person, text)                                                                 \
    do {                                                                                           \
        const struct str is = permit_of(person).state;                                             \
        if (!str_eq(is, STR(text))) fail_msg("%.*s, not " text, STR_ARG(is));                      \
    } while (0)

static int setup_case(void **state)
{
    (void)state;
    arena_done(&w.a);
    return 0;
}

/* --- every pair --- */

static const char *const states[] = {
    "",        "accepted", "supplement", "valid",   "suspended_missed", "suspended_hold",
    "refused", "closed",   "cancelled",  "revoked", "suspended_record"};
#define STATES (sizeof states / sizeof *states)

/* Bring somebody into a state; the day of the last act. */
static int32_t bring(int64_t p, const char *state)
{
    const int32_t d = FIRST;

    if (!*state) return d;
    if (strcmp(state, "suspended_record") == 0) {
        world_fact(d, p, "permit", "division", "330381", "status", "suspended", "from",
                   "2025-01-02", "to", "", NULL);
        return d;
    }
    must(ROLE_RESIDENT, d, p, "apply");
    if (strcmp(state, "accepted") == 0) return d;
    if (strcmp(state, "supplement") == 0) {
        must(ROLE_CLERK, d + 1, p, "ask_material");
        return d + 1;
    }
    if (strcmp(state, "refused") == 0) must(ROLE_REVIEWER, d + 1, p, "refuse");
    if (strcmp(state, "closed") == 0) must(ROLE_RESIDENT, d + 1, p, "withdraw");
    if (strcmp(state, "refused") == 0 || strcmp(state, "closed") == 0) return d + 1;
    must(ROLE_CLERK, d + 2, p, "issue");
    if (strcmp(state, "suspended_hold") == 0) must(ROLE_REVIEWER, d + 3, p, "hold");
    if (strcmp(state, "cancelled") == 0) must(ROLE_CLERK, d + 3, p, "cancel");
    if (strcmp(state, "revoked") == 0) {
        /* by somebody else than who will decide on the appeal */
        const struct caller c = world_staff(ROLE_REVIEWER, RUIAN, d + 3, 99);
        assert_int_equal(step(&c, p, "revoke", &in_ruian), ERR_OK);
    }
    if (strcmp(state, "suspended_missed") == 0) {
        const int32_t due = permit_of(p).deadline_day;
        must(ROLE_SYSTEM, due + 1, p, "miss");
        return due + 1;
    }
    return d + 3;
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A day on which what the table asks of time holds. */
static int32_t day_for(int64_t p, const char *event, int32_t last)
{
    const int32_t due = permit_of(p).deadline_day;

    if (is(event, "miss") || is(event, "expire") || is(event, "lapse") || is(event, "escalate"))
        return due < DATE_OPEN_END ? due + 1 : last + 1;
    if (is(event, "endorse") && due < DATE_OPEN_END && due > last) return due;
    return last + 1;
}

/* What must come out, said anew from the rows of permit.def and the policy. */
static enum err expected(const char *state, const char *event, enum role role, bool inside)
{
    bool known = false, somebody = false;
    const struct life_row *row = NULL;

    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const struct life_row *r = &permit_life.rows[i];
        if (!is(r->event, event)) continue;
        known = true;
        somebody |= (r->roles >> role) & 1;
        if (is(r->from, is(event, "apply") ? "" : state)) row = r;
    }
    if (!known) return ERR_NOT_FOUND;
    if (!somebody || !inside) return ERR_DENIED;
    if (!row) return ERR_CONFLICT;
    if (!((row->roles >> role) & 1)) return ERR_DENIED;
    /* somebody who has a permit cannot apply for one */
    const struct life_state *x = life_state_named(&permit_life, str_from_c(state));
    if (is(event, "apply") && x && !x->is_end) return ERR_RANGE;
    return ERR_OK;
}

static struct caller caller_of(enum role role, bool inside, int64_t p, int64_t other, int32_t day)
{
    if (role == ROLE_RESIDENT) return world_resident(inside ? p : other, day);
    if (role == ROLE_SYSTEM) return world_system(day);
    return world_staff(role, inside ? RUIAN : HAISHU, day, 500 + role);
}

static void pair(const char *state, const char *event, enum role role, bool inside, int64_t *p,
                 int32_t *last, int64_t other)
{
    static struct buf before, after;
    struct permit_ask ask = in_ruian;
    const int32_t day = day_for(*p, event, *last);
    const struct caller c = caller_of(role, inside, *p, other, day);
    /* nothing is anywhere yet, so nobody's place is right but for who applies */
    const bool nowhere =
        !*state && !is(event, "apply") && role != ROLE_RESIDENT && role != ROLE_SYSTEM;
    enum err want = expected(state, event, role, inside && !nowhere);

    if (is(event, "move")) {
        /* the county that receives decides: a place that is not the present one */
        ask.division = HAISHU;
        if (role != ROLE_RESIDENT && role != ROLE_SYSTEM && want != ERR_NOT_FOUND)
            want = expected(state, event, role, !inside);
        if (want == ERR_OK) want = ERR_RANGE; /* no residence is registered there */
    }
    world_counts(&before);
    const struct store_object was = permit_of(*p);
    const enum err e = step(&c, *p, event, &ask);
    if (e != want)
        fail_msg("%s, %s, %s, %s: %s, not %s %s", state, event, role_codes[role],
                 inside ? "inside" : "outside", err_text(e), err_text(want), said());
    world_counts(&after);
    if (e != ERR_OK) {
        const struct store_object now = permit_of(*p);
        assert_true(str_eq(buf_str(&before), buf_str(&after)));
        assert_int_equal(now.version, was.version);
        assert_true(str_eq(now.state, was.state));
        return;
    }
    const struct life_row *row = NULL;
    for (uint32_t i = 0; i < permit_life.row_count; i++)
        if (is(permit_life.rows[i].event, event) &&
            is(permit_life.rows[i].from, is(event, "apply") ? "" : state))
            row = &permit_life.rows[i];
    INVARIANT(row);
    assert_true(str_eq(permit_of(*p).state, str_from_c(row->to)));
    const bool in_use = is(row->to, "valid"), stopped = strncmp(row->to, "suspended", 9) == 0;
    const struct str now = status_on(*p, day, NULL);
    if (in_use) assert_true(str_eq(now, STR("valid")));
    if (stopped) assert_true(str_eq(now, STR("suspended")));
    if (is(row->to, "cancelled") || is(row->to, "revoked"))
        assert_true(str_eq(now, STR("cancelled")));
    arena_done(&w.a);
    *p = resident();
    *last = bring(*p, state);
}

/* Somebody in the row's state; the role gives the ground. Was it taken? */
static bool ground_given(const struct life_row *row, const struct life_ground *x, enum role role)
{
    static struct buf before, after;
    const int64_t p = resident();
    const int32_t last = bring(p, row->from);
    const struct caller c = caller_of(role, true, p, p, last + 1);
    const struct permit_ask ask = {.reason = str_from_c(x->code), .note = STR("")};
    const bool may = x->roles & ROLE_BIT(role);

    world_counts(&before);
    const enum err e = step(&c, p, row->event, &ask);
    if (e != (may ? ERR_OK : ERR_RANGE))
        fail_msg("%s, %s, %s: %s", row->from, x->code, role_codes[role], err_text(e));
    world_counts(&after);
    if (!may) assert_string_equal(guard->code, "permit.ground");
    assert_true(may || str_eq(buf_str(&before), buf_str(&after)));
    if (may) assert_true(str_eq(permit_of(p).state, str_from_c(row->to)));
    arena_done(&w.a);
    return may;
}

/* Every state, every event and one there is not, every role, inside and outside of its place. */
static void all_pairs(void **state)
{
    const int64_t other = resident();
    uint32_t tried = 0;

    (void)state;
    for (size_t s = 0; s < STATES; s++) {
        int64_t p = resident();
        int32_t last = bring(p, states[s]);
        for (uint32_t k = 0; k <= permit_life.row_count; k++) {
            const char *event =
                k < permit_life.row_count ? permit_life.rows[k].event : "no_such_event";
            bool seen = false;
            for (uint32_t n = 0; n < k && n < permit_life.row_count; n++)
                seen |= is(permit_life.rows[n].event, event);
            if (seen) continue;
            for (unsigned role = 0; role < ROLE_COUNT; role++)
                for (int inside = 0; inside < 2; inside++) {
                    if (role == ROLE_SYSTEM && !inside) continue; /* it is everywhere */
                    pair(states[s], event, (enum role)role, inside, &p, &last, other);
                    tried++;
                }
        }
    }
    assert_true(tried > STATES * 20 * 15);
}

/* Every ground of the table, its event in every state that allows it, every role. What a role may
 * not give is refused by name and leaves nothing behind. */
static void every_ground_is_given_by_its_roles(void **state)
{
    uint32_t tried = 0, refused = 0;

    (void)state;
    for (uint32_t g = 0; g < permit_life.ground_count; g++)
        for (uint32_t k = 0; k < permit_life.row_count; k++) {
            const struct life_row *row = &permit_life.rows[k];
            const struct life_ground *x = &permit_life.grounds[g];
            if (!is(row->event, x->event) || x->is_automatic) continue;
            for (unsigned role = 0; role < ROLE_COUNT; role++) {
                if (!(row->roles & ROLE_BIT(role))) continue;
                tried++;
                refused += !ground_given(row, x, (enum role)role);
            }
        }
    assert_true(tried > 40 && refused >= 6);
}

/* --- time --- */

static void apply_to_valid(void **state)
{
    const int64_t p = resident();
    struct store_object o;

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    o = permit_of(p);
    assert_int_equal(o.deadline_day, FIRST + 15);
    assert_true(str_starts(o.number, STR("Z2026")));
    assert_status(p, FIRST, "");
    must(ROLE_REVIEWER, FIRST + 4, p, "extend");
    assert_int_equal(permit_of(p).deadline_day, FIRST + 30); /* from acceptance */
    must(ROLE_CLERK, FIRST + 20, p, "issue");
    assert_status(p, FIRST + 19, "");
    assert_status(p, FIRST + 20, "valid");
    assert_status(p, FIRST + 2000, "valid");
    /* 2027-03-22 is the full year; the day before is a Sunday, so Monday is the last */
    assert_int_equal(permit_of(p).deadline_day, DAY(2027, 3, 22));
}

static void materials_are_asked_for_once(void **state)
{
    const int64_t p = resident();
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, FIRST + 5, 12);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "ask_material");
    assert_int_equal(permit_of(p).deadline_day, DAY(2026, 4, 3)); /* 30 days, a Friday */
    must(ROLE_RESIDENT, FIRST + 5, p, "give_material");
    assert_int_equal(permit_of(p).deadline_day, FIRST + 20); /* the clock begins anew */
    assert_int_equal(step(&clerk, p, "ask_material", &in_ruian), ERR_RANGE);
    assert_string_equal(guard->code, "permit.first_supplement");
    assert_state(p, "accepted");
}

static void extended_once(void **state)
{
    const int64_t p = resident();
    const struct caller c = world_staff(ROLE_REVIEWER, RUIAN, FIRST + 5, 13);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_REVIEWER, FIRST + 1, p, "extend");
    assert_int_equal(step(&c, p, "extend", &in_ruian), ERR_RANGE);
}

static void due(int32_t day)
{
    (void)world_due(day);
}

/* Beyond the statutory days the superior is told, again and again; silence refuses nothing. */
static void silence_is_no_refusal(void **state)
{
    const int64_t p = resident();

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    due(FIRST + 15);
    assert_int_equal(permit_of(p).version, 1);
    due(FIRST + 16);
    due(FIRST + 16);
    assert_int_equal(permit_of(p).version, 2);
    assert_state(p, "accepted");
    const int32_t again = permit_of(p).deadline_day;
    assert_int_equal(again, term_end(TERM_ESCALATE, RUIAN, FIRST + 16));
    due(again);
    assert_int_equal(permit_of(p).version, 2);
    due(again + 1);
    assert_int_equal(permit_of(p).version, 3);
    assert_state(p, "accepted");
    must(ROLE_CLERK, again + 2, p, "issue");
}

/* Issued 2026-03-04: the full year is 2027-03-04, the last day the 3rd, the first 2027-02-02.
 * TEST-OF: 国令663 第十条 */
static void the_window(void **state)
{
    const int64_t p = resident();
    const int32_t first = DAY(2027, 2, 2), last = DAY(2027, 3, 3);
    struct caller c = world_resident(p, first - 1);

    (void)state;
    bring(p, "valid");
    assert_int_equal(permit_of(p).since_day, FIRST + 2);
    const int64_t q = resident(), r = resident();
    must(ROLE_RESIDENT, FIRST, q, "apply");
    must(ROLE_CLERK, FIRST + 2, q, "issue");
    must(ROLE_RESIDENT, FIRST, r, "apply");
    must(ROLE_CLERK, FIRST + 2, r, "issue");
    assert_int_equal(permit_of(q).deadline_day, last);
    c = world_resident(q, first - 1);
    assert_int_equal(step(&c, q, "endorse", &in_ruian), ERR_RANGE);
    c = world_resident(q, first);
    assert_int_equal(step(&c, q, "endorse", &in_ruian), ERR_OK);
    assert_int_equal(permit_of(q).deadline_day, DAY(2028, 3, 3));
    assert_int_equal(step(&c, q, "endorse", &in_ruian), ERR_RANGE); /* not twice */
    c = world_resident(r, last + 1);
    assert_int_equal(step(&c, r, "endorse", &in_ruian), ERR_RANGE);
    c = world_resident(r, last);
    assert_int_equal(step(&c, r, "endorse", &in_ruian), ERR_OK);
    assert_int_equal(permit_of(r).deadline_day, DAY(2028, 3, 3));
    assert_status(r, last, "valid");
}

static void missed_and_made_up(void **state)
{
    const int64_t p = resident();
    const int32_t last = DAY(2027, 3, 3);
    struct caller c;

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "issue");
    due(last);
    assert_state(p, "valid");
    due(last + 3); /* the clock was asked late */
    assert_state(p, "suspended_missed");
    assert_status(p, last, "valid");
    assert_status(p, last + 1, "suspended");
    const int32_t cure = permit_of(p).deadline_day;
    /* sixty days from the last day: Sunday 2027-05-02, so Monday */
    assert_int_equal(cure, DAY(2027, 5, 3));
    c = world_resident(p, cure);
    assert_int_equal(step(&c, p, "endorse_late", &in_ruian), ERR_OK);
    assert_status(p, cure - 1, "suspended");
    assert_status(p, cure, "valid");
    assert_state(p, "valid");
    assert_int_equal(permit_of(p).deadline_day, DAY(2028, 3, 3));
}

static void the_term_is_over(void **state)
{
    const int64_t p = resident();
    const int32_t last = DAY(2027, 3, 3), cure = DAY(2027, 5, 3);
    const struct caller c = world_resident(p, cure + 1);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "issue");
    due(last + 1);
    due(cure);
    assert_state(p, "suspended_missed");
    assert_int_equal(step(&c, p, "endorse_late", &in_ruian), ERR_RANGE);
    due(cure + 1);
    assert_state(p, "cancelled");
    assert_status(p, cure + 1, "cancelled");
    /* a new one may be asked for, and is another permit */
    assert_int_equal(step(&c, p, "apply", &in_ruian), ERR_OK);
    must(ROLE_CLERK, cure + 5, p, "issue");
    assert_status(p, cure + 4, "cancelled");
    assert_status(p, cure + 5, "valid");
}

/* What a gap does to the time that counts, by the three policies; a hold is no gap, and what was
 * ended and set aside is as if unbroken. */
static void tenure_by_policy(void **state)
{
    static const struct store_step steps[] = {
        {.event = {"open", 4}, .day = 1000},   {.event = {"issue", 5}, .day = 1010},
        {.event = {"hold", 4}, .day = 1100},   {.event = {"clear", 5}, .day = 1120},
        {.event = {"miss", 4}, .day = 1375},   {.event = {"endorse_late", 12}, .day = 1405},
        {.event = {"cancel", 6}, .day = 1500}, {.event = {"overturn", 8}, .day = 1600},
        {.event = {"miss", 4}, .day = 1740},   {.event = {"expire", 6}, .day = 1800}};
    static const struct {
        uint32_t steps;
        int32_t today, exclude, reset, unbroken;
    } cases[] = {{2, 1010, 0, 0, 0},       {2, 1050, 40, 40, 40},    {3, 1110, 100, 100, 100},
                 {4, 1200, 190, 190, 190}, {5, 1390, 365, 365, 380}, {6, 1405, 365, 0, 395},
                 {6, 1450, 410, 45, 440},  {7, 1550, 460, 95, 490},  {8, 1650, 610, 245, 640},
                 {9, 1760, 700, 335, 750}, {10, 1900, 700, 335, 790}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32_t t = cases[i].today;
        const uint32_t n = cases[i].steps;
        assert_int_equal(permit_tenure(1010, steps, n, TENURE_EXCLUDE, t), cases[i].exclude);
        assert_int_equal(permit_tenure(1010, steps, n, TENURE_RESET, t), cases[i].reset);
        assert_int_equal(permit_tenure(1010, steps, n, TENURE_UNBROKEN, t), cases[i].unbroken);
    }
    assert_int_equal(permit_tenure(DATE_OPEN_END, steps, 1, TENURE_EXCLUDE, 1005), 0);
}

/* Acts that fell between the last day and the asking stay; the suspension begins behind them. */
static void moved_after_the_last_day(void **state)
{
    const int64_t p = resident();
    const int32_t last = DAY(2027, 3, 3);
    const struct permit_ask there = {.division = HAISHU};
    const struct caller own = world_resident(p, last + 3);
    int32_t place = 0;

    (void)state;
    world_fact(FIRST, p, "residence", "division", "330203", "from", "2026-01-02", "to", "", NULL);
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "issue");
    assert_int_equal(step(&own, p, "move", &there), ERR_OK);
    due(last + 5);
    assert_state(p, "suspended_missed");
    assert_true(str_eq(status_on(p, last + 2, &place), STR("valid")));
    assert_int_equal(place, RUIAN);
    assert_true(str_eq(status_on(p, last + 3, &place), STR("suspended")));
    assert_int_equal(place, HAISHU);
}

/* An extension reaches thirty days from acceptance and no further: behind them it is too late. */
static void extended_too_late(void **state)
{
    const int64_t p = resident();
    const struct caller c = world_staff(ROLE_REVIEWER, RUIAN, FIRST + 31, 13);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    due(FIRST + 31);
    assert_int_equal(step(&c, p, "extend", &in_ruian), ERR_RANGE);
}

/* Asked for a day far ahead, each step is taken by the next asking; asking twice does nothing. */
static void the_clock_may_jump(void **state)
{
    const int64_t p = resident();
    struct store_step *steps;
    uint32_t count;

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "issue");
    due(DAY(2029, 1, 1));
    due(DAY(2029, 1, 1));
    due(DAY(2029, 1, 1));
    assert_state(p, "cancelled");
    const struct store_object o = permit_of(p);
    assert_int_equal(store_object_history(w.store, &w.a, p, o.id, &steps, &count), ERR_OK);
    assert_int_equal(count, 4); /* open, issue, miss, expire */
    assert_true(str_eq(steps[2].note, STR("endorsement_missed")));
    assert_true(str_eq(steps[3].note, STR("cure_over")));
    /* and it does not go back */
    const struct caller c = world_staff(ROLE_REVIEWER, RUIAN, FIRST + 10, 13);
    assert_int_equal(step(&c, p, "overturn", &in_ruian), ERR_CONFLICT);
}

static uint32_t reminders_of(int64_t person)
{
    struct store_message *all;
    uint32_t count, n = 0;

    assert_int_equal(store_outbox_take(w.store, &w.a, 100000, &all, &count), ERR_OK);
    for (uint32_t i = 0; i < count; i++)
        n += all[i].person == person && str_eq(all[i].kind, STR("permit.remind"));
    return n;
}

static void reminders(void **state)
{
    const int64_t p = resident();
    const int32_t last = DAY(2027, 3, 3);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    must(ROLE_CLERK, FIRST + 2, p, "issue");
    due(last - 31);
    assert_int_equal(reminders_of(p), 0);
    due(last - 30);
    due(last - 29);
    assert_int_equal(reminders_of(p), 1);
    due(last - 5); /* the seventh day was left out */
    due(last - 4);
    assert_int_equal(reminders_of(p), 2);
    due(last - 1);
    due(last);
    assert_int_equal(reminders_of(p), 3);
}

/* --- conditions, grounds, people --- */

static void conditions_must_hold_that_day(void **state)
{
    const int64_t p = world_person("R-left"), q = world_person("R-other");
    const int32_t day = DAY(2027, 3, 1);

    (void)state;
    world_fact(FIRST, p, "residence", "division", "330381", "from", "2020-01-02", "to",
               "2027-03-01", NULL); /* moved out on that day */
    world_fact(FIRST, q, "residence", "division", "330203", "from", "2020-01-02", "to", "", NULL);
    for (int i = 0; i < 2; i++) {
        const int64_t who = i ? q : p;
        const struct caller own = world_resident(who, day);
        const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, day, 12);
        must(ROLE_RESIDENT, FIRST, who, "apply");
        must(ROLE_CLERK, FIRST + 2, who, "issue");
        assert_int_equal(step(&own, who, "endorse", &in_ruian), ERR_RANGE);
        assert_int_equal(step(&clerk, who, "endorse", &in_ruian), ERR_RANGE);
    }
    const struct caller before = world_resident(p, day - 1);
    assert_int_equal(step(&before, p, "endorse", &in_ruian), ERR_OK);
}

static void history_has_grounds(void **state)
{
    const int64_t p = resident();
    const struct permit_ask words = {.reason = STR("有人举报"), .note = STR("内部备注")};
    const struct caller c = world_staff(ROLE_REVIEWER, RUIAN, FIRST + 9, 21);
    const struct permit_ask none = {.division = 0};
    struct store_step *steps;
    uint32_t count;
    struct buf b;
    struct json j;

    (void)state;
    bring(p, "valid");
    assert_int_equal(step(&c, p, "hold", &none), ERR_RANGE);
    assert_int_equal(step(&c, p, "hold", &words), ERR_OK);
    const struct store_object o = permit_of(p);
    assert_int_equal(store_object_history(w.store, &w.a, p, o.id, &steps, &count), ERR_OK);
    assert_true(str_eq(steps[count - 1].note, STR("other")));
    assert_int_equal(steps[count - 1].actor, 21);
    const struct caller own = world_resident(p, FIRST + 9);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &own, p, &j), ERR_OK);
    assert_true(has(&b, "\"suspended_reason\":\"有人举报\""));
    assert_true(has(&b, "\"restore_hint\":\"等待调查结束"));
    assert_false(has(&b, "内部备注"));
    buf_done(&b);
}

static void an_appeal_is_decided_by_somebody_else(void **state)
{
    const int64_t p = resident();
    const struct caller first = world_staff(ROLE_REVIEWER, RUIAN, FIRST + 9, 31);
    const struct caller second = world_staff(ROLE_REVIEWER, 330300, FIRST + 30, 32);
    const struct permit_ask fraud = {.reason = STR("fraud")};
    const struct permit_ask upheld = {.reason = STR("appeal_upheld")};
    struct caller again = first;

    (void)state;
    bring(p, "valid");
    assert_int_equal(step(&first, p, "revoke", &fraud), ERR_OK);
    assert_status(p, FIRST + 9, "cancelled");
    again.today = FIRST + 30;
    assert_int_equal(step(&again, p, "overturn", &upheld), ERR_RANGE);
    assert_int_equal(step(&second, p, "overturn", &upheld), ERR_OK);
    for (int32_t d = FIRST + 2; d < FIRST + 40; d++) /* as if unbroken */
        assert_status(p, d, "valid");
}

static void nobody_decides_on_himself(void **state)
{
    const int64_t p = resident();
    struct caller c = world_staff(ROLE_CLERK, RUIAN, FIRST + 1, 41);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    c.person = p;
    assert_int_equal(step(&c, p, "issue", &in_ruian), ERR_DENIED);
    c.person = 0;
    assert_int_equal(step(&c, p, "issue", &in_ruian), ERR_OK);
}

static void not_before_the_last_act(void **state)
{
    const int64_t p = resident();
    const struct caller c = world_staff(ROLE_CLERK, RUIAN, FIRST - 1, 41);

    (void)state;
    must(ROLE_RESIDENT, FIRST, p, "apply");
    assert_int_equal(step(&c, p, "issue", &in_ruian), ERR_CONFLICT);
}

static void a_key_acts_once(void **state)
{
    const int64_t p = resident();
    const struct caller own = world_resident(p, FIRST);
    const struct str key = world_key();
    struct permit_ask other = in_ruian;
    struct str a, b;

    (void)state;
    other.division = HAISHU;
    assert_int_equal(
        permit_step(w.store, &w.a, w.rules, &own, key, p, STR("apply"), &in_ruian, &a, &guard),
        ERR_OK);
    assert_int_equal(
        permit_step(w.store, &w.a, w.rules, &own, key, p, STR("apply"), &in_ruian, &b, &guard),
        ERR_OK);
    assert_true(str_eq(a, b));
    assert_int_equal(
        permit_step(w.store, &w.a, w.rules, &own, key, p, STR("apply"), &other, &b, &guard),
        ERR_CONFLICT);
    assert_int_equal(permit_of(p).version, 1);
}

static void only_counties_in_force(void **state)
{
    static const int32_t bad[] = {0, 330000, 330300, 310115, 330103 /* until 2021 */, 339999};
    const int64_t p = resident();
    const struct caller own = world_resident(p, FIRST);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct permit_ask ask = {.division = bad[i]};
        assert_int_equal(step(&own, p, "apply", &ask), ERR_RANGE);
    }
}

/* --- permits that came with a load --- */

static void a_loaded_permit_is_taken_over(void **state)
{
    const int64_t p = resident();
    struct permit_card before, after;
    struct store_step *steps;
    uint32_t count;

    (void)state;
    world_fact(FIRST, p, "permit", "division", "330381", "status", "valid", "from", "2021-05-10",
               "to", "", NULL);
    assert_int_equal(permit_card_of(w.store, &w.a, w.rules, p, FIRST, &before), ERR_OK);
    assert_true(before.is_valid && before.valid_from == DAY(2021, 5, 10));
    assert_int_equal(before.endorse_by, DAY(2026, 5, 9)); /* a Saturday that is worked */
    must(ROLE_REVIEWER, FIRST + 1, p, "hold");
    assert_int_equal(permit_card_of(w.store, &w.a, w.rules, p, FIRST + 1, &after), ERR_OK);
    assert_true(!after.is_valid && str_eq(after.state, STR("suspended_hold")));
    assert_true(str_eq(after.number, before.number));
    assert_status(p, FIRST, "valid");
    assert_status(p, FIRST + 1, "suspended");
    const struct store_object o = permit_of(p);
    assert_int_equal(store_object_history(w.store, &w.a, p, o.id, &steps, &count), ERR_OK);
    assert_int_equal(count, 2);
}

static void a_loaded_suspension_accuses_nobody(void **state)
{
    const int64_t p = resident();
    const struct caller own = world_resident(p, FIRST);
    struct buf b;
    struct json j;

    (void)state;
    bring(p, "suspended_record");
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &own, p, &j), ERR_OK);
    assert_true(has(&b, "\"state\":\"suspended_record\""));
    assert_true(has(&b, "{\"event\":\"endorse_late\""));
    must(ROLE_RESIDENT, FIRST, p, "endorse_late");
    assert_status(p, FIRST, "valid");
    buf_done(&b);
}

/* Hangzhou, April 2021: Xiacheng went to Gongshu as a whole, Jianggan to two. */
static void places_that_were_abolished(void **state)
{
    static const struct {
        const char *permit;
        int32_t office;
        enum err e;
    } cases[] = {{"330103", 330105, ERR_OK},     {"330103", 330102, ERR_DENIED},
                 {"330103", 330100, ERR_OK},     {"330104", 330102, ERR_DENIED},
                 {"330104", 330114, ERR_DENIED}, {"330104", 330100, ERR_OK}};
    int32_t place;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t p = resident();
        const struct caller c = world_staff(ROLE_REVIEWER, cases[i].office, FIRST, 51);
        world_fact(DAY(2020, 1, 2), p, "permit", "division", cases[i].permit, "status", "valid",
                   "from", "2020-01-02", "to", "", NULL);
        assert_int_equal(step(&c, p, "hold", &in_ruian), cases[i].e);
        if (cases[i].e == ERR_OK) assert_status(p, FIRST, "suspended");
        assert_int_equal(permit_place(w.store, &w.a, w.rules, p, FIRST, &place), ERR_OK);
        assert_int_equal(place, i < 3 ? 330105 : 330104);
        /* what was before stays as it was recorded */
        assert_true(is_place(p, DAY(2021, 1, 1), cases[i].permit));
    }
}

/* --- points --- */

static struct str score(int64_t person, int32_t day, struct buf *b)
{
    const struct caller own = world_resident(person, day);
    const struct points_query q = points_query_own(&own);
    struct json j;

    b->n = 0;
    json_init(&j, b, false);
    assert_int_equal(points_score(points, w.store, &w.a, &own, &q, &j), ERR_OK);
    const char *at = memmem(b->p, b->n, "\"total\":\"", 9);
    INVARIANT(at);
    return str_copy(&w.a, (struct str){at + 9, strcspn(at + 9, "\"")});
}

static void points_follow_the_permit(void **state)
{
    const int64_t p = resident();
    const int32_t d = FIRST + 3;
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    assert_true(str_eq(score(p, FIRST, &b), STR("0.00")));
    assert_true(has(&b, "\"code\":\"no_permit\""));
    bring(p, "valid");
    const struct str before = score(p, d, &b);
    assert_false(str_eq(before, STR("0.00")));
    assert_true(has(&b, "\"code\":\"in_force\""));
    must(ROLE_REVIEWER, d, p, "hold");
    assert_true(str_eq(score(p, d, &b), STR("0.00")));
    assert_true(has(&b, "\"code\":\"void_suspended\""));
    must(ROLE_REVIEWER, d, p, "clear");
    assert_true(str_eq(score(p, d, &b), before));
    must(ROLE_CLERK, d, p, "cancel");
    assert_true(str_eq(score(p, d, &b), STR("0.00")));
    assert_true(has(&b, "\"code\":\"void_cancelled\""));
    const struct caller other = world_staff(ROLE_REVIEWER, RUIAN, d, 77);
    assert_int_equal(step(&other, p, "overturn", &in_ruian), ERR_OK);
    assert_true(str_eq(score(p, d, &b), before));
    buf_done(&b);
}

/* The register does not say when a permit was endorsed, and is decisive: years go by and nothing is
 * missed here; when it says suspended, points are void with the next request. */
static void what_only_the_register_knows_has_no_clock(void **state)
{
    const int64_t p = resident();
    struct store_object *all;
    struct buf b;
    uint32_t count;

    (void)state;
    world_fact(DAY(2020, 1, 2), p, "permit", "division", "330381", "status", "valid", "from",
               "2020-01-02", "to", "2027-06-01", NULL);
    world_fact(FIRST, p, "permit", "division", "330381", "status", "suspended", "from",
               "2027-06-01", "to", "", NULL);
    for (int32_t year = 2026; year <= 2027; year++)
        (void)world_due(DAY(year, 3, 1));
    assert_int_equal(store_objects_of(w.store, &w.a, p, STR("permit"), &all, &count), ERR_OK);
    assert_int_equal(count, 0);
    buf_init(&b, 0);
    assert_false(str_eq(score(p, DAY(2027, 5, 31), &b), STR("0.00")));
    assert_true(has(&b, "\"code\":\"in_force\""));
    assert_true(str_eq(score(p, DAY(2027, 6, 1), &b), STR("0.00")));
    assert_true(has(&b, "\"code\":\"void_suspended\""));
    buf_done(&b);
}

/* The value of "points" in the part or line that is named. */
static struct str named_points(const struct buf *b, const char *name)
{
    char mark[48];

    snprintf(mark, sizeof mark, "\"name\":\"%s\"", name);
    const char *at = memmem(b->p, b->n, mark, strlen(mark));
    INVARIANT(at);
    at = memmem(at, b->n - (size_t)(at - b->p), "\"points\":\"", 10);
    INVARIANT(at);
    return str_copy(&w.a, (struct str){at + 10, strcspn(at + 10, "\"")});
}

/* To another county: the common part stays, the local part is the new place's, tenure goes on. */
static void moved_without_losing_anything(void **state)
{
    const int64_t p = resident();
    const int32_t d = FIRST + 10;
    const struct permit_ask there = {.division = HAISHU};
    const struct caller own = world_resident(p, d);
    struct buf b;
    struct json j;
    int32_t place = 0;

    (void)state;
    bring(p, "valid");
    world_fact(d, p, "residence", "division", "330203", "from", "2026-03-10", "to", "", NULL);
    buf_init(&b, 0);
    score(p, d, &b);
    const struct str common = named_points(&b, "common");
    assert_true(has(&b, "\"scheme\":{\"name\":\"ruian\""));
    const struct store_object before = permit_of(p);
    assert_int_equal(step(&own, p, "move", &there), ERR_OK);
    score(p, d, &b);
    assert_true(str_eq(named_points(&b, "common"), common));
    assert_true(has(&b, "\"scheme\":{\"name\":\"haishu\"") ||
                has(&b, "\"scheme\":{\"name\":\"ningbo-haishu\"") ||
                has(&b, "\"scheme\":{\"name\":\"ningbo_haishu\""));
    assert_true(has(&b, "\"code\":\"in_force\""));
    const struct store_object after = permit_of(p);
    assert_int_equal(after.deadline_day, before.deadline_day);
    assert_int_equal(after.division, HAISHU);
    assert_true(str_eq(status_on(p, d - 1, &place), STR("valid")));
    assert_int_equal(place, RUIAN);
    assert_true(str_eq(status_on(p, d, &place), STR("valid")));
    assert_int_equal(place, HAISHU);
    b.n = 0;
    json_init(&j, &b, false);
    const struct caller later = world_resident(p, d + 5);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &later, p, &j), ERR_OK);
    assert_true(has(&b, "\"tenure_days\":13")); /* since the day it was issued, FIRST + 2 */
    /* the office that was in charge is not any more */
    const struct caller clerk = world_staff(ROLE_CLERK, RUIAN, d + 5, 12);
    assert_int_equal(permit_view(w.store, &w.a, w.rules, &clerk, p, &j), ERR_DENIED);
    buf_done(&b);
}

/* Nothing is recomputed by hand: on the birthday the age is another one with the first request. */
static void a_birthday_at_midnight(void **state)
{
    const int64_t p = resident(); /* born 1986-03-15: 40 that day */
    struct buf b;

    (void)state;
    bring(p, "valid");
    buf_init(&b, 0);
    score(p, DAY(2027, 3, 14), &b);
    assert_true(str_eq(named_points(&b, "age"), STR("20.00")));
    score(p, DAY(2027, 3, 15), &b);
    assert_true(str_eq(named_points(&b, "age"), STR("19.00")));
    buf_done(&b);
}

/* What was known then stays what it was: a suspension that was set aside shows only in later
 * knowledge. */
static void the_past_as_known_then(void **state)
{
    const int64_t p = resident();
    struct store_facts *all = ARENA_ARRAY(&w.a, struct store_facts, w.reg_count);
    const uint32_t reg = world_reg("permit");

    (void)state;
    bring(p, "valid");
    must(ROLE_REVIEWER, FIRST + 5, p, "hold");
    int64_t then = 0; /* moments never fall, and other cases were in later years */
    assert_int_equal(store_facts_of(w.store, &w.a, p, STORE_KNOWN_NOW, all), ERR_OK);
    for (uint32_t i = 0; i < all[reg].count; i++)
        if (all[reg].items[i].recorded > then) then = all[reg].items[i].recorded;
    must(ROLE_REVIEWER, FIRST + 20, p, "clear");
    assert_int_equal(store_facts_of(w.store, &w.a, p, then, all), ERR_OK);
    assert_int_equal(all[reg].count, 2);  /* valid, then suspended */
    assert_status(p, FIRST + 7, "valid"); /* as known now */
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup(name, setup_case)
    const struct CMUnitTest tests[] = {
        CASE(all_pairs),
        CASE(every_ground_is_given_by_its_roles),
        CASE(apply_to_valid),
        CASE(materials_are_asked_for_once),
        CASE(extended_once),
        CASE(silence_is_no_refusal),
        CASE(the_window),
        CASE(missed_and_made_up),
        CASE(the_term_is_over),
        CASE(tenure_by_policy),
        CASE(moved_after_the_last_day),
        CASE(extended_too_late),
        CASE(the_clock_may_jump),
        CASE(reminders),
        CASE(conditions_must_hold_that_day),
        CASE(history_has_grounds),
        CASE(an_appeal_is_decided_by_somebody_else),
        CASE(nobody_decides_on_himself),
        CASE(not_before_the_last_act),
        CASE(a_key_acts_once),
        CASE(only_counties_in_force),
        CASE(a_loaded_permit_is_taken_over),
        CASE(a_loaded_suspension_accuses_nobody),
        CASE(places_that_were_abolished),
        CASE(points_follow_the_permit),
        CASE(what_only_the_register_knows_has_no_clock),
        CASE(moved_without_losing_anything),
        CASE(a_birthday_at_midnight),
        CASE(the_past_as_known_then),
    };

    if (argc < 2) return 2;
    world_open(argv + 1, argc - 1);
    if (points_new(w.rules, &points) != ERR_OK) return 2;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    points_free(points);
    world_close();
    return failed;
}
