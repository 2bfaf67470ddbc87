/* Accounts and sessions: locks that grow, codes that work once, sessions that end, identities that
 * are never guessed; with the clock as an argument.
 *
 * accounts_test     JIFEN_STORE: URL of an empty database to use instead of a SQLite file. */
#include "service/account_admin.h"
#include "service/sign_in_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"

#define START (INT64_C(20513) * 86400 * MICROS_PER_SECOND) /* 2026-03-01, 08:00 in Shanghai */
#define SECONDS(n) ((int64_t)(n)*MICROS_PER_SECOND)
#define PASSWORD STR("correct horse battery")
#define SECRET STR("12345678901234567890")

static char dir[] = "accounts_test_XXXXXX";
static struct arena a;
static struct keyring *keys;
static struct store *store;
static int64_t now = START; /* never goes back, as the store's does not */
static uint32_t used;

static int setup(void **state)
{
    const char *given = getenv("JIFEN_STORE");
    struct buf text, message;
    char path[64];

    (void)state;
    arena_init(&a, 0);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "sqlite:%s/jifen.db", dir);
    const struct str url = str_from_c(given ? given : path);
    buf_init(&text, 0);
    buf_init(&message, 0);
    assert_int_equal(keyring_add_key(&text), ERR_OK);
    assert_int_equal(keyring_read(buf_str(&text), NULL, &keys), ERR_OK);
    assert_int_equal(store_init(url, &message), ERR_OK);
    buf_done(&text);
    buf_done(&message);
    assert_int_equal(store_open(url, keys, &store), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    char command[64];

    (void)state;
    store = store_close(store);
    keyring_free(keys);
    arena_done(&a);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct str fresh_key(void)
{
    char key[32];

    snprintf(key, sizeof key, "accounts-test-%08u", ++used);
    return str_copy(&a, str_from_c(key));
}

static struct caller caller(enum role role)
{
    return (struct caller){.account = 1,
                           .role = role,
                           .division = 330000,
                           .office = STR("test"),
                           .purpose = role == ROLE_SECURITY ? STR("accounts") : STR(""),
                           .now = now,
                           .today = date_of_instant(now)};
}

static int64_t make(const char *login, const char *role, struct str totp)
{
    const struct caller system = caller(ROLE_SYSTEM);
    struct store_account x = {.login = str_from_c(login),
                              .role = str_from_c(role),
                              .office = STR("窗口"),
                              .name = STR("张三"),
                              .division = 330381,
                              .password = PASSWORD,
                              .totp = totp};

    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_OK);
    assert_true(x.id > 0);
    return x.id;
}

static struct store_account account(const char *login)
{
    struct store_account x;

    assert_int_equal(store_account_by_login(store, &a, str_from_c(login), &x), ERR_OK);
    return x;
}

static enum err try(const char *login, struct str password, const char *code, struct sign_in *ret,
                    uint32_t *ret_wait)
{
    const struct sign_in_ask ask = {
        .login = str_from_c(login), .password = password, .code = str_from_c(code)};
    struct sign_in in = {.account = 0};
    uint32_t wait = 0;
    const enum err e = account_sign_in(store, &a, &ask, now, &in, &wait);

    if (ret) *ret = in;
    if (ret_wait) *ret_wait = wait;
    return e;
}

static enum err try_wrong(const char *login)
{
    return try(login, STR("wrong horse battery"), "", NULL, NULL);
}

static const char *code_at(uint64_t step)
{
    static char text[16];
    uint32_t code;

    assert_int_equal(totp_code(SECRET, step, &code), ERR_OK);
    snprintf(text, sizeof text, "%06u", code);
    return text;
}

static uint64_t step_now(void)
{
    return (uint64_t)(now / SECONDS(30));
}

/* --- making accounts --- */

static void who_may_make_accounts(void **state)
{
    (void)state;
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct caller c = caller((enum role)r);
        char login[32];
        struct store_account x = {.role = STR("clerk"), .password = PASSWORD};

        snprintf(login, sizeof login, "made-by-%d", r);
        x.login = str_from_c(login);
        assert_int_equal(account_create(store, &a, &c, fresh_key(), &x),
                         r == ROLE_SECURITY || r == ROLE_SYSTEM ? ERR_OK : ERR_DENIED);
    }
    struct caller purposeless = caller(ROLE_SECURITY);
    struct store_account x = {.login = STR("z"), .role = STR("clerk"), .password = PASSWORD};
    purposeless.purpose = STR("");
    assert_int_equal(account_create(store, &a, &purposeless, fresh_key(), &x), ERR_DENIED);
}

static void accounts_that_cannot_be(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    struct store_account x = {
        .login = STR("short"), .role = STR("clerk"), .password = STR("9 letter")};

    (void)state;
    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_RANGE);
    x.password = PASSWORD;
    x.role = STR("king");
    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_NOT_FOUND);
    assert_int_equal(store_account_by_login(store, &a, STR("short"), &x), ERR_NOT_FOUND);
    make("twice", "clerk", STR(""));
    x = (struct store_account){.login = STR("twice"), .role = STR("clerk"), .password = PASSWORD};
    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_EXISTS);
}

/* The same command again is the same account; under its key nothing else is made. */
static void made_once(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    const struct str key = fresh_key();
    struct store_account x = {.login = STR("once"), .role = STR("clerk"), .password = PASSWORD},
                         y = x;

    (void)state;
    assert_int_equal(account_create(store, &a, &system, key, &x), ERR_OK);
    assert_int_equal(account_create(store, &a, &system, key, &y), ERR_OK);
    assert_int_equal(x.id, y.id);
    y = (struct store_account){.login = STR("other"), .role = STR("clerk"), .password = PASSWORD};
    assert_int_equal(account_create(store, &a, &system, key, &y), ERR_CONFLICT);
    assert_int_equal(store_account_by_login(store, &a, STR("other"), &y), ERR_NOT_FOUND);
}

static void passwords_are_not_stored(void **state)
{
    (void)state;
    make("hidden", "clerk", SECRET);
    const struct store_account x = account("hidden");
    assert_int_equal(strncmp(x.password.p, "$argon2id$", 10), 0);
    assert_true(str_eq(x.totp, SECRET)); /* sealed in the database, opened here */
}

/* --- signing in --- */

static void the_right_password(void **state)
{
    struct sign_in in;

    (void)state;
    const int64_t id = make("wang", "resident", STR(""));
    assert_int_equal(try("wang", PASSWORD, "", &in, NULL), ERR_OK);
    assert_int_equal(in.account, id);
    assert_int_equal(in.role, ROLE_RESIDENT);
    assert_int_equal(in.division, 330381);
    assert_int_equal(in.expires, now + SESSION_LONGEST);
    assert_int_equal(strlen(in.token), 43);
    assert_string_not_equal(in.token, in.csrf);
    assert_true(str_eq(in.name, STR("张三")));
}

/* Nobody, nobody's password, too long, empty: the same answer as a wrong password. */
static void wrong_is_wrong(void **state)
{
    static char longest[1000];
    const struct caller system = caller(ROLE_SYSTEM);
    struct store_account x = {.login = STR("no-password"), .role = STR("resident")};

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    make("li", "resident", STR(""));
    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_OK);
    assert_int_equal(try_wrong("li"), ERR_DENIED);
    assert_int_equal(try("li", STR(""), "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("LI", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("nobody", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try(longest, PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("li", str_from_c(longest), "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("no-password", STR(""), "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("li", PASSWORD, "", NULL, NULL), ERR_OK);
}

/* After five the account is locked: a minute, then twice as long each time; the right password does
 * not open it meanwhile, and a good sign-in forgets all of it. */
static void locks_grow(void **state)
{
    uint32_t wait;

    (void)state;
    make("zhao", "resident", STR(""));
    for (int i = 0; i < ACCOUNT_TRIES; i++)
        assert_int_equal(try_wrong("zhao"), ERR_DENIED);
    for (int64_t minutes = 1; minutes <= 8; minutes *= 2) {
        assert_int_equal(try("zhao", PASSWORD, "", NULL, &wait), ERR_BUSY);
        assert_in_range(wait, minutes * 60, minutes * 60 + 1);
        now += SECONDS(minutes * 60 - 1);
        assert_int_equal(try("zhao", PASSWORD, "", NULL, &wait), ERR_BUSY);
        assert_in_range(wait, 1, 2);
        now += SECONDS(1);
        if (minutes < 8) assert_int_equal(try_wrong("zhao"), ERR_DENIED);
    }
    assert_int_equal(try("zhao", PASSWORD, "", NULL, NULL), ERR_OK);
    assert_int_equal(account("zhao").failures, 0);
    for (int i = 0; i < ACCOUNT_TRIES - 1; i++)
        assert_int_equal(try_wrong("zhao"), ERR_DENIED);
    assert_int_equal(try("zhao", PASSWORD, "", NULL, NULL), ERR_OK);
}

static void locks_end_after_a_day(void **state)
{
    struct store_account x;
    uint32_t wait;

    (void)state;
    make("qian", "resident", STR(""));
    x = account("qian");
    x.failures = 4000000000u; /* a very long attack */
    assert_int_equal(store_account_note(store, &x), ERR_OK);
    assert_int_equal(try_wrong("qian"), ERR_DENIED);
    assert_int_equal(try("qian", PASSWORD, "", NULL, &wait), ERR_BUSY);
    assert_in_range(wait, 24 * 3600, 24 * 3600 + 1);
    now += SECONDS(24 * 3600);
    assert_int_equal(try("qian", PASSWORD, "", NULL, NULL), ERR_OK);
}

/* --- one-time codes --- */

/* Every staff role needs a code; in a demo one without a second factor may come in. */
static void staff_need_a_code(void **state)
{
    (void)state;
    for (int r = ROLE_RESIDENT; r < ROLE_SYSTEM; r++) {
        char login[32];
        struct sign_in_ask ask = {.password = PASSWORD};
        struct sign_in in;
        uint32_t wait = 0;

        snprintf(login, sizeof login, "role-%s", role_codes[r]);
        make(login, role_codes[r], STR(""));
        assert_int_equal(try(login, PASSWORD, "", NULL, NULL),
                         r == ROLE_RESIDENT ? ERR_OK : ERR_DENIED);
        ask.login = str_from_c(login);
        ask.code_optional = true;
        assert_int_equal(account_sign_in(store, &a, &ask, now, &in, &wait), ERR_OK);
        assert_int_equal(in.role, r);
    }
}

static void codes_of_a_minute_and_a_half(void **state)
{
    (void)state;
    make("clerk-window", "clerk", SECRET);
    now += SECONDS(3600);
    const uint64_t step = step_now();
    assert_int_equal(try("clerk-window", PASSWORD, code_at(step - 2), NULL, NULL), ERR_DENIED);
    assert_int_equal(try("clerk-window", PASSWORD, code_at(step + 2), NULL, NULL), ERR_DENIED);
    assert_int_equal(try("clerk-window", PASSWORD, code_at(step - 1), NULL, NULL), ERR_OK);
    assert_int_equal(try("clerk-window", PASSWORD, code_at(step), NULL, NULL), ERR_OK);
    assert_int_equal(try("clerk-window", PASSWORD, code_at(step + 1), NULL, NULL), ERR_OK);
}

static void a_code_works_once(void **state)
{
    struct store_account x;

    (void)state;
    make("clerk-once", "clerk", SECRET);
    now += SECONDS(3600);
    const uint64_t step = step_now();
    assert_int_equal(try("clerk-once", PASSWORD, code_at(step), NULL, NULL), ERR_OK);
    assert_int_equal(try("clerk-once", PASSWORD, code_at(step), NULL, NULL), ERR_DENIED);
    /* nor does an older one after it */
    assert_int_equal(try("clerk-once", PASSWORD, code_at(step - 1), NULL, NULL), ERR_DENIED);
    /* of two who read the account at the same moment, one gets through */
    x = account("clerk-once");
    assert_int_equal(store_account_step(store, x.id, step + 1), ERR_OK);
    assert_int_equal(store_account_step(store, x.id, step + 1), ERR_CONFLICT);
    assert_int_equal(store_account_step(store, x.id, step), ERR_CONFLICT);
    now += SECONDS(60);
    assert_int_equal(try("clerk-once", PASSWORD, code_at(step + 2), NULL, NULL), ERR_OK);
}

/* A wrong code counts as a wrong password; a wrong password uses up no code. */
static void codes_and_passwords(void **state)
{
    static const char *const bad[] = {"",       "12345",  "1234567",     "12345a",
                                      "      ", "-12345", "１２３４５６"};

    (void)state;
    make("clerk-both", "clerk", SECRET);
    now += SECONDS(3600);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct store_account x = account("clerk-both");
        x.failures = 0;
        x.locked_until = 0;
        assert_int_equal(store_account_note(store, &x), ERR_OK);
        assert_int_equal(try("clerk-both", PASSWORD, bad[i], NULL, NULL), ERR_DENIED);
        assert_int_equal(account("clerk-both").failures, 1);
    }
    const char *code = code_at(step_now());
    assert_int_equal(try("clerk-both", STR("wrong horse battery"), code, NULL, NULL), ERR_DENIED);
    assert_int_equal(try("clerk-both", PASSWORD, code, NULL, NULL), ERR_OK);
}

/* --- sessions --- */

static enum err ask(const struct sign_in *in, bool by_cookie, bool check, const char *csrf,
                    struct caller *ret)
{
    int64_t valid_until = 0;
    struct caller c = {.role = ROLE_NOBODY};
    const enum err e = account_of_token(store, &a, NULL, str_from_c(in->token), by_cookie, check,
                                        str_from_c(csrf), now, &c, &valid_until);

    if (e == ERR_OK) assert_in_range(valid_until, now + 1, in->expires);
    if (ret) *ret = c;
    return e;
}

static struct sign_in session(const char *login, bool cookie)
{
    const struct sign_in_ask x = {
        .login = str_from_c(login), .password = PASSWORD, .cookie = cookie, .code_optional = true};
    struct sign_in in;
    uint32_t wait = 0;

    assert_int_equal(account_sign_in(store, &a, &x, now, &in, &wait), ERR_OK);
    return in;
}

static void whose_session_it_is(void **state)
{
    struct caller c;

    (void)state;
    const int64_t id = make("sun", "reviewer", STR(""));
    const struct sign_in in = session("sun", false), other = session("sun", false);
    assert_string_not_equal(in.token, other.token);
    assert_int_equal(ask(&in, false, false, "", &c), ERR_OK);
    assert_int_equal(c.account, id);
    assert_int_equal(c.role, ROLE_REVIEWER);
    assert_int_equal(c.division, 330381);
    assert_int_equal(c.person, 0);
    assert_true(str_eq(c.office, STR("窗口")));
    assert_int_equal(c.purpose.n, 0);
}

static void tokens_that_are_none(void **state)
{
    static const char *const bad[] = {
        "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct sign_in in;

    (void)state;
    make("zhou", "resident", STR(""));
    in = session("zhou", false);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct caller c;
        int64_t until;
        assert_int_equal(account_of_token(store, &a, NULL, str_from_c(bad[i]), false, false,
                                          STR(""), now, &c, &until),
                         ERR_NOT_FOUND);
    }
    in.token[10] ^= 1;
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_NOT_FOUND);
}

/* A cookie's token is no bearer token, nor the other way round; the CSRF token is the session's. */
static void cookies_and_bearers(void **state)
{
    char again[48];

    (void)state;
    make("wu", "resident", STR(""));
    const struct sign_in cookie = session("wu", true), bearer = session("wu", false);
    assert_int_equal(ask(&cookie, false, false, "", NULL), ERR_NOT_FOUND);
    assert_int_equal(ask(&bearer, true, false, "", NULL), ERR_NOT_FOUND);
    assert_int_equal(ask(&cookie, true, false, "", NULL), ERR_OK);
    assert_int_equal(ask(&cookie, true, true, cookie.csrf, NULL), ERR_OK);
    assert_int_equal(ask(&cookie, true, true, bearer.csrf, NULL), ERR_DENIED);
    assert_int_equal(ask(&cookie, true, true, cookie.token, NULL), ERR_DENIED);
    assert_int_equal(ask(&cookie, true, true, "", NULL), ERR_DENIED);
    assert_int_equal(account_csrf(str_from_c(cookie.token), again), ERR_OK);
    assert_string_equal(again, cookie.csrf);
}

static void sessions_end_by_themselves(void **state)
{
    (void)state;
    make("zheng", "resident", STR(""));
    struct sign_in in = session("zheng", false);
    const int64_t begun = now;
    now += SESSION_IDLE - 1; /* used just in time: idle begins anew */
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_OK);
    now += SESSION_IDLE - 1;
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_OK);
    now += SESSION_IDLE;
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_NOT_FOUND);
    now = begun + SESSION_LONGEST; /* and does not come back */
    in = session("zheng", false);
    while (now + SESSION_IDLE / 2 < in.expires) {
        now += SESSION_IDLE / 2;
        assert_int_equal(ask(&in, false, false, "", NULL), ERR_OK);
    }
    now = in.expires;
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_NOT_FOUND);
}

static void signing_out(void **state)
{
    struct hash token;

    (void)state;
    make("feng", "resident", STR(""));
    const struct sign_in in = session("feng", false), other = session("feng", false);
    assert_int_equal(account_token_hash(str_from_c(in.token), &token), ERR_OK);
    assert_int_equal(account_sign_out(store, &a, &token, now), ERR_OK);
    assert_int_equal(ask(&in, false, false, "", NULL), ERR_NOT_FOUND);
    assert_int_equal(ask(&other, false, false, "", NULL), ERR_OK);
    assert_int_equal(account_sign_out(store, &a, &token, now), ERR_OK); /* again: nothing */
}

/* How often it stands in the audit chain. */
static uint32_t audited(const char *kind, int64_t actor)
{
    struct store_audit_record *records;
    uint32_t count, found = 0;
    int64_t after = 0;

    do {
        assert_int_equal(store_audit_list(store, &a, after, 100, &records, &count), ERR_OK);
        for (uint32_t i = 0; i < count; i++)
            found += records[i].actor == actor && str_eq(records[i].kind, str_from_c(kind));
        if (count > 0) after = records[count - 1].seq;
    } while (count > 0);
    return found;
}

static void audit_knows_who_came(void **state)
{
    struct store_audit_finding finding;
    struct hash token;

    (void)state;
    const int64_t id = make("chu", "resident", STR(""));
    const struct sign_in in = session("chu", false);
    session("chu", true);
    assert_int_equal(try_wrong("chu"), ERR_DENIED); /* no session */
    assert_int_equal(audited("session.begin", id), 2);
    assert_int_equal(audited("session.end", id), 0);
    assert_int_equal(account_token_hash(str_from_c(in.token), &token), ERR_OK);
    assert_int_equal(account_sign_out(store, &a, &token, now), ERR_OK);
    assert_int_equal(audited("session.end", id), 1);
    assert_int_equal(store_audit_verify(store, &a, 0, NULL, &finding), ERR_OK);
    assert_int_equal(finding.seq, 0);
}

static void sweeping(void **state)
{
    uint64_t ended = 0;

    (void)state;
    make("chen", "resident", STR(""));
    assert_int_equal(store_sessions_sweep(store, now + SESSION_LONGEST, &ended), ERR_OK);
    const struct sign_in in = session("chen", false);
    now += SESSION_LONGEST / 2;
    assert_int_equal(store_sessions_sweep(store, now, &ended), ERR_OK);
    assert_int_equal(store_sessions_sweep(store, in.expires - 1, &ended), ERR_OK);
    assert_int_equal(store_sessions_sweep(store, in.expires, &ended), ERR_OK);
    assert_int_equal(ended, 1);
}

/* --- identities from outside --- */

static void begin(void)
{
    const struct store_command c = {.key = fresh_key(),
                                    .role = STR("system"),
                                    .office = STR("test"),
                                    .kind = STR("test"),
                                    .at = now};
    struct store_began began;

    assert_int_equal(store_command_begin(store, &a, &c, &began), ERR_OK);
}

static int64_t person(const char *code, const char *id_number)
{
    const struct store_identity i = {
        .code = str_from_c(code), .id_number = str_from_c(id_number), .name = STR("王小明")};
    int64_t id;

    begin();
    assert_int_equal(store_person_add(store, &i, &id), ERR_OK);
    assert_int_equal(store_command_commit(store, STR("{}")), ERR_OK);
    return id;
}

static void change(int64_t id, const char *id_number)
{
    const struct store_identity i = {.id_number = str_from_c(id_number), .name = STR("王小明")};

    begin();
    assert_int_equal(store_person_change(store, id, &i), ERR_OK);
    assert_int_equal(store_command_commit(store, STR("{}")), ERR_OK);
}

static void residents_are_linked(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    const struct str issuer = STR("https://login.example");
    struct store_account x, y;

    (void)state;
    const int64_t who = person("P1", "33038119900307004X");
    assert_int_equal(account_of_identity(store, &a, issuer, STR("u1"), &x), ERR_NOT_FOUND);
    assert_int_equal(
        account_link(store, &a, &system, issuer, STR("u1"), STR("33038119900307004X"), &x), ERR_OK);
    assert_int_equal(x.person, who);
    assert_true(str_eq(x.role, STR("resident")));
    assert_int_equal(x.password.n, 0);
    assert_int_equal(account_of_identity(store, &a, issuer, STR("u1"), &y), ERR_OK);
    assert_int_equal(x.id, y.id);
    /* again: the same account; another subject of the same person: another one */
    assert_int_equal(
        account_link(store, &a, &system, issuer, STR("u1"), STR("33038119900307004X"), &y), ERR_OK);
    assert_int_equal(x.id, y.id);
    assert_int_equal(
        account_link(store, &a, &system, issuer, STR("u2"), STR("33038119900307004X"), &y), ERR_OK);
    assert_int_not_equal(x.id, y.id);
    assert_int_equal(y.person, who);
    /* the same subject elsewhere is somebody else */
    assert_int_equal(account_of_identity(store, &a, STR("https://other.example"), STR("u1"), &y),
                     ERR_NOT_FOUND);
    assert_int_equal(try("oidc:https://login.example u1", STR(""), "", NULL, NULL), ERR_DENIED);
}

static void nobody_is_guessed(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    struct store_account x;

    (void)state;
    person("P2", "330381199003070023");
    person("P3", "330381199003070023");
    assert_int_equal(
        account_link(store, &a, &system, STR("i"), STR("u3"), STR("330381199003070023"), &x),
        ERR_CONFLICT);
    assert_int_equal(
        account_link(store, &a, &system, STR("i"), STR("u3"), STR("330381199003070031"), &x),
        ERR_NOT_FOUND);
    /* a number that was somebody's by mistake: whose it is now is for people to say */
    const int64_t once = person("P4", "330381199003070015");
    change(once, "330381199003070058");
    assert_int_equal(
        account_link(store, &a, &system, STR("i"), STR("u3"), STR("330381199003070015"), &x),
        ERR_CONFLICT);
    assert_int_equal(account_of_identity(store, &a, STR("i"), STR("u3"), &x), ERR_NOT_FOUND);
}

/* Identity numbers come as providers write them: a small x, full-width digits, blanks around. */
static void numbers_are_normalised(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    static const char *const written[] = {
        "33038119900307004x", "３３０３８１１９９００３０７００４Ｘ", " 33038119900307004X "};
    struct store_account x;

    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        char subject[8];
        snprintf(subject, sizeof subject, "n%zu", i);
        assert_int_equal(account_link(store, &a, &system, STR("n"), str_from_c(subject),
                                      str_from_c(written[i]), &x),
                         ERR_OK);
    }
    assert_int_not_equal(account_link(store, &a, &system, STR("n"), STR("n9"), STR("1"), &x),
                         ERR_OK);
}

static void disabled_accounts(void **state)
{
    const struct caller system = caller(ROLE_SYSTEM);
    struct store_account x = {
        .login = STR("gone"), .role = STR("resident"), .password = PASSWORD, .disabled = true};
    struct sign_in in;

    (void)state;
    assert_int_equal(account_create(store, &a, &system, fresh_key(), &x), ERR_OK);
    assert_int_equal(try("gone", PASSWORD, "", NULL, NULL), ERR_DENIED);
    x = account("gone");
    assert_true(x.disabled);
    assert_int_equal(account_session(store, &a, &x, false, now, &in), ERR_DENIED);
}

/* --- failed sign-ins in the chain --- */

/* The first of a series, then every lock; a good sign-in ends the series. */
static void failures_are_recorded(void **state)
{
    const int64_t id = make("tried", "resident", STR(""));

    (void)state;
    for (uint32_t i = 1; i <= ACCOUNT_TRIES; i++) {
        assert_int_equal(try_wrong("tried"), ERR_DENIED);
        assert_int_equal(audited("session.failed", id), 1);
        assert_int_equal(audited("session.locked", id), i == ACCOUNT_TRIES);
    }
    for (int i = 0; i < 3; i++) /* meanwhile nothing is tried */
        assert_int_equal(try("tried", STR("wrong password"), "", NULL, &(uint32_t){0}), ERR_BUSY);
    assert_int_equal(audited("session.locked", id), 1);
    now += SECONDS(61);
    assert_int_equal(try_wrong("tried"), ERR_DENIED);
    assert_int_equal(audited("session.locked", id), 2);
    now += SECONDS(121);
    assert_int_equal(try("tried", PASSWORD, "", NULL, NULL), ERR_OK);
    assert_int_equal(try_wrong("tried"), ERR_DENIED);
    assert_int_equal(audited("session.failed", id), 2);
}

/* Names that nobody has: a few an hour, whatever is tried. */
static void unknown_names_are_few(void **state)
{
    const uint32_t before = audited("session.unknown", 0);

    (void)state;
    now += SECONDS(3600);
    for (int i = 0; i < 100; i++) {
        char name[24];
        snprintf(name, sizeof name, "no-such-name-%d", i);
        assert_int_equal(sign_in_unknown(store, &a, str_from_c(name), now), ERR_OK);
    }
    const uint32_t hour = audited("session.unknown", 0) - before;
    assert_in_range(hour, 2, SIGN_IN_UNKNOWN_HOURLY);
    assert_int_equal(try("no-such-name-1", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(audited("session.unknown", 0) - before, hour);
    now += SECONDS(3600);
    assert_int_equal(try("no-such-name-1", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(audited("session.unknown", 0) - before, hour + 1);
}

/* From outside: an account once an hour and way, identities without one as names that nobody has,
 * and nothing where nobody was refused. */
static void refusals_from_outside_are_recorded(void **state)
{
    const int64_t id = make("outside", "clerk", STR(""));
    const struct store_account x = account("outside"), none = {0};
    const uint32_t before = audited("session.unknown", 0);

    (void)state;
    now += SECONDS(3600);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in_refused(store, &a, "oidc", ERR_DENIED, &x, STR("x"), now), ERR_OK);
        assert_int_equal(sign_in_refused(store, &a, "oidc", ERR_IO, &x, STR("x"), now), ERR_OK);
        assert_int_equal(sign_in_refused(store, &a, "oidc", ERR_BUSY, &none, STR("x"), now),
                         ERR_OK);
        now += SECONDS(1);
    }
    assert_int_equal(audited("session.refused", id), 1);
    assert_int_equal(sign_in_refused(store, &a, "ticket", ERR_DENIED, &x, STR("x"), now), ERR_OK);
    assert_int_equal(audited("session.refused", id), 2);
    assert_int_equal(audited("session.unknown", 0), before);
    for (int i = 0; i < 100; i++) {
        char ticket[24];
        snprintf(ticket, sizeof ticket, "ST-%d", i);
        assert_int_equal(
            sign_in_refused(store, &a, "ticket", ERR_NOT_FOUND, &none, str_from_c(ticket), now),
            ERR_OK);
    }
    assert_in_range(audited("session.unknown", 0) - before, 2, SIGN_IN_UNKNOWN_HOURLY);
}

/* --- managed --- */

static enum err alter(const struct caller *c, int64_t id, enum account_event event,
                      const struct account_change *to)
{
    return account_change(store, &a, c, fresh_key(), id, event, to);
}

/* Every event ends what is signed in, moves the roster and stands in the audit; what is refused
 * does none of that. */
static void changes_end_sessions(void **state)
{
    const struct account_change to = {
        .role = STR("reviewer"), .password = PASSWORD, .totp = SECRET, .division = 330106};
    const struct caller who = caller(ROLE_SECURITY);
    const int64_t id = make("managed", "clerk", STR(""));

    (void)state;
    for (unsigned event = 0; event < ACCOUNT_EVENT_COUNT; event++) {
        struct store_account x = account("managed");
        struct sign_in in;
        struct hash token;
        int64_t before, after;
        bool lives;
        x.disabled = false;
        assert_int_equal(account_session(store, &a, &x, false, now, &in), ERR_OK);
        assert_int_equal(account_token_hash(str_from_c(in.token), &token), ERR_OK);
        assert_int_equal(account_session_lives(store, &token, &lives), ERR_OK);
        assert_true(lives);
        assert_int_equal(store_roster(store, &before), ERR_OK);
        assert_int_equal(alter(&who, 1000000, (enum account_event)event, &to), ERR_NOT_FOUND);
        assert_int_equal(alter(&who, id, (enum account_event)event, &to), ERR_OK);
        assert_int_equal(store_roster(store, &after), ERR_OK);
        assert_true(after > before);
        assert_int_equal(account_session_lives(store, &token, &lives), ERR_OK);
        assert_false(lives);
    }
    const struct store_account x = account("managed");
    assert_true(str_eq(x.role, STR("reviewer")) && x.division == 330106 && !x.disabled);
    assert_true(str_eq(x.totp, SECRET) && str_eq(x.office, STR("窗口")));
}

/* Role by role; nobody his own; the same key twice is one change. */
static void who_may_change_accounts(void **state)
{
    const struct account_change none = {.division = 0};
    const int64_t id = make("theirs", "clerk", STR(""));
    const struct str key = fresh_key();

    (void)state;
    for (int r = 0; r < ROLE_COUNT; r++) {
        const struct caller c = caller((enum role)r);
        const bool may = r == ROLE_SECURITY || r == ROLE_SYSTEM;
        assert_int_equal(alter(&c, id, ACCOUNT_EVENT_DISABLE, &none), may ? ERR_OK : ERR_DENIED);
        if (may) assert_int_equal(alter(&c, id, ACCOUNT_EVENT_ENABLE, &none), ERR_OK);
    }
    struct caller own = caller(ROLE_SECURITY);
    own.account = id;
    assert_int_equal(alter(&own, id, ACCOUNT_EVENT_DISABLE, &none), ERR_DENIED);
    own = caller(ROLE_SECURITY);
    for (int i = 0; i < 2; i++)
        assert_int_equal(account_change(store, &a, &own, key, id, ACCOUNT_EVENT_DISABLE, &none),
                         ERR_OK);
    assert_int_equal(account_change(store, &a, &own, key, id, ACCOUNT_EVENT_ENABLE, &none),
                     ERR_CONFLICT);
    assert_int_equal(alter(&own, id, ACCOUNT_EVENT_DISABLE, &none), ERR_CONFLICT);
}

static void changes_that_cannot_be(void **state)
{
    static const struct {
        enum account_event event;
        const char *login;
        struct account_change to;
    } rows[] = {
        {ACCOUNT_EVENT_MOVE, "staff", {.role = {"resident", 8}}},
        {ACCOUNT_EVENT_MOVE, "staff", {.role = {"system", 6}}},
        {ACCOUNT_EVENT_MOVE, "staff", {.role = {"nobody", 6}}},
        {ACCOUNT_EVENT_MOVE, "holder", {.role = {"clerk", 5}}},
        {ACCOUNT_EVENT_PASSWORD, "staff", {.password = {"9 letters", 9}}},
        {ACCOUNT_EVENT_TOTP, "staff", {.division = 0}},
    };
    const struct caller who = caller(ROLE_SECURITY);

    (void)state;
    make("staff", "clerk", SECRET);
    make("holder", "resident", STR(""));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(alter(&who, account(rows[i].login).id, rows[i].event, &rows[i].to),
                         ERR_RANGE);
    assert_true(str_eq(account("staff").totp, SECRET));
}

/* A new password opens the lock. */
static void a_new_password_opens(void **state)
{
    const struct caller who = caller(ROLE_SECURITY);
    const struct account_change to = {.password = STR("another long one")};
    uint32_t wait;

    (void)state;
    const int64_t id = make("forgot", "resident", STR(""));
    for (int i = 0; i < ACCOUNT_TRIES; i++)
        assert_int_equal(try_wrong("forgot"), ERR_DENIED);
    assert_int_equal(try("forgot", PASSWORD, "", NULL, &wait), ERR_BUSY);
    assert_int_equal(alter(&who, id, ACCOUNT_EVENT_PASSWORD, &to), ERR_OK);
    assert_int_equal(try("forgot", PASSWORD, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(try("forgot", STR("another long one"), "", NULL, NULL), ERR_OK);
}

static const struct CMUnitTest TESTS[] = {
    cmocka_unit_test(who_may_make_accounts),
    cmocka_unit_test(accounts_that_cannot_be),
    cmocka_unit_test(made_once),
    cmocka_unit_test(passwords_are_not_stored),
    cmocka_unit_test(the_right_password),
    cmocka_unit_test(wrong_is_wrong),
    cmocka_unit_test(locks_grow),
    cmocka_unit_test(locks_end_after_a_day),
    cmocka_unit_test(staff_need_a_code),
    cmocka_unit_test(codes_of_a_minute_and_a_half),
    cmocka_unit_test(a_code_works_once),
    cmocka_unit_test(codes_and_passwords),
    cmocka_unit_test(whose_session_it_is),
    cmocka_unit_test(tokens_that_are_none),
    cmocka_unit_test(cookies_and_bearers),
    cmocka_unit_test(sessions_end_by_themselves),
    cmocka_unit_test(signing_out),
    cmocka_unit_test(audit_knows_who_came),
    cmocka_unit_test(sweeping),
    cmocka_unit_test(residents_are_linked),
    cmocka_unit_test(nobody_is_guessed),
    cmocka_unit_test(numbers_are_normalised),
    cmocka_unit_test(disabled_accounts),
    cmocka_unit_test(failures_are_recorded),
    cmocka_unit_test(unknown_names_are_few),
    cmocka_unit_test(refusals_from_outside_are_recorded),
    cmocka_unit_test(changes_end_sessions),
    cmocka_unit_test(who_may_change_accounts),
    cmocka_unit_test(changes_that_cannot_be),
    cmocka_unit_test(a_new_password_opens),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(TESTS, setup, teardown);
}
