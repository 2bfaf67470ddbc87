/* What a column machine is made of, for whoever measures it: the columns it reads, its operations
 * by kind, and a machine that runs only some of them over the state that others left. Scoring does
 * not use this. */
#ifndef JIFEN_ENGINE_MACHINE_H
#define JIFEN_ENGINE_MACHINE_H

#include "engine/score.h"

/* Column k of 0..machine_columns: register and field of the rules. A column may come twice. */
uint32_t machine_columns(const struct vm *vm);
void machine_column(const struct vm *vm, uint32_t k, int32_t *ret_reg, int32_t *ret_field);

uint32_t machine_operations(const struct vm *vm);
#define MACHINE_KINDS 64u /* kinds are less */
uint32_t machine_kind(const struct vm *vm, uint32_t operation);
/* Chinese and English in one line; static. */
const char *machine_kind_name(uint32_t kind);

/* A machine in `a` that shares everything with `whole`, which must live as long. It runs all of its
 * operations, or those that machine_part_set chooses; a state made for it stays valid. What the
 * others would have computed is what the state holds from before: one state, run over one chunk of
 * persons part by part in order, gives the same as `whole`; but that a figure leaves 64 bits is
 * told of the part alone. ERR_NOMEM. */
NODISCARD enum err machine_part_new(struct arena *a, const struct vm *whole, struct vm **ret);
void machine_part_set(struct vm *part, const struct vm *whole, uint32_t first, uint32_t count);

#endif
