/* Failed sign-ins in the audit chain. See sign_in_audit.h. */
#include "service/sign_in_audit.h"

#include <stdio.h>
#include <string.h>

#define HOUR (3600 * MICROS_PER_SECOND)

/* ERR_CONFLICT: something else was recorded under the key. */
static enum err record(struct store *s, struct arena *a, const struct store_command *c)
{
    struct store_began began;
    const enum err e = store_command_begin(s, a, c, &began);

    if (e != ERR_OK || began.repeated) return e;
    return store_command_commit(s, STR("{}"));
}

enum err sign_in_failed(struct store *s, struct arena *a, const struct store_account *x,
                        int64_t now)
{
    const bool locked = x->locked_until > now;
    const char *kind = locked ? "session.locked" : "session.failed";
    char key[96];

    if (!locked && x->failures != 1) return ERR_OK;
    snprintf(key, sizeof key, "%s-%lld-%u-%lld", kind, (long long)x->id, (unsigned)x->failures,
             (long long)now);
    struct store_command c = {.key = str_from_c(key),
                              .actor = x->id,
                              .role = x->role,
                              .office = x->office,
                              .kind = str_from_c(kind),
                              .person = x->person,
                              .at = now};
    const enum err e = hash_sm3(c.key, &c.payload);
    return e == ERR_OK ? record(s, a, &c) : e;
}

/* `office` tells from where. */
static enum err record_unknown(struct store *s, struct arena *a, struct str office, struct str name,
                               int64_t now)
{
    struct store_command c = {
        .role = STR("nobody"), .office = office, .kind = STR("session.unknown"), .at = now};
    char key[96];
    enum err e = store_keyed_digest(s, "login", name, &c.payload);

    if (e != ERR_OK) return e;
    snprintf(key, sizeof key, "session.unknown-%.*s-%lld-%d", STR_ARG(office),
             (long long)(now / HOUR), c.payload.bytes[0] % SIGN_IN_UNKNOWN_HOURLY);
    c.key = str_from_c(key);
    e = record(s, a, &c);
    return e == ERR_CONFLICT ? ERR_OK : e; /* another name stands for this part of the hour */
}

enum err sign_in_unknown(struct store *s, struct arena *a, struct str name, int64_t now)
{
    return record_unknown(s, a, STR("sign-in"), name, now);
}

static bool is_refusal(enum err e)
{
    return e == ERR_DENIED || e == ERR_NOT_FOUND || e == ERR_CONFLICT || e == ERR_RANGE ||
           e == ERR_SYNTAX;
}

enum err sign_in_refused(struct store *s, struct arena *a, const char *way, enum err e,
                         const struct store_account *x, struct str name, int64_t now)
{
    struct store_command c = {.actor = x->id,
                              .role = x->role,
                              .office = x->office,
                              .kind = STR("session.refused"),
                              .person = x->person,
                              .at = now};
    char key[96];

    if (!is_refusal(e)) return ERR_OK;
    if (x->id == 0) return record_unknown(s, a, str_from_c(way), name, now);
    snprintf(key, sizeof key, "session.refused-%s-%lld-%lld", way, (long long)x->id,
             (long long)(now / HOUR));
    c.key = str_from_c(key);
    e = hash_sm3(c.key, &c.payload);
    return e == ERR_OK ? record(s, a, &c) : e;
}
