/* The table of messages about register files: rows of data_msg.def, in its order. */
#include "service/data_msg.h"

static const struct message table[DATA_MSG_COUNT] = {
#define MSG(id, code, zh, en, zh_hint, en_hint)                                                    \
    [DATA_##id] = {(code),                                                                         \
                   {[LANG_ZH] = (zh), [LANG_EN] = (en)},                                           \
                   {[LANG_ZH] = (zh_hint), [LANG_EN] = (en_hint)}},
#include "service/data_msg.def"
#undef MSG
};

const struct message *data_message(enum data_msg id)
{
    INVARIANT(id < DATA_MSG_COUNT);
    return &table[id];
}
