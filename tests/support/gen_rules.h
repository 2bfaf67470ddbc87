/* Random rule programs, as rule-file text, for comparing the evaluators.
 *
 * A program is a tree of text pieces that knows which of them can go: the whole statement, or an
 * expression in favour of a simpler one of the same type. The shrinker uses that to find the
 * smallest program for which a given predicate still holds. The same seed gives the same program
 * everywhere. */
#ifndef JIFEN_TESTS_GEN_RULES_H
#define JIFEN_TESTS_GEN_RULES_H

#include "lang/rules.h"

struct gen_program;

/* Everything comes from `a`. ERR_NOMEM. */
NODISCARD enum err gen_program_new(struct arena *a, uint64_t seed, struct gen_program **ret);

/* The program as rule files (1 province, then cities and counties), allocated in `a`. */
NODISCARD enum err gen_program_files(const struct gen_program *g, struct arena *a,
                                     struct src_file **ret, size_t *ret_count);

/* Compile; where the compiler refuses, take out the statements its findings point at and try
 * again, a few times. *ret NULL: refused for good (the findings are in `diags`, if not NULL). */
NODISCARD enum err gen_program_compile(struct gen_program *g, struct arena *a,
                                       struct diag_list *diags, const struct rules **ret);

/* Shrink to a smaller program for which `still` holds (it is called on programs that compile).
 * Deterministic; at most `tries` compilations. */
void gen_program_shrink(struct gen_program *g, bool (*still)(void *ctx, const struct rules *r),
                        void *ctx, uint32_t tries);

/* All files, one after the other, for a report. */
void gen_program_print(const struct gen_program *g, struct buf *out);

#endif
