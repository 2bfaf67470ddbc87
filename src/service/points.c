/* One person's points: plans kept ready, facts read, scored, explained.
 *
 * Structure: plans -> reading and computing -> the score as JSON -> one indicator, explanations. */
#include "service/points.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "service/points_internal.h"

enum err points_new(const struct rules *r, struct points **ret)
{
    struct points *p = calloc(1, sizeof *p);

    if (!p) return ERR_NOMEM;
    p->rules = r;
    arena_init(&p->arena, 0);
    *ret = p;
    return ERR_OK;
}

void points_free(struct points *p)
{
    if (!p) return;
    arena_done(&p->arena);
    free(p);
}

void points_use_memo(struct points *p, struct points_memo *m)
{
    p->memo = m;
}

void points_begin(struct points *p)
{
    if (p->plan_count < POINTS_PLANS) return;
    arena_done(&p->arena);
    p->plan_count = 0;
}

enum err points_plan_of(struct points *p, int32_t scheme, int32_t rule_day, const struct plan **ret)
{
    for (uint32_t i = 0; i < p->plan_count; i++)
        if (p->plans[i].scheme == scheme && p->plans[i].rule_day == rule_day) {
            *ret = p->plans[i].plan;
            return ERR_OK;
        }
    INVARIANT(p->plan_count < POINTS_ROOM);
    struct plan *plan;
    const enum err e = plan_new(&p->arena, p->rules, scheme, rule_day, &plan);
    if (e != ERR_OK) return e;
    p->plans[p->plan_count++] = (struct points_plan){scheme, rule_day, plan};
    *ret = plan;
    return ERR_OK;
}

/* --- reading and computing --- */

struct points_query points_query_own(const struct caller *c)
{
    return (struct points_query){.person = c->person,
                                 .day = c->today,
                                 .rule_day = c->today,
                                 .known_at = STORE_KNOWN_NOW,
                                 .since = DATE_OPEN_START};
}

enum err points_may_read(const struct caller *c, const struct points_query *q)
{
    const enum action a = c->role == ROLE_RESIDENT  ? ACTION_SCORE_READ_OWN
                          : c->role == ROLE_AUDITOR ? ACTION_SCORE_REPLAY
                                                    : ACTION_SCORE_READ;
    return access_check(c, a, q->person, q->division);
}

enum err points_compute(struct points *p, struct arena *a, struct points_result *r)
{
    const struct population *people = &r->facts.people;

    r->home = home_of(people, 0, r->day, r->rule_day);
    enum err e = points_plan_of(p, r->home.scheme, r->rule_day, &r->plan);
    if (e != ERR_OK) return e;
    r->score.indicators = ARENA_ARRAY(a, struct interval, r->plan->indicator_count);
    r->score.groups = ARENA_ARRAY(a, struct interval, r->plan->group_count);
    r->score.gates = ARENA_ARRAY(a, struct interval, r->plan->gate_count);
    if (!r->score.indicators || !r->score.groups || !r->score.gates) return ERR_NOMEM;
    e = interp_score(a, r->plan, people, 0, r->day, &r->score, NULL);
    return e == ERR_OK ? r->score.error : e;
}

enum err points_read(struct points *p, struct store *s, struct arena *a,
                     const struct points_query *q, struct points_result *ret)
{
    struct points_result r = {.day = q->day, .rule_day = q->rule_day, .known_at = q->known_at};
    enum err e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, &r.facts);

    if (e == ERR_OK) e = points_compute(p, a, &r);
    if (e == ERR_OK) *ret = r;
    return e;
}

int64_t points_indicator_lo(const struct points_result *r, int32_t indicator)
{
    for (uint32_t i = 0; i < r->plan->indicator_count; i++)
        if (r->plan->indicators[i].indicator == indicator) return r->score.indicators[i].lo;
    return 0;
}

/* --- the score as JSON --- */

struct line_maker {
    const struct points_result *r, *before;
    const struct explanation *why; /* only when something is not known */
    const struct rules *rules;
    enum lang lang;
    struct json *j;
};

/* The group directly below the total that an indicator counts towards. */
static int32_t part_of(const struct rules *r, int32_t group)
{
    while (r->groups[group].parent > 0)
        group = r->groups[group].parent;
    return group;
}

/* A ceiling that is proved, else a cap that cuts, else null. */
static void put_ceiling(const struct line_maker *m, int64_t ceiling, const struct rule_amount *cap)
{
    if (ceiling < 0 && !cap->is_set) {
        json_key(m->j, "ceiling");
        json_add_null(m->j);
        return;
    }
    put_points(m->j, "ceiling", m->rules,
               ceiling >= 0 ? ceiling
                            : rules_amount(m->rules, cap, m->r->plan->scheme, m->r->rule_day));
}

static void put_interval(const struct line_maker *m, struct interval v)
{
    put_points(m->j, "points", m->rules, v.lo);
    put_points(m->j, "points_max", m->rules, v.hi);
}

static void put_part(const struct line_maker *m, uint32_t at)
{
    const struct rule_group *g = &m->rules->groups[m->r->plan->groups[at]];

    if (g->parent != 0) return;
    json_open_object(m->j);
    put_names(m->j, &g->name, m->lang);
    put_interval(m, m->r->score.groups[at]);
    put_ceiling(m, g->ceiling, &g->cap);
    put_bool(m->j, "deducts", g->deducts);
    json_end(m->j);
}

static void put_clause(const struct line_maker *m, int32_t scheme, struct str basis)
{
    json_key(m->j, "clause");
    json_text_begin(m->j);
    json_text_add(m->j, rules_label(&m->rules->schemes[scheme].source.label, m->lang));
    if (basis.n > 0) json_text_add(m->j, STR(" "));
    json_text_add(m->j, basis);
    json_text_end(m->j);
}

static void put_awaiting(const struct line_maker *m, uint32_t at)
{
    struct buf b;

    json_key(m->j, "awaiting");
    if (!m->why) {
        json_add_null(m->j);
        return;
    }
    buf_init(&b, 0);
    explain_add_awaits(m->why, m->lang, at, &b);
    if (b.n > 0)
        json_str(m->j, buf_str(&b));
    else
        json_add_null(m->j);
    buf_done(&b);
}

static void put_line(const struct line_maker *m, uint32_t at)
{
    const int32_t indicator = m->r->plan->indicators[at].indicator;
    const struct rule_indicator *ind = &m->rules->indicators[indicator];
    const int32_t part = part_of(m->rules, ind->group);

    json_open_object(m->j);
    put_names(m->j, &ind->name, m->lang);
    put_str(m->j, "part", m->rules->groups[part].name.ascii);
    put_interval(m, m->r->score.indicators[at]);
    put_ceiling(m, ind->ceiling, &ind->cap);
    put_bool(m->j, "deducts", m->rules->groups[part].deducts);
    put_clause(m, ind->scheme, ind->basis);
    const int64_t now = m->r->score.indicators[at].lo;
    const int64_t then = m->before ? points_indicator_lo(m->before, indicator) : now;
    if (now != then) {
        put_delta(m->j, "changed", m->rules->scale, now - then);
    } else {
        json_key(m->j, "changed");
        json_add_null(m->j);
    }
    put_awaiting(m, at);
    json_end(m->j);
}

static void put_register(const struct line_maker *m, uint32_t reg)
{
    const struct rule_register *rr = &m->rules->regs[reg];
    int64_t latest = INT64_MIN;

    for (uint32_t i = 0; i < m->r->facts.origin_count; i++)
        if (m->r->facts.origins[i].reg == (int32_t)reg && m->r->facts.origins[i].recorded > latest)
            latest = m->r->facts.origins[i].recorded;
    json_open_object(m->j);
    put_names(m->j, &rr->name, m->lang);
    put_str(m->j, "supplier", rules_label(&rr->supplier, m->lang));
    if (latest == INT64_MIN) {
        json_key(m->j, "recorded");
        json_add_null(m->j);
    } else {
        put_instant(m->j, "recorded", latest);
    }
    put_bool(m->j, "answered", population_answered(&m->r->facts.people, (int32_t)reg, 0));
    json_end(m->j);
}

static void put_status(const struct line_maker *m)
{
    struct buf b;

    buf_init(&b, 0);
    score_status_add_text(&b, m->rules, m->r->score.status, m->lang);
    json_key(m->j, "status");
    json_open_object(m->j);
    put_str(m->j, "code", score_status_word(m->rules, m->r->score.status));
    put_str(m->j, "text", buf_str(&b));
    put_bool(m->j, "in_force", m->r->score.in_force);
    json_end(m->j);
    buf_done(&b);
}

static void put_scheme(const struct line_maker *m)
{
    const struct rule_scheme *k;

    json_key(m->j, "scheme");
    if (m->r->plan->scheme < 0) {
        json_add_null(m->j);
        return;
    }
    k = &m->rules->schemes[m->r->plan->scheme];
    json_open_object(m->j);
    put_str(m->j, "name", k->name.ascii);
    put_str(m->j, "title", rules_label(&k->title, m->lang));
    put_bool(m->j, "illustrative", k->illustrative);
    json_end(m->j);
}

static void put_totals(const struct line_maker *m)
{
    const struct score *s = &m->r->score;

    put_points(m->j, "total", m->rules, s->total.lo);
    put_points(m->j, "total_max", m->rules, s->total.hi);
    json_key(m->j, "if_in_force");
    if (s->in_force || m->r->plan->group_count == 0) {
        json_add_null(m->j);
    } else {
        json_open_object(m->j);
        put_points(m->j, "lo", m->rules, s->groups[0].lo);
        put_points(m->j, "hi", m->rules, s->groups[0].hi);
        json_end(m->j);
    }
    json_key(m->j, "change");
    if (!m->before) {
        json_add_null(m->j);
        return;
    }
    json_open_object(m->j);
    put_day(m->j, "since", m->before->day);
    put_delta(m->j, "points", m->rules->scale, s->total.lo - m->before->score.total.lo);
    json_end(m->j);
}

static void put_lists(const struct line_maker *m)
{
    json_key(m->j, "parts");
    json_open_array(m->j);
    for (uint32_t i = 0; i < m->r->plan->group_count; i++)
        put_part(m, i);
    json_end(m->j);
    json_key(m->j, "lines");
    json_open_array(m->j);
    for (uint32_t i = 0; i < m->r->plan->indicator_count; i++)
        put_line(m, i);
    json_end(m->j);
    json_key(m->j, "registers");
    json_open_array(m->j);
    for (uint32_t i = 0; i < m->rules->reg_count; i++)
        put_register(m, i);
    json_end(m->j);
}

/* Is anything not known? Only then the slower explanation is asked whose answer is awaited. */
static bool is_open(const struct score *s, const struct plan *plan)
{
    if (s->total.lo != s->total.hi || s->status == STATUS_UNKNOWN) return true;
    for (uint32_t i = 0; i < plan->indicator_count; i++)
        if (s->indicators[i].lo != s->indicators[i].hi) return true;
    return false;
}

enum err points_add_score(struct points *p, struct arena *a, const struct points_result *r,
                          const struct points_result *before, enum lang lang, bool is_estimate,
                          struct json *out)
{
    struct line_maker m = {r, before, NULL, p->rules, lang, out};

    if (is_open(&r->score, r->plan)) {
        const enum err e = explain_person(a, &r->facts.people, 0, r->day, r->rule_day, &m.why);
        if (e != ERR_OK) return e;
    }
    json_open_object(out);
    put_day(out, "on", r->day);
    put_bool(out, "estimate", is_estimate);
    if (r->known_at == STORE_KNOWN_NOW) {
        json_key(out, "known_at");
        json_add_null(out);
    } else {
        put_instant(out, "known_at", r->known_at);
    }
    put_division(out, r->home.division, lang);
    put_scheme(&m);
    put_hash(out, "rules_hash", &p->rules->hash);
    put_status(&m);
    put_totals(&m);
    put_lists(&m);
    json_end(out);
    return buf_err(out->out);
}

static enum err score(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                      const struct points_query *q, struct json *out)
{
    struct points_result r, before;
    const bool compare = q->since > DATE_OPEN_START && q->since < q->day;
    enum err e = points_read(p, s, a, q, &r);

    if (e == ERR_OK && compare) {
        struct points_query then = *q;
        then.day = then.rule_day = q->since;
        then.known_at = date_first_instant(q->since + 1) - 1;
        e = points_read(p, s, a, &then, &before);
    }
    if (e != ERR_OK) return e;
    return points_add_score(p, a, &r, compare ? &before : NULL, c->lang, false, out);
}

enum err points_score(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                      const struct points_query *q, struct json *out)
{
    const bool is_usual = p->memo && q->known_at == STORE_KNOWN_NOW && q->rule_day == q->day;
    const struct memo_key key = {q->person, q->day, q->since, c->lang};
    const size_t start = out->out->n;
    int64_t seq = -1;
    enum err e = points_may_read(c, q);

    points_begin(p);
    if (e == ERR_OK && is_usual) e = points_memo_sync(p->memo, s, &seq);
    if (e != ERR_OK) return e;
    if (is_usual && points_memo_find(p->memo, &key, out->out)) return buf_err(out->out);
    e = score(p, s, a, c, q, out);
    if (e == ERR_OK && is_usual)
        points_memo_keep(p->memo, &key, seq,
                         (struct str){out->out->p + start, out->out->n - start});
    return e;
}

/* --- one indicator, explanations --- */

static enum err explain(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        const struct points_query *q, struct fact_person *facts,
                        const struct explanation **ret)
{
    enum err e = points_may_read(c, q);

    if (e == ERR_OK) e = fact_person_read(a, s, p->rules, q->person, q->known_at, q->code, facts);
    if (e == ERR_OK) e = explain_person(a, &facts->people, 0, q->day, q->rule_day, ret);
    return e == ERR_OK ? explain_score_of(*ret)->error : e;
}

/* The fenced code under the indicator's heading, as it stands in the rule file. */
static struct str source_of(const struct rules *r, const struct src_pos *pos)
{
    if (pos->file >= r->file_count || pos->line == 0) return STR("");
    const struct str t = r->files[pos->file].text;
    const char *from = t.p, *end = t.p + t.n;
    for (uint32_t line = 1; line < pos->line && from < end; line++) {
        const char *nl = memchr(from, '\n', (size_t)(end - from));
        from = nl ? nl + 1 : end;
    }
    const char *to = from;
    while (to < end) { /* to the line that closes the fence or begins a case */
        const struct str rest = {to, (size_t)(end - to)};
        if (str_starts(rest, STR("```")) || str_starts(rest, STR("用例 ")) ||
            str_starts(rest, STR("case ")))
            break;
        const char *nl = memchr(to, '\n', rest.n);
        to = nl ? nl + 1 : end;
    }
    return str_trim((struct str){from, (size_t)(to - from)});
}

enum err points_indicator(struct points *p, struct store *s, struct arena *a,
                          const struct caller *c, const struct points_query *q,
                          struct str indicator, struct json *out)
{
    struct fact_person facts;
    const struct explanation *x;
    enum err e = explain(p, s, a, c, q, &facts, &x);

    if (e != ERR_OK) return e;
    const struct plan *plan = explain_plan(x);
    for (uint32_t i = 0; i < plan->indicator_count; i++) {
        const struct rule_indicator *ind = &p->rules->indicators[plan->indicators[i].indicator];
        if (!str_eq(ind->name.ascii, indicator)) continue;
        json_open_object(out);
        put_day(out, "on", q->day);
        put_hash(out, "rules_hash", &p->rules->hash);
        json_key(out, "indicator");
        e = explain_json_indicator(x, c->lang, i, out);
        put_str(out, "rule_text", source_of(p->rules, &ind->pos));
        json_end(out);
        return e == ERR_OK ? buf_err(out->out) : e;
    }
    return ERR_NOT_FOUND;
}

enum err points_explain_json(struct points *p, struct store *s, struct arena *a,
                             const struct caller *c, const struct points_query *q, struct buf *out)
{
    struct fact_person facts;
    const struct explanation *x;
    const enum err e = explain(p, s, a, c, q, &facts, &x);

    return e == ERR_OK ? explain_json(x, c->lang, false, out) : e;
}

enum err points_explain_text(struct points *p, struct store *s, struct arena *a,
                             const struct caller *c, const struct points_query *q, struct buf *out)
{
    struct fact_person facts;
    const struct explanation *x;
    const enum err e = explain(p, s, a, c, q, &facts, &x);

    return e == ERR_OK ? explain_text(x, c->lang, out) : e;
}
