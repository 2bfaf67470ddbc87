/* Bodies: what clauses compute, and vetoes, freezes, gates and the force of a score.
 *
 * Invariants: every clause of an image has a body of points; conditions are yes/no; a parameter
 * that something uses has a value whenever that something is in force. */
#include "lang/check_internal.h"

#include <string.h>

static const struct scope PERSON = {.domain = -1, .lets = NULL};

/* ---- parameters below a node ---- */

struct param_walk {
    struct check *k;
    int32_t scheme, from, to;
    struct src_pos at;
    bool *seen; /* per node */
};

static void params_below(struct param_walk *w, int32_t node)
{
    const struct rule_node *n;

    if (node < 0 || w->seen[node] || !w->k->meta[node].has_param) return;
    w->seen[node] = true;
    n = node_at(w->k, node);
    if (n->param >= 0) check_param_use(w->k, n->param, w->scheme, w->from, w->to, n->pos);
    for (uint32_t i = 0; i < n->kid_count; i++)
        params_below(w, (int32_t)w->k->r->kids[n->kid_first + i]);
}

static void check_params_below(struct check *k, int32_t a, int32_t b, int32_t scheme, int32_t from,
                               int32_t to)
{
    struct param_walk w = {.k = k, .scheme = scheme, .from = from, .to = to};
    bool none = (a < 0 || !k->meta[a].has_param) && (b < 0 || !k->meta[b].has_param);

    if (none || from > to) return;
    w.seen = ARENA_ARRAY(k->a, bool, k->r->node_count);
    if (w.seen == NULL) {
        k->nomem = true;
        return;
    }
    params_below(&w, a);
    params_below(&w, b);
}

static void check_amount_use(struct check *k, const struct rule_amount *m, int32_t scheme,
                             int32_t from, int32_t to)
{
    if (m->is_set && m->param >= 0) check_param_use(k, m->param, scheme, from, to, m->pos);
}

/* ---- clauses ---- */

static void lower_indicator_when(struct check *k, uint32_t at)
{
    const struct rule_indicator *ind = &k->r->indicators[at];
    const struct ast *when = ast_find(k->indicator_work[at].ast, AST_WHEN);

    check_enter(k, ind->scheme);
    k->heading = ind->basis;
    if (when != NULL) k->indicator_work[at].when = lower_condition(k, &PERSON, when->kids[0]);
    check_amount_use(k, &ind->cap, ind->scheme, ind->from, ind->to);
    check_amount_use(k, &ind->floor, ind->scheme, ind->from, ind->to);
}

/* The clause's own 当, and the indicator's where it stands apart. */
static int32_t clause_condition(struct check *k, const struct ast *item, int32_t indicator)
{
    int32_t outer = k->indicator_work[indicator].when;
    const struct ast *when = item->kind == AST_CLAUSE ? ast_find(item, AST_WHEN) : NULL;
    int32_t own = when != NULL ? lower_condition(k, &PERSON, when->kids[0]) : -1;

    if (own < 0) return outer;
    if (outer < 0) return own;
    return node_two(k, NODE_AND, TYPE(VT_BOOL), outer, own, when->pos);
}

static void lower_clause(struct check *k, uint32_t at)
{
    struct rule_clause *c = &k->r->clauses[at];
    const struct ast *item = k->clause_work[at].ast;
    struct type points = TYPE(VT_POINTS);
    int32_t body;

    check_enter(k, c->scheme);
    k->heading = c->basis;
    c->cond = clause_condition(k, item, c->indicator);
    body = lower_body(k, &PERSON, item, clause_body_at(item), &points);
    if (body >= 0 && !type_eq(node_type(k, body), points)) {
        check_type_error(k, item->kids[item->kid_count - 1]->pos, points, node_type(k, body));
        return;
    }
    c->body = body;
    check_params_below(k, c->cond, body, c->scheme, c->from, c->to);
}

/* ---- vetoes and freezes ---- */

static struct rule_label because(const struct ast *item)
{
    const struct ast *b = ast_find(item, AST_BECAUSE);

    return b != NULL ? check_label(b) : (struct rule_label){{NULL, 0}, {NULL, 0}};
}

/* A lower layer may forbid its own points, and those of groups opened to it. */
static bool veto_reaches(struct check *k, int32_t scheme, int32_t group, const struct ast *name)
{
    enum layer layer = k->r->schemes[k->scheme].layer;
    uint32_t bit = layer == LAYER_CITY ? 1u : layer == LAYER_COUNTY ? 2u : 0u;
    const struct rule_group *g = &k->r->groups[group];

    if (scheme == k->scheme || (g->open_to & bit) != 0) return true;
    FINDING(k, MSG_VETO_FOREIGN, name->pos, g->pos, name->name);
    return false;
}

static bool veto_target(struct check *k, const struct ast *item, struct rule_veto *v)
{
    const struct ast *name = ast_find(item, AST_NAME);
    const struct symbol *s;
    struct str ascii;

    if (ast_find(item, AST_ALL) != NULL || name == NULL) return true;
    ascii = check_ascii(k, name->name);
    s = ascii.p != NULL ? check_symbol(k, SYM_GROUP, -1, ascii) : NULL;
    if (s != NULL) {
        v->group = s->index;
        return veto_reaches(k, k->r->groups[s->index].scheme, s->index, name);
    }
    v->indicator = check_resolve(k, SYM_INDICATOR, -1, name);
    if (v->indicator < 0) return false;
    const struct rule_indicator *ind = &k->r->indicators[v->indicator];
    return veto_reaches(k, ind->scheme, ind->group, name);
}

static void veto_days(struct check *k, const struct ast *item, struct rule_veto *v)
{
    const struct rule_source *days = &k->r->schemes[k->scheme].source;
    int32_t from = days->from, to = days->to;

    if (v->group >= 0) {
        if (k->r->groups[v->group].from > from) from = k->r->groups[v->group].from;
        if (k->r->groups[v->group].to < to) to = k->r->groups[v->group].to;
    }
    if (v->indicator >= 0) {
        if (k->r->indicators[v->indicator].from > from) from = k->r->indicators[v->indicator].from;
        if (k->r->indicators[v->indicator].to < to) to = k->r->indicators[v->indicator].to;
    }
    v->from = from;
    v->to = to;
    check_dates(k, item, &v->from, &v->to);
}

static void veto_item(struct check *k, const struct ast *item)
{
    const struct ast *when = ast_find(item, AST_WHEN);
    struct rule_veto v = {.group = -1,
                          .indicator = -1,
                          .freezes = item->kind == AST_FREEZE,
                          .cond = -1,
                          .reason = because(item),
                          .scheme = k->scheme,
                          .basis = k->heading,
                          .pos = item->pos};
    struct rule_name name = {.zh = text_kw(k, v.freezes ? KW_FREEZE : KW_VETO),
                             .ascii = text_kw(k, v.freezes ? KW_FREEZE : KW_VETO)};
    struct rule_veto *slot;

    check_basis(k, item, &name);
    if (item->kind == AST_VETO && !veto_target(k, item, &v)) return;
    veto_days(k, item, &v);
    if (when == NULL) return;
    v.cond = lower_condition(k, &PERSON, when->kids[0]);
    if (v.cond < 0) return;
    check_params_below(k, v.cond, -1, v.scheme, v.from, v.to);
    slot = CHECK_ADD(k, k->r->vetoes, k->r->veto_count, k->veto_cap);
    if (slot != NULL) *slot = v;
}

/* ---- gates ---- */

static void gate_item(struct check *k, const struct ast *item)
{
    const struct rule_source *days = &k->r->schemes[k->scheme].source;
    const struct ast *lines = ast_find(item, AST_ALL_OF);
    struct rule_gate g = {.name = check_name(item->kids[0]),
                          .scheme = k->scheme,
                          .from = days->from,
                          .to = days->to,
                          .basis = k->heading,
                          .pos = item->kids[0]->pos};
    struct rule_gate *slot;

    check_basis(k, item, &g.name);
    check_dates(k, item, &g.from, &g.to);
    if (lines == NULL || !check_is_new(k, SYM_GATE, -1, item->kids[0])) return;
    g.cond = lower(k, &PERSON, lines, NULL);
    if (g.cond < 0) return;
    check_params_below(k, g.cond, -1, g.scheme, g.from, g.to);
    slot = CHECK_ADD(k, k->r->gates, k->r->gate_count, k->gate_cap);
    if (slot == NULL) return;
    *slot = g;
    check_declare(k, SYM_GATE, -1, g.name.ascii, (int32_t)k->r->gate_count - 1, g.pos);
}

/* ---- force ---- */

static bool force_fields(struct check *k, const struct ast *item, struct rule_force *f)
{
    const struct rule_register *g;

    f->reg = check_resolve(k, SYM_REGISTER, -1, item->kids[0]);
    if (f->reg < 0) return false;
    f->status_field = check_resolve(k, SYM_FIELD, f->reg, item->kids[1]);
    f->division_field = check_resolve(k, SYM_FIELD, f->reg, item->kids[2]);
    if (f->status_field < 0 || f->division_field < 0) return false;
    g = &k->r->regs[f->reg];
    const struct rule_field *status = &g->fields[f->status_field];
    const struct rule_field *division = &g->fields[f->division_field];
    if (status->type.vt != VT_CATEGORY && status->type.vt != VT_LEVEL) {
        FINDING(k, MSG_MATCH_TYPE, item->kids[1]->pos, status->pos, text_type(k, status->type));
        return false;
    }
    if (division->type.vt != VT_DIVISION) {
        check_type_error(k, item->kids[2]->pos, TYPE(VT_DIVISION), division->type);
        return false;
    }
    if (g->start < 0 || g->end < 0 || g->fields[g->start].type.vt != VT_DATE) {
        FINDING(k, MSG_AGGREGATE_ROLES, item->pos, g->pos, text_kw(k, KW_FORCE),
                text_name(k, &g->name), text_two(k, "始、终两个日期", "a start and an end date"));
        return false;
    }
    return true;
}

/* One row; returns the member's bit, bit 62 for 无记录, 0 when reported. */
static uint64_t force_row(struct check *k, const struct ast *row, int32_t e,
                          struct rule_force_row *ret)
{
    *ret = (struct rule_force_row){
        .member = -1, .in_force = row->kw == KW_IN_FORCE, .word = row->name};
    if (row->kids[0]->kind == AST_NO_RECORD) return (uint64_t)1 << 62;
    ret->member = check_member(k, e, row->kids[0]);
    return ret->member < 0 ? 0 : (uint64_t)1 << ret->member;
}

static void force_complete(struct check *k, const struct ast *item, const struct rule_enum *e,
                           uint64_t seen)
{
    for (uint32_t m = 0; m < e->member_count; m++)
        if ((seen >> m & 1) == 0)
            FINDING(k, MSG_MATCH_GAP, item->pos, e->pos, text_name(k, &e->members[m]));
    if ((seen >> 62 & 1) == 0)
        FINDING(k, MSG_MATCH_GAP, item->pos, NO_POS, text_kw(k, KW_NO_RECORD));
}

static bool force_rows(struct check *k, const struct ast *item, struct rule_force *f)
{
    int32_t e = k->r->regs[f->reg].fields[f->status_field].type.ref;
    uint64_t seen = 0;
    bool ok = true;

    f->rows = ARENA_ARRAY(k->a, struct rule_force_row, item->kid_count);
    if (f->rows == NULL) {
        k->nomem = true;
        return false;
    }
    for (size_t i = 3; i < item->kid_count; i++) {
        const struct ast *row = item->kids[i];
        uint64_t bit;
        if (row->kind != AST_FORCE_ROW) continue;
        bit = force_row(k, row, e, &f->rows[f->row_count]);
        if ((seen & bit) != 0)
            FINDING(k, MSG_MATCH_TWICE, row->pos, NO_POS,
                    bit >> 62
                        ? text_kw(k, KW_NO_RECORD)
                        : text_name(k, &k->r->enums[e].members[f->rows[f->row_count].member]));
        ok &= bit != 0;
        seen |= bit;
        f->row_count++;
    }
    if (ok) force_complete(k, item, &k->r->enums[e], seen);
    return ok;
}

static void force_item(struct check *k, const struct ast *item)
{
    struct rule_force f = {.basis = k->heading, .pos = item->pos};
    struct rule_name name = {.zh = text_kw(k, KW_FORCE), .ascii = text_kw(k, KW_FORCE)};

    if (k->r->has_force) {
        FINDING0(k, MSG_FORCE_TWICE, item->pos, k->r->force.pos);
        return;
    }
    if (k->scheme != 0) {
        FINDING0(k, MSG_FORCE_PROVINCE, item->pos, k->r->schemes[0].pos);
        return;
    }
    check_basis(k, item, &name);
    if (item->kid_count < 3 || !force_fields(k, item, &f) || !force_rows(k, item, &f)) return;
    k->r->force = f;
    k->r->has_force = true;
}

static void group_amounts(struct check *k)
{
    for (uint32_t i = 0; i < k->r->group_count; i++) {
        const struct rule_group *g = &k->r->groups[i];
        check_enter(k, g->scheme);
        k->heading = g->basis;
        check_amount_use(k, &g->cap, g->scheme, g->from, g->to);
        check_amount_use(k, &g->floor, g->scheme, g->from, g->to);
    }
}

void check_bodies(struct check *k)
{
    group_amounts(k);
    for (uint32_t i = 0; i < k->r->indicator_count && !k->nomem; i++)
        lower_indicator_when(k, i);
    for (uint32_t i = 0; i < k->r->clause_count && !k->nomem; i++)
        lower_clause(k, i);
    check_each(k, AST_VETO, veto_item);
    check_each(k, AST_FREEZE, veto_item);
    check_each(k, AST_GATE, gate_item);
    check_each(k, AST_FORCE, force_item);
}
