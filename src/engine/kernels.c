/* The kernels, instantiated for both lane types; built twice on x86-64 (KERNEL_SET names the set).
 *
 * What walks one person's records beyond a simple reduction works on 64-bit pairs and is written
 * once, here; kernels_lane.h holds what depends on the lane type. */
#include "engine/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"

#ifndef KERNEL_SET
#define KERNEL_SET portable
#endif

__extension__ typedef __int128 int128;

static inline bool steps_fit(const struct steps *s, int64_t least, int64_t greatest)
{
    if (s->lo < least || s->hi > greatest) return false;
    return s->count == 0 || (s->from[0] >= least && s->from[s->count - 1] <= greatest);
}

/* 16 values of 16 bits looked up by 16 bytes at once, where the instruction set can. */
#if defined(__SSSE3__)
#include <immintrin.h>
#define TABLE_16
typedef int16_t table_half __attribute__((vector_size(16)));
struct table_16 {
    __m128i low, high; /* bytes of the values */
};

static inline struct table_16 table_16_load(const int16_t *v)
{
    uint8_t low[16], high[16];
    for (int i = 0; i < 16; i++) {
        low[i] = (uint8_t)((uint16_t)v[i] & 255);
        high[i] = (uint8_t)((uint16_t)v[i] >> 8);
    }
    return (struct table_16){_mm_loadu_si128((const __m128i *)(const void *)low),
                             _mm_loadu_si128((const __m128i *)(const void *)high)};
}

static inline void table_16_look(const struct table_16 *t, const uint8_t *x, table_half *ret_lo,
                                 table_half *ret_hi)
{
    const __m128i at =
        _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)x), _mm_set1_epi8(15));
    const __m128i low = _mm_shuffle_epi8(t->low, at), high = _mm_shuffle_epi8(t->high, at);
    *ret_lo = (table_half)_mm_unpacklo_epi8(low, high);
    *ret_hi = (table_half)_mm_unpackhi_epi8(low, high);
}
#endif

/* Open ends lie in no year that has a first day; they stay. */
static int32_t year_start_of(int32_t date)
{
    const struct civil c = date_to_civil(date);
    return date_is_valid(c.year, 1, 1) ? date_from_civil(c.year, 1, 1) : date;
}

#define MONTHS_MOST 2400 /* what the compiler's static range allows */

/* --- one spell, in 32-bit arithmetic without branches --- */

/* Where every fourth year is a leap year, and a month earlier still is. */
#define NEAR_ORIGIN (-25508)            /* 1900-03-01 */
#define NEAR_FIRST (NEAR_ORIGIN + 31)   /* 1900-04-01 */
#define NEAR_LAST (NEAR_ORIGIN + 73048) /* 2100-02-28 */

struct near_day {
    uint32_t month;  /* since March 1900 */
    uint32_t day;    /* 1..31 */
    uint32_t before; /* days of the month before */
};

/* First day of month m (0 = March) of a year that begins in March, from 0. */
static inline uint32_t near_month_start(uint32_t m)
{
    return ((153 * m + 2) * 52429) >> 18; /* / 5 */
}

/* Divisions as products with rounded-up inverses, exact in the range. */
static inline struct near_day near_day_of(int32_t date)
{
    const uint32_t n = (uint32_t)(date - NEAR_ORIGIN);
    const uint32_t cycle = (n * 45934) >> 26, rest = n - 1461 * cycle; /* / 1461 */
    const uint32_t whole = (rest * 11492) >> 22;                       /* / 365 */
    const uint32_t year = whole < 3 ? whole : 3, day = rest - 365 * year;
    const uint32_t month = ((5 * day + 2) * 857) >> 17; /* / 153 */
    const uint32_t start = near_month_start(month);
    const uint32_t earlier = near_month_start(month ? month - 1 : 0);
    return (struct near_day){.month = (4 * cycle + year) * 12 + month,
                             .day = day - start + 1,
                             .before = month ? start - earlier : 28u + (year == 0)};
}

struct near_span {
    int32_t months;
    uint32_t left; /* days */
};

/* Whole months of [from, to) and the days left over, as date_whole_months for any dates. Requires
 * NEAR_FIRST <= from <= to <= NEAR_LAST.
 * CLAUSE: registers §3 reading 5 */
static inline struct near_span near_months(int32_t from, int32_t to)
{
    const struct near_day a = near_day_of(from), b = near_day_of(to);
    const bool short_of = b.day < a.day;
    /* days since the last whole month began: on a.day of the month before, or, where that has no
     * such day, on the first of this one */
    const uint32_t since = a.day <= b.before ? b.before - a.day + b.day : b.day - 1;
    return (struct near_span){.months = (int32_t)(b.month - a.month - short_of),
                              .left = short_of ? since : b.day - a.day};
}

/* --- [first, last] pairs of months or days, both included --- */

static int pair_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* Rows mostly arrive ordered, and mostly there are few. */
static void pairs_sort(int64_t *p, uint32_t n)
{
    if (n > 64) {
        qsort(p, n, 2 * sizeof *p, pair_order);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        const int64_t a = p[2 * i], b = p[2 * i + 1];
        uint32_t k = i;
        for (; k > 0 && p[2 * k - 2] > a; k--) {
            p[2 * k] = p[2 * k - 2];
            p[2 * k + 1] = p[2 * k - 1];
        }
        p[2 * k] = a;
        p[2 * k + 1] = b;
    }
}

/* Merge ordered pairs that overlap or touch, in place; empty ones go. */
static uint32_t pairs_merge(int64_t *p, uint32_t n)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (p[2 * i + 1] < p[2 * i]) continue;
        if (out > 0 && p[2 * i] <= p[2 * out - 1] + 1) {
            if (p[2 * i + 1] > p[2 * out - 1]) p[2 * out - 1] = p[2 * i + 1];
            continue;
        }
        p[2 * out] = p[2 * i];
        p[2 * out + 1] = p[2 * i + 1];
        out++;
    }
    return out;
}

static int64_t pairs_months(int64_t *p, uint32_t n)
{
    int64_t sum = 0;
    n = pairs_merge(p, n);
    for (uint32_t i = 0; i < n; i++)
        sum += p[2 * i + 1] - p[2 * i] + 1;
    return sum;
}

/* CLAUSE: registers §3 reading 5. Whole months of each merged spell; days left over are pooled. */
static int64_t pairs_spell_months(int64_t *p, uint32_t n, int64_t pooled_days)
{
    int64_t sum = 0, left = 0;
    n = pairs_merge(p, n);
    for (uint32_t i = 0; i < n; i++) {
        const int64_t from = p[2 * i], to = p[2 * i + 1] + 1;
        int32_t days = 0;
        if (from >= NEAR_FIRST && to <= NEAR_LAST) {
            const struct near_span whole = near_months((int32_t)from, (int32_t)to);
            sum += whole.months;
            left += whole.left;
        } else {
            sum += date_whole_months((int32_t)from, (int32_t)to, &days);
            left += days;
        }
    }
    return pooled_days > 0 ? sum + left / pooled_days : sum;
}

/* Months walked back from `today`; a run of more than `gap` months outside all pairs ends it. */
static int64_t pairs_consecutive(int64_t *p, uint32_t n, int64_t today, int64_t gap)
{
    int64_t sum = 0, next = today;
    n = pairs_merge(p, n);
    for (uint32_t i = n; i-- > 0;) {
        if (next - p[2 * i + 1] > gap) break;
        sum += p[2 * i + 1] - p[2 * i] + 1;
        next = p[2 * i] - 1;
    }
    return sum;
}

/* --- points of single records, bound by key and by year --- */

#define EACH_ALONE INT64_MIN /* unknown (or open): a key or year of its own */

struct each_item {
    int64_t key, year, points, order;
};

static int64_t each_year(int64_t event)
{
    return event < DATE_FIRST || event > DATE_LAST ? EACH_ALONE
                                                   : date_to_civil((int32_t)event).year;
}

static int each_by_key(const void *a, const void *b)
{
    const struct each_item *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    if (x->points != y->points) return x->points > y->points ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int each_by_year(const void *a, const void *b)
{
    const struct each_item *x = a, *y = b;
    return (x->year > y->year) - (x->year < y->year);
}

/* The best of each key stays (ties: the first). */
static uint32_t each_keep_best(struct each_item *list, uint32_t n)
{
    uint32_t out = 0;
    qsort(list, n, sizeof *list, each_by_key);
    for (uint32_t i = 0; i < n; i++) {
        if (out > 0 && list[i].key != EACH_ALONE && list[i].key == list[out - 1].key) continue;
        list[out++] = list[i];
    }
    return out;
}

/* True on 64-bit overflow. */
static bool each_sum(struct each_item *list, uint32_t n, bool keyed, bool yearly, int64_t cap,
                     int64_t *ret)
{
    int64_t sum = 0, year_sum = 0;
    bool over = false;
    if (keyed && n > 1) n = each_keep_best(list, n);
    if (yearly && n > 1) qsort(list, n, sizeof *list, each_by_year);
    for (uint32_t i = 0; i < n; i++) {
        over |= __builtin_add_overflow(year_sum, list[i].points, &year_sum);
        const bool goes_on =
            yearly && i + 1 < n && list[i].year != EACH_ALONE && list[i + 1].year == list[i].year;
        if (goes_on) continue;
        if (yearly && year_sum > cap) year_sum = cap;
        over |= __builtin_add_overflow(sum, year_sum, &sum);
        year_sum = 0;
    }
    *ret = sum;
    return over;
}

#define GLUE3(a, b, c) a##b##c
#define GLUE(a, b, c) GLUE3(a, b, c)
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

#define LANE int32_t
#define ULANE uint32_t
#define WIDER int64_t
#define LANE_MIN INT32_MIN
#define LANE_MAX INT32_MAX
#define N(name) GLUE(name, _, i32)
#define TABLE GLUE(kernels_, KERNEL_SET, _i32)
#define TABLE_NAME TEXT(KERNEL_SET) " x i32"
#include "engine/kernels_lane.h"
#undef LANE
#undef ULANE
#undef WIDER
#undef LANE_MIN
#undef LANE_MAX
#undef N
#undef TABLE
#undef TABLE_NAME

#define LANE int64_t
#define ULANE uint64_t
#define WIDER int128
#define LANE_MIN INT64_MIN
#define LANE_MAX INT64_MAX
#define N(name) GLUE(name, _, i64)
#define TABLE GLUE(kernels_, KERNEL_SET, _i64)
#define TABLE_NAME TEXT(KERNEL_SET) " x i64"
#include "engine/kernels_lane.h"
