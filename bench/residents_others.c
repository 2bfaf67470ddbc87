/* Others on the same residents: DuckDB with the province's table as a statement (province.sql), ZEN
 * with the same table as a decision (province.jdm.json), each run by Node.js from a script here.
 *
 * They leave files of id,lo,hi in 1/100 points, which are compared with ours line by line: DuckDB
 * of everybody, ZEN of a sample. Where Node.js or a package is not there, a sentence says so. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "residents.h"

#define SAMPLE "20000"
#define NOT_THERE 3 /* what the scripts end with where a package is not installed */
#define NO_NODE 127

struct script {
    struct residents *b;
    const char *name;
    int code; /* what it ended with */
};

static void run_script(const struct script *x)
{
    char file[PATH_ROOM], day[16];
    const struct civil d = date_to_civil(x->b->day);

    snprintf(file, sizeof file, "%s/%s", JIFEN_BENCH, x->name);
    snprintf(day, sizeof day, "%04u-%02u-%02u", (uint32_t)d.year % 10000, (uint32_t)d.month % 100,
             (uint32_t)d.day % 100);
    execlp("node", "node", file, x->b->dir, day, SAMPLE, (char *)NULL);
    _exit(NO_NODE);
}

/* value 0: the code; peak memory is that of the script's process, which takes this one's place in
 * a child */
static void start_script(void *ctx, struct bench_took *t)
{
    const struct script *x = ctx;
    int status = 0;
    const pid_t child = fork();

    if (child == 0) run_script(x);
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        bench_fail("node did not end well");
    t->value[0] = (uint64_t)WEXITSTATUS(status);
}

/* A figure that a script left: "NAME VALUE" lines; 0 where it is not there. */
static uint64_t figure_of(const struct residents *b, const char *file, const char *name)
{
    char path[PATH_ROOM + 32], line[200];
    const size_t n = strlen(name);
    uint64_t v = 0;

    snprintf(path, sizeof path, "%s/%s", b->dir, file);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, n) == 0 && line[n] == ' ') v = strtoull(line + n + 1, NULL, 10);
    if (f) fclose(f);
    return v;
}

static struct bench_took took_of(const struct residents *b, const char *file, const char *name)
{
    char cpu[64], wall[64];
    snprintf(wall, sizeof wall, "%s_us", name);
    snprintf(cpu, sizeof cpu, "%s_cpu_us", name);
    return (struct bench_took){.ns = figure_of(b, file, wall) * 1000,
                               .cpu_ns = figure_of(b, file, cpu) * 1000};
}

/* --- ours, in the same form ------------------------------------------------------------------- */

static void write_ours(void *ctx, struct bench_took *t)
{
    struct residents *b = ctx;
    struct population_image *m = residents_open(b);
    char path[PATH_ROOM + 16];
    uint32_t id = 0;

    snprintf(path, sizeof path, "%s/ours.csv", b->dir);
    FILE *out = fopen(path, "w");
    if (!out) bench_fail(path);
    for (uint32_t k = 0; k < image_counts(m)->segments; k++) {
        struct seen_segment v;
        struct population_scores s;
        struct arena a;
        arena_init(&a, 0);
        seen_open(&v, m, k, b->province.rules, 0);
        bench_must(
            score_population(&a, v.people, b->day, b->day, BENCH_THREADS, NULL, NULL, NULL, &s),
            "scoring");
        for (uint32_t i = 0; i < s.count; i++)
            fprintf(out, "%u,%lld,%lld\n", ++id, (long long)s.total_lo[i],
                    (long long)s.total_hi[i]);
        seen_close(&v);
        arena_done(&a);
    }
    if (fclose(out) != 0) bench_fail(path);
    image_close(m);
    t->ns = t->cpu_ns = 1;
}

/* Is the file the same as ours, line for line, as far as it goes? Says the first line that is not.
 * ret_lines: how many were the same. */
static bool same_as_ours(const struct residents *b, const char *name, uint64_t *ret_lines)
{
    char path[PATH_ROOM + 32];
    struct file_map ours, theirs;
    size_t i = 0;
    uint64_t lines = 0;

    snprintf(path, sizeof path, "%s/ours.csv", b->dir);
    bench_must(file_map(path, &ours), path);
    snprintf(path, sizeof path, "%s/%s", b->dir, name);
    bench_must(file_map(path, &theirs), path);
    const struct str x = ours.bytes, y = theirs.bytes;
    while (i < x.n && i < y.n && x.p[i] == y.p[i])
        lines += y.p[i++] == '\n';
    const bool same = i == y.n && y.n > 0 && y.p[y.n - 1] == '\n';
    if (!same)
        printf("  第 %llu 人起不同 / they differ from resident %llu on\n",
               (unsigned long long)lines + 1, (unsigned long long)lines + 1);
    file_unmap(&ours);
    file_unmap(&theirs);
    *ret_lines = lines;
    return same;
}

static void compare(const struct residents *b, const char *name, uint64_t expected)
{
    uint64_t lines;

    if (!same_as_ours(b, name, &lines) || lines != expected)
        bench_fail("结果与我们的不同 / the results are not ours");
    printf("  逐人比较：%llu 人的下限和上限都相同 / compared resident by resident: %llu the same, "
           "both ends\n",
           (unsigned long long)lines, (unsigned long long)lines);
}

/* --- both ------------------------------------------------------------------------------------- */

static bool script(struct residents *b, const char *name, struct bench_took *ret)
{
    struct script x = {.b = b, .name = name};

    *ret = bench_apart(start_script, &x);
    if (ret->value[0] == NO_NODE || ret->value[0] == NOT_THERE) {
        printf("  没有 Node.js 或者没有装上 npm 包（不联网时如此），略过 %s / %s is left out: no "
               "Node.js, or its package is not installed (no network)\n",
               name, name);
        return false;
    }
    if (ret->value[0] != 0) bench_fail(name);
    return true;
}

static void duckdb(struct residents *b, const struct pass_times *one)
{
    struct bench_took all;

    show_head("DuckDB：省级五项，手写的一条 SQL（2 线程，内存表）",
              "DuckDB: the province's table as one statement by hand; 2 threads, tables in memory");
    if (!script(b, "duckdb.mjs", &all)) return;
    (void)bench_apart(write_ours, b);
    compare(b, "duckdb.csv", b->persons);
    struct bench_took load = took_of(b, "duckdb.figures", "load");
    const struct bench_took query = took_of(b, "duckdb.figures", "query");
    const struct bench_took table = took_of(b, "duckdb.figures", "table");
    load.peak_kb = all.peak_kb;
    show_took(&load, b->persons, 0,
              (struct label){"DuckDB：读入 CSV（峰值：整个进程）",
                             "DuckDB: loading the CSV (peak: of the whole process)"});
    show_took(&query, b->persons, 0, (struct label){"DuckDB：只要合计", "DuckDB: sums only"});
    show_took(&table, b->persons, 0,
              (struct label){"DuckDB：结果存成表", "DuckDB: results stored"});
    show_ratio((struct took_of){&query, 1}, (struct took_of){&one->province_sums, 1},
               (struct aim){10, true},
               (struct label){"DuckDB ÷ 我们，只要合计", "DuckDB / ours, sums only"});
    show_ratio((struct took_of){&table, 1}, (struct took_of){&one->province_stored, 1},
               (struct aim){10, true},
               (struct label){"DuckDB ÷ 我们，结果存下（我们另存各项的上下限）",
                              "DuckDB / ours, stored (ours: every indicator's ends too)"});
}

static void zen(struct residents *b, const struct pass_times *one)
{
    struct bench_took all;

    show_head("GoRules ZEN：同一张表，事实已经算好，样本",
              "GoRules ZEN: the same table, facts worked out before, a sample");
    if (!script(b, "zen.mjs", &all)) return;
    struct bench_took t = took_of(b, "zen.figures", "evaluate");
    const uint64_t persons = figure_of(b, "zen.figures", "persons");
    compare(b, "zen.csv", persons);
    t.peak_kb = all.peak_kb;
    show_took(&t, persons, 0, (struct label){"ZEN：样本", "ZEN: the sample"});
    show_aim((double)t.ns / (double)persons * b->persons / 1e9, "s", (struct aim){0},
             (struct label){"ZEN：按人数折算到全体（没有实测）",
                            "ZEN: scaled to everybody (not measured)"});
    show_ratio((struct took_of){&t, persons}, (struct took_of){&one->province_stored, b->persons},
               (struct aim){0},
               (struct label){"ZEN ÷ 我们（从登记算起，存列），折算",
                              "ZEN / ours (from records, stored), scaled"});
}

void residents_others(struct residents *b, const struct pass_times *one)
{
    static const char *const left[] = {"ours.csv",    "duckdb.csv", "duckdb.figures", "zen.csv",
                                       "zen.figures", "facts.json", "duckdb.tmp"};
    duckdb(b, one);
    zen(b, one);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        char path[PATH_ROOM + 32];
        snprintf(path, sizeof path, "%s/%s", b->dir, left[i]);
        if (unlink(path) != 0) rmdir(path);
    }
}
