/* Arenas: bump allocation in blocks that come zeroed from the system.
 *
 * Structure: a list of blocks; the first is the one being filled, a large request gets a block of
 * its own behind it, so that the rest of the current block is not lost. Block sizes double from
 * BLOCK_FIRST to BLOCK_MOST.
 *
 * Invariants: a byte is handed out at most once, so calloc's zeroes need no second clearing; what
 * is handed out is a multiple of ALIGNMENT, so every address is aligned; the part of a block not
 * yet handed out is poisoned under AddressSanitizer. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define ALIGNMENT ((size_t)16)
#define BLOCK_FIRST ((size_t)4096)
#define BLOCK_MOST ((size_t)1 << 20)

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes of `bytes` */
    size_t used; /* bytes handed out */
    size_t pad;  /* unused; keeps `bytes` aligned */
    _Alignas(16) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t limit_bytes)
{
    *a = (struct arena){.limit_bytes = limit_bytes};
}

void arena_done(struct arena *a)
{
    struct arena_block *b = a->blocks;

    while (b) {
        struct arena_block *next = b->next;

        ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
        free(b);
        b = next;
    }
    arena_init(a, a->limit_bytes);
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *b;

    if (size > SIZE_MAX - sizeof *b) return NULL;
    b = calloc(1, sizeof *b + size);
    if (!b) return NULL;
    b->size = size;
    ASAN_POISON_MEMORY_REGION(b->bytes, size);
    return b;
}

static void *block_take(struct arena_block *b, size_t bytes)
{
    void *p = b->bytes + b->used;

    INVARIANT(bytes <= b->size - b->used);
    b->used += bytes;
    ASAN_UNPOISON_MEMORY_REGION(p, bytes);
    return p;
}

/* A block that holds `bytes`: the current one, a new current one, or one of its own. */
static struct arena_block *block_for(struct arena *a, size_t bytes)
{
    struct arena_block *head = a->blocks;
    struct arena_block *b;
    size_t size = BLOCK_FIRST;

    if (head && bytes <= head->size - head->used) return head;
    if (head && head->size >= BLOCK_FIRST) size = head->size * 2;
    if (size > BLOCK_MOST) size = BLOCK_MOST;
    if (head && bytes > size / 2) {
        b = block_new(bytes);
        if (!b) return NULL;
        b->next = head->next;
        head->next = b;
        return b;
    }
    b = block_new(bytes > size ? bytes : size);
    if (!b) return NULL;
    b->next = head;
    a->blocks = b;
    return b;
}

/* count * size rounded up to the alignment, at least one unit; false on overflow. */
static bool request_bytes(size_t count, size_t size, size_t *ret)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) return false;
    if (bytes == 0) bytes = 1;
    if (bytes > SIZE_MAX - ALIGNMENT) return false;
    *ret = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return true;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    struct arena_block *b;
    size_t bytes;

    a->allocations++;
    if (a->fail_at && a->allocations >= a->fail_at) return NULL;
    if (!request_bytes(count, size, &bytes)) return NULL;
    if (a->limit_bytes &&
        (a->used_bytes > a->limit_bytes || bytes > a->limit_bytes - a->used_bytes))
        return NULL;
    b = block_for(a, bytes);
    if (!b) return NULL;
    a->used_bytes += bytes;
    return block_take(b, bytes);
}

void *arena_grow(struct arena *a, const void *old, size_t old_count, size_t new_count, size_t size)
{
    void *p;

    INVARIANT(new_count >= old_count);
    INVARIANT(old || old_count == 0);
    p = arena_alloc(a, new_count, size);
    if (p && old_count > 0) memcpy(p, old, old_count * size);
    return p;
}
