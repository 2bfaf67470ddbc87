/* Mistakes by the place they stand in: each source has one, and the finding of its code is among
 * those reported. The same sources again with memory that ends at one allocation after the other:
 * lack of memory, never a finding that is not there, never a crash. */
#include "tests/unit/check/support.h"

/* ---- bodies of the only indicator ---- */

struct body {
    const char *code, *text;
};

static const struct body bodies[] = {
    /* aggregates */
    {"JF0420", "若 现有(缴纳): 1分\n否则: 0分"},
    {"JF0420", "若 现有(奖励): 1分\n否则: 0分"},
    {"JF0420", "每满 1个月 连续月数(居住) 得 1分"},
    {"JF0420", "每满 1个月 月数(奖励) 得 1分"},
    {"JF0303", "每满 1条 记录数(无此登记) 得 1分"},
    {"JF0303", "每满 1小时 总和(奖励.无此字段) 得 1分"},
    {"JF0303", "每满 1条 记录数(奖励 当 奖励.无此字段) 得 1分"},
    {"JF0306", "每满 1条 记录数(级别) 得 1分"},
    {"JF0406", "每满 1小时 总和(奖励.编号码) 得 1分"},
    {"JF0405", "若 最高(奖励.编号码 无则 1) 等于 1: 1分\n否则: 0分"},
    {"JF0405", "若 最低(奖励.编号码 无则 1) 等于 1: 1分\n否则: 0分"},
    {"JF0401", "每满 100元 最高(奖励.奖金 无则 1分) 得 1分"},
    {"JF0312", "按 最高(奖励.奖级 无则 红):\n  低: 1分\n  其他: 2分"},
    {"JF0424", "按 最高(奖励.奖级):\n  低: 1分\n  其他: 2分"},
    {"JF0424", "按 最高(学历.层次 当 学历.层次 至少 中):\n  低: 1分\n  其他: 2分"},
    {"JF0425", "每满 100元 最高(奖励.奖金 无则 岁) 得 1分"},
    {"JF0402", "每满 1个月 月数(居住 余日 1个月) 得 1分"},
    {"JF0422", "每满 1个月 月数(居住 余日 0天) 得 1分"},
    {"JF0422", "每满 1个月 月数(居住 余日 367天) 得 1分"},
    {"JF0423", "每满 1个月 月数(缴纳 余日 30天) 得 1分"},
    {"JF0402", "每满 1个月 连续月数(缴纳 间断 至多 3天) 得 1分"},
    {"JF0422", "每满 1个月 连续月数(缴纳 间断 至多 2401个月) 得 1分"},
    {"JF0418", "逐条 奖励:\n  每满 1条 记录数(居住) 得 1分"},
    {"JF0418", "逐条 奖励:\n  逐条 居住:\n    1分"},
    {"JF0303", "逐条 无此登记:\n  1分"},
    {"JF0303", "逐条 奖励 同一 无此字段 取最高:\n  1分"},
    {"JF0426", "逐条 居住 每年 封顶 2分:\n  1分"},
    {"JF0401", "逐条 奖励 每年 封顶 2元:\n  1分"},
    {"JF0709", "逐条 奖励:\n  1分 - 2分"},
    {"JF0401", "逐条 奖励:\n  奖励.时长"},
    {"JF0303", "逐条 奖励 当 奖励.无此字段:\n  1分"},
    {"JF0417", "每满 1小时 奖励.时长 得 1分"},
    {"JF0419", "令 数 (count_of) = 记录数(奖励)\n逐条 奖励:\n  每满 1条 数 得 1分"},
    /* rows of tables */
    {"JF0416", "令 数 (limit) = 2\n分段 人员.甲数:\n  数 以上: 1分\n  其他: 0分"},
    {"JF0416", "令 数 (limit) = 2\n分段 人员.甲数:\n  不足 数: 1分\n  其他: 0分"},
    {"JF0401", "分段 人员.甲数:\n  2元 以上: 1分\n  其他: 0分"},
    {"JF0312", "分段 人员.级:\n  红 以上: 1分\n  其他: 0分"},
    {"JF0405", "分段 人员.类:\n  红 以上: 1分\n  其他: 0分"},
    {"JF0504", "分段 人员.甲数:\n  2 以上 不足 2: 1分\n  其他: 0分"},
    {"JF0501", "分段 人员.甲数:\n  1 以上 2 以下: 1分\n  1 以上 2 以下: 2分\n  其他: 0分"},
    {"JF0501", "分段 人员.甲数:\n  1 以上 3 以下: 1分\n  1 以上 2 以下: 2分\n  其他: 0分"},
    {"JF0501", "分段 人员.甲数:\n  0 以上 3 以下: 1分\n  1 以上 1 以下: 2分\n  2 以上: 2分"},
    {"JF0502", "分段 人员.甲数:\n  1 以上 2 以下: 1分"},
    {"JF0502", "分段 人员.级:\n  高 以上: 1分"},
    {"JF0502", "分段 评分日:\n  不足 2027年1月1日: 2分"},
    {"JF0503", "分段 人员.甲数:\n  4 以上: 1分\n  其他: 0分"},
    {"JF0503", "分段 周岁(人员.出生日期):\n  0周岁 以上: 1分\n  不足 0周岁: 0分"},
    {"JF0505", "分段 人员.甲数:\n  0 以上: 1分\n  其他: 0分"},
    {"JF0506", "分段 人员.甲数:\n  1 以上: 1分\n  其他: 0分\n  其他: 2分"},
    {"JF0401", "分段 人员.甲数:\n  1 以上: 1分\n  其他: 2元"},
    {"JF0304", "分段 人员.甲数数:\n  1 以上: 1分\n  其他: 0分"},
    {"JF0303", "分段 人员.甲数:\n  1 以上: 无此名\n  其他: 0分"},
    {"JF0303", "分段 人员.甲数:\n  1 以上: 1分\n  其他: 无此名"},
    {"JF0440", "按 人员.甲数:\n  低: 1分\n  其他: 2分"},
    {"JF0303", "按 人员.无此字段:\n  低: 1分\n  其他: 2分"},
    {"JF0405", "按 人员.类:\n  蓝 以上: 1分\n  其他: 2分"},
    {"JF0312", "按 人员.级:\n  红: 1分\n  其他: 2分"},
    {"JF0508", "按 人员.级:\n  低, 低: 1分\n  其他: 2分"},
    {"JF0508", "按 人员.级:\n  低, 中: 1分\n  中 以上: 2分"},
    {"JF0507", "按 人员.类:\n  红: 1分"},
    {"JF0505", "按 人员.类:\n  红, 蓝, 绿: 1分\n  其他: 2分"},
    {"JF0506", "按 人员.类:\n  红, 蓝: 1分\n  其他: 2分\n  其他: 3分"},
    {"JF0401", "按 人员.类:\n  红, 蓝: 1分\n  其他: 2元"},
    {"JF0303", "按 人员.类:\n  红, 蓝: 无此名\n  其他: 2分"},
    /* sets */
    {"JF0439", "若 人员.党员 属于 {1}: 1分\n否则: 0分"},
    {"JF0439", "若 有(奖励 当 奖励.编号码 属于 {1}): 1分\n否则: 0分"},
    {"JF0438", "若 现行(居住.地点) 属于 低: 1分\n否则: 0分"},
    {"JF0437", "若 现行(居住.地点) 属于 {339999}: 1分\n否则: 0分"},
    {"JF0401", "若 现行(居住.地点) 属于 {3元}: 1分\n否则: 0分"},
    {"JF0425", "若 人员.甲数 属于 低: 1分\n否则: 0分"},
    {"JF0401", "若 人员.甲数 属于 {1元, 2}: 1分\n否则: 0分"},
    {"JF0312", "若 人员.级 属于 {低, 红}: 1分\n否则: 0分"},
    {"JF0303", "若 人员.无此字段 属于 {低, 红}: 1分\n否则: 0分"},
    {"JF0516", "若 人员.甲数 属于 {7}: 1分\n否则: 0分"},
    {"JF0515", "若 人员.甲数 属于 {0, 1, 2, 3}: 1分\n否则: 0分"},
    /* names and two sides */
    {"JF0311", "人员"},
    {"JF0310", "低"},
    {"JF0303", "无此名"},
    {"JF0313", "按 最高(奖励.奖级 无则 5):\n  低: 1分\n  其他: 2分"},
    {"JF0303", "按 人员.级:\n  无此员: 1分\n  其他: 2分"},
    {"JF0308", "令 数 (one) = 1\n令 数 (one) = 2\n每满 1 数 得 1分"},
    {"JF0303", "令 数 (one) = 无此名\n每满 1 数 得 1分"},
    {"JF0303", "若 5 至少 无此名: 1分\n否则: 0分"},
    {"JF0303", "若 5 至少 人员.无此字段: 1分\n否则: 0分"},
    {"JF0303", "若 无此名 至少 人员.甲数: 1分\n否则: 0分"},
    {"JF0407", "若 人员.出生日期 - 30天 至少 2000年1月1日: 1分\n否则: 0分"},
    {"JF0407", "若 30天 + 人员.出生日期 至少 2000年1月1日: 1分\n否则: 0分"},
    {"JF0406", "人员.类 + 人员.类"},
    {"JF0404", "1分 + 人员.甲数"},
    {"JF0402", "若 评分日 - 人员.出生日期 超过 3年: 1分\n否则: 0分"},
    {"JF0403", "若 总和(奖励.时长) 超过 人员.甲数: 1分\n否则: 0分"},
    {"JF0404", "若 周岁(人员.出生日期) 至少 18: 1分\n否则: 0分"},
    /* products */
    {"JF0406", "人员.类 乘 2"},
    {"JF0409", "1分 乘 周岁(人员.出生日期)"},
    {"JF0409", "1分 乘 3元"},
    {"JF0303", "1分 乘 无此名"},
    {"JF0303", "无此名 乘 2"},
    {"JF0408", "1分 乘 30%"},
    {"JF0303", "无此名 除以 2 去尾"},
    {"JF0303", "10分 除以 无此名 去尾"},
    {"JF0410", "10分 除以 3元 去尾"},
    {"JF0410", "人员.类 除以 3 去尾"},
    {"JF0411", "10分 除以 人员.甲数 去尾"},
    {"JF0406", "每满 1 人员.类 得 1分"},
    {"JF0401", "每满 1元 人员.甲数 得 1分"},
    {"JF0412", "每满 0条 记录数(奖励) 得 1分"},
    {"JF0401", "每满 1条 记录数(奖励) 得 1元"},
    {"JF0303", "每满 1条 记录数(奖励) 得 无此名"},
    {"JF0303", "每满 1条 无此名 得 1分"},
    {"JF0413", "0.001分"},
    {"JF0414", "每满 100.001元 总和(奖励.奖金) 得 1分"},
    {"JF0414", "每满 1.5条 记录数(奖励) 得 1分"},
    {"JF0314", "每满 1斤 记录数(奖励) 得 1分"},
    /* conditions and calls */
    {"JF0405", "若 人员.类 至少 红: 1分\n否则: 0分"},
    {"JF0401", "若 人员.甲数: 1分\n否则: 0分"},
    {"JF0401", "若 非 人员.甲数: 1分\n否则: 0分"},
    {"JF0401", "若 人员.党员 且 人员.甲数: 1分\n否则: 0分"},
    {"JF0401", "若 人员.甲数 或 人员.党员: 1分\n否则: 0分"},
    {"JF0515", "若 人员.甲数 至少 0: 1分\n否则: 0分"},
    {"JF0516", "若 人员.甲数 超过 3: 1分\n否则: 0分"},
    {"JF0401", "若 周岁(人员.甲数) 至少 18周岁: 1分\n否则: 0分"},
    {"JF0401", "若 周岁(人员.出生日期 于 人员.甲数) 至少 18周岁: 1分\n否则: 0分"},
    {"JF0401", "若 年份(人员.甲数) 至少 2000: 1分\n否则: 0分"},
    {"JF0401", "若 年初(人员.甲数) 至少 评分日: 1分\n否则: 0分"},
    {"JF0401", "若 整月(评分日, 人员.甲数) 至少 2年: 1分\n否则: 0分"},
    {"JF0402", "若 加月(人员.出生日期, 3天 取月末) 至少 评分日: 1分\n否则: 0分"},
    {"JF0415", "若 加月(人员.出生日期, 10001年 取月末) 至少 评分日: 1分\n否则: 0分"},
    {"JF0401", "若 加月(人员.甲数, 3年 取月末) 至少 评分日: 1分\n否则: 0分"},
    /* choices and lists */
    {"JF0303", "若 无此名: 1分\n否则: 0分"},
    {"JF0303", "若 人员.党员: 无此名\n否则: 0分"},
    {"JF0303", "若 人员.党员: 1分\n否则: 无此名"},
    {"JF0401", "若 人员.党员: 1分\n否则: 1元"},
    {"JF0401", "取最高:\n  1分\n  2元"},
    {"JF0303", "取最高:\n  无此名\n  2分"},
    {"JF0303", "取最高:\n  项 一项 (first): 无此名\n  2分"},
    {"JF0406", "合计:\n  人员.类\n  人员.类"},
    {"JF0405", "取最高:\n  人员.类\n  人员.类"},
    {"JF0303", "无此名 封顶 2分"},
    {"JF0406", "人员.类 封顶 2分"},
    {"JF0401", "5分 封顶 2元"},
    {"JF0303", "5分 封顶 无此名"},
    {"JF0701", "2分 封顶 5分"},
    {"JF0702", "5分 保底 2分"},
    {"JF0401", "人员.党员"},
    {"JF0404", "人员.甲数"},
};

/* ---- whole files ---- */

#define TOTAL "总分 总积分 (total)\n"
#define ITEM TOTAL "指标 项目 (item) 归 总积分:\n  1分\n"
#define RATE "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n  自 2026年1月1日 起 2分\n"
#define OWN(fields) ITEM "登记 另册 (other) 由 \"另\":\n" fields
#define CITY "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n"
#define COUNTY                                                                                     \
    "方案 \"丙县积分\" (bing)\n层级 县 330106\n上级 jia\n来源 \"丙发\" 自 2028年1月1日 起\n"
#define CASE(lines) ITEM "用例 \"一\" / \"one\" 评分日 2026年3月1日:\n" lines
#define PERSON "  人员: 出生日期 1990年5月1日\n"
#define FORCE_BOOK                                                                                 \
    "登记 许可 (permit) 由 \"发改\":\n  状态 (status): 种类\n  辖地 (area): 区划\n" \
    "  起始 (since): 日期 始\n  终止 (until): 日期 终 空为 至今\n"                   \
    "登记 月册 (monthly) 由 \"发改\":\n"                                                    \
    "  状态 (status): 种类\n  辖地 (area): 区划\n"                                         \
    "  起始 (since): 月份 始\n  终止 (until): 月份 终 空为 至今\n"

struct folder {
    const char *code, *province, *head, *local;
};

static const struct folder folders[] = {
    /* catalogue */
    {"JF0308", ITEM "等级 级二 (levels_two): 一级 (one) < 一级 (one)\n", NULL, NULL},
    {"JF0308", ITEM "等级 级别 (grade): 低 (low) < 中 (middle) < 高 (high)\n", NULL, NULL},
    {"JF0309", ITEM "等级 级别 (grade): 低 (low) < 高 (high)\n", NULL, NULL},
    {"JF0309", ITEM "等级 级别 (grade): 低 (low) < 高 (high) < 中 (middle)\n", NULL, NULL},
    {"JF0309", ITEM "类别 级别 (grade): 低 (low), 中 (middle), 高 (high)\n", NULL, NULL},
    {"JF0308", ITEM "单位 小时 (hour)\n", NULL, NULL},
    {"JF0429", OWN("  字段甲 (x): 整数 元\n"), NULL, NULL},
    {"JF0314", OWN("  字段甲 (x): 整数 斤\n"), NULL, NULL},
    {"JF0303", OWN("  字段甲 (x): 无此类\n"), NULL, NULL},
    {"JF0428", OWN("  字段甲 (x): 编号 范围 1 至 3\n"), NULL, NULL},
    {"JF0428", OWN("  字段甲 (x): 级别 范围 1 至 3\n"), NULL, NULL},
    {"JF0401", OWN("  字段甲 (x): 整数 范围 1元 至 3\n"), NULL, NULL},
    {"JF0401", OWN("  字段甲 (x): 整数 范围 1 至 3元\n"), NULL, NULL},
    {"JF0427", OWN("  字段甲 (x): 整数 范围 3 至 1\n"), NULL, NULL},
    {"JF0427", OWN("  字段甲 (x): 整数 范围 1 至 1000000000000001\n"), NULL, NULL},
    {"JF0427", OWN("  字段甲 (x): 比例 范围 1% 至 10001%\n"), NULL, NULL},
    {"JF0430", OWN("  字段甲 (x): 整数 时点\n"), NULL, NULL},
    {"JF0430", OWN("  字段甲 (x): 月份 时点\n"), NULL, NULL},
    {"JF0430", OWN("  字段甲 (x): 整数 始\n  字段乙 (y): 日期 终\n"), NULL, NULL},
    {"JF0430", OWN("  字段甲 (x): 日期 始\n  字段乙 (y): 是否 终\n"), NULL, NULL},
    {"JF0431", OWN("  字段甲 (x): 日期 时点\n  字段乙 (y): 日期 时点\n"), NULL, NULL},
    {"JF0432", OWN("  字段甲 (x): 日期 时点\n  字段乙 (y): 日期 始\n"), NULL, NULL},
    {"JF0432", OWN("  字段甲 (x): 日期 终\n"), NULL, NULL},
    {"JF0432", OWN("  字段甲 (x): 日期 始\n  字段乙 (y): 月份 终\n"), NULL, NULL},
    {"JF0432", OWN("  字段甲 (x): 日期 时点\n  字段乙 (y): 月份 终\n"), NULL, NULL},
    {"JF0432", OWN("  字段甲 (x): 月份 始\n"), NULL, NULL},
    {"JF0432", ITEM "登记 另册 (other) 由 \"另\" 不得重叠:\n  字段甲 (x): 日期 始\n", NULL, NULL},
    {"JF0433", OWN("  字段甲 (x): 整数 空为 至今\n"), NULL, NULL},
    {"JF0433", OWN("  字段甲 (x): 日期 时点 空为 至今\n"), NULL, NULL},
    {"JF0433", OWN("  字段甲 (x): 月份 空为 早已\n"), NULL, NULL},
    {"JF0433", OWN("  字段甲 (x): 日期 始\n  字段乙 (y): 日期 终 空为 早已\n"), NULL, NULL},
    {"JF0434", OWN("  字段甲 (x): 日期 始 空为 未知\n  字段乙 (y): 日期 终\n"), NULL, NULL},
    {"JF0434", OWN("  字段甲 (x): 日期 始\n  字段乙 (y): 日期 终 空为 未知\n"), NULL, NULL},
    {"JF0308", OWN("  字段甲 (x): 日期\n  字段甲 (x): 日期\n"), NULL, NULL},
    {"JF0322", OWN("  字段甲 (person_id): 编号\n"), NULL, NULL},
    {"JF0436", ITEM "登记 另册 (other) 由 \"另\" 至多 100001条:\n  字段甲 (x): 日期\n", NULL, NULL},
    {"JF0308", OWN("  字段甲 (x): 日期\n") "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 日期\n",
     NULL, NULL},
    {"JF0309", OWN("  字段甲 (x): 日期\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 整数\n"},
    {"JF0309", OWN("  字段甲 (x): 日期\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段乙 (y): 日期\n"},
    {"JF0309", OWN("  字段甲 (x): 日期\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 日期 时点\n"},
    {"JF0309", OWN("  字段甲 (x): 日期\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 日期 空为 未知\n"},
    {"JF0309", OWN("  字段甲 (x): 整数\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 整数 范围 1 至 999999999\n"},
    {"JF0309", OWN("  字段甲 (x): 整数\n"), CITY,
     "登记 另册 (other) 由 \"另\":\n  字段甲 (x): 整数 范围 0 至 9\n"},
    {"JF0309", OWN("  字段甲 (x): 整数\n"), CITY,
     "登记 另册 (other) 由 \"另\" 至多 7条:\n  字段甲 (x): 整数\n"},
    {"JF0309", OWN("  字段甲 (x): 整数\n"), CITY,
     "登记 另册 (other) 由 \"另\" 每人一条:\n  字段甲 (x): 整数\n"},
    {"JF0309", OWN("  字段甲 (x): 整数\n"), CITY,
     "登记 另册 (other) 由 \"另\" 无记录为未知:\n  字段甲 (x): 整数\n"},
    {"JF0309", OWN("  字段甲 (x): 日期 始\n  字段乙 (y): 日期 终\n"), CITY,
     "登记 另册 (other) 由 \"另\" 不得重叠:\n  字段甲 (x): 日期 始\n  字段乙 (y): 日期 终\n"},
    /* parameters */
    {"JF0314", ITEM "参数 单价 (rate):\n  自 2026年1月1日 起 2斤\n", NULL, NULL},
    {"JF0401", ITEM "参数 单价 (rate) 范围 1元 至 3分:\n  自 2026年1月1日 起 2分\n", NULL, NULL},
    {"JF0401", ITEM "参数 单价 (rate) 范围 1分 至 3元:\n  自 2026年1月1日 起 2分\n", NULL, NULL},
    {"JF0427", ITEM "参数 单价 (rate) 范围 3分 至 1分:\n  自 2026年1月1日 起 2分\n", NULL, NULL},
    {"JF0401",
     ITEM "参数 单价 (rate):\n  自 2026年1月1日 起至 2026年2月1日 2分\n  自 2027年1月1日 起 2元\n",
     NULL, NULL},
    {"JF0605",
     ITEM "参数 单价 (rate):\n  自 2026年1月1日 起至 2027年1月1日 2分\n  自 2027年1月1日 起 3分\n",
     NULL, NULL},
    {"JF0605",
     ITEM "参数 单价 (rate):\n  自 2027年1月1日 起 3分\n  自 2026年1月1日 起至 2028年1月1日 2分\n",
     NULL, NULL},
    {"JF0606", ITEM "参数 单价 (rate) 范围 1分 至 3分:\n  自 2026年1月1日 起 4分\n", NULL, NULL},
    {"JF0606", ITEM RATE, CITY, "实施 单价:\n  自 2027年1月1日 起 0.5分\n"},
    {"JF0309", ITEM RATE "参数 单价 (rate):\n  自 2026年1月1日 起 2分\n", NULL, NULL},
    {"JF0309", ITEM RATE, CITY, "参数 单价 (rate):\n  自 2026年1月1日 起 2元\n"},
    {"JF0309", ITEM RATE, CITY, "参数 单价 (rate):\n  自 2026年1月1日 起 2分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 2分 至 3分:\n  自 2026年1月1日 起 2分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 1分 至 4分:\n  自 2026年1月1日 起 2分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n  自 2026年1月2日 起 2分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n  自 2026年1月1日 起 3分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n  自 2026年1月1日 起至 2029年1月1日 2分\n"},
    {"JF0309", ITEM RATE, CITY,
     "参数 单价 (rate) 开放 市 范围 1分 至 3分:\n"
     "  自 2026年1月1日 起至 2029年1月1日 2分\n  自 2029年1月2日 起 2分\n"},
    {"JF0607", ITEM RATE "实施 单价:\n  自 2027年1月1日 起 2分\n", NULL, NULL},
    {"JF0607", ITEM RATE, COUNTY, "实施 单价:\n  自 2028年1月1日 起 2分\n"},
    {"JF0607", ITEM "参数 单价 (rate):\n  自 2026年1月1日 起 2分\n", CITY,
     "实施 单价:\n  自 2027年1月1日 起 2分\n"},
    {"JF0607", ITEM, CITY, RATE "实施 单价:\n  自 2027年1月1日 起 2分\n"},
    {"JF0303", ITEM, CITY, "实施 无此名:\n  自 2027年1月1日 起 2分\n"},
    {"JF0401",
     TOTAL RATE "指标 项目 (item) 归 总积分:\n  每满 100元 总和(奖励.奖金) 得 1分 封顶 3元\n", NULL,
     NULL},
    {"JF0401",
     TOTAL "参数 单价 (rate):\n  自 2026年1月1日 起 2元\n指标 项目 (item) 归 总积分 封顶 单价:\n"
           "  5分\n",
     NULL, NULL},
    {"JF0303", TOTAL "指标 项目 (item) 归 总积分 封顶 无此名:\n  5分\n", NULL, NULL},
    {"JF0604",
     TOTAL "参数 单价 (rate):\n  自 2027年1月1日 起 2分\n指标 项目 (item) 归 总积分:\n  单价\n",
     NULL, NULL},
    {"JF0604",
     TOTAL "参数 单价 (rate):\n  自 2027年1月1日 起 2分\n"
           "指标 项目 (item) 归 总积分 封顶 单价:\n  每满 1条 记录数(奖励) 得 1分\n",
     NULL, NULL},
    {"JF0416", TOTAL RATE "指标 项目 (item) 归 总积分:\n  逐条 奖励 每年 封顶 单价:\n    1分\n",
     NULL, NULL},
    {"JF0416",
     TOTAL RATE "指标 项目 (item) 归 总积分 若未知 自 2026年5月1日 起 计 单价:\n  每满 1 人员.甲数 "
                "得 1分\n",
     NULL, NULL},
    /* the tree */
    {"JF0318", "指标 项目 (item) 归 总积分:\n  1分\n组 总积分 (total) 归 总积分\n", NULL, NULL},
    {"JF0319", ITEM "总分 总积分二 (total_two)\n", NULL, NULL},
    {"JF0319", ITEM, CITY, "总分 总积分二 (total_two)\n"},
    {"JF0308", ITEM "组 甲组 (one) 归 总积分\n组 甲组 (one) 归 总积分\n", NULL, NULL},
    {"JF0308", ITEM "指标 项目 (item) 归 总积分:\n  1分\n", NULL, NULL},
    {"JF0308",
     TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 项目 当 人员.党员: 1分\n"
           "条 甲条 (one) 归 项目 当 非 人员.党员: 1分\n",
     NULL, NULL},
    {"JF0609", ITEM, CITY, "指标 市项 (city_item) 归 总积分:\n  1分\n"},
    {"JF0609", ITEM "组 个性 (local) 归 总积分 开放 市\n", COUNTY,
     "指标 县项 (county_item) 归 个性:\n  1分\n"},
    {"JF0609", ITEM, CITY, "指标 市项 (city_item) 归 总积分:\n  1分\n"},
    {"JF0610", ITEM "组 甲组 (one) 归 乙组\n组 乙组 (two) 归 甲组\n", NULL, NULL},
    {"JF0514", ITEM "组 甲组 (one) 归 总积分 取最高\n组 乙组 (two) 归 甲组 扣\n", NULL, NULL},
    {"JF0303", ITEM "组 甲组 (one) 归 无此组\n", NULL, NULL},
    {"JF0611", TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 项目 当 人员.党员: 1分\n", CITY,
     "条 乙条 (two) 归 项目 当 非 人员.党员: 1分\n"},
    {"JF0612", TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 项目 当 人员.党员: 1分\n", CITY,
     "条 乙条 (two) 归 项目 例外于 甲条: 2分\n"},
    {"JF0303", TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 无此指标: 1分\n", NULL, NULL},
    {"JF0303", TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 项目 例外于 无此条: 1分\n", NULL,
     NULL},
    {"JF0510",
     TOTAL "指标 项目 (item) 归 总积分\n条 甲条 (one) 归 项目 例外于 乙条: 1分\n"
           "条 乙条 (two) 归 项目 例外于 甲条: 2分\n",
     NULL, NULL},
    {"JF0511", ITEM "指标 二项 (second) 归 总积分\n条 甲条 (one) 归 二项 例外于 项目: 1分\n", NULL,
     NULL},
    {"JF0512",
     TOTAL "指标 项目 (item) 归 总积分 合计\n条 甲条 (one) 归 项目: 1分\n"
           "条 乙条 (two) 归 项目 例外于 甲条: 2分\n",
     NULL, NULL},
    {"JF0513", TOTAL "指标 项目 (item) 归 总积分\n", NULL, NULL},
    {"JF0601", ITEM "组 甲组 (one) 归 总积分 自 2031年1月1日 起\n", NULL, NULL},
    {"JF0603",
     TOTAL "指标 项目 (item) 归 总积分\n"
           "条 甲条 (one) 归 项目 自 2026年1月1日 起至 2027年1月1日 止: 1分\n"
           "条 乙条 (two) 归 项目 自 2027年1月3日 起: 1分\n",
     NULL, NULL},
    {"JF0703", TOTAL "指标 项目 (item) 归 总积分 合计 封顶 9分:\n  1分\n", NULL, NULL},
    {"JF0704", TOTAL "指标 项目 (item) 归 总积分 取最高 保底 1分:\n  2分\n", NULL, NULL},
    {"JF0705",
     TOTAL "指标 项目 (item) 归 总积分 取最高 满分 3分\n条 甲条 (one) 归 项目 当 人员.党员: 2分\n"
           "条 乙条 (two) 归 项目: 4分\n",
     NULL, NULL},
    {"JF0705",
     TOTAL "指标 项目 (item) 归 总积分 合计 满分 3分\n条 甲条 (one) 归 项目 当 人员.党员: 2分\n"
           "条 乙条 (two) 归 项目 自 2027年1月1日 起至 2028年1月1日 止: 2分\n",
     NULL, NULL},
    {"JF0706",
     "总分 总积分 (total) 满分 3分\n组 甲组 (one) 归 总积分 封顶 9分\n组 扣组 (minus) 归 总积分 "
     "扣\n"
     "指标 项目 (item) 归 甲组:\n  每满 1条 记录数(奖励) 得 1分\n"
     "指标 小项 (small) 归 总积分:\n  1分\n指标 大项 (large) 归 总积分:\n  2分\n"
     "指标 扣项 (loss) 归 扣组:\n  每满 1条 记录数(居住) 得 0.01分\n",
     NULL, NULL},
    {"JF0708", TOTAL "组 扣组 (minus) 归 总积分 扣\n指标 扣项 (loss) 归 扣组:\n  1分 - 3分\n", NULL,
     NULL},
    {"JF0701",
     ITEM "登记 另册 (other) 由 \"另\" 至多 1条:\n  字段甲 (x): 日期 时点\n"
          "指标 二项 (second) 归 总积分:\n  逐条 另册 每年 封顶 5分:\n    2分\n",
     NULL, NULL},
    /* vetoes, gates, force */
    {"JF0613", ITEM, CITY, "否决 项目 当 人员.党员\n"},
    {"JF0613", ITEM "组 个性 (local) 归 总积分 开放 市\n", COUNTY, "否决 个性 当 人员.党员\n"},
    {"JF0613", ITEM, COUNTY, "否决 项目 当 人员.党员\n"},
    {"JF0303", ITEM "否决 无此名 当 人员.党员\n", NULL, NULL},
    {"JF0401", ITEM "否决 全部 当 人员.甲数\n", NULL, NULL},
    {"JF0601", ITEM "否决 项目 当 人员.党员 自 2040年1月1日 起\n", NULL, NULL},
    {"JF0401", ITEM "资格 入学 (school):\n  人员.甲数\n", NULL, NULL},
    {"JF0401", ITEM "资格 入学 (school):\n  人员.党员\n  任一满足:\n    人员.甲数\n    人员.党员\n",
     NULL, NULL},
    {"JF0308", ITEM "资格 入学 (school):\n  人员.党员\n资格 入学 (school):\n  人员.党员\n", NULL,
     NULL},
    {"JF0303",
     ITEM "效力 无此登记 按 状态 地 辖地:\n  红: 生效 ok\n  无记录: 失效 none\n" FORCE_BOOK, NULL,
     NULL},
    {"JF0303",
     ITEM FORCE_BOOK "效力 许可 按 无此字段 地 辖地:\n  红: 生效 ok\n  无记录: 失效 none\n", NULL,
     NULL},
    {"JF0303",
     ITEM FORCE_BOOK "效力 许可 按 状态 地 无此字段:\n  红: 生效 ok\n  无记录: 失效 none\n", NULL,
     NULL},
    {"JF0440", ITEM FORCE_BOOK "效力 许可 按 辖地 地 辖地:\n  红: 生效 ok\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0401", ITEM FORCE_BOOK "效力 许可 按 状态 地 状态:\n  红: 生效 ok\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0420", ITEM FORCE_BOOK "效力 月册 按 状态 地 辖地:\n  红: 生效 ok\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0312", ITEM FORCE_BOOK "效力 许可 按 状态 地 辖地:\n  低: 生效 ok\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0507", ITEM FORCE_BOOK "效力 许可 按 状态 地 辖地:\n  红: 生效 ok\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0507",
     ITEM FORCE_BOOK "效力 许可 按 状态 地 辖地:\n  红: 生效 ok\n  蓝: 失效 no\n  绿: 失效 no\n",
     NULL, NULL},
    {"JF0508",
     ITEM FORCE_BOOK
     "效力 许可 按 状态 地 辖地:\n  红: 生效 ok\n  红: 失效 no\n  蓝: 失效 no\n  绿: 失效 "
     "no\n  无记录: 失效 none\n",
     NULL, NULL},
    {"JF0508",
     ITEM FORCE_BOOK "效力 许可 按 状态 地 辖地:\n  红: 生效 ok\n  蓝: 失效 no\n  绿: 失效 "
                     "no\n  无记录: 失效 none\n  无记录: 失效 none\n",
     NULL, NULL},
    /* cases and properties */
    {"JF0303", CASE(PERSON "  无此登记: 出生日期 1990年5月1日\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0303", CASE("  人员: 出生日期 1990年5月1日, 无此字段 1\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0443", CASE("  人员: 出生日期 1990年5月1日, 甲数 1, 甲数 2\n  应得 项目 1分\n"), NULL,
     NULL},
    {"JF0444", CASE("  人员: 出生日期 未知\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0441", CASE("  人员: 出生日期 1990年5月1日, 党员 1\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0441", CASE("  人员: 出生日期 是\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0441",
     CASE(PERSON "  奖励: 奖级 中, 时长 3小时, 奖金 1元, 份额 3%, 编号码 5\n  应得 项目 1分\n"),
     NULL, NULL},
    {"JF0312", CASE("  人员: 出生日期 1990年5月1日, 级 红\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0401", CASE("  人员: 出生日期 1990年5月1日, 甲数 1元\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0442", CASE("  人员: 出生日期 1990年5月1日, 甲数 4\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0442", CASE("  人员: 出生日期 1990年5月1日, 乙数 5\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0442",
     CASE(PERSON
          "  奖励: 奖级 中, 时长 0小时, 奖金 1元, 份额 3%, 编号码 \"五\"\n  应得 项目 1分\n"),
     NULL, NULL},
    {"JF0445", CASE("  人员: 甲数 1\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0446", CASE(PERSON PERSON "  应得 项目 1分\n"), NULL, NULL},
    {"JF0303", CASE("  未答 无此登记\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0447", CASE(PERSON "  未答 人员\n  应得 项目 1分\n"), NULL, NULL},
    {"JF0303", CASE(PERSON "  应得 无此指标 1分\n"), NULL, NULL},
    {"JF0306", CASE(PERSON "  应得 人员 1分\n"), NULL, NULL},
    {"JF0401", CASE(PERSON "  应得 项目 1元\n"), NULL, NULL},
    {"JF0401", CASE(PERSON "  应得 项目 1分 至 2元\n"), NULL, NULL},
    {"JF0427", CASE(PERSON "  应得 项目 3分 至 2分\n"), NULL, NULL},
    {"JF0325", CASE(PERSON "  应为 no_such_word\n"), NULL, NULL},
    {"JF0325",
     ITEM FORCE_BOOK "效力 许可 按 状态 地 辖地:\n  红: 生效 ok\n  蓝: 失效 no\n  绿: 失效 no\n  "
                     "无记录: 失效 none\n"
                     "用例 \"一\" 评分日 2026年3月1日:\n" PERSON "  应为 no_such_word\n",
     NULL, NULL},
    {"JF0303", CASE(PERSON "  资格 无此资格 是\n"), NULL, NULL},
    {"JF0448", CASE(PERSON), NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 单调 无此指标 随 人员.甲数\n", NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 单调 项目 随 无此登记.甲数\n", NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 单调 项目 随 人员.无此字段\n", NULL, NULL},
    {"JF0405", ITEM "性质 \"一\": 单调 项目 随 人员.类\n", NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 置换 无此登记\n", NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 拆分 无此登记\n", NULL, NULL},
    {"JF0420", ITEM "性质 \"一\": 拆分 奖励\n", NULL, NULL},
    {"JF0420", OWN("  字段甲 (x): 日期 始\n") "性质 \"一\": 拆分 另册\n", NULL, NULL},
    {"JF0303", ITEM "性质 \"一\": 无此指标 至多 5分\n", NULL, NULL},
    {"JF0401", ITEM "性质 \"一\": 项目 至少 5元\n", NULL, NULL},
    /* heads */
    {"JF0437", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 339900\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0617", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 330106\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0615", ITEM, "方案 \"乙省积分\" (yi)\n层级 省 330000\n来源 \"乙发\" 自 2027年1月1日 起\n",
     ""},
    {"JF0619", ITEM,
     "方案 \"乙省积分\" (yi)\n层级 省 330000\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0315", ITEM, "方案 \"乙市积分\" (yi)\n层级 市 330100\n来源 \"乙发\" 自 2027年1月1日 起\n",
     ""},
    {"JF0315", ITEM, "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 jia\n", ""},
    {"JF0303", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 wu\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0307", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 total\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0618", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 320100\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0308", ITEM,
     "方案 \"甲省积分\" (jia)\n层级 市 330100\n上级 jia\n来源 \"乙发\" 自 2027年1月1日 起\n", ""},
    {"JF0620", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 jia\n精度 0.001分\n来源 \"乙发\" 自 "
     "2027年1月1日 起\n",
     ""},
    {"JF0602", ITEM,
     "方案 \"乙市积分\" (yi)\n层级 市 330100\n上级 jia\n来源 \"乙发\" 自 2031年1月1日 起\n", ""},
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void folder_files(struct run *t, const struct folder *f)
{
    run_init(t);
    run_province(t, f->province);
    if (f->head != NULL) run_local(t, "local.md", f->head, f->local);
}

/* One more when the finding is not there; all rows are tried before the test fails. */
static size_t misses(const struct run *t, const char *code, const char *text)
{
    if (run_has(t, code)) return 0;
    print_message("# %s was not found in:\n# %s\n", code, text);
    run_print(t);
    return 1;
}

static void test_bodies(void **state)
{
    size_t missing = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct run t;
        run_body(&t, bodies[i].text);
        missing += misses(&t, bodies[i].code, bodies[i].text);
        run_done(&t);
    }
    assert_int_equal(missing, 0);
}

static void test_folders(void **state)
{
    size_t missing = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct run t;
        folder_files(&t, &folders[i]);
        run_compile(&t);
        missing += misses(&t, folders[i].code, folders[i].province);
        run_done(&t);
    }
    assert_int_equal(missing, 0);
}

/* ---- the same with memory that ends ---- */

/* Compile the texts of `from` in an arena of their own, which gives `limit` allocations (0: as many
 * as it takes); returns how many were asked for. */
static uint64_t compile_within(const struct run *from, uint64_t limit)
{
    struct src_file files[FILES_MOST];
    const struct rules *rules = NULL;
    struct diag_list diags;
    struct arena a;
    uint64_t count;
    enum err e;

    memcpy(files, from->files, sizeof files);
    arena_init(&a, 0);
    diag_list_init(&diags, &a);
    a.fail_at = limit;
    e = rules_compile(&a, files, from->file_count, &diags, &rules);
    assert_int_equal(e == ERR_OK, rules != NULL);
    if (limit > 0) assert_int_equal(e, ERR_NOMEM);
    count = a.allocations;
    arena_done(&a);
    return count;
}

#define LAST 30u /* where a mistake is said; what comes before is tried here and there */
#define STEP 29u

static void torture(const struct run *t)
{
    uint64_t most = compile_within(t, 0);

    for (uint64_t n = 1; n <= most; n += n + LAST < most ? STEP : 1)
        (void)compile_within(t, n);
}

static void test_bodies_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct run t;
        run_body(&t, bodies[i].text);
        torture(&t);
        run_done(&t);
    }
}

static void test_folders_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct run t;
        folder_files(&t, &folders[i]);
        torture(&t);
        run_done(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_folders),
        cmocka_unit_test(test_bodies_without_memory),
        cmocka_unit_test(test_folders_without_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-refusals", tests, NULL, NULL);
}
