/* Explanations of real residents: those of the repository's cases, as prose in both languages and
 * as JSON that follows the published schema. */
#include <sys/stat.h>
#include <unistd.h>

#include "compiled.h"
#include "engine/check_internal.h"
#include "engine/explain_internal.h"
#include "engine_test.h"

static struct compiled c;
static const char *rules_path, *schema_path, *validator_path;
static struct population people;

static int group_setup(void **state)
{
    (void)state;
    compiled_folder(&c, rules_path);
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

/* --- residents of cases --- */

static int32_t register_named(const char *name)
{
    for (uint32_t i = 0; i < c.r->reg_count; i++)
        if (str_eq(c.r->regs[i].name.ascii, str_from_c(name))) return (int32_t)i;
    fail_msg("no register %s", name);
    return -1;
}

/* A case of one indicator has no permit: it gets one at the place of its file's scheme. */
static void give_permit(struct resident *n, const struct rule_case *rc)
{
    struct resident more;
    const struct rule_force *f = &c.r->force;
    const struct rule_register *reg = &c.r->regs[f->reg];

    assert_int_equal(resident_copy(&c.arena, n, 1, &more), ERR_OK);
    struct resident_fact *fact = &more.facts[more.fact_count++];
    fact->reg = f->reg;
    fact->values = ARENA_ARRAY(&c.arena, int64_t, reg->field_count);
    fact->known = ARENA_ARRAY(&c.arena, bool, reg->field_count);
    memset(fact->known, 1, reg->field_count);
    fact->values[f->division_field] = c.r->schemes[rc->scheme].division;
    fact->values[f->status_field] = 0;
    fact->values[reg->start] = rc->day - 100;
    fact->values[reg->end] = DATE_OPEN_END;
    *n = more;
}

static const struct explanation *explain_case(const struct rule_case *rc, bool permit)
{
    static const struct str ids[] = {{"R0001", 5}};
    struct resident n;
    const struct explanation *e;

    assert_int_equal(check_case_resident(&c.arena, c.r, rc, &n), ERR_OK);
    assert_int_equal(resident_population(&c.arena, &n, &people, NULL), ERR_OK);
    if (permit && !n.silent[c.r->force.reg] &&
        home_of(&people, 0, rc->day, rc->rule_day).division == 0) {
        give_permit(&n, rc);
        assert_int_equal(resident_population(&c.arena, &n, &people, NULL), ERR_OK);
    }
    people.ids = ids;
    for (uint32_t i = 0; i < c.r->reg_count; i++)
        people.regs[i].file = STR("facts.csv");
    enum err err = explain_person(&c.arena, &people, 0, rc->day, rc->rule_day, &e);
    assert_int_equal(err, ERR_OK);
    return e;
}

static const struct rule_case *case_named(const char *title)
{
    for (uint32_t i = 0; i < c.r->case_count; i++) {
        struct str zh = c.r->cases[i].title.zh;
        if (zh.n >= strlen(title) && memcmp(zh.p, title, strlen(title)) == 0) return &c.r->cases[i];
    }
    fail_msg("no case %s", title);
    return NULL;
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

static const char *zh_of(const char *title)
{
    return text_of(explain_case(case_named(title), true), LANG_ZH);
}

/* --- prose --- */

/* TEST-OF: registers §5, resident A */
static void test_worked_example(void **state)
{
    (void)state;
    const struct rule_case *rc = case_named("三十五周岁，大专，三级工");
    const char *zh = text_of(explain_case(rc, false), LANG_ZH);
    has(zh, "居民 R0001 的积分\n评分日 2026年3月1日\n");
    has(zh, "浙政办发〔2023〕38号，2023年7月26日至2028年7月25日");
    has(zh, "积分状态  有效（居住证：有效），居住证所在地 南湖区");
    has(zh, "总积分  77.25分\n          省级共性 77.25 + 市县个性 0 − 扣减 0 = 77.25分\n");
    has(zh,
        "  ● 年龄  20分（满分20分）\n    依据  浙政办发〔2023〕38号  三、积分指标体系 / （二）");
    has(zh, "    事实  出生日期 1991年3月1日（省公安厅 人员，facts.csv 第");
    has(zh, "封顶20分：25分 → 20分");
    has(zh, "47 × 0.5分 = 23.5分");
    has(zh, "71 × 0.25分 = 17.75分");
    has(zh, "规则指纹（SM3）  ");
    has_not(zh, "_");
    const char *en = text_of(explain_case(rc, false), LANG_EN);
    has(en, "Resident R0001: points\nScoring day 2026-03-01\n");
    has(en, "Status    in force (permit: valid), permit at Nanhu District");
    has(en, "total  77.25 points\n");
    has(en, "capped at 20 points: 25 points → 20 points");
    has(en, "47 × 0.5 points = 23.5 points");
    has(en, "facts.csv line ");
    has(en, "birth date 1991-03-01");
    has_not(en, "_");
}

/* TEST-OF: registers §5, resident B: unknown, and who settles it */
static void test_awaited(void **state)
{
    (void)state;
    const struct rule_case *rc = case_named("五十九周岁，没有学历和证书记录");
    const char *zh = text_of(explain_case(rc, false), LANG_ZH);
    has(zh, "总积分  70 至 75分，待 省教育厅 文化程度（没有记录）");
    has(zh, "待定  5 至 10分，待 省教育厅 文化程度（没有记录）");
    has(zh, "未知，可能属于“本科、硕士、博士”一档，10分；或“大专”一档，8分；或");
    has(zh, "封顶30分：97.5分 → 30分");
    const char *en = text_of(explain_case(rc, false), LANG_EN);
    has(en, "70 to 75 points, awaiting Provincial Education Department education (no record)");
    zh = zh_of("居住证登记未答");
    has(zh, "效力待定，最低为0；若有效，应为30分\n");
    has(zh, "待 省公安厅 居住证（尚未答复）");
}

static void test_void(void **state)
{
    (void)state;
    const char *zh = text_of(explain_case(case_named("中止：总积分为零"), false), LANG_ZH);
    has(zh, "积分状态  失效（居住证：中止）");
    has(zh, "总积分  0分\n");
    has(zh, "积分失效，总分为0；若有效，应为30分");
    const char *en = text_of(explain_case(case_named("中止：总积分为零"), false), LANG_EN);
    has(en, "void: the total is 0; were it in force: 30 points");
    zh = text_of(explain_case(case_named("没有居住证"), false), LANG_ZH);
    has(zh, "失效（居住证：无记录）");
}

/* TEST-OF: forms T5 */
static void test_local(void **state)
{
    (void)state;
    const char *zh = zh_of("个性二百一十三分封顶二百分");
    has(zh, "总积分  262.25分");
    has(zh, "示例办法（瑞安），2024年1月1日至2028年7月25日（示例，不是现行规定）");
    has(zh, "= 213分；封顶200分：213分 → 200分");
    has(zh, "不计：同一事项另有更高的一条");
    has(zh, "21分 × 80% = 16.8分");
    has(zh, "2027年6月1日起不再计");
    has(zh, "不计：不在计算的期限内");
    has(zh, "不计：评分日时已经结束");
    has(zh, "扣减  −15分");
    has(zh, "资格  公办学位：符合");
    has(zh, "市县个性 › ");
    const char *en = text_of(explain_case(case_named("个性二百一十三分封顶二百分"), true), LANG_EN);
    has(en, "another record of the same matter is higher");
    has(en, "outside the period that counts");
    has(en, "no longer counts from then");
}

/* TEST-OF: forms T6 */
static void test_three_tiers(void **state)
{
    (void)state;
    const char *zh = zh_of("省、市、县三级，再扣二十分");
    has(zh, "总积分  245.25分");
    has(zh, "163分；封顶150分：163分 → 150分");
}

static void test_vetoes(void **state)
{
    (void)state;
    const char *zh = zh_of("刑事犯罪，满五年的前一天");
    has(zh, "积分状态  一票否决");
    has(zh, "一票否决，总分为0；若无否决，应为");
    has(zh, "否决：近五年内有刑事犯罪");
    zh = zh_of("违建群租，住房一项不计分");
    has(zh, "否决  近一年内有违建、群租；若无否决，应为");
    zh = zh_of("立案调查：冻结");
    has(zh, "积分状态  已冻结");
    has(zh, "冻结：正在立案调查");
    const char *en = text_of(explain_case(case_named("立案调查：冻结"), true), LANG_EN);
    has(en, "Freeze: under investigation");
}

static void test_if_unknown(void **state)
{
    (void)state;
    const char *zh = zh_of("税务登记未答，期限当天起计零分");
    has(zh, "未知，按0分计");
    zh = zh_of("税务登记未答，期限以前待定");
    has(zh, "待 税务局 纳税（尚未答复）");
}

static void test_highest_group(void **state)
{
    (void)state;
    const char *zh = zh_of("本科，中级职称：不相加");
    has(zh, "取最高：学历再赋分 20，职称再赋分 20 = 20分");
    has(zh, "（组内另一项更高，不取）");
}

static void test_errors(void **state)
{
    (void)state;
    const struct explanation *e = explain_case(case_named("六十周岁当年"), false);
    struct population bad = people;
    uint8_t marks[1] = {1};
    bad.bad = marks;
    const struct explanation *x;
    assert_int_equal(explain_person(&c.arena, &bad, 0, e->day, e->day, &x), ERR_OK);
    has(text_of(x, LANG_ZH), "有一条登记记录被拒收，不能计分");
    has(text_of(x, LANG_EN), "a record was refused");
    int32_t early = small_date("2000-01-01");
    assert_int_equal(explain_person(&c.arena, &people, 0, early, early, &x), ERR_OK);
    has(text_of(x, LANG_ZH), "评分日没有施行中的方案");
    /* another rule day is said */
    assert_int_equal(explain_person(&c.arena, &people, 0, e->day + 30, e->day, &x), ERR_OK);
    has(text_of(x, LANG_ZH), "评分日 2026年3月31日，按 2026年3月1日 的规则");
}

/* A person's place is his number where there are no ids. */
static void test_no_ids(void **state)
{
    (void)state;
    explain_case(case_named("六十周岁当年"), false);
    people.ids = NULL;
    const struct explanation *x;
    int32_t day = small_date("2026-03-01");
    assert_int_equal(explain_person(&c.arena, &people, 0, day, day, &x), ERR_OK);
    has(text_of(x, LANG_ZH), "居民 1 的积分");
}

/* --- JSON --- */

static void write_json(const struct explanation *e, const char *folder, uint32_t number,
                       enum lang lang)
{
    char path[4096];
    struct buf b;

    buf_init(&b, 0);
    assert_int_equal(explain_json(e, lang, number % 2 == 0, &b), ERR_OK);
    snprintf(path, sizeof path, "%s/%u.json", folder, number);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
    assert_int_equal(fclose(f), 0);
    buf_done(&b);
}

/* Every resident of every case, and two that are errors, follow the schema. */
static void test_schema(void **state)
{
    char folder[] = "/tmp/jifen-explain-XXXXXX", command[8192];
    const struct explanation *e = NULL;
    (void)state;
    assert_non_null(mkdtemp(folder));
    for (uint32_t i = 0; i < c.r->case_count; i++) {
        e = explain_case(&c.r->cases[i], i % 3 != 0);
        write_json(e, folder, i, i % 5 == 0 ? LANG_EN : LANG_ZH);
    }
    uint8_t marks[1] = {1};
    people.bad = marks;
    assert_int_equal(explain_person(&c.arena, &people, 0, e->day, e->day, &e), ERR_OK);
    write_json(e, folder, 100000, LANG_ZH);
    snprintf(command, sizeof command, "/usr/bin/python3 %s %s %s", validator_path, schema_path,
             folder);
    int status = system(command);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("# no python3-jsonschema: the schema is not checked\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void test_json(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    const struct explanation *e = explain_case(case_named("三十五周岁，大专，三级工"), false);
    assert_int_equal(explain_json(e, LANG_EN, false, &b), ERR_OK);
    buf_add_char(&b, '\0');
    has(b.p, "\"person\":\"R0001\",\"day\":\"2026-03-01\",\"rule_day\":\"2026-03-01\"");
    has(b.p, "\"total\":{\"name\":\"total\",\"title\":\"total\",\"points\":{\"lo\":\"77.25\","
             "\"hi\":\"77.25\"}");
    has(b.p, "\"record\":{\"birth_date\":\"1991-03-01\"}");
    buf_done(&b);
    /* a buffer that is full says so */
    buf_init(&b, 100);
    assert_int_equal(explain_json(e, LANG_ZH, true, &b), ERR_NOMEM);
    buf_done(&b);
    buf_init(&b, 100);
    assert_int_equal(explain_text(e, LANG_ZH, &b), ERR_NOMEM);
    buf_done(&b);
}

/* --- every figure of the explanation is the score's --- */

static void test_same_as_score(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < c.r->case_count; i++) {
        const struct explanation *e = explain_case(&c.r->cases[i], true);
        struct scored scored;
        assert_int_equal(check_score(&c.arena, e->plan, &people, e->day, false, &scored), ERR_OK);
        assert_int_equal(scored.score.total.lo, e->score.total.lo);
        for (uint32_t k = 0; k < e->plan->indicator_count; k++) {
            CHECK(e->indicators[k].t->steps.final, scored.score.indicators[k].lo,
                  scored.score.indicators[k].hi);
            /* what is open says what it awaits; what is settled does not */
            bool open = scored.score.indicators[k].lo != scored.score.indicators[k].hi;
            assert_int_equal(e->indicators[k].seen.await_count > 0, open);
        }
    }
    assert_true(register_named("person") == 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example), cmocka_unit_test(test_awaited),
        cmocka_unit_test(test_void),           cmocka_unit_test(test_local),
        cmocka_unit_test(test_three_tiers),    cmocka_unit_test(test_vetoes),
        cmocka_unit_test(test_if_unknown),     cmocka_unit_test(test_highest_group),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_no_ids),
        cmocka_unit_test(test_json),           cmocka_unit_test(test_schema),
        cmocka_unit_test(test_same_as_score),
    };
    if (argc < 4) return 2;
    rules_path = argv[1];
    schema_path = argv[2];
    validator_path = argv[3];
    (void)setup;
    (void)teardown;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
