/* The page that checks a permit: whole, in both languages, and nothing in it can become markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/pages.h"

static bool has(const struct buf *b, const char *what)
{
    return memmem(b->p, b->n, what, strlen(what)) != NULL;
}

static void escapes(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    buf_add_html(&b, STR("<a href=\"x\" title='y'>&amp; 好</a>"));
    assert_true(str_eq(buf_str(&b), STR("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp; "
                                        "好&lt;/a&gt;")));
    buf_done(&b);
}

static void form_alone(void **state)
{
    const struct verify_view v = {0};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    page_add_verify(&b, LANG_ZH, &v);
    assert_true(has(&b, "<html lang=\"zh-CN\">"));
    assert_true(has(&b, "<label for=\"token\">"));
    assert_false(has(&b, "role=\"status\""));
    assert_false(has(&b, "<script"));
    assert_false(has(&b, "style="));
    buf_done(&b);
}

/* What was typed in comes back as text, whatever it is. */
static void token_is_text(void **state)
{
    const struct verify_view v = {.asked = true,
                                  .token = STR("</textarea><script>alert(1)</script>"),
                                  .verdict = PERMIT_TOKEN_MALFORMED};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    page_add_verify(&b, LANG_EN, &v);
    assert_false(has(&b, "<script"));
    assert_true(has(&b, "&lt;/textarea&gt;&lt;script&gt;"));
    assert_true(has(&b, "class=\"bad\""));
    assert_false(has(&b, "<dl>"));
    buf_done(&b);
}

/* Every verdict has its words in both languages; only a good one looks good. */
static void each_verdict(void **state)
{
    const struct permit_shown shown = {.number = "D000000007",
                                       .state = "valid",
                                       .in_force = true,
                                       .division = 330381,
                                       .expires = INT64_C(1795844342) * MICROS_PER_SECOND};

    (void)state;
    for (int k = 0; k < PERMIT_VERDICT_COUNT; k++)
        for (int l = 0; l < LANG_COUNT; l++) {
            const struct verify_view v = {.asked = true,
                                          .token = STR("x"),
                                          .verdict = (enum permit_verdict)k,
                                          .shown = &shown};
            struct buf b;
            buf_init(&b, 0);
            page_add_verify(&b, (enum lang)l, &v);
            assert_true(has(&b, permit_verdict_text(v.verdict, (enum lang)l)));
            assert_int_equal(has(&b, "class=\"good\""), k == PERMIT_TOKEN_GOOD);
            assert_int_equal(has(&b, "D000000007"), k <= PERMIT_TOKEN_FUTURE);
            assert_false(has(&b, "(null)"));
            assert_false(has(&b, "<p></p>"));
            if (k == PERMIT_TOKEN_GOOD) {
                assert_true(has(&b, l == LANG_ZH ? "瑞安市" : "Rui&#39;an City"));
                assert_true(has(&b, "2026-11-28 13:39:02")); /* Beijing time */
            }
            buf_done(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(form_alone),
        cmocka_unit_test(token_is_text),
        cmocka_unit_test(each_verdict),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
