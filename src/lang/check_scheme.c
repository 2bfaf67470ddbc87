/* File headers: one scheme per file, its layer, its parent, the days it is in force.
 *
 * Structure: read the heads; put them in the image's order (province, then by division code); find
 * the parents; check the layers against each other.
 *
 * Invariants: parents come before children; a scheme's days lie within its parent's. */
#include "lang/check_internal.h"

#include <stdlib.h>

struct head {
    uint32_t file;
    const struct ast *scheme, *layer, *under, *scale, *source, *illustrative;
    const struct ast *name; /* DECL_NAME */
};

/* The statements that belong to a head, each once. */
static const struct ast **head_slot(struct head *h, const struct ast *item)
{
    switch ((int)item->kind) {
    case AST_SCHEME:
        return &h->scheme;
    case AST_LAYER:
        return &h->layer;
    case AST_UNDER:
        return &h->under;
    case AST_SCALE:
        return &h->scale;
    case AST_SOURCE:
        return &h->source;
    case AST_ILLUSTRATIVE:
        return &h->illustrative;
    default:
        return NULL;
    }
}

static void head_missing(struct check *k, const struct head *h, enum keyword kw)
{
    struct src_pos at = h->scheme != NULL ? h->scheme->pos : (struct src_pos){h->file, 1, 0, 0};

    FINDING(k, MSG_HEAD_MISSING, at, NO_POS, text_kw(k, kw));
}

static bool head_read(struct check *k, uint32_t file, struct head *h)
{
    const struct ast_file *f = &k->asts[file];

    *h = (struct head){.file = file};
    k->lang = f->lang;
    for (size_t i = 0; i < f->item_count; i++) {
        const struct ast **slot = head_slot(h, f->items[i]);
        if (slot == NULL) continue;
        if (*slot != NULL)
            FINDING0(k, MSG_HEAD_TWICE, f->items[i]->pos, (*slot)->pos);
        else
            *slot = f->items[i];
    }
    if (h->scheme == NULL) head_missing(k, h, KW_SCHEME);
    if (h->layer == NULL) head_missing(k, h, KW_LAYER);
    if (h->source == NULL) head_missing(k, h, KW_SOURCE);
    if (h->scheme == NULL || h->layer == NULL || h->source == NULL) return false;
    h->name = ast_find(h->scheme, AST_DECL_NAME);
    return h->name != NULL;
}

static enum layer layer_of(const struct ast *layer)
{
    if (layer->kw == KW_PROVINCE) return LAYER_PROVINCE;
    return layer->kw == KW_CITY ? LAYER_CITY : LAYER_COUNTY;
}

static void dates_of(const struct ast *n, int32_t *from, int32_t *to)
{
    const struct ast *d = ast_find(n, AST_DATES);

    *from = d != NULL ? (int32_t)d->num : DATE_OPEN_START;
    *to = d != NULL ? (int32_t)d->den : DATE_OPEN_END;
}

/* The image's order: province first, then by code, then by day, then by name. */
static int head_cmp(const void *pa, const void *pb)
{
    const struct head *a = pa, *b = pb;
    int32_t a_from, b_from, to;
    enum layer la = layer_of(a->layer), lb = layer_of(b->layer);

    if ((la == LAYER_PROVINCE) != (lb == LAYER_PROVINCE)) return la == LAYER_PROVINCE ? -1 : 1;
    if (a->layer->num != b->layer->num) return a->layer->num < b->layer->num ? -1 : 1;
    if (la != lb) return la < lb ? -1 : 1;
    dates_of(a->source, &a_from, &to);
    dates_of(b->source, &b_from, &to);
    if (a_from != b_from) return a_from < b_from ? -1 : 1;
    int c = str_cmp(a->name->name, b->name->name);
    return c != 0 ? c : (a->file > b->file) - (a->file < b->file);
}

static void scheme_fill(struct check *k, const struct head *h, struct rule_scheme *s)
{
    const struct ast *digest = ast_find(h->source, AST_DIGEST);

    s->name = check_name(h->name);
    s->title = check_label(h->scheme);
    if (s->name.zh.n == 0) s->name.zh = s->title.zh;
    s->layer = layer_of(h->layer);
    s->division = (int32_t)h->layer->num;
    s->parent = -1;
    s->illustrative = h->illustrative != NULL;
    s->source.label = check_label(h->source);
    if (digest != NULL) s->source.digest = digest->name;
    dates_of(h->source, &s->source.from, &s->source.to);
    s->file = h->file;
    s->pos = h->scheme->pos;
    (void)k;
}

static void check_division(struct check *k, const struct head *h, const struct rule_scheme *s)
{
    static const enum division_level levels[] = {DIVISION_PROVINCE, DIVISION_CITY, DIVISION_COUNTY};

    if (h->layer->num <= 0 || h->layer->num > 999999 || !division_is_known(s->division))
        FINDING(k, MSG_DIVISION_UNKNOWN, h->layer->pos, NO_POS, text_int(k, h->layer->num));
    else if (division_level(s->division) != levels[s->layer])
        FINDING(k, MSG_DIVISION_LEVEL, h->layer->pos, NO_POS, text_int(k, h->layer->num),
                text_kw(k, h->layer->kw));
}

static int32_t scheme_by_name(const struct check *k, struct str ascii)
{
    for (uint32_t s = 0; s < k->r->scheme_count; s++)
        if (str_eq(k->r->schemes[s].name.ascii, ascii)) return (int32_t)s;
    return -1;
}

static void find_parent(struct check *k, const struct head *h, int32_t at)
{
    struct rule_scheme *s = &k->r->schemes[at];
    const struct ast *name = h->under != NULL ? ast_find(h->under, AST_NAME) : NULL;
    struct str ascii;
    int32_t parent;

    if (name == NULL) {
        if (s->layer != LAYER_PROVINCE) head_missing(k, h, KW_UNDER);
        return;
    }
    ascii = check_ascii(k, name->name);
    if (ascii.p == NULL) {
        check_undeclared(k, name);
        return;
    }
    parent = scheme_by_name(k, ascii);
    if (parent < 0) {
        FINDING(k, MSG_NAME_NOT_A, name->pos, NO_POS, name->name, text_kind(k, SYM_SCHEME));
        return;
    }
    const struct rule_scheme *p = &k->r->schemes[parent];
    if (s->layer == LAYER_PROVINCE || p->layer >= s->layer || parent >= at) {
        FINDING(k, MSG_UNDER_LAYER, h->under->pos, p->pos, text_name(k, &p->name));
        return;
    }
    if (!division_is_within(s->division, p->division)) {
        FINDING(k, MSG_OUTSIDE_PARENT, h->layer->pos, p->pos, text_int(k, s->division),
                text_int(k, p->division));
        return;
    }
    s->parent = parent;
    if (s->source.from < p->source.from) s->source.from = p->source.from;
    if (s->source.to > p->source.to) s->source.to = p->source.to;
    if (s->source.from > s->source.to)
        FINDING(k, MSG_SCHEME_NEVER, h->source->pos, p->pos, text_name(k, &p->name));
}

static void check_scale(struct check *k, const struct head *h, bool is_first)
{
    if (h->scale == NULL) {
        if (is_first) k->r->scale = 100;
        return;
    }
    if (is_first)
        k->r->scale = h->scale->num;
    else if (h->scale->num != k->r->scale)
        FINDING0(k, MSG_SCALE_DIFFERS, h->scale->pos, k->r->schemes[0].pos);
}

/* Two schemes with one name, or for one division on one day. */
static void check_pairs(struct check *k)
{
    const struct rules *r = k->r;

    for (uint32_t s = 1; s < r->scheme_count; s++) {
        const struct rule_scheme *b = &r->schemes[s];
        check_enter(k, (int32_t)s);
        if (b->layer == LAYER_PROVINCE) {
            FINDING0(k, MSG_SECOND_PROVINCE, b->pos, r->schemes[0].pos);
            continue;
        }
        for (uint32_t t = s; t-- > 0 && r->schemes[t].division == b->division;) {
            const struct rule_scheme *a = &r->schemes[t];
            if (a->source.from <= b->source.to && b->source.from <= a->source.to)
                FINDING(k, MSG_DIVISION_TWICE, b->pos, a->pos, text_int(k, b->division));
        }
        int32_t first = scheme_by_name(k, b->name.ascii);
        if (first != (int32_t)s)
            FINDING(k, MSG_NAME_TWICE, b->pos, r->schemes[first].pos, text_name(k, &b->name),
                    text_kind(k, SYM_SCHEME));
    }
}

static void schemes_fill(struct check *k, const struct head *heads, uint32_t count)
{
    for (uint32_t s = 0; s < count; s++) {
        scheme_fill(k, &heads[s], &k->r->schemes[s]);
        k->r->scheme_count = s + 1;
        check_enter(k, (int32_t)s);
        check_division(k, &heads[s], &k->r->schemes[s]);
        check_scale(k, &heads[s], s == 0);
        check_declare(k, SYM_SCHEME, -1, heads[s].name->name, (int32_t)s, heads[s].name->pos);
    }
    for (uint32_t s = 0; s < count; s++) {
        check_enter(k, (int32_t)s);
        find_parent(k, &heads[s], (int32_t)s);
    }
}

void check_schemes(struct check *k)
{
    struct head *heads = ARENA_ARRAY(k->a, struct head, k->file_count);
    uint32_t count = 0;

    k->r->schemes = ARENA_ARRAY(k->a, struct rule_scheme, k->file_count);
    if (heads == NULL || k->r->schemes == NULL) {
        k->nomem = true;
        return;
    }
    k->r->scale = 100;
    for (uint32_t f = 0; f < k->file_count; f++)
        if (head_read(k, f, &heads[count])) count++;
    if (count == 0 && k->diags->errors > 0) return;
    qsort(heads, count, sizeof *heads, head_cmp);
    if (count == 0 || layer_of(heads[0].layer) != LAYER_PROVINCE) {
        k->lang = count > 0 ? k->asts[heads[0].file].lang : LANG_ZH;
        struct src_pos at = count > 0 ? heads[0].layer->pos : (struct src_pos){0, 0, 0, 0};
        FINDING0(k, MSG_NO_PROVINCE, at, NO_POS);
        if (count == 0) return;
    }
    schemes_fill(k, heads, count);
    check_pairs(k);
}
