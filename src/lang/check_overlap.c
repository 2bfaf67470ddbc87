/* Clauses of one indicator against each other: two at once, days without any, exceptions in a
 * circle; and the proof that two conditions exclude each other.
 *
 * The proof: each condition as "one of these lists of facts" (disjunctive form, bounded); two lists
 * exclude each other when what they say together leaves some subject no value. A subject is any
 * expression with the same meaning (hash, then compared in full), of which a list says which values
 * it has, or a pair of expressions, of which it says how they compare. What is not understood says
 * nothing: the proof can fail, it cannot be wrong.
 *
 * Invariants: after this pass, at most one clause of an indicator that combines nothing applies,
 * or the order among those that may apply is declared. */
#include "lang/check_internal.h"

#include <string.h>

/* ---- same meaning ---- */

static bool node_same(const struct check *k, int32_t a, int32_t b)
{
    const struct rules *r = k->r;
    const struct rule_node *x = &r->nodes[a], *y = &r->nodes[b];

    if (a == b) return true;
    if (k->meta[a].hash != k->meta[b].hash) return false;
    if (x->op != y->op || !type_eq(x->type, y->type) || x->reg != y->reg ||
        x->domain != y->domain || x->field != y->field || x->field2 != y->field2 ||
        x->imm != y->imm || x->imm2 != y->imm2 || x->round != y->round || x->flags != y->flags ||
        x->window != y->window || x->window_a != y->window_a || x->window_b != y->window_b ||
        x->param != y->param || x->kid_count != y->kid_count || x->table_count != y->table_count)
        return false;
    if (x->table_count > 0 && memcmp(&r->table[x->table_first], &r->table[y->table_first],
                                     x->table_count * sizeof r->table[0]) != 0)
        return false;
    for (uint32_t i = 0; i < x->kid_count; i++)
        if (!node_same(k, (int32_t)r->kids[x->kid_first + i], (int32_t)r->kids[y->kid_first + i]))
            return false;
    return true;
}

/* ---- facts ---- */

#define RANGES_MAX 64u
#define FACTS_MAX 16u
#define LISTS_MAX 64u

/* What a list says of one subject: it lies in one of the ranges; or of two: which of <, =, > (bits
 * 1, 2, 4) may hold between them. */
struct fact {
    int32_t a, b; /* b = -1: of one subject */
    uint32_t relation;
    uint32_t range_count;
    const struct range *ranges;
};

struct list {
    uint32_t count;
    struct fact facts[FACTS_MAX];
};

struct lists {
    uint32_t count;
    struct list *items; /* LISTS_MAX */
    bool overflow;      /* too many: nothing can be said */
};

static struct lists lists_new(struct check *k)
{
    struct lists l = {.items = ARENA_ARRAY(k->a, struct list, LISTS_MAX)};

    if (l.items == NULL) {
        k->nomem = true;
        l.overflow = true;
    }
    return l;
}

static const struct range *ranges_keep(struct check *k, const struct range *r, uint32_t count)
{
    struct range *copy = ARENA_ARRAY(k->a, struct range, count);

    if (copy == NULL)
        k->nomem = true;
    else
        memcpy(copy, r, count * sizeof *r);
    return copy;
}

static struct lists lists_one(struct check *k, struct fact f)
{
    struct lists l = lists_new(k);

    if (l.overflow) return l;
    l.count = 1;
    l.items[0].count = 1;
    l.items[0].facts[0] = f;
    return l;
}

/* Nothing is said: holds always as far as we know. */
static struct lists lists_any(struct check *k)
{
    struct lists l = lists_new(k);

    if (!l.overflow) l.count = 1;
    return l;
}

static bool is_fixed(const struct rule_node *n)
{
    return n->op == NODE_CONST && n->param < 0;
}

static enum node_op mirrored(enum node_op op)
{
    switch ((int)op) {
    case NODE_GE:
        return NODE_LE;
    case NODE_LE:
        return NODE_GE;
    case NODE_GT:
        return NODE_LT;
    case NODE_LT:
        return NODE_GT;
    default:
        return op;
    }
}

static enum node_op negated(enum node_op op)
{
    switch ((int)op) {
    case NODE_GE:
        return NODE_LT;
    case NODE_LE:
        return NODE_GT;
    case NODE_GT:
        return NODE_LE;
    case NODE_LT:
        return NODE_GE;
    case NODE_EQ:
        return NODE_NE;
    default:
        return NODE_EQ;
    }
}

static struct lists fact_ranges(struct check *k, int32_t subject, const struct range *r,
                                uint32_t count)
{
    const struct range *kept = ranges_keep(k, r, count);

    if (kept == NULL) return lists_new(k);
    return lists_one(k, (struct fact){.a = subject, .b = -1, .range_count = count, .ranges = kept});
}

static struct lists fact_against(struct check *k, enum node_op op, int32_t subject, int64_t v)
{
    struct range r[2] = {{INT64_MIN, INT64_MAX}, {0, 0}};
    uint32_t count = 1;

    switch ((int)op) {
    case NODE_GE:
        r[0].lo = v;
        break;
    case NODE_LE:
        r[0].hi = v;
        break;
    case NODE_GT:
        r[0].lo = v < INT64_MAX ? v + 1 : v;
        break;
    case NODE_LT:
        r[0].hi = v > INT64_MIN ? v - 1 : v;
        break;
    case NODE_EQ:
        r[0] = (struct range){v, v};
        break;
    default:
        if (v == INT64_MIN || v == INT64_MAX) break;
        r[0].hi = v - 1;
        r[1] = (struct range){v + 1, INT64_MAX};
        count = 2;
        break;
    }
    return fact_ranges(k, subject, r, count);
}

static uint32_t relation_of(enum node_op op)
{
    switch ((int)op) {
    case NODE_GE:
        return 2 | 4;
    case NODE_LE:
        return 2 | 1;
    case NODE_GT:
        return 4;
    case NODE_LT:
        return 1;
    case NODE_EQ:
        return 2;
    default:
        return 1 | 4;
    }
}

static struct lists facts_compare(struct check *k, const struct rule_node *n, bool positive)
{
    int32_t a = (int32_t)k->r->kids[n->kid_first], b = (int32_t)k->r->kids[n->kid_first + 1];
    enum node_op op = positive ? n->op : negated(n->op);

    if (is_fixed(node_at(k, b))) return fact_against(k, op, a, node_at(k, b)->imm);
    if (is_fixed(node_at(k, a))) return fact_against(k, mirrored(op), b, node_at(k, a)->imm);
    return lists_one(k, (struct fact){.a = a, .b = b, .relation = relation_of(op)});
}

static struct lists facts_within(struct check *k, const struct rule_node *n, bool positive)
{
    const int64_t *t = &k->r->table[n->table_first];
    struct range r[RANGES_MAX];
    uint32_t count = 0, pairs = n->table_count / 2;
    int64_t next = INT64_MIN;

    if (pairs + 1 > RANGES_MAX) return lists_any(k);
    for (uint32_t i = 0; i < pairs; i++) {
        struct range x = {t[2 * i], t[2 * i + 1]};
        if (positive)
            r[count++] = x;
        else if (x.lo > next)
            r[count++] = (struct range){next, x.lo - 1};
        if (x.hi == INT64_MAX) return fact_ranges(k, (int32_t)k->r->kids[n->kid_first], r, count);
        next = x.hi + 1;
    }
    if (!positive) r[count++] = (struct range){next, INT64_MAX};
    return fact_ranges(k, (int32_t)k->r->kids[n->kid_first], r, count);
}

static struct lists lists_or(struct check *k, struct lists a, struct lists b)
{
    struct lists l = lists_new(k);

    if (a.overflow || b.overflow || l.overflow || a.count + b.count > LISTS_MAX) {
        l.overflow = true;
        return l;
    }
    if (a.count > 0) memcpy(l.items, a.items, a.count * sizeof *a.items);
    if (b.count > 0) memcpy(l.items + a.count, b.items, b.count * sizeof *b.items);
    l.count = a.count + b.count;
    return l;
}

/* Facts beyond the room are dropped: a weaker list is still true. */
static struct lists lists_and(struct check *k, struct lists a, struct lists b)
{
    struct lists l = lists_new(k);

    if (l.overflow || (a.overflow && b.overflow)) {
        l.overflow = true;
        return l;
    }
    if (a.overflow) return b;
    if (b.overflow) return a;
    if (a.count * b.count > LISTS_MAX) return a.count <= b.count ? a : b;
    for (uint32_t i = 0; i < a.count; i++)
        for (uint32_t j = 0; j < b.count; j++) {
            struct list *x = &l.items[l.count++];
            *x = a.items[i];
            for (uint32_t f = 0; f < b.items[j].count && x->count < FACTS_MAX; f++)
                x->facts[x->count++] = b.items[j].facts[f];
        }
    return l;
}

static struct lists facts_of(struct check *k, int32_t node, bool positive)
{
    const struct rule_node *n = node_at(k, node);
    const uint32_t *kids = &k->r->kids[n->kid_first];
    struct range yes = {positive, positive};

    if (k->nomem) return lists_new(k);
    switch ((int)n->op) {
    case NODE_GE:
    case NODE_LE:
    case NODE_GT:
    case NODE_LT:
    case NODE_EQ:
    case NODE_NE:
        return facts_compare(k, n, positive);
    case NODE_IN_RANGES:
        return facts_within(k, n, positive);
    case NODE_NOT:
        return facts_of(k, (int32_t)kids[0], !positive);
    case NODE_AND:
    case NODE_OR: {
        struct lists a = facts_of(k, (int32_t)kids[0], positive);
        struct lists b = facts_of(k, (int32_t)kids[1], positive);
        return (n->op == NODE_AND) == positive ? lists_and(k, a, b) : lists_or(k, a, b);
    }
    case NODE_CONST:
        if (n->param < 0 && (n->imm != 0) != positive) return lists_new(k); /* never: no list */
        return lists_any(k);
    default:
        return fact_ranges(k, node, &yes, 1);
    }
}

/* ---- contradiction ---- */

/* Everything that is said at once: the facts of two lists. */
struct all {
    struct check *k;
    const struct fact *facts[2 * FACTS_MAX];
    struct range hull[2 * FACTS_MAX]; /* of a fact's subject, after all facts about it */
    uint32_t count;
};

static void all_add(struct all *s, const struct list *x)
{
    for (uint32_t i = 0; i < x->count; i++)
        s->facts[s->count++] = &x->facts[i];
}

/* What two sorted sets of ranges share; false: more than there is room for. */
static bool ranges_cut(struct range *r, uint32_t *count, const struct fact *f)
{
    struct range out[RANGES_MAX];
    uint32_t n = 0;

    for (uint32_t i = 0; i < *count; i++)
        for (uint32_t j = 0; j < f->range_count; j++) {
            int64_t lo = r[i].lo > f->ranges[j].lo ? r[i].lo : f->ranges[j].lo;
            int64_t hi = r[i].hi < f->ranges[j].hi ? r[i].hi : f->ranges[j].hi;
            if (lo > hi) continue;
            if (n == RANGES_MAX) return false;
            out[n++] = (struct range){lo, hi};
        }
    memcpy(r, out, n * sizeof *r);
    *count = n;
    return true;
}

/* All facts about the subject of fact `at` together leave it no value; else the hull of those. */
static bool subject_is_empty(struct all *s, uint32_t at)
{
    const struct fact *f = s->facts[at];
    const struct rule_node *n = node_at(s->k, f->a);
    struct range r[RANGES_MAX] = {{n->lo, n->hi}};
    uint32_t count = 1;

    for (uint32_t i = 0; i < s->count; i++) {
        const struct fact *g = s->facts[i];
        if (g->b >= 0 || !node_same(s->k, f->a, g->a)) continue;
        if (!ranges_cut(r, &count, g)) return false;
        if (count == 0) return true;
    }
    s->hull[at] = (struct range){r[0].lo, r[count - 1].hi};
    return false;
}

static struct range hull_of(const struct all *s, int32_t node)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->facts[i]->b < 0 && node_same(s->k, s->facts[i]->a, node)) return s->hull[i];
    return (struct range){node_at(s->k, node)->lo, node_at(s->k, node)->hi};
}

static uint32_t swapped(uint32_t relation)
{
    return (relation & 2) | (relation & 1) << 2 | relation >> 2;
}

/* Of <, =, > between the pair of fact `at`, which do all facts together allow? None: empty. */
static bool pair_is_empty(const struct all *s, uint32_t at)
{
    const struct fact *f = s->facts[at];
    struct range a = hull_of(s, f->a), b = hull_of(s, f->b);
    uint32_t left =
        f->relation & ((a.lo < b.hi ? 1u : 0u) | (a.lo <= b.hi && b.lo <= a.hi ? 2u : 0u) |
                       (a.hi > b.lo ? 4u : 0u));

    if (node_same(s->k, f->a, f->b)) left &= 2;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct fact *g = s->facts[i];
        if (g->b < 0) continue;
        if (node_same(s->k, f->a, g->a) && node_same(s->k, f->b, g->b)) left &= g->relation;
        if (node_same(s->k, f->a, g->b) && node_same(s->k, f->b, g->a))
            left &= swapped(g->relation);
    }
    return left == 0;
}

static bool lists_clash(struct check *k, const struct list *x, const struct list *y)
{
    struct all s = {.k = k};

    all_add(&s, x);
    all_add(&s, y);
    for (uint32_t i = 0; i < s.count; i++)
        s.hull[i] = (struct range){INT64_MIN, INT64_MAX};
    for (uint32_t i = 0; i < s.count; i++)
        if (s.facts[i]->b < 0 && subject_is_empty(&s, i)) return true;
    for (uint32_t i = 0; i < s.count; i++)
        if (s.facts[i]->b >= 0 && pair_is_empty(&s, i)) return true;
    return false;
}

static bool lists_exclude(struct check *k, int32_t a, int32_t b)
{
    struct lists x = facts_of(k, a, true), y = facts_of(k, b, true);

    if (x.overflow || y.overflow || k->nomem) return false;
    for (uint32_t i = 0; i < x.count; i++)
        for (uint32_t j = 0; j < y.count; j++)
            if (!lists_clash(k, &x.items[i], &y.items[j])) return false;
    return true;
}

#define SCRATCH_BYTES (64u << 20)

bool check_disjoint(struct check *k, int32_t a, int32_t b)
{
    struct arena *outer = k->a, scratch;
    bool result;

    if (a < 0 || b < 0) return false;
    arena_init(&scratch, SCRATCH_BYTES);
    k->a = &scratch;
    result = lists_exclude(k, a, b);
    k->a = outer;
    arena_done(&scratch);
    return result;
}

/* ---- clauses ---- */

bool clause_precedes(const struct rules *r, int32_t a, int32_t b)
{
    uint32_t steps = 0;

    while (a >= 0 && steps++ <= r->clause_count) {
        a = r->clauses[a].exception_to;
        if (a == b) return true;
    }
    return false;
}

static bool in_circle(const struct rules *r, int32_t c)
{
    return clause_precedes(r, c, c);
}

static void check_pair(struct check *k, int32_t a, int32_t b)
{
    const struct rules *r = k->r;
    const struct rule_clause *x = &r->clauses[a], *y = &r->clauses[b];
    int32_t from = x->from > y->from ? x->from : y->from, to = x->to < y->to ? x->to : y->to;

    if (from > to || x->body < 0 || y->body < 0) return;
    if (!rules_in_chain(r, x->scheme, y->scheme) && !rules_in_chain(r, y->scheme, x->scheme))
        return;
    if (clause_precedes(r, a, b) || clause_precedes(r, b, a)) return;
    if (check_disjoint(k, x->cond, y->cond)) return;
    check_enter(k, y->scheme);
    k->heading = y->basis;
    FINDING(k, MSG_CLAUSES_AT_ONCE, y->pos, x->pos, text_name(k, &y->name), text_name(k, &x->name),
            text_days(k, from, to));
}

/* First day in [from, to] on which no clause of the indicator's own scheme is in force. */
static int64_t first_day_without(const struct rules *r, const struct rule_indicator *ind)
{
    int64_t day = ind->from;
    bool moved = true;

    while (moved && day <= ind->to) {
        moved = false;
        for (uint32_t i = 0; i < ind->clause_count; i++) {
            const struct rule_clause *c = &r->clauses[ind->clause_first + i];
            if (c->scheme != ind->scheme || c->from > day || c->to < day) continue;
            day = (int64_t)c->to + 1;
            moved = true;
        }
    }
    return day;
}

static void check_indicator(struct check *k, const struct rule_indicator *ind)
{
    int64_t gap;

    check_enter(k, ind->scheme);
    k->heading = ind->basis;
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        int32_t c = (int32_t)(ind->clause_first + i);
        if (!in_circle(k->r, c)) continue;
        FINDING(k, MSG_EXCEPTION_CIRCLE, k->r->clauses[c].pos,
                k->r->clauses[k->r->clauses[c].exception_to].pos,
                text_name(k, &k->r->clauses[c].name));
        return;
    }
    if (ind->combine != COMBINE_ONE) return;
    gap = first_day_without(k->r, ind);
    if (gap <= ind->to)
        FINDING(k, MSG_CLAUSE_GAP, ind->pos, NO_POS, text_name(k, &ind->name),
                text_day(k, (int32_t)gap));
    for (uint32_t i = 0; i < ind->clause_count && !k->nomem; i++)
        for (uint32_t j = i + 1; j < ind->clause_count && !k->nomem; j++)
            check_pair(k, (int32_t)(ind->clause_first + i), (int32_t)(ind->clause_first + j));
}

void check_clauses(struct check *k)
{
    for (uint32_t i = 0; i < k->r->indicator_count && !k->nomem; i++)
        check_indicator(k, &k->r->indicators[i]);
}
