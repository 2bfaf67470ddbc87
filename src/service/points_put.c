/* Members of the JSON objects of this room: points, names, divisions. */
#include "base/division.h"
#include "service/points_internal.h"

#define PUT_MAX 160 /* bytes of the short texts that are made here */

void put_points(struct json *j, const char *key, const struct rules *r, int64_t v)
{
    struct buf b;

    buf_init(&b, PUT_MAX);
    decimal_add_text(&b, v, r->scale, 2);
    put_buf(j, key, &b);
}

void put_delta(struct json *j, const char *key, const struct rules *r, int64_t v)
{
    struct buf b;

    buf_init(&b, PUT_MAX);
    if (v >= 0) buf_add_char(&b, '+');
    decimal_add_text(&b, v, r->scale, 2);
    put_buf(j, key, &b);
}

void put_names(struct json *j, const struct rule_name *n, enum lang lang)
{
    put_str(j, "name", n->ascii);
    put_title(j, n, lang);
}

/* In English a name is read without its underscores. */
void put_title(struct json *j, const struct rule_name *n, enum lang lang)
{
    const struct str title = rules_name(n, lang);
    struct buf b;

    buf_init(&b, 0);
    for (size_t i = 0; i < title.n; i++)
        buf_add_char(&b, title.p[i] == '_' ? ' ' : title.p[i]);
    put_buf(j, "title", &b);
}

void put_division(struct json *j, int32_t code, enum lang lang)
{
    const struct division *d = division_find(code);

    json_key(j, "division");
    if (code == 0)
        json_add_null(j);
    else
        json_int(j, code);
    put_text(j, "division_name", d ? (lang == LANG_ZH ? d->zh : d->en) : "");
}
