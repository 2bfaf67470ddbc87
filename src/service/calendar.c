/* Working days. See calendar.h; the rows are few, so they are walked. */
#include "service/calendar.h"

struct span {
    int32_t year, month, day, days;
};

static const struct span off[] = {
#define CALENDAR(year, notice)
#define OFF(year, month, day, days) {year, month, day, days},
#define WORK(year, month, day)
#include "service/calendar.def"
#undef OFF
#undef WORK
};

static const struct span work[] = {
#define OFF(year, month, day, days)
#define WORK(year, month, day) {year, month, day, 1},
#include "service/calendar.def"
#undef CALENDAR
#undef OFF
#undef WORK
};

static const struct {
    int32_t year;
    const char *notice;
} notices[] = {
#define CALENDAR(year, notice) {year, notice},
#define OFF(year, month, day, days)
#define WORK(year, month, day)
#include "service/calendar.def"
#undef CALENDAR
#undef OFF
#undef WORK
};

static bool is_listed(const struct span *rows, size_t count, int32_t day)
{
    for (size_t i = 0; i < count; i++) {
        const int32_t first = date_from_civil(rows[i].year, rows[i].month, rows[i].day);
        if (day >= first && day < first + rows[i].days) return true;
    }
    return false;
}

bool calendar_is_working_day(int32_t day)
{
    const int32_t weekday = ((day + 3) % 7 + 7) % 7; /* 0 = Monday: 1970-01-01 was a Thursday */

    if (is_listed(work, sizeof work / sizeof *work, day)) return true;
    return weekday < 5 && !is_listed(off, sizeof off / sizeof *off, day);
}

int32_t calendar_add_working_days(int32_t day, int32_t n)
{
    while (n > 0 && day < DATE_LAST)
        n -= calendar_is_working_day(++day);
    return day;
}

int32_t calendar_working_days_between(int32_t from, int32_t to)
{
    int32_t n = 0;

    if (to < from) return -calendar_working_days_between(to, from);
    while (from < to)
        n += calendar_is_working_day(++from);
    return n;
}

const char *calendar_notice(int32_t year)
{
    for (size_t i = 0; i < sizeof notices / sizeof *notices; i++)
        if (notices[i].year == year) return notices[i].notice;
    return NULL;
}
