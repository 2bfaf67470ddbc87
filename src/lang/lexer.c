/* The lexer: text of a code fence -> logical lines of tokens.
 *
 * A logical line is a line of text and the lines it goes on in: inside brackets, or after a comma,
 * '<', '+', '-', 且 or 或 at its end, if the next line is indented deeper (or begins with the closing
 * bracket). So one forgotten bracket cannot swallow the statements below it. Words are looked up as
 * keywords here; whether a keyword or a name is meant is the parser's to say.
 *
 * Invariants: `tokens` ends with one TOKEN_END; positions are those of the file as written. */
#include "lang/front_internal.h"

#include <string.h>

#include "base/date.h"

#define NUMBER_DIGITS_MAX 18
#define NUMBER_PLACES_MAX 9
#define LINE_FINDINGS_MAX 5 /* of the lexer in one logical line */

/* --- reading characters ----------------------------------------------------------------------- */

/* The character at `at` + `ahead` bytes; 0 at the end of the physical line. */
static char byte_at(const struct lexer *lx, size_t ahead)
{
    size_t i = lx->at + ahead;
    return i < lx->end && lx->text.p[i] != '\n' ? lx->text.p[i] : 0;
}

static uint32_t char_at(const struct lexer *lx, size_t ahead, size_t *ret_bytes)
{
    uint32_t cp = 0;
    *ret_bytes = 0;
    if (byte_at(lx, ahead) == 0) return 0;
    struct str s = {lx->text.p, lx->end};
    *ret_bytes = text_utf8_decode(s, lx->at + ahead, &cp);
    INVARIANT(*ret_bytes > 0); /* chars_check has seen the file */
    return cp;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Does the text at `at` + `ahead` begin with `c`? Then its length, else 0. */
static size_t text_at(const struct lexer *lx, size_t ahead, struct str c)
{
    size_t i = lx->at + ahead;
    return i + c.n <= lx->end && memcmp(lx->text.p + i, c.p, c.n) == 0 ? c.n : 0;
}

/* --- tokens ----------------------------------------------------------------------------------- */

static struct token *token_add(struct lexer *lx, enum token_kind kind)
{
    static struct token nobody; /* written only when memory has ended; never read */
    if (lx->count == lx->cap) {
        size_t cap = lx->cap ? lx->cap * 2 : 64;
        void *grown = arena_grow(lx->arena, lx->tokens, lx->cap, cap, sizeof *lx->tokens);
        if (!grown) {
            lx->no_memory = true;
            return &nobody;
        }
        lx->tokens = grown;
        lx->cap = cap;
    }
    struct token *t = &lx->tokens[lx->count++];
    *t = (struct token){.kind = kind, .line = lx->line, .col = lx->col, .num = 0, .den = 1};
    return t;
}

/* Move over `bytes` bytes that are `chars` characters. */
static void step(struct lexer *lx, size_t bytes, uint32_t chars)
{
    lx->at += bytes;
    lx->col += chars;
}

static uint32_t chars_of(struct str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

/* Close a token that takes the next `bytes` bytes. */
static void token_take(struct lexer *lx, struct token *t, size_t bytes)
{
    t->whole = (struct str){lx->text.p + lx->at, bytes};
    t->chars = chars_of(t->whole);
    step(lx, bytes, t->chars);
}

/* `t` cannot be used; it stays in the line as TOKEN_BAD. */
static void token_report(struct lexer *lx, struct token *t, enum lang_msg m, struct str a0,
                         struct str a1)
{
    struct str args[] = {a0, a1};
    struct src_pos at = {.file = lx->file, .line = t->line, .col = t->col, .chars = t->chars};
    if (lx->findings++ < LINE_FINDINGS_MAX)
        diag_add(lx->diags, lang_message(m), SEVERITY_ERROR, at, (struct src_pos){0}, args, 2);
    t->kind = TOKEN_BAD;
    lx->is_bad = true;
}

/* --- words ------------------------------------------------------------------------------------ */

static size_t cjk_bytes(const struct lexer *lx, size_t ahead)
{
    size_t n = 0, bytes;
    while (char_class(char_at(lx, ahead + n, &bytes)) == CHAR_CJK)
        n += bytes;
    return n;
}

static size_t ascii_bytes(const struct lexer *lx, size_t ahead)
{
    size_t n = 0;
    if (!is_letter(byte_at(lx, ahead))) return 0;
    while (is_letter(byte_at(lx, ahead + n)) || is_digit(byte_at(lx, ahead + n)))
        n++;
    return n;
}

static void lex_word(struct lexer *lx)
{
    struct token *t = token_add(lx, TOKEN_WORD);
    size_t cjk = cjk_bytes(lx, 0), ascii = cjk ? 0 : ascii_bytes(lx, 0);
    size_t more = cjk ? ascii_bytes(lx, cjk) : cjk_bytes(lx, ascii);
    token_take(lx, t, cjk + ascii);
    t->text = t->whole;
    if (t->chars > NAME_CHARS_MAX) {
        token_report(lx, t, MSG_NAME_TOO_LONG, (struct str){NULL, 0}, (struct str){NULL, 0});
        return;
    }
    if (more == 0) return;
    struct str rest = {lx->text.p + lx->at, more};
    struct str first = t->whole;
    t->whole.n += more;
    step(lx, more, chars_of(rest));
    t->chars = chars_of(t->whole);
    token_report(lx, t, MSG_WORDS_RUN_TOGETHER, first, rest);
}

/* 「…」 */
static void lex_quoted(struct lexer *lx)
{
    struct token *t = token_add(lx, TOKEN_QUOTED);
    size_t open = STR("「").n, n = open, bytes;
    uint32_t cp;
    while ((cp = char_at(lx, n, &bytes)) != 0 && cp != 0x300D)
        n += bytes;
    bool closed = cp == 0x300D;
    struct str inside = {lx->text.p + lx->at + open, n - open};
    token_take(lx, t, closed ? n + STR("」").n : n);
    t->text = inside;
    if (!closed)
        token_report(lx, t, MSG_QUOTE_OPEN, inside, inside);
    else if (t->chars > NAME_CHARS_MAX + 2)
        token_report(lx, t, MSG_NAME_TOO_LONG, (struct str){NULL, 0}, (struct str){NULL, 0});
    else if (!name_is_quotable(inside))
        token_report(lx, t, MSG_QUOTE_CONTENT, inside, inside);
}

static void lex_string(struct lexer *lx, uint32_t closing, size_t open)
{
    struct token *t = token_add(lx, TOKEN_STRING);
    size_t n = open, bytes;
    uint32_t cp;
    enum char_class bad = CHAR_ASCII;
    while ((cp = char_at(lx, n, &bytes)) != 0 && cp != closing) {
        if (char_class(cp) == CHAR_OTHER) bad = CHAR_OTHER;
        n += bytes;
    }
    struct str inside = {lx->text.p + lx->at + open, n - open};
    token_take(lx, t, n + bytes);
    t->text = inside;
    if (cp != closing)
        token_report(lx, t, MSG_STRING_OPEN, inside, inside);
    else if (bad == CHAR_OTHER)
        token_report(lx, t, MSG_STRING_CHAR, inside, inside);
}

/* --- numbers and dates ------------------------------------------------------------------------ */

static size_t digits_at(const struct lexer *lx, size_t ahead)
{
    size_t n = 0;
    while (is_digit(byte_at(lx, ahead + n)))
        n++;
    return n;
}

/* The value of `n` digits, at most NUMBER_DIGITS_MAX. */
static int64_t digits_value(const struct lexer *lx, size_t ahead, size_t n)
{
    int64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + (byte_at(lx, ahead + i) - '0');
    return v;
}

struct date_shape {
    size_t bytes; /* 0 = no date here */
    bool has_day;
    int64_t year, month, day;
};

/* `year` `sep1` month [`sep2` day] [`tail`]: 2026年7月1日 and 2026-07-01 are of one shape. */
static struct date_shape date_shape_at(const struct lexer *lx, struct str sep1, struct str sep2,
                                       struct str day_tail, struct str month_tail)
{
    struct date_shape s = {0};
    size_t y = digits_at(lx, 0), n = y, step1 = text_at(lx, n, sep1);
    if (y == 0 || y > 4 || step1 == 0) return s;
    n += step1;
    size_t m = digits_at(lx, n);
    if (m == 0 || m > 2) return s;
    s.year = digits_value(lx, 0, y);
    s.month = digits_value(lx, n, m);
    n += m;
    size_t step2 = text_at(lx, n, sep2), d = step2 ? digits_at(lx, n + step2) : 0;
    size_t tail = text_at(lx, n + step2 + d, day_tail);
    if (d > 0 && d <= 2 && tail == day_tail.n) {
        s.day = digits_value(lx, n + step2, d);
        s.has_day = true;
        s.bytes = n + step2 + d + tail;
    } else if (text_at(lx, n, month_tail) == month_tail.n) {
        s.bytes = n + month_tail.n;
    }
    return s;
}

static bool lex_date(struct lexer *lx)
{
    struct date_shape s = date_shape_at(lx, STR("年"), STR("月"), STR("日"), STR("月"));
    if (s.bytes == 0 && digits_at(lx, 0) == 4 && digits_at(lx, 5) == 2)
        s = date_shape_at(lx, STR("-"), STR("-"), STR(""), STR(""));
    if (s.bytes == 0) return false;
    struct token *t = token_add(lx, s.has_day ? TOKEN_DATE : TOKEN_MONTH);
    token_take(lx, t, s.bytes);
    t->text = t->whole;
    t->unit = s.has_day ? UNIT_DATE : UNIT_MONTH;
    int32_t day = s.has_day ? (int32_t)s.day : 1;
    if (!date_is_valid((int32_t)s.year, (int32_t)s.month, day)) {
        token_report(lx, t, MSG_DATE_INVALID, t->whole, t->whole);
        return true;
    }
    t->num = s.has_day ? date_from_civil((int32_t)s.year, (int32_t)s.month, day)
                       : s.year * 12 + s.month - 1;
    return true;
}

/* A unit that stands right after its number: bytes of it. */
static size_t unit_bytes(const struct lexer *lx, size_t ahead)
{
    if (byte_at(lx, ahead) == '%') return 1;
    size_t cjk = cjk_bytes(lx, ahead);
    return cjk ? cjk : ascii_bytes(lx, ahead);
}

/* 36周岁以上, 50小时以上: bytes of the unit in front of a word that is not part of it; 0 when there is
 * none. */
static size_t unit_front(struct str run)
{
    static const enum keyword tails[] = {KW_OR_MORE, KW_OR_LESS};
    size_t front = 0;
    for (int u = UNIT_NONE + 1; u < UNIT_COUNT_OF; u++) {
        struct str zh = str_from_c(unit_text((enum unit)u, LANG_ZH, true));
        if (zh.n <= front || zh.n >= run.n || !str_starts(run, zh)) continue;
        struct str rest = {run.p + zh.n, run.n - zh.n};
        if (keyword_find(rest, LANG_ZH) != KW_NONE) front = zh.n;
    }
    for (size_t i = 0; i < 2 && front == 0; i++) {
        struct str tail = keyword_str(tails[i], LANG_ZH);
        bool ends = run.n > tail.n && memcmp(run.p + run.n - tail.n, tail.p, tail.n) == 0;
        if (ends) front = run.n - tail.n;
    }
    return front;
}

static void number_unit(struct lexer *lx, struct token *t, struct str run)
{
    enum lang lang = lx->words.lang, other = lang == LANG_ZH ? LANG_EN : LANG_ZH;
    t->text = run;
    t->unit = unit_find(run, lang);
    if (t->unit != UNIT_NONE) return;
    enum unit foreign = unit_find(run, other);
    if (foreign != UNIT_NONE) {
        struct str own = str_from_c(unit_text(foreign, lang, false));
        token_report(lx, t, MSG_UNIT_OTHER_LANGUAGE, run, own);
        return;
    }
    size_t front = unit_front(run);
    if (front > 0) {
        struct str rest = {run.p + front, run.n - front};
        struct str number = {t->whole.p, t->whole.n - rest.n};
        token_report(lx, t, MSG_UNIT_RUN_TOGETHER, number, rest);
        return;
    }
    t->unit = UNIT_DECLARED;
}

static void lex_number(struct lexer *lx)
{
    if (lex_date(lx)) return;
    struct token *t = token_add(lx, TOKEN_NUMBER);
    size_t whole = digits_at(lx, 0), places = 0, n = whole;
    if (byte_at(lx, n) == '.' && is_digit(byte_at(lx, n + 1))) {
        places = digits_at(lx, n + 1);
        n += 1 + places;
    }
    bool padded = whole > 1 && byte_at(lx, 0) == '0';
    bool fits = whole + places <= NUMBER_DIGITS_MAX && places <= NUMBER_PLACES_MAX;
    if (fits) {
        t->num = digits_value(lx, 0, whole);
        for (size_t i = 0; i < places; i++, t->den *= 10)
            t->num = t->num * 10 + (byte_at(lx, whole + 1 + i) - '0');
        for (; t->den > 1 && t->num % 10 == 0; t->den /= 10)
            t->num /= 10;
    }
    size_t unit = unit_bytes(lx, n);
    token_take(lx, t, n + unit);
    struct str run = {t->whole.p + n, unit};
    if (!fits)
        token_report(lx, t, MSG_NUMBER_TOO_LONG, t->whole, t->whole);
    else if (padded)
        token_report(lx, t, MSG_NUMBER_SHAPE, t->whole, t->whole);
    else if (unit > 0)
        number_unit(lx, t, run);
}

/* --- signs ------------------------------------------------------------------------------------ */

struct sign {
    const char *text;
    enum token_kind kind;
    enum keyword kw;
};

/* Longer signs before their beginnings. */
static const struct sign signs[] = {
    {">=", TOKEN_SIGN, KW_AT_LEAST},   {"<=", TOKEN_SIGN, KW_AT_MOST},
    {"!=", TOKEN_SIGN, KW_DIFFERS},    {"≥", TOKEN_SIGN, KW_AT_LEAST},
    {"≤", TOKEN_SIGN, KW_AT_MOST},     {"≠", TOKEN_SIGN, KW_DIFFERS},
    {"×", TOKEN_SIGN, KW_TIMES},       {"÷", TOKEN_SIGN, KW_DIVIDED},
    {">", TOKEN_SIGN, KW_MORE},        {"<", TOKEN_LESS, KW_LESS},
    {"=", TOKEN_EQUAL, KW_EQUALS},     {",", TOKEN_COMMA, KW_NONE},
    {";", TOKEN_COMMA, KW_NONE},       {"、", TOKEN_COMMA, KW_NONE},
    {":", TOKEN_COLON, KW_NONE},       {"(", TOKEN_LEFT, KW_NONE},
    {")", TOKEN_RIGHT, KW_NONE},       {"{", TOKEN_LEFT_BRACE, KW_NONE},
    {"}", TOKEN_RIGHT_BRACE, KW_NONE}, {"+", TOKEN_PLUS, KW_NONE},
    {"-", TOKEN_MINUS, KW_NONE},       {"/", TOKEN_SLASH, KW_NONE},
    {".", TOKEN_DOT, KW_NONE},
};

static void lex_unknown(struct lexer *lx, uint32_t cp, size_t bytes)
{
    struct token *t = token_add(lx, TOKEN_BAD);
    token_take(lx, t, bytes);
    enum char_class c = char_class(cp);
    bool said = lx->is_bad || c == CHAR_FORBIDDEN || c == CHAR_LOOKALIKE; /* by chars_check */
    lx->is_bad = true;
    if (!said) token_report(lx, t, cp == '\t' ? MSG_TAB : MSG_CHAR_NOT_IN_CODE, t->whole, t->whole);
}

static void lex_sign(struct lexer *lx, uint32_t cp, size_t bytes)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = text_at(lx, 0, str_from_c(signs[i].text));
        if (n == 0) continue;
        struct token *t = token_add(lx, signs[i].kind);
        t->kw = signs[i].kw;
        t->span = 1;
        token_take(lx, t, n);
        t->text = t->whole;
        lx->brackets += t->kind == TOKEN_LEFT || t->kind == TOKEN_LEFT_BRACE;
        lx->brackets -= t->kind == TOKEN_RIGHT || t->kind == TOKEN_RIGHT_BRACE;
        return;
    }
    lex_unknown(lx, cp, bytes);
}

static void lex_token(struct lexer *lx)
{
    size_t bytes;
    uint32_t cp = char_at(lx, 0, &bytes);
    if (cp == 0x201C)
        lex_string(lx, 0x201D, bytes);
    else if (cp == '"')
        lex_string(lx, '"', bytes);
    else if (cp == 0x300C)
        lex_quoted(lx);
    else if (cp < 0x80 && is_digit((char)cp))
        lex_number(lx);
    else if (char_class(cp) == CHAR_CJK || (cp < 0x80 && is_letter((char)cp)))
        lex_word(lx);
    else
        lex_sign(lx, cp, bytes);
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool line_is_blank(const struct lexer *lx)
{
    for (size_t n = 0;; n++) {
        char c = byte_at(lx, n);
        if (c == 0) return true;
        if (c != ' ' && c != '\t' && c != '\r') return false;
    }
}

/* Blanks before the first word; a tab counts as one level. */
static int32_t line_indent(const struct lexer *lx, size_t *ret_bytes)
{
    int32_t indent = 0;
    size_t n = 0;
    for (; byte_at(lx, n) == ' ' || byte_at(lx, n) == '\t'; n++)
        indent += byte_at(lx, n) == '\t' ? 2 : 1;
    *ret_bytes = n;
    return indent;
}

static void line_leave(struct lexer *lx)
{
    while (byte_at(lx, 0) != 0)
        lx->at++;
    if (lx->at < lx->end) lx->at++;
    lx->line++;
    lx->col = 1;
}

/* One line of text, its first character at `at`. */
static void line_lex(struct lexer *lx)
{
    bool first = true, blank = true;
    lx->col = 1;
    for (char c; (c = byte_at(lx, 0)) != 0 && !lx->no_memory;) {
        if (c == ' ' || c == '\r' ||
            (c == '\t' && first)) { /* an indenting tab: reported by lexer_next */
            step(lx, 1, 1);
            blank = true;
            continue;
        }
        if (lx->count >= LINE_TOKENS_MAX) {
            struct token *t = token_add(lx, TOKEN_BAD);
            token_report(lx, t, MSG_LINE_TOO_LONG, t->whole, t->whole);
            break;
        }
        size_t at = lx->count;
        lex_token(lx);
        if (lx->no_memory) break;
        lx->tokens[at].glued = !blank;
        lx->tokens[at].first = first;
        first = blank = false;
    }
    line_leave(lx);
}

/* Does the logical line go on in the text line at `at`? */
static bool line_goes_on(const struct lexer *lx)
{
    if (lx->at >= lx->end || line_is_blank(lx) || lx->count == 0 || lx->count > LINE_TOKENS_MAX)
        return false;
    const struct token *last = &lx->tokens[lx->count - 1];
    bool joins = last->kind == TOKEN_COMMA || last->kind == TOKEN_LESS ||
                 last->kind == TOKEN_PLUS || last->kind == TOKEN_MINUS;
    if (last->kind == TOKEN_WORD)
        joins = str_eq(last->text, keyword_str(KW_AND, lx->words.lang)) ||
                str_eq(last->text, keyword_str(KW_OR, lx->words.lang));
    size_t bytes;
    int32_t indent = line_indent(lx, &bytes);
    char c = byte_at(lx, bytes);
    bool closes = lx->brackets > 0 && (c == ')' || c == '}');
    return closes || ((joins || lx->brackets > 0) && indent > lx->indent);
}

/* Do the words from token `i` on spell the keyword? Then how many tokens it takes, else 0. */
static uint32_t keyword_span(const struct lexer *lx, size_t i, struct str text)
{
    uint32_t n = 0;
    while (text.n > 0) {
        const char *blank = memchr(text.p, ' ', text.n);
        size_t len = blank ? (size_t)(blank - text.p) : text.n;
        const struct token *t = &lx->tokens[i + n];
        if (i + n >= lx->count || t->kind != TOKEN_WORD) return 0;
        if (!str_eq(t->text, (struct str){text.p, len})) return 0;
        size_t skip = blank ? len + 1 : len;
        text = (struct str){text.p + skip, text.n - skip};
        n++;
    }
    return n;
}

static void keywords_find(struct lexer *lx)
{
    for (size_t i = 0; i < lx->count; i++) {
        struct token *t = &lx->tokens[i];
        if (t->kind != TOKEN_WORD) continue;
        uint32_t at = 0;
        enum keyword kw;
        while ((kw = word_index_next(&lx->words, t->text, &at)) != KW_NONE) {
            uint32_t span = keyword_span(lx, i, keyword_str(kw, lx->words.lang));
            if (span <= t->span) continue;
            t->span = span;
            t->kw = kw;
        }
    }
}

static void indent_check(struct lexer *lx, size_t bytes)
{
    if (bytes == 0 || !memchr(lx->text.p + lx->at, '\t', bytes)) return;
    struct src_pos at = {.file = lx->file, .line = lx->line, .col = 1, .chars = (uint32_t)bytes};
    diag_add(lx->diags, lang_message(MSG_TAB), SEVERITY_ERROR, at, (struct src_pos){0}, NULL, 0);
}

int32_t lexer_next_indent(const struct lexer *lx)
{
    int32_t indent = 0;
    for (size_t at = lx->at; at < lx->end; at++) {
        char c = lx->text.p[at];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return indent;
        indent = c == '\n' ? 0 : indent + (c == '\t' ? 2 : c == ' ');
    }
    return -1;
}

void lexer_next(struct lexer *lx)
{
    lx->count = 0;
    lx->brackets = 0;
    lx->findings = 0;
    lx->has_line = lx->blank_above = lx->is_bad = false;
    lx->indent = -1;
    while (lx->at < lx->end && line_is_blank(lx)) {
        lx->blank_above = true;
        line_leave(lx);
    }
    if (lx->at < lx->end && !lx->no_memory) {
        size_t bytes;
        lx->has_line = true;
        lx->indent = line_indent(lx, &bytes);
        do {
            (void)line_indent(lx, &bytes);
            indent_check(lx, bytes);
            line_lex(lx);
        } while (line_goes_on(lx) && !lx->no_memory);
    }
    struct token *end = token_add(lx, TOKEN_END);
    if (lx->count > 1) {
        const struct token *last = end - 1;
        end->line = last->line;
        end->col = last->col + last->chars;
    }
    keywords_find(lx);
    if (lx->no_memory) {
        lx->has_line = false;
        lx->indent = -1;
    }
}
