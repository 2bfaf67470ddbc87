/* OpenAPI 3.1 from the tables of routes, parameters and policies.
 *
 * Structure: the tables -> schemas copied (one language, $refs moved) -> one operation -> the
 * document. */
#include "http/openapi.h"

#include <jansson.h>
#include <string.h>

#include "base/put.h"
#include "http/openapi_internal.h"

/* made by tools/embed.py */
#include "schemas_api.h"
#include "schemas_explain.h"

/* --- tables --- */

#define TYPE(word, schema) static const char type_##word[] = schema;
#define SEGMENT(name, type, zh, en)
#define QUERY(route, name, needed, type, zh, en)
#include "http/parameter.def"
#undef TYPE
#undef SEGMENT
#undef QUERY

static const struct api_parameter segments[] = {
#define TYPE(word, schema)
#define SEGMENT(name, type, zh, en)                                                                \
    {(name), true, type_##type, #type, {[LANG_ZH] = (zh), [LANG_EN] = (en)}},
#define QUERY(route, name, needed, type, zh, en)
#include "http/parameter.def"
#undef SEGMENT
#undef QUERY
};

enum {
#define ROUTE(id, method, path, action, body, write, per_minute, zh, en, request, response) AT_##id,
#include "http/route.def"
#undef ROUTE
    AT_COUNT
};

static const char *const operations[] = {
#define ROUTE(id, method, path, action, body, write, per_minute, zh, en, request, response) #id,
#include "http/route.def"
#undef ROUTE
};

static const struct {
    uint32_t route;
    struct api_parameter p;
} queries[] = {
#define SEGMENT(name, type, zh, en)
#define QUERY(route, name, needed, type, zh, en)                                                   \
    {AT_##route, {(name), (needed), type_##type, #type, {[LANG_ZH] = (zh), [LANG_EN] = (en)}}},
#include "http/parameter.def"
#undef TYPE
#undef SEGMENT
#undef QUERY
};

const struct api_parameter *api_query(uint32_t at, uint32_t k)
{
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (queries[i].route == at && k-- == 0) return &queries[i].p;
    return NULL;
}

const struct api_parameter *api_segment(struct str name)
{
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++)
        if (str_eq(str_from_c(segments[i].name), name)) return &segments[i];
    INVARIANT(!"every {name} of a path has its row in parameter.def");
    return NULL;
}

struct str api_next_segment(const char **at)
{
    const char *open = strchr(*at, '{');
    const char *shut = open ? strchr(open, '}') : NULL;

    if (!shut) return (struct str){NULL, 0};
    *at = shut + 1;
    return (struct str){open + 1, (size_t)(shut - open - 1)};
}

struct str api_group(const char *path)
{
    static const char ROOT[] = "/api/v1/";
    const bool below = strncmp(path, ROOT, sizeof ROOT - 1) == 0;
    const char *from = below ? path + sizeof ROOT - 1 : path + 1;

    return (struct str){from, strcspn(from, "/.")};
}

const char *api_operation(uint32_t at)
{
    INVARIANT(at < AT_COUNT);
    return operations[at];
}

bool api_is_media(const char *response)
{
    return strchr(response, '/') != NULL;
}

bool api_is_later(const char *response)
{
    return strncmp(response, "202 ", 4) == 0;
}

const char *api_shape(const char *response)
{
    return api_is_later(response) ? response + 4 : response;
}

bool api_is_redirect(const char *response)
{
    return strcmp(response, "302") == 0;
}

enum err api_schemas(json_t **ret_schemas, json_t **ret_explain)
{
    json_error_t error;
    json_t *s = json_loadb(api_schemas_text.p, api_schemas_text.n, JSON_REJECT_DUPLICATES, &error);
    json_t *x =
        json_loadb(explain_schema_text.p, explain_schema_text.n, JSON_REJECT_DUPLICATES, &error);

    if (json_is_object(s) && json_is_object(x)) {
        *ret_schemas = s;
        *ret_explain = x;
        return ERR_OK;
    }
    json_decref(s);
    json_decref(x);
    return ERR_CORRUPT;
}

/* --- schemas, copied --- */

static struct str string_of(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

/* docs/explain.schema.json stands alone with #/$defs/NAME; here NAME is Explanation.NAME. */
static void copy_ref(struct json *j, struct str ref)
{
    static const char DEFS[] = "#/$defs/";
    struct buf b;

    buf_init(&b, 0);
    if (str_starts(ref, STR("#/$defs/")))
        buf_printf(&b, "#/components/schemas/Explanation.%.*s", (int)(ref.n - sizeof DEFS + 1),
                   ref.p + sizeof DEFS - 1);
    else
        buf_add(&b, ref);
    json_str(j, buf_str(&b));
    buf_done(&b);
}

static void copy_value(struct json *j, json_t *v, enum lang lang);

/* "description" is Chinese and "x-en" the same in English; one of them goes out. */
static void copy_object(struct json *j, json_t *v, enum lang lang)
{
    const char *key;
    json_t *member;
    const json_t *english = json_object_get(v, "x-en");

    json_open_object(j);
    json_object_foreach(v, key, member)
    {
        if (strcmp(key, "x-en") == 0 || strcmp(key, "$schema") == 0 || strcmp(key, "$defs") == 0)
            continue;
        json_key(j, key);
        if (strcmp(key, "$ref") == 0)
            copy_ref(j, string_of(member));
        else if (strcmp(key, "description") == 0 && json_is_string(english) && lang == LANG_EN)
            json_str(j, string_of(english));
        else
            copy_value(j, member, lang);
    }
    json_end(j);
}

static void copy_value(struct json *j, json_t *v, enum lang lang)
{
    size_t i;
    json_t *item;

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        copy_object(j, v, lang);
        return;
    case JSON_ARRAY:
        json_open_array(j);
        json_array_foreach(v, i, item)
        {
            copy_value(j, item, lang);
        }
        json_end(j);
        return;
    case JSON_STRING:
        json_str(j, string_of(v));
        return;
    case JSON_INTEGER:
        json_int(j, json_integer_value(v));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        json_bool(j, json_is_true(v));
        return;
    case JSON_REAL: /* schemas have none */
    case JSON_NULL:
        json_add_null(j);
        return;
    }
}

static void put_schema_text(struct json *j, const char *key, const char *text)
{
    json_error_t error;
    json_t *v = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    INVARIANT(v != NULL);
    json_key(j, key);
    copy_value(j, v, LANG_ZH);
    json_decref(v);
}

static void put_schemas(struct json *j, json_t *schemas, json_t *explain, enum lang lang)
{
    const char *name;
    json_t *v;
    struct buf b;

    json_key(j, "schemas");
    json_open_object(j);
    json_object_foreach(schemas, name, v)
    {
        json_key(j, name);
        copy_value(j, v, lang);
    }
    json_key(j, "Explanation");
    copy_value(j, explain, lang);
    json_object_foreach(json_object_get(explain, "$defs"), name, v)
    {
        buf_init(&b, 0);
        buf_printf(&b, "Explanation.%s", name);
        buf_add_char(&b, '\0');
        if (!b.failed) json_key(j, b.p);
        if (!b.failed) copy_value(j, v, lang);
        if (b.failed) j->out->failed = true;
        buf_done(&b);
    }
    json_end(j);
}

/* --- one operation --- */

static void put_parameter(struct json *j, const struct api_parameter *p, const char *in,
                          enum lang lang)
{
    json_open_object(j);
    put_text(j, "name", p->name);
    put_text(j, "in", in);
    put_bool(j, "required", p->needed);
    put_text(j, "description", p->text[lang]);
    put_schema_text(j, "schema", p->schema);
    json_end(j);
}

static void put_words(struct json *j, const char *key, const char *words)
{
    json_key(j, key);
    json_open_array(j);
    for (const char *p = words; *p; p += *p == '|') {
        const size_t n = strcspn(p, "|");
        json_str(j, (struct str){p, n});
        p += n;
    }
    json_end(j);
}

static void put_purpose(struct json *j, const char *words, enum lang lang)
{
    json_open_object(j);
    put_text(j, "name", "X-Purpose");
    put_text(j, "in", "header");
    put_bool(j, "required", true);
    put_text(j, "description",
             lang == LANG_ZH ? "为什么查看或办理，本人看得到"
                             : "why; the person concerned sees it");
    json_key(j, "schema");
    json_open_object(j);
    put_text(j, "type", "string");
    put_words(j, "enum", words);
    json_end(j);
    json_end(j);
}

static void put_headers(struct json *j, const struct http_route *r, enum lang lang)
{
    static const struct api_parameter key = {
        "Idempotency-Key",
        true,
        "{\"type\":\"string\",\"minLength\":8,\"maxLength\":128}",
        "text",
        {"每次提交一个新的随机编号，重试时不变",
         "a fresh random key for every submission, the same "
         "one for its retries"}};
    static const struct api_parameter number = {"X-Case",
                                                false,
                                                "{\"type\":\"string\",\"maxLength\":64}",
                                                "text",
                                                {"因哪一件申请", "on account of which case"}};
    static const struct api_parameter language = {"lang",
                                                  false,
                                                  "{\"enum\":[\"zh\",\"en\"]}",
                                                  "text",
                                                  {"语言；不写则看 Accept-Language，否则中文",
                                                   "language; else Accept-Language, else Chinese"}};

    if (r->is_write) put_parameter(j, &key, "header", lang);
    if (*access_policies[r->action].purposes) {
        put_purpose(j, access_policies[r->action].purposes, lang);
        put_parameter(j, &number, "header", lang);
    }
    put_parameter(j, &language, "query", lang);
}

static void put_parameters(struct json *j, uint32_t at, enum lang lang)
{
    const struct http_route *r = &app_routes[at];
    const char *path = r->path;
    const struct api_parameter *p;

    json_key(j, "parameters");
    json_open_array(j);
    for (struct str s; (s = api_next_segment(&path)).n > 0;)
        put_parameter(j, api_segment(s), "path", lang);
    for (uint32_t k = 0; (p = api_query(at, k)) != NULL; k++)
        put_parameter(j, p, "query", lang);
    put_headers(j, r, lang);
    json_end(j);
}

static void put_ref(struct json *j, const char *kind, const char *name)
{
    struct buf b;

    json_open_object(j);
    buf_init(&b, 0);
    buf_printf(&b, "#/components/%s/%s", kind, name);
    put_buf(j, "$ref", &b);
    json_end(j);
}

/* "content" by a schema's name or a media type. */
static void put_content(struct json *j, const char *what)
{
    json_key(j, "content");
    json_open_object(j);
    json_key(j, api_is_media(what) ? what : "application/json");
    json_open_object(j);
    json_key(j, "schema");
    if (api_is_media(what)) {
        json_open_object(j);
        put_text(j, "type", "string");
        json_end(j);
    } else {
        put_ref(j, "schemas", what);
    }
    json_end(j);
    json_end(j);
}

static const char *status_of(const char *response)
{
    return api_is_redirect(response) ? "302" : api_is_later(response) ? "202" : "200";
}

static void put_responses(struct json *j, const struct http_route *r, enum lang lang)
{
    json_key(j, "responses");
    json_open_object(j);
    json_key(j, status_of(r->response));
    json_open_object(j);
    put_text(j, "description", r->summary[lang]);
    if (*r->response && !api_is_redirect(r->response)) put_content(j, api_shape(r->response));
    json_end(j);
    json_key(j, "default");
    put_ref(j, "responses", "Problem");
    json_end(j);
}

static void put_security(struct json *j, const struct http_route *r)
{
    static const char *const ways[] = {"bearer", "cookie"};

    json_key(j, "security");
    json_open_array(j);
    if (access_policies[r->action].roles & ROLE_BIT(ROLE_NOBODY)) {
        json_open_object(j);
        json_end(j);
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        json_open_object(j);
        json_key(j, ways[i]);
        json_open_array(j);
        json_end(j);
        json_end(j);
    }
    json_end(j);
}

/* Who may, where, what for: a row of policy.def. */
static void put_policy(struct json *j, const struct http_route *r)
{
    static const char *const places[] = {
        [PLACE_NONE] = "none", [PLACE_SELF] = "self", [PLACE_OWN] = "own", [PLACE_ANY] = "any"};
    const struct policy_row *p = &access_policies[r->action];

    put_text(j, "x-action", p->code);
    json_key(j, "x-roles");
    json_open_array(j);
    for (unsigned k = 0; k < ROLE_COUNT; k++)
        if (p->roles & ROLE_BIT(k)) json_str(j, str_from_c(role_codes[k]));
    json_end(j);
    put_text(j, "x-place", places[p->place]);
    put_words(j, "x-purposes", p->purposes);
    put_int(j, "x-per-minute", r->per_minute);
    put_int(j, "x-body-limit", r->body_max);
}

static void put_operation(struct json *j, uint32_t at, enum lang lang)
{
    static const char *const methods[] = {"get", "post", "delete"};
    const struct http_route *r = &app_routes[at];

    json_key(j, methods[r->method]);
    json_open_object(j);
    put_text(j, "operationId", operations[at]);
    json_key(j, "tags");
    json_open_array(j);
    json_str(j, api_group(r->path));
    json_end(j);
    put_text(j, "summary", r->summary[lang]);
    put_policy(j, r);
    put_security(j, r);
    put_parameters(j, at, lang);
    if (*r->request) {
        json_key(j, "requestBody");
        json_open_object(j);
        put_bool(j, "required", true);
        put_content(j, r->request);
        json_end(j);
    }
    put_responses(j, r, lang);
    json_end(j);
}

/* --- the document --- */

static bool is_first_of_path(uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(app_routes[i].path, app_routes[at].path) == 0) return false;
    return true;
}

static void put_paths(struct json *j, enum lang lang)
{
    json_key(j, "paths");
    json_open_object(j);
    for (uint32_t i = 0; i < app_route_count; i++) {
        if (!is_first_of_path(i)) continue;
        json_key(j, app_routes[i].path);
        json_open_object(j);
        for (uint32_t k = i; k < app_route_count; k++)
            if (strcmp(app_routes[k].path, app_routes[i].path) == 0) put_operation(j, k, lang);
        json_end(j);
    }
    json_end(j);
}

static void put_info(struct json *j, enum lang lang, const char *version)
{
    json_key(j, "info");
    json_open_object(j);
    put_text(j, "title", lang == LANG_ZH ? "积分服务接口" : "Jifen service");
    put_text(j, "version", version);
    put_text(j, "description",
             lang == LANG_ZH
                 ? "分值是带两位小数的字符串；时刻为 UTC，日期为北京时间的日历日；出错时返回 "
                   "RFC 9457 问题详情，code 不变；每次写入都要 Idempotency-Key。"
                 : "Points are strings with two decimals; moments are UTC, days are civil days of "
                   "Asia/Shanghai; errors are problem details (RFC 9457) with a stable code; every "
                   "write takes an Idempotency-Key.");
    json_key(j, "license");
    json_open_object(j);
    put_text(j, "name", "Mulan PSL v2");
    put_text(j, "identifier", "MulanPSL-2.0");
    json_end(j);
    json_end(j);
}

static void put_components(struct json *j, json_t *schemas, json_t *explain, enum lang lang)
{
    json_key(j, "components");
    json_open_object(j);
    put_schemas(j, schemas, explain, lang);
    put_schema_text(j, "securitySchemes",
                    "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"cookie\":{\"type\":"
                    "\"apiKey\",\"in\":\"cookie\",\"name\":\"" HTTP_COOKIE "\"}}");
    json_key(j, "responses");
    json_open_object(j);
    json_key(j, "Problem");
    json_open_object(j);
    put_text(j, "description",
             lang == LANG_ZH ? "问题详情（RFC 9457）" : "problem details (RFC 9457)");
    json_key(j, "content");
    json_open_object(j);
    json_key(j, "application/problem+json");
    json_open_object(j);
    json_key(j, "schema");
    put_ref(j, "schemas", "Problem");
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
    json_end(j);
}

enum err openapi_add(struct buf *out, enum lang lang, const char *version)
{
    json_t *schemas, *explain;
    struct json j;
    const enum err e = api_schemas(&schemas, &explain);

    if (e != ERR_OK) return e;
    json_init(&j, out, true);
    json_open_object(&j);
    put_text(&j, "openapi", "3.1.0");
    put_info(&j, lang, version);
    put_paths(&j, lang);
    put_components(&j, schemas, explain, lang);
    json_end(&j);
    json_decref(schemas);
    json_decref(explain);
    return buf_err(out);
}
