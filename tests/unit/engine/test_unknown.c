/* Unknown is not zero: whatever the silent registers and empty cells turn out to hold, every figure
 * lies between the two ends that were given. Random residents under the repository's rules.
 *
 * The interval of months (README §6) is taken from the sure and from all possible records, not from
 * every subset; the catalogues of the repository have no field that makes a spell only possible, so
 * here the ends hold without exception. */
#include "compiled.h"
#include "engine/check_internal.h"
#include "engine_test.h"

static struct compiled c;
static const char *rules_path;

static int group_setup(void **state)
{
    (void)state;
    compiled_folder(&c, rules_path);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    compiled_done(&c);
    return 0;
}

/* Facts of `n`, the unknown ones taken from `other` who knows everything: his cells where a cell is
 * empty, his records where a register was silent. */
static void complete(struct arena *a, const struct resident *n, const struct resident *other,
                     struct resident *ret)
{
    struct resident done;

    assert_int_equal(resident_copy(a, n, other->fact_count, &done), ERR_OK);
    for (uint32_t i = 0; i < done.fact_count; i++) {
        const struct rule_register *reg = &c.r->regs[done.facts[i].reg];
        for (uint32_t f = 0; f < reg->field_count; f++) {
            if (done.facts[i].known[f]) continue;
            done.facts[i].known[f] = true;
            done.facts[i].values[f] = reg->fields[f].lo;
            for (uint32_t k = 0; k < other->fact_count; k++)
                if (other->facts[k].reg == done.facts[i].reg)
                    done.facts[i].values[f] = other->facts[k].values[f];
            /* a matter without a number is one of its own (README §6) */
            if (reg->fields[f].type.vt == VT_KEY) done.facts[i].values[f] = 1000 + i;
        }
    }
    for (uint32_t reg = 0; reg < c.r->reg_count; reg++) {
        bool has_any = false;
        for (uint32_t i = 0; i < done.fact_count; i++)
            has_any = has_any || done.facts[i].reg == (int32_t)reg;
        bool open = done.silent[reg] || (!has_any && c.r->regs[reg].none_unknown) ||
                    (!has_any && c.r->regs[reg].one_per_person);
        done.silent[reg] = false;
        if (!open) continue;
        uint32_t kept = 0; /* what the silent register was said to hold was never heard */
        for (uint32_t i = 0; i < done.fact_count; i++)
            if (done.facts[i].reg != (int32_t)reg) done.facts[kept++] = done.facts[i];
        done.fact_count = kept;
        for (uint32_t k = 0; k < other->fact_count; k++)
            if (other->facts[k].reg == (int32_t)reg)
                done.facts[done.fact_count++] = other->facts[k];
    }
    *ret = done;
}

static void print_resident(const char *what, const struct resident *n)
{
    struct buf b;

    buf_init(&b, 0);
    resident_add_text(&b, n, LANG_ZH);
    print_error("%s:\n%.*s", what, STR_ARG(buf_str(&b)));
    buf_done(&b);
}

struct pair {
    const struct resident *open, *known;
};

static void check_inside(const struct pair *p, struct rule_name name, struct interval open,
                         struct interval known)
{
    if (open.lo <= known.lo && known.hi <= open.hi) return;
    print_error("%.*s: [%lld, %lld] not within [%lld, %lld]\n", STR_ARG(name.ascii),
                (long long)known.lo, (long long)known.hi, (long long)open.lo, (long long)open.hi);
    print_resident("before", p->open);
    print_resident("after", p->known);
    fail();
}

static void check_pair(struct arena *a, const struct plan *plan, int32_t day,
                       const struct resident *n, const struct resident *other)
{
    struct resident done;
    struct population p, q;
    struct scored open, known;
    struct pair pair = {n, &done};

    complete(a, n, other, &done);
    if (resident_population(a, n, &p, NULL) != ERR_OK) return;
    if (resident_population(a, &done, &q, NULL) != ERR_OK || q.bad != NULL) return;
    assert_int_equal(check_score(a, plan, &p, day, false, &open), ERR_OK);
    assert_int_equal(check_score(a, plan, &q, day, false, &known), ERR_OK);
    for (uint32_t i = 0; i < plan->indicator_count; i++)
        check_inside(&pair, c.r->indicators[plan->indicators[i].indicator].name,
                     open.score.indicators[i], known.score.indicators[i]);
    for (uint32_t i = 0; i < plan->group_count; i++)
        check_inside(&pair, c.r->groups[plan->groups[i]].name, open.score.groups[i],
                     known.score.groups[i]);
    for (uint32_t i = 0; i < plan->gate_count; i++)
        check_inside(&pair, c.r->gates[plan->gates[i]].name, open.score.gates[i],
                     known.score.gates[i]);
    check_inside(&pair, c.r->groups[0].name, open.score.total, known.score.total);
}

static void test_inside(void **state)
{
    enum { PERSONS = 300 };
    int32_t day = small_date("2026-03-01");
    (void)state;
    for (int32_t scheme = 0; scheme < (int32_t)c.r->scheme_count; scheme++) {
        struct random_options open = {.seed = 100u + (uint64_t)scheme,
                                      .persons = PERSONS,
                                      .day = day,
                                      .unknown_per_1000 = 250};
        struct random_options known = {
            .seed = 900u + (uint64_t)scheme, .persons = PERSONS, .day = day, .plausible = true};
        struct population p, q;
        struct plan *plan;
        assert_int_equal(random_population(&c.arena, c.r, &open, &p), ERR_OK);
        assert_int_equal(random_population(&c.arena, c.r, &known, &q), ERR_OK);
        assert_int_equal(plan_new(&c.arena, c.r, scheme, day, &plan), ERR_OK);
        for (uint32_t i = 0; i < PERSONS; i++) {
            struct arena own;
            struct resident n, other;
            arena_init(&own, 0);
            assert_int_equal(resident_of(&own, &p, i, &n), ERR_OK);
            assert_int_equal(resident_of(&own, &q, i, &other), ERR_OK);
            check_pair(&own, plan, day, &n, &other);
            arena_done(&own);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_inside)};

    if (argc < 2) return 2;
    rules_path = argv[1];
    (void)setup;
    (void)teardown;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
