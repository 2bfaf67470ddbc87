/* What the fuzz targets share: the entry that libFuzzer and replay.c call, and checks that end the
 * run. A target must never crash, whatever the bytes; what it checks besides is in its head. */
#ifndef JIFEN_TESTS_FUZZ_H
#define JIFEN_TESTS_FUZZ_H

#include "engine/score.h"

#define FUZZ_ARENA_BYTES ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(cond) INVARIANT(cond)

/* The rules of a file, compiled into `a`, which is started here and lives as long as the rules. */
const struct rules *fuzz_rules(struct arena *a, const char *path);

/* Score a few random residents of `r` with both evaluators; their results must agree. */
void fuzz_score(const struct rules *r, uint64_t seed);

/* Both evaluators on a population, under the scheme and day given: they must agree. */
void fuzz_score_population(const struct population *p, int32_t scheme, int32_t day);

#endif
