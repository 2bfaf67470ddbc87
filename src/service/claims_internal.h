/* Between the files of claims. */
#ifndef JIFEN_SERVICE_CLAIMS_INTERNAL_H
#define JIFEN_SERVICE_CLAIMS_INTERNAL_H

#include "service/claims.h"
#include "service/term.h"

/* What is kept with a claim, as JSON in the sealed data of its object. */
struct claim_data {
    enum claim_kind kind;
    struct str indicator, reason, month, statement;
    struct str digest;      /* SM3 over all that was filed, hex */
    int32_t legal_deadline; /* as it was at filing; the object's moves on when it is escalated */
    int32_t working_days;
    bool is_provisional; /* the deadline counts days of a year without a notice */
};
NODISCARD enum err claim_data_read(struct arena *a, struct str json, struct claim_data *ret);
NODISCARD enum err claim_data_write(struct arena *a, const struct claim_data *d, struct str *ret);

struct claim_kind_row {
    const char *code;
    enum term term;
    const char *text[LANG_COUNT];
};
struct claim_reason_row {
    enum claim_kind kind;
    const char *code, *text[LANG_COUNT];
};
extern const struct claim_kind_row claim_kinds[CLAIM_KIND_COUNT];
extern const struct claim_reason_row claim_reasons[];
extern const uint32_t claim_reason_count;
const struct claim_reason_row *claim_reason_find(enum claim_kind k, struct str code); /* or NULL */
int32_t claim_working_days(enum claim_kind k, int32_t division);

/* One digest over everything: `files` has name, media type and digest of each, in order. */
NODISCARD enum err claim_digest(enum claim_kind kind, struct str indicator, struct str reason,
                                struct str month, struct str statement,
                                const struct store_material *files, uint32_t count,
                                struct hash *ret);
bool claim_is_open(struct str state);
/* The claim of a number if the caller may do `action` with it; else ERR_NOT_FOUND, and ERR_DENIED
 * where the role or the purpose is wrong. */
NODISCARD enum err claim_get(struct store *s, struct arena *a, const struct caller *c,
                             enum action action, struct str number, struct store_object *ret);

#endif
