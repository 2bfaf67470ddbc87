/* A construct of the rules in plain words, Chinese or English, from its nodes: independent of the
 * language the rule file is written in, and without the file's text.
 *
 * One small function per kind of operator, chosen by a table. Names that the rules give (令) are
 * used where they stand; conditions inside a register's records speak of its fields only. */
#include "base/date.h"
#include "base/division.h"
#include "engine/explain_internal.h"

typedef void (*say_fn)(const struct say *s, const struct rule_node *n);

static const struct rules *rules_of(const struct say *s)
{
    return s->e->rules;
}

static uint32_t kid_of(const struct say *s, const struct rule_node *n, uint32_t i)
{
    return rules_of(s)->kids[n->kid_first + i];
}

static void say_kid(const struct say *s, const struct rule_node *n, uint32_t i)
{
    say_expression(s, kid_of(s, n, i));
}

/* --- leaves --- */

static void say_const(const struct say *s, const struct rule_node *n)
{
    int64_t v = n->param >= 0 ? s->e->plan->param_values[n->param] : n->imm;

    if ((n->flags & NODE_DISPLAY_PERCENT) != 0) {
        buf_add_int(s->out, v);
        buf_add_char(s->out, '%');
        return;
    }
    if (n->param >= 0) {
        say_name(s, &rules_of(s)->params[n->param].name);
        buf_add_char(s->out, ' ');
    }
    value_add_text(s->out, &s->v, n->type, v);
}

static void say_day(const struct say *s, const struct rule_node *n UNUSED)
{
    say_c(s, "评分日", "the scoring day");
}

static void say_field(const struct say *s, const struct rule_node *n)
{
    say_name(s, &rules_of(s)->regs[n->reg].fields[n->field].name);
}

/* --- operators between two --- */

struct infix {
    const char *zh, *en;
    int level; /* binds tighter when greater */
};

static const struct infix infixes[NODE_OP_COUNT] = {
    [NODE_OR] = {" 或 ", " or ", 1},
    [NODE_AND] = {" 且 ", " and ", 2},
    [NODE_GE] = {" 至少 ", " is at least ", 3},
    [NODE_LE] = {" 至多 ", " is at most ", 3},
    [NODE_GT] = {" 超过 ", " is more than ", 3},
    [NODE_LT] = {" 不足 ", " is less than ", 3},
    [NODE_EQ] = {" 是 ", " is ", 3},
    [NODE_NE] = {" 不是 ", " is not ", 3},
    [NODE_ADD] = {" + ", " + ", 4},
    [NODE_SUB] = {" − ", " − ", 4},
    [NODE_MUL] = {" × ", " × ", 5},
    [NODE_DIV] = {" ÷ ", " ÷ ", 5},
};

static void say_operand(const struct say *s, const struct rule_node *n, uint32_t i)
{
    const struct rule_node *k = &rules_of(s)->nodes[kid_of(s, n, i)];
    int own = infixes[n->op].level, kids = infixes[k->op].level;
    bool needs_brackets = k->name < 0 && kids > 0 && (kids < own || (kids == own && i == 1));

    if (needs_brackets) say_c(s, "（", "(");
    say_kid(s, n, i);
    if (needs_brackets) say_c(s, "）", ")");
}

/* A number compared with a count of records is so many records. */
static void say_records_unit(const struct say *s, const struct rule_node *n, uint32_t number)
{
    const struct rule_node *counted = &rules_of(s)->nodes[kid_of(s, n, 0)];
    const struct rule_node *k = &rules_of(s)->nodes[number];

    if (counted->op != NODE_AGG_COUNT || k->op != NODE_CONST || k->param >= 0) return;
    say_c(s, "条", k->imm == 1 ? " record" : " records");
}

/* "每满1个月": the unit of a 每满. */
static void say_per_unit(const struct say *s, const struct rule_node *per)
{
    say_c(s, "每满", " for every full ");
    value_add_text(s->out, &s->v, rules_of(s)->nodes[kid_of(s, per, 0)].type, per->imm);
    if (rules_of(s)->nodes[kid_of(s, per, 0)].op == NODE_AGG_COUNT)
        say_c(s, "条", per->imm == 1 ? " record" : " records");
}

/* 每满 … 得 a parameter stands as a product; say it as it is written. */
static bool say_per_parameter(const struct say *s, const struct rule_node *n)
{
    for (uint32_t i = 0; i < 2; i++) {
        const struct rule_node *k = &rules_of(s)->nodes[kid_of(s, n, i)];
        if (k->op != NODE_PER || k->type.vt == VT_POINTS) continue;
        if (s->zh) say_per_unit(s, k);
        if (s->zh) buf_add_c(s->out, "得");
        say_kid(s, n, 1 - i);
        if (!s->zh) say_per_unit(s, k);
        return true;
    }
    return false;
}

static void say_infix(const struct say *s, const struct rule_node *n)
{
    if (n->op == NODE_MUL && say_per_parameter(s, n)) return;
    say_operand(s, n, 0);
    say_c(s, infixes[n->op].zh, infixes[n->op].en);
    say_operand(s, n, 1);
    if (infixes[n->op].level == 3) say_records_unit(s, n, kid_of(s, n, 1));
}

static bool is_yes(const struct say *s, uint32_t node)
{
    const struct rule_node *n = &rules_of(s)->nodes[node];
    return n->op == NODE_CONST && n->type.vt == VT_BOOL && n->imm == 1;
}

/* A yes/no field compared with "yes" is just the field. */
static void say_equal(const struct say *s, const struct rule_node *n)
{
    if (is_yes(s, kid_of(s, n, 1)))
        say_kid(s, n, 0);
    else
        say_infix(s, n);
}

static void say_not(const struct say *s, const struct rule_node *n)
{
    say_c(s, "没有满足“", "not (");
    say_kid(s, n, 0);
    say_c(s, "”", ")");
}

static void say_cap(const struct say *s, const struct rule_node *n)
{
    say_kid(s, n, 0);
    if (n->op == NODE_MIN)
        say_c(s, "，封顶", ", capped at ");
    else
        say_c(s, "，保底", ", at least ");
    say_kid(s, n, 1);
}

/* --- sets --- */

static void say_division_range(const struct say *s, int64_t first, int64_t last)
{
    const struct division *d = division_find((int32_t)first);
    int32_t lo = (int32_t)first, hi = (int32_t)first;

    if (d != NULL) division_span((int32_t)first, &lo, &hi);
    if (d != NULL && hi == last) {
        buf_add_c(s->out, s->zh ? d->zh : d->en);
    } else {
        buf_add_int(s->out, first);
        if (last == first) return;
        say_c(s, " 至 ", " to ");
        buf_add_int(s->out, last);
    }
}

static void say_range(const struct say *s, struct type t, int64_t first, int64_t last,
                      bool *is_first)
{
    bool is_listed = t.vt == VT_LEVEL || t.vt == VT_CATEGORY || t.vt == VT_KEY || t.vt == VT_BOOL;

    for (int64_t v = first; v <= last; v++) {
        if (!*is_first) say_c(s, "、", ", ");
        *is_first = false;
        if (t.vt == VT_DIVISION) {
            say_division_range(s, first, last);
            return;
        }
        value_add_text(s->out, &s->v, t, v);
        if (is_listed) continue;
        if (last > first) {
            say_c(s, " 至 ", " to ");
            value_add_text(s->out, &s->v, t, last);
        }
        return;
    }
}

static void say_in_ranges(const struct say *s, const struct rule_node *n)
{
    const int64_t *tab = rules_of(s)->table + n->table_first;
    struct type t = rules_of(s)->nodes[kid_of(s, n, 0)].type;
    bool is_first = true;

    say_kid(s, n, 0);
    if (t.vt == VT_DIVISION)
        say_c(s, "在", " in ");
    else
        say_c(s, "是", n->table_count > 2 ? " one of " : " is ");
    for (uint32_t i = 0; i + 1 < n->table_count; i += 2)
        say_range(s, t, tab[i], tab[i + 1], &is_first);
}

/* --- choices and functions --- */

static void say_if(const struct say *s, const struct rule_node *n)
{
    say_c(s, "（若", "(if ");
    say_kid(s, n, 0);
    say_c(s, "则", " then ");
    say_kid(s, n, 1);
    say_c(s, "，否则", ", else ");
    say_kid(s, n, 2);
    say_c(s, "）", ")");
}

static void say_by(const struct say *s, const struct rule_node *n)
{
    say_c(s, "按", "by ");
    say_kid(s, n, 0);
    say_c(s, "所得", "");
}

static void say_list(const struct say *s, const struct rule_node *n)
{
    static const struct infix words[] = {{"最高的一项", "the highest of ", 0},
                                         {"最低的一项", "the lowest of ", 0},
                                         {"合计", "the sum of ", 0}};
    const struct infix *w = &words[n->op - NODE_HIGHEST];

    if (!s->zh) buf_add_c(s->out, w->en);
    for (uint32_t i = 0; i < n->kid_count; i++) {
        if (i > 0) say_c(s, "、", ", ");
        say_kid(s, n, i);
    }
    if (s->zh) buf_add_c(s->out, w->zh);
}

static void say_per(const struct say *s, const struct rule_node *n)
{
    static const struct type points = {VT_POINTS, -1};

    if (s->zh) {
        say_per_unit(s, n);
        buf_add_c(s->out, "得");
    }
    value_add_text(s->out, &s->v, points, n->imm2);
    if (!s->zh) say_per_unit(s, n);
}

static bool is_day(const struct say *s, uint32_t node)
{
    return rules_of(s)->nodes[node].op == NODE_DAY;
}

static void say_age(const struct say *s, const struct rule_node *n)
{
    if (is_day(s, kid_of(s, n, 1))) {
        say_c(s, "周岁年龄", "age");
        return;
    }
    if (s->zh) say_kid(s, n, 1);
    say_c(s, "时的周岁年龄", "age on ");
    if (!s->zh) say_kid(s, n, 1);
}

static void say_year(const struct say *s, const struct rule_node *n)
{
    if (s->zh) {
        say_kid(s, n, 0);
        buf_add_c(s->out, n->op == NODE_YEAR ? "的年份" : "当年的1月1日");
    } else {
        buf_add_c(s->out, n->op == NODE_YEAR ? "the year of " : "1 January of the year of ");
        say_kid(s, n, 0);
    }
}

static void say_add_months(const struct say *s, const struct rule_node *n)
{
    static const struct type months = {VT_MONTHS, -1};

    say_kid(s, n, 0);
    say_c(s, n->imm < 0 ? "前" : "后", n->imm < 0 ? " less " : " plus ");
    value_add_text(s->out, &s->v, months, n->imm < 0 ? -n->imm : n->imm);
}

static void say_whole_months(const struct say *s, const struct rule_node *n)
{
    if (!s->zh) buf_add_c(s->out, "whole months from ");
    say_kid(s, n, 0);
    say_c(s, "到", " to ");
    say_kid(s, n, 1);
    if (s->zh) buf_add_c(s->out, "的整月数");
}

static void say_if_unknown(const struct say *s, const struct rule_node *n)
{
    say_kid(s, n, 0);
}

/* --- records --- */

static void say_window(const struct say *s, const struct rule_node *n)
{
    static const struct type date = {VT_DATE, -1};

    switch (n->window) {
    case WINDOW_NONE:
        return;
    case WINDOW_MONTHS:
        say_c(s, "近", "the last ");
        buf_add_int(s->out, n->window_a % 12 == 0 ? n->window_a / 12 : n->window_a);
        if (n->window_a % 12 == 0)
            say_c(s, "年", n->window_a == 12 ? " year" : " years");
        else
            say_c(s, "个月", n->window_a == 1 ? " month" : " months");
        break;
    case WINDOW_FIXED:
        value_add_text(s->out, &s->v, date, n->window_a);
        say_c(s, "至", " to ");
        value_add_text(s->out, &s->v, date, n->window_b);
        break;
    case WINDOW_THIS_YEAR:
        say_c(s, "本年", "this year");
        break;
    case WINDOW_PREVIOUS_YEAR:
        say_c(s, "上年", "the previous year");
        break;
    }
}

static bool has_filter(const struct say *s, const struct rule_node *n)
{
    return rules_of(s)->nodes[kid_of(s, n, 0)].op != NODE_CONST;
}

/* "（近5年，所在地在浙江省）" */
static void say_which(const struct say *s, const struct rule_node *n)
{
    bool filter = has_filter(s, n), window = n->window != WINDOW_NONE;

    if (!filter && !window) return;
    say_c(s, "（", " (");
    say_window(s, n);
    if (filter && window) say_c(s, "，", ", ");
    if (filter) say_kid(s, n, 0);
    say_c(s, "）", ")");
}

struct agg_words {
    const char *zh_before, *zh_after, *en_before, *en_after;
    bool says_value; /* the value's expression stands between */
};

static const struct agg_words agg_words[NODE_OP_COUNT] = {
    [NODE_AGG_COUNT] = {"", "的条数", "number of records of ", "", false},
    [NODE_AGG_ANY] = {"有", "的记录", "there is a record of ", "", false},
    [NODE_AGG_SUM] = {"", "合计", "total ", "", true},
    [NODE_AGG_MAX] = {"最高的", "", "highest ", "", true},
    [NODE_AGG_MIN] = {"最低的", "", "lowest ", "", true},
    [NODE_AGG_NOW] = {"现行的", "", "current ", "", true},
    [NODE_AGG_MONTHS] = {"", "的月数", "months of ", "", false},
    [NODE_AGG_SPELL_MONTHS] = {"", "的整月数", "whole months of ", "", false},
    [NODE_AGG_CONSECUTIVE] = {"", "的连续月数", "consecutive months of ", "", false},
    [NODE_AGG_EACH] = {"", "每条所得", "points of each record of ", "", false},
};

static void say_aggregate(const struct say *s, const struct rule_node *n)
{
    const struct agg_words *w = &agg_words[n->op];
    bool is_now_any = n->op == NODE_AGG_NOW && n->type.vt == VT_BOOL &&
                      rules_of(s)->nodes[kid_of(s, n, 1)].op == NODE_CONST;

    say_c(s, is_now_any ? "评分日有" : w->zh_before,
          is_now_any ? "on the day there is a record of " : w->en_before);
    if (w->says_value && !is_now_any) {
        say_kid(s, n, 1);
        if (!s->zh) buf_add_c(s->out, " of ");
        if (s->zh) buf_add_c(s->out, w->zh_after);
        if (s->zh) buf_add_c(s->out, "（");
        say_name(s, &rules_of(s)->regs[n->reg].name);
        if (s->zh) buf_add_c(s->out, "）");
        say_which(s, n);
        return;
    }
    say_name(s, &rules_of(s)->regs[n->reg].name);
    say_which(s, n);
    say_c(s, is_now_any ? "的记录" : w->zh_after, w->en_after);
}

static const say_fn says[NODE_OP_COUNT] = {
    [NODE_CONST] = say_const,
    [NODE_DAY] = say_day,
    [NODE_FIELD] = say_field,
    [NODE_ADD] = say_infix,
    [NODE_SUB] = say_infix,
    [NODE_MUL] = say_infix,
    [NODE_DIV] = say_infix,
    [NODE_PER] = say_per,
    [NODE_MIN] = say_cap,
    [NODE_MAX] = say_cap,
    [NODE_GE] = say_infix,
    [NODE_LE] = say_infix,
    [NODE_GT] = say_infix,
    [NODE_LT] = say_infix,
    [NODE_EQ] = say_equal,
    [NODE_NE] = say_infix,
    [NODE_AND] = say_infix,
    [NODE_OR] = say_infix,
    [NODE_NOT] = say_not,
    [NODE_IN_RANGES] = say_in_ranges,
    [NODE_IF] = say_if,
    [NODE_BANDS] = say_by,
    [NODE_MATCH] = say_by,
    [NODE_HIGHEST] = say_list,
    [NODE_LOWEST] = say_list,
    [NODE_TOTAL] = say_list,
    [NODE_AGE] = say_age,
    [NODE_YEAR] = say_year,
    [NODE_YEAR_START] = say_year,
    [NODE_ADD_MONTHS] = say_add_months,
    [NODE_WHOLE_MONTHS] = say_whole_months,
    [NODE_AGG_COUNT] = say_aggregate,
    [NODE_AGG_SUM] = say_aggregate,
    [NODE_AGG_MAX] = say_aggregate,
    [NODE_AGG_MIN] = say_aggregate,
    [NODE_AGG_ANY] = say_aggregate,
    [NODE_AGG_NOW] = say_aggregate,
    [NODE_AGG_MONTHS] = say_aggregate,
    [NODE_AGG_SPELL_MONTHS] = say_aggregate,
    [NODE_AGG_CONSECUTIVE] = say_aggregate,
    [NODE_AGG_EACH] = say_aggregate,
    [NODE_IF_UNKNOWN] = say_if_unknown,
};

void say_expression(const struct say *s, uint32_t node)
{
    const struct rule_node *n = &rules_of(s)->nodes[node];

    if (n->name >= 0)
        say_name(s, &rules_of(s)->names[n->name].name);
    else
        says[n->op](s, n);
}
