/* Members of JSON objects: days, moments, digests. */
#include "base/put.h"

#include "base/date.h"

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

void put_null(struct json *j, const char *key)
{
    json_key(j, key);
    json_add_null(j);
}

/* What `b` holds; then b is given back. A failure shows in the output buffer, which has no text. */
void put_buf(struct json *j, const char *key, struct buf *b)
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

void put_hash(struct json *j, const char *key, const struct hash *h)
{
    struct buf b;

    buf_init(&b, PUT_MAX);
    hash_add_text(&b, h);
    put_buf(j, key, &b);
}
