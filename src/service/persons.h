/* People at the window: found by identity number, never one picked silently. */
#ifndef JIFEN_SERVICE_PERSONS_H
#define JIFEN_SERVICE_PERSONS_H

#include "base/put.h"
#include "service/access.h"
#include "service/facts.h"

/* Everybody with this identity number, now or earlier, in the caller's place: {"matches": […],
 * "elsewhere": how many are of other places}. Each match shown is recorded as a read, a search that
 * shows nobody in the audit chain. ERR_SYNTAX,
 * ERR_RANGE, ERR_CORRUPT: no such number can be (idnum_parse); ERR_DENIED. */
NODISCARD enum err persons_find(struct store *s, struct arena *a, const struct rules *r,
                                const struct caller *c, struct str id_number, struct json *out);

/* 王小明 -> 王**; of a number the first four and the last two characters stay. */
void add_masked_name(struct buf *out, struct str name);
void add_masked_number(struct buf *out, struct str number);

#endif
