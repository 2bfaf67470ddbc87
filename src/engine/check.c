/* Cases of a rule image, run through the interpreter and the column machine.
 *
 *   case -> resident (facts) -> population of one -> the scheme that serves him -> score
 *        -> each expectation against its figure
 *
 * A case that fails is a finding at the expectation's place; what could not be scored at all is a
 * finding at the case. Memory of one case is given back before the next. */
#include "engine/check.h"

#include <stdlib.h>

#include "base/date.h"
#include "engine/check_internal.h"

enum lang check_lang(const struct rules *r, struct src_pos pos)
{
    return pos.file < r->file_count ? r->files[pos.file].lang : LANG_ZH;
}

void check_report(struct diag_list *diags, enum lang_msg id, struct src_pos at,
                  struct src_pos other, struct buf *args, size_t count)
{
    struct str texts[DIAG_ARGS_MAX];

    INVARIANT(count <= DIAG_ARGS_MAX);
    for (size_t i = 0; i < count; i++) {
        texts[i] = buf_str(&args[i]);
        if (buf_err(&args[i]) != ERR_OK) diags->out_of_memory = true;
    }
    diag_add(diags, lang_message(id), SEVERITY_ERROR, at, other, texts, count);
    for (size_t i = 0; i < count; i++)
        buf_done(&args[i]);
}

/* --- scoring one resident --- */

enum err check_score_new(struct arena *a, const struct plan *plan, struct score *ret)
{
    struct score s = {0};

    s.indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count);
    s.groups = ARENA_ARRAY(a, struct interval, plan->group_count);
    s.gates = ARENA_ARRAY(a, struct interval, plan->gate_count);
    if (s.indicators == NULL || s.groups == NULL || s.gates == NULL) return ERR_NOMEM;
    *ret = s;
    return ERR_OK;
}

enum err check_score(struct arena *a, const struct plan *plan, const struct population *p,
                     int32_t day, bool with_trace, struct scored *ret)
{
    struct scored s = {.plan = plan};
    enum err e = check_score_new(a, plan, &s.score);

    if (e == ERR_OK) e = interp_score(a, plan, p, 0, day, &s.score, with_trace ? &s.trace : NULL);
    if (e == ERR_OK) *ret = s;
    return e;
}

enum err check_case_score(struct arena *a, const struct rules *r, const struct rule_case *c,
                          const struct population *p, struct scored *ret)
{
    struct home home = home_of(p, 0, c->day, c->rule_day);
    struct plan *plan;
    enum err e = plan_new(a, r, home.division != 0 ? home.scheme : c->scheme, c->rule_day, &plan);

    return e == ERR_OK ? check_score(a, plan, p, c->day, true, ret) : e;
}

/* --- the resident of a case --- */

static int compare_str(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The texts of the case's keys, ordered and without repeats. */
static enum err case_keys(struct arena *a, const struct rules *r, const struct rule_case *c,
                          struct str **ret, uint32_t *ret_count)
{
    size_t most = 0;
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < c->fact_count; i++)
        most += c->facts[i].cell_count;
    struct str *keys = ARENA_ARRAY(a, struct str, most);
    if (keys == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < c->fact_count; i++)
        for (uint32_t k = 0; k < c->facts[i].cell_count; k++) {
            const struct rule_cell *cell = &c->facts[i].cells[k];
            const struct rule_field *f = &r->regs[c->facts[i].reg].fields[cell->field];
            if (cell->known && f->type.vt == VT_KEY) keys[count++] = cell->key;
        }
    qsort(keys, count, sizeof *keys, compare_str);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !str_eq(keys[kept - 1], keys[i])) keys[kept++] = keys[i];
    *ret = keys;
    *ret_count = kept;
    return ERR_OK;
}

static int64_t key_value(const struct str *keys, uint32_t count, struct str key)
{
    uint32_t lo = 0, hi = count;

    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (str_cmp(keys[mid], key) <= 0)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

/* What a field holds that the case leaves out: its open end, or nothing known. */
static void cell_empty(const struct rule_field *f, int64_t *value, bool *known)
{
    *known = f->empty == EMPTY_OPEN || f->empty == EMPTY_ALWAYS;
    *value = 0;
    if (f->empty == EMPTY_ALWAYS) *value = DATE_OPEN_START;
    if (f->empty == EMPTY_OPEN) *value = f->type.vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
}

static enum err case_fact(struct arena *a, const struct resident *n, const struct rule_fact *fact,
                          struct resident_fact *ret)
{
    const struct rule_register *reg = &n->rules->regs[fact->reg];
    struct resident_fact f = {.reg = fact->reg, .line = fact->pos.line};

    f.values = ARENA_ARRAY(a, int64_t, reg->field_count);
    f.known = ARENA_ARRAY(a, bool, reg->field_count);
    if (f.values == NULL || f.known == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < reg->field_count; i++)
        cell_empty(&reg->fields[i], &f.values[i], &f.known[i]);
    for (uint32_t i = 0; i < fact->cell_count; i++) {
        const struct rule_cell *cell = &fact->cells[i];
        bool is_key = reg->fields[cell->field].type.vt == VT_KEY;
        f.known[cell->field] = cell->known;
        f.values[cell->field] =
            is_key && cell->known ? key_value(n->keys, n->key_count, cell->key) : cell->value;
    }
    *ret = f;
    return ERR_OK;
}

enum err check_case_resident(struct arena *a, const struct rules *r, const struct rule_case *c,
                             struct resident *ret)
{
    struct resident n = {.rules = r, .fact_count = c->fact_count};
    struct str *keys;
    enum err e = case_keys(a, r, c, &keys, &n.key_count);

    if (e != ERR_OK) return e;
    n.keys = keys;
    n.facts = ARENA_ARRAY(a, struct resident_fact, c->fact_count);
    n.silent = ARENA_ARRAY(a, bool, r->reg_count);
    if (n.facts == NULL || n.silent == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < c->fact_count && e == ERR_OK; i++)
        e = case_fact(a, &n, &c->facts[i], &n.facts[i]);
    for (uint32_t i = 0; i < c->unanswered_count; i++)
        n.silent[c->unanswered[i]] = true;
    if (e == ERR_OK) *ret = n;
    return e;
}

/* --- figures --- */

static bool figure_in_plan(const struct plan *p, enum expect_kind what, int32_t index,
                           uint32_t *ret)
{
    uint32_t count = what == EXPECT_GATE    ? p->gate_count
                     : what == EXPECT_GROUP ? p->group_count
                                            : p->indicator_count;

    for (uint32_t i = 0; i < count; i++) {
        int32_t at = what == EXPECT_GATE    ? p->gates[i]
                     : what == EXPECT_GROUP ? p->groups[i]
                                            : p->indicators[i].indicator;
        if (at != index) continue;
        *ret = i;
        return true;
    }
    return false;
}

bool check_figure(const struct scored *s, enum expect_kind what, int32_t index,
                  struct interval *ret)
{
    uint32_t at;

    if (what == EXPECT_TOTAL) {
        *ret = s->score.total;
        return true;
    }
    if (!figure_in_plan(s->plan, what, index, &at)) return false;
    *ret = what == EXPECT_GATE    ? s->score.gates[at]
           : what == EXPECT_GROUP ? s->score.groups[at]
                                  : s->score.indicators[at];
    return true;
}

struct str check_figure_name(const struct rules *r, enum expect_kind what, int32_t index,
                             enum lang lang)
{
    if (what == EXPECT_GATE) return rules_name(&r->gates[index].name, lang);
    if (what == EXPECT_INDICATOR) return rules_name(&r->indicators[index].name, lang);
    return rules_name(&r->groups[what == EXPECT_GROUP ? index : 0].name, lang);
}

/* --- one case --- */

struct case_run {
    struct arena *arena;
    const struct rules *r;
    const struct rule_case *c;
    struct diag_list *diags;
    struct str title;
    struct value_ctx text;
    bool failed;
};

static void args_init(const struct case_run *run, struct buf *args)
{
    for (int i = 0; i < 4; i++)
        buf_init(&args[i], 0);
    buf_add(&args[0], run->title);
}

static void report_case(struct case_run *run, enum lang_msg id, struct src_pos at, struct buf *args,
                        size_t count)
{
    static const struct src_pos nowhere = {0};

    check_report(run->diags, id, at, nowhere, args, count);
    for (size_t i = count; i < 4; i++)
        buf_done(&args[i]);
    run->failed = true;
}

static void gate_add_word(struct buf *out, struct interval v, enum lang lang)
{
    static const char *const words[LANG_COUNT][3] = {{"否", "未知", "是"},
                                                     {"no", "unknown", "yes"}};

    buf_add_c(out, words[lang][v.lo + v.hi]);
}

static void expect_status(struct case_run *run, const struct rule_expect *x, const struct scored *s)
{
    struct str word = score_status_word(run->r, s->score.status);
    struct buf args[4];

    if (str_eq(word, x->word)) return;
    args_init(run, args);
    buf_add(&args[1], x->word);
    buf_add(&args[2], word);
    report_case(run, MSG_CASE_STATUS, x->pos, args, 3);
}

static void expect_figure(struct case_run *run, const struct rule_expect *x, const struct scored *s)
{
    static const struct type points = {VT_POINTS, -1};
    struct interval got = {0, 0}, want = {x->lo, x->hi};
    bool is_there = check_figure(s, x->kind, x->index, &got);
    struct buf args[4];

    if (got.lo == want.lo && got.hi == want.hi && (is_there || x->kind != EXPECT_GATE))
        return; /* what is not in force that day gives 0 points */
    args_init(run, args);
    buf_add(&args[1], check_figure_name(run->r, x->kind, x->index, run->text.lang));
    if (x->kind == EXPECT_GATE)
        gate_add_word(&args[2], want, run->text.lang);
    else
        interval_add_text(&args[2], &run->text, points, want);
    if (!is_there)
        buf_add_c(&args[3],
                  run->text.lang == LANG_ZH ? "（当日不适用）" : "(not in force that day)");
    else if (x->kind == EXPECT_GATE)
        gate_add_word(&args[3], got, run->text.lang);
    else
        interval_add_text(&args[3], &run->text, points, got);
    report_case(run, x->kind == EXPECT_GATE ? MSG_CASE_GATE : MSG_CASE_FIGURE, x->pos, args, 4);
}

static void report_error(struct case_run *run, enum err e)
{
    struct buf args[4];

    args_init(run, args);
    buf_add_c(&args[1], err_text(e));
    report_case(run, MSG_CASE_ERROR, run->c->pos, args, 2);
}

static void report_fact(struct case_run *run, uint32_t fact)
{
    const struct rule_fact *f = &run->c->facts[fact];
    struct buf args[4];

    args_init(run, args);
    buf_add(&args[1], rules_name(&run->r->regs[f->reg].name, run->text.lang));
    report_case(run, MSG_CASE_FACT, f->pos, args, 2);
}

static void report_difference(struct case_run *run, const struct evaluator_difference *d)
{
    static const struct type points = {VT_POINTS, -1};
    struct buf args[4];

    args_init(run, args);
    if (d->what == EXPECT_STATUS) {
        buf_add_c(&args[1], run->text.lang == LANG_ZH ? "状态" : "status");
        buf_add(&args[2], score_status_word(run->r, (int32_t)d->interpreter.lo));
        buf_add(&args[3], score_status_word(run->r, (int32_t)d->machine.lo));
    } else {
        buf_add(&args[1], check_figure_name(run->r, d->what, d->index, run->text.lang));
        interval_add_text(&args[2], &run->text, points, d->interpreter);
        interval_add_text(&args[3], &run->text, points, d->machine);
    }
    report_case(run, MSG_CASE_EVALUATORS, run->c->pos, args, 4);
}

static enum err compare_evaluators(struct case_run *run, const struct scored *s,
                                   const struct population *p)
{
    struct evaluator_difference d;
    bool differ;
    enum err e = check_evaluators(run->arena, s, p, run->c->day, &differ, &d);

    if (e == ERR_OK && differ) report_difference(run, &d);
    return e;
}

static enum err case_population(struct case_run *run, struct population *ret)
{
    struct resident n;
    uint32_t fact = 0;
    enum err e = check_case_resident(run->arena, run->r, run->c, &n);

    if (e != ERR_OK) return e;
    e = resident_population(run->arena, &n, ret, &fact);
    if (e == ERR_RANGE) report_fact(run, fact);
    return e;
}

static enum err case_run(struct case_run *run)
{
    struct population p;
    struct scored s;
    enum err e = case_population(run, &p);

    if (e == ERR_RANGE) return ERR_OK; /* reported */
    if (e == ERR_OK) e = check_case_score(run->arena, run->r, run->c, &p, &s);
    if (e == ERR_OK) e = compare_evaluators(run, &s, &p);
    if (e != ERR_OK) return e;
    if (s.score.status == STATUS_ERROR) {
        report_error(run, s.score.error);
        return ERR_OK;
    }
    for (uint32_t i = 0; i < run->c->expect_count; i++) {
        const struct rule_expect *x = &run->c->expects[i];
        if (x->kind == EXPECT_STATUS)
            expect_status(run, x, &s);
        else
            expect_figure(run, x, &s);
    }
    return ERR_OK;
}

enum err check_cases(struct arena *a, const struct rules *r, struct diag_list *diags,
                     struct check_result *ret)
{
    uint32_t failed = 0;

    for (uint32_t i = 0; i < r->case_count; i++) {
        const struct rule_case *c = &r->cases[i];
        enum lang lang = check_lang(r, c->pos);
        struct arena own;
        struct case_run run = {.arena = &own,
                               .r = r,
                               .c = c,
                               .diags = diags,
                               .title = rules_label(&c->title, lang),
                               .text = {r, NULL, 0, lang, VALUE_PROSE}};
        arena_init(&own, a->limit_bytes);
        own.fail_at = a->fail_at;
        enum err e = case_run(&run);
        arena_done(&own);
        if (e != ERR_OK) return e;
        failed += run.failed;
    }
    ret->cases = r->case_count;
    ret->cases_failed = failed;
    return diags->out_of_memory ? ERR_NOMEM : ERR_OK;
}
