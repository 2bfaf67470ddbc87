/* Compression for answers and files (RFC 1952), by zlib. */
#ifndef JIFEN_HTTP_GZIP_H
#define JIFEN_HTTP_GZIP_H

#include "base/text.h"

struct gzip; /* one thread's; used again and again */

NODISCARD enum err gzip_new(int level, struct gzip **ret); /* 1 (fast) .. 9 (small) */
void gzip_free(struct gzip *g);                            /* accepts NULL */
/* Append the compressed text. ERR_NOMEM; what was appended is then useless. */
NODISCARD enum err gzip_add(struct gzip *g, struct str text, struct buf *out);

#endif
