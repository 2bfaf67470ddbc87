/* Keeping, ordering and rendering diagnostics.
 *
 * Structure: the list; a total order on (place, code, everything else); rendering, line by line.
 *
 * Invariants: the order depends on contents only, never on addresses or on the order of arrival;
 * `errors` counts every error, also those beyond `max`; what is rendered holds no control
 * characters and no invisible or direction-changing ones from the source: they appear as U+FFFD. */
#include "base/diag.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_DEFAULT 1000
#define FIRST_CAP 16

/* ---- the list ---- */

void diag_list_init(struct diag_list *l, struct arena *a)
{
    *l = (struct diag_list){.arena = a};
}

static bool list_reserve(struct diag_list *l)
{
    size_t cap = l->cap ? l->cap * 2 : FIRST_CAP;
    struct diag *items;

    if (l->count < l->cap) return true;
    items = arena_grow(l->arena, l->items, l->count, cap, sizeof *items);
    if (!items) return false;
    l->items = items;
    l->cap = cap;
    return true;
}

static void no_memory(struct diag_list *l)
{
    if (!l->out_of_memory) l->errors++;
    l->out_of_memory = true;
}

/* Copies that cannot be made stay empty and count as a lack of memory. */
static struct str keep(struct diag_list *l, struct str s)
{
    struct str copy;

    if (s.n == 0) return (struct str){NULL, 0};
    copy = str_copy(l->arena, s);
    if (!copy.p) no_memory(l);
    return copy;
}

void diag_add(struct diag_list *l, const struct message *m, enum severity severity,
              struct src_pos at, struct src_pos other, const struct str *args, size_t arg_count)
{
    struct diag d = {.message = m, .severity = severity, .at = at, .other = other};

    INVARIANT(m && arg_count <= DIAG_ARGS_MAX);
    if (severity == SEVERITY_ERROR) l->errors++;
    if (l->count >= (l->max ? l->max : KEPT_DEFAULT)) {
        l->dropped++;
        return;
    }
    if (!list_reserve(l)) {
        no_memory(l);
        return;
    }
    for (size_t i = 0; i < arg_count; i++)
        d.args[i] = keep(l, args[i]);
    d.arg_count = arg_count;
    l->items[l->count++] = d;
}

/* ---- order ---- */

static int cmp_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int cmp_pos(struct src_pos a, struct src_pos b)
{
    int c = cmp_u32(a.file, b.file);

    if (c == 0) c = cmp_u32(a.line, b.line);
    if (c == 0) c = cmp_u32(a.col, b.col);
    return c;
}

static int cmp_message(const struct message *a, const struct message *b)
{
    int c = str_cmp(str_from_c(a->code), str_from_c(b->code));

    for (int i = 0; c == 0 && i < LANG_COUNT; i++)
        c = str_cmp(str_from_c(a->text[i]), str_from_c(b->text[i]));
    return c;
}

static int cmp_args(const struct diag *a, const struct diag *b)
{
    int c = (a->arg_count > b->arg_count) - (a->arg_count < b->arg_count);

    for (size_t i = 0; c == 0 && i < a->arg_count; i++)
        c = str_cmp(a->args[i], b->args[i]);
    return c;
}

/* 0 only for exact repeats, so that the order is total. */
static int cmp_diag(const void *pa, const void *pb)
{
    const struct diag *a = pa, *b = pb;
    int c = cmp_pos(a->at, b->at);

    if (c == 0) c = cmp_message(a->message, b->message);
    if (c == 0) c = cmp_u32(a->at.chars, b->at.chars);
    if (c == 0) c = (a->severity > b->severity) - (a->severity < b->severity);
    if (c == 0) c = cmp_pos(a->other, b->other);
    if (c == 0) c = cmp_u32(a->other.chars, b->other.chars);
    if (c == 0) c = cmp_args(a, b);
    return c ? c : str_cmp(a->heading, b->heading);
}

void diag_sort(struct diag_list *l)
{
    size_t kept = 0;

    if (l->count == 0) return;
    qsort(l->items, l->count, sizeof *l->items, cmp_diag);
    for (size_t i = 1; i < l->count; i++) {
        if (cmp_diag(&l->items[kept], &l->items[i]) != 0)
            l->items[++kept] = l->items[i];
        else if (l->items[i].severity == SEVERITY_ERROR)
            l->errors--;
    }
    l->count = kept + 1;
}

/* ---- rendering ---- */

#define INDENT "    "
#define WINDOW_CHARS 96 /* a longer source line is cut to this many characters ... */
#define WINDOW_LEAD 48  /* ... of which this many stand before the place */
#define REPLACEMENT "\xEF\xBF\xBD"

static const struct {
    const char *warning, *see_also, *under, *hint;
} WORDS[LANG_COUNT] = {
    [LANG_ZH] = {"警告：", "  另见 ", "  条款：", "  建议："},
    [LANG_EN] = {"warning: ", "  see also ", "  clause: ", "  hint: "},
};

/* Control, invisible and direction-changing characters; the tab is shown by the terminal. */
static bool is_hidden(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
    } HIDDEN[] = {
        {0x00, 0x08},     {0x0A, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF},
    };

    for (size_t i = 0; i < sizeof HIDDEN / sizeof HIDDEN[0]; i++) {
        if (cp >= HIDDEN[i].first && cp <= HIDDEN[i].last) return true;
    }
    return false;
}

/* The character at `at` as it is shown; returns the bytes it takes in `s`. */
static size_t shown_at(struct str s, size_t at, struct str *ret)
{
    uint32_t cp = 0;
    size_t n = text_utf8_decode(s, at, &cp);

    *ret = n > 0 && !is_hidden(cp) ? (struct str){s.p + at, n} : STR(REPLACEMENT);
    return n > 0 ? n : 1;
}

static void add_shown(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        struct str shown;

        at += shown_at(s, at, &shown);
        buf_add(out, shown);
    }
}

/* Line number `line` of `text` without its end; empty when there is none. */
static struct str line_of(struct str text, uint32_t line)
{
    const char *p = text.p, *end = text.n > 0 ? text.p + text.n : text.p;
    const char *stop;

    for (; line > 1 && p < end; line--) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : end;
    }
    if (p >= end) return (struct str){NULL, 0};
    stop = memchr(p, '\n', (size_t)(end - p));
    if (!stop) stop = end;
    if (stop > p && stop[-1] == '\r') stop--;
    return (struct str){p, (size_t)(stop - p)};
}

static size_t char_count(struct str s)
{
    size_t count = 0;
    struct str shown;

    for (size_t at = 0; at < s.n; count++)
        at += shown_at(s, at, &shown);
    return count;
}

/* Bytes of the first `chars` characters. */
static size_t bytes_of(struct str s, size_t chars)
{
    size_t at = 0;
    struct str shown;

    while (chars-- > 0 && at < s.n)
        at += shown_at(s, at, &shown);
    return at;
}

/* Blanks as wide as the characters of `s`; tabs stay tabs, so that any tab width fits. */
static void add_blank(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        struct str shown;

        at += shown_at(s, at, &shown);
        if (shown.p[0] == '\t')
            buf_add_char(out, '\t');
        else
            buf_add_c(out, text_width(shown) == 2 ? "  " : " ");
    }
}

static void add_carets(struct buf *out, struct str s)
{
    size_t columns = 0;

    for (size_t at = 0; at < s.n;) {
        struct str shown;

        at += shown_at(s, at, &shown);
        columns += text_width(shown);
    }
    if (columns == 0) columns = 1; /* a place behind the last character */
    while (columns-- > 0)
        buf_add_char(out, '^');
}

/* The source line with carets under the place; a long line is cut around the place. */
static void add_source(struct buf *out, struct src_pos at, struct str line)
{
    size_t before = at.col > 0 ? at.col - 1 : 0; /* characters of `line` before the place */
    size_t marked = at.chars > 0 ? at.chars : 1;
    bool is_cut_front = false, is_cut_back = false;
    struct str rest;
    size_t lead;

    if (line.n == 0) return;
    if (char_count(line) > WINDOW_CHARS && before > WINDOW_LEAD) {
        size_t cut = bytes_of(line, before - WINDOW_LEAD);

        line = (struct str){line.p + cut, line.n - cut};
        before = WINDOW_LEAD;
        is_cut_front = true;
    }
    if (char_count(line) > WINDOW_CHARS) {
        line.n = bytes_of(line, WINDOW_CHARS);
        is_cut_back = true;
    }
    buf_add_c(out, is_cut_front ? INDENT "..." : INDENT);
    add_shown(out, line);
    buf_add_c(out, is_cut_back ? "...\n" : "\n");
    if (at.col == 0) return;
    buf_add_c(out, is_cut_front ? INDENT "   " : INDENT);
    lead = bytes_of(line, before);
    rest = (struct str){line.p + lead, line.n - lead};
    rest.n = bytes_of(rest, marked);
    add_blank(out, (struct str){line.p, lead});
    add_carets(out, rest);
    buf_add_char(out, '\n');
}

/* FILE:LINE:COL: with what is known of it; nothing when the file is not. */
static void add_place(struct buf *out, struct src_pos at, const struct src_file *files,
                      size_t file_count)
{
    if (at.file >= file_count) return;
    add_shown(out, files[at.file].path);
    if (at.line > 0) {
        buf_add_char(out, ':');
        buf_add_int(out, at.line);
    }
    if (at.line > 0 && at.col > 0) {
        buf_add_char(out, ':');
        buf_add_int(out, at.col);
    }
    buf_add_char(out, ':');
}

static void add_place_source(struct buf *out, struct src_pos at, const struct src_file *files,
                             size_t file_count)
{
    if (at.file < file_count && at.line > 0)
        add_source(out, at, line_of(files[at.file].text, at.line));
}

/* A pattern with its places filled, hidden characters shown. */
static void add_sentence(struct buf *out, const char *pattern, const struct diag *d)
{
    struct buf sentence;

    buf_init(&sentence, 0);
    message_add(&sentence, pattern, d->args, d->arg_count);
    add_shown(out, buf_str(&sentence));
    if (sentence.failed) out->failed = true;
    buf_done(&sentence);
    buf_add_char(out, '\n');
}

void diag_render(struct buf *out, const struct diag *d, const struct src_file *files,
                 size_t file_count, enum lang lang)
{
    const struct message *m = d->message;

    add_place(out, d->at, files, file_count);
    if (d->at.file < file_count) buf_add_char(out, ' ');
    if (m->code) {
        buf_add_c(out, m->code);
        buf_add_char(out, ' ');
    }
    if (d->severity == SEVERITY_WARNING) buf_add_c(out, WORDS[lang].warning);
    add_sentence(out, m->text[lang], d);
    add_place_source(out, d->at, files, file_count);
    if (d->other.line > 0) {
        buf_add_c(out, WORDS[lang].see_also);
        add_place(out, d->other, files, file_count);
        buf_add_char(out, '\n');
        add_place_source(out, d->other, files, file_count);
    }
    if (d->heading.n > 0) {
        buf_add_c(out, WORDS[lang].under);
        add_shown(out, d->heading);
        buf_add_char(out, '\n');
    }
    if (m->hint[lang] && m->hint[lang][0]) {
        buf_add_c(out, WORDS[lang].hint);
        add_sentence(out, m->hint[lang], d);
    }
}
