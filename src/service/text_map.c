/* Open addressing with linear probing; the table is at most three quarters full.
 *
 * Invariants: slots are a power of two, at most 2^32; a slot's lower half is number + 1 of a text,
 * its upper half the upper half of the text's hash, which alone says where the slot belongs: so a
 * growing table never reads a text, and most comparisons of texts, which are cache misses, are
 * spared. */
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

/* The upper half of a text's hash: where its slot is, and what the slot remembers. */
static inline uint32_t text_tag(struct str s)
{
    return (uint32_t)(text_hash(s) >> 32);
}

static void slot_put(struct text_map *m, uint32_t tag, uint32_t number)
{
    uint64_t at = tag & m->mask;
    while (m->slots[at] != 0)
        at = (at + 1) & m->mask;
    m->slots[at] = (uint64_t)tag << 32 | (number + UINT64_C(1));
}

/* Room for `count` texts at three quarters. Slots move over without a look at their texts. */
static enum err slots_renew(struct text_map *m, uint64_t count)
{
    uint64_t size = SLOTS_MIN;
    while (size / 4 * 3 < count)
        size *= 2;
    const uint64_t *old = m->slots;
    uint64_t old_size = old == NULL ? 0 : m->mask + 1;
    uint64_t *slots = ARENA_ARRAY(m->arena, uint64_t, size);
    if (slots == NULL) return ERR_NOMEM;
    m->slots = slots;
    m->mask = size - 1;
    for (uint64_t i = 0; i < old_size; i++)
        if (old[i] != 0) slot_put(m, (uint32_t)(old[i] >> 32), (uint32_t)old[i] - 1);
    return ERR_OK;
}

enum err text_map_index(struct text_map *m, struct str *texts, uint32_t count)
{
    INVARIANT(m->count == 0 && count < TEXT_NONE);
    enum err e = slots_renew(m, count);
    if (e != ERR_OK) return e;
    m->texts = texts;
    m->count = m->cap = count;
    for (uint32_t i = 0; i < count; i++)
        slot_put(m, text_tag(texts[i]), i);
    return ERR_OK;
}

/* The number of `s`, whose tag it is. */
static uint32_t find_tagged(const struct text_map *m, struct str s, uint32_t tag)
{
    if (m->slots == NULL) return TEXT_NONE;
    for (uint64_t at = tag & m->mask; m->slots[at] != 0; at = (at + 1) & m->mask) {
        if (m->slots[at] >> 32 != tag) continue;
        uint32_t number = (uint32_t)m->slots[at] - 1;
        if (str_eq(m->texts[number], s)) return number;
    }
    return TEXT_NONE;
}

uint32_t text_map_find(const struct text_map *m, struct str s)
{
    return find_tagged(m, s, text_tag(s));
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
    uint32_t tag = text_tag(s);
    uint32_t found = find_tagged(m, s, tag);
    if (found == TEXT_NONE) {
        enum err e = m->count == m->cap ? texts_grow(m) : ERR_OK;
        if (e == ERR_OK && (m->slots == NULL || m->count + UINT64_C(1) > (m->mask + 1) / 4 * 3))
            e = slots_renew(m, 2 * (m->count + UINT64_C(1)));
        if (e != ERR_OK) return e;
        found = m->count++;
        m->texts[found] = s;
        slot_put(m, tag, found);
    }
    *ret = found;
    return ERR_OK;
}
