/* Fuzz target: the reader of compiled rule images.
 *
 * The digest at the end of an image is put there by the target, so that the bytes before it come
 * to the reader's checks. Checked besides not crashing: what is read is written back the same, and
 * both evaluators run on it and agree. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX ((size_t)1 << 20)

static void run(struct str image)
{
    struct arena a;
    struct buf out;
    const struct rules *r;
    arena_init(&a, FUZZ_ARENA_BYTES);
    buf_init(&out, 0);
    if (rules_image_read(&a, image, &r) == ERR_OK) {
        FUZZ_CHECK(rules_image_write(r, &out) == ERR_OK);
        FUZZ_CHECK(str_eq(buf_str(&out), image));
        fuzz_score(r, image.n);
    }
    buf_done(&out);
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_BYTES_MAX) return 0;
    run((struct str){(const char *)data, size}); /* the digest as it came */
    char *bytes = malloc(size + HASH_BYTES);
    struct hash digest;
    INVARIANT(bytes);
    memcpy(bytes, data, size);
    if (hash_sm3((struct str){bytes, size}, &digest) == ERR_OK) {
        memcpy(bytes + size, digest.bytes, HASH_BYTES);
        run((struct str){bytes, size + HASH_BYTES});
    }
    free(bytes);
    return 0;
}
