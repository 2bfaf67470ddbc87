/* A population seen through another rule image: the same persons and facts, under the registers
 * that the other image declares.
 *
 *   register and fields are found by ASCII name; a register that is declared alike is shared, one
 *   that is declared otherwise (order of fields or members, ranges, open ends) is laid out anew
 *
 * It is what reading the same files under the other image would give: a row that the other image
 * refuses makes its person bad; a register that the data does not have, or not all fields of, has
 * not answered (unknown, never empty), and is named. */
#ifndef JIFEN_ENGINE_POPULATION_VIEW_H
#define JIFEN_ENGINE_POPULATION_VIEW_H

#include "engine/population.h"

enum view_lack { VIEW_NO_REGISTER, VIEW_NO_FIELD, VIEW_OTHER_TYPE };

struct view_note {
    int32_t reg;   /* of the other image */
    int32_t field; /* -1 = the whole register */
    enum view_lack lack;
};

struct population_view {
    struct population people; /* shares memory with the population it was made from */
    struct view_note *notes;
    uint32_t note_count;
    uint64_t refused; /* rows that the other image does not take */
};

/* `p` must live as long as *ret, which is p itself where the images are one. ERR_NOMEM. */
NODISCARD enum err population_view_new(struct arena *a, const struct population *p,
                                       const struct rules *r, struct population_view *ret);

#endif
