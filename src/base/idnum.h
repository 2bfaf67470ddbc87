/* Citizen identity numbers, GB 11643-1999. */
#ifndef JIFEN_BASE_IDNUM_H
#define JIFEN_BASE_IDNUM_H

#include "base/date.h"

#define IDNUM_LEN 18

struct idnum {
    char digits[IDNUM_LEN + 1]; /* normal form: half width, upper-case X, NUL */
    int32_t area;  /* first six digits; may be retired: it is the area at issuance, never refused */
    int32_t birth; /* day number */
    bool is_male;  /* 17th digit odd */
};

/* Blanks at both ends, full-width digits and x are normalised. Fails: ERR_SYNTAX (length,
 * characters), ERR_RANGE (impossible date, born after `today` or more than 130 years before it),
 * ERR_CORRUPT (check digit). */
NODISCARD enum err idnum_parse(struct str s, int32_t today, struct idnum *ret);
char idnum_check_char(const char digits17[17]); /* '0'..'9' or 'X' */

#endif
