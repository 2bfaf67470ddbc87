/* Simulations as jobs: a draft over the store's population, asked for by a rule owner, run by the
 * server one after another, kept with its report.
 *
 *   trial_ask ─► waiting ─► trials_run_next (one thread of one process, which has the store's turn)
 *                   │          gather: image of the population, made or brought up to date
 *                   │          score: simulate_run, segment by segment ─► report, kept and sealed
 *                   └─ trial_cancel, also while it runs
 *
 * The job's state is the store's: whoever cancels moves it, whoever runs it looks. A job that is
 * "running" while nobody has the turn was broken off; whoever takes the turn next says so. Nothing
 * personal stands in a report: it is made by simulate_publish, without the codes of persons. */
#ifndef JIFEN_SERVICE_TRIALS_H
#define JIFEN_SERVICE_TRIALS_H

#include "service/drafts.h"
#include "service/lifecycle.h"

extern const struct life trial_life;

#define TRIAL_LINE_MAX 20 /* jobs in line, besides the one that runs */
#define TRIAL_LIST_MAX 100

enum trial_phase { /* what it is at while it runs */
#define PHASE(id, code, zh, en) TRIAL_##id,
#include "service/trial.def"
#undef PHASE
                   TRIAL_PHASES
};

enum trial_fault {
    TRIAL_FAULT_NONE,
#define FAULT(id, code, zh, en) TRIAL_FAULT_##id,
#include "service/trial.def"
#undef FAULT
    TRIAL_FAULTS
};

enum trial_report { TRIAL_JSON_ZH, TRIAL_JSON_EN, TRIAL_HTML, TRIAL_REPORTS };

struct trial {
    struct store_object object;
    struct str draft, draft_name; /* number, name */
    int32_t day;                  /* scoring day, and the day of the rules */
    bool has_line;
    int64_t line; /* 1/100 points */
    /* once it has run; 0 and "" before */
    struct str before, after; /* digests of the two rule images, hexadecimal */
    int64_t started, ended;   /* microseconds UTC */
    int64_t known_at;         /* facts as known at this moment (recorded at or before it) */
    int64_t known_seq;        /* and after this command */
    bool is_exact;            /* no fact came in between while the population was gathered */
    uint64_t persons;
    enum trial_fault fault;
};

/* How far the job that runs in this process is. */
struct trial_progress {
    int64_t job; /* its object; 0 = none runs here */
    enum trial_phase phase;
    uint64_t done, total; /* gathering: records; scoring: persons; total 0 = not known */
};

struct trials { /* what a call works with */
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
    const struct life_word *guard; /* of the last call: what said no; NULL */
};

struct trial_ask {
    struct str draft; /* number */
    int32_t day;
    bool has_line;
    int64_t line;
};

/* ERR_NOT_FOUND: no such draft. ERR_CONFLICT, with x->guard: the line is full; no rules are in
 * force on the day. */
NODISCARD enum err trial_ask(struct trials *x, struct str key, const struct trial_ask *ask,
                             struct trial *ret);
/* Waiting or running. ERR_CONFLICT: it is neither. */
NODISCARD enum err trial_cancel(struct trials *x, struct str key, struct str number,
                                struct trial *ret);
NODISCARD enum err trial_get(struct trials *x, struct str number, struct trial *ret);
/* Newest first, those of the caller's place. */
NODISCARD enum err trial_list(struct trials *x, struct trial **ret, uint32_t *ret_count);
/* The report of one that is done; ERR_NOT_FOUND otherwise. */
NODISCARD enum err trial_report(struct trials *x, struct str number, enum trial_report which,
                                struct str *ret);
/* Jobs that come before this one, which waits: 0 = it is next and none runs. */
NODISCARD enum err trial_before(struct trials *x, const struct trial *t, uint32_t *ret);

/* `before`: trial_before, where it waits. `p`: may be NULL. */
void trial_add_json(const struct trial *t, uint32_t before, const struct trial_progress *p,
                    enum lang lang, struct json *out);

/* --- running --- */

struct trial_runner {
    struct store *s;       /* with the turn (store_turn_take), registers and keys */
    struct store *watch;   /* another connection: tells whether the job was cancelled */
    const struct rules *r; /* in force, with texts */
    const char *image;     /* path of the population image: made, kept and updated; no two databases
                              have the same */
    uint32_t threads;      /* 0 = 1 */
    uint32_t part;         /* persons scored at a time; 0 = as simulate_run */
    int64_t (*now)(void *ctx); /* microseconds UTC */
    /* Told how far it is; false = the server stops, the job is broken off. */
    bool (*go_on)(void *ctx, const struct trial_progress *p);
    void *ctx;
};

/* Take the image away, and what lies beside it. */
void trials_drop_image(const char *image);
/* Jobs that a process left running are broken off. */
NODISCARD enum err trials_break(const struct trial_runner *x);
/* Run the first job in line to its end, whatever that is. *ret_ran false: none waits. Fails only
 * where the store does; the job is then "running" still, for trials_break. */
NODISCARD enum err trials_run_next(const struct trial_runner *x, bool *ret_ran);

#endif
