/* Expressions and conditions, one precedence level per function:
 *
 *   expression = condition { 封顶 A | 保底 A }        condition = and { 或 and }
 *   and = not { 且 not }     not = 非 not | comparison     comparison = sum [ 至少 … sum | 属于 set ]
 *   sum = product { + - product }     product = primary { 乘 primary [round] | 除以 primary round }
 *
 * 且 and 或 side by side need brackets: which of them binds tighter is not left to memory.
 * Chains make trees that lean to the left; parser_close bounds their height. */
#include "lang/front_internal.h"

static struct ast *error_node(struct parser *p)
{
    return parser_node(p, AST_ERROR);
}

static struct src_pos here(const struct parser *p)
{
    return parser_pos(p, parser_token(p));
}

/* The bracket that closes the one at `open`. */
static void bracket_close(struct parser *p, struct src_pos open, enum token_kind k, enum what w)
{
    if (parser_at(p, TOKEN_END) || parser_at(p, TOKEN_COLON))
        parser_error_args(p, MSG_BRACKET_OPEN, here(p), open, NULL, 0);
    else
        parser_expect(p, k, w);
}

/* --- aggregates ------------------------------------------------------------------------------- */

struct aggregate {
    enum keyword kw;
    bool of_field; /* over R.F, not R */
    enum ast_kind kinds[4];
    size_t kind_count;
};

static const struct aggregate aggregates[] = {
    {KW_COUNT, false, {AST_WHEN, AST_WINDOW}, 2},
    {KW_ANY, false, {AST_WHEN, AST_WINDOW}, 2},
    {KW_NOW_ANY, false, {AST_WHEN}, 1},
    {KW_SUM, true, {AST_WHEN, AST_WINDOW}, 2},
    {KW_HIGHEST, true, {AST_WHEN, AST_WINDOW, AST_IF_NONE}, 3},
    {KW_LOWEST, true, {AST_WHEN, AST_WINDOW, AST_IF_NONE}, 3},
    {KW_CURRENT, true, {AST_WHEN, AST_IF_NONE}, 2},
    {KW_MONTHS, false, {AST_WHEN, AST_WINDOW, AST_LEFTOVER}, 3},
    {KW_CONSECUTIVE, false, {AST_WHEN, AST_WINDOW, AST_GAP}, 3},
};

static const struct aggregate *aggregate_at(const struct token *t)
{
    for (size_t i = 0; i < sizeof aggregates / sizeof aggregates[0]; i++)
        if (t->kw == aggregates[i].kw) return &aggregates[i];
    return NULL;
}

static struct ast *parse_aggregate(struct parser *p, const struct aggregate *a)
{
    struct ast *n = parser_node(p, AST_AGGREGATE);
    size_t mark = p->kid_count;
    n->kw = a->kw;
    parser_skip(p);
    struct src_pos open = here(p);
    parser_expect(p, TOKEN_LEFT, WHAT_LEFT);
    parser_push(p, a->of_field ? parse_field_of(p) : parse_name(p));
    parse_modifiers(p, a->kinds, a->kind_count, 0);
    const struct token *last = parser_token(p);
    bracket_close(p, open, TOKEN_RIGHT, WHAT_RIGHT);
    struct ast *done = parser_close(p, n, mark);
    if (last->line == n->pos.line) n->pos.chars = last->col + last->chars - n->pos.col;
    return done;
}

/* --- calls ------------------------------------------------------------------------------------ */

static void call_age(struct parser *p)
{
    parser_push(p, parse_expression(p));
    if (parser_accept_kw(p, KW_AS_OF)) parser_push(p, parse_expression(p));
}

static void call_one(struct parser *p)
{
    parser_push(p, parse_expression(p));
}

static void call_two(struct parser *p)
{
    parser_push(p, parse_expression(p));
    parser_expect(p, TOKEN_COMMA, WHAT_COMMA);
    parser_push(p, parse_expression(p));
}

static void call_add_months(struct parser *p)
{
    parser_push(p, parse_expression(p));
    parser_expect(p, TOKEN_COMMA, WHAT_COMMA);
    parser_push(p, parse_literal(p, false));
}

struct call {
    enum keyword kw;
    void (*args)(struct parser *p);
};

static const struct call calls[] = {
    {KW_AGE, call_age},
    {KW_YEAR_START, call_one},
    {KW_YEAR, call_one},
    {KW_MONTHS_BETWEEN, call_two},
    {KW_ADD_MONTHS, call_add_months},
};

static const struct call *call_at(const struct token *t)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (t->kw == calls[i].kw) return &calls[i];
    return NULL;
}

static struct ast *parse_call(struct parser *p, const struct call *c)
{
    struct ast *n = parser_node(p, AST_CALL);
    size_t mark = p->kid_count;
    n->kw = c->kw;
    parser_skip(p);
    struct src_pos open = here(p);
    parser_expect(p, TOKEN_LEFT, WHAT_LEFT);
    c->args(p);
    if (c->kw == KW_ADD_MONTHS) {
        n->num = parser_at_kw(p, KW_NEXT) ? KW_NEXT : KW_CLAMP;
        if (!parser_accept_kw(p, KW_NEXT) && !parser_accept_kw(p, KW_CLAMP))
            parser_expected(p, WHAT_MONTH_RULE);
    }
    const struct token *last = parser_token(p);
    bracket_close(p, open, TOKEN_RIGHT, WHAT_RIGHT);
    struct ast *done = parser_close(p, n, mark);
    if (last->line == n->pos.line) n->pos.chars = last->col + last->chars - n->pos.col;
    return done;
}

/* --- primaries -------------------------------------------------------------------------------- */

bool parser_at_primary(const struct parser *p UNUSED, const struct token *t)
{
    switch (t->kind) {
    case TOKEN_QUOTED:
    case TOKEN_NUMBER:
    case TOKEN_DATE:
    case TOKEN_MONTH:
    case TOKEN_LEFT:
        return true;
    case TOKEN_WORD:
        return t->kw == KW_NONE || aggregate_at(t) || call_at(t) || t->kw == KW_PER ||
               t->kw == KW_DAY || t->kw == KW_HERE;
    case TOKEN_END:
    case TOKEN_STRING:
    case TOKEN_SIGN:
    case TOKEN_LESS:
    case TOKEN_EQUAL:
    case TOKEN_COMMA:
    case TOKEN_COLON:
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
    return false;
}

static struct ast *parse_sum(struct parser *p);

/* 每满 LIT E 得 A */
static struct ast *parse_per(struct parser *p)
{
    struct ast *n = parser_node(p, AST_PER);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_literal(p, true));
    parser_push(p, parse_sum(p));
    parser_expect_kw(p, KW_GIVES);
    parser_push(p, parse_operand(p));
    return parser_close(p, n, mark);
}

static struct ast *parse_brackets(struct parser *p)
{
    struct src_pos open = here(p);
    parser_skip(p);
    struct ast *inner = parse_expression(p);
    bracket_close(p, open, TOKEN_RIGHT, WHAT_RIGHT);
    p->bracketed = inner;
    return inner;
}

static struct ast *parse_keyword_value(struct parser *p, enum ast_kind kind)
{
    struct ast *n = parser_node(p, kind);
    parser_skip(p);
    return n;
}

static struct ast *parse_name_or_field(struct parser *p)
{
    if (parser_after(p, 1)->kind == TOKEN_DOT) return parse_field_of(p);
    return parse_name(p);
}

static struct ast *parse_primary_here(struct parser *p)
{
    const struct token *t = parser_token(p);
    const struct aggregate *a = aggregate_at(t);
    const struct call *c = call_at(t);
    if (a) return parse_aggregate(p, a);
    if (c) return parse_call(p, c);
    if (t->kw == KW_PER) return parse_per(p);
    if (t->kw == KW_DAY) return parse_keyword_value(p, AST_DAY);
    if (t->kw == KW_HERE) return parse_keyword_value(p, AST_HERE);
    if (t->kind == TOKEN_LEFT) return parse_brackets(p);
    if (t->kind == TOKEN_NUMBER || t->kind == TOKEN_DATE || t->kind == TOKEN_MONTH)
        return parse_literal(p, false);
    if (t->kind == TOKEN_QUOTED || (t->kind == TOKEN_WORD && t->kw == KW_NONE))
        return parse_name_or_field(p);
    if (t->kw == KW_YES || t->kw == KW_NO)
        parser_error(p, MSG_YES_NO_PLACE, t);
    else if (t->kind == TOKEN_WORD && parser_after(p, 1)->kind == TOKEN_DOT)
        parser_error(p, MSG_NAME_IS_KEYWORD, t);
    else
        parser_expected(p, WHAT_VALUE);
    return error_node(p);
}

static struct ast *parse_primary(struct parser *p)
{
    if (!parser_enter(p)) return error_node(p);
    struct ast *n = parse_primary_here(p);
    parser_leave(p);
    return n;
}

/* --- operators -------------------------------------------------------------------------------- */

static enum keyword rounding_take(struct parser *p)
{
    static const enum keyword kws[] = {KW_HALF_UP, KW_ROUND_DOWN, KW_ROUND_UP};
    for (size_t i = 0; i < 3; i++)
        if (parser_accept_kw(p, kws[i])) return kws[i];
    return KW_NONE;
}

static struct ast *parse_product(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_primary(p);
    while (parser_at_kw(p, KW_TIMES) || parser_at_kw(p, KW_DIVIDED)) {
        bool times = parser_at_kw(p, KW_TIMES);
        parser_skip(p);
        struct ast *right = parse_primary(p);
        enum keyword rounding = rounding_take(p);
        if (!times && !rounding) parser_expected(p, WHAT_ROUNDING);
        left = parser_node_2(p, times ? AST_TIMES : AST_DIVIDED, pos, left, right);
        left->kw = rounding;
    }
    return left;
}

static struct ast *parse_sum(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_product(p);
    while (parser_at(p, TOKEN_PLUS) || parser_at(p, TOKEN_MINUS)) {
        enum ast_kind kind = parser_at(p, TOKEN_PLUS) ? AST_ADD : AST_SUBTRACT;
        parser_skip(p);
        left = parser_node_2(p, kind, pos, left, parse_product(p));
    }
    return left;
}

static struct ast *parse_set_item(struct parser *p)
{
    if (parser_at(p, TOKEN_NUMBER)) return parse_literal(p, false);
    if (parser_at_kw(p, KW_HERE)) return parse_keyword_value(p, AST_HERE);
    return parse_name(p);
}

static struct ast *parse_set(struct parser *p)
{
    struct ast *n = parser_node(p, AST_SET);
    size_t mark = p->kid_count;
    if (!parser_accept(p, TOKEN_LEFT_BRACE)) {
        parser_push(p, parse_set_item(p));
        return parser_close(p, n, mark);
    }
    n->num = 1;
    do {
        parser_push(p, parse_set_item(p));
    } while (parser_accept(p, TOKEN_COMMA));
    bracket_close(p, n->pos, TOKEN_RIGHT_BRACE, WHAT_RIGHT_BRACE);
    return parser_close(p, n, mark);
}

static enum keyword comparison_at(const struct parser *p)
{
    static const enum keyword kws[] = {KW_AT_LEAST, KW_AT_MOST, KW_MORE,
                                       KW_LESS,     KW_EQUALS,  KW_DIFFERS};
    for (size_t i = 0; i < sizeof kws / sizeof kws[0]; i++)
        if (parser_at_kw(p, kws[i])) return kws[i];
    return KW_NONE;
}

static struct ast *parse_comparison(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_sum(p);
    enum keyword kw = comparison_at(p);
    if (kw) {
        parser_skip(p);
        left = parser_node_2(p, AST_COMPARE, pos, left, parse_sum(p));
        left->kw = kw;
    } else if (parser_accept_kw(p, KW_WITHIN)) {
        left = parser_node_2(p, AST_WITHIN, pos, left, parse_set(p));
    }
    if (left->kind == AST_COMPARE || left->kind == AST_WITHIN)
        if (comparison_at(p) || parser_at_kw(p, KW_WITHIN))
            if (left != p->bracketed) parser_error(p, MSG_COMPARISON_CHAIN, parser_token(p));
    return left;
}

static struct ast *parse_not(struct parser *p)
{
    struct src_pos pos = here(p);
    if (!parser_at_kw(p, KW_NOT)) return parse_comparison(p);
    if (!parser_enter(p)) return error_node(p);
    parser_skip(p);
    struct ast *n = parser_node_1(p, AST_NOT, pos, parse_not(p));
    parser_leave(p);
    return n;
}

/* 且 inside 或 without brackets; `n` is one side of the 或. */
static void mixed_check(struct parser *p, const struct ast *n)
{
    if (n->kind == AST_AND && n != p->bracketed)
        parser_error_args(p, MSG_MIXED_AND_OR, n->pos, (struct src_pos){0}, NULL, 0);
}

static struct ast *parse_and(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_not(p);
    while (parser_accept_kw(p, KW_AND))
        left = parser_node_2(p, AST_AND, pos, left, parse_not(p));
    return left;
}

struct ast *parse_condition(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_and(p);
    while (parser_at_kw(p, KW_OR)) {
        mixed_check(p, left);
        parser_skip(p);
        struct ast *right = parse_and(p);
        mixed_check(p, right);
        left = parser_node_2(p, AST_OR, pos, left, right);
    }
    return left;
}

struct ast *parse_expression(struct parser *p)
{
    struct src_pos pos = here(p);
    struct ast *left = parse_condition(p);
    while (parser_at_kw(p, KW_CAP) || parser_at_kw(p, KW_FLOOR)) {
        enum ast_kind kind = parser_at_kw(p, KW_CAP) ? AST_CAPPED : AST_FLOORED;
        parser_skip(p);
        left = parser_node_2(p, kind, pos, left, parse_operand(p));
    }
    return left;
}
