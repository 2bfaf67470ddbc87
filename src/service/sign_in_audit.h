/* Failed sign-ins in the audit chain, without letting who tries names and passwords grow it.
 *
 * Of an account: the first wrong try of a series ("session.failed") and every lock, with the number
 * of tries so far in its key ("session.locked"). A series ends with a good sign-in and locks double
 * up to a day, so an account gives about a dozen records, then one a day. Of names that no account
 * has ("session.unknown"): at most SIGN_IN_UNKNOWN_HOURLY an hour, each with a keyed digest, never
 * the name: people type passwords and identity numbers there.
 *
 * From outside (OpenID Connect, tickets): of an account that may not enter ("session.refused") one
 * record an hour and way; of identities that are not believed, or that no account has, as of
 * unknown names, apart for each way. A provider that does not answer is nobody's failure. */
#ifndef JIFEN_SERVICE_SIGN_IN_AUDIT_H
#define JIFEN_SERVICE_SIGN_IN_AUDIT_H

#include "store/store.h"

#define SIGN_IN_UNKNOWN_HOURLY 16

/* After the try was counted: x->failures and x->locked_until are what they are now. */
NODISCARD enum err sign_in_failed(struct store *s, struct arena *a, const struct store_account *x,
                                  int64_t now);
NODISCARD enum err sign_in_unknown(struct store *s, struct arena *a, struct str name, int64_t now);
/* After `e`, with which a sign-in from outside ended; nothing where that is no refusal. `way`:
 * "oidc" or "ticket"; x->id 0: no account; `name`: what was handed in. */
NODISCARD enum err sign_in_refused(struct store *s, struct arena *a, const char *way, enum err e,
                                   const struct store_account *x, struct str name, int64_t now);

#endif
