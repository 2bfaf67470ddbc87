/* Sources for the checker's tests. The catalogue has one register of every shape. */
#include "tests/unit/check/support.h"

static const char first_line[] = "规则语言 中文 1\n\n# 依据\n\n```规则\n";

static const char province_head[] =
    "方案 \"甲省积分\" / \"Points\" (jia)\n层级 省 330000\n"
    "来源 \"甲发〔2026〕1号\" / \"Document 1\" 自 2026年1月1日 起至 2030年12月31日 止\n"
    "等级 级别 (grade): 低 (low) < 中 (middle) < 高 (high)\n"
    "类别 种类 (kind): 红 (red), 蓝 (blue), 绿 (green)\n"
    "单位 小时 (hour)\n"
    "登记 人员 (person) 由 \"公安\" 每人一条:\n"
    "  出生日期 (birth_date): 日期\n"
    "  甲数 (a): 整数 范围 0 至 3 空为 未知\n"
    "  乙数 (b): 整数 范围 0 至 3 空为 未知\n"
    "  丙数 (c): 整数 范围 0 至 3 空为 未知\n"
    "  级 (own_grade): 级别 空为 未知\n"
    "  类 (own_kind): 种类 空为 未知\n"
    "  党员 (member): 是否 空为 未知\n"
    "登记 奖励 (award) 由 \"文化\" 至多 20条:\n"
    "  日期一 (day): 日期 时点 空为 早已\n"
    "  奖级 (level): 级别\n"
    "  时长 (hours): 整数 小时 范围 1小时 至 100小时\n"
    "  奖金 (prize): 金额 范围 0元 至 1000元\n"
    "  份额 (part): 比例\n"
    "  编号码 (code): 编号\n"
    "登记 学历 (education) 由 \"教育\" 无记录为未知:\n"
    "  层次 (stage): 级别\n"
    "登记 居住 (stay) 由 \"公安\":\n"
    "  地点 (place): 区划\n"
    "  起日 (from): 日期 始\n"
    "  止日 (to): 日期 终 空为 至今\n"
    "登记 缴纳 (paid) 由 \"社保\":\n"
    "  起月 (from_month): 月份 始\n"
    "  止月 (to_month): 月份 终\n";

void run_init(struct run *t)
{
    memset(t, 0, sizeof *t);
    arena_init(&t->arena, 0);
    diag_list_init(&t->diags, &t->arena);
}

void run_done(struct run *t)
{
    arena_done(&t->arena);
}

void run_file(struct run *t, const char *path, struct str text)
{
    struct src_file *f = &t->files[t->file_count++];

    assert_true(t->file_count <= FILES_MOST);
    f->path = str_copy(&t->arena, str_from_c(path));
    f->text = str_copy(&t->arena, text);
    assert_non_null(f->text.p);
}

static void add(struct run *t, const char *name, const char *head, const char *code)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add_c(&b, first_line);
    buf_add_c(&b, head);
    buf_add_c(&b, code);
    buf_add_c(&b, "```\n");
    run_file(t, name, buf_str(&b));
    buf_done(&b);
}

void run_province(struct run *t, const char *code)
{
    add(t, "province.md", province_head, code);
}

void run_local(struct run *t, const char *name, const char *head, const char *code)
{
    add(t, name, head, code);
}

void run_compile(struct run *t)
{
    t->rules = NULL;
    t->err = rules_compile(&t->arena, t->files, t->file_count, &t->diags, &t->rules);
}

void run_body(struct run *t, const char *body)
{
    struct buf b;

    run_init(t);
    buf_init(&b, 0);
    buf_add_c(&b, "总分 总积分 (total)\n指标 项目 (item) 归 总积分:\n  ");
    for (const char *p = body; *p != '\0'; p++) {
        buf_add_char(&b, *p);
        if (*p == '\n') buf_add_c(&b, "  ");
    }
    buf_add_c(&b, "\n");
    run_province(t, buf_str(&b).n > 0 ? str_copy(&t->arena, buf_str(&b)).p : "");
    buf_done(&b);
    run_compile(t);
}

bool run_has(const struct run *t, const char *code)
{
    for (size_t i = 0; i < t->diags.count; i++)
        if (strcmp(t->diags.items[i].message->code, code) == 0) return true;
    return false;
}

void run_print(const struct run *t)
{
    struct buf b;

    buf_init(&b, 0);
    for (size_t i = 0; i < t->diags.count; i++)
        diag_render(&b, &t->diags.items[i], t->files, t->file_count, LANG_ZH);
    print_message("%.*s", STR_ARG(buf_str(&b)));
    buf_done(&b);
}

const struct rule_node *run_root(const struct run *t)
{
    if (t->rules == NULL) run_print(t);
    assert_non_null(t->rules);
    assert_int_equal(t->rules->clause_count, 1);
    return &t->rules->nodes[t->rules->clauses[0].body];
}

int32_t find_indicator(const struct rules *r, const char *ascii)
{
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (str_eq(r->indicators[i].name.ascii, str_from_c(ascii))) return (int32_t)i;
    return -1;
}

int32_t find_group(const struct rules *r, const char *ascii)
{
    for (uint32_t i = 0; i < r->group_count; i++)
        if (str_eq(r->groups[i].name.ascii, str_from_c(ascii))) return (int32_t)i;
    return -1;
}

int32_t find_param(const struct rules *r, const char *ascii)
{
    for (uint32_t i = 0; i < r->param_count; i++)
        if (str_eq(r->params[i].name.ascii, str_from_c(ascii))) return (int32_t)i;
    return -1;
}
