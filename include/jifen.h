/* libjifen: the points of a points system, computed inside your program.
 *
 *   rules ──► people ──► score, totals of everybody, explanation
 *                    └─► forecast: the days to come; advice: what would gain points
 *
 * Load rules once, describe people by the rows of their registers, ask for scores. Nothing is
 * written anywhere; no network, no database, no clock: every day is an argument. The same rules and
 * facts give the same bytes on any machine and with any number of threads.
 *
 * Conventions
 *   - Texts are UTF-8 and end in NUL. Days are "YYYY-MM-DD".
 *   - Functions return a jifen_status; results (`ret…`) are written only on JIFEN_OK.
 *   - Objects are opaque and owned by who made them, until the function named `…_free`, which
 *     accepts NULL. People keep using their rules: free the rules last.
 *   - `ret_message`, where there is one, may be NULL; else on failure it is a sentence that says
 *     what is wrong and what to do, in the language asked for, or NULL when there was no memory
 *     for it. Texts given to you are yours: give them back by jifen_text_free.
 *   - Points are whole numbers of 1/jifen_scale(rules) points: exact, never floating point.
 *   - Rules may be shared by threads. People may be shared once jifen_people_close was called;
 *     before that they are one thread's.
 *
 * See src/embed/README.md for a first program in C and in Python. */
#ifndef JIFEN_H
#define JIFEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define JIFEN_API __attribute__((visibility("default")))
#else
#define JIFEN_API
#endif

enum jifen_status {
    JIFEN_OK = 0,
    JIFEN_NO_MEMORY = 1,
    JIFEN_BAD_RULES = 2,    /* the rules have errors; the message lists them with file and line */
    JIFEN_BAD_INPUT = 3,    /* a day, register, field or cell that cannot be; files likewise */
    JIFEN_NOT_FOUND = 4,    /* no such file, person, or position */
    JIFEN_NOT_IN_FORCE = 5, /* no scheme of the rules is in force that day */
    JIFEN_IO = 6,           /* reading failed */
    JIFEN_WRONG_TIME = 7,   /* rows after jifen_people_close, or scores before it */
    JIFEN_NOT_COMPUTED = 8  /* the figures of this person leave 64 bits: a case, not 0 points */
};

enum jifen_lang { JIFEN_ZH = 0, JIFEN_EN = 1 };

/* The library's version, "0.1.0"; valid forever. */
JIFEN_API const char *jifen_version(void);
/* A short English name of a status; valid forever. */
JIFEN_API const char *jifen_status_text(int status);
JIFEN_API void jifen_text_free(char *text); /* accepts NULL */

/* ---- rules ---- */

struct jifen_rules;

/* A folder of rule files, one rule file (.md), or an image written by `jifen rules compile`. */
JIFEN_API int jifen_rules_load(const char *path, int lang, struct jifen_rules **ret,
                               char **ret_message);
JIFEN_API void jifen_rules_free(struct jifen_rules *r);
/* 64 hexadecimal digits that name this content; as long as the rules live. */
JIFEN_API const char *jifen_rules_hash(const struct jifen_rules *r);
JIFEN_API int64_t jifen_scale(const struct jifen_rules *r); /* 100: points are hundredths */

/* ---- people ---- */

struct jifen_people;

/* Nobody yet. `day` is the day against which cells are checked, usually the one to be scored. */
JIFEN_API int jifen_people_new(const struct jifen_rules *r, const char *day,
                               struct jifen_people **ret);
/* Everybody of a folder of register files (registers by name, .csv), closed already. Refused rows
 * make their persons JIFEN_BAD_INPUT, and nobody else. */
JIFEN_API int jifen_people_read(const struct jifen_rules *r, const char *dir, const char *day,
                                struct jifen_people **ret, char **ret_message);
/* One row of a register for a person, who is new with the first row: names of fields and their
 * texts as in a register file; a field that is not named is an empty cell. The register has then
 * answered for everybody. */
JIFEN_API int jifen_people_add(struct jifen_people *p, const char *person, const char *reg,
                               const char *const *fields, const char *const *cells, size_t count,
                               char **ret_message);
/* The register has answered, with what rows there are, perhaps none. One that has not answered
 * makes points an interval, never 0. */
JIFEN_API int jifen_people_answered(struct jifen_people *p, const char *reg);
/* No more rows: now they can be scored. */
JIFEN_API int jifen_people_close(struct jifen_people *p, char **ret_message);
JIFEN_API void jifen_people_free(struct jifen_people *p);

/* How many, and who: positions are in the bytewise order of the persons' names. A name lives as
 * long as the people and does not end in NUL; NULL: nobody stands there. */
JIFEN_API size_t jifen_people_count(const struct jifen_people *p);
JIFEN_API const char *jifen_people_name(const struct jifen_people *p, size_t at,
                                        size_t *ret_length);
JIFEN_API int jifen_people_find(const struct jifen_people *p, const char *person, size_t *ret_at);

/* ---- scores ---- */

/* lo == hi unless something is unknown. */
struct jifen_points {
    int64_t lo, hi;
};

/* One person with every line. */
struct jifen_score;
JIFEN_API int jifen_score_new(const struct jifen_people *p, size_t at, const char *day,
                              struct jifen_score **ret);
JIFEN_API void jifen_score_free(struct jifen_score *s);
JIFEN_API struct jifen_points jifen_score_total(const struct jifen_score *s);
/* "in_force", "suspended", "unknown", "frozen", … as the status column of `jifen score`. */
JIFEN_API const char *jifen_score_status(const struct jifen_score *s);
JIFEN_API int jifen_score_in_force(const struct jifen_score *s); /* 0: void, total 0 */
JIFEN_API size_t jifen_score_lines(const struct jifen_score *s);
/* Indicator `line` of 0 .. lines: its ASCII name, its title, its points. NULL, {0, 0}: none. */
JIFEN_API const char *jifen_score_line_name(const struct jifen_score *s, size_t line);
JIFEN_API const char *jifen_score_line_title(const struct jifen_score *s, size_t line, int lang);
JIFEN_API struct jifen_points jifen_score_line_points(const struct jifen_score *s, size_t line);

/* The totals of everybody at once; `ret` has room for jifen_people_count elements. */
struct jifen_total {
    struct jifen_points points;
    int32_t status;   /* jifen_status of this person: JIFEN_OK, JIFEN_BAD_INPUT, JIFEN_NOT_COMPUTED,
                         JIFEN_NOT_IN_FORCE; points mean nothing unless JIFEN_OK */
    int32_t in_force; /* 1 = the points count */
};
JIFEN_API int jifen_totals(const struct jifen_people *p, const char *day, unsigned threads,
                           struct jifen_total *ret);

/* Why: clause, condition, facts, arithmetic. JSON as docs/explain.schema.json, or prose. */
enum jifen_form { JIFEN_JSON = 0, JIFEN_PROSE = 1 };
JIFEN_API int jifen_explain(const struct jifen_people *p, size_t at, const char *day, int lang,
                            int form, char **ret_text);

/* ---- the days to come ---- */

/* What time does to one person's points with no new fact, from `day` until `last` (after `day`, by
 * 100 years at most), by the rules already enacted for each day. `assume`: NULL, or registers
 * (ASCII names, commas between) whose latest records are assumed to go on, as
 * "pension,residence". */
struct jifen_forecast;
JIFEN_API int jifen_forecast_new(const struct jifen_people *p, size_t at, const char *day,
                                 const char *last, const char *assume, struct jifen_forecast **ret,
                                 char **ret_message);
JIFEN_API void jifen_forecast_free(struct jifen_forecast *f);
/* The curve: step 0 is `day` itself, steps 1 .. changes the days on which the status, the total or
 * an indicator differs from the day before; step 1 is the next change. A step's points are those
 * until the day of the next. Texts live as long as the forecast. NULL, {0, 0}: no such step. */
JIFEN_API size_t jifen_forecast_changes(const struct jifen_forecast *f);
JIFEN_API const char *jifen_forecast_day(const struct jifen_forecast *f, size_t step);
JIFEN_API struct jifen_points jifen_forecast_total(const struct jifen_forecast *f, size_t step);
JIFEN_API const char *jifen_forecast_status(const struct jifen_forecast *f, size_t step);
/* All of it with clause and reason: JSON as docs/forecast.schema.json, or prose. The text is yours
 * and does not need the forecast any more. */
JIFEN_API int jifen_forecast_text(const struct jifen_forecast *f, int lang, int form,
                                  char **ret_text);

/* ---- what would gain points ---- */

/* Of the facts that the rules call changeable: the smallest changes that gain points, what helps
 * only together, and (`line`: NULL, or a total such as "110" or "110.5") the soonest way to that
 * line. `all`: 1 = with every step, and what gains nothing and why. Every figure is a score of the
 * person as changed, on the day the change takes effect, by the rules of that day. JSON as
 * docs/advice.schema.json, or prose; the text is yours. A second or more where there is much to
 * try. */
JIFEN_API int jifen_advise(const struct jifen_people *p, size_t at, const char *day,
                           const char *line, int all, int lang, int form, char **ret_text);

#ifdef __cplusplus
}
#endif

#endif
