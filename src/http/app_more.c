/* What other services want of the application: sign-in, permits that fall due. */
#include "http/app_internal.h"

enum err app_open_more(struct app *a, enum lang lang, struct buf *message)
{
    (void)a;
    (void)lang;
    (void)message;
    return ERR_OK;
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
