/* Reading CSV (RFC 4180) from memory, a row at a time.
 *
 * LF or CRLF, quotes with doubled quotes inside, line ends inside quotes. Cells are slices of the
 * text; only a cell with doubled quotes is copied (to the reader's arena). A BOM is not the
 * reader's business: csv_skip_bom. Nothing is allocated per row. */
#ifndef JIFEN_SERVICE_CSV_H
#define JIFEN_SERVICE_CSV_H

#include "base/text.h"

#define CSV_CELLS_MAX 64 /* cells beyond are counted, not kept */

struct csv_row {
    struct str cells[CSV_CELLS_MAX]; /* without the quotes around them */
    size_t count;                    /* cells the row has; may be more than CSV_CELLS_MAX */
    uint32_t line;                   /* where the row begins, from 1 */
    bool bad_quotes;                 /* a quote inside a bare cell, or text behind a closing one */
    bool at_end; /* the text ended without a line end: perhaps it was cut short */
};

enum csv_state {
    CSV_MORE,       /* there may be another row */
    CSV_DONE,       /* the text is used up */
    CSV_OPEN_QUOTE, /* a quote is never closed: everything behind it is lost */
    CSV_NOMEM       /* the arena ended */
};

struct csv_reader {
    const char *p, *end;
    uint32_t line; /* of p */
    enum csv_state state;
    uint32_t open_line;  /* CSV_OPEN_QUOTE: the line of the row with the quote */
    struct arena *arena; /* for cells with doubled quotes; not owned */
};

void csv_reader_init(struct csv_reader *r, struct str text, struct arena *arena);

/* The next row that is not a blank line; false at the end or in trouble: see `state`. */
bool csv_next(struct csv_reader *r, struct csv_row *row);

/* `text` without a UTF-8 byte order mark at its beginning. */
struct str csv_skip_bom(struct str text);

struct csv_survey {
    size_t line_ends;  /* LF bytes: rows are at most one more */
    size_t bad_at;     /* offset of the first byte that is not UTF-8; text.n when all is well */
    uint32_t bad_line; /* its line, from 1 */
};
/* One fast pass over the whole text. A NUL byte counts as not UTF-8. */
struct csv_survey csv_survey(struct str text);

/* Append a cell, quoted only where it must be. */
void csv_add_cell(struct buf *out, struct str cell);

#endif
