/* ID tokens (OpenID Connect Core 1.0, §3.1.3.7): signature, addressee, time, nonce.
 *
 * A token is believed only when every check passes; the allow-list of algorithms is RS256 and
 * ES256, whatever the token says of itself. No clock and no network here. */
#ifndef JIFEN_HTTP_OIDC_TOKEN_H
#define JIFEN_HTTP_OIDC_TOKEN_H

#include "base/text.h"

#define OIDC_TOKEN_MAX 16384
#define OIDC_SUBJECT_MAX 255
#define OIDC_SKEW_S 60   /* how far clocks may be apart */
#define OIDC_FRESH_S 600 /* a token was issued at most so long ago */

enum oidc_fault {
#define FAULT(id, text) OIDC_FAULT_##id,
#include "http/oidc_fault.def"
#undef FAULT
    OIDC_FAULT_COUNT
};
extern const char *const oidc_fault_texts[OIDC_FAULT_COUNT];

struct oidc_expected {
    struct str issuer, client_id, nonce;
    int64_t now_s;           /* Unix seconds */
    struct str wanted_claim; /* a claim to be given back; empty = none */
};
struct oidc_claims {
    struct str subject;
    struct str wanted; /* value of the wanted claim; empty = not there, or no text */
    struct str acr;    /* how the person was recognised; may be empty */
};

/* `jwks`: the provider's keys, JSON. Fails: ERR_DENIED with *ret_fault; ERR_NOMEM. */
NODISCARD enum err oidc_token_check(struct arena *a, struct str token, struct str jwks,
                                    const struct oidc_expected *x, struct oidc_claims *ret,
                                    enum oidc_fault *ret_fault);

/* Is it a set of keys at all? */
bool oidc_keys_are_some(struct str jwks);

#endif
