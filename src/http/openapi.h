/* The interface described from its own tables: OpenAPI 3.1, and a page for people.
 *
 * route.def (routes), parameter.def (parameters), policy.def (who), docs/api/schemas.json and
 * docs/explain.schema.json (shapes; both are built into the program). */
#ifndef JIFEN_HTTP_OPENAPI_H
#define JIFEN_HTTP_OPENAPI_H

#include "base/message.h"

/* ERR_CORRUPT: a schema that is built in cannot be read; ERR_NOMEM. */
NODISCARD enum err openapi_add(struct buf *out, enum lang lang, const char *version);
/* docs/API.md, both languages. */
NODISCARD enum err openapi_add_markdown(struct buf *out);

#endif
