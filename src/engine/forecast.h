/* What will become of a person's points with no new fact: the exact days on which they change.
 *
 *   forecaster: rules by date (plans), population ─► state of a person on a day
 *   forecast_next: from day to day that may differ (until.h), scored anew, until something does
 *   forecast_person: all changes of a period, each with its reason
 *   forecast_population: everybody whose points change in a period
 *
 * A change is a difference in the status, the total (lower or upper bound) or any indicator. Rules
 * follow the day, as scores do: rules already enacted that begin or end later do so here; or they
 * are those of one rule day. Every figure is the interpreter's; a forecast is a list of scores. */
#ifndef JIFEN_ENGINE_FORECAST_H
#define JIFEN_ENGINE_FORECAST_H

#include "base/json.h"
#include "engine/resident.h"
#include "engine/until.h"

#define FORECAST_RULES_FOLLOW INT32_MIN /* as rule day: the rules of each day */
#define FORECAST_YEARS_MAX 100

/* A person's points on a day. Two states are the same when all but the day and the untils are. */
struct forecast_state {
    int32_t day;
    int32_t scheme; /* that serves the person; -1: none is in force */
    int32_t status;
    bool in_force;
    enum err error;
    struct interval total;
    struct interval *indicators; /* per rules->indicators; lo = INT64_MIN: does not apply */
    struct until until;          /* the first day anything may differ, rules included */
    struct until status_until;
    struct until
        *indicators_until; /* per rules->indicators; of the plan, without the rules' days */
};

/* One thread's; plans and scratch live in it. The population and its rules stay the caller's. */
struct forecaster;
NODISCARD enum err forecaster_new(struct arena *a, const struct population *p, int32_t rule_day,
                                  struct forecaster **ret);
/* Give back what the forecaster holds beside its arena. */
void forecaster_done(struct forecaster *f);
uint64_t forecaster_scored(const struct forecaster *f); /* single scores it has made */

NODISCARD enum err forecast_state_new(struct arena *a, const struct rules *r,
                                      struct forecast_state *ret);
NODISCARD enum err forecast_state_at(struct forecaster *f, uint32_t person, int32_t day,
                                     struct forecast_state *ret);
bool forecast_same(const struct rules *r, const struct forecast_state *x,
                   const struct forecast_state *y);

/* The first day after from->day, and no later than `last`, on which the person's state differs from
 * `from`; *ret_found false when there is none (then *ret is not written). */
NODISCARD enum err forecast_next(struct forecaster *f, uint32_t person,
                                 const struct forecast_state *from, int32_t last,
                                 struct forecast_state *ret, bool *ret_found);

/* --- one person, with reasons --- */

/* Which part of the rules a change of rules is about. */
enum forecast_rule {
    RULE_NONE,
    RULE_SCHEME,
    RULE_GROUP,
    RULE_INDICATOR,
    RULE_CLAUSE,
    RULE_VETO,
    RULE_PARAM
};

struct forecast_reason {
    struct until why;        /* of the day of the change */
    enum forecast_rule rule; /* of RULE_BEGINS and RULE_ENDS, else RULE_NONE */
    int32_t rule_index;
    bool assumed;        /* without the assumptions it would not change so */
    bool is_made_longer; /* the record's register goes on by assumption: its end is no fact */
    int32_t clause;      /* that gives the points after the change, else before it; -1 none */
    int32_t veto;        /* that took them away or gave them back; -1 none */
};

struct forecast_item { /* one indicator that changes */
    int32_t indicator;
    struct interval from, to; /* lo = INT64_MIN: does not apply */
    bool deducts;             /* stands in a group that deducts: more is less */
    struct forecast_reason reason;
};

struct forecast_change {
    const struct forecast_state *before, *after; /* after->day is the day of the change */
    struct forecast_item *items;                 /* in image order */
    uint32_t item_count;
    bool status_changes;
    struct forecast_reason status_reason; /* where the status or the total alone changes */
};

struct forecast {
    const struct rules *rules;
    const struct population *people;
    uint32_t person;
    int32_t day, last;   /* both included */
    int32_t rule_day;    /* or FORECAST_RULES_FOLLOW */
    const bool *assumed; /* per rules->regs: goes on by assumption; NULL = none */
    const struct forecast_state *start;
    struct forecast_change *changes; /* in order of days */
    uint32_t change_count;
    bool is_cut; /* more changes than were asked for */
    /* The last day for which rules that serve the person are enacted: what would come after it, up
     * to `last`, is not decided, and the changes end there. DATE_OPEN_END: the whole period is. */
    int32_t decided_until;
};

struct forecast_options {
    int32_t day, last; /* last >= day */
    int32_t rule_day;
    uint32_t changes_max;           /* 0 = all */
    const bool *assumed;            /* for the marks only: see forecast_assume */
    const struct population *plain; /* with assumed: the same person as the facts have him */
};
NODISCARD enum err forecast_person(struct arena *a, const struct population *p, uint32_t person,
                                   const struct forecast_options *o, const struct forecast **ret);

/* --- assumptions --- */

/* May a register be assumed to go on? One whose time the rules count (月数, 连续月数), with a begin
 * and an end: pension, residence. Declared by the rule files, not named here. */
bool forecast_may_assume(const struct rules *r, int32_t reg);

/* The resident, had the latest records of each register in assumed[] that last until `day` (or, of
 * months, until at most FORECAST_LAG_MONTHS before) gone on without end. ret_assumed[reg] = a
 * record was made to go on. Facts up to the day stay as they are. */
#define FORECAST_LAG_MONTHS 3
NODISCARD enum err forecast_assume(struct arena *a, const struct resident *r, int32_t day,
                                   const bool *assumed, struct resident *ret, bool *ret_assumed);

/* ASCII names of registers with commas between, as marks per rules->regs. ERR_NOT_FOUND: *ret_bad
 * is no register that may be assumed to go on. */
NODISCARD enum err forecast_read_assumed(const struct rules *r, struct str names, bool *ret_assumed,
                                         struct str *ret_bad);

/* forecast_person of the person as he would be; o->assumed is what is wanted, o->plain is set
 * here. What could not be assumed is not among the forecast's assumptions. */
NODISCARD enum err forecast_person_assuming(struct arena *a, const struct population *p,
                                            uint32_t person, const struct forecast_options *o,
                                            const struct forecast **ret);

/* --- saying it --- */

const char *until_code(enum until_why why);
NODISCARD enum err forecast_json(const struct forecast *f, enum lang lang, bool pretty,
                                 struct buf *out); /* docs/forecast.schema.json */
/* The same as a value of a JSON under way. */
NODISCARD enum err forecast_json_value(const struct forecast *f, enum lang lang, struct json *into);
/* `columns` wide at most, where it is a matter of width. */
NODISCARD enum err forecast_text(const struct forecast *f, enum lang lang, size_t columns,
                                 struct buf *out);

/* --- everybody --- */

/* The next change of each person after `day` and no later than `last`. */
struct forecast_nexts {
    uint32_t count;
    int32_t *day; /* of the change; DATE_OPEN_END = none in the period */
    int64_t *total_lo, *total_hi, *next_lo, *next_hi; /* before, and on the day of the change */
    int32_t *status, *next_status;
    uint64_t scored; /* how many single scores it took */
};
NODISCARD enum err forecast_population(struct arena *a, const struct population *p, int32_t day,
                                       int32_t last, int32_t rule_day, uint32_t threads,
                                       struct forecast_nexts *ret);
/* The same by one of the two ways it can be found: the column machine day after day, or person by
 * person. forecast_population takes the quicker one. */
NODISCARD enum err forecast_population_by(struct arena *a, const struct population *p, int32_t day,
                                          int32_t last, int32_t rule_day, uint32_t threads,
                                          bool columns, struct forecast_nexts *ret);

#endif
