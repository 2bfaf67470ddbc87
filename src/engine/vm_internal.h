/* The column machine's insides: operations, slots, and the function both lowering and running use.
 *
 *   plan --vm_lower--> ops over slots --vm_run--> chunk by chunk: lanes in slots, kernels per op
 *
 * A slot is a pair of lane buffers (lower and upper ends) for the persons of a chunk, or for the
 * rows of one register in it. Where nothing in a chunk is unknown the upper end is the same pointer
 * as the lower and is not computed. */
#ifndef JIFEN_ENGINE_VM_INTERNAL_H
#define JIFEN_ENGINE_VM_INTERNAL_H

#include "engine/kernels.h"
#include "engine/score.h"

enum vm_code {
    /* from a column */
    VM_LOAD,
    VM_STEP,
    /* lane by lane */
    VM_BINARY,
    VM_NOT,
    VM_SUM,
    VM_MUL,
    VM_DIV,
    VM_PER,
    VM_IF,
    VM_BANDS,
    VM_IN,
    VM_AGE,
    VM_YEAR,
    VM_YEAR_START,
    VM_ADD_MONTHS,
    VM_WHOLE_MONTHS,
    VM_IF_UNKNOWN,
    /* between persons and rows */
    VM_EXPAND,
    VM_COUNT,
    VM_ANY,
    VM_SUM_RECORDS,
    VM_BEST,
    VM_NOW,
    VM_MONTHS,
    VM_SPELLS,
    VM_CONSECUTIVE,
    VM_EACH,
    /* to the caller's columns */
    VM_OUT
};

/* Sources of an aggregate, by position; absent ones are -1. */
enum vm_record_src {
    VM_SRC_MASK,
    VM_SRC_VALUE,
    VM_SRC_START,
    VM_SRC_END,
    VM_SRC_EVENT,
    VM_SRC_KEY,
    VM_SRC_EXISTS, /* registers whose silence means unknown: does the row exist on the day? */
    VM_RECORD_SRCS
};

enum vm_out { VM_OUT_INDICATOR, VM_OUT_GROUP, VM_OUT_GATE, VM_OUT_MARK };

/* BANDS: rows of 4 in the table: lo, hi, source index or -1, constant body; where all bodies are
 * constant and few, `steps` says the same. IN: pairs. */
struct vm_op {
    enum vm_code code;
    enum kernel_binary binary;
    int32_t domain;                /* of the result: -1 persons, else index into vm->regs */
    int32_t reg;                   /* aggregates: index into vm->regs; -1 */
    int32_t column;                /* LOAD, STEP: index into vm->columns; -1 */
    int32_t dst;                   /* slot */
    uint32_t src_first, src_count; /* into vm->srcs: slots, -1 = none */
    uint32_t table_first, table_count;
    struct steps steps;
    int64_t imm, imm2, imm3; /* as in node.def; PER: unit, gain, cap */
    int64_t first, last; /* aggregates: cut to these months or days; PER: last = greatest input */
    int64_t unknown_lo, unknown_hi; /* LOAD, STEP, aggregates: what stands for unknown */
    enum rounding round;
    bool right_const; /* BINARY, MUL: the right operand is imm */
    bool checked;     /* the range analysis could not prove that it stays in 64 bits */
    bool rising;  /* MUL: no operand is ever negative, so the ends follow the ends; BANDS: `steps`
                         never fall */
    bool falling; /* BANDS: they never rise */
    bool has_none, least;
    bool peak;    /* BEST: the greatest of all rows, at least 0; no row's value is negative */
    bool narrow;  /* aggregates: a row's value less `bias` fits 32 bits without sign */
    int64_t bias; /* the least a row's value can be */
};

struct vm_column {
    int32_t reg, field; /* of the rules */
    int32_t domain;     /* -1: the person's one record; else index into vm->regs */
};

struct vm_slot {
    bool rows;     /* lanes for rows, else for persons */
    bool is_const; /* filled once with `value` */
    int64_t value;
};

struct vm {
    const struct plan *plan;
    int32_t day;
    uint32_t chunk;
    bool marks;
    const struct kernels *kernels;
    struct vm_op *ops;
    uint32_t op_count;
    int32_t *srcs;
    uint32_t src_count, src_cap;
    int64_t *table;
    uint32_t table_count, table_cap;
    struct vm_slot *slots;
    uint32_t slot_count;
    struct vm_column *columns;
    uint32_t column_count;
    int32_t *regs; /* registers whose rows are walked */
    uint32_t reg_count;
    /* slots of what the end of a chunk needs; -1 = there is none */
    int32_t total, force, veto, freeze;
};

/* Lower and upper ends; the same pointer where nothing is unknown. */
struct vm_vec {
    void *lo, *hi;
};

struct vm_scratch {
    void *a, *b;  /* lanes */
    uint8_t *err; /* per lane, added to */
};

/* Is it computed lane by lane from its sources alone? Then vm_apply can do it. */
static inline bool vm_code_is_pure(enum vm_code c)
{
    return c >= VM_BINARY && c <= VM_IF_UNKNOWN;
}

/* Compute n lanes of a pure operation. src: one vector per source (any where the source is absent);
 * *dst comes with two buffers and leaves with hi == lo where no source had unknowns. */
void vm_apply(const struct kernels *k, const struct vm_op *op, const int64_t *table,
              const struct vm_vec *src, struct vm_vec *dst, size_t n, const struct vm_scratch *t);

/* Lower a plan into *vm (kernels are chosen by the caller afterwards); *ret_narrow = 32-bit lanes
 * are proved enough. */
NODISCARD enum err vm_lower(struct arena *a, const struct plan *plan, int32_t day, struct vm *vm,
                            bool *ret_narrow);

#endif
