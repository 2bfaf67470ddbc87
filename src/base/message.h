/* Messages in Chinese and English from tables of rows.
 *
 * A row's text holds places {0}..{9}; each is filled with an argument as it is. A table is made
 * from a .def file; every row has a stable code such as "JF0214" that never changes its meaning. */
#ifndef JIFEN_BASE_MESSAGE_H
#define JIFEN_BASE_MESSAGE_H

#include "base/text.h"

enum lang { LANG_ZH, LANG_EN, LANG_COUNT };

struct message {
    const char *code;             /* stable; NULL where a text needs no code */
    const char *text[LANG_COUNT]; /* the sentence, places {0}..{9} */
    const char *hint[LANG_COUNT]; /* what to do about it; NULL = no hint */
};

/* Append `pattern` with its places filled from args[0..count); a place without argument stays
 * empty. */
void message_add(struct buf *out, const char *pattern, const struct str *args, size_t count);

/* "zh" or "en" -> *ret. */
NODISCARD enum err lang_from_str(struct str s, enum lang *ret);

#endif
