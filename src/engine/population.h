/* Residents in columns: the facts both evaluators read.
 *
 *   register r:  off[]   0   2   2   5 …       persons + 1 offsets (NULL: one row per person)
 *                cols[]  a typed array per field; the rows of person i are off[i] .. off[i+1]
 *
 * Rows of a person are ordered by all their fields in declaration order (unknown first), so that
 * the order in which they arrived never shows. Nothing here is owned: arrays belong to whoever
 * built them (an arena, a mapped file). */
#ifndef JIFEN_ENGINE_POPULATION_H
#define JIFEN_ENGINE_POPULATION_H

#include "lang/rules.h"

enum col_type { COL_U8, COL_I16, COL_I32, COL_I64 };

struct column {
    enum col_type type;
    const void *data;     /* 0 where unknown */
    const uint8_t *known; /* 1 = known; NULL = every row is */
};

#define ROWS_STRIDE 64u

struct register_data {
    bool answered; /* false: the register has not answered; everything in it is unknown for
                      everybody */
    uint32_t row_count;
    /* Where a person's rows are: offsets, or (a quarter of the room) how many rows each person has
     * and the rows before every ROWS_STRIDE-th person; both NULL only for one-per-person registers
     * in which every person has its row. Read by population_rows. */
    const uint32_t *off;
    const uint8_t *rows_of;         /* NULL where `off` is used or somebody has more than 255 */
    const uint32_t *rows_before;    /* with rows_of: persons / ROWS_STRIDE + 1 */
    struct column *cols;            /* one per field of the rule_register */
    const uint8_t *answered_person; /* 1 = answered for this person; NULL = as `answered` for all */
    const uint32_t
        *line;       /* per row: line in the register's file, for explanations; NULL = not known */
    struct str file; /* name of that file; may be empty */
    /* Facts of a store: the civil day each was recorded, by line - 1; lines are then numbers of the
     * facts and say nothing to people. DATE_OPEN_END = never stored; NULL = from a file. */
    const int32_t *recorded;
};

struct population {
    const struct rules *rules;
    uint32_t count;
    const struct str *ids;      /* per person; ordered bytewise; NULL = numbered from 1 */
    struct register_data *regs; /* one per rules->regs */
    const uint8_t
        *bad; /* 1 = a row of this person was refused: the person is an error; NULL = none */
    const struct str *keys; /* texts of VT_KEY values, by value, ordered bytewise (so that the
                               order of rows does not depend on arrival); NULL = not kept */
    uint32_t key_count;
};

/* Columns hold the narrowest type that holds the field's range (open ends included). */
enum col_type column_type_for(const struct rule_field *f);
size_t column_width(enum col_type t); /* bytes: 1 2 4 8 */
int64_t column_get(const struct column *c, uint32_t row);
bool column_known(const struct column *c, uint32_t row);
/* Rows of one person in one register. */
void population_rows(const struct population *p, int32_t reg, uint32_t person, uint32_t *ret_first,
                     uint32_t *ret_end);
/* Turn offsets (persons + 1 of them) into counts in `d`, allocated in `a`; d->off is then NULL.
 * Where somebody has more than 255 rows d->off = off stays. */
NODISCARD enum err population_pack_rows(struct arena *a, const uint32_t *off, uint32_t persons,
                                        struct register_data *d);
/* Has the register answered for the person? (A none_unknown register with rows that all lie after
 * the day is a matter for the evaluators: README §6.) */
bool population_answered(const struct population *p, int32_t reg, uint32_t person);

/* Build a population in an arena row by row, from any source: add rows in any order, then finish.
 */
struct population_builder;
NODISCARD enum err population_builder_new(struct arena *a, const struct rules *r, uint32_t persons,
                                          struct population_builder **ret);
/* One row; values[] and known[] one per field (known NULL = all). line 0 = not known. ERR_RANGE
 * when a value may not stand in its field. A person with more rows than a register permits is
 * marked bad when the population is finished; overlaps are the caller's to refuse. */
NODISCARD enum err population_builder_add(struct population_builder *b, int32_t reg,
                                          uint32_t person, const int64_t *values, const bool *known,
                                          uint32_t line);
/* There are only so many persons after all; rows of others have not been added. */
void population_builder_persons(struct population_builder *b, uint32_t persons);
void population_builder_unanswered(struct population_builder *b, int32_t reg); /* for everybody */
NODISCARD enum err population_builder_finish(struct population_builder *b, struct population *ret);

#endif
