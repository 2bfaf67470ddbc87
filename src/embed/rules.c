/* Statuses, texts, rules. */
#include "jifen.h"

#include <stdlib.h>
#include <string.h>

#include "embed/embed_internal.h"

const char *jifen_version(void)
{
    return JIFEN_VERSION;
}

static const char *const status_texts[] = {
    [JIFEN_OK] = "ok",
    [JIFEN_NO_MEMORY] = "no memory",
    [JIFEN_BAD_RULES] = "the rules have errors",
    [JIFEN_BAD_INPUT] = "input that cannot be used",
    [JIFEN_NOT_FOUND] = "not found",
    [JIFEN_NOT_IN_FORCE] = "no scheme is in force that day",
    [JIFEN_IO] = "reading failed",
    [JIFEN_WRONG_TIME] = "called at the wrong time",
    [JIFEN_NOT_COMPUTED] = "the figures leave 64 bits",
};

const char *jifen_status_text(int status)
{
    const size_t count = sizeof status_texts / sizeof *status_texts;

    return status >= 0 && (size_t)status < count ? status_texts[status] : "unknown status";
}

int embed_status(enum err e)
{
    static const struct {
        enum err e;
        int status;
    } rows[] = {{ERR_OK, JIFEN_OK},
                {ERR_NOMEM, JIFEN_NO_MEMORY},
                {ERR_RULES, JIFEN_BAD_RULES},
                {ERR_CORRUPT, JIFEN_BAD_RULES},
                {ERR_IO, JIFEN_IO},
                {ERR_NOT_FOUND, JIFEN_NOT_FOUND},
                {ERR_OVERFLOW, JIFEN_NOT_COMPUTED}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == e) return rows[i].status;
    return JIFEN_BAD_INPUT;
}

void jifen_text_free(char *text)
{
    free(text);
}

char *embed_text(struct buf *b)
{
    char *text = NULL;

    buf_add_char(b, '\0');
    if (!b->failed) text = strdup(b->p);
    buf_done(b);
    return text;
}

int embed_fail(int status, struct buf *b, char **ret)
{
    char *text = embed_text(b);

    if (ret)
        *ret = text;
    else
        free(text);
    return status;
}

int embed_give(enum err e, struct buf *b, char **ret_text)
{
    if (b->n > 0 && b->p[b->n - 1] != '\n') buf_add_char(b, '\n');
    char *text = embed_text(b);

    if (e != ERR_OK || !text) {
        free(text);
        return e != ERR_OK ? embed_status(e) : JIFEN_NO_MEMORY;
    }
    *ret_text = text;
    return JIFEN_OK;
}

enum lang embed_lang(int lang)
{
    return lang == JIFEN_EN ? LANG_EN : LANG_ZH;
}

/* ---- rules ---- */

static void say_why(struct buf *b, const char *path, enum err e, const struct rule_set *set,
                    const struct diag_list *diags, enum lang lang)
{
    for (size_t i = 0; i < diags->count; i++)
        diag_render(b, &diags->items[i], set->files, set->file_count, lang);
    if (diags->count > 0) return;
    const struct str at = set->trouble.n > 0 ? set->trouble : str_from_c(path);
    buf_printf(b, lang == LANG_ZH ? "规则 %.*s 不能用：%s" : "the rules %.*s cannot be used: %s",
               STR_ARG(at), err_text(e));
}

int jifen_rules_load(const char *path, int lang, struct jifen_rules **ret, char **ret_message)
{
    struct jifen_rules *r = calloc(1, sizeof *r);
    struct diag_list diags;
    struct buf b;

    if (ret_message) *ret_message = NULL;
    if (!r) return JIFEN_NO_MEMORY;
    arena_init(&r->arena, 0);
    diag_list_init(&diags, &r->arena);
    r->lang = embed_lang(lang);
    const enum err e = rule_set_load(&r->arena, &path, 1, &diags, &r->set);
    buf_init(&b, 0);
    if (e != ERR_OK) {
        say_why(&b, path, e, &r->set, &diags, r->lang);
        jifen_rules_free(r);
        return embed_fail(embed_status(e), &b, ret_message);
    }
    r->rules = r->set.rules;
    hash_add_text(&b, &r->rules->hash);
    if (!b.failed) memcpy(r->hash, b.p, sizeof r->hash - 1);
    const bool failed = b.failed;
    buf_done(&b);
    if (failed) {
        jifen_rules_free(r);
        return JIFEN_NO_MEMORY;
    }
    *ret = r;
    return JIFEN_OK;
}

void jifen_rules_free(struct jifen_rules *r)
{
    if (!r) return;
    arena_done(&r->arena);
    free(r);
}

const char *jifen_rules_hash(const struct jifen_rules *r)
{
    return r->hash;
}

int64_t jifen_scale(const struct jifen_rules *r)
{
    return r->rules->scale;
}
