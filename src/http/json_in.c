/* JSON bodies and query parameters: typed getters, problems that name the field.
 *
 * Structure: problems -> opening and closing -> getters -> queries. */
#include "http/json_in.h"

#include <string.h>

#include "base/crypt.h"
#include "base/decimal.h"
#include "http/parse.h"

#define ARGS_MAX 4

/* --- problems --- */

void problem_field(struct http_response *r, const struct http_request *q, enum http_msg m,
                   struct str field, const struct str *args, size_t count)
{
    struct str all[ARGS_MAX] = {field};

    INVARIANT(count < ARGS_MAX);
    for (size_t i = 0; i < count; i++)
        all[i + 1] = args[i];
    http_problem(r, q, 422, m, all, count + 1);
    http_problem_member(r, "field", field);
}

static void fail(struct json_in *in, enum http_msg m, const char *name, const struct str *args,
                 size_t count)
{
    struct buf b;

    if (in->failed) return;
    in->failed = true;
    buf_init(&b, 0);
    buf_printf(&b, "%s%s", in->path, name);
    problem_field(in->r, in->q, m, buf_str(&b), args, count);
    buf_done(&b);
}

static void fail_number(struct json_in *in, enum http_msg m, const char *name, int64_t least,
                        int64_t most)
{
    struct buf low, high;

    buf_init(&low, 0);
    buf_init(&high, 0);
    buf_add_int(&low, least);
    buf_add_int(&high, most);
    fail(in, m, name, (struct str[]){buf_str(&low), buf_str(&high)}, 2);
    buf_done(&low);
    buf_done(&high);
}

/* --- opening and closing --- */

bool json_in_open(struct json_in *in, const struct http_request *q, struct http_response *r)
{
    json_error_t error;

    *in = (struct json_in){.q = q, .r = r, .path = ""};
    if (q->body.n > 0 && parse_json_depth(q->body, JSON_IN_DEPTH) <= JSON_IN_DEPTH)
        in->root = json_loadb(q->body.p, q->body.n, JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(in->root)) return true;
    json_decref(in->root);
    in->root = NULL;
    http_problem(r, q, 400, HTTP_BAD_JSON, NULL, 0);
    return false;
}

static void refuse_unknown(struct json_in *in)
{
    const char *name;
    json_t *value;

    json_object_foreach(in->root, name, value)
    {
        bool known = false;
        for (uint32_t i = 0; i < in->taken_count; i++)
            known |= strcmp(in->taken[i], name) == 0;
        if (!known) fail(in, HTTP_FIELD_UNKNOWN, name, NULL, 0);
    }
}

bool json_in_done(struct json_in *in)
{
    if (!in->failed) refuse_unknown(in);
    if (in->parent)
        in->parent->failed |= in->failed;
    else
        json_decref(in->root);
    in->root = NULL;
    return !in->failed;
}

/* --- getters --- */

static json_t *take(struct json_in *in, const char *name)
{
    json_t *v = json_object_get(in->root, name);

    INVARIANT(in->taken_count < JSON_IN_FIELDS);
    in->taken[in->taken_count++] = name;
    return json_is_null(v) ? NULL : v;
}

int64_t json_in_none(struct json_in *in, const char *name)
{
    (void)take(in, name);
    return 0;
}

bool json_in_has(const struct json_in *in, const char *name)
{
    const json_t *v = json_object_get(in->root, name);
    return v && !json_is_null(v);
}

static struct str text_of(struct json_in *in, const json_t *v)
{
    const struct str s = {json_string_value(v), json_string_length(v)};
    const struct str copy = str_copy(in->q->arena, s);

    if (!copy.p && !in->failed) {
        in->failed = true;
        http_problem_err(in->r, in->q, ERR_NOMEM);
    }
    return copy;
}

static uint32_t characters_of(struct str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

/* Texts of people hold line ends and tabs, and no other control characters. */
static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) return false;
    }
    return true;
}

struct str json_in_text(struct json_in *in, const char *name, uint32_t least, uint32_t most)
{
    const json_t *v = take(in, name);

    if (!v) {
        if (least > 0) fail(in, HTTP_FIELD_MISSING, name, NULL, 0);
        return STR("");
    }
    if (!json_is_string(v)) {
        fail(in, HTTP_FIELD_TEXT, name, NULL, 0);
        return STR("");
    }
    const struct str s = text_of(in, v);
    const uint32_t n = characters_of(s);
    if (n < least || n > most)
        fail_number(in, HTTP_FIELD_LENGTH, name, least, most);
    else if (!is_clean(s))
        fail(in, HTTP_FIELD_TEXT, name, NULL, 0);
    return in->failed ? STR("") : s;
}

static bool is_word(const char *words, struct str s)
{
    for (const char *p = words; *p; p += *p == '|') {
        const size_t n = strcspn(p, "|");
        if (n == s.n && memcmp(p, s.p, n) == 0) return true;
        p += n;
    }
    return false;
}

struct str json_in_word(struct json_in *in, const char *name, const char *words,
                        const char *fallback)
{
    const json_t *v = take(in, name);

    if (!v) {
        if (!fallback) fail(in, HTTP_FIELD_MISSING, name, NULL, 0);
        return str_from_c(fallback);
    }
    const struct str s = json_is_string(v) ? text_of(in, v) : STR("");
    if (!is_word(words, s)) fail(in, HTTP_FIELD_WORD, name, (struct str[]){str_from_c(words)}, 1);
    return in->failed ? STR("") : s;
}

int64_t json_in_int(struct json_in *in, const char *name, int64_t least, int64_t most)
{
    const json_t *v = take(in, name);

    if (!v) {
        fail(in, HTTP_FIELD_MISSING, name, NULL, 0);
        return 0;
    }
    if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most) {
        fail_number(in, HTTP_FIELD_RANGE, name, least, most);
        return 0;
    }
    return json_integer_value(v);
}

int32_t json_in_day(struct json_in *in, const char *name, bool required)
{
    const json_t *v = take(in, name);
    int32_t day = DATE_OPEN_START;

    if (!v) {
        if (required) fail(in, HTTP_FIELD_MISSING, name, NULL, 0);
        return day;
    }
    const struct str s = {json_string_value(v), json_is_string(v) ? json_string_length(v) : 0};
    if (date_parse(s, &day) != ERR_OK) fail(in, HTTP_FIELD_DAY, name, NULL, 0);
    return day;
}

/* A piece at a time, so that the alphabet with + and / can be read as well. */
static enum err base64_add(struct buf *out, struct str s)
{
    char piece[4096]; /* four characters make three bytes: pieces are decoded alone */
    enum err e = ERR_OK;

    for (size_t at = 0; at < s.n && e == ERR_OK; at += sizeof piece) {
        const size_t n = s.n - at < sizeof piece ? s.n - at : sizeof piece;
        for (size_t i = 0; i < n; i++) {
            const char c = s.p[at + i];
            piece[i] = c;
            if (c == '+') piece[i] = '-';
            if (c == '/') piece[i] = '_';
        }
        e = base64url_parse((struct str){piece, n}, out);
    }
    return e == ERR_OK ? buf_err(out) : e;
}

void json_in_base64(struct json_in *in, const char *name, size_t most, struct buf *out)
{
    const json_t *v = take(in, name);

    if (in->failed) return;
    if (!v || !json_is_string(v)) {
        fail(in, v ? HTTP_FIELD_BASE64 : HTTP_FIELD_MISSING, name, NULL, 0);
        return;
    }
    const struct str s = {json_string_value(v), json_string_length(v)};
    if (s.n == 0 || s.n / 4 > most / 3 + 1)
        fail_number(in, HTTP_FIELD_BYTES, name, 1, (int64_t)most);
    else if (base64_add(out, s) != ERR_OK)
        fail(in, HTTP_FIELD_BASE64, name, NULL, 0);
}

struct str json_in_object(struct json_in *in, const char *name)
{
    const json_t *v = take(in, name);

    if (!v) return STR("{}");
    if (!json_is_object(v)) {
        fail(in, HTTP_FIELD_OBJECT, name, NULL, 0);
        return STR("{}");
    }
    const size_t n = json_dumpb(v, NULL, 0, JSON_COMPACT);
    char *p = arena_alloc(in->q->arena, n + 1, 1);
    if (!p || json_dumpb(v, p, n, JSON_COMPACT) != n) {
        if (!in->failed) http_problem_err(in->r, in->q, ERR_NOMEM);
        in->failed = true;
        return STR("{}");
    }
    return (struct str){p, n};
}

uint32_t json_in_count(struct json_in *in, const char *name, uint32_t most)
{
    const json_t *v = take(in, name);

    if (!v) return 0;
    if (!json_is_array(v) || json_array_size(v) > most) {
        fail_number(in, HTTP_FIELD_ITEMS, name, 0, most);
        return 0;
    }
    return (uint32_t)json_array_size(v);
}

bool json_in_item(struct json_in *in, const char *name, uint32_t at, struct json_in *ret)
{
    json_t *v = json_array_get(json_object_get(in->root, name), at);
    struct buf path;

    if (in->failed) return false;
    buf_init(&path, 0);
    buf_printf(&path, "%s[%u].", name, at);
    const struct str copy = str_copy(in->q->arena, buf_str(&path));
    buf_done(&path);
    *ret = (struct json_in){
        .q = in->q, .r = in->r, .root = v, .path = copy.p ? copy.p : name, .parent = in};
    if (json_is_object(v)) return true;
    fail(in, HTTP_FIELD_OBJECT, name, NULL, 0);
    return false;
}

/* --- queries --- */

bool query_needed(const struct http_request *q, struct http_response *r, const char *name,
                  struct str *ret)
{
    const struct str v = http_query(q, name);

    if (v.n > 0) {
        *ret = v;
        return true;
    }
    problem_field(r, q, HTTP_FIELD_MISSING, str_from_c(name), NULL, 0);
    return false;
}

bool query_day(const struct http_request *q, struct http_response *r, const char *name,
               int32_t *ret)
{
    const struct str v = http_query(q, name);

    if (v.n == 0 || date_parse(v, ret) == ERR_OK) return true;
    problem_field(r, q, HTTP_FIELD_DAY, str_from_c(name), NULL, 0);
    return false;
}

bool query_int(const struct http_request *q, struct http_response *r, const char *name,
               int64_t least, int64_t most, int64_t *ret)
{
    const struct str v = http_query(q, name);
    struct json_in in = {.q = q, .r = r, .path = ""};
    int64_t n;

    if (v.n == 0) return true;
    if (decimal_parse(v, 1, &n) == ERR_OK && n >= least && n <= most) {
        *ret = n;
        return true;
    }
    fail_number(&in, HTTP_FIELD_RANGE, name, least, most);
    return false;
}

/* 2026-11-01T04:05:06Z */
static enum err instant_parse(struct str s, int64_t *ret)
{
    int32_t day;
    int64_t clock[3];

    if (s.n != 20 || s.p[10] != 'T' || s.p[13] != ':' || s.p[16] != ':' || s.p[19] != 'Z')
        return ERR_SYNTAX;
    const enum err e = date_parse((struct str){s.p, 10}, &day);
    if (e != ERR_OK) return e;
    for (size_t i = 0; i < 3; i++) {
        const char *p = s.p + 11 + 3 * i;
        if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') return ERR_SYNTAX;
        clock[i] = (p[0] - '0') * 10 + (p[1] - '0');
    }
    if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return ERR_RANGE;
    *ret =
        ((day * INT64_C(86400)) + clock[0] * 3600 + clock[1] * 60 + clock[2]) * MICROS_PER_SECOND;
    return ERR_OK;
}

bool query_instant(const struct http_request *q, struct http_response *r, const char *name,
                   int64_t *ret)
{
    const struct str v = http_query(q, name);

    if (v.n == 0 || instant_parse(v, ret) == ERR_OK) return true;
    problem_field(r, q, HTTP_FIELD_INSTANT, str_from_c(name), NULL, 0);
    return false;
}

bool segment_id(const struct http_request *q, struct http_response *r, uint32_t at, int64_t *ret)
{
    int64_t n;

    if (at < q->segment_count && decimal_parse(q->segments[at], 1, &n) == ERR_OK && n > 0) {
        *ret = n;
        return true;
    }
    http_problem_err(r, q, ERR_NOT_FOUND);
    return false;
}
