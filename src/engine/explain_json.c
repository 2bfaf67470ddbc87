/* The explanation as JSON, after docs/explain.schema.json.
 *
 * The same tree as the prose. Points are strings with two decimals, days are YYYY-MM-DD, names are
 * the ASCII forms; every "title" and "text" is a sentence in the language asked for. Keys never
 * disappear: what does not apply is null or an empty list. */
#include "base/date.h"
#include "base/json.h"
#include "engine/explain_internal.h"

struct tell {
    struct json j;
    const struct explanation *e;
    enum lang lang;
    struct buf scratch; /* texts on their way into the JSON */
    struct say say;     /* writes into scratch */
};

static void tell_str(struct tell *t, const char *key, struct str v)
{
    json_key(&t->j, key);
    json_str(&t->j, v);
}

static void tell_bool(struct tell *t, const char *key, bool v)
{
    json_key(&t->j, key);
    json_bool(&t->j, v);
}

/* What was said into the scratch buffer. */
static void tell_said(struct tell *t, const char *key)
{
    tell_str(t, key, buf_str(&t->scratch));
    t->scratch.n = 0;
}

static void tell_day(struct tell *t, const char *key, int64_t day)
{
    json_key(&t->j, key);
    if (day <= DATE_OPEN_START || day >= DATE_OPEN_END) {
        json_add_null(&t->j);
        return;
    }
    date_add_text(&t->scratch, (int32_t)day);
    json_str(&t->j, buf_str(&t->scratch));
    t->scratch.n = 0;
}

static void tell_amount(struct tell *t, const char *key, int64_t v)
{
    decimal_add_text(&t->scratch, v, t->e->rules->scale, 2);
    tell_said(t, key);
}

static void tell_points(struct tell *t, const char *key, struct interval v)
{
    json_key(&t->j, key);
    json_open_object(&t->j);
    tell_amount(t, "lo", v.lo);
    tell_amount(t, "hi", v.hi);
    json_end(&t->j);
}

static void tell_names(struct tell *t, const struct rule_name *n)
{
    tell_str(t, "name", n->ascii);
    say_name(&t->say, n); /* without underscores */
    tell_said(t, "title");
}

static struct str truth_word(struct interval c)
{
    static const struct str words[] = {{"no", 2}, {"unknown", 7}, {"yes", 3}};

    return words[c.lo + c.hi];
}

static void tell_hash(struct tell *t, const char *key, const struct hash *h)
{
    hash_add_text(&t->scratch, h);
    tell_said(t, key);
}

/* --- rules, status --- */

static void tell_scheme(struct tell *t, int32_t index)
{
    static const struct str layers[] = {{"province", 8}, {"city", 4}, {"county", 6}};
    const struct rule_scheme *s = &t->e->rules->schemes[index];

    json_open_object(&t->j);
    tell_str(t, "name", s->name.ascii);
    tell_str(t, "title", rules_label(&s->title, t->lang));
    tell_str(t, "layer", layers[s->layer]);
    json_key(&t->j, "division");
    json_int(&t->j, s->division);
    tell_bool(t, "illustrative", s->illustrative);
    tell_str(t, "document", rules_label(&s->source.label, t->lang));
    tell_str(t, "digest", s->source.digest);
    tell_day(t, "from", s->source.from);
    tell_day(t, "to", s->source.to);
    tell_hash(t, "hash", &s->hash);
    json_end(&t->j);
}

static void tell_rules(struct tell *t)
{
    json_key(&t->j, "rules");
    json_open_object(&t->j);
    tell_hash(t, "hash", &t->e->rules->hash);
    json_key(&t->j, "schemes");
    json_open_array(&t->j);
    for (uint32_t i = t->e->chain_count; i-- > 0;)
        tell_scheme(t, t->e->chain[i]);
    json_end(&t->j);
    json_end(&t->j);
}

static void tell_status(struct tell *t)
{
    const struct explanation *e = t->e;

    json_key(&t->j, "status");
    json_open_object(&t->j);
    tell_str(t, "code", score_status_word(e->rules, e->score.status));
    score_status_add_text(&t->scratch, e->rules, e->score.status, t->lang);
    tell_said(t, "text");
    tell_bool(t, "in_force", e->score.in_force);
    json_key(&t->j, "division");
    if (e->home.division != 0)
        json_int(&t->j, e->home.division);
    else
        json_add_null(&t->j);
    json_key(&t->j, "error");
    if (e->score.error != ERR_OK)
        json_str(&t->j, str_from_c(err_text(e->score.error)));
    else
        json_add_null(&t->j);
    json_end(&t->j);
}

/* --- what is awaited, facts --- */

static void tell_awaits(struct tell *t, const struct explain_seen *seen)
{
    json_key(&t->j, "awaiting");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < seen->await_count; i++) {
        const struct explain_await *a = &seen->awaits[i];
        const struct rule_register *reg = &t->e->rules->regs[a->reg];
        json_open_object(&t->j);
        tell_str(t, "register", reg->name.ascii);
        json_key(&t->j, "field");
        if (a->field >= 0)
            json_str(&t->j, reg->fields[a->field].name.ascii);
        else
            json_add_null(&t->j);
        tell_str(t, "supplier", rules_label(&reg->supplier, t->lang));
        tell_str(t, "reason",
                 a->is_silent    ? STR("unanswered")
                 : a->field >= 0 ? STR("missing")
                                 : STR("no_record"));
        say_await(&t->say, a);
        tell_said(t, "text");
        json_end(&t->j);
    }
    json_end(&t->j);
}

static void tell_steps(struct tell *t, const struct explain_step *steps, uint32_t count)
{
    static const struct str kinds[STEP_KIND_COUNT] = {
        [STEP_VALUE] = {"value", 5},
        [STEP_BAND] = {"band", 4},
        [STEP_ROW] = {"row", 3},
        [STEP_BRANCH] = {"condition", 9},
        [STEP_ARITHMETIC] = {"arithmetic", 10},
        [STEP_PER] = {"per", 3},
        [STEP_CAP] = {"cap", 3},
        [STEP_FLOOR] = {"floor", 5},
        [STEP_CHOICE] = {"choice", 6},
        [STEP_TOTAL] = {"total", 5},
        [STEP_EACH] = {"each", 4},
        [STEP_IF_UNKNOWN] = {"if_unknown", 10},
    };

    json_key(&t->j, "steps");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < count; i++) {
        const struct trace_node *node = steps[i].t;
        json_open_object(&t->j);
        tell_str(t, "kind", kinds[steps[i].kind]);
        say_step(&t->say, &steps[i]);
        tell_said(t, "text");
        json_key(&t->j, "points");
        if (t->e->rules->nodes[node->node].type.vt == VT_POINTS) {
            json_open_object(&t->j);
            tell_amount(t, "lo", node->value.lo);
            tell_amount(t, "hi", node->value.hi);
            json_end(&t->j);
        } else {
            json_add_null(&t->j);
        }
        json_key(&t->j, "holds");
        if (steps[i].kind == STEP_BRANCH)
            json_str(&t->j, truth_word(node->kids[0]->value));
        else
            json_add_null(&t->j);
        json_end(&t->j);
    }
    json_end(&t->j);
}

static void tell_record(struct tell *t, const struct explain_fact *f)
{
    const struct rule_register *reg = &t->e->rules->regs[f->reg];
    const struct column *cols = t->e->people->regs[f->reg].cols;

    json_key(&t->j, "record");
    json_open_object(&t->j);
    for (uint32_t i = 0; i < reg->field_count; i++) {
        const struct str name = reg->fields[i].name.ascii;
        buf_add(&t->scratch, name);
        buf_add_char(&t->scratch, '\0');
        json_key(&t->j, t->scratch.p != NULL ? t->scratch.p : "");
        t->scratch.n = 0;
        if (!column_known(&cols[i], f->row)) {
            json_add_null(&t->j);
            continue;
        }
        value_add_text(&t->scratch, &t->say.v, reg->fields[i].type, column_get(&cols[i], f->row));
        json_str(&t->j, buf_str(&t->scratch));
        t->scratch.n = 0;
    }
    json_end(&t->j);
}

static void tell_fact(struct tell *t, const struct explain_fact *f)
{
    static const struct str counts[] = {{"no", 2}, {"perhaps", 7}, {"yes", 3}};
    const struct rule_register *reg = &t->e->rules->regs[f->reg];
    const struct register_data *d = &t->e->people->regs[f->reg];

    json_open_object(&t->j);
    tell_str(t, "register", reg->name.ascii);
    tell_str(t, "title", rules_name(&reg->name, t->lang));
    tell_str(t, "supplier", rules_label(&reg->supplier, t->lang));
    tell_str(t, "file", d->file);
    const uint32_t line = d->line != NULL ? d->line[f->row] : 0;
    json_key(&t->j, "line");
    if (line != 0 && d->recorded == NULL)
        json_int(&t->j, line);
    else
        json_add_null(&t->j);
    tell_day(t, "recorded",
             line != 0 && d->recorded != NULL ? d->recorded[line - 1] : DATE_OPEN_END);
    tell_record(t, f);
    tell_str(t, "counts", f->lost ? counts[0] : counts[f->standing]);
    say_why(&t->say, f);
    tell_said(t, "why");
    if (f->has_points) {
        tell_points(t, "points", f->points);
    } else {
        json_key(&t->j, "points");
        json_add_null(&t->j);
    }
    tell_day(t, "expires", f->expires);
    tell_steps(t, f->steps, f->step_count);
    json_end(&t->j);
}

static void tell_facts(struct tell *t, const struct explain_seen *seen)
{
    json_key(&t->j, "facts");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < seen->fact_count; i++)
        tell_fact(t, &seen->facts[i]);
    json_end(&t->j);
}

/* --- limits, vetoes --- */

static void tell_limit(struct tell *t, const char *key, bool is_set, int64_t limit,
                       struct interval before, struct interval after)
{
    json_key(&t->j, key);
    if (!is_set) {
        json_add_null(&t->j);
        return;
    }
    json_open_object(&t->j);
    tell_amount(t, "limit", limit);
    tell_points(t, "before", before);
    tell_points(t, "after", after);
    tell_bool(t, "binds", before.lo != after.lo || before.hi != after.hi);
    json_end(&t->j);
}

static void tell_ceiling(struct tell *t, int64_t ceiling)
{
    if (ceiling >= 0) {
        tell_amount(t, "ceiling", ceiling);
        return;
    }
    json_key(&t->j, "ceiling");
    json_add_null(&t->j);
}

static void tell_limits(struct tell *t, const struct rule_amount *cap,
                        const struct rule_amount *floor, const struct trace_steps *s)
{
    tell_points(t, "raw", s->raw);
    tell_limit(t, "cap", cap->is_set, s->cap, s->raw, s->capped);
    tell_limit(t, "floor", floor->is_set, s->floor, s->capped, s->floored);
    tell_points(t, "without_veto", s->free);
    json_key(&t->j, "veto");
    if (s->veto < 0) {
        json_add_null(&t->j);
        return;
    }
    json_open_object(&t->j);
    tell_str(t, "reason", rules_label(&t->e->rules->vetoes[s->veto].reason, t->lang));
    tell_str(t, "basis", t->e->rules->vetoes[s->veto].basis);
    json_end(&t->j);
}

/* --- groups and indicators --- */

static void tell_scheme_of(struct tell *t, int32_t scheme)
{
    const struct rule_scheme *s = &t->e->rules->schemes[scheme];

    tell_str(t, "scheme", s->name.ascii);
    tell_str(t, "document", rules_label(&s->source.label, t->lang));
}

static void tell_group(struct tell *t, uint32_t at)
{
    const int32_t group = t->e->plan->groups[at];
    const struct rule_group *g = &t->e->rules->groups[group];

    json_open_object(&t->j);
    tell_names(t, &g->name);
    json_key(&t->j, "parent");
    if (g->parent >= 0)
        json_str(&t->j, t->e->rules->groups[g->parent].name.ascii);
    else
        json_add_null(&t->j);
    tell_points(t, "points", t->e->score.groups[at]);
    tell_str(t, "combines", g->combine == COMBINE_HIGHEST ? STR("highest") : STR("sum"));
    tell_bool(t, "deducts", g->deducts);
    tell_ceiling(t, g->ceiling);
    tell_limits(t, &g->cap, &g->floor, &t->e->trace->groups[at].steps);
    tell_scheme_of(t, g->scheme);
    tell_str(t, "basis", g->basis);
    json_end(&t->j);
}

static void tell_clause(struct tell *t, const struct explain_clause *c)
{
    const struct rule_clause *rule = &t->e->rules->clauses[c->t->clause];

    json_open_object(&t->j);
    tell_names(t, &rule->name);
    tell_scheme_of(t, rule->scheme);
    tell_str(t, "basis", rule->basis);
    tell_day(t, "from", rule->from);
    tell_day(t, "to", rule->to);
    json_key(&t->j, "exception_to");
    if (rule->exception_to >= 0)
        json_str(&t->j, t->e->rules->clauses[rule->exception_to].name.ascii);
    else
        json_add_null(&t->j);
    json_key(&t->j, "condition");
    if (rule->cond >= 0) {
        say_expression(&t->say, (uint32_t)rule->cond);
        json_str(&t->j, buf_str(&t->scratch));
        t->scratch.n = 0;
    } else {
        json_add_null(&t->j);
    }
    tell_str(t, "applies", truth_word(c->t->applies));
    tell_points(t, "points", c->t->given);
    tell_bool(t, "taken", c->taken);
    tell_bool(t, "lost", c->lost);
    tell_steps(t, c->steps, c->step_count);
    json_end(&t->j);
}

static void tell_indicator(struct tell *t, const struct explain_indicator *x)
{
    static const struct str combines[] = {{"one", 3}, {"sum", 3}, {"highest", 7}};
    const struct rule_indicator *ind = &t->e->rules->indicators[x->t->indicator];
    const struct trace_steps *s = &x->t->steps;

    json_open_object(&t->j);
    tell_names(t, &ind->name);
    tell_str(t, "group", t->e->rules->groups[ind->group].name.ascii);
    tell_points(t, "points", s->final);
    tell_bool(t, "lost", x->lost);
    tell_str(t, "combines", combines[ind->combine]);
    tell_ceiling(t, ind->ceiling);
    tell_limits(t, &ind->cap, &ind->floor, s);
    tell_limit(t, "if_unknown", ind->has_if_unknown, ind->if_unknown_value, s->floored, s->settled);
    tell_scheme_of(t, ind->scheme);
    tell_str(t, "basis", ind->basis);
    tell_day(t, "from", ind->from);
    tell_day(t, "to", ind->to);
    json_key(&t->j, "clauses");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < x->clause_count; i++)
        tell_clause(t, &x->clauses[i]);
    json_end(&t->j);
    tell_facts(t, &x->seen);
    tell_awaits(t, &x->seen);
    json_end(&t->j);
}

/* --- vetoes and gates --- */

static void tell_lines(struct tell *t, const struct explain_condition *c)
{
    json_key(&t->j, "lines");
    json_open_array(&t->j);
    for (uint32_t i = 0; i < c->line_count; i++) {
        json_open_object(&t->j);
        say_expression(&t->say, c->lines[i]->node);
        tell_said(t, "text");
        tell_str(t, "holds", truth_word(c->lines[i]->value));
        json_end(&t->j);
    }
    json_end(&t->j);
}

static void tell_veto(struct tell *t, const struct explain_condition *c)
{
    const struct rules *r = t->e->rules;
    const struct rule_veto *v = &r->vetoes[c->t->index];

    json_open_object(&t->j);
    json_key(&t->j, "of");
    if (v->group >= 0)
        json_str(&t->j, r->groups[v->group].name.ascii);
    else if (v->indicator >= 0)
        json_str(&t->j, r->indicators[v->indicator].name.ascii);
    else
        json_add_null(&t->j);
    tell_bool(t, "freezes", v->freezes);
    tell_str(t, "reason", rules_label(&v->reason, t->lang));
    tell_str(t, "holds", truth_word(c->truth));
    tell_scheme_of(t, v->scheme);
    tell_str(t, "basis", v->basis);
    tell_lines(t, c);
    tell_facts(t, &c->seen);
    tell_awaits(t, &c->seen);
    json_end(&t->j);
}

static void tell_gate(struct tell *t, const struct explain_condition *c)
{
    const struct rule_gate *g = &t->e->rules->gates[c->t->index];

    json_open_object(&t->j);
    tell_names(t, &g->name);
    tell_str(t, "holds", truth_word(c->truth));
    tell_scheme_of(t, g->scheme);
    tell_str(t, "basis", g->basis);
    tell_lines(t, c);
    tell_facts(t, &c->seen);
    tell_awaits(t, &c->seen);
    json_end(&t->j);
}

/* --- the whole --- */

static void tell_person(struct tell *t)
{
    const struct population *p = t->e->people;

    if (p->ids != NULL)
        buf_add(&t->scratch, p->ids[t->e->person]);
    else
        buf_add_int(&t->scratch, (int64_t)t->e->person + 1);
    tell_said(t, "person");
    tell_day(t, "day", t->e->day);
    tell_day(t, "rule_day", t->e->rule_day);
}

static void tell_scored(struct tell *t)
{
    const struct explanation *e = t->e;
    const bool is_scored = e->trace != NULL;

    json_key(&t->j, "total");
    if (is_scored) {
        json_open_object(&t->j);
        tell_names(t, &e->rules->groups[0].name);
        tell_points(t, "points", e->score.total);
        tell_points(t, "if_in_force", e->score.groups[0]);
        tell_points(t, "without_veto", e->trace->groups[0].steps.free);
        json_end(&t->j);
    } else {
        json_add_null(&t->j);
    }
    json_key(&t->j, "groups");
    json_open_array(&t->j);
    for (uint32_t i = 0; is_scored && i < e->plan->group_count; i++)
        tell_group(t, i);
    json_end(&t->j);
    json_key(&t->j, "indicators");
    json_open_array(&t->j);
    for (uint32_t i = 0; is_scored && i < e->plan->indicator_count; i++)
        tell_indicator(t, &e->indicators[i]);
    json_end(&t->j);
    json_key(&t->j, "vetoes");
    json_open_array(&t->j);
    for (uint32_t i = 0; is_scored && i < e->plan->veto_count; i++)
        tell_veto(t, &e->vetoes[i]);
    json_end(&t->j);
    json_key(&t->j, "gates");
    json_open_array(&t->j);
    for (uint32_t i = 0; is_scored && i < e->plan->gate_count; i++)
        tell_gate(t, &e->gates[i]);
    json_end(&t->j);
    tell_awaits(t, &e->open);
}

enum err explain_json_indicator(const struct explanation *e, enum lang lang, uint32_t at,
                                struct json *into)
{
    struct tell t = {.e = e, .lang = lang, .j = *into};

    INVARIANT(e->trace != NULL && at < e->plan->indicator_count);
    buf_init(&t.scratch, 0);
    t.say = say_new(e, lang, &t.scratch);
    tell_indicator(&t, &e->indicators[at]);
    *into = t.j;
    const enum err err = buf_err(&t.scratch);
    buf_done(&t.scratch);
    return err;
}

enum err explain_json(const struct explanation *e, enum lang lang, bool pretty, struct buf *out)
{
    struct tell t = {.e = e, .lang = lang};

    buf_init(&t.scratch, 0);
    t.say = say_new(e, lang, &t.scratch);
    json_init(&t.j, out, pretty);
    json_open_object(&t.j);
    tell_str(&t, "format", STR("jifen.explanation.1"));
    tell_str(&t, "lang", lang == LANG_ZH ? STR("zh") : STR("en"));
    tell_person(&t);
    tell_rules(&t);
    tell_status(&t);
    tell_scored(&t);
    json_end(&t.j);
    enum err err = buf_err(&t.scratch);
    buf_done(&t.scratch);
    return err == ERR_OK ? buf_err(out) : err;
}
