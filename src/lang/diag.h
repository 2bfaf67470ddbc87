/* The compiler's messages (diag.def) as a table. */
#ifndef JIFEN_LANG_DIAG_H
#define JIFEN_LANG_DIAG_H

#include "base/diag.h"

enum lang_msg {
#define MSG(id, code, zh, en, zh_hint, en_hint) MSG_##id,
#include "lang/diag.def"
#undef MSG
    LANG_MSG_COUNT
};

/* The row of `id`; valid forever. */
const struct message *lang_message(enum lang_msg id);
/* All rows, ordered by code (the golden tests walk them). */
const struct message *lang_message_table(size_t *ret_count);

#endif
