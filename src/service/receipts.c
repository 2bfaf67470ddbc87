/* Receipts of points. See receipts.h.
 *
 * The body is the explanation in Chinese (docs/explain.schema.json), byte for byte as computed
 * inside the command's transaction. */
#include "service/receipts.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "service/points_internal.h"

#define NUMBER_CHARS 10
#define NUMBER_BYTES 64
#define RECEIPT_KIND "points"

/* J + day + ten characters nobody can guess or misread: J20261128-7KQ2M9XWTA */
static void number_make(int32_t day, char ret[NUMBER_BYTES])
{
    static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* 32 of them */
    const struct civil d = date_to_civil(day);
    uint8_t random[NUMBER_CHARS];
    size_t n = (size_t)snprintf(ret, NUMBER_BYTES, "J%04d%02d%02d-", d.year, d.month, d.day);

    crypt_random(random, sizeof random);
    for (size_t i = 0; i < NUMBER_CHARS; i++)
        ret[n++] = alphabet[random[i] & 31];
    ret[n] = '\0';
}

/* "register:fact,…" of every fact that was read. */
static struct str facts_text(struct arena *a, const struct rules *r, const struct fact_person *p)
{
    struct buf b;

    buf_init(&b, 0);
    for (uint32_t i = 0; i < p->origin_count; i++) {
        const struct str name = r->regs[p->origins[i].reg].name.ascii;
        buf_printf(&b, "%s%.*s:%lld", i > 0 ? "," : "", STR_ARG(name),
                   (long long)p->origins[i].fact);
    }
    const struct str text = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return text;
}

static enum err explain_into(const struct points_result *r, struct buf *out)
{
    const struct explanation *x;
    struct arena a;

    arena_init(&a, 0);
    enum err e = explain_person(&a, &r->facts.people, 0, r->day, r->rule_day, &x);
    if (e == ERR_OK) e = explain_score_of(x)->error;
    if (e == ERR_OK) e = explain_json(x, LANG_ZH, false, out);
    arena_done(&a);
    return e;
}

static enum err code_of(struct store *s, struct arena *a, int64_t person, struct str *ret)
{
    struct store_identity i;
    const enum err e = store_person_identity(s, a, person, &i);

    if (e == ERR_OK) *ret = i.code;
    return e;
}

static void put_answer(struct points *p, const struct points_result *r, const char *number,
                       struct json *j)
{
    json_open_object(j);
    put_text(j, "number", number);
    put_day(j, "on", r->day);
    put_instant(j, "known_at", r->known_at);
    put_points(j, "total", p->rules, r->score.total.lo);
    put_points(j, "total_max", p->rules, r->score.total.hi);
    put_str(j, "status", score_status_word(p->rules, r->score.status));
    json_end(j);
}

/* Inside the command: read, explain, store. */
static enum err receipt_add(struct points *p, struct store *s, struct arena *a,
                            const struct caller *c, int32_t day, int64_t recorded,
                            struct buf *answer)
{
    struct points_query q = {c->person, STR(""), 0, day, day, recorded, DATE_OPEN_START};
    struct points_result r;
    struct buf body;
    char number[NUMBER_BYTES];
    struct json j;

    points_begin(p);
    number_make(c->today, number);
    enum err e = code_of(s, a, c->person, &q.code);
    if (e == ERR_OK) e = points_read(p, s, a, &q, &r);
    if (e != ERR_OK) return e;
    buf_init(&body, 0);
    e = explain_into(&r, &body);
    struct store_receipt receipt = {.person = c->person,
                                    .kind = STR(RECEIPT_KIND),
                                    .number = str_from_c(number),
                                    .day = day,
                                    .rule_day = day,
                                    .known_at = recorded,
                                    .rules = p->rules->hash,
                                    .body = buf_str(&body),
                                    .facts = facts_text(a, p->rules, &r.facts)};
    if (e == ERR_OK && !receipt.facts.p) e = ERR_NOMEM;
    if (e == ERR_OK) e = store_receipt_add(s, &receipt);
    buf_done(&body);
    if (e != ERR_OK) return e;
    json_init(&j, answer, false);
    put_answer(p, &r, number, &j);
    return buf_err(answer);
}

enum err receipt_make(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                      struct str key, int32_t day, struct str *ret_answer)
{
    struct store_command command = {.key = key,
                                    .actor = c->account,
                                    .role = str_from_c(role_codes[c->role]),
                                    .office = c->office,
                                    .purpose = c->purpose,
                                    .kind = STR("receipt.make"),
                                    .person = c->person,
                                    .at = c->now};
    struct store_began began;
    struct buf text;
    enum err e = access_check(c, ACTION_RECEIPT_MAKE_OWN, c->person, 0);

    if (e != ERR_OK) return e;
    buf_init(&text, 0);
    date_add_text(&text, day);
    e = hash_sm3(buf_str(&text), &command.payload);
    buf_done(&text);
    if (e == ERR_OK) e = store_command_begin(s, a, &command, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) {
        *ret_answer = began.answer;
        return ERR_OK;
    }
    buf_init(&text, 0);
    e = receipt_add(p, s, a, c, day, began.recorded, &text);
    const struct str answer = str_copy(a, buf_str(&text));
    buf_done(&text);
    if (e == ERR_OK && !answer.p) e = ERR_NOMEM;
    if (e == ERR_OK)
        e = store_command_commit(s, answer);
    else
        store_command_abort(s);
    if (e == ERR_OK) *ret_answer = answer;
    return e;
}

/* --- reading --- */

static void put_receipt(const struct store_receipt *r, struct json *out)
{
    put_str(out, "number", r->number);
    put_str(out, "kind", r->kind);
    put_day(out, "on", r->day);
    put_day(out, "rule_day", r->rule_day);
    put_instant(out, "known_at", r->known_at);
    put_instant(out, "recorded", r->recorded);
    put_hash(out, "rules_hash", &r->rules);
    put_hash(out, "previous", &r->previous);
    put_hash(out, "hash", &r->hash);
}

static enum err put_receipts(struct store *s, struct arena *a, int64_t person, struct json *out)
{
    struct store_receipt *all;
    uint32_t count = 0;
    const enum err e = store_receipts_of(s, a, person, &all, &count);

    while (e == ERR_OK && count-- > 0) {
        json_open_object(out);
        put_receipt(&all[count], out);
        json_end(out);
    }
    return e;
}

enum err receipts_own(struct store *s, struct arena *a, const struct caller *c, struct json *out)
{
    int64_t *persons; /* who it is, and who was merged */
    uint32_t count = 0;
    enum err e = access_check(c, ACTION_RECEIPT_READ_OWN, c->person, 0);

    if (e == ERR_OK) e = store_person_merged(s, a, c->person, &persons, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    json_key(out, "items");
    json_open_array(out);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = put_receipts(s, a, persons[i], out);
    json_end(out);
    json_end(out);
    return e == ERR_OK ? buf_err(out->out) : e;
}

/* Whose it is decides who may see it; one that is not the caller's is not found. */
static enum err receipt_find(struct store *s, struct arena *a, const struct caller *c,
                             struct str number, struct store_receipt *ret)
{
    enum err e = store_receipt_by_number(s, a, number, ret);

    if (e != ERR_OK) return e;
    if (c->role == ROLE_AUDITOR) return access_check(c, ACTION_RECEIPT_REPLAY, ret->person, 0);
    int64_t person; /* whose it is now */
    e = store_person_survivor(s, ret->person, STORE_KNOWN_NOW, &person);
    if (e == ERR_OK) e = access_check(c, ACTION_RECEIPT_READ_OWN, person, 0);
    return e == ERR_DENIED && c->role == ROLE_RESIDENT ? ERR_NOT_FOUND : e;
}

enum err receipt_show(struct store *s, struct arena *a, const struct caller *c, struct str number,
                      struct json *out)
{
    struct store_receipt r;
    const enum err e = receipt_find(s, a, c, number, &r);

    if (e != ERR_OK) return e;
    json_open_object(out);
    put_receipt(&r, out);
    put_str(out, "facts", r.facts);
    put_str(out, "explanation", r.body); /* as text: these very bytes were hashed */
    json_end(out);
    return buf_err(out->out);
}

enum err receipt_replay(struct points *p, struct store *s, struct arena *a, const struct caller *c,
                        struct str number, struct receipt_replay *ret)
{
    struct receipt_replay x = {0};
    struct store_receipt r;
    struct points_result again;
    struct buf body;
    enum err e = receipt_find(s, a, c, number, &r);

    points_begin(p);
    if (e == ERR_OK) e = hash_sm3(r.body, &x.then);
    if (e != ERR_OK) return e;
    x.same_rules = memcmp(&r.rules, &p->rules->hash, sizeof r.rules) == 0;
    struct points_query q = {r.person, STR(""), 0, r.day, r.rule_day, r.known_at, DATE_OPEN_START};
    e = code_of(s, a, r.person, &q.code);
    if (e == ERR_OK) e = points_read(p, s, a, &q, &again);
    if (e != ERR_OK) return e;
    buf_init(&body, 0);
    e = explain_into(&again, &body);
    if (e == ERR_OK) e = hash_sm3(buf_str(&body), &x.now);
    x.same = e == ERR_OK && str_eq(buf_str(&body), r.body);
    buf_done(&body);
    if (e == ERR_OK) *ret = x;
    return e;
}
