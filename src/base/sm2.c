/* SM2 signatures (GB/T 32918) with SM3, by OpenSSL. Signatures are r|s, 32 bytes each, big-endian;
 * the library speaks DER, so both ends convert. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"

#define HALF 32
static const char default_id[] = "1234567812345678"; /* GB/T 35276 */

struct sm2_key {
    EVP_PKEY *pkey; /* owned */
    bool has_private;
};

static enum err wrap(EVP_PKEY *pkey, bool has_private, struct sm2_key **ret)
{
    struct sm2_key *k = pkey ? malloc(sizeof *k) : NULL;

    if (!k) {
        EVP_PKEY_free(pkey);
        return pkey ? ERR_NOMEM : ERR_SYNTAX;
    }
    *k = (struct sm2_key){pkey, has_private};
    *ret = k;
    return ERR_OK;
}

enum err sm2_key_new(struct sm2_key **ret)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

    return pkey ? wrap(pkey, true, ret) : ERR_IO;
}

enum err sm2_key_read_pem(struct str pem, struct sm2_key **ret)
{
    BIO *in = pem.n <= INT32_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    bool has_private = true;

    if (!in) return ERR_NOMEM;
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    if (!pkey) {
        has_private = false;
        BIO_free(in);
        in = BIO_new_mem_buf(pem.p, (int)pem.n);
        pkey = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    }
    BIO_free(in);
    if (pkey && !EVP_PKEY_is_a(pkey, "SM2")) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return wrap(pkey, has_private, ret);
}

enum err sm2_key_add_pem(const struct sm2_key *k, bool private_part, struct buf *out)
{
    BIO *mem = BIO_new(BIO_s_mem());
    char *p = NULL;
    int ok = 0;

    if (private_part && !k->has_private) {
        BIO_free(mem);
        return ERR_NOT_FOUND;
    }
    if (mem)
        ok = private_part ? PEM_write_bio_PrivateKey(mem, k->pkey, NULL, NULL, 0, NULL, NULL)
                          : PEM_write_bio_PUBKEY(mem, k->pkey);
    const long n = ok == 1 ? BIO_get_mem_data(mem, &p) : 0;
    if (n > 0) buf_add(out, (struct str){p, (size_t)n});
    BIO_free(mem);
    return n > 0 ? buf_err(out) : ERR_IO;
}

void sm2_key_free(struct sm2_key *k)
{
    if (!k) return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

/* A signing or verifying context with the standard's id. NULL on failure. */
static EVP_MD_CTX *context_new(const struct sm2_key *k, bool sign)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);

    if (md && ctx && EVP_PKEY_CTX_set1_id(ctx, default_id, (int)sizeof default_id - 1) == 1) {
        EVP_MD_CTX_set_pkey_ctx(md, ctx);
        const int ok = sign ? EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, k->pkey)
                            : EVP_DigestVerifyInit(md, NULL, EVP_sm3(), NULL, k->pkey);
        if (ok == 1) return md;
    }
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

static void context_free(EVP_MD_CTX *md)
{
    if (!md) return;
    EVP_PKEY_CTX_free(EVP_MD_CTX_get_pkey_ctx(md));
    EVP_MD_CTX_free(md);
}

static enum err halves_of(const uint8_t *der, size_t n, uint8_t ret[64])
{
    const unsigned char *at = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    enum err e = ERR_IO;

    if (sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, HALF) == HALF &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + HALF, HALF) == HALF)
        e = ERR_OK;
    ECDSA_SIG_free(sig);
    return e;
}

enum err sm2_sign(const struct sm2_key *k, struct str text, uint8_t ret[64])
{
    uint8_t der[128];
    size_t n = sizeof der;
    EVP_MD_CTX *md = k->has_private ? context_new(k, true) : NULL;
    enum err e = ERR_IO;

    if (md && EVP_DigestSign(md, der, &n, (const unsigned char *)text.p, text.n) == 1)
        e = halves_of(der, n, ret);
    context_free(md);
    return e;
}

bool sm2_verify(const struct sm2_key *k, struct str text, const uint8_t signature[64])
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL), *s = BN_bin2bn(signature + HALF, HALF, NULL);
    unsigned char *der = NULL;
    bool good = false;

    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        const int n = i2d_ECDSA_SIG(sig, &der);
        EVP_MD_CTX *md = n > 0 ? context_new(k, false) : NULL;
        good =
            md && EVP_DigestVerify(md, der, (size_t)n, (const unsigned char *)text.p, text.n) == 1;
        context_free(md);
    } else {
        BN_free(r);
        BN_free(s);
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return good;
}
