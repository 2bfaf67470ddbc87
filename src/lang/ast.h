/* The syntax tree: one node type, its kinds and their children in ast.def. */
#ifndef JIFEN_LANG_AST_H
#define JIFEN_LANG_AST_H

#include "base/decimal.h"
#include "base/diag.h"

enum ast_kind {
#define AST(kind) AST_##kind,
#include "lang/ast.def"
#undef AST
    AST_KIND_COUNT
};

enum keyword {
    KW_NONE,
#define KEYWORD(id, zh, en) KW_##id,
#define NOISE(id, zh) KW_##id,
#define UNIT_WORD(id, zh, one, many, scale)
#include "lang/keyword.def"
#undef KEYWORD
#undef NOISE
#undef UNIT_WORD
    KW_COUNT_OF
};

enum unit {
    UNIT_NONE,
#define KEYWORD(id, zh, en)
#define NOISE(id, zh)
#define UNIT_WORD(id, zh, one, many, scale) UNIT_##id,
#include "lang/keyword.def"
#undef KEYWORD
#undef NOISE
#undef UNIT_WORD
    UNIT_RATIO,    /* written a/b */
    UNIT_DATE,     /* num = day number */
    UNIT_MONTH,    /* num = calendar month */
    UNIT_DECLARED, /* a unit declared in a rule file: unit_name */
    UNIT_COUNT_OF
};

struct ast {
    enum ast_kind kind;
    enum keyword kw;
    enum unit unit;
    struct src_pos pos;
    struct str name, alt, unit_name; /* pointers into the source or the arena */
    int64_t num, den;
    struct ast **kids;
    size_t kid_count;
    uint32_t height; /* levels of nodes below it: at most AST_DEPTH_MAX */
};

/* First child of `kind`, or NULL. */
struct ast *ast_find(const struct ast *n, enum ast_kind kind);

/* One parsed file. */
struct ast_file {
    uint32_t file; /* index of its src_file */
    enum lang lang;
    int32_t edition;    /* 1 */
    struct ast **items; /* statements and prose in order */
    size_t item_count;
    /* For each item the heading path above it ("三 / (一) 年龄"), same length as items; empty
     * before the first heading. */
    struct str *headings;
};

#define AST_DEPTH_MAX 64 /* nesting of expressions and blocks */
#define RULE_FILE_BYTES_MAX (4u << 20)

/* Parse files[index]. Recovers at statement and row ends, so that one run reports every error;
 * always gives a file (with AST_ERROR nodes where needed) unless memory ends. Diagnostics go to
 * `diags`; the file's `lang` is set from its first line. */
NODISCARD enum err parse_file(struct arena *a, struct src_file *files, uint32_t index,
                              struct diag_list *diags, struct ast_file *ret);

/* The dictionary of a rule folder: one Chinese word <-> one ASCII word, whatever it names. Built
 * from every DECL_NAME. */
struct names;
NODISCARD enum err names_build(struct arena *a, const struct ast_file *files, size_t count,
                               struct diag_list *diags, struct names **ret);
struct str
names_to_ascii(const struct names *n,
               struct str word); /* the word itself when it is ASCII; {NULL,0} = not declared */
struct str names_to_zh(const struct names *n, struct str ascii); /* {NULL,0} = not declared */
/* The nearest declared word or keyword in `lang`, or {NULL,0}. */
struct str names_nearest(const struct names *n, struct str word, enum lang lang);
/* A Chinese word that is several words written without blanks, taken apart into declared words and
 * keywords: 年龄至少 -> 「年龄」 至少. {NULL,0} when there is no such reading. */
struct str names_split(struct arena *a, const struct names *n, struct str word);

/* The file in canonical form in language `lang` (its own, or the other one). Lossless: formatting
 * back gives the same bytes as formatting in the first language. Needs a file without errors. */
NODISCARD enum err format_file(const struct ast_file *f, const struct names *n, enum lang lang,
                               struct buf *out);

/* Canonical bytes of the file's code, the same for both languages (ASCII names, no prose, no
 * layout; headings are part of it, because they are the citations), for hashing. */
NODISCARD enum err canonical_file(const struct ast_file *f, const struct names *n, struct buf *out);

/* Keyword and unit tables. */
const char *keyword_text(enum keyword kw, enum lang lang); /* "" for noise words in English */
const char *unit_text(enum unit u, enum lang lang, bool one);
int64_t unit_scale(enum unit u);

#endif
