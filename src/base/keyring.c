/* Master keys: a text file, and what is derived from each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypt_internal.h"
#include "base/file.h"

#define KEYS_MAX 64

struct keyring {
    struct crypt_keys keys[KEYS_MAX]; /* ordered by number */
    uint32_t count;
};

const struct crypt_keys *keyring_keys(const struct keyring *k, uint32_t number)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->keys[i].number == number) return &k->keys[i];
    return NULL;
}

uint32_t keyring_newest(const struct keyring *k)
{
    return k->keys[k->count - 1].number;
}

uint32_t keyring_numbers(const struct keyring *k, uint32_t ret[64])
{
    for (uint32_t i = 0; i < k->count; i++)
        ret[i] = k->keys[i].number;
    return k->count;
}

void keyring_free(struct keyring *k)
{
    if (!k) return;
    crypt_wipe(k, sizeof *k);
    free(k);
}

/* --- reading --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum err derive(const uint8_t *master, const char *use, uint8_t *ret)
{
    struct hash h;
    const enum err e =
        crypt_hmac_sm3((struct str){(const char *)master, CRYPT_KEY_BYTES}, str_from_c(use), &h);

    if (e == ERR_OK) memcpy(ret, h.bytes, CRYPT_KEY_BYTES);
    crypt_wipe(&h, sizeof h);
    return e;
}

static enum err add_key(struct keyring *k, uint32_t number, struct str hex)
{
    uint8_t master[CRYPT_KEY_BYTES];
    struct crypt_keys *keys = &k->keys[k->count];

    if (hex.n != sizeof master * 2) return ERR_SYNTAX;
    for (size_t i = 0; i < sizeof master; i++) {
        const int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0) return ERR_SYNTAX;
        master[i] = (uint8_t)(high << 4 | low);
    }
    keys->number = number;
    enum err e = derive(master, "jifen data", keys->data);
    if (e == ERR_OK) e = derive(master, "jifen tag", keys->tag);
    if (e == ERR_OK) e = derive(master, "jifen index", keys->index);
    crypt_wipe(master, sizeof master);
    if (e == ERR_OK) k->count++;
    return e;
}

/* `NUMBER HEX64`, numbers rising. */
static enum err read_line(struct keyring *k, struct str line)
{
    uint64_t number = 0;
    size_t i = 0;

    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#') return ERR_OK;
    for (; i < line.n && line.p[i] >= '0' && line.p[i] <= '9' && number < UINT32_MAX; i++)
        number = 10 * number + (uint64_t)(line.p[i] - '0');
    if (i == 0 || number == 0 || number > UINT32_MAX || k->count == KEYS_MAX) return ERR_SYNTAX;
    if (k->count > 0 && number <= keyring_newest(k)) return ERR_SYNTAX;
    return add_key(k, (uint32_t)number, str_trim((struct str){line.p + i, line.n - i}));
}

enum err keyring_read(struct str text, uint32_t *ret_line, struct keyring **ret)
{
    struct keyring *k = calloc(1, sizeof *k);
    enum err e = k ? ERR_OK : ERR_NOMEM;
    uint32_t line = 0;

    while (e == ERR_OK && text.n > 0) {
        const char *nl = memchr(text.p, '\n', text.n);
        const size_t n = nl ? (size_t)(nl - text.p) : text.n;
        line++;
        e = read_line(k, (struct str){text.p, n});
        text.p += n + (nl != NULL);
        text.n -= n + (nl != NULL);
    }
    if (e == ERR_OK && k->count == 0) e = ERR_SYNTAX;
    if (e == ERR_OK) {
        *ret = k;
        return ERR_OK;
    }
    if (ret_line) *ret_line = line;
    keyring_free(k);
    return e;
}

enum err keyring_read_file(const char *path, uint32_t *ret_line, struct keyring **ret)
{
    struct stat st;
    struct file_map m;

    if (ret_line) *ret_line = 0;
    if (stat(path, &st) != 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    if ((st.st_mode & 077) != 0) return ERR_IO; /* others may read it: then it is no secret */
    enum err e = file_map(path, &m);
    if (e != ERR_OK) return e;
    e = keyring_read(m.bytes, ret_line, ret);
    file_unmap(&m);
    return e;
}

enum err keyring_add_key(struct buf *text)
{
    uint8_t master[CRYPT_KEY_BYTES];
    struct keyring *k = NULL;
    uint32_t number = 1;

    if (text->n > 0) {
        const enum err e = keyring_read(buf_str(text), NULL, &k);
        if (e != ERR_OK) return e;
        if (k->count == KEYS_MAX) {
            keyring_free(k);
            return ERR_RANGE;
        }
        number = keyring_newest(k) + 1;
        keyring_free(k);
        if (text->p[text->n - 1] != '\n') buf_add_char(text, '\n');
    }
    crypt_random(master, sizeof master);
    buf_printf(text, "%u ", number);
    for (size_t i = 0; i < sizeof master; i++)
        buf_printf(text, "%02x", master[i]);
    buf_add_char(text, '\n');
    crypt_wipe(master, sizeof master);
    return buf_err(text);
}
