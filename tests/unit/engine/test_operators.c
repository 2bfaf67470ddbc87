/* Every operator of the reference interpreter on small tables, unknown inputs among them.
 * TEST-OF: src/lang/README.md §6 */
#include "engine_test.h"

/* A number that is known, or lies in [lo, hi]: the person's amount with that static range. */
static uint32_t number(int64_t lo, int64_t hi)
{
    if (lo == hi) return small_const(&s, VT_INT, lo);
    uint32_t n = small_field(&s, R_PERSON, 1, -1);
    s.nodes[n].lo = lo;
    s.nodes[n].hi = hi;
    return n;
}

static uint32_t day_at(const char *text)
{
    return small_const(&s, VT_DATE, small_date(text));
}

struct two {
    enum node_op op;
    int64_t alo, ahi, blo, bhi, lo, hi;
};

static void test_two(void **state)
{
    static const struct two rows[] = {
        {NODE_ADD, 2, 2, 3, 3, 5, 5},       {NODE_ADD, 1, 4, 10, 20, 11, 24},
        {NODE_ADD, -5, -5, 3, 3, -2, -2},   {NODE_SUB, 2, 2, 3, 3, -1, -1},
        {NODE_SUB, 1, 4, 10, 20, -19, -6},  {NODE_MUL, 2, 2, 3, 3, 6, 6},
        {NODE_MUL, -3, 4, 10, 20, -60, 80}, {NODE_MUL, -3, 4, -2, 5, -15, 20},
        {NODE_DIV, 20, 20, 3, 3, 6, 6},     {NODE_DIV, 10, 40, 2, 5, 2, 20},
        {NODE_MIN, 7, 7, 5, 5, 5, 5},       {NODE_MIN, 3, 9, 5, 5, 3, 5},
        {NODE_MAX, 7, 7, 5, 5, 7, 7},       {NODE_MAX, 3, 9, 5, 5, 5, 9},
        {NODE_GE, 5, 5, 5, 5, 1, 1},        {NODE_GE, 4, 4, 5, 5, 0, 0},
        {NODE_GE, 4, 5, 5, 5, 0, 1},        {NODE_GE, 5, 9, 4, 5, 1, 1},
        {NODE_GE, 1, 3, 4, 5, 0, 0},        {NODE_GT, 5, 5, 5, 5, 0, 0},
        {NODE_GT, 6, 6, 5, 5, 1, 1},        {NODE_GT, 5, 6, 5, 5, 0, 1},
        {NODE_GT, 6, 9, 4, 5, 1, 1},        {NODE_LE, 5, 5, 5, 5, 1, 1},
        {NODE_LE, 6, 6, 5, 5, 0, 0},        {NODE_LE, 5, 6, 5, 5, 0, 1},
        {NODE_LE, 1, 4, 4, 9, 1, 1},        {NODE_LT, 5, 5, 5, 5, 0, 0},
        {NODE_LT, 4, 4, 5, 5, 1, 1},        {NODE_LT, 4, 5, 5, 5, 0, 1},
        {NODE_LT, 1, 3, 4, 9, 1, 1},        {NODE_EQ, 5, 5, 5, 5, 1, 1},
        {NODE_EQ, 4, 4, 5, 5, 0, 0},        {NODE_EQ, 4, 6, 5, 5, 0, 1},
        {NODE_EQ, 4, 5, 6, 9, 0, 0},        {NODE_EQ, 4, 6, 4, 6, 0, 1},
        {NODE_NE, 5, 5, 5, 5, 0, 0},        {NODE_NE, 4, 4, 5, 5, 1, 1},
        {NODE_NE, 4, 6, 5, 5, 0, 1},        {NODE_NE, 4, 5, 6, 9, 1, 1},
        {NODE_AND, 1, 1, 1, 1, 1, 1},       {NODE_AND, 1, 1, 0, 0, 0, 0},
        {NODE_AND, 0, 1, 1, 1, 0, 1},       {NODE_AND, 0, 1, 0, 0, 0, 0},
        {NODE_OR, 0, 0, 0, 0, 0, 0},        {NODE_OR, 1, 1, 0, 0, 1, 1},
        {NODE_OR, 0, 1, 0, 0, 0, 1},        {NODE_OR, 0, 1, 1, 1, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct two *t = &rows[i];
        if (s.r.node_count > SMALL_NODES - 4) s.r.node_count = s.r.kid_total = 0;
        uint32_t n = small_op2(&s, t->op, VT_INT, number(t->alo, t->ahi), number(t->blo, t->bhi));
        struct interval v = small_value(&s, n, "person ? ?");
        if (v.lo != t->lo || v.hi != t->hi)
            print_error("row %zu: [%lld, %lld]\n", i, (long long)v.lo, (long long)v.hi);
        CHECK(v, t->lo, t->hi);
    }
}

static void test_not(void **state)
{
    (void)state;
    CHECK(small_value(&s, small_op(&s, NODE_NOT, VT_BOOL, 1, (uint32_t[]){number(1, 1)}), ""), 0,
          0);
    CHECK(small_value(&s, small_op(&s, NODE_NOT, VT_BOOL, 1, (uint32_t[]){number(0, 1)}), ""), 0,
          1);
}

/* 2/3 of 10.00, three roundings; and of a negative number: away from zero and towards it. */
static void test_rounding(void **state)
{
    static const struct {
        int64_t v;
        enum rounding r;
        int64_t want;
    } rows[] = {{1000, ROUND_DOWN, 666}, {1000, ROUND_HALF_UP, 667},
                {1000, ROUND_UP, 667},   {-1000, ROUND_DOWN, -666},
                {-1000, ROUND_UP, -667}, {-1000, ROUND_HALF_UP, -667}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t n = small_op2(&s, NODE_MUL, VT_POINTS, number(rows[i].v, rows[i].v), number(2, 2));
        s.nodes[n].imm = 3;
        s.nodes[n].round = rows[i].r;
        CHECK(small_value(&s, n, ""), rows[i].want, rows[i].want);
        n = small_op2(&s, NODE_DIV, VT_POINTS, number(2 * rows[i].v, 2 * rows[i].v), number(3, 3));
        s.nodes[n].round = rows[i].r;
        CHECK(small_value(&s, n, ""), rows[i].want, rows[i].want);
    }
}

static void test_per(void **state)
{
    static const int64_t rows[][4] = {
        {47, 47, 2350, 2350}, {0, 0, 0, 0}, {-3, -3, 0, 0}, {-5, 3, 0, 150}, {1, 2, 50, 100}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t n =
            small_op(&s, NODE_PER, VT_POINTS, 1, (uint32_t[]){number(rows[i][0], rows[i][1])});
        s.nodes[n].imm = 1;
        s.nodes[n].imm2 = 50;
        CHECK(small_value(&s, n, "person ? ?"), rows[i][2], rows[i][3]);
    }
    uint32_t n = small_op(&s, NODE_PER, VT_POINTS, 1, (uint32_t[]){number(99999, 99999)});
    s.nodes[n].imm = 100000;
    s.nodes[n].imm2 = 200;
    CHECK(small_value(&s, n, ""), 0, 0);
}

static void test_in_ranges(void **state)
{
    static const int64_t rows[][4] = {{1, 1, 1, 1}, {3, 3, 0, 0}, {5, 9, 1, 1},  {4, 6, 0, 1},
                                      {2, 5, 0, 1}, {3, 4, 0, 0}, {10, 12, 0, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t n =
            small_op(&s, NODE_IN_RANGES, VT_BOOL, 1, (uint32_t[]){number(rows[i][0], rows[i][1])});
        small_table(&s, n, 4, (int64_t[]){1, 2, 5, 9});
        CHECK(small_value(&s, n, "person ? ?"), rows[i][2], rows[i][3]);
    }
}

static void test_choices(void **state)
{
    (void)state;
    uint32_t a = number(7, 7), b = number(9, 9);
    CHECK(small_value(&s, small_op(&s, NODE_IF, VT_INT, 3, (uint32_t[]){number(1, 1), a, b}), ""),
          7, 7);
    CHECK(small_value(&s, small_op(&s, NODE_IF, VT_INT, 3, (uint32_t[]){number(0, 0), a, b}), ""),
          9, 9);
    CHECK(small_value(&s, small_op(&s, NODE_IF, VT_INT, 3, (uint32_t[]){number(0, 1), b, a}), ""),
          7, 9);
    uint32_t list[3] = {number(1, 1), number(4, 4), number(2, 2)};
    CHECK(small_value(&s, small_op(&s, NODE_HIGHEST, VT_INT, 3, list), ""), 4, 4);
    CHECK(small_value(&s, small_op(&s, NODE_LOWEST, VT_INT, 3, list), ""), 1, 1);
    CHECK(small_value(&s, small_op(&s, NODE_TOTAL, VT_INT, 3, list), ""), 7, 7);
    CHECK(small_value(&s, small_op(&s, NODE_TOTAL, VT_INT, 0, list), ""), 0, 0);
    list[0] = number(0, 9);
    CHECK(small_value(&s, small_op(&s, NODE_HIGHEST, VT_INT, 3, list), ""), 4, 9);
    CHECK(small_value(&s, small_op(&s, NODE_LOWEST, VT_INT, 3, list), ""), 0, 2);
    CHECK(small_value(&s, small_op(&s, NODE_TOTAL, VT_INT, 3, list), ""), 6, 15);
}

static uint32_t bands(int64_t lo, int64_t hi)
{
    uint32_t kids[4] = {number(lo, hi), small_const(&s, VT_POINTS, 100),
                        small_const(&s, VT_POINTS, 50), small_const(&s, VT_POINTS, 80)};
    uint32_t n = small_op(&s, NODE_BANDS, VT_POINTS, 4, kids);
    small_table(&s, n, 6, (int64_t[]){INT64_MIN, 54, 55, 60, 61, INT64_MAX});
    return n;
}

static void test_bands(void **state)
{
    static const int64_t rows[][4] = {{54, 54, 100, 100}, {55, 55, 50, 50},  {60, 60, 50, 50},
                                      {61, 61, 80, 80},   {54, 55, 50, 100}, {60, 61, 50, 80},
                                      {0, 200, 50, 100}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(small_value(&s, bands(rows[i][0], rows[i][1]), "person ? ?"), rows[i][2], rows[i][3]);
}

static uint32_t match(int64_t lo, int64_t hi)
{
    uint32_t kids[4] = {number(lo, hi), small_const(&s, VT_POINTS, 10),
                        small_const(&s, VT_POINTS, 5), small_const(&s, VT_POINTS, 8)};
    uint32_t n = small_op(&s, NODE_MATCH, VT_POINTS, 4, kids);
    small_table(&s, n, 3, (int64_t[]){1 << 2 | 1 << 3, 1 << 0, 1 << 1});
    return n;
}

static void test_match(void **state)
{
    static const int64_t rows[][4] = {{0, 0, 5, 5}, {1, 1, 8, 8},  {2, 2, 10, 10}, {3, 3, 10, 10},
                                      {0, 1, 5, 8}, {1, 3, 8, 10}, {0, 3, 5, 10},  {-1, -1, 0, 0}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(small_value(&s, match(rows[i][0], rows[i][1]), "person ? ?"), rows[i][2], rows[i][3]);
}

/* TEST-OF: registers §3 reading 1 */
static void test_age(void **state)
{
    static const struct {
        const char *born;
        int64_t lo, hi;
    } rows[] = {{"person 1991-03-01 ?", 35, 35}, {"person 1991-03-02 ?", 34, 34},
                {"person 2026-03-02 ?", 0, 0},   {"person 0001-01-01 ?", 200, 200},
                {"person ? ?", 0, 200},          {"", 0, 200}};
    (void)state;
    uint32_t n = small_op2(&s, NODE_AGE, VT_AGE, small_field(&s, R_PERSON, 0, -1),
                           small_op(&s, NODE_DAY, VT_DATE, 0, NULL));
    for (size_t i = 0; i < COUNT(rows); i++)
        CHECK(small_value(&s, n, rows[i].born), rows[i].lo, rows[i].hi);
    CHECK(small_value(&s, n, "!person;person 1991-03-01 ?"), 0, 200);
}

static void test_dates(void **state)
{
    (void)state;
    uint32_t d = day_at("2024-02-29");
    uint32_t n = small_op(&s, NODE_YEAR, VT_INT, 1, &d);
    CHECK(small_value(&s, n, ""), 2024, 2024);
    n = small_op(&s, NODE_YEAR_START, VT_DATE, 1, &d);
    CHECK(small_value(&s, n, ""), small_date("2024-01-01"), small_date("2024-01-01"));
    n = small_op(&s, NODE_ADD_MONTHS, VT_DATE, 1, &d);
    s.nodes[n].imm = 12;
    s.nodes[n].imm2 = MONTH_NEXT;
    CHECK(small_value(&s, n, ""), small_date("2025-03-01"), small_date("2025-03-01"));
    n = small_op(&s, NODE_ADD_MONTHS, VT_DATE, 1, &d);
    s.nodes[n].imm = 12;
    s.nodes[n].imm2 = MONTH_CLAMP;
    CHECK(small_value(&s, n, ""), small_date("2025-02-28"), small_date("2025-02-28"));
    n = small_op2(&s, NODE_WHOLE_MONTHS, VT_MONTHS, d, day_at("2024-05-28"));
    CHECK(small_value(&s, n, ""), 2, 2);
    d = small_const(&s, VT_DATE, DATE_OPEN_START);
    CHECK(small_value(&s, small_op(&s, NODE_YEAR_START, VT_DATE, 1, &d), ""), DATE_OPEN_START,
          DATE_OPEN_START);
}

static void test_if_unknown(void **state)
{
    (void)state;
    uint32_t known = number(3, 3), open = number(3, 7);
    uint32_t n = small_op(&s, NODE_IF_UNKNOWN, VT_POINTS, 1, &open);
    s.nodes[n].imm = s.day;
    s.nodes[n].imm2 = 4;
    CHECK(small_value(&s, n, "person ? ?"), 4, 4);
    s.nodes[n].imm = s.day + 1;
    CHECK(small_value(&s, n, "person ? ?"), 3, 7);
    n = small_op(&s, NODE_IF_UNKNOWN, VT_POINTS, 1, &known);
    s.nodes[n].imm = s.day;
    s.nodes[n].imm2 = 4;
    CHECK(small_value(&s, n, ""), 3, 3);
}

/* 64-bit overflow is an error of the person, also where the branch is not taken. */
static void test_overflow(void **state)
{
    (void)state;
    uint32_t big = small_const(&s, VT_INT, INT64_MAX), one = number(1, 1), none = number(0, 0);
    uint32_t low = small_const(&s, VT_INT, INT64_MIN);
    uint32_t over[] = {small_op2(&s, NODE_ADD, VT_INT, big, one),
                       small_op2(&s, NODE_SUB, VT_INT, low, one),
                       small_op2(&s, NODE_MUL, VT_INT, big, number(2, 2)),
                       small_op(&s, NODE_TOTAL, VT_INT, 2, (uint32_t[]){big, one}),
                       small_op(&s, NODE_PER, VT_INT, 1, &big)};
    s.nodes[over[4]].imm2 = 2;
    for (size_t i = 0; i < COUNT(over); i++) {
        assert_int_equal(small_error(&s, over[i], ""), ERR_OVERFLOW);
        uint32_t guarded = small_op(&s, NODE_IF, VT_INT, 3, (uint32_t[]){none, over[i], one});
        assert_int_equal(small_error(&s, guarded, ""), ERR_OVERFLOW);
    }
    uint32_t zero = small_op2(&s, NODE_DIV, VT_INT, one, none);
    assert_int_equal(small_error(&s, zero, ""), ERR_RANGE);
}

static void test_params(void **state)
{
    (void)state;
    s.params[0] = (struct rule_param){.values = s.param_values, .value_count = 2};
    s.param_values[0] = (struct rule_param_value){
        .from = small_date("2020-01-01"), .to = small_date("2026-02-28"), .value = 5};
    s.param_values[1] = (struct rule_param_value){
        .from = small_date("2026-03-01"), .to = DATE_OPEN_END, .value = 6};
    s.r.param_count = 1;
    uint32_t n = small_const(&s, VT_POINTS, 0);
    s.nodes[n].param = 0;
    CHECK(small_value(&s, n, ""), 6, 6);
    s.day--;
    CHECK(small_value(&s, n, ""), 5, 5);
}

/* A field of records outside its records, or of another register's record, is a damaged image. */
static void test_damaged(void **state)
{
    (void)state;
    assert_int_equal(small_error(&s, small_field(&s, R_EVENT, 1, -1), ""), ERR_CORRUPT);
    assert_int_equal(small_error(&s, small_field(&s, R_EVENT, 1, R_EVENT), ""), ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_two),       CASE(test_not),     CASE(test_rounding),   CASE(test_per),
        CASE(test_in_ranges), CASE(test_choices), CASE(test_bands),      CASE(test_match),
        CASE(test_age),       CASE(test_dates),   CASE(test_if_unknown), CASE(test_overflow),
        CASE(test_params),    CASE(test_damaged),
    };
    return RUN(tests);
}
