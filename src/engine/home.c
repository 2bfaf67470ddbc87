/* Which scheme serves a person: the permit record that covers the day, and its division.
 *
 * Both evaluators ask here, before anything is scored. The record is found as README §6 says of
 * AGG_NOW: records that surely cover the day, and before the first of them those that may. */
#include "base/date.h"
#include "engine/score.h"

enum cover { COVER_NO, COVER_MAYBE, COVER_YES };

/* What is known so far of a value that several records may give. */
struct guess {
    bool is_set, is_open; /* is_open: two answers are possible */
    int64_t value;
};

static void guess_add(struct guess *g, bool known, int64_t value)
{
    if (!known || (g->is_set && g->value != value)) g->is_open = true;
    g->is_set = true;
    g->value = value;
}

/* Has the time in the field come by the day? An unknown time may have. */
static enum cover starts_by(const struct rule_field *f, const struct column *c, uint32_t row,
                            int32_t day)
{
    if (!column_known(c, row)) return COVER_MAYBE;
    int64_t v = column_get(c, row);
    bool begun = f->type.vt == VT_MONTH ? v <= date_month(day) : v <= day;
    return begun ? COVER_YES : COVER_NO;
}

static enum cover lasts_on(const struct rule_field *f, const struct column *c, uint32_t row,
                           int32_t day)
{
    if (!column_known(c, row)) return COVER_MAYBE;
    int64_t v = column_get(c, row);
    bool lasts = f->type.vt == VT_MONTH ? v >= date_month(day) : v > day;
    return lasts ? COVER_YES : COVER_NO;
}

static enum cover row_covers(const struct rule_register *reg, const struct register_data *d,
                             uint32_t row, int32_t day, bool with_end)
{
    int32_t start = reg->event >= 0 ? reg->event : reg->start, end = reg->end;
    enum cover c = COVER_YES, other = COVER_YES;

    if (start >= 0) c = starts_by(&reg->fields[start], &d->cols[start], row, day);
    if (with_end && end >= 0) other = lasts_on(&reg->fields[end], &d->cols[end], row, day);
    return c < other ? c : other;
}

/* A register whose silence means "unknown" is silent when nothing of it exists on the day. */
bool register_is_silent(const struct population *p, int32_t reg, uint32_t person, int32_t day)
{
    const struct rule_register *rr = &p->rules->regs[reg];
    uint32_t row, end;

    if (!population_answered(p, reg, person)) return true;
    if (!rr->none_unknown) return false;
    population_rows(p, reg, person, &row, &end);
    for (; row < end; row++)
        if (row_covers(rr, &p->regs[reg], row, day, rr->event >= 0) != COVER_NO) return false;
    return true;
}

static int32_t status_of(const struct rules *r, const struct guess *member)
{
    if (member->is_open) return STATUS_UNKNOWN;
    for (uint32_t i = 0; i < r->force.row_count; i++)
        if (r->force.rows[i].member == member->value) return (int32_t)i;
    return STATUS_UNKNOWN;
}

static struct home home_from_records(const struct population *p, uint32_t person, int32_t day)
{
    const struct rule_force *f = &p->rules->force;
    const struct rule_register *reg = &p->rules->regs[f->reg];
    const struct register_data *d = &p->regs[f->reg];
    const struct column *status = &d->cols[f->status_field], *place = &d->cols[f->division_field];
    struct guess member = {0}, division = {0};
    uint32_t row, end;
    enum cover c = COVER_NO;

    population_rows(p, f->reg, person, &row, &end);
    for (; row < end && c != COVER_YES; row++) {
        c = row_covers(reg, d, row, day, true);
        if (c == COVER_NO) continue;
        guess_add(&member, column_known(status, row), column_get(status, row));
        guess_add(&division, column_known(place, row), column_get(place, row));
    }
    if (c != COVER_YES) { /* perhaps none */
        guess_add(&member, true, -1);
        guess_add(&division, true, 0);
    }
    return (struct home){.status = status_of(p->rules, &member),
                         .division = division.is_open ? 0 : (int32_t)division.value};
}

struct home home_without_scheme(const struct population *p, uint32_t person, int32_t day)
{
    const struct rules *r = p->rules;
    struct home h = {.scheme = -1, .status = STATUS_IN_FORCE_DEFAULT};

    if (r->has_force && register_is_silent(p, r->force.reg, person, day))
        h.status = STATUS_UNKNOWN;
    else if (r->has_force)
        h = home_from_records(p, person, day);
    return h;
}

int32_t home_scheme(const struct rules *r, int32_t division, int32_t rule_day)
{
    return rules_scheme_for(r, division != 0 ? division : r->schemes[0].division, rule_day);
}

struct home home_of(const struct population *p, uint32_t person, int32_t day, int32_t rule_day)
{
    struct home h = home_without_scheme(p, person, day);

    h.scheme = home_scheme(p->rules, h.division, rule_day);
    return h;
}
