/* Words and labels of a simulation's report. */
#include "base/division.h"
#include "engine/changes.h"
#include "service/simulate_out.h"

static const char *const words[SIM_WORD_COUNT][LANG_COUNT] = {
#define WORD(id, zh, en) [SIM_##id] = {zh, en},
#include "service/simulate_word.def"
#undef WORD
};

const char *sim_word(enum sim_word w, enum lang lang)
{
    return words[w][lang];
}

static void add_division(struct buf *out, int32_t code, enum lang lang)
{
    const struct division *d = division_find(code);

    if (code == 0)
        buf_add_c(out, words[SIM_NOT_KNOWN][lang]);
    else if (d != NULL)
        buf_add_c(out, lang == LANG_ZH ? d->zh : d->en);
    else
        buf_add_int(out, code);
}

static void add_band(struct buf *out, int32_t band, enum lang lang)
{
    if (band == SIMULATE_AGE_BANDS - 1) {
        buf_add_c(out, words[SIM_NOT_KNOWN][lang]);
        return;
    }
    buf_add_int(out, simulate_band_from[band]);
    if (band + 1 < SIMULATE_AGE_BANDS - 1)
        buf_printf(out, "–%d%s", simulate_band_from[band + 1] - 1, words[SIM_YEARS][lang]);
    else
        buf_printf(out, "%s%s", words[SIM_YEARS][lang], lang == LANG_ZH ? "以上" : "+");
}

static void add_member(struct buf *out, const struct simulate_report *r,
                       const struct report_table *t, int32_t member, enum lang lang)
{
    const struct rules *rules = r->rules[SIMULATE_BEFORE];
    const struct rule_enum *e = &rules->enums[rules->regs[t->reg].fields[t->field].type.ref];

    if ((uint32_t)member < e->member_count)
        buf_add(out, rules_name(&e->members[member], lang));
    else
        buf_add_c(out, words[SIM_NOT_KNOWN][lang]);
}

void sim_add_row(struct buf *out, const struct simulate_report *r, const struct report_table *t,
                 const struct report_row *row, enum lang lang)
{
    if (row->key == REPORT_OTHERS)
        buf_printf(out, lang == LANG_ZH ? "%s（%u 组）" : "%s (%u groups)", words[SIM_OTHERS][lang],
                   row->merged);
    else if (t->kind == REPORT_DIVISIONS)
        add_division(out, row->key, lang);
    else if (t->kind == REPORT_AGES)
        add_band(out, row->key, lang);
    else
        add_member(out, r, t, row->key, lang);
}

void sim_add_table(struct buf *out, const struct simulate_report *r, const struct report_table *t,
                   enum lang lang)
{
    static const enum sim_word TITLE[] = {[REPORT_DIVISIONS] = SIM_BY_DIVISION,
                                          [REPORT_AGES] = SIM_BY_AGE,
                                          [REPORT_TRAIT] = SIM_BY_TRAIT};
    buf_add_c(out, words[TITLE[t->kind]][lang]);
    if (t->kind == REPORT_TRAIT)
        buf_add(out,
                rules_name(&r->rules[SIMULATE_BEFORE]->regs[t->reg].fields[t->field].name, lang));
}

void sim_add_range(struct buf *out, const struct report_bin *b, enum lang lang)
{
    if (b->from == INT64_MIN) {
        buf_printf(out, "%s ", words[SIM_BELOW][lang]);
        decimal_add_short(out, b->to, 100);
        return;
    }
    decimal_add_short(out, b->from, 100);
    if (b->to == INT64_MAX) {
        buf_printf(out, " %s", words[SIM_FROM][lang]);
        return;
    }
    buf_add_c(out, "–");
    decimal_add_short(out, b->to, 100);
}

/* "（西湖区积分）" where a scheme is not the province's. */
static void add_scheme(struct buf *out, const struct rules *r, int32_t scheme, enum lang lang)
{
    if (r->schemes[scheme].parent < 0) return;
    buf_add_c(out, lang == LANG_ZH ? "（" : " (");
    buf_add(out, rules_label(&r->schemes[scheme].title, lang));
    buf_add_c(out, lang == LANG_ZH ? "）" : ")");
}

/* In English a name is read without its underscores. */
static void add_name(struct buf *out, const struct rule_name *n, enum lang lang)
{
    const struct str s = rules_name(n, lang);
    for (size_t i = 0; i < s.n; i++)
        buf_add_char(out, lang == LANG_EN && s.p[i] == '_' ? ' ' : s.p[i]);
}

void sim_add_indicator(struct buf *out, const struct simulate_report *r, int32_t before,
                       int32_t after, enum lang lang)
{
    const struct rules *rules = r->rules[after >= 0];
    const struct rule_indicator *k = &rules->indicators[after >= 0 ? after : before];

    add_name(out, &k->name, lang);
    add_scheme(out, rules, k->scheme, lang);
}

static void add_clause(struct buf *out, const struct rules *r, const struct rule_clause *c,
                       enum lang lang)
{
    const struct rule_indicator *k = &r->indicators[c->indicator];

    add_name(out, &k->name, lang);
    if (!str_eq(k->name.ascii, c->name.ascii)) {
        buf_add_c(out, " · ");
        add_name(out, &c->name, lang);
    }
    add_scheme(out, r, c->scheme, lang);
}

void sim_add_mark(struct buf *out, const struct simulate_report *r, const struct report_mark *m,
                  enum lang lang)
{
    const int side = m->at[SIMULATE_AFTER] >= 0 ? SIMULATE_AFTER : SIMULATE_BEFORE;
    const struct rules *rules = r->rules[side];
    const int32_t at = m->at[side];

    if (m->kind == MARK_CLAUSE) {
        add_clause(out, rules, &rules->clauses[at], lang);
        return;
    }
    const bool group = m->kind == MARK_GROUP_CAP;
    const struct rule_name *name = group ? &rules->groups[at].name : &rules->indicators[at].name;
    if (lang == LANG_EN) buf_printf(out, "%s ", words[SIM_CAP][lang]);
    add_name(out, name, lang);
    if (lang == LANG_ZH) buf_add_c(out, words[SIM_CAP][lang]);
    add_scheme(out, rules, group ? rules->groups[at].scheme : rules->indicators[at].scheme, lang);
}

void sim_add_note(struct buf *out, const struct simulate_report *r, const struct view_note *n,
                  enum lang lang)
{
    static const enum sim_word LACK[] = {[VIEW_NO_REGISTER] = SIM_NO_REGISTER,
                                         [VIEW_NO_FIELD] = SIM_NO_FIELD,
                                         [VIEW_OTHER_TYPE] = SIM_OTHER_TYPE};
    const struct rule_register *reg = &r->rules[SIMULATE_AFTER]->regs[n->reg];

    add_name(out, &reg->name, lang);
    if (n->field >= 0) {
        buf_add_c(out, " · ");
        add_name(out, &reg->fields[n->field].name, lang);
    }
    buf_printf(out, "%s%s", lang == LANG_ZH ? "：" : ": ", words[LACK[n->lack]][lang]);
}

/* An integer of 128 bits with `places` decimals. */
static void add_wide(struct buf *out, int128 v, int places, bool sign)
{
    char digits[48];
    int n = 0;
    uint128 rest = v < 0 ? -(uint128)v : (uint128)v;

    for (; rest > 0 || n <= places; rest /= 10)
        digits[n++] = (char)('0' + (int)(rest % 10));
    if (v < 0)
        buf_add_char(out, '-');
    else if (sign)
        buf_add_char(out, '+');
    while (n > 0) {
        if (n-- == places) buf_add_char(out, '.');
        buf_add_char(out, digits[n]);
    }
}

void sim_add_mean(struct buf *out, const struct simulate_report *r, int128 sum, uint64_t count,
                  bool sign)
{
    add_wide(out, simulate_mean_10000(sum, count * (uint64_t)r->scale), 4, sign);
}

void sim_add_sum(struct buf *out, const struct simulate_report *r, int128 sum, bool sign)
{
    const int places = points_places(r->scale);
    int64_t unit = 1;

    for (int i = 0; i < places; i++)
        unit *= 10;
    add_wide(out, sum * (unit / r->scale), places, sign);
}

void sim_add_line(struct buf *out, const struct simulate_report *r)
{
    decimal_add_short(out, r->line, 100);
}

bool sim_is_dead(const struct report_mark *m)
{
    const int i = SIMULATE_AFTER;
    return m->kind == MARK_CLAUSE && m->at[i] >= 0 && !m->sure[i].hidden && m->sure[i].n == 0 &&
           !m->perhaps[i].hidden && m->perhaps[i].n == 0;
}
