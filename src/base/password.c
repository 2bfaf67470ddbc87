/* Passwords by argon2id, one-time codes by RFC 6238. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "base/crypt.h"

enum err password_hash(struct str password, char ret[128])
{
    _Static_assert(crypto_pwhash_STRBYTES <= 128, "room for the text");
    if (sodium_init() < 0) return ERR_IO;
    if (crypto_pwhash_str(ret, password.p ? password.p : "", password.n,
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return ERR_NOMEM;
    return ERR_OK;
}

bool password_verify(struct str password, const char *hash)
{
    if (sodium_init() < 0) return false;
    return crypto_pwhash_str_verify(hash, password.p ? password.p : "", password.n) == 0;
}

enum err totp_code(struct str secret, uint64_t step, uint32_t *ret)
{
    uint8_t counter[8], mac[20];
    unsigned n = 0;

    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), secret.p ? secret.p : "", (int)secret.n, counter, sizeof counter, mac,
              &n) ||
        n != sizeof mac)
        return ERR_IO;
    const unsigned at = mac[19] & 15u;
    const uint32_t w = (uint32_t)(mac[at] & 127) << 24 | (uint32_t)mac[at + 1] << 16 |
                       (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    *ret = w % 1000000;
    return ERR_OK;
}
