/* The rules in force at a place, as a page shows them: schemes, parts, indicators with what they
 * can give, clauses. */
#include "base/date.h"
#include "service/points_internal.h"

struct rules_page {
    const struct rules *r;
    int32_t chain, day;
    enum lang lang;
    struct json *j;
};

static void put_schemes(const struct rules_page *x)
{
    json_key(x->j, "schemes");
    json_open_array(x->j);
    for (int32_t s = x->chain; s >= 0; s = x->r->schemes[s].parent) {
        const struct rule_scheme *k = &x->r->schemes[s];
        json_open_object(x->j);
        put_str(x->j, "name", k->name.ascii);
        put_str(x->j, "title", rules_label(&k->title, x->lang));
        put_division(x->j, k->division, x->lang);
        put_bool(x->j, "illustrative", k->illustrative);
        put_str(x->j, "document", rules_label(&k->source.label, x->lang));
        put_day(x->j, "from", k->source.from);
        put_day(x->j, "to", k->source.to);
        put_hash(x->j, "hash", &k->hash);
        json_end(x->j);
    }
    json_end(x->j);
}

static bool is_shown(const struct rules_page *x, int32_t scheme, int32_t from, int32_t to)
{
    return x->day >= from && x->day <= to && rules_in_chain(x->r, scheme, x->chain);
}

static void put_limit(const struct rules_page *x, const char *key, const struct rule_amount *m)
{
    if (m->is_set) {
        put_points(x->j, key, x->r, rules_amount(x->r, m, x->chain, x->day));
        return;
    }
    json_key(x->j, key);
    json_add_null(x->j);
}

static void put_ceiling(const struct rules_page *x, int64_t ceiling)
{
    if (ceiling >= 0) {
        put_points(x->j, "ceiling", x->r, ceiling);
        return;
    }
    json_key(x->j, "ceiling");
    json_add_null(x->j);
}

static void put_groups(const struct rules_page *x)
{
    json_key(x->j, "groups");
    json_open_array(x->j);
    for (uint32_t i = 0; i < x->r->group_count; i++) {
        const struct rule_group *g = &x->r->groups[i];
        if (!is_shown(x, g->scheme, g->from, g->to)) continue;
        json_open_object(x->j);
        put_names(x->j, &g->name, x->lang);
        json_key(x->j, "parent");
        if (g->parent >= 0)
            json_str(x->j, x->r->groups[g->parent].name.ascii);
        else
            json_add_null(x->j);
        put_bool(x->j, "deducts", g->deducts);
        put_text(x->j, "combines", g->combine == COMBINE_HIGHEST ? "highest" : "sum");
        put_ceiling(x, g->ceiling);
        put_limit(x, "cap", &g->cap);
        put_str(x->j, "basis", g->basis);
        json_end(x->j);
    }
    json_end(x->j);
}

static void put_indicator(const struct rules_page *x, const struct rule_indicator *ind)
{
    int64_t lo, hi;

    rules_indicator_range(x->r, ind, &lo, &hi);
    json_open_object(x->j);
    put_names(x->j, &ind->name, x->lang);
    put_str(x->j, "group", x->r->groups[ind->group].name.ascii);
    put_str(x->j, "scheme", x->r->schemes[ind->scheme].name.ascii);
    put_points(x->j, "least", x->r, lo);
    put_points(x->j, "most", x->r, hi);
    put_ceiling(x, ind->ceiling);
    put_limit(x, "cap", &ind->cap);
    put_str(x->j, "basis", ind->basis);
    put_day(x->j, "from", ind->from);
    put_day(x->j, "to", ind->to);
    json_end(x->j);
}

enum err points_rules(struct points *p, struct arena *a, const struct caller *c, int32_t division,
                      int32_t day, struct json *out)
{
    struct rules_page x = {p->rules, rules_scheme_for(p->rules, division, day), day, c->lang, out};
    const enum err e = access_check(c, ACTION_RULES_READ, 0, 0);

    (void)a;
    if (e != ERR_OK) return e;
    if (x.chain < 0) return ERR_NOT_FOUND;
    json_open_object(out);
    put_division(out, division, c->lang);
    put_day(out, "on", day);
    put_hash(out, "rules_hash", &p->rules->hash);
    put_schemes(&x);
    put_groups(&x);
    json_key(out, "indicators");
    json_open_array(out);
    for (uint32_t i = 0; i < p->rules->indicator_count; i++) {
        const struct rule_indicator *ind = &p->rules->indicators[i];
        if (is_shown(&x, ind->scheme, ind->from, ind->to)) put_indicator(&x, ind);
    }
    json_end(out);
    json_end(out);
    return buf_err(out->out);
}

enum err points_rule_text(struct points *p, const struct caller *c, struct str scheme,
                          struct str *ret)
{
    const enum err e = access_check(c, ACTION_RULES_READ, 0, 0);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < p->rules->scheme_count; i++) {
        const struct rule_scheme *k = &p->rules->schemes[i];
        if (!str_eq(k->name.ascii, scheme)) continue;
        *ret = k->file < p->rules->file_count ? p->rules->files[k->file].text : STR("");
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}
