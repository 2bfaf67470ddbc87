/* Tables of rows: 分段, 按, and sets (属于).
 *
 * Structure: bounds of a row; rows in order: overlaps, holes, rows nothing reaches; members of 按;
 * sets as ordered, merged ranges.
 *
 * Invariants: the rows of a node are disjoint and cover every value the compared expression can
 * take, so that an evaluator always finds exactly one. */
#include "lang/check_internal.h"

#include <stdlib.h>

struct row {
    int64_t lo, hi;       /* both included */
    const struct ast *at; /* the row */
    int32_t body;
};

/* ---- 分段 ---- */

static bool band_bound(struct check *k, const struct ast *e, struct type t, int64_t *ret)
{
    if (e->kind == AST_LITERAL) return check_literal_of(k, e, t, ret);
    if (t.vt == VT_LEVEL) {
        *ret = check_member(k, t.ref, e);
        return *ret >= 0;
    }
    FINDING0(k, MSG_FIGURE_ONLY, e->pos, NO_POS);
    return false;
}

static bool band_read(struct check *k, const struct ast *row, struct type t, struct row *ret)
{
    const struct ast *lower = row->kids[0], *upper = row->kids[1];

    *ret = (struct row){.lo = INT64_MIN, .hi = INT64_MAX, .at = row, .body = -1};
    if (lower->kind != AST_ABSENT) {
        if (!band_bound(k, lower, t, &ret->lo)) return false;
        if (row->num != 0) ret->lo++;
    }
    if (upper->kind != AST_ABSENT) {
        if (!band_bound(k, upper, t, &ret->hi)) return false;
        if (row->den != 0) ret->hi--;
    }
    if (ret->lo <= ret->hi) return true;
    FINDING(k, MSG_BAND_EMPTY, row->pos, NO_POS, text_value(k, t, ret->lo),
            text_value(k, t, ret->hi));
    return false;
}

static int row_cmp(const void *pa, const void *pb)
{
    const struct row *a = *(const struct row *const *)pa, *b = *(const struct row *const *)pb;

    if (a->lo != b->lo) return a->lo < b->lo ? -1 : 1;
    if (a->hi != b->hi) return a->hi < b->hi ? -1 : 1;
    return (a->at->pos.line > b->at->pos.line) - (a->at->pos.line < b->at->pos.line);
}

static struct str text_span(struct check *k, struct type t, int64_t lo, int64_t hi)
{
    struct str from = text_value(k, t, lo), to = text_value(k, t, hi);
    struct buf b;

    buf_init(&b, 0);
    buf_add(&b, from);
    if (lo != hi) {
        buf_add(&b, text_two(k, "至", " to "));
        buf_add(&b, to);
    }
    return text_take(k, &b);
}

struct bands {
    struct row *rows;   /* as written, without 其他 */
    struct row **order; /* by lower bound */
    struct row *holes;  /* count + 1 at most */
    uint32_t count, hole_count;
    const struct ast *other; /* row, NULL */
};

static bool bands_new(struct check *k, struct bands *b, const struct ast *e)
{
    *b = (struct bands){.rows = ARENA_ARRAY(k->a, struct row, e->kid_count),
                        .order = ARENA_ARRAY(k->a, struct row *, e->kid_count),
                        .holes = ARENA_ARRAY(k->a, struct row, e->kid_count + 1)};
    if (b->rows != NULL && b->order != NULL && b->holes != NULL) return true;
    k->nomem = true;
    return false;
}

static void bands_other(struct check *k, struct bands *b, const struct ast *row)
{
    if (b->other != NULL) FINDING0(k, MSG_OTHER_TWICE, row->pos, b->other->pos);
    b->other = row;
}

/* Read every row; false: something was reported. */
static bool bands_read(struct check *k, const struct scope *s, const struct ast *e, struct type t,
                       const struct type *expect, struct bands *b)
{
    bool ok = true;

    for (size_t i = 1; i < e->kid_count; i++) {
        const struct ast *row = e->kids[i];
        struct row r;
        if (row->kind != AST_BAND) return false;
        if (row->kids[0]->kind == AST_OTHER) {
            bands_other(k, b, row);
            continue;
        }
        bool good = band_read(k, row, t, &r);
        r.body = lower_body(k, s, row, 2, expect);
        ok &= good && r.body >= 0;
        if (!good) continue;
        b->rows[b->count] = r;
        b->order[b->count] = &b->rows[b->count];
        b->count++;
    }
    if (b->count > 0) qsort(b->order, b->count, sizeof *b->order, row_cmp);
    return ok;
}

/* A hole beside row `at` (NULL: there is no row). */
static void hole_add(struct bands *b, int64_t lo, int64_t hi, const struct row *at)
{
    b->holes[b->hole_count++] = (struct row){.lo = lo, .hi = hi, .at = at != NULL ? at->at : NULL};
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Two rows that share values, and rows that no value reaches. */
static bool bands_clash(struct check *k, const struct bands *b, struct type t, struct range v)
{
    const struct row *widest = NULL;
    bool ok = true;

    for (uint32_t i = 0; i < b->count; i++) {
        const struct row *r = b->order[i];
        if (r->hi < v.lo || r->lo > v.hi) {
            FINDING(k, MSG_BAND_UNREACHABLE, r->at->pos, NO_POS, text_span(k, t, v.lo, v.hi));
            ok = false;
        } else if (widest != NULL && r->lo <= widest->hi) {
            FINDING(k, MSG_BAND_OVERLAP, r->at->pos, widest->at->pos,
                    text_span(k, t, r->lo > v.lo ? r->lo : v.lo,
                              least(least(r->hi, widest->hi), v.hi)));
            ok = false;
        }
        if (widest == NULL || r->hi > widest->hi) widest = r;
    }
    return ok;
}

/* What of the value's range no row holds. Rows are disjoint. */
static void bands_find_holes(struct bands *b, struct range v)
{
    int64_t next = v.lo; /* first value not covered so far */

    for (uint32_t i = 0; i < b->count; i++) {
        const struct row *r = b->order[i];
        if (r->lo > next) hole_add(b, next, r->lo - 1, r);
        if (r->hi >= v.hi) return;
        next = r->hi + 1;
    }
    hole_add(b, next, v.hi, b->count > 0 ? b->order[b->count - 1] : NULL);
}

static bool bands_holes(struct check *k, const struct ast *e, const struct bands *b, struct type t)
{
    if (b->other != NULL && b->hole_count == 0) {
        FINDING0(k, MSG_OTHER_UNREACHABLE, b->other->pos, e->pos);
        return false;
    }
    if (b->other != NULL || b->hole_count == 0) return true;
    for (uint32_t i = 0; i < b->hole_count; i++)
        FINDING(k, MSG_BAND_GAP, e->pos, NO_POS, text_span(k, t, b->holes[i].lo, b->holes[i].hi));
    return false;
}

/* ---- nodes with rows ---- */

/* kids: the value, then bodies; the table is added afterwards. */
struct emit {
    int32_t *kids;
    uint32_t count;
    struct type type;
    bool ok;
};

static bool emit_new(struct check *k, struct emit *m, size_t room, int32_t value)
{
    *m = (struct emit){.kids = ARENA_ARRAY(k->a, int32_t, room + 1), .ok = true};
    if (m->kids == NULL) {
        k->nomem = true;
        return false;
    }
    m->kids[m->count++] = value;
    return true;
}

static void emit_body(struct check *k, struct emit *m, const struct ast *row, int32_t body)
{
    if (body < 0) {
        m->ok = false;
        return;
    }
    if (m->count == 1) m->type = node_type(k, body);
    if (!check_same(k, row->kids[row->kid_count - 1], m->type, node_type(k, body))) m->ok = false;
    m->kids[m->count++] = body;
}

static struct rule_node table_node(const struct check *k, const struct scope *s, enum node_op op,
                                   struct type t, struct src_pos pos, uint32_t table_first)
{
    struct rule_node n = node_plain(s, op, t, pos);

    n.table_first = table_first;
    n.table_count = k->r->table_total - table_first;
    return n;
}

static int32_t bands_emit(struct check *k, const struct scope *s, const struct ast *e,
                          int32_t value, const struct bands *b, int32_t other)
{
    uint32_t first = k->r->table_total;
    struct emit m;

    if (!emit_new(k, &m, (size_t)b->count + b->hole_count, value)) return -1;
    for (uint32_t i = 0; i < b->count; i++) {
        emit_body(k, &m, b->rows[i].at, b->rows[i].body);
        if (!table_add(k, b->rows[i].lo) || !table_add(k, b->rows[i].hi)) return -1;
    }
    for (uint32_t i = 0; b->other != NULL && i < b->hole_count; i++) {
        emit_body(k, &m, b->other, other);
        if (!table_add(k, b->holes[i].lo) || !table_add(k, b->holes[i].hi)) return -1;
    }
    if (!m.ok || m.count == 1) return -1;
    struct rule_node n = table_node(k, s, NODE_BANDS, m.type, e->pos, first);
    return node_add(k, &n, m.kids, m.count);
}

int32_t lower_bands(struct check *k, const struct scope *s, const struct ast *e,
                    const struct type *expect)
{
    int32_t value = lower(k, s, e->kids[0], NULL), other = -1;
    struct bands b;
    struct type t;

    if (value < 0 || !bands_new(k, &b, e)) return -1;
    t = node_type(k, value);
    if (!type_is_ordered(t)) {
        FINDING(k, MSG_NOT_ORDERED, e->kids[0]->pos, NO_POS, text_type(k, t), text_kw(k, KW_BANDS));
        return -1;
    }
    if (!bands_read(k, s, e, t, expect, &b)) return -1;
    if (b.other != NULL) other = lower_body(k, s, b.other, 1, expect);
    struct range v = {node_at(k, value)->lo, node_at(k, value)->hi};
    if (!bands_clash(k, &b, t, v)) return -1;
    bands_find_holes(&b, v);
    if (!bands_holes(k, e, &b, t)) return -1;
    return bands_emit(k, s, e, value, &b, other);
}

/* ---- 按 ---- */

static uint64_t members_all(const struct rule_enum *e)
{
    return ((uint64_t)1 << e->member_count) - 1;
}

/* Bits of one row; false: reported. */
static bool match_bits(struct check *k, const struct ast *row, struct type t, uint64_t *ret)
{
    const struct rule_enum *e = &k->r->enums[t.ref];

    *ret = 0;
    if (row->kw != KW_NONE && !e->ordered) {
        FINDING(k, MSG_NOT_ORDERED, row->pos, e->pos, text_name(k, &e->name), text_kw(k, row->kw));
        return false;
    }
    for (size_t i = 0; i + 1 < row->kid_count && row->kids[i]->kind == AST_NAME; i++) {
        int32_t m = check_member(k, t.ref, row->kids[i]);
        uint64_t bit;
        if (m < 0) return false;
        bit = (uint64_t)1 << m;
        if (row->kw == KW_OR_MORE) bit = members_all(e) & ~(bit - 1);
        if (row->kw == KW_OR_LESS) bit = (bit << 1) - 1;
        if ((*ret & bit) != 0)
            FINDING(k, MSG_MATCH_TWICE, row->kids[i]->pos, row->pos, text_name(k, &e->members[m]));
        *ret |= bit;
    }
    return true;
}

static struct str text_members(struct check *k, const struct rule_enum *e, uint64_t bits)
{
    struct buf b;

    buf_init(&b, 0);
    for (uint32_t i = 0; i < e->member_count; i++) {
        if ((bits >> i & 1) == 0) continue;
        if (b.n > 0) buf_add(&b, text_two(k, "、", ", "));
        buf_add(&b, text_name(k, &e->members[i]));
    }
    return text_take(k, &b);
}

struct match {
    uint64_t seen;
    const struct ast **owner; /* row that took a member */
    const struct ast *other;
};

static bool match_take(struct check *k, const struct rule_enum *e, struct match *m,
                       const struct ast *row, uint64_t bits)
{
    bool ok = true;

    for (uint32_t i = 0; i < e->member_count; i++) {
        if ((bits >> i & 1) == 0) continue;
        if (m->owner[i] != NULL) {
            FINDING(k, MSG_MATCH_TWICE, row->pos, m->owner[i]->pos, text_name(k, &e->members[i]));
            ok = false;
        }
        m->owner[i] = row;
    }
    m->seen |= bits;
    return ok;
}

static bool match_complete(struct check *k, const struct ast *e, const struct rule_enum *en,
                           const struct match *m)
{
    uint64_t rest = members_all(en) & ~m->seen;

    if (m->other != NULL && rest == 0) {
        FINDING0(k, MSG_OTHER_UNREACHABLE, m->other->pos, e->pos);
        return false;
    }
    if (m->other == NULL && rest != 0) {
        FINDING(k, MSG_MATCH_GAP, e->pos, en->pos, text_members(k, en, rest));
        return false;
    }
    return true;
}

static bool match_row(struct check *k, const struct rule_enum *en, struct type t, struct match *m,
                      const struct ast *row, uint64_t *bits)
{
    if (row->kids[0]->kind != AST_OTHER)
        return match_bits(k, row, t, bits) && match_take(k, en, m, row, *bits);
    if (m->other != NULL) FINDING0(k, MSG_OTHER_TWICE, row->pos, m->other->pos);
    m->other = row;
    return true;
}

static int32_t match_rows(struct check *k, const struct scope *s, const struct ast *e,
                          int32_t value, struct type t, const struct type *expect)
{
    const struct rule_enum *en = &k->r->enums[t.ref];
    const struct ast *owner[64] = {NULL};
    struct match m = {.owner = owner};
    uint64_t *bits = ARENA_ARRAY(k->a, uint64_t, e->kid_count);
    struct emit out;
    bool ok = true;

    if (bits == NULL) k->nomem = true;
    if (bits == NULL || !emit_new(k, &out, e->kid_count, value)) return -1;
    for (size_t i = 1; i < e->kid_count; i++) {
        const struct ast *row = e->kids[i];
        if (row->kind != AST_MATCH_ROW) return -1;
        ok = match_row(k, en, t, &m, row, &bits[i]) && ok;
        emit_body(k, &out, row, lower_body(k, s, row, row->kid_count - 1, expect));
    }
    if (!ok || !match_complete(k, e, en, &m) || !out.ok || out.count == 1) return -1;
    uint32_t first = k->r->table_total; /* the bodies' own tables come before it */
    for (size_t i = 1; i < e->kid_count; i++) {
        uint64_t row = e->kids[i] == m.other ? members_all(en) & ~m.seen : bits[i];
        if (!table_add(k, (int64_t)row)) return -1;
    }
    struct rule_node n = table_node(k, s, NODE_MATCH, out.type, e->pos, first);
    return node_add(k, &n, out.kids, out.count);
}

int32_t lower_match(struct check *k, const struct scope *s, const struct ast *e,
                    const struct type *expect)
{
    int32_t value = lower(k, s, e->kids[0], NULL);
    struct type t;

    if (value < 0) return -1;
    t = node_type(k, value);
    if (t.vt != VT_LEVEL && t.vt != VT_CATEGORY) {
        FINDING(k, MSG_MATCH_TYPE, e->kids[0]->pos, NO_POS, text_type(k, t));
        return -1;
    }
    if (node_at(k, value)->lo < 0) { /* 现行 without 无则 */
        FINDING(k, MSG_NONE_MISSING, e->kids[0]->pos, NO_POS, text_type(k, t));
        return -1;
    }
    return match_rows(k, s, e, value, t, expect);
}

/* ---- sets ---- */

#define RANGES_OF_ITEM (1 + DIVISION_TAKEN_MAX)

/* The area as it was when the scheme came into force: with what had been taken over whole by then,
 * whose facts were recorded under its own code. */
static bool set_division(struct check *k, const struct ast *item, struct range *ret, size_t *n)
{
    const struct rule_scheme *scheme = &k->r->schemes[k->scheme];
    int64_t code = scheme->division;
    int32_t first, last, taken[DIVISION_TAKEN_MAX];

    if (item->kind == AST_NAME) {
        FINDING0(k, MSG_SET_DIVISION, item->pos, NO_POS);
        return false;
    }
    if (item->kind == AST_LITERAL && !check_literal_of(k, item, TYPE(VT_DIVISION), &code))
        return false;
    division_span((int32_t)code, &first, &last);
    ret[(*n)++] = (struct range){first, last};
    const uint32_t count = division_taken((int32_t)code, scheme->source.from, taken);
    for (uint32_t i = 0; i < count; i++)
        ret[(*n)++] = (struct range){taken[i], taken[i]};
    return true;
}

/* Adds to ret[*n..], at most RANGES_OF_ITEM. */
static bool set_item(struct check *k, const struct ast *item, struct type t, struct range *ret,
                     size_t *n)
{
    int64_t v;

    if (t.vt == VT_DIVISION) return set_division(k, item, ret, n);
    if (t.vt == VT_LEVEL || t.vt == VT_CATEGORY) {
        v = check_member(k, t.ref, item);
        if (v < 0) return false;
    } else if (item->kind != AST_LITERAL) {
        FINDING(k, MSG_NONE_VALUE, item->pos, NO_POS, text_type(k, t));
        return false;
    } else if (!check_literal_of(k, item, t, &v)) {
        return false;
    }
    ret[(*n)++] = (struct range){v, v};
    return true;
}

static int range_cmp(const void *pa, const void *pb)
{
    const struct range *a = pa, *b = pb;

    if (a->lo != b->lo) return a->lo < b->lo ? -1 : 1;
    return (a->hi > b->hi) - (a->hi < b->hi);
}

/* Ordered, disjoint, runs merged; returns how many remain. */
static size_t ranges_merge(struct range *r, size_t count)
{
    size_t n = 0;

    if (count > 0) qsort(r, count, sizeof *r, range_cmp);
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && r[i].lo <= r[n - 1].hi + 1) {
            if (r[i].hi > r[n - 1].hi) r[n - 1].hi = r[i].hi;
            continue;
        }
        r[n++] = r[i];
    }
    return n;
}

static int32_t within_emit(struct check *k, const struct scope *s, const struct ast *e,
                           int32_t value, struct range *ranges, size_t count)
{
    uint32_t first = k->r->table_total;

    count = ranges_merge(ranges, count);
    for (size_t i = 0; i < count; i++)
        if (!table_add(k, ranges[i].lo) || !table_add(k, ranges[i].hi)) return -1;
    struct rule_node n = table_node(k, s, NODE_IN_RANGES, TYPE(VT_BOOL), e->pos, first);
    return node_add(k, &n, &value, 1);
}

int32_t lower_within(struct check *k, const struct scope *s, const struct ast *e)
{
    int32_t value = lower(k, s, e->kids[0], NULL), node;
    const struct ast *set = e->kids[1];
    struct range *ranges = ARENA_ARRAY(k->a, struct range, set->kid_count * RANGES_OF_ITEM);
    struct type t;
    size_t count = 0;
    bool ok = true;

    if (ranges == NULL) k->nomem = true;
    if (value < 0 || ranges == NULL) return -1;
    t = node_type(k, value);
    if (t.vt == VT_BOOL || t.vt == VT_KEY) {
        FINDING(k, MSG_SET_TYPE, e->kids[0]->pos, NO_POS, text_type(k, t));
        return -1;
    }
    for (size_t i = 0; i < set->kid_count; i++)
        ok = set_item(k, set->kids[i], t, ranges, &count) && ok;
    if (!ok) return -1;
    node = within_emit(k, s, e, value, ranges, count);
    if (node >= 0 && node_at(k, node)->lo == node_at(k, node)->hi)
        check_finding(k, SEVERITY_WARNING, node_at(k, node)->lo ? MSG_ALWAYS_TRUE : MSG_NEVER_TRUE,
                      e->pos, NO_POS,
                      CHECK_ARGS(text_span(k, t, node_at(k, value)->lo, node_at(k, value)->hi)));
    return node;
}
