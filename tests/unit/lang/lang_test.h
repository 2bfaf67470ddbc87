/* What the tests of the front share: parsing a text in memory, and its findings as text. */
#ifndef JIFEN_TESTS_LANG_TEST_H
#define JIFEN_TESTS_LANG_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lang/ast.h"
#include "lang/diag.h"

/* One parsed text and all that belongs to it. */
struct sample {
    struct arena arena;
    struct src_file source;
    struct diag_list diags;
    struct ast_file file;
    struct names *names;
};

/* Parse `text` (kept by the caller) and build its dictionary. */
static inline void sample_parse(struct sample *s, struct str text)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, 0);
    diag_list_init(&s->diags, &s->arena);
    s->source = (struct src_file){.path = STR("rules.md"), .text = text};
    assert_int_equal(parse_file(&s->arena, &s->source, 0, &s->diags, &s->file), ERR_OK);
    assert_int_equal(names_build(&s->arena, &s->file, 1, &s->diags, &s->names), ERR_OK);
    diag_sort(&s->diags);
}

static inline void sample_done(struct sample *s)
{
    arena_done(&s->arena);
}

/* Print what was found and fail unless nothing was. */
static inline void sample_clean(struct sample *s)
{
    struct buf out;
    if (s->diags.count == 0) return;
    buf_init(&out, 0);
    for (size_t i = 0; i < s->diags.count; i++)
        diag_render(&out, &s->diags.items[i], &s->source, 1, LANG_EN);
    print_error("%.*s\n%.*s\n", STR_ARG(s->source.text), STR_ARG(buf_str(&out)));
    buf_done(&out);
    fail();
}

/* The codes found, in order, as "JF0101 JF0204": NUL-terminated, in the sample's arena. */
static inline const char *sample_codes(struct sample *s)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < s->diags.count; i++) {
        if (i > 0) buf_add_char(&out, ' ');
        buf_add_c(&out, s->diags.items[i].message->code);
    }
    const char *codes = str_copy(&s->arena, buf_str(&out)).p;
    buf_done(&out);
    assert_non_null(codes);
    return codes;
}

/* Results as NUL-terminated texts in the sample's arena. */
static inline const char *sample_format(struct sample *s, enum lang lang)
{
    struct buf out;
    buf_init(&out, 0);
    assert_int_equal(format_file(&s->file, s->names, lang, &out), ERR_OK);
    const char *text = str_copy(&s->arena, buf_str(&out)).p;
    buf_done(&out);
    assert_non_null(text);
    return text;
}

static inline const char *sample_canonical(struct sample *s)
{
    struct buf out;
    buf_init(&out, 0);
    assert_int_equal(canonical_file(&s->file, s->names, &out), ERR_OK);
    const char *text = str_copy(&s->arena, buf_str(&out)).p;
    buf_done(&out);
    assert_non_null(text);
    return text;
}

#endif
