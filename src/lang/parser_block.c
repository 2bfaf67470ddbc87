/* Bodies: block expressions and their rows.
 *
 * A body is one expression, inline or a block. `base` is always the indentation of the line the
 * header stands on; what is indented deeper belongs to it. */
#include "lang/front_internal.h"

static struct src_pos here(const struct parser *p)
{
    return parser_pos(p, parser_token(p));
}

static struct ast *parse_block(struct parser *p, int32_t base);

/* Exactly one expression node, whatever happens. */
static struct ast *body_expression(struct parser *p, int32_t base)
{
    size_t mark = p->kid_count;
    parse_body(p, base, false);
    if (p->no_memory) return &p->nobody;
    INVARIANT(p->kid_count == mark + 1);
    return p->kids[--p->kid_count];
}

/* The colon and the body after it. */
static struct ast *colon_body(struct parser *p, int32_t base)
{
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    return body_expression(p, base);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A limit: a figure, a date, or a name (a member; the checker refuses others). */
static struct ast *band_limit(struct parser *p)
{
    const struct token *t = parser_token(p);
    bool figure = t->kind == TOKEN_NUMBER || t->kind == TOKEN_DATE || t->kind == TOKEN_MONTH;
    return figure ? parse_literal(p, false) : parse_name(p);
}

/* [A 以上 | 超过 A] [B 以下 | 不足 B]; returns false when neither is there. */
static bool band_bounds(struct parser *p, struct ast *n, struct ast **ret_lower,
                        struct ast **ret_upper)
{
    struct ast *lower = NULL, *upper = NULL;
    if (parser_accept_kw(p, KW_MORE)) {
        lower = band_limit(p);
        n->num = 1;
    }
    while (!upper && !parser_at(p, TOKEN_COLON) && !p->panic) {
        if (parser_accept_kw(p, KW_LESS)) {
            upper = band_limit(p);
            n->den = 1;
            break;
        }
        struct ast *a = band_limit(p);
        if (!lower && parser_accept_kw(p, KW_OR_MORE))
            lower = a;
        else if (parser_accept_kw(p, KW_OR_LESS))
            upper = a;
        else
            parser_expected(p, WHAT_BOUND);
    }
    *ret_lower = lower ? lower : parser_node(p, AST_ABSENT);
    *ret_upper = upper ? upper : parser_node(p, AST_ABSENT);
    return lower || upper;
}

static void row_band(struct parser *p)
{
    int32_t base = p->lx.indent;
    struct ast *n = parser_node(p, AST_BAND), *lower, *upper;
    size_t mark = p->kid_count;
    n->den = 0;
    if (parser_at_kw(p, KW_OTHER)) {
        parser_push(p, parser_node(p, AST_OTHER));
        parser_skip(p);
    } else {
        if (!band_bounds(p, n, &lower, &upper)) parser_expected(p, WHAT_BOUND);
        parser_push(p, lower);
        parser_push(p, upper);
    }
    parser_push(p, colon_body(p, base));
    parser_push(p, parser_close(p, n, mark));
}

static void row_match(struct parser *p)
{
    int32_t base = p->lx.indent;
    struct ast *n = parser_node(p, AST_MATCH_ROW);
    size_t mark = p->kid_count;
    if (parser_at_kw(p, KW_OTHER)) {
        parser_push(p, parser_node(p, AST_OTHER));
        parser_skip(p);
    } else {
        do {
            parser_push(p, parse_name(p));
        } while (parser_accept(p, TOKEN_COMMA));
        bool one = p->kid_count == mark + 1;
        if (one && parser_accept_kw(p, KW_OR_MORE))
            n->kw = KW_OR_MORE;
        else if (one && parser_accept_kw(p, KW_OR_LESS))
            n->kw = KW_OR_LESS;
    }
    parser_push(p, colon_body(p, base));
    parser_push(p, parser_close(p, n, mark));
}

/* [项 NAME!:] BODY */
static void row_item(struct parser *p)
{
    int32_t base = p->lx.indent;
    if (!parser_at_kw(p, KW_ITEM)) {
        struct ast *n;
        if (parser_at_kw(p, KW_LET)) parser_error(p, MSG_LET_PLACE, parser_token(p));
        n = parse_block(p, base);
        if (n) {
            parser_push(p, n);
            return;
        }
        parser_push(p, parse_expression(p));
        parser_line_end(p);
        return;
    }
    struct ast *n = parser_node(p, AST_ITEM);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_decl(p));
    parser_push(p, colon_body(p, base));
    parser_push(p, parser_close(p, n, mark));
}

/* --- blocks ----------------------------------------------------------------------------------- */

static struct ast *rows_into(struct parser *p, struct ast *n, size_t mark, int32_t base,
                             void (*row)(struct parser *p))
{
    parser_expect(p, TOKEN_COLON, WHAT_COLON);
    parser_rows(p, base, row);
    return parser_close(p, n, mark);
}

static struct ast *block_bands(struct parser *p, int32_t base)
{
    struct ast *n = parser_node(p, AST_BANDS);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_expression(p));
    return rows_into(p, n, mark, base, row_band);
}

static struct ast *block_match(struct parser *p, int32_t base)
{
    struct ast *n = parser_node(p, AST_MATCH);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_expression(p));
    return rows_into(p, n, mark, base, row_match);
}

static struct ast *block_list(struct parser *p, int32_t base)
{
    enum keyword kw = parser_token(p)->kw;
    enum ast_kind kind = kw == KW_HIGHEST_OF  ? AST_HIGHEST_OF
                         : kw == KW_LOWEST_OF ? AST_LOWEST_OF
                                              : AST_SUM_OF;
    struct ast *n = parser_node(p, kind);
    size_t mark = p->kid_count;
    parser_skip(p);
    return rows_into(p, n, mark, base, row_item);
}

/* 封顶 A: BODY */
static struct ast *block_bound(struct parser *p, int32_t base)
{
    struct src_pos pos = here(p);
    enum ast_kind kind = parser_at_kw(p, KW_CAP) ? AST_CAPPED : AST_FLOORED;
    parser_skip(p);
    struct ast *operand = parse_operand(p);
    struct ast *value = colon_body(p, base);
    return parser_node_2(p, kind, pos, value, operand);
}

static struct ast *block_if(struct parser *p, int32_t base)
{
    struct ast *n = parser_node(p, AST_IF);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_condition(p));
    bool failed = p->panic;
    parser_push(p, colon_body(p, base));
    if (!p->lx.has_line || p->lx.indent != base || !parser_at_kw(p, KW_ELSE)) {
        if (!failed && !p->no_memory)
            diag_add(p->lx.diags, lang_message(MSG_ELSE_MISSING), SEVERITY_ERROR, n->pos,
                     (struct src_pos){0}, NULL, 0);
        parser_push(p, parser_node_at(p, AST_ERROR, n->pos));
        return parser_close(p, n, mark);
    }
    parser_skip(p);
    if (parser_at_kw(p, KW_IF) && parser_enter(p)) {
        parser_push(p, block_if(p, base));
        parser_leave(p);
    } else {
        parser_push(p, colon_body(p, base));
    }
    return parser_close(p, n, mark);
}

static struct ast *block_each(struct parser *p, int32_t base)
{
    static const enum ast_kind kinds[] = {AST_WHEN, AST_WINDOW, AST_SAME, AST_YEAR_CAP};
    struct ast *n = parser_node(p, AST_EACH);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_name(p));
    parse_modifiers(p, kinds, 4, 0);
    parser_push(p, colon_body(p, base));
    return parser_close(p, n, mark);
}

struct block {
    enum keyword kw;
    struct ast *(*parse)(struct parser *p, int32_t base);
};

static const struct block blocks[] = {
    {KW_BANDS, block_bands},    {KW_MATCH, block_match}, {KW_HIGHEST_OF, block_list},
    {KW_LOWEST_OF, block_list}, {KW_SUM_OF, block_list}, {KW_CAP, block_bound},
    {KW_FLOOR, block_bound},    {KW_IF, block_if},       {KW_EACH, block_each},
};

/* The block the current token begins, its lines ended; NULL when it begins none. */
static struct ast *parse_block(struct parser *p, int32_t base)
{
    enum keyword kw = parser_token(p)->kw;
    for (size_t i = 0; kw != KW_NONE && i < sizeof blocks / sizeof blocks[0]; i++) {
        if (blocks[i].kw != kw) continue;
        if (!parser_enter(p)) {
            struct ast *n = parser_node(p, AST_ERROR);
            parser_line_end(p);
            parser_skip_block(p, base);
            return n;
        }
        struct ast *n = blocks[i].parse(p, base);
        parser_leave(p);
        return n;
    }
    return NULL;
}

/* --- bodies ----------------------------------------------------------------------------------- */

static void body_let(struct parser *p)
{
    struct ast *n = parser_node(p, AST_LET);
    size_t mark = p->kid_count;
    parser_skip(p);
    parser_push(p, parse_decl(p));
    parser_expect(p, TOKEN_EQUAL, WHAT_EQUAL);
    parser_push(p, parse_expression(p));
    parser_push(p, parser_close(p, n, mark));
    parser_line_end(p);
}

/* One expression from the current token on, its lines ended. */
static void body_value(struct parser *p, int32_t base)
{
    if (parser_at_kw(p, KW_LET)) parser_error(p, MSG_LET_PLACE, parser_token(p));
    if (parser_at_kw(p, KW_ELSE)) parser_error(p, MSG_ELSE_ALONE, parser_token(p));
    struct ast *n = parse_block(p, base);
    if (n) {
        parser_push(p, n);
        return;
    }
    parser_push(p, parse_expression(p));
    parser_line_end(p);
}

void parse_body(struct parser *p, int32_t base, bool lets)
{
    int32_t level = -1;             /* of the lines of the body */
    if (!parser_at(p, TOKEN_END)) { /* on the header's own line */
        body_value(p, base);
    } else {
        struct src_pos header = parser_pos(p, &p->lx.tokens[0]);
        bool failed = p->panic;
        struct ast *nothing = parser_node_at(p, AST_ERROR, header);
        parser_line_end(p);
        if (!parser_line_below(p, base)) {
            if (!failed && !p->no_memory)
                diag_add(p->lx.diags, lang_message(MSG_BLOCK_MISSING), SEVERITY_ERROR, header,
                         (struct src_pos){0}, NULL, 0);
            parser_push(p, nothing);
            return;
        }
        level = p->lx.indent;
        if (level != base + 2) parser_line_report(p, MSG_INDENT);
        while (lets && parser_line_below(p, base) && parser_at_kw(p, KW_LET))
            body_let(p);
        if (!parser_line_below(p, base)) {
            diag_add(p->lx.diags, lang_message(MSG_BODY_MISSING), SEVERITY_ERROR, header,
                     (struct src_pos){0}, NULL, 0);
            parser_push(p, nothing);
            return;
        }
        body_value(p, p->lx.indent);
    }
    if (!parser_line_below(p, base)) return;
    enum lang_msg m = parser_at_kw(p, KW_ELSE)  ? MSG_ELSE_ALONE
                      : parser_at_kw(p, KW_LET) ? MSG_LET_PLACE
                      : p->lx.indent == level   ? MSG_BODY_GOES_ON
                                                : MSG_INDENT;
    parser_line_report(p, m);
    parser_skip_block(p, base);
}
