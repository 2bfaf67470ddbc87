/* Administrative divisions, GB/T 2260, as a tree with validity and successors.
 *
 * A code is six digits as an int32: province PP0000, prefecture PPCC00, county PPCCXX. Zhejiang is
 * complete since October 2013 with its changes; of other provinces the provinces are known and any
 * well-formed code below them is accepted. A retired code stays a valid fact about the past. */
#ifndef JIFEN_BASE_DIVISION_H
#define JIFEN_BASE_DIVISION_H

#include "base/date.h"

enum division_level { DIVISION_PROVINCE, DIVISION_CITY, DIVISION_COUNTY };

struct division {
    int32_t code;
    const char *zh, *en;   /* 上城区 / Shangcheng District */
    int32_t from, to;      /* [from, to); DATE_OPEN_START / DATE_OPEN_END */
    int32_t successors[3]; /* who took over its area, or a part of it while in force; 0 = none */
};

const struct division *division_find(int32_t code); /* NULL when not in the table */
/* In the table, or well-formed under a known province outside Zhejiang. */
bool division_is_known(int32_t code);
enum division_level division_level(int32_t code);
int32_t division_parent(int32_t code);               /* 0 above a province */
bool division_is_within(int32_t code, int32_t area); /* equal or below */
/* The codes at or below `area` are exactly the integers [*ret_first, *ret_last]. */
void division_span(int32_t area, int32_t *ret_first, int32_t *ret_last);

/* Who is in charge on a day of a place that was recorded as `code`: the division itself, or, when
 * it has been abolished by then, the one that took it over whole. Where it was split nobody below
 * its city is, and `code` comes back: see division_is_abolished. Unknown codes come back too. */
int32_t division_on(int32_t code, int32_t day);
bool division_is_abolished(int32_t code, int32_t day); /* false for codes not in the table */
/* Divisions outside `area` that it had taken over whole by the day: ret[0..], at most
 * DIVISION_TAKEN_MAX (checked by the unit test). */
#define DIVISION_TAKEN_MAX 4
uint32_t division_taken(int32_t area, int32_t day, int32_t ret[DIVISION_TAKEN_MAX]);
/* Does a place that was recorded as `code` on `recorded` lie in `area` on a later day? MAYBE where
 * the division was split, or lost a part of its area, in between: the code does not say where in it
 * the place is. */
enum division_fit { DIVISION_NO, DIVISION_MAYBE, DIVISION_YES };
enum division_fit division_fits(int32_t code, int32_t recorded, int32_t area, int32_t day);
/* Six digits, known: ERR_SYNTAX, ERR_NOT_FOUND. */
NODISCARD enum err division_parse(struct str s, int32_t *ret);
/* The table, for iteration: rows ordered by code. */
const struct division *division_table(size_t *ret_count);

#endif
