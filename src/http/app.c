/* The application: rules shared and counted, workers with a store of their own, what time asks for.
 *
 * Structure: rules -> opening -> workers -> sign-in -> readiness and metrics -> time.
 * Threads: `app.rules` and `app.generation` change under the lock; a worker holds a count on the
 * image it uses and exchanges it between two requests. */
#include "http/app.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "http/app_internal.h"
#include "service/rule_files.h"

#define FACTS_MEMORY 0 /* no limit beyond the request's arena */

/* --- rules --- */

static enum err rules_read(const char *path, struct app_rules *r, struct diag_list *diags)
{
    diag_list_init(diags, &r->arena);
    enum err e = rule_set_load(&r->arena, &path, 1, diags, &r->set);

    if (e == ERR_OK) e = facts_registers(&r->arena, r->set.rules, &r->regs, &r->reg_count);
    return e;
}

/* Says what is wrong with the rules, each finding a line. */
static void say_findings(const struct app_rules *r, const struct diag_list *d, enum lang lang,
                         struct buf *message)
{
    for (size_t i = 0; i < d->count && i < 20; i++)
        diag_render(message, &d->items[i], r->set.files, r->set.file_count, lang);
}

static enum err keys_load(const char *path, enum lang lang, struct buf *message,
                          struct keyring **ret)
{
    uint32_t line = 0;
    const enum err e = keyring_read_file(path, &line, ret);

    if (e == ERR_OK) return e;
    buf_printf(message,
               lang == LANG_ZH
                   ? "密钥文件 %s 不能用（%s，第 %u 行）；它只应由本人可读（chmod 600）\n"
                   : "the key file %s cannot be used (%s, line %u); only its owner may "
                     "read it (chmod 600)\n",
               path, err_text(e), line);
    return e;
}

static enum err rules_load(const struct app_config *c, enum lang lang, struct buf *message,
                           struct app_rules **ret)
{
    const char *path = c->rules;
    struct app_rules *r = calloc(1, sizeof *r);
    struct diag_list diags;

    if (!r) return ERR_NOMEM;
    arena_init(&r->arena, 0);
    atomic_init(&r->holders, 1);
    enum err e = rules_read(path, r, &diags);
    if (e == ERR_OK) {
        e = keys_load(c->keys, lang, message, &r->keys);
        if (e == ERR_OK) e = points_memo_new(c->memo_bytes, &r->memo);
        if (e == ERR_OK)
            *ret = r;
        else
            app_rules_drop(r);
        return e;
    }
    buf_printf(message,
               lang == LANG_ZH ? "规则 %s 不能用（%s）\n" : "the rules %s cannot be used (%s)\n",
               path, err_text(e));
    say_findings(r, &diags, lang, message);
    app_rules_drop(r);
    return e;
}

void app_rules_drop(struct app_rules *r)
{
    if (!r || atomic_fetch_sub(&r->holders, 1) > 1) return;
    keyring_free(r->keys);
    points_memo_free(r->memo);
    arena_done(&r->arena);
    free(r);
}

struct app_rules *app_rules_hold(struct app *a)
{
    pthread_mutex_lock(&a->lock);
    struct app_rules *r = a->rules;
    atomic_fetch_add(&r->holders, 1);
    pthread_mutex_unlock(&a->lock);
    return r;
}

enum err app_reload(struct app *a, enum lang lang, struct buf *message)
{
    struct app_rules *fresh, *old;
    const enum err e = rules_load(&a->config, lang, message, &fresh);

    if (e != ERR_OK) return e;
    pthread_mutex_lock(&a->lock);
    old = a->rules;
    a->rules = fresh;
    atomic_fetch_add(&a->generation, 1);
    pthread_mutex_unlock(&a->lock);
    app_rules_drop(old);
    return ERR_OK;
}

/* --- opening --- */

static enum err signing_load(struct app *a, enum lang lang, struct buf *message)
{
    struct file_map file;

    if (!a->config.signing_key) return sm2_key_new(&a->signing);
    enum err e = file_map(a->config.signing_key, &file);
    if (e == ERR_OK) {
        e = sm2_key_read_pem(file.bytes, &a->signing);
        file_unmap(&file);
    }
    if (e != ERR_OK)
        buf_printf(message,
                   lang == LANG_ZH ? "签名密钥 %s 不能用（%s）\n"
                                   : "the signing key %s cannot be used (%s)\n",
                   a->config.signing_key, err_text(e));
    return e;
}

enum err app_store_open(struct app *a, const struct app_rules *r, struct store **ret)
{
    struct store *s;
    enum err e = store_open(a->config.db, r->keys, &s);

    if (e != ERR_OK) return e;
    e = store_registers(s, r->regs, r->reg_count);
    if (e != ERR_OK) {
        app_log(a, "database", STR(""), store_error(s));
        store_close(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

static void tick_shut(struct app *a)
{
    a->tick_store = store_close(a->tick_store);
    app_rules_drop(a->tick_held);
    a->tick_held = NULL;
}

static enum err tick_open(struct app *a)
{
    tick_shut(a);
    a->tick_held = app_rules_hold(a);
    const enum err e = app_store_open(a, a->tick_held, &a->tick_store);
    if (e != ERR_OK) tick_shut(a);
    return e;
}

/* The database is tried once before anybody is let in; tables of new registers are made here. */
static enum err store_try(struct app *a, enum lang lang, struct buf *message)
{
    static const struct {
        enum err e;
        const char *text[LANG_COUNT]; /* {0}: where it is */
    } ROWS[] = {
        {ERR_NOT_FOUND,
         {"没有这个数据库；先运行 jifen db init", "no such database; run jifen db init first"}},
        {ERR_VERSION,
         {"数据库的版本不同；先备份，再运行 jifen db migrate",
          "the database is of another version; back it up, then run jifen db migrate"}},
        {ERR_UNREACHABLE,
         {"连不上数据库服务器 {0}；看它是否在运行、地址和端口是否写对、防火墙是否放行",
          "the database server {0} does not answer; see whether it runs, whether address and port "
          "are right, whether a firewall is between"}},
        {ERR_DENIED,
         {"数据库服务器 {0} 不接受这个用户或口令；检查 --db 中的用户、PGPASSWORD 或 ~/.pgpass",
          "the database server {0} refuses the user or the password; check the user in --db, "
          "PGPASSWORD or ~/.pgpass"}},
        {ERR_BUSY,
         {"数据库服务器 {0} 正在启动，或者连接已满",
          "the database server {0} is starting, or full"}},
    };
    const char *text =
        lang == LANG_ZH ? "数据库 {0} 打不开（{1}）" : "the database {0} cannot be opened ({1})";
    struct buf place;
    const enum err e = tick_open(a);

    if (e == ERR_OK) return e;
    buf_init(&place, 0);
    store_url_add_place(&place, a->config.db);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].e == e) text = ROWS[i].text[lang];
    message_add(message, text, (struct str[]){buf_str(&place), str_from_c(err_text(e))}, 2);
    buf_add_char(message, '\n');
    buf_done(&place);
    return e;
}

/* An address that a path is written behind. */
static struct str without_slash(struct str url)
{
    if (url.n > 0 && url.p[url.n - 1] == '/') url.n--;
    return url;
}

static enum err config_copy(struct app *a, const struct app_config *c)
{
    const struct {
        const char *from, **to;
    } paths[] = {{c->rules, &a->config.rules},
                 {c->keys, &a->config.keys},
                 {c->signing_key, &a->config.signing_key},
                 {c->oidc, &a->config.oidc},
                 {c->accounts, &a->config.accounts},
                 {c->work, &a->config.work}};

    a->config = *c;
    a->config.db = str_copy(&a->arena, c->db);
    a->config.base_url = str_copy(&a->arena, without_slash(c->base_url));
    if (!a->config.db.p || !a->config.base_url.p) return ERR_NOMEM;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (!paths[i].from) continue;
        *paths[i].to = str_copy(&a->arena, str_from_c(paths[i].from)).p;
        if (!*paths[i].to) return ERR_NOMEM;
    }
    return ERR_OK;
}

static uint32_t processors(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 && n < 1000 ? (uint32_t)n : 1;
}

enum err app_open(const struct app_config *c, enum lang lang, struct buf *message, struct app **ret)
{
    struct app *a = calloc(1, sizeof *a);

    if (!a) return ERR_NOMEM;
    arena_init(&a->arena, 0);
    pthread_mutex_init(&a->lock, NULL);
    pthread_mutex_init(&a->clock.lock, NULL);
    pthread_cond_init(&a->clock.wake, NULL);
    a->log = stderr;
    a->guesses_most = processors();
    enum err e = config_copy(a, c);
    if (e == ERR_OK) e = account_uses_new(&a->uses);
    if (e == ERR_OK) e = rules_load(&a->config, lang, message, &a->rules);
    if (e == ERR_OK) e = signing_load(a, lang, message);
    if (e == ERR_OK) e = store_try(a, lang, message);
    if (e == ERR_OK) e = app_open_more(a, lang, message);
    if (e == ERR_OK) e = app_trials_open(a, lang, message);
    if (e != ERR_OK) {
        app_close(a);
        return e;
    }
    atomic_store(&a->is_well, true);
    *ret = a;
    return ERR_OK;
}

bool app_guess_begin(struct app *a)
{
    if (atomic_fetch_add(&a->guesses, 1) < a->guesses_most) return true;
    atomic_fetch_sub(&a->guesses, 1);
    return false;
}

void app_guess_end(struct app *a)
{
    atomic_fetch_sub(&a->guesses, 1);
}

struct app *app_close(struct app *a)
{
    if (!a) return NULL;
    app_clock_stop(a);
    app_trials_close(a);
    app_close_more(a);
    tick_shut(a);
    app_rules_drop(a->rules);
    account_uses_free(a->uses);
    sm2_key_free(a->signing);
    pthread_cond_destroy(&a->clock.wake);
    pthread_mutex_destroy(&a->clock.lock);
    pthread_mutex_destroy(&a->lock);
    arena_done(&a->arena);
    free(a);
    return NULL;
}

/* --- workers --- */

static void worker_empty(struct http_worker *w)
{
    points_free(w->points);
    w->points = NULL;
    w->store = store_close(w->store);
    app_rules_drop(w->held);
    w->held = NULL;
    w->rules = NULL;
    w->keys = NULL;
}

static enum err worker_fill(struct http_worker *w)
{
    w->generation = atomic_load(&w->app->generation);
    w->held = app_rules_hold(w->app);
    w->rules = w->held->set.rules;
    w->keys = w->held->keys;
    enum err e = points_new(w->rules, &w->points);
    if (e == ERR_OK) points_use_memo(w->points, w->held->memo);
    if (e == ERR_OK) e = app_store_open(w->app, w->held, &w->store);
    if (e != ERR_OK) worker_empty(w);
    w->must_reopen = e != ERR_OK;
    return e;
}

static enum err worker_open(void *app, struct http_worker **ret)
{
    struct app *a = app;
    struct http_worker *w = calloc(1, sizeof *w);

    if (!w) return ERR_NOMEM;
    w->app = a;
    w->signing = a->signing;
    w->config = &a->config;
    /* A database that is away now may be back later: the worker starts all the same. */
    IGNORE_ERR(worker_fill(w));
    *ret = w;
    return ERR_OK;
}

static void worker_close(struct http_worker *w)
{
    if (!w) return;
    worker_empty(w);
    free(w);
}

enum err app_worker_ready(struct http_worker *w)
{
    if (w->store && !w->must_reopen && w->generation == atomic_load(&w->app->generation))
        return ERR_OK;
    worker_empty(w);
    const enum err e = worker_fill(w);
    if (e != ERR_OK) atomic_store(&w->app->is_well, false);
    return e;
}

void app_worker_failed(struct http_worker *w, const struct http_request *q)
{
    w->must_reopen = true;
    atomic_fetch_add(&w->app->failures, 1);
    app_log(w->app, "request", q->id, w->store ? store_error(w->store) : STR(""));
}

/* --- readiness, metrics, log --- */

static bool is_ready(void *app, struct buf *why)
{
    struct app *a = app;
    const bool well = atomic_load(&a->is_well);

    if (!well) buf_add_c(why, "the database does not answer");
    return well;
}

static void add_metric(struct buf *out, const char *name, const char *help, uint64_t value)
{
    buf_printf(out, "# HELP jifen_%s %s\n# TYPE jifen_%s gauge\njifen_%s %llu\n", name, help, name,
               name, (unsigned long long)value);
}

static void add_metrics(void *app, struct buf *out)
{
    struct app *a = app;

    add_metric(out, "database_up", "1 when the last probe of the database was answered.",
               atomic_load(&a->is_well));
    add_metric(out, "rules_loaded", "How often rules were loaded since the start.",
               atomic_load(&a->generation) + 1);
    add_metric(out, "failed_requests", "Requests that met an inner failure since the start.",
               atomic_load(&a->failures));
    add_metric(out, "sessions_ended", "Sessions that ran out since the start.",
               atomic_load(&a->swept));
    add_metric(out, "permits_due_handled", "Permits that fell due and were handled.",
               atomic_load(&a->due_handled));
    struct app_rules *r = app_rules_hold(a);
    uint64_t found, missed;
    points_memo_counts(r->memo, &found, &missed);
    app_rules_drop(r);
    add_metric(out, "scores_found", "Scores that were computed before and still held.", found);
    add_metric(out, "scores_computed", "Scores that had to be computed.", missed);
}

void app_log(struct app *a, const char *what, struct str request, struct str why)
{
    struct buf b;
    struct json j;

    buf_init(&b, 4096);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "level", "error");
    put_text(&j, "what", what);
    if (request.n > 0) put_str(&j, "request", request);
    put_str(&j, "why", why);
    json_end(&j);
    buf_add_char(&b, '\n');
    if (!b.failed) fwrite(b.p, 1, b.n, a->log); /* a log that cannot be written stops nothing */
    buf_done(&b);
}

struct http_app app_api(struct app *a)
{
    return (struct http_app){.routes = app_routes,
                             .route_count = app_route_count,
                             .worker_open = worker_open,
                             .worker_close = worker_close,
                             .authenticate = app_authenticate,
                             .is_ready = is_ready,
                             .add_metrics = add_metrics,
                             .app = a};
}

struct str app_base_url(const struct http_worker *w, const struct http_request *q)
{
    struct buf b;

    if (w->config->base_url.n > 0) return w->config->base_url;
    buf_init(&b, 0);
    buf_printf(&b, "%s://", q->is_secure ? "https" : "http");
    buf_add(&b, http_header(q, "host"));
    const struct str copy = str_copy(q->arena, buf_str(&b));
    buf_done(&b);
    return copy;
}

/* --- time --- */

void app_tick(struct app *a, int64_t now)
{
    static const struct hash nobody = {{0}};
    struct store_session none;
    uint64_t swept = 0;
    enum err e = ERR_OK;

    if (!a->tick_store || a->tick_held != a->rules) e = tick_open(a);
    if (e == ERR_OK) e = store_session_find(a->tick_store, &nobody, &none);
    if (e == ERR_NOT_FOUND) e = ERR_OK;
    if (e == ERR_OK) e = account_uses_write(a->uses, a->tick_store, now);
    if (e == ERR_OK && now - a->swept_at > 60 * MICROS_PER_SECOND) {
        e = store_sessions_sweep(a->tick_store, now, &swept);
        if (e == ERR_OK) e = store_changes_sweep(a->tick_store);
        a->swept_at = now;
    }
    if (e == ERR_BUSY) e = ERR_OK; /* somebody writes: the next time will do */
    atomic_fetch_add(&a->swept, swept);
    if (e != ERR_OK && a->tick_store) {
        app_log(a, "probe", STR(""), store_error(a->tick_store));
        tick_shut(a);
    }
    atomic_store(&a->is_well, e == ERR_OK);
}

struct str app_base_path(const struct http_worker *w)
{
    struct str url = w->config->base_url;
    const char *scheme = url.n > 0 ? memmem(url.p, url.n, "://", 3) : NULL;
    const char *host = scheme ? scheme + 3 : url.p;
    const char *path = url.n > 0 ? memchr(host, '/', url.n - (size_t)(host - url.p)) : NULL;

    if (!path) return STR("");
    url.n -= (size_t)(path - url.p);
    url.p = path;
    return url;
}
