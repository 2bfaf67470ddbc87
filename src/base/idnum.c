/* Reading citizen identity numbers.
 *
 * Structure: trim; one character after the other to its normal form; date; check character.
 * Invariant: the area is never judged: it is the division at issuance and may be long retired. */
#include "base/idnum.h"

#include <string.h>

#define AGE_YEARS_MAX 130
#define WIDE_SPACE 0x3000
#define WIDE_SHIFT 0xFEE0 /* full-width forms lie this far above ASCII */

char idnum_check_char(const char digits17[17])
{
    static const int WEIGHTS[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (digits17[i] - '0') * WEIGHTS[i];
    return "10X98765432"[sum % 11];
}

/* The next character in normal form: a digit, 'X', ' ' for a blank; 0 for anything else. */
static char next_normal(struct str *s)
{
    uint32_t cp = 0;
    size_t n = text_utf8_decode(*s, 0, &cp);

    if (n == 0) return 0;
    s->p += n;
    s->n -= n;
    if (cp == WIDE_SPACE) return ' ';
    if (cp > 0x7F) cp = cp > WIDE_SHIFT ? cp - WIDE_SHIFT : 0;
    if (cp >= '0' && cp <= '9') return (char)cp;
    if (cp == 'x' || cp == 'X') return 'X';
    return cp == ' ' || (cp >= '\t' && cp <= '\r') ? ' ' : 0;
}

/* Blanks, 17 digits, a digit or X, blanks. */
static enum err normalise(struct str s, char out[IDNUM_LEN + 1])
{
    size_t count = 0;
    bool ended = false;

    while (s.n > 0) {
        char c = next_normal(&s);

        if (c == 0) return ERR_SYNTAX;
        if (c == ' ') {
            ended = count > 0;
            continue;
        }
        if (ended || count == IDNUM_LEN) return ERR_SYNTAX;
        if (c == 'X' && count != IDNUM_LEN - 1) return ERR_SYNTAX;
        out[count++] = c;
    }
    if (count != IDNUM_LEN) return ERR_SYNTAX;
    out[IDNUM_LEN] = '\0';
    return ERR_OK;
}

static int32_t number_at(const char *p, int n)
{
    int32_t v = 0;

    while (n-- > 0)
        v = v * 10 + (*p++ - '0');
    return v;
}

static enum err parse_birth(const char *digits, int32_t today, int32_t *ret)
{
    int32_t y = number_at(digits + 6, 4), m = number_at(digits + 10, 2);
    int32_t d = number_at(digits + 12, 2);
    int32_t birth;

    if (!date_is_valid(y, m, d)) return ERR_RANGE;
    birth = date_from_civil(y, m, d);
    if (birth > today) return ERR_RANGE;
    if (date_add_months(birth, AGE_YEARS_MAX * 12, MONTH_NEXT) < today) return ERR_RANGE;
    *ret = birth;
    return ERR_OK;
}

enum err idnum_parse(struct str s, int32_t today, struct idnum *ret)
{
    struct idnum v = {0};
    enum err e = normalise(s, v.digits);

    if (e == ERR_OK) e = parse_birth(v.digits, today, &v.birth);
    if (e != ERR_OK) return e;
    if (v.digits[IDNUM_LEN - 1] != idnum_check_char(v.digits)) return ERR_CORRUPT;
    v.area = number_at(v.digits, 6);
    v.is_male = (v.digits[16] - '0') % 2 == 1;
    *ret = v;
    return ERR_OK;
}
