/* The residence permit: its life cycle (permit.def), in step with the register `permit` that points
 * depend on. A step, the register's facts and the audit are one command: points are void or back
 * with the next request.
 *
 * A permit that came with a load has no object yet; the first step adopts it from the register.
 *
 *   P1 at most one permit of a person is in use or asked for; the register is the whole province's
 *   P2 the register says what the state says         P3 tenure follows from the history
 *   P4 endorsed only in the window, on conditions
 *   P5 every suspension, end and restoration has a ground of permit.def, a decider and a notice
 *   P6 beyond the statutory days the superior is told; nothing is refused by silence
 * P1, P2 and P5 are looked at before every commit; what breaks them is not written (ERR_CORRUPT).
 */
#ifndef JIFEN_SERVICE_PERMIT_H
#define JIFEN_SERVICE_PERMIT_H

#include "base/json.h"
#include "service/due.h"
#include "service/facts.h"
#include "service/lifecycle.h"

extern const struct life permit_life;

struct permit_ask {
    struct str reason; /* a ground's code, or a sentence; what the holder reads */
    int32_t division;  /* apply, move: the county */
    struct str note;   /* of the office; not shown to the holder */
};

/* Do `event` for a person; the answer is {"number","state","state_text","deadline"}. Fails:
 * ERR_DENIED (role, place or purpose), ERR_CONFLICT (not possible in this state, a day before the
 * last step, or the key was used for something else), ERR_RANGE (a guard says no: *ret_guard, which
 * may be NULL), ERR_NOT_FOUND (no such event). On failure nothing has changed. */
NODISCARD enum err permit_step(struct store *s, struct arena *a, const struct rules *r,
                               const struct caller *c, struct str key, int64_t person,
                               struct str event, const struct permit_ask *ask,
                               struct str *ret_answer, const struct life_word **ret_guard);

/* The person's permit for a page: docs/API.md "Permit". */
NODISCARD enum err permit_view(struct store *s, struct arena *a, const struct rules *r,
                               const struct caller *c, int64_t person, struct json *out);
/* Where the person's permit is (0 = none): the place that access is decided by. A division that has
 * been abolished is the one that took it over. */
NODISCARD enum err permit_place(struct store *s, struct arena *a, const struct rules *r,
                                int64_t person, int32_t day, int32_t *ret);

/* For due.h, each a command of the system: missed endorsements, terms that are over, overdue
 * applications; reminders 30, 7 and 1 days before the last day to endorse (not counted).
 *
 * What only the register knows has no clock here. The register does not say when a permit was
 * endorsed, and it alone is decisive for such a permit (the settled reading of the province's
 * table): who keeps it says "suspended", and points are void with the next request. The first act
 * here adopts the permit; from then on its years are counted here. */
#define PERMIT_REMIND_FIRST 30
NODISCARD enum err permit_due(const struct due_call *d, const struct store_object *o,
                              uint32_t *steps);
NODISCARD enum err permit_remind(const struct due_call *d, const struct store_object *o,
                                 uint32_t *steps);

/* For the electronic permit: ERR_NOT_FOUND when there is none. */
struct permit_card {
    struct str number, state;
    int32_t division, valid_from, endorse_by;
    bool is_valid;
};
NODISCARD enum err permit_card_of(struct store *s, struct arena *a, const struct rules *r,
                                  int64_t person, int32_t day, struct permit_card *ret);

#endif
