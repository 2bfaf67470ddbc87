/* Writing expressions, modifiers and bodies.
 *
 * Brackets are written where the grammar of parser_expr.c needs them and nowhere else. */
#include "lang/format_internal.h"

/* How tightly a node holds together; the levels of parser_expr.c. */
enum level {
    LEVEL_CAPPED,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARE,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_PRIMARY
};

static enum level level_of(const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_CAPPED:
    case AST_FLOORED:
        return LEVEL_CAPPED;
    case AST_OR:
        return LEVEL_OR;
    case AST_AND:
        return LEVEL_AND;
    case AST_NOT:
        return LEVEL_NOT;
    case AST_COMPARE:
    case AST_WITHIN:
        return LEVEL_COMPARE;
    case AST_ADD:
    case AST_SUBTRACT:
        return LEVEL_SUM;
    case AST_TIMES:
    case AST_DIVIDED:
        return LEVEL_PRODUCT;
    default:
        return LEVEL_PRIMARY;
    }
}

static void expr(struct format *f, const struct ast *n, enum level least);

void format_operand(struct format *f, const struct ast *n)
{
    if (n->kind == AST_LITERAL)
        format_literal(f, n);
    else
        format_name(f, n->name, false);
}

static void field_of(struct format *f, const struct ast *n)
{
    format_name(f, n->kids[0]->name, false);
    format_glued(f, STR("."));
    f->glue = true;
    format_name(f, n->kids[1]->name, true);
}

static void capped(struct format *f, const struct ast *n)
{
    expr(f, n->kids[0], LEVEL_CAPPED);
    format_kw(f, n->kind == AST_CAPPED ? KW_CAP : KW_FLOOR);
    format_operand(f, n->kids[1]);
}

/* 且 and 或: neither inside the other without brackets. */
static void chain(struct format *f, const struct ast *n)
{
    bool same = n->kids[0]->kind == n->kind;
    expr(f, n->kids[0], same ? level_of(n) : LEVEL_NOT);
    format_kw(f, n->kind == AST_OR ? KW_OR : KW_AND);
    format_may_break(f);
    expr(f, n->kids[1], LEVEL_NOT);
}

static void not_(struct format *f, const struct ast *n)
{
    format_kw(f, KW_NOT);
    expr(f, n->kids[0], LEVEL_NOT);
}

static void compare(struct format *f, const struct ast *n)
{
    expr(f, n->kids[0], LEVEL_SUM);
    format_kw(f, n->kw);
    expr(f, n->kids[1], LEVEL_SUM);
}

static void set(struct format *f, const struct ast *n)
{
    bool braces = n->num == 1;
    if (braces) format_open(f, STR("{"));
    for (size_t i = 0; i < n->kid_count; i++) {
        if (i > 0) format_comma(f);
        if (n->kids[i]->kind == AST_HERE)
            format_kw(f, KW_HERE);
        else
            format_operand(f, n->kids[i]);
    }
    if (braces) format_glued(f, STR("}"));
}

static void within(struct format *f, const struct ast *n)
{
    expr(f, n->kids[0], LEVEL_SUM);
    format_kw(f, KW_WITHIN);
    set(f, n->kids[1]);
}

static void sum(struct format *f, const struct ast *n)
{
    expr(f, n->kids[0], LEVEL_SUM);
    format_word(f, n->kind == AST_ADD ? STR("+") : STR("-"));
    format_may_break(f);
    expr(f, n->kids[1], LEVEL_PRODUCT);
}

static void product(struct format *f, const struct ast *n)
{
    expr(f, n->kids[0], LEVEL_PRODUCT);
    format_kw(f, n->kind == AST_TIMES ? KW_TIMES : KW_DIVIDED);
    expr(f, n->kids[1], LEVEL_PRIMARY);
    if (n->kw != KW_NONE) format_kw(f, n->kw);
}

static void per(struct format *f, const struct ast *n)
{
    format_kw(f, KW_PER);
    format_literal(f, n->kids[0]);
    expr(f, n->kids[1], LEVEL_PRIMARY); /* brackets are not needed, but read better */
    format_kw(f, KW_GIVES);
    format_operand(f, n->kids[2]);
}

static void call(struct format *f, const struct ast *n)
{
    format_kw(f, n->kw);
    format_glued(f, STR("("));
    f->glue = true;
    format_expression(f, n->kids[0]);
    if (n->kid_count > 1) {
        if (n->kw == KW_AGE)
            format_kw(f, KW_AS_OF);
        else
            format_comma(f);
        format_expression(f, n->kids[1]);
    }
    if (n->kw == KW_ADD_MONTHS) format_kw(f, (enum keyword)n->num);
    format_glued(f, STR(")"));
}

static void aggregate(struct format *f, const struct ast *n)
{
    format_kw(f, n->kw);
    format_glued(f, STR("("));
    f->glue = true;
    if (n->kids[0]->kind == AST_FIELD_OF)
        field_of(f, n->kids[0]);
    else
        format_name(f, n->kids[0]->name, false);
    for (size_t i = 1; i < n->kid_count; i++)
        format_modifier(f, n->kids[i]);
    format_glued(f, STR(")"));
}

static void expr_bare(struct format *f, const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_LITERAL:
    case AST_NAME:
        format_operand(f, n);
        break;
    case AST_FIELD_OF:
        field_of(f, n);
        break;
    case AST_HERE:
        format_kw(f, KW_HERE);
        break;
    case AST_DAY:
        format_kw(f, KW_DAY);
        break;
    case AST_CAPPED:
    case AST_FLOORED:
        capped(f, n);
        break;
    case AST_OR:
    case AST_AND:
        chain(f, n);
        break;
    case AST_NOT:
        not_(f, n);
        break;
    case AST_COMPARE:
        compare(f, n);
        break;
    case AST_WITHIN:
        within(f, n);
        break;
    case AST_ADD:
    case AST_SUBTRACT:
        sum(f, n);
        break;
    case AST_TIMES:
    case AST_DIVIDED:
        product(f, n);
        break;
    case AST_PER:
        per(f, n);
        break;
    case AST_CALL:
        call(f, n);
        break;
    case AST_AGGREGATE:
        aggregate(f, n);
        break;
    default:
        INVARIANT(!"an expression of a file without errors");
    }
}

static void expr(struct format *f, const struct ast *n, enum level least)
{
    bool brackets = level_of(n) < least;
    if (brackets) format_open(f, STR("("));
    expr_bare(f, n);
    if (brackets) format_glued(f, STR(")"));
}

void format_expression(struct format *f, const struct ast *n)
{
    expr(f, n, LEVEL_CAPPED);
}

void format_condition(struct format *f, const struct ast *n)
{
    expr(f, n, LEVEL_OR);
}

/* --- modifiers -------------------------------------------------------------------------------- */

static void window(struct format *f, const struct ast *n)
{
    format_kw(f, n->kw);
    if (n->kw == KW_FROM) {
        format_day(f, n->num);
        format_kw(f, KW_TO);
        format_day(f, n->den);
    }
    if (n->kid_count > 0) format_literal(f, n->kids[0]);
}

static void open_to(struct format *f, const struct ast *n)
{
    format_kw(f, KW_OPEN_TO);
    if (n->num & 1) format_kw(f, KW_CITY);
    if (n->num == 3) format_comma(f);
    if (n->num & 2) format_kw(f, KW_COUNTY);
}

static void if_unknown(struct format *f, const struct ast *n)
{
    format_kw(f, KW_IF_UNKNOWN);
    format_kw(f, KW_FROM);
    format_day(f, n->num);
    format_kw(f, KW_SINCE);
    format_kw(f, KW_COUNTS);
    format_operand(f, n->kids[0]);
}

static void max_records(struct format *f, const struct ast *n)
{
    struct ast records = {.kind = AST_LITERAL, .unit = UNIT_RECORDS, .num = n->num, .den = 1};
    format_kw(f, KW_AT_MOST);
    format_literal(f, &records);
}

/* Modifiers of one keyword and at most one part. */
struct simple {
    enum keyword kw;
    enum { PART_NONE, PART_NAME, PART_FIELD, PART_OPERAND, PART_DAY, PART_KW } part;
};

static const struct simple simples[AST_KIND_COUNT] = {
    [AST_IN] = {KW_IN, PART_NAME},
    [AST_DEDUCTS] = {KW_DEDUCTS, PART_NONE},
    [AST_COMBINE] = {KW_NONE, PART_KW},
    [AST_CAP] = {KW_CAP, PART_OPERAND},
    [AST_CEILING] = {KW_CEILING, PART_OPERAND},
    [AST_FLOOR] = {KW_FLOOR, PART_OPERAND},
    [AST_PORTABLE] = {KW_PORTABLE, PART_KW},
    [AST_EXCEPTION] = {KW_EXCEPTION, PART_NAME},
    [AST_MAY_VARY] = {KW_MAY_VARY, PART_NONE},
    [AST_ONE_PER_PERSON] = {KW_ONE_PER_PERSON, PART_NONE},
    [AST_NONE_UNKNOWN] = {KW_NONE_UNKNOWN, PART_NONE},
    [AST_NO_OVERLAP] = {KW_NO_OVERLAP, PART_NONE},
    [AST_ROLE] = {KW_NONE, PART_KW},
    [AST_EMPTY] = {KW_EMPTY_IS, PART_KW},
    [AST_DAY_IS] = {KW_DAY, PART_DAY},
    [AST_RULE_DAY_IS] = {KW_RULE_DAY, PART_DAY},
    [AST_DECREASING] = {KW_DECREASING, PART_NONE},
    [AST_CHANGEABLE] = {KW_CHANGEABLE, PART_NONE},
    [AST_LEAD] = {KW_LEAD, PART_OPERAND},
    [AST_LEFTOVER] = {KW_LEFTOVER, PART_OPERAND},
    [AST_IF_NONE] = {KW_IF_NONE, PART_OPERAND},
};

static void simple(struct format *f, const struct ast *n)
{
    const struct simple *s = &simples[n->kind];
    INVARIANT(s->kw != KW_NONE || s->part == PART_KW);
    if (s->kw != KW_NONE) format_kw(f, s->kw);
    switch (s->part) {
    case PART_NONE:
        break;
    case PART_NAME:
        format_name(f, n->kids[0]->name, false);
        break;
    case PART_FIELD:
        format_name(f, n->kids[0]->name, true);
        break;
    case PART_OPERAND:
        format_operand(f, n->kids[0]);
        break;
    case PART_DAY:
        format_day(f, n->num);
        break;
    case PART_KW:
        format_kw(f, n->kw);
        break;
    }
}

void format_modifier(struct format *f, const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_DATES:
        format_dates(f, n);
        break;
    case AST_WINDOW:
        window(f, n);
        break;
    case AST_OPEN_TO:
        open_to(f, n);
        break;
    case AST_IF_UNKNOWN:
        if_unknown(f, n);
        break;
    case AST_MAX_RECORDS:
        max_records(f, n);
        break;
    case AST_WHEN:
        format_kw(f, KW_WHEN);
        format_condition(f, n->kids[0]);
        break;
    case AST_BECAUSE:
    case AST_EVIDENCE:
        format_kw(f, n->kind == AST_BECAUSE ? KW_BECAUSE : KW_EVIDENCE);
        format_label(f, n->name, n->alt);
        break;
    case AST_DIGEST:
        format_kw(f, KW_DIGEST);
        format_string(f, n->name);
        break;
    case AST_RANGE:
        format_kw(f, KW_RANGE);
        format_literal(f, n->kids[0]);
        format_kw(f, KW_TO);
        format_literal(f, n->kids[1]);
        break;
    case AST_SAME:
        format_kw(f, KW_SAME);
        format_name(f, n->kids[0]->name, true);
        format_kw(f, KW_HIGHEST_OF);
        break;
    case AST_YEAR_CAP:
        format_kw(f, KW_PER_YEAR);
        format_kw(f, KW_CAP);
        format_operand(f, n->kids[0]);
        break;
    case AST_GAP:
        format_kw(f, KW_GAP);
        format_kw(f, KW_AT_MOST);
        format_literal(f, n->kids[0]);
        break;
    default:
        simple(f, n);
        break;
    }
}

/* --- bodies ----------------------------------------------------------------------------------- */

static bool is_block(const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_BANDS:
    case AST_MATCH:
    case AST_HIGHEST_OF:
    case AST_LOWEST_OF:
    case AST_SUM_OF:
    case AST_IF:
    case AST_EACH:
        return true;
    case AST_CAPPED:
    case AST_FLOORED:
        return is_block(n->kids[0]);
    default:
        return false;
    }
}

static void block(struct format *f, const struct ast *n, int32_t indent);

/* One expression on lines of its own. */
static void value_lines(struct format *f, const struct ast *n, int32_t indent)
{
    if (is_block(n)) {
        block(f, n, indent);
        return;
    }
    f->indent = indent;
    format_expression(f, n);
    format_line_end(f);
}

/* After the words of a row or header: its colon, and its body below. */
static void body_below(struct format *f, const struct ast *body, int32_t indent)
{
    format_colon(f);
    format_line_end(f);
    value_lines(f, body, indent + 2);
}

/* The body of a row: on the row's line where it is an inline expression. */
static void body_of_row(struct format *f, const struct ast *body, int32_t indent)
{
    if (is_block(body)) {
        body_below(f, body, indent);
        return;
    }
    format_colon(f);
    format_expression(f, body);
    format_line_end(f);
}

static void bound(struct format *f, const struct ast *lower, bool excluded, enum keyword out,
                  enum keyword in)
{
    if (lower->kind == AST_ABSENT) return;
    if (excluded) format_kw(f, out);
    format_operand(f, lower);
    if (!excluded) format_kw(f, in);
}

static void band(struct format *f, const struct ast *n, int32_t indent)
{
    f->indent = indent;
    if (n->kids[0]->kind == AST_OTHER) {
        format_kw(f, KW_OTHER);
    } else {
        bound(f, n->kids[0], n->num == 1, KW_MORE, KW_OR_MORE);
        bound(f, n->kids[1], n->den == 1, KW_LESS, KW_OR_LESS);
    }
    body_of_row(f, n->kids[n->kid_count - 1], indent);
}

static void match_row(struct format *f, const struct ast *n, int32_t indent)
{
    f->indent = indent;
    for (size_t i = 0; i + 1 < n->kid_count; i++) {
        if (i > 0) format_comma(f);
        if (n->kids[i]->kind == AST_OTHER)
            format_kw(f, KW_OTHER);
        else
            format_name(f, n->kids[i]->name, false);
    }
    if (n->kw != KW_NONE) format_kw(f, n->kw);
    body_of_row(f, n->kids[n->kid_count - 1], indent);
}

static void list_row(struct format *f, const struct ast *n, int32_t indent)
{
    if (n->kind != AST_ITEM) {
        value_lines(f, n, indent);
        return;
    }
    f->indent = indent;
    format_kw(f, KW_ITEM);
    format_decl(f, n->kids[0], false);
    body_of_row(f, n->kids[1], indent);
}

static void if_lines(struct format *f, const struct ast *n, int32_t indent)
{
    f->indent = indent;
    format_kw(f, KW_IF);
    format_condition(f, n->kids[0]);
    body_below(f, n->kids[1], indent);
    f->indent = indent;
    format_kw(f, KW_ELSE);
    if (n->kids[2]->kind == AST_IF)
        if_lines(f, n->kids[2], indent);
    else
        body_below(f, n->kids[2], indent);
}

static void each(struct format *f, const struct ast *n, int32_t indent)
{
    f->indent = indent;
    format_kw(f, KW_EACH);
    format_name(f, n->kids[0]->name, false);
    for (size_t i = 1; i + 1 < n->kid_count; i++)
        format_modifier(f, n->kids[i]);
    body_below(f, n->kids[n->kid_count - 1], indent);
}

static void rows(struct format *f, const struct ast *n, size_t from, int32_t indent,
                 void (*row)(struct format *f, const struct ast *n, int32_t indent))
{
    format_colon(f);
    format_line_end(f);
    for (size_t i = from; i < n->kid_count; i++)
        row(f, n->kids[i], indent + 2);
}

static void block(struct format *f, const struct ast *n, int32_t indent)
{
    f->indent = indent;
    switch ((int)n->kind) {
    case AST_BANDS:
    case AST_MATCH:
        format_kw(f, n->kind == AST_BANDS ? KW_BANDS : KW_MATCH);
        format_expression(f, n->kids[0]);
        rows(f, n, 1, indent, n->kind == AST_BANDS ? band : match_row);
        break;
    case AST_HIGHEST_OF:
    case AST_LOWEST_OF:
    case AST_SUM_OF:
        format_kw(f, n->kind == AST_HIGHEST_OF  ? KW_HIGHEST_OF
                     : n->kind == AST_LOWEST_OF ? KW_LOWEST_OF
                                                : KW_SUM_OF);
        rows(f, n, 0, indent, list_row);
        break;
    case AST_IF:
        if_lines(f, n, indent);
        break;
    case AST_EACH:
        each(f, n, indent);
        break;
    case AST_CAPPED:
    case AST_FLOORED:
        format_kw(f, n->kind == AST_CAPPED ? KW_CAP : KW_FLOOR);
        format_operand(f, n->kids[1]);
        body_below(f, n->kids[0], indent);
        break;
    default:
        INVARIANT(!"a block");
    }
}

void format_body_below(struct format *f, const struct ast *n, size_t from, int32_t indent)
{
    format_line_end(f);
    for (size_t i = from; i < n->kid_count; i++) {
        const struct ast *k = n->kids[i];
        if (k->kind != AST_LET) {
            value_lines(f, k, indent);
            continue;
        }
        f->indent = indent;
        format_kw(f, KW_LET);
        format_decl(f, k->kids[0], false);
        format_word(f, STR("="));
        format_expression(f, k->kids[1]);
        format_line_end(f);
    }
}
