/* Where the column machine's time goes: the lowered program is run over a chunk one operation at a
 * time, each as a program of its own over the state that the operations before it left; what a
 * program of no operation takes (finding rows and columns) is taken off. The normal machine is not
 * touched: a program is a list, and a part of the list is a program too.
 *
 * Each is run ROUNDS times, in turns, and the quickest counts. The chunk's residents lie in the
 * cache: this is what computing takes; what fetching takes stands beside the passes (sum of the
 * bytes). */
#include <stdio.h>
#include <string.h>

#include "engine/machine.h"
#include "residents.h"

#define ROUNDS 31
#define CHUNKS 24u
#define CHUNK 1024u /* persons; as the machine's own */

struct costs {
    struct residents *b;
    const struct rules *rules;
    int32_t scheme;
};

struct bench_program {
    const struct vm *whole;
    struct vm *part;
    uint32_t op_count;
    struct vm_state *state;
    const struct population *people;
    struct score_columns out;
    uint64_t *ns; /* per operation, over all chunks; then: of none, of none with the end, of all */
    uint64_t *least; /* the same of one chunk */
};

static int64_t **columns_new(struct arena *a, uint32_t columns, uint32_t rows)
{
    int64_t **t = ARENA_ARRAY(a, int64_t *, columns + 1);
    for (uint32_t c = 0; t && c < columns; c++)
        if (!(t[c] = ARENA_ARRAY(a, int64_t, rows))) return NULL;
    return t;
}

static void out_new(struct arena *a, const struct plan *p, uint32_t rows, struct score_columns *c)
{
    *c = (struct score_columns){.status = ARENA_ARRAY(a, int32_t, rows),
                                .error = ARENA_ARRAY(a, uint8_t, rows),
                                .total_lo = ARENA_ARRAY(a, int64_t, rows),
                                .total_hi = ARENA_ARRAY(a, int64_t, rows),
                                .indicators_lo = columns_new(a, p->indicator_count, rows),
                                .indicators_hi = columns_new(a, p->indicator_count, rows),
                                .groups_lo = columns_new(a, p->group_count, rows),
                                .groups_hi = columns_new(a, p->group_count, rows)};
    if (!c->status || !c->error || !c->total_lo || !c->total_hi || !c->indicators_lo ||
        !c->indicators_hi || !c->groups_lo || !c->groups_hi)
        bench_fail("not enough memory");
}

/* Run operations first .. first + count over a chunk; `end`: with the chunk's end. */
static uint64_t run_ops(struct bench_program *x, uint32_t first, uint32_t count, bool end,
                        uint32_t person)
{
    struct score_columns out = x->out;

    if (!end) out.status = NULL, out.error = NULL, out.total_lo = out.total_hi = NULL;
    machine_part_set(x->part, x->whole, first, count);
    const uint64_t from = bench_clock_ns(CLOCK_MONOTONIC);
    bench_must(vm_run(x->part, x->state, x->people, NULL, person, CHUNK, &out, 0), "machine");
    return bench_clock_ns(CLOCK_MONOTONIC) - from;
}

static void keep_least(uint64_t *least, uint64_t ns)
{
    if (*least == 0 || ns < *least) *least = ns;
}

static void measure_chunk(struct bench_program *x, uint32_t person)
{
    const uint32_t n = x->op_count;

    memset(x->least, 0, (n + 3) * sizeof *x->least);
    (void)run_ops(x, 0, n, true, person);
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t k = 0; k < n; k++)
            keep_least(&x->least[k], run_ops(x, k, 1, false, person));
        keep_least(&x->least[n], run_ops(x, 0, 0, false, person));
        keep_least(&x->least[n + 1], run_ops(x, 0, 0, true, person));
        keep_least(&x->least[n + 2], run_ops(x, 0, n, true, person));
    }
    for (uint32_t k = 0; k < n + 3; k++)
        x->ns[k] += x->least[k];
}

static void show_cost(uint32_t ops, double ns, double all, const char *what)
{
    if (ops > 0)
        printf("  %8u", ops);
    else
        printf("  %8s", "");
    printf(" %12.2f %8.1f%%  %s\n", ns, 100.0 * ns / all, what);
}

static void show_costs(const struct bench_program *x, uint32_t chunks, const char *lanes)
{
    const uint32_t n = x->op_count;
    const double each = 1.0 / ((double)chunks * CHUNK), none = (double)x->ns[n] * each;
    const double end = ((double)x->ns[n + 1] - (double)x->ns[n]) * each;
    double ns[MACHINE_KINDS] = {0}, all = none + end;
    uint32_t many[MACHINE_KINDS] = {0};

    for (uint32_t k = 0; k < n; k++) {
        ns[machine_kind(x->whole, k)] += (double)x->ns[k] * each - none;
        all += (double)x->ns[k] * each - none;
        many[machine_kind(x->whole, k)]++;
    }
    printf("  %u 条指令，%s，一人 %.1f ns（1 线程，数据在缓存里）/ %u operations, %s, %.1f ns a "
           "resident, one thread, data in the cache\n",
           n, lanes, all, n, lanes, all);
    printf("  %8s %12s %9s  %s\n", "ops", "ns each", "share", "指令 / kind");
    for (uint32_t c = 0; c < MACHINE_KINDS; c++)
        if (many[c] > 0) show_cost(many[c], ns[c], all, machine_kind_name(c));
    show_cost(0, none, all, "a chunk's rows and columns found");
    show_cost(0, end, all, "a chunk's end: total, status, errors");
    show_cost(0, (double)x->ns[n + 2] * each, all, "一次跑完，核对 / all in one run, to compare");
}

static void program_new(struct arena *a, struct bench_program *x, const struct vm *vm,
                        const struct plan *plan)
{
    x->whole = vm;
    x->op_count = machine_operations(vm);
    x->ns = ARENA_ARRAY(a, uint64_t, x->op_count + 3);
    x->least = ARENA_ARRAY(a, uint64_t, x->op_count + 3);
    if (!x->ns || !x->least) bench_fail("not enough memory");
    out_new(a, plan, CHUNK, &x->out);
    bench_must(machine_part_new(a, vm, &x->part), "machine");
    bench_must(vm_state_new(x->part, &x->state), "state");
}

static void measure_costs(void *ctx, struct bench_took *t)
{
    const struct costs *c = ctx;
    struct population_image *m = residents_open(c->b);
    struct bench_program x = {0};
    struct seen_segment v;
    struct plan *plan;
    struct vm *vm;
    struct arena a;
    uint32_t chunks = 0;

    arena_init(&a, 0);
    seen_open(&v, m, 0, c->rules, IMAGE_NO_ADVICE);
    bench_must(plan_new(&a, c->rules, c->scheme, c->b->day, &plan), "plan");
    bench_must(vm_new(&a, plan, c->b->day, NULL, &vm), "machine");
    program_new(&a, &x, vm, plan);
    x.people = v.people;
    for (; chunks < CHUNKS && (chunks + 1) * CHUNK <= v.people->count; chunks++)
        measure_chunk(&x, chunks * CHUNK);
    if (chunks > 0) show_costs(&x, chunks, vm_lanes_name(vm));
    vm_state_free(x.state);
    seen_close(&v);
    arena_done(&a);
    image_close(m);
    t->ns = t->cpu_ns = 1;
}

void residents_operators(struct residents *b)
{
    struct costs province = {b, b->province.rules, 0};
    struct costs local = {b, b->rules, (int32_t)b->rules->scheme_count - 1};

    show_head("列机器各种指令的耗时：省级和个性规则",
              "cost per operator of the column machine: province and local scheme");
    (void)bench_apart(measure_costs, &local);
    show_head("列机器各种指令的耗时：只按省级规则",
              "cost per operator of the column machine: the province's rules alone");
    (void)bench_apart(measure_costs, &province);
}
