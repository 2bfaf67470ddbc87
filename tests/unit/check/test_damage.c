/* Images of a folder that holds every construct (rich/): each figure in turn replaced by hostile
 * ones, and then either refused or harmless; compiling and reading with memory that ends at every
 * allocation.
 *
 * The figures are changed in memory and judged by the reader's own check; every so often, and
 * whenever the check lets one pass, it goes through bytes as well, and both evaluators run. */
#include "tests/unit/check/support.h"

#include "base/file.h"
#include "lang/image_internal.h"
#include "tests/fuzz/fuzz.h"

static char **rich_paths; /* the rule files of rich/ */
static int rich_path_count;

static void rich_texts(struct run *t)
{
    run_init(t);
    for (int i = 0; i < rich_path_count; i++) {
        struct file_map m;
        assert_int_equal(file_map(rich_paths[i], &m), ERR_OK);
        run_file(t, rich_paths[i], m.bytes);
        file_unmap(&m);
    }
}

static void rich_compile(struct run *t)
{
    rich_texts(t);
    run_compile(t);
    if (t->err != ERR_OK) run_print(t);
    assert_int_equal(t->err, ERR_OK);
}

/* ---- damage ---- */

#define BYTES_EVERY 97u /* of the damaged images that are refused, so many go through bytes */
#define SCORE_EVERY 23u /* of those that pass */

static struct rules *image;
static size_t tried, refused, passed;

static enum err through_bytes(bool score)
{
    const struct rules *r = NULL;
    struct arena a;
    struct buf b;
    enum err e;

    buf_init(&b, 0);
    arena_init(&a, 0);
    assert_int_equal(rules_image_write(image, &b), ERR_OK);
    e = rules_image_read(&a, buf_str(&b), &r);
    if (e == ERR_OK && score) fuzz_score(r, tried);
    arena_done(&a);
    buf_done(&b);
    return e;
}

static void judge(void)
{
    struct arena a;
    enum err e;

    arena_init(&a, 0);
    e = image_check(&a, image);
    arena_done(&a);
    assert_true(e == ERR_OK || e == ERR_CORRUPT);
    tried++;
    refused += e == ERR_CORRUPT;
    passed += e == ERR_OK;
    if (e == ERR_CORRUPT && refused % BYTES_EVERY == 0)
        assert_int_equal(through_bytes(false), ERR_CORRUPT);
    if (e == ERR_OK && passed % SCORE_EVERY == 0) assert_int_equal(through_bytes(true), ERR_OK);
}

static void put32(int32_t *p, int32_t v)
{
    int32_t old = *p;

    if (v == old) return;
    *p = v;
    judge();
    *p = old;
}

static void hit32(int32_t *p)
{
    const int32_t hostile[] = {-2,     -1,     0,  1,       2,         3,
                               *p - 1, *p + 1, 62, 1000001, INT32_MIN, INT32_MAX};

    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        put32(p, hostile[i]);
}

static void hit_u32(uint32_t *p)
{
    int32_t v;

    memcpy(&v, p, sizeof v);
    const uint32_t old = *p, hostile[] = {0, 1, 2, 3, old - 1, old + 1, 100001, UINT32_MAX};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        *p = hostile[i];
        if (*p != old) judge();
        *p = old;
    }
}

static void hit64(int64_t *p)
{
    const int64_t old = *p, less = old > INT64_MIN ? old - 1 : old,
                  more = old < INT64_MAX ? old + 1 : old,
                  hostile[] = {-1,        0,         1,       2,         999,
                               less,      more,      120001,  3000000,   INT32_MAX,
                               INT64_MIN, INT64_MAX, 1000000, 1000000000};

    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        *p = hostile[i];
        if (*p != old) judge();
        *p = old;
    }
}

/* An enum of four bytes: everything the reader lets through. */
static void hit_enum(void *p, uint32_t limit)
{
    uint32_t old;

    memcpy(&old, p, sizeof old);
    for (uint32_t v = 0; v < limit; v++) {
        memcpy(p, &v, sizeof v);
        if (v != old) judge();
    }
    memcpy(p, &old, sizeof old);
}

static void hit_bool(bool *p)
{
    *p = !*p;
    judge();
    *p = !*p;
}

/* A count of elements: fewer of them. */
static void hit_count(uint32_t *p)
{
    uint32_t old = *p;

    for (uint32_t v = 0; v < old; v += v + 2 < old ? old - 1 : 1) {
        *p = v;
        judge();
    }
    *p = old;
}

static void hit_name(struct rule_name *n)
{
    size_t old = n->ascii.n;

    n->ascii.n = 0;
    judge();
    n->ascii.n = old;
}

static void hit_type(struct type *t)
{
    struct type old = *t;

    hit_enum(&t->vt, VT_COUNT_OF);
    hit32(&t->ref);
    for (uint32_t vt = 0; vt < VT_COUNT_OF; vt++) {
        *t = (struct type){(enum value_type)vt, -1};
        judge();
    }
    *t = old;
}

static void hit_days(int32_t *from, int32_t *to)
{
    hit32(from);
    hit32(to);
}

static void hit_amount(struct rule_amount *m)
{
    hit_bool(&m->is_set);
    hit64(&m->value);
    hit32(&m->param);
    hit_u32(&m->pos.file);
}

/* ---- one kind of element after the other ---- */

static void damage_catalogue(struct rules *r)
{
    for (uint32_t i = 0; i < r->enum_count; i++) {
        hit_name(&r->enums[i].name);
        hit_name(&r->enums[i].members[0]);
        hit_bool(&r->enums[i].ordered);
        hit_count(&r->enums[i].member_count);
        hit_u32(&r->enums[i].pos.file);
    }
    for (uint32_t i = 0; i < r->unit_count; i++)
        hit_name(&r->units[i].name);
    for (uint32_t i = 0; i < r->name_count; i++)
        hit_name(&r->names[i].name);
    hit_count(&r->enum_count);
    hit_count(&r->unit_count);
    hit_count(&r->name_count);
}

static void damage_field(struct rule_field *f)
{
    hit_name(&f->name);
    hit_type(&f->type);
    hit_enum(&f->role, ROLE_END + 1);
    hit_enum(&f->empty, EMPTY_UNKNOWN + 1);
    hit64(&f->lo);
    hit64(&f->hi);
    hit_u32(&f->pos.file);
}

static void damage_registers(struct rules *r)
{
    for (uint32_t i = 0; i < r->reg_count; i++) {
        struct rule_register *g = &r->regs[i];
        hit_name(&g->name);
        hit_bool(&g->one_per_person);
        hit_bool(&g->none_unknown);
        hit_bool(&g->no_overlap);
        hit_u32(&g->max_records);
        hit_count(&g->field_count);
        hit32(&g->event);
        hit32(&g->start);
        hit32(&g->end);
        hit32(&g->scheme);
        hit_u32(&g->pos.file);
        for (uint32_t j = 0; j < g->field_count; j++)
            damage_field(&g->fields[j]);
    }
    hit_count(&r->reg_count);
}

static void damage_layers(struct rules *r)
{
    hit64(&r->scale);
    for (uint32_t i = 0; i < r->scheme_count; i++) {
        struct rule_scheme *s = &r->schemes[i];
        hit_name(&s->name);
        hit_enum(&s->layer, LAYER_COUNTY + 1);
        hit32(&s->division);
        hit32(&s->parent);
        hit_days(&s->source.from, &s->source.to);
        hit_u32(&s->file);
        hit_u32(&s->pos.file);
    }
    for (uint32_t i = 0; i < r->param_count; i++) {
        struct rule_param *p = &r->params[i];
        hit_name(&p->name);
        hit_type(&p->type);
        hit_u32(&p->open_to);
        hit64(&p->lo);
        hit64(&p->hi);
        hit32(&p->scheme);
        hit_count(&p->value_count);
        hit_u32(&p->pos.file);
        for (uint32_t j = 0; j < p->value_count; j++) {
            hit_days(&p->values[j].from, &p->values[j].to);
            hit64(&p->values[j].value);
            hit32(&p->values[j].scheme);
            hit_u32(&p->values[j].pos.file);
        }
    }
    hit_count(&r->scheme_count);
    hit_count(&r->param_count);
}

static void damage_groups(struct rules *r)
{
    for (uint32_t i = 0; i < r->group_count; i++) {
        struct rule_group *g = &r->groups[i];
        hit_name(&g->name);
        hit32(&g->parent);
        hit32(&g->scheme);
        hit_bool(&g->deducts);
        hit_enum(&g->combine, COMBINE_HIGHEST + 1);
        hit_amount(&g->cap);
        hit_amount(&g->floor);
        hit64(&g->ceiling);
        hit_u32(&g->open_to);
        hit32(&g->portable);
        hit_days(&g->from, &g->to);
        hit_u32(&g->pos.file);
    }
    hit_count(&r->group_count);
}

static void damage_indicators(struct rules *r)
{
    for (uint32_t i = 0; i < r->indicator_count; i++) {
        struct rule_indicator *x = &r->indicators[i];
        hit_name(&x->name);
        hit32(&x->group);
        hit32(&x->scheme);
        hit_enum(&x->combine, COMBINE_HIGHEST + 1);
        hit_amount(&x->cap);
        hit_amount(&x->floor);
        hit64(&x->ceiling);
        hit_days(&x->from, &x->to);
        hit_u32(&x->clause_first);
        hit_u32(&x->clause_count);
        hit_u32(&x->pos.file);
    }
    hit_count(&r->indicator_count);
    for (uint32_t i = 0; i < r->clause_count; i++) {
        struct rule_clause *c = &r->clauses[i];
        hit_name(&c->name);
        hit32(&c->indicator);
        hit32(&c->scheme);
        hit_days(&c->from, &c->to);
        hit32(&c->cond);
        hit32(&c->body);
        hit32(&c->exception_to);
        hit_u32(&c->pos.file);
    }
    hit_count(&r->clause_count);
}

/* A condition or body: also every kind of node there is, the right ones and those of records. */
static void hit_node(struct rules *r, int32_t *p)
{
    hit32(p);
    for (uint32_t i = 0; i < r->node_count; i += 3)
        put32(p, (int32_t)i);
}

static void damage_verdicts(struct rules *r)
{
    hit_node(r, &r->clauses[0].cond);
    hit_node(r, &r->clauses[0].body);
    for (uint32_t i = 0; i < r->veto_count; i++) {
        struct rule_veto *v = &r->vetoes[i];
        hit32(&v->group);
        hit32(&v->indicator);
        hit_bool(&v->freezes);
        hit_node(r, &v->cond);
        hit32(&v->scheme);
        hit_days(&v->from, &v->to);
        hit_u32(&v->pos.file);
    }
    for (uint32_t i = 0; i < r->gate_count; i++) {
        struct rule_gate *g = &r->gates[i];
        hit_name(&g->name);
        hit_node(r, &g->cond);
        hit32(&g->scheme);
        hit_days(&g->from, &g->to);
        hit_u32(&g->pos.file);
    }
    hit_bool(&r->has_force);
    hit32(&r->force.reg);
    hit32(&r->force.status_field);
    hit32(&r->force.division_field);
    hit_u32(&r->force.pos.file);
    for (uint32_t i = 0; i < r->force.row_count; i++)
        hit32(&r->force.rows[i].member);
    hit_count(&r->force.row_count);
}

static void damage_cases(struct rules *r)
{
    for (uint32_t i = 0; i < r->case_count; i++) {
        struct rule_case *c = &r->cases[i];
        hit32(&c->scheme);
        hit32(&c->day);
        hit32(&c->rule_day);
        hit_u32(&c->pos.file);
        hit32(&c->unanswered[0]);
        for (uint32_t j = 0; j < c->fact_count; j++) {
            struct rule_fact *f = &c->facts[j];
            hit32(&f->reg);
            hit_count(&f->cell_count);
            hit_u32(&f->pos.file);
            for (uint32_t n = 0; n < f->cell_count; n++) {
                hit32(&f->cells[n].field);
                hit_bool(&f->cells[n].known);
                hit64(&f->cells[n].value);
            }
        }
        for (uint32_t j = 0; j < c->expect_count; j++) {
            hit_enum(&c->expects[j].kind, EXPECT_GATE + 1);
            hit32(&c->expects[j].index);
            hit64(&c->expects[j].lo);
            hit64(&c->expects[j].hi);
            hit_u32(&c->expects[j].pos.file);
        }
    }
    for (uint32_t i = 0; i < r->property_count; i++) {
        struct rule_property *p = &r->properties[i];
        hit_enum(&p->kind, KW_COUNT_OF);
        hit_enum(&p->what, EXPECT_GATE + 1);
        hit32(&p->index);
        hit32(&p->reg);
        hit32(&p->field);
        hit32(&p->scheme);
        hit_u32(&p->pos.file);
    }
}

static void damage_node(struct rule_node *n)
{
    hit_enum(&n->op, NODE_OP_COUNT);
    hit_type(&n->type);
    hit32(&n->reg);
    hit32(&n->domain);
    hit32(&n->field);
    hit32(&n->field2);
    hit64(&n->imm);
    hit64(&n->imm2);
    hit_enum(&n->round, ROUND_UP + 1);
    hit_u32(&n->flags);
    hit_enum(&n->window, WINDOW_PREVIOUS_YEAR + 1);
    hit64(&n->window_a);
    hit64(&n->window_b);
    hit_u32(&n->kid_first);
    hit_u32(&n->kid_count);
    hit_u32(&n->table_first);
    hit_u32(&n->table_count);
    hit64(&n->lo);
    hit64(&n->hi);
    hit32(&n->param);
    hit32(&n->name);
    hit_u32(&n->pos.file);
}

/* Two nodes of every operation; for each kid the first node of every type in its place. */
static void damage_nodes(struct rules *r)
{
    uint32_t seen[NODE_OP_COUNT] = {0};

    for (uint32_t i = 0; i < r->node_count; i++) {
        struct rule_node *n = &r->nodes[i];
        if (seen[n->op]++ >= 2) continue;
        damage_node(n);
        for (uint32_t j = 0; j < n->kid_count; j++) {
            uint32_t *kid = &r->kids[n->kid_first + j], old = *kid;
            bool types[VT_COUNT_OF][2] = {{false}};
            hit_u32(kid);
            for (uint32_t other = 0; other < i; other++) {
                const struct rule_node *x = &r->nodes[other];
                if (x->domain != r->nodes[old].domain || types[x->type.vt][x->lo < 0]) continue;
                types[x->type.vt][x->lo < 0] = true;
                *kid = other;
                judge();
            }
            *kid = old;
        }
        for (uint32_t j = 0; j < n->table_count; j++)
            hit64(&r->table[n->table_first + j]);
    }
    for (size_t op = 0; op < NODE_OP_COUNT; op++) /* 若未知 is not a node of any clause */
        assert_true(seen[op] > 0 || op == NODE_IF_UNKNOWN);
}

static void test_damage(void **state)
{
    static const struct {
        const char *what;
        void (*damage)(struct rules *r);
    } kinds[] = {
        {"catalogue", damage_catalogue},   {"registers", damage_registers},
        {"layers", damage_layers},         {"groups", damage_groups},
        {"indicators", damage_indicators}, {"verdicts", damage_verdicts},
        {"cases", damage_cases},           {"nodes", damage_nodes},
    };
    const struct rules *r = NULL;
    struct arena a;
    struct run t;
    struct buf b;

    (void)state;
    rich_compile(&t);
    buf_init(&b, 0);
    arena_init(&a, 0);
    assert_int_equal(rules_image_write(t.rules, &b), ERR_OK);
    assert_int_equal(rules_image_read(&a, buf_str(&b), &r), ERR_OK);
    image = (struct rules *)(uintptr_t)r;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        tried = refused = passed = 0;
        kinds[i].damage(image);
        print_message("# %s: %zu tried, %zu refused\n", kinds[i].what, tried, refused);
        assert_true(refused * 3 > tried);
    }
    assert_int_equal(through_bytes(true), ERR_OK); /* everything has been put back */
    arena_done(&a);
    buf_done(&b);
    run_done(&t);
}

/* ---- memory that ends ---- */

static void test_compile_without_memory(void **state)
{
    struct run texts;
    enum err e = ERR_NOMEM;

    (void)state;
    rich_texts(&texts);
    for (uint64_t n = 1; e != ERR_OK; n += n < 2000 ? 1 : 37) {
        struct run t;
        const struct rules *r = NULL;
        run_init(&t);
        t.arena.fail_at = n;
        e = rules_compile(&t.arena, texts.files, texts.file_count, &t.diags, &r);
        assert_true(e == ERR_NOMEM || e == ERR_OK);
        assert_int_equal(e == ERR_OK, r != NULL);
        run_done(&t);
    }
    run_done(&texts);
}

static void test_read_without_memory(void **state)
{
    enum err e = ERR_NOMEM;
    struct run t;
    struct buf b;

    (void)state;
    rich_compile(&t);
    buf_init(&b, 0);
    assert_int_equal(rules_image_write(t.rules, &b), ERR_OK);
    for (uint64_t n = 1; e != ERR_OK; n++) {
        struct arena a;
        const struct rules *r = NULL;
        arena_init(&a, 0);
        a.fail_at = n;
        e = rules_image_read(&a, buf_str(&b), &r);
        assert_true(e == ERR_NOMEM || e == ERR_OK);
        assert_int_equal(e == ERR_OK, r != NULL);
        arena_done(&a);
    }
    buf_done(&b);
    run_done(&t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_compile_without_memory),
        cmocka_unit_test(test_read_without_memory),
    };

    rich_paths = argv + 1;
    rich_path_count = argc - 1;
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check-damage", tests, NULL, NULL);
}
