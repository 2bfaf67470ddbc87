/* jifen token verify: an electronic permit checked without a network, with the public key alone. */
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "service/permit_token.h"

/* A whole address as a phone reads it, or the token alone. */
static struct str token_of(const char *text)
{
    static const char mark[] = "token=";
    const char *at = strstr(text, mark);

    if (!at) return str_from_c(text);
    at += sizeof mark - 1;
    return (struct str){at, strcspn(at, "&#")};
}

static void add_line(struct buf *out, enum lang lang, const char *zh, const char *en)
{
    buf_printf(out, "%s%s", lang == LANG_ZH ? zh : en, lang == LANG_ZH ? "：" : ": ");
}

static void add_shown(struct buf *out, const struct permit_shown *x, enum lang lang)
{
    const struct life_state *state = life_state_named(&permit_life, str_from_c(x->state));

    add_line(out, lang, "编号", "number");
    buf_printf(out, "%s\n", x->number);
    add_line(out, lang, "状态", "state");
    buf_printf(out, "%s\n", state ? state->text[lang] : x->state);
    add_line(out, lang, "所在地", "place");
    buf_printf(out, "%d\n", (int)x->division);
    add_line(out, lang, "签发", "made");
    instant_add_text(out, x->issued);
    buf_add_char(out, '\n');
    add_line(out, lang, "有效至", "until");
    instant_add_text(out, x->expires);
    buf_add_char(out, '\n');
}

int run_token_verify(struct cli *c)
{
    struct sm2_key *k;
    struct permit_shown x;
    struct timespec t;
    struct buf out;
    enum err e = permit_key_read_file(c->operands[0], &k);

    if (e == ERR_NOT_FOUND || e == ERR_SYNTAX) {
        cli_say1(c, e == ERR_SYNTAX ? CLI_PATH_UNREADABLE : CLI_PATH_MISSING,
                 str_from_c(c->operands[0]));
        return err_exit_code(e);
    }
    if (e != ERR_OK) return cli_fail(c, e, str_from_c(c->operands[0]));
    clock_gettime(CLOCK_REALTIME, &t);
    const int64_t now = (int64_t)t.tv_sec * MICROS_PER_SECOND;
    const enum permit_verdict v = permit_token_verify(token_of(c->operands[1]), k, now, &x);
    buf_init(&out, 0);
    buf_printf(&out, "%s\n", permit_verdict_text(v, c->lang));
    if (v <= PERMIT_TOKEN_FUTURE) add_shown(&out, &x, c->lang);
    cli_print(c->world.out, &out);
    e = buf_err(&out);
    buf_done(&out);
    sm2_key_free(k);
    if (e != ERR_OK) return cli_fail(c, e, STR(""));
    return v == PERMIT_TOKEN_GOOD ? 0 : err_exit_code(ERR_DENIED);
}
