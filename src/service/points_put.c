/* Members of the JSON objects of this room: days, moments, points, names. */
#include "base/date.h"
#include "base/division.h"
#include "service/points_internal.h"

#define PUT_MAX 160 /* bytes of the short texts that are made here */

void put_str(struct json *j, const char *key, struct str v)
{
    json_key(j, key);
    json_str(j, v);
}

void put_text(struct json *j, const char *key, const char *v)
{
    put_str(j, key, str_from_c(v));
}

void put_bool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}

void put_int(struct json *j, const char *key, int64_t v)
{
    json_key(j, key);
    json_int(j, v);
}

/* What `b` holds; then b is given back. A failure shows in the output buffer, which has no text. */
static void put_buf(struct json *j, const char *key, struct buf *b)
{
    if (b->failed) j->out->failed = true;
    put_str(j, key, buf_str(b));
    buf_done(b);
}

void put_day(struct json *j, const char *key, int32_t day)
{
    struct buf b;

    if (day <= DATE_OPEN_START || day >= DATE_OPEN_END) {
        json_key(j, key);
        json_add_null(j);
        return;
    }
    buf_init(&b, PUT_MAX);
    date_add_text(&b, day);
    put_buf(j, key, &b);
}

void put_instant(struct json *j, const char *key, int64_t micros)
{
    struct buf b;

    buf_init(&b, PUT_MAX);
    instant_add_text(&b, micros);
    put_buf(j, key, &b);
}

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
    put_str(j, "title", rules_name(n, lang));
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

void put_hash(struct json *j, const char *key, const struct hash *h)
{
    struct buf b;

    buf_init(&b, PUT_MAX);
    hash_add_text(&b, h);
    put_buf(j, key, &b);
}
