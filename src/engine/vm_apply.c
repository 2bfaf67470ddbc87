/* One lane-by-lane operation on intervals: which kernel computes which end from which ends.
 *
 * Lowering uses it to fold constants and step functions, running uses it on chunks; so a folded
 * value is computed by the same code as an unfolded one. README §6 of lang is the law here. */
#include "engine/vm_internal.h"

#include <string.h>

static bool known(const struct vm_vec *v)
{
    return v->lo == v->hi;
}

static void apply_compare(const struct kernels *k, enum kernel_binary b, bool strict_up,
                          const struct vm_vec *x, const struct vm_vec *y, struct vm_vec *d,
                          size_t n)
{
    /* "x at least y" surely when the least x and the greatest y are so; perhaps the other way */
    k->binary[b](d->lo, strict_up ? x->lo : x->hi, strict_up ? y->hi : y->lo, n);
    k->binary[b](d->hi, strict_up ? x->hi : x->lo, strict_up ? y->lo : y->hi, n);
}

static void apply_equal(const struct kernels *k, bool negated, const struct vm_vec *x,
                        const struct vm_vec *y, struct vm_vec *d, size_t n)
{
    void *surely = negated ? d->hi : d->lo, *perhaps = negated ? d->lo : d->hi;
    k->equal_lo(surely, x->lo, x->hi, y->lo, y->hi, n);
    k->equal_hi(perhaps, x->lo, x->hi, y->lo, y->hi, n);
    if (!negated) return;
    k->binary_const[KB_EQ](surely, surely, 0, n);
    k->binary_const[KB_EQ](perhaps, perhaps, 0, n);
}

static void apply_end(const struct kernels *k, const struct vm_op *op, void *d, const void *x,
                      const void *y, size_t n, uint8_t *err)
{
    if (op->right_const)
        k->binary_const[op->binary](d, x, op->imm, n);
    else if (op->checked && op->binary == KB_ADD)
        k->add_checked(d, x, y, n, err);
    else if (op->checked && op->binary == KB_SUB)
        k->sub_checked(d, x, y, n, err);
    else
        k->binary[op->binary](d, x, y, n);
}

static void apply_binary(const struct kernels *k, const struct vm_op *op, const struct vm_vec *src,
                         struct vm_vec *d, size_t n, const struct vm_scratch *t)
{
    const struct vm_vec *x = &src[0];
    struct vm_vec y = src[1];
    const bool all_known = known(x) && (op->right_const || known(&y));

    if (all_known) {
        apply_end(k, op, d->lo, x->lo, y.lo, n, t->err);
        d->hi = d->lo;
        return;
    }
    const bool up = op->binary == KB_GE || op->binary == KB_GT;
    const bool down = op->binary == KB_LE || op->binary == KB_LT;
    const bool equal = op->binary == KB_EQ || op->binary == KB_NE;
    if (op->right_const && equal) {
        k->fill(t->a, op->imm, n);
        y = (struct vm_vec){t->a, t->a};
    }
    if (equal) {
        apply_equal(k, op->binary == KB_NE, x, &y, d, n);
    } else if (op->right_const) {
        apply_end(k, op, d->lo, down ? x->hi : x->lo, NULL, n, t->err);
        apply_end(k, op, d->hi, down ? x->lo : x->hi, NULL, n, t->err);
    } else if (up || down) {
        apply_compare(k, op->binary, up, x, &y, d, n);
    } else {
        const bool falls = op->binary == KB_SUB;
        apply_end(k, op, d->lo, x->lo, falls ? y.hi : y.lo, n, t->err);
        apply_end(k, op, d->hi, x->hi, falls ? y.lo : y.hi, n, t->err);
    }
}

static void apply_product(const struct kernels *k, const struct vm_op *op, void *d, const void *x,
                          const void *y, size_t n, uint8_t *err)
{
    if (op->code == VM_DIV)
        k->div(d, x, y, op->round, n, err);
    else if (op->right_const && !op->checked && op->imm2 == 1)
        k->mul_const(d, x, op->imm, n);
    else
        k->mul(d, x, y, op->imm2, op->round, n, err);
}

/* MUL and DIV: the extremes lie at the corners of the two intervals. */
static void apply_corners(const struct kernels *k, const struct vm_op *op, const struct vm_vec *src,
                          struct vm_vec *d, size_t n, const struct vm_scratch *t)
{
    const struct vm_vec *x = &src[0];
    struct vm_vec y = src[1];

    if (op->right_const) { /* also needed by the products that do not take a constant */
        k->fill(t->b, op->imm, n);
        y = (struct vm_vec){t->b, t->b};
    }
    if (known(x) && known(&y)) {
        apply_product(k, op, d->lo, x->lo, y.lo, n, t->err);
        d->hi = d->lo;
        return;
    }
    if (op->rising && op->code == VM_MUL) {
        apply_product(k, op, d->lo, x->lo, y.lo, n, t->err);
        apply_product(k, op, d->hi, x->hi, y.hi, n, t->err);
        return;
    }
    apply_product(k, op, d->lo, x->lo, y.lo, n, t->err);
    memcpy(d->hi, d->lo, n * k->width);
    for (int corner = 1; corner < 4; corner++) {
        apply_product(k, op, t->a, corner & 1 ? x->hi : x->lo, corner & 2 ? y.hi : y.lo, n, t->err);
        k->binary[KB_MIN](d->lo, d->lo, t->a, n);
        k->binary[KB_MAX](d->hi, d->hi, t->a, n);
    }
}

static void apply_sum(const struct kernels *k, const struct vm_op *op, const struct vm_vec *src,
                      bool upper, void *d, size_t n, const struct vm_scratch *t)
{
    const void *part[8];
    uint32_t at = 0;

    if (op->checked) { /* in the written order: an overflow on the way is an overflow */
        k->fill(d, op->imm, n);
        for (; at < op->src_count; at++)
            k->add_checked(d, d, upper ? src[at].hi : src[at].lo, n, t->err);
        return;
    }
    for (bool first = true; first || at < op->src_count; first = false) {
        size_t count = 0;
        if (!first) part[count++] = d;
        while (count < 8 && at < op->src_count) {
            part[count++] = upper ? src[at].hi : src[at].lo;
            at++;
        }
        k->sum(first ? d : t->a, part, count, first ? op->imm : 0, n);
        if (!first) memcpy(d, t->a, n * k->width);
    }
}

static void apply_per(const struct kernels *k, const struct vm_op *op, void *d, const void *x,
                      size_t n, uint8_t *err)
{
    if (op->checked)
        k->per_checked(d, x, op->imm, op->imm2, n, err);
    else
        k->per(d, x, op->imm, op->imm2, op->imm3, op->last, n);
}

static void apply_if(const struct kernels *k, const struct vm_vec *src, struct vm_vec *d, size_t n)
{
    const struct vm_vec *c = &src[0], *x = &src[1], *y = &src[2];

    if (!known(c)) {
        k->select_hull(d->lo, c->lo, c->hi, x->lo, y->lo, false, n);
        k->select_hull(d->hi, c->lo, c->hi, x->hi, y->hi, true, n);
        return;
    }
    k->select(d->lo, c->lo, x->lo, y->lo, n);
    if (known(x) && known(y))
        d->hi = d->lo;
    else
        k->select(d->hi, c->lo, x->hi, y->hi, n);
}

static void apply_bands_known(const struct kernels *k, const struct vm_op *op, const int64_t *row,
                              const struct vm_vec *src, bool upper, void *d, size_t n)
{
    k->fill(d, 0, n);
    for (uint32_t i = 0; i < op->table_count; i++, row += 4) {
        if (row[2] < 0)
            k->band_const(d, src[0].lo, row[0], row[1], row[3], n);
        else
            k->band(d, src[0].lo, row[0], row[1], upper ? src[row[2]].hi : src[row[2]].lo, n);
    }
}

static void apply_bands(const struct kernels *k, const struct vm_op *op, const int64_t *table,
                        const struct vm_vec *src, struct vm_vec *d, size_t n,
                        const struct vm_scratch *t)
{
    const int64_t *row = table + op->table_first;

    if (op->steps.count > 0 && (known(&src[0]) || op->rising || op->falling)) {
        k->step_lanes(d->lo, op->falling ? src[0].hi : src[0].lo, &op->steps, n);
        if (known(&src[0]))
            d->hi = d->lo;
        else
            k->step_lanes(d->hi, op->falling ? src[0].lo : src[0].hi, &op->steps, n);
        return;
    }
    if (known(&src[0])) {
        bool bodies_known = true;
        for (uint32_t i = 1; i < op->src_count; i++)
            bodies_known &= known(&src[i]);
        apply_bands_known(k, op, row, src, false, d->lo, n);
        if (bodies_known)
            d->hi = d->lo;
        else
            apply_bands_known(k, op, row, src, true, d->hi, n);
        return;
    }
    k->fill(d->lo, k->wide ? INT64_MAX : INT32_MAX, n);
    k->fill(d->hi, k->wide ? INT64_MIN : INT32_MIN, n);
    for (uint32_t i = 0; i < op->table_count; i++, row += 4) {
        struct vm_vec body = {t->a, t->a};
        if (row[2] < 0)
            k->fill(t->a, row[3], n);
        else
            body = src[row[2]];
        k->band_hull(d->lo, d->hi, src[0].lo, src[0].hi, row[0], row[1], body.lo, body.hi, n);
    }
}

static void apply_in(const struct kernels *k, const struct vm_op *op, const int64_t *table,
                     const struct vm_vec *x, struct vm_vec *d, size_t n)
{
    const int64_t *pair = table + op->table_first;
    const bool certain = known(x);

    k->fill(d->lo, 0, n);
    if (!certain) k->fill(d->hi, 0, n);
    for (uint32_t i = 0; i < op->table_count; i++, pair += 2) {
        k->within(d->lo, x->lo, x->hi, pair[0], pair[1], true, n);
        if (!certain) k->within(d->hi, x->lo, x->hi, pair[0], pair[1], false, n);
    }
    if (certain) d->hi = d->lo;
}

/* Functions of one or two dates that rise with the one and fall with the other. */
static void apply_date_end(const struct kernels *k, const struct vm_op *op, void *d,
                           const void *falls, const void *rises, size_t n)
{
    if (op->code == VM_AGE)
        k->age(d, falls, rises, n);
    else if (op->code == VM_WHOLE_MONTHS)
        k->whole_months(d, falls, rises, n);
    else if (op->code == VM_YEAR)
        k->year(d, rises, n);
    else if (op->code == VM_YEAR_START)
        k->year_start(d, rises, n);
    else
        k->add_months(d, rises, op->imm, op->imm2, n);
}

static void apply_date(const struct kernels *k, const struct vm_op *op, const struct vm_vec *src,
                       struct vm_vec *d, size_t n)
{
    const bool two = op->code == VM_AGE || op->code == VM_WHOLE_MONTHS;
    const struct vm_vec *falls = &src[0], *rises = two ? &src[1] : &src[0];

    apply_date_end(k, op, d->lo, falls->hi, rises->lo, n);
    if (known(falls) && known(rises))
        d->hi = d->lo;
    else
        apply_date_end(k, op, d->hi, falls->lo, rises->hi, n);
}

static void apply_if_unknown(const struct kernels *k, const struct vm_op *op,
                             const struct vm_vec *x, struct vm_vec *d, size_t n)
{
    if (known(x)) {
        memcpy(d->lo, x->lo, n * k->width);
        d->hi = d->lo;
        return;
    }
    k->known_or(d->lo, d->hi, x->lo, x->hi, op->imm, n);
}

static void apply_ends(const struct kernels *k, const struct vm_op *op, const struct vm_vec *src,
                       struct vm_vec *d, size_t n, const struct vm_scratch *t)
{
    bool all_known = true;
    for (uint32_t i = 0; i < op->src_count; i++)
        all_known &= known(&src[i]);
    if (op->code == VM_NOT) {
        k->negate_bool(d->lo, src[0].hi, n);
        if (!all_known) k->negate_bool(d->hi, src[0].lo, n);
    } else if (op->code == VM_SUM) {
        apply_sum(k, op, src, false, d->lo, n, t);
        if (!all_known) apply_sum(k, op, src, true, d->hi, n, t);
    } else {
        apply_per(k, op, d->lo, src[0].lo, n, t->err);
        if (!all_known) apply_per(k, op, d->hi, src[0].hi, n, t->err);
    }
    if (all_known) d->hi = d->lo;
}

void vm_apply(const struct kernels *k, const struct vm_op *op, const int64_t *table,
              const struct vm_vec *src, struct vm_vec *dst, size_t n, const struct vm_scratch *t)
{
    INVARIANT(vm_code_is_pure(op->code));
    if (op->code == VM_BINARY)
        apply_binary(k, op, src, dst, n, t);
    else if (op->code == VM_NOT || op->code == VM_SUM || op->code == VM_PER)
        apply_ends(k, op, src, dst, n, t);
    else if (op->code == VM_MUL || op->code == VM_DIV)
        apply_corners(k, op, src, dst, n, t);
    else if (op->code == VM_IF)
        apply_if(k, src, dst, n);
    else if (op->code == VM_BANDS)
        apply_bands(k, op, table, src, dst, n, t);
    else if (op->code == VM_IN)
        apply_in(k, op, table, &src[0], dst, n);
    else if (op->code == VM_IF_UNKNOWN)
        apply_if_unknown(k, op, &src[0], dst, n);
    else
        apply_date(k, op, src, dst, n);
}
