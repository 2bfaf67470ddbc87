/* Words of the command line -> a command, its options and operands.
 *
 * Structure: the language is looked for first, so that even a usage error comes in it; then the
 * command (the row with the most words that match), then options and operands in any order, then
 * what is required. Every fault is said once, with the nearest name there is.
 *
 * Invariant: after ERR_OK every given option belongs to the command and has a valid value. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/decimal.h"
#include "cli/cli.h"
#include "service/nearest.h"
#include "service/sample.h"

static const struct {
    int64_t least, most;
} number_limits[OPTION_COUNT] = {
    [OPT_JOBS] = {1, 256},          [OPT_PERSONS] = {1, SAMPLE_PERSONS_MAX},
    [OPT_SEED] = {0, INT64_MAX},    [OPT_BAD] = {0, 1000000},
    [OPT_RESIDENTS] = {1, 1000000}, [OPT_DIVISION] = {110000, 659999},
    [OPT_SHARE] = {0, 1000},        [OPT_AFTER] = {0, INT64_MAX},
    [OPT_MEMORY] = {0, 1 << 20},    [OPT_SEGMENT] = {1, 1 << 21},
    [OPT_YEARS] = {1, 100},
};

option_set command_options(const struct command_row *c)
{
    return c->required | c->further | OPTION_BIT(OPT_HELP);
}

void option_add_name(struct buf *out, enum option_id o)
{
    const struct option_row *row = &cli_options[o];
    if (row->letter != 0) buf_printf(out, "-%c, ", row->letter);
    buf_printf(out, "--%s", row->name);
    if (row->arg != NULL) buf_printf(out, " %s", row->arg);
}

void command_add_usage(struct buf *out, const struct command_row *c)
{
    buf_add_c(out, c->words);
    for (int o = 0; o < OPTION_COUNT; o++)
        if (c->required & OPTION_BIT(o))
            buf_printf(out, " --%s %s", cli_options[o].name, cli_options[o].arg);
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (!(c->further & OPTION_BIT(o)) || o == OPT_LANG) continue;
        buf_printf(out, " [--%s", cli_options[o].name);
        if (cli_options[o].arg != NULL) buf_printf(out, " %s", cli_options[o].arg);
        buf_add_char(out, ']');
    }
    if (c->operands[0] != '\0') buf_printf(out, " %s", c->operands);
}

/* --- saying what is wrong --------------------------------------------------------------------- */

static enum err say(const struct cli *c, enum cli_msg id, const char *x, const char *y,
                    const char *z)
{
    struct str args[] = {str_from_c(x), str_from_c(y), str_from_c(z)};
    cli_say(c, id, args, 3);
    return ERR_USAGE;
}

static enum err say_with_usage(const struct cli *c, enum cli_msg id, const char *what)
{
    struct buf usage;
    buf_init(&usage, 0);
    command_add_usage(&usage, c->command);
    buf_add_char(&usage, '\0');
    enum err e = say(c, id, c->command->words, what, usage.p);
    buf_done(&usage);
    return e;
}

/* --- language --------------------------------------------------------------------------------- */

static enum lang language_of(const char *environment)
{
    return environment != NULL && strncmp(environment, "en", 2) == 0 ? LANG_EN : LANG_ZH;
}

static void find_language(struct cli *c, int argc, const char *const *argv)
{
    c->lang = language_of(c->world.language);
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        if (strncmp(argv[i], "--lang=", 7) == 0)
            value = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            value = argv[i + 1];
        enum lang lang;
        if (value != NULL && lang_from_str(str_from_c(value), &lang) == ERR_OK) c->lang = lang;
    }
}

/* --- the command ------------------------------------------------------------------------------ */

/* How many of the given words are the row's words; 0 when they are not all there. */
static int words_matched(const char *words, int argc, const char *const *argv)
{
    int n = 0;
    for (const char *p = words; *p != '\0'; n++) {
        size_t length = strcspn(p, " ");
        if (n >= argc || strlen(argv[n]) != length || memcmp(argv[n], p, length) != 0) return 0;
        p += length;
        p += *p == ' ';
    }
    return n;
}

/* --help and --version in the place of a command. */
static const char *const *as_command(const char *const *argv, const char *const **spare)
{
    static const char *const help[] = {"help"}, *const version[] = {"version"};
    *spare = NULL;
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) *spare = help;
    if (strcmp(argv[0], "--version") == 0) *spare = version;
    return *spare == NULL ? argv : *spare;
}

static enum err unknown_command(const struct cli *c, int argc, const char *const *argv)
{
    struct buf given;
    buf_init(&given, 0);
    buf_add_c(&given, argv[0]);
    bool two = strcmp(argv[0], "rules") == 0;
    if (two && argc > 1 && argv[1][0] != '-') buf_printf(&given, " %s", argv[1]);
    struct nearest n = nearest_to(buf_str(&given));
    for (int i = 0; i < COMMAND_COUNT; i++)
        nearest_offer(&n, str_from_c(cli_commands[i].words));
    struct str args[] = {buf_str(&given), n.best};
    cli_say(c, CLI_UNKNOWN_COMMAND, args, 2);
    buf_done(&given);
    return ERR_USAGE;
}

/* Sets c->command; *ret_words = how many words it took. */
static enum err find_command(struct cli *c, int argc, const char *const *argv, int *ret_words)
{
    if (argc == 0) return say(c, CLI_NO_COMMAND, NULL, NULL, NULL);
    const char *const *spare;
    const char *const *words = as_command(argv, &spare);
    *ret_words = 0;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        int n = words_matched(cli_commands[i].words, spare == NULL ? argc : 1, words);
        if (n <= *ret_words) continue;
        *ret_words = n;
        c->command = &cli_commands[i];
    }
    return *ret_words > 0 ? ERR_OK : unknown_command(c, argc, argv);
}

/* --- options ---------------------------------------------------------------------------------- */

/* The command's option of that name or letter; -1. */
static int find_option(const struct cli *c, struct str name, bool is_letter)
{
    option_set set = command_options(c->command);
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (!(set & OPTION_BIT(o))) continue;
        const struct option_row *row = &cli_options[o];
        if (is_letter ? row->letter == name.p[0] : str_eq(str_from_c(row->name), name)) return o;
    }
    return -1;
}

static enum err unknown_option(const struct cli *c, const char *given)
{
    struct nearest n = nearest_to(str_from_c(given));
    struct buf names[OPTION_COUNT];
    option_set set = command_options(c->command);
    for (int o = 0; o < OPTION_COUNT; o++) {
        buf_init(&names[o], 0);
        buf_printf(&names[o], "--%s", cli_options[o].name);
        if (set & OPTION_BIT(o)) nearest_offer(&n, buf_str(&names[o]));
    }
    struct str args[] = {str_from_c(c->command->words), {given, strcspn(given, "=")}, n.best};
    cli_say(c, CLI_UNKNOWN_OPTION, args, 3);
    for (int o = 0; o < OPTION_COUNT; o++)
        buf_done(&names[o]);
    return ERR_USAGE;
}

static bool is_one_of(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = words; *p != '\0';) {
        size_t length = strcspn(p, "|");
        if (length == n && memcmp(p, value, n) == 0) return true;
        p += length;
        p += *p == '|';
    }
    return false;
}

static enum err check_number(struct cli *c, int o, const char *name, const char *value)
{
    int64_t least = number_limits[o].least, most = number_limits[o].most, n;
    if (decimal_parse(str_from_c(value), 1, &n) == ERR_OK && n >= least && n <= most) {
        c->number[o] = n;
        return ERR_OK;
    }
    char low[24], high[24];
    snprintf(low, sizeof low, "%lld", (long long)least);
    snprintf(high, sizeof high, "%lld", (long long)most);
    return say(c, CLI_BAD_NUMBER, name, low, high);
}

static enum err check_value(struct cli *c, int o, const char *name, const char *value)
{
    int32_t date;
    switch (cli_options[o].kind) {
    case ARG_DATE:
        if (date_parse(str_from_c(value), &date) != ERR_OK)
            return say(c, CLI_BAD_DATE, name, NULL, NULL);
        c->number[o] = date;
        return ERR_OK;
    case ARG_NUMBER:
        return check_number(c, o, name, value);
    case ARG_WORD:
        if (is_one_of(cli_options[o].arg, value)) return ERR_OK;
        return say(c, CLI_BAD_WORD, name, cli_options[o].arg, NULL);
    case ARG_FILE:
    case ARG_DIR:
    case ARG_TEXT:
        if (value[0] != '\0') return ERR_OK;
        return say(c, CLI_OPTION_NEEDS_VALUE, name, cli_options[o].arg, NULL);
    case ARG_FLAG:
        break;
    }
    return ERR_OK;
}

/* argv[*at] begins with a dash. Moves *at to the last word used. */
static enum err take_option(struct cli *c, int argc, const char *const *argv, int *at)
{
    const char *given = argv[*at];
    bool is_letter = given[1] != '-';
    struct str name = {given + 2, strcspn(given + 2, "=")};
    const char *value = given[2 + name.n] == '=' ? given + 3 + name.n : NULL;
    if (is_letter) {
        name = (struct str){given + 1, 1};
        value = given[2] != '\0' ? given + 2 : NULL;
    }
    int o = find_option(c, name, is_letter);
    if (o < 0) return unknown_option(c, given);
    char shown[64];
    snprintf(shown, sizeof shown, "--%s", cli_options[o].name);
    if (c->value[o] != NULL) return say(c, CLI_OPTION_TWICE, shown, NULL, NULL);
    if (cli_options[o].kind == ARG_FLAG) {
        if (value != NULL) return say(c, CLI_OPTION_TAKES_NONE, shown, NULL, NULL);
        c->value[o] = "";
        return ERR_OK;
    }
    if (value == NULL && *at + 1 < argc) value = argv[++*at];
    if (value == NULL) return say(c, CLI_OPTION_NEEDS_VALUE, shown, cli_options[o].arg, NULL);
    c->value[o] = value;
    return check_value(c, o, shown, value);
}

/* `name` without dashes; the value is copied. What the command line gave stays. */
enum err cli_take_setting(struct cli *c, struct str name, struct str value)
{
    char shown[64];
    int o = find_option(c, name, false);

    snprintf(shown, sizeof shown, "%.*s", STR_ARG(name));
    if (o < 0 || o == OPT_CONFIG || o == OPT_HELP) return unknown_option(c, shown);
    if (c->value[o] != NULL) return ERR_OK;
    snprintf(shown, sizeof shown, "%s", cli_options[o].name);
    if (cli_options[o].kind == ARG_FLAG) {
        if (str_eq(value, STR("yes"))) c->value[o] = "";
        if (c->value[o] || str_eq(value, STR("no"))) return ERR_OK;
        return say(c, CLI_BAD_WORD, shown, "yes|no", NULL);
    }
    const struct str copy = str_copy(&c->arena, value);
    if (copy.p == NULL) return ERR_NOMEM;
    c->value[o] = copy.p;
    return check_value(c, o, shown, copy.p);
}

static enum err take_operand(struct cli *c, const char *word)
{
    if (c->operand_count >= c->command->most || c->operand_count >= OPERANDS_MAX)
        return say_with_usage(c, CLI_TOO_MANY_OPERANDS, word);
    c->operands[c->operand_count++] = word;
    return ERR_OK;
}

static enum err option_missing(const struct cli *c, enum option_id o)
{
    char shown[64];
    snprintf(shown, sizeof shown, "--%s %s", cli_options[o].name, cli_options[o].arg);
    return say_with_usage(c, CLI_OPTION_MISSING, shown);
}

int cli_need(const struct cli *c, enum option_id o)
{
    return c->value[o] != NULL ? 0 : err_exit_code(option_missing(c, o));
}

int cli_need_one(const struct cli *c, enum option_id o, enum option_id other)
{
    char shown[2][64];
    if (c->value[o] == NULL && c->value[other] == NULL) return cli_need(c, o);
    if (c->value[o] == NULL || c->value[other] == NULL) return 0;
    snprintf(shown[0], sizeof shown[0], "--%s", cli_options[o].name);
    snprintf(shown[1], sizeof shown[1], "--%s", cli_options[other].name);
    return err_exit_code(say(c, CLI_CLASH, shown[0], shown[1], NULL));
}

static enum err check_complete(const struct cli *c)
{
    for (int o = 0; o < OPTION_COUNT; o++)
        if ((c->command->required & OPTION_BIT(o)) && c->value[o] == NULL)
            return option_missing(c, (enum option_id)o);
    if (c->operand_count < c->command->fewest)
        return say_with_usage(c, CLI_TOO_FEW_OPERANDS, c->command->operands);
    return ERR_OK;
}

enum err cli_parse(struct cli *c, int argc, const char *const *argv)
{
    int words = 0;
    find_language(c, argc, argv);
    enum err e = find_command(c, argc - 1, argv + 1, &words);
    bool only_operands = false;
    for (int i = 1 + words; e == ERR_OK && i < argc; i++) {
        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0')
            e = take_operand(c, argv[i]);
        else if (strcmp(argv[i], "--") == 0)
            only_operands = true;
        else
            e = take_option(c, argc, argv, &i);
    }
    c->lang_given = c->value[OPT_LANG] != NULL;
    if (e == ERR_OK && c->value[OPT_HELP] == NULL) e = check_complete(c);
    return e;
}
