/* What a holder, or an office, sees of a permit. */
#include "base/division.h"
#include "base/put.h"
#include "service/permit_internal.h"
#include "service/points_internal.h"

static const struct permit_ask nothing_said = {.division = 0};

enum err permit_place(struct store *s, struct arena *a, const struct rules *r, int64_t person,
                      int32_t day, int32_t *ret)
{
    struct permit_spans *x = ARENA_NEW(a, struct permit_spans);
    enum err e = x ? permit_spans_read(s, a, r, person, x) : ERR_NOMEM;

    if (e != ERR_OK) return e;
    const struct permit_span *now = permit_span_on(x, day);
    const struct permit_span *at = now ? now : x->count > 0 ? &x->items[x->count - 1] : NULL;
    *ret = at ? division_on(at->division, day) : 0;
    return ERR_OK;
}

/* A ground in words: its row's, else what was said. */
static struct str ground_text(struct str event, struct str ground, struct str words, enum lang lang)
{
    const struct life_ground *g = life_ground_find(&permit_life, event, ground);

    if (words.n > 0) return words;
    return g ? str_from_c(g->text[lang]) : STR("");
}

static void put_history(const struct permit_hand *h, struct json *out)
{
    json_key(out, "history");
    json_open_array(out);
    for (uint32_t i = 0; i < h->step_count; i++) {
        const struct store_step *x = &h->steps[i];
        const struct life_row *row = life_event_named(&permit_life, x->event);
        json_open_object(out);
        put_day(out, "day", x->day);
        put_str(out, "event", x->event);
        put_text(out, "text",
                 row                     ? row->text[h->c->lang]
                 : h->c->lang == LANG_ZH ? "登记"
                                         : "registered");
        put_str(out, "office", x->office);
        put_str(out, "note", ground_text(x->event, x->note, STR(""), h->c->lang));
        json_end(out);
    }
    json_end(out);
}

/* Those that the caller may give. */
static void put_grounds(const struct life_row *row, const struct caller *c, struct json *out)
{
    json_key(out, "grounds");
    json_open_array(out);
    for (uint32_t i = 0; i < permit_life.ground_count; i++) {
        const struct life_ground *g = &permit_life.grounds[i];
        if (g->is_automatic || !(g->roles & ROLE_BIT(c->role)) ||
            !str_eq(str_from_c(row->event), str_from_c(g->event)))
            continue;
        json_open_object(out);
        put_text(out, "ground", g->code);
        put_text(out, "text", g->text[c->lang]);
        json_end(out);
    }
    json_end(out);
}

/* What the caller may do next; what depends on what he will say counts as possible. */
static void put_can(struct permit_hand *h, struct json *out)
{
    const struct str from = h->object.kind.n > 0 ? h->object.state : STR("");

    json_key(out, "can");
    json_open_array(out);
    for (uint32_t i = 0; i < permit_life.row_count; i++) {
        const struct life_row *row = &permit_life.rows[i];
        const bool apply = !*row->from && (from.n == 0 || permit_is_end(from));
        uint8_t guard;
        if (!(row->roles & ROLE_BIT(h->c->role))) continue;
        if (!apply && !str_eq(from, str_from_c(row->from))) continue;
        h->event = str_from_c(row->event);
        if (!permit_guards_hold(h, row, false, &guard)) continue;
        json_open_object(out);
        put_text(out, "event", row->event);
        put_text(out, "text", row->text[h->c->lang]);
        put_bool(out, "reason", permit_wants_reason(row));
        put_bool(out, "division", permit_wants_division(row));
        put_grounds(row, h->c, out);
        json_end(out);
    }
    json_end(out);
}

/* The act that brings a suspended permit back, in words. */
static void put_restore(const struct permit_hand *h, struct json *out)
{
    static const struct {
        const char *state, *text[LANG_COUNT];
    } hints[] = {
        {"suspended_missed",
         {"在期限内补办签注，补办当日起恢复。",
          "Have it endorsed before the term ends; it is valid again from that day."}},
        {"suspended_record",
         {"补办签注，或者到窗口更正登记，当日起恢复。",
          "Have it endorsed, or have the record put right at the office; it is valid again from "
          "that day."}},
        {"suspended_hold",
         {"等待调查结束；结论有利时，中止期间视同有效。",
          "Wait for the investigation; if it clears you, the suspension counts as if it had not "
          "been."}}};

    json_key(out, "restore_hint");
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (str_eq(h->object.state, str_from_c(hints[i].state))) {
            json_str(out, str_from_c(hints[i].text[h->c->lang]));
            return;
        }
    json_add_null(out);
}

/* The ground that holds now: of a suspension, a refusal, an end. */
static void put_reason(const struct permit_hand *h, struct json *out)
{
    const struct str event = h->step_count > 0 ? h->steps[h->step_count - 1].event : STR("");
    const struct str text = ground_text(event, h->data.ground, h->data.words, h->c->lang);
    const bool shown = h->object.kind.n > 0 && !str_eq(h->object.state, STR("valid")) && text.n > 0;

    json_key(out, "suspended_reason");
    if (shown)
        json_str(out, text);
    else
        json_add_null(out);
}

static void put_permit(const struct permit_hand *h, struct json *out)
{
    const struct life_state *x = life_state_named(&permit_life, h->object.state);
    const bool is = h->object.kind.n > 0, valid = is && str_eq(h->object.state, STR("valid"));
    const int32_t due = h->object.deadline_day, today = h->c->today;
    const int32_t from =
        valid ? permit_window_from(h->data.valid_from, due, h->object.division) : DATE_OPEN_END;

    put_str(out, "state", is ? h->object.state : STR("none"));
    put_text(out, "state_text",
             x                       ? x->text[h->c->lang]
             : h->c->lang == LANG_ZH ? "没有居住证"
                                     : "no permit");
    put_str(out, "number", h->object.number);
    put_division(out, h->object.division, h->c->lang);
    put_day(out, "since", is ? h->object.since_day : DATE_OPEN_END);
    put_day(out, "valid_from", is ? h->data.valid_from : DATE_OPEN_END);
    put_int(out, "tenure_days",
            is ? permit_tenure(h->data.valid_from, h->steps, h->step_count,
                               term_tenure(h->object.division), today)
               : 0);
    put_day(out, "endorse_from", from);
    put_day(out, "endorse_by", valid ? due : DATE_OPEN_END);
    put_bool(out, "endorse_due", valid && today >= from && today <= due);
    put_day(out, "deadline", is ? due : DATE_OPEN_END);
    put_bool(out, "provisional", is && due < DATE_OPEN_END && term_is_provisional(due, due));
    put_reason(h, out);
    put_restore(h, out);
}

enum err permit_view(struct store *s, struct arena *a, const struct rules *r,
                     const struct caller *c, int64_t person, struct json *out)
{
    const enum action may = c->role == ROLE_RESIDENT ? ACTION_PERMIT_READ_OWN : ACTION_PERMIT_READ;
    struct permit_hand *h = ARENA_NEW(a, struct permit_hand);
    enum err e = h ? access_check(c, may, person, c->division) : ERR_NOMEM;

    if (e != ERR_OK) return e;
    if (!r->has_force) return ERR_NOT_FOUND;
    *h = (struct permit_hand){
        .s = s, .a = a, .r = r, .c = c, .person = person, .ask = &nothing_said};
    e = permit_hand_take(h);
    /* the place is that of the permit; who has none may be served anywhere */
    if (e == ERR_OK && h->object.division != 0)
        e = access_check(c, may, person, h->object.division);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_permit(h, out);
    put_history(h, out);
    put_can(h, out);
    json_end(out);
    return buf_err(out->out);
}

enum err permit_card_of(struct store *s, struct arena *a, const struct rules *r, int64_t person,
                        int32_t day, struct permit_card *ret)
{
    const struct caller c = {.role = ROLE_SYSTEM, .today = day};
    struct permit_hand *h = ARENA_NEW(a, struct permit_hand);

    if (!h) return ERR_NOMEM;
    *h = (struct permit_hand){
        .s = s, .a = a, .r = r, .c = &c, .person = person, .ask = &nothing_said};
    const enum err e = r->has_force ? permit_hand_take(h) : ERR_NOT_FOUND;
    if (e != ERR_OK) return e;
    const struct permit_span *now = permit_span_on(&h->spans, day);
    if (!now) return ERR_NOT_FOUND;
    const bool valid = str_eq(now->status, STR("valid"));
    *ret = (struct permit_card){.number = h->object.number,
                                .state = h->object.state,
                                .division = now->division,
                                .valid_from = h->data.valid_from,
                                .endorse_by = valid ? h->object.deadline_day : DATE_OPEN_END,
                                .is_valid = valid};
    return ERR_OK;
}
