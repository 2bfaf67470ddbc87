/* Expressions: the node they become and its static range, one row per form. */
#include "tests/unit/check/support.h"

struct row {
    const char *body;
    enum node_op op;
    int64_t lo, hi;
};

/* points are hundredths */
static const struct row rows[] = {
    {"5分", NODE_CONST, 500, 500},
    {"2分 + 3.5分", NODE_CONST, 550, 550},
    {"每满 1小时 总和(奖励.时长) 得 0.1分", NODE_PER, 0, 20000},
    {"每满 3小时 总和(奖励.时长) 得 1分", NODE_PER, 0, 66600},
    {"每满 1周岁 (55周岁 - 周岁(人员.出生日期)) 得 1分 封顶 20分", NODE_MIN, 0, 2000},
    {"每满 1条 记录数(奖励) 得 1分", NODE_PER, 0, 2000},
    {"每满 100元 最高(奖励.奖金 无则 0元) 得 1分", NODE_PER, 0, 1000},
    {"每满 1个月 月数(居住 余日 30天) 得 1分 封顶 30分", NODE_MIN, 0, 3000},
    {"每满 1个月 月数(缴纳 近 5年) 得 1分 封顶 30分", NODE_MIN, 0, 3000},
    {"每满 1个月 连续月数(缴纳 间断 至多 3个月) 得 1分 封顶 30分", NODE_MIN, 0, 3000},
    {"每满 1年 整月(人员.出生日期, 评分日) 得 1分 封顶 9分 保底 2分", NODE_MAX, 200, 900},
    {"逐条 奖励 每年 封顶 2分:\n  3分", NODE_AGG_EACH, 0, 4000},
    {"逐条 奖励 同一 编号码 取最高:\n  按 奖励.奖级:\n    低: 1分\n    中 以上: 2.5分",
     NODE_AGG_EACH, 0, 5000},
    {"逐条 奖励:\n  10分 乘 奖励.份额 四舍五入", NODE_AGG_EACH, 0, 20000},
    {"10分 乘 2/3 四舍五入", NODE_MUL, 667, 667},
    {"10分 乘 2/3 去尾", NODE_MUL, 666, 666},
    {"10分 乘 30% 进一", NODE_MUL, 300, 300},
    {"10分 乘 3", NODE_MUL, 3000, 3000},
    {"10分 乘 人员.甲数", NODE_MUL, 0, 3000},
    {"10分 除以 3 去尾", NODE_DIV, 333, 333},
    {"10分 除以 (人员.甲数 + 1) 去尾", NODE_DIV, 250, 1000},
    {"若 人员.党员: 3分\n否则: 1分", NODE_IF, 100, 300},
    {"若 非 人员.党员: 3分\n否则: 1分", NODE_IF, 100, 300},
    {"分段 人员.甲数:\n  不足 1: 0分\n  1 以上: 2分", NODE_BANDS, 0, 200},
    {"分段 人员.甲数:\n  1 以上 2 以下: 2分\n  其他: 1分", NODE_BANDS, 100, 200},
    {"分段 评分日:\n  不足 2027年1月1日: 2分\n  2027年1月1日 以上: 1分", NODE_BANDS, 100, 200},
    {"按 人员.级:\n  中 以下: 2分\n  高: 1分", NODE_MATCH, 100, 200},
    {"按 最高(学历.层次):\n  高: 3分\n  其他: 1分", NODE_MATCH, 100, 300},
    {"取最高:\n  2分\n  项 乙项 (second): 3分", NODE_HIGHEST, 300, 300},
    {"取最低:\n  2分\n  3分", NODE_LOWEST, 200, 200},
    {"合计:\n  2分\n  若 人员.党员: 3分\n  否则: 0分", NODE_TOTAL, 200, 500},
    {"令 岁 (years) = 周岁(人员.出生日期 于 年初(评分日))\n若 岁 至少 18周岁: 1分\n否则: 0分",
     NODE_IF, 0, 100},
    {"若 年份(人员.出生日期) 至少 2000: 1分\n否则: 0分", NODE_IF, 0, 100},
    {"若 加月(人员.出生日期, 216个月 取次日) 至多 评分日: 1分\n否则: 0分", NODE_IF, 0, 100},
    {"若 评分日 - 人员.出生日期 超过 30天: 1分\n否则: 0分", NODE_IF, 0, 100},
    {"若 现有(居住 当 居住.地点 属于 {330100, 330200}): 1分\n否则: 0分", NODE_IF, 0, 100},
    {"若 现行(居住.地点) 属于 本地: 1分\n否则: 0分", NODE_IF, 0, 100},
    {"若 有(奖励 当 奖励.奖级 属于 {低, 高} 近 3年): 1分\n否则: 0分", NODE_IF, 0, 100},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run t;
        run_body(&t, rows[i].body);
        const struct rule_node *n = run_root(&t);
        if (n->op != rows[i].op || n->lo != rows[i].lo || n->hi != rows[i].hi)
            print_message("# %s: op %d, %lld to %lld\n", rows[i].body, (int)n->op, (long long)n->lo,
                          (long long)n->hi);
        assert_int_equal(n->op, rows[i].op);
        assert_int_equal(n->lo, rows[i].lo);
        assert_int_equal(n->hi, rows[i].hi);
        run_done(&t);
    }
}

/* Bodies the checker refuses, with the code; the goldens show the sentences. */
static const struct {
    const char *body, *code;
} refused[] = {
    {"若 人员.出生日期 至少 30天: 1分\n否则: 0分", "JF0401"},
    {"若 月数(居住) 至少 30天: 1分\n否则: 0分", "JF0402"},
    {"若 月数(居住) 至少 3小时: 1分\n否则: 0分", "JF0401"},
    {"若 总和(奖励.时长) 至少 3: 1分\n否则: 0分", "JF0403"},
    {"若 总和(奖励.奖级) 至少 高: 1分\n否则: 0分", "JF0406"},
    {"若 奖励.编号码 等于 3: 1分\n否则: 0分", "JF0417"},
    {"3小时", "JF0401"},
    {"若 3分: 1分\n否则: 0分", "JF0401"},
    {"若 人员.党员: 1分\n否则: 3小时", "JF0401"},
    {"10分 除以 人员.甲数 去尾", "JF0411"},
    {"逐条 奖励:\n  逐条 奖励:\n    1分", "JF0418"},
    {"若 最高(学历.层次 近 1年) 等于 高: 1分\n否则: 0分", "JF0421"},
    {"若 最高(学历.层次 当 学历.层次 至少 中) 等于 高: 1分\n否则: 0分", "JF0424"},
    {"按 现行(奖励.奖级 无则 低):\n  高: 3分\n  其他: 1分", "JF0420"},
    {"分段 人员.甲数:\n  不足 4: 0分\n  4 以上: 2分", "JF0503"},
    {"分段 人员.类:\n  红 以上: 0分\n  其他: 2分", "JF0405"},
    {"按 人员.类:\n  红 以上: 0分\n  其他: 2分", "JF0405"},
    {"3分 封顶 3分", "JF0701"},
    {"逐条 奖励 每年 封顶 60分:\n  3分", "JF0701"}, /* 20 records of 3 */
    {"3分 封顶 300元", "JF0401"},
    {"每满 1个月 月数(居住) 得 0.1分 保底 0分", "JF0702"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct run t;
        run_body(&t, refused[i].body);
        if (!run_has(&t, refused[i].code)) {
            print_message("# %s: no %s\n", refused[i].body, refused[i].code);
            run_print(&t);
        }
        assert_int_equal(t.err, ERR_RULES);
        assert_true(run_has(&t, refused[i].code));
        run_done(&t);
    }
}

/* Kids come first, domains and kinds fit: every image that compiles passes the reader's checks. */
static void test_images_of_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run t;
        struct buf b;
        const struct rules *back = NULL;
        run_body(&t, rows[i].body);
        assert_int_equal(t.err, ERR_OK);
        buf_init(&b, 0);
        assert_int_equal(rules_image_write(t.rules, &b), ERR_OK);
        if (rules_image_read(&t.arena, buf_str(&b), &back) != ERR_OK)
            fail_msg("%s does not come back", rows[i].body);
        buf_done(&b);
        run_done(&t);
    }
}

static void test_let_in_records(void **state)
{
    struct run t;

    (void)state;
    run_body(&t, "令 门槛 (line) = 人员.甲数 + 1\n逐条 奖励 当 奖励.时长 至少 10小时:\n"
                 "  若 门槛 至少 2: 1分\n  否则: 0.5分");
    const struct rule_node *n = run_root(&t);
    assert_int_equal(n->op, NODE_AGG_EACH);
    int32_t reg = n->reg;
    const struct rule_node *body = &t.rules->nodes[t.rules->kids[n->kid_first + 1]];
    assert_int_equal(body->domain, reg);
    const struct rule_node *cond = &t.rules->nodes[t.rules->kids[body->kid_first]];
    const struct rule_node *let = &t.rules->nodes[t.rules->kids[cond->kid_first]];
    assert_int_equal(let->domain, reg);
    assert_true(let->name >= 0);
    assert_true(str_eq(t.rules->names[let->name].name.ascii, STR("line")));
    run_done(&t);
}

static void test_other_rows(void **state)
{
    struct run t;

    (void)state;
    run_body(&t, "分段 人员.甲数:\n  1 以上 1 以下: 2分\n  3 以上: 4分\n  其他: 1分");
    const struct rule_node *n = run_root(&t);
    const int64_t *tab = &t.rules->table[n->table_first];
    static const int64_t expected[] = {1, 1, 3, INT64_MAX, 0, 0, 2, 2};
    assert_int_equal(n->table_count, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(tab[i], expected[i]);
    const uint32_t *kids = &t.rules->kids[n->kid_first];
    assert_int_equal(kids[3], kids[4]); /* one body for both holes */
    run_done(&t);
}

static void test_node_text(void **state)
{
    struct run t;

    (void)state;
    run_body(&t, "每满 1小时 总和(奖励.时长) 得 0.1分");
    struct str s = rules_node_text(&t.arena, t.rules, (uint32_t)t.rules->clauses[0].body);
    assert_true(str_eq(s, STR("每满 1小时 总和(奖励.时长) 得 0.1分")));
    run_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_images_of_rows), cmocka_unit_test(test_let_in_records),
        cmocka_unit_test(test_other_rows),     cmocka_unit_test(test_node_text),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-expr", tests, NULL, NULL);
}
