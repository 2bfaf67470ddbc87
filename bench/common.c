#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

__extension__ typedef unsigned __int128 uint128;

_Noreturn void bench_fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

void bench_must(enum err e, const char *what)
{
    if (e == ERR_OK) return;
    fprintf(stderr, "%s: %s\n", what, err_text(e));
    exit(1);
}

uint64_t bench_clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bench_per_second(uint64_t n, uint64_t ns)
{
    return (uint64_t)((uint128)n * 1000000000u / (ns > 0 ? ns : 1));
}

static int number_order(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

uint64_t bench_median(uint64_t *v, size_t n)
{
    qsort(v, n, sizeof *v, number_order);
    return v[n / 2] ? v[n / 2] : 1;
}

uint64_t bench_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* --- a measurement ---------------------------------------------------------------------------- */

void bench_begin(struct bench_took *t)
{
    t->ns = bench_clock_ns(CLOCK_MONOTONIC);
    t->cpu_ns = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void bench_end(struct bench_took *t)
{
    t->ns = bench_clock_ns(CLOCK_MONOTONIC) - t->ns;
    t->cpu_ns = bench_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - t->cpu_ns;
}

struct bench_took bench_apart(void (*work)(void *ctx, struct bench_took *t), void *ctx)
{
    struct bench_took *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct rusage use;
    int status = 0;

    if (shared == MAP_FAILED) bench_fail("not enough memory");
    fflush(stdout);
    const uint64_t from = bench_clock_ns(CLOCK_MONOTONIC);
    const pid_t child = fork();
    if (child == 0) {
        work(ctx, shared);
        fflush(stdout);
        _exit(0);
    }
    while (child > 0 && wait4(child, &status, 0, &use) < 0 && errno == EINTR)
        ;
    if (child < 0 || status != 0) bench_fail("a measurement did not end well");
    struct bench_took t = *shared;
    munmap(shared, sizeof *shared);
    if (t.ns == 0) {
        t.ns = bench_clock_ns(CLOCK_MONOTONIC) - from;
        t.cpu_ns = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000u +
                   (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000u;
    }
    t.peak_kb = (uint64_t)use.ru_maxrss;
    return t;
}

/* --- rules ------------------------------------------------------------------------------------ */

void bench_rules(struct arena *a, const char *const *paths, size_t count, struct rule_set *ret)
{
    struct diag_list diags;

    diag_list_init(&diags, a);
    bench_must(rule_set_load(a, paths, count, &diags, ret), "rules");
}

const struct rules *bench_draft(struct arena *a, const struct rule_set *set)
{
    static const char from[] = "得 0.5分 封顶 30分", to[] = "得 0.4分 封顶 30分";
    struct src_file *files = ARENA_ARRAY(a, struct src_file, set->file_count);
    struct diag_list diags;
    const struct rules *r = NULL;
    bool changed = false;

    if (!files) bench_fail("not enough memory");
    for (size_t i = 0; i < set->file_count; i++) {
        files[i].path = set->files[i].path;
        files[i].text = str_copy(a, set->files[i].text);
        char *at = strstr((char *)(uintptr_t)files[i].text.p, from);
        if (at == NULL || changed) continue;
        memcpy(at, to, sizeof to - 1);
        changed = true;
    }
    diag_list_init(&diags, a);
    if (!changed || rules_compile(a, files, set->file_count, &diags, &r) != ERR_OK)
        bench_fail("the draft does not compile");
    return r;
}

/* --- bytes ------------------------------------------------------------------------------------ */

YARDSTICK_WIDE uint64_t bench_sum_words(const void *p, size_t bytes)
{
    const uint64_t *x = p;
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes / 8; i++)
        sum += x[i];
    return sum;
}

void bench_csv_path(char *out, size_t room, const char *dir, const struct rule_register *r)
{
    snprintf(out, room, "%s/%.*s.csv", dir, STR_ARG(r->name.ascii));
}

void bench_csv_remove(const struct rules *r, const char *dir)
{
    for (uint32_t i = 0; i < r->reg_count; i++) {
        char path[400];
        bench_csv_path(path, sizeof path, dir, &r->regs[i]);
        unlink(path);
    }
    rmdir(dir);
}
