/* The population image: everybody's facts as columns in one file that is mapped, not read.
 *
 *   header | catalogue | segment 0 | segment 1 | … | table of segments        (all little-endian)
 *
 * A segment is a population of its own: its persons (in bytewise order of ids, all before those of
 * the next segment), their rows in every register, the texts of its keys, and the strangers between
 * its persons. Its columns, offsets and marks are used where they lie in the file; only the lists
 * of ids and keys (pointer and length) are made when it is opened. So a population larger than the
 * memory is walked segment by segment: the next is read ahead, the last is dropped.
 *
 * What guards what: the header its own SM3; the table and the catalogue an SM3 in the header; a
 * segment an XXH3 in the table, looked at when it is first opened, together with everything the
 * evaluators rest on (offsets, order of ids, values within the range of their field). Nothing of a
 * segment is used before that; damage is ERR_CORRUPT, and the image must be built again.
 *
 * The catalogue is the registers, fields and types of the rules the image was made for. Rules with
 * another catalogue are refused (ERR_CONFLICT): facts that they ask for are not there. Everything
 * else of the rules may differ: a draft is tried on the image of the rules in force. */
#ifndef JIFEN_SERVICE_POPULATION_IMAGE_H
#define JIFEN_SERVICE_POPULATION_IMAGE_H

#include "base/hash.h"
#include "engine/population.h"

#define IMAGE_ID_BYTES_MAX 64u
#define IMAGE_SEGMENT_PERSONS (UINT32_C(1) << 18)     /* what a new segment has */
#define IMAGE_SEGMENT_PERSONS_MAX (UINT32_C(1) << 22) /* what any may have */

enum image_origin { IMAGE_FROM_FILES = 1, IMAGE_FROM_STORE = 2 };

/* Where the facts come from and of when they are. */
struct image_source {
    enum image_origin origin;
    int32_t on;            /* the day of the checks against life (register_csv.h) */
    int64_t known_at;      /* of a store: microseconds UTC; INT64_MAX = as known now; else 0 */
    int64_t seq;           /* of a store as known now: number of its last command; else 0 */
    uint32_t updates;      /* batches applied since the image was built */
    uint64_t refused_rows; /* rows that were refused while building and updating */
    struct hash digest;    /* of what was read: files by register, size and XXH3; then each batch */
};

struct image_counts {
    uint64_t persons, rows, bad, strangers, bytes; /* bad: persons with a refused row */
    uint32_t segments;
};

/* --- reading --- */

struct population_image; /* a mapped file; read-only, shared by threads */

/* Check header, table and catalogue: milliseconds, whatever the size. `rules` NULL: only what
 * image_counts and image_source tell is wanted. The image keeps using `rules`.
 * ERR_NOT_FOUND; ERR_IO; ERR_SYNTAX: not a population image; ERR_VERSION: of another version of the
 * format; ERR_CORRUPT; ERR_CONFLICT: made for another catalogue, and `differs` (may be NULL) gets
 * where: "education.level". ERR_NOMEM. */
NODISCARD enum err image_open(const char *path, const struct rules *rules, struct buf *differs,
                              struct population_image **ret);
void image_close(struct population_image *m); /* accepts NULL */
const struct image_counts *image_counts(const struct population_image *m);
const struct rules *image_rules(const struct population_image *m); /* as given when opening */
const struct image_source *image_source(const struct population_image *m);
const struct hash *image_catalogue(const struct population_image *m); /* SM3 of the catalogue */
/* The bytes an open image lies in, for measuring. */
struct str image_bytes(const struct population_image *m);

#define IMAGE_WITH_IDS 1u  /* make population.ids and strangers */
#define IMAGE_WITH_KEYS 2u /* make population.keys */
#define IMAGE_NO_ADVICE 4u /* tell the system nothing: neither read ahead nor drop afterwards */

struct image_segment {
    struct population people;
    uint64_t first; /* persons in the segments before */
    /* Who stands in some register but not among the persons, ordered; error rows of a list of
     * scores. All before the persons of the next segment. */
    const struct str *strangers;
    uint32_t stranger_count;
    struct arena arena; /* of the lists */
    const struct population_image *image;
    uint32_t number, flags;
};

/* Segment k of 0..segments, from any thread. Reads segment k + 1 ahead. ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err image_segment_open(const struct population_image *m, uint32_t k, uint32_t flags,
                                      struct image_segment *ret);
void image_segment_close(struct image_segment *s); /* its pages may go; accepts a zeroed one */
uint32_t image_segment_persons(const struct population_image *m, uint32_t k);
uint64_t image_segment_rows(const struct population_image *m, uint32_t k);
struct str image_segment_id(const struct population_image *m, uint32_t k); /* of its first person */
/* The segment whose persons may have this id; 0 when it lies before all. */
uint32_t image_segment_of(const struct population_image *m, struct str id);
/* The segment with this person, found by search, with ids and keys; no other is looked at.
 * *ret_person: among the segment's. ERR_NOT_FOUND, ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err image_person_open(const struct population_image *m, struct str id,
                                     struct image_segment *ret, uint32_t *ret_person);

/* The bytes of a segment (at a multiple of 64, as in a file) -> s->people and the lists that
 * s->flags ask for, in s->arena, both set by the caller. `check`: everything but the checksum
 * is checked; false for bytes that have passed before. ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err image_segment_read(struct str bytes, const struct rules *r, bool check,
                                      struct image_segment *s);

/* Look at every segment anew. `progress` may be NULL. ERR_CORRUPT with *ret_segment set. */
NODISCARD enum err image_verify(const struct population_image *m,
                                void (*progress)(void *ctx, uint64_t done, uint64_t total),
                                void *ctx, uint32_t *ret_segment);

/* --- writing --- */

/* Persons first .. first + count of a population that has ids, and keys where there are any. */
struct image_run {
    const struct population *people;
    uint32_t first, count;
};

struct image_writer;

/* A new file beside `path`, which stays what it is until image_writer_commit. Whoever else is
 * writing the same path: ERR_BUSY for the second. ERR_IO also where `path` is no place for a file.
 */
NODISCARD enum err image_writer_open(const char *path, const struct rules *rules,
                                     struct image_writer **ret);
/* One segment from these runs, whose persons follow each other in order. Registers must be answered
 * in all runs or in none. Nothing at all is fine: no segment. ERR_RANGE: an id too long or out of
 * order, a person with more rows than permitted, too many persons. */
NODISCARD enum err image_writer_segment(struct image_writer *w, const struct image_run *runs,
                                        size_t run_count, const struct str *strangers,
                                        uint32_t stranger_count);
/* Segment k of another image of the same catalogue, byte for byte. */
NODISCARD enum err image_writer_copy(struct image_writer *w, const struct population_image *from,
                                     uint32_t k);
/* To disk, then in place of `path`. Either way the writer is gone. */
NODISCARD enum err image_writer_commit(struct image_writer *w, const struct image_source *source);
void image_writer_abandon(struct image_writer *w); /* accepts NULL */

/* The catalogue as text, one line per register and field: what image and rules must agree in. */
void image_catalogue_add(struct buf *out, const struct rules *r);

#endif
