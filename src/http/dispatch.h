/* From a path's segments to a row of the table of routes. */
#ifndef JIFEN_HTTP_DISPATCH_H
#define JIFEN_HTTP_DISPATCH_H

#include "http/parse.h"

#define HTTP_SEGMENTS_MAX 12

struct route_table;

/* ERR_SYNTAX: a path that does not begin with '/', has an empty or too many segments, or two rows
 * that differ in nothing but the names of their parameters. Rows are not copied. */
NODISCARD enum err route_table_new(const struct http_route *routes, uint32_t count,
                                   struct route_table **ret);
void route_table_free(struct route_table *t); /* accepts NULL */

/* The row for a method and path, or NULL; where rows compete, a written segment goes before a
 * parameter, the leftmost first. *ret_methods: bits (1 << method) that the path takes; 0 = none. */
const struct http_route *route_find(const struct route_table *t, enum http_method method,
                                    const struct str *segments, uint32_t count,
                                    uint32_t *ret_methods);

#endif
