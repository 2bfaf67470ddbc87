/* Words, lines, files, recovery and limits of the front. */
#include "lang_test.h"

#include "base/date.h"

#define ZH(code) "规则语言 中文 1\n# 甲\n```规则\n" code "```\n"
#define EN(code) "rules en 1\n# A\n```rules\n" code "```\n"

/* The canonical bytes of the one statement in `text`. */
static void check_tree(const char *text, const char *want)
{
    struct sample s;
    sample_parse(&s, str_from_c(text));
    sample_clean(&s);
    const char *got = sample_canonical(&s), *tree = strchr(strchr(got, '\n') + 1, '\n');
    assert_non_null(tree);
    size_t n = strlen(tree + 1);
    assert_true(n > 0 && tree[n] == '\n');
    ((char *)(uintptr_t)tree)[n] = 0;
    assert_string_equal(tree + 1, want);
    sample_done(&s);
}

static void check_codes(const char *text, const char *want)
{
    struct sample s;
    sample_parse(&s, str_from_c(text));
    assert_string_equal(sample_codes(&s), want);
    sample_done(&s);
}

static void check_same(const char *one, const char *two)
{
    struct sample s, t;
    sample_parse(&s, str_from_c(one));
    sample_parse(&t, str_from_c(two));
    sample_clean(&s);
    sample_clean(&t);
    assert_string_equal(sample_canonical(&s), sample_canonical(&t));
    sample_done(&s);
    sample_done(&t);
}

/* --- words ------------------------------------------------------------------------------------ */

static void test_tree(void **state)
{
    (void)state;
    check_tree(ZH("组 甲 (a) 归 乙 封顶 0.50分\n"),
               "(GROUP(DECL_NAME n1:a a3:甲)(IN(NAME n3:乙))(CAP(LITERAL POINTS 5/10)))");
    check_tree(ZH("来源 \"文\" / \"doc\" 自 1970年1月2日 起至 1970年1月11日 止\n"),
               "(SOURCE n3:文 a3:doc(DATES 1/10))");
    check_tree(ZH("否决 全部 当 甲.乙 至少 3年 且 (丙 或 非 丁)\n"),
               "(VETO(ALL)(WHEN(AND(COMPARE k8:at least(FIELD_OF(NAME n3:甲)(NAME n3:乙))(LITERAL "
               "YEARS 3/1))(OR(NAME n3:丙)(NOT(NAME n3:丁))))))");
    check_tree(EN("layer city 330100\n"), "(LAYER k4:city 330100/1)");
    check_tree(
        ZH("指标 甲 (a) 归 乙:\n  分段 丙:\n    超过 1岁 2岁 以下: 1分\n    其他: 2分\n"),
        "(INDICATOR(DECL_NAME n1:a a3:甲)(IN(NAME n3:乙))(BANDS(NAME n3:丙)(BAND 1/0(LITERAL "
        "DECLARED w3:岁 1/1)(LITERAL DECLARED w3:岁 2/1)(LITERAL POINTS 1/1))(BAND "
        "0/0(OTHER)(LITERAL POINTS 2/1))))");
    check_tree(ZH("指标 甲 (a) 归 乙:\n  1分 - 2分 - 3分 封顶 丙\n"),
               "(INDICATOR(DECL_NAME n1:a a3:甲)(IN(NAME n3:乙))(CAPPED(SUBTRACT(SUBTRACT(LITERAL "
               "POINTS 1/1)(LITERAL POINTS 2/1))(LITERAL POINTS 3/1))(NAME n3:丙)))");
}

static void test_fold(void **state)
{
    (void)state;
    check_same(ZH("组 甲 （ａ） 归 乙 封顶 ２０．５分\n"), ZH("组 甲 (a) 归 乙 封顶 20.5分\n"));
    check_same(ZH("类别 甲 (a)：乙 (b)，丙 (c)、丁 (d)；戊 (e)\n"),
               ZH("类别 甲 (a): 乙 (b), 丙 (c), 丁 (d), 戊 (e)\n"));
    check_same(ZH("否决 全部 当 甲 ≥ 1分 且 乙 ≤ 1分 且 丙 ≠ 1分\n"),
               ZH("否决 全部 当 甲 至少 1分 且 乙 至多 1分 且 丙 不等于 1分\n"));
    check_same(ZH("否决 全部 当 甲 ＞ 1分 且 乙 ＜ 1分 且 丙 ＝ 1分\n"),
               ZH("否决 全部 当 甲 > 1分 且 乙 < 1分 且 丙 等于 1分\n"));
    check_same(ZH("指标 甲 (a) 归 乙:\n  丙 × 3 ÷ 2 去尾\n"),
               ZH("指标 甲 (a) 归 乙:\n  丙 乘 3 除以 2 去尾\n"));
    check_same(ZH("来源 “文” 自 2026-07-01 起\n"), ZH("来源 \"文\" 自 2026年7月1日起\n"));
    check_same(ZH("来源 ＂文＂ 自 ２０２６年７月１日\n"), ZH("来源 \"文\" 自 2026年07月01日 起\n"));
}

/* Inside quotes nothing is folded. */
static void test_strings(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s, str_from_c(ZH("来源 \"（甲）：１\" 自 2026年1月1日 起\n")));
    sample_clean(&s);
    assert_true(str_eq(s.file.items[2]->name, STR("（甲）：１")));
    sample_done(&s);
}

static void test_units(void **state)
{
    (void)state;
    check_same(EN("group a (甲) in b capped at 20pt\n"), EN("group a (甲) in b capped at 20 pt\n"));
    check_same(EN("veto all when a at least 36years_old\n"),
               EN("veto all when a at least 36 years_old\n"));
    check_same(ZH("否决 全部 当 甲 至少 50小时\n"), ZH("否决 全部 当 甲 至少 50 小时\n"));
    check_same(ZH("否决 全部 当 甲 至少 36 周岁\n"), ZH("否决 全部 当 甲 至少 36周岁\n"));
    check_same(EN("indicator a (甲) in b:\n  per 1 year (c) gives 1pt\n"),
               EN("indicator a (甲) in b:\n  per 1year c gives 1pt\n"));
    check_tree(EN("indicator a (甲) in b:\n  per 1 year(c) gives 1pt\n"),
               "(INDICATOR(DECL_NAME n1:a a3:甲)(IN(NAME n1:b))(PER(LITERAL 1/1)(CALL "
               "k4:year(NAME n1:c))(LITERAL POINTS 1/1)))");
    check_tree(
        EN("indicator a (甲) in b:\n  per 3 day gives 1pt\n"),
        "(INDICATOR(DECL_NAME n1:a a3:甲)(IN(NAME n1:b))(PER(LITERAL 3/1)(NAME n3:day)(LITERAL "
        "POINTS 1/1)))");
}

static void test_numbers(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s,
                 str_from_c(ZH("组 甲 (a) 归 乙 封顶 999999999999999999分 保底 0.000000001分\n")));
    sample_clean(&s);
    const struct ast *cap = ast_find(s.file.items[2], AST_CAP)->kids[0];
    const struct ast *floor = ast_find(s.file.items[2], AST_FLOOR)->kids[0];
    assert_true(cap->num == 999999999999999999 && cap->den == 1 && cap->unit == UNIT_POINTS);
    assert_true(floor->num == 1 && floor->den == 1000000000);
    sample_done(&s);
    check_codes(ZH("组 甲 (a) 归 乙 封顶 1000000000000000000分\n"), "JF0113");
    check_codes(ZH("组 甲 (a) 归 乙 封顶 0.0000000001分\n"), "JF0113");
    check_codes(ZH("组 甲 (a) 归 乙 封顶 007分\n"), "JF0114");
}

static void test_dates(void **state)
{
    (void)state;
    check_codes(ZH("来源 \"甲\" 自 2024年2月29日 起\n"), "");
    check_codes(ZH("来源 \"甲\" 自 2025年2月29日 起\n"), "JF0115");
    check_codes(ZH("来源 \"甲\" 自 2025-13-01 起\n"), "JF0115");
    check_codes(ZH("来源 \"甲\" 自 0年1月1日 起\n"), "JF0115");
    check_codes(ZH("来源 \"甲\" 自 2025年1月 起\n"), "JF0214");
    check_codes(ZH("用例 \"甲\" 评分日 2026年1月1日:\n  乙: 月 2026-07, 日 2026年7月\n"), "");
    check_codes(ZH("用例 \"甲\" 评分日 2026年1月1日:\n  乙: 月 2026年13月\n"), "JF0115");
}

/* --- characters ------------------------------------------------------------------------------- */

static void test_forbidden(void **state)
{
    static const char *const refused[] = {
        "\x01",         "\x7f",         "\xC2\x80",     "\xC2\xAD",         "\xE2\x80\x8B",
        "\xE2\x80\x8E", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x80\xA8",     "\xEF\xBB\xBF",
        "\xEE\x80\x80", "\xEF\xB8\x8F", "\xE3\x85\xA4", "\xF3\xA0\x80\x81", "\xEF\xBF\xBE",
        "\r",           "\x0b",
    };
    static const char *const similar[] = {"\xD0\xB0", "\xCE\xBF", "\xF0\x9D\x90\x80",
                                          "\xE1\xBC\x80"};
    char text[200];
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        snprintf(text, sizeof text, "规则语言 中文 1\n正文%s正文\n", refused[i]);
        check_codes(text, "JF0103");
        snprintf(text, sizeof text, ZH("组 甲%s (a) 归 乙\n"), refused[i]);
        check_codes(text, "JF0103");
    }
    for (size_t i = 0; i < sizeof similar / sizeof similar[0]; i++) {
        snprintf(text, sizeof text, "规则语言 中文 1\n正文%s正文\n", similar[i]);
        check_codes(text, "JF0104");
    }
    check_codes("规则语言 中文 1\n①②③ ☆ ￥ あ é\tab\n", ""); /* all right in prose */
    check_codes(ZH("组 甲 (a) 归 乙 ①\n"), "JF0105");
}

static void test_not_utf8(void **state)
{
    static const char *const bad[] = {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "\xE4\xB8"};
    char text[100];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "规则语言 中文 1\n甲%s", bad[i]);
        check_codes(text, "JF0101");
    }
    struct sample s;
    sample_parse(&s, (struct str){"规则语言 中文 1\n\0甲\n", sizeof "规则语言 中文 1\n\0甲\n" - 1});
    assert_string_equal(sample_codes(&s), "JF0103");
    sample_done(&s);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void test_continuation(void **state)
{
    (void)state;
    check_same(ZH("类别 甲 (a): 乙 (b),\n  丙 (c)\n"), ZH("类别 甲 (a): 乙 (b), 丙 (c)\n"));
    check_same(ZH("类别 甲 (a):\n  乙 (b),\n  丙 (c)\n"), ZH("类别 甲 (a): 乙 (b), 丙 (c)\n"));
    check_same(ZH("等级 甲 (a): 乙 (b) <\n  丙 (c)\n"), ZH("等级 甲 (a): 乙 (b) < 丙 (c)\n"));
    check_same(ZH("否决 全部 当 甲 且\n    乙 且\n  丙\n"), ZH("否决 全部 当 甲 且 乙 且 丙\n"));
    check_same(ZH("否决 全部 当 (甲\n  或 乙\n)\n"), ZH("否决 全部 当 甲 或 乙\n"));
    check_same(ZH("指标 甲 (a) 归 乙:\n  1分 +\n      2分 -\n      3分\n"),
               ZH("指标 甲 (a) 归 乙:\n  1分 + 2分 - 3分\n"));
    /* An unclosed bracket ends with its statement. */
    check_codes(ZH("否决 全部 当 (甲\n组 丙 (c) 归 丁\n组 戊 归 丁\n"), "JF0220 JF0219");
    check_codes(ZH("类别 甲 (a): 乙 (b),\n组 丙 (c) 归 丁\n"), "JF0214");
}

static void test_blocks(void **state)
{
    (void)state;
    /* A row's body may be a block whose header stands on the row's line. */
    check_same(
        ZH("指标 甲 (a) 归 乙:\n  按 丙:\n    丁: 取最高:\n      1分\n      2分\n    其他: 0分\n"),
        ZH("指标 甲 (a) 归 乙:\n  按 丙:\n    丁:\n      取最高:\n        1分\n        2分\n"
           "    其他:\n      0分\n"));
    check_same(ZH("指标 甲 (a) 归 乙: 20分\n"), ZH("指标 甲 (a) 归 乙:\n  20分\n"));
    check_same(ZH("指标 甲 (a) 归 乙:\n  若 丙: 1分\n  否则: 2分\n"),
               ZH("指标 甲 (a) 归 乙:\n  若 丙:\n    1分\n  否则:\n    2分\n"));
    check_same(ZH("指标 甲 (a) 归 乙:\n  封顶 3分: 丙\n"),
               ZH("指标 甲 (a) 归 乙:\n  丙 封顶 3分\n"));
    check_same(ZH("指标 甲 (a) 当 丙 封顶 3分 归 乙: 1分\n"),
               ZH("指标 甲 (a) 归 乙 封顶 3分 当 丙: 1分\n"));
}

/* --- files ------------------------------------------------------------------------------------ */

static void test_prose(void **state)
{
    static const char text[] = "规则语言 中文 1\n前言\n\n# 一 ##\n文\n```json\n# 不是标题\n```\n"
                               "## （一）\n~~~规则\n\n精度 0.01分\n\n\n示例\n\n~~~\n尾\n\n# 二\n"
                               "   ```` 规则\n示例\n  `````\n末";
    static const char want[] = "规则语言 中文 1\n前言\n\n# 一 ##\n文\n```json\n# 不是标题\n```\n"
                               "## （一）\n~~~规则\n精度 0.01分\n\n示例\n~~~\n尾\n\n# 二\n"
                               "   ```` 规则\n示例\n   ````\n末\n";
    struct sample s;
    (void)state;
    sample_parse(&s, STR(text));
    sample_clean(&s);
    assert_string_equal(sample_format(&s, LANG_ZH), want);
    for (size_t i = 0, seen = 0; i < s.file.item_count; i++) {
        enum ast_kind k = s.file.items[i]->kind;
        struct str h = s.file.headings[i];
        if (k == AST_SCALE || (k == AST_ILLUSTRATIVE && seen == 1))
            assert_true(str_eq(h, STR("一 / （一）")));
        if (k == AST_ILLUSTRATIVE && seen == 2) assert_true(str_eq(h, STR("二")));
        seen += k == AST_SCALE || k == AST_ILLUSTRATIVE;
    }
    sample_done(&s);
}

static void test_line_ends(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s, STR("规则语言 中文 1\r\n# 甲\r\n```规则\r\n组 乙 (b) 归 丙,\r\n"
                         "精度 0.01分\r\n```\r\n"));
    assert_string_equal(sample_codes(&s), "JF0216");
    assert_int_equal(s.diags.items[0].at.line, 4);
    sample_done(&s);
    sample_parse(&s, STR("规则语言 中文 1\r\n# 甲\r\n```规则\r\n精度 0.01分\r\n```\r\n"));
    sample_clean(&s);
    assert_string_equal(sample_format(&s, LANG_ZH),
                        "规则语言 中文 1\n# 甲\n```规则\n精度 0.01分\n```\n");
    sample_done(&s);
}

static void test_empty(void **state)
{
    (void)state;
    check_codes("", "JF0201");
    check_codes("\n", "JF0201");
    check_codes("规则语言 中文 1", "");
    check_codes("rules en 1\n", "");
    check_codes("规则语言 中文 1\n```规则\n```", "");
    check_codes("规则语言 中文 1\n```规则\n\n  \n```\n", "");
    check_codes("规则语言 中文 1\n```", "JF0203");
    check_codes("规则语言 中文 1\n```规则", "JF0203");
    check_codes("```规则\n示例\n```\n", "JF0201");
}

/* --- recovery --------------------------------------------------------------------------------- */

/* Every line has one error, and each is reported. */
static void test_every_error(void **state)
{
    (void)state;
    check_codes(
        ZH("组 甲 归 乙\n"                /* 4: no English name */
           "登记 丙 (c) 由 公安:\n"       /* 5: no quotes */
           "  丁 (d): 日期 时刻\n"        /* 6: no such role */
           "  戊: 日期\n"                 /* 7: no English name */
           "指标 己 (e) 归:\n"            /* 8: no group */
           "  分段 :\n"                   /* 9: no value */
           "    18岁 以上 20分\n"         /* 10: no colon */
           "    其他: 1分 +\n"            /* 11: no summand */
           "用例 \"甲\" 评分日 昨天:\n"   /* 12: no date */
           "  应得 己 很多\n"             /* 13: no number */
           "  应为 有效\n"                /* 14: no ASCII word */
           "某某\n"                       /* 15: no statement */
           "性质 \"甲\": 单调 己 随 丙\n" /* 16: no field */
           "精度 1分\n"),                 /* 17: no scale */
        "JF0219 JF0214 JF0217 JF0219 JF0214 JF0214 JF0214 JF0214 JF0214 JF0214 JF0214 JF0211 "
        "JF0214 JF0227");
}

/* One mistake each: the code it gives, and that nothing follows from it. */
static const struct {
    const char *code, *want;
} mistakes[] = {
    {"  示例\n", "JF0207"},
    {"方案 甲 (a)\n", "JF0214"},
    {"方案 \"甲\" 乙\n", "JF0214"},
    {"方案 \"甲\" (\"a\")\n", "JF0214"},
    {"方案 \"甲\" (甲)\n", "JF0111"},
    {"方案 \"甲\" (a\n", "JF0214"},
    {"方案 \"甲\" / 乙 (a)\n", "JF0214"},
    {"层级 国 100000\n", "JF0214"},
    {"层级 市 3301\n", "JF0214"},
    {"层级 市 330100元\n", "JF0214"},
    {"上级 \"甲\"\n", "JF0214"},
    {"来源 \"甲\"\n", "JF0222"},
    {"来源 \"甲\" 摘要 乙 自 2026年1月1日\n", "JF0214"},
    {"来源 \"甲\" 自 明天\n", "JF0214"},
    {"来源 \"甲\" 自 2026年1月1日 至 明天\n", "JF0214"},
    {"示例 示例\n", "JF0216"},
    {"等级 甲 (a)\n", "JF0214"},
    {"等级 甲 (a): 乙 (b) <\n", "JF0214"},
    {"等级 甲 (a): 乙 (b) 丙 (c)\n", "JF0216"},
    {"等级 甲 (a):\n", "JF0208"},
    {"类别 甲 (a): 乙 (b) < 丙 (c)\n", "JF0214"},
    {"类别 甲 (a):\n  乙 (b),\n", "JF0214"},
    {"类别 甲 (a):\n  乙 (b)\n  丙 (c)\n", "JF0207"},
    {"类别 甲 (A): 乙 (b)\n", "JF0111"},
    {"类别 甲 (乙): 丙 (c)\n", "JF0219"},
    {"类别 甲 a: 丙 (c)\n", "JF0219"},
    {"类别 甲 (a: 丙 (c)\n", "JF0214"},
    {"类别 条 (a): 丙 (c)\n", "JF0218"},
    {"类别 3 (a): 丙 (c)\n", "JF0214"},
    {"登记 甲 (a) \"乙\":\n  丙 (c): 日期\n", "JF0214"},
    {"登记 甲 (a) 由 \"乙\"\n  丙 (c): 日期\n", "JF0214"},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): \"丁\"\n", "JF0214"},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): 条\n", "JF0218"},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): 整数 「件」\n  丁 (d): 整数 范围 0 至 5\n", ""},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): 日期 空为 零\n", "JF0214"},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): 日期\n    丁 (d): 日期\n", "JF0207"},
    {"登记 甲 (a) 由 \"乙\":\n  丙 (c): 整数 范围 0 5\n", "JF0214"},
    {"登记 甲 (a) 由 \"乙\" 至多 20元:\n  丙 (c): 整数\n", "JF0225"},
    {"登记 甲 (a) 由 \"乙\" 开放 市:\n  丙 (c): 整数\n", "JF0223"},
    {"参数 甲 (a):\n  2026年1月1日 5分\n", "JF0214"},
    {"参数 甲 (a):\n  自 2026年1月1日 起 很多\n", "JF0214"},
    {"参数 甲 (a) 开放 省:\n  自 2026年1月1日 起 5分\n", "JF0214"},
    {"参数 甲 (a) 开放 市, 县, 村:\n  自 2026年1月1日 起 5分\n", "JF0214"},
    {"组 甲 (a) 归 乙 通行 县\n", "JF0214"},
    {"组 甲 (a) 归 乙 封顶\n", "JF0214"},
    {"组 甲 (a) 归 乙 归 丙\n", "JF0224"},
    {"指标 甲 (a) 归 乙\n  5分\n", "JF0207"},
    {"指标 甲 (a) 归 乙 若未知 自 2026年1月1日 起 0分\n", "JF0214"},
    {"指标 甲 (a) 归 乙 若未知 计 0分\n", "JF0214"},
    {"条 甲 (a) 归 乙\n  5分\n", "JF0214"},
    {"条 甲 (a) 归 乙:\n", "JF0208"},
    {"条 甲 (a) 归 乙:\n  令 丙 (c) 5分\n  5分\n", "JF0214"},
    {"条 甲 (a) 归 乙:\n  令 丙 = 5分\n  5分\n", "JF0219"},
    {"否决 5分 当 甲\n", "JF0214"},
    {"否决 甲\n", "JF0222"},
    {"否决 甲 理由 \"乙\"\n", "JF0222"},
    {"冻结 当\n", "JF0214"},
    {"资格 甲 (a)\n  乙\n", "JF0214"},
    {"资格 甲 (a):\n  乙\n    丙\n", "JF0207"},
    {"资格 甲 (a):\n  任一满足\n    丙\n", "JF0214"},
    {"效力 甲 状态 地 乙:\n  丙: 生效 ok\n", "JF0214"},
    {"效力 甲 按 乙 丙:\n  丙: 生效 ok\n", "JF0214"},
    {"效力 甲 按 乙 地 丙:\n  丙: ok\n", "JF0214"},
    {"效力 甲 按 乙 地 丙:\n  丙: 生效 有效\n", "JF0214"},
    {"用例 甲 评分日 2026年1月1日:\n  未答 乙\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  乙: 丙 +\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  乙: 丙 且\n", "JF0218"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  乙 丙 5分\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  资格 乙 5分\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  未答 5分\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  应得 5分\n", "JF0214"},
    {"用例 \"甲\" 评分日 2026年1月1日:\n  应得 乙 5分\n    丙 6分\n", "JF0207"},
    {"性质 \"甲\": 单调 乙 丙.丁\n", "JF0214"},
    {"性质 \"甲\": 乙 5分\n", "JF0214"},
    {"性质 \"甲\": 分段 5分\n", "JF0214"},
    {"性质 \"甲\":\n  置换 乙\n", "JF0214 JF0207"},
    {"“甲”\n", "JF0211"},
    {"。\n", "JF0105"},
    {"「组」 甲 (a) 归 乙\n", "JF0211"},
};

/* The same for expressions, in the body of an indicator. */
static const struct {
    const char *body, *want;
} wrong_bodies[] = {
    {"甲.\n", "JF0214"},
    {"条.甲\n", "JF0218"},
    {"\"甲\"\n", "JF0214"},
    {"是\n", "JF0234"},
    {"5分 乘\n", "JF0214"},
    {"5分 除以 2\n", "JF0214"},
    {"5分 除以 2 四舍五入 四舍五入\n", "JF0216"},
    {"1/甲\n", "JF0214"},
    {"1/0\n", "JF0121"},
    {"1/2.5\n", "JF0121"},
    {"5分/2\n", "JF0216"},
    {"每满 甲 得 5分\n", "JF0214"},
    {"每满 1年 甲 5分\n", "JF0214"},
    {"周岁 甲\n", "JF0214"},
    {"周岁(甲 于)\n", "JF0214"},
    {"整月(甲)\n", "JF0214"},
    {"加月(甲, 1年)\n", "JF0214"},
    {"加月(甲, 乙 取月末)\n", "JF0214"},
    {"记录数(甲.乙)\n", "JF0214"},
    {"总和(甲)\n", "JF0214"},
    {"总和(甲.乙 无则 0)\n", "JF0223"},
    {"最高(甲.乙 无则)\n", "JF0214"},
    {"最高(甲.乙 无则 2026年1月1日)\n", ""},
    {"现行(甲.乙 近 5年)\n", "JF0223"},
    {"月数(甲 自 2026年1月1日)\n", "JF0214"},
    {"月数(甲 近 5年 本年)\n", "JF0224"},
    {"连续月数(甲 间断 3个月)\n", "JF0214"},
    {"记录数(甲 近 5)\n", "JF0226"},
    {"分段 甲 5分\n", "JF0214"},
    {"分段 甲:\n    5分 以上\n", "JF0214"},
    {"分段 甲:\n    : 5分\n", "JF0214"},
    {"分段 甲:\n    5分 以下 以上: 5分\n", "JF0214"},
    {"分段 甲:\n    5 以上 6 以上: 5分\n", "JF0214"},
    {"分段 甲:\n    自 5: 5分\n", "JF0218"},
    {"分段 甲:\n    2026年1月1日 以上: 5分\n    2026年1月 以下: 1分\n", ""},
    {"按 甲:\n    乙, 丙 以上: 5分\n", "JF0214"},
    {"按 甲:\n    5分: 5分\n", "JF0214"},
    {"按 甲:\n", "JF0208"},
    {"取最高:\n    项 甲: 5分\n", "JF0219"},
    {"取最高\n    5分\n", "JF0214"},
    {"合计: 5分\n", "JF0216"},
    {"若 甲:\n    5分\n  甲\n", "JF0229 JF0210"},
    {"若 甲 5分\n  否则: 1分\n", "JF0214"},
    {"若 甲: 5分\n  否则 1分\n", "JF0214"},
    {"若 甲: 5分\n  否则:\n", "JF0208"},
    {"逐条 甲.乙: 5分\n", "JF0214"},
    {"逐条 甲 同一 乙: 5分\n", "JF0214"},
    {"逐条 甲 每年 5分: 5分\n", "JF0214"},
    {"封顶 5分 甲\n", "JF0214"},
    {"封顶 5分:\n", "JF0208"},
    {"令 甲 (a) = 1分\n", "JF0209"},
    {"甲 属于 {}\n", "JF0214"},
    {"甲 属于 {乙 丙}\n", "JF0214"},
    {"甲 属于 {乙, 丙\n", "JF0220"},
    {"甲 属于 乙 属于 丙\n", "JF0233"},
    {"(甲 至少 1分) 等于 (乙 属于 丙)\n", ""},
    {"(甲 且 乙) 或 丙 且 丁\n", "JF0232"},
    {"非\n", "JF0214"},
    {"甲 + - 乙\n", "JF0214"},
    {"甲 } 乙\n", "JF0221"},
    {"甲 至少三 5\n", "JF0217"},
    {"至少甲乙 5\n", "JF0120"},
};

static void check_mistake(const char *code, const char *want)
{
    char text[400];
    struct sample s;
    snprintf(text, sizeof text, "规则语言 中文 1\n# 甲\n```规则\n%s```\n", code);
    sample_parse(&s, str_from_c(text));
    if (strcmp(sample_codes(&s), want) != 0) print_error("in:\n%s", code);
    assert_string_equal(sample_codes(&s), want);
    sample_done(&s);
}

static void test_mistakes(void **state)
{
    char text[300];
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        check_mistake(mistakes[i].code, mistakes[i].want);
    for (size_t i = 0; i < sizeof wrong_bodies / sizeof wrong_bodies[0]; i++) {
        snprintf(text, sizeof text, "指标 甲 (a) 归 乙:\n  %s", wrong_bodies[i].body);
        check_mistake(text, wrong_bodies[i].want);
    }
}

/* Fences that are nearly rules are pointed out, others are not. */
static void test_fence_words(void **state)
{
    (void)state;
    check_codes("规则语言 中文 1\n```rule\n```\n", "JF0204");
    check_codes("规则语言 中文 1\n```Rules\n```\n", "JF0204");
    check_codes("规则语言 中文 1\n```RULES\n```\n", "JF0204");
    check_codes("规则语言 中文 1\n```规则语言\n```\n", "JF0204");
    check_codes("规则语言 中文 1\n```规 则\n```\n", "");
    check_codes("规则语言 中文 1\n```json\n```\n", "");
    check_codes("规则语言 中文 1\n```\n```\n", "");
    check_codes("规则语言 中文 1\n``code`` and ```` ```规则 ````\n", "");
    check_codes("规则语言 中文 1\n```规则`\n", "");
    check_codes("规则语言 中文 1\n    ```规则\n", "");
    check_codes("规则语言 中文 1\n```规则\n~~~\n```\n", "JF0105");
    check_codes("rules deutsch 1\n```rules\n组 a (甲) in b\n```\n", "JF0201 JF0213");
}

static void test_places(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s, str_from_c(ZH("组 甲 (a) 归 乙 自 2026年2月1日 起至 2026年1月1日 止\n")));
    assert_string_equal(sample_codes(&s), "JF0228");
    const struct diag *d = &s.diags.items[0];
    assert_true(d->at.line == 4 && d->at.col == 28 && d->at.chars == 9);
    assert_true(d->other.line == 4 && d->other.col == 15 && d->other.chars == 9);
    assert_true(str_eq(d->heading, STR("甲")));
    sample_done(&s);
}

/* --- limits ----------------------------------------------------------------------------------- */

static struct str repeated(struct arena *a, const char *front, const char *part, size_t n,
                           const char *back)
{
    struct buf out;
    buf_init(&out, 0);
    buf_add_c(&out, front);
    for (size_t i = 0; i < n; i++)
        buf_add_c(&out, part);
    buf_add_c(&out, back);
    struct str s = str_copy(a, buf_str(&out));
    buf_done(&out);
    assert_non_null(s.p);
    return s;
}

static uint32_t height(const struct ast *n)
{
    uint32_t h = 0;
    for (size_t i = 0; i < n->kid_count; i++) {
        uint32_t k = height(n->kids[i]) + 1;
        if (k > h) h = k;
    }
    assert_true(n->height >= h || n->kid_count == 0);
    return h;
}

static void check_bounded(const char *front, const char *part, size_t n, const char *back,
                          const char *codes)
{
    struct arena a;
    struct sample s;
    arena_init(&a, 0);
    sample_parse(&s, repeated(&a, front, part, n, back));
    assert_string_equal(sample_codes(&s), codes);
    for (size_t i = 0; i < s.file.item_count; i++)
        assert_in_range(height(s.file.items[i]), 0, AST_DEPTH_MAX);
    sample_done(&s);
    arena_done(&a);
}

#define HEAD "规则语言 中文 1\n# 甲\n```规则\n指标 甲 (a) 归 乙:\n  "

static void test_depth(void **state)
{
    (void)state;
    check_bounded(HEAD, "(", 50, "1分))))))))))))))))))))))))))))))))))))))))))))))))))\n```\n",
                  "");
    check_bounded(HEAD, "(", 20000, "\n```\n", "JF0235");
    check_bounded(HEAD, "1分 + ", 50, "1分\n```\n", "");
    check_bounded(HEAD, "1分 + ", 20000, "1分\n```\n", "JF0235");
    check_bounded(HEAD, "丙 封顶 1分 ", 1, "\n```\n", "");
    check_bounded(HEAD "丙 ", "封顶 1分 ", 20000, "\n```\n", "JF0235");
    check_bounded("规则语言 中文 1\n# 甲\n```规则\n否决 全部 当 ", "非 ", 20000, "甲\n```\n",
                  "JF0235");
    check_bounded("规则语言 中文 1\n# 甲\n```规则\n否决 全部 当 甲", " 或 甲", 20000, "\n```\n",
                  "JF0235");
    check_bounded(HEAD, "周岁(", 20000, "\n```\n", "JF0235");
    check_bounded(HEAD, "每满 1 ", 20000, "\n```\n", "JF0235");
    check_bounded(HEAD, "1分 ", 70000, "\n```\n", "JF0118");
}

static void test_deep_blocks(void **state)
{
    struct arena a;
    struct buf out;
    struct sample s;
    (void)state;
    arena_init(&a, 0);
    buf_init(&out, 0);
    buf_add_c(&out, "规则语言 中文 1\n# 甲\n```规则\n指标 甲 (a) 归 乙:\n");
    for (int i = 1; i <= 500; i++)
        buf_printf(&out, "%*s若 丙:\n%*s1分\n%*s否则:\n", 2 * i, "", 2 * i + 2, "", 2 * i, "");
    buf_add_c(&out, "```\n");
    sample_parse(&s, buf_str(&out));
    assert_true(strstr(sample_codes(&s), "JF0235") != NULL);
    sample_done(&s);
    out.n = 0;
    buf_add_c(&out, "规则语言 中文 1\n# 甲\n```规则\n指标 甲 (a) 归 乙:\n  若 丙: 1分\n");
    for (int i = 1; i <= 500; i++)
        buf_add_c(&out, "  否则 若 丙: 1分\n");
    buf_add_c(&out, "  否则: 1分\n```\n");
    sample_parse(&s, buf_str(&out));
    assert_true(strstr(sample_codes(&s), "JF0235") != NULL);
    sample_done(&s);
    buf_done(&out);
    arena_done(&a);
}

/* 10^5 clauses: linear in time and memory (bytes are bounded, not measured by a clock). */
static void test_many(void **state)
{
    struct arena a;
    struct sample s;
    (void)state;
    arena_init(&a, 0);
    struct str text = repeated(&a, "规则语言 中文 1\n# 甲\n```规则\n", "条 甲 (a) 归 乙:\n  1分\n",
                               100000, "```\n");
    sample_parse(&s, text);
    sample_clean(&s);
    assert_int_equal(s.file.item_count, 100000 + 3);
    assert_true(s.arena.used_bytes < text.n * 60);
    sample_done(&s);
    arena_done(&a);
}

/* Neither long headings under each other nor errors without end blow anything up. */
static void test_no_blowup(void **state)
{
    struct arena a;
    struct sample s;
    struct buf out;
    (void)state;
    arena_init(&a, 0);
    buf_init(&out, 0);
    buf_add_c(&out, "规则语言 中文 1\n# ");
    for (int i = 0; i < 300000; i++)
        buf_add_c(&out, "长");
    for (int i = 0; i < 100000; i++)
        buf_add_c(&out, "\n## 二");
    sample_parse(&s, buf_str(&out));
    sample_clean(&s);
    assert_true(s.arena.used_bytes < (size_t)128 << 20);
    sample_done(&s);
    sample_parse(&s, repeated(&a, ZH("示例\n") "```规则\n",
                              "组甲乙丙丁 0 0 0 00 00 00 00 00 00 00\n", 50000, "```\n"));
    assert_true(s.diags.count == 1000 && s.diags.dropped + 1000 == 5 * 50000);
    sample_done(&s);
    buf_done(&out);
    arena_done(&a);
}

static void test_too_big(void **state)
{
    struct arena a;
    struct sample s;
    (void)state;
    arena_init(&a, 0);
    sample_parse(&s, repeated(&a, "规则语言 中文 1\n", "文", RULE_FILE_BYTES_MAX / 3, "\n"));
    assert_string_equal(sample_codes(&s), "JF0119");
    assert_int_equal(s.file.item_count, 0);
    sample_done(&s);
    arena_done(&a);
}

/* --- memory ----------------------------------------------------------------------------------- */

static const char torture_text[] =
    ZH("登记 献血 (blood) 由 \"卫健\" 至多 20条:\n  日期 (date): 日期 时点\n"
       "类别 证 (paper): 初 (junior), 高 (high)\n\n"
       "指标 甲 (a) 归 乙 封顶 ２０分 当 有(献血 近 5年):\n"
       "  令 丙 (c) = 周岁(人员.出生)\n  取最高:\n    项 丁 (d): 1分 + 2分 乘 3\n"
       "    分段 丙:\n      不足 3岁: 1分\n      其他: 2分\n"
       "某某\n组 丙 (dd) 归 乙\n");

static enum err torture_once(uint64_t fail_at)
{
    struct arena a;
    struct diag_list diags;
    struct src_file source = {.path = STR("x"), .text = STR(torture_text)};
    struct ast_file file = {.item_count = 7777};
    struct names *names = NULL;
    arena_init(&a, 0);
    a.fail_at = fail_at;
    diag_list_init(&diags, &a);
    enum err e = parse_file(&a, &source, 0, &diags, &file);
    if (e != ERR_OK) assert_int_equal(file.item_count, 7777); /* untouched on failure */
    if (e == ERR_OK) e = names_build(&a, &file, 1, &diags, &names);
    assert_true(e == ERR_OK || e == ERR_NOMEM);
    if (e == ERR_OK) assert_int_equal(diags.errors, 2);
    arena_done(&a);
    return e;
}

static void test_no_memory(void **state)
{
    uint64_t n = 0;
    (void)state;
    while (torture_once(++n) != ERR_OK)
        assert_true(n < 100000);
    assert_true(n > 50);
}

/* A buffer that ends early is an error, and never a shorter file. */
static void test_short_buffer(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s, STR(ZH("指标 甲 (a) 归 乙:\n  分段 丙:\n    其他: 1分 + 2分\n")));
    sample_clean(&s);
    size_t whole = strlen(sample_format(&s, LANG_EN)), bytes = strlen(sample_canonical(&s));
    for (size_t limit = 1; limit <= whole || limit <= bytes; limit++) {
        struct buf text, canon;
        buf_init(&text, limit);
        buf_init(&canon, limit);
        assert_int_equal(format_file(&s.file, s.names, LANG_EN, &text),
                         limit < whole ? ERR_NOMEM : ERR_OK);
        assert_int_equal(canonical_file(&s.file, s.names, &canon),
                         limit < bytes ? ERR_NOMEM : ERR_OK);
        buf_done(&text);
        buf_done(&canon);
    }
    sample_done(&s);
}

/* --- the dictionary --------------------------------------------------------------------------- */

static void check_str(struct str got, const char *want)
{
    if (!want) {
        assert_null(got.p);
        return;
    }
    if (!str_eq(got, str_from_c(want))) print_error("got %.*s, not %s\n", STR_ARG(got), want);
    assert_true(str_eq(got, str_from_c(want)));
}

static void test_names(void **state)
{
    struct sample s;
    (void)state;
    sample_parse(&s, STR(ZH("单位 年龄 (age_years), 出生日期 (birth_date), 人员 (person)\n"
                            "单位 居住证 (permit)\n")));
    sample_clean(&s);
    check_str(names_to_ascii(s.names, STR("年龄")), "age_years");
    check_str(names_to_ascii(s.names, STR("age_years")), "age_years");
    check_str(names_to_ascii(s.names, STR("无此")), NULL);
    check_str(names_to_zh(s.names, STR("person")), "人员");
    check_str(names_to_zh(s.names, STR("nobody")), NULL);
    check_str(names_nearest(s.names, STR("出生日子"), LANG_ZH), "出生日期");
    check_str(names_nearest(s.names, STR("birth_dat"), LANG_EN), "birth_date");
    check_str(names_nearest(s.names, STR("persn"), LANG_EN), "person");
    check_str(names_nearest(s.names, STR("四舍五人"), LANG_ZH), "四舍五入");
    check_str(names_nearest(s.names, STR("全然不同的词"), LANG_ZH), NULL);
    check_str(names_nearest(s.names, STR("甲"), LANG_ZH), NULL);
    check_str(names_split(&s.arena, s.names, STR("年龄至少")), "「年龄」 至少");
    check_str(names_split(&s.arena, s.names, STR("当年龄至少")), "当 「年龄」 至少");
    check_str(names_split(&s.arena, s.names, STR("年龄")), NULL);
    check_str(names_split(&s.arena, s.names, STR("年纪至少")), NULL);
    check_str(names_split(&s.arena, s.names, STR("age_years")), NULL);
    sample_done(&s);
}

static void test_many_names(void **state)
{
    struct arena a;
    struct buf out;
    struct sample s;
    (void)state;
    arena_init(&a, 0);
    buf_init(&out, 0);
    buf_add_c(&out, "规则语言 中文 1\n# 甲\n```规则\n");
    for (int i = 0; i < 20000; i++)
        buf_printf(&out, "单位 「名%d」 (n%d)\n", i, i);
    buf_add_c(&out, "```\n");
    sample_parse(&s, buf_str(&out));
    sample_clean(&s);
    check_str(names_to_ascii(s.names, STR("名19999")), "n19999");
    check_str(names_to_zh(s.names, STR("n12345")), "名12345");
    check_str(names_nearest(s.names, STR("n123456"), LANG_EN), "n12345");
    sample_done(&s);
    buf_done(&out);
    arena_done(&a);
}

/* Canonical bytes: headings count; prose, layout, blank lines and quotes do not. */
static void test_canonical(void **state)
{
    struct sample s, t;
    (void)state;
    check_same("规则语言 中文 1\n# 甲\n文\n```规则\n组 乙 (b) 归 丙\n\n\n组 丁 (d) 归 乙\n```\n",
               "规则语言 中文 1\n# 甲\n别的文字\n```规则\n组   「乙」  (b)   归 丙\n```\n\n"
               "```规则\n组 丁 (d) 归 「乙」\n```\n");
    sample_parse(&s, STR("规则语言 中文 1\n# 甲\n```规则\n示例\n```\n"));
    sample_parse(&t, STR("规则语言 中文 1\n# 乙\n```规则\n示例\n```\n"));
    assert_string_not_equal(sample_canonical(&s), sample_canonical(&t));
    sample_done(&s);
    sample_done(&t);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void test_tables(void **state)
{
    (void)state;
    assert_string_equal(keyword_text(KW_AT_LEAST, LANG_ZH), "至少");
    assert_string_equal(keyword_text(KW_AT_LEAST, LANG_EN), "at least");
    assert_string_equal(keyword_text(KW_SINCE, LANG_EN), "");
    assert_string_equal(unit_text(UNIT_MONTHS, LANG_EN, true), "month");
    assert_string_equal(unit_text(UNIT_MONTHS, LANG_EN, false), "months");
    assert_string_equal(unit_text(UNIT_MONTHS, LANG_ZH, true), "个月");
    assert_string_equal(unit_text(UNIT_RATIO, LANG_ZH, true), "");
    assert_int_equal(unit_scale(UNIT_YEARS), 12);
    assert_int_equal(unit_scale(UNIT_WAN_YUAN), 10000);
    assert_int_equal(unit_scale(UNIT_DECLARED), 1);
    for (int a = KW_NONE + 1; a < KW_COUNT_OF; a++) /* no word is in a table twice */
        for (int b = a + 1; b < KW_COUNT_OF; b++)
            for (int l = 0; l < LANG_COUNT; l++) {
                const char *x = keyword_text((enum keyword)a, (enum lang)l);
                assert_true(!*x || strcmp(x, keyword_text((enum keyword)b, (enum lang)l)) != 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),         cmocka_unit_test(test_fold),
        cmocka_unit_test(test_strings),      cmocka_unit_test(test_units),
        cmocka_unit_test(test_numbers),      cmocka_unit_test(test_dates),
        cmocka_unit_test(test_forbidden),    cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_continuation), cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_prose),        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_every_error),
        cmocka_unit_test(test_places),       cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_fence_words),  cmocka_unit_test(test_depth),
        cmocka_unit_test(test_deep_blocks),  cmocka_unit_test(test_many),
        cmocka_unit_test(test_too_big),      cmocka_unit_test(test_no_blowup),
        cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_short_buffer),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_canonical),    cmocka_unit_test(test_tables),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
