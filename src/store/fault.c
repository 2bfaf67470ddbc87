/* The table of what may be wrong with the audit chain: rows of fault.def, in its order. */
#include "store/store.h"

static const struct message table[STORE_FAULT_COUNT] = {
#define MSG(id, code, zh, en)                                                                      \
    [STORE_FAULT_##id] = {(code), {[LANG_ZH] = (zh), [LANG_EN] = (en)}, {NULL, NULL}},
#include "store/fault.def"
#undef MSG
};

const struct message *store_fault_message(enum store_fault fault)
{
    INVARIANT(fault > STORE_FAULT_NONE && fault < STORE_FAULT_COUNT);
    return &table[fault];
}
