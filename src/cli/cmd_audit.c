/* jifen audit: the chain verified, its records listed. */
#include <string.h>

#include "cli/cli.h"
#include "service/audit.h"

#define LIST_RECORDS 500 /* read at a time */

/* "16:ca05…": a head that somebody wrote down. */
static bool head_of(const struct cli *c, int64_t *ret_seq, struct hash *ret)
{
    const char *text = c->value[OPT_HEAD], *colon = strchr(text, ':');
    int64_t seq = 0;

    if (!colon || colon == text || colon - text > 18) return false;
    for (const char *p = text; p < colon; p++) {
        if (*p < '0' || *p > '9') return false;
        seq = seq * 10 + (*p - '0');
    }
    *ret_seq = seq;
    return seq > 0 && hash_parse(str_from_c(colon + 1), ret);
}

static void say_finding(const struct cli *c, const struct store_audit_finding *f)
{
    const struct message *m = f->seq != 0 ? store_fault_message(f->fault) : NULL;
    struct buf b;

    buf_init(&b, 0);
    hash_add_text(&b, &f->head);
    if (!m)
        fprintf(c->world.out,
                c->lang == LANG_ZH ? "完好：%lld 条，链头 %lld:%.*s\n"
                                   : "whole: %lld records, head %lld:%.*s\n",
                (long long)f->records, (long long)f->records, STR_ARG(buf_str(&b)));
    else
        fprintf(c->world.out,
                c->lang == LANG_ZH ? "第 %lld 条起不对：%s %s\n"
                                   : "wrong from record %lld on: %s %s\n",
                (long long)f->seq, m->code, m->text[c->lang]);
    buf_done(&b);
}

int run_audit_verify(struct cli *c)
{
    const bool has_head = c->value[OPT_HEAD] != NULL;
    struct store_audit_finding f;
    struct store *s;
    struct hash head;
    int64_t seq = 0;

    if (has_head && !head_of(c, &seq, &head)) {
        cli_say1(c, CLI_BAD_HEAD, str_from_c(c->value[OPT_HEAD]));
        return err_exit_code(ERR_USAGE);
    }
    enum err e = store_open(str_from_c(c->value[OPT_DB]), NULL, &s);
    if (e != ERR_OK) return cli_store_failed(c, e, STR(""));
    e = store_audit_verify(s, &c->arena, seq, has_head ? &head : NULL, &f);
    int code = e == ERR_OK ? 0 : cli_store_failed(c, e, store_error(s));
    if (e == ERR_OK) say_finding(c, &f);
    if (e == ERR_OK && f.seq != 0) code = err_exit_code(ERR_CORRUPT);
    store_close(s);
    return code;
}

/* The records behind *after, one JSON object a line. */
static enum err list_some(struct cli *c, struct store *s, int64_t *after, uint32_t *ret_count)
{
    struct store_audit_record *items;
    struct arena a;
    struct json j;
    struct buf b;

    arena_init(&a, 0);
    buf_init(&b, 0);
    enum err e = store_audit_list(s, &a, *after, LIST_RECORDS, &items, ret_count);
    for (uint32_t i = 0; e == ERR_OK && i < *ret_count; i++) {
        json_init(&j, &b, false);
        audit_put_record(&j, &items[i]);
        buf_add_char(&b, '\n');
        *after = items[i].seq;
    }
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK && b.n > 0) cli_print(c->world.out, &b);
    buf_done(&b);
    arena_done(&a);
    return e;
}

int run_audit_list(struct cli *c)
{
    int64_t after = c->value[OPT_AFTER] ? c->number[OPT_AFTER] : 0;
    uint32_t count = LIST_RECORDS;
    struct store *s;
    enum err e = store_open(str_from_c(c->value[OPT_DB]), NULL, &s);

    if (e != ERR_OK) return cli_store_failed(c, e, STR(""));
    while (e == ERR_OK && count == LIST_RECORDS)
        e = list_some(c, s, &after, &count);
    const int code = e == ERR_OK ? 0 : cli_store_failed(c, e, store_error(s));
    store_close(s);
    return code;
}
