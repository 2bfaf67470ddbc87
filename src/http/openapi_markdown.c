/* docs/API.md: the same tables as a page for people, Chinese first. */
#include "http/openapi.h"

#include <jansson.h>
#include <string.h>

#include "http/openapi_internal.h"

static const char *const methods[] = {"GET", "POST", "DELETE"};

static void add_both(struct buf *out, const char *const text[LANG_COUNT])
{
    buf_printf(out, "%s · %s", text[LANG_ZH], text[LANG_EN]);
}

static void add_who(struct buf *out, const struct policy_row *p)
{
    static const char *const places[][LANG_COUNT] = {[PLACE_NONE] = {"", ""},
                                                     [PLACE_SELF] = {"，仅本人", ", oneself only"},
                                                     [PLACE_OWN] = {"，本辖区", ", own place"},
                                                     [PLACE_ANY] = {"，全省", ", the province"}};

    for (int l = 0; l < LANG_COUNT; l++) {
        bool first = true;
        if (l == LANG_EN) buf_add_c(out, " · ");
        if (p->roles & ROLE_BIT(ROLE_NOBODY)) {
            buf_add_c(out, l == LANG_ZH ? "任何人" : "anybody");
            continue;
        }
        for (unsigned k = 0; k < ROLE_COUNT; k++) {
            if (!(p->roles & ROLE_BIT(k))) continue;
            buf_printf(out, "%s%s", first ? "" : l == LANG_ZH ? "、" : ", ", role_names[k][l]);
            first = false;
        }
        buf_add_c(out, places[p->place][l]);
    }
}

static void add_parameter(struct buf *out, const struct api_parameter *p, const char *in)
{
    buf_printf(out, "| `%s` | %s | %s%s | ", p->name, in, p->type,
               p->needed ? " · 必填 needed" : "");
    add_both(out, p->text);
    buf_add_c(out, " |\n");
}

static void add_parameters(struct buf *out, uint32_t at)
{
    const char *path = app_routes[at].path;
    const struct api_parameter *p;
    bool first = true;

    for (struct str s; (s = api_next_segment(&path)).n > 0; first = false) {
        if (first) buf_add_c(out, "\n| 参数 parameter | | | |\n|---|---|---|---|\n");
        add_parameter(out, api_segment(s), "path");
    }
    for (uint32_t k = 0; (p = api_query(at, k)) != NULL; k++, first = false) {
        if (first) buf_add_c(out, "\n| 参数 parameter | | | |\n|---|---|---|---|\n");
        add_parameter(out, p, "query");
    }
}

static void add_shape(struct buf *out, const char *what)
{
    if (api_is_redirect(what))
        buf_add_c(out, "302");
    else if (api_is_media(what))
        buf_printf(out, "`%s`", what);
    else
        buf_printf(out, "[%s](#schema-%s)", what, what);
}

static void add_route(struct buf *out, uint32_t at)
{
    const struct http_route *r = &app_routes[at];
    const struct policy_row *p = &access_policies[r->action];

    buf_printf(out, "\n### `%s %s`\n\n**", methods[r->method], r->path);
    add_both(out, r->summary);
    buf_printf(out, "** (`%s`)\n\n", api_operation(at));
    buf_add_c(out, "- 谁 who: ");
    add_who(out, p);
    if (*p->purposes) {
        buf_add_c(out, "; `X-Purpose`: ");
        for (const char *c = p->purposes; *c; c++) {
            if (*c == '|')
                buf_add_c(out, " | ");
            else
                buf_add_char(out, *c);
        }
    }
    buf_add_char(out, '\n');
    if (r->is_write) buf_add_c(out, "- `Idempotency-Key` 必填 needed\n");
    buf_printf(out, "- 每分钟 per minute: %u\n", r->per_minute);
    if (r->body_max > 0) {
        buf_printf(out, "- 提交 body: ");
        if (*r->request)
            add_shape(out, r->request);
        else
            buf_add_c(out, "无 none");
        buf_printf(out, " (≤ %u bytes)\n", r->body_max);
    }
    buf_add_c(out, "- 返回 answer: ");
    add_shape(out, api_shape(r->response));
    buf_add_char(out, '\n');
    add_parameters(out, at);
}

/* --- schemas --- */

static void add_type(struct buf *out, json_t *s)
{
    json_t *ref = json_object_get(s, "$ref"), *type = json_object_get(s, "type");
    json_t *any = json_object_get(s, "anyOf"), *words = json_object_get(s, "enum"), *item;
    size_t i;

    if (ref) {
        const char *name = strrchr(json_string_value(ref), '/') + 1;
        buf_printf(out, "[%s](#schema-%s)", name, name);
    } else if (any) {
        json_array_foreach(any, i, item)
        {
            if (i > 0) buf_add_c(out, " / ");
            add_type(out, item);
        }
    } else if (words) {
        json_array_foreach(words, i, item)
        {
            buf_printf(out, "%s`%s`", i > 0 ? ", " : "",
                       json_is_string(item) ? json_string_value(item) : "null");
        }
    } else if (json_is_array(type)) {
        json_array_foreach(type, i, item)
        {
            buf_printf(out, "%s%s", i > 0 ? " / " : "", json_string_value(item));
        }
    } else if (type && strcmp(json_string_value(type), "array") == 0) {
        buf_add_c(out, "[ ");
        add_type(out, json_object_get(s, "items"));
        buf_add_c(out, " ]");
    } else {
        buf_add_c(out, type ? json_string_value(type) : "any");
    }
}

static void add_said(struct buf *out, json_t *s)
{
    const char *zh = json_string_value(json_object_get(s, "description"));
    const char *en = json_string_value(json_object_get(s, "x-en"));

    if (zh) buf_add_c(out, zh);
    if (zh && en) buf_add_c(out, " · ");
    if (en) buf_add_c(out, en);
}

/* One table a schema; members of objects inside it are named with a dot. */
static void add_members(struct buf *out, json_t *s, const char *before)
{
    const char *name;
    json_t *v;

    json_object_foreach(json_object_get(s, "properties"), name, v)
    {
        json_t *inner = v;
        struct buf path;
        buf_init(&path, 0);
        buf_printf(&path, "%s%s", before, name);
        buf_printf(out, "| `%.*s` | ", STR_ARG(buf_str(&path)));
        add_type(out, v);
        buf_add_c(out, " | ");
        add_said(out, v);
        buf_add_c(out, " |\n");
        if (json_object_get(v, "items")) {
            inner = json_object_get(v, "items");
            buf_add_c(&path, "[]");
        }
        buf_add_c(&path, ".");
        buf_add_char(&path, '\0');
        if (!path.failed && json_object_get(inner, "properties")) add_members(out, inner, path.p);
        buf_done(&path);
    }
}

static void add_schema(struct buf *out, const char *name, json_t *s)
{
    buf_printf(out, "\n### <a id=\"schema-%s\"></a>%s\n\n", name, name);
    add_said(out, s);
    buf_add_c(out, "\n\n");
    if (!json_object_get(s, "properties")) {
        add_type(out, s);
        buf_add_char(out, '\n');
        return;
    }
    buf_add_c(out, "| | | |\n|---|---|---|\n");
    add_members(out, s, "");
}

static const char head[] =
    "# 接口 · API\n\n"
    "本页由 `jifen openapi --markdown` 生成，请勿手改。运行中的服务在 `/api/v1/openapi.json` "
    "给出同样内容的 OpenAPI 3.1。\n\n"
    "Generated by `jifen openapi --markdown`; do not edit. A running server gives the same as "
    "OpenAPI 3.1 at\n"
    "`/api/v1/openapi.json`.\n\n"
    "- 分值是带两位小数的字符串，如 `\"77.25\"`；下限和上限不同，表示还有未知。时刻为 "
    "UTC（`…Z`），日期为北京时间的日历日。\n"
    "  Points are strings with two decimals; where `points` and `points_max` differ, something is "
    "not known. Moments are UTC,\n"
    "  days are civil days of Asia/Shanghai.\n"
    "- 身份：`Authorization: Bearer …`，或 Cookie（此时非 GET 请求须带 `X-CSRF-Token`）。\n"
    "  Who you are: a bearer token, or a cookie (then everything but GET carries `X-CSRF-Token`).\n"
    "- 出错返回 RFC 9457 问题详情（`application/problem+json`），语言随读者，`code` "
    "不变；写明是哪一项（`field`）。\n"
    "  Errors are problem details (RFC 9457) in the reader's language with a stable `code`, naming "
    "the `field`.\n"
    "- 查看他人数据、办理事项要写明用途 `X-Purpose`，本人看得到。每次写入要 "
    "`Idempotency-Key`：同一编号得到同一答复。\n"
    "  Reading other people's data and acting on it takes a purpose, which the person sees. Every "
    "write takes an\n"
    "  `Idempotency-Key`: the same key gives the same answer.\n"
    "- 语言：`?lang=zh|en`，否则 `Accept-Language`，否则中文。 Language: `?lang`, else "
    "`Accept-Language`, else Chinese.\n";

enum err openapi_add_markdown(struct buf *out)
{
    json_t *schemas, *explain, *v;
    const char *name;
    struct str group = {NULL, 0};
    const enum err e = api_schemas(&schemas, &explain);

    if (e != ERR_OK) return e;
    buf_add_c(out, head);
    for (uint32_t i = 0; i < app_route_count; i++) {
        const struct str g = api_group(app_routes[i].path);
        if (!str_eq(g, group)) buf_printf(out, "\n## %.*s\n", STR_ARG(g));
        group = g;
        add_route(out, i);
    }
    buf_add_c(out, "\n## 数据格式 · Schemas\n");
    json_object_foreach(schemas, name, v)
    {
        add_schema(out, name, v);
    }
    buf_add_c(out, "\n### <a id=\"schema-Explanation\"></a>Explanation\n\n见 see "
                   "[explain.schema.json](explain.schema.json)\n");
    json_decref(schemas);
    json_decref(explain);
    return buf_err(out);
}
