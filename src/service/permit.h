/* The residence permit: its life cycle (permit.def), in step with the register `permit` that points
 * depend on. A step, the register's facts and the audit are one command: points are void or back
 * with the next request.
 *
 * A permit that came with a load has no object yet; the first step adopts it from the register. */
#ifndef JIFEN_SERVICE_PERMIT_H
#define JIFEN_SERVICE_PERMIT_H

#include "base/json.h"
#include "service/facts.h"
#include "service/lifecycle.h"

extern const struct life permit_life;

/* Statutory terms in days, and the window of the yearly endorsement. */
struct permit_terms {
    int32_t issue, extended, material, window, cure;
};
extern const struct permit_terms permit_terms;

struct permit_ask {
    struct str reason; /* a code or a sentence; what the holder reads */
    int32_t division;  /* apply, move: the county */
    struct str note;   /* of the office */
};

/* Do `event` for a person; the answer is {"number","state","state_text","deadline"}. Fails:
 * ERR_DENIED (role, place or purpose), ERR_CONFLICT (not possible in this state, or the key was
 * used for something else), ERR_RANGE (a guard says no: *ret_guard in the caller's language),
 * ERR_NOT_FOUND (no such event). On failure nothing has changed. */
NODISCARD enum err permit_step(struct store *s, struct arena *a, const struct rules *r,
                               const struct caller *c, struct str key, int64_t person,
                               struct str event, const struct permit_ask *ask,
                               struct str *ret_answer, struct str *ret_guard);

/* The person's permit for a page: docs/API.md "Permit". */
NODISCARD enum err permit_view(struct store *s, struct arena *a, const struct rules *r,
                               const struct caller *c, int64_t person, struct json *out);
/* Where the person's permit is (0 = none): the place that access is decided by. */
NODISCARD enum err permit_place(struct store *s, struct arena *a, const struct rules *r,
                                int64_t person, int32_t day, int32_t *ret);

/* What falls due by the calendar on `c->today`, each as a command of the system: missed
 * endorsements, terms that are over, overdue applications. Repeating a day changes nothing. */
NODISCARD enum err permit_due(struct store *s, const struct rules *r, const struct caller *c,
                              uint32_t *ret_steps);

/* For the electronic permit: ERR_NOT_FOUND when there is none. */
struct permit_card {
    struct str number, state;
    int32_t division, valid_from, endorse_by;
    bool is_valid;
};
NODISCARD enum err permit_card_of(struct store *s, struct arena *a, const struct rules *r,
                                  int64_t person, int32_t day, struct permit_card *ret);

#endif
