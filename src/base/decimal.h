/* Exact decimals and ratios. Nothing here or above it uses floating point.
 *
 * A decimal is an int64 count of 1/scale units, scale a power of ten 1..10^9. */
#ifndef JIFEN_BASE_DECIMAL_H
#define JIFEN_BASE_DECIMAL_H

#include "base/text.h"

/* For products of two int64; -Wpedantic wants the marking once. */
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum rounding {
    ROUND_DOWN,    /* 去尾: towards zero */
    ROUND_HALF_UP, /* 四舍五入: halves away from zero */
    ROUND_UP       /* 进一: away from zero */
};

struct ratio {
    int64_t num, den;
}; /* lowest terms, den > 0 */

/* Digits with at most one point, optional leading '-'. ERR_SYNTAX; ERR_RANGE when it has more
 * places than the scale holds or does not fit. */
NODISCARD enum err decimal_parse(struct str s, int64_t scale, int64_t *ret);

/* With exactly `places` decimals (fewer than the scale holds: rounded half up). */
void decimal_add_text(struct buf *out, int64_t v, int64_t scale, int places);

/* Without trailing zeros: 0.5, 20, 17.75. */
void decimal_add_short(struct buf *out, int64_t v, int64_t scale);

/* v * num / den in 128 bits, rounded. Requires den > 0. ERR_OVERFLOW. */
NODISCARD enum err decimal_mul_div(int64_t v, int64_t num, int64_t den, enum rounding r,
                                   int64_t *ret);

/* Lowest terms. ERR_RANGE when den == 0 or the result does not fit. */
NODISCARD enum err ratio_make(int64_t num, int64_t den, struct ratio *ret);
NODISCARD enum err ratio_parse(struct str s, struct ratio *ret); /* "2/37", "30%", "0.3" */
int ratio_cmp(struct ratio a, struct ratio b);

#endif
