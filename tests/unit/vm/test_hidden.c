/* Can a figure that a simulation's report hides be computed from what it shows?
 *
 *   test_hidden FILE…     JIFEN_WORLDS, JIFEN_SEED
 *
 * Worlds of a few hundred made-up persons, counted exactly, published, and attacked. Unknown to the
 * attacker are, of every division, how many are compared, gain and lose. What is shown gives linear
 * equations in them:
 *
 *   rows of the table        a row is the sum of its divisions
 *   a local indicator        where its gainers (losers) are those of its area, or all of its area,
 *                            the attacker is taken to know that: he has read the draft
 *   a local clause or cap    the same
 *
 *   clauses of an indicator  where some of them add up to its gainers or losers, to the area or its
 *                            gainers or losers, the attacker is taken to know that too
 *
 * A hidden figure leaks when it is a linear combination of these: when its vector lies in their
 * span (exact, modulo a prime). Likewise an area of which all but a few are shown somewhere else,
 * and the few who cross a border of the histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "engine/check.h"
#include "engine/simulate_report.h"
#include "random_env.h"

#define WORLDS_DEFAULT 6000u
#define DIVISIONS 10u
#define PERSONS_MOST 900u
#define FIGURES 3u /* compared, gain, lose */
#define UNKNOWNS (DIVISIONS * FIGURES)
#define PRIME UINT64_C(2147483647)

static const int32_t codes[DIVISIONS] = {0,      330106, 330108, 330203, 330212,
                                         330281, 330302, 330381, 330402, 331081};

static struct arena arena;
static const struct rules *rules;
static struct simulation blank;
static uint64_t seed = 20261128, leaks_looked_for, figures_shown, figures_hidden;

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % below;
}

/* --- a world --- */

struct world {
    struct simulation s;
    struct simulate_division divisions[DIVISIONS];
    uint64_t counts[DIVISIONS][FIGURES];
};

static bool in_area(const struct world *w, int32_t scheme, uint32_t division)
{
    const int32_t code = codes[division] ? codes[division] : rules->schemes[0].division;
    return rules_in_chain(rules, scheme, rules_scheme_for(rules, code, w->s.rule_day));
}

static uint64_t of_area(const struct world *w, int32_t scheme, uint32_t figure)
{
    uint64_t n = 0;
    for (uint32_t d = 0; d < DIVISIONS; d++)
        if (in_area(w, scheme, d)) n += w->counts[d][figure];
    return n;
}

static void count_in(struct simulate_cell *c, int64_t before, int64_t after)
{
    c->persons++;
    c->gain += after > before;
    c->lose += after < before;
    c->before += before;
    c->after += after;
}

static void add_person(struct world *w, uint32_t d, uint32_t band, int64_t before, int64_t after)
{
    struct simulation *s = &w->s;
    const bool was = before >= s->line, is = after >= s->line;

    count_in(&s->all, before, after);
    count_in(&w->divisions[d].cell, before, after);
    count_in(&s->ages[band], before, after);
    w->counts[d][0]++;
    w->counts[d][1] += after > before;
    w->counts[d][2] += after < before;
    s->side[0].bins[before - SIMULATE_BIN_FIRST + 1]++;
    s->side[1].bins[after - SIMULATE_BIN_FIRST + 1]++;
    s->up += !was && is;
    s->down += was && !is;
    s->above += was && is;
    s->persons++;
}

/* Each division has its own share of gainers and losers, often a small one. */
static void add_persons(struct world *w, uint64_t *state)
{
    const bool nobody_loses = draw(state, 2) == 0;

    for (uint32_t d = 0; d < DIVISIONS; d++) {
        static const uint32_t sizes[] = {0, 3, 9, 15, 40, PERSONS_MOST / DIVISIONS};
        const uint64_t n = draw(state, sizes[draw(state, 6)] + 1), gain = draw(state, 4);
        const uint64_t lose = nobody_loses ? 0 : draw(state, 3);
        for (uint64_t i = 0; i < n; i++) {
            const int64_t before = (int64_t)draw(state, 110) * 100, by = (int64_t)draw(state, 900);
            const uint64_t luck = draw(state, 12);
            const int64_t to = luck < gain ? by + 1 : luck < gain + lose ? -by - 1 : 0;
            add_person(w, d, (uint32_t)draw(state, SIMULATE_AGE_BANDS), before, before + to);
        }
    }
}

/* What an indicator or clause counts in its area: all who gain (lose), everybody, all but a few, or
 * anything. */
static uint64_t some_of(const struct world *w, int32_t scheme, uint32_t figure, uint64_t *state)
{
    const uint64_t all = of_area(w, scheme, 0), n = of_area(w, scheme, figure);
    const uint64_t few = draw(state, 12);

    switch (draw(state, 4)) {
    case 0:
        return n;
    case 1:
        return all;
    case 2:
        return all > few ? all - few : 0;
    default:
        return draw(state, all + 1);
    }
}

static void add_indicators(struct world *w, uint64_t *state)
{
    for (uint32_t i = 0; i < w->s.indicator_count; i++) {
        struct simulate_indicator *k = &w->s.indicators[i];
        const int32_t scheme = rules->indicators[k->after].scheme;
        k->gain = draw(state, 3) ? of_area(w, scheme, 1) : some_of(w, scheme, 1, state);
        k->lose = draw(state, 3) ? of_area(w, scheme, 2) : 0;
        if (k->gain + k->lose > of_area(w, scheme, 0)) k->lose = 0;
    }
    for (int side = 0; side < SIMULATE_SIDES; side++)
        for (uint32_t i = 0; i < rules->clause_count; i++) {
            const uint32_t m = score_mark_clause(rules, (int32_t)i);
            const int32_t scheme = rules->clauses[i].scheme;
            w->s.side[side].sure[m] = some_of(w, scheme, 1, state);
            w->s.side[side].may[m] = w->s.side[side].sure[m];
            if (draw(state, 3) == 0) w->s.side[side].may[m] = of_area(w, scheme, 0);
        }
}

/* Clauses of an indicator that share out a total, some of them getting few. */
static void share_out(struct world *w, const struct simulate_indicator *k, int side,
                      uint64_t *state)
{
    const struct rule_indicator *ind = &rules->indicators[k->after];
    const uint64_t totals[] = {of_area(w, ind->scheme, 0), of_area(w, ind->scheme, 1), k->gain};
    uint64_t left = totals[draw(state, 3)];

    for (uint32_t i = 0; i < ind->clause_count; i++) {
        const uint32_t m = score_mark_clause(rules, (int32_t)(ind->clause_first + i));
        const bool last = i + 1 == ind->clause_count;
        const uint64_t some = draw(state, 2) ? draw(state, 12) : draw(state, left + 1);
        const uint64_t n = last ? left : some < left ? some : left;
        w->s.side[side].sure[m] = w->s.side[side].may[m] = n;
        left -= n;
    }
}

static void add_shares(struct world *w, uint64_t *state)
{
    for (uint32_t i = 0; i < w->s.indicator_count; i++)
        for (int side = 0; side < SIMULATE_SIDES; side++)
            if (draw(state, 2)) share_out(w, &w->s.indicators[i], side, state);
}

static void world_make(struct world *w, uint64_t n)
{
    uint64_t state = n;

    memset(w, 0, sizeof *w);
    w->s = blank;
    w->s.line = (int64_t)draw(&state, 100) * 100 + 50 * (int64_t)draw(&state, 2);
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        memset(w->s.side[i].bins, 0, (SIMULATE_BINS + 2) * sizeof *w->s.side[i].bins);
        const size_t marks = score_mark_count(rules);
        memset(w->s.side[i].sure, 0, marks * sizeof *w->s.side[i].sure);
        memset(w->s.side[i].may, 0, marks * sizeof *w->s.side[i].may);
    }
    for (uint32_t d = 0; d < DIVISIONS; d++)
        w->divisions[d].code = codes[d];
    add_persons(w, &state);
    add_indicators(w, &state);
    add_shares(w, &state);
    w->s.divisions = w->divisions;
    w->s.division_count = DIVISIONS;
}

/* --- the attacker's equations --- */

struct span {
    uint64_t rows[UNKNOWNS][UNKNOWNS]; /* rows[k] begins with a 1 at k, or is 0 */
    bool has[UNKNOWNS];
};

static uint64_t power(uint64_t x, uint64_t n)
{
    uint64_t y = 1;
    for (; n > 0; n >>= 1, x = x * x % PRIME)
        if (n & 1) y = y * x % PRIME;
    return y;
}

/* What is left of the vector; true when it is nothing. With `add` the rest joins the span. */
static bool reduce(struct span *x, uint64_t *v, bool add)
{
    for (uint32_t k = 0; k < UNKNOWNS; k++) {
        if (v[k] == 0) continue;
        if (!x->has[k]) {
            if (!add) return false;
            const uint64_t inverse = power(v[k], PRIME - 2);
            for (uint32_t i = k; i < UNKNOWNS; i++)
                x->rows[k][i] = v[i] * inverse % PRIME;
            x->has[k] = true;
            return false;
        }
        const uint64_t factor = PRIME - v[k];
        for (uint32_t i = k; i < UNKNOWNS; i++)
            v[i] = (v[i] + factor * x->rows[k][i]) % PRIME;
    }
    return true;
}

/* figure of the divisions marked, plus `sign` times another. */
static void vector(uint64_t *v, const bool *of, uint32_t figure)
{
    for (uint32_t d = 0; d < DIVISIONS; d++)
        if (of[d]) v[d * FIGURES + figure] = 1;
}

static void know(struct span *x, const bool *of, uint32_t figure)
{
    uint64_t v[UNKNOWNS] = {0};
    vector(v, of, figure);
    reduce(x, v, true);
}

static bool follows(struct span *x, const bool *of, uint32_t figure)
{
    uint64_t v[UNKNOWNS] = {0};
    leaks_looked_for++;
    vector(v, of, figure);
    return reduce(x, v, false);
}

static void know_table(struct span *x, const struct report_table *t)
{
    bool alone[DIVISIONS] = {false}, all[DIVISIONS], others[DIVISIONS];

    for (uint32_t i = 0; i < t->count; i++)
        for (uint32_t d = 0; d < DIVISIONS; d++)
            if (t->rows[i].key == codes[d]) alone[d] = true;
    for (uint32_t d = 0; d < DIVISIONS; d++) {
        all[d] = true;
        others[d] = !alone[d];
        bool one[DIVISIONS] = {false};
        one[d] = true;
        for (uint32_t f = 0; f < FIGURES && alone[d]; f++)
            know(x, one, f);
    }
    for (uint32_t f = 0; f < FIGURES; f++) {
        know(x, all, f);
        know(x, others, f);
    }
}

static void area_of(const struct world *w, int32_t scheme, bool *ret)
{
    for (uint32_t d = 0; d < DIVISIONS; d++)
        ret[d] = in_area(w, scheme, d);
}

/* A count of persons of the area is shown: whatever it equals there, the attacker knows. */
static void know_count(struct span *x, const struct world *w, int32_t scheme, uint64_t n)
{
    bool of[DIVISIONS];
    area_of(w, scheme, of);
    for (uint32_t f = 0; f < FIGURES; f++)
        if (of_area(w, scheme, f) == n) know(x, of, f);
}

static bool is_small(uint64_t n)
{
    return n > 0 && n < SIMULATE_LEAST;
}

static void know_all(struct span *x, const struct world *w, const struct simulate_report *r)
{
    know_table(x, &r->tables[0]);
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct report_indicator *k = &r->indicators[i];
        figures_hidden += k->hidden;
        figures_shown += !k->hidden;
        if (k->hidden) continue;
        know_count(x, w, rules->indicators[k->after].scheme, k->gain);
        know_count(x, w, rules->indicators[k->after].scheme, k->lose);
    }
    for (uint32_t i = 0; i < r->mark_count; i++)
        for (int side = 0; side < SIMULATE_SIDES; side++) {
            const struct report_mark *m = &r->marks[i];
            if (m->kind != MARK_CLAUSE || m->at[side] < 0) continue;
            figures_hidden += m->sure[side].hidden;
            figures_shown += !m->sure[side].hidden;
            if (!m->sure[side].hidden)
                know_count(x, w, rules->clauses[m->at[side]].scheme, m->sure[side].n);
        }
}

/* --- the attacks --- */

static void attack_divisions(struct span *x, const struct world *w, uint64_t n)
{
    static const char *const names[] = {"compared", "gain", "lose", "unchanged"};

    for (uint32_t d = 0; d < DIVISIONS; d++) {
        bool one[DIVISIONS] = {false};
        bool all = true;
        one[d] = true;
        for (uint32_t f = 0; f < FIGURES; f++) {
            const bool found = follows(x, one, f);
            all &= found;
            if (found && is_small(w->counts[d][f]) && w->counts[d][0] > 0)
                fail_msg("world %llu: %s of %06d is %llu", (unsigned long long)n, names[f],
                         codes[d], (unsigned long long)w->counts[d][f]);
        }
        const uint64_t rest = w->counts[d][0] - w->counts[d][1] - w->counts[d][2];
        if (all && is_small(rest))
            fail_msg("world %llu: %s of %06d is %llu", (unsigned long long)n, names[3], codes[d],
                     (unsigned long long)rest);
    }
}

/* Those of an area that a count shown does not hold. */
static void attack_rest(struct span *x, const struct world *w, int32_t scheme, uint64_t shown,
                        uint32_t figure, uint64_t n)
{
    bool of[DIVISIONS];
    const uint64_t all = of_area(w, scheme, figure);

    area_of(w, scheme, of);
    if (!is_small(all > shown ? all - shown : shown - all) || !follows(x, of, figure)) return;
    fail_msg("world %llu: all but %lld of the area of %.*s", (unsigned long long)n,
             (long long)all - (long long)shown, STR_ARG(rules->schemes[scheme].name.ascii));
}

static void attack_areas(struct span *x, const struct world *w, const struct simulate_report *r,
                         uint64_t n)
{
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        const struct report_indicator *k = &r->indicators[i];
        const int32_t scheme = rules->indicators[k->after].scheme;
        if (k->hidden) continue;
        attack_rest(x, w, scheme, k->gain, 1, n);
        attack_rest(x, w, scheme, k->lose, 2, n);
        attack_rest(x, w, scheme, k->gain + k->lose, 0, n);
    }
    for (uint32_t i = 0; i < r->mark_count; i++)
        for (int side = 0; side < SIMULATE_SIDES; side++) {
            const struct report_mark *m = &r->marks[i];
            if (m->kind != MARK_CLAUSE || m->at[side] < 0 || m->sure[side].hidden) continue;
            const int32_t scheme = rules->clauses[m->at[side]].scheme;
            attack_rest(x, w, scheme, m->sure[side].n, 0, n);
            if (!m->perhaps[side].hidden)
                attack_rest(x, w, scheme, m->sure[side].n + m->perhaps[side].n, 0, n);
        }
}

static bool find_mark(const struct simulate_report *r, int side, int32_t clause)
{
    for (uint32_t i = 0; i < r->mark_count; i++)
        if (r->marks[i].kind == MARK_CLAUSE && r->marks[i].at[side] == clause)
            return !r->marks[i].sure[side].hidden;
    return false;
}

static uint64_t clause_count(const struct world *w, int side, const struct rule_indicator *ind,
                             uint32_t i)
{
    return w->s.side[side].sure[score_mark_clause(rules, (int32_t)(ind->clause_first + i))];
}

/* What the attacker knows of one indicator's clauses, each an unknown of its own: those shown, and
 * that some of them add up to the total. */
static void know_clauses(struct span *x, const struct world *w, const struct simulate_report *r,
                         const struct rule_indicator *ind, int side, uint64_t total)
{
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        uint64_t v[UNKNOWNS] = {0};
        v[i] = 1;
        if (find_mark(r, side, (int32_t)(ind->clause_first + i))) reduce(x, v, true);
    }
    for (uint32_t set = 1; total > 0 && set < 1u << ind->clause_count; set++) {
        uint64_t v[UNKNOWNS] = {0}, sum = 0;
        for (uint32_t i = 0; i < ind->clause_count; i++) {
            v[i] = set >> i & 1;
            sum += v[i] * clause_count(w, side, ind, i);
        }
        if (sum == total) reduce(x, v, true);
    }
}

/* One total at a time: those who all gain do not all lose. */
static void attack_indicator(struct span *divisions, const struct world *w,
                             const struct simulate_report *r, const struct report_indicator *k,
                             int side, uint64_t n)
{
    const struct rule_indicator *ind = &rules->indicators[k->after];
    uint64_t totals[FIGURES + 2] = {k->hidden ? 0 : k->gain, k->hidden ? 0 : k->lose};
    bool of[DIVISIONS];

    assert_true(ind->clause_count <= 10);
    area_of(w, ind->scheme, of);
    for (uint32_t f = 0; f < FIGURES; f++)
        if (follows(divisions, of, f)) totals[2 + f] = of_area(w, ind->scheme, f);
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++) {
        struct span x = {.has = {false}};
        know_clauses(&x, w, r, ind, side, totals[t]);
        for (uint32_t c = 0; c < ind->clause_count; c++) {
            const uint64_t count = clause_count(w, side, ind, c);
            uint64_t v[UNKNOWNS] = {0};
            v[c] = 1;
            leaks_looked_for++;
            if (is_small(count) && reduce(&x, v, false))
                fail_msg("world %llu: clause %u of %.*s is %llu", (unsigned long long)n, c,
                         STR_ARG(ind->name.ascii), (unsigned long long)count);
        }
    }
}

static void attack_clauses(struct span *divisions, const struct world *w,
                           const struct simulate_report *r, uint64_t n)
{
    for (uint32_t i = 0; i < r->indicator_count; i++)
        for (int side = 0; side < SIMULATE_SIDES; side++)
            attack_indicator(divisions, w, r, &r->indicators[i], side, n);
}

/* Who is above a border before and not after, or the reverse; and the line, where it is hidden. */
static void attack_bins(const struct simulate_report *r, const struct report_bin *bins,
                        uint32_t count, uint64_t n)
{
    int64_t net = 0;

    for (uint32_t i = 0; i + 1 < count; i++) {
        net += (int64_t)bins[i].count[1] - (int64_t)bins[i].count[0];
        leaks_looked_for++;
        assert_false(r->line_hidden && bins[i].to == r->line);
        if (!r->line_hidden && bins[i].to == r->line) continue; /* both ways are shown */
        if (r->all.gain > 0 && r->all.lose > 0) continue;       /* who crosses which way? */
        if (is_small((uint64_t)llabs((long long)net)))
            fail_msg("world %llu: %lld cross %lld", (unsigned long long)n, (long long)-net,
                     (long long)bins[i].to);
    }
}

static void attack(const struct world *w, uint64_t n)
{
    struct simulate_report r;
    struct span x = {.has = {false}};
    struct arena a;

    arena_init(&a, 0);
    assert_int_equal(simulate_publish(&a, &w->s, false, &r), ERR_OK);
    if (!r.hidden) {
        know_all(&x, w, &r);
        attack_divisions(&x, w, n);
        attack_areas(&x, w, &r, n);
        attack_clauses(&x, w, &r, n);
        attack_bins(&r, r.bins, r.bin_count, n);
        if (r.line_hidden) assert_int_equal(r.near_count, 0);
    }
    arena_done(&a);
}

static void nothing_hidden_can_be_computed(void **state)
{
    const uint64_t worlds = random_env("JIFEN_WORLDS", WORLDS_DEFAULT);
    static struct world w;

    (void)state;
    for (uint64_t n = 0; n < worlds; n++) {
        world_make(&w, seed + n);
        attack(&w, seed + n);
    }
    printf("# %llu worlds, %llu combinations tried; %llu figures shown, %llu hidden\n",
           (unsigned long long)worlds, (unsigned long long)leaks_looked_for,
           (unsigned long long)figures_shown, (unsigned long long)figures_hidden);
    assert_true(figures_shown > figures_hidden / 10);
}

/* The attack itself works: a total without one of two leaves the other. */
static void the_attack_finds_what_follows(void **state)
{
    struct span x = {.has = {false}};
    const bool both[DIVISIONS] = {true, true}, one[DIVISIONS] = {true},
               other[DIVISIONS] = {false, true};

    (void)state;
    know(&x, both, 1);
    assert_false(follows(&x, one, 1));
    know(&x, other, 1);
    assert_true(follows(&x, one, 1));
    assert_false(follows(&x, one, 0));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_attack_finds_what_follows),
        cmocka_unit_test(nothing_hidden_can_be_computed),
    };
    const int32_t day = date_from_civil(2026, 3, 1);
    struct population nobody;
    struct population_builder *b;

    seed = random_env("JIFEN_SEED", seed);
    if (!random_rules(&arena, argv + 1, argc - 1, &rules)) return 2;
    if (population_builder_new(&arena, rules, 0, &b) != ERR_OK ||
        population_builder_finish(b, &nobody) != ERR_OK)
        return 2;
    struct simulate_one one = {.people = &nobody};
    const struct simulate_source source = simulate_source_one(&one);
    const struct simulate_options o = {
        .day = day, .rule_day = day, .has_line = true, .line = 0, .threads = 1};
    if (simulate_run(&arena, rules, rules, &source, &o, &blank) != ERR_OK) return 2;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("hidden", tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
