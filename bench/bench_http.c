/* The server beside the bare library, in one run: requests a second by wrk on loopback.
 *
 *   bare          the library's own hello: epoll threads, one response made beforehand
 *   file          our server, a file of web_dir (epoll thread, response made beforehand)
 *   status        our server, /healthz: everything but the hand-off
 *   route         our server, a route: guard, dispatch, queue, worker, resume
 *   route, log    the same with the access log on
 *   bearer        the same as a signed-in resident (session from the cache, rate limit)
 *
 * usage: bench_http [SECONDS [CONNECTIONS]], or bench_http --hello for service.py. Each is measured
 * ROUNDS times, the rounds interleaved; the median is printed, with the ratio to the library's. wrk
 * shares the machine with the servers. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <microhttpd.h>

#include "http/http.h"

#define ROUNDS 3
#define BODY "{\"hello\":\"world\"}"

/* ---- the bare library ---- */

static struct MHD_Response *bare_response;

static enum MHD_Result bare_step(void *cls, struct MHD_Connection *c, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *data_n, void **context)
{
    (void)cls, (void)url, (void)method, (void)version, (void)data, (void)data_n;
    if (!*context) {
        *context = bare_response;
        return MHD_YES;
    }
    return MHD_queue_response(c, 200, bare_response);
}

static uint16_t bare_start(void)
{
    static char body[] = BODY;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cores < 4 ? (unsigned)cores : 4;
    bare_response = MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(bare_response, "Content-Type", "application/json");
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_TURBO, 0, NULL, NULL, bare_step, NULL,
        MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0u, MHD_OPTION_END);
    const union MHD_DaemonInfo *i = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    return i ? i->port : 0;
}

/* ---- ours ---- */

struct http_worker {
    int unused;
};

static struct http_worker the_worker;

static enum err worker_open(void *app, struct http_worker **ret)
{
    (void)app;
    *ret = &the_worker;
    return ERR_OK;
}

static void worker_close(struct http_worker *w)
{
    (void)w;
}

static enum err authenticate(struct http_worker *w, struct str token, bool by_cookie,
                             struct str csrf, const struct http_request *q, struct caller *ret,
                             int64_t *ret_valid_until_us)
{
    (void)w, (void)token, (void)by_cookie, (void)csrf, (void)q;
    *ret = (struct caller){.account = 1, .person = 1, .role = ROLE_RESIDENT};
    *ret_valid_until_us = INT64_MAX;
    return ERR_OK;
}

static void run_hello(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    (void)w, (void)q;
    struct json j;
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "hello");
    json_str(&j, STR("world"));
    json_end(&j);
}

static uint16_t ours_start(const char *web, const char *log)
{
    static const struct http_route routes[] = {
        {HTTP_GET, "/hello", ACTION_HEALTH, 0, false, 0, run_hello, {"", ""}, "", ""},
        {HTTP_GET,
         "/mine",
         ACTION_SCORE_READ_OWN,
         0,
         false,
         100000000,
         run_hello,
         {"", ""},
         "",
         ""},
    };
    struct http_app app = {.routes = routes,
                           .route_count = 2,
                           .worker_open = worker_open,
                           .worker_close = worker_close,
                           .authenticate = authenticate};
    struct http_config c = {.listen = STR("127.0.0.1:0"),
                            .web_dir = str_from_c(web),
                            .log_fd = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1};
    struct http_server *s;
    struct buf message;
    buf_init(&message, 0);
    enum err e = http_server_start(&c, &app, &message, &s);
    fprintf(stderr, "%.*s", STR_ARG(buf_str(&message)));
    buf_done(&message);
    return e == ERR_OK ? http_server_port(s) : 0;
}

/* ---- measuring ---- */

enum server { BARE, OURS, OURS_LOG, SERVERS };

struct row {
    const char *name;
    enum server server;
    const char *target, *header;
    double rate[ROUNDS];
    char p99[ROUNDS][16];
};

static struct {
    pid_t pid;
    int port, stop;
} servers[SERVERS];

/* A server in a process of its own, which ends when the pipe to it does. */
static void server_start(enum server which, const char *web, const char *log)
{
    int up[2], down[2];
    uint16_t port = 0;
    if (pipe2(up, O_CLOEXEC) != 0 || pipe2(down, O_CLOEXEC) != 0) exit(1);
    servers[which].pid = fork();
    if (servers[which].pid == 0) {
        char byte;
        close(down[1]);
        for (int i = 0; i < (int)which; i++)
            close(servers[i].stop);
        port = which == BARE ? bare_start() : ours_start(web, which == OURS_LOG ? log : NULL);
        if (write(up[1], &port, sizeof port) != sizeof port) _exit(1);
        _exit(read(down[0], &byte, 1) == 0 ? 0 : 1);
    }
    close(up[1]);
    close(down[0]);
    if (read(up[0], &port, sizeof port) != sizeof port || port == 0) {
        fprintf(stderr, "a server did not start\n");
        exit(1);
    }
    close(up[0]);
    servers[which].port = port;
    servers[which].stop = down[1];
}

static void measure(struct row *r, int round, const char *seconds, const char *connections)
{
    char command[400], line[300];
    snprintf(command, sizeof command,
             "wrk --latency -t 1 -c %s -d %s -H '%s' http://127.0.0.1:%d%s 2>&1", connections,
             seconds, r->header ? r->header : "Accept: */*", servers[r->server].port, r->target);
    FILE *f = popen(command, "r");
    while (f && fgets(line, sizeof line, f)) {
        struct str s = str_trim(str_from_c(line));
        if (str_starts(s, STR("Requests/sec:"))) r->rate[round] = strtod(s.p + 13, NULL);
        if (str_starts(s, STR("99%"))) {
            struct str t = str_trim((struct str){s.p + 3, s.n - 3});
            snprintf(r->p99[round], sizeof r->p99[round], "%.*s", STR_ARG(t));
        }
        if (str_starts(s, STR("Non-2xx")) || str_starts(s, STR("Socket errors")))
            fprintf(stderr, "%s: %.*s\n", r->name, STR_ARG(s));
    }
    if (!f || pclose(f) != 0 || r->rate[round] <= 0) {
        fprintf(stderr, "wrk gave no figure (package wrk?)\n");
        exit(1);
    }
}

static int median(const struct row *r)
{
    for (int i = 0; i < ROUNDS; i++) {
        int below = 0;
        for (int k = 0; k < ROUNDS; k++)
            below += r->rate[k] < r->rate[i] || (k < i && r->rate[k] <= r->rate[i]);
        if (below == ROUNDS / 2) return i;
    }
    return 0;
}

/* The bare library alone, until standard input ends: its address is printed. */
static int hello(void)
{
    printf("http://127.0.0.1:%u/\n", (unsigned)bare_start());
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--hello") == 0) return hello();
    const char *seconds = argc > 1 ? argv[1] : "4", *connections = argc > 2 ? argv[2] : "64";
    char web[] = "bench-web-XXXXXX", page[64], log[64];
    struct row rows[] = {
        {.name = "bare", .server = BARE, .target = "/"},
        {.name = "file", .server = OURS, .target = "/index.html"},
        {.name = "status", .server = OURS, .target = "/healthz"},
        {.name = "route", .server = OURS, .target = "/hello"},
        {.name = "route, log", .server = OURS_LOG, .target = "/hello"},
        {.name = "bearer", .server = OURS, .target = "/mine", .header = "Authorization: Bearer t"},
    };
    const size_t count = sizeof rows / sizeof rows[0];
    if (!mkdtemp(web)) return 1;
    snprintf(page, sizeof page, "%s/index.html", web);
    snprintf(log, sizeof log, "%s.log", web);
    FILE *f = fopen(page, "w");
    if (!f || fputs(BODY, f) < 0 || fclose(f) != 0) return 1;
    for (int i = 0; i < SERVERS; i++)
        server_start((enum server)i, web, log);
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < count; i++)
            measure(&rows[i], round, seconds, connections);
    printf("wrk, %s connections, %s s, median of %d rounds\n", connections, seconds, ROUNDS);
    printf("%-12s %12s %10s %8s\n", "", "requests/s", "p99", "of bare");
    for (size_t i = 0; i < count; i++) {
        int m = median(&rows[i]);
        printf("%-12s %12.0f %10s %7.0f%%\n", rows[i].name, rows[i].rate[m], rows[i].p99[m],
               100 * rows[i].rate[m] / rows[0].rate[median(&rows[0])]);
    }
    for (int i = 0; i < SERVERS; i++) {
        close(servers[i].stop);
        waitpid(servers[i].pid, NULL, 0);
    }
    unlink(page);
    unlink(log);
    rmdir(web);
    return 0;
}
