/* Scoring 25,000,000 residents: the column machine beside a hand-written loop and a pass that only
 * sums the same bytes, in one run on one thread.
 *
 *   (a) scalar facts   scalar.md: birth date, level, certificate, months paid, months resident
 *   (b) registers      rules/zhejiang.md: permit, education, skill, pension and residence records
 *
 * All three make the same thing of the data, a sum: the machine writes its totals into a block that
 * stays in the cache and is added up; the hand-written loop adds as it goes. The machine's totals
 * are compared with the hand-written loop's resident by resident before anything is timed.
 *
 * bench_score [residents] [rounds] [a|b]; medians of the rounds are printed. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/date.h"
#include "common.h"
#include "engine/score.h"

#define RESIDENTS 25000000u
#define ROUNDS 5
#define ROUNDS_MAX 99
#define BLOCK 2048u /* totals that are added up together */
#define RECORDS 3u  /* most records of one resident in one register */

static int32_t day;

static void *grab(size_t count, size_t size)
{
    void *p = malloc(count * size + 64);
    if (!p) bench_fail("not enough memory");
    return p;
}

static uint64_t now_ns(void)
{
    return bench_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((bench_random(state) >> 32) * n >> 32);
}

/* --- rules --- */

static int32_t register_find(const struct rules *r, const char *name)
{
    for (uint32_t i = 0; i < r->reg_count; i++)
        if (str_eq(r->regs[i].name.ascii, str_from_c(name))) return (int32_t)i;
    bench_fail("a register is missing");
    return -1;
}

/* Index of an enum's member by its ASCII name. */
static int32_t member_find(const struct rules *r, const char *name)
{
    for (uint32_t e = 0; e < r->enum_count; e++)
        for (uint32_t m = 0; m < r->enums[e].member_count; m++)
            if (str_eq(r->enums[e].members[m].ascii, str_from_c(name))) return (int32_t)m;
    bench_fail("a member is missing");
    return -1;
}

/* --- data: a population and the same arrays for the hand-written loops --- */

struct data {
    struct population p;
    uint32_t count;
    uint64_t bytes;
    /* (a) */
    int32_t *birth;
    uint8_t *level, *certificate;
    int16_t *pension_months, *residence_months;
    /* (b): per register offsets and columns */
    struct records {
        uint32_t *off;
        void *col[4];
        const uint8_t *rows_of; /* of the population */
        int32_t reg;
        size_t width[4];
        uint32_t cols, rows, room;
    } permit, education, skill, pension, residence;
};

static void data_init(struct data *d, const struct rules *r, struct arena *a, uint32_t count)
{
    memset(d, 0, sizeof *d);
    d->count = count;
    d->p.rules = r;
    d->p.count = count;
    d->p.regs = ARENA_ARRAY(a, struct register_data, r->reg_count);
    if (!d->p.regs) bench_fail("not enough memory");
    d->birth = grab(count, sizeof *d->birth);
    uint64_t g = 1;
    for (uint32_t i = 0; i < count; i++) /* 14 to 80 years old */
        d->birth[i] = day - 5114 - (int32_t)below(&g, 24107);
}

/* Hand the arrays of one register to the population. */
static void data_give(struct data *d, struct arena *a, const char *name, const uint32_t *off,
                      uint32_t rows, void *const *cols)
{
    const int32_t reg = register_find(d->p.rules, name);
    const struct rule_register *rr = &d->p.rules->regs[reg];
    struct register_data *out = &d->p.regs[reg];

    *out = (struct register_data){.answered = true, .row_count = rows, .off = off};
    out->cols = ARENA_ARRAY(a, struct column, rr->field_count);
    if (!out->cols) bench_fail("not enough memory");
    for (uint32_t f = 0; f < rr->field_count; f++) {
        const enum col_type type = column_type_for(&rr->fields[f]);
        out->cols[f] = (struct column){.type = type, .data = cols[f]};
        d->bytes += (uint64_t)rows * column_width(type);
    }
    if (!off) return;
    if (population_pack_rows(a, off, d->count, out) != ERR_OK) bench_fail("not enough memory");
    if (out->off)
        d->bytes += ((uint64_t)d->count + 1) * sizeof *off;
    else
        d->bytes += d->count + (d->count / ROWS_STRIDE + 1) * sizeof *out->rows_before;
}

static void expect_width(const struct rules *r, const char *reg, uint32_t field, size_t width)
{
    const struct rule_register *rr = &r->regs[register_find(r, reg)];
    if (column_width(column_type_for(&rr->fields[field])) != width)
        bench_fail("a column is not as wide as the benchmark thinks");
}

static void data_scalar(struct data *d, struct arena *a)
{
    const uint32_t n = d->count;
    uint64_t g = 2;

    d->level = grab(n, 1);
    d->certificate = grab(n, 1);
    d->pension_months = grab(n, sizeof *d->pension_months);
    d->residence_months = grab(n, sizeof *d->residence_months);
    expect_width(d->p.rules, "fact", 0, 1);
    expect_width(d->p.rules, "fact", 1, 1);
    expect_width(d->p.rules, "fact", 2, 2);
    for (uint32_t i = 0; i < n; i++) {
        d->level[i] = (uint8_t)below(&g, 6);
        d->certificate[i] = (uint8_t)(below(&g, 10) < 6 ? 0 : 1 + below(&g, 15));
        d->pension_months[i] = (int16_t)below(&g, 240);
        d->residence_months[i] = (int16_t)below(&g, 300);
    }
    data_give(d, a, "person", NULL, n, (void *[]){d->birth});
    data_give(d, a, "fact", NULL, n,
              (void *[]){d->level, d->certificate, d->pension_months, d->residence_months});
}

/* --- (b): records --- */

static void records_init(struct records *r, uint32_t persons, uint32_t cols, const size_t *width)
{
    r->off = grab((size_t)persons + 1, sizeof *r->off);
    r->off[0] = 0;
    r->cols = cols;
    r->room = persons / 4;
    for (uint32_t c = 0; c < cols; c++) {
        r->width[c] = width[c];
        r->col[c] = grab(r->room, width[c]);
    }
}

static void records_add(struct records *r, const int32_t *v)
{
    if (r->rows == r->room) {
        r->room += r->room / 8 + 1024;
        for (uint32_t c = 0; c < r->cols; c++)
            if (!(r->col[c] = realloc(r->col[c], (size_t)r->room * r->width[c] + 64)))
                bench_fail("not enough memory");
    }
    for (uint32_t c = 0; c < r->cols; c++) {
        if (r->width[c] == 1)
            ((uint8_t *)r->col[c])[r->rows] = (uint8_t)v[c];
        else if (r->width[c] == 2)
            ((int16_t *)r->col[c])[r->rows] = (int16_t)v[c];
        else
            ((int32_t *)r->col[c])[r->rows] = v[c];
    }
    r->rows++;
}

static void records_fit(struct records *r)
{
    r->room = r->rows;
    for (uint32_t c = 0; c < r->cols; c++) {
        void *fit = realloc(r->col[c], (size_t)r->rows * r->width[c] + 64);
        if (fit) r->col[c] = fit;
    }
}

/* How many records, from per cent of 0, 1, 2 (the rest 3). */
static uint32_t how_many(uint64_t *g, uint32_t none, uint32_t one, uint32_t two)
{
    const uint32_t x = below(g, 100);
    return x < none ? 0 : x < none + one ? 1 : x < none + one + two ? 2 : 3;
}

static int32_t some_division(uint64_t *g)
{
    static const int32_t CODES[] = {330106, 330110, 330203, 330282, 330302, 330381, 330402, 330602};
    return below(g, 12) == 0 ? 310115 : CODES[below(g, 8)];
}

static int row_order(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    for (int c = 0; c < 4; c++)
        if (x[c] != y[c]) return x[c] < y[c] ? -1 : 1;
    return 0;
}

static void rows_add(struct records *r, uint32_t person, int32_t rows[RECORDS][4], uint32_t n)
{
    if (n > 1) qsort(rows, n, sizeof rows[0], row_order);
    for (uint32_t i = 0; i < n; i++)
        records_add(r, rows[i]);
    r->off[person + 1] = r->rows;
}

static void gen_permit(struct records *r, uint32_t person, uint64_t *g)
{
    int32_t rows[RECORDS][4] = {{0}};
    const uint32_t n = how_many(g, 2, 91, 7);
    int32_t from = day - 100 - (int32_t)below(g, 3000);
    for (uint32_t i = 0; i < n; i++) {
        const bool last = i + 1 == n;
        rows[i][0] = some_division(g);
        rows[i][1] = last && below(g, 100) < 4 ? 1 : 0;
        rows[i][2] = from;
        rows[i][3] = last ? DATE_OPEN_END : from + 50;
        from += 50;
    }
    rows_add(r, person, rows, n);
}

static void gen_education(struct records *r, uint32_t person, uint64_t *g)
{
    int32_t rows[RECORDS][4] = {{0}};
    const uint32_t n = how_many(g, 6, 86, 7);
    for (uint32_t i = 0; i < n; i++) {
        rows[i][0] = (int32_t)below(g, 6);
        rows[i][1] = below(g, 4) == 0 ? DATE_OPEN_START : day + 100 - (int32_t)below(g, 9000);
    }
    rows_add(r, person, rows, n);
}

static void gen_skill(struct records *r, uint32_t person, uint64_t *g)
{
    int32_t rows[RECORDS][4] = {{0}};
    const uint32_t n = how_many(g, 65, 31, 4);
    for (uint32_t i = 0; i < n; i++) {
        rows[i][0] = (int32_t)below(g, 15);
        rows[i][1] = below(g, 4) == 0 ? DATE_OPEN_START : day + 100 - (int32_t)below(g, 6000);
    }
    rows_add(r, person, rows, n);
}

static void gen_pension(struct records *r, uint32_t person, uint64_t *g)
{
    int32_t rows[RECORDS][4] = {{0}};
    const uint32_t n = how_many(g, 25, 57, 14);
    for (uint32_t i = 0; i < n; i++) {
        const int32_t to = date_month(day) + 2 - (int32_t)below(g, 60);
        rows[i][0] = some_division(g);
        rows[i][1] = to - (int32_t)below(g, 100);
        rows[i][2] = to;
    }
    rows_add(r, person, rows, n);
}

static void gen_residence(struct records *r, uint32_t person, uint64_t *g)
{
    int32_t rows[RECORDS][4] = {{0}};
    const uint32_t n = how_many(g, 5, 80, 12);
    for (uint32_t i = 0; i < n; i++) {
        const int32_t from = day - (int32_t)below(g, 4500);
        rows[i][0] = some_division(g);
        rows[i][1] = from;
        rows[i][2] = below(g, 2) == 0 ? DATE_OPEN_END : from + (int32_t)below(g, 1500);
    }
    rows_add(r, person, rows, n);
}

static void data_records(struct data *d, struct arena *a)
{
    const struct rules *r = d->p.rules;
    static const struct {
        const char *name;
        uint32_t cols;
        void (*gen)(struct records *r, uint32_t person, uint64_t *g);
    } REGS[] = {{"permit", 4, gen_permit},
                {"education", 2, gen_education},
                {"skill", 2, gen_skill},
                {"pension", 3, gen_pension},
                {"residence", 3, gen_residence}};
    struct records *const at[] = {&d->permit, &d->education, &d->skill, &d->pension, &d->residence};

    for (size_t i = 0; i < sizeof REGS / sizeof REGS[0]; i++) {
        const struct rule_register *rr = &r->regs[register_find(r, REGS[i].name)];
        size_t width[4] = {0};
        uint64_t g = 10 + i;
        for (uint32_t c = 0; c < REGS[i].cols; c++)
            width[c] = column_width(column_type_for(&rr->fields[c]));
        records_init(at[i], d->count, REGS[i].cols, width);
        for (uint32_t k = 0; k < d->count; k++)
            REGS[i].gen(at[i], k, &g);
        records_fit(at[i]);
        data_give(d, a, REGS[i].name, at[i]->off, at[i]->rows, at[i]->col);
        at[i]->reg = register_find(r, REGS[i].name);
        at[i]->rows_of = d->p.regs[at[i]->reg].rows_of;
        if (!at[i]->rows_of) bench_fail("somebody has more than 255 records");
        free(at[i]->off);
        at[i]->off = NULL;
    }
    data_give(d, a, "person", NULL, d->count, (void *[]){d->birth});
}

/* --- the hand-written loops --- */

struct hand {
    int32_t birthday[62]; /* birthday[k]: born on or before it, one is k years old */
    int32_t level_points[8], certificate_points[64];
    int32_t month, valid;
};

static int32_t birth_for_age(int32_t years)
{
    int32_t b = day;
    while (date_age_years(b, day) < years)
        b -= 1 + (years > date_age_years(b, day) + 1) * 300;
    while (date_age_years(b + 1, day) >= years)
        b++;
    return b;
}

static void hand_init(struct hand *h, const struct rules *r)
{
    static const struct {
        const char *member;
        int32_t points;
    } SKILLS[] = {{"qualification_1", 1000},
                  {"qualification_2", 1000},
                  {"qualification_3", 800},
                  {"qualification_4", 500},
                  {"qualification_5", 300},
                  {"skill_1", 1000},
                  {"skill_2", 1000},
                  {"skill_3", 800},
                  {"skill_4", 500},
                  {"skill_5", 300},
                  {"title_senior", 1000},
                  {"title_deputy_senior", 1000},
                  {"title_intermediate", 1000},
                  {"title_junior", 800},
                  {"special_ability", 300}};
    *h = (struct hand){.month = date_month(day)};
    for (int32_t k = 1; k < 62; k++)
        h->birthday[k] = birth_for_age(k);
    for (int32_t k = 0; k < 6; k++)
        h->level_points[k] = k >= 3 ? 1000 : k == 2 ? 800 : 500;
    for (size_t i = 0; i < sizeof SKILLS / sizeof SKILLS[0]; i++)
        h->certificate_points[member_find(r, SKILLS[i].member)] = SKILLS[i].points;
}

/* 5 points at 55 to 60, one more for every year less, at most 20; none above 60. */
static inline int32_t hand_age(const struct hand *h, int32_t birth)
{
    int32_t years = 0;
#pragma GCC unroll 16 /* so that the loop over residents is the inner one */
    for (int k = 41; k <= 55; k++)
        years += birth <= h->birthday[k];
    return (2000 - 100 * years) * (birth > h->birthday[61]);
}

static inline int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* (a): the compiler vectorises it; conditions are written as numbers, so that it can. */
static inline int32_t hand_total(const struct hand *h, int32_t birth, int32_t level, int32_t c,
                                 int32_t pension, int32_t residence)
{
    const int32_t ten =
        (c == 1) + (c == 2) + (c == 6) + (c == 7) + (c == 11) + (c == 12) + (c == 13);
    const int32_t eight = (c == 3) + (c == 8) + (c == 14), five = (c == 4) + (c == 9);
    const int32_t three = (c == 5) + (c == 10) + (c == 15);
    const int32_t skill = ten * 1000 + eight * 800 + five * 500 + three * 300;
    const int32_t education = 500 + (level >= 2) * 300 + (level >= 3) * 200;
    return hand_age(h, birth) + education + skill + least(pension * 50, 3000) +
           least(residence * 25, 3000);
}

YARDSTICK_WIDE static uint64_t hand_scalar_sum(const struct data *d, const struct hand *h,
                                               uint32_t first, uint32_t count)
{
    const int32_t *restrict birth = d->birth + first;
    const uint8_t *restrict level = d->level + first, *restrict cert = d->certificate + first;
    const int16_t *restrict pension = d->pension_months + first;
    const int16_t *restrict residence = d->residence_months + first;
    const struct hand table = *h;
    uint64_t sum = 0;

    for (uint32_t at = 0; at < count; at += BLOCK) { /* 32-bit sums inside, 64-bit outside */
        const uint32_t end = at + BLOCK < count ? at + BLOCK : count;
        uint32_t part = 0;
        for (uint32_t i = at; i < end; i++)
            part +=
                (uint32_t)hand_total(&table, birth[i], level[i], cert[i], pension[i], residence[i]);
        sum += part;
    }
    return sum;
}

static uint64_t hand_scalar(const struct data *d, const struct hand *h, uint32_t first,
                            uint32_t count, int32_t *out)
{
    for (uint32_t i = 0; out && i < count; i++)
        out[i] = hand_total(h, d->birth[first + i], d->level[first + i], d->certificate[first + i],
                            d->pension_months[first + i], d->residence_months[first + i]);
    return hand_scalar_sum(d, h, first, count);
}

struct pair {
    int32_t a, b;
};

/* The rows of one resident in one register. */
struct rows {
    uint32_t first, end;
};

static uint32_t hand_sorted(const struct records *r, struct rows x, int32_t last, struct pair *list)
{
    const int32_t *place = r->col[0], *from = r->col[1], *to = r->col[2];
    uint32_t n = 0;
    for (uint32_t row = x.first; row < x.end; row++) {
        if (place[row] < 330000 || place[row] > 339999 || from[row] > last) continue;
        const struct pair at = {from[row], least(to[row], last)};
        uint32_t k = n++;
        for (; k > 0 && list[k - 1].a > at.a; k--)
            list[k] = list[k - 1];
        list[k] = at;
    }
    return n;
}

static int32_t hand_pension(const struct records *r, struct rows x, const struct hand *h)
{
    struct pair list[RECORDS];
    int32_t months = 0, next = INT32_MIN;
    const uint32_t n = hand_sorted(r, x, h->month, list);
    for (uint32_t i = 0; i < n; i++) {
        const int32_t a = list[i].a > next ? list[i].a : next;
        if (list[i].b < a) continue;
        months += list[i].b - a + 1;
        next = list[i].b + 1;
    }
    return least(months * 50, 3000);
}

static int32_t hand_residence(const struct records *r, struct rows x)
{
    struct pair list[RECORDS];
    int32_t months = 0, days = 0;
    const uint32_t n = hand_sorted(r, x, day, list);
    for (uint32_t i = 0; i < n;) {
        int32_t a = list[i].a, b = list[i].b, left = 0;
        for (i++; i < n && list[i].a <= b; i++)
            b = list[i].b > b ? list[i].b : b;
        if (b <= a) continue;
        months += date_whole_months(a, b, &left);
        days += left;
    }
    return least((months + days / 30) * 25, 3000);
}

static int32_t hand_best(const struct records *r, struct rows x, const int32_t *points)
{
    const uint8_t *what = r->col[0];
    const int32_t *on = r->col[1];
    int32_t best = 0;
    for (uint32_t row = x.first; row < x.end; row++)
        if (on[row] <= day && points[what[row]] > best) best = points[what[row]];
    return best;
}

static bool hand_valid(const struct records *r, struct rows x, const struct hand *h)
{
    const uint8_t *status = r->col[1];
    const int32_t *from = r->col[2], *to = r->col[3];
    for (uint32_t row = x.first; row < x.end; row++)
        if (from[row] <= day && day < to[row]) return status[row] == h->valid;
    return false;
}

/* Residents in order: the rows of the next begin where those of this one end. */
static inline struct rows next_rows(const struct records *r, uint32_t person, uint32_t *at)
{
    const struct rows x = {*at, *at + r->rows_of[person]};
    *at = x.end;
    return x;
}

YARDSTICK static uint64_t hand_records(const struct data *d, const struct hand *h, uint32_t first,
                                       uint32_t count, int32_t *out)
{
    const struct records *const reg[] = {&d->permit, &d->education, &d->skill, &d->pension,
                                         &d->residence};
    uint32_t at[5], unused;
    uint64_t sum = 0;
    for (int i = 0; i < 5; i++)
        population_rows(&d->p, reg[i]->reg, first, &at[i], &unused);
    for (uint32_t i = 0; i < count; i++) {
        struct rows x[5];
        int32_t total = 0;
        for (int k = 0; k < 5; k++)
            x[k] = next_rows(reg[k], first + i, &at[k]);
        if (hand_valid(reg[0], x[0], h)) {
            const int32_t education = hand_best(reg[1], x[1], h->level_points);
            total = hand_age(h, d->birth[first + i]) + (education ? education : 500) +
                    hand_best(reg[2], x[2], h->certificate_points) + hand_pension(reg[3], x[3], h) +
                    hand_residence(reg[4], x[4]);
        }
        if (out) out[i] = total;
        sum += (uint32_t)total;
    }
    return sum;
}

/* --- the pass that only sums the bytes --- */

static uint64_t sum_bytes(const struct data *d)
{
    uint64_t sum = 0;
    for (uint32_t r = 0; r < d->p.rules->reg_count; r++) {
        const struct register_data *x = &d->p.regs[r];
        if (x->off) sum += bench_sum_words(x->off, ((size_t)d->count + 1) * sizeof *x->off);
        if (x->rows_of) sum += bench_sum_words(x->rows_of, d->count);
        for (uint32_t f = 0; x->cols && f < d->p.rules->regs[r].field_count; f++)
            sum += bench_sum_words(x->cols[f].data, x->row_count * column_width(x->cols[f].type));
    }
    return sum;
}

/* --- the column machine --- */

struct machine {
    struct vm *vm;
    struct vm_state *state;
    int64_t *totals; /* BLOCK */
};

static void machine_init(struct machine *m, struct arena *a, const struct rules *r)
{
    struct plan *plan = NULL;
    if (plan_new(a, r, 0, day, &plan) != ERR_OK || vm_new(a, plan, day, NULL, &m->vm) != ERR_OK ||
        vm_state_new(m->vm, &m->state) != ERR_OK)
        bench_fail("the column machine cannot be made");
    m->totals = grab(BLOCK, sizeof *m->totals);
}

static uint64_t machine_sum(struct machine *m, const struct data *d)
{
    uint64_t sum = 0;
    for (uint32_t first = 0; first < d->count; first += BLOCK) {
        const uint32_t n = d->count - first < BLOCK ? d->count - first : BLOCK;
        struct score_columns c = {.total_lo = m->totals};
        if (vm_run(m->vm, m->state, &d->p, NULL, first, n, &c, 0) != ERR_OK) bench_fail("vm_run");
        for (uint32_t i = 0; i < n; i++)
            sum += (uint64_t)m->totals[i];
    }
    return sum;
}

/* --- a comparison --- */

struct bench {
    const char *name;
    const struct data *d;
    const struct hand *h;
    struct machine *m;
    uint64_t (*hand)(const struct data *d, const struct hand *h, uint32_t first, uint32_t count,
                     int32_t *out);
    uint64_t sum;
};

static void check_equal(struct bench *b)
{
    int32_t *out = grab(BLOCK, sizeof *out);
    for (uint32_t first = 0; first < b->d->count; first += BLOCK) {
        const uint32_t n = b->d->count - first < BLOCK ? b->d->count - first : BLOCK;
        struct score_columns c = {.total_lo = b->m->totals};
        b->sum += b->hand(b->d, b->h, first, n, out);
        if (vm_run(b->m->vm, b->m->state, &b->d->p, NULL, first, n, &c, 0) != ERR_OK)
            bench_fail("vm_run");
        for (uint32_t i = 0; i < n; i++) {
            if (out[i] == b->m->totals[i]) continue;
            fprintf(stderr, "%s: resident %u: by hand %d, machine %lld\n", b->name, first + i,
                    out[i], (long long)b->m->totals[i]);
            exit(1);
        }
    }
    free(out);
}

static void print_row(const struct bench *b, const char *what, uint64_t ns, const uint64_t *all,
                      int rounds)
{
    const uint64_t n = b->d->count;
    printf("  %-28s %8.1f M residents/s   %6.2f ns each   %5.2f GB/s   (%.1f .. %.1f)\n", what,
           (double)n * 1e3 / (double)ns, (double)ns / (double)n, (double)b->d->bytes / (double)ns,
           (double)n * 1e3 / (double)all[rounds - 1], (double)n * 1e3 / (double)all[0]);
}

static void measure(struct bench *b, int rounds)
{
    uint64_t hand[ROUNDS_MAX], machine[ROUNDS_MAX], bytes[ROUNDS_MAX], t, check = 0;

    check_equal(b);
    for (int i = 0; i < rounds; i++) {
        t = now_ns();
        check ^= sum_bytes(b->d);
        bytes[i] = now_ns() - t;
        t = now_ns();
        if (b->hand(b->d, b->h, 0, b->d->count, NULL) != b->sum) bench_fail("the sums differ");
        hand[i] = now_ns() - t;
        t = now_ns();
        if (machine_sum(b->m, b->d) != b->sum) bench_fail("the sums differ");
        machine[i] = now_ns() - t;
    }
    const uint64_t h = bench_median(hand, (size_t)rounds),
                   m = bench_median(machine, (size_t)rounds),
                   s = bench_median(bytes, (size_t)rounds);
    printf("%s: %u residents, %.1f bytes each, mean total %.4f, %s, medians of %d\n", b->name,
           b->d->count, (double)b->d->bytes / b->d->count,
           (double)b->sum / 100 / (double)b->d->count, vm_lanes_name(b->m->vm), rounds);
    print_row(b, "column machine", m, machine, rounds);
    print_row(b, "hand-written C loop", h, hand, rounds);
    print_row(b, "sum of the same bytes", s, bytes, rounds);
    printf("  machine / hand-written %.2f (aim: at most 2)   machine / byte sum %.2f (aim: at most "
           "4)%s\n",
           (double)m / (double)h, (double)m / (double)s, check == 1 ? " " : "");
}

static void run(const char *name, const char *path, bool records, uint32_t count, int rounds)
{
    struct arena a;
    struct data d;
    struct hand h;
    struct machine m;
    arena_init(&a, 0);
    struct rule_set set;
    bench_rules(&a, &path, 1, &set);
    const struct rules *r = set.rules;
    data_init(&d, r, &a, count);
    if (records)
        data_records(&d, &a);
    else
        data_scalar(&d, &a);
    hand_init(&h, r);
    if (records) h.valid = member_find(r, "valid");
    machine_init(&m, &a, r);
    struct bench b = {
        .name = name, .d = &d, .h = &h, .m = &m, .hand = records ? hand_records : hand_scalar};
    measure(&b, rounds);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("  peak memory of the process so far %ld MB\n", u.ru_maxrss / 1024);
    vm_state_free(m.state);
    free(m.totals);
    free(d.birth);
    free(d.level);
    free(d.certificate);
    free(d.pension_months);
    free(d.residence_months);
    struct records *const at[] = {&d.permit, &d.education, &d.skill, &d.pension, &d.residence};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        free(at[i]->off);
        for (int c = 0; c < 4; c++)
            free(at[i]->col[c]);
    }
    arena_done(&a);
}

int main(int argc, char **argv)
{
    const uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : RESIDENTS;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : ROUNDS;
    const char *which = argc > 3 ? argv[3] : "ab";

    if (rounds < 1 || rounds > ROUNDS_MAX || count == 0)
        bench_fail("bench_score [residents] [rounds] [a|b]");
    day = date_from_civil(2026, 3, 1);
    if (strchr(which, 'a')) run("(a) scalar facts", JIFEN_BENCH "/scalar.md", false, count, rounds);
    if (strchr(which, 'b')) run("(b) registers", JIFEN_RULES "/zhejiang.md", true, count, rounds);
    return 0;
}
