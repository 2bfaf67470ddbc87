/* How long every value stays: one pass beside the interpreter's, in the same order.
 *
 *   until_node: operator, values and untils of its kids -> the first day its value may differ
 *   until_aggregate: the same for records: when each begins, ends, leaves its window, and how the
 *                    aggregate grows while nothing of that happens
 *   leaving(node, [a, b]): the first day the node's interval may no longer lie in [a, b]; asked by
 *                    a band, a cap or a comparison, which stay while their operand moves inside
 *
 * Invariants: a day given is after the day of the score and never later than the true change (the
 * values are constant before it); where an operator knows nothing better it takes the soonest of
 * its kids. `leaving` looks at a bounded number of operators and then says no more than that. */
#include "base/date.h"
#include "engine/interp_internal.h"

__extension__ typedef __int128 wide;

#define MONTHS_MOST 2400 /* what an aggregate of months gives at most */

#define PATIENCE 64 /* operators that one question of `leaving` looks at */

struct until_rules {
    uint8_t *may_overflow; /* per node */
    bool sums_fit; /* indicators, groups and the total add up inside 64 bits, come what may */
};

struct until until_never(void)
{
    return (struct until){.day = DATE_OPEN_END, .why = UNTIL_NEVER, .reg = -1};
}

struct until until_sooner(struct until a, struct until b)
{
    return b.day < a.day ? b : a;
}

struct until until_later(struct until a, struct until b)
{
    return b.day > a.day ? b : a;
}

/* A day that is not after `today` says only that tomorrow is not known to be the same. */
static struct until until_on(int32_t today, int64_t day, enum until_why why)
{
    if (day <= today) day = (int64_t)today + 1;
    if (day >= DATE_OPEN_END) return until_never();
    return (struct until){.day = (int32_t)day, .why = why, .reg = -1};
}

static struct until on(const struct interp *in, int64_t day, enum until_why why)
{
    return until_on(in->day, day, why);
}

static bool is_never(struct until u)
{
    return u.day >= DATE_OPEN_END;
}

static bool within(struct interval v, int64_t a, int64_t b)
{
    return a <= v.lo && v.hi <= b;
}

static struct until kids_until(const struct interp *in, const struct rule_node *n)
{
    struct until u = until_never();

    for (uint32_t i = 0; i < n->kid_count; i++)
        u = until_sooner(u, in->until[node_kid(in->rules, n, i)]);
    return u;
}

struct until until_condition(const struct interp *in, int32_t node)
{
    return node < 0 ? until_never() : in->until[node];
}

/* --- the day as an operand --- */

static bool is_settled(const struct interp *in, uint32_t node)
{
    return is_never(in->until[node]);
}

static bool is_today(const struct interp *in, uint32_t node)
{
    return in->rules->nodes[node].op == NODE_DAY;
}

/* AGE and WHOLE_MONTHS up to today of a date that does not move. */
static bool counts_up_to_today(const struct interp *in, const struct rule_node *n)
{
    return is_settled(in, node_kid(in->rules, n, 0)) && is_today(in, node_kid(in->rules, n, 1));
}

/* The day on which one born, or a spell begun, on `from` has more than `count` years or months. */
static struct until more_than(const struct interp *in, const struct rule_node *n, int64_t from,
                              int64_t count)
{
    const bool years = n->op == NODE_AGE;
    const enum until_why why = years ? UNTIL_BIRTHDAY : UNTIL_MONTH_FULL;
    const int64_t months = (count + 1) * (years ? 12 : 1);

    if (years && count >= 200) return until_never();
    if (!years && from < DATE_FIRST) from = DATE_FIRST;
    if (months > INT32_MAX) return until_never();
    return on(in, date_add_months((int32_t)from, (int32_t)months, MONTH_NEXT), why);
}

static struct until until_count_up(const struct interp *in, const struct rule_node *n)
{
    const struct interval v = in->value[n - in->rules->nodes];
    const struct interval from = in->value[node_kid(in->rules, n, 0)];

    if (!counts_up_to_today(in, n)) return kids_until(in, n);
    /* the earliest start has the most */
    return until_sooner(more_than(in, n, from.lo, v.hi), more_than(in, n, from.hi, v.lo));
}

static struct until until_year(const struct interp *in, const struct rule_node *n)
{
    const uint32_t kid = node_kid(in->rules, n, 0);
    const int32_t year = date_to_civil(in->day).year;

    if (!is_today(in, kid)) return in->until[kid];
    if (!date_is_valid(year + 1, 1, 1)) return until_never();
    return on(in, date_from_civil(year + 1, 1, 1), UNTIL_YEAR_TURNS);
}

/* --- leaving a range --- */

static struct until leaving(const struct interp *in, uint32_t node, int64_t a, int64_t b);

/* x + y, held at the ends of 64 bits, which stand for "no limit". */
static int64_t shifted(int64_t x, int64_t y)
{
    int64_t v;

    if (x == INT64_MIN || x == INT64_MAX) return x;
    if (__builtin_add_overflow(x, y, &v)) return y > 0 ? INT64_MAX : INT64_MIN;
    return v;
}

static int64_t negated(int64_t x)
{
    return x == INT64_MIN ? INT64_MAX : x == INT64_MAX ? INT64_MIN : -x;
}

/* Sums and differences with one part that stays and is known. */
static struct until leaving_sum(const struct interp *in, const struct rule_node *n, int64_t a,
                                int64_t b, struct until otherwise)
{
    const uint32_t x = node_kid(in->rules, n, 0), y = node_kid(in->rules, n, 1);
    const struct interval vx = in->value[x], vy = in->value[y];
    const bool minus = n->op == NODE_SUB;

    if (is_settled(in, y) && interval_is_known(vy)) {
        const int64_t back = minus ? vy.lo : negated(vy.lo);
        return leaving(in, x, shifted(a, back), shifted(b, back));
    }
    if (!is_settled(in, x) || !interval_is_known(vx)) return otherwise;
    if (!minus) return leaving(in, y, shifted(a, negated(vx.lo)), shifted(b, negated(vx.lo)));
    return leaving(in, y, shifted(negated(b), vx.lo), shifted(negated(a), vx.lo));
}

/* A cap or floor that stays and is known: beyond it the operand may move. */
static struct until leaving_limit(const struct interp *in, const struct rule_node *n, int64_t a,
                                  int64_t b, struct until otherwise)
{
    const uint32_t x = node_kid(in->rules, n, 0), limit = node_kid(in->rules, n, 1);
    const struct interval c = in->value[limit];

    if (!is_settled(in, limit) || !interval_is_known(c)) return otherwise;
    if (n->op == NODE_MIN) return leaving(in, x, a, c.lo <= b ? INT64_MAX : b);
    return leaving(in, x, c.lo >= a ? INT64_MIN : a, b);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t product_or_most(int64_t a, int64_t b)
{
    int64_t v;

    return __builtin_mul_overflow(a, b, &v) ? INT64_MAX : v;
}

static struct until leaving_per(const struct interp *in, const struct rule_node *n, int64_t a,
                                int64_t b, struct until otherwise)
{
    int64_t least, most;

    if (n->imm < 1 || n->imm2 < 1) return otherwise;
    least = a <= 0 ? INT64_MIN : (a - 1) / n->imm2 + 1;
    most = b == INT64_MAX ? INT64_MAX : floor_div(b, n->imm2);
    return leaving(in, node_kid(in->rules, n, 0),
                   least <= 0 ? INT64_MIN : product_or_most(least, n->imm),
                   most > INT64_MAX / n->imm - 1 ? INT64_MAX : (most + 1) * n->imm - 1);
}

/* Operators that rise with every operand: beyond a limit on one side each operand may move away
 * from it. */
static struct until leaving_rising(const struct interp *in, const struct rule_node *n, int64_t a,
                                   int64_t b)
{
    struct until u = until_never();

    for (uint32_t i = 0; i < n->kid_count; i++) {
        const uint32_t k = node_kid(in->rules, n, i);
        const struct interval v = in->value[k];
        u = until_sooner(u, leaving(in, k, a == INT64_MIN ? a : v.lo, b == INT64_MAX ? b : v.hi));
    }
    return u;
}

static struct until leaving_product(const struct interp *in, const struct rule_node *n, int64_t a,
                                    int64_t b, struct until otherwise)
{
    const uint32_t x = node_kid(in->rules, n, 0), y = node_kid(in->rules, n, 1);
    const bool rises =
        (is_settled(in, y) && in->value[y].lo >= 0) || (is_settled(in, x) && in->value[x].lo >= 0);

    return rises ? leaving_rising(in, n, a, b) : otherwise;
}

/* The rows around the one that holds the value, as far as what they give surely lies in [a, b]. */
static struct until leaving_bands(const struct interp *in, const struct rule_node *n, int64_t a,
                                  int64_t b, struct until otherwise)
{
    const uint32_t x = node_kid(in->rules, n, 0), rows = n->kid_count - 1;
    const int64_t *tab = in->rules->table + n->table_first;
    const struct interval v = in->value[x];
    uint32_t own = 0;

    while (own < rows && !within(v, tab[2 * own], tab[2 * own + 1]))
        own++;
    if (own == rows) return otherwise;
    int64_t lo = tab[2 * own], hi = tab[2 * own + 1];
    for (uint32_t round = 0; round < rows; round++)
        for (uint32_t row = 0; row < rows; row++) {
            const struct rule_node *body = &in->rules->nodes[node_kid(in->rules, n, row + 1)];
            if (body->lo < a || body->hi > b) continue;
            if (hi != INT64_MAX && tab[2 * row] == hi + 1) hi = tab[2 * row + 1];
            if (lo != INT64_MIN && tab[2 * row + 1] == lo - 1) lo = tab[2 * row];
        }
    return until_sooner(leaving(in, x, lo, hi), leaving(in, node_kid(in->rules, n, own + 1), a, b));
}

/* The year of a day, or its first day. */
static struct until leaving_year(const struct interp *in, const struct rule_node *n, int64_t b,
                                 struct until otherwise)
{
    int64_t year = b;

    if (!is_today(in, node_kid(in->rules, n, 0))) return otherwise;
    if (n->op == NODE_YEAR_START)
        year = b >= DATE_LAST ? INT64_MAX : date_to_civil((int32_t)b).year;
    if (year >= 9999) return until_never();
    return year < 1 ? otherwise
                    : on(in, date_from_civil((int32_t)year + 1, 1, 1), UNTIL_YEAR_TURNS);
}

/* Years or months from a date that does not move up to a day that does. */
static struct until leaving_count(const struct interp *in, const struct rule_node *n, int64_t a,
                                  int64_t b, struct until otherwise)
{
    const uint32_t from = node_kid(in->rules, n, 0), to = node_kid(in->rules, n, 1);
    struct until more;

    if (!is_settled(in, from)) return otherwise;
    more = b > INT32_MAX ? until_never() : more_than(in, n, in->value[from].lo, b);
    if (is_today(in, to)) return more;
    return leaving(in, to, a == INT64_MIN ? a : in->value[to].lo,
                   is_never(more) ? INT64_MAX : more.day - 1);
}

/* Months that only grow: at most one in a calendar month; of spells at most one in 28 days, and
 * what the days left over give. */
static struct until leaving_months(const struct interp *in, const struct rule_node *n, int64_t b)
{
    const struct until steady = in->steady[n - in->rules->nodes];
    const int64_t more = b == INT64_MAX ? b : b - in->value[n - in->rules->nodes].hi + 1;

    if (b >= MONTHS_MOST) return steady;
    if (n->op == NODE_AGG_MONTHS) {
        const int64_t month = date_month(in->day) + more;
        return until_sooner(
            steady, on(in, month > MONTH_LAST ? DATE_OPEN_END : month_first_day((int32_t)month),
                       UNTIL_MONTH_TURNS));
    }
    uint32_t first, end;
    population_rows(in->people, n->reg, in->person, &first, &end);
    const int64_t pooled = n->imm > 0 ? (int64_t)31 * (end - first) / n->imm + 1 : 0;
    return until_sooner(steady, on(in, in->day + 28 * (more - 1 - pooled), UNTIL_MONTH_FULL));
}

static struct until leaving_aggregate(const struct interp *in, const struct rule_node *n, int64_t b,
                                      struct until otherwise)
{
    const bool grows =
        n->op == NODE_AGG_MONTHS ||
        (n->op == NODE_AGG_SPELL_MONTHS && (n->imm == 0 || n->imm >= 30)); /* else days left over
                                                 may give a month that a whole month takes back */
    const bool moves = n->window != WINDOW_NONE && n->window != WINDOW_FIXED;

    return grows && !moves ? until_later(otherwise, leaving_months(in, n, b)) : otherwise;
}

static struct until leaving_of(const struct interp *in, const struct rule_node *n, int64_t a,
                               int64_t b, struct until u)
{
    if (n->op == NODE_DAY) return on(in, b >= DATE_LAST ? DATE_OPEN_END : b + 1, UNTIL_DAY);
    if (n->op == NODE_SUB) return leaving_sum(in, n, a, b, u);
    if (n->op == NODE_ADD)
        return until_later(leaving_sum(in, n, a, b, u), leaving_rising(in, n, a, b));
    if (n->op == NODE_MIN || n->op == NODE_MAX)
        return until_later(leaving_limit(in, n, a, b, u), leaving_rising(in, n, a, b));
    if (n->op == NODE_TOTAL || n->op == NODE_HIGHEST || n->op == NODE_LOWEST)
        return leaving_rising(in, n, a, b);
    if (n->op == NODE_MUL) return leaving_product(in, n, a, b, u);
    if (n->op == NODE_PER) return leaving_per(in, n, a, b, u);
    if (n->op == NODE_BANDS) return leaving_bands(in, n, a, b, u);
    if (n->op == NODE_YEAR || n->op == NODE_YEAR_START) return leaving_year(in, n, b, u);
    if (n->op == NODE_AGE || n->op == NODE_WHOLE_MONTHS) return leaving_count(in, n, a, b, u);
    if (n->op == NODE_AGG_MONTHS || n->op == NODE_AGG_SPELL_MONTHS)
        return leaving_aggregate(in, n, b, u);
    return u;
}

static struct until leaving(const struct interp *in, uint32_t node, int64_t a, int64_t b)
{
    const struct rule_node *n = &in->rules->nodes[node];
    const struct until u = in->until[node];

    if (is_never(u) || (a <= n->lo && n->hi <= b)) return until_never();
    if (*in->patience == 0) return u;
    --*in->patience;
    return until_later(u, leaving_of(in, n, a, b, u));
}

/* --- operators --- */

/* The range between two cuts that a comparison with a value that stays does not tell apart. A cut
 * at k parts k - 1 from k. */
static struct until between_cuts(const struct interp *in, uint32_t node, const int64_t *cuts,
                                 int count, struct until otherwise)
{
    const struct interval v = in->value[node];
    int64_t a = INT64_MIN, b = INT64_MAX;

    for (int i = 0; i < count; i++) {
        if (cuts[i] <= v.lo && cuts[i] > a) a = cuts[i];
        if (cuts[i] > v.lo && cuts[i] - 1 < b) b = cuts[i] - 1;
    }
    return within(v, a, b) ? leaving(in, node, a, b) : otherwise;
}

static struct until until_compare(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0), y = node_kid(in->rules, n, 1);
    const bool stays = is_settled(in, y);
    const struct until u = kids_until(in, n);
    const uint32_t moving = stays ? x : y;
    const struct interval c = in->value[stays ? y : x];
    const int64_t cuts[4] = {c.lo, c.hi, shifted(c.lo, 1), shifted(c.hi, 1)};

    if (is_never(u) || (!stays && !is_settled(in, x))) return u;
    if (n->op == NODE_EQ || n->op == NODE_NE) return between_cuts(in, moving, cuts, 4, u);
    /* x >= c, x < c and c <= x, c > x part below c; the others above it */
    const bool below = (n->op == NODE_GE || n->op == NODE_LT) == stays;
    return between_cuts(in, moving, cuts + (below ? 0 : 2), 2, u);
}

/* AND and OR: a part that decides alone. */
static struct until until_logic(const struct interp *in, const struct rule_node *n)
{
    struct until u = kids_until(in, n);

    for (uint32_t i = 0; i < n->kid_count; i++) {
        const uint32_t k = node_kid(in->rules, n, i);
        if (n->op == NODE_AND ? in->value[k].hi == 0 : in->value[k].lo == 1)
            u = until_later(u, in->until[k]);
    }
    return u;
}

static struct until until_if(const struct interp *in, const struct rule_node *n)
{
    const uint32_t cond = node_kid(in->rules, n, 0);
    const struct interval c = in->value[cond];

    if (!interval_is_known(c)) return kids_until(in, n);
    return until_sooner(in->until[cond], in->until[node_kid(in->rules, n, c.lo == 1 ? 1 : 2)]);
}

static struct until until_bands(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0);
    const int64_t *tab = in->rules->table + n->table_first;

    for (uint32_t row = 0; row + 1 < n->kid_count; row++)
        if (within(in->value[x], tab[2 * row], tab[2 * row + 1]))
            return until_sooner(leaving(in, x, tab[2 * row], tab[2 * row + 1]),
                                in->until[node_kid(in->rules, n, row + 1)]);
    return kids_until(in, n);
}

static struct until until_match(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0);
    const struct interval v = in->value[x];
    struct until u = in->until[x];

    if (!interval_is_known(v)) return kids_until(in, n);
    for (uint32_t row = 0; row + 1 < n->kid_count && v.lo >= 0 && v.lo <= 61; row++)
        if (((uint64_t)in->rules->table[n->table_first + row] >> v.lo & 1) != 0)
            u = until_sooner(u, in->until[node_kid(in->rules, n, row + 1)]);
    return u;
}

static struct until until_in_ranges(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0);
    const int64_t *range = in->rules->table + n->table_first;
    const struct interval v = in->value[x];
    int64_t gap = INT64_MIN; /* where the gap before the next range begins */

    for (uint32_t i = 0; i + 1 < n->table_count; i += 2) {
        if (within(v, range[i], range[i + 1])) return leaving(in, x, range[i], range[i + 1]);
        if (within(v, gap, shifted(range[i], -1))) return leaving(in, x, gap, range[i] - 1);
        gap = shifted(range[i + 1], 1);
    }
    return within(v, gap, INT64_MAX) ? leaving(in, x, gap, INT64_MAX) : in->until[x];
}

/* Where the limit binds, the operand may move beyond it. */
static struct until until_limit(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0), limit = node_kid(in->rules, n, 1);
    const struct interval c = in->value[limit], v = in->value[x];

    if (is_settled(in, limit) && interval_is_known(c)) {
        if (n->op == NODE_MIN && v.lo >= c.lo) return leaving(in, x, c.lo, INT64_MAX);
        if (n->op == NODE_MAX && v.hi <= c.lo) return leaving(in, x, INT64_MIN, c.lo);
    }
    return kids_until(in, n);
}

static struct until until_per(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0);
    const struct interval v = in->value[x];
    const int64_t whole = v.lo > 0 ? v.lo / n->imm : 0;
    const int64_t most = whole > INT64_MAX / n->imm - 1 ? INT64_MAX : (whole + 1) * n->imm - 1;
    const int64_t least = whole == 0 ? INT64_MIN : whole * n->imm;

    return within(v, least, most) ? leaving(in, x, least, most) : in->until[x];
}

static struct until until_if_unknown(const struct interp *in, const struct rule_node *n)
{
    const uint32_t x = node_kid(in->rules, n, 0);

    if (interval_is_known(in->value[x]) || in->day >= n->imm) return in->until[x];
    return until_sooner(in->until[x], on(in, n->imm, UNTIL_UNKNOWN_SETTLED));
}

static struct until until_day(const struct interp *in, const struct rule_node *n UNUSED)
{
    return on(in, (int64_t)in->day + 1, UNTIL_DAY);
}

typedef struct until (*until_fn)(const struct interp *in, const struct rule_node *n);

/* The others, arithmetic and choices of all, may differ as soon as one part does. */
static const until_fn untils[NODE_OP_COUNT] = {
    [NODE_DAY] = until_day,
    [NODE_AGE] = until_count_up,
    [NODE_WHOLE_MONTHS] = until_count_up,
    [NODE_YEAR] = until_year,
    [NODE_YEAR_START] = until_year,
    [NODE_GE] = until_compare,
    [NODE_GT] = until_compare,
    [NODE_LE] = until_compare,
    [NODE_LT] = until_compare,
    [NODE_EQ] = until_compare,
    [NODE_NE] = until_compare,
    [NODE_AND] = until_logic,
    [NODE_OR] = until_logic,
    [NODE_IF] = until_if,
    [NODE_BANDS] = until_bands,
    [NODE_MATCH] = until_match,
    [NODE_IN_RANGES] = until_in_ranges,
    [NODE_MIN] = until_limit,
    [NODE_MAX] = until_limit,
    [NODE_PER] = until_per,
    [NODE_IF_UNKNOWN] = until_if_unknown,
};

void until_node(struct interp *in, uint32_t node)
{
    const struct rule_node *n = &in->rules->nodes[node];

    if (n->op >= NODE_AGG_COUNT && n->op <= NODE_AGG_EACH) return; /* done with its records */
    *in->patience = PATIENCE;
    in->until[node] = untils[n->op] != NULL ? untils[n->op](in, n) : kids_until(in, n);
    INVARIANT(in->until[node].day > in->day);
    if (in->until_rules->may_overflow[node])
        in->overflow = until_sooner(in->overflow, kids_until(in, n));
}

/* --- records --- */

/* How long a record stands as it does. */
struct stay {
    struct until all; /* the soonest of its tests */
    struct until out; /* of the tests that keep it out, the latest; its day 0 of none */
};

static void stay_add(struct stay *s, struct until u, bool is_out)
{
    s->all = until_sooner(s->all, u);
    if (is_out) s->out = until_later(s->out, u);
}

/* The first day of a time of the register (a day or a month). */
static int64_t day_of(const struct agg *g, int64_t time)
{
    if (!g->is_month) return time;
    return time > MONTH_LAST ? DATE_OPEN_END : month_first_day((int32_t)time);
}

static struct until at_time(const struct agg *g, int64_t time, enum until_why why)
{
    return on(g->in, day_of(g, time), why);
}

static struct until next_year(const struct agg *g)
{
    const int32_t year = date_to_civil(g->in->day).year + 1;

    if (!date_is_valid(year, 1, 1)) return until_never();
    return on(g->in, date_from_civil(year, 1, 1), UNTIL_YEAR_TURNS);
}

static void stay_exists(const struct agg *g, uint32_t row, struct stay *s)
{
    const int32_t begin = g->reg->event >= 0 ? g->reg->event : g->reg->start;
    int64_t t;

    if (begin >= 0 && agg_time(g, begin, row, &t) && t > g->now)
        stay_add(s, at_time(g, t, UNTIL_RECORD_BEGINS), true);
    if (g->reg->event < 0 || g->reg->end < 0 || !agg_time(g, g->reg->end, row, &t)) return;
    if (g->now >= t)
        stay_add(s, until_never(), true);
    else
        stay_add(s, at_time(g, t, UNTIL_RECORD_ENDS), false);
}

static void stay_event_in_window(const struct agg *g, int64_t event, struct stay *s)
{
    const struct rule_node *n = g->n;
    struct until passes;

    if (n->window == WINDOW_MONTHS && event > DATE_OPEN_START) {
        if (g->is_month)
            passes = at_time(g, event + n->window_a, UNTIL_WINDOW_PASSES);
        else
            passes = on(g->in, date_add_months((int32_t)event, (int32_t)n->window_a, MONTH_NEXT),
                        UNTIL_WINDOW_PASSES);
        const bool inside =
            g->is_month
                ? g->window.from <= event
                : g->in->day < date_add_months((int32_t)event, (int32_t)n->window_a, MONTH_NEXT);
        stay_add(s, inside ? passes : until_never(), !inside);
        return;
    }
    const bool inside = event > DATE_OPEN_START && g->window.from <= event && event < g->window.to;
    const bool moves = n->window != WINDOW_FIXED && event > DATE_OPEN_START &&
                       (event >= g->window.from || g->window.to == 0);
    stay_add(s, moves ? next_year(g) : until_never(), !inside);
}

/* The first day whose window of n months begins on or after `time`. */
static int64_t window_begins_at(const struct agg *g, int64_t time)
{
    const int64_t n = g->n->window_a;

    if (time >= (g->is_month ? MONTH_OPEN_END : DATE_OPEN_END)) return DATE_OPEN_END;
    if (g->is_month) return day_of(g, time + n - 1);
    if (time <= DATE_FIRST) return g->in->day; /* tomorrow may differ */
    int32_t day = date_add_months((int32_t)time, (int32_t)n, MONTH_CLAMP);
    if (day >= DATE_OPEN_END) return DATE_OPEN_END;
    day -= 8;
    while (date_add_months(day, (int32_t)-n, MONTH_CLAMP) < time && day < DATE_LAST)
        day++;
    return day;
}

static bool uses_time(enum node_op op)
{
    return op == NODE_AGG_MONTHS || op == NODE_AGG_SPELL_MONTHS || op == NODE_AGG_CONSECUTIVE;
}

/* A spell or a run of months in its window; `whole` is its time before it was cut. */
static void stay_spell_in_window(const struct agg *g, struct stretch whole, struct stay *s)
{
    const struct stretch w = g->window;
    const int64_t from = whole.from > w.from ? whole.from : w.from;
    const int64_t to = whole.to < w.to ? whole.to : w.to;
    const bool is_out = from >= to;

    if (g->n->window == WINDOW_FIXED || (whole.to <= w.from && w.to != 0)) {
        stay_add(s, until_never(), is_out);
    } else if (g->n->window == WINDOW_MONTHS) {
        stay_add(s, on(g->in, window_begins_at(g, whole.to), UNTIL_WINDOW_PASSES), is_out);
        if (uses_time(g->n->op))
            stay_add(s, on(g->in, window_begins_at(g, whole.from + 1), UNTIL_WINDOW_PASSES), false);
    } else {
        stay_add(s, next_year(g), is_out);
    }
}

static void stay_in_window(const struct agg *g, uint32_t row, struct stay *s)
{
    const int64_t most = g->is_month ? MONTH_OPEN_END + 1 : DATE_OPEN_END + 1;
    struct stretch whole = {g->is_month ? MONTH_FIRST - 1 : DATE_OPEN_START, most};
    int64_t t;

    if (g->n->window == WINDOW_NONE) return;
    if (g->reg->event >= 0) {
        if (agg_time(g, g->reg->event, row, &t)) stay_event_in_window(g, t, s);
        return;
    }
    if (g->reg->start < 0) return;
    if (agg_time(g, g->reg->start, row, &t)) whole.from = t;
    if (g->reg->end >= 0 && agg_time(g, g->reg->end, row, &t)) whole.to = t + g->is_month;
    stay_spell_in_window(g, whole, s);
}

static void stay_covers(const struct agg *g, uint32_t row, struct stay *s)
{
    int64_t end;

    if (g->n->op != NODE_AGG_NOW || g->reg->end < 0 || !agg_time(g, g->reg->end, row, &end)) return;
    end += g->is_month; /* the first time it no longer covers */
    if (end <= g->now)
        stay_add(s, until_never(), true);
    else
        stay_add(s, at_time(g, end, UNTIL_RECORD_ENDS), false);
}

/* How long one record stands as it does and brings what it brings. */
static struct until stay_of(const struct agg *g, uint32_t i, struct until *ret_exists)
{
    const struct trace_record *t = &g->rows[i];
    struct stay s = {.all = until_never(), .out = {.day = 0, .reg = -1}};
    struct until u;

    s.out.day = g->in->day;
    stay_exists(g, t->row, &s);
    *ret_exists = s.all;
    stay_in_window(g, t->row, &s);
    stay_covers(g, t->row, &s);
    stay_add(&s, g->rows_until[2 * i], t->filter.hi == 0);
    u = t->standing == STANDING_OUT ? until_later(s.all, s.out) : s.all;
    if (t->standing != STANDING_OUT && g->n->kid_count > 1)
        u = until_sooner(u, g->rows_until[2 * i + 1]);
    if (u.reg < 0 && !is_never(u)) {
        u.reg = g->n->reg;
        u.row = t->row;
    }
    if (ret_exists->reg < 0 && !is_never(*ret_exists)) {
        ret_exists->reg = g->n->reg;
        ret_exists->row = t->row;
    }
    return u;
}

/* --- how aggregates of time grow --- */

/* The row whose months or days go on past now, if any. */
static bool next_time(const struct agg *g, const struct trace_record *t, int64_t *ret)
{
    const int64_t next = g->now + 1;

    if (t->standing == STANDING_OUT) return false;
    *ret = t->from > next ? t->from : next;
    return *ret < t->to;
}

static struct until months_grow(const struct agg *g)
{
    struct until u = until_never();
    int64_t time;

    for (uint32_t i = 0; i < g->count; i++) {
        if (!next_time(g, &g->rows[i], &time)) continue;
        struct until next = at_time(g, time, UNTIL_MONTH_TURNS);
        next.reg = is_never(next) ? -1 : g->n->reg;
        next.row = g->rows[i].row;
        u = until_sooner(u, next);
    }
    return u;
}

/* Months without pay before the first paid one, going back from now; at most `most` + 1. */
static int64_t gap_now(const struct agg *g, enum trace_standing least, int64_t most)
{
    int64_t gap = 0;

    while (gap <= most && g->now - gap >= MONTH_FIRST &&
           !agg_month_is_counted(g, least, g->now - gap))
        gap++;
    return gap;
}

static struct until consecutive_changes(const struct agg *g)
{
    struct until u = months_grow(g);

    if (!is_never(u)) return at_time(g, g->now + 1, UNTIL_MONTH_TURNS);
    for (int least = STANDING_POSSIBLE; least <= STANDING_SURE; least++) {
        const int64_t gap = gap_now(g, (enum trace_standing)least, g->n->imm);
        if (gap <= g->n->imm)
            u = until_sooner(u, at_time(g, g->now + g->n->imm - gap + 1, UNTIL_GAP_TOO_LONG));
    }
    return u;
}

/* Spells at least as sure as `least` that run on: the running one's next month, or the next month
 * of the days left over. */
static struct until spells_grow(const struct agg *g, enum trace_standing least,
                                struct stretch *list)
{
    uint32_t count = 0;
    bool runs = false;
    int64_t left_over = 0;
    int32_t left = 0, months = 0;

    for (uint32_t i = 0; i < g->count; i++) {
        const struct trace_record *t = &g->rows[i];
        const struct stretch s = {t->from, t->to < g->now ? t->to : g->now};
        if (t->standing < least) continue;
        if (s.from < s.to) count = spell_insert(list, count, s);
        if (t->to > g->now && t->from <= g->now) runs = true;
    }
    if (!runs) return until_never();
    if (count == 0 || list[count - 1].to != g->now)
        list[count++] = (struct stretch){g->now, g->now};
    for (uint32_t i = 0; i < count; i++) {
        months = date_whole_months((int32_t)list[i].from, (int32_t)list[i].to, &left);
        left_over += left;
    }
    int64_t from = list[count - 1].from > DATE_FIRST ? list[count - 1].from : DATE_FIRST;
    struct until u =
        on(g->in, date_add_months((int32_t)from, months + 1, MONTH_NEXT), UNTIL_MONTH_FULL);
    if (g->n->imm > 0)
        u = until_sooner(
            u, on(g->in, g->in->day + g->n->imm - left_over % g->n->imm, UNTIL_MONTH_FULL));
    return u;
}

static struct until spell_months_grow(const struct agg *g)
{
    struct stretch *list = ARENA_ARRAY(g->in->arena, struct stretch, (size_t)g->count + 1);

    if (g->in->value[g->n - g->in->rules->nodes].lo >= MONTHS_MOST) return until_never();
    if (list == NULL) return on(g->in, (int64_t)g->in->day + 1, UNTIL_DAY);
    return until_sooner(spells_grow(g, STANDING_SURE, list),
                        spells_grow(g, STANDING_POSSIBLE, list));
}

static struct until grows(const struct agg *g)
{
    if (g->n->op == NODE_AGG_MONTHS) return months_grow(g);
    if (g->n->op == NODE_AGG_CONSECUTIVE) return consecutive_changes(g);
    return g->n->op == NODE_AGG_SPELL_MONTHS ? spell_months_grow(g) : until_never();
}

/* How long the records stand as they do. */
static struct until records_stay(const struct agg *g)
{
    struct until all = until_never(), sure = {.day = g->in->day, .reg = -1}, exist, u;
    const bool is_any = g->n->op == NODE_AGG_ANY && !g->reg->none_unknown;

    for (uint32_t i = 0; i < g->count; i++) {
        const enum trace_standing standing = g->rows[i].standing;
        u = stay_of(g, i, &exist);
        all = until_sooner(all, u);
        if (g->reg->none_unknown) all = until_sooner(all, exist);
        if (standing == STANDING_SURE && is_any) sure = until_later(sure, u);
        if (standing == STANDING_SURE && g->n->op == NODE_AGG_NOW) break; /* no later one counts */
    }
    return until_later(all, sure); /* one sure record is enough for 有 */
}

/* What grows is said of the latest record that counts. */
static struct until of_record(const struct agg *g, struct until u)
{
    for (uint32_t i = g->count; i-- > 0 && u.reg < 0 && !is_never(u);)
        if (g->rows[i].standing != STANDING_OUT) {
            u.reg = g->n->reg;
            u.row = g->rows[i].row;
        }
    return u;
}

void until_aggregate(struct agg *g)
{
    struct interp *in = g->in;
    const size_t node = (size_t)(g->n - in->rules->nodes);
    struct until steady = until_never(), u = steady;

    if (population_answered(in->people, g->n->reg, in->person)) {
        steady = records_stay(g);
        u = g->is_silent ? steady : until_sooner(steady, of_record(g, grows(g)));
    }
    INVARIANT(u.day > in->day);
    in->until[node] = u;
    in->steady[node] = g->is_silent ? u : steady;
    if (in->until_rules->may_overflow[node]) in->overflow = until_sooner(in->overflow, u);
}

/* --- indicators and the permit --- */

static struct until clause_until(const struct interp *in, int32_t clause)
{
    const struct rule_clause *c = &in->rules->clauses[clause];

    return until_sooner(until_condition(in, c->cond), in->until[c->body]);
}

/* Where the indicator's cap or floor binds, its only clause may move beyond it. */
static struct until body_until(const struct interp *in, int32_t clause,
                               const struct rule_indicator *ind, const struct trace_steps *s)
{
    const uint32_t body = (uint32_t)in->rules->clauses[clause].body;

    if (ind->cap.is_set && in->value[body].lo >= s->cap)
        return leaving(in, body, s->cap, INT64_MAX);
    if (ind->floor.is_set && in->value[body].hi <= s->floor)
        return leaving(in, body, INT64_MIN, s->floor);
    return in->until[body];
}

/* What the clauses give together. */
static struct until raw_until(const struct interp *in, const struct plan_indicator *pi,
                              const struct trace_clause *clauses, const struct trace_steps *s)
{
    const struct rule_indicator *ind = &in->rules->indicators[pi->indicator];
    struct until u = until_never();

    for (uint32_t i = 0; i < pi->clause_count; i++) {
        const struct rule_clause *c = &in->rules->clauses[pi->clauses[i]];
        const struct until cond = until_condition(in, c->cond);
        const bool surely = clauses[i].applies.lo == 1, never = clauses[i].applies.hi == 0;
        if (!in->until_rules->sums_fit) {
            u = until_sooner(u, clause_until(in, pi->clauses[i]));
        } else if (never) {
            u = until_sooner(u, cond);
        } else if (ind->combine == COMBINE_ONE && surely) {
            return until_sooner(until_sooner(u, cond), body_until(in, pi->clauses[i], ind, s));
        } else {
            u = until_sooner(u, clause_until(in, pi->clauses[i]));
        }
    }
    return u;
}

struct until until_indicator(const struct interp *in, const struct plan_indicator *pi,
                             const struct trace_clause *clauses, const struct trace_steps *s)
{
    const struct rule_indicator *ind = &in->rules->indicators[pi->indicator];
    *in->patience = PATIENCE;
    struct until u = raw_until(in, pi, clauses, s);

    if (ind->has_if_unknown && !interval_is_known(s->floored) && in->day < ind->if_unknown_from)
        u = until_sooner(u, on(in, ind->if_unknown_from, UNTIL_UNKNOWN_SETTLED));
    return u;
}

static struct until field_until(const struct population *p, int32_t reg, int32_t field,
                                uint32_t row, int32_t day, bool is_end)
{
    const struct column *c = &p->regs[reg].cols[field];
    const bool is_month = p->rules->regs[reg].fields[field].type.vt == VT_MONTH;

    if (!column_known(c, row)) return until_never();
    int64_t t = column_get(c, row);
    if (is_month)
        t = t + is_end > MONTH_LAST ? DATE_OPEN_END : month_first_day((int32_t)t + is_end);
    if (t <= day) return until_never();
    struct until u = until_on(day, t, is_end ? UNTIL_PERMIT_ENDS : UNTIL_PERMIT_BEGINS);
    if (!is_never(u)) {
        u.reg = reg;
        u.row = row;
    }
    return u;
}

struct until until_home(const struct population *p, uint32_t person, int32_t day)
{
    struct until u = until_never();
    uint32_t row, end;

    if (!p->rules->has_force) return u;
    const int32_t reg = p->rules->force.reg;
    const struct rule_register *rr = &p->rules->regs[reg];
    const int32_t start = rr->event >= 0 ? rr->event : rr->start;
    if (!population_answered(p, reg, person)) return u;
    population_rows(p, reg, person, &row, &end);
    for (; row < end; row++) {
        if (start >= 0) u = until_sooner(u, field_until(p, reg, start, row, day, false));
        if (rr->end >= 0) u = until_sooner(u, field_until(p, reg, rr->end, row, day, true));
    }
    return u;
}

/* --- what an image says once for all --- */

static bool fits(wide v)
{
    return v >= INT64_MIN / 2 && v <= INT64_MAX / 2;
}

static wide span_of(const struct rule_node *n)
{
    const wide lo = n->lo < 0 ? -(wide)n->lo : n->lo, hi = n->hi < 0 ? -(wide)n->hi : n->hi;
    return lo > hi ? lo : hi;
}

/* May the operator's result leave 64 bits for operands in their static ranges? Generous. */
static bool node_may_overflow(const struct rules *r, const struct rule_node *n)
{
    wide a = n->kid_count > 0 ? span_of(&r->nodes[node_kid(r, n, 0)]) : 0;
    wide b = n->kid_count > 1 ? span_of(&r->nodes[node_kid(r, n, 1)]) : 0, sum = 0;

    if (n->op == NODE_ADD || n->op == NODE_SUB) return !fits(a + b);
    if (n->op == NODE_MUL) return a > 0 && b > INT64_MAX / 2 / a;
    if (n->op == NODE_DIV) return !fits(a);
    if (n->op == NODE_PER) return a > 0 && (wide)n->imm2 > INT64_MAX / 2 / a;
    if (n->op == NODE_AGG_SUM || n->op == NODE_AGG_EACH)
        return b > 0 && (wide)r->regs[n->reg].max_records > INT64_MAX / 2 / b;
    if (n->op != NODE_TOTAL) return false;
    for (uint32_t i = 0; i < n->kid_count; i++)
        sum += span_of(&r->nodes[node_kid(r, n, i)]);
    return !fits(sum);
}

enum err until_rules_new(struct arena *a, const struct rules *r, const struct until_rules **ret)
{
    struct until_rules *u = ARENA_NEW(a, struct until_rules);
    wide sum = 0;

    if (u == NULL) return ERR_NOMEM;
    u->may_overflow = ARENA_ARRAY(a, uint8_t, r->node_count);
    if (u->may_overflow == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->node_count; i++)
        u->may_overflow[i] = node_may_overflow(r, &r->nodes[i]);
    for (uint32_t i = 0; i < r->clause_count; i++)
        sum += span_of(&r->nodes[r->clauses[i].body]);
    u->sums_fit = fits(sum);
    *ret = u;
    return ERR_OK;
}
