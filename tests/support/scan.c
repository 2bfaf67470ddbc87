/* Every day scored by the column machine: the long way to what a forecast says at once. */
#include "scan.h"

#include <stdio.h>
#include <string.h>

struct person_at {
    struct forecast_state now, next; /* what the forecast says */
    bool has_next;
};

struct scan {
    const struct population *p;
    int32_t last, rule_day;
    struct forecaster *f;
    struct person_at *at;
    struct population_scores expected;
    struct scan_found *found;
};

static void report(struct scan *s, uint32_t person, int32_t day, const char *what, int64_t forecast,
                   int64_t scan)
{
    if (s->found->differs) return;
    s->found->differs = true;
    s->found->person = person;
    s->found->day = day;
    snprintf(s->found->text, sizeof s->found->text,
             "%s: forecast %lld, scan %lld; forecast of day %d, next %d", what, (long long)forecast,
             (long long)scan, s->at[person].now.day,
             s->at[person].has_next ? s->at[person].next.day : -1);
}

/* A person's state as the scan has it, into the columns that the scan must give. */
static void expect(struct scan *s, uint32_t i)
{
    const struct forecast_state *f = &s->at[i].now;
    struct population_scores *x = &s->expected;

    x->status[i] = f->status;
    x->error[i] = (uint8_t)f->error;
    x->total_lo[i] = f->total.lo;
    x->total_hi[i] = f->total.hi;
    for (uint32_t k = 0; k < s->p->rules->indicator_count; k++) {
        x->indicators_lo[k][i] = f->indicators[k].lo;
        x->indicators_hi[k][i] = f->indicators[k].hi;
    }
}

static void compare_column(struct scan *s, int32_t day, const char *what, const int64_t *expected,
                           const int64_t *got)
{
    if (memcmp(expected, got, s->p->count * sizeof *got) == 0) return;
    for (uint32_t i = 0; i < s->p->count; i++)
        if (expected[i] != got[i]) report(s, i, day, what, expected[i], got[i]);
}

/* Every figure of the day must be the one expected. */
static void compare(struct scan *s, int32_t day, const struct population_scores *x)
{
    const struct population_scores *y = &s->expected;

    for (uint32_t i = 0; i < s->p->count; i++) {
        if (x->status[i] != y->status[i]) report(s, i, day, "status", y->status[i], x->status[i]);
        if (x->error[i] != y->error[i]) report(s, i, day, "error", y->error[i], x->error[i]);
    }
    compare_column(s, day, "lo", y->total_lo, x->total_lo);
    compare_column(s, day, "hi", y->total_hi, x->total_hi);
    for (uint32_t k = 0; k < s->p->rules->indicator_count; k++) {
        char name[40];
        snprintf(name, sizeof name, "indicator %u", k);
        compare_column(s, day, name, y->indicators_lo[k], x->indicators_lo[k]);
        compare_column(s, day, name, y->indicators_hi[k], x->indicators_hi[k]);
    }
}

static enum err find_next(struct scan *s, uint32_t i)
{
    struct person_at *at = &s->at[i];
    return forecast_next(s->f, i, &at->now, s->last, &at->next, &at->has_next);
}

static enum err start(struct arena *a, struct scan *s, int32_t first)
{
    enum err e = forecaster_new(a, s->p, s->rule_day, &s->f);

    s->at = ARENA_ARRAY(a, struct person_at, s->p->count);
    if (s->at == NULL) return ERR_NOMEM;
    if (e == ERR_OK) /* only for its room */
        e = score_population(a, s->p, first, first, 1, NULL, NULL, NULL, &s->expected);
    for (uint32_t i = 0; i < s->p->count && e == ERR_OK; i++) {
        e = forecast_state_new(a, s->p->rules, &s->at[i].now);
        if (e == ERR_OK) e = forecast_state_new(a, s->p->rules, &s->at[i].next);
        if (e == ERR_OK) e = forecast_state_at(s->f, i, first, &s->at[i].now);
        if (e == ERR_OK) expect(s, i);
        if (e == ERR_OK) e = find_next(s, i);
    }
    return e;
}

static enum err step(struct scan *s, int32_t day)
{
    const int32_t rules = s->rule_day == FORECAST_RULES_FOLLOW ? day : s->rule_day;
    struct population_scores scores;
    struct arena a;

    arena_init(&a, 0);
    enum err e = score_population(&a, s->p, day, rules, 1, NULL, NULL, NULL, &scores);
    for (uint32_t i = 0; i < s->p->count && e == ERR_OK && !s->found->differs; i++) {
        struct person_at *at = &s->at[i];
        if (at->has_next && at->next.day == day) {
            const struct forecast_state was = at->now;
            if (forecast_same(s->p->rules, &was, &at->next)) report(s, i, day, "no change", 0, 0);
            at->now = at->next;
            at->next = was;
            e = find_next(s, i);
            s->found->changes++;
            expect(s, i);
        }
        s->found->days++;
    }
    if (e == ERR_OK) compare(s, day, &scores);
    arena_done(&a);
    return e;
}

enum err scan_days(const struct population *p, int32_t first, int32_t last, int32_t rule_day,
                   struct scan_found *ret)
{
    struct scan s = {.p = p, .last = last, .rule_day = rule_day, .found = ret};
    struct arena a;

    *ret = (struct scan_found){0};
    arena_init(&a, 0);
    enum err e = start(&a, &s, first);
    for (int32_t day = first; day <= last && e == ERR_OK && !ret->differs; day++)
        e = step(&s, day);
    if (s.f != NULL) ret->scored = forecaster_scored(s.f);
    forecaster_done(s.f);
    arena_done(&a);
    return e;
}
