/* The days to come, and what would gain points: forecast and advice of one person, both lists of
 * the interpreter's scores. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "embed/embed_internal.h"
#include "engine/advice.h"
#include "engine/forecast.h"

#define PROSE_COLUMNS 80

struct step {
    char day[12];
    const char *status;
    struct jifen_points total;
};

struct jifen_forecast {
    struct arena arena;
    const struct forecast *forecast;
    struct step *steps; /* change_count + 1 */
};

/* ---- forecast ---- */

static int read_assumed(struct arena *a, const struct rules *r, const char *assume, enum lang lang,
                        const bool **ret, struct buf *why)
{
    bool *assumed = ARENA_ARRAY(a, bool, r->reg_count);
    struct str bad;

    if (!assumed) return JIFEN_NO_MEMORY;
    if (forecast_read_assumed(r, str_from_c(assume), assumed, &bad) != ERR_OK) {
        buf_printf(why,
                   lang == LANG_ZH ? "不能假定登记 %.*s 继续"
                                   : "the register %.*s cannot be assumed to go on",
                   STR_ARG(bad));
        return JIFEN_BAD_INPUT;
    }
    *ret = assumed;
    return JIFEN_OK;
}

static enum err take_step(struct jifen_forecast *f, size_t at, const struct forecast_state *s)
{
    const struct rules *r = f->forecast->rules;
    struct step *step = &f->steps[at];
    struct buf b;

    buf_init(&b, 0);
    date_add_text(&b, s->day);
    if (b.n < sizeof step->day) memcpy(step->day, b.p, b.n); /* zeroed by the arena */
    buf_done(&b);
    step->total = (struct jifen_points){s->total.lo, s->total.hi};
    step->status = str_copy(&f->arena, score_status_word(r, s->status)).p;
    return step->status && step->day[0] ? ERR_OK : ERR_NOMEM;
}

static enum err take_steps(struct jifen_forecast *f)
{
    const struct forecast *x = f->forecast;
    enum err e;

    f->steps = ARENA_ARRAY(&f->arena, struct step, (size_t)x->change_count + 1);
    if (!f->steps) return ERR_NOMEM;
    e = take_step(f, 0, x->start);
    for (uint32_t i = 0; i < x->change_count && e == ERR_OK; i++)
        e = take_step(f, (size_t)i + 1, x->changes[i].after);
    return e;
}

static int make_forecast(struct jifen_forecast *f, const struct jifen_people *p, size_t at,
                         const struct forecast_options *o)
{
    const uint32_t person = (uint32_t)at;
    const enum err e = o->assumed
                           ? forecast_person_assuming(&f->arena, p->people, person, o, &f->forecast)
                           : forecast_person(&f->arena, p->people, person, o, &f->forecast);

    if (e != ERR_OK) return embed_status(e);
    const int status = embed_person_status(f->forecast->start->error);
    return status == JIFEN_OK ? embed_status(take_steps(f)) : status;
}

static int check_period(const struct jifen_people *p, size_t at, const char *day, const char *last,
                        struct forecast_options *o, struct buf *why)
{
    const int status = embed_person_on(p, at, day, &o->day);

    if (status != JIFEN_OK) return status;
    if (date_parse(str_from_c(last), &o->last) == ERR_OK && o->last > o->day &&
        o->last <= date_add_months(o->day, 12 * FORECAST_YEARS_MAX, MONTH_CLAMP))
        return JIFEN_OK;
    buf_printf(why,
               p->owner->lang == LANG_ZH
                   ? "%s 至 %s 不能预测：后一天应写成 2030-03-01 的样子，在前一天以后，至多 100 年"
                   : "no forecast from %s to %s: the latter is a day such as 2030-03-01 after the "
                     "former, by 100 years at most",
               day, last);
    return JIFEN_BAD_INPUT;
}

int jifen_forecast_new(const struct jifen_people *p, size_t at, const char *day, const char *last,
                       const char *assume, struct jifen_forecast **ret, char **ret_message)
{
    struct forecast_options o = {.rule_day = FORECAST_RULES_FOLLOW};
    struct jifen_forecast *f = calloc(1, sizeof *f);
    struct buf why;

    if (ret_message) *ret_message = NULL;
    if (!f) return JIFEN_NO_MEMORY;
    arena_init(&f->arena, 0);
    buf_init(&why, 0);
    int status = check_period(p, at, day, last, &o, &why);
    if (status == JIFEN_OK && assume && assume[0])
        status = read_assumed(&f->arena, p->owner->rules, assume, p->owner->lang, &o.assumed, &why);
    if (status == JIFEN_OK) status = make_forecast(f, p, at, &o);
    if (status != JIFEN_OK) {
        jifen_forecast_free(f);
        return embed_fail(status, &why, ret_message);
    }
    buf_done(&why);
    *ret = f;
    return JIFEN_OK;
}

void jifen_forecast_free(struct jifen_forecast *f)
{
    if (!f) return;
    arena_done(&f->arena);
    free(f);
}

size_t jifen_forecast_changes(const struct jifen_forecast *f)
{
    return f->forecast->change_count;
}

static const struct step *step_of(const struct jifen_forecast *f, size_t at)
{
    return at <= jifen_forecast_changes(f) ? &f->steps[at] : NULL;
}

const char *jifen_forecast_day(const struct jifen_forecast *f, size_t step)
{
    const struct step *s = step_of(f, step);
    return s ? s->day : NULL;
}

struct jifen_points jifen_forecast_total(const struct jifen_forecast *f, size_t step)
{
    const struct step *s = step_of(f, step);
    return s ? s->total : (struct jifen_points){0, 0};
}

const char *jifen_forecast_status(const struct jifen_forecast *f, size_t step)
{
    const struct step *s = step_of(f, step);
    return s ? s->status : NULL;
}

int jifen_forecast_text(const struct jifen_forecast *f, int lang, int form, char **ret_text)
{
    struct buf b;

    buf_init(&b, 0);
    const enum err e = form == JIFEN_PROSE
                           ? forecast_text(f->forecast, embed_lang(lang), PROSE_COLUMNS, &b)
                           : forecast_json(f->forecast, embed_lang(lang), true, &b);
    return embed_give(e, &b, ret_text);
}

/* ---- advice ---- */

static enum err write_advice(const struct advice *x, enum lang lang, bool all, int form,
                             struct buf *b)
{
    struct json j;

    if (form == JIFEN_PROSE) return advice_text(x, lang, all, b);
    json_init(&j, b, true);
    return advice_put(x, lang, all, &j);
}

/* Why a person has no score: as a score of the day would say. */
static int why_none(const struct jifen_people *p, size_t at, const char *day)
{
    struct jifen_score *s = NULL;
    const int status = jifen_score_new(p, at, day, &s);

    jifen_score_free(s);
    return status == JIFEN_OK ? JIFEN_NOT_COMPUTED : status;
}

int jifen_advise(const struct jifen_people *p, size_t at, const char *day, const char *line,
                 int all, int lang, int form, char **ret_text)
{
    struct advice_options o;
    const struct advice *x;
    struct arena a;
    struct buf b;
    int32_t on;
    int status = embed_person_on(p, at, day, &on);

    if (status != JIFEN_OK) return status;
    o = advice_options_of(on);
    o.has_line = line != NULL;
    if (line && decimal_parse(str_from_c(line), p->people->rules->scale, &o.line) != ERR_OK)
        return JIFEN_BAD_INPUT;
    arena_init(&a, 0);
    enum err e = advice_person(&a, p->people, (uint32_t)at, &o, &x);
    if (e != ERR_OK || !x->now.scored) {
        status = e != ERR_OK ? embed_status(e) : why_none(p, at, day);
    } else {
        buf_init(&b, 0);
        e = write_advice(x, embed_lang(lang), all != 0, form, &b);
        status = embed_give(e, &b, ret_text);
    }
    arena_done(&a);
    return status;
}
