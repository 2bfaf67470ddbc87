/* What people may see of a simulation: no group of 1 to 9 persons, shown or to be computed.
 *
 *   groups (divisions, ages, traits)  those with a small figure are put together, with as many
 *                                     others as it takes until the rest has none: every row is a
 *                                     sum of whole groups, so no difference of rows is small
 *   distribution                      one partition of the totals, cut at the line (where the
 *                                     counts at the line are shown) and refined near it; cells are
 *                                     joined with their neighbours until none is small, nor (where
 *                                     all changes go one way) those who cross a border; every
 *                                     histogram is a union of its cells
 *   counts beside each other          hidden where they, what is left of all compared, or their
 *                                     difference would be small
 *   what a local scheme brings        counts of its indicators, clauses and caps are of those it
 *                                     serves: what is left of these must not be few either, and
 *                                     rows of the table of divisions must not cut through its area,
 *                                     as its counts could then tell of the groups put together
 *
 *   clauses of one indicator          none is shown where some of them, a small one among them, add
 *                                     up to a count that may be known: of the area, or of gainers
 *
 * Not looked at: two simulations of one population.
 *
 * Text, JSON and HTML are made from this alone. */
#ifndef JIFEN_ENGINE_SIMULATE_REPORT_H
#define JIFEN_ENGINE_SIMULATE_REPORT_H

#include "engine/simulate.h"

#define SIMULATE_LEAST 10 /* persons of a group that may be shown */
#define REPORT_OTHERS INT32_MIN

struct shown {
    bool hidden;
    uint64_t n; /* 0 where hidden */
};

struct report_row {
    int32_t key;     /* division code (0 = not known), age band, member (= members: not known), or
                    REPORT_OTHERS */
    uint32_t merged; /* others: how many groups */
    uint64_t persons, gain, lose;
    int128 before, after; /* sums, 1/scale points */
};

enum report_kind { REPORT_DIVISIONS, REPORT_AGES, REPORT_TRAIT };

struct report_table {
    enum report_kind kind;
    int32_t reg, field; /* REPORT_TRAIT: of the image in force */
    bool hidden;        /* no two groups can be shown apart */
    struct report_row *rows;
    uint32_t count;
};

struct report_bin {
    int64_t from, to; /* [from, to) in 1/100 points; INT64_MIN, INT64_MAX = open */
    uint64_t count[SIMULATE_SIDES];
};

struct report_indicator {
    int32_t before, after; /* of each image; -1 = not there */
    bool hidden;
    uint64_t gain, lose;
    int128 delta; /* 1/scale points */
};

enum report_mark_kind { MARK_CLAUSE, MARK_INDICATOR_CAP, MARK_GROUP_CAP };

struct report_mark {
    enum report_mark_kind kind;
    int32_t at[SIMULATE_SIDES]; /* clause, indicator or group of each image; -1 = not there or not
                                   in force */
    struct shown sure[SIMULATE_SIDES], perhaps[SIMULATE_SIDES]; /* perhaps: not surely */
};

struct report_gap {
    int32_t reg; /* of the draft */
    struct shown alone, involved;
};

struct simulate_report {
    const struct rules *rules[SIMULATE_SIDES];
    int32_t day, rule_day;
    int64_t scale;
    uint64_t persons, compared; /* persons 0: hidden */
    struct shown errors, idle;
    bool hidden; /* too few compared, or too few changed: only the counts above are shown */
    struct report_row all;
    struct report_table *tables;
    uint32_t table_count;
    struct report_bin *bins, *near; /* near: within 10 points of the line; NULL without one */
    uint32_t bin_count, near_count;
    bool has_line, line_hidden;
    int64_t line; /* 1/100 points */
    uint64_t up, down, above, below;
    struct report_indicator *indicators;
    uint32_t indicator_count;
    struct report_mark *marks;
    uint32_t mark_count;
    struct shown uncertain[SIMULATE_SIDES];
    struct report_gap *gaps; /* most settled first; only registers that are unknown for somebody */
    uint32_t gap_count;
    bool with_ids;
    const struct simulate_change *largest;
    uint32_t largest_count;
    const struct view_note *notes;
    uint32_t note_count;
    uint64_t refused;
};

/* `with_ids`: the caller may see persons. What *ret holds lives in `a` and in the
 * arena of the simulation, not in *s. ERR_NOMEM. */
NODISCARD enum err simulate_publish(struct arena *a, const struct simulation *s, bool with_ids,
                                    struct simulate_report *ret);

/* Sum / count as 1/10000 of a unit of 1/scale, halves away from zero; 0 without persons. */
int128 simulate_mean_10000(int128 sum, uint64_t count);

#endif
