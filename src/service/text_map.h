/* Texts -> their numbers: open addressing over an array of texts. Persons by id, keys by text. */
#ifndef JIFEN_SERVICE_TEXT_MAP_H
#define JIFEN_SERVICE_TEXT_MAP_H

#include "base/text.h"

#define TEXT_NONE UINT32_MAX

struct text_map {
    struct arena *arena; /* not owned; texts are not copied */
    struct str *texts;   /* by number */
    uint32_t count, cap; /* cap: room in `texts` */
    uint64_t *slots;     /* upper half: of the hash; lower half: number + 1, 0 = free */
    uint64_t mask;       /* slots - 1; NULL slots: 0 */
};

void text_map_init(struct text_map *m, struct arena *a);

/* Take over `texts`, all different, as numbers 0..count. ERR_NOMEM. */
NODISCARD enum err text_map_index(struct text_map *m, struct str *texts, uint32_t count);

/* The number of `s`, TEXT_NONE when it is not there. */
uint32_t text_map_find(const struct text_map *m, struct str s);

/* The number of `s`, added when it is new; the bytes must outlive the map. ERR_NOMEM. */
NODISCARD enum err text_map_add(struct text_map *m, struct str s, uint32_t *ret);

#endif
