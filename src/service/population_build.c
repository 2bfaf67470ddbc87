/* Register files -> a population image.
 *
 * Structure: the plan looks once through every file for the order of its persons and where each
 * part begins; then one part after the other is read as if it were a data directory of its own and
 * becomes a segment. Files that cannot be read in parts are read at once.
 *
 *   person.csv   A … | F … | K …       boundaries: every segment_persons-th person
 *   permit.csv   A B | F F H |         the same boundaries: a part has all rows of its persons
 *
 * Invariants: the image does not depend on how the files were read; refused rows are collected from
 * all parts and ordered before anybody sees them. */
#define XXH_INLINE_ALL
#include "service/population_build.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/file.h"
#include "service/csv.h"
#include "service/population_build_internal.h"

/* --- results ---------------------------------------------------------------------------------- */

void build_result_done(struct build_result *r)
{
    data_close(r->stopped);
    data_close(r->remarks);
    free(r->errors);
    *r = (struct build_result){.reg = -1};
}

static enum err keep_errors(struct build_result *r, const struct data_set *d)
{
    size_t n;
    const struct row_error *errors = data_errors(d, &n);
    if (n > r->error_cap - r->error_count) {
        size_t cap = (r->error_count + n) * 2;
        struct row_error *grown = realloc(r->errors, cap * sizeof *grown);
        if (grown == NULL) return ERR_NOMEM;
        r->errors = grown;
        r->error_cap = cap;
    }
    if (n > 0) memcpy(r->errors + r->error_count, errors, n * sizeof *errors);
    r->error_count += n;
    return ERR_OK;
}

enum err build_result_take(struct build_result *r, struct data_set *d, enum err e)
{
    if (d == NULL) return e == ERR_OK ? ERR_NOMEM : e;
    if (e == ERR_OK) e = keep_errors(r, d);
    if (e != ERR_OK) {
        data_close(r->stopped);
        r->stopped = d;
        return e;
    }
    size_t remarks;
    data_remarks(d, &remarks);
    r->rows += data_rows(d);
    r->bytes += data_bytes(d);
    if (remarks > 0 && r->remarks == NULL)
        r->remarks = d;
    else
        data_close(d);
    return ERR_OK;
}

/* --- the digest of what was read -------------------------------------------------------------- */

static enum err file_digest_add(struct buf *out, const struct rules *r, const char *dir, uint32_t k)
{
    struct file_map map;
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%.*s.csv%c", dir, STR_ARG(r->regs[k].name.ascii), '\0');
    enum err e = buf_err(&path);
    if (e == ERR_OK) e = file_map(path.p, &map);
    buf_done(&path);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    if (e != ERR_OK) return e;
    buf_add(out, r->regs[k].name.ascii);
    buf_printf(out, " %zu %016llx\n", map.bytes.n,
               (unsigned long long)XXH3_64bits(map.bytes.p, map.bytes.n));
    file_unmap(&map);
    return ERR_OK;
}

enum err build_files_digest(const struct rules *r, const char *dir, const struct hash *before,
                            struct hash *ret)
{
    struct buf text;
    enum err e = ERR_OK;
    buf_init(&text, 0);
    if (before != NULL) hash_add_text(&text, before);
    for (uint32_t k = 0; e == ERR_OK && k < r->reg_count; k++)
        e = file_digest_add(&text, r, dir, k);
    if (e == ERR_OK) e = buf_err(&text);
    if (e == ERR_OK) e = hash_sm3(buf_str(&text), ret);
    buf_done(&text);
    return e;
}

/* --- the plan: where the parts of each file begin --------------------------------------------- */

struct place {
    size_t at;
    uint32_t line;
};

struct cut_file {
    struct file_map map;
    bool present;
    struct place *begins; /* per part, and the end */
};

struct bound {
    struct str id;   /* of the first person of a part */
    struct place at; /* in person.csv */
};

struct cutting {
    struct arena a;
    const struct rules *r;
    const struct build_options *o;
    struct cut_file *files; /* per register */
    struct bound *bounds;   /* per part */
    uint32_t parts, bound_cap;
    uint64_t bytes_total, bytes_done, rows_done;
};

/* The look through a file is one of PLAN_SHARE parts of the work on it. */
#define PLAN_SHARE 4u

static void plan_tell(const struct cutting *x, uint64_t rows, uint64_t bytes)
{
    if (x->o->data.progress == NULL) return;
    x->o->data.progress(x->o->data.progress_ctx, rows, bytes, x->bytes_total * PLAN_SHARE);
}

static enum err plan_open(struct cutting *x)
{
    x->files = ARENA_ARRAY(&x->a, struct cut_file, x->r->reg_count);
    if (x->files == NULL) return ERR_NOMEM;
    for (uint32_t k = 0; k < x->r->reg_count; k++) {
        struct buf path;
        buf_init(&path, 0);
        buf_printf(&path, "%s/%.*s.csv%c", x->o->data.dir, STR_ARG(x->r->regs[k].name.ascii), '\0');
        enum err e = buf_err(&path);
        if (e == ERR_OK) e = file_map(path.p, &x->files[k].map);
        buf_done(&path);
        x->files[k].present = e == ERR_OK;
        x->bytes_total += x->files[k].map.bytes.n;
        if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    }
    return ERR_OK;
}

static void plan_done(struct cutting *x)
{
    for (uint32_t k = 0; x->files != NULL && k < x->r->reg_count; k++)
        file_unmap(&x->files[k].map);
    arena_done(&x->a);
}

/* Reads the header; the cell of the person's number, -1: not a file that can be cut. */
static int32_t id_column(struct csv_reader *reader, struct csv_row *row, struct str text)
{
    if (!csv_next(reader, row)) return -1;
    struct str head = {text.p, (size_t)(reader->p - text.p)};
    if (csv_survey(head).bad_at < head.n) return -1;
    for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX; i++)
        if (str_eq(str_trim(row->cells[i]), STR("person_id"))) return (int32_t)i;
    return -1;
}

static enum err bound_add(struct cutting *x, struct str id, struct place at)
{
    if (x->parts == x->bound_cap) {
        uint32_t cap = x->bound_cap == 0 ? 64 : x->bound_cap * 2;
        struct bound *grown = arena_grow(&x->a, x->bounds, x->parts, cap, sizeof *grown);
        if (grown == NULL) return ERR_NOMEM;
        x->bounds = grown;
        x->bound_cap = cap;
    }
    x->bounds[x->parts++] = (struct bound){id, at};
    return ERR_OK;
}

struct walk {
    struct cutting *x;
    uint32_t reg, persons, part;
    struct str last;
    struct place *begins; /* NULL in the person register, which makes the bounds */
    struct place end;
};

/* A row whose person is `id`, not before that of the row before, begins at `here`. */
static enum err walk_row(struct walk *w, struct str id, struct place here)
{
    struct cutting *x = w->x;
    const uint32_t most = build_segment_persons(x->o->segment_persons);
    const bool other = !str_eq(w->last, id);
    w->last = id;
    if (w->begins == NULL)
        return other && w->persons++ % most == 0 ? bound_add(x, id, here) : ERR_OK;
    for (; w->part + 1 < x->parts && str_cmp(x->bounds[w->part + 1].id, id) <= 0; w->part++)
        w->begins[w->part + 1] = here;
    return ERR_OK;
}

/* One look through a file. *ret_fine false: it cannot be read in parts. */
static enum err walk_file(struct walk *w, bool *ret_fine)
{
    struct cutting *x = w->x;
    struct str text = csv_skip_bom(x->files[w->reg].map.bytes);
    struct csv_reader reader;
    struct csv_row row;
    struct arena a;
    enum err e = ERR_OK;
    arena_init(&a, 0);
    csv_reader_init(&reader, text, &a);
    int32_t cell = id_column(&reader, &row, text);
    bool fine = cell >= 0;
    const char *base = x->files[w->reg].map.bytes.p, *told = reader.p;
    struct place here = {(size_t)(reader.p - base), reader.line};
    if (w->begins != NULL) w->begins[0] = here;
    while (e == ERR_OK && fine && csv_next(&reader, &row)) {
        struct str id = (size_t)cell < row.count ? row.cells[cell] : STR("");
        fine = id.n > 0 && str_cmp(w->last, id) <= 0;
        if (fine) e = walk_row(w, id, here);
        here = (struct place){(size_t)(reader.p - base), reader.line};
        x->rows_done++;
        if (reader.p - told < 1 << 22) continue;
        x->bytes_done += (uint64_t)(reader.p - told);
        file_map_drop(&x->files[w->reg].map, (size_t)(told - base), (size_t)(reader.p - told));
        told = reader.p;
        plan_tell(x, x->rows_done, x->bytes_done);
    }
    x->bytes_done += (uint64_t)(reader.p - told);
    *ret_fine = fine && reader.state == CSV_DONE;
    for (uint32_t k = w->part + 1; w->begins != NULL && k <= x->parts; k++)
        w->begins[k] = here;
    w->end = here;
    arena_done(&a);
    return e;
}

static enum err plan_persons(struct cutting *x, bool *ret_fine)
{
    struct walk w = {.x = x};
    enum err e = walk_file(&w, ret_fine);
    if (e != ERR_OK || !*ret_fine) return e;
    struct place *begins = ARENA_ARRAY(&x->a, struct place, x->parts + (size_t)1);
    if (begins == NULL) return ERR_NOMEM;
    for (uint32_t k = 0; k < x->parts; k++)
        begins[k] = x->bounds[k].at;
    begins[x->parts] = w.end;
    x->files[0].begins = begins;
    return ERR_OK;
}

/* The bounds out of person.csv, then the places in every other file. Ids are slices of the mapping
 * but where a cell has quotes: such a person.csv is not cut. */
static enum err plan_make(struct cutting *x, bool *ret_fine)
{
    struct str persons = x->files[0].map.bytes;
    *ret_fine = persons.n > 0 && memchr(persons.p, '"', persons.n) == NULL;
    enum err e = *ret_fine ? plan_persons(x, ret_fine) : ERR_OK;
    if (x->parts < 2) *ret_fine = false; /* one part is the whole */
    for (uint32_t k = 1; e == ERR_OK && *ret_fine && k < x->r->reg_count; k++) {
        if (!x->files[k].present) continue;
        struct walk w = {.x = x, .reg = k};
        w.begins = x->files[k].begins = ARENA_ARRAY(&x->a, struct place, x->parts + (size_t)1);
        e = w.begins == NULL ? ERR_NOMEM : walk_file(&w, ret_fine);
    }
    return e;
}

/* --- part by part ----------------------------------------------------------------------------- */

static void part_slices(const struct cutting *x, uint32_t k, struct data_slice *slices)
{
    for (uint32_t i = 0; i < x->r->reg_count; i++) {
        const struct cut_file *f = &x->files[i];
        slices[i] = (struct data_slice){.line = 1};
        if (f->begins == NULL) continue;
        struct place from = f->begins[k], to = f->begins[k + 1];
        slices[i] = (struct data_slice){
            .text = {f->map.bytes.p + from.at, to.at - from.at}, .at = from.at, .line = from.line};
    }
}

/* The bytes of a part have been read; those of the next will be. */
static void part_drop(const struct cutting *x, uint32_t k)
{
    for (uint32_t i = 0; i < x->r->reg_count; i++) {
        const struct cut_file *f = &x->files[i];
        if (f->begins == NULL) continue;
        file_map_drop(&f->map, f->begins[k].at, f->begins[k + 1].at - f->begins[k].at);
        if (k + 1 == x->parts) continue;
        file_map_want(&f->map, f->begins[k + 1].at, f->begins[k + 2].at - f->begins[k + 1].at);
    }
}

static void show_part(void *ctx, uint64_t rows, uint64_t bytes, uint64_t total)
{
    struct cutting *x = ctx;
    (void)total;
    plan_tell(x, x->rows_done + rows, x->bytes_done + (PLAN_SHARE - 1) * bytes);
}

static enum err build_part(struct image_writer *w, struct cutting *x, uint32_t k,
                           struct data_slice *slices, struct build_result *ret)
{
    struct data_options o = x->o->data;
    struct data_set *d = NULL;
    part_slices(x, k, slices);
    o.slices = slices;
    o.keep_lines = false;
    if (x->o->data.progress != NULL) {
        o.progress = show_part;
        o.progress_ctx = x;
    }
    enum err e = data_read(x->r, &o, &d);
    if (e == ERR_OK) {
        size_t strangers;
        const struct str *ids = data_strangers(d, &strangers);
        const struct image_run run = {data_population(d), 0, data_population(d)->count};
        x->bytes_done += (PLAN_SHARE - 1) * data_bytes(d);
        x->rows_done += data_rows(d);
        e = image_writer_segment(w, &run, 1, ids, (uint32_t)strangers);
    }
    e = build_result_take(ret, d, e);
    part_drop(x, k);
    return e;
}

static enum err build_in_parts(struct image_writer *w, struct cutting *x, struct build_result *ret)
{
    struct data_slice *slices = ARENA_ARRAY(&x->a, struct data_slice, x->r->reg_count);
    enum err e = slices == NULL ? ERR_NOMEM : ERR_OK;
    ret->in_parts = true;
    x->rows_done = 0;
    for (uint32_t k = 0; e == ERR_OK && k < x->parts; k++)
        e = build_part(w, x, k, slices, ret);
    if (ret->error_count > 1)
        qsort(ret->errors, ret->error_count, sizeof *ret->errors, row_error_cmp);
    return e;
}

/* --- at once ---------------------------------------------------------------------------------- */

enum err build_segments(struct image_writer *w, const struct population *p,
                        const struct str *strangers, size_t stranger_count,
                        uint32_t segment_persons)
{
    const uint32_t most = build_segment_persons(segment_persons);
    enum err e = ERR_OK;
    size_t done = 0;
    for (uint32_t first = 0; e == ERR_OK && (first < p->count || done < stranger_count);) {
        const struct image_run run = {p, first, p->count - first < most ? p->count - first : most};
        size_t from = done;
        first += run.count;
        while (done < stranger_count &&
               (first == p->count || str_cmp(strangers[done], p->ids[first]) < 0))
            done++;
        e = image_writer_segment(w, &run, 1, strangers + from, (uint32_t)(done - from));
    }
    return e;
}

static enum err build_at_once(struct image_writer *w, const struct rules *r,
                              const struct build_options *o, struct build_result *ret)
{
    struct data_options data = o->data;
    struct data_set *d = NULL;
    data.keep_lines = false;
    enum err e = data_read(r, &data, &d);
    if (e == ERR_OK) {
        size_t strangers;
        const struct str *ids = data_strangers(d, &strangers);
        e = build_segments(w, data_population(d), ids, strangers, o->segment_persons);
    }
    return build_result_take(ret, d, e);
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum err build_into(struct image_writer *w, const struct rules *r,
                           const struct build_options *o, struct build_result *ret)
{
    struct cutting x = {.r = r, .o = o};
    bool in_parts = !o->at_once && o->data.encoding == CSV_UTF8;
    arena_init(&x.a, 0);
    enum err e = in_parts ? plan_open(&x) : ERR_OK;
    if (e == ERR_IO) { /* reading at once says which file */
        in_parts = false;
        e = ERR_OK;
    }
    if (e == ERR_OK && in_parts) e = plan_make(&x, &in_parts);
    if (e == ERR_OK && in_parts) e = build_in_parts(w, &x, ret);
    plan_done(&x);
    return e == ERR_OK && !in_parts ? build_at_once(w, r, o, ret) : e;
}

enum err population_build_files(const char *path, const struct rules *r,
                                const struct build_options *o, struct build_result *ret)
{
    struct image_writer *w = NULL;
    struct image_source source = {.origin = IMAGE_FROM_FILES, .on = o->data.on};
    *ret = (struct build_result){.reg = -1};
    enum err e = image_writer_open(path, r, &w);
    if (e == ERR_OK) e = build_into(w, r, o, ret);
    if (e == ERR_OK) e = build_files_digest(r, o->data.dir, NULL, &source.digest);
    source.refused_rows = ret->error_count;
    if (e == ERR_OK) return image_writer_commit(w, &source);
    image_writer_abandon(w);
    return e;
}
