/* JSON: shape, escapes, and the misuse that ends the process. */
#include "base/json.h"

#include "base_test.h"

static void write_sample(struct json *j)
{
    json_open_object(j);
    json_key(j, "name");
    json_str(j, STR("年龄"));
    json_key(j, "points");
    json_open_array(j);
    json_int(j, INT64_MIN);
    json_int(j, 0);
    json_bool(j, true);
    json_bool(j, false);
    json_add_null(j);
    json_end(j);
    json_key(j, "none");
    json_open_array(j);
    json_end(j);
    json_key(j, "empty");
    json_open_object(j);
    json_end(j);
    json_key(j, "deep");
    json_open_array(j);
    json_open_array(j);
    json_end(j);
    json_open_object(j);
    json_key(j, "");
    json_add_null(j);
    json_end(j);
    json_end(j);
    json_end(j);
}

static void the_compact_form(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    write_sample(&j);
    assert_buf(&b, "{\"name\":\"年龄\",\"points\":[-9223372036854775808,0,true,false,null],"
                   "\"none\":[],\"empty\":{},\"deep\":[[],{\"\":null}]}");
    assert_int_equal(j.depth, 0);
    buf_done(&b);
}

static void the_pretty_form(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, true);
    write_sample(&j);
    assert_buf(&b, "{\n"
                   "  \"name\": \"年龄\",\n"
                   "  \"points\": [\n"
                   "    -9223372036854775808,\n"
                   "    0,\n"
                   "    true,\n"
                   "    false,\n"
                   "    null\n"
                   "  ],\n"
                   "  \"none\": [],\n"
                   "  \"empty\": {},\n"
                   "  \"deep\": [\n"
                   "    [],\n"
                   "    {\n"
                   "      \"\": null\n"
                   "    }\n"
                   "  ]\n"
                   "}");
    buf_done(&b);
}

static void check_string(struct str v, const char *want)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_str(&j, v);
    assert_buf(&b, want);
    buf_done(&b);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    check_string(STR(""), "\"\"");
    check_string((struct str){NULL, 0}, "\"\"");
    check_string(STR("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    check_string(STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    check_string((struct str){"\0\x01\x1F\x7F", 4}, "\"\\u0000\\u0001\\u001f\\u007f\"");
    check_string(STR("😀中é"), "\"😀中é\"");
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    check_string(STR("a\xFF"
                     "b"),
                 "\"a\xEF\xBF\xBD"
                 "b\"");
    check_string(STR("\xE4\xB8"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string(STR("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void value_without_key(void *j)
{
    json_open_object(j);
    json_int(j, 1);
}

static void key_in_array(void *j)
{
    json_open_array(j);
    json_key(j, "a");
}

static void key_outside(void *j)
{
    json_key(j, "a");
}

static void two_keys(void *j)
{
    json_open_object(j);
    json_key(j, "a");
    json_key(j, "b");
}

static void key_without_value(void *j)
{
    json_open_object(j);
    json_key(j, "a");
    json_end(j);
}

static void end_of_nothing(void *j)
{
    json_end(j);
}

static void too_deep(void *j)
{
    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        json_open_array(j);
}

static void misuse_ends_the_process(void **state)
{
    void (*const misuses[])(void *) = {value_without_key, key_in_array,   key_outside, two_keys,
                                       key_without_value, end_of_nothing, too_deep};
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof misuses / sizeof misuses[0]; i++) {
        json_init(&j, &b, false);
        assert_true(aborts(misuses[i], &j));
    }
    buf_done(&b);
}

static void the_deepest_nesting_works(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_open_array(&j);
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_end(&j);
    assert_int_equal(b.n, 2 * JSON_DEPTH_MAX);
    assert_int_equal(b.p[JSON_DEPTH_MAX], ']');
    buf_done(&b);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(the_compact_form),
    cmocka_unit_test(the_pretty_form),
    cmocka_unit_test(strings_are_escaped),
    cmocka_unit_test(bytes_that_are_no_text_are_replaced),
    cmocka_unit_test(misuse_ends_the_process),
    cmocka_unit_test(the_deepest_nesting_works),
};
RUN_GROUP(TESTS)
