/* jifen import: register files into a database, each staged, shown and accepted. */
#include <string.h>

#include "base/file.h"
#include "cli/import.h"

static struct str base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return str_from_c(slash ? slash + 1 : path);
}

/* --register, or what the file is called without its ending. */
static struct str register_of(const struct cli *c, const char *path)
{
    const struct str name = base_name(path);
    const char *dot = memrchr(name.p, '.', name.n);

    if (c->value[OPT_REGISTER]) return str_from_c(c->value[OPT_REGISTER]);
    return (struct str){name.p, dot ? (size_t)(dot - name.p) : name.n};
}

static enum load_mode mode_of(const struct cli *c)
{
    const struct str word = str_from_c(c->value[OPT_MODE]);

    for (int m = 0; m < LOAD_MODE_COUNT; m++)
        if (str_eq(word, str_from_c(load_mode_words[m]))) return (enum load_mode)m;
    return LOAD_FULL;
}

static void show_done(void *ctx, uint64_t done, uint64_t total)
{
    progress_show(ctx, done, done, total);
}

static void say_load(const struct import *m, const char *path, const struct load *l)
{
    const struct load_counts *n = &l->counts;

    fprintf(
        m->c->world.out,
        m->c->lang == LANG_ZH
            ? "%s：%llu 行，拒绝 %llu，新增人员 %llu，新增 %llu，收回 %llu，不变 %llu；批次 "
              "%.*s，%s\n"
            : "%s: rows %llu, refused %llu, new persons %llu, added %llu, taken back %llu, same "
              "%llu; load %.*s, %s\n",
        path, (unsigned long long)n->rows, (unsigned long long)n->refused,
        (unsigned long long)n->persons_new, (unsigned long long)n->added,
        (unsigned long long)n->removed, (unsigned long long)n->same, STR_ARG(l->object.number),
        life_state_named(&load_life, l->object.state)->text[m->c->lang]);
    if (l->quality.same_as.n > 0)
        fprintf(m->c->world.out,
                m->c->lang == LANG_ZH ? "  同一个文件已由批次 %.*s 入库\n"
                                      : "  the very same file came with load %.*s\n",
                STR_ARG(l->quality.same_as));
    fflush(m->c->world.out); /* whoever reads it knows at once what is stored */
}

/* The refused rows go beside the file. */
static enum err write_errors(struct loads *x, struct import *m, const char *path,
                             const struct load *l)
{
    struct str csv;
    struct file_new f;
    struct buf name;
    enum err e = load_errors(x, l->object.number, &csv);

    if (e != ERR_OK) return e;
    buf_init(&name, 0);
    buf_printf(&name, "%s.errors.csv", path);
    buf_add_char(&name, '\0');
    e = buf_err(&name);
    if (e == ERR_OK) e = file_new_open(name.p, &f);
    if (e == ERR_OK) {
        if (fwrite(csv.p, 1, csv.n, f.stream) == csv.n) {
            e = file_new_commit(&f);
        } else {
            file_new_abandon(&f);
            e = ERR_IO;
        }
    }
    if (e == ERR_OK) cli_say1(m->c, CLI_LOAD_REFUSED, str_from_c(name.p));
    buf_done(&name);
    m->refused += l->counts.refused;
    return e;
}

static enum err load_file(struct import *m, struct loads *x, const char *path, struct str bytes)
{
    struct buf trouble;
    struct load l;
    struct progress p;
    const struct load_ask ask = {.reg = register_of(m->c, path),
                                 .mode = mode_of(m->c),
                                 .encoding = cli_encoding(m->c),
                                 .file_name = base_name(path),
                                 .bytes = bytes};

    buf_init(&trouble, 0);
    progress_start(&p, m->c, path, path);
    x->progress = show_done;
    x->progress_ctx = &p;
    enum err e = load_stage(x, import_key(x->a), &ask, &l, &trouble);
    if (e == ERR_OK && m->c->value[OPT_STAGE] == NULL)
        e = load_accept(x, import_key(x->a), l.object.number, &l);
    progress_end(&p);
    if (trouble.n > 0) cli_print(m->c->world.err, &trouble);
    buf_done(&trouble);
    m->is_said = e == ERR_INPUT || e == ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND) cli_say1(m->c, CLI_NO_REGISTER, ask.reg);
    import_say_failure(m, x, ask.reg, e);
    if (e != ERR_OK) return e;
    say_load(m, path, &l);
    import_say_next(m, &l);
    return l.counts.refused > 0 ? write_errors(x, m, path, &l) : ERR_OK;
}

/* One operand, in an arena of its own. */
static enum err import_one(struct import *m, const char *path)
{
    struct arena a;
    struct file_map file;
    struct loads x = import_work(m, &a);
    enum err e = file_map(path, &file);

    if (e != ERR_OK) {
        m->is_said = true;
        cli_say1(m->c, e == ERR_NOT_FOUND ? CLI_PATH_MISSING : CLI_PATH_UNREADABLE,
                 str_from_c(path));
        return e;
    }
    arena_init(&a, 0);
    e = load_file(m, &x, path, file.bytes);
    loads_done(&x);
    arena_done(&a);
    file_unmap(&file);
    return e;
}

int run_import(struct cli *c)
{
    struct import m;
    int code;
    enum err e = import_open(&m, c, &code);

    if (e != ERR_OK) return code;
    for (size_t i = 0; i < c->operand_count && e == ERR_OK; i++)
        e = import_one(&m, c->operands[i]);
    return import_exit(&m, e);
}
