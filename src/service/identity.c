/* Identity cases. See identity.h.
 *
 * Structure: the table -> what is kept with a case -> opening -> steps -> reading. */
#include "service/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/date.h"
#include "base/division.h"
#include "base/idnum.h"
#include "base/put.h"
#include "service/calendar.h"
#include "service/merge.h"
#include "service/permit.h"
#include "service/persons.h"
#include "service/points_internal.h"
#include "service/reads.h"

#define KIND "identity"
#define PROVINCE 330000
#define DECIDE_DAYS 5
#define PERSONS_MAX 64 /* kept with a case; more than that is an error of another kind */

#define LIFE_DEF "service/identity.def"
#include "service/life_tables.def"

const struct life identity_life = {
    .kind = KIND,
    .title = {"身份核实", "Identity case"},
    .states = states,
    .state_count = sizeof states / sizeof *states,
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .guards = guards,
    .deadlines = deadlines,
    .effects = effects,
};

/* --- what is kept with a case --- */

static enum err data_write(struct arena *a, const struct identity_case *i, struct str *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_str(&j, "id_number", i->id_number);
    put_str(&j, "load", i->load);
    put_str(&j, "statement", i->statement);
    put_int(&j, "asked_by", i->asked_by);
    put_int(&j, "merged_by", i->merged_by);
    put_int(&j, "survivor", i->survivor);
    put_int(&j, "merge", i->merge);
    put_int(&j, "merge_recorded", i->merge_recorded);
    json_key(&j, "persons");
    json_open_array(&j);
    for (uint32_t k = 0; k < i->person_count; k++)
        json_int(&j, i->persons[k]);
    json_end(&j);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

static struct str text_of(struct arena *a, const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    return str_copy(a, (struct str){json_string_value(v), json_string_length(v)});
}

static int64_t int_of(const json_t *o, const char *name) /* 0 where there is none */
{
    return json_integer_value(json_object_get(o, name));
}

static enum err case_of(struct arena *a, const struct store_object *o, struct identity_case *ret)
{
    json_t *data = json_loadb(o->data.p, o->data.n, JSON_REJECT_DUPLICATES, NULL);
    const json_t *persons = json_object_get(data, "persons");
    const uint32_t count = (uint32_t)json_array_size(persons);
    int64_t *list = ARENA_ARRAY(a, int64_t, count);
    struct identity_case i = {.object = *o,
                              .id_number = text_of(a, data, "id_number"),
                              .load = text_of(a, data, "load"),
                              .statement = text_of(a, data, "statement"),
                              .asked_by = int_of(data, "asked_by"),
                              .merged_by = int_of(data, "merged_by"),
                              .survivor = int_of(data, "survivor"),
                              .merge = int_of(data, "merge"),
                              .merge_recorded = int_of(data, "merge_recorded"),
                              .persons = list,
                              .person_count = count};
    enum err e = json_is_object(data) && count > 0 ? ERR_OK : ERR_CORRUPT;

    if (e == ERR_OK && (!i.id_number.p || !i.load.p || !i.statement.p || !list)) e = ERR_NOMEM;
    for (uint32_t k = 0; k < count && e == ERR_OK; k++)
        list[k] = json_integer_value(json_array_get(persons, k));
    json_decref(data);
    if (e == ERR_OK) *ret = i;
    return e;
}

/* --- opening --- */

/* Add the object. Its number says whose it is and how many of that person's it is. */
static enum err open_case(const struct identities *x, const char *state, int32_t division,
                          struct identity_case *i)
{
    const struct civil d = date_to_civil(x->c->today);
    struct store_object *earlier;
    uint32_t count;
    char number[64];
    enum err e = store_objects_of(x->s, x->a, i->persons[0], STR(KIND), &earlier, &count);

    if (e != ERR_OK) return e;
    const int n = snprintf(number, sizeof number, "I%d%09lld-%u", (int)d.year,
                           (long long)i->persons[0], count + 1);
    i->object =
        (struct store_object){.person = i->persons[0],
                              .kind = STR(KIND),
                              .state = str_from_c(state),
                              .division = division,
                              .since_day = x->c->today,
                              .deadline_day = calendar_add_working_days(x->c->today, DECIDE_DAYS),
                              .number = str_copy(x->a, (struct str){number, (size_t)n})};
    if (!i->object.number.p) return ERR_NOMEM;
    e = data_write(x->a, i, &i->object.data);
    if (e == ERR_OK) e = store_object_add(x->s, &i->object);
    return e == ERR_OK ? store_outbox_add(x->s, i->persons[0], STR(KIND), i->object.number) : e;
}

/* Where a person is; who has no permit is the province's. */
static enum err place_of(const struct identities *x, int64_t person, int32_t *ret)
{
    const enum err e = permit_place(x->s, x->a, x->r, person, x->c->today, ret);

    if (e == ERR_OK && *ret == 0) *ret = PROVINCE;
    return e;
}

static bool same_persons(const struct identity_case *i, const int64_t *persons, uint32_t count)
{
    if (i->person_count != count) return false;
    for (uint32_t k = 0; k < count; k++)
        if (i->persons[k] != persons[k]) return false;
    return true;
}

/* Is there a case about the same number and the same persons that is not dismissed? */
static enum err is_known(const struct identities *x, struct str id_number, const int64_t *persons,
                         uint32_t count, bool *ret)
{
    struct store_object *objects;
    uint32_t cases;
    enum err e = store_objects_of(x->s, x->a, persons[0], STR(KIND), &objects, &cases);

    *ret = false;
    for (uint32_t k = 0; e == ERR_OK && k < cases && !*ret; k++) {
        struct identity_case i;
        e = case_of(x->a, &objects[k], &i);
        *ret = e == ERR_OK && i.person_count > 1 && str_eq(i.id_number, id_number) &&
               same_persons(&i, persons, count) && !str_eq(i.object.state, STR("dismissed"));
    }
    return e;
}

enum err identity_found_several(const struct identities *x, struct str id_number,
                                const int64_t *persons, uint32_t count, struct str load)
{
    struct identity_case i = {.id_number = id_number,
                              .persons = persons,
                              .person_count = count < PERSONS_MAX ? count : PERSONS_MAX,
                              .load = load,
                              .statement = STR("")};
    const struct life_row *row;
    int32_t division;
    bool known;
    enum err e = life_find(&identity_life, STR(""), STR("find"), x->c->role, &row);

    INVARIANT(count > 1);
    if (e == ERR_OK) e = is_known(x, id_number, persons, i.person_count, &known);
    if (e != ERR_OK || known) return e;
    e = place_of(x, persons[0], &division);
    return e == ERR_OK ? open_case(x, row->to, division, &i) : e;
}

static enum err begin(const struct identities *x, struct str key, const char *kind, int64_t person,
                      struct str about, struct store_began *ret)
{
    struct store_command c = {.key = key,
                              .actor = x->c->account,
                              .role = str_from_c(role_codes[x->c->role]),
                              .office = x->c->office,
                              .purpose = x->c->purpose,
                              .kind = str_from_c(kind),
                              .person = person,
                              .at = x->c->now};
    const enum err e = hash_sm3(about, &c.payload);

    return e == ERR_OK ? store_command_begin(x->s, x->a, &c, ret) : e;
}

static enum err find(const struct identities *x, struct str number, struct identity_case *ret)
{
    struct store_object o;
    const enum err e = store_object_by_number(x->s, x->a, STR(KIND), number, &o);

    return e == ERR_OK ? case_of(x->a, &o, ret) : e;
}

/* Commit with the case's number as the answer, or undo. */
static enum err finish(const struct identities *x, enum err e, const struct identity_case *i,
                       struct identity_case *ret)
{
    if (e == ERR_OK)
        e = store_command_commit(x->s, i->object.number);
    else
        store_command_abort(x->s);
    if (e == ERR_OK) *ret = *i;
    return e;
}

enum err identity_ask(const struct identities *x, struct str key, int64_t person,
                      struct str id_number, struct str statement, struct identity_case *ret)
{
    struct identity_case i = {.persons = &person,
                              .person_count = 1,
                              .load = STR(""),
                              .statement = statement,
                              .asked_by = x->c->account};
    const struct life_row *row;
    struct store_identity who;
    struct store_began began;
    struct idnum number;
    int32_t division = 0;
    enum err e = permit_place(x->s, x->a, x->r, person, x->c->today, &division);

    if (e == ERR_OK && division == 0) division = x->c->division; /* came to this window */
    if (e == ERR_OK) e = access_check(x->c, ACTION_IDENTITY_CASE, person, division);
    if (e == ERR_OK) e = life_find(&identity_life, STR(""), STR("ask"), x->c->role, &row);
    if (e == ERR_OK && statement.n > IDENTITY_STATEMENT_MAX) e = ERR_RANGE;
    if (e == ERR_OK) e = idnum_parse(id_number, x->c->today, &number);
    if (e == ERR_OK) e = store_person_identity(x->s, x->a, person, &who);
    if (e != ERR_OK) return e;
    i.id_number = str_copy(x->a, (struct str){number.digits, IDNUM_LEN});
    int64_t *persons = ARENA_ARRAY(x->a, int64_t, 1);
    if (!i.id_number.p || !persons) return ERR_NOMEM;
    *persons = person;
    i.persons = persons;
    if (str_eq(i.id_number, who.id_number)) return ERR_EXISTS;
    e = begin(x, key, "identity.ask", person, i.id_number, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, began.answer, ret);
    return finish(x, open_case(x, row->to, division, &i), &i, ret);
}

/* --- steps --- */

/* The new number; if somebody else has it, that is the next case. */
static enum err change_number(const struct identities *x, const struct identity_case *i)
{
    struct store_identity who;
    int64_t *persons;
    uint32_t count;
    enum err e = store_person_identity(x->s, x->a, i->persons[0], &who);

    if (e != ERR_OK) return e;
    who.id_number = i->id_number;
    e = store_person_change(x->s, i->persons[0], &who);
    if (e == ERR_OK) e = store_person_by_id_number(x->s, x->a, i->id_number, &persons, &count);
    if (e != ERR_OK || count < 2) return e;
    return identity_found_several(x, i->id_number, persons, count, STR(""));
}

static struct merging merging_of(const struct identities *x, const struct identity_case *i)
{
    return (struct merging){.s = x->s,
                            .a = x->a,
                            .r = x->r,
                            .persons = i->persons,
                            .count = i->person_count,
                            .today = x->c->today};
}

static enum err merge(const struct identities *x, struct identity_case *i,
                      const struct store_began *began)
{
    static const uint8_t hindrances[] = {[MERGE_TWO_PERMITS] = GUARD_ONE_PERMIT,
                                         [MERGE_OPEN_CLAIM] = GUARD_NO_CLAIM,
                                         [MERGE_LINKED] = GUARD_UNLINKED,
                                         [MERGE_CONTRADICTS] = GUARD_CONSISTENT};
    const struct merging m = merging_of(x, i);
    enum merge_hindrance hindrance;
    enum err e = merge_check(&m, &i->survivor, &hindrance);

    if (e == ERR_OK && hindrance != MERGE_FREE)
        e = life_refuse(&identity_life, hindrances[hindrance], ERR_RANGE, x->ret_guard);
    if (e == ERR_OK) e = merge_do(&m, i->survivor);
    i->merged_by = x->c->account;
    i->merge = began->command;
    i->merge_recorded = began->recorded;
    return e;
}

static enum err do_effect(const struct identities *x, const struct life_row *row,
                          struct identity_case *i, const struct store_began *began)
{
    const struct merging m = merging_of(x, i);

    switch (row->effect) {
    case EFFECT_CHANGE:
        return change_number(x, i);
    case EFFECT_MERGE:
        return merge(x, i, began);
    case EFFECT_SEPARATE:
        return merge_undo(&m, i->survivor, i->merge, i->merge_recorded);
    default:
        return ERR_OK;
    }
}

/* Four eyes: the guard that says no, 0 = none. */
static uint8_t same_eyes(const struct identities *x, const struct life_row *row,
                         const struct identity_case *i)
{
    if ((row->guards & G(OTHER_PERSON)) && i->asked_by == x->c->account) return GUARD_OTHER_PERSON;
    if ((row->guards & G(OTHER_DECIDER)) && i->merged_by == x->c->account)
        return GUARD_OTHER_DECIDER;
    return GUARD_NONE;
}

static enum err step(const struct identities *x, struct str number, struct str event,
                     struct str note, const struct store_began *began, struct identity_case *i)
{
    const struct life_row *row;
    enum err e = find(x, number, i); /* as it is now that nobody else writes */

    if (e == ERR_OK) e = life_find(&identity_life, i->object.state, event, x->c->role, &row);
    if (e != ERR_OK) return e;
    const uint8_t no = same_eyes(x, row, i);
    if (no != GUARD_NONE) return life_refuse(&identity_life, no, ERR_DENIED, x->ret_guard);
    if (str_eq(event, STR("same"))) i->asked_by = x->c->account;
    e = do_effect(x, row, i, began);
    if (e == ERR_OK) e = data_write(x->a, i, &i->object.data);
    if (e != ERR_OK) return e;
    i->object.deadline_day = row->deadline == DEADLINE_DECIDE
                                 ? calendar_add_working_days(x->c->today, DECIDE_DAYS)
                                 : DATE_OPEN_END;
    return store_object_move(x->s, &i->object, event, str_from_c(row->to), x->c->today, note);
}

enum err identity_step(const struct identities *x, struct str key, struct str number,
                       struct str event, struct str note, struct identity_case *ret)
{
    struct identity_case i;
    struct store_began began;
    struct buf about;
    enum err e = find(x, number, &i);

    if (e == ERR_OK) e = access_check(x->c, ACTION_IDENTITY_CASE, 0, i.object.division);
    if (e == ERR_OK && note.n > IDENTITY_STATEMENT_MAX) e = ERR_RANGE;
    if (e == ERR_OK && !life_event_named(&identity_life, event)) e = ERR_NOT_FOUND;
    if (e != ERR_OK) return e;
    buf_init(&about, 0);
    buf_printf(&about, "%.*s %.*s %.*s", STR_ARG(number), STR_ARG(event), STR_ARG(note));
    e = buf_err(&about);
    if (e == ERR_OK) e = begin(x, key, "identity.step", i.object.person, buf_str(&about), &began);
    buf_done(&about);
    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, began.answer, ret);
    return finish(x, step(x, number, event, note, &began, &i), &i, ret);
}

/* --- a load that is taken back --- */

static int person_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool concerns(const struct identity_case *i, const int64_t *persons, uint32_t count)
{
    for (uint32_t k = 0; k < i->person_count && count > 0; k++)
        if (bsearch(&i->persons[k], persons, count, sizeof *persons, person_order)) return true;
    return false;
}

static enum err dismiss_moot(const struct identities *x, struct identity_case *i)
{
    const struct life_row *row;
    enum err e = life_find(&identity_life, i->object.state, STR("moot"), x->c->role, &row);

    if (e != ERR_OK) return e;
    i->object.deadline_day = DATE_OPEN_END;
    return store_object_move(x->s, &i->object, STR("moot"), str_from_c(row->to), x->c->today,
                             STR(""));
}

enum err identity_load_reversed(const struct identities *x, struct str load, const int64_t *gone,
                                uint32_t count, bool *ret_touched)
{
    struct store_object_query q = {
        .kind = STR(KIND), .division_last = INT32_MAX, .due_by = DATE_OPEN_END, .limit = 200};
    uint32_t found = 1;
    enum err e = ERR_OK;

    *ret_touched = false;
    while (e == ERR_OK && found > 0) {
        struct store_object *objects;
        e = store_objects_find(x->s, x->a, &q, &objects, &found);
        for (uint32_t k = 0; e == ERR_OK && k < found; k++) {
            struct identity_case i;
            q.after = objects[k].id;
            e = case_of(x->a, &objects[k], &i);
            if (e != ERR_OK) break;
            if (str_eq(i.object.state, STR("several")) && str_eq(i.load, load))
                e = dismiss_moot(x, &i);
            else
                *ret_touched |= concerns(&i, gone, count);
        }
    }
    return e;
}

/* --- reading --- */

enum err identity_list(const struct identities *x, struct str state, int64_t after,
                       struct identity_case **ret, uint32_t *ret_count)
{
    struct store_object_query q = {
        .kind = STR(KIND), .state = state, .due_by = DATE_OPEN_END, .after = after, .limit = 200};
    struct store_object *objects;
    uint32_t count;
    enum err e = access_check(x->c, ACTION_IDENTITY_CASE, 0, x->c->division);

    life_query_place(&q, x->c->division, x->c->today);
    if (e == ERR_OK) e = store_objects_find(x->s, x->a, &q, &objects, &count);
    if (e != ERR_OK) return e;
    struct identity_case *all = ARENA_ARRAY(x->a, struct identity_case, count);
    if (!all) return ERR_NOMEM;
    for (uint32_t k = 0; k < count && e == ERR_OK; k++)
        e = case_of(x->a, &objects[k], &all[k]);
    if (e != ERR_OK) return e;
    *ret = all;
    *ret_count = count;
    return ERR_OK;
}

static enum err put_person(const struct identities *x, int64_t person, struct json *out)
{
    struct store_identity who;
    struct buf b;
    enum err e = store_person_identity(x->s, x->a, person, &who);

    if (e == ERR_NOT_FOUND) return ERR_OK;
    if (e == ERR_OK) e = reads_record(x->s, x->c, person, ACTION_IDENTITY_CASE);
    if (e != ERR_OK) return e;
    json_open_object(out);
    put_int(out, "person", person);
    put_str(out, "code", who.code);
    buf_init(&b, 0);
    add_masked_name(&b, who.name);
    put_buf(out, "name", &b);
    buf_init(&b, 0);
    add_masked_number(&b, who.id_number);
    put_buf(out, "id_number", &b);
    json_end(out);
    return ERR_OK;
}

enum err identity_add_json(const struct identities *x, const struct identity_case *i,
                           struct json *out)
{
    const struct life_state *state = life_state_named(&identity_life, i->object.state);
    struct buf b;
    enum err e = ERR_OK;

    json_open_object(out);
    put_str(out, "number", i->object.number);
    put_str(out, "state", i->object.state);
    put_text(out, "state_text", state ? state->text[x->c->lang] : "");
    put_division(out, i->object.division, x->c->lang);
    buf_init(&b, 0);
    add_masked_number(&b, i->id_number);
    put_buf(out, "id_number", &b);
    put_str(out, "statement", i->statement);
    put_str(out, "load", i->load);
    if (i->survivor != 0)
        put_int(out, "survivor", i->survivor);
    else
        put_null(out, "survivor");
    put_instant(out, "opened", i->object.opened);
    put_day(out, "deadline", i->object.deadline_day);
    json_key(out, "persons");
    json_open_array(out);
    for (uint32_t k = 0; k < i->person_count && e == ERR_OK; k++)
        e = put_person(x, i->persons[k], out);
    json_end(out);
    json_key(out, "can");
    json_open_array(out);
    for (uint32_t k = 0; k < identity_life.row_count; k++)
        if (str_eq(i->object.state, str_from_c(rows[k].from)) &&
            (rows[k].roles & ROLE_BIT(x->c->role)))
            json_str(out, str_from_c(rows[k].event));
    json_end(out);
    json_end(out);
    return e == ERR_OK ? buf_err(out->out) : e;
}
