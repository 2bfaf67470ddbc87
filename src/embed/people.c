/* People: rows as they come, then columns.
 *
 *   add:   texts -> values (the same reading as of register files), kept in the order of arrival
 *   close: persons and keys numbered in bytewise order, so that nothing depends on which came
 *          first; the population is built; rows are forgotten
 *
 * A row that cannot be read is refused at once and nothing of it is kept. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "embed/embed_internal.h"

static const struct rules *rules_of(const struct jifen_people *p)
{
    return p->owner->rules;
}

static enum err people_init(struct jifen_people *p)
{
    const uint32_t regs = rules_of(p)->reg_count;

    text_map_init(&p->names, &p->arena);
    text_map_init(&p->keys, &p->arena);
    p->answered = ARENA_ARRAY(&p->arena, bool, regs);
    p->readers = ARENA_ARRAY(&p->arena, struct cell_reader *, regs);
    return p->answered && p->readers ? ERR_OK : ERR_NOMEM;
}

static int people_alloc(const struct jifen_rules *r, const char *day, struct jifen_people **ret)
{
    int32_t on;

    if (date_parse(str_from_c(day), &on) != ERR_OK) return JIFEN_BAD_INPUT;
    struct jifen_people *p = calloc(1, sizeof *p);
    if (!p) return JIFEN_NO_MEMORY;
    arena_init(&p->arena, 0);
    p->owner = r;
    p->day = on;
    *ret = p;
    return JIFEN_OK;
}

int jifen_people_new(const struct jifen_rules *r, const char *day, struct jifen_people **ret)
{
    struct jifen_people *p;
    int status = people_alloc(r, day, &p);

    if (status != JIFEN_OK) return status;
    status = embed_status(people_init(p));
    if (status == JIFEN_OK)
        *ret = p;
    else
        jifen_people_free(p);
    return status;
}

void jifen_people_free(struct jifen_people *p)
{
    if (!p) return;
    data_close(p->data);
    arena_done(&p->arena);
    free(p);
}

/* ---- rows ---- */

static enum err readers_of(struct jifen_people *p, int32_t reg, struct cell_reader **ret)
{
    const struct rule_register *rr = &rules_of(p)->regs[reg];
    struct cell_reader *readers = p->readers[reg];
    enum err e = ERR_OK;

    if (!readers) {
        readers = ARENA_ARRAY(&p->arena, struct cell_reader, rr->field_count);
        if (!readers) return ERR_NOMEM;
        for (uint32_t f = 0; f < rr->field_count && e == ERR_OK; f++) {
            e = cell_reader_init(&p->arena, rules_of(p), &rr->fields[f], &p->keys, p->day,
                                 &readers[f]);
            if (e == ERR_OK) e = cell_reader_prepare(&p->arena, &readers[f]);
        }
        if (e != ERR_OK) return e;
        p->readers[reg] = readers;
    }
    *ret = readers;
    return ERR_OK;
}

static void say_unknown(struct buf *b, enum lang lang, const char *what_zh, const char *what_en,
                        const char *name)
{
    buf_printf(b, lang == LANG_ZH ? "规则里没有这个%s：%s" : "the rules have no such %s: %s",
               lang == LANG_ZH ? what_zh : what_en, name);
}

/* One cell into the row. */
static int take_cell(struct jifen_people *p, const struct people_row *row,
                     struct cell_reader *readers, const char *field, const char *cell,
                     struct buf *why)
{
    const struct rule_register *reg = &rules_of(p)->regs[row->reg];
    const int32_t f = rules_field(reg, str_from_c(field));
    enum err nomem = ERR_OK;

    if (f < 0) {
        say_unknown(why, p->owner->lang, "字段", "field", field);
        return JIFEN_BAD_INPUT;
    }
    const struct str text = str_copy(&p->arena, str_from_c(cell)); /* keys stay as they came */
    if (!text.p) return JIFEN_NO_MEMORY;
    const enum data_msg m = cell_read(&readers[f], text, &row->values[f], &row->known[f], &nomem);
    if (nomem != ERR_OK) return embed_status(nomem);
    if (m == DATA_MSG_COUNT) return JIFEN_OK;
    const struct row_error wrong = {.reg = row->reg, .field = f, .msg = m};
    buf_printf(why, "%.*s.%.*s: ", STR_ARG(reg->name.ascii), STR_ARG(reg->fields[f].name.ascii));
    row_error_add_sentence(why, rules_of(p), &wrong, p->owner->lang);
    return JIFEN_BAD_INPUT;
}

/* Every cell, those not named first as empty. */
static int take_cells(struct jifen_people *p, const struct people_row *row,
                      const char *const *fields, const char *const *cells, size_t count,
                      struct buf *why)
{
    const struct rule_register *reg = &rules_of(p)->regs[row->reg];
    struct cell_reader *readers = NULL;
    int status = embed_status(readers_of(p, row->reg, &readers));

    for (size_t i = 0; i < count && status == JIFEN_OK; i++)
        status = take_cell(p, row, readers, fields[i], cells[i], why);
    for (uint32_t f = 0; f < reg->field_count && status == JIFEN_OK; f++) {
        size_t i = 0;
        while (i < count && rules_field(reg, str_from_c(fields[i])) != (int32_t)f)
            i++;
        if (i < count) continue;
        const struct str name = str_copy(&p->arena, reg->fields[f].name.ascii);
        status = name.p ? take_cell(p, row, readers, name.p, "", why) : JIFEN_NO_MEMORY;
    }
    return status;
}

static enum err row_new(struct jifen_people *p, int32_t reg, struct people_row *ret)
{
    const uint32_t fields = rules_of(p)->regs[reg].field_count;
    struct people_row row = {.reg = reg,
                             .values = ARENA_ARRAY(&p->arena, int64_t, fields),
                             .known = ARENA_ARRAY(&p->arena, bool, fields)};

    if (!row.values || !row.known) return ERR_NOMEM;
    if (p->row_count == p->row_cap) {
        const uint32_t cap = p->row_cap ? 2 * p->row_cap : 16;
        struct people_row *grown =
            arena_grow(&p->arena, p->rows, p->row_count, cap, sizeof *p->rows);
        if (!grown) return ERR_NOMEM;
        p->rows = grown;
        p->row_cap = cap;
    }
    *ret = row;
    return ERR_OK;
}

static enum err person_of(struct jifen_people *p, const char *name, uint32_t *ret)
{
    const uint32_t at = text_map_find(&p->names, str_from_c(name));

    if (at != TEXT_NONE) {
        *ret = at;
        return ERR_OK;
    }
    const struct str copy = str_copy(&p->arena, str_from_c(name));
    return copy.p ? text_map_add(&p->names, copy, ret) : ERR_NOMEM;
}

int jifen_people_add(struct jifen_people *p, const char *person, const char *reg,
                     const char *const *fields, const char *const *cells, size_t count,
                     char **ret_message)
{
    const int32_t at = rules_register(rules_of(p), str_from_c(reg));
    struct people_row row;
    struct buf why;
    int status;

    if (ret_message) *ret_message = NULL;
    if (p->is_closed) return JIFEN_WRONG_TIME;
    buf_init(&why, 0);
    if (at < 0) {
        say_unknown(&why, p->owner->lang, "登记", "register", reg);
        return embed_fail(JIFEN_BAD_INPUT, &why, ret_message);
    }
    status = embed_status(row_new(p, at, &row));
    if (status == JIFEN_OK) status = take_cells(p, &row, fields, cells, count, &why);
    if (status == JIFEN_OK) status = embed_status(person_of(p, person, &row.person));
    if (status != JIFEN_OK) return embed_fail(status, &why, ret_message);
    buf_done(&why);
    p->rows[p->row_count++] = row;
    p->answered[at] = true;
    return JIFEN_OK;
}

int jifen_people_answered(struct jifen_people *p, const char *reg)
{
    const int32_t at = rules_register(rules_of(p), str_from_c(reg));

    if (p->is_closed) return JIFEN_WRONG_TIME;
    if (at < 0) return JIFEN_NOT_FOUND;
    p->answered[at] = true;
    return JIFEN_OK;
}

/* ---- closing ---- */

struct ranked {
    struct str text;
    uint32_t was;
};

static int text_order(const void *a, const void *b)
{
    return str_cmp(((const struct ranked *)a)->text, ((const struct ranked *)b)->text);
}

/* The texts of a map in bytewise order, and the place of each in it. */
static enum err rank(struct arena *a, const struct text_map *m, struct str **ret_texts,
                     uint32_t **ret_place)
{
    struct ranked *list = ARENA_ARRAY(a, struct ranked, m->count);
    struct str *texts = ARENA_ARRAY(a, struct str, m->count);
    uint32_t *place = ARENA_ARRAY(a, uint32_t, m->count);

    if (!list || !texts || !place) return ERR_NOMEM;
    for (uint32_t i = 0; i < m->count; i++)
        list[i] = (struct ranked){m->texts[i], i};
    if (m->count > 1) qsort(list, m->count, sizeof *list, text_order);
    for (uint32_t i = 0; i < m->count; i++) {
        texts[i] = list[i].text;
        place[list[i].was] = i;
    }
    *ret_texts = texts;
    *ret_place = place;
    return ERR_OK;
}

static void renumber_keys(struct jifen_people *p, const uint32_t *place)
{
    for (uint32_t i = 0; i < p->row_count; i++) {
        const struct rule_register *reg = &rules_of(p)->regs[p->rows[i].reg];
        for (uint32_t f = 0; f < reg->field_count; f++)
            if (reg->fields[f].type.vt == VT_KEY && p->rows[i].known[f])
                p->rows[i].values[f] = place[p->rows[i].values[f]];
    }
}

static enum err build(struct jifen_people *p)
{
    struct population_builder *b;
    struct str *ids, *keys;
    uint32_t *person_at, *key_at;
    enum err e = rank(&p->arena, &p->names, &ids, &person_at);

    if (e == ERR_OK) e = rank(&p->arena, &p->keys, &keys, &key_at);
    if (e != ERR_OK) return e;
    renumber_keys(p, key_at);
    e = population_builder_new(&p->arena, rules_of(p), p->names.count, &b);
    for (uint32_t i = 0; i < p->row_count && e == ERR_OK; i++) {
        const struct people_row *row = &p->rows[i];
        e = population_builder_add(b, row->reg, person_at[row->person], row->values, row->known, 0);
    }
    for (uint32_t r = 0; r < rules_of(p)->reg_count && e == ERR_OK; r++)
        if (!p->answered[r]) population_builder_unanswered(b, (int32_t)r);
    if (e == ERR_OK) e = population_builder_finish(b, &p->own);
    if (e != ERR_OK) return e;
    p->own.ids = ids;
    p->own.keys = keys;
    p->own.key_count = p->keys.count;
    p->people = &p->own;
    p->is_closed = true;
    return ERR_OK;
}

int jifen_people_close(struct jifen_people *p, char **ret_message)
{
    if (ret_message) *ret_message = NULL;
    return p->is_closed ? JIFEN_WRONG_TIME : embed_status(build(p));
}

/* ---- a folder ---- */

int jifen_people_read(const struct jifen_rules *r, const char *dir, const char *day,
                      struct jifen_people **ret, char **ret_message)
{
    struct jifen_people *p;
    struct buf why;
    size_t notes = 0;
    int status = people_alloc(r, day, &p);

    if (ret_message) *ret_message = NULL;
    if (status != JIFEN_OK) return status;
    const struct data_options o = {.dir = dir, .on = p->day, .threads = 1, .keep_lines = true};
    status = embed_status(data_read(r->rules, &o, &p->data));
    if (status == JIFEN_OK) {
        p->people = data_population(p->data);
        p->is_closed = true;
        *ret = p;
        return JIFEN_OK;
    }
    buf_init(&why, 0);
    const struct data_note *note = p->data ? data_stop(p->data, &notes) : NULL;
    for (size_t i = 0; i < notes; i++)
        data_note_add_text(&why, &note[i], r->lang);
    jifen_people_free(p);
    return embed_fail(status, &why, ret_message);
}

/* ---- who ---- */

size_t jifen_people_count(const struct jifen_people *p)
{
    return p->people ? p->people->count : 0;
}

const char *jifen_people_name(const struct jifen_people *p, size_t at, size_t *ret_length)
{
    if (at >= jifen_people_count(p)) return NULL;
    *ret_length = p->people->ids[at].n;
    return p->people->ids[at].p;
}

int jifen_people_find(const struct jifen_people *p, const char *person, size_t *ret_at)
{
    const struct str wanted = str_from_c(person);
    size_t first = 0, end = jifen_people_count(p);

    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const int order = str_cmp(p->people->ids[middle], wanted);
        if (order == 0) {
            *ret_at = middle;
            return JIFEN_OK;
        }
        if (order < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return JIFEN_NOT_FOUND;
}
