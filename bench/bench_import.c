/* Importing a register: rows a second, beside `sqlite3 .import` of the same file, in one run.
 *
 * usage: bench_import [ROWS [DATABASE-URL]]    ROWS default 1,000,000; DATABASE-URL: an empty
 * database instead of a SQLite file made here.
 *
 * A made-up province is written as register files until pension.csv has ROWS rows; its persons are
 * imported first, unmeasured. Then, each ROUNDS times into a fresh database, interleaved:
 *   stage    the file kept sealed, every cell checked, persons matched, the difference counted
 *   accept   compared again, written with its digest in one transaction
 *   push     after that, one changed person: staged and accepted (`changes`, one row)
 *   sqlite3  .import of the file into a table of four text columns: no checks, no persons
 * The median is printed, by the clock and by processor time (which other work on the machine does
 * not touch). The file lies in the page cache for all of them. */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "common.h"
#include "service/loads.h"
#include "service/sample.h"

#define ROUNDS 3
#define SEED 1
#define YEAR 2026
#define PERSONS_PER_ROW 0.53 /* about two rows a person; what is too much is cut off */

enum pass { PASS_STAGE, PASS_ACCEPT, PASS_BOTH, PASS_SQLITE, PASS_PUSH, PASS_COUNT };

struct bench {
    struct arena arena;
    const struct rules *rules;
    const struct store_register *regs;
    uint32_t reg_count;
    struct keyring *keys;
    const char *url; /* given; NULL = a file of ours */
    char dir[32];
    uint64_t rows;
    double seconds[PASS_COUNT][ROUNDS], processor[PASS_COUNT][ROUNDS];
};

struct moment {
    double clock, processor;
};

static double seconds_of(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

/* Of this program, or of those it has run. */
static struct moment now_of(int whom)
{
    struct rusage u;

    getrusage(whom, &u);
    return (struct moment){(double)bench_clock_ns(CLOCK_MONOTONIC) / 1e9,
                           seconds_of(&u.ru_utime) + seconds_of(&u.ru_stime)};
}

static void note(struct bench *b, enum pass p, int round, int whom, struct moment since)
{
    const struct moment now = now_of(whom);

    b->seconds[p][round] = now.clock - since.clock;
    b->processor[p][round] = now.processor - since.processor;
}

static void run_command(const char *command)
{
    if (system(command) != 0) bench_fail(command);
}

/* --- the files --- */

/* The first `rows` rows of pension.csv, in an order that is not that of persons: every second row,
 * then the others. Returns how many there are. */
static uint64_t cut(const struct bench *b, uint64_t rows)
{
    char from[64], to[64];
    struct file_map m;
    struct file_new out;
    uint64_t written = 0;

    snprintf(from, sizeof from, "%s/pension.csv", b->dir);
    snprintf(to, sizeof to, "%s/load.csv", b->dir);
    bench_must(file_map(from, &m), "pension.csv");
    bench_must(file_new_open(to, &out), "load.csv");
    const char *first = memchr(m.bytes.p, '\n', m.bytes.n), *end = m.bytes.p + m.bytes.n;
    fwrite(m.bytes.p, 1, (size_t)(++first - m.bytes.p), out.stream);
    for (int part = 0; part < 2; part++) {
        const char *p = first;
        for (uint64_t row = 0; p < end && row < rows; row++) {
            const char *line_end = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
            if (row % 2 == (uint64_t)part) {
                fwrite(p, 1, (size_t)(line_end - p), out.stream);
                written++;
            }
            p = line_end;
        }
    }
    bench_must(file_new_commit(&out), "load.csv");
    file_unmap(&m);
    return written;
}

static void make_files(struct bench *b, uint64_t rows)
{
    struct sample_options o = {.dir = b->dir,
                               .persons = (uint32_t)((double)rows * PERSONS_PER_ROW) + 10,
                               .seed = SEED,
                               .on = date_from_civil(YEAR, 3, 1)};
    struct sample_counts counts;

    bench_must(sample_write(&b->arena, b->rules, &o, &counts), "sample");
    b->rows = cut(b, rows);
}

/* --- ours --- */

static const struct caller who = {.role = ROLE_SYSTEM, .purpose = {"supply", 6}};

static struct store *open_fresh(const struct bench *b)
{
    char url[64], command[96];
    struct store *s = NULL;
    struct buf message;

    snprintf(url, sizeof url, "sqlite:%s/jifen.db", b->dir);
    snprintf(command, sizeof command, "rm -f %s/jifen.db*", b->dir);
    run_command(command);
    const struct str at = str_from_c(b->url ? b->url : url);
    buf_init(&message, 0);
    bench_must(store_init(at, &message), "store_init");
    buf_done(&message);
    bench_must(store_open(at, b->keys, &s), "store_open");
    bench_must(store_registers(s, b->regs, b->reg_count), "store_registers");
    return s;
}

/* Stage and accept; noted when `round` >= 0. */
static struct load import(struct bench *b, struct store *s, const char *reg, enum load_mode mode,
                          struct str bytes, int round)
{
    struct caller c = who;
    struct arena a;
    struct buf trouble;
    struct load l;
    char key[64];

    c.today = date_from_civil(YEAR, 3, 1);
    c.now = date_first_instant(c.today);
    arena_init(&a, 0);
    buf_init(&trouble, 0);
    struct loads x = {.s = s, .a = &a, .r = b->rules, .c = &c};
    const struct load_ask ask = {
        .reg = str_from_c(reg), .mode = mode, .file_name = STR("load.csv"), .bytes = bytes};
    const struct moment start = now_of(RUSAGE_SELF);
    snprintf(key, sizeof key, "bench-stage-%s-%d", reg, (int)mode);
    bench_must(load_stage(&x, str_from_c(key), &ask, &l, &trouble), "stage");
    if (round >= 0) note(b, PASS_STAGE, round, RUSAGE_SELF, start);
    const struct moment middle = now_of(RUSAGE_SELF);
    snprintf(key, sizeof key, "bench-accept-%s-%d", reg, (int)mode);
    bench_must(load_accept(&x, str_from_c(key), l.object.number, &l), "accept");
    if (round >= 0) note(b, PASS_ACCEPT, round, RUSAGE_SELF, middle);
    if (round >= 0) note(b, PASS_BOTH, round, RUSAGE_SELF, start);
    loads_done(&x);
    buf_done(&trouble);
    arena_done(&a);
    return l;
}

static struct str map(const struct bench *b, const char *file, struct file_map *m)
{
    char path[64];

    snprintf(path, sizeof path, "%s/%s", b->dir, file);
    bench_must(file_map(path, m), path);
    return m->bytes;
}

/* The header and the file's first row, a month changed. */
static struct str one_row(struct str csv, char *row, size_t room)
{
    const char *first = (const char *)memchr(csv.p, '\n', csv.n) + 1;
    const char *end = (const char *)memchr(first, '\n', csv.n - (size_t)(first - csv.p)) + 1;
    const size_t n = (size_t)(end - csv.p);

    if (n > room) bench_fail("one row");
    memcpy(row, csv.p, n);
    row[n - 2] = row[n - 2] == '1' ? '2' : '1'; /* the last digit of the last month */
    return (struct str){row, n};
}

static void ours(struct bench *b, int round)
{
    struct store *s = open_fresh(b);
    struct file_map persons, load;
    char row[256];

    import(b, s, "person", LOAD_FULL, map(b, "person.csv", &persons), -1);
    file_unmap(&persons);
    const struct str csv = map(b, "load.csv", &load);
    const struct load l = import(b, s, "pension", LOAD_FULL, csv, round);
    if (l.counts.rows != b->rows || l.counts.added != b->rows) bench_fail("rows are missing");
    const struct moment start = now_of(RUSAGE_SELF);
    const struct load p = import(b, s, "pension", LOAD_CHANGES, one_row(csv, row, sizeof row), -1);
    note(b, PASS_PUSH, round, RUSAGE_SELF, start);
    if (p.counts.persons_touched != 1) bench_fail("one person was pushed");
    file_unmap(&load);
    store_close(s);
}

/* --- the bare program --- */

static void theirs(struct bench *b, int round)
{
    char command[256];

    snprintf(command, sizeof command,
             "sqlite3 %s/bare.db 'CREATE TABLE p(person_id TEXT, division TEXT, a TEXT, b TEXT)' "
             "'.import --csv --skip 1 %s/load.csv p'",
             b->dir, b->dir);
    const struct moment start = now_of(RUSAGE_CHILDREN);
    run_command(command);
    note(b, PASS_SQLITE, round, RUSAGE_CHILDREN, start);
    snprintf(command, sizeof command, "rm -f %s/bare.db*", b->dir);
    run_command(command);
}

/* --- the table --- */

static int order(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *seconds)
{
    qsort(seconds, ROUNDS, sizeof *seconds, order);
    return seconds[ROUNDS / 2];
}

static void print(struct bench *b)
{
    static const char *const names[PASS_COUNT] = {"stage: kept, checked, matched, previewed",
                                                  "accept: compared again, written",
                                                  "both: the whole import", "sqlite3 .import", ""};
    const double rows = (double)b->rows;
    double clock[PASS_COUNT], processor[PASS_COUNT];

    for (int p = 0; p < PASS_COUNT; p++) {
        clock[p] = median(b->seconds[p]);
        processor[p] = median(b->processor[p]);
    }
    printf("%llu rows of pension.csv, median of %d\n", (unsigned long long)b->rows, ROUNDS);
    for (int p = 0; p < PASS_PUSH; p++)
        printf("%-41s %9.0f rows/s %6.2f s (%3.0f %% of sqlite3's rate)  processor %6.2f s (%3.0f "
               "%%)\n",
               names[p], rows / clock[p], clock[p], 100 * clock[PASS_SQLITE] / clock[p],
               processor[p], 100 * processor[PASS_SQLITE] / processor[p]);
    printf("push of one changed person: %.1f ms, processor %.1f ms\n", 1e3 * clock[PASS_PUSH],
           1e3 * processor[PASS_PUSH]);
}

int main(int argc, char **argv)
{
    struct bench b = {.url = argc > 2 ? argv[2] : NULL, .dir = "bench_import_XXXXXX"};
    const uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    const char *rules = JIFEN_RULES;
    struct rule_set set;
    struct buf text;
    char command[64];

    if (rows == 0 || rows > 50000000 || !mkdtemp(b.dir)) return 2;
    arena_init(&b.arena, 0);
    bench_rules(&b.arena, &rules, 1, &set);
    b.rules = set.rules;
    bench_must(facts_registers(&b.arena, b.rules, &b.regs, &b.reg_count), "registers");
    buf_init(&text, 0);
    bench_must(keyring_add_key(&text), "keys");
    bench_must(keyring_read(buf_str(&text), NULL, &b.keys), "keys");
    buf_done(&text);
    make_files(&b, rows);
    for (int round = 0; round < (b.url ? 1 : ROUNDS); round++) {
        ours(&b, round);
        theirs(&b, round);
    }
    if (b.url) /* one round: the database is used up */
        for (int p = 0; p < PASS_COUNT; p++)
            for (int r = 1; r < ROUNDS; r++) {
                b.seconds[p][r] = b.seconds[p][0];
                b.processor[p][r] = b.processor[p][0];
            }
    print(&b);
    snprintf(command, sizeof command, "rm -rf %s", b.dir);
    run_command(command);
    keyring_free(b.keys);
    arena_done(&b.arena);
    return 0;
}
