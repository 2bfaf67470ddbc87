/* Cells of register files.
 *
 * Structure: cell_read sees to empty cells, then one reader per value type (a table), then the
 * declared range. Dates are read without a branch per character: eight bytes at a time, all
 * digits checked at once.
 *
 * Invariant: a value that leaves cell_read lies in the field's range or is an open end. */
#include "service/cells.h"

#include <string.h>

#include "base/division.h"
#include "base/idnum.h"

#define DIVISION_CODES 1000000
#define SHARE_ONE 10000
#define FEN_PER_YUAN 100

/* --- open ends -------------------------------------------------------------------------------- */

static bool is_date_type(enum value_type vt)
{
    return vt == VT_DATE || vt == VT_MONTH;
}

static int64_t open_start_of(enum value_type vt)
{
    return vt == VT_MONTH ? MONTH_FIRST - 1 : DATE_OPEN_START;
}

static int64_t open_end_of(enum value_type vt)
{
    return vt == VT_MONTH ? MONTH_OPEN_END : DATE_OPEN_END;
}

bool cell_is_open(const struct rule_field *f, int64_t value)
{
    return is_date_type(f->type.vt) &&
           (value == open_start_of(f->type.vt) || value == open_end_of(f->type.vt));
}

/* --- one reader per type ---------------------------------------------------------------------- */

/* Up to eight bytes as a number, the rest 0. */
static inline uint64_t head_of(struct str s)
{
    uint64_t w = 0;
    memcpy(&w, s.p, s.n < 8 ? s.n : 8);
    return w;
}

/* Are all bytes of `w` decimal digits? Adding 6 carries exactly the bytes above '9'. */
static inline bool all_digits(uint64_t w)
{
    const uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0), zero = UINT64_C(0x3030303030303030);
    return ((w & high) == zero) & (((w + UINT64_C(0x0606060606060606)) & high) == zero);
}

static inline int32_t digit_at(uint64_t w, int byte)
{
    return (int32_t)(w >> (8 * byte) & 15);
}

#define BYTE_AT(i, c) ((uint64_t)(uint8_t)(c) << (8 * (i)))

/* YYYY-MM in the low seven bytes of `w`; the eighth byte must be a digit. */
static inline bool year_month(uint64_t w, int32_t *ret_year, int32_t *ret_month)
{
    const uint64_t dash = BYTE_AT(4, 0xFF);
    bool ok = (w & dash) == BYTE_AT(4, '-');
    w = (w & ~dash) | BYTE_AT(4, '0');
    ok &= all_digits(w);
    *ret_year = digit_at(w, 0) * 1000 + digit_at(w, 1) * 100 + digit_at(w, 2) * 10 + digit_at(w, 3);
    *ret_month = digit_at(w, 5) * 10 + digit_at(w, 6);
    return ok;
}

static enum data_msg read_date(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    if (s.n != 10) return DATA_BAD_DATE;
    uint64_t w = head_of(s);
    bool dash = w >> 56 == '-';
    int32_t year, month;
    bool ok = year_month((w & ~BYTE_AT(7, 0xFF)) | BYTE_AT(7, '0'), &year, &month) & dash;
    uint32_t tens = (uint32_t)(uint8_t)s.p[8] - '0', ones = (uint32_t)(uint8_t)s.p[9] - '0';
    ok &= (tens <= 9) & (ones <= 9);
    int32_t day = (int32_t)(tens * 10 + ones);
    if (!ok || !date_is_valid(year, month, day)) return DATA_BAD_DATE;
    *ret = date_from_civil(year, month, day);
    return DATA_MSG_COUNT;
}

static enum data_msg read_month(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    int32_t year, month;
    if (s.n != 7 || !year_month(head_of(s) | BYTE_AT(7, '0'), &year, &month)) return DATA_BAD_MONTH;
    if (year < 1 || month < 1 || month > 12) return DATA_BAD_MONTH;
    *ret = year * 12 + month - 1;
    return DATA_MSG_COUNT;
}

static enum data_msg read_scaled(struct str s, int64_t scale, int64_t *ret)
{
    return decimal_parse(s, scale, ret) == ERR_OK ? DATA_MSG_COUNT : DATA_BAD_NUMBER;
}

static enum data_msg read_integer(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    return read_scaled(s, 1, ret);
}

static enum data_msg read_money(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    return read_scaled(s, FEN_PER_YUAN, ret);
}

static enum data_msg read_points(struct cell_reader *c, struct str s, int64_t *ret)
{
    return read_scaled(s, c->rules->scale, ret);
}

static enum data_msg read_share(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    struct ratio r;
    if (ratio_parse(s, &r) != ERR_OK) return DATA_BAD_NUMBER;
    int64_t low, high;
    if (decimal_mul_div(SHARE_ONE, r.num, r.den, ROUND_DOWN, &low) != ERR_OK ||
        decimal_mul_div(SHARE_ONE, r.num, r.den, ROUND_UP, &high) != ERR_OK)
        return DATA_BAD_NUMBER;
    /* a third is kept to the nearest ten-thousandth below: owners' shares must not sum above 1 */
    *ret = low;
    return low < 0 || high < 0 ? DATA_BAD_NUMBER : DATA_MSG_COUNT;
}

static const struct {
    struct str word;
    int64_t value;
} yes_no_words[] = {
    {{"yes", 3}, 1}, {{"no", 2}, 0}, {{"true", 4}, 1}, {{"false", 5}, 0},
    {{"1", 1}, 1},   {{"0", 1}, 0},  {{"是", 3}, 1},   {{"否", 3}, 0},
};

static enum data_msg read_yes_no(struct cell_reader *c, struct str s, int64_t *ret)
{
    (void)c;
    for (size_t i = 0; i < sizeof yes_no_words / sizeof *yes_no_words; i++)
        if (str_eq(s, yes_no_words[i].word)) {
            *ret = yes_no_words[i].value;
            return DATA_MSG_COUNT;
        }
    return DATA_BAD_YES_NO;
}

static enum data_msg read_member(struct cell_reader *c, struct str s, int64_t *ret)
{
    const struct rule_enum *en = &c->rules->enums[c->field->type.ref];
    uint64_t head = head_of(s);
    for (uint32_t i = 0; i < en->member_count; i++)
        if (c->heads[i] == head && str_eq(en->members[i].ascii, s)) {
            *ret = i;
            return DATA_MSG_COUNT;
        }
    return DATA_UNKNOWN_CODE;
}

static enum data_msg read_division(struct cell_reader *c, struct str s, int64_t *ret)
{
    if (s.n != 6) return DATA_UNKNOWN_DIVISION;
    uint64_t w = head_of(s) | BYTE_AT(6, '0') | BYTE_AT(7, '0');
    if (!all_digits(w)) return DATA_UNKNOWN_DIVISION;
    int32_t code = 0;
    for (int i = 0; i < 6; i++)
        code = code * 10 + digit_at(w, i);
    *ret = code;
    if (!c->divisions) return division_is_known(code) ? DATA_MSG_COUNT : DATA_UNKNOWN_DIVISION;
    if (c->divisions[code] == 0) c->divisions[code] = division_is_known(code) ? 1 : 2;
    return c->divisions[code] == 1 ? DATA_MSG_COUNT : DATA_UNKNOWN_DIVISION;
}

/* Reads the text itself; which number it gets is cell_read's business. */
static enum data_msg read_key(struct cell_reader *c, struct str s, int64_t *ret)
{
    struct idnum id;
    *ret = 0;
    if (c->is_idnum && idnum_parse(s, c->today, &id) != ERR_OK) return DATA_BAD_IDNUM;
    return DATA_MSG_COUNT;
}

typedef enum data_msg read_fn(struct cell_reader *c, struct str s, int64_t *ret);

static read_fn *const readers[VT_COUNT_OF] = {
    [VT_BOOL] = read_yes_no,    [VT_INT] = read_integer,     [VT_POINTS] = read_points,
    [VT_MONEY] = read_money,    [VT_DATE] = read_date,       [VT_MONTH] = read_month,
    [VT_MONTHS] = read_integer, [VT_DAYS] = read_integer,    [VT_AGE] = read_integer,
    [VT_LEVEL] = read_member,   [VT_CATEGORY] = read_member, [VT_DIVISION] = read_division,
    [VT_KEY] = read_key,        [VT_SHARE] = read_share,
};

/* --- a cell ----------------------------------------------------------------------------------- */

static enum err heads_new(struct arena *a, const struct rule_enum *en, const uint64_t **ret)
{
    uint64_t *heads = ARENA_ARRAY(a, uint64_t, en->member_count);
    if (heads == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < en->member_count; i++)
        heads[i] = head_of(en->members[i].ascii);
    *ret = heads;
    return ERR_OK;
}

enum err cell_reader_init(struct arena *a, const struct rules *r, const struct rule_field *f,
                          struct text_map *keys, int32_t today, struct cell_reader *ret)
{
    enum value_type vt = f->type.vt;
    INVARIANT(vt < VT_COUNT_OF);
    struct cell_reader c = {.rules = r,
                            .field = f,
                            .is_idnum = vt == VT_KEY && str_eq(f->name.ascii, STR("id_number")),
                            .today = today,
                            .open_start = open_start_of(vt),
                            .open_end = open_end_of(vt),
                            .keys = keys};
    if (vt == VT_LEVEL || vt == VT_CATEGORY) {
        enum err e = heads_new(a, &r->enums[f->type.ref], &c.heads);
        if (e != ERR_OK) return e;
    }
    *ret = c;
    return ERR_OK;
}

enum err cell_reader_prepare(struct arena *a, struct cell_reader *c)
{
    if (c->field->type.vt != VT_DIVISION) return ERR_OK;
    c->divisions = ARENA_ARRAY(a, uint8_t, DIVISION_CODES);
    return c->divisions ? ERR_OK : ERR_NOMEM;
}

static enum data_msg read_empty(const struct cell_reader *c, int64_t *ret_value, bool *ret_known)
{
    enum field_empty empty = c->field->empty;
    *ret_known = empty != EMPTY_UNKNOWN;
    *ret_value = empty == EMPTY_OPEN ? c->open_end : empty == EMPTY_ALWAYS ? c->open_start : 0;
    return empty == EMPTY_REFUSED ? DATA_EMPTY_CELL : DATA_MSG_COUNT;
}

enum data_msg cell_read(struct cell_reader *c, struct str cell, int64_t *ret_value, bool *ret_known,
                        enum err *ret_err)
{
    if (cell.n == 0) return read_empty(c, ret_value, ret_known);
    const struct rule_field *f = c->field;
    int64_t v = 0;
    enum data_msg msg = readers[f->type.vt](c, cell, &v);
    if (msg != DATA_MSG_COUNT) return msg;
    if (f->type.vt == VT_KEY) {
        uint32_t number;
        *ret_err = text_map_add(c->keys, cell, &number);
        if (*ret_err != ERR_OK) return DATA_MSG_COUNT;
        v = number;
    } else if (v < f->lo || v > f->hi) {
        return DATA_OUT_OF_RANGE;
    }
    *ret_value = v;
    *ret_known = true;
    return DATA_MSG_COUNT;
}

/* --- and back --------------------------------------------------------------------------------- */

static void add_share(struct buf *out, int64_t v)
{
    decimal_add_short(out, v, SHARE_ONE);
}

void cell_add_value(struct buf *out, const struct rules *r, struct type t, int64_t value)
{
    switch (t.vt) {
    case VT_DATE:
        date_add_text(out, (int32_t)value);
        return;
    case VT_MONTH:
        month_add_text(out, (int32_t)value);
        return;
    case VT_MONEY:
        decimal_add_short(out, value, FEN_PER_YUAN);
        return;
    case VT_POINTS:
        decimal_add_short(out, value, r->scale);
        return;
    case VT_SHARE:
        add_share(out, value);
        return;
    case VT_BOOL:
        buf_add_c(out, value != 0 ? "yes" : "no");
        return;
    case VT_LEVEL:
    case VT_CATEGORY:
        buf_add(out, r->enums[t.ref].members[value].ascii);
        return;
    case VT_DIVISION:
        buf_printf(out, "%06d", (int)value);
        return;
    case VT_INT:
    case VT_MONTHS:
    case VT_DAYS:
    case VT_AGE:
    case VT_KEY:
        buf_add_int(out, value);
        return;
    case VT_COUNT_OF:
        break;
    }
    INVARIANT(!"a value type");
}

void cell_add_text(struct buf *out, const struct rules *r, const struct rule_field *f,
                   int64_t value)
{
    if (!cell_is_open(f, value)) cell_add_value(out, r, f->type, value);
}
