/* The store: persons, facts, commands, life cycles, audit. One interface, SQLite and PostgreSQL.
 *
 *   struct store = one connection, used by one thread. Reading needs nothing; writing happens
 *   inside a command:  store_command_begin … effects … store_command_commit   (one transaction)
 *
 * What is stored is only added to: a fact has a recorded time and the command that brought it; to
 * take it back is a record too (retraction). Two clocks: valid time lies in the columns of a
 * register (civil days), recorded time in `recorded` (microseconds UTC, never falling within one
 * database). "As known at t" = recorded <= t and not retracted at or before t.
 *
 * The store knows no rules and judges nobody: who may do what is decided in service/access.h.
 * Every function may fail with ERR_IO (the database says no), ERR_BUSY (another writer; the caller
 * tries again), ERR_CORRUPT (stored bytes that cannot be), ERR_NOMEM. Texts in results live in the
 * arena given. */
#ifndef JIFEN_STORE_STORE_H
#define JIFEN_STORE_STORE_H

#include "base/crypt.h"
#include "base/date.h"
#include "base/message.h"

struct store;

#define STORE_KNOWN_NOW INT64_MAX /* as known_at: everything recorded so far */

/* --- the database: `sqlite:PATH` or `postgresql://…` --- */

/* Open a connection. `keys` outlives it and may be NULL for work without personal data (then
 * functions that need it fail with ERR_USAGE). ERR_NOT_FOUND: no such database; ERR_VERSION: its
 * schema is older or newer than this program (store_migrate); ERR_UNREACHABLE: its server does not
 * answer (10 s unless the URL says otherwise); ERR_DENIED: the server refuses user or password;
 * ERR_BUSY: it is starting, or full. store_error() says more. */
NODISCARD enum err store_open(struct str url, const struct keyring *keys, struct store **ret);
struct store *store_close(struct store *s); /* accepts NULL, returns NULL */
/* The last failure in words of the database, for operators; never personal data. */
struct str store_error(const struct store *s);

NODISCARD enum err store_init(struct str url, struct buf *message);    /* new, empty; ERR_EXISTS */
NODISCARD enum err store_migrate(struct str url, struct buf *message); /* forward only */
/* What must hold between the tables (check.def), the database's own check: one line per finding. */
NODISCARD enum err store_check(struct store *s, enum lang lang, struct buf *findings,
                               uint32_t *ret_count);
/* All of it at one moment, in one new file that only its owner may read. ERR_EXISTS (the file),
 * ERR_NOT_FOUND (the database), ERR_VERSION. Nothing is left where it fails. */
NODISCARD enum err store_backup(struct str url, const char *path, struct buf *message);
/* Into a new database: on SQLite its file is made (ERR_EXISTS), on PostgreSQL it is there and empty
 * (else ERR_EXISTS, ERR_NOT_FOUND). ERR_NOT_FOUND: also, there is no file. */
NODISCARD enum err store_restore(struct str url, const char *path, struct buf *message);
/* Seal everything again with the newest key and make the indexes anew. */
NODISCARD enum err store_rotate(struct store *s, uint64_t *ret_rewritten);

/* --- commands: every write --- */

struct store_command {
    struct str key;                   /* idempotency key, 8..128 bytes, unique per actor */
    int64_t actor;                    /* account; 0 = the system itself */
    struct str role, office, purpose; /* of the actor at that moment */
    struct str kind;                  /* "permit.suspend", "load.apply" */
    int64_t person;                   /* whom it is about; 0 = nobody */
    struct hash payload;              /* SM3 of what was asked */
    int64_t at; /* microseconds UTC; the store raises it if time stood still */
};

struct store_began {
    bool repeated;     /* done before with the same payload: `answer` is what it was; no transaction
                          is open */
    struct str answer; /* JSON */
    int64_t command;   /* its number */
    int64_t recorded;  /* its recorded time */
};

/* Begin the transaction. ERR_CONFLICT: the key was used with another payload. */
NODISCARD enum err store_command_begin(struct store *s, struct arena *a,
                                       const struct store_command *c, struct store_began *ret);
/* Write answer and audit record, commit. On failure everything is undone. */
NODISCARD enum err store_command_commit(struct store *s, struct str answer);
void store_command_abort(struct store *s); /* accepts that none is open */

/* --- registers and facts --- */

enum store_type { STORE_INT, STORE_TEXT };
struct store_column {
    struct str name; /* [a-z][a-z0-9_]*, at most 60 bytes */
    enum store_type type;
};
struct store_register {
    struct str name;
    const struct store_column *columns;
    uint32_t column_count;
};

/* Make the tables of these registers that are not there, add columns that are new, and remember
 * the list (kept by the caller as long as the store is open): `reg` below is an index into it.
 * Tables are reg_NAME(person, fact, recorded, command, columns…), key (person, fact).
 * ERR_CONFLICT: a column has another type in the database. */
NODISCARD enum err store_registers(struct store *s, const struct store_register *regs,
                                   uint32_t count);

struct store_cell {
    bool known; /* false: NULL */
    int64_t i;
    struct str t; /* STORE_TEXT */
};
struct store_fact {
    int64_t person, fact;
    int64_t recorded, command;
    const struct store_cell *cells; /* one per column */
};
struct store_facts {
    const struct store_fact *items; /* ordered by fact */
    uint32_t count;
    bool answered; /* the register has answered (as known then) */
};

/* Inside a command. */
NODISCARD enum err store_fact_add(struct store *s, uint32_t reg, int64_t person,
                                  const struct store_cell *cells, int64_t *ret_fact);
NODISCARD enum err store_fact_retract(struct store *s, uint32_t reg, int64_t person, int64_t fact);
NODISCARD enum err store_register_answer(struct store *s, uint32_t reg); /* it has answered */

/* One person's facts of every register: ret[] has one element per register. */
NODISCARD enum err store_facts_of(struct store *s, struct arena *a, int64_t person,
                                  int64_t known_at, struct store_facts *ret);
/* The moments at which what is known of a person changed: something was recorded or retracted, or a
 * register answered for the first time. Each once, in order. */
NODISCARD enum err store_moments_of(struct store *s, struct arena *a, int64_t person, int64_t **ret,
                                    uint32_t *ret_count);
/* All facts of a register in the order (person, fact); cells are valid during the call. The
 * callback's error ends the scan and is given back. Memory does not grow with the register. What
 * the callback writes about persons it has passed is not shown to it. Outside a command the scan is
 * a transaction that reads one moment: the callback may read, and begins no command. */
NODISCARD enum err store_facts_scan(struct store *s, uint32_t reg, int64_t known_at,
                                    enum err (*each)(void *ctx, const struct store_fact *f),
                                    void *ctx);

/* All facts of all registers, person by person in the order of codes (bytes), of a person by
 * register and fact; all of one moment. `code` and cells are valid during the call. The callback's
 * error ends the scan and is given back; it asks the store for nothing. Memory does not grow with
 * the registers. */
NODISCARD enum err store_people_scan(struct store *s, int64_t known_at,
                                     enum err (*each)(void *ctx, struct str code, uint32_t reg,
                                                      const struct store_fact *f),
                                     void *ctx);

/* How many facts of a register are in force. */
NODISCARD enum err store_facts_count(struct store *s, uint32_t reg, int64_t known_at,
                                     uint64_t *ret);
/* The facts that a command retracted, as they were. */
NODISCARD enum err store_facts_retracted(struct store *s, uint32_t reg, int64_t command,
                                         enum err (*each)(void *ctx, const struct store_fact *f),
                                         void *ctx);

/* --- what has changed --- */

/* Is the database a server, so that every question is a trip? */
bool store_is_remote(const struct store *s);
bool store_url_is_remote(struct str url);
/* Where a database is, for operators: a path, or host:port/name; never user or password. */
void store_url_add_place(struct buf *out, struct str url);
/* Number of the last command; rises in the order of commits. One row read. */
NODISCARD enum err store_seq(struct store *s, int64_t *ret);
#define STORE_EVERYBODY INT64_C(-1)
/* Tell each person whose facts commands after `after` changed, `until` being a number read by
 * store_seq; possibly more persons than that, or STORE_EVERYBODY. */
NODISCARD enum err store_changed(struct store *s, int64_t after, int64_t until,
                                 void (*each)(void *ctx, int64_t person), void *ctx);
/* Forget what nobody is so far behind as to ask for. */
NODISCARD enum err store_changes_sweep(struct store *s);

/* --- persons --- */

struct store_identity {
    struct str code;                   /* the number that register files use; unique */
    struct str id_number, name, phone; /* any may be empty */
};
/* Inside a command. ERR_EXISTS: the code is taken. An id number that somebody has is allowed:
 * duplicates are a case for people to settle. */
NODISCARD enum err store_person_add(struct store *s, const struct store_identity *i,
                                    int64_t *ret_person);
/* A changed number or name; earlier ones stay and still find the person. Inside a command. */
NODISCARD enum err store_person_change(struct store *s, int64_t person,
                                       const struct store_identity *i);
/* What a command wrote about who people are, to be taken back; in the order of persons. */
struct store_written {
    int64_t person, seq; /* seq: of the identity; 0 where is_new */
    bool is_new;         /* the command brought the person */
    bool is_last;        /* no identity has been recorded of the person since */
};
NODISCARD enum err store_written_by(struct store *s, struct arena *a, int64_t command,
                                    struct store_written **ret, uint32_t *ret_count);
/* Is there anything by now about the persons a command brought, beside what it wrote itself: facts,
 * identities, objects, receipts, accounts, commands, readings? */
NODISCARD enum err store_persons_are_used(struct store *s, int64_t command, bool *ret);
/* Inside a command. An identity counts and finds no more; the one before it does again. */
NODISCARD enum err store_identity_retract(struct store *s, int64_t person, int64_t seq);
/* The persons a command brought, of whom there is nothing else (store_persons_are_used), are known
 * no more: codes, numbers, names go. The audit keeps that they were there. */
NODISCARD enum err store_persons_remove(struct store *s, int64_t command);
NODISCARD enum err store_person_identity(struct store *s, struct arena *a, int64_t person,
                                         struct store_identity *ret);
NODISCARD enum err store_person_code(struct store *s, struct arena *a, int64_t person,
                                     struct str *ret);
/* The person of this very code, merged or not (store_person_survivor). */
NODISCARD enum err store_person_by_code(struct store *s, struct str code, int64_t *ret);
/* Everybody with this (normalised) identity number, now or earlier: none, one or several; of those
 * who were merged the survivor. Retracted identities find nobody. */
NODISCARD enum err store_person_by_id_number(struct store *s, struct arena *a, struct str id_number,
                                             int64_t **ret, uint32_t *ret_count);
/* Digest of a text under the newest key, for the audit: the same text can be told, not read. `what`
 * keeps kinds of text apart ("id_number": as identity numbers are looked up). */
NODISCARD enum err store_keyed_digest(struct store *s, const char *what, struct str text,
                                      struct hash *ret);
/* `person` proves to be `survivor`, or (0) a person of his own again. Inside a command; a survivor
 * is merged with nobody himself (ERR_CONFLICT). */
NODISCARD enum err store_person_link(struct store *s, int64_t person, int64_t survivor);
/* Who `person` was, as known at a moment: himself, or the survivor. */
NODISCARD enum err store_person_survivor(struct store *s, int64_t person, int64_t known_at,
                                         int64_t *ret);
/* The person and everybody who is merged into him now, the person first. */
NODISCARD enum err store_person_merged(struct store *s, struct arena *a, int64_t person,
                                       int64_t **ret, uint32_t *ret_count);
/* Codes of those who are merged now, in bytewise order, with the codes of their survivors. */
struct store_code_link {
    struct str code, survivor;
};
NODISCARD enum err store_person_links(struct store *s, struct arena *a,
                                      struct store_code_link **ret, uint32_t *ret_count);
/* All codes in bytewise order, for matching a whole file. */
NODISCARD enum err store_person_codes(struct store *s, struct arena *a, struct str **ret_codes,
                                      int64_t **ret_persons, uint32_t *ret_count);

/* --- objects with a life cycle: permits, claims, loads, cases --- */

struct store_object {
    int64_t person, id; /* person 0: of nobody (loads) */
    struct str kind, state;
    int32_t version;      /* from 1; an update names the one it read */
    int32_t division;     /* where it belongs; 0 = nowhere */
    int32_t since_day;    /* of the state */
    int32_t deadline_day; /* DATE_OPEN_END = none */
    int64_t opened;       /* microseconds UTC */
    struct str number;    /* receipt number people quote, unique per kind; may be empty */
    struct str data;      /* JSON, sealed in the database */
};
struct store_step { /* history */
    struct str from, event, to;
    int32_t day;
    int64_t recorded, command, actor;
    struct str role, office, note;
};
NODISCARD enum err store_object_add(struct store *s,
                                    struct store_object *o); /* sets id, version 1 */
/* ERR_CONFLICT: somebody changed it since o->version was read. Raises the version. */
NODISCARD enum err store_object_move(struct store *s, struct store_object *o, struct str event,
                                     struct str new_state, int32_t day, struct str note);
NODISCARD enum err store_object_get(struct store *s, struct arena *a, int64_t person, int64_t id,
                                    struct store_object *ret);
NODISCARD enum err store_object_by_number(struct store *s, struct arena *a, struct str kind,
                                          struct str number, struct store_object *ret);
NODISCARD enum err store_objects_of(struct store *s, struct arena *a, int64_t person,
                                    struct str kind, struct store_object **ret,
                                    uint32_t *ret_count);
struct store_object_query {
    struct str kind, state;                /* state empty = any */
    int32_t division_first, division_last; /* division_span */
    int32_t also[4];                       /* further divisions; 0 = none */
    int32_t due_by;                        /* deadline at or before; DATE_OPEN_END = any */
    int64_t after;                         /* id to go on behind; 0 = from the start */
    uint32_t limit;                        /* at most 1000 */
    bool newest_first;                     /* `after` is not used */
};
NODISCARD enum err store_objects_find(struct store *s, struct arena *a,
                                      const struct store_object_query *q, struct store_object **ret,
                                      uint32_t *ret_count);
NODISCARD enum err store_object_history(struct store *s, struct arena *a, int64_t person,
                                        int64_t id, struct store_step **ret, uint32_t *ret_count);

/* Materials of an object, sealed: at most 8 MiB each. */
struct store_material {
    int64_t id;
    struct str name, media_type, bytes; /* bytes empty in lists */
    struct hash digest;
    int64_t size;
};
NODISCARD enum err store_material_add(struct store *s, int64_t person, int64_t object,
                                      struct store_material *m);
NODISCARD enum err store_materials_add(struct store *s, int64_t person, int64_t object,
                                       struct store_material *m, uint32_t count); /* in order */
NODISCARD enum err store_materials(struct store *s, struct arena *a, int64_t person, int64_t object,
                                   struct store_material **ret, uint32_t *ret_count);
/* The bytes go; that they were there stays in the audit. For what was never decided on. Inside a
 * command. */
NODISCARD enum err store_materials_erase(struct store *s, int64_t person, int64_t object);
NODISCARD enum err store_material_get(struct store *s, struct arena *a, int64_t person,
                                      int64_t object, int64_t id, struct store_material *ret);
/* The first objects of a person that hold these bytes, in order. */
NODISCARD enum err store_material_objects(struct store *s, const struct hash *digest,
                                          int64_t person, int64_t *ret, uint32_t cap,
                                          uint32_t *ret_count);
/* How many other persons have handed in the same bytes: a hint for people. */
NODISCARD enum err store_material_sharers(struct store *s, const struct hash *digest,
                                          int64_t person, uint32_t *ret_count);

/* --- receipts: sealed answers that a decision, a certificate or a page used --- */

struct store_receipt {
    int64_t person, id;
    struct str kind, number; /* number: quoted by people, unique */
    int32_t day, rule_day;
    int64_t known_at, recorded;
    struct hash rules, previous, hash; /* chained per person */
    struct str body;                   /* JSON, sealed in the database */
    struct str facts;                  /* "register:fact,…" that it used */
};
NODISCARD enum err store_receipt_add(struct store *s, struct store_receipt *r);
NODISCARD enum err store_receipts_of(struct store *s, struct arena *a, int64_t person,
                                     struct store_receipt **ret, uint32_t *ret_count);
NODISCARD enum err store_receipt_by_number(struct store *s, struct arena *a, struct str number,
                                           struct store_receipt *ret);

/* --- who looked --- */

struct store_access {
    int64_t person, actor, recorded;
    struct str role, office, purpose, what, case_number;
};
/* Its own transaction, outside of commands: an answer may leave only after it. */
NODISCARD enum err store_access_add(struct store *s, const struct store_access *x);
NODISCARD enum err store_accesses_of(struct store *s, struct arena *a, int64_t person,
                                     uint32_t limit, struct store_access **ret,
                                     uint32_t *ret_count);

/* --- accounts and sessions --- */

struct store_account {
    int64_t id, person; /* person 0 for staff */
    struct str login;   /* unique; "oidc:ISSUER:SUB" for outside identities */
    struct str role, office, name;
    int32_t division;
    struct str password; /* argon2id text; empty = cannot sign in with one */
    struct str totp;     /* secret, sealed in the database; empty = none */
    uint32_t failures;
    int64_t locked_until;
    uint64_t totp_step; /* last step used: a code works once */
    bool disabled;
};
NODISCARD enum err store_account_add(struct store *s, struct store_account *x); /* in a command */
NODISCARD enum err store_account_by_login(struct store *s, struct arena *a, struct str login,
                                          struct store_account *ret);
NODISCARD enum err store_account_get(struct store *s, struct arena *a, int64_t id,
                                     struct store_account *ret);
/* Everything of x but login and person, inside a command; it stands in the roster. */
NODISCARD enum err store_account_set(struct store *s, const struct store_account *x);
/* By number, behind `after`; role and login empty = any. */
NODISCARD enum err store_accounts(struct store *s, struct arena *a, struct str role,
                                  struct str login, int64_t after, uint32_t limit,
                                  struct store_account **ret, uint32_t *ret_count);
/* The command that last changed any account; what is remembered of sessions from before it may not
 * be true any more. */
NODISCARD enum err store_roster(struct store *s, int64_t *ret);
/* Own transaction; failures and locked_until of x. */
NODISCARD enum err store_account_note(struct store *s, const struct store_account *x);
/* A one-time code of this step is used up. ERR_CONFLICT: it, or a later one, is already. */
NODISCARD enum err store_account_step(struct store *s, int64_t id, uint64_t step);
struct store_session {
    struct hash token; /* SM3 of the token; the token itself is never stored */
    int64_t account, created, seen, expires;
    struct hash csrf;
    bool cookie;
};
NODISCARD enum err store_session_add(struct store *s, const struct store_session *x);
NODISCARD enum err store_session_find(struct store *s, const struct hash *token,
                                      struct store_session *ret);
/* All or none of them, in a transaction of its own. */
NODISCARD enum err store_sessions_seen(struct store *s, const struct hash *tokens, uint32_t count,
                                       int64_t now);
NODISCARD enum err store_session_end(struct store *s, const struct hash *token);
NODISCARD enum err store_sessions_end(struct store *s, int64_t account); /* all, inside a command */
/* Of every account of a person, inside a command; it stands in the roster. */
NODISCARD enum err store_sessions_end_person(struct store *s, int64_t person);
NODISCARD enum err store_sessions_sweep(struct store *s, int64_t now, uint64_t *ret_ended);

/* --- messages that leave after the commit --- */

struct store_message {
    int64_t id, person, command, created;
    struct str kind, body; /* JSON; no personal data beyond the person's number */
};
NODISCARD enum err store_outbox_add(struct store *s, int64_t person, struct str kind,
                                    struct str body); /* inside a command */
NODISCARD enum err store_outbox_take(struct store *s, struct arena *a, uint32_t limit,
                                     struct store_message **ret, uint32_t *ret_count);
NODISCARD enum err store_outbox_sent(struct store *s, int64_t id);

/* --- audit --- */

enum store_fault {
    STORE_FAULT_NONE,
#define MSG(id, code, zh, en) STORE_FAULT_##id,
#include "store/fault.def"
#undef MSG
    STORE_FAULT_COUNT
};
/* The row of a fault (not NONE); valid forever, without hint. */
const struct message *store_fault_message(enum store_fault fault);
struct store_audit_finding {
    int64_t seq;            /* first record that is wrong; 0 = none */
    enum store_fault fault; /* NONE when seq is 0 */
    int64_t records;
    struct hash head;
};
/* Walk the chain. `head` NULL, or the head somebody wrote down earlier (with its seq). */
NODISCARD enum err store_audit_verify(struct store *s, struct arena *a, int64_t head_seq,
                                      const struct hash *head, struct store_audit_finding *ret);
struct store_audit_record {
    int64_t seq, recorded, command, actor, person;
    struct str kind, role, office, purpose, key;
    struct hash payload, effects, hash;
};
NODISCARD enum err store_audit_list(struct store *s, struct arena *a, int64_t after, uint32_t limit,
                                    struct store_audit_record **ret, uint32_t *ret_count);

/* --- one process at a time --- */

/* The turn at what only one process may do beside a database (simulations): kept until it is given
 * back, the store is closed, or the process or its connection ends. ERR_BUSY: another has it. */
NODISCARD enum err store_turn_take(struct store *s);
void store_turn_give(struct store *s); /* accepts that it was not taken */

/* Rows of every table, for reconciliation: "table count" lines. */
NODISCARD enum err store_counts(struct store *s, struct buf *out);

#endif
