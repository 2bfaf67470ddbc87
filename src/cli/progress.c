/* Progress on a terminal: one line on standard error that is written over, and taken away at the
 * end. Nothing at all where standard error is no terminal. The clock is read here only; nothing
 * but this line depends on it. */
#include <string.h>
#include <time.h>

#include "cli/cli.h"

#define SHOW_AFTER_MS 400
#define SHOW_EVERY_MS 100

static int64_t now_ms(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void progress_start(struct progress *p, const struct cli *c, const char *zh, const char *en)
{
    *p = (struct progress){.cli = c, .what = {[LANG_ZH] = zh, [LANG_EN] = en}};
    if (c->world.err_is_terminal) p->started_ms = p->shown_ms = now_ms();
}

/* 12345678 -> 12.3 M (or 1234.5 万): short, and never more exact than it is. */
static void add_short_count(struct buf *out, uint64_t n, enum lang lang)
{
    uint64_t unit = lang == LANG_ZH ? 10000 : n >= 1000000 ? 1000000 : 1000;
    const char *name = lang == LANG_ZH ? "万" : unit == 1000000 ? "M" : "k";
    if (n < unit) {
        buf_printf(out, "%llu", (unsigned long long)n);
        return;
    }
    buf_printf(out, "%llu.%llu%s", (unsigned long long)(n / unit),
               (unsigned long long)(n % unit * 10 / unit), name);
}

void progress_add_text(struct buf *out, enum lang lang, const char *what, uint64_t rows,
                       uint64_t done, uint64_t total, int64_t elapsed_ms)
{
    uint64_t ms = elapsed_ms > 0 ? (uint64_t)elapsed_ms : 1;
    buf_printf(out, "%s %llu%%  ", what,
               (unsigned long long)(total == 0 ? 100 : done * 100 / total));
    add_short_count(out, rows, lang);
    buf_add_c(out, lang == LANG_ZH ? " 行  " : " rows  ");
    add_short_count(out, rows * 1000 / ms, lang);
    buf_add_c(out, lang == LANG_ZH ? " 行/秒" : " rows/s");
    if (done == 0 || done >= total) return;
    /* by thousandths of the work: bytes times milliseconds might leave 64 bits */
    uint64_t part = done * 1000 / total;
    if (part == 0) return;
    uint64_t left_s = ms * (1000 - part) / part / 1000;
    buf_printf(out, lang == LANG_ZH ? "  还需 %llu:%02llu" : "  %llu:%02llu left",
               (unsigned long long)(left_s / 60), (unsigned long long)(left_s % 60));
}

void progress_show(struct progress *p, uint64_t rows, uint64_t done, uint64_t total)
{
    if (!p->cli->world.err_is_terminal) return;
    int64_t now = now_ms();
    if (now - p->started_ms < SHOW_AFTER_MS || now - p->shown_ms < SHOW_EVERY_MS) return;
    p->shown_ms = now;
    p->is_shown = true;
    struct buf b;
    buf_init(&b, 0);
    buf_add_c(&b, "\r\033[K");
    progress_add_text(&b, p->cli->lang, p->what[p->cli->lang], rows, done, total,
                      now - p->started_ms);
    cli_print(p->cli->world.err, &b);
    fflush(p->cli->world.err);
    buf_done(&b);
}

void progress_end(struct progress *p)
{
    if (!p->is_shown) return;
    fputs("\r\033[K", p->cli->world.err);
    fflush(p->cli->world.err);
    p->is_shown = false;
}
