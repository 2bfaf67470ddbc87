/* Drafts of rules and their simulations, for rule owners; auditors read. */
#include "http/app_internal.h"
#include "http/handlers.h"

/* /api/v1/drafts/{number}, /api/v1/simulations/{number} */
#define AT_NUMBER 3
#define ARENA_MAX ((size_t)1 << 30) /* a compilation, and a report: more than a request's own */

/* --- drafts --- */

static struct drafts drafts_begin(struct http_worker *w, const struct http_request *q,
                                  struct arena *a)
{
    arena_init(a, ARENA_MAX);
    return (struct drafts){w->store, a, w->rules, &q->caller};
}

static void answer_checked(struct http_worker *w, const struct http_request *q,
                           struct http_response *r, const struct draft_checked *k,
                           const struct draft *d)
{
    struct json j;

    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "draft");
    if (d)
        draft_add_json(d, w->rules, false, q->lang, &j);
    else
        json_add_null(&j);
    put_int(&j, "errors", (int64_t)k->diags.errors);
    json_key(&j, "findings");
    draft_add_findings(k, &j);
    json_end(&j);
    answer_end(q, r, ERR_OK);
}

static uint32_t take_files(struct json_in *in, struct arena *a, struct draft_file **ret)
{
    const uint32_t count = json_in_count(in, "files", DRAFT_FILES_MAX);
    struct draft_file *files = ARENA_ARRAY(a, struct draft_file, count);

    *ret = files;
    if (!files) return 0;
    for (uint32_t i = 0; i < count; i++) {
        struct json_in item;
        if (!json_in_item(in, "files", i, &item)) break;
        files[i].name = json_in_text(&item, "name", 1, 120);
        files[i].text = json_in_text(&item, "text", 1, DRAFT_BYTES_MAX);
        if (!json_in_done(&item)) break;
    }
    return count;
}

void handle_draft_make(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct draft_checked k = {.rules = NULL};
    struct draft_file *files;
    struct draft d;
    struct json_in in;
    struct arena a;

    if (!json_in_open(&in, q, r)) return;
    struct drafts x = drafts_begin(w, q, &a);
    const struct str name = json_in_text(&in, "name", 1, 60);
    const uint32_t count = take_files(&in, &a, &files);
    if (json_in_done(&in)) {
        const enum err e = draft_make(&x, request_key(q), str_trim(name), files, count, &k, &d);
        if (e == ERR_OK || e == ERR_RULES)
            answer_checked(w, q, r, &k, e == ERR_OK ? &d : NULL);
        else if (e == ERR_RANGE)
            problem_field(r, q, HTTP_FIELD_FILES, STR("files"), NULL, 0);
        else if (e == ERR_USAGE)
            http_problem(r, q, 409, HTTP_NO_TEXTS, NULL, 0);
        else
            answer_end(q, r, e);
    }
    arena_done(&a);
}

void handle_drafts(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct arena a;
    struct draft *items;
    uint32_t count;
    struct json j;
    struct drafts x = drafts_begin(w, q, &a);
    const enum err e = draft_list(&x, &items, &count);

    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        json_open_object(&j);
        json_key(&j, "items");
        json_open_array(&j);
        for (uint32_t i = 0; i < count; i++)
            draft_add_json(&items[i], w->rules, false, q->lang, &j);
        json_end(&j);
        json_end(&j);
    }
    answer_end(q, r, e);
    arena_done(&a);
}

void handle_draft_show(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct arena a;
    struct draft d;
    struct json j;
    struct drafts x = drafts_begin(w, q, &a);
    enum err e = draft_get(&x, q->segments[AT_NUMBER], &d);

    if (e == ERR_OK) e = draft_texts(&x, &d);
    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        draft_add_json(&d, w->rules, true, q->lang, &j);
    }
    answer_end(q, r, e);
    arena_done(&a);
}

/* --- simulations --- */

static struct trials trials_begin(struct http_worker *w, const struct http_request *q,
                                  struct arena *a)
{
    arena_init(a, ARENA_MAX);
    return (struct trials){.s = w->store, .a = a, .r = w->rules, .c = &q->caller};
}

static enum err add_trial(struct http_worker *w, struct trials *x, const struct trial *t,
                          enum lang lang, struct json *j)
{
    const struct trial_progress p = app_trials_progress(w->app);
    uint32_t before = 0;
    enum err e = ERR_OK;

    if (str_eq(t->object.state, STR("waiting"))) e = trial_before(x, t, &before);
    if (e == ERR_OK) trial_add_json(t, before, &p, lang, j);
    return e;
}

/* One job, or why not. */
static void answer_trial(struct http_worker *w, const struct http_request *q,
                         struct http_response *r, struct trials *x, enum err e,
                         const struct trial *t)
{
    struct json j;

    if (answer_refused(q, r, e, x->guard)) return;
    json_init(&j, &r->body, false);
    if (e == ERR_OK) e = add_trial(w, x, t, q->lang, &j);
    answer_end(q, r, e);
}

static bool take_ask(struct json_in *in, struct trial_ask *ret)
{
    const struct http_request *q = in->q;

    *ret = (struct trial_ask){.draft = json_in_text(in, "draft", 1, 40),
                              .day = json_in_day(in, "on", false),
                              .has_line = json_in_has(in, "line")};
    if (ret->day == DATE_OPEN_START) ret->day = q->caller.today;
    const struct str line = ret->has_line ? json_in_text(in, "line", 1, 12) : STR("");
    if (!json_in_has(in, "line")) (void)json_in_none(in, "line");
    struct http_response *r = in->r;
    if (!json_in_done(in)) return false;
    if (ret->has_line && (decimal_parse(line, 100, &ret->line) != ERR_OK || ret->line < -1000000 ||
                          ret->line > 1000000)) {
        problem_field(r, q, HTTP_FIELD_VALUE, STR("line"), NULL, 0);
        return false;
    }
    return true;
}

void handle_simulation_ask(struct http_worker *w, const struct http_request *q,
                           struct http_response *r)
{
    struct trial_ask ask;
    struct json_in in;
    struct trial t;
    struct arena a;

    if (!json_in_open(&in, q, r) || !take_ask(&in, &ask)) return;
    struct trials x = trials_begin(w, q, &a);
    const enum err e = trial_ask(&x, request_key(q), &ask, &t);
    if (e == ERR_OK) {
        app_trials_wake(w->app);
        r->status = 202;
    }
    if (e == ERR_NOT_FOUND)
        problem_field(r, q, HTTP_FIELD_VALUE, STR("draft"), NULL, 0);
    else
        answer_trial(w, q, r, &x, e, &t);
    arena_done(&a);
}

void handle_simulations(struct http_worker *w, const struct http_request *q,
                        struct http_response *r)
{
    struct arena a;
    struct trial *items;
    uint32_t count;
    struct json j;
    struct trials x = trials_begin(w, q, &a);
    enum err e = trial_list(&x, &items, &count);

    json_init(&j, &r->body, false);
    if (e == ERR_OK) {
        json_open_object(&j);
        json_key(&j, "items");
        json_open_array(&j);
        for (uint32_t i = 0; i < count && e == ERR_OK; i++)
            e = add_trial(w, &x, &items[i], q->lang, &j);
        if (e == ERR_OK) json_end(&j);
        if (e == ERR_OK) json_end(&j);
    }
    answer_end(q, r, e);
    arena_done(&a);
}

void handle_simulation_show(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    struct arena a;
    struct trial t;
    struct trials x = trials_begin(w, q, &a);

    answer_trial(w, q, r, &x, trial_get(&x, q->segments[AT_NUMBER], &t), &t);
    arena_done(&a);
}

void handle_simulation_cancel(struct http_worker *w, const struct http_request *q,
                              struct http_response *r)
{
    struct arena a;
    struct trial t;
    struct trials x = trials_begin(w, q, &a);

    answer_trial(w, q, r, &x, trial_cancel(&x, request_key(q), q->segments[AT_NUMBER], &t), &t);
    arena_done(&a);
}

static void answer_report(struct http_worker *w, const struct http_request *q,
                          struct http_response *r, enum trial_report which)
{
    struct arena a;
    struct str text = STR("");
    struct trials x = trials_begin(w, q, &a);

    answer_text(q, r, trial_report(&x, q->segments[AT_NUMBER], which, &text), text);
    arena_done(&a);
}

void handle_simulation_report(struct http_worker *w, const struct http_request *q,
                              struct http_response *r)
{
    answer_report(w, q, r, q->lang == LANG_ZH ? TRIAL_JSON_ZH : TRIAL_JSON_EN);
}

/* The page brings its own style and no script: that, and nothing else, is let through. */
void handle_simulation_page(struct http_worker *w, const struct http_request *q,
                            struct http_response *r)
{
    r->type = "text/html; charset=utf-8";
    http_add_header(r, q, "Content-Security-Policy",
                    STR("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                        "form-action 'none'; frame-ancestors 'none'"));
    answer_report(w, q, r, TRIAL_HTML);
}
