/* Explanations under rules made to use everything: alternative clauses, exceptions, floors, open
 * vetoes and gates, long lists of records, what is only possible. Prose in both languages. */
#include "compiled.h"
#include "engine/check_internal.h"
#include "engine/explain_internal.h"
#include "engine_test.h"

static struct compiled c;
static struct population people;

static const char clauses[] =
    "组 加分 (plus) 归 总积分 封顶 30分 保底 2分\n"
    "组 扣分 (minus) 归 总积分 扣\n"
    "指标 层次分 (rank_points) 归 加分 取最高 封顶 9分 保底 1分\n"
    "条 高的 (high_one) 归 层次分 当 有(学业 当 学业.层级别 等于 高):\n  12分\n"
    "条 中的 (middle_one) 归 层次分 当 有(学业 当 学业.层级别 等于 中):\n  7分\n"
    "指标 例外分 (except_points) 归 加分\n"
    "条 平常 (usual) 归 例外分 当 记录数(服务) 至少 1条:\n  5分\n"
    "条 特别 (special) 归 例外分 例外于 平常 当 有(处罚):\n  0分\n"
    "指标 服务分 (service_points) 归 加分 封顶 20分:\n"
    "  令 条数 (how_many) = 记录数(服务)\n"
    "  若 条数 至少 3条: 每满 1条 条数 得 1分\n"
    "  否则 若 条数 至少 2条: 1分\n"
    "  否则: 0分\n"
    "指标 岁数分 (age_points) 归 加分:\n"
    "  分段 周岁(人员.出生日期):\n"
    "    不足 40周岁: 10分\n"
    "    40周岁 以上: 0分\n"
    "指标 罚分 (fine_points) 归 扣分:\n"
    "  逐条 处罚 有效期 2年 同一 事项 取最高 每年 封顶 5分:\n"
    "    若 处罚.金额 至少 100元: 4分\n"
    "    否则: 1分\n"
    "否决 岁数分 当 有(处罚 当 处罚.金额 至少 5000元 近 1年)\n"
    "否决 加分 当 有(处罚 当 处罚.金额 至少 6000元) 理由 \"重罚\" / \"heavy fine\"\n"
    "否决 全部 当 有(处罚 当 处罚.金额 至少 7000元) 理由 \"特重\" / \"very heavy\"\n"
    "资格 入学 (school):\n"
    "  现有(证件 当 证件.状态 等于 有效)\n"
    "  周岁(人员.出生日期) 至少 18周岁\n";

static int group_setup(void **state)
{
    char text[16384];

    (void)state;
    snprintf(text, sizeof text, "%s%s```\n", compiled_head, clauses);
    compiled_text(&c, text);
    return 0;
}

static int group_teardown(void **state)
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

/* --- facts: "register a b c;…" as in small_rules.h, for the compiled catalogue --- */

enum { C_PERSON, C_PERMIT, C_STUDY, C_SERVICE, C_PENALTY };

static struct population_builder *builder;

static void begin(void)
{
    assert_int_equal(population_builder_new(&c.arena, c.r, 1, &builder), ERR_OK);
}

static void add(int32_t reg, int64_t a, int64_t b, int64_t v3, int64_t v4)
{
    int64_t v[4] = {a, b, v3, v4};
    bool known[4] = {a != INT64_MIN, b != INT64_MIN, v3 != INT64_MIN, v4 != INT64_MIN};

    for (int i = 0; i < 4; i++)
        if (!known[i]) v[i] = 0;
    assert_int_equal(population_builder_add(builder, reg, 0, v, known, 7), ERR_OK);
}

#define UNKNOWN INT64_MIN

static const struct explanation *explain(void)
{
    const struct explanation *e;
    int32_t day = small_date("2026-03-01");

    assert_int_equal(population_builder_finish(builder, &people), ERR_OK);
    assert_int_equal(explain_person(&c.arena, &people, 0, day, day, &e), ERR_OK);
    return e;
}

static const char *text_of(const struct explanation *e, enum lang lang)
{
    struct buf b;

    buf_init(&b, 0);
    assert_int_equal(explain_text(e, lang, &b), ERR_OK);
    const char *text = str_copy(&c.arena, buf_str(&b)).p;
    buf_done(&b);
    return text;
}

static void permit(void)
{
    add(C_PERMIT, 330106, 0, small_date("2020-01-01"), DATE_OPEN_END);
}

static void penalty(const char *day, int64_t matter, int64_t fen)
{
    add(C_PENALTY, day != NULL ? small_date(day) : UNKNOWN, matter, fen, 0);
}

static void test_plain(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, small_date("1990-01-01"), 0, 0, 0);
    add(C_STUDY, 2, DATE_OPEN_START, 0, 0);
    add(C_STUDY, 1, small_date("2010-01-01"), 0, 0);
    for (int i = 0; i < 14; i++)
        add(C_SERVICE, small_date("2020-01-01") + i, DATE_OPEN_END, i, 0);
    const struct explanation *e = explain();
    const char *zh = text_of(e, LANG_ZH), *en = text_of(e, LANG_EN);
    has(zh, "高的：12分\n");
    has(zh, "中的：7分（另一项更高，不取）");
    has(zh, "封顶9分：12分 → 9分");
    has(zh, "条件  有学业（层级别 是 高）的记录：符合");
    has(zh, "另有2条记录，未列出");
    has(zh, "符合：条数 至少 3条");
    has(zh, "试字1号，2020年1月1日起\n");
    has(en, "and 2 more records");
    has(en, "high one: 12 points");
    has(en, "middle one: 7 points (another is higher: not taken)");
    has(en, "Trial: Trial No. 1, 2020-01-01 onwards");
    has(en, "Gate  school: yes");
    has_not(en, "_");
}

static void test_nothing(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, small_date("1970-01-01"), 0, 0, 0);
    const struct explanation *e = explain();
    const char *zh = text_of(e, LANG_ZH), *en = text_of(e, LANG_EN);
    has(zh, "保底1分：0分 → 1分");
    has(zh, "最低2分：1分 → 2分");
    has(en, "; at least 2 points: 1 point → 2 points");
    has(en, "    facts     no record");
    has_not(zh, "否决");
}

static void test_exception(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, small_date("1970-01-01"), 0, 0, 0);
    add(C_SERVICE, small_date("2020-01-01"), DATE_OPEN_END, 1, 0);
    add(C_SERVICE, small_date("2020-01-02"), DATE_OPEN_END, 1, 0);
    penalty("2025-05-05", 3, 20000);
    penalty("2025-06-05", 3, 5000);
    penalty("2025-07-05", 4, 90000);
    penalty("2024-03-01", 5, 90000);
    const struct explanation *e = explain();
    const char *zh = text_of(e, LANG_ZH), *en = text_of(e, LANG_EN);
    has(zh, "特别（例外，先于 平常）：0分");
    has(en, "special (exception, before usual): 0 points");
    has(zh, "不计：同一事项另有更高的一条");
    has(zh, "2027年5月5日起不再计");
    has(zh, "符合：条数 至少 2条");
    has(zh, "扣分  −5分");
    has(zh, "每年封顶5分，合计5分");
}

static void test_vetoes(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, small_date("1990-01-01"), 0, 0, 0);
    penalty("2025-05-05", 3, 550000);
    const char *zh = text_of(explain(), LANG_ZH);
    has(zh, "    否决  有处罚（近1年，金额 至少 5000元）的记录；若无否决，应为10分");
    has(zh, "          若无否决，应为");
    begin();
    permit();
    add(C_PERSON, small_date("1990-01-01"), 0, 0, 0);
    penalty("2025-05-05", 3, 650000);
    const struct explanation *e = explain();
    zh = text_of(e, LANG_ZH);
    has(zh, "    否决  重罚；若无否决，应为");
    has(text_of(e, LANG_EN), "    veto      heavy fine; without it: ");
    begin();
    permit();
    penalty("2025-05-05", 3, 750000);
    zh = text_of(explain(), LANG_ZH);
    has(zh, "一票否决，总分为0；若无否决，应为");
    has(zh, "否决：特重");
}

/* Vetoes and gates that hang on what is not known. */
static void test_open(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, UNKNOWN, 0, 0, 0);
    add(C_STUDY, 1, DATE_OPEN_START, 0, 0);
    penalty(NULL, UNKNOWN, 750000);
    const struct explanation *e = explain();
    const char *zh = text_of(e, LANG_ZH), *en = text_of(e, LANG_EN);
    has(zh, "否决（待定）：特重");
    has(en, "Veto (open): very heavy");
    has(zh, "待定：不知道评分日前是否发生");
    has(zh, "待 公安 人员的出生日期（空缺）");
    has(zh, "公安 处罚的决定日（空缺）");
    has(zh, "资格  入学：未知");
    has(zh, "周岁年龄 至少 18周岁：未知");
    has(en, "Gate  school: not known");
    has(en, "awaits");
    has(zh, "总积分  -4 至 17分，待 ");
    has(zh, "    否决  （待定）重罚；若无否决，应为7 至 17分");
}

static void test_silent(void **state)
{
    (void)state;
    begin();
    permit();
    add(C_PERSON, small_date("1990-01-01"), 0, 0, 0);
    population_builder_unanswered(builder, C_STUDY);
    population_builder_unanswered(builder, C_SERVICE);
    population_builder_unanswered(builder, C_PENALTY);
    const struct explanation *e = explain();
    const char *zh = text_of(e, LANG_ZH), *en = text_of(e, LANG_EN);
    has(zh, "待 教育 学业（尚未答复）");
    has(zh, "未知：条数 至少 3条");
    has(en, "Education study (has not answered)");
    struct buf b;
    buf_init(&b, 0);
    assert_int_equal(explain_json(e, LANG_EN, true, &b), ERR_OK);
    buf_add_char(&b, '\0');
    has(b.p, "\"reason\": \"unanswered\"");
    has(b.p, "\"holds\": \"unknown\"");
    has(b.p, "\"exception_to\": \"usual\"");
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),     cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_exception), cmocka_unit_test(test_vetoes),
        cmocka_unit_test(test_open),      cmocka_unit_test(test_silent),
    };
    (void)setup;
    (void)teardown;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
