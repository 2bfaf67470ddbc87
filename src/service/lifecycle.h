/* Life cycles are tables: rows {from, event, to, roles, guard, deadline, effect}.
 *
 * A workflow's .def file is its one truth: what it does, what somebody may do next, its
 * documentation (life_add_markdown) and the test of every state × event × role are made from it.
 * Guards are bits, deadlines and effects small numbers that the workflow gives meaning to; 0 =
 * none. life_run is the one way an act becomes a command. */
#ifndef JIFEN_SERVICE_LIFECYCLE_H
#define JIFEN_SERVICE_LIFECYCLE_H

#include "service/access.h"
#include "store/store.h"

struct life_row {
    const char *from, *event, *to; /* from "": where there is nothing yet */
    uint32_t roles;                /* bits of role.def */
    uint32_t guards;               /* bits by number; all must hold */
    uint8_t deadline, effect;
    const char *text[LANG_COUNT]; /* what people call the event */
};
struct life_state {
    const char *name;
    bool is_end;
    const char *text[LANG_COUNT];
};
struct life_ground { /* why an event is brought about */
    const char *event, *code;
    uint32_t roles;    /* who may give it */
    bool is_automatic; /* recorded by itself: nobody is asked */
    const char *text[LANG_COUNT];
};
struct life_word {    /* of a guard, deadline or effect */
    const char *code; /* of a guard: "permit.in_window", for programs; never changes its meaning */
    const char *text[LANG_COUNT];
};
struct life {
    const char *kind;
    const char *title[LANG_COUNT];
    const struct life_state *states;
    uint32_t state_count;
    const struct life_row *rows;
    uint32_t row_count;
    const struct life_word *guards, *deadlines, *effects; /* by number; [0] is not used */
    const struct life_ground *grounds;                    /* NULL where no event has any */
    uint32_t ground_count;
};

/* The row of an event in a state; NULL = not possible. `role` must be one of its roles for ERR_OK:
 * ERR_CONFLICT not possible in this state, ERR_DENIED not for this role. */
NODISCARD enum err life_find(const struct life *l, struct str state, struct str event,
                             enum role role, const struct life_row **ret);
const struct life_state *life_state_named(const struct life *l, struct str name); /* may be NULL */
const struct life_row *life_event_named(const struct life *l, struct str event);  /* may be NULL */
/* The ground of an event by its code, whoever may give it; NULL = none. */
const struct life_ground *life_ground_find(const struct life *l, struct str event, struct str code);
/* A guard says no: who asked is told which (ret_guard may be NULL); e is given back. */
enum err life_refuse(const struct life *l, uint8_t guard, enum err e,
                     const struct life_word **ret_guard);
/* Does any row let the role bring this event about? Asked before the database is touched. */
bool life_role_may(const struct life *l, struct str event, enum role role);

/* Run one act as a command `kind.event`: begin; where the key was used before for the same payload,
 * give its answer; else act, which reads, judges and writes inside the transaction and gives the
 * answer; commit. Whatever fails or is refused on the way leaves nothing behind. */
struct life_act {
    struct str key, event; /* key: of the caller; idempotent */
    int64_t person;
    const struct hash *payload; /* of everything that is asked */
    enum err (*act)(void *ctx, int64_t command, struct str *ret_answer);
    void *ctx;
};
NODISCARD enum err life_run(const struct life *l, struct store *s, struct arena *a,
                            const struct caller *c, const struct life_act *x,
                            struct str *ret_answer);

/* Ask for the objects of a division as it is on the day: with those that were filed to divisions it
 * has taken over whole. */
void life_query_place(struct store_object_query *q, int32_t division, int32_t day);
/* The newest objects of a kind in the caller's place, `most` at most; whether the caller may see
 * them has been asked before. */
NODISCARD enum err life_newest(struct store *s, struct arena *a, const struct caller *c,
                               struct str kind, uint32_t most, struct store_object **ret,
                               uint32_t *ret_count);

/* A table of the states and transitions in Markdown, Chinese and English. */
void life_add_markdown(const struct life *l, struct buf *out);

#endif
