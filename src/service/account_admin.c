/* Accounts managed. See account_admin.h.
 *
 * Structure: the table of events -> what each does -> one as a command -> the list. */
#include "service/account_admin.h"

#include <stdio.h>

#include "service/audit.h"
#include "service/points_internal.h"

const char *const account_event_codes[ACCOUNT_EVENT_COUNT] = {
#define EVENT(id, code, zh, en) [ACCOUNT_EVENT_##id] = (code),
#include "service/account.def"
#undef EVENT
};

enum err account_event_parse(struct str code, enum account_event *ret)
{
    for (unsigned e = 0; e < ACCOUNT_EVENT_COUNT; e++)
        if (str_eq(code, str_from_c(account_event_codes[e]))) {
            *ret = (enum account_event)e;
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

/* --- what each does --- */

struct changing {
    struct store_account account;
    const struct account_change *asked;
    char hash[128];
};

static enum err set_disabled(struct changing *x, bool disabled)
{
    if (x->account.disabled == disabled) return ERR_CONFLICT;
    x->account.disabled = disabled;
    return ERR_OK;
}

static enum err disable(struct changing *x)
{
    return set_disabled(x, true);
}

static enum err enable(struct changing *x)
{
    return set_disabled(x, false);
}

static bool is_resident(struct str role)
{
    return str_eq(role, str_from_c(role_codes[ROLE_RESIDENT]));
}

static enum err move(struct changing *x)
{
    const struct account_change *to = x->asked;
    struct store_account *a = &x->account;

    if (to->role.n > 0) {
        if (!account_role_is(to->role) || is_resident(to->role) != is_resident(a->role))
            return ERR_RANGE;
        a->role = to->role;
    }
    if (to->office.n > 0) a->office = to->office;
    if (to->division != 0) a->division = to->division;
    return ERR_OK;
}

/* A new password opens a lock: who forgot the old one has often tried. */
static enum err set_password(struct changing *x)
{
    const enum err e = account_password_hash(x->asked->password, x->hash);

    if (e != ERR_OK) return e;
    x->account.password = str_from_c(x->hash);
    x->account.failures = 0;
    x->account.locked_until = 0;
    return ERR_OK;
}

static enum err set_totp(struct changing *x)
{
    if (x->asked->totp.n == 0 && !is_resident(x->account.role)) return ERR_RANGE;
    x->account.totp = x->asked->totp;
    x->account.totp_step = 0;
    return ERR_OK;
}

static enum err (*const effects[ACCOUNT_EVENT_COUNT])(struct changing *x) = {
    [ACCOUNT_EVENT_DISABLE] = disable, [ACCOUNT_EVENT_ENABLE] = enable,
    [ACCOUNT_EVENT_MOVE] = move,       [ACCOUNT_EVENT_PASSWORD] = set_password,
    [ACCOUNT_EVENT_TOTP] = set_totp,
};

/* --- as a command --- */

/* What was asked, without secrets: the digest must not be one of a password. */
static enum err payload_of(int64_t account, enum account_event event,
                           const struct account_change *x, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%lld %s\n%.*s\n%.*s\n%d", (long long)account, account_event_codes[event],
               STR_ARG(x->role), STR_ARG(x->office), x->division);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

static enum err may(const struct caller *c, int64_t account)
{
    if (c->role == ROLE_SYSTEM) return ERR_OK;
    if (c->account == account) return ERR_DENIED;
    return access_check(c, ACTION_ACCOUNT_MANAGE, 0, 0);
}

static enum err change(struct store *s, struct arena *a, int64_t account, enum account_event event,
                       struct changing *x)
{
    enum err e = store_account_get(s, a, account, &x->account);

    if (e == ERR_OK) e = effects[event](x);
    if (e == ERR_OK) e = store_account_set(s, &x->account);
    return e == ERR_OK ? store_sessions_end(s, account) : e;
}

enum err account_change(struct store *s, struct arena *a, const struct caller *c, struct str key,
                        int64_t account, enum account_event event, const struct account_change *to)
{
    struct changing x = {.asked = to};
    struct store_began began;
    char kind[64], answer[48];
    enum err e = may(c, account);

    if (e == ERR_OK) e = store_account_get(s, a, account, &x.account);
    if (e != ERR_OK) return e;
    snprintf(kind, sizeof kind, "account.%s" AUDIT_OF_ACCOUNT "%lld", account_event_codes[event],
             (long long)account);
    struct store_command command = account_command_of(c, key, kind, x.account.person);
    e = payload_of(account, event, to, &command.payload);
    if (e == ERR_OK) e = store_command_begin(s, a, &command, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) return ERR_OK;
    e = change(s, a, account, event, &x);
    crypt_wipe(x.hash, sizeof x.hash);
    snprintf(answer, sizeof answer, "{\"account\":%lld}", (long long)account);
    if (e == ERR_OK) return store_command_commit(s, str_from_c(answer));
    store_command_abort(s);
    return e;
}

/* --- the list --- */

enum err account_list(struct store *s, struct arena *a, const struct caller *c,
                      const struct account_query *q, struct store_account **ret,
                      uint32_t *ret_count)
{
    const enum err e =
        c->role == ROLE_SYSTEM ? ERR_OK : access_check(c, ACTION_ACCOUNT_MANAGE, 0, 0);

    if (e != ERR_OK) return e;
    return store_accounts(s, a, q->role, q->login, q->after, ACCOUNTS_LIMIT, ret, ret_count);
}

static struct str role_text(struct str code, enum lang lang)
{
    enum role r;
    return role_parse(code, &r) == ERR_OK ? str_from_c(role_names[r][lang]) : code;
}

void account_put(struct json *out, const struct store_account *x, const struct caller *c)
{
    json_open_object(out);
    put_int(out, "account", x->id);
    put_str(out, "login", x->login);
    put_str(out, "role", x->role);
    put_str(out, "role_name", role_text(x->role, c->lang));
    put_str(out, "office", x->office);
    put_str(out, "name", is_resident(x->role) ? STR("") : x->name);
    put_division(out, x->division, c->lang);
    put_bool(out, "disabled", x->disabled);
    put_bool(out, "locked", x->locked_until > c->now);
    put_bool(out, "password", x->password.n > 0);
    put_bool(out, "totp", x->totp.n > 0);
    json_end(out);
}

static void add_base32(struct buf *out, struct str bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0, held = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        held = held << 8 | (uint8_t)bytes.p[i];
        for (bits += 8; bits >= 5; bits -= 5)
            buf_add_char(out, letters[held >> (bits - 5) & 31]);
    }
    if (bits > 0) buf_add_char(out, letters[held << (5 - bits) & 31]);
}

void account_totp_uri(struct buf *out, struct str login, struct str secret)
{
    buf_printf(out, "otpauth://totp/Jifen:%.*s?secret=", STR_ARG(login));
    add_base32(out, secret);
    buf_add_c(out, "&issuer=Jifen");
}
