/* Cells of register files: text -> value by the field's declaration, and back. */
#ifndef JIFEN_SERVICE_CELLS_H
#define JIFEN_SERVICE_CELLS_H

#include "lang/rules.h"
#include "service/data_msg.h"
#include "service/text_map.h"

/* How to read the cells of one field; prepared once per file, used by one thread. */
struct cell_reader {
    const struct rules *rules;
    const struct rule_field *field;
    bool is_idnum; /* a key field named id_number: checked by GB 11643 */
    int32_t today; /* for identity numbers */
    int64_t open_start, open_end;
    uint8_t *divisions;    /* by code: 0 not looked up yet, 1 known, 2 unknown; NULL = not kept */
    const uint64_t *heads; /* per member of the enum: first eight bytes of its name */
    struct text_map *keys; /* texts of VT_KEY; shared by the fields of a file; not owned */
};

NODISCARD enum err cell_reader_init(struct arena *a, const struct rules *r,
                                    const struct rule_field *f, struct text_map *keys,
                                    int32_t today, struct cell_reader *ret);
/* For many cells: what is looked up is kept, in a megabyte where the field is a division. */
NODISCARD enum err cell_reader_prepare(struct arena *a, struct cell_reader *c);

/* DATA_MSG_COUNT when the cell is fine, else what is wrong with it. ERR_NOMEM through *ret_err
 * (then the answer means nothing). An unknown value is 0 and not known. */
enum data_msg cell_read(struct cell_reader *c, struct str cell, int64_t *ret_value, bool *ret_known,
                        enum err *ret_err);

/* The text a cell has for a value; open ends give an empty cell. Not for VT_KEY. */
void cell_add_text(struct buf *out, const struct rules *r, const struct rule_field *f,
                   int64_t value);
/* The same, for any type of the catalogue (ranges in messages). */
void cell_add_value(struct buf *out, const struct rules *r, struct type t, int64_t value);

/* Is the value one of the two open ends of the field's type? */
bool cell_is_open(const struct rule_field *f, int64_t value);

#endif
