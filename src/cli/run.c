/* The whole program but main: parse, run, close standard output with care. */
#include "cli/cli.h"

int cli_main(const struct cli_world *world, int argc, const char *const *argv)
{
    struct cli c = {.world = *world};
    arena_init(&c.arena, 0);
    enum err e = cli_parse(&c, argc, argv);
    int code = err_exit_code(e);
    if (e == ERR_OK && c.value[OPT_HELP] != NULL) {
        struct buf b;
        buf_init(&b, 0);
        help_add_command(&b, c.command, c.lang);
        cli_print(c.world.out, &b);
        buf_done(&b);
    } else if (e == ERR_OK) {
        code = c.command->run(&c);
    }
    /* a full disk or a closed pipe shows here at the latest */
    if (fflush(c.world.out) != 0 || ferror(c.world.out)) {
        if (code == 0 || code == err_exit_code(ERR_ROWS)) code = cli_fail(&c, ERR_IO, STR("-"));
    }
    arena_done(&c.arena);
    return code;
}
