/* Two persons who prove to be one, and one who proves to be two again.
 *
 * Facts are only added: what is in force of the duplicate is recorded anew under the survivor and
 * retracted where it was, in one command, so that before that moment there are two persons and
 * after it one. A link (store_person_link) leads codes, identity numbers, accounts, receipts,
 * claims and who looked to the survivor. Permits are not carried: they have a life cycle of their
 * own, and only the survivor may have one in use.
 *
 * Separating takes back what was carried and still stands, and records it where it was; what later
 * loads have put in its place stays with the survivor until the department's next load. */
#ifndef JIFEN_SERVICE_MERGE_H
#define JIFEN_SERVICE_MERGE_H

#include "service/facts.h"

struct merging {
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const int64_t *persons; /* of the case, two or more */
    uint32_t count;
    int32_t today;
};

/* Why they cannot be one: for a guard. */
enum merge_hindrance {
    MERGE_FREE,
    MERGE_TWO_PERMITS, /* more than one has a permit in use or asked for */
    MERGE_OPEN_CLAIM,  /* another than the survivor has a claim open */
    MERGE_LINKED,      /* one of them is merged with somebody already */
    MERGE_CONTRADICTS  /* together their records overlap where they must not, or are too many */
};

/* The survivor: who has a permit in use or asked for, else who is known longest. All inside a
 * command; on a hindrance nothing was written. */
NODISCARD enum err merge_check(const struct merging *m, int64_t *ret_survivor,
                               enum merge_hindrance *ret);
NODISCARD enum err merge_do(const struct merging *m, int64_t survivor);
/* `command` merged them; `known_at` = its recorded time. */
NODISCARD enum err merge_undo(const struct merging *m, int64_t survivor, int64_t command,
                              int64_t known_at);

#endif
