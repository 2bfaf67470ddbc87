/* jifen account: made, listed, changed. A password comes from standard input, never from the
 * command line. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "service/account_admin.h"
#include "service/rule_files.h"

struct str cli_read_secret(const struct cli *c, const char *zh, const char *en,
                           char line[CLI_SECRET_MAX + 2])
{
    line[0] = '\0';
    if (isatty(STDIN_FILENO) == 1) fprintf(c->world.err, "%s", c->lang == LANG_ZH ? zh : en);
    if (!fgets(line, CLI_SECRET_MAX + 2, stdin)) return STR("");
    return (struct str){line, strcspn(line, "\r\n")};
}

static void say_totp(struct cli *c, const uint8_t secret[ACCOUNT_TOTP_BYTES])
{
    struct buf b;

    buf_init(&b, 0);
    account_totp_uri(&b, str_from_c(c->value[OPT_LOGIN]),
                     (struct str){(const char *)secret, ACCOUNT_TOTP_BYTES});
    fprintf(c->world.out, "%.*s\n", STR_ARG(buf_str(&b)));
    if (b.p) crypt_wipe(b.p, b.n);
    buf_done(&b);
}

static struct caller security_of_line(struct cli *c)
{
    struct timespec t;
    struct caller who = {.role = ROLE_SYSTEM, .office = STR("command line"), .lang = c->lang};

    clock_gettime(CLOCK_REALTIME, &t);
    who.now = (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000;
    who.today = date_of_instant(who.now);
    return who;
}

/* A fresh key: what is typed twice is meant twice. */
static struct str key_of_line(char ret[32])
{
    uint8_t random[16];
    struct buf key;

    crypt_random(random, sizeof random);
    buf_init(&key, 32);
    base64url_add(&key, (struct str){(const char *)random, sizeof random});
    const size_t n = key.n < 32 ? key.n : 31;
    memcpy(ret, key.p, n);
    buf_done(&key);
    return (struct str){ret, n};
}

static enum err create(struct cli *c, struct store *s, struct store_account *x)
{
    const struct caller who = security_of_line(c);
    char key[32];

    return account_create(s, &c->arena, &who, key_of_line(key), x);
}

static enum err find_person(struct cli *c, struct store *s, struct store_account *x)
{
    const struct str code = str_from_c(c->value[OPT_PERSON]);

    if (!c->value[OPT_PERSON]) return ERR_OK;
    const enum err e = store_person_by_code(s, code, &x->person);
    if (e == ERR_NOT_FOUND) cli_say1(c, CLI_NO_SUCH_CODE, code);
    return e;
}

static int failed(struct cli *c, enum err e, const struct store *s)
{
    if (e == ERR_EXISTS)
        cli_say1(c, CLI_LOGIN_TAKEN, str_from_c(c->value[OPT_LOGIN]));
    else if (e == ERR_RANGE)
        cli_say(c, CLI_PASSWORD_SHORT, NULL, 0);
    else if (e != ERR_NOT_FOUND)
        return cli_store_failed(c, e, store_error(s));
    return err_exit_code(e);
}

/* Keys and database of the line; on failure everything is closed and *ret_code said. */
struct place {
    struct keyring *keys;
    struct store *store;
};

static bool place_open(struct cli *c, struct place *ret, int *ret_code)
{
    enum err e = cli_open_keys(c, &ret->keys);

    if (e != ERR_OK) {
        *ret_code = err_exit_code(e);
        return false;
    }
    e = store_open(str_from_c(c->value[OPT_DB]), ret->keys, &ret->store);
    if (e == ERR_OK) return true;
    keyring_free(ret->keys);
    *ret_code = cli_store_failed(c, e, STR(""));
    return false;
}

static void place_close(struct place *p)
{
    store_close(p->store);
    keyring_free(p->keys);
}

int run_account_add(struct cli *c)
{
    char line[CLI_SECRET_MAX + 2];
    uint8_t secret[ACCOUNT_TOTP_BYTES];
    struct place p;
    int code;
    struct store_account x = {.login = str_from_c(c->value[OPT_LOGIN]),
                              .role = str_from_c(c->value[OPT_ROLE]),
                              .office = str_from_c(c->value[OPT_OFFICE]),
                              .name = str_from_c(c->value[OPT_NAME]),
                              .division = (int32_t)c->number[OPT_DIVISION]};

    if (!place_open(c, &p, &code)) return code;
    x.password = cli_read_secret(c, "密码：", "password: ", line);
    if (c->value[OPT_TOTP]) {
        crypt_random(secret, sizeof secret);
        x.totp = (struct str){(const char *)secret, sizeof secret};
    }
    enum err e = find_person(c, p.store, &x);
    if (e == ERR_OK) e = create(c, p.store, &x);
    code = e == ERR_OK ? 0 : failed(c, e, p.store);
    if (e == ERR_OK && c->value[OPT_TOTP]) say_totp(c, secret);
    crypt_wipe(line, sizeof line);
    crypt_wipe(secret, sizeof secret);
    place_close(&p);
    return code;
}

/* --- changes --- */

static int not_changed(struct cli *c, enum err e, enum account_event event, const struct store *s)
{
    const struct {
        enum err e;
        enum cli_msg msg;
    } rows[] = {
        {ERR_NOT_FOUND, CLI_NO_SUCH_LOGIN},
        {ERR_CONFLICT, CLI_ACCOUNT_SO_ALREADY},
        {ERR_RANGE, event == ACCOUNT_EVENT_PASSWORD ? CLI_PASSWORD_SHORT : CLI_ROLE_NOT_FOR_IT}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == e) {
            cli_say1(c, rows[i].msg, str_from_c(c->value[OPT_LOGIN]));
            return err_exit_code(e);
        }
    return cli_store_failed(c, e, store_error(s));
}

static int change(struct cli *c, enum account_event event, const struct account_change *to)
{
    const struct caller who = security_of_line(c);
    struct store_account x;
    struct place p;
    char key[32];
    int code = 0;

    if (!place_open(c, &p, &code)) return code;
    enum err e = store_account_by_login(p.store, &c->arena, str_from_c(c->value[OPT_LOGIN]), &x);
    if (e == ERR_OK)
        e = account_change(p.store, &c->arena, &who, key_of_line(key), x.id, event, to);
    if (e != ERR_OK) code = not_changed(c, e, event, p.store);
    place_close(&p);
    return code;
}

int run_account_disable(struct cli *c)
{
    return change(c, ACCOUNT_EVENT_DISABLE, &(struct account_change){0});
}

int run_account_enable(struct cli *c)
{
    return change(c, ACCOUNT_EVENT_ENABLE, &(struct account_change){0});
}

int run_account_move(struct cli *c)
{
    const struct account_change to = {.role = str_from_c(c->value[OPT_ROLE]),
                                      .office = str_from_c(c->value[OPT_OFFICE]),
                                      .division = (int32_t)c->number[OPT_DIVISION]};

    return change(c, ACCOUNT_EVENT_MOVE, &to);
}

int run_account_password(struct cli *c)
{
    char line[CLI_SECRET_MAX + 2];
    const struct account_change to = {.password = cli_read_secret(c, "密码：", "password: ", line)};
    const int code = change(c, ACCOUNT_EVENT_PASSWORD, &to);

    crypt_wipe(line, sizeof line);
    return code;
}

int run_account_totp(struct cli *c)
{
    uint8_t secret[ACCOUNT_TOTP_BYTES];

    crypt_random(secret, sizeof secret);
    const struct account_change to = {.totp = {(const char *)secret, sizeof secret}};
    const int code = change(c, ACCOUNT_EVENT_TOTP, &to);
    if (code == 0) say_totp(c, secret);
    crypt_wipe(secret, sizeof secret);
    return code;
}

/* --- the list --- */

/* One JSON object a line. */
static enum err list_some(struct cli *c, struct store *s, struct account_query *q,
                          uint32_t *ret_count)
{
    const struct caller who = security_of_line(c);
    struct store_account *items;
    struct arena a;
    struct json j;
    struct buf b;

    arena_init(&a, 0);
    buf_init(&b, 0);
    enum err e = account_list(s, &a, &who, q, &items, ret_count);
    for (uint32_t i = 0; e == ERR_OK && i < *ret_count; i++) {
        json_init(&j, &b, false);
        account_put(&j, &items[i], &who);
        buf_add_char(&b, '\n');
        q->after = items[i].id;
    }
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK && b.n > 0) cli_print(c->world.out, &b);
    buf_done(&b);
    arena_done(&a);
    return e;
}

int run_account_list(struct cli *c)
{
    struct account_query q = {.role = str_from_c(c->value[OPT_ROLE]),
                              .login = str_from_c(c->value[OPT_LOGIN])};
    uint32_t count = ACCOUNTS_LIMIT;
    enum err e = ERR_OK;
    struct place p;
    int code;

    if (!place_open(c, &p, &code)) return code;
    while (e == ERR_OK && count == ACCOUNTS_LIMIT)
        e = list_some(c, p.store, &q, &count);
    code = e == ERR_OK ? 0 : cli_store_failed(c, e, store_error(p.store));
    place_close(&p);
    return code;
}
