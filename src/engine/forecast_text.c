/* A forecast for a terminal: today, the next change and why, the curve, the days to come. */
#include "base/date.h"
#include "engine/forecast_say.h"

#define CHANGES_SHOWN 12u
#define CURVE_COLUMNS_MAX 100u
#define LEVELS 8

static void say_day(const struct say *s, int32_t day)
{
    value_add_text(s->out, &s->v, (struct type){VT_DATE, -1}, day);
}

static void say_total(const struct say *s, const struct forecast_state *x)
{
    say_points(s, x->total);
    say_c(s, "（", " (");
    forecast_say_status(s, x);
    say_c(s, "）", ")");
}

static void say_value_of(const struct say *s, struct interval v)
{
    if (forecast_applies(v))
        say_points(s, v);
    else
        say_c(s, "不适用", "does not apply");
}

static void say_item(const struct say *s, const struct forecast_item *i)
{
    const struct str basis = forecast_basis(s->e->rules, &i->reason, i->indicator);

    buf_add_c(s->out, "    ");
    say_name(s, &s->e->rules->indicators[i->indicator].name);
    if (i->deducts) say_c(s, "（扣分）", " (deduction)");
    buf_add_char(s->out, ' ');
    say_value_of(s, i->from);
    buf_add_c(s->out, " → ");
    say_value_of(s, i->to);
    say_c(s, "：", ": ");
    forecast_say_reason(s, &i->reason);
    if (basis.n > 0) buf_printf(s->out, "  〔%.*s〕", STR_ARG(basis));
    buf_add_char(s->out, '\n');
}

static void say_change(const struct say *s, const struct forecast_change *c)
{
    buf_add_c(s->out, "  ");
    say_day(s, c->after->day);
    buf_add_c(s->out, "  ");
    say_points(s, c->before->total);
    buf_add_c(s->out, " → ");
    say_total(s, c->after);
    buf_add_char(s->out, '\n');
    if (c->status_changes || c->item_count == 0) {
        buf_add_c(s->out, "    ");
        forecast_say_reason(s, &c->status_reason);
        buf_add_char(s->out, '\n');
    }
    for (uint32_t i = 0; i < c->item_count; i++)
        say_item(s, &c->items[i]);
}

/* --- the curve --- */

static const struct forecast_state *state_on(const struct forecast *f, int32_t day)
{
    const struct forecast_state *x = f->start;

    for (uint32_t i = 0; i < f->change_count && f->changes[i].after->day <= day; i++)
        x = f->changes[i].after;
    return x;
}

/* Where the curve ends: with the period, or with the rules that are enacted. */
static int32_t last_drawn(const struct forecast *f)
{
    return f->decided_until < f->last ? f->decided_until : f->last;
}

static int64_t days_drawn(const struct forecast *f)
{
    return (int64_t)last_drawn(f) - f->day + 1;
}

/* The lower bound on the first day of each of `wide` equal parts of the period. */
static int64_t value_at(const struct forecast *f, int64_t part, int64_t wide)
{
    const int64_t days = days_drawn(f);

    return state_on(f, (int32_t)(f->day + part * days / wide))->total.lo;
}

static void say_curve(const struct say *s, const struct forecast *f, size_t columns)
{
    static const char *const bars[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const int64_t days = days_drawn(f);
    int64_t least = INT64_MAX, most = INT64_MIN, wide = columns > 4 ? (int64_t)columns - 4 : 1;

    if (wide > CURVE_COLUMNS_MAX) wide = CURVE_COLUMNS_MAX;
    if (wide > days) wide = days;
    for (int64_t i = 0; i < wide; i++) {
        const int64_t v = value_at(f, i, wide);
        if (v > most) most = v;
        if (v < least) least = v;
    }
    buf_add_c(s->out, "  ");
    for (int64_t i = 0; i < wide; i++) /* totals are never negative, so the span fits */
        buf_add_c(s->out, bars[(value_at(f, i, wide) - least) / ((most - least) / LEVELS + 1)]);
    buf_add_c(s->out, "\n  ");
    say_day(s, f->day);
    say_c(s, " 至 ", " to ");
    say_day(s, last_drawn(f));
    say_c(s, "，最低 ", ", lowest ");
    say_points(s, (struct interval){least, least});
    say_c(s, "，最高 ", ", highest ");
    say_points(s, (struct interval){most, most});
    buf_add_char(s->out, '\n');
}

/* --- the whole --- */

static void say_assumptions(const struct say *s, const struct forecast *f)
{
    bool any = false;

    for (uint32_t i = 0; f->assumed != NULL && i < f->rules->reg_count; i++) {
        if (!f->assumed[i]) continue;
        if (!any)
            say_c(s, "假定（并非事实）：", "Assumed, not a fact: ");
        else
            say_c(s, "、", ", ");
        say_name(s, &f->rules->regs[i].name);
        any = true;
    }
    if (any) say_c(s, " 一直继续\n", " goes on\n");
}

static void say_next(const struct say *s, const struct forecast *f)
{
    if (f->change_count == 0) {
        say_c(s, "这一期间没有变化。\n", "Nothing changes in this period.\n");
        return;
    }
    say_c(s, "下一次变化：\n", "Next change:\n");
    say_change(s, &f->changes[0]);
    say_c(s, "\n曲线（总积分）：\n", "\nCurve of the total:\n");
}

/* After the enacted rules there is no figure; that is not 0 points. */
static void say_undecided(const struct say *s, const struct forecast *f)
{
    if (f->decided_until == DATE_OPEN_END) return;
    say_c(s, "\n规则施行到 ", "\nThe rules are in force until ");
    say_day(s, f->decided_until);
    say_c(s, "；以后怎样还没有规定，不等于没有积分。\n",
          "; what comes after is not decided, which does not mean that there are no points.\n");
}

static void say_later(const struct say *s, const struct forecast *f)
{
    const uint32_t shown = f->change_count < CHANGES_SHOWN ? f->change_count : CHANGES_SHOWN;

    if (f->change_count > 1) say_c(s, "\n以后的变化：\n", "\nLater changes:\n");
    for (uint32_t i = 1; i < shown; i++)
        say_change(s, &f->changes[i]);
    if (f->change_count > shown && s->zh)
        buf_printf(s->out, "  另有 %u 次变化，见 --json。\n", f->change_count - shown);
    else if (f->change_count > shown)
        buf_printf(s->out, "  and %u more: see --json.\n", f->change_count - shown);
}

enum err forecast_text(const struct forecast *f, enum lang lang, size_t columns, struct buf *out)
{
    const struct explanation stub = forecast_stub(f);
    const struct say s = say_new(&stub, lang, out);

    say_day(&s, f->day);
    say_c(&s, "：", ": ");
    say_total(&s, f->start);
    buf_add_char(out, '\n');
    say_c(&s, "以下只随时间推移、没有新的事实", "Below only time passes, with no new fact");
    if (f->rule_day == FORECAST_RULES_FOLLOW) {
        say_c(&s, "，规则按各日已公布的\n", ", under the rules enacted for each day\n");
    } else {
        say_c(&s, "，规则始终按 ", ", under the rules of ");
        say_day(&s, f->rule_day);
        buf_add_char(out, '\n');
    }
    say_assumptions(&s, f);
    buf_add_char(out, '\n');
    say_next(&s, f);
    if (f->change_count > 0) say_curve(&s, f, columns);
    say_later(&s, f);
    say_undecided(&s, f);
    return buf_err(out);
}
