/* The parser's state: tokens, findings, lines and nodes.
 *
 * Recovery: the first error of a logical line is reported, the rest of the line is skipped (every
 * question about the current token is then answered as at the line's end), and parsing goes on with
 * the next line. So each statement and each row reports at most one error, and none hides another.
 * Invariants: no function here or above returns NULL for a node: without memory it is
 * &p->nobody, and `no_memory` ends the parse. Recursion is bounded by parser_enter, the tree's
 * height by parser_close. */
#include "lang/front_internal.h"

#include <string.h>

/* --- what is expected, in words --------------------------------------------------------------- */

static const char *const what_text[WHAT_COUNT_OF][LANG_COUNT] = {
    [WHAT_NAME] = {"一个名称", "a name"},
    [WHAT_FIELD] = {"一个栏目的名称", "the name of a field"},
    [WHAT_NUMBER] = {"一个带单位的数", "a number with its unit"},
    [WHAT_POINTS] = {"分值（如 20分）或者参数的名称",
                     "points (such as 20pt) or the name of a parameter"},
    [WHAT_DATE] = {"一个日期（如 2026年7月1日）", "a date (such as 2026-07-01)"},
    [WHAT_STRING] = {"引号里的文字", "text in quotes"},
    [WHAT_VALUE] = {"一个数、名称或者算式", "a number, a name or a calculation"},
    [WHAT_WORD] = {"一个英文小写的状态词", "a status word in lower-case letters"},
    [WHAT_CODE] = {"六位行政区划代码", "a six-digit division code"},
    [WHAT_TYPE] = {"栏目的类型（如 日期、整数、等级的名称）",
                   "the type of the field (such as date, integer, the name of levels)"},
    [WHAT_UNIT_1] = {"一个单位", "a unit"},
    [WHAT_COLON] = {"冒号 :", "a colon :"},
    [WHAT_COMMA] = {"逗号 ,", "a comma ,"},
    [WHAT_RIGHT] = {"右括号 )", "a closing bracket )"},
    [WHAT_LEFT] = {"左括号 (", "an opening bracket ("},
    [WHAT_RIGHT_BRACE] = {"右花括号 }", "a closing brace }"},
    [WHAT_DOT] = {"登记和栏目之间的点（登记.栏目）",
                  "a point between register and field (register.field)"},
    [WHAT_EQUAL] = {"等号 =", "an equals sign ="},
    [WHAT_LESS] = {"小于号 <", "a sign <"},
    [WHAT_ROUNDING] = {"取整的方法：四舍五入、去尾或者进一",
                       "how to round: rounded half up, rounded down or rounded up"},
    [WHAT_SCALE] = {"0.01分、0.001分或者0.0001分", "0.01pt, 0.001pt or 0.0001pt"},
    [WHAT_LAYER] = {"省、市或者县", "province, city or county"},
    [WHAT_FORCE] = {"生效或者失效", "in force or void"},
    [WHAT_STATE] = {"是、否或者未知", "yes, no or unknown"},
    [WHAT_MONTH_RULE] = {"取月末或者取次日", "clamped or next day"},
    [WHAT_EMPTY] = {"至今、早已或者未知", "open, always or unknown"},
    [WHAT_PROPERTY] = {"单调、置换、拆分，或者一个名称加至多、至少",
                       "monotone, permute, split, or a name with at most, at least"},
    [WHAT_BOUND] = {"界限（如 35周岁 以上、不足 60周岁）",
                    "bounds (such as 35 years_old or more, less than 60 years_old)"},
    [WHAT_MEMBER] = {"一个成员的名称", "the name of a member"},
    [WHAT_LENGTH] = {"几年或者几个月", "a number of years or months"},
};

/* --- tokens ----------------------------------------------------------------------------------- */

static const struct token end_token = {.kind = TOKEN_END};

const struct token *parser_after(const struct parser *p, size_t n)
{
    if (p->no_memory || p->lx.no_memory || p->lx.count == 0) return &end_token;
    size_t last = p->lx.count - 1, at = p->panic ? last : p->at + n;
    return &p->lx.tokens[at < last ? at : last];
}

const struct token *parser_token(const struct parser *p)
{
    return parser_after(p, 0);
}

struct src_pos parser_pos(const struct parser *p, const struct token *t)
{
    return (struct src_pos){.file = p->lx.file, .line = t->line, .col = t->col, .chars = t->chars};
}

bool parser_at(const struct parser *p, enum token_kind k)
{
    return parser_token(p)->kind == k;
}

bool parser_at_kw(const struct parser *p, enum keyword kw)
{
    return parser_token(p)->kw == kw;
}

void parser_skip(struct parser *p)
{
    const struct token *t = parser_token(p);
    if (t->kind != TOKEN_END) p->at += t->span > 1 ? t->span : 1;
}

bool parser_accept(struct parser *p, enum token_kind k)
{
    if (!parser_at(p, k)) return false;
    if (k != TOKEN_END) p->at++;
    return true;
}

bool parser_accept_kw(struct parser *p, enum keyword kw)
{
    if (!parser_at_kw(p, kw)) return false;
    parser_skip(p);
    return true;
}

/* --- findings --------------------------------------------------------------------------------- */

void parser_error_args(struct parser *p, enum lang_msg m, struct src_pos at, struct src_pos other,
                       const struct str *args, size_t count)
{
    bool known = p->panic || p->lx.is_bad; /* the lexer has said what is wrong with the line */
    p->panic = true;
    if (known) return;
    diag_add(p->lx.diags, lang_message(m), SEVERITY_ERROR, at, other, args, count);
}

void parser_error(struct parser *p, enum lang_msg m, const struct token *t)
{
    struct str arg = t->whole;
    if (t->kind == TOKEN_BAD) p->panic = true; /* the lexer has said what is wrong */
    parser_error_args(p, m, parser_pos(p, t), (struct src_pos){0}, &arg, 1);
}

/* How the current token reads, for "found …". */
static struct str token_words(const struct parser *p, const struct token *t)
{
    if (t->kind == TOKEN_END) return p->lang == LANG_ZH ? STR("行尾") : STR("the end of the line");
    return t->whole;
}

/* A keyword at the front or back of a Chinese word: 年龄至少, 至少三. Pieces to *ret. */
static bool word_apart(struct str word, struct str *ret_front, struct str *ret_back)
{
    struct str best = {NULL, 0};
    bool at_front = false;
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str k = keyword_str((enum keyword)kw, LANG_ZH);
        if (k.n < 6 || k.n + 6 > word.n || k.n <= best.n) continue; /* two characters must stay */
        struct str tail = {word.p + word.n - k.n, k.n};
        if (!str_starts(word, k) && !str_eq(tail, k)) continue;
        best = k;
        at_front = str_starts(word, k);
    }
    if (best.n == 0) return false;
    size_t cut = at_front ? best.n : word.n - best.n;
    *ret_front = (struct str){word.p, cut};
    *ret_back = (struct str){word.p + cut, word.n - cut};
    return true;
}

/* The mistake may be in the word before: 周岁至少 30, or in this one. Report it as that. */
static bool expected_apart(struct parser *p, const struct token *t)
{
    const struct token *before = p->at > 0 ? &p->lx.tokens[p->at - 1] : t;
    const struct token *tries[] = {t, before};
    for (size_t i = 0; i < 2; i++) {
        struct str pieces[3];
        if (tries[i]->kind != TOKEN_WORD || tries[i]->kw != KW_NONE) continue;
        if (!word_apart(tries[i]->text, &pieces[1], &pieces[2])) continue;
        pieces[0] = tries[i]->text;
        parser_error_args(p, MSG_WORD_APART, parser_pos(p, tries[i]), (struct src_pos){0}, pieces,
                          3);
        return true;
    }
    return false;
}

/* A keyword of the other language stands where one of this is due. */
static bool expected_foreign(struct parser *p, const struct token *t)
{
    enum lang other = p->lang == LANG_ZH ? LANG_EN : LANG_ZH;
    if (t->kind != TOKEN_WORD || t->kw != KW_NONE) return false;
    enum keyword kw = keyword_find(t->text, other);
    struct str own = kw ? keyword_str(kw, p->lang) : (struct str){NULL, 0};
    if (own.n == 0) return false;
    struct str args[] = {t->text, own};
    parser_error_args(p, MSG_KEYWORD_OTHER_LANGUAGE, parser_pos(p, t), (struct src_pos){0}, args,
                      2);
    return true;
}

/* `may_misspell`: a keyword is due, so that one close to what was found is worth naming. */
static void expected_text(struct parser *p, struct str wanted, bool may_misspell)
{
    const struct token *t = parser_token(p);
    if (p->panic || p->no_memory || p->lx.no_memory || t->kind == TOKEN_BAD) {
        p->panic = true; /* whoever asks in a loop must see the line's end */
        return;
    }
    if (expected_foreign(p, t) || expected_apart(p, t)) return;
    struct str found = token_words(p, t);
    bool word = may_misspell && t->kind == TOKEN_WORD && t->kw == KW_NONE;
    enum keyword near = word ? keyword_nearest(t->text, p->lang) : KW_NONE;
    struct str args[] = {wanted, found, near ? keyword_str(near, p->lang) : (struct str){NULL, 0}};
    parser_error_args(p, near ? MSG_EXPECTED_NEAR : MSG_EXPECTED, parser_pos(p, t),
                      (struct src_pos){0}, args, 3);
}

void parser_expected(struct parser *p, enum what w)
{
    bool no_keyword = w == WHAT_NAME || w == WHAT_FIELD || w == WHAT_NUMBER || w == WHAT_DATE ||
                      w == WHAT_STRING || w == WHAT_WORD || w == WHAT_CODE;
    expected_text(p, str_from_c(what_text[w][p->lang]), !no_keyword);
}

bool parser_expect(struct parser *p, enum token_kind k, enum what w)
{
    if (parser_accept(p, k)) return true;
    parser_expected(p, w);
    return false;
}

bool parser_expect_kw(struct parser *p, enum keyword kw)
{
    if (parser_accept_kw(p, kw)) return true;
    expected_text(p, keyword_str(kw, p->lang), true);
    return false;
}

/* --- lines ------------------------------------------------------------------------------------ */

bool parser_line_below(const struct parser *p, int32_t base)
{
    return p->lx.has_line && !p->no_memory && p->lx.indent > base;
}

/* The line should have ended before the current token. */
void parser_leftover(struct parser *p)
{
    const struct token *t = parser_token(p);
    if (t->kind == TOKEN_END || p->panic || p->lx.is_bad) return;
    if (t->kind == TOKEN_RIGHT || t->kind == TOKEN_RIGHT_BRACE) {
        parser_error(p, MSG_BRACKET_CLOSE, t);
        return;
    }
    if (expected_foreign(p, t) || expected_apart(p, t)) return;
    enum keyword near =
        t->kind == TOKEN_WORD && t->kw == KW_NONE ? keyword_nearest(t->text, p->lang) : KW_NONE;
    struct str args[] = {t->whole, near ? keyword_str(near, p->lang) : (struct str){NULL, 0}};
    parser_error_args(p, near ? MSG_LEFTOVER_NEAR : MSG_LEFTOVER, parser_pos(p, t),
                      (struct src_pos){0}, args, 2);
}

void parser_line_end(struct parser *p)
{
    parser_leftover(p);
    lexer_next(&p->lx);
    p->no_memory |= p->lx.no_memory;
    p->at = 0;
    p->panic = false;
}

void parser_line_report(struct parser *p, enum lang_msg m)
{
    const struct token *t = &p->lx.tokens[0];
    struct src_pos at = parser_pos(p, t);
    diag_add(p->lx.diags, lang_message(m), SEVERITY_ERROR, at, (struct src_pos){0}, &t->whole, 1);
}

void parser_skip_block(struct parser *p, int32_t base)
{
    while (parser_line_below(p, base)) {
        p->panic = true; /* silently */
        parser_line_end(p);
    }
}

void parser_rows(struct parser *p, int32_t base, void (*row)(struct parser *p))
{
    struct src_pos header = parser_pos(p, &p->lx.tokens[0]);
    parser_leftover(p);
    bool failed = p->panic;
    parser_line_end(p);
    if (p->no_memory) return;
    if (!parser_line_below(p, base)) {
        p->panic = failed;
        parser_error_args(p, MSG_BLOCK_MISSING, header, (struct src_pos){0}, NULL, 0);
        p->panic = false;
        return;
    }
    int32_t level = p->lx.indent;
    if (level != base + 2) parser_line_report(p, MSG_INDENT);
    while (parser_line_below(p, base)) {
        if (p->lx.indent != level) parser_line_report(p, MSG_INDENT);
        row(p);
    }
}

/* --- nodes ------------------------------------------------------------------------------------ */

struct ast *parser_node_at(struct parser *p, enum ast_kind kind, struct src_pos pos)
{
    struct ast *n = p->no_memory ? NULL : ARENA_NEW(p->lx.arena, struct ast);
    if (!n) {
        p->no_memory = true;
        return &p->nobody;
    }
    n->kind = kind;
    n->pos = pos;
    n->den = 1;
    return n;
}

struct ast *parser_node(struct parser *p, enum ast_kind kind)
{
    return parser_node_at(p, kind, parser_pos(p, parser_token(p)));
}

void parser_push(struct parser *p, struct ast *kid)
{
    if (p->kid_count == p->kid_cap) {
        size_t cap = p->kid_cap ? p->kid_cap * 2 : 256;
        void *grown = arena_grow(p->lx.arena, p->kids, p->kid_cap, cap, sizeof *p->kids);
        if (!grown) {
            p->no_memory = true;
            return;
        }
        p->kids = grown;
        p->kid_cap = cap;
    }
    p->kids[p->kid_count++] = kid;
}

/* Widen a node's place to the whole construct, as far as it stands on one line. */
static void node_widen(struct ast *n, const struct ast *kid)
{
    if (n->pos.line != kid->pos.line || kid->pos.col < n->pos.col) return;
    uint32_t end = kid->pos.col + kid->pos.chars;
    if (end > n->pos.col + n->pos.chars) n->pos.chars = end - n->pos.col;
}

struct ast *parser_close(struct parser *p, struct ast *n, size_t mark)
{
    INVARIANT(mark <= p->kid_count || p->no_memory);
    size_t count = p->no_memory ? 0 : p->kid_count - mark;
    struct ast **kids = count ? ARENA_ARRAY(p->lx.arena, struct ast *, count) : NULL;
    if (p->no_memory || n == &p->nobody || (count && !kids)) {
        p->no_memory = true;
        return &p->nobody;
    }
    for (size_t i = 0; i < count; i++) {
        kids[i] = p->kids[mark + i];
        if (kids[i]->height + 1 > n->height) n->height = kids[i]->height + 1;
        node_widen(n, kids[i]);
    }
    p->kid_count = mark;
    n->kids = kids;
    n->kid_count = count;
    if (n->height > AST_DEPTH_MAX) {
        parser_error_args(p, MSG_TOO_DEEP, n->pos, (struct src_pos){0}, NULL, 0);
        return parser_node_at(p, AST_ERROR, n->pos);
    }
    return n;
}

struct ast *parser_node_1(struct parser *p, enum ast_kind kind, struct src_pos pos, struct ast *a)
{
    size_t mark = p->kid_count;
    parser_push(p, a);
    return parser_close(p, parser_node_at(p, kind, pos), mark);
}

struct ast *parser_node_2(struct parser *p, enum ast_kind kind, struct src_pos pos, struct ast *a,
                          struct ast *b)
{
    size_t mark = p->kid_count;
    parser_push(p, a);
    parser_push(p, b);
    return parser_close(p, parser_node_at(p, kind, pos), mark);
}

bool parser_enter(struct parser *p)
{
    if (p->depth >= PARSE_DEPTH_MAX) {
        parser_error_args(p, MSG_TOO_DEEP, parser_pos(p, parser_token(p)), (struct src_pos){0},
                          NULL, 0);
        return false;
    }
    p->depth++;
    return true;
}

void parser_leave(struct parser *p)
{
    INVARIANT(p->depth > 0);
    p->depth--;
}

struct ast *ast_find(const struct ast *n, enum ast_kind kind)
{
    for (size_t i = 0; i < n->kid_count; i++)
        if (n->kids[i]->kind == kind) return n->kids[i];
    return NULL;
}
