/* Accounts and sessions: who is it that asks.
 *
 * A password is an argon2id text; wrong ones lock the account for a growing time; a login that does
 * not exist costs the same work and gets the same answer. Staff roles need a one-time code (RFC
 * 6238) as well; a code works once. A session is 32 random bytes of which only the SM3 is stored;
 * it ends after SESSION_IDLE without use and SESSION_LONGEST in any case (等保 2.0, 8.1.4). */
#ifndef JIFEN_SERVICE_ACCOUNTS_H
#define JIFEN_SERVICE_ACCOUNTS_H

#include "service/access.h"
#include "service/account_uses.h"
#include "store/store.h"

#define SESSION_LONGEST (12 * 3600 * MICROS_PER_SECOND)
#define SESSION_IDLE (30 * 60 * MICROS_PER_SECOND)
#define ACCOUNT_TRIES 5 /* wrong passwords before the first lock */

struct sign_in_ask {
    struct str login, password, code; /* code: digits, empty = none */
    bool cookie;                      /* the session travels in a cookie */
    bool code_optional;               /* a demo: staff without a second factor may come in */
};
struct sign_in {
    char token[48], csrf[48]; /* base64url; what the client keeps */
    int64_t account, expires;
    enum role role;
    int32_t division;
    struct str name, office;
};
/* Fails: ERR_DENIED (wrong login, password, code, or disabled), ERR_BUSY (locked: *ret_wait_s), or
 * as the store does. */
NODISCARD enum err account_sign_in(struct store *s, struct arena *a, const struct sign_in_ask *ask,
                                   int64_t now, struct sign_in *ret, uint32_t *ret_wait_s);
/* A session for an account whom somebody else has recognised (OpenID Connect, 浙里办 ticket).
 * ERR_DENIED: disabled. */
NODISCARD enum err account_session(struct store *s, struct arena *a,
                                   const struct store_account *account, bool cookie, int64_t now,
                                   struct sign_in *ret);
/* Who a token belongs to; a caller without purpose and case. ERR_NOT_FOUND: nobody (ended, idle,
 * unknown). ERR_DENIED: `csrf` given (n > 0 or check_csrf) and wrong. That it was used is noted in
 * `uses`; NULL = written at once. */
NODISCARD enum err account_of_token(struct store *s, struct arena *a, struct account_uses *uses,
                                    struct str token, bool by_cookie, bool check_csrf,
                                    struct str csrf, int64_t now, struct caller *ret,
                                    int64_t *ret_valid_until);
NODISCARD enum err account_token_hash(struct str token, struct hash *ret);
/* The CSRF token that belongs to a session's token: made from it, so that a page that was loaded
 * anew can be told again. */
NODISCARD enum err account_csrf(struct str token, char ret[48]);
/* ERR_OK as well when there is no such session. */
NODISCARD enum err account_sign_out(struct store *s, struct arena *a, const struct hash *token,
                                    int64_t now);

/* Is a session still there? Asked where what is remembered of it is older than the roster. */
NODISCARD enum err account_session_lives(struct store *s, const struct hash *token, bool *ret);

/* Roles that accounts have: not "nobody", not "system". */
bool account_role_is(struct str code);
/* argon2id text of a password; ERR_RANGE: too short or too long. */
NODISCARD enum err account_password_hash(struct str password, char ret[128]);
struct store_command account_command_of(const struct caller *c, struct str key, const char *kind,
                                        int64_t person);
/* Make an account, as a command. `x->password` holds the password itself or is empty; `x->totp` the
 * raw secret or is empty. ERR_EXISTS: the login is taken; ERR_RANGE: the password is too
 * short; ERR_NOT_FOUND: accounts have no such role. */
NODISCARD enum err account_create(struct store *s, struct arena *a, const struct caller *c,
                                  struct str key, struct store_account *x);
/* The account of an outside identity: login "oidc:ISSUER SUBJECT". */
NODISCARD enum err account_of_identity(struct store *s, struct arena *a, struct str issuer,
                                       struct str subject, struct store_account *ret);
/* A resident's own account for an outside identity whose identity number the provider vouches for:
 * made at the first sign-in. ERR_RANGE: no identity number; ERR_NOT_FOUND: nobody has it;
 * ERR_CONFLICT: several have, or one who has another by now, a case for people. */
NODISCARD enum err account_link(struct store *s, struct arena *a, const struct caller *system,
                                struct str issuer, struct str subject, struct str id_number,
                                struct store_account *ret);

#endif
