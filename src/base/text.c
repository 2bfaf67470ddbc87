/* Slices, UTF-8, display width, edit distance and growing buffers.
 *
 * Structure: slices; UTF-8 (decode is the definition, check is the fast path over it); width by a
 * table of ranges; Levenshtein distance on fixed rows; buffers.
 *
 * Invariants: nothing here reads at or after p + n; text_utf8_check accepts exactly what
 * text_utf8_decode accepts at every step; a buffer that failed keeps its content. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- slices ---- */

struct str str_from_c(const char *c)
{
    return (struct str){c, c ? strlen(c) : 0};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (c != 0) return c;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_copy(struct arena *a, struct str s)
{
    char *p = s.n < SIZE_MAX ? ARENA_ARRAY(a, char, s.n + 1) : NULL;

    if (!p) return (struct str){NULL, 0};
    if (s.n > 0) memcpy(p, s.p, s.n);
    return (struct str){p, s.n};
}

/* ---- UTF-8 ---- */

static bool is_tail(uint8_t b)
{
    return (b & 0xC0) == 0x80;
}

static bool is_scalar(uint32_t cp)
{
    return cp <= 0x10FFFF && (cp < 0xD800 || cp > 0xDFFF);
}

static size_t decode2(const uint8_t *p, size_t left, uint32_t *ret_cp)
{
    if (left < 2 || p[0] < 0xC2 || !is_tail(p[1])) return 0;
    *ret_cp = (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    return 2;
}

static size_t decode3(const uint8_t *p, size_t left, uint32_t *ret_cp)
{
    uint32_t cp;

    if (left < 3 || !is_tail(p[1]) || !is_tail(p[2])) return 0;
    cp = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if (cp < 0x800 || !is_scalar(cp)) return 0;
    *ret_cp = cp;
    return 3;
}

static size_t decode4(const uint8_t *p, size_t left, uint32_t *ret_cp)
{
    uint32_t cp;

    if (left < 4 || !is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3])) return 0;
    cp = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
         (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    if (cp < 0x10000 || !is_scalar(cp)) return 0;
    *ret_cp = cp;
    return 4;
}

size_t text_utf8_decode(struct str s, size_t at, uint32_t *ret_cp)
{
    const uint8_t *p;
    size_t left;

    if (at >= s.n) return 0;
    p = (const uint8_t *)s.p + at;
    left = s.n - at;
    if (p[0] < 0x80) {
        *ret_cp = p[0];
        return 1;
    }
    if (p[0] < 0xE0) return decode2(p, left, ret_cp);
    if (p[0] < 0xF0) return decode3(p, left, ret_cp);
    if (p[0] < 0xF8) return decode4(p, left, ret_cp);
    return 0;
}

size_t text_utf8_encode(uint32_t cp, char out[4])
{
    if (!is_scalar(cp)) return 0;
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* Offset of the first byte at or after `at` that is not ASCII, or s.n. */
static size_t skip_ascii(struct str s, size_t at)
{
    uint64_t word;

    while (s.n - at >= sizeof word) {
        memcpy(&word, s.p + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080)) break;
        at += sizeof word;
    }
    while (at < s.n && (uint8_t)s.p[at] < 0x80)
        at++;
    return at;
}

/* The same for characters of three bytes whose first byte, 0xE1..0xEC, allows any two tails: most
 * of Chinese. */
static size_t skip_chinese(struct str s, size_t at)
{
    const uint8_t *p = (const uint8_t *)s.p;

    while (s.n - at >= 3 && (uint8_t)(p[at] - 0xE1) <= 0xEC - 0xE1 && is_tail(p[at + 1]) &&
           is_tail(p[at + 2]))
        at += 3;
    return at;
}

size_t text_utf8_check(struct str s)
{
    size_t at = skip_ascii(s, 0);

    while (at < s.n) {
        uint32_t cp;
        size_t start = at, n;

        at = skip_ascii(s, skip_chinese(s, at));
        if (at > start) continue;
        n = text_utf8_decode(s, at, &cp);
        if (n == 0) return at;
        at += n;
    }
    return s.n;
}

/* ---- display ---- */

/* Ranges of characters two columns wide: CJK, kana, Hangul, full-width forms, pictographs. */
static const struct {
    uint32_t first, last;
} WIDE[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x17000, 0x18AFF}, {0x1B000, 0x1B2FF},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

static bool is_wide(uint32_t cp)
{
    if (cp < WIDE[0].first) return false;
    for (size_t i = 0; i < sizeof WIDE / sizeof WIDE[0]; i++) {
        if (cp <= WIDE[i].last) return cp >= WIDE[i].first;
    }
    return false;
}

size_t text_width(struct str s)
{
    size_t width = 0;

    for (size_t at = 0; at < s.n;) {
        uint32_t cp = 0;
        size_t n = text_utf8_decode(s, at, &cp);

        width += n > 0 && is_wide(cp) ? 2 : 1;
        at += n > 0 ? n : 1;
    }
    return width;
}

/* ---- edit distance ---- */

#define DISTANCE_CHARS 64 /* longer texts are never suggested */

/* The characters of `s`; DISTANCE_CHARS + 1 when there are more (or the text is not UTF-8). */
static size_t characters(struct str s, uint32_t out[DISTANCE_CHARS])
{
    size_t count = 0;

    for (size_t at = 0; at < s.n;) {
        uint32_t cp = 0;
        size_t n = text_utf8_decode(s, at, &cp);

        if (n == 0 || count == DISTANCE_CHARS) return DISTANCE_CHARS + 1;
        out[count++] = cp;
        at += n;
    }
    return count;
}

static size_t least3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

size_t text_distance(struct str a, struct str b, size_t limit)
{
    uint32_t ca[DISTANCE_CHARS], cb[DISTANCE_CHARS];
    size_t row[DISTANCE_CHARS + 1];
    size_t na = characters(a, ca), nb = characters(b, cb);

    if (na > DISTANCE_CHARS || nb > DISTANCE_CHARS) return str_eq(a, b) ? 0 : limit;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0], least = i;

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t changed = diagonal + (ca[i - 1] != cb[j - 1]);

            diagonal = row[j];
            row[j] = least3(changed, row[j] + 1, row[j - 1] + 1);
            if (row[j] < least) least = row[j];
        }
        if (least >= limit) return limit;
    }
    return row[nb] < limit ? row[nb] : limit;
}

/* ---- buffers ---- */

#define BUF_FIRST ((size_t)256)

void buf_init(struct buf *b, size_t limit_bytes)
{
    *b = (struct buf){.limit = limit_bytes};
}

void buf_done(struct buf *b)
{
    free(b->p);
    buf_init(b, b->limit);
}

/* Room for `more` bytes and a NUL behind them (vsnprintf writes one). */
static bool buf_reserve(struct buf *b, size_t more)
{
    size_t need, cap;
    char *p;

    if (b->failed) return false;
    b->failed = true; /* until it worked */
    if (more >= SIZE_MAX / 4 || b->n >= SIZE_MAX / 4) return false;
    need = b->n + more;
    if (b->limit && need > b->limit) return false;
    if (need + 1 > b->cap) {
        cap = b->cap ? b->cap * 2 : BUF_FIRST;
        if (cap < need + 1) cap = need + 1;
        p = realloc(b->p, cap);
        if (!p) return false;
        b->p = p;
        b->cap = cap;
    }
    b->failed = false;
    return true;
}

void buf_add(struct buf *b, struct str s)
{
    if (s.n == 0 || !buf_reserve(b, s.n)) return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_add_c(struct buf *b, const char *c)
{
    buf_add(b, str_from_c(c));
}

void buf_add_char(struct buf *b, char c)
{
    if (!buf_reserve(b, 1)) return;
    b->p[b->n++] = c;
}

void buf_add_int(struct buf *b, int64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;

    do {
        digits[--at] = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (v < 0) digits[--at] = '-';
    buf_add(b, (struct str){digits + at, sizeof digits - at});
}

/* What stands for a character in HTML text and attributes; NULL = the character itself. */
static const char *html_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void buf_add_html(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char *instead = html_of(s.p[i]);

        if (instead)
            buf_add_c(b, instead);
        else
            buf_add_char(b, s.p[i]);
    }
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) b->failed = true;
    if (n > 0 && buf_reserve(b, (size_t)n)) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

enum err buf_err(const struct buf *b)
{
    return b->failed ? ERR_NOMEM : ERR_OK;
}
