/* Between sample.c and sample_identity.c. */
#ifndef JIFEN_SERVICE_SAMPLE_INTERNAL_H
#define JIFEN_SERVICE_SAMPLE_INTERNAL_H

#include "base/text.h"

/* A row of identity.csv: invented, well-formed, unique by the person's number. `random` decides
 * name and sex. */
void sample_add_identity(struct buf *out, uint32_t number, int32_t birth, uint64_t random);

#endif
