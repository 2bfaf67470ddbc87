/* Legal periods. See term.h; the table is term.def. */
#include "service/term.h"

#include "base/division.h"

#define PROVINCE 330000

enum term_unit { UNIT_DAYS, UNIT_WORKING };

static const struct {
    enum term_unit unit;
    const char *text[LANG_COUNT];
} terms[TERM_COUNT] = {
#define TERM(id, unit, zh, en) [TERM_##id] = {UNIT_##unit, {zh, en}},
#define TERM_VALUE(id, division, count, zh, en)
#define TENURE(division, policy, zh, en)
#include "service/term.def"
#undef TERM
#undef TERM_VALUE
#undef TENURE
};

static const struct term_value {
    enum term term;
    int32_t division, count;
    const char *source[LANG_COUNT];
} values[] = {
#define TERM(id, unit, zh, en)
#define TERM_VALUE(id, division, count, zh, en) {TERM_##id, (division), (count), {zh, en}},
#define TENURE(division, policy, zh, en)
#include "service/term.def"
#undef TERM
#undef TERM_VALUE
#undef TENURE
};

static const struct {
    int32_t division;
    enum tenure_policy policy;
} tenures[] = {
#define TERM(id, unit, zh, en)
#define TERM_VALUE(id, division, count, zh, en)
#define TENURE(division, policy, zh, en) {(division), TENURE_##policy},
#include "service/term.def"
#undef TERM
#undef TERM_VALUE
#undef TENURE
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const struct term_value *value_at(enum term t, int32_t division)
{
    for (size_t i = 0; i < COUNT(values); i++)
        if (values[i].term == t && values[i].division == division) return &values[i];
    return NULL;
}

int32_t term_count(enum term t, int32_t division)
{
    const struct term_value *v = NULL;

    for (int32_t d = division; d != 0 && !v; d = division_parent(d))
        v = value_at(t, d);
    if (!v) v = value_at(t, PROVINCE);
    INVARIANT(v);
    return v->count;
}

int32_t term_roll(int32_t day)
{
    while (!calendar_is_working_day(day))
        day++;
    return day;
}

int32_t term_end_exact(enum term t, int32_t division, int32_t day)
{
    const int32_t n = term_count(t, division);

    return terms[t].unit == UNIT_WORKING ? calendar_add_working_days(day, n) : day + n;
}

int32_t term_end(enum term t, int32_t division, int32_t day)
{
    return term_roll(term_end_exact(t, division, day));
}

bool term_is_provisional(int32_t day, int32_t end)
{
    for (int32_t y = date_to_civil(day).year; y <= date_to_civil(end).year; y++)
        if (!calendar_notice(y)) return true;
    return false;
}

enum tenure_policy term_tenure(int32_t division)
{
    for (int32_t d = division; d != 0; d = division_parent(d))
        for (size_t i = 0; i < COUNT(tenures); i++)
            if (tenures[i].division == d) return tenures[i].policy;
    return tenures[0].policy;
}

void term_add_markdown(struct buf *out)
{
    buf_add_c(out, "## 期限 · Periods\n\n| 期限 period | 地方 place | 天数 days | 依据 source |\n"
                   "|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT(values); i++) {
        const struct term_value *v = &values[i];
        const struct division *d = division_find(v->division);
        buf_printf(out, "| %s<br>%s | %s<br>%s | %d%s | %s<br>%s |\n", terms[v->term].text[LANG_ZH],
                   terms[v->term].text[LANG_EN], d ? d->zh : "", d ? d->en : "", (int)v->count,
                   terms[v->term].unit == UNIT_WORKING ? " 个工作日 working days" : " 日 days",
                   v->source[LANG_ZH], v->source[LANG_EN]);
    }
    buf_add_char(out, '\n');
}
