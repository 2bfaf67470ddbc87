/* Members of JSON objects: key and value in one call. */
#ifndef JIFEN_BASE_PUT_H
#define JIFEN_BASE_PUT_H

#include "base/hash.h"
#include "base/json.h"

void put_str(struct json *j, const char *key, struct str v);
void put_text(struct json *j, const char *key, const char *v);
void put_bool(struct json *j, const char *key, bool v);
void put_int(struct json *j, const char *key, int64_t v);
void put_null(struct json *j, const char *key);
void put_day(struct json *j, const char *key, int32_t day);        /* open ends: null */
void put_instant(struct json *j, const char *key, int64_t micros); /* seconds, Z */
void put_hash(struct json *j, const char *key, const struct hash *h);
/* What `b` holds; then b is given back. A failure of b becomes one of the output. */
void put_buf(struct json *j, const char *key, struct buf *b);

#endif
