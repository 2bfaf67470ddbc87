/* SM3 digests (GB/T 32905), by OpenSSL. */
#ifndef JIFEN_BASE_HASH_H
#define JIFEN_BASE_HASH_H

#include "base/text.h"

#define HASH_BYTES 32

struct hash {
    uint8_t bytes[HASH_BYTES];
};

NODISCARD enum err hash_sm3(struct str data, struct hash *ret);
void hash_add_text(struct buf *out, const struct hash *h); /* 64 lower-case hex digits */
NODISCARD enum err hash_text(struct arena *a, const struct hash *h, struct str *ret); /* in `a` */
bool hash_parse(struct str text, struct hash *ret); /* false: not such digits */

#endif
