/* Edges of a rule image that no case stands on.
 *
 *   every case -> its trace -> marks on the nodes it reaches:  both sides of a band boundary, rows
 *                              taken, caps that cut and that do not, conditions true and false
 *   every node and cap of the image -> the marks that are missing -> findings
 *
 * A case reaches what it decided by: of a choice whose value is known only the branch taken, of
 * records only those that stood on the day. Values that are not known mark nothing.
 *
 * Invariants: marks are per node or per indicator and group; what cannot be reached at all (by the
 * static range) is no edge. */
#include "engine/check_internal.h"

enum mark { MARK_YES = 1, MARK_NO = 2 };

struct edges {
    struct arena *arena;
    const struct rules *r;
    struct diag_list *diags;
    uint8_t *node;         /* per node: as a condition MARK_YES, MARK_NO; as a limit: cuts, idle */
    uint64_t *stamp;       /* per node: the last scope it was walked in */
    uint8_t **low, **high; /* per BANDS node: per row, a case on its first and on its last value */
    uint8_t **row;         /* per MATCH node: per row */
    uint8_t *indicator_cap, *indicator_floor, *group_cap, *group_floor;
    uint64_t walk;
    uint32_t count, bare;
};

/* --- walking the traces --- */

static void walk_node(struct edges *g, const struct trace_node *t);

static void mark_condition(struct edges *g, const struct trace_node *t)
{
    if (t == NULL || !(t->value.lo == t->value.hi)) return;
    g->node[t->node] |= t->value.lo == 1 ? MARK_YES : MARK_NO;
}

static void mark_limit(uint8_t *mark, struct interval before, struct interval after)
{
    if (before.lo != before.hi) return;
    *mark |= before.lo != after.lo ? MARK_YES : MARK_NO;
}

static bool row_holds(const struct rules *r, const struct rule_node *n, uint32_t row, int64_t v)
{
    const int64_t *tab = r->table + n->table_first;

    if (n->op == NODE_BANDS) return tab[2 * row] <= v && v <= tab[2 * row + 1];
    return v >= 0 && v <= 61 && ((uint64_t)tab[row] >> v & 1) != 0;
}

static void walk_rows(struct edges *g, const struct trace_node *t, const struct rule_node *n)
{
    struct interval v = t->kids[0]->value;
    const int64_t *tab = g->r->table + n->table_first;

    walk_node(g, t->kids[0]);
    if (v.lo != v.hi) return;
    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        if (!row_holds(g->r, n, row, v.lo)) continue;
        if (n->op == NODE_BANDS) {
            g->low[t->node][row] |= v.lo == tab[2 * row];
            g->high[t->node][row] |= v.lo == tab[2 * row + 1];
        } else {
            g->row[t->node][row] = 1;
        }
        walk_node(g, t->kids[row + 1]);
    }
}

static void walk_if(struct edges *g, const struct trace_node *t)
{
    struct interval c = t->kids[0]->value;

    mark_condition(g, t->kids[0]);
    walk_node(g, t->kids[0]);
    if (c.lo != c.hi) return;
    walk_node(g, t->kids[c.lo == 1 ? 1 : 2]);
}

static void walk_records(struct edges *g, const struct trace_node *t)
{
    for (uint32_t i = 0; i < t->record_count; i++) {
        const struct trace_record *rec = &t->records[i];
        if (rec->standing == STANDING_OUT && rec->why != WHY_FILTER) continue;
        g->walk++;
        walk_node(g, rec->filter_node);
        if (rec->standing == STANDING_SURE && rec->value_node != NULL)
            walk_node(g, rec->value_node);
    }
    g->walk++;
}

/* Filters are asked of every record, whatever branch is taken: a chain of 否则 若 over the same
 * register leaves fewer and fewer kinds of record, and none that could fail the last. */
static void walk_filters(struct edges *g, const struct trace_node *t)
{
    if (g->stamp[t->node] == g->walk) return;
    g->stamp[t->node] = g->walk;
    for (uint32_t i = 0; i < t->record_count; i++) {
        const struct trace_record *rec = &t->records[i];
        if (rec->standing != STANDING_OUT || rec->why == WHY_FILTER)
            mark_condition(g, rec->filter_node);
    }
    for (uint32_t i = 0; t->records == NULL && i < g->r->nodes[t->node].kid_count; i++)
        if (t->kids[i] != NULL) walk_filters(g, t->kids[i]);
}

static void walk_node(struct edges *g, const struct trace_node *t)
{
    const struct rule_node *n = &g->r->nodes[t->node];

    if (g->stamp[t->node] == g->walk) return;
    g->stamp[t->node] = g->walk;
    if (n->op == NODE_IF) {
        walk_if(g, t);
        return;
    }
    if (n->op == NODE_BANDS || n->op == NODE_MATCH) {
        walk_rows(g, t, n);
        return;
    }
    if (t->records != NULL) {
        walk_records(g, t);
        return;
    }
    if (n->op == NODE_MIN || n->op == NODE_MAX)
        mark_limit(&g->node[t->node], t->kids[0]->value, t->value);
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (t->kids[i] != NULL) walk_node(g, t->kids[i]);
}

static void walk_indicator(struct edges *g, const struct trace_indicator *t)
{
    bool is_first_only = g->r->indicators[t->indicator].combine == COMBINE_ONE;

    for (uint32_t i = 0; i < t->clause_count; i++) {
        const struct trace_clause *c = &t->clauses[i];
        if (c->cond != NULL) {
            mark_condition(g, c->cond);
            walk_node(g, c->cond);
        }
        if (c->applies.lo == 1) walk_node(g, c->body);
        if (c->applies.hi == 1 && is_first_only) break; /* those after it were not asked */
    }
    mark_limit(&g->indicator_cap[t->indicator], t->steps.raw, t->steps.capped);
    mark_limit(&g->indicator_floor[t->indicator], t->steps.capped, t->steps.floored);
}

static void walk_conditions(struct edges *g, const struct trace_condition *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        mark_condition(g, c[i].cond);
        walk_node(g, c[i].cond);
    }
}

static void walk_all_filters(struct edges *g, const struct plan *p, const struct trace *t)
{
    g->walk++;
    for (uint32_t i = 0; i < p->indicator_count; i++)
        for (uint32_t k = 0; k < t->indicators[i].clause_count; k++) {
            if (t->indicators[i].clauses[k].cond != NULL)
                walk_filters(g, t->indicators[i].clauses[k].cond);
            walk_filters(g, t->indicators[i].clauses[k].body);
        }
    for (uint32_t i = 0; i < p->veto_count; i++)
        walk_filters(g, t->vetoes[i].cond);
    for (uint32_t i = 0; i < p->gate_count; i++)
        walk_filters(g, t->gates[i].cond);
}

static void walk_trace(struct edges *g, const struct plan *p, const struct trace *t)
{
    walk_all_filters(g, p, t);
    g->walk++;
    for (uint32_t i = 0; i < p->indicator_count; i++)
        walk_indicator(g, &t->indicators[i]);
    for (uint32_t i = 0; i < p->group_count; i++) {
        const struct trace_group *group = &t->groups[i];
        mark_limit(&g->group_cap[group->group], group->steps.raw, group->steps.capped);
        mark_limit(&g->group_floor[group->group], group->steps.capped, group->steps.floored);
    }
    walk_conditions(g, t->vetoes, p->veto_count);
    walk_conditions(g, t->gates, p->gate_count);
}

static enum err walk_case(struct edges *g, struct arena *own, const struct rule_case *c)
{
    struct resident n;
    struct population p;
    struct scored s;
    enum err e = check_case_resident(own, g->r, c, &n);

    if (e == ERR_OK) e = resident_population(own, &n, &p, NULL);
    if (e == ERR_RANGE) return ERR_OK; /* check_cases says so */
    if (e == ERR_OK) e = check_case_score(own, g->r, c, &p, &s);
    if (e == ERR_OK && s.trace != NULL) walk_trace(g, s.plan, s.trace);
    return e;
}

/* --- reporting what is missing --- */

static struct value_ctx text_at(const struct edges *g, struct src_pos pos)
{
    return (struct value_ctx){g->r, NULL, 0, check_lang(g->r, pos), VALUE_PROSE};
}

static void report(struct edges *g, enum lang_msg id, struct src_pos pos, struct str first,
                   struct str second)
{
    static const struct src_pos nowhere = {0};
    struct buf args[2];

    buf_init(&args[0], 0);
    buf_init(&args[1], 0);
    buf_add(&args[0], first);
    buf_add(&args[1], second);
    check_report(g->diags, id, pos, nowhere, args, 2);
    g->bare++;
}

static struct str node_source(const struct edges *g, uint32_t node)
{
    return rules_node_text(g->arena, g->r, node);
}

/* One value of a node as text that lives in the arena. */
static struct str node_value(const struct edges *g, uint32_t node, int64_t v, struct src_pos pos)
{
    struct value_ctx c = text_at(g, pos);
    struct buf b;

    buf_init(&b, 0);
    value_add_text(&b, &c, g->r->nodes[node].type, v);
    struct str s = str_copy(g->arena, buf_str(&b));
    buf_done(&b);
    return s;
}

static void expect_value(struct edges *g, const struct rule_node *n, bool is_marked, int64_t v)
{
    uint32_t subject = g->r->kids[n->kid_first];
    const struct rule_node *k = &g->r->nodes[subject];

    if (v < k->lo || v > k->hi) return;
    g->count++;
    if (is_marked) return;
    report(g, MSG_EDGE_VALUE, n->pos, node_source(g, subject), node_value(g, subject, v, n->pos));
}

/* Both sides of every boundary: the first value of a row that something lies below, the last of
 * one that something lies above. */
static void expect_bands(struct edges *g, uint32_t node, const struct rule_node *n)
{
    const int64_t *tab = g->r->table + n->table_first;
    const struct rule_node *k = &g->r->nodes[g->r->kids[n->kid_first]];

    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        int64_t first = tab[2 * row], last = tab[2 * row + 1];
        if (first > k->lo) expect_value(g, n, g->low[node][row] != 0, first);
        if (last < k->hi && last != first) expect_value(g, n, g->high[node][row] != 0, last);
        if (last == first && first <= k->lo) expect_value(g, n, g->high[node][row] != 0, last);
    }
}

static void add_members(struct buf *out, const struct value_ctx *c, struct type t, uint64_t set)
{
    bool is_first = true;

    for (int64_t m = 0; m < 62; m++) {
        if ((set >> m & 1) == 0) continue;
        if (!is_first) buf_add_c(out, c->lang == LANG_ZH ? "、" : ", ");
        value_add_text(out, c, t, m);
        is_first = false;
    }
}

static void expect_match(struct edges *g, uint32_t node, const struct rule_node *n)
{
    const int64_t *tab = g->r->table + n->table_first;
    struct type t = g->r->nodes[g->r->kids[n->kid_first]].type;
    struct value_ctx c = text_at(g, n->pos);

    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        const struct rule_node *body = &g->r->nodes[g->r->kids[n->kid_first + row + 1]];
        struct buf members;
        if (tab[row] == 0) continue;
        g->count++;
        if (g->row[node][row] != 0) continue;
        buf_init(&members, 0);
        add_members(&members, &c, t, (uint64_t)tab[row]);
        report(g, MSG_EDGE_ROW, body->pos.line != 0 ? body->pos : n->pos, buf_str(&members),
               STR(""));
        buf_done(&members);
    }
}

/* "封顶20分" / "the cap of 20 points" */
static struct str limit_text(const struct edges *g, bool is_cap, int64_t v, struct src_pos pos)
{
    static const struct type points = {VT_POINTS, -1};
    struct value_ctx c = text_at(g, pos);
    struct buf b;

    buf_init(&b, 0);
    if (c.lang == LANG_ZH)
        buf_add_c(&b, is_cap ? "封顶" : "保底");
    else
        buf_add_c(&b, is_cap ? "the cap of " : "the floor of ");
    value_add_text(&b, &c, points, v);
    struct str s = str_copy(g->arena, buf_str(&b));
    buf_done(&b);
    return s;
}

static void expect_limit(struct edges *g, uint8_t mark, bool is_cap, int64_t v, struct src_pos pos)
{
    static const struct type points = {VT_POINTS, -1};
    struct value_ctx c = text_at(g, pos);
    struct str text = limit_text(g, is_cap, v, pos);
    struct buf b;

    buf_init(&b, 0);
    value_add_text(&b, &c, points, v);
    g->count += 2;
    if ((mark & MARK_YES) == 0) report(g, MSG_EDGE_LIMIT_CUTS, pos, text, buf_str(&b));
    if ((mark & MARK_NO) == 0) report(g, MSG_EDGE_LIMIT_IDLE, pos, text, buf_str(&b));
    buf_done(&b);
}

/* `what` names the condition where its own text would not: a gate of several lines. */
static void expect_condition(struct edges *g, int32_t node, struct str what, struct src_pos pos)
{
    static const struct str words[LANG_COUNT][2] = {{{"成立", 6}, {"不成立", 9}},
                                                    {{"holds", 5}, {"fails", 5}}};
    if (node < 0) return;
    const struct rule_node *n = &g->r->nodes[node];
    const struct str *word = words[check_lang(g->r, n->pos)];

    if (what.n == 0) what = node_source(g, (uint32_t)node);
    if (pos.line == 0) pos = n->pos;

    if (n->lo == n->hi) return; /* constant by its static range: the compiler speaks of it */
    g->count += 2;
    if ((g->node[node] & MARK_YES) == 0) report(g, MSG_EDGE_CONDITION, pos, what, word[0]);
    if ((g->node[node] & MARK_NO) == 0) report(g, MSG_EDGE_CONDITION, pos, what, word[1]);
}

static void expect_node(struct edges *g, uint32_t node)
{
    static const struct src_pos own = {0};
    const struct rule_node *n = &g->r->nodes[node];

    if (n->op == NODE_BANDS) {
        expect_bands(g, node, n);
    } else if (n->op == NODE_MATCH) {
        expect_match(g, node, n);
    } else if (n->op == NODE_IF) {
        expect_condition(g, (int32_t)g->r->kids[n->kid_first], STR(""), own);
    } else if (n->op >= NODE_AGG_COUNT && n->op <= NODE_AGG_EACH) {
        expect_condition(g, (int32_t)g->r->kids[n->kid_first], STR(""), own);
    } else if ((n->op == NODE_MIN || n->op == NODE_MAX) && n->type.vt == VT_POINTS) {
        const struct rule_node *limit = &g->r->nodes[g->r->kids[n->kid_first + 1]];
        if (limit->op == NODE_CONST)
            expect_limit(g, g->node[node], n->op == NODE_MIN, limit->imm, n->pos);
    }
}

static void expect_amount(struct edges *g, const struct rule_amount *m, uint8_t mark, bool is_cap,
                          struct src_pos pos)
{
    if (!m->is_set || m->param >= 0) return;
    expect_limit(g, mark, is_cap, m->value, m->pos.line != 0 ? m->pos : pos);
}

/* A group that only lower layers fill, in an image without any: nothing can reach its limits. */
static bool is_unfilled(const struct rules *r, uint32_t group)
{
    bool any_lower = false, is_open = false;

    for (uint32_t i = 0; i < r->scheme_count; i++)
        any_lower = any_lower || r->schemes[i].layer != LAYER_PROVINCE;
    for (uint32_t i = group; i < r->group_count; i++) { /* the group, and groups below it */
        int32_t at = (int32_t)i;
        while (at > (int32_t)group)
            at = r->groups[at].parent;
        is_open = is_open || (at == (int32_t)group && r->groups[i].open_to != 0);
    }
    return is_open && !any_lower;
}

static void expect_all(struct edges *g)
{
    static const struct src_pos own = {0};
    const struct rules *r = g->r;

    for (uint32_t i = 0; i < r->node_count; i++)
        expect_node(g, i);
    for (uint32_t i = 0; i < r->clause_count; i++)
        expect_condition(g, r->clauses[i].cond, STR(""), own);
    for (uint32_t i = 0; i < r->veto_count; i++)
        expect_condition(g, r->vetoes[i].cond, STR(""), own);
    for (uint32_t i = 0; i < r->gate_count; i++)
        expect_condition(g, r->gates[i].cond,
                         rules_name(&r->gates[i].name, check_lang(r, r->gates[i].pos)),
                         r->gates[i].pos);
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct rule_indicator *ind = &r->indicators[i];
        expect_amount(g, &ind->cap, g->indicator_cap[i], true, ind->pos);
        expect_amount(g, &ind->floor, g->indicator_floor[i], false, ind->pos);
    }
    for (uint32_t i = 0; i < r->group_count; i++) {
        const struct rule_group *group = &r->groups[i];
        if (is_unfilled(r, i)) continue;
        expect_amount(g, &group->cap, g->group_cap[i], true, group->pos);
        expect_amount(g, &group->floor, g->group_floor[i], false, group->pos);
    }
}

/* --- all cases --- */

static enum err marks_new_rows(struct edges *g)
{
    for (uint32_t i = 0; i < g->r->node_count; i++) {
        const struct rule_node *n = &g->r->nodes[i];
        if (n->op != NODE_BANDS && n->op != NODE_MATCH) continue;
        g->low[i] = ARENA_ARRAY(g->arena, uint8_t, n->kid_count);
        g->high[i] = ARENA_ARRAY(g->arena, uint8_t, n->kid_count);
        g->row[i] = ARENA_ARRAY(g->arena, uint8_t, n->kid_count);
        if (g->low[i] == NULL || g->high[i] == NULL || g->row[i] == NULL) return ERR_NOMEM;
    }
    return ERR_OK;
}

static enum err marks_new(struct edges *g)
{
    const struct rules *r = g->r;

    g->node = ARENA_ARRAY(g->arena, uint8_t, r->node_count);
    g->stamp = ARENA_ARRAY(g->arena, uint64_t, r->node_count);
    g->low = ARENA_ARRAY(g->arena, uint8_t *, r->node_count);
    g->high = ARENA_ARRAY(g->arena, uint8_t *, r->node_count);
    g->row = ARENA_ARRAY(g->arena, uint8_t *, r->node_count);
    g->indicator_cap = ARENA_ARRAY(g->arena, uint8_t, r->indicator_count);
    g->indicator_floor = ARENA_ARRAY(g->arena, uint8_t, r->indicator_count);
    g->group_cap = ARENA_ARRAY(g->arena, uint8_t, r->group_count);
    g->group_floor = ARENA_ARRAY(g->arena, uint8_t, r->group_count);
    if (g->node == NULL || g->stamp == NULL || g->low == NULL || g->high == NULL ||
        g->row == NULL || g->indicator_cap == NULL || g->indicator_floor == NULL ||
        g->group_cap == NULL || g->group_floor == NULL)
        return ERR_NOMEM;
    return marks_new_rows(g);
}

enum err check_edges(struct arena *a, const struct rules *r, struct diag_list *diags,
                     struct check_result *ret)
{
    struct edges g = {.arena = a, .r = r, .diags = diags};
    enum err e = marks_new(&g);

    for (uint32_t i = 0; i < r->case_count && e == ERR_OK; i++) {
        struct arena own;
        arena_init(&own, a->limit_bytes);
        own.fail_at = a->fail_at;
        e = walk_case(&g, &own, &r->cases[i]);
        arena_done(&own);
    }
    if (e != ERR_OK) return e;
    expect_all(&g);
    ret->edges = g.count;
    ret->edges_bare = g.bare;
    return diags->out_of_memory ? ERR_NOMEM : ERR_OK;
}
