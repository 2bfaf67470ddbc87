/* A forecast as JSON (docs/forecast.schema.json) and the sentences both forms share. */
#include "base/date.h"
#include "base/json.h"
#include "engine/forecast_say.h"

static const struct {
    const char *code;
    const char *text[LANG_COUNT];
} whys[UNTIL_WHY_COUNT] = {
#define UNTIL(id, code, zh, en) {code, {zh, en}},
#include "engine/until.def"
#undef UNTIL
};

const char *until_code(enum until_why why)
{
    return whys[why].code;
}

/* --- reasons in words --- */

static const struct rule_name *rule_name_of(const struct rules *r, const struct forecast_reason *x)
{
    if (x->rule == RULE_GROUP) return &r->groups[x->rule_index].name;
    if (x->rule == RULE_INDICATOR) return &r->indicators[x->rule_index].name;
    if (x->rule == RULE_CLAUSE) return &r->clauses[x->rule_index].name;
    return x->rule == RULE_PARAM ? &r->params[x->rule_index].name : NULL;
}

static void say_rule(const struct say *s, const struct forecast_reason *x)
{
    const struct rules *r = s->e->rules;
    const struct rule_name *name = rule_name_of(r, x);

    if (x->rule == RULE_NONE) return;
    say_c(s, "：", ": ");
    if (name != NULL)
        say_name(s, name);
    else if (x->rule == RULE_SCHEME)
        buf_add(s->out, rules_label(&r->schemes[x->rule_index].title, s->v.lang));
    else
        buf_add(s->out, rules_label(&r->vetoes[x->rule_index].reason, s->v.lang));
}

/* "又满一个月（居住时间：起日 2020年3月15日，止日 至今）" */
void forecast_say_reason(const struct say *s, const struct forecast_reason *x)
{
    buf_add_c(s->out, whys[x->why.why].text[s->v.lang]);
    say_rule(s, x);
    if (x->why.reg >= 0) {
        say_c(s, "（", " (");
        say_name(s, &s->e->rules->regs[x->why.reg].name);
        if (!x->is_made_longer) { /* else its end is not a fact */
            say_c(s, "：", ": ");
            say_record(s, x->why.reg, x->why.row);
        }
        say_c(s, "）", ")");
    }
    if (x->veto >= 0) {
        say_c(s, "；否决或冻结：", "; veto or freeze: ");
        buf_add(s->out, rules_label(&s->e->rules->vetoes[x->veto].reason, s->v.lang));
    }
    if (x->assumed) say_c(s, "〔依据假定〕", " [by assumption]");
}

void forecast_say_status(const struct say *s, const struct forecast_state *x)
{
    if (x->scheme < 0)
        say_c(s, "没有施行的规则", "no rules in force");
    else
        score_status_add_text(s->out, s->e->rules, x->status, s->v.lang);
}

struct str forecast_basis(const struct rules *r, const struct forecast_reason *x, int32_t indicator)
{
    if (x->veto >= 0) return r->vetoes[x->veto].basis;
    if (x->clause >= 0) return r->clauses[x->clause].basis;
    if (indicator >= 0) return r->indicators[indicator].basis;
    return r->has_force ? r->force.basis : r->groups[0].basis;
}

bool forecast_applies(struct interval v)
{
    return v.lo != INT64_MIN;
}

struct explanation forecast_stub(const struct forecast *f)
{
    return (struct explanation){
        .rules = f->rules, .people = f->people, .person = f->person, .day = f->day};
}

/* --- JSON --- */

struct tell {
    struct json j;
    const struct forecast *f;
    enum lang lang;
    struct buf scratch;
    struct say say; /* writes into scratch */
};

static void tell_str(struct tell *t, const char *key, struct str v)
{
    json_key(&t->j, key);
    json_str(&t->j, v);
}

static void tell_said(struct tell *t, const char *key)
{
    tell_str(t, key, buf_str(&t->scratch));
    t->scratch.n = 0;
}

static void tell_day(struct tell *t, const char *key, int32_t day)
{
    date_add_text(&t->scratch, day);
    tell_said(t, key);
}

static void tell_bool(struct tell *t, const char *key, bool v)
{
    json_key(&t->j, key);
    json_bool(&t->j, v);
}

static void tell_points(struct tell *t, const char *key, struct interval v)
{
    json_key(&t->j, key);
    if (!forecast_applies(v)) {
        json_add_null(&t->j);
        return;
    }
    json_open_object(&t->j);
    decimal_add_text(&t->scratch, v.lo, t->f->rules->scale, 2);
    tell_said(t, "lo");
    decimal_add_text(&t->scratch, v.hi, t->f->rules->scale, 2);
    tell_said(t, "hi");
    json_end(&t->j);
}

static void tell_names(struct tell *t, const struct rule_name *n)
{
    tell_str(t, "name", n->ascii);
    say_name(&t->say, n);
    tell_said(t, "title");
}

static void tell_status(struct tell *t, const char *key, const struct forecast_state *s)
{
    json_key(&t->j, key);
    json_open_object(&t->j);
    tell_str(t, "code", score_status_word(t->f->rules, s->status));
    forecast_say_status(&t->say, s);
    tell_said(t, "text");
    json_end(&t->j);
}

static void tell_reason(struct tell *t, const struct forecast_reason *x, int32_t indicator)
{
    json_key(&t->j, "reason");
    json_open_object(&t->j);
    tell_str(t, "code", str_from_c(until_code(x->why.why)));
    forecast_say_reason(&t->say, x);
    tell_said(t, "text");
    tell_str(t, "basis", forecast_basis(t->f->rules, x, indicator));
    json_key(&t->j, "register");
    if (x->why.reg >= 0)
        json_str(&t->j, t->f->rules->regs[x->why.reg].name.ascii);
    else
        json_add_null(&t->j);
    tell_bool(t, "assumed", x->assumed);
    json_end(&t->j);
}

static void tell_item(struct tell *t, const struct forecast_item *i)
{
    json_open_object(&t->j);
    tell_names(t, &t->f->rules->indicators[i->indicator].name);
    tell_bool(t, "deducts", i->deducts);
    tell_points(t, "from", i->from);
    tell_points(t, "to", i->to);
    tell_reason(t, &i->reason, i->indicator);
    json_end(&t->j);
}

static void tell_change(struct tell *t, const struct forecast_change *c)
{
    json_open_object(&t->j);
    tell_day(t, "day", c->after->day);
    json_key(&t->j, "total");
    json_open_object(&t->j);
    tell_points(t, "from", c->before->total);
    tell_points(t, "to", c->after->total);
    json_end(&t->j);
    json_key(&t->j, "status");
    if (c->status_changes || c->item_count == 0) {
        json_open_object(&t->j);
        tell_status(t, "from", c->before);
        tell_status(t, "to", c->after);
        tell_reason(t, &c->status_reason, -1);
        json_end(&t->j);
    } else {
        json_add_null(&t->j);
    }
    json_key(&t->j, "indicators");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < c->item_count; i++)
        tell_item(t, &c->items[i]);
    json_end(&t->j);
    json_end(&t->j);
}

static void tell_state(struct tell *t, const struct forecast_state *s)
{
    json_open_object(&t->j);
    tell_day(t, "day", s->day);
    tell_status(t, "status", s);
    tell_points(t, "total", s->total);
    json_key(&t->j, "indicators");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < t->f->rules->indicator_count; i++) {
        if (!forecast_applies(s->indicators[i])) continue;
        json_open_object(&t->j);
        tell_names(t, &t->f->rules->indicators[i].name);
        tell_points(t, "points", s->indicators[i]);
        json_end(&t->j);
    }
    json_end(&t->j);
    json_end(&t->j);
}

static void tell_assumed(struct tell *t)
{
    const struct rules *r = t->f->rules;

    json_key(&t->j, "assumed");
    json_open_array(&t->j);
    for (uint32_t i = 0; t->f->assumed != NULL && i < r->reg_count; i++) {
        if (!t->f->assumed[i]) continue;
        json_open_object(&t->j);
        tell_names(t, &r->regs[i].name);
        json_end(&t->j);
    }
    json_end(&t->j);
}

/* A day, or null for `none`. */
static void tell_day_or(struct tell *t, const char *key, int32_t day, int32_t none)
{
    if (day != none) {
        tell_day(t, key, day);
    } else {
        json_key(&t->j, key);
        json_add_null(&t->j);
    }
}

static void tell_head(struct tell *t)
{
    const struct forecast *f = t->f;

    tell_str(t, "format", STR("jifen.forecast.1"));
    tell_str(t, "lang", t->lang == LANG_ZH ? STR("zh") : STR("en"));
    if (f->people->ids != NULL)
        buf_add(&t->scratch, f->people->ids[f->person]);
    else
        buf_printf(&t->scratch, "%u", f->person + 1);
    tell_said(t, "person");
    tell_day(t, "day", f->day);
    tell_day(t, "last", f->last);
    tell_day_or(t, "decided_until", f->decided_until, DATE_OPEN_END);
    tell_day_or(t, "rule_day", f->rule_day, FORECAST_RULES_FOLLOW);
    hash_add_text(&t->scratch, &f->rules->hash);
    tell_said(t, "rules");
    tell_assumed(t);
}

enum err forecast_json_value(const struct forecast *f, enum lang lang, struct json *into)
{
    struct tell t = {.j = *into, .f = f, .lang = lang};
    const struct explanation stub = forecast_stub(f);

    buf_init(&t.scratch, 0);
    t.say = say_new(&stub, lang, &t.scratch);
    json_open_object(&t.j);
    tell_head(&t);
    json_key(&t.j, "changes");
    json_open_array(&t.j);
    for (uint32_t i = 0; i < f->change_count; i++)
        tell_change(&t, &f->changes[i]);
    json_end(&t.j);
    tell_bool(&t, "is_cut", f->is_cut);
    json_key(&t.j, "curve");
    json_open_array(&t.j);
    tell_state(&t, f->start);
    for (uint32_t i = 0; i < f->change_count; i++)
        tell_state(&t, f->changes[i].after);
    json_end(&t.j);
    json_end(&t.j);
    const enum err e = buf_err(&t.scratch);
    buf_done(&t.scratch);
    *into = t.j;
    return e;
}

enum err forecast_json(const struct forecast *f, enum lang lang, bool pretty, struct buf *out)
{
    struct json j;

    json_init(&j, out, pretty);
    const enum err e = forecast_json_value(f, lang, &j);
    return e == ERR_OK ? buf_err(out) : e;
}
