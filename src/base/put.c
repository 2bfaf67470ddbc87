/* Members of JSON objects: days, moments, digests. */
#include "base/put.h"

#include "base/date.h"

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
    if (day <= DATE_OPEN_START || day >= DATE_OPEN_END) {
        json_key(j, key);
        json_add_null(j);
        return;
    }
    json_key(j, key);
    json_text_begin(j);
    date_add_text(j->out, day);
    json_text_end(j);
}

void put_instant(struct json *j, const char *key, int64_t micros)
{
    json_key(j, key);
    json_text_begin(j);
    instant_add_text(j->out, micros);
    json_text_end(j);
}

void put_hash(struct json *j, const char *key, const struct hash *h)
{
    json_key(j, key);
    json_text_begin(j);
    hash_add_text(j->out, h);
    json_text_end(j);
}
