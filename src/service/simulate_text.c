/* A simulation's report for a terminal: counts, histograms before and after, tables. */
#include "base/date.h"
#include "service/draw.h"
#include "service/simulate_out.h"

#define LABEL 30
#define NUMBER 12
#define BAR_MIN 10

struct text {
    struct buf *out;
    const struct simulate_report *r;
    enum lang lang;
    size_t columns;
};

static void word(const struct text *t, enum sim_word w)
{
    buf_add_c(t->out, sim_word(w, t->lang));
}

static void heading(const struct text *t, enum sim_word w)
{
    buf_add_char(t->out, '\n');
    word(t, w);
    buf_add_char(t->out, '\n');
}

/* "人数：10,000" */
static void named(const struct text *t, enum sim_word w)
{
    word(t, w);
    buf_add_c(t->out, t->lang == LANG_ZH ? "：" : ": ");
}

static void count_or_star(const struct text *t, const struct shown *n, size_t width)
{
    struct str star = str_from_c(sim_word(SIM_HIDDEN, t->lang));
    if (n->hidden)
        draw_right(t->out, star, width);
    else
        draw_count_right(t->out, n->n, width);
}

static void label(const struct text *t, struct buf *b, size_t width)
{
    buf_add_c(t->out, "  ");
    draw_padded(t->out, buf_str(b), width);
    buf_done(b);
}

static void column(const struct text *t, enum sim_word w)
{
    draw_right(t->out, str_from_c(sim_word(w, t->lang)), NUMBER);
}

static void columns_begin(const struct text *t)
{
    draw_spaces(t->out, LABEL + 2);
}

static void mean_right(const struct text *t, int128 sum, uint64_t count, bool sign)
{
    struct buf b;
    buf_init(&b, 0);
    sim_add_mean(&b, t->r, sum, count, sign);
    draw_right(t->out, buf_str(&b), NUMBER);
    buf_done(&b);
}

/* --- parts --- */

static void add_hash(const struct text *t, const struct rules *r)
{
    struct buf b;
    buf_init(&b, 0);
    hash_add_text(&b, &r->hash);
    buf_add(t->out, (struct str){b.p, b.n < 16 ? b.n : 16});
    buf_done(&b);
}

static void add_head(const struct text *t)
{
    const struct simulate_report *r = t->r;

    word(t, SIM_TITLE);
    buf_add_c(t->out, "   ");
    named(t, SIM_DAY);
    date_add_text(t->out, r->day);
    buf_add_c(t->out, "   ");
    named(t, SIM_RULES);
    add_hash(t, r->rules[SIMULATE_BEFORE]);
    buf_add_c(t->out, " → ");
    add_hash(t, r->rules[SIMULATE_AFTER]);
    buf_add_c(t->out, "\n\n");
    const struct {
        enum sim_word word;
        struct shown n;
    } rows[] = {{SIM_PERSONS, {r->persons == 0, r->persons}},
                {SIM_COMPARED, {r->compared == 0, r->compared}},
                {SIM_ERRORS, r->errors},
                {SIM_IDLE, r->idle}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_add_c(t->out, "  ");
        draw_padded(t->out, str_from_c(sim_word(rows[i].word, t->lang)), LABEL + 12);
        count_or_star(t, &rows[i].n, NUMBER);
        buf_add_char(t->out, '\n');
    }
}

static void add_notes(const struct text *t)
{
    if (t->r->note_count > 0) heading(t, SIM_LACKS);
    for (uint32_t i = 0; i < t->r->note_count; i++) {
        buf_add_c(t->out, "  ");
        sim_add_note(t->out, t->r, &t->r->notes[i], t->lang);
        buf_add_char(t->out, '\n');
    }
    if (t->r->refused == 0) return;
    buf_add_c(t->out, "\n  ");
    named(t, SIM_REFUSED);
    draw_count(t->out, t->r->refused);
    buf_add_char(t->out, '\n');
}

/* Persons, gain, lose, same, mean change of a group. */
static void add_group(const struct text *t, const struct report_row *row)
{
    draw_count_right(t->out, row->persons, NUMBER);
    draw_count_right(t->out, row->gain, NUMBER);
    draw_count_right(t->out, row->lose, NUMBER);
    draw_count_right(t->out, row->persons - row->gain - row->lose, NUMBER);
    mean_right(t, row->before, row->persons, false);
    mean_right(t, row->after - row->before, row->persons, true);
    buf_add_char(t->out, '\n');
}

static void add_group_columns(const struct text *t)
{
    static const enum sim_word COLUMNS[] = {SIM_NUMBER, SIM_GAIN, SIM_LOSE,
                                            SIM_SAME,   SIM_MEAN, SIM_CHANGE};
    columns_begin(t);
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++)
        column(t, COLUMNS[i]);
    buf_add_char(t->out, '\n');
}

static void add_overall(const struct text *t)
{
    struct buf b;

    buf_add_char(t->out, '\n');
    add_group_columns(t);
    buf_init(&b, 0);
    buf_add_c(&b, sim_word(SIM_OVERALL, t->lang));
    label(t, &b, LABEL);
    add_group(t, &t->r->all);
}

static void add_table(const struct text *t, const struct report_table *table)
{
    buf_add_char(t->out, '\n');
    sim_add_table(t->out, t->r, table, t->lang);
    buf_add_char(t->out, '\n');
    if (table->hidden) {
        buf_add_c(t->out, "  ");
        word(t, SIM_TABLE_HIDDEN);
        buf_add_char(t->out, '\n');
        return;
    }
    add_group_columns(t);
    for (uint32_t i = 0; i < table->count; i++) {
        struct buf b;
        buf_init(&b, 0);
        sim_add_row(&b, t->r, table, &table->rows[i], t->lang);
        label(t, &b, LABEL);
        add_group(t, &table->rows[i]);
    }
}

static uint64_t most_of(const struct report_bin *bins, uint32_t count)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < count; i++)
        for (int k = 0; k < SIMULATE_SIDES; k++)
            if (bins[i].count[k] > most) most = bins[i].count[k];
    return most;
}

/* Two lines a bin: in force above, draft below. */
static void add_bins(const struct text *t, enum sim_word title, const struct report_bin *bins,
                     uint32_t count)
{
    static const enum sim_word SIDE[] = {SIM_IN_FORCE, SIM_DRAFT};
    const size_t left = 2 + 14 + 10 + NUMBER + 2;
    const size_t bar = t->columns > left + BAR_MIN ? t->columns - left : BAR_MIN;
    const uint64_t most = most_of(bins, count);

    heading(t, title);
    for (uint32_t i = 0; i < count; i++) {
        for (int k = 0; k < SIMULATE_SIDES; k++) {
            struct buf b;
            buf_init(&b, 0);
            if (k == 0) sim_add_range(&b, &bins[i], t->lang);
            if (k == 0 && t->r->has_line && bins[i].from == t->r->line) buf_add_c(&b, " ◄");
            label(t, &b, 14);
            draw_padded(t->out, str_from_c(sim_word(SIDE[k], t->lang)), 10);
            draw_count_right(t->out, bins[i].count[k], NUMBER);
            buf_add_c(t->out, "  ");
            draw_bar(t->out, bins[i].count[k], most, bar);
            buf_add_char(t->out, '\n');
        }
    }
}

static void add_line(const struct text *t)
{
    const struct simulate_report *r = t->r;
    const struct {
        enum sim_word word;
        uint64_t n;
    } rows[] = {{SIM_UP, r->up}, {SIM_DOWN, r->down}, {SIM_ABOVE, r->above}, {SIM_UNDER, r->below}};

    if (!r->has_line) return;
    buf_add_char(t->out, '\n');
    named(t, SIM_LINE);
    sim_add_line(t->out, r);
    buf_add_char(t->out, '\n');
    for (size_t i = 0; !r->line_hidden && i < sizeof rows / sizeof *rows; i++) {
        buf_add_c(t->out, "  ");
        draw_padded(t->out, str_from_c(sim_word(rows[i].word, t->lang)), LABEL);
        draw_count_right(t->out, rows[i].n, NUMBER);
        buf_add_char(t->out, '\n');
    }
    if (r->line_hidden) {
        buf_add_c(t->out, "  ");
        word(t, SIM_LINE_HIDDEN);
        buf_add_char(t->out, '\n');
    }
    if (r->near_count > 0) add_bins(t, SIM_NEAR, r->near, r->near_count);
}

static void add_indicators(const struct text *t)
{
    heading(t, SIM_BY_INDICATOR);
    columns_begin(t);
    column(t, SIM_GAIN);
    column(t, SIM_LOSE);
    column(t, SIM_TOTAL_CHANGE);
    buf_add_char(t->out, '\n');
    for (uint32_t i = 0; i < t->r->indicator_count; i++) {
        const struct report_indicator *k = &t->r->indicators[i];
        struct buf b, delta;
        if (!k->hidden && k->gain == 0 && k->lose == 0) continue;
        buf_init(&b, 0);
        buf_init(&delta, 0);
        sim_add_indicator(&b, t->r, k->before, k->after, t->lang);
        label(t, &b, LABEL);
        const struct shown gain = {k->hidden, k->gain}, lose = {k->hidden, k->lose};
        count_or_star(t, &gain, NUMBER);
        count_or_star(t, &lose, NUMBER);
        if (!k->hidden) sim_add_sum(&delta, t->r, k->delta, true);
        draw_right(t->out, k->hidden ? str_from_c(sim_word(SIM_HIDDEN, t->lang)) : buf_str(&delta),
                   NUMBER);
        buf_done(&delta);
        buf_add_char(t->out, '\n');
    }
}

static void add_mark(const struct text *t, const struct report_mark *m)
{
    struct buf b;

    buf_init(&b, 0);
    sim_add_mark(&b, t->r, m, t->lang);
    label(t, &b, LABEL);
    for (int i = 0; i < SIMULATE_SIDES; i++) {
        if (m->at[i] < 0)
            draw_right(t->out, STR("–"), NUMBER);
        else
            count_or_star(t, &m->sure[i], NUMBER);
    }
    if (m->at[1] >= 0 && (m->perhaps[1].hidden || m->perhaps[1].n > 0)) {
        buf_add_c(t->out, "  ");
        word(t, SIM_PERHAPS);
        buf_add_c(t->out, " +");
        count_or_star(t, &m->perhaps[1], 0);
    }
    buf_add_char(t->out, '\n');
}

static void add_marks(const struct text *t, enum sim_word title, bool clauses)
{
    heading(t, title);
    columns_begin(t);
    column(t, SIM_IN_FORCE);
    column(t, SIM_DRAFT);
    buf_add_char(t->out, '\n');
    for (uint32_t i = 0; i < t->r->mark_count; i++)
        if ((t->r->marks[i].kind == MARK_CLAUSE) == clauses) add_mark(t, &t->r->marks[i]);
}

static void add_dead(const struct text *t)
{
    bool any = false;

    heading(t, SIM_DEAD);
    for (uint32_t i = 0; i < t->r->mark_count; i++) {
        if (!sim_is_dead(&t->r->marks[i])) continue;
        buf_add_c(t->out, "  ");
        sim_add_mark(t->out, t->r, &t->r->marks[i], t->lang);
        buf_add_char(t->out, '\n');
        any = true;
    }
    if (any) return;
    buf_add_c(t->out, "  ");
    word(t, SIM_NONE);
    buf_add_char(t->out, '\n');
}

static void add_unknown(const struct text *t)
{
    const struct simulate_report *r = t->r;

    heading(t, SIM_UNKNOWN);
    columns_begin(t);
    column(t, SIM_IN_FORCE);
    column(t, SIM_DRAFT);
    buf_add_c(t->out, "\n  ");
    draw_padded(t->out, str_from_c(sim_word(SIM_UNCERTAIN, t->lang)), LABEL);
    count_or_star(t, &r->uncertain[0], NUMBER);
    count_or_star(t, &r->uncertain[1], NUMBER);
    buf_add_char(t->out, '\n');
    if (r->gap_count == 0) return;
    buf_add_c(t->out, "  ");
    word(t, SIM_SETTLES);
    buf_add_c(t->out, t->lang == LANG_ZH ? "（" : " (");
    word(t, SIM_INVOLVED);
    buf_add_c(t->out, t->lang == LANG_ZH ? "）\n" : ")\n");
    for (uint32_t i = 0; i < r->gap_count; i++) {
        struct buf b;
        buf_init(&b, 0);
        buf_add_c(&b, "  ");
        buf_add(&b, rules_name(&r->rules[1]->regs[r->gaps[i].reg].name, t->lang));
        label(t, &b, LABEL);
        count_or_star(t, &r->gaps[i].alone, NUMBER);
        count_or_star(t, &r->gaps[i].involved, NUMBER);
        buf_add_char(t->out, '\n');
    }
}

static void add_largest(const struct text *t)
{
    if (t->r->largest_count == 0) return;
    heading(t, SIM_LARGEST);
    for (uint32_t i = 0; i < t->r->largest_count; i++) {
        const struct simulate_change *c = &t->r->largest[i];
        struct buf b;
        buf_init(&b, 0);
        sim_add_sum(&b, t->r, (int128)c->after - c->before, true);
        draw_right(t->out, buf_str(&b), NUMBER);
        buf_done(&b);
        if (t->r->with_ids) {
            buf_add_c(t->out, "  ");
            buf_add(t->out, c->id);
            buf_add_c(t->out, "  ");
            sim_add_sum(t->out, t->r, c->before, false);
            buf_add_c(t->out, " → ");
            sim_add_sum(t->out, t->r, c->after, false);
        } else if (i % 5 != 4 && i + 1 < t->r->largest_count) {
            continue;
        }
        buf_add_char(t->out, '\n');
    }
}

void simulate_add_text(struct buf *out, const struct simulate_report *r, enum lang lang,
                       size_t columns)
{
    const struct text t = {out, r, lang, columns};

    add_head(&t);
    add_notes(&t);
    if (r->hidden) {
        buf_add_char(out, '\n');
        word(&t, SIM_TOO_FEW);
        buf_add_char(out, '\n');
    } else {
        add_overall(&t);
        add_bins(&t, SIM_DISTRIBUTION, r->bins, r->bin_count);
        add_line(&t);
        for (uint32_t i = 0; i < r->table_count; i++)
            add_table(&t, &r->tables[i]);
        add_indicators(&t);
        add_marks(&t, SIM_COVERAGE, true);
        add_dead(&t);
        add_marks(&t, SIM_CAPS, false);
        add_unknown(&t);
    }
    add_largest(&t);
    buf_add_char(out, '\n');
    word(&t, SIM_HIDDEN_NOTE);
    buf_add_char(out, '\n');
}
