/* One person's points out of a store, step by step: measure_points DB-URL KEYS RULES COUNT
 *
 * Microseconds a person, on one thread, for random persons: the facts read; the facts read and made
 * a population of one; the whole answer of /me/score. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/date.h"
#include "service/points.h"
#include "service/rule_files.h"

static void must(enum err e, const char *what)
{
    if (e == ERR_OK) return;
    fprintf(stderr, "%s: %s\n", what, err_text(e));
    exit(1);
}

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
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
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
        must(step(b, &a, b->persons[(state >> 33) % b->person_count]), name);
        arena_done(&a);
    }
    printf("%-28s %8.1f us\n", name, (clock_us() - began) / b->count);
}

int main(int argc, char **argv)
{
    const struct store_register *regs;
    struct bench b = {.day = date_of_instant((int64_t)time(NULL) * MICROS_PER_SECOND)};
    struct keyring *keys;
    struct diag_list diags;
    struct rule_set set;
    struct str *codes;
    int64_t *persons;
    uint32_t reg_count;
    struct arena a;

    if (argc != 5) return 2;
    b.count = (uint32_t)strtoul(argv[4], NULL, 10);
    arena_init(&a, 0);
    must(keyring_read_file(argv[2], NULL, &keys), "keys");
    must(store_open(str_from_c(argv[1]), keys, &b.s), "open");
    diag_list_init(&diags, &a);
    must(rule_set_load(&a, (const char *const[]){argv[3]}, 1, &diags, &set), "rules");
    b.r = set.rules;
    must(facts_registers(&a, b.r, &regs, &reg_count), "registers");
    must(store_registers(b.s, regs, reg_count), "registers");
    must(points_new(b.r, &b.p), "points");
    must(store_person_codes(b.s, &a, &codes, &persons, &b.person_count), "persons");
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
