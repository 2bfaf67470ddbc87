/* A whole population in one run, on the same residents: image, scoring, simulation, forecast,
 * cost per operator, DuckDB and ZEN beside, 1 to 100 million in a row (bench/README.md).
 *
 *   bench_residents [residents]     default 25,000,000; try 100000 or 1000000 first
 *
 *   JIFEN_BENCH_PARTS=p,o,f,d,s     only some parts: passes, operators, forecasts, others, scale
 *   JIFEN_BENCH_SCALE=100000000     how far the row of sizes goes; default 30 million, or the
 *                                   number of residents where that is more
 *
 * Files are made below the current folder and removed at the end. No time is asserted: beside a
 * figure that has an aim stands whether it is met. Ratios are of processor time, in brackets of the
 * clock. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "residents.h"
#include "service/sample.h"

#define RESIDENTS 25000000u
#define SCALE 30000000u
#define PART 2500000u

static uint32_t missed;

/* --- printing --------------------------------------------------------------------------------- */

void show_head(const char *zh, const char *en)
{
    printf("\n%s / %s\n", zh, en);
    printf("  %9s %9s %8s %9s %8s\n", "时钟 s", "处理器 s", "峰值 MiB", "M 人/s", "MB/s");
}

static void show_label(struct label what)
{
    printf("  %s / %s\n", what.zh, what.en);
    fflush(stdout);
}

static void show_number(double v, int width, int digits)
{
    if (v > 0)
        printf(" %*.*f", width, digits, v);
    else
        printf(" %*s", width, "");
}

void show_took(const struct bench_took *t, uint64_t residents, uint64_t bytes, struct label what)
{
    printf(" ");
    show_number((double)t->ns / 1e9, 8, 3);
    show_number((double)t->cpu_ns / 1e9, 9, 3);
    show_number((double)t->peak_kb / 1024, 8, 0);
    show_number((double)residents * 1e3 / (double)t->ns, 9, 2);
    show_number((double)bytes * 1e3 / (double)t->ns, 8, 0);
    show_label(what);
}

static void show_verdict(double figure, struct aim aim)
{
    const bool met = aim.least ? figure >= aim.value : figure <= aim.value;

    if (aim.value > 0)
        printf("%s %-4g %s", aim.least ? ">=" : "<=", aim.value,
               met ? "达到/met   " : "未达到/MISSED");
    else
        printf("%*s", 7 + (int)sizeof "MISSED met  ", "");
    missed += aim.value > 0 && !met;
}

void show_aim(double figure, const char *unit, struct aim aim, struct label what)
{
    printf("  %9.2f %-8s %9s ", figure, unit, "");
    show_verdict(figure, aim);
    show_label(what);
}

static double each(struct took_of x, bool clock)
{
    return (double)(clock ? x.t->ns : x.t->cpu_ns) / (double)x.residents;
}

void show_ratio(struct took_of x, struct took_of y, struct aim aim, struct label what)
{
    const double cpu = each(x, false) / each(y, false), clock = each(x, true) / each(y, true);

    printf("  %9.2f x %5s (%7.2f) ", cpu, "", clock);
    show_verdict(cpu, aim);
    show_label(what);
}

uint32_t show_missed(void)
{
    return missed;
}

/* --- the run ---------------------------------------------------------------------------------- */

static bool is_wanted(char part)
{
    const char *parts = getenv("JIFEN_BENCH_PARTS");
    return parts == NULL || strchr(parts, part) != NULL;
}

static uint32_t number_or(const char *text, uint32_t otherwise)
{
    return text == NULL ? otherwise : (uint32_t)strtoul(text, NULL, 10);
}

static void run(struct residents *b, uint32_t most)
{
    struct pass_times one = {0};

    printf("比值按处理器时间，括号里按时钟 / ratios by processor time, by the clock in brackets\n");
    show_head("数据：由 CSV 到映像（2 线程）", "data: from CSV to the image; 2 threads");
    residents_make(b);
    if (is_wanted('p') || is_wanted('f')) residents_passes(b, &one);
    if (is_wanted('p') || is_wanted('f') || is_wanted('d')) residents_province(b, &one);
    if (is_wanted('f')) residents_forecasts(b, &one);
    if (is_wanted('o')) residents_operators(b);
    if (is_wanted('d')) residents_others(b, &one);
    if (is_wanted('s')) residents_scale(b, most);
    residents_remove(b);
    printf("\n%u 个目标未达到 / %u aims missed\n", show_missed(), show_missed());
}

int main(int argc, char **argv)
{
    const char *const both[] = {JIFEN_RULES "/zhejiang.md", JIFEN_BENCH "/local.md"};
    char here[] = "bench_residents_XXXXXX";
    struct residents b = {.day = date_from_civil(2026, 3, 1), .keep_csv = is_wanted('d')};
    struct arena a;

    b.persons = number_or(argc > 1 ? argv[1] : NULL, RESIDENTS);
    if (b.persons == 0 || b.persons > SAMPLE_PERSONS_MAX) return 2;
    b.part = b.persons < PART ? b.persons : PART;
    arena_init(&a, 0);
    bench_rules(&a, both, 2, &b.set);
    bench_rules(&a, both, 1, &b.province);
    b.rules = b.set.rules;
    b.draft = bench_draft(&a, &b.set);
    b.dir = mkdtemp(here);
    if (b.dir == NULL) bench_fail("no folder can be made here");
    snprintf(b.image, sizeof b.image, "%s/image", b.dir);
    run(&b, number_or(getenv("JIFEN_BENCH_SCALE"), b.persons > SCALE ? b.persons : SCALE));
    arena_done(&a);
    return 0;
}
