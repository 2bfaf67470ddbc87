/* Messages of the command line on standard error. */
#include <string.h>

#include "cli/cli.h"

static const struct message table[CLI_MSG_COUNT] = {
#define MSG(id, code, zh, en, zh_hint, en_hint)                                                    \
    [CLI_##id] = {(code),                                                                          \
                  {[LANG_ZH] = (zh), [LANG_EN] = (en)},                                            \
                  {[LANG_ZH] = (zh_hint), [LANG_EN] = (en_hint)}},
#include "cli/cli_msg.def"
#undef MSG
};

const struct message *cli_message(enum cli_msg id)
{
    INVARIANT(id < CLI_MSG_COUNT);
    return &table[id];
}

void cli_print(FILE *stream, const struct buf *b)
{
    if (b->n > 0 && fwrite(b->p, 1, b->n, stream) != b->n)
        return; /* the stream keeps its error; whoever closes it sees it */
}

void cli_say(const struct cli *c, enum cli_msg id, const struct str *args, size_t count)
{
    const struct message *m = cli_message(id);
    struct buf b;
    buf_init(&b, 0);
    buf_printf(&b, "jifen: %s ", m->code);
    message_add(&b, m->text[c->lang], args, count);
    buf_add_char(&b, '\n');
    if (m->hint[c->lang] != NULL) {
        buf_add_c(&b, "  ");
        message_add(&b, m->hint[c->lang], args, count);
        buf_add_char(&b, '\n');
    }
    cli_print(c->world.err, &b);
    buf_done(&b);
}

void cli_say1(const struct cli *c, enum cli_msg id, struct str arg)
{
    cli_say(c, id, &arg, 1);
}

int cli_fail(const struct cli *c, enum err e, struct str what)
{
    if (e == ERR_NOMEM)
        cli_say(c, CLI_OUT_OF_MEMORY, NULL, 0);
    else if (e == ERR_IO)
        cli_say1(c, CLI_WRITE_FAILED, what);
    else if (e == ERR_BUSY)
        cli_say1(c, CLI_BEING_WRITTEN, what);
    else
        cli_say1(c, CLI_FAILED, str_from_c(err_text(e)));
    return err_exit_code(e);
}

uint32_t cli_threads(const struct cli *c)
{
    if (c->value[OPT_JOBS] != NULL) return (uint32_t)c->number[OPT_JOBS];
    return c->world.processors > 0 ? c->world.processors : 1;
}
