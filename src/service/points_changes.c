/* What changed between two days, and why.
 *
 *   S0  the first day, its rules, as known then
 *   S1  the first day, the second day's rules        S1 - S0: RULE
 *   S2  the second day, its rules, as known then     S2 - S1: TIME, or EXPIRY where it falls
 *   S3  the same, as known on the second day         S3 - S2: FACT, or CORRECTION where something
 *                                                    was taken back
 *
 * Each step gives one cause per indicator that differs. What the indicators do not explain of a
 * step's total (a cap, a veto, a permit that became void) is one more cause, so that the causes sum
 * exactly to the difference of the totals. */
#include "base/date.h"
#include "service/points_internal.h"

enum cause {
    CAUSE_RULE,
    CAUSE_TIME,
    CAUSE_EXPIRY,
    CAUSE_FACT,
    CAUSE_CORRECTION,
    CAUSE_PERMIT,
    CAUSE_CAP,
    CAUSE_COUNT
};

static const struct {
    const char *code;
    const char *text[LANG_COUNT];
} causes[CAUSE_COUNT] = {
    [CAUSE_RULE] = {"RULE", {"规则有变化", "the rules changed"}},
    [CAUSE_TIME] = {"TIME", {"时间增加", "time went on"}},
    [CAUSE_EXPIRY] = {"EXPIRY",
                      {"到期，或者超出计算的期限", "expired, or left the period that counts"}},
    [CAUSE_FACT] = {"FACT", {"有新数据", "new data arrived"}},
    [CAUSE_CORRECTION] = {"CORRECTION", {"已有的记录有更新", "records already there were updated"}},
    [CAUSE_PERMIT] = {"PERMIT", {"居住证状态有变化", "the permit's status changed"}},
    [CAUSE_CAP] = {"CAP",
                   {"封顶、保底或否决使总分与各项之和不同",
                    "a cap, a floor or a veto acts on the sum"}},
};

#define STATES 4

struct compare {
    const struct rules *rules;
    struct points_result at[STATES];
    bool *added, *removed; /* per register, between the two states of knowledge */
    bool *one;             /* per register, all false: for asking about one */
    enum lang lang;
    struct json *j;
};

/* --- which registers an indicator reads --- */

static bool node_reads(const struct rules *r, uint32_t node, const bool *of)
{
    const struct rule_node *n = &r->nodes[node];

    if (n->reg >= 0 && of[n->reg]) return true;
    for (uint32_t i = 0; i < n->kid_count; i++)
        if (node_reads(r, r->kids[n->kid_first + i], of)) return true;
    return false;
}

static bool indicator_reads(const struct rules *r, int32_t indicator, const bool *of)
{
    const struct rule_indicator *ind = &r->indicators[indicator];

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const struct rule_clause *k = &r->clauses[ind->clause_first + i];
        if (k->cond >= 0 && node_reads(r, (uint32_t)k->cond, of)) return true;
        if (node_reads(r, (uint32_t)k->body, of)) return true;
    }
    return false;
}

/* --- what was added and taken back --- */

static bool has_fact(const struct fact_person *p, const struct fact_origin *o)
{
    for (uint32_t i = 0; i < p->origin_count; i++)
        if (p->origins[i].reg == o->reg && p->origins[i].fact == o->fact) return true;
    return false;
}

static void mark_missing(const struct fact_person *in, const struct fact_person *other, bool *of)
{
    for (uint32_t i = 0; i < in->origin_count; i++)
        if (!has_fact(other, &in->origins[i])) of[in->origins[i].reg] = true;
}

/* --- causes as JSON --- */

static enum cause cause_of(const struct compare *x, int step, int32_t indicator, int64_t delta)
{
    if (step == 1) return CAUSE_RULE;
    if (step == 2) return delta < 0 ? CAUSE_EXPIRY : CAUSE_TIME;
    return indicator_reads(x->rules, indicator, x->removed) ? CAUSE_CORRECTION : CAUSE_FACT;
}

/* "有新数据：社保缴纳（省人力社保厅）" */
static void say_registers(const struct compare *x, int32_t indicator, struct buf *out)
{
    const bool zh = x->lang == LANG_ZH;
    bool any = false;

    for (uint32_t i = 0; i < x->rules->reg_count; i++) {
        if (!(x->added[i] || x->removed[i])) continue;
        x->one[i] = true;
        const bool reads = indicator_reads(x->rules, indicator, x->one);
        x->one[i] = false;
        if (!reads) continue;
        const struct rule_register *reg = &x->rules->regs[i];
        const struct str name = rules_name(&reg->name, x->lang);
        const struct str from = rules_label(&reg->supplier, x->lang);
        buf_add_c(out, any ? (zh ? "、" : ", ") : (zh ? "：" : ": "));
        buf_printf(out, zh ? "%.*s（%.*s）" : "%.*s (%.*s)", STR_ARG(name), STR_ARG(from));
        any = true;
    }
}

static void put_cause(const struct compare *x, enum cause c, int32_t indicator, int64_t from,
                      int64_t to)
{
    struct buf text;

    buf_init(&text, 0);
    buf_add_c(&text, causes[c].text[x->lang]);
    if (c == CAUSE_FACT || c == CAUSE_CORRECTION) say_registers(x, indicator, &text);
    json_open_object(x->j);
    if (indicator >= 0) {
        put_str(x->j, "indicator", x->rules->indicators[indicator].name.ascii);
        put_title(x->j, &x->rules->indicators[indicator].name, x->lang);
    } else {
        json_key(x->j, "indicator");
        json_add_null(x->j);
        put_title(x->j, &x->rules->groups[0].name, x->lang);
    }
    put_points(x->j, "from", x->rules, from);
    put_points(x->j, "to", x->rules, to);
    put_delta(x->j, "delta", x->rules, to - from);
    put_text(x->j, "cause", causes[c].code);
    put_str(x->j, "text", buf_str(&text));
    json_end(x->j);
    buf_done(&text);
}

/* Does the indicator's part take points away? */
static bool deducts(const struct rules *r, int32_t indicator)
{
    for (int32_t g = r->indicators[indicator].group; g > 0; g = r->groups[g].parent)
        if (r->groups[g].deducts) return true;
    return false;
}

static void put_step(const struct compare *x, int step)
{
    const struct points_result *a = &x->at[step - 1], *b = &x->at[step];
    int64_t explained = 0;

    for (uint32_t i = 0; i < x->rules->indicator_count; i++) {
        const int32_t at = (int32_t)i;
        const int64_t sign = deducts(x->rules, at) ? -1 : 1;
        const int64_t from = sign * points_indicator_lo(a, at);
        const int64_t to = sign * points_indicator_lo(b, at);
        if (from == to) continue;
        explained += to - from;
        put_cause(x, cause_of(x, step, at, to - from), at, from, to);
    }
    const int64_t rest = b->score.total.lo - a->score.total.lo - explained;
    if (rest == 0) return;
    const bool permit =
        a->score.in_force != b->score.in_force || a->score.status != b->score.status;
    put_cause(x, permit ? CAUSE_PERMIT : CAUSE_CAP, -1, 0, rest);
}

static void put_end(const struct compare *x, const char *key, const struct points_result *r)
{
    json_key(x->j, key);
    json_open_object(x->j);
    put_day(x->j, "on", r->day);
    put_points(x->j, "total", x->rules, r->score.total.lo);
    put_points(x->j, "total_max", x->rules, r->score.total.hi);
    put_str(x->j, "status", score_status_word(x->rules, r->score.status));
    json_end(x->j);
}

/* --- the four states --- */

static enum err read_states(struct points *p, struct store *s, struct arena *a,
                            const struct points_query *q, struct compare *x)
{
    struct points_query then = *q;

    then.day = then.rule_day = q->since;
    then.known_at = date_first_instant(q->since + 1) - 1;
    enum err e = points_read(p, s, a, &then, &x->at[0]);
    if (e == ERR_OK) e = points_read(p, s, a, q, &x->at[3]);
    if (e != ERR_OK) return e;
    x->at[1] = x->at[2] = x->at[0];
    x->at[1].rule_day = x->at[2].rule_day = q->rule_day;
    x->at[2].day = q->day;
    e = points_compute(p, a, &x->at[1]);
    return e == ERR_OK ? points_compute(p, a, &x->at[2]) : e;
}

static enum err mark_changes(struct compare *x, struct arena *a)
{
    x->added = ARENA_ARRAY(a, bool, x->rules->reg_count);
    x->removed = ARENA_ARRAY(a, bool, x->rules->reg_count);
    x->one = ARENA_ARRAY(a, bool, x->rules->reg_count);
    if (!x->added || !x->removed || !x->one) return ERR_NOMEM;
    mark_missing(&x->at[3].facts, &x->at[0].facts, x->added);
    mark_missing(&x->at[0].facts, &x->at[3].facts, x->removed);
    return ERR_OK;
}

enum err points_changes(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        const struct points_query *q, struct json *out)
{
    struct compare x = {.rules = p->rules, .lang = c->lang, .j = out};
    enum err e = points_may_read(c, q);

    points_begin(p);

    if (e == ERR_OK && (q->since <= DATE_OPEN_START || q->since > q->day)) e = ERR_RANGE;
    if (e == ERR_OK) e = read_states(p, s, a, q, &x);
    if (e != ERR_OK) return e;
    e = mark_changes(&x, a);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_end(&x, "from", &x.at[0]);
    put_end(&x, "to", &x.at[3]);
    put_delta(out, "delta", p->rules, x.at[3].score.total.lo - x.at[0].score.total.lo);
    json_key(out, "causes");
    json_open_array(out);
    for (int step = 1; step < STATES; step++)
        put_step(&x, step);
    json_end(out);
    json_end(out);
    return buf_err(out->out);
}

/* --- the history of one indicator --- */

struct history {
    struct points *p;
    struct store *s;
    const struct points_query *q;
    int32_t indicator, first;
    const int64_t *moments; /* at which what is known changed */
    uint32_t moment_count;
};

/* The moment up to which what is known at the end of a day was recorded; 0 = nothing. */
static int64_t known_on(const struct history *h, int32_t day)
{
    const int64_t end = day == h->q->day ? h->q->known_at : date_first_instant(day + 1) - 1;
    uint32_t n = 0;

    while (n < h->moment_count && h->moments[n] <= end)
        n++;
    return n > 0 ? h->moments[n - 1] : 0;
}

static struct points_query asked_on(const struct history *h, int32_t day)
{
    struct points_query q = *h->q;

    q.day = q.rule_day = day;
    q.known_at = known_on(h, day);
    return q;
}

/* Facts of one state of knowledge, kept for the days that share it. */
struct epoch {
    struct arena arena;
    struct fact_person facts;
    int64_t known_at; /* -1 = none yet */
};

static enum err epoch_take(const struct history *h, const struct points_query *q, struct epoch *x)
{
    if (x->known_at == q->known_at) return ERR_OK;
    arena_done(&x->arena);
    x->known_at = q->known_at;
    return fact_person_read(&x->arena, h->s, h->p->rules, q->person, q->known_at, q->code,
                            &x->facts);
}

/* The indicator's lower end on a day, signed as in the total. */
static enum err value_on(const struct history *h, int32_t day, struct epoch *x, int64_t *ret)
{
    const struct points_query q = asked_on(h, day);
    struct points_result r = {.day = day, .rule_day = day, .known_at = q.known_at};
    struct arena a;
    enum err e = epoch_take(h, &q, x);

    if (e != ERR_OK) return e;
    arena_init(&a, 0);
    points_begin(h->p);
    r.facts = x->facts;
    e = points_compute(h->p, &a, &r);
    if (e == ERR_OK)
        *ret =
            (deducts(h->p->rules, h->indicator) ? -1 : 1) * points_indicator_lo(&r, h->indicator);
    arena_done(&a);
    return e;
}

static void put_part(const struct compare *x, int step, int32_t indicator)
{
    const int64_t sign = deducts(x->rules, indicator) ? -1 : 1;
    const int64_t from = sign * points_indicator_lo(&x->at[step - 1], indicator);
    const int64_t to = sign * points_indicator_lo(&x->at[step], indicator);
    struct buf text;

    if (from == to) return;
    const enum cause c = cause_of(x, step, indicator, to - from);
    buf_init(&text, 0);
    buf_add_c(&text, causes[c].text[x->lang]);
    if (c == CAUSE_FACT || c == CAUSE_CORRECTION) say_registers(x, indicator, &text);
    json_open_object(x->j);
    put_delta(x->j, "delta", x->rules, to - from);
    put_text(x->j, "cause", causes[c].code);
    put_str(x->j, "text", buf_str(&text));
    json_end(x->j);
    buf_done(&text);
}

/* One day on which it changed, by the states of a comparison with the day before. */
static enum err put_day_of_change(const struct history *h, int32_t day, int64_t from, int64_t to,
                                  struct compare *x)
{
    struct points_query q = asked_on(h, day);
    struct arena a;

    arena_init(&a, 0);
    points_begin(h->p);
    q.since = day - 1;
    enum err e = read_states(h->p, h->s, &a, &q, x);
    if (e == ERR_OK) e = mark_changes(x, &a);
    if (e == ERR_OK) {
        json_open_object(x->j);
        put_day(x->j, "on", day);
        put_points(x->j, "from", x->rules, from);
        put_points(x->j, "to", x->rules, to);
        put_delta(x->j, "delta", x->rules, to - from);
        json_key(x->j, "causes");
        json_open_array(x->j);
        for (int step = 1; step < STATES; step++)
            put_part(x, step, h->indicator);
        json_end(x->j);
        json_end(x->j);
    }
    arena_done(&a);
    return e;
}

/* From the last day backwards. */
static enum err put_days(const struct history *h, struct compare *x)
{
    struct epoch epoch = {.known_at = -1};
    int64_t to = 0;

    arena_init(&epoch.arena, 0);
    enum err e = value_on(h, h->q->day, &epoch, &to);
    for (int32_t day = h->q->day; day > h->first && e == ERR_OK; day--) {
        int64_t from = 0;
        e = value_on(h, day - 1, &epoch, &from);
        if (e == ERR_OK && from != to) e = put_day_of_change(h, day, from, to, x);
        to = from;
    }
    arena_done(&epoch.arena);
    return e;
}

static int32_t indicator_named(const struct rules *r, struct str name)
{
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (str_eq(r->indicators[i].name.ascii, name)) return (int32_t)i;
    return -1;
}

enum err points_history(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        const struct points_query *q, struct str indicator, struct json *out)
{
    struct compare x = {.rules = p->rules, .lang = c->lang, .j = out};
    struct history h = {.p = p, .s = s, .q = q, .indicator = indicator_named(p->rules, indicator)};
    int64_t *moments;
    enum err e = points_may_read(c, q);

    if (e == ERR_OK && h.indicator < 0) e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = store_moments_of(s, a, q->person, &moments, &h.moment_count);
    if (e != ERR_OK) return e;
    h.moments = moments;
    h.first = date_add_months(q->day, -POINTS_HISTORY_MONTHS, MONTH_CLAMP);
    json_open_object(out);
    put_str(out, "indicator", indicator);
    put_title(out, &p->rules->indicators[h.indicator].name, c->lang);
    put_day(out, "from", h.first);
    put_day(out, "on", q->day);
    json_key(out, "changes");
    json_open_array(out);
    e = put_days(&h, &x);
    json_end(out);
    json_end(out);
    return e == ERR_OK ? buf_err(out->out) : e;
}
