/* Facts on their way into the database: rows of one register go in by one statement of many rows,
 * which spares most of what a statement costs (and, with PostgreSQL, a trip per row).
 *
 * Invariants: whatever reads or commits flushes first, so that a command sees its own facts; the
 * digest of effects was told when a fact was added, in that order. A failure to insert shows at the
 * flush, before the commit at the latest. */
#include <string.h>

#include "store/store_internal.h"

#define ROWS_MAX 32

static uint32_t width_of(const struct store_register *r)
{
    return 2 + r->column_count; /* person, fact; the command and its time are the same for all */
}

uint32_t batch_rows(const struct store_register *r)
{
    const uint32_t rows = (DB_PARAMS - 2) / width_of(r);

    return rows < ROWS_MAX ? rows : ROWS_MAX;
}

void batch_add_sql(struct buf *b, const struct store_register *r, uint32_t rows)
{
    buf_printf(b, "INSERT INTO \"reg_%.*s\" (recorded, command, person, fact", STR_ARG(r->name));
    for (uint32_t i = 0; i < r->column_count; i++)
        buf_printf(b, ", \"%.*s\"", STR_ARG(r->columns[i].name));
    buf_add_c(b, ") VALUES");
    for (uint32_t row = 0; row < rows; row++) {
        buf_add_c(b, row ? ", ($1, $2" : " ($1, $2");
        for (uint32_t i = 0; i < width_of(r); i++)
            buf_printf(b, ", $%u", 3 + row * width_of(r) + i);
        buf_add_char(b, ')');
    }
}

static void bind_row(const struct store *s, struct db_stmt *q, uint32_t row, int at)
{
    const struct fact_batch *b = &s->batch;
    const struct store_register *r = &s->regs[b->reg];
    const struct store_cell *cells = &b->cells[row * width_of(r)];

    for (uint32_t i = 0; i < width_of(r); i++) {
        const struct store_cell *c = &cells[i];
        if (!c->known)
            db_bind_null(q, at + (int)i);
        else if (i < 2 || r->columns[i - 2].type == STORE_INT)
            db_bind_int(q, at + (int)i, c->i);
        else
            db_bind_text(q, at + (int)i,
                         c->t.n ? (struct str){b->texts.p + c->i, c->t.n} : STR(""));
    }
}

/* `rows` rows from `first` on, by the statement made for so many. */
static enum err run(struct store *s, const char *sql, uint32_t first, uint32_t rows)
{
    const uint32_t width = width_of(&s->regs[s->batch.reg]);
    struct db_stmt *q;
    const enum err e = db_stmt(s->db, sql, &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, s->recorded);
    db_bind_int(q, 2, s->command);
    for (uint32_t row = 0; row < rows; row++)
        bind_row(s, q, first + row, 3 + (int)(row * width));
    return db_run(q);
}

enum err batch_flush(struct store *s)
{
    struct fact_batch *b = &s->batch;
    const uint32_t count = b->count;
    enum err e = buf_err(&b->texts);

    if (count == 0) return ERR_OK;
    const struct register_sql *sql = &s->sql[b->reg];
    if (e == ERR_OK && count > 1 && count == batch_rows(&s->regs[b->reg]))
        e = run(s, sql->insert_many, 0, count);
    else
        for (uint32_t row = 0; row < count && e == ERR_OK; row++)
            e = run(s, sql->insert, row, 1);
    batch_drop(s);
    return e;
}

void batch_drop(struct store *s)
{
    s->batch.count = 0;
    s->batch.texts.n = 0;
    s->batch.texts.failed = false;
}

enum err batch_add(struct store *s, uint32_t reg, int64_t person, int64_t fact,
                   const struct store_cell *cells)
{
    const struct store_register *r = &s->regs[reg];
    struct fact_batch *b = &s->batch;

    if (b->count > 0 && b->reg != reg) {
        const enum err e = batch_flush(s);
        if (e != ERR_OK) return e;
    }
    b->reg = reg;
    struct store_cell *to = &b->cells[b->count++ * width_of(r)];
    to[0] = (struct store_cell){.known = true, .i = person};
    to[1] = (struct store_cell){.known = true, .i = fact};
    for (uint32_t i = 0; i < r->column_count; i++) {
        to[2 + i] = cells[i];
        if (!cells[i].known || r->columns[i].type == STORE_INT) continue;
        to[2 + i].i = (int64_t)b->texts.n; /* where it lies; the buffer may move */
        buf_add(&b->texts, cells[i].t);
    }
    return b->count == batch_rows(r) ? batch_flush(s) : ERR_OK;
}
