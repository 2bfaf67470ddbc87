/* The table of divisions (division.def) and the arithmetic of codes.
 *
 * Structure: rows ordered by code, found by halving; everything about the tree follows from the
 * digits. Invariant: the rows are ordered and unique (checked by the unit test). */
#include "base/division.h"

#define ZHEJIANG 330000
#define CODE_FIRST 100000
#define CODE_LAST 999999

/* Day number of a civil date, for constant tables; years from 1601 on. */
#define LEAPS(y) (((y) / 4) - ((y) / 100) + ((y) / 400))
#define MARCH_DAYS(y, m) ((y)*365 + LEAPS(y) + (153 * (m) + 2) / 5)
#define DAY(y, m, d)                                                                               \
    ((m) > 2 ? MARCH_DAYS((y), (m)-3) + (d)-1 - 719468                                             \
             : MARCH_DAYS((y)-1, (m) + 9) + (d)-1 - 719468)

static const struct division DIVISIONS[] = {
#define EVER DATE_OPEN_START
#define NOW DATE_OPEN_END
#define DIVISION(code, zh, en, from, to, ...) {code, zh, en, from, to, {__VA_ARGS__}},
#include "base/division.def"
#undef DIVISION
};

#define ROWS (sizeof DIVISIONS / sizeof DIVISIONS[0])

const struct division *division_table(size_t *ret_count)
{
    *ret_count = ROWS;
    return DIVISIONS;
}

const struct division *division_find(int32_t code)
{
    size_t low = 0, high = ROWS;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (DIVISIONS[mid].code == code) return &DIVISIONS[mid];
        if (DIVISIONS[mid].code < code)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* Six digits, and no county directly below a province. */
static bool is_well_formed(int32_t code)
{
    if (code < CODE_FIRST || code > CODE_LAST) return false;
    return code / 100 % 100 != 0 || code % 100 == 0;
}

bool division_is_known(int32_t code)
{
    int32_t province = code / 10000 * 10000;

    if (!is_well_formed(code)) return false;
    if (province == ZHEJIANG || code == province) return division_find(code) != NULL;
    return division_find(province) != NULL;
}

enum division_level division_level(int32_t code)
{
    if (code % 10000 == 0) return DIVISION_PROVINCE;
    return code % 100 == 0 ? DIVISION_CITY : DIVISION_COUNTY;
}

int32_t division_parent(int32_t code)
{
    switch (division_level(code)) {
    case DIVISION_COUNTY:
        return code / 100 * 100;
    case DIVISION_CITY:
        return code / 10000 * 10000;
    case DIVISION_PROVINCE:
        break;
    }
    return 0;
}

void division_span(int32_t area, int32_t *ret_first, int32_t *ret_last)
{
    static const int32_t BELOW[] = {
        [DIVISION_PROVINCE] = 9999, [DIVISION_CITY] = 99, [DIVISION_COUNTY] = 0};

    *ret_first = area;
    *ret_last = area + BELOW[division_level(area)];
}

bool division_is_within(int32_t code, int32_t area)
{
    int32_t first, last;

    division_span(area, &first, &last);
    return code >= first && code <= last;
}

/* --- places that were divided anew --- */

static bool is_split(const struct division *d)
{
    return d->successors[0] == 0 || d->successors[1] != 0;
}

bool division_is_abolished(int32_t code, int32_t day)
{
    const struct division *d = division_find(code);

    return d && day >= d->to;
}

int32_t division_on(int32_t code, int32_t day)
{
    const struct division *d = division_find(code);

    while (d && day >= d->to && !is_split(d)) { /* later rows: a chain of them ends */
        code = d->successors[0];
        d = division_find(code);
    }
    return code;
}

uint32_t division_taken(int32_t area, int32_t day, int32_t ret[DIVISION_TAKEN_MAX])
{
    uint32_t n = 0;

    for (size_t i = 0; i < ROWS; i++) {
        const int32_t code = DIVISIONS[i].code;
        if (day < DIVISIONS[i].to || division_is_within(code, area)) continue;
        if (!division_is_within(division_on(code, day), area)) continue;
        INVARIANT(n < DIVISION_TAKEN_MAX);
        ret[n++] = code;
    }
    return n;
}

/* The day a part of d went to s; EVER where the table does not know it. */
static int32_t part_went(const struct division *d, const struct division *s)
{
    return d->to < DATE_OPEN_END ? d->to : s->from;
}

enum division_fit division_fits(int32_t code, int32_t recorded, int32_t area, int32_t day)
{
    const struct division *d = division_find(code);

    if (division_is_within(code, area) || division_is_within(division_on(code, day), area))
        return DIVISION_YES;
    for (size_t i = 0; d && i < sizeof d->successors / sizeof *d->successors; i++) {
        const struct division *s = division_find(d->successors[i]);
        if (!s || !division_is_within(s->code, area)) continue;
        const int32_t went = part_went(d, s);
        if (recorded < went && went <= day) return DIVISION_MAYBE;
    }
    return DIVISION_NO;
}

enum err division_parse(struct str s, int32_t *ret)
{
    int32_t code = 0;

    if (s.n != 6) return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return ERR_SYNTAX;
        code = code * 10 + (s.p[i] - '0');
    }
    if (!division_is_known(code)) return ERR_NOT_FOUND;
    *ret = code;
    return ERR_OK;
}
