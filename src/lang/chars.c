/* Characters: which may stand where, and folding of full-width forms.
 *
 * Public rule files must read as they look. So invisible and direction-changing characters and
 * letters that look like Latin ones are refused everywhere, and code takes only the listed ones. */
#include "lang/front_internal.h"

#include <string.h>

struct span {
    uint32_t first, last;
    enum char_class class;
};

/* Ordered. What is not listed is CHAR_OTHER: allowed in prose, not in code. */
static const struct span spans[] = {
    {0x00, 0x08, CHAR_FORBIDDEN},
    {0x09, 0x09, CHAR_OTHER}, /* tab: prose only */
    {0x0A, 0x0A, CHAR_ASCII},
    {0x0B, 0x0C, CHAR_FORBIDDEN},
    {0x0D, 0x0D, CHAR_ASCII},
    {0x0E, 0x1F, CHAR_FORBIDDEN},
    {0x20, 0x7E, CHAR_ASCII},
    {0x7F, 0x9F, CHAR_FORBIDDEN},
    {0xAD, 0xAD, CHAR_FORBIDDEN}, /* soft hyphen */
    {0xB7, 0xB7, CHAR_SIGN},      /* · */
    {0xD7, 0xD7, CHAR_SIGN},      /* × */
    {0xF7, 0xF7, CHAR_SIGN},      /* ÷ */
    {0x34F, 0x34F, CHAR_FORBIDDEN},
    {0x370, 0x3FF, CHAR_LOOKALIKE}, /* Greek */
    {0x400, 0x52F, CHAR_LOOKALIKE}, /* Cyrillic */
    {0x530, 0x58F, CHAR_LOOKALIKE}, /* Armenian */
    {0x61C, 0x61C, CHAR_FORBIDDEN},
    {0x115F, 0x1160, CHAR_FORBIDDEN},
    {0x13A0, 0x13FF, CHAR_LOOKALIKE}, /* Cherokee */
    {0x17B4, 0x17B5, CHAR_FORBIDDEN},
    {0x180B, 0x180F, CHAR_FORBIDDEN},
    {0x1C80, 0x1C8F, CHAR_LOOKALIKE},
    {0x1F00, 0x1FFF, CHAR_LOOKALIKE},
    {0x200B, 0x200F, CHAR_FORBIDDEN}, /* zero width, direction marks */
    {0x2014, 0x2014, CHAR_SIGN},      /* — */
    {0x2018, 0x2019, CHAR_SIGN},
    {0x201C, 0x201D, CHAR_SIGN},
    {0x2026, 0x2026, CHAR_SIGN},      /* … */
    {0x2028, 0x202E, CHAR_FORBIDDEN}, /* line separators, direction */
    {0x2060, 0x206F, CHAR_FORBIDDEN},
    {0x2260, 0x2260, CHAR_SIGN}, /* ≠ */
    {0x2264, 0x2265, CHAR_SIGN}, /* ≤ ≥ */
    {0x2800, 0x2800, CHAR_FORBIDDEN},
    {0x2C80, 0x2CFF, CHAR_LOOKALIKE}, /* Coptic */
    {0x2DE0, 0x2DFF, CHAR_LOOKALIKE},
    {0x3001, 0x3002, CHAR_SIGN}, /* 、 。 */
    {0x300A, 0x300D, CHAR_SIGN}, /* 《》「」 */
    {0x3010, 0x3011, CHAR_SIGN}, /* 【】 */
    {0x3014, 0x3015, CHAR_SIGN}, /* 〔〕 */
    {0x3164, 0x3164, CHAR_FORBIDDEN},
    {0x3400, 0x4DBF, CHAR_CJK},
    {0x4E00, 0x9FFF, CHAR_CJK},
    {0xA640, 0xA69F, CHAR_LOOKALIKE},
    {0xE000, 0xF8FF, CHAR_FORBIDDEN}, /* private use */
    {0xFDD0, 0xFDEF, CHAR_FORBIDDEN},
    {0xFE00, 0xFE0F, CHAR_FORBIDDEN}, /* variation selectors */
    {0xFEFF, 0xFEFF, CHAR_FORBIDDEN},
    {0xFF01, 0xFF5E, CHAR_FULLWIDTH},
    {0xFFA0, 0xFFA0, CHAR_FORBIDDEN},
    {0xFFF0, 0xFFFF, CHAR_FORBIDDEN},
    {0x1D400, 0x1D7FF, CHAR_LOOKALIKE}, /* mathematical letters */
    {0xE0000, 0x10FFFF, CHAR_FORBIDDEN},
};

enum char_class char_class(uint32_t cp)
{
    size_t lo = 0, hi = sizeof spans / sizeof spans[0];
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cp > spans[mid].last)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool inside = lo < sizeof spans / sizeof spans[0] && cp >= spans[lo].first;
    return inside ? spans[lo].class : CHAR_OTHER;
}

/* --- the check of a whole file ---------------------------------------------------------------- */

struct place {
    uint32_t line, col;
};

static void char_report(struct diag_list *diags, uint32_t file, struct place at, uint32_t cp,
                        enum lang_msg msg)
{
    char code[16];
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0;
    int digits = cp > 0xFFFF ? 6 : 4;
    code[n++] = 'U';
    code[n++] = '+';
    for (int i = digits - 1; i >= 0; i--)
        code[n++] = hex[(cp >> (4 * i)) & 15];
    struct str arg = {code, n};
    diag_add(diags, lang_message(msg), SEVERITY_ERROR,
             (struct src_pos){.file = file, .line = at.line, .col = at.col, .chars = 1},
             (struct src_pos){0}, &arg, 1);
}

static enum lang_msg char_finding(const struct src_file *f, uint32_t cp, size_t at)
{
    switch (char_class(cp)) {
    case CHAR_LOOKALIKE:
        return MSG_CHAR_LOOKALIKE;
    case CHAR_FORBIDDEN:
        return cp == 0xFEFF && at == 0 ? MSG_BYTE_ORDER_MARK : MSG_CHAR_FORBIDDEN;
    case CHAR_ASCII: /* a carriage return ends a line only before a line feed */
        if (cp == '\r' && (at + 1 >= f->text.n || f->text.p[at + 1] != '\n'))
            return MSG_CHAR_FORBIDDEN;
        break;
    case CHAR_OTHER:
    case CHAR_CJK:
    case CHAR_FULLWIDTH:
    case CHAR_SIGN:
        break;
    }
    return LANG_MSG_COUNT;
}

bool chars_check(const struct src_file *files, uint32_t file, struct diag_list *diags)
{
    const struct src_file *f = &files[file];
    struct place at = {1, 1};
    uint32_t reported = 0; /* one finding a line is enough */
    size_t i = 0;
    while (i < f->text.n) {
        uint32_t cp = (unsigned char)f->text.p[i];
        size_t n = cp >= 0x20 && cp < 0x7F ? 1 : text_utf8_decode(f->text, i, &cp);
        if (n == 0) {
            diag_add(diags, lang_message(MSG_NOT_UTF8), SEVERITY_ERROR,
                     (struct src_pos){.file = file, .line = at.line, .col = at.col},
                     (struct src_pos){0}, NULL, 0);
            return false;
        }
        enum lang_msg m = cp >= 0x20 && cp < 0x7F ? LANG_MSG_COUNT : char_finding(f, cp, i);
        if (m != LANG_MSG_COUNT && reported != at.line) {
            char_report(diags, file, at, cp, m);
            reported = at.line;
        }
        at.col++;
        if (cp == '\n') at = (struct place){at.line + 1, 1};
        i += n;
    }
    return true;
}

/* --- folding ---------------------------------------------------------------------------------- */

#define FULLWIDTH_QUOTE 0xFF02u

/* The closing quote that belongs to an opening one; 0 for any other character. */
static uint32_t quote_closing(uint32_t cp)
{
    return cp == '"' || cp == FULLWIDTH_QUOTE ? cp : cp == 0x201C ? 0x201D : 0;
}

static bool has_fullwidth(struct str s)
{
    for (size_t i = 0; i + 2 < s.n; i++)
        if ((unsigned char)s.p[i] == 0xEF) return true;
    return false;
}

struct str chars_fold(struct arena *a, struct str s)
{
    if (!has_fullwidth(s)) return s;
    char *out = ARENA_ARRAY(a, char, s.n + 1);
    if (!out) return (struct str){NULL, 0};
    size_t n = 0;
    uint32_t closing = 0; /* inside a string: the quote that ends it */
    for (size_t i = 0; i < s.n;) {
        uint32_t cp = 0;
        size_t step = text_utf8_decode(s, i, &cp);
        INVARIANT(step > 0); /* chars_check has seen the file */
        bool ends = closing != 0 && (cp == closing || cp == '\n');
        bool fold = closing == 0 ? char_class(cp) == CHAR_FULLWIDTH : ends && cp == FULLWIDTH_QUOTE;
        closing = closing == 0 ? quote_closing(cp) : ends ? 0 : closing;
        if (fold) cp -= 0xFEE0;
        if (fold)
            out[n] = (char)cp;
        else
            memcpy(out + n, s.p + i, step);
        n += fold ? 1 : step;
        i += step;
    }
    return (struct str){out, n};
}

/* --- names ------------------------------------------------------------------------------------ */

bool name_is_plain_zh(struct str name)
{
    for (size_t i = 0; i < name.n;) {
        uint32_t cp = 0;
        size_t step = text_utf8_decode(name, i, &cp);
        if (step == 0 || char_class(cp) != CHAR_CJK) return false;
        i += step;
    }
    return name.n > 0;
}

bool name_is_ascii(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        if (!letter && (i == 0 || (!digit && c != '_'))) return false;
    }
    return name.n > 0;
}

bool name_is_quotable(struct str name)
{
    for (size_t i = 0; i < name.n;) {
        uint32_t cp = 0;
        size_t step = text_utf8_decode(name, i, &cp);
        enum char_class c = step ? char_class(cp) : CHAR_OTHER;
        bool quote = cp == '"' || (cp >= 0x2018 && cp <= 0x201D) || cp == 0x300C || cp == 0x300D;
        if (quote || (c != CHAR_ASCII && c != CHAR_CJK && c != CHAR_SIGN)) return false;
        i += step;
    }
    return name.n > 0 && str_trim(name).n == name.n;
}
