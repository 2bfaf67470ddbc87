/* Values while a plan is lowered: what is known of them before any person is seen.
 *
 * A value is a constant, a step function of one column, or an operation to be run; every value has
 * a range that holds all its intervals. Equal values are one value. */
#ifndef JIFEN_ENGINE_VM_VALUE_H
#define JIFEN_ENGINE_VM_VALUE_H

#include "engine/vm_internal.h"

/* More segments are not worth combining; more steps not worth running. */
#define VM_SEGMENTS_MAX 640
#define VM_STEPS_MAX STEPS_MAX

struct value {
    struct vm_op op; /* src_first unused: sources are in `src` */
    int32_t *src;    /* values */
    int64_t lo, hi;  /* every end of every interval lies here */
    bool is_const;
    int64_t constant;
    /* step function of `column`: segment k holds from from[k] on (from[0] = INT64_MIN); one more
     * entry in seg_lo and seg_hi is the interval where the column is unknown. 0 = it is none. */
    int32_t column;
    uint32_t seg_count;
    int64_t *from, *seg_lo, *seg_hi;
    bool is_column; /* LOAD */
    int32_t next;   /* in its hash bucket */
    /* emission */
    bool needed, as_step;
    int32_t slot, last_use;
};

#define VALUE_BUCKETS 4096

struct values {
    struct arena *arena;
    struct vm *vm; /* tables, columns */
    struct value *items;
    uint32_t count, cap;
    int32_t buckets[VALUE_BUCKETS];
    bool out_of_memory; /* sticky; values made then are 0 */
};

NODISCARD enum err values_init(struct values *v, struct arena *a, struct vm *vm);
int32_t value_const(struct values *v, int64_t c);
/* A column's value; [lo, hi] = what may be in it, unknown ones included. */
int32_t value_column(struct values *v, struct vm_column c, int64_t lo, int64_t hi,
                     int64_t unknown_lo, int64_t unknown_hi);
/* Does the column's known value lie in [first, last]? Where unknown: perhaps. */
int32_t value_maybe_within(struct values *v, int32_t column_value, int64_t first, int64_t last);
/* An operation; sources -1 are absent. Folds, simplifies and shares where it can. */
int32_t value_make(struct values *v, struct vm_op op, const int32_t *src);
int32_t value_binary(struct values *v, enum kernel_binary b, int32_t x, int32_t y);
bool value_is(const struct values *v, int32_t id, int64_t c); /* the constant c? */
/* Add a row to the table of BANDS (4 entries) or IN (2). */
bool value_table_add(struct values *v, const int64_t *row, uint32_t n);

#endif
