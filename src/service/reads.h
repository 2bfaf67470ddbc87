/* Who looked at whose data, with purpose: written before an answer leaves, shown to the person. */
#ifndef JIFEN_SERVICE_READS_H
#define JIFEN_SERVICE_READS_H

#include "base/put.h"
#include "service/access.h"
#include "store/store.h"

/* Nothing is written when the caller is the person. */
NODISCARD enum err reads_record(struct store *s, const struct caller *c, int64_t person,
                                enum action what);
/* A search by identity number that showed nobody: a command "person.find" in the audit chain, whose
 * payload is the number's keyed digest. Rates are limited where requests are. */
NODISCARD enum err reads_record_search(struct store *s, struct arena *a, const struct caller *c,
                                       struct str id_number);
/* {"items": [{"at", "role", "role_name", "office", "purpose", "purpose_text", "what", "what_text",
 * "case"}]} of the caller's own data, newest first. */
NODISCARD enum err reads_own(struct store *s, struct arena *a, const struct caller *c,
                             struct json *out);

#endif
