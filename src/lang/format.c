/* The formatter: words, lines, and whole files.
 *
 * Names are translated by the dictionary, keywords and units by their tables; prose and texts in
 * quotes stay as they are. Invariant: parsing what was written gives the same tree. */
#include "lang/format_internal.h"

#include <string.h>

#include "base/date.h"

/* --- words ------------------------------------------------------------------------------------ */

void format_glued(struct format *f, struct str s)
{
    buf_add(&f->line, s);
    f->glue = false;
}

void format_word(struct format *f, struct str s)
{
    if (f->line.n > 0 && !f->glue) buf_add_char(&f->line, ' ');
    format_glued(f, s);
}

void format_kw(struct format *f, enum keyword kw)
{
    struct str s = keyword_str(kw, f->lang);
    if (s.n > 0) format_word(f, s);
}

void format_open(struct format *f, struct str s)
{
    format_word(f, s);
    f->glue = true;
}

void format_may_break(struct format *f)
{
    size_t at = f->line.n;
    char bytes[sizeof at];
    memcpy(bytes, &at, sizeof at);
    buf_add(&f->breaks, (struct str){bytes, sizeof bytes});
}

void format_comma(struct format *f)
{
    format_glued(f, STR(","));
    format_may_break(f);
}

void format_colon(struct format *f)
{
    format_glued(f, STR(":"));
}

/* --- lines ------------------------------------------------------------------------------------ */

static void indent_add(struct format *f, int32_t blanks)
{
    for (int32_t i = 0; i < blanks; i++)
        buf_add_char(f->out, ' ');
}

static size_t break_at(const struct format *f, size_t i)
{
    size_t at;
    memcpy(&at, f->breaks.p + i * sizeof at, sizeof at);
    return at;
}

/* Fill each line up to LINE_WIDTH; lines that go on are indented by two levels more. */
static void line_wrap(struct format *f, struct str line)
{
    size_t count = f->breaks.n / sizeof(size_t), start = 0;
    size_t used = (size_t)f->indent;
    for (size_t i = 0; i <= count; i++) {
        size_t from = i == 0 ? 0 : break_at(f, i - 1);
        size_t to = i == count ? line.n : break_at(f, i);
        struct str piece = {line.p + from, to - from};
        size_t width = text_width(piece);
        if (i > 0 && used + width > LINE_WIDTH && piece.n > 0) {
            buf_add(f->out, (struct str){line.p + start, from - start});
            buf_add_char(f->out, '\n');
            indent_add(f, f->indent + 4);
            start = from + 1; /* the blank becomes the line end */
            used = (size_t)f->indent + 4 + width - 1;
        } else {
            used += width;
        }
    }
    buf_add(f->out, (struct str){line.p + start, line.n - start});
}

void format_line_end(struct format *f)
{
    struct str line = buf_str(&f->line);
    if (f->line.failed || f->breaks.failed) {
        f->out->failed = true;
        return;
    }
    indent_add(f, f->indent);
    if ((size_t)f->indent + text_width(line) <= LINE_WIDTH)
        buf_add(f->out, line);
    else
        line_wrap(f, line);
    buf_add_char(f->out, '\n');
    f->line.n = 0;
    f->breaks.n = 0;
    f->glue = false;
}

/* --- names and texts -------------------------------------------------------------------------- */

static void name_quoted(struct format *f, struct str name, bool any_word)
{
    bool plain = name_is_plain_zh(name) || name_is_ascii(name);
    if (plain && (any_word || !word_is_reserved(&f->words, name))) {
        format_word(f, name);
        return;
    }
    format_word(f, STR("「"));
    format_glued(f, name);
    format_glued(f, STR("」"));
}

/* The word for `name` in the language written: never {NULL, 0}. */
static struct str name_in(const struct format *f, struct str name)
{
    struct str ascii = names_to_ascii(f->names, name);
    if (!ascii.p) return name; /* not declared: stays as it is */
    if (f->lang == LANG_EN) return ascii;
    struct str zh = names_to_zh(f->names, ascii);
    return zh.p && name_is_quotable(zh) ? zh : ascii;
}

void format_name(struct format *f, struct str name, bool any_word)
{
    name_quoted(f, name_in(f, name), any_word);
}

void format_decl(struct format *f, const struct ast *decl, bool any_word)
{
    bool zh = f->lang == LANG_ZH;
    name_quoted(f, zh ? decl->alt : decl->name, any_word);
    format_open(f, STR("("));
    name_quoted(f, zh ? decl->name : decl->alt, true);
    format_glued(f, STR(")"));
}

void format_string(struct format *f, struct str s)
{
    bool has_quote = s.n > 0 && memchr(s.p, '"', s.n) != NULL;
    format_word(f, has_quote ? STR("“") : STR("\""));
    format_glued(f, s);
    format_glued(f, has_quote ? STR("”") : STR("\""));
}

void format_label(struct format *f, struct str zh, struct str en)
{
    format_string(f, zh);
    if (en.n == 0) return;
    format_word(f, STR("/"));
    format_string(f, en);
}

/* --- dates and numbers ------------------------------------------------------------------------ */

/* Add what `b` holds as one word and give it back. */
static void buf_word(struct format *f, struct buf *b)
{
    if (b->failed) f->out->failed = true;
    format_word(f, buf_str(b));
    buf_done(b);
}

void format_day(struct format *f, int64_t day)
{
    struct buf b;
    buf_init(&b, 0);
    if (f->lang == LANG_ZH)
        date_add_text_zh(&b, (int32_t)day);
    else
        date_add_text(&b, (int32_t)day);
    buf_word(f, &b);
}

void format_dates(struct format *f, const struct ast *n)
{
    format_kw(f, KW_FROM);
    format_day(f, n->num);
    if (n->den == DATE_OPEN_END) {
        format_kw(f, KW_SINCE);
        return;
    }
    format_kw(f, f->lang == LANG_ZH ? KW_SINCE_TO : KW_TO);
    format_day(f, n->den);
    format_kw(f, KW_UNTIL);
}

static void month_word(struct format *f, int64_t month)
{
    struct buf b;
    buf_init(&b, 0);
    if (f->lang == LANG_EN) {
        month_add_text(&b, (int32_t)month);
    } else {
        buf_add_int(&b, month / 12);
        buf_add_c(&b, "年");
        buf_add_int(&b, month % 12 + 1);
        buf_add_c(&b, "月");
    }
    buf_word(f, &b);
}

static void unit_word(struct format *f, const struct ast *n)
{
    bool declared = n->unit == UNIT_DECLARED;
    struct str unit = declared
                          ? name_in(f, n->unit_name)
                          : str_from_c(unit_text(n->unit, f->lang, n->num == 1 && n->den == 1));
    bool glued = f->lang == LANG_ZH || n->unit == UNIT_POINTS || n->unit == UNIT_PERCENT ||
                 (declared && word_is_reserved(&f->words, unit));
    if (glued)
        format_glued(f, unit);
    else
        format_word(f, unit);
}

void format_literal(struct format *f, const struct ast *n)
{
    struct buf b;
    if (n->unit == UNIT_DATE || n->unit == UNIT_MONTH) {
        if (n->unit == UNIT_DATE)
            format_day(f, n->num);
        else
            month_word(f, n->num);
        return;
    }
    buf_init(&b, 0);
    if (n->unit == UNIT_RATIO) {
        buf_add_int(&b, n->num);
        buf_add_char(&b, '/');
        buf_add_int(&b, n->den);
    } else {
        decimal_add_short(&b, n->num, n->den);
    }
    buf_word(f, &b);
    if (n->unit != UNIT_NONE && n->unit != UNIT_RATIO) unit_word(f, n);
}

/* --- files ------------------------------------------------------------------------------------ */

/* Prose as it is, but for carriage returns and a missing line end. */
static void prose(struct format *f, struct str text)
{
    size_t start = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\r') continue;
        buf_add(f->out, (struct str){text.p + start, i - start});
        start = i + 1;
    }
    buf_add(f->out, (struct str){text.p + start, text.n - start});
    if (text.n > 0 && text.p[text.n - 1] != '\n') buf_add_char(f->out, '\n');
}

static void item(struct format *f, const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_PROSE:
        prose(f, n->name);
        break;
    case AST_FENCE_OPEN:
        buf_add(f->out, n->name);
        buf_add_c(f->out, f->lang == LANG_ZH ? "规则\n" : "rules\n");
        break;
    case AST_FENCE_CLOSE:
        buf_add(f->out, n->name);
        buf_add_char(f->out, '\n');
        break;
    case AST_BLANK:
        buf_add_char(f->out, '\n');
        break;
    default:
        format_statement(f, n);
        break;
    }
}

enum err format_file(const struct ast_file *file, const struct names *n, enum lang lang,
                     struct buf *out)
{
    struct format f = {.out = out, .names = n, .lang = lang};
    word_index_init(&f.words, lang);
    buf_init(&f.line, 0);
    buf_init(&f.breaks, 0);
    buf_add_c(out, lang == LANG_ZH ? "规则语言 中文 1\n" : "rules en 1\n");
    for (size_t i = 0; i < file->item_count; i++)
        item(&f, file->items[i]);
    buf_done(&f.line);
    buf_done(&f.breaks);
    return buf_err(out);
}
