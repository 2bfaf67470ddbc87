/* Between the routes that begin sessions: session_routes.c, outside_routes.c. */
#ifndef JIFEN_HTTP_SESSION_BEGIN_H
#define JIFEN_HTTP_SESSION_BEGIN_H

#include "http/json_in.h"
#include "service/accounts.h"

/* A cookie of ours ("__Host-" before its name over TLS); empty = none. */
struct str request_cookie(const struct http_request *q, const char *name);

/* False: another site's page made the request; a problem stands in r. */
bool session_is_asked_here(const struct http_request *q, struct http_response *r);
/* Member `mode` of a body: bearer, unless it says cookie. */
bool session_read_mode(struct json_in *in);
/* The session the request came with ends. */
void session_replace(struct http_worker *w, const struct http_request *q);
void session_answer(const struct http_request *q, struct http_response *r, const struct sign_in *in,
                    bool cookie);

#endif
