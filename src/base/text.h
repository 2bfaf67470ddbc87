/* Text is pointer + length; NUL only at the edge to the operating system and libraries.
 * All text is UTF-8 that has passed text_utf8_check. */
#ifndef JIFEN_BASE_TEXT_H
#define JIFEN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct str {
    const char *p; /* not owned; may be NULL when n == 0 */
    size_t n;      /* bytes */
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

struct str str_from_c(const char *c); /* NULL gives the empty text */
bool str_eq(struct str a, struct str b);
int str_cmp(struct str a, struct str b); /* bytewise, shorter first: <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
struct str str_trim(struct str s);                  /* without ASCII blanks at both ends */
struct str str_copy(struct arena *a, struct str s); /* NUL-terminated copy; {NULL,0} = no memory */

/* Decode the character at s[at]. Returns its bytes (1..4) and sets *ret_cp; 0 when the bytes there
 * are not valid UTF-8 (overlong forms, surrogates and values over U+10FFFF are not valid). */
size_t text_utf8_decode(struct str s, size_t at, uint32_t *ret_cp);

/* Write `cp` as UTF-8 to out[0..4); returns the bytes written, 0 for no scalar value. */
size_t text_utf8_encode(uint32_t cp, char out[4]);

/* Offset of the first byte that is not valid UTF-8; s.n when all is well. */
size_t text_utf8_check(struct str s);

/* Columns a terminal uses for `s`: 2 for CJK and full-width characters, else 1. */
size_t text_width(struct str s);

/* Edit distance in characters, for "did you mean"; stops counting at `limit`. */
size_t text_distance(struct str a, struct str b, size_t limit);

/* A growing byte buffer. The first failure is kept: later calls do nothing, `buf_str` is then what
 * was written before it, and buf_err says ERR_NOMEM. Memory is malloc'd and belongs to the buffer.
 */
struct buf {
    char *p;       /* owned */
    size_t n, cap; /* bytes used, bytes held */
    size_t limit;  /* most bytes; 0 = no limit */
    bool failed;
};

void buf_init(struct buf *b, size_t limit_bytes);
void buf_done(struct buf *b);
void buf_add(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *c);
void buf_add_char(struct buf *b, char c);
void buf_add_int(struct buf *b, int64_t v);
void buf_add_html(struct buf *b, struct str s); /* & < > " ' escaped */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str buf_str(const struct buf *b);
NODISCARD enum err buf_err(const struct buf *b);

#endif
