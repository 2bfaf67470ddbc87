/* Files: mapping, and that a new file appears whole or not at all, whatever goes wrong. */
#include "base/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base_test.h"

#define NAME_MAX_BYTES 300

static char folder[NAME_MAX_BYTES];

/* A path in the test's own folder; good until the fourth next call. */
static const char *in_folder(const char *name)
{
    static char paths[4][2 * NAME_MAX_BYTES];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int folder_new(void **state)
{
    const char *parent = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/jifen-file-XXXXXX", parent ? parent : P_tmpdir);
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
    static const char *const NAMES[] = {"a", ".a.new", "b", ".b.new", "link", "pipe", "dir"};

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        remove(in_folder(NAMES[i]));
    return rmdir(folder);
}

static bool exists(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

static void put(const char *name, const char *content)
{
    FILE *f = fopen(in_folder(name), "w");

    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void check_content(const char *name, const char *want)
{
    struct file_map m;

    assert_int_equal(file_map(in_folder(name), &m), ERR_OK);
    assert_text(m.bytes, want);
    file_unmap(&m);
}

/* ---- reading ---- */

static void files_are_mapped(void **state)
{
    struct file_map m;

    (void)state;
    put("a", "浙江省\n");
    check_content("a", "浙江省\n");
    put("a", "");
    assert_int_equal(file_map(in_folder("a"), &m), ERR_OK);
    assert_int_equal(m.bytes.n, 0);
    file_unmap(&m);
    file_unmap(&m); /* twice is nothing */
}

static void what_cannot_be_mapped_is_an_error(void **state)
{
    struct file_map m = {.length = 4711};

    (void)state;
    assert_int_equal(file_map(in_folder("none"), &m), ERR_NOT_FOUND);
    assert_int_equal(file_map(in_folder("a/none"), &m), ERR_NOT_FOUND);
    assert_int_equal(file_map(folder, &m), ERR_IO);
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    assert_int_equal(file_map(in_folder("pipe"), &m), ERR_IO); /* and does not wait for a writer */
    assert_int_equal(file_map("/dev/null", &m), ERR_IO);
    assert_int_equal(m.length, 4711);
}

/* ---- writing ---- */

static void a_new_file_appears_at_the_commit(void **state)
{
    struct file_new f;

    (void)state;
    remove(in_folder("a"));
    assert_int_equal(file_new_open(in_folder("a"), &f), ERR_OK);
    fputs("whole", f.stream);
    fflush(f.stream);
    assert_false(exists("a"));
    assert_int_equal(file_new_commit(&f), ERR_OK);
    check_content("a", "whole");
    assert_false(exists(".a.new"));
    file_new_abandon(&f); /* an already closed one */
}

static void an_old_file_is_replaced_with_its_mode(void **state)
{
    struct file_new f;
    struct stat st;

    (void)state;
    put("a", "old, and longer than the new one");
    assert_int_equal(chmod(in_folder("a"), 0640), 0);
    assert_int_equal(file_new_open(in_folder("a"), &f), ERR_OK);
    fputs("new", f.stream);
    check_content("a", "old, and longer than the new one");
    assert_int_equal(file_new_commit(&f), ERR_OK);
    check_content("a", "new");
    assert_int_equal(stat(in_folder("a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void an_abandoned_file_leaves_the_old(void **state)
{
    struct file_new f;

    (void)state;
    put("a", "old");
    assert_int_equal(file_new_open(in_folder("a"), &f), ERR_OK);
    fputs("new", f.stream);
    file_new_abandon(&f);
    file_new_abandon(&f);
    check_content("a", "old");
    assert_false(exists(".a.new"));
}

/* Write `bytes` under a limit of the size of files, as on a full disk. */
static enum err write_limited(struct file_new *f, size_t bytes, rlim_t limit)
{
    struct rlimit old, small;
    enum err e;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = limit, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (size_t i = 0; i < bytes; i++)
        fputc('n', f->stream);
    e = file_new_commit(f);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_DFL);
    return e;
}

/* The limit strikes at the end (all in the buffer) or in the middle of writing. */
static void a_full_disk_leaves_the_old(void **state)
{
    static const size_t SIZES[] = {5000, 1u << 20};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct file_new f;

        put("a", "old");
        assert_int_equal(file_new_open(in_folder("a"), &f), ERR_OK);
        assert_int_equal(write_limited(&f, SIZES[i], 4096), ERR_IO);
        assert_null(f.stream);
        check_content("a", "old");
        assert_false(exists(".a.new"));
    }
}

static void a_killed_writer_leaves_the_old(void **state)
{
    struct file_new f;
    int status = 0;
    pid_t child;

    (void)state;
    put("a", "old");
    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (file_new_open(in_folder("a"), &f) != ERR_OK) _exit(1);
        for (int i = 0; i < 100000; i++)
            fputs("half", f.stream);
        fflush(f.stream);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    check_content("a", "old");
    assert_true(exists(".a.new")); /* hidden, and nobody's */
    assert_int_equal(file_new_open(in_folder("a"), &f), ERR_OK);
    fputs("new", f.stream);
    assert_int_equal(file_new_commit(&f), ERR_OK);
    check_content("a", "new");
    assert_false(exists(".a.new"));
}

static void two_writers_do_not_mix(void **state)
{
    struct file_new first, second = {.path = NULL};

    (void)state;
    put("a", "old");
    assert_int_equal(file_new_open(in_folder("a"), &first), ERR_OK);
    fputs("first", first.stream);
    fflush(first.stream);
    assert_int_equal(file_new_open(in_folder("a"), &second), ERR_BUSY);
    assert_null(second.stream);
    assert_int_equal(file_new_commit(&first), ERR_OK);
    check_content("a", "first");
    assert_int_equal(file_new_open(in_folder("a"), &second), ERR_OK);
    fputs("second", second.stream);
    assert_int_equal(file_new_commit(&second), ERR_OK);
    check_content("a", "second");
}

static void a_link_stays_a_link(void **state)
{
    struct file_new f;
    struct stat st;

    (void)state;
    put("b", "old");
    assert_int_equal(symlink("b", in_folder("link")), 0);
    assert_int_equal(file_new_open(in_folder("link"), &f), ERR_OK);
    fputs("new", f.stream);
    assert_int_equal(file_new_commit(&f), ERR_OK);
    check_content("b", "new");
    assert_int_equal(lstat(in_folder("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

/* Devices are written to, never replaced. */
static void devices_are_written_directly(void **state)
{
    struct file_new f;
    struct stat st;

    (void)state;
    assert_int_equal(file_new_open("/dev/null", &f), ERR_OK);
    fputs("nothing", f.stream);
    assert_int_equal(file_new_commit(&f), ERR_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(file_new_open("/dev/full", &f), ERR_OK);
    fputs("nothing", f.stream);
    assert_int_equal(file_new_commit(&f), ERR_IO);
    assert_int_equal(file_new_open("/dev/null", &f), ERR_OK);
    file_new_abandon(&f);
    assert_int_equal(stat("/dev/null", &st), 0);
}

static void places_that_cannot_be_written_are_errors(void **state)
{
    struct file_new f = {.path = NULL};

    (void)state;
    assert_int_equal(file_new_open(in_folder("none/a"), &f), ERR_IO);
    assert_int_equal(file_new_open(in_folder("b/a"), &f), ERR_IO);
    assert_int_equal(file_new_open(folder, &f), ERR_IO);
    assert_int_equal(file_new_open("", &f), ERR_IO);
    assert_int_equal(file_new_open(in_folder(""), &f), ERR_IO);
    assert_null(f.stream);
    assert_null(f.path);
}

/* The final name turns into a folder meanwhile: the rename fails, nothing is left behind. */
static void a_failed_rename_cleans_up(void **state)
{
    struct file_new f;

    (void)state;
    assert_int_equal(file_new_open(in_folder("dir"), &f), ERR_OK);
    fputs("new", f.stream);
    assert_int_equal(mkdir(in_folder("dir"), 0700), 0);
    assert_int_equal(file_new_commit(&f), ERR_IO);
    assert_false(exists(".dir.new"));
}

static void a_name_without_folder_works(void **state)
{
    struct file_new f;
    int here = open(".", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_true(here >= 0);
    assert_int_equal(chdir(folder), 0);
    remove("b");
    assert_int_equal(file_new_open("b", &f), ERR_OK);
    fputs("bare", f.stream);
    assert_int_equal(file_new_commit(&f), ERR_OK);
    assert_int_equal(fchdir(here), 0);
    close(here);
    check_content("b", "bare");
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(files_are_mapped),
    cmocka_unit_test(what_cannot_be_mapped_is_an_error),
    cmocka_unit_test(a_new_file_appears_at_the_commit),
    cmocka_unit_test(an_old_file_is_replaced_with_its_mode),
    cmocka_unit_test(an_abandoned_file_leaves_the_old),
    cmocka_unit_test(a_full_disk_leaves_the_old),
    cmocka_unit_test(a_killed_writer_leaves_the_old),
    cmocka_unit_test(two_writers_do_not_mix),
    cmocka_unit_test(a_link_stays_a_link),
    cmocka_unit_test(devices_are_written_directly),
    cmocka_unit_test(places_that_cannot_be_written_are_errors),
    cmocka_unit_test(a_failed_rename_cleans_up),
    cmocka_unit_test(a_name_without_folder_works),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(TESTS, folder_new, folder_remove);
}
