/* The compiler's messages as a table (diag.def). */
#include "lang/diag.h"

static const struct message rows[] = {
#define MSG(id, code, zh, en, zh_hint, en_hint)                                                    \
    [MSG_##id] = {(code), {(zh), (en)}, {(zh_hint), (en_hint)}},
#include "lang/diag.def"
#undef MSG
};

const struct message *lang_message(enum lang_msg id)
{
    INVARIANT(id < LANG_MSG_COUNT);
    return &rows[id];
}

const struct message *lang_message_table(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}
