/* Values as people write them, in both languages, and as the rule language writes them. */
#ifndef JIFEN_ENGINE_VALUE_TEXT_H
#define JIFEN_ENGINE_VALUE_TEXT_H

#include "engine/score.h"

enum value_style {
    VALUE_PROSE, /* 330106（西湖区）, "66%" */
    VALUE_RULES  /* as a cell of a case: 330106 */
};

struct value_ctx {
    const struct rules *rules;
    const struct str *keys; /* texts of VT_KEY values; may be NULL */
    uint32_t key_count;
    enum lang lang;
    enum value_style style;
};

/* One value of type `t`. Open ends are 至今 / "still running" and 早已 / "since ever". */
void value_add_text(struct buf *out, const struct value_ctx *c, struct type t, int64_t v);

/* One value, or "43分 至 53分" / "43 to 53 points" where it is not known. */
void interval_add_text(struct buf *out, const struct value_ctx *c, struct type t,
                       struct interval v);

/* Points without a unit, trailing zeros dropped: 23.5 */
void points_add_number(struct buf *out, const struct rules *r, int64_t v);

#endif
