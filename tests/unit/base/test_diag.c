/* Diagnostics: order and repeats, limits, lack of memory, and the rendered form to the byte. */
#include "base/diag.h"

#include "base_test.h"

static const struct message OVERLAP = {
    "JF0501",
    {"分档「{0}」与「{1}」重叠。", "bands \"{0}\" and \"{1}\" overlap."},
    {"把其中一档的上限改小。", "lower the upper bound of one of them."}};
static const struct message PLAIN = {
    "JF0301", {"没有这个名称：{0}", "no such name: {0}"}, {NULL, NULL}};
static const struct message UNNUMBERED = {NULL, {"只是一句话", "only a sentence"}, {"", ""}};

#define TEXT                                                                                       \
    "第一行\n"                                                                                  \
    "  指标 年龄：\n"                                                                         \
    "\t55 至 60 岁: 5 分\r\n"                                                                   \
    "\n"                                                                                           \
    "last"

static const struct src_file FILES[] = {
    {.path = {"province.md", 11}, .text = {TEXT, sizeof TEXT - 1}, .lang = LANG_ZH},
    {.path = {"市/杭州.md", 13}, .text = {"a b c\n", 6}, .lang = LANG_EN},
};

static const struct src_pos NOWHERE = {0};

static struct src_pos at(uint32_t file, uint32_t line, uint32_t col, uint32_t chars)
{
    return (struct src_pos){file, line, col, chars};
}

static void check_rendered(const struct diag *d, enum lang lang, const char *want)
{
    struct buf b;

    buf_init(&b, 0);
    diag_render(&b, d, FILES, 2, lang);
    assert_buf(&b, want);
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_done(&b);
}

/* ---- rendering ---- */

static void everything_at_once(void **state)
{
    struct diag d = {.message = &OVERLAP,
                     .at = at(0, 3, 2, 7),
                     .other = at(1, 1, 3, 1),
                     .heading = STR("第三条 / （一）"),
                     .args = {STR("甲"), STR("乙")},
                     .arg_count = 2};

    (void)state;
    check_rendered(&d, LANG_ZH,
                   "province.md:3:2: JF0501 分档「甲」与「乙」重叠。\n"
                   "    \t55 至 60 岁: 5 分\n"
                   "    \t^^^^^^^^\n"
                   "  另见 市/杭州.md:1:3:\n"
                   "    a b c\n"
                   "      ^\n"
                   "  条款：第三条 / （一）\n"
                   "  建议：把其中一档的上限改小。\n");
    d.severity = SEVERITY_WARNING;
    d.other = NOWHERE;
    d.heading = (struct str){NULL, 0};
    check_rendered(&d, LANG_EN,
                   "province.md:3:2: JF0501 warning: bands \"甲\" and \"乙\" overlap.\n"
                   "    \t55 至 60 岁: 5 分\n"
                   "    \t^^^^^^^^\n"
                   "  hint: lower the upper bound of one of them.\n");
    check_rendered(&d, LANG_ZH,
                   "province.md:3:2: JF0501 警告：分档「甲」与「乙」重叠。\n"
                   "    \t55 至 60 岁: 5 分\n"
                   "    \t^^^^^^^^\n"
                   "  建议：把其中一档的上限改小。\n");
}

/* The caret stands under the character whatever stands before it, as wide as what is meant. */
static void carets_stand_under_wide_characters(void **state)
{
    struct diag d = {
        .message = &PLAIN, .at = at(0, 2, 6, 2), .args = {STR("年龄")}, .arg_count = 1};

    (void)state;
    check_rendered(&d, LANG_ZH,
                   "province.md:2:6: JF0301 没有这个名称：年龄\n"
                   "      指标 年龄：\n"
                   "           ^^^^\n");
    d.at = at(0, 2, 4, 0); /* 0 characters mean one */
    check_rendered(&d, LANG_EN,
                   "province.md:2:4: JF0301 no such name: 年龄\n"
                   "      指标 年龄：\n"
                   "        ^^\n");
}

static void places_less_exact_than_a_column(void **state)
{
    struct diag d = {.message = &UNNUMBERED, .at = at(1, 1, 0, 0)};

    (void)state;
    check_rendered(&d, LANG_ZH,
                   "市/杭州.md:1: 只是一句话\n"
                   "    a b c\n");
    d.at = at(1, 0, 0, 0);
    check_rendered(&d, LANG_EN, "市/杭州.md: only a sentence\n");
    d.at = at(2, 3, 4, 1); /* no such file: the sentence alone */
    check_rendered(&d, LANG_EN, "only a sentence\n");
}

static void places_beyond_the_text(void **state)
{
    struct diag d = {.message = &UNNUMBERED, .at = at(0, 5, 5, 9)};

    (void)state;
    check_rendered(&d, LANG_EN,
                   "province.md:5:5: only a sentence\n"
                   "    last\n"
                   "        ^\n");
    d.at = at(0, 5, 3, 99);
    check_rendered(&d, LANG_EN,
                   "province.md:5:3: only a sentence\n"
                   "    last\n"
                   "      ^^\n");
    d.at = at(0, 5, 4000000000u, 4000000000u);
    check_rendered(&d, LANG_EN,
                   "province.md:5:4000000000: only a sentence\n"
                   "    last\n"
                   "        ^\n");
    d.at = at(0, 4, 1, 1); /* an empty line shows nothing */
    check_rendered(&d, LANG_EN, "province.md:4:1: only a sentence\n");
    d.at = at(0, 6, 1, 1);
    check_rendered(&d, LANG_EN, "province.md:6:1: only a sentence\n");
    d.at = at(0, UINT32_MAX, 1, 1);
    check_rendered(&d, LANG_EN, "province.md:4294967295:1: only a sentence\n");
}

/* Invisible, direction-changing and control characters would forge what a reader sees. */
static void hidden_characters_are_shown(void **state)
{
    static const char LINE[] = "a\xE2\x80\xAE"
                               "b\x1B\xFF"
                               "c\xE2\x80\x8B"
                               "d";
    static const struct src_file FILE_HIDDEN = {
        .path = {"x\ny", 3}, .text = {LINE, sizeof LINE - 1}, .lang = LANG_EN};
    struct diag d = {.message = &PLAIN,
                     .at = at(0, 1, 8, 1),
                     .args = {STR("\x1B[31m\n\xC2\x85")},
                     .arg_count = 1};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    diag_render(&b, &d, &FILE_HIDDEN, 1, LANG_EN);
    assert_buf(&b, "x�y:1:8: JF0301 no such name: �[31m��\n"
                   "    a�b��c�d\n"
                   "           ^\n");
    buf_done(&b);
}

static void long_lines_are_cut_around_the_place(void **state)
{
    static const struct message M = {"JF0001", {"长", "long"}, {NULL, NULL}};
    char text[900];
    struct src_file file = {.path = STR("f"), .text = {text, sizeof text}};
    struct diag d = {.message = &M, .at = at(0, 1, 101, 2)};
    const char *caret;
    struct buf b;

    (void)state;
    for (size_t i = 0; i < 300; i++)
        memcpy(text + 3 * i, i % 10 == 0 ? "零" : "一", 3);
    buf_init(&b, 0);
    diag_render(&b, &d, &file, 1, LANG_EN);
    buf_add_char(&b, '\0');
    assert_true(str_starts(buf_str(&b), STR("f:1:101: JF0001 long\n    ...一一一一一一一一零")));
    assert_non_null(strstr(b.p, "一...\n"));
    caret = strchr(b.p, '^');
    /* The indent, "..." and the 48 characters before the place, two columns each. */
    assert_int_equal(strspn(caret - 103, " "), 103);
    assert_int_equal(caret[-104], '\n');
    assert_string_equal(caret, "^^^^\n");
    buf_done(&b);
}

/* `want` stands in the line above, over the caret (0: nothing of the source does). */
static void check_above(const char *text, const char *caret, char want)
{
    const char *line = caret, *above;

    while (line[-1] != '\n')
        line--;
    above = line - 1;
    while (above > text && above[-1] != '\n')
        above--;
    if (want)
        assert_int_equal(above[caret - line], want);
    else
        assert_true(caret - line >= line - 1 - above || above[caret - line] != 'x');
}

static void every_length_and_column_renders(void **state)
{
    char text[300];
    struct src_file file = {.path = STR("f"), .text = {text, 0}};
    struct diag d = {.message = &UNNUMBERED};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    memset(text, 'x', sizeof text);
    for (file.text.n = 0; file.text.n < sizeof text; file.text.n += 7) {
        for (uint32_t col = 0; col < 320; col++) {
            char *caret;

            b.n = 0;
            d.at = at(0, 1, col, col % 9);
            diag_render(&b, &d, &file, 1, LANG_ZH);
            buf_add_char(&b, '\0');
            caret = strchr(b.p, '^');
            assert_int_equal(caret != NULL, file.text.n > 0 && col > 0);
            if (caret) check_above(b.p, caret, col <= file.text.n ? 'x' : 0);
            if (caret && file.text.n <= 96 && col <= file.text.n)
                assert_int_equal(strspn(caret - 3 - col, " "), 3 + col);
        }
    }
    buf_done(&b);
}

static void a_full_buffer_is_reported(void **state)
{
    struct diag d = {.message = &UNNUMBERED, .at = at(1, 1, 1, 1)};

    (void)state;
    for (size_t limit = 1; limit < 30; limit++) {
        struct buf b;

        buf_init(&b, limit);
        diag_render(&b, &d, FILES, 2, LANG_EN);
        assert_int_equal(buf_err(&b), ERR_NOMEM);
        assert_true(b.n <= limit);
        buf_done(&b);
    }
}

/* ---- the list ---- */

static void add(struct diag_list *l, const struct message *m, struct src_pos where, const char *arg)
{
    struct str s = str_from_c(arg);

    diag_add(l, m, SEVERITY_ERROR, where, NOWHERE, &s, 1);
}

static void arguments_are_copied(void **state)
{
    char arg[] = "before";
    struct diag_list l;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    diag_list_init(&l, &a);
    add(&l, &PLAIN, at(0, 1, 1, 1), arg);
    memcpy(arg, "after!", sizeof arg);
    assert_text(l.items[0].args[0], "before");
    diag_add(&l, &PLAIN, SEVERITY_WARNING, NOWHERE, NOWHERE, NULL, 0);
    assert_int_equal(l.count, 2);
    assert_int_equal(l.errors, 1);
    arena_done(&a);
}

/* Whatever the order of arrival, the same list. */
static void the_order_is_of_places(void **state)
{
    enum { COUNT = 7 };
    static const struct {
        const struct message *m;
        struct src_pos at;
        const char *arg;
    } WANT[COUNT] = {
        {&PLAIN, {0, 0, 0, 0}, "x"},   {&PLAIN, {0, 2, 1, 1}, "x"},    {&PLAIN, {0, 2, 1, 1}, "y"},
        {&OVERLAP, {0, 2, 1, 1}, "x"}, {&OVERLAP, {0, 2, 10, 1}, "x"}, {&PLAIN, {0, 10, 1, 1}, "x"},
        {&PLAIN, {1, 1, 1, 1}, "x"},
    };

    (void)state;
    for (size_t start = 0; start < COUNT; start++) {
        for (size_t step = 1; step < COUNT; step++) {
            struct diag_list l;
            struct arena a;

            arena_init(&a, 0);
            diag_list_init(&l, &a);
            for (size_t i = 0; i < COUNT; i++) {
                size_t k = (start + i * step) % COUNT; /* COUNT is prime: all of them */

                add(&l, WANT[k].m, WANT[k].at, WANT[k].arg);
                if (i % 2) add(&l, WANT[k].m, WANT[k].at, WANT[k].arg); /* a repeat */
            }
            assert_int_equal(l.errors, COUNT + COUNT / 2);
            diag_sort(&l);
            assert_int_equal(l.count, COUNT);
            assert_int_equal(l.errors, COUNT);
            for (size_t i = 0; i < COUNT; i++) {
                assert_ptr_equal(l.items[i].message, WANT[i].m);
                assert_memory_equal(&l.items[i].at, &WANT[i].at, sizeof WANT[i].at);
                assert_text(l.items[i].args[0], WANT[i].arg);
            }
            arena_done(&a);
        }
    }
}

static void only_exact_repeats_are_dropped(void **state)
{
    struct str one = STR("1");
    struct diag_list l;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    diag_list_init(&l, &a);
    diag_sort(&l); /* an empty one */
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 1), NOWHERE, &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_WARNING, at(0, 1, 1, 1), NOWHERE, &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 2), NOWHERE, &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 1), at(0, 2, 1, 1), &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 1), at(0, 2, 1, 2), &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 1), NOWHERE, &one, 0);
    diag_add(&l, &UNNUMBERED, SEVERITY_ERROR, at(0, 1, 1, 1), NOWHERE, &one, 1);
    diag_add(&l, &PLAIN, SEVERITY_ERROR, at(0, 1, 1, 1), NOWHERE, &one, 1);
    l.items[7].heading = STR("第一条");
    diag_sort(&l);
    assert_int_equal(l.count, 8);
    diag_add(&l, &PLAIN, SEVERITY_WARNING, at(0, 1, 1, 1), NOWHERE, &one, 1);
    assert_int_equal(l.errors, 7);
    diag_sort(&l);
    assert_int_equal(l.count, 8);
    assert_int_equal(l.errors, 7);
    arena_done(&a);
}

static void beyond_the_most_they_are_counted(void **state)
{
    struct diag_list l;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    diag_list_init(&l, &a);
    for (uint32_t i = 0; i < 1003; i++)
        add(&l, &PLAIN, at(0, i, 1, 1), "x");
    assert_int_equal(l.count, 1000);
    assert_int_equal(l.dropped, 3);
    assert_int_equal(l.errors, 1003);
    diag_list_init(&l, &a);
    l.max = 2;
    for (uint32_t i = 0; i < 5; i++)
        add(&l, &PLAIN, at(0, i, 1, 1), "x");
    assert_int_equal(l.count, 2);
    assert_int_equal(l.dropped, 3);
    assert_false(l.out_of_memory);
    arena_done(&a);
}

/* Each allocation of forty diagnostics fails in turn: always noticed, never a crash. */
static void lack_of_memory_is_an_error(void **state)
{
    bool complete = false;

    (void)state;
    for (uint64_t n = 1; !complete; n++) {
        struct diag_list l;
        struct arena a;
        struct buf b;

        arena_init(&a, 0);
        a.fail_at = n;
        diag_list_init(&l, &a);
        for (uint32_t i = 0; i < 40; i++) {
            struct str arg = STR("x");

            diag_add(&l, &PLAIN, SEVERITY_WARNING, at(1, 1, i, 1), NOWHERE, &arg, 1);
        }
        complete = !l.out_of_memory;
        assert_int_equal(l.errors, complete ? 0 : 1);
        diag_sort(&l);
        buf_init(&b, 0);
        for (size_t i = 0; i < l.count; i++)
            diag_render(&b, &l.items[i], FILES, 2, LANG_ZH);
        if (complete) assert_int_equal(l.count, 40);
        if (n == 1) assert_int_equal(l.count, 0);
        buf_done(&b);
        arena_done(&a);
    }
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(everything_at_once),
    cmocka_unit_test(carets_stand_under_wide_characters),
    cmocka_unit_test(places_less_exact_than_a_column),
    cmocka_unit_test(places_beyond_the_text),
    cmocka_unit_test(hidden_characters_are_shown),
    cmocka_unit_test(long_lines_are_cut_around_the_place),
    cmocka_unit_test(every_length_and_column_renders),
    cmocka_unit_test(a_full_buffer_is_reported),
    cmocka_unit_test(arguments_are_copied),
    cmocka_unit_test(the_order_is_of_places),
    cmocka_unit_test(only_exact_repeats_are_dropped),
    cmocka_unit_test(beyond_the_most_they_are_counted),
    cmocka_unit_test(lack_of_memory_is_an_error),
};
RUN_GROUP(TESTS)
