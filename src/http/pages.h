/* Pages made here, without a script: plain HTML in both languages; every text is escaped. */
#ifndef JIFEN_HTTP_PAGES_H
#define JIFEN_HTTP_PAGES_H

#include "service/permit_token.h"

struct verify_view {
    bool asked;       /* false: the form alone */
    struct str token; /* as it was given */
    enum permit_verdict verdict;
    const struct permit_shown *shown; /* to be believed from GOOD to FUTURE */
};

/* The whole page of GET /verify. */
void page_add_verify(struct buf *out, enum lang lang, const struct verify_view *v);
extern const char page_style[]; /* what it links to as /verify.css */

#endif
