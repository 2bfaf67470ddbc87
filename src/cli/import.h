/* Between cmd_import.c (files), cmd_loads.c (loads that are there) and import.c (for both). */
#ifndef JIFEN_CLI_IMPORT_H
#define JIFEN_CLI_IMPORT_H

#include "cli/cli.h"
#include "service/loads.h"
#include "service/rule_files.h"

struct import {
    struct cli *c;
    struct rule_set set;
    struct keyring *keys;
    struct store *store;
    struct caller who; /* --as, or the system itself */
    uint64_t refused;
    bool is_said; /* why it failed has been said */
};

/* Rules, keys, database, and who acts. What is wrong is said; *ret_code: the exit code then. */
NODISCARD enum err import_open(struct import *m, struct cli *c, int *ret_code);
void import_close(struct import *m);
struct loads import_work(struct import *m, struct arena *a);
struct str import_key(struct arena *a); /* a fresh idempotency key */
/* Say why a load (or, before there is one, a register) could not be worked on, once. */
void import_say_failure(struct import *m, const struct loads *x, struct str what, enum err e);
/* The command that comes next for a load that waits, on standard error. */
void import_say_next(const struct import *m, const struct load *l);
int import_exit(struct import *m, enum err e);

#endif
