/* Advice against brute force, and a few people by hand.
 *
 *   test_advice RULES      JIFEN_PROGRAMS (how many random programs), JIFEN_SEED
 *
 * On each program: for every place the steps (size and rise), the pairs that only help together,
 * the best pair, and the cheapest set that reaches a line, must be those of brute force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "brute.h"
#include "compiled.h"
#include "small.h"

#define PROGRAMS_DEFAULT 60u
#define PERSONS 3u
#define MONTHS 4u
#define SET_SIZE 2u /* 3 for every eighth */
#define CASES 10u

static uint64_t seed = 20260301;
static uint32_t programs;
static const char *rules_path;
static uint64_t compared, gains, togethers, ways, waits, refused, scores, brute_scores;

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *v = getenv(name);
    return v && *v ? strtoull(v, NULL, 10) : otherwise;
}

/* --- one resident --- */

struct trial {
    const struct advice *v;
    struct brute b;
    const char *text;
    uint64_t seed;
    uint32_t person;
};

static void wrong(const struct trial *t, const char *what, int64_t engine, int64_t brute)
{
    struct buf out;

    buf_init(&out, 0);
    resident_add_text(&out, &t->b.me, LANG_EN);
    IGNORE_ERR(advice_text(t->v, LANG_EN, true, &out));
    fprintf(stderr, "%s\n%.*s\n", t->text, STR_ARG(buf_str(&out)));
    buf_done(&out);
    fail_msg("seed %llu, person %u: %s: engine %lld, brute force %lld", (unsigned long long)t->seed,
             t->person, what, (long long)engine, (long long)brute);
}

static void same(const struct trial *t, const char *what, int64_t engine, int64_t brute)
{
    if (engine != brute) wrong(t, what, engine, brute);
}

static bool smaller(const struct brute_change *a, const struct brute_change *b)
{
    return a->months != b->months ? a->months < b->months : a->size < b->size;
}

/* The next step after `most`: the smallest change that gains more, of equally small ones the least.
 */
static const struct brute_change *brute_step(const struct brute_place *p, int64_t most)
{
    const struct brute_change *best = NULL;

    for (uint32_t i = 0; i < p->count; i++) {
        const struct brute_change *c = &p->changes[i];
        if (c->rise <= most) continue;
        if (best == NULL || smaller(c, best) || (!smaller(best, c) && c->rise < best->rise))
            best = c;
    }
    return best;
}

static const struct advice_place *place_of(const struct trial *t, const struct brute_place *p)
{
    for (uint32_t i = 0; i < t->v->place_count; i++)
        if (t->v->places[i].reg == p->reg && t->v->places[i].field == p->field)
            return &t->v->places[i];
    return NULL;
}

static void compare_place(const struct trial *t, const struct brute_place *p)
{
    const struct advice_place *s = place_of(t, p);
    int64_t most = 0;

    for (uint32_t i = 0; s != NULL && i < s->count; i++) {
        const struct advice_change *c = &t->v->changes[s->first + i];
        if (!c->is_step) continue;
        const struct brute_change *x = brute_step(p, most);
        if (x == NULL) wrong(t, "a step that is none", c->gain.with.lo, 0);
        same(t, "size of a step", (int64_t)c->size, (int64_t)x->size);
        same(t, "months of a step", c->months, x->months);
        same(t, "day of a step", c->gain.day, x->day);
        most = c->gain.with.lo - c->gain.without.lo;
        same(t, "gain of a step", most, x->rise);
        gains++;
    }
    if (brute_step(p, most) != NULL)
        wrong(t, "a step that was not found", most, brute_step(p, most)->rise);
}

/* --- pairs --- */

struct pair {
    const struct brute_change *a, *b;
    int32_t day;
    int64_t rise;
};

static bool pair_smaller(const struct pair *x, const struct pair *y)
{
    if (x->day != y->day) return x->day < y->day;
    if (smaller(x->a, y->a) || smaller(y->a, x->a)) return smaller(x->a, y->a);
    return smaller(x->b, y->b);
}

static void compare_together(const struct trial *t, const struct brute_place *p,
                             const struct brute_place *q, const struct pair *found)
{
    const struct advice_place *x = place_of(t, p), *y = place_of(t, q);
    const struct advice_set *s = NULL;

    for (uint32_t i = 0; x != NULL && y != NULL && i < t->v->together_count; i++) {
        const struct advice_set *k = &t->v->together[i];
        if (&t->v->places[t->v->changes[k->changes[0]].place] == x &&
            &t->v->places[t->v->changes[k->changes[1]].place] == y)
            s = k;
    }
    same(t, "is there a pair that only helps together", s != NULL, found->a != NULL);
    if (s == NULL) return;
    const struct advice_change *a = &t->v->changes[s->changes[0]],
                               *b = &t->v->changes[s->changes[1]];
    same(t, "day of a pair", s->gain.day, found->day);
    same(t, "size of a pair's first", (int64_t)a->size, (int64_t)found->a->size);
    same(t, "months of a pair's first", a->months, found->a->months);
    same(t, "size of a pair's second", (int64_t)b->size, (int64_t)found->b->size);
    same(t, "months of a pair's second", b->months, found->b->months);
    togethers++;
}

/* Does either of the two alone give more than `most` on the pair's day? */
static bool either_gives(struct trial *t, const struct pair *x, int64_t most)
{
    return brute_gain_of(&t->b, &x->a, 1, x->day).rise > most ||
           brute_gain_of(&t->b, &x->b, 1, x->day).rise > most;
}

static void pair_place(struct trial *t, const struct brute_place *p, const struct brute_place *q,
                       struct pair *best)
{
    struct pair together = {.a = NULL};

    for (uint32_t i = 0; i < p->count; i++)
        for (uint32_t k = 0; k < q->count; k++) {
            const struct brute_change *set[2] = {&p->changes[i], &q->changes[k]};
            const struct brute_gain g = brute_gain_of(&t->b, set, 2, t->b.day);
            struct pair x = {set[0], set[1], g.day, g.rise};
            if (x.rise <= 0) continue;
            if (x.a->rise <= 0 && x.b->rise <= 0 && !either_gives(t, &x, 0) &&
                (together.a == NULL || pair_smaller(&x, &together)))
                together = x;
            if (either_gives(t, &x, x.rise - 1)) continue;
            if (best->a == NULL || x.rise > best->rise ||
                (x.rise == best->rise && x.day < best->day))
                *best = x;
        }
    compare_together(t, p, q, &together);
}

static void compare_pairs(struct trial *t)
{
    struct pair best = {.a = NULL};

    for (uint32_t p = 0; p < t->b.place_count; p++)
        for (uint32_t q = p + 1; q < t->b.place_count; q++)
            pair_place(t, &t->b.places[p], &t->b.places[q], &best);
    same(t, "is there a best pair", t->v->best_pair.count > 0, best.a != NULL);
    if (best.a == NULL) return;
    same(t, "gain of the best pair", t->v->best_pair.gain.with.lo - t->v->best_pair.gain.without.lo,
         best.rise);
    same(t, "day of the best pair", t->v->best_pair.gain.day, best.day);
}

/* --- the cheapest set --- */

/* Does some set of exactly `left` further changes reach the line on `day`? */
static bool any_set(struct trial *t, const struct brute_change **set, uint32_t count, uint32_t left,
                    uint32_t place, int32_t day)
{
    if (left == 0) {
        const struct brute_gain g = brute_gain_of(&t->b, set, count, day);
        return g.scored && g.with >= t->v->options.line;
    }
    for (; place < t->b.place_count; place++) {
        if (place_of(t, &t->b.places[place]) == NULL) continue; /* nothing reads it */
        for (uint32_t i = 0; i < t->b.places[place].count; i++) {
            set[count] = &t->b.places[place].changes[i];
            if (set[count]->day <= day && any_set(t, set, count + 1, left - 1, place + 1, day))
                return true;
        }
    }
    return false;
}

static bool next_day(const struct trial *t, int32_t *day)
{
    int32_t next = DATE_OPEN_END;

    for (uint32_t p = 0; p < t->b.place_count; p++)
        for (uint32_t i = 0; i < t->b.places[p].count; i++) {
            int32_t d = t->b.places[p].changes[i].day;
            if (place_of(t, &t->b.places[p]) != NULL && d > *day && d < next) next = d;
        }
    *day = next;
    return next != DATE_OPEN_END;
}

static void compare_way(struct trial *t)
{
    const struct brute_change *set[ADVICE_SET_MOST];
    const struct advice_set *way = &t->v->way;
    int32_t day = t->b.day - 1;

    if (t->v->line_reached) return;
    same(t, "is it proved", t->v->way_proved, true);
    while (next_day(t, &day))
        for (uint32_t n = 0; n <= t->v->options.set_size; n++) {
            if (!any_set(t, set, 0, n, 0, day)) continue;
            same(t, "is the line reached", way->count > 0 || t->v->way_by_waiting, true);
            same(t, "day of the cheapest set", way->gain.day, day);
            same(t, "changes in the cheapest set", way->count, n);
            n == 0 ? waits++ : ways++;
            return;
        }
    same(t, "is the line out of reach", way->count > 0 || t->v->way_by_waiting, false);
}

/* --- programs --- */

static void compare_person(struct arena *a, const struct population *p, struct trial *t,
                           int32_t day)
{
    struct advice_options o = advice_options_of(day);

    o.months_most = MONTHS;
    o.set_size = SET_SIZE + (t->seed % 8 == 0);
    o.values_most = 4000;
    o.pairs_most = o.sets_most = 10000000;
    o.has_line = true;
    assert_int_equal(advice_person(a, p, t->person, &o, &t->v), ERR_OK);
    brute_make(&t->b, a, p, t->person, day, MONTHS);
    if (!t->v->now.scored) return;
    o.line = t->v->now.with.lo + 100 * (int64_t)(1 + (t->seed + t->person) % 14);
    assert_int_equal(advice_person(a, p, t->person, &o, &t->v), ERR_OK);
    assert_int_equal(t->v->cut, 0);
    for (uint32_t i = 0; i < t->b.place_count; i++)
        compare_place(t, &t->b.places[i]);
    compare_pairs(t);
    compare_way(t);
    compared++;
    scores += t->v->evaluations;
    brute_scores += t->b.scores;
}

static bool compile(struct arena *a, uint64_t at, bool capped, struct buf *text,
                    const struct rules **ret)
{
    struct src_file file = {.path = STR("small.md")};
    struct diag_list diags;
    struct buf out;

    text->n = 0;
    small_program(seed + at, capped, text);
    file.text = str_copy(a, buf_str(text));
    buf_add_char(text, '\0');
    diag_list_init(&diags, a);
    if (rules_compile(a, &file, 1, &diags, ret) == ERR_OK) return true;
    if (getenv("JIFEN_SHOW") != NULL && diags.count > 0) {
        buf_init(&out, 0);
        diag_render(&out, &diags.items[0], &file, 1, LANG_EN);
        fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&out)));
        buf_done(&out);
    }
    return false;
}

static void one_program(uint64_t at)
{
    struct arena a;
    struct buf text;
    const struct rules *r;
    struct population p;
    struct random_options o = {.seed = seed + at, .persons = PERSONS, .plausible = true};

    arena_init(&a, 0);
    buf_init(&text, 0);
    if (compile(&a, at, true, &text, &r) || compile(&a, at, false, &text, &r)) {
        o.day = date_from_civil(2024, 1, 1) + (int32_t)(at * 2654435761u % 1500);
        o.unknown_per_1000 = at % 3 == 0 ? 60 : 0;
        assert_int_equal(random_population(&a, r, &o, &p), ERR_OK);
        for (uint32_t i = 0; i < PERSONS; i++) {
            struct trial t = {.text = text.p, .seed = seed + at, .person = i};
            compare_person(&a, &p, &t, o.day);
        }
    } else {
        refused++;
    }
    buf_done(&text);
    arena_done(&a);
}

static void random_programs(void **state)
{
    const uint64_t part = (uint64_t)(uintptr_t)*state;

    for (uint64_t i = part; i < programs; i += CASES)
        one_program(i);
}

/* Programs are of use only if most compile and much of what is compared happens. */
static void enough_happened(void **state UNUSED)
{
    print_message("# %llu residents, %llu steps, %llu pairs that only help together, %llu ways, "
                  "%llu by waiting; "
                  "%llu programs refused; %llu scores, by brute force %llu\n",
                  (unsigned long long)compared, (unsigned long long)gains,
                  (unsigned long long)togethers, (unsigned long long)ways,
                  (unsigned long long)waits, (unsigned long long)refused,
                  (unsigned long long)scores, (unsigned long long)brute_scores);
    assert_true(compared >= programs);
    assert_true(gains >= programs && togethers >= programs / 20 && ways >= programs / 10);
}

int main(int argc, char **argv)
{
    static char names[CASES][40];
    static struct CMUnitTest tests[CASES + 1];

    seed = from_env("JIFEN_SEED", seed);
    programs = (uint32_t)from_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT);
    rules_path = argc > 1 ? argv[1] : "rules";
    print_message("# seed %llu, %u programs\n", (unsigned long long)seed, programs);
    for (uint64_t i = 0; i < CASES; i++) {
        snprintf(names[i], sizeof names[i], "programs, part %u", (unsigned)i + 1);
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = random_programs, .initial_state = (void *)(uintptr_t)i};
    }
    tests[CASES] = (struct CMUnitTest)cmocka_unit_test(enough_happened);
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
