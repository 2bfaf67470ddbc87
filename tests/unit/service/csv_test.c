/* The CSV reader: shapes of rows, quotes, line ends, and a slow twin for random texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "service/csv.h"

/* All rows as text: cells in [], rows ended by the line they began on; then the state. */
static char *rows_as_text(struct str text)
{
    struct arena a;
    arena_init(&a, 0);
    struct csv_reader r;
    csv_reader_init(&r, text, &a);
    struct csv_row row;
    struct buf b;
    buf_init(&b, 0);
    while (csv_next(&r, &row)) {
        for (size_t i = 0; i < row.count; i++)
            buf_printf(&b, "[%.*s]", STR_ARG(row.cells[i]));
        buf_printf(&b, "@%u%s%s;", row.line, row.bad_quotes ? "!" : "", row.at_end ? "." : "");
    }
    if (r.state == CSV_OPEN_QUOTE) buf_printf(&b, "open@%u", r.open_line);
    buf_add_char(&b, '\0');
    arena_done(&a);
    return b.p;
}

static void check(const char *text, const char *want)
{
    /* a copy of exact size: reading behind the end shows under the sanitizer */
    size_t n = strlen(text);
    char *exact = malloc(n + 1);
    memcpy(exact, text, n);
    char *shrunk = realloc(exact, n == 0 ? 1 : n);
    char *got = rows_as_text((struct str){shrunk, n});
    assert_string_equal(got, want);
    free(got);
    free(shrunk);
}

static void plain_rows(void **state)
{
    (void)state;
    check("", "");
    check("a,b\n", "[a][b]@1;");
    check("a,b", "[a][b]@1.;");
    check("a,b\nc,d\n", "[a][b]@1;[c][d]@2;");
    check("a,\n,b\n", "[a][]@1;[][b]@2;");
    check(",", "[][]@1.;");
    check("a long cell of many words,another long cell of many words\nx\n",
          "[a long cell of many words][another long cell of many words]@1;[x]@2;");
}

static void line_ends(void **state)
{
    (void)state;
    check("a,b\r\nc,d\r\n", "[a][b]@1;[c][d]@2;");
    check("a,b\r", "[a][b]@1.;");
    check("a\rb,c\n", "[a\rb][c]@1;");
    check("a\n\n\r\nb\n", "[a]@1;[b]@4;");
    check("\n\n", "");
}

static void quotes(void **state)
{
    (void)state;
    check("\"a\",\"b\"\n", "[a][b]@1;");
    check("\"a,b\",c\r\n", "[a,b][c]@1;");
    check("\"a \"\"b\"\" c\",d\n", "[a \"b\" c][d]@1;");
    check("\"\"\n", "[]@1;");
    check("\"\"\"\"", "[\"]@1.;");
    check("\"two\nlines\",x\ny,z\n", "[two\nlines][x]@1;[y][z]@3;");
    check("\"a\"\r\n", "[a]@1;");
}

static void quotes_gone_wrong(void **state)
{
    (void)state;
    check("a\"b,c\nd,e\n", "[a\"b][c]@1!;[d][e]@2;");
    check("\"a\"b,c\n", "[a][c]@1!;");
    check("a,b\nc,\"d\ne,f\n", "[a][b]@1;open@2");
    check("\"", "open@1");
}

static void many_cells(void **state)
{
    (void)state;
    char text[2 * CSV_CELLS_MAX + 20];
    memset(text, ',', sizeof text);
    struct arena a;
    arena_init(&a, 0);
    struct csv_reader r;
    csv_reader_init(&r, (struct str){text, sizeof text}, &a);
    struct csv_row row;
    assert_true(csv_next(&r, &row));
    assert_int_equal(row.count, sizeof text + 1);
    arena_done(&a);
}

static void bom_is_skipped(void **state)
{
    (void)state;
    struct str t = csv_skip_bom(STR("\xEF\xBB\xBFx"));
    assert_int_equal(t.n, 1);
    assert_int_equal(csv_skip_bom(STR("\xEF\xBB")).n, 2);
}

static void survey_finds_the_first_bad_byte(void **state)
{
    (void)state;
    struct csv_survey s = csv_survey(STR("abc\ndef\n人员\n"));
    assert_int_equal(s.line_ends, 3);
    assert_int_equal(s.bad_at, 15);
    s = csv_survey(STR("0123456789\n0123456789\n012\xC8\xCB,4567890123456789\n"));
    assert_int_equal(s.bad_at, 25);
    assert_int_equal(s.bad_line, 3);
    char with_nul[] = "aaaaaaaaaaaaaaaaaaaa";
    for (size_t at = 0; at < sizeof with_nul - 1; at++) {
        with_nul[at] = '\0';
        assert_int_equal(csv_survey((struct str){with_nul, sizeof with_nul - 1}).bad_at, at);
        with_nul[at] = 'a';
    }
}

/* The format once more, a character at a time. */
static void slow_rows(struct str t, struct buf *b)
{
    size_t i = 0;
    unsigned line = 1;
    while (i < t.n) {
        unsigned begin = line;
        size_t first = i, cells = 0, mark = b->n;
        bool bad = false, ended = false, last_empty = true;
        while (!ended) {
            buf_add_char(b, '[');
            last_empty = true;
            if (i < t.n && t.p[i] == '"') {
                for (i++;; i++) {
                    if (i == t.n) {
                        b->n = mark;
                        buf_printf(b, "open@%u", begin);
                        return;
                    }
                    if (t.p[i] == '"' && i + 1 < t.n && t.p[i + 1] == '"')
                        i++;
                    else if (t.p[i] == '"')
                        break;
                    if (t.p[i] == '\n') line++;
                    buf_add_char(b, t.p[i]);
                }
                i++;
                last_empty = false;
                while (i < t.n && t.p[i] != ',' && t.p[i] != '\n') {
                    bool return_before_end = t.p[i] == '\r' && (i + 1 == t.n || t.p[i + 1] == '\n');
                    bad |= !return_before_end;
                    i++;
                }
            } else {
                for (; i < t.n && t.p[i] != ',' && t.p[i] != '\n'; i++) {
                    bad |= t.p[i] == '"';
                    if (t.p[i] == '\r' && (i + 1 == t.n || t.p[i + 1] == '\n')) continue;
                    buf_add_char(b, t.p[i]);
                    last_empty = false;
                }
            }
            buf_add_char(b, ']');
            cells++;
            ended = i == t.n || t.p[i] == '\n';
            if (i < t.n)
                i++;
            else
                break;
        }
        bool at_end = t.p[i - 1] != '\n' || (i == t.n && !ended);
        if (i == t.n && t.p[t.n - 1] == ',') at_end = true;
        (void)first;
        if (i == t.n && at_end == false && t.p[t.n - 1] == '\n') at_end = false;
        if (t.p[i - 1] == '\n') line++;
        if (cells == 1 && last_empty)
            b->n = mark;
        else
            buf_printf(b, "@%u%s%s;", begin, bad ? "!" : "", at_end ? "." : "");
    }
}

static void random_texts_agree_with_the_slow_twin(void **state)
{
    (void)state;
    static const char alphabet[] = "ab,,\n\n\r\"\"cdefgh";
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char text[48];
        size_t n = 1 + (size_t)(seed >> 33) % 47;
        for (size_t i = 0; i < n; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            text[i] = alphabet[(seed >> 40) % (sizeof alphabet - 1)];
        }
        struct buf want;
        buf_init(&want, 0);
        slow_rows((struct str){text, n}, &want);
        buf_add_char(&want, '\0');
        char *got = rows_as_text((struct str){text, n});
        assert_string_equal(got, want.p);
        free(got);
        buf_done(&want);
    }
}

static void cells_are_quoted_when_they_must_be(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    csv_add_cell(&b, STR("plain"));
    csv_add_cell(&b, STR("a,b"));
    csv_add_cell(&b, STR("say \"x\""));
    csv_add_cell(&b, STR(""));
    buf_add_char(&b, '\0');
    assert_string_equal(b.p, "plain\"a,b\"\"say \"\"x\"\"\"");
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(quotes),
        cmocka_unit_test(quotes_gone_wrong),
        cmocka_unit_test(many_cells),
        cmocka_unit_test(bom_is_skipped),
        cmocka_unit_test(survey_finds_the_first_bad_byte),
        cmocka_unit_test(random_texts_agree_with_the_slow_twin),
        cmocka_unit_test(cells_are_quoted_when_they_must_be),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
