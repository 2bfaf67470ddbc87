/* The check of an image's nodes: arity, types, domains, tables, ranges, depth; and that parameters
 * have values wherever something in force uses them.
 *
 * Ranges are recomputed and must be those that are stored, so that everything proved about ranges
 * (divisors, bands that cover, sums that are not negative) can be checked on them.
 *
 * Invariants: after it, an evaluator meets no node whose kids are of another kind than the
 * compiler gives it. */
#include "lang/image_internal.h"

#include <stdlib.h>

#include "lang/check_internal.h"

#define ADD_MONTHS_MOST 120000
#define MONTHS_MOST 2400

struct view {
    const struct rules *r;
    const struct rule_node *n, *a, *b; /* the node, its first and second kid (or NULL) */
};

static bool vt_is(const struct rule_node *n, enum value_type vt)
{
    return n->type.vt == vt;
}

static bool plain_int(struct type t)
{
    return t.vt == VT_INT && t.ref < 0;
}

static const struct rule_node *kid(const struct rules *r, const struct rule_node *n, uint32_t i)
{
    return &r->nodes[r->kids[n->kid_first + i]];
}

/* ---- shape ---- */

static const int8_t arity[NODE_OP_COUNT] = {
#define NODE(op, kids) [NODE_##op] = (kids),
#include "lang/node.def"
#undef NODE
};

static bool is_aggregate(enum node_op op)
{
    return op >= NODE_AGG_COUNT && op <= NODE_AGG_EACH;
}

static bool slices_ok(const struct rules *r, const struct rule_node *n)
{
    return n->kid_first <= r->kid_total && n->kid_count <= r->kid_total - n->kid_first &&
           n->table_first <= r->table_total && n->table_count <= r->table_total - n->table_first &&
           (arity[n->op] < 0 ? n->kid_count > 0 : n->kid_count == (uint32_t)arity[n->op]);
}

static bool kids_ok(const struct rules *r, const struct rule_node *n, uint32_t at)
{
    for (uint32_t i = 0; i < n->kid_count; i++) {
        uint32_t k = r->kids[n->kid_first + i];
        if (k >= at) return false;
        if (r->nodes[k].domain != (is_aggregate(n->op) ? n->reg : n->domain)) return false;
    }
    return true;
}

static bool refs_ok(const struct rules *r, const struct rule_node *n)
{
    bool has_reg = n->op == NODE_FIELD || is_aggregate(n->op);

    if (n->domain < -1 || n->domain >= (int32_t)r->reg_count) return false;
    if (has_reg ? n->reg < 0 || n->reg >= (int32_t)r->reg_count : n->reg != -1) return false;
    if (is_aggregate(n->op) && n->domain != -1) return false;
    if (n->op == NODE_FIELD ? n->field < 0 || n->field >= (int32_t)r->regs[n->reg].field_count
                            : n->field != -1)
        return false;
    if (n->field2 != -1 && (n->op != NODE_AGG_EACH || n->field2 < -1 ||
                            n->field2 >= (int32_t)r->regs[n->reg].field_count))
        return false;
    if (n->param != -1 &&
        (n->op != NODE_CONST || n->param < 0 || n->param >= (int32_t)r->param_count))
        return false;
    return n->name >= -1 && n->name < (int32_t)r->name_count && image_pos_ok(r, n->pos) &&
           (n->flags & ~(NODE_HAS_NONE | NODE_DISPLAY_PERCENT)) == 0;
}

/* ---- leaves and arithmetic ---- */

static bool const_ok(const struct view *v)
{
    if (v->n->param >= 0)
        return type_eq(v->n->type, v->r->params[v->n->param].type) && v->n->imm == 0 &&
               v->r->params[v->n->param].value_count > 0;
    return image_value_ok(v->r, v->n->type, v->n->imm);
}

static bool field_node_ok(const struct view *v)
{
    const struct rule_register *g = &v->r->regs[v->n->reg];

    return type_eq(v->n->type, g->fields[v->n->field].type) &&
           (v->n->reg == v->n->domain || g->one_per_person);
}

static bool sum_ok(const struct view *v)
{
    if (v->n->op == NODE_SUB && vt_is(v->a, VT_DATE) && vt_is(v->b, VT_DATE))
        return vt_is(v->n, VT_DAYS);
    return type_is_quantity(v->n->type) && type_eq(v->n->type, v->a->type) &&
           type_eq(v->n->type, v->b->type);
}

static bool mul_ok(const struct view *v)
{
    return type_is_quantity(v->n->type) && type_eq(v->n->type, v->a->type) && v->n->imm >= 1 &&
           (plain_int(v->b->type) || vt_is(v->b, VT_SHARE));
}

static bool div_ok(const struct view *v)
{
    if (!type_is_quantity(v->a->type) || v->b->lo < 1) return false;
    if (plain_int(v->b->type)) return type_eq(v->n->type, v->a->type);
    return type_eq(v->a->type, v->b->type) && plain_int(v->n->type);
}

static bool per_ok(const struct view *v)
{
    return type_is_quantity(v->a->type) && v->n->imm >= 1 &&
           (vt_is(v->n, VT_POINTS) || plain_int(v->n->type));
}

static bool bound_ok(const struct view *v)
{
    return type_is_quantity(v->n->type) && type_eq(v->n->type, v->a->type) &&
           type_eq(v->n->type, v->b->type);
}

/* ---- conditions ---- */

static bool compare_ok(const struct view *v)
{
    bool equality = v->n->op == NODE_EQ || v->n->op == NODE_NE;

    return vt_is(v->n, VT_BOOL) && type_eq(v->a->type, v->b->type) &&
           (equality || type_is_ordered(v->a->type));
}

static bool logic_ok(const struct view *v)
{
    return vt_is(v->n, VT_BOOL) && vt_is(v->a, VT_BOOL) && (v->b == NULL || vt_is(v->b, VT_BOOL));
}

static bool ranges_ok(const struct view *v)
{
    const int64_t *t = &v->r->table[v->n->table_first];

    if (!vt_is(v->n, VT_BOOL) || vt_is(v->a, VT_BOOL) || vt_is(v->a, VT_KEY)) return false;
    if (v->n->table_count % 2 != 0) return false;
    for (uint32_t i = 0; i < v->n->table_count; i += 2)
        if (t[i] > t[i + 1] || (i > 0 && t[i] <= t[i - 1])) return false;
    return true;
}

/* ---- choices ---- */

static bool if_ok(const struct view *v)
{
    return vt_is(v->a, VT_BOOL) && type_eq(v->n->type, v->b->type) &&
           type_eq(v->n->type, kid(v->r, v->n, 2)->type);
}

static bool bodies_ok(const struct view *v)
{
    for (uint32_t i = 1; i < v->n->kid_count; i++)
        if (!type_eq(v->n->type, kid(v->r, v->n, i)->type)) return false;
    return v->n->kid_count >= 2;
}

static int span_cmp(const void *pa, const void *pb)
{
    const int64_t *a = pa, *b = pb;

    return (a[0] > b[0]) - (a[0] < b[0]);
}

/* Rows disjoint, and together holding the whole range of the value. */
static enum err bands_cover(struct arena *a, const struct view *v)
{
    const int64_t *t = &v->r->table[v->n->table_first];
    uint32_t rows = v->n->kid_count - 1;
    struct span {
        int64_t ends[2];
    } * order;
    int64_t next = v->a->lo;
    bool done = false;

    if (v->n->table_count != 2 * rows || !type_is_ordered(v->a->type)) return ERR_CORRUPT;
    order = ARENA_ARRAY(a, struct span, rows);
    if (order == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < rows; i++)
        order[i] = (struct span){{t[2 * i], t[2 * i + 1]}};
    qsort(order, rows, sizeof *order, span_cmp);
    for (uint32_t i = 0; i < rows; i++) {
        if (order[i].ends[0] > order[i].ends[1]) return ERR_CORRUPT;
        if (i > 0 && order[i].ends[0] <= order[i - 1].ends[1]) return ERR_CORRUPT;
        if (!done && order[i].ends[0] > next) return ERR_CORRUPT;
        if (order[i].ends[1] >= v->a->hi) done = true;
        if (!done && order[i].ends[1] >= next) next = order[i].ends[1] + 1;
    }
    return done ? ERR_OK : ERR_CORRUPT;
}

static bool match_ok(const struct view *v)
{
    const int64_t *t = &v->r->table[v->n->table_first];
    uint64_t seen = 0, all;

    if (!vt_is(v->a, VT_LEVEL) && !vt_is(v->a, VT_CATEGORY)) return false;
    if (v->n->table_count != v->n->kid_count - 1 || v->a->lo < 0 || !bodies_ok(v)) return false;
    all = ((uint64_t)1 << v->r->enums[v->a->type.ref].member_count) - 1;
    for (uint32_t i = 0; i < v->n->table_count; i++) {
        if (t[i] == 0 || (seen & (uint64_t)t[i]) != 0) return false;
        seen |= (uint64_t)t[i];
    }
    return seen == all;
}

static bool list_ok(const struct view *v)
{
    for (uint32_t i = 0; i < v->n->kid_count; i++)
        if (!type_eq(v->n->type, kid(v->r, v->n, i)->type)) return false;
    if (v->n->op == NODE_TOTAL) return v->n->kid_count == 1 || type_is_quantity(v->n->type);
    return type_is_ordered(v->n->type);
}

/* ---- calendar ---- */

static bool calendar_ok(const struct view *v)
{
    if (!vt_is(v->a, VT_DATE) || (v->b != NULL && !vt_is(v->b, VT_DATE))) return false;
    switch ((int)v->n->op) {
    case NODE_AGE:
        return vt_is(v->n, VT_AGE);
    case NODE_YEAR:
        return plain_int(v->n->type);
    case NODE_WHOLE_MONTHS:
        return vt_is(v->n, VT_MONTHS);
    case NODE_ADD_MONTHS:
        return vt_is(v->n, VT_DATE) && v->n->imm >= -ADD_MONTHS_MOST &&
               v->n->imm <= ADD_MONTHS_MOST &&
               (v->n->imm2 == MONTH_CLAMP || v->n->imm2 == MONTH_NEXT);
    default:
        return vt_is(v->n, VT_DATE);
    }
}

/* ---- aggregates ---- */

static bool window_ok(const struct rules *r, const struct rule_node *n)
{
    const struct rule_register *g = &r->regs[n->reg];

    if (n->window == WINDOW_NONE) return n->window_a == 0 && n->window_b == 0;
    if (g->event < 0 && g->start < 0) return false;
    if (n->window == WINDOW_MONTHS)
        return n->window_a >= 1 && n->window_a <= MONTHS_MOST && n->window_b == 0;
    if (n->window == WINDOW_FIXED)
        return n->window_a >= DATE_OPEN_START && n->window_a <= n->window_b &&
               n->window_b <= DATE_OPEN_END;
    return n->window_a == 0 && n->window_b == 0;
}

static bool has_spells(const struct rule_register *g, enum value_type vt)
{
    return g->start >= 0 && g->end >= 0 && g->fields[g->start].type.vt == vt;
}

static bool always_has_record(const struct view *v)
{
    const struct rule_register *g = &v->r->regs[v->n->reg];

    return g->none_unknown && v->n->window == WINDOW_NONE && v->a->op == NODE_CONST &&
           v->a->param < 0 && v->a->imm == 1 &&
           (g->event < 0 || g->fields[g->event].empty != EMPTY_UNKNOWN);
}

/* 无则 of the value's type; of 现行 also what stands for nothing. */
static bool none_ok(const struct view *v)
{
    if ((v->n->flags & NODE_HAS_NONE) == 0) return v->n->imm == 0;
    if (v->n->op == NODE_AGG_NOW && v->n->imm == -1 && vt_is(v->n, VT_CATEGORY)) return true;
    return image_value_ok(v->r, v->n->type, v->n->imm);
}

static bool best_ok(const struct view *v)
{
    if (!type_eq(v->n->type, v->b->type) || !type_is_ordered(v->n->type) || !none_ok(v))
        return false;
    return (v->n->flags & NODE_HAS_NONE) != 0 || always_has_record(v);
}

static bool each_ok(const struct view *v)
{
    return vt_is(v->n, VT_POINTS) && vt_is(v->b, VT_POINTS) && v->b->lo >= 0 && v->n->imm >= -1 &&
           (v->n->imm < 0 || v->r->regs[v->n->reg].event >= 0) &&
           each_cap_binds(v->n, v->b->hi, v->r->regs[v->n->reg].max_records);
}

static bool aggregate_ok(const struct view *v)
{
    const struct rule_register *g = &v->r->regs[v->n->reg];

    if (!vt_is(v->a, VT_BOOL) || !window_ok(v->r, v->n)) return false;
    switch ((int)v->n->op) {
    case NODE_AGG_COUNT:
        return plain_int(v->n->type);
    case NODE_AGG_ANY:
        return vt_is(v->n, VT_BOOL);
    case NODE_AGG_SUM:
        return type_is_quantity(v->n->type) && type_eq(v->n->type, v->b->type) && v->b->lo >= 0;
    case NODE_AGG_MAX:
    case NODE_AGG_MIN:
        return best_ok(v);
    case NODE_AGG_NOW:
        return type_eq(v->n->type, v->b->type) && has_spells(g, VT_DATE) &&
               v->n->window == WINDOW_NONE && (v->n->flags & NODE_HAS_NONE) != 0 && none_ok(v);
    case NODE_AGG_MONTHS:
        return vt_is(v->n, VT_MONTHS) && has_spells(g, VT_MONTH);
    case NODE_AGG_SPELL_MONTHS:
        return vt_is(v->n, VT_MONTHS) && has_spells(g, VT_DATE) && v->n->imm >= 0 &&
               v->n->imm <= 366;
    case NODE_AGG_CONSECUTIVE:
        return vt_is(v->n, VT_MONTHS) && has_spells(g, VT_MONTH) && v->n->imm >= 0 &&
               v->n->imm <= MONTHS_MOST;
    default:
        return each_ok(v);
    }
}

/* ---- one node ---- */

static bool op_ok(const struct view *v)
{
    switch (v->n->op) {
    case NODE_CONST:
        return const_ok(v);
    case NODE_DAY:
        return vt_is(v->n, VT_DATE);
    case NODE_FIELD:
        return field_node_ok(v);
    case NODE_ADD:
    case NODE_SUB:
        return sum_ok(v);
    case NODE_MUL:
        return mul_ok(v);
    case NODE_DIV:
        return div_ok(v);
    case NODE_PER:
        return per_ok(v);
    case NODE_MIN:
    case NODE_MAX:
        return bound_ok(v);
    case NODE_GE:
    case NODE_LE:
    case NODE_GT:
    case NODE_LT:
    case NODE_EQ:
    case NODE_NE:
        return compare_ok(v);
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
        return logic_ok(v);
    case NODE_IN_RANGES:
        return ranges_ok(v);
    case NODE_IF:
        return if_ok(v);
    case NODE_BANDS:
        return bodies_ok(v);
    case NODE_MATCH:
        return match_ok(v);
    case NODE_HIGHEST:
    case NODE_LOWEST:
    case NODE_TOTAL:
        return list_ok(v);
    case NODE_AGE:
    case NODE_YEAR:
    case NODE_YEAR_START:
    case NODE_ADD_MONTHS:
    case NODE_WHOLE_MONTHS:
        return calendar_ok(v);
    case NODE_AGG_COUNT:
    case NODE_AGG_SUM:
    case NODE_AGG_MAX:
    case NODE_AGG_MIN:
    case NODE_AGG_ANY:
    case NODE_AGG_NOW:
    case NODE_AGG_MONTHS:
    case NODE_AGG_SPELL_MONTHS:
    case NODE_AGG_CONSECUTIVE:
    case NODE_AGG_EACH:
        return aggregate_ok(v);
    case NODE_IF_UNKNOWN:
        return type_eq(v->n->type, v->a->type) && type_is_quantity(v->n->type);
    case NODE_OP_COUNT:
        break;
    }
    return false;
}

/* Tables stand only where an operator reads them. */
static bool table_ok(const struct rule_node *n)
{
    return n->op == NODE_IN_RANGES || n->op == NODE_BANDS || n->op == NODE_MATCH ||
           n->table_count == 0;
}

static enum err range_ok(struct arena *a, const struct rules *r, const struct rule_node *n)
{
    struct range few[8], *kids = few, v;

    if (n->kid_count > 8) kids = ARENA_ARRAY(a, struct range, n->kid_count);
    if (kids == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < n->kid_count; i++)
        kids[i] = (struct range){kid(r, n, i)->lo, kid(r, n, i)->hi};
    v = node_range(r, n, kids);
    return v.lo == n->lo && v.hi == n->hi ? ERR_OK : ERR_CORRUPT;
}

static enum err node_ok(struct arena *a, const struct rules *r, uint32_t at)
{
    const struct rule_node *n = &r->nodes[at];
    struct view v = {.r = r, .n = n};

    if (!image_type_ok(r, n->type) || !refs_ok(r, n) || !slices_ok(r, n) || !kids_ok(r, n, at) ||
        !table_ok(n))
        return ERR_CORRUPT;
    if (n->kid_count > 0) v.a = kid(r, n, 0);
    if (n->kid_count > 1) v.b = kid(r, n, 1);
    if (!op_ok(&v)) return ERR_CORRUPT;
    if (n->op == NODE_BANDS) {
        enum err e = bands_cover(a, &v);
        if (e != ERR_OK) return e;
    }
    return range_ok(a, r, n);
}

/* ---- depth, and parameters in use ---- */

static bool depth_ok(const struct rules *r, uint16_t *depth)
{
    for (uint32_t i = 0; i < r->node_count; i++) {
        const struct rule_node *n = &r->nodes[i];
        for (uint32_t j = 0; j < n->kid_count; j++) {
            uint16_t below = depth[r->kids[n->kid_first + j]];
            if (below >= depth[i]) depth[i] = (uint16_t)(below + 1);
        }
        if (depth[i] > NODE_DEPTH_MAX) return false;
    }
    return true;
}

struct uses {
    const struct rules *r;
    bool *has_param; /* somewhere below */
    uint32_t *seen;  /* turn in which a node was last visited */
    uint32_t turn;
    int32_t scheme, from, to;
};

static bool params_covered(struct uses *u, uint32_t node)
{
    const struct rule_node *n = &u->r->nodes[node];
    int32_t chain, day;

    if (!u->has_param[node] || u->seen[node] == u->turn) return true;
    u->seen[node] = u->turn;
    if (n->param >= 0 && param_gap(u->r, n->param, u->scheme, u->from, u->to, &chain, &day))
        return false;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (!params_covered(u, u->r->kids[n->kid_first + i])) return false;
    return true;
}

static bool use_ok(struct uses *u, int32_t node, int32_t scheme, int32_t from, int32_t to)
{
    if (node < 0 || (uint32_t)node >= u->r->node_count || scheme < 0 ||
        (uint32_t)scheme >= u->r->scheme_count)
        return node == -1;
    u->turn++;
    u->scheme = scheme;
    u->from = from;
    u->to = to;
    return params_covered(u, (uint32_t)node);
}

static bool uses_ok(struct uses *u)
{
    const struct rules *r = u->r;

    for (uint32_t i = 0; i < r->node_count; i++) {
        const struct rule_node *n = &r->nodes[i];
        u->has_param[i] = n->param >= 0;
        for (uint32_t j = 0; j < n->kid_count; j++)
            u->has_param[i] |= u->has_param[r->kids[n->kid_first + j]];
    }
    for (uint32_t i = 0; i < r->clause_count; i++) {
        const struct rule_clause *c = &r->clauses[i];
        if (!use_ok(u, c->cond, c->scheme, c->from, c->to) ||
            !use_ok(u, c->body, c->scheme, c->from, c->to))
            return false;
    }
    for (uint32_t i = 0; i < r->veto_count; i++)
        if (!use_ok(u, r->vetoes[i].cond, r->vetoes[i].scheme, r->vetoes[i].from, r->vetoes[i].to))
            return false;
    for (uint32_t i = 0; i < r->gate_count; i++)
        if (!use_ok(u, r->gates[i].cond, r->gates[i].scheme, r->gates[i].from, r->gates[i].to))
            return false;
    return true;
}

enum err image_check_nodes(struct arena *a, const struct rules *r)
{
    uint16_t *depth = ARENA_ARRAY(a, uint16_t, r->node_count);
    struct uses u = {.r = r,
                     .has_param = ARENA_ARRAY(a, bool, r->node_count),
                     .seen = ARENA_ARRAY(a, uint32_t, r->node_count)};

    if (depth == NULL || u.has_param == NULL || u.seen == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->node_count; i++) {
        enum err e = node_ok(a, r, i);
        if (e != ERR_OK) return e;
    }
    return depth_ok(r, depth) && uses_ok(&u) ? ERR_OK : ERR_CORRUPT;
}
