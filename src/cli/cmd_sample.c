/* jifen sample and version. */
#include "base/division.h"
#include "cli/cli.h"
#include "service/sample.h"

static void show_making(void *ctx, uint64_t rows, uint64_t done, uint64_t total)
{
    progress_show(ctx, rows, done, total);
}

/* --division must be a county that exists. */
static bool is_county(struct cli *c)
{
    const int32_t code = (int32_t)c->number[OPT_DIVISION];

    if (c->value[OPT_DIVISION] == NULL ||
        (division_find(code) != NULL && division_level(code) == DIVISION_COUNTY))
        return true;
    cli_say1(c, CLI_NO_COUNTY, str_from_c(c->value[OPT_DIVISION]));
    return false;
}

int run_sample(struct cli *c)
{
    struct rule_set set;
    struct diag_list diags;
    if (!is_county(c)) return err_exit_code(ERR_USAGE);
    enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &diags, &set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &diags, &set);
    struct progress p;
    progress_start(&p, c, "生成", "making");
    struct sample_options o = {
        .dir = c->value[OPT_OUTPUT_DIR],
        .persons = (uint32_t)c->number[OPT_PERSONS],
        .seed = c->value[OPT_SEED] != NULL ? (uint64_t)c->number[OPT_SEED] : 1,
        .on = (int32_t)c->number[OPT_ON],
        .bad_per_1000000 = c->value[OPT_BAD] != NULL ? (uint32_t)c->number[OPT_BAD] : 0,
        .division = (int32_t)c->number[OPT_DIVISION],
        .identity = c->value[OPT_IDENTITY] != NULL,
        .progress = show_making,
        .progress_ctx = &p};
    struct sample_counts counts;
    e = sample_write(&c->arena, set.rules, &o, &counts);
    progress_end(&p);
    if (e != ERR_OK) return cli_fail(c, e, str_from_c(o.dir));
    fprintf(c->world.out,
            c->lang == LANG_ZH ? "%s：%u 个文件，%llu 行，其中弄坏 %llu 行\n"
                               : "%s: %u files, %llu rows, %llu of them spoilt\n",
            o.dir, counts.files, (unsigned long long)counts.rows,
            (unsigned long long)counts.bad_rows);
    return 0;
}

int run_version(struct cli *c)
{
    fprintf(c->world.out, "jifen %s\n", JIFEN_VERSION);
    return 0;
}
