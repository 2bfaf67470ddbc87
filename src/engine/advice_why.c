/* Advice: the clause a gain comes from, and the cap that leaves nothing of one.
 *
 * Both compare two traces of the interpreter, with and without the change, on the same day. */
#include "engine/advice_internal.h"
#include "engine/interp_internal.h"

struct two {
    struct traced without, with;
};

static void two_done(struct two *t)
{
    advice_traced_done(&t->with);
    advice_traced_done(&t->without);
}

/* Both traces; *ret_ok is false when one could not be scored or the rules differ. */
static enum err two_trace(struct advisor *v, const struct resident *who, int32_t day,
                          struct two *ret, bool *ret_ok)
{
    *ret = (struct two){.with.trace = NULL};
    arena_init(&ret->with.scratch, 0);
    enum err e = advice_traced(v, &v->me, day, false, &ret->without);
    if (e == ERR_OK) e = advice_traced(v, who, day, false, &ret->with);
    *ret_ok = e == ERR_OK && ret->with.trace != NULL && ret->without.trace != NULL &&
              ret->with.plan == ret->without.plan;
    return e;
}

static enum err apply_one(const struct advisor *v, const struct advice_change *c, struct arena *a,
                          struct resident *ret)
{
    uint32_t index = (uint32_t)(c - v->out->changes);
    return advice_apply(v, a, &index, 1, ret);
}

static int64_t rise(struct interval without, struct interval with)
{
    return with.lo - without.lo;
}

/* The clause taken, or of several the one that rises most. */
static int32_t clause_of(const struct rules *r, const struct trace_indicator *without,
                         const struct trace_indicator *with)
{
    int32_t best = -1;
    int64_t most = 0;

    if (r->indicators[with->indicator].combine == COMBINE_ONE)
        return with->taken >= 0 ? with->clauses[with->taken].clause : -1;
    for (uint32_t i = 0; i < with->clause_count; i++) {
        int64_t x = rise(without->clauses[i].given, with->clauses[i].given);
        if (x > most) {
            most = x;
            best = with->clauses[i].clause;
        }
    }
    return best;
}

static void attribute(const struct two *t, const struct rules *r, struct advice_change *c)
{
    int64_t most = 0;

    for (uint32_t i = 0; i < t->with.plan->indicator_count; i++) {
        const struct trace_indicator *x = &t->without.trace->indicators[i];
        const struct trace_indicator *y = &t->with.trace->indicators[i];
        int64_t up = rise(x->steps.final, y->steps.final);
        if (up <= most) continue;
        most = up;
        c->indicator = y->indicator;
        c->clause = clause_of(r, x, y);
    }
}

enum err advice_attribute(struct advisor *v, struct advice_change *c)
{
    struct arena scratch;
    struct resident who;
    struct two t;
    bool ok = false;

    arena_init(&scratch, 0);
    enum err e = apply_one(v, c, &scratch, &who);
    if (e == ERR_OK) {
        e = two_trace(v, &who, c->gain.day, &t, &ok);
        if (ok) attribute(&t, v->r, c);
        two_done(&t);
    }
    arena_done(&scratch);
    return e;
}

/* --- caps --- */

/* A cap inside a clause under which something rises and nothing comes out. */
static bool cap_inside(const struct rules *r, const struct trace_node *x,
                       const struct trace_node *y)
{
    const struct rule_node *n = &r->nodes[y->node];

    if (x->node != y->node) return false;
    if (n->op == NODE_MIN && rise(x->kids[0]->value, y->kids[0]->value) > 0 &&
        rise(x->value, y->value) == 0)
        return true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (x->kids[i] != NULL && y->kids[i] != NULL && cap_inside(r, x->kids[i], y->kids[i]))
            return true; /* as deep as NODE_DEPTH_MAX */
    return false;
}

static bool clause_capped(const struct rules *r, const struct trace_indicator *x,
                          const struct trace_indicator *y)
{
    for (uint32_t i = 0; i < y->clause_count; i++)
        if (cap_inside(r, x->clauses[i].body, y->clauses[i].body)) return true;
    return false;
}

/* Something rose before the cap and is level after it. */
static bool step_capped(const struct trace_steps *x, const struct trace_steps *y)
{
    return rise(x->raw, y->raw) > 0 && rise(x->capped, y->capped) == 0;
}

static bool find_cap(const struct two *t, const struct rules *r, struct advice_place *s)
{
    for (uint32_t i = 0; i < t->with.plan->indicator_count; i++) {
        const struct trace_indicator *x = &t->without.trace->indicators[i];
        const struct trace_indicator *y = &t->with.trace->indicators[i];
        if (!step_capped(&x->steps, &y->steps) && !clause_capped(r, x, y)) continue;
        s->cap_indicator = y->indicator;
        return true;
    }
    for (uint32_t i = 0; i < t->with.plan->group_count; i++) {
        const struct trace_group *y = &t->with.trace->groups[i];
        if (!step_capped(&t->without.trace->groups[i].steps, &y->steps)) continue;
        s->cap_group = y->group;
        return true;
    }
    return false;
}

/* A record that is added, with as much of every quantity as may be: only the least value of a
 * stretch is among the changes. */
static void enlarge(const struct rule_register *g, struct resident_fact *f)
{
    for (uint32_t i = 0; i < g->field_count; i++) {
        const struct rule_field *x = &g->fields[i];
        bool listed = x->type.vt == VT_LEVEL || x->type.vt == VT_CATEGORY || x->type.vt == VT_BOOL;
        if (x->changeable && x->role == ROLE_NONE && !listed) f->values[i] = x->hi;
    }
}

/* Would every change of the place take effect after the rules that serve the person have ended? */
static bool is_undecided(const struct advisor *v, const struct advice_place *s)
{
    const int32_t scheme = v->out->home.scheme;

    for (uint32_t i = 0; i < s->count; i++) {
        const struct advice_gain *g = &v->out->changes[s->first + i].gain;
        if (g->scored || scheme < 0 || g->day <= v->r->schemes[scheme].source.to) return false;
    }
    return true;
}

/* Looked for with the greatest change of the place. */
enum err advice_why_idle(struct advisor *v, struct advice_place *s)
{
    const struct advice_change *c;
    struct arena scratch;
    struct resident who;
    struct two t;
    bool ok = false;

    if (s->count == 0) return ERR_OK;
    if (is_undecided(v, s)) {
        s->idle = IDLE_UNDECIDED;
        return ERR_OK;
    }
    c = &v->out->changes[s->first + s->count - 1];
    arena_init(&scratch, 0);
    enum err e = apply_one(v, c, &scratch, &who);
    if (e == ERR_OK && c->adds) {
        struct resident_fact *f = &who.facts[who.fact_count - 1];
        e = advice_fact_copy(&scratch, v->r, &c->fact, f);
        if (e == ERR_OK) enlarge(&v->r->regs[c->reg], f);
    }
    if (e == ERR_OK) {
        e = two_trace(v, &who, c->gain.day, &t, &ok);
        if (ok && find_cap(&t, v->r, s)) s->idle = IDLE_CAP;
        two_done(&t);
    }
    arena_done(&scratch);
    return e;
}
