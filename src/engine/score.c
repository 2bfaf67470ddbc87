/* Words for the status of a score; which marks a plan can set. */
#include "engine/score.h"

struct status_word {
    int32_t status;
    const char *word;             /* in the output of `jifen score` */
    const char *text[LANG_COUNT]; /* for people */
};

static const struct status_word words[] = {
    {STATUS_UNKNOWN, "unknown", {"效力待定", "not yet known"}},
    {STATUS_FROZEN, "frozen", {"已冻结", "frozen"}},
    {STATUS_VETOED, "vetoed", {"一票否决", "vetoed"}},
    {STATUS_ERROR, "ERROR", {"数据有误", "error in the data"}},
    {STATUS_IN_FORCE_DEFAULT, "in_force", {"有效", "in force"}},
};

static const struct status_word *word_of(int32_t status)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].status == status) return &words[i];
    return &words[3];
}

struct str score_status_word(const struct rules *r, int32_t status)
{
    if (status >= 0 && (uint32_t)status < r->force.row_count) return r->force.rows[status].word;
    return str_from_c(word_of(status)->word);
}

/* "无效：居住证 中止" is said by the permit's own word for its status. */
static void add_force_text(struct buf *out, const struct rules *r, const struct rule_force_row *row,
                           enum lang lang)
{
    const struct rule_register *reg = &r->regs[r->force.reg];
    const struct type t = reg->fields[r->force.status_field].type;
    bool zh = lang == LANG_ZH;

    buf_add_c(out, row->in_force ? (zh ? "有效（" : "in force (") : (zh ? "失效（" : "void ("));
    buf_add(out, rules_name(&reg->name, lang));
    buf_add_c(out, zh ? "：" : ": ");
    if (row->member < 0)
        buf_add_c(out, zh ? "无记录" : "no record");
    else
        buf_add(out, rules_name(&r->enums[t.ref].members[row->member], lang));
    buf_add_c(out, zh ? "）" : ")");
}

void score_status_add_text(struct buf *out, const struct rules *r, int32_t status, enum lang lang)
{
    if (status >= 0 && (uint32_t)status < r->force.row_count)
        add_force_text(out, r, &r->force.rows[status], lang);
    else
        buf_add_c(out, word_of(status)->text[lang]);
}

uint32_t score_marks_of(const struct plan *p, uint32_t *ret)
{
    const struct rules *r = p->rules;
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->indicator_count; i++) {
        const struct plan_indicator *pi = &p->indicators[i];
        for (uint32_t k = 0; k < pi->clause_count; k++)
            ret[n++] = score_mark_clause(r, pi->clauses[k]);
        if (r->indicators[pi->indicator].cap.is_set)
            ret[n++] = score_mark_indicator(r, pi->indicator);
    }
    for (uint32_t i = 0; i < p->group_count; i++)
        if (r->groups[p->groups[i]].cap.is_set) ret[n++] = score_mark_group(r, p->groups[i]);
    return n;
}
