/* A simulation against scoring everybody twice with the interpreter and subtracting.
 *
 *   test_simulate residents FILE…   the rule files, against drafts of them
 *   test_simulate programs          random rule programs, against drafts of them
 *
 * A draft is the same text with some number of points changed. What clauses gave and which caps cut
 * is taken from the interpreter's trace. Threads and parts must not show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/file.h"
#include "engine/check.h"
#include "engine/interp.h"
#include "engine/rules_match.h"
#include "engine/simulate_report.h"
#include "gen_rules.h"
#include "random_env.h"

#define CASES 10u
#define RESIDENTS_DEFAULT 12000u
#define RESIDENTS_MOST 1000000u
#define PROGRAMS_MOST 20000u
#define PROGRAMS_DEFAULT 300u
#define BLOCK 600u
#define PROGRAM_PERSONS 40u
#define TRIES 12u

static uint64_t seed = 20260301;
static uint32_t wanted;
static char **rule_paths;
static int rule_count;
static uint64_t compared, changed, drafts;

/* --- drafts --- */

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Does a number of points end before text[at], outside of a case's expectation? */
static bool is_points(struct str text, size_t at)
{
    size_t line = at;

    if (text.p[at - 1] < '0' || text.p[at - 1] > '9') return false;
    if (memcmp(text.p + at, "分", 3) != 0 && memcmp(text.p + at, "pt", 2) != 0) return false;
    while (line > 0 && text.p[line - 1] != '\n')
        line--;
    while (text.p[line] == ' ')
        line++;
    return memcmp(text.p + line, "应得", 6) != 0;
}

/* The last digit of one number of points becomes another. */
static bool mutate(struct arena *a, struct str text, uint64_t *state, struct str *ret)
{
    const struct str copy = str_copy(a, text);
    char *p = (char *)(uintptr_t)copy.p;
    size_t at = 0;
    uint32_t found = 0;

    for (size_t i = 1; p && i + 6 <= copy.n; i++) {
        if (!is_points(copy, i)) continue;
        found++;
        if (next(state) % found == 0) at = i - 1; /* one of them, evenly */
    }
    if (!found) return false;
    p[at] = (char)('0' + (p[at] - '0' + 1 + (int)(next(state) % 9)) % 10);
    *ret = copy;
    return true;
}

/* The files with some of their numbers changed, compiled; NULL when no draft compiled. */
static const struct rules *draft_of(struct arena *a, const struct src_file *files, size_t count,
                                    uint64_t n)
{
    uint64_t state = n;
    for (uint32_t t = 0; t < TRIES; t++) {
        struct src_file *copy = ARENA_ARRAY(a, struct src_file, count);
        struct diag_list diags;
        const struct rules *r = NULL;
        memcpy(copy, files, count * sizeof *copy);
        for (uint32_t k = 0; k < 1 + t % 3; k++) {
            const size_t f = next(&state) % count;
            mutate(a, copy[f].text, &state, &copy[f].text);
        }
        diag_list_init(&diags, a);
        if (rules_compile(a, copy, count, &diags, &r) == ERR_OK) return r;
    }
    return NULL;
}

/* --- the slow way --- */

struct slow {
    struct simulation s;
    struct simulate_cell ages[SIMULATE_AGE_BANDS];
    uint64_t *sure[2], *may[2];
    int64_t *gain, *lose, *delta; /* per indicator of the draft */
    uint64_t bins[2], uncertain[2];
};

struct scored {
    const struct plan *plan;
    struct score score;
    struct trace *trace;
    struct home home;
};

static void score_one(struct arena *a, const struct population *p, uint32_t person, int32_t day,
                      struct scored *ret)
{
    struct plan *plan;
    struct score *s = &ret->score;

    ret->home = home_of(p, person, day, day);
    assert_true(ret->home.scheme >= 0);
    assert_int_equal(plan_new(a, p->rules, ret->home.scheme, day, &plan), ERR_OK);
    s->indicators = ARENA_ARRAY(a, struct interval, plan->indicator_count);
    s->groups = ARENA_ARRAY(a, struct interval, plan->group_count);
    s->gates = ARENA_ARRAY(a, struct interval, plan->gate_count);
    ret->plan = plan;
    assert_int_equal(interp_score(a, plan, p, person, day, s, &ret->trace), ERR_OK);
}

static int64_t indicator_lo(const struct scored *s, int32_t indicator)
{
    for (uint32_t i = 0; indicator >= 0 && i < s->plan->indicator_count; i++)
        if (s->plan->indicators[i].indicator == indicator) return s->score.indicators[i].lo;
    return 0;
}

static void add_steps(const struct trace_steps *s, bool has_cap, uint32_t mark, uint64_t *sure,
                      uint64_t *may)
{
    if (!has_cap) return;
    sure[mark] += s->raw.lo > s->cap;
    may[mark] += s->raw.hi > s->cap;
}

static void add_marks(const struct scored *s, uint64_t *sure, uint64_t *may)
{
    const struct rules *r = s->plan->rules;

    for (uint32_t i = 0; i < s->plan->indicator_count; i++) {
        const struct trace_indicator *t = &s->trace->indicators[i];
        const struct rule_indicator *ind = &r->indicators[t->indicator];
        int64_t free_lo = 1, free_hi = 1;
        for (uint32_t k = 0; k < t->clause_count; k++) {
            const struct trace_clause *c = &t->clauses[k];
            const int64_t lo = c->applies.lo && free_lo, hi = c->applies.hi && free_hi;
            const struct interval v = c->body->value;
            const bool surely = lo && (v.lo > 0 || v.hi < 0);
            sure[score_mark_clause(r, c->clause)] += surely;
            may[score_mark_clause(r, c->clause)] += hi && (v.lo != 0 || v.hi != 0);
            if (ind->combine != COMBINE_ONE) continue;
            free_lo = free_lo && !c->applies.hi;
            free_hi = free_hi && !c->applies.lo;
        }
        add_steps(&t->steps, ind->cap.is_set, score_mark_indicator(r, t->indicator), sure, may);
    }
    for (uint32_t i = 0; i < s->plan->group_count; i++) {
        const struct trace_group *g = &s->trace->groups[i];
        add_steps(&g->steps, r->groups[g->group].cap.is_set, score_mark_group(r, g->group), sure,
                  may);
    }
}

static void slow_new(struct arena *a, const struct rules *before, const struct rules *after,
                     struct slow *w)
{
    const struct rules *r[2] = {before, after};
    *w = (struct slow){0};
    for (int i = 0; i < 2; i++) {
        w->sure[i] = ARENA_ARRAY(a, uint64_t, score_mark_count(r[i]));
        w->may[i] = ARENA_ARRAY(a, uint64_t, score_mark_count(r[i]));
    }
    w->gain = ARENA_ARRAY(a, int64_t, after->indicator_count);
    w->lose = ARENA_ARRAY(a, int64_t, after->indicator_count);
    w->delta = ARENA_ARRAY(a, int64_t, after->indicator_count);
}

static void slow_add(struct slow *w, const struct scored *x, int64_t line)
{
    const struct rules *before = x[0].plan->rules, *after = x[1].plan->rules;
    const int64_t b = x[0].score.total.lo, a = x[1].score.total.lo;
    const int64_t limit = line * before->scale / 100;

    w->s.all.persons++;
    w->s.all.gain += a > b;
    w->s.all.lose += a < b;
    w->s.all.before += b;
    w->s.all.after += a;
    w->s.up += b < limit && a >= limit;
    w->s.down += b >= limit && a < limit;
    w->s.above += b >= limit && a >= limit;
    for (int i = 0; i < 2; i++) {
        w->uncertain[i] += x[i].score.total.lo != x[i].score.total.hi;
        add_marks(&x[i], w->sure[i], w->may[i]);
    }
    for (uint32_t i = 0; i < after->indicator_count; i++) {
        const int64_t to = indicator_lo(&x[1], (int32_t)i);
        const int64_t from = indicator_lo(&x[0], rules_indicator_of(before, after, (int32_t)i));
        w->gain[i] += to > from;
        w->lose[i] += to < from;
        w->delta[i] += to - from;
    }
}

static void slow_run(struct arena *a, const struct population *p, const struct population *q,
                     int32_t day, int64_t line, struct slow *w)
{
    slow_new(a, p->rules, q->rules, w);
    for (uint32_t i = 0; i < p->count; i++) {
        struct arena tmp;
        struct scored x[2] = {0};
        arena_init(&tmp, 0);
        score_one(&tmp, p, i, day, &x[0]);
        score_one(&tmp, q, i, day, &x[1]);
        w->s.persons++;
        if (x[0].score.error || x[1].score.error)
            w->s.errors++;
        else if (!x[0].score.in_force && !x[1].score.in_force)
            w->s.idle++;
        else
            slow_add(w, x, line);
        arena_done(&tmp);
    }
}

/* --- comparing --- */

static uint64_t sum_bins(const struct simulate_side *s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < SIMULATE_BINS + 2; i++)
        n += s->bins[i];
    return n;
}

static void assert_cells(const struct simulate_cell *cells, size_t stride, uint32_t n,
                         const struct simulate_cell *all)
{
    struct simulate_cell sum = {0};
    for (uint32_t i = 0; i < n; i++) {
        const struct simulate_cell *c =
            (const struct simulate_cell *)((const char *)cells + i * stride);
        sum.persons += c->persons;
        sum.gain += c->gain;
        sum.lose += c->lose;
        sum.before += c->before;
        sum.after += c->after;
    }
    assert_memory_equal(&sum, all, sizeof sum);
}

static void assert_equal(const struct simulation *s, const struct slow *w)
{
    assert_int_equal(s->persons, w->s.persons);
    assert_int_equal(s->errors, w->s.errors);
    assert_int_equal(s->idle, w->s.idle);
    assert_memory_equal(&s->all, &w->s.all, sizeof s->all);
    assert_int_equal(s->up, w->s.up);
    assert_int_equal(s->down, w->s.down);
    assert_int_equal(s->above, w->s.above);
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        uint64_t gaps = s->side[i].gaps_lost;
        assert_int_equal(s->side[i].uncertain, w->uncertain[i]);
        for (uint32_t k = 0; k < SIMULATE_GAPS; k++)
            gaps += s->side[i].gaps[k].persons;
        assert_int_equal(gaps, s->side[i].uncertain);
        assert_int_equal(sum_bins(&s->side[i]), s->all.persons);
        const size_t bytes = score_mark_count(s->side[i].rules) * sizeof(uint64_t);
        assert_memory_equal(s->side[i].sure, w->sure[i], bytes);
        assert_memory_equal(s->side[i].may, w->may[i], bytes);
    }
    for (uint32_t i = 0; i < s->side[1].rules->indicator_count; i++) {
        assert_int_equal(s->indicators[i].gain, w->gain[i]);
        assert_int_equal(s->indicators[i].lose, w->lose[i]);
        assert_true(s->indicators[i].delta == w->delta[i]);
    }
    assert_cells(&s->divisions[0].cell, sizeof s->divisions[0], s->division_count, &s->all);
    assert_cells(s->ages, sizeof s->ages[0], SIMULATE_AGE_BANDS, &s->all);
    for (uint32_t i = 0; i < s->trait_count; i++)
        assert_cells(s->traits[i].cells, sizeof s->traits[i].cells[0], s->traits[i].members + 1,
                     &s->all);
    for (uint32_t i = 1; i < s->largest_count; i++)
        assert_true(llabs(s->largest[i - 1].after - s->largest[i - 1].before) >=
                    llabs(s->largest[i].after - s->largest[i].before));
}

static void simulate(struct arena *a, const struct population *p, const struct rules *after,
                     int32_t day, int64_t line, uint32_t threads, uint32_t part,
                     struct simulation *ret)
{
    struct simulate_one one = {.people = p};
    const struct simulate_source source = simulate_source_one(&one);
    const struct simulate_options o = {.day = day,
                                       .rule_day = day,
                                       .threads = threads,
                                       .part = part,
                                       .has_line = true,
                                       .line = line};
    assert_int_equal(simulate_run(a, p->rules, after, &source, &o, ret), ERR_OK);
}

static void assert_same(const struct simulation *x, const struct simulation *y)
{
    assert_memory_equal(&x->all, &y->all, sizeof x->all);
    assert_memory_equal(x->ages, y->ages, sizeof x->ages);
    assert_int_equal(x->largest_count, y->largest_count);
    for (uint32_t i = 0; i < x->largest_count; i++)
        assert_int_equal(x->largest[i].at, y->largest[i].at);
    assert_int_equal(x->division_count, y->division_count);
    assert_memory_equal(x->divisions, y->divisions, x->division_count * sizeof *x->divisions);
    for (int i = 0; i < SIMULATE_SIDES; i++)
        assert_memory_equal(x->side[i].bins, y->side[i].bins, (SIMULATE_BINS + 2) * 8);
}

/* --- what is shown --- */

static bool is_small(uint64_t n)
{
    return n > 0 && n < SIMULATE_LEAST;
}

static void assert_row(const struct report_row *r)
{
    assert_false(is_small(r->persons));
    assert_false(is_small(r->gain));
    assert_false(is_small(r->lose));
    assert_false(is_small(r->persons - r->gain - r->lose));
}

/* Rows are whole groups and together everybody: any sums and differences of them are sums of rows,
 * of which none is small. */
static void assert_table(const struct report_table *t, const struct report_row *all)
{
    struct report_row sum = {0};
    for (uint32_t i = 0; i < t->count; i++) {
        assert_row(&t->rows[i]);
        sum.persons += t->rows[i].persons;
        sum.gain += t->rows[i].gain;
        sum.lose += t->rows[i].lose;
    }
    if (t->hidden) {
        assert_int_equal(t->count, 0);
        return;
    }
    assert_int_equal(sum.persons, all->persons);
    assert_int_equal(sum.gain, all->gain);
    assert_int_equal(sum.lose, all->lose);
    for (uint32_t i = 0; i + 1 < t->count; i++) /* whole groups merged are at least two */
        assert_true(t->rows[i].key != REPORT_OTHERS);
    if (t->rows[t->count - 1].key == REPORT_OTHERS)
        assert_true(t->rows[t->count - 1].merged >= 2 || t->count == 1);
}

/* Every border of the wide histogram is one of the fine one, so a difference of their cells is a
 * sum of fine cells, none of which is small; and the line parts no cell, unless it is hidden. */
static void assert_bins(const struct simulate_report *r)
{
    uint64_t sum[2] = {0}, below[2] = {0};
    for (uint32_t i = 0; i < r->bin_count; i++)
        for (int k = 0; k < SIMULATE_SIDES; k++) {
            assert_false(is_small(r->bins[i].count[k]));
            sum[k] += r->bins[i].count[k];
            if (r->bins[i].from < r->line) below[k] += r->bins[i].count[k];
        }
    assert_int_equal(sum[0], r->compared);
    assert_int_equal(sum[1], r->compared);
    for (uint32_t i = 0; i < r->near_count; i++)
        for (int k = 0; k < SIMULATE_SIDES; k++)
            assert_false(is_small(r->near[i].count[k]));
    for (uint32_t i = 0; i < r->bin_count && r->near_count > 0; i++) {
        bool found =
            r->bins[i].from <= r->near[0].from || r->bins[i].from >= r->near[r->near_count - 1].to;
        for (uint32_t n = 0; n < r->near_count; n++)
            found = found || r->near[n].from == r->bins[i].from;
        assert_true(found);
    }
    if (r->line_hidden) return;
    assert_int_equal(below[0], r->below + r->up);
    assert_int_equal(below[1], r->below + r->down);
}

static uint64_t hidden_seen, shown_seen;

static void assert_shown(const struct shown *n, uint64_t all)
{
    hidden_seen += n->hidden;
    shown_seen += !n->hidden;
    if (n->hidden) return;
    assert_false(is_small(n->n));
    assert_false(is_small(all - n->n));
}

static void assert_published(const struct simulation *s)
{
    struct simulate_report r;
    struct arena a;

    arena_init(&a, 0);
    assert_int_equal(simulate_publish(&a, s, false, &r), ERR_OK);
    if (r.persons > 0) assert_false(is_small(r.persons - r.compared));
    if (!r.hidden) {
        assert_row(&r.all);
        for (uint32_t i = 0; i < r.table_count; i++)
            assert_table(&r.tables[i], &r.all);
        assert_bins(&r);
        assert_shown(&(struct shown){r.line_hidden, r.up}, r.compared);
        assert_shown(&(struct shown){r.line_hidden, r.down}, r.compared);
        if (!r.line_hidden) assert_false(is_small(r.all.gain - r.up));
        if (!r.line_hidden) assert_false(is_small(r.all.lose - r.down));
        for (uint32_t i = 0; i < r.indicator_count; i++) {
            const struct report_indicator *k = &r.indicators[i];
            const struct report_row row = {.persons = r.compared, .gain = k->gain, .lose = k->lose};
            if (!k->hidden) assert_row(&row);
        }
        for (uint32_t i = 0; i < r.mark_count; i++)
            for (int k = 0; k < SIMULATE_SIDES; k++) {
                const struct report_mark *m = &r.marks[i];
                assert_shown(&m->sure[k], r.compared);
                assert_shown(&m->perhaps[k], r.compared);
                if (!m->sure[0].hidden && !m->sure[1].hidden && m->at[0] >= 0 && m->at[1] >= 0)
                    assert_false(is_small(
                        (uint64_t)llabs((long long)m->sure[0].n - (long long)m->sure[1].n)));
            }
    }
    assert_true(r.largest_count == 0 || !r.hidden);
    arena_done(&a);
}

static void check_draft(const struct rules *before, const struct rules *after, uint64_t n,
                        uint32_t count)
{
    const int32_t day = random_day(n);
    const int64_t line = (int64_t)(n % 12) * 500 + 50;
    const struct random_options o = {.seed = n,
                                     .persons = count,
                                     .day = day,
                                     .unknown_per_1000 = n % 3 ? 0 : 30,
                                     .plausible = n % 4 != 0};
    struct population p, q;
    struct simulation s, t;
    struct slow w;
    struct arena a;

    arena_init(&a, 0);
    assert_int_equal(random_population(&a, before, &o, &p), ERR_OK);
    assert_int_equal(random_population(&a, after, &o, &q), ERR_OK);
    q.regs = p.regs; /* the catalogues are alike */
    slow_run(&a, &p, &q, day, line, &w);
    simulate(&a, &p, after, day, line, 1, 0, &s);
    assert_equal(&s, &w);
    simulate(&a, &p, after, day, line, 3, count / 3 + 1, &t);
    assert_equal(&t, &w);
    assert_same(&s, &t);
    assert_published(&s);
    compared += s.all.persons;
    changed += s.all.gain + s.all.lose;
    drafts++;
    arena_done(&a);
}

static void residents(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
    struct arena a;

    arena_init(&a, 0);
    struct src_file *files = ARENA_ARRAY(&a, struct src_file, (size_t)rule_count);
    const struct rules *rules;
    assert_true(random_files(&a, rule_paths, rule_count, files));
    struct diag_list diags;
    diag_list_init(&diags, &a);
    assert_int_equal(rules_compile(&a, files, (size_t)rule_count, &diags, &rules), ERR_OK);
    for (uint32_t done = 0; done < each; done += BLOCK) {
        const uint64_t n = seed + (uint64_t)part * 1000003 + done;
        const struct rules *draft = draft_of(&a, files, (size_t)rule_count, n);
        if (draft) check_draft(rules, draft, n, each - done < BLOCK ? each - done : BLOCK);
    }
    arena_done(&a);
}

static void programs(void **state)
{
    const uint32_t part = (uint32_t)(uintptr_t)*state, each = wanted / CASES;
    for (uint32_t i = 0; i < each; i++) {
        const uint64_t n = seed + (uint64_t)part * 10000019 + i;
        struct gen_program *g = NULL;
        const struct rules *r = NULL, *draft = NULL;
        struct src_file *files;
        size_t count;
        struct arena a;
        arena_init(&a, 0);
        assert_int_equal(gen_program_new(&a, n, &g), ERR_OK);
        assert_int_equal(gen_program_compile(g, &a, NULL, &r), ERR_OK);
        assert_int_equal(gen_program_files(g, &a, &files, &count), ERR_OK);
        if (r) draft = draft_of(&a, files, count, n);
        if (draft) check_draft(r, draft, n, PROGRAM_PERSONS);
        arena_done(&a);
    }
}

/* --- segments, memory, being told to stop --- */

struct several {
    const struct population *people[2];
    uint32_t at;
};

static enum err next_segment(void *ctx, const struct population **ret)
{
    struct several *s = ctx;
    *ret = s->at < 2 ? s->people[s->at++] : NULL;
    return ERR_OK;
}

static bool never(void *ctx, uint64_t done)
{
    (void)ctx;
    (void)done;
    return false;
}

/* A program, its draft, and two populations. */
struct stage {
    struct arena a;
    const struct rules *before, *after;
    struct population people[2];
    int32_t day;
};

static void stage_open(struct stage *t)
{
    arena_init(&t->a, 0);
    t->before = t->after = NULL;
    for (uint64_t n = seed; t->after == NULL; n++) {
        struct gen_program *g = NULL;
        struct src_file *files;
        size_t count;
        assert_int_equal(gen_program_new(&t->a, n, &g), ERR_OK);
        assert_int_equal(gen_program_compile(g, &t->a, NULL, &t->before), ERR_OK);
        assert_int_equal(gen_program_files(g, &t->a, &files, &count), ERR_OK);
        if (t->before) t->after = draft_of(&t->a, files, count, n);
    }
    t->day = random_day(seed);
    for (int i = 0; i < 2; i++) {
        const struct random_options o = {
            .seed = seed + (uint64_t)i, .persons = 90, .day = t->day, .plausible = true};
        assert_int_equal(random_population(&t->a, t->before, &o, &t->people[i]), ERR_OK);
    }
}

static void segments_are_one_population(void **state)
{
    struct stage t;
    struct simulation one[2], both;

    (void)state;
    stage_open(&t);
    for (int i = 0; i < 2; i++)
        simulate(&t.a, &t.people[i], t.after, t.day, 0, 1, 0, &one[i]);
    struct several several = {.people = {&t.people[0], &t.people[1]}};
    const struct simulate_source source = {next_segment, &several};
    const struct simulate_options o = {
        .day = t.day, .rule_day = t.day, .threads = 2, .part = 17, .keep_ids = true};
    assert_int_equal(simulate_run(&t.a, t.before, t.after, &source, &o, &both), ERR_OK);
    assert_int_equal(both.persons, 180);
    assert_int_equal(both.all.persons, one[0].all.persons + one[1].all.persons);
    assert_int_equal(both.all.gain, one[0].all.gain + one[1].all.gain);
    assert_true(both.all.after == one[0].all.after + one[1].all.after);
    for (uint32_t i = 0; i < both.largest_count; i++)
        assert_true(both.largest[i].id.n > 0);
    arena_done(&t.a);
}

static void every_allocation_may_fail(void **state)
{
    struct stage t;
    enum err e = ERR_NOMEM;
    uint64_t n = 0;

    (void)state;
    stage_open(&t);
    while (e != ERR_OK) {
        struct simulate_one one = {.people = &t.people[0]};
        const struct simulate_source source = simulate_source_one(&one);
        const struct simulate_options o = {.day = t.day, .rule_day = t.day, .keep_ids = true};
        struct simulation s = {.persons = 7};
        struct simulate_report r = {.persons = 7};
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = n += 3;
        e = simulate_run(&a, t.before, t.after, &source, &o, &s);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && s.persons == 7));
        if (e == ERR_OK) e = simulate_publish(&a, &s, false, &r);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && r.persons == 7));
        arena_done(&a);
    }
    assert_true(n > 30);
    arena_done(&t.a);
}

static void it_stops_when_told(void **state)
{
    struct stage t;
    struct simulation s;

    (void)state;
    stage_open(&t);
    struct simulate_one one = {.people = &t.people[0]};
    const struct simulate_source source = simulate_source_one(&one);
    const struct simulate_options o = {.day = t.day, .rule_day = t.day, .part = 10, .go_on = never};
    assert_int_equal(simulate_run(&t.a, t.before, t.after, &source, &o, &s), ERR_CONFLICT);
    arena_done(&t.a);
}

static void something_was_tried(void **state)
{
    (void)state;
    printf("# %llu drafts, %llu compared, %llu changed\n", (unsigned long long)drafts,
           (unsigned long long)compared, (unsigned long long)changed);
    printf("# %llu counts shown, %llu hidden\n", (unsigned long long)shown_seen,
           (unsigned long long)hidden_seen);
    assert_true(changed > compared / 100);
    assert_true(hidden_seen > 0 && shown_seen > 0);
}

int main(int argc, char **argv)
{
    const bool of_programs = argc > 1 && !strcmp(argv[1], "programs");
    static char names[CASES][RANDOM_NAME_BYTES];
    static struct CMUnitTest tests[CASES + 4];

    seed = random_env("JIFEN_SEED", seed);
    wanted = of_programs ? (uint32_t)random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT)
                         : (uint32_t)random_env("JIFEN_RESIDENTS", RESIDENTS_DEFAULT);
    rule_paths = argv + 2;
    rule_count = argc - 2;
    if (wanted > (of_programs ? PROGRAMS_MOST : RESIDENTS_MOST))
        wanted = of_programs ? PROGRAMS_MOST : RESIDENTS_MOST;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    printf("# seed %llu, %u\n", (unsigned long long)seed, wanted);
    random_parts(tests, names, CASES, argv[1], of_programs ? programs : residents);
    tests[CASES] =
        (struct CMUnitTest){.name = "something was tried", .test_func = something_was_tried};
    tests[CASES + 1] = (struct CMUnitTest){.name = "segments are one population",
                                           .test_func = segments_are_one_population};
    tests[CASES + 2] = (struct CMUnitTest){.name = "every allocation may fail",
                                           .test_func = every_allocation_may_fail};
    tests[CASES + 3] =
        (struct CMUnitTest){.name = "it stops when told", .test_func = it_stops_when_told};
    return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
