/* Decimals and ratios: round trips, the three roundings by their definition, errors. */
#include "base/decimal.h"

#include "base_test.h"

static const int64_t SCALES[] = {1,      10,      100,      1000,      10000,
                                 100000, 1000000, 10000000, 100000000, 1000000000};

static void texts_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t scale, want;
    } CASES[] = {
        {"0", 1, 0},
        {"-0", 100, 0},
        {"0.25", 100, 25},
        {"0.5", 100, 50},
        {"17.75", 100, 1775},
        {"-17.75", 100, -1775},
        {"007", 10, 70},
        {"1.500", 1000, 1500},
        {"9223372036854775807", 1, INT64_MAX},
        {"-9223372036854775808", 1, INT64_MIN},
        {"9223372036.854775807", 1000000000, INT64_MAX},
        {"-9223372036.854775808", 1000000000, INT64_MIN},
        {"00000000000000000000000000000000001", 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t got = 1;

        if (decimal_parse(str_from_c(CASES[i].text), CASES[i].scale, &got) != ERR_OK ||
            got != CASES[i].want)
            fail_msg("%s", CASES[i].text);
    }
}

static void bad_texts_are_errors(void **state)
{
    static const struct {
        const char *text;
        enum err want;
    } CASES[] = {
        {"", ERR_SYNTAX},
        {"-", ERR_SYNTAX},
        {".", ERR_SYNTAX},
        {"5.", ERR_SYNTAX},
        {".5", ERR_SYNTAX},
        {"1.2.3", ERR_SYNTAX},
        {"+1", ERR_SYNTAX},
        {"--1", ERR_SYNTAX},
        {" 1", ERR_SYNTAX},
        {"1 ", ERR_SYNTAX},
        {"1e3", ERR_SYNTAX},
        {"1,000", ERR_SYNTAX},
        {"\xEF\xBC\x91", ERR_SYNTAX},
        {"0.125", ERR_RANGE},
        {"0.000", ERR_RANGE},
        {"92233720368547758.08", ERR_RANGE},
        {"-92233720368547758.09", ERR_RANGE},
        {"99999999999999999999999", ERR_RANGE},
        {"18446744073709551617", ERR_RANGE},
        {"0.0000000000000000000000001", ERR_RANGE},
    };
    int64_t got = 4711;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (decimal_parse(str_from_c(CASES[i].text), 100, &got) != CASES[i].want)
            fail_msg("%s", CASES[i].text);
    }
    assert_int_equal(got, 4711);
}

static void check_round_trip(struct buf *b, int64_t v, int64_t scale, int places)
{
    int64_t back = ~v;

    b->n = 0;
    decimal_add_short(b, v, scale);
    if (decimal_parse(buf_str(b), scale, &back) != ERR_OK || back != v)
        fail_msg("short %lld / %lld", (long long)v, (long long)scale);
    b->n = 0;
    decimal_add_text(b, v, scale, places);
    if (decimal_parse(buf_str(b), scale, &back) != ERR_OK || back != v)
        fail_msg("text %lld / %lld", (long long)v, (long long)scale);
}

static void what_is_printed_parses_back(void **state)
{
    uint64_t seed = 3;
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (int places = 0; places <= 9; places++) {
        for (int64_t v = -3000; v <= 3000; v++)
            check_round_trip(&b, v, SCALES[places], places);
        for (int i = 0; i < 3000; i++)
            check_round_trip(&b, (int64_t)(test_random(&seed) << 17 ^ test_random(&seed)),
                             SCALES[places], places);
        check_round_trip(&b, INT64_MAX, SCALES[places], places);
        check_round_trip(&b, INT64_MIN, SCALES[places], places);
    }
    buf_done(&b);
}

static void texts_of_decimals(void **state)
{
    static const struct {
        int64_t v, scale;
        int places; /* -1 = the short form */
        const char *want;
    } CASES[] = {
        {50, 100, -1, "0.5"},     {2000, 100, -1, "20"},    {1775, 100, -1, "17.75"},
        {0, 100, -1, "0"},        {-5, 100, -1, "-0.05"},   {10, 1, -1, "10"},
        {1775, 100, 2, "17.75"},  {1775, 100, 1, "17.8"},   {1774, 100, 1, "17.7"},
        {-1775, 100, 1, "-17.8"}, {1775, 100, 0, "18"},     {-4, 100, 1, "0.0"},
        {-5, 100, 1, "-0.1"},     {9999, 1000, 2, "10.00"}, {20, 1, 2, "20.00"},
        {25, 10, 2, "2.50"},      {7, 1, 0, "7"},           {5, 1000000000, 9, "0.000000005"},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        b.n = 0;
        if (CASES[i].places < 0)
            decimal_add_short(&b, CASES[i].v, CASES[i].scale);
        else
            decimal_add_text(&b, CASES[i].v, CASES[i].scale, CASES[i].places);
        assert_buf(&b, CASES[i].want);
    }
    buf_done(&b);
}

static uint128 magnitude(int128 v)
{
    return v < 0 ? -(uint128)v : (uint128)v;
}

/* The definition of each rounding, by comparing products only. */
static bool is_rounded(int128 product, int64_t den, enum rounding r, int64_t got)
{
    uint128 p = magnitude(product), q = magnitude(got) * (uint64_t)den;
    uint128 gap = q > p ? q - p : p - q;

    if (got != 0 && (got < 0) != (product < 0)) return false;
    switch (r) {
    case ROUND_DOWN:
        return q <= p && gap < (uint64_t)den;
    case ROUND_UP:
        return q >= p && gap < (uint64_t)den;
    case ROUND_HALF_UP:
        return 2 * gap < (uint64_t)den || (2 * gap == (uint64_t)den && q > p);
    }
    return false;
}

static void check_mul_div(int64_t v, int64_t num, int64_t den)
{
    static const enum rounding ROUNDINGS[] = {ROUND_DOWN, ROUND_HALF_UP, ROUND_UP};
    int128 product = (int128)v * num;

    for (int r = 0; r < 3; r++) {
        int64_t got = 4711;
        enum err e = decimal_mul_div(v, num, den, ROUNDINGS[r], &got);
        /* Too large for 64 bits already when truncated, or one over it when rounded. */
        bool may_overflow = magnitude(product) / (uint64_t)den >= INT64_MAX;

        if (e == ERR_OVERFLOW && may_overflow && got == 4711) continue;
        if (e != ERR_OK || !is_rounded(product, den, ROUNDINGS[r], got))
            fail_msg("%lld * %lld / %lld, rounding %d: %lld", (long long)v, (long long)num,
                     (long long)den, r, (long long)got);
    }
}

static void products_are_rounded_by_definition(void **state)
{
    uint64_t seed = 4;

    (void)state;
    for (int64_t v = -40; v <= 40; v++)
        for (int64_t num = -20; num <= 20; num++)
            for (int64_t den = 1; den <= 20; den++)
                check_mul_div(v, num, den);
    for (int i = 0; i < 200000; i++) {
        int64_t v = (int64_t)(test_random(&seed) << 17 ^ test_random(&seed));
        int64_t num = (int64_t)(test_random(&seed) << 17 ^ test_random(&seed)) >> (i % 60);
        int64_t den = (int64_t)(test_random(&seed) >> (1 + i % 61)) & INT64_MAX;

        check_mul_div(v, num, den > 0 ? den : 1);
    }
}

static void products_at_the_edge(void **state)
{
    int64_t got = 4711;

    (void)state;
    assert_int_equal(decimal_mul_div(INT64_MAX, 2, 1, ROUND_DOWN, &got), ERR_OVERFLOW);
    assert_int_equal(decimal_mul_div(INT64_MIN, -1, 1, ROUND_DOWN, &got), ERR_OVERFLOW);
    assert_int_equal(decimal_mul_div(INT64_MIN, INT64_MIN, 1, ROUND_UP, &got), ERR_OVERFLOW);
    assert_int_equal(got, 4711);
    assert_int_equal(decimal_mul_div(INT64_MIN, 1, 1, ROUND_UP, &got), ERR_OK);
    assert_true(got == INT64_MIN);
    assert_int_equal(decimal_mul_div(INT64_MAX, INT64_MAX, INT64_MAX, ROUND_DOWN, &got), ERR_OK);
    assert_true(got == INT64_MAX);
    /* INT64_MAX + 1/2: down fits, up does not. */
    assert_int_equal(decimal_mul_div(INT64_MAX, 3, 3, ROUND_UP, &got), ERR_OK);
    assert_int_equal(decimal_mul_div(INT64_MIN, 5, 5, ROUND_HALF_UP, &got), ERR_OK);
    assert_true(got == INT64_MIN);
    assert_int_equal(decimal_mul_div(15, 1, 10, ROUND_HALF_UP, &got), ERR_OK);
    assert_int_equal(got, 2);
    assert_int_equal(decimal_mul_div(-15, 1, 10, ROUND_HALF_UP, &got), ERR_OK);
    assert_int_equal(got, -2);
    assert_int_equal(decimal_mul_div(-15, 1, 10, ROUND_DOWN, &got), ERR_OK);
    assert_int_equal(got, -1);
}

static void divide_by_nothing(void *arg)
{
    int64_t got;

    (void)arg;
    IGNORE_ERR(decimal_mul_div(1, 1, 0, ROUND_DOWN, &got)); /* does not return */
}

static void print_at_scale_7(void *arg)
{
    decimal_add_short(arg, 1, 7);
}

static void broken_requirements_end_the_process(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    assert_true(aborts(divide_by_nothing, NULL));
    assert_true(aborts(print_at_scale_7, &b));
    buf_done(&b);
}

static void ratios_are_in_lowest_terms(void **state)
{
    struct ratio r;

    (void)state;
    for (int64_t n = -30; n <= 30; n++) {
        for (int64_t d = -30; d <= 30; d++) {
            if (d == 0) continue;
            assert_int_equal(ratio_make(n, d, &r), ERR_OK);
            assert_true(r.den > 0);
            assert_true(r.num * d == r.den * n);
            for (int64_t k = 2; k <= 30; k++)
                assert_false(r.num % k == 0 && r.den % k == 0);
        }
    }
    assert_int_equal(ratio_make(INT64_MIN, INT64_MIN, &r), ERR_OK);
    assert_true(r.num == 1 && r.den == 1);
    assert_int_equal(ratio_make(INT64_MIN, 2, &r), ERR_OK);
    assert_true(r.num == INT64_MIN / 2 && r.den == 1);
    assert_int_equal(ratio_make(0, -5, &r), ERR_OK);
    assert_true(r.num == 0 && r.den == 1);
}

static void ratios_that_do_not_fit_are_errors(void **state)
{
    struct ratio r = {5, 7};

    (void)state;
    assert_int_equal(ratio_make(1, 0, &r), ERR_RANGE);
    assert_int_equal(ratio_make(0, 0, &r), ERR_RANGE);
    assert_int_equal(ratio_make(INT64_MIN, -1, &r), ERR_RANGE);
    assert_int_equal(ratio_make(1, INT64_MIN, &r), ERR_RANGE);
    assert_true(r.num == 5 && r.den == 7);
}

static void ratios_parse(void **state)
{
    static const struct {
        const char *text;
        enum err want;
        int64_t num, den;
    } CASES[] = {
        {"2/37", ERR_OK, 2, 37},
        {"4/6", ERR_OK, 2, 3},
        {"30%", ERR_OK, 3, 10},
        {"0.3", ERR_OK, 3, 10},
        {"12.5%", ERR_OK, 1, 8},
        {"100%", ERR_OK, 1, 1},
        {"1", ERR_OK, 1, 1},
        {"0", ERR_OK, 0, 1},
        {"-0.5", ERR_OK, -1, 2},
        {"-1/2", ERR_OK, -1, 2},
        {"1/0", ERR_RANGE, 0, 0},
        {"1/-2", ERR_SYNTAX, 0, 0},
        {"/2", ERR_SYNTAX, 0, 0},
        {"1/", ERR_SYNTAX, 0, 0},
        {"%", ERR_SYNTAX, 0, 0},
        {"", ERR_SYNTAX, 0, 0},
        {"1/2/3", ERR_SYNTAX, 0, 0},
        {"1/2%", ERR_SYNTAX, 0, 0},
        {"30%%", ERR_SYNTAX, 0, 0},
        {"0.5/2", ERR_RANGE, 0, 0},
        {"abc", ERR_SYNTAX, 0, 0},
        {"1/-0", ERR_SYNTAX, 0, 0},
        {"3/a", ERR_SYNTAX, 0, 0},
        {"a/3", ERR_SYNTAX, 0, 0},
        {"0.00000000000000001%", ERR_RANGE, 0, 0},
        {"99999999999999999999", ERR_RANGE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct ratio r = {0, 0};

        if (ratio_parse(str_from_c(CASES[i].text), &r) != CASES[i].want || r.num != CASES[i].num ||
            r.den != CASES[i].den)
            fail_msg("%s: %lld/%lld", CASES[i].text, (long long)r.num, (long long)r.den);
    }
}

static void ratios_compare(void **state)
{
    struct ratio huge = {INT64_MAX, 1}, almost = {INT64_MAX - 1, 1}, tiny = {1, INT64_MAX};

    (void)state;
    for (int64_t n = -6; n <= 6; n++)
        for (int64_t d = 1; d <= 6; d++)
            for (int64_t m = -6; m <= 6; m++)
                for (int64_t e = 1; e <= 6; e++)
                    assert_int_equal(ratio_cmp((struct ratio){n, d}, (struct ratio){m, e}),
                                     (n * e > m * d) - (n * e < m * d));
    assert_int_equal(ratio_cmp(huge, almost), 1);
    assert_int_equal(ratio_cmp(tiny, huge), -1);
    assert_int_equal(ratio_cmp((struct ratio){INT64_MIN, 1}, tiny), -1);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(texts_parse),
    cmocka_unit_test(bad_texts_are_errors),
    cmocka_unit_test(what_is_printed_parses_back),
    cmocka_unit_test(texts_of_decimals),
    cmocka_unit_test(products_are_rounded_by_definition),
    cmocka_unit_test(products_at_the_edge),
    cmocka_unit_test(broken_requirements_end_the_process),
    cmocka_unit_test(ratios_are_in_lowest_terms),
    cmocka_unit_test(ratios_that_do_not_fit_are_errors),
    cmocka_unit_test(ratios_parse),
    cmocka_unit_test(ratios_compare),
};
RUN_GROUP(TESTS)
