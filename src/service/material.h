/* Materials that people hand in: what they are is found from their bytes, never from a name or what
 * a browser says.
 *
 * JPEG, PNG and PDF only. Nothing is decoded: the structure is walked, so that a file is one thing
 * from its first byte to its last, its picture has a size that a reader can bear, and no second
 * file (page, archive, script) hides before, inside the heads of, or behind it. */
#ifndef JIFEN_SERVICE_MATERIAL_H
#define JIFEN_SERVICE_MATERIAL_H

#include "base/message.h"

#define MATERIAL_BYTES (5u << 20)  /* most bytes of one */
#define MATERIAL_TOTAL (15u << 20) /* of all of one claim */
#define MATERIAL_COUNT 6
#define MATERIAL_SIDE 20000       /* most pixels of a side */
#define MATERIAL_PIXELS 100000000 /* most pixels altogether */
#define MATERIAL_NAME 120         /* most bytes of a name */

enum material_verdict {
    MATERIAL_GOOD,
    MATERIAL_EMPTY,
    MATERIAL_TOO_LARGE,
    MATERIAL_TYPE,   /* none of the three */
    MATERIAL_BROKEN, /* begins as one of the three and does not go on as one */
    MATERIAL_PIXELS_TOO_MANY,
    MATERIAL_TWO_IN_ONE, /* something else is in front, inside or behind */
    MATERIAL_ACTIVE,     /* a PDF that wants to run or bring something */
    MATERIAL_VERDICT_COUNT
};
struct material_kind {
    const char *media_type; /* image/jpeg, image/png, application/pdf */
    uint32_t width, height; /* pixels; 0 for PDF */
};
/* *ret is set when MATERIAL_GOOD. */
enum material_verdict material_check(struct str bytes, struct material_kind *ret);
const char *material_verdict_code(enum material_verdict v);
const char *material_verdict_text(enum material_verdict v, enum lang lang);

/* A name as it may be shown and kept: what stands behind the last slash or backslash, without
 * control characters, cut at a character's end. Empty when nothing is left. */
void material_add_name(struct buf *out, struct str name);

#endif
