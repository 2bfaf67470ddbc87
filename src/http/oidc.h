/* Sign-in by an OpenID Connect provider: authorization-code flow with state, nonce and PKCE.
 *
 *   begin   browser -> us -> 302 to the provider     a pending sign-in is remembered here
 *   finish  provider -> 302 -> us                    state looked up (once), code exchanged,
 *                                                    ID token checked, identity given back
 *
 * Only the configured issuer is ever believed. A pending sign-in lives ten minutes, serves once,
 * and is bound to the browser by a cookie. It is kept in memory: where several servers stand behind
 * one name, the proxy must bring a browser back to the one it came from.
 *
 * Threads: any; what is remembered lies under one lock, which is never held during a call. */
#ifndef JIFEN_HTTP_OIDC_H
#define JIFEN_HTTP_OIDC_H

#include "http/oidc_token.h"

#define OIDC_PENDING_S 600
#define OIDC_BACK_MAX 200

struct oidc_config {
    struct str issuer;          /* https://… (http:// on loopback) */
    struct str client_id;       /* not empty */
    struct str client_secret;   /* empty: a public client */
    struct str redirect_uri;    /* ours, as registered with the provider */
    struct str scope;           /* "openid" is added; may be empty */
    struct str id_number_claim; /* claim with the identity number; empty = not to be used */
    const char *ca;             /* NULL = the system's */
};

struct oidc;

/* Texts of c are copied. No call is made: a provider that is away now may be back later.
 * ERR_INPUT: something in c cannot be (message says what). */
NODISCARD enum err oidc_open(const struct oidc_config *c, struct buf *message, struct oidc **ret);
void oidc_free(struct oidc *o); /* accepts NULL */
struct str oidc_issuer(const struct oidc *o);

/* Where the browser goes. `back`: where it wants to be in the end ("#/…"; anything else counts as
 * "#/"). `browser` holds the cookie's value, or is empty; then it is made. ERR_IO: the provider
 * does not answer. */
NODISCARD enum err oidc_begin(struct oidc *o, struct arena *a, struct str back, int64_t now,
                              char browser[48], struct buf *why, struct str *ret_url);

struct oidc_return {
    struct str state, code, error, issuer; /* query of the callback */
    struct str browser;                    /* the cookie */
};
struct oidc_identity {
    struct str subject, id_number, acr; /* id_number: only if configured */
};
/* *ret_back is set as soon as the state is known, else empty. ERR_DENIED: the sign-in did not
 * succeed; ERR_IO: the provider does not answer; ERR_CORRUPT: it answers nonsense. `why`: for the
 * operators' log, without personal data. */
NODISCARD enum err oidc_finish(struct oidc *o, struct arena *a, const struct oidc_return *x,
                               int64_t now, struct buf *why, struct oidc_identity *ret,
                               struct str *ret_back);

#endif
