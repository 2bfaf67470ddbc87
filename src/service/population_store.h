/* Population images from the store: everybody's facts as known now, or as known at a moment.
 *
 * The persons are those with a fact in the register "person"; whoever has facts elsewhere only is a
 * stranger, as in files. A fact that the rules of today cannot read (another range, a member gone)
 * is refused, and its person an error. */
#ifndef JIFEN_SERVICE_POPULATION_STORE_H
#define JIFEN_SERVICE_POPULATION_STORE_H

#include "service/population_build.h"
#include "store/store.h"

struct store_build_options {
    int64_t known_at; /* microseconds UTC, or STORE_KNOWN_NOW */
    int32_t today;    /* noted as the day of the image */
    uint32_t segment_persons;
    void (*progress)(void *ctx, uint64_t facts, uint64_t done, uint64_t total);
    void *progress_ctx;
    bool (*go_on)(void *progress_ctx); /* NULL, or: asked as often; false ends it (ERR_CONFLICT) */
};

/* An image in the place of `path`. `s` has its registers (store_registers) and keys. Facts are
 * of one moment; what is committed later population_update_store brings in. Memory is that of one
 * segment (strangers between two persons included).
 * Fails as population_build_files and as the store does. */
NODISCARD enum err population_build_store(const char *path, const struct rules *r, struct store *s,
                                          const struct store_build_options *o,
                                          struct build_result *ret);

/* Persons changed by commands since the image was made or updated are replaced; where the store no
 * longer tells who, or a register has begun to answer, the image is built anew (*ret_anew). Nothing
 * changed: the file stays untouched. ERR_USAGE: the image is not of a store as known now. Otherwise
 * as population_update_files. */
NODISCARD enum err population_update_store(const char *path, const struct rules *r, struct store *s,
                                           const struct store_build_options *o, struct buf *differs,
                                           struct build_result *ret, bool *ret_anew);

#endif
