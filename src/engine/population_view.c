/* Registers matched by name; those declared alike are shared, others go row by row through a
 * population_builder, which puts rows and columns in their order.
 *
 * Invariant: a person's facts under the view do not depend on which way a register took. */
#include "engine/population_view.h"

#include <string.h>

#include "base/date.h"

struct field_map {
    int32_t from;        /* field of the data's register */
    const int8_t *place; /* member -> member of the other image, -1 = none there; NULL = as it is */
};

struct view {
    struct arena *arena;
    const struct population *p;
    const struct rules *from, *to;
    struct population_view *ret;
    struct population_builder *builder; /* made when the first register needs it */
    struct register_data *regs;
    bool *rebuilt; /* per register of `to` */
    uint8_t *bad;  /* NULL until somebody is */
};

/* --- are two declarations alike? --- */

static bool enums_alike(const struct rule_enum *x, const struct rule_enum *y)
{
    if (x->member_count != y->member_count) return false;
    for (uint32_t i = 0; i < x->member_count; i++)
        if (!str_eq(x->members[i].ascii, y->members[i].ascii)) return false;
    return true;
}

static bool has_members(struct type t)
{
    return t.vt == VT_LEVEL || t.vt == VT_CATEGORY;
}

/* May values of one be values of the other (members by name)? */
static bool types_match(const struct view *v, struct type x, struct type y)
{
    if (x.vt != y.vt) return false;
    if (x.vt != VT_INT) return true;
    if (x.ref < 0 || y.ref < 0) return x.ref < 0 && y.ref < 0;
    return str_eq(v->from->units[x.ref].name.ascii, v->to->units[y.ref].name.ascii);
}

static bool fields_alike(const struct view *v, const struct rule_field *x,
                         const struct rule_field *y)
{
    if (!str_eq(x->name.ascii, y->name.ascii) || x->role != y->role || x->empty != y->empty)
        return false;
    if (y->lo > x->lo || y->hi < x->hi || column_type_for(x) != column_type_for(y)) return false;
    return !has_members(x->type) ||
           enums_alike(&v->from->enums[x->type.ref], &v->to->enums[y->type.ref]);
}

static bool registers_alike(const struct view *v, const struct rule_register *x,
                            const struct rule_register *y)
{
    if (x->one_per_person != y->one_per_person || x->max_records > y->max_records ||
        x->field_count != y->field_count)
        return false;
    for (uint32_t f = 0; f < x->field_count; f++)
        if (!fields_alike(v, &x->fields[f], &y->fields[f])) return false;
    return true;
}

/* --- finding --- */

static void note(struct view *v, int32_t reg, int32_t field, enum view_lack lack)
{
    v->ret->notes[v->ret->note_count++] = (struct view_note){reg, field, lack};
}

static enum err map_members(struct view *v, const struct rule_enum *x, const struct rule_enum *y,
                            const int8_t **ret)
{
    int8_t *place = ARENA_ARRAY(v->arena, int8_t, x->member_count);

    if (place == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < x->member_count; i++) {
        place[i] = -1;
        for (uint32_t k = 0; k < y->member_count; k++)
            if (str_eq(x->members[i].ascii, y->members[k].ascii)) place[i] = (int8_t)k;
    }
    *ret = place;
    return ERR_OK;
}

/* Where each field of `reg` comes from; *ret_whole false when one is missing (and noted). */
static enum err map_fields(struct view *v, int32_t reg, const struct rule_register *from,
                           struct field_map *map, bool *ret_whole)
{
    const struct rule_register *to = &v->to->regs[reg];
    enum err e = ERR_OK;

    *ret_whole = true;
    for (uint32_t f = 0; f < to->field_count && e == ERR_OK; f++) {
        const int32_t at = rules_field(from, to->fields[f].name.ascii);
        map[f] = (struct field_map){.from = at};
        if (at >= 0 && types_match(v, from->fields[at].type, to->fields[f].type)) {
            if (has_members(to->fields[f].type))
                e = map_members(v, &v->from->enums[from->fields[at].type.ref],
                                &v->to->enums[to->fields[f].type.ref], &map[f].place);
            continue;
        }
        note(v, reg, (int32_t)f, at < 0 ? VIEW_NO_FIELD : VIEW_OTHER_TYPE);
        *ret_whole = false;
    }
    return e;
}

/* --- rows --- */

static int64_t open_value(const struct rule_field *f)
{
    const bool month = f->type.vt == VT_MONTH;
    if (f->empty == EMPTY_ALWAYS) return month ? MONTH_FIRST - 1 : DATE_OPEN_START;
    return month ? MONTH_OPEN_END : DATE_OPEN_END;
}

static bool is_open(const struct rule_field *f, int64_t v)
{
    return (f->empty == EMPTY_OPEN || f->empty == EMPTY_ALWAYS) && v == open_value(f);
}

/* A cell under the other declaration; false: the row is refused. */
static bool map_cell(const struct rule_field *from, const struct rule_field *to,
                     const struct field_map *m, int64_t *v, bool *known)
{
    if (from->empty != to->empty && (!*known || is_open(from, *v))) { /* an empty cell */
        *known = to->empty != EMPTY_UNKNOWN;
        *v = *known ? open_value(to) : 0;
        return to->empty != EMPTY_REFUSED;
    }
    if (!*known || m->place == NULL) return true;
    *v = m->place[*v];
    return *v >= 0;
}

static bool map_row(const struct rule_register *from, const struct rule_register *to,
                    const struct field_map *map, const struct register_data *d, uint32_t row,
                    int64_t *values, bool *known)
{
    for (uint32_t f = 0; f < to->field_count; f++) {
        const struct column *c = &d->cols[map[f].from];
        known[f] = column_known(c, row);
        values[f] = known[f] ? column_get(c, row) : 0;
        if (!map_cell(&from->fields[map[f].from], &to->fields[f], &map[f], &values[f], &known[f]))
            return false;
    }
    return true;
}

static enum err mark_bad(struct view *v, uint32_t person)
{
    if (v->bad == NULL) {
        v->bad = ARENA_ARRAY(v->arena, uint8_t, v->p->count);
        if (v->bad == NULL) return ERR_NOMEM;
        if (v->p->bad != NULL) memcpy(v->bad, v->p->bad, v->p->count);
    }
    v->bad[person] = 1;
    v->ret->refused++;
    return ERR_OK;
}

static enum err rebuild(struct view *v, int32_t reg, int32_t at, const struct field_map *map)
{
    const struct rule_register *from = &v->from->regs[at], *to = &v->to->regs[reg];
    const struct register_data *d = &v->p->regs[at];
    int64_t *values = ARENA_ARRAY(v->arena, int64_t, to->field_count);
    bool *known = ARENA_ARRAY(v->arena, bool, to->field_count);
    enum err e = values && known ? ERR_OK : ERR_NOMEM;

    if (e == ERR_OK && v->builder == NULL)
        e = population_builder_new(v->arena, v->to, v->p->count, &v->builder);
    for (uint32_t i = 0; i < v->p->count && e == ERR_OK; i++) {
        uint32_t row, end;
        population_rows(v->p, at, i, &row, &end);
        for (; row < end && e == ERR_OK; row++) {
            e = ERR_RANGE;
            if (map_row(from, to, map, d, row, values, known))
                e = population_builder_add(v->builder, reg, i, values, known,
                                           d->line ? d->line[row] : 0);
            if (e == ERR_RANGE) e = mark_bad(v, i);
        }
    }
    v->rebuilt[reg] = true;
    return e;
}

/* --- registers --- */

static enum err unanswered(struct view *v, int32_t reg)
{
    const uint32_t fields = v->to->regs[reg].field_count;

    v->regs[reg] =
        (struct register_data){.off = ARENA_ARRAY(v->arena, uint32_t, (size_t)v->p->count + 1),
                               .cols = ARENA_ARRAY(v->arena, struct column, fields)};
    return v->regs[reg].off && v->regs[reg].cols ? ERR_OK : ERR_NOMEM;
}

static enum err take_register(struct view *v, int32_t reg)
{
    const struct rule_register *to = &v->to->regs[reg];
    const int32_t at = rules_register(v->from, to->name.ascii);
    struct field_map *map = ARENA_ARRAY(v->arena, struct field_map, to->field_count);
    bool whole;

    if (map == NULL) return ERR_NOMEM;
    if (at < 0) {
        note(v, reg, -1, VIEW_NO_REGISTER);
        return unanswered(v, reg);
    }
    enum err e = map_fields(v, reg, &v->from->regs[at], map, &whole);
    if (e != ERR_OK) return e;
    if (!whole) return unanswered(v, reg);
    if (registers_alike(v, &v->from->regs[at], to)) {
        v->regs[reg] = v->p->regs[at];
        return ERR_OK;
    }
    return rebuild(v, reg, at, map);
}

/* What was laid out anew takes its place; who answered stays as it was. */
static enum err take_rebuilt(struct view *v)
{
    struct population built;
    enum err e = v->builder ? population_builder_finish(v->builder, &built) : ERR_OK;

    if (v->builder == NULL || e != ERR_OK) return e;
    for (uint32_t i = 0; i < v->to->reg_count; i++) {
        if (!v->rebuilt[i]) continue;
        const struct register_data *from =
            &v->p->regs[rules_register(v->from, v->to->regs[i].name.ascii)];
        v->regs[i] = built.regs[i];
        v->regs[i].answered = from->answered;
        v->regs[i].answered_person = from->answered_person;
        v->regs[i].file = from->file;
        v->regs[i].recorded = from->recorded;
    }
    for (uint32_t i = 0; built.bad != NULL && i < v->p->count && e == ERR_OK; i++)
        if (built.bad[i]) e = mark_bad(v, i);
    return e;
}

enum err population_view_new(struct arena *a, const struct population *p, const struct rules *r,
                             struct population_view *ret)
{
    struct population_view w = {.people = *p};
    struct view v = {.arena = a, .p = p, .from = p->rules, .to = r, .ret = &w};
    size_t notes = 0;
    enum err e = ERR_OK;

    if (p->rules == r) {
        *ret = w;
        return ERR_OK;
    }
    for (uint32_t i = 0; i < r->reg_count; i++)
        notes += r->regs[i].field_count + (size_t)1;
    w.notes = ARENA_ARRAY(a, struct view_note, notes);
    v.regs = ARENA_ARRAY(a, struct register_data, r->reg_count);
    v.rebuilt = ARENA_ARRAY(a, bool, r->reg_count);
    if (w.notes == NULL || v.regs == NULL || v.rebuilt == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->reg_count && e == ERR_OK; i++)
        e = take_register(&v, (int32_t)i);
    if (e == ERR_OK) e = take_rebuilt(&v);
    if (e != ERR_OK) return e;
    w.people.rules = r;
    w.people.regs = v.regs;
    if (v.bad != NULL) w.people.bad = v.bad;
    *ret = w;
    return ERR_OK;
}
