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
#include "random_env.h"
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
        o.day = random_day(at);
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

/* --- by hand, on the rule files --- */

struct hand {
    struct compiled c;
    struct arena a;
    struct resident me;
    struct population people;
    const struct advice *v;
};

static int32_t day_of(int32_t y, int32_t m, int32_t d)
{
    return date_from_civil(y, m, d);
}

static int32_t reg_named(const struct hand *h, const char *name)
{
    for (uint32_t i = 0; i < h->c.r->reg_count; i++)
        if (str_eq(h->c.r->regs[i].name.ascii, str_from_c(name))) return (int32_t)i;
    abort();
}

/* A resident of nothing yet, of the rules under `path`. */
static void hand_init(struct hand *h)
{
    memset(h, 0, sizeof *h);
    compiled_folder(&h->c, rules_path);
    arena_init(&h->a, 0);
    h->me = (struct resident){.rules = h->c.r,
                              .facts = ARENA_ARRAY(&h->a, struct resident_fact, 20),
                              .silent = ARENA_ARRAY(&h->a, bool, h->c.r->reg_count)};
}

static void hand_done(struct hand *h)
{
    arena_done(&h->a);
    compiled_done(&h->c);
}

/* One fact, its cells in the order of the declaration. */
static void fact(struct hand *h, const char *reg, const int64_t *cells, uint32_t count)
{
    struct resident_fact f = {.reg = reg_named(h, reg)};

    assert_int_equal(h->c.r->regs[f.reg].field_count, count);
    f.values = ARENA_ARRAY(&h->a, int64_t, count);
    f.known = ARENA_ARRAY(&h->a, bool, count);
    for (uint32_t i = 0; i < count; i++) {
        f.values[i] = cells[i];
        f.known[i] = true;
    }
    h->me.facts[h->me.fact_count++] = f;
}

#define FACT(h, reg, ...)                                                                          \
    fact((h), (reg), (const int64_t[]){__VA_ARGS__},                                               \
         (uint32_t)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

static void advise(struct hand *h, const struct advice_options *o)
{
    assert_int_equal(resident_population(&h->a, &h->me, &h->people, NULL), ERR_OK);
    assert_int_equal(advice_person(&h->a, &h->people, 0, o, &h->v), ERR_OK);
}

static const struct advice_place *place_named(const struct hand *h, const char *reg)
{
    for (uint32_t i = 0; i < h->v->place_count; i++)
        if (h->v->places[i].reg == reg_named(h, reg)) return &h->v->places[i];
    abort();
}

static bool gains_nothing(const struct hand *h, const char *reg)
{
    return place_named(h, reg)->smallest < 0;
}

/* The smallest change that gains; there must be one. */
static const struct advice_change *smallest(const struct hand *h, const char *reg)
{
    if (gains_nothing(h, reg)) abort();
    return &h->v->changes[place_named(h, reg)->smallest];
}

/* Forty years old on 1 March 2026, with a permit of Hangzhou, college, one month of pension. */
static void hangzhou_person(struct hand *h)
{
    hand_init(h);
    FACT(h, "person", day_of(1986, 3, 1));
    FACT(h, "permit", 330106, 0, day_of(2020, 1, 1), DATE_OPEN_END);
    FACT(h, "education", 2, DATE_OPEN_START);
    FACT(h, "pension", 330106, 2026 * 12 + 1, 2026 * 12 + 1); /* February 2026 */
    FACT(h, "residence", 330106, day_of(2025, 3, 1), DATE_OPEN_END);
}

static void test_singles(void **state UNUSED)
{
    struct hand h;
    const int32_t day = day_of(2026, 3, 1);
    struct advice_options o = advice_options_of(day);

    hangzhou_person(&h);
    advise(&h, &o);
    /* age 20 and 5, education 8 and 10, pension 0.5 and 0.25, residence 3 and 3 */
    assert_int_equal(h.v->now.with.lo, 4975);
    /* a bachelor's degree in two years: 2 and 10 more, with two years of residence on both sides */
    const struct advice_change *c = smallest(&h, "education");
    assert_int_equal(c->gain.day, day_of(2028, 3, 1));
    assert_int_equal(c->fact.values[0], 3);
    assert_int_equal(c->gain.with.lo - c->gain.without.lo, 1200);
    assert_true(str_eq(h.c.r->indicators[c->indicator].name.ascii, STR("education_again")));
    /* the pension goes on in the month of the day, which counts at once */
    c = smallest(&h, "pension");
    assert_int_equal(c->months, 1);
    assert_int_equal(c->gain.day, day);
    assert_int_equal(c->gain.with.lo - c->gain.without.lo, 75);
    /* the least certificate, ninety days on */
    c = smallest(&h, "skill");
    assert_int_equal(c->gain.day, day + 90);
    assert_int_equal(c->gain.with.lo - c->gain.without.lo, 300);
    /* 1000 yuan, and not a fen less, of up to 100 million */
    c = smallest(&h, "donation");
    assert_int_equal(c->fact.values[1], 100000);
    assert_int_equal(c->gain.with.lo - c->gain.without.lo, 200);
    assert_int_equal(h.v->changes[place_named(&h, "donation")->best].fact.values[1], 1000000);
    assert_int_equal(place_named(&h, "residence")->idle, IDLE_GOES_ON);
    hand_done(&h);
}

static void test_line(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));

    hangzhou_person(&h);
    o.has_line = true;
    o.line = 5200; /* 2.25 more, today: a pension month and 1000 yuan give 2.75, 2000 yuan 4 */
    advise(&h, &o);
    assert_int_equal(h.v->way.count, 1);
    assert_int_equal(h.v->way.gain.day, o.day);
    assert_int_equal(h.v->changes[h.v->way.changes[0]].fact.values[1], 200000);
    o.line = 7050; /* 20.75 more: only both, today */
    advise(&h, &o);
    assert_int_equal(h.v->way.count, 2);
    assert_int_equal(h.v->way.gain.with.lo, 7050);
    o.line = 30001; /* above the scheme's 300 points: proved, by the compiler's ranges */
    advise(&h, &o);
    assert_int_equal(h.v->way.count, 0);
    o.line = 4975;
    advise(&h, &o);
    assert_true(h.v->line_reached);
    hand_done(&h);
}

/* What a bound cuts is said. */
static void test_bounds(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));

    hangzhou_person(&h);
    o.has_line = true;
    o.line = 20000;
    o.values_most = 2;
    o.pairs_most = 3;
    o.sets_most = 5;
    o.months_most = 3;
    advise(&h, &o);
    assert_int_equal(h.v->cut, ADVICE_CUT_VALUES | ADVICE_CUT_PAIRS | ADVICE_CUT_SETS);
    assert_false(h.v->way_proved);
    for (uint32_t i = 0; i < h.v->place_count; i++)
        assert_in_range(h.v->places[i].count, 0, 2);
    hand_done(&h);
}

/* A register that has not answered: an interval, and what is gained at its lower end. */
static void test_unknown(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));

    hangzhou_person(&h);
    h.me.silent[reg_named(&h, "skill")] = true;
    advise(&h, &o);
    assert_int_equal(h.v->now.with.lo, 4975);
    assert_true(h.v->now.with.hi > 5900);
    assert_true(gains_nothing(&h, "skill"));
    assert_false(gains_nothing(&h, "donation"));
    h.me.facts[1].values[1] = 1; /* the permit is suspended: nothing gains */
    advise(&h, &o);
    assert_int_equal(h.v->now.with.hi, 0);
    assert_true(gains_nothing(&h, "donation"));
    hand_done(&h);
}

/* What takes effect after the rules have ended gains what nobody has decided, not nothing. */
static void test_undecided(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));

    hangzhou_person(&h);
    for (uint32_t i = 0; i < h.c.r->scheme_count; i++)
        h.c.r->schemes[i].source.to = day_of(2028, 2, 29); /* the degree would come a day later */
    advise(&h, &o);
    assert_true(gains_nothing(&h, "education"));
    assert_int_equal(place_named(&h, "education")->idle, IDLE_UNDECIDED);
    assert_int_equal(place_named(&h, "donation")->idle, IDLE_NOT);
    assert_int_equal(smallest(&h, "skill")->gain.with.lo - smallest(&h, "skill")->gain.without.lo,
                     300);
    hand_done(&h);
}

/* Nothing more to be got by giving; and a pension in full, which stops counting as continuous in
 * its fourth month without payment: going on keeps those 30 points. */
static void test_cap(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));
    struct buf zh, en;

    hangzhou_person(&h);
    FACT(&h, "pension", 330106, 2010 * 12, 2026 * 12 + 2);
    FACT(&h, "donation", day_of(2025, 1, 1), 1000000);
    advise(&h, &o);
    assert_int_equal(smallest(&h, "pension")->months, 4);
    assert_int_equal(
        smallest(&h, "pension")->gain.with.lo - smallest(&h, "pension")->gain.without.lo, 3000);
    assert_int_equal(place_named(&h, "donation")->idle, IDLE_CAP);
    buf_init(&zh, 0);
    buf_init(&en, 0);
    assert_int_equal(advice_text(h.v, LANG_ZH, true, &zh), ERR_OK);
    assert_int_equal(advice_text(h.v, LANG_EN, true, &en), ERR_OK);
    buf_add_char(&zh, '\0');
    buf_add_char(&en, '\0');
    assert_non_null(strstr(zh.p, "慈善捐赠：因封顶不多得分：慈善捐赠"));
    assert_non_null(strstr(en.p, "donation: no gain because of the cap of donation"));
    buf_done(&zh);
    buf_done(&en);
    hand_done(&h);
}

static void test_no_memory(void **state UNUSED)
{
    struct hand h;
    struct advice_options o = advice_options_of(day_of(2026, 3, 1));
    const struct advice *untouched = (const struct advice *)&h, *v = untouched;
    enum err e = ERR_NOMEM;

    hangzhou_person(&h);
    o.has_line = true;
    o.line = 5200;
    o.months_most = 2;
    o.values_most = 4;
    assert_int_equal(resident_population(&h.a, &h.me, &h.people, NULL), ERR_OK);
    for (uint64_t n = 1; e != ERR_OK; n += 1 + n / 16) {
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = n;
        v = untouched;
        e = advice_person(&a, &h.people, 0, &o, &v);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && v == untouched));
        arena_done(&a);
    }
    hand_done(&h);
}

int main(int argc, char **argv)
{
    static char names[CASES][40];
    static const struct CMUnitTest by_hand[] = {
        cmocka_unit_test(enough_happened), cmocka_unit_test(test_singles),
        cmocka_unit_test(test_line),       cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_unknown),    cmocka_unit_test(test_cap),
        cmocka_unit_test(test_undecided),  cmocka_unit_test(test_no_memory),
    };
    static struct CMUnitTest tests[CASES + sizeof by_hand / sizeof by_hand[0]];

    seed = random_env("JIFEN_SEED", seed);
    programs = (uint32_t)random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT);
    rules_path = argc > 1 ? argv[1] : "rules";
    print_message("# seed %llu, %u programs\n", (unsigned long long)seed, programs);
    for (uint64_t i = 0; i < CASES; i++) {
        snprintf(names[i], sizeof names[i], "programs, part %u", (unsigned)i + 1);
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = random_programs, .initial_state = (void *)(uintptr_t)i};
    }
    memcpy(&tests[CASES], by_hand, sizeof by_hand);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
