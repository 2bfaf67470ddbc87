/* Identity numbers: check characters, normal form, refusals. The numbers here belong to nobody:
 * they are made from an area, a day and a sequence number by the test itself. */
#include "base/idnum.h"

#include "base_test.h"

static int32_t today(void)
{
    return date_from_civil(2026, 3, 1);
}

/* The check character by the congruence of the standard: over all 18 places, the digit times
 * 2^(17-i) mod 11 add up to 1. */
static char congruent_check(const char digits17[17])
{
    for (int last = 0; last <= 10; last++) {
        int sum = last;

        for (int i = 0; i < 17; i++)
            sum += (digits17[i] - '0') * ((1 << (17 - i)) % 11);
        if (sum % 11 == 1) return last == 10 ? 'X' : (char)('0' + last);
    }
    return '?';
}

/* A whole number from its first 17 digits. */
static struct str with_check(const char *digits17, char out[IDNUM_LEN + 1])
{
    memcpy(out, digits17, 17);
    out[17] = congruent_check(digits17);
    out[18] = '\0';
    return (struct str){out, IDNUM_LEN};
}

static void check_characters_satisfy_the_congruence(void **state)
{
    uint64_t seed = 6;
    bool seen[11] = {0};
    char digits[17];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char c;

        for (int k = 0; k < 17; k++)
            digits[k] = (char)('0' + test_random(&seed) % 10);
        c = idnum_check_char(digits);
        if (c != congruent_check(digits)) fail_msg("%.17s", digits);
        seen[c == 'X' ? 10 : c - '0'] = true;
    }
    for (int k = 0; k < 11; k++)
        assert_true(seen[k]);
    /* The example of the standard: 11010519491231002X. */
    assert_int_equal(idnum_check_char("11010519491231002"), 'X');
}

static void a_number_gives_area_birth_and_sex(void **state)
{
    char text[IDNUM_LEN + 1];
    struct idnum id;

    (void)state;
    assert_int_equal(idnum_parse(with_check("33010619910301123", text), today(), &id), ERR_OK);
    assert_string_equal(id.digits, text);
    assert_int_equal(id.area, 330106);
    assert_int_equal(id.birth, date_from_civil(1991, 3, 1));
    assert_true(id.is_male);
    assert_int_equal(idnum_parse(with_check("33010620040229124", text), today(), &id), ERR_OK);
    assert_int_equal(id.birth, date_from_civil(2004, 2, 29));
    assert_false(id.is_male);
}

/* A retired area, an area of permits for Taiwan residents, and one that never was. */
static void no_area_is_refused(void **state)
{
    static const char *const DIGITS[] = {"33010319800101001", "83000019800101001",
                                         "00000019800101001"};
    static const int32_t AREAS[] = {330103, 830000, 0};
    char text[IDNUM_LEN + 1];
    struct idnum id;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(idnum_parse(with_check(DIGITS[i], text), today(), &id), ERR_OK);
        assert_int_equal(id.area, AREAS[i]);
    }
}

static void writings_are_normalised(void **state)
{
    static const char *const SAME[] = {
        "11010519491231002X",
        "11010519491231002x",
        "  11010519491231002X\t",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        "\u3000110105１９４９1231002x\r\n",
    };
    struct idnum id;

    (void)state;
    for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
        assert_int_equal(idnum_parse(str_from_c(SAME[i]), today(), &id), ERR_OK);
        assert_string_equal(id.digits, "11010519491231002X");
    }
}

static void bad_writings_are_syntax(void **state)
{
    static const char *const BAD[] = {
        "",
        " ",
        "1101051949123100",
        "11010519491231002",
        "11010519491231002XX",
        "1101051949123100 2X",
        "1101051949123100X2",
        "X1010519491231002X",
        "11010519491231002Y",
        "11010519491231002*",
        "-1010519491231002X",
        "110105491231002",
        "11010519491231002\xFF",
        "11010519491231002中",
        "11010519491231002X 1",
    };
    struct idnum id = {.area = 4711};

    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        if (idnum_parse(str_from_c(BAD[i]), today(), &id) != ERR_SYNTAX) fail_msg("%s", BAD[i]);
    }
    assert_int_equal(idnum_parse((struct str){"11010519491231002\0", 18}, today(), &id),
                     ERR_SYNTAX);
    assert_int_equal(id.area, 4711);
}

static void impossible_births_are_range(void **state)
{
    static const struct {
        const char *digits;
        enum err want;
    } CASES[] = {
        {"33010620260230001", ERR_RANGE}, {"33010620250229001", ERR_RANGE},
        {"33010620240229001", ERR_OK},    {"33010619901301001", ERR_RANGE},
        {"33010619900001001", ERR_RANGE}, {"33010619900100001", ERR_RANGE},
        {"33010600000101001", ERR_RANGE}, {"33010620260301001", ERR_OK},
        {"33010620260302001", ERR_RANGE}, {"33010618960301001", ERR_OK},
        {"33010618960229001", ERR_OK},    {"33010618960228001", ERR_RANGE},
        {"33010699991231001", ERR_RANGE},
    };
    char text[IDNUM_LEN + 1];
    struct idnum id;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (idnum_parse(with_check(CASES[i].digits, text), today(), &id) != CASES[i].want)
            fail_msg("%s", CASES[i].digits);
    }
}

/* Each single wrong digit, and each swap of two neighbours that differ, is found. */
static void slips_of_the_pen_are_found(void **state)
{
    char text[IDNUM_LEN + 1], slip[IDNUM_LEN + 1];
    struct idnum id;

    (void)state;
    with_check("33010619910301123", text);
    for (int i = 0; i < IDNUM_LEN; i++) {
        for (char c = '0'; c <= '9'; c++) {
            memcpy(slip, text, sizeof slip);
            slip[i] = c;
            assert_int_equal(idnum_parse(str_from_c(slip), today(), &id) == ERR_OK, c == text[i]);
        }
        memcpy(slip, text, sizeof slip);
        if (i == 0 || text[i] == text[i - 1] || text[i] == 'X') continue;
        slip[i] = text[i - 1];
        slip[i - 1] = text[i];
        assert_int_not_equal(idnum_parse(str_from_c(slip), today(), &id), ERR_OK);
    }
    memcpy(slip, text, sizeof slip);
    slip[16] = slip[16] == '9' ? '8' : '9';
    assert_int_equal(idnum_parse(str_from_c(slip), today(), &id), ERR_CORRUPT);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(check_characters_satisfy_the_congruence),
    cmocka_unit_test(a_number_gives_area_birth_and_sex),
    cmocka_unit_test(no_area_is_refused),
    cmocka_unit_test(writings_are_normalised),
    cmocka_unit_test(bad_writings_are_syntax),
    cmocka_unit_test(impossible_births_are_range),
    cmocka_unit_test(slips_of_the_pen_are_found),
};
RUN_GROUP(TESTS)
