/* The life of a load. See loads.h; load_read.c reads, load_apply.c compares and writes. */
#include "service/loads.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/division.h"
#include "service/identity.h"
#include "service/kept.h"
#include "service/load_internal.h"
#include "service/points_internal.h"
#include "service/term.h"

#define PROVINCE 330000
#define ERRORS_NAME "errors.csv"

#define LIFE_DEF "service/load.def"
#include "service/life_tables.def"

const struct life load_life = {
    .kind = "load",
    .title = {"数据批次", "Load of a register"},
    .states = states,
    .state_count = sizeof states / sizeof *states,
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .guards = guards,
    .deadlines = deadlines,
    .effects = effects,
};

static const struct {
    uint8_t guard; /* GUARD_NONE: it was none */
    const char *text[LANG_COUNT];
} whys[] = {
#define WHY(id, guard, zh, en) [LOAD_WHY_##id] = {GUARD_##guard, {zh, en}},
#include "service/load.def"
#undef WHY
};

const char *load_why_text(enum load_why why, enum lang lang)
{
    return why == LOAD_WHY_NONE ? "" : whys[why].text[lang];
}

const struct life_word *load_why_guard(enum load_why why)
{
    const uint8_t guard = why == LOAD_WHY_NONE ? (uint8_t)GUARD_NONE : whys[why].guard;

    return guard == GUARD_NONE ? NULL : &guards[guard];
}

const char *const load_mode_words[LOAD_MODE_COUNT] = {"full", "changes", "add"};

/* --- what is kept with a load --- */

static const struct {
    const char *name;
    size_t offset;
} count_members[] = {
#define COUNT(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct load_counts, name)                                                  \
    }
    COUNT(rows),        COUNT(refused),         COUNT(unknown_persons),
    COUNT(persons_new), COUNT(persons_touched), COUNT(before),
    COUNT(added),       COUNT(removed),         COUNT(same),
#undef COUNT
};
#define COUNTS (sizeof count_members / sizeof *count_members)

static uint64_t *count_at(struct load_counts *n, size_t i)
{
    return (uint64_t *)(void *)((char *)n + count_members[i].offset);
}

static enum err data_write(struct arena *a, const struct load *l, struct str *ret)
{
    struct load_counts n = l->counts;
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_str(&j, "register", l->reg);
    put_int(&j, "mode", l->mode);
    put_int(&j, "encoding", l->encoding);
    put_str(&j, "file", l->file_name);
    put_hash(&j, "digest", &l->digest);
    put_int(&j, "accepted_by", l->accepted_by);
    put_int(&j, "command", l->command);
    for (size_t i = 0; i < COUNTS; i++)
        put_int(&j, count_members[i].name, (int64_t)*count_at(&n, i));
    load_quality_write(&l->quality, &j);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

static enum err data_read_json(struct arena *a, struct load *l)
{
    const struct str text = l->object.data;
    json_t *o = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    struct str digest;
    enum err e = json_is_object(o) ? ERR_OK : ERR_CORRUPT;

    if (e == ERR_OK) e = kept_text(a, o, "register", &l->reg);
    if (e == ERR_OK) e = kept_text(a, o, "file", &l->file_name);
    if (e == ERR_OK) e = kept_text(a, o, "digest", &digest);
    if (e == ERR_OK && !hash_parse(digest, &l->digest)) e = ERR_CORRUPT;
    if (e == ERR_OK) {
        l->mode = (enum load_mode)(kept_int(o, "mode") % LOAD_MODE_COUNT);
        l->encoding = kept_int(o, "encoding") == CSV_GB18030 ? CSV_GB18030 : CSV_UTF8;
        l->accepted_by = kept_int(o, "accepted_by");
        l->command = kept_int(o, "command");
        for (size_t i = 0; i < COUNTS; i++)
            *count_at(&l->counts, i) = (uint64_t)kept_int(o, count_members[i].name);
        e = load_quality_read(a, json_object_get(o, "quality"), &l->quality);
    }
    json_decref(o);
    return e;
}

/* --- places --- */

/* Whose register it is: the division of the scheme that declares it; identities: the province. */
static enum err division_of(const struct loads *x, struct str reg, int32_t *ret)
{
    *ret = PROVINCE;
    if (str_eq(reg, STR(LOAD_IDENTITY))) return ERR_OK;
    const int32_t at = rules_register(x->r, reg);
    if (at < 0) return ERR_NOT_FOUND;
    const int32_t scheme = x->r->regs[at].scheme;
    if (scheme >= 0) *ret = x->r->schemes[scheme].division;
    return ERR_OK;
}

static enum err may(const struct loads *x, enum action a, int32_t division)
{
    if (x->c->role == ROLE_SYSTEM) return ERR_OK; /* the operator at the command line */
    return access_check(x->c, a, 0, division);
}

/* --- commands --- */

static enum err begin(struct loads *x, struct str key, const char *kind, struct str about,
                      struct store_began *ret)
{
    struct store_command c = {.key = key,
                              .actor = x->c->account,
                              .role = str_from_c(role_codes[x->c->role]),
                              .office = x->c->office,
                              .purpose = x->c->purpose,
                              .kind = str_from_c(kind),
                              .at = x->c->now};
    const enum err e = hash_sm3(about, &c.payload);

    return e == ERR_OK ? store_command_begin(x->s, x->a, &c, ret) : e;
}

/* The answer of every command about a load is its number. */
static enum err commit(struct loads *x, struct load *l)
{
    enum err e = store_outbox_add(x->s, 0, STR("load"), l->object.number);

    if (e == ERR_OK) e = store_command_commit(x->s, l->object.number);
    return e;
}

enum err load_of_object(struct loads *x, const struct store_object *o, struct load *ret)
{
    struct load l = {.object = *o};
    const enum err e = data_read_json(x->a, &l);

    if (e == ERR_OK) *ret = l;
    return e;
}

static enum err find(struct loads *x, struct str number, struct load *ret)
{
    struct store_object o;
    const enum err e = store_object_by_number(x->s, x->a, STR("load"), number, &o);

    return e == ERR_OK ? load_of_object(x, &o, ret) : e;
}

/* --- the kept file --- */

static enum err keep_parts(struct loads *x, int64_t load, struct str name, struct str bytes)
{
    const size_t count = (bytes.n + LOAD_PART_BYTES - 1) / LOAD_PART_BYTES;
    struct store_material *parts = ARENA_ARRAY(x->a, struct store_material, count);

    if (!parts) return ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const size_t at = i * LOAD_PART_BYTES, left = bytes.n - at;
        parts[i] = (struct store_material){
            .name = name,
            .media_type = STR("text/csv"),
            .bytes = {bytes.p + at, left < LOAD_PART_BYTES ? left : LOAD_PART_BYTES}};
    }
    return store_materials_add(x->s, 0, load, parts, (uint32_t)count);
}

/* The parts put together, or the refused rows. */
static enum err kept(struct loads *x, int64_t load, bool errors, struct buf *out)
{
    struct store_material *all;
    uint32_t count;
    enum err e = store_materials(x->s, x->a, 0, load, &all, &count);

    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        struct store_material m;
        struct arena a;
        if (str_eq(all[i].name, STR(ERRORS_NAME)) != errors) continue;
        arena_init(&a, 0);
        e = store_material_get(x->s, &a, 0, load, all[i].id, &m);
        if (e == ERR_OK) buf_add(out, m.bytes);
        arena_done(&a);
    }
    return e == ERR_OK ? buf_err(out) : e;
}

/* --- staging --- */

static enum err stage_object(struct loads *x, struct load *l, int32_t division, int64_t command)
{
    const struct civil d = date_to_civil(x->c->today);
    char number[40];
    const int n = snprintf(number, sizeof number, "L%d%09lld", (int)d.year, (long long)command);

    l->object =
        (struct store_object){.kind = STR("load"),
                              .state = STR("staged"),
                              .division = division,
                              .since_day = x->c->today,
                              .deadline_day = term_end(TERM_LOAD_STAGED, division, x->c->today),
                              .number = str_copy(x->a, (struct str){number, (size_t)n})};
    if (!l->object.number.p) return ERR_NOMEM;
    const enum err e = data_write(x->a, l, &l->object.data);
    return e == ERR_OK ? store_object_add(x->s, &l->object) : e;
}

/* The digest of a large file is made beside the reading of it. */
struct digesting {
    struct str bytes;
    struct hash digest;
    enum err e;
};

static void *digest_run(void *ctx)
{
    struct digesting *d = ctx;

    d->e = hash_sm3(d->bytes, &d->digest);
    return NULL;
}

static enum err stage_read(struct loads *x, struct load *l, struct load_file *f, struct str bytes,
                           struct buf *trouble)
{
    struct digesting d = {.bytes = bytes};
    pthread_t thread;
    const bool apart =
        bytes.n > LOAD_PART_BYTES && pthread_create(&thread, NULL, digest_run, &d) == 0;

    if (!apart) digest_run(&d);
    enum err e = load_file_read(x, l, bytes, f, trouble);
    if (e == ERR_OK) e = load_difference(x, l, f, false, STORE_KNOWN_NOW, &l->counts);
    if (apart) pthread_join(thread, NULL);
    l->digest = d.digest;
    return e == ERR_OK ? d.e : e;
}

/* Rows of several persons are for people to settle. */
static enum err open_cases(struct loads *x, const struct load *l, const struct load_file *f)
{
    const struct identities people = {x->s, x->a, x->r, x->c, NULL};
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < f->ambiguous_count && e == ERR_OK; i++)
        e = identity_found_several(&people, f->ambiguous[i].id_number, f->ambiguous[i].persons,
                                   f->ambiguous[i].count, l->object.number);
    return e;
}

static enum err stage_write(struct loads *x, struct str key, struct load *l,
                            const struct load_file *f, struct str bytes, int32_t division)
{
    struct store_began began;
    struct buf about;
    enum err e;

    buf_init(&about, 0);
    buf_printf(&about, "%.*s %d ", STR_ARG(l->reg), (int)l->mode);
    hash_add_text(&about, &l->digest);
    e = begin(x, key, "load.stage", buf_str(&about), &began);
    buf_done(&about);
    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, began.answer, l);
    e = stage_object(x, l, division, began.command);
    if (e == ERR_OK) e = keep_parts(x, l->object.id, STR("part"), bytes);
    if (e == ERR_OK) e = keep_parts(x, l->object.id, STR(ERRORS_NAME), buf_str(&f->errors));
    if (e == ERR_OK) e = open_cases(x, l, f);
    if (e == ERR_OK) return commit(x, l);
    store_command_abort(x->s);
    return e;
}

void loads_done(struct loads *x)
{
    if (x->staged) load_file_done(x->staged);
    x->staged = NULL;
}

enum err load_stage(struct loads *x, struct str key, const struct load_ask *ask, struct load *ret,
                    struct buf *trouble)
{
    struct load l = {
        .reg = ask->reg, .mode = ask->mode, .encoding = ask->encoding, .file_name = ask->file_name};
    struct load_file *f = ARENA_ARRAY(x->a, struct load_file, 1);
    int32_t division;
    enum err e = ask->bytes.n <= LOAD_BYTES_MAX ? division_of(x, ask->reg, &division) : ERR_RANGE;

    if (e == ERR_OK) e = may(x, ACTION_LOAD_STAGE, division);
    if (e == ERR_OK && !f) e = ERR_NOMEM;
    if (e != ERR_OK) return e;
    loads_done(x);
    l.object.division = division;
    e = stage_read(x, &l, f, ask->bytes, trouble);
    if (e == ERR_OK) e = load_quality_measure(x, &l, f, ask->bytes);
    if (e == ERR_OK) e = stage_write(x, key, &l, f, ask->bytes, division);
    x->staged = f;
    if (e != ERR_OK) {
        loads_done(x);
        return e;
    }
    x->staged_number = l.object.number;
    *ret = l;
    return ERR_OK;
}

/* --- accepting --- */

/* Does it change or take back more than the set share of what is there? */
static bool is_large(const struct loads *x, const struct load *l)
{
    const uint64_t share = x->share_permille ? x->share_permille : LOAD_SHARE_PERMILLE;
    const uint64_t replaced =
        l->counts.added < l->counts.removed ? l->counts.removed : l->counts.added;

    if (l->counts.before == 0) return false; /* the first load of a register */
    const uint64_t changed = l->mode == LOAD_ADD ? l->counts.added : replaced;
    return changed > 1 && changed * 1000 > l->counts.before * share;
}

static enum err move(struct loads *x, struct load *l, const char *event, const char *state,
                     int32_t deadline)
{
    enum err e;

    l->object.deadline_day = deadline;
    e = data_write(x->a, l, &l->object.data);
    if (e != ERR_OK) return e;
    return store_object_move(x->s, &l->object, str_from_c(event), str_from_c(state), x->c->today,
                             STR(""));
}

/* The kept file, read again. */
static enum err read_kept(struct loads *x, const struct load *l, struct load_file *f)
{
    struct buf bytes, trouble;
    enum err e;

    buf_init(&bytes, 0);
    buf_init(&trouble, 0);
    e = kept(x, l->object.id, false, &bytes);
    struct str text = STR("");
    if (e == ERR_OK && bytes.n > 0) { /* what was read points into it */
        text = str_copy(x->a, buf_str(&bytes));
        if (!text.p) e = ERR_NOMEM;
    }
    buf_done(&bytes);
    if (e == ERR_OK) e = load_file_read(x, l, text, f, &trouble);
    buf_done(&trouble);
    return e;
}

/* Write the difference; what was previewed must still be true. */
static enum err apply(struct loads *x, struct load *l, const char *event,
                      const struct store_began *began)
{
    const bool staged = x->staged && str_eq(x->staged_number, l->object.number);
    struct load_file again = {.reg = -1}, *f = staged ? x->staged : &again;
    struct load_counts now;
    enum err e = staged ? ERR_OK : read_kept(x, l, f);

    if (e == ERR_OK) e = load_difference(x, l, f, true, began->recorded - 1, &now);
    if (e == ERR_OK && (now.added != l->counts.added || now.removed != l->counts.removed ||
                        now.before != l->counts.before)) {
        x->why = LOAD_WHY_BASE;
        e = ERR_CONFLICT;
    }
    if (staged)
        loads_done(x);
    else
        load_file_done(f);
    if (e != ERR_OK) return e;
    l->command = began->command;
    return move(x, l, event, "applied", DATE_OPEN_END);
}

/* --- what nobody decided on in time --- */

static bool is_overdue(const struct load *l, int32_t today)
{
    return today > l->object.deadline_day;
}

/* What was sent goes; the load stays, with its digest and counts. */
static enum err give_up(struct loads *x, struct load *l, const char *event)
{
    const enum err e = store_materials_erase(x->s, 0, l->object.id);

    return e == ERR_OK ? move(x, l, event, "dropped", DATE_OPEN_END) : e;
}

/* A command of the system, under a key made of what it is about. */
static enum err lapse(struct loads *x, struct str number, const struct store_object *o)
{
    struct store_began began;
    struct load l;
    char key[64];

    snprintf(key, sizeof key, "due-load-%lld-%d", (long long)o->id, (int)o->version);
    enum err e = begin(x, str_from_c(key), "load.lapse", number, &began);
    if (e != ERR_OK || began.repeated) return e;
    e = find(x, number, &l);
    if (e == ERR_OK && !is_overdue(&l, x->c->today)) e = ERR_CONFLICT; /* somebody was quicker */
    if (e == ERR_OK) e = give_up(x, &l, "lapse");
    if (e == ERR_OK) return commit(x, &l);
    store_command_abort(x->s);
    return e == ERR_CONFLICT ? ERR_OK : e;
}

enum err load_due(const struct due_call *d, const struct store_object *o, uint32_t *steps)
{
    struct loads x = {.s = d->s, .a = d->a, .r = d->r, .c = d->c};
    enum err e = access_check(d->c, ACTION_PERMIT_CLOCK, 0, 0);

    if (e == ERR_OK && d->c->today > o->deadline_day) {
        e = lapse(&x, o->number, o);
        if (e == ERR_OK) (*steps)++;
    }
    return e;
}

/* The clock comes before whoever touches a load that is overdue. */
static enum err lapse_first(struct loads *x, const struct load *l)
{
    const struct caller clock = {.role = ROLE_SYSTEM,
                                 .office = STR("calendar"),
                                 .lang = x->c->lang,
                                 .now = x->c->now,
                                 .today = x->c->today};
    struct loads y = {.s = x->s, .a = x->a, .r = x->r, .c = &clock};

    if (!is_overdue(l, x->c->today)) return ERR_OK;
    x->why = LOAD_WHY_LAPSED;
    return lapse(&y, l->object.number, &l->object);
}

/* What is common to all commands about an existing load. */
static enum err step_begin(struct loads *x, struct str key, struct str number, const char *event,
                           enum action action, struct load *l, struct store_began *began)
{
    const struct life_row *row;
    char kind[40];
    enum err e = find(x, number, l);

    x->why = LOAD_WHY_NONE;
    if (e == ERR_OK) e = may(x, action, l->object.division);
    if (e == ERR_OK) e = lapse_first(x, l);
    if (e != ERR_OK) return e;
    snprintf(kind, sizeof kind, "load.%s", event);
    e = begin(x, key, kind, number, began);
    if (e != ERR_OK || began->repeated) return e;
    if (x->why == LOAD_WHY_NONE) x->why = LOAD_WHY_STATE;
    e = find(x, number, l); /* as it is now that nobody else writes */
    if (e == ERR_OK)
        e = life_find(&load_life, l->object.state, str_from_c(event), x->c->role, &row);
    if (e != ERR_OK) store_command_abort(x->s);
    return e;
}

static enum err step_end(struct loads *x, enum err e, struct load *l, struct load *ret)
{
    if (e == ERR_OK)
        e = commit(x, l);
    else
        store_command_abort(x->s);
    if (e == ERR_OK) *ret = *l;
    return e;
}

enum err load_accept(struct loads *x, struct str key, struct str number, struct load *ret)
{
    struct store_began began;
    struct load l;
    enum err e = find(x, number, &l);

    if (e != ERR_OK) return e;
    const bool large = is_large(x, &l);
    const char *event = large ? "accept_large" : "accept";
    e = step_begin(x, key, number, event, ACTION_LOAD_ACCEPT, &l, &began);
    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, number, ret);
    l.accepted_by = x->c->account;
    if (large)
        e = move(x, &l, event, "waiting_second",
                 term_end(TERM_LOAD_SECOND, l.object.division, x->c->today));
    else
        e = apply(x, &l, event, &began);
    return step_end(x, e, &l, ret);
}

enum err load_second(struct loads *x, struct str key, struct str number, struct load *ret)
{
    struct store_began began;
    struct load l;
    enum err e = step_begin(x, key, number, "second", ACTION_LOAD_SECOND, &l, &began);

    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, number, ret);
    if (l.accepted_by == x->c->account) {
        x->why = LOAD_WHY_SAME_PERSON;
        e = ERR_DENIED;
    }
    if (e == ERR_OK) e = apply(x, &l, "second", &began);
    return step_end(x, e, &l, ret);
}

enum err load_drop(struct loads *x, struct str key, struct str number, struct load *ret)
{
    struct store_began began;
    struct load l;
    enum err e = step_begin(x, key, number, "drop", ACTION_LOAD_ACCEPT, &l, &began);

    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, number, ret);
    return step_end(x, give_up(x, &l, "drop"), &l, ret);
}

enum err load_reverse(struct loads *x, struct str key, struct str number, struct load *ret)
{
    struct store_began began;
    struct load l;
    enum err e = step_begin(x, key, number, "reverse", ACTION_LOAD_REVERSE, &l, &began);

    if (e != ERR_OK) return e;
    if (began.repeated) return find(x, number, ret);
    e = load_compensate(x, &l);
    if (e == ERR_OK) e = move(x, &l, "reverse", "reversed", DATE_OPEN_END);
    return step_end(x, e, &l, ret);
}

/* --- reading --- */

enum err load_get(struct loads *x, struct str number, struct load *ret)
{
    struct load l;
    enum err e = find(x, number, &l);

    if (e == ERR_OK) e = may(x, ACTION_LOAD_READ, l.object.division);
    if (e == ERR_OK) *ret = l;
    return e;
}

enum err load_list(struct loads *x, int64_t after, struct load **ret, uint32_t *ret_count)
{
    struct store_object_query q = {.kind = STR("load"), .due_by = DATE_OPEN_END, .limit = 200};
    struct store_object *objects;
    uint32_t count;
    enum err e = may(x, ACTION_LOAD_READ, x->c->division);

    q.after = after;
    q.division_last = INT32_MAX;
    if (x->c->role != ROLE_SYSTEM) life_query_place(&q, x->c->division, x->c->today);
    if (e == ERR_OK) e = store_objects_find(x->s, x->a, &q, &objects, &count);
    if (e != ERR_OK) return e;
    struct load *all = ARENA_ARRAY(x->a, struct load, count);
    if (!all) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = load_of_object(x, &objects[i], &all[i]);
    if (e != ERR_OK) return e;
    *ret = all;
    *ret_count = count;
    return ERR_OK;
}

enum err load_errors(struct loads *x, struct str number, struct str *ret_csv)
{
    struct load l;
    struct buf b;
    enum err e = load_get(x, number, &l);

    if (e != ERR_OK) return e;
    buf_init(&b, 0);
    e = kept(x, l.object.id, true, &b);
    if (e == ERR_OK) {
        *ret_csv = str_copy(x->a, buf_str(&b));
        if (!ret_csv->p) e = ERR_NOMEM;
    }
    buf_done(&b);
    return e;
}

static struct str title_of(const struct load *l, const struct rules *r, enum lang lang)
{
    const int32_t at = rules_register(r, l->reg);

    if (at >= 0) return rules_name(&r->regs[at].name, lang);
    return lang == LANG_ZH ? STR("身份信息") : STR("identities");
}

void load_add_json(const struct load *l, const struct rules *r, enum lang lang, struct json *out)
{
    const struct life_state *state = life_state_named(&load_life, l->object.state);
    struct load_counts n = l->counts;

    json_open_object(out);
    put_str(out, "number", l->object.number);
    put_str(out, "state", l->object.state);
    put_text(out, "state_text", state ? state->text[lang] : "");
    put_str(out, "register", l->reg);
    put_str(out, "title", title_of(l, r, lang));
    put_text(out, "mode", load_mode_words[l->mode]);
    put_str(out, "file", l->file_name);
    put_hash(out, "digest", &l->digest);
    put_division(out, l->object.division, lang);
    put_instant(out, "staged", l->object.opened);
    put_day(out, "deadline", l->object.deadline_day);
    for (size_t i = 0; i < COUNTS; i++)
        put_int(out, count_members[i].name, (int64_t)*count_at(&n, i));
    load_quality_add_json(l, r, lang, out);
    json_end(out);
}
