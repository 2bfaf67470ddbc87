/* Golden diagnostics: test_golden DIRECTORY [--accept]
 *
 * A case is one rule file CODE-slug.LANG.md, or several in a folder CODE-slug.LANG/ (taken in the
 * order of their names). What is found in it, rendered in its own language, must be the bytes of
 * CODE-slug.LANG.out, and CODE must be among the findings. --accept writes the .out files anew; the
 * difference is then reviewed by a person. Every row of diag.def needs a case in each language.
 *
 * A rule file may have lines "%repeat N TEXT": TEXT N times in one line, for what would be too big
 * to keep. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "lang/ast.h"
#include "lang/diag.h"
#ifdef JIFEN_GOLDEN_COMPILE
#include "lang/rules.h"
#endif
#ifdef JIFEN_GOLDEN_ENGINE
#include "engine/check.h"
#endif

#define FILES_MAX 16
#define CASES_MAX 2000

static const char *golden_dir;
static bool accept_all;

struct golden {
    char *name;  /* of the file or folder */
    char *title; /* of the test */
    bool is_folder;
};

static struct golden cases[CASES_MAX];
static struct CMUnitTest tests[CASES_MAX + 1];
static size_t case_count;

/* --- files ------------------------------------------------------------------------------------ */

static char *path_of(const char *dir, const char *name)
{
    char *path = NULL;
    INVARIANT(asprintf(&path, "%s/%s", dir, name) > 0);
    return path;
}

static void expand_line(struct buf *out, struct str line)
{
    static const char mark[] = "%repeat ";
    char *text = NULL;
    long n = 0;
    if (str_starts(line, STR(mark))) n = strtol(line.p + sizeof mark - 1, &text, 10);
    if (n <= 0) {
        buf_add(out, line);
        return;
    }
    size_t head = (size_t)(text + 1 - line.p);
    for (long i = 0; i < n; i++)
        buf_add(out, (struct str){line.p + head, line.n - head});
}

static struct str file_text(struct arena *a, const char *path)
{
    struct file_map map;
    struct buf out;
    assert_int_equal(file_map(path, &map), ERR_OK);
    buf_init(&out, 0);
    for (size_t at = 0; at < map.bytes.n;) {
        const char *nl = memchr(map.bytes.p + at, '\n', map.bytes.n - at);
        size_t end = nl ? (size_t)(nl - map.bytes.p) : map.bytes.n;
        expand_line(&out, (struct str){map.bytes.p + at, end - at});
        if (nl) buf_add_char(&out, '\n');
        at = nl ? end + 1 : end;
    }
    struct str text = str_copy(a, buf_str(&out));
    buf_done(&out);
    file_unmap(&map);
    assert_non_null(text.p);
    return text;
}

static int is_rule_file(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 3 && strcmp(e->d_name + n - 3, ".md") == 0;
}

static size_t files_of(struct arena *a, const struct golden *g, struct src_file *files)
{
    char *path = path_of(golden_dir, g->name);
    size_t count = 0;
    if (!g->is_folder) {
        files[count++] = (struct src_file){.path = str_from_c(g->name), .text = file_text(a, path)};
        free(path);
        return count;
    }
    struct dirent **names = NULL;
    int n = scandir(path, &names, is_rule_file, alphasort);
    assert_in_range(n, 1, FILES_MAX);
    for (int i = 0; i < n; i++) {
        char *file = path_of(path, names[i]->d_name);
        files[count++] = (struct src_file){.path = str_copy(a, str_from_c(names[i]->d_name)),
                                           .text = file_text(a, file)};
        free(file);
        free(names[i]);
    }
    free(names);
    free(path);
    return count;
}

/* --- findings --------------------------------------------------------------------------------- */

#ifndef JIFEN_GOLDEN_COMPILE
static void find_grammar(struct arena *a, struct src_file *files, size_t count,
                         struct diag_list *diags)
{
    struct ast_file *asts = ARENA_ARRAY(a, struct ast_file, count);
    struct names *names;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(parse_file(a, files, (uint32_t)i, diags, &asts[i]), ERR_OK);
    assert_int_equal(names_build(a, asts, count, diags, &names), ERR_OK);
}
#endif

/* `runs`: cases, properties and edges are tried too, for the findings of the engine. */
static void find_all(struct arena *a, struct src_file *files, size_t count, bool runs UNUSED,
                     struct diag_list *diags)
{
#ifdef JIFEN_GOLDEN_COMPILE
    const struct rules *rules = NULL;
    enum err e = rules_compile(a, files, count, diags, &rules);
    assert_true(e == ERR_OK || e == ERR_RULES);
    assert_int_equal(e == ERR_RULES, diags->errors > 0);
#ifdef JIFEN_GOLDEN_ENGINE
    struct check_result result = {0};
    if (e != ERR_OK || !runs) return;
    assert_int_equal(check_cases(a, rules, diags, &result), ERR_OK);
    assert_int_equal(check_properties(a, rules, 1, 300, diags, &result), ERR_OK);
    assert_int_equal(check_edges(a, rules, diags, &result), ERR_OK);
#endif
#else
    find_grammar(a, files, count, diags);
#endif
}

static bool has_code(const struct diag_list *diags, const char *name)
{
    for (size_t i = 0; i < diags->count; i++) {
        const char *code = diags->items[i].message->code;
        if (strncmp(code, name, strlen(code)) == 0) return true;
    }
    return false;
}

static void compare(const char *path, struct str got)
{
    struct file_map map;
    if (accept_all) {
        struct file_new out;
        assert_int_equal(file_new_open(path, &out), ERR_OK);
        fwrite(got.p, 1, got.n, out.stream);
        assert_int_equal(file_new_commit(&out), ERR_OK);
        return;
    }
    if (file_map(path, &map) != ERR_OK) fail_msg("%s is missing (--accept writes it)", path);
    bool same = str_eq(map.bytes, got);
    if (!same) print_message("# expected:\n%.*s# got:\n%.*s", STR_ARG(map.bytes), STR_ARG(got));
    file_unmap(&map);
    assert_true(same);
}

static void test_case(void **state)
{
    const struct golden *g = *state;
    struct arena a;
    struct src_file files[FILES_MAX] = {0};
    struct diag_list diags;
    struct buf out;
    arena_init(&a, 0);
    diag_list_init(&diags, &a);
    buf_init(&out, 0);
    size_t count = files_of(&a, g, files);
    find_all(&a, files, count, strncmp(g->name, "JF08", 4) == 0, &diags);
    diag_sort(&diags);
    for (size_t i = 0; i < diags.count; i++)
        diag_render(&out, &diags.items[i], files, count, files[diags.items[i].at.file].lang);
    char *expected = NULL;
    size_t stem = strlen(g->name) - (g->is_folder ? 0 : 3);
    INVARIANT(asprintf(&expected, "%s/%.*s.out", golden_dir, (int)stem, g->name) > 0);
    if (!has_code(&diags, g->name))
        print_message("# not found; these were:\n%.*s", STR_ARG(buf_str(&out)));
    assert_true(has_code(&diags, g->name));
    compare(expected, buf_str(&out));
    free(expected);
    buf_done(&out);
    arena_done(&a);
}

/* --- completeness ----------------------------------------------------------------------------- */

/* No rule file can bring these about: the evaluators disagree, a fact that the compiler has let
 * through is refused (it guards images that were read back). */
static const char *const unreachable[] = {"JF0805", "JF0806"};

static bool is_covered(const char *code, const char *lang)
{
    for (size_t i = 0; i < sizeof unreachable / sizeof unreachable[0]; i++)
        if (strcmp(unreachable[i], code) == 0) return true;
    for (size_t i = 0; i < case_count; i++)
        if (strncmp(cases[i].name, code, strlen(code)) == 0 && strstr(cases[i].name, lang))
            return true;
    return false;
}

static void test_every_row(void **state)
{
    size_t count, missing = 0;
    const struct message *rows = lang_message_table(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_non_null(rows[i].code);
        if (i > 0) assert_true(strcmp(rows[i - 1].code, rows[i].code) < 0);
        for (int l = 0; l < LANG_COUNT; l++) {
            assert_true(rows[i].text[l] && rows[i].text[l][0]);
            if (is_covered(rows[i].code, l == LANG_ZH ? ".zh" : ".en")) continue;
            print_message("# no golden case of %s in %s\n", rows[i].code,
                          l == LANG_ZH ? "Chinese" : "English");
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* --- the list of cases ------------------------------------------------------------------------ */

static int is_case(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return strncmp(e->d_name, "JF", 2) == 0 && n > 4 && strcmp(e->d_name + n - 4, ".out") != 0;
}

static void cases_list(void)
{
    struct dirent **names = NULL;
    int n = scandir(golden_dir, &names, is_case, alphasort);
    INVARIANT(n >= 0 && n < CASES_MAX);
    for (int i = 0; i < n; i++) {
        struct golden *g = &cases[case_count];
        g->name = strdup(names[i]->d_name);
        g->is_folder = !is_rule_file(names[i]);
        INVARIANT(g->name && asprintf(&g->title, "golden %s", g->name) > 0);
        tests[case_count] = (struct CMUnitTest){
            .name = g->title, .test_func = test_case, .initial_state = &cases[case_count]};
        case_count++;
        free(names[i]);
    }
    free(names);
    tests[case_count] =
        (struct CMUnitTest){.name = "every diagnostic has a golden case in both languages",
                            .test_func = test_every_row};
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    golden_dir = argv[1];
    accept_all = argc > 2 && strcmp(argv[2], "--accept") == 0;
    cases_list();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = _cmocka_run_group_tests("golden", tests, case_count + 1, NULL, NULL);
    for (size_t i = 0; i < case_count; i++) {
        free(cases[i].name);
        free(cases[i].title);
    }
    return failed;
}
