/* Between openapi.c and openapi_markdown.c. */
#ifndef JIFEN_HTTP_OPENAPI_INTERNAL_H
#define JIFEN_HTTP_OPENAPI_INTERNAL_H

#include "http/app.h"
#include "http/openapi.h"

/* A parameter of a route's query or of paths. */
struct api_parameter {
    const char *name;
    bool needed;
    const char *schema; /* JSON text */
    const char *type;   /* the word of parameter.def */
    const char *text[LANG_COUNT];
};
/* Query parameters of the route at `at` of app_routes, one by one: NULL behind the last. */
const struct api_parameter *api_query(uint32_t at, uint32_t k);
/* The parameter `{name}` of paths; every one has its row. */
const struct api_parameter *api_segment(struct str name);
/* The next "{name}" of a path at or behind *at, which moves behind it; empty = none. */
struct str api_next_segment(const char **at);
/* "me", "staff": the segment behind /api/v1, or of what stands elsewhere. */
struct str api_group(const char *path);
const char *api_operation(uint32_t at); /* operationId: the route's name in route.def */
/* Is `response` a media type, a redirect or the name of a schema? */
bool api_is_media(const char *response);
bool api_is_redirect(const char *response);
/* Does it say that the work is done later (202)? */
bool api_is_later(const char *response);
const char *api_shape(const char *response); /* without "202 " */

struct json_t;
NODISCARD enum err api_schemas(struct json_t **ret_schemas, struct json_t **ret_explain);

#endif
