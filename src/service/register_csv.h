/* A data directory of register files -> a population in columns.
 *
 * One CSV file per register of the rule image (registers.md §1). Every file is read in one parse;
 * registers are read side by side by up to `threads` threads. Order of rows and columns never
 * shows. Checks beyond the form of a cell, documented here because the rules do not say them:
 *  - a birth date after the scoring day or more than 130 years before it is refused;
 *  - an event or start (day or month) before the person's birth is refused;
 *  - in a register of months paid, more distinct months up to the month of the scoring day than
 *    calendar months since the one in which the person turned 16 (both included) are refused;
 *  - a last row that lacks cells and its line end means the file was cut short: the run stops. */
#ifndef JIFEN_SERVICE_REGISTER_CSV_H
#define JIFEN_SERVICE_REGISTER_CSV_H

#include "engine/population.h"
#include "service/data_msg.h"

enum csv_encoding { CSV_UTF8, CSV_GB18030 };

/* A part of a register's file: whole rows, none of them the header. */
struct data_slice {
    struct str text; /* bytes of the file; n = 0: none of its rows */
    size_t at;       /* where in the file */
    uint32_t line;   /* of its first row */
};

struct data_options {
    const char *dir;
    enum csv_encoding encoding;
    int32_t on;              /* the scoring day, for the checks against life */
    uint32_t threads;        /* 0 = 1 */
    bool keep_lines;         /* keep the line of every row, for explanations */
    struct str only_person;  /* n > 0: read this person alone; rows of others are not checked */
    size_t memory_bytes_max; /* per register; 0 = no limit */
    const struct data_slice *slices; /* NULL, or per register: only these rows. Each slice holds all
                                        rows of its persons. Only for UTF-8. */
    uint64_t fail_at;                /* test hook: as arena.fail_at, for every arena */
    void (*progress)(void *ctx, uint64_t rows, uint64_t bytes, uint64_t bytes_total);
    void *progress_ctx; /* progress is called from one thread at a time */
};

/* One refused row. */
struct row_error {
    int32_t reg;
    int32_t field;       /* -1 = the row as a whole, -2 = the column person_id */
    uint32_t line;       /* where the row begins */
    uint32_t other_line; /* OVERLAP, SECOND_ROW: the row it collides with; else 0 */
    enum data_msg msg;
};

/* Why a whole file was refused, or a remark about one. Owned by the data set. */
struct data_note {
    enum data_msg msg;
    struct str file;
    uint32_t line; /* 0 = the whole file */
    struct str args[3];
    size_t arg_count;
};

struct data_set; /* owns everything below */

/* Fails: ERR_INPUT or ERR_IO with *ret set all the same, holding only the notes (data_stop);
 * ERR_NOMEM, ERR_NOT_FOUND (only_person is nowhere in person.csv) likewise. Close it in any case.
 */
NODISCARD enum err data_read(const struct rules *rules, const struct data_options *o,
                             struct data_set **ret);
void data_close(struct data_set *d);

/* One register's file from memory, for persons who are known already (ordered bytewise, all
 * different; births DATE_OPEN_START where not known). The person register itself (reg 0) brings
 * its own persons. o->dir is not used. Fails as data_read. text and ids must outlive the set. */
struct data_one {
    int32_t reg;
    struct str text;
    const struct str *ids;
    const int32_t *births;
    uint32_t persons;
};
NODISCARD enum err data_read_one(const struct rules *rules, const struct data_options *o,
                                 const struct data_one *x, struct data_set **ret);

/* GB18030 -> UTF-8 in the arena. Bytes that are none: *ret_whole false, *ret = raw. */
NODISCARD enum err data_from_gb18030(struct arena *a, struct str raw, struct str *ret,
                                     bool *ret_whole);

const struct population *data_population(const struct data_set *d);
/* Ordered by register (image order), line, code. */
const struct row_error *data_errors(const struct data_set *d, size_t *ret_count);
/* Persons who stand in other registers but not in person.csv; ordered bytewise, each once. */
const struct str *data_strangers(const struct data_set *d, size_t *ret_count);
const struct data_note *data_stop(const struct data_set *d, size_t *ret_count); /* why it failed */
const struct data_note *data_remarks(const struct data_set *d, size_t *ret_count);
uint64_t data_rows(const struct data_set *d);  /* rows read, refused ones included */
uint64_t data_bytes(const struct data_set *d); /* bytes of the files read */

/* `FILE:LINE: CODE sentence` and the hint on a line of its own. */
void data_note_add_text(struct buf *out, const struct data_note *n, enum lang lang);
/* What is wrong with the row, and what to do, without the place. */
void row_error_add_sentence(struct buf *out, const struct rules *r, const struct row_error *e,
                            enum lang lang);
/* The errors file: header, and one line per refused row. */
void row_error_add_header(struct buf *out);
void row_error_add_line(struct buf *out, const struct rules *r, const struct row_error *e);
int row_error_cmp(const void *x, const void *y); /* their order, for qsort */

#endif
