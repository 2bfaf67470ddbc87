/* Between permit.c (the table, steps, what falls due), permit_facts.c (registers), permit_tenure.c
 * (what follows from the history) and permit_view.c (what is shown). */
#ifndef JIFEN_SERVICE_PERMIT_INTERNAL_H
#define JIFEN_SERVICE_PERMIT_INTERNAL_H

#include "service/permit.h"
#include "service/term.h"

#define PROVINCE 330000

/* --- registers --- */

struct permit_span { /* one interval of the register */
    int64_t fact;
    int32_t division, from, to; /* [from, to) */
    struct str status;          /* member of the rule file's category */
};

#define PERMIT_SPANS_MAX 200

struct permit_spans {
    struct permit_span items[PERMIT_SPANS_MAX]; /* by `from` */
    uint32_t count;
    const struct store_facts *all; /* what every register says, by register of the rules */
};

NODISCARD enum err permit_spans_read(struct store *s, struct arena *a, const struct rules *r,
                                     int64_t person, struct permit_spans *ret);
/* The interval that covers the day; NULL = none. */
const struct permit_span *permit_span_on(const struct permit_spans *x, int32_t day);
/* From `day` on it is `status` in `division`: the running interval is cut there. ERR_CONFLICT when
 * the register already says something about later days. Inside a command. */
NODISCARD enum err permit_set(struct store *s, const struct rules *r, int64_t person,
                              const struct permit_spans *x, int32_t day, const char *status,
                              int32_t division);
/* The intervals at the end that are not valid are taken back, and the valid one before them goes
 * on: the time between counts. */
NODISCARD enum err permit_make_whole(struct store *s, const struct rules *r, int64_t person,
                                     const struct permit_spans *x);

/* Is residence registered within the division on the day? Unknown where the register has not
 * answered or the rules have none, and where all it says is a division that was split, or lost a
 * part, since the registration. */
enum permit_condition { CONDITION_FAILS, CONDITION_HOLDS, CONDITION_UNKNOWN };
enum permit_condition permit_condition_on(const struct rules *r, const struct permit_spans *x,
                                          int32_t division, int32_t day);

/* --- one permit at hand --- */

struct permit_data {    /* kept with the object, sealed */
    int32_t valid_from; /* DATE_OPEN_END = not issued yet */
    bool asked;         /* materials were asked for */
    bool extended;
    struct str ground; /* of the last suspension, refusal or end: a code of permit.def */
    struct str words;  /* what was said instead of a code; may be empty */
    struct str note;   /* of the office, with the last step; not shown to the holder */
};

struct permit_hand {
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
    int64_t person;
    struct str event; /* asked for; empty when the permit is only looked at */
    const struct permit_ask *ask;
    struct permit_spans spans;
    struct store_object object; /* id 0: there is none stored */
    struct permit_data data;
    struct store_step *steps; /* of a stored object */
    uint32_t step_count;
    bool is_adopted; /* object is made of the register and not stored yet */
    bool other_live; /* another permit than `object` is in use or asked for */
};
NODISCARD enum err permit_hand_take(struct permit_hand *h);

/* Does a guard hold? *ret_word: its number, when not. */
bool permit_guards_hold(const struct permit_hand *h, const struct life_row *row,
                        bool with_what_is_said, uint8_t *ret_guard);
bool permit_wants_reason(const struct life_row *row);
bool permit_wants_division(const struct life_row *row);
/* May the caller do with the permit at hand what its role may do with permits? */
NODISCARD enum err permit_may_step(const struct permit_hand *h);

/* Status of the register in a state ("valid"); NULL = nothing. */
const char *permit_status_in(struct str state);
bool permit_is_end(struct str state);

/* --- dates --- */

/* The first full year behind `day`, counted from the day it was issued. */
int32_t permit_full_year(int32_t valid_from, int32_t day);
/* First and last day of the window that ends with `deadline`. */
int32_t permit_window_from(int32_t valid_from, int32_t deadline, int32_t division);
/* The last day to endorse for the full year `year_day`. */
int32_t permit_window_to(int32_t year_day);

/* Days of residence under the permit that count on `today`: from the history and the policy of the
 * place, never stored. 0 before it is issued. */
int32_t permit_tenure(int32_t valid_from, const struct store_step *steps, uint32_t count,
                      enum tenure_policy policy, int32_t today);

#endif
