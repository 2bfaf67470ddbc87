/* jifen rules show: schemes, the tree of points with caps and proved ranges, registers, sources. */
#include <string.h>

#include "base/date.h"
#include "cli/cli.h"
#include "service/cells.h"

struct show {
    struct cli *c;
    const struct rules *r;
    struct buf out;
};

static const char *word(const struct show *s, const char *zh, const char *en)
{
    return s->c->lang == LANG_ZH ? zh : en;
}

static void add_indent(struct show *s, int depth)
{
    for (; depth > 0; depth--)
        buf_add_c(&s->out, "  ");
}

static void add_name(struct show *s, const struct rule_name *n)
{
    buf_add(&s->out, rules_name(n, s->c->lang));
    if (s->c->lang == LANG_ZH) buf_printf(&s->out, " (%.*s)", STR_ARG(n->ascii));
}

static void add_points(struct show *s, int64_t v)
{
    decimal_add_short(&s->out, v, s->r->scale);
}

/* A cap or floor: its literal, or the parameter that holds it. */
static void add_amount(struct show *s, const char *zh, const char *en, const struct rule_amount *m)
{
    if (!m->is_set) return;
    buf_printf(&s->out, "%s%s ", word(s, "，", ", "), word(s, zh, en));
    if (m->param < 0)
        add_points(s, m->value);
    else
        buf_add(&s->out, rules_name(&s->r->params[m->param].name, s->c->lang));
}

static void add_ceiling(struct show *s, int64_t ceiling)
{
    if (ceiling < 0) return;
    buf_printf(&s->out, "%s%s ", word(s, "，", ", "), word(s, "满分（已证明）", "proved at most"));
    add_points(s, ceiling);
}

static void add_days(struct show *s, int32_t from, int32_t to)
{
    if (from > DATE_OPEN_START) {
        buf_add_c(&s->out, word(s, "自 ", "from "));
        date_add_text(&s->out, from);
    }
    if (to < DATE_LAST) {
        buf_add_c(&s->out, word(s, " 至 ", " to "));
        date_add_text(&s->out, to);
    }
}

static void add_basis(struct show *s, struct str basis, struct src_pos pos)
{
    if (basis.n > 0) buf_printf(&s->out, "  〔%.*s〕", STR_ARG(basis));
    if (pos.file < s->r->file_count)
        buf_printf(&s->out, "  %.*s:%u", STR_ARG(s->r->files[pos.file].path), pos.line);
}

static void show_scheme(struct show *s, const struct rule_scheme *k)
{
    static const char *const layers[][LANG_COUNT] = {
        {"省", "province"}, {"市", "city"}, {"县", "county"}};
    struct str title = rules_label(&k->title, s->c->lang);
    buf_printf(&s->out, "  %s %06d  %.*s (%.*s)%s\n", layers[k->layer][s->c->lang],
               (int)k->division, STR_ARG(title), STR_ARG(k->name.ascii),
               k->illustrative ? word(s, "  示例", "  illustrative") : "");
    struct str source = rules_label(&k->source.label, s->c->lang);
    if (source.n > 0) {
        buf_printf(&s->out, "      %.*s  ", STR_ARG(source));
        add_days(s, k->source.from, k->source.to);
        buf_add_char(&s->out, '\n');
    }
    buf_add_c(&s->out, "      SM3 ");
    hash_add_text(&s->out, &k->hash);
    buf_add_char(&s->out, '\n');
}

static void add_range(struct show *s, const struct rule_indicator *ind)
{
    if (ind->clause_count == 0) return;
    int64_t lo, hi;
    rules_indicator_range(s->r, ind, &lo, &hi);
    buf_add_c(&s->out, word(s, "，", ", "));
    add_points(s, lo);
    buf_add_c(&s->out, word(s, " 至 ", " to "));
    add_points(s, hi);
    buf_add_c(&s->out, word(s, " 分", " points"));
}

static void show_indicator(struct show *s, const struct rule_indicator *ind, int depth)
{
    add_indent(s, depth);
    buf_add_c(&s->out, "· ");
    add_name(s, &ind->name);
    add_range(s, ind);
    add_amount(s, "封顶", "cap", &ind->cap);
    add_amount(s, "保底", "floor", &ind->floor);
    add_ceiling(s, ind->ceiling);
    add_basis(s, ind->basis, ind->pos);
    buf_add_char(&s->out, '\n');
}

static void show_group(struct show *s, int32_t g, int depth)
{
    const struct rule_group *group = &s->r->groups[g];
    add_indent(s, depth);
    buf_add_c(&s->out, group->deducts ? "− " : "＋ ");
    add_name(s, &group->name);
    if (group->combine == COMBINE_HIGHEST) buf_add_c(&s->out, word(s, "，取最高", ", highest"));
    add_amount(s, "封顶", "cap", &group->cap);
    add_amount(s, "保底", "floor", &group->floor);
    add_ceiling(s, group->ceiling);
    add_basis(s, group->basis, group->pos);
    buf_add_char(&s->out, '\n');
    for (uint32_t i = 0; i < s->r->indicator_count; i++)
        if (s->r->indicators[i].group == g) show_indicator(s, &s->r->indicators[i], depth + 1);
    for (uint32_t i = 0; i < s->r->group_count; i++)
        if (s->r->groups[i].parent == g) show_group(s, (int32_t)i, depth + 1);
}

static void show_register(struct show *s, const struct rule_register *reg)
{
    struct str supplier = rules_label(&reg->supplier, s->c->lang);
    buf_printf(&s->out, "  %.*s.csv  %.*s  %.*s\n      person_id", STR_ARG(reg->name.ascii),
               STR_ARG(reg->name.zh), STR_ARG(supplier));
    for (uint32_t f = 0; f < reg->field_count; f++)
        buf_printf(&s->out, ", %.*s", STR_ARG(reg->fields[f].name.ascii));
    buf_add_char(&s->out, '\n');
}

/* A parameter: who may set it within which range, and its values by date. */
static void show_param(struct show *s, const struct rule_param *p)
{
    buf_add_c(&s->out, "  ");
    add_name(s, &p->name);
    if (p->open_to != 0) {
        buf_printf(&s->out, "%s%s%s%s %s ", word(s, "，", ", "), word(s, "开放给", "open to"),
                   p->open_to & 1 ? word(s, "市", " city") : "",
                   p->open_to & 2 ? word(s, "县", " county") : "", word(s, "范围", "within"));
        cell_add_value(&s->out, s->r, p->type, p->lo);
        buf_add_c(&s->out, word(s, " 至 ", " to "));
        cell_add_value(&s->out, s->r, p->type, p->hi);
    }
    buf_add_char(&s->out, '\n');
    for (uint32_t i = 0; i < p->value_count; i++) {
        const struct rule_param_value *v = &p->values[i];
        buf_add_c(&s->out, "      ");
        cell_add_value(&s->out, s->r, p->type, v->value);
        buf_add_c(&s->out, "  ");
        add_days(s, v->from, v->to);
        buf_printf(&s->out, "  %.*s\n", STR_ARG(s->r->schemes[v->scheme].name.ascii));
    }
}

static void show_params(struct show *s)
{
    if (s->r->param_count > 0) buf_printf(&s->out, "\n%s\n", word(s, "参数", "Parameters"));
    for (uint32_t i = 0; i < s->r->param_count; i++)
        show_param(s, &s->r->params[i]);
}

static void show_gates(struct show *s)
{
    if (s->r->gate_count > 0) buf_printf(&s->out, "\n%s\n", word(s, "资格", "Gates"));
    for (uint32_t i = 0; i < s->r->gate_count; i++) {
        const struct rule_gate *g = &s->r->gates[i];
        buf_add_c(&s->out, "  ");
        add_name(s, &g->name);
        add_basis(s, g->basis, g->pos);
        buf_add_char(&s->out, '\n');
    }
}

static void show_parts(struct show *s)
{
    buf_printf(&s->out, "%s\n", word(s, "方案", "Schemes"));
    for (uint32_t i = 0; i < s->r->scheme_count; i++)
        show_scheme(s, &s->r->schemes[i]);
    buf_printf(&s->out, "\n%s\n", word(s, "积分", "Points"));
    if (s->r->group_count > 0) show_group(s, 0, 1);
    if (s->r->veto_count > 0)
        buf_printf(&s->out, "\n%s\n", word(s, "否决和冻结", "Vetoes and freezes"));
    for (uint32_t i = 0; i < s->r->veto_count; i++) {
        const struct rule_veto *v = &s->r->vetoes[i];
        struct str reason = rules_label(&v->reason, s->c->lang);
        buf_printf(&s->out, "  %s  %.*s",
                   v->freezes ? word(s, "冻结", "freeze") : word(s, "否决", "veto"),
                   STR_ARG(reason));
        add_basis(s, v->basis, v->pos);
        buf_add_char(&s->out, '\n');
    }
    show_gates(s);
    show_params(s);
    buf_printf(&s->out, "\n%s\n", word(s, "登记", "Registers"));
    for (uint32_t i = 0; i < s->r->reg_count; i++)
        show_register(s, &s->r->regs[i]);
    buf_printf(&s->out, "\nSM3 ");
    hash_add_text(&s->out, &s->r->hash);
    buf_add_char(&s->out, '\n');
}

int run_rules_show(struct cli *c)
{
    struct rule_set set;
    struct diag_list diags;
    enum err e = cli_load_rules(c, c->operands, c->operand_count, &diags, &set);
    if (e != ERR_OK) return cli_rules_failed(c, e, &diags, &set);
    cli_show_findings(c, &diags, set.files, set.file_count);
    struct show s = {.c = c, .r = set.rules};
    buf_init(&s.out, 0);
    show_parts(&s);
    cli_print(c->world.out, &s.out);
    buf_done(&s.out);
    return 0;
}
