/* jifen changes: two scores of one person, and every difference with its cause.
 *
 * Structure: rules (one or two images) and the person (out of one or two directories or population
 * images, read under the rules that score him), the four states of engine/changes.h, text or
 * JSON. */
#include "base/date.h"
#include "cli/cli.h"
#include "engine/changes.h"
#include "service/put_rules.h"

enum { DATA_FIRST, DATA_RULES, DATA_LATER, DATA_COUNT };

struct comparison {
    struct cli *c;
    const struct rules *before, *after;
    struct cli_person owned[DATA_COUNT];         /* zeroed where another is used again */
    const struct cli_person *person[DATA_COUNT]; /* of S0; of S1 and S2; of S3 */
    int32_t from, to;
    struct score score[CHANGE_STATES];
    struct change_state at[CHANGE_STATES];
    struct changes changes;
};

/* --- reading --- */

static int load_rules(struct comparison *x, enum option_id o, const struct rules **ret)
{
    struct cli *c = x->c;
    struct rule_set set = {0};
    struct diag_list diags;
    const enum err e = cli_load_rules(c, &c->value[o], 1, &diags, &set);

    if (e != ERR_OK) return cli_rules_failed(c, e, &diags, &set);
    *ret = set.rules;
    return 0;
}

/* Read the person under `r` for place `at`. */
static int read_person(struct comparison *x, int at, const struct rules *r, enum option_id dir,
                       enum option_id image)
{
    const struct person_request q = {.rules = r,
                                     .other = r == x->after ? x->before : x->after,
                                     .dir = x->c->value[dir],
                                     .image = x->c->value[image],
                                     .day = x->to,
                                     .id = str_from_c(x->c->value[OPT_PERSON])};

    x->person[at] = &x->owned[at];
    return cli_person_open(x->c, &q, &x->owned[at]);
}

static int read_all(struct comparison *x)
{
    const char *const *value = x->c->value;
    int code = read_person(x, DATA_FIRST, x->before, OPT_DATA, OPT_POPULATION);

    x->person[DATA_RULES] = x->person[DATA_FIRST];
    if (code == 0 && x->after != x->before)
        code = read_person(x, DATA_RULES, x->after, OPT_DATA, OPT_POPULATION);
    x->person[DATA_LATER] = x->person[DATA_RULES];
    if (code == 0 && (value[OPT_DATA_AFTER] != NULL || value[OPT_POPULATION_AFTER] != NULL))
        code = read_person(x, DATA_LATER, x->after, OPT_DATA_AFTER, OPT_POPULATION_AFTER);
    return code;
}

/* Where the facts come from: files or an image, for either end. */
static int check_options(const struct cli *c)
{
    const int code = cli_need_one(c, OPT_DATA, OPT_POPULATION);

    if (code != 0 || c->value[OPT_DATA_AFTER] == NULL || c->value[OPT_POPULATION_AFTER] == NULL)
        return code;
    return cli_need_one(c, OPT_DATA_AFTER, OPT_POPULATION_AFTER);
}

static int comparison_open(struct comparison *x, struct cli *c)
{
    *x = (struct comparison){
        .c = c, .from = (int32_t)c->number[OPT_FROM], .to = (int32_t)c->number[OPT_TO]};
    if (x->from > x->to) {
        cli_say(c, CLI_DAYS_REVERSED, NULL, 0);
        return err_exit_code(ERR_USAGE);
    }
    int code = check_options(c);
    if (code == 0) code = load_rules(x, OPT_RULES, &x->before);
    x->after = x->before;
    if (code == 0 && c->value[OPT_RULES_AFTER] != NULL)
        code = load_rules(x, OPT_RULES_AFTER, &x->after);
    if (code == 0) code = cli_not_in_force(c, x->before, x->from);
    if (code == 0) code = cli_not_in_force(c, x->after, x->to);
    return code == 0 ? read_all(x) : code;
}

static void comparison_close(struct comparison *x)
{
    for (int i = 0; i < DATA_COUNT; i++)
        cli_person_close(&x->owned[i]);
}

/* --- scoring --- */

static enum err score_state(struct comparison *x, int state)
{
    static const int DATA[CHANGE_STATES] = {DATA_FIRST, DATA_RULES, DATA_RULES, DATA_LATER};
    const struct population *p = x->person[DATA[state]]->people;
    const uint32_t at = x->person[DATA[state]]->at;
    const int32_t rule_day = state == 0 ? x->from : x->to, day = state < 2 ? x->from : x->to;
    struct arena *a = &x->c->arena;
    struct score *s = &x->score[state];
    struct plan *plan;
    const struct home h = home_of(p, at, day, rule_day);
    enum err e = plan_new(a, p->rules, h.scheme, rule_day, &plan);

    if (e != ERR_OK) return e;
    s->indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count);
    s->groups = ARENA_ARRAY(a, struct interval, plan->group_count);
    s->gates = ARENA_ARRAY(a, struct interval, plan->gate_count);
    if (!s->indicators || !s->groups || !s->gates) return ERR_NOMEM;
    e = interp_score(a, plan, p, at, day, s, NULL);
    x->at[state] = (struct change_state){plan, s};
    return e == ERR_OK ? s->error : e;
}

static enum err compare(struct comparison *x)
{
    struct arena *a = &x->c->arena;
    const struct cli_person *then = x->person[DATA_RULES], *now = x->person[DATA_LATER];
    bool *added = ARENA_ARRAY(a, bool, x->after->reg_count);
    bool *removed = ARENA_ARRAY(a, bool, x->after->reg_count);
    enum err e = added && removed ? ERR_OK : ERR_NOMEM;

    for (int i = 0; i < CHANGE_STATES && e == ERR_OK; i++)
        e = score_state(x, i);
    if (e == ERR_OK)
        e = changes_mark_rows(a, then->people, then->at, now->people, now->at, added, removed);
    return e == ERR_OK ? changes_between(a, x->at, added, removed, &x->changes) : e;
}

/* --- writing --- */

static struct change_end end_of(const struct comparison *x, int state)
{
    return (struct change_end){.rules = x->at[state].plan->rules,
                               .score = x->at[state].score,
                               .day = state == 0 ? x->from : x->to};
}

static void add_json(const struct comparison *x, struct buf *out)
{
    const struct change_end from = end_of(x, 0), to = end_of(x, CHANGE_STATES - 1);
    struct json j;

    json_init(&j, out, true);
    json_open_object(&j);
    put_text(&j, "format", "jifen.changes.1");
    put_text(&j, "lang", x->c->lang == LANG_ZH ? "zh" : "en");
    put_text(&j, "person", x->c->value[OPT_PERSON]);
    put_hash(&j, "rules_before", &x->before->hash);
    put_hash(&j, "rules_after", &x->after->hash);
    put_change_end(&j, "from", &from);
    put_change_end(&j, "to", &to);
    put_changes(&j, &x->changes, x->c->lang);
    json_end(&j);
    buf_add_char(out, '\n');
}

static void add_points(struct buf *out, const struct changes *x, int64_t v, bool sign)
{
    if (sign && v >= 0) buf_add_char(out, '+');
    decimal_add_text(out, v, x->scale, points_places(x->scale));
}

/* "2026-01-01  有效  总分 48.50": a total that is not known to its end has two. */
static void add_end(const struct comparison *x, int state, struct buf *out)
{
    const struct change_end d = end_of(x, state);
    const int places = points_places(d.rules->scale);

    date_add_text(out, d.day);
    buf_add_c(out, "  ");
    decimal_add_text(out, d.score->total.lo, d.rules->scale, places);
    if (d.score->total.hi != d.score->total.lo) {
        buf_add_c(out, "–");
        decimal_add_text(out, d.score->total.hi, d.rules->scale, places);
    }
    buf_add_c(out, x->c->lang == LANG_ZH ? "分  " : " points  ");
    score_status_add_text(out, d.rules, d.score->status, x->c->lang);
    buf_add_char(out, '\n');
}

static void add_change(const struct comparison *x, const struct change *c, struct buf *out)
{
    const struct changes *all = &x->changes;
    const enum lang lang = x->c->lang;

    buf_add_c(out, "  ");
    add_points(out, all, c->to - c->from, true);
    buf_add_c(out, "  ");
    buf_add(out, rules_name(change_name(all, c), lang));
    if (c->before >= 0 || c->after >= 0) {
        buf_add_c(out, lang == LANG_ZH ? "（" : " (");
        add_points(out, all, c->from, false);
        buf_add_c(out, " → ");
        add_points(out, all, c->to, false);
        buf_add_c(out, lang == LANG_ZH ? "）" : ")");
    }
    buf_add_c(out, lang == LANG_ZH ? "：" : ": ");
    change_add_text(out, all, c, lang);
    buf_add_char(out, '\n');
}

static void add_text(const struct comparison *x, struct buf *out)
{
    add_end(x, 0, out);
    add_end(x, CHANGE_STATES - 1, out);
    buf_add_c(out, x->c->lang == LANG_ZH ? "变动  " : "change  ");
    add_points(out, &x->changes, x->changes.to - x->changes.from, true);
    buf_add_char(out, '\n');
    for (uint32_t i = 0; i < x->changes.count; i++)
        add_change(x, &x->changes.items[i], out);
}

int run_changes(struct cli *c)
{
    struct comparison x;
    struct buf b;
    int code = comparison_open(&x, c);

    buf_init(&b, 0);
    if (code == 0) {
        enum err e = compare(&x);
        if (e == ERR_OK && c->value[OPT_JSON] != NULL)
            add_json(&x, &b);
        else if (e == ERR_OK)
            add_text(&x, &b);
        if (e == ERR_OK) e = buf_err(&b);
        if (e == ERR_OK) cli_print(c->world.out, &b);
        if (e != ERR_OK) code = cli_fail(c, e, (struct str){NULL, 0});
    }
    buf_done(&b);
    comparison_close(&x);
    return code;
}
