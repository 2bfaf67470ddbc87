/* Reading what a request brings: a JSON body and query parameters, each by a typed getter.
 *
 * The first thing that is wrong becomes a problem that names the field (member `field` of the
 * problem details, RFC 9457 §3.2) and `failed`; getters give 0 or an empty text from then on.
 * json_in_done refuses fields that nobody asked for. Texts live in the request's arena. */
#ifndef JIFEN_HTTP_JSON_IN_H
#define JIFEN_HTTP_JSON_IN_H

#include <jansson.h>

#include "base/date.h"
#include "http/http.h"

#define JSON_IN_DEPTH 32
#define JSON_IN_FIELDS 32

struct json_in {
    const struct http_request *q;
    struct http_response *r;
    json_t *root;           /* an object; of a sub-object: not owned */
    const char *path;       /* "materials[2]." before the names of a sub-object's fields; else "" */
    struct json_in *parent; /* fails with its items */
    const char *taken[JSON_IN_FIELDS];
    uint32_t taken_count;
    bool failed; /* a problem stands in r */
};

/* The body as an object. False: a problem stands in r and nothing is to be closed. */
bool json_in_open(struct json_in *in, const struct http_request *q, struct http_response *r);
/* Fields that nobody asked for are refused; gives the tree back. False: a problem stands in r. */
bool json_in_done(struct json_in *in);

int64_t json_in_none(struct json_in *in, const char *name);   /* the field is known; gives 0 */
bool json_in_has(const struct json_in *in, const char *name); /* there and not null */
/* Characters, not bytes; `least` 0 = may be missing. */
struct str json_in_text(struct json_in *in, const char *name, uint32_t least, uint32_t most);
/* One of "a|b|c"; `fallback` NULL = must be there. */
struct str json_in_word(struct json_in *in, const char *name, const char *words,
                        const char *fallback);
int64_t json_in_int(struct json_in *in, const char *name, int64_t least, int64_t most);
int32_t json_in_day(struct json_in *in, const char *name,
                    bool required); /* none: DATE_OPEN_START */
/* Bytes written in base64 (either alphabet), at most about `most`, appended to `out`. */
void json_in_base64(struct json_in *in, const char *name, size_t most, struct buf *out);
/* A member that is an object, as text; missing: "{}". */
struct str json_in_object(struct json_in *in, const char *name);
/* Elements of an array of objects: 0 where it is missing. */
uint32_t json_in_count(struct json_in *in, const char *name, uint32_t most);
bool json_in_item(struct json_in *in, const char *name, uint32_t at, struct json_in *ret);

/* Query parameters and path segments. False: a problem stands in r. A parameter that is not there
 * leaves *ret as it was. */
bool query_day(const struct http_request *q, struct http_response *r, const char *name,
               int32_t *ret);
bool query_int(const struct http_request *q, struct http_response *r, const char *name,
               int64_t least, int64_t most, int64_t *ret);
bool query_instant(const struct http_request *q, struct http_response *r, const char *name,
                   int64_t *ret);
bool query_needed(const struct http_request *q, struct http_response *r, const char *name,
                  struct str *ret);
/* A segment that is a whole number; else the problem is that there is no such thing (404). */
bool segment_id(const struct http_request *q, struct http_response *r, uint32_t at, int64_t *ret);

/* A problem about a field, 422. args: after the field's name, which is {0}. */
void problem_field(struct http_response *r, const struct http_request *q, enum http_msg m,
                   struct str field, const struct str *args, size_t count);

#endif
