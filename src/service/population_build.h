/* Population images from register files, and back: build, update, export.
 *
 * The content of an image is what population_export writes: one CSV file per register that has
 * answered, persons in the order of their numbers, a person's rows in the order of their fields. It
 * can be read again: build(export(x)) exports the same bytes. What was refused stays refused: a
 * person with a refused row is exported with a short row in person.csv, a stranger with a short row
 * elsewhere, so that whoever reads the files reports them as ERROR too. */
#ifndef JIFEN_SERVICE_POPULATION_BUILD_H
#define JIFEN_SERVICE_POPULATION_BUILD_H

#include "service/population_image.h"
#include "service/register_csv.h"
#include "service/scores.h"

struct build_options {
    struct data_options data; /* keep_lines, only_person and slices are not used */
    uint32_t segment_persons; /* 0 = IMAGE_SEGMENT_PERSONS; the content does not depend on it */
    bool at_once;             /* read everything at once, even where parts would do */
};

/* What there is to say, whether it went well or not. build_result_done in any case. */
struct build_result {
    struct data_set *stopped; /* NULL, or: data_stop says why nothing came of it */
    struct data_set *remarks; /* NULL, or: data_remarks */
    struct row_error *errors; /* refused rows, ordered; owned */
    size_t error_count, error_cap;
    uint64_t rows, bytes; /* read, refused ones included */
    bool in_parts;        /* the files were in the order of persons and read part by part */
    uint32_t replaced, added, gone; /* update: persons */
    int32_t reg; /* update, ERR_CONFLICT: the register the batch must have or must not
                                  have; else -1 */
};
void build_result_done(struct build_result *r);

/* A data directory -> an image in the place of `path`. Files whose rows are in the order of their
 * persons (all of them, UTF-8) are read a segment at a time, so that little memory is needed
 * whatever their size; else everything is read at once. Rows are refused as when scoring.
 * ERR_BUSY: somebody else is writing `path`. Else as data_read and image_writer_segment. */
NODISCARD enum err population_build_files(const char *path, const struct rules *r,
                                          const struct build_options *o, struct build_result *ret);

/* What is to become of some persons of an image. */
struct image_batch {
    const struct population
        *people;            /* their rows take the place of all they had; new ones are added */
    const struct str *gone; /* persons and strangers to leave out; ordered */
    uint32_t gone_count;
    const struct str *strangers; /* to add; ordered */
    uint32_t stranger_count;
    void (*progress)(void *ctx, uint64_t persons, uint64_t done, uint64_t total); /* may be NULL */
    void *progress_ctx;
};
/* The segments of `base` with the batch applied, into a writer. Untouched segments are copied byte
 * for byte. */
NODISCARD enum err population_merge(struct image_writer *w, const struct population_image *base,
                                    const struct image_batch *batch, uint32_t segment_persons,
                                    struct build_result *ret);

/* Apply a data directory that holds everything about some persons: what they had is replaced. It
 * must have a file for every register that has answered in the image, and no other; its rows are
 * checked as of the day the image was built for (o->data.on is not used). ERR_CONFLICT: the
 * catalogue (`differs`), or a register (ret->reg). ERR_ROWS: rows of persons who do not stand in
 * its person.csv: nothing is applied. Otherwise as population_build_files and image_open; a damaged
 * image is ERR_CORRUPT and stays as it is. */
NODISCARD enum err population_update_files(const char *path, const struct rules *r,
                                           const struct build_options *o, struct buf *differs,
                                           struct build_result *ret);

/* Write the content into `dir`, made if it is not there; each file appears whole or not at all.
 * ERR_EXISTS: `dir` has a file of a register that has not answered in the image (ret_reg).
 * ERR_RANGE: the image holds something that files cannot say. */
NODISCARD enum err population_export(const struct population_image *m, const char *dir,
                                     void (*progress)(void *ctx, uint64_t done, uint64_t total),
                                     void *ctx, int32_t *ret_reg);

/* An image as a source of scores; it stays open as long as the source is used. */
struct scores_source population_scores_source(struct population_image *m);

#endif
