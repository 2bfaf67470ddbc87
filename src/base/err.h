/* Error values and the two kinds of check.
 *
 * Bad input is an error value; an impossible state is a crash (INVARIANT).
 * Functions return `enum err`; results go to `ret` parameters, written only on success. */
#ifndef JIFEN_BASE_ERR_H
#define JIFEN_BASE_ERR_H

enum err {
#define ERR(code, exit_code, text) ERR_##code,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

#define NODISCARD __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Use where an error value is deliberately dropped; say why beside it. */
#define IGNORE_ERR(call)                                                                           \
    do {                                                                                           \
        if ((call) != ERR_OK) {                                                                    \
        }                                                                                          \
    } while (0)

/* Stays on in release builds. */
#define INVARIANT(cond)                                                                            \
    do {                                                                                           \
        if (__builtin_expect(!(cond), 0)) err_invariant_failed(#cond, __FILE__, __LINE__);         \
    } while (0)

/* One English word group for `e`, for developers; people get messages from tables (message.h). */
const char *err_text(enum err e);

/* Exit code of a process that ends with `e`: 0..6. */
int err_exit_code(enum err e);

_Noreturn void err_invariant_failed(const char *cond, const char *file, int line);

#endif
