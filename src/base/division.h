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
/* Six digits, known: ERR_SYNTAX, ERR_NOT_FOUND. */
NODISCARD enum err division_parse(struct str s, int32_t *ret);
/* The table, for iteration: rows ordered by code. */
const struct division *division_table(size_t *ret_count);

#endif
