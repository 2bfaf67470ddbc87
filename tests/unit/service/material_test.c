/* Materials: what they are is found from their bytes; nothing hides in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/material.h"

static struct material_kind kind;

static void add(struct buf *b, const char *bytes, size_t n)
{
    buf_add(b, (struct str){bytes, n});
}
#define ADD(b, literal) add(b, literal, sizeof(literal) - 1)

static void add_be16(struct buf *b, unsigned v)
{
    buf_add_char(b, (char)(v >> 8));
    buf_add_char(b, (char)v);
}

static void add_be32(struct buf *b, uint32_t v)
{
    add_be16(b, v >> 16);
    add_be16(b, v & 0xFFFF);
}

static void make_jpeg(struct buf *b, unsigned width, unsigned height, const char *comment)
{
    b->n = 0;
    ADD(b, "\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    if (comment) {
        ADD(b, "\xFF\xFE");
        add_be16(b, (unsigned)strlen(comment) + 2);
        buf_add_c(b, comment);
    }
    ADD(b, "\xFF\xC0\x00\x0B\x08");
    add_be16(b, height);
    add_be16(b, width);
    ADD(b, "\x01\x01\x11\x00");
    ADD(b, "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00"); /* scan */
    ADD(b, "\x12\x34\xFF\x00\x56\xFF\xD0\x78\x9A");     /* a stuffed byte, a restart */
    ADD(b, "\xFF\xD9");
}

static void add_chunk(struct buf *b, const char *type, const char *data, size_t n)
{
    add_be32(b, (uint32_t)n);
    buf_add_c(b, type);
    add(b, data, n);
    ADD(b, "\x00\x00\x00\x00");
}

static void make_png(struct buf *b, uint32_t width, uint32_t height, const char *text)
{
    struct buf head;

    b->n = 0;
    buf_init(&head, 0);
    add_be32(&head, width);
    add_be32(&head, height);
    ADD(&head, "\x08\x02\x00\x00\x00");
    ADD(b, "\x89PNG\r\n\x1A\n");
    add_chunk(b, "IHDR", head.p, head.n);
    if (text) add_chunk(b, "tEXt", text, strlen(text));
    add_chunk(b, "IDAT", "xxxx", 4);
    add_chunk(b, "IEND", "", 0);
    buf_done(&head);
}

static void make_pdf(struct buf *b, const char *inside)
{
    b->n = 0;
    buf_add_c(b, "%PDF-1.7\n1 0 obj\n<< /Type /Catalog ");
    buf_add_c(b, inside);
    buf_add_c(b, " >>\nendobj\nxref\n0 1\ntrailer << >>\nstartxref\n9\n%%EOF\n");
}

static void expect(const struct buf *b, enum material_verdict v)
{
    const enum material_verdict is = material_check(buf_str(b), &kind);
    if (is != v) fail_msg("%s, not %s", material_verdict_code(is), material_verdict_code(v));
}

static void the_three_types(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    make_jpeg(&b, 640, 480, NULL);
    expect(&b, MATERIAL_GOOD);
    assert_string_equal(kind.media_type, "image/jpeg");
    assert_int_equal(kind.width, 640);
    assert_int_equal(kind.height, 480);
    make_png(&b, 33, 44, NULL);
    expect(&b, MATERIAL_GOOD);
    assert_string_equal(kind.media_type, "image/png");
    assert_int_equal(kind.width, 33);
    assert_int_equal(kind.height, 44);
    make_pdf(&b, "");
    expect(&b, MATERIAL_GOOD);
    assert_string_equal(kind.media_type, "application/pdf");
    buf_done(&b);
}

static void other_types_are_refused(void **state)
{
    static const char *const texts[] = {
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>",
        "<!DOCTYPE html><html></html>",
        "GIF89a",
        "RIFF....WEBPVP8 ",
        "BM......",
        "PK\003\004",
        "\xEF\xBB\xBF%PDF-1.7",
        " %PDF-1.7",
        "#!/bin/sh\n",
        "plain text",
        "\xFF\xD8",
        "\x89PNG",
        "x"};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    expect(&b, MATERIAL_EMPTY);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        b.n = 0;
        buf_add_c(&b, texts[i]);
        expect(&b, MATERIAL_TYPE);
    }
    buf_done(&b);
}

static void pictures_too_large_to_open(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    make_png(&b, MATERIAL_SIDE, 5000, NULL);
    expect(&b, MATERIAL_GOOD);
    make_png(&b, MATERIAL_SIDE + 1, 10, NULL);
    expect(&b, MATERIAL_PIXELS_TOO_MANY);
    make_png(&b, MATERIAL_SIDE, 5001, NULL);
    expect(&b, MATERIAL_PIXELS_TOO_MANY);
    make_png(&b, 0x80000000u, 0x80000000u, NULL);
    expect(&b, MATERIAL_PIXELS_TOO_MANY);
    make_png(&b, 0, 10, NULL);
    expect(&b, MATERIAL_BROKEN);
    make_jpeg(&b, 65535, 65535, NULL);
    expect(&b, MATERIAL_PIXELS_TOO_MANY);
    make_jpeg(&b, 0, 1, NULL);
    expect(&b, MATERIAL_BROKEN);
    buf_done(&b);
}

static void size_limit(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    make_jpeg(&b, 10, 10, NULL);
    while (b.n < MATERIAL_BYTES)
        buf_add_char(&b, 0);
    expect(&b, MATERIAL_GOOD); /* zeros behind the end are filling */
    buf_add_char(&b, 0);
    expect(&b, MATERIAL_TOO_LARGE);
    buf_done(&b);
}

static void two_in_one(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    make_jpeg(&b, 10, 10, NULL);
    buf_add_c(&b, "PK\003\004 something");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_jpeg(&b, 10, 10, "<ScRiPt>alert(1)</ScRiPt>");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_jpeg(&b, 10, 10, "%PDF-1.4");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_jpeg(&b, 10, 10, "taken on a sunny day");
    expect(&b, MATERIAL_GOOD);
    make_png(&b, 10, 10, "<svg onload=1>");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_png(&b, 10, 10, NULL);
    buf_add_c(&b, "<html>");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_pdf(&b, "/X (<html>)");
    expect(&b, MATERIAL_TWO_IN_ONE);
    make_pdf(&b, "");
    buf_add_c(&b, "PK\005\006");
    expect(&b, MATERIAL_TWO_IN_ONE);
    buf_done(&b);
}

static void active_documents(void **state)
{
    static const char *const words[] = {"/OpenAction << /S /JavaScript >>", "/AA << /JS (x) >>",
                                        "/A << /S /Launch >>", "/Names << /EmbeddedFiles 1 >>"};
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        make_pdf(&b, words[i]);
        expect(&b, MATERIAL_ACTIVE);
    }
    buf_done(&b);
}

/* Cut anywhere, a picture or a document is not whole; no byte behind its end is read. */
static void cut_anywhere(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 0);
    for (int type = 0; type < 3; type++) {
        if (type == 0) make_jpeg(&b, 10, 10, "x");
        if (type == 1) make_png(&b, 10, 10, "x");
        if (type == 2) make_pdf(&b, "");
        const size_t whole = type == 2 ? b.n - 1 : b.n; /* the last end of line may be missing */
        for (size_t n = 1; n < whole; n++) {
            char *copy = malloc(n); /* a sanitizer sees what is read behind it */
            assert_non_null(copy);
            memcpy(copy, b.p, n);
            const enum material_verdict v = material_check((struct str){copy, n}, &kind);
            if (v != MATERIAL_BROKEN && v != MATERIAL_TYPE)
                fail_msg("type %d, %zu: %d", type, n, v);
            free(copy);
        }
    }
    buf_done(&b);
}

/* Bytes turned at random never lead outside, and what is still good is still one of the three. */
static void turned_bytes(void **state)
{
    struct buf b;

    (void)state;
    srand(20261128);
    buf_init(&b, 0);
    for (int round = 0; round < 20000; round++) {
        if (round % 3 == 0) make_jpeg(&b, 10, 10, "a comment");
        if (round % 3 == 1) make_png(&b, 10, 10, "a text");
        if (round % 3 == 2) make_pdf(&b, "/Lang (zh)");
        for (int k = rand() % 4; k >= 0; k--)
            b.p[(size_t)rand() % b.n] = (char)rand();
        kind.media_type = NULL;
        if (material_check(buf_str(&b), &kind) == MATERIAL_GOOD) assert_non_null(kind.media_type);
    }
    buf_done(&b);
}

static void name_is(const char *from, const char *to)
{
    struct buf b;

    buf_init(&b, 0);
    material_add_name(&b, str_from_c(from));
    buf_add_char(&b, '\0');
    assert_string_equal(b.p, to);
    buf_done(&b);
}

static void names(void **state)
{
    char lengthy[400];
    struct buf b;

    (void)state;
    name_is("毕业证.jpg", "毕业证.jpg");
    name_is("../../etc/passwd", "passwd");
    name_is("C:\\Users\\x\\证.pdf", "证.pdf");
    name_is("a\nb\x1b[31m\tc\x7f.png", "ab[31mc.png");
    name_is("\xE2\x80\xAEgnp.exe", "gnp.exe");
    name_is("bad\xFF\xFE", "bad");
    name_is("/", "");
    memset(lengthy, 0, sizeof lengthy);
    for (size_t i = 0; i + 3 < sizeof lengthy; i += 3)
        memcpy(lengthy + i, "证", 3);
    buf_init(&b, 0);
    material_add_name(&b, str_from_c(lengthy));
    assert_int_equal(b.n, MATERIAL_NAME / 3 * 3);
    assert_int_equal(text_utf8_check(buf_str(&b)), b.n);
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_types),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(pictures_too_large_to_open),
        cmocka_unit_test(size_limit),
        cmocka_unit_test(two_in_one),
        cmocka_unit_test(active_documents),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(turned_bytes),
        cmocka_unit_test(names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
