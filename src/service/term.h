/* Legal periods as data: how many days, of which kind, by which clause, and where. The table is
 * term.def; nothing else in the workflows knows a number of days. */
#ifndef JIFEN_SERVICE_TERM_H
#define JIFEN_SERVICE_TERM_H

#include "base/message.h"
#include "service/calendar.h"

enum term {
#define TERM(id, unit, zh, en) TERM_##id,
#define TERM_VALUE(id, division, count, zh, en)
#define TENURE(division, policy, zh, en)
#include "service/term.def"
#undef TERM
#undef TERM_VALUE
#undef TENURE
    TERM_COUNT
};
enum tenure_policy { TENURE_EXCLUDE, TENURE_RESET, TENURE_UNBROKEN };

/* Days of a period at a place: the county's own row, else its city's, else the province's. */
int32_t term_count(enum term t, int32_t division);
/* Its last day when it begins behind `day`. A last day that is a day off moves on to the next
 * working day (民法典 art. 203). */
int32_t term_end(enum term t, int32_t division, int32_t day);
/* The same without moving on: where the period binds the office. */
int32_t term_end_exact(enum term t, int32_t division, int32_t day);
int32_t term_roll(int32_t day); /* `day`, or the next working day when it is a day off */
/* Does a count from `day` to `end` touch a year whose notice is not entered? */
bool term_is_provisional(int32_t day, int32_t end);
enum tenure_policy term_tenure(int32_t division);

/* The table in Markdown, both languages. */
void term_add_markdown(struct buf *out);

#endif
