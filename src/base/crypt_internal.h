/* Between crypt.c and keyring.c. */
#ifndef JIFEN_BASE_CRYPT_INTERNAL_H
#define JIFEN_BASE_CRYPT_INTERNAL_H

#include "base/crypt.h"

/* What is derived from one master key. */
struct crypt_keys {
    uint32_t number;
    uint8_t data[CRYPT_KEY_BYTES]; /* the first 16 are the SM4 key */
    uint8_t tag[CRYPT_KEY_BYTES];
    uint8_t index[CRYPT_KEY_BYTES];
};

/* NULL when the ring has no such key. */
const struct crypt_keys *keyring_keys(const struct keyring *k, uint32_t number);

#endif
