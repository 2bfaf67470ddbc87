/* The tree of points: total, groups, indicators and the heads of clauses.
 *
 * Structure: dates and basis; groups (declared, linked, put into order); indicators; clauses
 * (collected, linked to what they except, put into order).
 *
 * Invariants: group 0 is the total and parents come before children; the clauses of an indicator
 * are consecutive, those of lower layers last; what a lower layer adds stands under a group opened
 * to it. */
#include "lang/check_internal.h"

#include <stdlib.h>
#include <string.h>

void check_basis(struct check *k, const struct ast *n, const struct rule_name *name)
{
    if (k->heading.n == 0) FINDING(k, MSG_NO_BASIS, n->pos, NO_POS, text_name(k, name));
}

void check_dates(struct check *k, const struct ast *n, int32_t *from, int32_t *to)
{
    const struct ast *d = ast_find(n, AST_DATES);
    int32_t outer_from = *from, outer_to = *to;

    if (d == NULL) return;
    if (d->num > *from) *from = (int32_t)d->num;
    if (d->den < *to) *to = (int32_t)d->den;
    if (*from <= *to) return;
    FINDING(k, MSG_NEVER_IN_FORCE, d->pos, NO_POS, text_days(k, (int32_t)d->num, (int32_t)d->den),
            text_days(k, outer_from, outer_to));
}

static const struct rule_source *scheme_days(const struct check *k)
{
    return &k->r->schemes[k->scheme].source;
}

static bool read_amount(struct check *k, const struct ast *n, enum ast_kind kind,
                        struct rule_amount *ret)
{
    const struct ast *m = ast_find(n, kind);

    *ret = (struct rule_amount){.param = -1};
    if (m == NULL || m->kid_count == 0) return true;
    return check_amount(k, m->kids[0], TYPE(VT_POINTS), ret);
}

static int64_t read_ceiling(struct check *k, const struct ast *n)
{
    const struct ast *m = ast_find(n, AST_CEILING);
    int64_t v = -1;

    if (m == NULL || m->kid_count == 0) return -1;
    return check_literal_of(k, m->kids[0], TYPE(VT_POINTS), &v) ? v : -1;
}

static enum combine read_combine(const struct ast *n, enum combine otherwise)
{
    const struct ast *m = ast_find(n, AST_COMBINE);

    if (m == NULL) return otherwise;
    return m->kw == KW_HIGHEST_OF ? COMBINE_HIGHEST : COMBINE_SUM;
}

/* ---- groups ---- */

static struct rule_group *group_new(struct check *k, const struct ast *item)
{
    struct rule_group *g = CHECK_ADD(k, k->r->groups, k->r->group_count, k->group_cap);
    struct group_work *w = CHECK_ADD(k, k->group_work, k->group_work_count, k->group_work_cap);
    const struct ast *open = ast_find(item, AST_OPEN_TO);

    if (g == NULL || w == NULL) return NULL;
    w->ast = item;
    *g = (struct rule_group){.name = check_name(item->kids[0]),
                             .parent = -1,
                             .scheme = k->scheme,
                             .deducts = ast_find(item, AST_DEDUCTS) != NULL,
                             .combine = read_combine(item, COMBINE_SUM),
                             .open_to = open != NULL ? (uint32_t)open->num : 0,
                             .portable = -1,
                             .from = scheme_days(k)->from,
                             .to = scheme_days(k)->to,
                             .basis = k->heading,
                             .pos = item->kids[0]->pos};
    (void)read_amount(k, item, AST_CAP, &g->cap);
    (void)read_amount(k, item, AST_FLOOR, &g->floor);
    g->ceiling = read_ceiling(k, item);
    check_basis(k, item, &g->name);
    if (check_is_new(k, SYM_GROUP, -1, item->kids[0]))
        check_declare(k, SYM_GROUP, -1, g->name.ascii, (int32_t)k->r->group_count - 1, g->pos);
    return g;
}

static void total_item(struct check *k, const struct ast *item)
{
    if (k->r->group_count > 0 || k->scheme != 0) {
        struct src_pos first = k->r->group_count > 0 ? k->r->groups[0].pos : NO_POS;
        FINDING0(k, MSG_TOTAL_TWICE, item->pos, first);
        return;
    }
    (void)group_new(k, item);
}

static void group_item(struct check *k, const struct ast *item)
{
    const struct ast *portable = ast_find(item, AST_PORTABLE);
    struct rule_group *g = group_new(k, item);

    if (g != NULL && portable != NULL)
        g->portable = portable->kw == KW_CITY ? LAYER_CITY : LAYER_PROVINCE;
}

static uint32_t layer_bit(enum layer layer)
{
    if (layer == LAYER_PROVINCE) return 0;
    return layer == LAYER_CITY ? 1 : 2;
}

static enum keyword layer_kw(enum layer layer)
{
    if (layer == LAYER_PROVINCE) return KW_PROVINCE;
    return layer == LAYER_CITY ? KW_CITY : KW_COUNTY;
}

/* May the current scheme add below the group? Reports when not. */
static bool group_is_open(struct check *k, int32_t group, struct src_pos at)
{
    const struct rule_group *g = &k->r->groups[group];
    enum layer layer = k->r->schemes[k->scheme].layer;

    if (g->scheme == k->scheme || (g->open_to & layer_bit(layer)) != 0) return true;
    FINDING(k, MSG_GROUP_NOT_OPEN, at, g->pos, text_name(k, &g->name), text_kw(k, layer_kw(layer)));
    return false;
}

/* The group named in 归; -1 = reported. */
static int32_t parent_group(struct check *k, const struct ast *item)
{
    const struct ast *in = ast_find(item, AST_IN);
    int32_t g = in != NULL ? check_resolve(k, SYM_GROUP, -1, in->kids[0]) : -1;

    if (g < 0 || !group_is_open(k, g, in->pos)) return -1;
    return g;
}

static void link_group(struct check *k, uint32_t at)
{
    struct rule_group *g = &k->r->groups[at];
    const struct ast *item = k->group_work[at].ast;

    check_enter(k, g->scheme);
    k->heading = g->basis;
    if (at == 0) return;
    g->parent = parent_group(k, item);
    if (g->deducts && g->parent >= 0 && k->r->groups[g->parent].combine == COMBINE_HIGHEST)
        FINDING(k, MSG_DEDUCT_IN_HIGHEST, item->pos, k->r->groups[g->parent].pos,
                text_name(k, &g->name), text_name(k, &k->r->groups[g->parent].name));
}

/* Distance from the total; -1 in a circle or below one. */
static int32_t group_depth(const struct rules *r, uint32_t at)
{
    int32_t depth = 0, g = (int32_t)at;

    while (g > 0 && depth <= (int32_t)r->group_count) {
        g = r->groups[g].parent;
        depth++;
    }
    return g == 0 ? depth : -1;
}

struct group_order {
    int32_t depth;
    uint32_t at;
};

static int group_order_cmp(const void *pa, const void *pb)
{
    const struct group_order *a = pa, *b = pb;

    if (a->depth != b->depth) return a->depth < b->depth ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void groups_apply(struct check *k, const struct group_order *order)
{
    struct rules *r = k->r;
    struct rule_group *groups = ARENA_ARRAY(k->a, struct rule_group, r->group_count);
    struct group_work *work = ARENA_ARRAY(k->a, struct group_work, r->group_count);
    int32_t *now = ARENA_ARRAY(k->a, int32_t, r->group_count);

    if (groups == NULL || work == NULL || now == NULL) {
        k->nomem = true;
        return;
    }
    for (uint32_t i = 0; i < r->group_count; i++) {
        groups[i] = r->groups[order[i].at];
        work[i] = k->group_work[order[i].at];
        now[order[i].at] = (int32_t)i;
    }
    for (uint32_t i = 1; i < r->group_count; i++)
        groups[i].parent = now[groups[i].parent];
    for (uint32_t i = 0; i < k->symbol_count; i++)
        if (k->symbols[i].kind == SYM_GROUP) k->symbols[i].index = now[k->symbols[i].index];
    memcpy(r->groups, groups, r->group_count * sizeof *groups);
    memcpy(k->group_work, work, r->group_count * sizeof *work);
}

/* Parents before children; false: reported. */
static bool order_groups(struct check *k)
{
    struct rules *r = k->r;
    struct group_order *order = ARENA_ARRAY(k->a, struct group_order, r->group_count);

    if (order == NULL) {
        k->nomem = true;
        return false;
    }
    for (uint32_t i = 0; i < r->group_count; i++) {
        order[i] = (struct group_order){group_depth(r, i), i};
        if (i == 0 || order[i].depth > 0) continue;
        check_enter(k, r->groups[i].scheme);
        k->heading = r->groups[i].basis;
        if (r->groups[i].parent >= 0)
            FINDING(k, MSG_GROUP_CIRCLE, r->groups[i].pos, NO_POS,
                    text_name(k, &r->groups[i].name));
    }
    if (k->diags->errors > 0) return false;
    qsort(order, r->group_count, sizeof *order, group_order_cmp);
    groups_apply(k, order);
    return !k->nomem;
}

static void date_groups(struct check *k)
{
    for (uint32_t i = 0; i < k->r->group_count; i++) {
        struct rule_group *g = &k->r->groups[i];
        check_enter(k, g->scheme);
        k->heading = g->basis;
        if (g->parent >= 0) {
            const struct rule_group *p = &k->r->groups[g->parent];
            if (p->from > g->from) g->from = p->from;
            if (p->to < g->to) g->to = p->to;
        }
        check_dates(k, k->group_work[i].ast, &g->from, &g->to);
    }
}

static bool check_groups(struct check *k)
{
    size_t errors = k->diags->errors;

    check_each(k, AST_TOTAL, total_item);
    if (k->nomem) return false;
    if (k->r->group_count == 0) {
        check_enter(k, 0);
        if (k->diags->errors == errors) FINDING0(k, MSG_NO_TOTAL, k->r->schemes[0].pos, NO_POS);
        return false;
    }
    check_each(k, AST_GROUP, group_item);
    for (uint32_t i = 0; i < k->r->group_count && !k->nomem; i++)
        link_group(k, i);
    if (k->nomem || !order_groups(k)) return false;
    date_groups(k);
    return true;
}

/* ---- indicators ---- */

static void read_if_unknown(struct check *k, const struct ast *item, struct rule_indicator *ind)
{
    const struct ast *m = ast_find(item, AST_IF_UNKNOWN);

    if (m == NULL || m->kid_count == 0) return;
    if (m->kids[0]->kind != AST_LITERAL) {
        FINDING0(k, MSG_FIGURE_ONLY, m->kids[0]->pos, NO_POS);
        return;
    }
    ind->has_if_unknown = check_literal_of(k, m->kids[0], TYPE(VT_POINTS), &ind->if_unknown_value);
    ind->if_unknown_from = (int32_t)m->num;
}

static void indicator_item(struct check *k, const struct ast *item)
{
    int32_t group = parent_group(k, item);
    struct rule_indicator *ind;
    struct indicator_work *w;

    if (group < 0 || !check_is_new(k, SYM_INDICATOR, -1, item->kids[0])) return;
    ind = CHECK_ADD(k, k->r->indicators, k->r->indicator_count, k->indicator_cap);
    w = CHECK_ADD(k, k->indicator_work, k->indicator_work_count, k->indicator_work_cap);
    if (ind == NULL || w == NULL) return;
    *w = (struct indicator_work){.ast = item, .when = -1};
    const struct rule_group *g = &k->r->groups[group];
    const struct rule_source *days = scheme_days(k);
    *ind = (struct rule_indicator){.name = check_name(item->kids[0]),
                                   .group = group,
                                   .scheme = k->scheme,
                                   .combine = read_combine(item, COMBINE_ONE),
                                   .from = g->from > days->from ? g->from : days->from,
                                   .to = g->to < days->to ? g->to : days->to,
                                   .basis = k->heading,
                                   .pos = item->kids[0]->pos};
    (void)read_amount(k, item, AST_CAP, &ind->cap);
    (void)read_amount(k, item, AST_FLOOR, &ind->floor);
    ind->ceiling = read_ceiling(k, item);
    read_if_unknown(k, item, ind);
    check_dates(k, item, &ind->from, &ind->to);
    check_basis(k, item, &ind->name);
    check_declare(k, SYM_INDICATOR, -1, ind->name.ascii, (int32_t)k->r->indicator_count - 1,
                  ind->pos);
}

/* ---- clauses ---- */

static bool is_modifier(enum ast_kind kind)
{
    switch ((int)kind) {
    case AST_DECL_NAME:
    case AST_IN:
    case AST_COMBINE:
    case AST_CAP:
    case AST_CEILING:
    case AST_FLOOR:
    case AST_IF_UNKNOWN:
    case AST_DATES:
    case AST_EXCEPTION:
    case AST_MAY_VARY:
    case AST_WHEN:
        return true;
    default:
        return false;
    }
}

/* Where the body of a clause or indicator begins among its kids; kid_count = it has none. */
size_t clause_body_at(const struct ast *item)
{
    size_t i = 0;

    while (i < item->kid_count && is_modifier(item->kids[i]->kind))
        i++;
    return i;
}

static struct rule_clause *clause_new(struct check *k, const struct ast *item, int32_t indicator)
{
    struct rule_clause *c = CHECK_ADD(k, k->r->clauses, k->r->clause_count, k->clause_cap);
    struct clause_work *w = CHECK_ADD(k, k->clause_work, k->clause_work_count, k->clause_work_cap);
    const struct rule_indicator *ind = &k->r->indicators[indicator];
    const struct rule_source *days = scheme_days(k);

    if (c == NULL || w == NULL) return NULL;
    *w = (struct clause_work){.ast = item, .has_dates = ast_find(item, AST_DATES) != NULL};
    *c = (struct rule_clause){.name = check_name(item->kids[0]),
                              .indicator = indicator,
                              .scheme = k->scheme,
                              .from = ind->from > days->from ? ind->from : days->from,
                              .to = ind->to < days->to ? ind->to : days->to,
                              .cond = -1,
                              .body = -1,
                              .exception_to = -1,
                              .may_vary = ast_find(item, AST_MAY_VARY) != NULL,
                              .basis = k->heading,
                              .pos = item->kids[0]->pos};
    return c;
}

static void own_clause_item(struct check *k, const struct ast *item)
{
    const struct symbol *s = check_symbol(k, SYM_INDICATOR, -1, item->kids[0]->name);

    if (s == NULL || clause_body_at(item) == item->kid_count) return;
    if (!(s->pos.file == item->kids[0]->pos.file && s->pos.line == item->kids[0]->pos.line)) return;
    (void)clause_new(k, item, s->index);
}

/* A clause of a higher layer's indicator must vary a clause that allows it. */
static bool may_stand_here(struct check *k, const struct ast *item, int32_t indicator)
{
    const struct rule_indicator *ind = &k->r->indicators[indicator];

    if (ind->scheme == k->scheme || ast_find(item, AST_EXCEPTION) != NULL) return true;
    FINDING(k, MSG_CLAUSE_FOREIGN, item->pos, ind->pos, text_name(k, &ind->name));
    return false;
}

static void clause_item(struct check *k, const struct ast *item)
{
    const struct ast *in = ast_find(item, AST_IN);
    int32_t indicator = in != NULL ? check_resolve(k, SYM_INDICATOR, -1, in->kids[0]) : -1;
    struct rule_clause *c;

    if (indicator < 0 || !may_stand_here(k, item, indicator)) return;
    if (!check_is_new(k, SYM_CLAUSE, -1, item->kids[0])) return;
    c = clause_new(k, item, indicator);
    if (c == NULL) return;
    check_basis(k, item, &c->name);
    check_dates(k, item, &c->from, &c->to);
    check_declare(k, SYM_CLAUSE, -1, c->name.ascii, (int32_t)k->r->clause_count - 1, c->pos);
}

/* The clause named after 例外于: a 条, or an indicator whose body stands in it. */
static int32_t excepted(struct check *k, const struct ast *name)
{
    struct str ascii = name->kind == AST_NAME ? check_ascii(k, name->name) : (struct str){NULL, 0};
    const struct symbol *s = ascii.p != NULL ? check_symbol(k, SYM_INDICATOR, -1, ascii) : NULL;

    if (s != NULL && check_symbol(k, SYM_CLAUSE, -1, ascii) == NULL) {
        for (uint32_t c = 0; c < k->r->clause_count; c++)
            if (k->r->clauses[c].indicator == s->index &&
                k->clause_work[c].ast->kind == AST_INDICATOR)
                return (int32_t)c;
    }
    return check_resolve(k, SYM_CLAUSE, -1, name);
}

static void link_exception(struct check *k, uint32_t at)
{
    struct rule_clause *c = &k->r->clauses[at];
    const struct ast *e = ast_find(k->clause_work[at].ast, AST_EXCEPTION);
    const struct rule_clause *base;
    int32_t to;

    if (e == NULL || e->kid_count == 0) return;
    check_enter(k, c->scheme);
    k->heading = c->basis;
    to = excepted(k, e->kids[0]);
    if (to < 0) return;
    base = &k->r->clauses[to];
    if (base->indicator != c->indicator) {
        FINDING(k, MSG_EXCEPTION_ELSEWHERE, e->pos, base->pos, text_name(k, &base->name),
                text_name(k, &k->r->indicators[c->indicator].name));
        return;
    }
    if (k->r->indicators[c->indicator].combine != COMBINE_ONE) {
        FINDING(k, MSG_EXCEPTION_IN_SUM, e->pos, k->r->indicators[c->indicator].pos,
                text_name(k, &k->r->indicators[c->indicator].name));
        return;
    }
    if (base->scheme != c->scheme && !base->may_vary) {
        FINDING(k, MSG_MAY_NOT_VARY, e->pos, base->pos, text_name(k, &base->name));
        return;
    }
    c->exception_to = to;
}

struct clause_order {
    int32_t indicator;
    uint32_t at;
};

static int clause_order_cmp(const void *pa, const void *pb)
{
    const struct clause_order *a = pa, *b = pb;

    if (a->indicator != b->indicator) return a->indicator < b->indicator ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void clauses_apply(struct check *k, const struct clause_order *order)
{
    struct rules *r = k->r;
    struct rule_clause *clauses = ARENA_ARRAY(k->a, struct rule_clause, r->clause_count);
    struct clause_work *work = ARENA_ARRAY(k->a, struct clause_work, r->clause_count);
    int32_t *now = ARENA_ARRAY(k->a, int32_t, r->clause_count);

    if (clauses == NULL || work == NULL || now == NULL) {
        k->nomem = true;
        return;
    }
    for (uint32_t i = 0; i < r->clause_count; i++) {
        clauses[i] = r->clauses[order[i].at];
        work[i] = k->clause_work[order[i].at];
        now[order[i].at] = (int32_t)i;
    }
    for (uint32_t i = 0; i < r->clause_count; i++)
        if (clauses[i].exception_to >= 0) clauses[i].exception_to = now[clauses[i].exception_to];
    for (uint32_t i = 0; i < k->symbol_count; i++)
        if (k->symbols[i].kind == SYM_CLAUSE) k->symbols[i].index = now[k->symbols[i].index];
    memcpy(r->clauses, clauses, r->clause_count * sizeof *clauses);
    memcpy(k->clause_work, work, r->clause_count * sizeof *work);
}

/* Clauses together by indicator; the passes went through the schemes from above, so lower layers
 * come last. */
static void order_clauses(struct check *k)
{
    struct rules *r = k->r;
    struct clause_order *order = ARENA_ARRAY(k->a, struct clause_order, r->clause_count);

    if (order == NULL) {
        k->nomem = true;
        return;
    }
    if (r->clause_count == 0) return;
    for (uint32_t i = 0; i < r->clause_count; i++)
        order[i] = (struct clause_order){r->clauses[i].indicator, i};
    qsort(order, r->clause_count, sizeof *order, clause_order_cmp);
    clauses_apply(k, order);
    if (k->nomem) return;
    for (uint32_t i = r->clause_count; i-- > 0;) {
        struct rule_indicator *ind = &r->indicators[r->clauses[i].indicator];
        ind->clause_first = i;
        ind->clause_count++;
    }
}

static void indicators_have_clauses(struct check *k)
{
    for (uint32_t i = 0; i < k->r->indicator_count; i++) {
        const struct rule_indicator *ind = &k->r->indicators[i];
        check_enter(k, ind->scheme);
        k->heading = ind->basis;
        if (ind->clause_count == 0)
            FINDING(k, MSG_NO_CLAUSE, ind->pos, NO_POS, text_name(k, &ind->name));
    }
}

void check_tree(struct check *k)
{
    size_t errors = k->diags->errors;

    if (!check_groups(k)) return;
    check_each(k, AST_INDICATOR, indicator_item);
    check_each(k, AST_INDICATOR, own_clause_item);
    check_each(k, AST_CLAUSE, clause_item);
    for (uint32_t i = 0; i < k->r->clause_count && !k->nomem; i++)
        link_exception(k, i);
    if (!k->nomem) order_clauses(k);
    if (!k->nomem && k->diags->errors == errors) indicators_have_clauses(k);
}
