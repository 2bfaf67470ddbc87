/* jifen import list, accept, second, drop, reverse: the loads that are there. */
#include "cli/import.h"

typedef enum err step(struct loads *x, struct str key, struct str number, struct load *ret);

static void add_day(struct buf *b, int32_t day)
{
    if (day < DATE_OPEN_END)
        date_add_text(b, day);
    else
        buf_add_char(b, '-');
}

static void say_load(const struct cli *c, const struct load *l)
{
    const struct load_counts *n = &l->counts;
    struct buf staged, deadline;

    buf_init(&staged, 0);
    buf_init(&deadline, 0);
    add_day(&staged, date_of_instant(l->object.opened));
    add_day(&deadline, l->object.deadline_day);
    fprintf(c->world.out,
            c->lang == LANG_ZH ? "%.*s  %s  %.*s  %.*s  %.*s  %.*s  %llu 行，新增 %llu，收回 %llu\n"
                               : "%.*s  %s  %.*s  %.*s  %.*s  %.*s  rows %llu, added %llu, taken "
                                 "back %llu\n",
            STR_ARG(l->object.number), life_state_named(&load_life, l->object.state)->text[c->lang],
            STR_ARG(l->reg), STR_ARG(l->file_name), STR_ARG(buf_str(&staged)),
            STR_ARG(buf_str(&deadline)), (unsigned long long)n->rows, (unsigned long long)n->added,
            (unsigned long long)n->removed);
    fflush(c->world.out); /* what comes next stands behind it */
    buf_done(&staged);
    buf_done(&deadline);
}

/* One page; *after moves to its last load. */
static enum err list_page(struct import *m, int64_t *after, uint32_t *ret_count)
{
    struct arena a;
    struct load *items;

    arena_init(&a, 0);
    struct loads x = import_work(m, &a);
    const enum err e = load_list(&x, *after, &items, ret_count);
    for (uint32_t i = 0; e == ERR_OK && i < *ret_count; i++) {
        say_load(m->c, &items[i]);
        *after = items[i].object.id;
    }
    arena_done(&a);
    return e;
}

int run_import_list(struct cli *c)
{
    struct import m;
    int64_t after = 0;
    uint32_t count = 1;
    int code;
    enum err e = import_open(&m, c, &code);

    if (e != ERR_OK) return code;
    while (e == ERR_OK && count > 0)
        e = list_page(&m, &after, &count);
    return import_exit(&m, e);
}

static int run_step(struct cli *c, step *run)
{
    const struct str number = str_from_c(c->operands[0]);
    struct import m;
    struct load l;
    int code;
    enum err e = import_open(&m, c, &code);

    if (e != ERR_OK) return code;
    struct loads x = import_work(&m, &c->arena);
    e = run(&x, import_key(&c->arena), number, &l);
    if (e == ERR_NOT_FOUND) {
        cli_say1(c, CLI_NO_LOAD, number);
        m.is_said = true;
    }
    import_say_failure(&m, &x, number, e);
    if (e == ERR_OK) {
        say_load(c, &l);
        import_say_next(&m, &l);
    }
    return import_exit(&m, e);
}

int run_import_accept(struct cli *c)
{
    return run_step(c, load_accept);
}

int run_import_second(struct cli *c)
{
    return run_step(c, load_second);
}

int run_import_drop(struct cli *c)
{
    return run_step(c, load_drop);
}

int run_import_reverse(struct cli *c)
{
    return run_step(c, load_reverse);
}
