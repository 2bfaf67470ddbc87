/* A simulation's report as JSON, after docs/simulate.schema.json: a count that is not shown is
 * null. */
#include "service/put_rules.h"
#include "service/simulate_out.h"

struct page {
    struct json *j;
    const struct simulate_report *r;
    enum lang lang;
};

static void put_shown(const struct page *p, const char *key, const struct shown *n)
{
    if (n->hidden)
        put_null(p->j, key);
    else
        put_int(p->j, key, (int64_t)n->n);
}

static void put_sum(const struct page *p, const char *key, int128 sum, bool sign)
{
    json_key(p->j, key);
    json_text_begin(p->j);
    sim_add_sum(p->j->out, p->r, sum, sign);
    json_text_end(p->j);
}

static void put_mean(const struct page *p, const char *key, int128 sum, uint64_t count, bool sign)
{
    json_key(p->j, key);
    json_text_begin(p->j);
    sim_add_mean(p->j->out, p->r, sum, count, sign);
    json_text_end(p->j);
}

/* What a group has; sums are exact, means have four decimals. */
static void put_group(const struct page *p, const struct report_row *row)
{
    put_int(p->j, "persons", (int64_t)row->persons);
    put_int(p->j, "gain", (int64_t)row->gain);
    put_int(p->j, "lose", (int64_t)row->lose);
    put_int(p->j, "unchanged", (int64_t)(row->persons - row->gain - row->lose));
    put_sum(p, "sum_before", row->before, false);
    put_sum(p, "sum_after", row->after, false);
    put_mean(p, "mean_before", row->before, row->persons, false);
    put_mean(p, "mean_after", row->after, row->persons, false);
    put_mean(p, "mean_change", row->after - row->before, row->persons, true);
}

static void put_bound(const struct page *p, const char *key, int64_t v)
{
    json_key(p->j, key);
    if (v == INT64_MIN || v == INT64_MAX) {
        json_add_null(p->j);
        return;
    }
    json_text_begin(p->j);
    decimal_add_text(p->j->out, v, 100, 2);
    json_text_end(p->j);
}

static void put_bins(const struct page *p, const char *key, const struct report_bin *bins,
                     uint32_t count)
{
    json_key(p->j, key);
    json_open_array(p->j);
    for (uint32_t i = 0; i < count; i++) {
        json_open_object(p->j);
        put_bound(p, "from", bins[i].from);
        put_bound(p, "to", bins[i].to);
        put_int(p->j, "before", (int64_t)bins[i].count[0]);
        put_int(p->j, "after", (int64_t)bins[i].count[1]);
        json_end(p->j);
    }
    json_end(p->j);
}

static void put_line(const struct page *p)
{
    const struct simulate_report *r = p->r;

    json_key(p->j, "line");
    if (!r->has_line) {
        json_add_null(p->j);
        return;
    }
    const struct shown n[] = {{r->line_hidden, r->up},
                              {r->line_hidden, r->down},
                              {r->line_hidden, r->above},
                              {r->line_hidden, r->below}};
    json_open_object(p->j);
    put_bound(p, "points", r->line);
    put_shown(p, "up", &n[0]);
    put_shown(p, "down", &n[1]);
    put_shown(p, "above", &n[2]);
    put_shown(p, "below", &n[3]);
    put_bins(p, "near", r->near, r->near_count);
    json_end(p->j);
}

static void put_table(const struct page *p, const struct report_table *t)
{
    static const char *const KIND[] = {"division", "age", "trait"};
    struct buf b;

    json_open_object(p->j);
    put_text(p->j, "by", KIND[t->kind]);
    if (t->kind == REPORT_TRAIT)
        put_str(p->j, "field", p->r->rules[0]->regs[t->reg].fields[t->field].name.ascii);
    else
        put_null(p->j, "field");
    buf_init(&b, 0);
    sim_add_table(&b, p->r, t, p->lang);
    put_buf(p->j, "title", &b);
    json_key(p->j, "groups");
    json_open_array(p->j);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct report_row *row = &t->rows[i];
        json_open_object(p->j);
        if (row->key == REPORT_OTHERS)
            put_null(p->j, "key");
        else
            put_int(p->j, "key", row->key);
        buf_init(&b, 0);
        sim_add_row(&b, p->r, t, row, p->lang);
        put_buf(p->j, "title", &b);
        put_int(p->j, "merged", row->merged);
        put_group(p, row);
        json_end(p->j);
    }
    json_end(p->j);
    json_end(p->j);
}

static void put_indicator(const struct page *p, const struct report_indicator *k)
{
    const struct rules *rules = p->r->rules[k->after >= 0];
    const struct rule_indicator *ind = &rules->indicators[k->after >= 0 ? k->after : k->before];
    const struct shown n[] = {{k->hidden, k->gain}, {k->hidden, k->lose}};
    struct buf b;

    json_open_object(p->j);
    put_str(p->j, "indicator", ind->name.ascii);
    put_str(p->j, "scheme", rules->schemes[ind->scheme].name.ascii);
    buf_init(&b, 0);
    sim_add_indicator(&b, p->r, k->before, k->after, p->lang);
    put_buf(p->j, "title", &b);
    put_bool(p->j, "in_force_has", k->before >= 0);
    put_bool(p->j, "draft_has", k->after >= 0);
    put_shown(p, "gain", &n[0]);
    put_shown(p, "lose", &n[1]);
    if (k->hidden)
        put_null(p->j, "change");
    else
        put_sum(p, "change", k->delta, true);
    json_end(p->j);
}

static void put_mark_names(const struct page *p, const struct report_mark *m)
{
    static const char *const KIND[] = {"clause", "indicator_cap", "group_cap"};
    const int side = m->at[1] >= 0;
    const struct rules *r = p->r->rules[side];
    const struct rule_name *name = &r->groups[0].name;
    int32_t scheme = 0;
    const int32_t at = m->at[side];

    if (m->kind == MARK_CLAUSE) {
        name = &r->clauses[at].name;
        scheme = r->clauses[at].scheme;
        put_str(p->j, "indicator", r->indicators[r->clauses[at].indicator].name.ascii);
    } else if (m->kind == MARK_INDICATOR_CAP) {
        name = &r->indicators[at].name;
        scheme = r->indicators[at].scheme;
        put_str(p->j, "indicator", name->ascii);
    } else {
        name = &r->groups[at].name;
        scheme = r->groups[at].scheme;
        put_null(p->j, "indicator");
    }
    put_text(p->j, "kind", KIND[m->kind]);
    put_str(p->j, "name", name->ascii);
    put_str(p->j, "scheme", r->schemes[scheme].name.ascii);
}

static void put_mark(const struct page *p, const struct report_mark *m)
{
    static const char *const KEY[SIMULATE_SIDES] = {"before", "after"};
    struct buf b;

    json_open_object(p->j);
    put_mark_names(p, m);
    buf_init(&b, 0);
    sim_add_mark(&b, p->r, m, p->lang);
    put_buf(p->j, "title", &b);
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        json_key(p->j, KEY[i]);
        if (m->at[i] < 0) {
            json_add_null(p->j);
            continue;
        }
        json_open_object(p->j);
        put_shown(p, "persons", &m->sure[i]);
        put_shown(p, "perhaps", &m->perhaps[i]);
        json_end(p->j);
    }
    put_bool(p->j, "dead", sim_is_dead(m));
    json_end(p->j);
}

static void put_unknown(const struct page *p)
{
    const struct simulate_report *r = p->r;

    json_key(p->j, "unknown");
    json_open_object(p->j);
    put_shown(p, "before", &r->uncertain[0]);
    put_shown(p, "after", &r->uncertain[1]);
    json_key(p->j, "registers");
    json_open_array(p->j);
    for (uint32_t i = 0; i < r->gap_count; i++) {
        const struct rule_register *reg = &r->rules[1]->regs[r->gaps[i].reg];
        json_open_object(p->j);
        put_str(p->j, "register", reg->name.ascii);
        put_title(p->j, &reg->name, p->lang);
        put_shown(p, "settles", &r->gaps[i].alone);
        put_shown(p, "involved", &r->gaps[i].involved);
        json_end(p->j);
    }
    json_end(p->j);
    json_end(p->j);
}

static void put_largest(const struct page *p)
{
    json_key(p->j, "largest");
    json_open_array(p->j);
    for (uint32_t i = 0; i < p->r->largest_count; i++) {
        const struct simulate_change *c = &p->r->largest[i];
        json_open_object(p->j);
        put_sum(p, "change", (int128)c->after - c->before, true);
        if (p->r->with_ids) {
            put_str(p->j, "person", c->id);
            put_sum(p, "before", c->before, false);
            put_sum(p, "after", c->after, false);
        }
        json_end(p->j);
    }
    json_end(p->j);
}

static void put_notes(const struct page *p)
{
    static const char *const LACK[] = {"register", "field", "type"};

    json_key(p->j, "lacks");
    json_open_array(p->j);
    for (uint32_t i = 0; i < p->r->note_count; i++) {
        const struct view_note *n = &p->r->notes[i];
        const struct rule_register *reg = &p->r->rules[1]->regs[n->reg];
        json_open_object(p->j);
        put_str(p->j, "register", reg->name.ascii);
        if (n->field >= 0)
            put_str(p->j, "field", reg->fields[n->field].name.ascii);
        else
            put_null(p->j, "field");
        put_text(p->j, "lack", LACK[n->lack]);
        json_end(p->j);
    }
    json_end(p->j);
    put_int(p->j, "refused", (int64_t)p->r->refused);
}

static void put_head(const struct page *p)
{
    const struct simulate_report *r = p->r;
    const struct shown persons = {r->persons == 0, r->persons};
    const struct shown compared = {r->compared == 0, r->compared};

    put_text(p->j, "format", "jifen.simulation.1");
    put_text(p->j, "lang", p->lang == LANG_ZH ? "zh" : "en");
    put_day(p->j, "day", r->day);
    put_day(p->j, "rule_day", r->rule_day);
    put_hash(p->j, "rules_before", &r->rules[0]->hash);
    put_hash(p->j, "rules_after", &r->rules[1]->hash);
    put_shown(p, "persons", &persons);
    put_shown(p, "compared", &compared);
    put_shown(p, "errors", &r->errors);
    put_shown(p, "idle", &r->idle);
    put_int(p->j, "least", SIMULATE_LEAST);
    put_bool(p->j, "hidden", r->hidden);
    put_notes(p);
}

/* An array of what `put` makes of each of the items. */
#define PUT_ALL(p, key, items, count, put)                                                         \
    do {                                                                                           \
        json_key((p)->j, key);                                                                     \
        json_open_array((p)->j);                                                                   \
        for (uint32_t at = 0; at < (count); at++)                                                  \
            put(p, &(items)[at]);                                                                  \
        json_end((p)->j);                                                                          \
    } while (0)

void simulate_add_json(struct buf *out, const struct simulate_report *r, enum lang lang)
{
    struct json j;
    const struct page p = {&j, r, lang};

    json_init(&j, out, true);
    json_open_object(&j);
    put_head(&p);
    json_key(&j, "all");
    if (r->hidden) {
        json_add_null(&j);
    } else {
        json_open_object(&j);
        put_group(&p, &r->all);
        json_end(&j);
    }
    put_bins(&p, "distribution", r->bins, r->bin_count);
    put_line(&p);
    PUT_ALL(&p, "tables", r->tables, r->table_count, put_table);
    PUT_ALL(&p, "indicators", r->indicators, r->indicator_count, put_indicator);
    PUT_ALL(&p, "marks", r->marks, r->mark_count, put_mark);
    put_unknown(&p);
    put_largest(&p);
    json_end(&j);
    buf_add_char(out, '\n');
}
