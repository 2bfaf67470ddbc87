/* The column machine's parts: kernels against plain definitions, memory that ends at every place,
 * populations with nobody in them, people whom no scheme serves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/decimal.h"
#include "base/file.h"
#include "diff.h"
#include "engine/kernels.h"
#include "engine/machine.h"
#include "engine/vm_internal.h"
#include "gen_rules.h"

/* --- malloc that fails at the n-th call (linked with --wrap) --- */

static uint64_t calls, fail_at; /* 0 = never */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t align, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t n);

static bool fails(void)
{
    return ++calls == fail_at;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_aligned_alloc(size_t align, size_t n)
{
    return fails() ? NULL : __real_aligned_alloc(align, n);
}

/* --- random numbers and kernel tables --- */

static uint64_t state = 7;

static uint64_t random_next(void)
{
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static int64_t between(int64_t lo, int64_t hi)
{
    return lo + (int64_t)(random_next() % (uint64_t)(hi - lo + 1));
}

static size_t tables(const struct kernels *ret[4])
{
    size_t n = 0;
    ret[n++] = &kernels_portable_i32;
    ret[n++] = &kernels_portable_i64;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        ret[n++] = &kernels_avx2_i32;
        ret[n++] = &kernels_avx2_i64;
    }
#endif
    return n;
}

#define LANES 333 /* no whole number of vectors */

struct lanes {
    int64_t cells[LANES];
};

static void lane_put(const struct kernels *k, struct lanes *l, size_t i, int64_t v)
{
    if (k->wide)
        l->cells[i] = v;
    else
        ((int32_t *)l->cells)[i] = (int32_t)v;
}

static int64_t lane_get(const struct kernels *k, const struct lanes *l, size_t i)
{
    return k->wide ? l->cells[i] : ((const int32_t *)l->cells)[i];
}

/* --- kernels --- */

/* TEST-OF: registers §3 reading 5 */
static void spells_of_one_row(void **unused)
{
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        for (int round = 0; round < 60; round++) {
            struct lanes mask, start, end, out;
            const int64_t low = round % 4 == 0 ? -200000 : -25600;
            const int64_t high = round % 4 == 1 ? 200000 : 47600;
            struct record_args x = {.mask_lo = &mask,
                                    .mask_hi = &mask,
                                    .start = &start,
                                    .end = &end,
                                    .first = INT64_MIN,
                                    .last = high,
                                    .imm = round % 3 == 0 ? 0 : between(1, 366)};
            x.seg.rows = LANES;
            for (size_t i = 0; i < LANES; i++) {
                const int64_t a = between(low, high);
                lane_put(set[t], &mask, i, 1);
                lane_put(set[t], &start, i, a);
                lane_put(set[t], &end, i, i % 5 == 0 ? DATE_OPEN_END : a + between(-40, 3000));
            }
            set[t]->row_spells(&out, &x);
            for (size_t i = 0; i < LANES; i++) {
                const int32_t a = (int32_t)lane_get(set[t], &start, i);
                int32_t b = (int32_t)lane_get(set[t], &end, i), left = 0;
                b = b < x.last + 1 ? b : (int32_t)x.last + 1;
                int64_t months = date_whole_months(a, b, &left);
                if (x.imm > 0) months += left / x.imm;
                if (months > 2400) months = 2400;
                assert_int_equal(lane_get(set[t], &out, i), months);
            }
        }
    }
}

static int64_t per_plain(int64_t v, int64_t unit, int64_t gain, int64_t cap)
{
    const int64_t p = (v > 0 ? v : 0) / unit * gain;
    return p < cap ? p : cap;
}

static void amounts_per_unit(void **unused)
{
    static const int64_t MOST[] = {300, 70000, 1048575, 2000000000};
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        for (int round = 0; round < 400; round++) {
            struct lanes in, out, again;
            int16_t narrow[LANES];
            const int64_t most = MOST[round % 4], unit = round % 3 ? between(1, 2000) : 1;
            const int64_t gain = between(0, 5000);
            const int64_t cap = round % 5 == 0 ? INT64_MAX : between(0, 100000);
            for (size_t i = 0; i < LANES; i++) {
                const int64_t v = between(-most, most);
                lane_put(set[t], &in, i, v);
                narrow[i] = (int16_t)v;
            }
            const bool fits = cap < INT64_MAX || set[t]->wide || most / unit * gain < INT32_MAX;
            set[t]->per(&out, &in, unit, gain, cap, most, LANES);
            set[t]->per_column[COL_I16](&again, narrow, unit, gain, cap, 32767, LANES);
            for (size_t i = 0; i < LANES && fits; i++) {
                const int64_t v = lane_get(set[t], &in, i);
                assert_int_equal(lane_get(set[t], &out, i), per_plain(v, unit, gain, cap));
                assert_int_equal(lane_get(set[t], &again, i),
                                 per_plain(narrow[i], unit, gain, cap));
            }
        }
    }
}

static int64_t step_plain(const struct steps *s, int64_t v)
{
    int64_t sum = s->base;
    for (uint32_t k = 0; k < s->count; k++)
        sum += v >= s->from[k] ? s->delta[k] : 0;
    return sum;
}

static void cells_random(void *cells, enum col_type type, int64_t most)
{
    for (size_t i = 0; i < LANES; i++) {
        const int64_t v = between(type == COL_U8 ? 0 : -most, most);
        if (type == COL_U8) ((uint8_t *)cells)[i] = (uint8_t)v;
        if (type == COL_I16) ((int16_t *)cells)[i] = (int16_t)v;
        if (type == COL_I32) ((int32_t *)cells)[i] = (int32_t)v;
        if (type == COL_I64) ((int64_t *)cells)[i] = v;
    }
}

static void step_functions(void **unused)
{
    static const int64_t MOST[] = {255, 30000, 2000000000, 4000000000000};
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        for (int round = 0; round < 300; round++) {
            int64_t from[STEPS_MAX], delta[STEPS_MAX], cells[LANES];
            struct lanes out;
            const int type = round % 4;
            const bool large = round % 5 == 0; /* edges past the column's type */
            const int64_t gain = round % 7 == 0 ? 50000 : 900;
            struct steps s = {.count = (uint32_t)between(0, STEPS_MAX),
                              .from = from,
                              .delta = delta,
                              .base = between(-gain, gain),
                              .lo = -30 * gain,
                              .hi = 30 * gain};
            int64_t at = -MOST[type];
            for (uint32_t k = 0; k < s.count; k++) {
                at += between(1, MOST[type] / 8 + 1) * (large ? 2 : 1);
                from[k] = at;
                delta[k] = between(-gain, gain);
            }
            cells_random(cells, (enum col_type)type, MOST[type]);
            if (type == COL_I64 && !set[t]->wide) continue; /* such columns have wide lanes */
            set[t]->step[type](&out, cells, &s, LANES);
            for (size_t i = 0; i < LANES; i++) {
                const struct column c = {(enum col_type)type, cells, NULL};
                assert_int_equal(lane_get(set[t], &out, i),
                                 step_plain(&s, column_get(&c, (uint32_t)i)));
            }
        }
    }
}

static void tables_of_sixteen(void **unused)
{
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        uint8_t cells[LANES];
        struct lanes out;
        struct steps s = {.in_table = true};
        for (int i = 0; i < 16; i++)
            s.table[i] = (int16_t)between(INT16_MIN, INT16_MAX);
        for (size_t i = 0; i < LANES; i++)
            cells[i] = (uint8_t)between(0, 15);
        set[t]->step[COL_U8](&out, cells, &s, LANES);
        for (size_t i = 0; i < LANES; i++)
            assert_int_equal(lane_get(set[t], &out, i), s.table[cells[i]]);
    }
}

static void products_and_quotients(void **unused)
{
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        for (int round = 0; round < 60; round++) {
            struct lanes a, b, out, quotient;
            uint8_t err[LANES] = {0}, quotient_err[LANES] = {0};
            const int64_t most = set[t]->wide && round % 2 ? INT64_MAX / 3 : 40000;
            const int64_t den = between(1, 10000);
            const enum rounding r = (enum rounding)(round % 3);
            for (size_t i = 0; i < LANES; i++) {
                lane_put(set[t], &a, i, between(-most, most));
                lane_put(set[t], &b, i, between(1, i % 3 ? 300 : 5));
            }
            set[t]->mul(&out, &a, &b, den, r, LANES, err);
            set[t]->div(&quotient, &a, &b, r, LANES, quotient_err);
            for (size_t i = 0; i < LANES; i++) {
                const int64_t x = lane_get(set[t], &a, i), y = lane_get(set[t], &b, i);
                int64_t v = 0;
                const bool over = decimal_mul_div(x, y, den, r, &v) != ERR_OK;
                assert_int_equal(err[i], over);
                if (!over) assert_int_equal(lane_get(set[t], &out, i), v);
                assert_int_equal(decimal_mul_div(x, 1, y, r, &v), ERR_OK);
                assert_int_equal(quotient_err[i], 0);
                assert_int_equal(lane_get(set[t], &quotient, i), v);
            }
        }
    }
}

static void sums_past_64_bits(void **unused)
{
    const struct kernels *set[4];
    (void)unused;
    for (size_t t = tables(set); t-- > 0;) {
        struct lanes a, b, out;
        uint8_t err[LANES] = {0}, sub[LANES] = {0}, per[LANES] = {0};
        if (!set[t]->wide) continue;
        for (size_t i = 0; i < LANES; i++) {
            lane_put(set[t], &a, i, i % 2 ? INT64_MAX - 5 : -7);
            lane_put(set[t], &b, i, i % 3 ? 9 : -9);
        }
        set[t]->add_checked(&out, &a, &b, LANES, err);
        set[t]->sub_checked(&out, &a, &b, LANES, sub);
        set[t]->per_checked(&out, &a, 1, 2, LANES, per);
        for (size_t i = 0; i < LANES; i++) {
            assert_int_equal(err[i], i % 2 && i % 3);
            assert_int_equal(sub[i], i % 2 && !(i % 3));
            assert_int_equal(per[i], i % 2);
        }
    }
}

/* --- the whole machine --- */

static const struct rules *rules_of(struct arena *a, const char *const *paths, size_t count)
{
    struct diag_list diags;
    const struct rules *r = NULL;
    struct src_file *files = ARENA_ARRAY(a, struct src_file, count);
    diag_list_init(&diags, a);
    for (size_t i = 0; i < count; i++) {
        struct file_map m;
        assert_int_equal(file_map(paths[i], &m), ERR_OK);
        files[i].path = str_from_c(paths[i]);
        files[i].text = str_copy(a, m.bytes);
        file_unmap(&m);
    }
    assert_int_equal(rules_compile(a, files, count, &diags, &r), ERR_OK);
    return r;
}

static const char *const *rule_paths; /* the province's rules, then a city's */

struct world {
    struct arena a;
    const struct rules *r;
    struct population p;
    struct plan *plan;
    int32_t day;
};

static void world_init_rules(struct world *w, size_t rule_files, uint32_t persons)
{
    arena_init(&w->a, 0);
    w->r = rules_of(&w->a, rule_paths, rule_files);
    w->day = date_from_civil(2026, 3, 1);
    const struct random_options o = {
        .seed = 11, .persons = persons, .day = w->day, .unknown_per_1000 = 30, .plausible = true};
    assert_int_equal(random_population(&w->a, w->r, &o, &w->p), ERR_OK);
    assert_int_equal(plan_new(&w->a, w->r, 0, w->day, &w->plan), ERR_OK);
}

static void world_init(struct world *w, uint32_t persons)
{
    world_init_rules(w, 1, persons);
}

static void arena_ends_anywhere(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 10);
    for (uint64_t n = 1;; n++) {
        struct arena a;
        struct vm *vm = NULL;
        arena_init(&a, 0);
        a.fail_at = n;
        const enum err e = vm_new(&a, w.plan, w.day, NULL, &vm);
        assert_true(e == ERR_OK || (e == ERR_NOMEM && vm == NULL));
        arena_done(&a);
        if (e == ERR_OK) break;
    }
    arena_done(&w.a);
}

static void memory_ends_anywhere(void **unused)
{
    struct world w;
    struct vm *vm = NULL;
    int64_t total[60];
    struct score_columns c = {.total_lo = total};
    uint32_t persons[60];
    (void)unused;
    world_init(&w, 60);
    assert_int_equal(vm_new(&w.a, w.plan, w.day, &(struct vm_options){.chunk = 16}, &vm), ERR_OK);
    for (uint32_t i = 0; i < 60; i++)
        persons[i] = 59 - i;
    for (int gathered = 0; gathered < 2; gathered++) {
        for (uint64_t n = 1;; n++) {
            struct vm_state *s = NULL;
            calls = 0;
            fail_at = n;
            enum err e = vm_state_new(vm, &s);
            assert_true(e == ERR_OK || s == NULL);
            if (e == ERR_OK) e = vm_run(vm, s, &w.p, gathered ? persons : NULL, 0, 60, &c, 0);
            fail_at = 0;
            vm_state_free(s);
            assert_true(e == ERR_OK || e == ERR_NOMEM);
            if (e == ERR_OK) break;
        }
    }
    arena_done(&w.a);
}

static void population_memory_ends_anywhere(void **unused)
{
    struct world w;
    (void)unused;
    world_init(&w, 40);
    for (int kind = 0; kind < 2; kind++) {
        for (uint64_t n = 1;; n += 1 + n / 40) {
            struct arena a;
            struct population_scores s = {.count = 99};
            arena_init(&a, 0);
            if (kind == 0) a.fail_at = n;
            calls = 0;
            fail_at = kind == 1 ? n : 0;
            const enum err e = score_population(&a, &w.p, w.day, w.day, 2, NULL, NULL, NULL, &s);
            fail_at = 0;
            assert_true(e == ERR_OK || (e == ERR_NOMEM && s.count == 99));
            arena_done(&a);
            if (e == ERR_OK) break;
        }
    }
    arena_done(&w.a);
}

static void note_progress(void *ctx, uint32_t done)
{
    uint32_t *last = ctx;
    assert_true(done > *last);
    *last = done;
}

static void progress_is_told(void **unused)
{
    struct world w;
    struct population_scores s;
    uint32_t done = 0;
    (void)unused;
    world_init(&w, 500);
    assert_int_equal(
        score_population(&w.a, &w.p, w.day, w.day, 400, NULL, note_progress, &done, &s), ERR_OK);
    assert_int_equal(done, 500);
    arena_done(&w.a);
}

static void nobody(void **unused)
{
    struct world w;
    struct population_scores s;
    (void)unused;
    world_init(&w, 0);
    assert_int_equal(score_population(&w.a, &w.p, w.day, w.day, 2, NULL, NULL, NULL, &s), ERR_OK);
    assert_int_equal(s.count, 0);
    arena_done(&w.a);
}

/* Before the scheme is in force nobody is served, and nobody gets 0 points for it. */
static void no_scheme_in_force(void **unused)
{
    struct world w;
    struct population_scores s;
    struct plan *plan = NULL;
    struct vm *vm = NULL;
    struct vm_state *state_of = NULL;
    const int32_t before = date_from_civil(2020, 1, 1);
    int32_t status[7];
    uint8_t error[7], in_force[7];
    int64_t total[7] = {1, 1, 1, 1, 1, 1, 1};
    struct score_columns c = {
        .status = status, .error = error, .in_force = in_force, .total_hi = total};
    (void)unused;
    world_init(&w, 7);
    assert_int_equal(score_population(&w.a, &w.p, w.day, before, 1, NULL, NULL, NULL, &s), ERR_OK);
    assert_int_equal(plan_new(&w.a, w.r, 0, before, &plan), ERR_OK);
    assert_true(plan->has_none_in_force);
    assert_int_equal(vm_new(&w.a, plan, w.day, NULL, &vm), ERR_OK);
    assert_int_equal(vm_state_new(vm, &state_of), ERR_OK);
    assert_int_equal(vm_run(vm, state_of, &w.p, NULL, 0, 7, &c, 0), ERR_OK);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(s.status[i], STATUS_ERROR);
        assert_int_equal(s.error[i], ERR_NOT_FOUND);
        assert_int_equal(s.scheme[i], -1);
        assert_int_equal(status[i], STATUS_ERROR);
        assert_int_equal(error[i], ERR_NOT_FOUND);
        assert_int_equal(in_force[i], 0);
        assert_int_equal(total[i], 0);
    }
    vm_state_free(state_of);
    arena_done(&w.a);
}

static void refused_rows_spoil_their_person(void **unused)
{
    struct world w;
    struct population_scores clean, spoilt;
    uint8_t bad[300] = {0};
    (void)unused;
    world_init(&w, 300);
    assert_int_equal(score_population(&w.a, &w.p, w.day, w.day, 1, NULL, NULL, NULL, &clean),
                     ERR_OK);
    bad[5] = bad[299] = 1;
    w.p.bad = bad;
    assert_int_equal(score_population(&w.a, &w.p, w.day, w.day, 1, NULL, NULL, NULL, &spoilt),
                     ERR_OK);
    for (uint32_t i = 0; i < 300; i++) {
        assert_int_equal(spoilt.error[i], bad[i] ? ERR_ROWS : clean.error[i]);
        assert_int_equal(spoilt.status[i], bad[i] ? STATUS_ERROR : clean.status[i]);
        assert_int_equal(spoilt.total_hi[i], bad[i] ? 0 : clean.total_hi[i]);
        assert_int_equal(spoilt.indicators_lo[0][i], bad[i] ? 0 : clean.indicators_lo[0][i]);
    }
    arena_done(&w.a);
}

/* Operations run one at a time over one state give what the whole program gives. */
static void parts_of_a_machine(void **unused)
{
    struct world w;
    struct vm *vm = NULL, *part = NULL;
    struct vm_state *one = NULL, *other = NULL;
    int64_t whole_lo[300], whole_hi[300], lo[300], hi[300];
    int32_t whole_status[300], status[300];
    struct score_columns whole = {
        .total_lo = whole_lo, .total_hi = whole_hi, .status = whole_status};
    struct score_columns nothing = {0}, out = {.total_lo = lo, .total_hi = hi, .status = status};
    (void)unused;
    world_init(&w, 300);
    assert_int_equal(vm_new(&w.a, w.plan, w.day, NULL, &vm), ERR_OK);
    assert_int_equal(machine_part_new(&w.a, vm, &part), ERR_OK);
    assert_int_equal(vm_state_new(vm, &one), ERR_OK);
    assert_int_equal(vm_state_new(part, &other), ERR_OK);
    assert_int_equal(vm_run(vm, one, &w.p, NULL, 0, 300, &whole, 0), ERR_OK);
    for (uint32_t k = 0; k < machine_operations(vm); k++) {
        machine_part_set(part, vm, k, 1);
        assert_int_equal(vm_run(part, other, &w.p, NULL, 0, 300, &nothing, 0), ERR_OK);
        assert_true(machine_kind(vm, k) < MACHINE_KINDS);
        assert_string_not_equal(machine_kind_name(machine_kind(vm, k)), "?");
    }
    machine_part_set(part, vm, machine_operations(vm), 0);
    assert_int_equal(vm_run(part, other, &w.p, NULL, 0, 300, &out, 0), ERR_OK);
    assert_memory_equal(lo, whole_lo, sizeof lo);
    assert_memory_equal(hi, whole_hi, sizeof hi);
    assert_memory_equal(status, whole_status, sizeof status);
    assert_true(machine_columns(vm) > 0);
    for (uint32_t k = 0; k < machine_columns(vm); k++) {
        int32_t reg, field;
        machine_column(vm, k, &reg, &field);
        assert_in_range(reg, 0, w.r->reg_count - 1);
        assert_in_range(field, 0, w.r->regs[reg].field_count - 1);
    }
    vm_state_free(one);
    vm_state_free(other);
    arena_done(&w.a);
}

/* --- persons of two schemes, in ranges, nearly whole ranges and scattered --- */

#define CITY 330106
#define ELSEWHERE 330402 /* where the province's rules alone apply */

/* Every so-many-th person has always had the permit elsewhere, everybody else in the city. */
static void settle(struct world *w, uint32_t every)
{
    struct register_data *d = &w->p.regs[w->r->force.reg];
    struct column *place = &d->cols[w->r->force.division_field];
    int32_t *codes = ARENA_ARRAY(&w->a, int32_t, d->row_count + 1);
    assert_non_null(codes);
    assert_int_equal(place->type, COL_I32);
    for (uint32_t i = 0; i < w->p.count; i++) {
        uint32_t row, end;
        population_rows(&w->p, w->r->force.reg, i, &row, &end);
        for (; row < end; row++)
            if (column_known(place, row)) codes[row] = i % every == 0 ? ELSEWHERE : CITY;
    }
    place->data = codes;
}

static void check_person(struct world *w, struct plan *const *plans,
                         const struct population_scores *s, uint32_t i)
{
    const struct home h = home_of(&w->p, i, w->day, w->day);
    const struct plan *plan = plans[h.scheme];
    struct interval indicators[64], groups[64], gates[64];
    struct score x = {.indicators = indicators, .groups = groups, .gates = gates};
    struct arena scratch;
    uint32_t applied = 0;

    assert_true(plan->indicator_count <= 64 && plan->group_count <= 64 && plan->gate_count <= 64);
    arena_init(&scratch, 0);
    assert_int_equal(interp_score(&scratch, plan, &w->p, i, w->day, &x, NULL), ERR_OK);
    arena_done(&scratch);
    assert_int_equal(s->scheme[i], h.scheme);
    assert_int_equal(s->status[i], x.status);
    assert_int_equal(s->error[i], x.error);
    assert_int_equal(s->total_lo[i], x.total.lo);
    assert_int_equal(s->total_hi[i], x.total.hi);
    for (uint32_t k = 0; k < plan->indicator_count; k++) {
        const int32_t at = plan->indicators[k].indicator;
        assert_int_equal(s->indicators_lo[at][i], x.indicators[k].lo);
        assert_int_equal(s->indicators_hi[at][i], x.indicators[k].hi);
    }
    for (uint32_t k = 0; k < w->r->indicator_count; k++)
        applied += s->indicators_lo[k][i] != INT64_MIN;
    assert_int_equal(applied, plan->indicator_count);
    for (uint32_t k = 0; k < plan->group_count; k++) {
        assert_int_equal(s->groups_lo[plan->groups[k]][i], x.groups[k].lo);
        assert_int_equal(s->groups_hi[plan->groups[k]][i], x.groups[k].hi);
    }
}

static void persons_of_two_schemes(void **unused)
{
    static const uint32_t every[] = {2, 4, 6, 50, 600};
    struct world w;
    struct plan *plans[2];
    (void)unused;
    world_init_rules(&w, 2, 18000); /* more than one task */
    assert_int_equal(w.r->scheme_count, 2);
    for (int32_t k = 0; k < 2; k++)
        assert_int_equal(plan_new(&w.a, w.r, k, w.day, &plans[k]), ERR_OK);
    for (size_t k = 0; k < sizeof every / sizeof *every; k++) {
        struct population_scores s;
        struct arena a;
        arena_init(&a, 0);
        settle(&w, every[k]);
        assert_int_equal(score_population(&a, &w.p, w.day, w.day, 2, NULL, NULL, NULL, &s), ERR_OK);
        for (uint32_t i = (uint32_t)k; i < w.p.count; i += 5)
            check_person(&w, plans, &s, i);
        arena_done(&a);
    }
    arena_done(&w.a);
}

/* A register that has not answered for anybody: as for every single person. */
static void silent_registers(void **unused)
{
    struct world w;
    struct diff_found found;
    (void)unused;
    world_init(&w, 50);
    for (uint32_t r = 0; r < w.r->reg_count; r++) {
        const struct register_data kept = w.p.regs[r];
        w.p.regs[r].answered = false;
        assert_int_equal(diff_evaluators(&w.p, w.day, w.day, DIFF_EVERY, &found), ERR_OK);
        if (found.differs) fail_msg("register %u, person %u: %s", r, found.person, found.text);
        w.p.regs[r].row_count = 0; /* nothing came at all */
        w.p.regs[r].off = NULL;
        w.p.regs[r].cols = NULL;
        assert_int_equal(diff_evaluators(&w.p, w.day, w.day, DIFF_EVERY, &found), ERR_OK);
        if (found.differs) fail_msg("empty %u, person %u: %s", r, found.person, found.text);
        w.p.regs[r] = kept;
    }
    arena_done(&w.a);
}

static void names_of_lanes(void **unused)
{
    struct world w;
    struct vm *vm = NULL;
    (void)unused;
    world_init(&w, 1);
    assert_int_equal(
        vm_new(&w.a, w.plan, w.day, &(struct vm_options){.lanes = VM_LANES_PORTABLE}, &vm), ERR_OK);
    assert_string_equal(vm_lanes_name(vm), "portable x i32");
    assert_int_equal(
        vm_new(&w.a, w.plan, w.day,
               &(struct vm_options){.lanes = VM_LANES_PORTABLE, .force_wide_ints = true}, &vm),
        ERR_OK);
    assert_string_equal(vm_lanes_name(vm), "portable x i64");
    arena_done(&w.a);
}

/* Age by birthdays, members by table, four kinds of certificates by one pass over the records. */
static void the_province_folds(void **unused)
{
    struct world w;
    struct vm *vm = NULL;
    uint32_t best = 0, any = 0, age = 0, steps = 0;
    (void)unused;
    world_init(&w, 1);
    assert_int_equal(vm_new(&w.a, w.plan, w.day, NULL, &vm), ERR_OK);
    for (uint32_t i = 0; i < vm->op_count; i++) {
        best += vm->ops[i].code == VM_BEST;
        any += vm->ops[i].code == VM_ANY;
        age += vm->ops[i].code == VM_AGE;
        steps += vm->ops[i].code == VM_STEP;
    }
    assert_int_equal(best, 2); /* education, skill */
    assert_int_equal(any, 0);
    assert_int_equal(age, 0);
    assert_true(steps >= 6);
    arena_done(&w.a);
}

/* --- the generator --- */

static bool has_veto(void *ctx, const struct rules *r)
{
    (void)ctx;
    return r->veto_count > 0;
}

static void programs_shrink(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed < 60; seed++) {
        struct arena a;
        struct gen_program *g = NULL;
        const struct rules *r = NULL;
        struct buf before, after;
        arena_init(&a, 0);
        buf_init(&before, 0);
        buf_init(&after, 0);
        assert_int_equal(gen_program_new(&a, seed, &g), ERR_OK);
        assert_int_equal(gen_program_compile(g, &a, NULL, &r), ERR_OK);
        const bool usable = r && r->veto_count > 0;
        if (usable) {
            gen_program_print(g, &before);
            gen_program_shrink(g, has_veto, NULL, 400);
            gen_program_print(g, &after);
            assert_int_equal(gen_program_compile(g, &a, NULL, &r), ERR_OK);
            assert_non_null(r);
            assert_int_equal(r->veto_count, 1);
            assert_true(buf_str(&after).n < buf_str(&before).n);
        }
        buf_done(&before);
        buf_done(&after);
        arena_done(&a);
        if (usable) return;
    }
    fail_msg("no program with a veto among the first");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells_of_one_row),
        cmocka_unit_test(amounts_per_unit),
        cmocka_unit_test(step_functions),
        cmocka_unit_test(tables_of_sixteen),
        cmocka_unit_test(products_and_quotients),
        cmocka_unit_test(sums_past_64_bits),
        cmocka_unit_test(arena_ends_anywhere),
        cmocka_unit_test(memory_ends_anywhere),
        cmocka_unit_test(population_memory_ends_anywhere),
        cmocka_unit_test(progress_is_told),
        cmocka_unit_test(nobody),
        cmocka_unit_test(no_scheme_in_force),
        cmocka_unit_test(refused_rows_spoil_their_person),
        cmocka_unit_test(persons_of_two_schemes),
        cmocka_unit_test(parts_of_a_machine),
        cmocka_unit_test(silent_registers),
        cmocka_unit_test(names_of_lanes),
        cmocka_unit_test(the_province_folds),
        cmocka_unit_test(programs_shrink),
    };
    if (argc < 3) return 2;
    rule_paths = (const char *const *)(argv + 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("vm", tests, NULL, NULL);
}
