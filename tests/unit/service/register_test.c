/* Register files -> population: what is read, what is refused and why, and that order, threads and
 * a lack of memory never show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "catalogue.h"
#include "service/register_csv.h"

#define DAY 20513 /* 2026-03-01 */

/* --- a data directory for one test ------------------------------------------------------------ */

static char dir[] = "register_test_XXXXXX";

static void write_bytes(const char *name, const char *p, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void write_file(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static void clear_dir(void)
{
    static const char *const names[] = {"person.csv",  "permit.csv",  "education.csv",
                                        "pension.csv", "things.csv",  "post.csv",
                                        "pensoin.csv", "x.errors.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
}

static int each_setup(void **state)
{
    (void)state;
    clear_dir();
    write_file("person.csv", "person_id,birth_date\nA,1991-03-01\nB,1966-03-02\nC,1986-03-01\n");
    return 0;
}

static struct data_options options(void)
{
    return (struct data_options){.dir = dir, .on = DAY, .threads = 1, .keep_lines = true};
}

static struct data_set *read_ok(struct data_options o)
{
    struct data_set *d;
    enum err e = data_read(catalogue(), &o, &d);
    if (e != ERR_OK) {
        size_t n;
        const struct data_note *notes = data_stop(d, &n);
        for (size_t i = 0; i < n; i++)
            print_message("# %s line %u\n", data_message(notes[i].msg)->code, notes[i].line);
    }
    assert_int_equal(e, ERR_OK);
    return d;
}

/* "REG:LINE:FIELD:CODE[:OTHER] …", then the bad persons. */
static char *faults_as_text(const struct data_set *d)
{
    struct buf b;
    buf_init(&b, 0);
    size_t n;
    const struct row_error *e = data_errors(d, &n);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%d:%u:%d:%s", e[i].reg, e[i].line, e[i].field,
                   data_message(e[i].msg)->code);
        if (e[i].other_line > 0) buf_printf(&b, ":%u", e[i].other_line);
        buf_add_char(&b, ' ');
    }
    buf_add_c(&b, "bad");
    const struct population *p = data_population(d);
    for (uint32_t i = 0; i < p->count; i++)
        if (p->bad[i]) buf_printf(&b, " %.*s", STR_ARG(p->ids[i]));
    const struct str *s = data_strangers(d, &n);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, " ?%.*s", STR_ARG(s[i]));
    buf_add_char(&b, '\0');
    return b.p;
}

static void check_faults(const char *want)
{
    struct data_set *d = read_ok(options());
    char *got = faults_as_text(d);
    assert_string_equal(got, want);
    free(got);
    data_close(d);
}

/* Everything the engine sees, as text. */
static char *population_as_text(const struct population *p)
{
    struct buf b;
    buf_init(&b, 0);
    for (uint32_t i = 0; i < p->count; i++) {
        buf_printf(&b, "%.*s%s", STR_ARG(p->ids[i]), p->bad[i] ? "!" : "");
        for (uint32_t r = 0; r < p->rules->reg_count; r++) {
            const struct register_data *reg = &p->regs[r];
            uint32_t first, end;
            population_rows(p, (int32_t)r, i, &first, &end);
            buf_printf(&b, " %s", reg->answered ? "|" : "-");
            for (uint32_t row = first; row < end; row++) {
                buf_add_char(&b, '(');
                for (uint32_t f = 0; f < p->rules->regs[r].field_count; f++) {
                    const struct column *c = &reg->cols[f];
                    if (column_known(c, row))
                        buf_printf(&b, "%ld ", (long)column_get(c, row));
                    else
                        buf_add_c(&b, "? ");
                }
                buf_add_char(&b, ')');
            }
        }
        buf_add_char(&b, '\n');
    }
    for (uint32_t k = 0; k < p->key_count; k++)
        buf_printf(&b, "key %.*s\n", STR_ARG(p->keys[k]));
    buf_add_char(&b, '\0');
    return b.p;
}

static uint32_t rows_of(const struct population *p, int32_t reg, uint32_t person)
{
    uint32_t first, end;
    population_rows(p, reg, person, &first, &end);
    return end - first;
}

/* --- reading ---------------------------------------------------------------------------------- */

static void worked_example_is_read(void **state)
{
    (void)state;
    write_file("permit.csv",
               "person_id,division,status,from,to\n"
               "C,330106,suspended,2025-01-01,\nA,330110,valid,2020-03-15,2030-01-01\n");
    write_file("education.csv", "person_id,level,awarded_on\nA,college,\n");
    write_file("pension.csv", "person_id,division,from_month,to_month\n"
                              "C,310115,2021-04,2026-02\nA,330106,2022-01,2025-11\n");
    struct data_set *d = read_ok(options());
    const struct population *p = data_population(d);
    assert_int_equal(p->count, 3);
    assert_null(p->regs[REG_PERSON].off);
    assert_null(p->regs[REG_PERSON].rows_of);
    assert_int_equal(column_get(&p->regs[REG_PERSON].cols[0], 0), date_from_civil(1991, 3, 1));
    assert_true(p->regs[REG_PERMIT].answered);
    assert_false(p->regs[REG_THINGS].answered);
    assert_int_equal(rows_of(p, REG_PERMIT, 0), 1);
    assert_int_equal(rows_of(p, REG_PERMIT, 1), 0);
    assert_int_equal(rows_of(p, REG_PERMIT, 2), 1);
    assert_int_equal(rows_of(p, REG_THINGS, 2), 0);
    assert_int_equal(column_get(&p->regs[REG_PERMIT].cols[3], 1), DATE_OPEN_END);
    assert_int_equal(column_get(&p->regs[REG_EDUCATION].cols[1], 0), DATE_OPEN_START);
    assert_int_equal(column_get(&p->regs[REG_PENSION].cols[1], 0), 2022 * 12);
    assert_int_equal(p->regs[REG_PENSION].line[0], 3);
    assert_int_equal(data_rows(d), 8);
    data_close(d);
}

static void every_type_is_read(void **state)
{
    (void)state;
    write_file("things.csv", "share,matter,pieces,person_id,is_public,amount,id_number\r\n"
                             "25%,\"a, b\",500,A,yes,12000.50,\r\n"
                             "1/4,,0,A,否,,11010519491231002X\r\n"
                             "0.0001,zz,7,B,0,0.01,\r\n");
    struct data_set *d = read_ok(options());
    char *got = population_as_text(data_population(d));
    long birth = date_from_civil(1991, 3, 1);
    char want[512];
    snprintf(want, sizeof want,
             "A | (%ld ) - - - | (0 ? 0 2500 ? 0 )(500 1200050 1 2500 1 ? ) -\n"
             "B | (%d ) - - - | (7 1 0 1 2 ? ) -\nC | (%d ) - - - | -\n"
             "key 11010519491231002X\nkey a, b\nkey zz\n",
             birth, date_from_civil(1966, 3, 2), date_from_civil(1986, 3, 1));
    /* the register letters stand before the rows */
    struct buf plain;
    buf_init(&plain, 0);
    for (const char *c = got; *c != '\0'; c++)
        if (!(c[0] == '|' && c[1] == '('))
            buf_add_char(&plain, *c);
        else
            buf_add_c(&plain, "| ");
    buf_add_char(&plain, '\0');
    assert_string_equal(plain.p, want);
    buf_done(&plain);
    free(got);
    data_close(d);
}

static void bom_and_gb18030_are_read(void **state)
{
    (void)state;
    write_file("person.csv", "\xEF\xBB\xBFperson_id,birth_date\n\xE7\x94\xB2,1990-01-01\n");
    struct data_set *d = read_ok(options());
    assert_true(str_eq(data_population(d)->ids[0], STR("甲")));
    data_close(d);
    write_file("person.csv", "person_id,birth_date\n\xBC\xD7,1990-01-01\n");
    struct data_options o = options();
    o.encoding = CSV_GB18030;
    d = read_ok(o);
    assert_true(str_eq(data_population(d)->ids[0], STR("甲")));
    data_close(d);
}

static void one_person_alone(void **state)
{
    (void)state;
    write_file("education.csv",
               "person_id,level,awarded_on\nA,college,\nB,nonsense,\nC,bachelor,\n");
    struct data_options o = options();
    o.only_person = STR("C");
    struct data_set *d = read_ok(o);
    const struct population *p = data_population(d);
    assert_int_equal(p->count, 1);
    assert_int_equal(p->regs[REG_EDUCATION].row_count, 1);
    assert_int_equal(column_get(&p->regs[REG_EDUCATION].cols[0], 0), 3);
    size_t n;
    data_errors(d, &n);
    assert_int_equal(n, 0);
    data_close(d);
    o.only_person = STR("nobody");
    assert_int_equal(data_read(catalogue(), &o, &d), ERR_NOT_FOUND);
    data_close(d);
}

static void more_rows_of_one_person_than_first_room(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    buf_add_c(&b, "person_id,pieces,amount,is_public,share,matter,id_number\n");
    for (int i = 0; i < 900; i++)
        buf_printf(&b, "B,%d,%s,1,1,m%d,\n", i % 7, i % 5 == 0 ? "" : "3", i);
    write_bytes("things.csv", b.p, b.n);
    struct data_options o = options();
    o.only_person = STR("B");
    struct data_set *d = read_ok(o);
    assert_int_equal(data_population(d)->regs[REG_THINGS].row_count, 900);
    assert_int_equal(rows_of(data_population(d), REG_THINGS, 0), 900); /* too many for a byte */
    data_close(d);
    buf_done(&b);
}

/* --- rows that are refused -------------------------------------------------------------------- */

#define PERMIT "person_id,division,status,from,to\n"

static void shapes(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330110,valid,2020-03-15\n"
                                    "B,330110,valid,2020-03-15,,\n"
                                    "C,330110,va\"lid,2020-03-15,\n");
    check_faults("1:2:-1:JD0101 1:3:-1:JD0102 1:4:-1:JD0103 bad A B C");
}

static void ids(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT ",330110,valid,2020-03-15,\n"
                                    "X,330110,valid,2020-03-15,\nX,330110,nonsense,2021-03-15,\n"
                                    "A\tB,330110,valid,2020-03-15,\n");
    check_faults("1:2:-2:JD0104 1:3:-2:JD0117 1:4:-2:JD0117 1:5:-2:JD0104 bad ?X");
}

static void cells(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330110,valid,,\n"
                                    "A,330110,valid,2021-02-29,\n"
                                    "A,330110,valid,2021-2-9,\n"
                                    "A,339999,valid,2020-03-15,\n"
                                    "A,330110,VALID,2020-03-15,\n"
                                    "A,330110,valid,2020-03-15,2020-03-14\n"
                                    "A,33011,valid,2020-03-15,\n"
                                    "A,330110,valid,1990-03-15,\n");
    write_file("pension.csv", "person_id,division,from_month,to_month\nB,330106,2022-13,2023-01\n"
                              "B,330106,2022-11,\n");
    write_file("things.csv", "person_id,pieces,amount,is_public,share,matter,id_number\n"
                             "C,x,,1,1,,\nC,501,,1,1,,\nC,1,1.005,1,1,,\nC,1,,maybe,1,,\n"
                             "C,1,,1,2,,\nC,1,,1,1,,110105194912310021\nC,1,,1,1,,\n");
    check_faults("1:2:2:JD0105 1:3:2:JD0106 1:4:2:JD0106 1:5:0:JD0112 1:6:1:JD0111 1:7:3:JD0114 "
                 "1:8:0:JD0112 1:9:2:JD0120 3:2:1:JD0107 3:3:2:JD0105 4:2:0:JD0108 4:3:0:JD0110 "
                 "4:4:1:JD0108 4:5:2:JD0109 4:6:3:JD0110 4:7:5:JD0113 bad A B C");
}

static void persons_that_cannot_be(void **state)
{
    (void)state;
    write_file("person.csv", "person_id,birth_date\nA,2026-03-02\nB,2026-03-01\nC,1896-02-29\n"
                             "D,1896-03-01\nE,1990-02-30\nF,\nA,1990-01-01\n");
    check_faults("0:2:0:JD0118 0:4:0:JD0119 0:6:0:JD0106 0:7:0:JD0105 0:8:-1:JD0116:2 bad A C E F");
}

static void retired_and_far_divisions_are_fine(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330103,valid,2000-03-15,2001-01-01\n"
                                    "B,310115,valid,2020-03-15,\n");
    check_faults("bad");
}

static void overlaps(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330110,valid,2020-01-01,2021-01-01\n"
                                    "A,330110,valid,2021-01-01,2022-01-01\n"
                                    "B,330110,valid,2021-06-01,\n"
                                    "B,330110,suspended,2020-01-01,2021-06-02\n"
                                    "C,330110,valid,2020-01-01,2025-01-01\n"
                                    "C,330110,valid,2021-01-01,2021-02-01\n"
                                    "C,330110,valid,2022-01-01,2022-02-01\n");
    check_faults("1:5:2:JD0115:4 1:7:2:JD0115:6 1:8:2:JD0115:6 bad B C");
}

static void months_beyond_a_life(void **state)
{
    (void)state;
    /* A turns 16 in 2007-03: 229 months up to and including 2026-03 */
    write_file("pension.csv", "person_id,division,from_month,to_month\n"
                              "A,330106,2007-03,2029-12\nA,330106,2010-01,2012-01\n"
                              "C,330106,2001-01,2026-03\nC,330106,2002-02,2030-01\n");
    check_faults("3:4:1:JD0121 bad C");
}

static void too_many_records(void **state)
{
    (void)state;
    write_file("pension.csv", "person_id,division,from_month,to_month\n"
                              "A,330106,2010-01,2010-01\nB,330106,2010-01,2010-01\n"
                              "A,330106,2010-02,2010-02\nA,330106,2010-03,2010-03\n"
                              "A,330106,2010-04,2010-04\nA,330106,2010-05,2010-05\n"
                              "C,330106,2010-01,2010-01\n");
    struct data_set *d = read_ok(options());
    char *got = faults_as_text(d);
    assert_string_equal(got, "3:4:-1:JD0122 bad A");
    const struct population *p = data_population(d);
    assert_int_equal(rows_of(p, REG_PENSION, 0), 4);
    assert_int_equal(rows_of(p, REG_PENSION, 1), 1);
    assert_int_equal(rows_of(p, REG_PENSION, 2), 1);
    free(got);
    data_close(d);
}

static void second_row_of_one_per_person(void **state)
{
    (void)state;
    write_file("post.csv", "person_id,holds\nB,yes\nA,no\nB,no\nB,yes\n");
    check_faults("5:4:-1:JD0116:2 5:5:-1:JD0116:2 bad B");
}

/* --- files that are refused ------------------------------------------------------------------- */

static void check_stop(enum err want, enum data_msg msg, uint32_t line, const char *arg)
{
    struct data_set *d;
    struct data_options o = options();
    assert_int_equal(data_read(catalogue(), &o, &d), want);
    size_t n;
    const struct data_note *notes = data_stop(d, &n);
    assert_int_equal(n, 1);
    assert_string_equal(data_message(notes[0].msg)->code, data_message(msg)->code);
    assert_int_equal(notes[0].line, line);
    if (arg != NULL) {
        size_t last = notes[0].arg_count - (notes[0].arg_count == 3 ? 2 : 1);
        assert_true(str_eq(notes[0].args[notes[0].arg_count == 2 ? 0 : last], str_from_c(arg)));
    }
    data_close(d);
}

static void files_that_stop_the_run(void **state)
{
    (void)state;
    write_file("permit.csv", "");
    check_stop(ERR_INPUT, DATA_NO_HEADER, 0, NULL);
    write_file("permit.csv", "person_id,divison,status,from,to\n");
    check_stop(ERR_INPUT, DATA_COLUMN_UNKNOWN, 1, "division");
    write_file("permit.csv", "person_id,division,状态,from,to\n");
    check_stop(ERR_INPUT, DATA_COLUMN_UNKNOWN, 1, "status");
    write_file("permit.csv", "person_id,division,status,from\n");
    check_stop(ERR_INPUT, DATA_COLUMN_MISSING, 1, "to");
    write_file("permit.csv", "division,status,from,to\n");
    check_stop(ERR_INPUT, DATA_COLUMN_MISSING, 1, "person_id");
    write_file("permit.csv", "person_id,division,status,from,to,from\n");
    check_stop(ERR_INPUT, DATA_COLUMN_TWICE, 1, "from");
    write_file("permit.csv", PERMIT "A,330110,valid,2020-03-15,\nB,\"330110,valid\n");
    check_stop(ERR_INPUT, DATA_OPEN_QUOTE, 3, NULL);
    write_file("permit.csv", PERMIT "A,330110,valid,2020-03-15,\nB,3301");
    check_stop(ERR_INPUT, DATA_TRUNCATED, 3, NULL);
    write_file("permit.csv", PERMIT "A,330110,valid,2020-03-15,\nB,33011\xFF,,,\n");
    check_stop(ERR_INPUT, DATA_NOT_UTF8, 3, "69");
    write_file("permit.csv", PERMIT);
    check_faults("bad");
    clear_dir();
    check_stop(ERR_INPUT, DATA_NO_PERSONS, 0, "person.csv");
}

static void gb18030_that_is_none(void **state)
{
    (void)state;
    write_file("person.csv", "person_id,birth_date\n\xBC\xD7,1990-01-01\n\xFF,1990-01-01\n");
    struct data_options o = options();
    o.encoding = CSV_GB18030;
    struct data_set *d;
    assert_int_equal(data_read(catalogue(), &o, &d), ERR_INPUT);
    size_t n;
    const struct data_note *notes = data_stop(d, &n);
    assert_string_equal(data_message(notes[0].msg)->code, "JD0004");
    assert_int_equal(notes[0].line, 3);
    data_close(d);
}

static void undeclared_files_are_remarked(void **state)
{
    (void)state;
    write_file("pensoin.csv", "person_id\n");
    write_file("x.errors.csv", "file\n");
    struct data_set *d = read_ok(options());
    size_t n;
    const struct data_note *notes = data_remarks(d, &n);
    assert_int_equal(n, 1);
    assert_true(str_eq(notes[0].file, STR("pensoin.csv")));
    assert_true(str_eq(notes[0].args[0], STR("pension")));
    data_close(d);
}

/* --- what must never show --------------------------------------------------------------------- */

#define RANDOM_PERSONS 200

static uint64_t seed = 11;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

/* Rows of a register: `count` rows, each with its cells. */
struct table {
    char cells[1200][8][24];
    uint32_t rows;
    const char *header[8];
    uint32_t columns;
};

static void table_write(const struct table *t, const char *name, bool shuffle)
{
    uint32_t cols[8], rows[1200];
    for (uint32_t i = 0; i < t->columns; i++)
        cols[i] = i;
    for (uint32_t i = 0; i < t->rows; i++)
        rows[i] = i;
    for (uint32_t i = t->columns; shuffle && i > 1; i--) {
        uint32_t j = below(i), x = cols[j];
        cols[j] = cols[i - 1];
        cols[i - 1] = x;
    }
    for (uint32_t i = t->rows; shuffle && i > 1; i--) {
        uint32_t j = below(i), x = rows[j];
        rows[j] = rows[i - 1];
        rows[i - 1] = x;
    }
    struct buf b;
    buf_init(&b, 0);
    for (uint32_t c = 0; c < t->columns; c++)
        buf_printf(&b, "%s%s", c > 0 ? "," : "", t->header[cols[c]]);
    for (uint32_t r = 0; r < t->rows; r++) {
        buf_add_c(&b, below(2) ? "\n" : "\r\n");
        for (uint32_t c = 0; c < t->columns; c++)
            buf_printf(&b, below(4) == 0 ? "%s\"%s\"" : "%s%s", c > 0 ? "," : "",
                       t->cells[rows[r]][cols[c]]);
    }
    buf_add_char(&b, '\n');
    write_bytes(name, b.p, b.n);
    buf_done(&b);
}

static struct table person_table, pension_table, things_table;

static void random_tables(void)
{
    person_table.rows = RANDOM_PERSONS;
    person_table.columns = 2;
    person_table.header[0] = "person_id";
    person_table.header[1] = "birth_date";
    pension_table.rows = 500;
    pension_table.columns = 4;
    const char *const pension[] = {"person_id", "division", "from_month", "to_month"};
    memcpy(pension_table.header, pension, sizeof pension);
    things_table.rows = 1200;
    things_table.columns = 7;
    const char *const things[] = {"person_id", "pieces", "amount",   "is_public",
                                  "share",     "matter", "id_number"};
    memcpy(things_table.header, things, sizeof things);
    for (uint32_t i = 0; i < RANDOM_PERSONS; i++) {
        snprintf(person_table.cells[i][0], 24, "p%u", i * 7919 % 1000);
        snprintf(person_table.cells[i][1], 24, "19%02u-0%u-1%u", 50 + below(40), 1 + below(9),
                 below(10));
    }
    for (uint32_t i = 0; i < pension_table.rows; i++) {
        uint32_t p = below(RANDOM_PERSONS);
        memcpy(pension_table.cells[i][0], person_table.cells[p][0], 24);
        snprintf(pension_table.cells[i][1], 24, "3301%02u", 5 + below(2));
        snprintf(pension_table.cells[i][2], 24, "20%02u-0%u", 10 + below(5), 1 + below(9));
        snprintf(pension_table.cells[i][3], 24, "20%02u-0%u", 15 + below(5), 1 + below(9));
    }
    for (uint32_t i = 0; i < things_table.rows; i++) {
        uint32_t p = below(RANDOM_PERSONS / 4);
        memcpy(things_table.cells[i][0], person_table.cells[p][0], 24);
        snprintf(things_table.cells[i][1], 24, "%u", below(600)); /* some out of range */
        snprintf(things_table.cells[i][2], 24, below(2) ? "%u.%02u" : "", below(99), below(99));
        snprintf(things_table.cells[i][3], 24, below(2) ? "yes" : "no");
        snprintf(things_table.cells[i][4], 24, "0.%u", below(99));
        snprintf(things_table.cells[i][5], 24, below(3) ? "m%u" : "", below(40));
    }
}

static char *read_as_text(uint32_t threads)
{
    struct data_options o = options();
    o.threads = threads;
    struct data_set *d = read_ok(o);
    char *text = population_as_text(data_population(d));
    data_close(d);
    return text;
}

static void order_and_threads_never_show(void **state)
{
    (void)state;
    random_tables();
    table_write(&person_table, "person.csv", false);
    table_write(&pension_table, "pension.csv", false);
    table_write(&things_table, "things.csv", false);
    char *first = read_as_text(1);
    static const uint32_t threads[] = {1, 2, 5};
    for (uint32_t round = 0; round < 12; round++) {
        table_write(&person_table, "person.csv", true);
        table_write(&pension_table, "pension.csv", true);
        table_write(&things_table, "things.csv", true);
        char *again = read_as_text(threads[round % 3]);
        assert_string_equal(again, first);
        free(again);
    }
    free(first);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330110,valid,2020-03-15,\nZ,330110,valid,2020-03-15,\n"
                                    "C,\"33\"\"\",valid,2020-03-15,\n");
    write_file("things.csv", "person_id,pieces,amount,is_public,share,matter,id_number\n"
                             "C,1,,1,1,\"a\"\"b\",\nA,1,5,1,1,,\nA,501,5,1,1,,\n");
    enum err e = ERR_NOMEM;
    uint64_t n = 0;
    while (e != ERR_OK) {
        struct data_options o = options();
        o.fail_at = ++n;
        struct data_set *d;
        e = data_read(catalogue(), &o, &d);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        data_close(d);
        assert_true(n < 1000);
    }
    assert_true(n > 20);
}

static void error_lines_hold_no_cell(void **state)
{
    (void)state;
    write_file("permit.csv", PERMIT "A,330110,secret_status,2020-03-15,\n");
    struct data_set *d = read_ok(options());
    size_t n;
    const struct row_error *e = data_errors(d, &n);
    assert_int_equal(n, 1);
    struct buf b;
    buf_init(&b, 0);
    row_error_add_line(&b, data_population(d)->rules, &e[0]);
    buf_add_char(&b, '\0');
    assert_null(strstr(b.p, "secret"));
    assert_non_null(strstr(b.p, "permit.csv,2,status,JD0111,"));
    assert_non_null(strstr(b.p, "valid, suspended, cancelled"));
    buf_done(&b);
    data_close(d);
}

static int group_setup(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int group_teardown(void **state)
{
    (void)state;
    clear_dir();
    return rmdir(dir);
}

#define CASE(name) cmocka_unit_test_setup(name, each_setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(worked_example_is_read),
        CASE(every_type_is_read),
        CASE(bom_and_gb18030_are_read),
        CASE(one_person_alone),
        CASE(more_rows_of_one_person_than_first_room),
        CASE(shapes),
        CASE(ids),
        CASE(cells),
        CASE(persons_that_cannot_be),
        CASE(retired_and_far_divisions_are_fine),
        CASE(overlaps),
        CASE(months_beyond_a_life),
        CASE(too_many_records),
        CASE(second_row_of_one_per_person),
        CASE(files_that_stop_the_run),
        CASE(gb18030_that_is_none),
        CASE(undeclared_files_are_remarked),
        CASE(order_and_threads_never_show),
        CASE(every_allocation_may_fail),
        CASE(error_lines_hold_no_cell),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("registers", tests, group_setup, group_teardown);
}
