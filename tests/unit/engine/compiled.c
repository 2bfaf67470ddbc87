/* Rule texts compiled for a test: see the header. */
#include "compiled.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

const char compiled_head[] = "规则语言 中文 1\n\n# 试验办法\n\n## 第一条 登记\n\n```规则\n"
                             "方案 \"试验\" / \"Trial\" (trial)\n"
                             "层级 省 330000\n"
                             "精度 0.01分\n"
                             "来源 \"试字1号\" / \"Trial No. 1\" 自 2020年1月1日 起\n\n"
                             "登记 人员 (person) 由 \"公安\" / \"Police\" 每人一条:\n"
                             "  出生日期 (birth_date): 日期\n"
                             "类别 状态值 (state): 有效 (valid), 中止 (suspended)\n"
                             "登记 证件 (permit) 由 \"公安\" / \"Police\" 不得重叠:\n"
                             "  所在地 (division): 区划\n"
                             "  状态 (status): 状态值\n"
                             "  起日 (from): 日期 始\n"
                             "  止日 (to): 日期 终 空为 至今\n"
                             "等级 层次 (rank): 低 (low) < 中 (middle) < 高 (high)\n"
                             "登记 学业 (study) 由 \"教育\" / \"Education\":\n"
                             "  层级别 (level): 层次\n"
                             "  取得日 (on): 日期 时点 空为 早已\n"
                             "登记 服务 (service) 由 \"团委\" / \"League\":\n"
                             "  起日 (from): 日期 始\n"
                             "  止日 (to): 日期 终 空为 至今\n"
                             "  事项 (matter): 编号\n"
                             "登记 处罚 (penalty) 由 \"公安\" / \"Police\":\n"
                             "  决定日 (decided): 日期 时点 空为 未知\n"
                             "  事项 (matter): 编号 空为 未知\n"
                             "  金额 (amount): 金额 范围 0元 至 9万元\n"
                             "总分 总积分 (total) 满分 300分\n"
                             "效力 证件 按 状态 地 所在地:\n"
                             "  有效: 生效 in_force\n"
                             "  中止: 失效 void_suspended\n"
                             "  无记录: 失效 no_permit\n"
                             "```\n\n## 第二条 计分\n\n```规则\n";

static void compile(struct compiled *c)
{
    diag_list_init(&c->diags, &c->arena);
    enum err e = rules_compile(&c->arena, c->files, c->file_count, &c->diags, &c->r);
    if (e == ERR_OK) return;
    fprintf(stderr, "%s\n%s", err_text(e), compiled_findings(c, LANG_EN));
    abort();
}

void compiled_text(struct compiled *c, const char *text)
{
    memset(c, 0, sizeof *c);
    arena_init(&c->arena, 0);
    c->files[0] =
        (struct src_file){.path = STR("test.md"), .text = str_copy(&c->arena, str_from_c(text))};
    c->file_count = 1;
    compile(c);
}

static int is_rule_file(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 3 && strcmp(d->d_name + n - 3, ".md") == 0 && strncmp(d->d_name, "README", 6) != 0;
}

void compiled_folder(struct compiled *c, const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, is_rule_file, alphasort);

    memset(c, 0, sizeof *c);
    arena_init(&c->arena, 0);
    if (count <= 0 || count > 8) abort();
    for (int i = 0; i < count; i++) {
        struct file_map m;
        char full[4096];
        snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
        if (file_map(full, &m) != ERR_OK) abort();
        c->files[c->file_count++] =
            (struct src_file){.path = str_copy(&c->arena, str_from_c(names[i]->d_name)),
                              .text = str_copy(&c->arena, m.bytes)};
        file_unmap(&m);
        free(names[i]);
    }
    free(names);
    compile(c);
}

void compiled_done(struct compiled *c)
{
    arena_done(&c->arena);
}

const char *compiled_findings(struct compiled *c, enum lang lang)
{
    struct buf b;

    buf_init(&b, 0);
    diag_sort(&c->diags);
    for (size_t i = 0; i < c->diags.count; i++)
        diag_render(&b, &c->diags.items[i], c->files, c->file_count, lang);
    const char *text = str_copy(&c->arena, buf_str(&b)).p;
    buf_done(&b);
    return text;
}
