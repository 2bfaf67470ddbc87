/* Sentences of an explanation: the arithmetic, the facts, the sources, what is awaited.
 *
 * Everything speaks of values that stand in the trace; nothing is computed again. A value that is
 * not known is said as its two ends. */
#include "base/date.h"
#include "engine/explain_internal.h"

struct say say_new(const struct explanation *e, enum lang lang, struct buf *out)
{
    return (struct say){.e = e,
                        .v = {e->rules, e->people->keys, e->people->key_count, lang, VALUE_PROSE},
                        .zh = lang == LANG_ZH,
                        .out = out};
}

void say_name(const struct say *s, const struct rule_name *n)
{
    struct str name = rules_name(n, s->v.lang);

    for (size_t i = 0; i < name.n; i++)
        buf_add_char(s->out, !s->zh && name.p[i] == '_' ? ' ' : name.p[i]);
}

void say_c(const struct say *s, const char *zh, const char *en)
{
    buf_add_c(s->out, s->zh ? zh : en);
}

void say_points(const struct say *s, struct interval v)
{
    static const struct type points = {VT_POINTS, -1};

    interval_add_text(s->out, &s->v, points, v);
}

void say_truth(const struct say *s, struct interval c)
{
    static const char *const words[LANG_COUNT][3] = {{"不符合", "未知", "符合"},
                                                     {"no", "not known", "yes"}};

    buf_add_c(s->out, words[s->v.lang][c.lo + c.hi]);
}

static const struct rule_node *node_of(const struct say *s, const struct trace_node *t)
{
    return &s->e->rules->nodes[t->node];
}

/* Is the interval everything the node may be: nothing at all is known? */
static bool is_all_there_is(const struct rule_node *n, struct interval v)
{
    return v.lo < v.hi && v.lo == n->lo && v.hi == n->hi;
}

void say_value(const struct say *s, const struct trace_node *t)
{
    const struct rule_node *n = node_of(s, t);
    bool has_ends = n->type.vt == VT_DATE || n->type.vt == VT_MONTH || n->type.vt == VT_DIVISION ||
                    n->type.vt == VT_KEY;

    if (n->type.vt == VT_BOOL)
        say_truth(s, t->value);
    else if (n->type.vt == VT_POINTS)
        say_points(s, t->value);
    else if (t->value.lo < t->value.hi && (has_ends || is_all_there_is(n, t->value)))
        say_c(s, "未知", "not known");
    else
        interval_add_text(s->out, &s->v, n->type, t->value);
    if (n->op == NODE_AGG_COUNT) say_c(s, "条", t->value.hi == 1 ? " record" : " records");
}

/* A value among others in a sum: brackets round one that has two ends. */
static void say_operand(const struct say *s, const struct trace_node *t)
{
    const struct rule_node *n = node_of(s, t);
    bool two_ends =
        t->value.lo < t->value.hi && (n->type.vt == VT_POINTS || !is_all_there_is(n, t->value));

    if (two_ends) say_c(s, "（", "(");
    say_value(s, t);
    if (two_ends) say_c(s, "）", ")");
}

/* --- steps --- */

typedef void (*step_fn)(const struct say *s, const struct trace_node *t, const struct rule_node *n);

static void step_value(const struct say *s, const struct trace_node *t,
                       const struct rule_node *n UNUSED)
{
    say_expression(s, t->node);
    say_c(s, "：", ": ");
    say_value(s, t);
}

static bool band_meets(const struct say *s, const struct rule_node *n, uint32_t row,
                       struct interval v)
{
    const int64_t *tab = s->e->rules->table + n->table_first;

    if (n->op == NODE_BANDS) return tab[2 * row] <= v.hi && v.lo <= tab[2 * row + 1];
    for (int64_t m = v.lo < 0 ? 0 : v.lo; m <= v.hi && m <= 61; m++)
        if (((uint64_t)tab[row] >> m & 1) != 0) return true;
    return false;
}

/* "55周岁以上、60周岁以下" */
static void say_band(const struct say *s, const struct rule_node *n, uint32_t row)
{
    const struct rules *r = s->e->rules;
    const struct rule_node *subject = &r->nodes[r->kids[n->kid_first]];
    int64_t lo = r->table[n->table_first + 2 * row], hi = r->table[n->table_first + 2 * row + 1];
    bool has_lo = lo > subject->lo && lo != INT64_MIN, has_hi = hi < subject->hi && hi != INT64_MAX;

    if (has_lo && has_hi && lo == hi) {
        value_add_text(s->out, &s->v, subject->type, lo);
        return;
    }
    if (has_lo) {
        value_add_text(s->out, &s->v, subject->type, lo);
        say_c(s, "以上", " or more");
    }
    if (has_lo && has_hi) say_c(s, "、", ", ");
    if (has_hi) {
        value_add_text(s->out, &s->v, subject->type, hi);
        say_c(s, "以下", " or less");
    }
    if (!has_lo && !has_hi) say_c(s, "任何数", "anything");
}

static void say_members(const struct say *s, const struct rule_node *n, uint32_t row)
{
    const struct rules *r = s->e->rules;
    struct type t = r->nodes[r->kids[n->kid_first]].type;
    uint64_t set = (uint64_t)r->table[n->table_first + row];
    bool is_first = true;

    for (int64_t m = 0; m <= 61; m++) {
        if ((set >> m & 1) == 0) continue;
        if (!is_first) say_c(s, "、", ", ");
        value_add_text(s->out, &s->v, t, m);
        is_first = false;
    }
}

static void say_row(const struct say *s, const struct rule_node *n, uint32_t row)
{
    say_c(s, "“", "\"");
    if (n->op == NODE_BANDS)
        say_band(s, n, row);
    else
        say_members(s, n, row);
    say_c(s, "”", "\"");
}

/* Does the row hold nothing but the value itself, so that naming it says nothing new? */
static bool row_is_the_value(const struct say *s, const struct rule_node *n, uint32_t row,
                             struct interval v)
{
    const int64_t *tab = s->e->rules->table + n->table_first;

    if (v.lo != v.hi) return false;
    if (n->op == NODE_BANDS) return tab[2 * row] == tab[2 * row + 1];
    return ((uint64_t)tab[row] & ((uint64_t)tab[row] - 1)) == 0;
}

/* The rows met, each with what it gives. */
static void step_rows(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    struct interval v = t->kids[0]->value;
    uint32_t met = 0;

    say_expression(s, t->kids[0]->node);
    say_c(s, "：", ": ");
    say_value(s, t->kids[0]);
    for (uint32_t row = 0; row + 1 < n->kid_count; row++) {
        if (!band_meets(s, n, row, v)) continue;
        if (row_is_the_value(s, n, row, v)) {
            say_c(s, "，", ", ");
        } else {
            if (met++ > 0)
                say_c(s, "；或", "; or ");
            else
                say_c(s, v.lo < v.hi ? "，可能属于" : "，属于",
                      v.lo < v.hi ? ", which may be in " : ", which is in ");
            say_row(s, n, row);
            say_c(s, n->type.vt == VT_POINTS ? "一档，" : "一档",
                  n->type.vt == VT_POINTS ? ": " : "");
        }
        if (n->type.vt == VT_POINTS) say_value(s, t->kids[row + 1]);
    }
}

static void step_branch(const struct say *s, const struct trace_node *t,
                        const struct rule_node *n UNUSED)
{
    say_truth(s, t->kids[0]->value);
    say_c(s, "：", ": ");
    say_expression(s, t->kids[0]->node);
}

/* 每满 … 得 a parameter: a product of the parameter and a count of whole units. */
static void step_per_parameter(const struct say *s, const struct trace_node *t, uint32_t count)
{
    say_expression(s, t->node);
    say_c(s, "：", ": ");
    say_operand(s, t->kids[count]);
    buf_add_c(s->out, " × ");
    say_operand(s, t->kids[1 - count]);
    buf_add_c(s->out, " = ");
    say_value(s, t);
}

static void step_arithmetic(const struct say *s, const struct trace_node *t,
                            const struct rule_node *n)
{
    for (uint32_t i = 0; i < 2 && n->op == NODE_MUL; i++)
        if (node_of(s, t->kids[i])->op == NODE_PER &&
            node_of(s, t->kids[i])->type.vt != VT_POINTS) {
            step_per_parameter(s, t, i);
            return;
        }
    const char *sign = n->op == NODE_ADD   ? " + "
                       : n->op == NODE_SUB ? " − "
                       : n->op == NODE_MUL ? " × "
                                           : " ÷ ";
    const struct rule_node *factor = node_of(s, t->kids[1]);

    say_operand(s, t->kids[0]);
    buf_add_c(s->out, sign);
    if (n->op == NODE_MUL && n->imm == 100) {
        buf_add_int(s->out, t->kids[1]->value.lo);
        buf_add_char(s->out, '%');
    } else if (n->op == NODE_MUL && n->imm > 1 && factor->type.vt != VT_SHARE) {
        buf_printf(s->out, "%lld/%lld", (long long)t->kids[1]->value.lo, (long long)n->imm);
    } else {
        say_operand(s, t->kids[1]);
    }
    buf_add_c(s->out, " = ");
    say_value(s, t);
}

static void step_per(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    static const struct type points = {VT_POINTS, -1};
    struct interval v = t->kids[0]->value;
    struct interval whole = {v.lo > 0 ? v.lo / n->imm : 0, v.hi > 0 ? v.hi / n->imm : 0};
    static const struct type plain = {VT_INT, -1};

    say_expression(s, t->node);
    say_c(s, "：", ": ");
    if (n->imm != 1) {
        say_value(s, t->kids[0]);
        say_c(s, "，满", " makes ");
        interval_add_text(s->out, &s->v, plain, whole);
        say_c(s, "个；", "; ");
    }
    if (whole.lo != whole.hi) say_c(s, "（", "(");
    interval_add_text(s->out, &s->v, plain, whole);
    if (whole.lo != whole.hi) say_c(s, "）", ")");
    buf_add_c(s->out, " × ");
    value_add_text(s->out, &s->v, points, n->imm2);
    buf_add_c(s->out, " = ");
    say_value(s, t);
}

static void step_limit(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    bool is_cap = n->op == NODE_MIN;
    struct interval before = t->kids[0]->value;

    say_c(s, is_cap ? "封顶" : "保底", is_cap ? "capped at " : "at least ");
    say_value(s, t->kids[1]);
    if (before.lo == t->value.lo && before.hi == t->value.hi) {
        say_c(s, "：未触及", ": makes no difference");
        return;
    }
    say_c(s, "：", ": ");
    interval_add_text(s->out, &s->v, n->type, before);
    buf_add_c(s->out, " → ");
    say_value(s, t);
}

static void step_choice(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    bool taken = false;

    say_c(s, n->op == NODE_HIGHEST ? "取最高：" : "取最低：",
          n->op == NODE_HIGHEST ? "the highest of: " : "the lowest of: ");
    for (uint32_t i = 0; i < n->kid_count; i++) {
        struct interval v = t->kids[i]->value;
        bool is_it = !taken && v.lo == v.hi && t->value.lo == t->value.hi && v.lo == t->value.lo;
        if (i > 0) say_c(s, "；", "; ");
        say_expression(s, t->kids[i]->node);
        buf_add_char(s->out, ' ');
        say_value(s, t->kids[i]);
        if (is_it) say_c(s, "（取这一项）", " (taken)");
        taken = taken || is_it;
    }
}

static void step_total(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    for (uint32_t i = 0; i < n->kid_count; i++) {
        if (i > 0) buf_add_c(s->out, " + ");
        if (node_of(s, t->kids[i])->name >= 0) {
            say_expression(s, t->kids[i]->node);
            buf_add_char(s->out, ' ');
        }
        say_operand(s, t->kids[i]);
    }
    buf_add_c(s->out, " = ");
    say_value(s, t);
}

static void step_each(const struct say *s, const struct trace_node *t, const struct rule_node *n)
{
    static const struct type points = {VT_POINTS, -1};
    uint32_t count = 0;

    for (uint32_t i = 0; i < t->record_count; i++)
        count += t->records[i].standing != STANDING_OUT && !t->records[i].lost;
    say_name(s, &s->e->rules->regs[n->reg].name);
    if (s->zh)
        buf_printf(s->out, "逐条计分，%u条", count);
    else
        buf_printf(s->out, ": points of %u record%s", count, count == 1 ? "" : "s");
    if (n->field2 >= 0) say_c(s, "（同一事项只取最高的一条）", " (the best of the same matter)");
    if (n->imm >= 0) {
        say_c(s, "，每年封顶", ", each year capped at ");
        value_add_text(s->out, &s->v, points, n->imm);
    }
    say_c(s, "，合计", ", in all ");
    say_value(s, t);
}

static void step_if_unknown(const struct say *s, const struct trace_node *t,
                            const struct rule_node *n UNUSED)
{
    say_c(s, "未知的按", "what is not known counts as ");
    say_value(s, t);
    say_c(s, "计", "");
}

void say_step(const struct say *s, const struct explain_step *step)
{
    static const step_fn fns[STEP_KIND_COUNT] = {
        [STEP_VALUE] = step_value,
        [STEP_BAND] = step_rows,
        [STEP_ROW] = step_rows,
        [STEP_BRANCH] = step_branch,
        [STEP_ARITHMETIC] = step_arithmetic,
        [STEP_PER] = step_per,
        [STEP_CAP] = step_limit,
        [STEP_FLOOR] = step_limit,
        [STEP_CHOICE] = step_choice,
        [STEP_TOTAL] = step_total,
        [STEP_EACH] = step_each,
        [STEP_IF_UNKNOWN] = step_if_unknown,
    };

    fns[step->kind](s, step->t, node_of(s, step->t));
}

/* --- facts --- */

static void say_cell(const struct say *s, const struct rule_field *f, const struct column *c,
                     uint32_t row)
{
    int64_t v = column_get(c, row);
    bool is_end = f->role == ROLE_END && f->type.vt == VT_DATE && v < DATE_OPEN_END;

    say_name(s, &f->name);
    buf_add_char(s->out, ' ');
    if (!column_known(c, row)) {
        say_c(s, "未知", "not known");
        return;
    }
    value_add_text(s->out, &s->v, f->type, v);
    if (is_end) say_c(s, "（当日不含）", " (that day not included)");
}

void say_record(const struct say *s, int32_t reg, uint32_t row)
{
    const struct rule_register *rr = &s->e->rules->regs[reg];

    for (uint32_t f = 0; f < rr->field_count; f++) {
        if (f > 0) say_c(s, "，", ", ");
        say_cell(s, &rr->fields[f], &s->e->people->regs[reg].cols[f], row);
    }
}

void say_source(const struct say *s, int32_t reg, uint32_t row)
{
    const struct register_data *d = &s->e->people->regs[reg];
    const struct rule_register *rr = &s->e->rules->regs[reg];
    uint32_t line = d->line != NULL ? d->line[row] : 0;

    buf_add(s->out, rules_label(&rr->supplier, s->v.lang));
    buf_add_char(s->out, ' ');
    say_name(s, &rr->name);
    if (line == 0) return;
    if (d->recorded != NULL && d->recorded[line - 1] >= DATE_OPEN_END) return;
    if (d->recorded != NULL) {
        say_c(s, "，", ", recorded on ");
        value_add_text(s->out, &s->v, (struct type){VT_DATE, -1}, d->recorded[line - 1]);
        say_c(s, "取得", "");
        return;
    }
    say_c(s, "，", ", ");
    if (d->file.n > 0) {
        buf_add(s->out, d->file);
        buf_add_char(s->out, ' ');
    }
    if (s->zh)
        buf_printf(s->out, "第%u行", line);
    else
        buf_printf(s->out, "line %u", line);
}

void say_why(const struct say *s, const struct explain_fact *f)
{
    static const char *const out[LANG_COUNT][5] = {
        {"", "评分日时还没有", "评分日时已经结束", "不在计算的期限内", "不符合这一项的条件"},
        {"", "not yet on the scoring day", "already over on the scoring day",
         "outside the period that counts", "does not meet this item's condition"}};
    static const char *const maybe[LANG_COUNT][5] = {
        {"", "不知道评分日前是否发生", "不知道是否已经结束", "不知道是否在期限内",
         "不知道是否符合条件"},
        {"", "not known whether it came before the day", "not known whether it was over",
         "not known whether it is inside the period", "not known whether it meets the condition"}};

    if (f->lost)
        say_c(s, "同一事项另有更高的一条", "another record of the same matter is higher");
    else if (f->standing == STANDING_OUT)
        buf_add_c(s->out, out[s->v.lang][f->why]);
    else if (f->standing == STANDING_POSSIBLE)
        buf_add_c(s->out, maybe[s->v.lang][f->why]);
}

void say_await(const struct say *s, const struct explain_await *a)
{
    const struct rule_register *rr = &s->e->rules->regs[a->reg];

    buf_add(s->out, rules_label(&rr->supplier, s->v.lang));
    buf_add_char(s->out, ' ');
    say_name(s, &rr->name);
    if (a->field >= 0) {
        say_c(s, "的", ": ");
        say_name(s, &rr->fields[a->field].name);
    }
    if (a->is_silent)
        say_c(s, "（尚未答复）", " (has not answered)");
    else if (a->field >= 0)
        say_c(s, "（空缺）", " (missing)");
    else
        say_c(s, "（没有记录）", " (no record)");
}
