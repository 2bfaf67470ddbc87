/* Routes: every row taken apart once; finding is a walk over the rows of the same length.
 *
 * Invariant: for one method and path at most one row is best, because rows that compete differ in
 * which of their segments are written. */
#include "http/dispatch.h"

#include <stdlib.h>
#include <string.h>

struct pattern {
    const struct http_route *route;
    uint32_t count;
    uint32_t written; /* bit (31 - i): segment i is written, not a parameter */
    struct str segments[HTTP_SEGMENTS_MAX];
};

struct route_table {
    uint32_t count;
    struct pattern patterns[];
};

static bool is_parameter(struct str s)
{
    return s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}';
}

static enum err pattern_make(const struct http_route *route, struct pattern *ret)
{
    struct pattern p = {.route = route};
    const char *at = route->path;

    while (*at == '/') {
        size_t n = strcspn(at + 1, "/");

        if (n == 0 && p.count == 0 && at[1] == '\0') break; /* "/" alone */
        if (n == 0 || p.count == HTTP_SEGMENTS_MAX) return ERR_SYNTAX;
        p.segments[p.count] = (struct str){at + 1, n};
        if (!is_parameter(p.segments[p.count])) p.written |= UINT32_C(1) << (31 - p.count);
        p.count++;
        at += 1 + n;
    }
    if (route->path[0] != '/' || (*at != '\0' && p.count > 0)) return ERR_SYNTAX;
    *ret = p;
    return ERR_OK;
}

static bool is_same(const struct pattern *a, const struct pattern *b)
{
    if (a->count != b->count || a->written != b->written || a->route->method != b->route->method)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->written & UINT32_C(1) << (31 - i) && !str_eq(a->segments[i], b->segments[i]))
            return false;
    }
    return true;
}

enum err route_table_new(const struct http_route *routes, uint32_t count, struct route_table **ret)
{
    struct route_table *t = calloc(1, sizeof *t + count * sizeof t->patterns[0]);

    if (!t) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        enum err e = pattern_make(&routes[i], &t->patterns[i]);

        for (uint32_t k = 0; k < i && e == ERR_OK; k++) {
            if (is_same(&t->patterns[i], &t->patterns[k])) e = ERR_SYNTAX;
        }
        if (e != ERR_OK) {
            free(t);
            return e;
        }
    }
    t->count = count;
    *ret = t;
    return ERR_OK;
}

void route_table_free(struct route_table *t)
{
    free(t);
}

static bool matches(const struct pattern *p, const struct str *segments, uint32_t count)
{
    if (p->count != count) return false;
    /* From the end: the beginnings are mostly alike. */
    for (uint32_t i = count; i-- > 0;) {
        if (p->written & UINT32_C(1) << (31 - i) && !str_eq(p->segments[i], segments[i]))
            return false;
    }
    return true;
}

const struct http_route *route_find(const struct route_table *t, enum http_method method,
                                    const struct str *segments, uint32_t count,
                                    uint32_t *ret_methods)
{
    const struct pattern *best = NULL;

    *ret_methods = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pattern *p = &t->patterns[i];

        if (!matches(p, segments, count)) continue;
        *ret_methods |= UINT32_C(1) << p->route->method;
        if (p->route->method == method && (!best || p->written > best->written)) best = p;
    }
    return best ? best->route : NULL;
}
