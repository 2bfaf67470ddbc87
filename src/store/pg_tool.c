/* PostgreSQL's own programs. Whoever may list processes sees their arguments: what libpq counts as
 * secret goes by the environment, which the system shows to nobody else. */
#include <errno.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "store/store_internal.h"

#define ARGS_MAX 16

extern char **environ;

static bool is_secret(const PQconninfoOption *o)
{
    return o->dispchar[0] == '*';
}

/* name='value' */
static void add_option(struct buf *b, const PQconninfoOption *o)
{
    buf_printf(b, "%s%s='", b->n > 0 ? " " : "", o->keyword);
    for (const char *c = o->val; *c; c++) {
        if (*c == '\'' || *c == '\\') buf_add_char(b, '\\');
        buf_add_char(b, *c);
    }
    buf_add_char(b, '\'');
}

/* The environment, with `extra` (NAME=value) in place of what it says of them. NULL = no memory. */
static char **environment_with(char *const *extra, size_t extra_count)
{
    size_t count = 0, n = 0;

    while (environ[count])
        count++;
    char **ret = calloc(count + extra_count + 1, sizeof *ret);
    if (!ret) return NULL;
    for (size_t i = 0; i < count; i++) {
        bool is_ours = false;
        for (size_t k = 0; k < extra_count; k++) {
            const size_t name = (size_t)(strchr(extra[k], '=') - extra[k]) + 1;
            is_ours |= strncmp(environ[i], extra[k], name) == 0;
        }
        if (!is_ours) ret[n++] = environ[i];
    }
    memcpy(ret + n, extra, extra_count * sizeof *extra);
    return ret;
}

/* Without a shell; its standard error is ours. */
static enum err run(const char *const *argv, char *const *environment, struct buf *message)
{
    int status = 0;
    pid_t pid;

    const int rc =
        posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environment);
    if (rc != 0) {
        buf_printf(message, "%s: %s\n", argv[0], strerror(rc));
        return ERR_IO;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return ERR_IO;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_OK : ERR_IO;
}

/* The open part of the URL as --dbname wants it, and the secret one as "NAME=value". A secret
 * that has no name in the environment (the password of a key file) cannot be handed on. */
static enum err take_apart(const PQconninfoOption *options, struct buf *open, struct buf *secret,
                           struct buf *message)
{
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (!o->val) continue;
        if (!is_secret(o)) {
            add_option(open, o);
        } else if (o->envvar && secret->n == 0) {
            buf_printf(secret, "%s=%s", o->envvar, o->val);
        } else {
            buf_printf(message, "%s: 不能写在地址里 / cannot stand in the URL\n", o->keyword);
            return ERR_USAGE;
        }
    }
    buf_add_char(open, '\0');
    buf_add_char(secret, '\0');
    return open->failed || secret->failed ? ERR_NOMEM : ERR_OK;
}

static enum err run_with(const char *const *argv, const char *open, char *secret,
                         struct buf *message)
{
    const char *all[ARGS_MAX + 3];
    size_t n = 0;

    while (argv[n]) {
        INVARIANT(n < ARGS_MAX);
        all[n] = argv[n];
        n++;
    }
    all[n] = "--dbname";
    all[n + 1] = open;
    all[n + 2] = NULL;
    char **environment = environment_with(&secret, *secret ? 1 : 0);
    const enum err e = environment ? run(all, environment, message) : ERR_NOMEM;
    free(environment);
    return e;
}

enum err pg_tool_run(struct str url, const char *const *argv, struct buf *message)
{
    struct buf open, secret;
    char *text = strndup(url.p, url.n);
    PQconninfoOption *options = text ? PQconninfoParse(text, NULL) : NULL;
    enum err e = text ? ERR_SYNTAX : ERR_NOMEM;

    free(text);
    if (!options) return e;
    buf_init(&open, 0);
    buf_init(&secret, 0);
    e = take_apart(options, &open, &secret, message);
    if (e == ERR_OK) e = run_with(argv, open.p, secret.p, message);
    if (secret.n > 0) explicit_bzero(secret.p, secret.n);
    buf_done(&open);
    buf_done(&secret);
    PQconninfoFree(options);
    return e;
}
