/* jifen forecast: one person's days to come, or everybody whose points change in a period.
 *
 * Structure: rules and data as for score; one person as text or JSON, everybody as CSV.
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
    struct data_set *data;
    int32_t day, last, rule_day; /* rule_day may be FORECAST_RULES_FOLLOW */
    bool *assumed;               /* per register; NULL = none */
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

static int session_open(struct session *s, struct cli *c)
{
    *s = (struct session){.c = c, .day = (int32_t)c->number[OPT_ON]};
    int code = check_options(c);
    if (code == 0) code = find_days(s);
    if (code != 0) return code;
    const enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &s->diags, &s->set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &s->diags, &s->set);
    const struct data_request q = {.rules = s->set.rules,
                                   .dir = c->value[OPT_DATA],
                                   .day = s->day,
                                   .person = str_from_c(c->value[OPT_PERSON])};
    code =
        cli_not_in_force(c, q.rules, s->rule_day == FORECAST_RULES_FOLLOW ? s->day : s->rule_day);
    if (code == 0) code = read_assumptions(s);
    return code == 0 ? cli_read_data(c, &q, &s->data) : code;
}

/* --- one person --- */

static enum err add_person(struct session *s, struct buf *out)
{
    const struct cli *c = s->c;
    const struct population *p = data_population(s->data);
    const struct forecast_options o = {
        .day = s->day, .last = s->last, .rule_day = s->rule_day, .assumed = s->assumed};
    const struct forecast *f;
    enum err e = s->assumed != NULL ? forecast_person_assuming(&s->c->arena, p, 0, &o, &f)
                                    : forecast_person(&s->c->arena, p, 0, &o, &f);

    if (e == ERR_OK)
        e = c->value[OPT_JSON] != NULL ? forecast_json(f, c->lang, true, out)
                                       : forecast_text(f, c->lang, c->world.columns, out);
    if (e == ERR_OK && out->n > 0 && out->p[out->n - 1] != '\n') buf_add_char(out, '\n');
    return e == ERR_OK ? buf_err(out) : e;
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

static enum err add_everybody(struct session *s, struct buf *out)
{
    const struct population *p = data_population(s->data);
    struct forecast_nexts n;
    enum err e =
        forecast_population(&s->c->arena, p, s->day, s->last, s->rule_day, cli_threads(s->c), &n);

    if (e != ERR_OK) return e;
    buf_add_c(out, "person_id,day,status_before,total_before,total_max_before,status,total,"
                   "total_max\n");
    for (uint32_t i = 0; i < n.count; i++)
        if (n.day[i] <= s->last) add_row(out, p, &n, i);
    return buf_err(out);
}

/* --- both --- */

static int write_out(const struct session *s, const struct buf *b)
{
    const char *path = s->c->value[OPT_OUTPUT];

    if (path == NULL) {
        cli_print(s->c->world.out, b);
        return 0;
    }
    struct file_new f;
    enum err e = file_new_open(path, &f);
    if (e == ERR_OK) {
        cli_print(f.stream, b);
        e = file_new_commit(&f);
    }
    return e == ERR_OK ? 0 : cli_fail(s->c, e, str_from_c(path));
}

/* Refused rows: one person has then no figures; of everybody those concerned are errors. */
static int tell_refused(const struct session *s)
{
    size_t refused;

    data_errors(s->data, &refused);
    if (refused == 0) return 0;
    if (s->c->value[OPT_PERSON] != NULL) cli_say(s->c, CLI_PERSON_REFUSED, NULL, 0);
    fflush(s->c->world.err);
    const enum err e = scores_write_errors(s->data, s->c->world.err);
    return err_exit_code(e == ERR_OK ? ERR_ROWS : e);
}

static int forecast_written(struct session *s)
{
    struct buf b;
    const bool one = s->c->value[OPT_PERSON] != NULL;
    int code = one ? tell_refused(s) : 0;

    if (code != 0) return code;
    buf_init(&b, 0);
    const enum err e = one ? add_person(s, &b) : add_everybody(s, &b);
    code = e == ERR_OK ? write_out(s, &b) : cli_fail(s->c, e, (struct str){NULL, 0});
    buf_done(&b);
    return code == 0 && !one ? tell_refused(s) : code;
}

int run_forecast(struct cli *c)
{
    struct session s;
    int code = session_open(&s, c);

    if (code == 0) code = forecast_written(&s);
    data_close(s.data);
    return code;
}
