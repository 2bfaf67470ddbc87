/* Values, types and days in words, in the language of the file that is being checked.
 *
 * Everything here only feeds findings; a lack of memory gives empty words and is remembered. */
#include "lang/check_internal.h"

struct str text_take(struct check *k, struct buf *b)
{
    struct str s = {NULL, 0};

    if (buf_err(b) == ERR_OK) s = str_copy(k->a, buf_str(b));
    if (s.p == NULL) k->nomem = true;
    buf_done(b);
    return s;
}

struct str text_two(const struct check *k, const char *zh, const char *en)
{
    return str_from_c(k->lang == LANG_ZH ? zh : en);
}

struct str text_kw(const struct check *k, enum keyword kw)
{
    return str_from_c(keyword_text(kw, k->lang));
}

struct str text_name(const struct check *k, const struct rule_name *n)
{
    return rules_name(n, k->lang);
}

struct str text_int(struct check *k, int64_t v)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add_int(&b, v);
    return text_take(k, &b);
}

static void add_unit(const struct check *k, struct buf *b, enum unit u, bool one)
{
    if (k->lang == LANG_EN && u != UNIT_PERCENT) buf_add_char(b, ' ');
    buf_add_c(b, unit_text(u, k->lang, one));
}

static void add_day(const struct check *k, struct buf *b, int64_t day)
{
    if (day > DATE_LAST)
        buf_add(b, text_two(k, "不限", "no end"));
    else if (day < DATE_FIRST)
        buf_add(b, text_two(k, "早已", "always"));
    else if (k->lang == LANG_ZH)
        date_add_text_zh(b, (int32_t)day);
    else
        date_add_text(b, (int32_t)day);
}

static void add_member(const struct check *k, struct buf *b, struct type t, int64_t v)
{
    const struct rule_enum *e = &k->r->enums[t.ref];

    if (v >= 0 && v < (int64_t)e->member_count) buf_add(b, text_name(k, &e->members[v]));
}

static void add_value(const struct check *k, struct buf *b, struct type t, int64_t v)
{
    switch (t.vt) {
    case VT_BOOL:
        buf_add(b, text_kw(k, v ? KW_YES : KW_NO));
        return;
    case VT_INT:
        buf_add_int(b, v);
        if (t.ref < 0) return;
        if (k->lang == LANG_EN) buf_add_char(b, ' ');
        buf_add(b, text_name(k, &k->r->units[t.ref].name));
        return;
    case VT_POINTS:
        decimal_add_short(b, v, k->r->scale);
        add_unit(k, b, UNIT_POINTS, false);
        return;
    case VT_MONEY:
        decimal_add_short(b, v, 100);
        add_unit(k, b, UNIT_YUAN, v == 100);
        return;
    case VT_DATE:
        add_day(k, b, v);
        return;
    case VT_MONTH:
        month_add_text(b, (int32_t)v);
        return;
    case VT_MONTHS:
        buf_add_int(b, v);
        add_unit(k, b, UNIT_MONTHS, v == 1);
        return;
    case VT_DAYS:
        buf_add_int(b, v);
        add_unit(k, b, UNIT_DAYS, v == 1);
        return;
    case VT_AGE:
        buf_add_int(b, v);
        add_unit(k, b, UNIT_YEARS_OLD, v == 1);
        return;
    case VT_LEVEL:
    case VT_CATEGORY:
        add_member(k, b, t, v);
        return;
    case VT_SHARE:
        decimal_add_short(b, v, 100);
        buf_add_char(b, '%');
        return;
    case VT_DIVISION:
    case VT_KEY:
    case VT_COUNT_OF:
        buf_add_int(b, v);
        return;
    }
}

struct str text_value(struct check *k, struct type t, int64_t v)
{
    struct buf b;

    buf_init(&b, 0);
    add_value(k, &b, t, v);
    return text_take(k, &b);
}

struct str text_points(struct check *k, int64_t v)
{
    return text_value(k, TYPE(VT_POINTS), v);
}

struct str text_day(struct check *k, int32_t day)
{
    return text_value(k, TYPE(VT_DATE), day);
}

struct str text_days(struct check *k, int32_t from, int32_t to)
{
    struct buf b;

    buf_init(&b, 0);
    add_day(k, &b, from);
    buf_add(&b, text_two(k, "至", " to "));
    add_day(k, &b, to);
    return text_take(k, &b);
}

struct str text_place(struct check *k, struct src_pos pos)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, k->files[pos.file].path);
    buf_add_char(&b, ':');
    buf_add_int(&b, pos.line);
    return text_take(k, &b);
}

struct str text_type(struct check *k, struct type t)
{
    static const char *const words[VT_COUNT_OF][2] = {
        [VT_BOOL] = {"是否", "yes or no"},
        [VT_INT] = {"整数", "a number"},
        [VT_POINTS] = {"分数", "points"},
        [VT_MONEY] = {"金额", "money"},
        [VT_DATE] = {"日期", "a date"},
        [VT_MONTH] = {"月份", "a calendar month"},
        [VT_MONTHS] = {"月数（年、个月）", "a length in months or years"},
        [VT_DAYS] = {"天数", "a length in days"},
        [VT_AGE] = {"周岁", "an age"},
        [VT_LEVEL] = {"等级", "levels"},
        [VT_CATEGORY] = {"类别", "category"},
        [VT_DIVISION] = {"区划", "a division"},
        [VT_KEY] = {"编号", "a key"},
        [VT_SHARE] = {"比例", "a share"},
    };
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, text_two(k, words[t.vt][0], words[t.vt][1]));
    if (t.ref >= 0) {
        bool is_enum = t.vt == VT_LEVEL || t.vt == VT_CATEGORY;
        buf_add(&b, text_two(k, "「", " "));
        buf_add(&b, text_name(k, is_enum ? &k->r->enums[t.ref].name : &k->r->units[t.ref].name));
        buf_add(&b, text_two(k, "」", ""));
    }
    return text_take(k, &b);
}

struct str text_kind(const struct check *k, enum sym_kind kind)
{
    static const char *const words[SYM_KIND_COUNT][2] = {
        [SYM_SCHEME] = {"方案", "scheme"},       [SYM_ENUM] = {"等级或类别", "levels or category"},
        [SYM_MEMBER] = {"成员", "member"},       [SYM_UNIT] = {"单位", "unit"},
        [SYM_REGISTER] = {"登记", "register"},   [SYM_FIELD] = {"字段", "field"},
        [SYM_PARAM] = {"参数", "parameter"},     [SYM_GROUP] = {"组", "group"},
        [SYM_INDICATOR] = {"指标", "indicator"}, [SYM_CLAUSE] = {"条", "clause"},
        [SYM_GATE] = {"资格", "gate"},
    };

    return text_two(k, words[kind][0], words[kind][1]);
}
