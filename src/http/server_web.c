/* The files of web_dir, read at start into memory: plain and gzipped, with strong entity tags.
 *
 * Every file has three or four ready-made answers (plain, gzip, and 304 for either) that all
 * connections share. Names with a digest in them (assets/NAME-DIGEST.EXT, as bundlers write them)
 * are immutable; everything else is asked about again each time. A file NAME.gz beside NAME is
 * taken as its gzip form.
 *
 * Invariants: what is served was read from a regular file under web_dir whose path holds no name
 * that begins with '.'; symbolic links are not followed; no path of a request ever reaches the file
 * system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/server_internal.h"

struct form {
    struct MHD_Response *full, *unchanged; /* NULL = this form does not exist */
    struct str etag, bytes;
};

struct web_file {
    struct str path; /* "/assets/index-1a2b3c4d.js" */
    struct str bytes;
    struct form plain, gzip;
};

struct web {
    _Atomic uint32_t refs; /* the server's, and one for each exchange that sends a file */
    struct arena arena;
    struct web_file *files; /* by path */
    uint32_t count;
    bool is_tls;
};

/* ---- what a name says ---- */

static const struct {
    const char *suffix, *type;
    bool is_packed; /* worth compressing */
} TYPES[] = {
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json; charset=utf-8", true},
    {".webmanifest", "application/manifest+json; charset=utf-8", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".map", "application/json; charset=utf-8", true},
    {".ico", "image/x-icon", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".woff2", "font/woff2", false},
    {".wasm", "application/wasm", true},
};

static bool ends_with(struct str s, struct str suffix)
{
    return s.n > suffix.n && str_eq((struct str){s.p + s.n - suffix.n, suffix.n}, suffix);
}

static const char *type_of(struct str path, bool *ret_is_packed)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (!ends_with(path, str_from_c(TYPES[i].suffix))) continue;
        *ret_is_packed = TYPES[i].is_packed;
        return TYPES[i].type;
    }
    *ret_is_packed = false;
    return "application/octet-stream";
}

/* [FOLDER/]assets/NAME-DIGEST.EXT with a digest of at least eight characters. */
static bool is_immutable(struct str path)
{
    size_t dot = path.n, dash;

    if (!memmem(path.p, path.n, "/assets/", 8)) return false;
    while (dot > 0 && path.p[dot - 1] != '.')
        dot--;
    dash = dot;
    while (dash > 0 && path.p[dash - 1] != '-' && path.p[dash - 1] != '/')
        dash--;
    return dash > 0 && path.p[dash - 1] == '-' && dot > dash + 8;
}

/* ---- answers ---- */

static void add_headers(struct MHD_Response *r, const struct web *w, const struct web_file *f,
                        struct str etag)
{
    bool is_page = ends_with(f->path, STR(".html"));

    MHD_add_response_header(r, "ETag", etag.p);
    MHD_add_response_header(r, "Vary", "Accept-Encoding");
    MHD_add_response_header(r, "Cache-Control",
                            is_immutable(f->path) ? "public, max-age=31536000, immutable"
                                                  : "no-cache");
    MHD_add_response_header(r, "Content-Security-Policy", answer_policy(is_page));
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    if (w->is_tls)
        MHD_add_response_header(r, "Strict-Transport-Security",
                                "max-age=31536000; includeSubDomains");
}

static enum err form_make(struct web *w, const struct web_file *f, struct str bytes, bool is_gzip,
                          struct form *ret)
{
    bool is_packed;
    const char *type = type_of(f->path, &is_packed);
    struct form form = {.bytes = bytes};
    struct hash h;
    struct buf b;
    enum err e = hash_sm3(f->bytes, &h);

    if (e != ERR_OK) return e;
    buf_init(&b, 0);
    buf_add_char(&b, '"');
    hash_add_text(&b, &h);
    b.n = b.n > 33 ? 33 : b.n; /* half of the digest tells files apart */
    buf_add_c(&b, is_gzip ? "-gzip\"" : "\"");
    form.etag = str_copy(&w->arena, buf_str(&b));
    buf_done(&b);
    form.full = MHD_create_response_from_buffer(bytes.n, (void *)(uintptr_t)bytes.p,
                                                MHD_RESPMEM_PERSISTENT);
    form.unchanged = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    *ret = form; /* web_unref gives back whatever was made */
    if (!form.full || !form.unchanged || !form.etag.p) return ERR_NOMEM;
    add_headers(form.full, w, f, form.etag);
    add_headers(form.unchanged, w, f, form.etag);
    MHD_add_response_header(form.full, "Content-Type", type);
    if (is_gzip) MHD_add_response_header(form.full, "Content-Encoding", "gzip");
    return ERR_OK;
}

static void form_free(struct form *f)
{
    if (f->full) MHD_destroy_response(f->full);
    if (f->unchanged) MHD_destroy_response(f->unchanged);
}

void web_unref(struct web *w)
{
    if (!w || atomic_fetch_sub(&w->refs, 1) != 1) return;
    for (uint32_t i = 0; i < w->count; i++) {
        form_free(&w->files[i].plain);
        form_free(&w->files[i].gzip);
    }
    arena_done(&w->arena);
    free(w);
}

/* ---- reading ---- */

/* One regular file that is open as `fd`. */
static enum err file_read(struct web *w, int fd, size_t size, struct str *ret)
{
    char *p = ARENA_ARRAY(&w->arena, char, size + 1);
    size_t n = 0;

    if (!p) return ERR_NOMEM;
    while (n < size) {
        ssize_t got = read(fd, p + n, size - n);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ERR_IO; /* it changed while it was read */
        n += (size_t)got;
    }
    *ret = (struct str){p, n};
    return ERR_OK;
}

static enum err read_dir(struct web *w, int fd, struct str prefix, int depth);

static enum err read_entry(struct web *w, int dir, const char *name, struct str prefix, int depth)
{
    struct buf path;
    struct stat st;
    enum err e = ERR_OK;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) return errno == ELOOP ? ERR_OK : ERR_IO;
    buf_init(&path, TARGET_BYTES_MAX);
    buf_printf(&path, "%.*s/%s", STR_ARG(prefix), name);
    if (fstat(fd, &st) != 0) {
        e = ERR_IO;
    } else if (S_ISDIR(st.st_mode)) {
        e = depth > 0 ? read_dir(w, fd, buf_str(&path), depth - 1) : ERR_RANGE;
        fd = -1; /* read_dir has closed it */
    } else if (S_ISREG(st.st_mode)) {
        if (w->count == WEB_FILES_MAX) {
            e = ERR_RANGE;
        } else {
            struct web_file *f = &w->files[w->count];

            f->path = str_copy(&w->arena, buf_str(&path));
            e = f->path.p ? file_read(w, fd, (size_t)st.st_size, &f->bytes) : ERR_NOMEM;
            if (e == ERR_OK) w->count++;
        }
    }
    if (fd >= 0) close(fd);
    buf_done(&path);
    return e;
}

static enum err read_dir(struct web *w, int fd, struct str prefix, int depth)
{
    DIR *d = fdopendir(fd);
    enum err e = ERR_OK;

    if (!d) {
        close(fd);
        return ERR_IO;
    }
    for (struct dirent *entry; e == ERR_OK && (entry = readdir(d)) != NULL;) {
        if (entry->d_name[0] != '.') e = read_entry(w, dirfd(d), entry->d_name, prefix, depth);
    }
    closedir(d);
    return e;
}

static int compare_paths(const void *a, const void *b)
{
    return str_cmp(((const struct web_file *)a)->path, ((const struct web_file *)b)->path);
}

static struct web_file *find(const struct web *w, struct str path)
{
    struct web_file key = {.path = path};

    return w->count > 0 ? bsearch(&key, w->files, w->count, sizeof key, compare_paths) : NULL;
}

/* The gzip form: the file NAME.gz if it is there, else made, if that makes it smaller. */
static enum err gzip_form(struct web *w, struct gzip *g, struct web_file *f)
{
    struct buf b;
    struct web_file *ready;
    struct str packed;
    bool is_packed;
    enum err e = ERR_OK;

    type_of(f->path, &is_packed);
    if (!is_packed || f->bytes.n < 256) return ERR_OK;
    buf_init(&b, WEB_BYTES_MAX);
    buf_printf(&b, "%.*s.gz", STR_ARG(f->path));
    ready = find(w, buf_str(&b));
    if (ready) {
        packed = ready->bytes;
    } else {
        b.n = 0;
        e = gzip_add(g, f->bytes, &b);
        packed = e == ERR_OK ? str_copy(&w->arena, buf_str(&b)) : (struct str){NULL, 0};
        if (e == ERR_OK && !packed.p) e = ERR_NOMEM;
    }
    buf_done(&b);
    if (e == ERR_OK && packed.n < f->bytes.n) e = form_make(w, f, packed, true, &f->gzip);
    return e;
}

static enum err forms_make(struct web *w)
{
    struct gzip *g;
    enum err e = gzip_new(9, &g);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < w->count && e == ERR_OK; i++) {
        struct web_file *f = &w->files[i];

        if (ends_with(f->path, STR(".gz"))) continue;
        e = form_make(w, f, f->bytes, false, &f->plain);
        if (e == ERR_OK) e = gzip_form(w, g, f);
    }
    gzip_free(g);
    return e;
}

enum err web_read(const struct http_server *s, struct buf *message, struct web **ret)
{
    struct web *w = calloc(1, sizeof *w);
    enum err e = ERR_OK;
    int fd;

    if (!w) return ERR_NOMEM;
    atomic_init(&w->refs, 1);
    arena_init(&w->arena, WEB_BYTES_MAX);
    w->is_tls = s->config.tls_cert.n > 0;
    w->files = ARENA_ARRAY(&w->arena, struct web_file, WEB_FILES_MAX);
    fd = w->files ? open(s->config.web_dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (!w->files) e = ERR_NOMEM;
    if (e == ERR_OK && fd < 0) e = ERR_IO;
    if (e == ERR_OK) e = read_dir(w, fd, (struct str){NULL, 0}, 8);
    if (e == ERR_OK) {
        qsort(w->files, w->count, sizeof w->files[0], compare_paths);
        e = forms_make(w);
    }
    if (e != ERR_OK) {
        buf_printf(message, "%s: %s\n", s->config.web_dir.p, err_text(e));
        web_unref(w);
        return e;
    }
    *ret = w;
    return ERR_OK;
}

bool web_answer(struct exchange *x, struct str path)
{
    struct http_server *s = x->s;

    pthread_rwlock_rdlock(&s->web_lock);
    const struct web_file *f = s->web ? find(s->web, path) : NULL;
    if (f && f->plain.full) {
        bool is_gzip = f->gzip.full && parse_accepts_gzip(http_header(&x->q, "accept-encoding"));
        const struct form *form = is_gzip ? &f->gzip : &f->plain;
        bool is_known = parse_etag_matches(http_header(&x->q, "if-none-match"), form->etag);

        x->web = s->web;
        atomic_fetch_add(&x->web->refs, 1);
        x->reply = is_known ? form->unchanged : form->full;
        x->r.status = is_known ? 304 : 200;
        x->sent_bytes = is_known ? 0 : form->bytes.n;
    }
    pthread_rwlock_unlock(&s->web_lock);
    return x->web != NULL;
}
