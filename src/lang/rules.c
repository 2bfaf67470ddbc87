/* Questions to a rule image: which scheme, which value, which words.
 *
 * Invariants: nothing here allocates except rules_node_text; an image is never changed. */
#include "lang/rules.h"

#include "base/date.h"
#include "base/division.h"

static bool scheme_in_force(const struct rule_scheme *s, int32_t day)
{
    return s->source.from <= day && day <= s->source.to;
}

/* The scheme made for exactly this division, in force that day; -1. */
static int32_t scheme_of(const struct rules *r, int32_t division, int32_t day)
{
    for (uint32_t s = 0; s < r->scheme_count; s++)
        if (r->schemes[s].division == division && scheme_in_force(&r->schemes[s], day))
            return (int32_t)s;
    return -1;
}

int32_t rules_scheme_for(const struct rules *r, int32_t division, int32_t rule_day)
{
    division = division_on(division, rule_day);
    while (division > 0) {
        int32_t s = division_is_abolished(division, rule_day) ? -1 /* split: its city's */
                                                              : scheme_of(r, division, rule_day);
        if (s >= 0) return s;
        division = division_parent(division);
    }
    if (r->scheme_count > 0 && scheme_in_force(&r->schemes[0], rule_day)) return 0;
    return -1;
}

bool rules_in_chain(const struct rules *r, int32_t scheme, int32_t lower)
{
    while (lower >= 0 && lower != scheme)
        lower = r->schemes[lower].parent;
    return lower >= 0;
}

bool rules_param_value(const struct rules *r, int32_t param, int32_t chain, int32_t rule_day,
                       int64_t *ret)
{
    const struct rule_param *p = &r->params[param];

    for (int32_t s = chain; s >= 0; s = r->schemes[s].parent)
        for (uint32_t i = 0; i < p->value_count; i++) {
            const struct rule_param_value *v = &p->values[i];
            if (v->scheme != s || v->from > rule_day || v->to < rule_day) continue;
            *ret = v->value;
            return true;
        }
    return false;
}

int64_t rules_amount(const struct rules *r, const struct rule_amount *m, int32_t chain,
                     int32_t rule_day)
{
    int64_t v = m->value;

    INVARIANT(m->is_set);
    if (m->param >= 0) INVARIANT(rules_param_value(r, m->param, chain, rule_day, &v));
    return v;
}

struct str rules_label(const struct rule_label *l, enum lang lang)
{
    return lang == LANG_EN && l->en.n > 0 ? l->en : l->zh;
}

int32_t rules_register(const struct rules *r, struct str ascii)
{
    for (uint32_t i = 0; i < r->reg_count; i++)
        if (str_eq(r->regs[i].name.ascii, ascii)) return (int32_t)i;
    return -1;
}

int32_t rules_field(const struct rule_register *reg, struct str ascii)
{
    for (uint32_t i = 0; i < reg->field_count; i++)
        if (str_eq(reg->fields[i].name.ascii, ascii)) return (int32_t)i;
    return -1;
}

struct str rules_name(const struct rule_name *n, enum lang lang)
{
    return lang == LANG_ZH && n->zh.n > 0 ? n->zh : n->ascii;
}

/* Byte offset of a place in its file; text.n when it lies beyond. */
static size_t offset_of(struct str text, struct src_pos pos)
{
    size_t at = 0;

    for (uint32_t line = 1; line < pos.line && at < text.n; at++)
        line += text.p[at] == '\n';
    for (uint32_t col = 1; col < pos.col && at < text.n && text.p[at] != '\n'; col++) {
        uint32_t cp;
        size_t n = text_utf8_decode(text, at, &cp);
        at += n > 0 ? n : 1;
    }
    return at;
}

struct str rules_node_text(struct arena *a, const struct rules *r, uint32_t node)
{
    struct src_pos pos = r->nodes[node].pos;
    struct str text, cut;
    size_t from, to;

    if (pos.file >= r->file_count || pos.line == 0) return (struct str){NULL, 0};
    text = r->files[pos.file].text;
    from = to = offset_of(text, pos);
    for (uint32_t i = 0; i < (pos.chars > 0 ? pos.chars : 1); i++) {
        uint32_t cp;
        size_t n;
        if (to >= text.n || text.p[to] == '\n' || text.p[to] == '\r') break;
        n = text_utf8_decode(text, to, &cp);
        to += n > 0 ? n : 1;
    }
    cut = str_trim((struct str){text.p == NULL ? NULL : text.p + from, to - from});
    return cut.n == 0 ? (struct str){NULL, 0} : str_copy(a, cut);
}

/* --- what an indicator can give --- */

struct range {
    int64_t lo, hi;
};

/* What a clause can give: its body's proved range, and 0 where a condition may fail. */
static struct range clause_range(const struct rules *r, const struct rule_clause *k)
{
    const struct rule_node *body = &r->nodes[k->body];
    struct range x = {body->lo, body->hi};
    if (k->cond >= 0 && x.lo > 0) x.lo = 0;
    if (k->cond >= 0 && x.hi < 0) x.hi = 0;
    return x;
}

/* Clauses put together; a parameter as cap or floor changes by date and is shown beside it. */
void rules_indicator_range(const struct rules *r, const struct rule_indicator *ind, int64_t *ret_lo,
                           int64_t *ret_hi)
{
    struct range all = {0, 0};
    for (uint32_t i = 0; i < ind->clause_count; i++) {
        struct range x = clause_range(r, &r->clauses[ind->clause_first + i]);
        bool sum = ind->combine == COMBINE_SUM, first = i == 0;
        bool highest = ind->combine == COMBINE_HIGHEST;
        all.lo = sum                                                  ? all.lo + x.lo
                 : first || (highest ? x.lo > all.lo : x.lo < all.lo) ? x.lo
                                                                      : all.lo;
        all.hi = sum ? all.hi + x.hi : first || x.hi > all.hi ? x.hi : all.hi;
    }
    if (ind->cap.is_set && ind->cap.param < 0 && all.hi > ind->cap.value) all.hi = ind->cap.value;
    if (ind->cap.is_set && ind->cap.param < 0 && all.lo > ind->cap.value) all.lo = ind->cap.value;
    if (ind->floor.is_set && ind->floor.param < 0 && all.lo < ind->floor.value)
        all.lo = ind->floor.value;
    *ret_lo = all.lo;
    *ret_hi = all.hi;
}
