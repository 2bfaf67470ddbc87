/* jifen forecast: one person's days to come, or everybody whose points change in a period.
 *
 * Structure: rules and data as for score; one person as text or JSON, everybody as CSV, population
 * by population: a directory is one, an image has one a segment.
 *
 * Invariant: what is written depends on rules, data, days and assumptions alone. */
#include "base/date.h"
#include "base/file.h"
#include "cli/cli.h"
#include "engine/forecast.h"
#include "service/csv.h"
#include "service/scores.h"

#define YEARS_DEFAULT 5

struct session {
    struct cli *c;
    struct rule_set set;
    struct diag_list diags;
    struct cli_person person;       /* --person, of either */
    struct data_set *data;          /* everybody: --data */
    struct population_image *image; /* or --population */
    int32_t day, last, rule_day;    /* rule_day may be FORECAST_RULES_FOLLOW */
    bool *assumed;                  /* per register; NULL = none */
};

/* --- what was asked for --- */

static int usage(const struct cli *c, enum cli_msg id, struct str arg)
{
    cli_say1(c, id, arg);
    return err_exit_code(ERR_USAGE);
}

static int check_options(const struct cli *c)
{
    static const enum option_id person_only[] = {OPT_YEARS, OPT_ASSUME, OPT_JSON};

    if (c->value[OPT_PERSON] != NULL) return 0;
    if (c->value[OPT_TO] == NULL) return usage(c, CLI_NEEDS_PERSON_OR_TO, (struct str){NULL, 0});
    for (size_t i = 0; i < sizeof person_only / sizeof *person_only; i++)
        if (c->value[person_only[i]] != NULL) {
            char name[24];
            snprintf(name, sizeof name, "--%s", cli_options[person_only[i]].name);
            return usage(c, CLI_PERSON_ONLY, str_from_c(name));
        }
    return 0;
}

static int find_days(struct session *s)
{
    const struct cli *c = s->c;
    const int32_t years =
        c->value[OPT_YEARS] != NULL ? (int32_t)c->number[OPT_YEARS] : YEARS_DEFAULT;
    const int32_t most = date_add_months(s->day, 12 * FORECAST_YEARS_MAX, MONTH_CLAMP);

    s->last = date_add_months(s->day, 12 * years, MONTH_CLAMP);
    if (c->value[OPT_TO] != NULL) s->last = (int32_t)c->number[OPT_TO];
    if (s->last > DATE_LAST) s->last = DATE_LAST;
    s->rule_day =
        c->value[OPT_RULE_DAY] != NULL ? (int32_t)c->number[OPT_RULE_DAY] : FORECAST_RULES_FOLLOW;
    return s->last > s->day && s->last <= most ? 0
                                               : usage(c, CLI_TO_TOO_EARLY, (struct str){NULL, 0});
}

static int not_assumable(const struct session *s, struct str name)
{
    const struct rules *r = s->set.rules;
    struct buf can;

    buf_init(&can, 0);
    for (uint32_t i = 0; i < r->reg_count; i++)
        if (forecast_may_assume(r, (int32_t)i))
            buf_printf(&can, "%s%.*s", can.n > 0 ? ", " : "", STR_ARG(r->regs[i].name.ascii));
    struct str args[] = {name, buf_str(&can)};
    cli_say(s->c, CLI_NOT_ASSUMABLE, args, 2);
    buf_done(&can);
    return err_exit_code(ERR_USAGE);
}

/* --assume: names with commas between. */
static int read_assumptions(struct session *s)
{
    const struct rules *r = s->set.rules;
    struct str bad;

    if (s->c->value[OPT_ASSUME] == NULL) return 0;
    s->assumed = ARENA_ARRAY(&s->c->arena, bool, r->reg_count);
    if (s->assumed == NULL) return cli_fail(s->c, ERR_NOMEM, (struct str){NULL, 0});
    if (forecast_read_assumed(r, str_from_c(s->c->value[OPT_ASSUME]), s->assumed, &bad) != ERR_OK)
        return not_assumable(s, bad);
    return 0;
}

static int open_facts(struct session *s)
{
    struct cli *c = s->c;
    const char *dir = c->value[OPT_DATA], *image = c->value[OPT_POPULATION];
    const struct person_request one = {.rules = s->set.rules,
                                       .dir = dir,
                                       .image = image,
                                       .day = s->day,
                                       .id = str_from_c(c->value[OPT_PERSON])};
    const struct data_request all = {.rules = s->set.rules, .dir = dir, .day = s->day};

    if (c->value[OPT_PERSON] != NULL) return cli_person_open(c, &one, &s->person);
    return image != NULL ? cli_open_image(c, image, s->set.rules, &s->image)
                         : cli_read_data(c, &all, &s->data);
}

static int session_open(struct session *s, struct cli *c)
{
    *s = (struct session){.c = c, .day = (int32_t)c->number[OPT_ON]};
    int code = cli_need_one(c, OPT_DATA, OPT_POPULATION);
    if (code == 0) code = check_options(c);
    if (code == 0) code = find_days(s);
    if (code != 0) return code;
    const enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &s->diags, &s->set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &s->diags, &s->set);
    code = cli_not_in_force(c, s->set.rules,
                            s->rule_day == FORECAST_RULES_FOLLOW ? s->day : s->rule_day);
    if (code == 0) code = read_assumptions(s);
    return code == 0 ? open_facts(s) : code;
}

static void session_close(struct session *s)
{
    cli_person_close(&s->person);
    data_close(s->data);
    image_close(s->image);
}

/* --- one person --- */

static enum err write_person(struct session *s, FILE *stream)
{
    const struct cli *c = s->c;
    const struct population *p = s->person.people;
    const struct forecast_options o = {
        .day = s->day, .last = s->last, .rule_day = s->rule_day, .assumed = s->assumed};
    const struct forecast *f;
    struct buf b;
    enum err e = s->assumed != NULL
                     ? forecast_person_assuming(&s->c->arena, p, s->person.at, &o, &f)
                     : forecast_person(&s->c->arena, p, s->person.at, &o, &f);

    buf_init(&b, 0);
    if (e == ERR_OK)
        e = c->value[OPT_JSON] != NULL ? forecast_json(f, c->lang, true, &b)
                                       : forecast_text(f, c->lang, c->world.columns, &b);
    if (e == ERR_OK && b.n > 0 && b.p[b.n - 1] != '\n') buf_add_char(&b, '\n');
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) cli_print(stream, &b);
    buf_done(&b);
    return e;
}

/* --- everybody --- */

static void add_points(struct buf *b, const struct rules *r, int64_t v)
{
    buf_add_char(b, ',');
    decimal_add_text(b, v, r->scale, 2);
}

static void add_row(struct buf *b, const struct population *p, const struct forecast_nexts *n,
                    uint32_t i)
{
    csv_add_cell(b, p->ids[i]);
    buf_add_char(b, ',');
    date_add_text(b, n->day[i]);
    buf_add_char(b, ',');
    buf_add(b, score_status_word(p->rules, n->status[i]));
    add_points(b, p->rules, n->total_lo[i]);
    add_points(b, p->rules, n->total_hi[i]);
    buf_add_char(b, ',');
    buf_add(b, score_status_word(p->rules, n->next_status[i]));
    add_points(b, p->rules, n->next_lo[i]);
    add_points(b, p->rules, n->next_hi[i]);
    buf_add_char(b, '\n');
}

/* What it takes beside the population is gone when its rows are written. */
static enum err write_population(struct session *s, const struct population *p, FILE *stream)
{
    struct forecast_nexts n;
    struct arena a;
    struct buf b;

    arena_init(&a, 0);
    buf_init(&b, 0);
    enum err e = forecast_population(&a, p, s->day, s->last, s->rule_day, cli_threads(s->c), &n);
    for (uint32_t i = 0; e == ERR_OK && i < n.count; i++)
        if (n.day[i] <= s->last) add_row(&b, p, &n, i);
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) cli_print(stream, &b);
    buf_done(&b);
    arena_done(&a);
    return e;
}

static enum err write_image(struct session *s, FILE *stream)
{
    const struct image_counts *all = image_counts(s->image);
    struct progress progress;
    enum err e = ERR_OK;

    progress_start(&progress, s->c, "预测", "forecasting");
    for (uint32_t k = 0; k < all->segments && e == ERR_OK; k++) {
        struct image_segment segment = {0};
        e = image_segment_open(s->image, k, IMAGE_WITH_IDS, &segment);
        if (e != ERR_OK) break;
        e = write_population(s, &segment.people, stream);
        const uint64_t done = segment.first + segment.people.count;
        progress_show(&progress, done, done, all->persons);
        image_segment_close(&segment);
    }
    progress_end(&progress);
    return e;
}

static enum err write_everybody(struct session *s, FILE *stream)
{
    fputs("person_id,day,status_before,total_before,total_max_before,status,total,total_max\n",
          stream);
    return s->image != NULL ? write_image(s, stream)
                            : write_population(s, data_population(s->data), stream);
}

/* Rows that were refused: now, or when the image was made. Those concerned are errors. */
static int tell_refused(const struct session *s)
{
    size_t refused = 0;
    char number[24];

    if (s->image != NULL) {
        const struct image_counts *n = image_counts(s->image);
        if (n->bad + n->strangers == 0) return 0;
        snprintf(number, sizeof number, "%llu", (unsigned long long)(n->bad + n->strangers));
        cli_say1(s->c, CLI_IMAGE_ERRORS, str_from_c(number));
        return err_exit_code(ERR_ROWS);
    }
    data_errors(s->data, &refused);
    if (refused == 0) return 0;
    fflush(s->c->world.err);
    const enum err e = scores_write_errors(s->data, s->c->world.err);
    return err_exit_code(e == ERR_OK ? ERR_ROWS : e);
}

/* --- both --- */

static enum err write_stream(struct session *s, FILE *stream)
{
    return s->c->value[OPT_PERSON] != NULL ? write_person(s, stream) : write_everybody(s, stream);
}

static int failed(const struct session *s, enum err e, const char *path)
{
    if (e == ERR_CORRUPT)
        return cli_image_failed(s->c, e, s->c->value[OPT_POPULATION], (struct str){NULL, 0});
    return cli_fail(s->c, e, str_from_c(path));
}

/* To the file that was asked for, whole or not at all, or to standard output. */
static int write_out(struct session *s)
{
    const char *path = s->c->value[OPT_OUTPUT];
    struct file_new f;
    enum err e = path == NULL ? write_stream(s, s->c->world.out) : file_new_open(path, &f);

    if (path == NULL || e != ERR_OK) return e == ERR_OK ? 0 : failed(s, e, path);
    e = write_stream(s, f.stream);
    if (e == ERR_OK)
        e = file_new_commit(&f);
    else
        file_new_abandon(&f);
    return e == ERR_OK ? 0 : failed(s, e, path);
}

int run_forecast(struct cli *c)
{
    struct session s;
    int code = session_open(&s, c);

    if (code == 0) code = write_out(&s);
    if (code == 0 && c->value[OPT_PERSON] == NULL) code = tell_refused(&s);
    session_close(&s);
    return code;
}
