/* One resident as a list of facts. Plain copying; the order of facts is that of the registers, and
 * inside a register the stored order, so that taking one out of a population and putting him back
 * changes nothing. */
#include "engine/resident.h"

#include <string.h>

#include "base/date.h"

static enum err fact_new(struct arena *a, const struct rules *r, int32_t reg,
                         struct resident_fact *ret)
{
    struct resident_fact f = {.reg = reg};

    f.values = ARENA_ARRAY(a, int64_t, r->regs[reg].field_count);
    f.known = ARENA_ARRAY(a, bool, r->regs[reg].field_count);
    if (f.values == NULL || f.known == NULL) return ERR_NOMEM;
    *ret = f;
    return ERR_OK;
}

static uint32_t rows_of(const struct population *p, uint32_t person)
{
    uint32_t count = 0, first, end;

    for (uint32_t reg = 0; reg < p->rules->reg_count; reg++) {
        population_rows(p, (int32_t)reg, person, &first, &end);
        count += end - first;
    }
    return count;
}

static enum err take_row(struct arena *a, const struct population *p, int32_t reg, uint32_t row,
                         struct resident_fact *ret)
{
    const struct register_data *d = &p->regs[reg];
    struct resident_fact f;
    enum err e = fact_new(a, p->rules, reg, &f);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < p->rules->regs[reg].field_count; i++) {
        f.known[i] = column_known(&d->cols[i], row);
        f.values[i] = f.known[i] ? column_get(&d->cols[i], row) : 0;
    }
    f.line = d->line != NULL ? d->line[row] : 0;
    *ret = f;
    return ERR_OK;
}

static enum err resident_new(struct arena *a, const struct rules *r, uint32_t facts,
                             struct resident *ret)
{
    struct resident n = {.rules = r};

    n.facts = ARENA_ARRAY(a, struct resident_fact, facts);
    n.silent = ARENA_ARRAY(a, bool, r->reg_count);
    if (n.facts == NULL || n.silent == NULL) return ERR_NOMEM;
    *ret = n;
    return ERR_OK;
}

enum err resident_of(struct arena *a, const struct population *p, uint32_t person,
                     struct resident *ret)
{
    struct resident n;
    enum err e = resident_new(a, p->rules, rows_of(p, person), &n);

    if (e != ERR_OK) return e;
    for (uint32_t reg = 0; reg < p->rules->reg_count; reg++) {
        uint32_t row, end;
        n.silent[reg] = !population_answered(p, (int32_t)reg, person);
        population_rows(p, (int32_t)reg, person, &row, &end);
        for (; row < end; row++) {
            e = take_row(a, p, (int32_t)reg, row, &n.facts[n.fact_count++]);
            if (e != ERR_OK) return e;
        }
    }
    n.keys = p->keys;
    n.key_count = p->key_count;
    *ret = n;
    return ERR_OK;
}

enum err resident_copy(struct arena *a, const struct resident *r, uint32_t extra,
                       struct resident *ret)
{
    struct resident n;
    enum err e = resident_new(a, r->rules, r->fact_count + extra, &n);

    if (e != ERR_OK) return e;
    memcpy(n.silent, r->silent, r->rules->reg_count * sizeof *n.silent);
    for (uint32_t i = 0; i < r->fact_count; i++) {
        const struct resident_fact *from = &r->facts[i];
        uint32_t fields = r->rules->regs[from->reg].field_count;
        e = fact_new(a, r->rules, from->reg, &n.facts[i]);
        if (e != ERR_OK) return e;
        memcpy(n.facts[i].values, from->values, fields * sizeof *from->values);
        memcpy(n.facts[i].known, from->known, fields * sizeof *from->known);
        n.facts[i].line = from->line;
    }
    n.fact_count = r->fact_count;
    n.keys = r->keys;
    n.key_count = r->key_count;
    *ret = n;
    return ERR_OK;
}

enum err resident_population(struct arena *a, const struct resident *r, struct population *ret,
                             uint32_t *ret_fact)
{
    struct population_builder *b;
    struct population p;
    enum err e = population_builder_new(a, r->rules, 1, &b);

    for (uint32_t i = 0; i < r->fact_count && e == ERR_OK; i++) {
        const struct resident_fact *f = &r->facts[i];
        e = population_builder_add(b, f->reg, 0, f->values, f->known, f->line);
        if (e == ERR_RANGE && ret_fact != NULL) *ret_fact = i;
    }
    if (e != ERR_OK) return e;
    for (uint32_t reg = 0; reg < r->rules->reg_count; reg++)
        if (r->silent[reg]) population_builder_unanswered(b, (int32_t)reg);
    e = population_builder_finish(b, &p);
    if (e != ERR_OK) return e;
    p.keys = r->keys;
    p.key_count = r->key_count;
    *ret = p;
    return ERR_OK;
}

/* --- as text --- */

static bool is_open_end(const struct rule_field *f, int64_t v)
{
    if (f->empty == EMPTY_ALWAYS) return v <= DATE_OPEN_START;
    if (f->empty != EMPTY_OPEN) return false;
    return v >= (f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END);
}

/* "所在地 330106": nothing for an empty cell that a case leaves out. */
static bool cell_add_text(struct buf *out, const struct value_ctx *c, const struct rule_field *f,
                          int64_t v, bool known, bool is_first)
{
    bool zh = c->lang == LANG_ZH;

    if (known && is_open_end(f, v)) return false;
    if (!known && f->empty != EMPTY_UNKNOWN) return false;
    if (!is_first) buf_add_c(out, zh ? "，" : ", ");
    buf_add(out, rules_name(&f->name, c->lang));
    buf_add_char(out, ' ');
    if (known)
        value_add_text(out, c, f->type, v);
    else
        buf_add_c(out, zh ? "未知" : "unknown");
    return true;
}

static void fact_add_text(struct buf *out, const struct value_ctx *c, const struct resident_fact *f)
{
    const struct rule_register *reg = &c->rules->regs[f->reg];
    bool is_first = true;

    buf_add_c(out, "  ");
    buf_add(out, rules_name(&reg->name, c->lang));
    buf_add_c(out, c->lang == LANG_ZH ? "：" : ": ");
    for (uint32_t i = 0; i < reg->field_count; i++)
        if (cell_add_text(out, c, &reg->fields[i], f->values[i], f->known[i], is_first))
            is_first = false;
    buf_add_char(out, '\n');
}

void resident_add_text(struct buf *out, const struct resident *r, enum lang lang)
{
    struct value_ctx c = {r->rules, r->keys, r->key_count, lang, VALUE_RULES};

    for (uint32_t i = 0; i < r->fact_count; i++)
        fact_add_text(out, &c, &r->facts[i]);
    for (uint32_t reg = 0; reg < r->rules->reg_count; reg++) {
        if (!r->silent[reg]) continue;
        buf_add_c(out, lang == LANG_ZH ? "  未答 " : "  unanswered ");
        buf_add(out, rules_name(&r->rules->regs[reg].name, lang));
        buf_add_char(out, '\n');
    }
}
