/* Reading CSV: eight bytes at a time to the next comma, quote or line end.
 *
 * Structure: csv_next reads cells until a line end; read_bare and read_quoted do one cell each and
 * leave `p` on the byte behind it (comma, line end or the end of the text).
 *
 * Invariants: p <= end; `line` is 1 + the line ends before p; nothing behind `end` is read (words
 * are loaded only while eight bytes are left). */
#include "service/csv.h"

#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

static inline uint64_t load_word(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* The lowest set high bit stands at the first byte of `w` that equals `c`; bits above it may lie.
 */
static inline uint64_t word_match(uint64_t w, char c)
{
    uint64_t x = w ^ (ONES * (uint8_t)c);
    return (x - ONES) & ~x & HIGHS;
}

static inline const char *find_bare_end(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t w = load_word(p);
        uint64_t hit = word_match(w, ',') | word_match(w, '\n') | word_match(w, '"');
        if (hit != 0) return p + (__builtin_ctzll(hit) >> 3);
        p += 8;
    }
    while (p < end && *p != ',' && *p != '\n' && *p != '"')
        p++;
    return p;
}

static const char *find_separator(const char *p, const char *end)
{
    while (p < end && *p != ',' && *p != '\n')
        p++;
    return p;
}

void csv_reader_init(struct csv_reader *r, struct str text, struct arena *arena)
{
    if (text.n == 0) text.p = ""; /* an empty text may come as NULL */
    *r = (struct csv_reader){
        .p = text.p, .end = text.p + text.n, .line = 1, .state = CSV_MORE, .arena = arena};
    if (text.n == 0) r->state = CSV_DONE;
}

/* A carriage return directly before the line end belongs to the line end. */
static inline size_t cell_length(const char *from, const char *to, const char *end)
{
    bool at_line_end = to == end || *to == '\n';
    if (at_line_end && to > from && to[-1] == '\r') return (size_t)(to - from) - 1;
    return (size_t)(to - from);
}

static inline struct str read_bare(struct csv_reader *r, struct csv_row *row)
{
    const char *from = r->p;
    const char *to = find_bare_end(from, r->end);
    if (__builtin_expect(to < r->end && *to == '"', 0)) {
        row->bad_quotes = true;
        to = find_separator(to, r->end);
    }
    r->p = to;
    return (struct str){from, cell_length(from, to, r->end)};
}

/* Copy s with each doubled quote made single. */
static struct str undouble(struct csv_reader *r, struct str s)
{
    char *copy = arena_alloc(r->arena, s.n, 1);
    if (copy == NULL) {
        r->state = CSV_NOMEM;
        return (struct str){s.p, 0};
    }
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        copy[n++] = s.p[i];
        if (s.p[i] == '"') i++;
    }
    return (struct str){copy, n};
}

static uint32_t count_line_ends(const char *p, const char *end)
{
    uint32_t n = 0;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        p++;
    }
    return n;
}

/* p stands on the opening quote. */
static struct str read_quoted(struct csv_reader *r, struct csv_row *row)
{
    const char *from = r->p + 1, *q = from;
    bool doubled = false;
    for (;;) {
        q = memchr(q, '"', (size_t)(r->end - q));
        if (q == NULL) {
            r->state = CSV_OPEN_QUOTE;
            r->open_line = row->line;
            r->p = r->end;
            return (struct str){from, 0};
        }
        if (q + 1 == r->end || q[1] != '"') break;
        doubled = true;
        q += 2;
    }
    r->line += count_line_ends(from, q);
    struct str cell = {from, (size_t)(q - from)};
    const char *behind = q + 1;
    const char *to = find_separator(behind, r->end);
    if (cell_length(behind, to, r->end) != 0) row->bad_quotes = true;
    r->p = to;
    return doubled ? undouble(r, cell) : cell;
}

/* Read cells up to a line end; false when the reader got into trouble. */
static bool read_cells(struct csv_reader *r, struct csv_row *row)
{
    for (;;) {
        bool quoted = r->p < r->end && *r->p == '"';
        struct str cell = quoted ? read_quoted(r, row) : read_bare(r, row);
        if (r->state != CSV_MORE) return false;
        if (row->count < CSV_CELLS_MAX) row->cells[row->count] = cell;
        row->count++;
        if (r->p == r->end) {
            row->at_end = true;
            return true;
        }
        if (*r->p++ == '\n') {
            r->line++;
            return true;
        }
    }
}

static bool is_blank(const struct csv_row *row, const char *begin)
{
    return row->count == 1 && row->cells[0].n == 0 && *begin != '"';
}

bool csv_next(struct csv_reader *r, struct csv_row *row)
{
    while (r->state == CSV_MORE) {
        if (r->p == r->end) {
            r->state = CSV_DONE;
            break;
        }
        const char *begin = r->p;
        row->count = 0;
        row->line = r->line;
        row->bad_quotes = false;
        row->at_end = false;
        if (!read_cells(r, row)) break;
        if (!is_blank(row, begin)) return true;
    }
    return false;
}

struct str csv_skip_bom(struct str text)
{
    if (str_starts(text, STR("\xEF\xBB\xBF"))) return (struct str){text.p + 3, text.n - 3};
    return text;
}

/* How far the text is plain ASCII without NUL, in whole words. */
static size_t skip_ascii(struct str text, size_t at)
{
    while (text.n - at >= 8) {
        uint64_t w = load_word(text.p + at);
        if (((w | (w - ONES)) & HIGHS) != 0) break;
        at += 8;
    }
    return at;
}

/* Offset of the first byte that is not UTF-8, or NUL. */
static size_t find_not_utf8(struct str text)
{
    size_t at = 0;
    while (at < text.n) {
        at = skip_ascii(text, at);
        for (size_t stop = at + 8; at < text.n && at < stop;) {
            uint32_t cp;
            size_t n = text_utf8_decode(text, at, &cp);
            if (n == 0 || cp == 0) return at;
            at += n;
        }
    }
    return text.n;
}

/* How often `c` stands in 8 * words bytes, words <= 255: one counter per byte of a word. */
static size_t count_in_words(const char *p, size_t words, char c)
{
    uint64_t counts = 0;
    for (size_t i = 0; i < words; i++) {
        /* the high bit is clear in exactly the bytes that equal c */
        uint64_t x = load_word(p + 8 * i) ^ (ONES * (uint8_t)c);
        uint64_t t = ((x & ~HIGHS) + ~HIGHS) | x;
        counts += (~t & HIGHS) >> 7;
    }
    const uint64_t pairs = UINT64_C(0x00FF00FF00FF00FF);
    counts = (counts & pairs) + (counts >> 8 & pairs);
    return (size_t)(counts * UINT64_C(0x0001000100010001) >> 48);
}

static size_t count_byte(const char *p, size_t n, char c)
{
    size_t count = 0, i = 0;
    while (n - i >= 8) {
        size_t words = (n - i) / 8 < 255 ? (n - i) / 8 : 255;
        count += count_in_words(p + i, words, c);
        i += 8 * words;
    }
    for (; i < n; i++)
        count += p[i] == c;
    return count;
}

struct csv_survey csv_survey(struct str text)
{
    struct csv_survey s = {.bad_at = find_not_utf8(text), .bad_line = 1};
    s.line_ends = count_byte(text.p, text.n, '\n');
    if (s.bad_at < text.n) s.bad_line += (uint32_t)count_byte(text.p, s.bad_at, '\n');
    return s;
}

void csv_add_cell(struct buf *out, struct str cell)
{
    bool quote = false;
    for (size_t i = 0; i < cell.n && !quote; i++)
        quote = memchr(",\"\r\n", cell.p[i], 4) != NULL;
    if (!quote) {
        buf_add(out, cell);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"') buf_add_char(out, '"');
        buf_add_char(out, cell.p[i]);
    }
    buf_add_char(out, '"');
}
