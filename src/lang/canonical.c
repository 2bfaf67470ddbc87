/* Canonical bytes of a file: the tree as text, in ASCII names and English keywords.
 *
 * Every text is written with its length before it, so that different trees never give the same
 * bytes. Prose, layout, quotes around names and blank lines leave no trace; headings do. */
#include "lang/front_internal.h"

static const char *const kind_names[AST_KIND_COUNT] = {
#define AST(kind) [AST_##kind] = #kind,
#include "lang/ast.def"
#undef AST
};

static const char *const unit_names[UNIT_COUNT_OF] = {
#define KEYWORD(id, zh, en)
#define NOISE(id, zh)
#define UNIT_WORD(id, zh, one, many, scale) [UNIT_##id] = #id,
#include "lang/keyword.def"
#undef KEYWORD
#undef NOISE
#undef UNIT_WORD
    [UNIT_RATIO] = "RATIO",
    [UNIT_DATE] = "DATE",
    [UNIT_MONTH] = "MONTH",
    [UNIT_DECLARED] = "DECLARED",
};

static void add_text(struct buf *out, const char *tag, struct str s)
{
    if (s.n == 0) return;
    buf_add_char(out, ' ');
    buf_add_c(out, tag);
    buf_add_int(out, (int64_t)s.n);
    buf_add_char(out, ':');
    buf_add(out, s);
}

static struct str ascii_of(const struct names *n, struct str word)
{
    struct str ascii = names_to_ascii(n, word);
    return ascii.p ? ascii : word;
}

static void add_node(struct buf *out, const struct names *names, const struct ast *n)
{
    bool name = n->kind == AST_NAME || (n->kind == AST_TYPE && n->name.n > 0);
    buf_add_char(out, '(');
    buf_add_c(out, kind_names[n->kind]);
    if (n->kw != KW_NONE) add_text(out, "k", keyword_str(n->kw, LANG_EN));
    if (n->unit != UNIT_NONE) {
        buf_add_char(out, ' ');
        buf_add_c(out, unit_names[n->unit]);
    }
    add_text(out, "n", name ? ascii_of(names, n->name) : n->name);
    add_text(out, "a", n->alt);
    if (n->unit_name.n > 0) add_text(out, "w", ascii_of(names, n->unit_name));
    if (n->kind == AST_CALL && n->num != 0) {
        add_text(out, "r", keyword_str((enum keyword)n->num, LANG_EN)); /* clamped, next day */
    } else if (n->num != 0 || n->den != 1) {
        buf_add_char(out, ' ');
        buf_add_int(out, n->num);
        buf_add_char(out, '/');
        buf_add_int(out, n->den);
    }
    for (size_t i = 0; i < n->kid_count; i++)
        add_node(out, names, n->kids[i]);
    buf_add_char(out, ')');
}

static bool is_code(enum ast_kind k)
{
    return k != AST_PROSE && k != AST_FENCE_OPEN && k != AST_FENCE_CLOSE && k != AST_BLANK;
}

enum err canonical_file(const struct ast_file *f, const struct names *n, struct buf *out)
{
    struct str heading = {NULL, 0};
    buf_add_c(out, "rules 1\n");
    for (size_t i = 0; i < f->item_count; i++) {
        if (!is_code(f->items[i]->kind)) continue;
        if (!str_eq(heading, f->headings[i])) {
            heading = f->headings[i];
            buf_add_c(out, "heading");
            add_text(out, "n", heading);
            buf_add_char(out, '\n');
        }
        add_node(out, n, f->items[i]);
        buf_add_char(out, '\n');
    }
    return buf_err(out);
}
