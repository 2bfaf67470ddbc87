/* jifen: what is outside of the program is gathered here and handed in. */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"

#define COLUMNS_DEFAULT 80

static size_t terminal_columns(void)
{
    struct winsize w;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) return w.ws_col;
    return COLUMNS_DEFAULT;
}

/* The first of the three that is set decides, as for every other program. */
static const char *environment_language(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') return value;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    /* a file-size limit is then an error of writing, as a full disk is, and not the end */
    signal(SIGXFSZ, SIG_IGN);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct cli_world world = {.out = stdout,
                              .err = stderr,
                              .err_is_terminal = isatty(STDERR_FILENO) == 1,
                              .columns = terminal_columns(),
                              .language = environment_language(),
                              .processors = processors > 0 ? (uint32_t)processors : 1};
    return cli_main(&world, argc, (const char *const *)argv);
}
