/* The public interface alone: what it refuses, what it says, that totals are scores, that order of
 * arrival never shows.
 *
 * embed_test RULES-FOLDER */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jifen.h>

#define DAY "2026-03-01"

static const char *folder;
static struct jifen_rules *rules;

static int setup(void **state)
{
    (void)state;
    return jifen_rules_load(folder, JIFEN_EN, &rules, NULL);
}

static int teardown(void **state)
{
    (void)state;
    jifen_rules_free(rules);
    return 0;
}

static int add(struct jifen_people *p, const char *who, const char *reg, const char *field,
               const char *cell, char **message)
{
    return jifen_people_add(p, who, reg, &field, &cell, 1, message);
}

static void add_permit(struct jifen_people *p, const char *who)
{
    const char *fields[] = {"division", "status", "from"};
    const char *cells[] = {"330106", "valid", "2020-01-01"};
    assert_int_equal(jifen_people_add(p, who, "permit", fields, cells, 3, NULL), JIFEN_OK);
}

static struct jifen_people *three(const char *const order[3])
{
    struct jifen_people *p;

    assert_int_equal(jifen_people_new(rules, DAY, &p), JIFEN_OK);
    for (int i = 0; i < 3; i++) {
        const char *born = order[i][0] == 'a' ? "1990-05-17" : "1965-01-01";
        assert_int_equal(add(p, order[i], "person", "birth_date", born, NULL), JIFEN_OK);
        add_permit(p, order[i]);
        if (order[i][0] != 'c')
            assert_int_equal(add(p, order[i], "education", "level", "bachelor", NULL), JIFEN_OK);
    }
    assert_int_equal(jifen_people_answered(p, "skill"), JIFEN_OK);
    assert_int_equal(jifen_people_close(p, NULL), JIFEN_OK);
    return p;
}

static void bad_input_is_named(void **state)
{
    const struct {
        const char *reg, *field, *cell, *told;
    } rows[] = {{"wizardry", "level", "1", "wizardry"},
                {"education", "height", "1", "height"},
                {"education", "level", "wizard", "education.level"},
                {"person", "birth_date", "1990-02-30", "person.birth_date"},
                {"person", "birth_date", "", "person.birth_date"}};
    struct jifen_people *p;
    char *message;

    (void)state;
    assert_int_equal(jifen_people_new(rules, DAY, &p), JIFEN_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(add(p, "a", rows[i].reg, rows[i].field, rows[i].cell, &message),
                         JIFEN_BAD_INPUT);
        assert_non_null(message);
        assert_non_null(strstr(message, rows[i].told));
        jifen_text_free(message);
    }
    assert_int_equal(jifen_people_close(p, NULL), JIFEN_OK);
    assert_int_equal(jifen_people_count(p), 0); /* nothing of them was kept */
    jifen_people_free(p);
}

static void bad_days_paths_and_positions_are_refused(void **state)
{
    const char *const order[] = {"a", "b", "c"};
    struct jifen_people *p = three(order), *other;
    struct jifen_rules *none;
    struct jifen_score *s;
    char *message;
    size_t at;

    (void)state;
    assert_int_equal(jifen_people_new(rules, "2026-13-01", &other), JIFEN_BAD_INPUT);
    assert_int_equal(jifen_score_new(p, 0, "yesterday", &s), JIFEN_BAD_INPUT);
    assert_int_equal(jifen_score_new(p, 3, DAY, &s), JIFEN_NOT_FOUND);
    assert_int_equal(jifen_people_find(p, "d", &at), JIFEN_NOT_FOUND);
    assert_null(jifen_people_name(p, 3, &at));
    assert_int_equal(jifen_score_new(p, 0, "1999-01-01", &s), JIFEN_NOT_IN_FORCE);
    assert_int_equal(jifen_rules_load("/nowhere", JIFEN_ZH, &none, &message), JIFEN_NOT_FOUND);
    assert_non_null(strstr(message, "/nowhere"));
    jifen_text_free(message);
    jifen_people_free(p);
}

static void rows_come_before_closing_and_scores_after(void **state)
{
    struct jifen_people *p;
    struct jifen_score *s;
    struct jifen_total t[1];
    struct jifen_forecast *f;
    char *text;

    (void)state;
    assert_int_equal(jifen_people_new(rules, DAY, &p), JIFEN_OK);
    assert_int_equal(add(p, "a", "person", "birth_date", "1990-05-17", NULL), JIFEN_OK);
    assert_int_equal(jifen_score_new(p, 0, DAY, &s), JIFEN_WRONG_TIME);
    assert_int_equal(jifen_totals(p, DAY, 1, t), JIFEN_WRONG_TIME);
    assert_int_equal(jifen_forecast_new(p, 0, DAY, "2030-01-01", NULL, &f, NULL), JIFEN_WRONG_TIME);
    assert_int_equal(jifen_advise(p, 0, DAY, NULL, 0, 0, 0, &text), JIFEN_WRONG_TIME);
    assert_int_equal(jifen_people_count(p), 0);
    assert_int_equal(jifen_people_close(p, NULL), JIFEN_OK);
    assert_int_equal(jifen_people_close(p, NULL), JIFEN_WRONG_TIME);
    assert_int_equal(add(p, "a", "person", "birth_date", "1990-05-17", NULL), JIFEN_WRONG_TIME);
    assert_int_equal(jifen_people_answered(p, "skill"), JIFEN_WRONG_TIME);
    jifen_people_free(p);
}

/* Each person by the interpreter, all of them by the column machine. */
static void totals_are_the_scores(void **state)
{
    const char *const order[] = {"b", "a", "c"};
    struct jifen_people *p = three(order);
    struct jifen_total totals[3];

    (void)state;
    assert_int_equal(jifen_people_count(p), 3);
    assert_int_equal(jifen_totals(p, DAY, 2, totals), JIFEN_OK);
    for (size_t i = 0; i < 3; i++) {
        struct jifen_score *s;
        assert_int_equal(jifen_score_new(p, i, DAY, &s), JIFEN_OK);
        const struct jifen_points one = jifen_score_total(s);
        assert_int_equal(totals[i].status, JIFEN_OK);
        assert_int_equal(totals[i].in_force, jifen_score_in_force(s));
        assert_int_equal(totals[i].points.lo, one.lo);
        assert_int_equal(totals[i].points.hi, one.hi);
        jifen_score_free(s);
    }
    jifen_people_free(p);
}

static char *everything(const struct jifen_people *p, size_t at)
{
    char *text;
    assert_int_equal(jifen_explain(p, at, DAY, JIFEN_ZH, JIFEN_JSON, &text), JIFEN_OK);
    return text;
}

static void the_order_of_arrival_never_shows(void **state)
{
    const char *const one[] = {"a", "b", "c"}, *const other[] = {"c", "a", "b"};
    struct jifen_people *p = three(one), *q = three(other);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *x = everything(p, i), *y = everything(q, i);
        assert_string_equal(x, y);
        jifen_text_free(x);
        jifen_text_free(y);
    }
    jifen_people_free(p);
    jifen_people_free(q);
}

static void silence_is_an_interval_and_a_name_has_its_title(void **state)
{
    const char *const order[] = {"a", "b", "c"};
    struct jifen_people *p = three(order);
    struct jifen_score *s;
    bool met = false;

    (void)state;
    assert_int_equal(jifen_score_new(p, 0, DAY, &s), JIFEN_OK);
    for (size_t i = 0; i < jifen_score_lines(s); i++) {
        if (strcmp(jifen_score_line_name(s, i), "pension") != 0) continue;
        const struct jifen_points v = jifen_score_line_points(s, i);
        met = true;
        assert_int_equal(v.lo, 0);
        assert_true(v.hi > 0);
        assert_string_equal(jifen_score_line_title(s, i, JIFEN_EN), "pension");
        assert_string_equal(jifen_score_line_title(s, i, JIFEN_ZH), "社保缴纳");
    }
    assert_true(met);
    assert_null(jifen_score_line_name(s, 1000));
    assert_int_equal(strlen(jifen_rules_hash(rules)), 64);
    jifen_score_free(s);
    jifen_people_free(p);
}

/* The curve is a list of scores: each step's total is that of its day and, as rules stand, of every
 * day until the next. */
static void a_forecast_is_a_list_of_scores(void **state)
{
    const char *const order[] = {"a", "b", "c"};
    struct jifen_people *p = three(order);
    struct jifen_forecast *f;

    (void)state;
    for (size_t at = 0; at < 3; at++) {
        assert_int_equal(jifen_forecast_new(p, at, DAY, "2046-03-01", NULL, &f, NULL), JIFEN_OK);
        assert_string_equal(jifen_forecast_day(f, 0), DAY);
        for (size_t i = 0; i <= jifen_forecast_changes(f); i++) {
            const struct jifen_points total = jifen_forecast_total(f, i);
            struct jifen_score *s;
            const int status = jifen_score_new(p, at, jifen_forecast_day(f, i), &s);
            if (status == JIFEN_NOT_IN_FORCE) continue; /* the rules have ended */
            assert_int_equal(status, JIFEN_OK);
            assert_int_equal(total.lo, jifen_score_total(s).lo);
            assert_int_equal(total.hi, jifen_score_total(s).hi);
            assert_string_equal(jifen_forecast_status(f, i), jifen_score_status(s));
            jifen_score_free(s);
        }
        const size_t none = jifen_forecast_changes(f) + 1;
        assert_null(jifen_forecast_day(f, none));
        assert_null(jifen_forecast_status(f, none));
        assert_int_equal(jifen_forecast_total(f, none).hi, 0);
        jifen_forecast_free(f);
    }
    jifen_people_free(p);
}

static void texts_outlive_what_they_were_made_of(void **state)
{
    const char *const order[] = {"a", "b", "c"};
    struct jifen_people *p = three(order);
    struct jifen_forecast *f;
    char *ahead, *advice, *prose;

    (void)state;
    assert_int_equal(jifen_forecast_new(p, 0, DAY, "2030-01-01", "pension", &f, NULL), JIFEN_OK);
    assert_int_equal(jifen_forecast_text(f, JIFEN_EN, JIFEN_JSON, &ahead), JIFEN_OK);
    assert_int_equal(jifen_advise(p, 0, DAY, "60", 1, JIFEN_EN, JIFEN_JSON, &advice), JIFEN_OK);
    assert_int_equal(jifen_advise(p, 0, DAY, NULL, 0, JIFEN_ZH, JIFEN_PROSE, &prose), JIFEN_OK);
    jifen_forecast_free(f);
    jifen_people_free(p);
    assert_non_null(strstr(ahead, "\"format\": \"jifen.forecast.1\""));
    assert_non_null(strstr(advice, "\"scored\": true"));
    assert_non_null(strstr(prose, "2026年3月1日"));
    jifen_text_free(ahead);
    jifen_text_free(advice);
    jifen_text_free(prose);
}

static void days_to_come_are_after_the_day(void **state)
{
    const char *const order[] = {"a", "b", "c"};
    const char *const lasts[] = {DAY, "2026-02-28", "soon", "2126-03-02"};
    struct jifen_people *p = three(order);
    struct jifen_forecast *f;
    char *message, *text;

    (void)state;
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        assert_int_equal(jifen_forecast_new(p, 0, DAY, lasts[i], NULL, &f, &message),
                         JIFEN_BAD_INPUT);
        assert_non_null(strstr(message, lasts[i]));
        jifen_text_free(message);
    }
    assert_int_equal(jifen_forecast_new(p, 0, DAY, "2030-01-01", "education", &f, &message),
                     JIFEN_BAD_INPUT);
    assert_non_null(strstr(message, "education"));
    jifen_text_free(message);
    assert_int_equal(jifen_forecast_new(p, 3, DAY, "2030-01-01", NULL, &f, NULL), JIFEN_NOT_FOUND);
    assert_int_equal(jifen_forecast_new(p, 0, "1999-01-01", "1999-03-01", NULL, &f, NULL),
                     JIFEN_NOT_IN_FORCE);
    assert_int_equal(jifen_advise(p, 3, DAY, NULL, 0, JIFEN_EN, JIFEN_JSON, &text),
                     JIFEN_NOT_FOUND);
    assert_int_equal(jifen_advise(p, 0, DAY, "many", 0, JIFEN_EN, JIFEN_JSON, &text),
                     JIFEN_BAD_INPUT);
    assert_int_equal(jifen_advise(p, 0, "1999-01-01", NULL, 0, JIFEN_EN, JIFEN_JSON, &text),
                     JIFEN_NOT_IN_FORCE);
    jifen_people_free(p);
}

static void nothing_is_freed_without_harm(void **state)
{
    (void)state;
    jifen_rules_free(NULL);
    jifen_people_free(NULL);
    jifen_score_free(NULL);
    jifen_forecast_free(NULL);
    jifen_text_free(NULL);
    assert_string_equal(jifen_status_text(JIFEN_OK), "ok");
    assert_string_equal(jifen_status_text(-1), "unknown status");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(bad_days_paths_and_positions_are_refused),
        cmocka_unit_test(rows_come_before_closing_and_scores_after),
        cmocka_unit_test(totals_are_the_scores),
        cmocka_unit_test(the_order_of_arrival_never_shows),
        cmocka_unit_test(silence_is_an_interval_and_a_name_has_its_title),
        cmocka_unit_test(a_forecast_is_a_list_of_scores),
        cmocka_unit_test(texts_outlive_what_they_were_made_of),
        cmocka_unit_test(days_to_come_are_after_the_day),
        cmocka_unit_test(nothing_is_freed_without_harm),
    };

    if (argc != 2) return 2;
    folder = argv[1];
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("embed", tests, setup, teardown);
}
