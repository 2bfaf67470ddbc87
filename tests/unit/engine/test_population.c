/* Populations: columns of the narrowest type, rows of a person in one order however they came,
 * residents taken out and put back, random residents. */
#include "engine/check.h"
#include "engine/resident.h"
#include "engine_test.h"

static void test_column_types(void **state)
{
    static const struct {
        int64_t lo, hi;
        enum field_empty empty;
        enum value_type vt;
        enum col_type want;
    } rows[] = {
        {0, 255, EMPTY_REFUSED, VT_INT, COL_U8},
        {5, 10, EMPTY_REFUSED, VT_INT, COL_U8},
        {0, 256, EMPTY_REFUSED, VT_INT, COL_I16},
        {-1, 1, EMPTY_REFUSED, VT_INT, COL_I16},
        {-32768, 32767, EMPTY_REFUSED, VT_INT, COL_I16},
        {-32769, 0, EMPTY_REFUSED, VT_INT, COL_I32},
        {0, 32768, EMPTY_REFUSED, VT_INT, COL_I32},
        {INT32_MIN, INT32_MAX, EMPTY_REFUSED, VT_INT, COL_I32},
        {0, (int64_t)INT32_MAX + 1, EMPTY_REFUSED, VT_MONEY, COL_I64},
        {0, 100, EMPTY_OPEN, VT_DATE, COL_I32},
        {0, 100, EMPTY_ALWAYS, VT_DATE, COL_I32},
        {0, 100, EMPTY_OPEN, VT_MONTH, COL_I32},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rule_field f = {.lo = rows[i].lo, .hi = rows[i].hi, .empty = rows[i].empty};
        f.type.vt = rows[i].vt;
        assert_int_equal(column_type_for(&f), rows[i].want);
    }
    assert_int_equal(column_width(COL_U8), 1);
    assert_int_equal(column_width(COL_I64), 8);
}

static void add(struct population_builder *b, uint32_t person, int64_t day, int64_t amount,
                uint32_t line)
{
    int64_t v[3] = {day, amount, 0};
    bool known[3] = {day >= 0, true, false};

    assert_int_equal(population_builder_add(b, R_EVENT, person, v, known, line), ERR_OK);
}

/* Rows arrive in any order: stored by person, then by field, unknown first. */
static void test_order(void **state)
{
    static const struct {
        uint32_t person;
        int64_t day, amount;
        uint32_t line;
    } want[] = {{0, 5, 1, 7},  {0, 5, 1, 9}, {0, 5, 2, 2},
                {2, -1, 9, 4}, {2, 3, 1, 5}, {2, 3, 4, 3}};
    static const uint32_t orders[][6] = {
        {0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {3, 0, 5, 1, 4, 2}};
    (void)state;
    for (size_t o = 0; o < COUNT(orders); o++) {
        struct population_builder *b;
        struct population p;
        assert_int_equal(population_builder_new(&s.arena, &s.r, 3, &b), ERR_OK);
        for (size_t i = 0; i < 6; i++)
            add(b, want[orders[o][i]].person, want[orders[o][i]].day, want[orders[o][i]].amount,
                want[orders[o][i]].line);
        assert_int_equal(population_builder_finish(b, &p), ERR_OK);
        const struct register_data *d = &p.regs[R_EVENT];
        assert_int_equal(d->row_count, 6);
        for (uint32_t i = 0; i < 6; i++) {
            assert_int_equal(column_known(&d->cols[0], i), want[i].day >= 0);
            if (want[i].day >= 0) assert_int_equal(column_get(&d->cols[0], i), want[i].day);
            assert_int_equal(column_get(&d->cols[1], i), want[i].amount);
            assert_int_equal(d->line[i], want[i].line);
        }
        uint32_t first, end;
        population_rows(&p, R_EVENT, 1, &first, &end);
        assert_int_equal(first, end);
        population_rows(&p, R_EVENT, 2, &first, &end);
        assert_int_equal(first, 3);
        assert_int_equal(end, 6);
    }
}

/* Many rows: over several blocks, none lost, none doubled. */
static void test_many(void **state)
{
    struct population_builder *b;
    struct population p;
    int64_t sum = 0;
    (void)state;
    s.r.regs[R_EVENT].max_records = 100000;
    assert_int_equal(population_builder_new(&s.arena, &s.r, 7, &b), ERR_OK);
    for (uint32_t i = 0; i < 5000; i++)
        add(b, i * 31 % 7, i % 365, i % 1000, 0);
    assert_int_equal(population_builder_finish(b, &p), ERR_OK);
    assert_int_equal(p.regs[R_EVENT].row_count, 5000);
    assert_null(p.regs[R_EVENT].line);
    assert_null(p.bad);
    for (uint32_t person = 0; person < 7; person++) {
        uint32_t row, end;
        population_rows(&p, R_EVENT, person, &row, &end);
        for (; row + 1 < end; row++) {
            int64_t a = column_get(&p.regs[R_EVENT].cols[0], row);
            assert_true(a <= column_get(&p.regs[R_EVENT].cols[0], row + 1));
        }
    }
    for (uint32_t i = 0; i < 5000; i++)
        sum += column_get(&p.regs[R_EVENT].cols[1], i);
    assert_int_equal(sum, 5 * 999 * 1000 / 2);
}

static void test_one_per_person(void **state)
{
    struct population p;
    struct population_builder *b;
    int64_t v[2] = {100, 5};
    (void)state;
    assert_int_equal(population_builder_new(&s.arena, &s.r, 2, &b), ERR_OK);
    assert_int_equal(population_builder_add(b, R_PERSON, 1, v, NULL, 0), ERR_OK);
    assert_int_equal(population_builder_add(b, R_PERSON, 0, v, NULL, 0), ERR_OK);
    assert_int_equal(population_builder_finish(b, &p), ERR_OK);
    assert_null(p.regs[R_PERSON].off);
    assert_null(p.regs[R_PERSON].cols[0].known);
    uint32_t first, end;
    population_rows(&p, R_PERSON, 1, &first, &end);
    assert_int_equal(first, 1);
    assert_int_equal(end, 2);
    p.regs[R_PERSON].row_count = 1;
    population_rows(&p, R_PERSON, 1, &first, &end);
    assert_int_equal(first, end);
    /* a second row, or too many records: nothing of him can be trusted */
    assert_int_equal(small_population(&s, "person - 1;person - 2", &p), ERR_OK);
    assert_non_null(p.bad);
    assert_int_equal(p.bad[0], 1);
    s.r.regs[R_EVENT].max_records = 1;
    assert_int_equal(small_population(&s, "event - 1;event - 2", &p), ERR_OK);
    assert_int_equal(p.bad[0], 1);
}

static void test_refused(void **state)
{
    struct population p;
    (void)state;
    assert_int_equal(small_population(&s, "event 2020-01-01 1001", &p), ERR_RANGE);
    assert_int_equal(small_population(&s, "event 2020-01-01 -1", &p), ERR_RANGE);
    assert_int_equal(small_population(&s, "spell 2020-01-01 - 999999", &p), ERR_RANGE);
    assert_int_equal(small_population(&s, "event - 1;spell 2020-01-01 -;month 2020-01 -", &p),
                     ERR_OK);
    struct population_builder *b;
    assert_int_equal(population_builder_new(&s.arena, &s.r, 1, &b), ERR_OK);
    int64_t open_end[3] = {DATE_OPEN_END, 0, 0}, open_start[3] = {DATE_OPEN_START, 0, 330106};
    assert_int_equal(population_builder_add(b, R_EVENT, 0, open_end, NULL, 0), ERR_RANGE);
    assert_int_equal(population_builder_add(b, R_SPELL, 0, open_start, NULL, 0), ERR_RANGE);
}

static void test_answered(void **state)
{
    struct population p;
    uint8_t answered[1] = {0};
    (void)state;
    assert_int_equal(small_population(&s, "!event", &p), ERR_OK);
    assert_false(population_answered(&p, R_EVENT, 0));
    assert_true(population_answered(&p, R_SPELL, 0));
    p.regs[R_SPELL].answered_person = answered;
    assert_false(population_answered(&p, R_SPELL, 0));
    answered[0] = 1;
    assert_true(population_answered(&p, R_SPELL, 0));
}

/* --- residents --- */

static void test_resident(void **state)
{
    static const char facts[] = "person 1991-03-01 ?;event - 5 3;spell 2020-01-01 - 330106;"
                                "month 2020-01 2020-06 ?;!paper";
    struct population p, q;
    struct resident n, copy;
    struct buf out;
    struct str keys[4] = {STR("a"), STR("b"), STR("c"), STR("d")};
    (void)state;
    assert_int_equal(small_population(&s, facts, &p), ERR_OK);
    p.keys = keys;
    p.key_count = 4;
    assert_int_equal(resident_of(&s.arena, &p, 0, &n), ERR_OK);
    assert_int_equal(n.fact_count, 4);
    assert_int_equal(resident_copy(&s.arena, &n, 2, &copy), ERR_OK);
    assert_int_equal(resident_population(&s.arena, &copy, &q, NULL), ERR_OK);
    assert_false(q.regs[R_PAPER].answered);
    for (int reg = 0; reg < R_COUNT; reg++)
        assert_int_equal(p.regs[reg].row_count, q.regs[reg].row_count);
    buf_init(&out, 0);
    resident_add_text(&out, &copy, LANG_EN);
    buf_add_char(&out, '\0');
    assert_string_equal(out.p, "  person: born 1991-03-01, amount unknown\n"
                               "  event: amount 5, key \"d\"\n"
                               "  spell: from 2020-01-01, division 330106\n"
                               "  month: from 2020-01, to 2020-06, division unknown\n"
                               "  unanswered paper\n");
    buf_done(&out);
    buf_init(&out, 0);
    resident_add_text(&out, &copy, LANG_ZH);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.p, "born 1991年3月1日，amount 未知"));
    assert_non_null(strstr(out.p, "未答 paper"));
    buf_done(&out);
    copy.facts[1].values[1] = 5000;
    uint32_t which = 99;
    assert_int_equal(resident_population(&s.arena, &copy, &q, &which), ERR_RANGE);
    assert_int_equal(which, 1);
}

/* --- random residents --- */

static void random_make(uint64_t seed, uint32_t unknown, uint32_t persons, struct population *p)
{
    struct random_options o = {
        .seed = seed, .persons = persons, .day = s.day, .unknown_per_1000 = unknown};

    assert_int_equal(random_population(&s.arena, &s.r, &o, p), ERR_OK);
    assert_int_equal(p->count, persons);
    assert_null(p->bad);
}

static bool same_cell(const struct population *p, const struct population *q, int reg, uint32_t f,
                      uint32_t a, uint32_t b)
{
    const struct column *x = &p->regs[reg].cols[f], *y = &q->regs[reg].cols[f];
    return column_known(x, a) == column_known(y, b) && column_get(x, a) == column_get(y, b);
}

/* The same seed gives the same residents, whatever their number. */
static void test_random_repeats(void **state)
{
    struct population p, q;
    (void)state;
    random_make(42, 100, 50, &p);
    random_make(42, 100, 20, &q);
    for (int reg = 0; reg < R_COUNT; reg++)
        for (uint32_t i = 0; i < 20; i++) {
            uint32_t a, a_end, b, b_end;
            population_rows(&p, reg, i, &a, &a_end);
            population_rows(&q, reg, i, &b, &b_end);
            assert_int_equal(a_end - a, b_end - b);
            assert_int_equal(population_answered(&p, reg, i), population_answered(&q, reg, i));
            for (; a < a_end; a++, b++)
                for (uint32_t f = 0; f < s.r.regs[reg].field_count; f++)
                    assert_true(same_cell(&p, &q, reg, f, a, b));
        }
}

/* Every value is allowed, every spell runs forwards, what must not overlap does not. */
static void test_random_allowed(void **state)
{
    struct population p;
    uint32_t unknown = 0;
    (void)state;
    s.r.regs[R_PERMIT].no_overlap = true;
    small_const(&s, VT_AGE, 55);
    small_const(&s, VT_MONTHS, 36);
    small_const(&s, VT_DIVISION, 330106);
    random_make(7, 200, 400, &p);
    for (int reg = 0; reg < R_COUNT; reg++) {
        const struct rule_register *rr = &s.r.regs[reg];
        for (uint32_t i = 0; i < p.count; i++) {
            uint32_t row, end;
            population_rows(&p, reg, i, &row, &end);
            assert_true(end - row <= rr->max_records);
            unknown += !population_answered(&p, reg, i);
            for (; row < end; row++) {
                if (rr->start < 0 || rr->end < 0) continue;
                int64_t from = column_get(&p.regs[reg].cols[rr->start], row);
                int64_t to = column_get(&p.regs[reg].cols[rr->end], row);
                assert_true(from <= to);
            }
        }
    }
    assert_true(unknown > 0);
}

static bool overlap(const struct column *from, const struct column *to, uint32_t a, uint32_t b)
{
    return column_get(from, a) < column_get(to, b) && column_get(from, b) < column_get(to, a);
}

static void test_random_no_overlap(void **state)
{
    struct population p;
    (void)state;
    s.r.regs[R_PERMIT].no_overlap = true;
    random_make(9, 0, 500, &p);
    const struct register_data *d = &p.regs[R_PERMIT];
    for (uint32_t i = 0; i < p.count; i++) {
        uint32_t first, end;
        population_rows(&p, R_PERMIT, i, &first, &end);
        for (uint32_t a = first; a < end; a++)
            for (uint32_t b = a + 1; b < end; b++)
                assert_false(overlap(&d->cols[1], &d->cols[2], a, b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_column_types),      CASE(test_order),          CASE(test_many),
        CASE(test_one_per_person),    CASE(test_refused),        CASE(test_answered),
        CASE(test_resident),          CASE(test_random_repeats), CASE(test_random_allowed),
        CASE(test_random_no_overlap),
    };
    return RUN(tests);
}
