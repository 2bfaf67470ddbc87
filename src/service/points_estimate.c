/* Estimates for anybody: facts come with the question and go with the answer.
 *
 *   JSON {register: [{field: text}]} -> cells (the same reading as of register files) -> the same
 *   population of one, engine and page as real points.
 *
 * Limits: 64 KiB of JSON, ROWS_MAX rows of a register, no identity of anybody. */
#include <jansson.h>
#include <string.h>

#include "base/date.h"
#include "service/cells.h"
#include "service/points_internal.h"

#define FACTS_BYTES_MAX (64 * 1024)
#define ROWS_MAX 200

struct estimate {
    struct arena *a;
    const struct rules *rules;
    int32_t division, day;
    struct store_facts *all;
    struct str *ret_field; /* where the trouble is */
};

/* --- JSON -> cells --- */

static enum err at_field(struct estimate *x, const struct rule_register *reg,
                         const struct rule_field *f, enum err e)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, reg->name.ascii);
    if (f) {
        buf_add_char(&b, '.');
        buf_add(&b, f->name.ascii);
    }
    *x->ret_field = str_copy(x->a, buf_str(&b));
    buf_done(&b);
    return e;
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

static enum err read_row(struct estimate *x, const struct rule_register *reg, const json_t *row,
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
    if (taken != json_object_size(row)) return at_field(x, reg, NULL, ERR_NOT_FOUND);
    ret->cells = cells;
    return ERR_OK;
}

static enum err read_register(struct estimate *x, uint32_t at, const json_t *rows)
{
    const struct rule_register *reg = &x->rules->regs[at];
    const uint32_t most = reg->one_per_person           ? 1
                          : reg->max_records < ROWS_MAX ? reg->max_records
                                                        : ROWS_MAX;

    if (!json_is_array(rows)) return at_field(x, reg, NULL, ERR_SYNTAX);
    const size_t count = json_array_size(rows);
    if (count > most) return at_field(x, reg, NULL, ERR_RANGE);
    struct store_fact *facts = ARENA_ARRAY(x->a, struct store_fact, count);
    if (!facts) return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const enum err e = read_row(x, reg, json_array_get(rows, i), &facts[i]);
        if (e != ERR_OK) return e;
    }
    x->all[at] = (struct store_facts){facts, (uint32_t)count, true};
    return ERR_OK;
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

enum err points_estimate(struct points *p, struct arena *a, const struct caller *c,
                         int32_t division, int32_t day, struct str facts, struct json *out,
                         struct str *ret_field)
{
    struct estimate x = {a, p->rules, division, day, NULL, ret_field};
    struct points_result r = {.day = day, .rule_day = day, .known_at = STORE_KNOWN_NOW};
    enum err e = access_check(c, ACTION_ESTIMATE, 0, 0);

    if (e != ERR_OK) return e;
    points_begin(p);
    x.all = ARENA_ARRAY(a, struct store_facts, p->rules->reg_count);
    if (!x.all) return ERR_NOMEM;
    for (uint32_t i = 0; i < p->rules->reg_count; i++)
        x.all[i].answered = true;
    e = read_facts(&x, facts);
    if (e == ERR_OK) e = assume_permit(&x);
    if (e != ERR_OK) return e;
    *ret_field = STR("facts");
    e = fact_person_make(a, p->rules, x.all, STR(""), &r.facts);
    if (e == ERR_OK) e = points_compute(p, a, &r);
    return e == ERR_OK ? points_add_score(p, a, &r, NULL, c->lang, true, out) : e;
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
