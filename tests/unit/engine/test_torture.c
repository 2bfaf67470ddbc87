/* Every allocation of every entry point failed in turn: ERR_NOMEM, nothing written, no crash. */
#include "compiled.h"
#include "engine/check_internal.h"
#include "engine/explain.h"
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

/* What is tried: everything it needs comes from `a`. */
typedef enum err (*act_fn)(struct arena *a);

static uint64_t torture(act_fn act)
{
    enum err e = ERR_NOMEM;
    uint64_t n = 0;

    while (e != ERR_OK) {
        struct arena a;
        arena_init(&a, 0);
        a.fail_at = ++n;
        e = act(&a);
        arena_done(&a);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        assert_true(n < 100000);
    }
    return n;
}

/* The resident of the longest case: many registers, many records. */
static const struct rule_case *longest_case(void)
{
    const struct rule_case *best = &c.r->cases[0];

    for (uint32_t i = 0; i < c.r->case_count; i++)
        if (c.r->cases[i].fact_count > best->fact_count) best = &c.r->cases[i];
    return best;
}

static enum err act_population(struct arena *a)
{
    struct resident n, copy = {.fact_count = 77};
    struct population p = {.count = 77};
    enum err e = check_case_resident(a, c.r, longest_case(), &n);

    if (e == ERR_OK) e = resident_copy(a, &n, 1, &copy);
    if (e == ERR_OK) e = resident_population(a, &copy, &p, NULL);
    if (e == ERR_OK) e = resident_of(a, &p, 0, &n);
    assert_true(e == ERR_OK || p.count == 77 || p.count == 1);
    return e;
}

static enum err act_plan(struct arena *a)
{
    struct plan *plan = (struct plan *)1;
    int32_t day = longest_case()->day;
    enum err e = plan_new(a, c.r, (int32_t)c.r->scheme_count - 1, day, &plan);

    assert_true(e == ERR_OK || plan == (struct plan *)1);
    return e;
}

static struct population people;
static struct arena people_arena;

static void people_make(void)
{
    struct resident n;

    arena_init(&people_arena, 0);
    assert_int_equal(check_case_resident(&people_arena, c.r, longest_case(), &n), ERR_OK);
    assert_int_equal(resident_population(&people_arena, &n, &people, NULL), ERR_OK);
}

static enum err act_case(struct arena *a)
{
    struct scored s1 = {.plan = NULL};
    struct evaluator_difference d;
    bool differ = true;
    enum err e = check_case_score(a, c.r, longest_case(), &people, &s1);

    if (e == ERR_OK) e = check_evaluators(a, &s1, &people, longest_case()->day, &differ, &d);
    assert_true(e != ERR_OK || !differ);
    return e;
}

static enum err act_explain(struct arena *a)
{
    const struct explanation *x = NULL;
    int32_t day = longest_case()->day;
    enum err e = explain_person(a, &people, 0, day, day, &x);

    assert_true(e == ERR_OK || x == NULL);
    return e;
}

static enum err act_random(struct arena *a)
{
    struct random_options o = {.seed = 5, .persons = 3, .day = 20000, .unknown_per_1000 = 100};
    struct population p = {.count = 77};
    enum err e = random_population(a, c.r, &o, &p);

    assert_true(e == ERR_OK || p.count == 77);
    return e;
}

static enum err act_edges(struct arena *a)
{
    struct diag_list diags;
    struct check_result result = {.edges = 77};
    struct rules few = *c.r;

    few.case_count = 1;
    diag_list_init(&diags, a);
    enum err e = check_edges(a, &few, &diags, &result);
    assert_true(e == ERR_OK || result.edges == 77 || diags.out_of_memory);
    return e;
}

/* Findings need memory too; theirs is not the one that fails here. */
static enum err with_own_findings(struct arena *a,
                                  enum err (*check)(struct arena *, struct diag_list *))
{
    struct arena findings;
    struct diag_list diags;

    arena_init(&findings, 0);
    diag_list_init(&diags, &findings);
    enum err e = check(a, &diags);
    arena_done(&findings);
    return e;
}

static enum err run_cases(struct arena *a, struct diag_list *diags)
{
    struct check_result result = {0};
    struct rules few = *c.r;

    few.case_count = 2;
    return check_cases(a, &few, diags, &result);
}

static enum err act_cases(struct arena *a)
{
    return with_own_findings(a, run_cases);
}

static struct compiled broken;

static enum err run_properties(struct arena *a, struct diag_list *diags)
{
    struct check_result result = {0};

    return check_properties(a, broken.r, 3, 4, diags, &result);
}

static enum err act_properties(struct arena *a)
{
    return with_own_findings(a, run_properties);
}

static void test_torture_cases(void **state)
{
    (void)state;
    assert_true(torture(act_cases) > 20);
}

/* Properties that fail, so that shrinking and reporting run out of memory as well. */
static void test_torture_properties(void **state)
{
    char text[8192];
    (void)state;
    snprintf(text, sizeof text,
             "%s指标 服务分 (service_points) 归 总积分:\n"
             "  每满 1条 记录数(服务) 得 1分 封顶 3分\n"
             "性质 \"甲\" / \"a\": 服务分 至多 0分\n"
             "性质 \"乙\" / \"b\": 拆分 服务\n"
             "性质 \"丙\" / \"c\": 置换 服务\n```\n",
             compiled_head);
    compiled_text(&broken, text);
    assert_true(torture(act_properties) > 50);
    compiled_done(&broken);
}

static void test_torture_population(void **state)
{
    (void)state;
    assert_true(torture(act_population) > 20);
}

static void test_torture_plan(void **state)
{
    (void)state;
    assert_true(torture(act_plan) > 10);
}

static void test_torture_case(void **state)
{
    (void)state;
    people_make();
    assert_true(torture(act_case) > 20);
    arena_done(&people_arena);
}

static void test_torture_explain(void **state)
{
    (void)state;
    people_make();
    assert_true(torture(act_explain) > 100);
    arena_done(&people_arena);
}

static void test_torture_random(void **state)
{
    (void)state;
    assert_true(torture(act_random) > 20);
}

static void test_torture_edges(void **state)
{
    (void)state;
    assert_true(torture(act_edges) > 20);
}

/* Too little memory for one case or one resident: the run ends with ERR_NOMEM. */
static void test_limits(void **state)
{
    (void)state;
    for (size_t limit = 1000; limit <= 1000000; limit *= 10) {
        struct arena a, own;
        struct diag_list diags;
        struct check_result result = {0};
        arena_init(&a, limit);
        arena_init(&own, 0);
        diag_list_init(&diags, &own);
        enum err e = check_cases(&a, c.r, &diags, &result);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        assert_true(e == ERR_NOMEM || limit > 10000);
        e = check_properties(&a, c.r, 1, 3, &diags, &result);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        e = check_edges(&a, c.r, &diags, &result);
        assert_true(e == ERR_OK || e == ERR_NOMEM);
        arena_done(&a);
        arena_done(&own);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torture_population),
        cmocka_unit_test(test_torture_plan),
        cmocka_unit_test(test_torture_case),
        cmocka_unit_test(test_torture_explain),
        cmocka_unit_test(test_torture_random),
        cmocka_unit_test(test_torture_edges),
        cmocka_unit_test(test_torture_cases),
        cmocka_unit_test(test_torture_properties),
        cmocka_unit_test(test_limits),
    };
    if (argc < 2) return 2;
    rules_path = argv[1];
    (void)setup;
    (void)teardown;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
