/* What the files of the front share: words and their index, tokens, the lexer, node building.
 *
 * split (parser_file.c) -> lexer.c, one logical line at a time -> parser_*.c -> ast */
#ifndef JIFEN_LANG_FRONT_INTERNAL_H
#define JIFEN_LANG_FRONT_INTERNAL_H

#include "lang/ast.h"
#include "lang/diag.h"

/* --- keyword.c ------------------------------------------------------------------------------ */

#define WORD_SLOTS 1024 /* a power of two, well above the number of keywords and units */

/* Index over the keyword and unit tables of one language; lives where its user puts it. */
struct word_index {
    enum lang lang;
    uint16_t keyword[WORD_SLOTS]; /* by hash of the first word; 0 = free */
    uint16_t part[WORD_SLOTS];    /* marks of the words that names are not */
};
void word_index_init(struct word_index *w, enum lang lang);

/* The keywords whose first word is `word`, in no order: call from *at = 0 until KW_NONE. */
enum keyword word_index_next(const struct word_index *w, struct str word, uint32_t *at);
/* Is `word` a keyword, or could it be read as the rest of a keyword before it? Then a name of that
 * form is quoted. */
bool word_is_reserved(const struct word_index *w, struct str word);

struct str keyword_str(enum keyword kw, enum lang lang);
enum keyword keyword_find(struct str text, enum lang lang); /* whole text; KW_NONE */
enum unit unit_find(struct str text, enum lang lang);       /* UNIT_NONE when it is not built in */
/* Closest keyword within one or two changes, KW_NONE when there is none or several. */
enum keyword keyword_nearest(struct str text, enum lang lang);

/* --- characters (chars.c) ------------------------------------------------------------------- */

enum char_class {
    CHAR_OTHER,     /* not allowed in code */
    CHAR_ASCII,     /* printable ASCII and line ends */
    CHAR_CJK,       /* may stand in a Chinese name */
    CHAR_FULLWIDTH, /* folds to ASCII */
    CHAR_SIGN,      /* the allowed punctuation */
    CHAR_FORBIDDEN, /* refused everywhere */
    CHAR_LOOKALIKE  /* refused everywhere */
};
enum char_class char_class(uint32_t cp);
/* Report bad UTF-8 (false: nothing more can be done), and what is refused everywhere. */
bool chars_check(const struct src_file *files, uint32_t file, struct diag_list *diags);
/* `s` with full-width forms outside strings folded to ASCII; `s` itself when there are none;
 * {NULL, 0} without memory. */
struct str chars_fold(struct arena *a, struct str s);
/* May `name` be written without 「」? */
bool name_is_plain_zh(struct str name);
bool name_is_ascii(struct str name);    /* [a-z][a-z0-9_]* */
bool name_is_quotable(struct str name); /* may stand in 「」 */

/* --- lexer.c -------------------------------------------------------------------------------- */

enum token_kind {
    TOKEN_END,    /* end of the logical line */
    TOKEN_WORD,   /* a name or keyword */
    TOKEN_QUOTED, /* a name in 「」 */
    TOKEN_NUMBER,
    TOKEN_DATE,
    TOKEN_MONTH,
    TOKEN_STRING,
    TOKEN_SIGN, /* a comparison or × ÷: always a keyword */
    TOKEN_LESS, /* '<' */
    TOKEN_EQUAL,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_LEFT,
    TOKEN_RIGHT,
    TOKEN_LEFT_BRACE,
    TOKEN_RIGHT_BRACE,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_SLASH,
    TOKEN_DOT,
    TOKEN_BAD /* a diagnostic exists */
};

struct token {
    enum token_kind kind;
    enum keyword kw; /* what it reads as, with the span - 1 tokens after it; KW_NONE */
    enum unit unit;  /* of a number: UNIT_NONE without one */
    bool glued;      /* touches the token before it */
    bool first;      /* first of its physical line */
    uint32_t span;   /* tokens of the keyword */
    uint32_t line, col, chars;
    struct str text;  /* word, content of a string; of a number: its unit as written */
    struct str whole; /* as written (folded) */
    int64_t num, den;
};

#define LINE_TOKENS_MAX 65536
#define NAME_CHARS_MAX 64

/* Gives the logical lines of one code fence. */
struct lexer {
    struct arena *arena;
    struct diag_list *diags;
    struct word_index words;
    struct str text; /* the file */
    uint32_t file;
    size_t at, end; /* the rest of the fence, whole lines */
    uint32_t line;  /* number of the line at `at` */
    /* the current logical line: */
    struct token *tokens; /* `count`, the last is TOKEN_END */
    size_t count, cap;
    bool has_line;    /* false: the fence has ended */
    int32_t indent;   /* of its first line */
    bool blank_above; /* an empty line stands before it */
    bool is_bad;      /* it holds a TOKEN_BAD: grammar has nothing to add */
    bool no_memory;   /* sticky; then has_line is false */
    /* while lexing: */
    int brackets;
    uint32_t findings; /* reported in this line */
    uint32_t col;
};

/* Read the next logical line. */
void lexer_next(struct lexer *lx);
/* Indentation of the line after the current one; -1 when there is none. */
int32_t lexer_next_indent(const struct lexer *lx);

/* --- parser.c: state and helpers ------------------------------------------------------------ */

struct parser {
    struct lexer lx;
    const struct src_file *files;
    enum lang lang;
    size_t at;         /* current token */
    bool panic;        /* an error of this line has been reported: the rest of it is skipped */
    bool no_memory;    /* sticky */
    uint32_t depth;    /* nesting of the parse now */
    struct ast **kids; /* stack of children under construction */
    size_t kid_count, kid_cap;
    const struct ast *bracketed; /* the expression that stood in brackets last */
    struct ast nobody;           /* stands for every node once memory has ended */
};

/* Below AST_DEPTH_MAX, so that what is cut off here does not exceed it as a tree. */
#define PARSE_DEPTH_MAX (AST_DEPTH_MAX - 4)

/* Things the parser expects that have no keyword; texts in parser.c. */
enum what {
    WHAT_NAME,
    WHAT_FIELD,
    WHAT_NUMBER,
    WHAT_POINTS,
    WHAT_DATE,
    WHAT_STRING,
    WHAT_VALUE,
    WHAT_WORD,
    WHAT_CODE,
    WHAT_TYPE,
    WHAT_UNIT_1,
    WHAT_COLON,
    WHAT_COMMA,
    WHAT_RIGHT,
    WHAT_LEFT,
    WHAT_RIGHT_BRACE,
    WHAT_DOT,
    WHAT_EQUAL,
    WHAT_LESS,
    WHAT_ROUNDING,
    WHAT_SCALE,
    WHAT_LAYER,
    WHAT_FORCE,
    WHAT_STATE,
    WHAT_MONTH_RULE,
    WHAT_EMPTY,
    WHAT_PROPERTY,
    WHAT_BOUND,
    WHAT_MEMBER,
    WHAT_LENGTH,
    WHAT_COUNT_OF
};

const struct token *parser_token(const struct parser *p);
const struct token *parser_after(const struct parser *p, size_t n); /* n tokens further on */
struct src_pos parser_pos(const struct parser *p, const struct token *t);
bool parser_at(const struct parser *p, enum token_kind k);
bool parser_at_kw(const struct parser *p, enum keyword kw);
bool parser_accept(struct parser *p, enum token_kind k);
bool parser_accept_kw(struct parser *p, enum keyword kw);
bool parser_expect(struct parser *p, enum token_kind k, enum what w);
bool parser_expect_kw(struct parser *p, enum keyword kw);
void parser_skip(struct parser *p); /* one token, or the whole of a keyword */

/* Report at the current token (or at `t`) and skip the rest of the line. */
void parser_expected(struct parser *p, enum what w);
void parser_error(struct parser *p, enum lang_msg m, const struct token *t);
void parser_error_args(struct parser *p, enum lang_msg m, struct src_pos at, struct src_pos other,
                       const struct str *args, size_t count);

/* Lines. `base` is the indentation of the line whose block is read (-1: the fence). */
bool parser_line_below(const struct parser *p, int32_t base);
void parser_leftover(struct parser *p); /* report what stands here */
void parser_line_end(struct parser *p); /* the line must end here; go to the next */
void parser_line_report(struct parser *p, enum lang_msg m); /* the whole line; not a panic */
void parser_skip_block(struct parser *p, int32_t base);     /* lines deeper than base, silently */
/* After a header's colon: its rows or lines follow. `row` reads one and ends its line. */
void parser_rows(struct parser *p, int32_t base, void (*row)(struct parser *p));

/* Nodes. Children are pushed between `mark = p->kid_count` and parser_close(p, n, mark). */
struct ast *parser_node(struct parser *p, enum ast_kind kind);
struct ast *parser_node_at(struct parser *p, enum ast_kind kind, struct src_pos pos);
void parser_push(struct parser *p, struct ast *kid);
struct ast *parser_close(struct parser *p, struct ast *n, size_t mark);
struct ast *parser_node_1(struct parser *p, enum ast_kind kind, struct src_pos pos, struct ast *a);
struct ast *parser_node_2(struct parser *p, enum ast_kind kind, struct src_pos pos, struct ast *a,
                          struct ast *b);
bool parser_enter(struct parser *p); /* one level deeper; false (reported) when too deep */
void parser_leave(struct parser *p);

/* --- parser_part.c: names, labels, literals, dates, modifiers --------------------------------- */

struct ast *parse_decl(struct parser *p);
struct ast *parse_name(struct parser *p);
struct ast *parse_field_name(struct parser *p); /* any word is a name */
struct ast *parse_field_of(struct parser *p);   /* R.F */
bool parse_label(struct parser *p, struct str *ret_zh, struct str *ret_en);
bool parse_word(struct parser *p, struct str *ret); /* an output word, ASCII */
struct ast *parse_literal(struct parser *p, bool may_lead_value);
struct ast *parse_operand(struct parser *p); /* points literal or name of a parameter */
bool parse_day(struct parser *p, int32_t *ret);
struct ast *parse_dates(struct parser *p);
/* Any of `kinds` (count of them), in any order, pushed in the order of `kinds`; those in `needed`
 * (a bit per kind) must be there. */
void parse_modifiers(struct parser *p, const enum ast_kind *kinds, size_t count, uint32_t needed);

/* --- parser_expr.c, parser_block.c ------------------------------------------------------------ */

struct ast *parse_expression(struct parser *p);
struct ast *parse_condition(struct parser *p); /* without a postfix cap or floor */
bool parser_at_primary(const struct parser *p, const struct token *t);
/* After the colon of a header or row on a line indented by `base`: pushes LETs (if allowed) and
 * one expression, and ends its lines. */
void parse_body(struct parser *p, int32_t base, bool lets);

/* --- parser_statement.c ----------------------------------------------------------------------- */

struct ast *parse_statement(struct parser *p);

/* --- canonical order of modifiers, shared with the formatter ---------------------------------- */

#endif
