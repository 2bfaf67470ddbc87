/* Statistics over the scores of a population, exact, and their picture in characters.
 *
 * Structure: one pass counts; the totals in force are sorted once for the quantiles. Sums are kept
 * in 128 bits and leave as ratios; nothing is rounded before it is printed.
 *
 * Invariant: the sum of `bins` is `in_force`; the sums of statuses and schemes are `persons`. */
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "service/draw.h"
#include "service/scores.h"

#define BIN_POINTS 10
#define BAR_MIN 10

const int summary_percents[SUMMARY_QUANTILES] = {10, 25, 50, 75, 90};

__extension__ typedef __int128 wide;

static int total_cmp(const void *x, const void *y)
{
    int64_t a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return a < b ? -1 : a > b;
}

/* sum / count; a sum beyond 64 bits is cut to whole units, which no population reaches. */
static struct ratio mean_of(wide sum, uint64_t count)
{
    struct ratio r = {0, 1};
    if (count == 0) return r;
    if (sum > INT64_MAX || sum < INT64_MIN) return (struct ratio){(int64_t)(sum / (wide)count), 1};
    IGNORE_ERR(ratio_make((int64_t)sum, (int64_t)count, &r)); /* cannot fail: both fit, count > 0 */
    return r;
}

static bool counts(const struct scores *s, uint32_t p)
{
    if (s->is_error[p] != 0) return false;
    int32_t status = s->status[p];
    if (status == STATUS_IN_FORCE_DEFAULT) return true;
    return status >= 0 && s->rules->has_force && s->rules->force.rows[status].in_force;
}

/* --- by status -------------------------------------------------------------------------------- */

static int status_cmp(const void *x, const void *y)
{
    const struct summary_count *a = x, *b = y;
    if (a->persons != b->persons) return a->persons > b->persons ? -1 : 1;
    return a->status < b->status ? -1 : a->status > b->status;
}

static enum err count_statuses(struct arena *a, const struct scores *s, struct summary *m)
{
    size_t room = s->rules->force.row_count + (size_t)5;
    struct summary_count *all = ARENA_ARRAY(a, struct summary_count, room);
    if (all == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < room; i++)
        all[i].status = (int32_t)i + STATUS_IN_FORCE_DEFAULT;
    all[STATUS_ERROR - STATUS_IN_FORCE_DEFAULT].persons = s->strangers;
    for (uint32_t p = 0; p < s->count; p++) {
        int32_t status = s->is_error[p] != 0 ? STATUS_ERROR : s->status[p];
        all[status - STATUS_IN_FORCE_DEFAULT].persons++;
    }
    qsort(all, room, sizeof *all, status_cmp);
    while (m->status_count < room && all[m->status_count].persons > 0)
        m->status_count++;
    m->statuses = all;
    m->persons = s->count + s->strangers;
    return ERR_OK;
}

/* --- totals ----------------------------------------------------------------------------------- */

static void fill_bins(struct summary *m, const int64_t *totals, int64_t scale)
{
    m->bin_width = BIN_POINTS * scale;
    while (m->most / m->bin_width >= SUMMARY_BINS)
        m->bin_width += BIN_POINTS * scale;
    m->bin_count = (size_t)(m->most / m->bin_width) + 1;
    for (uint64_t i = 0; i < m->in_force; i++)
        m->bins[totals[i] / m->bin_width]++;
}

static enum err count_totals(struct arena *a, const struct scores *s, struct summary *m)
{
    int64_t *totals = ARENA_ARRAY(a, int64_t, s->count);
    if (totals == NULL) return ERR_NOMEM;
    wide sum = 0;
    for (uint32_t p = 0; p < s->count; p++) {
        if (!counts(s, p)) continue;
        totals[m->in_force++] = s->total_lo[p];
        sum += s->total_lo[p];
        m->uncertain += s->total_hi[p] != s->total_lo[p];
    }
    m->mean = mean_of(sum, m->in_force);
    if (m->in_force == 0) return ERR_OK;
    qsort(totals, m->in_force, sizeof *totals, total_cmp);
    m->least = totals[0];
    m->most = totals[m->in_force - 1];
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        uint64_t rank = (m->in_force * (uint64_t)summary_percents[i] + 99) / 100;
        m->quantiles[i] = totals[rank == 0 ? 0 : rank - 1];
    }
    if (m->least >= 0) fill_bins(m, totals, s->rules->scale);
    return ERR_OK;
}

/* --- by scheme -------------------------------------------------------------------------------- */

static enum err count_schemes(struct arena *a, const struct scores *s, struct summary *m)
{
    size_t room = s->rules->scheme_count + (size_t)1;
    struct summary_scheme *all = ARENA_ARRAY(a, struct summary_scheme, room);
    wide *sums = ARENA_ARRAY(a, wide, room);
    if (all == NULL || sums == NULL) return ERR_NOMEM;
    for (size_t i = 0; i < room; i++)
        all[i].scheme = (int32_t)i - 1;
    for (uint32_t p = 0; p < s->count; p++) {
        if (s->is_error[p] != 0) continue;
        size_t at = (size_t)(s->scheme[p] + 1);
        all[at].persons++;
        if (!counts(s, p)) continue;
        all[at].in_force++;
        sums[at] += s->total_lo[p];
        if (s->total_lo[p] > all[at].most) all[at].most = s->total_lo[p];
    }
    for (size_t i = 0; i < room; i++) {
        if (all[i].persons == 0) continue;
        all[i].mean = mean_of(sums[i], all[i].in_force);
        all[m->scheme_count++] = all[i];
    }
    m->schemes = all;
    return ERR_OK;
}

enum err summary_new(struct arena *a, const struct scores *s, struct summary *ret)
{
    struct summary m = {0};
    enum err e = count_statuses(a, s, &m);
    if (e == ERR_OK) e = count_totals(a, s, &m);
    if (e == ERR_OK) e = count_schemes(a, s, &m);
    if (e == ERR_OK) *ret = m;
    return e;
}

/* --- the picture ------------------------------------------------------------------------------ */

enum word {
    W_PERSONS,
    W_SCORED_ON,
    W_RULES,
    W_BY_STATUS,
    W_TOTALS,
    W_MEAN,
    W_LEAST,
    W_MOST,
    W_MEDIAN,
    W_QUANTILE,
    W_UNCERTAIN,
    W_POINTS,
    W_BY_SCHEME,
    W_NONE,
    W_SCHEME_LINE,
    W_COUNT
};

static const char *const words[W_COUNT][LANG_COUNT] = {
    [W_PERSONS] = {"人数", "residents"},
    [W_SCORED_ON] = {"评分日", "scoring day"},
    [W_RULES] = {"规则摘要", "rules"},
    [W_BY_STATUS] = {"按状态", "By status"},
    [W_TOTALS] = {"生效积分的分布", "Totals in force"},
    [W_MEAN] = {"平均", "mean"},
    [W_LEAST] = {"最低", "least"},
    [W_MOST] = {"最高", "most"},
    [W_MEDIAN] = {"中位", "median"},
    [W_QUANTILE] = {"百分位", "percentile"},
    [W_UNCERTAIN] = {"尚有事实未知、总分可能更高的人数",
                     "residents whose total may still rise when an unknown fact arrives"},
    [W_POINTS] = {"分", "points"},
    [W_BY_SCHEME] = {"按方案", "By scheme"},
    [W_NONE] = {"没有适用的方案", "no scheme applies"},
    [W_SCHEME_LINE] = {"人数 {0}，生效 {1}，平均 {2}，最高 {3}",
                       "{0} residents, {1} in force, mean {2}, most {3}"},
};

static void add_word(struct buf *out, enum word w, enum lang lang)
{
    buf_add_c(out, words[w][lang]);
}

static void add_mean(struct buf *out, struct ratio r, int64_t scale)
{
    /* four decimals, halves up; a mean of 1/scale points is itself a ratio */
    int64_t v;
    if (decimal_mul_div(r.num, 10000, r.den, ROUND_HALF_UP, &v) == ERR_OK)
        decimal_add_text(out, v, scale * 10000, 4);
}

static void add_statuses(struct buf *out, const struct scores *s, const struct summary *m,
                         enum lang lang)
{
    add_word(out, W_BY_STATUS, lang);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < m->status_count; i++) {
        struct buf name;
        buf_init(&name, 0);
        score_status_add_text(&name, s->rules, m->statuses[i].status, lang);
        buf_add_c(out, "  ");
        draw_padded(out, score_status_word(s->rules, m->statuses[i].status), 20);
        draw_count_right(out, m->statuses[i].persons, 12);
        buf_add_c(out, "  ");
        buf_add(out, buf_str(&name));
        buf_add_char(out, '\n');
        buf_done(&name);
    }
}

static void add_figures(struct buf *out, const struct scores *s, const struct summary *m,
                        enum lang lang)
{
    int64_t scale = s->rules->scale;
    buf_add_c(out, "  ");
    add_word(out, W_MEAN, lang);
    buf_add_char(out, ' ');
    add_mean(out, m->mean, scale);
    const struct {
        enum word word;
        int64_t value;
    } rows[] = {{W_LEAST, m->least}, {W_MEDIAN, m->quantiles[2]}, {W_MOST, m->most}};
    for (size_t i = 0; i < 3; i++) {
        buf_add_c(out, "   ");
        add_word(out, rows[i].word, lang);
        buf_add_char(out, ' ');
        decimal_add_text(out, rows[i].value, scale, 2);
    }
    buf_add_c(out, "\n  ");
    add_word(out, W_QUANTILE, lang);
    for (size_t i = 0; i < SUMMARY_QUANTILES; i++) {
        buf_printf(out, "   %d%% ", summary_percents[i]);
        decimal_add_text(out, m->quantiles[i], scale, 2);
    }
    buf_add_char(out, '\n');
}

static void add_histogram(struct buf *out, const struct scores *s, const struct summary *m,
                          size_t columns)
{
    uint64_t most = 0;
    for (size_t i = 0; i < m->bin_count; i++)
        if (m->bins[i] > most) most = m->bins[i];
    size_t left = 2 + 9 + 12 + 2;
    size_t bar = columns > left + BAR_MIN ? columns - left : BAR_MIN;
    for (size_t i = 0; i < m->bin_count; i++) {
        long from = (long)((int64_t)i * m->bin_width / s->rules->scale);
        long to = (long)((int64_t)(i + 1) * m->bin_width / s->rules->scale);
        buf_printf(out, "  %3ld–%-5ld", from, to);
        draw_count_right(out, m->bins[i], 12);
        buf_add_c(out, "  ");
        draw_bar(out, m->bins[i], most, bar);
        buf_add_char(out, '\n');
    }
}

static void add_scheme(struct buf *out, const struct scores *s, const struct summary_scheme *c,
                       enum lang lang)
{
    struct buf b[4];
    for (size_t i = 0; i < 4; i++)
        buf_init(&b[i], 0);
    draw_count(&b[0], c->persons);
    draw_count(&b[1], c->in_force);
    add_mean(&b[2], c->mean, s->rules->scale);
    decimal_add_text(&b[3], c->most, s->rules->scale, 2);
    struct str args[] = {buf_str(&b[0]), buf_str(&b[1]), buf_str(&b[2]), buf_str(&b[3])};
    buf_add_c(out, "  ");
    struct str title = c->scheme < 0 ? str_from_c(words[W_NONE][lang])
                                     : rules_label(&s->rules->schemes[c->scheme].title, lang);
    draw_padded(out, title, 44);
    buf_add_c(out, "  ");
    message_add(out, words[W_SCHEME_LINE][lang], args, 4);
    buf_add_char(out, '\n');
    for (size_t i = 0; i < 4; i++)
        buf_done(&b[i]);
}

void summary_add_text(struct buf *out, const struct scores *s, const struct summary *m,
                      enum lang lang, size_t columns)
{
    const char *colon = lang == LANG_ZH ? "：" : ": ";
    add_word(out, W_PERSONS, lang);
    buf_add_c(out, colon);
    draw_count(out, m->persons);
    buf_add_c(out, "   ");
    add_word(out, W_SCORED_ON, lang);
    buf_add_c(out, colon);
    date_add_text(out, s->day);
    buf_add_c(out, "   ");
    add_word(out, W_RULES, lang);
    buf_add_c(out, colon);
    struct buf hash;
    buf_init(&hash, 0);
    hash_add_text(&hash, &s->rules->hash);
    buf_add(out, (struct str){hash.p, hash.n < 16 ? hash.n : 16});
    buf_done(&hash);
    buf_add_c(out, "\n\n");
    add_statuses(out, s, m, lang);
    if (m->in_force > 0) {
        buf_add_char(out, '\n');
        add_word(out, W_TOTALS, lang);
        buf_add_char(out, '\n');
        add_figures(out, s, m, lang);
        add_histogram(out, s, m, columns);
        buf_add_c(out, "  ");
        add_word(out, W_UNCERTAIN, lang);
        buf_add_c(out, colon);
        draw_count(out, m->uncertain);
        buf_add_c(out, "\n\n");
        add_word(out, W_BY_SCHEME, lang);
        buf_add_char(out, '\n');
        for (size_t i = 0; i < m->scheme_count; i++)
            add_scheme(out, s, &m->schemes[i], lang);
    }
}
