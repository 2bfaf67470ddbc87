/* Parts of statements: declarations, names, labels, literals, dates, and modifiers.
 *
 * Modifiers may be written in any order; the tree has them in the order of ast.def. */
#include "lang/front_internal.h"

#include "base/date.h"

#include <string.h>

/* --- names ------------------------------------------------------------------------------------ */

/* Any word or quoted name, keyword or not. */
static bool word_any(struct parser *p, struct str *ret)
{
    const struct token *t = parser_token(p);
    if (t->kind != TOKEN_WORD && t->kind != TOKEN_QUOTED) return false;
    *ret = t->text;
    p->at++;
    return true;
}

/* An unquoted ASCII word must be a well-formed name. */
static bool name_shape(struct parser *p, const struct token *t)
{
    if (t->kind != TOKEN_WORD || name_is_plain_zh(t->text) || name_is_ascii(t->text)) return true;
    parser_error(p, MSG_NAME_SHAPE, t);
    return false;
}

static struct ast *name_node(struct parser *p, const struct token *t, bool any_word)
{
    struct ast *n = parser_node_at(p, AST_NAME, parser_pos(p, t));
    if (t->kind == TOKEN_WORD && t->kw != KW_NONE && !any_word) {
        parser_error(p, MSG_NAME_IS_KEYWORD, t);
        return n;
    }
    if (!name_shape(p, t)) return n;
    struct str text;
    if (word_any(p, &text)) n->name = text;
    return n;
}

static bool at_word(const struct parser *p)
{
    return parser_at(p, TOKEN_WORD) || parser_at(p, TOKEN_QUOTED);
}

struct ast *parse_name(struct parser *p)
{
    if (at_word(p)) return name_node(p, parser_token(p), false);
    struct ast *n = parser_node(p, AST_NAME);
    parser_expected(p, WHAT_NAME);
    return n;
}

struct ast *parse_field_name(struct parser *p)
{
    if (at_word(p)) return name_node(p, parser_token(p), true);
    struct ast *n = parser_node(p, AST_NAME);
    parser_expected(p, WHAT_FIELD);
    return n;
}

struct ast *parse_field_of(struct parser *p)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    struct ast *reg = parse_name(p);
    parser_expect(p, TOKEN_DOT, WHAT_DOT);
    return parser_node_2(p, AST_FIELD_OF, pos, reg, parse_field_name(p));
}

bool parse_word(struct parser *p, struct str *ret)
{
    const struct token *t = parser_token(p);
    if (t->kind == TOKEN_WORD && name_is_ascii(t->text)) return word_any(p, ret);
    parser_expected(p, WHAT_WORD);
    return false;
}

/* 中文 (ascii), or ascii (中文) in an English file. */
struct ast *parse_decl(struct parser *p)
{
    struct ast *n = parser_node(p, AST_DECL_NAME);
    const struct token *t = parser_token(p);
    struct str first, second;
    if (!at_word(p)) {
        parser_expected(p, WHAT_NAME);
        return n;
    }
    bool keyword = t->kind == TOKEN_WORD && t->kw != KW_NONE;
    if (keyword && parser_after(p, t->span)->kind != TOKEN_LEFT) {
        parser_error(p, MSG_NAME_IS_KEYWORD, t);
        return n;
    }
    if (keyword && t->span > 1) {
        parser_error(p, MSG_NAME_IS_KEYWORD, t);
        return n;
    }
    if (!name_shape(p, t) || !word_any(p, &first)) return n;
    const struct token *u = parser_after(p, 1);
    bool pair = parser_at(p, TOKEN_LEFT) && (u->kind == TOKEN_WORD || u->kind == TOKEN_QUOTED);
    if (!pair) {
        parser_error(p, MSG_DECL_PAIR, t);
        return n;
    }
    p->at++;
    if (!name_shape(p, u) || !word_any(p, &second)) return n;
    n->name = p->lang == LANG_ZH ? second : first;
    n->alt = p->lang == LANG_ZH ? first : second;
    bool shaped = name_is_ascii(n->name) && !name_is_ascii(n->alt);
    if (!shaped) parser_error(p, MSG_DECL_PAIR, t);
    parser_expect(p, TOKEN_RIGHT, WHAT_RIGHT);
    if (keyword) parser_error(p, MSG_NAME_IS_KEYWORD, t);
    return n;
}

bool parse_label(struct parser *p, struct str *ret_zh, struct str *ret_en)
{
    struct str zh = parser_token(p)->text, en = {NULL, 0};
    if (!parser_expect(p, TOKEN_STRING, WHAT_STRING)) return false;
    if (parser_accept(p, TOKEN_SLASH)) {
        en = parser_token(p)->text;
        if (!parser_expect(p, TOKEN_STRING, WHAT_STRING)) return false;
    }
    *ret_zh = zh;
    *ret_en = en;
    return true;
}

/* --- literals --------------------------------------------------------------------------------- */

/* The word after a number and a blank is its unit. Where the value that 每满 counts may follow, it is
 * the unit only if that value comes after it. */
static bool spaced_unit(const struct parser *p, bool may_lead_value)
{
    const struct token *t = parser_token(p), *next = parser_after(p, 1);
    bool call = next->kind == TOKEN_LEFT && next->glued && t->kw != KW_NONE;
    bool built_in = unit_find(t->text, p->lang) != UNIT_NONE;
    if (t->kind != TOKEN_WORD || next->kind == TOKEN_DOT || call) return false;
    if (!built_in && t->kw != KW_NONE) return false;
    return may_lead_value ? parser_at_primary(p, next) : true;
}

static struct ast *literal_ratio(struct parser *p, struct ast *n)
{
    const struct token *den = parser_after(p, 1);
    bool whole =
        n->den == 1 && den->kind == TOKEN_NUMBER && den->unit == UNIT_NONE && den->den == 1;
    p->at++;
    if (!whole || den->num == 0) {
        if (den->kind == TOKEN_NUMBER)
            parser_error(p, MSG_RATIO, den);
        else
            parser_expected(p, WHAT_NUMBER);
        return n;
    }
    p->at++;
    n->unit = UNIT_RATIO;
    n->den = den->num;
    n->pos.chars = den->line == n->pos.line ? den->col + den->chars - n->pos.col : n->pos.chars;
    return n;
}

struct ast *parse_literal(struct parser *p, bool may_lead_value)
{
    const struct token *t = parser_token(p);
    struct ast *n = parser_node(p, AST_LITERAL);
    bool number = t->kind == TOKEN_NUMBER;
    if (!number && t->kind != TOKEN_DATE && t->kind != TOKEN_MONTH) {
        parser_expected(p, WHAT_NUMBER);
        return n;
    }
    n->num = t->num;
    n->den = t->den;
    n->unit = t->unit;
    if (t->unit == UNIT_DECLARED) n->unit_name = t->text;
    p->at++;
    if (!number || t->unit != UNIT_NONE) return n;
    if (parser_at(p, TOKEN_SLASH)) return literal_ratio(p, n);
    if (!spaced_unit(p, may_lead_value)) return n;
    const struct token *u = parser_token(p);
    n->unit = unit_find(u->text, p->lang);
    if (n->unit == UNIT_NONE) {
        n->unit = UNIT_DECLARED;
        n->unit_name = u->text;
    }
    if (u->line == n->pos.line) n->pos.chars = u->col + u->chars - n->pos.col;
    p->at++;
    return n;
}

struct ast *parse_operand(struct parser *p)
{
    if (parser_at(p, TOKEN_NUMBER)) return parse_literal(p, false);
    if (at_word(p)) return parse_name(p);
    struct ast *n = parser_node(p, AST_ERROR);
    parser_expected(p, WHAT_POINTS);
    return n;
}

bool parse_day(struct parser *p, int32_t *ret)
{
    const struct token *t = parser_token(p);
    if (!parser_expect(p, TOKEN_DATE, WHAT_DATE)) return false;
    *ret = (int32_t)t->num;
    return true;
}

/* 自 DATE [起] [至 DATE [止]], 自 DATE 起至 DATE [止]. In an English file: from … to …. */
static void dates_into(struct parser *p, struct ast *n)
{
    int32_t first = 0, last = DATE_OPEN_END;
    const struct token *from = parser_after(p, parser_token(p)->span);
    if (!parser_expect_kw(p, KW_FROM) || !parse_day(p, &first)) return;
    bool closed = parser_accept_kw(p, KW_SINCE_TO);
    if (!closed) {
        (void)parser_accept_kw(p, KW_SINCE); /* may be left out */
        closed = parser_accept_kw(p, KW_TO);
    }
    const struct token *to = parser_token(p);
    if (closed && parse_day(p, &last)) {
        (void)parser_accept_kw(p, KW_UNTIL); /* may be left out */
        struct str args[] = {from->whole, to->whole};
        if (last < first)
            parser_error_args(p, MSG_DATES_ORDER, parser_pos(p, to), parser_pos(p, from), args, 2);
        if (to->line == n->pos.line) n->pos.chars = to->col + to->chars - n->pos.col;
    }
    n->num = first;
    n->den = last;
}

struct ast *parse_dates(struct parser *p)
{
    struct ast *n = parser_node(p, AST_DATES);
    dates_into(p, n);
    return n;
}

/* --- modifiers -------------------------------------------------------------------------------- */

/* Each is called with the current token on the modifier's keyword. */
static struct ast *mod_flag(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    n->kw = parser_token(p)->kw;
    parser_skip(p);
    return n;
}

/* Flags have no meaning of their own in `kw`. */
static struct ast *mod_plain(struct parser *p, enum ast_kind kind)
{
    struct ast *n = mod_flag(p, kind);
    n->kw = KW_NONE;
    return n;
}

static struct ast *mod_name(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    return parser_node_1(p, kind, pos, parse_name(p));
}

static struct ast *mod_operand(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    return parser_node_1(p, kind, pos, parse_operand(p));
}

static struct ast *mod_literal(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    return parser_node_1(p, kind, pos, parse_literal(p, false));
}

static struct ast *mod_range(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    struct ast *lo = parse_literal(p, false);
    parser_expect_kw(p, KW_TO);
    return parser_node_2(p, kind, pos, lo, parse_literal(p, false));
}

static struct ast *mod_dates(struct parser *p, enum ast_kind kind UNUSED)
{
    return parse_dates(p);
}

static struct ast *mod_when(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    return parser_node_1(p, kind, pos, parse_condition(p));
}

static struct ast *mod_open_to(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    do {
        if (parser_accept_kw(p, KW_CITY))
            n->num |= 1;
        else if (parser_accept_kw(p, KW_COUNTY))
            n->num |= 2;
        else
            parser_expected(p, WHAT_LAYER);
    } while (parser_accept(p, TOKEN_COMMA));
    return n;
}

static struct ast *mod_portable(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    n->kw = parser_token(p)->kw;
    if (!parser_accept_kw(p, KW_PROVINCE) && !parser_accept_kw(p, KW_CITY))
        parser_expected(p, WHAT_LAYER);
    return n;
}

static struct ast *mod_if_unknown(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    int32_t day = 0;
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_expect_kw(p, KW_FROM);
    if (parse_day(p, &day)) n->num = day;
    (void)parser_accept_kw(p, KW_SINCE); /* may be left out */
    parser_expect_kw(p, KW_COUNTS);
    parser_push(p, parse_operand(p));
    return parser_close(p, n, mark);
}

static struct ast *mod_label(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    (void)parse_label(p, &n->name, &n->alt); /* reported */
    return n;
}

static struct ast *mod_text(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    struct str text = parser_token(p)->text;
    if (parser_expect(p, TOKEN_STRING, WHAT_STRING)) n->name = text;
    return n;
}

/* 至多 N条 */
static struct ast *mod_max_records(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    struct ast *lit = parse_literal(p, false);
    bool fits = lit->den == 1 && (lit->unit == UNIT_RECORDS || lit->unit == UNIT_NONE);
    if (!fits) parser_error_args(p, MSG_RECORDS_LIMIT, lit->pos, (struct src_pos){0}, NULL, 0);
    n->num = lit->num;
    return n;
}

static struct ast *mod_day(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    int32_t day = 0;
    parser_skip(p);
    if (parse_day(p, &day)) n->num = day;
    return n;
}

static struct ast *mod_empty(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    n->kw = parser_token(p)->kw;
    if (!parser_accept_kw(p, KW_OPEN) && !parser_accept_kw(p, KW_ALWAYS) &&
        !parser_accept_kw(p, KW_UNKNOWN))
        parser_expected(p, WHAT_EMPTY);
    return n;
}

static struct ast *mod_window(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    size_t mark = p->kid_count;
    n->kw = parser_token(p)->kw;
    if (n->kw == KW_FROM) {
        dates_into(p, n);
        if (!p->panic && n->den == DATE_OPEN_END) parser_expect_kw(p, KW_TO);
        return n;
    }
    parser_skip(p);
    if (n->kw != KW_LAST && n->kw != KW_VALID_FOR) return n;
    struct ast *lit = parse_literal(p, false);
    bool fits = lit->den == 1 && (lit->unit == UNIT_YEARS || lit->unit == UNIT_MONTHS);
    if (!fits) parser_error_args(p, MSG_WINDOW_LENGTH, lit->pos, (struct src_pos){0}, NULL, 0);
    parser_push(p, lit);
    return parser_close(p, n, mark);
}

/* 同一 FIELD 取最高 */
static struct ast *mod_same(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    struct ast *field = parse_field_name(p);
    parser_expect_kw(p, KW_HIGHEST_OF);
    return parser_node_1(p, kind, pos, field);
}

/* 每年 封顶 A */
static struct ast *mod_year_cap(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    parser_expect_kw(p, KW_CAP);
    return parser_node_1(p, kind, pos, parse_operand(p));
}

/* 间断 至多 3个月 */
static struct ast *mod_gap(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    parser_expect_kw(p, KW_AT_MOST);
    return parser_node_1(p, kind, pos, parse_literal(p, false));
}

static struct ast *mod_if_none(struct parser *p, enum ast_kind kind)
{
    struct src_pos pos = parser_pos(p, parser_token(p));
    parser_skip(p);
    const struct token *t = parser_token(p);
    bool literal = t->kind == TOKEN_NUMBER || t->kind == TOKEN_DATE || t->kind == TOKEN_MONTH;
    return parser_node_1(p, kind, pos, literal ? parse_literal(p, false) : parse_name(p));
}

struct modifier {
    enum keyword kw;
    enum ast_kind kind;
    struct ast *(*parse)(struct parser *p, enum ast_kind kind);
};

static const struct modifier modifiers[] = {
    {KW_IN, AST_IN, mod_name},
    {KW_DEDUCTS, AST_DEDUCTS, mod_plain},
    {KW_SUM_OF, AST_COMBINE, mod_flag},
    {KW_HIGHEST_OF, AST_COMBINE, mod_flag},
    {KW_CAP, AST_CAP, mod_operand},
    {KW_CEILING, AST_CEILING, mod_literal},
    {KW_FLOOR, AST_FLOOR, mod_operand},
    {KW_OPEN_TO, AST_OPEN_TO, mod_open_to},
    {KW_PORTABLE, AST_PORTABLE, mod_portable},
    {KW_FROM, AST_DATES, mod_dates},
    {KW_FROM, AST_WINDOW, mod_window},
    {KW_LAST, AST_WINDOW, mod_window},
    {KW_VALID_FOR, AST_WINDOW, mod_window},
    {KW_THIS_YEAR, AST_WINDOW, mod_window},
    {KW_PREVIOUS_YEAR, AST_WINDOW, mod_window},
    {KW_EXCEPTION, AST_EXCEPTION, mod_name},
    {KW_MAY_VARY, AST_MAY_VARY, mod_plain},
    {KW_WHEN, AST_WHEN, mod_when},
    {KW_IF_UNKNOWN, AST_IF_UNKNOWN, mod_if_unknown},
    {KW_BECAUSE, AST_BECAUSE, mod_label},
    {KW_DIGEST, AST_DIGEST, mod_text},
    {KW_ONE_PER_PERSON, AST_ONE_PER_PERSON, mod_plain},
    {KW_NONE_UNKNOWN, AST_NONE_UNKNOWN, mod_plain},
    {KW_NO_OVERLAP, AST_NO_OVERLAP, mod_plain},
    {KW_AT_MOST, AST_MAX_RECORDS, mod_max_records},
    {KW_EVENT, AST_ROLE, mod_flag},
    {KW_START, AST_ROLE, mod_flag},
    {KW_END, AST_ROLE, mod_flag},
    {KW_EMPTY_IS, AST_EMPTY, mod_empty},
    {KW_RANGE, AST_RANGE, mod_range},
    {KW_CHANGEABLE, AST_CHANGEABLE, mod_plain},
    {KW_LEAD, AST_LEAD, mod_literal},
    {KW_EVIDENCE, AST_EVIDENCE, mod_label},
    {KW_DAY, AST_DAY_IS, mod_day},
    {KW_RULE_DAY, AST_RULE_DAY_IS, mod_day},
    {KW_DECREASING, AST_DECREASING, mod_plain},
    {KW_SAME, AST_SAME, mod_same},
    {KW_PER_YEAR, AST_YEAR_CAP, mod_year_cap},
    {KW_GAP, AST_GAP, mod_gap},
    {KW_LEFTOVER, AST_LEFTOVER, mod_literal},
    {KW_IF_NONE, AST_IF_NONE, mod_if_none},
};

#define MODIFIERS_MAX 12

/* The modifier the current token begins, as one of `kinds` if it can be. */
static const struct modifier *modifier_at(const struct parser *p, const enum ast_kind *kinds,
                                          size_t count, size_t *ret_slot)
{
    enum keyword kw = parser_token(p)->kw;
    const struct modifier *other = NULL;
    for (size_t i = 0; kw != KW_NONE && i < sizeof modifiers / sizeof modifiers[0]; i++) {
        if (modifiers[i].kw != kw) continue;
        other = &modifiers[i];
        for (size_t k = 0; k < count; k++) {
            if (kinds[k] != modifiers[i].kind) continue;
            *ret_slot = k;
            return &modifiers[i];
        }
    }
    *ret_slot = count;
    return other;
}

/* The first keyword of a modifier kind, for messages. */
static struct str modifier_word(const struct parser *p, enum ast_kind kind)
{
    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
        if (modifiers[i].kind == kind) return keyword_str(modifiers[i].kw, p->lang);
    return (struct str){NULL, 0};
}

static void modifiers_needed(struct parser *p, const enum ast_kind *kinds, size_t count,
                             struct ast *const *found, uint32_t needed)
{
    for (size_t k = 0; k < count; k++) {
        if (found[k] || !(needed & (1u << k)) || p->panic) continue;
        const struct token *t = parser_token(p);
        struct str args[] = {modifier_word(p, kinds[k]), keyword_str(p->lx.tokens[0].kw, p->lang)};
        if (t->kind == TOKEN_WORD || t->kind == TOKEN_BAD)
            parser_expect_kw(p, keyword_find(args[0], p->lang));
        else
            parser_error_args(p, MSG_MODIFIER_MISSING, parser_pos(p, t), (struct src_pos){0}, args,
                              2);
    }
}

void parse_modifiers(struct parser *p, const enum ast_kind *kinds, size_t count, uint32_t needed)
{
    struct ast *found[MODIFIERS_MAX] = {NULL};
    INVARIANT(count <= MODIFIERS_MAX);
    size_t slot;
    const struct modifier *m;
    while ((m = modifier_at(p, kinds, count, &slot)) != NULL) {
        const struct token *t = parser_token(p);
        struct str args[] = {keyword_str(t->kw, p->lang)};
        if (slot == count) {
            parser_error_args(p, MSG_MODIFIER_NOT_HERE, parser_pos(p, t), (struct src_pos){0}, args,
                              1);
        } else if (found[slot]) {
            parser_error_args(p, MSG_MODIFIER_TWICE, parser_pos(p, t), found[slot]->pos, args, 1);
        } else {
            found[slot] = m->parse(p, m->kind);
        }
    }
    modifiers_needed(p, kinds, count, found, needed);
    for (size_t k = 0; k < count; k++)
        if (found[k]) parser_push(p, found[k]);
}
