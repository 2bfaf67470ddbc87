/* jifen db: the database as operators see it; jifen keys: key files. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "cli/cli.h"
#include "store/store.h"

static struct str url_of(const struct cli *c)
{
    return str_from_c(c->value[OPT_DB]);
}

static void say_place(const struct cli *c, enum cli_msg msg)
{
    struct buf place;

    buf_init(&place, 0);
    store_url_add_place(&place, url_of(c));
    cli_say1(c, msg, buf_str(&place));
    buf_done(&place);
}

/* What a database error means here; `message` is what the store said of it. */
int cli_store_failed(const struct cli *c, enum err e, struct str message)
{
    static const struct {
        enum err e;
        enum cli_msg msg;
    } rows[] = {{ERR_EXISTS, CLI_DB_EXISTS},   {ERR_NOT_FOUND, CLI_DB_MISSING},
                {ERR_VERSION, CLI_DB_VERSION}, {ERR_BUSY, CLI_DB_BUSY},
                {ERR_IO, CLI_DB_FAILED},       {ERR_CORRUPT, CLI_DB_CORRUPT}};
    static const struct {
        enum err e;
        enum cli_msg msg;
    } of_place[] = {{ERR_UNREACHABLE, CLI_DB_UNREACHABLE}, {ERR_DENIED, CLI_DB_REFUSED}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == e) {
            cli_say1(c, rows[i].msg, str_trim(message));
            return err_exit_code(e);
        }
    for (size_t i = 0; i < sizeof of_place / sizeof *of_place; i++)
        if (of_place[i].e == e) {
            say_place(c, of_place[i].msg);
            return err_exit_code(e);
        }
    return cli_fail(c, e, message);
}

enum err cli_open_keys(const struct cli *c, struct keyring **ret)
{
    uint32_t line = 0;
    char number[16];
    const enum err e = keyring_read_file(c->value[OPT_KEYS], &line, ret);

    if (e == ERR_OK) return ERR_OK;
    snprintf(number, sizeof number, "%u", line);
    cli_say(c, CLI_KEYS_UNUSABLE,
            (struct str[]){str_from_c(c->value[OPT_KEYS]), str_from_c(number)}, 2);
    return e;
}

/* A command that gives the URL to the store and says what came of it. */
static int with_url(struct cli *c, enum err (*run)(struct str url, struct buf *message))
{
    struct buf message;

    buf_init(&message, 0);
    const enum err e = run(url_of(c), &message);
    const int code = e == ERR_OK ? 0 : cli_store_failed(c, e, buf_str(&message));
    if (e == ERR_OK) fprintf(c->world.out, "%s\n", c->lang == LANG_ZH ? "完成" : "done");
    buf_done(&message);
    return code;
}

int run_db_init(struct cli *c)
{
    return with_url(c, store_init);
}

int run_db_migrate(struct cli *c)
{
    return with_url(c, store_migrate);
}

int run_db_backup(struct cli *c)
{
    const struct str path = str_from_c(c->operands[0]);
    struct buf message;

    buf_init(&message, 0);
    const enum err e = store_backup(url_of(c), path.p, &message);
    if (e == ERR_EXISTS)
        cli_say1(c, CLI_FILE_EXISTS, path);
    else if (e != ERR_OK)
        cli_store_failed(c, e, buf_str(&message));
    buf_done(&message);
    return err_exit_code(e);
}

int run_db_restore(struct cli *c)
{
    const struct str path = str_from_c(c->operands[0]);
    struct buf message;

    buf_init(&message, 0);
    const enum err e = store_restore(url_of(c), path.p, &message);
    if (e == ERR_NOT_FOUND)
        cli_say1(c, access(path.p, F_OK) == 0 ? CLI_DB_TO_MAKE : CLI_PATH_MISSING, path);
    else if (e != ERR_OK)
        cli_store_failed(c, e, buf_str(&message));
    buf_done(&message);
    return err_exit_code(e);
}

int run_db_check(struct cli *c)
{
    struct store *s;
    struct buf b;
    uint32_t count = 0;
    enum err e = store_open(url_of(c), NULL, &s);

    if (e != ERR_OK) return cli_store_failed(c, e, STR(""));
    buf_init(&b, 0);
    e = store_check(s, c->lang, &b, &count);
    if (e == ERR_OK) e = store_counts(s, &b);
    int code = e == ERR_OK ? 0 : cli_store_failed(c, e, store_error(s));
    if (e == ERR_OK) cli_print(c->world.out, &b);
    if (e == ERR_OK && count > 0) code = err_exit_code(ERR_CORRUPT);
    buf_done(&b);
    store_close(s);
    return code;
}

int run_db_rotate(struct cli *c)
{
    struct keyring *keys = NULL;
    struct store *s;
    uint64_t rewritten = 0;
    enum err e = cli_open_keys(c, &keys);

    if (e != ERR_OK) return err_exit_code(e);
    e = store_open(url_of(c), keys, &s);
    if (e == ERR_OK) {
        e = store_rotate(s, &rewritten);
        store_close(s);
    }
    const uint32_t newest = keyring_newest(keys);
    keyring_free(keys);
    if (e != ERR_OK) return cli_store_failed(c, e, STR(""));
    fprintf(c->world.out,
            c->lang == LANG_ZH ? "用第 %u 号密钥重新加密了 %llu 处\n"
                               : "sealed again with key %u: %llu\n",
            newest, (unsigned long long)rewritten);
    return 0;
}

/* --- key files --- */

/* Write a secret file that its owner alone may read. */
static enum err write_secret(const char *path, const struct buf *text)
{
    struct file_new f;
    enum err e = buf_err(text);

    if (e == ERR_OK) e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    if (fchmod(fileno(f.stream), S_IRUSR | S_IWUSR) != 0 ||
        fwrite(text->p, 1, text->n, f.stream) != text->n)
        e = ERR_IO;
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

int run_keys_add(struct cli *c)
{
    struct file_map file;
    struct buf text;
    struct keyring *k;
    const char *path = c->operands[0];
    enum err e = file_map(path, &file);

    buf_init(&text, 0);
    if (e == ERR_OK) {
        buf_add(&text, file.bytes);
        file_unmap(&file);
    }
    if (e == ERR_NOT_FOUND) e = ERR_OK; /* a new file */
    if (e == ERR_OK) e = keyring_add_key(&text);
    if (e == ERR_OK) e = keyring_read(buf_str(&text), NULL, &k);
    if (e == ERR_OK) {
        fprintf(c->world.out, c->lang == LANG_ZH ? "%s：第 %u 号密钥\n" : "%s: key %u\n", path,
                keyring_newest(k));
        keyring_free(k);
        e = write_secret(path, &text);
    }
    if (text.p) crypt_wipe(text.p, text.n);
    buf_done(&text);
    return e == ERR_OK ? 0 : cli_fail(c, e, str_from_c(path));
}

int run_keys_signing(struct cli *c)
{
    struct sm2_key *k;
    struct buf text;
    const char *path = c->operands[0];

    if (access(path, F_OK) == 0) {
        cli_say1(c, CLI_FILE_EXISTS, str_from_c(path));
        return err_exit_code(ERR_EXISTS);
    }
    enum err e = sm2_key_new(&k);
    if (e != ERR_OK) return cli_fail(c, e, str_from_c(path));
    buf_init(&text, 0);
    e = sm2_key_add_pem(k, true, &text);
    if (e == ERR_OK) e = write_secret(path, &text);
    if (text.p) crypt_wipe(text.p, text.n);
    text.n = 0;
    if (e == ERR_OK) e = sm2_key_add_pem(k, false, &text); /* what verifiers need */
    if (e == ERR_OK) cli_print(c->world.out, &text);
    buf_done(&text);
    sm2_key_free(k);
    return e == ERR_OK ? 0 : cli_fail(c, e, str_from_c(path));
}
