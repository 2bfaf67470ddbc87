/* Which parts of two rule images are one. */
#include "engine/rules_match.h"

static bool same_scheme(const struct rules *x, int32_t s, const struct rules *y, int32_t t)
{
    return str_eq(x->schemes[s].name.ascii, y->schemes[t].name.ascii);
}

int32_t rules_indicator_of(const struct rules *r, const struct rules *other, int32_t i)
{
    const struct rule_indicator *b = &other->indicators[i];

    if (r == other) return i;
    for (uint32_t k = 0; k < r->indicator_count; k++) {
        const struct rule_indicator *a = &r->indicators[k];
        if (str_eq(a->name.ascii, b->name.ascii) && same_scheme(r, a->scheme, other, b->scheme))
            return (int32_t)k;
    }
    return -1;
}

int32_t rules_clause_of(const struct rules *r, const struct rules *other, int32_t i)
{
    const struct rule_clause *b = &other->clauses[i];
    const int32_t indicator = rules_indicator_of(r, other, b->indicator);

    if (r == other) return i;
    for (uint32_t k = 0; k < r->clause_count; k++) {
        const struct rule_clause *a = &r->clauses[k];
        if (a->indicator == indicator && str_eq(a->name.ascii, b->name.ascii) &&
            same_scheme(r, a->scheme, other, b->scheme))
            return (int32_t)k;
    }
    return -1;
}

int32_t rules_group_of(const struct rules *r, const struct rules *other, int32_t i)
{
    const struct rule_group *b = &other->groups[i];

    if (r == other) return i;
    for (uint32_t k = 0; k < r->group_count; k++)
        if (str_eq(r->groups[k].name.ascii, b->name.ascii) &&
            same_scheme(r, r->groups[k].scheme, other, b->scheme))
            return (int32_t)k;
    return -1;
}
