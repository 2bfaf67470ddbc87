/* Members of a kept JSON text. */
#include "service/kept.h"

int64_t kept_int(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

enum err kept_text(struct arena *a, const json_t *o, const char *name, struct str *ret)
{
    const json_t *v = json_object_get(o, name);

    if (!json_is_string(v)) return ERR_CORRUPT;
    *ret = str_copy(a, (struct str){json_string_value(v), json_string_length(v)});
    return ret->p ? ERR_OK : ERR_NOMEM;
}

enum err kept_hash(struct str hex, struct hash *ret)
{
    if (hex.n != 2 * HASH_BYTES) return ERR_CORRUPT;
    for (size_t i = 0; i < HASH_BYTES; i++) {
        unsigned v = 0;
        for (size_t k = 0; k < 2; k++) {
            const char c = hex.p[2 * i + k];
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return ERR_CORRUPT;
            v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        ret->bytes[i] = (uint8_t)v;
    }
    return ERR_OK;
}
