/* Facts between the store and the engine: registers as tables, cells as values, a person's facts
 * as a population of one.
 *
 * Registers of the store are those of the rule image, in its order. Dates, months, numbers, money,
 * shares, yes/no and divisions are INT in the engine's own representation (open ends included);
 * levels, categories and keys are TEXT: the ASCII name of the member, or the text itself, so that a
 * rule file may reorder members without touching a fact. Unknown is NULL. */
#ifndef JIFEN_SERVICE_FACTS_H
#define JIFEN_SERVICE_FACTS_H

#include "engine/resident.h"
#include "store/store.h"

/* The registers of the image as the store wants them, in the arena. */
NODISCARD enum err facts_registers(struct arena *a, const struct rules *r,
                                   const struct store_register **ret, uint32_t *ret_count);

/* A value as a cell. `key` is the text of a VT_KEY value (else ignored). Texts are not copied. */
struct store_cell fact_cell(const struct rules *r, const struct rule_field *f, bool known,
                            int64_t value, struct str key);
/* A cell as a value; VT_KEY: *ret_key is its text and *ret_value 0. ERR_RANGE: no such member, or
 * outside the field's range: the fact was stored under other rules. */
NODISCARD enum err fact_value(const struct rules *r, const struct rule_field *f,
                              const struct store_cell *c, int64_t *ret_value, struct str *ret_key);

/* What a population of one was made from: the fact behind each line number. */
struct fact_origin {
    int32_t reg;
    int64_t fact, recorded, command;
};
struct fact_person {
    struct population people; /* one person; line k of a row = origins[k - 1] */
    const struct fact_origin *origins;
    uint32_t origin_count;
};

/* One person as known at a moment. `code` is what explanations call the person. ERR_RANGE as in
 * fact_value. */
NODISCARD enum err fact_person_read(struct arena *a, struct store *s, const struct rules *r,
                                    int64_t person, int64_t known_at, struct str code,
                                    struct fact_person *ret);
/* The same from facts already read, one element per register of the image. */
NODISCARD enum err fact_person_make(struct arena *a, const struct rules *r,
                                    const struct store_facts *all, struct str code,
                                    struct fact_person *ret);

#endif
