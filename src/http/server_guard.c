/* The request guard: what the library lets pass and a proxy in front might read otherwise.
 *
 * On the first call for a request, before any byte of its body: one Host, at most one all-digit
 * Content-Length, Transfer-Encoding exactly "chunked" and never beside Content-Length, header
 * names that are tokens, no control characters, HTTP/1.0 or 1.1. Anything else is answered 400 and
 * the connection closed, because where this request ends is not certain. */
#include <string.h>

#include "http/server_internal.h"

struct guard {
    struct exchange *x;
    struct http_pair *headers;
    uint32_t count, hosts, lengths, encodings, credentials;
    bool is_bad, is_full;
};

static struct str lowered(struct arena *a, struct str s)
{
    struct str copy = str_copy(a, s);
    char *p;

    if (!copy.p) return copy;
    p = (char *)(uintptr_t)copy.p; /* just made: ours to change */
    for (size_t i = 0; i < copy.n; i++) {
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + ('a' - 'A'));
    }
    return copy;
}

/* The headers on which it depends where the request ends, and whose it is. */
static bool is_framing_good(struct guard *g, struct str name, struct str value)
{
    struct exchange *x = g->x;

    if (str_eq(name, STR("host"))) return ++g->hosts == 1 && parse_is_host(value);
    if (str_eq(name, STR("content-length")))
        return ++g->lengths == 1 && parse_is_content_length(value, &x->body_length);
    if (str_eq(name, STR("transfer-encoding"))) {
        x->is_chunked = true;
        return ++g->encodings == 1 && str_eq(value, STR("chunked"));
    }
    if (str_eq(name, STR("authorization"))) return ++g->credentials == 1;
    if (str_eq(name, STR("expect"))) x->expects_continue = true;
    return true;
}

static enum MHD_Result guard_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                    size_t key_n, const char *value, size_t value_n)
{
    struct guard *g = cls;
    struct str k = {key, key_n}, v = {value, value ? value_n : 0}, name;

    (void)kind;
    if (g->count == HEADERS_MAX) {
        g->is_full = true;
        return MHD_NO;
    }
    g->is_bad = true;
    if (!parse_is_token(k) || !parse_is_value(v)) return MHD_NO;
    name = lowered(&g->x->arena, k);
    if (!name.p || !is_framing_good(g, name, v)) return MHD_NO;
    g->is_bad = false;
    g->headers[g->count++] = (struct http_pair){name, v};
    return MHD_YES;
}

bool guard_check(struct exchange *x, const char *method, const char *version)
{
    struct guard g = {.x = x, .headers = ARENA_ARRAY(&x->arena, struct http_pair, HEADERS_MAX)};

    x->is_v10 = strcmp(version, "HTTP/1.0") == 0;
    if (!x->is_v10 && strcmp(version, "HTTP/1.1") != 0) {
        exchange_refuse(x, 505, HTTP_VERSION, NULL, 0);
        return false;
    }
    if (g.headers) MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, guard_header, &g);
    x->q.headers = g.headers;
    x->q.header_count = g.count;
    if (g.is_full) {
        exchange_refuse(x, 431, HTTP_HEADERS_TOO_LARGE, NULL, 0);
        return false;
    }
    if (x->connection->target_is_long) {
        exchange_refuse(x, 414, HTTP_TARGET_TOO_LONG, NULL, 0);
        return false;
    }
    if (!g.headers || g.is_bad || (g.hosts != 1 && !x->is_v10) || (g.lengths && g.encodings) ||
        (x->is_v10 && g.encodings) || !parse_is_token(str_from_c(method)) ||
        !parse_is_target((struct str){x->connection->target, x->connection->target_n})) {
        exchange_refuse(x, 400, HTTP_BAD_REQUEST, NULL, 0);
        return false;
    }
    return true;
}
