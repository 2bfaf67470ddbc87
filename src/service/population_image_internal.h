/* The bytes of a population image, for its reader and its writer.
 *
 * A segment: struct segment_head; one struct segment_register per register; one byte per field of
 * every register (1 = known bytes follow its data); then the sections, each beginning at a multiple
 * of IMAGE_ALIGN:
 *
 *   ids        offsets (persons + 1), text        strangers  offsets, text
 *   keys       offsets (keys + 1), text           bad        a byte per person, if has_bad
 *   register   answered: a byte per person, if has_answered
 *              ROWS_EACH nothing | ROWS_PACKED rows_of, rows_before | ROWS_OFFSETS off
 *              per field: data, then known bytes if there are any
 *
 * so that no offset is stored that could lie: the counts say where everything is. */
#ifndef JIFEN_SERVICE_POPULATION_IMAGE_INTERNAL_H
#define JIFEN_SERVICE_POPULATION_IMAGE_INTERNAL_H

#include "base/file.h"
#include "service/population_image.h"

#define IMAGE_ALIGN 64u
#define IMAGE_MAGIC "JIFENPOP"
#define IMAGE_VERSION 1u
#define IMAGE_HEADER_BYTES 4096u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "columns are used as they lie in the file");

struct image_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint64_t file_bytes;
    uint64_t persons, rows, bad, strangers;
    uint64_t catalogue_at, catalogue_bytes, table_at;
    uint32_t segments, origin;
    int64_t known_at, seq;
    uint64_t refused_rows;
    int32_t on;
    uint32_t updates;
    struct hash source, catalogue, table;
};
/* The rest of the header is 0; its last HASH_BYTES are the SM3 of what is before. */
_Static_assert(sizeof(struct image_header) <= IMAGE_HEADER_BYTES - HASH_BYTES, "room");

struct image_entry { /* of the table */
    uint64_t at, bytes, checksum, rows;
    uint32_t persons, strangers, bad, id_bytes;
    char id[IMAGE_ID_BYTES_MAX]; /* of the first person, or stranger where there are no persons */
};
_Static_assert(sizeof(struct image_entry) == 112, "no padding");

enum segment_rows { ROWS_EACH, ROWS_PACKED, ROWS_OFFSETS };

struct segment_head {
    uint32_t persons, keys, strangers, registers;
    uint64_t id_bytes, key_bytes, stranger_bytes;
    uint32_t has_bad, zero;
};

struct segment_register {
    uint32_t rows;
    uint8_t answered, has_answered, form, zero;
};

struct population_image {
    const struct rules *rules; /* NULL: only header and table were wanted */
    struct file_map map;
    const struct image_entry *table;
    uint64_t *first;   /* per segment: persons before it */
    uint8_t *verified; /* per segment; atomic */
    struct hash catalogue;
    struct image_counts counts;
    struct image_source source;
    struct arena arena;
};

/* What an id must be like, for reader and writer. */
bool image_id_is_fine(struct str id);

#endif
