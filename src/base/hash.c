/* SM3 by OpenSSL's EVP interface, one call. Invariant: a digest has HASH_BYTES bytes. */
#include "base/hash.h"

#include <openssl/evp.h>

enum err hash_sm3(struct str data, struct hash *ret)
{
    struct hash h;
    unsigned length = 0;

    if (EVP_Digest(data.n > 0 ? data.p : "", data.n, h.bytes, &length, EVP_sm3(), NULL) != 1)
        return ERR_NOMEM;
    INVARIANT(length == HASH_BYTES);
    *ret = h;
    return ERR_OK;
}

void hash_add_text(struct buf *out, const struct hash *h)
{
    char text[2 * HASH_BYTES];

    for (int i = 0; i < HASH_BYTES; i++) {
        text[2 * i] = "0123456789abcdef"[h->bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[h->bytes[i] & 15];
    }
    buf_add(out, (struct str){text, sizeof text});
}

enum err hash_text(struct arena *a, const struct hash *h, struct str *ret)
{
    struct buf b;

    buf_init(&b, 0);
    hash_add_text(&b, h);
    *ret = str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool hash_parse(struct str text, struct hash *ret)
{
    struct hash h;

    if (text.n != 2 * (size_t)HASH_BYTES) return false;
    for (size_t i = 0; i < HASH_BYTES; i++) {
        const int high = hex_digit(text.p[2 * i]), low = hex_digit(text.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        h.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *ret = h;
    return true;
}
