/* A population image -> register files; and an image as a source of scores.
 *
 * Structure: all files are open at once, and segment after segment goes through them, so that an
 * image larger than the memory can be written out; at the end all are put in place.
 *
 * Invariants: the files say no more and no less than the image; a person with a refused row is a
 * row that is too short, which no reader takes for a person without facts. */
#include "service/population_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "service/cells.h"
#include "service/csv.h"

#define FLUSH_BYTES ((size_t)1 << 18)

struct out_file {
    struct file_new file;
    struct buf buf;
    bool open;
};

struct exporting {
    const struct rules *r;
    const char *dir;
    struct out_file *files; /* per register; not open where it has not answered */
    int32_t refuge;         /* the register that tells of strangers; -1 = none */
    int32_t *ret_reg;
};

/* --- files ------------------------------------------------------------------------------------ */

static enum err file_open(struct exporting *x, uint32_t reg, bool answered)
{
    struct out_file *f = &x->files[reg];
    const struct rule_register *r = &x->r->regs[reg];
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%.*s.csv%c", x->dir, STR_ARG(r->name.ascii), '\0');
    enum err e = buf_err(&path);
    if (e == ERR_OK && !answered && access(path.p, F_OK) == 0) {
        *x->ret_reg = (int32_t)reg; /* it would look as if it had answered */
        e = ERR_EXISTS;
    }
    if (e == ERR_OK && answered) e = file_new_open(path.p, &f->file);
    buf_done(&path);
    if (e != ERR_OK || !answered) return e;
    f->open = true;
    buf_init(&f->buf, 0);
    buf_add_c(&f->buf, "person_id");
    for (uint32_t i = 0; i < r->field_count; i++) {
        buf_add_char(&f->buf, ',');
        buf_add(&f->buf, r->fields[i].name.ascii);
    }
    buf_add_char(&f->buf, '\n');
    return ERR_OK;
}

static enum err file_flush(struct out_file *f, size_t from)
{
    enum err e = buf_err(&f->buf);
    if (e != ERR_OK || f->buf.n < from) return e;
    if (f->buf.n > 0 && fwrite(f->buf.p, 1, f->buf.n, f->file.stream) != f->buf.n) return ERR_IO;
    f->buf.n = 0;
    return ERR_OK;
}

static void files_done(struct exporting *x)
{
    for (uint32_t i = 0; i < x->r->reg_count; i++) {
        if (!x->files[i].open) continue;
        buf_done(&x->files[i].buf);
        file_new_abandon(&x->files[i].file);
    }
    free(x->files);
}

static enum err files_commit(struct exporting *x)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; e == ERR_OK && i < x->r->reg_count; i++)
        if (x->files[i].open) e = file_flush(&x->files[i], 0);
    for (uint32_t i = 0; e == ERR_OK && i < x->r->reg_count; i++)
        if (x->files[i].open) e = file_new_commit(&x->files[i].file);
    return e;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A row with the wrong number of cells: refused by everybody who reads it. */
static void add_refused(struct exporting *x, uint32_t reg, struct str id)
{
    struct buf *b = &x->files[reg].buf;
    csv_add_cell(b, id);
    buf_add_c(b, x->r->regs[reg].field_count > 0 ? "\n" : ",\n");
}

static enum err add_cell(struct buf *b, const struct population *p, const struct rule_field *f,
                         const struct column *c, uint32_t row, bool is_bad)
{
    buf_add_char(b, ',');
    if (!column_known(c, row)) /* an empty cell must say so */
        return f->empty == EMPTY_UNKNOWN || is_bad ? ERR_OK : ERR_RANGE;
    int64_t v = column_get(c, row);
    if (f->type.vt != VT_KEY)
        cell_add_text(b, p->rules, f, v);
    else
        csv_add_cell(b, p->keys[v]);
    return ERR_OK;
}

static enum err add_rows(struct exporting *x, const struct population *p, uint32_t reg,
                         uint32_t person, bool is_bad)
{
    const struct rule_register *r = &x->r->regs[reg];
    struct out_file *f = &x->files[reg];
    uint32_t first, end;
    enum err e = ERR_OK;
    population_rows(p, (int32_t)reg, person, &first, &end);
    for (uint32_t row = first; e == ERR_OK && row < end; row++) {
        csv_add_cell(&f->buf, p->ids[person]);
        for (uint32_t i = 0; e == ERR_OK && i < r->field_count; i++)
            e = add_cell(&f->buf, p, &r->fields[i], &p->regs[reg].cols[i], row, is_bad);
        buf_add_char(&f->buf, '\n');
    }
    return e == ERR_OK ? file_flush(f, FLUSH_BYTES) : e;
}

static enum err add_person(struct exporting *x, const struct population *p, uint32_t person)
{
    bool is_bad = p->bad != NULL && p->bad[person] != 0;
    enum err e = ERR_OK;
    if (is_bad) add_refused(x, 0, p->ids[person]);
    for (uint32_t reg = is_bad ? 1 : 0; e == ERR_OK && reg < x->r->reg_count; reg++)
        if (x->files[reg].open) e = add_rows(x, p, reg, person, is_bad);
    return e;
}

static enum err add_segment(struct exporting *x, const struct image_segment *s)
{
    const struct population *p = &s->people;
    uint32_t told = 0;
    enum err e = ERR_OK;
    if (s->stranger_count > 0 && x->refuge < 0) return ERR_RANGE;
    for (uint32_t reg = 0; reg < x->r->reg_count; reg++) {
        const struct register_data *d = &p->regs[reg];
        if (d->answered_person != NULL || d->answered != x->files[reg].open) return ERR_RANGE;
    }
    for (uint32_t i = 0; e == ERR_OK && i <= p->count; i++) {
        for (; told < s->stranger_count; told++) {
            if (i < p->count && str_cmp(s->strangers[told], p->ids[i]) > 0) break;
            add_refused(x, (uint32_t)x->refuge, s->strangers[told]);
        }
        if (i < p->count) e = add_person(x, p, i);
    }
    return e;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum err open_all(struct exporting *x, const struct population_image *m)
{
    struct image_segment s = {0};
    enum err e = ERR_OK;
    bool any = image_counts(m)->segments > 0;
    if (mkdir(x->dir, 0777) != 0 && errno != EEXIST) return ERR_IO;
    if (any) e = image_segment_open(m, 0, IMAGE_NO_ADVICE, &s);
    for (uint32_t i = 0; e == ERR_OK && i < x->r->reg_count; i++) {
        bool answered = any ? s.people.regs[i].answered : i == 0;
        e = file_open(x, i, answered);
        if (answered && i > 0 && x->refuge < 0) x->refuge = (int32_t)i;
    }
    image_segment_close(&s);
    return e;
}

enum err population_export(const struct population_image *m, const char *dir,
                           void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
                           int32_t *ret_reg)
{
    INVARIANT(image_rules(m) != NULL);
    struct exporting x = {.r = image_rules(m), .dir = dir, .refuge = -1, .ret_reg = ret_reg};
    x.files = calloc(x.r->reg_count, sizeof *x.files);
    if (x.files == NULL) return ERR_NOMEM;
    enum err e = open_all(&x, m);
    for (uint32_t k = 0; e == ERR_OK && k < image_counts(m)->segments; k++) {
        struct image_segment s = {0};
        e = image_segment_open(m, k, IMAGE_WITH_IDS | IMAGE_WITH_KEYS, &s);
        if (e == ERR_OK) e = add_segment(&x, &s);
        if (e == ERR_OK && progress != NULL)
            progress(ctx, s.first + s.people.count, image_counts(m)->persons);
        image_segment_close(&s);
    }
    if (e == ERR_OK) e = files_commit(&x);
    files_done(&x);
    return e;
}

/* --- scores ----------------------------------------------------------------------------------- */

static enum err open_piece(void *ctx, uint32_t k, struct scores_piece *ret)
{
    const struct population_image *m = ctx;
    struct image_segment *s = calloc(1, sizeof *s);
    if (s == NULL) return ERR_NOMEM;
    enum err e = image_segment_open(m, k, IMAGE_WITH_IDS, s);
    if (e != ERR_OK) {
        free(s);
        return e;
    }
    *ret = (struct scores_piece){.people = &s->people,
                                 .strangers = s->strangers,
                                 .stranger_count = s->stranger_count,
                                 .held = s};
    return ERR_OK;
}

static void close_piece(void *ctx, struct scores_piece *piece)
{
    (void)ctx;
    image_segment_close(piece->held);
    free(piece->held);
}

struct scores_source population_scores_source(struct population_image *m)
{
    const struct image_counts *n = image_counts(m);
    return (struct scores_source){.rules = image_rules(m),
                                  .persons = (uint32_t)n->persons,
                                  .pieces = n->segments,
                                  .strangers = n->strangers,
                                  .open = open_piece,
                                  .close = close_piece,
                                  .ctx = m};
}
