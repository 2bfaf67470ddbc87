/* Decimals and ratios in integers.
 *
 * Structure: one scanner reads "-12.50" into (sign, magnitude, places); parsing scales it, ratios
 * reduce it. Writing goes over the magnitude, so that INT64_MIN needs no case of its own.
 *
 * Invariants: products are formed in 128 bits; a result that does not fit is an error value, never
 * a wrap. */
#include "base/decimal.h"

#define PLACES_MOST                                                                                \
    18 /* 10^18 is the largest power of ten in 64 bits that can be a denominator                   \
        */

struct scanned {
    bool negative;
    uint64_t magnitude; /* the digits without the point */
    int places;         /* digits after the point */
};

/* 10^places for 0..18. */
static int64_t power_of_ten(int places)
{
    int64_t p = 1;

    INVARIANT(places >= 0 && places <= PLACES_MOST);
    while (places-- > 0)
        p *= 10;
    return p;
}

static int places_of(int64_t scale)
{
    int places = 0;

    while (places < 9 && power_of_ten(places) < scale)
        places++;
    INVARIANT(power_of_ten(places) == scale);
    return places;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [-] digits [. digits]; ERR_SYNTAX, or ERR_RANGE when it has too many digits. */
static enum err scan(struct str s, struct scanned *ret)
{
    struct scanned v = {0};
    bool point = false, too_long = false;

    if (s.n > 0 && s.p[0] == '-') {
        v.negative = true;
        s.p++;
        s.n--;
    }
    if (s.n == 0 || !is_digit(s.p[0]) || !is_digit(s.p[s.n - 1])) return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(s.p[i])) return ERR_SYNTAX;
        if (__builtin_mul_overflow(v.magnitude, 10u, &v.magnitude) ||
            __builtin_add_overflow(v.magnitude, (uint64_t)(s.p[i] - '0'), &v.magnitude))
            too_long = true;
        if (point && v.places <= PLACES_MOST) v.places++;
    }
    if (too_long || v.places > PLACES_MOST) return ERR_RANGE;
    *ret = v;
    return ERR_OK;
}

/* The signed value of a magnitude, when it fits. */
static bool signed_of(bool negative, uint128 magnitude, int64_t *ret)
{
    uint128 most = (uint128)INT64_MAX + negative;

    if (magnitude > most) return false;
    *ret = negative ? (int64_t) - (uint64_t)magnitude : (int64_t)magnitude;
    return true;
}

enum err decimal_parse(struct str s, int64_t scale, int64_t *ret)
{
    int scale_places = places_of(scale);
    struct scanned v;
    enum err e = scan(s, &v);
    uint128 magnitude;
    int64_t value;

    if (e != ERR_OK) return e;
    if (v.places > scale_places) return ERR_RANGE;
    magnitude = (uint128)v.magnitude * (uint128)power_of_ten(scale_places - v.places);
    if (!signed_of(v.negative, magnitude, &value)) return ERR_RANGE;
    *ret = value;
    return ERR_OK;
}

static uint64_t magnitude_of(int64_t v)
{
    return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

/* `value` with leading zeros to `width` digits. */
static void add_padded(struct buf *out, uint64_t value, int width)
{
    char digits[20];
    size_t at = sizeof digits;

    INVARIANT(width <= (int)sizeof digits);
    while (value > 0 || width > 0) {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
        width--;
    }
    buf_add(out, (struct str){digits + at, sizeof digits - at});
}

static void add_parts(struct buf *out, bool negative, uint64_t magnitude, int places)
{
    uint64_t unit = (uint64_t)power_of_ten(places);

    if (negative && magnitude > 0) buf_add_char(out, '-');
    add_padded(out, magnitude / unit, 1);
    if (places == 0) return;
    buf_add_char(out, '.');
    add_padded(out, magnitude % unit, places);
}

void decimal_add_text(struct buf *out, int64_t v, int64_t scale, int places)
{
    int scale_places = places_of(scale);
    uint64_t magnitude = magnitude_of(v);

    INVARIANT(places >= 0);
    if (places < scale_places) {
        uint64_t cut = (uint64_t)power_of_ten(scale_places - places);

        magnitude = magnitude / cut + (magnitude % cut >= cut / 2);
        scale_places = places;
    }
    add_parts(out, v < 0, magnitude, scale_places);
    if (places > scale_places && scale_places == 0) buf_add_char(out, '.');
    for (int i = scale_places; i < places; i++)
        buf_add_char(out, '0');
}

void decimal_add_short(struct buf *out, int64_t v, int64_t scale)
{
    int places = places_of(scale);
    uint64_t magnitude = magnitude_of(v);

    while (places > 0 && magnitude % 10 == 0) {
        magnitude /= 10;
        places--;
    }
    add_parts(out, v < 0, magnitude, places);
}

enum err decimal_mul_div(int64_t v, int64_t num, int64_t den, enum rounding r, int64_t *ret)
{
    uint128 product, quotient, rest;
    bool negative = (v < 0) != (num < 0);
    int64_t value;

    INVARIANT(den > 0);
    product = (uint128)magnitude_of(v) * magnitude_of(num);
    quotient = product / (uint64_t)den;
    rest = product % (uint64_t)den;
    if (r == ROUND_UP) quotient += rest > 0;
    if (r == ROUND_HALF_UP) quotient += rest * 2 >= (uint64_t)den;
    if (!signed_of(negative, quotient, &value)) return ERR_OVERFLOW;
    *ret = value;
    return ERR_OK;
}

/* ---- ratios ---- */

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static enum err reduce(bool negative, uint64_t num, uint64_t den, struct ratio *ret)
{
    uint64_t divisor = greatest_divisor(num, den);
    struct ratio v;

    if (den == 0) return ERR_RANGE;
    if (!signed_of(negative, num / divisor, &v.num)) return ERR_RANGE;
    if (!signed_of(false, den / divisor, &v.den)) return ERR_RANGE;
    *ret = v;
    return ERR_OK;
}

enum err ratio_make(int64_t num, int64_t den, struct ratio *ret)
{
    return reduce((num < 0) != (den < 0), magnitude_of(num), magnitude_of(den), ret);
}

static enum err parse_fraction(struct str num, struct str den, struct ratio *ret)
{
    int64_t n, d;
    enum err e = decimal_parse(num, 1, &n);

    if (e == ERR_OK) e = decimal_parse(den, 1, &d);
    if (e != ERR_OK) return e;
    if (den.p[0] == '-') return ERR_SYNTAX;
    return ratio_make(n, d, ret);
}

enum err ratio_parse(struct str s, struct ratio *ret)
{
    struct scanned v;
    bool percent = s.n > 0 && s.p[s.n - 1] == '%';
    enum err e;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '/')
            return parse_fraction((struct str){s.p, i}, (struct str){s.p + i + 1, s.n - i - 1},
                                  ret);
    }
    if (percent) s.n--;
    e = scan(s, &v);
    if (e != ERR_OK) return e;
    if (percent) v.places += 2;
    if (v.places > PLACES_MOST) return ERR_RANGE;
    return reduce(v.negative, v.magnitude, (uint64_t)power_of_ten(v.places), ret);
}

int ratio_cmp(struct ratio a, struct ratio b)
{
    int128 left = (int128)a.num * b.den, right = (int128)b.num * a.den;

    return (left > right) - (left < right);
}
