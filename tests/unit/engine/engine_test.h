/* What the tests of the engine share: cmocka with its headers, and the small image of a test. */
#ifndef JIFEN_TESTS_ENGINE_TEST_H
#define JIFEN_TESTS_ENGINE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "small_rules.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

#define CHECK(v, l, h)                                                                             \
    do {                                                                                           \
        struct interval check_v = (v);                                                             \
        assert_int_equal(check_v.lo, (l));                                                         \
        assert_int_equal(check_v.hi, (h));                                                         \
    } while (0)

/* The image of the test that runs; made anew for each. */
static struct small s;

static inline int setup(void **state)
{
    (void)state;
    small_init(&s);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    small_done(&s);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#define RUN(tests)                                                                                 \
    (cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

#endif
