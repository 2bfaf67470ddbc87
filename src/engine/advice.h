/* Advice: what a person could change, what each change is worth, and the cheapest way to a line.
 *
 *   marks of the catalogue (lang README §7) -> places -> changes -> sets of changes
 *
 * A place is a field of a one-per-person register, or a register to which a record can be added;
 * two changes of one place exclude each other. A change takes effect on a day of its own: the day
 * asked for and its lead time, or the day by which a month record or spell has lasted so many
 * months. It is judged on that day, with and without it, by building the changed resident and
 * letting the interpreter score both; no gain is ever computed in any other way, and what time
 * alone does is on both sides.
 *
 * A change gains when the lower end of the total rises. Its size is how far the value moves (levels
 * and quantities), or the months; members of a category are equally far, and the one that gains
 * least stands first. A record that is added begins when it takes effect, stands in the person's
 * division, is a matter of its own, and has the marked fields' values.
 *
 * Exactness: of a level, category or yes/no every value is tried, of a quantity one value (the
 * nearest) of every stretch over which no condition, band or body of the rules changes; stretches
 * are found by letting the interpreter score the whole stretch as an unknown. Two quantities that
 * the rules add before they compare the sum are moved one at a time, not against each other.
 *
 * Bounds: advice_options; what a bound cut is said in advice.cut. */
#ifndef JIFEN_ENGINE_ADVICE_H
#define JIFEN_ENGINE_ADVICE_H

#include "base/json.h"
#include "engine/resident.h"

#define ADVICE_SET_MOST 6 /* changes in a set */

struct advice_options {
    int32_t day;
    int32_t rule_day; /* DATE_OPEN_START: the rules of the day a change takes effect */
    bool has_line;
    int64_t line;         /* 1/scale points that the lower end of the total has to reach */
    uint32_t months_most; /* a month record or spell goes on for at most so many */
    uint32_t values_most; /* changes of one place */
    uint32_t pairs_most, sets_most; /* evaluations */
    uint32_t set_size;              /* changes in the cheapest set: 1 .. ADVICE_SET_MOST */
};
/* 60 months, 120 changes a place, 20,000 pairs, 20,000 sets of at most 4 changes. */
struct advice_options advice_options_of(int32_t day);

enum advice_cut { ADVICE_CUT_VALUES = 1, ADVICE_CUT_PAIRS = 2, ADVICE_CUT_SETS = 4 };

struct advice_gain { /* of one change or several, on the day all of them have taken effect */
    int32_t day;
    struct interval without, with; /* totals that day; both ends rise or fall by what they gain */
    int32_t status;                /* with; as in a score */
    bool scored;                   /* false: cannot be scored that day (no rules in force…) */
};

struct advice_change {
    uint32_t place;
    int32_t reg;
    struct resident_fact fact; /* the record added, or the person's row as it will be */
    bool adds;
    int32_t field;     /* of one-per-person: the one that changes; else -1 */
    bool from_known;   /* of one-per-person */
    int64_t from;      /* its value now */
    int32_t months;    /* how long a record goes on; -1 = no such choice */
    uint64_t size;     /* of the marked fields' move, see above */
    bool is_step;      /* gains more than every smaller change of its place */
    int32_t lead_days; /* from the day asked for to gain.day */
    struct advice_gain gain;
    int32_t indicator, clause; /* where most of a step's gain comes from; -1 = none or no step */
};

enum advice_idle {                 /* why nothing at a place gains */
                   IDLE_NOT,       /* something does */
                   IDLE_GOES_ON,   /* a spell already runs: time alone does it */
                   IDLE_FULL,      /* no further record is allowed */
                   IDLE_CAP,       /* a cap cuts it: see cap_* */
                   IDLE_UNDECIDED, /* no rules are enacted for the day it would take effect */
                   IDLE_OTHER,     /* nothing the rules ask for, or another counts more */
};

struct advice_place {
    int32_t reg, field;     /* field -1: a record is added */
    uint32_t first, count;  /* changes, smaller first */
    int32_t smallest, best; /* that gains; greatest gain (the earlier day first); -1 = none */
    enum advice_idle idle;
    int32_t cap_indicator, cap_group; /* which has the cap, the other -1 */
};

struct advice_set {
    uint32_t changes[ADVICE_SET_MOST]; /* in order of places */
    uint32_t count;                    /* 0 = none found */
    struct advice_gain gain;
};

struct advice {
    const struct rules *rules;
    struct advice_options options;
    struct home home;       /* on the day */
    struct advice_gain now; /* without any change: without = with */
    struct advice_place *places;
    uint32_t place_count;
    struct advice_change *changes;
    uint32_t change_count;
    /* Per two places: changes that gain together though neither gains alone, on its own day or on
     * theirs: the earliest pair, then the smallest first and second change. */
    struct advice_set *together;
    uint32_t together_count;
    /* The two that gain most, and more than either alone that day; count 0 = none. */
    struct advice_set best_pair;
    bool line_reached; /* now */
    /* The cheapest: fewest days, then fewest changes, then order; count 0 = none, or by waiting. */
    struct advice_set way;
    bool way_by_waiting; /* by way.gain.day (or before) it is reached without any change */
    bool way_proved;     /* nothing cheaper (of set_size changes), or, without a way, no way */
    uint32_t cut;        /* bits of enum advice_cut */
    uint32_t evaluations;
};

/* All of it in `a`; scratch is given back. A person in error has no places and now.scored = false.
 * ERR_NOMEM; ERR_RANGE when the person's facts may not stand in their fields. */
NODISCARD enum err advice_person(struct arena *a, const struct population *p, uint32_t person,
                                 const struct advice_options *o, const struct advice **ret);

/* "新增一条 职业技能：证书 职业技能等级四级". */
void advice_change_add_text(struct buf *out, const struct advice *v, const struct advice_change *c,
                            enum lang lang);
/* Prose; with `all` every step, and why the other places gain nothing. */
NODISCARD enum err advice_text(const struct advice *v, enum lang lang, bool all, struct buf *out);
/* docs/advice.schema.json, as one value into `out`. */
NODISCARD enum err advice_put(const struct advice *v, enum lang lang, bool all, struct json *out);

#endif
