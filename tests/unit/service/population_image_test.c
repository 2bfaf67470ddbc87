/* Population images: what is written is what is read, whatever the rules and the facts; damage is
 * seen; a batch applied is the same as everything written anew.
 *
 * JIFEN_PROGRAMS (random rule programs), JIFEN_SEED choose what is tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "engine/check.h"
#include "gen_rules.h"
#include "random_env.h"
#include "service/population_build.h"

#define PROGRAMS_DEFAULT 100u
#define PERSONS 60u

static char folder[] = "/tmp/jifen-image-XXXXXX";
static char path[64], other[64];
static uint64_t seed = 20260301;

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (*state >> 33) % below;
}

/* --- random rules and people ------------------------------------------------------------------ */

static const struct rules *some_rules(struct arena *a, uint64_t s)
{
    for (;; s += 1000003) {
        struct gen_program *g;
        const struct rules *r = NULL;
        assert_int_equal(gen_program_new(a, s, &g), ERR_OK);
        assert_int_equal(gen_program_compile(g, a, NULL, &r), ERR_OK);
        if (r != NULL) return r;
    }
}

/* Everybody has an even number; odd ones come with batches. */
static struct str some_id(struct arena *a, uint32_t i)
{
    char text[32];
    snprintf(text, sizeof text, "P%06u", i);
    return str_copy(a, str_from_c(text));
}

static struct population some_people(struct arena *a, const struct rules *r, uint64_t s,
                                     uint32_t persons)
{
    struct random_options o = {.seed = s,
                               .persons = persons,
                               .day = date_from_civil(2026, 3, 1),
                               .unknown_per_1000 = s % 3 == 0 ? 0 : 100};
    struct population p;
    assert_int_equal(random_population(a, r, &o, &p), ERR_OK);
    struct str *ids = ARENA_ARRAY(a, struct str, persons);
    uint8_t *bad = ARENA_ARRAY(a, uint8_t, persons);
    for (uint32_t i = 0; i < persons; i++) {
        ids[i] = some_id(a, 2 * i);
        bad[i] = p.bad != NULL ? p.bad[i] : s % 2 == 0 && i % 7 == 3;
    }
    p.ids = ids;
    p.bad = s % 5 == 0 && p.bad == NULL ? NULL : bad;
    return p;
}

/* --- the same people? ------------------------------------------------------------------------- */

static void assert_same_cell(const struct population *p, const struct population *q,
                             const struct rule_field *f, const struct column *c,
                             const struct column *d, uint32_t row, uint32_t other_row)
{
    assert_int_equal(column_known(c, row), column_known(d, other_row));
    if (!column_known(c, row)) {
        assert_int_equal(column_get(d, other_row), 0);
        return;
    }
    int64_t v = column_get(c, row), w = column_get(d, other_row);
    if (f->type.vt == VT_KEY)
        assert_true(str_eq(p->keys[v], q->keys[w]));
    else
        assert_int_equal(v, w);
}

static void assert_same_person(const struct population *p, uint32_t i, const struct population *q,
                               uint32_t k)
{
    assert_true(str_eq(p->ids[i], q->ids[k]));
    assert_int_equal(p->bad != NULL && p->bad[i] != 0, q->bad != NULL && q->bad[k] != 0);
    for (uint32_t reg = 0; reg < p->rules->reg_count; reg++) {
        uint32_t first, end, other_first, other_end;
        population_rows(p, (int32_t)reg, i, &first, &end);
        population_rows(q, (int32_t)reg, k, &other_first, &other_end);
        assert_int_equal(end - first, other_end - other_first);
        assert_int_equal(population_answered(p, (int32_t)reg, i),
                         population_answered(q, (int32_t)reg, k));
        for (uint32_t n = 0; n < end - first; n++)
            for (uint32_t f = 0; f < p->rules->regs[reg].field_count; f++)
                assert_same_cell(p, q, &p->rules->regs[reg].fields[f], &p->regs[reg].cols[f],
                                 &q->regs[reg].cols[f], first + n, other_first + n);
    }
}

#define ALL (IMAGE_WITH_IDS | IMAGE_WITH_KEYS)

/* Person i of p is found by search; a neighbour who is nobody is not. */
static void assert_is_found(const struct population_image *m, const struct population *p,
                            uint32_t i)
{
    struct image_segment s;
    struct buf nobody;
    uint32_t at;
    assert_int_equal(image_person_open(m, p->ids[i], &s, &at), ERR_OK);
    assert_same_person(p, i, &s.people, at);
    image_segment_close(&s);
    buf_init(&nobody, 0);
    buf_printf(&nobody, "%.*s0", STR_ARG(p->ids[i]));
    assert_int_equal(image_person_open(m, buf_str(&nobody), &s, &at), ERR_NOT_FOUND);
    buf_done(&nobody);
    assert_int_equal(image_person_open(m, STR("0"), &s, &at), ERR_NOT_FOUND);
}

/* Everybody of the image, in order, is the person that `runs` say. */
static void assert_image_is(const char *file, const struct rules *r, const struct image_run *runs,
                            size_t run_count)
{
    struct population_image *m;
    size_t run = 0;
    uint32_t at = 0, seen = 0, wanted = 0;
    for (size_t i = 0; i < run_count; i++)
        wanted += runs[i].count;
    assert_int_equal(image_open(file, r, NULL, &m), ERR_OK);
    assert_int_equal(image_counts(m)->persons, wanted);
    for (uint32_t k = 0; k < image_counts(m)->segments; k++) {
        struct image_segment s;
        assert_int_equal(image_segment_open(m, k, ALL, &s), ERR_OK);
        assert_int_equal(s.first, seen);
        for (uint32_t i = 0; i < s.people.count; i++, at++, seen++) {
            while (at == runs[run].count) {
                run++;
                at = 0;
            }
            assert_same_person(runs[run].people, runs[run].first + at, &s.people, i);
            assert_int_equal(image_segment_of(m, s.people.ids[i]), k);
            assert_is_found(m, runs[run].people, runs[run].first + at);
        }
        image_segment_close(&s);
    }
    uint32_t segment;
    assert_int_equal(image_verify(m, NULL, NULL, &segment), ERR_OK);
    image_close(m);
}

static void write_image(const char *file, const struct population *p, uint32_t most)
{
    const struct image_source source = {.origin = IMAGE_FROM_FILES, .on = 20000};
    struct image_writer *w;
    assert_int_equal(image_writer_open(file, p->rules, &w), ERR_OK);
    for (uint32_t first = 0; first < p->count; first += most) {
        struct image_run run = {p, first, p->count - first < most ? p->count - first : most};
        assert_int_equal(image_writer_segment(w, &run, 1, NULL, 0), ERR_OK);
    }
    assert_int_equal(image_writer_commit(w, &source), ERR_OK);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    uint64_t programs = random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT);
    for (uint64_t n = 0; n < programs; n++) {
        struct arena a;
        arena_init(&a, 0);
        const struct rules *r = some_rules(&a, seed + n);
        struct population p = some_people(&a, r, seed + n, PERSONS);
        write_image(path, &p, 1 + (uint32_t)(n % (PERSONS + 5)));
        const struct image_run all = {&p, 0, p.count};
        assert_image_is(path, r, &all, 1);
        arena_done(&a);
    }
}

/* --- batches ---------------------------------------------------------------------------------- */

struct batch_case {
    struct population base, batch;
    struct image_run runs[4 * PERSONS]; /* what is to come of it */
    size_t run_count;
    struct str gone[PERSONS];
    uint32_t gone_count;
};

static void expect(struct batch_case *x, const struct population *p, uint32_t i)
{
    x->runs[x->run_count++] = (struct image_run){p, i, 1};
}

/* Some of the base are replaced, some gone, some new ones stand between, before and behind. */
static void draw_batch(struct arena *a, struct batch_case *x, uint64_t s)
{
    uint64_t state = s * 77;
    struct str *ids = ARENA_ARRAY(a, struct str, 3 * PERSONS);
    uint32_t n = 0, share = 1 + (uint32_t)draw(&state, 12);
    for (uint32_t i = 0; i < PERSONS; i++) {
        uint64_t what = draw(&state, share * 4);
        if (what == 0) {
            expect(x, &x->batch, n);
            ids[n++] = some_id(a, 2 * i);
        } else if (what == 1) {
            x->gone[x->gone_count++] = x->base.ids[i];
        } else {
            expect(x, &x->base, i);
        }
        if (draw(&state, share * 2) == 0) {
            expect(x, &x->batch, n);
            ids[n++] = some_id(a, 2 * i + 1);
        }
    }
    x->batch.count = n;
    x->batch.ids = ids;
}

static void a_batch_is_as_good_as_a_rebuild(void **state)
{
    (void)state;
    uint64_t programs = random_env("JIFEN_PROGRAMS", PROGRAMS_DEFAULT);
    for (uint64_t n = 0; n < programs; n++) {
        struct arena a;
        arena_init(&a, 0);
        struct batch_case *x = ARENA_NEW(&a, struct batch_case);
        const struct rules *r = some_rules(&a, seed + n);
        x->base = some_people(&a, r, 3 * (seed + n), PERSONS); /* answered by all or by none */
        x->batch = some_people(&a, r, 3 * (seed + n) + 3, 2 * PERSONS);
        draw_batch(&a, x, seed + n);
        uint32_t most = 1 + (uint32_t)(n % 31);
        write_image(path, &x->base, most);
        struct population_image *m;
        struct image_writer *w;
        struct build_result result = {.reg = -1};
        const struct image_source source = {.origin = IMAGE_FROM_FILES};
        const struct image_batch batch = {
            .people = &x->batch, .gone = x->gone, .gone_count = x->gone_count};
        assert_int_equal(image_open(path, r, NULL, &m), ERR_OK);
        assert_int_equal(image_writer_open(other, r, &w), ERR_OK);
        assert_int_equal(population_merge(w, m, &batch, most, &result), ERR_OK);
        assert_int_equal(image_writer_commit(w, &source), ERR_OK);
        image_close(m);
        assert_image_is(other, r, x->runs, x->run_count);
        assert_int_equal(result.replaced + result.added, x->batch.count);
        assert_int_equal(result.gone, x->gone_count);
        arena_done(&a);
    }
}

/* --- damage ----------------------------------------------------------------------------------- */

static char *slurp(const char *file, size_t *ret_n)
{
    FILE *f = fopen(file, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    *ret_n = (size_t)ftell(f);
    rewind(f);
    char *bytes = malloc(*ret_n);
    assert_int_equal(fread(bytes, 1, *ret_n, f), *ret_n);
    fclose(f);
    return bytes;
}

static void spill(const char *file, const char *bytes, size_t n)
{
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Is the damage seen, be it when opening or when looking at everything? */
static bool is_seen(const char *file, const struct rules *r)
{
    struct population_image *m;
    uint32_t segment;
    if (image_open(file, r, NULL, &m) != ERR_OK) return true;
    bool seen = image_verify(m, NULL, NULL, &segment) != ERR_OK;
    image_close(m);
    return seen;
}

static const struct rules *small_image(struct arena *a, size_t *ret_n, char **ret_bytes)
{
    const struct rules *r = some_rules(a, 4711);
    struct population p = some_people(a, r, 4712, 20);
    const struct image_source source = {.origin = IMAGE_FROM_FILES};
    const struct str strangers[] = {STR("A"), STR("P0000005")};
    const struct image_run runs[] = {{&p, 0, 9}, {&p, 9, 11}};
    struct image_writer *w;
    assert_int_equal(image_writer_open(path, r, &w), ERR_OK);
    assert_int_equal(image_writer_segment(w, &runs[0], 1, strangers, 2), ERR_OK);
    assert_int_equal(image_writer_segment(w, &runs[1], 1, NULL, 0), ERR_OK);
    assert_int_equal(image_writer_commit(w, &source), ERR_OK);
    *ret_bytes = slurp(path, ret_n);
    assert_false(is_seen(path, r));
    return r;
}

static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    struct arena a;
    size_t n;
    char *bytes;
    arena_init(&a, 0);
    const struct rules *r = small_image(&a, &n, &bytes);
    spill(other, bytes, n);
    FILE *f = fopen(other, "r+b");
    for (size_t i = 0; i < n; i++) {
        const char flipped = (char)(bytes[i] ^ (1 << i * 5 % 8));
        fseek(f, (long)i, SEEK_SET);
        fputc(flipped, f);
        fflush(f);
        if (!is_seen(other, r)) fail_msg("byte %zu of %zu", i, n);
        fseek(f, (long)i, SEEK_SET);
        fputc(bytes[i], f);
        fflush(f);
    }
    fclose(f);
    assert_false(is_seen(other, r));
    free(bytes);
    arena_done(&a);
}

static void every_cut_end_is_seen(void **state)
{
    (void)state;
    struct arena a;
    size_t n;
    char *bytes;
    arena_init(&a, 0);
    const struct rules *r = small_image(&a, &n, &bytes);
    spill(other, bytes, n);
    for (size_t length = n; length-- > 0;) {
        assert_int_equal(truncate(other, (off_t)length), 0);
        if (!is_seen(other, r)) fail_msg("%zu of %zu bytes", length, n);
    }
    free(bytes);
    arena_done(&a);
}

/* Damage in the segment before is not looked at, damage in its own is seen. */
static void one_person_is_one_segment(void **state)
{
    (void)state;
    struct arena a;
    size_t n;
    char *bytes;
    struct population_image *m;
    struct image_segment s;
    uint32_t at;
    arena_init(&a, 0);
    const struct rules *r = small_image(&a, &n, &bytes);
    const struct str early = some_id(&a, 0), late = some_id(&a, 2 * 19);
    bytes[4096 + 7] ^= 1; /* behind the header: in the first segment */
    spill(other, bytes, n);
    assert_int_equal(image_open(other, r, NULL, &m), ERR_OK);
    assert_int_equal(image_person_open(m, early, &s, &at), ERR_CORRUPT);
    assert_int_equal(image_person_open(m, late, &s, &at), ERR_OK);
    assert_int_equal(at, 10);
    image_segment_close(&s);
    image_close(m);
    free(bytes);
    arena_done(&a);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void another_catalogue_is_named(void **state)
{
    (void)state;
    struct arena a;
    struct buf differs;
    struct population_image *m;
    arena_init(&a, 0);
    buf_init(&differs, 0);
    const struct rules *r = some_rules(&a, seed);
    struct population p = some_people(&a, r, seed, 5);
    write_image(path, &p, 3);
    struct rules changed = *r;
    changed.regs = ARENA_ARRAY(&a, struct rule_register, r->reg_count);
    memcpy(changed.regs, r->regs, r->reg_count * sizeof *r->regs);
    struct rule_register *reg = &changed.regs[r->reg_count - 1];
    reg->fields = ARENA_ARRAY(&a, struct rule_field, reg->field_count);
    memcpy(reg->fields, r->regs[r->reg_count - 1].fields, reg->field_count * sizeof *reg->fields);
    reg->fields[0].lo--;
    assert_int_equal(image_open(path, &changed, &differs, &m), ERR_CONFLICT);
    struct buf wanted;
    buf_init(&wanted, 0);
    buf_printf(&wanted, "%.*s.%.*s", STR_ARG(reg->name.ascii), STR_ARG(reg->fields[0].name.ascii));
    assert_true(str_eq(buf_str(&differs), buf_str(&wanted)));
    assert_int_equal(image_open(path, r, NULL, &m), ERR_OK);
    image_close(m);
    buf_done(&wanted);
    buf_done(&differs);
    arena_done(&a);
}

static void no_image_and_other_versions(void **state)
{
    (void)state;
    struct arena a;
    struct population_image *m;
    size_t n;
    char *bytes;
    arena_init(&a, 0);
    (void)small_image(&a, &n, &bytes);
    assert_int_equal(image_open("/none", NULL, NULL, &m), ERR_NOT_FOUND);
    assert_int_equal(image_open("/dev/null", NULL, NULL, &m), ERR_IO);
    spill(other, "", 0);
    assert_int_equal(image_open(other, NULL, NULL, &m), ERR_SYNTAX);
    bytes[8] = 2;
    spill(other, bytes, n);
    assert_int_equal(image_open(other, NULL, NULL, &m), ERR_VERSION);
    bytes[0] = 'j';
    spill(other, bytes, n);
    assert_int_equal(image_open(other, NULL, NULL, &m), ERR_SYNTAX);
    free(bytes);
    arena_done(&a);
}

static void ids_out_of_order_are_refused(void **state)
{
    (void)state;
    struct arena a;
    struct image_writer *w, *second;
    arena_init(&a, 0);
    const struct rules *r = some_rules(&a, seed);
    struct population p = some_people(&a, r, seed, 6);
    const struct image_run late = {&p, 3, 3}, early = {&p, 0, 3}, none = {&p, 6, 0};
    assert_int_equal(image_writer_open(path, r, &w), ERR_OK);
    assert_int_equal(image_writer_open(path, r, &second), ERR_BUSY);
    assert_int_equal(image_writer_segment(w, &none, 1, NULL, 0), ERR_OK);
    assert_int_equal(image_writer_segment(w, &late, 1, NULL, 0), ERR_OK);
    assert_int_equal(image_writer_segment(w, &early, 1, NULL, 0), ERR_RANGE);
    image_writer_abandon(w);
    assert_int_equal(image_writer_open("/dev/null", r, &w), ERR_IO);
    assert_int_equal(image_writer_open("/none/none", r, &w), ERR_IO);
    arena_done(&a);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    snprintf(path, sizeof path, "%s/a.img", folder);
    snprintf(other, sizeof other, "%s/b.img", folder);
    seed = random_env("JIFEN_SEED", seed);
    print_message("# seed %llu\n", (unsigned long long)seed);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    rmdir(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_batch_is_as_good_as_a_rebuild),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(every_cut_end_is_seen),
        cmocka_unit_test(one_person_is_one_segment),
        cmocka_unit_test(another_catalogue_is_named),
        cmocka_unit_test(no_image_and_other_versions),
        cmocka_unit_test(ids_out_of_order_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("population image", tests, set_up, tear_down);
}
