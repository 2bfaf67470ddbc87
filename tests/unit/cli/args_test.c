/* The command line's parser and tables, messages, progress and what a lack of memory gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "cli/cli.h"

/* --- running the program in memory ------------------------------------------------------------ */

struct run {
    int code;
    char *out, *err;
    size_t out_n, err_n;
};

static struct run run(const char *language, bool terminal, int argc, const char *const *argv)
{
    struct run r = {0};
    FILE *out = open_memstream(&r.out, &r.out_n), *err = open_memstream(&r.err, &r.err_n);
    struct cli_world world = {.out = out,
                              .err = err,
                              .err_is_terminal = terminal,
                              .columns = 80,
                              .language = language,
                              .processors = 2};
    r.code = cli_main(&world, argc, argv);
    fclose(out);
    fclose(err);
    return r;
}

static void run_free(struct run *r)
{
    free(r->out);
    free(r->err);
}

#define RUN_ARGS(...)                                                                              \
    run(NULL, false, (int)(sizeof((const char *const[]){"jifen", __VA_ARGS__}) / sizeof(char *)),  \
        (const char *const[]){"jifen", __VA_ARGS__})

static struct cli parsed(struct arena *a, enum err want, int argc, const char *const *argv)
{
    static FILE *nowhere;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    arena_init(a, 0);
    struct cli c = {.world = {.out = nowhere, .err = nowhere, .columns = 80}, .arena = *a};
    assert_int_equal(cli_parse(&c, argc, argv), want);
    return c;
}

#define PARSED(want, ...)                                                                          \
    parsed(&(struct arena){0}, want,                                                               \
           (int)(sizeof((const char *const[]){"jifen", __VA_ARGS__}) / sizeof(char *)),            \
           (const char *const[]){"jifen", __VA_ARGS__})

/* --- options ---------------------------------------------------------------------------------- */

static void every_way_to_write_an_option(void **state)
{
    (void)state;
    struct cli c = PARSED(ERR_OK, "score", "--rules", "r", "--data=d", "--on", "2026-03-01", "-j4",
                          "-o", "file", "--encoding=gb18030");
    assert_string_equal(c.value[OPT_RULES], "r");
    assert_string_equal(c.value[OPT_DATA], "d");
    assert_string_equal(c.value[OPT_OUTPUT], "file");
    assert_int_equal(c.number[OPT_JOBS], 4);
    assert_int_equal(c.number[OPT_ON], date_from_civil(2026, 3, 1));
    assert_null(c.value[OPT_SUMMARY]);
    assert_null(c.value[OPT_OUTPUT_DIR]);
    assert_ptr_equal(c.command, &cli_commands[CMD_SCORE]);
}

static void options_among_operands(void **state)
{
    (void)state;
    struct cli c = PARSED(ERR_OK, "rules", "fmt", "a", "--check", "b", "--", "--strange", "-");
    assert_int_equal(c.operand_count, 4);
    assert_string_equal(c.operands[2], "--strange");
    assert_string_equal(c.operands[3], "-");
    assert_non_null(c.value[OPT_CHECK]);
}

static void two_options_of_one_name(void **state)
{
    (void)state;
    struct cli c = PARSED(ERR_OK, "rules", "fmt", "--lang", "en", "x");
    assert_string_equal(c.value[OPT_TO_LANG], "en");
    assert_null(c.value[OPT_LANG]);
    c = PARSED(ERR_OK, "rules", "check", "--lang", "en", "x");
    assert_string_equal(c.value[OPT_LANG], "en");
    assert_int_equal(c.lang, LANG_EN);
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    struct cli c = PARSED(ERR_OK, "score", "--help");
    assert_non_null(c.value[OPT_HELP]);
    c = PARSED(ERR_OK, "-h");
    assert_ptr_equal(c.command, &cli_commands[CMD_HELP]);
    c = PARSED(ERR_OK, "--version");
    assert_ptr_equal(c.command, &cli_commands[CMD_VERSION]);
}

static void limits_of_numbers(void **state)
{
    (void)state;
    PARSED(ERR_OK, "sample", "--rules", "r", "--persons", "100000000", "--on", "2026-03-01", "-o",
           "d", "--seed", "9223372036854775807");
    PARSED(ERR_USAGE, "sample", "--rules", "r", "--persons", "100000001", "--on", "2026-03-01",
           "-o", "d");
    PARSED(ERR_USAGE, "sample", "--rules", "r", "--persons", "0", "--on", "2026-03-01", "-o", "d");
    PARSED(ERR_USAGE, "sample", "--rules", "r", "--persons", "1.5", "--on", "2026-03-01", "-o",
           "d");
    PARSED(ERR_USAGE, "score", "-j", "257", "--rules", "r", "--data", "d", "--on", "2026-03-01");
}

static void too_many_operands(void **state)
{
    (void)state;
    const char *argv[OPERANDS_MAX + 4] = {"jifen", "rules", "check"};
    for (size_t i = 3; i < OPERANDS_MAX + 4; i++)
        argv[i] = "x";
    struct arena a;
    parsed(&a, ERR_OK, OPERANDS_MAX + 3, argv);
    parsed(&a, ERR_USAGE, OPERANDS_MAX + 4, argv);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void tables_are_whole(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct command_row *c = &cli_commands[i];
        assert_non_null(c->run);
        assert_true((c->required & c->further) == 0);
        assert_true(c->fewest <= c->most && c->most <= OPERANDS_MAX);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(c->words, cli_commands[k].words);
        /* a name or letter means one option within a command */
        for (int x = 0; x < OPTION_COUNT; x++)
            for (int y = 0; y < x; y++) {
                if (!(command_options(c) >> x & 1) || !(command_options(c) >> y & 1)) continue;
                assert_string_not_equal(cli_options[x].name, cli_options[y].name);
                assert_true(cli_options[x].letter == 0 ||
                            cli_options[x].letter != cli_options[y].letter);
            }
    }
    for (int o = 0; o < OPTION_COUNT; o++) {
        assert_true((cli_options[o].kind == ARG_FLAG) == (cli_options[o].arg == NULL));
        assert_true(OPTION_BIT(o) >> o == 1);
    }
    assert_true(OPTION_BIT(100) >> 100 == 1); /* there is room for more than 64 */
}

static void every_exit_code_is_explained(void **state)
{
    (void)state;
    struct run r = RUN_ARGS("help", "exit-codes");
    assert_int_equal(r.code, 0);
    for (int e = 0; e < ERR_COUNT; e++) {
        char line[16];
        snprintf(line, sizeof line, "\n  %d  ", err_exit_code((enum err)e));
        assert_non_null(strstr(r.out, line));
    }
    run_free(&r);
}

static void every_command_has_help_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++)
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            struct buf b;
            buf_init(&b, 0);
            help_add_command(&b, &cli_commands[i], (enum lang)lang);
            buf_add_char(&b, '\0');
            assert_non_null(strstr(b.p, cli_commands[i].summary[lang]));
            assert_non_null(strstr(b.p, "--help"));
            buf_done(&b);
        }
}

/* --- messages --------------------------------------------------------------------------------- */

static void language_of_messages(void **state)
{
    (void)state;
    static const struct {
        const char *environment;
        enum lang want;
    } rows[] = {{NULL, LANG_ZH},          {"", LANG_ZH},   {"C.UTF-8", LANG_ZH},
                {"zh_CN.UTF-8", LANG_ZH}, {"en", LANG_EN}, {"en_GB.UTF-8", LANG_EN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run r = run(rows[i].environment, false, 1, (const char *const[]){"jifen"});
        assert_int_equal(r.code, 2);
        assert_true((strstr(r.err, "no command given") != NULL) == (rows[i].want == LANG_EN));
        assert_int_equal(r.out_n, 0);
        run_free(&r);
    }
}

static void what_nobody_expects_is_said_too(void **state)
{
    (void)state;
    struct run r = {0};
    FILE *err = open_memstream(&r.err, &r.err_n);
    struct cli c = {.world = {.err = err}, .lang = LANG_EN};
    assert_int_equal(cli_fail(&c, ERR_NOMEM, STR("")), 6);
    assert_int_equal(cli_fail(&c, ERR_IO, STR("place")), 5);
    assert_int_equal(cli_fail(&c, ERR_OVERFLOW, STR("")), 4);
    fclose(err);
    assert_non_null(strstr(r.err, "JC0029 memory ran out"));
    assert_non_null(strstr(r.err, "JC0028 place cannot be written"));
    assert_non_null(strstr(r.err, "JC0034 it failed: arithmetic left the 64-bit range"));
    run_free(&r);
}

/* --- progress --------------------------------------------------------------------------------- */

static void check_progress(const char *want, enum lang lang, uint64_t rows, uint64_t done,
                           uint64_t total, int64_t ms)
{
    struct buf b;
    buf_init(&b, 0);
    progress_add_text(&b, lang, lang == LANG_ZH ? "算分" : "scoring", rows, done, total, ms);
    buf_add_char(&b, '\0');
    assert_string_equal(b.p, want);
    buf_done(&b);
}

static void progress_lines(void **state)
{
    (void)state;
    check_progress("scoring 50%  1.0k rows  500 rows/s  0:02 left", LANG_EN, 1000, 1000, 2000,
                   2000);
    check_progress("算分 25%  250.0万 行  25.0万 行/秒  还需 0:30", LANG_ZH, 2500000, 25, 100,
                   10000);
    check_progress("scoring 25%  2.5M rows  50.0k rows/s  2:30 left", LANG_EN, 2500000, 250, 1000,
                   50000);
    check_progress("scoring 100%  10 rows  10 rows/s", LANG_EN, 10, 10, 10, 1000);
    check_progress("scoring 0%  0 rows  0 rows/s", LANG_EN, 0, 0, 10, 0);
    check_progress("scoring 100%  0 rows  0 rows/s", LANG_EN, 0, 0, 0, 5);
}

static void progress_is_for_terminals(void **state)
{
    (void)state;
    struct run r = {0};
    FILE *err = open_memstream(&r.err, &r.err_n);
    struct cli c = {.world = {.err = err, .err_is_terminal = false}};
    struct progress p;
    progress_start(&p, &c, "读入", "reading");
    p.started_ms -= 100000; /* long enough ago */
    p.shown_ms -= 100000;
    progress_show(&p, 1, 1, 10);
    progress_end(&p);
    fflush(err);
    assert_int_equal(r.err_n, 0);
    c.world.err_is_terminal = true;
    progress_start(&p, &c, "读入", "reading");
    progress_show(&p, 1, 1, 10); /* too early */
    fflush(err);
    assert_int_equal(r.err_n, 0);
    p.started_ms -= 100000;
    p.shown_ms -= 100000;
    progress_show(&p, 1, 1, 10);
    progress_show(&p, 2, 2, 10); /* too soon after the last */
    progress_end(&p);
    fclose(err);
    assert_non_null(strstr(r.err, "读入 10%"));
    assert_null(strstr(r.err, "20%"));
    assert_string_equal(r.err + r.err_n - 4, "\r\033[K");
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_an_option),
        cmocka_unit_test(options_among_operands),
        cmocka_unit_test(two_options_of_one_name),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(limits_of_numbers),
        cmocka_unit_test(too_many_operands),
        cmocka_unit_test(tables_are_whole),
        cmocka_unit_test(every_exit_code_is_explained),
        cmocka_unit_test(every_command_has_help_in_both_languages),
        cmocka_unit_test(language_of_messages),
        cmocka_unit_test(what_nobody_expects_is_said_too),
        cmocka_unit_test(progress_lines),
        cmocka_unit_test(progress_is_for_terminals),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
