/* The messages about register files (data_msg.def) as a table. */
#ifndef JIFEN_SERVICE_DATA_MSG_H
#define JIFEN_SERVICE_DATA_MSG_H

#include "base/message.h"

enum data_msg {
#define MSG(id, code, zh, en, zh_hint, en_hint) DATA_##id,
#include "service/data_msg.def"
#undef MSG
    DATA_MSG_COUNT
};

/* The row of `id`; valid forever. */
const struct message *data_message(enum data_msg id);

#endif
