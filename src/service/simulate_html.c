/* A simulation's report as a page by itself: both languages, charts in SVG with a table beside each
 * (for screen readers, and for figures), patterns instead of colours, laid out for paper too.
 *
 * Structure: escaping, words in both languages, tables, two kinds of chart, sections.
 * Invariant: well-formed as XML; nothing is loaded from anywhere, and there is no script. */
#include "base/date.h"
#include "service/draw.h"
#include "service/simulate_out.h"

#define CHART_WIDTH 760
#define LABEL_WIDTH 190
#define COUNT_WIDTH 90
#define BAR_WIDTH (CHART_WIDTH - LABEL_WIDTH - COUNT_WIDTH)
#define BAR_HEIGHT 14

static const char STYLE[] =
    "body{font:18px/1.6 system-ui,'Noto Sans CJK SC','Noto Sans SC',sans-serif;color:#000;"
    "background:#fff;max-width:62rem;margin:0 auto;padding:1rem 1.2rem}"
    "h1{font-size:1.9rem;line-height:1.25}h2{font-size:1.4rem;margin:2.2rem 0 .6rem;"
    "border-bottom:2px solid #000}[lang=en]{color:#333;font-size:.86em;font-weight:400}"
    "h1 [lang=en],h2 [lang=en]{margin-left:.5em}table{border-collapse:collapse;width:100%;"
    "margin:.6rem 0}th,td{border-bottom:1px solid #888;padding:.3rem .5rem;text-align:right;"
    "vertical-align:top;font-variant-numeric:tabular-nums}th:first-child,td:first-child"
    "{text-align:left}thead th{border-bottom:2px solid #000}caption{text-align:left;"
    "font-weight:600}figure{margin:1rem 0}svg{width:100%;height:auto;font:13px sans-serif}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1.2rem}dt{grid-column:1}"
    "dd{margin:0;text-align:left;font-variant-numeric:tabular-nums}.big{font-size:2rem;"
    "font-weight:700}.key{display:flex;flex-wrap:wrap;gap:1.4rem}.key svg{width:1.6em;"
    "height:1em;vertical-align:-.1em}"
    "@media print{@page{size:A4;margin:14mm}body{font-size:11pt;max-width:none;padding:0}"
    "h2{break-after:avoid}figure,tr,dl{break-inside:avoid}thead{display:table-header-group}}";

/* Solid: in force. Hatched: the draft. Dots, hatching, blank: gain, lose, unchanged. */
static const char PATTERNS[] =
    "<svg width='0' height='0' style='position:absolute' aria-hidden='true'><defs>"
    "<pattern id='hatch' width='6' height='6' patternUnits='userSpaceOnUse' "
    "patternTransform='rotate(45)'><rect width='6' height='6' fill='#fff'/>"
    "<rect width='3' height='6' fill='#000'/></pattern>"
    "<pattern id='dots' width='6' height='6' patternUnits='userSpaceOnUse'>"
    "<rect width='6' height='6' fill='#fff'/><circle cx='3' cy='3' r='1.7' fill='#000'/>"
    "</pattern></defs></svg>\n";

struct html {
    struct buf *out;
    const struct simulate_report *r;
};

/* --- text --- */

static void put(const struct html *h, const char *markup)
{
    buf_add_c(h->out, markup);
}

/* Chinese, then English beside it where it differs. */
static void both(const struct html *h, struct str zh, struct str en)
{
    buf_add_html(h->out, zh);
    if (en.n == 0 || str_eq(zh, en)) return;
    put(h, " <span lang='en'>");
    buf_add_html(h->out, en);
    put(h, "</span>");
}

static void word(const struct html *h, enum sim_word w)
{
    both(h, str_from_c(sim_word(w, LANG_ZH)), str_from_c(sim_word(w, LANG_EN)));
}

/* A label in both languages, made by `add` for one. */
struct label {
    struct buf text[LANG_COUNT];
};

static void label_init(struct label *l)
{
    for (int i = 0; i < LANG_COUNT; i++)
        buf_init(&l->text[i], 0);
}

static void label_done(struct label *l)
{
    for (int i = 0; i < LANG_COUNT; i++)
        buf_done(&l->text[i]);
}

static void put_label(const struct html *h, struct label *l)
{
    both(h, buf_str(&l->text[LANG_ZH]), buf_str(&l->text[LANG_EN]));
    label_done(l);
}

static struct label row_label(const struct html *h, const struct report_table *t,
                              const struct report_row *row)
{
    struct label l;
    label_init(&l);
    for (int i = 0; i < LANG_COUNT; i++)
        sim_add_row(&l.text[i], h->r, t, row, (enum lang)i);
    return l;
}

static struct label range_label(const struct report_bin *b)
{
    struct label l;
    label_init(&l);
    for (int i = 0; i < LANG_COUNT; i++)
        sim_add_range(&l.text[i], b, (enum lang)i);
    return l;
}

static struct label mark_label(const struct html *h, const struct report_mark *m)
{
    struct label l;
    label_init(&l);
    for (int i = 0; i < LANG_COUNT; i++)
        sim_add_mark(&l.text[i], h->r, m, (enum lang)i);
    return l;
}

/* --- tables --- */

static void section(const struct html *h, enum sim_word w)
{
    put(h, "<h2>");
    word(h, w);
    put(h, "</h2>\n");
}

static void table_begin(const struct html *h, const enum sim_word *columns, size_t count)
{
    put(h, "<table><thead><tr>");
    for (size_t i = 0; i < count; i++) {
        put(h, "<th scope='col'>");
        word(h, columns[i]);
        put(h, "</th>");
    }
    put(h, "</tr></thead><tbody>\n");
}

static void table_end(const struct html *h)
{
    put(h, "</tbody></table>\n");
}

static void row_begin(const struct html *h, struct label *l)
{
    put(h, "<tr><th scope='row'>");
    put_label(h, l);
    put(h, "</th>");
}

static void cell_count(const struct html *h, uint64_t n)
{
    put(h, "<td>");
    draw_count(h->out, n);
    put(h, "</td>");
}

static void cell_shown(const struct html *h, const struct shown *n)
{
    if (!n->hidden) {
        cell_count(h, n->n);
        return;
    }
    put(h, "<td>");
    put(h, sim_word(SIM_HIDDEN, LANG_ZH));
    put(h, "</td>");
}

static void cell_mean(const struct html *h, int128 sum, uint64_t count, bool sign)
{
    put(h, "<td>");
    sim_add_mean(h->out, h->r, sum, count, sign);
    put(h, "</td>");
}

static void paragraph(const struct html *h, enum sim_word w)
{
    put(h, "<p>");
    word(h, w);
    put(h, "</p>\n");
}

/* --- charts --- */

static void svg_begin(const struct html *h, uint32_t rows, uint32_t row_height, enum sim_word title)
{
    buf_printf(h->out, "<svg viewBox='0 0 %d %u' role='img' aria-label='", CHART_WIDTH,
               rows * row_height + 4);
    buf_add_html(h->out, str_from_c(sim_word(title, LANG_ZH)));
    put(h, " / ");
    buf_add_html(h->out, str_from_c(sim_word(title, LANG_EN)));
    put(h, "'>\n");
}

static void svg_text(const struct html *h, uint32_t x, uint32_t y, const char *anchor, struct str s)
{
    buf_printf(h->out, "<text x='%u' y='%u' text-anchor='%s'>", x, y, anchor);
    buf_add_html(h->out, s);
    put(h, "</text>");
}

static uint32_t width_of(uint64_t n, uint64_t most, uint32_t columns)
{
    if (most == 0 || n == 0) return 0;
    const uint32_t w = (uint32_t)((uint128)n * columns / most);
    return w == 0 ? 1 : w;
}

static void svg_rect(const struct html *h, uint32_t x, uint32_t y, uint32_t width, const char *fill)
{
    if (width == 0) return;
    buf_printf(h->out,
               "<rect x='%u' y='%u' width='%u' height='%d' fill='%s' stroke='#000' "
               "stroke-width='1'/>",
               x, y, width, BAR_HEIGHT, fill);
}

static void svg_count(const struct html *h, uint32_t x, uint32_t y, uint64_t n)
{
    struct buf b;
    buf_init(&b, 0);
    draw_count(&b, n);
    svg_text(h, x, y, "start", buf_str(&b));
    buf_done(&b);
}

static void key_entry(const struct html *h, const char *fill, enum sim_word w)
{
    buf_printf(h->out,
               "<span><svg viewBox='0 0 26 16' aria-hidden='true'><rect x='1' y='1' width='24' "
               "height='14' fill='%s' stroke='#000'/></svg> ",
               fill);
    word(h, w);
    put(h, "</span>");
}

/* Two bars a bin; the line is drawn between the bins it parts. */
static void chart_bins(const struct html *h, const struct report_bin *bins, uint32_t count,
                       enum sim_word title)
{
    const uint32_t row = 2 * BAR_HEIGHT + 8;
    uint64_t most = 0;

    for (uint32_t i = 0; i < count; i++)
        for (int k = 0; k < SIMULATE_SIDES; k++)
            if (bins[i].count[k] > most) most = bins[i].count[k];
    put(h, "<figure><figcaption class='key'>");
    key_entry(h, "#000", SIM_IN_FORCE);
    key_entry(h, "url(#hatch)", SIM_DRAFT);
    put(h, "</figcaption>\n");
    svg_begin(h, count, row, title);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t y = i * row + 4;
        struct label l = range_label(&bins[i]);
        if (h->r->has_line && bins[i].from == h->r->line)
            buf_printf(h->out,
                       "<line x1='0' x2='%d' y1='%u' y2='%u' stroke='#000' stroke-width='2' "
                       "stroke-dasharray='8 4'/>",
                       CHART_WIDTH, y - 4, y - 4);
        svg_text(h, LABEL_WIDTH - 8, y + BAR_HEIGHT + 5, "end", buf_str(&l.text[LANG_ZH]));
        label_done(&l);
        for (uint32_t k = 0; k < SIMULATE_SIDES; k++) {
            const uint32_t top = y + k * (BAR_HEIGHT + 1);
            const uint32_t w = width_of(bins[i].count[k], most, BAR_WIDTH);
            svg_rect(h, LABEL_WIDTH, top, w, k == 0 ? "#000" : "url(#hatch)");
            svg_count(h, LABEL_WIDTH + w + 5, top + BAR_HEIGHT - 2, bins[i].count[k]);
        }
        buf_add_char(h->out, '\n');
    }
    put(h, "</svg></figure>\n");
}

/* One bar a group: who gains, loses, stays; the whole bar is the group. */
static void chart_groups(const struct html *h, const struct report_table *t, enum sim_word title)
{
    const uint32_t row = BAR_HEIGHT + 10;

    put(h, "<figure><figcaption class='key'>");
    key_entry(h, "url(#dots)", SIM_GAIN);
    key_entry(h, "url(#hatch)", SIM_LOSE);
    key_entry(h, "#fff", SIM_SAME);
    put(h, "</figcaption>\n");
    svg_begin(h, t->count, row, title);
    for (uint32_t i = 0; i < t->count; i++) {
        const struct report_row *g = &t->rows[i];
        const uint32_t y = i * row + 4;
        const uint32_t gain = width_of(g->gain, g->persons, BAR_WIDTH);
        const uint32_t lose = width_of(g->lose, g->persons, BAR_WIDTH);
        const uint32_t used = gain + lose < BAR_WIDTH ? gain + lose : BAR_WIDTH;
        struct label l = row_label(h, t, g);
        svg_text(h, LABEL_WIDTH - 8, y + BAR_HEIGHT - 2, "end", buf_str(&l.text[LANG_ZH]));
        label_done(&l);
        svg_rect(h, LABEL_WIDTH + used, y, BAR_WIDTH - used, "#fff");
        svg_rect(h, LABEL_WIDTH, y, gain, "url(#dots)");
        svg_rect(h, LABEL_WIDTH + gain, y, used - gain, "url(#hatch)");
        svg_count(h, LABEL_WIDTH + BAR_WIDTH + 6, y + BAR_HEIGHT - 2, g->persons);
        buf_add_char(h->out, '\n');
    }
    put(h, "</svg></figure>\n");
}

/* --- sections --- */

static void definition(const struct html *h, enum sim_word w, const struct shown *n)
{
    put(h, "<dt>");
    word(h, w);
    put(h, "</dt><dd>");
    if (n->hidden)
        put(h, sim_word(SIM_HIDDEN, LANG_ZH));
    else
        draw_count(h->out, n->n);
    put(h, "</dd>\n");
}

static void put_rules(const struct html *h, enum sim_word w, const struct rules *r)
{
    put(h, "<dt>");
    word(h, w);
    put(h, "</dt><dd>");
    both(h, r->schemes[0].title.zh, rules_label(&r->schemes[0].title, LANG_EN));
    put(h, " <code>");
    struct buf b;
    buf_init(&b, 0);
    hash_add_text(&b, &r->hash);
    buf_add_html(h->out, (struct str){b.p, b.n < 16 ? b.n : 16});
    buf_done(&b);
    put(h, "</code></dd>\n");
}

static void put_day(const struct html *h, enum sim_word w, int32_t day)
{
    put(h, "<dt>");
    word(h, w);
    put(h, "</dt><dd>");
    date_add_text(h->out, day);
    put(h, "</dd>\n");
}

static void put_head(const struct html *h)
{
    const struct simulate_report *r = h->r;
    const struct shown persons = {r->persons == 0, r->persons};
    const struct shown compared = {r->compared == 0, r->compared};

    put(h, "<!DOCTYPE html>\n<html lang='zh-CN'><head><meta charset='utf-8'/>"
           "<meta name='viewport' content='width=device-width, initial-scale=1'/><title>");
    buf_printf(h->out, "%s / %s", sim_word(SIM_TITLE, LANG_ZH), sim_word(SIM_TITLE, LANG_EN));
    put(h, "</title><style>");
    put(h, STYLE);
    put(h, "</style></head><body>\n");
    put(h, PATTERNS);
    put(h, "<h1>");
    word(h, SIM_TITLE);
    put(h, "</h1>\n<dl>\n");
    put_day(h, SIM_DAY, r->day);
    put_day(h, SIM_RULE_DAY, r->rule_day);
    put_rules(h, SIM_IN_FORCE, r->rules[SIMULATE_BEFORE]);
    put_rules(h, SIM_DRAFT, r->rules[SIMULATE_AFTER]);
    definition(h, SIM_PERSONS, &persons);
    definition(h, SIM_COMPARED, &compared);
    definition(h, SIM_ERRORS, &r->errors);
    definition(h, SIM_IDLE, &r->idle);
    put(h, "</dl>\n");
}

static void put_notes(const struct html *h)
{
    const struct simulate_report *r = h->r;
    const struct shown refused = {false, r->refused};

    if (r->note_count > 0) {
        section(h, SIM_LACKS);
        put(h, "<ul>\n");
        for (uint32_t i = 0; i < r->note_count; i++) {
            struct label l;
            label_init(&l);
            for (int k = 0; k < LANG_COUNT; k++)
                sim_add_note(&l.text[k], r, &r->notes[i], (enum lang)k);
            put(h, "<li>");
            put_label(h, &l);
            put(h, "</li>\n");
        }
        put(h, "</ul>\n");
    }
    if (r->refused == 0) return;
    put(h, "<dl>\n");
    definition(h, SIM_REFUSED, &refused);
    put(h, "</dl>\n");
}

static void cells_group(const struct html *h, const struct report_row *g)
{
    cell_count(h, g->persons);
    cell_count(h, g->gain);
    cell_count(h, g->lose);
    cell_count(h, g->persons - g->gain - g->lose);
    cell_mean(h, g->before, g->persons, false);
    cell_mean(h, g->after, g->persons, false);
    cell_mean(h, g->after - g->before, g->persons, true);
    put(h, "</tr>\n");
}

static void groups_begin(const struct html *h, enum sim_word first)
{
    const enum sim_word columns[] = {first, SIM_NUMBER, SIM_GAIN, SIM_LOSE, SIM_SAME};

    put(h, "<table><thead><tr>");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        put(h, "<th scope='col'>");
        word(h, columns[i]);
        put(h, "</th>");
    }
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        put(h, "<th scope='col'>");
        word(h, i == 0 ? SIM_IN_FORCE : SIM_DRAFT);
        put(h, " ");
        word(h, SIM_MEAN);
        put(h, "</th>");
    }
    put(h, "<th scope='col'>");
    word(h, SIM_CHANGE);
    put(h, "</th></tr></thead><tbody>\n");
}

static void put_overall(const struct html *h)
{
    const struct report_row *all = &h->r->all;
    struct label l;

    section(h, SIM_OVERALL);
    put(h, "<p class='big'>");
    word(h, SIM_CHANGE);
    put(h, " ");
    sim_add_mean(h->out, h->r, all->after - all->before, all->persons, true);
    put(h, "</p>\n");
    groups_begin(h, SIM_OVERALL);
    label_init(&l);
    buf_add_c(&l.text[LANG_ZH], sim_word(SIM_COMPARED, LANG_ZH));
    buf_add_c(&l.text[LANG_EN], sim_word(SIM_COMPARED, LANG_EN));
    row_begin(h, &l);
    cells_group(h, all);
    table_end(h);
}

static void put_bins(const struct html *h, enum sim_word title, const struct report_bin *bins,
                     uint32_t count)
{
    static const enum sim_word COLUMNS[] = {SIM_RANGE, SIM_IN_FORCE, SIM_DRAFT};

    section(h, title);
    chart_bins(h, bins, count, title);
    table_begin(h, COLUMNS, 3);
    for (uint32_t i = 0; i < count; i++) {
        struct label l = range_label(&bins[i]);
        row_begin(h, &l);
        cell_count(h, bins[i].count[0]);
        cell_count(h, bins[i].count[1]);
        put(h, "</tr>\n");
    }
    table_end(h);
}

static void put_line(const struct html *h)
{
    const struct simulate_report *r = h->r;

    if (!r->has_line) return;
    put(h, "<h2>");
    word(h, SIM_LINE);
    put(h, " ");
    sim_add_line(h->out, r);
    put(h, "</h2>\n");
    if (r->line_hidden) {
        paragraph(h, SIM_LINE_HIDDEN);
    } else {
        const struct shown n[] = {
            {false, r->up}, {false, r->down}, {false, r->above}, {false, r->below}};
        put(h, "<dl>\n");
        definition(h, SIM_UP, &n[0]);
        definition(h, SIM_DOWN, &n[1]);
        definition(h, SIM_ABOVE, &n[2]);
        definition(h, SIM_UNDER, &n[3]);
        put(h, "</dl>\n");
    }
    if (r->near_count > 0) put_bins(h, SIM_NEAR, r->near, r->near_count);
}

static void put_table(const struct html *h, const struct report_table *t)
{
    static const enum sim_word TITLE[] = {[REPORT_DIVISIONS] = SIM_BY_DIVISION,
                                          [REPORT_AGES] = SIM_BY_AGE,
                                          [REPORT_TRAIT] = SIM_BY_TRAIT};
    struct label l;

    label_init(&l);
    for (int i = 0; i < LANG_COUNT; i++)
        sim_add_table(&l.text[i], h->r, t, (enum lang)i);
    put(h, "<h2>");
    put_label(h, &l);
    put(h, "</h2>\n");
    if (t->hidden) {
        paragraph(h, SIM_TABLE_HIDDEN);
        return;
    }
    chart_groups(h, t, TITLE[t->kind]);
    groups_begin(h, SIM_GROUP);
    for (uint32_t i = 0; i < t->count; i++) {
        l = row_label(h, t, &t->rows[i]);
        row_begin(h, &l);
        cells_group(h, &t->rows[i]);
    }
    table_end(h);
}

static void put_indicators(const struct html *h)
{
    static const enum sim_word COLUMNS[] = {SIM_INDICATOR, SIM_GAIN, SIM_LOSE, SIM_TOTAL_CHANGE};

    section(h, SIM_BY_INDICATOR);
    table_begin(h, COLUMNS, 4);
    for (uint32_t i = 0; i < h->r->indicator_count; i++) {
        const struct report_indicator *k = &h->r->indicators[i];
        const struct shown gain = {k->hidden, k->gain}, lose = {k->hidden, k->lose};
        struct label l;
        if (!k->hidden && k->gain == 0 && k->lose == 0) continue;
        label_init(&l);
        for (int n = 0; n < LANG_COUNT; n++)
            sim_add_indicator(&l.text[n], h->r, k->before, k->after, (enum lang)n);
        row_begin(h, &l);
        cell_shown(h, &gain);
        cell_shown(h, &lose);
        put(h, "<td>");
        if (k->hidden)
            put(h, sim_word(SIM_HIDDEN, LANG_ZH));
        else
            sim_add_sum(h->out, h->r, k->delta, true);
        put(h, "</td></tr>\n");
    }
    table_end(h);
}

static void cell_mark(const struct html *h, const struct report_mark *m, int side)
{
    if (m->at[side] < 0) {
        put(h, "<td>–</td>");
        return;
    }
    cell_shown(h, &m->sure[side]);
}

static void put_marks(const struct html *h, enum sim_word title, bool clauses)
{
    const enum sim_word columns[] = {clauses ? SIM_CLAUSE : SIM_CAPS, SIM_IN_FORCE, SIM_DRAFT,
                                     SIM_PERHAPS};

    section(h, title);
    table_begin(h, columns, 4);
    for (uint32_t i = 0; i < h->r->mark_count; i++) {
        const struct report_mark *m = &h->r->marks[i];
        if ((m->kind == MARK_CLAUSE) != clauses) continue;
        struct label l = mark_label(h, m);
        row_begin(h, &l);
        cell_mark(h, m, SIMULATE_BEFORE);
        cell_mark(h, m, SIMULATE_AFTER);
        cell_shown(h, &m->perhaps[m->at[SIMULATE_AFTER] >= 0]);
        put(h, "</tr>\n");
    }
    table_end(h);
}

static void put_dead(const struct html *h)
{
    bool any = false;

    section(h, SIM_DEAD);
    put(h, "<ul>\n");
    for (uint32_t i = 0; i < h->r->mark_count; i++) {
        if (!sim_is_dead(&h->r->marks[i])) continue;
        struct label l = mark_label(h, &h->r->marks[i]);
        put(h, "<li>");
        put_label(h, &l);
        put(h, "</li>\n");
        any = true;
    }
    if (!any) {
        put(h, "<li>");
        word(h, SIM_NONE);
        put(h, "</li>\n");
    }
    put(h, "</ul>\n");
}

static void put_unknown(const struct html *h)
{
    static const enum sim_word TOTALS[] = {SIM_UNKNOWN, SIM_IN_FORCE, SIM_DRAFT};
    static const enum sim_word GAPS[] = {SIM_REGISTER, SIM_SETTLES, SIM_INVOLVED};
    const struct simulate_report *r = h->r;
    struct label l;

    section(h, SIM_UNKNOWN);
    table_begin(h, TOTALS, 3);
    label_init(&l);
    buf_add_c(&l.text[LANG_ZH], sim_word(SIM_UNCERTAIN, LANG_ZH));
    buf_add_c(&l.text[LANG_EN], sim_word(SIM_UNCERTAIN, LANG_EN));
    row_begin(h, &l);
    cell_shown(h, &r->uncertain[0]);
    cell_shown(h, &r->uncertain[1]);
    put(h, "</tr>\n");
    table_end(h);
    if (r->gap_count == 0) return;
    table_begin(h, GAPS, 3);
    for (uint32_t i = 0; i < r->gap_count; i++) {
        const struct rule_register *reg = &r->rules[SIMULATE_AFTER]->regs[r->gaps[i].reg];
        label_init(&l);
        buf_add(&l.text[LANG_ZH], rules_name(&reg->name, LANG_ZH));
        buf_add(&l.text[LANG_EN], rules_name(&reg->name, LANG_EN));
        row_begin(h, &l);
        cell_shown(h, &r->gaps[i].alone);
        cell_shown(h, &r->gaps[i].involved);
        put(h, "</tr>\n");
    }
    table_end(h);
}

static void put_largest(const struct html *h)
{
    const struct simulate_report *r = h->r;

    if (r->largest_count == 0) return;
    section(h, SIM_LARGEST);
    put(h, "<ol>\n");
    for (uint32_t i = 0; i < r->largest_count; i++) {
        const struct simulate_change *c = &r->largest[i];
        put(h, "<li>");
        sim_add_sum(h->out, r, (int128)c->after - c->before, true);
        if (r->with_ids) {
            put(h, " <code>");
            buf_add_html(h->out, c->id);
            put(h, "</code> ");
            sim_add_sum(h->out, r, c->before, false);
            put(h, " → ");
            sim_add_sum(h->out, r, c->after, false);
        }
        put(h, "</li>\n");
    }
    put(h, "</ol>\n");
}

void simulate_add_html(struct buf *out, const struct simulate_report *r)
{
    const struct html h = {out, r};

    put_head(&h);
    put_notes(&h);
    if (r->hidden) {
        paragraph(&h, SIM_TOO_FEW);
    } else {
        put_overall(&h);
        put_bins(&h, SIM_DISTRIBUTION, r->bins, r->bin_count);
        put_line(&h);
        for (uint32_t i = 0; i < r->table_count; i++)
            put_table(&h, &r->tables[i]);
        put_indicators(&h);
        put_marks(&h, SIM_COVERAGE, true);
        put_dead(&h);
        put_marks(&h, SIM_CAPS, false);
        put_unknown(&h);
    }
    put_largest(&h);
    paragraph(&h, SIM_HIDDEN_NOTE);
    put(&h, "</body></html>\n");
}
