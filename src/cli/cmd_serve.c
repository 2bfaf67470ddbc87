/* jifen serve: the server from its settings, until a signal ends it; jifen openapi.
 *
 *   SIGTERM, SIGINT   no new connections, what runs is finished, then the end
 *   SIGHUP            rules, keys, certificate and web files are read anew; what is wrong is said
 *                     and the old ones stay
 *
 * Signals are blocked in every thread and taken by sigtimedwait in this one, which does only what
 * is short in between (app_tick); the calendar has a thread of its own. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "cli/cli.h"
#include "http/app.h"
#include "http/openapi.h"

#define TICK_S 5
#define DRAIN_MS 10000
#define MEMORY_MB 256
#define WORKERS_REMOTE 16

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000;
}

static uint64_t memo_bytes(const struct cli *c)
{
    return (c->value[OPT_MEMORY] ? (uint64_t)c->number[OPT_MEMORY] : MEMORY_MB) << 20;
}

static struct app_config app_settings(const struct cli *c)
{
    return (struct app_config){.db = str_from_c(c->value[OPT_DB]),
                               .rules = c->value[OPT_RULES],
                               .keys = c->value[OPT_KEYS],
                               .signing_key = c->value[OPT_SIGNING_KEY],
                               .oidc = c->value[OPT_OIDC],
                               .base_url = str_from_c(c->value[OPT_BASE_URL]),
                               .version = JIFEN_VERSION,
                               .work = c->value[OPT_WORK],
                               .trial_threads = (uint32_t)c->number[OPT_SIMULATE_JOBS],
                               .memo_bytes = memo_bytes(c),
                               .demo = c->value[OPT_DEMO] != NULL,
                               .accounts = c->value[OPT_DEMO]};
}

/* A worker that asks a database server mostly waits for it, and many who wait share one question;
 * each has a connection of its own there. 0 = the server's own choice. */
static uint32_t workers_of(const struct cli *c)
{
    if (c->value[OPT_JOBS]) return (uint32_t)c->number[OPT_JOBS];
    return store_url_is_remote(str_from_c(c->value[OPT_DB])) ? WORKERS_REMOTE : 0;
}

static struct http_config server_settings(const struct cli *c)
{
    return (struct http_config){
        .listen = str_from_c(c->value[OPT_LISTEN] ? c->value[OPT_LISTEN] : "127.0.0.1:8080"),
        .web_dir = str_from_c(c->value[OPT_WEB]),
        .tls_cert = str_from_c(c->value[OPT_TLS_CERT]),
        .tls_key = str_from_c(c->value[OPT_TLS_KEY]),
        .workers = workers_of(c),
        .behind_proxy = c->value[OPT_BEHIND_PROXY] != NULL,
        .log_fd = STDERR_FILENO,
        .lang = c->lang};
}

/* --- settings from a file --- */

/* "name = value" lines; what the command line says goes before. */
static enum err read_settings(struct cli *c, struct str text)
{
    enum err e = ERR_OK;

    for (size_t at = 0; at < text.n && e == ERR_OK;) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        const size_t n = nl ? (size_t)(nl - text.p) - at : text.n - at;
        const struct str line = str_trim((struct str){text.p + at, n});
        const char *is = line.n > 0 ? memchr(line.p, '=', line.n) : NULL;
        at += n + 1;
        if (line.n == 0 || line.p[0] == '#') continue;
        const size_t key = is ? (size_t)(is - line.p) : line.n;
        const struct str value = is ? (struct str){is + 1, line.n - key - 1} : STR("");
        e = cli_take_setting(c, str_trim((struct str){line.p, key}), str_trim(value));
    }
    return e;
}

static enum err load_settings(struct cli *c)
{
    struct file_map file;
    const char *path = c->value[OPT_CONFIG];

    if (!path) return ERR_OK;
    enum err e = file_map(path, &file);
    if (e != ERR_OK) {
        cli_say1(c, e == ERR_NOT_FOUND ? CLI_PATH_MISSING : CLI_PATH_UNREADABLE, str_from_c(path));
        return e;
    }
    e = read_settings(c, file.bytes);
    file_unmap(&file);
    return e;
}

static enum err check_settings(const struct cli *c)
{
    static const enum option_id needed[] = {OPT_DB, OPT_RULES, OPT_KEYS};

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        struct buf name;
        if (c->value[needed[i]]) continue;
        buf_init(&name, 0);
        option_add_name(&name, needed[i]);
        cli_say(c, CLI_OPTION_MISSING,
                (struct str[]){str_from_c(c->command->words), buf_str(&name), STR("serve --help")},
                3);
        buf_done(&name);
        return ERR_USAGE;
    }
    if (!c->value[OPT_TLS_CERT] != !c->value[OPT_TLS_KEY]) {
        cli_say(c, CLI_OPTION_MISSING,
                (struct str[]){str_from_c(c->command->words), STR("--tls-cert --tls-key"),
                               STR("serve --help")},
                3);
        return ERR_USAGE;
    }
    return ERR_OK;
}

/* --- running --- */

static void say_where(const struct cli *c, const struct http_config *h, const struct http_server *s)
{
    const uint16_t port = http_server_port(s);
    const char *colon = memrchr(h->listen.p, ':', h->listen.n);

    if (str_starts(h->listen, STR("unix:")) || !colon)
        fprintf(c->world.out, "%.*s\n", STR_ARG(h->listen));
    else
        fprintf(c->world.out, "%s://%.*s:%u\n", h->tls_cert.n > 0 ? "https" : "http",
                (int)(colon - h->listen.p), h->listen.p, port);
    fflush(c->world.out);
}

static void say_message(const struct cli *c, const struct buf *b)
{
    if (b->n > 0) fprintf(c->world.err, "jifen: %.*s", STR_ARG(buf_str(b)));
    if (b->n > 0 && b->p[b->n - 1] != '\n') fputc('\n', c->world.err);
    fflush(c->world.err);
}

static void reload(const struct cli *c, struct app *app, struct http_server *s)
{
    struct buf message;

    buf_init(&message, 0);
    if (app_reload(app, c->lang, &message) != ERR_OK) say_message(c, &message);
    message.n = 0;
    if (http_server_reload(s, &message) != ERR_OK) say_message(c, &message);
    buf_done(&message);
}

static void run_until_signal(const struct cli *c, struct app *app, struct http_server *s,
                             const sigset_t *signals)
{
    const struct timespec tick = {.tv_sec = TICK_S};

    for (;;) {
        const int signal = sigtimedwait(signals, NULL, &tick);
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP)
            reload(c, app, s);
        else if (signal < 0 && errno == EAGAIN)
            app_tick(app, now_us());
    }
}

static void block_signals(sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGHUP);
    INVARIANT(sigprocmask(SIG_BLOCK, ret, NULL) == 0);
    signal(SIGPIPE, SIG_IGN);
}

static enum err serve(const struct cli *c, struct buf *message)
{
    const struct app_config settings = app_settings(c);
    const struct http_config http = server_settings(c);
    struct app *app;
    struct http_server *server;
    sigset_t signals;

    block_signals(&signals);
    enum err e = app_open(&settings, c->lang, message, &app);
    if (e != ERR_OK) return e;
    const struct http_app api = app_api(app);
    app_tick(app, now_us());
    e = http_server_start(&http, &api, message, &server);
    if (e == ERR_IO) cli_say1(c, CLI_NOT_LISTENING, http.listen);
    if (e == ERR_OK && (app_clock_start(app) != ERR_OK || app_trials_start(app) != ERR_OK)) {
        http_server_stop(server, DRAIN_MS);
        e = ERR_NOMEM;
    }
    if (e == ERR_OK) {
        say_where(c, &http, server);
        run_until_signal(c, app, server, &signals);
        http_server_stop(server, DRAIN_MS);
    }
    app_close(app);
    return e;
}

int run_serve(struct cli *c)
{
    struct buf message;
    enum err e = load_settings(c);

    if (e == ERR_OK) e = check_settings(c);
    if (e != ERR_OK) return err_exit_code(e);
    buf_init(&message, 0);
    e = serve(c, &message);
    say_message(c, &message);
    if (e != ERR_OK && message.n == 0) cli_fail(c, e, STR("serve"));
    buf_done(&message);
    return err_exit_code(e);
}

int run_openapi(struct cli *c)
{
    struct buf out;

    buf_init(&out, 0);
    const enum err e = c->value[OPT_MARKDOWN] ? openapi_add_markdown(&out)
                                              : openapi_add(&out, c->lang, JIFEN_VERSION);
    if (e == ERR_OK) {
        cli_print(c->world.out, &out);
        if (!c->value[OPT_MARKDOWN]) fputc('\n', c->world.out);
    }
    buf_done(&out);
    return e == ERR_OK ? 0 : cli_fail(c, e, STR("openapi"));
}
