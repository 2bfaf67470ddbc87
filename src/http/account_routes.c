/* Accounts, for the security officer: listed, made, changed. A change ends their sessions. */
#include "service/account_admin.h"

#include "base/division.h"
#include "http/handlers.h"

/* /api/v1/accounts/{account}/{event} */
#define AT_ACCOUNT 3
#define AT_EVENT 4

#define LOGIN_MOST 100
#define PASSWORD_MOST 256
#define STAFF "clerk|reviewer|department|rule_owner|auditor|security|operator"

/* The roles that can be asked for, as in role.def; "" where none is named. */
static bool query_role(const struct http_request *q, struct http_response *r, struct str *ret)
{
    *ret = http_query(q, "role");
    if (ret->n == 0 || account_role_is(*ret)) return true;
    problem_field(r, q, HTTP_FIELD_VALUE, STR("role"), NULL, 0);
    return false;
}

void handle_accounts(struct http_worker *w, const struct http_request *q, struct http_response *r)
{
    struct account_query ask = {.login = http_query(q, "login")};
    struct store_account *all;
    uint32_t count = 0;
    struct json j;

    if (!query_role(q, r, &ask.role) || !query_int(q, r, "after", 0, INT64_MAX, &ask.after)) return;
    const enum err e = account_list(w->store, q->arena, &q->caller, &ask, &all, &count);
    json_init(&j, &r->body, false);
    json_open_object(&j);
    json_key(&j, "items");
    json_open_array(&j);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        account_put(&j, &all[i], &q->caller);
    json_end(&j);
    if (count == ACCOUNTS_LIMIT)
        put_int(&j, "next", all[count - 1].id);
    else
        put_null(&j, "next");
    json_end(&j);
    answer_end(q, r, e);
}

/* A secret for one-time codes, told once: after a repeat of the same command it is not the
 * account's. */
struct secret {
    char bytes[ACCOUNT_TOTP_BYTES];
    struct str text; /* the bytes; n = 0: none was made */
};

static struct str secret_new(struct secret *x)
{
    crypt_random(x->bytes, sizeof x->bytes);
    x->text = (struct str){x->bytes, sizeof x->bytes};
    return x->text;
}

/* The account as it is now, and the address for its app of one-time codes. */
static void answer_account(struct http_worker *w, const struct http_request *q,
                           struct http_response *r, enum err e, int64_t account, struct secret *x)
{
    struct store_account a;
    struct json j;
    struct buf uri;

    buf_init(&uri, 0);
    if (e == ERR_OK) e = store_account_get(w->store, q->arena, account, &a);
    if (e == ERR_OK) {
        json_init(&j, &r->body, false);
        json_open_object(&j);
        json_key(&j, "account");
        account_put(&j, &a, &q->caller);
        if (x->text.n > 0 && str_eq(a.totp, x->text)) {
            account_totp_uri(&uri, a.login, x->text);
            put_str(&j, "totp_uri", buf_str(&uri));
        } else {
            put_null(&j, "totp_uri");
        }
        json_end(&j);
    }
    if (uri.p) crypt_wipe(uri.p, uri.n);
    buf_done(&uri);
    crypt_wipe(x->bytes, sizeof x->bytes);
    answer_end(q, r, e);
}

/* 0 where none is given. */
static int32_t read_division(struct json_in *in)
{
    if (!json_in_has(in, "division")) return (int32_t)json_in_none(in, "division");
    return (int32_t)json_in_int(in, "division", 330000, 339999);
}

static bool is_place(const struct http_request *q, struct http_response *r, int32_t division)
{
    if (division == 0 || division_find(division)) return true;
    problem_field(r, q, HTTP_FIELD_DIVISION, STR("division"), NULL, 0);
    return false;
}

/* Staff alone: residents' accounts come with their first sign-in, when somebody vouches for
 * them. */
void handle_account_make(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct secret secret = {.text = {NULL, 0}};
    struct json_in in;

    if (!json_in_open(&in, q, r)) return;
    struct store_account x = {.login = json_in_text(&in, "login", 1, LOGIN_MOST),
                              .role = json_in_word(&in, "role", STAFF, NULL),
                              .office = json_in_text(&in, "office", 1, 60),
                              .name = json_in_text(&in, "name", 0, 60),
                              .password = json_in_text(&in, "password", 1, PASSWORD_MOST),
                              .division = read_division(&in)};
    if (!json_in_done(&in) || !is_place(q, r, x.division)) return;
    x.totp = secret_new(&secret);
    const enum err e = account_create(w->store, q->arena, &q->caller, request_key(q), &x);
    if (e == ERR_RANGE)
        problem_field(r, q, HTTP_FIELD_VALUE, STR("password"), NULL, 0);
    else
        answer_account(w, q, r, e, x.id, &secret);
}

static bool read_change(const struct http_request *q, struct http_response *r,
                        enum account_event event, struct account_change *ret)
{
    struct json_in in;

    if (!json_in_open(&in, q, r)) return false;
    if (event == ACCOUNT_EVENT_MOVE)
        *ret = (struct account_change){.role = json_in_word(&in, "role", STAFF, ""),
                                       .office = json_in_text(&in, "office", 0, 60),
                                       .division = read_division(&in)};
    if (event == ACCOUNT_EVENT_PASSWORD)
        ret->password = json_in_text(&in, "password", 1, PASSWORD_MOST);
    return json_in_done(&in) && is_place(q, r, ret->division);
}

/* Which field was wrong, of an event that has one. */
static const char *const wrong_fields[ACCOUNT_EVENT_COUNT] = {
    [ACCOUNT_EVENT_MOVE] = "role", [ACCOUNT_EVENT_PASSWORD] = "password"};

void handle_account_step(struct http_worker *w, const struct http_request *q,
                         struct http_response *r)
{
    struct account_change x = {.division = 0};
    struct secret secret = {.text = {NULL, 0}};
    enum account_event event;
    int64_t account;

    if (!segment_id(q, r, AT_ACCOUNT, &account)) return;
    if (account_event_parse(q->segments[AT_EVENT], &event) != ERR_OK) {
        http_problem_err(r, q, ERR_NOT_FOUND);
        return;
    }
    if (!read_change(q, r, event, &x)) return;
    if (event == ACCOUNT_EVENT_TOTP) x.totp = secret_new(&secret);
    const enum err e =
        account_change(w->store, q->arena, &q->caller, request_key(q), account, event, &x);
    if (e == ERR_RANGE && wrong_fields[event])
        problem_field(r, q, HTTP_FIELD_VALUE, str_from_c(wrong_fields[event]), NULL, 0);
    else if (!answer_refused(q, r, e, NULL))
        answer_account(w, q, r, e, account, &secret);
}
