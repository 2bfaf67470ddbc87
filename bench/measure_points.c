/* One person's points out of a store, step by step: measure_points DB-URL KEYS RULES COUNT
 *
 * Microseconds a person, on one thread, for random persons: the facts read; the facts read and made
 * a population of one; the whole answer of /me/score. */
#include <stdio.h>
#include <time.h>

#include "base/date.h"
#include "common.h"
#include "service/points.h"

struct bench {
    struct store *s;
    const struct rules *r;
    struct points *p;
    const int64_t *persons;
    uint32_t person_count, count;
    int32_t day;
};

static enum err step_read(struct bench *b, struct arena *a, int64_t person)
{
    struct store_facts *all = ARENA_ARRAY(a, struct store_facts, b->r->reg_count);
    return all ? store_facts_of(b->s, a, person, STORE_KNOWN_NOW, all) : ERR_NOMEM;
}

static enum err step_make(struct bench *b, struct arena *a, int64_t person)
{
    struct fact_person facts;
    return fact_person_read(a, b->s, b->r, person, STORE_KNOWN_NOW, STR(""), &facts);
}

static enum err step_answer(struct bench *b, struct arena *a, int64_t person)
{
    const struct caller c = {.role = ROLE_RESIDENT, .person = person, .today = b->day};
    const struct points_query q = points_query_own(&c);
    struct buf out;
    struct json j;

    buf_init(&out, 0);
    json_init(&j, &out, false);
    const enum err e = points_score(b->p, b->s, a, &c, &q, &j);
    buf_done(&out);
    return e;
}

static double clock_us(void)
{
    return (double)bench_clock_ns(CLOCK_MONOTONIC) / 1e3;
}

static void measure(struct bench *b, const char *name,
                    enum err (*step)(struct bench *, struct arena *, int64_t))
{
    uint64_t state = 7;
    double began = 0;

    for (uint32_t i = 0; i < 2 * b->count; i++) { /* the first half makes it warm */
        struct arena a;
        if (i == b->count) began = clock_us();
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        arena_init(&a, 0);
        bench_must(step(b, &a, b->persons[(state >> 33) % b->person_count]), name);
        arena_done(&a);
    }
    printf("%-28s %8.1f us\n", name, (clock_us() - began) / b->count);
}

int main(int argc, char **argv)
{
    const struct store_register *regs;
    struct bench b = {.day = date_of_instant((int64_t)time(NULL) * MICROS_PER_SECOND)};
    struct keyring *keys;
    struct rule_set set;
    struct str *codes;
    int64_t *persons;
    uint32_t reg_count;
    struct arena a;

    if (argc != 5) return 2;
    b.count = (uint32_t)strtoul(argv[4], NULL, 10);
    arena_init(&a, 0);
    bench_must(keyring_read_file(argv[2], NULL, &keys), "keys");
    bench_must(store_open(str_from_c(argv[1]), keys, &b.s), "open");
    bench_rules(&a, (const char *const[]){argv[3]}, 1, &set);
    b.r = set.rules;
    bench_must(facts_registers(&a, b.r, &regs, &reg_count), "registers");
    bench_must(store_registers(b.s, regs, reg_count), "registers");
    bench_must(points_new(b.r, &b.p), "points");
    bench_must(store_person_codes(b.s, &a, &codes, &persons, &b.person_count), "persons");
    b.persons = persons;
    measure(&b, "facts read", step_read);
    measure(&b, "facts as a population of one", step_make);
    measure(&b, "the whole answer", step_answer);
    points_free(b.p);
    store_close(b.s);
    keyring_free(keys);
    arena_done(&a);
    return 0;
}
