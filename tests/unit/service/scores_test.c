/* Rule folders, scores as a file, and the summary, over a sample population of the small rules that
 * the command line's tests use (JIFEN_TEST_RULES). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "service/rule_files.h"
#include "service/sample.h"
#include "service/scores.h"

#define DAY 20513 /* 2026-03-01 */
#define PERSONS 700

static char dir[] = "scores_test_XXXXXX";
static struct arena rules_arena;
static const struct rules *rules;

static void path_in(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    path_in(path, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void remove_file(const char *name)
{
    char path[256];
    path_in(path, name);
    unlink(path);
    rmdir(path);
}

static struct data_set *read_data(void)
{
    char path[256];
    path_in(path, "data");
    struct data_options o = {.dir = path, .on = DAY, .threads = 2};
    struct data_set *d;
    assert_int_equal(data_read(rules, &o, &d), ERR_OK);
    return d;
}

static enum err run(struct arena *a, const struct data_set *d, FILE *out, struct scores *ret)
{
    struct scores_options o = {.day = DAY, .rule_day = DAY, .threads = 2, .out = out};
    return scores_run(a, d, &o, ret);
}

static char *scores_as_text(const struct data_set *d, uint32_t threads, uint32_t part)
{
    struct arena a;
    arena_init(&a, 0);
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    struct scores_options o = {
        .day = DAY, .rule_day = DAY, .threads = threads, .part = part, .out = f};
    struct scores s;
    assert_int_equal(scores_run(&a, d, &o, &s), ERR_OK);
    fclose(f);
    arena_done(&a);
    return text;
}

/* --- scores ----------------------------------------------------------------------------------- */

static void threads_and_parts_do_not_show(void **state)
{
    (void)state;
    struct data_set *d = read_data();
    char *one = scores_as_text(d, 1, 0);
    static const uint32_t threads[] = {2, 5, 1, 3}, parts[] = {0, 100, 1, 699};
    for (size_t i = 0; i < 4; i++) {
        char *more = scores_as_text(d, threads[i], parts[i]);
        assert_string_equal(one, more);
        free(more);
    }
    free(one);
    data_close(d);
}

static void strangers_are_merged_in_order(void **state)
{
    (void)state;
    write_file("data/post.csv", "person_id,holds\nP00000001,yes\nP00000000,yes\nP000000015,no\n"
                                "Z,no\nZ,yes\nA,no\n");
    struct data_set *d = read_data();
    char *text = scores_as_text(d, 2, 7);
    assert_true(strstr(text, "\nA,ERROR,,,,,,,,,,\nP00000000,ERROR,,,,,,,,,,\nP00000001,") != NULL);
    assert_non_null(strstr(text, "\nP000000015,ERROR,,,,,,,,,,\nP00000002,"));
    assert_string_equal(text + strlen(text) - 19, "\nZ,ERROR,,,,,,,,,,\n");
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + PERSONS + 4);
    struct arena a;
    arena_init(&a, 0);
    struct scores s;
    assert_int_equal(run(&a, d, NULL, &s), ERR_OK);
    assert_int_equal(s.errors, 4);
    assert_int_equal(s.not_computed, 0);
    arena_done(&a);
    free(text);
    data_close(d);
    remove_file("data/post.csv");
}

static void no_rules_that_day(void **state)
{
    (void)state;
    struct data_set *d = read_data();
    struct arena a;
    arena_init(&a, 0);
    struct scores s;
    struct scores_options o = {.day = DAY, .rule_day = date_from_civil(2023, 12, 31)};
    assert_int_equal(scores_run(&a, d, &o, &s), ERR_NOT_FOUND);
    arena_done(&a);
    data_close(d);
}

/* --- summary ---------------------------------------------------------------------------------- */

static int int64_cmp(const void *x, const void *y)
{
    int64_t a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return a < b ? -1 : a > b;
}

/* Totals in force from the file itself, in hundredths. */
static size_t totals_of_text(const char *text, int64_t *totals)
{
    size_t n = 0;
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *comma = strchr(line, ',');
        if (comma != NULL && strncmp(comma, ",in_force,", 10) == 0) {
            long whole = strtol(comma + 10, NULL, 10);
            const char *point = strchr(comma + 10, '.');
            totals[n++] = whole * 100 + strtol(point + 1, NULL, 10);
        }
        line = strchr(line, '\n');
        if (line != NULL) line++;
    }
    return n;
}

static void summary_agrees_with_the_file(void **state)
{
    (void)state;
    struct data_set *d = read_data();
    char *text = scores_as_text(d, 1, 0);
    static int64_t totals[PERSONS];
    size_t n = totals_of_text(text, totals);
    qsort(totals, n, sizeof *totals, int64_cmp);
    struct arena a;
    arena_init(&a, 0);
    struct scores s;
    struct summary m;
    assert_int_equal(run(&a, d, NULL, &s), ERR_OK);
    assert_int_equal(summary_new(&a, &s, &m), ERR_OK);
    assert_int_equal(m.persons, PERSONS);
    assert_int_equal(m.in_force, n);
    assert_true(n > PERSONS / 2);
    assert_int_equal(m.least, totals[0]);
    assert_int_equal(m.most, totals[n - 1]);
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += totals[i];
    assert_true((__extension__(__int128) m.mean.num) * (int64_t)n ==
                (__extension__(__int128) sum) * m.mean.den);
    for (size_t q = 0; q < SUMMARY_QUANTILES; q++) {
        /* the smallest total that at least the share of all does not pass */
        size_t at = 0;
        while ((at + 1) * 100 < n * (size_t)summary_percents[q])
            at++;
        assert_int_equal(m.quantiles[q], totals[at]);
    }
    uint64_t in_bins = 0, in_statuses = 0, in_schemes = 0;
    for (size_t i = 0; i < m.bin_count; i++)
        in_bins += m.bins[i];
    for (size_t i = 0; i < m.status_count; i++)
        in_statuses += m.statuses[i].persons;
    for (size_t i = 0; i < m.scheme_count; i++)
        in_schemes += m.schemes[i].persons;
    assert_int_equal(in_bins, n);
    assert_int_equal(in_statuses, PERSONS);
    assert_int_equal(in_schemes, PERSONS);
    arena_done(&a);
    free(text);
    data_close(d);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct data_set *d = read_data();
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    enum err e = ERR_NOMEM;
    for (uint64_t n = 1; e != ERR_OK; n++) {
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = n;
        struct scores s = {.day = -1};
        struct summary m = {.persons = 99};
        e = run(&a, d, nowhere, &s);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && s.day == -1));
        if (e == ERR_OK) {
            e = summary_new(&a, &s, &m);
            assert_true(e == ERR_OK || (e == ERR_NOMEM && m.persons == 99));
        }
        arena_done(&a);
        assert_true(n < 100000);
    }
    fclose(nowhere);
    data_close(d);
}

static void a_full_disk_shows(void **state)
{
    (void)state;
    struct data_set *d = read_data();
    struct arena a;
    arena_init(&a, 0);
    struct scores s;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    assert_int_equal(run(&a, d, full, &s), ERR_IO);
    fclose(full);
    arena_done(&a);
    data_close(d);
}

/* --- rule folders ----------------------------------------------------------------------------- */

static void heads_of_rule_files(void **state)
{
    (void)state;
    assert_true(rule_file_has_head(STR("规则语言 中文 1\n")));
    assert_true(rule_file_has_head(STR("rules en 1\n")));
    assert_true(rule_file_has_head(STR("\xEF\xBB\xBFrules en 1")));
    assert_false(rule_file_has_head(STR("# rules en 1\n")));
    assert_false(rule_file_has_head(STR("")));
}

static void folders_are_read_in_order(void **state)
{
    (void)state;
    char sub[256], path[256];
    path_in(sub, "r/b");
    path_in(path, "r");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(mkdir(sub, 0777), 0);
    write_file("r/z.md", "rules en 1\n");
    write_file("r/b/y.md", "规则语言 中文 1\n");
    write_file("r/a.md", "规则语言 中文 1\n甲");
    write_file("r/README.md", "# prose\n");
    write_file("r/c.txt", "rules en 1\n");
    write_file("r/.hidden.md", "rules en 1\n");
    struct arena a;
    arena_init(&a, 0);
    struct rule_set set;
    char file[256];
    path_in(file, "r/a.md");
    const char *paths[] = {path, file};
    assert_int_equal(rule_files_read(&a, paths, 2, &set), ERR_OK);
    assert_int_equal(set.file_count, 3);
    assert_int_equal(set.prose_files, 1);
    assert_string_equal(set.files[0].path.p + strlen(path), "/a.md");
    assert_string_equal(set.files[1].path.p + strlen(path), "/b/y.md");
    assert_string_equal(set.files[2].path.p + strlen(path), "/z.md");
    assert_int_equal(set.files[2].lang, LANG_EN);
    assert_true(str_eq(set.files[0].text, STR("规则语言 中文 1\n甲")));
    path_in(file, "r/c.txt");
    const char *txt = file; /* named outright: taken as it is */
    assert_int_equal(rule_files_read(&a, &txt, 1, &set), ERR_OK);
    assert_int_equal(set.file_count, 1);
    const char *sub_only = sub, *missing = "no/such";
    assert_int_equal(rule_files_read(&a, &missing, 1, &set), ERR_NOT_FOUND);
    assert_true(str_eq(set.trouble, STR("no/such")));
    remove_file("r/b/y.md");
    assert_int_equal(rule_files_read(&a, &sub_only, 1, &set), ERR_INPUT);
    arena_done(&a);
    static const char *const names[] = {"r/z.md",  "r/a.md",       "r/README.md",
                                        "r/c.txt", "r/.hidden.md", "r/b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove_file(names[i]);
    remove_file("r");
}

static void reading_rules_without_memory(void **state)
{
    (void)state;
    const char *path = JIFEN_TEST_RULES;
    enum err e = ERR_NOMEM;
    for (uint64_t n = 1; e != ERR_OK; n++) {
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = n;
        struct rule_set set;
        e = rule_files_read(&a, &path, 1, &set);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        arena_done(&a);
        assert_true(n < 100);
    }
}

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL) return -1;
    arena_init(&rules_arena, 0);
    struct diag_list diags;
    diag_list_init(&diags, &rules_arena);
    struct rule_set set;
    const char *path = JIFEN_TEST_RULES;
    if (rule_set_load(&rules_arena, &path, 1, &diags, &set) != ERR_OK) return -1;
    rules = set.rules;
    char data[256];
    path_in(data, "data");
    struct sample_options o = {.dir = data, .persons = PERSONS, .seed = 4, .on = DAY};
    struct sample_counts counts;
    if (sample_write(&rules_arena, rules, &o, &counts) != ERR_OK) return -1;
    remove_file("data/post.csv");
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    char name[128];
    for (uint32_t r = 0; r < rules->reg_count; r++) {
        snprintf(name, sizeof name, "data/%.*s.csv", STR_ARG(rules->regs[r].name.ascii));
        remove_file(name);
    }
    remove_file("data");
    arena_done(&rules_arena);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_parts_do_not_show),
        cmocka_unit_test(strangers_are_merged_in_order),
        cmocka_unit_test(no_rules_that_day),
        cmocka_unit_test(summary_agrees_with_the_file),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_full_disk_shows),
        cmocka_unit_test(heads_of_rule_files),
        cmocka_unit_test(folders_are_read_in_order),
        cmocka_unit_test(reading_rules_without_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("scores", tests, group_setup, group_teardown);
}
