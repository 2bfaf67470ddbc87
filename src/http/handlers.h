/* Every handler of route.def, and what they share. */
#ifndef JIFEN_HTTP_HANDLERS_H
#define JIFEN_HTTP_HANDLERS_H

#include "base/put.h"
#include "http/app.h"
#include "http/json_in.h"
#include "service/lifecycle.h"

#define ROUTE(id, method, path, action, body, write, per_minute, zh, en, request, response)        \
    http_handler handle_##id;
#include "http/route.def"
#undef ROUTE

/* The answer of a service: e decides whether what was written is it, or a problem. */
void answer_end(const struct http_request *q, struct http_response *r, enum err e);
/* A JSON text as it is (a kept answer of a command). */
void answer_text(const struct http_request *q, struct http_response *r, enum err e,
                 struct str json);
/* Name the guard that said no in the problem that stands in r: members "guard" and "guard_text".
 * NULL: nothing. */
void answer_guard(const struct http_request *q, struct http_response *r,
                  const struct life_word *guard);
/* What a life cycle refused, with its guard; without one (NULL) only ERR_CONFLICT is a refusal,
 * "not in this state". False: e is none. */
bool answer_refused(const struct http_request *q, struct http_response *r, enum err e,
                    const struct life_word *guard);
/* Members "division" and "division_name". */
void answer_place(struct json *j, int32_t division, enum lang lang);
/* The key of a command; the server has seen that there is one. */
struct str request_key(const struct http_request *q);
/* Who looked is written down before an answer about `person` leaves. */
NODISCARD enum err record_read(struct http_worker *w, const struct http_request *q, int64_t person);

/* ?division= (needed) and ?on= (default today). False: a problem stands in r. */
bool query_place(const struct http_request *q, struct http_response *r, int32_t *ret_place,
                 int32_t *ret_day);

/* How far forecasts look ahead: unless told otherwise, and at most. */
#define FORECAST_YEARS 5
#define FORECAST_YEARS_MOST 25
/* A number of points as written; nothing where the text is empty. False: a problem about "line"
 * stands in r. */
bool line_read(const struct http_worker *w, const struct http_request *q, struct http_response *r,
               struct str text, int64_t *ret);

/* /api/v1/staff/persons/{person}/… */
#define AT_PERSON 4
/* The person of the path, as whom he is now. False: a problem stands in r. */
bool segment_person(struct http_worker *w, const struct http_request *q, struct http_response *r,
                    int64_t *ret);
/* Whom the request is about and of which place, that the caller may look, and ?on= and ?since=; the
 * read is recorded. False: a problem stands in r. Whether a person exists is not told to those who
 * may not look. */
bool staff_begin(struct http_worker *w, const struct http_request *q, struct http_response *r,
                 struct points_query *ret);

#endif
