/* A load's file -> rows of persons. Registers go through the reader of register files; identities
 * have a small one of their own; a column id_number instead of person_id is matched first. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/idnum.h"
#include "service/csv.h"
#include "service/load_internal.h"

/* --- everybody --- */

static int by_person(const void *a, const void *b, void *ctx)
{
    const int64_t *persons = ctx;
    uint32_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (persons[x] > persons[y]) - (persons[x] < persons[y]);
}

static uint32_t index_of(const struct load_people *p, int64_t person)
{
    uint32_t low = 0, high = p->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (p->persons[p->by_person[middle]] < person)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->count && p->persons[p->by_person[low]] == person ? p->by_person[low]
                                                                     : UINT32_MAX;
}

struct births {
    struct load_people *people;
    uint32_t field;
};

static enum err take_birth(void *ctx, const struct store_fact *f)
{
    const struct births *b = ctx;
    const uint32_t at = index_of(b->people, f->person);

    if (at != UINT32_MAX && f->cells[b->field].known)
        b->people->births[at] = (int32_t)f->cells[b->field].i;
    return ERR_OK;
}

enum err load_people_read(struct loads *x, struct load_people *ret)
{
    struct load_people p = {0};
    struct births b = {&p, 0};
    enum err e = store_person_codes(x->s, x->a, &p.codes, &p.persons, &p.count);

    if (e != ERR_OK) return e;
    p.births = ARENA_ARRAY(x->a, int32_t, p.count);
    p.by_person = ARENA_ARRAY(x->a, uint32_t, p.count);
    if (!p.births || !p.by_person) return ERR_NOMEM;
    for (uint32_t i = 0; i < p.count; i++) {
        p.births[i] = DATE_OPEN_START;
        p.by_person[i] = i;
    }
    if (p.count > 1) qsort_r(p.by_person, p.count, sizeof *p.by_person, by_person, p.persons);
    const struct rule_register *reg = &x->r->regs[0];
    for (uint32_t f = 0; f < reg->field_count && e == ERR_OK; f++)
        if (str_eq(reg->fields[f].name.ascii, STR("birth_date"))) {
            b.field = f;
            e = store_facts_scan(x->s, 0, STORE_KNOWN_NOW, take_birth, &b);
        }
    if (e == ERR_OK) *ret = p;
    return e;
}

/* --- registers --- */

static void add_notes(const struct data_set *d, enum lang lang, struct buf *out)
{
    size_t n;
    const struct data_note *notes = data_stop(d, &n);

    for (size_t i = 0; i < n; i++)
        data_note_add_text(out, &notes[i], lang);
}

static enum err read_register(struct loads *x, const struct load *l, struct str bytes,
                              struct load_file *f, struct buf *trouble)
{
    const struct data_options o = {
        .encoding = l->encoding, .on = x->c->today, .threads = 1, .keep_lines = false};
    const struct data_one one = {.reg = f->reg,
                                 .text = bytes,
                                 .ids = f->people.codes,
                                 .births = f->people.births,
                                 .persons = f->people.count};
    enum err e = data_read_one(x->r, &o, &one, &f->data);
    size_t count;

    if (e != ERR_OK) {
        if (f->data) add_notes(f->data, x->c->lang, trouble);
        return e;
    }
    f->p = data_population(f->data);
    f->rows_read = data_rows(f->data);
    const struct row_error *errors = data_errors(f->data, &count);
    if (count > 0) row_error_add_header(&f->errors);
    for (size_t i = 0; i < count; i++) {
        row_error_add_line(&f->errors, f->data, &errors[i]);
        f->unknown += errors[i].msg == DATA_NOT_A_PERSON;
    }
    f->refused = count;
    return buf_err(&f->errors);
}

/* --- a column id_number instead of person_id --- */

/* The code of whoever has the number; the number itself where nobody or several have it, which
 * the reader then refuses as nobody's. */
static enum err code_of_number(struct loads *x, const struct load_people *people, struct str cell,
                               struct str *ret)
{
    struct idnum number;
    int64_t *found;
    uint32_t count;

    *ret = cell;
    if (idnum_parse(cell, x->c->today, &number) != ERR_OK) return ERR_OK;
    const enum err e = store_person_by_id_number(x->s, x->a, (struct str){number.digits, IDNUM_LEN},
                                                 &found, &count);
    if (e != ERR_OK || count != 1) return e;
    const uint32_t at = index_of(people, found[0]);
    if (at != UINT32_MAX) *ret = people->codes[at];
    return ERR_OK;
}

static int32_t column_named(const struct csv_row *row, struct str name)
{
    for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX; i++)
        if (str_eq(str_trim(row->cells[i]), name)) return (int32_t)i;
    return -1;
}

static void add_row(struct buf *out, const struct csv_row *row, int32_t at, struct str instead)
{
    for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX; i++) {
        if (i > 0) buf_add_char(out, ',');
        csv_add_cell(out, (int32_t)i == at ? instead : row->cells[i]);
    }
    buf_add_char(out, '\n');
}

/* Rewrite `text` with person_id where it has id_number; with a person_id it stays. */
static enum err match_numbers(struct loads *x, const struct load_people *people, struct str text,
                              struct str *ret)
{
    struct csv_reader reader;
    struct csv_row row;
    struct buf out;
    enum err e = ERR_OK;

    *ret = text;
    csv_reader_init(&reader, csv_skip_bom(text), x->a);
    if (!csv_next(&reader, &row) || column_named(&row, STR("person_id")) >= 0) return ERR_OK;
    const int32_t at = column_named(&row, STR("id_number"));
    if (at < 0) return ERR_OK;
    buf_init(&out, 0);
    add_row(&out, &row, at, STR("person_id"));
    while (e == ERR_OK && csv_next(&reader, &row)) {
        struct str code = STR("");
        if ((size_t)at < row.count) e = code_of_number(x, people, row.cells[at], &code);
        add_row(&out, &row, at, code);
    }
    if (e == ERR_OK) e = buf_err(&out);
    if (e == ERR_OK) {
        *ret = str_copy(x->a, buf_str(&out));
        if (!ret->p) e = ERR_NOMEM;
    }
    buf_done(&out);
    return e;
}

/* --- identities --- */

static const char *const identity_columns[] = {"person_id", "id_number", "name", "phone"};
enum { COLUMN_CODE, COLUMN_NUMBER, COLUMN_NAME, COLUMN_PHONE, IDENTITY_COLUMNS };

static void refuse_identity(struct load_file *f, uint32_t line, int column, enum data_msg msg)
{
    const struct message *m = data_message(msg);

    if (f->refused++ == 0) row_error_add_header(&f->errors);
    buf_printf(&f->errors, "identity.csv,%u,%s,%s,", line, identity_columns[column], m->code);
    csv_add_cell(&f->errors, str_from_c(m->text[LANG_ZH]));
    buf_add_char(&f->errors, ',');
    csv_add_cell(&f->errors, str_from_c(m->text[LANG_EN]));
    buf_add_char(&f->errors, '\n');
}

static enum err take_identity(struct loads *x, struct load_file *f, const struct csv_row *row,
                              const int32_t *at)
{
    struct load_identity_row *r = &f->rows[f->row_count];
    struct str cells[IDENTITY_COLUMNS];
    struct idnum number;

    f->rows_read++;
    for (int i = 0; i < IDENTITY_COLUMNS; i++)
        cells[i] = (size_t)at[i] < row->count ? str_trim(row->cells[at[i]]) : STR("");
    if (row->count < IDENTITY_COLUMNS) {
        refuse_identity(f, row->line, COLUMN_CODE, DATA_SHORT_ROW);
        return ERR_OK;
    }
    if (cells[COLUMN_CODE].n == 0 || cells[COLUMN_CODE].n > 64) {
        refuse_identity(f, row->line, COLUMN_CODE, DATA_BAD_ID);
        return ERR_OK;
    }
    if (cells[COLUMN_NUMBER].n > 0) {
        if (idnum_parse(cells[COLUMN_NUMBER], x->c->today, &number) != ERR_OK) {
            refuse_identity(f, row->line, COLUMN_NUMBER, DATA_BAD_IDNUM);
            return ERR_OK;
        }
        cells[COLUMN_NUMBER] = str_copy(x->a, (struct str){number.digits, IDNUM_LEN});
        if (!cells[COLUMN_NUMBER].p) return ERR_NOMEM;
    }
    *r = (struct load_identity_row){cells[COLUMN_CODE], cells[COLUMN_NUMBER], cells[COLUMN_NAME],
                                    cells[COLUMN_PHONE], row->line};
    f->row_count++;
    return ERR_OK;
}

static int identity_order(const void *a, const void *b)
{
    const struct load_identity_row *x = a, *y = b;
    const int c = str_cmp(x->code, y->code);
    return c ? c : (x->line > y->line) - (x->line < y->line);
}

static enum err read_identities(struct loads *x, struct str text, struct load_file *f,
                                struct buf *trouble)
{
    const struct csv_survey survey = csv_survey(text);
    int32_t at[IDENTITY_COLUMNS];
    struct csv_reader reader;
    struct csv_row row;
    enum err e = ERR_OK;

    csv_reader_init(&reader, csv_skip_bom(text), x->a);
    if (survey.bad_at < text.n || !csv_next(&reader, &row)) {
        buf_add_c(trouble, x->c->lang == LANG_ZH ? "identity.csv：不是 UTF-8，或没有表头\n"
                                                 : "identity.csv: not UTF-8, or no header\n");
        return ERR_INPUT;
    }
    for (int i = 0; i < IDENTITY_COLUMNS; i++) {
        at[i] = column_named(&row, str_from_c(identity_columns[i]));
        if (at[i] >= 0) continue;
        buf_printf(trouble,
                   x->c->lang == LANG_ZH ? "identity.csv：缺少列 %s\n"
                                         : "identity.csv: the column %s is missing\n",
                   identity_columns[i]);
        return ERR_INPUT;
    }
    f->rows = ARENA_ARRAY(x->a, struct load_identity_row, survey.line_ends + 1);
    if (!f->rows) return ERR_NOMEM;
    while (e == ERR_OK && csv_next(&reader, &row))
        e = take_identity(x, f, &row, at);
    if (e != ERR_OK) return e;
    if (f->row_count > 1) qsort(f->rows, f->row_count, sizeof *f->rows, identity_order);
    return buf_err(&f->errors);
}

/* --- the whole --- */

enum err load_file_read(struct loads *x, const struct load *l, struct str bytes,
                        struct load_file *ret, struct buf *trouble)
{
    struct str text = bytes;
    enum err e;

    *ret = (struct load_file){.reg = -1};
    buf_init(&ret->errors, 0);
    e = load_people_read(x, &ret->people);
    if (e != ERR_OK) return e;
    if (str_eq(l->reg, STR(LOAD_IDENTITY))) return read_identities(x, text, ret, trouble);
    for (uint32_t i = 0; i < x->r->reg_count; i++)
        if (str_eq(x->r->regs[i].name.ascii, l->reg)) ret->reg = (int32_t)i;
    if (ret->reg < 0) return ERR_NOT_FOUND;
    if (ret->reg > 0 && l->encoding == CSV_UTF8) e = match_numbers(x, &ret->people, bytes, &text);
    return e == ERR_OK ? read_register(x, l, text, ret, trouble) : e;
}

void load_file_done(struct load_file *f)
{
    data_close(f->data);
    f->data = NULL;
    buf_done(&f->errors);
}
