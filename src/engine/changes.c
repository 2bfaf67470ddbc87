/* Differences of scores with their causes.
 *
 * Structure: the four states are compared pairwise; a step walks the later image's indicators in
 * their order, then those that only the earlier image has, then the rest of the total.
 *
 * Invariant: causes of a step sum to the difference of its totals, because the rest is made so. */
#include "engine/changes.h"

#include "engine/resident.h"
#include "engine/rules_match.h"

#define SCALE_MOST INT64_C(1000000000)

static const struct {
    const char *code;
    const char *text[LANG_COUNT];
} causes[CAUSE_COUNT] = {
#define CAUSE(id, zh, en) [CAUSE_##id] = {#id, {zh, en}},
#include "engine/change_cause.def"
#undef CAUSE
};

const char *change_cause_code(enum change_cause c)
{
    return causes[c].code;
}

const char *change_cause_text(enum change_cause c, enum lang lang)
{
    return causes[c].text[lang];
}

int points_places(int64_t scale)
{
    int places = 2;
    for (int64_t s = 100; s < scale; s *= 10)
        places++;
    return places;
}

/* --- which registers an indicator reads --- */

static bool node_reads(const struct rules *r, uint32_t node, const bool *of)
{
    const struct rule_node *n = &r->nodes[node];

    if (n->reg >= 0 && of[n->reg]) return true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (node_reads(r, r->kids[n->kid_first + i], of)) return true;
    return false;
}

bool changes_reads(const struct rules *r, int32_t indicator, const bool *of)
{
    const struct rule_indicator *ind = &r->indicators[indicator];

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *k = &r->clauses[ind->clause_first + i];
        if (k->cond >= 0 && node_reads(r, (uint32_t)k->cond, of)) return true;
        if (node_reads(r, (uint32_t)k->body, of)) return true;
    }
    return false;
}

/* --- rows that came and went --- */

static bool values_eq(const struct resident *x, const struct resident_fact *f,
                      const struct resident *y, const struct resident_fact *g)
{
    const struct rule_register *reg = &x->rules->regs[f->reg];

    for (uint32_t i = 0; i < reg->field_count; i++) {
        if (f->known[i] != g->known[i]) return false;
        if (!f->known[i]) continue;
        if (reg->fields[i].type.vt == VT_KEY && x->keys != NULL && y->keys != NULL) {
            if (!str_eq(x->keys[f->values[i]], y->keys[g->values[i]])) return false;
        } else if (f->values[i] != g->values[i]) {
            return false;
        }
    }
    return true;
}

/* Registers of facts of `x` that `y` has not; equal rows are counted one for one. */
static void mark_missing(const struct resident *x, const struct resident *y, bool *taken, bool *of)
{
    for (uint32_t i = 0; i < y->fact_count; i++)
        taken[i] = false;
    for (uint32_t i = 0; i < x->fact_count; i++) {
        uint32_t k = 0;
        while (k < y->fact_count && (taken[k] || y->facts[k].reg != x->facts[i].reg ||
                                     !values_eq(x, &x->facts[i], y, &y->facts[k])))
            k++;
        if (k < y->fact_count)
            taken[k] = true;
        else
            of[x->facts[i].reg] = true;
    }
}

enum err changes_mark_rows(struct arena *a, const struct population *before, uint32_t first,
                           const struct population *after, uint32_t second, bool *added,
                           bool *removed)
{
    struct resident x, y;

    INVARIANT(before->rules == after->rules);
    enum err e = resident_of(a, before, first, &x);
    if (e == ERR_OK) e = resident_of(a, after, second, &y);
    if (e != ERR_OK) return e;
    bool *taken = ARENA_ARRAY(a, bool, x.fact_count + y.fact_count);
    if (taken == NULL) return ERR_NOMEM;
    mark_missing(&y, &x, taken, added);
    mark_missing(&x, &y, taken, removed);
    for (uint32_t i = 0; i < before->rules->reg_count; i++) {
        if (x.silent[i] && !y.silent[i]) added[i] = true;
        if (!x.silent[i] && y.silent[i]) removed[i] = true;
    }
    return ERR_OK;
}

/* --- figures --- */

bool changes_deducts(const struct rules *r, int32_t indicator)
{
    for (int32_t g = r->indicators[indicator].group; g > 0; g = r->groups[g].parent)
        if (r->groups[g].deducts) return true;
    return false;
}

struct step {
    const struct change_state *from, *to;
    const struct rules *before, *after;
    int64_t scale;
    enum change_cause rise, fall; /* of an indicator */
};

static enum err scaled(int64_t v, int64_t own, int64_t scale, int64_t *ret)
{
    return __builtin_mul_overflow(v, scale / own, ret) ? ERR_OVERFLOW : ERR_OK;
}

/* An indicator's part in the total; 0 where it is not there or does not apply. */
static enum err figure(const struct change_state *s, int32_t indicator, int64_t scale, int64_t *ret)
{
    const struct rules *r = s->plan->rules;

    *ret = 0;
    if (indicator < 0) return ERR_OK;
    for (uint32_t i = 0; i < s->plan->indicator_count; i++) {
        if (s->plan->indicators[i].indicator != indicator) continue;
        const int64_t v = s->score->indicators[i].lo;
        if (v == INT64_MIN) return ERR_OVERFLOW;
        return scaled(changes_deducts(r, indicator) ? -v : v, r->scale, scale, ret);
    }
    return ERR_OK;
}

static enum err add_indicator(struct changes *x, const struct step *s, int32_t before,
                              int32_t after, int64_t *explained)
{
    struct change c = {.before = before, .after = after};
    int64_t delta;
    enum err e = figure(s->from, before, s->scale, &c.from);

    if (e == ERR_OK) e = figure(s->to, after, s->scale, &c.to);
    if (e != ERR_OK || c.from == c.to) return e;
    if (__builtin_sub_overflow(c.to, c.from, &delta) ||
        __builtin_add_overflow(*explained, delta, explained))
        return ERR_OVERFLOW;
    c.cause = delta < 0 ? s->fall : s->rise;
    if (c.cause == CAUSE_FACT && changes_reads(x->after, after, x->removed))
        c.cause = CAUSE_CORRECTION;
    x->items[x->count++] = c;
    return ERR_OK;
}

static bool permit_differs(const struct step *s)
{
    const struct score *a = s->from->score, *b = s->to->score;
    if (a->in_force != b->in_force) return true;
    if (s->before == s->after) return a->status != b->status;
    return !str_eq(score_status_word(s->before, a->status), score_status_word(s->after, b->status));
}

static enum err add_rest(struct changes *x, const struct step *s, int64_t explained)
{
    struct change c = {.before = -1, .after = -1};
    int64_t from, to;
    enum err e = scaled(s->from->score->total.lo, s->before->scale, s->scale, &from);

    if (e == ERR_OK) e = scaled(s->to->score->total.lo, s->after->scale, s->scale, &to);
    if (e != ERR_OK) return e;
    if (__builtin_sub_overflow(to, from, &c.to) || __builtin_sub_overflow(c.to, explained, &c.to))
        return ERR_OVERFLOW;
    if (c.to == 0) return ERR_OK;
    c.cause = permit_differs(s) ? CAUSE_PERMIT : CAUSE_CAP;
    x->items[x->count++] = c;
    return ERR_OK;
}

static enum err add_step(struct changes *x, const struct step *s)
{
    int64_t explained = 0;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < s->after->indicator_count && e == ERR_OK; i++)
        e = add_indicator(x, s, rules_indicator_of(s->before, s->after, (int32_t)i), (int32_t)i,
                          &explained);
    for (uint32_t i = 0; i < s->before->indicator_count && e == ERR_OK; i++)
        if (rules_indicator_of(s->after, s->before, (int32_t)i) < 0)
            e = add_indicator(x, s, (int32_t)i, -1, &explained);
    return e == ERR_OK ? add_rest(x, s, explained) : e;
}

enum err changes_between(struct arena *a, const struct change_state at[CHANGE_STATES],
                         const bool *added, const bool *removed, struct changes *ret)
{
    static const enum change_cause CAUSES[CHANGE_STATES][2] = {[1] = {CAUSE_RULE, CAUSE_RULE},
                                                               [2] = {CAUSE_TIME, CAUSE_EXPIRY},
                                                               [3] = {CAUSE_FACT, CAUSE_FACT}};
    const struct rules *before = at[0].plan->rules, *after = at[1].plan->rules;
    struct changes x = {.before = before,
                        .after = after,
                        .scale = before->scale > after->scale ? before->scale : after->scale,
                        .added = added,
                        .removed = removed};
    const size_t most =
        (CHANGE_STATES - 1) * ((size_t)before->indicator_count + after->indicator_count + 1);
    enum err e = scaled(at[0].score->total.lo, before->scale, x.scale, &x.from);

    INVARIANT(after == at[2].plan->rules && after == at[3].plan->rules && x.scale <= SCALE_MOST);
    if (e == ERR_OK) e = scaled(at[3].score->total.lo, after->scale, x.scale, &x.to);
    x.items = ARENA_ARRAY(a, struct change, most);
    x.one = ARENA_ARRAY(a, bool, after->reg_count);
    if (x.items == NULL || x.one == NULL) return ERR_NOMEM;
    for (int i = 1; i < CHANGE_STATES && e == ERR_OK; i++) {
        const struct step s = {.from = &at[i - 1],
                               .to = &at[i],
                               .before = at[i - 1].plan->rules,
                               .after = after,
                               .scale = x.scale,
                               .rise = CAUSES[i][0],
                               .fall = CAUSES[i][1]};
        e = add_step(&x, &s);
    }
    if (e == ERR_OK) *ret = x;
    return e;
}

/* --- words --- */

const struct rule_name *change_name(const struct changes *x, const struct change *c)
{
    if (c->after >= 0) return &x->after->indicators[c->after].name;
    if (c->before >= 0) return &x->before->indicators[c->before].name;
    return &x->after->groups[0].name;
}

/* "：社保缴纳（省人力社保厅）": which of the registers that differ the indicator reads. */
static void add_registers(struct buf *out, const struct changes *x, int32_t indicator,
                          enum lang lang)
{
    const bool zh = lang == LANG_ZH;
    bool any = false;

    for (uint32_t i = 0; i < x->after->reg_count; i++) {
        if (!(x->added[i] || x->removed[i])) continue;
        x->one[i] = true;
        const bool reads = changes_reads(x->after, indicator, x->one);
        x->one[i] = false;
        if (!reads) continue;
        const struct rule_register *reg = &x->after->regs[i];
        const struct str name = rules_name(&reg->name, lang);
        const struct str from = rules_label(&reg->supplier, lang);
        buf_add_c(out, any ? (zh ? "、" : ", ") : (zh ? "：" : ": "));
        buf_printf(out, zh ? "%.*s（%.*s）" : "%.*s (%.*s)", STR_ARG(name), STR_ARG(from));
        any = true;
    }
}

void change_add_text(struct buf *out, const struct changes *x, const struct change *c,
                     enum lang lang)
{
    buf_add_c(out, causes[c->cause].text[lang]);
    if (c->cause == CAUSE_FACT || c->cause == CAUSE_CORRECTION)
        add_registers(out, x, c->after, lang);
}
