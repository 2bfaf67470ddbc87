/* One population for all measurements of bench_residents: its data, and what is measured on them.
 *
 *   residents_data.c      CSV, part by part ─► images of parts ─► one image
 *   residents_pass.c      the image ─► scores, sums, files, simulation, forecasts
 *   residents_operator.c  where the column machine's time goes
 *   residents_others.c    DuckDB and ZEN on the same residents, their answers compared with ours
 *   residents_scale.c     1 to 100 million residents in a row
 *
 * Figures are printed first, in columns, then what they are of, Chinese and English. */
#ifndef JIFEN_BENCH_RESIDENTS_H
#define JIFEN_BENCH_RESIDENTS_H

#include "common.h"
#include "engine/score.h"
#include "service/population_image.h"

#define BENCH_THREADS 2u
#define PATH_ROOM 300

struct residents {
    struct rule_set set;       /* the province and the local scheme of bench/local.md */
    const struct rules *rules; /* of the set */
    struct rule_set province;  /* the province alone */
    const struct rules *draft; /* of the set: rules->bench_draft */
    const char *dir;           /* everything made lies below it */
    char image[PATH_ROOM];
    int32_t day;
    uint32_t persons, part; /* part: persons whose files are made at a time */
    bool keep_csv;          /* the province's registers stay, for others to read */
};

struct label {
    const char *zh, *en;
};

/* --- printing --- */

void show_head(const char *zh, const char *en);
/* A measurement: of so many residents and bytes (0: not told). */
void show_took(const struct bench_took *t, uint64_t residents, uint64_t bytes, struct label what);
/* A figure beside its aim; `least`: the aim is the least it should be, else the most; 0: no aim. */
struct aim {
    double value;
    bool least;
};
void show_aim(double figure, const char *unit, struct aim aim, struct label what);
/* How many times y it takes to do x, a resident: by processor time, which other work on the machine
 * does not touch (this is what is held against the aim), and by the clock. */
struct took_of {
    const struct bench_took *t;
    uint64_t residents;
};
void show_ratio(struct took_of x, struct took_of y, struct aim aim, struct label what);
uint32_t show_missed(void); /* how many aims were missed so far */

/* --- data --- */

void residents_make(struct residents *b);
void residents_remove(struct residents *b);
void residents_part_dir(const struct residents *b, uint32_t k, char *out, size_t room);
uint32_t residents_parts(const struct residents *b);
/* Space needed below b->dir in bytes is there, or a sentence and false. */
bool residents_room(const struct residents *b, uint64_t bytes);

/* --- passes --- */

/* Persons first.. of a segment under some rules: the segment's own, or seen through others. */
struct seen_segment {
    struct image_segment s;
    struct arena a;
    const struct population *people;
};
void seen_open(struct seen_segment *v, const struct population_image *m, uint32_t k,
               const struct rules *r, uint32_t flags);
void seen_close(struct seen_segment *v);
struct population_image *residents_open(const struct residents *b);

/* What one scoring pass takes; the unit of the others. */
struct pass_times {
    struct bench_took stored, sums, simulation;
    struct bench_took province_stored, province_sums;
};
void residents_passes(struct residents *b, struct pass_times *ret);
void residents_province(struct residents *b, struct pass_times *ret);
void residents_forecasts(struct residents *b, const struct pass_times *one);
void residents_operators(struct residents *b);
void residents_others(struct residents *b, const struct pass_times *one);
void residents_scale(struct residents *b, uint32_t most);

#endif
