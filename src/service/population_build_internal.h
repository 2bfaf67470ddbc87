/* Between building, updating and exporting population images. */
#ifndef JIFEN_SERVICE_POPULATION_BUILD_INTERNAL_H
#define JIFEN_SERVICE_POPULATION_BUILD_INTERNAL_H

#include "service/population_build.h"

static inline uint32_t build_segment_persons(uint32_t wanted)
{
    return wanted == 0 ? IMAGE_SEGMENT_PERSONS : wanted;
}

/* Take over a data set that was read with `e`: its refused rows are kept, and the set itself where
 * it has something to tell; else it is closed. Gives e, or ERR_NOMEM. */
NODISCARD enum err build_result_take(struct build_result *r, struct data_set *d, enum err e);

/* SM3 over the register files of `dir`: name, size, XXH3; and the digest before, if any. */
NODISCARD enum err build_files_digest(const struct rules *r, const char *dir,
                                      const struct hash *before, struct hash *ret);

/* Write everybody as segments, strangers (ordered) between them. */
NODISCARD enum err build_segments(struct image_writer *w, const struct population *p,
                                  const struct str *strangers, size_t stranger_count,
                                  uint32_t segment_persons);

#endif
