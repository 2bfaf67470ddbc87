/* Writing JSON (RFC 8259) to a buffer: append only, structure checked by INVARIANT, two-space
 * indent or none. */
#ifndef JIFEN_BASE_JSON_H
#define JIFEN_BASE_JSON_H

#include "base/text.h"

#define JSON_DEPTH_MAX 64

struct json {
    struct buf *out;
    bool pretty;
    int depth;
    char open[JSON_DEPTH_MAX]; /* '{' or '[' */
    bool has_items[JSON_DEPTH_MAX];
    bool after_key;
};

void json_init(struct json *j, struct buf *out, bool pretty);
void json_open_object(struct json *j);
void json_open_array(struct json *j);
void json_end(struct json *j);                  /* closes the innermost object or array */
void json_key(struct json *j, const char *key); /* next comes exactly one value */
void json_str(struct json *j, struct str v);
/* A string in pieces. Text that needs no escape may also be appended to j->out in between. */
void json_text_begin(struct json *j);
void json_text_add(struct json *j, struct str v);
void json_text_end(struct json *j);
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_add_null(struct json *j);

#endif
