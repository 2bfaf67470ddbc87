/* Rules in force, divisions, estimates: for anybody, and nothing is stored. */
#include "base/date.h"
#include "base/division.h"
#include "http/handlers.h"
#include "http/openapi.h"

/* /api/v1/rules/text/{scheme} */
#define AT_SCHEME 4

#define ASSUME_MOST 256 /* characters of names of registers */
#define LINE_MOST 32

bool query_place(const struct http_request *q, struct http_response *r, int32_t *ret_place,
                 int32_t *ret_day)
{
    struct str text;

    *ret_day = q->caller.today;
    if (!query_needed(q, r, "division", &text)) return false;
    if (division_parse(text, ret_place) != ERR_OK) {
        problem_field(r, q, HTTP_FIELD_DIVISION, STR("division"), NULL, 0);
        return false;
    }
    return query_day(q, r, "on", ret_day);
}

void handle_rules_in_force(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    int32_t place, day;
    struct json j;

    if (!query_place(q, r, &place, &day)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, points_rules(w->points, q->arena, &q->caller, place, day, &j));
}

void handle_rules_text(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct str text;
    struct json j;
    const enum err e = points_rule_text(w->points, &q->caller, q->segments[AT_SCHEME], &text);

    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        json_open_object(&j);
        put_str(&j, "scheme", q->segments[AT_SCHEME]);
        put_str(&j, "markdown", text);
        json_end(&j);
    }
    answer_end(q, r, e);
}

/* Those of the province of the rules that exist today. */
void handle_divisions(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    size_t count;
    const struct division *table = division_table(&count);
    const int32_t area =
        w->rules->scheme_count > 0 ? w->rules->schemes[0].division : q->caller.division;
    struct json j;

    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "items");
    json_open_array(&j);
    for (size_t i = 0; i < count; i++) {
        const struct division *d = &table[i];
        if (!division_is_within(d->code, area) || d->from > q->caller.today ||
            d->to <= q->caller.today)
            continue;
        json_open_object(&j);
        put_int(&j, "code", d->code);
        put_text(&j, "name", q->lang == LANG_ZH ? d->zh : d->en);
        put_int(&j, "parent", division_parent(d->code));
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
    answer_end(q, r, ERR_OK);
}

/* --- estimates --- */

/* What was wrong with the facts of an estimate: the field is named as register.field. */
static void answer_estimate(const struct http_request *q, struct http_response *r, enum err e,
                            struct str field)
{
    static const struct {
        enum err e;
        enum http_msg m;
    } ROWS[] = {{ERR_SYNTAX, HTTP_FIELD_VALUE},
                {ERR_RANGE, HTTP_FIELD_VALUE},
                {ERR_ROWS, HTTP_FIELD_RECORDS},
                {ERR_NOT_FOUND, HTTP_FIELD_UNKNOWN}};

    if (e == ERR_NOT_FOUND && field.n == 0) {
        problem_field(r, q, HTTP_NO_RULES, STR("on"), NULL, 0);
        return;
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (e == ROWS[i].e && field.n > 0) {
            problem_field(r, q, ROWS[i].m, field, NULL, 0);
            return;
        }
    answer_end(q, r, e);
}

/* Of an estimate that takes many scores no more run at once than there are processors: there are
 * more workers, so that everybody else always finds one. False: a problem stands in r. */
static bool guess_begin(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    if (app_guess_begin(w->app)) return true;
    http_problem_err(r, q, ERR_BUSY);
    return false;
}

/* The members that all estimates have. */
static struct points_imagined imagined_read(struct json_in *in, const struct http_request *q)
{
    const int32_t place = (int32_t)json_in_int(in, "division", 110000, 999999);
    const int32_t on = json_in_day(in, "on", false);

    return (struct points_imagined){place, on == DATE_OPEN_START ? q->caller.today : on,
                                    json_in_object(in, "facts")};
}

/* The end of reading. False: a problem stands in r. */
static bool imagined_done(struct json_in *in, const struct points_imagined *x)
{
    if (!json_in_done(in)) return false;
    if (division_is_known(x->division)) return true;
    problem_field(in->r, in->q, HTTP_FIELD_DIVISION, STR("division"), NULL, 0);
    return false;
}

void handle_estimate(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json_in in;
    struct str field;
    struct json j;

    if (!json_in_open(&in, q, r)) return;
    const struct points_imagined x = imagined_read(&in, q);
    if (!imagined_done(&in, &x)) return;
    json_init(&j, &r->body, false);
    const enum err e = points_estimate(w->points, q->arena, &q->caller, &x, &j, &field);
    answer_estimate(q, r, e, field);
}

void handle_estimate_forecast(struct http_worker *w, const struct http_request *q,
                              struct http_response *r)
{
    struct points_period h = {.years = FORECAST_YEARS};
    struct json_in in;
    struct str field;

    if (!json_in_open(&in, q, r)) return;
    const struct points_imagined x = imagined_read(&in, q);
    if (json_in_has(&in, "years"))
        h.years = (int32_t)json_in_int(&in, "years", 1, FORECAST_YEARS_MOST);
    h.rule_day = json_in_day(&in, "rules_of", false);
    h.assume = json_in_text(&in, "assume", 0, ASSUME_MOST);
    if (!imagined_done(&in, &x) || !guess_begin(w, q, r)) return;
    const enum err e =
        points_estimate_forecast(w->points, q->arena, &q->caller, &x, &h, &r->body, &field);
    app_guess_end(w->app);
    answer_estimate(q, r, e, field);
}

void handle_estimate_advice(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    struct json_in in;
    struct str field;
    struct json j;
    int64_t line = 0;

    if (!json_in_open(&in, q, r)) return;
    const struct points_imagined x = imagined_read(&in, q);
    const struct str text = json_in_text(&in, "line", 0, LINE_MOST);
    if (!imagined_done(&in, &x) || !line_read(w, q, r, text, &line) || !guess_begin(w, q, r))
        return;
    json_init(&j, &r->body, false);
    const enum err e = points_estimate_advice(w->points, q->arena, &q->caller, &x,
                                              text.n > 0 ? &line : NULL, &j, &field);
    app_guess_end(w->app);
    answer_estimate(q, r, e, field);
}

void handle_estimate_form(struct http_worker *w, const struct http_request *q,
                          struct http_response *r)
{
    int32_t place, day;
    struct json j;

    if (!query_place(q, r, &place, &day)) return;
    json_init(&j, &r->body, false);
    answer_end(q, r, points_estimate_form(w->points, q->arena, &q->caller, place, day, &j));
}

void handle_openapi(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    answer_end(q, r, openapi_add(&r->body, q->lang, w->config->version));
}
