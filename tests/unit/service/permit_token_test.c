/* The electronic permit: what is signed is believed, in its time, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <qrencode.h>

#include "service/permit_token.h"

#define NOW INT64_C(1795824000000000) /* 2026-11-28 */
#define SECOND MICROS_PER_SECOND

static struct sm2_key *key, *other;

static const struct permit_card card = {.number = {"Z2026000000042", 14},
                                        .state = {"valid", 5},
                                        .division = 330381,
                                        .valid_from = 20000,
                                        .endorse_by = 20900,
                                        .is_valid = true};

static int setup(void **state)
{
    (void)state;
    return sm2_key_new(&key) == ERR_OK && sm2_key_new(&other) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    sm2_key_free(key);
    sm2_key_free(other);
    return 0;
}

static void make(const struct permit_card *c, struct buf *out)
{
    buf_init(out, 0);
    assert_int_equal(permit_token_make(key, c, NOW, out), ERR_OK);
}

static enum permit_verdict verify(const struct buf *token, int64_t now, struct permit_shown *x)
{
    return permit_token_verify(buf_str(token), key, now, x);
}

static void says_what_the_card_says(void **state)
{
    struct permit_shown x;
    struct buf t;

    (void)state;
    make(&card, &t);
    assert_true(t.n < PERMIT_TOKEN_MAX);
    assert_int_equal(verify(&t, NOW + 5 * SECOND, &x), PERMIT_TOKEN_GOOD);
    assert_string_equal(x.number, "Z2026000000042");
    assert_string_equal(x.state, "valid");
    assert_int_equal(x.division, 330381);
    assert_true(x.in_force);
    assert_true(x.issued == NOW && x.expires == NOW + PERMIT_TOKEN_SECONDS * SECOND);
    assert_true(PERMIT_TOKEN_SECONDS <= 300);
    buf_done(&t);
}

/* The public key alone checks it: nothing else is needed on the verifier's device. */
static void is_checked_with_the_public_key(void **state)
{
    struct sm2_key *public;
    struct permit_shown x;
    char a[PERMIT_KEY_ID + 1], b[PERMIT_KEY_ID + 1];
    struct buf pem, t;

    (void)state;
    buf_init(&pem, 0);
    assert_int_equal(sm2_key_add_pem(key, false, &pem), ERR_OK);
    assert_int_equal(sm2_key_read_pem(buf_str(&pem), &public), ERR_OK);
    assert_int_equal(permit_key_id(key, a), ERR_OK);
    assert_int_equal(permit_key_id(public, b), ERR_OK);
    assert_string_equal(a, b);
    make(&card, &t);
    assert_int_equal(permit_token_verify(buf_str(&t), public, NOW, &x), PERMIT_TOKEN_GOOD);
    sm2_key_free(public);
    buf_done(&t);
    buf_done(&pem);
}

static void another_key_is_named(void **state)
{
    struct permit_shown x = {.in_force = true};
    struct buf t;

    (void)state;
    make(&card, &t);
    assert_int_equal(permit_token_verify(buf_str(&t), other, NOW, &x), PERMIT_TOKEN_WRONG_KEY);
    assert_false(x.in_force);
    assert_int_equal(x.number[0], '\0');
    buf_done(&t);
}

/* The first second after its time, and the last one of it. */
static void expires(void **state)
{
    const int64_t end = NOW + PERMIT_TOKEN_SECONDS * SECOND;
    struct permit_shown x;
    struct buf t;

    (void)state;
    make(&card, &t);
    assert_int_equal(verify(&t, end - 1, &x), PERMIT_TOKEN_GOOD);
    assert_int_equal(verify(&t, end, &x), PERMIT_TOKEN_EXPIRED);
    assert_string_equal(x.state, "valid");
    assert_int_equal(verify(&t, end + 400 * SECOND, &x), PERMIT_TOKEN_EXPIRED);
    buf_done(&t);
}

static void is_not_of_the_future(void **state)
{
    struct permit_shown x;
    struct buf t;

    (void)state;
    make(&card, &t);
    assert_int_equal(verify(&t, NOW - PERMIT_TOKEN_SKEW * SECOND, &x), PERMIT_TOKEN_GOOD);
    assert_int_equal(verify(&t, NOW - PERMIT_TOKEN_SKEW * SECOND - 1, &x), PERMIT_TOKEN_FUTURE);
    assert_int_equal(verify(&t, 0, &x), PERMIT_TOKEN_FUTURE);
    buf_done(&t);
}

static void a_suspension_shows(void **state)
{
    struct permit_card suspended = card;
    struct permit_shown x;
    struct buf t, text;
    struct json j;

    (void)state;
    suspended.state = STR("suspended_missed");
    suspended.is_valid = false;
    make(&suspended, &t);
    const enum permit_verdict v = verify(&t, NOW, &x);
    assert_int_equal(v, PERMIT_TOKEN_NOT_VALID);
    assert_string_equal(x.state, "suspended_missed");
    buf_init(&text, 0);
    json_init(&j, &text, false);
    permit_shown_write(v, &x, LANG_EN, &j);
    buf_add_char(&text, '\0');
    assert_non_null(strstr(text.p, "\"valid\":false"));
    assert_non_null(strstr(text.p, "\"state\":\"suspended_missed\""));
    assert_non_null(strstr(text.p, "\"division_name\":\"Rui'an City\""));
    buf_done(&text);
    buf_done(&t);
}

/* Every bit of a token turned, every length cut: never believed. */
static void altered_is_never_believed(void **state)
{
    struct permit_shown x;
    struct buf t;

    (void)state;
    make(&card, &t);
    for (size_t i = 0; i < t.n; i++) {
        const char was = t.p[i];
        for (int bit = 0; bit < 8; bit += 3) {
            t.p[i] = (char)(was ^ (1 << bit));
            const enum permit_verdict v = verify(&t, NOW, &x);
            if (v <= PERMIT_TOKEN_FUTURE) fail_msg("byte %zu, bit %d: verdict %d", i, bit, v);
            assert_int_equal(x.number[0], '\0');
        }
        t.p[i] = was;
    }
    for (size_t n = 0; n < t.n; n++)
        assert_true(permit_token_verify((struct str){t.p, n}, key, NOW, &x) > PERMIT_TOKEN_FUTURE);
    buf_add_char(&t, 'A');
    assert_true(verify(&t, NOW, &x) > PERMIT_TOKEN_FUTURE);
    buf_done(&t);
}

/* Sign a payload of one's own choice with the right key. */
static enum permit_verdict signed_verdict(const char *domain, const char *payload,
                                          struct permit_shown *x)
{
    struct buf part, text, token;
    uint8_t signature[64];

    buf_init(&part, 0);
    buf_init(&text, 0);
    buf_init(&token, 0);
    base64url_add(&part, str_from_c(payload));
    buf_add_c(&text, domain);
    buf_add(&text, buf_str(&part));
    assert_int_equal(sm2_sign(key, buf_str(&text), signature), ERR_OK);
    buf_add(&token, buf_str(&part));
    buf_add_char(&token, '.');
    base64url_add(&token, (struct str){(const char *)signature, sizeof signature});
    const enum permit_verdict v = permit_token_verify(buf_str(&token), key, NOW, x);
    buf_done(&part);
    buf_done(&text);
    buf_done(&token);
    return v;
}

/* Even under the right signature only the one form is a permit, and only what is signed as one. */
static void only_the_format_is_read(void **state)
{
    static const char *const heads[] = {
        "{\"v\":2,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"n\":\"\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":2,\"d\":330381",
        "{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":3303811",
        "{\"v\":1,\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"x\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1.0,\"d\":330381",
        "{\"v\":1,\"n\":\"Z\\u0000\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "[{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381",
        "{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381", /* the one that is right */
    };
    const size_t last = sizeof heads / sizeof *heads - 1;
    const long long i = NOW / SECOND;
    char id[PERMIT_KEY_ID + 1];
    struct permit_shown x;
    struct buf b;

    (void)state;
    assert_int_equal(permit_key_id(key, id), ERR_OK);
    buf_init(&b, 0);
    for (size_t k = 0; k <= last; k++) {
        b.n = 0;
        buf_printf(&b, "%s,\"i\":%lld,\"e\":%lld,\"k\":\"%s\"}%s", heads[k], i, i + 60, id,
                   heads[k][0] == '[' ? "]" : "");
        buf_add_char(&b, '\0');
        const enum permit_verdict v = signed_verdict("jifen-permit-1.", b.p, &x);
        if (v != (k == last ? PERMIT_TOKEN_GOOD : PERMIT_TOKEN_MALFORMED))
            fail_msg("%s: verdict %d", b.p, v);
    }
    /* the right one under another purpose's signature is none */
    assert_int_equal(signed_verdict("jifen-receipt-1.", b.p, &x), PERMIT_TOKEN_FORGED);
    buf_done(&b);
}

/* A life of more than five minutes, or a life that ends before it begins, is refused. */
static void long_lives_are_refused(void **state)
{
    const long long i = NOW / SECOND;
    char id[PERMIT_KEY_ID + 1], text[256];
    struct permit_shown x;

    (void)state;
    assert_int_equal(permit_key_id(key, id), ERR_OK);
    for (long long life = -1; life <= 302; life += life < 1 ? 1 : 299) {
        snprintf(text, sizeof text,
                 "{\"v\":1,\"n\":\"Z1\",\"s\":\"valid\",\"f\":1,\"d\":330381,\"i\":%lld,"
                 "\"e\":%lld,\"k\":\"%s\"}",
                 i, i + life, id);
        const enum permit_verdict v = signed_verdict("jifen-permit-1.", text, &x);
        assert_int_equal(v, life == 1 || life == 300 ? PERMIT_TOKEN_GOOD : PERMIT_TOKEN_MALFORMED);
    }
}

static void no_number_no_token(void **state)
{
    struct permit_card c = card;
    struct buf t;

    (void)state;
    buf_init(&t, 0);
    c.number = STR("");
    assert_int_equal(permit_token_make(key, &c, NOW, &t), ERR_RANGE);
    c.number = STR("Z234567890123456789012345678901234567890");
    assert_int_equal(permit_token_make(key, &c, NOW, &t), ERR_RANGE);
    assert_int_equal(t.n, 0);
    buf_done(&t);
}

static void key_files(void **state)
{
    char path[] = "permit_key_XXXXXX";
    struct sm2_key *read;
    struct buf pem;

    (void)state;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(permit_key_read_file(path, &read), ERR_SYNTAX);
    buf_init(&pem, 0);
    assert_int_equal(sm2_key_add_pem(key, true, &pem), ERR_OK);
    assert_int_equal(write(fd, pem.p, pem.n), (ssize_t)pem.n);
    close(fd);
    assert_int_equal(permit_key_read_file(path, &read), ERR_OK);
    sm2_key_free(read);
    unlink(path);
    assert_int_equal(permit_key_read_file(path, &read), ERR_NOT_FOUND);
    buf_done(&pem);
}

/* The picture, read back run by run, is the code of the text, with its quiet zone. */
static void the_picture_is_the_code(void **state)
{
    const struct str text = STR("https://jifen.example/verify?token=abc.def");
    struct buf svg;
    int side;

    (void)state;
    buf_init(&svg, 0);
    assert_int_equal(permit_qr_svg(text, STR("A <b> & \"c\""), &svg), ERR_OK);
    buf_add_char(&svg, '\0');
    QRcode *code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    assert_non_null(code);
    const char *box = strstr(svg.p, "viewBox=\"0 0 ");
    assert_non_null(box);
    side = (int)strtol(box + 13, NULL, 10);
    assert_int_equal(side, code->width + 8);
    assert_non_null(strstr(svg.p, "<title>A &lt;b&gt; &amp; &quot;c&quot;</title>"));
    assert_null(strstr(svg.p, "<script"));
    unsigned char *seen = calloc((size_t)side * (size_t)side, 1);
    char *at = strstr(svg.p, "fill=\"#000\" d=\"");
    assert_non_null(at);
    for (at += 15; *at == 'M';) {
        const int x = (int)strtol(at + 1, &at, 10);
        const int y = (int)strtol(at, &at, 10);
        const int n = (int)strtol(at + 1, &at, 10);
        memset(seen + y * side + x, 1, (size_t)n);
        at = strchr(at, 'z') + 1;
    }
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            const int cx = x - 4, cy = y - 4, w = code->width;
            const bool in = cx >= 0 && cy >= 0 && cx < w && cy < w;
            assert_int_equal(seen[y * side + x], in ? code->data[cy * w + cx] & 1 : 0);
        }
    free(seen);
    QRcode_free(code);
    buf_done(&svg);
}

static void the_answer_for_a_phone(void **state)
{
    const struct caller c = {.role = ROLE_RESIDENT, .lang = LANG_ZH, .now = NOW};
    struct permit_shown x;
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    assert_int_equal(permit_qr_write(key, &card, STR("https://jifen.example/verify"), &c, &j),
                     ERR_OK);
    buf_add_char(&b, '\0');
    char *token = strstr(b.p, "\"token\":\"");
    assert_non_null(token);
    token += 9;
    const struct str t = {token, strcspn(token, "\"")};
    assert_int_equal(permit_token_verify(t, key, NOW, &x), PERMIT_TOKEN_GOOD);
    assert_non_null(strstr(b.p, "\"verify_url\":\"https://jifen.example/verify?token="));
    assert_non_null(strstr(b.p, "电子居住证 Z2026000000042 有效"));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_card_says),
        cmocka_unit_test(is_checked_with_the_public_key),
        cmocka_unit_test(another_key_is_named),
        cmocka_unit_test(expires),
        cmocka_unit_test(is_not_of_the_future),
        cmocka_unit_test(a_suspension_shows),
        cmocka_unit_test(altered_is_never_believed),
        cmocka_unit_test(only_the_format_is_read),
        cmocka_unit_test(long_lives_are_refused),
        cmocka_unit_test(no_number_no_token),
        cmocka_unit_test(key_files),
        cmocka_unit_test(the_picture_is_the_code),
        cmocka_unit_test(the_answer_for_a_phone),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
