/* What random tests share: sizes from the environment, days, rule files. */
#ifndef JIFEN_TESTS_RANDOM_ENV_H
#define JIFEN_TESTS_RANDOM_ENV_H

#include "lang/rules.h"

uint64_t random_env(const char *name, uint64_t otherwise);
/* A day of 2024 to 2028. */
int32_t random_day(uint64_t n);
/* Texts of the files, copied into `a`; `files` has room for `count`. */
bool random_files(struct arena *a, char **path, int count, struct src_file *files);
/* The files compiled together; `a` is started here. */
bool random_rules(struct arena *a, char **path, int count, const struct rules **ret);

#endif
