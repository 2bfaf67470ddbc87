/* Who the rows of a file are about: a column id_number instead of person_id is matched by the
 * keyed index; a short file needs only its own persons out of everybody. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/idnum.h"
#include "service/csv.h"
#include "service/load_internal.h"

int32_t load_column_named(const struct csv_row *row, struct str name)
{
    for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX; i++)
        if (str_eq(str_trim(row->cells[i]), name)) return (int32_t)i;
    return -1;
}

/* --- identity numbers in the file --- */

struct matching {
    struct loads *x;
    struct load_file *f;
    struct buf out;
    int32_t at; /* the column */
    enum err (*code)(struct matching *m, const struct csv_row *row, struct str *ret);
    const struct store_code_link *links; /* of persons who were merged, by code */
    uint32_t link_count;
    uint32_t line_cap; /* of f->ambiguous */
};

static enum err note_ambiguous(struct matching *m, uint32_t line, const struct idnum *number,
                               const int64_t *persons, uint32_t count)
{
    struct load_file *f = m->f;

    if (f->ambiguous_count == m->line_cap) {
        const uint32_t cap = m->line_cap ? 2 * m->line_cap : 16;
        f->ambiguous =
            arena_grow(m->x->a, f->ambiguous, f->ambiguous_count, cap, sizeof *f->ambiguous);
        if (!f->ambiguous) return ERR_NOMEM;
        m->line_cap = cap;
    }
    const struct str digits = str_copy(m->x->a, (struct str){number->digits, IDNUM_LEN});
    f->ambiguous[f->ambiguous_count++] = (struct load_ambiguous){line, digits, persons, count};
    return digits.p ? ERR_OK : ERR_NOMEM;
}

/* Of several, those whose number it is today: a corrected error no longer stands in the way. */
static enum err only_present(struct loads *x, struct str number, int64_t *persons, uint32_t *count)
{
    uint32_t kept = 0;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < *count && e == ERR_OK; i++) {
        struct store_identity who;
        e = store_person_identity(x->s, x->a, persons[i], &who);
        if (e == ERR_OK && str_eq(who.id_number, number)) persons[kept++] = persons[i];
    }
    if (kept > 0) *count = kept; /* else all had it earlier: they stay several */
    return e;
}

/* The code of the one person with the number. Nobody or several: the number stays, and the reader
 * refuses the row. */
static enum err code_of_number(struct matching *m, const struct csv_row *row, struct str *ret)
{
    struct loads *x = m->x;
    struct idnum number;
    int64_t *found;
    uint32_t count;

    *ret = row->cells[m->at];
    if (idnum_parse(*ret, x->c->today, &number) != ERR_OK) return ERR_OK;
    const struct str digits = {number.digits, IDNUM_LEN};
    enum err e = store_person_by_id_number(x->s, x->a, digits, &found, &count);
    if (e == ERR_OK && count > 1) e = only_present(x, digits, found, &count);
    if (e != ERR_OK || count == 0) return e;
    if (count > 1) return note_ambiguous(m, row->line, &number, found, count);
    return store_person_code(x->s, x->a, found[0], ret);
}

/* Copy the row's bytes with `instead` in place of one cell: lines, quotes and a cut end stay as
 * they were sent, for the reader to judge. */
static void copy_row(struct matching *m, const struct csv_row *row, const char *from,
                     const char *end, struct str instead)
{
    const bool there = (size_t)m->at < row->count && !row->bad_quotes;
    const struct str cell = there ? row->cells[m->at] : STR("");

    if (!there || !cell.p || cell.p < from || cell.p + cell.n > end) {
        buf_add(&m->out, (struct str){from, (size_t)(end - from)});
        return;
    }
    const bool quoted = cell.p > from && cell.p[-1] == '"';
    const char *const start = cell.p - quoted, *const rest = cell.p + cell.n + quoted;
    buf_add(&m->out, (struct str){from, (size_t)(start - from)});
    csv_add_cell(&m->out, instead);
    buf_add(&m->out, (struct str){rest, (size_t)(end - rest)});
}

static enum err copy_all(struct matching *m, struct csv_reader *reader, const char *from)
{
    struct csv_row row;
    enum err e = ERR_OK;

    while (e == ERR_OK && csv_next(reader, &row)) {
        struct str code = STR("");
        if ((size_t)m->at < row.count && !row.bad_quotes) e = m->code(m, &row, &code);
        copy_row(m, &row, from, reader->p, code);
        from = reader->p;
    }
    buf_add(&m->out, (struct str){from, (size_t)(reader->end - from)});
    return e == ERR_OK ? buf_err(&m->out) : e;
}

/* The text with another column and other cells in it, from behind its first row on. */
static enum err replace(struct matching *m, struct csv_reader *reader, struct str *ret)
{
    enum err e = copy_all(m, reader, reader->p);

    if (e == ERR_OK) {
        *ret = str_copy(m->x->a, buf_str(&m->out));
        if (!ret->p) e = ERR_NOMEM;
    }
    buf_done(&m->out);
    return e;
}

enum err load_match_numbers(struct loads *x, struct load_file *f, struct str text, struct str *ret)
{
    struct matching m = {.x = x, .f = f, .code = code_of_number};
    struct csv_reader reader;
    struct csv_row row;

    *ret = text;
    csv_reader_init(&reader, csv_skip_bom(text), x->a);
    const char *const from = reader.p;
    if (!csv_next(&reader, &row) || load_column_named(&row, STR("person_id")) >= 0) return ERR_OK;
    m.at = load_column_named(&row, STR("id_number"));
    if (m.at < 0) return ERR_OK;
    f->by_number = true;
    buf_init(&m.out, 0);
    copy_row(&m, &row, from, reader.p, STR("person_id"));
    return replace(&m, &reader, ret);
}

/* --- codes of persons who were merged --- */

static int link_order(const void *key, const void *link)
{
    return str_cmp(*(const struct str *)key, ((const struct store_code_link *)link)->code);
}

static enum err code_of_survivor(struct matching *m, const struct csv_row *row, struct str *ret)
{
    const struct str code = str_trim(row->cells[m->at]);
    const struct store_code_link *link =
        bsearch(&code, m->links, m->link_count, sizeof *m->links, link_order);

    *ret = link ? link->survivor : row->cells[m->at];
    return ERR_OK;
}

enum err load_match_merged(struct loads *x, struct load_file *f, struct str text, struct str *ret)
{
    struct matching m = {.x = x, .f = f, .code = code_of_survivor};
    struct store_code_link *links;
    struct csv_reader reader;
    struct csv_row row;
    enum err e = store_person_links(x->s, x->a, &links, &m.link_count);

    *ret = text;
    if (e != ERR_OK || m.link_count == 0) return e;
    m.links = links;
    csv_reader_init(&reader, csv_skip_bom(text), x->a);
    const char *const from = reader.p;
    if (!csv_next(&reader, &row)) return ERR_OK;
    m.at = load_column_named(&row, STR("person_id"));
    if (m.at < 0) return ERR_OK;
    buf_init(&m.out, 0);
    copy_row(&m, &row, from, reader.p, STR("person_id"));
    return replace(&m, &reader, ret);
}

/* --- the persons of a short file --- */

static int code_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The codes in the column person_id, each once, in order. */
static enum err codes_of(struct loads *x, struct str text, struct str **ret, uint32_t *ret_count)
{
    struct csv_reader reader;
    struct csv_row row;
    uint32_t count = 0, kept = 0;

    *ret_count = 0;
    *ret = ARENA_ARRAY(x->a, struct str, csv_survey(text).line_ends + 1);
    if (!*ret) return ERR_NOMEM;
    csv_reader_init(&reader, csv_skip_bom(text), x->a);
    const int32_t at =
        csv_next(&reader, &row) ? load_column_named(&row, STR("person_id")) : INT32_C(-1);
    while (at >= 0 && csv_next(&reader, &row))
        if ((size_t)at < row.count && str_trim(row.cells[at]).n > 0)
            (*ret)[count++] = str_trim(row.cells[at]);
    if (count > 1) qsort(*ret, count, sizeof **ret, code_order);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !str_eq((*ret)[kept - 1], (*ret)[i])) (*ret)[kept++] = (*ret)[i];
    *ret_count = kept;
    return ERR_OK;
}

static int32_t birth_among(const struct rule_register *reg, const struct store_facts *facts)
{
    int32_t birth = DATE_OPEN_START;

    const int32_t f = rules_field(reg, STR("birth_date"));
    for (uint32_t i = 0; f >= 0 && i < facts->count; i++)
        if (facts->items[i].cells[f].known) birth = (int32_t)facts->items[i].cells[f].i;
    return birth;
}

static enum err birth_of(struct loads *x, int64_t person, int32_t *ret)
{
    struct arena a;
    enum err e = ERR_NOMEM;

    arena_init(&a, 0);
    struct store_facts *facts = ARENA_ARRAY(&a, struct store_facts, x->r->reg_count);
    if (facts) e = store_facts_of(x->s, &a, person, STORE_KNOWN_NOW, facts);
    if (e == ERR_OK) *ret = birth_among(&x->r->regs[0], &facts[0]);
    arena_done(&a);
    return e;
}

enum err load_people_of(struct loads *x, struct str text, struct load_people *ret)
{
    struct load_people p = {0};
    uint32_t count;
    enum err e = codes_of(x, text, &p.codes, &count);

    if (e != ERR_OK) return e;
    p.persons = ARENA_ARRAY(x->a, int64_t, count);
    p.births = ARENA_ARRAY(x->a, int32_t, count);
    p.by_person = ARENA_ARRAY(x->a, uint32_t, count);
    if (!p.persons || !p.births || !p.by_person) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        int64_t person;
        e = store_person_by_code(x->s, p.codes[i], &person);
        if (e == ERR_NOT_FOUND) continue;
        if (e == ERR_OK) e = birth_of(x, person, &p.births[p.count]);
        if (e != ERR_OK) return e;
        p.persons[p.count] = person;
        p.codes[p.count++] = p.codes[i];
    }
    load_people_sort(&p);
    *ret = p;
    return ERR_OK;
}
