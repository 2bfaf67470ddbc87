/* Where the column machine's time goes: the lowered program is run over the same chunks with its
 * first 0, 1, 2 … operations; what each adds is its cost. The normal machine is not touched: the
 * program is a list, and a shorter list is a program too.
 *
 * Each length is run ROUNDS times, in turns; the quickest counts. The few residents lie in the cache:
 * this is what computing takes; what fetching takes stands beside the passes (sum of the bytes). */
#include <stdio.h>
#include <string.h>

#include "engine/vm_internal.h"
#include "residents.h"

#define ROUNDS 41
#define PERSONS 4096u /* few, so that what is shared with others (memory) does not blur it */
#define KINDS (VM_OUT + 1)

static const char *const NAMES[KINDS] = {
    [VM_LOAD] = "load: a column into lanes",
    [VM_STEP] = "step: a column through a step function",
    [VM_BINARY] = "binary: + - min max, comparisons, and, or",
    [VM_NOT] = "not",
    [VM_SUM] = "sum of several",
    [VM_MUL] = "mul, rounded",
    [VM_DIV] = "div, rounded",
    [VM_PER] = "per: points for every full unit",
    [VM_IF] = "if",
    [VM_BANDS] = "bands",
    [VM_IN] = "in: membership of a set",
    [VM_AGE] = "age",
    [VM_YEAR] = "year of",
    [VM_YEAR_START] = "first day of the year",
    [VM_ADD_MONTHS] = "add months",
    [VM_WHOLE_MONTHS] = "whole months between",
    [VM_IF_UNKNOWN] = "if unknown",
    [VM_EXPAND] = "expand: persons to their records",
    [VM_COUNT] = "count of records",
    [VM_ANY] = "any record",
    [VM_SUM_RECORDS] = "sum over records",
    [VM_BEST] = "best of records",
    [VM_NOW] = "the record of the day",
    [VM_MONTHS] = "months, merged",
    [VM_SPELLS] = "spells in days, merged",
    [VM_CONSECUTIVE] = "consecutive months",
    [VM_EACH] = "each record, by key or year",
    [VM_OUT] = "out: a result column",
};

struct costs {
    struct residents *b;
    const struct rules *rules;
    int32_t scheme;
};

struct bench_program {
    struct vm vm; /* a copy whose length changes */
    struct vm_state *state;
    const struct population *people;
    uint32_t count;
    struct score_columns out;
    uint32_t ops;
    uint64_t *ns; /* quickest, per length; [ops + 1]: with the end of the chunk */
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

static void run_length(struct bench_program *x, uint32_t length)
{
    const struct vm whole = x->vm;
    const struct score_columns nothing = {0};
    struct score_columns out = length > x->ops ? x->out : nothing;

    out.indicators_lo = x->out.indicators_lo; /* VM_OUT writes here; the end of a chunk elsewhere */
    out.indicators_hi = x->out.indicators_hi;
    out.groups_lo = x->out.groups_lo;
    out.groups_hi = x->out.groups_hi;
    x->vm.op_count = length > x->ops ? x->ops : length;
    const uint64_t from = bench_clock_ns(CLOCK_THREAD_CPUTIME_ID);
    bench_must(vm_run(&x->vm, x->state, x->people, NULL, 0, x->count, &out, 0), "machine");
    const uint64_t ns = bench_clock_ns(CLOCK_THREAD_CPUTIME_ID) - from;
    x->vm = whole;
    if (x->ns[length] == 0 || ns < x->ns[length]) x->ns[length] = ns;
}

static void show_costs(const struct bench_program *x, const char *lanes)
{
    int64_t ns[KINDS] = {0};
    uint32_t many[KINDS] = {0};
    const double all = (double)x->ns[x->ops + 1], each = 1.0 / x->count;

    for (uint32_t k = 0; k < x->ops; k++) {
        ns[x->vm.ops[k].code] += (int64_t)x->ns[k + 1] - (int64_t)x->ns[k];
        many[x->vm.ops[k].code]++;
    }
    printf("  %u 条指令，%s，一人 %.1f ns（1 线程，处理器时间）/ %u operations, %s, %.1f ns a "
           "resident, one thread, processor time\n",
           x->ops, lanes, all * each, x->ops, lanes, all * each);
    printf("  %6s %12s %8s  %s\n", "条/ops", "ns/人 each", "占/share", "指令/kind");
    for (uint32_t c = 0; c < KINDS; c++)
        if (many[c] > 0)
            printf("  %6u %12.2f %7.1f%%  %s\n", many[c], (double)ns[c] * each,
                   100.0 * (double)ns[c] / all, NAMES[c] ? NAMES[c] : "?");
    printf("  %6s %12.2f %7.1f%%  %s\n", "", (double)x->ns[0] * each,
           100.0 * (double)x->ns[0] / all, "chunks: rows of registers, columns found");
    const double end = (double)x->ns[x->ops + 1] - (double)x->ns[x->ops];
    printf("  %6s %12.2f %7.1f%%  %s\n", "", end * each, 100.0 * end / all,
           "end of a chunk: total, status, errors");
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

    arena_init(&a, 0);
    seen_open(&v, m, 0, c->rules, IMAGE_NO_ADVICE);
    bench_must(plan_new(&a, c->rules, c->scheme, c->b->day, &plan), "plan");
    bench_must(vm_new(&a, plan, c->b->day, NULL, &vm), "machine");
    x.vm = *vm;
    x.ops = vm->op_count;
    x.people = v.people;
    x.count = v.people->count < PERSONS ? v.people->count : PERSONS;
    x.ns = ARENA_ARRAY(&a, uint64_t, x.ops + 2);
    if (!x.ns) bench_fail("not enough memory");
    out_new(&a, plan, x.count, &x.out);
    bench_must(vm_state_new(&x.vm, &x.state), "state");
    run_length(&x, x.ops + 1); /* warm; not counted */
    memset(x.ns, 0, (x.ops + 2) * sizeof *x.ns);
    for (int round = 0; round < ROUNDS; round++)
        for (uint32_t k = 0; k <= x.ops + 1; k++)
            run_length(&x, k);
    show_costs(&x, vm_lanes_name(vm));
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
