/* Rule images: there and back, damaged in every way, and compiling and reading with memory that
 * ends at every single allocation. test_image RULES-FOLDER-FILES... */
#include "tests/unit/check/support.h"

#include "base/file.h"
#include "base/hash.h"
#include "lang/ast.h"

static char **rule_paths;
static int rule_count;

static const char small[] =
    "总分 总积分 (total) 满分 100分 保底 0分\n组 个性 (local) 归 总积分 封顶 30分 开放 市\n"
    "组 扣减 (minus) 归 总积分 扣 开放 市\n"
    "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n  自 2026年1月1日 起 2分\n"
    "指标 省项 (item) 归 总积分 封顶 50分:\n  令 岁 (years) = 周岁(人员.出生日期)\n"
    "  分段 岁:\n    不足 18周岁: 0分\n    其他: 10分 + 每满 1小时 总和(奖励.时长 近 5年) 得 单价\n"
    "指标 次项 (item_two) 归 总积分\n"
    "条 甲条 (first) 归 次项 允许变通 当 人员.级 至少 中: 5分\n"
    "条 乙条 (second) 归 次项 当 人员.级 等于 低:\n"
    "  按 人员.类:\n    红: 1分\n    其他: 2分\n"
    "指标 逐项 (item_three) 归 扣减:\n  逐条 奖励 同一 编号码 取最高 每年 封顶 2分: 1分 乘 "
    "奖励.份额 去尾\n"
    "否决 全部 当 现有(居住 当 居住.地点 属于 {330100, 330300}) 理由 \"住\" / \"lives\"\n"
    "冻结 当 月数(居住 余日 30天) 超过 100年\n"
    "资格 入学 (school):\n  人员.党员\n  任一满足:\n    月数(缴纳) 至少 6个月\n    人员.甲数 属于 "
    "{1, 3}\n"
    "用例 \"一\" 评分日 2026年3月1日:\n  人员: 出生日期 1990年5月1日\n"
    "  奖励: 奖级 中, 时长 3小时, 奖金 12.5元, 份额 33.33%, 编号码 \"甲\"\n  未答 缴纳\n"
    "  应得 省项 0分 至 50分\n"
    "性质 \"随\": 单调 总积分 随 奖励.时长\n性质 \"拆\": 拆分 居住\n性质 \"顶\": 总积分 至多 "
    "100分\n";

static const char city[] = "方案 \"乙市积分\" / \"Points of a city\" (yi)\n层级 市 330100\n"
                           "上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n示例\n";
static const char city_code[] = "指标 市项 (city_item) 归 个性:\n  40分 乘 30% 四舍五入\n"
                                "指标 市项二 (city_two) 归 个性:\n  每满 1条 记录数(奖励) 得 单价\n"
                                "实施 单价:\n  自 2027年6月1日 起 3分\n"
                                "条 变条 (varied) 归 次项 例外于 甲条 当 人员.级 至少 中: 6分\n";

static void small_compile(struct run *t)
{
    run_init(t);
    run_province(t, small);
    run_local(t, "city.md", city, city_code);
    run_compile(t);
    if (t->err != ERR_OK) run_print(t);
    assert_int_equal(t->err, ERR_OK);
}

static void small_image(struct buf *b)
{
    struct run t;

    small_compile(&t);
    buf_init(b, 0);
    assert_int_equal(rules_image_write(t.rules, b), ERR_OK);
    run_done(&t);
}

static enum err read_all(struct str bytes, struct buf *again)
{
    struct arena a;
    const struct rules *r = NULL;
    enum err e;

    arena_init(&a, (size_t)64 << 20);
    e = rules_image_read(&a, bytes, &r);
    assert_int_equal(e == ERR_OK, r != NULL);
    if (e == ERR_OK && again != NULL) assert_int_equal(rules_image_write(r, again), ERR_OK);
    arena_done(&a);
    return e;
}

static void test_there_and_back(void **state)
{
    struct buf b, again;

    (void)state;
    small_image(&b);
    buf_init(&again, 0);
    assert_int_equal(read_all(buf_str(&b), &again), ERR_OK);
    assert_true(str_eq(buf_str(&b), buf_str(&again)));
    buf_done(&b);
    buf_done(&again);
}

static void test_truncated(void **state)
{
    struct buf b;

    (void)state;
    small_image(&b);
    for (size_t n = 0; n < b.n; n += n < 200 || b.n - n < 200 ? 1 : 37)
        assert_int_equal(read_all((struct str){b.p, n}, NULL), ERR_CORRUPT);
    buf_add_char(&b, 'x');
    assert_int_equal(read_all(buf_str(&b), NULL), ERR_CORRUPT);
    buf_done(&b);
}

static void test_flipped(void **state)
{
    struct buf b;

    (void)state;
    small_image(&b);
    for (size_t at = 0; at < b.n; at += 3) {
        b.p[at] = (char)(b.p[at] ^ 1 << at % 8);
        assert_int_equal(read_all(buf_str(&b), NULL), ERR_CORRUPT);
        b.p[at] = (char)(b.p[at] ^ 1 << at % 8);
    }
    buf_done(&b);
}

/* Put a right digest under damaged bytes. */
static void seal(struct buf *b)
{
    struct hash h;

    assert_int_equal(hash_sm3((struct str){b->p, b->n - HASH_BYTES}, &h), ERR_OK);
    memcpy(b->p + b->n - HASH_BYTES, h.bytes, HASH_BYTES);
}

/* With the digest made right, damage is either found or harmless: what is read is written back the
 * same. Counted, so that a reader that takes everything does not pass. */
static void test_flipped_and_sealed(void **state)
{
    size_t tried = 0, refused = 0;
    struct buf b;

    (void)state;
    small_image(&b);
    for (size_t at = 8; at + HASH_BYTES < b.n; at++) {
        struct buf again;
        char bit = (char)(1 << (at * 7 + at / 9) % 8);
        b.p[at] = (char)(b.p[at] ^ bit);
        seal(&b);
        buf_init(&again, 0);
        enum err e = read_all(buf_str(&b), &again);
        assert_true(e == ERR_OK || e == ERR_CORRUPT);
        if (e == ERR_OK) assert_true(str_eq(buf_str(&b), buf_str(&again)));
        tried++;
        refused += e == ERR_CORRUPT;
        buf_done(&again);
        b.p[at] = (char)(b.p[at] ^ bit);
    }
    print_message("# refused %zu of %zu\n", refused, tried);
    assert_true(refused * 2 > tried);
    buf_done(&b);
}

/* ---- memory that ends ---- */

static void test_compile_without_memory(void **state)
{
    enum err e = ERR_NOMEM;

    (void)state;
    for (uint64_t n = 1; e != ERR_OK; n += n < 400 ? 1 : 7) {
        struct run t, texts;
        const struct rules *r = NULL;
        run_init(&texts);
        run_province(&texts, small);
        run_local(&texts, "city.md", city, city_code);
        run_init(&t);
        t.arena.fail_at = n;
        e = rules_compile(&t.arena, texts.files, texts.file_count, &t.diags, &r);
        assert_true(e == ERR_NOMEM || e == ERR_OK);
        assert_int_equal(e == ERR_OK, r != NULL);
        run_done(&t);
        run_done(&texts);
    }
}

static void test_read_without_memory(void **state)
{
    enum err e = ERR_NOMEM;
    struct buf b;

    (void)state;
    small_image(&b);
    for (uint64_t n = 1; e != ERR_OK; n++) {
        struct arena a;
        const struct rules *r = NULL;
        arena_init(&a, 0);
        a.fail_at = n;
        e = rules_image_read(&a, buf_str(&b), &r);
        assert_true(e == ERR_NOMEM || e == ERR_OK);
        assert_int_equal(e == ERR_OK, r != NULL);
        arena_done(&a);
    }
    buf_done(&b);
}

static void test_write_without_room(void **state)
{
    struct run t;
    struct buf b;

    (void)state;
    small_compile(&t);
    buf_init(&b, 1000);
    assert_int_equal(rules_image_write(t.rules, &b), ERR_NOMEM);
    buf_done(&b);
    run_done(&t);
}

/* ---- the rule folder itself ---- */

static void folder_compile(struct run *t)
{
    run_init(t);
    for (int i = 0; i < rule_count; i++) {
        struct file_map m;
        assert_int_equal(file_map(rule_paths[i], &m), ERR_OK);
        run_file(t, rule_paths[i], m.bytes);
        file_unmap(&m);
    }
    run_compile(t);
    if (t->err != ERR_OK) run_print(t);
    assert_int_equal(t->err, ERR_OK);
}

static void test_folder(void **state)
{
    struct run t;
    struct buf b, again;

    (void)state;
    folder_compile(&t);
    buf_init(&b, 0);
    buf_init(&again, 0);
    assert_int_equal(rules_image_write(t.rules, &b), ERR_OK);
    assert_int_equal(read_all(buf_str(&b), &again), ERR_OK);
    assert_true(str_eq(buf_str(&b), buf_str(&again)));
    buf_done(&b);
    buf_done(&again);
    run_done(&t);
}

/* The folder in the other language: the same hash, and the same nodes but for their places. */
static void test_other_language(void **state)
{
    struct run zh, en;
    struct ast_file asts[FILES_MOST];
    struct names *names;

    (void)state;
    folder_compile(&zh);
    for (int i = 0; i < rule_count; i++)
        assert_int_equal(parse_file(&zh.arena, zh.files, (uint32_t)i, &zh.diags, &asts[i]), ERR_OK);
    assert_int_equal(names_build(&zh.arena, asts, (size_t)rule_count, &zh.diags, &names), ERR_OK);
    run_init(&en);
    for (int i = 0; i < rule_count; i++) {
        struct buf b;
        buf_init(&b, 0);
        assert_int_equal(format_file(&asts[i], names, LANG_EN, &b), ERR_OK);
        run_file(&en, rule_paths[i], buf_str(&b));
        buf_done(&b);
    }
    run_compile(&en);
    if (en.err != ERR_OK) run_print(&en);
    assert_int_equal(en.err, ERR_OK);
    assert_memory_equal(zh.rules->hash.bytes, en.rules->hash.bytes, HASH_BYTES);
    assert_int_equal(zh.rules->node_count, en.rules->node_count);
    for (uint32_t i = 0; i < zh.rules->node_count; i++) {
        const struct rule_node *x = &zh.rules->nodes[i], *y = &en.rules->nodes[i];
        assert_true(x->op == y->op && x->imm == y->imm && x->lo == y->lo && x->hi == y->hi);
    }
    run_done(&zh);
    run_done(&en);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_flipped_and_sealed),
        cmocka_unit_test(test_compile_without_memory),
        cmocka_unit_test(test_read_without_memory),
        cmocka_unit_test(test_write_without_room),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_other_language),
    };

    rule_paths = argv + 1;
    rule_count = argc - 1;
    assert_in_range(rule_count, 1, FILES_MOST);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-image", tests, NULL, NULL);
}
