/* jifen rules check, test, fmt, compile. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "engine/check.h"

/* --- check and test --------------------------------------------------------------------------- */

struct checked {
    struct rule_set set;
    struct diag_list diags;
    struct check_result result;
};

static int load(struct cli *c, struct checked *k)
{
    *k = (struct checked){0};
    enum err e = cli_load_rules(c, c->operands, c->operand_count, &k->diags, &k->set);
    return e == ERR_OK ? 0 : cli_rules_failed(c, e, &k->diags, &k->set);
}

static void print_line(const struct cli *c, const char *zh, const char *en, const uint64_t *counts,
                       size_t n)
{
    struct buf out, numbers[6];
    struct str args[6];
    buf_init(&out, 0);
    for (size_t i = 0; i < n; i++) {
        buf_init(&numbers[i], 0);
        buf_add_int(&numbers[i], (int64_t)counts[i]);
        args[i] = buf_str(&numbers[i]);
    }
    message_add(&out, c->lang == LANG_ZH ? zh : en, args, n);
    buf_add_char(&out, '\n');
    cli_print(c->world.out, &out);
    for (size_t i = 0; i < n; i++)
        buf_done(&numbers[i]);
    buf_done(&out);
}

/* Findings, one line of counts, and the exit code. A failed case is an error whatever its
 * finding's severity. */
static int finish(struct cli *c, struct checked *k, enum err e)
{
    diag_sort(&k->diags);
    cli_show_findings(c, &k->diags, k->set.files, k->set.file_count);
    if (e != ERR_OK && e != ERR_RULES) return cli_fail(c, e, (struct str){NULL, 0});
    const struct check_result *r = &k->result;
    uint64_t warnings = k->diags.count + k->diags.dropped - k->diags.errors;
    print_line(c, "错误 {0}，警告 {1}", "errors {0}, warnings {1}",
               (uint64_t[]){k->diags.errors, warnings}, 2);
    bool failed =
        e == ERR_RULES || k->diags.errors > 0 || r->cases_failed > 0 || r->properties_failed > 0;
    return failed ? err_exit_code(ERR_RULES) : 0;
}

int run_rules_check(struct cli *c)
{
    struct checked k;
    int code = load(c, &k);
    if (code != 0) return code;
    const struct rules *r = k.set.rules;
    enum err e = check_cases(&c->arena, r, &k.diags, &k.result);
    if (e == ERR_OK || e == ERR_RULES) e = check_edges(&c->arena, r, &k.diags, &k.result);
    print_line(c, "方案 {0}，指标 {1}，条 {2}，登记 {3}",
               "schemes {0}, indicators {1}, clauses {2}, registers {3}",
               (uint64_t[]){r->scheme_count, r->indicator_count, r->clause_count, r->reg_count}, 4);
    print_line(
        c, "用例 {0}，不符 {1}；边界 {2}，没有用例的 {3}",
        "cases {0}, failed {1}; edges {2}, without a case {3}",
        (uint64_t[]){k.result.cases, k.result.cases_failed, k.result.edges, k.result.edges_bare},
        4);
    return finish(c, &k, e);
}

int run_rules_test(struct cli *c)
{
    struct checked k;
    int code = load(c, &k);
    if (code != 0) return code;
    uint64_t seed = c->value[OPT_SEED] != NULL ? (uint64_t)c->number[OPT_SEED] : 1;
    uint32_t residents =
        c->value[OPT_RESIDENTS] != NULL ? (uint32_t)c->number[OPT_RESIDENTS] : 1000;
    enum err e = check_cases(&c->arena, k.set.rules, &k.diags, &k.result);
    if (e == ERR_OK || e == ERR_RULES)
        e = check_properties(&c->arena, k.set.rules, seed, residents, &k.diags, &k.result);
    print_line(c, "用例 {0}，不符 {1}", "cases {0}, failed {1}",
               (uint64_t[]){k.result.cases, k.result.cases_failed}, 2);
    print_line(c, "性质 {0}，不成立 {1}（种子 {2}，每条随机居民 {3}）",
               "properties {0}, failed {1} (seed {2}, random residents each {3})",
               (uint64_t[]){k.result.properties, k.result.properties_failed, seed, residents}, 4);
    return finish(c, &k, e);
}

/* --- compile ---------------------------------------------------------------------------------- */

static enum err write_whole(const char *path, struct str bytes)
{
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    if (bytes.n > 0 && fwrite(bytes.p, 1, bytes.n, f.stream) != bytes.n) {
        file_new_abandon(&f);
        return ERR_IO;
    }
    return file_new_commit(&f);
}

int run_rules_compile(struct cli *c)
{
    struct checked k;
    int code = load(c, &k);
    if (code != 0) return code;
    struct buf image;
    buf_init(&image, 0);
    const char *path = c->value[OPT_OUTPUT];
    enum err e = rules_image_write(k.set.rules, &image);
    if (e == ERR_OK) e = buf_err(&image);
    if (e == ERR_OK) e = write_whole(path, buf_str(&image));
    buf_done(&image);
    if (e != ERR_OK) return cli_fail(c, e, str_from_c(path));
    cli_show_findings(c, &k.diags, k.set.files, k.set.file_count);
    struct buf out;
    buf_init(&out, 0);
    hash_add_text(&out, &k.set.rules->hash);
    buf_printf(&out, "  %s\n", path);
    cli_print(c->world.out, &out);
    buf_done(&out);
    return 0;
}

/* --- fmt -------------------------------------------------------------------------------------- */

/* The folder a path lies in, for the dictionary: names may be declared in its other files. */
static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str folder = slash == NULL ? STR(".") : (struct str){path, (size_t)(slash - path)};
    if (folder.n == 0) folder = STR("/");
    return str_copy(a, folder).p;
}

static bool is_one_of(const struct rule_set *set, struct str path)
{
    for (size_t i = 0; i < set->file_count; i++)
        if (str_eq(set->files[i].path, path)) return true;
    return false;
}

struct formatting {
    struct cli *c;
    struct rule_set set;  /* what is to be formatted */
    struct src_file *all; /* that, and what else the dictionary needs */
    size_t all_count;
    struct ast_file *trees; /* per file of `all` */
    struct diag_list diags;
    struct names *names;
};

/* Other rule files in the folders of the operands that are files (a folder brings all of its own);
 * a folder that cannot be read adds nothing. */
static enum err add_neighbours(struct formatting *f)
{
    struct arena *a = &f->c->arena;
    const char *folders[OPERANDS_MAX];
    size_t folder_count = 0;
    for (size_t i = 0; i < f->c->operand_count; i++) {
        if (!is_one_of(&f->set, str_from_c(f->c->operands[i]))) continue;
        folders[folder_count] = folder_of(a, f->c->operands[i]);
        if (folders[folder_count++] == NULL) return ERR_NOMEM;
    }
    struct rule_set more = {0};
    enum err e = folder_count == 0 ? ERR_OK : rule_files_read(a, folders, folder_count, &more);
    if (e == ERR_NOMEM) return e;
    f->all = ARENA_ARRAY(a, struct src_file, f->set.file_count + more.file_count);
    if (f->all == NULL) return ERR_NOMEM;
    memcpy(f->all, f->set.files, f->set.file_count * sizeof *f->all);
    f->all_count = f->set.file_count;
    for (size_t i = 0; e == ERR_OK && i < more.file_count; i++) {
        /* "./x.md" of the folder "." is "x.md" as an operand */
        struct str path = more.files[i].path;
        struct str bare = str_starts(path, STR("./")) ? (struct str){path.p + 2, path.n - 2} : path;
        if (!is_one_of(&f->set, path) && !is_one_of(&f->set, bare))
            f->all[f->all_count++] = more.files[i];
    }
    return ERR_OK;
}

/* Parse everything; a neighbour with errors only lacks in the dictionary. */
static enum err parse_all(struct formatting *f)
{
    struct arena *a = &f->c->arena;
    struct diag_list others;
    diag_list_init(&f->diags, a);
    diag_list_init(&others, a);
    f->trees = ARENA_ARRAY(a, struct ast_file, f->all_count);
    if (f->trees == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < f->all_count; i++) {
        struct diag_list *diags = i < f->set.file_count ? &f->diags : &others;
        enum err e = parse_file(a, f->all, (uint32_t)i, diags, &f->trees[i]);
        if (e == ERR_NOMEM || (e != ERR_OK && i < f->set.file_count)) return e;
    }
    if (f->diags.errors > 0) return ERR_RULES;
    enum err e = names_build(a, f->trees, f->all_count, &f->diags, &f->names);
    if (e != ERR_OK) return e;
    return f->diags.errors > 0 ? ERR_RULES : ERR_OK;
}

/* One file: written back, printed, or only compared. *differs is set when it is not canonical. */
static enum err format_one(struct formatting *f, size_t i, bool *differs)
{
    struct cli *c = f->c;
    const char *to = c->value[OPT_TO_LANG];
    enum lang lang = f->all[i].lang;
    if (to != NULL) IGNORE_ERR(lang_from_str(str_from_c(to), &lang)); /* args.c has checked it */
    struct buf out;
    buf_init(&out, 0);
    enum err e = format_file(&f->trees[i], f->names, lang, &out);
    if (e == ERR_OK) e = buf_err(&out);
    bool same = e == ERR_OK && str_eq(buf_str(&out), f->all[i].text);
    if (e == ERR_OK && c->value[OPT_CHECK] != NULL) {
        if (!same) cli_say1(c, CLI_NOT_FORMATTED, f->all[i].path);
    } else if (e == ERR_OK && c->value[OPT_WRITE] != NULL) {
        if (!same) e = write_whole(f->all[i].path.p, buf_str(&out));
    } else if (e == ERR_OK) {
        cli_print(c->world.out, &out);
    }
    if (e == ERR_OK && !same) *differs = true;
    buf_done(&out);
    return e;
}

int run_rules_fmt(struct cli *c)
{
    struct formatting f = {.c = c};
    if (c->value[OPT_CHECK] != NULL && c->value[OPT_WRITE] != NULL) {
        struct str args[] = {STR("--check"), STR("--write")};
        cli_say(c, CLI_CLASH, args, 2);
        return err_exit_code(ERR_USAGE);
    }
    enum err e = rule_files_read(&c->arena, c->operands, c->operand_count, &f.set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &f.diags, &f.set);
    e = add_neighbours(&f);
    if (e == ERR_OK) e = parse_all(&f);
    if (e == ERR_RULES) {
        f.set.files = f.all; /* findings may name a neighbour */
        f.set.file_count = f.all_count;
        diag_sort(&f.diags);
        return cli_rules_failed(c, e, &f.diags, &f.set);
    }
    bool differs = false;
    size_t i = 0;
    for (; e == ERR_OK && i < f.set.file_count; i++)
        e = format_one(&f, i, &differs);
    if (e != ERR_OK) return cli_fail(c, e, i > 0 ? f.all[i - 1].path : (struct str){NULL, 0});
    return differs && c->value[OPT_CHECK] != NULL ? err_exit_code(ERR_RULES) : 0;
}
