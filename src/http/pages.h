/* Pages made here, without a script: plain HTML in both languages; every text is escaped. */
#ifndef JIFEN_HTTP_PAGES_H
#define JIFEN_HTTP_PAGES_H

#include "base/message.h"

void html_add(struct buf *out, struct str text); /* & < > " ' escaped */

enum verify_result {
    VERIFY_ASK,     /* nothing was asked yet: the form alone */
    VERIFY_VALID,   /* signed by us, in its time, the permit is valid now */
    VERIFY_NOT_NOW, /* signed by us and in its time, but the permit is not valid now */
    VERIFY_EXPIRED, /* signed by us, shown too late */
    VERIFY_FALSE    /* not signed by us, or damaged */
};
struct verify_view {
    enum verify_result result;
    struct str token;            /* as it was given */
    struct str name, number;     /* name masked; empty where they are not shown */
    struct str division, status; /* texts */
    int64_t expires;             /* of the token, microseconds; 0 = not known */
};
const char *verify_result_code(enum verify_result r); /* "valid", … */
const char *verify_result_text(enum verify_result r, enum lang lang);

/* The whole page of GET /verify. */
void page_add_verify(struct buf *out, enum lang lang, const struct verify_view *v);
extern const char page_style[]; /* what it links to as /verify.css */

#endif
