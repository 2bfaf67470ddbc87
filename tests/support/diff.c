/* Comparing the evaluators: every figure of every person, whatever the machine's options. */
#include "diff.h"

#include <stdio.h>
#include <string.h>

/* Result columns of a plan, all in one arena. */
struct table {
    struct score_columns c;
    uint32_t count;
};

struct job {
    struct arena *a;
    const struct population *p;
    const struct plan *plan;
    int32_t day;
    struct table expected, got;
    struct diff_found *found;
};

static int64_t **columns_new(struct arena *a, uint32_t n, uint32_t count)
{
    int64_t **t = ARENA_ARRAY(a, int64_t *, n);
    for (uint32_t i = 0; t && i < n; i++)
        if (!(t[i] = ARENA_ARRAY(a, int64_t, count))) return NULL;
    return t;
}

static uint8_t **bytes_new(struct arena *a, uint32_t n, uint32_t count)
{
    uint8_t **t = ARENA_ARRAY(a, uint8_t *, n);
    for (uint32_t i = 0; t && i < n; i++)
        if (!(t[i] = ARENA_ARRAY(a, uint8_t, count))) return NULL;
    return t;
}

static bool table_new(struct arena *a, const struct plan *plan, uint32_t count, struct table *ret)
{
    struct score_columns *c = &ret->c;
    ret->count = count;
    c->status = ARENA_ARRAY(a, int32_t, count);
    c->in_force = ARENA_ARRAY(a, uint8_t, count);
    c->error = ARENA_ARRAY(a, uint8_t, count);
    c->total_lo = ARENA_ARRAY(a, int64_t, count);
    c->total_hi = ARENA_ARRAY(a, int64_t, count);
    c->indicators_lo = columns_new(a, plan->indicator_count, count);
    c->indicators_hi = columns_new(a, plan->indicator_count, count);
    c->groups_lo = columns_new(a, plan->group_count, count);
    c->groups_hi = columns_new(a, plan->group_count, count);
    c->gates_lo = bytes_new(a, plan->gate_count, count);
    c->gates_hi = bytes_new(a, plan->gate_count, count);
    return c->status && c->in_force && c->error && c->total_lo && c->total_hi && c->indicators_lo &&
           c->indicators_hi && c->groups_lo && c->groups_hi && c->gates_lo && c->gates_hi;
}

/* --- the interpreter --- */

static bool score_new(struct arena *a, const struct plan *plan, struct score *ret)
{
    ret->indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count);
    ret->groups = ARENA_ARRAY(a, struct interval, plan->group_count);
    ret->gates = ARENA_ARRAY(a, struct interval, plan->gate_count);
    return ret->indicators && ret->groups && ret->gates;
}

static void table_put(struct table *t, const struct plan *plan, uint32_t i, const struct score *s)
{
    t->c.status[i] = s->status;
    t->c.in_force[i] = s->in_force;
    t->c.error[i] = (uint8_t)s->error;
    t->c.total_lo[i] = s->total.lo;
    t->c.total_hi[i] = s->total.hi;
    for (uint32_t k = 0; k < plan->indicator_count; k++) {
        t->c.indicators_lo[k][i] = s->indicators[k].lo;
        t->c.indicators_hi[k][i] = s->indicators[k].hi;
    }
    for (uint32_t k = 0; k < plan->group_count; k++) {
        t->c.groups_lo[k][i] = s->groups[k].lo;
        t->c.groups_hi[k][i] = s->groups[k].hi;
    }
    for (uint32_t k = 0; k < plan->gate_count; k++) {
        t->c.gates_lo[k][i] = (uint8_t)s->gates[k].lo;
        t->c.gates_hi[k][i] = (uint8_t)s->gates[k].hi;
    }
}

static enum err interpret_all(struct job *j)
{
    struct score s = {0};
    if (!score_new(j->a, j->plan, &s)) return ERR_NOMEM;
    for (uint32_t i = 0; i < j->p->count; i++) {
        struct arena tmp;
        arena_init(&tmp, 0);
        const enum err e = interp_score(&tmp, j->plan, j->p, i, j->day, &s, NULL);
        arena_done(&tmp);
        if (e != ERR_OK) return e;
        table_put(&j->expected, j->plan, i, &s);
    }
    return ERR_OK;
}

/* --- comparing --- */

static void report(struct job *j, uint32_t person, const char *what, int64_t expected, int64_t got,
                   const char *how)
{
    if (j->found->differs) return;
    j->found->differs = true;
    j->found->scheme = j->plan->scheme;
    j->found->person = person;
    snprintf(j->found->text, sizeof j->found->text, "%s: interpreter %lld, machine %lld (%s)", what,
             (long long)expected, (long long)got, how);
}

static void compare_column(struct job *j, const char *what, uint32_t index, const int64_t *expected,
                           const int64_t *got, const uint32_t *persons, const char *how)
{
    char name[40];
    for (uint32_t k = 0; k < j->p->count && !j->found->differs; k++) {
        const uint32_t i = persons ? persons[k] : k;
        if (expected[i] == got[k]) continue;
        snprintf(name, sizeof name, "%s %u", what, index);
        report(j, i, name, expected[i], got[k], how);
    }
}

static void compare_status(struct job *j, const uint32_t *persons, const char *how)
{
    const struct score_columns *x = &j->expected.c, *y = &j->got.c;
    for (uint32_t k = 0; k < j->p->count; k++) {
        const uint32_t i = persons ? persons[k] : k;
        if (x->error[i] != y->error[k]) report(j, i, "error", x->error[i], y->error[k], how);
        if (x->status[i] != y->status[k]) report(j, i, "status", x->status[i], y->status[k], how);
        if (x->in_force[i] != y->in_force[k])
            report(j, i, "in force", x->in_force[i], y->in_force[k], how);
        for (uint32_t g = 0; g < j->plan->gate_count; g++) {
            if (x->gates_lo[g][i] != y->gates_lo[g][k])
                report(j, i, "gate lo", x->gates_lo[g][i], y->gates_lo[g][k], how);
            if (x->gates_hi[g][i] != y->gates_hi[g][k])
                report(j, i, "gate hi", x->gates_hi[g][i], y->gates_hi[g][k], how);
        }
    }
}

static void compare(struct job *j, const uint32_t *persons, const char *how)
{
    const struct score_columns *x = &j->expected.c, *y = &j->got.c;
    compare_status(j, persons, how);
    for (uint32_t k = 0; k < j->plan->indicator_count; k++) {
        compare_column(j, "indicator lo", k, x->indicators_lo[k], y->indicators_lo[k], persons,
                       how);
        compare_column(j, "indicator hi", k, x->indicators_hi[k], y->indicators_hi[k], persons,
                       how);
    }
    for (uint32_t k = 0; k < j->plan->group_count; k++) {
        compare_column(j, "group lo", k, x->groups_lo[k], y->groups_lo[k], persons, how);
        compare_column(j, "group hi", k, x->groups_hi[k], y->groups_hi[k], persons, how);
    }
    compare_column(j, "total lo", 0, x->total_lo, y->total_lo, persons, how);
    compare_column(j, "total hi", 0, x->total_hi, y->total_hi, persons, how);
}

static enum err machine(struct job *j, const struct vm_options *o, const uint32_t *persons)
{
    struct vm *vm = NULL;
    struct vm_state *s = NULL;
    char how[80];
    enum err e = vm_new(j->a, j->plan, j->day, o, &vm);
    if (e == ERR_OK) e = vm_state_new(vm, &s);
    if (e == ERR_OK) e = vm_run(vm, s, j->p, persons, 0, j->p->count, &j->got.c, 0);
    if (e == ERR_OK) {
        snprintf(how, sizeof how, "%s, chunk %u%s", vm_lanes_name(vm), o->chunk,
                 persons ? ", gathered" : "");
        compare(j, persons, how);
    }
    vm_state_free(s);
    return e;
}

/* Every person once, in another order. */
static const uint32_t *shuffled(struct arena *a, uint32_t n)
{
    uint32_t *order = ARENA_ARRAY(a, uint32_t, n);
    uint32_t step = n / 2 + n / 8 + 1;
    if (!order) return NULL;
    for (uint32_t x = n, y = step; y; step = y) { /* nearest step without a common divisor */
        x = n;
        y = step;
        while (y) {
            const uint32_t rest = x % y;
            x = y;
            y = rest;
        }
        if (x == 1) break;
        y = step + 1;
    }
    for (uint32_t i = 0, at = n / 3; i < n; i++, at = (at + step) % n)
        order[i] = at;
    return order;
}

static enum err machines(struct job *j, enum diff_depth depth)
{
    static const struct vm_options OPTIONS[] = {
        {.chunk = 1024},
        {.chunk = 3, .lanes = VM_LANES_PORTABLE},
        {.chunk = 61, .lanes = VM_LANES_AVX2},
        {.chunk = 1024, .force_wide_ints = true},
        {.chunk = 7, .lanes = VM_LANES_PORTABLE, .force_wide_ints = true},
    };
    const size_t n = depth == DIFF_ONE ? 1 : sizeof OPTIONS / sizeof OPTIONS[0];
    enum err e = ERR_OK;
    for (size_t i = 0; i < n && e == ERR_OK; i++)
        e = machine(j, &OPTIONS[i], NULL);
    if (depth == DIFF_ONE || e != ERR_OK || j->p->count == 0) return e;
    const uint32_t *order = shuffled(j->a, j->p->count);
    if (!order) return ERR_NOMEM;
    e = machine(j, &OPTIONS[0], order);
    return e == ERR_OK ? machine(j, &OPTIONS[1], order) : e;
}

/* The same population with counts instead of offsets. */
static enum err packed(struct arena *a, const struct population *p, struct population *ret)
{
    enum err e = ERR_OK;
    *ret = *p;
    ret->regs = ARENA_ARRAY(a, struct register_data, p->rules->reg_count);
    if (!ret->regs) return ERR_NOMEM;
    for (uint32_t i = 0; i < p->rules->reg_count && e == ERR_OK; i++) {
        ret->regs[i] = p->regs[i];
        if (p->regs[i].off) e = population_pack_rows(a, p->regs[i].off, p->count, &ret->regs[i]);
    }
    return e;
}

static enum err job_run(struct job *j, enum diff_depth depth)
{
    if (!table_new(j->a, j->plan, j->p->count, &j->expected) ||
        !table_new(j->a, j->plan, j->p->count, &j->got))
        return ERR_NOMEM;
    struct population counts;
    enum err e = interpret_all(j);
    if (e == ERR_OK) e = machines(j, depth);
    if (depth == DIFF_ONE || e != ERR_OK) return e;
    e = packed(j->a, j->p, &counts);
    j->p = &counts;
    return e == ERR_OK ? machines(j, DIFF_ONE) : e;
}

enum err diff_evaluators(const struct population *p, int32_t day, int32_t rule_day,
                         enum diff_depth depth, struct diff_found *ret)
{
    enum err e = ERR_OK;
    *ret = (struct diff_found){0};
    for (uint32_t s = 0; s < p->rules->scheme_count && e == ERR_OK && !ret->differs; s++) {
        struct arena a;
        struct plan *plan = NULL;
        arena_init(&a, 0);
        e = plan_new(&a, p->rules, (int32_t)s, rule_day, &plan);
        if (e == ERR_OK) {
            struct job j = {.a = &a, .p = p, .plan = plan, .day = day, .found = ret};
            e = job_run(&j, depth);
        }
        arena_done(&a);
    }
    return e;
}

/* --- whole populations --- */

/* Where does the population's result differ from one person's score under his own scheme? */
static void compare_person(struct job *j, const struct population_scores *all, uint32_t i,
                           const struct score *s, const char *how)
{
    if (all->status[i] != s->status) report(j, i, "status", s->status, all->status[i], how);
    if (all->error[i] != (uint8_t)s->error) report(j, i, "error", s->error, all->error[i], how);
    if (all->total_lo[i] != s->total.lo)
        report(j, i, "total lo", s->total.lo, all->total_lo[i], how);
    if (all->total_hi[i] != s->total.hi)
        report(j, i, "total hi", s->total.hi, all->total_hi[i], how);
    for (uint32_t k = 0; k < j->plan->indicator_count; k++) {
        const int32_t at = j->plan->indicators[k].indicator;
        if (all->indicators_lo[at][i] != s->indicators[k].lo)
            report(j, i, "indicator lo", s->indicators[k].lo, all->indicators_lo[at][i], how);
        if (all->indicators_hi[at][i] != s->indicators[k].hi)
            report(j, i, "indicator hi", s->indicators[k].hi, all->indicators_hi[at][i], how);
    }
    for (uint32_t k = 0; k < j->plan->group_count; k++) {
        const int32_t at = j->plan->groups[k];
        if (all->groups_lo[at][i] != s->groups[k].lo)
            report(j, i, "group lo", s->groups[k].lo, all->groups_lo[at][i], how);
        if (all->groups_hi[at][i] != s->groups[k].hi)
            report(j, i, "group hi", s->groups[k].hi, all->groups_hi[at][i], how);
    }
}

static enum err compare_population(struct arena *a, const struct population *p, int32_t day,
                                   int32_t rule_day, const struct population_scores *all,
                                   uint32_t count, struct diff_found *ret)
{
    static const char *const HOW[] = {"1 thread", "3 threads, chunk 3", "2 threads, in two parts"};
    struct plan **plans = ARENA_ARRAY(a, struct plan *, p->rules->scheme_count);
    if (!plans) return ERR_NOMEM;
    for (uint32_t i = 0; i < p->count && !ret->differs; i++) {
        const struct home h = home_of(p, i, day, rule_day);
        struct score s = {0};
        struct arena tmp;
        if (h.scheme < 0) continue;
        struct plan **plan = &plans[h.scheme];
        enum err e = *plan ? ERR_OK : plan_new(a, p->rules, h.scheme, rule_day, plan);
        if (e != ERR_OK) return e;
        arena_init(&tmp, 0);
        e = score_new(&tmp, *plan, &s) ? interp_score(&tmp, *plan, p, i, day, &s, NULL) : ERR_NOMEM;
        struct job j = {.p = p, .plan = *plan, .found = ret};
        for (uint32_t v = 0; v < count && e == ERR_OK; v++) {
            if (all[v].scheme[i] != h.scheme)
                report(&j, i, "scheme", h.scheme, all[v].scheme[i], HOW[v]);
            compare_person(&j, &all[v], i, &s, HOW[v]);
        }
        arena_done(&tmp);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

/* The second part's columns behind the first's. */
static void join_parts(struct population_scores *x, const struct population_scores *y,
                       const struct population_scores *z, const struct rules *r)
{
    const size_t n = y->count, m = z->count;
#define JOIN(f)                                                                                    \
    memcpy(x->f, y->f, n * sizeof *x->f);                                                          \
    memcpy(x->f + n, z->f, m * sizeof *x->f)
    JOIN(status);
    JOIN(scheme);
    JOIN(error);
    JOIN(total_lo);
    JOIN(total_hi);
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        JOIN(indicators_lo[i]);
        JOIN(indicators_hi[i]);
    }
    for (uint32_t i = 0; i < r->group_count; i++) {
        JOIN(groups_lo[i]);
        JOIN(groups_hi[i]);
    }
#undef JOIN
}

enum err diff_population(const struct population *p, int32_t day, int32_t rule_day,
                         struct diff_found *ret)
{
    static const struct vm_options TINY = {.chunk = 3};
    struct population_scores all[3], first, second;
    struct arena a;
    const uint32_t half = p->count / 3;

    *ret = (struct diff_found){0};
    arena_init(&a, 0);
    enum err e = score_population(&a, p, day, rule_day, 1, NULL, NULL, NULL, &all[0]);
    if (e == ERR_OK) e = score_population(&a, p, day, rule_day, 3, &TINY, NULL, NULL, &all[1]);
    if (e == ERR_OK) e = score_population(&a, p, day, rule_day, 1, NULL, NULL, NULL, &all[2]);
    if (e == ERR_OK)
        e = score_population_part(&a, p, 0, half, day, rule_day, 2, NULL, NULL, NULL, &first);
    if (e == ERR_OK)
        e = score_population_part(&a, p, half, p->count - half, day, rule_day, 2, NULL, NULL, NULL,
                                  &second);
    if (e == ERR_OK) {
        join_parts(&all[2], &first, &second, p->rules);
        e = compare_population(&a, p, day, rule_day, all, 3, ret);
    }
    arena_done(&a);
    return e;
}
