/* Working days against the notices, and periods by place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/term.h"

#define DAY(y, m, d) date_from_civil(y, m, d)

static int weekday(int32_t day) /* 0 = Monday */
{
    return ((day + 3) % 7 + 7) % 7;
}

/* What days of each notice say, as its sentences say it. */
static void days_of_the_notices(void **state)
{
    static const struct {
        int y, m, d;
        bool works;
    } days[] = {
        {2024, 2, 4, true},    {2024, 2, 9, true},   {2024, 2, 10, false}, {2024, 2, 16, false},
        {2024, 2, 17, false},  {2024, 2, 18, true},  {2024, 5, 11, true},  {2024, 9, 29, true},
        {2024, 10, 7, false},  {2024, 10, 8, true},  {2024, 10, 12, true}, {2024, 10, 13, false},
        {2025, 1, 26, true},   {2025, 1, 27, true},  {2025, 1, 28, false}, {2025, 2, 4, false},
        {2025, 2, 5, true},    {2025, 2, 8, true},   {2025, 4, 27, true},  {2025, 5, 5, false},
        {2025, 9, 28, true},   {2025, 10, 8, false}, {2025, 10, 9, true},  {2025, 10, 11, true},
        {2026, 1, 2, false},   {2026, 1, 4, true},   {2026, 2, 14, true},  {2026, 2, 23, false},
        {2026, 2, 24, true},   {2026, 2, 28, true},  {2026, 5, 9, true},   {2026, 6, 19, false},
        {2026, 9, 20, true},   {2026, 9, 25, false}, {2026, 10, 10, true}, {2026, 10, 11, false},
        {2026, 11, 28, false}, {2026, 11, 30, true}};

    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (calendar_is_working_day(DAY(days[i].y, days[i].m, days[i].d)) != days[i].works)
            fail_msg("%d-%d-%d", days[i].y, days[i].m, days[i].d);
}

/* Moving days changes none of their number: days of the year less Saturdays and Sundays less the
 * statutory holidays (11 days, 13 since 2025). */
static void moving_days_keeps_their_number(void **state)
{
    (void)state;
    for (int32_t y = 2024; y <= 2026; y++) {
        int32_t works = 0, weekdays = 0;
        for (int32_t d = DAY(y, 1, 1); d < DAY(y + 1, 1, 1); d++) {
            works += calendar_is_working_day(d);
            weekdays += weekday(d) < 5;
        }
        assert_int_equal(works, weekdays - (y == 2024 ? 11 : 13));
        assert_non_null(calendar_notice(y));
    }
}

static void years_without_a_notice(void **state)
{
    (void)state;
    assert_null(calendar_notice(2023));
    assert_null(calendar_notice(2027));
    assert_int_equal(weekday(DAY(2027, 10, 1)), 4);
    assert_true(calendar_is_working_day(DAY(2027, 10, 1))); /* until the notice is entered */
    assert_false(calendar_is_working_day(DAY(2027, 10, 2)));
    assert_true(term_is_provisional(DAY(2026, 12, 30), DAY(2027, 1, 6)));
    assert_false(term_is_provisional(DAY(2026, 12, 1), DAY(2026, 12, 31)));
}

/* n days on, then n days between, for every day of four years and several n. */
static void adding_and_counting_agree(void **state)
{
    static const int32_t steps[] = {1, 2, 5, 10, 20};

    (void)state;
    for (int32_t d = DAY(2023, 12, 1); d < DAY(2027, 2, 1); d++)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            const int32_t end = calendar_add_working_days(d, steps[i]);
            int32_t n = 0;
            for (int32_t k = d + 1; k <= end; k++) /* one by one */
                n += calendar_is_working_day(k);
            assert_int_equal(n, steps[i]);
            assert_true(calendar_is_working_day(end));
            assert_int_equal(calendar_working_days_between(d, end), steps[i]);
            assert_int_equal(calendar_working_days_between(end, d), -steps[i]);
        }
    assert_int_equal(calendar_working_days_between(DAY(2026, 3, 2), DAY(2026, 3, 2)), 0);
}

static void periods(void **state)
{
    (void)state;
    assert_int_equal(term_count(TERM_ISSUE, 330381), 15);
    assert_int_equal(term_count(TERM_ISSUE_EXTENDED, 330381), 30);
    assert_int_equal(term_count(TERM_WINDOW, 330381), 30);
    assert_int_equal(term_count(TERM_CURE, 330108), 60);
    assert_int_equal(term_count(TERM_CLAIM, 330282), 10);
    assert_int_equal(term_count(TERM_REVIEW, 330282), 5);
    assert_int_equal(term_count(TERM_REVIEW, 310115), 5); /* elsewhere: the province's */
    /* binds the office: as counted, even on a Sunday; binds people: the next working day */
    assert_int_equal(term_end_exact(TERM_ISSUE, 330381, DAY(2026, 3, 7)), DAY(2026, 3, 22));
    assert_int_equal(weekday(DAY(2026, 3, 22)), 6);
    assert_int_equal(term_end(TERM_MATERIAL, 330381, DAY(2026, 9, 2)), DAY(2026, 10, 8));
    assert_int_equal(term_end(TERM_REVIEW, 330282, DAY(2026, 2, 11)), DAY(2026, 2, 25));
    assert_int_equal(term_tenure(330381), TENURE_EXCLUDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_the_notices),
        cmocka_unit_test(moving_days_keeps_their_number),
        cmocka_unit_test(years_without_a_notice),
        cmocka_unit_test(adding_and_counting_agree),
        cmocka_unit_test(periods),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
