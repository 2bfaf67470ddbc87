/* Forecasts of made-up residents: every kind of reason, assumptions, rules by date, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "compiled.h"
#include "engine/forecast.h"

#define MATTER 0

static const char clauses[] =
    "登记 社保 (pension) 由 \"人社\" / \"Labour\":\n"
    "  起月 (from_month): 月份 始\n"
    "  止月 (to_month): 月份 终\n"
    "参数 月分 (rate):\n"
    "  自 2020年1月1日 起至 2026年12月31日 止 0.5分\n"
    "  自 2027年1月1日 起 1分\n"
    "组 甲 (plus) 归 总积分\n"
    "组 乙 (minus) 归 总积分 扣\n"
    "指标 年龄 (age) 归 甲:\n"
    "  分段 周岁(人员.出生日期):\n"
    "    不足 40周岁: 20分\n"
    "    40周岁 以上: 5分\n"
    "指标 社保分 (paid) 归 甲:\n"
    "  每满 1个月 月数(社保) 得 月分 封顶 30分\n"
    "指标 服务分 (served) 归 甲:\n"
    "  每满 1个月 月数(服务 余日 30天) 得 0.25分 封顶 10分\n"
    "指标 扣罚 (fined) 归 乙 封顶 30分:\n"
    "  逐条 处罚 有效期 2年: 3分\n"
    "指标 学分 (studied) 归 甲 若未知 自 2026年6月1日 起 计 2分:\n"
    "  按 最高(学业.层级别 无则 低):\n"
    "    高: 8分\n"
    "    其他: 3分\n"
    "指标 连续 (steady) 归 甲:\n"
    "  每满 1个月 连续月数(社保 间断 至多 2个月) 得 0.1分 封顶 5分\n"
    "指标 本年学业 (this_year) 归 甲:\n"
    "  若 有(学业 本年): 1分\n"
    "  否则: 0分\n"
    "否决 年龄 当 有(处罚 当 处罚.金额 至少 5万元 近 1年) 理由 \"重罚\" / \"heavily fined\"\n"
    "```\n";

static struct compiled c;
static struct arena a;
static struct resident person;

static const char *schema_path, *validator_path;

static int setup(void **state)
{
    char text[8192];
    (void)state;
    snprintf(text, sizeof text, "%s%s", compiled_head, clauses);
    compiled_text(&c, text);
    arena_init(&a, 0);
    const struct resident none = {.rules = c.r, .silent = ARENA_ARRAY(&a, bool, c.r->reg_count)};
    assert_int_equal(resident_copy(&a, &none, 16, &person), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&a);
    compiled_done(&c);
    return 0;
}

static int32_t date(const char *text)
{
    int32_t d;
    assert_int_equal(date_parse(str_from_c(text), &d), ERR_OK);
    return d;
}

static int64_t month(const char *text)
{
    int32_t m;
    assert_int_equal(month_parse(str_from_c(text), &m), ERR_OK);
    return m;
}

static int32_t reg_named(const char *name)
{
    for (uint32_t i = 0; i < c.r->reg_count; i++)
        if (str_eq(c.r->regs[i].name.ascii, str_from_c(name))) return (int32_t)i;
    fail_msg("no register %s", name);
    return -1;
}

static void add(const char *reg, const int64_t *values)
{
    struct resident_fact *f = &person.facts[person.fact_count++];
    f->reg = reg_named(reg);
    const uint32_t n = c.r->regs[f->reg].field_count;
    f->values = ARENA_ARRAY(&a, int64_t, n);
    f->known = ARENA_ARRAY(&a, bool, n);
    memcpy(f->values, values, n * sizeof *values);
    for (uint32_t i = 0; i < n; i++)
        f->known[i] = true;
}
#define ADD(reg, ...) add(reg, (const int64_t[]){__VA_ARGS__})

static void born(const char *day)
{
    ADD("person", date(day));
    ADD("permit", 330106, 0, date("2020-01-01"), DATE_OPEN_END);
}

static void study(const char *day, int64_t level)
{
    const int32_t r = reg_named("study");
    int64_t v[2];
    assert_int_equal(c.r->regs[r].field_count, 2);
    v[0] = level;
    v[1] = date(day);
    add("study", v);
}

static struct population people(void)
{
    struct population p;
    assert_int_equal(resident_population(&a, &person, &p, NULL), ERR_OK);
    return p;
}

static struct population kept; /* what the forecast of the test points to */

static const struct forecast *forecast_of(const char *day, const char *last, int32_t rule_day)
{
    const struct forecast *f = NULL;
    const struct forecast_options o = {.day = date(day), .last = date(last), .rule_day = rule_day};
    kept = people();
    assert_int_equal(forecast_person(&a, &kept, 0, &o, &f), ERR_OK);
    return f;
}

static const struct forecast *follow(const char *day, const char *last)
{
    return forecast_of(day, last, FORECAST_RULES_FOLLOW);
}

static const struct forecast_item *item(const struct forecast *f, uint32_t change, const char *name)
{
    assert_true(change < f->change_count);
    const struct forecast_change *x = &f->changes[change];
    for (uint32_t i = 0; i < x->item_count; i++)
        if (str_eq(c.r->indicators[x->items[i].indicator].name.ascii, str_from_c(name)))
            return &x->items[i];
    fail_msg("%s does not change then", name);
    return NULL;
}

/* The change of that number: its day, one indicator of it from .. to in 1/100 points, and why. */
static void expect(const struct forecast *f, uint32_t change, const char *day, const char *name,
                   int64_t from, int64_t to, enum until_why why)
{
    const struct forecast_item *i = item(f, change, name);
    assert_int_equal(f->changes[change].after->day, date(day));
    assert_int_equal(i->from.lo, from);
    assert_int_equal(i->to.lo, to);
    assert_int_equal(i->reason.why.why, why);
}

/* --- reasons --- */

static void birthday(void **state)
{
    (void)state;
    born("1988-02-29");
    const struct forecast *f = follow("2026-03-01", "2046-03-01");
    assert_int_equal(f->change_count, 1);
    expect(f, 0, "2028-02-29", "age", 2000, 500, UNTIL_BIRTHDAY);
    assert_true(item(f, 0, "age")->reason.clause >= 0);
}

static void months(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("service", date("2026-01-31"), date("2026-04-15"), MATTER);
    const struct forecast *f = follow("2026-02-01", "2026-12-31");
    assert_int_equal(f->change_count,
                     2); /* the 30 days left on 15 April would be a month of its own */
    expect(f, 0, "2026-03-01", "served", 0, 25, UNTIL_MONTH_FULL);
    expect(f, 1, "2026-03-31", "served", 25, 50, UNTIL_MONTH_FULL);
}

static void month_turns_and_gap(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("pension", month("2026-02"), month("2026-04"));
    const struct forecast *f = follow("2026-03-10", "2026-12-31");
    assert_int_equal(f->change_count, 2);
    expect(f, 0, "2026-04-01", "paid", 100, 150, UNTIL_MONTH_TURNS);
    expect(f, 0, "2026-04-01", "steady", 20, 30, UNTIL_MONTH_TURNS);
    expect(f, 1, "2026-07-01", "steady", 30, 0, UNTIL_GAP_TOO_LONG);
}

static void records(void **state)
{
    (void)state;
    born("2000-01-01");
    study("2026-05-04", 2);
    const struct forecast *f = follow("2026-03-10", "2027-12-31");
    assert_int_equal(f->change_count, 2);
    expect(f, 0, "2026-05-04", "studied", 300, 800, UNTIL_RECORD_BEGINS);
    expect(f, 0, "2026-05-04", "this_year", 0, 100, UNTIL_RECORD_BEGINS);
    assert_int_equal(item(f, 0, "studied")->reason.why.reg, reg_named("study"));
    expect(f, 1, "2027-01-01", "this_year", 100, 0, UNTIL_YEAR_TURNS);
}

static void deduction_expires(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("penalty", date("2024-02-29"), 1, 100);
    const struct forecast *f = follow("2026-02-01", "2027-12-31");
    assert_int_equal(f->change_count, 1);
    expect(f, 0, "2026-03-01", "fined", 300, 0, UNTIL_WINDOW_PASSES);
    assert_true(item(f, 0, "fined")->deducts);
    assert_int_equal(f->changes[0].after->total.lo - f->changes[0].before->total.lo, 300);
}

static void veto_ends(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("penalty", date("2025-10-01"), 1, 6000000);
    const struct forecast *f = follow("2026-02-01", "2027-12-31");
    assert_int_equal(f->change_count, 2);
    expect(f, 0, "2026-10-01", "age", 0, 2000, UNTIL_WINDOW_PASSES);
    assert_int_equal(item(f, 0, "age")->reason.veto, 0);
}

static void unknown_is_settled(void **state)
{
    (void)state;
    born("2000-01-01");
    person.silent[reg_named("study")] = true;
    const struct forecast *f = follow("2026-02-01", "2026-12-31");
    assert_int_equal(f->change_count, 1);
    expect(f, 0, "2026-06-01", "studied", 300, 200, UNTIL_UNKNOWN_SETTLED);
}

static void permit_ends(void **state)
{
    (void)state;
    ADD("person", date("2000-01-01"));
    ADD("permit", 330106, 0, date("2020-01-01"), date("2026-05-01"));
    ADD("permit", 330106, 1, date("2026-05-01"), date("2026-06-01"));
    const struct forecast *f = follow("2026-02-01", "2026-12-31");
    assert_int_equal(f->change_count, 2);
    assert_int_equal(f->changes[0].after->day, date("2026-05-01"));
    assert_true(f->changes[0].status_changes);
    assert_int_equal(f->changes[0].item_count, 0);
    assert_int_equal(f->changes[0].after->total.hi, 0);
    const enum until_why why = f->changes[0].status_reason.why.why;
    assert_true(why == UNTIL_PERMIT_ENDS || why == UNTIL_PERMIT_BEGINS);
    assert_int_equal(f->changes[1].status_reason.why.why, UNTIL_PERMIT_ENDS);
}

/* --- rules by date --- */

static void rules_turn(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("pension", month("2020-01"), month("2020-12"));
    const struct forecast *f = follow("2026-02-01", "2027-12-31");
    assert_int_equal(f->change_count, 1);
    expect(f, 0, "2027-01-01", "paid", 600, 1200, UNTIL_RULE_BEGINS);
    assert_int_equal(item(f, 0, "paid")->reason.rule, RULE_PARAM);
    /* under the rules of one day they do not */
    assert_int_equal(forecast_of("2026-02-01", "2027-12-31", date("2026-02-01"))->change_count, 0);
}

/* Where the rules end the forecast does: no fall to 0, and the same changes until then. */
static void what_comes_after_the_rules_is_not_decided(void **state)
{
    const char *const days[] = {"2026-12-30", "2026-12-31", "2027-01-01", "2028-03-01"};
    const bool ends[] = {false, false, true, true};
    const int32_t end = date("2026-12-31");

    (void)state;
    born("1986-11-05");
    ADD("pension", month("2025-01"), month("2030-01"));
    for (uint32_t i = 0; i < c.r->scheme_count; i++)
        c.r->schemes[i].source.to = end;
    const struct forecast *before = follow("2026-03-01", days[1]);
    assert_true(before->change_count > 2);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const struct forecast *f = follow("2026-03-01", days[i]);
        struct buf b;
        assert_int_equal(f->decided_until, ends[i] ? end : DATE_OPEN_END);
        assert_int_equal(f->change_count, before->change_count);
        for (uint32_t k = 0; k < f->change_count; k++)
            assert_true(forecast_same(c.r, f->changes[k].after, before->changes[k].after));
        for (int lang = LANG_ZH; lang < LANG_COUNT; lang++) {
            buf_init(&b, 0);
            assert_int_equal(forecast_text(f, (enum lang)lang, 80, &b), ERR_OK);
            buf_add_char(&b, '\0');
            assert_int_equal(strstr(b.p, lang == LANG_ZH ? "以后怎样还没有规定" : "not decided") !=
                                 NULL,
                             ends[i]);
            buf_done(&b);
        }
    }
    /* by the rules of one day there is no end, and who is served by none has no end either */
    assert_int_equal(forecast_of("2026-03-01", "2028-03-01", date("2026-03-01"))->decided_until,
                     DATE_OPEN_END);
    const struct forecast *late = follow("2027-03-01", "2028-03-01");
    assert_int_equal(late->start->error, ERR_NOT_FOUND);
    assert_int_equal(late->decided_until, DATE_OPEN_END);
}

static void changes_are_cut(void **state)
{
    const struct forecast *f = NULL;
    struct forecast_options o = {.day = date("2026-03-01"),
                                 .last = date("2046-03-01"),
                                 .rule_day = FORECAST_RULES_FOLLOW,
                                 .changes_max = 3};
    (void)state;
    born("2000-01-01");
    ADD("service", date("2026-01-01"), DATE_OPEN_END, MATTER);
    const struct population p = people();
    assert_int_equal(forecast_person(&a, &p, 0, &o, &f), ERR_OK);
    assert_int_equal(f->change_count, 3);
    assert_true(f->is_cut);
    o.changes_max = 0;
    assert_int_equal(forecast_person(&a, &p, 0, &o, &f), ERR_OK);
    assert_int_equal(f->change_count, 39); /* 38 months more to the cap, and the birthday */
    assert_false(f->is_cut);
}

/* --- assumptions --- */

static void assume(const char *day, const char *reg, bool expected)
{
    bool *wanted = ARENA_ARRAY(&a, bool, c.r->reg_count);
    bool *done = ARENA_ARRAY(&a, bool, c.r->reg_count);
    struct resident longer;

    wanted[reg_named(reg)] = true;
    assert_int_equal(forecast_assume(&a, &person, date(day), wanted, &longer, done), ERR_OK);
    assert_int_equal(done[reg_named(reg)], expected);
    person = longer;
    struct resident room;
    assert_int_equal(resident_copy(&a, &person, 16, &room), ERR_OK);
    person = room;
}

static void what_may_go_on(void **state)
{
    (void)state;
    assert_true(forecast_may_assume(c.r, reg_named("pension")));
    assert_true(forecast_may_assume(c.r, reg_named("service")));
    assert_false(forecast_may_assume(c.r, reg_named("permit"))); /* nobody counts its time */
    assert_false(forecast_may_assume(c.r, reg_named("study")));
    assert_false(forecast_may_assume(c.r, reg_named("person")));
}

static void pension_goes_on(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("pension", month("2026-01"), month("2026-01"));
    const struct population facts = people();
    assume("2026-03-10", "pension", true);
    const struct forecast *f = follow("2026-03-10", "2026-05-31");
    /* February and March stay as they are: not paid */
    assert_int_equal(f->change_count, 2);
    expect(f, 0, "2026-04-01", "paid", 50, 100, UNTIL_RECORD_BEGINS);
    expect(f, 1, "2026-05-01", "paid", 100, 150, UNTIL_MONTH_TURNS);
    /* what the facts alone would have brought is not marked */
    const struct population longer = people();
    const struct forecast_options o = {.day = date("2026-03-10"),
                                       .last = date("2026-05-31"),
                                       .rule_day = FORECAST_RULES_FOLLOW,
                                       .assumed = ARENA_ARRAY(&a, bool, c.r->reg_count),
                                       .plain = &facts};
    assert_int_equal(forecast_person(&a, &longer, 0, &o, &f), ERR_OK);
    assert_true(item(f, 0, "paid")->reason.assumed);
    const struct forecast_options same = {
        .day = o.day, .last = o.last, .rule_day = o.rule_day, .plain = &longer};
    assert_int_equal(forecast_person(&a, &longer, 0, &same, &f), ERR_OK);
    assert_false(item(f, 0, "paid")->reason.assumed);
}

static void pension_that_runs_is_made_longer(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("pension", month("2025-01"), month("2026-03"));
    ADD("pension", month("2020-01"), month("2020-03"));
    const uint32_t before = person.fact_count;
    assume("2026-03-10", "pension", true);
    assert_int_equal(person.fact_count, before);
    const struct forecast *f = follow("2026-03-10", "2026-04-30");
    assert_int_equal(f->change_count, 1);
    expect(f, 0, "2026-04-01", "paid", 900, 950, UNTIL_MONTH_TURNS);
}

static void what_ended_long_ago_stays_so(void **state)
{
    (void)state;
    born("2000-01-01");
    ADD("pension", month("2025-01"), month("2025-11"));
    ADD("service", date("2025-01-01"), date("2026-03-10"), MATTER);
    assume("2026-03-10", "pension", false);
    assume("2026-03-10", "service", false); /* it ended that day */
    assume("2026-03-09", "service", true);
    ADD("penalty", date("2020-01-01"), 1, 1);
    assume("2026-03-09", "penalty", false);
}

/* --- everybody --- */

static void everybody(void **state)
{
    struct population p;
    struct forecast_nexts x, y;
    const struct random_options o = {
        .seed = 7, .persons = 600, .day = date("2026-03-01"), .unknown_per_1000 = 20};
    (void)state;
    assert_int_equal(random_population(&a, c.r, &o, &p), ERR_OK);
    const int32_t from = date("2026-12-20"), to = date("2027-01-20");
    assert_int_equal(forecast_population_by(&a, &p, from, to, FORECAST_RULES_FOLLOW, 3, true, &x),
                     ERR_OK);
    assert_int_equal(forecast_population_by(&a, &p, from, to, FORECAST_RULES_FOLLOW, 3, false, &y),
                     ERR_OK);
    uint32_t changed = 0;
    for (uint32_t i = 0; i < p.count; i++) {
        assert_int_equal(x.day[i], y.day[i]);
        assert_int_equal(x.next_lo[i], y.next_lo[i]);
        assert_int_equal(x.next_hi[i], y.next_hi[i]);
        assert_int_equal(x.next_status[i], y.next_status[i]);
        assert_int_equal(x.total_lo[i], y.total_lo[i]);
        changed += x.day[i] <= to;
    }
    assert_true(changed > 0 && changed < p.count);
    /* a night, and by fixed rules */
    assert_int_equal(forecast_population(&a, &p, from, from + 1, from, 1, &x), ERR_OK);
    assert_int_equal(forecast_population(&a, &p, from, to, from, 2, &y), ERR_OK);
    for (uint32_t i = 0; i < p.count; i++)
        assert_true((x.day[i] == from + 1) == (y.day[i] == from + 1));
}

/* --- saying it --- */

static void write_json(const struct forecast *f, enum lang lang, const char *path)
{
    struct buf b;
    buf_init(&b, 0);
    assert_int_equal(forecast_json(f, lang, lang == LANG_EN, &b), ERR_OK);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(b.p, 1, b.n, file), b.n);
    assert_int_equal(fclose(file), 0);
    buf_done(&b);
}

static void busy_resident(void)
{
    born("1986-05-05");
    study("2026-05-04", 2);
    ADD("pension", month("2025-01"), month("2026-06"));
    ADD("service", date("2026-01-31"), DATE_OPEN_END, MATTER);
    ADD("penalty", date("2025-10-01"), 1, 6000000);
}

static void json_follows_the_schema(void **state)
{
    char folder[] = "/tmp/jifen-forecast-XXXXXX", path[64], command[1024];
    (void)state;
    busy_resident();
    const struct forecast *f = follow("2026-02-01", "2031-02-01");
    assert_non_null(mkdtemp(folder));
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        snprintf(path, sizeof path, "%s/%d.json", folder, lang);
        write_json(f, (enum lang)lang, path);
    }
    snprintf(command, sizeof command, "/usr/bin/python3 %s %s %s", validator_path, schema_path,
             folder);
    const int code = system(command);
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        snprintf(path, sizeof path, "%s/%d.json", folder, lang);
        unlink(path);
    }
    rmdir(folder);
    assert_true(WIFEXITED(code));
    if (WEXITSTATUS(code) == 77) skip(); /* no validator on this machine */
    assert_int_equal(WEXITSTATUS(code), 0);
}

static void text_in_both_languages(void **state)
{
    struct buf b;
    (void)state;
    busy_resident();
    const struct forecast *f = follow("2026-02-01", "2031-02-01");
    buf_init(&b, 0);
    assert_int_equal(forecast_text(f, LANG_ZH, 60, &b), ERR_OK);
    buf_add_char(&b, '\0');
    assert_non_null(strstr(b.p, "下一次变化"));
    assert_non_null(strstr(b.p, "进入新的月份"));
    buf_done(&b);
    buf_init(&b, 0);
    assert_int_equal(forecast_text(f, LANG_EN, 60, &b), ERR_OK);
    buf_add_char(&b, '\0');
    assert_non_null(strstr(b.p, "Next change"));
    assert_non_null(strstr(b.p, "a record begins to count"));
    buf_done(&b);
    buf_init(&b, 0);
    assert_int_equal(forecast_text(follow("2031-02-01", "2031-02-02"), LANG_EN, 60, &b), ERR_OK);
    buf_add_char(&b, '\0');
    assert_non_null(strstr(b.p, "Nothing changes"));
    buf_done(&b);
    buf_init(&b, 100); /* a buffer that is full says so */
    assert_int_equal(forecast_json(f, LANG_ZH, true, &b), ERR_NOMEM);
    buf_done(&b);
}

static void memory_ends(void **state)
{
    const struct forecast_options o = {
        .day = date("2026-02-01"), .last = date("2026-04-01"), .rule_day = FORECAST_RULES_FOLLOW};
    enum err e = ERR_NOMEM;
    (void)state;
    busy_resident();
    const struct population p = people();
    for (uint64_t n = 1; e != ERR_OK; n += 1 + n / 8) {
        const struct forecast *f = NULL;
        struct arena small;
        arena_init(&small, 0);
        small.fail_at = n;
        e = forecast_person(&small, &p, 0, &o, &f);
        assert_true(e == ERR_OK ? f != NULL : e == ERR_NOMEM && f == NULL);
        arena_done(&small);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        CASE(birthday),
        CASE(months),
        CASE(month_turns_and_gap),
        CASE(records),
        CASE(deduction_expires),
        CASE(veto_ends),
        CASE(unknown_is_settled),
        CASE(permit_ends),
        CASE(rules_turn),
        CASE(what_comes_after_the_rules_is_not_decided),
        CASE(changes_are_cut),
        CASE(what_may_go_on),
        CASE(pension_goes_on),
        CASE(pension_that_runs_is_made_longer),
        CASE(what_ended_long_ago_stays_so),
        CASE(everybody),
        CASE(json_follows_the_schema),
        CASE(text_in_both_languages),
        CASE(memory_ends),
    };
    if (argc < 3) return 2;
    schema_path = argv[1];
    validator_path = argv[2];
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
