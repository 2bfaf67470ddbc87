/* Problem details (RFC 9457) and what handlers use of a request and its response.
 *
 * Structure: the table of messages; problems; headers and queries by name; cookies. */
#include <string.h>

#include "http/parse.h"

static const struct message messages[HTTP_MSG_COUNT] = {
#define MSG(id, code, zh, en, zh_hint, en_hint)                                                    \
    [HTTP_##id] = {(code),                                                                         \
                   {[LANG_ZH] = (zh), [LANG_EN] = (en)},                                           \
                   {[LANG_ZH] = (zh_hint), [LANG_EN] = (en_hint)}},
#include "http/http_msg.def"
#undef MSG
};

/* The value of a member that is a filled-in pattern. */
static void add_filled(struct json *j, const char *key, const char *pattern, const struct str *args,
                       size_t count)
{
    struct buf text;

    buf_init(&text, 0);
    message_add(&text, pattern, args, count);
    json_key(j, key);
    json_str(j, buf_str(&text));
    buf_done(&text);
}

static void add_urn(struct json *j, const char *key, const char *kind, struct str name)
{
    struct buf text;

    buf_init(&text, 0);
    buf_printf(&text, "urn:jifen:%s:%.*s", kind, STR_ARG(name));
    json_key(j, key);
    json_str(j, buf_str(&text));
    buf_done(&text);
}

const char *http_message_code(enum http_msg m)
{
    INVARIANT(m < HTTP_MSG_COUNT);
    return messages[m].code;
}

void http_problem(struct http_response *r, const struct http_request *q, int status,
                  enum http_msg m, const struct str *args, size_t count)
{
    const struct message *text = &messages[m];
    struct json j;

    INVARIANT(m < HTTP_MSG_COUNT);
    r->status = status;
    r->type = "application/problem+json; charset=utf-8";
    r->body.n = 0;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    add_urn(&j, "type", "problem", str_from_c(text->code));
    add_filled(&j, "title", text->text[q->lang], args, count);
    json_key(&j, "status");
    json_int(&j, status);
    if (text->hint[q->lang]) add_filled(&j, "detail", text->hint[q->lang], args, count);
    json_key(&j, "code");
    json_str(&j, str_from_c(text->code));
    add_urn(&j, "instance", "request", q->id);
    json_end(&j);
}

void http_problem_member(struct http_response *r, const char *name, struct str value)
{
    struct buf b;
    struct json j;

    if (r->body.failed || r->body.n == 0) return;
    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_str(&j, value);
    r->body.n--; /* the closing brace */
    buf_printf(&r->body, ",\"%s\":", name);
    buf_add(&r->body, buf_str(&b));
    buf_add_char(&r->body, '}');
    buf_done(&b);
}

void http_problem_err(struct http_response *r, const struct http_request *q, enum err e)
{
    static const struct {
        enum err e;
        int status;
        enum http_msg m;
    } ROWS[] = {
        {ERR_DENIED, 403, HTTP_DENIED},
        {ERR_NOT_FOUND, 404, HTTP_NOT_FOUND},
        {ERR_CONFLICT, 409, HTTP_CONFLICT},
        {ERR_EXISTS, 409, HTTP_EXISTS},
        {ERR_BUSY, 503, HTTP_BUSY},
        {ERR_RANGE, 422, HTTP_UNPROCESSABLE},
        {ERR_SYNTAX, 422, HTTP_UNPROCESSABLE},
        {ERR_ROWS, 422, HTTP_UNPROCESSABLE},
        {ERR_INPUT, 422, HTTP_UNPROCESSABLE},
        {ERR_USAGE, 422, HTTP_UNPROCESSABLE},
        {ERR_OVERFLOW, 422, HTTP_UNPROCESSABLE},
    };
    struct str id = q->id;

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].e != e) continue;
        http_problem(r, q, ROWS[i].status, ROWS[i].m, NULL, 0);
        if (ROWS[i].status == 503) http_add_header(r, q, "Retry-After", STR("1"));
        return;
    }
    http_problem(r, q, 500, HTTP_INTERNAL, &id, 1);
}

/* ---- for handlers ---- */

static struct str find_pair(const struct http_pair *pairs, uint32_t count, const char *name)
{
    struct str wanted = str_from_c(name);

    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(pairs[i].name, wanted)) return pairs[i].value;
    }
    return (struct str){NULL, 0};
}

struct str http_header(const struct http_request *q, const char *lower_name)
{
    return find_pair(q->headers, q->header_count, lower_name);
}

struct str http_query(const struct http_request *q, const char *name)
{
    return find_pair(q->query, q->query_count, name);
}

void http_add_header(struct http_response *r, const struct http_request *q, const char *name,
                     struct str value)
{
    struct str copy = str_copy(q->arena, value);

    if (!copy.p || !parse_is_value(value)) return;
    if (r->header_count == sizeof r->headers / sizeof r->headers[0]) return;
    r->headers[r->header_count++] = (struct http_pair){str_from_c(name), copy};
}

void http_add_session_cookie(struct http_response *r, const struct http_request *q,
                             struct str token, uint32_t max_age_s)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%s%s=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%u%s",
               q->is_secure ? "__Host-" : "", HTTP_COOKIE, STR_ARG(token),
               token.n > 0 ? (unsigned)max_age_s : 0, q->is_secure ? "; Secure" : "");
    http_add_header(r, q, "Set-Cookie", buf_str(&b));
    buf_done(&b);
}
