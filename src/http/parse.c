/* Reading the pieces of a request.
 *
 * Structure: character classes; percent-decoding, paths, queries; headers with lists (cookies,
 * languages, encodings, entity tags, forwarded addresses); the address to listen on.
 *
 * Invariants: nothing is decoded twice; what a decoded text holds is UTF-8 without control
 * characters; a header that is not of its expected form means nothing rather than something. */
#include "http/parse.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- characters ---- */

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7F;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int hex_value(char c)
{
    if (is_digit(c)) return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = lower(s.p[i]);

        if (c == '\0' || !(is_digit(c) || (c >= 'a' && c <= 'z') || strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.n > 0;
}

bool parse_is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_control((unsigned char)s.p[i]) && s.p[i] != '\t') return false;
    }
    return true;
}

bool parse_is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = lower(s.p[i]);

        if (c == '\0' || !(is_digit(c) || (c >= 'a' && c <= 'z') || strchr("-._~:[]", c)))
            return false;
    }
    return s.n > 0 && s.n <= 255;
}

bool parse_is_content_length(struct str s, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.n == 0 || s.n > 18) return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    *ret = v;
    return true;
}

bool parse_is_target(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_control((unsigned char)s.p[i]) || s.p[i] == ' ' || s.p[i] == '#') return false;
    }
    return s.n > 0;
}

bool parse_equal_fold(struct str a, struct str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    }
    return true;
}

/* ---- paths and queries ---- */

enum err parse_percent(struct arena *a, struct str in, bool plus, struct str *ret)
{
    char *out = ARENA_ARRAY(a, char, in.n + 1);
    size_t n = 0;

    if (!out) return ERR_NOMEM;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];

        if (c == '%') {
            int high = in.n - i > 2 ? hex_value(in.p[i + 1]) : -1;
            int low = in.n - i > 2 ? hex_value(in.p[i + 2]) : -1;

            if (high < 0 || low < 0) return ERR_SYNTAX;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (is_control((unsigned char)c)) return ERR_RANGE;
        out[n++] = c;
    }
    if (text_utf8_check((struct str){out, n}) != n) return ERR_SYNTAX;
    *ret = (struct str){out, n};
    return ERR_OK;
}

/* Cut `s` at the first `c`: what stands before it; `s` becomes what stands after it. */
static struct str take_until(struct str *s, char c)
{
    const char *at = s->n > 0 ? memchr(s->p, c, s->n) : NULL;
    size_t n = at ? (size_t)(at - s->p) : s->n;
    struct str head = {s->p, n};

    if (s->n == 0) return head; /* p may be NULL */
    s->p = at ? at + 1 : s->p + n;
    s->n -= at ? n + 1 : n;
    return head;
}

enum err parse_path(struct arena *a, struct str path, struct str *segments, uint32_t max,
                    uint32_t *ret_count)
{
    uint32_t count = 0;
    struct str left;

    if (path.n == 0 || path.p[0] != '/') return ERR_SYNTAX;
    left = (struct str){path.p + 1, path.n - 1};
    while (left.n > 0 || (count > 0 && path.p[path.n - 1] == '/')) {
        struct str raw = take_until(&left, '/');
        enum err e;

        if (raw.n == 0 || count == max) return ERR_NOT_FOUND;
        e = parse_percent(a, raw, false, &segments[count]);
        if (e != ERR_OK) return e;
        if (str_eq(segments[count], STR(".")) || str_eq(segments[count], STR("..")))
            return ERR_SYNTAX;
        count++;
    }
    *ret_count = count;
    return ERR_OK;
}

enum err parse_query(struct arena *a, struct str query, struct http_pair **ret, uint32_t *ret_count)
{
    struct http_pair *pairs = NULL;
    uint32_t count = 0;

    while (query.n > 0) {
        struct str value = take_until(&query, '&');
        struct str name;
        enum err e;

        if (value.n == 0) continue;
        if (count == HTTP_QUERY_MAX) return ERR_RANGE;
        if (!pairs) pairs = ARENA_ARRAY(a, struct http_pair, HTTP_QUERY_MAX);
        if (!pairs) return ERR_NOMEM;
        name = take_until(&value, '=');
        e = parse_percent(a, name, true, &pairs[count].name);
        if (e == ERR_OK) e = parse_percent(a, value, true, &pairs[count].value);
        if (e != ERR_OK) return e;
        count++;
    }
    *ret = pairs;
    *ret_count = count;
    return ERR_OK;
}

/* ---- headers ---- */

struct str parse_cookie(struct str header, struct str name)
{
    struct str found = {NULL, 0};
    bool is_found = false;

    while (header.n > 0) {
        struct str value = take_until(&header, ';');
        struct str key = str_trim(take_until(&value, '='));

        if (!str_eq(key, name)) continue;
        if (is_found) return (struct str){NULL, 0}; /* two: one of them is somebody else's */
        is_found = true;
        found = str_trim(value);
        if (found.n >= 2 && found.p[0] == '"' && found.p[found.n - 1] == '"')
            found = (struct str){found.p + 1, found.n - 2};
    }
    return found;
}

/* "0.5" -> 500, "1" -> 1000; -1 when it is no weight. */
static int weight_of(struct str s)
{
    int value = 0, unit = 1000;

    if (s.n == 0 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        if (i == 1) continue;
        if (!is_digit(s.p[i])) return -1;
        value += unit * (s.p[i] - '0');
        unit /= 10;
    }
    return value > 1000 ? -1 : value;
}

/* One member "name;q=0.5" of a list: its name and weight in thousandths (1000 without one). */
static struct str member_of(struct str item, int *ret_weight)
{
    struct str name = str_trim(take_until(&item, ';'));

    *ret_weight = 1000;
    while (item.n > 0) {
        struct str value = take_until(&item, ';');
        struct str key = str_trim(take_until(&value, '='));

        if (parse_equal_fold(key, STR("q"))) *ret_weight = weight_of(str_trim(value));
    }
    return name;
}

/* Does the range "zh", "zh-CN", "en-GB" begin with the primary tag? */
static bool is_language(struct str range, struct str primary)
{
    return range.n >= primary.n && (range.n == primary.n || range.p[primary.n] == '-') &&
           parse_equal_fold((struct str){range.p, primary.n}, primary);
}

enum lang parse_accept_language(struct str header)
{
    int best = 0, weight;
    enum lang lang = LANG_ZH;

    while (header.n > 0) {
        struct str name = member_of(take_until(&header, ','), &weight);

        if (weight <= best) continue;
        if (is_language(name, STR("zh")))
            lang = LANG_ZH;
        else if (is_language(name, STR("en")))
            lang = LANG_EN;
        else
            continue;
        best = weight;
    }
    return lang;
}

bool parse_accepts_gzip(struct str header)
{
    bool any = false;

    while (header.n > 0) {
        int weight;
        struct str name = member_of(take_until(&header, ','), &weight);

        if (parse_equal_fold(name, STR("gzip"))) return weight > 0;
        if (str_eq(name, STR("*"))) any = weight > 0;
    }
    return any;
}

bool parse_etag_matches(struct str header, struct str etag)
{
    if (str_eq(str_trim(header), STR("*"))) return true;
    while (header.n > 0) {
        struct str item = str_trim(take_until(&header, ','));

        if (str_starts(item, STR("W/"))) item = (struct str){item.p + 2, item.n - 2};
        if (str_eq(item, etag)) return true;
    }
    return false;
}

bool parse_forwarded_for(struct str header, char *ret)
{
    struct str last = {NULL, 0};
    unsigned char bytes[16];
    char text[HTTP_ADDRESS_BYTES];

    while (header.n > 0)
        last = str_trim(take_until(&header, ','));
    if (last.n == 0 || last.n >= sizeof text) return false;
    memcpy(text, last.p, last.n);
    text[last.n] = '\0';
    if (strlen(text) != last.n) return false;
    if (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1) return false;
    memcpy(ret, text, last.n + 1);
    return true;
}

struct str parse_bearer(struct str header)
{
    struct str scheme, rest = header;

    scheme = take_until(&rest, ' ');
    rest = str_trim(rest);
    if (!parse_equal_fold(scheme, STR("Bearer"))) return (struct str){NULL, 0};
    for (size_t i = 0; i < rest.n; i++) {
        char c = lower(rest.p[i]);

        if (c == '\0' || !(is_digit(c) || (c >= 'a' && c <= 'z') || strchr("-._~+/=", c)))
            return (struct str){NULL, 0};
    }
    return rest;
}

uint32_t parse_json_depth(struct str text, uint32_t limit)
{
    uint32_t depth = 0, most = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.n && most <= limit; i++) {
        char c = text.p[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > most) most = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return most;
}

/* ---- where to listen ---- */

static enum err port_parse(struct str s, uint16_t *ret)
{
    uint32_t v = 0;

    if (s.n == 0 || s.n > 5) return ERR_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) return ERR_SYNTAX;
        v = v * 10 + (uint32_t)(s.p[i] - '0');
    }
    if (v > UINT16_MAX) return ERR_RANGE;
    *ret = (uint16_t)v;
    return ERR_OK;
}

enum err parse_listen(struct str s, struct parse_listen *ret)
{
    struct parse_listen l = {.is_v6 = s.n > 0 && s.p[0] == '['};
    struct str unix_prefix = STR("unix:");
    size_t colon = s.n;
    enum err e;

    if (str_starts(s, unix_prefix)) {
        l.is_unix = true;
        l.host = (struct str){s.p + unix_prefix.n, s.n - unix_prefix.n};
        if (l.host.n == 0 || l.host.n > 100 || memchr(l.host.p, '\0', l.host.n)) return ERR_RANGE;
        *ret = l;
        return ERR_OK;
    }
    while (colon > 0 && s.p[colon - 1] != ':')
        colon--;
    if (colon < 2) return ERR_SYNTAX;
    e = port_parse((struct str){s.p + colon, s.n - colon}, &l.port);
    if (e != ERR_OK) return e;
    l.host = (struct str){s.p, colon - 1};
    if (l.is_v6) {
        if (l.host.n < 3 || l.host.p[l.host.n - 1] != ']') return ERR_SYNTAX;
        l.host = (struct str){l.host.p + 1, l.host.n - 2};
    }
    if (l.host.n >= HTTP_ADDRESS_BYTES || memchr(l.host.p, '\0', l.host.n)) return ERR_SYNTAX;
    *ret = l;
    return ERR_OK;
}
