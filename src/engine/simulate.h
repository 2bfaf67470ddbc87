/* A draft of the rules against the rules in force, over a whole population, on a day.
 *
 *   source ── segments of persons ──► scored under both images, part by part ──► tallies
 *                                     (a segment seen under the draft: population_view.h)
 *
 * Who is compared: persons without error under both images whose points count (permit not void)
 * under one of them. All comparisons are of lower ends, in 1/scale points of the finer precision.
 *
 * The figures here are exact and hold small groups: what people may see is made from them by
 * simulate_publish (simulate_report.h), nothing else. */
#ifndef JIFEN_ENGINE_SIMULATE_H
#define JIFEN_ENGINE_SIMULATE_H

#include "engine/population_view.h"
#include "engine/score.h"

#define SIMULATE_LARGEST 20
#define SIMULATE_AGE_BANDS 9 /* the last: birth date not known */
#define SIMULATE_TRAITS 8
#define SIMULATE_BINS ((size_t)1 << 17)          /* of 1/100 point each */
#define SIMULATE_BIN_FIRST (-(INT64_C(1) << 13)) /* what the first bin holds, in 1/100 points */
#define SIMULATE_REGISTERS 63 /* registers told apart as unknown; further ones count as the last */

enum { SIMULATE_BEFORE, SIMULATE_AFTER, SIMULATE_SIDES };

/* First year of age of each band but the first, which begins at 0, and the last (not known). */
extern const int simulate_band_from[SIMULATE_AGE_BANDS - 1];

/* Where the persons come from: called again and again, sets *ret to the next segment under the
 * image in force (valid until the next call), or to NULL at the end. A population in memory is one
 * segment: simulate_one. */
struct simulate_source {
    enum err (*next)(void *ctx, const struct population **ret);
    void *ctx;
};
struct simulate_one {
    const struct population *people;
    bool done;
};
struct simulate_source simulate_source_one(struct simulate_one *one);

struct simulate_options {
    int32_t day, rule_day;
    uint32_t threads; /* 0 = 1 */
    uint32_t part;    /* persons scored at a time; 0 = 131 072; the result does not depend on it */
    bool has_line;
    int64_t line;  /* 1/100 points: who is at or above it, before and after */
    bool keep_ids; /* of the largest changes */
    /* Told after each part how many persons are done; false stops the run (ERR_CONFLICT). NULL. */
    bool (*go_on)(void *ctx, uint64_t done);
    void *ctx;
};

struct simulate_cell {
    uint64_t persons, gain, lose;
    int128 before, after; /* sums of totals, 1/scale points */
};

struct simulate_division {
    int32_t code; /* 0 = none or not known */
    struct simulate_cell cell;
};

/* A field of a one-per-person register that sorts people into few kinds, such as sex. */
struct simulate_trait {
    int32_t reg, field; /* of the image in force */
    uint32_t members;
    struct simulate_cell *cells; /* per member; then one for not known */
};

struct simulate_indicator {
    int32_t before, after; /* of each image; -1 = not there */
    uint64_t gain, lose;
    int128 delta; /* 1/scale points */
};

/* Persons whose total is an interval, by the set of registers that are unknown for them. */
struct simulate_gap {
    uint64_t registers; /* bit per register of the side's image; 0 = a slot not in use */
    uint64_t persons;
};
#define SIMULATE_GAPS 512

struct simulate_side {
    const struct rules *rules;
    uint64_t uncertain; /* compared persons whose total is an interval */
    uint64_t *bins;     /* totals: [0] below the first, [1 + k] bin k, [SIMULATE_BINS + 1] above */
    uint64_t *sure, *may;      /* per mark of the image: compared persons */
    struct simulate_gap *gaps; /* SIMULATE_GAPS slots, hashed */
    uint64_t gaps_lost;        /* persons of sets that found no slot */
};

struct simulate_change {
    int64_t before, after; /* 1/scale points */
    uint64_t at;           /* the person's place in the population, from 0 */
    struct str id;         /* with keep_ids; else empty */
};

struct simulation {
    struct simulate_side side[SIMULATE_SIDES];
    int32_t day, rule_day;
    int64_t scale; /* units per point of all figures */
    bool has_line;
    int64_t line;             /* 1/100 points */
    uint64_t persons;         /* all that were seen */
    uint64_t errors;          /* an error under one image or both */
    uint64_t idle;            /* points count under neither */
    struct simulate_cell all; /* those compared, as are all below */
    uint64_t up, down, above; /* the line: crossed upwards, downwards; at or above it both times */
    struct simulate_division *divisions; /* by code, once finished */
    uint32_t division_count;
    struct simulate_cell ages[SIMULATE_AGE_BANDS];
    struct simulate_trait traits[SIMULATE_TRAITS];
    uint32_t trait_count;
    struct simulate_indicator *indicators; /* the draft's in its order, then those it drops */
    uint32_t indicator_count;
    struct simulate_change largest[SIMULATE_LARGEST]; /* by size; equal ones by place */
    uint32_t largest_count;
    struct view_note *notes; /* registers and fields of the draft that the data lacks */
    uint32_t note_count;
    uint64_t refused; /* rows that the draft's catalogue does not take */
};

/* Run it. Results live in `a`. The same for any number of threads and size of parts. ERR_NOMEM;
 * ERR_NOT_FOUND: no scheme of one image is in force on the rule day; ERR_CONFLICT: told to stop;
 * what the source fails with. */
NODISCARD enum err simulate_run(struct arena *a, const struct rules *before,
                                const struct rules *after, const struct simulate_source *source,
                                const struct simulate_options *o, struct simulation *ret);

/* The register that is missing alone for the most persons of a side (then the one missing for the
 * most): per register how many totals it would settle by itself, and in how many it takes part.
 * Arrays of rules->reg_count. */
void simulate_gaps_by_register(const struct simulate_side *s, uint64_t *alone, uint64_t *involved);

#endif
