/* Nodes of the typed intermediate form: adding one with its range, its meaning (hash) and what the
 * passes want to know of it.
 *
 * Invariants: kids come before parents; a node's range is that of README §6 over its kids'. */
#include "lang/check_internal.h"

const struct rule_node *node_at(const struct check *k, int32_t node)
{
    return &k->r->nodes[node];
}

struct type node_type(const struct check *k, int32_t node)
{
    return k->r->nodes[node].type;
}

bool table_add(struct check *k, int64_t v)
{
    int64_t *slot = CHECK_ADD(k, k->r->table, k->r->table_total, k->table_cap);

    if (slot != NULL) *slot = v;
    return slot != NULL;
}

static bool kid_add(struct check *k, uint32_t kid)
{
    uint32_t *slot = CHECK_ADD(k, k->r->kids, k->r->kid_total, k->kid_cap);

    if (slot == NULL) return false;
    *slot = kid;
    return true;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 32);
}

/* The meaning of a node, without names and places. */
static uint64_t node_hash(const struct check *k, const struct rule_node *n, const int32_t *kids)
{
    uint64_t h = mix((uint64_t)n->op, (uint64_t)n->type.vt << 32 | (uint32_t)n->type.ref);

    h = mix(h, (uint64_t)(uint32_t)n->reg << 32 | (uint32_t)n->domain);
    h = mix(h, (uint64_t)(uint32_t)n->field << 32 | (uint32_t)n->field2);
    h = mix(mix(h, (uint64_t)n->imm), (uint64_t)n->imm2);
    h = mix(h, (uint64_t)n->round << 40 | (uint64_t)n->window << 32 | n->flags);
    h = mix(mix(h, (uint64_t)n->window_a), (uint64_t)n->window_b);
    h = mix(h, (uint32_t)n->param);
    for (uint32_t i = 0; i < n->table_count; i++)
        h = mix(h, (uint64_t)k->r->table[n->table_first + i]);
    for (uint32_t i = 0; i < n->kid_count; i++)
        h = mix(h, k->meta[kids[i]].hash);
    return h;
}

static bool is_aggregate(enum node_op op)
{
    return op >= NODE_AGG_COUNT && op <= NODE_AGG_EACH;
}

static void node_describe(struct check *k, const struct rule_node *n, const int32_t *kids,
                          struct node_meta *m)
{
    *m = (struct node_meta){.hash = node_hash(k, n, kids),
                            .has_aggregate = is_aggregate(n->op),
                            .has_param = n->param >= 0,
                            .varies = n->param >= 0,
                            .scheme = k->scheme};
    for (uint32_t i = 0; i < n->kid_count; i++) {
        m->has_aggregate |= k->meta[kids[i]].has_aggregate;
        m->has_param |= k->meta[kids[i]].has_param;
        m->varies |= k->meta[kids[i]].varies;
        if (m->depth <= k->meta[kids[i]].depth) m->depth = k->meta[kids[i]].depth + 1;
    }
    if (is_aggregate(n->op)) m->varies = false;
}

/* Its static range, from the kids' (in a buffer of their number). */
static bool node_bound(struct check *k, struct rule_node *n, const int32_t *kids)
{
    struct range few[8], *ranges = few;

    if (n->kid_count > sizeof few / sizeof few[0])
        ranges = ARENA_ARRAY(k->a, struct range, n->kid_count);
    if (ranges == NULL) {
        k->nomem = true;
        return false;
    }
    for (uint32_t i = 0; i < n->kid_count; i++)
        ranges[i] = (struct range){k->r->nodes[kids[i]].lo, k->r->nodes[kids[i]].hi};
    struct range r = node_range(k->r, n, ranges);
    n->lo = r.lo;
    n->hi = r.hi;
    return true;
}

int32_t node_add(struct check *k, const struct rule_node *proto, const int32_t *kids,
                 uint32_t kid_count)
{
    struct rule_node n = *proto, *slot;
    struct node_meta meta, *meta_slot;

    for (uint32_t i = 0; i < kid_count; i++)
        if (kids[i] < 0) return -1;
    n.kid_first = k->r->kid_total;
    n.kid_count = kid_count;
    n.name = -1;
    if (!node_bound(k, &n, kids)) return -1;
    node_describe(k, &n, kids, &meta);
    if (meta.depth > NODE_DEPTH_MAX) {
        FINDING0(k, MSG_NODES_TOO_DEEP, n.pos, NO_POS);
        return -1;
    }
    for (uint32_t i = 0; i < kid_count; i++)
        if (!kid_add(k, (uint32_t)kids[i])) return -1;
    slot = CHECK_ADD(k, k->r->nodes, k->r->node_count, k->node_cap);
    if (slot == NULL) return -1;
    *slot = n;
    meta_slot = CHECK_ADD(k, k->meta, k->meta_count, k->meta_cap);
    if (meta_slot == NULL) return -1;
    *meta_slot = meta;
    return (int32_t)k->r->node_count - 1;
}

/* A node of this place with nothing special about it. */
struct rule_node node_plain(const struct scope *s, enum node_op op, struct type t,
                            struct src_pos pos)
{
    return (struct rule_node){.op = op,
                              .type = t,
                              .reg = -1,
                              .domain = s->domain,
                              .field = -1,
                              .field2 = -1,
                              .param = -1,
                              .name = -1,
                              .pos = pos};
}

int32_t node_const(struct check *k, const struct scope *s, struct type t, int64_t v,
                   struct src_pos pos)
{
    struct rule_node n = node_plain(s, NODE_CONST, t, pos);

    n.imm = v;
    return node_add(k, &n, NULL, 0);
}

int32_t node_param(struct check *k, const struct scope *s, int32_t param, struct src_pos pos)
{
    struct rule_node n = node_plain(s, NODE_CONST, k->r->params[param].type, pos);

    n.param = param;
    return node_add(k, &n, NULL, 0);
}

int32_t node_two(struct check *k, enum node_op op, struct type t, int32_t a, int32_t b,
                 struct src_pos pos)
{
    int32_t kids[2] = {a, b};

    if (a < 0 || b < 0) return -1;
    struct scope s = {.domain = k->r->nodes[a].domain};
    struct rule_node n = node_plain(&s, op, t, pos);
    return node_add(k, &n, kids, 2);
}

int32_t node_one(struct check *k, enum node_op op, struct type t, int32_t a, struct src_pos pos)
{
    if (a < 0) return -1;
    struct scope s = {.domain = k->r->nodes[a].domain};
    struct rule_node n = node_plain(&s, op, t, pos);
    return node_add(k, &n, &a, 1);
}

int32_t let_name_add(struct check *k, const struct ast *decl)
{
    struct rule_let *slot = CHECK_ADD(k, k->r->names, k->r->name_count, k->name_cap);

    if (slot == NULL) return -1;
    slot->name = check_name(decl);
    return (int32_t)k->r->name_count - 1;
}

int32_t node_named(struct check *k, int32_t node, int32_t name)
{
    if (node < 0 || name < 0) return node;
    if (k->r->nodes[node].name >= 0) {
        struct scope s = {.domain = k->r->nodes[node].domain};
        struct rule_node n = node_plain(&s, NODE_TOTAL, node_type(k, node), k->r->nodes[node].pos);
        node = node_add(k, &n, &node, 1);
        if (node < 0) return -1;
    }
    k->r->nodes[node].name = name;
    return node;
}
