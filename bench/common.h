/* What the benchmarks share: clocks, a process for each measurement, rules, sums of bytes.
 *
 * A benchmark is a program that may end: what cannot go on is said and ends it (bench_must). */
#ifndef JIFEN_BENCH_COMMON_H
#define JIFEN_BENCH_COMMON_H

#include <stdlib.h>
#include <time.h>

#include "service/rule_files.h"

/* The yardsticks are optimised as the machine's kernels are; where they can be, for the widest
 * vectors, chosen at run time. Clang builds them for its warnings only. */
#if defined(__clang__)
#define YARDSTICK __attribute__((noinline))
#else
#define YARDSTICK __attribute__((noinline, optimize("O3")))
#endif
#if defined(__x86_64__) && !defined(__clang__)
#define YARDSTICK_WIDE YARDSTICK __attribute__((target_clones("avx2", "default")))
#else
#define YARDSTICK_WIDE YARDSTICK
#endif

/* Say `what` on the error stream and end the program with 1. */
_Noreturn void bench_fail(const char *what);
void bench_must(enum err e, const char *what); /* nothing where e is ERR_OK */

uint64_t bench_clock_ns(clockid_t clock);
/* n in ns nanoseconds, a second; 0 ns counts as 1. */
uint64_t bench_per_second(uint64_t n, uint64_t ns);
uint64_t bench_median(uint64_t *v, size_t n); /* n > 0; orders v; never 0 */
uint64_t bench_random(uint64_t *state);       /* 64 even bits (splitmix) */

/* One measurement. */
struct bench_took {
    uint64_t ns, cpu_ns; /* of the clock, of all threads of the process */
    uint64_t peak_kb;    /* greatest resident memory, pages of mapped files included */
    uint64_t value[8];   /* what the work tells */
};
/* Around what is measured, in the process that does it. */
void bench_begin(struct bench_took *t);
void bench_end(struct bench_took *t);
/* Run the work in a process of its own, so that its peak memory is its own. What lies outside
 * bench_begin and bench_end is not in the times; the whole process is, where they are not called.
 * Work that ends itself (bench_must) ends the benchmark. */
struct bench_took bench_apart(void (*work)(void *ctx, struct bench_took *t), void *ctx);

/* Compiled rules of files and folders; findings end the program. */
void bench_rules(struct arena *a, const char *const *paths, size_t count, struct rule_set *ret);
/* The same rules with the points of a month of pension changed from 0.5 to 0.4. */
const struct rules *bench_draft(struct arena *a, const struct rule_set *set);

/* The sum of bytes / 8 words: what reading them takes. */
uint64_t bench_sum_words(const void *p, size_t bytes);

void bench_csv_path(char *out, size_t room, const char *dir, const struct rule_register *r);
/* Remove the register files of `dir`, and `dir` where it is then empty. */
void bench_csv_remove(const struct rules *r, const char *dir);

#endif
