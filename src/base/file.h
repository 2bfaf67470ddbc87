/* Whole files in, whole files out. The only place of `base` that touches the operating system. */
#ifndef JIFEN_BASE_FILE_H
#define JIFEN_BASE_FILE_H

#include <stdio.h>

#include "base/text.h"

struct file_map {
    struct str bytes; /* read-only; valid until file_unmap */
    void *base;
    size_t length;
};

/* Map a regular file for reading. ERR_NOT_FOUND, ERR_IO. An empty file gives n == 0. */
NODISCARD enum err file_map(const char *path, struct file_map *ret);
void file_unmap(struct file_map *m);
/* Hints about a part of the mapping, in bytes: it will be wanted soon (read ahead), or not for a
 * while (its memory may go; the bytes are still there and are read again when looked at). */
void file_map_want(const struct file_map *m, size_t at, size_t bytes);
void file_map_drop(const struct file_map *m, size_t at, size_t bytes);

/* A file that appears whole or not at all: written beside its final name, flushed to disk, renamed.
 * A killed process leaves at most a hidden temporary file, which the next file_new_open takes over.
 * A second writer of the same path is refused (ERR_BUSY) while the first is at work. A path that is
 * a device or a pipe is written to directly; a symbolic link is followed. */
struct file_new {
    FILE *stream;      /* write here */
    char *path, *temp; /* owned; temp NULL = written directly */
};
NODISCARD enum err file_new_open(const char *path, struct file_new *ret);
/* ERR_IO (full disk): the old file is untouched. f is closed either way. */
NODISCARD enum err file_new_commit(struct file_new *f);
void file_new_abandon(struct file_new *f); /* accepts an already closed one */

#endif
