/* The catalogue: levels, categories, units, registers and their fields.
 *
 * The same thing may be declared in several files if the declarations are equal; it exists once
 * and is visible in each of them.
 *
 * Invariants: register 0 is "person"; start and end of a spell are never unknown. */
#include "lang/check_internal.h"

#define MEMBERS_MAX 62u
#define RECORDS_DEFAULT 1000u
#define RECORDS_MAX 100000
#define INT_DEFAULT_MAX 999999999
#define MONEY_DEFAULT_MAX 99999999999999 /* fen: just under a trillion yuan */
#define VALUE_MAX 1000000000000000       /* the widest declared range, either way */

/* An equal declaration makes the thing visible here as well. */
static void share(struct check *k, const struct symbol *s, const struct ast *decl, bool equal)
{
    if (!equal) {
        FINDING(k, MSG_REDECLARED, decl->pos, s->pos, k->lang == LANG_ZH ? decl->alt : decl->name,
                text_kind(k, s->kind));
        return;
    }
    if (s->scheme == k->scheme) {
        FINDING(k, MSG_NAME_TWICE, decl->pos, s->pos, k->lang == LANG_ZH ? decl->alt : decl->name,
                text_kind(k, s->kind));
        return;
    }
    check_declare(k, s->kind, s->scope, s->ascii, s->index, decl->pos);
}

/* ---- levels and categories ---- */

static bool enum_eq(const struct rule_enum *a, const struct rule_enum *b)
{
    if (a->ordered != b->ordered || a->member_count != b->member_count) return false;
    for (uint32_t i = 0; i < a->member_count; i++)
        if (!str_eq(a->members[i].ascii, b->members[i].ascii)) return false;
    return true;
}

static bool enum_read(struct check *k, const struct ast *item, struct rule_enum *e)
{
    const struct ast *name = item->kids[0];
    size_t count = item->kid_count - 1;

    *e = (struct rule_enum){
        .name = check_name(name), .ordered = item->kind == AST_LEVELS, .pos = name->pos};
    if (count > MEMBERS_MAX) {
        FINDING(k, MSG_TOO_MANY_MEMBERS, item->pos, NO_POS, text_int(k, MEMBERS_MAX));
        return false;
    }
    e->members = ARENA_ARRAY(k->a, struct rule_name, count);
    if (e->members == NULL) {
        k->nomem = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct ast *m = item->kids[i + 1];
        for (size_t j = 0; j < i; j++)
            if (str_eq(e->members[j].ascii, m->name))
                FINDING(k, MSG_NAME_TWICE, m->pos, item->kids[j + 1]->pos,
                        k->lang == LANG_ZH ? m->alt : m->name, text_kind(k, SYM_MEMBER));
        e->members[i] = check_name(m);
    }
    e->member_count = (uint32_t)count;
    return count > 0;
}

static void enum_item(struct check *k, const struct ast *item)
{
    struct rule_enum e, *slot;
    const struct symbol *old;

    if (item->kid_count < 2 || !enum_read(k, item, &e)) return;
    old = check_symbol_anywhere(k, SYM_ENUM, e.name.ascii);
    if (old != NULL) {
        share(k, old, item->kids[0], enum_eq(&k->r->enums[old->index], &e));
        return;
    }
    slot = CHECK_ADD(k, k->r->enums, k->r->enum_count, k->enum_cap);
    if (slot == NULL) return;
    *slot = e;
    int32_t index = (int32_t)k->r->enum_count - 1;
    check_declare(k, SYM_ENUM, -1, e.name.ascii, index, e.pos);
    for (uint32_t i = 0; i < e.member_count; i++)
        check_declare(k, SYM_MEMBER, index, e.members[i].ascii, (int32_t)i, item->kids[i + 1]->pos);
}

static void unit_item(struct check *k, const struct ast *item)
{
    for (size_t i = 0; i < item->kid_count; i++) {
        const struct ast *decl = item->kids[i];
        const struct symbol *old = check_symbol_anywhere(k, SYM_UNIT, decl->name);
        struct rule_unit *slot;
        if (decl->kind != AST_DECL_NAME) continue;
        if (old != NULL) {
            share(k, old, decl, true);
            continue;
        }
        slot = CHECK_ADD(k, k->r->units, k->r->unit_count, k->unit_cap);
        if (slot == NULL) return;
        slot->name = check_name(decl);
        check_declare(k, SYM_UNIT, -1, decl->name, (int32_t)k->r->unit_count - 1, decl->pos);
    }
}

/* ---- fields ---- */

static bool integer_type(struct check *k, const struct ast *t, struct type *ret)
{
    const struct symbol *s;
    struct str ascii;

    switch ((int)t->unit) {
    case UNIT_NONE:
    case UNIT_RECORDS:
        *ret = TYPE(VT_INT);
        return true;
    case UNIT_MONTHS:
    case UNIT_YEARS:
        *ret = TYPE(VT_MONTHS);
        return true;
    case UNIT_DAYS:
        *ret = TYPE(VT_DAYS);
        return true;
    case UNIT_YEARS_OLD:
        *ret = TYPE(VT_AGE);
        return true;
    case UNIT_DECLARED:
        break;
    default:
        FINDING0(k, MSG_UNIT_OF_INTEGER, t->pos, NO_POS);
        return false;
    }
    ascii = check_ascii(k, t->unit_name);
    s = ascii.p != NULL ? check_symbol(k, SYM_UNIT, -1, ascii) : NULL;
    if (s == NULL) {
        FINDING(k, MSG_UNIT_UNDECLARED, t->pos, NO_POS, t->unit_name);
        return false;
    }
    *ret = (struct type){VT_INT, s->index};
    return true;
}

static bool named_type(struct check *k, const struct ast *t, struct type *ret)
{
    struct ast name = {.kind = AST_NAME, .pos = t->pos, .name = t->name};
    int32_t e = check_resolve(k, SYM_ENUM, -1, &name);

    if (e < 0) return false;
    *ret = (struct type){k->r->enums[e].ordered ? VT_LEVEL : VT_CATEGORY, e};
    return true;
}

static bool field_type(struct check *k, const struct ast *t, struct type *ret)
{
    switch ((int)t->kw) {
    case KW_NONE:
        return named_type(k, t, ret);
    case KW_T_INTEGER:
        return integer_type(k, t, ret);
    case KW_T_DATE:
        *ret = TYPE(VT_DATE);
        return true;
    case KW_T_MONTH:
        *ret = TYPE(VT_MONTH);
        return true;
    case KW_T_MONEY:
        *ret = TYPE(VT_MONEY);
        return true;
    case KW_T_YESNO:
        *ret = TYPE(VT_BOOL);
        return true;
    case KW_T_DIVISION:
        *ret = TYPE(VT_DIVISION);
        return true;
    case KW_T_KEY:
        *ret = TYPE(VT_KEY);
        return true;
    case KW_T_SHARE:
        *ret = TYPE(VT_SHARE);
        return true;
    default:
        return false;
    }
}

/* What a type can hold where no 范围 is written. */
static struct range type_range(const struct check *k, struct type t)
{
    static const struct range ranges[VT_COUNT_OF] = {
        [VT_BOOL] = {0, 1},
        [VT_INT] = {0, INT_DEFAULT_MAX},
        [VT_POINTS] = {0, INT_DEFAULT_MAX},
        [VT_MONEY] = {0, MONEY_DEFAULT_MAX},
        [VT_DATE] = {DATE_FIRST, DATE_LAST},
        [VT_MONTH] = {MONTH_FIRST, MONTH_LAST},
        [VT_MONTHS] = {0, 2400},
        [VT_DAYS] = {0, 73050},
        [VT_AGE] = {0, 200},
        [VT_DIVISION] = {100000, 999999},
        [VT_KEY] = {0, INT32_MAX},
        [VT_SHARE] = {0, 10000},
    };

    if (t.vt == VT_LEVEL || t.vt == VT_CATEGORY)
        return (struct range){0, (int64_t)k->r->enums[t.ref].member_count - 1};
    return ranges[t.vt];
}

static void field_range(struct check *k, const struct ast *item, struct rule_field *f)
{
    const struct ast *range = ast_find(item, AST_RANGE);
    struct range r = type_range(k, f->type);

    f->lo = r.lo;
    f->hi = r.hi;
    if (range == NULL) return;
    if (!type_is_quantity(f->type) && f->type.vt != VT_DATE && f->type.vt != VT_MONTH &&
        f->type.vt != VT_SHARE) {
        FINDING(k, MSG_RANGE_OF_TYPE, range->pos, NO_POS, text_type(k, f->type));
        return;
    }
    if (!check_literal_of(k, range->kids[0], f->type, &f->lo) ||
        !check_literal_of(k, range->kids[1], f->type, &f->hi))
        return;
    if (f->lo > f->hi || f->lo < -VALUE_MAX || f->hi > VALUE_MAX ||
        (f->type.vt == VT_SHARE && (f->lo < 0 || f->hi > 1000000)))
        FINDING(k, MSG_RANGE_EMPTY, range->pos, NO_POS, text_value(k, f->type, f->lo),
                text_value(k, f->type, f->hi));
}

static enum field_role role_of(const struct ast *item)
{
    const struct ast *role = ast_find(item, AST_ROLE);

    if (role == NULL) return ROLE_NONE;
    if (role->kw == KW_EVENT) return ROLE_EVENT;
    return role->kw == KW_START ? ROLE_START : ROLE_END;
}

static enum field_empty empty_of(const struct ast *item)
{
    const struct ast *e = ast_find(item, AST_EMPTY);

    if (e == NULL) return EMPTY_REFUSED;
    if (e->kw == KW_OPEN) return EMPTY_OPEN;
    return e->kw == KW_ALWAYS ? EMPTY_ALWAYS : EMPTY_UNKNOWN;
}

/* May an empty cell of this field mean that? */
bool field_empty_fits(const struct rule_field *f)
{
    bool is_date = f->type.vt == VT_DATE;

    switch (f->empty) {
    case EMPTY_REFUSED:
        return true;
    case EMPTY_UNKNOWN:
        return f->role == ROLE_NONE || f->role == ROLE_EVENT;
    case EMPTY_OPEN:
        return (is_date || f->type.vt == VT_MONTH) && (f->role == ROLE_END || f->role == ROLE_NONE);
    case EMPTY_ALWAYS:
        return is_date && f->role != ROLE_END;
    }
    return false;
}

/* May a resident act on this field? In a register of records by adding one, and then the record's
 * days are those of the act. */
bool field_change_fits(const struct rule_register *g, const struct rule_field *f)
{
    if (!f->changeable) return true;
    if (f->type.vt == VT_KEY || f->type.vt == VT_DIVISION) return false;
    if (g->one_per_person) return f->role == ROLE_NONE;
    return f->role != ROLE_NONE || (f->type.vt != VT_DATE && f->type.vt != VT_MONTH);
}

/* Would a new record have a value for this field? */
bool field_completes(const struct rule_field *f)
{
    if (f->changeable || f->role == ROLE_EVENT || f->role == ROLE_START) return true;
    if (f->role == ROLE_END) return f->empty == EMPTY_OPEN;
    return f->type.vt == VT_KEY || f->type.vt == VT_DIVISION || f->empty != EMPTY_REFUSED;
}

static void lead_read(struct check *k, const struct ast *lead, struct rule_field *f)
{
    struct ast *lit = lead->kids[0];
    bool months = lit->unit == UNIT_MONTHS || lit->unit == UNIT_YEARS;
    int64_t most = months ? LEAD_MONTHS_MOST : LEAD_DAYS_MOST;
    int64_t v = lit->num;

    if (lit->den != 1 || (!months && lit->unit != UNIT_DAYS) || v < 0 || v > most ||
        v * unit_scale(lit->unit) > most) {
        FINDING0(k, MSG_LEAD_LENGTH, lead->pos, NO_POS);
        return;
    }
    *(months ? &f->lead_months : &f->lead_days) = (int32_t)(v * unit_scale(lit->unit));
}

/* 可变 [准备 90天] [材料 "…"] */
static void change_read(struct check *k, const struct ast *item, struct rule_field *f)
{
    const struct ast *lead = ast_find(item, AST_LEAD), *evidence = ast_find(item, AST_EVIDENCE);

    f->changeable = ast_find(item, AST_CHANGEABLE) != NULL;
    if (!f->changeable && lead != NULL)
        FINDING(k, MSG_LEAD_ALONE, lead->pos, NO_POS, text_kw(k, KW_LEAD));
    if (!f->changeable && evidence != NULL)
        FINDING(k, MSG_LEAD_ALONE, evidence->pos, NO_POS, text_kw(k, KW_EVIDENCE));
    if (lead != NULL) lead_read(k, lead, f);
    if (evidence != NULL) f->evidence = check_label(evidence);
}

static bool field_read(struct check *k, const struct ast *item, struct rule_field *f)
{
    const struct ast *type = ast_find(item, AST_TYPE);
    const struct ast *empty = ast_find(item, AST_EMPTY);

    *f = (struct rule_field){.name = check_name(item->kids[0]),
                             .role = role_of(item),
                             .empty = empty_of(item),
                             .pos = item->kids[0]->pos};
    if (type == NULL || !field_type(k, type, &f->type)) return false;
    field_range(k, item, f);
    change_read(k, item, f);
    if (f->role == ROLE_EVENT && f->type.vt != VT_DATE)
        FINDING(k, MSG_ROLE_TYPE, item->pos, NO_POS, text_kw(k, KW_EVENT));
    if ((f->role == ROLE_START || f->role == ROLE_END) && f->type.vt != VT_DATE &&
        f->type.vt != VT_MONTH)
        FINDING(k, MSG_ROLE_TYPE, item->pos, NO_POS,
                text_kw(k, f->role == ROLE_START ? KW_START : KW_END));
    if (!field_empty_fits(f)) {
        bool unknown_spell = f->empty == EMPTY_UNKNOWN && f->role != ROLE_NONE;
        FINDING(k, unknown_spell ? MSG_SPELL_UNKNOWN : MSG_EMPTY_UNFIT, empty->pos, NO_POS,
                k->lang == LANG_ZH ? f->name.zh : f->name.ascii);
    }
    return true;
}

/* ---- registers ---- */

static bool field_eq(const struct rule_field *a, const struct rule_field *b)
{
    return str_eq(a->name.ascii, b->name.ascii) && type_eq(a->type, b->type) &&
           a->role == b->role && a->empty == b->empty && a->lo == b->lo && a->hi == b->hi &&
           a->changeable == b->changeable && a->lead_months == b->lead_months &&
           a->lead_days == b->lead_days && str_eq(a->evidence.zh, b->evidence.zh) &&
           str_eq(a->evidence.en, b->evidence.en);
}

static bool register_eq(const struct rule_register *a, const struct rule_register *b)
{
    if (a->one_per_person != b->one_per_person || a->none_unknown != b->none_unknown ||
        a->no_overlap != b->no_overlap || a->max_records != b->max_records ||
        a->field_count != b->field_count)
        return false;
    for (uint32_t i = 0; i < a->field_count; i++)
        if (!field_eq(&a->fields[i], &b->fields[i])) return false;
    return true;
}

static void register_role(struct check *k, struct rule_register *g, uint32_t i)
{
    int32_t *slots[] = {NULL, &g->event, &g->start, &g->end};
    int32_t *slot = slots[g->fields[i].role];

    if (slot == NULL) return;
    if (*slot >= 0)
        FINDING0(k, MSG_ROLE_TWICE, g->fields[i].pos, g->fields[*slot].pos);
    else
        *slot = (int32_t)i;
}

/* Which roles make sense together. */
bool register_roles_fit(const struct rule_register *g)
{
    const struct rule_field *f = g->fields;

    if (g->event >= 0 && g->start >= 0) return false;
    if (g->end >= 0 && g->event < 0 && g->start < 0) return false;
    if (g->end >= 0 && g->start >= 0 && f[g->end].type.vt != f[g->start].type.vt) return false;
    if (g->end >= 0 && g->event >= 0 && f[g->end].type.vt != VT_DATE) return false;
    if (g->start >= 0 && g->end < 0 && f[g->start].type.vt == VT_MONTH) return false;
    return !g->no_overlap || (g->start >= 0 && g->end >= 0);
}

/* Every marked field can be acted on, and a record that is added is whole. */
static void register_changes(struct check *k, const struct rule_register *g)
{
    bool any = false;

    for (uint32_t i = 0; i < g->field_count; i++) {
        const struct rule_field *f = &g->fields[i];
        any = any || f->changeable;
        if (!field_change_fits(g, f))
            FINDING(k, MSG_CHANGEABLE_TYPE, f->pos, NO_POS, text_name(k, &f->name),
                    text_type(k, f->type));
    }
    for (uint32_t i = 0; i < g->field_count && any && !g->one_per_person; i++)
        if (!field_completes(&g->fields[i]))
            FINDING(k, MSG_CHANGEABLE_REST, g->fields[i].pos, NO_POS, text_name(k, &g->name),
                    text_name(k, &g->fields[i].name));
}

static bool register_read(struct check *k, const struct ast *item, struct rule_register *g)
{
    const struct ast *max = ast_find(item, AST_MAX_RECORDS);
    bool ok = true;

    *g = (struct rule_register){.name = check_name(item->kids[0]),
                                .supplier = check_label(item),
                                .one_per_person = ast_find(item, AST_ONE_PER_PERSON) != NULL,
                                .none_unknown = ast_find(item, AST_NONE_UNKNOWN) != NULL,
                                .no_overlap = ast_find(item, AST_NO_OVERLAP) != NULL,
                                .max_records = RECORDS_DEFAULT,
                                .event = -1,
                                .start = -1,
                                .end = -1,
                                .scheme = k->scheme,
                                .pos = item->kids[0]->pos};
    if (max != NULL && (max->num < 1 || max->num > RECORDS_MAX))
        FINDING(k, MSG_MAX_RECORDS, max->pos, NO_POS, text_int(k, RECORDS_MAX));
    else if (max != NULL)
        g->max_records = (uint32_t)max->num;
    if (g->one_per_person) g->max_records = 1;
    g->fields = ARENA_ARRAY(k->a, struct rule_field, item->kid_count);
    if (g->fields == NULL) {
        k->nomem = true;
        return false;
    }
    for (size_t i = 0; i < item->kid_count; i++) {
        if (item->kids[i]->kind != AST_FIELD) continue;
        if (!field_read(k, item->kids[i], &g->fields[g->field_count])) {
            ok = false;
            continue;
        }
        register_role(k, g, g->field_count++);
    }
    if (ok && !register_roles_fit(g))
        FINDING(k, MSG_ROLES_UNFIT, g->pos, NO_POS, text_name(k, &g->name));
    if (ok) register_changes(k, g);
    return ok && !k->nomem;
}

/* Field names must differ; "person_id" is the column that names the person. */
static void declare_fields(struct check *k, int32_t reg)
{
    const struct rule_register *g = &k->r->regs[reg];

    for (uint32_t i = 0; i < g->field_count; i++) {
        const struct rule_field *f = &g->fields[i];
        struct ast decl = {.name = f->name.ascii, .alt = f->name.zh, .pos = f->pos};
        if (str_eq(f->name.ascii, STR("person_id")))
            FINDING(k, MSG_PERSON_ID, f->pos, NO_POS, text_name(k, &f->name));
        if (check_is_new(k, SYM_FIELD, reg, &decl))
            check_declare(k, SYM_FIELD, reg, f->name.ascii, (int32_t)i, f->pos);
    }
}

static void register_item(struct check *k, const struct ast *item)
{
    struct rule_register g, *slot;
    const struct symbol *old;

    if (!register_read(k, item, &g)) return;
    old = check_symbol_anywhere(k, SYM_REGISTER, g.name.ascii);
    if (old != NULL) {
        share(k, old, item->kids[0], register_eq(&k->r->regs[old->index], &g));
        return;
    }
    slot = CHECK_ADD(k, k->r->regs, k->r->reg_count, k->reg_cap);
    if (slot == NULL) return;
    *slot = g;
    check_declare(k, SYM_REGISTER, -1, g.name.ascii, (int32_t)k->r->reg_count - 1, g.pos);
    declare_fields(k, (int32_t)k->r->reg_count - 1);
}

static bool is_person(const struct ast *item)
{
    return str_eq(item->kids[0]->name, STR("person"));
}

static void person_item(struct check *k, const struct ast *item)
{
    if (item->kid_count == 0 || !is_person(item)) return;
    register_item(k, item);
    if (k->r->reg_count == 1 && !k->r->regs[0].one_per_person)
        FINDING(k, MSG_PERSON_ONE, item->pos, NO_POS, text_kw(k, KW_ONE_PER_PERSON));
}

static void other_item(struct check *k, const struct ast *item)
{
    if (item->kid_count > 0 && !is_person(item)) register_item(k, item);
}

void check_catalogue(struct check *k)
{
    size_t errors = k->diags->errors;

    check_each(k, AST_LEVELS, enum_item);
    check_each(k, AST_CATEGORY, enum_item);
    check_each(k, AST_UNIT, unit_item);
    check_each(k, AST_REGISTER, person_item);
    if (k->r->reg_count == 0 && k->diags->errors == errors && !k->nomem) {
        check_enter(k, 0);
        FINDING0(k, MSG_NO_PERSON, k->r->schemes[0].pos, NO_POS);
    }
    check_each(k, AST_REGISTER, other_item);
}
