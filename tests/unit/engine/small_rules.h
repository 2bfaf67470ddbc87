/* Small rule images made by hand, so that the engine is tested without the compiler; and residents
 * from short lines of text.
 *
 *   struct small s;  small_init(&s);
 *   uint32_t n = small_op(&s, NODE_ADD, VT_INT, 2, (uint32_t[]){a, b});
 *   struct interval v = small_value(&s, n, "event 2025-03-01 5");
 *
 * The catalogue (one line of a fact: register, then its cells in order; "?" unknown, "-" empty):
 *   person   born amount               one per person; both may be unknown
 *   event    day(event) amount key     day may be empty (since ever) or unknown
 *   term     day(event) until(end) amount
 *   spell    from(start) to(end, may be open) division
 *   month    from(start) to(end)
 *   paper    level(event-less) none_unknown
 *   permit   status from(start) to(end) division      the force register */
#ifndef JIFEN_TESTS_SMALL_RULES_H
#define JIFEN_TESTS_SMALL_RULES_H

#include "engine/score.h"

enum { R_PERSON, R_EVENT, R_TERM, R_SPELL, R_MONTH, R_PAPER, R_PERMIT, R_COUNT };
enum { E_LEVEL, E_STATUS };

#define SMALL_NODES 256

struct small {
    struct arena arena;
    struct rules r;
    struct rule_scheme schemes[5];
    struct rule_group groups[8];
    struct rule_indicator indicators[8];
    struct rule_clause clauses[16];
    struct rule_veto vetoes[4];
    struct rule_gate gates[4];
    struct rule_force_row force_rows[3];
    struct rule_node nodes[SMALL_NODES];
    uint32_t kids[4 * SMALL_NODES];
    int64_t table[4 * SMALL_NODES];
    struct rule_param params[2];
    struct rule_param_value param_values[4];
    struct rule_let names[2];
    int32_t day;
};

void small_init(struct small *s);
void small_done(struct small *s);

uint32_t small_const(struct small *s, enum value_type vt, int64_t v);
uint32_t small_field(struct small *s, int32_t reg, int32_t field, int32_t domain);
uint32_t small_op(struct small *s, enum node_op op, enum value_type vt, uint32_t count,
                  const uint32_t *kids);
uint32_t small_op2(struct small *s, enum node_op op, enum value_type vt, uint32_t a, uint32_t b);
/* Aggregate over reg; filter and value are nodes of its domain, UINT32_MAX none. */
uint32_t small_agg(struct small *s, enum node_op op, enum value_type vt, int32_t reg,
                   uint32_t filter, uint32_t value);
void small_table(struct small *s, uint32_t node, uint32_t count, const int64_t *table);
void small_window(struct small *s, uint32_t node, enum window_kind kind, int64_t a, int64_t b);

/* A population from lines; `facts` separated by ';', "!reg" says the register has not answered. */
enum err small_population(struct small *s, const char *facts, struct population *ret);
/* The interval of `node` for the person of `facts`; aborts the test when he is an error. */
struct interval small_value(struct small *s, uint32_t node, const char *facts);
/* The error the person is, or ERR_OK. */
enum err small_error(struct small *s, uint32_t node, const char *facts);
int32_t small_date(const char *text);

#endif
