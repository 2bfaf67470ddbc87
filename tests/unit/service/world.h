/* A small county in a temporary database, for the tests of workflows. */
#ifndef JIFEN_TESTS_SERVICE_WORLD_H
#define JIFEN_TESTS_SERVICE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/put.h"
#include "service/due.h"
#include "service/facts.h"
#include "service/loads.h"
#include "service/permit.h"

#define DAY(y, m, d) date_from_civil(y, m, d)

struct world {
    char dir[32], url[256];
    struct arena arena; /* rules, registers */
    struct arena a;     /* of the case at hand */
    const struct rules *rules;
    const struct store_register *regs;
    uint32_t reg_count;
    struct keyring *keys;
    struct store *store;
    uint32_t keys_used;
};
extern struct world w;

/* Compile the rule files, make the database: that of JIFEN_STORE, which must be empty, or a file of
 * SQLite in a temporary folder. */
void world_open(char **rule_files, int count);
void world_close(void);

struct str world_key(void); /* a fresh idempotency key, in w.a */
/* A person whose registers have all answered; nothing is recorded about him. */
int64_t world_person(const char *code);
int64_t world_person_of(const char *code);
int world_fresh(void **state); /* empties w.a: cmocka's set-up of a case */
/* Stage a file and accept it, however much it changes; by the system, on the day. */
struct load world_bring(const char *reg, enum load_mode mode, struct str file, struct str bytes,
                        int32_t day);
void world_begin(int32_t day); /* a command of the system */
void world_commit(void);
uint32_t world_reg(const char *ascii);
int world_field(uint32_t reg, const char *ascii);
/* One fact: names and values in turn, ended by NULL; values as the CSV has them. Own command. */
void world_fact(int32_t day, int64_t person, const char *reg, ...);

struct caller world_resident(int64_t person, int32_t day);
struct caller world_staff(enum role role, int32_t division, int32_t day, int64_t account);
struct caller world_system(int32_t day);
/* A case: the database's own checks find nothing, and the audit chain is whole. */
void world_is_whole(void **state);
/* All that falls due on a day, in small portions; how many steps it took. */
uint64_t world_due(int32_t day);

/* "table count" lines: everything that is stored, counted. */
void world_counts(struct buf *out);
bool has(const struct buf *b, const char *text);

#endif
