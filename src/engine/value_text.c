/* Values as text: one small function per kind of value, chosen by type. Nothing here fails; a lack
 * of memory stays in the buffer. */
#include "engine/value_text.h"

#include "base/date.h"
#include "base/division.h"

typedef void (*add_fn)(struct buf *out, const struct value_ctx *c, struct type t, int64_t v);

static bool is_zh(const struct value_ctx *c)
{
    return c->lang == LANG_ZH;
}

/* Words for people have no underscores; words for a rule file keep them. */
static void add_name(struct buf *out, const struct value_ctx *c, const struct rule_name *n)
{
    struct str name = rules_name(n, c->lang);
    bool plain = c->style == VALUE_PROSE && !is_zh(c);

    for (size_t i = 0; i < name.n; i++)
        buf_add_char(out, plain && name.p[i] == '_' ? ' ' : name.p[i]);
}

static void add_counted(struct buf *out, const struct value_ctx *c, int64_t v, const char *zh,
                        const char *one, const char *many)
{
    buf_add_int(out, v);
    if (is_zh(c))
        buf_add_c(out, zh);
    else
        buf_printf(out, " %s", v == 1 ? one : many);
}

static void add_bool(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    buf_add_c(out, is_zh(c) ? (v != 0 ? "是" : "否") : (v != 0 ? "yes" : "no"));
}

static void add_int(struct buf *out, const struct value_ctx *c, struct type t, int64_t v)
{
    buf_add_int(out, v);
    if (t.ref < 0 || (uint32_t)t.ref >= c->rules->unit_count) return;
    if (!is_zh(c)) buf_add_char(out, ' ');
    add_name(out, c, &c->rules->units[t.ref].name);
}

static void add_points(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    points_add_number(out, c->rules, v);
    if (c->style == VALUE_RULES)
        buf_add_c(out, is_zh(c) ? "分" : "pt");
    else
        buf_add_c(out, is_zh(c) ? "分" : v == c->rules->scale ? " point" : " points");
}

static void add_money(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    decimal_add_short(out, v, 100);
    buf_add_c(out, is_zh(c) ? "元" : " yuan");
}

static void add_date(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    if (v <= DATE_OPEN_START)
        buf_add_c(out, is_zh(c) ? "早已" : "long since");
    else if (v >= DATE_OPEN_END)
        buf_add_c(out, is_zh(c) ? "至今" : "still running");
    else if (is_zh(c))
        date_add_text_zh(out, (int32_t)v);
    else
        date_add_text(out, (int32_t)v);
}

static void add_month(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    if (v > MONTH_LAST)
        buf_add_c(out, is_zh(c) ? "至今" : "still running");
    else if (is_zh(c))
        buf_printf(out, "%d年%d月", (int)(v / 12), (int)(v % 12 + 1));
    else
        month_add_text(out, (int32_t)v);
}

static void add_months(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    add_counted(out, c, v, "个月", "month", "months");
}

static void add_days(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    add_counted(out, c, v, "天", "day", "days");
}

static void add_age(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    if (c->style == VALUE_RULES)
        add_counted(out, c, v, "周岁", "year_old", "years_old");
    else
        add_counted(out, c, v, "周岁", "year old", "years old");
}

static void add_member(struct buf *out, const struct value_ctx *c, struct type t, int64_t v)
{
    const struct rule_enum *e = &c->rules->enums[t.ref];

    if (v < 0 || (uint64_t)v >= e->member_count)
        buf_add_c(out, is_zh(c) ? "无" : "none");
    else
        add_name(out, c, &e->members[v]);
}

static void add_division(struct buf *out, const struct value_ctx *c, struct type t UNUSED,
                         int64_t v)
{
    const struct division *d = division_find((int32_t)v);

    if (v == 0) {
        buf_add_c(out, is_zh(c) ? "无" : "none");
        return;
    }
    if (c->style == VALUE_PROSE && d != NULL) {
        if (is_zh(c))
            buf_printf(out, "%s（%d）", d->zh, (int)v);
        else
            buf_printf(out, "%s (%d)", d->en, (int)v);
    } else {
        buf_printf(out, "%06d", (int)v);
    }
}

static void add_key(struct buf *out, const struct value_ctx *c, struct type t UNUSED, int64_t v)
{
    buf_add_c(out, is_zh(c) ? "“" : "\"");
    if (c->keys != NULL && v >= 0 && (uint64_t)v < c->key_count)
        buf_add(out, c->keys[v]);
    else
        buf_add_int(out, v);
    buf_add_c(out, is_zh(c) ? "”" : "\"");
}

static void add_share(struct buf *out, const struct value_ctx *c UNUSED, struct type t UNUSED,
                      int64_t v)
{
    decimal_add_short(out, v, 100);
    buf_add_char(out, '%');
}

void value_add_text(struct buf *out, const struct value_ctx *c, struct type t, int64_t v)
{
    static const add_fn fns[VT_COUNT_OF] = {
        [VT_BOOL] = add_bool,     [VT_INT] = add_int,         [VT_POINTS] = add_points,
        [VT_MONEY] = add_money,   [VT_DATE] = add_date,       [VT_MONTH] = add_month,
        [VT_MONTHS] = add_months, [VT_DAYS] = add_days,       [VT_AGE] = add_age,
        [VT_LEVEL] = add_member,  [VT_CATEGORY] = add_member, [VT_DIVISION] = add_division,
        [VT_KEY] = add_key,       [VT_SHARE] = add_share,
    };

    INVARIANT((unsigned)t.vt < VT_COUNT_OF);
    fns[t.vt](out, c, t, v);
}

void interval_add_text(struct buf *out, const struct value_ctx *c, struct type t, struct interval v)
{
    if (v.lo == v.hi) {
        value_add_text(out, c, t, v.lo);
        return;
    }
    if (t.vt == VT_POINTS && c->style == VALUE_PROSE) { /* one unit for both ends */
        points_add_number(out, c->rules, v.lo);
        buf_add_c(out, is_zh(c) ? " 至 " : " to ");
        points_add_number(out, c->rules, v.hi);
        buf_add_c(out, is_zh(c) ? "分" : " points");
        return;
    }
    value_add_text(out, c, t, v.lo);
    buf_add_c(out, is_zh(c) ? " 至 " : " to ");
    value_add_text(out, c, t, v.hi);
}

void points_add_number(struct buf *out, const struct rules *r, int64_t v)
{
    decimal_add_short(out, v, r->scale);
}
