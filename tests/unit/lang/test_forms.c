/* Every form of the grammar in both languages.
 *
 * The pair of files below is the canonical form of the same rules in Chinese and in English. What
 * is tested: both parse without findings; each formats to itself and to the other, byte by byte;
 * both have the same canonical bytes. A statement or expression without a line here is a gap. */
#include "lang_test.h"

struct pair {
    const char *title, *zh, *en;
};

/* Code of one fence each; declarations that the words need stand in `words` below. */
static const struct pair pairs[] = {
    {"scheme, layer, scale, source",
     "方案 \"某市积分\" / \"Points\" (city_points)\n层级 市 330100\n上级 浙江积分\n精度 0.01分\n"
     "来源 \"某文件\" / \"A document\" 摘要 \"sm3:00\" 自 2026年1月1日 起\n示例\n",
     "scheme \"某市积分\" / \"Points\" (city_points)\nlayer city 330100\nunder province_points\n"
     "scale 0.01pt\n"
     "source \"某文件\" / \"A document\" digest \"sm3:00\" from 2026-01-01\nillustrative\n"},
    {"a source with an end", "来源 \"某文件\" 自 2026年1月1日 起至 2026年12月31日 止\n",
     "source \"某文件\" from 2026-01-01 to 2026-12-31\n"},
    {"a finer scale", "精度 0.0001分\n", "scale 0.0001pt\n"},
    {"levels and categories",
     "等级 学历 (education): 高中 (senior) < 大专 (college) < 本科 (bachelor)\n"
     "类别 证书 (paper): 初级 (junior), 高级 (high)\n单位 小时 (hours), 次 (times)\n",
     "levels education (学历): senior (高中) < college (大专) < bachelor (本科)\n"
     "category paper (证书): junior (初级), high (高级)\nunit hours (小时), 「times」 (次)\n"},
    {"registers and fields",
     "登记 人员 (person) 由 \"公安\" / \"Police\" 每人一条:\n"
     "  出生日期 (birth_date): 日期\n"
     "  党员 (member): 是否 空为 未知 可变 准备 90天 材料 \"证明\" / \"proof\"\n"
     "登记 献血 (blood) 由 \"卫健\" 无记录为未知 不得重叠 至多 20条:\n"
     "  日期 (date): 日期 时点 空为 早已\n"
     "  始 (start): 日期 始\n"
     "  终 (end): 日期 终 空为 至今\n"
     "  月 (in_month): 月份\n"
     "  量 (amount): 整数 小时 范围 0小时 至 500小时\n"
     "  件数 (pieces): 整数\n"
     "  时长 (length): 整数 个月\n"
     "  金额 (sum): 金额 范围 0元 至 100万元\n"
     "  所在地 (place): 区划\n"
     "  编号 (number): 编号\n"
     "  份额 (share): 比例\n"
     "  学历 (education): 学历\n",
     "register person (人员) supplied by \"公安\" / \"Police\" one per person:\n"
     "  birth_date (出生日期): date\n"
     "  member (党员): yesno empty is unknown changeable lead 90 days evidence \"证明\" / "
     "\"proof\"\n"
     "register blood (献血) supplied by \"卫健\" none means unknown no overlap at most 20 "
     "records:\n"
     "  date (日期): date event empty is always\n"
     "  start (始): date start\n"
     "  end (终): date end empty is open\n"
     "  in_month (月): month\n"
     "  amount (量): integer hours range 0 hours to 500 hours\n"
     "  pieces (件数): integer\n"
     "  length (时长): integer months\n"
     "  sum (金额): money range 0 yuan to 100 wan_yuan\n"
     "  place (所在地): division\n"
     "  number (编号): key\n"
     "  share (份额): share\n"
     "  education (学历): education\n"},
    {"parameters",
     "参数 每月分 (monthly) 开放 市, 县 范围 0.1分 至 0.5分:\n"
     "  自 2025年1月1日 起至 2025年12月31日 止 0.25分\n  自 2026年1月1日 起 0.3分\n"
     "实施 每月分:\n  自 2026年1月1日 起 0.4分\n",
     "parameter monthly (每月分) open to city, county range 0.1pt to 0.5pt:\n"
     "  from 2025-01-01 to 2025-12-31 0.25pt\n  from 2026-01-01 0.3pt\n"
     "implements monthly:\n  from 2026-01-01 0.4pt\n"},
    {"the tree of points",
     "总分 总积分 (total) 封顶 300分 满分 300分 保底 0分\n"
     "组 基础 (base) 归 总积分 满分 100分 通行 省\n"
     "组 地方 (local) 归 总积分 合计 封顶 200分 保底 0分 开放 市, 县 自 2026年1月1日 起\n"
     "组 最优 (best) 归 地方 取最高 开放 县 通行 市\n"
     "组 扣减 (deduction) 归 总积分 扣 封顶 每月分 开放 市\n",
     "grand total total (总积分) capped at 300pt ceiling 300pt floor at 0pt\n"
     "group base (基础) in total ceiling 100pt portable in province\n"
     "group local (地方) in total sum of capped at 200pt floor at 0pt open to city, county from "
     "2026-01-01\n"
     "group best (最优) in local highest of open to county portable in city\n"
     "group deduction (扣减) in total deducts capped at monthly open to city\n"},
    {"indicators and clauses",
     "指标 年龄 (age) 归 基础 取最高 满分 20分\n"
     "指标 居住 (stay) 归 基础 封顶 30分 保底 1分 若未知 自 2026年1月1日 起 计 0分 自 "
     "2026年1月1日 起 当 人员.党员:\n"
     "  令 岁数 (years) = 周岁(人员.出生日期)\n  令 日子 (that_day) = 评分日\n  20分\n"
     "条 甲条 (clause_a) 归 年龄 自 2026年1月1日 起至 2026年12月31日 止 允许变通 当 "
     "人员.党员:\n"
     "  5分\n"
     "条 乙条 (clause_b) 归 年龄 例外于 甲条:\n  每月分\n",
     "indicator age (年龄) in base highest of ceiling 20pt\n"
     "indicator stay (居住) in base capped at 30pt floor at 1pt if unknown from 2026-01-01 counts "
     "0pt from 2026-01-01 when person.member:\n"
     "  let years (岁数) = age of(person.birth_date)\n  let that_day (日子) = scoring day\n  20pt\n"
     "clause clause_a (甲条) in age from 2026-01-01 to 2026-12-31 may vary when person.member:\n"
     "  5pt\n"
     "clause clause_b (乙条) in age exception to clause_a:\n  monthly\n"},
    {"vetoes, freezes, gates",
     "否决 全部 当 有(献血) 理由 \"原因\" / \"A reason\" 自 2026年1月1日 起\n"
     "否决 年龄 当 人员.党员\n冻结 当 现有(献血) 理由 \"原因\"\n"
     "资格 申请 (apply) 自 2026年1月1日 起:\n  人员.党员\n  任一满足:\n    有(献血)\n    "
     "全部满足:\n      人员.党员\n      非 有(献血)\n",
     "veto all when any(blood) because \"原因\" / \"A reason\" from 2026-01-01\n"
     "veto age when person.member\nfreeze when now any(blood) because \"原因\"\n"
     "gate apply (申请) from 2026-01-01:\n  person.member\n  any of:\n    any(blood)\n    "
     "all of:\n      person.member\n      not any(blood)\n"},
    {"force",
     "效力 献血 按 学历 地 所在地:\n  高中: 生效 in_force\n  本科: 失效 void_b\n"
     "  无记录: 失效 no_permit\n",
     "force blood match education at place:\n  senior: in force in_force\n  bachelor: void void_b\n"
     "  no record: void no_permit\n"},
    {"cases",
     "用例 \"某人\" / \"Somebody\" 评分日 2026年3月1日 规则日 2025年3月1日:\n"
     "  人员: 出生日期 1991年3月1日, 党员 是\n"
     "  献血: 日期 2020年2月29日, 月 2020年2月, 量 50小时, 所在地 330106, 编号 \"甲\", 份额 30%\n"
     "  献血: 学历 本科, 党员 未知, 份额 2/3\n  献血:\n"
     "  未答 献血, 人员\n  应得 年龄 20分, 总积分 5分 至 10分\n  应为 in_force\n"
     "  资格 申请 未知\n  资格 申请 否\n",
     "case \"某人\" / \"Somebody\" scoring day 2026-03-01 rule day 2025-03-01:\n"
     "  person: birth_date 1991-03-01, member yes\n"
     "  blood: date 2020-02-29, in_month 2020-02, amount 50 hours, place 330106, number \"甲\", "
     "share 30%\n"
     "  blood: education bachelor, member unknown, share 2/3\n  blood:\n"
     "  unanswered blood, person\n  expect age 20pt, total 5pt to 10pt\n  status in_force\n"
     "  gate apply unknown\n  gate apply no\n"},
    {"properties",
     "性质 \"甲\": 单调 总积分 随 献血.学历\n性质 \"乙\": 单调 总积分 随 献血.量 递减\n"
     "性质 \"丙\" / \"C\": 置换 献血\n性质 \"丁\": 拆分 献血\n性质 \"戊\": 总积分 至多 300分\n"
     "性质 \"己\": 总积分 至少 0分\n",
     "property \"甲\": monotone total with blood.education\n"
     "property \"乙\": monotone total with blood.amount decreasing\n"
     "property \"丙\" / \"C\": permute blood\nproperty \"丁\": split blood\n"
     "property \"戊\": total at most 300pt\nproperty \"己\": total at least 0pt\n"},
    {"tables",
     "指标 表一 (table_a) 归 基础:\n  分段 岁数:\n    不足 18周岁: 0分\n    18周岁 以上 不足 "
     "55周岁: 20分\n    55周岁 以上 60周岁 以下: 5分\n    超过 60周岁: 1分\n    超过 1 不足 2: "
     "1分\n"
     "    3 以下: 1分\n    其他: 0分\n"
     "指标 表二 (table_b) 归 基础:\n  按 最高(献血.学历):\n    本科 以上: 10分\n    高中 以下: "
     "5分\n"
     "    初级, 高级: 8分\n    大专: 8分\n    其他: 0分\n",
     "indicator table_a (表一) in base:\n  bands years:\n    less than 18 years_old: 0pt\n    18 "
     "years_old or more less than 55 years_old: 20pt\n    55 years_old or more 60 years_old or "
     "less: 5pt\n    more than 60 years_old: 1pt\n    more than 1 less than 2: 1pt\n"
     "    3 or less: 1pt\n    other: 0pt\n"
     "indicator table_b (表二) in base:\n  match highest(blood.education):\n    bachelor or more: "
     "10pt\n    senior or less: 5pt\n    junior, high: 8pt\n    college: 8pt\n    other: 0pt\n"},
    {"blocks",
     "指标 块 (block) 归 基础:\n  封顶 30分:\n    取最高:\n      项 甲项 (item_a): 20分\n      项 "
     "乙项 (item_b):\n        分段 岁数:\n          其他: 1分\n      5分\n      合计:\n        "
     "1分\n"
     "        2分\n      取最低:\n        1分\n      保底 1分:\n        逐条 献血:\n          1分\n"
     "指标 选择 (choice) 归 基础:\n  若 人员.党员:\n    10分\n  否则 若 有(献血):\n    若 "
     "人员.党员:\n"
     "      1分\n    否则:\n      2分\n  否则:\n    0分\n"
     "指标 逐条计 (each_one) 归 基础:\n  逐条 献血 当 献血.量 至少 3小时 近 5年 同一 编号 取最高 "
     "每年 封顶 2分:\n    每满 1条 献血.件数 得 1分\n",
     "indicator block (块) in base:\n  capped at 30pt:\n    highest of:\n      item item_a (甲项): "
     "20pt\n      item item_b (乙项):\n        bands years:\n          other: 1pt\n      5pt\n     "
     " "
     "sum of:\n        1pt\n        2pt\n      lowest of:\n        1pt\n      floor at 1pt:\n      "
     "  "
     "each blood:\n          1pt\n"
     "indicator choice (选择) in base:\n  if person.member:\n    10pt\n  else if any(blood):\n    "
     "if "
     "person.member:\n      1pt\n    else:\n      2pt\n  else:\n    0pt\n"
     "indicator each_one (逐条计) in base:\n  each blood when blood.amount at least 3 hours last 5 "
     "years same number highest of per year capped at 2pt:\n    per 1 record blood.pieces gives "
     "1pt\n"},
    {"conditions",
     "否决 全部 当 岁数 至少 18周岁 且 岁数 至多 60周岁 且 (岁数 超过 1周岁 或 岁数 不足 2周岁)\n"
     "否决 全部 当 岁数 等于 18周岁 或 岁数 不等于 60周岁 或 (人员.党员 且 非 有(献血))\n"
     "否决 全部 当 非 (人员.党员 或 有(献血))\n"
     "否决 全部 当 献血.所在地 属于 330106\n否决 全部 当 献血.所在地 属于 本地\n"
     "否决 全部 当 献血.所在地 属于 {330106, 本地, 330203}\n否决 全部 当 献血.学历 属于 本科\n"
     "否决 全部 当 献血.学历 属于 {本科, 大专}\n",
     "veto all when years at least 18 years_old and years at most 60 years_old and (years more "
     "than 1 year_old or years less than 2 years_old)\n"
     "veto all when years is 18 years_old or years is not 60 years_old or (person.member and not "
     "any(blood))\n"
     "veto all when not (person.member or any(blood))\n"
     "veto all when blood.place within 330106\nveto all when blood.place within here\n"
     "veto all when blood.place within {330106, here, 330203}\n"
     "veto all when blood.education within bachelor\n"
     "veto all when blood.education within {bachelor, college}\n"},
    {"arithmetic",
     "指标 算 (sums) 归 基础:\n  1分 + 2分 - 3分 - (4分 - 每月分) + 5分 乘 2/3 四舍五入\n"
     "指标 乘除 (products) 归 基础:\n  (1分 + 2分) 乘 3 乘 30% 去尾 除以 2 进一\n"
     "指标 封顶计 (capping) 归 基础:\n  1分 + 2分 封顶 20分 保底 1分\n"
     "指标 括号计 (bracketing) 归 基础:\n  1分 + (2分 封顶 每月分)\n"
     "指标 每满计 (per_unit) 归 基础:\n  10分 + 每满 1周岁 (55周岁 - 岁数) 得 1分 封顶 20分\n"
     "指标 每满二 (per_two) 归 基础:\n  每满 3 件 得 每月分\n"
     "指标 每满三 (per_three) 归 基础:\n  每满 50小时 献血.量 得 0.5分 乘 献血.份额 四舍五入\n",
     "indicator sums (算) in base:\n  1pt + 2pt - 3pt - (4pt - monthly) + 5pt times 2/3 rounded "
     "half up\n"
     "indicator products (乘除) in base:\n  (1pt + 2pt) times 3 times 30% rounded down divided by "
     "2 rounded up\n"
     "indicator capping (封顶计) in base:\n  1pt + 2pt capped at 20pt floor at 1pt\n"
     "indicator bracketing (括号计) in base:\n  1pt + (2pt capped at monthly)\n"
     "indicator per_unit (每满计) in base:\n  10pt + per 1 year_old (55 years_old - years) gives "
     "1pt capped at 20pt\n"
     "indicator per_two (每满二) in base:\n  per 3 piece gives monthly\n"
     "indicator per_three (每满三) in base:\n  per 50 hours blood.amount gives 0.5pt times "
     "blood.share rounded half up\n"},
    {"functions",
     "指标 函数 (functions) 归 基础:\n"
     "  令 函数一 (f_a) = 周岁(人员.出生日期 于 年初(评分日))\n"
     "  令 函数二 (f_b) = 年份(评分日) - 2020\n"
     "  令 函数三 (f_c) = 整月(人员.出生日期, 评分日)\n"
     "  令 函数四 (f_d) = 加月(人员.出生日期, 6个月 取月末)\n"
     "  令 函数五 (f_e) = 加月(人员.出生日期, 1年 取次日)\n"
     "  1分\n",
     "indicator functions (函数) in base:\n"
     "  let f_a (函数一) = age of(person.birth_date as of year start(scoring day))\n"
     "  let f_b (函数二) = year(scoring day) - 2020\n"
     "  let f_c (函数三) = months between(person.birth_date, scoring day)\n"
     "  let f_d (函数四) = add months(person.birth_date, 6 months clamped)\n"
     "  let f_e (函数五) = add months(person.birth_date, 1 year next day)\n"
     "  1pt\n"},
    {"aggregates and windows",
     "指标 汇总 (aggregates) 归 基础:\n"
     "  令 汇总一 (g_a) = 记录数(献血 当 献血.量 至少 3小时 近 36个月)\n"
     "  令 汇总二 (g_b) = 总和(献血.量 有效期 3年)\n"
     "  令 汇总三 (g_c) = 最高(献血.学历 当 人员.党员 本年 无则 高中)\n"
     "  令 汇总四 (g_d) = 最低(献血.量 上年 无则 0小时)\n"
     "  令 汇总五 (g_e) = 现行(献血.学历 当 人员.党员 无则 高中)\n"
     "  令 汇总六 (g_f) = 月数(献血 自 2020年1月1日 至 2025年12月31日 余日 30天)\n"
     "  令 汇总七 (g_g) = 连续月数(献血 当 人员.党员 间断 至多 3个月)\n"
     "  令 汇总八 (g_h) = 有(献血 近 5年) 或 现有(献血 当 人员.党员)\n"
     "  1分\n",
     "indicator aggregates (汇总) in base:\n"
     "  let g_a (汇总一) = count(blood when blood.amount at least 3 hours last 36 months)\n"
     "  let g_b (汇总二) = sum(blood.amount valid for 3 years)\n"
     "  let g_c (汇总三) = highest(blood.education when person.member this year if none senior)\n"
     "  let g_d (汇总四) = lowest(blood.amount previous year if none 0 hours)\n"
     "  let g_e (汇总五) = current(blood.education when person.member if none senior)\n"
     "  let g_f (汇总六) = months of(blood from 2020-01-01 to 2025-12-31 pooling 30 days)\n"
     "  let g_g (汇总七) = consecutive months of(blood when person.member gap at most 3 months)\n"
     "  let g_h (汇总八) = any(blood last 5 years) or now any(blood when person.member)\n"
     "  1pt\n"},
    {"names that look like keywords",
     "组 「计」 (counts) 归 「组」\n组 「组」 (group) 归 总积分\n组 「第3组」 (force) 归 「组」\n"
     "性质 \"甲\": 「第3组」 至多 3分\n效力 「条」 按 级 地 至:\n  「其他」: 生效 ok\n",
     "group 「counts」 (计) in 「group」\ngroup 「group」 (组) in total\n"
     "group 「force」 (「第3组」) in 「group」\n"
     "property \"甲\": 「force」 at most 3pt\n"
     "force 「clause」 match grade at 「least」:\n  「other」: in force ok\n"},
    {"quotes in strings", "来源 “说“一字\"二\"” 自 2026年1月1日 起\n",
     "source “说“一字\"二\"” from 2026-01-01\n"},
};

/* Declares the words the pairs use without declaring them, in both languages. */
static const char words_zh[] =
    "单位 浙江积分 (province_points), 岁数 (years), 件 (piece), 献血 (blood), "
    "人员 (person), 党员 (member), 出生日期 (birth_date), 量 (amount)\n"
    "单位 学历 (education), 所在地 (place), 「编号」 (number), 份额 (share)\n"
    "单位 件数 (pieces), 高中 (senior), 大专 (college), 本科 (bachelor)\n"
    "单位 初级 (junior), 高级 (high), 基础 (base), 总积分 (total)\n"
    "单位 年龄 (age), 申请 (apply), 每月分 (monthly), 小时 (hours)\n"
    "单位 「条」 (clause), 级 (grade), 「至」 (least), 「其他」 (other)\n"
    "单位 「日期」 (date), 月 (in_month)\n";

static struct str whole_file(struct arena *a, const char *first, const char *fence,
                             const char *code, const char *words)
{
    struct buf out;
    buf_init(&out, 0);
    buf_printf(&out, "%s\n\n# 第一章\n\n%s\n%s%s```\n", first, fence, code, words);
    struct str s = str_copy(a, buf_str(&out));
    buf_done(&out);
    assert_non_null(s.p);
    return s;
}

/* The words in English: by the formatter, which the other half of the test checks. */
static const char *words_en(struct arena *a)
{
    struct sample s;
    struct str zh = whole_file(a, "规则语言 中文 1", "```规则", "", words_zh);
    sample_parse(&s, zh);
    const char *text = sample_format(&s, LANG_EN), *start = strstr(text, "```rules\n");
    assert_non_null(start);
    start += strlen("```rules\n");
    const char *end = strstr(start, "```");
    assert_non_null(end);
    struct str copy = str_copy(a, (struct str){start, (size_t)(end - start)});
    sample_done(&s);
    return copy.p;
}

static void check_direction(struct str from, struct str to, enum lang own, enum lang other)
{
    struct sample s, t;
    sample_parse(&s, from);
    sample_clean(&s);
    assert_int_equal(s.file.lang, own);
    assert_string_equal(sample_format(&s, own), from.p);
    assert_string_equal(sample_format(&s, other), to.p);
    sample_parse(&t, to);
    sample_clean(&t);
    assert_string_equal(sample_canonical(&s), sample_canonical(&t));
    sample_done(&t);
    sample_done(&s);
}

/* Long lines are broken by the formatter: compare what has been through it once. */
static struct str settled(struct arena *a, struct str text, enum lang lang)
{
    struct sample s;
    sample_parse(&s, text);
    sample_clean(&s);
    struct str out = str_copy(a, str_from_c(sample_format(&s, lang)));
    sample_done(&s);
    return out;
}

/* The same text without line ends and blanks: layout aside. */
static void check_same_words(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == ' ' || *a == '\n')
            a++;
        while (*b == ' ' || *b == '\n')
            b++;
        if (*a != *b) print_error("differs from here:\n%s\n---\n%s\n", a, b);
        assert_true(*a == *b);
        if (!*a) return;
    }
}

static void test_pair(void **state)
{
    const struct pair *p = *state;
    struct arena a;
    arena_init(&a, 0);
    struct str zh = whole_file(&a, "规则语言 中文 1", "```规则", p->zh, words_zh);
    struct str en = whole_file(&a, "rules en 1", "```rules", p->en, words_en(&a));
    struct str zh_once = settled(&a, zh, LANG_ZH), en_once = settled(&a, en, LANG_EN);
    check_same_words(zh.p, zh_once.p);
    check_same_words(en.p, en_once.p);
    check_direction(zh_once, en_once, LANG_ZH, LANG_EN);
    check_direction(en_once, zh_once, LANG_EN, LANG_ZH);
    arena_done(&a);
}

/* Each kind of node that a rule file can hold occurs in the pairs. */
static void count_kinds(const struct ast *n, size_t *seen)
{
    seen[n->kind]++;
    for (size_t i = 0; i < n->kid_count; i++)
        count_kinds(n->kids[i], seen);
}

static void test_all_kinds(void **state)
{
    static const char *const kind_names[] = {
#define AST(kind) #kind,
#include "lang/ast.def"
#undef AST
    };
    size_t seen[AST_KIND_COUNT] = {0};
    struct arena a;
    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct sample s;
        sample_parse(&s, whole_file(&a, "规则语言 中文 1", "```规则", pairs[i].zh, "\n示例\n"));
        for (size_t k = 0; k < s.file.item_count; k++)
            count_kinds(s.file.items[k], seen);
        sample_done(&s);
    }
    for (int k = 0; k < AST_KIND_COUNT; k++) {
        if (k == AST_ERROR) continue;
        if (seen[k] == 0) print_error("no pair has %s\n", kind_names[k]);
        assert_true(seen[k] > 0);
    }
    arena_done(&a);
}

int main(void)
{
    enum { COUNT = sizeof pairs / sizeof pairs[0] };
    struct CMUnitTest tests[COUNT + 1];
    for (size_t i = 0; i < COUNT; i++) {
        struct pair *p = malloc(sizeof *p);
        INVARIANT(p);
        *p = pairs[i];
        tests[i] =
            (struct CMUnitTest){.name = pairs[i].title, .test_func = test_pair, .initial_state = p};
    }
    tests[COUNT] =
        (struct CMUnitTest){.name = "every kind of node occurs", .test_func = test_all_kinds};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = _cmocka_run_group_tests("forms", tests, COUNT + 1, NULL, NULL);
    for (size_t i = 0; i < COUNT; i++)
        free(tests[i].initial_state);
    return failed;
}
