/* Between the parts of the register reader: register_parse.c (text -> rows), register_finish.c
 * (rows -> ordered columns), register_csv.c (files, threads, the whole).
 *
 *   text ──parse──> person[], line[], columns in the order of arrival
 *        ──finish─> off[], columns in the order of persons; refused rows gone
 *
 * A job is one register; one thread works on it at a time, so nothing here is locked except
 * what `shared` says. */
#ifndef JIFEN_SERVICE_REGISTER_INTERNAL_H
#define JIFEN_SERVICE_REGISTER_INTERNAL_H

#include <pthread.h>

#include "base/date.h"
#include "base/file.h"
#include "service/cells.h"
#include "service/csv.h"
#include "service/register_csv.h"

#define PERSON_NONE UINT32_MAX
#define FIELD_ROW (-1)
#define FIELD_ID (-2)

/* What all jobs look at. */
struct data_shared {
    const struct rules *rules;
    const struct data_options *o;
    /* Set once the person register is finished. */
    uint32_t persons;
    struct str *ids;       /* ordered bytewise, all different */
    uint8_t *bad;          /* per person; bytes are set atomically, never cleared */
    const int32_t *births; /* per person; DATE_OPEN_START where not known; NULL = no such column */
    /* Built on the first look-up that leaves the beaten track. */
    pthread_mutex_t lock; /* for `map` while it is built, and for calls of progress */
    struct text_map *map; /* set atomically, then only read */
    struct arena map_arena;
    uint64_t rows, bytes; /* done so far; atomic */
    uint64_t bytes_total;
};

struct column_store {
    enum col_type type;
    void *data;
    uint8_t *known; /* NULL until the first unknown value */
};

struct register_job {
    struct data_shared *shared;
    int32_t reg;
    const struct rule_register *r;
    bool present; /* its file exists */
    struct file_map map;
    struct str text; /* UTF-8, no BOM */
    struct str file; /* person.csv */

    struct arena parsed;  /* columns in the order of arrival */
    struct arena final;   /* what stays: ids, keys, errors, ordered columns */
    struct arena scratch; /* dropped by finish */

    /* parsing */
    struct cell_reader *readers; /* per field */
    int32_t *cell_of;            /* per field: which cell of a row */
    int32_t id_cell;
    size_t cells; /* columns of the header */
    int64_t *values;
    bool *known;
    int32_t birth_field; /* in the person register; -1 */
    uint32_t near;       /* person of the row before */

    /* rows kept */
    uint32_t rows, cap;
    struct column_store *cols;
    uint32_t *person, *line;
    struct str *row_ids; /* person register only */
    uint8_t *row_bad;    /* person register only */
    bool in_order;       /* person[] never falls */

    struct text_map keys;
    struct row_error *errors;
    uint32_t error_count, error_cap;
    struct str *strangers;
    uint32_t stranger_count, stranger_cap;
    uint64_t rows_seen, rows_told; /* told: already added to shared->rows */
    const char *bytes_told;

    struct data_note stop; /* why the file cannot be used, when err is ERR_INPUT or ERR_IO */
    enum err err;
    struct register_data out; /* after finish */
};

/* What of the file is read: all of it, header included, or a slice without. */
struct str register_rows_text(const struct register_job *job);

/* register_parse.c: header and rows of job->text. Sets job->err. */
void register_parse(struct register_job *job);
/* Persons from the rows of the person register: sorted ids, person[] of each row. */
NODISCARD enum err register_name_persons(struct register_job *job, uint32_t *ret_persons,
                                         struct str **ret_ids);

/* register_finish.c: the rows in the order of persons, checks that look at several rows. */
NODISCARD enum err register_finish(struct register_job *job);

NODISCARD enum err register_refuse(struct register_job *job, enum data_msg msg, int32_t field,
                                   uint32_t line, uint32_t other_line);
/* Mark a person as having a refused row. */
void person_mark_bad(struct data_shared *s, uint32_t person);
/* Stop the file; args are copied. */
enum err register_stop(struct register_job *job, enum err e, enum data_msg msg, uint32_t line,
                       const struct str *args, size_t count);
enum err person_lookup(struct register_job *job, struct str id, uint32_t *ret);

#endif
