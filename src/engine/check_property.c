/* Properties of a rule image, tried on random residents; and the smallest counterexample.
 *
 *   random resident -> changed copies of him (nothing changed; a field raised; rows in another
 *   order; a spell in two) -> both scored -> does the property hold?
 *        no -> take facts away while it still fails -> finding with the facts as lines of a case
 *
 * Invariants: the same seed tries the same residents; a property is reported once, with the first
 * resident that breaks it. */
#include <string.h>

#include "base/date.h"
#include "engine/check_internal.h"

#define RESIDENTS_PER_DAY 50u
#define CHANGES_MOST 8u /* changed copies tried of one resident */

struct trial {
    const struct rules *r;
    const struct rule_property *p;
    const struct plan *plan;
    int32_t day;
    uint64_t salt; /* chooses among the ways to change a resident */
    struct interval before, after;
    bool is_change;   /* before and after, not just one figure */
    int64_t from, to; /* KW_MONOTONE: the field's value before and after */
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 31)) * 0x7FB5D329728EA185u;
    x = (x ^ (x >> 27)) * 0x81DADEF4BC2DD44Du;
    return x ^ (x >> 33);
}

/* --- the figure of a resident --- */

/* Rows of `p->reg` turned round in the columns themselves: the builder would put them back. */
static enum err turn_rows(struct arena *a, const struct rules *r, struct population *p, int32_t reg)
{
    struct register_data *d = &p->regs[reg];

    for (uint32_t f = 0; f < r->regs[reg].field_count; f++) {
        struct column *c = &d->cols[f];
        size_t width = column_width(c->type);
        char *data = arena_alloc(a, d->row_count, width);
        uint8_t *known = ARENA_ARRAY(a, uint8_t, d->row_count);
        if (data == NULL || known == NULL) return ERR_NOMEM;
        for (uint32_t i = 0; i < d->row_count; i++) {
            uint32_t from = d->row_count - 1 - i;
            memcpy(data + i * width, (const char *)c->data + from * width, width);
            known[i] = column_known(c, from);
        }
        c->data = data;
        c->known = known;
    }
    return ERR_OK;
}

/* False (through ret_is_scored) when the resident is an error: then nothing can be said. */
static enum err figure_of(struct arena *a, const struct trial *t, const struct resident *n,
                          bool turned, struct interval *ret, bool *ret_is_scored)
{
    struct population p;
    struct scored s;
    enum err e = resident_population(a, n, &p, NULL);

    *ret_is_scored = false;
    if (e == ERR_RANGE) return ERR_OK; /* the change left the field's range */
    if (e == ERR_OK && turned) e = turn_rows(a, t->r, &p, t->p->reg);
    if (e == ERR_OK) e = check_score(a, t->plan, &p, t->day, false, &s);
    if (e != ERR_OK) return e;
    *ret_is_scored =
        s.score.status != STATUS_ERROR && check_figure(&s, t->p->what, t->p->index, ret);
    return ERR_OK;
}

/* --- changing a resident --- */

/* The k-th fact of the property's register; NULL when there are fewer. */
static struct resident_fact *fact_at(const struct trial *t, const struct resident *n, uint32_t k)
{
    for (uint32_t i = 0; i < n->fact_count; i++)
        if (n->facts[i].reg == t->p->reg && k-- == 0) return &n->facts[i];
    return NULL;
}

/* A greater value of the same field: one step, or a leap. */
static bool fact_raise(struct trial *t, struct resident_fact *f, uint32_t try)
{
    const struct rule_field *field = &t->r->regs[t->p->reg].fields[t->p->field];
    int64_t *v = &f->values[t->p->field];
    uint64_t leap = 1 + mix(t->salt + try) % 400;

    if (!f->known[t->p->field] || *v < field->lo || *v >= field->hi) return false;
    if (try % 2 == 0) leap = 1;
    t->from = *v;
    *v = t->to = (uint64_t)(field->hi - *v) < leap ? field->hi : *v + (int64_t)leap;
    return true;
}

/* One spell becomes two that touch. The second is appended; `n` has room for it. */
static bool fact_split(const struct trial *t, struct resident *n, struct resident_fact *f,
                       struct resident_fact *second, uint32_t try)
{
    const struct rule_register *reg = &t->r->regs[t->p->reg];
    int32_t s = reg->start, e = reg->end;

    if (s < 0 || e < 0 || !f->known[s] || !f->known[e]) return false;
    bool is_month = reg->fields[s].type.vt == VT_MONTH;
    int64_t from = f->values[s], to = f->values[e], longest = is_month ? 100 : 2000;
    if (from <= DATE_OPEN_START || from > to) return false;
    int64_t span = to - from < longest ? to - from : longest;
    if (span < (is_month ? 1 : 2)) return false;
    int64_t cut = from + 1 + (int64_t)(mix(t->salt + try) % (uint64_t)(is_month ? span : span - 1));
    memcpy(second->values, f->values, reg->field_count * sizeof *f->values);
    memcpy(second->known, f->known, reg->field_count * sizeof *f->known);
    second->reg = f->reg;
    second->line = 0;
    second->values[s] = cut;
    f->values[e] = is_month ? cut - 1 : cut;
    n->facts[n->fact_count++] = *second;
    return true;
}

static uint32_t facts_of(const struct trial *t, const struct resident *n)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < n->fact_count; i++)
        count += n->facts[i].reg == t->p->reg;
    return count;
}

/* The changed copy number `try`; *ret_is_changed false when there is no such change. */
static enum err changed_copy(struct arena *a, struct trial *t, const struct resident *n,
                             uint32_t try, struct resident *ret, bool *ret_is_changed)
{
    const struct rule_register *reg = &t->r->regs[t->p->reg];
    uint32_t count = facts_of(t, n);
    struct resident_fact second = {0};
    enum err e = resident_copy(a, n, 1, ret);

    *ret_is_changed = false;
    if (e != ERR_OK || count == 0) return e;
    struct resident_fact *f = fact_at(t, ret, try / 2 % count);
    if (t->p->kind == KW_MONOTONE) {
        *ret_is_changed = fact_raise(t, f, try);
        return ERR_OK;
    }
    if (count >= reg->max_records) return ERR_OK;
    second.values = ARENA_ARRAY(a, int64_t, reg->field_count);
    second.known = ARENA_ARRAY(a, bool, reg->field_count);
    if (second.values == NULL || second.known == NULL) return ERR_NOMEM;
    *ret_is_changed = fact_split(t, ret, f, &second, try);
    return ERR_OK;
}

/* --- does it hold? --- */

static bool change_holds(const struct trial *t, struct interval before, struct interval after)
{
    if (t->p->kind != KW_MONOTONE) return before.lo == after.lo && before.hi == after.hi;
    if (t->p->decreasing) return after.lo <= before.lo && after.hi <= before.hi;
    return after.lo >= before.lo && after.hi >= before.hi;
}

static bool bound_holds(const struct trial *t, struct interval v)
{
    return t->p->kind == KW_AT_MOST ? v.hi <= t->p->bound : v.lo >= t->p->bound;
}

/* Sets *ret_fails; the figures of the failure are then in the trial. */
static enum err try_change(struct arena *a, struct trial *t, const struct resident *n, uint32_t try,
                           bool *ret_fails)
{
    struct interval before, after;
    bool is_scored, is_changed = true, turned = t->p->kind == KW_PERMUTE;
    struct resident changed = *n;
    enum err e = figure_of(a, t, n, false, &before, &is_scored);

    if (e != ERR_OK || !is_scored) return e;
    if (!turned) e = changed_copy(a, t, n, try, &changed, &is_changed);
    if (e != ERR_OK || !is_changed) return e;
    e = figure_of(a, t, &changed, turned, &after, &is_scored);
    if (e != ERR_OK || !is_scored || change_holds(t, before, after)) return e;
    t->before = before;
    t->after = after;
    t->is_change = true;
    *ret_fails = true;
    return ERR_OK;
}

static enum err property_fails(struct arena *a, struct trial *t, const struct resident *n,
                               bool *ret_fails)
{
    enum keyword k = t->p->kind;
    uint32_t tries = k == KW_PERMUTE ? 1 : CHANGES_MOST;
    enum err e = ERR_OK;

    *ret_fails = false;
    if (k == KW_AT_MOST || k == KW_AT_LEAST) {
        struct interval v;
        bool is_scored;
        e = figure_of(a, t, n, false, &v, &is_scored);
        if (e != ERR_OK || !is_scored || bound_holds(t, v)) return e;
        t->before = v;
        *ret_fails = true;
        return ERR_OK;
    }
    for (uint32_t try = 0; try < tries && e == ERR_OK && !*ret_fails; try++)
        e = try_change(a, t, n, try, ret_fails);
    return e;
}

/* --- the smallest counterexample --- */

/* Take away one fact after another as long as the property still fails. */
static enum err shrink_facts(struct arena *a, struct trial *t, struct resident *n)
{
    for (uint32_t i = 0; i < n->fact_count;) {
        struct resident smaller;
        bool fails;
        enum err e = resident_copy(a, n, 0, &smaller);
        if (e != ERR_OK) return e;
        memmove(&smaller.facts[i], &smaller.facts[i + 1],
                (smaller.fact_count - i - 1) * sizeof *smaller.facts);
        smaller.fact_count--;
        e = property_fails(a, t, &smaller, &fails);
        if (e != ERR_OK) return e;
        if (fails)
            *n = smaller;
        else
            i++;
    }
    return ERR_OK;
}

/* Let silent registers answer "nothing" where that keeps the failure. */
static enum err shrink_silence(struct arena *a, struct trial *t, struct resident *n)
{
    for (uint32_t reg = 0; reg < t->r->reg_count; reg++) {
        bool fails;
        if (!n->silent[reg]) continue;
        n->silent[reg] = false;
        enum err e = property_fails(a, t, n, &fails);
        if (e != ERR_OK) return e;
        if (!fails) n->silent[reg] = true;
    }
    return ERR_OK;
}

static enum err shrink(struct arena *a, struct trial *t, struct resident *n)
{
    bool fails;
    enum err e = shrink_facts(a, t, n);

    if (e == ERR_OK) e = shrink_silence(a, t, n);
    if (e == ERR_OK) e = property_fails(a, t, n, &fails); /* the figures of what is left */
    return e;
}

/* What was done to him, for a property about a change. */
static void add_change(struct buf *out, const struct trial *t, const struct value_ctx *c)
{
    const struct rule_register *reg = &t->r->regs[t->p->reg];
    bool zh = c->lang == LANG_ZH;

    if (t->p->kind == KW_PERMUTE) {
        buf_add_c(out, zh ? "记录换了次序，" : "with the records in another order ");
    } else if (t->p->kind == KW_SPLIT) {
        buf_add_c(out, zh ? "一条拆成两条，" : "with one record split in two ");
    } else if (t->p->kind == KW_MONOTONE) {
        const struct rule_field *f = &reg->fields[t->p->field];
        buf_add(out, rules_name(&f->name, c->lang));
        buf_add_c(out, zh ? "由" : " from ");
        value_add_text(out, c, f->type, t->from);
        buf_add_c(out, zh ? "改为" : " to ");
        value_add_text(out, c, f->type, t->to);
        buf_add_c(out, zh ? "，" : ": ");
    }
}

static void add_outcome(struct buf *out, const struct trial *t, const struct value_ctx *c)
{
    static const struct type points = {VT_POINTS, -1};
    bool zh = c->lang == LANG_ZH;

    add_change(out, t, c);
    buf_add(out, check_figure_name(t->r, t->p->what, t->p->index, c->lang));
    buf_add_c(out, t->is_change ? (zh ? "由" : " goes from ") : (zh ? "为" : " is "));
    interval_add_text(out, c, points, t->before);
    if (!t->is_change) return;
    buf_add_c(out, zh ? "变为" : " to ");
    interval_add_text(out, c, points, t->after);
}

/* The facts on one line: a finding's argument holds no line breaks. */
static void add_facts(struct buf *out, const struct resident *n, enum lang lang)
{
    struct buf lines;

    buf_init(&lines, 0);
    resident_add_text(&lines, n, lang);
    if (lines.n == 0) buf_add_c(out, lang == LANG_ZH ? "没有任何记录" : "no record at all");
    for (size_t i = 0; i < lines.n; i++) {
        if (i + 1 == lines.n && lines.p[i] == '\n') break;
        if (lines.p[i] == '\n')
            buf_add_c(out, lang == LANG_ZH ? "；" : "; ");
        else if (lines.p[i] != ' ' || (i > 1 && lines.p[i - 1] != ' ' && lines.p[i - 1] != '\n'))
            buf_add_char(out, lines.p[i]);
    }
    out->failed = out->failed || lines.failed;
    buf_done(&lines);
}

static void report_property(const struct trial *t, const struct resident *n,
                            struct diag_list *diags)
{
    static const struct src_pos nowhere = {0};
    static const struct type date = {VT_DATE, -1};
    enum lang lang = check_lang(t->r, t->p->pos);
    struct value_ctx c = {t->r, n->keys, n->key_count, lang, VALUE_PROSE};
    struct buf args[4];

    for (int i = 0; i < 4; i++)
        buf_init(&args[i], 0);
    buf_add(&args[0], rules_label(&t->p->title, lang));
    add_outcome(&args[1], t, &c);
    value_add_text(&args[2], &c, date, t->day);
    add_facts(&args[3], n, lang);
    check_report(diags, MSG_PROPERTY_FAILS, t->p->pos, nowhere, args, 4);
}

/* --- all residents of one property --- */

/* A day on which the property's scheme is in force. */
static int32_t day_in_force(const struct rules *r, int32_t scheme, uint64_t salt)
{
    const struct rule_source *s = &r->schemes[scheme].source;
    int64_t from = s->from < DATE_FIRST ? DATE_FIRST : s->from;
    int64_t to = s->to > DATE_LAST ? from + 3650 : s->to;

    if (to > DATE_LAST) to = DATE_LAST;
    return (int32_t)(from + (int64_t)(mix(salt) % (uint64_t)(to - from + 1)));
}

static enum err try_resident(struct arena *a, struct trial *t, const struct population *p,
                             uint32_t person, struct diag_list *diags, bool *ret_failed)
{
    struct resident n;
    enum err e = resident_of(a, p, person, &n);

    if (e == ERR_OK) e = property_fails(a, t, &n, ret_failed);
    if (e != ERR_OK || !*ret_failed) return e;
    e = shrink(a, t, &n);
    if (e == ERR_OK) report_property(t, &n, diags);
    return e;
}

static enum err try_residents(struct arena *a, struct trial *t, uint32_t count,
                              struct diag_list *diags, bool *ret_failed)
{
    struct random_options o = {.seed = t->salt,
                               .persons = count,
                               .day = t->day,
                               .unknown_per_1000 = t->salt % 2 == 0 ? 0 : 60};
    struct population p;
    enum err e = random_population(a, t->r, &o, &p);

    for (uint32_t i = 0; i < count && e == ERR_OK && !*ret_failed; i++) {
        struct arena own;
        t->salt = mix(t->salt + i);
        arena_init(&own, a->limit_bytes);
        own.fail_at = a->fail_at;
        e = try_resident(&own, t, &p, i, diags, ret_failed);
        arena_done(&own);
    }
    return e;
}

static enum err property_run(const struct arena *like, const struct rules *r,
                             const struct rule_property *p, uint64_t seed, uint32_t residents,
                             struct diag_list *diags, bool *ret_failed)
{
    enum err e = ERR_OK;

    *ret_failed = false;
    for (uint32_t done = 0; done < residents && e == ERR_OK && !*ret_failed;
         done += RESIDENTS_PER_DAY) {
        struct trial t = {.r = r, .p = p, .salt = mix(seed + done)};
        uint32_t count =
            residents - done < RESIDENTS_PER_DAY ? residents - done : RESIDENTS_PER_DAY;
        struct plan *plan;
        struct arena own;
        arena_init(&own, like->limit_bytes);
        own.fail_at = like->fail_at;
        t.day = day_in_force(r, p->scheme, t.salt);
        e = plan_new(&own, r, p->scheme, t.day, &plan);
        t.plan = plan;
        if (e == ERR_OK) e = try_residents(&own, &t, count, diags, ret_failed);
        arena_done(&own);
    }
    return e;
}

enum err check_properties(struct arena *a, const struct rules *r, uint64_t seed, uint32_t residents,
                          struct diag_list *diags, struct check_result *ret)
{
    uint32_t failed = 0;

    for (uint32_t i = 0; i < r->property_count; i++) {
        bool fails;
        enum err e = property_run(a, r, &r->properties[i], mix(seed ^ i), residents, diags, &fails);
        if (e != ERR_OK) return e;
        failed += fails;
    }
    ret->properties = r->property_count;
    ret->properties_failed = failed;
    return diags->out_of_memory ? ERR_NOMEM : ERR_OK;
}
