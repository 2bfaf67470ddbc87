/* Claims and review requests. See claims.h.
 *
 * Structure: the table -> what is filed, checked -> filing -> steps -> what falls due. */
#include "service/claims.h"

#include <stdio.h>
#include <string.h>

#include "base/division.h"
#include "service/claims_internal.h"
#include "service/permit.h"

#define LIFE_DEF "service/claim.def"
#include "service/life_tables.def"

const struct life claim_life = {
    .kind = "claim",
    .title = {"积分申请、复核申请", "Claims and review requests"},
    .states = states,
    .state_count = sizeof states / sizeof *states,
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .guards = guards,
    .deadlines = deadlines,
    .effects = effects,
};

const struct claim_kind_row claim_kinds[CLAIM_KIND_COUNT] = {
#define KIND(id, code, term, zh, en) [CLAIM_KIND_##id] = {code, TERM_##term, {zh, en}},
#include "service/claim.def"
#undef KIND
};
const struct claim_reason_row claim_reasons[] = {
#define REASON(kind, code, zh, en) {CLAIM_KIND_##kind, code, {zh, en}},
#include "service/claim.def"
#undef REASON
};
const uint32_t claim_reason_count = sizeof claim_reasons / sizeof *claim_reasons;

const struct claim_reason_row *claim_reason_find(enum claim_kind k, struct str code)
{
    for (uint32_t i = 0; i < claim_reason_count; i++)
        if (claim_reasons[i].kind == k && str_eq(code, str_from_c(claim_reasons[i].code)))
            return &claim_reasons[i];
    return NULL;
}

int32_t claim_working_days(enum claim_kind k, int32_t division)
{
    return term_count(claim_kinds[k].term, division);
}

bool claim_is_open(struct str state)
{
    const struct life_state *x = life_state_named(&claim_life, state);
    return x && !x->is_end;
}

/* --- what is filed --- */

static enum err fault(struct claim_fault *f, const char *field, const char *code, const char *zh,
                      const char *en)
{
    *f = (struct claim_fault){.field = field, .code = code, .text = {zh, en}};
    return ERR_RANGE;
}

/* Does the indicator count for a permit of this division today? */
static bool is_indicator(const struct rules *r, int32_t division, int32_t day, struct str name)
{
    const int32_t scheme = rules_scheme_for(r, division, day);

    for (uint32_t i = 0; scheme >= 0 && i < r->indicator_count; i++) {
        const struct rule_indicator *x = &r->indicators[i];
        if (str_eq(x->name.ascii, name) && rules_in_chain(r, x->scheme, scheme) && day >= x->from &&
            day <= x->to)
            return true;
    }
    return false;
}

/* Text with at least one visible character and no control characters but ends of lines. */
static bool is_statement(struct str s)
{
    bool visible = false;

    if (s.n > CLAIM_STATEMENT || text_utf8_check(s) != s.n) return false;
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') return false;
        visible |= c > 0x20 && c != 0x7F;
    }
    return visible;
}

static enum err check_words(const struct rules *r, const struct caller *c, int32_t division,
                            const struct claim_filing *x, struct claim_fault *f)
{
    int32_t month;

    if (!is_indicator(r, division, c->today, x->indicator))
        return fault(f, "indicator", "indicator", "您所在地没有这项指标",
                     "no such indicator counts where your permit is");
    if (!claim_reason_find(x->kind, x->reason))
        return fault(f, "reason", "reason", "请从列出的原因中选择", "choose one of the reasons");
    if (x->month.n > 0 && (month_parse(x->month, &month) != ERR_OK || month > date_month(c->today)))
        return fault(f, "month", "month", "月份应为 YYYY-MM，且不晚于本月",
                     "a month is YYYY-MM and not after this one");
    if (!is_statement(x->statement))
        return fault(f, "statement", "statement", "请写明情况，至多2000字",
                     "say what it is about, in 6000 bytes at most");
    if (x->kind == CLAIM_KIND_CLAIM && x->file_count == 0)
        return fault(f, "materials", "none", "积分申请至少附一份材料",
                     "a claim has at least one material");
    return ERR_OK;
}

static enum err verdict_fault(struct claim_fault *f, enum material_verdict v)
{
    return fault(f, "materials", material_verdict_code(v), material_verdict_text(v, LANG_ZH),
                 material_verdict_text(v, LANG_EN));
}

static enum err take_material(struct arena *a, const struct claim_file *from, uint32_t number,
                              struct store_material *m, struct claim_fault *f)
{
    struct material_kind kind;
    const enum material_verdict v = material_check(from->bytes, &kind);
    struct buf name;

    if (v != MATERIAL_GOOD) return verdict_fault(f, v);
    m->media_type = str_from_c(kind.media_type);
    m->bytes = from->bytes;
    m->size = (int64_t)from->bytes.n;
    if (from->media_type.n > 0 && !str_eq(from->media_type, m->media_type))
        return fault(f, "materials", "declared", "文件内容与所称的类型不符",
                     "the file is not of the type it is said to be");
    buf_init(&name, 0);
    material_add_name(&name, from->name);
    if (name.n == 0) buf_printf(&name, "材料%u", number);
    m->name = name.failed ? (struct str){0} : str_copy(a, buf_str(&name));
    buf_done(&name);
    if (!m->name.p) return ERR_NOMEM;
    return hash_sm3(m->bytes, &m->digest);
}

static enum err take_materials(struct arena *a, const struct claim_filing *x,
                               struct store_material *files, struct claim_fault *f)
{
    size_t total = 0;
    enum err e = ERR_OK;

    if (x->file_count > MATERIAL_COUNT)
        return fault(f, "materials", "count", "至多6个材料", "six materials at most");
    for (uint32_t i = 0; i < x->file_count && e == ERR_OK; i++) {
        total += x->files[i].bytes.n;
        if (total > MATERIAL_TOTAL) return verdict_fault(f, MATERIAL_TOO_LARGE);
        e = take_material(a, &x->files[i], i + 1, &files[i], f);
        for (uint32_t k = 0; k < i && e == ERR_OK; k++)
            if (memcmp(&files[k].digest, &files[i].digest, sizeof files[i].digest) == 0)
                e = fault(f, "materials", "twice", "同一个文件附了两次", "a file is there twice");
    }
    return e;
}

/* --- filing --- */

struct filing {
    struct store *s;
    struct arena *a;
    const struct caller *c;
    const struct claim_filing *x;
    int32_t division;
    struct store_material files[MATERIAL_COUNT];
    struct claim_data data;
    struct hash digest;
    struct claim_fault *fault;
};

static enum err is_only_one(struct filing *g, bool *ret)
{
    struct store_object *all;
    uint32_t count;
    enum err e = store_objects_of(g->s, g->a, g->c->person, STR("claim"), &all, &count);

    *ret = true;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        struct claim_data d;
        if (!claim_is_open(all[i].state)) continue;
        e = claim_data_read(g->a, all[i].data, &d);
        if (e == ERR_OK && str_eq(d.indicator, g->x->indicator)) *ret = false;
    }
    return e;
}

static enum err tell(struct store *s, const struct store_object *o, const char *event,
                     const char *whom)
{
    struct buf b, kind;
    struct json j;

    buf_init(&b, 0);
    buf_init(&kind, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "to", whom);
    put_str(&j, "number", o->number);
    put_int(&j, "division", o->division);
    put_str(&j, "state", o->state);
    put_day(&j, "deadline", o->deadline_day);
    json_end(&j);
    buf_printf(&kind, "claim.%s", event);
    enum err e = buf_err(&b) == ERR_OK ? buf_err(&kind) : ERR_NOMEM;
    if (e == ERR_OK) e = store_outbox_add(s, o->person, buf_str(&kind), buf_str(&b));
    buf_done(&b);
    buf_done(&kind);
    return e;
}

static enum err write_answer(struct arena *a, const struct store_object *o,
                             const struct claim_data *d, struct str *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_str(&j, "number", o->number);
    put_str(&j, "state", o->state);
    put_day(&j, "deadline", d ? d->legal_deadline : o->deadline_day);
    if (d) {
        put_int(&j, "working_days", d->working_days);
        put_bool(&j, "provisional", d->is_provisional);
        put_str(&j, "digest", d->digest);
    }
    json_end(&j);
    const struct str text = b.failed ? (struct str){0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    if (!text.p) return ERR_NOMEM;
    *ret = text;
    return ERR_OK;
}

static enum err file_in_command(void *ctx, int64_t command, struct str *ret_answer)
{
    struct filing *g = ctx;
    const struct civil today = date_to_civil(g->c->today);
    struct store_object o = {.person = g->c->person,
                             .kind = STR("claim"),
                             .state = STR("submitted"),
                             .division = g->division,
                             .since_day = g->c->today,
                             .deadline_day = g->data.legal_deadline};
    char number[40];
    bool only;
    const int n =
        snprintf(number, sizeof number, "A%04d%06lld", (int)today.year, (long long)command);
    enum err e = is_only_one(g, &only);

    if (e == ERR_OK && !only)
        e = life_refuse(&claim_life, GUARD_ONLY_ONE, ERR_EXISTS, &g->fault->guard);
    o.number = (struct str){number, (size_t)n};
    if (e == ERR_OK) e = claim_data_write(g->a, &g->data, &o.data);
    if (e == ERR_OK) e = store_object_add(g->s, &o);
    for (uint32_t i = 0; i < g->x->file_count && e == ERR_OK; i++)
        e = store_material_add(g->s, o.person, o.id, &g->files[i]);
    if (e == ERR_OK) e = tell(g->s, &o, "file", "office");
    return e == ERR_OK ? write_answer(g->a, &o, &g->data, ret_answer) : e;
}

static enum err make_data(struct filing *g)
{
    const struct claim_filing *x = g->x;
    const int32_t days = claim_working_days(x->kind, g->division);
    struct buf hex;
    enum err e = claim_digest(x->kind, x->indicator, x->reason, x->month, x->statement, g->files,
                              x->file_count, &g->digest);

    if (e != ERR_OK) return e;
    g->data = (struct claim_data){.kind = x->kind,
                                  .indicator = x->indicator,
                                  .reason = x->reason,
                                  .month = x->month,
                                  .statement = x->statement,
                                  .working_days = days};
    g->data.legal_deadline = term_end(claim_kinds[x->kind].term, g->division, g->c->today);
    g->data.is_provisional = term_is_provisional(g->c->today, g->data.legal_deadline);
    buf_init(&hex, 0);
    hash_add_text(&hex, &g->digest);
    g->data.digest = str_copy(g->a, buf_str(&hex));
    buf_done(&hex);
    return g->data.digest.p ? ERR_OK : ERR_NOMEM;
}

enum err claim_file(struct store *s, struct arena *a, const struct rules *r, const struct caller *c,
                    struct str key, const struct claim_filing *f, struct str *ret_answer,
                    struct claim_fault *ret_fault)
{
    struct filing *g = ARENA_NEW(a, struct filing);
    enum err e = access_check(c, ACTION_CLAIM_FILE, c->person, 0);

    *ret_fault = (struct claim_fault){0};
    if (e == ERR_OK && !g) e = ERR_NOMEM;
    if (e != ERR_OK) return e;
    *g = (struct filing){.s = s, .a = a, .c = c, .x = f, .fault = ret_fault};
    e = permit_place(s, a, r, c->person, c->today, &g->division);
    if (e == ERR_OK && g->division == 0) e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = check_words(r, c, g->division, f, ret_fault);
    if (e == ERR_OK) e = take_materials(a, f, g->files, ret_fault);
    if (e == ERR_OK) e = make_data(g);
    if (e != ERR_OK) return e;
    const struct life_act x = {key, STR("file"), c->person, &g->digest, file_in_command, g};
    return life_run(&claim_life, s, a, c, &x, ret_answer);
}

/* --- steps --- */

enum err claim_get(struct store *s, struct arena *a, const struct caller *c, enum action action,
                   struct str number, struct store_object *ret)
{
    struct store_object o;
    enum err e = access_check(c, action, c->person, c->division);

    if (e == ERR_OK) e = store_object_by_number(s, a, STR("claim"), number, &o);
    if (e != ERR_OK) return e;
    int64_t person; /* whose it is now */
    e = store_person_survivor(s, o.person, STORE_KNOWN_NOW, &person);
    if (e != ERR_OK) return e;
    if (access_check(c, action, person, o.division) != ERR_OK) return ERR_NOT_FOUND;
    *ret = o;
    return ERR_OK;
}

static enum action step_action(const struct caller *c)
{
    if (c->role == ROLE_RESIDENT) return ACTION_CLAIM_FILE;
    return c->role == ROLE_SYSTEM ? ACTION_PERMIT_CLOCK : ACTION_CLAIM_TAKE;
}

struct step {
    struct store *s;
    struct arena *a;
    const struct caller *c;
    struct str number, event;
};

static enum err step_in_command(void *ctx, int64_t command, struct str *ret_answer)
{
    const struct step *x = ctx;
    const struct life_row *row;
    struct store_object o;
    enum err e = claim_get(x->s, x->a, x->c, step_action(x->c), x->number, &o);

    (void)command;
    if (e == ERR_OK) e = life_find(&claim_life, o.state, x->event, x->c->role, &row);
    if (e != ERR_OK) return e;
    if ((row->guards & G(OVERDUE)) && x->c->today <= o.deadline_day) return ERR_CONFLICT;
    if (x->c->today < o.since_day) return ERR_CONFLICT; /* the clock stands before the last act */
    if (row->deadline == DEADLINE_NONE) o.deadline_day = DATE_OPEN_END;
    if (row->deadline == DEADLINE_AGAIN)
        o.deadline_day = term_end(TERM_ESCALATE, division_on(o.division, x->c->today), x->c->today);
    e = store_object_move(x->s, &o, x->event, str_from_c(row->to), x->c->today, STR(""));
    if (e == ERR_OK)
        e = tell(x->s, &o, row->event, row->effect == EFFECT_SUPERIOR ? "superior" : "holder");
    return e == ERR_OK ? write_answer(x->a, &o, NULL, ret_answer) : e;
}

enum err claim_step(struct store *s, struct arena *a, const struct caller *c, struct str key,
                    struct str number, struct str event, struct str *ret_answer)
{
    struct step x = {s, a, c, number, event};
    struct hash payload;
    struct buf b;
    enum err e = access_check(c, step_action(c), c->person, c->division);

    if (e != ERR_OK) return e;
    buf_init(&b, 0);
    buf_printf(&b, "claim.%.*s %.*s", STR_ARG(event), STR_ARG(number));
    e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), &payload);
    buf_done(&b);
    if (e != ERR_OK) return e;
    const struct life_act act = {key, event, c->person, &payload, step_in_command, &x};
    return life_run(&claim_life, s, a, c, &act, ret_answer);
}

/* --- what falls due --- */

enum err claim_due(const struct due_call *d, const struct store_object *o, uint32_t *steps)
{
    struct str answer;
    char key[80];

    if (!claim_is_open(o->state)) return ERR_OK;
    const int n = snprintf(key, sizeof key, "due-claim-%lld-%d", (long long)o->id, o->version);
    const enum err e = claim_step(d->s, d->a, d->c, (struct str){key, (size_t)n}, o->number,
                                  STR("escalate"), &answer);
    if (e == ERR_OK) (*steps)++;
    return e == ERR_CONFLICT ? ERR_OK : e; /* somebody was quicker */
}
