/* Members of the JSON objects of this room: points, names, divisions. */
#include "base/division.h"
#include "service/points_internal.h"

void put_points(struct json *j, const char *key, const struct rules *r, int64_t v)
{
    json_key(j, key);
    json_text_begin(j);
    decimal_add_text(j->out, v, r->scale, 2);
    json_text_end(j);
}

void put_delta(struct json *j, const char *key, const struct rules *r, int64_t v)
{
    json_key(j, key);
    json_text_begin(j);
    if (v >= 0) buf_add_char(j->out, '+');
    decimal_add_text(j->out, v, r->scale, 2);
    json_text_end(j);
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
    size_t from = 0;

    json_key(j, "title");
    json_text_begin(j);
    for (size_t i = 0; i < title.n; i++) {
        if (title.p[i] != '_') continue;
        json_text_add(j, (struct str){title.p + from, i - from});
        buf_add_char(j->out, ' ');
        from = i + 1;
    }
    json_text_add(j, (struct str){title.p + from, title.n - from});
    json_text_end(j);
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
