/* jifen score, summary and explain.
 *
 * Structure: load rules, read data, score and write. The errors file comes before the scores, so
 * that scores never stand without their errors; a file of scores appears when it is whole.
 *
 * Invariant: what is written depends on rules, data and days alone, not on -j or the terminal. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "engine/explain.h"
#include "service/scores.h"

struct session {
    struct cli *c;
    struct rule_set set;
    struct diag_list diags;
    struct data_set *data;
    struct progress progress;
    int32_t day, rule_day;
};

/* --- reading ---------------------------------------------------------------------------------- */

static void show_scoring(void *ctx, uint32_t done)
{
    struct session *s = ctx;
    progress_show(&s->progress, done, done, data_population(s->data)->count);
}

/* Rules and data; 0 or the exit code. */
static int session_open(struct session *s, struct cli *c)
{
    *s = (struct session){.c = c, .day = (int32_t)c->number[OPT_ON]};
    s->rule_day = c->value[OPT_RULE_DAY] != NULL ? (int32_t)c->number[OPT_RULE_DAY] : s->day;
    enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &s->diags, &s->set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &s->diags, &s->set);
    const struct rules *r = s->set.rules;
    const int code = cli_not_in_force(c, r, s->rule_day);
    if (code != 0) return code;
    const struct data_request q = {.rules = r,
                                   .dir = c->value[OPT_DATA],
                                   .day = s->day,
                                   .person = str_from_c(c->value[OPT_PERSON])};
    return cli_read_data(c, &q, &s->data);
}

static void session_close(struct session *s)
{
    data_close(s->data);
}

/* --- scoring ---------------------------------------------------------------------------------- */

static enum err run_scores(struct session *s, FILE *out, struct scores *ret)
{
    struct scores_options o = {.day = s->day,
                               .rule_day = s->rule_day,
                               .threads = cli_threads(s->c),
                               .out = out,
                               .progress = show_scoring,
                               .progress_ctx = s};
    progress_start(&s->progress, s->c, "算分", "scoring");
    enum err e = scores_run(&s->c->arena, s->data, &o, ret);
    progress_end(&s->progress);
    return e;
}

static enum err write_scores_to(struct session *s, const char *path, struct scores *ret)
{
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    e = run_scores(s, f.stream, ret);
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

/* FILE.errors.csv, or no such file when nothing was refused. */
static enum err write_errors_to(const struct data_set *d, const char *path)
{
    size_t count;
    data_errors(d, &count);
    if (count == 0) return unlink(path) == 0 || access(path, F_OK) != 0 ? ERR_OK : ERR_IO;
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    e = scores_write_errors(d, f.stream);
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

static int score_to_files(struct session *s, const char *path, struct scores *ret)
{
    struct buf errors;
    buf_init(&errors, 0);
    buf_printf(&errors, "%s.errors.csv%c", path, '\0');
    const char *failed = errors.p;
    enum err e = buf_err(&errors);
    if (e == ERR_OK) e = write_errors_to(s->data, errors.p);
    if (e == ERR_OK) {
        failed = path;
        e = write_scores_to(s, path, ret);
    }
    int code = e == ERR_OK ? 0 : cli_fail(s->c, e, str_from_c(failed));
    buf_done(&errors);
    return code;
}

static int score_to_streams(struct session *s, bool summary, struct scores *ret)
{
    FILE *out = s->c->world.out;
    enum err e = run_scores(s, summary ? NULL : out, ret);
    if (e == ERR_OK && fflush(out) != 0) e = ERR_IO;
    size_t count;
    data_errors(s->data, &count);
    if (e == ERR_OK && count > 0 && !summary) e = scores_write_errors(s->data, s->c->world.err);
    return e == ERR_OK ? 0 : cli_fail(s->c, e, STR("-"));
}

static int write_summary(struct session *s, const struct scores *scores)
{
    struct summary m;
    enum err e = summary_new(&s->c->arena, scores, &m);
    if (e != ERR_OK) return cli_fail(s->c, e, (struct str){NULL, 0});
    struct buf b;
    buf_init(&b, 0);
    summary_add_text(&b, scores, &m, s->c->lang, s->c->world.columns);
    cli_print(s->c->world.out, &b);
    buf_done(&b);
    return 0;
}

/* Say how many rows and persons are errors; the exit code follows from it. */
static int tell_errors(const struct session *s, const struct scores *scores)
{
    size_t rows;
    data_errors(s->data, &rows);
    uint64_t not_computed = scores->not_computed;
    char n[2][24];
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s.errors.csv", s->c->value[OPT_OUTPUT] ? s->c->value[OPT_OUTPUT] : "");
    if (rows > 0) {
        snprintf(n[0], sizeof n[0], "%zu", rows);
        snprintf(n[1], sizeof n[1], "%llu", (unsigned long long)(scores->errors - not_computed));
        struct str args[] = {str_from_c(n[0]), str_from_c(n[1]), buf_str(&path)};
        cli_say(s->c, s->c->value[OPT_OUTPUT] ? CLI_ROWS_REFUSED : CLI_ROWS_REFUSED_STDERR, args,
                3);
    }
    if (not_computed > 0) {
        snprintf(n[0], sizeof n[0], "%llu", (unsigned long long)not_computed);
        cli_say1(s->c, CLI_NOT_COMPUTED, str_from_c(n[0]));
    }
    buf_done(&path);
    return rows > 0 || not_computed > 0 ? err_exit_code(ERR_ROWS) : 0;
}

static int score_or_summary(struct cli *c, bool summary)
{
    struct session s;
    struct scores scores;
    int code = session_open(&s, c);
    const char *path = c->value[OPT_OUTPUT];
    if (code == 0)
        code = path != NULL ? score_to_files(&s, path, &scores)
                            : score_to_streams(&s, summary, &scores);
    if (code == 0 && summary) code = write_summary(&s, &scores);
    if (code == 0) code = tell_errors(&s, &scores);
    session_close(&s);
    return code;
}

int run_score(struct cli *c)
{
    return score_or_summary(c, c->value[OPT_SUMMARY] != NULL);
}

int run_summary(struct cli *c)
{
    return score_or_summary(c, true);
}

/* --- one person ------------------------------------------------------------------------------- */

static int show_refused(const struct session *s)
{
    cli_say(s->c, CLI_PERSON_REFUSED, NULL, 0);
    fflush(s->c->world.err);
    enum err e = scores_write_errors(s->data, s->c->world.err);
    return err_exit_code(e == ERR_OK ? ERR_ROWS : e);
}

static int show_explanation(const struct session *s)
{
    struct cli *c = s->c;
    const struct explanation *x;
    enum err e = explain_person(&c->arena, data_population(s->data), 0, s->day, s->rule_day, &x);
    struct buf b;
    buf_init(&b, 0);
    if (e == ERR_OK && c->value[OPT_JSON] != NULL)
        e = explain_json(x, c->lang, true, &b);
    else if (e == ERR_OK)
        e = explain_text(x, c->lang, &b);
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) {
        if (b.n > 0 && b.p[b.n - 1] != '\n') buf_add_char(&b, '\n');
        cli_print(c->world.out, &b);
    }
    buf_done(&b);
    return e == ERR_OK ? 0 : cli_fail(c, e, (struct str){NULL, 0});
}

int run_explain(struct cli *c)
{
    struct session s;
    int code = session_open(&s, c);
    if (code == 0) {
        size_t refused;
        data_errors(s.data, &refused);
        code = refused > 0 ? show_refused(&s) : show_explanation(&s);
    }
    session_close(&s);
    return code;
}
