/* Which parts of two rule images are one: by the ASCII names of scheme and part, so that a draft
 * may reorder, reword and renumber. All give the index in `r` of part i of `other`, or -1; where
 * the images are one, i. */
#ifndef JIFEN_ENGINE_RULES_MATCH_H
#define JIFEN_ENGINE_RULES_MATCH_H

#include "lang/rules.h"

int32_t rules_indicator_of(const struct rules *r, const struct rules *other, int32_t i);
int32_t rules_clause_of(const struct rules *r, const struct rules *other, int32_t i);
int32_t rules_group_of(const struct rules *r, const struct rules *other, int32_t i);

#endif
