/* The explanation as prose for a terminal, Chinese or English.
 *
 *   head: who, which day, which documents, status
 *   total and its arithmetic; what is awaited
 *   every group with its indicators, one block each: basis, condition, facts, arithmetic
 *   vetoes and freezes; gates
 *
 * Layout: labels of one width, continuation lines aligned under the first; no line is broken, the
 * terminal does that. */
#include "base/date.h"
#include "base/division.h"
#include "engine/explain_internal.h"

#define FACTS_SHOWN 12u /* records listed per indicator; the rest is counted */

static const struct type date_type = {VT_DATE, -1};

static void end_line(const struct say *s)
{
    buf_add_char(s->out, '\n');
}

static void say_date(const struct say *s, int32_t day)
{
    value_add_text(s->out, &s->v, date_type, day);
}

/* "    依据  " for the first line of a kind, blanks for those after it. */
static void say_label(const struct say *s, const char *zh, const char *en, bool is_first)
{
    static const char blanks[] = "                ";
    size_t width = s->zh ? 4 : 8, used = 0;

    buf_add_c(s->out, "    ");
    if (is_first) {
        const char *label = s->zh ? zh : en;
        buf_add_c(s->out, label);
        used = text_width(str_from_c(label));
    }
    if (used < width) buf_add(s->out, (struct str){blanks, width - used});
    buf_add_c(s->out, "  ");
}

/* --- head --- */

static void say_person(const struct say *s)
{
    const struct population *p = s->e->people;

    say_c(s, "居民 ", "Resident ");
    if (p->ids != NULL)
        buf_add(s->out, p->ids[s->e->person]);
    else
        buf_add_int(s->out, (int64_t)s->e->person + 1);
    say_c(s, " 的积分", ": points");
    end_line(s);
}

static void say_days(const struct say *s)
{
    say_c(s, "评分日 ", "Scoring day ");
    say_date(s, s->e->day);
    if (s->e->rule_day != s->e->day) {
        say_c(s, "，按 ", ", by the rules of ");
        say_date(s, s->e->rule_day);
        say_c(s, " 的规则", "");
    }
    end_line(s);
}

static void say_in_force(const struct say *s, int32_t from, int32_t to)
{
    say_date(s, from);
    if (to >= DATE_OPEN_END) {
        say_c(s, "起", " onwards");
    } else {
        say_c(s, "至", " to ");
        say_date(s, to);
    }
}

static void say_scheme(const struct say *s, int32_t index)
{
    const struct rule_scheme *scheme = &s->e->rules->schemes[index];

    buf_add(s->out, rules_label(&scheme->title, s->v.lang));
    say_c(s, "：", ": ");
    buf_add(s->out, rules_label(&scheme->source.label, s->v.lang));
    say_c(s, "，", ", ");
    say_in_force(s, scheme->source.from, scheme->source.to);
    if (scheme->illustrative) say_c(s, "（示例，不是现行规定）", " (an example, not in force)");
    end_line(s);
}

static void say_schemes(const struct say *s)
{
    for (uint32_t i = s->e->chain_count; i-- > 0;) {
        say_c(s, "依据文件  ", "Document  ");
        say_scheme(s, s->e->chain[i]);
    }
}

static void say_status(const struct say *s)
{
    const struct division *d = division_find(s->e->home.division);

    say_c(s, "积分状态  ", "Status    ");
    score_status_add_text(s->out, s->e->rules, s->e->score.status, s->v.lang);
    if (d != NULL) {
        say_c(s, "，", ", ");
        say_name(s, &s->e->rules->regs[s->e->rules->force.reg].name);
        say_c(s, "所在地 ", " at ");
        buf_add_c(s->out, s->zh ? d->zh : d->en);
    }
    end_line(s);
}

/* --- totals --- */

static bool same(struct interval a, struct interval b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

struct member {
    const struct rule_name *name;
    struct interval points;
    bool deducts;
};

/* The i-th member of a group: its indicators, then its groups. */
static bool member_at(const struct explanation *e, int32_t group, uint32_t i, struct member *ret)
{
    const struct plan *p = e->plan;

    for (uint32_t k = 0; k < p->indicator_count; k++) {
        const struct rule_indicator *ind = &e->rules->indicators[p->indicators[k].indicator];
        if (ind->group != group || i-- > 0) continue;
        *ret = (struct member){&ind->name, e->score.indicators[k], false};
        return true;
    }
    for (uint32_t k = 0; k < p->group_count; k++) {
        const struct rule_group *g = &e->rules->groups[p->groups[k]];
        if (g->parent != group || i-- > 0) continue;
        *ret = (struct member){&g->name, e->score.groups[k], g->deducts};
        return true;
    }
    return false;
}

static void say_members(const struct say *s, int32_t group)
{
    bool highest = s->e->rules->groups[group].combine == COMBINE_HIGHEST;
    struct member m;

    if (highest) say_c(s, "取最高：", "the highest of: ");
    for (uint32_t i = 0; member_at(s->e, group, i, &m); i++) {
        if (i > 0 && highest && !m.deducts)
            say_c(s, "，", ", ");
        else if (i > 0 || m.deducts)
            buf_add_c(s->out, m.deducts ? " − " : " + ");
        say_name(s, m.name);
        buf_add_char(s->out, ' ');
        if (m.points.lo != m.points.hi) say_c(s, "（", "(");
        points_add_number(s->out, s->e->rules, m.points.lo);
        if (m.points.lo == m.points.hi) continue;
        say_c(s, " 至 ", " to ");
        points_add_number(s->out, s->e->rules, m.points.hi);
        say_c(s, "）", ")");
    }
}

static void say_cut(const struct say *s, const char *zh, const char *en, int64_t limit,
                    struct interval before, struct interval after)
{
    say_c(s, "；", "; ");
    say_c(s, zh, en);
    say_points(s, (struct interval){limit, limit});
    say_c(s, "：", ": ");
    say_points(s, before);
    buf_add_c(s->out, " → ");
    say_points(s, after);
}

/* "20 + 8 = 28分；封顶…" */
static void say_sum(const struct say *s, uint32_t at)
{
    const struct trace_steps *t = &s->e->trace->groups[at].steps;
    int32_t group = s->e->plan->groups[at];
    struct member m;

    if (!member_at(s->e, group, 0, &m)) {
        say_c(s, "没有适用的项目，0分", "nothing applies: 0 points");
        return;
    }
    say_members(s, group);
    buf_add_c(s->out, " = ");
    say_points(s, t->raw);
    if (!same(t->raw, t->capped)) say_cut(s, "封顶", "capped at ", t->cap, t->raw, t->capped);
    if (!same(t->capped, t->floored))
        say_cut(s, "最低", "at least ", t->floor, t->capped, t->floored);
}

static void say_awaits(const struct say *s, const struct explain_seen *seen)
{
    for (uint32_t i = 0; i < seen->await_count; i++) {
        if (i > 0) say_c(s, "、", "; ");
        say_await(s, &seen->awaits[i]);
    }
}

/* Why the total is not what the parts add up to: void, vetoed, not known. */
static void say_total_note(const struct say *s)
{
    const struct explanation *e = s->e;
    struct interval would = e->trace->groups[0].steps.free;

    if (same(e->score.total, would)) return;
    say_c(s, "          ", "          ");
    if (!e->score.in_force)
        say_c(s, "积分失效，总分为0；若有效，应为", "void: the total is 0; were it in force: ");
    else if (e->score.status == STATUS_VETOED)
        say_c(s, "一票否决，总分为0；若无否决，应为", "vetoed: the total is 0; without the veto: ");
    else if (e->home.status == STATUS_UNKNOWN)
        say_c(s, "效力待定，最低为0；若有效，应为",
              "whether it is in force is not known, so at least 0; were it: ");
    else
        say_c(s, "若无否决，应为", "without the veto: ");
    say_points(s, would);
    if (e->open.await_count > 0 && e->score.total.lo == e->score.total.hi) {
        say_c(s, "，待 ", ", awaiting ");
        say_awaits(s, &e->open);
    }
    end_line(s);
}

static void say_total(const struct say *s)
{
    const struct explanation *e = s->e;

    end_line(s);
    say_name(s, &e->rules->groups[0].name);
    say_c(s, "  ", "  ");
    say_points(s, e->score.total);
    if (e->open.await_count > 0 && e->score.total.lo != e->score.total.hi) {
        say_c(s, "，待 ", ", awaiting ");
        say_awaits(s, &e->open);
    }
    end_line(s);
    say_c(s, "          ", "          ");
    say_sum(s, 0);
    end_line(s);
    say_total_note(s);
}

/* --- indicators --- */

static const struct rule_scheme *scheme_of(const struct say *s, int32_t scheme)
{
    return &s->e->rules->schemes[scheme];
}

/* The heading path without the file's own title, which the head has said. */
static struct str without_title(struct str path, const struct rule_label *title)
{
    struct str rest = {path.p + title->zh.n, path.n - title->zh.n};

    if (!str_starts(path, title->zh) || !str_starts(rest, STR(" / "))) return path;
    return (struct str){rest.p + 3, rest.n - 3};
}

static void say_basis(const struct say *s, struct str basis, int32_t scheme)
{
    say_label(s, "依据", "basis", true);
    buf_add(s->out, rules_label(&scheme_of(s, scheme)->source.label, s->v.lang));
    basis = without_title(basis, &scheme_of(s, scheme)->title);
    if (basis.n > 0) {
        say_c(s, "  ", ", ");
        buf_add(s->out, basis);
    }
    end_line(s);
}

/* A figure of which nothing is known. Rows and conditions still say what is possible. */
static bool says_nothing(const struct say *s, const struct explain_step *step)
{
    const struct rule_node *n = &s->e->rules->nodes[step->t->node];
    struct interval v = step->t->value;

    if (step->kind == STEP_BAND || step->kind == STEP_ROW || step->kind == STEP_BRANCH ||
        step->kind == STEP_CHOICE || step->kind == STEP_IF_UNKNOWN)
        return false;
    if (n->op == NODE_MUL && same(v, step->t->kids[0]->value)) return true; /* 100 % of it */
    return v.lo < v.hi && v.lo == n->lo && v.hi == n->hi;
}

static void say_fact(const struct say *s, const struct explain_fact *f, bool is_first)
{
    say_label(s, "事实", "facts", is_first);
    say_record(s, f->reg, f->row);
    say_c(s, "（", " (");
    say_source(s, f->reg, f->row);
    say_c(s, "）", ")");
    if (f->has_points && !f->lost) {
        say_c(s, "：", ": ");
        say_points(s, f->points);
    }
    if (f->expires < DATE_OPEN_END) {
        say_c(s, "，", ", ");
        say_date(s, f->expires);
        say_c(s, "起不再计", ": no longer counts from then");
    }
    if (f->standing != STANDING_SURE || f->lost) {
        say_c(s, f->standing == STANDING_POSSIBLE && !f->lost ? "，待定：" : "，不计：",
              f->standing == STANDING_POSSIBLE && !f->lost ? "; open: " : "; not counted: ");
        say_why(s, f);
    }
    end_line(s);
    for (uint32_t i = 0; i < f->step_count; i++) {
        if (says_nothing(s, &f->steps[i])) continue;
        say_label(s, "", "", false);
        say_c(s, "· ", "· ");
        say_step(s, &f->steps[i]);
        end_line(s);
    }
}

static void say_facts(const struct say *s, const struct explain_seen *seen)
{
    uint32_t shown = seen->fact_count < FACTS_SHOWN ? seen->fact_count : FACTS_SHOWN;

    for (uint32_t i = 0; i < shown; i++)
        say_fact(s, &seen->facts[i], i == 0);
    if (shown < seen->fact_count) {
        say_label(s, "", "", false);
        if (s->zh)
            buf_printf(s->out, "另有%u条记录，未列出", seen->fact_count - shown);
        else
            buf_printf(s->out, "and %u more records", seen->fact_count - shown);
        end_line(s);
    }
    if (seen->fact_count == 0 && seen->await_count == 0) {
        say_label(s, "事实", "facts", true);
        say_c(s, "没有记录", "no record");
        end_line(s);
    }
}

static bool is_failed_branch(const struct explain_step *step)
{
    return step->kind == STEP_BRANCH && step->t->kids[0]->value.hi == 0;
}

/* Failed conditions right before and including step i. */
static uint32_t failed_run(const struct explain_clause *c, uint32_t i)
{
    uint32_t run = 0;

    while (run <= i && is_failed_branch(&c->steps[i - run]))
        run++;
    return run;
}

/* Not worth a line: a condition that failed where another was asked after it, a cap that was not
 * reached. */
static bool step_is_shown(const struct say *s, const struct explain_clause *c, uint32_t i)
{
    const struct explain_step *step = &c->steps[i];

    if (says_nothing(s, step)) return false;
    if (step->kind == STEP_CAP || step->kind == STEP_FLOOR)
        return !same(step->t->kids[0]->value, step->t->value);
    if (!is_failed_branch(step)) return true;
    for (uint32_t k = i + 1; k < c->step_count; k++)
        if (c->steps[k].kind == STEP_BRANCH) return false;
    return true;
}

static void say_clause_step(const struct say *s, const struct explain_clause *c, uint32_t i)
{
    uint32_t run = failed_run(c, i);

    if (run < 2) {
        say_step(s, &c->steps[i]);
    } else if (s->zh) {
        buf_printf(s->out, "所列%u档条件都不符合", run);
    } else {
        buf_printf(s->out, "none of %u conditions holds", run);
    }
}

static void say_steps(const struct say *s, const struct explain_clause *c, bool *is_first)
{
    for (uint32_t i = 0; i < c->step_count; i++) {
        if (!step_is_shown(s, c, i)) continue;
        say_label(s, "计算", "sum", *is_first);
        say_clause_step(s, c, i);
        end_line(s);
        *is_first = false;
    }
}

/* The name of a clause, where an indicator has several. */
static void say_clause_name(const struct say *s, const struct explain_clause *c, bool *is_first)
{
    const struct rule_clause *rule = &s->e->rules->clauses[c->t->clause];

    say_label(s, "计算", "sum", *is_first);
    *is_first = false;
    say_name(s, &rule->name);
    if (rule->exception_to >= 0) {
        say_c(s, "（例外，先于 ", " (exception, before ");
        say_name(s, &s->e->rules->clauses[rule->exception_to].name);
        say_c(s, "）", ")");
    }
    say_c(s, "：", ": ");
    say_points(s, c->t->given);
    if (c->lost) say_c(s, "（另一项更高，不取）", " (another is higher: not taken)");
    end_line(s);
}

static void say_clause_condition(const struct say *s, const struct explain_clause *c, bool is_first)
{
    say_label(s, "条件", "if", is_first);
    say_expression(s, c->t->cond->node);
    say_c(s, "：", ": ");
    say_truth(s, c->t->applies);
    end_line(s);
}

/* Of several clauses only the conditions that hold, or may hold. */
static void say_conditions(const struct say *s, const struct explain_indicator *x)
{
    uint32_t failed = 0, said = 0;

    for (uint32_t i = 0; i < x->clause_count; i++) {
        const struct explain_clause *c = &x->clauses[i];
        if (c->t->applies.hi == 0 && x->t->clause_count > 1)
            failed++;
        else if (c->t->cond != NULL)
            say_clause_condition(s, c, said++ == 0);
    }
    if (failed == 0 || said > 0 || failed < x->clause_count) return;
    say_label(s, "条件", "if", true);
    if (s->zh)
        buf_printf(s->out, "所列%u档条件都不符合", failed);
    else
        buf_printf(s->out, "none of the %u conditions holds", failed);
    end_line(s);
}

/* No record, nothing awaited, no points: there is nothing to reckon. */
static bool is_bare(const struct explain_indicator *x)
{
    return x->seen.fact_count == 0 && x->seen.await_count == 0 && x->t->steps.raw.lo == 0 &&
           x->t->steps.raw.hi == 0;
}

static void say_clauses(const struct say *s, const struct explain_indicator *x)
{
    bool is_first = true;

    if (is_bare(x)) return;
    say_conditions(s, x);
    for (uint32_t i = 0; i < x->clause_count; i++) {
        if (x->clauses[i].t->applies.hi == 0) continue;
        if (x->t->clause_count > 1) say_clause_name(s, &x->clauses[i], &is_first);
        say_steps(s, &x->clauses[i], &is_first);
    }
}

static void say_limit(const struct say *s, const char *zh, const char *en, int64_t limit,
                      struct interval before, struct interval after)
{
    say_label(s, "", "", false);
    say_c(s, zh, en);
    say_points(s, (struct interval){limit, limit});
    say_c(s, "：", ": ");
    say_points(s, before);
    buf_add_c(s->out, " → ");
    say_points(s, after);
    end_line(s);
}

static bool veto_is_open(const struct say *s, int32_t veto)
{
    uint32_t i = 0;

    while (s->e->plan->vetoes[i] != veto)
        i++;
    return s->e->vetoes[i].truth.lo == 0;
}

static void say_veto_of(const struct say *s, const struct trace_steps *t)
{
    const struct rule_veto *v = &s->e->rules->vetoes[t->veto];

    say_label(s, "否决", "veto", true);
    if (veto_is_open(s, t->veto)) say_c(s, "（待定）", "(open) ");
    if (v->reason.zh.n > 0 || v->reason.en.n > 0)
        buf_add(s->out, rules_label(&v->reason, s->v.lang));
    else
        say_expression(s, (uint32_t)v->cond);
    say_c(s, "；若无否决，应为", "; without it: ");
    say_points(s, t->settled);
    end_line(s);
}

static void say_limits(const struct say *s, const struct explain_indicator *x)
{
    const struct rule_indicator *ind = &s->e->rules->indicators[x->t->indicator];
    const struct trace_steps *t = &x->t->steps;

    if (!same(t->raw, t->capped)) say_limit(s, "封顶", "capped at ", t->cap, t->raw, t->capped);
    if (!same(t->capped, t->floored))
        say_limit(s, "保底", "at least ", t->floor, t->capped, t->floored);
    if (!same(t->floored, t->settled)) {
        say_label(s, "", "", false);
        say_c(s, "未知，按", "not known: counts as ");
        say_points(s, (struct interval){ind->if_unknown_value, ind->if_unknown_value});
        say_c(s, "计", "");
        end_line(s);
    }
    if (t->veto >= 0) say_veto_of(s, t);
}

static void say_indicator(const struct say *s, const struct explain_indicator *x)
{
    const struct rule_indicator *ind = &s->e->rules->indicators[x->t->indicator];

    say_c(s, "  ● ", "  * ");
    say_name(s, &ind->name);
    say_c(s, "  ", "  ");
    say_points(s, x->t->steps.final);
    if (ind->ceiling >= 0) {
        say_c(s, "（满分", " (of ");
        say_points(s, (struct interval){ind->ceiling, ind->ceiling});
        say_c(s, "）", ")");
    }
    if (x->lost)
        say_c(s, "（组内另一项更高，不取）", " (another in the group is higher: not taken)");
    end_line(s);
    say_basis(s, ind->basis, ind->scheme);
    say_facts(s, &x->seen);
    say_clauses(s, x);
    say_limits(s, x);
    if (x->seen.await_count > 0) {
        say_label(s, "待定", "awaits", true);
        say_points(s, x->t->steps.final);
        say_c(s, "，待 ", ", awaiting ");
        say_awaits(s, &x->seen);
        end_line(s);
    }
}

/* --- groups --- */

static void say_group_head(const struct say *s, uint32_t at)
{
    const struct rule_group *g = &s->e->rules->groups[s->e->plan->groups[at]];

    end_line(s);
    if (g->parent > 0) {
        say_name(s, &s->e->rules->groups[g->parent].name);
        buf_add_c(s->out, " › ");
    }
    say_name(s, &g->name);
    say_c(s, "  ", "  ");
    if (g->deducts && s->e->score.groups[at].hi > 0) buf_add_c(s->out, "−");
    say_points(s, s->e->score.groups[at]);
    if (g->ceiling >= 0) {
        say_c(s, "（满分", " (of ");
        say_points(s, (struct interval){g->ceiling, g->ceiling});
        say_c(s, "）", ")");
    }
    end_line(s);
    say_c(s, "  ", "  ");
    say_sum(s, at);
    end_line(s);
    if (s->e->trace->groups[at].steps.veto >= 0 && g->parent >= 0)
        say_veto_of(s, &s->e->trace->groups[at].steps);
}

/* A group, its indicators, then the groups in it. Nested no deeper than the rules do. */
static void say_group(const struct say *s, uint32_t at)
{
    const struct plan *p = s->e->plan;
    int32_t group = p->groups[at];

    if (at > 0) say_group_head(s, at);
    for (uint32_t i = 0; i < p->indicator_count; i++)
        if (s->e->rules->indicators[p->indicators[i].indicator].group == group)
            say_indicator(s, &s->e->indicators[i]);
    for (uint32_t i = at + 1; i < p->group_count; i++)
        if (s->e->rules->groups[p->groups[i]].parent == group) say_group(s, i);
}

/* --- vetoes, gates --- */

static void say_veto(const struct say *s, const struct explain_condition *c)
{
    const struct rule_veto *v = &s->e->rules->vetoes[c->t->index];

    if (c->truth.hi == 0) return;
    end_line(s);
    say_c(s, v->freezes ? "冻结" : "否决", v->freezes ? "Freeze" : "Veto");
    if (c->truth.lo == 0) say_c(s, "（待定）", " (open)");
    say_c(s, "：", ": ");
    if (v->reason.zh.n > 0 || v->reason.en.n > 0)
        buf_add(s->out, rules_label(&v->reason, s->v.lang));
    end_line(s);
    say_basis(s, v->basis, v->scheme);
    say_label(s, "条件", "if", true);
    say_expression(s, (uint32_t)v->cond);
    say_c(s, "：", ": ");
    say_truth(s, c->truth);
    end_line(s);
    say_facts(s, &c->seen);
}

static void say_gate(const struct say *s, const struct explain_condition *c)
{
    const struct rule_gate *g = &s->e->rules->gates[c->t->index];

    end_line(s);
    say_c(s, "资格  ", "Gate  ");
    say_name(s, &g->name);
    say_c(s, "：", ": ");
    say_truth(s, c->truth);
    end_line(s);
    say_basis(s, g->basis, g->scheme);
    for (uint32_t i = 0; i < c->line_count; i++) {
        say_label(s, "条件", "if", i == 0);
        say_expression(s, c->lines[i]->node);
        say_c(s, "：", ": ");
        say_truth(s, c->lines[i]->value);
        end_line(s);
    }
    say_facts(s, &c->seen);
    if (c->seen.await_count == 0) return;
    say_label(s, "待定", "awaits", true);
    say_awaits(s, &c->seen);
    end_line(s);
}

static void say_error(const struct say *s)
{
    static const char *const zh[] = {"有一条登记记录被拒收，不能计分；更正后重新计算",
                                     "评分日没有施行中的方案", "数值过大，超出可计算的范围"};
    static const char *const en[] = {
        "a record was refused, so nothing is scored; correct it and score again",
        "no scheme is in force that day", "a number is too large to be computed with"};
    int which = s->e->score.error == ERR_ROWS ? 0 : s->e->score.error == ERR_NOT_FOUND ? 1 : 2;

    end_line(s);
    say_c(s, zh[which], en[which]);
    end_line(s);
}

static void say_rules_hash(const struct say *s)
{
    end_line(s);
    say_c(s, "规则指纹（SM3）  ", "Rules (SM3)  ");
    hash_add_text(s->out, &s->e->rules->hash);
    end_line(s);
}

enum err explain_text(const struct explanation *e, enum lang lang, struct buf *out)
{
    struct say s = say_new(e, lang, out);

    say_person(&s);
    say_days(&s);
    say_schemes(&s);
    say_status(&s);
    if (e->trace == NULL) {
        say_error(&s);
        return buf_err(out);
    }
    say_total(&s);
    say_group(&s, 0);
    for (uint32_t i = 0; i < e->plan->veto_count; i++)
        say_veto(&s, &e->vetoes[i]);
    for (uint32_t i = 0; i < e->plan->gate_count; i++)
        say_gate(&s, &e->gates[i]);
    say_rules_hash(&s);
    return buf_err(out);
}
