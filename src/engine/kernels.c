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

/* WALK: loops over one person's few rows; vectors would only get in their way. APART: a loop whose
 * arrays do not overlap. Hints, and for one compiler only. */
#if defined(__clang__)
#define WALK
#define APART
#else
#define WALK __attribute__((optimize("no-tree-loop-vectorize")))
#define APART _Pragma("GCC ivdep")
#endif

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

/* --- where everybody's rows are --- */

/* The running sums of eight counts, one to a byte, by one multiplication; false where a sum could
 * leave its byte, or bytes do not lie as the product needs them. */
static inline bool sums_of_eight(const uint8_t *counts, uint8_t *ret)
{
    uint64_t w;
    memcpy(&w, counts, sizeof w);
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || (w & UINT64_C(0xE0E0E0E0E0E0E0E0)) != 0)
        return false;
    w *= UINT64_C(0x0101010101010101);
    memcpy(ret, &w, sizeof w);
    return true;
}

static void offsets(uint32_t *restrict off, const uint8_t *restrict counts, uint32_t first,
                    size_t n)
{
    uint8_t sums[8];
    size_t i = 0;
    off[0] = first;
    while (i < n) {
        if (i + 8 <= n && sums_of_eight(counts + i, sums)) {
            for (size_t k = 0; k < 8; k++)
                off[i + 1 + k] = first + sums[k];
            first += sums[7];
            i += 8;
        } else {
            first += counts[i++];
            off[i] = first;
        }
    }
}

#if defined(__AVX512VL__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define UNFOLD_EIGHTS

/* Ask for the next lines. */
static inline void fetch_some(struct fetch *f, int lines)
{
    for (int i = 0; i < lines; i++) {
        const uint32_t r = f->range;
        __builtin_prefetch((const void *)f->at[r], 0, 2);
        f->at[r] += 64;
        f->range += --f->lines[r] == 0;
    }
}

/* unfold (kernels.h) for eight persons at a time: their ends are gathered, those to be walked are
 * packed. Returns how many persons are done, all but the last few. */
static uint32_t unfold_eights(int32_t *out, const uint64_t *prefix, const struct record_args *x,
                              int64_t bias, int64_t otherwise, uint32_t *several, uint8_t *some,
                              uint32_t *ret_listed)
{
    const __m256i base = _mm256_set1_epi32((int32_t)x->seg.base);
    const __m256i none = _mm256_set1_epi32((int32_t)otherwise);
    const __m256i more = _mm256_set1_epi32((int32_t)bias), eight = _mm256_set1_epi32(8);
    const __m512i one = _mm512_set1_epi64(1);
    const __mmask8 none_too = x->has_none ? 0 : 0xFF;
    __m512i before = _mm512_set1_epi64((int64_t)prefix[0]);
    __m256i who = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    uint32_t n = 0, i = 0;
    for (; i + 8 <= x->seg.count; i += 8) {
        const __m256i ends = _mm256_loadu_si256((const void *)(x->seg.off + i + 1));
        const __m512i here = _mm512_i32gather_epi64(_mm256_sub_epi32(ends, base), prefix, 8);
        const __m512i own = _mm512_sub_epi64(here, _mm512_alignr_epi64(here, before, 7));
        const __m512i count = _mm512_srli_epi64(own, 32);
        const __mmask8 has = _mm512_test_epi64_mask(count, count);
        const __mmask8 list = _mm512_cmpgt_epu64_mask(count, one) | (none_too & (__mmask8)~has);
        const __m256i value = _mm256_add_epi32(_mm512_cvtepi64_epi32(own), more);
        _mm256_storeu_si256((void *)(out + i), _mm256_mask_blend_epi32(has, none, value));
        _mm_storel_epi64((void *)(some + i), _mm_maskz_set1_epi8(has, 1));
        _mm256_storeu_si256((void *)(several + n), _mm256_maskz_compress_epi32(list, who));
        n += (uint32_t)__builtin_popcount(list);
        who = _mm256_add_epi32(who, eight);
        before = here;
        fetch_some(x->fetch, 2);
    }
    *ret_listed = n;
    return i;
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

/* left * pooled_share(d) >> 16 = left / d for the days left over of a few spells (at most 120);
 * 0 where they are not pooled. */
static uint32_t pooled_share(int64_t days)
{
    return days > 0 ? (uint32_t)(65536 / days + 1) : 0;
}

/* --- [first, last] pairs of months or days, both included --- */

static int pair_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* Rows mostly arrive ordered, and mostly there are few. */
WALK static void pairs_sort(int64_t *p, uint32_t n)
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
WALK static uint32_t pairs_merge(int64_t *p, uint32_t n)
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

static int64_t pairs_months(int64_t *p, uint32_t n, int64_t unused)
{
    int64_t sum = 0;
    (void)unused;
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

/* --- persons with few pairs: side by side instead of one after the other --- */

#define FEW 4 /* pairs of one person at most */

/* Pairs by columns: the k-th of everybody stands in a[k], b[k]. Results come in a[0]. */
struct few {
    uint32_t count;
    int32_t *a[FEW], *b[FEW];
    uint32_t *who;
    int32_t *first, *rows; /* of each */
};

/* Room for `persons` of them. */
static struct few few_in(int32_t *scratch, size_t persons)
{
    struct few f = {.who = (uint32_t *)(scratch + 2 * FEW * persons),
                    .first = scratch + (2 * FEW + 1) * persons,
                    .rows = scratch + (2 * FEW + 2) * persons};
    for (size_t k = 0; k < FEW; k++) {
        f.a[k] = scratch + 2 * k * persons;
        f.b[k] = f.a[k] + persons;
    }
    return f;
}

static inline int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t greatest(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* One person's pairs, [a, b). */
struct few_of {
    int32_t a[FEW], b[FEW];
};

static inline struct few_of few_take(const struct few *f, size_t i)
{
    return (struct few_of){{f->a[0][i], f->a[1][i], f->a[2][i], f->a[3][i]},
                           {f->b[0][i], f->b[1][i], f->b[2][i], f->b[3][i]}};
}

static inline void few_order(struct few_of *x, int p, int q)
{
    const bool swap = x->a[q] < x->a[p];
    const int32_t a = x->a[p], b = x->b[p];
    x->a[p] = swap ? x->a[q] : a;
    x->b[p] = swap ? x->b[q] : b;
    x->a[q] = swap ? a : x->a[q];
    x->b[q] = swap ? b : x->b[q];
}

/* By their beginnings. */
static inline void few_sort(struct few_of *x)
{
    few_order(x, 0, 1);
    few_order(x, 2, 3);
    few_order(x, 0, 2);
    few_order(x, 1, 3);
    few_order(x, 1, 2);
}

/* As pairs_months. */
static bool few_months(const struct few *f, int64_t unused)
{
    int32_t *restrict out = f->a[0];
    const size_t n = f->count;
    const struct few t = *f;
    (void)unused;
    for (size_t i = 0; i < n; i++) {
        struct few_of x = few_take(&t, i);
        int32_t reach = INT32_MIN, sum = 0;
        few_sort(&x);
        for (int k = 0; k < FEW; k++) {
            sum += greatest(x.b[k] - greatest(x.a[k], reach), 0);
            reach = greatest(reach, x.b[k]);
        }
        out[i] = sum;
    }
    return true;
}

/* Is every day near? Days of empty pairs do not matter. */
static bool few_near(const struct few *f)
{
    int32_t far = 0;
    for (int k = 0; k < FEW; k++) {
        const int32_t *a = f->a[k], *b = f->b[k];
        for (size_t i = 0; i < f->count; i++)
            far |= (b[i] > a[i]) & ((a[i] < NEAR_FIRST) | (b[i] > NEAR_LAST));
    }
    return !far;
}

/* Pair k + 1 joins pair k, which is then empty, where it begins no later than that ends. */
static inline void few_join(struct few_of *x, int k)
{
    const int32_t a = x->a[k], b = x->b[k], p = x->a[k + 1], q = x->b[k + 1];
    const bool join = (q > p) & (p <= b);
    x->b[k] = join ? a : b;
    x->a[k + 1] = join ? a : p;
    x->b[k + 1] = join ? greatest(b, q) : q;
}

static void few_merge(const struct few *f)
{
    const struct few t = *f;
    const size_t n = f->count;
    APART
    for (size_t i = 0; i < n; i++) {
        struct few_of x = few_take(&t, i);
        few_sort(&x);
        few_join(&x, 0);
        few_join(&x, 1);
        few_join(&x, 2);
        for (int k = 0; k < FEW; k++) {
            t.a[k][i] = x.a[k];
            t.b[k][i] = x.b[k];
        }
    }
}

/* Months and days left of [a, b), in their place; of empty pairs 0. */
static void spans_months(int32_t *restrict a, int32_t *restrict b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int32_t from = least(greatest(a[i], NEAR_FIRST), NEAR_LAST);
        const struct near_span whole = near_months(from, greatest(least(b[i], NEAR_LAST), from));
        a[i] = whole.months;
        b[i] = (int32_t)whole.left;
    }
}

/* As pairs_spell_months; false, and nothing done, where a day is far away. */
static bool few_spells(const struct few *f, int64_t pooled_days)
{
    const uint32_t share = pooled_share(pooled_days);
    const size_t n = f->count;
    const struct few t = *f;
    if (!few_near(f)) return false;
    few_merge(f);
    for (int k = 0; k < FEW; k++)
        spans_months(t.a[k], t.b[k], n);
    for (size_t i = 0; i < n; i++) {
        const struct few_of x = few_take(&t, i);
        const uint32_t left = (uint32_t)(x.b[0] + x.b[1] + x.b[2] + x.b[3]);
        t.a[0][i] = x.a[0] + x.a[1] + x.a[2] + x.a[3] + (int32_t)((left * share) >> 16);
    }
    return true;
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
