/* Working days: Saturdays and Sundays are off but for those the State Council moves, holidays are
 * off. Data in calendar.def, a notice a year. */
#ifndef JIFEN_SERVICE_CALENDAR_H
#define JIFEN_SERVICE_CALENDAR_H

#include "base/date.h"

bool calendar_is_working_day(int32_t day);
/* The last day of a term of n >= 1 working days that begins on the day after `day`. */
int32_t calendar_add_working_days(int32_t day, int32_t n);
/* Working days in (from, to]; negative when to < from. */
int32_t calendar_working_days_between(int32_t from, int32_t to);
/* The notice a year's days come from; NULL = none entered yet: terms in it are provisional. */
const char *calendar_notice(int32_t year);

#endif
