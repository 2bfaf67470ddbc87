/* Slices, UTF-8 against its definition by ranges, width, distance against a recursive twin,
 * buffers. */
#include "base/text.h"

#include "base_test.h"

static struct str bytes(const void *p, size_t n)
{
    return (struct str){p, n};
}

/* ---- slices ---- */

static void slices_compare(void **state)
{
    static const char *const ORDERED[] = {"", "a", "aa", "ab", "b", "\x7F", "中", "中a", "文"};
    size_t count = sizeof ORDERED / sizeof ORDERED[0];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            int c = str_cmp(str_from_c(ORDERED[i]), str_from_c(ORDERED[k]));

            assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
            assert_int_equal(str_eq(str_from_c(ORDERED[i]), str_from_c(ORDERED[k])), i == k);
        }
    }
    assert_int_equal(str_from_c(NULL).n, 0);
    assert_true(str_eq((struct str){NULL, 0}, STR("")));
    assert_int_equal(str_cmp((struct str){NULL, 0}, STR("")), 0);
    assert_false(str_eq(bytes("a\0b", 3), bytes("a\0c", 3)));
}

static void slices_start_and_trim(void **state)
{
    (void)state;
    assert_true(str_starts(STR("积分制"), STR("积分")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_true(str_starts((struct str){NULL, 0}, (struct str){NULL, 0}));
    assert_false(str_starts(STR("积"), STR("积分")));
    assert_false(str_starts(STR("积木"), STR("积分")));
    assert_text(str_trim(STR(" \t\r\n a b\v\f ")), "a b");
    assert_text(str_trim(STR("   ")), "");
    assert_text(str_trim((struct str){NULL, 0}), "");
    assert_text(str_trim(STR("\xE3\x80\x80x")), "\xE3\x80\x80x"); /* not an ASCII blank */
}

static void copies_are_terminated(void **state)
{
    struct str source = bytes("a\0b", 3), copy;
    struct arena a;

    (void)state;
    arena_init(&a, 0);
    copy = str_copy(&a, source);
    assert_true(str_eq(copy, source));
    assert_ptr_not_equal(copy.p, source.p);
    assert_int_equal(copy.p[3], 0);
    copy = str_copy(&a, (struct str){NULL, 0});
    assert_non_null(copy.p);
    assert_int_equal(copy.n, 0);
    assert_int_equal(copy.p[0], 0);
    a.fail_at = a.allocations + 1;
    copy = str_copy(&a, source);
    assert_null(copy.p);
    assert_int_equal(copy.n, 0);
    arena_done(&a);
}

/* ---- UTF-8 ---- */

/* What the standard calls well-formed: which second byte each first byte allows. */
static size_t well_formed(const uint8_t *p, size_t n)
{
    static const struct {
        uint8_t first, last, length, low, high;
    } ROWS[] = {
        {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
        {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
        {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
    };

    for (size_t i = 0; n > 0 && i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t length = ROWS[i].length;

        if (p[0] < ROWS[i].first || p[0] > ROWS[i].last) continue;
        if (length > n) return 0;
        if (length > 1 && (p[1] < ROWS[i].low || p[1] > ROWS[i].high)) return 0;
        for (size_t k = 2; k < length; k++) {
            if (p[k] < 0x80 || p[k] > 0xBF) return 0;
        }
        return length;
    }
    return 0;
}

static size_t first_bad(const uint8_t *p, size_t n)
{
    size_t at = 0;

    while (at < n) {
        size_t step = well_formed(p + at, n - at);

        if (step == 0) return at;
        at += step;
    }
    return n;
}

static void check_decode(const uint8_t *p, size_t n)
{
    uint32_t cp = 0x1234567;
    size_t got = text_utf8_decode(bytes(p, n), 0, &cp);

    if (got != well_formed(p, n) || (got == 0 && cp != 0x1234567))
        fail_msg("%02x %02x %02x %02x of %zu: %zu", p[0], p[1], p[2], p[3], n, got);
    if (text_utf8_check(bytes(p, n)) != first_bad(p, n))
        fail_msg("check of %02x %02x %02x %02x, %zu", p[0], p[1], p[2], p[3], n);
}

static void decoding_takes_what_is_well_formed(void **state)
{
    static const uint8_t EDGES[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    uint8_t p[4];

    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (unsigned i = 0; i < 100; i++) {
                p[0] = (uint8_t)first;
                p[1] = (uint8_t)second;
                p[2] = EDGES[i / 10];
                p[3] = EDGES[i % 10];
                for (size_t n = 1; n <= 4; n++)
                    check_decode(p, n);
            }
        }
    }
    assert_int_equal(text_utf8_decode(STR("abc"), 3, &(uint32_t){0}), 0);
    assert_int_equal(text_utf8_decode((struct str){NULL, 0}, 0, &(uint32_t){0}), 0);
}

static void every_scalar_value_goes_there_and_back(void **state)
{
    size_t lengths[5] = {0};

    (void)state;
    for (uint32_t cp = 0; cp <= 0x110010; cp++) {
        uint32_t back = ~cp;
        char out[4] = {0};
        size_t n = text_utf8_encode(cp, out);

        assert_in_range(n, 0, 4);
        lengths[n]++;
        if (n == 0) continue;
        if (text_utf8_decode(bytes(out, n), 0, &back) != n || back != cp) fail_msg("%x", cp);
        if (text_utf8_check(bytes(out, n)) != n) fail_msg("%x", cp);
    }
    assert_int_equal(lengths[0], 0x800 + 0x11); /* the surrogates, and beyond the last */
    assert_int_equal(lengths[1], 0x80);
    assert_int_equal(lengths[2], 0x800 - 0x80);
    assert_int_equal(lengths[3], 0x10000 - 0x800 - 0x800);
    assert_int_equal(lengths[4], 0x110000 - 0x10000);
}

/* One bad byte at each place of texts of each length, ASCII and Chinese, at each alignment. */
static void the_first_bad_byte_is_found_everywhere(void **state)
{
    static const char PATTERN[] = "abcdefghijk中文lmnopqrstuv浙江é😀wxyz0123456789";
    uint8_t text[80];

    (void)state;
    for (size_t shift = 0; shift < 8; shift++) {
        for (size_t n = 0; n <= sizeof PATTERN - 1; n++) {
            for (size_t bad = 0; bad <= n; bad++) {
                memcpy(text + shift, PATTERN, n);
                if (bad < n) text[shift + bad] = 0xFF;
                if (text_utf8_check(bytes(text + shift, n)) != first_bad(text + shift, n))
                    fail_msg("length %zu, bad byte at %zu", n, bad);
            }
        }
    }
    assert_int_equal(text_utf8_check((struct str){NULL, 0}), 0);
}

static void random_bytes_are_judged_alike(void **state)
{
    static const uint8_t LIKELY[] = {'a',  'b',  0xE4, 0xB8, 0xAD, 0xC3,
                                     0xA9, 0xF0, 0x9F, 0x98, 0x80};
    uint64_t seed = 5;
    uint8_t text[40];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        size_t n = test_random(&seed) % sizeof text;

        for (size_t k = 0; k < n; k++)
            text[k] = LIKELY[test_random(&seed) % sizeof LIKELY];
        if (text_utf8_check(bytes(text, n)) != first_bad(text, n)) fail_msg("run %d", i);
    }
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(text_width(STR("")), 0);
    assert_int_equal(text_width(STR("abc")), 3);
    assert_int_equal(text_width(STR("积分")), 4);
    assert_int_equal(text_width(STR("Ａ（），。：「」")), 16);
    assert_int_equal(text_width(STR("é…")), 2);
    assert_int_equal(text_width(STR("\xE3\x80\x80")), 2); /* ideographic space */
    assert_int_equal(text_width(STR("한글カナかな")), 12);
    assert_int_equal(text_width(STR("𠮷")), 2);
    assert_int_equal(text_width(STR("\xF3\xA0\x84\x80")), 1); /* beyond the last wide range */
    assert_int_equal(text_width(STR("🙂")), 2);
    assert_int_equal(text_width(STR("ｶ")), 1);        /* half-width kana */
    assert_int_equal(text_width(STR("\xFF\xFE")), 2); /* bytes that are no text count one each */
}

/* ---- distance ---- */

static size_t twin_distance(const char *a, const char *b)
{
    size_t change, left, right;

    if (!*a) return strlen(b);
    if (!*b) return strlen(a);
    if (*a == *b) return twin_distance(a + 1, b + 1);
    change = twin_distance(a + 1, b + 1);
    left = twin_distance(a + 1, b);
    right = twin_distance(a, b + 1);
    if (left < change) change = left;
    if (right < change) change = right;
    return change + 1;
}

/* The digits of `code` to base 3 as letters, lowest first. */
static void spell(unsigned code, char out[6])
{
    size_t n = 0;

    for (; code > 0 && n < 5; code /= 3)
        out[n++] = (char)('a' + code % 3);
    out[n] = '\0';
}

static void distances_agree_with_the_recursive_twin(void **state)
{
    char a[6], b[6];

    (void)state;
    for (unsigned i = 0; i < 243; i++) {
        for (unsigned k = 0; k < 243; k++) {
            size_t want, got;

            spell(i, a);
            spell(k, b);
            want = twin_distance(a, b);
            for (size_t limit = 0; limit <= 6; limit++) {
                got = text_distance(str_from_c(a), str_from_c(b), limit);
                if (got != (want < limit ? want : limit)) fail_msg("%s %s %zu", a, b, limit);
            }
        }
    }
}

static void distances_count_characters(void **state)
{
    char longer[300];

    (void)state;
    assert_int_equal(text_distance(STR("学历"), STR("学力"), 9), 1);
    assert_int_equal(text_distance(STR("年龄"), STR("年令"), 9), 1);
    assert_int_equal(text_distance(STR("社会保险"), STR("社保"), 9), 2);
    assert_int_equal(text_distance(STR("education"), STR("eduction"), 9), 1);
    memset(longer, 'x', sizeof longer);
    assert_int_equal(text_distance(bytes(longer, 300), bytes(longer, 299), 3), 3);
    assert_int_equal(text_distance(bytes(longer, 300), bytes(longer, 300), 3), 0);
    assert_int_equal(text_distance(bytes(longer, 64), bytes(longer, 62), 3), 2);
    assert_int_equal(text_distance(STR("\xFF"), STR("a"), 3), 3);
}

/* ---- buffers ---- */

static void buffers_grow(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    assert_int_equal(buf_str(&b).n, 0);
    for (int i = 0; i < 5000; i++)
        buf_add_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.n, 5000);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    b.n = 0;
    buf_add(&b, STR("积分 "));
    buf_add_c(&b, "x ");
    buf_add_c(&b, NULL);
    buf_add(&b, (struct str){NULL, 0});
    buf_printf(&b, "%s/%03d%s", "y", 7, "");
    assert_buf(&b, "积分 x y/007");
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_done(&b);
    assert_null(b.p);
    buf_done(&b);
}

static void integers_print(void **state)
{
    static const int64_t EDGES[] = {0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    char want[32];
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof EDGES / sizeof EDGES[0]; i++) {
        b.n = 0;
        buf_add_int(&b, EDGES[i]);
        snprintf(want, sizeof want, "%lld", (long long)EDGES[i]);
        assert_buf(&b, want);
    }
    buf_done(&b);
}

static void the_first_failure_is_kept(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    buf_add(&b, STR("12345678")); /* exactly the limit */
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_add(&b, STR(""));
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_add_char(&b, '9');
    assert_int_equal(buf_err(&b), ERR_NOMEM);
    b.n = 2; /* room again, but what is missing cannot be told any more */
    buf_add_char(&b, 'x');
    buf_printf(&b, "%d", 5);
    buf_add_int(&b, 5);
    assert_buf(&b, "12");
    assert_int_equal(buf_err(&b), ERR_NOMEM);
    buf_done(&b);
    assert_int_equal(b.limit, 8);
    assert_int_equal(buf_err(&b), ERR_OK);
    buf_printf(&b, "%s", "123456789");
    assert_int_equal(buf_err(&b), ERR_NOMEM);
    assert_int_equal(buf_str(&b).n, 0);
    buf_done(&b);
}

static void sizes_beyond_memory_fail(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    buf_add_c(&b, "kept");
    buf_add(&b, bytes("", SIZE_MAX)); /* refused before a byte is read */
    assert_int_equal(buf_err(&b), ERR_NOMEM);
    assert_buf(&b, "kept");
    buf_done(&b);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(slices_compare),
    cmocka_unit_test(slices_start_and_trim),
    cmocka_unit_test(copies_are_terminated),
    cmocka_unit_test(decoding_takes_what_is_well_formed),
    cmocka_unit_test(every_scalar_value_goes_there_and_back),
    cmocka_unit_test(the_first_bad_byte_is_found_everywhere),
    cmocka_unit_test(random_bytes_are_judged_alike),
    cmocka_unit_test(widths),
    cmocka_unit_test(distances_agree_with_the_recursive_twin),
    cmocka_unit_test(distances_count_characters),
    cmocka_unit_test(buffers_grow),
    cmocka_unit_test(integers_print),
    cmocka_unit_test(the_first_failure_is_kept),
    cmocka_unit_test(sizes_beyond_memory_fail),
};
RUN_GROUP(TESTS)
