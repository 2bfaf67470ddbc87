/* Loads: a register's file from a department into the store.
 *
 *   stage: keep the file, read and check every row, match persons, count the difference -> preview
 *   accept: apply the difference in one command; more than a set share waits for a second person
 *   reverse: a compensating command restores exactly what was there before
 *   lapse: what nobody accepted in time (term.def) is dropped, by the calendar or by the next
 *          command that touches it; the bytes of a dropped load are erased
 *
 * Refused rows stand in a file with line, column, code and sentence; the persons concerned keep
 * what they had. The same file twice changes nothing; the order of rows never shows. */
#ifndef JIFEN_SERVICE_LOADS_H
#define JIFEN_SERVICE_LOADS_H

#include "base/json.h"
#include "service/due.h"
#include "service/facts.h"
#include "service/lifecycle.h"
#include "service/register_csv.h"

extern const struct life load_life;

#define LOAD_BYTES_MAX ((size_t)1 << 30)
#define LOAD_SHARE_PERMILLE 100  /* of the register's facts: more waits for a second person */
#define LOAD_IDENTITY "identity" /* person_id, id_number, name, phone: no register of the rules */

enum load_mode {
    LOAD_FULL,    /* the register's whole content: what is missing is taken back */
    LOAD_CHANGES, /* the persons in it: their rows replace what they had */
    LOAD_ADD,     /* rows that are new */
    LOAD_MODE_COUNT
};
extern const char *const load_mode_words[LOAD_MODE_COUNT]; /* full changes add */

enum load_why { /* something could not be done, for people */
                LOAD_WHY_NONE,
#define WHY(id, guard, zh, en) LOAD_WHY_##id,
#include "service/load.def"
#undef WHY
};
const char *load_why_text(enum load_why why, enum lang lang); /* "" for NONE */
const struct life_word *load_why_guard(enum load_why why);    /* that said no; NULL = none did */

struct load_ask {
    struct str reg; /* name of a register, or LOAD_IDENTITY */
    enum load_mode mode;
    enum csv_encoding encoding;
    struct str file_name, bytes;
};

struct load_counts {
    uint64_t rows, refused, unknown_persons;
    uint64_t persons_new, persons_touched;
    uint64_t before, added, removed, same; /* facts */
};

/* How good the file was. */
struct load_column {
    struct str name;
    uint64_t filled; /* of rows_good */
};
struct load_quality {
    struct str same_as; /* the applied load that brought the very same file; "" = none */
    uint64_t by_msg[DATA_MSG_COUNT]; /* refused rows by reason */
    struct load_column *columns;
    uint32_t column_count;
    uint64_t rows_good;
    struct str last; /* the load of this register applied before; "" = none */
    uint64_t last_rows, last_refused;
};

/* One load under way or kept. */
struct load {
    struct store_object object;
    struct str reg;
    enum load_mode mode;
    enum csv_encoding encoding;
    struct str file_name;
    struct hash digest;
    struct load_counts counts;
    struct load_quality quality;
    int64_t accepted_by; /* account; 0 = nobody yet */
    int64_t command;     /* that applied it; 0 = none */
};

struct loads { /* what a call works with */
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
    uint32_t share_permille; /* 0 = LOAD_SHARE_PERMILLE */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *progress_ctx;
    struct load_file *staged; /* the file staged last, read and not yet accepted; loads_done */
    struct str staged_number;
    enum load_why why; /* of the last call, when it failed with ERR_CONFLICT or ERR_DENIED */
};

/* Give back what staging has kept for accepting the same load with the same `x`, while the file's
 * bytes still lie where they were. Harmless when there is nothing. */
void loads_done(struct loads *x);

/* Stage a file. A file that cannot be used as a whole: ERR_INPUT, with the reasons in `trouble` in
 * the caller's language, and nothing stored. ERR_NOT_FOUND: no such register. */
NODISCARD enum err load_stage(struct loads *x, struct str key, const struct load_ask *ask,
                              struct load *ret, struct buf *trouble);
/* Accept: ret->object.state tells whether it is applied or waits. ERR_CONFLICT: the data changed
 * since the preview, or the state does not allow it; stage it again. Of all that follows
 * ERR_CONFLICT says more in x->why; a load that is overdue is dropped first. */
NODISCARD enum err load_accept(struct loads *x, struct str key, struct str number,
                               struct load *ret);
/* ERR_DENIED: the same person. */
NODISCARD enum err load_second(struct loads *x, struct str key, struct str number,
                               struct load *ret);
NODISCARD enum err load_drop(struct loads *x, struct str key, struct str number, struct load *ret);
/* ERR_CONFLICT: later commands touched its facts, identities or new persons. */
NODISCARD enum err load_reverse(struct loads *x, struct str key, struct str number,
                                struct load *ret);
NODISCARD enum err load_get(struct loads *x, struct str number, struct load *ret);
NODISCARD enum err load_list(struct loads *x, int64_t after, struct load **ret,
                             uint32_t *ret_count);
/* The refused rows: file, line, column, code, sentences; "" when there are none. */
NODISCARD enum err load_errors(struct loads *x, struct str number, struct str *ret_csv);
/* For due.h: drop the load if it is overdue. */
NODISCARD enum err load_due(const struct due_call *d, const struct store_object *o,
                            uint32_t *steps);
void load_add_json(const struct load *l, const struct rules *r, enum lang lang, struct json *out);

#endif
