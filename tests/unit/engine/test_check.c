/* Cases, properties and edges: each kind of finding, in both languages; and the rules of the
 * repository, in which nothing may be found. */
#include "compiled.h"
#include "engine/check_internal.h"
#include "engine_test.h"

static struct compiled c;
static struct check_result result;
static const char *rules_path;

static const char clauses[] =
    "指标 学业分 (study_points) 归 总积分:\n"
    "  按 最高(学业.层级别 无则 低):\n"
    "    高: 5分\n"
    "    中: 8分\n"
    "    低: 0分\n"
    "指标 服务分 (service_points) 归 总积分:\n"
    "  每满 1条 记录数(服务) 得 1分 封顶 3分\n"
    "指标 岁数分 (age_points) 归 总积分:\n"
    "  分段 周岁(人员.出生日期):\n"
    "    不足 40周岁: 10分\n"
    "    40周岁 以上: 0分\n"
    "指标 现事分 (now_points) 归 总积分:\n"
    "  若 现行(服务.事项) 等于 现行(服务.事项 当 评分日 超过 服务.起日): 2分\n"
    "  否则: 1分\n"
    "资格 入学 (school):\n"
    "  现有(证件 当 证件.状态 等于 有效)\n"
    "  记录数(服务) 至少 1条\n";

static void start(const char *body, const char *more)
{
    char text[16384];

    snprintf(text, sizeof text, "%s%s%s```\n", compiled_head, body, more);
    compiled_text(&c, text);
    memset(&result, 0, sizeof result);
}

static int end(void **state)
{
    (void)state;
    compiled_done(&c);
    return 0;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) print_error("not found: %s\nin:\n%s\n", part, text);
    assert_non_null(strstr(text, part));
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) print_error("found: %s\nin:\n%s\n", part, text);
    assert_null(strstr(text, part));
}

/* --- cases --- */

static void test_case_right(void **state)
{
    (void)state;
    start(clauses, "用例 \"对\" / \"right\" 评分日 2026年3月1日:\n"
                   "  人员: 出生日期 1990年1月1日\n"
                   "  证件: 所在地 330106, 状态 有效, 起日 2025年1月1日\n"
                   "  学业: 层级别 高\n"
                   "  服务: 起日 2024年1月1日, 事项 \"甲\"\n"
                   "  服务: 起日 2025年1月1日, 事项 \"乙\"\n"
                   "  应得 学业分 5分, 服务分 2分, 岁数分 10分, 总积分 19分\n"
                   "  应为 in_force\n"
                   "  资格 入学 是\n"
                   "用例 \"未知\" / \"unknown\" 评分日 2026年3月1日:\n"
                   "  未答 证件, 服务\n"
                   "  应得 岁数分 0分 至 10分, 服务分 0分 至 3分\n"
                   "  应为 unknown\n"
                   "  资格 入学 未知\n");
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_string_equal(compiled_findings(&c, LANG_EN), "");
    assert_int_equal(result.cases, 2);
    assert_int_equal(result.cases_failed, 0);
}

static void test_case_wrong(void **state)
{
    (void)state;
    start(clauses, "用例 \"错的\" / \"wrong\" 评分日 2026年3月1日:\n"
                   "  学业: 层级别 高\n"
                   "  应得 学业分 8分, 岁数分 1分 至 2分, 总积分 1分\n"
                   "  应为 in_force\n"
                   "  资格 入学 是\n");
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(result.cases_failed, 1);
    const char *zh = compiled_findings(&c, LANG_ZH), *en = compiled_findings(&c, LANG_EN);
    has(zh, "JF0801 用例“错的”：学业分应得8分，算出5分");
    has(zh, "岁数分应得1 至 2分，算出0 至 10分");
    has(zh, "总积分应得1分，算出0分");
    has(zh, "JF0802 用例“错的”：状态应为 in_force，算出 no_permit");
    has(zh, "JF0803 用例“错的”：资格 入学 应为 是，算出 否");
    has(en, "学业分");
    has(en, "JF0803");
    assert_int_equal(c.diags.errors, 5);
}

/* The findings speak the language of the file: an English one. */
static void test_case_english(void **state)
{
    static const char text[] =
        "rules en 1\n\n# Trial\n\n```rules\n"
        "scheme \"试验\" / \"Trial\" (trial)\nlayer province 330000\nscale 0.01pt\n"
        "source \"试字1号\" / \"No. 1\" from 2020-01-01\n\n"
        "register person (人员) supplied by \"公安\" / \"Police\" one per person:\n"
        "  birth_date (出生日期): date\n"
        "grand total total (总积分) ceiling 300pt\n"
        "indicator age_points (岁数分) in total:\n"
        "  bands age of(person.birth_date):\n"
        "    less than 40 years_old: 10pt\n"
        "    40 years_old or more: 0pt\n"
        "case \"错\" / \"wrong\" scoring day 2026-03-01:\n"
        "  person: birth_date 1990-01-01\n"
        "  expect age_points 7pt\n"
        "  status frozen\n"
        "property \"上限\" / \"bound\": total at most 5pt\n"
        "```\n";
    (void)state;
    compiled_text(&c, text);
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(check_properties(&c.arena, c.r, 1, 60, &c.diags, &result), ERR_OK);
    const char *en = compiled_findings(&c, LANG_EN);
    has(en, "JF0801 case \"wrong\": age_points should be 7 points but comes to 10 points");
    has(en, "JF0802 case \"wrong\": the status should be frozen but is in_force");
    has(en, "JF0808 no case stands on this edge: age of(person.birth_date) is 39 years old");
    has(en, "property \"bound\" does not hold: total is ");
    has(en, "counterexample (scoring day 20");
    assert_int_equal(result.properties_failed, 1);
}

static void test_case_error(void **state)
{
    (void)state;
    start(clauses, "用例 \"太早\" / \"early\" 评分日 2019年3月1日:\n"
                   "  应得 学业分 8分\n");
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(result.cases_failed, 1);
    has(compiled_findings(&c, LANG_ZH), "JF0804 用例“太早”无法计分：not found");
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
}

/* A value outside its field, put in behind the compiler's back. */
static void test_case_fact(void **state)
{
    (void)state;
    start(clauses, "用例 \"钱\" / \"money\" 评分日 2026年3月1日:\n"
                   "  处罚: 决定日 2025年1月1日, 事项 \"甲\", 金额 100元\n"
                   "  应得 学业分 0分\n");
    c.r->cases[0].facts[0].cells[2].value = 900000000;
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(result.cases_failed, 1);
    has(compiled_findings(&c, LANG_ZH),
        "JF0805 用例“钱”：登记 处罚 的这条记录有一个值不在允许范围内");
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
}

/* What is not in force that day gives 0 points, and no gate. */
static void test_case_not_in_force(void **state)
{
    (void)state;
    start("指标 旧分 (old_points) 归 总积分 自 2020年1月1日 起至 2025年12月31日 止:\n  1分\n"
          "资格 旧格 (old_gate) 自 2020年1月1日 起至 2025年12月31日 止:\n"
          "  记录数(服务) 至少 1条\n",
          "用例 \"以后\" / \"after\" 评分日 2026年3月1日:\n"
          "  应得 旧分 0分\n  资格 旧格 否\n"
          "用例 \"以前\" / \"before\" 评分日 2025年12月31日:\n"
          "  应得 旧分 1分\n  资格 旧格 否\n");
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(result.cases_failed, 1);
    has(compiled_findings(&c, LANG_ZH), "资格 旧格 应为 否，算出 （当日不适用）");
}

/* --- the two evaluators --- */

static void test_difference(void **state)
{
    (void)state;
    start(clauses, "用例 \"甲\" / \"a\" 评分日 2026年3月1日:\n"
                   "  人员: 出生日期 1990年1月1日\n"
                   "  应得 岁数分 10分\n");
    struct resident n;
    struct population p;
    struct scored s1;
    struct evaluator_difference d;
    bool differ = true;
    assert_int_equal(check_case_resident(&c.arena, c.r, &c.r->cases[0], &n), ERR_OK);
    assert_int_equal(resident_population(&c.arena, &n, &p, NULL), ERR_OK);
    assert_int_equal(check_case_score(&c.arena, c.r, &c.r->cases[0], &p, &s1), ERR_OK);
    int32_t day = c.r->cases[0].day;
    assert_int_equal(check_evaluators(&c.arena, &s1, &p, day, &differ, &d), ERR_OK);
    assert_false(differ);
    /* tampering with each figure in turn is seen, and named */
    struct interval *figures[] = {&s1.score.indicators[2], &s1.score.groups[0], &s1.score.gates[0],
                                  &s1.score.total};
    enum expect_kind kinds[] = {EXPECT_INDICATOR, EXPECT_GROUP, EXPECT_GATE, EXPECT_TOTAL};
    for (size_t i = 0; i < COUNT(figures); i++) {
        struct interval was = *figures[i];
        *figures[i] = (struct interval){was.lo, was.hi + 1};
        assert_int_equal(check_evaluators(&c.arena, &s1, &p, day, &differ, &d), ERR_OK);
        assert_true(differ);
        assert_int_equal(d.what, kinds[i]);
        assert_int_equal(d.machine.hi, was.hi);
        *figures[i] = was;
    }
    s1.score.status = STATUS_FROZEN;
    assert_int_equal(check_evaluators(&c.arena, &s1, &p, day, &differ, &d), ERR_OK);
    assert_true(differ);
    assert_int_equal(d.what, EXPECT_STATUS);
}

/* --- properties --- */

static void property(const char *line, uint32_t failed, const char *finding)
{
    char more[1024];

    snprintf(more, sizeof more, "性质 \"某\" / \"some\": %s\n", line);
    start(clauses, more);
    assert_int_equal(check_properties(&c.arena, c.r, 3, 400, &c.diags, &result), ERR_OK);
    const char *zh = compiled_findings(&c, LANG_ZH);
    if (result.properties_failed != failed) print_error("%s:\n%s\n", line, zh);
    assert_int_equal(result.properties, 1);
    assert_int_equal(result.properties_failed, failed);
    if (failed > 0) has(zh, finding);
    compiled_done(&c);
}

static void test_properties(void **state)
{
    (void)state;
    property("单调 学业分 随 学业.层级别", 1, "层级别由中改为高，学业分由8分变为5分");
    property("单调 服务分 随 学业.层级别", 0, NULL);
    property("单调 岁数分 随 人员.出生日期", 0, NULL);
    property("单调 岁数分 随 人员.出生日期 递减", 1, "出生日期由");
    property("拆分 服务", 1, "一条拆成两条，");
    property("置换 学业", 0, NULL);
    property("学业分 至多 8分", 0, NULL);
    property("学业分 至多 7分", 1, "学业分为8分");
    property("学业分 至少 0分", 0, NULL);
    property("岁数分 至少 10分", 1, "没有任何记录");
    start(clauses, "");
}

/* The same in English: what was changed, and how. */
static void test_properties_english(void **state)
{
    static const char text[] =
        "rules en 1\n\n# Trial\n\n```rules\n"
        "scheme \"试验\" / \"Trial\" (trial)\nlayer province 330000\nscale 0.01pt\n"
        "source \"试字1号\" / \"No. 1\" from 2020-01-01 to 2030-12-31\n\n"
        "register person (人员) supplied by \"公安\" / \"Police\" one per person:\n"
        "  birth_date (出生日期): date\n"
        "levels rank (层次): low (低) < high (高)\n"
        "register post (岗位) supplied by \"人社\" / \"HR\" at most 3 records:\n"
        "  kind (类): rank\n  from (起日): date start\n  to (止日): date end empty is open\n"
        "register month_paid (月缴) supplied by \"人社\" / \"HR\":\n"
        "  from_month (起月): month start\n  to_month (止月): month end\n"
        "grand total total (总积分) ceiling 300pt\n"
        "indicator now_points (现岗分) in total:\n"
        "  match current(post.kind if none low):\n    high: 2pt\n    low: 1pt\n"
        "indicator count_points (条数分) in total:\n"
        "  per 1 record count(month_paid) gives 1pt capped at 5pt\n"
        "property \"次序\" / \"order\": permute post\n"
        "property \"拆分\" / \"split\": split month_paid\n"
        "property \"单调\" / \"monotone\": monotone now_points with post.kind decreasing\n"
        "property \"都好\" / \"fine\": split post\n"
        "```\n";
    (void)state;
    compiled_text(&c, text);
    assert_int_equal(check_properties(&c.arena, c.r, 5, 2000, &c.diags, &result), ERR_OK);
    const char *en = compiled_findings(&c, LANG_EN);
    has(en, "with the records in another order total goes from ");
    has(en, "with one record split in two total goes from ");
    has(en, "kind from low to high: now_points goes from 1 point to 2 points");
}

/* Residents who are errors say nothing about a property. */
static void test_property_errors(void **state)
{
    (void)state;
    start(clauses, "性质 \"某\" / \"some\": 学业分 至多 0分\n性质 \"拆\" / \"s\": 拆分 服务\n");
    c.r->schemes[0].source.to = c.r->schemes[0].source.from; /* one day only … */
    c.r->groups[0].to = c.r->schemes[0].source.from - 1;     /* … and no total on it */
    assert_int_equal(check_properties(&c.arena, c.r, 3, 50, &c.diags, &result), ERR_OK);
    assert_int_equal(result.properties_failed, 0);
}

/* A silent register stays in the counterexample only where it matters. */
static void test_shrinking_silence(void **state)
{
    (void)state;
    start(clauses, "性质 \"某\" / \"some\": 服务分 至多 2分\n");
    c.r->regs[3].max_records = 2;
    uint32_t silent = 0;
    for (uint64_t seed = 1; seed < 12; seed++) {
        diag_list_init(&c.diags, &c.arena);
        assert_int_equal(check_properties(&c.arena, c.r, seed, 300, &c.diags, &result), ERR_OK);
        const char *zh = compiled_findings(&c, LANG_ZH);
        if (strstr(zh, "未答 服务") == NULL) continue;
        silent++;
        has(zh, "：未答 服务\n"); /* nothing else is left */
    }
    assert_true(silent > 0);
}

/* The counterexample is small: what has no part in it is gone. */
static void test_shrinking(void **state)
{
    (void)state;
    start(clauses, "性质 \"某\" / \"some\": 学业分 至多 7分\n");
    assert_int_equal(check_properties(&c.arena, c.r, 3, 400, &c.diags, &result), ERR_OK);
    const char *zh = compiled_findings(&c, LANG_ZH);
    has(zh, "）：学业：层级别 中");
    has_not(zh, "服务");
    has_not(zh, "证件");
    has_not(zh, "人员");
}

/* Records in another order: the first of several that cover the day decides. */
static void test_permute(void **state)
{
    (void)state;
    start("登记 岗位 (post) 由 \"人社\" / \"HR\":\n"
          "  类 (kind): 状态值\n  起日 (from): 日期 始\n  止日 (to): 日期 终 空为 至今\n"
          "指标 现岗分 (now_points) 归 总积分:\n"
          "  按 现行(岗位.类 无则 中止):\n    有效: 2分\n    中止: 1分\n",
          "性质 \"次序\" / \"order\": 置换 岗位\n");
    assert_int_equal(check_properties(&c.arena, c.r, 3, 2000, &c.diags, &result), ERR_OK);
    assert_int_equal(result.properties_failed, 1);
    has(compiled_findings(&c, LANG_ZH), "记录换了次序，总积分由");
}

/* --- edges --- */

static void test_edges_bare(void **state)
{
    (void)state;
    start(clauses, "用例 \"一\" / \"one\" 评分日 2026年3月1日:\n"
                   "  人员: 出生日期 1986年3月1日\n"
                   "  学业: 层级别 高\n"
                   "  应得 学业分 5分\n");
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
    const char *zh = compiled_findings(&c, LANG_ZH);
    has(zh, "JF0808 没有用例站在这个分段边界上：周岁(人员.出生日期) 等于 39周岁");
    has_not(zh, "等于 40周岁"); /* the case stands there */
    has(zh, "JF0809 没有用例取到这一行：中");
    has(zh, "JF0809 没有用例取到这一行：低");
    has_not(zh, "这一行：高");
    has(zh, "JF0810 没有用例使封顶3分起作用");
    has(zh, "JF0812 没有用例使条件成立：入学");
    has_not(zh, "条件不成立：入学");
    assert_true(result.edges_bare > 0);
    assert_true(result.edges > result.edges_bare);
}

static void test_edges_idle(void **state)
{
    (void)state;
    start("组 扣分 (minus) 归 总积分 扣\n"
          "指标 事 (thing) 归 总积分 封顶 3分 合计\n"
          "条 一 (clause_one) 归 事 当 记录数(服务) 至少 2条:\n  4分\n"
          "指标 罚 (fine) 归 扣分:\n"
          "  每满 1条 记录数(处罚 当 处罚.金额 至少 100元 近 1年) 得 1分\n"
          "否决 事 当 记录数(处罚) 至少 3条 理由 \"多\" / \"many\"\n",
          "用例 \"一\" / \"one\" 评分日 2026年3月1日:\n"
          "  人员: 出生日期 1986年3月1日\n"
          "  服务: 起日 2024年1月1日, 事项 \"甲\"\n"
          "  服务: 起日 2025年1月1日, 事项 \"乙\"\n"
          "  处罚: 决定日 2025年9月1日, 金额 200元\n"
          "  处罚: 决定日 2024年9月1日, 金额 2元\n"
          "  应得 事 3分\n");
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
    const char *zh = compiled_findings(&c, LANG_ZH);
    has(zh, "JF0811 没有用例不触及封顶3分");
    has(zh, "条件不成立：记录数(服务) 至少 2条");
    has(zh, "条件不成立：处罚.金额 至少 100元"); /* the one of 2 yuan is outside the window */
    has(zh, "条件成立：记录数(处罚) 至少 3条");
}

/* --- the rules of the repository --- */

static void test_repository(void **state)
{
    (void)state;
    compiled_folder(&c, rules_path);
    memset(&result, 0, sizeof result);
    assert_int_equal(check_cases(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(check_edges(&c.arena, c.r, &c.diags, &result), ERR_OK);
    assert_int_equal(check_properties(&c.arena, c.r, 11, 60, &c.diags, &result), ERR_OK);
    assert_string_equal(compiled_findings(&c, LANG_ZH), "");
    assert_true(result.cases > 200);
    assert_true(result.edges > 100);
    assert_int_equal(result.edges_bare, 0);
}

#define CHECKED(f) cmocka_unit_test_setup_teardown(f, NULL, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CHECKED(test_case_right),         CHECKED(test_case_wrong),
        CHECKED(test_case_english),       CHECKED(test_case_error),
        CHECKED(test_case_fact),          CHECKED(test_case_not_in_force),
        CHECKED(test_difference),         CHECKED(test_properties),
        CHECKED(test_shrinking),          CHECKED(test_permute),
        CHECKED(test_edges_bare),         CHECKED(test_edges_idle),
        CHECKED(test_properties_english), CHECKED(test_property_errors),
        CHECKED(test_shrinking_silence),  CHECKED(test_repository),
    };
    if (argc < 2) return 2;
    rules_path = argv[1];
    return RUN(tests);
}
