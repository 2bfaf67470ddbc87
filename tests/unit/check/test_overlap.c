/* Two clauses at once: what is proved to exclude each other, and what is not.
 *
 * Besides rows by hand, random conditions over three small numbers are put into two clauses. Where
 * the checker is content, every assignment is tried: none may satisfy both. How often it is content
 * where it could be is counted, so that a proof that never succeeds does not pass. */
#include "tests/unit/check/support.h"

static void compile_pair(struct run *t, const char *a, const char *b)
{
    char code[4000];

    run_init(t);
    snprintf(code, sizeof code,
             "总分 总积分 (total)\n指标 项目 (item) 归 总积分\n"
             "条 甲条 (first) 归 项目 当 %s: 5分\n条 乙条 (second) 归 项目 当 %s: 3分\n",
             a, b);
    run_province(t, code);
    run_compile(t);
}

static const struct {
    const char *a, *b;
    bool disjoint;
} pairs[] = {
    {"人员.甲数 至少 2", "人员.甲数 不足 2", true},
    {"人员.甲数 至少 2", "人员.甲数 至多 2", false},
    {"人员.甲数 等于 1", "人员.甲数 属于 {0, 2}", true},
    {"人员.甲数 不等于 1", "人员.甲数 等于 1", true},
    {"人员.党员", "非 人员.党员", true},
    {"人员.级 至少 中", "人员.级 等于 低", true},
    {"人员.类 属于 {红, 蓝}", "人员.类 等于 绿", true},
    {"人员.类 属于 {红, 蓝}", "非 (人员.类 等于 绿)", false},
    {"人员.甲数 超过 人员.乙数", "人员.乙数 超过 人员.甲数", true},
    {"人员.甲数 至少 人员.乙数", "人员.乙数 至少 人员.甲数", false},
    {"人员.甲数 超过 人员.乙数", "人员.甲数 至多 人员.乙数", true},
    {"周岁(人员.出生日期) 至少 55周岁", "周岁(人员.出生日期) 不足 55周岁", true},
    {"周岁(人员.出生日期) 至少 55周岁", "周岁(人员.出生日期 于 年初(评分日)) 不足 55周岁", false},
    {"有(奖励 当 奖励.奖级 等于 高)", "非 有(奖励 当 奖励.奖级 等于 高)", true},
    {"有(奖励 当 奖励.奖级 等于 高)", "非 有(奖励 当 奖励.奖级 等于 中)", false},
    {"有(奖励 近 1年)", "非 有(奖励 近 2年)", false},
    {"记录数(奖励) 至少 3条", "记录数(奖励) 至多 2条", true},
    {"人员.甲数 至少 2 且 人员.党员", "人员.党员 且 人员.甲数 至多 1", true},
    {"(人员.甲数 至少 2 且 人员.党员) 或 人员.乙数 等于 0", "人员.甲数 至多 1 且 人员.乙数 至少 1",
     true},
    {"(人员.甲数 至少 2 且 人员.党员) 或 人员.乙数 等于 0", "人员.甲数 至多 1", false},
    {"现行(居住.地点) 属于 330100", "现行(居住.地点) 属于 330200", true},
    {"现行(居住.地点) 属于 330100", "现行(居住.地点) 属于 330106", false},
};

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct run t;
        for (int turn = 0; turn < 2; turn++) {
            compile_pair(&t, turn ? pairs[i].b : pairs[i].a, turn ? pairs[i].a : pairs[i].b);
            if ((t.err == ERR_OK) != pairs[i].disjoint) {
                print_message("# %s / %s\n", pairs[i].a, pairs[i].b);
                run_print(&t);
            }
            assert_int_equal(t.err, pairs[i].disjoint ? ERR_OK : ERR_RULES);
            assert_int_equal(run_has(&t, "JF0509"), !pairs[i].disjoint);
            run_done(&t);
        }
    }
}

/* ---- random conditions ---- */

static uint64_t rng = 20260301;

static uint32_t below(uint32_t n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)((rng >> 20) % n);
}

/* A condition as text, and whether it holds for each of the 64 assignments. */
struct cond {
    char text[1500];
    uint64_t holds;
};

static const char *const vars[] = {"人员.甲数", "人员.乙数", "人员.丙数"};

static int value_of(int var, int assignment)
{
    return assignment >> (2 * var) & 3;
}

static bool compare(int op, int x, int y)
{
    switch (op) {
    case 0:
        return x >= y;
    case 1:
        return x <= y;
    case 2:
        return x > y;
    case 3:
        return x < y;
    case 4:
        return x == y;
    default:
        return x != y;
    }
}

static void random_atom(struct cond *c)
{
    static const char *const ops[] = {"至少", "至多", "超过", "不足", "等于", "不等于"};
    int a = (int)below(3), b = (int)below(3), op = (int)below(6), v = (int)below(4);
    int set = (int)below(15) + 1;
    uint32_t kind = below(4);

    c->holds = 0;
    for (int i = 0; i < 64; i++) {
        int x = value_of(a, i);
        bool yes = kind == 0   ? (set >> x & 1) != 0
                   : kind == 1 ? compare(op, x, value_of(b, i))
                               : compare(op, x, v);
        if (yes) c->holds |= (uint64_t)1 << i;
    }
    if (kind == 0) {
        int n = snprintf(c->text, sizeof c->text, "%s 属于 {", vars[a]);
        for (int x = 0, first = 1; x < 4; x++)
            if ((set >> x & 1) != 0) {
                n += snprintf(c->text + n, sizeof c->text - (size_t)n, first ? "%d" : ", %d", x);
                first = 0;
            }
        snprintf(c->text + n, sizeof c->text - (size_t)n, "}");
    } else if (kind == 1) {
        snprintf(c->text, sizeof c->text, "%s %s %s", vars[a], ops[op], vars[b]);
    } else {
        snprintf(c->text, sizeof c->text, "%s %s %d", vars[a], ops[op], v);
    }
}

static void random_cond(struct cond *c, int depth)
{
    struct cond a, b;
    uint32_t kind = depth > 0 ? below(4) : 0;

    if (kind == 0) {
        random_atom(c);
        return;
    }
    random_cond(&a, depth - 1);
    if (kind == 1) {
        snprintf(c->text, sizeof c->text, "非 (%.700s)", a.text);
        c->holds = ~a.holds;
        return;
    }
    random_cond(&b, depth - 1);
    snprintf(c->text, sizeof c->text, "((%.700s) %s (%.700s))", a.text, kind == 2 ? "且" : "或",
             b.text);
    c->holds = kind == 2 ? a.holds & b.holds : a.holds | b.holds;
}

static void test_random(void **state)
{
    int proved = 0, provable = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct cond a, b;
        struct run t;
        random_cond(&a, 2);
        random_cond(&b, 2);
        compile_pair(&t, a.text, b.text);
        bool content = !run_has(&t, "JF0509");
        if (!content && t.err != ERR_RULES) run_print(&t);
        assert_int_equal(t.err, content ? ERR_OK : ERR_RULES);
        if (content && (a.holds & b.holds) != 0) fail_msg("both may hold: %s / %s", a.text, b.text);
        provable += (a.holds & b.holds) == 0;
        proved += content;
        run_done(&t);
    }
    print_message("# proved %d of %d\n", proved, provable);
    assert_true(provable > 300);
    assert_true(proved * 10 > provable * 6);
}

static void test_order(void **state)
{
    struct run t;
    static const char code[] = "总分 总积分 (total)\n指标 项目 (item) 归 总积分\n"
                               "条 甲条 (first) 归 项目: 5分\n"
                               "条 乙条 (second) 归 项目 例外于 甲条 当 人员.党员: 3分\n"
                               "条 丙条 (third) 归 项目 例外于 乙条 当 人员.甲数 至少 1: 2分\n";

    (void)state;
    run_init(&t);
    run_province(&t, code);
    run_compile(&t); /* the third goes before the second, so before the first */
    if (t.err != ERR_OK) run_print(&t);
    assert_int_equal(t.err, ERR_OK);
    run_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_order),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-overlap", tests, NULL, NULL);
}
