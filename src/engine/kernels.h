/* Kernels: straight loops over lanes, compiled once per lane type and instruction set.
 *
 * A lane is one person's (or record's) value; all lanes of a vm have one type, int32 or int64. A
 * kernel knows nothing of unknowns: vm_apply.c calls it for the lower and the upper ends. Kernels
 * have no branch on data except where records of one person are walked, allocate nothing and
 * cannot fail; those called *_checked mark a lane's byte in `err` where 64 bits were left.
 *
 *   kernels_lane.h --(LANE int32, int64) x (portable, AVX2, AVX-512)--> 6 tables of functions */
#ifndef JIFEN_ENGINE_KERNELS_H
#define JIFEN_ENGINE_KERNELS_H

#include "base/decimal.h"
#include "engine/population.h"

/* Binary kernels by index; also the numbers of the vm's binary operations. */
enum kernel_binary {
    KB_ADD,
    KB_SUB,
    KB_MIN,
    KB_MAX,
    KB_GE,
    KB_GT,
    KB_LE,
    KB_LT,
    KB_EQ,
    KB_NE,
    KB_AND,
    KB_OR,
    KB_COUNT
};

/* A step function of an integer: value `base` below from[0], then + delta[k] from from[k] on. */
#define STEPS_MAX 24u
struct steps {
    int64_t base;
    uint32_t count; /* at most STEPS_MAX */
    const int64_t *from, *delta;
    int64_t lo, hi;    /* of the values and the deltas */
    bool in_table;     /* the input is 0..15 and every value fits 16 bits: the values by input */
    int16_t table[16]; /* 0 beyond the input's range */
};

/* The rows of a chunk's persons: those of person i are off[i] - base .. off[i + 1] - base. */
struct segments {
    const uint32_t *off;
    uint32_t base;
    uint32_t count; /* persons */
    uint32_t rows;  /* off[count] - base */
};

/* Lines of memory that the next chunk will read, asked for a few at a time while this one is worked
 * on. The last range never ends, so that whoever asks need not look. */
#define FETCH_RANGES 64
struct fetch {
    uint32_t range;
    uintptr_t at[FETCH_RANGES + 1];
    size_t lines[FETCH_RANGES + 1];
};

/* What those with few rows take side by side, for each person. */
#define FEW_LANES 11u

/* How records are chosen and valued; lo and hi are the same pointer where nothing is unknown. */
struct record_args {
    struct segments seg;
    const void *mask_lo, *mask_hi; /* 0/1 lanes per row: sure, possible */
    const void *value_lo, *value_hi;
    const void *start, *end;         /* months and spells: lanes per row; end may be NULL: none */
    const void *event_lo, *event_hi; /* each with a year cap; unknown where they differ */
    const void *key_lo, *key_hi;     /* each with a key; unknown where they differ */
    int64_t first, last;             /* what months or days are cut to, both included */
    int64_t today;                   /* consecutive: the scoring day's month */
    bool end_excluded;               /* spells: `end` is the first day no longer in it */
    int64_t imm;
    bool has_none, least; /* least: the least is sought instead of the greatest */
    bool checked;
    int64_t none_lo, none_hi; /* what stands for nothing known */
    const uint32_t *list;     /* persons to do; NULL: all */
    uint32_t list_count;
    uint8_t *err;     /* per person */
    int64_t *scratch; /* 4 for each row of one person */
    int32_t *few;     /* FEW_LANES for each person and one more */
    struct fetch *fetch;
};

struct kernels {
    const char *name;
    size_t width; /* bytes of a lane */
    bool wide;    /* 64-bit lanes */

    void (*binary[KB_COUNT])(void *d, const void *a, const void *b, size_t n);
    void (*binary_const[KB_COUNT])(void *d, const void *a, int64_t c, size_t n);
    void (*add_checked)(void *d, const void *a, const void *b, size_t n, uint8_t *err);
    void (*sub_checked)(void *d, const void *a, const void *b, size_t n, uint8_t *err);
    void (*mul)(void *d, const void *a, const void *b, int64_t den, enum rounding r, size_t n,
                uint8_t *err);
    void (*mul_const)(void *d, const void *a, int64_t c, size_t n);
    void (*div)(void *d, const void *a, const void *b, enum rounding r, size_t n, uint8_t *err);
    void (*per)(void *d, const void *a, int64_t unit, int64_t gain, int64_t cap, int64_t input_max,
                size_t n);
    /* the same, straight from a column of the type */
    void (*per_column[4])(void *d, const void *a, int64_t unit, int64_t gain, int64_t cap,
                          int64_t input_max, size_t n);
    void (*per_checked)(void *d, const void *a, int64_t unit, int64_t gain, size_t n, uint8_t *err);
    void (*negate_bool)(void *d, const void *a, size_t n);
    void (*sum)(void *d, const void *const *src, size_t k, int64_t c, size_t n);
    void (*select)(void *d, const void *c, const void *a, const void *b, size_t n);
    /* d = min or max of a and b where c is unknown (clo != chi), else the branch */
    void (*select_hull)(void *d, const void *clo, const void *chi, const void *a, const void *b,
                        bool greatest, size_t n);
    void (*equal_lo)(void *d, const void *alo, const void *ahi, const void *blo, const void *bhi,
                     size_t n);
    void (*equal_hi)(void *d, const void *alo, const void *ahi, const void *blo, const void *bhi,
                     size_t n);
    /* d = body where lo <= v <= hi, else as it was */
    void (*band)(void *d, const void *v, int64_t lo, int64_t hi, const void *body, size_t n);
    void (*band_const)(void *d, const void *v, int64_t lo, int64_t hi, int64_t body, size_t n);
    void (*band_hull)(void *dlo, void *dhi, const void *vlo, const void *vhi, int64_t lo,
                      int64_t hi, const void *blo, const void *bhi, size_t n);
    /* d |= every value of [vlo, vhi] (all) or some value of it (not all) lies in [lo, hi] */
    void (*within)(void *d, const void *vlo, const void *vhi, int64_t lo, int64_t hi, bool all,
                   size_t n);
    void (*known_or)(void *dlo, void *dhi, const void *a_lo, const void *a_hi, int64_t c, size_t n);
    void (*fill)(void *d, int64_t c, size_t n);
    void (*fill_unknown)(void *d, const uint8_t *known, int64_t c, size_t n);
    void (*load[4])(void *d, const void *src, size_t n); /* by enum col_type */
    void (*step[4])(void *d, const void *src, const struct steps *s, size_t n);
    void (*age)(void *d, const void *birth, const void *on, size_t n);
    void (*year)(void *d, const void *a, size_t n);
    void (*year_start)(void *d, const void *a, size_t n);
    void (*add_months)(void *d, const void *a, int64_t months, int64_t rounding, size_t n);
    void (*whole_months)(void *d, const void *from, const void *to, size_t n);
    void (*to_i64)(int64_t *d, const void *a, size_t n);
    void (*to_u8)(uint8_t *d, const void *a, size_t n);
    void (*mark_nonzero)(uint8_t *d, const void *a, size_t n);
    bool (*all_equal)(const void *a, const void *b, size_t n);

    /* off[i] = first + the counts before i; n + 1 of them */
    void (*offsets)(uint32_t *off, const uint8_t *counts, uint32_t first, size_t n);
    void (*expand)(void *d, const void *a, const struct segments *s);
    void (*count)(void *d, const void *mask, const struct segments *s);
    void (*any)(void *d, const void *mask, const struct segments *s);
    void (*sum_records)(void *d, const void *mask, const void *value, const struct record_args *x);
    void (*best)(void *dlo, void *dhi, const struct record_args *x);
    void (*now)(void *dlo, void *dhi, const struct record_args *x);
    /* each for one mask (sure, or possible) */
    void (*months)(void *d, const void *mask, const struct record_args *x);
    void (*spells)(void *d, const void *mask, const struct record_args *x);
    void (*consecutive)(void *d, const void *mask, const struct record_args *x);
    void (*each)(void *d, const void *mask, const void *value, const struct record_args *x);

    /* Nothing unknown: fold rows into prefix sums (rows + 1 of them), unfold to persons. A person
     * with one chosen row gets its value (at least `bias`, less than bias + 2^32), one without gets
     * `none`; the others (and, without has_none, those) are listed, how many is returned. some: is
     * any row chosen? */
    void (*fold)(uint64_t *prefix, const void *mask, const void *value, int64_t bias, size_t n);
    uint32_t (*unfold)(void *d, const uint64_t *prefix, const struct record_args *x, int64_t bias,
                       int64_t none, uint32_t *several, uint8_t *some);
    void (*unfold_count)(void *d, const uint64_t *prefix, const struct segments *s, bool any);
    /* what each row would give alone */
    void (*row_months)(void *d, const struct record_args *x);
    void (*row_consecutive)(void *d, const struct record_args *x);
    void (*row_spells)(void *d, const struct record_args *x);
    void (*step_lanes)(void *d, const void *a, const struct steps *s, size_t n);
};

extern const struct kernels kernels_portable_i32, kernels_portable_i64;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2_i32, kernels_avx2_i64;
extern const struct kernels kernels_avx512_i32, kernels_avx512_i64;
#endif

#endif
