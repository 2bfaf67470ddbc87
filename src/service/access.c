/* The table of policies and the one question asked of it. */
#include "service/access.h"

#include <string.h>

#include "base/division.h"

#define R(id) ROLE_BIT(ROLE_##id)

const struct policy_row access_policies[ACTION_COUNT] = {
#define POLICY(id, code, roles, place, purposes, zh, en)                                           \
    [ACTION_##id] = {code, roles, PLACE_##place, purposes, {zh, en}},
#include "service/policy.def"
#undef POLICY
};

const char *const role_codes[ROLE_COUNT] = {
#define ROLE(id, code, zh, en) [ROLE_##id] = code,
#include "service/role.def"
#undef ROLE
};

const char *const role_names[ROLE_COUNT][LANG_COUNT] = {
#define ROLE(id, code, zh, en) [ROLE_##id] = {zh, en},
#include "service/role.def"
#undef ROLE
};

/* Is `word` one of `list`, which is separated by '|'? */
static bool is_listed(const char *list, struct str word)
{
    while (*list) {
        const size_t n = strcspn(list, "|");
        if (n == word.n && memcmp(list, word.p, n) == 0) return true;
        list += n + (list[n] == '|');
    }
    return false;
}

/* An office that was abolished has no place any more; what was recorded under its code is with
 * whoever took it over. */
static bool is_own(const struct caller *c, int32_t division)
{
    if (c->division == 0 || division == 0 || division_is_abolished(c->division, c->today))
        return false;
    return division_is_within(division_on(division, c->today), c->division);
}

static bool is_in_place(const struct caller *c, enum place_rule rule, int64_t person,
                        int32_t division)
{
    switch (rule) {
    case PLACE_NONE:
        return true;
    case PLACE_SELF:
        return c->person != 0 && person == c->person;
    case PLACE_OWN:
        return is_own(c, division);
    case PLACE_ANY:
        return c->division == 330000 || c->role == ROLE_SYSTEM;
    }
    return false;
}

enum err access_check(const struct caller *c, enum action a, int64_t person, int32_t division)
{
    INVARIANT(a < ACTION_COUNT);
    const struct policy_row *p = &access_policies[a];

    if ((unsigned)c->role >= ROLE_COUNT || !(p->roles & ROLE_BIT(c->role))) return ERR_DENIED;
    if (*p->purposes && !is_listed(p->purposes, c->purpose)) return ERR_DENIED;
    return is_in_place(c, p->place, person, division) ? ERR_OK : ERR_DENIED;
}

enum err role_parse(struct str code, enum role *ret)
{
    for (unsigned r = 0; r < ROLE_COUNT; r++)
        if (str_eq(code, str_from_c(role_codes[r]))) {
            *ret = (enum role)r;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}
