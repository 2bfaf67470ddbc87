/* Rules in force, divisions, estimates: for anybody, and nothing is stored. */
#include "base/division.h"
#include "http/handlers.h"
#include "http/openapi.h"

/* /api/v1/rules/text/{scheme} */
#define AT_SCHEME 4

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

/* What was wrong with the facts of an estimate: the field is named as register.field. */
static void answer_estimate(const struct http_request *q, struct http_response *r, enum err e,
                            struct str field)
{
    if (e == ERR_SYNTAX || e == ERR_RANGE || e == ERR_NOT_FOUND)
        problem_field(r, q, e == ERR_NOT_FOUND ? HTTP_FIELD_UNKNOWN : HTTP_FIELD_VALUE, field, NULL,
                      0);
    else
        answer_end(q, r, e);
}

void handle_estimate(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct json_in in;
    struct str field = STR("facts");
    struct json j;

    if (!json_in_open(&in, q, r)) return;
    const int32_t place = (int32_t)json_in_int(&in, "division", 110000, 999999);
    const int32_t on = json_in_day(&in, "on", false);
    const struct str facts = json_in_object(&in, "facts");
    if (!json_in_done(&in)) return;
    if (!division_is_known(place)) {
        problem_field(r, q, HTTP_FIELD_DIVISION, STR("division"), NULL, 0);
        return;
    }
    json_init(&j, &r->body, false);
    const enum err e =
        points_estimate(w->points, q->arena, &q->caller, place,
                        on == DATE_OPEN_START ? q->caller.today : on, facts, &j, &field);
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
