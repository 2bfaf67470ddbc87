/* jifen import: register files into a database, each staged, shown and accepted. */
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "cli/cli.h"
#include "service/loads.h"
#include "service/rule_files.h"

#define MORNING (9 * 3600 * MICROS_PER_SECOND)

struct import {
    struct cli *c;
    struct rule_set set;
    struct keyring *keys;
    struct store *store;
    struct caller who;
    uint64_t refused;
    bool waits; /* a load waits for a second person */
};

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

static struct str random_key(struct arena *a)
{
    uint8_t random[16];
    struct buf b;

    crypt_random(random, sizeof random);
    buf_init(&b, 0);
    base64url_add(&b, (struct str){(const char *)random, sizeof random});
    const struct str key = str_copy(a, buf_str(&b));
    buf_done(&b);
    return key;
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
    const struct load_ask ask = {
        .reg = register_of(m->c, path),
        .mode = mode_of(m->c),
        .encoding =
            str_eq(str_from_c(m->c->value[OPT_ENCODING]), STR("gb18030")) ? CSV_GB18030 : CSV_UTF8,
        .file_name = base_name(path),
        .bytes = bytes};

    buf_init(&trouble, 0);
    progress_start(&p, m->c, path, path);
    x->progress = show_done;
    x->progress_ctx = &p;
    enum err e = load_stage(x, random_key(x->a), &ask, &l, &trouble);
    if (e == ERR_OK && m->c->value[OPT_STAGE] == NULL)
        e = load_accept(x, random_key(x->a), l.object.number, &l);
    progress_end(&p);
    if (trouble.n > 0) cli_print(m->c->world.err, &trouble);
    buf_done(&trouble);
    if (e == ERR_NOT_FOUND) cli_say1(m->c, CLI_NO_REGISTER, ask.reg);
    if (e != ERR_OK) return e;
    say_load(m, path, &l);
    m->waits |= str_eq(l.object.state, STR("waiting_second"));
    return l.counts.refused > 0 ? write_errors(x, m, path, &l) : ERR_OK;
}

/* One operand, in an arena of its own. */
static enum err import_one(struct import *m, const char *path)
{
    struct arena a;
    struct file_map file;
    struct loads x = {.s = m->store, .a = &a, .r = m->set.rules, .c = &m->who};
    if (m->c->value[OPT_SHARE]) x.share_permille = (uint32_t)m->c->number[OPT_SHARE];
    enum err e = file_map(path, &file);

    if (e != ERR_OK) {
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

static enum err open_all(struct import *m, struct diag_list *diags)
{
    const struct store_register *regs;
    uint32_t count;
    struct timespec t;
    enum err e = cli_load_rules(m->c, &m->c->value[OPT_RULES], 1, diags, &m->set);

    if (e != ERR_OK) return e;
    e = cli_open_keys(m->c, &m->keys);
    if (e == ERR_OK) e = store_open(str_from_c(m->c->value[OPT_DB]), m->keys, &m->store);
    if (e == ERR_OK) e = facts_registers(&m->c->arena, m->set.rules, &regs, &count);
    if (e == ERR_OK) e = store_registers(m->store, regs, count);
    clock_gettime(CLOCK_REALTIME, &t);
    m->who = (struct caller){.role = ROLE_SYSTEM,
                             .office = STR("command line"),
                             .purpose = STR("supply"),
                             .lang = m->c->lang,
                             .now = (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000};
    if (m->c->value[OPT_RECORDED])
        m->who.now = date_first_instant((int32_t)m->c->number[OPT_RECORDED]) + MORNING;
    m->who.today = date_of_instant(m->who.now);
    return e;
}

int run_import(struct cli *c)
{
    struct import m = {.c = c};
    struct diag_list diags;
    enum err e = open_all(&m, &diags);

    if (m.set.rules == NULL) return cli_rules_failed(c, e, &diags, &m.set);
    for (size_t i = 0; i < c->operand_count && e == ERR_OK; i++)
        e = import_one(&m, c->operands[i]);
    int code = err_exit_code(e);
    if (e == ERR_IO || e == ERR_BUSY || e == ERR_VERSION || e == ERR_CORRUPT)
        code = cli_store_failed(c, e, m.store ? store_error(m.store) : STR(""));
    if (m.waits) cli_say(c, CLI_LOAD_WAITS, NULL, 0);
    store_close(m.store);
    keyring_free(m.keys);
    return e == ERR_OK && m.refused > 0 ? err_exit_code(ERR_ROWS) : code;
}
