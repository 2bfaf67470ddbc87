/* Answers of /me/score kept in memory while the facts they were computed from have not changed.
 *
 * A score stays a function of facts, rules and days; this only spares computing it again for the
 * one who asks again. An answer is given only after the store was asked, in the same request, for
 * its newest command: what came later than the answer and concerns its person has then been
 * forgotten (store_changed). Shared by threads; one for each image of the rules. */
#ifndef JIFEN_SERVICE_POINTS_MEMO_H
#define JIFEN_SERVICE_POINTS_MEMO_H

#include "base/message.h"
#include "store/store.h"

struct points_memo;
struct memo_key {
    int64_t person;
    int32_t day, since;
    enum lang lang;
};

/* `bytes`: about so much is kept at most; 0 = nothing. */
NODISCARD enum err points_memo_new(uint64_t bytes, struct points_memo **ret);
void points_memo_free(struct points_memo *m); /* accepts NULL */

/* Learn what commands have changed. *ret_seq: the command up to which facts are known. */
NODISCARD enum err points_memo_sync(struct points_memo *m, struct store *s, int64_t *ret_seq);
/* Append the answer kept, if there is one; after points_memo_sync. */
bool points_memo_find(struct points_memo *m, const struct memo_key *k, struct buf *out);
/* Keep an answer made of facts read after points_memo_sync gave `seq`. Left out when a command
 * came in between, for it may be older than that. */
void points_memo_keep(struct points_memo *m, const struct memo_key *k, int64_t seq,
                      struct str answer);
/* How many were found and not found, for the operators. */
void points_memo_counts(struct points_memo *m, uint64_t *ret_found, uint64_t *ret_missed);

#endif
