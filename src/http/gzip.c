/* A deflate stream that is reset for each text: making one costs a quarter megabyte of zeroes. */
#include "http/gzip.h"

#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window, with the head and tail of gzip */

struct gzip {
    z_stream stream;
};

enum err gzip_new(int level, struct gzip **ret)
{
    struct gzip *g = calloc(1, sizeof *g);

    if (!g) return ERR_NOMEM;
    if (deflateInit2(&g->stream, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return ERR_NOMEM;
    }
    *ret = g;
    return ERR_OK;
}

void gzip_free(struct gzip *g)
{
    if (!g) return;
    deflateEnd(&g->stream);
    free(g);
}

enum err gzip_add(struct gzip *g, struct str text, struct buf *out)
{
    unsigned char chunk[16384];
    int done = Z_OK;

    if (text.n > UINT32_MAX || deflateReset(&g->stream) != Z_OK) return ERR_NOMEM;
    g->stream.next_in = (z_const Bytef *)(uintptr_t)text.p;
    g->stream.avail_in = (uInt)text.n;
    while (done == Z_OK) {
        g->stream.next_out = chunk;
        g->stream.avail_out = sizeof chunk;
        done = deflate(&g->stream, Z_FINISH);
        buf_add(out, (struct str){(const char *)chunk, sizeof chunk - g->stream.avail_out});
    }
    return done == Z_STREAM_END ? buf_err(out) : ERR_NOMEM;
}
