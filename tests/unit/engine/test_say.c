/* Values, constructs and lines of arithmetic as sentences, in both languages. */
#include "engine/explain_internal.h"
#include "engine_test.h"

static struct explanation e;
static struct population people;

static void begin(const char *facts)
{
    struct plan *plan;

    assert_int_equal(small_population(&s, facts, &people), ERR_OK);
    assert_int_equal(plan_new(&s.arena, &s.r, 0, s.day, &plan), ERR_OK);
    e = (struct explanation){.rules = &s.r, .people = &people, .plan = plan, .day = s.day};
}

static void check_said(struct buf *b, const char *want)
{
    buf_add_char(b, '\0');
    assert_string_equal(b->p, want);
    buf_done(b);
}

static void expression(uint32_t node, const char *zh, const char *en)
{
    struct buf b;
    struct say say;

    buf_init(&b, 0);
    say = say_new(&e, LANG_ZH, &b);
    say_expression(&say, node);
    check_said(&b, zh);
    buf_init(&b, 0);
    say = say_new(&e, LANG_EN, &b);
    say_expression(&say, node);
    check_said(&b, en);
}

/* --- values --- */

struct value_row {
    enum value_type vt;
    int32_t ref;
    int64_t v;
    const char *zh, *en, *rules_zh, *rules_en;
};

static void value(const struct value_row *row, enum lang lang, enum value_style style,
                  const char *want)
{
    static const struct str keys[] = {{"甲", 3}};
    struct value_ctx ctx = {&s.r, keys, 1, lang, style};
    struct type t = {row->vt, row->ref};
    struct buf b;

    buf_init(&b, 0);
    value_add_text(&b, &ctx, t, row->v);
    check_said(&b, want);
}

static void test_values(void **state)
{
    static struct rule_unit units[1];
    const struct value_row rows[] = {
        {VT_BOOL, -1, 1, "是", "yes", "是", "yes"},
        {VT_BOOL, -1, 0, "否", "no", "否", "no"},
        {VT_INT, -1, 7, "7", "7", "7", "7"},
        {VT_INT, 0, 50, "50小时", "50 work hours", "50小时", "50 work_hours"},
        {VT_POINTS, -1, 2350, "23.5分", "23.5 points", "23.5分", "23.5pt"},
        {VT_POINTS, -1, 100, "1分", "1 point", "1分", "1pt"},
        {VT_MONEY, -1, 99999, "999.99元", "999.99 yuan", "999.99元", "999.99 yuan"},
        {VT_DATE, -1, 0, "1970年1月1日", "1970-01-01", "1970年1月1日", "1970-01-01"},
        {VT_DATE, -1, DATE_OPEN_END, "至今", "still running", "至今", "still running"},
        {VT_DATE, -1, DATE_OPEN_START, "早已", "long since", "早已", "long since"},
        {VT_MONTH, -1, 2026 * 12 + 2, "2026年3月", "2026-03", "2026年3月", "2026-03"},
        {VT_MONTH, -1, MONTH_OPEN_END, "至今", "still running", "至今", "still running"},
        {VT_MONTHS, -1, 1, "1个月", "1 month", "1个月", "1 month"},
        {VT_MONTHS, -1, 71, "71个月", "71 months", "71个月", "71 months"},
        {VT_DAYS, -1, 30, "30天", "30 days", "30天", "30 days"},
        {VT_AGE, -1, 35, "35周岁", "35 years old", "35周岁", "35 years_old"},
        {VT_AGE, -1, 1, "1周岁", "1 year old", "1周岁", "1 year_old"},
        {VT_LEVEL, E_LEVEL, 2, "high", "high", "high", "high"},
        {VT_CATEGORY, E_STATUS, -1, "无", "none", "无", "none"},
        {VT_CATEGORY, E_STATUS, 9, "无", "none", "无", "none"},
        {VT_DIVISION, -1, 330106, "西湖区（330106）", "Xihu District (330106)", "330106", "330106"},
        {VT_DIVISION, -1, 310115, "310115", "310115", "310115", "310115"},
        {VT_DIVISION, -1, 0, "无", "none", "无", "none"},
        {VT_KEY, -1, 0, "“甲”", "\"甲\"", "“甲”", "\"甲\""},
        {VT_KEY, -1, 5, "“5”", "\"5\"", "“5”", "\"5\""},
        {VT_SHARE, -1, 6667, "66.67%", "66.67%", "66.67%", "66.67%"},
    };
    (void)state;
    units[0].name = (struct rule_name){STR("小时"), STR("work_hours")};
    s.r.units = units;
    s.r.unit_count = 1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        value(&rows[i], LANG_ZH, VALUE_PROSE, rows[i].zh);
        value(&rows[i], LANG_EN, VALUE_PROSE, rows[i].en);
        value(&rows[i], LANG_ZH, VALUE_RULES, rows[i].rules_zh);
        value(&rows[i], LANG_EN, VALUE_RULES, rows[i].rules_en);
    }
}

static void test_intervals(void **state)
{
    struct value_ctx zh = {&s.r, NULL, 0, LANG_ZH, VALUE_PROSE};
    struct value_ctx en = {&s.r, NULL, 0, LANG_EN, VALUE_RULES};
    const struct type points = {VT_POINTS, -1}, months = {VT_MONTHS, -1};
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    interval_add_text(&b, &zh, points, (struct interval){4300, 5300});
    buf_add_c(&b, "|");
    interval_add_text(&b, &zh, points, (struct interval){4300, 4300});
    buf_add_c(&b, "|");
    interval_add_text(&b, &zh, months, (struct interval){3, 7});
    buf_add_c(&b, "|");
    interval_add_text(&b, &en, points, (struct interval){4300, 5300});
    check_said(&b, "43 至 53分|43分|3个月 至 7个月|43pt to 53pt");
}

/* --- constructs --- */

static uint32_t amount(void)
{
    return small_field(&s, R_EVENT, 1, R_EVENT);
}

static uint32_t fixed(int64_t v)
{
    return small_const(&s, VT_INT, v);
}

static void test_operators(void **state)
{
    (void)state;
    begin("");
    uint32_t a = amount(), five = fixed(5), six = fixed(6);
    uint32_t sum = small_op2(&s, NODE_ADD, VT_INT, a, five);
    expression(sum, "amount + 5", "amount + 5");
    expression(small_op2(&s, NODE_MUL, VT_INT, sum, six), "（amount + 5） × 6", "(amount + 5) × 6");
    expression(small_op2(&s, NODE_SUB, VT_INT, six, sum), "6 − （amount + 5）", "6 − (amount + 5)");
    expression(small_op2(&s, NODE_SUB, VT_INT, sum, six), "amount + 5 − 6", "amount + 5 − 6");
    expression(small_op2(&s, NODE_DIV, VT_INT, a, six), "amount ÷ 6", "amount ÷ 6");
    expression(small_op2(&s, NODE_MIN, VT_INT, a, six), "amount，封顶6", "amount, capped at 6");
    expression(small_op2(&s, NODE_MAX, VT_INT, a, six), "amount，保底6", "amount, at least 6");
    uint32_t ge = small_op2(&s, NODE_GE, VT_BOOL, a, five);
    uint32_t lt = small_op2(&s, NODE_LT, VT_BOOL, a, six);
    expression(ge, "amount 至少 5", "amount is at least 5");
    expression(small_op2(&s, NODE_AND, VT_BOOL, ge, lt), "amount 至少 5 且 amount 不足 6",
               "amount is at least 5 and amount is less than 6");
    uint32_t either = small_op2(&s, NODE_OR, VT_BOOL, ge, lt);
    expression(small_op2(&s, NODE_AND, VT_BOOL, either, lt),
               "（amount 至少 5 或 amount 不足 6） 且 amount 不足 6",
               "(amount is at least 5 or amount is less than 6) and amount is less than 6");
    expression(small_op2(&s, NODE_LE, VT_BOOL, a, five), "amount 至多 5", "amount is at most 5");
    expression(small_op2(&s, NODE_GT, VT_BOOL, a, five), "amount 超过 5", "amount is more than 5");
    expression(small_op2(&s, NODE_NE, VT_BOOL, a, five), "amount 不是 5", "amount is not 5");
    expression(small_op2(&s, NODE_EQ, VT_BOOL, a, five), "amount 是 5", "amount is 5");
    expression(small_op2(&s, NODE_EQ, VT_BOOL, a, small_const(&s, VT_BOOL, 1)), "amount", "amount");
    expression(small_op(&s, NODE_NOT, VT_BOOL, 1, &ge), "没有满足“amount 至少 5”",
               "not (amount is at least 5)");
    expression(small_op(&s, NODE_IF, VT_INT, 3, (uint32_t[]){ge, five, six}),
               "（若amount 至少 5则5，否则6）", "(if amount is at least 5 then 5, else 6)");
    expression(small_op(&s, NODE_IF_UNKNOWN, VT_INT, 1, &a), "amount", "amount");
    expression(small_op(&s, NODE_HIGHEST, VT_INT, 2, (uint32_t[]){a, five}), "amount、5最高的一项",
               "the highest of amount, 5");
    expression(small_op(&s, NODE_LOWEST, VT_INT, 2, (uint32_t[]){a, five}), "amount、5最低的一项",
               "the lowest of amount, 5");
    expression(small_op(&s, NODE_TOTAL, VT_INT, 2, (uint32_t[]){a, five}), "amount、5合计",
               "the sum of amount, 5");
    expression(small_op(&s, NODE_BANDS, VT_INT, 1, &a), "按amount所得", "by amount");
}

static void test_leaves(void **state)
{
    (void)state;
    s.params[0] = (struct rule_param){
        .name = {STR("月分"), STR("month_rate")}, .values = s.param_values, .value_count = 1};
    s.param_values[0] = (struct rule_param_value){DATE_OPEN_START, DATE_OPEN_END, 25, 0, {0}};
    s.r.param_count = 1;
    begin("");
    uint32_t day = small_op(&s, NODE_DAY, VT_DATE, 0, NULL), rate = small_const(&s, VT_POINTS, 0);
    s.nodes[rate].param = 0;
    expression(rate, "月分 0.25分", "month rate 0.25 points");
    uint32_t percent = fixed(30);
    s.nodes[percent].flags = NODE_DISPLAY_PERCENT;
    expression(percent, "30%", "30%");
    expression(day, "评分日", "the scoring day");
    uint32_t born = small_field(&s, R_PERSON, 0, -1);
    expression(small_op2(&s, NODE_AGE, VT_AGE, born, day), "周岁年龄", "age");
    uint32_t start = small_op(&s, NODE_YEAR_START, VT_DATE, 1, &day);
    expression(small_op2(&s, NODE_AGE, VT_AGE, born, start), "评分日当年的1月1日时的周岁年龄",
               "age on 1 January of the year of the scoring day");
    expression(small_op(&s, NODE_YEAR, VT_INT, 1, &day), "评分日的年份",
               "the year of the scoring day");
    uint32_t later = small_op(&s, NODE_ADD_MONTHS, VT_DATE, 1, &day);
    s.nodes[later].imm = 6;
    expression(later, "评分日后6个月", "the scoring day plus 6 months");
    s.nodes[later].imm = -1;
    expression(later, "评分日前1个月", "the scoring day less 1 month");
    expression(small_op2(&s, NODE_WHOLE_MONTHS, VT_MONTHS, born, day), "born到评分日的整月数",
               "whole months from born to the scoring day");
    uint32_t per =
        small_op(&s, NODE_PER, VT_POINTS, 1, (uint32_t[]){small_const(&s, VT_MONTHS, 9)});
    s.nodes[per].imm2 = 50;
    expression(per, "每满1个月得0.5分", "0.5 points for every full 1 month");
    s.nodes[per].type.vt = VT_INT;
    expression(small_op2(&s, NODE_MUL, VT_POINTS, rate, per), "每满1个月得月分 0.25分",
               "month rate 0.25 points for every full 1 month");
    expression(small_op2(&s, NODE_MUL, VT_POINTS, per, rate), "每满1个月得月分 0.25分",
               "month rate 0.25 points for every full 1 month");
    s.names[0].name = (struct rule_name){STR("岁数"), STR("full_years")};
    s.nodes[day].name = 0;
    expression(day, "岁数", "full years");
}

static uint32_t within(uint32_t kid, uint32_t count, const int64_t *table)
{
    uint32_t n = small_op(&s, NODE_IN_RANGES, VT_BOOL, 1, &kid);

    small_table(&s, n, count, table);
    return n;
}

static void test_sets(void **state)
{
    (void)state;
    begin("");
    uint32_t place = small_field(&s, R_SPELL, 2, R_SPELL);
    uint32_t level = small_field(&s, R_PAPER, 0, R_PAPER);
    expression(within(place, 2, (int64_t[]){330000, 339999}), "division在浙江省",
               "division in Zhejiang");
    expression(within(place, 4, (int64_t[]){330106, 330106, 330110, 330110}),
               "division在西湖区、余杭区", "division in Xihu District, Yuhang District");
    expression(within(place, 2, (int64_t[]){330107, 330109}), "division在330107 至 330109",
               "division in 330107 to 330109");
    expression(within(place, 2, (int64_t[]){310115, 310115}), "division在310115",
               "division in 310115");
    expression(within(level, 2, (int64_t[]){1, 2}), "level是middle、high", "level is middle, high");
    expression(within(level, 4, (int64_t[]){0, 0, 3, 3}), "level是low、top",
               "level one of low, top");
    expression(within(amount(), 4, (int64_t[]){1, 5, 9, 9}), "amount是1 至 5、9",
               "amount one of 1 to 5, 9");
}

static void test_aggregates(void **state)
{
    (void)state;
    begin("");
    uint32_t five = fixed(5);
    s.nodes[five].domain = R_EVENT;
    uint32_t cond = small_op2(&s, NODE_GE, VT_BOOL, amount(), five);
    uint32_t n = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, UINT32_MAX, UINT32_MAX);
    expression(n, "event的条数", "number of records of event");
    small_window(&s, n, WINDOW_MONTHS, 24, 0);
    expression(n, "event（近2年）的条数", "number of records of event (the last 2 years)");
    small_window(&s, n, WINDOW_MONTHS, 12, 0);
    expression(n, "event（近1年）的条数", "number of records of event (the last 1 year)");
    small_window(&s, n, WINDOW_MONTHS, 6, 0);
    expression(n, "event（近6个月）的条数", "number of records of event (the last 6 months)");
    small_window(&s, n, WINDOW_MONTHS, 1, 0);
    expression(n, "event（近1个月）的条数", "number of records of event (the last 1 month)");
    small_window(&s, n, WINDOW_FIXED, 0, 1);
    expression(n, "event（1970年1月1日至1970年1月2日）的条数",
               "number of records of event (1970-01-01 to 1970-01-02)");
    small_window(&s, n, WINDOW_THIS_YEAR, 0, 0);
    expression(n, "event（本年）的条数", "number of records of event (this year)");
    n = small_agg(&s, NODE_AGG_ANY, VT_BOOL, R_EVENT, cond, UINT32_MAX);
    small_window(&s, n, WINDOW_PREVIOUS_YEAR, 0, 0);
    expression(n, "有event（上年，amount 至少 5）的记录",
               "there is a record of event (the previous year, amount is at least 5)");
    n = small_agg(&s, NODE_AGG_SUM, VT_INT, R_EVENT, cond, amount());
    expression(n, "amount合计（event）（amount 至少 5）",
               "total amount of event (amount is at least 5)");
    n = small_agg(&s, NODE_AGG_MAX, VT_INT, R_EVENT, UINT32_MAX, amount());
    expression(n, "最高的amount（event）", "highest amount of event");
    n = small_agg(&s, NODE_AGG_MIN, VT_INT, R_EVENT, UINT32_MAX, amount());
    expression(n, "最低的amount（event）", "lowest amount of event");
    n = small_agg(&s, NODE_AGG_NOW, VT_CATEGORY, R_PERMIT, UINT32_MAX,
                  small_field(&s, R_PERMIT, 0, R_PERMIT));
    expression(n, "现行的status（permit）", "current status of permit");
    uint32_t one = small_const(&s, VT_BOOL, 1);
    s.nodes[one].domain = R_PERMIT;
    n = small_agg(&s, NODE_AGG_NOW, VT_BOOL, R_PERMIT, UINT32_MAX, one);
    expression(n, "评分日有permit的记录", "on the day there is a record of permit");
    n = small_agg(&s, NODE_AGG_MONTHS, VT_MONTHS, R_MONTH, UINT32_MAX, UINT32_MAX);
    expression(n, "month的月数", "months of month");
    n = small_agg(&s, NODE_AGG_SPELL_MONTHS, VT_MONTHS, R_SPELL, UINT32_MAX, UINT32_MAX);
    expression(n, "spell的整月数", "whole months of spell");
    n = small_agg(&s, NODE_AGG_CONSECUTIVE, VT_MONTHS, R_MONTH, UINT32_MAX, UINT32_MAX);
    expression(n, "month的连续月数", "consecutive months of month");
    n = small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, UINT32_MAX, amount());
    expression(n, "event每条所得", "points of each record of event");
}

/* --- lines of arithmetic --- */

/* The last line of the arithmetic of `node` for the person of `facts`. */
static void step(uint32_t node, const char *facts, const char *zh, const char *en)
{
    const struct explanation *x;
    struct buf b;
    struct say say;

    s.clauses[0].body = (int32_t)node;
    assert_int_equal(small_population(&s, facts, &people), ERR_OK);
    assert_int_equal(explain_person(&s.arena, &people, 0, s.day, s.day, &x), ERR_OK);
    assert_non_null(x->trace);
    const struct explain_clause *c = &x->indicators[0].clauses[0];
    assert_true(c->step_count > 0);
    buf_init(&b, 0);
    say = say_new(x, LANG_ZH, &b);
    say_step(&say, &c->steps[c->step_count - 1]);
    check_said(&b, zh);
    buf_init(&b, 0);
    say = say_new(x, LANG_EN, &b);
    say_step(&say, &c->steps[c->step_count - 1]);
    check_said(&b, en);
}

static uint32_t points(int64_t v)
{
    return small_const(&s, VT_POINTS, v);
}

/* The person's amount as points, -1.00 to 10.00 while it is not known. */
static uint32_t open_points(void)
{
    uint32_t n = small_field(&s, R_PERSON, 1, -1);
    s.nodes[n].type = (struct type){VT_POINTS, -1};
    return n;
}

static void test_arithmetic(void **state)
{
    (void)state;
    uint32_t a = open_points();
    step(small_op2(&s, NODE_ADD, VT_POINTS, a, points(500)), "person - 250", "2.5分 + 5分 = 7.5分",
         "2.5 points + 5 points = 7.5 points");
    step(small_op2(&s, NODE_SUB, VT_POINTS, points(500), a), "person - ?",
         "5分 − （-1 至 10分） = -5 至 6分", "5 points − (-1 to 10 points) = -5 to 6 points");
    uint32_t n = small_op2(&s, NODE_MUL, VT_POINTS, a, fixed(30));
    s.nodes[n].imm = 100;
    step(n, "person - 500", "5分 × 30% = 1.5分", "5 points × 30% = 1.5 points");
    n = small_op2(&s, NODE_MUL, VT_POINTS, a, fixed(2));
    s.nodes[n].imm = 3;
    step(n, "person - 500", "5分 × 2/3 = 3.33分", "5 points × 2/3 = 3.33 points");
    n = small_op2(&s, NODE_MUL, VT_POINTS, a, small_const(&s, VT_SHARE, 8000));
    s.nodes[n].imm = 10000;
    step(n, "person - 500", "5分 × 80% = 4分", "5 points × 80% = 4 points");
    step(small_op2(&s, NODE_DIV, VT_POINTS, a, fixed(4)), "person - 500", "5分 ÷ 4 = 1.25分",
         "5 points ÷ 4 = 1.25 points");
}

static void test_per(void **state)
{
    (void)state;
    uint32_t count = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, UINT32_MAX, UINT32_MAX);
    uint32_t n = small_op(&s, NODE_PER, VT_POINTS, 1, &count);
    s.nodes[n].imm2 = 50;
    step(n, "event - 1;event - 2", "每满1条得0.5分：2 × 0.5分 = 1分",
         "0.5 points for every full 1 record: 2 × 0.5 points = 1 point");
    s.nodes[n].imm = 2;
    step(n, "event - 1;event - 2;event - 3", "每满2条得0.5分：3条，满1个；1 × 0.5分 = 0.5分",
         "0.5 points for every full 2 records: 3 records makes 1; 1 × 0.5 points = 0.5 points");
    step(n, "event - 1;event ? 2;event ? 3",
         "每满2条得0.5分：1 至 3条，满0 至 1个；（0 至 1） × 0.5分 = 0 至 0.5分",
         "0.5 points for every full 2 records: 1 to 3 records makes 0 to 1; (0 to 1) × 0.5 points "
         "= 0 to 0.5 "
         "points");
    uint32_t below = small_op2(&s, NODE_SUB, VT_INT, count, fixed(9));
    n = small_op(&s, NODE_PER, VT_POINTS, 1, &below);
    s.nodes[n].imm2 = 1;
    step(n, "", "每满1得0.01分：0 × 0.01分 = 0分",
         "0.01 points for every full 1: 0 × 0.01 points = 0 points");
    s.nodes[n].type.vt = VT_INT;
    uint32_t rate = points(25);
    step(small_op2(&s, NODE_MUL, VT_POINTS, n, rate), "event - 1",
         "每满1得0.25分：0 × 0.25分 = 0分",
         "0.25 points for every full 1: 0 × 0.25 points = 0 points");
}

static void test_limits(void **state)
{
    (void)state;
    uint32_t a = open_points();
    step(small_op2(&s, NODE_MIN, VT_POINTS, a, points(300)), "person - 500", "封顶3分：5分 → 3分",
         "capped at 3 points: 5 points → 3 points");
    step(small_op2(&s, NODE_MIN, VT_POINTS, a, points(300)), "person - 200", "封顶3分：未触及",
         "capped at 3 points: makes no difference");
    step(small_op2(&s, NODE_MAX, VT_POINTS, a, points(300)), "person - 200", "保底3分：2分 → 3分",
         "at least 3 points: 2 points → 3 points");
}

static void test_choices(void **state)
{
    (void)state;
    uint32_t a = open_points(), list[2] = {points(300), a};
    s.nodes[a].name = 0;
    s.names[0].name = (struct rule_name){STR("甲项"), STR("item_a")};
    step(small_op(&s, NODE_HIGHEST, VT_POINTS, 2, list), "person - 500",
         "取最高：3分 3分；甲项 5分（取这一项）",
         "the highest of: 3 points 3 points; item a 5 points (taken)");
    step(small_op(&s, NODE_LOWEST, VT_POINTS, 2, list), "person - 500",
         "取最低：3分 3分（取这一项）；甲项 5分",
         "the lowest of: 3 points 3 points (taken); item a 5 points");
    step(small_op(&s, NODE_HIGHEST, VT_POINTS, 2, list), "person - ?",
         "取最高：3分 3分；甲项 -1 至 10分",
         "the highest of: 3 points 3 points; item a -1 to 10 points");
    step(small_op(&s, NODE_TOTAL, VT_POINTS, 2, list), "person - 500", "3分 + 甲项 5分 = 8分",
         "3 points + item a 5 points = 8 points");
    uint32_t n = small_op(&s, NODE_IF_UNKNOWN, VT_POINTS, 1, &a);
    s.nodes[n].imm = s.day;
    s.nodes[n].imm2 = 400;
    step(n, "person - ?", "未知的按4分计", "what is not known counts as 4 points");
    uint32_t cond = small_op2(&s, NODE_GE, VT_BOOL, a, list[0]);
    step(small_op(&s, NODE_IF, VT_POINTS, 3, (uint32_t[]){cond, list[0], points(0)}),
         "person - 500", "符合：甲项 至少 3分", "yes: item a is at least 3 points");
}

static void test_rows(void **state)
{
    (void)state;
    uint32_t count = small_agg(&s, NODE_AGG_COUNT, VT_INT, R_EVENT, UINT32_MAX, UINT32_MAX);
    uint32_t kids[4] = {count, points(100), points(200), points(300)};
    uint32_t n = small_op(&s, NODE_BANDS, VT_POINTS, 4, kids);
    small_table(&s, n, 6, (int64_t[]){INT64_MIN, 0, 1, 1, 2, INT64_MAX});
    s.nodes[count].hi = 20;
    step(n, "", "event的条数：0条，属于“0以下”一档，1分",
         "number of records of event: 0 records, which is in \"0 or less\": 1 point");
    step(n, "event - 1", "event的条数：1条，2分", "number of records of event: 1 record, 2 points");
    step(n, "event - 1;event - 2", "event的条数：2条，属于“2以上”一档，3分",
         "number of records of event: 2 records, which is in \"2 or more\": 3 points");
    step(n, "event - 1;event ? 2",
         "event的条数：1 至 2条，可能属于“1”一档，2分；或“2以上”一档，3分",
         "number of records of event: 1 to 2 records, which may be in \"1\": 2 points; or \"2 or "
         "more\": 3 "
         "points");
    n = small_op(&s, NODE_BANDS, VT_POINTS, 2, kids);
    small_table(&s, n, 2, (int64_t[]){INT64_MIN, INT64_MAX});
    step(n, "", "event的条数：0条，属于“任何数”一档，1分",
         "number of records of event: 0 records, which is in \"anything\": 1 point");
    n = small_op(&s, NODE_BANDS, VT_INT, 3, (uint32_t[]){count, fixed(1), fixed(2)});
    small_table(&s, n, 4, (int64_t[]){0, 4, 5, 20});
    step(n, "", "event的条数：0条，属于“4以下”一档",
         "number of records of event: 0 records, which is in \"4 or less\"");
}

static void test_each(void **state)
{
    (void)state;
    uint32_t value = amount();
    s.nodes[value].type = (struct type){VT_POINTS, -1};
    uint32_t n = small_agg(&s, NODE_AGG_EACH, VT_POINTS, R_EVENT, UINT32_MAX, value);
    step(n, "event - 100", "event逐条计分，1条，合计1分",
         "event: points of 1 record, in all 1 point");
    s.nodes[n].field2 = 2;
    s.nodes[n].imm = 150;
    step(n, "event 2020-01-01 100 1;event 2020-01-01 120 1;event 2020-02-01 100 2",
         "event逐条计分，2条（同一事项只取最高的一条），每年封顶1.5分，合计1.5分",
         "event: points of 2 records (the best of the same matter), each year capped at 1.5 "
         "points, in all 1.5 points");
}

/* --- records and what is awaited --- */

static void test_facts(void **state)
{
    static const struct {
        enum trace_standing standing;
        enum trace_why why;
        bool lost;
        const char *zh, *en;
    } rows[] = {
        {STANDING_SURE, WHY_NONE, false, "", ""},
        {STANDING_OUT, WHY_NOT_YET, false, "评分日时还没有", "not yet on the scoring day"},
        {STANDING_OUT, WHY_OVER, false, "评分日时已经结束", "already over on the scoring day"},
        {STANDING_OUT, WHY_WINDOW, false, "不在计算的期限内", "outside the period that counts"},
        {STANDING_OUT, WHY_FILTER, false, "不符合这一项的条件",
         "does not meet this item's condition"},
        {STANDING_POSSIBLE, WHY_NOT_YET, false, "不知道评分日前是否发生",
         "not known whether it came before the day"},
        {STANDING_POSSIBLE, WHY_OVER, false, "不知道是否已经结束", "not known whether it was over"},
        {STANDING_POSSIBLE, WHY_FILTER, false, "不知道是否符合条件",
         "not known whether it meets the condition"},
        {STANDING_SURE, WHY_NONE, true, "同一事项另有更高的一条",
         "another record of the same matter is higher"},
    };
    (void)state;
    begin("spell 2020-01-01 2021-01-01 ?;event - 5 ?");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct explain_fact f = {
            .standing = rows[i].standing, .why = rows[i].why, .lost = rows[i].lost};
        struct buf b;
        struct say say;
        buf_init(&b, 0);
        say = say_new(&e, LANG_ZH, &b);
        say_why(&say, &f);
        check_said(&b, rows[i].zh);
        buf_init(&b, 0);
        say = say_new(&e, LANG_EN, &b);
        say_why(&say, &f);
        check_said(&b, rows[i].en);
    }
    struct buf b;
    buf_init(&b, 0);
    struct say say = say_new(&e, LANG_EN, &b);
    say_record(&say, R_SPELL, 0);
    buf_add_c(&b, "|");
    say_source(&say, R_SPELL, 0);
    people.regs[R_SPELL].line = NULL;
    buf_add_c(&b, "|");
    say_source(&say, R_SPELL, 0);
    check_said(&b, "from 2020-01-01, to 2021-01-01 (that day not included), division not known|"
                   "supplier spell, line 2|supplier spell");
}

static void test_awaits(void **state)
{
    static const struct {
        struct explain_await a;
        const char *zh, *en;
    } rows[] = {
        {{R_EVENT, -1, true}, "供数部门 event（尚未答复）", "supplier event (has not answered)"},
        {{R_EVENT, -1, false}, "供数部门 event（没有记录）", "supplier event (no record)"},
        {{R_EVENT, 1, false}, "供数部门 event的amount（空缺）", "supplier event: amount (missing)"},
    };
    (void)state;
    begin("");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        struct say say;
        buf_init(&b, 0);
        say = say_new(&e, LANG_ZH, &b);
        say_await(&say, &rows[i].a);
        check_said(&b, rows[i].zh);
        buf_init(&b, 0);
        say = say_new(&e, LANG_EN, &b);
        say_await(&say, &rows[i].a);
        check_said(&b, rows[i].en);
    }
}

/* Dates, places and texts that are not known have no ends worth saying. */
static void test_unknown_values(void **state)
{
    (void)state;
    uint32_t born = small_field(&s, R_PERSON, 0, -1);
    uint32_t n = small_op2(&s, NODE_AGE, VT_AGE, born, small_op(&s, NODE_DAY, VT_DATE, 0, NULL));
    s.nodes[n].lo = 0;
    s.nodes[n].hi = 200;
    step(n, "person ? 5", "周岁年龄：未知", "age: not known");
    uint32_t d = small_op2(&s, NODE_SUB, VT_DATE, born, fixed(1));
    step(d, "person ? 5", "未知 − 1 = 未知", "not known − 1 = not known");
    uint32_t cond = small_op2(&s, NODE_GE, VT_BOOL, born, small_const(&s, VT_DATE, 0));
    step(small_op(&s, NODE_IF, VT_POINTS, 3, (uint32_t[]){cond, points(1), points(2)}),
         "person ? 5", "未知：born 至少 1970年1月1日", "not known: born is at least 1970-01-01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_values), CASE(test_intervals),  CASE(test_operators),      CASE(test_leaves),
        CASE(test_sets),   CASE(test_aggregates), CASE(test_arithmetic),     CASE(test_per),
        CASE(test_limits), CASE(test_choices),    CASE(test_rows),           CASE(test_each),
        CASE(test_facts),  CASE(test_awaits),     CASE(test_unknown_values),
    };
    return RUN(tests);
}
