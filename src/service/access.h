/* Who may do what: role × place × purpose, decided where data is read and written.
 *
 * Each action is a row of policy.def. Every function of this room that touches a person's data or
 * changes anything begins with access_check; what has no row is denied. */
#ifndef JIFEN_SERVICE_ACCESS_H
#define JIFEN_SERVICE_ACCESS_H

#include "base/err.h"
#include "base/message.h"

enum role {
#define ROLE(id, code, zh, en) ROLE_##id,
#include "service/role.def"
#undef ROLE
    ROLE_COUNT
};
#define ROLE_BIT(r) (1u << (r))

/* Whose place an action must lie in. */
enum place_rule {
    PLACE_NONE, /* the action has no place */
    PLACE_SELF, /* the person the caller is */
    PLACE_OWN,  /* within the caller's division, as divisions are on c->today */
    PLACE_ANY   /* everywhere (province-wide offices) */
};

enum action {
#define POLICY(id, code, roles, place, purposes, zh, en) ACTION_##id,
#include "service/policy.def"
#undef POLICY
    ACTION_COUNT
};

/* Who calls; made by the room of HTTP from a session, or by the command line. */
struct caller {
    int64_t account;
    int64_t person; /* residents: who they are; 0 for staff */
    enum role role;
    int32_t division;           /* staff: what they serve; 330000 = the whole province */
    struct str office, purpose; /* purpose: a word of the action's list */
    struct str case_number;     /* staff: on account of which case; may be empty */
    enum lang lang;
    int64_t roster; /* of accounts, when who this is was read (store_roster) */
    int64_t now;    /* microseconds UTC */
    int32_t today;  /* Asia/Shanghai */
};

struct policy_row {
    const char *code;
    uint32_t roles;
    enum place_rule place;
    const char *purposes; /* separated by '|'; "" = none is asked for */
    const char *text[LANG_COUNT];
};
extern const struct policy_row access_policies[ACTION_COUNT];
extern const char *const role_codes[ROLE_COUNT];
extern const char *const role_names[ROLE_COUNT][LANG_COUNT];

/* ERR_DENIED unless role, place and purpose are all right. `person` 0 = about nobody; `division`
 * 0 = of no place. */
NODISCARD enum err access_check(const struct caller *c, enum action a, int64_t person,
                                int32_t division);
/* Role by its code ("clerk"); ERR_NOT_FOUND. */
NODISCARD enum err role_parse(struct str code, enum role *ret);

#endif
