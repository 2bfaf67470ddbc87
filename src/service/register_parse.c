/* Text of a register file -> rows in columns, in the order of arrival.
 *
 * Structure: the header is matched against the declared fields; then one row at a time: shape,
 * person, cells, checks within the row, store. A row that fails anywhere is refused as a whole
 * with its first fault in declaration order, and its person is marked.
 *
 * Invariants: rows <= cap; columns hold `rows` values of their field's range; in the person
 * register every row with a readable id is kept (a person with a bad birth date still exists). */
#include <stdlib.h>
#include <string.h>

#include "service/nearest.h"
#include "service/register_internal.h"

#define ID_BYTES_MAX 64
#define ROWS_ONLY_PERSON 256u /* first room when one person is wanted */
#define TELL_EVERY_ROWS 65536u
#define LIFE_MONTHS_MAX (130 * 12)
#define NEAR_MAX 64u

/* --- refusing --------------------------------------------------------------------------------- */

/* Room for one more element; *items of `size` bytes in the job's final arena. */
static enum err list_room(struct register_job *job, void **items, uint32_t count, uint32_t *cap,
                          size_t size)
{
    if (count < *cap) return ERR_OK;
    uint32_t more = *cap == 0 ? 16 : *cap * 2;
    void *grown = arena_grow(&job->final, *items, count, more, size);
    if (grown == NULL) return ERR_NOMEM;
    *items = grown;
    *cap = more;
    return ERR_OK;
}

enum err register_refuse(struct register_job *job, enum data_msg msg, int32_t field, uint32_t line,
                         uint32_t other_line)
{
    void *items = job->errors;
    enum err e = list_room(job, &items, job->error_count, &job->error_cap, sizeof *job->errors);
    if (e != ERR_OK) return e;
    job->errors = items;
    job->errors[job->error_count++] = (struct row_error){
        .reg = job->reg, .field = field, .line = line, .other_line = other_line, .msg = msg};
    return ERR_OK;
}

static enum err stranger_add(struct register_job *job, struct str id)
{
    void *items = job->strangers;
    enum err e =
        list_room(job, &items, job->stranger_count, &job->stranger_cap, sizeof *job->strangers);
    if (e != ERR_OK) return e;
    job->strangers = items;
    job->strangers[job->stranger_count++] = id;
    return ERR_OK;
}

void person_mark_bad(struct data_shared *s, uint32_t person)
{
    __atomic_store_n(&s->bad[person], 1, __ATOMIC_RELAXED);
}

enum err register_stop(struct register_job *job, enum err e, enum data_msg msg, uint32_t line,
                       const struct str *args, size_t count)
{
    job->stop = (struct data_note){.msg = msg, .file = job->file, .line = line};
    for (size_t i = 0; i < count; i++) {
        job->stop.args[i] = str_copy(&job->final, args[i]);
        if (job->stop.args[i].p == NULL) return ERR_NOMEM;
    }
    job->stop.arg_count = count;
    return e;
}

/* --- persons ---------------------------------------------------------------------------------- */

static bool id_is_well_formed(struct str id)
{
    bool ok = id.n >= 1 && id.n <= ID_BYTES_MAX;
    for (size_t i = 0; ok && i < id.n; i++)
        ok = (unsigned char)id.p[i] > 0x20 && id.p[i] != 0x7F;
    return ok;
}

/* The map of all persons, built by whoever needs it first. */
static enum err person_map(struct data_shared *s, const struct text_map **ret)
{
    struct text_map *map = __atomic_load_n(&s->map, __ATOMIC_ACQUIRE);
    enum err e = ERR_OK;
    if (map == NULL) {
        pthread_mutex_lock(&s->lock);
        map = __atomic_load_n(&s->map, __ATOMIC_ACQUIRE);
        if (map == NULL) {
            map = ARENA_NEW(&s->map_arena, struct text_map);
            e = map == NULL ? ERR_NOMEM : ERR_OK;
            if (e == ERR_OK) {
                text_map_init(map, &s->map_arena);
                e = text_map_index(map, s->ids, s->persons);
            }
            if (e == ERR_OK) __atomic_store_n(&s->map, map, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&s->lock);
    }
    if (e == ERR_OK) *ret = map;
    return e;
}

/* Look for `id` in steps of 1, 2, 4, … behind the person of the row before, then between the last
 * two. True when that settles it: found, or proved absent. */
static bool lookup_near(struct register_job *job, struct str id, uint32_t *ret)
{
    const struct data_shared *s = job->shared;
    uint32_t low = job->near, step = 1;
    if (low >= s->persons) return false;
    int c = str_cmp(s->ids[low], id);
    while (c < 0 && step <= NEAR_MAX && step < s->persons - low) {
        c = str_cmp(s->ids[low + step], id);
        if (c < 0) {
            low += step;
            step *= 2;
        } else {
            uint32_t high = low + step; /* ids[low] < id <= ids[high] */
            while (high - low > 1) {
                uint32_t middle = low + (high - low) / 2;
                if (str_cmp(s->ids[middle], id) < 0)
                    low = middle;
                else
                    high = middle;
            }
            bool found = str_eq(s->ids[high], id);
            *ret = found ? high : PERSON_NONE;
            job->near = high;
            return true;
        }
    }
    if (c == 0) *ret = low;
    return c == 0;
}

static inline bool same_id(struct str a, struct str b)
{
    if (a.n != b.n) return false;
    if (a.n < 8 || a.n > 16) return memcmp(a.p, b.p, a.n) == 0;
    uint64_t a0, a1, b0, b1; /* the first and the last eight bytes, which may overlap */
    memcpy(&a0, a.p, 8);
    memcpy(&b0, b.p, 8);
    memcpy(&a1, a.p + a.n - 8, 8);
    memcpy(&b1, b.p + b.n - 8, 8);
    return ((a0 ^ b0) | (a1 ^ b1)) == 0;
}

/* Register files usually come in the order of persons: try the person of the row before and the
 * next one, then those near them, then the map. */
enum err person_lookup(struct register_job *job, struct str id, uint32_t *ret)
{
    const struct data_shared *s = job->shared;
    for (uint32_t i = job->near; i < s->persons && i - job->near < 2; i++)
        if (same_id(s->ids[i], id)) {
            *ret = job->near = i;
            return ERR_OK;
        }
    if (lookup_near(job, id, ret)) return ERR_OK;
    const struct text_map *map;
    enum err e = person_map(job->shared, &map);
    if (e != ERR_OK) return e;
    uint32_t found = text_map_find(map, id);
    if (found != TEXT_NONE) job->near = found;
    *ret = found;
    return ERR_OK;
}

/* --- the header ------------------------------------------------------------------------------- */

/* All column names: "person_id, birth_date". */
static struct str expected_columns(struct register_job *job)
{
    struct buf b;
    buf_init(&b, 0);
    buf_add_c(&b, "person_id");
    for (uint32_t i = 0; i < job->r->field_count; i++) {
        buf_add_c(&b, ", ");
        buf_add(&b, job->r->fields[i].name.ascii);
    }
    struct str copy = str_copy(&job->final, buf_str(&b));
    buf_done(&b);
    return copy;
}

/* The declared column nearest to what stands in the header: by name, by the Chinese name, by
 * distance. */
static struct str nearest_column(const struct rule_register *r, struct str name)
{
    struct nearest n = nearest_to(name);
    nearest_offer(&n, STR("person_id"));
    for (uint32_t i = 0; i < r->field_count; i++) {
        if (str_eq(r->fields[i].name.zh, name)) return r->fields[i].name.ascii;
        nearest_offer(&n, r->fields[i].name.ascii);
    }
    return n.best;
}

static enum err header_column(struct register_job *job, const struct csv_row *row, size_t cell)
{
    struct str name = str_trim(row->cells[cell]);
    int32_t *place = &job->id_cell;
    if (!str_eq(name, STR("person_id"))) {
        int32_t f = rules_field(job->r, name);
        if (f < 0) {
            char number[24];
            int n = snprintf(number, sizeof number, "%zu", cell + 1);
            struct str args[] = {
                {number, (size_t)n}, nearest_column(job->r, name), expected_columns(job)};
            return register_stop(job, ERR_INPUT, DATA_COLUMN_UNKNOWN, row->line, args, 3);
        }
        place = &job->cell_of[f];
    }
    if (*place >= 0) return register_stop(job, ERR_INPUT, DATA_COLUMN_TWICE, row->line, &name, 1);
    *place = (int32_t)cell;
    return ERR_OK;
}

static enum err header_missing(struct register_job *job, struct str name, uint32_t line)
{
    struct str args[] = {name, expected_columns(job)};
    return register_stop(job, ERR_INPUT, DATA_COLUMN_MISSING, line, args, 2);
}

static enum err header_read(struct register_job *job, const struct csv_row *row)
{
    enum err e = ERR_OK;
    job->cells = row->count;
    for (size_t i = 0; e == ERR_OK && i < row->count && i < CSV_CELLS_MAX; i++)
        e = header_column(job, row, i);
    if (e != ERR_OK) return e;
    if (job->id_cell < 0) return header_missing(job, STR("person_id"), row->line);
    for (uint32_t f = 0; f < job->r->field_count; f++)
        if (job->cell_of[f] < 0)
            return header_missing(job, job->r->fields[f].name.ascii, row->line);
    return ERR_OK;
}

/* --- storing ---------------------------------------------------------------------------------- */

static inline void store(struct column_store *c, uint32_t row, int64_t v)
{
    switch (c->type) {
    case COL_U8:
        ((uint8_t *)c->data)[row] = (uint8_t)v;
        break;
    case COL_I16:
        ((int16_t *)c->data)[row] = (int16_t)v;
        break;
    case COL_I32:
        ((int32_t *)c->data)[row] = (int32_t)v;
        break;
    case COL_I64:
        ((int64_t *)c->data)[row] = v;
        break;
    }
}

/* Known bytes begin with the first unknown value: every row before it is known. */
static enum err known_begin(struct register_job *job, struct column_store *c)
{
    c->known = ARENA_ARRAY(&job->parsed, uint8_t, job->cap);
    if (c->known == NULL) return ERR_NOMEM;
    memset(c->known, 1, job->rows);
    return ERR_OK;
}

static enum err array_grow(struct arena *a, void *array, uint32_t count, uint32_t cap, size_t size)
{
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = arena_grow(a, old, count, cap, size);
    if (grown == NULL) return ERR_NOMEM;
    memcpy(array, &grown, sizeof grown);
    return ERR_OK;
}

/* Only when one person is wanted: otherwise the line ends of the file gave the room needed. */
static enum err rows_grow(struct register_job *job)
{
    uint32_t cap = job->cap * 2, n = job->rows;
    enum err e = array_grow(&job->scratch, &job->person, n, cap, sizeof *job->person);
    if (e == ERR_OK) e = array_grow(&job->scratch, &job->line, n, cap, sizeof *job->line);
    if (e == ERR_OK && job->row_ids != NULL)
        e = array_grow(&job->final, &job->row_ids, n, cap, sizeof *job->row_ids);
    if (e == ERR_OK && job->row_bad != NULL)
        e = array_grow(&job->scratch, &job->row_bad, n, cap, sizeof *job->row_bad);
    for (uint32_t f = 0; e == ERR_OK && f < job->r->field_count; f++) {
        struct column_store *c = &job->cols[f];
        e = array_grow(&job->parsed, &c->data, n, cap, column_width(c->type));
        if (e == ERR_OK && c->known != NULL)
            e = array_grow(&job->parsed, &c->known, n, cap, sizeof *c->known);
    }
    if (e == ERR_OK) job->cap = cap;
    return e;
}

static enum err row_store(struct register_job *job, uint32_t person, uint32_t line)
{
    if (job->rows == job->cap) {
        enum err e = rows_grow(job);
        if (e != ERR_OK) return e;
    }
    uint32_t at = job->rows;
    for (uint32_t f = 0; f < job->r->field_count; f++) {
        struct column_store *c = &job->cols[f];
        store(c, at, job->values[f]);
        if (c->known == NULL) {
            if (job->known[f]) continue;
            enum err e = known_begin(job, c);
            if (e != ERR_OK) return e;
        }
        c->known[at] = job->known[f];
    }
    if (at > 0 && person < job->person[at - 1]) job->in_order = false;
    job->person[at] = person;
    job->line[at] = line;
    job->rows++;
    return ERR_OK;
}

/* --- a row ------------------------------------------------------------------------------------ */

struct fault {
    enum data_msg msg; /* DATA_MSG_COUNT = none */
    int32_t field;
};

static const struct fault no_fault = {DATA_MSG_COUNT, FIELD_ROW};

static struct fault shape_fault(const struct register_job *job, const struct csv_row *row)
{
    if (row->count < job->cells) return (struct fault){DATA_SHORT_ROW, FIELD_ROW};
    if (row->count > job->cells) return (struct fault){DATA_LONG_ROW, FIELD_ROW};
    if (row->bad_quotes) return (struct fault){DATA_BAD_QUOTES, FIELD_ROW};
    return no_fault;
}

static struct fault read_fields(struct register_job *job, const struct csv_row *row, enum err *e)
{
    for (uint32_t f = 0; f < job->r->field_count; f++) {
        struct str cell = row->cells[job->cell_of[f]];
        enum data_msg msg = cell_read(&job->readers[f], cell, &job->values[f], &job->known[f], e);
        if (*e != ERR_OK) return no_fault;
        if (msg != DATA_MSG_COUNT) return (struct fault){msg, (int32_t)f};
    }
    return no_fault;
}

static struct fault order_fault(const struct register_job *job)
{
    int32_t start = job->r->start, end = job->r->end;
    if (start < 0) start = job->r->event;
    bool both = start >= 0 && end >= 0 && job->known[start] && job->known[end];
    if (both && job->values[end] < job->values[start])
        return (struct fault){DATA_END_BEFORE_START, end};
    return no_fault;
}

/* An event or start before the person's birth. */
static struct fault life_fault(const struct register_job *job, uint32_t person)
{
    const struct rule_register *r = job->r;
    int32_t f = r->start >= 0 ? r->start : r->event;
    if (f < 0 || job->shared->births == NULL || !job->known[f]) return no_fault;
    int32_t birth = job->shared->births[person];
    if (birth == DATE_OPEN_START || cell_is_open(&r->fields[f], job->values[f])) return no_fault;
    int64_t limit = r->fields[f].type.vt == VT_MONTH ? date_month(birth) : birth;
    if (job->values[f] < limit) return (struct fault){DATA_BEFORE_BIRTH, f};
    return no_fault;
}

static struct fault birth_fault(const struct register_job *job)
{
    int32_t f = job->birth_field, on = job->shared->o->on;
    if (f < 0 || !job->known[f]) return no_fault;
    if (job->values[f] > on) return (struct fault){DATA_BORN_LATER, f};
    if (job->values[f] < date_add_months(on, -LIFE_MONTHS_MAX, MONTH_CLAMP))
        return (struct fault){DATA_BORN_TOO_EARLY, f};
    return no_fault;
}

/* The id of a row that may be out of shape. */
static struct str row_id(const struct register_job *job, const struct csv_row *row)
{
    size_t at = (size_t)job->id_cell;
    return at < row->count ? row->cells[at] : (struct str){NULL, 0};
}

static enum err refuse_row(struct register_job *job, const struct csv_row *row, struct fault fault)
{
    return register_refuse(job, fault.msg, fault.field, row->line, 0);
}

/* A row of the person register: kept with unknown values even when it is refused. */
static enum err take_person_row(struct register_job *job, const struct csv_row *row, struct str id)
{
    enum err e = ERR_OK;
    struct fault fault = shape_fault(job, row);
    if (fault.msg == DATA_MSG_COUNT) fault = read_fields(job, row, &e);
    if (e == ERR_OK && fault.msg == DATA_MSG_COUNT) fault = birth_fault(job);
    if (e != ERR_OK) return e;
    bool bad = fault.msg != DATA_MSG_COUNT;
    if (bad) {
        e = refuse_row(job, row, fault);
        memset(job->values, 0, job->r->field_count * sizeof *job->values);
        memset(job->known, 0, job->r->field_count * sizeof *job->known);
    }
    if (e == ERR_OK) e = row_store(job, job->rows, row->line);
    if (e != ERR_OK) return e;
    job->row_ids[job->rows - 1] = id;
    job->row_bad[job->rows - 1] = bad;
    return ERR_OK;
}

static enum err take_record(struct register_job *job, const struct csv_row *row, struct str id)
{
    uint32_t person;
    enum err e = person_lookup(job, id, &person);
    if (e != ERR_OK) return e;
    struct fault fault = shape_fault(job, row);
    if (fault.msg == DATA_MSG_COUNT) {
        if (person == TEXT_NONE)
            fault = (struct fault){DATA_NOT_A_PERSON, FIELD_ID};
        else
            fault = read_fields(job, row, &e);
    }
    if (e == ERR_OK && fault.msg == DATA_MSG_COUNT) fault = order_fault(job);
    if (e == ERR_OK && fault.msg == DATA_MSG_COUNT) fault = life_fault(job, person);
    if (e != ERR_OK) return e;
    if (fault.msg == DATA_MSG_COUNT) return row_store(job, person, row->line);
    e = refuse_row(job, row, fault);
    if (person != TEXT_NONE)
        person_mark_bad(job->shared, person);
    else if (e == ERR_OK)
        e = stranger_add(job, id);
    return e;
}

static enum err take_row(struct register_job *job, const struct csv_row *row)
{
    struct str id = row_id(job, row), only = job->shared->o->only_person;
    if (only.n != 0 && !str_eq(id, only)) return ERR_OK;
    if (row->at_end && row->count < job->cells)
        return register_stop(job, ERR_INPUT, DATA_TRUNCATED, row->line, NULL, 0);
    if (!id_is_well_formed(id)) {
        struct fault fault = shape_fault(job, row);
        if (fault.msg == DATA_MSG_COUNT) fault = (struct fault){DATA_BAD_ID, FIELD_ID};
        return refuse_row(job, row, fault);
    }
    return job->reg == 0 ? take_person_row(job, row, id) : take_record(job, row, id);
}

/* --- a file ----------------------------------------------------------------------------------- */

/* Add what was done since the last time to the common count, and show it. */
static void tell(struct register_job *job, const char *p)
{
    struct data_shared *s = job->shared;
    __atomic_add_fetch(&s->rows, job->rows_seen - job->rows_told, __ATOMIC_RELAXED);
    __atomic_add_fetch(&s->bytes, (uint64_t)(p - job->bytes_told), __ATOMIC_RELAXED);
    job->rows_told = job->rows_seen;
    job->bytes_told = p;
    if (s->o->progress == NULL || pthread_mutex_trylock(&s->lock) != 0) return;
    s->o->progress(s->o->progress_ctx, __atomic_load_n(&s->rows, __ATOMIC_RELAXED),
                   __atomic_load_n(&s->bytes, __ATOMIC_RELAXED), s->bytes_total);
    pthread_mutex_unlock(&s->lock);
}

static enum err rows_new(struct register_job *job, size_t line_ends)
{
    if (line_ends >= PERSON_NONE - 1) return ERR_NOMEM;
    job->cap = (uint32_t)line_ends + 1;
    if (job->shared->o->only_person.n != 0 && job->cap > ROWS_ONLY_PERSON)
        job->cap = ROWS_ONLY_PERSON;
    job->person = ARENA_ARRAY(&job->scratch, uint32_t, job->cap);
    job->line = ARENA_ARRAY(&job->scratch, uint32_t, job->cap);
    bool ok = job->person != NULL && job->line != NULL;
    if (job->reg == 0) {
        job->row_ids = ARENA_ARRAY(&job->final, struct str, job->cap);
        job->row_bad = ARENA_ARRAY(&job->scratch, uint8_t, job->cap);
        ok = ok && job->row_ids != NULL && job->row_bad != NULL;
    }
    for (uint32_t f = 0; ok && f < job->r->field_count; f++) {
        struct column_store *c = &job->cols[f];
        c->type = column_type_for(&job->r->fields[f]);
        c->data = arena_alloc(&job->parsed, job->cap, column_width(c->type));
        ok = c->data != NULL;
    }
    job->in_order = true;
    return ok ? ERR_OK : ERR_NOMEM;
}

static enum err fields_new(struct register_job *job)
{
    struct data_shared *s = job->shared;
    uint32_t n = job->r->field_count;
    if (n + 1 > CSV_CELLS_MAX) return ERR_RANGE;
    struct arena *a = &job->scratch;
    job->readers = ARENA_ARRAY(a, struct cell_reader, n);
    job->cell_of = ARENA_ARRAY(a, int32_t, n);
    job->values = ARENA_ARRAY(a, int64_t, n);
    job->known = ARENA_ARRAY(a, bool, n);
    job->cols = ARENA_ARRAY(&job->final, struct column_store, n);
    if (job->readers == NULL || job->cell_of == NULL || job->values == NULL || job->known == NULL ||
        job->cols == NULL)
        return ERR_NOMEM;
    text_map_init(&job->keys, &job->final);
    job->id_cell = -1;
    job->birth_field = job->reg == 0 ? rules_field(job->r, STR("birth_date")) : -1;
    for (uint32_t f = 0; f < n; f++) {
        job->cell_of[f] = -1;
        enum err e = cell_reader_init(a, s->rules, &job->r->fields[f], &job->keys, s->o->on,
                                      &job->readers[f]);
        if (e == ERR_OK) e = cell_reader_prepare(a, &job->readers[f]);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

/* Go on with the rows of the slice, if only those are wanted. */
static void enter_slice(struct register_job *job, struct csv_reader *reader)
{
    const struct data_slice *slices = job->shared->o->slices;
    if (slices == NULL) return;
    csv_reader_init(reader, slices[job->reg].text, &job->final);
    reader->line = slices[job->reg].line;
    job->bytes_told = reader->p;
}

static enum err parse_rows(struct register_job *job, struct csv_reader *reader)
{
    struct csv_row row;
    if (!csv_next(reader, &row)) {
        if (reader->state != CSV_DONE) return ERR_OK; /* parse_text looks at the state */
        return register_stop(job, ERR_INPUT, DATA_NO_HEADER, 0, NULL, 0);
    }
    enum err e = header_read(job, &row);
    enter_slice(job, reader);
    while (e == ERR_OK && csv_next(reader, &row)) {
        job->rows_seen++;
        e = take_row(job, &row);
        if (job->rows_seen - job->rows_told >= TELL_EVERY_ROWS) tell(job, reader->p);
    }
    tell(job, reader->p);
    return e;
}

static enum err bad_text(struct register_job *job, const struct csv_survey *survey)
{
    char number[24];
    const struct data_slice *slice = job->shared->o->slices;
    if (slice != NULL) slice += job->reg;
    size_t at = survey->bad_at + (slice != NULL ? slice->at : 0);
    uint32_t line = survey->bad_line + (slice != NULL ? slice->line - 1 : 0);
    int n = snprintf(number, sizeof number, "%zu", at + 1);
    struct str arg = {number, (size_t)n};
    return register_stop(job, ERR_INPUT, DATA_NOT_UTF8, line, &arg, 1);
}

static enum err parse_text(struct register_job *job)
{
    struct str rows = register_rows_text(job);
    struct csv_survey survey = csv_survey(rows);
    if (survey.bad_at < rows.n) return bad_text(job, &survey);
    struct str text = csv_skip_bom(job->text);
    job->bytes_told = text.p;
    enum err e = fields_new(job);
    if (e == ERR_OK) e = rows_new(job, survey.line_ends);
    if (e != ERR_OK) return e;
    struct csv_reader reader;
    csv_reader_init(&reader, text, &job->final);
    e = parse_rows(job, &reader);
    if (e != ERR_OK) return e;
    if (reader.state == CSV_OPEN_QUOTE)
        return register_stop(job, ERR_INPUT, DATA_OPEN_QUOTE, reader.open_line, NULL, 0);
    return reader.state == CSV_NOMEM ? ERR_NOMEM : ERR_OK;
}

void register_parse(struct register_job *job)
{
    job->err = parse_text(job);
}

/* --- persons from their rows ------------------------------------------------------------------ */

struct id_row {
    uint64_t head; /* first eight bytes, big-endian: orders as bytes do */
    uint32_t row;
};

static uint64_t id_head(struct str id)
{
    uint64_t w = 0;
    memcpy(&w, id.p, id.n < 8 ? id.n : 8);
    return __builtin_bswap64(w);
}

static int id_row_cmp(const void *x, const void *y, void *ctx)
{
    const struct id_row *a = x, *b = y;
    const struct str *ids = ctx;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    int c = str_cmp(ids[a->row], ids[b->row]);
    if (c != 0) return c;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool ids_in_order(const struct register_job *job)
{
    for (uint32_t i = 1; i < job->rows; i++)
        if (str_cmp(job->row_ids[i - 1], job->row_ids[i]) >= 0) return false;
    return true;
}

enum err register_name_persons(struct register_job *job, uint32_t *ret_persons,
                               struct str **ret_ids)
{
    if (ids_in_order(job)) { /* person[] already counts 0, 1, 2, … */
        *ret_persons = job->rows;
        *ret_ids = job->row_ids;
        return ERR_OK;
    }
    struct id_row *order = ARENA_ARRAY(&job->scratch, struct id_row, job->rows);
    struct str *ids = ARENA_ARRAY(&job->final, struct str, job->rows);
    if (order == NULL || ids == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < job->rows; i++)
        order[i] = (struct id_row){id_head(job->row_ids[i]), i};
    qsort_r(order, job->rows, sizeof *order, id_row_cmp, job->row_ids);
    uint32_t persons = 0;
    for (uint32_t i = 0; i < job->rows; i++) {
        struct str id = job->row_ids[order[i].row];
        if (persons == 0 || !str_eq(ids[persons - 1], id)) ids[persons++] = id;
        job->person[order[i].row] = persons - 1;
    }
    job->in_order = false;
    *ret_persons = persons;
    *ret_ids = ids;
    return ERR_OK;
}
