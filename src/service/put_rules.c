/* Members of the JSON objects of this room: points, names, divisions; what changed and why. */
#include "service/put_rules.h"

#include "base/division.h"

void put_scaled(struct json *j, const char *key, int64_t scale, int64_t v)
{
    json_key(j, key);
    json_text_begin(j);
    decimal_add_text(j->out, v, scale, points_places(scale));
    json_text_end(j);
}

void put_points(struct json *j, const char *key, const struct rules *r, int64_t v)
{
    put_scaled(j, key, r->scale, v);
}

void put_delta(struct json *j, const char *key, int64_t scale, int64_t v)
{
    json_key(j, key);
    json_text_begin(j);
    if (v >= 0) buf_add_char(j->out, '+');
    decimal_add_text(j->out, v, scale, points_places(scale));
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

void put_change_cause(struct json *j, const struct changes *x, const struct change *c,
                      enum lang lang)
{
    struct buf text;

    buf_init(&text, 0);
    change_add_text(&text, x, c, lang);
    put_delta(j, "delta", x->scale, c->to - c->from);
    put_text(j, "cause", change_cause_code(c->cause));
    put_buf(j, "text", &text);
}

static void put_change(struct json *j, const struct changes *x, const struct change *c,
                       enum lang lang)
{
    const struct rule_name *name = change_name(x, c);

    json_open_object(j);
    if (c->before >= 0 || c->after >= 0)
        put_str(j, "indicator", name->ascii);
    else
        put_null(j, "indicator");
    put_title(j, name, lang);
    put_scaled(j, "from", x->scale, c->from);
    put_scaled(j, "to", x->scale, c->to);
    put_change_cause(j, x, c, lang);
    json_end(j);
}

void put_change_end(struct json *j, const char *key, const struct change_end *d)
{
    json_key(j, key);
    json_open_object(j);
    put_day(j, "on", d->day);
    put_points(j, "total", d->rules, d->score->total.lo);
    put_points(j, "total_max", d->rules, d->score->total.hi);
    put_str(j, "status", score_status_word(d->rules, d->score->status));
    json_end(j);
}

void put_changes(struct json *j, const struct changes *x, enum lang lang)
{
    put_delta(j, "delta", x->scale, x->to - x->from);
    json_key(j, "causes");
    json_open_array(j);
    for (uint32_t i = 0; i < x->count; i++)
        put_change(j, x, &x->items[i], lang);
    json_end(j);
}
