/* Cryptography: published vectors (GB/T 32905, 32907, 32918.5, GM/T 0042, RFC 6238, RFC 4648), an
 * independent reading of a sealed value, and everything that must not open, verify or match. */
#include "base/crypt.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include "base_test.h"

#define HEX_32                                                                                     \
    "00112233445566778899aabbccddeeff"                                                             \
    "0123456789abcdeffedcba9876543210"
#define RING_1 "1 " HEX_32 "\n"
#define RING_2                                                                                     \
    RING_1 "2 "                                                                                    \
           "ffffffffffffffffffffffffffffffff"                                                      \
           "0123456789abcdeffedcba9876543210\n"
#define RING_ONLY_2                                                                                \
    "2 "                                                                                           \
    "ffffffffffffffffffffffffffffffff"                                                             \
    "0123456789abcdeffedcba9876543210\n"
/* Known to open elsewhere, whatever this program becomes. */
#define HEAD (1 + 4)
#define IV 16
#define TAG 32

static struct str bytes_of(const void *p, size_t n)
{
    return (struct str){p, n};
}

static void from_hex(const char *hex, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; hex[2 * i]; i++)
        out[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
                           (strchr(digits, hex[2 * i + 1]) - digits));
}

static void check_hash(const struct hash *h, const char *want)
{
    struct buf b;

    buf_init(&b, 0);
    hash_add_text(&b, h);
    assert_buf(&b, want);
    buf_done(&b);
}

static struct keyring *ring(const char *text)
{
    struct keyring *k = NULL;

    assert_int_equal(keyring_read(str_from_c(text), NULL, &k), ERR_OK);
    return k;
}

/* --- HMAC-SM3 -------------------------------------------------------------------------------- */

static void hmac_of_the_standard(void **state)
{
    uint8_t key[32], twenty[20];
    struct hash h;

    (void)state;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i + 1);
    assert_int_equal(crypt_hmac_sm3(bytes_of(key, sizeof key),
                                    STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
                                        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                                    &h),
                     ERR_OK);
    check_hash(&h, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    memset(twenty, 0x0b, sizeof twenty);
    assert_int_equal(crypt_hmac_sm3(bytes_of(twenty, sizeof twenty), STR("Hi There"), &h), ERR_OK);
    check_hash(&h, "51b00d1fb49832bfb01c3ce27848e59f871d9ba938dc563b338ca964755cce70");
}

/* H((k ^ opad) | H((k ^ ipad) | text)), from the digest alone: empty, short, block-long, longer. */
static void hmac_by_definition(void **state)
{
    static const size_t lengths[] = {0, 1, 32, 63, 64, 65, 200};
    char key[200];

    (void)state;
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (char)(7 * i + 1);
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        char block[64 + 32] = {0}, inner[64 + 5];
        struct hash got, h;
        const struct str k = {key, lengths[n]};

        if (k.n > 64) {
            assert_int_equal(hash_sm3(k, &h), ERR_OK);
            memcpy(block, h.bytes, sizeof h.bytes);
        } else {
            memcpy(block, key, k.n);
        }
        for (size_t i = 0; i < 64; i++) {
            inner[i] = (char)(block[i] ^ 0x36);
            block[i] = (char)(block[i] ^ 0x5c);
        }
        memcpy(inner + 64, "jifen", 5);
        assert_int_equal(hash_sm3(bytes_of(inner, sizeof inner), &h), ERR_OK);
        memcpy(block + 64, h.bytes, sizeof h.bytes);
        assert_int_equal(hash_sm3(bytes_of(block, sizeof block), &h), ERR_OK);
        assert_int_equal(crypt_hmac_sm3(k, STR("jifen"), &got), ERR_OK);
        assert_memory_equal(got.bytes, h.bytes, sizeof h.bytes);
    }
}

static void sha256_of_the_standard(void **state)
{
    struct hash h;

    (void)state;
    assert_int_equal(crypt_sha256(STR("abc"), &h), ERR_OK); /* FIPS 180-4 */
    check_hash(&h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(crypt_sha256((struct str){NULL, 0}, &h), ERR_OK);
    check_hash(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* --- sealing --------------------------------------------------------------------------------- */

/* SM4 of one block, checked against GB/T 32907 before use. */
static void sm4_block(const uint8_t *key, const uint8_t *in, uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0;

    assert_non_null(c);
    assert_int_equal(EVP_EncryptInit_ex(c, EVP_sm4_ecb(), NULL, key, NULL), 1);
    EVP_CIPHER_CTX_set_padding(c, 0);
    assert_int_equal(EVP_EncryptUpdate(c, out, &n, in, 16), 1);
    assert_int_equal(n, 16);
    EVP_CIPHER_CTX_free(c);
}

static void derived(const uint8_t *master, const char *use, struct hash *ret)
{
    assert_int_equal(crypt_hmac_sm3(bytes_of(master, 32), str_from_c(use), ret), ERR_OK);
}

/* What crypt.h promises of the bytes, read without crypt_open: so stored data outlives the code. */
static void sealed_bytes_are_as_documented(void **state)
{
    const struct str text = STR("王小明 330381199001010000 and more than two blocks of text");
    struct keyring *k = ring(RING_1);
    uint8_t master[32], counter[16], stream[16], want[16], block[16];
    struct hash data, tag, mac;
    struct buf sealed, tagged;

    (void)state;
    from_hex("0123456789abcdeffedcba9876543210", block);
    from_hex("681edf34d206965e86b3e94f536e4246", want);
    sm4_block(block, block, stream);
    assert_memory_equal(stream, want, 16);

    buf_init(&sealed, 0);
    assert_int_equal(crypt_seal(k, STR("person.name:42"), text, &sealed), ERR_OK);
    assert_int_equal(sealed.n, text.n + CRYPT_SEAL_EXTRA);
    assert_memory_equal(sealed.p, "\x01\x01\x00\x00\x00", HEAD);
    from_hex(HEX_32, master);
    derived(master, "jifen data", &data);
    derived(master, "jifen tag", &tag);
    memcpy(counter, sealed.p + HEAD, IV);
    for (size_t i = 0; i < text.n; i++) {
        if (i % 16 == 0) {
            sm4_block(data.bytes, counter, stream);
            for (size_t b = 16; b-- > 0 && ++counter[b] == 0;)
                ;
        }
        assert_int_equal((uint8_t)sealed.p[HEAD + IV + i] ^ stream[i % 16], (uint8_t)text.p[i]);
    }
    buf_init(&tagged, 0);
    buf_add(&tagged, bytes_of(sealed.p, sealed.n - TAG));
    buf_add_c(&tagged, "person.name:42");
    assert_int_equal(crypt_hmac_sm3(bytes_of(tag.bytes, 32), buf_str(&tagged), &mac), ERR_OK);
    assert_memory_equal(sealed.p + sealed.n - TAG, mac.bytes, TAG);
    buf_done(&tagged);
    buf_done(&sealed);
    keyring_free(k);
}

static void sealing_and_opening(void **state)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 458, 459, 460, 512, 513, 5000};
    struct keyring *k = ring(RING_1);
    char text[5000];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 31);
    for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++) {
        struct buf sealed, again, opened;
        const struct str t = {text, lengths[n]};

        buf_init(&sealed, 0);
        buf_init(&again, 0);
        buf_init(&opened, 0);
        assert_int_equal(crypt_seal(k, STR("c"), t, &sealed), ERR_OK);
        assert_int_equal(crypt_seal(k, STR("c"), t, &again), ERR_OK);
        assert_false(str_eq(buf_str(&sealed), buf_str(&again))); /* a fresh IV each time */
        buf_add_c(&opened, "before ");
        assert_int_equal(crypt_open(k, STR("c"), buf_str(&sealed), &opened), ERR_OK);
        assert_int_equal(opened.n, 7 + t.n);
        assert_memory_equal(opened.p, "before ", 7);
        if (t.n > 0) assert_memory_equal(opened.p + 7, t.p, t.n);
        buf_done(&sealed);
        buf_done(&again);
        buf_done(&opened);
    }
    keyring_free(k);
}

static void check_refused(const struct keyring *k, const char *context, struct str sealed,
                          enum err want)
{
    struct buf out;

    buf_init(&out, 0);
    assert_int_equal(crypt_open(k, str_from_c(context), sealed, &out), want);
    assert_int_equal(out.n, 0);
    buf_done(&out);
}

/* Every byte, every bit; every length shorter; a byte more; another place. */
static void whatever_is_altered_does_not_open(void **state)
{
    struct keyring *k = ring(RING_1);
    struct buf sealed;

    (void)state;
    buf_init(&sealed, 0);
    assert_int_equal(crypt_seal(k, STR("person.name:42"), STR("王小明"), &sealed), ERR_OK);
    for (size_t i = 0; i < sealed.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            const bool is_number = i > 0 && i < HEAD;
            sealed.p[i] = (char)(sealed.p[i] ^ 1 << bit);
            /* Another number is a key that is not there, except none at all. */
            const enum err want =
                is_number && crypt_key_of(buf_str(&sealed)) > 0 ? ERR_NOT_FOUND : ERR_CORRUPT;
            check_refused(k, "person.name:42", buf_str(&sealed), want);
            sealed.p[i] = (char)(sealed.p[i] ^ 1 << bit);
        }
    }
    for (size_t n = 0; n < sealed.n; n++)
        check_refused(k, "person.name:42", bytes_of(sealed.p, n), ERR_CORRUPT);
    check_refused(k, "person.name:43", buf_str(&sealed), ERR_CORRUPT);
    check_refused(k, "person.name:4", buf_str(&sealed), ERR_CORRUPT);
    check_refused(k, "", buf_str(&sealed), ERR_CORRUPT);
    buf_add_char(&sealed, '\0');
    check_refused(k, "person.name:42", buf_str(&sealed), ERR_CORRUPT);
    buf_done(&sealed);
    keyring_free(k);
}

static void rings_rotate(void **state)
{
    struct keyring *one = ring(RING_1), *both = ring(RING_2), *two = ring(RING_ONLY_2);
    struct buf old, new, out;

    (void)state;
    buf_init(&old, 0);
    buf_init(&new, 0);
    buf_init(&out, 0);
    assert_int_equal(keyring_newest(one), 1);
    assert_int_equal(keyring_newest(both), 2);
    assert_int_equal(crypt_seal(one, STR("c"), STR("old"), &old), ERR_OK);
    assert_int_equal(crypt_seal(both, STR("c"), STR("new"), &new), ERR_OK);
    assert_int_equal(crypt_key_of(buf_str(&old)), 1);
    assert_int_equal(crypt_key_of(buf_str(&new)), 2);
    assert_int_equal(crypt_open(both, STR("c"), buf_str(&old), &out), ERR_OK);
    assert_int_equal(crypt_open(both, STR("c"), buf_str(&new), &out), ERR_OK);
    assert_buf(&out, "oldnew");
    assert_int_equal(crypt_open(two, STR("c"), buf_str(&new), &out), ERR_OK);
    check_refused(one, "c", buf_str(&new), ERR_NOT_FOUND);
    check_refused(two, "c", buf_str(&old), ERR_NOT_FOUND);
    /* A value that claims to be of another key of the ring. */
    old.p[1] = 2;
    check_refused(both, "c", buf_str(&old), ERR_CORRUPT);
    buf_done(&old);
    buf_done(&new);
    buf_done(&out);
    keyring_free(one);
    keyring_free(both);
    keyring_free(two);
}

static void what_was_never_sealed(void **state)
{
    struct keyring *k = ring(RING_1);
    char zeroes[CRYPT_SEAL_EXTRA] = {0};

    (void)state;
    assert_int_equal(crypt_key_of(STR("")), 0);
    assert_int_equal(crypt_key_of(STR("\1\1\0\0\0")), 0);
    assert_int_equal(crypt_key_of(bytes_of(zeroes, sizeof zeroes)), 0);
    check_refused(k, "c", STR(""), ERR_CORRUPT);
    check_refused(k, "c", bytes_of(zeroes, sizeof zeroes), ERR_CORRUPT);
    keyring_free(k);
}

/* --- indexes --------------------------------------------------------------------------------- */

static void indexes_find_equal_texts_alone(void **state)
{
    struct keyring *k = ring(RING_1), *other = ring(RING_ONLY_2);
    struct hash a, b;

    (void)state;
    assert_int_equal(crypt_index(k, "id", STR("330381199001010000"), &a), ERR_OK);
    assert_int_equal(crypt_index(k, "id", STR("330381199001010000"), &b), ERR_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(crypt_index(k, "id", STR("330381199001010001"), &b), ERR_OK);
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_int_equal(crypt_index(k, "phone", STR("330381199001010000"), &b), ERR_OK);
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_int_equal(crypt_index(other, "id", STR("330381199001010000"), &b), ERR_OK);
    assert_memory_not_equal(&a, &b, sizeof a);
    /* The domain ends where it ends. */
    assert_int_equal(crypt_index(k, "ab", STR("c"), &a), ERR_OK);
    assert_int_equal(crypt_index(k, "a", STR("bc"), &b), ERR_OK);
    assert_memory_not_equal(&a, &b, sizeof a);
    keyring_free(k);
    keyring_free(other);
}

/* --- key files ------------------------------------------------------------------------------- */

static void key_files_that_are_none(void **state)
{
    static const struct {
        const char *text;
        uint32_t line;
    } bad[] = {
        {"", 0},
        {"# nothing\n", 1},
        {"1 00", 1},
        {"0 " HEX_32, 1},
        {"x " HEX_32, 1},
        {HEX_32, 1},
        {"1 " HEX_32 "00", 1},
        {RING_1 "1 " HEX_32, 2},
        {RING_2 "1 " HEX_32, 3},
        {"4294967296 " HEX_32, 1},
        {"99999999999999999999999 " HEX_32, 1},
        {"1 g0112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210", 1},
        {"# a\n\n1 " HEX_32 " # no\n", 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keyring *k = NULL;
        uint32_t line = 77;
        assert_int_equal(keyring_read(str_from_c(bad[i].text), &line, &k), ERR_SYNTAX);
        assert_int_equal(line, bad[i].line);
        assert_null(k);
    }
    keyring_free(NULL);
}

static void key_files_that_are_some(void **state)
{
    static const char *const good[] = {
        RING_1, "  1   " HEX_32 "  ", "# first\n\n" RING_1 "\n#\n", "1 " HEX_32 "\r\n",
        "1\t00112233445566778899AABBCCDDEEFF0123456789ABCDEFFEDCBA9876543210"};
    struct keyring *first = ring(RING_1);
    struct hash want, got;

    (void)state;
    assert_int_equal(crypt_index(first, "d", STR("x"), &want), ERR_OK);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct keyring *k = ring(good[i]);
        assert_int_equal(crypt_index(k, "d", STR("x"), &got), ERR_OK);
        assert_memory_equal(&want, &got, sizeof want);
        keyring_free(k);
    }
    keyring_free(first);
}

static void keys_are_added(void **state)
{
    struct keyring *k;
    struct buf text;

    (void)state;
    buf_init(&text, 0);
    for (uint32_t i = 1; i <= 64; i++) {
        assert_int_equal(keyring_add_key(&text), ERR_OK);
        assert_int_equal(keyring_read(buf_str(&text), NULL, &k), ERR_OK);
        assert_int_equal(keyring_newest(k), i);
        keyring_free(k);
    }
    assert_memory_not_equal(text.p + 2, text.p + 69, 64);
    const size_t n = text.n;
    assert_int_equal(keyring_add_key(&text), ERR_RANGE);
    assert_int_equal(text.n, n);
    text.n = 0;
    buf_add_c(&text, "1 spoilt");
    assert_int_equal(keyring_add_key(&text), ERR_SYNTAX);
    text.n = 0;
    buf_add_c(&text, "7 " HEX_32); /* no newline at the end */
    assert_int_equal(keyring_add_key(&text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&text), NULL, &k), ERR_OK);
    assert_int_equal(keyring_newest(k), 8);
    keyring_free(k);
    buf_done(&text);
}

static void key_files_are_their_owners_alone(void **state)
{
    char path[] = "test_crypt_XXXXXX";
    const int fd = mkstemp(path);
    struct keyring *k = NULL;
    uint32_t line = 9;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, RING_1, sizeof RING_1 - 1), sizeof RING_1 - 1);
    assert_int_equal(keyring_read_file(path, &line, &k), ERR_OK);
    assert_int_equal(keyring_newest(k), 1);
    keyring_free(k);
    k = NULL;
    for (mode_t bit = 1; bit <= 040; bit <<= 1) {
        assert_int_equal(fchmod(fd, 0600 | bit), 0);
        assert_int_equal(keyring_read_file(path, &line, &k), ERR_IO);
    }
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(write(fd, "spoilt\n", 7), 7);
    assert_int_equal(keyring_read_file(path, &line, &k), ERR_SYNTAX);
    assert_int_equal(line, 2);
    close(fd);
    unlink(path);
    assert_int_equal(keyring_read_file(path, NULL, &k), ERR_NOT_FOUND);
    assert_null(k);
}

/* --- SM2 ------------------------------------------------------------------------------------- */

/* GB/T 32918.5, annex A: the key of its example and the signature of "message digest". */
#define STANDARD_PEM                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAECfnfMR5UIaFQ3X0WHkvFxnIXn60YM/wHa7CP81bz\n"               \
    "UCDM6kkM4md1pS3G6nGMwapgCu0F+/NeCEpmMvYHLamtEw==\n"                                           \
    "-----END PUBLIC KEY-----\n"
#define STANDARD_R "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
#define STANDARD_S "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
#define ORDER "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"

static void the_standard_s_signature(void **state)
{
    struct sm2_key *k;
    uint8_t sig[64];

    (void)state;
    assert_int_equal(sm2_key_read_pem(STR(STANDARD_PEM), &k), ERR_OK);
    from_hex(STANDARD_R STANDARD_S, sig);
    assert_true(sm2_verify(k, STR("message digest"), sig));
    assert_false(sm2_verify(k, STR("message digesu"), sig));
    assert_false(sm2_verify(k, STR(""), sig));
    for (size_t i = 0; i < sizeof sig; i++) {
        sig[i] ^= 1;
        assert_false(sm2_verify(k, STR("message digest"), sig));
        sig[i] ^= 1;
    }
    uint8_t made[64];
    assert_int_equal(sm2_sign(k, STR("x"), made), ERR_IO); /* a public key signs nothing */
    sm2_key_free(k);
}

/* r and s lie in [1, n-1]; the edges, and s = n - s (which must not verify either). */
static void numbers_that_sign_nothing(void **state)
{
    static const char *const numbers[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000001", ORDER,
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122"};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    struct sm2_key *k;
    uint8_t sig[64];

    (void)state;
    assert_int_equal(sm2_key_read_pem(STR(STANDARD_PEM), &k), ERR_OK);
    for (size_t i = 0; i < NUMBERS; i++) {
        from_hex(STANDARD_R STANDARD_S, sig);
        from_hex(numbers[i], sig);
        assert_false(sm2_verify(k, STR("message digest"), sig));
        from_hex(STANDARD_R STANDARD_S, sig);
        from_hex(numbers[i], sig + 32);
        assert_false(sm2_verify(k, STR("message digest"), sig));
        for (size_t j = 0; j < NUMBERS; j++) {
            from_hex(numbers[i], sig);
            from_hex(numbers[j], sig + 32);
            assert_false(sm2_verify(k, STR("message digest"), sig));
        }
    }
    /* n - s, where ECDSA would accept it */
    from_hex(STANDARD_R "4e4955d520ded02789ce7d43f2bde35db673a66e0246c256cfb08a44b4197f79", sig);
    assert_false(sm2_verify(k, STR("message digest"), sig));
    sm2_key_free(k);
}

static void signing_and_verifying(void **state)
{
    struct sm2_key *a, *b;
    uint8_t sig[64], again[64];

    (void)state;
    assert_int_equal(sm2_key_new(&a), ERR_OK);
    assert_int_equal(sm2_key_new(&b), ERR_OK);
    for (int i = 0; i < 64; i++) { /* often: r or s with leading zeroes now and then */
        char text[16];
        const int n = snprintf(text, sizeof text, "text %d", i);
        const struct str t = {text, (size_t)n};
        assert_int_equal(sm2_sign(a, t, sig), ERR_OK);
        assert_true(sm2_verify(a, t, sig));
        assert_false(sm2_verify(b, t, sig));
        text[0] = 'T';
        assert_false(sm2_verify(a, t, sig));
    }
    assert_int_equal(sm2_sign(a, STR(""), sig), ERR_OK);
    assert_int_equal(sm2_sign(a, STR(""), again), ERR_OK);
    assert_true(sm2_verify(a, STR(""), sig));
    assert_memory_not_equal(sig, again, 64); /* a nonce used twice would give the key away */
    assert_memory_not_equal(sig, again, 32);
    sm2_key_free(a);
    sm2_key_free(b);
    sm2_key_free(NULL);
}

static void keys_travel_as_pem(void **state)
{
    struct sm2_key *k, *private_again, *public_part;
    struct buf secret, open, again;
    uint8_t sig[64];

    (void)state;
    buf_init(&secret, 0);
    buf_init(&open, 0);
    buf_init(&again, 0);
    assert_int_equal(sm2_key_new(&k), ERR_OK);
    assert_int_equal(sm2_key_add_pem(k, true, &secret), ERR_OK);
    assert_int_equal(sm2_key_add_pem(k, false, &open), ERR_OK);
    assert_int_equal(sm2_key_read_pem(buf_str(&secret), &private_again), ERR_OK);
    assert_int_equal(sm2_key_read_pem(buf_str(&open), &public_part), ERR_OK);
    assert_int_equal(sm2_sign(private_again, STR("t"), sig), ERR_OK);
    assert_true(sm2_verify(k, STR("t"), sig));
    assert_true(sm2_verify(public_part, STR("t"), sig));
    assert_int_equal(sm2_key_add_pem(public_part, true, &again), ERR_NOT_FOUND);
    assert_int_equal(sm2_key_add_pem(public_part, false, &again), ERR_OK);
    assert_true(str_eq(buf_str(&open), buf_str(&again)));
    buf_done(&secret);
    buf_done(&open);
    buf_done(&again);
    sm2_key_free(k);
    sm2_key_free(private_again);
    sm2_key_free(public_part);
}

static void pem_that_is_no_sm2_key(void **state)
{
    static const char *const bad[] = {
        "", "nothing", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
        /* a key of another curve, P-256 */
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4yaj4uMS0jz1SmNZCpbeulZQtRYC\n"
        "2zCITweZBjWoUBoxRon6C3/fk+SPUfqb8MbET6n/fBYwcn9DKEijy9dsHw==\n"
        "-----END PUBLIC KEY-----\n",
        /* the standard's key with a point that is not on the curve */
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAECfnfMR5UIaFQ3X0WHkvFxnIXn60YM/wHa7CP81bz\n"
        "UCDM6kkM4md1pS3G6nGMwapgCu0F+/NeCEpmMvYHLamtFA==\n"
        "-----END PUBLIC KEY-----\n"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sm2_key *k = NULL;
        assert_int_equal(sm2_key_read_pem(str_from_c(bad[i]), &k), ERR_SYNTAX);
        assert_null(k);
    }
}

/* --- passwords and codes --------------------------------------------------------------------- */

static void passwords(void **state)
{
    char a[128], b[128];

    (void)state;
    assert_int_equal(password_hash(STR("correct horse battery"), a), ERR_OK);
    assert_int_equal(password_hash(STR("correct horse battery"), b), ERR_OK);
    assert_string_not_equal(a, b); /* a salt of its own */
    assert_int_equal(strncmp(a, "$argon2id$v=19$", 15), 0);
    assert_true(password_verify(STR("correct horse battery"), a));
    assert_true(password_verify(STR("correct horse battery"), b));
    assert_false(password_verify(STR("correct horse batterY"), a));
    assert_false(password_verify(STR("correct horse batter"), a));
    assert_false(password_verify(STR(""), a));
    assert_false(password_verify(STR("correct horse battery"), ""));
    assert_false(password_verify(STR("correct horse battery"), "$argon2id$v=19$spoilt"));
    assert_int_equal(password_hash(STR(""), a), ERR_OK);
    assert_true(password_verify((struct str){NULL, 0}, a));
}

/* RFC 6238, appendix B; its eight digits end in our six. */
static void codes_of_the_rfc(void **state)
{
    static const struct {
        uint64_t at;
        uint32_t eight;
    } rows[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    uint32_t code;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(totp_code(STR("12345678901234567890"), rows[i].at / 30, &code), ERR_OK);
        assert_int_equal(code, rows[i].eight % 1000000);
    }
    assert_int_equal(totp_code(STR(""), 1, &code), ERR_OK);
}

/* --- base64url, comparing, wiping ------------------------------------------------------------ */

static void base64url_of_the_rfc(void **state)
{
    static const struct {
        const char *plain, *coded;
    } rows[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xff\xef\xfe", "_-_-"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b;
        buf_init(&b, 0);
        base64url_add(&b, str_from_c(rows[i].plain));
        assert_buf(&b, rows[i].coded);
        b.n = 0;
        assert_int_equal(base64url_parse(str_from_c(rows[i].coded), &b), ERR_OK);
        assert_buf(&b, rows[i].plain);
        buf_done(&b);
    }
}

static void base64url_that_is_none(void **state)
{
    /* one character alone; the other alphabet; blanks; bits left over; a NUL */
    static const char *const bad[] = {"A",    "AAAAA", "+A",  "/A",   "A A", "AA\n",
                                      "AA=A", "Zh",    "Zm9", "Zm8é", "=A",  "AAA*"};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(base64url_parse(str_from_c(bad[i]), &b), ERR_SYNTAX);
    assert_int_equal(base64url_parse((struct str){"AA\0A", 4}, &b), ERR_SYNTAX);
    b.n = 0;
    assert_int_equal(base64url_parse(STR("Zg=="), &b), ERR_OK);
    assert_buf(&b, "f");
    buf_done(&b);
}

static void base64url_there_and_back(void **state)
{
    char bytes[70];

    (void)state;
    crypt_random(bytes, sizeof bytes);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct buf coded, plain;
        buf_init(&coded, 0);
        buf_init(&plain, 0);
        base64url_add(&coded, bytes_of(bytes, n));
        assert_int_equal(coded.n, (4 * n + 2) / 3);
        assert_int_equal(base64url_parse(buf_str(&coded), &plain), ERR_OK);
        assert_true(str_eq(buf_str(&plain), bytes_of(bytes, n)));
        buf_done(&coded);
        buf_done(&plain);
    }
}

static void comparing(void **state)
{
    (void)state;
    assert_true(crypt_equal(STR(""), (struct str){NULL, 0}));
    assert_true(crypt_equal(STR("abc"), STR("abc")));
    assert_false(crypt_equal(STR("abc"), STR("abd")));
    assert_false(crypt_equal(STR("abc"), STR("ab")));
    assert_false(crypt_equal(STR("ab"), STR("abc")));
    assert_true(crypt_equal(STR("a\0b"), STR("a\0b")));
    assert_false(crypt_equal(STR("a\0b"), STR("a\0c")));
}

static void wiping(void **state)
{
    uint8_t bytes[66];

    (void)state;
    memset(bytes, 0xa5, sizeof bytes);
    crypt_wipe(bytes + 1, sizeof bytes - 2);
    assert_int_equal(bytes[0], 0xa5);
    assert_int_equal(bytes[65], 0xa5);
    for (size_t i = 1; i < 65; i++)
        assert_int_equal(bytes[i], 0);
}

/* Each value turns up (by chance one is missing once in 10^25 runs), and two draws differ. */
static void random_bytes(void **state)
{
    uint8_t a[16384], b[16384];
    bool seen[256] = {false};

    (void)state;
    crypt_random(a, sizeof a);
    crypt_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    for (size_t i = 0; i < sizeof a; i++)
        seen[a[i]] = true;
    for (size_t v = 0; v < 256; v++)
        assert_true(seen[v]);
    crypt_random(a, 0);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(hmac_of_the_standard),
    cmocka_unit_test(hmac_by_definition),
    cmocka_unit_test(sha256_of_the_standard),
    cmocka_unit_test(sealed_bytes_are_as_documented),
    cmocka_unit_test(sealing_and_opening),
    cmocka_unit_test(whatever_is_altered_does_not_open),
    cmocka_unit_test(rings_rotate),
    cmocka_unit_test(what_was_never_sealed),
    cmocka_unit_test(indexes_find_equal_texts_alone),
    cmocka_unit_test(key_files_that_are_none),
    cmocka_unit_test(key_files_that_are_some),
    cmocka_unit_test(keys_are_added),
    cmocka_unit_test(key_files_are_their_owners_alone),
    cmocka_unit_test(the_standard_s_signature),
    cmocka_unit_test(numbers_that_sign_nothing),
    cmocka_unit_test(signing_and_verifying),
    cmocka_unit_test(keys_travel_as_pem),
    cmocka_unit_test(pem_that_is_no_sm2_key),
    cmocka_unit_test(passwords),
    cmocka_unit_test(codes_of_the_rfc),
    cmocka_unit_test(base64url_of_the_rfc),
    cmocka_unit_test(base64url_that_is_none),
    cmocka_unit_test(base64url_there_and_back),
    cmocka_unit_test(comparing),
    cmocka_unit_test(wiping),
    cmocka_unit_test(random_bytes),
};
RUN_GROUP(TESTS)
