/* Message patterns and languages. */
#include "base/message.h"

#include "base_test.h"

static void check_pattern(const char *pattern, const char *want)
{
    static const struct str ARGS[] = {{"年龄", 6}, {"55", 2}, {"", 0}, {"{0}", 3}};
    struct buf b;

    buf_init(&b, 0);
    message_add(&b, pattern, ARGS, 4);
    assert_buf(&b, want);
    buf_done(&b);
}

static void places_are_filled(void **state)
{
    (void)state;
    check_pattern("", "");
    check_pattern("没有这个名称", "没有这个名称");
    check_pattern("{0}", "年龄");
    check_pattern("「{0}」到 {1} 岁", "「年龄」到 55 岁");
    check_pattern("{1}{0}{1}", "55年龄55");
    check_pattern("a{2}b", "ab");
}

static void a_place_without_argument_stays_empty(void **state)
{
    (void)state;
    check_pattern("<{4}{9}>", "<>");
}

static void arguments_are_not_patterns(void **state)
{
    (void)state;
    check_pattern("{3}", "{0}");
}

static void other_braces_are_text(void **state)
{
    (void)state;
    check_pattern("{", "{");
    check_pattern("{0", "{0");
    check_pattern("{}", "{}");
    check_pattern("{a} {10} {{0}}", "{a} {10} {年龄}");
    check_pattern("}{", "}{");
}

static void languages_have_names(void **state)
{
    enum lang got = LANG_COUNT;

    (void)state;
    assert_int_equal(lang_from_str(STR("zh"), &got), ERR_OK);
    assert_int_equal(got, LANG_ZH);
    assert_int_equal(lang_from_str(STR("en"), &got), ERR_OK);
    assert_int_equal(got, LANG_EN);
    assert_int_equal(lang_from_str(STR("de"), &got), ERR_SYNTAX);
    assert_int_equal(lang_from_str(STR(""), &got), ERR_SYNTAX);
    assert_int_equal(lang_from_str(STR("zh-CN"), &got), ERR_SYNTAX);
    assert_int_equal(lang_from_str(STR("ZH"), &got), ERR_SYNTAX);
    assert_int_equal(got, LANG_EN);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(places_are_filled),
    cmocka_unit_test(a_place_without_argument_stays_empty),
    cmocka_unit_test(arguments_are_not_patterns),
    cmocka_unit_test(other_braces_are_text),
    cmocka_unit_test(languages_have_names),
};
RUN_GROUP(TESTS)
