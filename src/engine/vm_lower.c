/* From a plan to a list of column operations.
 *
 *   rule nodes -> values (folded, shared) -> needed ones in order -> slots (linear scan)
 *
 * Parameters, the scoring day and windows are constants here. Records are chosen by masks: "exists
 * on the day" and the window are ranges of the record's dates, which fold into step functions.
 *
 * Invariants: values refer to earlier values only, so their order is an order of execution; every
 * operation that may overflow is run, used or not (README §6: overflow is found everywhere). */
#include <string.h>

#include "base/date.h"
#include "engine/vm_value.h"

__extension__ typedef __int128 wide;

struct output {
    int32_t value;
    enum vm_out kind;
    uint32_t index;
};

struct lower {
    struct arena *arena;
    const struct plan *plan;
    const struct rules *rules;
    int32_t day;
    struct vm *vm;
    struct values values;
    int32_t *node_value; /* per node in its own domain; -1 = not yet */
    struct output *outputs;
    uint32_t output_count;
    int32_t total, force, veto, freeze; /* values, -1 */
};

static int32_t lower_node(struct lower *l, uint32_t node, int32_t domain);

static uint32_t kid(const struct lower *l, const struct rule_node *n, uint32_t i)
{
    return l->rules->kids[n->kid_first + i];
}

static int32_t constant(struct lower *l, int64_t c)
{
    return value_const(&l->values, c);
}

static int32_t binary(struct lower *l, enum kernel_binary b, int32_t x, int32_t y)
{
    return value_binary(&l->values, b, x, y);
}

static struct vm_op op_of(enum vm_code code, uint32_t src_count)
{
    return (struct vm_op){
        .code = code, .domain = -1, .reg = -1, .column = -1, .dst = -1, .src_count = src_count};
}

static int32_t if_else(struct lower *l, int32_t cond, int32_t x, int32_t y)
{
    return value_make(&l->values, op_of(VM_IF, 3), (const int32_t[]){cond, x, y});
}

/* --- columns --- */

/* Index among the registers whose rows are walked. */
static int32_t walked(struct lower *l, int32_t reg)
{
    struct vm *vm = l->vm;
    for (uint32_t i = 0; i < vm->reg_count; i++)
        if (vm->regs[i] == reg) return (int32_t)i;
    vm->regs[vm->reg_count] = reg; /* room for all registers */
    return (int32_t)vm->reg_count++;
}

static bool is_month(const struct rule_field *f)
{
    return f->type.vt == VT_MONTH;
}

/* A field as it stands in its column; domain -1 or walked register. */
static int32_t column(struct lower *l, int32_t reg, int32_t field, int32_t domain,
                      int64_t unknown_lo, int64_t unknown_hi)
{
    const struct rule_field *f = &l->rules->regs[reg].fields[field];
    int64_t lo = f->lo, hi = f->hi;
    if (f->empty == EMPTY_OPEN) hi = is_month(f) ? MONTH_OPEN_END : DATE_OPEN_END;
    if (f->empty == EMPTY_ALWAYS) lo = is_month(f) ? MONTH_FIRST - 1 : DATE_OPEN_START;
    return value_column(&l->values, (struct vm_column){reg, field, domain}, lo, hi, unknown_lo,
                        unknown_hi);
}

/* A date or key of a record for the machine's own use: unknown is everything it may hold. */
static int32_t record_column(struct lower *l, int32_t reg, int32_t field)
{
    const struct rule_field *f = &l->rules->regs[reg].fields[field];
    return column(l, reg, field, walked(l, reg), f->lo, f->hi > f->lo ? f->hi : f->lo + 1);
}

static int32_t lower_field(struct lower *l, const struct rule_node *n)
{
    if (n->domain == n->reg) return column(l, n->reg, n->field, walked(l, n->reg), n->lo, n->hi);
    const int32_t person = column(l, n->reg, n->field, -1, n->lo, n->hi);
    if (n->domain < 0) return person;
    struct vm_op op = op_of(VM_EXPAND, 1);
    op.domain = walked(l, n->domain);
    return value_make(&l->values, op, &person);
}

/* --- when a record counts --- */

struct span {
    int64_t first, last; /* both included */
};

static bool has_month_times(const struct rule_register *reg)
{
    const int32_t f = reg->event >= 0 ? reg->event : reg->start;
    return f >= 0 && is_month(&reg->fields[f]);
}

static struct span span_of_days(bool months, int32_t first, int32_t last)
{
    if (months) return (struct span){date_month(first), date_month(last)};
    return (struct span){first, last};
}

static struct span span_of_year(bool months, int32_t year)
{
    if (!date_is_valid(year, 1, 1)) return (struct span){0, -1};
    return span_of_days(months, date_from_civil(year, 1, 1), date_from_civil(year, 12, 31));
}

/* What the window leaves of spells and months (and of events, but for "valid n months"). */
static struct span window_span(const struct lower *l, const struct rule_node *n, bool months)
{
    const int32_t year = date_to_civil(l->day).year;

    switch (n->window) {
    case WINDOW_MONTHS:
        if (months) return (struct span){date_month(l->day) - n->window_a + 1, INT64_MAX};
        return (struct span){date_add_months(l->day, (int32_t)-n->window_a, MONTH_CLAMP),
                             INT64_MAX};
    case WINDOW_FIXED:
        return span_of_days(months, (int32_t)n->window_a, (int32_t)n->window_b);
    case WINDOW_THIS_YEAR:
        return span_of_year(months, year);
    case WINDOW_PREVIOUS_YEAR:
        return span_of_year(months, year - 1);
    case WINDOW_NONE:
        break;
    }
    return (struct span){INT64_MIN, INT64_MAX};
}

/* The first day whose event still counts on the scoring day when it counts for `months`. */
static int64_t first_valid_event(int32_t day, int64_t months)
{
    int32_t least = DATE_FIRST, most = DATE_LAST + 1;
    while (least < most) {
        const int32_t mid = least + (most - least) / 2;
        if (date_add_months(mid, (int32_t)months, MONTH_NEXT) > day)
            most = mid;
        else
            least = mid + 1;
    }
    return least;
}

static struct span event_span(const struct lower *l, const struct rule_node *n, bool months)
{
    struct span s = window_span(l, n, months);
    if (n->window == WINDOW_NONE) return s;
    if (n->window == WINDOW_MONTHS && !months)
        s = (struct span){first_valid_event(l->day, n->window_a), INT64_MAX};
    if (s.first <= DATE_OPEN_START) s.first = DATE_OPEN_START + 1; /* since ever: in no window */
    return s;
}

/* 0/1 lanes per row: has the record's time come, and is it not over? */
static int32_t mask_exists(struct lower *l, int32_t reg)
{
    const struct rule_register *r = &l->rules->regs[reg];
    const int64_t now = has_month_times(r) ? date_month(l->day) : l->day;
    const int32_t begin = r->event >= 0 ? r->event : r->start;

    if (begin < 0) return constant(l, 1);
    int32_t mask = value_maybe_within(&l->values, record_column(l, reg, begin), INT64_MIN, now);
    if (r->event >= 0 && r->end >= 0)
        mask = binary(
            l, KB_AND, mask,
            value_maybe_within(&l->values, record_column(l, reg, r->end), now + 1, INT64_MAX));
    return mask;
}

/* Does something of the spell lie in the window? */
static int32_t mask_spell_window(struct lower *l, int32_t reg, struct span s, bool months)
{
    const struct rule_register *r = &l->rules->regs[reg];
    const int32_t start = record_column(l, reg, r->start);

    if (s.first > s.last) return constant(l, 0);
    int32_t mask = value_maybe_within(&l->values, start, INT64_MIN, s.last);
    if (r->end < 0) return mask;
    const int32_t end = record_column(l, reg, r->end);
    const int64_t least = months || s.first == INT64_MIN ? s.first : s.first + 1;
    mask = binary(l, KB_AND, mask, value_maybe_within(&l->values, end, least, INT64_MAX));
    return binary(l, KB_AND, mask, binary(l, months ? KB_LE : KB_LT, start, end));
}

static int32_t mask_window(struct lower *l, const struct rule_node *n)
{
    const struct rule_register *r = &l->rules->regs[n->reg];
    const bool months = has_month_times(r);

    if (n->window == WINDOW_NONE || (r->event < 0 && r->start < 0)) return constant(l, 1);
    if (r->event < 0) return mask_spell_window(l, n->reg, window_span(l, n, months), months);
    const struct span s = event_span(l, n, months);
    return value_maybe_within(&l->values, record_column(l, n->reg, r->event), s.first, s.last);
}

/* 现行: the record also covers the day. */
static int32_t mask_covers(struct lower *l, int32_t reg)
{
    const struct rule_register *r = &l->rules->regs[reg];
    const bool months = has_month_times(r);
    const int64_t least = months ? date_month(l->day) : (int64_t)l->day + 1;

    if (r->end < 0) return constant(l, 1);
    return value_maybe_within(&l->values, record_column(l, reg, r->end), least, INT64_MAX);
}

/* --- aggregates --- */

static void aggregate_times(struct lower *l, const struct rule_node *n, struct vm_op *op,
                            int32_t *src)
{
    const struct rule_register *r = &l->rules->regs[n->reg];
    const bool months = has_month_times(r);
    const struct span s = window_span(l, n, months);
    const int64_t last = months ? date_month(l->day) : (int64_t)l->day - 1;

    op->first = s.first;
    if (months && op->first < MONTH_FIRST) op->first = MONTH_FIRST;
    op->last = s.last < last ? s.last : last;
    op->imm2 = date_month(l->day);
    src[VM_SRC_START] = record_column(l, n->reg, r->start);
    if (r->end >= 0) src[VM_SRC_END] = record_column(l, n->reg, r->end);
}

static void aggregate_each(struct lower *l, const struct rule_node *n, struct vm_op *op,
                           int32_t *src)
{
    const struct rule_register *r = &l->rules->regs[n->reg];

    if (n->imm < 0 && n->field2 < 0) {
        op->code = VM_SUM_RECORDS;
        return;
    }
    if (n->imm >= 0 && r->event >= 0) src[VM_SRC_EVENT] = record_column(l, n->reg, r->event);
    if (n->field2 >= 0) src[VM_SRC_KEY] = record_column(l, n->reg, n->field2);
}

static enum vm_code aggregate_code(enum node_op op)
{
    static const enum vm_code CODES[NODE_OP_COUNT] = {
        [NODE_AGG_COUNT] = VM_COUNT,
        [NODE_AGG_SUM] = VM_SUM_RECORDS,
        [NODE_AGG_MAX] = VM_BEST,
        [NODE_AGG_MIN] = VM_BEST,
        [NODE_AGG_ANY] = VM_ANY,
        [NODE_AGG_NOW] = VM_NOW,
        [NODE_AGG_MONTHS] = VM_MONTHS,
        [NODE_AGG_SPELL_MONTHS] = VM_SPELLS,
        [NODE_AGG_CONSECUTIVE] = VM_CONSECUTIVE,
        [NODE_AGG_EACH] = VM_EACH,
    };
    return CODES[op];
}

static int64_t most_records(const struct rule_register *r)
{
    if (r->one_per_person) return 1;
    return r->max_records > 0 ? r->max_records : 1000;
}

static int32_t lower_aggregate(struct lower *l, const struct rule_node *n)
{
    const struct rule_register *r = &l->rules->regs[n->reg];
    int32_t src[VM_RECORD_SRCS] = {-1, -1, -1, -1, -1, -1, -1};
    struct vm_op op = op_of(aggregate_code(n->op), VM_RECORD_SRCS);

    op.reg = walked(l, n->reg);
    op.imm = n->imm;
    op.imm3 = most_records(r);
    op.has_none = n->flags & NODE_HAS_NONE;
    op.least = n->op == NODE_AGG_MIN;
    op.unknown_lo = n->lo;
    op.unknown_hi = n->hi;
    int32_t mask = binary(l, KB_AND, mask_exists(l, n->reg), mask_window(l, n));
    if (n->op == NODE_AGG_NOW) mask = binary(l, KB_AND, mask, mask_covers(l, n->reg));
    src[VM_SRC_MASK] = binary(l, KB_AND, mask, lower_node(l, kid(l, n, 0), n->reg));
    if (n->kid_count > 1) src[VM_SRC_VALUE] = lower_node(l, kid(l, n, 1), n->reg);
    if (op.code == VM_MONTHS || op.code == VM_SPELLS || op.code == VM_CONSECUTIVE)
        aggregate_times(l, n, &op, src);
    if (op.code == VM_EACH) aggregate_each(l, n, &op, src);
    if (r->none_unknown) src[VM_SRC_EXISTS] = mask_exists(l, n->reg);
    return value_make(&l->values, op, src);
}

/* --- nodes --- */

/* MATCH over members is BANDS over runs of members. */
static void table_of_match(struct lower *l, const struct rule_node *n, const int32_t *src)
{
    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        const uint64_t set = (uint64_t)l->rules->table[n->table_first + row];
        for (int64_t m = 0; m < 62; m++) {
            if (!(set >> m & 1)) continue;
            int64_t last = m;
            while (last + 1 < 62 && set >> (last + 1) & 1)
                last++;
            const struct value *body = &l->values.items[src[row + 1]];
            const int64_t out[4] = {m, last, body->is_const ? -1 : (int64_t)row + 1,
                                    body->constant};
            if (!value_table_add(&l->values, out, 4)) return;
            m = last;
        }
    }
}

static void table_of_bands(struct lower *l, const struct rule_node *n, const int32_t *src)
{
    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        const int64_t *in = l->rules->table + n->table_first + 2 * (size_t)row;
        const struct value *body = &l->values.items[src[row + 1]];
        const int64_t out[4] = {in[0], in[1], body->is_const ? -1 : (int64_t)row + 1,
                                body->constant};
        if (!value_table_add(&l->values, out, 4)) return;
    }
}

/* Rows with constant bodies hold them in the table; a source then stays for the others only. */
static int32_t lower_rows(struct lower *l, const struct rule_node *n, int32_t *src)
{
    struct vm_op op = op_of(VM_BANDS, n->kid_count);
    bool all_const = true;

    op.table_first = l->vm->table_count;
    if (n->op == NODE_MATCH)
        table_of_match(l, n, src);
    else
        table_of_bands(l, n, src);
    op.table_count = (l->vm->table_count - op.table_first) / 4;
    for (uint32_t i = 1; i < n->kid_count; i++)
        all_const &= l->values.items[src[i]].is_const;
    if (all_const) op.src_count = 1;
    return value_make(&l->values, op, src);
}

static int32_t lower_ranges(struct lower *l, const struct rule_node *n, const int32_t *src)
{
    struct vm_op op = op_of(VM_IN, 1);
    op.table_first = l->vm->table_count;
    if (!value_table_add(&l->values, l->rules->table + n->table_first, n->table_count)) return 0;
    op.table_count = n->table_count / 2;
    return value_make(&l->values, op, src);
}

static int32_t lower_chain(struct lower *l, enum kernel_binary b, const int32_t *src, uint32_t n)
{
    int32_t v = src[0];
    for (uint32_t i = 1; i < n; i++)
        v = binary(l, b, v, src[i]);
    return v;
}

/* Operators with a kernel of their own name. */
static int32_t lower_named(struct lower *l, const struct rule_node *n, const int32_t *src)
{
    static const enum vm_code CODES[NODE_OP_COUNT] = {[NODE_NOT] = VM_NOT,
                                                      [NODE_MUL] = VM_MUL,
                                                      [NODE_DIV] = VM_DIV,
                                                      [NODE_PER] = VM_PER,
                                                      [NODE_IF] = VM_IF,
                                                      [NODE_TOTAL] = VM_SUM,
                                                      [NODE_AGE] = VM_AGE,
                                                      [NODE_YEAR] = VM_YEAR,
                                                      [NODE_YEAR_START] = VM_YEAR_START,
                                                      [NODE_ADD_MONTHS] = VM_ADD_MONTHS,
                                                      [NODE_WHOLE_MONTHS] = VM_WHOLE_MONTHS};
    struct vm_op op = op_of(CODES[n->op], n->kid_count);

    INVARIANT(op.code != VM_LOAD);
    op.round = n->round;
    if (op.code == VM_MUL) {
        op.imm2 = n->imm;
    } else if (op.code == VM_PER) {
        op.imm = n->imm;
        op.imm2 = n->imm2;
        op.imm3 = op.last = INT64_MAX;
    } else if (op.code == VM_ADD_MONTHS) {
        op.imm = n->imm;
        op.imm2 = n->imm2;
    }
    return value_make(&l->values, op, src);
}

static int binary_of(enum node_op op)
{
    static const int8_t KB[NODE_OP_COUNT] = {
        [NODE_ADD] = KB_ADD + 1, [NODE_SUB] = KB_SUB + 1, [NODE_MIN] = KB_MIN + 1,
        [NODE_MAX] = KB_MAX + 1, [NODE_GE] = KB_GE + 1,   [NODE_LE] = KB_LE + 1,
        [NODE_GT] = KB_GT + 1,   [NODE_LT] = KB_LT + 1,   [NODE_EQ] = KB_EQ + 1,
        [NODE_NE] = KB_NE + 1,   [NODE_AND] = KB_AND + 1, [NODE_OR] = KB_OR + 1};
    return KB[op] - 1;
}

static int32_t if_unknown(struct lower *l, int32_t v, int64_t from_day, int64_t points)
{
    struct vm_op op = op_of(VM_IF_UNKNOWN, 1);
    if (l->day < from_day) return v;
    op.imm = points;
    return value_make(&l->values, op, &v);
}

static int32_t lower_operator(struct lower *l, const struct rule_node *n, int32_t *src)
{
    const int b = binary_of(n->op);
    if (b >= 0) return binary(l, (enum kernel_binary)b, src[0], src[1]);
    if (n->op == NODE_IN_RANGES) return lower_ranges(l, n, src);
    if (n->op == NODE_BANDS || n->op == NODE_MATCH) return lower_rows(l, n, src);
    if (n->op == NODE_HIGHEST) return lower_chain(l, KB_MAX, src, n->kid_count);
    if (n->op == NODE_LOWEST) return lower_chain(l, KB_MIN, src, n->kid_count);
    if (n->op == NODE_IF_UNKNOWN) return if_unknown(l, src[0], n->imm, n->imm2);
    return lower_named(l, n, src);
}

static int32_t lower_fresh(struct lower *l, const struct rule_node *n)
{
    int32_t local[8];
    int32_t *src = local;

    if (n->op == NODE_CONST)
        return constant(l, n->param >= 0 ? l->plan->param_values[n->param] : n->imm);
    if (n->op == NODE_DAY) return constant(l, l->day);
    if (n->op == NODE_FIELD) return lower_field(l, n);
    if (n->op >= NODE_AGG_COUNT && n->op <= NODE_AGG_EACH) return lower_aggregate(l, n);
    if (n->kid_count > 8) {
        src = arena_alloc(l->arena, n->kid_count, sizeof *src);
        if (!src) {
            l->values.out_of_memory = true;
            return 0;
        }
    }
    for (uint32_t i = 0; i < n->kid_count; i++)
        src[i] = lower_node(l, kid(l, n, i), n->domain);
    return lower_operator(l, n, src);
}

/* A node's value in `domain` (a register of the rules, or -1): its own, or the person's for every
 * row. */
static int32_t lower_node(struct lower *l, uint32_t node, int32_t domain)
{
    const struct rule_node *n = &l->rules->nodes[node];
    int32_t v = l->node_value[node];

    if (l->values.out_of_memory) return 0;
    if (v < 0) v = l->node_value[node] = lower_fresh(l, n);
    if (domain < 0 || l->values.out_of_memory) return v;
    if (l->values.items[v].is_const || l->values.items[v].op.domain >= 0) return v;
    struct vm_op op = op_of(VM_EXPAND, 1);
    op.domain = walked(l, domain);
    return value_make(&l->values, op, &v);
}

/* --- indicators, groups, vetoes --- */

static int32_t condition(struct lower *l, int32_t node)
{
    return node < 0 ? constant(l, 1) : lower_node(l, (uint32_t)node, -1);
}

static int64_t amount(const struct lower *l, const struct rule_amount *m)
{
    return m->param >= 0 ? l->plan->param_values[m->param] : m->value;
}

static void output_add(struct lower *l, int32_t value, enum vm_out kind, uint32_t index)
{
    l->outputs[l->output_count++] = (struct output){value, kind, index};
}

/* `mark`: of the cap, set where it cuts. */
static int32_t cap_and_floor(struct lower *l, int32_t v, const struct rule_amount *cap,
                             const struct rule_amount *floor, uint32_t mark)
{
    if (cap->is_set && l->vm->marks)
        output_add(l, binary(l, KB_GT, v, constant(l, amount(l, cap))), VM_OUT_MARK, mark);
    if (cap->is_set) v = binary(l, KB_MIN, v, constant(l, amount(l, cap)));
    if (floor->is_set) v = binary(l, KB_MAX, v, constant(l, amount(l, floor)));
    return v;
}

/* Vetoes of one group or indicator (both -1: of everything). */
static int32_t apply_vetoes(struct lower *l, int32_t v, int32_t group, int32_t indicator)
{
    for (uint32_t i = 0; i < l->plan->veto_count; i++) {
        const struct rule_veto *veto = &l->rules->vetoes[l->plan->vetoes[i]];
        if (veto->freezes || veto->group != group || veto->indicator != indicator) continue;
        v = if_else(l, condition(l, veto->cond), constant(l, 0), v);
    }
    return v;
}

static int32_t sum_of(struct lower *l, const int32_t *src, uint32_t n)
{
    return value_make(&l->values, op_of(VM_SUM, n), src);
}

/* Which clauses gave points: those reached, where what they give is not 0. */
static void mark_clauses(struct lower *l, const struct plan_indicator *pi, enum combine combine,
                         const int32_t *cond, const int32_t *body)
{
    int32_t free = constant(l, 1); /* no clause before has applied */

    for (uint32_t i = 0; i < pi->clause_count; i++) {
        const int32_t reached = binary(l, KB_AND, free, cond[i]);
        const int32_t given = if_else(l, reached, body[i], constant(l, 0));
        output_add(l, binary(l, KB_NE, given, constant(l, 0)), VM_OUT_MARK,
                   score_mark_clause(l->rules, pi->clauses[i]));
        if (combine == COMBINE_ONE)
            free = binary(l, KB_AND, free, value_make(&l->values, op_of(VM_NOT, 1), &cond[i]));
    }
}

static int32_t lower_clauses(struct lower *l, const struct plan_indicator *pi)
{
    const struct rule_indicator *ind = &l->rules->indicators[pi->indicator];
    const uint32_t n = pi->clause_count;
    int32_t *cond = arena_alloc(l->arena, n, sizeof *cond);
    int32_t *body = arena_alloc(l->arena, n, sizeof *body);
    int32_t v = constant(l, 0);

    if (!cond || !body) {
        l->values.out_of_memory = true;
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct rule_clause *c = &l->rules->clauses[pi->clauses[i]];
        cond[i] = condition(l, c->cond);
        body[i] = lower_node(l, (uint32_t)c->body, -1);
    }
    if (l->vm->marks) mark_clauses(l, pi, ind->combine, cond, body);
    if (ind->combine == COMBINE_ONE) {
        for (uint32_t i = n; i-- > 0;)
            v = if_else(l, cond[i], body[i], v);
        return v;
    }
    for (uint32_t i = 0; i < n; i++)
        body[i] = if_else(l, cond[i], body[i], constant(l, 0));
    if (ind->combine == COMBINE_SUM) return sum_of(l, body, n);
    return n > 0 ? lower_chain(l, KB_MAX, body, n) : v;
}

static void lower_indicators(struct lower *l, int32_t *ret)
{
    for (uint32_t i = 0; i < l->plan->indicator_count; i++) {
        const struct plan_indicator *pi = &l->plan->indicators[i];
        const struct rule_indicator *ind = &l->rules->indicators[pi->indicator];
        int32_t v = cap_and_floor(l, lower_clauses(l, pi), &ind->cap, &ind->floor,
                                  score_mark_indicator(l->rules, pi->indicator));
        if (ind->has_if_unknown) v = if_unknown(l, v, ind->if_unknown_from, ind->if_unknown_value);
        ret[i] = apply_vetoes(l, v, -1, pi->indicator);
        output_add(l, ret[i], VM_OUT_INDICATOR, i);
    }
}

/* Gained minus deducted; members in the plan's order, indicators first. */
static int32_t lower_members(struct lower *l, int32_t group, const int32_t *indicators,
                             const int32_t *groups, int32_t *gain, int32_t *loss)
{
    const struct plan *p = l->plan;
    uint32_t gains = 0, losses = 0;

    for (uint32_t i = 0; i < p->indicator_count; i++)
        if (l->rules->indicators[p->indicators[i].indicator].group == group)
            gain[gains++] = indicators[i];
    for (uint32_t i = 0; i < p->group_count; i++) {
        const struct rule_group *member = &l->rules->groups[p->groups[i]];
        if (member->parent != group) continue;
        if (member->deducts)
            loss[losses++] = groups[i];
        else
            gain[gains++] = groups[i];
    }
    const bool highest = l->rules->groups[group].combine == COMBINE_HIGHEST && gains > 0;
    const int32_t v = highest ? lower_chain(l, KB_MAX, gain, gains) : sum_of(l, gain, gains);
    return losses > 0 ? binary(l, KB_SUB, v, sum_of(l, loss, losses)) : v;
}

static void lower_groups(struct lower *l, const int32_t *indicators, int32_t *groups, int32_t *gain,
                         int32_t *loss)
{
    for (uint32_t i = l->plan->group_count; i-- > 0;) { /* children before parents */
        const int32_t at = l->plan->groups[i];
        const struct rule_group *g = &l->rules->groups[at];
        int32_t v = lower_members(l, at, indicators, groups, gain, loss);
        v = cap_and_floor(l, v, &g->cap, &g->floor, score_mark_group(l->rules, at));
        v = apply_vetoes(l, v, at, -1);
        if (at == 0) v = l->total = apply_vetoes(l, v, -1, -1);
        groups[i] = v;
        output_add(l, v, VM_OUT_GROUP, i);
    }
}

/* Vetoes of everything, or freezes, as one condition; -1 when there is none. */
static int32_t lower_holds(struct lower *l, bool freezes)
{
    int32_t v = -1;
    for (uint32_t i = 0; i < l->plan->veto_count; i++) {
        const struct rule_veto *veto = &l->rules->vetoes[l->plan->vetoes[i]];
        const bool for_all = freezes || (veto->group < 0 && veto->indicator < 0);
        const int32_t cond = condition(l, veto->cond);
        if (veto->freezes != freezes || !for_all) continue;
        v = v < 0 ? cond : binary(l, KB_OR, v, cond);
    }
    return v;
}

/* The status member of the permit that covers the day; -1 none; two different ends: unknown. */
static int32_t lower_force(struct lower *l)
{
    const struct rule_force *f = &l->rules->force;
    const struct rule_register *r = &l->rules->regs[f->reg];
    int32_t src[VM_RECORD_SRCS] = {-1, -1, -1, -1, -1, -1, -1};
    struct vm_op op = op_of(VM_NOW, VM_RECORD_SRCS);

    op.reg = walked(l, f->reg);
    op.imm = -1;
    op.imm3 = most_records(r);
    op.has_none = true;
    op.unknown_lo = -2;
    op.unknown_hi = -1;
    src[VM_SRC_MASK] = binary(l, KB_AND, mask_exists(l, f->reg), mask_covers(l, f->reg));
    src[VM_SRC_VALUE] = record_column(l, f->reg, f->status_field);
    if (r->none_unknown) src[VM_SRC_EXISTS] = mask_exists(l, f->reg);
    return value_make(&l->values, op, src);
}

static enum err lower_plan(struct lower *l)
{
    const struct plan *p = l->plan;
    const uint32_t most = p->indicator_count + p->group_count + 1;
    int32_t *indicators = arena_alloc(l->arena, most, sizeof *indicators);
    int32_t *groups = arena_alloc(l->arena, most, sizeof *groups);
    int32_t *gain = arena_alloc(l->arena, most, sizeof *gain);
    int32_t *loss = arena_alloc(l->arena, most, sizeof *loss);

    if (!indicators || !groups || !gain || !loss) return ERR_NOMEM;
    lower_indicators(l, indicators);
    lower_groups(l, indicators, groups, gain, loss);
    for (uint32_t i = 0; i < p->gate_count; i++)
        output_add(l, condition(l, l->rules->gates[p->gates[i]].cond), VM_OUT_GATE, i);
    l->veto = lower_holds(l, false);
    l->freeze = lower_holds(l, true);
    l->force = l->rules->has_force ? lower_force(l) : -1;
    return l->values.out_of_memory ? ERR_NOMEM : ERR_OK;
}

/* --- emission: from values to operations over slots --- */

static bool emit_as_step(const struct value *x)
{
    if (x->seg_count == 0 || x->seg_count > VM_STEPS_MAX + 1) return false;
    return !x->is_column; /* a column of few values is just loaded */
}

/* "Per whole unit" of a plain column reads the column itself. */
static bool reads_column(const struct values *v, const struct value *x)
{
    return x->op.code == VM_PER && !x->op.checked && v->items[x->src[0]].is_column;
}

static void mark_needed(struct values *v)
{
    for (uint32_t i = v->count; i-- > 0;) {
        struct value *x = &v->items[i];
        if (x->op.checked && !x->is_const) x->needed = true;
        if (!x->needed || x->is_const) continue;
        x->as_step = emit_as_step(x);
        if (x->as_step || reads_column(v, x)) continue;
        for (uint32_t k = 0; k < x->op.src_count; k++)
            if (x->src[k] >= 0) v->items[x->src[k]].needed = true;
    }
}

static void mark_roots(struct lower *l)
{
    const int32_t roots[] = {l->total, l->force, l->veto, l->freeze};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (roots[i] >= 0) l->values.items[roots[i]].needed = true;
    for (uint32_t i = 0; i < l->output_count; i++)
        l->values.items[l->outputs[i].value].needed = true;
}

/* An operand that the operation holds itself instead of in a slot. */
static bool takes_right_const(const struct values *v, const struct value *x)
{
    if (x->op.code != VM_BINARY && x->op.code != VM_MUL) return false;
    if (x->op.code == VM_BINARY && x->op.checked) return false;
    return v->items[x->src[1]].is_const;
}

static void last_uses(struct lower *l)
{
    struct values *v = &l->values;
    const int32_t roots[] = {l->total, l->force, l->veto, l->freeze};

    for (uint32_t i = 0; i < v->count; i++) {
        const struct value *x = &v->items[i];
        if (!x->needed || x->is_const || x->as_step || reads_column(v, x)) continue;
        for (uint32_t k = 0; k < x->op.src_count; k++)
            if (x->src[k] >= 0) v->items[x->src[k]].last_use = (int32_t)i;
    }
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (roots[i] >= 0) v->items[roots[i]].last_use = INT32_MAX;
}

struct pool { /* slots free for reuse: [0] persons, [1] rows */
    int32_t *free[2];
    uint32_t count[2];
};

static int32_t slot_new(struct lower *l, bool rows)
{
    struct vm *vm = l->vm;
    vm->slots[vm->slot_count] = (struct vm_slot){.rows = rows};
    return (int32_t)vm->slot_count++;
}

static int32_t slot_take(struct lower *l, struct pool *p, bool rows)
{
    return p->count[rows] > 0 ? p->free[rows][--p->count[rows]] : slot_new(l, rows);
}

/* Slots of constants are filled once; one per constant and kind of lane. */
static int32_t slot_const(struct lower *l, int64_t c, bool rows)
{
    struct vm *vm = l->vm;
    for (uint32_t i = 0; i < vm->slot_count; i++)
        if (vm->slots[i].is_const && vm->slots[i].rows == rows && vm->slots[i].value == c)
            return (int32_t)i;
    const int32_t s = slot_new(l, rows);
    vm->slots[s].is_const = true;
    vm->slots[s].value = c;
    return s;
}

/* Are a source's lanes rows? Those of aggregates are, though the result is for persons. */
static bool source_is_rows(const struct value *x)
{
    if (x->op.code == VM_EXPAND) return false;
    return x->op.domain >= 0 || x->op.reg >= 0;
}

/* Members of small enumerations are looked up in a table instead. */
static void steps_table(const struct vm_column *c, const struct rules *r, const struct value *x,
                        struct steps *s)
{
    const struct rule_field *f = &r->regs[c->reg].fields[c->field];

    s->in_table = f->lo >= 0 && f->hi <= 15 && s->lo >= INT16_MIN && s->hi <= INT16_MAX &&
                  column_type_for(f) == COL_U8;
    for (int64_t v = f->lo; s->in_table && v <= f->hi; v++) {
        uint32_t at = 0;
        while (at + 1 < x->seg_count && x->from[at + 1] <= v)
            at++;
        s->table[v] = (int16_t)x->seg_lo[at];
    }
}

static enum err steps_alloc_few(struct arena *a, struct steps *s, uint32_t most)
{
    int64_t *from = arena_alloc(a, most, sizeof *from);
    int64_t *delta = arena_alloc(a, most, sizeof *delta);
    s->from = from;
    s->delta = delta;
    return from && delta ? ERR_OK : ERR_NOMEM;
}

static void steps_span(struct steps *s, int64_t v)
{
    s->lo = v < s->lo ? v : s->lo;
    s->hi = v > s->hi ? v : s->hi;
}

/* The body for an input, and up to where it goes on; 0 where no row is. */
static int64_t band_at(const int64_t *row, uint32_t count, int64_t at, int64_t *ret_last)
{
    *ret_last = INT64_MAX;
    for (uint32_t i = 0; i < count; i++, row += 4) {
        if (row[0] <= at && at <= row[1]) {
            *ret_last = row[1];
            return row[3];
        }
        if (row[0] > at && row[0] - 1 < *ret_last) *ret_last = row[0] - 1;
    }
    return 0;
}

/* Constant bodies by a value that is no column: steps as well, if they are few. */
static enum err emit_bands(struct lower *l, const struct value *x, struct vm_op *op)
{
    const struct value *input = &l->values.items[x->src[0]];
    const int64_t *row = l->vm->table + op->table_first;
    int64_t from[STEPS_MAX], delta[STEPS_MAX], last;
    int64_t body = band_at(row, op->table_count, input->lo, &last);
    struct steps s = {.base = body, .from = from, .delta = delta};

    if (op->src_count != 1) return ERR_OK;
    op->rising = op->falling = true;
    for (steps_span(&s, body); last < input->hi; steps_span(&s, body)) {
        const int64_t at = last + 1, next = band_at(row, op->table_count, at, &last);
        if (next == body) continue;
        if (s.count == STEPS_MAX) return ERR_OK;
        from[s.count] = at;
        delta[s.count++] = next - body;
        steps_span(&s, next - body);
        if (next < body) op->rising = false;
        if (next > body) op->falling = false;
        body = next;
    }
    op->steps = s;
    enum err e = steps_alloc_few(l->arena, &op->steps, s.count);
    if (e != ERR_OK) return e;
    memcpy((void *)(uintptr_t)op->steps.from, from, s.count * sizeof *from);
    memcpy((void *)(uintptr_t)op->steps.delta, delta, s.count * sizeof *delta);
    return ERR_OK;
}

static enum err emit_steps(struct lower *l, const struct value *x, struct vm_op *op)
{
    const uint32_t n = x->seg_count - 1;
    int64_t *from = arena_alloc(l->arena, n, sizeof *from);
    int64_t *delta = arena_alloc(l->arena, n, sizeof *delta);
    if (!from || !delta) return ERR_NOMEM;
    op->code = VM_STEP;
    op->column = x->column;
    op->src_count = 0;
    op->steps = (struct steps){
        .base = x->seg_lo[0], .count = n, .from = from, .delta = delta, .lo = 0, .hi = 0};
    for (uint32_t i = 0; i < n; i++) {
        from[i] = x->from[i + 1];
        delta[i] = x->seg_lo[i + 1] - x->seg_lo[i];
    }
    for (uint32_t i = 0; i <= n; i++) { /* values, which are also the sums on the way, and steps */
        const int64_t at[2] = {x->seg_lo[i], i < n ? delta[i] : 0};
        for (int k = 0; k < 2; k++) {
            if (at[k] < op->steps.lo) op->steps.lo = at[k];
            if (at[k] > op->steps.hi) op->steps.hi = at[k];
        }
    }
    steps_table(&l->vm->columns[x->column], l->rules, x, &op->steps);
    op->unknown_lo = x->seg_lo[x->seg_count];
    op->unknown_hi = x->seg_hi[x->seg_count];
    return ERR_OK;
}

static int64_t per_of(const struct vm_op *op, int64_t v)
{
    const wide p = (wide)((v > 0 ? v : 0) / op->imm) * op->imm2;
    return p < op->imm3 ? (int64_t)p : op->imm3;
}

static void emit_per_column(const struct value *column, struct vm_op *op)
{
    op->column = column->column;
    op->src_count = 0;
    op->last = column->hi;
    op->unknown_lo = per_of(op, column->op.unknown_lo);
    op->unknown_hi = per_of(op, column->op.unknown_hi);
}

/* Can a person's one row be told from sums of 32 bits? */
static void emit_aggregate(const struct lower *l, const struct value *x, struct vm_op *op)
{
    const int32_t id = x->src[VM_SRC_VALUE];
    const bool sums = op->code == VM_SUM_RECORDS, each = op->code == VM_EACH;

    op->narrow = true;
    if (id < 0) return;
    const struct value *v = &l->values.items[id];
    op->bias = v->lo;
    op->narrow = (wide)v->hi - v->lo <= UINT32_MAX;
    if (sums || each) op->narrow = v->lo >= 0 && v->hi <= UINT32_MAX;
    if (sums) op->narrow &= !op->checked && (wide)v->hi * op->imm3 <= UINT32_MAX;
}

static void emit_sources(struct lower *l, const struct value *x, struct vm_op *op)
{
    struct vm *vm = l->vm;
    struct values *v = &l->values;

    op->src_first = vm->src_count;
    op->right_const = takes_right_const(v, x);
    if (op->right_const) op->imm = v->items[x->src[1]].constant;
    if (op->code == VM_PER) op->last = v->items[x->src[0]].hi;
    for (uint32_t i = 0; i < op->src_count; i++) {
        const int32_t id = x->src[i];
        int32_t slot = -1;
        if (id >= 0 && !(op->right_const && i == 1))
            slot = v->items[id].is_const ? slot_const(l, v->items[id].constant, source_is_rows(x))
                                         : v->items[id].slot;
        vm->srcs[vm->src_count++] = slot;
    }
}

static void emit_outputs(struct lower *l, int32_t value, int32_t slot)
{
    for (uint32_t i = 0; i < l->output_count; i++) {
        if (l->outputs[i].value != value) continue;
        struct vm_op op = op_of(VM_OUT, 1);
        op.src_first = l->vm->src_count;
        op.imm = l->outputs[i].kind;
        op.imm2 = l->outputs[i].index;
        l->vm->srcs[l->vm->src_count++] = slot;
        l->vm->ops[l->vm->op_count++] = op;
    }
}

static void free_sources(struct lower *l, struct pool *p, int32_t at)
{
    const struct value *x = &l->values.items[at];
    if (x->as_step || reads_column(&l->values, x)) return;
    for (uint32_t k = 0; k < x->op.src_count; k++) {
        if (x->src[k] < 0) continue;
        struct value *s = &l->values.items[x->src[k]];
        if (s->is_const || s->last_use != at || s->slot < 0) continue;
        const bool rows = l->vm->slots[s->slot].rows;
        p->free[rows][p->count[rows]++] = s->slot;
        s->last_use = -1; /* a source that stands twice is freed once */
    }
}

static enum err emit_value(struct lower *l, struct pool *p, int32_t at)
{
    struct value *x = &l->values.items[at];
    struct vm_op op = x->op;
    enum err e = ERR_OK;

    if (x->as_step)
        e = emit_steps(l, x, &op);
    else if (reads_column(&l->values, x))
        emit_per_column(&l->values.items[x->src[0]], &op);
    else
        emit_sources(l, x, &op);
    if (op.code >= VM_COUNT && op.code <= VM_EACH) emit_aggregate(l, x, &op);
    if (op.code == VM_BANDS) e = emit_bands(l, x, &op);
    if (e != ERR_OK) return e;
    const bool rows = op.domain >= 0;
    x->slot = op.dst = slot_take(l, p, rows);
    l->vm->ops[l->vm->op_count++] = op;
    emit_outputs(l, at, x->slot);
    free_sources(l, p, at);
    if (x->last_use < 0) p->free[rows][p->count[rows]++] = x->slot; /* only put out, or checked */
    return ERR_OK;
}

static int32_t root_slot(struct lower *l, int32_t value)
{
    if (value < 0) return -1;
    const struct value *x = &l->values.items[value];
    return x->is_const ? slot_const(l, x->constant, false) : x->slot;
}

static enum err emit_alloc(struct lower *l, struct pool *p)
{
    struct vm *vm = l->vm;
    size_t sources = l->output_count, slots = 8;

    for (uint32_t i = 0; i < l->values.count; i++)
        sources += l->values.items[i].op.src_count;
    slots += 3 * (size_t)l->values.count;
    vm->ops = arena_alloc(l->arena, l->values.count + l->output_count, sizeof *vm->ops);
    vm->srcs = arena_alloc(l->arena, sources, sizeof *vm->srcs);
    vm->slots = arena_alloc(l->arena, slots, sizeof *vm->slots);
    p->free[0] = arena_alloc(l->arena, slots, sizeof **p->free);
    p->free[1] = arena_alloc(l->arena, slots, sizeof **p->free);
    return vm->ops && vm->srcs && vm->slots && p->free[0] && p->free[1] ? ERR_OK : ERR_NOMEM;
}

static enum err emit(struct lower *l)
{
    struct pool p = {0};
    enum err e = emit_alloc(l, &p);

    if (e != ERR_OK) return e;
    mark_roots(l);
    mark_needed(&l->values);
    last_uses(l);
    for (uint32_t i = 0; i < l->values.count && e == ERR_OK; i++)
        if (l->values.items[i].needed && !l->values.items[i].is_const)
            e = emit_value(l, &p, (int32_t)i);
    for (uint32_t i = 0; i < l->values.count && e == ERR_OK; i++)
        if (l->values.items[i].is_const && l->values.items[i].needed)
            emit_outputs(l, (int32_t)i, slot_const(l, l->values.items[i].constant, false));
    l->vm->total = root_slot(l, l->total);
    l->vm->force = root_slot(l, l->force);
    l->vm->veto = root_slot(l, l->veto);
    l->vm->freeze = root_slot(l, l->freeze);
    return e;
}

/* Do all lanes, and the constants beside them, fit 32 bits? */
static bool fits_narrow(const struct lower *l)
{
    for (uint32_t i = 0; i < l->values.count; i++) {
        const struct value *x = &l->values.items[i];
        if (!x->needed) continue;
        if (x->lo < INT32_MIN || x->hi > INT32_MAX || x->op.checked) {
            if (x->op.code != VM_MUL && x->op.code != VM_DIV) return false;
            if (x->lo < INT32_MIN || x->hi > INT32_MAX) return false;
        }
        if (x->is_const || x->as_step) continue;
        if (x->op.code == VM_PER && (x->op.imm > INT32_MAX || x->op.imm2 > INT32_MAX)) return false;
        if (x->op.code == VM_MUL && x->op.imm2 > INT32_MAX) return false;
        /* such a column is not loaded, so not asked above; its cells become lanes all the same */
        if (reads_column(&l->values, x) && l->values.items[x->src[0]].hi > INT32_MAX) return false;
    }
    return true;
}

enum err vm_lower(struct arena *a, const struct plan *plan, int32_t day, struct vm *vm,
                  bool *ret_narrow)
{
    struct lower *l = ARENA_NEW(a, struct lower);
    const struct rules *r = plan->rules;

    if (!l) return ERR_NOMEM;
    *l = (struct lower){.arena = a,
                        .plan = plan,
                        .rules = r,
                        .day = day,
                        .vm = vm,
                        .total = -1,
                        .force = -1,
                        .veto = -1,
                        .freeze = -1};
    enum err e = values_init(&l->values, a, vm);
    if (e != ERR_OK) return e;
    l->node_value = ARENA_ARRAY(a, int32_t, r->node_count);
    l->outputs = ARENA_ARRAY(a, struct output,
                             plan->indicator_count + plan->group_count + plan->gate_count +
                                 (vm->marks ? score_mark_count(r) : 0));
    vm->regs = ARENA_ARRAY(a, int32_t, r->reg_count);
    if (!l->node_value || !l->outputs || !vm->regs) return ERR_NOMEM;
    for (uint32_t i = 0; i < r->node_count; i++)
        l->node_value[i] = -1;
    e = lower_plan(l);
    if (e == ERR_OK) e = emit(l);
    if (e == ERR_OK) *ret_narrow = fits_narrow(l);
    return e;
}
