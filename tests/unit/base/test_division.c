/* The table of divisions and the arithmetic of codes. */
#include "base/division.h"

#include "base_test.h"

static bool is_in_force(const struct division *d, int32_t on)
{
    return d->from <= on && on < d->to;
}

static bool has_successor(const struct division *d, int32_t code)
{
    for (int i = 0; i < 3; i++) {
        if (d->successors[i] == code) return true;
    }
    return false;
}

static int32_t day(int32_t y, int32_t m, int32_t d)
{
    return date_from_civil(y, m, d);
}

static void rows_are_ordered_named_and_found(void **state)
{
    size_t count;
    const struct division *rows = division_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct division *d = &rows[i];

        if (i > 0) assert_true(rows[i - 1].code < d->code);
        assert_ptr_equal(division_find(d->code), d);
        assert_true(division_is_known(d->code));
        assert_true(strlen(d->zh) >= 6 && text_utf8_check(str_from_c(d->zh)) == strlen(d->zh));
        assert_true(d->en[0] >= 'A' && d->en[0] <= 'Z');
        assert_true(d->from < d->to);
    }
    assert_null(division_find(0));
    assert_null(division_find(330101));
    assert_null(division_find(INT32_MAX));
    assert_null(division_find(INT32_MIN));
}

/* Every row stands under a row that is in force as long as it is. */
static void every_row_has_its_parent(void **state)
{
    size_t count;
    const struct division *rows = division_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct division *parent;

        if (division_level(rows[i].code) == DIVISION_PROVINCE) continue;
        parent = division_find(division_parent(rows[i].code));
        assert_non_null(parent);
        assert_true(parent->from <= rows[i].from && rows[i].to <= parent->to);
    }
}

/* Whoever took over is in force from then on; whoever is retired has somebody who took over. */
static void successors_take_over(void **state)
{
    size_t count;
    const struct division *rows = division_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct division *d = &rows[i];

        if (d->to != DATE_OPEN_END) assert_true(d->successors[0] != 0);
        for (int k = 0; k < 3; k++) {
            const struct division *s = division_find(d->successors[k]);

            if (d->successors[k] == 0) continue;
            assert_non_null(s);
            assert_true(s->code != d->code && s->to == DATE_OPEN_END);
            assert_int_equal(division_parent(s->code), division_parent(d->code));
            if (d->to != DATE_OPEN_END) assert_true(s->from <= d->to);
        }
    }
}

/* Cities, districts, county-level cities and counties of Zhejiang on a day; the kind follows from
 * the third pair of digits (01-20 district, 21-80 county, 81- city). */
static void count_zhejiang(int32_t on, int counts[4])
{
    size_t count;
    const struct division *rows = division_table(&count);

    memset(counts, 0, 4 * sizeof counts[0]);
    for (size_t i = 0; i < count; i++) {
        int32_t kind = rows[i].code % 100;

        if (!division_is_within(rows[i].code, 330000) || rows[i].code == 330000) continue;
        if (!is_in_force(&rows[i], on)) continue;
        counts[kind == 0 ? 0 : kind <= 20 ? 1 : kind > 80 ? 2 : 3]++;
    }
}

static void zhejiang_has_the_published_numbers(void **state)
{
    static const struct {
        int32_t y, m, d;
        int cities, districts, county_cities, counties;
    } DAYS[] = {
        {2026, 7, 1, 11, 37, 20, 33},   {2021, 4, 9, 11, 37, 20, 33},
        {2021, 4, 8, 11, 37, 20, 33},   {2019, 8, 30, 11, 37, 20, 33},
        {2019, 8, 29, 11, 37, 19, 33},  {2017, 1, 1, 11, 36, 19, 34},
        {2015, 12, 31, 11, 36, 20, 34}, {2013, 10, 18, 11, 34, 21, 35},
        {2013, 10, 17, 11, 32, 22, 36},
    };

    (void)state;
    for (size_t i = 0; i < sizeof DAYS / sizeof DAYS[0]; i++) {
        int counts[4];

        count_zhejiang(day(DAYS[i].y, DAYS[i].m, DAYS[i].d), counts);
        assert_int_equal(counts[0], DAYS[i].cities);
        assert_int_equal(counts[1], DAYS[i].districts);
        assert_int_equal(counts[2], DAYS[i].county_cities);
        assert_int_equal(counts[3], DAYS[i].counties);
    }
}

/* Hangzhou, 9 April 2021. */
static void hangzhou_was_divided_anew(void **state)
{
    int32_t change = day(2021, 4, 9);
    const struct division *xiacheng = division_find(330103), *jianggan = division_find(330104);
    const struct division *linping = division_find(330113), *qiantang = division_find(330114);

    (void)state;
    assert_text(str_from_c(xiacheng->zh), "下城区");
    assert_text(str_from_c(jianggan->zh), "江干区");
    assert_text(str_from_c(linping->zh), "临平区");
    assert_text(str_from_c(qiantang->zh), "钱塘区");
    assert_true(is_in_force(xiacheng, change - 1) && !is_in_force(xiacheng, change));
    assert_true(is_in_force(jianggan, change - 1) && !is_in_force(jianggan, change));
    assert_true(!is_in_force(linping, change - 1) && is_in_force(linping, change));
    assert_true(!is_in_force(qiantang, change - 1) && is_in_force(qiantang, change));
    assert_true(has_successor(xiacheng, 330105));
    assert_true(has_successor(jianggan, 330102) && has_successor(jianggan, 330114));
    assert_true(has_successor(division_find(330110), 330113));
    assert_int_equal(division_find(330110)->to, DATE_OPEN_END);
    assert_true(division_is_known(330103)); /* a valid fact about the past */
}

static void places_are_with_who_took_them_over(void **state)
{
    int32_t eve = day(2021, 4, 8), change = day(2021, 4, 9), taken[DIVISION_TAKEN_MAX];

    (void)state;
    assert_int_equal(division_on(330103, eve), 330103);
    assert_int_equal(division_on(330103, change), 330105);
    assert_int_equal(division_on(330104, change), 330104); /* split */
    assert_int_equal(division_on(330110, change), 330110); /* in force, smaller */
    assert_int_equal(division_on(310115, change), 310115);
    assert_true(!division_is_abolished(330103, eve) && division_is_abolished(330103, change));
    assert_true(division_is_abolished(330104, change) && !division_is_abolished(310115, change));
    assert_int_equal(division_taken(330105, eve, taken), 0);
    assert_int_equal(division_taken(330105, change, taken), 1);
    assert_int_equal(taken[0], 330103);
    assert_int_equal(division_taken(330102, change, taken), 0); /* of Jianggan only a part */
    assert_int_equal(division_taken(330100, change, taken), 0); /* within it anyway */
}

/* As many as any division of the table ever took over fit. */
static void what_was_taken_over_fits(void **state)
{
    size_t count;
    const struct division *rows = division_table(&count);
    int32_t taken[DIVISION_TAKEN_MAX];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const uint32_t n = division_taken(rows[i].code, DATE_OPEN_END - 1, taken);
        for (uint32_t k = 0; k < n; k++)
            assert_true(has_successor(division_find(taken[k]), rows[i].code));
    }
}

static void a_place_fits_or_may(void **state)
{
    int32_t before = day(2018, 4, 1), eve = day(2021, 4, 8), change = day(2021, 4, 9);
    const struct {
        int32_t code, recorded, area, on;
        enum division_fit fit;
    } rows[] = {{330103, before, 330105, eve, DIVISION_NO},
                {330103, before, 330105, change, DIVISION_YES},
                {330104, before, 330102, eve, DIVISION_NO},
                {330104, before, 330102, change, DIVISION_MAYBE},
                {330104, before, 330114, change, DIVISION_MAYBE},
                {330104, before, 330105, change, DIVISION_NO},
                {330104, before, 330100, change, DIVISION_YES},
                {330110, before, 330113, change, DIVISION_MAYBE},
                {330110, change, 330113, change, DIVISION_NO}, /* recorded since: not in Linping */
                {330110, before, 330110, change, DIVISION_YES},
                {330212, before, 330203, change, DIVISION_NO}, /* the table knows no day */
                {310115, before, 330113, change, DIVISION_NO}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(division_fits(rows[i].code, rows[i].recorded, rows[i].area, rows[i].on),
                         rows[i].fit);
}

static void all_provinces_are_there(void **state)
{
    static const char *const SOME[][2] = {
        {"北京市", "Beijing"}, {"浙江省", "Zhejiang"},          {"内蒙古自治区", "Inner Mongolia"},
        {"台湾省", "Taiwan"},  {"香港特别行政区", "Hong Kong"}, {"澳门特别行政区", "Macao"},
    };
    static const int32_t CODES[] = {110000, 330000, 150000, 710000, 810000, 820000};
    size_t count, provinces = 0;
    const struct division *rows = division_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        provinces += division_level(rows[i].code) == DIVISION_PROVINCE;
    assert_int_equal(provinces, 34);
    for (size_t i = 0; i < 6; i++) {
        assert_text(str_from_c(division_find(CODES[i])->zh), SOME[i][0]);
        assert_text(str_from_c(division_find(CODES[i])->en), SOME[i][1]);
    }
}

static void codes_are_known_or_not(void **state)
{
    static const struct {
        int32_t code;
        bool is_known;
    } CASES[] = {
        {330000, true},   {330100, true},     {330106, true},     {330381, true},
        {331200, false},  {330199, false},    {330001, false},    {310000, true},
        {310115, true},   {310100, true},     {429004, true},     {310001, false},
        {340000, true},   {349999, true},     {990000, false},    {990101, false},
        {0, false},       {33, false},        {3301, false},      {33010600, false},
        {-330106, false}, {INT32_MIN, false}, {INT32_MAX, false}, {160000, false},
        {1000000, false}, {99999, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (division_is_known(CASES[i].code) != CASES[i].is_known) fail_msg("%d", CASES[i].code);
    }
}

static void the_tree_follows_from_the_digits(void **state)
{
    (void)state;
    assert_int_equal(division_level(330000), DIVISION_PROVINCE);
    assert_int_equal(division_level(330100), DIVISION_CITY);
    assert_int_equal(division_level(330106), DIVISION_COUNTY);
    assert_int_equal(division_parent(330106), 330100);
    assert_int_equal(division_parent(330100), 330000);
    assert_int_equal(division_parent(330000), 0);
    assert_true(division_is_within(330106, 330106));
    assert_true(division_is_within(330106, 330100));
    assert_true(division_is_within(330106, 330000));
    assert_true(division_is_within(330100, 330000));
    assert_false(division_is_within(330100, 330106));
    assert_false(division_is_within(330000, 330100));
    assert_false(division_is_within(330206, 330100));
    assert_false(division_is_within(310115, 330000));
}

/* Being within is climbing up to it, for every pair of rows. */
static void spans_agree_with_climbing(void **state)
{
    size_t count;
    const struct division *rows = division_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        int32_t first, last;

        division_span(rows[i].code, &first, &last);
        for (size_t k = 0; k < count; k++) {
            int32_t up = rows[k].code;

            while (up != 0 && up != rows[i].code)
                up = division_parent(up);
            assert_int_equal(division_is_within(rows[k].code, rows[i].code), up == rows[i].code);
            assert_int_equal(rows[k].code >= first && rows[k].code <= last, up == rows[i].code);
        }
    }
}

static void codes_parse(void **state)
{
    int32_t got = 4711;

    (void)state;
    assert_int_equal(division_parse(STR("330399"), &got), ERR_NOT_FOUND);
    assert_int_equal(division_parse(STR("000000"), &got), ERR_NOT_FOUND);
    assert_int_equal(division_parse(STR("33010"), &got), ERR_SYNTAX);
    assert_int_equal(division_parse(STR("3301066"), &got), ERR_SYNTAX);
    assert_int_equal(division_parse(STR("33010x"), &got), ERR_SYNTAX);
    assert_int_equal(division_parse(STR("-30106"), &got), ERR_SYNTAX);
    assert_int_equal(division_parse(STR(" 33010"), &got), ERR_SYNTAX);
    assert_int_equal(division_parse(STR(""), &got), ERR_SYNTAX);
    assert_int_equal(got, 4711);
    assert_int_equal(division_parse(STR("330106"), &got), ERR_OK);
    assert_int_equal(got, 330106);
    assert_int_equal(division_parse(STR("310115"), &got), ERR_OK);
    assert_int_equal(got, 310115);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(rows_are_ordered_named_and_found),
    cmocka_unit_test(every_row_has_its_parent),
    cmocka_unit_test(successors_take_over),
    cmocka_unit_test(zhejiang_has_the_published_numbers),
    cmocka_unit_test(hangzhou_was_divided_anew),
    cmocka_unit_test(places_are_with_who_took_them_over),
    cmocka_unit_test(what_was_taken_over_fits),
    cmocka_unit_test(a_place_fits_or_may),
    cmocka_unit_test(all_provinces_are_there),
    cmocka_unit_test(codes_are_known_or_not),
    cmocka_unit_test(the_tree_follows_from_the_digits),
    cmocka_unit_test(spans_agree_with_climbing),
    cmocka_unit_test(codes_parse),
};
RUN_GROUP(TESTS)
