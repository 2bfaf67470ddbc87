/* Advice in words and as JSON (docs/advice.schema.json), from the same tree.
 *
 * Points in JSON are strings with two decimals, days YYYY-MM-DD, names the ASCII forms; every
 * "title" and "text" is in the language asked for. Keys never disappear: what does not apply is
 * null. */
#include "base/date.h"
#include "base/put.h"
#include "engine/advice.h"

struct speak {
    const struct advice *v;
    const struct rules *r;
    struct value_ctx c;
    bool zh;
    struct buf *out;
};

static struct speak speak_new(const struct advice *v, enum lang lang, struct buf *out)
{
    return (struct speak){.v = v,
                          .r = v->rules,
                          .c = {v->rules, NULL, 0, lang, VALUE_PROSE},
                          .zh = lang == LANG_ZH,
                          .out = out};
}

static void say(const struct speak *s, const char *zh, const char *en)
{
    buf_add_c(s->out, s->zh ? zh : en);
}

static void say_name(const struct speak *s, const struct rule_name *n)
{
    struct str name = rules_name(n, s->c.lang);

    for (size_t i = 0; i < name.n; i++)
        buf_add_char(s->out, !s->zh && name.p[i] == '_' ? ' ' : name.p[i]);
}

static void say_day(const struct speak *s, int32_t day)
{
    if (s->zh)
        date_add_text_zh(s->out, day);
    else
        date_add_text(s->out, day);
}

static void say_points(const struct speak *s, struct interval v)
{
    interval_add_text(s->out, &s->c, (struct type){VT_POINTS, -1}, v);
}

/* What the two ends of the total rise by; the lesser first. */
static struct interval gain_of(const struct advice_gain *g)
{
    int64_t lo = g->with.lo - g->without.lo, hi = g->with.hi - g->without.hi;

    return lo < hi ? (struct interval){lo, hi} : (struct interval){hi, lo};
}

/* --- one change --- */

static bool is_chosen(const struct advice_change *c, const struct rule_field *f, uint32_t i)
{
    return c->adds ? f->changeable && f->role == ROLE_NONE : (int32_t)i == c->field;
}

static void say_values(const struct speak *s, const struct advice_change *c)
{
    const struct rule_register *g = &s->r->regs[c->reg];
    bool first = true;

    for (uint32_t i = 0; i < g->field_count; i++) {
        if (!is_chosen(c, &g->fields[i], i)) continue;
        if (!first) say(s, "，", ", ");
        say_name(s, &g->fields[i].name);
        buf_add_char(s->out, ' ');
        value_add_text(s->out, &s->c, g->fields[i].type, c->fact.values[i]);
        first = false;
    }
}

static void say_added(const struct speak *s, const struct advice_change *c)
{
    const struct rule_register *g = &s->r->regs[c->reg];
    bool any = false;

    for (uint32_t i = 0; i < g->field_count; i++)
        any = any || is_chosen(c, &g->fields[i], i);
    say_name(s, &g->name);
    if (c->months >= 0) {
        buf_printf(s->out, s->zh ? " 再满%d个月" : ": %d more month%s", (int)c->months,
                   c->months == 1 ? "" : "s");
        if (any) say(s, "，", ", ");
    } else {
        say(s, any ? " 新增一条：" : " 新增一条", any ? ": a new record, " : ": a new record");
    }
    if (any) say_values(s, c);
}

static void say_changed(const struct speak *s, const struct advice_change *c)
{
    const struct rule_register *g = &s->r->regs[c->reg];
    const struct rule_field *f = &g->fields[c->field];

    say_name(s, &g->name);
    say(s, " 的", ", ");
    say_name(s, &f->name);
    say(s, " 由 ", " from ");
    if (c->from_known)
        value_add_text(s->out, &s->c, f->type, c->from);
    else
        say(s, "未知", "unknown");
    say(s, " 变为 ", " to ");
    value_add_text(s->out, &s->c, f->type, c->fact.values[c->field]);
}

void advice_change_add_text(struct buf *out, const struct advice *v, const struct advice_change *c,
                            enum lang lang)
{
    struct speak s = speak_new(v, lang, out);

    if (c->adds)
        say_added(&s, c);
    else
        say_changed(&s, c);
}

/* The evidence of marked field `i`, unless an earlier field of the change has the same. */
static struct str evidence_of(const struct speak *s, const struct advice_change *c, uint32_t i)
{
    const struct rule_register *g = &s->r->regs[c->reg];
    const struct rule_field *f = g->fields;
    struct str none = {NULL, 0};

    if (!f[i].changeable || (!c->adds && (int32_t)i != c->field)) return none;
    for (uint32_t k = 0; k < i; k++)
        if (f[k].changeable && str_eq(f[k].evidence.zh, f[i].evidence.zh)) return none;
    return rules_label(&f[i].evidence, s->c.lang);
}

static void say_evidence(const struct speak *s, const struct advice_change *c)
{
    bool any = false;

    for (uint32_t i = 0; i < s->r->regs[c->reg].field_count; i++) {
        struct str e = evidence_of(s, c, i);
        if (e.n == 0) continue;
        if (any)
            say(s, "、", ", ");
        else
            say(s, "；材料：", "; evidence: ");
        buf_add(s->out, e);
        any = true;
    }
}

/* The heading path of the clause, or of its indicator. */
static struct str basis_of(const struct speak *s, const struct advice_change *c)
{
    if (c->clause >= 0) return s->r->clauses[c->clause].basis;
    if (c->indicator >= 0) return s->r->indicators[c->indicator].basis;
    return (struct str){NULL, 0};
}

static void say_gain(const struct speak *s, const struct advice_gain *g)
{
    say(s, "：多得 ", ": ");
    say_points(s, gain_of(g));
    say(s, "（那天由 ", " more (that day, ");
    say_points(s, g->without);
    say(s, " 到 ", " becomes ");
    say_points(s, g->with);
    say(s, "）", ")");
}

static void say_change(const struct speak *s, const struct advice_change *c)
{
    struct str basis = basis_of(s, c);

    buf_add_c(s->out, "  · ");
    advice_change_add_text(s->out, s->v, c, s->c.lang);
    if (c->is_step) say_gain(s, &c->gain);
    say(s, "\n    最早 ", "\n    from ");
    say_day(s, c->gain.day);
    if (c->lead_days > 0)
        buf_printf(s->out, s->zh ? "（%d天后）" : " (in %d days)", (int)c->lead_days);
    say_evidence(s, c);
    if (c->is_step && basis.n > 0) {
        say(s, "；依据：", "; basis: ");
        buf_add(s->out, basis);
    }
    buf_add_char(s->out, '\n');
}

static void say_set(const struct speak *s, const struct advice_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        say_change(s, &s->v->changes[set->changes[i]]);
    say(s, "    合起来，", "    Together, from ");
    say_day(s, set->gain.day);
    say(s, " 起", "");
    say_gain(s, &set->gain);
    buf_add_char(s->out, '\n');
}

/* --- the whole in words --- */

static void say_status(const struct speak *s)
{
    say(s, "评分日 ", "Scoring day ");
    say_day(s, s->v->options.day);
    say(s, "：总积分 ", ": total ");
    if (s->v->now.scored)
        say_points(s, s->v->now.with);
    else
        say(s, "无法计分", "cannot be scored");
    say(s, "，", ", ");
    score_status_add_text(s->out, s->r, s->v->now.status, s->c.lang);
    buf_add_char(s->out, '\n');
}

static void say_singles(const struct speak *s, bool all)
{
    const struct advice *v = s->v;
    bool any = false;

    say(s, "\n每一项最小的、能多得分的改变：\n",
        "\nThe smallest change of each kind that gains points:\n");
    for (uint32_t p = 0; p < v->place_count; p++)
        for (uint32_t i = v->places[p].first; i < v->places[p].first + v->places[p].count; i++) {
            if (!v->changes[i].is_step || (!all && (int32_t)i != v->places[p].smallest)) continue;
            say_change(s, &v->changes[i]);
            any = true;
        }
    if (!any) say(s, "  没有\n", "  none\n");
}

static void say_idle(const struct speak *s, const struct advice_place *p)
{
    buf_add_c(s->out, "  · ");
    say_name(s, &s->r->regs[p->reg].name);
    say(s, "：", ": ");
    switch (p->idle) {
    case IDLE_GOES_ON:
        say(s, "已在持续，随时间增加", "already going on; time alone adds to it");
        break;
    case IDLE_FULL:
        say(s, "记录已到上限", "no further record is allowed");
        break;
    case IDLE_CAP:
        say(s, "因封顶不多得分：", "no gain because of the cap of ");
        say_name(s, p->cap_indicator >= 0 ? &s->r->indicators[p->cap_indicator].name
                                          : &s->r->groups[p->cap_group].name);
        break;
    case IDLE_UNDECIDED:
        say(s, "要到现行规则施行期满以后才见效，那时怎样还没有规定",
            "takes effect after the rules in force have ended; what comes then is not decided");
        break;
    case IDLE_NOT:
    case IDLE_OTHER:
        say(s, "不多得分", "no gain");
        break;
    }
    buf_add_char(s->out, '\n');
}

static void say_idles(const struct speak *s)
{
    bool any = false;

    for (uint32_t p = 0; p < s->v->place_count; p++) {
        if (s->v->places[p].idle == IDLE_NOT) continue;
        if (!any) say(s, "\n不能多得分的：\n", "\nWhat gains nothing:\n");
        any = true;
        say_idle(s, &s->v->places[p]);
    }
}

static void say_pairs(const struct speak *s)
{
    if (s->v->together_count > 0)
        say(s, "\n单独没有用、合起来才多得分的：\n", "\nNo use alone, but together:\n");
    for (uint32_t i = 0; i < s->v->together_count; i++)
        say_set(s, &s->v->together[i]);
    if (s->v->best_pair.count == 0) return;
    say(s, "\n两项一起，最多可以：\n", "\nThe most that two changes can give:\n");
    say_set(s, &s->v->best_pair);
}

static void say_way(const struct speak *s)
{
    const struct advice *v = s->v;
    int64_t line = v->options.line;

    say(s, "\n达到 ", "\nTo reach ");
    say_points(s, (struct interval){line, line});
    if (v->line_reached) {
        say(s, "：已经达到\n", ": reached already\n");
        return;
    }
    if (v->way_by_waiting) {
        say(s, "：不用改变，到 ", ": without any change, by ");
        say_day(s, v->way.gain.day);
        say(s, " 就会达到\n", "\n");
        return;
    }
    if (v->way.count == 0) {
        buf_printf(s->out,
                   s->zh ? "：%s%u项以内的改变达不到\n" : ": %sno set of up to %u changes\n",
                   v->way_proved ? ""
                   : s->zh       ? "没有找到；已试过的，"
                                 : "none found; of those tried, ",
                   (unsigned)v->options.set_size);
        return;
    }
    say(s, v->way_proved ? "，最快、项数最少的办法：\n" : "，一个办法（未必是最快的）：\n",
        v->way_proved ? ", soonest and with the fewest changes:\n"
                      : ", one way (perhaps not the soonest):\n");
    say_set(s, &v->way);
}

static void say_cut(const struct speak *s)
{
    uint32_t cut = s->v->cut;

    if (cut == 0) return;
    say(s, "\n为了限制计算量，没有试遍：", "\nTo bound the work, not all were tried of:");
    if (cut & ADVICE_CUT_VALUES) say(s, " 数值", " values");
    if (cut & ADVICE_CUT_PAIRS) say(s, " 两项的组合", " pairs");
    if (cut & ADVICE_CUT_SETS) say(s, " 多项的组合", " sets");
    buf_add_char(s->out, '\n');
}

enum err advice_text(const struct advice *v, enum lang lang, bool all, struct buf *out)
{
    struct speak s = speak_new(v, lang, out);

    say_status(&s);
    if (v->now.scored) {
        say_singles(&s, all);
        if (all) say_idles(&s);
        say_pairs(&s);
        if (v->options.has_line) say_way(&s);
        say_cut(&s);
    }
    return buf_err(out);
}

/* --- JSON --- */

struct put {
    struct speak s; /* into b */
    struct json *j;
    struct buf b;
};

static void put_said(struct put *p, const char *key)
{
    put_str(p->j, key, buf_str(&p->b));
    p->b.n = 0;
}

static void put_amount(struct put *p, const char *key, int64_t v)
{
    decimal_add_text(&p->b, v, p->s.r->scale, 2);
    put_said(p, key);
}

static void put_interval(struct put *p, const char *key, struct interval v)
{
    json_key(p->j, key);
    json_open_object(p->j);
    put_amount(p, "lo", v.lo);
    put_amount(p, "hi", v.hi);
    json_end(p->j);
}

static void put_named(struct put *p, const struct rule_name *n)
{
    put_str(p->j, "name", n->ascii);
    say_name(&p->s, n);
    put_said(p, "title");
}

static void put_gain(struct put *p, const struct advice_gain *g)
{
    put_day(p->j, "day", g->day);
    put_interval(p, "gain", gain_of(g));
    put_interval(p, "total", g->with);
    put_interval(p, "without", g->without);
}

static void put_value(struct put *p, const char *key, const struct rule_field *f, int64_t v,
                      bool known)
{
    if (!known) {
        put_null(p->j, key);
        return;
    }
    value_add_text(&p->b, &p->s.c, f->type, v);
    put_said(p, key);
}

static void put_values(struct put *p, const struct advice_change *c)
{
    const struct rule_register *g = &p->s.r->regs[c->reg];

    json_key(p->j, "values");
    json_open_array(p->j);
    for (uint32_t i = 0; i < g->field_count; i++) {
        if (!is_chosen(c, &g->fields[i], i)) continue;
        json_open_object(p->j);
        put_named(p, &g->fields[i].name);
        put_value(p, "from", &g->fields[i], c->from, !c->adds && c->from_known);
        put_value(p, "to", &g->fields[i], c->fact.values[i], true);
        json_end(p->j);
    }
    json_end(p->j);
}

static void put_evidence(struct put *p, const struct advice_change *c)
{
    json_key(p->j, "evidence");
    json_open_array(p->j);
    for (uint32_t i = 0; i < p->s.r->regs[c->reg].field_count; i++) {
        struct str e = evidence_of(&p->s, c, i);
        if (e.n > 0) json_str(p->j, e);
    }
    json_end(p->j);
}

static void put_change(struct put *p, const struct advice_change *c)
{
    json_open_object(p->j);
    json_key(p->j, "register");
    json_open_object(p->j);
    put_named(p, &p->s.r->regs[c->reg].name);
    json_end(p->j);
    put_bool(p->j, "adds", c->adds);
    put_values(p, c);
    if (c->months >= 0)
        put_int(p->j, "months", c->months);
    else
        put_null(p->j, "months");
    advice_change_add_text(&p->b, p->s.v, c, p->s.c.lang);
    put_said(p, "text");
    put_gain(p, &c->gain);
    put_int(p->j, "lead_days", c->lead_days);
    put_evidence(p, c);
    json_key(p->j, "indicator");
    if (c->indicator >= 0) {
        json_open_object(p->j);
        put_named(p, &p->s.r->indicators[c->indicator].name);
        json_end(p->j);
    } else {
        json_add_null(p->j);
    }
    if (c->indicator >= 0)
        put_str(p->j, "basis", basis_of(&p->s, c));
    else
        put_null(p->j, "basis");
    put_bool(p->j, "smallest", p->s.v->places[c->place].smallest == (int32_t)(c - p->s.v->changes));
    json_end(p->j);
}

static void put_set(struct put *p, const struct advice_set *set)
{
    if (set->count == 0) {
        json_add_null(p->j);
        return;
    }
    json_open_object(p->j);
    json_key(p->j, "changes");
    json_open_array(p->j);
    for (uint32_t i = 0; i < set->count; i++)
        put_change(p, &p->s.v->changes[set->changes[i]]);
    json_end(p->j);
    put_gain(p, &set->gain);
    json_end(p->j);
}

static void put_singles(struct put *p, bool all)
{
    const struct advice *v = p->s.v;

    json_key(p->j, "changes");
    json_open_array(p->j);
    for (uint32_t i = 0; i < v->change_count; i++) {
        bool smallest = v->places[v->changes[i].place].smallest == (int32_t)i;
        if (all ? v->changes[i].is_step : smallest) put_change(p, &v->changes[i]);
    }
    json_end(p->j);
}

static void put_idles(struct put *p, bool all)
{
    static const char *const words[] = {
        [IDLE_NOT] = "not", [IDLE_GOES_ON] = "goes_on",     [IDLE_FULL] = "full",
        [IDLE_CAP] = "cap", [IDLE_UNDECIDED] = "undecided", [IDLE_OTHER] = "no_gain"};
    const struct advice *v = p->s.v;

    json_key(p->j, "idle");
    json_open_array(p->j);
    for (uint32_t i = 0; all && i < v->place_count; i++) {
        const struct advice_place *s = &v->places[i];
        if (s->idle == IDLE_NOT) continue;
        json_open_object(p->j);
        put_named(p, &v->rules->regs[s->reg].name);
        put_text(p->j, "why", words[s->idle]);
        if (s->cap_indicator >= 0)
            put_str(p->j, "cap_of", v->rules->indicators[s->cap_indicator].name.ascii);
        else if (s->cap_group >= 0)
            put_str(p->j, "cap_of", v->rules->groups[s->cap_group].name.ascii);
        else
            put_null(p->j, "cap_of");
        json_end(p->j);
    }
    json_end(p->j);
}

static void put_line(struct put *p)
{
    const struct advice *v = p->s.v;

    json_key(p->j, "line");
    if (!v->options.has_line || !v->now.scored) {
        json_add_null(p->j);
        return;
    }
    json_open_object(p->j);
    put_amount(p, "points", v->options.line);
    put_bool(p->j, "reached", v->line_reached);
    json_key(p->j, "way");
    put_set(p, &v->way);
    put_day(p->j, "by_waiting", v->way_by_waiting ? v->way.gain.day : DATE_OPEN_END);
    put_bool(p->j, "proved", v->way_proved);
    json_end(p->j);
}

static void put_cut(struct put *p)
{
    static const char *const words[] = {"values", "pairs", "sets"};

    json_key(p->j, "cut");
    json_open_array(p->j);
    for (uint32_t i = 0; i < 3; i++)
        if (p->s.v->cut >> i & 1) json_str(p->j, str_from_c(words[i]));
    json_end(p->j);
}

enum err advice_put(const struct advice *v, enum lang lang, bool all, struct json *out)
{
    struct put p = {.j = out};

    buf_init(&p.b, 0);
    p.s = speak_new(v, lang, &p.b);
    json_open_object(out);
    put_day(out, "on", v->options.day);
    put_bool(out, "scored", v->now.scored);
    put_str(out, "status", score_status_word(v->rules, v->now.status));
    put_interval(&p, "total", v->now.with);
    put_singles(&p, all);
    put_idles(&p, all);
    json_key(out, "together");
    json_open_array(out);
    for (uint32_t i = 0; i < v->together_count; i++)
        put_set(&p, &v->together[i]);
    json_end(out);
    json_key(out, "best_pair");
    put_set(&p, &v->best_pair);
    put_line(&p);
    put_cut(&p);
    put_int(out, "evaluations", v->evaluations);
    json_end(out);
    bool failed = p.b.failed;
    buf_done(&p.b);
    return failed ? ERR_NOMEM : buf_err(out->out);
}
