/* Facts between the store and the engine. See facts.h. */
#include "service/facts.h"

#include <stdlib.h>

#include "base/date.h"

static bool is_text(enum value_type vt)
{
    return vt == VT_LEVEL || vt == VT_CATEGORY || vt == VT_KEY;
}

enum err facts_registers(struct arena *a, const struct rules *r, const struct store_register **ret,
                         uint32_t *ret_count)
{
    struct store_register *regs = ARENA_ARRAY(a, struct store_register, r->reg_count);

    if (!regs) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->reg_count; i++) {
        const struct rule_register *from = &r->regs[i];
        struct store_column *columns = ARENA_ARRAY(a, struct store_column, from->field_count);
        if (!columns) return ERR_NOMEM;
        for (uint32_t f = 0; f < from->field_count; f++) {
            columns[f].name = from->fields[f].name.ascii;
            columns[f].type = is_text(from->fields[f].type.vt) ? STORE_TEXT : STORE_INT;
        }
        regs[i] = (struct store_register){from->name.ascii, columns, from->field_count};
    }
    *ret = regs;
    *ret_count = r->reg_count;
    return ERR_OK;
}

struct store_cell fact_cell(const struct rules *r, const struct rule_field *f, bool known,
                            int64_t value, struct str key)
{
    struct store_cell c = {.known = known};

    if (!known) return c;
    if (f->type.vt == VT_KEY)
        c.t = key;
    else if (is_text(f->type.vt))
        c.t = r->enums[f->type.ref].members[value].ascii;
    else
        c.i = value;
    return c;
}

/* Is the value in the field's range, or one of its open ends? */
static bool is_in_range(const struct rule_field *f, int64_t v)
{
    if (v >= f->lo && v <= f->hi) return true;
    if (f->empty == EMPTY_ALWAYS) return v == DATE_OPEN_START;
    if (f->empty != EMPTY_OPEN) return false;
    return v == (f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END);
}

enum err fact_value(const struct rules *r, const struct rule_field *f, const struct store_cell *c,
                    int64_t *ret_value, struct str *ret_key)
{
    INVARIANT(c->known);
    if (f->type.vt == VT_KEY) {
        *ret_value = 0;
        *ret_key = c->t;
        return ERR_OK;
    }
    if (!is_text(f->type.vt)) {
        if (!is_in_range(f, c->i)) return ERR_RANGE;
        *ret_value = c->i;
        return ERR_OK;
    }
    const struct rule_enum *e = &r->enums[f->type.ref];
    for (uint32_t m = 0; m < e->member_count; m++)
        if (str_eq(e->members[m].ascii, c->t)) {
            *ret_value = m;
            return ERR_OK;
        }
    return ERR_RANGE;
}

/* --- a population of one --- */

struct making {
    struct arena *a;
    const struct rules *rules;
    struct resident x;
    struct fact_origin *origins;
    struct str *keys; /* of every key cell met, in that order; value = its place here for now */
    uint32_t key_count;
};

static int key_order(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Keys are numbered in bytewise order, so that nothing depends on which came first. */
static enum err number_keys(struct making *m)
{
    struct str *sorted = ARENA_ARRAY(m->a, struct str, m->key_count);
    uint32_t n = 0;

    if (!sorted) return ERR_NOMEM;
    for (uint32_t i = 0; i < m->key_count; i++)
        sorted[i] = m->keys[i];
    if (m->key_count > 1) qsort(sorted, m->key_count, sizeof *sorted, key_order);
    for (uint32_t i = 0; i < m->key_count; i++)
        if (n == 0 || !str_eq(sorted[n - 1], sorted[i])) sorted[n++] = sorted[i];
    for (uint32_t i = 0; i < m->x.fact_count; i++) {
        struct resident_fact *f = &m->x.facts[i];
        const struct rule_register *reg = &m->rules->regs[f->reg];
        for (uint32_t k = 0; k < reg->field_count; k++) {
            if (reg->fields[k].type.vt != VT_KEY || !f->known[k]) continue;
            const struct str *at =
                bsearch(&m->keys[f->values[k]], sorted, n, sizeof *sorted, key_order);
            f->values[k] = at - sorted;
        }
    }
    m->x.keys = sorted;
    m->x.key_count = n;
    return ERR_OK;
}

static enum err take_fact(struct making *m, int32_t reg, const struct store_fact *from)
{
    const struct rule_register *r = &m->rules->regs[reg];
    struct resident_fact *f = &m->x.facts[m->x.fact_count];

    f->reg = reg;
    f->values = ARENA_ARRAY(m->a, int64_t, r->field_count);
    f->known = ARENA_ARRAY(m->a, bool, r->field_count);
    if (!f->values || !f->known) return ERR_NOMEM;
    for (uint32_t k = 0; k < r->field_count; k++) {
        struct str key;
        f->known[k] = from->cells[k].known;
        if (!f->known[k]) continue;
        const enum err e =
            fact_value(m->rules, &r->fields[k], &from->cells[k], &f->values[k], &key);
        if (e != ERR_OK) return e;
        if (r->fields[k].type.vt != VT_KEY) continue;
        f->values[k] = m->key_count;
        m->keys[m->key_count++] = key;
    }
    m->origins[m->x.fact_count] =
        (struct fact_origin){reg, from->fact, from->recorded, from->command};
    f->line = ++m->x.fact_count;
    return ERR_OK;
}

static enum err making_new(struct making *m, const struct store_facts *all)
{
    uint32_t facts = 0, cells = 0;

    for (uint32_t i = 0; i < m->rules->reg_count; i++) {
        facts += all[i].count;
        cells += all[i].count * m->rules->regs[i].field_count;
    }
    m->x.rules = m->rules;
    m->x.facts = ARENA_ARRAY(m->a, struct resident_fact, facts);
    m->x.silent = ARENA_ARRAY(m->a, bool, m->rules->reg_count);
    m->origins = ARENA_ARRAY(m->a, struct fact_origin, facts);
    m->keys = ARENA_ARRAY(m->a, struct str, cells);
    return m->x.facts && m->x.silent && m->origins && m->keys ? ERR_OK : ERR_NOMEM;
}

/* Days on which the facts were recorded, by line; a fact that is stored nowhere has none. */
static enum err add_recorded(struct arena *a, struct fact_person *p)
{
    int32_t *days = ARENA_ARRAY(a, int32_t, p->origin_count);

    if (!days) return ERR_NOMEM;
    for (uint32_t i = 0; i < p->origin_count; i++)
        days[i] = p->origins[i].fact ? date_of_instant(p->origins[i].recorded) : DATE_OPEN_END;
    for (uint32_t r = 0; r < p->people.rules->reg_count; r++)
        p->people.regs[r].recorded = days;
    return ERR_OK;
}

enum err fact_person_make(struct arena *a, const struct rules *r, const struct store_facts *all,
                          struct str code, struct fact_person *ret)
{
    struct making m = {.a = a, .rules = r};
    struct str *ids = ARENA_NEW(a, struct str);
    struct fact_person p = {0};
    enum err e = ids ? making_new(&m, all) : ERR_NOMEM;

    for (uint32_t i = 0; e == ERR_OK && i < r->reg_count; i++) {
        m.x.silent[i] = !all[i].answered;
        for (uint32_t k = 0; k < all[i].count && e == ERR_OK; k++)
            e = take_fact(&m, (int32_t)i, &all[i].items[k]);
    }
    if (e == ERR_OK) e = number_keys(&m);
    if (e == ERR_OK) e = resident_population(a, &m.x, &p.people, NULL);
    if (e != ERR_OK) return e;
    *ids = code;
    p.people.ids = ids;
    p.origins = m.origins;
    p.origin_count = m.x.fact_count;
    e = add_recorded(a, &p);
    if (e == ERR_OK) *ret = p;
    return e;
}

enum err fact_person_read(struct arena *a, struct store *s, const struct rules *r, int64_t person,
                          int64_t known_at, struct str code, struct fact_person *ret)
{
    struct store_facts *all = ARENA_ARRAY(a, struct store_facts, r->reg_count);
    enum err e = all ? store_facts_of(s, a, person, known_at, all) : ERR_NOMEM;

    return e == ERR_OK ? fact_person_make(a, r, all, code, ret) : e;
}
