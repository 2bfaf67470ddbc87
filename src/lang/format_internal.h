/* What the files of the formatter share: a writer of logical lines.
 *
 * Words are added to one logical line at a time; where the line may go on in the next one is
 * marked, and format_line_end breaks it when it is wider than LINE_WIDTH. So layout depends on the
 * tree and the language only, never on the layout of the source. */
#ifndef JIFEN_LANG_FORMAT_INTERNAL_H
#define JIFEN_LANG_FORMAT_INTERNAL_H

#include "lang/front_internal.h"

#define LINE_WIDTH 100

struct format {
    struct buf *out;
    const struct names *names;
    enum lang lang;
    struct word_index words;
    struct buf line;   /* the logical line so far */
    struct buf breaks; /* offsets in `line` of blanks that may become line ends: size_t each */
    int32_t indent;    /* blanks before it */
    bool glue;         /* no blank before the next word */
};

void format_word(struct format *f, struct str s);  /* a blank before it where one is due */
void format_glued(struct format *f, struct str s); /* no blank before it */
void format_kw(struct format *f, enum keyword kw); /* nothing for noise words in English */
void format_open(struct format *f, struct str s);  /* a bracket: no blank after it */
void format_comma(struct format *f);               /* a comma; the line may break after it */
void format_may_break(struct format *f);           /* after the last word */
void format_colon(struct format *f);
void format_line_end(struct format *f);

void format_name(struct format *f, struct str name, bool any_word); /* translated, quoted if due */
void format_decl(struct format *f, const struct ast *decl, bool any_word);
void format_label(struct format *f, struct str zh, struct str en);
void format_string(struct format *f, struct str s);
void format_day(struct format *f, int64_t day);
void format_dates(struct format *f, const struct ast *n); /* DATES */
void format_literal(struct format *f, const struct ast *n);

/* --- format_expr.c: expressions and bodies --- */

void format_operand(struct format *f, const struct ast *n);    /* literal, name */
void format_expression(struct format *f, const struct ast *n); /* where 封顶 may follow */
void format_condition(struct format *f, const struct ast *n);
void format_modifier(struct format *f, const struct ast *n); /* any modifier node */
/* kids[from..]: LETs and one expression, below a line whose colon has been written. */
void format_body_below(struct format *f, const struct ast *n, size_t from, int32_t indent);

/* --- format_statement.c --- */

void format_statement(struct format *f, const struct ast *n);

#endif
