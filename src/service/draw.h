/* Drawing in text: padded columns, counts with separators, bars of eighths. */
#ifndef JIFEN_SERVICE_DRAW_H
#define JIFEN_SERVICE_DRAW_H

#include "base/text.h"

void draw_spaces(struct buf *out, size_t n);
void draw_count(struct buf *out, uint64_t n); /* digits in groups of three */
void draw_count_right(struct buf *out, uint64_t n, size_t width);
void draw_right(struct buf *out, struct str text, size_t width);
/* `text` at the left, padded to `width` columns of a terminal. */
void draw_padded(struct buf *out, struct str text, size_t width);
/* n of most, `columns` wide; something to see for every n > 0. */
void draw_bar(struct buf *out, uint64_t n, uint64_t most, size_t columns);

#endif
