/* Filling message patterns.
 *
 * Structure: copy up to the next place, fill it, go on. Invariant: a brace that is not part of a
 * place {0}..{9} is text. */
#include "base/message.h"

#include <string.h>

static bool is_place(const char *p)
{
    return p[0] == '{' && p[1] >= '0' && p[1] <= '9' && p[2] == '}';
}

void message_add(struct buf *out, const char *pattern, const struct str *args, size_t count)
{
    while (*pattern) {
        size_t plain = strcspn(pattern, "{");

        buf_add(out, (struct str){pattern, plain});
        pattern += plain;
        if (*pattern == '\0') break;
        if (is_place(pattern)) {
            size_t place = (size_t)(pattern[1] - '0');

            if (place < count) buf_add(out, args[place]);
            pattern += 3;
        } else {
            buf_add_char(out, *pattern++);
        }
    }
}

enum err lang_from_str(struct str s, enum lang *ret)
{
    static const char *const NAMES[LANG_COUNT] = {[LANG_ZH] = "zh", [LANG_EN] = "en"};

    for (int i = 0; i < LANG_COUNT; i++) {
        if (str_eq(s, str_from_c(NAMES[i]))) {
            *ret = (enum lang)i;
            return ERR_OK;
        }
    }
    return ERR_SYNTAX;
}
