/* The check of an image that was read: everything but the nodes.
 *
 * It repeats what the compiler guarantees and the evaluators rely on: indices, ranges, order,
 * roles, dates, chains. Whatever does not hold is ERR_CORRUPT.
 *
 * Structure: small predicates; one function per kind of element. */
#include "lang/image_internal.h"

#include "lang/check_internal.h"

#define MEMBERS_MOST 62u
#define RECORDS_MOST 100000u
#define WIDEST 1000000000000000 /* a declared range, either way */

static bool index_ok(int32_t i, uint32_t count)
{
    return i >= 0 && (uint32_t)i < count;
}

static bool index_or_none(int32_t i, uint32_t count)
{
    return i == -1 || index_ok(i, count);
}

static bool days_ok(int32_t from, int32_t to)
{
    return from >= DATE_OPEN_START && to <= DATE_OPEN_END && from <= to;
}

bool image_pos_ok(const struct rules *r, struct src_pos p)
{
    return p.file < r->file_count;
}

bool image_type_ok(const struct rules *r, struct type t)
{
    if (t.vt == VT_LEVEL || t.vt == VT_CATEGORY)
        return index_ok(t.ref, r->enum_count) && r->enums[t.ref].ordered == (t.vt == VT_LEVEL);
    return t.vt == VT_INT ? index_or_none(t.ref, r->unit_count) : t.ref == -1;
}

bool image_value_ok(const struct rules *r, struct type t, int64_t v)
{
    switch (t.vt) {
    case VT_BOOL:
        return v == 0 || v == 1;
    case VT_LEVEL:
    case VT_CATEGORY:
        return v >= 0 && v < (int64_t)r->enums[t.ref].member_count;
    case VT_DATE:
        return v >= DATE_OPEN_START && v <= DATE_OPEN_END;
    case VT_MONTH:
        return v >= MONTH_FIRST && v <= MONTH_OPEN_END;
    case VT_DIVISION:
        return v >= 0 && v <= 999999;
    case VT_KEY:
        return v >= -1 && v <= INT32_MAX;
    case VT_INT:
    case VT_POINTS:
    case VT_MONEY:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
    case VT_SHARE:
    case VT_COUNT_OF:
        break;
    }
    return true;
}

/* ---- catalogue ---- */

static bool name_ok(const struct rule_name *n)
{
    return n->ascii.n > 0;
}

static bool enum_ok(const struct rules *r, const struct rule_enum *e)
{
    for (uint32_t i = 0; i < e->member_count; i++)
        if (!name_ok(&e->members[i])) return false;
    return name_ok(&e->name) && e->member_count >= 1 && e->member_count <= MEMBERS_MOST &&
           image_pos_ok(r, e->pos);
}

static bool role_ok(const struct rule_field *f)
{
    if (f->role == ROLE_NONE) return true;
    return f->type.vt == VT_DATE || (f->type.vt == VT_MONTH && f->role != ROLE_EVENT);
}

static bool field_ok(const struct rules *r, const struct rule_field *f)
{
    if (!name_ok(&f->name) || !image_type_ok(r, f->type) || !image_pos_ok(r, f->pos)) return false;
    if (f->lo > f->hi || f->lo < -WIDEST || f->hi > WIDEST) return false;
    if (!image_value_ok(r, f->type, f->lo) || !image_value_ok(r, f->type, f->hi)) return false;
    if (f->type.vt == VT_DATE && (f->lo < DATE_FIRST || f->hi > DATE_LAST)) return false;
    if (f->type.vt == VT_MONTH && f->hi > MONTH_LAST) return false;
    if (f->type.vt == VT_SHARE && (f->lo < 0 || f->hi > 1000000)) return false;
    return role_ok(f) && field_empty_fits(f);
}

/* Marks and lead times; fields of a register with a mark make a whole record. */
static bool changes_ok(const struct rule_register *g)
{
    bool any = false;

    for (uint32_t i = 0; i < g->field_count; i++) {
        const struct rule_field *f = &g->fields[i];
        bool lead = f->lead_months != 0 || f->lead_days != 0 || f->evidence.zh.n > 0;
        any = any || f->changeable;
        if ((!f->changeable && lead) || !field_change_fits(g, f) || f->lead_months < 0 ||
            f->lead_months > LEAD_MONTHS_MOST || f->lead_days < 0 || f->lead_days > LEAD_DAYS_MOST)
            return false;
    }
    for (uint32_t i = 0; i < g->field_count && any && !g->one_per_person; i++)
        if (!field_completes(&g->fields[i])) return false;
    return true;
}

/* event, start, end name exactly the fields that carry the roles. */
static bool roles_ok(const struct rule_register *g)
{
    int32_t found[ROLE_END + 1] = {-1, -1, -1, -1};

    for (uint32_t i = 0; i < g->field_count; i++) {
        enum field_role role = g->fields[i].role;
        if (role == ROLE_NONE) continue;
        if (found[role] >= 0) return false;
        found[role] = (int32_t)i;
    }
    return g->event == found[ROLE_EVENT] && g->start == found[ROLE_START] &&
           g->end == found[ROLE_END] && register_roles_fit(g);
}

static bool register_ok(const struct rules *r, const struct rule_register *g)
{
    if (!name_ok(&g->name) || g->max_records < 1 || g->max_records > RECORDS_MOST) return false;
    if (g->one_per_person && g->max_records != 1) return false;
    if (!index_ok(g->scheme, r->scheme_count) || !image_pos_ok(r, g->pos)) return false;
    for (uint32_t i = 0; i < g->field_count; i++)
        if (!field_ok(r, &g->fields[i])) return false;
    return roles_ok(g) && changes_ok(g);
}

static bool catalogue_ok(const struct rules *r)
{
    for (uint32_t i = 0; i < r->enum_count; i++)
        if (!enum_ok(r, &r->enums[i])) return false;
    for (uint32_t i = 0; i < r->unit_count; i++)
        if (!name_ok(&r->units[i].name)) return false;
    for (uint32_t i = 0; i < r->name_count; i++)
        if (!name_ok(&r->names[i].name)) return false;
    for (uint32_t i = 0; i < r->reg_count; i++)
        if (!register_ok(r, &r->regs[i])) return false;
    return r->reg_count > 0 && str_eq(r->regs[0].name.ascii, STR("person")) &&
           r->regs[0].one_per_person;
}

/* ---- schemes and parameters ---- */

static bool scheme_ok(const struct rules *r, uint32_t at)
{
    const struct rule_scheme *s = &r->schemes[at];

    if (!name_ok(&s->name) || s->file >= r->file_count || !image_pos_ok(r, s->pos)) return false;
    if (!days_ok(s->source.from, s->source.to) || s->division <= 0 || s->division > 999999)
        return false;
    if ((at == 0) != (s->layer == LAYER_PROVINCE)) return false;
    if (at == 0) return s->parent == -1;
    if (!index_ok(s->parent, at)) return false;
    const struct rule_scheme *p = &r->schemes[s->parent];
    return p->layer < s->layer && p->source.from <= s->source.from &&
           s->source.to <= p->source.to && division_is_within(s->division, p->division);
}

static bool param_ok(const struct rules *r, const struct rule_param *p)
{
    if (!name_ok(&p->name) || !image_type_ok(r, p->type) || p->open_to > 3 || p->lo > p->hi ||
        !index_ok(p->scheme, r->scheme_count) || !image_pos_ok(r, p->pos))
        return false;
    for (uint32_t i = 0; i < p->value_count; i++) {
        const struct rule_param_value *v = &p->values[i];
        if (!index_ok(v->scheme, r->scheme_count) || !days_ok(v->from, v->to) ||
            !image_value_ok(r, p->type, v->value) || !image_pos_ok(r, v->pos))
            return false;
    }
    return true;
}

static bool layers_ok(const struct rules *r)
{
    if (r->scale != 100 && r->scale != 1000 && r->scale != 10000) return false;
    if (r->scheme_count == 0) return false;
    for (uint32_t i = 0; i < r->scheme_count; i++)
        if (!scheme_ok(r, i)) return false;
    for (uint32_t i = 0; i < r->param_count; i++)
        if (!param_ok(r, &r->params[i])) return false;
    return true;
}

/* ---- the tree of points ---- */

static bool amount_ok(const struct rules *r, const struct rule_amount *m, int32_t scheme,
                      int32_t from, int32_t to)
{
    int32_t chain, day;

    if (!m->is_set) return m->param == -1 && m->value == 0 && image_pos_ok(r, m->pos);
    if (m->param == -1) return image_pos_ok(r, m->pos);
    return index_ok(m->param, r->param_count) && m->value == 0 && image_pos_ok(r, m->pos) &&
           r->params[m->param].type.vt == VT_POINTS &&
           !param_gap(r, m->param, scheme, from, to, &chain, &day);
}

static bool group_ok(const struct rules *r, uint32_t at)
{
    const struct rule_group *g = &r->groups[at];

    if (!name_ok(&g->name) || !index_ok(g->scheme, r->scheme_count) || !days_ok(g->from, g->to) ||
        !image_pos_ok(r, g->pos))
        return false;
    if (g->combine == COMBINE_ONE || g->ceiling < -1 || g->open_to > 3 || g->portable < -1 ||
        g->portable > LAYER_COUNTY)
        return false;
    if (at == 0 ? g->parent != -1 || g->deducts || g->scheme != 0 : !index_ok(g->parent, at))
        return false;
    if (at > 0) {
        const struct rule_group *p = &r->groups[g->parent];
        if (!rules_in_chain(r, p->scheme, g->scheme)) return false;
        if (g->deducts && p->combine == COMBINE_HIGHEST) return false;
    }
    return amount_ok(r, &g->cap, g->scheme, g->from, g->to) &&
           amount_ok(r, &g->floor, g->scheme, g->from, g->to);
}

static bool indicator_ok(const struct rules *r, uint32_t at, uint32_t *next_clause)
{
    const struct rule_indicator *x = &r->indicators[at];

    if (!name_ok(&x->name) || !index_ok(x->group, r->group_count) ||
        !index_ok(x->scheme, r->scheme_count) || !days_ok(x->from, x->to) ||
        !image_pos_ok(r, x->pos) || x->ceiling < -1)
        return false;
    if (!rules_in_chain(r, r->groups[x->group].scheme, x->scheme)) return false;
    if (x->clause_first != *next_clause || x->clause_count > r->clause_count - *next_clause)
        return false;
    *next_clause += x->clause_count;
    for (uint32_t i = 0; i < x->clause_count; i++)
        if (r->clauses[x->clause_first + i].indicator != (int32_t)at) return false;
    return amount_ok(r, &x->cap, x->scheme, x->from, x->to) &&
           amount_ok(r, &x->floor, x->scheme, x->from, x->to);
}

static bool is_condition(const struct rules *r, int32_t node)
{
    return index_ok(node, r->node_count) && r->nodes[node].type.vt == VT_BOOL &&
           r->nodes[node].domain == -1;
}

static bool clause_ok(const struct rules *r, uint32_t at)
{
    const struct rule_clause *c = &r->clauses[at];
    const struct rule_indicator *ind;

    if (!name_ok(&c->name) || !index_ok(c->indicator, r->indicator_count) ||
        !index_ok(c->scheme, r->scheme_count) || !days_ok(c->from, c->to) ||
        !image_pos_ok(r, c->pos))
        return false;
    ind = &r->indicators[c->indicator];
    if (!rules_in_chain(r, ind->scheme, c->scheme)) return false;
    if (c->cond != -1 && !is_condition(r, c->cond)) return false;
    if (!index_ok(c->body, r->node_count) || r->nodes[c->body].type.vt != VT_POINTS ||
        r->nodes[c->body].domain != -1)
        return false;
    if (c->exception_to == -1) return true;
    return index_ok(c->exception_to, r->clause_count) &&
           r->clauses[c->exception_to].indicator == c->indicator && ind->combine == COMBINE_ONE &&
           !clause_precedes(r, (int32_t)at, (int32_t)at);
}

static bool tree_ok(const struct rules *r)
{
    uint32_t next_clause = 0;

    if (r->group_count == 0) return false;
    for (uint32_t i = 0; i < r->group_count; i++)
        if (!group_ok(r, i)) return false;
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (!indicator_ok(r, i, &next_clause)) return false;
    if (next_clause != r->clause_count) return false;
    for (uint32_t i = 0; i < r->clause_count; i++)
        if (!clause_ok(r, i)) return false;
    return true;
}

/* ---- vetoes, gates, force ---- */

static bool veto_ok(const struct rules *r, const struct rule_veto *v)
{
    if (!index_or_none(v->group, r->group_count) ||
        !index_or_none(v->indicator, r->indicator_count) || (v->group >= 0 && v->indicator >= 0))
        return false;
    if (v->freezes && (v->group >= 0 || v->indicator >= 0)) return false;
    return is_condition(r, v->cond) && index_ok(v->scheme, r->scheme_count) &&
           days_ok(v->from, v->to) && image_pos_ok(r, v->pos);
}

static bool gate_ok(const struct rules *r, const struct rule_gate *g)
{
    return name_ok(&g->name) && is_condition(r, g->cond) && index_ok(g->scheme, r->scheme_count) &&
           days_ok(g->from, g->to) && image_pos_ok(r, g->pos);
}

static bool force_ok(const struct rules *r)
{
    const struct rule_force *f = &r->force;
    const struct rule_register *g;
    uint64_t seen = 0, all;
    struct type t;

    if (!r->has_force)
        return f->reg == 0 && f->status_field == 0 && f->division_field == 0 && f->row_count == 0;
    if (!index_ok(f->reg, r->reg_count) || !image_pos_ok(r, f->pos)) return false;
    g = &r->regs[f->reg];
    if (!index_ok(f->status_field, g->field_count) || !index_ok(f->division_field, g->field_count))
        return false;
    t = g->fields[f->status_field].type;
    if ((t.vt != VT_LEVEL && t.vt != VT_CATEGORY) || g->start < 0 || g->end < 0 ||
        g->fields[g->start].type.vt != VT_DATE ||
        g->fields[f->division_field].type.vt != VT_DIVISION)
        return false;
    all = ((uint64_t)1 << r->enums[t.ref].member_count) - 1;
    for (uint32_t i = 0; i < f->row_count; i++) {
        int32_t m = f->rows[i].member;
        uint64_t bit = m == -1 ? (uint64_t)1 << MEMBERS_MOST : 0;
        if (m != -1 && !image_value_ok(r, t, m)) return false;
        if (m != -1) bit = (uint64_t)1 << m;
        if ((seen & bit) != 0) return false;
        seen |= bit;
    }
    return seen == (all | (uint64_t)1 << MEMBERS_MOST);
}

static bool verdicts_ok(const struct rules *r)
{
    for (uint32_t i = 0; i < r->veto_count; i++)
        if (!veto_ok(r, &r->vetoes[i])) return false;
    for (uint32_t i = 0; i < r->gate_count; i++)
        if (!gate_ok(r, &r->gates[i])) return false;
    return force_ok(r);
}

/* ---- cases and properties ---- */

static bool cell_ok(const struct rules *r, const struct rule_field *f, const struct rule_cell *c)
{
    if (!c->known) return c->value == 0 && f->empty == EMPTY_UNKNOWN;
    if (f->type.vt == VT_KEY) return c->value == 0;
    if (f->empty == EMPTY_OPEN &&
        c->value == (f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END))
        return true;
    if (f->empty == EMPTY_ALWAYS && c->value == DATE_OPEN_START) return true;
    (void)r;
    return c->value >= f->lo && c->value <= f->hi;
}

static bool fact_ok(const struct rules *r, const struct rule_fact *f)
{
    const struct rule_register *g;

    if (!index_ok(f->reg, r->reg_count) || !image_pos_ok(r, f->pos)) return false;
    g = &r->regs[f->reg];
    if (f->cell_count != g->field_count) return false;
    for (uint32_t i = 0; i < f->cell_count; i++)
        if (f->cells[i].field != (int32_t)i || !cell_ok(r, &g->fields[i], &f->cells[i]))
            return false;
    return true;
}

static uint32_t targets(const struct rules *r, enum expect_kind kind)
{
    switch (kind) {
    case EXPECT_TOTAL:
    case EXPECT_STATUS:
        return 1;
    case EXPECT_GROUP:
        return r->group_count;
    case EXPECT_INDICATOR:
        return r->indicator_count;
    case EXPECT_GATE:
        return r->gate_count;
    }
    return 0;
}

static bool case_ok(const struct rules *r, const struct rule_case *c)
{
    if (!index_ok(c->scheme, r->scheme_count) || !days_ok(c->day, c->day) ||
        !days_ok(c->rule_day, c->rule_day) || !image_pos_ok(r, c->pos))
        return false;
    for (uint32_t i = 0; i < c->fact_count; i++)
        if (!fact_ok(r, &c->facts[i])) return false;
    for (uint32_t i = 0; i < c->unanswered_count; i++)
        if (!index_ok(c->unanswered[i], r->reg_count)) return false;
    for (uint32_t i = 0; i < c->expect_count; i++) {
        const struct rule_expect *e = &c->expects[i];
        if (!index_ok(e->index, targets(r, e->kind)) || e->lo > e->hi || !image_pos_ok(r, e->pos))
            return false;
    }
    return true;
}

static bool property_ok(const struct rules *r, const struct rule_property *p)
{
    bool points = p->kind == KW_MONOTONE || p->kind == KW_AT_MOST || p->kind == KW_AT_LEAST;
    bool on_register = p->kind == KW_MONOTONE || p->kind == KW_PERMUTE || p->kind == KW_SPLIT;

    if (!points && !on_register) return false;
    if (!index_ok(p->scheme, r->scheme_count) || !image_pos_ok(r, p->pos)) return false;
    if (points && (p->what > EXPECT_INDICATOR || !index_ok(p->index, targets(r, p->what))))
        return false;
    if (on_register && !index_ok(p->reg, r->reg_count)) return false;
    if (p->kind == KW_SPLIT && (r->regs[p->reg].start < 0 || r->regs[p->reg].end < 0)) return false;
    return p->kind != KW_MONOTONE || index_ok(p->field, r->regs[p->reg].field_count);
}

static bool cases_ok(const struct rules *r)
{
    for (uint32_t i = 0; i < r->case_count; i++)
        if (!case_ok(r, &r->cases[i])) return false;
    for (uint32_t i = 0; i < r->property_count; i++)
        if (!property_ok(r, &r->properties[i])) return false;
    return true;
}

enum err image_check(struct arena *a, const struct rules *r)
{
    enum err e;

    if (r->file_count == 0 || !layers_ok(r) || !catalogue_ok(r)) return ERR_CORRUPT;
    e = image_check_nodes(a, r);
    if (e != ERR_OK) return e;
    return tree_ok(r) && verdicts_ok(r) && cases_ok(r) ? ERR_OK : ERR_CORRUPT;
}
