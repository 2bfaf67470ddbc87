/* Sign-ins that were begun and are not finished: once each, ten minutes, bounded. */
#ifndef JIFEN_HTTP_OIDC_PENDING_H
#define JIFEN_HTTP_OIDC_PENDING_H

#include "base/hash.h"
#include "http/oidc.h"

struct oidc_pending;
struct oidc_sign_in {
    char nonce[48], verifier[48];
    char back[OIDC_BACK_MAX + 1];
};

NODISCARD enum err oidc_pending_new(struct oidc_pending **ret);
void oidc_pending_free(struct oidc_pending *p); /* wipes; accepts NULL */
/* When there is no room the oldest goes. */
void oidc_pending_put(struct oidc_pending *p, struct str state, struct str browser,
                      const struct oidc_sign_in *x, int64_t now);
/* Take it out: a second time there is nothing. ERR_NOT_FOUND: never begun, finished, too old;
 * ERR_DENIED: begun by another browser (it is gone all the same). */
NODISCARD enum err oidc_pending_take(struct oidc_pending *p, struct str state, struct str browser,
                                     int64_t now, struct oidc_sign_in *ret);

#endif
