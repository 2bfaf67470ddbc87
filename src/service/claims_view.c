/* Claims as they are shown: to whom they belong, and to the office in charge. */
#include <string.h>

#include "base/division.h"
#include "service/calendar.h"
#include "service/claims_internal.h"

#define LIST_LIMIT 100

struct looking {
    struct store *s;
    struct arena *a;
    const struct rules *r;
    const struct caller *c;
};

static struct str indicator_title(const struct rules *r, struct str name, enum lang lang)
{
    for (uint32_t i = 0; i < r->indicator_count; i++)
        if (str_eq(r->indicators[i].name.ascii, name))
            return rules_name(&r->indicators[i].name, lang);
    return name; /* the rules no longer have it */
}

/* What every list and every page has in common, inside an open object. */
static void put_head(const struct looking *l, const struct store_object *o,
                     const struct claim_data *d, struct json *j)
{
    const enum lang lang = l->c->lang;
    const struct life_state *state = life_state_named(&claim_life, o->state);
    const int32_t in_charge = division_on(o->division, l->c->today);
    const struct division *place = division_find(in_charge);
    const bool open = claim_is_open(o->state);

    put_str(j, "number", o->number);
    put_text(j, "kind", claim_kinds[d->kind].code);
    put_text(j, "kind_text", claim_kinds[d->kind].text[lang]);
    put_str(j, "indicator", d->indicator);
    put_str(j, "title", indicator_title(l->r, d->indicator, lang));
    put_str(j, "state", o->state);
    put_text(j, "state_text", state ? state->text[lang] : "");
    put_day(j, "filed", date_of_instant(o->opened));
    put_day(j, "deadline", d->legal_deadline);
    json_key(j, "days_left"); /* working days; negative: overdue */
    if (open)
        json_int(j, calendar_working_days_between(l->c->today, d->legal_deadline));
    else
        json_add_null(j);
    put_bool(j, "overdue", open && l->c->today > d->legal_deadline);
    put_bool(j, "provisional", d->is_provisional);
    put_int(j, "division", in_charge);
    put_text(j, "division_name", place ? (lang == LANG_ZH ? place->zh : place->en) : "");
}

static enum err put_item(const struct looking *l, const struct store_object *o, struct json *j)
{
    struct claim_data d;
    const enum err e = claim_data_read(l->a, o->data, &d);

    if (e != ERR_OK) return e;
    json_open_object(j);
    put_head(l, o, &d, j);
    json_end(j);
    return ERR_OK;
}

static enum err put_items(const struct looking *l, int64_t person, struct json *out)
{
    struct store_object *all;
    uint32_t count = 0;
    enum err e = store_objects_of(l->s, l->a, person, STR("claim"), &all, &count);

    for (uint32_t i = count; i-- > 0 && e == ERR_OK;)
        e = put_item(l, &all[i], out);
    return e;
}

enum err claims_own(struct store *s, struct arena *a, const struct rules *r, const struct caller *c,
                    struct json *out)
{
    const struct looking l = {s, a, r, c};
    int64_t *persons; /* who it is, and who was merged */
    uint32_t count = 0;
    enum err e = access_check(c, ACTION_CLAIM_READ_OWN, c->person, 0);

    if (e == ERR_OK) e = store_person_merged(s, a, c->person, &persons, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    json_key(out, "items");
    json_open_array(out);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = put_items(&l, persons[i], out);
    if (e != ERR_OK) return e;
    json_end(out);
    json_end(out);
    return buf_err(out->out);
}

enum err claims_list(struct store *s, struct arena *a, const struct rules *r,
                     const struct caller *c, struct str state, int64_t after, struct json *out)
{
    const struct looking l = {s, a, r, c};
    struct store_object_query q = {.kind = STR("claim"),
                                   .state = state,
                                   .due_by = DATE_OPEN_END,
                                   .after = after,
                                   .limit = LIST_LIMIT};
    struct store_object *all;
    uint32_t count = 0;
    enum err e = access_check(c, ACTION_CLAIM_LIST, 0, c->division);

    if (e == ERR_OK && state.n > 0 && !life_state_named(&claim_life, state)) e = ERR_RANGE;
    if (e != ERR_OK) return e;
    life_query_place(&q, c->division, c->today);
    e = store_objects_find(s, a, &q, &all, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    json_key(out, "items");
    json_open_array(out);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        if (state.n > 0 || claim_is_open(all[i].state)) e = put_item(&l, &all[i], out);
    if (e != ERR_OK) return e;
    json_end(out);
    json_key(out, "next");
    if (count == LIST_LIMIT)
        json_int(out, all[count - 1].id);
    else
        json_add_null(out);
    json_end(out);
    return buf_err(out->out);
}

/* --- one claim --- */

static void put_step(struct json *j, struct str event, const char *text, int32_t day,
                     struct str office, bool done)
{
    json_open_object(j);
    put_str(j, "event", event);
    put_text(j, "text", text);
    put_day(j, "day", day);
    put_str(j, "office", office);
    put_bool(j, "done", done);
    json_end(j);
}

static const char *event_text(struct str event, enum lang lang)
{
    /* the store calls the first step of every object "open" */
    const struct life_row *row =
        life_event_named(&claim_life, str_eq(event, STR("open")) ? STR("file") : event);
    return row ? row->text[lang] : "";
}

/* What was done, then what is still to come. */
static enum err put_steps(const struct looking *l, const struct store_object *o,
                          const struct claim_data *d, struct json *j)
{
    struct store_step *steps;
    uint32_t count;
    const enum lang lang = l->c->lang;
    const enum err e = store_object_history(l->s, l->a, o->person, o->id, &steps, &count);

    if (e != ERR_OK) return e;
    json_key(j, "steps");
    json_open_array(j);
    for (uint32_t i = 0; i < count; i++)
        put_step(j, str_eq(steps[i].event, STR("open")) ? STR("file") : steps[i].event,
                 event_text(steps[i].event, lang), steps[i].day, steps[i].office, true);
    if (str_eq(o->state, STR("submitted")))
        put_step(j, STR("take"), event_text(STR("take"), lang), DATE_OPEN_END, STR(""), false);
    if (claim_is_open(o->state))
        put_step(j, STR("answer"), lang == LANG_ZH ? "答复" : "answer", d->legal_deadline, STR(""),
                 false);
    json_end(j);
    return ERR_OK;
}

static enum err put_materials(const struct looking *l, const struct store_object *o,
                              const struct store_material *files, uint32_t count, struct json *j)
{
    enum err e = ERR_OK;

    json_key(j, "materials");
    json_open_array(j);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        uint32_t others = 0;
        json_open_object(j);
        put_int(j, "id", files[i].id);
        put_str(j, "name", files[i].name);
        put_str(j, "media_type", files[i].media_type);
        put_int(j, "size", files[i].size);
        put_hash(j, "digest", &files[i].digest);
        if (l->c->role != ROLE_RESIDENT) {
            e = store_material_sharers(l->s, &files[i].digest, o->person, &others);
            put_int(j, "also_by", others);
        }
        json_end(j);
    }
    json_end(j);
    return e;
}

/* Does what is stored still have the digest that stands on the receipt? */
static enum err is_frozen(const struct claim_data *d, const struct store_material *files,
                          uint32_t count, bool *ret)
{
    struct hash h;
    struct buf hex;
    enum err e =
        claim_digest(d->kind, d->indicator, d->reason, d->month, d->statement, files, count, &h);

    if (e != ERR_OK) return e;
    buf_init(&hex, 0);
    hash_add_text(&hex, &h);
    e = buf_err(&hex);
    *ret = str_eq(buf_str(&hex), d->digest);
    buf_done(&hex);
    return e;
}

static void put_can(const struct looking *l, const struct store_object *o, struct json *j)
{
    json_key(j, "can");
    json_open_array(j);
    for (uint32_t i = 0; i < claim_life.row_count; i++) {
        const struct life_row *row = &claim_life.rows[i];
        if (!str_eq(o->state, str_from_c(row->from)) || !(row->roles & ROLE_BIT(l->c->role)))
            continue;
        json_open_object(j);
        put_text(j, "event", row->event);
        put_text(j, "text", row->text[l->c->lang]);
        json_end(j);
    }
    json_end(j);
}

static enum err put_claim(const struct looking *l, const struct store_object *o, struct json *j)
{
    const struct claim_reason_row *reason;
    struct store_material *files;
    struct claim_data d;
    uint32_t count;
    bool frozen;
    enum err e = claim_data_read(l->a, o->data, &d);

    if (e == ERR_OK) e = store_materials(l->s, l->a, o->person, o->id, &files, &count);
    if (e == ERR_OK) e = is_frozen(&d, files, count, &frozen);
    if (e != ERR_OK) return e;
    reason = claim_reason_find(d.kind, d.reason);
    json_open_object(j);
    put_head(l, o, &d, j);
    if (l->c->role != ROLE_RESIDENT) put_int(j, "person", o->person);
    put_str(j, "reason", d.reason);
    put_text(j, "reason_text", reason ? reason->text[l->c->lang] : "");
    json_key(j, "month");
    if (d.month.n > 0)
        json_str(j, d.month);
    else
        json_add_null(j);
    put_str(j, "statement", d.statement);
    put_int(j, "working_days", d.working_days);
    put_str(j, "digest", d.digest);
    put_bool(j, "frozen", frozen);
    e = put_materials(l, o, files, count, j);
    if (e == ERR_OK) e = put_steps(l, o, &d, j);
    if (e != ERR_OK) return e;
    put_can(l, o, j);
    json_end(j);
    return buf_err(j->out);
}

static enum action read_action(const struct caller *c)
{
    return c->role == ROLE_RESIDENT ? ACTION_CLAIM_READ_OWN : ACTION_CLAIM_READ;
}

enum err claim_show(struct store *s, struct arena *a, const struct rules *r, const struct caller *c,
                    struct str number, struct json *out, int64_t *ret_person)
{
    const struct looking l = {s, a, r, c};
    struct store_object o;
    enum err e = claim_get(s, a, c, read_action(c), number, &o);

    if (e == ERR_OK) e = put_claim(&l, &o, out);
    if (e == ERR_OK) *ret_person = o.person;
    return e;
}

enum err claim_material(struct store *s, struct arena *a, const struct caller *c, struct str number,
                        int64_t id, struct store_material *ret, int64_t *ret_person)
{
    struct store_object o;
    enum err e = claim_get(s, a, c, read_action(c), number, &o);

    if (e == ERR_OK) e = store_material_get(s, a, o.person, o.id, id, ret);
    if (e == ERR_OK) *ret_person = o.person;
    return e;
}

void claims_form(int32_t division, enum lang lang, struct json *out)
{
    json_open_object(out);
    json_key(out, "kinds");
    json_open_array(out);
    for (unsigned k = 0; k < CLAIM_KIND_COUNT; k++) {
        json_open_object(out);
        put_text(out, "kind", claim_kinds[k].code);
        put_text(out, "text", claim_kinds[k].text[lang]);
        put_int(out, "working_days", claim_working_days((enum claim_kind)k, division));
        json_key(out, "reasons");
        json_open_array(out);
        for (uint32_t i = 0; i < claim_reason_count; i++) {
            if ((unsigned)claim_reasons[i].kind != k) continue;
            json_open_object(out);
            put_text(out, "reason", claim_reasons[i].code);
            put_text(out, "text", claim_reasons[i].text[lang]);
            json_end(out);
        }
        json_end(out);
        json_end(out);
    }
    json_end(out);
    json_key(out, "limits");
    json_open_object(out);
    put_int(out, "statement_bytes", CLAIM_STATEMENT);
    put_int(out, "materials", MATERIAL_COUNT);
    put_int(out, "material_bytes", MATERIAL_BYTES);
    put_int(out, "total_bytes", MATERIAL_TOTAL);
    json_end(out);
    json_end(out);
}
