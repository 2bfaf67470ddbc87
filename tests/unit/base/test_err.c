/* The error table and invariants. */
#include "base_test.h"

static void every_error_has_a_text_and_an_exit_code(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        assert_non_null(err_text((enum err)e));
        assert_true(strlen(err_text((enum err)e)) > 0);
        assert_in_range(err_exit_code((enum err)e), 0, 6);
        for (int other = 0; other < e; other++)
            assert_string_not_equal(err_text((enum err)e), err_text((enum err)other));
    }
}

static void only_ok_ends_with_zero(void **state)
{
    (void)state;
    assert_int_equal(err_exit_code(ERR_OK), 0);
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++)
        assert_int_not_equal(err_exit_code((enum err)e), 0);
    assert_int_equal(err_exit_code(ERR_ROWS), 1);
    assert_int_equal(err_exit_code(ERR_NOMEM), 6);
}

static void hold(void *truth)
{
    INVARIANT(*(bool *)truth);
}

static void ask_text_of_nothing(void *arg)
{
    (void)arg;
    err_text(ERR_COUNT);
}

static void a_broken_invariant_ends_the_process(void **state)
{
    bool yes = true, no = false;

    (void)state;
    assert_false(aborts(hold, &yes));
    assert_true(aborts(hold, &no));
    assert_true(aborts(ask_text_of_nothing, NULL));
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(every_error_has_a_text_and_an_exit_code),
    cmocka_unit_test(only_ok_ends_with_zero),
    cmocka_unit_test(a_broken_invariant_ends_the_process),
};
RUN_GROUP(TESTS)
