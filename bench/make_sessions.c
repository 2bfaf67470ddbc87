/* Sessions for the benchmark of pages: make_sessions DB-URL KEYS COUNT SEED
 *
 * For COUNT residents drawn at random an account and a bearer session are made; the tokens are
 * printed, one a line. */
#include <stdio.h>
#include <time.h>

#include "base/date.h"
#include "common.h"
#include "service/accounts.h"

static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return z ^ (z >> 31);
}

/* All accounts in one command: what is measured is not this. */
static void make_accounts(struct store *s, struct arena *a, const int64_t *persons,
                          struct store_account *accounts, uint32_t count, int64_t now)
{
    struct store_command c = {.key = STR("bench-sessions"),
                              .role = STR("system"),
                              .office = STR("bench"),
                              .purpose = STR("bench"),
                              .kind = STR("bench"),
                              .at = now};
    struct store_began began;

    bench_must(store_command_begin(s, a, &c, &began), "begin");
    for (uint32_t i = 0; i < count; i++) {
        char login[32];
        snprintf(login, sizeof login, "bench-%u", i);
        accounts[i] = (struct store_account){.login = str_copy(a, str_from_c(login)),
                                             .person = persons[i],
                                             .role = STR("resident"),
                                             .name = STR("bench")};
        bench_must(store_account_add(s, &accounts[i]), "account");
    }
    bench_must(store_command_commit(s, STR("{}")), "commit");
}

int main(int argc, char **argv)
{
    struct keyring *keys;
    struct store *s;
    struct str *codes;
    int64_t *all;
    uint32_t people;
    struct arena a;
    struct timespec t;

    if (argc != 5) return 2;
    const uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
    uint64_t seed = strtoull(argv[4], NULL, 10);
    arena_init(&a, 0);
    bench_must(keyring_read_file(argv[2], NULL, &keys), "keys");
    bench_must(store_open(str_from_c(argv[1]), keys, &s), "open");
    bench_must(store_person_codes(s, &a, &codes, &all, &people), "persons");
    int64_t *persons = ARENA_ARRAY(&a, int64_t, count);
    struct store_account *accounts = ARENA_ARRAY(&a, struct store_account, count);
    if (!persons || !accounts || people == 0) return 1;
    for (uint32_t i = 0; i < count; i++)
        persons[i] = all[draw(&seed) % people];
    clock_gettime(CLOCK_REALTIME, &t);
    const int64_t now = (int64_t)t.tv_sec * MICROS_PER_SECOND;
    make_accounts(s, &a, persons, accounts, count, now);
    for (uint32_t i = 0; i < count; i++) {
        struct sign_in in;
        bench_must(account_session(s, &a, &accounts[i], false, now, &in), "session");
        printf("%s\n", in.token);
    }
    store_close(s);
    keyring_free(keys);
    arena_done(&a);
    return 0;
}
