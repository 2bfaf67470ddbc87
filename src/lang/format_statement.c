/* Writing statements: one function per form, chosen by kind. */
#include "lang/format_internal.h"

#define BELOW 2 /* indentation of a statement's lines */

static void modifiers(struct format *f, const struct ast *n, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        format_modifier(f, n->kids[i]);
}

/* kids[from..]: modifiers up to the first kid of `stop`; returns where that is. */
static size_t modifiers_until(struct format *f, const struct ast *n, size_t from,
                              enum ast_kind stop)
{
    size_t i = from;
    for (; i < n->kid_count && n->kids[i]->kind != stop; i++)
        format_modifier(f, n->kids[i]);
    return i;
}

/* --- header of the file ----------------------------------------------------------------------- */

static void scheme(struct format *f, const struct ast *n)
{
    format_kw(f, KW_SCHEME);
    format_label(f, n->name, n->alt);
    format_open(f, STR("("));
    format_word(f, n->kids[0]->name);
    format_glued(f, STR(")"));
    format_line_end(f);
}

static void layer(struct format *f, const struct ast *n)
{
    char digits[6];
    int64_t code = n->num;
    for (int i = 5; i >= 0; i--, code /= 10)
        digits[i] = (char)('0' + code % 10);
    format_kw(f, KW_LAYER);
    format_kw(f, n->kw);
    format_word(f, (struct str){digits, sizeof digits});
    format_line_end(f);
}

static void under(struct format *f, const struct ast *n)
{
    format_kw(f, KW_UNDER);
    format_name(f, n->kids[0]->name, false);
    format_line_end(f);
}

static void scale(struct format *f, const struct ast *n)
{
    struct ast one = {.kind = AST_LITERAL, .unit = UNIT_POINTS, .num = 1, .den = n->num};
    format_kw(f, KW_SCALE);
    format_literal(f, &one);
    format_line_end(f);
}

static void source(struct format *f, const struct ast *n)
{
    format_kw(f, KW_SOURCE);
    format_label(f, n->name, n->alt);
    modifiers(f, n, 0, n->kid_count);
    format_line_end(f);
}

static void illustrative(struct format *f, const struct ast *n UNUSED)
{
    format_kw(f, KW_ILLUSTRATIVE);
    format_line_end(f);
}

/* --- catalogue -------------------------------------------------------------------------------- */

static void members(struct format *f, const struct ast *n)
{
    bool levels = n->kind == AST_LEVELS;
    format_kw(f, levels ? KW_LEVELS : KW_CATEGORY);
    format_decl(f, n->kids[0], false);
    format_colon(f);
    for (size_t i = 1; i < n->kid_count; i++) {
        format_decl(f, n->kids[i], false);
        if (i + 1 == n->kid_count) break;
        if (levels) {
            format_word(f, STR("<"));
            format_may_break(f);
        } else {
            format_comma(f);
        }
    }
    format_line_end(f);
}

static void unit(struct format *f, const struct ast *n)
{
    format_kw(f, KW_UNIT);
    for (size_t i = 0; i < n->kid_count; i++) {
        if (i > 0) format_comma(f);
        format_decl(f, n->kids[i], false);
    }
    format_line_end(f);
}

static void type(struct format *f, const struct ast *n)
{
    if (n->kw == KW_NONE) {
        format_name(f, n->name, false);
        return;
    }
    format_kw(f, n->kw);
    if (n->unit == UNIT_DECLARED)
        format_name(f, n->unit_name, false);
    else if (n->unit != UNIT_NONE)
        format_word(f, str_from_c(unit_text(n->unit, f->lang, false)));
}

static void register_(struct format *f, const struct ast *n)
{
    format_kw(f, KW_REGISTER);
    format_decl(f, n->kids[0], false);
    format_kw(f, KW_SUPPLIED_BY);
    format_label(f, n->name, n->alt);
    size_t at = modifiers_until(f, n, 1, AST_FIELD);
    format_colon(f);
    format_line_end(f);
    for (; at < n->kid_count; at++) {
        const struct ast *k = n->kids[at];
        f->indent = BELOW;
        format_decl(f, k->kids[0], true);
        format_colon(f);
        type(f, k->kids[1]);
        modifiers(f, k, 2, k->kid_count);
        format_line_end(f);
    }
}

static void value_rows(struct format *f, const struct ast *n, size_t from)
{
    format_colon(f);
    format_line_end(f);
    for (size_t i = from; i < n->kid_count; i++) {
        f->indent = BELOW;
        format_dates(f, n->kids[i]->kids[0]);
        format_literal(f, n->kids[i]->kids[1]);
        format_line_end(f);
    }
}

static void parameter(struct format *f, const struct ast *n)
{
    format_kw(f, KW_PARAMETER);
    format_decl(f, n->kids[0], false);
    value_rows(f, n, modifiers_until(f, n, 1, AST_VALUE_FROM));
}

static void implements(struct format *f, const struct ast *n)
{
    format_kw(f, KW_IMPLEMENTS);
    format_name(f, n->kids[0]->name, false);
    value_rows(f, n, 1);
}

/* --- the tree of points ----------------------------------------------------------------------- */

static void header(struct format *f, const struct ast *n, enum keyword kw)
{
    format_kw(f, kw);
    format_decl(f, n->kids[0], false);
    modifiers(f, n, 1, n->kid_count);
    format_line_end(f);
}

static void total(struct format *f, const struct ast *n)
{
    header(f, n, KW_TOTAL);
}

static void group(struct format *f, const struct ast *n)
{
    header(f, n, KW_GROUP);
}

static bool is_modifier(enum ast_kind k)
{
    static const enum ast_kind kinds[] = {AST_IN,       AST_COMBINE,    AST_CAP,   AST_CEILING,
                                          AST_FLOOR,    AST_IF_UNKNOWN, AST_DATES, AST_EXCEPTION,
                                          AST_MAY_VARY, AST_WHEN};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (k == kinds[i]) return true;
    return false;
}

static void clause(struct format *f, const struct ast *n)
{
    size_t i = 1;
    format_kw(f, n->kind == AST_CLAUSE ? KW_CLAUSE : KW_INDICATOR);
    format_decl(f, n->kids[0], false);
    for (; i < n->kid_count && is_modifier(n->kids[i]->kind); i++)
        format_modifier(f, n->kids[i]);
    if (i == n->kid_count) {
        format_line_end(f);
        return;
    }
    format_colon(f);
    format_body_below(f, n, i, BELOW);
}

static void veto(struct format *f, const struct ast *n)
{
    format_kw(f, KW_VETO);
    if (n->kids[0]->kind == AST_ALL)
        format_kw(f, KW_ALL);
    else
        format_name(f, n->kids[0]->name, false);
    modifiers(f, n, 1, n->kid_count);
    format_line_end(f);
}

static void freeze(struct format *f, const struct ast *n)
{
    format_kw(f, KW_FREEZE);
    modifiers(f, n, 0, n->kid_count);
    format_line_end(f);
}

static void gate_lines(struct format *f, const struct ast *n, int32_t indent)
{
    format_colon(f);
    format_line_end(f);
    for (size_t i = 0; i < n->kid_count; i++) {
        const struct ast *k = n->kids[i];
        f->indent = indent;
        if (k->kind == AST_ALL_OF || k->kind == AST_ANY_OF) {
            format_kw(f, k->kind == AST_ALL_OF ? KW_ALL_OF : KW_ANY_OF);
            gate_lines(f, k, indent + BELOW);
        } else {
            format_condition(f, k);
            format_line_end(f);
        }
    }
}

static void gate(struct format *f, const struct ast *n)
{
    format_kw(f, KW_GATE);
    format_decl(f, n->kids[0], false);
    size_t at = modifiers_until(f, n, 1, AST_ALL_OF);
    gate_lines(f, n->kids[at], BELOW);
}

/* Would the name make a longer keyword with the one before it ("at" + "least")? */
static bool joins(const struct format *f, enum keyword before, struct str name)
{
    struct str front = keyword_str(before, f->lang);
    for (int kw = KW_NONE + 1; kw < KW_COUNT_OF; kw++) {
        struct str k = keyword_str((enum keyword)kw, f->lang);
        bool longer = k.n == front.n + 1 + name.n && str_starts(k, front) && k.p[front.n] == ' ';
        if (longer && str_eq((struct str){k.p + front.n + 1, name.n}, name)) return true;
    }
    return false;
}

static void force(struct format *f, const struct ast *n)
{
    struct str place = names_to_ascii(f->names, n->kids[2]->name);
    format_kw(f, KW_FORCE);
    format_name(f, n->kids[0]->name, false);
    format_kw(f, KW_MATCH);
    format_name(f, n->kids[1]->name, true);
    format_kw(f, KW_AT);
    format_name(f, n->kids[2]->name, !joins(f, KW_AT, place));
    format_colon(f);
    format_line_end(f);
    for (size_t i = 3; i < n->kid_count; i++) {
        const struct ast *k = n->kids[i];
        f->indent = BELOW;
        if (k->kids[0]->kind == AST_NO_RECORD)
            format_kw(f, KW_NO_RECORD);
        else
            format_name(f, k->kids[0]->name, false);
        format_colon(f);
        format_kw(f, k->kw);
        format_word(f, k->name);
        format_line_end(f);
    }
}

/* --- cases and properties --------------------------------------------------------------------- */

static void case_value(struct format *f, const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_STRING:
        format_string(f, n->name);
        break;
    case AST_YES_NO:
        format_kw(f, n->kw);
        break;
    case AST_UNKNOWN:
        format_kw(f, KW_UNKNOWN);
        break;
    default:
        format_operand(f, n);
        break;
    }
}

static void case_record(struct format *f, const struct ast *n)
{
    format_name(f, n->kids[0]->name, false);
    format_colon(f);
    for (size_t i = 1; i < n->kid_count; i++) {
        if (i > 1) format_comma(f);
        format_name(f, n->kids[i]->kids[0]->name, true);
        case_value(f, n->kids[i]->kids[1]);
    }
}

static void case_expect(struct format *f, const struct ast *n)
{
    format_kw(f, KW_EXPECT);
    for (size_t i = 0; i < n->kid_count; i++) {
        const struct ast *k = n->kids[i];
        if (i > 0) format_comma(f);
        format_name(f, k->kids[0]->name, false);
        format_literal(f, k->kids[1]);
        if (k->kid_count < 3) continue;
        format_kw(f, KW_TO);
        format_literal(f, k->kids[2]);
    }
}

static void case_unanswered(struct format *f, const struct ast *n)
{
    format_kw(f, KW_UNANSWERED);
    for (size_t i = 0; i < n->kid_count; i++) {
        if (i > 0) format_comma(f);
        format_name(f, n->kids[i]->name, false);
    }
}

static void case_line(struct format *f, const struct ast *n)
{
    switch ((int)n->kind) {
    case AST_CASE_RECORD:
        case_record(f, n);
        break;
    case AST_UNANSWERED:
        case_unanswered(f, n);
        break;
    case AST_EXPECT:
        case_expect(f, n);
        break;
    case AST_STATUS:
        format_kw(f, KW_STATUS);
        format_word(f, n->name);
        break;
    case AST_GATE_IS:
        format_kw(f, KW_GATE);
        format_name(f, n->kids[0]->name, false);
        format_kw(f, n->kw);
        break;
    default:
        INVARIANT(!"a line of a case");
    }
}

static void case_(struct format *f, const struct ast *n)
{
    format_kw(f, KW_CASE);
    format_label(f, n->name, n->alt);
    size_t at = 0;
    for (; at < n->kid_count; at++) {
        enum ast_kind k = n->kids[at]->kind;
        if (k != AST_DAY_IS && k != AST_RULE_DAY_IS) break;
        format_modifier(f, n->kids[at]);
    }
    format_colon(f);
    format_line_end(f);
    for (; at < n->kid_count; at++) {
        f->indent = BELOW;
        case_line(f, n->kids[at]);
        format_line_end(f);
    }
}

static void property(struct format *f, const struct ast *n)
{
    format_kw(f, KW_PROPERTY);
    format_label(f, n->name, n->alt);
    format_colon(f);
    bool bound = n->kw == KW_AT_MOST || n->kw == KW_AT_LEAST;
    if (!bound) format_kw(f, n->kw);
    format_name(f, n->kids[0]->name, false);
    if (bound) {
        format_kw(f, n->kw);
        format_literal(f, n->kids[1]);
    } else if (n->kw == KW_MONOTONE) {
        format_kw(f, KW_WITH);
        format_expression(f, n->kids[1]);
        modifiers(f, n, 2, n->kid_count);
    }
    format_line_end(f);
}

static void (*const writers[AST_KIND_COUNT])(struct format *f, const struct ast *n) = {
    [AST_SCHEME] = scheme,      [AST_LAYER] = layer,         [AST_UNDER] = under,
    [AST_SCALE] = scale,        [AST_SOURCE] = source,       [AST_ILLUSTRATIVE] = illustrative,
    [AST_LEVELS] = members,     [AST_CATEGORY] = members,    [AST_UNIT] = unit,
    [AST_REGISTER] = register_, [AST_PARAMETER] = parameter, [AST_IMPLEMENTS] = implements,
    [AST_TOTAL] = total,        [AST_GROUP] = group,         [AST_INDICATOR] = clause,
    [AST_CLAUSE] = clause,      [AST_VETO] = veto,           [AST_FREEZE] = freeze,
    [AST_GATE] = gate,          [AST_FORCE] = force,         [AST_CASE] = case_,
    [AST_PROPERTY] = property,
};

void format_statement(struct format *f, const struct ast *n)
{
    INVARIANT(writers[n->kind] != NULL);
    f->indent = 0;
    writers[n->kind](f, n);
}
