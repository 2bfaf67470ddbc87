/* Accounts and sessions. See accounts.h. */
#include "service/accounts.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/idnum.h"
#include "service/sign_in_audit.h"

#define PASSWORD_LEAST 10
#define PASSWORD_MOST 256
#define TOKEN_BYTES 32
#define LOCK_LONGEST_S (24 * 3600)
#define TOTP_STEP_S 30
#define SEEN_EVERY (60 * MICROS_PER_SECOND) /* how exactly the last use is remembered */
#define LOGIN_MOST 600

/* --- passwords and codes --- */

static pthread_once_t nobody_once = PTHREAD_ONCE_INIT;
static char nobody_hash[128];

static void make_nobody(void)
{
    if (password_hash(STR("nobody's password"), nobody_hash) != ERR_OK) nobody_hash[0] = '\0';
}

/* Logins that do not exist, or are locked, cost what wrong passwords cost. */
static void verify_nobody(struct str password)
{
    pthread_once(&nobody_once, make_nobody);
    (void)password_verify(password, nobody_hash);
}

/* 5 wrong: a minute, then twice as long each time. */
static int64_t lock_until(uint32_t failures, int64_t now)
{
    if (failures < ACCOUNT_TRIES) return 0;
    const uint32_t doubled = failures - ACCOUNT_TRIES;
    const int64_t wait = doubled < 11 ? INT64_C(60) << doubled : LOCK_LONGEST_S;

    return now + (wait < LOCK_LONGEST_S ? wait : LOCK_LONGEST_S) * MICROS_PER_SECOND;
}

/* Is it a code of the step now, before or after, later than the last one used? */
static bool code_is_good(struct store_account *x, struct str code, int64_t now)
{
    const uint64_t step = (uint64_t)(now / MICROS_PER_SECOND / TOTP_STEP_S);
    uint32_t asked = 0;

    if (code.n != 6) return false;
    for (size_t i = 0; i < code.n; i++) {
        if (code.p[i] < '0' || code.p[i] > '9') return false;
        asked = 10 * asked + (uint32_t)(code.p[i] - '0');
    }
    for (uint64_t t = step - 1; t <= step + 1; t++) {
        uint32_t right;
        if (t <= x->totp_step || totp_code(x->totp, t, &right) != ERR_OK || right != asked)
            continue;
        x->totp_step = t;
        return true;
    }
    return false;
}

static bool needs_code(enum role r)
{
    return r != ROLE_RESIDENT;
}

static bool second_factor(struct store_account *x, const struct sign_in_ask *ask, enum role role,
                          int64_t now)
{
    if (x->totp.n > 0) return code_is_good(x, ask->code, now);
    return !needs_code(role) || ask->code_optional;
}

/* --- sessions --- */

static void random_token(char ret[48])
{
    uint8_t bytes[TOKEN_BYTES];
    struct buf b;

    crypt_random(bytes, sizeof bytes);
    buf_init(&b, 0);
    base64url_add(&b, (struct str){(const char *)bytes, sizeof bytes});
    buf_add_char(&b, '\0');
    INVARIANT(!b.failed && b.n <= 48);
    memcpy(ret, b.p, b.n);
    crypt_wipe(bytes, sizeof bytes);
    crypt_wipe(b.p, b.n);
    buf_done(&b);
}

enum err account_token_hash(struct str token, struct hash *ret)
{
    return token.n > 0 && token.n < 48 ? hash_sm3(token, ret) : ERR_NOT_FOUND;
}

enum err account_csrf(struct str token, char ret[48])
{
    struct hash h;
    struct buf b;

    buf_init(&b, 0);
    buf_add_c(&b, "csrf\n");
    buf_add(&b, token);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), &h);
    b.n = 0;
    if (e == ERR_OK) base64url_add(&b, (struct str){(const char *)h.bytes, HASH_BYTES});
    buf_add_char(&b, '\0');
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) memcpy(ret, b.p, b.n);
    buf_done(&b);
    return e;
}

/* Signing in and out stand in the audit chain as everything else does (等保 2.0: every user). The
 * key is made of the token's digest: a session begins once and ends once. */
static enum err begin_session_command(struct store *s, struct arena *a, const char *kind,
                                      const struct hash *token, const struct store_account *x,
                                      int64_t now)
{
    struct store_command c = {.actor = x->id,
                              .role = x->role,
                              .office = x->office,
                              .kind = str_from_c(kind),
                              .person = x->person,
                              .payload = *token,
                              .at = now};
    struct store_began began;
    struct buf key;

    buf_init(&key, 0);
    buf_printf(&key, "%s-", kind);
    hash_add_text(&key, token);
    c.key = buf_str(&key);
    enum err e = buf_err(&key);
    if (e == ERR_OK) e = store_command_begin(s, a, &c, &began);
    if (e == ERR_OK && began.repeated) e = ERR_EXISTS;
    buf_done(&key);
    return e;
}

static enum err end_session_command(struct store *s, enum err e)
{
    if (e == ERR_OK) return store_command_commit(s, STR("{}"));
    store_command_abort(s);
    return e;
}

enum err account_session(struct store *s, struct arena *a, const struct store_account *x,
                         bool cookie, int64_t now, struct sign_in *ret)
{
    struct sign_in in = {.account = x->id, .division = x->division, .name = x->name};
    struct store_session session = {.account = x->id,
                                    .created = now,
                                    .seen = now,
                                    .expires = now + SESSION_LONGEST,
                                    .cookie = cookie};

    enum err e = role_parse(x->role, &in.role);
    if (e != ERR_OK) return ERR_CORRUPT;
    if (x->disabled) return ERR_DENIED;
    random_token(in.token);
    in.office = x->office;
    in.expires = session.expires;
    e = account_token_hash(str_from_c(in.token), &session.token);
    if (e == ERR_OK) e = account_csrf(str_from_c(in.token), in.csrf);
    if (e == ERR_OK) e = hash_sm3(str_from_c(in.csrf), &session.csrf);
    if (e == ERR_OK) e = begin_session_command(s, a, "session.begin", &session.token, x, now);
    if (e == ERR_OK) e = end_session_command(s, store_session_add(s, &session));
    if (e == ERR_OK) *ret = in;
    return e;
}

enum err account_sign_in(struct store *s, struct arena *a, const struct sign_in_ask *ask,
                         int64_t now, struct sign_in *ret, uint32_t *ret_wait_s)
{
    struct store_account x;
    enum role role = ROLE_NOBODY;
    enum err e = ask->login.n > 0 && ask->login.n <= LOGIN_MOST && ask->password.n <= PASSWORD_MOST
                     ? store_account_by_login(s, a, ask->login, &x)
                     : ERR_NOT_FOUND;

    if (e == ERR_NOT_FOUND || (e == ERR_OK && x.password.n == 0)) {
        verify_nobody(ask->password);
        e = sign_in_unknown(s, a, ask->login, now);
        return e == ERR_OK ? ERR_DENIED : e;
    }
    if (e != ERR_OK) return e;
    if (x.locked_until > now) {
        verify_nobody(ask->password);
        *ret_wait_s = (uint32_t)((x.locked_until - now) / MICROS_PER_SECOND) + 1;
        return ERR_BUSY;
    }
    const bool good = password_verify(ask->password, x.password.p) && !x.disabled &&
                      role_parse(x.role, &role) == ERR_OK && second_factor(&x, ask, role, now);
    const bool was_wrong = x.failures > 0;
    x.failures = good ? 0 : x.failures + 1;
    x.locked_until = good ? 0 : lock_until(x.failures, now);
    if (good && x.totp.n > 0) e = store_account_step(s, x.id, x.totp_step);
    if (e == ERR_CONFLICT) return ERR_DENIED; /* somebody used the code a moment before */
    if (e == ERR_OK && (!good || was_wrong)) e = store_account_note(s, &x);
    if (e == ERR_OK && !good) e = sign_in_failed(s, a, &x, now);
    if (e != ERR_OK) return e;
    return good ? account_session(s, a, &x, ask->cookie, now, ret) : ERR_DENIED;
}

static enum err fill_caller(struct store *s, struct arena *a, int64_t account, int64_t now,
                            struct caller *ret)
{
    struct store_account x;
    struct caller c = {.now = now, .today = date_of_instant(now)};
    enum err e = store_account_get(s, a, account, &x);

    if (e != ERR_OK) return e;
    if (x.disabled || role_parse(x.role, &c.role) != ERR_OK) return ERR_NOT_FOUND;
    c.account = x.id;
    if (x.person != 0) e = store_person_survivor(s, x.person, STORE_KNOWN_NOW, &c.person);
    if (e != ERR_OK) return e;
    c.division = x.division;
    c.office = x.office;
    *ret = c;
    return ERR_OK;
}

/* Noted for the one that writes them together, or written at once. */
static enum err remember_use(struct store *s, struct account_uses *uses, const struct hash *token,
                             int64_t now)
{
    if (!uses) return store_sessions_seen(s, token, 1, now);
    account_uses_note(uses, token);
    return ERR_OK;
}

enum err account_of_token(struct store *s, struct arena *a, struct account_uses *uses,
                          struct str token, bool by_cookie, bool check_csrf, struct str csrf,
                          int64_t now, struct caller *ret, int64_t *ret_valid_until)
{
    struct store_session x;
    struct hash h, given;
    int64_t roster = 0;
    enum err e = account_token_hash(token, &h);

    if (e == ERR_OK) e = store_roster(s, &roster); /* before what it speaks of */
    if (e == ERR_OK) e = store_session_find(s, &h, &x);
    if (e != ERR_OK) return e;
    if (x.cookie != by_cookie) return ERR_NOT_FOUND;
    if (x.expires <= now || x.seen + SESSION_IDLE <= now) {
        e = store_session_end(s, &h);
        return e == ERR_OK ? ERR_NOT_FOUND : e;
    }
    if (check_csrf) {
        e = hash_sm3(csrf, &given);
        if (e != ERR_OK) return e;
        if (!crypt_equal((struct str){(const char *)given.bytes, HASH_BYTES},
                         (struct str){(const char *)x.csrf.bytes, HASH_BYTES}))
            return ERR_DENIED;
    }
    if (now - x.seen >= SEEN_EVERY) e = remember_use(s, uses, &h, now);
    if (e == ERR_OK) e = fill_caller(s, a, x.account, now, ret);
    if (e == ERR_OK) ret->roster = roster;
    if (e == ERR_OK) *ret_valid_until = now + SEEN_EVERY < x.expires ? now + SEEN_EVERY : x.expires;
    return e;
}

enum err account_session_lives(struct store *s, const struct hash *token, bool *ret)
{
    struct store_session x;
    const enum err e = store_session_find(s, token, &x);

    if (e != ERR_OK && e != ERR_NOT_FOUND) return e;
    *ret = e == ERR_OK;
    return ERR_OK;
}

enum err account_sign_out(struct store *s, struct arena *a, const struct hash *token, int64_t now)
{
    struct store_session session;
    struct store_account x;
    enum err e = store_session_find(s, token, &session);

    if (e == ERR_NOT_FOUND) return ERR_OK; /* it ended before */
    if (e == ERR_OK) e = store_account_get(s, a, session.account, &x);
    if (e == ERR_OK) e = begin_session_command(s, a, "session.end", token, &x, now);
    if (e == ERR_EXISTS) return ERR_OK;
    return e == ERR_OK ? end_session_command(s, store_session_end(s, token)) : e;
}

/* --- making accounts --- */

struct store_command account_command_of(const struct caller *c, struct str key, const char *kind,
                                        int64_t person)
{
    return (struct store_command){.key = key,
                                  .actor = c->account,
                                  .role = str_from_c(role_codes[c->role]),
                                  .office = c->office,
                                  .purpose = c->purpose,
                                  .kind = str_from_c(kind),
                                  .person = person,
                                  .at = c->now};
}

/* What was asked, without secrets: the digest must not be one of a password. */
static enum err payload_of(const struct store_account *x, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%.*s\n%.*s\n%.*s\n%d\n%lld", STR_ARG(x->login), STR_ARG(x->role),
               STR_ARG(x->office), x->division, (long long)x->person);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

bool account_role_is(struct str code)
{
    enum role r;
    return role_parse(code, &r) == ERR_OK && r != ROLE_NOBODY && r != ROLE_SYSTEM;
}

enum err account_password_hash(struct str password, char ret[128])
{
    if (password.n < PASSWORD_LEAST || password.n > PASSWORD_MOST) return ERR_RANGE;
    return password_hash(password, ret);
}

static enum err add_account(struct store *s, struct store_account *x)
{
    struct store_account n = *x;
    char hash[128];
    enum err e = ERR_OK;

    if (n.password.n > 0) {
        e = account_password_hash(n.password, hash);
        n.password = str_from_c(hash);
    }
    if (e == ERR_OK) e = store_account_add(s, &n);
    if (e == ERR_OK) x->id = n.id;
    return e;
}

enum err account_create(struct store *s, struct arena *a, const struct caller *c, struct str key,
                        struct store_account *x)
{
    struct store_command command = account_command_of(c, key, "account.create", x->person);
    struct store_began began;
    char answer[48];
    enum err e = c->role == ROLE_SYSTEM ? ERR_OK : access_check(c, ACTION_ACCOUNT_MANAGE, 0, 0);

    if (e == ERR_OK && !account_role_is(x->role)) e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = payload_of(x, &command.payload);
    if (e == ERR_OK) e = store_command_begin(s, a, &command, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) return store_account_by_login(s, a, x->login, x);
    e = add_account(s, x);
    if (e != ERR_OK) {
        store_command_abort(s);
        return e;
    }
    snprintf(answer, sizeof answer, "{\"account\":%lld}", (long long)x->id);
    return store_command_commit(s, str_from_c(answer));
}

static struct str identity_login(struct arena *a, struct str issuer, struct str subject)
{
    struct buf b;

    buf_init(&b, LOGIN_MOST);
    buf_printf(&b, "oidc:%.*s %.*s", STR_ARG(issuer), STR_ARG(subject));
    const struct str login = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return login;
}

enum err account_of_identity(struct store *s, struct arena *a, struct str issuer,
                             struct str subject, struct store_account *ret)
{
    const struct str login = identity_login(a, issuer, subject);

    if (!login.p) return ERR_RANGE;
    return store_account_by_login(s, a, login, ret);
}

/* The one person whose number this is. A number that somebody had earlier, by mistake perhaps, is
 * not enough: it may be another's by right. */
static enum err person_of_number(struct store *s, struct arena *a, struct str text, int32_t today,
                                 int64_t *ret, struct store_identity *ret_who)
{
    struct idnum number;
    int64_t *persons;
    uint32_t count;

    if (idnum_parse(text, today, &number) != ERR_OK) return ERR_RANGE;
    const struct str normal = str_from_c(number.digits);
    enum err e = store_person_by_id_number(s, a, normal, &persons, &count);
    if (e != ERR_OK) return e;
    if (count != 1) return count == 0 ? ERR_NOT_FOUND : ERR_CONFLICT;
    e = store_person_identity(s, a, persons[0], ret_who);
    if (e == ERR_OK && !str_eq(ret_who->id_number, normal)) e = ERR_CONFLICT;
    if (e == ERR_OK) *ret = persons[0];
    return e;
}

enum err account_link(struct store *s, struct arena *a, const struct caller *system,
                      struct str issuer, struct str subject, struct str id_number,
                      struct store_account *ret)
{
    struct store_account x = {.login = identity_login(a, issuer, subject), .role = STR("resident")};
    struct store_identity who;
    struct hash h;
    struct buf key;
    enum err e =
        x.login.p ? person_of_number(s, a, id_number, system->today, &x.person, &who) : ERR_RANGE;

    if (e == ERR_OK) e = hash_sm3(x.login, &h);
    if (e != ERR_OK) return e;
    x.name = who.name;
    buf_init(&key, 0);
    buf_add_c(&key, "link-");
    hash_add_text(&key, &h);
    e = account_create(s, a, system, buf_str(&key), &x);
    buf_done(&key);
    if (e == ERR_OK) e = store_account_by_login(s, a, x.login, ret);
    return e;
}
