/* Operators that no rule file leads to easily: a branch not taken that leaves 64 bits, 若未知 as an
 * operator. Each against a scan of every day by the interpreter. */
#include "engine/forecast.h"
#include "engine_test.h"

#define DAYS 3000

static bool same(const struct score *x, const struct score *y)
{
    return x->error == y->error && x->total.lo == y->total.lo && x->total.hi == y->total.hi &&
           x->indicators[0].lo == y->indicators[0].lo && x->indicators[0].hi == y->indicators[0].hi;
}

/* The first day after s.day on which the person's score differs; DATE_OPEN_END = none. */
static int32_t scanned(const struct plan *plan, const struct population *p)
{
    struct interval indicators[2][8], groups[8], gates[4];
    struct score x = {.indicators = indicators[0], .groups = groups, .gates = gates};
    struct score y = {.indicators = indicators[1], .groups = groups, .gates = gates};

    assert_int_equal(interp_score(&s.arena, plan, p, 0, s.day, &x, NULL), ERR_OK);
    for (int32_t day = s.day + 1; day <= s.day + DAYS; day++) {
        assert_int_equal(interp_score(&s.arena, plan, p, 0, day, &y, NULL), ERR_OK);
        if (!same(&x, &y)) return day;
    }
    return DATE_OPEN_END;
}

static int32_t forecast(const struct population *p)
{
    struct forecaster *f;
    struct forecast_state at, next;
    bool found;

    assert_int_equal(forecaster_new(&s.arena, p, s.day, &f), ERR_OK);
    assert_int_equal(forecast_state_new(&s.arena, &s.r, &at), ERR_OK);
    assert_int_equal(forecast_state_new(&s.arena, &s.r, &next), ERR_OK);
    assert_int_equal(forecast_state_at(f, 0, s.day, &at), ERR_OK);
    assert_int_equal(forecast_next(f, 0, &at, s.day + DAYS, &next, &found), ERR_OK);
    forecaster_done(f);
    return found ? next.day : DATE_OPEN_END;
}

/* Both find the same day, which is `expected`. */
static void agree(uint32_t node, const char *facts, int32_t expected)
{
    struct population p;
    struct plan *plan;

    s.clauses[0].body = (int32_t)node;
    assert_int_equal(small_population(&s, facts, &p), ERR_OK);
    assert_int_equal(plan_new(&s.arena, &s.r, 0, s.day, &plan), ERR_OK);
    assert_int_equal(scanned(plan, &p), expected);
    assert_int_equal(forecast(&p), expected);
}

static uint32_t ranged(uint32_t node, int64_t lo, int64_t hi)
{
    s.nodes[node].lo = lo;
    s.nodes[node].hi = hi;
    return node;
}

static uint32_t age(void)
{
    const uint32_t born = small_field(&s, R_PERSON, 0, -1);
    const uint32_t today = ranged(small_op(&s, NODE_DAY, VT_DATE, 0, NULL), DATE_FIRST, DATE_LAST);

    return ranged(small_op2(&s, NODE_AGE, VT_AGE, born, today), 0, 200);
}

/* 0 unless `cond` is 1, but computed all the same. */
static uint32_t not_taken(uint32_t body)
{
    const uint32_t kids[] = {small_const(&s, VT_BOOL, 0), body, small_const(&s, VT_POINTS, 3)};

    return ranged(small_op(&s, NODE_IF, VT_POINTS, 3, kids), 0, INT64_MAX);
}

static uint32_t times(uint32_t x, int64_t factor)
{
    const uint32_t n = small_op2(&s, NODE_MUL, VT_POINTS, x, small_const(&s, VT_INT, factor));

    s.nodes[n].imm = 1;
    return ranged(n, 0, INT64_MAX);
}

/* The day on which one born `years` years and a month less ago has his birthday. */
static int32_t birthday_of(char *facts, size_t room, int32_t years)
{
    struct buf b;
    const int32_t birthday = date_add_months(s.day, 1, MONTH_CLAMP);

    buf_init(&b, 0);
    date_add_text(&b, date_add_months(birthday, -12 * years, MONTH_CLAMP));
    snprintf(facts, room, "person %.*s 5", (int)b.n, b.p);
    buf_done(&b);
    return birthday;
}

static void overflow_in_a_branch_not_taken(void **state)
{
    char facts[64];
    (void)state;
    const int32_t birthday = birthday_of(facts, sizeof facts, 40);
    /* 39 times it fits, 40 times it does not */
    agree(not_taken(times(age(), INT64_MAX / 40 + 1)), facts, birthday);
    /* where it always fits, nothing changes */
    agree(not_taken(times(age(), 1000)), facts, DATE_OPEN_END);
}

static void overflow_goes_on(void **state)
{
    char facts[64];
    (void)state;
    birthday_of(facts, sizeof facts, 60);
    agree(not_taken(times(age(), INT64_MAX / 40 + 1)), facts, DATE_OPEN_END);
}

static void if_unknown(void **state)
{
    (void)state;
    const uint32_t amount = ranged(small_field(&s, R_PERSON, 1, -1), 3, 7);
    const uint32_t n = ranged(small_op(&s, NODE_IF_UNKNOWN, VT_POINTS, 1, &amount), 3, 7);

    s.nodes[n].imm = s.day + 100;
    s.nodes[n].imm2 = 4;
    agree(n, "person ? ?", s.day + 100);
    agree(n, "person ? 5", DATE_OPEN_END);
    s.nodes[n].imm = s.day;
    agree(n, "person ? ?", DATE_OPEN_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(overflow_in_a_branch_not_taken),
        CASE(overflow_goes_on),
        CASE(if_unknown),
    };
    return RUN(tests);
}
