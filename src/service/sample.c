/* A made-up population.
 *
 * Structure: a person's life (birth, arrival, homes, permit) is drawn first, from a stream of his
 * own; each register then has a stream per person, so that a person looks the same whatever other
 * registers exist. A register is drawn by a hand-written function where one is known for its name
 * and fields (the table `makers`), else field by field. Rows are lists of values; one writer turns
 * them into cells, and spoils some when asked to.
 *
 * Invariants: no floating point; a row that is not spoilt passes every check of the register
 * reader; spells of a person in one register do not overlap. */
#include "service/sample.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/division.h"
#include "base/file.h"
#include "base/idnum.h"
#include "service/cells.h"
#include "service/csv.h"
#include "service/sample_internal.h"

#define ROWS_MAX 16u
#define FIELDS_MAX 64u
#define FLUSH_BYTES ((size_t)1 << 18)
#define TELL_EVERY 8192u
#define DAYS_PER_YEAR 365
#define IDENTITY_STREAM (UINT32_MAX - 1) /* of draws; registers have small numbers */
#define LOCAL_WEIGHT 8 /* a county with rules of its own is drawn so many times as often */

/* --- drawing ---------------------------------------------------------------------------------- */

struct draw {
    uint64_t state;
};

static uint64_t draw_next(struct draw *d)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct draw draw_for(uint64_t seed, uint64_t stream, uint64_t person)
{
    struct draw d = {seed ^ (stream + 1) * UINT64_C(0xD1342543DE82EF95)};
    d.state = draw_next(&d) ^ person * UINT64_C(0xA24BAED4963EE407);
    d.state = draw_next(&d); /* neighbours' streams part at once */
    return d;
}

/* lo .. hi, both included; lo when hi < lo. */
static int64_t draw_between(struct draw *d, int64_t lo, int64_t hi)
{
    if (hi <= lo) return lo;
    return lo + (int64_t)(draw_next(d) % ((uint64_t)(hi - lo) + 1));
}

static bool draw_chance(struct draw *d, uint32_t percent)
{
    return draw_next(d) % 100 < percent;
}

/* Nearer to lo: the least of three. */
static int64_t draw_low(struct draw *d, int64_t lo, int64_t hi)
{
    int64_t least = hi;
    for (int i = 0; i < 3; i++) {
        int64_t v = draw_between(d, lo, hi);
        if (v < least) least = v;
    }
    return least;
}

/* An index, by weights that are not all 0. */
static uint32_t draw_weighted(struct draw *d, const uint16_t *weights, uint32_t count)
{
    uint32_t total = 0, i = 0;
    for (uint32_t k = 0; k < count; k++)
        total += weights[k];
    INVARIANT(total > 0);
    uint32_t at = (uint32_t)(draw_next(d) % total);
    while (at >= weights[i])
        at -= weights[i++];
    return i;
}

/* --- a life ----------------------------------------------------------------------------------- */

struct life {
    uint32_t number;
    int32_t birth, arrival;    /* arrival in the province */
    int32_t home, home_before; /* counties; before: 0 when there was none */
    int32_t moved;             /* first day at `home` */
};

struct maker_context {
    const struct rules *rules;
    const struct sample_options *o;
    const int32_t *counties; /* to draw from, some more than once */
    size_t county_count;
    uint8_t *harmful; /* per register: used by deductions and vetoes */
    const struct rule_register *reg;
    int32_t reg_index;
};

/* Rows being made: values by field. An unknown value is an empty cell. */
struct rows {
    int64_t values[ROWS_MAX][FIELDS_MAX];
    bool known[ROWS_MAX][FIELDS_MAX];
    uint32_t count;
};

static const uint16_t age_weights[] = {6, 14, 17, 17, 14, 11, 9, 6, 4, 2}; /* from 17, by fives */

static struct life life_of(const struct maker_context *c, uint32_t number)
{
    struct draw d = draw_for(c->o->seed, 0, number);
    struct life l = {.number = number};
    int64_t band = draw_weighted(&d, age_weights, sizeof age_weights / sizeof *age_weights);
    int64_t age_days = (17 + 5 * band) * DAYS_PER_YEAR + draw_between(&d, 0, 5 * DAYS_PER_YEAR);
    l.birth = c->o->on - (int32_t)age_days;
    int64_t grown = l.birth + 17 * DAYS_PER_YEAR;
    int64_t stay = draw_low(&d, 20, 24 * DAYS_PER_YEAR);
    l.arrival = c->o->on - (int32_t)stay;
    if (l.arrival < grown) l.arrival = (int32_t)draw_between(&d, grown, c->o->on - 10);
    l.home = c->counties[draw_next(&d) % c->county_count];
    if (c->o->division != 0) l.home = c->o->division;
    l.moved = l.arrival;
    if (draw_chance(&d, 25) && c->o->on - l.arrival > 2 * DAYS_PER_YEAR) {
        l.home_before = c->counties[draw_next(&d) % c->county_count];
        l.moved = (int32_t)draw_between(&d, l.arrival + 200, c->o->on - 200);
    }
    return l;
}

/* --- rows ------------------------------------------------------------------------------------- */

static uint32_t row_new(struct rows *rows)
{
    INVARIANT(rows->count < ROWS_MAX);
    uint32_t at = rows->count++;
    memset(rows->values[at], 0, sizeof rows->values[at]);
    memset(rows->known[at], 0, sizeof rows->known[at]);
    return at;
}

static void row_set(struct rows *rows, uint32_t row, int field, int64_t value)
{
    rows->values[row][field] = value;
    rows->known[row][field] = true;
}

static int32_t clamp_date(int32_t date, int32_t first, int32_t last)
{
    return date < first ? first : date > last ? last : date;
}

/* --- the province's registers ----------------------------------------------------------------- */

/* The index of a member of the field's enum; -1. */
static int32_t member_of(const struct maker_context *c, int field, const char *ascii)
{
    const struct rule_enum *en = &c->rules->enums[c->reg->fields[field].type.ref];
    for (uint32_t i = 0; i < en->member_count; i++)
        if (str_eq(en->members[i].ascii, str_from_c(ascii))) return (int32_t)i;
    return -1;
}

static void make_person(const struct maker_context *c, const struct life *l, struct draw *d,
                        struct rows *rows)
{
    (void)c;
    (void)d;
    row_set(rows, row_new(rows), 0, l->birth);
}

static void permit_row(struct rows *rows, int32_t division, int32_t status, int32_t from,
                       int32_t to)
{
    uint32_t row = row_new(rows);
    row_set(rows, row, 0, division);
    row_set(rows, row, 1, status);
    row_set(rows, row, 2, from);
    row_set(rows, row, 3, to);
}

/* division, status, from, to: valid from some weeks after each move; a few suspended or cancelled
 * of late, a few never applied. */
static void make_permit(const struct maker_context *c, const struct life *l, struct draw *d,
                        struct rows *rows)
{
    int32_t valid = member_of(c, 1, "valid"), suspended = member_of(c, 1, "suspended");
    int32_t cancelled = member_of(c, 1, "cancelled");
    if (draw_chance(d, 3)) return;
    if (l->home_before != 0)
        permit_row(
            rows, l->home_before, valid,
            clamp_date(l->arrival + (int32_t)draw_between(d, 20, 180), l->arrival, l->moved - 1),
            l->moved);
    int32_t from = clamp_date(l->moved + (int32_t)draw_between(d, 15, 200), l->moved, c->o->on - 2);
    int32_t change = (int32_t)draw_between(d, from + 1, c->o->on);
    uint32_t fate = (uint32_t)(draw_next(d) % 100);
    bool lapsed = fate < 7;
    permit_row(rows, l->home, valid, from, lapsed ? change : DATE_OPEN_END);
    if (fate < 4)
        permit_row(rows, l->home, suspended, change, DATE_OPEN_END);
    else if (fate < 6)
        permit_row(rows, l->home, cancelled, change, DATE_OPEN_END);
    else if (fate < 7) { /* suspended for a while, then valid again */
        int32_t back = (int32_t)draw_between(d, change, c->o->on);
        permit_row(rows, l->home, suspended, change, back);
        permit_row(rows, l->home, valid, back, DATE_OPEN_END);
    }
}

static const uint16_t education_weights[] = {38, 24, 19, 15, 3, 1};
static const uint8_t education_ages[] = {16, 19, 22, 23, 26, 30};

/* level, awarded_on: the highest, and at times the one before it. */
static void make_education(const struct maker_context *c, const struct life *l, struct draw *d,
                           struct rows *rows)
{
    uint32_t members = c->rules->enums[c->reg->fields[0].type.ref].member_count;
    uint32_t known = sizeof education_weights / sizeof *education_weights;
    if (draw_chance(d, 9)) return; /* the register has nothing */
    uint32_t level = draw_weighted(d, education_weights, known < members ? known : members);
    uint32_t first = level > 0 && draw_chance(d, 20) ? level - 1 : level;
    for (uint32_t i = first; i <= level; i++) {
        uint32_t row = row_new(rows);
        int32_t on = l->birth + education_ages[i] * DAYS_PER_YEAR +
                     (int32_t)draw_between(d, 0, DAYS_PER_YEAR);
        bool dated = on < c->o->on && !draw_chance(d, 15);
        row_set(rows, row, 0, i);
        row_set(rows, row, 1, dated ? on : DATE_OPEN_START);
    }
}

/* certificate, awarded_on: a third have one, some two; high ones are rare. */
static void make_skill(const struct maker_context *c, const struct life *l, struct draw *d,
                       struct rows *rows)
{
    uint32_t members = c->rules->enums[c->reg->fields[0].type.ref].member_count;
    if (!draw_chance(d, 34)) return;
    uint32_t n = draw_chance(d, 15) ? 2 : 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = row_new(rows);
        int32_t first = l->birth + 18 * DAYS_PER_YEAR;
        row_set(rows, row, 0, draw_between(d, 0, (int64_t)members - 1));
        row_set(rows, row, 1,
                draw_chance(d, 8) ? DATE_OPEN_START : draw_between(d, first, c->o->on));
    }
}

static const int32_t far_divisions[] = {310115, 320505, 341200, 360100, 440306};

static int32_t far_division(struct draw *d)
{
    return far_divisions[draw_next(d) % (sizeof far_divisions / sizeof *far_divisions)];
}

/* division, from_month, to_month: work begins some months after arrival, with gaps; some paid
 * elsewhere before. */
static void make_pension(const struct maker_context *c, const struct life *l, struct draw *d,
                         struct rows *rows)
{
    int32_t last = date_month(c->o->on), at = date_month(l->arrival);
    int32_t grown = date_month(l->birth) + 16 * 12 + 1;
    if (draw_chance(d, 12)) return;
    if (draw_chance(d, 15) && at - 30 > grown) {
        uint32_t row = row_new(rows);
        row_set(rows, row, 0, far_division(d));
        row_set(rows, row, 1, at - 30);
        row_set(rows, row, 2, at - draw_between(d, 2, 28));
    }
    at += (int32_t)draw_between(d, 0, 9);
    if (at < grown) at = grown;
    for (int spell = 0; spell < 6 && at <= last; spell++) {
        int32_t to = at + (int32_t)draw_between(d, 1, 60);
        uint32_t row = row_new(rows);
        bool here = at >= date_month(l->moved) || l->home_before == 0;
        row_set(rows, row, 0, here ? l->home : l->home_before);
        row_set(rows, row, 1, at);
        row_set(rows, row, 2, to < last ? to : last);
        at = to + (int32_t)draw_between(d, 2, 14);
    }
}

static void residence_row(struct rows *rows, int32_t division, int32_t from, int32_t to)
{
    uint32_t row = row_new(rows);
    row_set(rows, row, 0, division);
    row_set(rows, row, 1, from);
    row_set(rows, row, 2, to);
}

/* division, from, to: each home, declared a little late, at times with a gap between two. */
static void make_residence(const struct maker_context *c, const struct life *l, struct draw *d,
                           struct rows *rows)
{
    int32_t late = (int32_t)draw_between(d, 0, 30);
    if (l->home_before != 0) {
        int32_t gap = draw_chance(d, 40) ? (int32_t)draw_between(d, 1, 150) : 0;
        residence_row(rows, l->home_before,
                      clamp_date(l->arrival + late, l->arrival, l->moved - gap - 1),
                      l->moved - gap);
    }
    int32_t from = clamp_date(l->moved + late, l->moved, c->o->on - 1);
    bool left = draw_chance(d, 3);
    residence_row(rows, l->home, from,
                  left ? (int32_t)draw_between(d, from + 1, c->o->on) : DATE_OPEN_END);
}

typedef void make_fn(const struct maker_context *c, const struct life *l, struct draw *d,
                     struct rows *rows);

static const struct maker {
    const char *name;
    const char *fields[5]; /* the declaration it was written for, NULL at the end */
    make_fn *make;
} makers[] = {
    {"person", {"birth_date"}, make_person},
    {"permit", {"division", "status", "from", "to"}, make_permit},
    {"education", {"level", "awarded_on"}, make_education},
    {"skill", {"certificate", "awarded_on"}, make_skill},
    {"pension", {"division", "from_month", "to_month"}, make_pension},
    {"residence", {"division", "from", "to"}, make_residence},
};

static bool maker_fits(const struct maker *m, const struct rule_register *r)
{
    if (!str_eq(r->name.ascii, str_from_c(m->name))) return false;
    uint32_t n = 0;
    while (n < 5 && m->fields[n] != NULL)
        n++;
    if (n != r->field_count) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!str_eq(r->fields[i].name.ascii, str_from_c(m->fields[i]))) return false;
    return true;
}

/* --- any other register ----------------------------------------------------------------------- */

static int64_t within(const struct rule_field *f, int64_t v)
{
    return v < f->lo ? f->lo : v > f->hi ? f->hi : v;
}

static int64_t any_amount(const struct rule_field *f, struct draw *d, int64_t step, int64_t most)
{
    int64_t hi = f->hi < most ? f->hi : most;
    int64_t lo = f->lo > 0 ? f->lo : 0;
    int64_t v = draw_low(d, lo, hi);
    return hi - lo > 4 * step ? within(f, v / step * step) : v;
}

/* A value by type alone: counts small, amounts round, ordered things mostly low. */
static int64_t any_value(const struct maker_context *c, const struct life *l,
                         const struct rule_field *f, struct draw *d)
{
    static const int16_t shares[] = {10000, 5000, 5000, 3333, 2500};
    switch (f->type.vt) {
    case VT_BOOL:
        return draw_chance(d, 60);
    case VT_MONEY:
        return any_amount(f, d, 10000, 6000000);
    case VT_LEVEL:
        return draw_low(d, f->lo, f->hi);
    case VT_CATEGORY:
        return draw_between(d, f->lo, f->hi);
    case VT_DIVISION:
        return draw_chance(d, 85) ? l->home : c->counties[draw_next(d) % c->county_count];
    case VT_SHARE:
        return within(f, shares[draw_next(d) % 5]);
    case VT_DATE:
        return draw_between(d, l->arrival, c->o->on);
    case VT_MONTH:
        return draw_between(d, date_month(l->arrival), date_month(c->o->on));
    case VT_KEY:
        return draw_between(d, 1, 3) + (int64_t)l->number * 4;
    case VT_INT:
    case VT_POINTS:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
        return any_amount(f, d, 1, f->hi > 1000 ? 1000 : f->hi);
    case VT_COUNT_OF:
        break;
    }
    return f->lo;
}

/* Start and end of one of `n` records, in order: the time since arrival is cut into n parts. */
static void any_times(const struct maker_context *c, const struct life *l, struct draw *d,
                      struct rows *rows, uint32_t row, uint32_t k, uint32_t n)
{
    const struct rule_register *r = c->reg;
    int32_t role = r->start >= 0 ? r->start : r->event;
    if (role < 0) return;
    const struct rule_field *f = &r->fields[role];
    bool months = f->type.vt == VT_MONTH;
    int64_t first = months ? date_month(l->arrival) + 1 : l->arrival;
    int64_t last = months ? date_month(c->o->on) : c->o->on;
    int64_t lo = first + (last - first) * k / n, hi = first + (last - first) * (k + 1) / n - 1;
    int64_t from = draw_between(d, lo, hi);
    row_set(rows, row, role, within(f, from));
    if (r->end < 0) return;
    const struct rule_field *end = &r->fields[r->end];
    bool open = end->empty == EMPTY_OPEN && k + 1 == n && draw_chance(d, 55);
    int64_t to = r->start >= 0 ? draw_between(d, from, hi) : from + draw_between(d, 30, 1500);
    row_set(rows, row, r->end, open ? (months ? MONTH_OPEN_END : DATE_OPEN_END) : within(end, to));
}

static void make_any(const struct maker_context *c, const struct life *l, struct draw *d,
                     struct rows *rows)
{
    static const uint16_t more[] = {55, 25, 12, 8};
    const struct rule_register *r = c->reg;
    if (!draw_chance(d, c->harmful[c->reg_index] ? 3 : r->one_per_person ? 30 : 18)) return;
    uint32_t n = r->one_per_person ? 1 : 1 + draw_weighted(d, more, 4);
    if (r->max_records > 0 && n > r->max_records) n = r->max_records;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t row = row_new(rows);
        for (uint32_t f = 0; f < r->field_count; f++) {
            const struct rule_field *field = &r->fields[f];
            if (field->role != ROLE_NONE) continue;
            if (field->empty == EMPTY_UNKNOWN && draw_chance(d, 10)) continue;
            row_set(rows, row, (int)f, any_value(c, l, field, d));
        }
        any_times(c, l, d, rows, row, k, n);
    }
}

static make_fn *maker_for(const struct rule_register *r)
{
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (maker_fits(&makers[i], r)) return makers[i].make;
    return make_any;
}

/* --- which registers take points away --------------------------------------------------------- */

static void mark_registers(const struct rules *r, int32_t node, uint8_t *marks)
{
    if (node < 0) return;
    const struct rule_node *n = &r->nodes[node];
    if (n->reg > 0) marks[n->reg] = 1;
    for (uint32_t k = 0; k < n->kid_count; k++)
        mark_registers(r, (int32_t)r->kids[n->kid_first + k], marks);
}

static bool group_deducts(const struct rules *r, int32_t g)
{
    bool deducts = false;
    for (; g >= 0; g = r->groups[g].parent)
        deducts |= r->groups[g].deducts;
    return deducts;
}

static enum err find_harmful(struct arena *a, const struct rules *r, uint8_t **ret)
{
    uint8_t *harmful = ARENA_ARRAY(a, uint8_t, r->reg_count);
    if (harmful == NULL) return ERR_NOMEM;
    for (uint32_t v = 0; v < r->veto_count; v++)
        mark_registers(r, r->vetoes[v].cond, harmful);
    for (uint32_t k = 0; k < r->clause_count; k++) {
        const struct rule_clause *c = &r->clauses[k];
        if (!group_deducts(r, r->indicators[c->indicator].group)) continue;
        mark_registers(r, c->cond, harmful);
        mark_registers(r, c->body, harmful);
    }
    *ret = harmful;
    return ERR_OK;
}

/* --- counties --------------------------------------------------------------------------------- */

static bool has_own_rules(const struct rules *r, int32_t county)
{
    for (uint32_t s = 0; s < r->scheme_count; s++)
        if (r->schemes[s].layer != LAYER_PROVINCE &&
            division_is_within(county, r->schemes[s].division))
            return true;
    return false;
}

static enum err list_counties(struct arena *a, struct maker_context *c)
{
    size_t rows, n = 0;
    const struct division *table = division_table(&rows);
    int32_t province = c->rules->scheme_count > 0 ? c->rules->schemes[0].division : 330000;
    int32_t *counties = ARENA_ARRAY(a, int32_t, rows * LOCAL_WEIGHT + 1);
    if (counties == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < rows; i++) {
        const struct division *d = &table[i];
        if (division_level(d->code) != DIVISION_COUNTY || !division_is_within(d->code, province))
            continue;
        if (d->from > c->o->on || d->to <= c->o->on) continue;
        int times = has_own_rules(c->rules, d->code) ? LOCAL_WEIGHT : 1;
        for (int k = 0; k < times; k++)
            counties[n++] = d->code;
    }
    if (n == 0) counties[n++] = province; /* a province whose counties the table does not have */
    c->counties = counties;
    c->county_count = n;
    return ERR_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

struct writer {
    struct buf buf;
    struct file_new file;
    struct draw spoil;
    struct sample_counts counts;
};

/* A well-formed identity number: home, birth, a number of three digits, check digit. */
static void add_idnum(struct buf *b, const struct life *l)
{
    char digits[18];
    struct civil birth = date_to_civil(l->birth);
    snprintf(digits, sizeof digits, "%06u%04u%02u%02u%03u", (uint32_t)l->home % 1000000,
             (uint32_t)birth.year % 10000, (uint32_t)birth.month % 100, (uint32_t)birth.day % 100,
             l->number % 1000);
    buf_add(b, (struct str){digits, 17});
    buf_add_char(b, idnum_check_char(digits));
}

static void add_cell_value(struct buf *b, const struct maker_context *c, const struct life *l,
                           uint32_t f, int64_t v)
{
    const struct rule_field *field = &c->reg->fields[f];
    if (field->type.vt != VT_KEY)
        cell_add_text(b, c->rules, field, v);
    else if (str_eq(field->name.ascii, STR("id_number")))
        add_idnum(b, l);
    else
        buf_printf(b, "K%lld", (long long)v);
}

/* One row; a spoilt one has an impossible value in one cell, or ends early. */
static void add_row(struct writer *w, const struct maker_context *c, const struct life *l,
                    const struct rows *rows, uint32_t row)
{
    uint32_t n = c->reg->field_count;
    bool spoilt = draw_next(&w->spoil) % 1000000 < c->o->bad_per_1000000;
    uint32_t at = spoilt ? (uint32_t)(draw_next(&w->spoil) % (n + 1)) : n + 1;
    buf_printf(&w->buf, "P%08u", l->number);
    for (uint32_t f = 0; f < n && !(spoilt && at == n && f + 1 == n); f++) {
        buf_add_char(&w->buf, ',');
        if (f == at)
            buf_add_c(&w->buf, "2025-02-30");
        else if (rows->known[row][f])
            add_cell_value(&w->buf, c, l, f, rows->values[row][f]);
    }
    buf_add_char(&w->buf, '\n');
    w->counts.rows++;
    w->counts.bad_rows += spoilt;
}

static void add_header(struct writer *w, const struct rule_register *r)
{
    buf_add_c(&w->buf, "person_id");
    for (uint32_t f = 0; f < r->field_count; f++) {
        buf_add_char(&w->buf, ',');
        buf_add(&w->buf, r->fields[f].name.ascii);
    }
    buf_add_char(&w->buf, '\n');
}

static enum err flush(struct writer *w)
{
    enum err e = buf_err(&w->buf);
    if (e != ERR_OK) return e;
    if (fwrite(w->buf.p, 1, w->buf.n, w->file.stream) != w->buf.n) return ERR_IO;
    w->counts.bytes += w->buf.n;
    w->buf.n = 0;
    return ERR_OK;
}

static enum err write_rows(struct writer *w, const struct maker_context *c)
{
    make_fn *make = maker_for(c->reg);
    const struct sample_options *o = c->o;
    static _Thread_local struct rows rows; /* 10 kB: too large for a stack frame */
    enum err e = ERR_OK;
    add_header(w, c->reg);
    for (uint32_t p = 1; e == ERR_OK && p <= o->persons; p++) {
        struct life l = life_of(c, o->first + p);
        struct draw d = draw_for(o->seed, (uint64_t)c->reg_index + 1, l.number);
        rows.count = 0;
        make(c, &l, &d, &rows);
        if (rows.count > c->reg->max_records) rows.count = c->reg->max_records;
        for (uint32_t row = 0; row < rows.count; row++)
            add_row(w, c, &l, &rows, row);
        if (w->buf.n >= FLUSH_BYTES) e = flush(w);
        if (o->progress != NULL && p % TELL_EVERY == 0)
            o->progress(o->progress_ctx, w->counts.rows, (uint64_t)c->reg_index * o->persons + p,
                        (uint64_t)c->rules->reg_count * o->persons);
    }
    return e == ERR_OK ? flush(w) : e;
}

static enum err write_register(struct writer *w, const struct maker_context *c)
{
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/%.*s.csv", c->o->dir, STR_ARG(c->reg->name.ascii));
    buf_add_char(&path, '\0');
    enum err e = buf_err(&path);
    if (e == ERR_OK) e = file_new_open(path.p, &w->file);
    buf_done(&path);
    if (e != ERR_OK) return e;
    w->spoil = draw_for(c->o->seed, UINT32_MAX, (uint64_t)c->reg_index);
    w->buf.n = 0;
    e = write_rows(w, c);
    if (e == ERR_OK)
        e = file_new_commit(&w->file);
    else
        file_new_abandon(&w->file);
    w->counts.files += e == ERR_OK;
    return e;
}

/* identity.csv is written like a register, from other streams. */
static enum err write_identity(struct writer *w, const struct maker_context *c)
{
    struct buf path;
    buf_init(&path, 0);
    buf_printf(&path, "%s/identity.csv", c->o->dir);
    buf_add_char(&path, '\0');
    enum err e = buf_err(&path);
    if (e == ERR_OK) e = file_new_open(path.p, &w->file);
    buf_done(&path);
    if (e != ERR_OK) return e;
    w->buf.n = 0;
    buf_add_c(&w->buf, "person_id,id_number,name,phone\n");
    for (uint32_t p = 1; e == ERR_OK && p <= c->o->persons; p++) {
        const struct life l = life_of(c, c->o->first + p);
        struct draw d = draw_for(c->o->seed, IDENTITY_STREAM, l.number);
        sample_add_identity(&w->buf, l.number, l.birth, draw_next(&d));
        w->counts.rows++;
        if (w->buf.n >= FLUSH_BYTES) e = flush(w);
    }
    if (e == ERR_OK) e = flush(w);
    if (e == ERR_OK)
        e = file_new_commit(&w->file);
    else
        file_new_abandon(&w->file);
    w->counts.files += e == ERR_OK;
    return e;
}

enum err sample_write(struct arena *a, const struct rules *r, const struct sample_options *o,
                      struct sample_counts *ret)
{
    INVARIANT(o->persons >= 1 && o->persons <= SAMPLE_PERSONS_MAX);
    INVARIANT(o->first <= SAMPLE_PERSONS_MAX - o->persons);
    struct maker_context c = {.rules = r, .o = o};
    enum err e = list_counties(a, &c);
    if (e == ERR_OK) e = find_harmful(a, r, &c.harmful);
    if (e != ERR_OK) return e;
    if (mkdir(o->dir, 0777) != 0 && errno != EEXIST) return ERR_IO;
    struct writer w = {0};
    buf_init(&w.buf, 0);
    for (uint32_t i = 0; e == ERR_OK && i < r->reg_count; i++) {
        c.reg = &r->regs[i];
        c.reg_index = (int32_t)i;
        if (c.reg->field_count > FIELDS_MAX)
            e = ERR_RANGE;
        else
            e = write_register(&w, &c);
    }
    if (e == ERR_OK && o->identity) e = write_identity(&w, &c);
    buf_done(&w.buf);
    if (e == ERR_OK) *ret = w.counts;
    return e;
}
