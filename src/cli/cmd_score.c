/* jifen score, summary, explain and advise.
 *
 * Structure: load rules, read data, score and write. The errors file comes before the scores, so
 * that scores never stand without their errors; a file of scores appears when it is whole.
 *
 * Invariant: what is written depends on rules, data and days alone, not on -j or the terminal. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "engine/advice.h"
#include "engine/explain.h"
#include "service/population_build.h"

struct session {
    struct cli *c;
    struct rule_set set;
    struct diag_list diags;
    struct data_set *data;          /* --data */
    struct population_image *image; /* or --population */
    struct cli_person person;       /* explain, advise: of either */
    uint64_t persons;
    struct progress progress;
    int32_t day, rule_day;
};

/* --- reading ---------------------------------------------------------------------------------- */

static void show_scoring(void *ctx, uint32_t done)
{
    struct session *s = ctx;
    progress_show(&s->progress, done, done, s->persons);
}

/* Rules and days; 0 or the exit code. */
static int session_open_rules(struct session *s, struct cli *c)
{
    *s = (struct session){.c = c, .day = (int32_t)c->number[OPT_ON]};
    s->rule_day = c->value[OPT_RULE_DAY] != NULL ? (int32_t)c->number[OPT_RULE_DAY] : s->day;
    int code = cli_need_one(c, OPT_DATA, OPT_POPULATION);
    if (code != 0) return code;
    enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &s->diags, &s->set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &s->diags, &s->set);
    return cli_not_in_force(c, s->set.rules, s->rule_day);
}

static int session_open(struct session *s, struct cli *c)
{
    const char *image = c->value[OPT_POPULATION];
    int code = session_open_rules(s, c);
    if (code != 0) return code;
    const struct data_request q = {.rules = s->set.rules, .dir = c->value[OPT_DATA], .day = s->day};
    code = image != NULL ? cli_open_image(c, image, q.rules, &s->image)
                         : cli_read_data(c, &q, &s->data);
    if (code != 0) return code;
    s->persons =
        s->image != NULL ? image_counts(s->image)->persons : data_population(s->data)->count;
    return 0;
}

static void session_close(struct session *s)
{
    data_close(s->data);
    image_close(s->image);
    cli_person_close(&s->person);
}

/* Rows refused while reading; those of an image were told when it was made. */
static const struct row_error *refused_rows(const struct session *s, size_t *ret_count)
{
    *ret_count = 0;
    return s->data != NULL ? data_errors(s->data, ret_count) : NULL;
}

/* --- scoring ---------------------------------------------------------------------------------- */

static enum err run_scores(struct session *s, FILE *out, bool summary, struct scores *ret)
{
    struct scores_options o = {.day = s->day,
                               .rule_day = s->rule_day,
                               .threads = cli_threads(s->c),
                               .rows_only = !summary,
                               .out = out,
                               .progress = show_scoring,
                               .progress_ctx = s};
    progress_start(&s->progress, s->c, "算分", "scoring");
    enum err e;
    if (s->image != NULL) {
        const struct scores_source from = population_scores_source(s->image);
        e = scores_run_source(&s->c->arena, &from, &o, ret);
    } else {
        e = scores_run(&s->c->arena, s->data, &o, ret);
    }
    progress_end(&s->progress);
    return e;
}

static enum err write_scores_to(struct session *s, const char *path, bool summary,
                                struct scores *ret)
{
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    e = run_scores(s, f.stream, summary, ret);
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

/* FILE.errors.csv, or no such file when nothing was refused. */
static enum err write_errors_to(const struct session *s, const char *path)
{
    size_t count;
    const struct row_error *errors = refused_rows(s, &count);
    if (count == 0) return unlink(path) == 0 || access(path, F_OK) != 0 ? ERR_OK : ERR_IO;
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    e = row_errors_write(s->set.rules, errors, count, f.stream);
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

/* A failure to score: of the image, or of the file `path`. */
static int score_failed(const struct session *s, enum err e, const char *path)
{
    if (e == ERR_CORRUPT)
        return cli_image_failed(s->c, e, s->c->value[OPT_POPULATION], (struct str){NULL, 0});
    return cli_fail(s->c, e, str_from_c(path));
}

static int score_to_files(struct session *s, const char *path, bool summary, struct scores *ret)
{
    struct buf errors;
    buf_init(&errors, 0);
    buf_printf(&errors, "%s.errors.csv%c", path, '\0');
    const char *failed = errors.p;
    enum err e = buf_err(&errors);
    if (e == ERR_OK) e = write_errors_to(s, errors.p);
    if (e == ERR_OK) {
        failed = path;
        e = write_scores_to(s, path, summary, ret);
    }
    int code = e == ERR_OK ? 0 : score_failed(s, e, failed);
    buf_done(&errors);
    return code;
}

static int score_to_streams(struct session *s, bool summary, struct scores *ret)
{
    FILE *out = s->c->world.out;
    enum err e = run_scores(s, summary ? NULL : out, summary, ret);
    if (e == ERR_OK && fflush(out) != 0) e = ERR_IO;
    size_t count;
    const struct row_error *errors = refused_rows(s, &count);
    if (e == ERR_OK && count > 0 && !summary)
        e = row_errors_write(s->set.rules, errors, count, s->c->world.err);
    return e == ERR_OK ? 0 : score_failed(s, e, "-");
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
    refused_rows(s, &rows);
    uint64_t not_computed = scores->not_computed, refused = scores->errors - not_computed;
    char n[2][24];
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s.errors.csv", s->c->value[OPT_OUTPUT] ? s->c->value[OPT_OUTPUT] : "");
    if (rows > 0) {
        snprintf(n[0], sizeof n[0], "%zu", rows);
        snprintf(n[1], sizeof n[1], "%llu", (unsigned long long)refused);
        struct str args[] = {str_from_c(n[0]), str_from_c(n[1]), buf_str(&path)};
        cli_say(s->c, s->c->value[OPT_OUTPUT] ? CLI_ROWS_REFUSED : CLI_ROWS_REFUSED_STDERR, args,
                3);
    }
    if (not_computed > 0) {
        snprintf(n[0], sizeof n[0], "%llu", (unsigned long long)not_computed);
        cli_say1(s->c, CLI_NOT_COMPUTED, str_from_c(n[0]));
    }
    if (s->image != NULL && refused > 0) {
        snprintf(n[1], sizeof n[1], "%llu", (unsigned long long)refused);
        cli_say1(s->c, CLI_IMAGE_ERRORS, str_from_c(n[1]));
    }
    buf_done(&path);
    return scores->errors > 0 || rows > 0 ? err_exit_code(ERR_ROWS) : 0;
}

static int score_or_summary(struct cli *c, bool summary)
{
    struct session s;
    struct scores scores;
    int code = session_open(&s, c);
    const char *path = c->value[OPT_OUTPUT];
    if (code == 0)
        code = path != NULL ? score_to_files(&s, path, summary, &scores)
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

/* What was written, on standard output, with a line end. */
static int show_text(const struct cli *c, enum err e, struct buf *b)
{
    if (e == ERR_OK) e = buf_err(b);
    if (e == ERR_OK) {
        if (b->n > 0 && b->p[b->n - 1] != '\n') buf_add_char(b, '\n');
        cli_print(c->world.out, b);
    }
    buf_done(b);
    return e == ERR_OK ? 0 : cli_fail(c, e, (struct str){NULL, 0});
}

static int show_explanation(const struct session *s)
{
    struct cli *c = s->c;
    const struct explanation *x;
    enum err e = explain_person(&c->arena, s->person.people, s->person.at, s->day, s->rule_day, &x);
    struct buf b;
    buf_init(&b, 0);
    if (e == ERR_OK && c->value[OPT_JSON] != NULL)
        e = explain_json(x, c->lang, true, &b);
    else if (e == ERR_OK)
        e = explain_text(x, c->lang, &b);
    return show_text(c, e, &b);
}

static int show_advice(const struct session *s)
{
    struct cli *c = s->c;
    struct advice_options o = advice_options_of(s->day);
    const struct advice *x;
    struct json j;
    struct buf b;
    bool all = c->value[OPT_ALL] != NULL;
    enum err e = ERR_OK;

    if (c->value[OPT_RULE_DAY] != NULL) o.rule_day = s->rule_day;
    o.has_line = c->value[OPT_LINE] != NULL;
    if (o.has_line &&
        decimal_parse(str_from_c(c->value[OPT_LINE]), s->set.rules->scale, &o.line) != ERR_OK) {
        cli_say1(c, CLI_NOT_POINTS, str_from_c(c->value[OPT_LINE]));
        return err_exit_code(ERR_USAGE);
    }
    buf_init(&b, 0);
    e = advice_person(&c->arena, s->person.people, s->person.at, &o, &x);
    if (e == ERR_OK && c->value[OPT_JSON] != NULL) {
        json_init(&j, &b, true);
        e = advice_put(x, c->lang, all, &j);
    } else if (e == ERR_OK) {
        e = advice_text(x, c->lang, all, &b);
    }
    return show_text(c, e, &b);
}

static int run_for_person(struct cli *c, int (*show)(const struct session *s))
{
    struct session s;
    int code = session_open_rules(&s, c);
    if (code == 0) {
        const struct person_request q = {.rules = s.set.rules,
                                         .dir = c->value[OPT_DATA],
                                         .image = c->value[OPT_POPULATION],
                                         .day = s.day,
                                         .id = str_from_c(c->value[OPT_PERSON])};
        code = cli_person_open(c, &q, &s.person);
    }
    if (code == 0) code = show(&s);
    session_close(&s);
    return code;
}

int run_explain(struct cli *c)
{
    return run_for_person(c, show_explanation);
}

int run_advise(struct cli *c)
{
    return run_for_person(c, show_advice);
}
