/* Fuzz target: ID tokens.
 *
 * An input that begins with T is a token, a line feed and the provider's keys; one that begins with
 * C is the claims of a token that is well signed here. Checked besides not crashing: a token that
 * nobody signed is never believed, and what is believed says of itself whom it is for. */
#include <cjose/cjose.h>
#include <jansson.h>
#include <string.h>

#include "http/oidc_token.h"
#include "tests/fuzz/fuzz.h"

#define NOW_S 1790000000
#define NONCE "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define POINT                                                                                      \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ec\","                                             \
    "\"x\":\"3eDB5SFUUxIB7QJMMqVSsHAK1MlAddr5mP88mpWROGI\","                                       \
    "\"y\":\"rsXY-9BalPmMr_tfgXgJg7iBrQnAXj9IffHwPL4h4uM\""
/* A key of these tests alone. */
static const char private_key[] =
    "{" POINT ",\"d\":\"GqFfK5gLeXmp6MjLNfnKpQvRCIDorUqOrvPFBC37q9o\"}";
static const char public_keys[] = "{\"keys\":[{" POINT "}]}";

static enum err check(struct arena *a, struct str token, struct str keys, struct oidc_claims *ret)
{
    const struct oidc_expected expected = {.issuer = STR("https://login.example"),
                                           .client_id = STR("jifen"),
                                           .nonce = STR(NONCE),
                                           .now_s = NOW_S,
                                           .wanted_claim = STR("id_number")};
    enum oidc_fault fault = OIDC_FAULT_NONE;
    const enum err e = oidc_token_check(a, token, keys, &expected, ret, &fault);

    FUZZ_CHECK(e == ERR_OK || e == ERR_DENIED);
    FUZZ_CHECK((e == ERR_OK) == (fault == OIDC_FAULT_NONE));
    FUZZ_CHECK(fault < OIDC_FAULT_COUNT && oidc_fault_texts[fault]);
    return e;
}

/* Of the kept inputs all that are signed are alice's. */
static void token_and_keys(struct arena *a, struct str in)
{
    const char *nl = memchr(in.p, '\n', in.n);
    struct oidc_claims claims;

    if (!nl) return;
    const size_t n = (size_t)(nl - in.p);
    if (check(a, (struct str){in.p, n}, (struct str){nl + 1, in.n - n - 1}, &claims) == ERR_OK)
        FUZZ_CHECK(str_eq(claims.subject, STR("alice")));
}

static void signed_claims(struct arena *a, struct str in)
{
    cjose_jwk_t *key = cjose_jwk_import(private_key, sizeof private_key - 1, NULL);
    cjose_header_t *header = cjose_header_new(NULL);
    const char *token = NULL;
    struct oidc_claims claims;

    FUZZ_CHECK(key && header && cjose_header_set(header, "alg", "ES256", NULL) &&
               cjose_header_set(header, "kid", "ec", NULL));
    cjose_jws_t *jws = cjose_jws_sign(key, header, (const uint8_t *)in.p, in.n, NULL);
    if (jws && cjose_jws_export(jws, &token, NULL) &&
        check(a, str_from_c(token), STR(public_keys), &claims) == ERR_OK) {
        json_t *v = json_loadb(in.p, in.n, JSON_REJECT_DUPLICATES, NULL);
        const char *iss = json_string_value(json_object_get(v, "iss"));
        const char *nonce = json_string_value(json_object_get(v, "nonce"));
        FUZZ_CHECK(iss && strcmp(iss, "https://login.example") == 0);
        FUZZ_CHECK(nonce && strcmp(nonce, NONCE) == 0);
        FUZZ_CHECK(json_integer_value(json_object_get(v, "exp")) > NOW_S - OIDC_SKEW_S);
        FUZZ_CHECK(claims.subject.n > 0 && claims.subject.n <= OIDC_SUBJECT_MAX);
        json_decref(v);
    }
    cjose_jws_release(jws);
    cjose_header_release(header);
    cjose_jwk_release(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;

    if (size == 0) return 0;
    const struct str in = {(const char *)data + 1, size - 1};
    arena_init(&a, FUZZ_ARENA_BYTES);
    if (data[0] == 'T')
        token_and_keys(&a, in);
    else if (in.n > 0)
        signed_claims(&a, in);
    arena_done(&a);
    return 0;
}
