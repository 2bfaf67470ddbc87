/* What other services want of the application: sign-in, permits that fall due. */
#include <jansson.h>

#include "base/file.h"
#include "http/app_internal.h"

/* The accounts that the sign-in page of a demo shows: a JSON array, kept as its text. */
static enum err demo_load(struct app *a, const char *path)
{
    struct file_map file;
    json_error_t error;
    enum err e = file_map(path, &file);

    if (e != ERR_OK) return e;
    json_t *v = json_loadb(file.bytes.p, file.bytes.n, JSON_REJECT_DUPLICATES, &error);
    if (json_is_array(v)) {
        const size_t n = json_dumpb(v, NULL, 0, JSON_COMPACT);
        char *p = arena_alloc(&a->arena, n + 1, 1);
        e = p && json_dumpb(v, p, n, JSON_COMPACT) == n ? ERR_OK : ERR_NOMEM;
        a->demo_accounts = (struct str){p, n};
    } else {
        e = ERR_SYNTAX;
    }
    json_decref(v);
    file_unmap(&file);
    return e;
}

enum err app_open_more(struct app *a, enum lang lang, struct buf *message)
{
    const char *path = a->config.demo ? a->config.accounts : NULL;
    const enum err e = path ? demo_load(a, path) : ERR_OK;

    if (e != ERR_OK)
        buf_printf(message,
                   lang == LANG_ZH ? "演示账号文件 %s 不能用（%s）\n"
                                   : "the file of demo accounts %s cannot be used (%s)\n",
                   path, err_text(e));
    return e;
}

void app_close_more(struct app *a)
{
    (void)a;
}

enum err app_tick_permits(struct app *a, int64_t now)
{
    (void)a;
    (void)now;
    return ERR_OK;
}

enum err app_authenticate(struct http_worker *w, struct str token, bool by_cookie, struct str csrf,
                          const struct http_request *q, struct caller *ret,
                          int64_t *ret_valid_until_us)
{
    (void)w;
    (void)token;
    (void)by_cookie;
    (void)csrf;
    (void)q;
    *ret = (struct caller){.role = ROLE_NOBODY};
    *ret_valid_until_us = 0;
    return ERR_OK;
}
