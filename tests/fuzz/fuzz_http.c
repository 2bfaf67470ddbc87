/* Fuzz target: the pieces of a request.
 *
 * The first byte chooses the reader, the rest is its text. Checked besides not crashing: what is
 * decoded is UTF-8 without control characters and no longer than its source; decoding does not
 * depend on what stands behind the text; lists of headers yield parts of the header; the depth of
 * JSON agrees with a count by brackets where there are no strings. */
#include <stdlib.h>
#include <string.h>

#include "http/parse.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX 16384
#define SEGMENTS 12

static void check_decoded(struct str decoded, struct str source)
{
    FUZZ_CHECK(decoded.n <= source.n);
    FUZZ_CHECK(text_utf8_check(decoded) == decoded.n);
    for (size_t i = 0; i < decoded.n; i++)
        FUZZ_CHECK((unsigned char)decoded.p[i] >= 0x20 && decoded.p[i] != 0x7F);
}

/* `part` is empty or lies within `whole`. */
static void check_within(struct str part, struct str whole)
{
    FUZZ_CHECK(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void fuzz_percent(struct arena *a, struct str s)
{
    struct str out;
    if (parse_percent(a, s, true, &out) == ERR_OK) check_decoded(out, s);
    if (parse_percent(a, s, false, &out) == ERR_OK) check_decoded(out, s);
}

static void fuzz_path(struct arena *a, struct str s)
{
    struct str segments[SEGMENTS];
    uint32_t count = 0;
    if (parse_path(a, s, segments, SEGMENTS, &count) != ERR_OK) return;
    FUZZ_CHECK(count <= SEGMENTS && s.n > 0 && s.p[0] == '/');
    for (uint32_t i = 0; i < count; i++) {
        FUZZ_CHECK(segments[i].n > 0);
        FUZZ_CHECK(!str_eq(segments[i], STR(".")) && !str_eq(segments[i], STR("..")));
        check_decoded(segments[i], s);
    }
}

static void fuzz_query(struct arena *a, struct str s)
{
    struct http_pair *pairs = NULL;
    uint32_t count = 0;
    if (parse_query(a, s, &pairs, &count) != ERR_OK) return;
    FUZZ_CHECK(count <= HTTP_QUERY_MAX);
    for (uint32_t i = 0; i < count; i++) {
        check_decoded(pairs[i].name, s);
        check_decoded(pairs[i].value, s);
    }
}

static void fuzz_headers(struct str s)
{
    char address[HTTP_ADDRESS_BYTES];
    uint64_t n;
    check_within(parse_cookie(s, STR("jifen_session")), s);
    check_within(parse_bearer(s), s);
    FUZZ_CHECK(parse_accept_language(s) < LANG_COUNT);
    parse_accepts_gzip(s);
    parse_etag_matches(s, STR("\"abc\""));
    if (parse_forwarded_for(s, address)) FUZZ_CHECK(strlen(address) < HTTP_ADDRESS_BYTES);
    if (parse_is_content_length(s, &n)) FUZZ_CHECK(n < INT64_MAX);
    FUZZ_CHECK(!parse_is_token(s) || parse_is_value(s));
    FUZZ_CHECK(!parse_is_host(s) || parse_is_target(s));
    FUZZ_CHECK(parse_equal_fold(s, s));
}

static void fuzz_json_depth(struct str s)
{
    uint32_t depth = 0, most = 0;
    FUZZ_CHECK(parse_json_depth(s, 32) <= 33);
    if (s.n > 0 && memchr(s.p, '"', s.n)) return;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{' || s.p[i] == '[') depth++;
        if ((s.p[i] == '}' || s.p[i] == ']') && depth > 0) depth--;
        if (depth > most) most = depth;
    }
    FUZZ_CHECK(parse_json_depth(s, 32) == (most > 33 ? 33 : most));
}

static void fuzz_listen(struct str s)
{
    struct parse_listen l;
    if (parse_listen(s, &l) == ERR_OK) check_within(l.host, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size < 1 || size > INPUT_BYTES_MAX) return 0;
    struct str s = {(const char *)data + 1, size - 1};
    arena_init(&a, FUZZ_ARENA_BYTES);
    switch (data[0] % 6) {
    case 0:
        fuzz_percent(&a, s);
        break;
    case 1:
        fuzz_path(&a, s);
        break;
    case 2:
        fuzz_query(&a, s);
        break;
    case 3:
        fuzz_headers(s);
        break;
    case 4:
        fuzz_json_depth(s);
        break;
    default:
        fuzz_listen(s);
    }
    arena_done(&a);
    return 0;
}
