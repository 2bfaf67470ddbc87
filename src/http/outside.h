/* Signing in from outside: an OpenID provider and the ticket services, from one settings file
 * (setting.def). */
#ifndef JIFEN_HTTP_OUTSIDE_H
#define JIFEN_HTTP_OUTSIDE_H

#include "base/message.h"
#include "http/oidc.h"
#include "http/ticket.h"

struct outside {
    struct oidc *oidc;       /* NULL = not set up */
    struct tickets *tickets; /* NULL = not set up */
    struct str staff_acr;    /* empty = staff do not come this way */
    struct arena arena;
};

/* On failure `message` says in the operator's language what is wrong. ERR_IO as well when others
 * than its owner may read the file. */
NODISCARD enum err outside_open(const char *path, struct str base_url, enum lang lang,
                                struct buf *message, struct outside **ret);
void outside_free(struct outside *o); /* accepts NULL */

#endif
