/* The life of a simulation as a job. See trials.h; trial_run.c runs it. */
#include "service/trials.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "service/kept.h"
#include "service/put_rules.h"
#include "service/trials_internal.h"

#define LIFE_DEF "service/trial.def"
#include "service/life_tables.def"

const struct life trial_life = {
    .kind = "simulation",
    .title = {"规则模拟", "Simulation of a draft"},
    .states = states,
    .state_count = sizeof states / sizeof *states,
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .guards = guards,
    .deadlines = deadlines,
    .effects = effects,
};

static const struct life_word phases[TRIAL_PHASES] = {
#define PHASE(id, code, zh, en) [TRIAL_##id] = {code, {zh, en}},
#include "service/trial.def"
#undef PHASE
};

static const struct life_word faults[TRIAL_FAULTS] = {
#define FAULT(id, code, zh, en) [TRIAL_FAULT_##id] = {code, {zh, en}},
#include "service/trial.def"
#undef FAULT
};

const char *const trial_report_names[TRIAL_REPORTS] = {"report.zh.json", "report.en.json",
                                                       "report.html"};

/* --- what is kept --- */

static const struct {
    const char *name;
    size_t offset;
} moments[] = {{"started", offsetof(struct trial, started)},
               {"ended", offsetof(struct trial, ended)},
               {"known_at", offsetof(struct trial, known_at)},
               {"known_seq", offsetof(struct trial, known_seq)},
               {"line", offsetof(struct trial, line)}};
static const struct {
    const char *name;
    size_t offset;
} texts[] = {{"draft", offsetof(struct trial, draft)},
             {"draft_name", offsetof(struct trial, draft_name)},
             {"before", offsetof(struct trial, before)},
             {"after", offsetof(struct trial, after)}};
#define MOMENTS (sizeof moments / sizeof *moments)
#define TEXTS (sizeof texts / sizeof *texts)

static int64_t *moment_at(struct trial *t, size_t i)
{
    return (int64_t *)(void *)((char *)t + moments[i].offset);
}

static struct str *text_at(struct trial *t, size_t i)
{
    return (struct str *)(void *)((char *)t + texts[i].offset);
}

enum err trial_data_write(struct arena *a, const struct trial *t, struct str *ret)
{
    struct trial n = *t;
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    for (size_t i = 0; i < TEXTS; i++)
        put_str(&j, texts[i].name, *text_at(&n, i));
    for (size_t i = 0; i < MOMENTS; i++)
        put_int(&j, moments[i].name, *moment_at(&n, i));
    put_int(&j, "day", n.day);
    put_int(&j, "has_line", n.has_line);
    put_int(&j, "is_exact", n.is_exact);
    put_int(&j, "persons", (int64_t)n.persons);
    put_int(&j, "fault", n.fault);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

enum err trial_of_object(struct arena *a, const struct store_object *o, struct trial *ret)
{
    json_t *root = json_loadb(o->data.p, o->data.n, JSON_REJECT_DUPLICATES, NULL);
    struct trial t = {.object = *o};
    enum err e = json_is_object(root) ? ERR_OK : ERR_CORRUPT;

    for (size_t i = 0; i < TEXTS && e == ERR_OK; i++)
        e = kept_text(a, root, texts[i].name, text_at(&t, i));
    for (size_t i = 0; i < MOMENTS; i++)
        *moment_at(&t, i) = kept_int(root, moments[i].name);
    t.day = (int32_t)kept_int(root, "day");
    t.has_line = kept_int(root, "has_line") != 0;
    t.is_exact = kept_int(root, "is_exact") != 0;
    t.persons = (uint64_t)kept_int(root, "persons");
    t.fault = (enum trial_fault)(kept_int(root, "fault") % TRIAL_FAULTS);
    json_decref(root);
    if (e == ERR_OK) *ret = t;
    return e;
}

static enum err find(struct trials *x, struct str number, struct trial *ret)
{
    struct store_object o;
    const enum err e = store_object_by_number(x->s, x->a, TRIAL_KIND, number, &o);

    return e == ERR_OK ? trial_of_object(x->a, &o, ret) : e;
}

enum err trial_move(struct store *s, struct arena *a, const struct caller *c, struct trial *t,
                    const char *event)
{
    const struct life_row *row;
    enum err e = life_find(&trial_life, t->object.state, str_from_c(event), c->role, &row);

    if (e == ERR_OK) e = trial_data_write(a, t, &t->object.data);
    if (e != ERR_OK) return e;
    return store_object_move(s, &t->object, str_from_c(event), str_from_c(row->to), c->today,
                             STR(""));
}

/* --- the line --- */

static enum err count_of(struct store *s, struct arena *a, const char *state, int64_t before,
                         uint32_t *ret)
{
    const struct store_object_query q = {.kind = TRIAL_KIND,
                                         .state = str_from_c(state),
                                         .division_last = INT32_MAX,
                                         .due_by = DATE_OPEN_END,
                                         .limit = 1000};
    struct store_object *all;
    uint32_t count, n = 0;
    const enum err e = store_objects_find(s, a, &q, &all, &count);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count; i++)
        n += all[i].id < before;
    *ret = n;
    return ERR_OK;
}

enum err trial_before(struct trials *x, const struct trial *t, uint32_t *ret)
{
    uint32_t waiting = 0, running = 0;
    enum err e = count_of(x->s, x->a, "waiting", t->object.id, &waiting);

    if (e == ERR_OK) e = count_of(x->s, x->a, "running", INT64_MAX, &running);
    if (e == ERR_OK) *ret = waiting + running;
    return e;
}

/* --- asking --- */

struct asking {
    struct trials *x;
    const struct trial_ask *ask;
    struct trial t;
};

static enum err ask_act(void *ctx, int64_t command, struct str *ret_answer)
{
    struct asking *k = ctx;
    struct trials *x = k->x;
    struct store_object *o = &k->t.object;
    const struct civil day = date_to_civil(x->c->today);
    uint32_t waiting;
    char number[40];
    const int n = snprintf(number, sizeof number, "M%d%09lld", (int)day.year, (long long)command);
    enum err e = count_of(x->s, x->a, "waiting", INT64_MAX, &waiting);

    if (e == ERR_OK && waiting >= TRIAL_LINE_MAX)
        return life_refuse(&trial_life, GUARD_ROOM, ERR_CONFLICT, &x->guard);
    *o = (struct store_object){.kind = TRIAL_KIND,
                               .state = STR("waiting"),
                               .division = x->c->division,
                               .since_day = x->c->today,
                               .deadline_day = DATE_OPEN_END,
                               .number = str_copy(x->a, (struct str){number, (size_t)n})};
    if (!o->number.p) return ERR_NOMEM;
    if (e == ERR_OK) e = trial_data_write(x->a, &k->t, &o->data);
    if (e == ERR_OK) e = store_object_add(x->s, o);
    *ret_answer = o->number;
    return e;
}

static bool is_in_force(const struct rules *r, int32_t day)
{
    for (uint32_t i = 0; i < r->scheme_count; i++)
        if (r->schemes[i].source.from <= day && day <= r->schemes[i].source.to) return true;
    return false;
}

static enum err payload_of(const struct trial_ask *a, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%.*s %d %d %lld", STR_ARG(a->draft), (int)a->day, (int)a->has_line,
               (long long)a->line);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

enum err trial_ask(struct trials *x, struct str key, const struct trial_ask *ask, struct trial *ret)
{
    struct drafts drafts = {x->s, x->a, x->r, x->c};
    struct asking k = {x, ask, {.before = STR(""), .after = STR("")}};
    struct draft d;
    struct hash payload;
    struct str number;
    enum err e = access_check(x->c, ACTION_SIMULATION_RUN, 0, x->c->division);

    x->guard = NULL;
    if (e == ERR_OK) e = draft_get(&drafts, ask->draft, &d);
    if (e == ERR_OK && !is_in_force(x->r, ask->day))
        e = life_refuse(&trial_life, GUARD_IN_FORCE, ERR_CONFLICT, &x->guard);
    if (e == ERR_OK) e = payload_of(ask, &payload);
    if (e != ERR_OK) return e;
    k.t.draft = d.object.number;
    k.t.draft_name = d.name;
    k.t.day = ask->day;
    k.t.has_line = ask->has_line;
    k.t.line = ask->has_line ? ask->line : 0;
    const struct life_act act = {
        .key = key, .event = STR("ask"), .payload = &payload, .act = ask_act, .ctx = &k};
    e = life_run(&trial_life, x->s, x->a, x->c, &act, &number);
    return e == ERR_OK ? find(x, number, ret) : e;
}

struct cancelling {
    struct trials *x;
    struct str number;
};

/* Read again inside the command: it may have ended meanwhile. */
static enum err cancel_act(void *ctx, int64_t command, struct str *ret_answer)
{
    struct cancelling *k = ctx;
    struct trial t;
    enum err e = find(k->x, k->number, &t);

    (void)command;
    t.ended = e == ERR_OK ? k->x->c->now : 0;
    if (e == ERR_OK) e = trial_move(k->x->s, k->x->a, k->x->c, &t, "cancel");
    *ret_answer = k->number;
    return e;
}

enum err trial_cancel(struct trials *x, struct str key, struct str number, struct trial *ret)
{
    struct cancelling k = {x, number};
    struct trial t;
    struct hash payload;
    struct str answer;
    enum err e = find(x, number, &t);

    x->guard = NULL;
    if (e == ERR_OK && access_check(x->c, ACTION_SIMULATION_RUN, 0, t.object.division) != ERR_OK)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = hash_sm3(number, &payload);
    if (e != ERR_OK) return e;
    const struct life_act act = {
        .key = key, .event = STR("cancel"), .payload = &payload, .act = cancel_act, .ctx = &k};
    e = life_run(&trial_life, x->s, x->a, x->c, &act, &answer);
    return e == ERR_OK ? find(x, number, ret) : e;
}

/* --- reading --- */

enum err trial_get(struct trials *x, struct str number, struct trial *ret)
{
    struct trial t;
    enum err e = find(x, number, &t);

    if (e == ERR_OK && access_check(x->c, ACTION_SIMULATION_READ, 0, t.object.division) != ERR_OK)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK) *ret = t;
    return e;
}

enum err trial_list(struct trials *x, struct trial **ret, uint32_t *ret_count)
{
    struct store_object *objects;
    uint32_t count;
    enum err e = access_check(x->c, ACTION_SIMULATION_READ, 0, x->c->division);

    if (e == ERR_OK)
        e = life_newest(x->s, x->a, x->c, TRIAL_KIND, TRIAL_LIST_MAX, &objects, &count);
    if (e != ERR_OK) return e;
    struct trial *all = ARENA_ARRAY(x->a, struct trial, count);
    if (!all) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = trial_of_object(x->a, &objects[i], &all[i]);
    if (e != ERR_OK) return e;
    *ret = all;
    *ret_count = count;
    return ERR_OK;
}

enum err trial_report(struct trials *x, struct str number, enum trial_report which, struct str *ret)
{
    struct store_material *all;
    uint32_t count;
    struct trial t;
    enum err e = trial_get(x, number, &t);

    if (e == ERR_OK) e = store_materials(x->s, x->a, 0, t.object.id, &all, &count);
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count; i++) {
        struct store_material m;
        if (!str_eq(all[i].name, str_from_c(trial_report_names[which]))) continue;
        e = store_material_get(x->s, x->a, 0, t.object.id, all[i].id, &m);
        if (e == ERR_OK) *ret = m.bytes;
        return e;
    }
    return ERR_NOT_FOUND;
}

/* --- JSON --- */

static void put_moment(struct json *out, const char *key, int64_t at)
{
    if (at > 0)
        put_instant(out, key, at);
    else
        put_null(out, key);
}

static void put_digest(struct json *out, const char *key, struct str hex)
{
    if (hex.n > 0)
        put_str(out, key, hex);
    else
        put_null(out, key);
}

static void put_progress(struct json *out, const struct trial *t, const struct trial_progress *p,
                         enum lang lang)
{
    json_key(out, "progress");
    if (!p || p->job != t->object.id || !str_eq(t->object.state, STR("running"))) {
        json_add_null(out);
        return;
    }
    json_open_object(out);
    put_text(out, "phase", phases[p->phase].code);
    put_text(out, "phase_text", phases[p->phase].text[lang]);
    put_int(out, "done", (int64_t)p->done);
    put_int(out, "total", (int64_t)p->total);
    json_end(out);
}

static void put_asked(struct json *out, const struct trial *t, enum lang lang)
{
    put_division(out, t->object.division, lang);
    json_key(out, "draft");
    json_open_object(out);
    put_str(out, "number", t->draft);
    put_str(out, "name", t->draft_name);
    json_end(out);
    put_day(out, "on", t->day);
    if (t->has_line)
        put_scaled(out, "line", 100, t->line);
    else
        put_null(out, "line");
    put_instant(out, "asked", t->object.opened);
}

void trial_add_json(const struct trial *t, uint32_t before, const struct trial_progress *p,
                    enum lang lang, struct json *out)
{
    const struct life_state *state = life_state_named(&trial_life, t->object.state);
    const struct life_word *fault = t->fault ? &faults[t->fault] : NULL;

    json_open_object(out);
    put_str(out, "number", t->object.number);
    put_str(out, "state", t->object.state);
    put_text(out, "state_text", state ? state->text[lang] : "");
    put_bool(out, "is_end", state && state->is_end);
    put_asked(out, t, lang);
    if (str_eq(t->object.state, STR("waiting")))
        put_int(out, "before", before);
    else
        put_null(out, "before");
    put_progress(out, t, p, lang);
    put_moment(out, "started", t->started);
    put_moment(out, "ended", t->ended);
    put_digest(out, "rules_before", t->before);
    put_digest(out, "rules_after", t->after);
    put_moment(out, "known_at", t->known_at);
    put_int(out, "known_seq", t->known_seq);
    put_bool(out, "is_exact", t->is_exact);
    json_key(out, "fault");
    if (fault) {
        json_open_object(out);
        put_text(out, "code", fault->code);
        put_text(out, "text", fault->text[lang]);
        json_end(out);
    } else {
        json_add_null(out);
    }
    json_end(out);
}
