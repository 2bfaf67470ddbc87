/* A first program with libjifen: one person, two registers, the score with its lines and the
 * reasons, the next change that time brings, and what would gain points.
 *
 *   cc score.c $(pkg-config --cflags --libs jifen) -o score && ./score RULES */
#include <stdio.h>
#include <stdlib.h>

#include <jifen.h>

static void must(int status, char *message)
{
    if (status == JIFEN_OK) return;
    fprintf(stderr, "%s\n%s", jifen_status_text(status), message ? message : "");
    exit(1);
}

/* What comes with no new fact, and what the person could do. */
static void show_ahead(const struct jifen_people *people)
{
    struct jifen_forecast *forecast = NULL;
    char *message = NULL, *text = NULL;

    must(jifen_forecast_new(people, 0, "2026-03-01", "2036-03-01", NULL, &forecast, &message),
         message);
    for (size_t i = 0; i <= jifen_forecast_changes(forecast); i++) {
        const struct jifen_points p = jifen_forecast_total(forecast, i);
        printf("  %s %s %lld to %lld\n", i == 0 ? "from" : "then", jifen_forecast_day(forecast, i),
               (long long)p.lo, (long long)p.hi);
    }
    must(jifen_forecast_text(forecast, JIFEN_EN, JIFEN_PROSE, &text), NULL);
    fputs(text, stdout);
    jifen_text_free(text);
    jifen_forecast_free(forecast);
    must(jifen_advise(people, 0, "2026-03-01", NULL, 0, JIFEN_EN, JIFEN_PROSE, &text), NULL);
    fputs(text, stdout);
    jifen_text_free(text);
}

int main(int argc, char **argv)
{
    const char *person[] = {"birth_date"}, *born[] = {"1990-05-17"};
    const char *education[] = {"level", "awarded_on"}, *degree[] = {"bachelor", "2012-06-30"};
    const char *permit[] = {"division", "status", "from", "to"};
    const char *held[] = {"330106", "valid", "2020-01-01", ""};
    struct jifen_rules *rules = NULL;
    struct jifen_people *people = NULL;
    struct jifen_score *score = NULL;
    char *message = NULL, *why = NULL;

    if (argc != 2) return 2;
    must(jifen_rules_load(argv[1], JIFEN_EN, &rules, &message), message);
    must(jifen_people_new(rules, "2026-03-01", &people), NULL);
    must(jifen_people_add(people, "P1", "person", person, born, 1, &message), message);
    must(jifen_people_add(people, "P1", "permit", permit, held, 4, &message), message);
    must(jifen_people_add(people, "P1", "education", education, degree, 2, &message), message);
    must(jifen_people_answered(people, "skill"), NULL); /* it has answered: nothing */
    must(jifen_people_close(people, &message), message);
    must(jifen_score_new(people, 0, "2026-03-01", &score), NULL);

    const struct jifen_points total = jifen_score_total(score);
    printf("%s: %lld to %lld of 1/%lld points\n", jifen_score_status(score), (long long)total.lo,
           (long long)total.hi, (long long)jifen_scale(rules));
    for (size_t i = 0; i < jifen_score_lines(score); i++) {
        const struct jifen_points p = jifen_score_line_points(score, i);
        printf("  %-24s %lld to %lld\n", jifen_score_line_name(score, i), (long long)p.lo,
               (long long)p.hi);
    }
    must(jifen_explain(people, 0, "2026-03-01", JIFEN_EN, JIFEN_PROSE, &why), NULL);
    fputs(why, stdout);
    show_ahead(people);
    jifen_text_free(why);
    jifen_score_free(score);
    jifen_people_free(people);
    jifen_rules_free(rules);
    return 0;
}
