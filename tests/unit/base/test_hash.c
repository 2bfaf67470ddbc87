/* SM3: the two examples of GB/T 32905, the empty text, and every length around a block. */
#include "base/hash.h"

#include "base_test.h"

static void check_digest(struct str data, const char *want)
{
    struct hash h;
    struct buf b;

    assert_int_equal(hash_sm3(data, &h), ERR_OK);
    buf_init(&b, 0);
    hash_add_text(&b, &h);
    assert_buf(&b, want);
    buf_done(&b);
}

static void examples_of_the_standard(void **state)
{
    (void)state;
    check_digest(STR("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    check_digest(STR("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"),
                 "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

static void nothing_has_a_digest(void **state)
{
    (void)state;
    check_digest(STR(""), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    check_digest((struct str){NULL, 0},
                 "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
}

static void every_length_differs(void **state)
{
    enum { LENGTHS = 200 };
    struct hash seen[LENGTHS];
    char zeroes[LENGTHS] = {0};

    (void)state;
    for (size_t n = 0; n < LENGTHS; n++) {
        assert_int_equal(hash_sm3((struct str){zeroes, n}, &seen[n]), ERR_OK);
        for (size_t k = 0; k < n; k++)
            assert_memory_not_equal(&seen[n], &seen[k], HASH_BYTES);
    }
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(examples_of_the_standard),
    cmocka_unit_test(nothing_has_a_digest),
    cmocka_unit_test(every_length_differs),
};
RUN_GROUP(TESTS)
