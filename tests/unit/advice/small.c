/* Small programs: the catalogue is nearly fixed, its marks and the clauses are drawn. */
#include "small.h"

#include <stdio.h>

struct gen {
    uint64_t state;
    struct buf *out;
    uint32_t clauses;
    bool capped;
};

static uint32_t below(struct gen *g, uint32_t n)
{
    uint64_t z = (g->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ (z >> 31)) % n);
}

static const char *pick(struct gen *g, const char *const *words, uint32_t count)
{
    return words[below(g, count)];
}

#define PICK(g, ...)                                                                               \
    pick((g), (const char *const[]){__VA_ARGS__},                                                  \
         (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/* --- the catalogue --- */

static const char *mark(struct gen *g)
{
    return PICK(g, " changeable", " changeable", " changeable lead 30 days",
                " changeable lead 2 months evidence \"证明\" / \"proof\"",
                " changeable lead 1 year");
}

static const char *mark_or_not(struct gen *g)
{
    return below(g, 2) ? mark(g) : "";
}

static void catalogue(struct gen *g)
{
    struct buf *o = g->out;
    uint32_t n; /* drawn in a statement of its own: compilers order arguments as they like */

    buf_add_c(o, "rules en 1\n\n# Small\n\n```rules\nscheme \"小\" / \"Small\" (small)\n"
                 "layer province 330000\nscale 0.01pt\n"
                 "source \"小字1号\" / \"No. 1\" from 2000-01-01\n\n"
                 "levels rank (等第): low (低) < middle (中) < high (高) < top (顶)\n"
                 "category sort (种类): red (红), blue (蓝), green (绿)\n"
                 "register person (人员) supplied by \"公安\" / \"Police\" one per person:\n"
                 "  birth_date (出生日期): date\n"
                 "register state (状况) supplied by \"甲\" / \"A\" one per person:\n");
    buf_printf(o, "  standing (位次): rank empty is unknown%s\n", mark_or_not(g));
    buf_printf(o, "  colour (颜色): sort%s\n", mark_or_not(g));
    buf_printf(o, "  owns (持有): yesno%s\n", mark_or_not(g));
    n = 5 + below(g, 12);
    buf_printf(o, "  amount (数额): integer range 0 to %u empty is unknown%s\n", n, mark_or_not(g));
    buf_add_c(o, "register study (学业) supplied by \"乙\" / \"B\" at most 3 records:\n");
    buf_printf(o, "  level (层次): rank%s\n", mark(g));
    buf_add_c(o, "  on (取得日): date event empty is always\n");
    buf_add_c(o, "register work (劳动) supplied by \"丙\" / \"C\":\n"
                 "  done (完成日): date event\n  matter (事项): key\n");
    n = 4 + below(g, 12);
    buf_printf(o, "  hours (时长): integer range 1 to %u%s\n", n, mark(g));
    if (below(g, 2)) {
        buf_printf(o,
                   "register dues (会费) supplied by \"丁\" / \"D\":\n  place (地点): division\n"
                   "  from_month (起月): month start\n  to_month (止月): month end%s\n",
                   mark(g));
    } else {
        const char *overlap = below(g, 2) ? " no overlap" : "", *tint = mark(g);
        buf_printf(o,
                   "register dues (会费) supplied by \"丁\" / \"D\"%s:\n  tint (色调): sort%s\n"
                   "  from (起日): date start\n  to (止日): date end empty is open%s\n",
                   overlap, tint, mark_or_not(g));
    }
    buf_add_c(o, "grand total total (总分数)\n");
    buf_add_c(o, "group part (部分) in total");
    buf_printf(o, g->capped ? " capped at %upt\n" : "\n", 3 + below(g, 9));
    buf_printf(o, "group best (较高) in total highest of\n");
    buf_add_c(o, "```\n");
}

/* --- clauses --- */

static void condition(struct gen *g)
{
    struct buf *o = g->out;

    switch (below(g, 8)) {
    case 0:
        buf_printf(o, "state.standing at least %s", PICK(g, "middle", "high", "top"));
        break;
    case 1:
        buf_printf(o, "state.colour is %s", PICK(g, "red", "blue", "green"));
        break;
    case 2:
        buf_add_c(o, "state.owns");
        break;
    case 3:
        buf_printf(o, "state.amount at least %u", 1 + below(g, 5));
        break;
    case 4:
        buf_printf(o, "any(study when study.level at least %s)", PICK(g, "middle", "high"));
        break;
    case 5:
        buf_printf(o, "sum(work.hours) at least %u", 2 + below(g, 8));
        break;
    case 6:
        buf_printf(o, "any(work when work.hours is %u)", 1 + below(g, 4));
        break;
    default:
        buf_printf(o, "months of(dues) at least %u month%s", 2 + below(g, 3), "s");
        break;
    }
}

static void per(struct gen *g)
{
    static const char *const of[] = {"state.amount", "sum(work.hours)", "months of(dues)"};
    uint32_t what = below(g, 3), unit = 1 + below(g, 3), whole = below(g, 3);

    buf_printf(g->out, "per %u%s %s gives %u.%upt", unit,
               what == 2 ? unit == 1 ? " month" : " months" : "", of[what], whole, 1 + below(g, 9));
    if (below(g, 2) && g->capped) buf_printf(g->out, " capped at %u.5pt", below(g, 3));
    buf_add_char(g->out, '\n');
}

static void body(struct gen *g, int depth, const char *indent);

static void points_line(struct gen *g, const char *indent)
{
    buf_printf(g->out, "%s%upt\n", indent, below(g, 9));
}

static void block_if(struct gen *g, int depth, const char *indent)
{
    char in[32];

    snprintf(in, sizeof in, "%s  ", indent);
    buf_printf(g->out, "%sif ", indent);
    condition(g);
    if (below(g, 2)) {
        buf_add_c(g->out, below(g, 3) ? " and " : " or ");
        condition(g);
    }
    buf_add_c(g->out, ":\n");
    body(g, depth - 1, in);
    buf_printf(g->out, "%selse:\n", indent);
    body(g, depth - 1, in);
}

static void block_rows(struct gen *g, const char *in)
{
    static const char *const levels[] = {"state.standing", "highest(study.level if none low)"};
    struct buf *o = g->out;
    uint32_t kind = below(g, 4), a = 1 + below(g, 2), b = a + 1 + below(g, 2);
    uint32_t x = below(g, 4), y = below(g, 9), z = below(g, 9);

    if (kind == 0)
        buf_printf(o, "%smatch %s:\n%s  low: %upt\n%s  middle: %upt\n%s  high or more: %upt\n", in,
                   levels[below(g, 2)], in, x, in, y, in, z);
    else if (kind == 1)
        buf_printf(o, "%smatch state.colour:\n%s  red: %upt\n%s  other: %upt\n", in, in, y, in, z);
    else
        buf_printf(o,
                   "%sbands %s:\n%s  less than %u: %upt\n%s  %u or more less than %u: %upt\n"
                   "%s  %u or more: %upt\n",
                   in, kind == 2 ? "sum(work.hours)" : "state.amount", in, a, x, in, a, b, y, in, b,
                   z);
}

static void block_each(struct gen *g, const char *in)
{
    const char *which =
        PICK(g, "", " last 1 year", " per year capped at 5pt", " same matter highest of");
    uint32_t least = 2 + below(g, 2), more = 1 + below(g, 6), less = below(g, 3);

    buf_printf(g->out,
               "%seach work%s:\n%s  if work.hours at least %u:\n%s    %upt\n%s  else:\n"
               "%s    %upt\n",
               in, which, in, least, in, more, in, in, less);
}

static void body(struct gen *g, int depth, const char *indent)
{
    if (depth <= 0) {
        points_line(g, indent);
        return;
    }
    switch (below(g, 6)) {
    case 0:
    case 1:
        block_if(g, depth, indent);
        break;
    case 2:
        block_rows(g, indent);
        break;
    case 3:
        block_each(g, indent);
        break;
    case 4:
        buf_add_c(g->out, indent);
        per(g);
        break;
    default:
        points_line(g, indent);
        break;
    }
}

static void indicator(struct gen *g)
{
    static const char *const names[] = {"one (指标一)", "two (指标二)", "three (指标三)",
                                        "four (指标四)", "five (指标五)"};
    buf_printf(g->out, "\n## Article %u\n\n```rules\nindicator %s in %s", g->clauses + 1,
               names[g->clauses], PICK(g, "total", "total", "part", "best"));
    if (below(g, 4) == 0) {
        buf_add_c(g->out, " when ");
        condition(g);
    }
    buf_add_c(g->out, ":\n");
    switch (below(g, 4)) {
    case 0:
        block_rows(g, "  ");
        break;
    case 1:
        buf_add_c(g->out, "  ");
        per(g);
        break;
    default:
        body(g, 3, "  ");
        break;
    }
    buf_add_c(g->out, "```\n");
    g->clauses++;
}

void small_program(uint64_t seed, bool capped, struct buf *out)
{
    struct gen g = {.state = seed * 0xD1342543DE82EF95u + 1, .out = out, .capped = capped};
    uint32_t count = 2 + below(&g, 4);

    catalogue(&g);
    for (uint32_t i = 0; i < count; i++)
        indicator(&g);
}
