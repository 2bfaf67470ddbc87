/* One person for a command: out of a data directory, or found in a population image.
 *
 * Structure: a person is read under the rules that score him; an image made for another catalogue
 * gives what its files would give under these rules (population_view.h), for this person alone. */
#include <string.h>

#include "cli/cli.h"
#include "engine/population_view.h"
#include "engine/resident.h"

/* --- out of files --- */

static int refused_rows(const struct cli *c, const struct data_set *d)
{
    size_t rows;
    const struct row_error *errors = data_errors(d, &rows);
    struct buf b;

    if (rows == 0) return 0;
    cli_say(c, CLI_PERSON_REFUSED, NULL, 0);
    buf_init(&b, 0);
    row_error_add_header(&b);
    for (size_t i = 0; i < rows; i++)
        row_error_add_line(&b, data_population(d)->rules, &errors[i]);
    cli_print(c->world.err, &b);
    buf_done(&b);
    return err_exit_code(ERR_ROWS);
}

static int from_files(const struct cli *c, const struct person_request *q, struct cli_person *ret)
{
    const struct data_request all = {
        .rules = q->rules, .dir = q->dir, .day = q->day, .person = q->id};
    const int code = cli_read_data(c, &all, &ret->data);

    if (code != 0) return code;
    ret->people = data_population(ret->data);
    return refused_rows(c, ret->data);
}

/* --- out of an image --- */

int cli_open_image(const struct cli *c, const char *path, const struct rules *r,
                   struct population_image **ret)
{
    struct buf differs;

    buf_init(&differs, 0);
    const enum err e = image_open(path, r, &differs, ret);
    const int code = e == ERR_OK ? 0 : cli_image_failed(c, e, path, buf_str(&differs));
    buf_done(&differs);
    return code;
}

/* What the image does not have counts as not answered: said, register by register. */
static void tell_lacks(const struct cli *c, const char *path, const struct population_view *v)
{
    const struct rules *r = v->people.rules;

    for (uint32_t i = 0; i < v->note_count; i++) {
        const struct view_note *n = &v->notes[i];
        struct buf what;
        buf_init(&what, 0);
        buf_add(&what, r->regs[n->reg].name.ascii);
        if (n->field >= 0)
            buf_printf(&what, ".%.*s", STR_ARG(r->regs[n->reg].fields[n->field].name.ascii));
        const struct str args[] = {str_from_c(path), buf_str(&what)};
        cli_say(c, CLI_IMAGE_LACKS, args, 2);
        buf_done(&what);
    }
}

/* The person of the segment alone, seen through `r`. */
static enum err see_through(struct cli *c, const struct person_request *q, struct cli_person *p)
{
    struct arena *a = &c->arena;
    struct population *one = ARENA_NEW(a, struct population);
    struct population_view *v = ARENA_NEW(a, struct population_view);
    struct resident facts;
    enum err e = one && v ? ERR_OK : ERR_NOMEM;

    if (e == ERR_OK) e = resident_of(a, p->people, p->at, &facts);
    if (e == ERR_OK) e = resident_population(a, &facts, one, NULL);
    if (e != ERR_OK) return e;
    one->ids = &p->people->ids[p->at];
    e = population_view_new(a, one, q->rules, v);
    if (e != ERR_OK) return e;
    tell_lacks(c, q->image, v);
    p->people = &v->people;
    p->at = 0;
    return ERR_OK;
}

/* Under q->rules; where the image is of the other rules' catalogue, under those. */
static int open_under_either(const struct cli *c, const struct person_request *q,
                             struct cli_person *p)
{
    const bool fits = image_open(q->image, q->rules, NULL, &p->image) == ERR_OK;

    if (fits || (q->other != NULL && image_open(q->image, q->other, NULL, &p->image) == ERR_OK))
        return 0;
    return cli_open_image(c, q->image, q->rules, &p->image); /* and say why not */
}

static int person_failed(const struct cli *c, enum err e, const struct person_request *q)
{
    if (e != ERR_NOT_FOUND) return cli_image_failed(c, e, q->image, (struct str){NULL, 0});
    const struct str args[] = {q->id, str_from_c(q->image)};
    cli_say(c, CLI_NOT_IN_IMAGE, args, 2);
    return err_exit_code(e);
}

static int from_image(struct cli *c, const struct person_request *q, struct cli_person *p)
{
    const int code = open_under_either(c, q, p);

    if (code != 0) return code;
    enum err e = image_person_open(p->image, q->id, &p->segment, &p->at);
    if (e != ERR_OK) return person_failed(c, e, q);
    p->people = &p->segment.people;
    bool bad = p->people->bad != NULL && p->people->bad[p->at] != 0;
    if (!bad && p->people->rules != q->rules) {
        e = see_through(c, q, p);
        if (e != ERR_OK) return cli_fail(c, e, (struct str){NULL, 0});
        bad = p->people->bad != NULL && p->people->bad[p->at] != 0;
    }
    if (!bad) return 0;
    cli_say1(c, CLI_PERSON_BAD, str_from_c(q->image));
    return err_exit_code(ERR_ROWS);
}

/* --- both --- */

int cli_person_open(struct cli *c, const struct person_request *q, struct cli_person *ret)
{
    *ret = (struct cli_person){0};
    return q->image != NULL ? from_image(c, q, ret) : from_files(c, q, ret);
}

void cli_person_close(struct cli_person *p)
{
    image_segment_close(&p->segment);
    image_close(p->image);
    data_close(p->data);
    *p = (struct cli_person){0};
}
