/* What a request brings is read by type; what is wrong names its field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypt.h"
#include "http/json_in.h"

static struct arena arena;
static struct http_request q;
static struct http_response r;
static struct json_in in;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    memset(&q, 0, sizeof q);
    memset(&r, 0, sizeof r);
    buf_init(&r.body, 0);
    q.arena = &arena;
    q.lang = LANG_EN;
    q.id = STR("test");
    r.status = 200;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_done(&r.body);
    arena_done(&arena);
    return 0;
}

static bool open_text(const char *text)
{
    q.body = str_from_c(text);
    r.body.n = 0;
    r.status = 200;
    return json_in_open(&in, &q, &r);
}

static void assert_problem(int status, const char *code, const char *field)
{
    json_error_t e;
    json_t *p = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, &e);

    assert_non_null(p);
    assert_int_equal(r.status, status);
    assert_string_equal(json_string_value(json_object_get(p, "code")), code);
    if (field)
        assert_string_equal(json_string_value(json_object_get(p, "field")), field);
    else
        assert_null(json_object_get(p, "field"));
    json_decref(p);
}

static void refuses_what_is_no_object(void **state)
{
    static const char *const bad[] = {
        "", "[]", "1", "{\"a\":1,\"a\":2}", "{\"a\":", "{\"a\":1}x", "{\"a\":\"\\ud800\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(open_text(bad[i]));
        assert_problem(400, "JH0010", NULL);
    }
}

static void refuses_depth(void **state)
{
    char text[256] = "{\"a\":";

    (void)state;
    memset(text + 5, '[', 40);
    memset(text + 45, ']', 40);
    text[85] = '}';
    assert_false(open_text(text));
    assert_problem(400, "JH0010", NULL);
}

static void reads_each_type(void **state)
{
    struct buf bytes;

    (void)state;
    assert_true(open_text("{\"t\":\"王小明\",\"w\":\"claim\",\"n\":42,\"d\":\"2026-03-01\","
                          "\"b\":\"-_+/\",\"o\":{\"x\":[1]},\"l\":[{\"k\":\"v\"}],\"nil\":null}"));
    assert_true(str_eq(json_in_text(&in, "t", 1, 3), STR("王小明")));
    assert_true(str_eq(json_in_word(&in, "w", "claim|review", NULL), STR("claim")));
    assert_true(str_eq(json_in_word(&in, "w2", "a|b", "b"), STR("b")));
    assert_int_equal(json_in_int(&in, "n", 0, 42), 42);
    assert_int_equal(json_in_day(&in, "d", true), 20513);
    assert_int_equal(json_in_day(&in, "nil", false), DATE_OPEN_START);
    buf_init(&bytes, 0);
    json_in_base64(&in, "b", 100, &bytes);
    assert_int_equal(bytes.n, 3);
    assert_memory_equal(bytes.p, "\xfb\xff\xbf", 3);
    buf_done(&bytes);
    assert_true(str_eq(json_in_object(&in, "o"), STR("{\"x\":[1]}")));
    assert_int_equal(json_in_count(&in, "l", 1), 1);
    struct json_in item;
    assert_true(json_in_item(&in, "l", 0, &item));
    assert_true(str_eq(json_in_text(&item, "k", 1, 9), STR("v")));
    assert_true(json_in_done(&item));
    assert_true(json_in_done(&in));
    assert_int_equal(r.status, 200);
}

static void long_base64_is_whole(void **state)
{
    static char text[20000];
    struct buf bytes;
    struct str given;

    (void)state;
    buf_init(&bytes, 0);
    for (int i = 0; i < 9001; i++)
        buf_add_char(&bytes, (char)i);
    given = str_copy(&arena, buf_str(&bytes));
    bytes.n = 0;
    buf_add_c(&bytes, "{\"b\":\"");
    base64url_add(&bytes, given);
    buf_add_c(&bytes, "\"}");
    buf_add_char(&bytes, '\0');
    memcpy(text, bytes.p, bytes.n);
    bytes.n = 0;
    assert_true(open_text(text));
    json_in_base64(&in, "b", 10000, &bytes);
    assert_true(json_in_done(&in));
    assert_true(str_eq(buf_str(&bytes), given));
    buf_done(&bytes);
}

static void names_the_field(void **state)
{
    (void)state;
    assert_true(open_text("{\"n\":43}"));
    assert_int_equal(json_in_int(&in, "n", 0, 42), 0);
    assert_int_equal(json_in_int(&in, "m", 0, 42), 0); /* the first problem stays */
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0306", "n");

    assert_true(open_text("{\"t\":\"四个汉字\"}"));
    json_in_text(&in, "t", 1, 3);
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0304", "t");

    assert_true(open_text("{}"));
    json_in_text(&in, "t", 1, 3);
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0301", "t");

    assert_true(open_text("{\"t\":\"a\\u0001\"}"));
    json_in_text(&in, "t", 1, 3);
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0303", "t");

    assert_true(open_text("{\"d\":\"2026-02-30\"}"));
    json_in_day(&in, "d", true);
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0307", "d");

    assert_true(open_text("{\"x\\\"y\":1}"));
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0302", "x\"y");
}

static void names_the_field_of_an_item(void **state)
{
    struct json_in item;

    (void)state;
    assert_true(open_text("{\"l\":[{\"k\":\"v\"},{\"k\":7}]}"));
    assert_int_equal(json_in_count(&in, "l", 6), 2);
    assert_true(json_in_item(&in, "l", 0, &item));
    json_in_text(&item, "k", 1, 9);
    assert_true(json_in_done(&item));
    assert_true(json_in_item(&in, "l", 1, &item));
    json_in_text(&item, "k", 1, 9);
    assert_false(json_in_done(&item));
    assert_false(json_in_done(&in));
    assert_problem(422, "JH0303", "l[1].k");
}

static void reads_queries(void **state)
{
    const struct http_pair pairs[] = {{STR("on"), STR("2026-03-01")},
                                      {STR("bad"), STR("2026-3-1")},
                                      {STR("n"), STR("7")},
                                      {STR("at"), STR("1970-01-02T00:00:01Z")},
                                      {STR("at2"), STR("1970-01-02T24:00:01Z")}};
    int32_t day = 5;
    int64_t n = 1;
    struct str s;

    (void)state;
    q.query = pairs;
    q.query_count = 5;
    assert_true(query_day(&q, &r, "on", &day));
    assert_int_equal(day, 20513);
    assert_true(query_day(&q, &r, "none", &day));
    assert_int_equal(day, 20513);
    assert_true(query_int(&q, &r, "n", 1, 7, &n));
    assert_int_equal(n, 7);
    assert_true(query_instant(&q, &r, "at", &n));
    assert_int_equal(n, 86401 * MICROS_PER_SECOND);
    assert_true(query_needed(&q, &r, "n", &s));
    assert_false(query_day(&q, &r, "bad", &day));
    assert_problem(422, "JH0307", "bad");
    assert_false(query_int(&q, &r, "n", 1, 6, &n));
    assert_problem(422, "JH0306", "n");
    assert_false(query_instant(&q, &r, "at2", &n));
    assert_problem(422, "JH0308", "at2");
    assert_false(query_needed(&q, &r, "none", &s));
    assert_problem(422, "JH0301", "none");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(refuses_what_is_no_object),
        CASE(refuses_depth),
        CASE(reads_each_type),
        CASE(long_base64_is_whole),
        CASE(names_the_field),
        CASE(names_the_field_of_an_item),
        CASE(reads_queries),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("json_in", tests, NULL, NULL);
}
