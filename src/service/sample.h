/* A made-up population as register files, for trying the program out.
 *
 * Everything is drawn from the seed and the catalogue of the rules, in whole numbers: the same
 * seed, rules and day give the same files everywhere. The province's registers follow what a
 * resident's life could look like (arrival, permit, work, moves); a local register gets sensible
 * values by its fields' roles, types and ranges. Nobody in it exists: names are put together from
 * common characters, identity numbers are well-formed and unique, phones have a prefix that no
 * network uses. */
#ifndef JIFEN_SERVICE_SAMPLE_H
#define JIFEN_SERVICE_SAMPLE_H

#include "lang/rules.h"

#define SAMPLE_PERSONS_MAX 100000000u

struct sample_options {
    const char *dir;  /* made when it does not exist */
    uint32_t persons; /* 1 .. SAMPLE_PERSONS_MAX, as is first + persons */
    uint32_t first;   /* persons before the first: a part of a larger population has the same rows
                         for its persons as the whole */
    uint64_t seed;
    int32_t on;               /* the day the population is drawn for */
    uint32_t bad_per_1000000; /* rows spoilt on purpose, of a million */
    int32_t division;         /* everybody lives in this county now; 0 = all over the province */
    bool identity;            /* also identity.csv: person_id, id_number, name, phone */
    void (*progress)(void *ctx, uint64_t rows, uint64_t done, uint64_t total);
    void *progress_ctx;
};

struct sample_counts {
    uint64_t rows, bytes, bad_rows;
    uint32_t files;
};

/* Each file appears whole or not at all. ERR_IO, ERR_NOMEM. */
NODISCARD enum err sample_write(struct arena *a, const struct rules *r,
                                const struct sample_options *o, struct sample_counts *ret);

#endif
