/* The static range of one node: README §6 over the ranges of its kids.
 *
 * Pure arithmetic, shared by the checker (static ranges, and ranges per chain and day) and by the
 * reader of images, which recomputes and compares.
 *
 * Invariants: conservative: every value an evaluator can give lies inside; sums saturate instead of
 * wrapping (a run-time overflow is an error of that person). */
#include "lang/check_internal.h"

int64_t sat_add(int64_t a, int64_t b)
{
    int64_t v;

    if (!__builtin_add_overflow(a, b, &v)) return v;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

int64_t sat_sub(int64_t a, int64_t b)
{
    int64_t v;

    if (!__builtin_sub_overflow(a, b, &v)) return v;
    return a < 0 ? INT64_MIN : INT64_MAX;
}

int64_t sat_mul(int64_t a, int64_t b)
{
    int64_t v;

    if (!__builtin_mul_overflow(a, b, &v)) return v;
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
}

static int64_t clamp128(int128 v)
{
    if (v > INT64_MAX) return INT64_MAX;
    return v < INT64_MIN ? INT64_MIN : (int64_t)v;
}

static int64_t sat_mul_div(int64_t v, int64_t num, int64_t den, enum rounding r)
{
    int64_t result;

    if (decimal_mul_div(v, num, den, r, &result) == ERR_OK) return result;
    return (v < 0) == (num < 0) ? INT64_MAX : INT64_MIN;
}

static struct range hull(struct range a, struct range b)
{
    return (struct range){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

static struct range point(int64_t v)
{
    return (struct range){v, v};
}

static struct range one_or_both(bool lo, bool hi)
{
    return (struct range){lo, hi};
}

/* Any order of the two ends. */
static struct range span(int64_t a, int64_t b)
{
    return a < b ? (struct range){a, b} : (struct range){b, a};
}

static int32_t as_day(int64_t v)
{
    if (v < DATE_OPEN_START) return DATE_OPEN_START;
    return v > DATE_OPEN_END ? DATE_OPEN_END : (int32_t)v;
}

/* ---- leaves ---- */

static struct range range_const(const struct rules *r, const struct rule_node *n)
{
    struct range v = point(n->imm);

    if (n->param >= 0 && !param_hull(r, n->param, &v)) return point(0);
    return v;
}

static struct range range_field(const struct rules *r, const struct rule_node *n)
{
    const struct rule_field *f = &r->regs[n->reg].fields[n->field];
    struct range v = {f->lo, f->hi};

    if (f->empty == EMPTY_OPEN) v.hi = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
    if (f->empty == EMPTY_ALWAYS) v.lo = DATE_OPEN_START;
    return v;
}

/* ---- arithmetic ---- */

static struct range range_mul(const struct rule_node *n, struct range a, struct range b)
{
    int64_t x[4] = {
        sat_mul_div(a.lo, b.lo, n->imm, n->round), sat_mul_div(a.lo, b.hi, n->imm, n->round),
        sat_mul_div(a.hi, b.lo, n->imm, n->round), sat_mul_div(a.hi, b.hi, n->imm, n->round)};

    return hull(span(x[0], x[1]), span(x[2], x[3]));
}

static struct range range_div(const struct rule_node *n, struct range a, struct range b)
{
    if (b.lo < 1) b.lo = 1; /* only images that lie have such divisors */
    if (b.hi < b.lo) b.hi = b.lo;
    return hull(span(sat_mul_div(a.lo, 1, b.lo, n->round), sat_mul_div(a.lo, 1, b.hi, n->round)),
                span(sat_mul_div(a.hi, 1, b.lo, n->round), sat_mul_div(a.hi, 1, b.hi, n->round)));
}

static int64_t per_value(const struct rule_node *n, int64_t v)
{
    if (v < 0) v = 0;
    return clamp128((int128)(v / n->imm) * n->imm2);
}

static struct range range_compare(enum node_op op, struct range a, struct range b)
{
    bool meet = a.lo <= b.hi && b.lo <= a.hi;
    bool same = a.lo == a.hi && b.lo == b.hi && a.lo == b.lo;

    switch ((int)op) {
    case NODE_GE:
        return one_or_both(a.lo >= b.hi, a.hi >= b.lo);
    case NODE_LE:
        return one_or_both(a.hi <= b.lo, a.lo <= b.hi);
    case NODE_GT:
        return one_or_both(a.lo > b.hi, a.hi > b.lo);
    case NODE_LT:
        return one_or_both(a.hi < b.lo, a.lo < b.hi);
    case NODE_EQ:
        return one_or_both(same, meet);
    default:
        return one_or_both(!meet, !same);
    }
}

static struct range range_in(const struct rules *r, const struct rule_node *n, struct range v)
{
    bool all = false, some = false;

    for (uint32_t i = 0; i + 1 < n->table_count; i += 2) {
        int64_t lo = r->table[n->table_first + i], hi = r->table[n->table_first + i + 1];
        if (lo <= v.lo && v.hi <= hi) all = true;
        if (lo <= v.hi && v.lo <= hi) some = true;
    }
    return one_or_both(all, some);
}

/* ---- choices ---- */

static bool row_meets(const struct rules *r, const struct rule_node *n, uint32_t row,
                      struct range v)
{
    const int64_t *table = &r->table[n->table_first];

    if (n->op == NODE_BANDS) return table[2 * row] <= v.hi && v.lo <= table[2 * row + 1];
    for (int64_t m = v.lo > 0 ? v.lo : 0; m <= v.hi && m < 62; m++)
        if (((uint64_t)table[row] >> m & 1) != 0) return true;
    return false;
}

static struct range range_rows(const struct rules *r, const struct rule_node *n,
                               const struct range *kids)
{
    struct range v = point(0);
    bool any = false;

    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        if (!row_meets(r, n, row, kids[0])) continue;
        v = any ? hull(v, kids[row + 1]) : kids[row + 1];
        any = true;
    }
    return v;
}

static struct range range_if(const struct range *kids)
{
    if (kids[0].lo >= 1) return kids[1];
    if (kids[0].hi <= 0) return kids[2];
    return hull(kids[1], kids[2]);
}

static struct range range_list(const struct rule_node *n, const struct range *kids)
{
    struct range v = n->op == NODE_TOTAL || n->kid_count == 0 ? point(0) : kids[0];

    for (uint32_t i = 0; i < n->kid_count; i++) {
        struct range x = kids[i];
        if (n->op == NODE_TOTAL) {
            v.lo = sat_add(v.lo, x.lo);
            v.hi = sat_add(v.hi, x.hi);
        } else if (n->op == NODE_HIGHEST) {
            v = (struct range){v.lo > x.lo ? v.lo : x.lo, v.hi > x.hi ? v.hi : x.hi};
        } else {
            v = (struct range){v.lo < x.lo ? v.lo : x.lo, v.hi < x.hi ? v.hi : x.hi};
        }
    }
    return v;
}

/* ---- calendar ---- */

static int64_t age_of(int64_t birth, int64_t on)
{
    int32_t years = date_age_years(as_day(birth), as_day(on));

    return years > 200 ? 200 : years;
}

static int64_t year_of(int64_t day)
{
    return date_to_civil(as_day(day)).year;
}

/* 1 January; an open end stays what it is. */
static int64_t year_start_of(int64_t day)
{
    if (day < DATE_FIRST || day > DATE_LAST) return as_day(day);
    return month_first_day((int32_t)year_of(day) * 12);
}

static int64_t months_between(int64_t from, int64_t to)
{
    int32_t days;

    return date_whole_months(as_day(from), as_day(to), &days);
}

static struct range range_calendar(const struct rule_node *n, const struct range *kids)
{
    enum month_rounding m = n->imm2 == MONTH_NEXT ? MONTH_NEXT : MONTH_CLAMP;

    switch ((int)n->op) {
    case NODE_AGE:
        return (struct range){age_of(kids[0].hi, kids[1].lo), age_of(kids[0].lo, kids[1].hi)};
    case NODE_YEAR:
        return (struct range){year_of(kids[0].lo), year_of(kids[0].hi)};
    case NODE_YEAR_START:
        return (struct range){year_start_of(kids[0].lo), year_start_of(kids[0].hi)};
    case NODE_ADD_MONTHS:
        return (struct range){date_add_months(as_day(kids[0].lo), (int32_t)n->imm, m),
                              date_add_months(as_day(kids[0].hi), (int32_t)n->imm, m)};
    default:
        return (struct range){months_between(kids[0].hi, kids[1].lo),
                              months_between(kids[0].lo, kids[1].hi)};
    }
}

/* ---- aggregates ---- */

#define MONTHS_MOST 2400

static struct range range_aggregate(const struct rules *r, const struct rule_node *n,
                                    const struct range *kids)
{
    int64_t records = r->regs[n->reg].max_records, most;
    struct range v = n->kid_count > 1 ? kids[1] : point(0);

    switch ((int)n->op) {
    case NODE_AGG_COUNT:
        return (struct range){0, records};
    case NODE_AGG_SUM:
        return (struct range){0, clamp128((int128)records * v.hi)};
    case NODE_AGG_EACH:
        most = n->imm >= 0 && v.hi > n->imm ? n->imm : v.hi;
        return (struct range){0, clamp128((int128)records * most)};
    case NODE_AGG_ANY:
        return (struct range){0, 1};
    case NODE_AGG_MAX:
    case NODE_AGG_MIN:
        return (n->flags & NODE_HAS_NONE) != 0 ? hull(v, point(n->imm)) : v;
    case NODE_AGG_NOW:
        return hull(v, point(n->imm));
    default:
        return (struct range){0, MONTHS_MOST};
    }
}

struct range node_range(const struct rules *r, const struct rule_node *n, const struct range *kids)
{
    switch (n->op) {
    case NODE_CONST:
        return range_const(r, n);
    case NODE_DAY:
        return (struct range){DATE_FIRST, DATE_LAST};
    case NODE_FIELD:
        return range_field(r, n);
    case NODE_ADD:
        return (struct range){sat_add(kids[0].lo, kids[1].lo), sat_add(kids[0].hi, kids[1].hi)};
    case NODE_SUB:
        return (struct range){sat_sub(kids[0].lo, kids[1].hi), sat_sub(kids[0].hi, kids[1].lo)};
    case NODE_MUL:
        return range_mul(n, kids[0], kids[1]);
    case NODE_DIV:
        return range_div(n, kids[0], kids[1]);
    case NODE_PER:
        return span(per_value(n, kids[0].lo), per_value(n, kids[0].hi));
    case NODE_MIN:
    case NODE_AND:
        return (struct range){kids[0].lo < kids[1].lo ? kids[0].lo : kids[1].lo,
                              kids[0].hi < kids[1].hi ? kids[0].hi : kids[1].hi};
    case NODE_MAX:
    case NODE_OR:
        return (struct range){kids[0].lo > kids[1].lo ? kids[0].lo : kids[1].lo,
                              kids[0].hi > kids[1].hi ? kids[0].hi : kids[1].hi};
    case NODE_GE:
    case NODE_LE:
    case NODE_GT:
    case NODE_LT:
    case NODE_EQ:
    case NODE_NE:
        return range_compare(n->op, kids[0], kids[1]);
    case NODE_NOT:
        return (struct range){1 - kids[0].hi, 1 - kids[0].lo};
    case NODE_IN_RANGES:
        return range_in(r, n, kids[0]);
    case NODE_IF:
        return range_if(kids);
    case NODE_BANDS:
    case NODE_MATCH:
        return range_rows(r, n, kids);
    case NODE_HIGHEST:
    case NODE_LOWEST:
    case NODE_TOTAL:
        return range_list(n, kids);
    case NODE_AGE:
    case NODE_YEAR:
    case NODE_YEAR_START:
    case NODE_ADD_MONTHS:
    case NODE_WHOLE_MONTHS:
        return range_calendar(n, kids);
    case NODE_AGG_COUNT:
    case NODE_AGG_SUM:
    case NODE_AGG_MAX:
    case NODE_AGG_MIN:
    case NODE_AGG_ANY:
    case NODE_AGG_NOW:
    case NODE_AGG_MONTHS:
    case NODE_AGG_SPELL_MONTHS:
    case NODE_AGG_CONSECUTIVE:
    case NODE_AGG_EACH:
        return range_aggregate(r, n, kids);
    case NODE_IF_UNKNOWN:
        return hull(kids[0], point(n->imm2));
    case NODE_OP_COUNT:
        break;
    }
    return point(0);
}
