/* Open addressing with linear probing; the table is at most three quarters full.
 *
 * Invariants: slots are a power of two; a slot's lower half is number + 1 of a text; the half of
 * the hash beside it spares most comparisons of texts, which are cache misses. */
#include "service/text_map.h"

#include <string.h>

#define SLOTS_MIN 64

__extension__ typedef unsigned __int128 uint128;

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t text_hash(struct str s)
{
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ s.n;
    const char *p = s.p;
    size_t n = s.n;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = mix(h ^ w, UINT64_C(0xD6E8FEB86659FD93));
    }
    uint64_t rest = 0;
    if (n != 0) memcpy(&rest, p, n);
    h = mix(h ^ rest, UINT64_C(0xA0761D6478BD642F));
    return h ^ (h >> 32);
}

void text_map_init(struct text_map *m, struct arena *a)
{
    *m = (struct text_map){.arena = a};
}

static void slot_put(struct text_map *m, uint32_t number)
{
    uint64_t h = text_hash(m->texts[number]);
    uint64_t at = h & m->mask;
    while (m->slots[at] != 0)
        at = (at + 1) & m->mask;
    m->slots[at] = (h & ~UINT64_C(0xFFFFFFFF)) | (number + UINT64_C(1));
}

/* Room for `count` texts at three quarters; all of them put in anew. */
static enum err slots_renew(struct text_map *m, uint64_t count)
{
    uint64_t size = SLOTS_MIN;
    while (size / 4 * 3 < count)
        size *= 2;
    uint64_t *slots = ARENA_ARRAY(m->arena, uint64_t, size);
    if (slots == NULL) return ERR_NOMEM;
    m->slots = slots;
    m->mask = size - 1;
    for (uint32_t i = 0; i < m->count; i++)
        slot_put(m, i);
    return ERR_OK;
}

enum err text_map_index(struct text_map *m, struct str *texts, uint32_t count)
{
    INVARIANT(m->count == 0 && count < TEXT_NONE);
    m->texts = texts;
    m->count = m->cap = count;
    return slots_renew(m, count);
}

uint32_t text_map_find(const struct text_map *m, struct str s)
{
    if (m->slots == NULL) return TEXT_NONE;
    uint64_t h = text_hash(s);
    for (uint64_t at = h & m->mask; m->slots[at] != 0; at = (at + 1) & m->mask) {
        uint64_t slot = m->slots[at];
        if ((slot ^ h) >> 32 != 0) continue;
        uint32_t number = (uint32_t)slot - 1;
        if (str_eq(m->texts[number], s)) return number;
    }
    return TEXT_NONE;
}

static enum err texts_grow(struct text_map *m)
{
    uint32_t cap = m->cap == 0 ? SLOTS_MIN / 2 : m->cap * 2;
    struct str *texts = arena_grow(m->arena, m->texts, m->count, cap, sizeof *texts);
    if (texts == NULL) return ERR_NOMEM;
    m->texts = texts;
    m->cap = cap;
    return ERR_OK;
}

enum err text_map_add(struct text_map *m, struct str s, uint32_t *ret)
{
    uint32_t found = text_map_find(m, s);
    if (found == TEXT_NONE) {
        enum err e = m->count == m->cap ? texts_grow(m) : ERR_OK;
        if (e == ERR_OK && (m->slots == NULL || m->count + UINT64_C(1) > (m->mask + 1) / 4 * 3))
            e = slots_renew(m, 2 * (m->count + UINT64_C(1)));
        if (e != ERR_OK) return e;
        found = m->count++;
        m->texts[found] = s;
        slot_put(m, found);
    }
    *ret = found;
    return ERR_OK;
}
