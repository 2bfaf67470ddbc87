/* Random residents over an image's catalogue, for properties and for comparing the evaluators.
 *
 * Every person has a stream of his own, seeded from (seed, number of the person), so that a person
 * is the same whatever stands around him. Values are drawn near the edges of the rules: the
 * constants, band limits and sets of the image are gathered per type first, and dates are put on
 * the scoring day, on days that are whole months or years before it, on month ends, and one day to
 * either side.
 *
 * Invariants: every value drawn is allowed in its field; a person has at most as many rows in a
 * register as it permits; spells do not overlap where they must not. */
#include "engine/check.h"

#include <string.h>

#include "base/date.h"
#include "base/division.h"

#define ROWS_MAX 12u    /* most rows of a person in a register */
#define EDGES_MAX 4096u /* most edges kept per type */
#define KEYS 4          /* different texts of key fields */

/* --- numbers: SplitMix64, one 64-bit state --- */

struct prng {
    uint64_t state;
};

static uint64_t prng_next(struct prng *g)
{
    uint64_t z = (g->state += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

__extension__ typedef unsigned __int128 wide;

/* 0 .. n-1 */
static uint64_t prng_below(struct prng *g, uint64_t n)
{
    return (uint64_t)(((wide)prng_next(g) * n) >> 64);
}

static bool prng_chance(struct prng *g, uint32_t per_1000)
{
    return prng_below(g, 1000) < per_1000;
}

/* lo .. hi, both included */
static int64_t prng_between(struct prng *g, int64_t lo, int64_t hi)
{
    uint64_t span = (uint64_t)hi - (uint64_t)lo;

    if (span == UINT64_MAX) return (int64_t)prng_next(g);
    return (int64_t)((uint64_t)lo + prng_below(g, span + 1));
}

/* --- edges: the numbers the rules mention, by type --- */

struct edges {
    int64_t *values;
    uint32_t count;
};

struct random_ctx {
    const struct rules *r;
    const struct random_options *o;
    struct prng g;
    struct edges edges[VT_COUNT_OF];
    int64_t *values;
    bool *known;
};

static void edge_add(struct edges *e, int64_t v)
{
    if (e->count >= EDGES_MAX) return;
    for (uint32_t i = 0; i < e->count; i++)
        if (e->values[i] == v) return;
    e->values[e->count++] = v;
}

static void edges_of_node(struct random_ctx *c, const struct rule_node *n)
{
    const struct rules *r = c->r;
    struct edges *own = &c->edges[n->type.vt];
    struct edges *kid = n->kid_count > 0 ? &c->edges[r->nodes[r->kids[n->kid_first]].type.vt] : own;

    if (n->op == NODE_CONST) {
        edge_add(own, n->imm);
    } else if (n->op == NODE_PER) {
        edge_add(kid, n->imm);
        edge_add(kid, 2 * (n->imm & INT32_MAX));
    } else if (n->op == NODE_BANDS || n->op == NODE_IN_RANGES) {
        for (uint32_t i = 0; i < n->table_count; i++)
            edge_add(kid, r->table[n->table_first + i]);
    }
}

static enum err edges_gather(struct arena *a, struct random_ctx *c)
{
    for (int t = 0; t < VT_COUNT_OF; t++) {
        c->edges[t].values = ARENA_ARRAY(a, int64_t, EDGES_MAX);
        if (c->edges[t].values == NULL) return ERR_NOMEM;
    }
    for (uint32_t i = 0; i < c->r->node_count; i++)
        edges_of_node(c, &c->r->nodes[i]);
    for (uint32_t i = 0; i < c->r->param_count; i++)
        for (uint32_t v = 0; v < c->r->params[i].value_count; v++)
            edge_add(&c->edges[c->r->params[i].type.vt], c->r->params[i].values[v].value);
    for (uint32_t s = 0; s < c->r->scheme_count; s++)
        edge_add(&c->edges[VT_DIVISION], c->r->schemes[s].division);
    return ERR_OK;
}

static bool edge_pick(struct random_ctx *c, enum value_type vt, int64_t *ret)
{
    const struct edges *e = &c->edges[vt];

    if (e->count == 0) return false;
    *ret = e->values[prng_below(&c->g, e->count)];
    return true;
}

/* --- values --- */

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static int32_t to_day(int64_t v)
{
    return (int32_t)clamp(v, DATE_FIRST, DATE_LAST);
}

/* Whole months before the day, as many as some length or age in the rules, or any number. */
static int32_t day_months_before(struct random_ctx *c)
{
    int64_t n = prng_between(&c->g, 0, 240), edge;
    enum month_rounding r = prng_chance(&c->g, 500) ? MONTH_NEXT : MONTH_CLAMP;

    if (prng_chance(&c->g, 500) && edge_pick(c, VT_MONTHS, &edge)) n = edge;
    return to_day(date_add_months(c->o->day, (int32_t)-clamp(n, 0, 12000), r));
}

static int32_t month_end_near(struct random_ctx *c)
{
    int32_t m = date_month(c->o->day) - (int32_t)prng_below(&c->g, 130);

    m = (int32_t)clamp(m, MONTH_FIRST, MONTH_LAST - 1);
    return month_first_day(m + 1) - 1;
}

static int32_t leap_day_near(struct random_ctx *c)
{
    int32_t year = date_to_civil(c->o->day).year;

    year = (int32_t)clamp((year & ~3) - 4 * (int32_t)prng_below(&c->g, 18), 4, 9996);
    return date_is_valid(year, 2, 29) ? date_from_civil(year, 2, 29) : c->o->day;
}

static int32_t random_day(struct random_ctx *c)
{
    int32_t day = c->o->day;
    int64_t edge = day;

    switch (prng_below(&c->g, 8)) {
    case 0:
        return to_day(day + prng_between(&c->g, -2, 2));
    case 1:
    case 2:
        return to_day(day_months_before(c) + prng_between(&c->g, -1, 1));
    case 3:
        return to_day(month_end_near(c) + prng_between(&c->g, -1, 1));
    case 4:
        return to_day(leap_day_near(c) + prng_between(&c->g, -1, 1));
    case 5:
        (void)edge_pick(c, VT_DATE, &edge);
        return to_day(clamp(edge, DATE_FIRST, DATE_LAST) + prng_between(&c->g, -1, 1));
    default:
        return to_day(day - prng_between(&c->g, -200, 12 * 365));
    }
}

/* On, just before or just after a birthday that some band of ages mentions. */
static int32_t random_birth(struct random_ctx *c)
{
    int64_t age = prng_between(&c->g, 14, 80), edge;

    if (prng_chance(&c->g, 500) && edge_pick(c, VT_AGE, &edge)) age = clamp(edge, 0, 120);
    if (prng_chance(&c->g, 150)) return leap_day_near(c);
    int32_t months = (int32_t)(-12 * age);
    int32_t day = date_add_months(c->o->day, months, MONTH_CLAMP);
    if (prng_chance(&c->g, 500)) return to_day(day + prng_between(&c->g, -1, 1));
    return to_day(day - prng_between(&c->g, 0, 365));
}

static int64_t random_division(struct random_ctx *c, const struct rule_field *f)
{
    size_t count;
    const struct division *table = division_table(&count);
    int64_t edge = 0;

    if (prng_chance(&c->g, 500) && edge_pick(c, VT_DIVISION, &edge) && edge >= f->lo &&
        edge <= f->hi && division_is_known((int32_t)edge))
        return edge;
    if (prng_chance(&c->g, 100)) return 310115;
    return count > 0 ? table[prng_below(&c->g, count)].code : 330106;
}

static int64_t random_amount(struct random_ctx *c, const struct rule_field *f)
{
    int64_t edge, hi = f->hi;

    if (prng_chance(&c->g, 500) && edge_pick(c, f->type.vt, &edge))
        return clamp(edge, INT32_MIN, INT64_MAX / 2) + prng_between(&c->g, -1, 1);
    switch (prng_below(&c->g, 4)) {
    case 0:
        return c->o->plausible ? f->lo : hi;
    case 1:
        return f->lo;
    case 2:
        return prng_between(&c->g, f->lo,
                            clamp(hi, f->lo, f->lo < INT64_MAX / 2 ? f->lo + 50 : hi));
    default:
        return prng_between(&c->g, f->lo, c->o->plausible ? clamp(hi, f->lo, 1000000) : hi);
    }
}

static bool is_birth(const struct rule_register *reg, const struct rule_field *f)
{
    return reg->one_per_person && f->role == ROLE_NONE && f->type.vt == VT_DATE;
}

static int64_t random_value(struct random_ctx *c, const struct rule_register *reg,
                            const struct rule_field *f)
{
    switch (f->type.vt) {
    case VT_DATE:
        return is_birth(reg, f) ? random_birth(c) : random_day(c);
    case VT_MONTH:
        return date_month(random_day(c));
    case VT_DIVISION:
        return random_division(c, f);
    case VT_KEY:
        return prng_between(&c->g, 0, KEYS - 1);
    case VT_BOOL:
    case VT_LEVEL:
    case VT_CATEGORY:
        return prng_between(&c->g, f->lo, f->hi);
    case VT_INT:
    case VT_POINTS:
    case VT_MONEY:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
    case VT_SHARE:
    case VT_COUNT_OF:
        break;
    }
    return random_amount(c, f);
}

/* --- rows --- */

static void random_cell(struct random_ctx *c, const struct rule_register *reg, uint32_t field)
{
    const struct rule_field *f = &reg->fields[field];
    int64_t v = clamp(random_value(c, reg, f), f->lo, f->hi);
    bool is_empty = prng_chance(&c->g, f->role == ROLE_END ? 300 : 60);

    c->known[field] = true;
    if (f->empty == EMPTY_OPEN && is_empty)
        v = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    else if (f->empty == EMPTY_ALWAYS && is_empty)
        v = DATE_OPEN_START;
    else if (f->empty == EMPTY_UNKNOWN && prng_chance(&c->g, c->o->unknown_per_1000))
        c->known[field] = false;
    if (f->type.vt == VT_DIVISION && !division_is_known((int32_t)v))
        v = clamp(330106, f->lo, f->hi);
    c->values[field] = v;
}

/* A spell that is not backwards: the end is moved after the start where it is not. */
static void straighten(struct random_ctx *c, const struct rule_register *reg)
{
    int32_t s = reg->start >= 0 ? reg->start : reg->event, e = reg->end;

    if (s < 0 || e < 0 || !c->known[s] || !c->known[e]) return;
    bool is_month = reg->fields[e].type.vt == VT_MONTH;
    int64_t most = is_month ? MONTH_OPEN_END : DATE_OPEN_END;
    int64_t length = prng_between(&c->g, is_month ? 0 : 1, is_month ? 70 : 1500);
    int64_t from = c->values[s];
    if (from >= most) from = c->values[s] = reg->fields[s].lo;
    if (c->values[e] > from || (is_month && c->values[e] == from)) return;
    c->values[e] = clamp(from + length, from, reg->fields[e].hi > from ? reg->fields[e].hi : most);
}

/* Rows that must not overlap follow one another: row i lies in the i-th of `count` strips of time,
 * the last of which is the one around the scoring day. */
static void place_in_strip(struct random_ctx *c, const struct rule_register *reg, uint32_t i,
                           uint32_t count)
{
    int32_t s = reg->start, e = reg->end;
    bool is_month = s >= 0 && reg->fields[s].type.vt == VT_MONTH;
    int64_t now = is_month ? date_month(c->o->day) : c->o->day;
    int64_t strip = is_month ? 30 : 900;

    if (s < 0 || e < 0) return;
    int64_t lo = now - strip * (int64_t)(count - i) + strip / 3, hi = lo + strip - 1;
    int64_t from = prng_between(&c->g, lo, hi - 1), to = prng_between(&c->g, from + 1, hi);
    if (prng_chance(&c->g, 250)) from = lo; /* touching the one before */
    if (prng_chance(&c->g, 400)) to = is_month ? hi : hi + 1;
    if (i + 1 == count && prng_chance(&c->g, 500) && from <= now)
        to = now + prng_between(&c->g, 0, 1);
    if (to <= from) to = from + 1;
    c->values[s] = clamp(from, reg->fields[s].lo, reg->fields[s].hi);
    c->values[e] = clamp(to, reg->fields[e].lo, reg->fields[e].hi);
    c->known[s] = c->known[e] = true;
    if (i + 1 == count && reg->fields[e].empty == EMPTY_OPEN && prng_chance(&c->g, 400))
        c->values[e] = is_month ? MONTH_OPEN_END : DATE_OPEN_END;
}

static uint32_t random_row_count(struct random_ctx *c, const struct rule_register *reg)
{
    uint32_t most = reg->max_records < ROWS_MAX ? reg->max_records : ROWS_MAX;

    if (reg->one_per_person) return prng_chance(&c->g, c->o->unknown_per_1000) ? 0 : 1;
    switch (prng_below(&c->g, 8)) {
    case 0:
        return 0;
    case 1:
    case 2:
    case 3:
        return 1;
    case 4:
        return (uint32_t)prng_between(&c->g, 1, most);
    default:
        return (uint32_t)prng_between(&c->g, 1, most < 3 ? most : 3);
    }
}

static enum err random_register(struct random_ctx *c, struct population_builder *b, int32_t reg,
                                uint32_t person, uint32_t *line)
{
    const struct rule_register *rr = &c->r->regs[reg];
    uint32_t count = random_row_count(c, rr);

    if (reg == 0) count = 1; /* persons are the rows of register 0 */
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t f = 0; f < rr->field_count; f++)
            random_cell(c, rr, f);
        if (rr->no_overlap)
            place_in_strip(c, rr, i, count);
        else
            straighten(c, rr);
        enum err e = population_builder_add(b, reg, person, c->values, c->known, ++*line);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

/* Silence of a register towards single persons. */
static enum err random_answers(struct arena *a, struct random_ctx *c, struct population *p)
{
    if (c->o->unknown_per_1000 == 0) return ERR_OK;
    for (uint32_t reg = 1; reg < c->r->reg_count; reg++) {
        uint8_t *answered = ARENA_ARRAY(a, uint8_t, p->count);
        if (answered == NULL) return ERR_NOMEM;
        for (uint32_t i = 0; i < p->count; i++) {
            c->g.state = c->o->seed ^ (0xA5A5u + (uint64_t)i * 0x9E3779B1u + ((uint64_t)reg << 40));
            (void)prng_next(&c->g);
            answered[i] = !prng_chance(&c->g, c->o->unknown_per_1000);
        }
        p->regs[reg].answered_person = answered;
    }
    return ERR_OK;
}

static void random_person_seed(struct random_ctx *c, uint32_t person)
{
    c->g.state = c->o->seed * 0xD1342543DE82EF95u + person;
    c->g.state = prng_next(&c->g);
}

static enum err random_keys(struct arena *a, struct population *p)
{
    static const struct str texts[KEYS] = {{"K1", 2}, {"K2", 2}, {"K3", 2}, {"K4", 2}};
    struct str *keys = ARENA_ARRAY(a, struct str, KEYS);

    if (keys == NULL) return ERR_NOMEM;
    memcpy(keys, texts, sizeof texts);
    p->keys = keys;
    p->key_count = KEYS;
    return ERR_OK;
}

static uint32_t most_fields(const struct rules *r)
{
    uint32_t most = 1;

    for (uint32_t i = 0; i < r->reg_count; i++)
        if (r->regs[i].field_count > most) most = r->regs[i].field_count;
    return most;
}

enum err random_population(struct arena *a, const struct rules *r, const struct random_options *o,
                           struct population *ret)
{
    struct random_ctx c = {.r = r, .o = o};
    struct population_builder *b = NULL;
    struct population p;
    enum err e = edges_gather(a, &c);

    if (e != ERR_OK) return e;
    c.values = ARENA_ARRAY(a, int64_t, most_fields(r));
    c.known = ARENA_ARRAY(a, bool, most_fields(r));
    if (c.values == NULL || c.known == NULL) return ERR_NOMEM;
    e = population_builder_new(a, r, o->persons, &b);
    if (e != ERR_OK) return e;
    uint32_t *lines = ARENA_ARRAY(a, uint32_t, r->reg_count);
    if (lines == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < o->persons; i++) {
        random_person_seed(&c, i);
        for (uint32_t reg = 0; reg < r->reg_count; reg++) {
            if (lines[reg] == 0) lines[reg] = 1; /* line 1 is the header */
            e = random_register(&c, b, (int32_t)reg, i, &lines[reg]);
            if (e != ERR_OK) return e;
        }
    }
    e = population_builder_finish(b, &p);
    if (e == ERR_OK) e = random_answers(a, &c, &p);
    if (e == ERR_OK) e = random_keys(a, &p);
    if (e == ERR_OK) *ret = p;
    return e;
}
