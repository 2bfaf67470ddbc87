/* Arenas: zeroes, alignment, limits, the failure hook, growing. */
#include "base/arena.h"

#include "base_test.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

static bool is_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) return false;
    }
    return true;
}

/* Every size from 0 up, and some large: aligned, zeroed, and nobody writes over a neighbour. */
static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    enum { PIECES = 600 };
    unsigned char *p[PIECES];
    size_t n[PIECES];
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < PIECES; i++) {
        n[i] = i % 50 == 49 ? i * 1000 : i;
        p[i] = arena_alloc(&a, n[i], 1);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        assert_true(is_zero(p[i], n[i]));
        memset(p[i], (int)(i % 255) + 1, n[i]);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < n[i]; k++)
            assert_int_equal(p[i][k], i % 255 + 1);
    }
    assert_int_equal(a.allocations, PIECES);
    arena_done(&a);
}

static void zero_bytes_give_distinct_pointers(void **state)
{
    struct arena a;
    void *p, *q;

    (void)state;
    arena_init(&a, 0);
    p = arena_alloc(&a, 0, 8);
    q = arena_alloc(&a, 8, 0);
    assert_non_null(p);
    assert_non_null(q);
    assert_ptr_not_equal(p, q);
    arena_done(&a);
}

static void the_limit_is_exact_and_lasting(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 64);
    assert_non_null(arena_alloc(&a, 1, 17)); /* 32 with padding */
    assert_int_equal(a.used_bytes, 32);
    assert_null(arena_alloc(&a, 1, 33));
    assert_int_equal(a.used_bytes, 32); /* a refused request takes nothing */
    assert_non_null(arena_alloc(&a, 2, 16));
    assert_int_equal(a.used_bytes, 64);
    assert_null(arena_alloc(&a, 0, 0));
    arena_done(&a);
    assert_int_equal(a.limit_bytes, 64);
    assert_int_equal(a.used_bytes, 0);
    assert_non_null(arena_alloc(&a, 64, 1));
    assert_null(arena_alloc(&a, 1, 1));
    arena_done(&a);
}

static void impossible_sizes_are_refused(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_null(arena_alloc(&a, SIZE_MAX, 2));
    assert_null(arena_alloc(&a, SIZE_MAX / 2 + 2, 2));
    assert_null(arena_alloc(&a, 1, SIZE_MAX));
    assert_null(arena_alloc(&a, 1, SIZE_MAX - 15));
    assert_null(arena_alloc(&a, 1, SIZE_MAX - 40)); /* overflows with the block's head */
    assert_int_equal(a.used_bytes, 0);
    assert_non_null(arena_alloc(&a, 1, 1));
    arena_done(&a);
}

struct chain {
    struct chain *next;
    uint64_t *values;
    size_t count;
};

/* A constructor as they stand all over the project: several allocations, ret only on success. */
static enum err chain_new(struct arena *a, size_t length, struct chain **ret)
{
    struct chain *head = NULL;

    for (size_t i = 0; i < length; i++) {
        struct chain *c = ARENA_NEW(a, struct chain);

        if (!c) return ERR_NOMEM;
        c->values = ARENA_ARRAY(a, uint64_t, i + 1);
        if (!c->values) return ERR_NOMEM;
        c->values = arena_grow(a, c->values, i + 1, 2 * i + 2, sizeof *c->values);
        if (!c->values) return ERR_NOMEM;
        c->count = 2 * i + 2;
        c->next = head;
        head = c;
    }
    *ret = head;
    return ERR_OK;
}

static void each_allocation_can_be_made_to_fail(void **state)
{
    enum { LENGTH = 20, ALLOCATIONS = 3 * LENGTH };
    struct chain untouched = {0};
    enum err e = ERR_NOMEM;
    uint64_t n = 0;

    (void)state;
    while (e != ERR_OK) {
        struct chain *c = &untouched;
        struct arena a;

        arena_init(&a, 0);
        a.fail_at = ++n;
        e = chain_new(&a, LENGTH, &c);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && c == &untouched));
        if (e != ERR_OK) assert_int_equal(a.allocations, n);
        if (e != ERR_OK) assert_null(arena_alloc(&a, 1, 1)); /* and every later one */
        arena_done(&a);
    }
    assert_int_equal(n, ALLOCATIONS + 1);
}

static void done_gives_an_empty_arena_without_the_hook(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 1000);
    a.fail_at = 2;
    assert_non_null(arena_alloc(&a, 1, 1));
    assert_null(arena_alloc(&a, 1, 1));
    arena_done(&a);
    assert_null(a.blocks);
    assert_int_equal(a.allocations, 0);
    assert_non_null(arena_alloc(&a, 1, 1));
    assert_non_null(arena_alloc(&a, 1, 1));
    arena_done(&a);
    arena_done(&a); /* an empty one too */
}

static void growing_keeps_zeroes_and_leaves_the_old(void **state)
{
    struct arena a;
    int32_t *old, *grown;

    (void)state;
    arena_init(&a, 0);
    old = ARENA_ARRAY(&a, int32_t, 5);
    for (int32_t i = 0; i < 5; i++)
        old[i] = i + 1;
    grown = arena_grow(&a, old, 5, 5000, sizeof *old);
    assert_non_null(grown);
    assert_ptr_not_equal(grown, old);
    for (int32_t i = 0; i < 5000; i++)
        assert_int_equal(grown[i], i < 5 ? i + 1 : 0);
    grown[0] = 99;
    assert_int_equal(old[0], 1);
    assert_non_null(arena_grow(&a, NULL, 0, 3, 8));
    a.fail_at = a.allocations + 1;
    assert_null(arena_grow(&a, grown, 5000, 6000, sizeof *grown));
    assert_int_equal(grown[4], 5);
    arena_done(&a);
}

static void shrink(void *arena)
{
    arena_grow(arena, "12", 2, 1, 1);
}

static void growing_smaller_is_impossible(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    assert_true(aborts(shrink, &a));
    arena_done(&a);
}

/* Small pieces go on filling the current block after a large one. */
static void a_large_piece_does_not_waste_the_block(void **state)
{
    struct arena a;
    char *before, *after;

    (void)state;
    arena_init(&a, 0);
    before = arena_alloc(&a, 1, 16);
    assert_non_null(arena_alloc(&a, 1, 5u << 20));
    after = arena_alloc(&a, 1, 16);
    assert_ptr_equal(after, before + 16);
    arena_done(&a);
}

#ifdef WITH_ASAN
static void the_unused_part_is_poisoned(void **state)
{
    struct arena a;
    char *p;

    (void)state;
    arena_init(&a, 0);
    p = arena_alloc(&a, 1, 16);
    assert_non_null(p);
    assert_false(__asan_address_is_poisoned(p + 15));
    assert_true(__asan_address_is_poisoned(p + 16));
    arena_done(&a);
}
#endif

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
    cmocka_unit_test(zero_bytes_give_distinct_pointers),
    cmocka_unit_test(the_limit_is_exact_and_lasting),
    cmocka_unit_test(impossible_sizes_are_refused),
    cmocka_unit_test(each_allocation_can_be_made_to_fail),
    cmocka_unit_test(done_gives_an_empty_arena_without_the_hook),
    cmocka_unit_test(growing_keeps_zeroes_and_leaves_the_old),
    cmocka_unit_test(growing_smaller_is_impossible),
    cmocka_unit_test(a_large_piece_does_not_waste_the_block),
#ifdef WITH_ASAN
    cmocka_unit_test(the_unused_part_is_poisoned),
#endif
};
RUN_GROUP(TESTS)
