/* A load's file -> rows of persons. Registers go through the reader of register files; identities
 * have a small one of their own; a column id_number instead of person_id is matched first. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/idnum.h"
#include "service/csv.h"
#include "service/load_internal.h"

#define SHORT_BYTES ((size_t)1 << 20)
#define SHORT_LINES 500u

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

void load_people_sort(struct load_people *p)
{
    bool is_sorted = true; /* as after one load of everybody */

    for (uint32_t i = 0; i < p->count; i++) {
        p->by_person[i] = i;
        is_sorted &= i == 0 || p->persons[i - 1] < p->persons[i];
    }
    if (!is_sorted) qsort_r(p->by_person, p->count, sizeof *p->by_person, by_person, p->persons);
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
    for (uint32_t i = 0; i < p.count; i++)
        p.births[i] = DATE_OPEN_START;
    load_people_sort(&p);
    const struct rule_register *reg = &x->r->regs[0];
    const int32_t birth = rules_field(reg, STR("birth_date"));
    if (birth >= 0) {
        b.field = (uint32_t)birth;
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

/* Rows of several persons, in the order of lines. */
static bool is_ambiguous(const struct load_file *f, uint32_t line)
{
    uint32_t low = 0, high = f->ambiguous_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (f->ambiguous[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->ambiguous_count && f->ambiguous[low].line == line;
}

/* The column that was sent is id_number: say so in the line that begins at `from`. */
static void name_as_sent(struct buf *errors, size_t from)
{
    static const char ours[] = ",person_id,", sent[] = ",id_number,";
    char *at =
        errors->failed ? NULL : memmem(errors->p + from, errors->n - from, ours, sizeof ours - 1);

    _Static_assert(sizeof ours == sizeof sent, "in place");
    if (at) memcpy(at, sent, sizeof sent - 1);
}

static enum err read_register(struct loads *x, enum csv_encoding encoding, struct str bytes,
                              struct load_file *f, struct buf *trouble)
{
    const struct data_options o = {
        .encoding = encoding, .on = x->c->today, .threads = 1, .keep_lines = false};
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
        struct row_error r = errors[i];
        if (r.msg == DATA_NOT_A_PERSON && is_ambiguous(f, r.line)) r.msg = DATA_SEVERAL_PERSONS;
        const size_t from = f->errors.n;
        row_error_add_line(&f->errors, x->r, &r);
        if (f->by_number) name_as_sent(&f->errors, from);
        f->by_msg[r.msg]++;
    }
    f->unknown = f->by_msg[DATA_NOT_A_PERSON];
    f->refused = count;
    return buf_err(&f->errors);
}

/* --- identities --- */

static const char *const identity_columns[] = {"person_id", "id_number", "name", "phone"};
enum { COLUMN_CODE, COLUMN_NUMBER, COLUMN_NAME, COLUMN_PHONE, IDENTITY_COLUMNS };

static void refuse_identity(struct load_file *f, uint32_t line, int column, enum data_msg msg)
{
    const struct message *m = data_message(msg);

    if (f->refused++ == 0) row_error_add_header(&f->errors);
    f->by_msg[msg]++;
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
        at[i] = load_column_named(&row, str_from_c(identity_columns[i]));
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

/* Short files of some persons are matched one by one, so that a push is quick in a large place. */
static bool is_short(const struct load *l, struct str text)
{
    return l->mode != LOAD_FULL && text.n <= SHORT_BYTES &&
           csv_survey(text).line_ends <= SHORT_LINES;
}

static enum err read_people(struct loads *x, const struct load *l, struct str text,
                            struct load_file *f)
{
    f->is_short = is_short(l, text);
    return f->is_short ? load_people_of(x, text, &f->people) : load_people_read(x, &f->people);
}

enum err load_file_read(struct loads *x, const struct load *l, struct str bytes,
                        struct load_file *ret, struct buf *trouble)
{
    struct str text = bytes;
    bool is_utf8 = l->encoding == CSV_UTF8;
    enum err e = ERR_OK;

    *ret = (struct load_file){.reg = -1};
    buf_init(&ret->errors, 0);
    if (!is_utf8) { /* what is no GB18030 the reader refuses, with its place */
        e = data_from_gb18030(x->a, bytes, &text, &is_utf8);
        if (e != ERR_OK) return e;
    }
    if (str_eq(l->reg, STR(LOAD_IDENTITY))) {
        e = read_people(x, l, text, ret);
        return e == ERR_OK ? read_identities(x, is_utf8 ? text : bytes, ret, trouble) : e;
    }
    ret->reg = rules_register(x->r, l->reg);
    if (ret->reg < 0) return ERR_NOT_FOUND;
    if (ret->reg > 0 && is_utf8) e = load_match_numbers(x, ret, text, &text);
    if (e == ERR_OK && is_utf8) e = load_match_merged(x, ret, text, &text);
    if (e == ERR_OK) e = read_people(x, l, text, ret);
    if (e != ERR_OK) return e;
    return read_register(x, is_utf8 ? CSV_UTF8 : CSV_GB18030, text, ret, trouble);
}

void load_file_done(struct load_file *f)
{
    data_close(f->data);
    f->data = NULL;
    buf_done(&f->errors);
}
