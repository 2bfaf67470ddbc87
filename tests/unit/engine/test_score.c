/* From indicators to the total: caps, floors, groups, deductions, vetoes, freezes, gates, force;
 * plans and the scheme that serves a person. TEST-OF: src/lang/README.md §4, §5, §6 */
#include "engine/interp.h"
#include "engine_test.h"

static const struct rule_amount none = {.param = -1};

static struct rule_amount set(int64_t v)
{
    return (struct rule_amount){.is_set = true, .value = v, .param = -1};
}

/* Points that are the person's amount, or anything in [lo, hi] while that is not known. */
static int32_t points(int64_t lo, int64_t hi)
{
    uint32_t n = small_field(&s, R_PERSON, 1, -1);
    s.nodes[n].lo = lo;
    s.nodes[n].hi = hi;
    s.nodes[n].type = (struct type){VT_POINTS, -1};
    return (int32_t)n;
}

static int32_t fixed(int64_t v)
{
    return (int32_t)small_const(&s, VT_POINTS, v);
}

static int32_t truth(int64_t lo, int64_t hi)
{
    int32_t n = lo == hi ? (int32_t)small_const(&s, VT_BOOL, lo) : points(0, 1);
    s.nodes[n].type.vt = VT_BOOL;
    return n;
}

static int32_t group(int32_t parent, enum combine combine, bool deducts)
{
    int32_t g = (int32_t)s.r.group_count++;
    s.groups[g] = s.groups[0];
    s.groups[g].parent = parent;
    s.groups[g].combine = combine;
    s.groups[g].deducts = deducts;
    s.groups[g].cap = s.groups[g].floor = none;
    return g;
}

/* An indicator of one clause in a group. */
static int32_t indicator(int32_t in, int32_t body)
{
    int32_t i = (int32_t)s.r.indicator_count++;
    int32_t c = (int32_t)s.r.clause_count++;
    s.indicators[i] = s.indicators[0];
    s.indicators[i].group = in;
    s.indicators[i].cap = s.indicators[i].floor = none;
    s.indicators[i].clause_first = (uint32_t)c;
    s.indicators[i].clause_count = 1;
    s.clauses[c] = s.clauses[0];
    s.clauses[c].indicator = i;
    s.clauses[c].body = body;
    return i;
}

static void begin(void)
{
    s.r.indicator_count = s.r.clause_count = 0;
}

static int32_t veto(int32_t group, int32_t ind, bool freezes, int32_t cond)
{
    int32_t v = (int32_t)s.r.veto_count++;
    s.vetoes[v] = (struct rule_veto){.group = group,
                                     .indicator = ind,
                                     .freezes = freezes,
                                     .cond = cond,
                                     .from = DATE_OPEN_START,
                                     .to = DATE_OPEN_END};
    return v;
}

static void force(void)
{
    s.force_rows[0] = (struct rule_force_row){0, true, STR("in_force")};
    s.force_rows[1] = (struct rule_force_row){1, false, STR("void_suspended")};
    s.force_rows[2] = (struct rule_force_row){-1, false, STR("no_permit")};
    s.r.force = (struct rule_force){.reg = R_PERMIT,
                                    .status_field = 0,
                                    .division_field = 3,
                                    .rows = s.force_rows,
                                    .row_count = 3};
    s.r.has_force = true;
}

static struct interval got_indicators[8], got_groups[8], got_gates[4];
static struct score got;
static struct trace *trace;
static struct plan *plan;

static void score_at(const char *facts, int32_t scheme)
{
    struct population p;
    got = (struct score){.indicators = got_indicators, .groups = got_groups, .gates = got_gates};
    assert_int_equal(small_population(&s, facts, &p), ERR_OK);
    assert_int_equal(plan_new(&s.arena, &s.r, scheme, s.day, &plan), ERR_OK);
    assert_int_equal(interp_score(&s.arena, plan, &p, 0, s.day, &got, &trace), ERR_OK);
}

static void score(const char *facts)
{
    score_at(facts, 0);
}

/* --- indicators --- */

static void clause_of(int32_t ind, int32_t cond, int32_t body, int32_t exception_to)
{
    int32_t c = (int32_t)s.r.clause_count++;
    s.clauses[c] = s.clauses[0];
    s.clauses[c].indicator = ind;
    s.clauses[c].cond = cond;
    s.clauses[c].body = body;
    s.clauses[c].exception_to = exception_to;
    s.indicators[ind].clause_count = (uint32_t)c - s.indicators[ind].clause_first + 1;
}

static void test_clauses(void **state)
{
    (void)state;
    begin();
    int32_t i = indicator(0, fixed(500));
    s.clauses[0].cond = truth(0, 0);
    clause_of(i, truth(1, 1), fixed(300), -1);
    clause_of(i, -1, fixed(900), -1);
    score("");
    CHECK(got.indicators[0], 300, 300); /* the first that applies */
    s.clauses[1].cond = truth(0, 1);
    score("person ? ?");
    CHECK(got.indicators[0], 300, 900);
    s.clauses[2].cond = truth(0, 0);
    score("person ? ?");
    CHECK(got.indicators[0], 0, 300);
    s.indicators[i].combine = COMBINE_SUM;
    s.clauses[0].cond = truth(1, 1);
    s.clauses[2].cond = -1;
    score("person ? ?");
    CHECK(got.indicators[0], 1400, 1700);
    s.indicators[i].combine = COMBINE_HIGHEST;
    score("person ? ?");
    CHECK(got.indicators[0], 900, 900);
    s.indicators[i].clause_count = 0;
    score("");
    CHECK(got.indicators[0], 0, 0);
}

static void test_exception(void **state)
{
    (void)state;
    begin();
    int32_t i = indicator(0, fixed(500));
    clause_of(i, truth(1, 1), fixed(300), 0);
    clause_of(i, truth(1, 1), fixed(200), 1);
    score("");
    assert_int_equal(plan->indicators[0].clause_count, 3);
    assert_int_equal(plan->indicators[0].clauses[0], 2);
    assert_int_equal(plan->indicators[0].clauses[1], 1);
    assert_int_equal(plan->indicators[0].clauses[2], 0);
    CHECK(got.indicators[0], 200, 200);
    s.clauses[0].exception_to = 2; /* a circle, which the compiler refuses: any order, no hang */
    score("");
    assert_int_equal(plan->indicators[0].clause_count, 3);
    s.clauses[0].exception_to = -1;
    s.clauses[2].to = s.day - 1; /* no longer in force */
    score("");
    assert_int_equal(plan->indicators[0].clause_count, 2);
    CHECK(got.indicators[0], 300, 300);
}

static void test_limits(void **state)
{
    (void)state;
    begin();
    int32_t i = indicator(0, points(-100, 1000));
    s.indicators[i].cap = set(400);
    s.indicators[i].floor = set(50);
    score("person ? 900");
    CHECK(got.indicators[0], 400, 400);
    score("person ? -20");
    CHECK(got.indicators[0], 50, 50);
    score("person ? ?");
    CHECK(got.indicators[0], 50, 400);
    s.indicators[i].has_if_unknown = true;
    s.indicators[i].if_unknown_from = s.day;
    s.indicators[i].if_unknown_value = 70;
    score("person ? ?");
    CHECK(got.indicators[0], 70, 70);
    s.indicators[i].if_unknown_from = s.day + 1;
    score("person ? ?");
    CHECK(got.indicators[0], 50, 400);
    score("person ? 60");
    CHECK(got.indicators[0], 60, 60);
}

/* A cap that is a parameter. */
static void test_limit_parameter(void **state)
{
    (void)state;
    begin();
    int32_t i = indicator(0, points(-100, 1000));
    s.params[0] = (struct rule_param){.values = s.param_values, .value_count = 1};
    s.param_values[0] = (struct rule_param_value){DATE_OPEN_START, DATE_OPEN_END, 250, 0, {0}};
    s.r.param_count = 1;
    s.indicators[i].cap = (struct rule_amount){.is_set = true, .param = 0};
    score("person ? 900");
    CHECK(got.indicators[0], 250, 250);
}

/* --- groups --- */

/* TEST-OF: forms T5: 77.25 + min(213, 200) - 15 */
static void test_t5(void **state)
{
    (void)state;
    begin();
    int32_t common = group(0, COMBINE_SUM, false), local = group(0, COMBINE_SUM, false);
    int32_t deduction = group(0, COMBINE_SUM, true);
    s.groups[local].cap = set(20000);
    s.groups[0].floor = set(0);
    indicator(common, fixed(7725));
    indicator(local, fixed(21300));
    indicator(deduction, fixed(1500));
    score("");
    CHECK(got.total, 26225, 26225);
    CHECK(got.groups[2], 20000, 20000);
    CHECK(got.groups[3], 1500, 1500);
    s.clauses[2].body = fixed(99999);
    score("");
    CHECK(got.total, 0, 0); /* never below 0 */
}

/* TEST-OF: forms T6: 77.25 + min(163, 150) + 38 - 20 */
static void test_t6(void **state)
{
    (void)state;
    begin();
    int32_t common = group(0, COMBINE_SUM, false), local = group(0, COMBINE_SUM, false);
    int32_t deduction = group(0, COMBINE_SUM, true);
    int32_t city = group(local, COMBINE_SUM, false), county = group(local, COMBINE_SUM, false);
    s.groups[local].cap = set(20000);
    s.groups[city].cap = set(15000);
    s.groups[county].cap = set(5000);
    indicator(common, fixed(7725));
    indicator(city, fixed(16300));
    indicator(county, fixed(3800));
    indicator(deduction, fixed(2000));
    score("");
    CHECK(got.total, 24525, 24525);
}

static void test_groups(void **state)
{
    (void)state;
    begin();
    int32_t best = group(0, COMBINE_HIGHEST, false), empty = group(0, COMBINE_SUM, false);
    int32_t minus = group(best, COMBINE_SUM, true);
    indicator(best, points(100, 900));
    indicator(best, fixed(300));
    indicator(minus, fixed(50));
    score("person ? ?");
    CHECK(got.groups[1], 250, 850); /* the highest, then what is deducted */
    CHECK(got.groups[2], 0, 0);
    (void)empty;
    score("person ? 200");
    CHECK(got.groups[1], 250, 250);
    s.groups[best].floor = set(400);
    score("person ? 200");
    CHECK(got.groups[1], 400, 400);
    /* nothing but a deduction */
    s.clauses[0].to = s.clauses[1].to = s.day - 1;
    s.indicators[0].to = s.indicators[1].to = s.day - 1;
    s.groups[best].floor = none;
    score("");
    CHECK(got.groups[1], -50, -50);
}

static void test_overflow(void **state)
{
    (void)state;
    begin();
    int32_t minus = group(0, COMBINE_SUM, true);
    indicator(0, fixed(INT64_MAX));
    indicator(0, fixed(1));
    score("");
    assert_int_equal(got.error, ERR_OVERFLOW);
    assert_int_equal(got.status, STATUS_ERROR);
    CHECK(got.total, 0, 0);
    assert_null(trace);
    s.clauses[0].body = fixed(INT64_MIN);
    s.indicators[1].group = minus;
    score("");
    assert_int_equal(got.error, ERR_OVERFLOW);
    s.indicators[1].group = 0;
    s.indicators[0].combine = COMBINE_SUM;
    s.clauses[0].body = fixed(INT64_MAX);
    s.indicators[0].clause_count = 2;
    score("");
    assert_int_equal(got.error, ERR_OVERFLOW);
}

/* --- vetoes and freezes --- */

static void test_veto_parts(void **state)
{
    (void)state;
    begin();
    int32_t part = group(0, COMBINE_SUM, false);
    indicator(part, fixed(100));
    indicator(part, fixed(30));
    veto(-1, 0, false, truth(1, 1));
    score("");
    CHECK(got.indicators[0], 0, 0);
    CHECK(got.total, 30, 30);
    CHECK(trace->groups[0].steps.free, 130, 130); /* had there been no veto */
    assert_int_equal(trace->indicators[0].steps.veto, 0);
    s.vetoes[0].cond = truth(0, 1);
    score("person ? ?");
    CHECK(got.indicators[0], 0, 100);
    s.vetoes[0].cond = truth(0, 0);
    score("");
    CHECK(got.indicators[0], 100, 100);
    assert_int_equal(trace->indicators[0].steps.veto, -1);
    s.vetoes[0].indicator = -1;
    s.vetoes[0].group = part;
    s.vetoes[0].cond = truth(1, 1);
    score("");
    CHECK(got.groups[1], 0, 0);
    CHECK(got.total, 0, 0);
    assert_int_equal(got.status, STATUS_IN_FORCE_DEFAULT);
}

static void test_veto_all(void **state)
{
    (void)state;
    begin();
    indicator(0, fixed(100));
    veto(-1, -1, false, truth(1, 1));
    score("");
    CHECK(got.total, 0, 0);
    CHECK(got.indicators[0], 100, 100);
    assert_int_equal(got.status, STATUS_VETOED);
    s.vetoes[0].cond = truth(0, 1);
    score("person ? ?");
    CHECK(got.total, 0, 100);
    assert_int_equal(got.status, STATUS_IN_FORCE_DEFAULT);
    s.vetoes[0].freezes = true;
    s.vetoes[0].cond = truth(1, 1);
    score("");
    CHECK(got.total, 100, 100);
    assert_int_equal(got.status, STATUS_FROZEN);
    s.vetoes[0].from = s.day + 1;
    score("");
    assert_int_equal(got.status, STATUS_IN_FORCE_DEFAULT);
}

static void test_gates(void **state)
{
    (void)state;
    begin();
    indicator(0, fixed(100));
    s.gates[0] =
        (struct rule_gate){.cond = truth(0, 1), .from = DATE_OPEN_START, .to = DATE_OPEN_END};
    s.gates[1] = s.gates[0];
    s.gates[1].to = s.day - 1;
    s.gates[2] = s.gates[0];
    s.gates[2].cond = truth(1, 1);
    s.r.gate_count = 3;
    score("person ? ?");
    assert_int_equal(plan->gate_count, 2);
    CHECK(got.gates[0], 0, 1);
    CHECK(got.gates[1], 1, 1);
}

/* --- force --- */

struct force_case {
    const char *facts;
    int32_t status;
    bool in_force;
    int64_t lo, hi;
};

/* TEST-OF: registers §3 reading 6 */
static void test_force(void **state)
{
    static const struct force_case rows[] = {
        {"permit 0 2026-03-01 - 330106", 0, true, 100, 100},
        {"permit 1 2026-03-01 - 330106", 1, false, 0, 0},
        {"", 2, false, 0, 0},
        {"permit 0 2026-03-02 - 330106", 2, false, 0, 0},
        {"permit 0 2025-01-01 2026-03-01 330106", 2, false, 0, 0},
        {"permit 0 2025-01-01 2026-03-02 330106", 0, true, 100, 100},
        {"permit 0 2025-01-01 2026-03-01 330106;permit 1 2026-03-01 - 330106", 1, false, 0, 0},
        {"permit ? 2026-03-01 - 330106", STATUS_UNKNOWN, true, 0, 100},
        {"permit 0 ? - 330106", STATUS_UNKNOWN, true, 0, 100},
        {"permit 1 2025-01-01 ? 330106", STATUS_UNKNOWN, true, 0, 100},
        {"permit 0 ? - 330106;permit 0 2025-01-01 - 330106", 0, true, 100, 100},
        {"!permit", STATUS_UNKNOWN, true, 0, 100},
    };
    (void)state;
    begin();
    force();
    indicator(0, fixed(100));
    for (size_t i = 0; i < COUNT(rows); i++) {
        score(rows[i].facts);
        assert_int_equal(got.status, rows[i].status);
        assert_int_equal(got.in_force, rows[i].in_force);
        CHECK(got.total, rows[i].lo, rows[i].hi);
        CHECK(got.groups[0], 100, 100); /* the parts stay */
    }
    veto(-1, -1, false, truth(1, 1));
    score("permit 1 2026-03-01 - 330106");
    assert_int_equal(got.status, 1); /* void goes before vetoed */
    score("!permit");
    assert_int_equal(got.status, STATUS_VETOED);
    s.r.regs[R_PERMIT].none_unknown = true;
    s.r.veto_count = 0;
    score("permit 0 2026-03-02 - 330106");
    assert_int_equal(got.status, STATUS_UNKNOWN);
    score("permit 0 2025-01-01 2026-03-01 330106"); /* it existed: an answer */
    assert_int_equal(got.status, 2);
    s.r.force.row_count = 1;
    score("permit 1 2026-03-01 - 330106"); /* no row for the member */
    assert_int_equal(got.status, STATUS_UNKNOWN);
}

static void test_words(void **state)
{
    static const struct {
        int32_t status;
        const char *word, *zh;
    } rows[] = {{STATUS_UNKNOWN, "unknown", "效力待定"},
                {STATUS_FROZEN, "frozen", "已冻结"},
                {STATUS_VETOED, "vetoed", "一票否决"},
                {STATUS_ERROR, "ERROR", "数据有误"},
                {STATUS_IN_FORCE_DEFAULT, "in_force", "有效"},
                {0, "in_force", "有效（permit：valid）"},
                {1, "void_suspended", "失效（permit：suspended）"},
                {2, "no_permit", "失效（permit：无记录）"},
                {99, "ERROR", "数据有误"}};
    (void)state;
    force();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;
        struct str word = score_status_word(&s.r, rows[i].status);
        assert_true(str_eq(word, str_from_c(rows[i].word)));
        buf_init(&b, 0);
        score_status_add_text(&b, &s.r, rows[i].status, LANG_ZH);
        assert_true(str_eq(buf_str(&b), str_from_c(rows[i].zh)));
        buf_done(&b);
    }
    struct buf b;
    buf_init(&b, 0);
    score_status_add_text(&b, &s.r, 1, LANG_EN);
    score_status_add_text(&b, &s.r, 2, LANG_EN);
    score_status_add_text(&b, &s.r, 0, LANG_EN);
    assert_true(
        str_eq(buf_str(&b),
               STR("void (permit: suspended)void (permit: no record)in force (permit: valid)")));
    buf_done(&b);
}

/* --- errors --- */

static void test_bad_person(void **state)
{
    (void)state;
    begin();
    indicator(0, fixed(100));
    score("person - 1;person - 2");
    assert_int_equal(got.error, ERR_ROWS);
    assert_int_equal(got.status, STATUS_ERROR);
    assert_false(got.in_force);
}

/* --- plans --- */

static void add_scheme(uint32_t at, enum layer layer, int32_t division, int32_t parent)
{
    s.schemes[at] = s.schemes[0];
    s.schemes[at].layer = layer;
    s.schemes[at].division = division;
    s.schemes[at].parent = parent;
    if (s.r.scheme_count <= at) s.r.scheme_count = at + 1;
}

static void test_layers(void **state)
{
    (void)state;
    begin();
    force();
    add_scheme(1, LAYER_CITY, 330100, 0);
    add_scheme(2, LAYER_COUNTY, 330106, 1);
    int32_t local = group(0, COMBINE_SUM, false);
    indicator(0, fixed(100));
    s.indicators[indicator(local, fixed(20))].scheme = 1;
    s.indicators[indicator(local, fixed(3))].scheme = 2;
    s.clauses[1].scheme = 1;
    s.clauses[2].scheme = 2;
    score_at("permit 0 2025-01-01 - 330106", 0);
    CHECK(got.total, 100, 100);
    score_at("permit 0 2025-01-01 - 330106", 1);
    CHECK(got.total, 120, 120);
    score_at("permit 0 2025-01-01 - 330106", 2);
    CHECK(got.total, 123, 123);
    s.schemes[1].source.to = s.day - 1; /* the city's part has ended */
    score_at("permit 0 2025-01-01 - 330106", 2);
    CHECK(got.total, 103, 103);
    s.groups[local].to = s.day - 1; /* the group, and all that stands in it */
    score_at("permit 0 2025-01-01 - 330106", 2);
    CHECK(got.total, 100, 100);
    assert_int_equal(plan->indicator_count, 1);
}

static void test_home(void **state)
{
    static const struct {
        const char *facts;
        int32_t division, scheme;
    } rows[] = {{"permit 0 2025-01-01 - 330106", 330106, 2},
                {"permit 0 2025-01-01 - 330110", 330110, 1},
                {"permit 1 2025-01-01 - 330106", 330106, 2}, /* void, still at home */
                {"permit 0 2025-01-01 - 330203", 330203, 0},
                {"permit 0 2020-01-01 - 330103", 330103, 3}, /* Gongshu took Xiacheng over */
                {"permit 0 2020-01-01 - 330104", 330104, 1}, /* Jianggan was split: the city's */
                {"permit 0 2025-01-01 - 310115", 310115, 0},
                {"permit 0 ? - 330106;permit 0 2025-01-01 - 330110", 0, 0},
                {"permit 0 2025-01-01 - ?", 0, 0},
                {"", 0, 0},
                {"!permit", 0, 0}};
    (void)state;
    force();
    add_scheme(1, LAYER_CITY, 330100, 0);
    add_scheme(2, LAYER_COUNTY, 330106, 1);
    add_scheme(3, LAYER_COUNTY, 330105, 1);
    add_scheme(4, LAYER_COUNTY, 330104, 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct population p;
        assert_int_equal(small_population(&s, rows[i].facts, &p), ERR_OK);
        struct home h = home_of(&p, 0, s.day, s.day);
        assert_int_equal(h.division, rows[i].division);
        assert_int_equal(h.scheme, rows[i].scheme);
    }
}

static void test_none_in_force(void **state)
{
    (void)state;
    begin();
    indicator(0, fixed(100));
    score_at("", -1);
    assert_true(plan->has_none_in_force);
    assert_int_equal(got.error, ERR_NOT_FOUND);
    s.schemes[0].source.to = s.day - 1;
    score_at("", 0);
    assert_true(plan->has_none_in_force);
    s.schemes[0].source.to = s.day;
    s.groups[0].to = s.day - 1; /* a scheme without its total */
    score_at("", 0);
    assert_true(plan->has_none_in_force);
    assert_int_equal(got.error, ERR_NOT_FOUND);
}

static void test_veto_in_plan(void **state)
{
    (void)state;
    begin();
    int32_t part = group(0, COMBINE_SUM, false);
    indicator(part, fixed(100));
    indicator(0, fixed(10));
    veto(part, -1, false, truth(1, 1));
    veto(-1, 0, false, truth(1, 1));
    veto(-1, 1, false, truth(1, 1));
    s.groups[part].to = s.day - 1;
    score("");
    assert_int_equal(plan->veto_count, 1); /* those of what is not in force do not apply */
    CHECK(got.total, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_clauses),
        CASE(test_exception),
        CASE(test_limits),
        CASE(test_limit_parameter),
        CASE(test_t5),
        CASE(test_t6),
        CASE(test_groups),
        CASE(test_overflow),
        CASE(test_veto_parts),
        CASE(test_veto_all),
        CASE(test_gates),
        CASE(test_force),
        CASE(test_words),
        CASE(test_bad_person),
        CASE(test_layers),
        CASE(test_home),
        CASE(test_none_in_force),
        CASE(test_veto_in_plan),
    };
    return RUN(tests);
}
