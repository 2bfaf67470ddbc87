/* Statements: one function per keyword, chosen from a table. Each reads its header and its lines
 * and leaves the parser at the next statement. */
#include "lang/front_internal.h"

#include <string.h>

static struct src_pos here(const struct parser *p)
{
    return parser_pos(p, parser_token(p));
}

/* Begin a statement: its node, the keyword skipped. */
static struct ast *begin(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    return n;
}

/* End a statement of one line. */
static struct ast *finish_line(struct parser *p, struct ast *n, size_t mark)
{
    parser_line_end(p);
    return parser_close(p, n, mark);
}

static struct ast *finish_rows(struct parser *p, struct ast *n, size_t mark,
                               void (*row)(struct parser *p))
{
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    parser_rows(p, 0, row);
    return parser_close(p, n, mark);
}

#define MODIFIERS(p, needed, ...)                                                                  \
    parse_modifiers((p), (const enum ast_kind[]){__VA_ARGS__},                                     \
                    sizeof((const enum ast_kind[]){__VA_ARGS__}) / sizeof(enum ast_kind),          \
                    (needed))

/* --- header of the file ----------------------------------------------------------------------- */

static struct ast *scheme(struct parser *p)
{
    struct ast *n = begin(p, AST_SCHEME);
    size_t mark = p->kid_count;
    struct ast *name = parser_node(p, AST_DECL_NAME);
    const struct token *title = parser_token(p);
    if (parse_label(p, &n->name, &n->alt)) name->alt = chars_fold(p->lx.arena, n->name);
    if (title->kind == TOKEN_STRING && title->chars > NAME_CHARS_MAX + 2)
        parser_error(p, MSG_NAME_TOO_LONG, title); /* the title is the scheme's Chinese name */
    parser_expect(p, TOKEN_LEFT, WHAT_LEFT);
    const struct token *t = parser_token(p);
    if (t->kind != TOKEN_WORD)
        parser_expected(p, WHAT_NAME);
    else if (!name_is_ascii(t->text))
        parser_error(p, MSG_NAME_SHAPE, t);
    name->name = t->text;
    (void)parser_accept(p, TOKEN_WORD); /* reported above */
    parser_expect(p, TOKEN_RIGHT, WHAT_RIGHT);
    parser_push(p, name);
    return finish_line(p, n, mark);
}

static struct ast *layer(struct parser *p)
{
    static const enum keyword kws[] = {KW_PROVINCE, KW_CITY, KW_COUNTY};
    struct ast *n = begin(p, AST_LAYER);
    size_t mark = p->kid_count;
    for (size_t i = 0; i < 3; i++)
        if (parser_at_kw(p, kws[i])) n->kw = kws[i];
    if (n->kw)
        parser_skip(p);
    else
        parser_expected(p, WHAT_LAYER);
    const struct token *t = parser_token(p);
    bool code = t->kind == TOKEN_NUMBER && t->unit == UNIT_NONE && t->den == 1 && t->chars == 6;
    if (code) {
        n->num = t->num;
        p->at++;
    } else {
        parser_expected(p, WHAT_CODE);
    }
    return finish_line(p, n, mark);
}

static struct ast *under(struct parser *p)
{
    struct ast *n = begin(p, AST_UNDER);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    return finish_line(p, n, mark);
}

static struct ast *scale(struct parser *p)
{
    struct ast *n = begin(p, AST_SCALE);
    size_t mark = p->kid_count;
    const struct token *t = parser_token(p);
    struct ast *lit = parse_literal(p, false);
    bool step = lit->unit == UNIT_POINTS && lit->num == 1 &&
                (lit->den == 100 || lit->den == 1000 || lit->den == 10000);
    struct str arg = t->whole;
    if (!step) parser_error_args(p, MSG_SCALE, lit->pos, (struct src_pos){0}, &arg, 1);
    n->num = step ? lit->den : 100;
    return finish_line(p, n, mark);
}

static struct ast *source(struct parser *p)
{
    struct ast *n = begin(p, AST_SOURCE);
    size_t mark = p->kid_count;
    (void)parse_label(p, &n->name, &n->alt); /* reported */
    MODIFIERS(p, 2, AST_DIGEST, AST_DATES);
    return finish_line(p, n, mark);
}

static struct ast *illustrative(struct parser *p)
{
    struct ast *n = begin(p, AST_ILLUSTRATIVE);
    return finish_line(p, n, p->kid_count);
}

/* --- catalogue -------------------------------------------------------------------------------- */

/* NAME!: then members, on this line or on the lines below. */
static struct ast *members(struct parser *p, enum ast_kind kind, enum token_kind between,
                           enum what w)
{
    struct ast *n = begin(p, kind);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    bool below = parser_at(p, TOKEN_END);
    if (below) {
        struct src_pos header = n->pos;
        bool failed = p->panic;
        parser_line_end(p);
        if (!parser_line_below(p, 0)) {
            p->panic = failed;
            parser_error_args(p, MSG_BLOCK_MISSING, header, (struct src_pos){0}, NULL, 0);
            p->panic = false;
            return parser_close(p, n, mark);
        }
    }
    do {
        /* Below the header the list may go on in further lines. */
        if (below && parser_at(p, TOKEN_END) && !p->panic && lexer_next_indent(&p->lx) > 0)
            parser_line_end(p);
        parser_push(p, parse_decl(p));
    } while (parser_accept(p, between));
    if (!parser_at(p, TOKEN_END) && !parser_at(p, TOKEN_BAD)) {
        bool other = parser_at(p, TOKEN_COMMA) || parser_at(p, TOKEN_LESS);
        if (other) parser_expected(p, w);
    }
    return finish_line(p, n, mark);
}

static struct ast *levels(struct parser *p)
{
    return members(p, AST_LEVELS, TOKEN_LESS, WHAT_LESS);
}

static struct ast *category(struct parser *p)
{
    return members(p, AST_CATEGORY, TOKEN_COMMA, WHAT_COMMA);
}

static struct ast *unit(struct parser *p)
{
    struct ast *n = begin(p, AST_UNIT);
    size_t mark = p->kid_count;
    do {
        parser_push(p, parse_decl(p));
    } while (parser_accept(p, TOKEN_COMMA));
    return finish_line(p, n, mark);
}

static struct ast *field_type(struct parser *p)
{
    static const enum keyword kws[] = {KW_T_DATE,     KW_T_MONTH, KW_T_MONEY, KW_T_YESNO,
                                       KW_T_DIVISION, KW_T_KEY,   KW_T_SHARE};
    struct ast *n = parser_node(p, AST_TYPE);
    for (size_t i = 0; i < sizeof kws / sizeof kws[0]; i++) {
        if (!parser_at_kw(p, kws[i])) continue;
        n->kw = kws[i];
        parser_skip(p);
        return n;
    }
    if (parser_accept_kw(p, KW_T_INTEGER)) {
        const struct token *t = parser_token(p);
        n->kw = KW_T_INTEGER;
        n->unit = t->kind == TOKEN_WORD ? unit_find(t->text, p->lang) : UNIT_NONE;
        bool named = n->unit == UNIT_NONE &&
                     (t->kind == TOKEN_QUOTED || (t->kind == TOKEN_WORD && t->kw == KW_NONE));
        if (named) {
            n->unit = UNIT_DECLARED;
            n->unit_name = t->text;
        }
        if (n->unit != UNIT_NONE) p->at++;
        return n;
    }
    const struct token *t = parser_token(p);
    if (t->kind != TOKEN_WORD && t->kind != TOKEN_QUOTED) {
        parser_expected(p, WHAT_TYPE);
        return n;
    }
    n->name = parse_name(p)->name;
    return n;
}

static void row_field(struct parser *p)
{
    struct ast *n = parser_node(p, AST_FIELD);
    size_t mark = p->kid_count;
    int32_t base = p->lx.indent;
    /* A field's name may look like a keyword. */
    struct token *t = &p->lx.tokens[0];
    if (t->kind == TOKEN_WORD) {
        t->kw = KW_NONE;
        t->span = 1;
    }
    parser_push(p, parse_decl(p));
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    parser_push(p, field_type(p));
    MODIFIERS(p, 0, AST_ROLE, AST_EMPTY, AST_RANGE, AST_CHANGEABLE, AST_LEAD, AST_EVIDENCE);
    parser_push(p, finish_line(p, n, mark));
    if (!parser_line_below(p, base)) return;
    parser_line_report(p, MSG_INDENT_UNEXPECTED);
    parser_skip_block(p, base);
}

static struct ast *register_(struct parser *p)
{
    struct ast *n = begin(p, AST_REGISTER);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    parser_expect_kw(p, KW_SUPPLIED_BY);
    (void)parse_label(p, &n->name, &n->alt); /* reported */
    MODIFIERS(p, 0, AST_ONE_PER_PERSON, AST_NONE_UNKNOWN, AST_NO_OVERLAP, AST_MAX_RECORDS);
    return finish_rows(p, n, mark, row_field);
}

static void row_value_from(struct parser *p)
{
    struct ast *n = parser_node(p, AST_VALUE_FROM);
    size_t mark = p->kid_count;
    parser_push(p, parse_dates(p));
    parser_push(p, parse_literal(p, false));
    parser_push(p, finish_line(p, n, mark));
}

static struct ast *parameter(struct parser *p)
{
    struct ast *n = begin(p, AST_PARAMETER);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 0, AST_OPEN_TO, AST_RANGE);
    return finish_rows(p, n, mark, row_value_from);
}

static struct ast *implements(struct parser *p)
{
    struct ast *n = begin(p, AST_IMPLEMENTS);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    return finish_rows(p, n, mark, row_value_from);
}

/* --- the tree of points ----------------------------------------------------------------------- */

static struct ast *total(struct parser *p)
{
    struct ast *n = begin(p, AST_TOTAL);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 0, AST_CAP, AST_CEILING, AST_FLOOR);
    return finish_line(p, n, mark);
}

static struct ast *group(struct parser *p)
{
    struct ast *n = begin(p, AST_GROUP);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 1, AST_IN, AST_DEDUCTS, AST_COMBINE, AST_CAP, AST_CEILING, AST_FLOOR, AST_OPEN_TO,
              AST_PORTABLE, AST_DATES);
    return finish_line(p, n, mark);
}

static struct ast *indicator(struct parser *p)
{
    struct ast *n = begin(p, AST_INDICATOR);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 1, AST_IN, AST_COMBINE, AST_CAP, AST_CEILING, AST_FLOOR, AST_IF_UNKNOWN, AST_DATES,
              AST_WHEN);
    /* After an error in the header its body is read all the same. */
    if (!parser_at(p, TOKEN_COLON)) {
        parser_leftover(p);
        p->panic |= p->lx.is_bad;
    }
    if (p->panic || parser_accept(p, TOKEN_COLON))
        parse_body(p, 0, true);
    else
        parser_line_end(p);
    return parser_close(p, n, mark);
}

static struct ast *clause(struct parser *p)
{
    struct ast *n = begin(p, AST_CLAUSE);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 1, AST_IN, AST_DATES, AST_EXCEPTION, AST_MAY_VARY, AST_WHEN);
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    parse_body(p, 0, true);
    return parser_close(p, n, mark);
}

static struct ast *veto(struct parser *p)
{
    struct ast *n = begin(p, AST_VETO);
    size_t mark = p->kid_count;
    if (parser_at_kw(p, KW_ALL)) {
        parser_push(p, parser_node(p, AST_ALL));
        parser_skip(p);
    } else {
        parser_push(p, parse_name(p));
    }
    MODIFIERS(p, 1, AST_WHEN, AST_BECAUSE, AST_DATES);
    return finish_line(p, n, mark);
}

static struct ast *freeze(struct parser *p)
{
    struct ast *n = begin(p, AST_FREEZE);
    size_t mark = p->kid_count;
    MODIFIERS(p, 1, AST_WHEN, AST_BECAUSE, AST_DATES);
    return finish_line(p, n, mark);
}

static void row_gate(struct parser *p)
{
    bool all = parser_at_kw(p, KW_ALL_OF), any = parser_at_kw(p, KW_ANY_OF);
    int32_t base = p->lx.indent;
    if (!all && !any) {
        parser_push(p, parse_condition(p));
        parser_line_end(p);
        if (!parser_line_below(p, base)) return;
        parser_line_report(p, MSG_INDENT_UNEXPECTED);
        parser_skip_block(p, base);
        return;
    }
    struct ast *n = begin(p, all ? AST_ALL_OF : AST_ANY_OF);
    size_t mark = p->kid_count;
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    if (parser_enter(p)) {
        parser_rows(p, base, row_gate);
        parser_leave(p);
    } else {
        parser_line_end(p);
        parser_skip_block(p, base);
    }
    parser_push(p, parser_close(p, n, mark));
}

static struct ast *gate(struct parser *p)
{
    struct ast *n = begin(p, AST_GATE);
    size_t mark = p->kid_count;
    parser_push(p, parse_decl(p));
    MODIFIERS(p, 0, AST_DATES);
    struct ast *all = parser_node(p, AST_ALL_OF);
    size_t inner = p->kid_count;
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    parser_rows(p, 0, row_gate);
    parser_push(p, parser_close(p, all, inner));
    return parser_close(p, n, mark);
}

static void row_force(struct parser *p)
{
    struct ast *n = parser_node(p, AST_FORCE_ROW);
    size_t mark = p->kid_count;
    if (parser_at_kw(p, KW_NO_RECORD)) {
        parser_push(p, parser_node(p, AST_NO_RECORD));
        parser_skip(p);
    } else {
        parser_push(p, parse_name(p));
    }
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    n->kw = parser_token(p)->kw;
    if (!parser_accept_kw(p, KW_IN_FORCE) && !parser_accept_kw(p, KW_VOID))
        parser_expected(p, WHAT_FORCE);
    (void)parse_word(p, &n->name); /* reported */
    parser_push(p, finish_line(p, n, mark));
}

static struct ast *force(struct parser *p)
{
    struct ast *n = begin(p, AST_FORCE);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    parser_expect_kw(p, KW_MATCH);
    parser_push(p, parse_field_name(p));
    parser_expect_kw(p, KW_AT);
    parser_push(p, parse_field_name(p));
    return finish_rows(p, n, mark, row_force);
}

/* --- cases and properties --------------------------------------------------------------------- */

static struct ast *case_value(struct parser *p)
{
    const struct token *t = parser_token(p);
    struct ast *n;
    switch (t->kind) {
    case TOKEN_NUMBER:
    case TOKEN_DATE:
    case TOKEN_MONTH:
        return parse_literal(p, false);
    case TOKEN_STRING:
        n = parser_node(p, AST_STRING);
        n->name = t->text;
        p->at++;
        return n;
    case TOKEN_WORD:
        if (t->kw == KW_YES || t->kw == KW_NO) {
            n = parser_node(p, AST_YES_NO);
            n->kw = t->kw;
            parser_skip(p);
            return n;
        }
        if (t->kw == KW_UNKNOWN) return begin(p, AST_UNKNOWN);
        return parse_name(p);
    case TOKEN_QUOTED:
        return parse_name(p);
    case TOKEN_END:
    case TOKEN_SIGN:
    case TOKEN_LESS:
    case TOKEN_EQUAL:
    case TOKEN_COMMA:
    case TOKEN_COLON:
    case TOKEN_LEFT:
    case TOKEN_RIGHT:
    case TOKEN_LEFT_BRACE:
    case TOKEN_RIGHT_BRACE:
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_SLASH:
    case TOKEN_DOT:
    case TOKEN_BAD:
        break;
    }
    n = parser_node(p, AST_ERROR);
    parser_expected(p, WHAT_VALUE);
    return n;
}

static struct ast *case_record(struct parser *p)
{
    struct ast *n = parser_node(p, AST_CASE_RECORD);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    if (!parser_at(p, TOKEN_END)) {
        do {
            struct src_pos pos = here(p);
            struct ast *field = parse_field_name(p);
            parser_push(p, parser_node_2(p, AST_ASSIGN, pos, field, case_value(p)));
        } while (parser_accept(p, TOKEN_COMMA));
    }
    return finish_line(p, n, mark);
}

static struct ast *case_unanswered(struct parser *p)
{
    struct ast *n = begin(p, AST_UNANSWERED);
    size_t mark = p->kid_count;
    do {
        parser_push(p, parse_name(p));
    } while (parser_accept(p, TOKEN_COMMA));
    return finish_line(p, n, mark);
}

static struct ast *expect_item(struct parser *p)
{
    struct ast *n = parser_node(p, AST_EXPECT_ITEM);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    parser_push(p, parse_literal(p, false));
    if (parser_accept_kw(p, KW_TO)) parser_push(p, parse_literal(p, false));
    return parser_close(p, n, mark);
}

static struct ast *case_expect(struct parser *p)
{
    struct ast *n = begin(p, AST_EXPECT);
    size_t mark = p->kid_count;
    do {
        parser_push(p, expect_item(p));
    } while (parser_accept(p, TOKEN_COMMA));
    return finish_line(p, n, mark);
}

static struct ast *case_status(struct parser *p)
{
    struct ast *n = begin(p, AST_STATUS);
    (void)parse_word(p, &n->name); /* reported */
    return finish_line(p, n, p->kid_count);
}

static struct ast *case_gate(struct parser *p)
{
    struct ast *n = begin(p, AST_GATE_IS);
    size_t mark = p->kid_count;
    parser_push(p, parse_name(p));
    n->kw = parser_token(p)->kw;
    if (!parser_accept_kw(p, KW_YES) && !parser_accept_kw(p, KW_NO) &&
        !parser_accept_kw(p, KW_UNKNOWN))
        parser_expected(p, WHAT_STATE);
    return finish_line(p, n, mark);
}

static void row_case(struct parser *p)
{
    static const struct {
        enum keyword kw;
        struct ast *(*parse)(struct parser *p);
    } lines[] = {{KW_UNANSWERED, case_unanswered},
                 {KW_EXPECT, case_expect},
                 {KW_STATUS, case_status},
                 {KW_GATE, case_gate}};
    int32_t base = p->lx.indent;
    struct ast *(*parse)(struct parser * p) = case_record;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (parser_at_kw(p, lines[i].kw)) parse = lines[i].parse;
    parser_push(p, parse(p));
    if (!parser_line_below(p, base)) return;
    parser_line_report(p, MSG_INDENT_UNEXPECTED);
    parser_skip_block(p, base);
}

static struct ast *case_(struct parser *p)
{
    struct ast *n = begin(p, AST_CASE);
    size_t mark = p->kid_count;
    (void)parse_label(p, &n->name, &n->alt); /* reported */
    MODIFIERS(p, 1, AST_DAY_IS, AST_RULE_DAY_IS);
    return finish_rows(p, n, mark, row_case);
}

static void property_monotone(struct parser *p)
{
    parser_push(p, parse_name(p));
    parser_expect_kw(p, KW_WITH);
    parser_push(p, parse_field_of(p));
    MODIFIERS(p, 0, AST_DECREASING);
}

static struct ast *property(struct parser *p)
{
    struct ast *n = begin(p, AST_PROPERTY);
    size_t mark = p->kid_count;
    (void)parse_label(p, &n->name, &n->alt); /* reported */
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    n->kw = parser_token(p)->kw;
    if (parser_accept_kw(p, KW_MONOTONE)) {
        property_monotone(p);
    } else if (parser_accept_kw(p, KW_PERMUTE) || parser_accept_kw(p, KW_SPLIT)) {
        parser_push(p, parse_name(p));
    } else if (n->kw == KW_NONE || parser_at(p, TOKEN_QUOTED)) {
        parser_push(p, parse_name(p));
        n->kw = parser_token(p)->kw;
        if (!parser_accept_kw(p, KW_AT_MOST) && !parser_accept_kw(p, KW_AT_LEAST))
            parser_expected(p, WHAT_PROPERTY);
        parser_push(p, parse_literal(p, false));
    } else {
        parser_expected(p, WHAT_PROPERTY);
    }
    return finish_line(p, n, mark);
}

/* --- the table -------------------------------------------------------------------------------- */

struct statement {
    enum keyword kw;
    struct ast *(*parse)(struct parser *p);
};

static const struct statement statements[] = {
    {KW_SCHEME, scheme},      {KW_LAYER, layer},         {KW_UNDER, under},
    {KW_SCALE, scale},        {KW_SOURCE, source},       {KW_ILLUSTRATIVE, illustrative},
    {KW_LEVELS, levels},      {KW_CATEGORY, category},   {KW_UNIT, unit},
    {KW_REGISTER, register_}, {KW_PARAMETER, parameter}, {KW_IMPLEMENTS, implements},
    {KW_TOTAL, total},        {KW_GROUP, group},         {KW_INDICATOR, indicator},
    {KW_CLAUSE, clause},      {KW_VETO, veto},           {KW_FREEZE, freeze},
    {KW_GATE, gate},          {KW_FORCE, force},         {KW_CASE, case_},
    {KW_PROPERTY, property},
};

static const struct statement *statement_find(enum keyword kw)
{
    for (size_t i = 0; kw != KW_NONE && i < sizeof statements / sizeof statements[0]; i++)
        if (statements[i].kw == kw) return &statements[i];
    return NULL;
}

/* A line that begins with no statement's keyword: reported; parsed as the statement it is likely
 * meant to be, so that its body is checked too. */
static const struct statement *statement_guess(struct parser *p)
{
    const struct token *t = parser_token(p);
    enum lang other = p->lang == LANG_ZH ? LANG_EN : LANG_ZH;
    if (t->kind == TOKEN_BAD) return NULL;
    enum keyword kw = t->kind == TOKEN_WORD ? keyword_find(t->text, other) : KW_NONE;
    const struct statement *s = statement_find(kw);
    bool foreign = s != NULL;
    if (!s && t->kind == TOKEN_WORD) s = statement_find(keyword_nearest(t->text, p->lang));
    struct str args[] = {t->whole, s ? keyword_str(s->kw, p->lang) : (struct str){NULL, 0}};
    enum lang_msg m = foreign ? MSG_KEYWORD_OTHER_LANGUAGE
                      : s     ? MSG_STATEMENT_NEAR
                              : MSG_STATEMENT_UNKNOWN;
    parser_error_args(p, m, here(p), (struct src_pos){0}, args, 2);
    return s;
}

struct ast *parse_statement(struct parser *p)
{
    INVARIANT(p->lx.has_line && p->depth == 0);
    if (p->lx.indent != 0) parser_line_report(p, MSG_INDENT_UNEXPECTED);
    p->lx.indent = 0;
    const struct statement *s = statement_find(parser_token(p)->kw);
    struct ast *n = NULL;
    if (!s) {
        s = statement_guess(p);
        p->panic = s == NULL;
        if (s) {
            struct token *t = &p->lx.tokens[0];
            t->kw = s->kw;
            t->span = 1;
        }
    }
    if (s) {
        n = s->parse(p);
    } else {
        n = parser_node(p, AST_ERROR);
        p->panic = true;
        parser_line_end(p);
        parser_skip_block(p, 0);
        return n;
    }
    if (parser_line_below(p, 0)) {
        parser_line_report(p, MSG_INDENT_UNEXPECTED);
        parser_skip_block(p, 0);
    }
    return n;
}
