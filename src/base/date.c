/* Civil days: conversion, month arithmetic, ages, reading and writing.
 *
 * Structure: days are counted in years that begin on 1 March, so that the leap day is a year's
 * last day and month lengths follow one linear formula. Everything else stands on date_to_civil
 * and days_of.
 *
 * Invariants: every int32 is accepted; what lies outside the real days counts as the open end on
 * its side. The open ends behave as 0000-12-31 and 10000-01-01, which keeps them in order without
 * a special case. */
#include "base/date.h"

#define MARCH_EPOCH 719468 /* days from 0000-03-01 to 1970-01-01 */
#define DAYS_PER_ERA 146097
#define DAYS_PER_FOUR_YEARS 1461

/* Of a year divisible by 25 the rule asks for 16 (100 and 4 make 400), of others for 4. */
static bool is_leap(int32_t year)
{
    return (year & (year % 25 == 0 ? 15 : 3)) == 0;
}

static int32_t days_in_month(int32_t year, int32_t month)
{
    static const int8_t DAYS[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return DAYS[month - 1] + (month == 2 && is_leap(year));
}

/* Day number of any day of the years 0 (from March) to 10000. */
static int32_t days_of(int32_t year, int32_t month, int32_t day)
{
    static const int16_t BEFORE_MONTH[12] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    uint32_t y = (uint32_t)(year - (month <= 2));
    uint32_t century = y / 100;
    uint32_t before_year = y * 365 + y / 4 - century + century / 4;

    return (int32_t)before_year + BEFORE_MONTH[month - 1] + day - 1 - MARCH_EPOCH;
}

static int32_t clamped(int32_t date)
{
    if (date < DATE_OPEN_START) return DATE_OPEN_START;
    return date > DATE_OPEN_END ? DATE_OPEN_END : date;
}

static bool is_open(int32_t date)
{
    return date <= DATE_OPEN_START || date >= DATE_OPEN_END;
}

bool date_is_valid(int32_t year, int32_t month, int32_t day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_in_month(year, month);
}

int32_t date_from_civil(int32_t year, int32_t month, int32_t day)
{
    INVARIANT(date_is_valid(year, month, day));
    return days_of(year, month, day);
}

struct civil date_to_civil(int32_t date)
{
    uint32_t quarters = 4 * (uint32_t)(clamped(date) + MARCH_EPOCH) + 3;
    uint32_t century = quarters / DAYS_PER_ERA;
    uint32_t in_century = quarters % DAYS_PER_ERA / 4 * 4 + 3;
    uint32_t year = in_century / DAYS_PER_FOUR_YEARS;
    uint32_t day_of_year = in_century % DAYS_PER_FOUR_YEARS / 4;
    uint32_t from_march = (5 * day_of_year + 2) / 153;
    uint32_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
    bool next_year = from_march >= 10;

    return (struct civil){.year = (int32_t)(century * 100 + year + next_year),
                          .month = (int32_t)(next_year ? from_march - 9 : from_march + 3),
                          .day = (int32_t)day};
}

static int32_t month_of(struct civil c)
{
    return c.year * 12 + c.month - 1;
}

int32_t date_month(int32_t date)
{
    return month_of(date_to_civil(date));
}

int32_t month_first_day(int32_t month)
{
    if (month < MONTH_FIRST) return DATE_OPEN_START;
    if (month > MONTH_LAST) return DATE_OPEN_END;
    return days_of(month / 12, month % 12 + 1, 1);
}

int32_t date_add_months(int32_t date, int32_t months, enum month_rounding r)
{
    struct civil c;
    int64_t month;
    int32_t y, m, last;

    if (is_open(date)) return clamped(date);
    c = date_to_civil(date);
    month = (int64_t)month_of(c) + months;
    if (month < MONTH_FIRST) return DATE_OPEN_START;
    if (month > MONTH_LAST) return DATE_OPEN_END;
    y = (int32_t)month / 12;
    m = (int32_t)month % 12 + 1;
    last = c.day <= 28 ? 28 : days_in_month(y, m);
    if (c.day <= last) return days_of(y, m, c.day);
    return days_of(y, m, last) + (r == MONTH_NEXT);
}

int32_t date_age_years(int32_t birth, int32_t on)
{
    struct civil b, o;
    bool before_birthday;

    if (on <= birth) return 0;
    b = date_to_civil(birth);
    o = date_to_civil(on);
    /* 28 February comes before the 29th, 1 March after it: the reading needs no case of its own. */
    before_birthday = o.month < b.month || (o.month == b.month && o.day < b.day);
    return o.year - b.year - before_birthday;
}

int32_t date_whole_months(int32_t from, int32_t to, int32_t *ret_days_left)
{
    struct civil f, t;
    int32_t months, reached;

    if (from < DATE_FIRST) from = DATE_FIRST;
    to = clamped(to);
    if (to <= from) {
        *ret_days_left = 0;
        return 0;
    }
    f = date_to_civil(from);
    t = date_to_civil(to);
    /* Where the day does not exist in the last month, every day of that month comes before it. */
    months = month_of(t) - month_of(f) - (t.day < f.day);
    reached = date_add_months(from, months, MONTH_NEXT);
    *ret_days_left = to - reached;
    INVARIANT(months >= 0 && *ret_days_left >= 0 && *ret_days_left <= 30);
    return months;
}

/* ---- reading and writing ---- */

/* `n` decimal digits at `p`, or -1. */
static int32_t digits_at(const char *p, size_t n)
{
    int32_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

enum err date_parse(struct str s, int32_t *ret)
{
    int32_t y, m, d;

    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return ERR_SYNTAX;
    y = digits_at(s.p, 4);
    m = digits_at(s.p + 5, 2);
    d = digits_at(s.p + 8, 2);
    if (y < 0 || m < 0 || d < 0) return ERR_SYNTAX;
    if (!date_is_valid(y, m, d)) return ERR_RANGE;
    *ret = days_of(y, m, d);
    return ERR_OK;
}

enum err month_parse(struct str s, int32_t *ret)
{
    int32_t y, m;

    if (s.n != 7 || s.p[4] != '-') return ERR_SYNTAX;
    y = digits_at(s.p, 4);
    m = digits_at(s.p + 5, 2);
    if (y < 0 || m < 0) return ERR_SYNTAX;
    if (!date_is_valid(y, m, 1)) return ERR_RANGE;
    *ret = y * 12 + m - 1;
    return ERR_OK;
}

static void put_digits(char *p, size_t n, int32_t v)
{
    while (n > 0) {
        p[--n] = (char)('0' + v % 10);
        v /= 10;
    }
}

void date_add_text(struct buf *out, int32_t date)
{
    char text[10] = "0000-00-00";
    struct civil c;

    if (is_open(date)) return;
    c = date_to_civil(date);
    put_digits(text, 4, c.year);
    put_digits(text + 5, 2, c.month);
    put_digits(text + 8, 2, c.day);
    buf_add(out, (struct str){text, sizeof text});
}

void date_add_text_zh(struct buf *out, int32_t date)
{
    struct civil c;

    if (is_open(date)) return;
    c = date_to_civil(date);
    buf_add_int(out, c.year);
    buf_add(out, STR("年"));
    buf_add_int(out, c.month);
    buf_add(out, STR("月"));
    buf_add_int(out, c.day);
    buf_add(out, STR("日"));
}

void month_add_text(struct buf *out, int32_t month)
{
    char text[7] = "0000-00";

    if (month < MONTH_FIRST || month > MONTH_LAST) return;
    put_digits(text, 4, month / 12);
    put_digits(text + 5, 2, month % 12 + 1);
    buf_add(out, (struct str){text, sizeof text});
}

/* --- moments --- */

#define SECONDS_PER_DAY 86400
#define SHANGHAI_SECONDS (8 * 3600) /* ahead of UTC */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int32_t date_of_instant(int64_t micros)
{
    const int64_t day =
        floor_div(floor_div(micros, MICROS_PER_SECOND) + SHANGHAI_SECONDS, SECONDS_PER_DAY);

    if (day < DATE_FIRST) return DATE_OPEN_START;
    return day > DATE_LAST ? DATE_OPEN_END : (int32_t)day;
}

int64_t date_first_instant(int32_t date)
{
    return ((int64_t)date * SECONDS_PER_DAY - SHANGHAI_SECONDS) * MICROS_PER_SECOND;
}

void instant_add_text(struct buf *out, int64_t micros)
{
    const int64_t seconds = floor_div(micros, MICROS_PER_SECOND);
    const int64_t day = floor_div(seconds, SECONDS_PER_DAY);
    const int32_t rest = (int32_t)(seconds - day * SECONDS_PER_DAY);

    if (day < DATE_FIRST || day > DATE_LAST) return;
    date_add_text(out, (int32_t)day);
    buf_printf(out, "T%02d:%02d:%02dZ", rest / 3600, rest / 60 % 60, rest % 60);
}
