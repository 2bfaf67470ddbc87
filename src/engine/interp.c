/* The reference interpreter: one person, straight from src/lang/README.md §6.
 *
 *   interp_score: home -> every node the plan uses -> indicators -> groups -> veto -> force
 *
 * It is written to be compared with the definitions line by line, not to be fast: one small
 * function per operator over intervals, a node's value kept per scope (person or record) so that a
 * 令 is computed once. It shares no arithmetic with the column machine.
 *
 * Invariants: every kid of a node is computed, also of a branch not taken, so that overflow is
 * found wherever the column machine finds it; nothing is written to `ret` unless all went well or
 * the person is an error. */
#include "engine/interp.h"

#include "base/date.h"
#include "engine/interp_internal.h"

typedef enum err (*op_fn)(const struct interp *in, const struct rule_node *n, struct interval *ret);

static struct interval kid(const struct interp *in, const struct rule_node *n, uint32_t i)
{
    return in->value[node_kid(in->rules, n, i)];
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* --- leaves --- */

static enum err op_const(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    *ret = interval_known(n->param >= 0 ? in->plan->param_values[n->param] : n->imm);
    return ERR_OK;
}

static enum err op_day(const struct interp *in, const struct rule_node *n UNUSED,
                       struct interval *ret)
{
    *ret = interval_known(in->day);
    return ERR_OK;
}

/* The cell of a row, or all it may be. */
static struct interval cell(const struct interp *in, const struct rule_node *n, uint32_t row)
{
    const struct column *c = &in->people->regs[n->reg].cols[n->field];

    if (!column_known(c, row)) return (struct interval){n->lo, n->hi};
    return interval_known(column_get(c, row));
}

static enum err op_field(const struct interp *in, const struct scope *s, const struct rule_node *n,
                         struct interval *ret)
{
    uint32_t row, end;

    if (s->reg == n->reg) {
        *ret = cell(in, n, s->row);
        return ERR_OK;
    }
    if (!in->rules->regs[n->reg].one_per_person) return ERR_CORRUPT;
    population_rows(in->people, n->reg, in->person, &row, &end);
    if (row == end || !population_answered(in->people, n->reg, in->person))
        *ret = (struct interval){n->lo, n->hi};
    else
        *ret = cell(in, n, row);
    return ERR_OK;
}

/* --- arithmetic: the extremes over the corners --- */

static enum err op_add(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval a = kid(in, n, 0), b = kid(in, n, 1), v;

    if (__builtin_add_overflow(a.lo, b.lo, &v.lo) || __builtin_add_overflow(a.hi, b.hi, &v.hi))
        return ERR_OVERFLOW;
    *ret = v;
    return ERR_OK;
}

static enum err op_sub(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval a = kid(in, n, 0), b = kid(in, n, 1), v;

    if (__builtin_sub_overflow(a.lo, b.hi, &v.lo) || __builtin_sub_overflow(a.hi, b.lo, &v.hi))
        return ERR_OVERFLOW;
    *ret = v;
    return ERR_OK;
}

typedef enum err (*corner_fn)(const struct rule_node *n, int64_t a, int64_t b, int64_t *ret);

static enum err corners(const struct rule_node *n, struct interval a, struct interval b,
                        corner_fn f, struct interval *ret)
{
    int64_t as[2] = {a.lo, a.hi}, bs[2] = {b.lo, b.hi}, v;
    struct interval all = {INT64_MAX, INT64_MIN};

    for (int i = 0; i < 4; i++) {
        enum err e = f(n, as[i / 2], bs[i % 2], &v);
        if (e != ERR_OK) return e;
        all = interval_hull(all, interval_known(v));
    }
    *ret = all;
    return ERR_OK;
}

static enum err corner_mul(const struct rule_node *n, int64_t a, int64_t b, int64_t *ret)
{
    return decimal_mul_div(a, b, n->imm, n->round, ret);
}

static enum err corner_div(const struct rule_node *n, int64_t a, int64_t b, int64_t *ret)
{
    if (b < 1) return ERR_RANGE;
    return decimal_mul_div(a, 1, b, n->round, ret);
}

static enum err corner_age(const struct rule_node *n UNUSED, int64_t born, int64_t on, int64_t *ret)
{
    *ret = min64(200, date_age_years((int32_t)born, (int32_t)on));
    return ERR_OK;
}

static enum err corner_whole_months(const struct rule_node *n UNUSED, int64_t from, int64_t to,
                                    int64_t *ret)
{
    int32_t days_left;

    *ret = date_whole_months((int32_t)from, (int32_t)to, &days_left);
    return ERR_OK;
}

static enum err corner_per(const struct rule_node *n, int64_t a, int64_t b UNUSED, int64_t *ret)
{
    int64_t whole = max64(0, a) / n->imm;
    return __builtin_mul_overflow(whole, n->imm2, ret) ? ERR_OVERFLOW : ERR_OK;
}

static enum err corner_year(const struct rule_node *n UNUSED, int64_t a, int64_t b UNUSED,
                            int64_t *ret)
{
    *ret = date_to_civil((int32_t)a).year;
    return ERR_OK;
}

static enum err corner_year_start(const struct rule_node *n UNUSED, int64_t a, int64_t b UNUSED,
                                  int64_t *ret)
{
    int32_t year = date_to_civil((int32_t)a).year;

    *ret = date_is_valid(year, 1, 1) ? date_from_civil(year, 1, 1) : a; /* open ends stay */
    return ERR_OK;
}

static enum err corner_add_months(const struct rule_node *n, int64_t a, int64_t b UNUSED,
                                  int64_t *ret)
{
    *ret = date_add_months((int32_t)a, (int32_t)n->imm, (enum month_rounding)n->imm2);
    return ERR_OK;
}

static enum err op_mul(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    return corners(n, kid(in, n, 0), kid(in, n, 1), corner_mul, ret);
}

static enum err op_div(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    return corners(n, kid(in, n, 0), kid(in, n, 1), corner_div, ret);
}

static enum err op_per(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    return corners(n, kid(in, n, 0), interval_known(0), corner_per, ret);
}

static enum err op_age(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    return corners(n, kid(in, n, 0), kid(in, n, 1), corner_age, ret);
}

static enum err op_year(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    return corners(n, kid(in, n, 0), interval_known(0), corner_year, ret);
}

static enum err op_year_start(const struct interp *in, const struct rule_node *n,
                              struct interval *ret)
{
    return corners(n, kid(in, n, 0), interval_known(0), corner_year_start, ret);
}

static enum err op_add_months(const struct interp *in, const struct rule_node *n,
                              struct interval *ret)
{
    return corners(n, kid(in, n, 0), interval_known(0), corner_add_months, ret);
}

static enum err op_whole_months(const struct interp *in, const struct rule_node *n,
                                struct interval *ret)
{
    return corners(n, kid(in, n, 0), kid(in, n, 1), corner_whole_months, ret);
}

static enum err op_min(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval a = kid(in, n, 0), b = kid(in, n, 1);

    *ret = (struct interval){min64(a.lo, b.lo), min64(a.hi, b.hi)};
    return ERR_OK;
}

static enum err op_max(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval a = kid(in, n, 0), b = kid(in, n, 1);

    *ret = (struct interval){max64(a.lo, b.lo), max64(a.hi, b.hi)};
    return ERR_OK;
}

/* --- conditions: 0, 1, or [0, 1] --- */

static enum err op_ge(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval x = kid(in, n, 0), y = kid(in, n, 1);

    *ret = (struct interval){x.lo >= y.hi, x.hi >= y.lo};
    return ERR_OK;
}

static enum err op_gt(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval x = kid(in, n, 0), y = kid(in, n, 1);

    *ret = (struct interval){x.lo > y.hi, x.hi > y.lo};
    return ERR_OK;
}

static enum err op_le(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval x = kid(in, n, 0), y = kid(in, n, 1);

    *ret = (struct interval){x.hi <= y.lo, x.lo <= y.hi};
    return ERR_OK;
}

static enum err op_lt(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval x = kid(in, n, 0), y = kid(in, n, 1);

    *ret = (struct interval){x.hi < y.lo, x.lo < y.hi};
    return ERR_OK;
}

static struct interval equal(struct interval x, struct interval y)
{
    bool surely = interval_is_known(x) && interval_is_known(y) && x.lo == y.lo;

    return (struct interval){surely, x.lo <= y.hi && y.lo <= x.hi};
}

static struct interval negate(struct interval c)
{
    return (struct interval){1 - c.hi, 1 - c.lo};
}

static enum err op_eq(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    *ret = equal(kid(in, n, 0), kid(in, n, 1));
    return ERR_OK;
}

static enum err op_ne(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    *ret = negate(equal(kid(in, n, 0), kid(in, n, 1)));
    return ERR_OK;
}

static enum err op_not(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    *ret = negate(kid(in, n, 0));
    return ERR_OK;
}

static enum err op_in_ranges(const struct interp *in, const struct rule_node *n,
                             struct interval *ret)
{
    struct interval x = kid(in, n, 0), c = {0, 0};
    const int64_t *range = in->rules->table + n->table_first;

    for (uint32_t i = 0; i + 1 < n->table_count; i += 2) {
        if (range[i] <= x.lo && x.hi <= range[i + 1]) c.lo = 1;
        if (range[i] <= x.hi && x.lo <= range[i + 1]) c.hi = 1;
    }
    *ret = c;
    return ERR_OK;
}

/* --- choices --- */

static enum err op_if(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    *ret = interval_if(kid(in, n, 0), kid(in, n, 1), kid(in, n, 2));
    return ERR_OK;
}

static bool row_is_met(const struct rules *r, const struct rule_node *n, struct interval x,
                       uint32_t row)
{
    const int64_t *tab = r->table + n->table_first;

    if (n->op == NODE_BANDS) return tab[2 * row] <= x.hi && x.lo <= tab[2 * row + 1];
    for (int64_t m = max64(x.lo, 0); m <= min64(x.hi, 61); m++)
        if (((uint64_t)tab[row] >> m & 1) != 0) return true;
    return false;
}

/* BANDS and MATCH: the rows that the value's interval meets. */
static enum err op_rows(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval x = kid(in, n, 0), all = {INT64_MAX, INT64_MIN};

    for (uint32_t row = 0; row + 1 < n->kid_count; row++)
        if (row_is_met(in->rules, n, x, row)) all = interval_hull(all, kid(in, n, row + 1));
    *ret = all.lo <= all.hi ? all : interval_known(0); /* a category of "none" meets no row */
    return ERR_OK;
}

static enum err op_highest(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval best = kid(in, n, 0);

    for (uint32_t i = 1; i < n->kid_count; i++) {
        struct interval k = kid(in, n, i);
        best = (struct interval){max64(best.lo, k.lo), max64(best.hi, k.hi)};
    }
    *ret = best;
    return ERR_OK;
}

static enum err op_lowest(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval best = kid(in, n, 0);

    for (uint32_t i = 1; i < n->kid_count; i++) {
        struct interval k = kid(in, n, i);
        best = (struct interval){min64(best.lo, k.lo), min64(best.hi, k.hi)};
    }
    *ret = best;
    return ERR_OK;
}

static enum err interval_add(struct interval *sum, struct interval v)
{
    struct interval s;

    if (__builtin_add_overflow(sum->lo, v.lo, &s.lo) ||
        __builtin_add_overflow(sum->hi, v.hi, &s.hi))
        return ERR_OVERFLOW;
    *sum = s;
    return ERR_OK;
}

static enum err op_total(const struct interp *in, const struct rule_node *n, struct interval *ret)
{
    struct interval sum = {0, 0};

    for (uint32_t i = 0; i < n->kid_count; i++)
        if (interval_add(&sum, kid(in, n, i)) != ERR_OK) return ERR_OVERFLOW;
    *ret = sum;
    return ERR_OK;
}

static enum err op_if_unknown(const struct interp *in, const struct rule_node *n,
                              struct interval *ret)
{
    struct interval x = kid(in, n, 0);

    *ret = interval_is_known(x) || in->day < n->imm ? x : interval_known(n->imm2);
    return ERR_OK;
}

static const op_fn ops[NODE_OP_COUNT] = {
    [NODE_CONST] = op_const,
    [NODE_DAY] = op_day,
    [NODE_ADD] = op_add,
    [NODE_SUB] = op_sub,
    [NODE_MUL] = op_mul,
    [NODE_DIV] = op_div,
    [NODE_PER] = op_per,
    [NODE_MIN] = op_min,
    [NODE_MAX] = op_max,
    [NODE_GE] = op_ge,
    [NODE_LE] = op_le,
    [NODE_GT] = op_gt,
    [NODE_LT] = op_lt,
    [NODE_EQ] = op_eq,
    [NODE_NE] = op_ne,
    [NODE_AND] = op_min,
    [NODE_OR] = op_max,
    [NODE_NOT] = op_not,
    [NODE_IN_RANGES] = op_in_ranges,
    [NODE_IF] = op_if,
    [NODE_BANDS] = op_rows,
    [NODE_MATCH] = op_rows,
    [NODE_HIGHEST] = op_highest,
    [NODE_LOWEST] = op_lowest,
    [NODE_TOTAL] = op_total,
    [NODE_AGE] = op_age,
    [NODE_YEAR] = op_year,
    [NODE_YEAR_START] = op_year_start,
    [NODE_ADD_MONTHS] = op_add_months,
    [NODE_WHOLE_MONTHS] = op_whole_months,
    [NODE_IF_UNKNOWN] = op_if_unknown,
};

/* --- nodes --- */

static bool is_aggregate(enum node_op op)
{
    return op >= NODE_AGG_COUNT && op <= NODE_AGG_EACH;
}

static struct trace_node *trace_node_new(struct interp *in, uint32_t node)
{
    const struct rule_node *n = &in->rules->nodes[node];
    struct trace_node *t = ARENA_NEW(in->arena, struct trace_node);

    if (t == NULL) return NULL;
    t->node = node;
    t->kids = ARENA_ARRAY(in->arena, const struct trace_node *, n->kid_count);
    return t->kids != NULL ? t : NULL;
}

static enum err kids_evaluate(struct interp *in, const struct scope *s, const struct rule_node *n,
                              struct trace_node *t)
{
    for (uint32_t i = 0; i < n->kid_count; i++) {
        uint32_t k = node_kid(in->rules, n, i);
        enum err e = interp_node(in, s, k);
        if (e != ERR_OK) return e;
        if (t != NULL) t->kids[i] = in->trace[k];
    }
    return ERR_OK;
}

static enum err node_evaluate(struct interp *in, const struct scope *s, const struct rule_node *n,
                              struct trace_node *t, struct interval *ret)
{
    enum err e;

    if (is_aggregate(n->op)) return interp_aggregate(in, n, t, ret);
    if (n->op == NODE_FIELD) return op_field(in, s, n, ret);
    e = kids_evaluate(in, s, n, t);
    return e == ERR_OK ? ops[n->op](in, n, ret) : e;
}

enum err interp_node(struct interp *in, const struct scope *s, uint32_t node)
{
    const struct rule_node *n = &in->rules->nodes[node];
    const struct scope *where = n->domain < 0 ? &in->self : s;
    struct trace_node *t = NULL;
    struct interval v;

    if (n->domain >= 0 && n->domain != s->reg) return ERR_CORRUPT;
    if (in->epoch[node] == where->epoch) return ERR_OK;
    if (in->depth >= INTERP_DEPTH_MAX) return ERR_RANGE;
    if (in->is_tracing && (t = trace_node_new(in, node)) == NULL) return ERR_NOMEM;
    in->depth++;
    enum err e = node_evaluate(in, where, n, t, &v);
    in->depth--;
    if (e != ERR_OK) return e;
    in->value[node] = v;
    in->epoch[node] = where->epoch;
    if (in->until_rules != NULL) until_node(in, node);
    if (t != NULL) {
        t->value = v;
        in->trace[node] = t;
    }
    return ERR_OK;
}

/* --- indicators --- */

/* What the score needs beside the plan's figures, kept for the whole run. */
struct run {
    struct interp in;
    struct score *score;
    struct trace *trace;             /* NULL when not tracing */
    struct interval *veto_held;      /* per plan->vetoes: 0/1 */
    struct interval *group_at;       /* per rules->groups: value after veto */
    struct interval *group_free;     /* the same, had no veto held */
    struct interval *indicator_free; /* per plan->indicators */
    struct score_until *until;       /* NULL = not asked */
    struct interp_memory *memory;    /* NULL = room from the arena */
};

static const struct trace_node *traced(const struct interp *in, int32_t node)
{
    return in->is_tracing && node >= 0 ? in->trace[node] : NULL;
}

/* A condition for the person; -1 always holds. */
static enum err condition(struct interp *in, int32_t node, struct interval *ret)
{
    if (node < 0) {
        *ret = interval_known(1);
        return ERR_OK;
    }
    enum err e = interp_node(in, &in->self, (uint32_t)node);
    if (e == ERR_OK) *ret = in->value[node];
    return e;
}

static enum err clause_evaluate(struct interp *in, int32_t index, struct trace_clause *ret)
{
    const struct rule_clause *c = &in->rules->clauses[index];
    enum err e = condition(in, c->cond, &ret->applies);

    if (e == ERR_OK) e = interp_node(in, &in->self, (uint32_t)c->body);
    if (e != ERR_OK) return e;
    ret->clause = index;
    ret->cond = traced(in, c->cond);
    ret->body = traced(in, c->body);
    ret->given = interval_if(ret->applies, in->value[c->body], interval_known(0));
    return ERR_OK;
}

static enum err clauses_sum(const struct trace_clause *c, uint32_t count, struct interval *ret)
{
    struct interval sum = {0, 0};

    for (uint32_t i = 0; i < count; i++)
        if (interval_add(&sum, c[i].given) != ERR_OK) return ERR_OVERFLOW;
    *ret = sum;
    return ERR_OK;
}

static struct interval clauses_highest(const struct trace_clause *c, uint32_t count)
{
    struct interval best = count > 0 ? c[0].given : interval_known(0);

    for (uint32_t i = 1; i < count; i++)
        best = (struct interval){max64(best.lo, c[i].given.lo), max64(best.hi, c[i].given.hi)};
    return best;
}

/* IF(c1, b1, IF(c2, b2, … 0)) */
static struct interval clauses_first(const struct interp *in, const struct trace_clause *c,
                                     uint32_t count)
{
    struct interval v = {0, 0};

    while (count-- > 0)
        v = interval_if(c[count].applies, in->value[in->rules->clauses[c[count].clause].body], v);
    return v;
}

static int32_t clause_taken(const struct trace_clause *c, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (c[i].applies.lo == 1) return (int32_t)i;
        if (c[i].applies.hi == 1) return -1;
    }
    return -1;
}

static int64_t amount(const struct plan *p, const struct rule_amount *m)
{
    return m->param >= 0 ? p->param_values[m->param] : m->value;
}

/* Cap and floor; veto is not among them, because it is also asked "had there been none". */
static void cap_and_floor(const struct plan *p, const struct rule_amount *cap,
                          const struct rule_amount *floor, struct trace_steps *s)
{
    s->capped = s->raw;
    if (cap->is_set) {
        s->cap = amount(p, cap);
        s->capped = (struct interval){min64(s->raw.lo, s->cap), min64(s->raw.hi, s->cap)};
    }
    s->floored = s->capped;
    if (floor->is_set) {
        s->floor = amount(p, floor);
        s->floored =
            (struct interval){max64(s->capped.lo, s->floor), max64(s->capped.hi, s->floor)};
    }
    s->settled = s->floored;
}

static bool veto_is_of(const struct rule_veto *v, int32_t group, int32_t indicator)
{
    return !v->freezes && v->group == group && v->indicator == indicator;
}

/* Vetoes of one group or indicator (both -1: of everything). */
static void apply_vetoes(const struct run *run, int32_t group, int32_t indicator,
                         struct trace_steps *s)
{
    const struct plan *p = run->in.plan;

    for (uint32_t i = 0; i < p->veto_count; i++) {
        const struct rule_veto *v = &p->rules->vetoes[p->vetoes[i]];
        struct interval held = run->veto_held[i];
        if (!veto_is_of(v, group, indicator)) continue;
        if (held.hi == 1 && (s->veto < 0 || held.lo == 1)) s->veto = p->vetoes[i];
        s->final = interval_if(held, interval_known(0), s->final);
    }
}

/* How long a value stays that these vetoes may take away: a veto that holds keeps it away. */
static struct until with_vetoes(const struct run *run, int32_t indicator, struct until u)
{
    const struct plan *p = run->in.plan;
    struct until held = {.day = run->in.day, .reg = -1};

    for (uint32_t i = 0; i < p->veto_count; i++) {
        const struct rule_veto *v = &p->rules->vetoes[p->vetoes[i]];
        if (!veto_is_of(v, -1, indicator)) continue;
        const struct until veto = until_condition(&run->in, v->cond);
        u = until_sooner(u, veto);
        if (run->veto_held[i].lo == 1) held = until_later(held, veto);
    }
    return until_later(u, held);
}

static enum err indicator_raw(struct run *run, const struct plan_indicator *pi,
                              struct trace_clause *clauses, struct interval *ret)
{
    const struct rule_indicator *ind = &run->in.rules->indicators[pi->indicator];

    for (uint32_t i = 0; i < pi->clause_count; i++) {
        enum err e = clause_evaluate(&run->in, pi->clauses[i], &clauses[i]);
        if (e != ERR_OK) return e;
    }
    if (ind->combine == COMBINE_SUM) return clauses_sum(clauses, pi->clause_count, ret);
    *ret = ind->combine == COMBINE_HIGHEST ? clauses_highest(clauses, pi->clause_count)
                                           : clauses_first(&run->in, clauses, pi->clause_count);
    return ERR_OK;
}

static enum err indicator_evaluate(struct run *run, uint32_t at)
{
    const struct plan_indicator *pi = &run->in.plan->indicators[at];
    const struct rule_indicator *ind = &run->in.rules->indicators[pi->indicator];
    struct trace_clause *clauses =
        ARENA_ARRAY(run->in.arena, struct trace_clause, pi->clause_count);
    struct trace_steps s = {.veto = -1};

    if (clauses == NULL) return ERR_NOMEM;
    enum err e = indicator_raw(run, pi, clauses, &s.raw);
    if (e != ERR_OK) return e;
    cap_and_floor(run->in.plan, &ind->cap, &ind->floor, &s);
    if (ind->has_if_unknown && !interval_is_known(s.floored) && run->in.day >= ind->if_unknown_from)
        s.settled = interval_known(ind->if_unknown_value);
    s.free = s.final = s.settled;
    apply_vetoes(run, -1, pi->indicator, &s);
    run->score->indicators[at] = s.final;
    run->indicator_free[at] = s.free;
    if (run->until != NULL)
        run->until->indicators[at] =
            with_vetoes(run, pi->indicator, until_indicator(&run->in, pi, clauses, &s));
    if (run->trace != NULL)
        run->trace->indicators[at] =
            (struct trace_indicator){.indicator = pi->indicator,
                                     .clauses = clauses,
                                     .clause_count = pi->clause_count,
                                     .taken = clause_taken(clauses, pi->clause_count),
                                     .steps = s};
    return ERR_OK;
}

/* --- groups --- */

/* A sum, or a greatest, that grows member by member. */
struct gathering {
    enum combine combine;
    bool is_empty;
    struct interval gained, deducted;
};

static enum err gather(struct gathering *g, struct interval v, bool deducts)
{
    if (deducts) return interval_add(&g->deducted, v);
    if (g->combine == COMBINE_SUM) return interval_add(&g->gained, v);
    if (g->is_empty)
        g->gained = v;
    else
        g->gained = (struct interval){max64(g->gained.lo, v.lo), max64(g->gained.hi, v.hi)};
    g->is_empty = false;
    return ERR_OK;
}

static enum err gathered(const struct gathering *g, struct interval *ret)
{
    struct interval v;

    if (__builtin_sub_overflow(g->gained.lo, g->deducted.hi, &v.lo) ||
        __builtin_sub_overflow(g->gained.hi, g->deducted.lo, &v.hi))
        return ERR_OVERFLOW;
    *ret = v;
    return ERR_OK;
}

/* Members of `group`: its indicators, then its groups, in plan order. */
static enum err group_raw(const struct run *run, int32_t group, const struct interval *indicators,
                          const struct interval *groups, struct interval *ret)
{
    const struct plan *p = run->in.plan;
    struct gathering g = {.combine = p->rules->groups[group].combine, .is_empty = true};
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < p->indicator_count && e == ERR_OK; i++)
        if (p->rules->indicators[p->indicators[i].indicator].group == group)
            e = gather(&g, indicators[i], false);
    for (uint32_t i = 0; i < p->group_count && e == ERR_OK; i++) {
        const struct rule_group *member = &p->rules->groups[p->groups[i]];
        if (member->parent == group) e = gather(&g, groups[p->groups[i]], member->deducts);
    }
    return e == ERR_OK ? gathered(&g, ret) : e;
}

static enum err group_evaluate(struct run *run, uint32_t at)
{
    const struct plan *p = run->in.plan;
    const int32_t group = p->groups[at];
    const struct rule_group *g = &p->rules->groups[group];
    struct trace_steps s = {.veto = -1}, free = {.veto = -1};
    enum err e = group_raw(run, group, run->score->indicators, run->group_at, &s.raw);

    if (e == ERR_OK) e = group_raw(run, group, run->indicator_free, run->group_free, &free.raw);
    if (e != ERR_OK) return e;
    cap_and_floor(p, &g->cap, &g->floor, &s);
    cap_and_floor(p, &g->cap, &g->floor, &free);
    s.final = s.settled;
    s.free = free.settled;
    apply_vetoes(run, group, -1, &s);
    if (group == 0) apply_vetoes(run, -1, -1, &s);
    run->group_at[group] = run->score->groups[at] = s.final;
    run->group_free[group] = s.free;
    if (run->trace != NULL) run->trace->groups[at] = (struct trace_group){group, s};
    return ERR_OK;
}

/* --- the whole --- */

static bool surely_holds(const struct run *run, bool freezes)
{
    const struct plan *p = run->in.plan;

    for (uint32_t i = 0; i < p->veto_count; i++) {
        const struct rule_veto *v = &p->rules->vetoes[p->vetoes[i]];
        bool for_all = freezes || (v->group < 0 && v->indicator < 0);
        if (v->freezes == freezes && for_all && run->veto_held[i].lo == 1) return true;
    }
    return false;
}

static void apply_force(const struct run *run, const struct home *home)
{
    const struct rules *r = run->in.rules;
    struct score *s = run->score;
    struct interval total = s->groups[0];

    s->status = home->status;
    s->in_force = home->status < 0 || r->force.rows[home->status].in_force;
    if (!s->in_force) {
        s->total = interval_known(0);
        return;
    }
    s->total = home->status == STATUS_UNKNOWN ? (struct interval){0, max64(0, total.hi)} : total;
    if (surely_holds(run, false)) {
        s->status = STATUS_VETOED;
        s->total = interval_known(0);
    } else if (surely_holds(run, true)) {
        s->status = STATUS_FROZEN;
    }
}

static enum err conditions_evaluate(struct run *run)
{
    const struct plan *p = run->in.plan;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < p->veto_count && e == ERR_OK; i++) {
        int32_t cond = p->rules->vetoes[p->vetoes[i]].cond;
        e = condition(&run->in, cond, &run->veto_held[i]);
        if (e == ERR_OK && run->trace != NULL)
            run->trace->vetoes[i] = (struct trace_condition){p->vetoes[i], traced(&run->in, cond)};
    }
    for (uint32_t i = 0; i < p->gate_count && e == ERR_OK; i++) {
        int32_t cond = p->rules->gates[p->gates[i]].cond;
        e = condition(&run->in, cond, &run->score->gates[i]);
        if (e == ERR_OK && run->trace != NULL)
            run->trace->gates[i] = (struct trace_condition){p->gates[i], traced(&run->in, cond)};
    }
    return e;
}

static enum err run_evaluate(struct run *run)
{
    const struct plan *p = run->in.plan;
    enum err e = conditions_evaluate(run);

    for (uint32_t i = 0; i < p->indicator_count && e == ERR_OK; i++)
        e = indicator_evaluate(run, i);
    for (uint32_t i = p->group_count; i-- > 0 && e == ERR_OK;) /* children before parents */
        e = group_evaluate(run, i);
    return e;
}

/* How long the whole stays: indicators, what may void or freeze it, groups that may be vetoed. */
static void until_whole(struct run *run)
{
    const struct plan *p = run->in.plan;
    struct score_until *u = run->until;
    struct until all = run->in.overflow;

    all.why = UNTIL_RECOMPUTED;
    u->status = until_home(run->in.people, run->in.person, run->in.day);
    for (uint32_t i = 0; i < p->veto_count; i++) {
        const struct rule_veto *v = &p->rules->vetoes[p->vetoes[i]];
        const struct until veto = until_condition(&run->in, v->cond);
        if (v->indicator < 0) all = until_sooner(all, veto);
        if (v->freezes || (v->group < 0 && v->indicator < 0))
            u->status = until_sooner(u->status, veto);
    }
    all = until_sooner(all, u->status);
    for (uint32_t i = 0; i < p->indicator_count; i++)
        all = until_sooner(all, u->indicators[i]);
    INVARIANT(all.day > run->in.day);
    u->person = all;
}

static enum err trace_new(struct arena *a, const struct plan *p, struct trace **ret)
{
    struct trace *t = ARENA_NEW(a, struct trace);

    if (t == NULL) return ERR_NOMEM;
    t->indicators = ARENA_ARRAY(a, struct trace_indicator, p->indicator_count);
    t->groups = ARENA_ARRAY(a, struct trace_group, p->group_count);
    t->vetoes = ARENA_ARRAY(a, struct trace_condition, p->veto_count);
    t->gates = ARENA_ARRAY(a, struct trace_condition, p->gate_count);
    if (t->indicators == NULL || t->groups == NULL || t->vetoes == NULL || t->gates == NULL)
        return ERR_NOMEM;
    *ret = t;
    return ERR_OK;
}

static enum err memory_fresh(struct interp *in)
{
    in->value = ARENA_ARRAY(in->arena, struct interval, in->rules->node_count);
    in->epoch = ARENA_ARRAY(in->arena, uint64_t, in->rules->node_count);
    return in->value != NULL && in->epoch != NULL ? ERR_OK : ERR_NOMEM;
}

static void memory_take(struct interp *in, struct interp_memory *m)
{
    in->value = m->value;
    in->epoch = m->epoch;
    in->until = m->until;
    in->steady = m->steady;
    in->months = m->months;
    in->last_epoch = m->last_epoch;
    in->patience = &m->patience;
}

enum err interp_memory_new(struct arena *a, const struct rules *r, struct interp_memory **ret)
{
    struct interp_memory *m = ARENA_NEW(a, struct interp_memory);

    if (m == NULL) return ERR_NOMEM;
    m->value = ARENA_ARRAY(a, struct interval, r->node_count);
    m->epoch = ARENA_ARRAY(a, uint64_t, r->node_count);
    m->until = ARENA_ARRAY(a, struct until, r->node_count);
    m->steady = ARENA_ARRAY(a, struct until, r->node_count);
    m->months = ARENA_ARRAY(a, uint8_t, MONTH_BITS);
    if (!m->value || !m->epoch || !m->until || !m->steady || !m->months) return ERR_NOMEM;
    *ret = m;
    return ERR_OK;
}

static enum err run_init(struct run *run)
{
    struct interp *in = &run->in;
    const struct rules *r = in->rules;

    if (run->memory != NULL)
        memory_take(in, run->memory);
    else if (memory_fresh(in) != ERR_OK)
        return ERR_NOMEM;
    in->self = (struct scope){.reg = -1, .epoch = ++in->last_epoch};
    run->veto_held = ARENA_ARRAY(in->arena, struct interval, in->plan->veto_count);
    run->group_at = ARENA_ARRAY(in->arena, struct interval, r->group_count);
    run->group_free = ARENA_ARRAY(in->arena, struct interval, r->group_count);
    run->indicator_free = ARENA_ARRAY(in->arena, struct interval, in->plan->indicator_count);
    if (run->veto_held == NULL || run->group_at == NULL || run->group_free == NULL ||
        run->indicator_free == NULL)
        return ERR_NOMEM;
    in->overflow = until_never();
    if (!in->is_tracing) return ERR_OK;
    in->trace = ARENA_ARRAY(in->arena, struct trace_node *, r->node_count);
    if (in->trace == NULL) return ERR_NOMEM;
    return trace_new(in->arena, in->plan, &run->trace);
}

/* The person's figures mean nothing: all of them are zero. */
static void score_spoil(struct score *s, const struct plan *p, enum err e)
{
    const struct interval zero = {0, 0};

    s->status = STATUS_ERROR;
    s->in_force = false;
    s->error = e;
    s->total = zero;
    for (uint32_t i = 0; i < p->indicator_count; i++)
        s->indicators[i] = zero;
    for (uint32_t i = 0; i < p->group_count; i++)
        s->groups[i] = zero;
    for (uint32_t i = 0; i < p->gate_count; i++)
        s->gates[i] = zero;
}

/* A person who is an error: of figures that left 64 bits nothing is known for tomorrow. */
static void until_of_error(const struct run *run, enum err e)
{
    struct score_until *u = run->until;

    u->status = until_home(run->in.people, run->in.person, run->in.day);
    u->person = u->status; /* the scheme may change with it */
    if (e != ERR_NOT_FOUND && e != ERR_ROWS && run->in.day < DATE_LAST)
        u->person = (struct until){run->in.day + 1, UNTIL_RECOMPUTED, -1, 0};
    for (uint32_t i = 0; i < run->in.plan->indicator_count; i++)
        u->indicators[i] = u->person;
}

static enum err run_score(struct run *run)
{
    const struct plan *plan = run->in.plan;
    const struct population *p = run->in.people;
    const uint32_t person = run->in.person;
    enum err e = run_init(run);

    INVARIANT(person < p->count);
    if (e != ERR_OK) return e;
    if (plan->has_none_in_force)
        e = ERR_NOT_FOUND;
    else if (p->bad != NULL && p->bad[person] != 0)
        e = ERR_ROWS;
    else
        e = run_evaluate(run);
    if (e == ERR_NOMEM) return e;
    if (e == ERR_OK) {
        struct home home = home_of(p, person, run->in.day, plan->rule_day);
        run->score->error = ERR_OK;
        apply_force(run, &home);
        if (run->trace != NULL) run->trace->home = home;
        if (run->until != NULL) until_whole(run);
    } else {
        score_spoil(run->score, plan, e);
        if (run->trace != NULL) run->trace->home = (struct home){STATUS_ERROR, 0, plan->scheme};
        if (run->until != NULL) until_of_error(run, e);
    }
    return ERR_OK;
}

enum err interp_score(struct arena *a, const struct plan *plan, const struct population *p,
                      uint32_t person, int32_t day, struct score *ret, struct trace **trace)
{
    struct run run = {.in = {.arena = a,
                             .rules = plan->rules,
                             .plan = plan,
                             .people = p,
                             .person = person,
                             .day = day,
                             .is_tracing = trace != NULL},
                      .score = ret};
    enum err e = run_score(&run);

    if (e == ERR_OK && trace != NULL) *trace = ret->error == ERR_OK ? run.trace : NULL;
    return e;
}

enum err interp_score_until(struct arena *a, struct interp_memory *m, const struct plan *plan,
                            const struct until_rules *u, const struct population *p,
                            uint32_t person, int32_t day, struct score *ret,
                            struct score_until *ret_until)
{
    struct run run = {.in = {.arena = a,
                             .rules = plan->rules,
                             .plan = plan,
                             .people = p,
                             .person = person,
                             .day = day,
                             .until_rules = u},
                      .score = ret,
                      .until = ret_until,
                      .memory = m};
    const enum err e = run_score(&run);

    m->last_epoch = run.in.last_epoch;
    return e;
}
