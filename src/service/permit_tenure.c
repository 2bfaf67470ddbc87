/* What follows from a permit's dates and history: full years, windows, tenure. Nothing of it is
 * stored.
 *
 * CLAUSE: 国令663 第十条  endorsed within a month before each full year; endorsed
 * late: restored, the years counted on from that day. */
#include "service/permit_internal.h"

int32_t permit_full_year(int32_t valid_from, int32_t day)
{
    int32_t n = 1, at;

    do
        at = date_add_months(valid_from, 12 * n++, MONTH_NEXT);
    while (at <= day);
    return at;
}

/* A last day that is a day off moves on, at most over the longest holiday. */
#define ROLL_MOST 15

int32_t permit_window_to(int32_t year_day)
{
    return term_roll(year_day - 1);
}

int32_t permit_window_from(int32_t valid_from, int32_t deadline, int32_t division)
{
    const int32_t year = permit_full_year(valid_from, deadline - ROLL_MOST);

    return year - term_count(TERM_WINDOW, division);
}

static bool is_one_of(struct str event, const char *a, const char *b, const char *c)
{
    return str_eq(event, str_from_c(a)) || str_eq(event, str_from_c(b)) ||
           str_eq(event, str_from_c(c));
}

/* A suspension for a missed endorsement is a gap by the policy of the place; a hold is none; what
 * was ended on appeal's account is as if unbroken. */
int32_t permit_tenure(int32_t valid_from, const struct store_step *steps, uint32_t count,
                      enum tenure_policy policy, int32_t today)
{
    int32_t start = valid_from, gaps = 0, missed = DATE_OPEN_END, ended = DATE_OPEN_END;

    if (valid_from >= DATE_OPEN_END || valid_from <= DATE_OPEN_START) return 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct store_step *x = &steps[i];
        if (str_eq(x->event, STR("miss"))) {
            missed = x->day;
        } else if (str_eq(x->event, STR("endorse_late"))) {
            if (policy == TENURE_RESET) start = x->day;
            if (policy == TENURE_RESET) gaps = 0;
            if (policy == TENURE_EXCLUDE && missed < x->day) gaps += x->day - missed;
            missed = DATE_OPEN_END;
        } else if (is_one_of(x->event, "cancel", "revoke", "expire")) {
            ended = x->day;
        } else if (str_eq(x->event, STR("overturn"))) {
            ended = missed = DATE_OPEN_END;
        }
    }
    int32_t end = ended < today ? ended : today;
    if (policy != TENURE_UNBROKEN && missed < end) end = missed;
    return end - start - gaps > 0 ? end - start - gaps : 0;
}
