/* jifen simulate: a draft of the rules against those in force, over the persons of a directory or
 * of a population image, whose segments pass one by one.
 *
 * Structure: rules, draft, data (read under the rules in force), the run with progress, then the
 * summary on the screen and the files asked for, each whole or not at all. */
#include "base/file.h"
#include "cli/cli.h"
#include "service/population_image.h"
#include "service/register_csv.h"
#include "service/simulate_out.h"

struct trial {
    struct cli *c;
    const struct rules *before, *after;
    struct data_set *data;          /* or */
    struct population_image *image; /* with the segment that is open */
    struct image_segment segment;
    uint32_t next_segment;
    bool image_damaged; /* what the run failed with came from the image */
    uint64_t persons;
    struct progress progress;
    struct simulate_options options;
    struct simulate_report report;
};

static int load_rules(struct trial *t, enum option_id o, const struct rules **ret)
{
    struct rule_set set = {0};
    struct diag_list diags;
    const enum err e = cli_load_rules(t->c, &t->c->value[o], 1, &diags, &set);

    if (e != ERR_OK) return cli_rules_failed(t->c, e, &diags, &set);
    *ret = set.rules;
    return cli_not_in_force(t->c, set.rules, t->options.rule_day);
}

static int take_line(struct trial *t)
{
    const char *line = t->c->value[OPT_LINE];

    t->options.has_line = line != NULL;
    if (line == NULL || decimal_parse(str_from_c(line), 100, &t->options.line) == ERR_OK) return 0;
    cli_say1(t->c, CLI_BAD_LINE, str_from_c(line));
    return err_exit_code(ERR_USAGE);
}

static int trial_open(struct trial *t, struct cli *c)
{
    const int32_t day = (int32_t)c->number[OPT_ON];

    *t = (struct trial){.c = c};
    t->options.day = day;
    t->options.rule_day = c->value[OPT_RULE_DAY] ? (int32_t)c->number[OPT_RULE_DAY] : day;
    t->options.threads = cli_threads(c);
    t->options.keep_ids = c->value[OPT_SHOW_PERSONS] != NULL;
    int code = cli_need_one(c, OPT_DATA, OPT_POPULATION);
    if (code == 0) code = take_line(t);
    if (code == 0) code = load_rules(t, OPT_RULES, &t->before);
    if (code == 0) code = load_rules(t, OPT_DRAFT, &t->after);
    const struct data_request q = {.rules = t->before, .dir = c->value[OPT_DATA], .day = day};
    const char *image = c->value[OPT_POPULATION];
    if (code != 0) return code;
    code = image != NULL ? cli_open_image(c, image, q.rules, &t->image)
                         : cli_read_data(c, &q, &t->data);
    if (code != 0) return code;
    t->persons =
        t->image != NULL ? image_counts(t->image)->persons : data_population(t->data)->count;
    return 0;
}

static void trial_close(struct trial *t)
{
    image_segment_close(&t->segment);
    image_close(t->image);
    data_close(t->data);
}

/* Segment after segment of the image. */
static enum err next_of_image(void *ctx, const struct population **ret)
{
    struct trial *t = ctx;

    image_segment_close(&t->segment);
    t->segment = (struct image_segment){0};
    *ret = NULL;
    if (t->next_segment >= image_counts(t->image)->segments) return ERR_OK;
    const uint32_t flags = t->options.keep_ids ? IMAGE_WITH_IDS : 0;
    const enum err e = image_segment_open(t->image, t->next_segment, flags, &t->segment);
    if (e == ERR_OK) *ret = &t->segment.people;
    if (e != ERR_OK) t->image_damaged = true;
    t->next_segment++;
    return e;
}

static bool show_done(void *ctx, uint64_t done)
{
    struct trial *t = ctx;
    progress_show(&t->progress, done, done, t->persons);
    return true;
}

static enum err run(struct trial *t)
{
    struct simulate_one one = {.people = t->data ? data_population(t->data) : NULL};
    const struct simulate_source source =
        t->data ? simulate_source_one(&one) : (struct simulate_source){next_of_image, t};
    struct simulation s;

    t->options.go_on = show_done;
    t->options.ctx = t;
    progress_start(&t->progress, t->c, "模拟", "simulating");
    enum err e = simulate_run(&t->c->arena, t->before, t->after, &source, &t->options, &s);
    progress_end(&t->progress);
    if (e == ERR_OK) e = simulate_publish(&t->c->arena, &s, t->options.keep_ids, &t->report);
    return e;
}

/* --- writing --- */

static void as_json(const struct trial *t, struct buf *out)
{
    simulate_add_json(out, &t->report, t->c->lang);
}

static void as_html(const struct trial *t, struct buf *out)
{
    simulate_add_html(out, &t->report);
}

static enum err write_file(const char *path, const struct buf *b)
{
    struct file_new f;
    enum err e = buf_err(b);

    if (e == ERR_OK) e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    if (fwrite(b->p, 1, b->n, f.stream) == b->n) return file_new_commit(&f);
    file_new_abandon(&f);
    return ERR_IO;
}

static int write_one(const struct trial *t, enum option_id o,
                     void (*make)(const struct trial *t, struct buf *out))
{
    const char *path = t->c->value[o];
    struct buf b;

    if (path == NULL) return 0;
    buf_init(&b, 0);
    make(t, &b);
    const enum err e = write_file(path, &b);
    buf_done(&b);
    return e == ERR_OK ? 0 : cli_fail(t->c, e, str_from_c(path));
}

static int write_all(const struct trial *t)
{
    struct buf b;
    int code = write_one(t, OPT_JSON_FILE, as_json);

    if (code == 0) code = write_one(t, OPT_HTML, as_html);
    if (code != 0) return code;
    buf_init(&b, 0);
    simulate_add_text(&b, &t->report, t->c->lang, t->c->world.columns);
    cli_print(t->c->world.out, &b);
    buf_done(&b);
    return 0;
}

int run_simulate(struct cli *c)
{
    struct trial t;
    int code = trial_open(&t, c);

    if (code == 0) {
        const enum err e = run(&t);
        if (e == ERR_OK)
            code = write_all(&t);
        else if (t.image_damaged)
            code = cli_image_failed(c, e, c->value[OPT_POPULATION], (struct str){NULL, 0});
        else
            code = cli_fail(c, e, (struct str){NULL, 0});
    }
    trial_close(&t);
    return code;
}
