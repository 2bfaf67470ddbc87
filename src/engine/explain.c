/* The explanation of one person's score: the interpreter's trace, walked along what decided.
 *
 *   trace of a clause's body -> steps of the arithmetic (operands before what uses them)
 *                            -> facts: the records that were looked at, and whether they counted
 *                            -> awaited: what is not known, and which register would say it
 *
 * The walk follows only branches taken (both, where the condition is not known), so that nothing
 * is shown that did not matter. All of it lives in the caller's arena.
 *
 * Invariants: a node appears at most once among the steps of an indicator, a record at most once
 * among its facts; no figure is computed here. */
#include "engine/explain.h"

#include "base/date.h"
#include "engine/explain_internal.h"

/* --- lists that grow --- */

struct list {
    void *items;
    uint32_t count, room;
};

static void *list_add(struct arena *a, struct list *l, size_t size)
{
    if (l->count == l->room) {
        uint32_t room = l->room == 0 ? 8 : 2 * l->room;
        void *items = arena_grow(a, l->items, l->room, room, size);
        if (items == NULL) return NULL;
        l->items = items;
        l->room = room;
    }
    return (char *)l->items + size * l->count++;
}

struct walk {
    struct arena *a;
    struct explanation *e;
    struct list steps, facts, awaits;
    uint64_t *seen; /* per node: the last walk it was met in, doubled; +1 with its steps */
    uint64_t stamp; /* of the person's nodes */
    uint64_t record_stamp;
    uint64_t last_stamp;
    bool without_steps; /* only facts and what is awaited */
};

/* Was the node met in this walk, and as fully as now? Marks it. */
static bool is_met(struct walk *w, uint32_t node)
{
    bool is_person = w->e->rules->nodes[node].domain < 0;
    uint64_t stamp = 2 * (is_person ? w->stamp : w->record_stamp) + !w->without_steps;

    if (w->seen[node] / 2 == stamp / 2 && w->seen[node] >= stamp) return true;
    w->seen[node] = stamp;
    return false;
}

static const struct rule_node *node_of(const struct walk *w, const struct trace_node *t)
{
    return &w->e->rules->nodes[t->node];
}

static enum err add_step(struct walk *w, enum step_kind kind, const struct trace_node *t)
{
    if (w->without_steps) return ERR_OK;
    struct explain_step *s = list_add(w->a, &w->steps, sizeof *s);
    if (s == NULL) return ERR_NOMEM;
    *s = (struct explain_step){kind, t};
    return ERR_OK;
}

/* A record is listed once, as well as it ever did. */
static enum err add_fact(struct walk *w, const struct explain_fact *f)
{
    struct explain_fact *all = w->facts.items;

    for (uint32_t i = 0; i < w->facts.count; i++) {
        if (all[i].reg != f->reg || all[i].row != f->row) continue;
        if (f->standing > all[i].standing || f->has_points) all[i] = *f;
        return ERR_OK;
    }
    struct explain_fact *add = list_add(w->a, &w->facts, sizeof *add);
    if (add == NULL) return ERR_NOMEM;
    *add = *f;
    return ERR_OK;
}

static enum err add_await(struct walk *w, int32_t reg, int32_t field, bool is_silent)
{
    struct explain_await *all = w->awaits.items;

    for (uint32_t i = 0; i < w->awaits.count; i++)
        if (all[i].reg == reg && all[i].field == field) return ERR_OK;
    struct explain_await *add = list_add(w->a, &w->awaits, sizeof *add);
    if (add == NULL) return ERR_NOMEM;
    *add = (struct explain_await){reg, field, is_silent};
    return ERR_OK;
}

/* --- leaves --- */

static enum err walk_person_field(struct walk *w, const struct rule_node *n)
{
    const struct population *p = w->e->people;
    uint32_t row, end;

    population_rows(p, n->reg, w->e->person, &row, &end);
    if (!population_answered(p, n->reg, w->e->person)) return add_await(w, n->reg, -1, true);
    if (row == end) return add_await(w, n->reg, -1, false);
    struct explain_fact f = {
        .reg = n->reg, .row = row, .standing = STANDING_SURE, .expires = DATE_OPEN_END};
    if (!column_known(&p->regs[n->reg].cols[n->field], row)) {
        enum err e = add_await(w, n->reg, n->field, false);
        if (e != ERR_OK) return e;
    }
    return add_fact(w, &f);
}

static enum err walk_field(struct walk *w, const struct trace_node *t, const struct rule_node *n)
{
    if (n->domain != n->reg) return walk_person_field(w, n);
    return t->value.lo != t->value.hi ? add_await(w, n->reg, n->field, false) : ERR_OK;
}

/* --- records --- */

static enum err walk_node(struct walk *w, const struct trace_node *t);

/* The first day on which a counted event leaves its window or ends. */
static int32_t expiry_of(const struct walk *w, const struct rule_node *n,
                         const struct trace_record *rec)
{
    const struct rule_register *reg = &w->e->rules->regs[n->reg];
    const struct column *cols = w->e->people->regs[n->reg].cols;
    int32_t day = DATE_OPEN_END;

    if (reg->event < 0 || rec->standing == STANDING_OUT) return day;
    if (n->window == WINDOW_MONTHS && column_known(&cols[reg->event], rec->row))
        day = date_add_months((int32_t)column_get(&cols[reg->event], rec->row),
                              (int32_t)n->window_a, MONTH_NEXT);
    if (reg->end >= 0 && column_known(&cols[reg->end], rec->row) &&
        column_get(&cols[reg->end], rec->row) < day)
        day = (int32_t)column_get(&cols[reg->end], rec->row);
    return day;
}

/* A record that only may exist: the time that is missing. */
static enum err walk_missing_time(struct walk *w, const struct rule_node *n,
                                  const struct trace_record *rec)
{
    const struct rule_register *reg = &w->e->rules->regs[n->reg];
    int32_t begin = reg->event >= 0 ? reg->event : reg->start;
    int32_t field = rec->why == WHY_OVER ? reg->end : begin;

    if (rec->standing != STANDING_POSSIBLE || field < 0) return ERR_OK;
    if (rec->why != WHY_NOT_YET && rec->why != WHY_OVER) return ERR_OK;
    return add_await(w, n->reg, field, false);
}

/* The record's own arithmetic, kept with the record. */
static enum err walk_record_value(struct walk *w, const struct trace_record *rec,
                                  struct explain_fact *f)
{
    struct list outer = w->steps;
    enum err e;

    w->steps = (struct list){0};
    e = walk_node(w, rec->value_node);
    f->steps = w->steps.items;
    f->step_count = w->steps.count;
    w->steps = outer;
    return e;
}

static enum err walk_record(struct walk *w, const struct rule_node *n,
                            const struct trace_record *rec)
{
    struct explain_fact f = {.reg = n->reg,
                             .row = rec->row,
                             .standing = rec->standing,
                             .why = rec->why,
                             .lost = rec->lost,
                             .has_points = n->op == NODE_AGG_EACH && rec->standing != STANDING_OUT,
                             .points = rec->counted,
                             .expires = expiry_of(w, n, rec)};
    bool without = w->without_steps;
    enum err e = ERR_OK;

    w->record_stamp = ++w->last_stamp; /* the record's nodes are met anew */
    if (rec->standing != STANDING_OUT) {
        e = walk_missing_time(w, n, rec);
        w->without_steps = true;
        if (e == ERR_OK) e = walk_node(w, rec->filter_node);
        w->without_steps = without || n->op != NODE_AGG_EACH;
        if (e == ERR_OK && rec->value_node != NULL) e = walk_record_value(w, rec, &f);
        w->without_steps = without;
    }
    return e == ERR_OK ? add_fact(w, &f) : e;
}

static enum err walk_aggregate(struct walk *w, const struct trace_node *t,
                               const struct rule_node *n)
{
    enum err e = ERR_OK;

    if (t->is_silent) {
        bool answered = population_answered(w->e->people, n->reg, w->e->person);
        e = add_await(w, n->reg, -1, !answered);
    }
    for (uint32_t i = 0; i < t->record_count && e == ERR_OK; i++)
        e = walk_record(w, n, &t->records[i]);
    if (e != ERR_OK || n->type.vt == VT_BOOL) return e;
    return add_step(w, n->op == NODE_AGG_EACH ? STEP_EACH : STEP_VALUE, t);
}

/* --- choices --- */

static bool row_met(const struct walk *w, const struct rule_node *n, uint32_t row,
                    struct interval v)
{
    const int64_t *tab = w->e->rules->table + n->table_first;

    if (n->op == NODE_BANDS) return tab[2 * row] <= v.hi && v.lo <= tab[2 * row + 1];
    for (int64_t m = v.lo < 0 ? 0 : v.lo; m <= v.hi && m <= 61; m++)
        if (((uint64_t)tab[row] >> m & 1) != 0) return true;
    return false;
}

/* The row's sentence says the subject's value: no line of its own for it. */
static enum err walk_rows(struct walk *w, const struct trace_node *t, const struct rule_node *n)
{
    uint32_t before = w->steps.count;
    enum err e = walk_node(w, t->kids[0]);

    if (e != ERR_OK) return e;
    if (w->steps.count > before) {
        const struct explain_step *last =
            (struct explain_step *)w->steps.items + w->steps.count - 1;
        if (last->kind == STEP_VALUE && last->t == t->kids[0]) w->steps.count--;
    }
    e = add_step(w, n->op == NODE_BANDS ? STEP_BAND : STEP_ROW, t);
    for (uint32_t row = 0; row + 1 < n->kid_count && e == ERR_OK; row++)
        if (row_met(w, n, row, t->kids[0]->value)) e = walk_node(w, t->kids[row + 1]);
    return e;
}

static enum err walk_if(struct walk *w, const struct trace_node *t)
{
    struct interval c = t->kids[0]->value;
    enum err e = walk_node(w, t->kids[0]);

    if (e == ERR_OK) e = add_step(w, STEP_BRANCH, t);
    if (e == ERR_OK && c.hi == 1) e = walk_node(w, t->kids[1]);
    if (e == ERR_OK && c.lo == 0) e = walk_node(w, t->kids[2]);
    return e;
}

static enum err walk_kids(struct walk *w, const struct trace_node *t, const struct rule_node *n)
{
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < n->kid_count && e == ERR_OK; i++)
        e = walk_node(w, t->kids[i]);
    return e;
}

/* The kind of line an operator gives; -1 none. */
static int step_of(const struct rule_node *n, const struct trace_node *t)
{
    switch ((int)n->op) {
    case NODE_ADD:
    case NODE_SUB:
    case NODE_MUL:
    case NODE_DIV:
        return STEP_ARITHMETIC;
    case NODE_PER:
        return n->type.vt == VT_POINTS ? STEP_PER : -1; /* else its product says it */
    case NODE_MIN:
        return STEP_CAP;
    case NODE_MAX:
        return STEP_FLOOR;
    case NODE_HIGHEST:
    case NODE_LOWEST:
        return STEP_CHOICE;
    case NODE_TOTAL:
        return STEP_TOTAL;
    case NODE_AGE:
    case NODE_WHOLE_MONTHS:
        return STEP_VALUE;
    case NODE_IF_UNKNOWN:
        return t->kids[0]->value.lo != t->kids[0]->value.hi ? STEP_IF_UNKNOWN : -1;
    default:
        return -1;
    }
}

static enum err walk_node(struct walk *w, const struct trace_node *t)
{
    const struct rule_node *n = node_of(w, t);
    enum err e;

    if (is_met(w, t->node)) return ERR_OK;
    if (n->op == NODE_FIELD) return walk_field(w, t, n);
    if (n->op == NODE_IF) return walk_if(w, t);
    if (n->op == NODE_BANDS || n->op == NODE_MATCH) return walk_rows(w, t, n);
    if (n->op >= NODE_AGG_COUNT && n->op <= NODE_AGG_EACH) return walk_aggregate(w, t, n);
    e = walk_kids(w, t, n);
    int step = step_of(n, t);
    return e == ERR_OK && step >= 0 ? add_step(w, (enum step_kind)step, t) : e;
}

/* --- one clause, one indicator --- */

static void walk_begin(struct walk *w)
{
    w->stamp = ++w->last_stamp;
    w->steps = w->facts = w->awaits = (struct list){0};
    w->without_steps = false;
}

static struct explain_seen walk_seen(const struct walk *w)
{
    return (struct explain_seen){w->facts.items, w->facts.count, w->awaits.items, w->awaits.count};
}

static enum err explain_clause(struct walk *w, const struct trace_clause *t,
                               struct explain_clause *ret)
{
    enum err e = ERR_OK;

    w->steps = (struct list){0};
    w->without_steps = true;
    if (t->cond != NULL) e = walk_node(w, t->cond);
    w->without_steps = false;
    if (e == ERR_OK && t->applies.hi == 1) e = walk_node(w, t->body);
    *ret = (struct explain_clause){.t = t, .steps = w->steps.items, .step_count = w->steps.count};
    return e;
}

/* Which clause gave the points, and which gave less than another that was taken. */
static void mark_clauses(enum combine combine, struct explain_indicator *x)
{
    struct explain_clause *best = NULL;

    for (uint32_t i = 0; i < x->clause_count; i++) {
        struct explain_clause *c = &x->clauses[i];
        if (combine == COMBINE_HIGHEST) {
            if (best == NULL || c->t->given.lo > best->t->given.lo) best = c;
        } else {
            c->taken = c->t->applies.lo == 1;
        }
    }
    if (best == NULL) return;
    best->taken = true;
    for (uint32_t i = 0; i < x->clause_count; i++)
        x->clauses[i].lost =
            &x->clauses[i] != best && x->clauses[i].t->given.hi <= best->t->given.lo;
}

static enum err explain_indicator(struct walk *w, const struct trace_indicator *t,
                                  struct explain_indicator *ret)
{
    enum combine combine = w->e->rules->indicators[t->indicator].combine;
    struct explain_indicator x = {.t = t};

    walk_begin(w);
    x.clauses = ARENA_ARRAY(w->a, struct explain_clause, t->clause_count);
    if (x.clauses == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < t->clause_count; i++) {
        enum err e = explain_clause(w, &t->clauses[i], &x.clauses[x.clause_count++]);
        if (e != ERR_OK) return e;
        if (combine == COMBINE_ONE && t->clauses[i].applies.lo == 1) break;
    }
    mark_clauses(combine, &x);
    x.seen = walk_seen(w);
    if (t->steps.final.lo == t->steps.final.hi) x.seen.await_count = 0; /* it is settled */
    *ret = x;
    return ERR_OK;
}

/* Members of a highest-of group that another member outdoes. */
static void mark_lost_members(struct explanation *e)
{
    const struct plan *p = e->plan;

    for (uint32_t i = 0; i < p->indicator_count; i++) {
        int32_t group = p->rules->indicators[p->indicators[i].indicator].group;
        if (p->rules->groups[group].combine != COMBINE_HIGHEST) continue;
        for (uint32_t k = 0; k < p->indicator_count; k++) {
            struct interval mine = e->score.indicators[i], other = e->score.indicators[k];
            if (k == i || p->rules->indicators[p->indicators[k].indicator].group != group) continue;
            if (other.lo > mine.hi || (other.lo == mine.hi && k < i)) e->indicators[i].lost = true;
        }
    }
}

/* --- conditions --- */

static enum err add_lines(struct walk *w, const struct trace_node *t, struct list *lines)
{
    if (node_of(w, t)->op == NODE_AND && node_of(w, t)->name < 0) {
        enum err e = add_lines(w, t->kids[0], lines);
        return e == ERR_OK ? add_lines(w, t->kids[1], lines) : e;
    }
    const struct trace_node **line = list_add(w->a, lines, sizeof *line);
    if (line == NULL) return ERR_NOMEM;
    *line = t;
    return ERR_OK;
}

static enum err explain_condition(struct walk *w, const struct trace_condition *t,
                                  struct explain_condition *ret)
{
    struct list lines = {0};
    enum err e;

    walk_begin(w);
    w->without_steps = true;
    e = walk_node(w, t->cond);
    if (e == ERR_OK) e = add_lines(w, t->cond, &lines);
    *ret = (struct explain_condition){.t = t,
                                      .truth = t->cond->value,
                                      .lines = lines.items,
                                      .line_count = lines.count,
                                      .seen = walk_seen(w)};
    if (t->cond->value.lo == t->cond->value.hi) ret->seen.await_count = 0;
    return e;
}

static enum err explain_conditions(struct walk *w, const struct trace_condition *t, uint32_t count,
                                   struct explain_condition **ret)
{
    struct explain_condition *all = ARENA_ARRAY(w->a, struct explain_condition, count);
    enum err e = ERR_OK;

    if (all == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = explain_condition(w, &t[i], &all[i]);
    *ret = all;
    return e;
}

/* --- the whole --- */

static enum err gather_awaits(struct walk *w, const struct explain_seen *s)
{
    for (uint32_t i = 0; i < s->await_count; i++) {
        const struct explain_await *a = &s->awaits[i];
        enum err e = add_await(w, a->reg, a->field, a->is_silent);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static enum err explain_open(struct walk *w)
{
    struct explanation *e = w->e;
    enum err err = ERR_OK;

    walk_begin(w);
    if (e->home.status == STATUS_UNKNOWN)
        err = add_await(w, e->rules->force.reg, -1,
                        !population_answered(e->people, e->rules->force.reg, e->person));
    for (uint32_t i = 0; i < e->plan->indicator_count && err == ERR_OK; i++)
        err = gather_awaits(w, &e->indicators[i].seen);
    for (uint32_t i = 0; i < e->plan->veto_count && err == ERR_OK; i++)
        err = gather_awaits(w, &e->vetoes[i].seen);
    e->open = walk_seen(w);
    return err;
}

static enum err explain_trace(struct arena *a, struct explanation *e)
{
    struct walk w = {.a = a, .e = e};
    enum err err = ERR_OK;

    w.seen = ARENA_ARRAY(a, uint64_t, e->rules->node_count);
    e->indicators = ARENA_ARRAY(a, struct explain_indicator, e->plan->indicator_count);
    if (w.seen == NULL || e->indicators == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < e->plan->indicator_count && err == ERR_OK; i++)
        err = explain_indicator(&w, &e->trace->indicators[i], &e->indicators[i]);
    if (err == ERR_OK)
        err = explain_conditions(&w, e->trace->vetoes, e->plan->veto_count, &e->vetoes);
    if (err == ERR_OK)
        err = explain_conditions(&w, e->trace->gates, e->plan->gate_count, &e->gates);
    if (err != ERR_OK) return err;
    mark_lost_members(e);
    return explain_open(&w);
}

static enum err explain_chain(struct arena *a, struct explanation *e)
{
    e->chain = ARENA_ARRAY(a, int32_t, e->rules->scheme_count);
    if (e->chain == NULL) return ERR_NOMEM;
    for (int32_t s = e->plan->scheme; s >= 0 && e->chain_count < e->rules->scheme_count;
         s = e->rules->schemes[s].parent)
        e->chain[e->chain_count++] = s;
    return ERR_OK;
}

static enum err explain_score(struct arena *a, struct explanation *e)
{
    struct trace *trace = NULL;

    e->score.indicators = ARENA_ARRAY(a, struct interval, e->plan->indicator_count);
    e->score.groups = ARENA_ARRAY(a, struct interval, e->plan->group_count);
    e->score.gates = ARENA_ARRAY(a, struct interval, e->plan->gate_count);
    if (e->score.indicators == NULL || e->score.groups == NULL || e->score.gates == NULL)
        return ERR_NOMEM;
    enum err err = interp_score(a, e->plan, e->people, e->person, e->day, &e->score, &trace);
    e->trace = trace;
    if (err != ERR_OK || trace == NULL) return err;
    return explain_trace(a, e);
}

enum err explain_person(struct arena *a, const struct population *p, uint32_t person, int32_t day,
                        int32_t rule_day, const struct explanation **ret)
{
    struct explanation *e = ARENA_NEW(a, struct explanation);
    struct plan *plan;

    if (e == NULL) return ERR_NOMEM;
    e->rules = p->rules;
    e->people = p;
    e->person = person;
    e->day = day;
    e->rule_day = rule_day;
    e->home = home_of(p, person, day, rule_day);
    enum err err = plan_new(a, p->rules, e->home.scheme, rule_day, &plan);
    e->plan = plan;
    if (err == ERR_OK) err = explain_chain(a, e);
    if (err == ERR_OK) err = explain_score(a, e);
    if (err == ERR_OK) *ret = e;
    return err;
}

/* --- what others may ask --- */

const struct plan *explain_plan(const struct explanation *e)
{
    return e->plan;
}

const struct score *explain_score_of(const struct explanation *e)
{
    return &e->score;
}

struct home explain_home(const struct explanation *e)
{
    return e->home;
}

void explain_add_awaits(const struct explanation *e, enum lang lang, uint32_t at, struct buf *out)
{
    const struct say s = say_new(e, lang, out);
    const struct explain_seen *seen = &e->indicators[at].seen;

    for (uint32_t i = 0; i < seen->await_count; i++) {
        if (i > 0) say_c(&s, "；", "; ");
        say_await(&s, &seen->awaits[i]);
    }
}
