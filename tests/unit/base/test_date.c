/* Dates against a second calendar that only counts: one day, one month after the other. */
#include "base/date.h"

#include "base_test.h"

/* First day of every month of the years 1..9999, and one more, by counting. */
static int32_t first_of[MONTH_LAST + 2];

static int32_t counted_length(int32_t year, int32_t month)
{
    if (month == 4 || month == 6 || month == 9 || month == 11) return 30;
    if (month != 2) return 31;
    if (year % 400 == 0) return 29;
    if (year % 100 == 0) return 28;
    return year % 4 == 0 ? 29 : 28;
}

static int count_months(void **state)
{
    int32_t day = DATE_FIRST;

    (void)state;
    for (int32_t m = MONTH_FIRST; m <= MONTH_LAST; m++) {
        first_of[m] = day;
        day += counted_length(m / 12, m % 12 + 1);
    }
    first_of[MONTH_LAST + 1] = day;
    return day == DATE_LAST + 1 ? 0 : -1;
}

/* The twin of date_add_months, for results that stay in the calendar. */
static int32_t counted_add(int32_t month, int32_t day, int32_t months, enum month_rounding r)
{
    int32_t target = month + months;
    int32_t length = first_of[target + 1] - first_of[target];

    if (day <= length) return first_of[target] + day - 1;
    return r == MONTH_NEXT ? first_of[target + 1] : first_of[target + 1] - 1;
}

static void every_day_of_the_calendar_converts(void **state)
{
    int32_t date = DATE_FIRST;

    (void)state;
    for (int32_t y = 1; y <= 9999; y++) {
        for (int32_t m = 1; m <= 12; m++) {
            int32_t length = counted_length(y, m);

            if (date_is_valid(y, m, length + 1)) fail_msg("%d-%d-%d", y, m, length + 1);
            for (int32_t d = 1; d <= length; d++, date++) {
                struct civil c = date_to_civil(date);

                if (!date_is_valid(y, m, d) || date_from_civil(y, m, d) != date || c.year != y ||
                    c.month != m || c.day != d || date_month(date) != y * 12 + m - 1)
                    fail_msg("%d-%d-%d", y, m, d);
            }
            if (month_first_day(y * 12 + m - 1) != date - length) fail_msg("month %d-%d", y, m);
        }
    }
    assert_int_equal(date, DATE_LAST + 1);
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
}

static void days_that_do_not_exist_are_not_valid(void **state)
{
    (void)state;
    assert_false(date_is_valid(0, 1, 1));
    assert_false(date_is_valid(10000, 1, 1));
    assert_false(date_is_valid(2026, 0, 1));
    assert_false(date_is_valid(2026, 13, 1));
    assert_false(date_is_valid(2026, 1, 0));
    assert_false(date_is_valid(2026, 2, 29));
    assert_false(date_is_valid(1900, 2, 29));
    assert_true(date_is_valid(2000, 2, 29));
    assert_false(date_is_valid(INT32_MIN, INT32_MIN, INT32_MIN));
    assert_false(date_is_valid(INT32_MAX, INT32_MAX, INT32_MAX));
}

static void open_ends_order_around_every_day(void **state)
{
    static const enum month_rounding BOTH[] = {MONTH_CLAMP, MONTH_NEXT};

    (void)state;
    assert_true(DATE_OPEN_START < DATE_FIRST && DATE_LAST < DATE_OPEN_END);
    assert_int_equal(date_month(DATE_OPEN_START), MONTH_FIRST - 1);
    assert_int_equal(date_month(DATE_OPEN_END), MONTH_OPEN_END);
    assert_int_equal(date_month(INT32_MIN), MONTH_FIRST - 1);
    assert_int_equal(date_month(INT32_MAX), MONTH_OPEN_END);
    assert_int_equal(month_first_day(MONTH_FIRST - 1), DATE_OPEN_START);
    assert_int_equal(month_first_day(MONTH_OPEN_END), DATE_OPEN_END);
    assert_int_equal(month_first_day(INT32_MIN), DATE_OPEN_START);
    assert_int_equal(month_first_day(INT32_MAX), DATE_OPEN_END);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(date_add_months(DATE_OPEN_START, 12, BOTH[i]), DATE_OPEN_START);
        assert_int_equal(date_add_months(DATE_OPEN_END, -12, BOTH[i]), DATE_OPEN_END);
        assert_int_equal(date_add_months(0, INT32_MAX, BOTH[i]), DATE_OPEN_END);
        assert_int_equal(date_add_months(0, INT32_MIN, BOTH[i]), DATE_OPEN_START);
        assert_int_equal(date_add_months(DATE_LAST, 1, BOTH[i]), DATE_OPEN_END);
        assert_int_equal(date_add_months(DATE_FIRST, -1, BOTH[i]), DATE_OPEN_START);
        assert_int_equal(date_add_months(INT32_MAX, 0, BOTH[i]), DATE_OPEN_END);
        assert_int_equal(date_add_months(INT32_MIN, 0, BOTH[i]), DATE_OPEN_START);
    }
}

/* Every day of the first, a middle and the last stretch of the calendar, many distances. */
static void adding_months_agrees_with_counting(void **state)
{
    static const int32_t STARTS[] = {MONTH_FIRST, 1899 * 12, 1995 * 12, MONTH_LAST - 60};

    (void)state;
    for (size_t s = 0; s < 4; s++) {
        for (int32_t m = STARTS[s]; m <= STARTS[s] + 60; m++) {
            for (int32_t date = first_of[m]; date < first_of[m + 1]; date++) {
                for (int32_t k = -130; k <= 130; k++) {
                    int32_t day = date - first_of[m] + 1;
                    bool inside = m + k >= MONTH_FIRST && m + k <= MONTH_LAST;
                    int32_t clamp = k < 0 ? DATE_OPEN_START : DATE_OPEN_END;
                    int32_t next = clamp;

                    if (inside) clamp = counted_add(m, day, k, MONTH_CLAMP);
                    if (inside) next = counted_add(m, day, k, MONTH_NEXT);
                    if (date_add_months(date, k, MONTH_CLAMP) != clamp ||
                        date_add_months(date, k, MONTH_NEXT) != next)
                        fail_msg("day %d, %d months", date, k);
                }
            }
        }
    }
}

/* TEST-OF: registers §3 reading 5, the two readings of a missing day. */
static void a_missing_day_has_two_readings(void **state)
{
    int32_t leap = date_from_civil(2024, 2, 29), end = date_from_civil(2026, 1, 31);

    (void)state;
    assert_int_equal(date_add_months(leap, 12, MONTH_CLAMP), date_from_civil(2025, 2, 28));
    assert_int_equal(date_add_months(leap, 12, MONTH_NEXT), date_from_civil(2025, 3, 1));
    assert_int_equal(date_add_months(leap, 48, MONTH_NEXT), date_from_civil(2028, 2, 29));
    assert_int_equal(date_add_months(end, 1, MONTH_CLAMP), date_from_civil(2026, 2, 28));
    assert_int_equal(date_add_months(end, 1, MONTH_NEXT), date_from_civil(2026, 3, 1));
    assert_int_equal(date_add_months(end, 3, MONTH_NEXT), date_from_civil(2026, 5, 1));
    assert_int_equal(date_add_months(end, 2, MONTH_NEXT), date_from_civil(2026, 3, 31));
}

/* Birthdays lived through, one by one. */
static int32_t counted_age(int32_t birth, int32_t on)
{
    struct civil b = date_to_civil(birth);
    int32_t age = 0;

    for (int32_t year = b.year + 1; year <= 9999; year++) {
        bool exists = b.day <= counted_length(year, b.month);
        int32_t birthday =
            exists ? first_of[year * 12 + b.month - 1] + b.day - 1 : first_of[year * 12 + b.month];

        if (birthday > on) break;
        age++;
    }
    return age;
}

/* TEST-OF: registers §3 reading 1 */
static void ages_agree_with_counted_birthdays(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (int32_t birth = date_from_civil(1999, 12, 1); birth < date_from_civil(2001, 4, 1); birth++)
        for (int32_t on = birth - 3; on < birth + 1900; on++)
            if (date_age_years(birth, on) != counted_age(birth, on)) fail_msg("%d %d", birth, on);
    for (int i = 0; i < 20000; i++) {
        int32_t birth = (int32_t)(test_random(&seed) % 50000) - 25000;
        int32_t on = birth + (int32_t)(test_random(&seed) % 45000) - 1000;

        if (date_age_years(birth, on) != counted_age(birth, on)) fail_msg("%d %d", birth, on);
    }
}

/* TEST-OF: registers §3 reading 1 and §5 persons A, B and C */
static void ages_of_the_worked_example(void **state)
{
    int32_t on = date_from_civil(2026, 3, 1), leap = date_from_civil(2004, 2, 29);

    (void)state;
    assert_int_equal(date_age_years(date_from_civil(1991, 3, 1), on), 35);
    assert_int_equal(date_age_years(date_from_civil(1966, 3, 2), on), 59);
    assert_int_equal(date_age_years(date_from_civil(1986, 3, 1), on), 40);
    assert_int_equal(date_age_years(leap, date_from_civil(2026, 2, 28)), 21);
    assert_int_equal(date_age_years(leap, date_from_civil(2026, 3, 1)), 22);
    assert_int_equal(date_age_years(leap, date_from_civil(2028, 2, 28)), 23);
    assert_int_equal(date_age_years(leap, date_from_civil(2028, 2, 29)), 24);
    assert_int_equal(date_age_years(on, on), 0);
    assert_int_equal(date_age_years(on, on - 1), 0);
    assert_int_equal(date_age_years(DATE_OPEN_END, on), 0);
}

/* Month after month, as a clerk would do it. */
static int32_t counted_whole_months(int32_t from, int32_t to, int32_t *ret_left)
{
    struct civil f = date_to_civil(from);
    int32_t month = f.year * 12 + f.month - 1, k = 0;

    while (counted_add(month, f.day, k + 1, MONTH_NEXT) <= to)
        k++;
    *ret_left = to - counted_add(month, f.day, k, MONTH_NEXT);
    return k;
}

static void check_whole_months(int32_t from, int32_t to)
{
    int32_t left = -1, want_left = -2;
    int32_t months = date_whole_months(from, to, &left);
    int32_t want = counted_whole_months(from, to, &want_left);

    if (months != want || left != want_left)
        fail_msg("%d..%d: %d months %d days, counted %d and %d", from, to, months, left, want,
                 want_left);
}

/* TEST-OF: registers §3 reading 5 */
static void whole_months_agree_with_counting(void **state)
{
    uint64_t seed = 2;

    (void)state;
    for (int32_t from = date_from_civil(2023, 1, 1); from <= date_from_civil(2024, 4, 1); from++)
        for (int32_t to = from; to < from + 800; to++)
            check_whole_months(from, to);
    for (int i = 0; i < 5000; i++) {
        int32_t from = (int32_t)(test_random(&seed) % 40000) - 20000;

        check_whole_months(from, from + (int32_t)(test_random(&seed) % 20000));
    }
}

/* TEST-OF: registers §5 person A: 2020-03-15 to 2026-03-01 are 71 months (17.75 points). */
static void whole_months_of_the_worked_example(void **state)
{
    int32_t from = date_from_civil(2020, 3, 15), left;

    (void)state;
    assert_int_equal(date_whole_months(from, date_from_civil(2026, 3, 1), &left), 71);
    assert_int_equal(left, 14);
    assert_int_equal(date_whole_months(from, date_from_civil(2026, 3, 14), &left), 71);
    assert_int_equal(date_whole_months(from, date_from_civil(2026, 3, 15), &left), 72);
    assert_int_equal(left, 0);
    assert_int_equal(
        date_whole_months(date_from_civil(2026, 1, 31), date_from_civil(2026, 2, 28), &left), 0);
    assert_int_equal(left, 28);
    assert_int_equal(
        date_whole_months(date_from_civil(2026, 1, 31), date_from_civil(2026, 3, 1), &left), 1);
    assert_int_equal(left, 0);
}

static void no_time_is_no_months(void **state)
{
    int32_t left = 7;

    (void)state;
    assert_int_equal(date_whole_months(10, 10, &left), 0);
    assert_int_equal(left, 0);
    left = 7;
    assert_int_equal(date_whole_months(10, 9, &left), 0);
    assert_int_equal(left, 0);
    assert_int_equal(date_whole_months(DATE_OPEN_END, DATE_OPEN_END, &left), 0);
    /* Open ends count as the edges of the calendar: 9999 years. */
    assert_int_equal(date_whole_months(DATE_OPEN_START, DATE_OPEN_END, &left), 9999 * 12);
    assert_int_equal(left, 0);
    assert_int_equal(date_whole_months(INT32_MIN, INT32_MAX, &left), 9999 * 12);
}

static void dates_print_and_parse_back(void **state)
{
    struct buf b;
    int32_t got;

    (void)state;
    buf_init(&b, 0);
    for (int32_t date = DATE_FIRST; date <= DATE_LAST; date += 97) {
        b.n = 0;
        date_add_text(&b, date);
        assert_int_equal(date_parse(buf_str(&b), &got), ERR_OK);
        assert_int_equal(got, date);
    }
    for (int32_t month = MONTH_FIRST; month <= MONTH_LAST; month += 7) {
        b.n = 0;
        month_add_text(&b, month);
        assert_int_equal(month_parse(buf_str(&b), &got), ERR_OK);
        assert_int_equal(got, month);
    }
    buf_done(&b);
}

static void texts_of_dates(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    date_add_text(&b, date_from_civil(2026, 7, 1));
    buf_add_char(&b, ' ');
    date_add_text_zh(&b, date_from_civil(2026, 7, 1));
    buf_add_char(&b, ' ');
    month_add_text(&b, 2026 * 12 + 6);
    buf_add_char(&b, ' ');
    date_add_text(&b, DATE_FIRST);
    buf_add_char(&b, ' ');
    date_add_text(&b, DATE_LAST);
    assert_buf(&b, "2026-07-01 2026年7月1日 2026-07 0001-01-01 9999-12-31");
    b.n = 0;
    date_add_text(&b, DATE_OPEN_START);
    date_add_text(&b, DATE_OPEN_END);
    date_add_text_zh(&b, DATE_OPEN_START);
    date_add_text_zh(&b, DATE_OPEN_END);
    month_add_text(&b, MONTH_OPEN_END);
    month_add_text(&b, MONTH_FIRST - 1);
    assert_int_equal(b.n, 0); /* open ends are never printed as days */
    buf_done(&b);
}

static void bad_dates_are_errors(void **state)
{
    static const struct {
        const char *text;
        enum err want;
    } CASES[] = {
        {"2026-02-29", ERR_RANGE},   {"2026-13-01", ERR_RANGE},  {"2026-00-01", ERR_RANGE},
        {"2026-01-00", ERR_RANGE},   {"2026-04-31", ERR_RANGE},  {"0000-01-01", ERR_RANGE},
        {"2026-1-01", ERR_SYNTAX},   {"2026-01-1", ERR_SYNTAX},  {"2026/01/01", ERR_SYNTAX},
        {"20260101", ERR_SYNTAX},    {"", ERR_SYNTAX},           {"2026-01-011", ERR_SYNTAX},
        {" 2026-01-01", ERR_SYNTAX}, {"+026-01-01", ERR_SYNTAX}, {"2026-01-0x", ERR_SYNTAX},
        {"-001-01-01", ERR_SYNTAX},  {"2026-01 01", ERR_SYNTAX}, {"2026-a1-01", ERR_SYNTAX},
    };
    int32_t got = 4711;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (date_parse(str_from_c(CASES[i].text), &got) != CASES[i].want)
            fail_msg("%s", CASES[i].text);
    }
    assert_int_equal(month_parse(STR("2026-13"), &got), ERR_RANGE);
    assert_int_equal(month_parse(STR("2026-00"), &got), ERR_RANGE);
    assert_int_equal(month_parse(STR("0000-01"), &got), ERR_RANGE);
    assert_int_equal(month_parse(STR("2026-1"), &got), ERR_SYNTAX);
    assert_int_equal(month_parse(STR("2026-01-01"), &got), ERR_SYNTAX);
    assert_int_equal(month_parse(STR("202x-01"), &got), ERR_SYNTAX);
    assert_int_equal(month_parse(STR("2026-0x"), &got), ERR_SYNTAX);
    assert_int_equal(month_parse(STR("2026.01"), &got), ERR_SYNTAX);
    assert_int_equal(got, 4711); /* untouched on failure */
}

static void ask_for_february_30(void *arg)
{
    (void)arg;
    date_from_civil(2026, 2, 30);
}

static void an_impossible_civil_day_is_a_programming_error(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_february_30, NULL));
}

/* Midnight in Shanghai is 16:00 the day before in UTC. */
static void instants(void **state)
{
    (void)state;
    const int64_t second = MICROS_PER_SECOND;
    static const struct {
        int64_t seconds;
        const char *text;
        int32_t year, month, day; /* in Shanghai */
    } rows[] = {
        {0, "1970-01-01T00:00:00Z", 1970, 1, 1},
        {57599, "1970-01-01T15:59:59Z", 1970, 1, 1},
        {57600, "1970-01-01T16:00:00Z", 1970, 1, 2},
        {-28801, "1969-12-31T15:59:59Z", 1969, 12, 31},
        {-28800, "1969-12-31T16:00:00Z", 1970, 1, 1},
        {1709222399, "2024-02-29T15:59:59Z", 2024, 2, 29},
        {1709222400, "2024-02-29T16:00:00Z", 2024, 3, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int32_t day = date_from_civil(rows[i].year, rows[i].month, rows[i].day);
        struct buf b;
        buf_init(&b, 0);
        instant_add_text(&b, rows[i].seconds * second + 999999);
        assert_true(str_eq(buf_str(&b), str_from_c(rows[i].text)));
        buf_done(&b);
        assert_int_equal(date_of_instant(rows[i].seconds * second), day);
        assert_int_equal(date_of_instant(rows[i].seconds * second + 999999), day);
        assert_true(date_first_instant(day) <= rows[i].seconds * second);
        assert_true(date_first_instant(day + 1) > rows[i].seconds * second);
    }
    assert_int_equal(date_of_instant(INT64_MIN), DATE_OPEN_START);
    assert_int_equal(date_of_instant(INT64_MAX), DATE_OPEN_END);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(every_day_of_the_calendar_converts),
    cmocka_unit_test(days_that_do_not_exist_are_not_valid),
    cmocka_unit_test(open_ends_order_around_every_day),
    cmocka_unit_test(adding_months_agrees_with_counting),
    cmocka_unit_test(a_missing_day_has_two_readings),
    cmocka_unit_test(ages_agree_with_counted_birthdays),
    cmocka_unit_test(ages_of_the_worked_example),
    cmocka_unit_test(whole_months_agree_with_counting),
    cmocka_unit_test(whole_months_of_the_worked_example),
    cmocka_unit_test(no_time_is_no_months),
    cmocka_unit_test(dates_print_and_parse_back),
    cmocka_unit_test(texts_of_dates),
    cmocka_unit_test(bad_dates_are_errors),
    cmocka_unit_test(an_impossible_civil_day_is_a_programming_error),
    cmocka_unit_test(instants),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(TESTS, count_months, NULL);
}
