/* Writes commands until it is killed, or checks what killed ones left.
 *
 *   crash_writer write URL KEYS SEED     a line "KEY FACTS" on stdout per acknowledged command
 *   crash_writer check URL KEYS ACKS     every line of the file ACKS is there; nothing is half
 *
 * A command adds a person with 1..40 facts, now and then (as a load would) 1500; how many is told
 * in its `office`, so that the check needs nobody's word for what should be there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/store_internal.h"

static const struct store_column columns[] = {{{"n", 1}, STORE_INT}, {{"t", 1}, STORE_TEXT}};
static const struct store_register regs[] = {{{"crash", 5}, columns, 2}};

static void must(enum err e, const char *what)
{
    if (e == ERR_OK) return;
    fprintf(stderr, "%s: %s\n", what, err_text(e));
    exit(1);
}

static struct store *open_store(char **argv, struct keyring **keys)
{
    struct store *s;

    must(keyring_read_file(argv[3], NULL, keys), "keys");
    must(store_open(str_from_c(argv[2]), *keys, &s), "open");
    must(store_registers(s, regs, 1), "registers");
    return s;
}

static uint32_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(z >> 32);
}

/* --- writing --- */

static void write_one(struct store *s, const char *key, uint32_t facts)
{
    char office[16];
    struct store_command c = {.key = str_from_c(key),
                              .actor = 1,
                              .role = STR("system"),
                              .purpose = STR("test"),
                              .kind = STR("crash"),
                              .at = 1};
    struct store_began began;
    struct arena a;
    int64_t person, fact;

    arena_init(&a, 0);
    snprintf(office, sizeof office, "%u", facts);
    c.office = str_from_c(office);
    must(store_command_begin(s, &a, &c, &began), "begin");
    if (!began.repeated) {
        const struct store_identity who = {str_from_c(key), STR(""), STR("somebody"), STR("")};
        must(store_person_add(s, &who, &person), "person");
        for (uint32_t i = 0; i < facts; i++) {
            const struct store_cell cells[] = {{.known = true, .i = i},
                                               {.known = true, .t = c.key}};
            must(store_fact_add(s, 0, person, cells, &fact), "fact");
        }
        must(store_outbox_add(s, person, STR("crash"), STR("{}")), "outbox");
        must(store_command_commit(s, STR("{}")), "commit");
    }
    arena_done(&a);
    printf("%s %u\n", key, facts);
    fflush(stdout);
}

_Noreturn static void run_write(char **argv)
{
    struct keyring *keys;
    struct store *s = open_store(argv, &keys);
    uint64_t seed = strtoull(argv[4], NULL, 10);

    for (uint32_t n = 0;; n++) {
        char key[48];
        const uint32_t kind = draw(&seed) % 16;
        snprintf(key, sizeof key, "crash-%s-%u", argv[4], n);
        write_one(s, key, kind == 0 ? 1500 : 1 + draw(&seed) % 40);
    }
}

/* --- checking --- */

static const char acked_sql[] =
    "SELECT id FROM command WHERE actor = 1 AND idem_key = $1 AND office = $2";

static void check_acks(struct store *s, const char *path)
{
    char key[64], facts[16];
    FILE *f = fopen(path, "r");
    char line[128];
    struct db_stmt *q;
    bool row;

    must(f ? ERR_OK : ERR_IO, path);
    must(db_stmt(s->db, acked_sql, &q), "acks");
    while (fgets(line, sizeof line, f)) {
        char *space = strchr(line, ' ');
        if (!space || !strchr(line, '\n')) continue; /* cut by the kill: not acknowledged */
        snprintf(key, sizeof key, "%.*s", (int)(space - line), line);
        snprintf(facts, sizeof facts, "%.*s", (int)strcspn(space + 1, "\n"), space + 1);
        db_bind_text(q, 1, str_from_c(key));
        db_bind_text(q, 2, str_from_c(facts));
        must(db_step(q, &row), "acks");
        if (!row) {
            fprintf(stderr, "acknowledged and lost: %s\n", key);
            exit(1);
        }
        db_reset(q);
    }
    fclose(f);
}

/* Commands whose facts are not as many as they said. */
static const char half_sql[] =
    "SELECT count(*) FROM command c WHERE CAST(c.office AS INTEGER) <> (SELECT count(*) FROM"
    " \"reg_crash\" r WHERE r.command = c.id) OR 1 <> (SELECT count(*) FROM person p WHERE "
    "p.command"
    " = c.id) OR 1 <> (SELECT count(*) FROM outbox o WHERE o.command = c.id)";

static int run_check(char **argv)
{
    struct keyring *keys;
    struct store *s = open_store(argv, &keys);
    struct store_audit_finding f;
    struct buf b;
    struct arena a;
    uint32_t count = 0;
    int64_t half = 0;

    arena_init(&a, 0);
    buf_init(&b, 0);
    check_acks(s, argv[4]);
    must(store_check(s, LANG_EN, &b, &count), "check");
    must(store_audit_verify(s, &a, 0, NULL, &f), "audit");
    must(db_exec(s->db, "CREATE INDEX IF NOT EXISTS crash_command ON \"reg_crash\" (command)"),
         "index");
    must(db_exec(s->db, "CREATE INDEX IF NOT EXISTS crash_person ON person (command)"), "index");
    must(db_exec(s->db, "CREATE INDEX IF NOT EXISTS crash_outbox ON outbox (command)"), "index");
    must(db_number(s->db, half_sql, &half), "half");
    if (count > 0 || f.seq > 0 || half > 0) {
        fprintf(stderr, "%.*saudit fault %d at %lld, half commands %lld\n", (int)b.n,
                b.p ? b.p : "", (int)f.fault, (long long)f.seq, (long long)half);
        return 1;
    }
    printf("%lld records\n", (long long)f.records);
    buf_done(&b);
    arena_done(&a);
    store_close(s);
    keyring_free(keys);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "write") == 0) run_write(argv);
    if (argc == 5 && strcmp(argv[1], "check") == 0) return run_check(argv);
    fprintf(stderr, "usage: crash_writer write|check URL KEYS SEED|ACKS\n");
    return 2;
}
