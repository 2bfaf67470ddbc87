/* The made-up population: the same everywhere, and clean in the eyes of the register reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "catalogue.h"
#include "service/register_csv.h"
#include "service/sample.h"

#define DAY 20513 /* 2026-03-01 */

static char dir[] = "sample_test_XXXXXX";

static const char *const files[] = {"person", "permit", "education", "pension", "things", "post"};
#define FILES (sizeof files / sizeof *files)

static void path_of(char out[256], const char *sub, size_t file)
{
    snprintf(out, 256, "%s/%s/%s.csv", dir, sub, files[file]);
}

static struct sample_counts make(const char *sub, uint32_t persons, uint64_t seed, uint32_t bad)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, sub);
    struct sample_options o = {
        .dir = path, .persons = persons, .seed = seed, .on = DAY, .bad_per_1000000 = bad};
    struct arena a;
    arena_init(&a, 0);
    struct sample_counts counts = {0};
    assert_int_equal(sample_write(&a, catalogue(), &o, &counts), ERR_OK);
    arena_done(&a);
    assert_int_equal(counts.files, FILES);
    return counts;
}

static bool same_files(const char *x, const char *y)
{
    bool same = true;
    for (size_t i = 0; i < FILES; i++) {
        char a[256], b[256];
        path_of(a, x, i);
        path_of(b, y, i);
        struct file_map ma, mb;
        assert_int_equal(file_map(a, &ma), ERR_OK);
        assert_int_equal(file_map(b, &mb), ERR_OK);
        same = same && str_eq(ma.bytes, mb.bytes);
        file_unmap(&ma);
        file_unmap(&mb);
    }
    return same;
}

static struct data_set *read_back(const char *sub)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, sub);
    struct data_options o = {.dir = path, .on = DAY, .threads = 2};
    struct data_set *d;
    assert_int_equal(data_read(catalogue(), &o, &d), ERR_OK);
    return d;
}

static void same_seed_same_files(void **state)
{
    (void)state;
    make("a", 500, 7, 0);
    make("b", 500, 7, 0);
    make("c", 500, 8, 0);
    assert_true(same_files("a", "b"));
    assert_false(same_files("a", "c"));
}

/* Parts say of their persons what the whole says. */
static void parts_are_the_whole(void **state)
{
    (void)state;
    static const uint32_t firsts[] = {0, 200, 201}, counts[] = {200, 1, 99};
    make("a", 300, 7, 0);
    for (size_t f = 0; f < FILES; f++) {
        struct file_map whole;
        char path[256];
        path_of(path, "a", f);
        assert_int_equal(file_map(path, &whole), ERR_OK);
        size_t at = 0;
        for (size_t k = 0; k < 3; k++) {
            char part[256];
            snprintf(part, sizeof part, "%s/b", dir);
            const struct sample_options o = {
                .dir = part, .persons = counts[k], .first = firsts[k], .seed = 7, .on = DAY};
            struct sample_counts made;
            struct file_map m;
            struct arena a;
            arena_init(&a, 0);
            assert_int_equal(sample_write(&a, catalogue(), &o, &made), ERR_OK);
            arena_done(&a);
            path_of(path, "b", f);
            assert_int_equal(file_map(path, &m), ERR_OK);
            const char *line = memchr(m.bytes.p, '\n', m.bytes.n);
            const size_t head = k == 0 ? 0 : (size_t)(line - m.bytes.p) + 1;
            assert_true(at + m.bytes.n - head <= whole.bytes.n);
            assert_memory_equal(whole.bytes.p + at, m.bytes.p + head, m.bytes.n - head);
            at += m.bytes.n - head;
            file_unmap(&m);
        }
        assert_int_equal(at, whole.bytes.n);
        file_unmap(&whole);
    }
}

static void nothing_is_refused(void **state)
{
    (void)state;
    struct sample_counts counts = make("a", 5000, 3, 0);
    struct data_set *d = read_back("a");
    size_t errors;
    data_errors(d, &errors);
    assert_int_equal(errors, 0);
    assert_int_equal(data_rows(d), counts.rows);
    assert_int_equal(counts.bad_rows, 0);
    const struct population *p = data_population(d);
    assert_int_equal(p->count, 5000);
    /* every register has something to say about somebody, and not about everybody */
    assert_in_range(p->regs[REG_PERMIT].row_count, 4000, 8000);
    assert_in_range(p->regs[REG_EDUCATION].row_count, 3500, 6000);
    assert_in_range(p->regs[REG_PENSION].row_count, 4000, 20000);
    assert_in_range(p->regs[REG_THINGS].row_count, 300, 4000);
    assert_in_range(p->regs[REG_POST].row_count, 500, 3000);
    data_close(d);
}

static void spoilt_rows_are_found(void **state)
{
    (void)state;
    struct sample_counts counts = make("a", 3000, 5, 20000);
    struct data_set *d = read_back("a");
    size_t errors;
    data_errors(d, &errors);
    assert_in_range(counts.bad_rows, 100, 800);
    /* a spoilt row whose cell takes any text (a key) passes; nothing else is refused */
    assert_in_range(errors, counts.bad_rows / 2, counts.bad_rows);
    data_close(d);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/a", dir);
    struct sample_options o = {.dir = path, .persons = 10, .seed = 1, .on = DAY};
    enum err e = ERR_NOMEM;
    for (uint64_t n = 1; e != ERR_OK; n++) {
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = n;
        struct sample_counts counts = {.files = 99};
        e = sample_write(&a, catalogue(), &o, &counts);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && counts.files == 99));
        arena_done(&a);
        assert_true(n < 100);
    }
}

static void a_folder_that_cannot_be_made(void **state)
{
    (void)state;
    struct sample_options o = {.dir = "no/such/place", .persons = 10, .seed = 1, .on = DAY};
    struct arena a;
    arena_init(&a, 0);
    struct sample_counts counts;
    assert_int_equal(sample_write(&a, catalogue(), &o, &counts), ERR_IO);
    arena_done(&a);
}

static int group_setup(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int group_teardown(void **state)
{
    (void)state;
    static const char *const subs[] = {"a", "b", "c"};
    for (size_t s = 0; s < 3; s++) {
        char path[256];
        for (size_t i = 0; i < FILES; i++) {
            path_of(path, subs[s], i);
            unlink(path);
        }
        snprintf(path, sizeof path, "%s/%s", dir, subs[s]);
        rmdir(path);
    }
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_files),      cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(nothing_is_refused),        cmocka_unit_test(spoilt_rows_are_found),
        cmocka_unit_test(every_allocation_may_fail), cmocka_unit_test(a_folder_that_cannot_be_made),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sample", tests, group_setup, group_teardown);
}
