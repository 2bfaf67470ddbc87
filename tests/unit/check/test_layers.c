/* Layers, parameters, dates, ceilings: what holds between the files of a folder. */
#include "tests/unit/check/support.h"

#define HEAD_CITY                                                                                  \
    "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n"
#define HEAD_COUNTY                                                                                \
    "方案 \"丙县积分\" (bing)\n层级 县 330106\n上级 yi\n来源 \"丙发\" 自 2028年1月1日 起\n"
#define HEAD_OTHER                                                                                 \
    "方案 \"丁市积分\" (ding)\n层级 市 330200\n上级 jia\n来源 \"丁发\" 自 2026年1月1日 起\n"
#define OPEN_TOTAL                                                                                 \
    "总分 总积分 (total) 满分 100分\n组 个性 (local) 归 总积分 封顶 30分 开放 市, 县\n"

static void test_chain(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_local(&t, "c.md", HEAD_COUNTY, "指标 县项 (county_item) 归 个性:\n  2分\n");
    run_local(&t, "b.md", HEAD_CITY, "指标 市项 (city_item) 归 个性:\n  1分\n");
    run_local(&t, "d.md", HEAD_OTHER, "指标 市项 (city_item) 归 个性:\n  5分\n");
    run_province(&t, OPEN_TOTAL "指标 省项 (item) 归 总积分:\n  10分\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    const struct rules *r = t.rules;
    assert_int_equal(r->scheme_count, 4); /* 330000, 330100, 330106, 330200 */
    assert_int_equal(r->schemes[0].division, 330000);
    assert_int_equal(r->schemes[2].parent, 1);
    assert_true(rules_in_chain(r, 0, 2) && rules_in_chain(r, 1, 2) && rules_in_chain(r, 2, 2));
    assert_false(rules_in_chain(r, 3, 2));
    /* the county from 2028, before that the city from 2027, before that the province */
    assert_int_equal(rules_scheme_for(r, 330106, DAY(2028, 1, 1)), 2);
    assert_int_equal(rules_scheme_for(r, 330106, DAY(2027, 12, 31)), 1);
    assert_int_equal(rules_scheme_for(r, 330106, DAY(2026, 12, 31)), 0);
    assert_int_equal(rules_scheme_for(r, 330109, DAY(2028, 1, 1)), 1);
    assert_int_equal(rules_scheme_for(r, 330381, DAY(2028, 1, 1)), 0);
    assert_int_equal(rules_scheme_for(r, 0, DAY(2028, 1, 1)), 0);
    assert_int_equal(rules_scheme_for(r, 330106, DAY(2025, 12, 31)), -1);
    assert_int_equal(rules_scheme_for(r, 330106, DAY(2031, 1, 1)), -1);
    /* indicators: the province's first, then scheme by scheme */
    assert_int_equal(r->indicator_count, 4);
    assert_int_equal(r->indicators[0].scheme, 0);
    assert_int_equal(r->indicators[3].scheme, 3);
    assert_int_equal(r->schemes[1].source.to, DAY(2030, 12, 31)); /* cut to the province's */
    run_done(&t);
}

static void test_groups_in_any_order(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_province(&t, "组 内组 (inner) 归 外组\n组 外组 (outer) 归 总积分\n总分 总积分 (total)\n"
                     "指标 省项 (item) 归 内组:\n  10分\n");
    run_compile(&t);
    assert_int_equal(t.err, ERR_OK);
    int32_t outer = find_group(t.rules, "outer"), inner = find_group(t.rules, "inner");
    assert_int_equal(find_group(t.rules, "total"), 0);
    assert_true(outer < inner);
    assert_int_equal(t.rules->groups[inner].parent, outer);
    assert_int_equal(t.rules->indicators[0].group, inner);
    run_done(&t);
}

#define PARAM                                                                                      \
    "参数 单价 (rate) 开放 市 范围 1分 至 9分:\n"                                      \
    "  自 2026年1月1日 起至 2027年6月30日 止 2分\n  自 2027年7月1日 起 3分\n"

static void test_param_values(void **state)
{
    struct run t;
    int64_t v;

    (void)state;
    run_init(&t);
    run_province(&t, OPEN_TOTAL PARAM "指标 省项 (item) 归 总积分:\n  单价\n");
    run_local(&t, "b.md", HEAD_CITY, "实施 单价:\n  自 2027年3月1日 起至 2028年12月31日 止 7分\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    int32_t p = find_param(t.rules, "rate");
    const struct {
        int32_t chain, day;
        int64_t value;
    } expected[] = {
        {0, DAY(2026, 1, 1), 200},  {0, DAY(2027, 6, 30), 200}, {0, DAY(2027, 7, 1), 300},
        {1, DAY(2027, 2, 28), 200}, {1, DAY(2027, 3, 1), 700},  {1, DAY(2028, 12, 31), 700},
        {1, DAY(2029, 1, 1), 300},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(rules_param_value(t.rules, p, expected[i].chain, expected[i].day, &v));
        assert_int_equal(v, expected[i].value);
    }
    assert_false(rules_param_value(t.rules, p, 0, DAY(2025, 12, 31), &v));
    /* the static range is the hull over all layers and days */
    const struct rule_node *n = &t.rules->nodes[t.rules->clauses[0].body];
    assert_int_equal(n->lo, 200);
    assert_int_equal(n->hi, 700);
    run_done(&t);
}

/* What a lower layer puts into a parameter counts in its chain only. */
static void ceiling_with(const char *city, bool ok)
{
    struct run t;

    run_init(&t);
    run_province(&t,
                 "总分 总积分 (total) 满分 10分\n" PARAM
                 "指标 省项 (item) 归 总积分:\n  单价\n指标 省项二 (item_two) 归 总积分:\n  5分\n");
    run_local(&t, "b.md", HEAD_CITY, city);
    run_compile(&t);
    if ((t.err == ERR_OK) != ok) run_print(&t);
    assert_int_equal(t.err, ok ? ERR_OK : ERR_RULES);
    if (!ok) assert_true(run_has(&t, "JF0706"));
    run_done(&t);
}

static void test_ceiling_per_chain(void **state)
{
    (void)state;
    ceiling_with("实施 单价:\n  自 2027年3月1日 起 5分\n", true);
    ceiling_with("实施 单价:\n  自 2027年3月1日 起 6分\n", false);
    /* a value after the city's scheme has ended never counts */
    ceiling_with("实施 单价:\n  自 2031年3月1日 起 9分\n", true);
}

/* Two indicators that are never in force together do not add up. */
static void test_ceiling_per_interval(void **state)
{
    struct run t;
    static const char *const code[] = {
        "总分 总积分 (total) 满分 10分\n"
        "指标 前项 (before) 归 总积分 自 2026年1月1日 起至 2026年12月31日 止:\n  10分\n"
        "指标 后项 (after) 归 总积分 自 2027年1月1日 起:\n  10分\n",
        "总分 总积分 (total) 满分 10分\n"
        "指标 前项 (before) 归 总积分 自 2026年1月1日 起至 2027年1月1日 止:\n  10分\n"
        "指标 后项 (after) 归 总积分 自 2027年1月1日 起:\n  10分\n",
    };

    (void)state;
    for (int i = 0; i < 2; i++) {
        run_init(&t);
        run_province(&t, code[i]);
        run_compile(&t);
        assert_int_equal(t.err, i == 0 ? ERR_OK : ERR_RULES);
        assert_int_equal(run_has(&t, "JF0706"), i == 1);
        run_done(&t);
    }
}

static void test_open_groups(void **state)
{
    struct run t;

    (void)state;
    /* the cap of an open group may be idle as long as nobody has added to it */
    run_init(&t);
    run_province(&t, OPEN_TOTAL "指标 省项 (item) 归 总积分 满分 70分:\n  70分\n");
    run_compile(&t);
    assert_int_equal(t.err, ERR_OK);
    run_done(&t);
    /* with 70 and the open group's 30 the total's 100 is proved, with 71 it is not */
    run_init(&t);
    run_province(&t, OPEN_TOTAL "指标 省项 (item) 归 总积分:\n  71分\n");
    run_local(&t, "b.md", HEAD_CITY, "指标 市项 (city_item) 归 个性:\n  99分\n");
    run_compile(&t);
    assert_true(run_has(&t, "JF0706"));
    run_done(&t);
}

static void test_deductions(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_province(&t, "总分 总积分 (total) 满分 10分 保底 0分\n组 扣减 (minus) 归 总积分 扣\n"
                     "指标 省项 (item) 归 总积分:\n  10分\n"
                     "指标 扣项 (loss) 归 扣减:\n  逐条 奖励: 1分\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK); /* the floor binds: 10 - 20 < 0 */
    run_done(&t);
    run_init(&t);
    run_province(&t, "总分 总积分 (total) 保底 0分\n组 扣减 (minus) 归 总积分 扣\n"
                     "指标 省项 (item) 归 总积分:\n  30分\n"
                     "指标 扣项 (loss) 归 扣减:\n  逐条 奖励: 1分\n");
    run_compile(&t);
    assert_true(run_has(&t, "JF0704")); /* 30 - 20 is at least 10 */
    run_done(&t);
}

#define VARIED                                                                                     \
    "总分 总积分 (total) 满分 20分\n"                                                      \
    "组 个性 (local) 归 总积分 封顶 10分 开放 市, 县\n"                              \
    "指标 省项 (item) 归 总积分\n条 省条 (base) 归 省项 允许变通: 5分\n"

static void test_variation(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_province(&t, VARIED);
    run_local(&t, "b.md", HEAD_CITY, "条 市条 (varied) 归 省项 例外于 省条 当 人员.党员: 10分\n");
    run_local(&t, "d.md", HEAD_OTHER, "条 丁条 (varied_too) 归 省项 例外于 省条: 2分\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    const struct rule_indicator *ind = &t.rules->indicators[0];
    assert_int_equal(ind->clause_count, 3);
    const struct rule_clause *c = &t.rules->clauses[ind->clause_first];
    assert_int_equal(c[0].scheme, 0);
    assert_int_equal(c[1].exception_to, (int32_t)ind->clause_first);
    assert_int_equal(c[1].from, DAY(2027, 1, 1));
    assert_int_equal(c[2].from, DAY(2026, 1, 1));
    run_done(&t);
    /* a variation counts against the province's ceiling */
    run_init(&t);
    run_province(&t, VARIED);
    run_local(&t, "b.md", HEAD_CITY, "条 市条 (varied) 归 省项 例外于 省条 当 人员.党员: 11分\n");
    run_compile(&t);
    assert_true(run_has(&t, "JF0706"));
    run_done(&t);
}

static const char list[] =
    "单位 毫升 (ml)\n类别 血型 (blood_kind): 全血 (whole), 血小板 (platelets)\n"
    "登记 献血 (blood) 由 \"卫健\":\n  献血日 (given_on): 日期 时点\n  血 (sort): 血型\n"
    "  量 (amount): 整数 毫升\n";

static void test_shared_declarations(void **state)
{
    struct run t;
    static const char item[] =
        "指标 献血分 (blood_points) 归 个性:\n  每满 100毫升 总和(献血.量) 得 1分 封顶 9分\n";
    char code[2000];

    (void)state;
    snprintf(code, sizeof code, "%s%s", list, item);
    run_init(&t);
    run_province(&t, OPEN_TOTAL);
    run_local(&t, "b.md", HEAD_CITY, code);
    run_local(&t, "d.md", HEAD_OTHER, code);
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    uint32_t found = 0;
    for (uint32_t i = 0; i < t.rules->reg_count; i++)
        found += str_eq(t.rules->regs[i].name.ascii, STR("blood"));
    assert_int_equal(found, 1);
    assert_int_equal(t.rules->unit_count, 2);
    assert_int_equal(t.rules->enum_count, 3);
    assert_int_equal(t.rules->indicator_count, 2); /* of one name, never in one chain */
    run_done(&t);
}

static void test_clipping(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_province(&t, "总分 总积分 (total)\n"
                     "组 组一 (section) 归 总积分 自 2026年3月1日 起至 2028年3月1日 止\n"
                     "指标 省项 (item) 归 组一 自 2020年1月1日 起至 2027年3月1日 止\n"
                     "条 省条 (base) 归 省项 自 2019年1月1日 起: 5分\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    assert_int_equal(t.rules->indicators[0].from, DAY(2026, 3, 1));
    assert_int_equal(t.rules->indicators[0].to, DAY(2027, 3, 1));
    assert_int_equal(t.rules->clauses[0].from, DAY(2026, 3, 1));
    assert_int_equal(t.rules->clauses[0].to, DAY(2027, 3, 1));
    run_done(&t);
}

static void test_cases(void **state)
{
    struct run t;

    (void)state;
    run_init(&t);
    run_province(&t, "总分 总积分 (total)\n指标 省项 (item) 归 总积分:\n  5分\n"
                     "用例 \"一\" / \"one\" 评分日 2026年3月1日 规则日 2026年2月1日:\n"
                     "  人员: 出生日期 1990年5月1日, 甲数 未知, 级 高, 党员 是\n"
                     "  奖励: 奖级 中, 时长 3小时, 奖金 12.5元, 份额 33.33%, 编号码 \"甲\"\n"
                     "  居住: 地点 330106, 起日 2020年1月1日\n"
                     "  未答 缴纳\n"
                     "  应得 省项 5分, 总积分 4分 至 6分\n  应为 in_force\n");
    run_compile(&t);
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    const struct rule_case *c = &t.rules->cases[0];
    assert_int_equal(c->day, DAY(2026, 3, 1));
    assert_int_equal(c->rule_day, DAY(2026, 2, 1));
    assert_int_equal(c->fact_count, 3);
    const struct rule_cell *p = c->facts[0].cells;
    assert_int_equal(p[0].value, DAY(1990, 5, 1));
    assert_false(p[1].known);
    assert_int_equal(p[4].value, 2);
    assert_false(p[5].known); /* left out: an empty cell */
    assert_int_equal(p[6].value, 1);
    const struct rule_cell *a = c->facts[1].cells;
    assert_true(a[0].known);
    assert_int_equal(a[0].value, DATE_OPEN_START);
    assert_int_equal(a[1].value, 1);
    assert_int_equal(a[3].value, 1250);
    assert_int_equal(a[4].value, 3333);
    assert_true(str_eq(a[5].key, STR("甲")));
    assert_int_equal(c->facts[2].cells[2].value, DATE_OPEN_END);
    assert_int_equal(c->unanswered_count, 1);
    assert_int_equal(c->expect_count, 3);
    assert_int_equal(c->expects[1].kind, EXPECT_TOTAL);
    assert_int_equal(c->expects[1].lo, 400);
    assert_int_equal(c->expects[1].hi, 600);
    run_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_groups_in_any_order),
        cmocka_unit_test(test_param_values),
        cmocka_unit_test(test_ceiling_per_chain),
        cmocka_unit_test(test_ceiling_per_interval),
        cmocka_unit_test(test_open_groups),
        cmocka_unit_test(test_deductions),
        cmocka_unit_test(test_variation),
        cmocka_unit_test(test_shared_declarations),
        cmocka_unit_test(test_clipping),
        cmocka_unit_test(test_cases),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-layers", tests, NULL, NULL);
}
