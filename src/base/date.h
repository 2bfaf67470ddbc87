/* Civil days in the proleptic Gregorian calendar (Asia/Shanghai calendar days, no time of day).
 *
 * A date is an int32 day number, 1970-01-01 = 0. A calendar month is an int32,
 * year * 12 + month - 1. Years 1..9999. Two open ends exist in stored facts: DATE_OPEN_START
 * ("since ever") and DATE_OPEN_END ("still running"); they order before and after every real day
 * and are never printed as days. Every int32 is accepted: what lies beyond an open end counts as
 * that open end. */
#ifndef JIFEN_BASE_DATE_H
#define JIFEN_BASE_DATE_H

#include "base/text.h"

#define DATE_FIRST (-719162) /* 0001-01-01 */
#define DATE_LAST 2932896    /* 9999-12-31 */
#define DATE_OPEN_START (DATE_FIRST - 1)
#define DATE_OPEN_END (DATE_LAST + 1)
#define MONTH_FIRST 12    /* 0001-01 */
#define MONTH_LAST 119999 /* 9999-12 */
#define MONTH_OPEN_END (MONTH_LAST + 1)

/* What a date becomes when months are added and the day does not exist in the target month. */
enum month_rounding {
    MONTH_CLAMP, /* 取月末: the month's last day (29 Feb + 12 months = 28 Feb) */
    MONTH_NEXT   /* 取次日: the first of the next month (29 Feb + 12 months = 1 Mar) */
};

struct civil {
    int32_t year;
    int32_t month; /* 1..12 */
    int32_t day;   /* 1..31 */
};

bool date_is_valid(int32_t year, int32_t month, int32_t day);
int32_t date_from_civil(int32_t year, int32_t month, int32_t day); /* requires date_is_valid */
struct civil date_to_civil(int32_t date); /* open ends: 0000-12-31 and 10000-01-01 */

/* The calendar month it lies in; open ends: MONTH_FIRST - 1, MONTH_OPEN_END. */
int32_t date_month(int32_t date);
/* Months outside the calendar give an open end. */
int32_t month_first_day(int32_t month);

/* Open ends stay; leaving 1..9999 gives an open end. */
int32_t date_add_months(int32_t date, int32_t months, enum month_rounding r);

/* Completed years on `on`, reached on the birthday; 29 February counts on 1 March in other years.
 * 0 when `on` is before the birthday. CLAUSE: registers §3 reading 1. */
int32_t date_age_years(int32_t birth, int32_t on);

/* Whole months from `from` to `to` (month k is complete on the same day of the k-th following
 * month, or on the first of the next where that day does not exist), and the days left over. 0 and
 * 0 when to <= from; an open end counts as the edge of the calendar.
 * CLAUSE: registers §3 reading 5. */
int32_t date_whole_months(int32_t from, int32_t to, int32_t *ret_days_left);

/* Exactly YYYY-MM-DD, YYYY-MM. ERR_SYNTAX; ERR_RANGE when there is no such day or month. */
NODISCARD enum err date_parse(struct str s, int32_t *ret);
NODISCARD enum err month_parse(struct str s, int32_t *ret);

/* Moments are microseconds since 1970-01-01T00:00:00Z; days are those of Asia/Shanghai, which is
 * eight hours ahead and has no summer time. */
#define MICROS_PER_SECOND INT64_C(1000000)
int32_t date_of_instant(int64_t micros);                /* the civil day it lies in */
int64_t date_first_instant(int32_t date);               /* midnight, when the day begins */
void instant_add_text(struct buf *out, int64_t micros); /* 2026-11-01T04:05:06Z, seconds */

/* Open ends add nothing. */
void date_add_text(struct buf *out, int32_t date);    /* YYYY-MM-DD */
void date_add_text_zh(struct buf *out, int32_t date); /* 2026年7月1日 */
void month_add_text(struct buf *out, int32_t month);  /* YYYY-MM */

#endif
