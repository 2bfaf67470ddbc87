/* The audit chain for auditors: its records, and whether it is whole. */
#ifndef JIFEN_SERVICE_AUDIT_H
#define JIFEN_SERVICE_AUDIT_H

#include "base/put.h"
#include "service/access.h"
#include "store/store.h"

#define AUDIT_LIMIT 200

/* A command about an account has its number behind its kind, and so in the chain:
 * "account.disable:12". Readers are shown "kind" and "account" apart. */
#define AUDIT_OF_ACCOUNT ":"

/* One record as a JSON object. */
void audit_put_record(struct json *out, const struct store_audit_record *x);
/* {"records": […], "next": seq or null}: at most AUDIT_LIMIT records behind `after`. */
NODISCARD enum err audit_list(struct store *s, struct arena *a, const struct caller *c,
                              int64_t after, struct json *out);
/* {"ok", "records", "head", "first_wrong", "code", "why"}: the code of fault.def, or null, and its
 * sentence in the caller's language. head_seq 0 = no head was written down. */
NODISCARD enum err audit_verify(struct store *s, struct arena *a, const struct caller *c,
                                int64_t head_seq, const struct hash *head, struct json *out);

#endif
