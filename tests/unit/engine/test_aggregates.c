/* Every aggregate of the reference interpreter on tables of records, with what is not known.
 * TEST-OF: src/lang/README.md §6. The scoring day is 2026-03-01. */
#include "engine_test.h"

#define NO_NODE UINT32_MAX

struct row {
    const char *facts;
    int64_t lo, hi;
};

static void check_rows(uint32_t node, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct interval v = small_value(&s, node, rows[i].facts);
        if (v.lo != rows[i].lo || v.hi != rows[i].hi)
            print_error("\"%s\": [%lld, %lld]\n", rows[i].facts, (long long)v.lo, (long long)v.hi);
        CHECK(v, rows[i].lo, rows[i].hi);
    }
}

/* amount at least 10, of the events */
static uint32_t filter(void)
{
    uint32_t ten = small_const(&s, VT_INT, 10);
    s.nodes[ten].domain = R_EVENT;
    return small_op2(&s, NODE_GE, VT_BOOL, small_field(&s, R_EVENT, 1, R_EVENT), ten);
}

static uint32_t amount(void)
{
    return small_field(&s, R_EVENT, 1, R_EVENT);
}

static void test_count(void **state)
{
    static const struct row rows[] = {
        {"", 0, 0},
        {"event 2026-03-01 5", 1, 1}, /* on the day */
        {"event 2026-03-02 5", 0, 0}, /* the day after */
        {"event - 5", 1, 1},          /* since ever */
        {"event ? 5", 0, 1},          /* not known when */
        {"event 2020-01-01 5;event ? 5;event 2026-05-05 1", 1, 2},
        {"!event", 0, 2400},
        {"!event;event 2020-01-01 5", 0, 2400},
    };
    static const struct row any[] = {{"", 0, 0},
                                     {"event 2026-03-01 5", 1, 1},
                                     {"event ? 5", 0, 1},
                                     {"event ? 5;event 2020-01-01 1", 1, 1},
                                     {"!event", 0, 1}};
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, NO_NODE, NO_NODE), rows, COUNT(rows));
    check_rows(small_agg(&s, NODE_AGG_ANY, VT_BOOL, R_EVENT, NO_NODE, NO_NODE), any, COUNT(any));
}

static void test_filter(void **state)
{
    static const struct row rows[] = {{"event 2020-01-01 9", 0, 0},
                                      {"event 2020-01-01 10", 1, 1},
                                      {"event 2020-01-01 ?", 0, 1},
                                      {"event ? 10", 0, 1},
                                      {"event ? 9", 0, 0}};
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, filter(), NO_NODE), rows,
               COUNT(rows));
}

/* A term has an event and an end: it exists from the one until the day before the other. */
static void test_term(void **state)
{
    static const struct row rows[] = {
        {"term 2026-03-01 2026-03-02 1", 1, 1}, {"term 2026-02-01 2026-03-01 1", 0, 0},
        {"term 2026-03-02 2026-04-01 1", 0, 0}, {"term 2026-02-01 ? 1", 0, 1},
        {"term ? 2026-04-01 1", 0, 1},          {"term ? 2026-02-01 1", 0, 0},
        {"term 2026-04-01 ? 1", 0, 0}};
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_COUNT, VT_INT, R_TERM, NO_NODE, NO_NODE), rows, COUNT(rows));
}

static void test_sum(void **state)
{
    static const struct row rows[] = {{"", 0, 0},
                                      {"event 2020-01-01 5;event 2021-01-01 7", 12, 12},
                                      {"event 2020-01-01 5;event ? 7", 5, 12},
                                      {"event 2020-01-01 ?", 0, 1000},
                                      {"event 2026-03-02 5", 0, 0},
                                      {"!event", 0, 2400}};
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_SUM, VT_INT, R_EVENT, NO_NODE, amount()), rows, COUNT(rows));
}

static void test_best(void **state)
{
    static const struct row max[] = {{"", 3, 3},
                                     {"event 2020-01-01 5;event 2021-01-01 7", 7, 7},
                                     {"event 2020-01-01 2", 2, 2},
                                     {"event 2020-01-01 5;event ? 7", 5, 7},
                                     {"event 2020-01-01 5;event ? 4", 5, 5},
                                     {"event ? 7", 3, 7},
                                     {"event ? 1", 1, 3},
                                     {"event ? 1;event ? 9", 1, 9},
                                     {"event 2020-01-01 ?;event 2020-01-01 6", 6, 1000},
                                     {"event 2026-03-02 5", 3, 3},
                                     {"!event", 0, 2400}};
    static const struct row min[] = {{"", 3, 3},
                                     {"event 2020-01-01 5;event 2021-01-01 7", 5, 5},
                                     {"event 2020-01-01 5;event ? 4", 4, 5},
                                     {"event 2020-01-01 5;event ? 7", 5, 5},
                                     {"event ? 1", 1, 3},
                                     {"event ? 7", 3, 7},
                                     {"event ? 1;event ? 9", 1, 9},
                                     {"event 2020-01-01 ?;event 2020-01-01 6", 0, 6},
                                     {"!event", 0, 2400}};
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_MAX, VT_INT, R_EVENT, NO_NODE, amount());
    s.nodes[n].flags = NODE_HAS_NONE;
    s.nodes[n].imm = 3;
    check_rows(n, max, COUNT(max));
    n = small_agg(&s, NODE_AGG_MIN, VT_INT, R_EVENT, NO_NODE, amount());
    s.nodes[n].flags = NODE_HAS_NONE;
    s.nodes[n].imm = 3;
    check_rows(n, min, COUNT(min));
}

/* A register whose silence means "unknown": nothing on the day is no answer.
 * TEST-OF: registers §3 reading 2 */
static void test_none_unknown(void **state)
{
    static const struct row rows[] = {{"", 0, 3},
                                      {"paper 1 2020-01-01", 1, 1},
                                      {"paper 1 2020-01-01;paper 3 2026-03-01", 3, 3},
                                      {"paper 1 2020-01-01;paper 3 2026-03-02", 1, 1},
                                      {"paper 2 2026-03-02", 0, 3},
                                      {"paper 2 ?", 0, 3},
                                      {"paper ? 2020-01-01", 0, 3},
                                      {"paper 1 -", 1, 1},
                                      {"!paper;paper 1 -", 0, 3}};
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_MAX, VT_LEVEL, R_PAPER, NO_NODE,
                           small_field(&s, R_PAPER, 0, R_PAPER));
    s.nodes[n].hi = 3;
    check_rows(n, rows, COUNT(rows));
}

static void test_now(void **state)
{
    static const struct row rows[] = {
        {"", -1, -1},
        {"permit 1 2026-03-01 - 330106", 1, 1},
        {"permit 1 2026-03-02 - 330106", -1, -1},
        {"permit 1 2026-01-01 2026-03-01 330106", -1, -1},
        {"permit 1 2026-01-01 2026-03-02 330106", 1, 1},
        {"permit ? 2026-01-01 - 330106", 0, 1},
        {"permit 1 ? - 330106", -1, 1},
        {"permit 0 ? - 330106;permit 1 2026-01-01 - 330106", 0, 1},
        {"permit 0 2025-01-01 - 330106;permit 1 2026-01-01 - 330106", 0, 0}, /* the first */
        {"permit 0 2025-01-01 ? 330106;permit 1 2025-01-01 ? 330106", -1, 1},
    };
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_NOW, VT_CATEGORY, R_PERMIT, NO_NODE,
                           small_field(&s, R_PERMIT, 0, R_PERMIT));
    s.nodes[n].flags = NODE_HAS_NONE;
    s.nodes[n].imm = -1;
    s.nodes[n].lo = -1;
    s.nodes[n].hi = 1;
    check_rows(n, rows, COUNT(rows));
    s.nodes[n].flags = 0;
    CHECK(small_value(&s, n, ""), -1, 1);
    CHECK(small_value(&s, n, "permit 0 ? - 330106"), -1, 1);
}

/* TEST-OF: registers §3 reading 4 */
static void test_months(void **state)
{
    static const struct row rows[] = {
        {"", 0, 0},
        {"month 2026-02 2026-02", 1, 1},
        {"month 2022-01 2025-11", 47, 47},
        {"month 2025-01 2025-06;month 2025-06 2025-12", 12, 12}, /* June once */
        {"month 2026-03 2026-06", 1, 1},                         /* the day's month counts */
        {"month 2026-04 2026-06", 0, 0},
        {"month 2025-12 -", 4, 4},
        {"month 0001-01 -", 2400, 2400}, /* the static range holds */
        {"!month", 0, 2400},
    };
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_MONTHS, VT_MONTHS, R_MONTH, NO_NODE, NO_NODE), rows,
               COUNT(rows));
}

/* Months in a place; a place that is not known may count. */
static void test_months_filtered(void **state)
{
    static const struct row rows[] = {
        {"month 2025-01 2025-06 330106;month 2025-06 2025-12 310115", 6, 6},
        {"month 2025-01 2025-06 330106;month 2025-06 2025-12 ?", 6, 12},
        {"month 2025-01 2025-06 ?", 0, 6},
    };
    (void)state;
    uint32_t here = small_op(&s, NODE_IN_RANGES, VT_BOOL, 1,
                             (uint32_t[]){small_field(&s, R_MONTH, 2, R_MONTH)});
    small_table(&s, here, 2, (int64_t[]){330000, 339999});
    check_rows(small_agg(&s, NODE_AGG_MONTHS, VT_MONTHS, R_MONTH, here, NO_NODE), rows,
               COUNT(rows));
}

/* TEST-OF: registers §3 reading 5 */
static void test_spells(void **state)
{
    static const struct row rows[] = {
        {"", 0, 0},
        {"spell 2026-02-01 -", 1, 1},          /* complete on the same day of the month */
        {"spell 2026-02-02 -", 0, 0},          /* a day short */
        {"spell 2026-01-31 -", 1, 1},          /* no 31 February: complete on 1 March */
        {"spell 2020-03-15 - 330110", 71, 71}, /* the worked example */
        {"spell 2025-01-01 2025-07-01;spell 2025-05-01 2025-11-01", 10, 10}, /* overlap */
        {"spell 2025-02-10 2025-02-24;spell 2025-02-24 2025-03-10", 1, 1},   /* touch */
        {"spell 2025-01-10 2025-02-25;spell 2025-06-01 2025-07-16", 3, 3},   /* 15 + 15 */
        {"spell 2025-01-10 2025-02-25;spell 2025-06-01 2025-07-15", 2, 2},   /* 15 + 14 */
        {"spell 2025-06-01 2025-07-15;spell 2025-01-10 2025-02-25", 2, 2},   /* any order */
        {"spell 2025-01-01 2025-12-01;spell 2025-03-01 2025-04-01", 11, 11}, /* inside */
        {"spell 2025-01-01 2025-02-01;spell 2025-03-01 2025-04-01;spell 2024-12-15 2025-06-15", 6,
         6},
        {"spell 2026-03-01 -", 0, 0}, /* the day itself does not count */
        {"spell 2026-03-02 -", 0, 0},
        {"!spell", 0, 2400},
    };
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_SPELL_MONTHS, VT_MONTHS, R_SPELL, NO_NODE, NO_NODE);
    s.nodes[n].imm = 30;
    check_rows(n, rows, COUNT(rows));
    s.nodes[n].imm = 0; /* leftovers dropped */
    CHECK(small_value(&s, n, rows[7].facts), 2, 2);
}

static void test_spells_unknown_place(void **state)
{
    static const struct row rows[] = {
        {"spell 2025-01-01 2025-03-01 330106;spell 2025-03-01 2025-05-01 ?", 2, 4},
        /* what may be merged may also lose a pooled month: the ends are still in order */
        {"spell 2025-01-10 2025-02-25 330106;spell 2025-02-25 2025-03-01 ?", 1, 1},
    };
    (void)state;
    uint32_t here = small_op(&s, NODE_IN_RANGES, VT_BOOL, 1,
                             (uint32_t[]){small_field(&s, R_SPELL, 2, R_SPELL)});
    small_table(&s, here, 2, (int64_t[]){330000, 339999});
    uint32_t n = small_agg(&s, NODE_AGG_SPELL_MONTHS, VT_MONTHS, R_SPELL, here, NO_NODE);
    s.nodes[n].imm = 30;
    check_rows(n, rows, COUNT(rows));
}

static void test_consecutive(void **state)
{
    static const struct row rows[] = {
        {"", 0, 0},
        {"month 2025-04 2026-03", 12, 12},
        {"month 2025-01 2025-06;month 2025-10 2026-03", 12, 12}, /* a gap of three */
        {"month 2025-01 2025-06;month 2025-11 2026-03", 5, 5},   /* a gap of four */
        {"month 2025-07 2025-12", 6, 6},                         /* three missing at the end */
        {"month 2025-06 2025-11", 0, 0},                         /* four missing */
        {"month 2026-03 2026-09", 1, 1},
        {"!month", 0, 2400},
    };
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_CONSECUTIVE, VT_MONTHS, R_MONTH, NO_NODE, NO_NODE);
    s.nodes[n].imm = 3;
    check_rows(n, rows, COUNT(rows));
    s.nodes[n].imm = 0;
    CHECK(small_value(&s, n, "month 2025-10 2025-12;month 2026-02 2026-03"), 2, 2);
}

/* --- windows --- */

static void test_window_event(void **state)
{
    static const struct row two_years[] = {{"event 2024-03-01 5", 0, 0}, /* day = two years on */
                                           {"event 2024-03-02 5", 1, 1},
                                           {"event - 5", 0, 0}, /* since ever: in no window */
                                           {"event ? 5", 0, 1},
                                           {"event 2026-03-02 5", 0, 0}};
    static const struct row fixed[] = {{"event 2025-01-01 5", 1, 1},
                                       {"event 2025-06-30 5", 1, 1},
                                       {"event 2025-07-01 5", 0, 0},
                                       {"event 2024-12-31 5", 0, 0},
                                       {"event - 5", 0, 0}};
    static const struct row this_year[] = {{"event 2026-01-01 5", 1, 1},
                                           {"event 2025-12-31 5", 0, 0}};
    static const struct row last_year[] = {
        {"event 2026-01-01 5", 0, 0}, {"event 2025-12-31 5", 1, 1}, {"event 2024-12-31 5", 0, 0}};
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, NO_NODE, NO_NODE);
    small_window(&s, n, WINDOW_MONTHS, 24, 0);
    check_rows(n, two_years, COUNT(two_years));
    small_window(&s, n, WINDOW_FIXED, small_date("2025-01-01"), small_date("2025-06-30"));
    check_rows(n, fixed, COUNT(fixed));
    small_window(&s, n, WINDOW_THIS_YEAR, 0, 0);
    check_rows(n, this_year, COUNT(this_year));
    small_window(&s, n, WINDOW_PREVIOUS_YEAR, 0, 0);
    check_rows(n, last_year, COUNT(last_year));
}

static void test_window_spells(void **state)
{
    static const struct row year[] = {{"spell 2020-01-01 -", 12, 12},
                                      {"spell 2020-01-01 2025-04-01", 1, 1},
                                      {"spell 2020-01-01 2025-03-31", 1, 1},
                                      {"spell 2020-01-01 2025-03-30", 0, 0}};
    static const struct row fixed[] = {{"spell 2020-01-01 -", 6, 6},
                                       {"spell 2025-03-01 2025-05-01", 2, 2}};
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_SPELL_MONTHS, VT_MONTHS, R_SPELL, NO_NODE, NO_NODE);
    s.nodes[n].imm = 30;
    small_window(&s, n, WINDOW_MONTHS, 12, 0);
    check_rows(n, year, COUNT(year));
    small_window(&s, n, WINDOW_FIXED, small_date("2025-01-01"), small_date("2025-06-30"));
    check_rows(n, fixed, COUNT(fixed));
    n = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_SPELL, NO_NODE, NO_NODE);
    small_window(&s, n, WINDOW_PREVIOUS_YEAR, 0, 0);
    CHECK(small_value(&s, n, "spell 2026-01-01 -;spell 2024-01-01 2025-01-01"), 0, 0);
    CHECK(small_value(&s, n, "spell 2026-01-01 -;spell 2024-01-01 2025-01-02"), 1, 1);
}

static void test_window_months(void **state)
{
    static const struct row year[] = {{"month 2020-01 2026-03", 12, 12}, /* this month included */
                                      {"month 2020-01 2025-04", 1, 1},
                                      {"month 2020-01 2025-03", 0, 0}};
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_MONTHS, VT_MONTHS, R_MONTH, NO_NODE, NO_NODE);
    small_window(&s, n, WINDOW_MONTHS, 12, 0);
    check_rows(n, year, COUNT(year));
    small_window(&s, n, WINDOW_FIXED, small_date("2025-01-15"), small_date("2025-03-02"));
    CHECK(small_value(&s, n, "month 2020-01 -"), 3, 3);
    small_window(&s, n, WINDOW_THIS_YEAR, 0, 0);
    CHECK(small_value(&s, n, "month 2020-01 -"), 3, 3);
    small_window(&s, n, WINDOW_PREVIOUS_YEAR, 0, 0);
    CHECK(small_value(&s, n, "month 2020-01 -"), 12, 12);
}

/* --- points of each record --- */

static void test_each(void **state)
{
    static const struct row rows[] = {{"", 0, 0},
                                      {"event 2020-01-01 5 1;event 2020-02-01 7 2", 12, 12},
                                      {"event 2020-01-01 5 1;event ? 7 2", 5, 12},
                                      {"event 2020-01-01 ? 1", 0, 1000},
                                      {"!event", 0, 2400}};
    (void)state;
    check_rows(small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, NO_NODE, amount()), rows,
               COUNT(rows));
}

/* TEST-OF: forms RF-36 */
static void test_each_key(void **state)
{
    static const struct row rows[] = {
        {"event 2020-01-01 5 1;event 2020-02-01 7 1", 7, 7},
        {"event 2020-01-01 5 1;event 2020-02-01 7 2", 12, 12},
        {"event 2020-01-01 5 1;event 2020-02-01 5 1", 5, 5},
        {"event 2020-01-01 5 ?;event 2020-02-01 7 ?", 12, 12}, /* unknown keys stand alone */
        {"event 2020-01-01 5 1;event ? 7 1", 5, 7},
        {"event 2020-01-01 5 1;event 2020-01-02 ? 1", 5, 1000},
    };
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, NO_NODE, amount());
    s.nodes[n].field2 = 2;
    check_rows(n, rows, COUNT(rows));
}

/* TEST-OF: forms RF-35 */
static void test_each_year(void **state)
{
    static const struct row rows[] = {
        {"event 2020-01-01 5;event 2020-12-31 7", 10, 10},
        {"event 2020-12-31 5;event 2021-01-01 7", 12, 12},
        {"event - 7;event - 7", 14, 14}, /* a year of its own each */
        {"event ? 7;event 2020-01-01 7", 7, 14},
        {"event 2020-01-01 99", 10, 10},
    };
    (void)state;
    uint32_t n = small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, NO_NODE, amount());
    s.nodes[n].imm = 10;
    check_rows(n, rows, COUNT(rows));
    s.nodes[n].field2 = 2; /* and the best of each matter */
    CHECK(small_value(&s, n, "event 2020-01-01 5 1;event 2020-02-01 9 1;event 2020-03-01 4 2"), 10,
          10);
    CHECK(small_value(&s, n, "event 2020-01-01 5 1;event 2021-02-01 9 1;event 2020-03-01 4 2"), 13,
          13);
}

/* A one-per-person fact inside a record's arithmetic. */
static void test_person_in_record(void **state)
{
    (void)state;
    uint32_t of_person = small_field(&s, R_PERSON, 1, R_EVENT);
    uint32_t n = small_agg(&s, NODE_AGG_SUM, VT_INT, R_EVENT, NO_NODE,
                           small_op2(&s, NODE_ADD, VT_INT, amount(), of_person));
    CHECK(small_value(&s, n, "person ? 100;event 2020-01-01 5;event 2020-01-02 6"), 211, 211);
    CHECK(small_value(&s, n, "event 2020-01-01 500"), 400, 1500);
}

static void test_record_overflow(void **state)
{
    (void)state;
    uint32_t big = small_const(&s, VT_INT, INT64_MAX);
    s.nodes[big].domain = R_EVENT;
    uint32_t n = small_agg(&s, NODE_AGG_SUM, VT_INT, R_EVENT, NO_NODE, big);
    CHECK(small_value(&s, n, "event 2020-01-01 1"), INT64_MAX, INT64_MAX);
    assert_int_equal(small_error(&s, n, "event 2020-01-01 1;event 2020-01-01 1"), ERR_OVERFLOW);
    /* only those that count are added */
    CHECK(small_value(&s, n, "event 2020-01-01 1;event 2026-03-02 1"), INT64_MAX, INT64_MAX);
    n = small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, NO_NODE, big);
    assert_int_equal(small_error(&s, n, "event 2020-01-01 1;event 2020-01-01 1"), ERR_OVERFLOW);
    assert_int_equal(small_error(&s, n, "event 2020-01-01 1;event ? 1"), ERR_OVERFLOW);
    s.nodes[n].imm = 5;
    assert_int_equal(small_error(&s, n, "event 2020-01-01 1;event 2020-01-01 1"), ERR_OVERFLOW);
    /* a value is computed for a record that is out, too */
    uint32_t over = small_op2(&s, NODE_ADD, VT_INT, big, amount());
    n = small_agg(&s, NODE_AGG_SUM, VT_INT, R_EVENT, NO_NODE, over);
    assert_int_equal(small_error(&s, n, "event 2026-03-02 1"), ERR_OVERFLOW);
    over = small_op2(&s, NODE_EQ, VT_BOOL, over, big);
    n = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, over, NO_NODE);
    assert_int_equal(small_error(&s, n, "event 2026-03-02 1"), ERR_OVERFLOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_count),
        CASE(test_filter),
        CASE(test_term),
        CASE(test_sum),
        CASE(test_best),
        CASE(test_none_unknown),
        CASE(test_now),
        CASE(test_months),
        CASE(test_months_filtered),
        CASE(test_spells),
        CASE(test_spells_unknown_place),
        CASE(test_consecutive),
        CASE(test_window_event),
        CASE(test_window_spells),
        CASE(test_window_months),
        CASE(test_each),
        CASE(test_each_key),
        CASE(test_each_year),
        CASE(test_person_in_record),
        CASE(test_record_overflow),
    };
    return RUN(tests);
}
