/* Advice: the changed resident, built and scored by the interpreter.
 *
 * Plans, and the totals without any change, are kept by day. Each score has a scratch arena of its
 * own. */
#include <string.h>

#include "base/date.h"
#include "engine/advice_internal.h"
#include "engine/interp_internal.h"

/* --- plans --- */

static int32_t rule_day_of(const struct advisor *v, int32_t day)
{
    int32_t fixed = v->out->options.rule_day;
    return fixed == DATE_OPEN_START ? day : fixed;
}

static enum err plan_of(struct advisor *v, int32_t scheme, int32_t rule_day,
                        const struct plan **ret)
{
    for (uint32_t i = 0; i < v->plan_count; i++)
        if (v->plans[i].scheme == scheme && v->plans[i].rule_day == rule_day) {
            *ret = v->plans[i].plan;
            return ERR_OK;
        }
    if (v->plan_count == v->plan_room) {
        uint32_t room = 2 * v->plan_room + 16;
        void *grown = arena_grow(v->a, v->plans, v->plan_room, room, sizeof *v->plans);
        if (grown == NULL) return ERR_NOMEM;
        v->plans = grown;
        v->plan_room = room;
    }
    struct advisor_plan p = {.scheme = scheme, .rule_day = rule_day};
    enum err e = plan_new(v->a, v->r, scheme, rule_day, &p.plan);
    if (e != ERR_OK) return e;
    v->plans[v->plan_count++] = p;
    *ret = p.plan;
    return ERR_OK;
}

/* --- scoring --- */

static enum err score_new(struct arena *a, const struct plan *p, struct score *ret)
{
    struct score s = {.indicators = ARENA_ARRAY(a, struct interval, p->indicator_count),
                      .groups = ARENA_ARRAY(a, struct interval, p->group_count),
                      .gates = ARENA_ARRAY(a, struct interval, p->gate_count)};

    if (s.indicators == NULL || s.groups == NULL || s.gates == NULL) return ERR_NOMEM;
    *ret = s;
    return ERR_OK;
}

/* Population, home and plan of the day; with `narrowed` the plan stands on the narrowed rules. */
static enum err prepare(struct advisor *v, const struct resident *who, int32_t day, bool narrowed,
                        struct traced *t)
{
    int32_t rule_day = rule_day_of(v, day);
    enum err e = resident_population(&t->scratch, who, &t->people, NULL);

    v->out->evaluations++;
    if (e != ERR_OK) return e;
    struct home home = home_of(&t->people, 0, day, rule_day);
    e = plan_of(v, home.scheme, rule_day, &t->plan);
    if (e == ERR_OK) e = score_new(&t->scratch, t->plan, &t->score);
    if (e != ERR_OK || !narrowed) return e;
    struct plan *p = ARENA_NEW(&t->scratch, struct plan);
    if (p == NULL) return ERR_NOMEM;
    *p = *t->plan;
    p->rules = &v->narrow;
    t->plan = p;
    return ERR_OK;
}

enum err advice_traced(struct advisor *v, const struct resident *who, int32_t day, bool narrowed,
                       struct traced *ret)
{
    *ret = (struct traced){.trace = NULL};
    arena_init(&ret->scratch, 0);
    enum err e = prepare(v, who, day, narrowed, ret);
    if (e != ERR_OK) return e;
    return interp_score(&ret->scratch, ret->plan, &ret->people, 0, day, &ret->score, &ret->trace);
}

void advice_traced_done(struct traced *t)
{
    arena_done(&t->scratch);
}

enum err advice_score(struct advisor *v, const struct resident *who, int32_t day,
                      struct interval *ret_total, int32_t *ret_status, bool *ret_scored)
{
    struct traced t = {.trace = NULL};
    arena_init(&t.scratch, 0);
    enum err e = prepare(v, who, day, false, &t);

    if (e == ERR_OK) e = interp_score(&t.scratch, t.plan, &t.people, 0, day, &t.score, NULL);
    if (e == ERR_OK) {
        *ret_total = t.score.total;
        *ret_status = t.score.status;
        *ret_scored = t.score.error == ERR_OK;
    }
    arena_done(&t.scratch);
    return e;
}

/* --- changed residents --- */

enum err advice_fact_copy(struct arena *a, const struct rules *r, const struct resident_fact *from,
                          struct resident_fact *ret)
{
    uint32_t fields = r->regs[from->reg].field_count;
    struct resident_fact f = {.reg = from->reg, .line = from->line};

    f.values = ARENA_ARRAY(a, int64_t, fields);
    f.known = ARENA_ARRAY(a, bool, fields);
    if (f.values == NULL || f.known == NULL) return ERR_NOMEM;
    memcpy(f.values, from->values, fields * sizeof *f.values);
    memcpy(f.known, from->known, fields * sizeof *f.known);
    *ret = f;
    return ERR_OK;
}

/* Other fields of the row stay: another change may be of them. */
static void set_field(struct resident *who, const struct advice_change *c)
{
    for (uint32_t i = 0; i < who->fact_count; i++) {
        struct resident_fact *f = &who->facts[i];
        if (f->reg != c->reg) continue;
        f->values[c->field] = c->fact.values[c->field];
        f->known[c->field] = c->fact.known[c->field];
    }
}

enum err advice_apply(const struct advisor *v, struct arena *a, const uint32_t *changes,
                      uint32_t count, struct resident *ret)
{
    struct resident who;
    enum err e = resident_copy(a, &v->me, count, &who);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count; i++) {
        const struct advice_change *c = &v->out->changes[changes[i]];
        if (c->adds)
            who.facts[who.fact_count++] = c->fact;
        else
            set_field(&who, c);
    }
    *ret = who;
    return ERR_OK;
}

enum err advice_without(struct advisor *v, int32_t day, struct advice_gain *ret)
{
    struct advice_gain g = {.day = day};

    for (uint32_t i = 0; i < v->base_count; i++)
        if (v->bases[i].day == day) {
            *ret = v->bases[i];
            return ERR_OK;
        }
    enum err e = advice_score(v, &v->me, day, &g.with, &g.status, &g.scored);
    if (e != ERR_OK) return e;
    g.without = g.with;
    if (v->base_count == v->base_room) {
        uint32_t room = 2 * v->base_room + 16;
        void *grown = arena_grow(v->a, v->bases, v->base_room, room, sizeof *v->bases);
        if (grown == NULL) return ERR_NOMEM;
        v->bases = grown;
        v->base_room = room;
    }
    v->bases[v->base_count++] = g;
    *ret = g;
    return ERR_OK;
}

enum err advice_gain_of(struct advisor *v, const uint32_t *changes, uint32_t count, int32_t day,
                        struct advice_gain *ret)
{
    struct arena scratch;
    struct resident who;
    struct advice_gain g;
    bool scored = false;

    arena_init(&scratch, 0);
    enum err e = advice_without(v, day, &g);
    if (e == ERR_OK) e = advice_apply(v, &scratch, changes, count, &who);
    if (e == ERR_OK) e = advice_score(v, &who, day, &g.with, &g.status, &scored);
    if (e == ERR_OK) {
        g.scored = g.scored && scored;
        *ret = g;
    }
    arena_done(&scratch);
    return e;
}

/* --- what the rules make of it --- */

struct walk {
    struct arena *a;
    const struct rules *r;
    const struct traced *t;
    int32_t new_reg; /* register of the record that is added; -1 = none */
    struct signature *out;
};

/* Points are cut at the cap that stands above them, other values are not. */
static void sign(struct walk *w, struct interval v, int64_t cap)
{
    struct signature *s = w->out;

    if (s->count == s->room) {
        uint32_t room = 2 * s->room + 64;
        void *grown = arena_grow(w->a, s->values, s->room, room, sizeof *s->values);
        if (grown == NULL) {
            s->nomem = true;
            return;
        }
        s->values = grown;
        s->room = room;
    }
    s->values[s->count++] = (struct interval){v.lo < cap ? v.lo : cap, v.hi < cap ? v.hi : cap};
}

static void walk_node(struct walk *w, const struct trace_node *t, int64_t cap);

static const struct rule_node *node_of(const struct walk *w, const struct trace_node *t)
{
    return &w->r->nodes[t->node];
}

static void walk_kids(struct walk *w, const struct trace_node *t, uint32_t from, int64_t cap)
{
    for (uint32_t i = from; i < node_of(w, t)->kid_count; i++)
        if (t->kids[i] != NULL) walk_node(w, t->kids[i], cap);
}

/* A cap of a sum cuts each part too, as long as none is negative. */
static int64_t cap_of_parts(const struct walk *w, const struct rule_node *n, int64_t cap)
{
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (w->r->nodes[node_kid(w->r, n, i)].lo < 0) return INT64_MAX;
    return cap;
}

/* The rows of the table that the value meets, as first and last. */
static void sign_rows(struct walk *w, const struct trace_node *t)
{
    const struct rule_node *n = node_of(w, t);
    struct interval x = t->kids[0]->value, rows = {INT64_MAX, INT64_MIN};
    const int64_t *tab = w->r->table + n->table_first;

    for (uint32_t row = 0; n->op == NODE_BANDS && row + 1 < n->kid_count; row++)
        if (tab[2 * row] <= x.hi && x.lo <= tab[2 * row + 1])
            rows = interval_hull(rows, interval_known(row));
    sign(w, n->op == NODE_BANDS ? rows : x, INT64_MAX);
}

static void walk_aggregate(struct walk *w, const struct trace_node *t, int64_t cap)
{
    const struct rule_node *n = node_of(w, t);
    const uint32_t *line = w->t->people.regs[n->reg].line;
    bool points = n->type.vt == VT_POINTS;

    if (points || n->type.vt == VT_BOOL) sign(w, t->value, points ? cap : INT64_MAX);
    for (uint32_t i = 0; i < t->record_count && n->reg == w->new_reg && line != NULL; i++) {
        const struct trace_record *r = &t->records[i];
        if (line[r->row] != ADVICE_NEW_LINE) continue;
        sign(w, (struct interval){r->standing, r->standing}, INT64_MAX);
        if (r->filter_node != NULL) walk_node(w, r->filter_node, INT64_MAX);
        if (points && r->value_node != NULL) walk_node(w, r->value_node, cap);
    }
}

static void walk_choice(struct walk *w, const struct trace_node *t, int64_t cap)
{
    const struct rule_node *n = node_of(w, t);

    if (n->op == NODE_IF) {
        walk_node(w, t->kids[0], INT64_MAX);
    } else {
        sign_rows(w, t);
        if (w->r->nodes[t->kids[0]->node].type.vt != VT_BOOL) walk_node(w, t->kids[0], 0);
    }
    walk_kids(w, t, 1, cap);
}

/* Down to the places where a quantity becomes a condition, a row or points. Below a value that is
 * neither (cap 0) only conditions inside it are signed. */
static void walk_node(struct walk *w, const struct trace_node *t, int64_t cap)
{
    const struct rule_node *n = node_of(w, t);

    switch ((int)n->op) {
    case NODE_AND:
    case NODE_OR:
    case NODE_NOT:
    case NODE_HIGHEST:
    case NODE_LOWEST:
    case NODE_MAX:
    case NODE_IF_UNKNOWN:
        walk_kids(w, t, 0, cap);
        break;
    case NODE_ADD:
    case NODE_TOTAL:
        walk_kids(w, t, 0, cap_of_parts(w, n, cap));
        break;
    case NODE_SUB:
        if (n->type.vt == VT_POINTS) walk_kids(w, t, 0, cap == 0 ? 0 : INT64_MAX);
        break;
    case NODE_MIN:
        walk_node(w, t->kids[1], cap);
        walk_node(w, t->kids[0], t->kids[1]->value.hi < cap ? t->kids[1]->value.hi : cap);
        break;
    case NODE_IF:
    case NODE_BANDS:
    case NODE_MATCH:
        walk_choice(w, t, cap);
        break;
    default:
        if (n->op >= NODE_AGG_COUNT && n->op <= NODE_AGG_EACH)
            walk_aggregate(w, t, cap);
        else if (n->type.vt == VT_POINTS || n->type.vt == VT_BOOL)
            sign(w, t->value, n->type.vt == VT_POINTS ? cap : INT64_MAX);
        break;
    }
}

/* The cap of a sum of clauses is not one of each: a clause may be negative. */
static int64_t cap_of(const struct rule_indicator *ind, const struct trace_indicator *t)
{
    return ind->cap.is_set && ind->combine != COMBINE_SUM ? t->steps.cap : INT64_MAX;
}

void advice_signature(struct arena *a, const struct traced *t, int32_t new_reg,
                      struct signature *ret)
{
    struct walk w = {.a = a, .r = t->plan->rules, .t = t, .new_reg = new_reg, .out = ret};

    ret->count = 0;
    if (t->trace == NULL) return;
    sign(&w, interval_known(t->score.status), INT64_MAX);
    for (uint32_t i = 0; i < t->plan->veto_count; i++)
        if (t->trace->vetoes[i].cond != NULL) walk_node(&w, t->trace->vetoes[i].cond, INT64_MAX);
    for (uint32_t i = 0; i < t->plan->indicator_count; i++) {
        const struct trace_indicator *ind = &t->trace->indicators[i];
        int64_t cap = cap_of(&w.r->indicators[ind->indicator], ind);
        for (uint32_t c = 0; c < ind->clause_count; c++) {
            if (ind->clauses[c].cond != NULL) walk_node(&w, ind->clauses[c].cond, INT64_MAX);
            walk_node(&w, ind->clauses[c].body, cap);
        }
    }
}
