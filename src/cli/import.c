/* What importing files and working on loads have in common. See import.h. */
#include "cli/import.h"

#include <string.h>
#include <time.h>

#include "service/accounts.h"

#define MORNING (9 * 3600 * MICROS_PER_SECOND)

struct str import_key(struct arena *a)
{
    uint8_t random[16];
    struct buf b;

    crypt_random(random, sizeof random);
    buf_init(&b, 0);
    base64url_add(&b, (struct str){(const char *)random, sizeof random});
    const struct str key = str_copy(a, buf_str(&b));
    buf_done(&b);
    return key;
}

struct loads import_work(struct import *m, struct arena *a)
{
    struct loads x = {.s = m->store, .a = a, .r = m->set.rules, .c = &m->who};

    if (m->c->value[OPT_SHARE]) x.share_permille = (uint32_t)m->c->number[OPT_SHARE];
    return x;
}

/* --- who acts --- */

static enum err say_as(struct import *m, enum cli_msg id, struct str more)
{
    const struct str args[] = {str_from_c(m->c->value[OPT_AS]), more};

    m->is_said = true;
    cli_say(m->c, id, args, 2);
    return ERR_DENIED;
}

/* The password, and the code where the account has one; the session ends at once. */
static enum err sign_in(struct import *m, const struct store_account *account, struct sign_in *ret)
{
    char line[CLI_SECRET_MAX + 2], code[CLI_SECRET_MAX + 2] = "";
    struct arena *a = &m->c->arena;
    struct sign_in_ask ask = {.login = account->login, .code_optional = account->totp.n == 0};
    struct hash token;
    uint32_t wait = 0;

    ask.password = cli_read_secret(m->c, "密码：", "password: ", line);
    if (account->totp.n > 0)
        ask.code = cli_read_secret(m->c, "动态口令：", "one-time code: ", code);
    enum err e = account_sign_in(m->store, a, &ask, m->who.now, ret, &wait);
    crypt_wipe(line, sizeof line);
    crypt_wipe(code, sizeof code);
    if (e != ERR_OK) return e;
    e = account_token_hash(str_from_c(ret->token), &token);
    return e == ERR_OK ? account_sign_out(m->store, a, &token, m->who.now) : e;
}

static enum err act_as(struct import *m)
{
    const struct str login = str_from_c(m->c->value[OPT_AS]);
    struct store_account account;
    struct sign_in in;
    enum role role;
    enum err e = store_account_by_login(m->store, &m->c->arena, login, &account);

    if (e == ERR_NOT_FOUND) return say_as(m, CLI_NO_ACCOUNT, STR(""));
    if (e == ERR_OK) e = role_parse(account.role, &role);
    if (e != ERR_OK) return e;
    if (role != ROLE_DEPARTMENT)
        return say_as(m, CLI_NOT_DEPARTMENT, str_from_c(role_names[role][m->c->lang]));
    e = sign_in(m, &account, &in);
    if (e == ERR_DENIED || e == ERR_BUSY) return say_as(m, CLI_NOT_SIGNED_IN, STR(""));
    if (e != ERR_OK) return e;
    m->who.account = account.id;
    m->who.person = account.person;
    m->who.role = role;
    m->who.division = account.division;
    m->who.office = account.office;
    return ERR_OK;
}

/* --- opening --- */

static void look_at_the_clock(struct import *m)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    m->who = (struct caller){.role = ROLE_SYSTEM,
                             .office = STR("command line"),
                             .purpose = STR("supply"),
                             .lang = m->c->lang,
                             .now = (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000};
    if (m->c->value[OPT_RECORDED])
        m->who.now = date_first_instant((int32_t)m->c->number[OPT_RECORDED]) + MORNING;
    m->who.today = date_of_instant(m->who.now);
}

static enum err open_store(struct import *m)
{
    const struct store_register *regs;
    uint32_t count;
    enum err e = cli_open_keys(m->c, &m->keys);

    m->is_said = e != ERR_OK;
    if (e == ERR_OK) e = store_open(str_from_c(m->c->value[OPT_DB]), m->keys, &m->store);
    if (e == ERR_OK) e = facts_registers(&m->c->arena, m->set.rules, &regs, &count);
    if (e == ERR_OK) e = store_registers(m->store, regs, count);
    if (e == ERR_OK && m->c->value[OPT_AS]) e = act_as(m);
    return e;
}

enum err import_open(struct import *m, struct cli *c, int *ret_code)
{
    struct diag_list diags;

    *m = (struct import){.c = c};
    if (c->value[OPT_AS] && c->value[OPT_RECORDED]) { /* who acts does so now */
        cli_say(c, CLI_CLASH, (struct str[]){STR("--as"), STR("--recorded-on")}, 2);
        *ret_code = err_exit_code(ERR_USAGE);
        return ERR_USAGE;
    }
    enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &diags, &m->set);
    if (e != ERR_OK) {
        *ret_code = cli_rules_failed(c, e, &diags, &m->set);
        return e;
    }
    look_at_the_clock(m);
    e = open_store(m);
    if (e != ERR_OK) *ret_code = import_exit(m, e);
    return e;
}

void import_close(struct import *m)
{
    m->store = store_close(m->store);
    keyring_free(m->keys);
    m->keys = NULL;
}

int import_exit(struct import *m, enum err e)
{
    int code = err_exit_code(e);

    if (e != ERR_OK && !m->is_said)
        code = cli_store_failed(m->c, e, m->store ? store_error(m->store) : STR(""));
    import_close(m);
    return e == ERR_OK && m->refused > 0 ? err_exit_code(ERR_ROWS) : code;
}

/* --- what is said --- */

void import_say_failure(struct import *m, const struct loads *x, struct str what, enum err e)
{
    const struct str why = str_from_c(load_why_text(x->why, m->c->lang));

    if (e == ERR_CONFLICT && why.n > 0)
        cli_say(m->c, CLI_LOAD_NOT_NOW, (struct str[]){what, why}, 2);
    else if (e == ERR_DENIED && x->why == LOAD_WHY_SAME_PERSON)
        cli_say(m->c, CLI_SECOND_IS_FIRST, (struct str[]){what, why}, 2);
    else if (e == ERR_DENIED && m->c->value[OPT_AS])
        cli_say(m->c, CLI_NOT_ITS_PLACE, (struct str[]){what, str_from_c(m->c->value[OPT_AS])}, 2);
    else
        return; /* import_exit has words for it */
    m->is_said = true;
}

/* A word as the shell takes it. */
static void add_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:,@%+=";

    if (word[strspn(word, plain)] == '\0') {
        buf_add_c(out, word);
        return;
    }
    buf_add_char(out, '\'');
    for (const char *p = word; *p != '\0'; p++)
        *p == '\'' ? buf_add_c(out, "'\\''") : buf_add_char(out, *p);
    buf_add_char(out, '\'');
}

/* An address with a password in it is not repeated. */
static const char *shown_value(const struct cli *c, enum option_id o)
{
    const bool is_secret = o == OPT_DB && strchr(c->value[o], '@') != NULL;

    return is_secret ? cli_options[o].arg : c->value[o];
}

static void add_next(struct buf *out, const struct cli *c, const struct load *l, const char *verb,
                     const char *as)
{
    static const enum option_id same[] = {OPT_DB, OPT_KEYS, OPT_RULES};

    buf_printf(out, "jifen import %s %.*s", verb, STR_ARG(l->object.number));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        buf_printf(out, " --%s ", cli_options[same[i]].name);
        add_word(out, shown_value(c, same[i]));
    }
    if (as) buf_printf(out, " --as %s", as);
}

void import_say_next(const struct import *m, const struct load *l)
{
    const bool waits = str_eq(l->object.state, STR("waiting_second"));
    struct buf day, next;

    if (!waits && !str_eq(l->object.state, STR("staged"))) return;
    buf_init(&day, 0);
    buf_init(&next, 0);
    date_add_text(&day, l->object.deadline_day);
    add_next(&next, m->c, l, waits ? "second" : "accept",
             waits ? cli_options[OPT_AS].arg : m->c->value[OPT_AS]);
    cli_say(m->c, waits ? CLI_LOAD_WAITS : CLI_LOAD_STAGED,
            (struct str[]){l->object.number, buf_str(&day), buf_str(&next)}, 3);
    buf_done(&day);
    buf_done(&next);
}
