/* Accounts as the security officer manages them: listed, disabled, enabled, moved to another role
 * or place, given a new password or a new secret for one-time codes.
 *
 * Every change is a command "account.EVENT" of account.def and ends the account's sessions with its
 * commit: what was signed in is signed out on every server (account_session_lives). Nobody changes
 * his own account. */
#ifndef JIFEN_SERVICE_ACCOUNT_ADMIN_H
#define JIFEN_SERVICE_ACCOUNT_ADMIN_H

#include "base/put.h"
#include "service/accounts.h"

enum account_event {
#define EVENT(id, code, zh, en) ACCOUNT_EVENT_##id,
#include "service/account.def"
#undef EVENT
    ACCOUNT_EVENT_COUNT
};
extern const char *const account_event_codes[ACCOUNT_EVENT_COUNT];
/* ERR_NOT_FOUND: there is none of this code. */
NODISCARD enum err account_event_parse(struct str code, enum account_event *ret);

struct account_change {
    struct str role, office; /* MOVE; empty: as it is */
    int32_t division;        /* MOVE; 0: as it is */
    struct str password;     /* PASSWORD: the password itself */
    struct str totp;         /* TOTP: the raw secret; empty: none any more, for residents only */
};

#define ACCOUNT_TOTP_BYTES 20

/* ERR_DENIED: role or purpose, or the caller's own account; ERR_NOT_FOUND: no such account;
 * ERR_CONFLICT: it is so already, or the key was used for something else; ERR_RANGE: a password too
 * short or long, a role accounts do not have, a resident who would become staff or the other way
 * round, staff without one-time codes.*/
NODISCARD enum err account_change(struct store *s, struct arena *a, const struct caller *c,
                                  struct str key, int64_t account, enum account_event event,
                                  const struct account_change *x);

struct account_query {
    struct str role, login; /* empty: any */
    int64_t after;
};
#define ACCOUNTS_LIMIT 200
/* At most ACCOUNTS_LIMIT, by number. Residents' names are left out: who they are is not the
 * security officer's business. */
NODISCARD enum err account_list(struct store *s, struct arena *a, const struct caller *c,
                                const struct account_query *q, struct store_account **ret,
                                uint32_t *ret_count);
/* One of the list as a JSON object. */
void account_put(struct json *out, const struct store_account *x, const struct caller *c);

/* "otpauth://totp/Jifen:LOGIN?secret=…", for the app that makes one-time codes. */
void account_totp_uri(struct buf *out, struct str login, struct str secret);

#endif
