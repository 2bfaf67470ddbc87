/* The quality report of a load: why rows were refused, how complete each column is, how that was
 * the last time; and whether the very same file came before. */
#include <string.h>

#include <jansson.h>

#include "base/date.h"
#include "base/put.h"
#include "service/load_internal.h"

#define CANDIDATES 16 /* loads that kept a first part of the same digest */
#define LAST_AMONG 200

/* --- measuring --- */

static enum err measure_columns(struct loads *x, struct load_quality *q, const struct load_file *f)
{
    const struct rule_register *reg = &x->r->regs[f->reg];
    const struct register_data *data = &f->p->regs[f->reg];
    uint32_t first, end;

    q->columns = ARENA_ARRAY(x->a, struct load_column, reg->field_count);
    if (!q->columns) return ERR_NOMEM;
    q->column_count = reg->field_count;
    for (uint32_t k = 0; k < reg->field_count; k++)
        q->columns[k].name = reg->fields[k].name.ascii;
    for (uint32_t who = 0; who < f->p->count; who++) {
        population_rows(f->p, f->reg, who, &first, &end);
        q->rows_good += end - first;
        for (uint32_t k = 0; k < reg->field_count; k++)
            for (uint32_t row = first; row < end; row++)
                q->columns[k].filled += column_known(&data->cols[k], row);
    }
    return ERR_OK;
}

static enum err measure_identities(struct loads *x, struct load_quality *q,
                                   const struct load_file *f)
{
    static const char *const names[] = {"id_number", "name", "phone"};

    q->columns = ARENA_ARRAY(x->a, struct load_column, 3);
    if (!q->columns) return ERR_NOMEM;
    q->column_count = 3;
    q->rows_good = f->row_count;
    for (int k = 0; k < 3; k++)
        q->columns[k].name = str_from_c(names[k]);
    for (uint32_t i = 0; i < f->row_count; i++) {
        q->columns[0].filled += f->rows[i].id_number.n > 0;
        q->columns[1].filled += f->rows[i].name.n > 0;
        q->columns[2].filled += f->rows[i].phone.n > 0;
    }
    return ERR_OK;
}

/* The first load with the same bytes for the same register that is in the database. */
static enum err find_same(struct loads *x, const struct load *l, struct str bytes,
                          struct str *ret_number)
{
    const struct str part = {bytes.p, bytes.n < LOAD_PART_BYTES ? bytes.n : LOAD_PART_BYTES};
    struct hash digest;
    int64_t objects[CANDIDATES];
    uint32_t count;
    enum err e = hash_sm3(part, &digest);

    if (e == ERR_OK) e = store_material_objects(x->s, &digest, 0, objects, CANDIDATES, &count);
    for (uint32_t i = 0; e == ERR_OK && i < count; i++) {
        struct store_object o;
        struct load other;
        e = store_object_get(x->s, x->a, 0, objects[i], &o);
        if (e != ERR_OK || !str_eq(o.kind, STR("load")) || !str_eq(o.state, STR("applied")))
            continue;
        e = load_of_object(x, &o, &other);
        if (e != ERR_OK || !str_eq(other.reg, l->reg) || other.mode != l->mode ||
            memcmp(&other.digest, &l->digest, sizeof l->digest) != 0)
            continue;
        *ret_number = o.number;
        break;
    }
    return e;
}

/* The load of this register that was applied last. */
static enum err find_last(struct loads *x, struct load *l)
{
    const struct store_object_query q = {.kind = STR("load"),
                                         .state = STR("applied"),
                                         .division_first = l->object.division,
                                         .division_last = l->object.division,
                                         .due_by = DATE_OPEN_END,
                                         .limit = LAST_AMONG,
                                         .newest_first = true};
    struct store_object *objects;
    uint32_t count;
    enum err e = store_objects_find(x->s, x->a, &q, &objects, &count);

    for (uint32_t i = 0; e == ERR_OK && i < count; i++) {
        struct load other;
        e = load_of_object(x, &objects[i], &other);
        if (e != ERR_OK || !str_eq(other.reg, l->reg)) continue;
        l->quality.last = objects[i].number;
        l->quality.last_rows = other.counts.rows;
        l->quality.last_refused = other.counts.refused;
        break;
    }
    return e;
}

enum err load_quality_measure(struct loads *x, struct load *l, const struct load_file *f,
                              struct str bytes)
{
    struct load_quality *q = &l->quality;

    *q = (struct load_quality){.same_as = STR(""), .last = STR("")};
    memcpy(q->by_msg, f->by_msg, sizeof q->by_msg);
    enum err e = f->reg < 0 ? measure_identities(x, q, f) : measure_columns(x, q, f);
    if (e == ERR_OK) e = find_same(x, l, bytes, &q->same_as);
    return e == ERR_OK ? find_last(x, l) : e;
}

/* --- kept with the load --- */

void load_quality_write(const struct load_quality *q, struct json *out)
{
    json_key(out, "quality");
    json_open_object(out);
    put_str(out, "same_as", q->same_as);
    put_str(out, "last", q->last);
    put_int(out, "last_rows", (int64_t)q->last_rows);
    put_int(out, "last_refused", (int64_t)q->last_refused);
    put_int(out, "rows_good", (int64_t)q->rows_good);
    json_key(out, "refused");
    json_open_object(out);
    for (int m = 0; m < DATA_MSG_COUNT; m++)
        if (q->by_msg[m] > 0)
            put_int(out, data_message((enum data_msg)m)->code, (int64_t)q->by_msg[m]);
    json_end(out);
    json_key(out, "columns");
    json_open_array(out);
    for (uint32_t k = 0; k < q->column_count; k++) {
        json_open_object(out);
        put_str(out, "name", q->columns[k].name);
        put_int(out, "filled", (int64_t)q->columns[k].filled);
        json_end(out);
    }
    json_end(out);
    json_end(out);
}

static struct str text_member(struct arena *a, const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);

    return str_copy(a, (struct str){json_string_value(v), json_string_length(v)});
}

static uint64_t int_member(const json_t *o, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(o, name));
}

enum err load_quality_read(struct arena *a, const json_t *o, struct load_quality *q)
{
    const json_t *columns = json_object_get(o, "columns"), *refused = json_object_get(o, "refused");

    *q = (struct load_quality){.same_as = STR(""), .last = STR("")};
    if (!o) return ERR_OK; /* kept before there was a report */
    q->same_as = text_member(a, o, "same_as");
    q->last = text_member(a, o, "last");
    q->last_rows = int_member(o, "last_rows");
    q->last_refused = int_member(o, "last_refused");
    q->rows_good = int_member(o, "rows_good");
    for (int m = 0; m < DATA_MSG_COUNT; m++)
        q->by_msg[m] = int_member(refused, data_message((enum data_msg)m)->code);
    q->column_count = (uint32_t)json_array_size(columns);
    q->columns = ARENA_ARRAY(a, struct load_column, q->column_count);
    if (!q->columns || !q->same_as.p || !q->last.p) return ERR_NOMEM;
    for (uint32_t k = 0; k < q->column_count; k++) {
        const json_t *c = json_array_get(columns, k);
        q->columns[k] = (struct load_column){text_member(a, c, "name"), int_member(c, "filled")};
        if (!q->columns[k].name.p) return ERR_NOMEM;
    }
    return ERR_OK;
}

/* --- shown --- */

static struct str column_title(const struct rules *r, struct str reg, struct str column,
                               enum lang lang)
{
    const int32_t at = rules_register(r, reg);
    const int32_t field = at >= 0 ? rules_field(&r->regs[at], column) : -1;

    return field >= 0 ? rules_name(&r->regs[at].fields[field].name, lang) : column;
}

static void put_number(struct json *out, const char *key, struct str number)
{
    if (number.n > 0)
        put_str(out, key, number);
    else
        put_null(out, key);
}

void load_quality_add_json(const struct load *l, const struct rules *r, enum lang lang,
                           struct json *out)
{
    const struct load_quality *q = &l->quality;

    put_number(out, "same_as", q->same_as);
    json_key(out, "quality");
    json_open_object(out);
    json_key(out, "refused");
    json_open_array(out);
    for (int m = 0; m < DATA_MSG_COUNT; m++) {
        if (q->by_msg[m] == 0) continue;
        const struct message *text = data_message((enum data_msg)m);
        json_open_object(out);
        put_text(out, "code", text->code);
        put_text(out, "text", text->text[lang]);
        put_int(out, "rows", (int64_t)q->by_msg[m]);
        json_end(out);
    }
    json_end(out);
    json_key(out, "columns");
    json_open_array(out);
    for (uint32_t k = 0; k < q->column_count; k++) {
        json_open_object(out);
        put_str(out, "name", q->columns[k].name);
        put_str(out, "title", column_title(r, l->reg, q->columns[k].name, lang));
        put_int(out, "filled", (int64_t)q->columns[k].filled);
        put_int(out, "rows", (int64_t)q->rows_good);
        json_end(out);
    }
    json_end(out);
    put_number(out, "last", q->last);
    put_int(out, "last_rows", (int64_t)q->last_rows);
    put_int(out, "last_refused", (int64_t)q->last_refused);
    json_end(out);
}
