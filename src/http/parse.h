/* The pieces of a request as text: pure functions, without the library behind the server, so that
 * they can be fuzzed and tested alone. Nothing here reads at or after p + n. */
#ifndef JIFEN_HTTP_PARSE_H
#define JIFEN_HTTP_PARSE_H

#include "http/http.h"

#define HTTP_QUERY_MAX 32     /* pairs of a query */
#define HTTP_ADDRESS_BYTES 46 /* INET6_ADDRSTRLEN */

/* Percent-decode `in` (and, with `plus`, '+' to a blank). The text is UTF-8 without control
 * characters. ERR_SYNTAX: a '%' without two hex digits, or not UTF-8; ERR_RANGE: a control
 * character (also NUL and DEL); ERR_NOMEM. */
NODISCARD enum err parse_percent(struct arena *a, struct str in, bool plus, struct str *ret);

/* Split a path that begins with '/' at its slashes and decode each segment by itself, so that
 * %2F stays within its segment. "/" has no segments. ERR_SYNTAX and ERR_RANGE as above, ERR_SYNTAX
 * also for "." and ".." in any spelling; ERR_NOT_FOUND: an empty segment or more than `max`. */
NODISCARD enum err parse_path(struct arena *a, struct str path, struct str *segments, uint32_t max,
                              uint32_t *ret_count);

/* "a=1&b=%E7" into at most HTTP_QUERY_MAX pairs; a part without '=' has an empty value, an empty
 * part is skipped. ERR_SYNTAX, ERR_RANGE (also: too many pairs), ERR_NOMEM. */
NODISCARD enum err parse_query(struct arena *a, struct str query, struct http_pair **ret,
                               uint32_t *ret_count);

/* The value of the cookie called `name`; empty when there is none, or more than one. */
struct str parse_cookie(struct str header, struct str name);

/* The language that an Accept-Language header prefers among ours; Chinese when it names neither. */
enum lang parse_accept_language(struct str header);

/* Does this Accept-Encoding header take gzip? */
bool parse_accepts_gzip(struct str header);

/* Is `etag` (with its quotes) one of an If-None-Match header's, weakly compared, or is that "*"? */
bool parse_etag_matches(struct str header, struct str etag);

/* The last address of an X-Forwarded-For header into ret[HTTP_ADDRESS_BYTES]; false when what
 * stands there is no address. */
bool parse_forwarded_for(struct str header, char *ret);

/* "Bearer TOKEN" -> TOKEN; empty when it is of another kind or malformed. */
struct str parse_bearer(struct str header);

bool parse_is_token(struct str s); /* RFC 9110 token, not empty */
bool parse_is_value(struct str s); /* a header's value: no control characters but tab */
bool parse_is_host(struct str s);  /* characters of a Host header, not empty */
bool parse_is_content_length(struct str s, uint64_t *ret); /* all digits, fits 63 bits */
bool parse_is_target(struct str s); /* a request target: no blanks, no control characters */
bool parse_equal_fold(struct str a, struct str b); /* ASCII letters of either case are equal */

/* How deep { and [ are nested outside strings; stops counting at `limit` + 1. */
uint32_t parse_json_depth(struct str text, uint32_t limit);

/* "127.0.0.1:80", "[::1]:80", "unix:PATH" taken apart. */
struct parse_listen {
    bool is_unix, is_v6;
    struct str host; /* or the path */
    uint16_t port;
};
NODISCARD enum err parse_listen(struct str s, struct parse_listen *ret);

#endif
