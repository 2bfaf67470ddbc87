/* Sealed values, indexes, random bytes, base64url (crypt.h). Beside: keyring.c, sm2.c,
 * password.c.
 *
 * Every failure of the library below is ERR_IO: there is nothing a caller could do about it. */
#include "base/crypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>

#include "base/crypt_internal.h"

#define VERSION 1
#define IV_BYTES 16
#define HEAD_BYTES 5 /* version, key number */
#define TAG_BYTES HASH_BYTES

enum err crypt_hmac_sm3(struct str key, struct str text, struct hash *ret)
{
    struct hash h;
    unsigned n = 0;

    if (!HMAC(EVP_sm3(), key.p ? key.p : "", (int)key.n, (const unsigned char *)text.p, text.n,
              h.bytes, &n) ||
        n != HASH_BYTES)
        return ERR_IO;
    *ret = h;
    return ERR_OK;
}

enum err crypt_sha256(struct str text, struct hash *ret)
{
    struct hash h;
    unsigned n = 0;

    if (EVP_Digest(text.p ? text.p : "", text.n, h.bytes, &n, EVP_sha256(), NULL) != 1 ||
        n != HASH_BYTES)
        return ERR_IO;
    *ret = h;
    return ERR_OK;
}

bool crypt_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void crypt_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

void crypt_random(void *out, size_t bytes)
{
    uint8_t *p = out;

    while (bytes > 0) {
        const ssize_t n = getrandom(p, bytes, 0);
        INVARIANT(n > 0);
        p += n;
        bytes -= (size_t)n;
    }
}

/* --- sealing --- */

/* SM4-CTR is its own inverse. */
static enum err sm4_ctr(const uint8_t *key, const uint8_t *iv, struct str in, uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, rest = 0;
    enum err e = ERR_IO;

    if (c && in.n <= INT32_MAX && EVP_EncryptInit_ex(c, EVP_sm4_ctr(), NULL, key, iv) == 1 &&
        EVP_EncryptUpdate(c, out, &n, (const unsigned char *)in.p, (int)in.n) == 1 &&
        EVP_EncryptFinal_ex(c, out + n, &rest) == 1 && (size_t)(n + rest) == in.n)
        e = ERR_OK;
    EVP_CIPHER_CTX_free(c);
    return e;
}

/* The tag binds the sealed bytes to their place. */
static enum err tag_of(const struct crypt_keys *k, struct str sealed, struct str context,
                       struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, sealed);
    buf_add(&b, context);
    enum err e = buf_err(&b);
    if (e == ERR_OK)
        e = crypt_hmac_sm3((struct str){(const char *)k->tag, CRYPT_KEY_BYTES}, buf_str(&b), ret);
    buf_done(&b);
    return e;
}

enum err crypt_seal(const struct keyring *k, struct str context, struct str text, struct buf *out)
{
    const struct crypt_keys *keys = keyring_keys(k, keyring_newest(k));
    const size_t n = HEAD_BYTES + IV_BYTES + text.n;
    uint8_t small[512], *sealed = n <= sizeof small ? small : OPENSSL_malloc(n);
    struct hash tag;

    INVARIANT(keys != NULL);
    if (!sealed) return ERR_NOMEM;
    sealed[0] = VERSION;
    for (int i = 0; i < 4; i++)
        sealed[1 + i] = (uint8_t)(keys->number >> (8 * i));
    crypt_random(sealed + HEAD_BYTES, IV_BYTES);
    enum err e = sm4_ctr(keys->data, sealed + HEAD_BYTES, text, sealed + HEAD_BYTES + IV_BYTES);
    if (e == ERR_OK) e = tag_of(keys, (struct str){(const char *)sealed, n}, context, &tag);
    if (e == ERR_OK) {
        buf_add(out, (struct str){(const char *)sealed, n});
        buf_add(out, (struct str){(const char *)tag.bytes, TAG_BYTES});
        e = buf_err(out);
    }
    if (sealed != small) OPENSSL_free(sealed);
    return e;
}

uint32_t crypt_key_of(struct str sealed)
{
    uint32_t number = 0;

    if (sealed.n < CRYPT_SEAL_EXTRA || sealed.p[0] != VERSION) return 0;
    for (int i = 0; i < 4; i++)
        number |= (uint32_t)(uint8_t)sealed.p[1 + i] << (8 * i);
    return number;
}

enum err crypt_open(const struct keyring *k, struct str context, struct str sealed, struct buf *out)
{
    const uint32_t number = crypt_key_of(sealed);
    const struct crypt_keys *keys = number ? keyring_keys(k, number) : NULL;
    struct hash tag;

    if (number == 0) return ERR_CORRUPT;
    if (!keys) return ERR_NOT_FOUND;
    const struct str body = {sealed.p, sealed.n - TAG_BYTES};
    enum err e = tag_of(keys, body, context, &tag);
    if (e != ERR_OK) return e;
    if (!crypt_equal((struct str){(const char *)tag.bytes, TAG_BYTES},
                     (struct str){sealed.p + body.n, TAG_BYTES}))
        return ERR_CORRUPT;
    const struct str cipher = {body.p + HEAD_BYTES + IV_BYTES, body.n - HEAD_BYTES - IV_BYTES};
    uint8_t small[512], *text = cipher.n <= sizeof small ? small : OPENSSL_malloc(cipher.n);
    if (!text) return ERR_NOMEM;
    e = sm4_ctr(keys->data, (const uint8_t *)body.p + HEAD_BYTES, cipher, text);
    if (e == ERR_OK) {
        buf_add(out, (struct str){(const char *)text, cipher.n});
        e = buf_err(out);
    }
    crypt_wipe(text, cipher.n);
    if (text != small) OPENSSL_free(text);
    return e;
}

enum err crypt_index(const struct keyring *k, const char *domain, struct str text, struct hash *ret)
{
    return crypt_index_with(k, keyring_newest(k), domain, text, ret);
}

enum err crypt_index_with(const struct keyring *k, uint32_t number, const char *domain,
                          struct str text, struct hash *ret)
{
    const struct crypt_keys *keys = keyring_keys(k, number);
    struct buf b;

    INVARIANT(keys != NULL);
    buf_init(&b, 0);
    buf_add_c(&b, domain);
    buf_add_char(&b, '\0');
    buf_add(&b, text);
    enum err e = buf_err(&b);
    if (e == ERR_OK)
        e = crypt_hmac_sm3((struct str){(const char *)keys->index, CRYPT_KEY_BYTES}, buf_str(&b),
                           ret);
    buf_done(&b);
    return e;
}

/* --- base64url (RFC 4648 §5) --- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_add(struct buf *out, struct str bytes)
{
    for (size_t i = 0; i < bytes.n; i += 3) {
        const size_t left = bytes.n - i;
        uint32_t w = (uint32_t)(uint8_t)bytes.p[i] << 16;
        if (left > 1) w |= (uint32_t)(uint8_t)bytes.p[i + 1] << 8;
        if (left > 2) w |= (uint8_t)bytes.p[i + 2];
        for (size_t k = 0; k < (left > 2 ? 4 : left + 1); k++)
            buf_add_char(out, alphabet[w >> (18 - 6 * k) & 63]);
    }
}

enum err base64url_parse(struct str text, struct buf *out)
{
    uint32_t w = 0;
    size_t have = 0;

    while (text.n > 0 && text.p[text.n - 1] == '=')
        text.n--;
    if (text.n % 4 == 1) return ERR_SYNTAX;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
        if (!at) return ERR_SYNTAX;
        w = w << 6 | (uint32_t)(at - alphabet);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        buf_add_char(out, (char)(w >> have & 255));
    }
    if ((w & ((1u << have) - 1)) != 0) return ERR_SYNTAX; /* bits that say nothing must be 0 */
    return buf_err(out);
}
