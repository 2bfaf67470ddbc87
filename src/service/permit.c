/* The residence permit. See permit.h.
 *
 * Structure: the table -> what is kept with a permit -> the one at hand (adopted from the register
 * where it came with a load) -> guards, deadlines, effects -> a step -> views -> what falls due. */
#include "service/permit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/division.h"
#include "service/permit_internal.h"
#include "service/points_internal.h"

#define R(id) ROLE_BIT(ROLE_##id)
#define PROVINCE 330000

enum {
    GUARD_NONE,
#define GUARD(id, zh, en) GUARD_##id,
#include "service/permit.def"
#undef GUARD
    GUARD_COUNT
};
enum {
    DEADLINE_NONE,
#define DEADLINE(id, zh, en) DEADLINE_##id,
#include "service/permit.def"
#undef DEADLINE
    DEADLINE_COUNT
};
enum {
    EFFECT_NONE,
#define EFFECT(id, zh, en) EFFECT_##id,
#include "service/permit.def"
#undef EFFECT
    EFFECT_COUNT
};

static const struct life_state states[] = {
#define STATE(id, name, is_end, zh, en) {name, is_end, {zh, en}},
#include "service/permit.def"
#undef STATE
};
static const struct life_row rows[] = {
#define TRANSITION(from, event, to, roles, guard, deadline, effect, zh, en)                        \
    {from, event, to, roles, GUARD_##guard, DEADLINE_##deadline, EFFECT_##effect, {zh, en}},
#include "service/permit.def"
#undef TRANSITION
};
static const struct life_word guards[] = {
    {{"", ""}},
#define GUARD(id, zh, en) {{zh, en}},
#include "service/permit.def"
#undef GUARD
};
static const struct life_word deadlines[] = {
    {{"", ""}},
#define DEADLINE(id, zh, en) {{zh, en}},
#include "service/permit.def"
#undef DEADLINE
};
static const struct life_word effects[] = {
    {{"", ""}},
#define EFFECT(id, zh, en) {{zh, en}},
#include "service/permit.def"
#undef EFFECT
};

const struct life permit_life = {
    .kind = "permit",
    .title = {"居住证", "Residence permit"},
    .states = states,
    .state_count = sizeof states / sizeof *states,
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .guards = guards,
    .deadlines = deadlines,
    .effects = effects,
};

/* CLAUSE: 国务院令第663号 第九条, 第十条; cure: 杭政办函〔2015〕90号 */
const struct permit_terms permit_terms = {
    .issue = 15, .extended = 30, .material = 30, .window = 30, .cure = 60};

/* --- what is kept with a permit --- */

struct permit_data {
    int32_t valid_from; /* DATE_OPEN_END = not issued yet */
    bool asked;         /* materials were asked for */
    bool extended;
    struct str reason; /* of the last suspension, refusal or end */
};

static int32_t member_int(const json_t *o, const char *name, int32_t otherwise)
{
    const json_t *v = json_object_get(o, name);
    return json_is_integer(v) ? (int32_t)json_integer_value(v) : otherwise;
}

static enum err data_read(struct arena *a, struct str text, struct permit_data *ret)
{
    json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    const char *reason = json_string_value(json_object_get(o, "reason"));

    if (!json_is_object(o)) {
        json_decref(o);
        return ERR_CORRUPT;
    }
    ret->valid_from = member_int(o, "valid_from", DATE_OPEN_END);
    ret->asked = member_int(o, "asked", 0) != 0;
    ret->extended = member_int(o, "extended", 0) != 0;
    ret->reason = str_copy(a, str_from_c(reason ? reason : ""));
    json_decref(o);
    return ret->reason.p ? ERR_OK : ERR_NOMEM;
}

static enum err data_write(struct arena *a, const struct permit_data *d, struct str *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_int(&j, "valid_from", d->valid_from);
    put_int(&j, "asked", d->asked);
    put_int(&j, "extended", d->extended);
    put_str(&j, "reason", d->reason);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

/* --- the permit at hand --- */

struct hand {
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
    int64_t person;
    const struct permit_ask *ask;
    struct permit_spans spans;
    struct store_object object; /* id 0: there is none yet */
    struct permit_data data;
    bool is_adopted; /* object is made of the register and not stored yet */
    bool other_live; /* another permit is in use */
};

static bool is_end(struct str state)
{
    const struct life_state *x = life_state_named(&permit_life, state);
    return x && x->is_end;
}

/* The first full year after `day`, counted from the day it was issued. */
static int32_t next_year_day(int32_t valid_from, int32_t day)
{
    int32_t n = 1, at;

    do
        at = date_add_months(valid_from, 12 * n++, MONTH_NEXT);
    while (at <= day);
    return at;
}

/* A permit that came with a load: its state is what the register says today. The register has no
 * numbers; this one is the same on every day. */
static enum err adopt(struct hand *h)
{
    const struct permit_span *now = permit_span_on(&h->spans, h->c->today);
    char number[32];

    if (!now) return ERR_OK;
    const int n = snprintf(number, sizeof number, "D%09lld", (long long)h->person);
    const bool valid = str_eq(now->status, STR("valid"));
    const bool suspended = str_eq(now->status, STR("suspended"));
    uint32_t first = (uint32_t)(now - h->spans.items);
    while (first > 0 && h->spans.items[first - 1].to == h->spans.items[first].from)
        first--;
    h->data = (struct permit_data){.valid_from = h->spans.items[first].from, .reason = STR("")};
    h->object =
        (struct store_object){.person = h->person,
                              .kind = STR("permit"),
                              .state = valid       ? STR("valid")
                                       : suspended ? STR("suspended_missed")
                                                   : STR("cancelled"),
                              .division = now->division,
                              .since_day = now->from,
                              .deadline_day = valid ? next_year_day(h->data.valid_from, h->c->today)
                                              : suspended ? h->c->today + permit_terms.cure
                                                          : DATE_OPEN_END};
    h->object.number = str_copy(h->a, (struct str){number, (size_t)n});
    h->is_adopted = true;
    return h->object.number.p ? ERR_OK : ERR_NOMEM;
}

static enum err take_hand(struct hand *h)
{
    struct store_object *all;
    uint32_t count;
    enum err e = permit_spans_read(h->s, h->a, h->r, h->person, &h->spans);

    if (e == ERR_OK) e = store_objects_of(h->s, h->a, h->person, STR("permit"), &all, &count);
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count; i++) {
        if (h->object.id != 0 && !is_end(h->object.state)) continue;
        h->object = all[i]; /* the live one, else the last */
    }
    if (count == 0) e = adopt(h);
    if (h->object.id != 0) e = data_read(h->a, h->object.data, &h->data);
    h->other_live = !h->is_adopted && h->object.id != 0 && !is_end(h->object.state);
    return e;
}

/* --- guards, deadlines, effects --- */

static bool is_other_county(const struct hand *h)
{
    const int32_t to = h->ask->division;
    return division_find(to) && division_level(to) == DIVISION_COUNTY &&
           division_is_within(to, PROVINCE) && to != h->object.division;
}

static bool guard_holds(const struct hand *h, uint8_t guard)
{
    const int32_t today = h->c->today, due = h->object.deadline_day;
    const struct permit_span *now;

    switch (guard) {
    case GUARD_NO_PERMIT:
        now = permit_span_on(&h->spans, today);
        return !h->other_live && (!now || str_eq(now->status, STR("cancelled"))) &&
               division_level(h->ask->division) == DIVISION_COUNTY &&
               division_is_within(h->ask->division, PROVINCE);
    case GUARD_FIRST_SUPPLEMENT:
        return !h->data.asked;
    case GUARD_NOT_EXTENDED:
        return !h->data.extended;
    case GUARD_OVERDUE:
        return today > due;
    case GUARD_IN_WINDOW:
        return today >= due - permit_terms.window && today < due;
    case GUARD_YEAR_OVER:
        return today >= due;
    case GUARD_IN_CURE:
        return today < due;
    case GUARD_CURE_OVER:
        return today >= due;
    case GUARD_REASON:
        return h->ask->reason.n > 0;
    case GUARD_OTHER_COUNTY:
        return is_other_county(h);
    default:
        return true;
    }
}

static int32_t deadline_of(const struct hand *h, const struct life_row *row)
{
    const int32_t today = h->c->today, due = h->object.deadline_day;
    const int32_t opened = h->object.opened ? date_of_instant(h->object.opened) : today;

    switch (row->deadline) {
    case DEADLINE_ISSUE:
        return today + permit_terms.issue;
    case DEADLINE_EXTENDED:
        return opened + permit_terms.extended > today ? opened + permit_terms.extended
                                                      : today + permit_terms.issue;
    case DEADLINE_MATERIAL:
        return today + permit_terms.material;
    case DEADLINE_YEAR: /* an endorsement in the window is for the year that begins then */
        return next_year_day(h->data.valid_from,
                             row->guard == GUARD_IN_WINDOW && due > today ? due : today);
    case DEADLINE_CURE:
        return due + permit_terms.cure;
    default:
        return is_end(str_from_c(row->to)) ? DATE_OPEN_END : due;
    }
}

static enum err do_effect(struct hand *h, const struct life_row *row)
{
    const int32_t today = h->c->today;
    const int32_t from = row->guard == GUARD_YEAR_OVER ? h->object.deadline_day : today;

    switch (row->effect) {
    case EFFECT_BEGIN:
    case EFFECT_RESTORE:
        return permit_set(h->s, h->r, h->person, &h->spans, today, "valid", h->object.division);
    case EFFECT_SUSPEND:
        return permit_set(h->s, h->r, h->person, &h->spans, from, "suspended", h->object.division);
    case EFFECT_RESTORE_WHOLE:
        return permit_make_whole(h->s, h->r, h->person, &h->spans);
    case EFFECT_END:
        return permit_set(h->s, h->r, h->person, &h->spans, today, "cancelled", h->object.division);
    case EFFECT_MOVE:
        return permit_set(h->s, h->r, h->person, &h->spans, today, "valid", h->ask->division);
    default:
        return ERR_OK;
    }
}

/* --- a step --- */

static void note_data(struct hand *h, const struct life_row *row)
{
    if (row->guard == GUARD_FIRST_SUPPLEMENT) h->data.asked = true;
    if (row->guard == GUARD_NOT_EXTENDED) h->data.extended = true;
    if (row->effect == EFFECT_BEGIN) h->data.valid_from = h->c->today;
    if (row->effect == EFFECT_RESTORE || row->effect == EFFECT_RESTORE_WHOLE)
        h->data.reason = STR("");
    else if (h->ask->reason.n > 0)
        h->data.reason = h->ask->reason;
    else if (row->guard == GUARD_YEAR_OVER)
        h->data.reason = STR("endorsement_missed");
}

static enum err open_object(struct hand *h, int64_t command)
{
    const struct civil d = date_to_civil(h->c->today);
    char number[40];
    const int n = snprintf(number, sizeof number, "Z%d%09lld", (int)d.year, (long long)command);
    enum err e = data_write(h->a, &h->data, &h->object.data);

    if (!h->is_adopted) h->object.number = str_copy(h->a, (struct str){number, (size_t)n});
    if (e == ERR_OK && !h->object.number.p) e = ERR_NOMEM;
    return e == ERR_OK ? store_object_add(h->s, &h->object) : e;
}

static enum err begin_application(struct hand *h, const struct life_row *row, int64_t command)
{
    h->data = (struct permit_data){.valid_from = DATE_OPEN_END, .reason = STR("")};
    h->object = (struct store_object){.person = h->person,
                                      .kind = STR("permit"),
                                      .state = str_from_c(row->to),
                                      .division = h->ask->division,
                                      .since_day = h->c->today,
                                      .deadline_day = h->c->today + permit_terms.issue};
    return open_object(h, command);
}

static enum err move_object(struct hand *h, const struct life_row *row, int64_t command)
{
    struct store_object before;
    enum err e = h->is_adopted ? open_object(h, command) : ERR_OK;

    if (e == ERR_OK) e = do_effect(h, row);
    if (e != ERR_OK) return e;
    note_data(h, row);
    before = h->object;
    before.deadline_day = deadline_of(h, row);
    if (row->effect == EFFECT_MOVE) before.division = h->ask->division;
    e = data_write(h->a, &h->data, &before.data);
    if (e == ERR_OK)
        e = store_object_move(h->s, &before, str_from_c(row->event), str_from_c(row->to),
                              h->c->today, h->ask->reason);
    if (e == ERR_OK) h->object = before;
    return e;
}

static enum err answer_of(const struct hand *h, enum lang lang, struct str *ret)
{
    const struct life_state *x = life_state_named(&permit_life, h->object.state);
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_str(&j, "number", h->object.number);
    put_str(&j, "state", h->object.state);
    put_text(&j, "state_text", x ? x->text[lang] : "");
    put_day(&j, "deadline", h->object.deadline_day);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(h->a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

/* Which policy speaks about this caller. */
static enum err may_step(const struct caller *c, int64_t person, int32_t division)
{
    const enum action a = c->role == ROLE_RESIDENT ? ACTION_PERMIT_ASK
                          : c->role == ROLE_SYSTEM ? ACTION_PERMIT_CLOCK
                                                   : ACTION_PERMIT_DECIDE;
    return access_check(c, a, person, division);
}

static enum err step_in_command(struct hand *h, struct str event, int64_t command,
                                struct str *ret_answer, struct str *ret_guard)
{
    const struct life_row *row;
    enum err e = take_hand(h);

    if (e != ERR_OK) return e;
    /* a new application where the last one has ended, or there was none */
    const bool fresh = str_eq(event, STR("apply"));
    e = may_step(h->c, h->person, fresh ? h->ask->division : h->object.division);
    if (e == ERR_OK)
        e = life_find(&permit_life, fresh ? STR("") : h->object.state, event, h->c->role, &row);
    if (e == ERR_OK && !guard_holds(h, row->guard)) {
        *ret_guard = str_from_c(guards[row->guard].text[h->c->lang]);
        e = ERR_RANGE;
    }
    if (e == ERR_OK) e = fresh ? begin_application(h, row, command) : move_object(h, row, command);
    if (e == ERR_OK) e = answer_of(h, h->c->lang, ret_answer);
    if (e == ERR_OK) e = store_outbox_add(h->s, h->person, STR("permit"), *ret_answer);
    return e;
}

static enum err payload_of(int64_t person, struct str event, const struct permit_ask *ask,
                           struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%lld %.*s %d %zu:%.*s %zu:%.*s", (long long)person, STR_ARG(event),
               ask->division, ask->reason.n, STR_ARG(ask->reason), ask->note.n, STR_ARG(ask->note));
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

enum err permit_step(struct store *s, struct arena *a, const struct rules *r,
                     const struct caller *c, struct str key, int64_t person, struct str event,
                     const struct permit_ask *ask, struct str *ret_answer, struct str *ret_guard)
{
    struct hand *h = ARENA_NEW(a, struct hand);
    struct store_command command = {.key = key,
                                    .actor = c->account,
                                    .role = str_from_c(role_codes[c->role]),
                                    .office = c->office,
                                    .purpose = c->purpose,
                                    .person = person,
                                    .at = c->now};
    struct store_began began;
    char kind[64];

    if (!h) return ERR_NOMEM;
    if (!r->has_force || !life_event_named(&permit_life, event)) return ERR_NOT_FOUND;
    *h = (struct hand){.s = s, .a = a, .r = r, .c = c, .person = person, .ask = ask};
    snprintf(kind, sizeof kind, "permit.%.*s", STR_ARG(event));
    command.kind = str_from_c(kind);
    enum err e = payload_of(person, event, ask, &command.payload);
    if (e == ERR_OK) e = store_command_begin(s, a, &command, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) {
        *ret_answer = began.answer;
        return ERR_OK;
    }
    struct str answer;
    e = step_in_command(h, event, began.command, &answer, ret_guard);
    if (e != ERR_OK) {
        store_command_abort(s);
        return e;
    }
    e = store_command_commit(s, answer);
    if (e == ERR_OK) *ret_answer = answer;
    return e;
}

/* --- views --- */

enum err permit_place(struct store *s, struct arena *a, const struct rules *r, int64_t person,
                      int32_t day, int32_t *ret)
{
    struct permit_spans *x = ARENA_NEW(a, struct permit_spans);
    enum err e = x ? permit_spans_read(s, a, r, person, x) : ERR_NOMEM;

    if (e != ERR_OK) return e;
    const struct permit_span *now = permit_span_on(x, day);
    *ret = now ? now->division : x->count > 0 ? x->items[x->count - 1].division : 0;
    return ERR_OK;
}

static void put_history(const struct hand *h, const struct store_step *steps, uint32_t count,
                        struct json *out)
{
    json_key(out, "history");
    json_open_array(out);
    for (uint32_t i = 0; i < count; i++) {
        const struct life_row *row = life_event_named(&permit_life, steps[i].event);
        json_open_object(out);
        put_day(out, "day", steps[i].day);
        put_str(out, "event", steps[i].event);
        put_text(out, "text",
                 row                     ? row->text[h->c->lang]
                 : h->c->lang == LANG_ZH ? "登记"
                                         : "registered");
        put_str(out, "office", steps[i].office);
        put_str(out, "note", steps[i].note);
        json_end(out);
    }
    json_end(out);
}

static bool is_asked_with(uint8_t guard)
{
    return guard == GUARD_REASON || guard == GUARD_OTHER_COUNTY || guard == GUARD_NO_PERMIT;
}

/* What the caller may do next; what depends on what he will say counts as possible. */
static void put_can(const struct hand *h, struct json *out)
{
    json_key(out, "can");
    json_open_array(out);
    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const struct life_row *row = &permit_life.rows[i];
        const struct str from = h->object.kind.n > 0 ? h->object.state : STR("");
        const bool apply = !*row->from && (from.n == 0 || is_end(from));
        if (!(row->roles & ROLE_BIT(h->c->role))) continue;
        if (!apply && !str_eq(from, str_from_c(row->from))) continue;
        if (!is_asked_with(row->guard) && !guard_holds(h, row->guard)) continue;
        json_open_object(out);
        put_text(out, "event", row->event);
        put_text(out, "text", row->text[h->c->lang]);
        put_bool(out, "reason", row->guard == GUARD_REASON);
        put_bool(out, "division",
                 row->guard == GUARD_OTHER_COUNTY || row->guard == GUARD_NO_PERMIT);
        json_end(out);
    }
    json_end(out);
}

/* The act that brings a suspended permit back, in words. */
static void put_restore(const struct hand *h, struct json *out)
{
    static const char *const missed[] = {"在期限内补办签注，补办当日起恢复。",
                                         "Have it endorsed before the term ends; it is valid again "
                                         "from that day."};
    static const char *const held[] = {
        "等待调查结束；结论有利时，中止期间视同有效。",
        "Wait for the investigation; if it clears you, the suspension "
        "counts as if it had not been."};
    const bool is_missed = str_eq(h->object.state, STR("suspended_missed"));
    const bool is_held = str_eq(h->object.state, STR("suspended_hold"));

    json_key(out, "restore_hint");
    if (is_missed || is_held)
        json_str(out, str_from_c((is_missed ? missed : held)[h->c->lang]));
    else
        json_add_null(out);
}

static void put_permit(const struct hand *h, struct json *out)
{
    const struct life_state *x = life_state_named(&permit_life, h->object.state);
    const bool valid = str_eq(h->object.state, STR("valid"));
    const int32_t due = h->object.deadline_day;

    put_str(out, "state", h->object.kind.n > 0 ? h->object.state : STR("none"));
    put_text(out, "state_text",
             x                       ? x->text[h->c->lang]
             : h->c->lang == LANG_ZH ? "没有居住证"
                                     : "no permit");
    put_str(out, "number", h->object.number);
    put_division(out, h->object.division, h->c->lang);
    put_day(out, "since", h->object.kind.n > 0 ? h->object.since_day : DATE_OPEN_END);
    put_day(out, "valid_from", h->object.kind.n > 0 ? h->data.valid_from : DATE_OPEN_END);
    put_day(out, "endorse_from", valid ? due - permit_terms.window : DATE_OPEN_END);
    put_day(out, "endorse_by", valid ? due : DATE_OPEN_END);
    put_day(out, "deadline", h->object.kind.n > 0 ? due : DATE_OPEN_END);
    json_key(out, "suspended_reason");
    if (h->data.reason.n > 0)
        json_str(out, h->data.reason);
    else
        json_add_null(out);
    put_restore(h, out);
}

enum err permit_view(struct store *s, struct arena *a, const struct rules *r,
                     const struct caller *c, int64_t person, struct json *out)
{
    static const struct permit_ask nothing;
    struct hand *h = ARENA_NEW(a, struct hand);
    struct store_step *steps = NULL;
    uint32_t count = 0;
    enum err e = h ? ERR_OK : ERR_NOMEM;

    if (e != ERR_OK) return e;
    *h = (struct hand){.s = s, .a = a, .r = r, .c = c, .person = person, .ask = &nothing};
    if (!r->has_force) return ERR_NOT_FOUND;
    h->data.reason = STR("");
    e = take_hand(h);
    if (e == ERR_OK)
        e = access_check(c, c->role == ROLE_RESIDENT ? ACTION_PERMIT_READ_OWN : ACTION_PERMIT_READ,
                         person, h->object.division);
    if (e == ERR_OK && h->object.id != 0)
        e = store_object_history(s, a, person, h->object.id, &steps, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_permit(h, out);
    put_history(h, steps, count, out);
    put_can(h, out);
    json_end(out);
    return buf_err(out->out);
}

enum err permit_card_of(struct store *s, struct arena *a, const struct rules *r, int64_t person,
                        int32_t day, struct permit_card *ret)
{
    static const struct permit_ask nothing;
    const struct caller c = {.role = ROLE_SYSTEM, .today = day};
    struct hand *h = ARENA_NEW(a, struct hand);

    if (!h) return ERR_NOMEM;
    *h = (struct hand){.s = s, .a = a, .r = r, .c = &c, .person = person, .ask = &nothing};
    const enum err e = r->has_force ? take_hand(h) : ERR_NOT_FOUND;
    if (e != ERR_OK) return e;
    const struct permit_span *now = permit_span_on(&h->spans, day);
    if (!now) return ERR_NOT_FOUND;
    *ret = (struct permit_card){.number = h->object.number,
                                .state = h->object.state,
                                .division = now->division,
                                .valid_from = h->data.valid_from,
                                .endorse_by = h->object.deadline_day,
                                .is_valid = str_eq(now->status, STR("valid"))};
    return ERR_OK;
}

/* --- what falls due --- */

static const char *const due_events[] = {"lapse", "escalate", "miss", "expire"};

/* One step of the system, under a key made of what it is about, so that a day may be repeated. */
static enum err due_step(struct store *s, const struct rules *r, const struct caller *c,
                         const struct store_object *o, uint32_t *ret_steps)
{
    static const struct permit_ask nothing;
    enum err e = ERR_CONFLICT;

    for (size_t i = 0; i < sizeof due_events / sizeof *due_events && e != ERR_OK; i++) {
        struct str answer, guard;
        struct arena a;
        char key[96];
        const struct life_row *row;
        if (life_find(&permit_life, o->state, str_from_c(due_events[i]), ROLE_SYSTEM, &row) !=
            ERR_OK)
            continue;
        snprintf(key, sizeof key, "due-permit-%lld-%d-%s", (long long)o->id, o->version,
                 due_events[i]);
        arena_init(&a, 0);
        e = permit_step(s, &a, r, c, str_from_c(key), o->person, str_from_c(due_events[i]),
                        &nothing, &answer, &guard);
        arena_done(&a);
        if (e == ERR_OK) (*ret_steps)++;
    }
    /* not due yet, or somebody was quicker: both are fine */
    return e == ERR_RANGE || e == ERR_CONFLICT ? ERR_OK : e;
}

enum err permit_due(struct store *s, const struct rules *r, const struct caller *c,
                    uint32_t *ret_steps)
{
    struct store_object_query q = {
        .kind = STR("permit"), .division_last = INT32_MAX, .due_by = c->today, .limit = 500};
    uint32_t count = 1, steps = 0;
    enum err e = access_check(c, ACTION_PERMIT_CLOCK, 0, 0);

    while (e == ERR_OK && count > 0) {
        struct store_object *found;
        struct arena a;
        arena_init(&a, 0);
        e = store_objects_find(s, &a, &q, &found, &count);
        for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
            q.after = found[i].id;
            e = due_step(s, r, c, &found[i], &steps);
        }
        arena_done(&a);
    }
    if (e == ERR_OK) *ret_steps = steps;
    return e;
}
