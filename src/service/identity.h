/* Identity cases: several persons with one number, who may prove to be one (merge.h); a number that
 * changed. People settle them; the program only refuses to pick one. Life cycle: identity.def. */
#ifndef JIFEN_SERVICE_IDENTITY_H
#define JIFEN_SERVICE_IDENTITY_H

#include "base/json.h"
#include "service/facts.h"
#include "service/lifecycle.h"

extern const struct life identity_life;

#define IDENTITY_STATEMENT_MAX 500

struct identity_case {
    struct store_object object; /* person: the first of `persons` */
    struct str id_number;       /* the number in question; asked for: the new one */
    const int64_t *persons;
    uint32_t person_count;
    struct str load;               /* the load that showed it; "" = none */
    struct str statement;          /* why the number changed */
    int64_t asked_by;              /* account: of the change, or that they are one person */
    int64_t merged_by;             /* account */
    int64_t survivor;              /* of a merging; 0 = none */
    int64_t merge, merge_recorded; /* its command and when it was recorded */
};

struct identities { /* what a call works with */
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
    const struct life_word **ret_guard; /* which guard refused a step; may be NULL */
};

/* Inside a command: open a case for these persons (two or more) unless there is one already, open
 * or settled, about the same number and nobody else. */
NODISCARD enum err identity_found_several(const struct identities *x, struct str id_number,
                                          const int64_t *persons, uint32_t count, struct str load);
/* Inside the command that takes a load of identities back: the open cases that it showed are
 * dismissed. `gone`: persons who go with it, in order; *ret_touched: another case concerns one of
 * them, or people have settled this one. */
NODISCARD enum err identity_load_reversed(const struct identities *x, struct str load,
                                          const int64_t *gone, uint32_t count, bool *ret_touched);
/* A changed number for one person. ERR_SYNTAX, ERR_RANGE, ERR_CORRUPT: no such number can be;
 * ERR_EXISTS: it is the person's number already; ERR_DENIED. */
NODISCARD enum err identity_ask(const struct identities *x, struct str key, int64_t person,
                                struct str id_number, struct str statement,
                                struct identity_case *ret);
/* An event of the table. ERR_NOT_FOUND: no such case; ERR_CONFLICT: not in this state; ERR_DENIED:
 * not this role, not this place, or the same person who asked; ERR_RANGE: they cannot be one. */
NODISCARD enum err identity_step(const struct identities *x, struct str key, struct str number,
                                 struct str event, struct str note, struct identity_case *ret);
NODISCARD enum err identity_list(const struct identities *x, struct str state, int64_t after,
                                 struct identity_case **ret, uint32_t *ret_count);
/* Numbers and names are masked; every person shown is recorded as a read. Persons who went with a
 * reversed load are left out. */
NODISCARD enum err identity_add_json(const struct identities *x, const struct identity_case *i,
                                     struct json *out);

#endif
