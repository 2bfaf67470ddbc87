/* Fuzz target: the reader of register files.
 *
 * The first byte chooses the register of the province's rules that the other bytes are the file
 * of, the second the encoding and the number of threads; person.csv is fixed unless it is chosen.
 * The file is written to a directory of its own and read as any data directory is. Checked besides
 * not crashing: a second reading gives the same; both evaluators agree on who was read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "service/csv.h"
#include "service/register_csv.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX 16384
#define SCHEMES_MAX 4

static const char persons[] = "person_id,birth_date\np1,1991-03-01\np2,1966-03-02\np3,\n";

/* Set up once: the rules and a directory that the process removes at its end. */
static struct arena rules_arena;
static const struct rules *rules;
static char dir[] = "/dev/shm/jifen-fuzz-XXXXXX";

static void path_of(struct buf *out, int32_t reg)
{
    buf_init(out, 0);
    buf_printf(out, "%s/%.*s.csv%c", dir, STR_ARG(rules->regs[reg].name.ascii), '\0');
    FUZZ_CHECK(buf_err(out) == ERR_OK);
}

static void file_put(int32_t reg, struct str bytes)
{
    struct buf path;
    path_of(&path, reg);
    FILE *f = fopen(path.p, "wb");
    FUZZ_CHECK(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
    FUZZ_CHECK(fclose(f) == 0);
    buf_done(&path);
}

static void file_drop(int32_t reg)
{
    struct buf path;
    path_of(&path, reg);
    unlink(path.p);
    buf_done(&path);
}

static void tear_down(void)
{
    for (uint32_t i = 0; i < rules->reg_count; i++)
        file_drop((int32_t)i);
    rmdir(dir);
    arena_done(&rules_arena);
}

static void set_up(void)
{
    rules = fuzz_rules(&rules_arena, JIFEN_FUZZ_RULES);
    FUZZ_CHECK(mkdtemp(dir));
    FUZZ_CHECK(atexit(tear_down) == 0);
}

static void text_of(const struct data_set *d, struct buf *out)
{
    size_t errors, notes;
    const struct row_error *e = data_errors(d, &errors);
    const struct data_note *n = data_stop(d, &notes);
    row_error_add_header(out);
    for (size_t i = 0; i < errors; i++)
        row_error_add_line(out, data_population(d)->rules, &e[i]);
    for (size_t i = 0; i < notes; i++)
        data_note_add_text(out, &n[i], (enum lang)(i % LANG_COUNT));
    buf_printf(out, "%llu rows\n", (unsigned long long)data_rows(d));
}

/* Read the directory; its remarks go to `out`, its people through both evaluators. */
static enum err read_once(const struct data_options *o, struct buf *out)
{
    struct data_set *d = NULL;
    enum err e = data_read(rules, o, &d);
    if (d) text_of(d, out);
    if (e == ERR_OK)
        for (uint32_t s = 0; s < rules->scheme_count && s < SCHEMES_MAX; s++)
            fuzz_score_population(data_population(d), (int32_t)s, o->on);
    data_close(d);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > INPUT_BYTES_MAX) return 0;
    if (!rules) set_up();
    int32_t reg = (int32_t)(data[0] % rules->reg_count);
    struct data_options o = {
        .dir = dir,
        .encoding = data[1] & 1 ? CSV_GB18030 : CSV_UTF8,
        .on = date_from_civil(2026, 3, 1),
        .threads = 1,
        .keep_lines = data[1] & 2,
        .memory_bytes_max = (size_t)64 << 20,
    };
    struct buf first, second;
    buf_init(&first, 0);
    buf_init(&second, 0);
    file_put(0, STR(persons));
    file_put(reg, (struct str){(const char *)data + 2, size - 2});
    enum err e = read_once(&o, &first);
    o.threads = 3;
    FUZZ_CHECK(read_once(&o, &second) == e);
    FUZZ_CHECK(str_eq(buf_str(&first), buf_str(&second)));
    if (reg != 0) file_drop(reg);
    buf_done(&first);
    buf_done(&second);
    return 0;
}
