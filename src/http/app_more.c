/* What other services want of the application: sign-in. */
#include <jansson.h>
#include <time.h>

#include "http/app_internal.h"
#include "service/accounts.h"

static enum err demo_load(struct app *a, enum lang lang, struct buf *message)
{
    json_error_t error;

    if (!a->config.accounts) return ERR_OK;
    a->demo_accounts = json_load_file(a->config.accounts, JSON_REJECT_DUPLICATES, &error);
    if (json_is_array(a->demo_accounts)) return ERR_OK;
    buf_printf(message,
               lang == LANG_ZH ? "演示账号文件 %s 不能用\n"
                               : "the file of demo accounts %s cannot be used\n",
               a->config.accounts);
    return ERR_INPUT;
}

enum err app_open_more(struct app *a, enum lang lang, struct buf *message)
{
    enum err e = demo_load(a, lang, message);

    if (e == ERR_OK && a->config.oidc)
        e = outside_open(a->config.oidc, a->config.base_url, lang, message, &a->outside);
    return e;
}

void app_close_more(struct app *a)
{
    json_decref(a->demo_accounts);
    a->demo_accounts = NULL;
    outside_free(a->outside);
    a->outside = NULL;
}

const json_t *app_demo_accounts(const struct app *a)
{
    return a->demo_accounts;
}

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000;
}

enum err app_authenticate(struct http_worker *w, struct str token, bool by_cookie, struct str csrf,
                          const struct http_request *q, struct caller *ret,
                          int64_t *ret_valid_until_us)
{
    if (app_worker_ready(w) != ERR_OK) return ERR_BUSY;
    const enum err e = account_of_token(w->store, q->arena, w->app->uses, token, by_cookie,
                                        by_cookie && q->method != HTTP_GET, csrf, now_us(), ret,
                                        ret_valid_until_us);

    if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_DENIED && e != ERR_BUSY)
        app_worker_failed(w, q);
    return e;
}
