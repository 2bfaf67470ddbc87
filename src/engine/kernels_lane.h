/* The kernels for one lane type: included by kernels.c once with LANE int32_t, once with int64_t.
 *
 * Expects LANE, ULANE (unsigned), WIDER (products), LANE_MIN/LANE_MAX, N(name) (name with suffix)
 * and TABLE (the table's name). Unchecked arithmetic is unsigned, so a value that broke its
 * declared range wraps instead of being undefined. */

/* --- one lane after the other --- */

#define BINARY(name, expr)                                                                         \
    static void N(name)(void *d, const void *a, const void *b, size_t n)                           \
    {                                                                                              \
        LANE *out = d; /* may be a or b */                                                         \
        const LANE *x = a, *y = b;                                                                 \
        for (size_t i = 0; i < n; i++) {                                                           \
            const LANE p = x[i], q = y[i];                                                         \
            out[i] = (LANE)(expr);                                                                 \
        }                                                                                          \
    }                                                                                              \
    static void N(name##_const)(void *d, const void *a, int64_t c, size_t n)                       \
    {                                                                                              \
        LANE *out = d; /* may be a or b */                                                         \
        const LANE *x = a;                                                                         \
        const LANE q = (LANE)c;                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const LANE p = x[i];                                                                   \
            out[i] = (LANE)(expr);                                                                 \
        }                                                                                          \
    }

BINARY(add, (ULANE)p + (ULANE)q)
BINARY(sub, (ULANE)p - (ULANE)q)
BINARY(min, p < q ? p : q)
BINARY(max, p > q ? p : q)
BINARY(ge, p >= q)
BINARY(gt, p > q)
BINARY(le, p <= q)
BINARY(lt, p < q)
BINARY(eq, p == q)
BINARY(ne, p != q)
BINARY(and, p &q)
BINARY(or, p | q)
#undef BINARY

static void N(add_checked)(void *d, const void *a, const void *b, size_t n, uint8_t *err)
{
    LANE *out = d;
    const LANE *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        err[i] |= __builtin_add_overflow(x[i], y[i], &out[i]);
}

static void N(sub_checked)(void *d, const void *a, const void *b, size_t n, uint8_t *err)
{
    LANE *out = d;
    const LANE *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        err[i] |= __builtin_sub_overflow(x[i], y[i], &out[i]);
}

/* num / den rounded; den > 0. */
static inline WIDER N(divide)(WIDER num, WIDER den, enum rounding r)
{
    WIDER q = num / den, rest = num % den;
    const WIDER away = num < 0 ? -1 : 1, size = rest < 0 ? -rest : rest;
    if (r == ROUND_UP && size != 0) q += away;
    if (r == ROUND_HALF_UP && size >= den - size) q += away;
    return q;
}

static void N(mul)(void *d, const void *a, const void *b, int64_t den, enum rounding r, size_t n,
                   uint8_t *err)
{
    LANE *out = d;
    const LANE *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        const WIDER q = N(divide)((WIDER)x[i] * y[i], den, r);
        err[i] |= q < LANE_MIN || q > LANE_MAX;
        out[i] = (LANE)q;
    }
}

static void N(mul_const)(void *d, const void *a, int64_t c, size_t n)
{
    LANE *restrict out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        out[i] = (LANE)((ULANE)x[i] * (ULANE)c);
}

static void N(div)(void *d, const void *a, const void *b, enum rounding r, size_t n, uint8_t *err)
{
    LANE *out = d;
    const LANE *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        const LANE den = y[i] < 1 ? 1 : y[i]; /* the checker proved >= 1 */
        const WIDER q = N(divide)(x[i], den, r);
        err[i] |= q < LANE_MIN || q > LANE_MAX;
        out[i] = (LANE)q;
    }
}

/* floor(max(0, x) / unit) * gain, at most cap. What lies beyond the cap is cut before it is
 * multiplied, so the product fits the lane whenever cap + gain does (or needs no cap).
 *
 * floor(v / unit) = v * m >> 40 with m = 2^40 / unit rounded up, exact while
 * v * (m * unit - 2^40) < 2^40; the product must fit 64 bits. */
#define PER(name, SRC)                                                                             \
    static void N(name)(void *d, const void *a, int64_t unit, int64_t gain, int64_t cap,           \
                        int64_t input_max, size_t n)                                               \
    {                                                                                              \
        LANE *restrict out = d;                                                                    \
        const SRC *x = a;                                                                          \
        const LANE top = (LANE)(cap < LANE_MAX - gain ? cap : LANE_MAX - gain);                    \
        const LANE most = (LANE)(gain > 0 ? top / gain + 1 : LANE_MAX);                            \
        const LANE end = (LANE)(cap < LANE_MAX ? cap : LANE_MAX);                                  \
        const ULANE g = (ULANE)gain;                                                               \
        const uint64_t one = UINT64_C(1) << 40, m = (one + (uint64_t)unit - 1) / (uint64_t)unit;   \
        const uint64_t excess = m * (uint64_t)unit - one;                                          \
        const bool small = unit < (1 << 20) && input_max < (1 << 20);                              \
        if (unit == 1) {                                                                           \
            for (size_t i = 0; i < n; i++) {                                                       \
                const LANE v = (LANE)(x[i] > 0 ? x[i] : 0);                                        \
                const LANE p = (LANE)((ULANE)(v < most ? v : most) * g);                           \
                out[i] = p < end ? p : end;                                                        \
            }                                                                                      \
        } else if (small && excess * (uint64_t)input_max < one) {                                  \
            for (size_t i = 0; i < n; i++) {                                                       \
                const uint64_t v = (uint64_t)(x[i] > 0 ? x[i] : 0);                                \
                const LANE q = (LANE)((v * m) >> 40);                                              \
                const LANE p = (LANE)((ULANE)(q < most ? q : most) * g);                           \
                out[i] = p < end ? p : end;                                                        \
            }                                                                                      \
        } else {                                                                                   \
            for (size_t i = 0; i < n; i++) {                                                       \
                const LANE v = (LANE)(x[i] > 0 ? x[i] : 0), q = (LANE)(v / (LANE)unit);            \
                const LANE p = (LANE)((ULANE)(q < most ? q : most) * g);                           \
                out[i] = p < end ? p : end;                                                        \
            }                                                                                      \
        }                                                                                          \
    }
PER(per, LANE)
PER(per_u8, uint8_t)
PER(per_i16, int16_t)
PER(per_i32, int32_t)
PER(per_i64, int64_t)
#undef PER

static void N(per_checked)(void *d, const void *a, int64_t unit, int64_t gain, size_t n,
                           uint8_t *err)
{
    LANE *out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++) {
        const int64_t whole = (x[i] > 0 ? x[i] : 0) / unit;
        int64_t p = 0;
        err[i] |= __builtin_mul_overflow(whole, gain, &p);
        out[i] = (LANE)p;
    }
}

static void N(negate_bool)(void *d, const void *a, size_t n)
{
    LANE *restrict out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        out[i] = (LANE)(1 - x[i]);
}

static void N(fill)(void *d, int64_t c, size_t n)
{
    LANE *out = d;
    for (size_t i = 0; i < n; i++)
        out[i] = (LANE)c;
}

/* Four addends a pass, so that a sum of many columns is written n / 4 times, not n times. */
static void N(sum)(void *d, const void *const *src, size_t k, int64_t c, size_t n)
{
    LANE *out = d;
    const ULANE start = (ULANE)c;
    size_t at = 0;
    if (k >= 5) {
        const LANE *p = src[0], *q = src[1], *r = src[2], *s = src[3], *t = src[4];
        for (size_t i = 0; i < n; i++)
            out[i] =
                (LANE)(start + (ULANE)p[i] + (ULANE)q[i] + (ULANE)r[i] + (ULANE)s[i] + (ULANE)t[i]);
        at = 5;
    } else if (k >= 2) {
        const LANE *p = src[0], *q = src[1];
        for (size_t i = 0; i < n; i++)
            out[i] = (LANE)(start + (ULANE)p[i] + (ULANE)q[i]);
        at = 2;
    } else {
        N(fill)(d, c, n);
    }
    for (; at + 3 < k; at += 4) {
        const LANE *p = src[at], *q = src[at + 1], *r = src[at + 2], *s = src[at + 3];
        for (size_t i = 0; i < n; i++)
            out[i] = (LANE)((ULANE)out[i] + (ULANE)p[i] + (ULANE)q[i] + (ULANE)r[i] + (ULANE)s[i]);
    }
    for (; at < k; at++) {
        const LANE *p = src[at];
        for (size_t i = 0; i < n; i++)
            out[i] = (LANE)((ULANE)out[i] + (ULANE)p[i]);
    }
}

static void N(select)(void *d, const void *c, const void *a, const void *b, size_t n)
{
    LANE *restrict out = d;
    const LANE *cond = c, *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        const LANE m = (LANE)-cond[i];
        out[i] = (LANE)((x[i] & m) | (y[i] & ~m));
    }
}

static void N(select_hull)(void *d, const void *clo, const void *chi, const void *a, const void *b,
                           bool greatest, size_t n)
{
    LANE *restrict out = d;
    const LANE *lo = clo, *hi = chi, *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        const LANE outer = greatest ? (x[i] > y[i] ? x[i] : y[i]) : (x[i] < y[i] ? x[i] : y[i]);
        const LANE known = lo[i] ? x[i] : y[i];
        out[i] = lo[i] == hi[i] ? known : outer;
    }
}

static void N(equal_lo)(void *d, const void *alo, const void *ahi, const void *blo, const void *bhi,
                        size_t n)
{
    LANE *restrict out = d;
    const LANE *a = alo, *b = ahi, *p = blo, *q = bhi;
    for (size_t i = 0; i < n; i++)
        out[i] = (a[i] == b[i]) & (p[i] == q[i]) & (a[i] == p[i]);
}

static void N(equal_hi)(void *d, const void *alo, const void *ahi, const void *blo, const void *bhi,
                        size_t n)
{
    LANE *restrict out = d;
    const LANE *a = alo, *b = ahi, *p = blo, *q = bhi;
    for (size_t i = 0; i < n; i++)
        out[i] = (a[i] <= q[i]) & (p[i] <= b[i]);
}

static inline LANE N(clamp)(int64_t v)
{
    return (LANE)(v < LANE_MIN ? LANE_MIN : v > LANE_MAX ? LANE_MAX : v);
}

static void N(band)(void *d, const void *v, int64_t lo, int64_t hi, const void *body, size_t n)
{
    LANE *restrict out = d;
    const LANE *x = v, *y = body;
    const LANE first = N(clamp)(lo), last = N(clamp)(hi);
    for (size_t i = 0; i < n; i++) {
        const LANE m = (LANE) - (LANE)((x[i] >= first) & (x[i] <= last));
        out[i] = (LANE)((y[i] & m) | (out[i] & ~m));
    }
}

static void N(band_const)(void *d, const void *v, int64_t lo, int64_t hi, int64_t body, size_t n)
{
    LANE *restrict out = d;
    const LANE *x = v;
    const LANE first = N(clamp)(lo), last = N(clamp)(hi), y = (LANE)body;
    for (size_t i = 0; i < n; i++) {
        const LANE m = (LANE) - (LANE)((x[i] >= first) & (x[i] <= last));
        out[i] = (LANE)((y & m) | (out[i] & ~m));
    }
}

static void N(band_hull)(void *dlo, void *dhi, const void *vlo, const void *vhi, int64_t lo,
                         int64_t hi, const void *blo, const void *bhi, size_t n)
{
    LANE *restrict out_lo = dlo, *restrict out_hi = dhi;
    const LANE *a = vlo, *b = vhi, *x = blo, *y = bhi;
    const LANE first = N(clamp)(lo), last = N(clamp)(hi);
    for (size_t i = 0; i < n; i++) {
        const bool met = (a[i] <= last) & (b[i] >= first);
        out_lo[i] = met && x[i] < out_lo[i] ? x[i] : out_lo[i];
        out_hi[i] = met && y[i] > out_hi[i] ? y[i] : out_hi[i];
    }
}

static void N(within)(void *d, const void *vlo, const void *vhi, int64_t lo, int64_t hi, bool all,
                      size_t n)
{
    LANE *restrict out = d;
    const LANE *a = vlo, *b = vhi;
    const LANE first = N(clamp)(lo), last = N(clamp)(hi);
    if (lo > LANE_MAX || hi < LANE_MIN) return;
    if (all) {
        for (size_t i = 0; i < n; i++)
            out[i] |= (a[i] >= first) & (b[i] <= last);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] |= (a[i] <= last) & (b[i] >= first);
    }
}

static void N(known_or)(void *dlo, void *dhi, const void *a_lo, const void *a_hi, int64_t c,
                        size_t n)
{
    LANE *out_lo = dlo, *out_hi = dhi;
    const LANE *a = a_lo, *b = a_hi;
    for (size_t i = 0; i < n; i++) {
        const bool known = a[i] == b[i];
        out_lo[i] = known ? a[i] : (LANE)c;
        out_hi[i] = known ? b[i] : (LANE)c;
    }
}

static void N(fill_unknown)(void *d, const uint8_t *known, int64_t c, size_t n)
{
    LANE *restrict out = d;
    const LANE v = (LANE)c;
    for (size_t i = 0; i < n; i++)
        out[i] = known[i] ? out[i] : v;
}

#define LOAD(name, type)                                                                           \
    static void N(name)(void *d, const void *src, size_t n)                                        \
    {                                                                                              \
        LANE *restrict out = d;                                                                    \
        const type *x = src;                                                                       \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = (LANE)x[i];                                                                   \
    }
LOAD(load_u8, uint8_t)
LOAD(load_i16, int16_t)
LOAD(load_i32, int32_t)
LOAD(load_i64, int64_t)
#undef LOAD

/* A step function of at most 16 small numbers is a table. */
static void N(table_u8)(void *d, const void *src, const struct steps *s, size_t n)
{
    LANE *restrict out = d;
    const uint8_t *x = src;
    size_t i = 0;
#ifdef TABLE_16
    const struct table_16 t = table_16_load(s->table);
    typedef LANE out_vec __attribute__((vector_size(8 * sizeof(LANE))));
    for (; i + 16 <= n; i += 16) {
        table_half lo, hi;
        table_16_look(&t, x + i, &lo, &hi);
        const out_vec a = __builtin_convertvector(lo, out_vec);
        const out_vec b = __builtin_convertvector(hi, out_vec);
        memcpy(out + i, &a, sizeof a);
        memcpy(out + i + 8, &b, sizeof b);
    }
#endif
    for (; i < n; i++)
        out[i] = s->table[x[i] & 15];
}

/* A step function: for every step, lanes at or past it gain its delta. SRC is the column's type;
 * ACC, the type it is worked in, is as narrow as input and points allow. */
#define STEP(name, SRC, ACC, WIDTH)                                                                \
    static void N(name)(void *d, const void *src, const struct steps *s, size_t n)                 \
    {                                                                                              \
        typedef SRC src_vec __attribute__((vector_size(WIDTH * sizeof(SRC))));                     \
        typedef ACC acc_vec __attribute__((vector_size(WIDTH * sizeof(ACC))));                     \
        typedef LANE out_vec __attribute__((vector_size(WIDTH * sizeof(LANE))));                   \
        LANE *restrict out = d;                                                                    \
        const SRC *x = src;                                                                        \
        const acc_vec zero = {0};                                                                  \
        ACC from[STEPS_MAX], delta[STEPS_MAX];                                                     \
        size_t i = 0;                                                                              \
        for (uint32_t k = 0; k < s->count; k++) {                                                  \
            from[k] = (ACC)s->from[k];                                                             \
            delta[k] = (ACC)s->delta[k];                                                           \
        }                                                                                          \
        for (; i + 4 * WIDTH <= n; i += 4 * WIDTH) {                                               \
            acc_vec u[4], f[4];                                                                    \
            for (size_t v = 0; v < 4; v++) {                                                       \
                src_vec p;                                                                         \
                memcpy(&p, x + i + v * WIDTH, sizeof p);                                           \
                u[v] = __builtin_convertvector(p, acc_vec);                                        \
                f[v] = zero + (ACC)s->base;                                                        \
            }                                                                                      \
            for (uint32_t k = 0; k < s->count; k++) {                                              \
                const acc_vec at = zero + from[k], gain = zero + delta[k];                         \
                f[0] += (acc_vec)(u[0] >= at) & gain;                                              \
                f[1] += (acc_vec)(u[1] >= at) & gain;                                              \
                f[2] += (acc_vec)(u[2] >= at) & gain;                                              \
                f[3] += (acc_vec)(u[3] >= at) & gain;                                              \
            }                                                                                      \
            for (size_t v = 0; v < 4; v++) {                                                       \
                const out_vec a = __builtin_convertvector(f[v], out_vec);                          \
                memcpy(out + i + v * WIDTH, &a, sizeof a);                                         \
            }                                                                                      \
        }                                                                                          \
        for (; i < n; i++) {                                                                       \
            ACC f = (ACC)s->base;                                                                  \
            for (uint32_t k = 0; k < s->count; k++)                                                \
                f = (ACC)(f + (x[i] >= from[k] ? delta[k] : 0));                                   \
            out[i] = (LANE)f;                                                                      \
        }                                                                                          \
    }
STEP(step_u8_narrow, uint8_t, int16_t, 16)
STEP(step_i16_narrow, int16_t, int16_t, 16)
STEP(step_u8_mid, uint8_t, int32_t, 8)
STEP(step_i16_mid, int16_t, int32_t, 8)
STEP(step_i32_mid, int32_t, int32_t, 8)
STEP(step_u8_wide, uint8_t, int64_t, 4)
STEP(step_i16_wide, int16_t, int64_t, 4)
STEP(step_i32_wide, int32_t, int64_t, 4)
STEP(step_i64_wide, int64_t, int64_t, 4)
#undef STEP

static void N(step_u8)(void *d, const void *src, const struct steps *s, size_t n)
{
    if (s->in_table) {
        N(table_u8)(d, src, s, n);
        return;
    }
    if (steps_fit(s, INT16_MIN, INT16_MAX))
        N(step_u8_narrow)(d, src, s, n);
    else if (steps_fit(s, INT32_MIN, INT32_MAX))
        N(step_u8_mid)(d, src, s, n);
    else
        N(step_u8_wide)(d, src, s, n);
}

static void N(step_i16)(void *d, const void *src, const struct steps *s, size_t n)
{
    if (steps_fit(s, INT16_MIN, INT16_MAX))
        N(step_i16_narrow)(d, src, s, n);
    else if (steps_fit(s, INT32_MIN, INT32_MAX))
        N(step_i16_mid)(d, src, s, n);
    else
        N(step_i16_wide)(d, src, s, n);
}

static void N(step_i32)(void *d, const void *src, const struct steps *s, size_t n)
{
    if (steps_fit(s, INT32_MIN, INT32_MAX))
        N(step_i32_mid)(d, src, s, n);
    else
        N(step_i32_wide)(d, src, s, n);
}

/* Dates: lanes hold int32 values (base/date.h). */
static void N(age)(void *d, const void *birth, const void *on, size_t n)
{
    LANE *out = d;
    const LANE *x = birth, *y = on;
    for (size_t i = 0; i < n; i++) {
        const int32_t years = date_age_years((int32_t)x[i], (int32_t)y[i]);
        out[i] = years < 200 ? years : 200;
    }
}

static void N(year)(void *d, const void *a, size_t n)
{
    LANE *out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        out[i] = date_to_civil((int32_t)x[i]).year;
}

static void N(year_start)(void *d, const void *a, size_t n)
{
    LANE *out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        out[i] = year_start_of((int32_t)x[i]);
}

static void N(add_months)(void *d, const void *a, int64_t months, int64_t rounding, size_t n)
{
    LANE *out = d;
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        out[i] = date_add_months((int32_t)x[i], (int32_t)months, (enum month_rounding)rounding);
}

static void N(whole_months)(void *d, const void *from, const void *to, size_t n)
{
    LANE *out = d;
    const LANE *x = from, *y = to;
    for (size_t i = 0; i < n; i++) {
        int32_t left = 0;
        out[i] = date_whole_months((int32_t)x[i], (int32_t)y[i], &left);
    }
}

static void N(to_i64)(int64_t *d, const void *a, size_t n)
{
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        d[i] = x[i];
}

static void N(to_u8)(uint8_t *d, const void *a, size_t n)
{
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        d[i] = (uint8_t)x[i];
}

static void N(mark_nonzero)(uint8_t *d, const void *a, size_t n)
{
    const LANE *x = a;
    for (size_t i = 0; i < n; i++)
        d[i] |= x[i] != 0;
}

static bool N(all_equal)(const void *a, const void *b, size_t n)
{
    const LANE *x = a, *y = b;
    LANE differ = 0;
    for (size_t i = 0; i < n; i++)
        differ |= x[i] ^ y[i];
    return differ == 0;
}

/* --- records: from rows to persons --- */

WALK static void N(expand)(void *d, const void *a, const struct segments *s)
{
    LANE *out = d;
    const LANE *x = a;
    for (uint32_t i = 0; i < s->count; i++) {
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++)
            out[r] = x[i];
    }
}

WALK static void N(count)(void *d, const void *mask, const struct segments *s)
{
    LANE *out = d;
    const LANE *m = mask;
    for (uint32_t i = 0; i < s->count; i++) {
        LANE sum = 0;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++)
            sum = (LANE)(sum + m[r]);
        out[i] = sum;
    }
}

WALK static void N(any)(void *d, const void *mask, const struct segments *s)
{
    LANE *out = d;
    const LANE *m = mask;
    for (uint32_t i = 0; i < s->count; i++) {
        LANE some = 0;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++)
            some |= m[r];
        out[i] = some;
    }
}

WALK static void N(sum_records)(void *d, const void *mask, const void *value,
                                const struct record_args *x)
{
    LANE *out = d;
    const LANE *m = mask, *v = value;
    const struct segments *s = &x->seg;
    for (uint32_t i = 0; i < s->count; i++) {
        LANE sum = 0;
        bool over = false;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++) {
            const LANE part = (LANE)(v[r] & -m[r]);
            over |= __builtin_add_overflow(sum, part, &sum);
        }
        if (x->checked) x->err[i] |= over;
        out[i] = sum;
    }
}

/* Nothing unknown. The least is the greatest of the values with every bit turned. */
WALK static void N(best_known)(LANE *out_lo, LANE *out_hi, const struct record_args *x)
{
    const LANE *mask = x->mask_lo, *value = x->value_lo;
    const uint32_t *off = x->seg.off, *list = x->list;
    const uint32_t base = x->seg.base, count = x->list_count;
    const LANE turn = x->least ? -1 : 0;
    const LANE none_lo = (LANE)(x->has_none ? x->imm : x->none_lo);
    const LANE none_hi = (LANE)(x->has_none ? x->imm : x->none_hi);
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t i = list ? list[k] : k, end = off[i + 1] - base;
        LANE best = LANE_MIN, any = 0;
        for (uint32_t r = off[i] - base; r < end; r++) {
            const LANE v = mask[r] ? value[r] ^ turn : LANE_MIN;
            best = v > best ? v : best;
            any |= mask[r];
        }
        out_lo[i] = any ? best ^ turn : none_lo;
        out_hi[i] = any ? best ^ turn : none_hi;
    }
}

WALK static void N(best)(void *dlo, void *dhi, const struct record_args *x)
{
    if (x->mask_lo == x->mask_hi && x->value_lo == x->value_hi) {
        N(best_known)(dlo, dhi, x);
        return;
    }
    LANE *out_lo = dlo, *out_hi = dhi;
    const LANE *sure = x->mask_lo, *may = x->mask_hi, *vlo = x->value_lo, *vhi = x->value_hi;
    const struct segments *s = &x->seg;
    const LANE none = (LANE)x->imm;
    for (uint32_t k = 0; k < x->list_count; k++) {
        const uint32_t i = x->list ? x->list[k] : k;
        bool any_sure = false, any = false;
        /* near: the end that sure records push outwards; far: the other end */
        LANE sure_near = 0, may_near = 0, far = 0;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++) {
            if (!may[r]) continue;
            const LANE near = x->least ? vhi[r] : vlo[r], out = x->least ? vlo[r] : vhi[r];
            const LANE back = x->least ? 1 : 0;
            if (sure[r]) {
                const bool better = back ? near < sure_near : near > sure_near;
                if (!any_sure || better) sure_near = near;
                any_sure = true;
            }
            const bool nearer = back ? near > may_near : near < may_near;
            if (!any || nearer) may_near = near;
            const bool farther = back ? out < far : out > far;
            if (!any || farther) far = out;
            any = true;
        }
        LANE a = sure_near, b = far;
        if (!any_sure && x->has_none) {
            a = !any       ? none
                : x->least ? (may_near > none ? may_near : none)
                           : (may_near < none ? may_near : none);
            b = !any ? none : x->least ? (far < none ? far : none) : (far > none ? far : none);
        }
        if (!any_sure && !x->has_none) {
            a = (LANE)(x->least ? x->none_hi : x->none_lo);
            b = (LANE)(x->least ? x->none_lo : x->none_hi);
        }
        out_lo[i] = x->least ? b : a;
        out_hi[i] = x->least ? a : b;
    }
}

WALK static void N(now)(void *dlo, void *dhi, const struct record_args *x)
{
    LANE *out_lo = dlo, *out_hi = dhi;
    const LANE *sure = x->mask_lo, *may = x->mask_hi, *vlo = x->value_lo, *vhi = x->value_hi;
    const struct segments *s = &x->seg;
    for (uint32_t k = 0; k < x->list_count; k++) {
        const uint32_t i = x->list ? x->list[k] : k;
        bool any = false, settled = false;
        LANE lo = 0, hi = 0;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base && !settled; r++) {
            if (!may[r]) continue;
            lo = !any || vlo[r] < lo ? vlo[r] : lo;
            hi = !any || vhi[r] > hi ? vhi[r] : hi;
            any = true;
            settled = sure[r];
        }
        if (!settled) {
            const LANE a = (LANE)(x->has_none ? x->imm : x->none_lo);
            const LANE b = (LANE)(x->has_none ? x->imm : x->none_hi);
            lo = !any || a < lo ? a : lo;
            hi = !any || b > hi ? b : hi;
        }
        out_lo[i] = lo;
        out_hi[i] = hi;
    }
}

/* The person's chosen [start, end] (both included) cut to [first, last], ordered by start, into
 * x->scratch as pairs; returns how many. A missing end is the last possible. */
WALK static uint32_t N(collect)(const LANE *mask, const struct record_args *x, uint32_t r,
                                uint32_t stop)
{
    const LANE *start = x->start, *end = x->end;
    uint32_t n = 0;
    for (; r < stop; r++) {
        const int64_t a = start[r] > x->first ? start[r] : x->first;
        const int64_t stop_at = end ? (int64_t)end[r] - x->end_excluded : x->last;
        const int64_t b = stop_at < x->last ? stop_at : x->last;
        if (!mask[r] || a > b) continue;
        x->scratch[2 * (size_t)n] = a;
        x->scratch[2 * (size_t)n + 1] = b;
        n++;
    }
    pairs_sort(x->scratch, n);
    return n;
}

/* The c-th pairs of those with few rows, [a, b), cut; where a row is missing or not chosen, or
 * nothing is left, an empty one behind all others. */
static void N(few_column)(const struct few *f, uint32_t c, const LANE *restrict mask,
                          const struct record_args *x)
{
    const LANE *restrict start = x->start, *restrict end = x->end ? x->end : x->start;
    const LANE open = x->end ? LANE_MIN : LANE_MAX; /* no end: the last possible */
    const LANE earliest = N(clamp)(x->first), last = N(clamp)(x->last + x->end_excluded);
    const int32_t *restrict first = f->first, *restrict rows = f->rows;
    int32_t *restrict a = f->a[c], *restrict b = f->b[c];
    const int32_t at = (int32_t)c, more = x->end_excluded ? 0 : 1;
    const size_t n = f->count;
    for (size_t k = 0; k < n; k++) { /* whoever has no row looks at the first */
        const bool there = at < rows[k];
        const int32_t r = there ? first[k] + at : 0;
        const LANE from = start[r] > earliest ? start[r] : earliest;
        const LANE stop = end[r] > open ? end[r] : open;
        const LANE to = (LANE)((stop < last ? stop : last) + more);
        const bool some = there & (mask[r] != 0) & (from < to);
        a[k] = (int32_t)(some ? from : INT32_MAX);
        b[k] = (int32_t)(some ? to : INT32_MAX);
    }
}

/* The pairs of those listed who have few rows. */
static struct few N(few_list)(const LANE *mask, const struct record_args *x)
{
    const struct segments *s = &x->seg;
    struct few f = few_in(x->few, (size_t)s->count + 1);
    uint32_t n = 0;
    for (uint32_t k = 0; k < x->list_count; k++) {
        const uint32_t i = x->list ? x->list[k] : k, first = s->off[i], end = s->off[i + 1];
        f.who[n] = i;
        f.first[n] = (int32_t)(first - s->base);
        f.rows[n] = (int32_t)(end - first);
        n += end - first <= FEW;
    }
    f.count = s->rows > 0 ? n : 0;
    for (uint32_t c = 0; c < FEW; c++)
        N(few_column)(&f, c, mask, x);
    return f;
}

/* Those with few rows together, all others listed one by one. */
#define SPANS(name, of_few, of_pairs)                                                              \
    WALK static void N(name)(void *d, const void *mask, const struct record_args *x)               \
    {                                                                                              \
        LANE *out = d;                                                                             \
        const struct segments *s = &x->seg;                                                        \
        const struct few f = N(few_list)(mask, x);                                                 \
        const bool done = f.count > 0 && of_few(&f, x->imm);                                       \
        for (uint32_t k = 0; k < f.count && done; k++)                                             \
            out[f.who[k]] = least(f.a[0][k], MONTHS_MOST);                                         \
        for (uint32_t k = 0; k < x->list_count; k++) {                                             \
            const uint32_t i = x->list ? x->list[k] : k;                                           \
            const uint32_t r = s->off[i] - s->base, stop = s->off[i + 1] - s->base;                \
            if (done && stop - r <= FEW) continue;                                                 \
            const int64_t v = of_pairs(x->scratch, N(collect)(mask, x, r, stop), x->imm);          \
            out[i] = (LANE)(v < MONTHS_MOST ? v : MONTHS_MOST);                                    \
        }                                                                                          \
    }
SPANS(months, few_months, pairs_months)
SPANS(spells, few_spells, pairs_spell_months)
#undef SPANS

WALK static void N(consecutive)(void *d, const void *mask, const struct record_args *x)
{
    LANE *out = d;
    const struct segments *s = &x->seg;
    for (uint32_t k = 0; k < x->list_count; k++) {
        const uint32_t i = x->list ? x->list[k] : k;
        const uint32_t n = N(collect)(mask, x, s->off[i] - s->base, s->off[i + 1] - s->base);
        const int64_t v = pairs_consecutive(x->scratch, n, x->today, x->imm);
        out[i] = (LANE)(v < MONTHS_MOST ? v : MONTHS_MOST);
    }
}

/* Points of each record, where a key or a year binds several: a list of (key, year, points) that is
 * reduced by key, then by year. */
WALK static void N(each)(void *d, const void *mask, const void *value, const struct record_args *x)
{
    LANE *out = d;
    const LANE *m = mask, *v = value;
    const LANE *elo = x->event_lo, *ehi = x->event_hi, *klo = x->key_lo, *khi = x->key_hi;
    const struct segments *s = &x->seg;
    struct each_item *each_list = (struct each_item *)x->scratch;
    for (uint32_t k = 0; k < x->list_count; k++) {
        const uint32_t i = x->list ? x->list[k] : k;
        uint32_t n = 0;
        for (uint32_t r = s->off[i] - s->base; r < s->off[i + 1] - s->base; r++) {
            if (!m[r]) continue;
            each_list[n++] =
                (struct each_item){.key = klo && klo[r] == khi[r] ? klo[r] : EACH_ALONE,
                                   .year = elo && elo[r] == ehi[r] ? each_year(elo[r]) : EACH_ALONE,
                                   .points = v[r],
                                   .order = (int64_t)r};
        }
        int64_t sum = 0;
        const bool over = each_sum(each_list, n, klo != NULL, elo != NULL, x->imm, &sum);
        x->err[i] |= over || sum > LANE_MAX;
        out[i] = (LANE)sum;
    }
}

/* --- records: persons of whom at most one row is chosen, all at once --- */

/* prefix[r] = chosen rows before row r in the upper half, their values less `bias` added up in the
 * lower: differences tell both of any person, whatever the sums wrap to. */
static void N(fold)(uint64_t *prefix, const void *mask, const void *value, int64_t bias, size_t n)
{
    const LANE *m = mask, *v = value;
    uint64_t sum = 0;
    prefix[0] = 0;
    for (size_t r = 0; r < n && v; r++) {
        const uint64_t chosen = (uint64_t)m[r];
        sum += (chosen << 32) + ((uint32_t)((ULANE)v[r] - (ULANE)bias) & (0 - chosen));
        prefix[r + 1] = sum;
    }
    for (size_t r = 0; r < n && !v; r++) {
        sum += (uint64_t)m[r] << 32;
        prefix[r + 1] = sum;
    }
}

static uint32_t N(unfold)(void *d, const uint64_t *prefix, const struct record_args *x,
                          int64_t bias, int64_t otherwise, uint32_t *restrict several,
                          uint8_t *restrict some)
{
    LANE *restrict out = d;
    const uint32_t *off = x->seg.off + 1;
    const LANE none = (LANE)otherwise;
    const uint32_t persons = x->seg.count, base = x->seg.base, none_too = !x->has_none;
    uint64_t before = prefix[0];
    uint32_t n = 0, i = 0;
#ifdef UNFOLD_EIGHTS
    if (sizeof(LANE) == 4) i = unfold_eights(d, prefix, x, bias, otherwise, several, some, &n);
    before = prefix[x->seg.off[i] - base];
#endif
    for (; i < persons; i++) {
        const uint64_t here = prefix[off[i] - base], own = here - before;
        const uint32_t count = (uint32_t)(own >> 32);
        const LANE one = (LANE)((ULANE)(uint32_t)own + (ULANE)bias);
        before = here;
        out[i] = count ? one : none;
        some[i] = count != 0;
        several[n] = i;
        n += (count > 1) | (none_too & (count == 0));
    }
    return n;
}

static void N(unfold_count)(void *d, const uint64_t *prefix, const struct segments *s, bool any)
{
    LANE *out = d;
    const uint32_t most = any ? 1 : UINT32_MAX;
    uint64_t before = prefix[0];
    for (uint32_t i = 0; i < s->count; i++) {
        const uint64_t here = prefix[s->off[i + 1] - s->base];
        const uint32_t count = (uint32_t)((here - before) >> 32);
        before = here;
        out[i] = (LANE)(count < most ? count : most);
    }
}

/* What each row would give alone. */
static void N(row_months)(void *d, const struct record_args *x)
{
    LANE *restrict out = d;
    const size_t n = x->seg.rows;
    const LANE *start = x->start, *end = x->end ? x->end : x->start;
    const LANE first = N(clamp)(x->first), last = N(clamp)(x->last);
    const LANE open = x->end ? LANE_MIN : last; /* no end: the last possible */
    for (size_t r = 0; r < n; r++) {
        const LANE a = start[r] > first ? start[r] : first;
        const LANE e = end[r] > open ? end[r] : open, b = e < last ? e : last;
        const LANE v = (LANE)(b - a + 1);
        out[r] = v < 0 ? 0 : v < MONTHS_MOST ? v : MONTHS_MOST;
    }
}

static void N(row_consecutive)(void *d, const struct record_args *x)
{
    LANE *restrict out = d;
    const size_t n = x->seg.rows;
    const LANE *end = x->end ? x->end : x->start;
    const LANE last = N(clamp)(x->last), open = x->end ? LANE_MIN : last;
    const LANE reach = N(clamp)(x->today - x->imm); /* it must last to this month */
    N(row_months)(d, x);
    for (size_t r = 0; r < n; r++) {
        const LANE e = end[r] > open ? end[r] : open, b = e < last ? e : last;
        out[r] = b >= reach ? out[r] : 0;
    }
}

static void N(row_spells)(void *d, const struct record_args *x)
{
    LANE *restrict out = d;
    const size_t n = x->seg.rows;
    const LANE *mask = x->mask_lo, *start = x->start, *end = x->end ? x->end : x->start;
    const LANE first = N(clamp)(x->first), last = N(clamp)(x->last + 1);
    const LANE open = x->end ? DATE_OPEN_START : last;
    const uint32_t pooled = pooled_share(x->imm);
    LANE far = 0;
    for (size_t r = 0; r < n; r++) {
        const LANE a = start[r] > first ? start[r] : first;
        const LANE e = end[r] > open ? end[r] : open, b = e < last ? e : last;
        const int32_t from = (int32_t)(a < NEAR_FIRST ? NEAR_FIRST : a > NEAR_LAST ? NEAR_LAST : a);
        const int32_t to = (int32_t)(b < from ? from : b > NEAR_LAST ? NEAR_LAST : b);
        far |= mask[r] & (a < b) & ((a < NEAR_FIRST) | (b > NEAR_LAST));
        const struct near_span whole = near_months(from, to);
        out[r] = (LANE)(whole.months + (int32_t)((whole.left * pooled) >> 16));
    }
    for (size_t r = 0; r < n && far; r++) {
        const LANE a = start[r] > first ? start[r] : first;
        const LANE e = end[r] > open ? end[r] : open, b = e < last ? e : last;
        int32_t left = 0;
        const int32_t months = date_whole_months((int32_t)a, (int32_t)b, &left);
        out[r] = (LANE)(months + (x->imm > 0 ? left / (int32_t)x->imm : 0));
    }
    for (size_t r = 0; r < n; r++)
        out[r] = out[r] < MONTHS_MOST ? out[r] : MONTHS_MOST;
}

const struct kernels TABLE = {
    .name = TABLE_NAME,
    .width = sizeof(LANE),
    .wide = sizeof(LANE) == 8,
    .binary = {N(add), N(sub), N(min), N(max), N(ge), N(gt), N(le), N(lt), N(eq), N(ne), N(and),
               N(or)},
    .binary_const = {N(add_const), N(sub_const), N(min_const), N(max_const), N(ge_const),
                     N(gt_const), N(le_const), N(lt_const), N(eq_const), N(ne_const), N(and_const),
                     N(or_const)},
    .add_checked = N(add_checked),
    .sub_checked = N(sub_checked),
    .mul = N(mul),
    .mul_const = N(mul_const),
    .div = N(div),
    .per = N(per),
    .per_column = {N(per_u8), N(per_i16), N(per_i32), N(per_i64)},
    .per_checked = N(per_checked),
    .negate_bool = N(negate_bool),
    .sum = N(sum),
    .select = N(select),
    .select_hull = N(select_hull),
    .equal_lo = N(equal_lo),
    .equal_hi = N(equal_hi),
    .band = N(band),
    .band_const = N(band_const),
    .band_hull = N(band_hull),
    .within = N(within),
    .known_or = N(known_or),
    .fill = N(fill),
    .fill_unknown = N(fill_unknown),
    .load = {N(load_u8), N(load_i16), N(load_i32), N(load_i64)},
    .step = {N(step_u8), N(step_i16), N(step_i32), N(step_i64_wide)},
    .age = N(age),
    .year = N(year),
    .year_start = N(year_start),
    .add_months = N(add_months),
    .whole_months = N(whole_months),
    .to_i64 = N(to_i64),
    .to_u8 = N(to_u8),
    .mark_nonzero = N(mark_nonzero),
    .all_equal = N(all_equal),
    .offsets = offsets,
    .expand = N(expand),
    .count = N(count),
    .any = N(any),
    .sum_records = N(sum_records),
    .best = N(best),
    .now = N(now),
    .months = N(months),
    .spells = N(spells),
    .consecutive = N(consecutive),
    .each = N(each),
    .fold = N(fold),
    .unfold = N(unfold),
    .unfold_count = N(unfold_count),
    .row_months = N(row_months),
    .row_consecutive = N(row_consecutive),
    .row_spells = N(row_spells),
    .step_lanes = sizeof(LANE) == 4 ? N(step_i32) : N(step_i64_wide),
};
