/* Reading by mapping, writing by replacing.
 *
 * Structure: file_map; file_new: a temporary file `.NAME.new` in the folder of NAME, held under a
 * lock from opening to renaming.
 *
 * Invariants: the name `path` is at any moment the old file or the whole new one; two writers of
 * one path never share a temporary file (the second is refused by the lock); what a killed process
 * left behind holds no lock and is emptied by the next writer. A path that is not a regular file (a
 * device, a pipe) is never replaced but written to directly. A file somebody shortens while it is
 * mapped ends the process; inputs are not to be edited in place during a run. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM_BUFFER_BYTES ((size_t)1 << 18)
#define OPEN_ATTEMPTS_MAX 100

/* ---- reading ---- */

enum err file_map(const char *path, struct file_map *ret)
{
    struct file_map m = {0};
    struct stat st;
    enum err e = ERR_IO;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        m.length = (size_t)st.st_size;
        if (m.length > 0) m.base = mmap(NULL, m.length, PROT_READ, MAP_PRIVATE, fd, 0);
        if (m.base != MAP_FAILED) e = ERR_OK;
    }
    close(fd);
    if (e != ERR_OK) return e;
    if (m.length > 0) posix_madvise(m.base, m.length, POSIX_MADV_SEQUENTIAL);
    m.bytes = (struct str){m.base, m.length};
    *ret = m;
    return ERR_OK;
}

void file_unmap(struct file_map *m)
{
    if (m->base) munmap(m->base, m->length);
    *m = (struct file_map){0};
}

#define PAGE ((size_t)4096) /* where pages are larger, hints that miss them do nothing */

void file_map_want(const struct file_map *m, size_t at, size_t bytes)
{
    size_t from = at / PAGE * PAGE;

    INVARIANT(at <= m->length && bytes <= m->length - at);
    if (bytes > 0) (void)madvise((char *)m->base + from, at + bytes - from, MADV_WILLNEED);
}

/* Pages that hold other bytes too stay. */
void file_map_drop(const struct file_map *m, size_t at, size_t bytes)
{
    size_t from = (at + PAGE - 1) / PAGE * PAGE, to = (at + bytes) / PAGE * PAGE;

    INVARIANT(at <= m->length && bytes <= m->length - at);
    if (to > from) (void)madvise((char *)m->base + from, to - from, MADV_DONTNEED);
}

/* ---- writing ---- */

/* dir/NAME -> dir/.NAME.new; NULL when there is no memory or no name. */
static char *temp_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *temp = NULL;

    if (*name == '\0') return NULL;
    if (asprintf(&temp, "%.*s.%s.new", (int)(name - path), path, name) < 0) return NULL;
    return temp;
}

/* Is `fd` still the file called `name`? Another writer may have renamed or removed it. */
static bool is_named(int fd, const char *name)
{
    struct stat here, there;

    return fstat(fd, &here) == 0 && lstat(name, &there) == 0 && here.st_ino == there.st_ino &&
           here.st_dev == there.st_dev;
}

/* An empty file called `temp` under our lock, or -1; then *busy says whether another has it. */
static int temp_open(const char *temp, bool *busy)
{
    for (int i = 0; i < OPEN_ATTEMPTS_MAX; i++) {
        int fd = open(temp, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        bool is_mine;

        if (fd < 0) return -1;
        is_mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (is_mine && is_named(fd, temp) && ftruncate(fd, 0) == 0) return fd;
        close(fd);
        *busy = !is_mine;
        if (!is_mine) return -1;
    }
    return -1;
}

/* Where `path` leads: links resolved, so that the file changes and not the link; owned. */
static char *final_name(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : strdup(path);
}

static void names_free(struct file_new *f)
{
    free(f->path);
    free(f->temp);
    *f = (struct file_new){0};
}

/* Open the stream on `fd`, which it owns from then on. */
static bool stream_open(struct file_new *f, int fd)
{
    if (fd < 0) return false;
    f->stream = fdopen(fd, "w");
    if (!f->stream) {
        close(fd);
        return false;
    }
    setvbuf(f->stream, NULL, _IOFBF, STREAM_BUFFER_BYTES);
    return true;
}

enum err file_new_open(const char *path, struct file_new *ret)
{
    struct file_new f = {.path = final_name(path)};
    struct stat st;
    bool exists = stat(path, &st) == 0, busy = false;
    int fd = -1;

    if (!f.path) return ERR_NOMEM;
    if (exists && !S_ISREG(st.st_mode)) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        f.temp = temp_name(f.path);
        if (f.temp) fd = temp_open(f.temp, &busy);
        if (fd >= 0 && exists && fchmod(fd, st.st_mode & 0777) != 0) {
            close(fd);
            fd = -1;
        }
    }
    if (!stream_open(&f, fd)) {
        names_free(&f);
        return busy ? ERR_BUSY : ERR_IO;
    }
    *ret = f;
    return ERR_OK;
}

/* Make the new name itself last through a power cut. */
static void folder_sync(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        fsync(fd); /* some file systems refuse this; the content is safe already */
        close(fd);
    }
    free(folder);
}

static bool flushed(FILE *stream)
{
    return fflush(stream) == 0 && !ferror(stream);
}

enum err file_new_commit(struct file_new *f)
{
    bool ok;

    INVARIANT(f->stream);
    ok = flushed(f->stream);
    if (f->temp) {
        /* Renamed before closing: the lock ends with the descriptor. */
        ok = ok && fsync(fileno(f->stream)) == 0 && rename(f->temp, f->path) == 0;
        if (!ok) {
            file_new_abandon(f);
            return ERR_IO;
        }
        folder_sync(f->path);
    }
    if (fclose(f->stream) != 0) ok = false;
    names_free(f);
    return ok ? ERR_OK : ERR_IO;
}

void file_new_abandon(struct file_new *f)
{
    if (!f->stream) return;
    if (f->temp) unlink(f->temp);
    fclose(f->stream); /* the result no longer matters */
    names_free(f);
}
