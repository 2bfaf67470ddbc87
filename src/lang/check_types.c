/* Types: which are equal, which can be ordered or added, and how a mismatch is reported. */
#include "lang/check_internal.h"

bool type_eq(struct type a, struct type b)
{
    return a.vt == b.vt && a.ref == b.ref;
}

bool type_is_ordered(struct type t)
{
    return t.vt != VT_BOOL && t.vt != VT_CATEGORY && t.vt != VT_DIVISION && t.vt != VT_KEY;
}

bool type_is_quantity(struct type t)
{
    return t.vt == VT_INT || t.vt == VT_POINTS || t.vt == VT_MONEY || t.vt == VT_MONTHS ||
           t.vt == VT_DAYS || t.vt == VT_AGE;
}

static bool is_length(struct type t)
{
    return t.vt == VT_MONTHS || t.vt == VT_DAYS || t.vt == VT_AGE;
}

void check_type_error(struct check *k, struct src_pos at, struct type wanted, struct type found)
{
    if (is_length(wanted) && is_length(found))
        FINDING(k, MSG_LENGTHS_DIFFER, at, NO_POS, text_type(k, wanted), text_type(k, found));
    else if (wanted.vt == VT_INT && found.vt == VT_INT)
        FINDING(k, MSG_UNITS_DIFFER, at, NO_POS, text_type(k, wanted), text_type(k, found));
    else if (found.vt == VT_INT && found.ref < 0 &&
             (type_is_quantity(wanted) || wanted.vt == VT_SHARE))
        FINDING(k, MSG_UNIT_MISSING, at, NO_POS, text_type(k, wanted));
    else
        FINDING(k, MSG_TYPE_MISMATCH, at, NO_POS, text_type(k, wanted), text_type(k, found));
}

bool check_same(struct check *k, const struct ast *at, struct type a, struct type b)
{
    if (type_eq(a, b)) return true;
    check_type_error(k, at->pos, a, b);
    return false;
}
