/* The tables of commands and options, from command.def and option.def. */
#include <limits.h>

#include "cli/cli.h"

_Static_assert(OPTION_COUNT <= sizeof(option_set) * CHAR_BIT, "every option has a bit");

const struct option_row cli_options[OPTION_COUNT] = {
#define OPTION(id, name, letter, kind, arg, zh, en)                                                \
    [OPT_##id] = {(name), (letter), ARG_##kind, (arg), {[LANG_ZH] = (zh), [LANG_EN] = (en)}},
#include "cli/option.def"
#undef OPTION
};

#define O(id) OPTION_BIT(OPT_##id)

const struct command_row cli_commands[COMMAND_COUNT] = {
#define COMMAND(id, run, words, operands, fewest, most, required, further, zh, en, zh_more,        \
                en_more)                                                                           \
    [CMD_##id] = {(words),                                                                         \
                  (operands),                                                                      \
                  (fewest),                                                                        \
                  (most),                                                                          \
                  (required),                                                                      \
                  (further),                                                                       \
                  {[LANG_ZH] = (zh), [LANG_EN] = (en)},                                            \
                  {[LANG_ZH] = (zh_more), [LANG_EN] = (en_more)},                                  \
                  (run)},
#include "cli/command.def"
#undef COMMAND
};
