/* Arenas: memory with one owner, one life and a limit.
 *
 * A function that takes a `struct arena *` allocates from it and its results live as long as the
 * arena; nothing is freed singly. Reaching the limit, or the hook `fail_at`, gives NULL, which
 * callers turn into ERR_NOMEM. Arenas grow in blocks; blocks never move. Not thread-safe: one
 * arena, one thread. */
#ifndef JIFEN_BASE_ARENA_H
#define JIFEN_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    size_t limit_bytes;         /* most bytes handed out over the arena's life; 0 = no limit */
    size_t used_bytes;          /* bytes handed out so far, padding included */
    uint64_t allocations;       /* calls that asked for memory so far */
    uint64_t fail_at;           /* test hook: this and every later allocation fails; 0 = never */
    struct arena_block *blocks; /* newest first; owned */
};

/* Start an empty arena in place. Allocates nothing. */
void arena_init(struct arena *a, size_t limit_bytes);

/* Give everything back; the arena is empty and usable again, its limit unchanged. */
void arena_done(struct arena *a);

/* `count * size` bytes, zeroed, aligned to 16. NULL when the limit, the hook or the system says no
 * (also when count * size overflows). A request for 0 bytes gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t count, size_t size);

/* Grow an array of `old_count` elements to `new_count` (contents kept, new part zeroed); the old
 * array stays where it was. NULL on failure. */
void *arena_grow(struct arena *a, const void *old, size_t old_count, size_t new_count, size_t size);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), (n), sizeof(type)))

#endif
