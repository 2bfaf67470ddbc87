/* Between the files of this room: what is behind the opaque handles of jifen.h. */
#ifndef JIFEN_EMBED_INTERNAL_H
#define JIFEN_EMBED_INTERNAL_H

#include "base/text.h"
#include "jifen.h"
#include "service/cells.h"
#include "service/register_csv.h"
#include "service/rule_files.h"

struct jifen_rules {
    struct arena arena;
    struct rule_set set;
    const struct rules *rules;
    enum lang lang; /* of messages about people */
    char hash[2 * HASH_BYTES + 1];
};

/* One row as it came, its cells read. */
struct people_row {
    uint32_t person; /* in the order of arrival */
    int32_t reg;
    int64_t *values; /* VT_KEY: the number in `keys` */
    bool *known;
};

struct jifen_people {
    struct arena arena;
    const struct jifen_rules *owner;
    int32_t day;
    bool is_closed;
    /* while rows arrive */
    struct text_map names, keys;
    struct people_row *rows;
    uint32_t row_count, row_cap;
    bool *answered;               /* per register */
    struct cell_reader **readers; /* per register, per field; made when first needed */
    /* afterwards: either a data set or a population of our own */
    struct data_set *data;
    struct population own;
    const struct population *people;
};

/* The status that stands for an error of the rooms below. */
int embed_status(enum err e);
/* A copy for the caller (malloc); NULL = no memory, or the buffer failed. Gives the buffer back. */
char *embed_text(struct buf *b);
/* Leave the buffer's text in *ret, if anybody wants it; gives the buffer back. Returns `status`. */
int embed_fail(int status, struct buf *b, char **ret);
enum lang embed_lang(int lang);
/* What was made with `e` for the caller: the buffer's text, with a line end, or why not. Gives the
 * buffer back. */
int embed_give(enum err e, struct buf *b, char **ret_text);

/* score.c: may the person at `at` be asked about on that day, all rows being good? A status;
 * *ret_day is written on JIFEN_OK. */
int embed_person_on(const struct jifen_people *p, size_t at, const char *day, int32_t *ret_day);
/* The status that a person's own error stands for. */
int embed_person_status(enum err e);

#endif
