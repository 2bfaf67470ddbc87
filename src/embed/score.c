/* Scores and explanations. One person goes through the interpreter, everybody through the column
 * machine; that both agree is what the engine's tests see to. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "embed/embed_internal.h"
#include "engine/explain.h"

struct jifen_score {
    struct arena arena;
    const struct rules *rules;
    const struct plan *plan;
    const struct score *score;
    const char *status;
    const char **names; /* per line */
    const char *(*titles)[LANG_COUNT];
};

int embed_person_status(enum err e)
{
    if (e == ERR_NOT_FOUND) return JIFEN_NOT_IN_FORCE;
    return e == ERR_OK || e == ERR_ROWS ? embed_status(e) : JIFEN_NOT_COMPUTED;
}

int embed_person_on(const struct jifen_people *p, size_t at, const char *day, int32_t *ret_day)
{
    if (!p->is_closed) return JIFEN_WRONG_TIME;
    if (at >= p->people->count) return JIFEN_NOT_FOUND;
    if (p->people->bad && p->people->bad[at]) return JIFEN_BAD_INPUT;
    return date_parse(str_from_c(day), ret_day) == ERR_OK ? JIFEN_OK : JIFEN_BAD_INPUT;
}

static int explanation_of(struct arena *a, const struct jifen_people *p, size_t at, const char *day,
                          const struct explanation **ret)
{
    const struct explanation *x;
    int32_t on;
    int status = embed_person_on(p, at, day, &on);

    if (status != JIFEN_OK) return status;
    const enum err e = explain_person(a, p->people, (uint32_t)at, on, on, &x);
    if (e != ERR_OK) return embed_status(e);
    status = embed_person_status(explain_score_of(x)->error);
    if (status == JIFEN_OK) *ret = x;
    return status;
}

/* Texts that end in NUL, for callers in C. */
static enum err take_texts(struct jifen_score *s)
{
    const uint32_t count = s->plan->indicator_count;

    s->status = str_copy(&s->arena, score_status_word(s->rules, s->score->status)).p;
    s->names = ARENA_ARRAY(&s->arena, const char *, count);
    s->titles = arena_alloc(&s->arena, count, sizeof *s->titles);
    if (!s->status || !s->names || !s->titles) return ERR_NOMEM;
    for (uint32_t i = 0; i < count; i++) {
        const struct rule_name *n = &s->rules->indicators[s->plan->indicators[i].indicator].name;
        s->names[i] = str_copy(&s->arena, n->ascii).p;
        if (!s->names[i]) return ERR_NOMEM;
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            s->titles[i][lang] = str_copy(&s->arena, rules_name(n, (enum lang)lang)).p;
            if (!s->titles[i][lang]) return ERR_NOMEM;
        }
    }
    return ERR_OK;
}

int jifen_score_new(const struct jifen_people *p, size_t at, const char *day,
                    struct jifen_score **ret)
{
    struct jifen_score *s = calloc(1, sizeof *s);
    const struct explanation *x;

    if (!s) return JIFEN_NO_MEMORY;
    arena_init(&s->arena, 0);
    int status = explanation_of(&s->arena, p, at, day, &x);
    if (status == JIFEN_OK) {
        s->rules = p->people->rules;
        s->plan = explain_plan(x);
        s->score = explain_score_of(x);
        status = embed_status(take_texts(s));
    }
    if (status == JIFEN_OK)
        *ret = s;
    else
        jifen_score_free(s);
    return status;
}

void jifen_score_free(struct jifen_score *s)
{
    if (!s) return;
    arena_done(&s->arena);
    free(s);
}

static struct jifen_points points_of(struct interval v)
{
    return (struct jifen_points){v.lo, v.hi};
}

struct jifen_points jifen_score_total(const struct jifen_score *s)
{
    return points_of(s->score->total);
}

const char *jifen_score_status(const struct jifen_score *s)
{
    return s->status;
}

int jifen_score_in_force(const struct jifen_score *s)
{
    return s->score->in_force;
}

size_t jifen_score_lines(const struct jifen_score *s)
{
    return s->plan->indicator_count;
}

const char *jifen_score_line_name(const struct jifen_score *s, size_t line)
{
    return line < jifen_score_lines(s) ? s->names[line] : NULL;
}

const char *jifen_score_line_title(const struct jifen_score *s, size_t line, int lang)
{
    return line < jifen_score_lines(s) ? s->titles[line][embed_lang(lang)] : NULL;
}

struct jifen_points jifen_score_line_points(const struct jifen_score *s, size_t line)
{
    if (line >= jifen_score_lines(s)) return (struct jifen_points){0, 0};
    return points_of(s->score->indicators[line]);
}

/* ---- everybody ---- */

static void give_totals(const struct jifen_people *p, const struct population_scores *all,
                        uint32_t first, struct jifen_total *ret)
{
    const struct rules *r = p->people->rules;

    for (uint32_t i = 0; i < all->count; i++) {
        const uint32_t at = first + i;
        const int32_t status = all->status[i];
        enum err e = (enum err)all->error[i];
        if (p->people->bad && p->people->bad[at]) e = ERR_ROWS;
        const bool in_force =
            status != STATUS_ERROR && (status < 0 || r->force.rows[status].in_force);
        ret[at] = (struct jifen_total){
            {all->total_lo[i], all->total_hi[i]}, embed_person_status(e), e == ERR_OK && in_force};
    }
}

#define PART_PERSONS ((uint32_t)1 << 17) /* scored at a time: bounds the memory */

int jifen_totals(const struct jifen_people *p, const char *day, unsigned threads,
                 struct jifen_total *ret)
{
    int32_t on;
    enum err e = ERR_OK;

    if (!p->is_closed) return JIFEN_WRONG_TIME;
    if (date_parse(str_from_c(day), &on) != ERR_OK) return JIFEN_BAD_INPUT;
    const uint32_t count = p->people->count;
    for (uint32_t first = 0, n; first < count && e == ERR_OK; first += n) {
        struct population_scores part;
        struct arena a;
        n = count - first < PART_PERSONS ? count - first : PART_PERSONS;
        arena_init(&a, 0);
        e = score_population_part(&a, p->people, first, n, on, on, threads ? threads : 1, NULL,
                                  NULL, NULL, &part);
        if (e == ERR_OK) give_totals(p, &part, first, ret);
        arena_done(&a);
    }
    return embed_status(e);
}

/* ---- why ---- */

int jifen_explain(const struct jifen_people *p, size_t at, const char *day, int lang, int form,
                  char **ret_text)
{
    const struct explanation *x;
    struct arena a;
    struct buf b;

    arena_init(&a, 0);
    buf_init(&b, 0);
    int status = explanation_of(&a, p, at, day, &x);
    if (status == JIFEN_OK) {
        const enum err e = form == JIFEN_PROSE ? explain_text(x, embed_lang(lang), &b)
                                               : explain_json(x, embed_lang(lang), true, &b);
        status = embed_give(e, &b, ret_text);
    } else {
        buf_done(&b);
    }
    arena_done(&a);
    return status;
}
