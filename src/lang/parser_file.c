/* A whole file: first line, Markdown, fences, headings; the statements in between.
 *
 * Only fences whose info word is 规则 or rules are code. Prose is kept byte by byte, one node per
 * run between headings and fences, so that formatting loses nothing.
 * Invariants: items and headings have the same length; every byte of the file after the first line
 * belongs to exactly one item. */
#include "lang/front_internal.h"

#include <string.h>

#define HEADING_LEVELS 6
#define HEADING_BYTES_MAX 300 /* of one heading in a path; longer ones are cut */

struct splitter {
    struct parser p;
    struct ast_file *out;
    size_t item_cap;
    size_t at;     /* start of the line looked at */
    uint32_t line; /* its number */
    size_t prose;  /* start of the prose not yet made a node */
    uint32_t prose_line;
    struct str levels[HEADING_LEVELS]; /* headings open now; n == 0 = none */
    struct str heading;                /* their path */
    struct str prose_heading;          /* the path of the pending prose */
};

/* --- items ------------------------------------------------------------------------------------ */

static void item_add(struct splitter *s, struct ast *n, struct str heading)
{
    struct ast_file *f = s->out;
    struct arena *a = s->p.lx.arena;
    if (f->item_count == s->item_cap) {
        size_t cap = s->item_cap ? s->item_cap * 2 : 64;
        void *items = arena_grow(a, f->items, s->item_cap, cap, sizeof *f->items);
        void *paths = arena_grow(a, f->headings, s->item_cap, cap, sizeof *f->headings);
        if (!items || !paths) {
            s->p.no_memory = true;
            return;
        }
        f->items = items;
        f->headings = paths;
        s->item_cap = cap;
    }
    f->items[f->item_count] = n;
    f->headings[f->item_count++] = heading;
}

static struct src_pos line_pos(const struct splitter *s, uint32_t line)
{
    return (struct src_pos){.file = s->out->file, .line = line, .col = 1, .chars = 1};
}

static void item_text(struct splitter *s, enum ast_kind kind, uint32_t line, struct str text,
                      struct str heading)
{
    struct ast *n = parser_node_at(&s->p, kind, line_pos(s, line));
    if (s->p.no_memory) return;
    n->name = text;
    item_add(s, n, heading);
}

static void prose_flush(struct splitter *s)
{
    struct str text = {s->p.lx.text.p + s->prose, s->at - s->prose};
    if (text.n > 0) item_text(s, AST_PROSE, s->prose_line, text, s->prose_heading);
    s->prose = s->at;
    s->prose_line = s->line;
    s->prose_heading = s->heading;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The line at `at` without its end; *ret_next = where the next begins. */
static struct str line_at(struct str text, size_t at, size_t *ret_next)
{
    const char *nl = memchr(text.p + at, '\n', text.n - at);
    size_t end = nl ? (size_t)(nl - text.p) : text.n;
    *ret_next = nl ? end + 1 : end;
    if (end > at && text.p[end - 1] == '\r') end--;
    return (struct str){text.p + at, end - at};
}

static void line_next(struct splitter *s)
{
    size_t next;
    (void)line_at(s->p.lx.text, s->at, &next);
    s->at = next;
    s->line++;
}

static size_t run_of(struct str line, size_t at, char c)
{
    size_t n = 0;
    while (at + n < line.n && line.p[at + n] == c)
        n++;
    return n;
}

/* A fence: marker character, its length, the bytes before the info word, the info word. */
struct fence {
    char mark;
    size_t length;
    struct str open; /* "```" with the blanks around it */
    struct str info, rest;
};

static bool fence_at(struct str line, struct fence *ret)
{
    size_t blanks = run_of(line, 0, ' ');
    if (blanks > 3 || blanks >= line.n) return false;
    char mark = line.p[blanks];
    size_t n = mark == '`' || mark == '~' ? run_of(line, blanks, mark) : 0;
    if (n < 3) return false;
    size_t info = blanks + n;
    info += run_of(line, info, ' ');
    struct str rest = str_trim((struct str){line.p + info, line.n - info});
    if (mark == '`' && memchr(rest.p, '`', rest.n)) return false; /* code inside a line */
    const char *blank = memchr(rest.p, ' ', rest.n);
    size_t word = blank ? (size_t)(blank - rest.p) : rest.n;
    *ret = (struct fence){.mark = mark,
                          .length = n,
                          .open = {line.p, rest.n ? info : blanks + n},
                          .info = {rest.p, word},
                          .rest = {rest.p + word, rest.n - word}};
    return true;
}

static bool fence_closes(struct str line, const struct fence *f)
{
    size_t blanks = run_of(line, 0, ' ');
    if (blanks > 3) return false;
    size_t n = run_of(line, blanks, f->mark);
    return n >= f->length &&
           str_trim((struct str){line.p + blanks + n, line.n - blanks - n}).n == 0;
}

static bool info_is_code(struct str info)
{
    return str_eq(info, STR("规则")) || str_eq(info, STR("rules"));
}

/* --- headings --------------------------------------------------------------------------------- */

/* Level 1..6 of an ATX heading and its text; 0 when the line is none. */
static size_t heading_at(struct str line, struct str *ret)
{
    size_t blanks = run_of(line, 0, ' '), n = run_of(line, blanks, '#');
    size_t at = blanks + n;
    if (blanks > 3 || n == 0 || n > HEADING_LEVELS) return 0;
    if (at < line.n && line.p[at] != ' ' && line.p[at] != '\t') return 0;
    struct str text = str_trim((struct str){line.p + at, line.n - at});
    size_t end = text.n;
    while (end > 0 && text.p[end - 1] == '#')
        end--;
    if (end < text.n && (end == 0 || text.p[end - 1] == ' ')) text.n = end;
    *ret = str_trim(text);
    return n;
}

static void heading_enter(struct splitter *s, size_t level, struct str text)
{
    size_t n = 0, at = 0;
    if (text.n > HEADING_BYTES_MAX) {
        text.n = HEADING_BYTES_MAX;
        while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
            text.n--;
    }
    s->levels[level - 1] = text;
    for (size_t i = level; i < HEADING_LEVELS; i++)
        s->levels[i].n = 0;
    for (size_t i = 0; i < level; i++)
        n += s->levels[i].n ? s->levels[i].n + 3 : 0;
    char *path = ARENA_ARRAY(s->p.lx.arena, char, n + 1);
    if (!path) {
        s->p.no_memory = true;
        return;
    }
    for (size_t i = 0; i < level; i++) {
        if (s->levels[i].n == 0) continue;
        if (at > 0) {
            memcpy(path + at, " / ", 3);
            at += 3;
        }
        memcpy(path + at, s->levels[i].p, s->levels[i].n);
        at += s->levels[i].n;
    }
    s->heading = (struct str){path, at};
}

/* --- code ------------------------------------------------------------------------------------- */

static void blank_add(struct splitter *s)
{
    struct parser *p = &s->p;
    item_text(s, AST_BLANK, p->lx.tokens[0].line - 1, (struct str){NULL, 0}, s->heading);
}

/* The statements of the text from `at` to `end`. */
static void code_parse(struct splitter *s, size_t end)
{
    struct parser *p = &s->p;
    struct str whole = p->lx.text;
    struct str code = chars_fold(p->lx.arena, (struct str){whole.p + s->at, end - s->at});
    if (!code.p && end > s->at) {
        p->no_memory = true;
        return;
    }
    p->lx.text = code;
    p->lx.at = 0;
    p->lx.end = code.n;
    p->lx.line = s->line;
    p->at = 0;
    p->panic = false;
    lexer_next(&p->lx);
    bool first = true;
    while (p->lx.has_line && !p->no_memory) {
        if (p->lx.blank_above && !first) blank_add(s);
        first = false;
        struct ast *n = parse_statement(p);
        p->no_memory |= p->lx.no_memory;
        if (!p->no_memory) item_add(s, n, s->heading);
    }
    p->no_memory |= p->lx.no_memory;
    p->lx.text = whole;
}

static void report(struct splitter *s, enum lang_msg m, enum severity severity, struct src_pos at,
                   struct str a0, struct str a1)
{
    struct str args[] = {a0, a1};
    diag_add(s->p.lx.diags, lang_message(m), severity, at, (struct src_pos){0}, args, 2);
}

/* From an opening fence to its end; a code fence becomes items, any other stays prose. */
static void fence_take(struct splitter *s, const struct fence *f)
{
    struct str text = s->p.lx.text;
    bool code = info_is_code(f->info), closed = false;
    uint32_t open_line = s->line;
    if (code) {
        prose_flush(s);
        item_text(s, AST_FENCE_OPEN, s->line, f->open, s->heading);
        if (f->rest.n > 0)
            report(s, MSG_FENCE_REST, SEVERITY_ERROR, line_pos(s, s->line), str_trim(f->rest),
                   (struct str){NULL, 0});
    }
    line_next(s);
    size_t end = s->at, next = s->at;
    uint32_t lines = 0;
    while (end < text.n) {
        closed = fence_closes(line_at(text, end, &next), f);
        if (closed) break;
        end = next;
        lines++;
    }
    if (!closed)
        report(s, MSG_FENCE_OPEN, SEVERITY_ERROR, line_pos(s, open_line), f->open, f->info);
    if (code) code_parse(s, end);
    s->at = end;
    s->line += lines;
    struct str close = f->open;
    while (close.n > 0 && close.p[close.n - 1] == ' ')
        close.n--;
    if (code && closed) item_text(s, AST_FENCE_CLOSE, s->line, close, s->heading);
    if (closed) line_next(s);
    if (!code) return;
    s->prose = s->at;
    s->prose_line = s->line;
    s->prose_heading = s->heading;
}

/* A fence that is nearly one of rules would be silently skipped: say so. */
static void fence_doubt(struct splitter *s, const struct fence *f)
{
    struct str lower = str_copy(s->p.lx.arena, f->info);
    if (!lower.p) {
        s->p.no_memory = true;
        return;
    }
    bool near = f->info.n <= 16 && (text_distance(lower, STR("rules"), 3) <= 2 ||
                                    text_distance(lower, STR("RULES"), 3) <= 1 ||
                                    (lower.n >= 6 && text_distance(lower, STR("规则"), 2) <= 1) ||
                                    str_eq(lower, STR("规则语言")));
    if (f->info.n > 0 && near)
        report(s, MSG_FENCE_INFO, SEVERITY_WARNING, line_pos(s, s->line), f->info,
               s->out->lang == LANG_ZH ? STR("规则") : STR("rules"));
}

/* --- the file --------------------------------------------------------------------------------- */

static void split(struct splitter *s)
{
    struct str text = s->p.lx.text, heading;
    s->prose = s->at;
    s->prose_line = s->line;
    while (s->at < text.n && !s->p.no_memory) {
        size_t next;
        struct str line = line_at(text, s->at, &next);
        struct fence f;
        size_t level = heading_at(line, &heading);
        if (fence_at(line, &f)) {
            if (!info_is_code(f.info)) fence_doubt(s, &f);
            fence_take(s, &f);
            continue;
        }
        if (level > 0) {
            prose_flush(s);
            heading_enter(s, level, heading);
            s->prose_heading = s->heading;
        }
        line_next(s);
    }
    if (!s->p.no_memory) prose_flush(s);
}

/* 规则语言 中文 1, or rules en 1 */
static void first_line(struct splitter *s)
{
    struct str text = s->p.lx.text;
    size_t next = 0;
    struct str line = line_at(text, 0, &next);
    if (str_starts(line, STR("\xEF\xBB\xBF"))) line = (struct str){line.p + 3, line.n - 3};
    line = str_trim(line); /* the byte order mark is reported already */
    static const struct {
        struct str words;
        enum lang lang;
    } forms[] = {{{"规则语言 中文 ", sizeof "规则语言 中文 " - 1}, LANG_ZH},
                 {{"rules en ", sizeof "rules en " - 1}, LANG_EN}};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        if (!str_starts(line, forms[i].words)) continue;
        found = true;
        s->out->lang = forms[i].lang;
        struct str edition = {line.p + forms[i].words.n, line.n - forms[i].words.n};
        struct src_pos at = line_pos(s, 1);
        at.col = forms[i].lang == LANG_ZH ? 9 : 10; /* characters before the edition */
        if (!str_eq(edition, STR("1")))
            report(s, MSG_EDITION, SEVERITY_ERROR, at, edition, edition);
    }
    if (!found) {
        bool latin = line.n > 0 && line.p[0] >= 'a' && line.p[0] <= 'z';
        s->out->lang = latin && str_starts(line, STR("rules")) ? LANG_EN : LANG_ZH;
        report(s, MSG_FIRST_LINE, SEVERITY_ERROR, line_pos(s, 1), line, line);
        if (fence_at(line, &(struct fence){0}) || heading_at(line, &(struct str){0})) return;
    }
    s->at = next;
    s->line = 2;
}

/* The heading path above each finding of this file. */
static void headings_fill(const struct ast_file *f, struct diag_list *diags, size_t from)
{
    for (size_t i = from; i < diags->count; i++) {
        struct diag *d = &diags->items[i];
        if (d->at.file != f->file || d->heading.n > 0 || f->item_count == 0) continue;
        size_t lo = 0, hi = f->item_count; /* the last item that begins at or above the line */
        while (hi - lo > 1) {
            size_t mid = lo + (hi - lo) / 2;
            if (f->items[mid]->pos.line <= d->at.line)
                lo = mid;
            else
                hi = mid;
        }
        if (f->items[lo]->pos.line <= d->at.line) d->heading = f->headings[lo];
    }
}

static void too_big(const struct src_file *file, uint32_t index, struct diag_list *diags)
{
    (void)file;
    diag_add(diags, lang_message(MSG_FILE_TOO_BIG), SEVERITY_ERROR, (struct src_pos){.file = index},
             (struct src_pos){0}, NULL, 0);
}

enum err parse_file(struct arena *a, struct src_file *files, uint32_t index,
                    struct diag_list *diags, struct ast_file *ret)
{
    struct src_file *file = &files[index];
    struct ast_file f = {.file = index, .lang = LANG_ZH, .edition = 1};
    size_t before = diags->count;
    if (file->text.n > RULE_FILE_BYTES_MAX) {
        too_big(file, index, diags);
    } else if (chars_check(files, index, diags)) {
        struct splitter s = {.out = &f, .line = 1};
        s.p.lx.arena = a;
        s.p.lx.diags = diags;
        s.p.lx.text = file->text;
        s.p.lx.file = index;
        s.p.files = files;
        first_line(&s);
        s.p.lang = f.lang;
        word_index_init(&s.p.lx.words, f.lang);
        split(&s);
        if (s.p.no_memory || s.p.lx.no_memory) return ERR_NOMEM;
    }
    if (diags->out_of_memory) return ERR_NOMEM;
    headings_fill(&f, diags, before);
    file->lang = f.lang;
    *ret = f;
    return ERR_OK;
}
