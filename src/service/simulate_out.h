/* A simulation's report for people and programs: a summary for terminals, JSON
 * (docs/simulate.schema.json), and a page by itself that prints (HTML with SVG, no script). All are
 * made from what may be shown (engine/simulate_report.h) and nothing else. */
#ifndef JIFEN_SERVICE_SIMULATE_OUT_H
#define JIFEN_SERVICE_SIMULATE_OUT_H

#include "engine/simulate_report.h"

/* `columns`: width of the terminal; bars get what is left. */
void simulate_add_text(struct buf *out, const struct simulate_report *r, enum lang lang,
                       size_t columns);
void simulate_add_json(struct buf *out, const struct simulate_report *r, enum lang lang);
/* In both languages, Chinese first. */
void simulate_add_html(struct buf *out, const struct simulate_report *r);

/* --- words and labels, shared by the three --- */

enum sim_word {
#define WORD(id, zh, en) SIM_##id,
#include "service/simulate_word.def"
#undef WORD
    SIM_WORD_COUNT
};
const char *sim_word(enum sim_word w, enum lang lang);

void sim_add_row(struct buf *out, const struct simulate_report *r, const struct report_table *t,
                 const struct report_row *row, enum lang lang);
void sim_add_table(struct buf *out, const struct simulate_report *r, const struct report_table *t,
                   enum lang lang);
/* "60–65", "不足 0", "80 起" */
void sim_add_range(struct buf *out, const struct report_bin *b, enum lang lang);
void sim_add_mark(struct buf *out, const struct simulate_report *r, const struct report_mark *m,
                  enum lang lang);
/* An indicator, as the draft has it where it does, with its scheme where that is not the first. */
void sim_add_indicator(struct buf *out, const struct simulate_report *r, int32_t before,
                       int32_t after, enum lang lang);
void sim_add_note(struct buf *out, const struct simulate_report *r, const struct view_note *n,
                  enum lang lang);
/* sum / count in points with four decimals; `sign`: always with one. */
void sim_add_mean(struct buf *out, const struct simulate_report *r, int128 sum, uint64_t count,
                  bool sign);
/* A sum in points, all its decimals. */
void sim_add_sum(struct buf *out, const struct simulate_report *r, int128 sum, bool sign);
void sim_add_line(struct buf *out, const struct simulate_report *r); /* "60" */
/* Nobody gets points from it for sure or perhaps, under the draft. */
bool sim_is_dead(const struct report_mark *m);

#endif
