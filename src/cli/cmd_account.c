/* jifen account add: an account, its password from standard input, never from the command line. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "service/accounts.h"
#include "service/rule_files.h"

#define TOTP_BYTES 20

struct str cli_read_secret(const struct cli *c, const char *zh, const char *en,
                           char line[CLI_SECRET_MAX + 2])
{
    line[0] = '\0';
    if (isatty(STDIN_FILENO) == 1) fprintf(c->world.err, "%s", c->lang == LANG_ZH ? zh : en);
    if (!fgets(line, CLI_SECRET_MAX + 2, stdin)) return STR("");
    return (struct str){line, strcspn(line, "\r\n")};
}

static void add_base32(struct buf *out, const uint8_t *bytes, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0, held = 0;

    for (size_t i = 0; i < n; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(out, letters[held >> (bits - 5) & 31]);
    }
    if (bits > 0) buf_add_char(out, letters[held << (5 - bits) & 31]);
}

static void say_totp(struct cli *c, const uint8_t secret[TOTP_BYTES])
{
    struct buf b;

    buf_init(&b, 0);
    add_base32(&b, secret, TOTP_BYTES);
    fprintf(c->world.out, "otpauth://totp/Jifen:%s?secret=%.*s&issuer=Jifen\n", c->value[OPT_LOGIN],
            STR_ARG(buf_str(&b)));
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

static enum err create(struct cli *c, struct store *s, struct store_account *x)
{
    const struct caller who = security_of_line(c);
    uint8_t random[16];
    struct buf key;

    crypt_random(random, sizeof random);
    buf_init(&key, 0);
    base64url_add(&key, (struct str){(const char *)random, sizeof random});
    const enum err e = account_create(s, &c->arena, &who, buf_str(&key), x);
    buf_done(&key);
    return e;
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

int run_account_add(struct cli *c)
{
    char line[CLI_SECRET_MAX + 2];
    uint8_t secret[TOTP_BYTES];
    struct keyring *keys;
    struct store *s;
    struct store_account x = {.login = str_from_c(c->value[OPT_LOGIN]),
                              .role = str_from_c(c->value[OPT_ROLE]),
                              .office = str_from_c(c->value[OPT_OFFICE]),
                              .name = str_from_c(c->value[OPT_NAME]),
                              .division = (int32_t)c->number[OPT_DIVISION]};
    enum err e = cli_open_keys(c, &keys);

    if (e != ERR_OK) return err_exit_code(e);
    e = store_open(str_from_c(c->value[OPT_DB]), keys, &s);
    if (e != ERR_OK) {
        keyring_free(keys);
        return cli_store_failed(c, e, STR(""));
    }
    x.password = cli_read_secret(c, "密码：", "password: ", line);
    if (c->value[OPT_TOTP]) {
        crypt_random(secret, sizeof secret);
        x.totp = (struct str){(const char *)secret, sizeof secret};
    }
    e = find_person(c, s, &x);
    if (e == ERR_OK) e = create(c, s, &x);
    const int code = e == ERR_OK ? 0 : failed(c, e, s);
    if (e == ERR_OK && c->value[OPT_TOTP]) say_totp(c, secret);
    crypt_wipe(line, sizeof line);
    crypt_wipe(secret, sizeof secret);
    store_close(s);
    keyring_free(keys);
    return code;
}
