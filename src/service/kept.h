/* Reading what is kept with an object of the store: a JSON text that this program wrote. */
#ifndef JIFEN_SERVICE_KEPT_H
#define JIFEN_SERVICE_KEPT_H

#include <jansson.h>

#include "base/text.h"

int64_t kept_int(const json_t *o, const char *name); /* 0 where it is missing */
/* A copy in `a`. ERR_CORRUPT: it is missing, or no text. */
NODISCARD enum err kept_text(struct arena *a, const json_t *o, const char *name, struct str *ret);

#endif
