/* From struct http_response to the library's response.
 *
 * Invariants: every answer has a type that browsers may not guess around, a policy that lets
 * nothing be loaded that is not ours, and is not stored by anybody unless its handler says so; a
 * body that could not be written whole becomes a problem, never a torn answer. */
#include <string.h>

#include "http/server_internal.h"

const char *answer_policy(bool is_page)
{
    if (!is_page) return "default-src 'none'; frame-ancestors 'none'";
    return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
           "img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
           "form-action 'self'; frame-ancestors 'none'";
}

static bool is_text(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strncmp(type, "application/json", 16) == 0 ||
           strncmp(type, "application/problem+json", 24) == 0 || strncmp(type, "image/svg", 9) == 0;
}

/* Put the gzipped body in the place of the plain one, where that is worth it. */
static bool body_gzip(struct exchange *x, struct gzip *g)
{
    struct buf packed;

    if (!g || x->r.body.n < GZIP_BYTES_MIN || !is_text(x->r.type) ||
        !parse_accepts_gzip(http_header(&x->q, "accept-encoding")))
        return false;
    buf_init(&packed, ANSWER_BYTES_MAX);
    if (gzip_add(g, buf_str(&x->r.body), &packed) != ERR_OK || packed.n >= x->r.body.n) {
        buf_done(&packed);
        return false;
    }
    buf_done(&x->r.body);
    x->r.body = packed;
    return true;
}

static bool has_header(const struct http_response *r, const char *name)
{
    for (uint32_t i = 0; i < r->header_count; i++) {
        if (parse_equal_fold(r->headers[i].name, str_from_c(name))) return true;
    }
    return false;
}

/* A header of the server's; the handler's own goes before it. */
static void add_header(struct exchange *x, const char *name, const char *value)
{
    if (!has_header(&x->r, name)) MHD_add_response_header(x->reply, name, value);
}

static void add_headers(struct exchange *x, bool is_gzip)
{
    bool is_page = strncmp(x->r.type, "text/html", 9) == 0;

    for (uint32_t i = 0; i < x->r.header_count; i++) /* copies end in NUL */
        MHD_add_response_header(x->reply, x->r.headers[i].name.p, x->r.headers[i].value.p);
    if (x->sent_bytes > 0 || x->r.status == 200) add_header(x, "Content-Type", x->r.type);
    add_header(x, "Cache-Control", "no-store");
    add_header(x, "Content-Security-Policy", answer_policy(is_page));
    add_header(x, "X-Content-Type-Options", "nosniff");
    add_header(x, "Referrer-Policy", "no-referrer");
    add_header(x, "X-Request-Id", x->id);
    if (x->s->config.tls_cert.n > 0)
        add_header(x, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    if (is_gzip) add_header(x, "Content-Encoding", "gzip");
    if (is_text(x->r.type) && x->q.route) add_header(x, "Vary", "Accept-Encoding, Accept-Language");
    if (x->is_last || atomic_load(&x->s->is_draining))
        MHD_add_response_header(x->reply, "Connection", "close");
}

void answer_make(struct exchange *x, struct gzip *g)
{
    struct http_response *r = &x->r;
    bool is_gzip;

    if (buf_err(&r->body) != ERR_OK) {
        buf_done(&r->body);
        buf_init(&r->body, ANSWER_BYTES_MAX);
        r->header_count = 0;
        http_problem(r, &x->q, 500, HTTP_INTERNAL, &x->q.id, 1);
    }
    if (!r->type) r->type = "application/json; charset=utf-8";
    is_gzip = body_gzip(x, g);
    x->sent_bytes = r->body.n;
    if (r->body.n > 0) {
        x->reply = MHD_create_response_from_buffer(r->body.n, r->body.p, MHD_RESPMEM_MUST_FREE);
        if (x->reply) buf_init(&r->body, ANSWER_BYTES_MAX); /* the library frees it now */
    } else {
        x->reply = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    }
    if (x->reply) add_headers(x, is_gzip);
}

void answer_drop(struct exchange *x)
{
    if (x->reply && !x->web) MHD_destroy_response(x->reply);
    web_unref(x->web);
    x->reply = NULL;
    x->web = NULL;
}

enum MHD_Result answer_send(struct exchange *x)
{
    enum MHD_Result sent;

    x->stage = STAGE_SENT;
    if (!x->reply) return MHD_NO; /* no memory: the connection ends */
    /* 30 s and 8 kB a second for the client to take it. */
    connection_deadline(x->connection, 30000 + (int64_t)x->sent_bytes / 8);
    sent = MHD_queue_response(x->mhd, (unsigned)x->r.status, x->reply);
    if (!x->web) answer_drop(x); /* the library has its own reference; files stay until the end */
    return sent;
}
