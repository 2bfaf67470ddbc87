/* The settings file of signing in from outside. */
#include "http/outside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypt.h"
#include "base/file.h"

enum setting {
#define SETTING(id, key, zh, en) SETTING_##id,
#include "http/setting.def"
#undef SETTING
    SETTING_COUNT
};
static const char *const keys[SETTING_COUNT] = {
#define SETTING(id, key, zh, en) [SETTING_##id] = (key),
#include "http/setting.def"
#undef SETTING
};

/* `key = value`; each key once. */
static enum err read_line(struct str line, struct str values[SETTING_COUNT])
{
    line = str_trim(line);
    if (line.n == 0 || line.p[0] == '#') return ERR_OK;
    const char *is = memchr(line.p, '=', line.n);
    if (!is) return ERR_SYNTAX;
    const struct str key = str_trim((struct str){line.p, (size_t)(is - line.p)});
    const struct str value = str_trim((struct str){is + 1, line.n - (size_t)(is - line.p) - 1});
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (!str_eq(key, str_from_c(keys[i]))) continue;
        if (values[i].n > 0 || value.n == 0) return ERR_SYNTAX;
        values[i] = value;
        return ERR_OK;
    }
    return ERR_SYNTAX;
}

static enum err read_settings(struct arena *a, const char *path, struct str values[SETTING_COUNT],
                              uint32_t *ret_line)
{
    struct file_map file;
    struct stat st;
    enum err e = file_map(path, &file);

    if (e != ERR_OK) return e;
    if (stat(path, &st) != 0 || (st.st_mode & 077) != 0) e = ERR_IO; /* it holds secrets */
    struct str text = e == ERR_OK ? str_copy(a, file.bytes) : STR("");
    file_unmap(&file);
    while (e == ERR_OK && text.n > 0) {
        const char *nl = memchr(text.p, '\n', text.n);
        const size_t n = nl ? (size_t)(nl - text.p) : text.n;
        ++*ret_line;
        e = read_line((struct str){text.p, n}, values);
        text.p += n + (nl != NULL);
        text.n -= n + (nl != NULL);
    }
    return e;
}

/* NULL where nothing is set; a copy that ends in NUL. */
static enum err path_of(struct arena *a, struct str s, const char **ret)
{
    *ret = NULL;
    if (s.n == 0) return ERR_OK;
    *ret = str_copy(a, s).p;
    return *ret ? ERR_OK : ERR_NOMEM;
}

static enum err open_oidc(struct outside *o, const struct str *v, struct str base_url,
                          struct buf *wrong)
{
    struct oidc_config c = {.issuer = v[SETTING_OIDC_ISSUER],
                            .client_id = v[SETTING_OIDC_CLIENT_ID],
                            .client_secret = v[SETTING_OIDC_CLIENT_SECRET],
                            .redirect_uri = v[SETTING_OIDC_REDIRECT_URI],
                            .scope = v[SETTING_OIDC_SCOPE],
                            .id_number_claim = v[SETTING_OIDC_ID_NUMBER_CLAIM]};
    struct buf back;
    enum err e = path_of(&o->arena, v[SETTING_OIDC_CA], &c.ca);

    buf_init(&back, 0);
    if (c.redirect_uri.n == 0 && base_url.n > 0) {
        buf_add(&back, base_url);
        buf_add_c(&back, "/api/v1/signin/oidc/callback");
        c.redirect_uri = buf_str(&back);
    }
    if (e == ERR_OK) e = oidc_open(&c, wrong, &o->oidc);
    buf_done(&back);
    return e;
}

static enum err open_tickets(struct outside *o, const struct str *v, struct buf *wrong)
{
    struct ticket_config c = {.url = {[TICKET_APP] = v[SETTING_TICKET_APP_URL],
                                      [TICKET_WECHAT] = v[SETTING_TICKET_WECHAT_URL]},
                              .app_key = v[SETTING_TICKET_APP_KEY],
                              .app_secret = v[SETTING_TICKET_APP_SECRET]};
    const enum err e = path_of(&o->arena, v[SETTING_TICKET_CA], &c.ca);

    return e == ERR_OK ? tickets_open(&c, wrong, &o->tickets) : e;
}

static enum err open_all(struct outside *o, const char *path, struct str base_url,
                         struct buf *wrong, uint32_t *ret_line)
{
    struct str v[SETTING_COUNT] = {{NULL, 0}};
    enum err e = read_settings(&o->arena, path, v, ret_line);

    if (e != ERR_OK) return e;
    *ret_line = 0;
    o->staff_acr = v[SETTING_OIDC_STAFF_ACR];
    if (v[SETTING_OIDC_ISSUER].n > 0) e = open_oidc(o, v, base_url, wrong);
    if (e == ERR_OK && v[SETTING_TICKET_APP_URL].n + v[SETTING_TICKET_WECHAT_URL].n > 0)
        e = open_tickets(o, v, wrong);
    return e;
}

static void say(struct buf *message, enum lang lang, const char *path, enum err e, struct str wrong,
                uint32_t line)
{
    const bool zh = lang == LANG_ZH;

    buf_printf(message, zh ? "登录设置文件 %s：" : "the sign-in settings %s: ", path);
    if (wrong.n > 0)
        buf_printf(message, zh ? "%.*s 不能用或没有写\n" : "%.*s is missing or cannot be used\n",
                   STR_ARG(wrong));
    else if (line > 0)
        buf_printf(message,
                   zh ? "第 %u 行看不懂，或写了两遍\n"
                      : "line %u is not understood, or stands twice\n",
                   line);
    else
        buf_printf(message,
                   zh ? "读不了（%s）；它只应由本人可读（chmod 600）\n"
                      : "cannot be read (%s); only their owner may read them (chmod 600)\n",
                   err_text(e));
}

enum err outside_open(const char *path, struct str base_url, enum lang lang, struct buf *message,
                      struct outside **ret)
{
    struct outside *o = calloc(1, sizeof *o);
    struct buf wrong;
    uint32_t line = 0;

    if (!o) return ERR_NOMEM;
    arena_init(&o->arena, 0);
    buf_init(&wrong, 0);
    const enum err e = open_all(o, path, base_url, &wrong, &line);
    if (e == ERR_OK) {
        *ret = o;
    } else {
        say(message, lang, path, e, buf_str(&wrong), line);
        outside_free(o);
    }
    buf_done(&wrong);
    return e;
}

void outside_free(struct outside *o)
{
    if (!o) return;
    oidc_free(o->oidc);
    tickets_free(o->tickets);
    arena_done(&o->arena);
    free(o);
}
