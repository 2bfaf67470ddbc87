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
