/* Everybody's facts, person by person: the registers side by side, each in the order of codes, and
 * always the least code next.
 *
 *   reg_a:  A 1, A 4, C 9 …      ┐
 *   reg_b:  B 2, C 3 …           ├─►  A: a1 a4 │ B: b2 │ C: a9 b3 │ …
 *
 * Invariant: a register's statement stands on its first fact that was not told yet, or is at its
 * end and ready to be bound again. */
#include "store/store_internal.h"

struct lanes {
    struct store *s;
    struct db_stmt *q[REGISTERS_MAX];
    bool stands[REGISTERS_MAX];
    uint32_t opened; /* of the registers */
};

static enum err step(struct lanes *x, uint32_t reg)
{
    x->stands[reg] = false;
    return db_step(x->q[reg], &x->stands[reg]);
}

static enum err lanes_open(struct lanes *x, int64_t known_at)
{
    enum err e = ERR_OK;

    for (; x->opened < x->s->reg_count && e == ERR_OK; x->opened++) {
        e = db_stmt_large(x->s->db, x->s->sql[x->opened].by_code, &x->q[x->opened]);
        if (e != ERR_OK) break;
        db_bind_int(x->q[x->opened], 1, known_at);
        e = step(x, x->opened);
    }
    return e;
}

static void lanes_close(struct lanes *x)
{
    for (uint32_t i = 0; i < x->opened; i++)
        if (x->stands[i]) db_reset(x->q[i]);
}

static struct str code_of(const struct lanes *x, uint32_t reg)
{
    return db_text(x->q[reg], 4 + (int)x->s->regs[reg].column_count);
}

/* Copies the least code; false: there is none. */
static bool least_code(const struct lanes *x, struct buf *ret)
{
    struct str least = {NULL, 0};

    for (uint32_t i = 0; i < x->opened; i++)
        if (x->stands[i] && (least.p == NULL || str_cmp(code_of(x, i), least) < 0))
            least = code_of(x, i);
    ret->n = 0;
    buf_add(ret, least);
    return least.p != NULL;
}

static enum err tell_person(struct lanes *x, struct str code,
                            enum err (*each)(void *ctx, struct str code, uint32_t reg,
                                             const struct store_fact *f),
                            void *ctx)
{
    struct store_cell cells[COLUMNS_MAX];
    enum err e = ERR_OK;

    for (uint32_t reg = 0; reg < x->opened; reg++)
        while (e == ERR_OK && x->stands[reg] && str_eq(code_of(x, reg), code)) {
            const struct db_stmt *q = x->q[reg];
            const struct store_fact f = {db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3),
                                         cells};
            point_at_cells(&x->s->regs[reg], q, cells);
            e = each(ctx, code, reg, &f);
            if (e == ERR_OK) e = step(x, reg);
        }
    return e;
}

enum err store_people_scan(struct store *s, int64_t known_at,
                           enum err (*each)(void *ctx, struct str code, uint32_t reg,
                                            const struct store_fact *f),
                           void *ctx)
{
    const bool is_alone = !db_in_transaction(s->db);
    struct lanes x = {.s = s};
    struct buf code;
    enum err e = batch_flush(s);

    if (e == ERR_OK && is_alone) e = db_begin_read(s->db);
    if (e != ERR_OK) return e;
    buf_init(&code, 0);
    e = lanes_open(&x, known_at);
    while (e == ERR_OK && least_code(&x, &code)) {
        e = buf_err(&code);
        if (e == ERR_OK) e = tell_person(&x, buf_str(&code), each, ctx);
    }
    lanes_close(&x);
    buf_done(&code);
    if (is_alone) db_rollback(s->db); /* nothing was written */
    return e;
}
