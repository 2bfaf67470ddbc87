/* ID tokens: see oidc_token.h.
 *
 * Structure: the three parts and the header -> keys that fit -> signature (cjose) -> claims. The
 * header is read here first, strictly, so that the library never sees a token whose algorithm is
 * not ours to accept. */
#include "http/oidc_token.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <string.h>

#include "base/crypt.h"

#define KEYS_MAX 64
#define KEY_ID_MAX 256
#define RSA_BYTES_LEAST 256 /* of the modulus: 2048 bits */
#define RSA_BYTES_MOST 1025 /* 8192 bits, and a zero before them */
#define EC_BYTES 32

const char *const oidc_fault_texts[OIDC_FAULT_COUNT] = {
#define FAULT(id, text) [OIDC_FAULT_##id] = (text),
#include "http/oidc_fault.def"
#undef FAULT
};

enum algorithm { RS256, ES256, ALGORITHM_NONE };
static const struct {
    const char *name, *kty, *curve;
} algorithms[] = {[RS256] = {"RS256", "RSA", NULL}, [ES256] = {"ES256", "EC", "P-256"}};

struct header {
    enum algorithm algorithm;
    const char *kid; /* of `json`; NULL = none */
    json_t *json;    /* owned */
};

/* --- parts and header --- */

static const char *text_member(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v)
               ? json_string_value(v)
               : NULL;
}

/* The only spelling of some bytes: without padding, the last bits zero. */
static bool is_base64url(struct str s)
{
    struct buf b;

    if (s.n == 0 || s.p[s.n - 1] == '=') return false;
    buf_init(&b, OIDC_TOKEN_MAX);
    const bool good = base64url_parse(s, &b) == ERR_OK;
    buf_done(&b);
    return good;
}

/* Exactly three parts, none empty, each base64url. */
static bool split(struct str token, struct str parts[3])
{
    size_t at = 0, k = 0;

    if (token.n > OIDC_TOKEN_MAX) return false;
    for (size_t i = 0; i <= token.n; i++) {
        if (i < token.n && token.p[i] != '.') continue;
        if (k == 3) return false;
        parts[k++] = (struct str){token.p + at, i - at};
        at = i + 1;
    }
    return k == 3 && is_base64url(parts[0]) && is_base64url(parts[1]) && is_base64url(parts[2]);
}

static json_t *json_of(struct str text)
{
    json_error_t error;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);

    if (json_is_object(v)) return v;
    json_decref(v);
    return NULL;
}

static json_t *json_of_part(struct str part)
{
    struct buf b;
    json_t *v = NULL;

    buf_init(&b, OIDC_TOKEN_MAX);
    if (base64url_parse(part, &b) == ERR_OK) v = json_of(buf_str(&b));
    buf_done(&b);
    return v;
}

static enum oidc_fault read_header(struct str part, struct header *h)
{
    h->json = json_of_part(part);
    if (!h->json) return OIDC_FAULT_FORM;
    const char *alg = text_member(h->json, "alg");
    h->algorithm = ALGORITHM_NONE;
    for (int i = 0; alg && i < ALGORITHM_NONE; i++)
        if (strcmp(alg, algorithms[i].name) == 0) h->algorithm = (enum algorithm)i;
    if (h->algorithm == ALGORITHM_NONE) return OIDC_FAULT_ALGORITHM;
    h->kid = text_member(h->json, "kid");
    if (json_object_get(h->json, "kid") && (!h->kid || strlen(h->kid) > KEY_ID_MAX))
        return OIDC_FAULT_FORM;
    /* what we are told we must understand, and do not */
    if (json_object_get(h->json, "crit") || json_object_get(h->json, "b64")) return OIDC_FAULT_FORM;
    return OIDC_FAULT_NONE;
}

/* --- keys --- */

bool oidc_keys_are_some(struct str jwks)
{
    json_t *set = json_of(jwks);
    const bool some = json_array_size(json_object_get(set, "keys")) > 0;

    json_decref(set);
    return some;
}

/* A number of a key: so many bytes, leading zeroes not counted. */
static bool is_number(const json_t *key, const char *name, size_t least, size_t most)
{
    const char *text = text_member(key, name);
    struct buf b;
    size_t zeroes = 0;

    if (!text || !is_base64url(str_from_c(text))) return false;
    buf_init(&b, OIDC_TOKEN_MAX);
    IGNORE_ERR(base64url_parse(str_from_c(text), &b)); /* it was read a line above */
    while (zeroes < b.n && b.p[zeroes] == '\0')
        zeroes++;
    const bool good = !b.failed && b.n - zeroes >= least && b.n <= most;
    buf_done(&b);
    return good;
}

/* Of the algorithm's type, for signatures, and with the identifier when the token names one. */
static bool fits(const json_t *key, const struct header *h)
{
    const char *kty = text_member(key, "kty"), *use = text_member(key, "use");
    const char *alg = text_member(key, "alg"), *kid = text_member(key, "kid");
    const char *crv = text_member(key, "crv");

    if (!kty || strcmp(kty, algorithms[h->algorithm].kty) != 0) return false;
    if (use && strcmp(use, "sig") != 0) return false;
    if (alg && strcmp(alg, algorithms[h->algorithm].name) != 0) return false;
    if (h->kid && (!kid || strcmp(kid, h->kid) != 0)) return false;
    if (h->algorithm == RS256)
        return is_number(key, "n", RSA_BYTES_LEAST, RSA_BYTES_MOST) && is_number(key, "e", 1, 8);
    return crv && strcmp(crv, algorithms[ES256].curve) == 0 && is_number(key, "x", 1, EC_BYTES) &&
           is_number(key, "y", 1, EC_BYTES);
}

/* The public numbers of a key that fits, and nothing else: the library ends the process on members
 * that are not base64, and need not see what we do not use. */
static char *bare_key(const json_t *key, const struct header *h)
{
    static const char *const members[][4] = {
        [RS256] = {"kty", "n", "e", NULL}, [ES256] = {"kty", "crv", "x", "y"}};
    json_t *bare = json_object();
    bool good = bare != NULL;

    for (size_t i = 0; i < 4 && members[h->algorithm][i]; i++) {
        const char *name = members[h->algorithm][i];
        good = good && json_object_set(bare, name, json_object_get(key, name)) == 0;
    }
    char *text = good ? json_dumps(bare, JSON_COMPACT) : NULL;
    json_decref(bare);
    return text;
}

/* Does this key verify the token? Then *ret_claims is what it says, owned by the caller. */
static bool verify_with(struct str token, const json_t *key, const struct header *h,
                        json_t **ret_claims)
{
    char *text = bare_key(key, h);
    cjose_jwk_t *jwk = text ? cjose_jwk_import(text, strlen(text), NULL) : NULL;
    cjose_jws_t *jws = jwk ? cjose_jws_import(token.p, token.n, NULL) : NULL;
    const bool good = jws && cjose_jws_verify(jws, jwk, NULL);
    uint8_t *plain = NULL;
    size_t n = 0;

    if (good && cjose_jws_get_plaintext(jws, &plain, &n, NULL))
        *ret_claims = json_of((struct str){(const char *)plain, n});
    cjose_jws_release(jws);
    cjose_jwk_release(jwk);
    free(text);
    return good;
}

static enum oidc_fault verify(struct str token, struct str jwks, const struct header *h,
                              json_t **ret_claims)
{
    json_t *set = json_of(jwks);
    const json_t *keys = json_object_get(set, "keys");
    enum oidc_fault fault = OIDC_FAULT_KEY;
    size_t fitting = 0;

    for (size_t i = 0; i < json_array_size(keys) && i < KEYS_MAX; i++)
        fitting += fits(json_array_get(keys, i), h);
    /* Without an identifier there must be no doubt which key is meant. */
    if (fitting > 0 && (h->kid || fitting == 1)) fault = OIDC_FAULT_SIGNATURE;
    for (size_t i = 0; fault == OIDC_FAULT_SIGNATURE && i < json_array_size(keys) && i < KEYS_MAX;
         i++) {
        const json_t *key = json_array_get(keys, i);
        if (fits(key, h) && verify_with(token, key, h, ret_claims))
            fault = *ret_claims ? OIDC_FAULT_NONE : OIDC_FAULT_FORM;
    }
    json_decref(set);
    return fault;
}

/* --- claims --- */

static bool is_text(const json_t *v, struct str want)
{
    return json_is_string(v) &&
           str_eq((struct str){json_string_value(v), json_string_length(v)}, want);
}

static bool is_for(const json_t *aud, struct str client)
{
    bool found = is_text(aud, client);

    for (size_t i = 0; i < json_array_size(aud); i++)
        found |= is_text(json_array_get(aud, i), client);
    return found;
}

static enum oidc_fault check_times(const json_t *c, int64_t now)
{
    const json_t *exp = json_object_get(c, "exp"), *iat = json_object_get(c, "iat");
    const json_t *nbf = json_object_get(c, "nbf");

    if (!json_is_integer(exp) || !json_is_integer(iat)) return OIDC_FAULT_TIME;
    if (json_integer_value(exp) <= now - OIDC_SKEW_S) return OIDC_FAULT_EXPIRED;
    if (json_integer_value(iat) > now + OIDC_SKEW_S ||
        json_integer_value(iat) < now - OIDC_FRESH_S - OIDC_SKEW_S)
        return OIDC_FAULT_TIME;
    if (nbf && (!json_is_integer(nbf) || json_integer_value(nbf) > now + OIDC_SKEW_S))
        return OIDC_FAULT_TIME;
    return OIDC_FAULT_NONE;
}

static bool is_subject(const json_t *v)
{
    const char *p = json_string_value(v);
    const size_t n = json_string_length(v);

    if (!json_is_string(v) || n == 0 || n > OIDC_SUBJECT_MAX) return false;
    for (size_t i = 0; i < n; i++)
        if (p[i] <= ' ' || p[i] > '~') return false;
    return true;
}

static enum oidc_fault check_claims(const json_t *c, const struct oidc_expected *x)
{
    const json_t *aud = json_object_get(c, "aud"), *azp = json_object_get(c, "azp");

    if (!is_text(json_object_get(c, "iss"), x->issuer)) return OIDC_FAULT_ISSUER;
    if (!is_for(aud, x->client_id)) return OIDC_FAULT_AUDIENCE;
    if ((azp || json_array_size(aud) > 1) && !is_text(azp, x->client_id)) return OIDC_FAULT_PARTY;
    const enum oidc_fault fault = check_times(c, x->now_s);
    if (fault != OIDC_FAULT_NONE) return fault;
    const json_t *nonce = json_object_get(c, "nonce");
    if (!json_is_string(nonce) ||
        !crypt_equal((struct str){json_string_value(nonce), json_string_length(nonce)}, x->nonce))
        return OIDC_FAULT_NONCE;
    return is_subject(json_object_get(c, "sub")) ? OIDC_FAULT_NONE : OIDC_FAULT_SUBJECT;
}

static bool take_text(struct arena *a, const json_t *c, struct str name, struct str *ret)
{
    const json_t *v = name.n > 0 ? json_object_getn(c, name.p, name.n) : NULL;

    *ret = (struct str){NULL, 0};
    if (!json_is_string(v)) return true;
    *ret = str_copy(a, (struct str){json_string_value(v), json_string_length(v)});
    return ret->p != NULL;
}

static enum err take_claims(struct arena *a, const json_t *c, const struct oidc_expected *x,
                            struct oidc_claims *ret)
{
    struct oidc_claims claims;

    if (!take_text(a, c, STR("sub"), &claims.subject) ||
        !take_text(a, c, STR("acr"), &claims.acr) ||
        !take_text(a, c, x->wanted_claim, &claims.wanted))
        return ERR_NOMEM;
    *ret = claims;
    return ERR_OK;
}

enum err oidc_token_check(struct arena *a, struct str token, struct str jwks,
                          const struct oidc_expected *x, struct oidc_claims *ret,
                          enum oidc_fault *ret_fault)
{
    struct str parts[3];
    struct header h = {.json = NULL};
    json_t *claims = NULL;
    enum oidc_fault fault = split(token, parts) ? read_header(parts[0], &h) : OIDC_FAULT_FORM;
    enum err e = ERR_DENIED;

    if (fault == OIDC_FAULT_NONE) fault = verify(token, jwks, &h, &claims);
    if (fault == OIDC_FAULT_NONE) fault = check_claims(claims, x);
    if (fault == OIDC_FAULT_NONE)
        e = take_claims(a, claims, x, ret);
    else
        *ret_fault = fault;
    json_decref(claims);
    json_decref(h.json);
    return e;
}
