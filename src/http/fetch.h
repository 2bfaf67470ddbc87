/* Calls to other services (an OpenID provider, a ticket service): small, bounded, never elsewhere.
 *
 * Only the address asked for is called: no redirects, no proxy of the environment, certificates
 * and names checked. http:// is for this machine alone (loopback). Few calls run at a time, so
 * that a service that hangs does not take all workers with it. */
#ifndef JIFEN_HTTP_FETCH_H
#define JIFEN_HTTP_FETCH_H

#include "http/http.h"

#define FETCH_TIMEOUT_MS 5000
#define FETCH_BODY_MAX ((size_t)256 * 1024)
#define FETCH_AT_ONCE 8
#define FETCH_HEADERS_MAX 8

struct fetch_ask {
    struct str url;                              /* fetch_url_check has passed it */
    struct str body;                             /* n == 0: GET, else POST */
    const char *type;                            /* of the body */
    struct http_pair headers[FETCH_HEADERS_MAX]; /* names as they are to be sent */
    uint32_t header_count;
    const char *ca;      /* PEM file of who may sign certificates; NULL = the system's */
    uint32_t timeout_ms; /* 0 = FETCH_TIMEOUT_MS */
};
struct fetch_answer {
    int status;
    struct str body; /* at most FETCH_BODY_MAX, in the arena */
};

/* https://, or http:// to this machine; a host; no user, no fragment, no blanks. ERR_SYNTAX. */
NODISCARD enum err fetch_url_check(struct str url);

/* ERR_IO: no answer (not reached, not trusted, too late, cut off, too large); `why` says it in the
 * words of the library. ERR_BUSY: too many calls at once. Any status is an answer. */
NODISCARD enum err fetch(const struct fetch_ask *ask, struct arena *a, struct buf *why,
                         struct fetch_answer *ret);

/* Percent-encode all but RFC 3986's unreserved characters. */
void fetch_add_encoded(struct buf *out, struct str s);
/* "Basic …" of RFC 6749 §2.3.1: both parts encoded first. */
void fetch_add_basic(struct buf *out, struct str user, struct str password);

#endif
