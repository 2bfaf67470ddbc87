/* What writing and reading rule images share: the layout as rows, and the checks of reading. */
#ifndef JIFEN_LANG_IMAGE_INTERNAL_H
#define JIFEN_LANG_IMAGE_INTERNAL_H

#include "lang/rules.h"

/* Is everything in it in range and of the types its users rely on? ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err image_check(struct arena *a, const struct rules *r);
/* The nodes alone (the catalogue has been checked). */
NODISCARD enum err image_check_nodes(struct arena *a, const struct rules *r);
bool image_type_ok(const struct rules *r, struct type t);
bool image_pos_ok(const struct rules *r, struct src_pos p);
/* May a value of the type be v? */
bool image_value_ok(const struct rules *r, struct type t, int64_t v);

#endif
