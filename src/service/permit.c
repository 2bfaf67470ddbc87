/* The residence permit. See permit.h.
 *
 * Structure: the table -> what is kept with a permit -> the one at hand (adopted from the register
 * where it came with a load) -> guards, deadlines, effects -> a step -> what falls due. */
#include "service/permit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/division.h"
#include "base/put.h"
#include "service/permit_internal.h"

#define LIFE_STATE_TEXT(status, zh, en)                                                            \
    {                                                                                              \
        zh, en                                                                                     \
    }
#define LIFE_DEF "service/permit.def"
#include "service/life_tables.def"

static const struct life_ground grounds[] = {
#define GROUND(event, code, roles, automatic, zh, en) {event, code, roles, automatic, {zh, en}},
#include "service/permit.def"
#undef GROUND
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
    .grounds = grounds,
    .ground_count = sizeof grounds / sizeof *grounds,
};

static const char *const statuses[] = {
#define STATE(id, name, is_end, status, zh, en) status,
#include "service/permit.def"
#undef STATE
};

#define OTHER STR("other") /* a ground in somebody's own words */

const char *permit_status_in(struct str state)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (str_eq(state, str_from_c(states[i].name))) return statuses[i];
    return NULL;
}

bool permit_is_end(struct str state)
{
    const struct life_state *x = life_state_named(&permit_life, state);
    return x && x->is_end;
}

/* --- what is kept with a permit --- */

static int32_t member_int(const json_t *o, const char *name, int32_t otherwise)
{
    const json_t *v = json_object_get(o, name);
    return json_is_integer(v) ? (int32_t)json_integer_value(v) : otherwise;
}

static struct str member_text(struct arena *a, const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return str_copy(a, str_from_c(text ? text : ""));
}

static enum err data_read(struct arena *a, struct str text, struct permit_data *ret)
{
    json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(o)) {
        json_decref(o);
        return ERR_CORRUPT;
    }
    ret->valid_from = member_int(o, "valid_from", DATE_OPEN_END);
    ret->asked = member_int(o, "asked", 0) != 0;
    ret->extended = member_int(o, "extended", 0) != 0;
    ret->ground = member_text(a, o, "ground");
    ret->words = member_text(a, o, "words");
    ret->note = member_text(a, o, "note");
    json_decref(o);
    return ret->ground.p && ret->words.p && ret->note.p ? ERR_OK : ERR_NOMEM;
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
    put_str(&j, "ground", d->ground);
    put_str(&j, "words", d->words);
    put_str(&j, "note", d->note);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

/* --- the permit at hand --- */

static const char *adopted_state(const struct permit_span *now)
{
    if (str_eq(now->status, STR("valid"))) return "valid";
    return str_eq(now->status, STR("suspended")) ? "suspended_record" : "cancelled";
}

/* A permit that came with a load: its state is what the register says today. The register has no
 * numbers; this one is the same on every day. */
static enum err adopt(struct permit_hand *h, const struct permit_span *now, uint32_t before)
{
    uint32_t first = (uint32_t)(now - h->spans.items);
    char number[48];
    const int n = before == 0
                      ? snprintf(number, sizeof number, "D%09lld", (long long)h->person)
                      : snprintf(number, sizeof number, "D%09lld-%u", (long long)h->person, before);

    while (first > 0 && h->spans.items[first - 1].to == h->spans.items[first].from)
        first--;
    const int32_t from = h->spans.items[first].from;
    h->data = (struct permit_data){.valid_from = from > DATE_OPEN_START ? from : h->c->today,
                                   .ground = STR(""),
                                   .words = STR("")};
    h->object =
        (struct store_object){.person = h->person,
                              .kind = STR("permit"),
                              .state = str_from_c(adopted_state(now)),
                              .division = division_on(now->division, h->c->today),
                              .since_day = now->from > DATE_OPEN_START ? now->from : h->c->today,
                              .deadline_day = DATE_OPEN_END};
    if (str_eq(h->object.state, STR("valid")))
        h->object.deadline_day =
            permit_window_to(permit_full_year(h->data.valid_from, h->c->today));
    h->object.number = str_copy(h->a, (struct str){number, (size_t)n});
    h->is_adopted = true;
    h->steps = NULL;
    h->step_count = 0;
    return h->object.number.p ? ERR_OK : ERR_NOMEM;
}

enum err permit_hand_take(struct permit_hand *h)
{
    struct store_object *all;
    uint32_t count, chosen = UINT32_MAX, live = 0;
    enum err e = permit_spans_read(h->s, h->a, h->r, h->person, &h->spans);

    h->data.ground = h->data.words = STR("");
    if (e == ERR_OK) e = store_objects_of(h->s, h->a, h->person, STR("permit"), &all, &count);
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < count; i++) {
        const bool is_live = !permit_is_end(all[i].state);
        if (chosen == UINT32_MAX || is_live || permit_is_end(all[chosen].state)) chosen = i;
        live += is_live;
    }
    /* the live one; else what the register has in use; else the last */
    const struct permit_span *now = permit_span_on(&h->spans, h->c->today);
    const bool in_use = now && !str_eq(now->status, STR("cancelled"));
    if (now && live == 0 && (count == 0 || in_use)) return adopt(h, now, count);
    if (count == 0) return ERR_OK;
    h->object = all[chosen];
    h->object.division = division_on(h->object.division, h->c->today);
    h->other_live = live > (permit_is_end(h->object.state) ? 0u : 1u);
    e = data_read(h->a, h->object.data, &h->data);
    if (e == ERR_OK)
        e = store_object_history(h->s, h->a, h->person, h->object.id, &h->steps, &h->step_count);
    return e;
}

/* --- guards --- */

#define SAID                                                                                       \
    (G(REASON) | G(GROUND) | G(COUNTY) |                                                           \
     G(ELSEWHERE)) /* about what is said, not about the permit */

bool permit_wants_reason(const struct life_row *row)
{
    return row->guards & G(REASON);
}

bool permit_wants_division(const struct life_row *row)
{
    return row->guards & G(COUNTY);
}

static bool is_county(int32_t division, int32_t today)
{
    const struct division *d = division_find(division);

    return d && division_level(division) == DIVISION_COUNTY &&
           division_is_within(division, PROVINCE) && today >= d->from && today < d->to;
}

static bool has_no_permit(const struct permit_hand *h)
{
    const struct permit_span *now = permit_span_on(&h->spans, h->c->today);
    const bool is_fresh = str_eq(h->event, STR("apply"));

    if (now && !str_eq(now->status, STR("cancelled"))) return false;
    if (is_fresh) return h->object.kind.n == 0 || permit_is_end(h->object.state);
    return !h->other_live;
}

/* Where the register has not answered, the resident is asked to the window, where staff look. */
static bool is_condition(const struct permit_hand *h, const struct life_row *row)
{
    const int32_t place = row->guards & G(ELSEWHERE) ? h->ask->division : h->object.division;
    const enum permit_condition x = permit_condition_on(h->r, &h->spans, place, h->c->today);

    return x == CONDITION_HOLDS || (x == CONDITION_UNKNOWN && h->c->role != ROLE_RESIDENT);
}

/* A ground of the office is not the holder's to give; own words anybody may use. */
static bool may_give(const struct permit_hand *h)
{
    const struct life_ground *g = life_ground_find(&permit_life, h->event, h->ask->reason);

    return !g || (g->roles & ROLE_BIT(h->c->role));
}

/* Who decided last what an appeal is about. */
static bool is_other_person(const struct permit_hand *h)
{
    for (uint32_t i = h->step_count; i-- > 0;)
        if (permit_is_end(h->steps[i].to))
            return h->steps[i].actor == 0 || h->steps[i].actor != h->c->account;
    return true;
}

/* The day the application was complete: the clock begins then, and only then. */
static int32_t accepted_day(const struct permit_hand *h)
{
    int32_t day = h->object.since_day;

    for (uint32_t i = 0; i < h->step_count; i++)
        if (str_eq(h->steps[i].event, STR("open")) ||
            str_eq(h->steps[i].event, STR("give_material")))
            day = h->steps[i].day;
    return day;
}

static bool holds(const struct permit_hand *h, const struct life_row *row, uint8_t guard)
{
    const int32_t today = h->c->today, due = h->object.deadline_day;

    switch (guard) {
    case GUARD_NO_PERMIT:
        return has_no_permit(h);
    case GUARD_COUNTY:
        return is_county(h->ask->division, today);
    case GUARD_ELSEWHERE:
        return h->ask->division != h->object.division;
    case GUARD_FIRST_SUPPLEMENT:
        return !h->data.asked;
    case GUARD_NOT_EXTENDED:
        return !h->data.extended &&
               today <= term_end_exact(TERM_ISSUE_EXTENDED, h->object.division, accepted_day(h));
    case GUARD_OVERDUE:
        return today > due;
    case GUARD_IN_WINDOW:
        return today <= due &&
               today >= permit_window_from(h->data.valid_from, due, h->object.division);
    case GUARD_IN_CURE:
        return today <= due;
    case GUARD_CONDITIONS:
        return is_condition(h, row);
    case GUARD_REASON:
        return h->ask->reason.n > 0;
    case GUARD_GROUND:
        return may_give(h);
    case GUARD_OTHER_PERSON:
        return is_other_person(h);
    default:
        INVARIANT(!"every guard is asked here");
        return false;
    }
}

bool permit_guards_hold(const struct permit_hand *h, const struct life_row *row,
                        bool with_what_is_said, uint8_t *ret_guard)
{
    uint32_t bits = row->guards;

    if (!with_what_is_said && (bits & G(ELSEWHERE))) bits &= ~G(CONDITIONS);
    if (!with_what_is_said) bits &= ~SAID;
    for (uint8_t g = 1; g < GUARD_COUNT; g++)
        if ((bits & (1u << g)) && !holds(h, row, g)) {
            *ret_guard = g;
            return false;
        }
    return true;
}

/* --- deadlines and effects --- */

static int32_t deadline_of(const struct permit_hand *h, const struct life_row *row)
{
    const int32_t today = h->c->today, place = h->object.division;

    switch (row->deadline) {
    case DEADLINE_ISSUE:
        return term_end_exact(h->data.extended ? TERM_ISSUE_EXTENDED : TERM_ISSUE, place, today);
    case DEADLINE_EXTENDED:
        return term_end_exact(TERM_ISSUE_EXTENDED, place, accepted_day(h));
    case DEADLINE_MATERIAL:
        return term_end(TERM_MATERIAL, place, today);
    case DEADLINE_YEAR: /* what is near or went by meanwhile is endorsed with this act */
        return permit_window_to(permit_full_year(
            h->data.valid_from,
            row->effect == EFFECT_BEGIN ? today : today + term_count(TERM_WINDOW, place)));
    case DEADLINE_CURE:
        return term_end(TERM_CURE, place, h->object.deadline_day);
    case DEADLINE_AGAIN:
        return term_end(TERM_ESCALATE, place, today);
    case DEADLINE_KEEP:
        return h->object.deadline_day;
    default:
        return DATE_OPEN_END;
    }
}

static enum err set_register(struct permit_hand *h, int32_t day, const char *status,
                             int32_t division)
{
    return permit_set(h->s, h->r, h->person, &h->spans, day, status, division);
}

/* A missed endorsement: since the day after the last one, however late the clock was asked; but
 * what was decided since then (a move, a restoration) stays as it was until then. */
static int32_t suspended_from(const struct permit_hand *h)
{
    const int32_t today = h->c->today, missed = h->object.deadline_day + 1;
    const struct permit_span *now = permit_span_on(&h->spans, today);

    if (!str_eq(h->event, STR("miss"))) return today;
    return now && now->from > missed ? now->from : missed;
}

static enum err do_effect(struct permit_hand *h, const struct life_row *row)
{
    const int32_t today = h->c->today, place = h->object.division;

    switch (row->effect) {
    case EFFECT_BEGIN:
    case EFFECT_RESTORE:
        return set_register(h, today, "valid", place);
    case EFFECT_SUSPEND:
        return set_register(h, suspended_from(h), "suspended", place);
    case EFFECT_RESTORE_WHOLE:
        return permit_make_whole(h->s, h->r, h->person, &h->spans);
    case EFFECT_END:
        return set_register(h, today, "cancelled", place);
    case EFFECT_MOVE:
        return set_register(h, today, "valid", h->ask->division);
    default:
        return ERR_OK;
    }
}

/* --- a step --- */

/* The ground that is recorded: the code that was given, the event's own, or "other" for words. */
static struct str ground_of(const struct permit_hand *h, const struct life_row *row)
{
    if (life_ground_find(&permit_life, h->event, h->ask->reason)) return h->ask->reason;
    for (uint32_t i = 0; i < permit_life.ground_count; i++)
        if (grounds[i].is_automatic && str_eq(h->event, str_from_c(grounds[i].event)))
            return str_from_c(grounds[i].code);
    if (str_eq(h->event, STR("cancel")) && h->c->role == ROLE_RESIDENT) return STR("own_request");
    return row->guards & G(REASON) ? OTHER : STR("");
}

static void note_data(struct permit_hand *h, const struct life_row *row, struct str ground)
{
    if (row->guards & G(FIRST_SUPPLEMENT)) h->data.asked = true;
    if (row->guards & G(NOT_EXTENDED)) h->data.extended = true;
    if (row->effect == EFFECT_BEGIN) h->data.valid_from = h->c->today;
    h->data.note = h->ask->note;
    h->data.ground = ground;
    h->data.words = str_eq(ground, h->ask->reason) ? STR("") : h->ask->reason;
}

static enum err open_object(struct permit_hand *h, int64_t command)
{
    const struct civil d = date_to_civil(h->c->today);
    char number[40];
    const int n = snprintf(number, sizeof number, "Z%d%09lld", (int)d.year, (long long)command);
    enum err e = data_write(h->a, &h->data, &h->object.data);

    if (!h->is_adopted) h->object.number = str_copy(h->a, (struct str){number, (size_t)n});
    if (e == ERR_OK && !h->object.number.p) e = ERR_NOMEM;
    return e == ERR_OK ? store_object_add(h->s, &h->object) : e;
}

static enum err begin_application(struct permit_hand *h, const struct life_row *row,
                                  int64_t command)
{
    h->data =
        (struct permit_data){.valid_from = DATE_OPEN_END, .ground = STR(""), .words = STR("")};
    h->object = (struct store_object){.person = h->person,
                                      .kind = STR("permit"),
                                      .state = str_from_c(row->to),
                                      .division = h->ask->division,
                                      .since_day = h->c->today};
    h->object.deadline_day = deadline_of(h, row);
    h->is_adopted = false;
    return open_object(h, command);
}

static enum err move_object(struct permit_hand *h, const struct life_row *row, int64_t command)
{
    const struct str ground = ground_of(h, row);
    struct store_object next;
    enum err e = h->is_adopted ? open_object(h, command) : ERR_OK;

    if (e == ERR_OK) e = do_effect(h, row);
    if (e != ERR_OK) return e;
    note_data(h, row, ground);
    next = h->object;
    next.deadline_day = deadline_of(h, row);
    if (row->effect == EFFECT_MOVE) next.division = h->ask->division;
    e = data_write(h->a, &h->data, &next.data);
    if (e == ERR_OK)
        e = store_object_move(h->s, &next, h->event, str_from_c(row->to), h->c->today, ground);
    if (e == ERR_OK) h->object = next;
    return e;
}

/* P1, P2, P5: on what is written and not committed yet. */
static enum err check(struct permit_hand *h, const struct life_row *row)
{
    const bool changes = row->effect != EFFECT_NONE && row->effect != EFFECT_BEGIN;
    struct permit_hand *now = ARENA_NEW(h->a, struct permit_hand);
    const char *status = permit_status_in(h->object.state);

    if (!now) return ERR_NOMEM;
    *now = (struct permit_hand){.s = h->s, .a = h->a, .r = h->r, .c = h->c, .person = h->person};
    const enum err e = permit_hand_take(now);
    if (e != ERR_OK) return e;
    if (now->other_live) return ERR_CORRUPT;
    const struct permit_span *span = permit_span_on(&now->spans, h->c->today);
    if (status && (!span || !str_eq(span->status, str_from_c(status)) ||
                   division_on(span->division, h->c->today) != h->object.division))
        return ERR_CORRUPT;
    return changes && h->data.ground.n == 0 ? ERR_CORRUPT : ERR_OK;
}

static enum err answer_of(const struct permit_hand *h, enum lang lang, struct str *ret)
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

/* The holder is told of every step; the superior of what is overdue. */
static enum err tell(struct permit_hand *h, const struct life_row *row)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "to", row->effect == EFFECT_SUPERIOR ? "superior" : "holder");
    put_str(&j, "number", h->object.number);
    put_str(&j, "event", h->event);
    put_str(&j, "state", h->object.state);
    put_str(&j, "ground", h->data.ground);
    put_int(&j, "division", h->object.division);
    put_day(&j, "day", h->c->today);
    put_day(&j, "deadline", h->object.deadline_day);
    json_end(&j);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = store_outbox_add(h->s, h->person, STR("permit"), buf_str(&b));
    buf_done(&b);
    return e;
}

/* Which policy speaks about this caller, and of which place: that of the permit, or the one that is
 * asked for. The place that receives decides on a move. Nobody decides on himself. */
enum err permit_may_step(const struct permit_hand *h)
{
    const struct caller *c = h->c;
    const enum action a = c->role == ROLE_RESIDENT ? ACTION_PERMIT_ASK
                          : c->role == ROLE_SYSTEM ? ACTION_PERMIT_CLOCK
                                                   : ACTION_PERMIT_DECIDE;
    const bool there = str_eq(h->event, STR("apply")) || str_eq(h->event, STR("move"));

    if (c->role != ROLE_RESIDENT && c->person != 0 && c->person == h->person) return ERR_DENIED;
    return access_check(c, a, h->person, there ? h->ask->division : h->object.division);
}

struct stepping {
    struct permit_hand *h;
    const struct life_word **ret_guard;
};

static enum err step_in_command(void *ctx, int64_t command, struct str *ret_answer)
{
    const struct stepping *x = ctx;
    struct permit_hand *h = x->h;
    const struct life_row *row;
    uint8_t guard;
    enum err e = permit_hand_take(h);

    if (e == ERR_OK) e = permit_may_step(h);
    /* a new application where the last permit has ended, or there was none */
    const bool fresh = str_eq(h->event, STR("apply"));
    if (e == ERR_OK)
        e = life_find(&permit_life, fresh ? STR("") : h->object.state, h->event, h->c->role, &row);
    if (e != ERR_OK) return e;
    if (!fresh && h->c->today < h->object.since_day) return ERR_CONFLICT;
    if (!permit_guards_hold(h, row, true, &guard))
        return life_refuse(&permit_life, guard, ERR_RANGE, x->ret_guard);
    e = fresh ? begin_application(h, row, command) : move_object(h, row, command);
    if (e == ERR_OK) e = check(h, row);
    if (e == ERR_OK) e = tell(h, row);
    return e == ERR_OK ? answer_of(h, h->c->lang, ret_answer) : e;
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
                     const struct permit_ask *ask, struct str *ret_answer,
                     const struct life_word **ret_guard)
{
    struct permit_hand *h = ARENA_NEW(a, struct permit_hand);
    struct stepping x = {h, ret_guard};
    struct hash payload;

    if (!h) return ERR_NOMEM;
    if (!r->has_force) return ERR_NOT_FOUND;
    *h = (struct permit_hand){
        .s = s, .a = a, .r = r, .c = c, .person = person, .event = event, .ask = ask};
    const enum err e = payload_of(person, event, ask, &payload);
    if (e != ERR_OK) return e;
    const struct life_act act = {key, event, person, &payload, step_in_command, &x};
    return life_run(&permit_life, s, a, c, &act, ret_answer);
}

/* --- what falls due --- */

static const struct permit_ask nothing_said;

/* The one event that the clock brings about in a state; NULL = none. */
static const struct life_row *due_row(struct str state)
{
    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const struct life_row *row = &permit_life.rows[i];
        if ((row->roles & R(SYSTEM)) && str_eq(state, str_from_c(row->from))) return row;
    }
    return NULL;
}

/* Under a key made of what it is about, so that a day may be repeated. */
enum err permit_due(const struct due_call *d, const struct store_object *o, uint32_t *steps)
{
    const struct life_row *row = due_row(o->state);
    struct str answer;
    char key[96];

    if (!row) return ERR_OK;
    snprintf(key, sizeof key, "due-permit-%lld-%s-%d", (long long)o->id, row->event,
             (int)o->version);
    const enum err e = permit_step(d->s, d->a, d->r, d->c, str_from_c(key), o->person,
                                   str_from_c(row->event), &nothing_said, &answer, NULL);
    if (e == ERR_OK) (*steps)++;
    /* not due any more, somebody was quicker, or the register contradicts, which is for people */
    return e == ERR_RANGE || e == ERR_CONFLICT || e == ERR_CORRUPT ? ERR_OK : e;
}

struct reminder {
    struct store *s;
    const struct store_object *o;
    int32_t left;
};

static enum err remind_in_command(void *ctx)
{
    const struct reminder *x = ctx;
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "to", "holder");
    put_str(&j, "number", x->o->number);
    put_int(&j, "days", x->left);
    put_day(&j, "deadline", x->o->deadline_day);
    json_end(&j);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = store_outbox_add(x->s, x->o->person, STR("permit.remind"), buf_str(&b));
    buf_done(&b);
    return e;
}

/* Days before the last one on which the holder is reminded; a day that was left out is made up by
 * the next. */
static const int32_t reminders[] = {1, 7, PERMIT_REMIND_FIRST};

enum err permit_remind(const struct due_call *d, const struct store_object *o, uint32_t *steps)
{
    struct reminder x = {d->s, o, o->deadline_day - d->c->today};
    struct store_began began;
    int32_t at = 0;
    char key[96];

    (void)steps;
    for (size_t i = 0; i < sizeof reminders / sizeof *reminders && at == 0; i++)
        if (x.left <= reminders[i]) at = reminders[i];
    if (x.left < 0 || at == 0 || !str_eq(o->state, STR("valid"))) return ERR_OK;
    snprintf(key, sizeof key, "remind-permit-%lld-%d-%d", (long long)o->id, (int)o->deadline_day,
             (int)at);
    struct store_command command = {.key = str_from_c(key),
                                    .actor = d->c->account,
                                    .role = STR("system"),
                                    .office = d->c->office,
                                    .kind = STR("permit.remind"),
                                    .person = o->person,
                                    .at = d->c->now};
    enum err e = hash_sm3(command.key, &command.payload);
    if (e == ERR_OK) e = store_command_begin(d->s, d->a, &command, &began);
    if (e != ERR_OK || began.repeated) return e;
    e = remind_in_command(&x);
    if (e == ERR_OK) return store_command_commit(d->s, STR("{}"));
    store_command_abort(d->s);
    return e;
}
