/* CSV -> image, part by part: the files of a part are made (two parts at a time), built into an
 * image of their own, and removed; the images of all parts become one. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "residents.h"
#include "service/population_build.h"
#include "service/sample.h"

#define HOME 330106 /* everybody lives in one county, so that the local scheme serves everybody */
#define SEED 1
#define CSV_BYTES 500u /* of a resident, roughly: to see whether there is room */

struct part {
    struct residents *b;
    uint32_t k;
    char dir[PATH_ROOM], image[PATH_ROOM];
    uint64_t rows, bytes;
};

uint32_t residents_parts(const struct residents *b)
{
    return (b->persons + b->part - 1) / b->part;
}

void residents_part_dir(const struct residents *b, uint32_t k, char *out, size_t room)
{
    snprintf(out, room, "%s/part%03u", b->dir, k);
}

bool residents_room(const struct residents *b, uint64_t bytes)
{
    struct statvfs v;

    if (statvfs(b->dir, &v) != 0) return true;
    const uint64_t there = (uint64_t)v.f_bavail * v.f_frsize;
    printf("  磁盘需要约 %llu GB，可用 %llu GB / disk needed about %llu GB, there is %llu GB\n",
           (unsigned long long)(bytes / 1000000000u + 1), (unsigned long long)(there / 1000000000u),
           (unsigned long long)(bytes / 1000000000u + 1),
           (unsigned long long)(there / 1000000000u));
    return bytes + bytes / 8 < there;
}

/* --- a part ----------------------------------------------------------------------------------- */

static void part_init(struct part *p, struct residents *b, uint32_t k)
{
    *p = (struct part){.b = b, .k = k};
    residents_part_dir(b, k, p->dir, sizeof p->dir);
    snprintf(p->image, sizeof p->image, "%.250s.image", p->dir);
}

static void part_write(void *ctx, struct bench_took *t)
{
    const struct part *p = ctx;
    const uint32_t first = p->k * p->b->part, left = p->b->persons - first;
    const struct sample_options o = {.dir = p->dir,
                                     .persons = left < p->b->part ? left : p->b->part,
                                     .first = first,
                                     .seed = SEED,
                                     .on = p->b->day,
                                     .division = HOME};
    struct sample_counts counts;
    struct arena a;

    arena_init(&a, 0);
    bench_must(sample_write(&a, p->b->rules, &o, &counts), "sample");
    arena_done(&a);
    t->value[0] = counts.rows;
    t->value[1] = counts.bytes;
}

/* Files of two parts side by side; neither is measured. */
static void parts_write(struct part *p, uint32_t count)
{
    const pid_t child = count > 1 ? fork() : -1;
    struct bench_took t = {0};
    int status = 0;

    if (child == 0) {
        part_write(&p[1], &t);
        _exit(0);
    }
    part_write(&p[0], &t);
    if (child > 0 && (waitpid(child, &status, 0) < 0 || status != 0)) bench_fail("sample");
    if (child < 0 && count > 1) part_write(&p[1], &t);
}

static void part_read(void *ctx, struct bench_took *t)
{
    const struct part *p = ctx;
    uint64_t sum = 0, bytes = 0;

    bench_begin(t);
    for (uint32_t r = 0; r < p->b->rules->reg_count; r++) {
        char path[400];
        struct file_map m;
        bench_csv_path(path, sizeof path, p->dir, &p->b->rules->regs[r]);
        bench_must(file_map(path, &m), path);
        sum += bench_sum_words(m.bytes.p, m.bytes.n);
        bytes += m.bytes.n;
        file_unmap(&m);
    }
    bench_end(t);
    t->value[0] = sum;
    t->value[1] = bytes;
}

static void part_build(void *ctx, struct bench_took *t)
{
    const struct part *p = ctx;
    const struct build_options o = {
        .data = {.dir = p->dir, .on = p->b->day, .threads = BENCH_THREADS}};
    struct build_result result;

    bench_begin(t);
    bench_must(population_build_files(p->image, p->b->rules, &o, &result), "build");
    bench_end(t);
    if (result.error_count > 0) bench_fail("a row of the sample was refused");
    t->value[0] = result.rows;
    t->value[1] = result.bytes;
    build_result_done(&result);
}

/* What the province's registers hold stays, where others are to read it. */
static void part_clear(const struct part *p)
{
    const struct rules *all = p->b->rules, *kept = p->b->province.rules;

    for (uint32_t r = p->b->keep_csv ? kept->reg_count : 0; r < all->reg_count; r++) {
        char path[400];
        bench_csv_path(path, sizeof path, p->dir, &all->regs[r]);
        unlink(path);
    }
    if (!p->b->keep_csv) rmdir(p->dir);
}

static void took_add(struct bench_took *sum, const struct bench_took *t)
{
    sum->ns += t->ns;
    sum->cpu_ns += t->cpu_ns;
    if (t->peak_kb > sum->peak_kb) sum->peak_kb = t->peak_kb;
    for (int i = 0; i < 2; i++)
        sum->value[i] += t->value[i];
}

/* --- all -------------------------------------------------------------------------------------- */

static void join(void *ctx, struct bench_took *t)
{
    struct residents *b = ctx;
    struct image_writer *w;
    struct image_source source = {0};

    bench_begin(t);
    bench_must(image_writer_open(b->image, b->rules, &w), "image");
    for (uint32_t k = 0; k < residents_parts(b); k++) {
        struct population_image *m;
        struct part p;
        part_init(&p, b, k);
        bench_must(image_open(p.image, b->rules, NULL, &m), p.image);
        for (uint32_t s = 0; s < image_counts(m)->segments; s++)
            bench_must(image_writer_copy(w, m, s), "copy");
        source = *image_source(m);
        image_close(m);
        unlink(p.image);
    }
    bench_must(image_writer_commit(w, &source), "image");
    bench_end(t);
}

/* The province's registers come first among all: what is kept or not goes by that. */
static void check_order(const struct residents *b)
{
    for (uint32_t r = 0; r < b->province.rules->reg_count; r++)
        if (!str_eq(b->province.rules->regs[r].name.ascii, b->rules->regs[r].name.ascii))
            bench_fail("registers of the province do not come first");
}

void residents_make(struct residents *b)
{
    struct bench_took plain = {0}, built = {0};
    struct part p[2];
    const uint32_t parts = residents_parts(b);

    check_order(b);
    if (!residents_room(b, (uint64_t)b->persons * CSV_BYTES))
        bench_fail("磁盘空间不够 / not enough room on the disk");
    for (uint32_t k = 0; k < parts; k += 2) {
        const uint32_t n = parts - k < 2 ? 1 : 2;
        for (uint32_t i = 0; i < n; i++)
            part_init(&p[i], b, k + i);
        parts_write(p, n);
        for (uint32_t i = 0; i < n; i++) {
            struct bench_took t = bench_apart(part_read, &p[i]);
            took_add(&plain, &t);
            t = bench_apart(part_build, &p[i]);
            took_add(&built, &t);
            part_clear(&p[i]);
        }
    }
    const struct bench_took joined = bench_apart(join, b);
    printf("  %u 人，%llu 行，CSV %llu MB / %u residents, %llu rows, %llu MB of CSV\n", b->persons,
           (unsigned long long)built.value[0], (unsigned long long)(built.value[1] / 1000000),
           b->persons, (unsigned long long)built.value[0],
           (unsigned long long)(built.value[1] / 1000000));
    show_took(&plain, b->persons, plain.value[1],
              (struct label){"CSV：逐字节求和，1 线程", "CSV: sum of its bytes, 1 thread"});
    show_took(&built, b->persons, built.value[1],
              (struct label){"由 CSV 建映像（分份合计）", "image from CSV, sum of the parts"});
    show_aim((double)built.value[0] * 1e3 / (double)built.ns, "M rows/s", (struct aim){0},
             (struct label){"建映像的行速", "rows a second into the image"});
    show_ratio((struct took_of){&built, 1}, (struct took_of){&plain, 1}, (struct aim){0},
               (struct label){"建映像 ÷ 逐字节求和", "building / sum of the bytes"});
    show_took(
        &joined, b->persons, 0,
        (struct label){"各份映像并为一个（只因分份）", "parts joined (only because of the parts)"});
}

void residents_remove(struct residents *b)
{
    for (uint32_t k = 0; k < residents_parts(b); k++) {
        struct part p;
        part_init(&p, b, k);
        bench_csv_remove(b->rules, p.dir);
        unlink(p.image);
    }
    unlink(b->image);
    rmdir(b->dir);
}
