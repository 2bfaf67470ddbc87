/* Fuzz target: one rule file, from its bytes to a score.
 *
 * Checked besides not crashing: a file that parses without errors formats to text that parses
 * without errors, formats to itself and has the same canonical bytes, in both languages; what
 * compiles survives being written and read back; both evaluators agree on random residents. */
#include "base/hash.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX 65536

struct parsed {
    struct src_file source;
    struct ast_file file;
    struct names *names;
    size_t errors;
};

static bool parse(struct arena *a, struct str text, struct parsed *ret)
{
    struct diag_list diags;
    diag_list_init(&diags, a);
    ret->source = (struct src_file){.path = STR("fuzz.md"), .text = text};
    if (parse_file(a, &ret->source, 0, &diags, &ret->file) != ERR_OK) return false;
    enum err e = names_build(a, &ret->file, 1, &diags, &ret->names);
    diag_sort(&diags);
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < diags.count; i++)
        diag_render(&out, &diags.items[i], &ret->source, 1, (enum lang)(i % LANG_COUNT));
    buf_done(&out);
    ret->errors = diags.errors;
    return e == ERR_OK;
}

static struct str canonical(struct arena *a, const struct parsed *p)
{
    struct buf out;
    buf_init(&out, 0);
    FUZZ_CHECK(canonical_file(&p->file, p->names, &out) == ERR_OK);
    struct str s = str_copy(a, buf_str(&out));
    buf_done(&out);
    return s;
}

static struct str formatted(struct arena *a, const struct parsed *p, enum lang lang)
{
    struct buf out;
    buf_init(&out, 0);
    FUZZ_CHECK(format_file(&p->file, p->names, lang, &out) == ERR_OK);
    struct str s = str_copy(a, buf_str(&out));
    buf_done(&out);
    return s;
}

/* Formatting in `lang` gives a file that means the same and is its own formatted form. */
static void check_format(struct arena *a, const struct parsed *p, struct str canon, enum lang lang)
{
    struct parsed again;
    struct str text = formatted(a, p, lang);
    if (!text.p || !parse(a, text, &again)) return; /* memory ended */
    FUZZ_CHECK(again.errors == 0);
    FUZZ_CHECK(str_eq(canonical(a, &again), canon));
    FUZZ_CHECK(str_eq(formatted(a, &again, lang), text));
    FUZZ_CHECK(str_eq(formatted(a, &again, p->file.lang), formatted(a, p, p->file.lang)));
}

static void check_compiled(struct arena *a, struct str text)
{
    struct src_file file = {.path = STR("fuzz.md"), .text = text};
    struct diag_list diags;
    const struct rules *r, *back;
    diag_list_init(&diags, a);
    if (rules_compile(a, &file, 1, &diags, &r) != ERR_OK) return;
    struct buf bytes, once_more;
    buf_init(&bytes, 0);
    buf_init(&once_more, 0);
    if (rules_image_write(r, &bytes) == ERR_OK) {
        FUZZ_CHECK(rules_image_read(a, buf_str(&bytes), &back) == ERR_OK);
        FUZZ_CHECK(rules_image_write(back, &once_more) == ERR_OK);
        FUZZ_CHECK(str_eq(buf_str(&bytes), buf_str(&once_more)));
        fuzz_score(back, text.n);
    }
    buf_done(&bytes);
    buf_done(&once_more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct arena a;
    struct parsed p;
    if (size > INPUT_BYTES_MAX) return 0;
    arena_init(&a, FUZZ_ARENA_BYTES);
    if (parse(&a, text, &p) && p.errors == 0) {
        struct str canon = canonical(&a, &p);
        if (canon.p)
            for (int lang = 0; lang < LANG_COUNT; lang++)
                check_format(&a, &p, canon, (enum lang)lang);
    }
    check_compiled(&a, text);
    arena_done(&a);
    return 0;
}
