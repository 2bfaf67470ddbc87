/* What random tests share: sizes from the environment, days, rule files. */
#ifndef JIFEN_TESTS_RANDOM_ENV_H
#define JIFEN_TESTS_RANDOM_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lang/rules.h"

uint64_t random_env(const char *name, uint64_t otherwise);
/* A day of 2024 to 2028. */
int32_t random_day(uint64_t n);
/* Texts of the files, copied into `a`; `files` has room for `count`. */
bool random_files(struct arena *a, char **path, int count, struct src_file *files);
/* The files compiled together; `a` is started here. */
bool random_rules(struct arena *a, char **path, int count, const struct rules **ret);

/* `count` cases that run `test` with the state 0, 1, …, named "WHAT, part 1 of COUNT"; the names
 * lie in `names`. */
#define RANDOM_NAME_BYTES 64
void random_parts(struct CMUnitTest *ret, char (*names)[RANDOM_NAME_BYTES], uint32_t count,
                  const char *what, CMUnitTestFunction test);

#endif
