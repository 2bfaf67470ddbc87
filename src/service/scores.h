/* The scores of a population as a file (registers.md §4), and their summary.
 *
 * One row per person in the bytewise order of person_id: the persons of person.csv and, as errors,
 * those who stand only in other registers. The same bytes for any number of threads. */
#ifndef JIFEN_SERVICE_SCORES_H
#define JIFEN_SERVICE_SCORES_H

#include <stdio.h>

#include "engine/score.h"
#include "service/register_csv.h"

/* A population in pieces, one after the other in the order of ids: a data set is one piece, an
 * image has its segments. */
struct scores_piece {
    const struct population *people; /* with ids */
    const struct str *strangers;     /* before the persons of the next piece; ordered */
    size_t stranger_count;
    void *held; /* of whoever opened it */
};
struct scores_source {
    const struct rules *rules;
    uint32_t persons, pieces;
    uint64_t strangers;
    enum err (*open)(void *ctx, uint32_t k, struct scores_piece *ret);
    void (*close)(void *ctx, struct scores_piece *piece); /* each before the next is opened */
    void *ctx;
};

/* What is kept of everybody: 25 bytes a person. Figures of indicators pass through part by part. */
struct scores {
    const struct rules *rules;
    int32_t day, rule_day;
    uint32_t count;           /* persons of person.csv; arrays below are by person */
    uint64_t strangers;       /* who stand only in other registers */
    int32_t *status, *scheme; /* as in population_scores */
    uint8_t *is_error;        /* 1 = reported as ERROR */
    int64_t *total_lo, *total_hi;
    uint64_t errors;       /* persons reported as ERROR, strangers included */
    uint64_t not_computed; /* of them: no row was refused, but the figures left 64 bits */
};

struct scores_options {
    int32_t day, rule_day;
    uint32_t threads; /* 0 = 1 */
    uint32_t part;    /* persons scored at a time; 0 = 131 072; the result does not depend on it */
    bool rows_only;   /* keep nothing of anybody: the arrays are NULL, there is no summary */
    FILE *out;        /* where the whole file goes; NULL = nowhere */
    void (*progress)(void *ctx, uint32_t done);
    void *progress_ctx;
};

/* Score everybody and write the file. ERR_NOMEM; ERR_NOT_FOUND: no scheme of the rules is in force
 * on the rule day; ERR_IO when the stream says so. */
NODISCARD enum err scores_run(struct arena *a, const struct data_set *d,
                              const struct scores_options *o, struct scores *ret);

/* The same, piece by piece; also what opening a piece says. */
NODISCARD enum err scores_run_source(struct arena *a, const struct scores_source *from,
                                     const struct scores_options *o, struct scores *ret);

/* The errors file: header and one row per refused row. */
NODISCARD enum err scores_write_errors(const struct data_set *d, FILE *out);
NODISCARD enum err row_errors_write(const struct rules *r, const struct row_error *errors,
                                    size_t count, FILE *out);

/* --- summary ---------------------------------------------------------------------------------- */

#define SUMMARY_BINS 30
#define SUMMARY_QUANTILES 5 /* 10, 25, 50, 75, 90 % */

struct summary_count {
    int32_t status; /* as in score.h; STATUS_ERROR includes strangers */
    uint64_t persons;
};

struct summary_scheme {
    int32_t scheme; /* -1: not served by any */
    uint64_t persons, in_force;
    int64_t most;      /* of totals in force, 1/scale points */
    struct ratio mean; /* of totals in force, in 1/scale points; exact; 0/1 without persons */
};

struct summary {
    uint64_t persons;
    struct summary_count *statuses; /* by number, most persons first */
    size_t status_count;
    uint64_t in_force;                    /* persons the figures below are about */
    struct ratio mean;                    /* in 1/scale points; exact */
    int64_t least, most;                  /* 1/scale points */
    int64_t quantiles[SUMMARY_QUANTILES]; /* the smallest total that reaches the share */
    int64_t bin_width;                    /* 1/scale points, a whole number of points */
    uint64_t bins[SUMMARY_BINS];          /* totals in [k * width, (k+1) * width) */
    size_t bin_count;
    uint64_t uncertain;             /* persons in force whose total_max differs from total */
    struct summary_scheme *schemes; /* in image order, only those with persons */
    size_t scheme_count;
};

extern const int summary_percents[SUMMARY_QUANTILES];

NODISCARD enum err summary_new(struct arena *a, const struct scores *s, struct summary *ret);
/* For a terminal or a file, `columns` wide at most (bars get what is left). */
void summary_add_text(struct buf *out, const struct scores *s, const struct summary *m,
                      enum lang lang, size_t columns);

#endif
