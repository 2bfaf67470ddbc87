/* The explanation tree, shared by explain.c (builds it), explain_json.c, explain_text.c (say it).
 *
 *   explanation ─ parts (groups, in printing order) ─ indicators ─ steps, facts, awaited registers
 *               ├ vetoes and freezes
 *               └ gates ─ lines */
#ifndef JIFEN_ENGINE_EXPLAIN_INTERNAL_H
#define JIFEN_ENGINE_EXPLAIN_INTERNAL_H

#include "engine/explain.h"
#include "engine/interp.h"
#include "engine/value_text.h"

/* One line of the arithmetic: which construct decided, with its trace. */
enum step_kind {
    STEP_VALUE,      /* a figure taken from the facts: an age, a count of months … */
    STEP_BAND,       /* 分段: the row the value falls in */
    STEP_ROW,        /* 按: the row of the member */
    STEP_BRANCH,     /* 若: the condition and whether it holds */
    STEP_ARITHMETIC, /* + − × ÷ */
    STEP_PER,        /* 每满 */
    STEP_CAP,        /* 封顶 */
    STEP_FLOOR,      /* 保底 */
    STEP_CHOICE,     /* 取最高, 取最低: the items, which was taken, which lost */
    STEP_TOTAL,      /* 合计 of items */
    STEP_EACH,       /* 逐条: the records' points */
    STEP_IF_UNKNOWN, /* 若未知 */
    STEP_KIND_COUNT
};

struct explain_step {
    enum step_kind kind;
    const struct trace_node *t;
};

/* A record an indicator looked at. */
struct explain_fact {
    int32_t reg;
    uint32_t row;
    enum trace_standing standing;
    enum trace_why why;
    bool lost; /* another record of the same matter brought more */
    bool has_points;
    struct interval points; /* what it brought */
    int32_t expires;        /* first day on which it no longer counts; DATE_OPEN_END = it stays */
    struct explain_step *steps; /* how its points came about */
    uint32_t step_count;
};

/* Something that is not known, and who can say it. */
struct explain_await {
    int32_t reg;
    int32_t field;  /* -1: the whole register */
    bool is_silent; /* the register has not answered; else a record or a cell is missing */
};

/* What a walk over a trace came across. */
struct explain_seen {
    struct explain_fact *facts;
    uint32_t fact_count;
    struct explain_await *awaits;
    uint32_t await_count;
};

struct explain_clause {
    const struct trace_clause *t;
    bool taken, lost;
    struct explain_step *steps;
    uint32_t step_count;
};

struct explain_indicator {
    const struct trace_indicator *t;
    struct explain_clause *clauses; /* those that were looked at, in order */
    uint32_t clause_count;
    struct explain_seen seen;
    bool lost; /* the group takes the highest, and another member is higher */
};

struct explain_condition { /* a veto, a freeze or a gate */
    const struct trace_condition *t;
    struct interval truth;
    const struct trace_node **lines; /* conditions that must all hold */
    uint32_t line_count;
    struct explain_seen seen;
};

struct explanation {
    const struct rules *rules;
    const struct population *people;
    uint32_t person;
    int32_t day, rule_day;
    struct home home;
    const struct plan *plan;
    const struct trace *trace; /* NULL when the person is an error */
    struct score score;
    int32_t *chain; /* schemes, lowest first */
    uint32_t chain_count;
    struct explain_indicator *indicators; /* as plan->indicators */
    struct explain_condition *vetoes, *gates;
    struct explain_seen open; /* awaits: everything that keeps the total open */
};

/* --- saying things; all append to `out` --- */

struct say {
    const struct explanation *e;
    struct value_ctx v;
    bool zh;
    struct buf *out;
};

struct say say_new(const struct explanation *e, enum lang lang, struct buf *out);
/* A name as people read it: no underscores in English. */
void say_name(const struct say *s, const struct rule_name *n);
void say_c(const struct say *s, const char *zh, const char *en);
void say_points(const struct say *s, struct interval v);
void say_value(const struct say *s, const struct trace_node *t);
/* A node's construct in plain words. */
void say_expression(const struct say *s, uint32_t node);
/* One step as a sentence. */
void say_step(const struct say *s, const struct explain_step *step);
/* "取得日期 2020年5月1日，证书 三级" */
void say_record(const struct say *s, int32_t reg, uint32_t row);
/* "省公安厅 人员登记，person.csv 第2行" */
void say_source(const struct say *s, int32_t reg, uint32_t row);
/* Why a record does not count, or only perhaps; "" when it does. */
void say_why(const struct say *s, const struct explain_fact *f);
void say_await(const struct say *s, const struct explain_await *a);
void say_truth(const struct say *s, struct interval c);

#endif
