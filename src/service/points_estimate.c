/* Estimates for anybody: facts come with the question and go with the answer.
 *
 *   JSON {register: [{field: text}]} -> cells (the same reading as of register files) -> the same
 *   population of one, engine, forecast, advice and page as real points.
 *
 * Limits: 64 KiB of JSON, POINTS_IMAGINED_ROWS records, no identity of anybody. */
#include <jansson.h>
#include <string.h>

#include "base/date.h"
#include "service/cells.h"
#include "service/points_internal.h"

#define FACTS_BYTES_MAX (64 * 1024)

struct estimate {
    struct arena *a;
    const struct rules *rules;
    int32_t division, day;
    struct store_facts *all;
    uint32_t rows;         /* records read so far */
    struct str *ret_field; /* where the trouble is */
};

/* --- JSON -> cells --- */

/* `field` may be empty: the register as a whole. */
static enum err at_name(struct estimate *x, const struct rule_register *reg, struct str field,
                        enum err e)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, reg->name.ascii);
    if (field.n > 0) {
        buf_add_char(&b, '.');
        buf_add(&b, field);
    }
    *x->ret_field = str_copy(x->a, buf_str(&b));
    buf_done(&b);
    return e;
}

static enum err at_field(struct estimate *x, const struct rule_register *reg,
                         const struct rule_field *f, enum err e)
{
    return at_name(x, reg, f ? f->name.ascii : STR(""), e);
}

/* The first member of a record that is no field of its register. */
static enum err at_unknown(struct estimate *x, const struct rule_register *reg, json_t *row)
{
    const char *name;
    json_t *value;

    json_object_foreach(row, name, value) if (rules_field(reg, str_from_c(name)) <
                                              0) return at_name(x, reg, str_from_c(name),
                                                                ERR_NOT_FOUND);
    return at_field(x, reg, NULL, ERR_NOT_FOUND);
}

/* One cell of text, read as a cell of a register file would be. */
static enum err read_cell(struct estimate *x, const struct rule_field *f, struct str text,
                          struct store_cell *ret)
{
    struct text_map keys;
    struct cell_reader reader;
    int64_t value = 0;
    bool known = false;
    enum err nomem = ERR_OK;

    text_map_init(&keys, x->a);
    const enum err e = cell_reader_init(x->a, x->rules, f, &keys, x->day, &reader);
    if (e != ERR_OK) return e;
    if (cell_read(&reader, text, &value, &known, &nomem) != DATA_MSG_COUNT) return ERR_RANGE;
    if (nomem != ERR_OK) return nomem;
    *ret = fact_cell(x->rules, f, known, value, text);
    return ERR_OK;
}

static enum err read_row(struct estimate *x, const struct rule_register *reg, json_t *row,
                         struct store_fact *ret)
{
    struct store_cell *cells = ARENA_ARRAY(x->a, struct store_cell, reg->field_count);
    size_t taken = 0;

    if (!cells) return ERR_NOMEM;
    if (!json_is_object(row)) return at_field(x, reg, NULL, ERR_SYNTAX);
    for (uint32_t k = 0; k < reg->field_count; k++) {
        const struct rule_field *f = &reg->fields[k];
        const json_t *v = json_object_getn(row, f->name.ascii.p, f->name.ascii.n);
        struct str text = STR("");
        taken += v != NULL;
        if (v && !json_is_string(v) && !json_is_null(v)) return at_field(x, reg, f, ERR_SYNTAX);
        if (json_is_string(v)) {
            text = str_copy(x->a, (struct str){json_string_value(v), json_string_length(v)});
            if (!text.p) return ERR_NOMEM;
        }
        const enum err e = read_cell(x, f, text, &cells[k]);
        if (e != ERR_OK) return at_field(x, reg, f, e);
    }
    if (taken != json_object_size(row)) return at_unknown(x, reg, row);
    ret->cells = cells;
    return ERR_OK;
}

/* Do two records of a register last at the same time? Months include their last. */
static bool overlap(const struct rule_register *reg, const struct store_cell *a,
                    const struct store_cell *b)
{
    const int64_t past = reg->fields[reg->end].type.vt == VT_MONTH ? 1 : 0;

    if (!a[reg->start].known || !a[reg->end].known || !b[reg->start].known || !b[reg->end].known)
        return false;
    return a[reg->start].i < b[reg->end].i + past && b[reg->start].i < a[reg->end].i + past;
}

/* What a register file may not say either: an end before its beginning, two at the same time where
 * the register has one after the other. */
static enum err check_spans(struct estimate *x, const struct rule_register *reg,
                            const struct store_fact *facts, size_t count)
{
    const int32_t start = reg->start >= 0 ? reg->start : reg->event;

    if (start < 0 || reg->end < 0) return ERR_OK;
    for (size_t i = 0; i < count; i++) {
        const struct store_cell *c = facts[i].cells;
        if (c[start].known && c[reg->end].known && c[reg->end].i < c[start].i)
            return at_field(x, reg, &reg->fields[reg->end], ERR_RANGE);
        if (!reg->no_overlap || reg->start < 0) continue;
        for (size_t k = 0; k < i; k++)
            if (overlap(reg, facts[k].cells, c))
                return at_field(x, reg, &reg->fields[start], ERR_RANGE);
    }
    return ERR_OK;
}

static enum err read_register(struct estimate *x, uint32_t at, const json_t *rows)
{
    const struct rule_register *reg = &x->rules->regs[at];
    const uint32_t left = POINTS_IMAGINED_ROWS - x->rows;
    const uint32_t most = reg->one_per_person       ? 1
                          : reg->max_records < left ? reg->max_records
                                                    : left;

    if (!json_is_array(rows)) return at_field(x, reg, NULL, ERR_SYNTAX);
    const size_t count = json_array_size(rows);
    if (count > most) return at_field(x, reg, NULL, ERR_ROWS);
    x->rows += (uint32_t)count;
    struct store_fact *facts = ARENA_ARRAY(x->a, struct store_fact, count);
    if (!facts) return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const enum err e = read_row(x, reg, json_array_get(rows, i), &facts[i]);
        if (e != ERR_OK) return e;
    }
    x->all[at] = (struct store_facts){facts, (uint32_t)count, true};
    return check_spans(x, reg, facts, count);
}

static enum err read_facts(struct estimate *x, struct str text)
{
    json_error_t error;
    enum err e = ERR_OK;
    const char *name;
    json_t *rows;

    *x->ret_field = STR("facts");
    if (text.n > FACTS_BYTES_MAX) return ERR_RANGE;
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) e = ERR_SYNTAX;
    if (e == ERR_OK) {
        json_object_foreach(root, name, rows)
        {
            const int32_t at = rules_register(x->rules, str_from_c(name));
            if (at < 0) {
                *x->ret_field = str_copy(x->a, str_from_c(name));
                e = ERR_NOT_FOUND;
            } else {
                e = read_register(x, (uint32_t)at, rows);
            }
            if (e != ERR_OK) break;
        }
    }
    json_decref(root);
    return e;
}

/* --- the permit that is assumed --- */

/* The member of the status field that is in force. */
static int32_t member_in_force(const struct rule_force *f)
{
    for (uint32_t i = 0; i < f->row_count; i++)
        if (f->rows[i].in_force && f->rows[i].member >= 0) return f->rows[i].member;
    return -1;
}

static enum err assume_permit(struct estimate *x)
{
    const struct rule_force *f = &x->rules->force;
    const int32_t member = member_in_force(f);

    if (!x->rules->has_force || x->all[f->reg].count > 0 || member < 0) return ERR_OK;
    const struct rule_register *reg = &x->rules->regs[f->reg];
    struct store_fact *fact = ARENA_NEW(x->a, struct store_fact);
    struct store_cell *cells = ARENA_ARRAY(x->a, struct store_cell, reg->field_count);
    if (!fact || !cells) return ERR_NOMEM;
    for (uint32_t k = 0; k < reg->field_count; k++) {
        const bool status = (int32_t)k == f->status_field, place = (int32_t)k == f->division_field;
        const int64_t v = status                   ? member
                          : place                  ? x->division
                          : (int32_t)k == reg->end ? DATE_OPEN_END
                                                   : x->day;
        const bool known = status || place || (int32_t)k == reg->end || (int32_t)k == reg->start;
        cells[k] = fact_cell(x->rules, &reg->fields[k], known, v, STR(""));
    }
    fact->cells = cells;
    x->all[f->reg] = (struct store_facts){fact, 1, true};
    return ERR_OK;
}

/* --- answers --- */

/* The population of one that the facts make. */
static enum err imagine(struct points *p, struct arena *a, const struct caller *c,
                        const struct points_imagined *i, struct fact_person *ret,
                        struct str *ret_field)
{
    struct estimate x = {
        .a = a, .rules = p->rules, .division = i->division, .day = i->day, .ret_field = ret_field};
    enum err e = access_check(c, ACTION_ESTIMATE, 0, 0);

    *ret_field = STR("");
    if (e != ERR_OK) return e;
    x.all = ARENA_ARRAY(a, struct store_facts, p->rules->reg_count);
    if (!x.all) return ERR_NOMEM;
    for (uint32_t k = 0; k < p->rules->reg_count; k++)
        x.all[k].answered = true;
    e = read_facts(&x, i->facts);
    if (e != ERR_OK) return e;
    *ret_field = STR("");
    e = assume_permit(&x);
    if (e == ERR_OK) e = fact_person_make(a, p->rules, x.all, STR(""), ret);
    if (e == ERR_OK && home_of(&ret->people, 0, i->day, i->day).scheme < 0) e = ERR_NOT_FOUND;
    if (e == ERR_RANGE) *ret_field = STR("facts");
    return e;
}

enum err points_estimate(struct points *p, struct arena *a, const struct caller *c,
                         const struct points_imagined *x, struct json *out, struct str *ret_field)
{
    struct points_result r = {.day = x->day, .rule_day = x->day, .known_at = STORE_KNOWN_NOW};
    enum err e = imagine(p, a, c, x, &r.facts, ret_field);

    if (e != ERR_OK) return e;
    points_begin(p);
    e = points_compute(p, a, &r);
    return e == ERR_OK ? points_add_score(p, a, &r, NULL, c->lang, true, out) : e;
}

enum err points_estimate_forecast(struct points *p, struct arena *a, const struct caller *c,
                                  const struct points_imagined *x, const struct points_period *h,
                                  struct buf *out, struct str *ret_field)
{
    struct fact_person facts;
    const enum err e = imagine(p, a, c, x, &facts, ret_field);

    if (e != ERR_OK) return e;
    return points_forecast_of(p, a, &facts, x->day, h, c->lang, out, ret_field);
}

enum err points_estimate_advice(struct points *p, struct arena *a, const struct caller *c,
                                const struct points_imagined *x, const int64_t *line,
                                struct json *out, struct str *ret_field)
{
    struct fact_person facts;
    const enum err e = imagine(p, a, c, x, &facts, ret_field);

    return e == ERR_OK ? points_advice_of(a, &facts, x->day, x->day, line, c->lang, out) : e;
}

/* --- the form --- */

static const char *const type_words[VT_COUNT_OF] = {
    [VT_BOOL] = "yesno",    [VT_INT] = "integer",     [VT_POINTS] = "points",
    [VT_MONEY] = "money",   [VT_DATE] = "date",       [VT_MONTH] = "month",
    [VT_MONTHS] = "months", [VT_DAYS] = "days",       [VT_AGE] = "age",
    [VT_LEVEL] = "choice",  [VT_CATEGORY] = "choice", [VT_DIVISION] = "division",
    [VT_KEY] = "text",      [VT_SHARE] = "share"};

static void put_choices(struct points *p, const struct rule_field *f, enum lang lang,
                        struct json *out)
{
    json_key(out, "choices");
    json_open_array(out);
    if (f->type.vt == VT_LEVEL || f->type.vt == VT_CATEGORY)
        for (uint32_t m = 0; m < p->rules->enums[f->type.ref].member_count; m++) {
            json_open_object(out);
            put_names(out, &p->rules->enums[f->type.ref].members[m], lang);
            json_end(out);
        }
    json_end(out);
}

static void put_field(struct points *p, const struct rule_field *f, enum lang lang,
                      struct json *out)
{
    struct buf b;

    json_open_object(out);
    put_names(out, &f->name, lang);
    put_text(out, "type", type_words[f->type.vt]);
    put_bool(out, "required", f->empty == EMPTY_REFUSED);
    buf_init(&b, 0);
    if (f->type.vt == VT_INT && f->type.ref >= 0)
        buf_add(&b, rules_name(&p->rules->units[f->type.ref].name, lang));
    put_str(out, "unit", buf_str(&b));
    buf_done(&b);
    put_choices(p, f, lang, out);
    json_end(out);
}

static bool is_of_chain(const struct rules *r, int32_t of, int32_t lowest)
{
    return of >= 0 && lowest >= 0 && rules_in_chain(r, of, lowest);
}

enum err points_estimate_form(struct points *p, struct arena *a, const struct caller *c,
                              int32_t division, int32_t day, struct json *out)
{
    const int32_t scheme = rules_scheme_for(p->rules, division, day);
    const enum err e = access_check(c, ACTION_ESTIMATE, 0, 0);

    (void)a;
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_division(out, division, c->lang);
    json_key(out, "registers");
    json_open_array(out);
    for (uint32_t i = 0; i < p->rules->reg_count; i++) {
        const struct rule_register *reg = &p->rules->regs[i];
        if (!is_of_chain(p->rules, reg->scheme, scheme)) continue;
        json_open_object(out);
        put_names(out, &reg->name, c->lang);
        put_str(out, "supplier", rules_label(&reg->supplier, c->lang));
        put_bool(out, "one", reg->one_per_person);
        put_bool(out, "assumed", p->rules->has_force && p->rules->force.reg == (int32_t)i);
        json_key(out, "fields");
        json_open_array(out);
        for (uint32_t k = 0; k < reg->field_count; k++)
            put_field(p, &reg->fields[k], c->lang, out);
        json_end(out);
        json_end(out);
    }
    json_end(out);
    json_end(out);
    return buf_err(out->out);
}
