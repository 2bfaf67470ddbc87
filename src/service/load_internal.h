/* Between loads.c (life of a load), load_read.c and load_match.c (file -> rows of known
 * persons), load_apply.c (difference, writing), load_undo.c (taking back). */
#ifndef JIFEN_SERVICE_LOAD_INTERNAL_H
#define JIFEN_SERVICE_LOAD_INTERNAL_H

#include "service/csv.h"
#include "service/loads.h"
#include "service/text_map.h"

/* Everybody the store knows, in the order of codes, and the way there from the store's numbers. */
struct load_people {
    struct str *codes;
    int64_t *persons;
    int32_t *births;     /* DATE_OPEN_START = not known */
    uint32_t *by_person; /* indexes, in the order of persons[] */
    uint32_t count;
};

struct load_identity_row {
    struct str code, id_number, name, phone;
    uint32_t line;
};

/* A row whose identity number several persons have. */
struct load_ambiguous {
    uint32_t line;
    struct str id_number;
    const int64_t *persons;
    uint32_t count;
};

/* A file that was read: rows by person, or identities. */
struct load_file {
    int32_t reg;    /* -1: identities */
    bool is_short;  /* `people` are only those of the file */
    bool by_number; /* the file has id_number in place of person_id */
    struct load_people people;
    struct data_set *data;      /* registers */
    const struct population *p; /* of `data`; index = people's index, or own ids for reg 0 */
    struct load_identity_row *rows;
    uint32_t row_count;
    struct buf errors; /* the refused rows as a file */
    uint64_t rows_read, refused, unknown;
    uint64_t by_msg[DATA_MSG_COUNT];  /* refused rows */
    struct load_ambiguous *ambiguous; /* in the order of lines */
    uint32_t ambiguous_count;
};

/* Everybody; or those who stand in a short text. */
NODISCARD enum err load_people_read(struct loads *x, struct load_people *ret);
NODISCARD enum err load_people_of(struct loads *x, struct str text, struct load_people *ret);
void load_people_sort(struct load_people *p); /* by_person, which is there */
/* `text` with person_id in place of a column id_number; as it is when it has a person_id. */
NODISCARD enum err load_match_numbers(struct loads *x, struct load_file *f, struct str text,
                                      struct str *ret);
/* `text` with the code of the survivor where a row has that of one merged into him; as it is when
 * nobody is merged. Two rows of one person in a register of one each are refused as ever: the
 * department has them twice. */
NODISCARD enum err load_match_merged(struct loads *x, struct load_file *f, struct str text,
                                     struct str *ret);
int32_t load_column_named(const struct csv_row *row, struct str name); /* -1 = none */
/* ERR_INPUT with reasons in `trouble`. Call load_file_done in any case. */
NODISCARD enum err load_file_read(struct loads *x, const struct load *l, struct str bytes,
                                  struct load_file *ret, struct buf *trouble);
void load_file_done(struct load_file *f);

#define LOAD_PART_BYTES ((size_t)4 << 20) /* of the kept file, a material each */
NODISCARD enum err load_of_object(struct loads *x, const struct store_object *o, struct load *ret);
/* load_quality.c: l->quality of a file that was read; kept as JSON with the load. */
NODISCARD enum err load_quality_measure(struct loads *x, struct load *l, const struct load_file *f,
                                        struct str bytes);
void load_quality_write(const struct load_quality *q, struct json *out); /* a member */
struct json_t;
NODISCARD enum err load_quality_read(struct arena *a, const struct json_t *o,
                                     struct load_quality *q);
void load_quality_add_json(const struct load *l, const struct rules *r, enum lang lang,
                           struct json *out);

/* The difference; `write`: inside a command, apply it. Counts are set either way. */
NODISCARD enum err load_difference(struct loads *x, const struct load *l, const struct load_file *f,
                                   bool write, int64_t known_at, struct load_counts *ret);
/* load_undo.c: take back what its command added, add again what it took back. Inside a command.
 * ERR_CONFLICT: x->why. */
NODISCARD enum err load_compensate(struct loads *x, const struct load *l);

#endif
