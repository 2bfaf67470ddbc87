/* What the tests of `base` share: cmocka with its headers, texts compared as texts, and a check
 * that a call ends the process. */
#ifndef JIFEN_TESTS_BASE_TEST_H
#define JIFEN_TESTS_BASE_TEST_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"

static inline void check_text(struct str got, const char *want, const char *file, int line)
{
    if (str_eq(got, str_from_c(want))) return;
    print_error("got:\n%.*s\nwanted:\n%s\n", STR_ARG(got), want);
    _fail(file, line);
}

#define assert_text(got, want) check_text((got), (want), __FILE__, __LINE__)
#define assert_buf(buf, want) check_text(buf_str(buf), (want), __FILE__, __LINE__)

/* Does `act(arg)` end the process by abort? Runs in a child whose messages are dropped. */
static inline bool aborts(void (*act)(void *), void *arg)
{
    pid_t child;
    int status = 0;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        signal(SIGABRT, SIG_DFL);
        act(arg);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return false;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* A small generator for test data; the seed is fixed, so that a failure repeats. */
static inline uint64_t test_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 31 ^ *state << 17;
}

#define RUN_GROUP(tests)                                                                           \
    int main(void)                                                                                 \
    {                                                                                              \
        cmocka_set_message_output(CM_OUTPUT_TAP);                                                  \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#endif
