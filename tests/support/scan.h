/* Forecast against a day-by-day scan by the column machine. */
#ifndef JIFEN_TESTS_SCAN_H
#define JIFEN_TESTS_SCAN_H

#include "engine/forecast.h"

struct scan_found {
    bool differs;
    uint32_t person;
    int32_t day;
    char text[200];
    /* figures of a scan without a difference */
    uint64_t days, changes, scored; /* person-days scanned, changes found, single scores */
};

/* Score everybody of `p` on every day first .. last and hold every change against forecast_next:
 * the same days, the same figures. ERR_NOMEM. */
NODISCARD enum err scan_days(const struct population *p, int32_t first, int32_t last,
                             int32_t rule_day, struct scan_found *ret);

#endif
