/* Registers and facts: typed tables made from the catalogue, facts added and retracted, one
 * person's facts in one statement.
 *
 *   reg_NAME (person, fact, recorded, command, columns…)     key (person, fact)
 *
 * "As known at t": recorded <= t, and no retraction of it with recorded <= t. One person's facts of
 * all registers come from one UNION ALL, so that they are of one moment, with one trip to the
 * database:   arm number, fact, recorded, command, integers…, texts…   (arm -1: retractions)
 *
 * Names come from rule files; they are checked ([a-z][a-z0-9_]*) and always quoted. */
#include <stdlib.h>
#include <string.h>

#include "store/store_internal.h"

static bool is_name(struct str s)
{
    if (s.n == 0 || s.n > COLUMNS_MAX || s.p[0] < 'a' || s.p[0] > 'z') return false;
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

/* What the buffer holds as C text; the buffer is given back. NULL = no memory. */
static char *take_text(struct buf *b)
{
    buf_add_char(b, '\0');
    char *text = b->failed ? NULL : strdup(b->p);
    buf_done(b);
    return text;
}

void registers_done(struct store *s)
{
    for (uint32_t i = 0; i < s->reg_count; i++) {
        free(s->sql[i].insert);
        free(s->sql[i].insert_many);
        free(s->sql[i].scan);
        free(s->sql[i].by_code);
        free(s->sql[i].retracted);
        free(s->sql[i].count);
    }
    free(s->sql);
    free(s->answered);
    free(s->facts_of);
    free(s->moments_of);
    s->sql = NULL;
    s->answered = NULL;
    s->facts_of = s->moments_of = NULL;
    s->reg_count = 0;
}

/* --- making the tables --- */

/* "birth_date:int level:text": how the list remembers a register. */
static void add_columns_text(struct buf *b, const struct store_register *r)
{
    for (uint32_t i = 0; i < r->column_count; i++)
        buf_printf(b, "%s%.*s:%s", i ? " " : "", STR_ARG(r->columns[i].name),
                   r->columns[i].type == STORE_INT ? "int" : "text");
}

static enum err exec_made(struct store *s, struct buf *b)
{
    char *text = take_text(b);
    char *sql = text ? schema_text(db_kind_of(s->db), text) : NULL;
    const enum err e = sql ? db_exec(s->db, sql) : ERR_NOMEM;

    free(text);
    free(sql);
    return e;
}

static enum err create_table(struct store *s, const struct store_register *r)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b,
               "CREATE TABLE \"reg_%.*s\" (person @INT NOT NULL, fact @INT NOT NULL, recorded @INT"
               " NOT NULL, command @INT NOT NULL",
               STR_ARG(r->name));
    for (uint32_t i = 0; i < r->column_count; i++)
        buf_printf(&b, ", \"%.*s\" %s", STR_ARG(r->columns[i].name),
                   r->columns[i].type == STORE_INT ? "@INT" : "TEXT");
    buf_add_c(&b, ", PRIMARY KEY (person, fact)) @KEYED");
    return exec_made(s, &b);
}

/* Is `column` ("name:type ") in the list's text? 1 yes, 0 no, -1 with another type. */
static int find_column(struct str list, const struct store_column *c)
{
    while (list.n > 0) {
        const char *space = memchr(list.p, ' ', list.n);
        const size_t n = space ? (size_t)(space - list.p) : list.n;
        if (n > c->name.n && list.p[c->name.n] == ':' &&
            memcmp(list.p, c->name.p, c->name.n) == 0) {
            const struct str type = {list.p + c->name.n + 1, n - c->name.n - 1};
            return str_eq(type, c->type == STORE_INT ? STR("int") : STR("text")) ? 1 : -1;
        }
        list.p += n + (space != NULL);
        list.n -= n + (space != NULL);
    }
    return 0;
}

static enum err add_new_columns(struct store *s, const struct store_register *r, struct str list,
                                struct buf *columns)
{
    buf_add(columns, list);
    for (uint32_t i = 0; i < r->column_count; i++) {
        const struct store_column *c = &r->columns[i];
        const int there = find_column(list, c);
        struct buf b;
        if (there < 0) return ERR_CONFLICT;
        if (there > 0) continue;
        buf_init(&b, 0);
        buf_printf(&b, "ALTER TABLE \"reg_%.*s\" ADD COLUMN \"%.*s\" %s", STR_ARG(r->name),
                   STR_ARG(c->name), c->type == STORE_INT ? "@INT" : "TEXT");
        const enum err e = exec_made(s, &b);
        if (e != ERR_OK) return e;
        buf_printf(columns, " %.*s:%s", STR_ARG(c->name), c->type == STORE_INT ? "int" : "text");
    }
    return ERR_OK;
}

static enum err remember(struct store *s, const struct store_register *r, struct str columns)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db,
                         "INSERT INTO register_list (name, columns) VALUES ($1, $2)"
                         " ON CONFLICT (name) DO UPDATE SET columns = excluded.columns",
                         &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, r->name);
    db_bind_text(q, 2, columns);
    return db_run(q);
}

/* The columns the database has for a register; *ret_there false when it has no such register. */
static enum err columns_of(struct store *s, struct arena *a, struct str name, bool *ret_there,
                           struct str *ret)
{
    struct db_stmt *q;
    enum err e = db_stmt(s->db, "SELECT columns FROM register_list WHERE name = $1", &q);

    if (e != ERR_OK) return e;
    db_bind_text(q, 1, name);
    e = db_step(q, ret_there);
    if (e != ERR_OK || !*ret_there) return e;
    e = column_copy(a, q, 0, ret);
    db_reset(q);
    return e;
}

static enum err make_register(struct store *s, struct arena *a, const struct store_register *r)
{
    struct str list = STR("");
    struct buf columns;
    bool there = false, same = true;
    enum err e = columns_of(s, a, r->name, &there, &list);

    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < r->column_count; i++)
        same &= find_column(list, &r->columns[i]) == 1;
    if (there && same) return ERR_OK;
    buf_init(&columns, 0);
    if (there) {
        e = add_new_columns(s, r, list, &columns);
    } else {
        add_columns_text(&columns, r);
        e = create_table(s, r);
    }
    if (e == ERR_OK) e = remember(s, r, buf_str(&columns));
    buf_done(&columns);
    return e;
}

/* --- the statements --- */

static char *insert_text(const struct store_register *r, uint32_t rows)
{
    struct buf b;

    buf_init(&b, 0);
    batch_add_sql(&b, r, rows);
    return take_text(&b);
}

static void add_fact_columns(struct buf *b, const struct store_register *r)
{
    buf_add_c(b, "SELECT x.person, x.fact, x.recorded, x.command");
    for (uint32_t i = 0; i < r->column_count; i++)
        buf_printf(b, ", x.\"%.*s\"", STR_ARG(r->columns[i].name));
}

/* The register's rows for which `condition` holds, in order. */
static char *select_text(const struct store_register *r, const char *condition)
{
    struct buf b;

    buf_init(&b, 0);
    add_fact_columns(&b, r);
    buf_printf(&b, " FROM \"reg_%.*s\" x WHERE %s ORDER BY x.person, x.fact", STR_ARG(r->name),
               condition);
    return take_text(&b);
}

/* The same with the person's code behind, in the order of codes (bytes). CROSS JOIN: for SQLite the
 * persons come first, in the order of their index, so that nothing is sorted. */
static char *by_code_text(const struct store *s, const struct store_register *r,
                          const char *condition)
{
    const bool sorts = db_kind_of(s->db) == DB_POSTGRES;
    struct buf b;

    buf_init(&b, 0);
    add_fact_columns(&b, r);
    buf_printf(&b,
               ", p.code FROM person p CROSS JOIN \"reg_%.*s\" x WHERE x.person = p.person AND %s"
               " ORDER BY p.code%s, x.fact",
               STR_ARG(r->name), condition, sorts ? " COLLATE \"C\"" : "");
    return take_text(&b);
}

/* Retractions are of facts that were there: what is left is the difference. */
static char *count_text(const struct store_register *r)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b,
               "SELECT (SELECT count(*) FROM \"reg_%.*s\" WHERE recorded <= $1) -"
               " (SELECT count(*) FROM retraction WHERE register = $2 AND recorded <= $1)",
               STR_ARG(r->name));
    return take_text(&b);
}

static const char known_condition[] =
    "x.recorded <= $1 AND NOT EXISTS (SELECT 1 FROM retraction t WHERE t.person = x.person AND"
    " t.fact = x.fact AND t.recorded <= $1)";
static const char retracted_condition[] =
    "EXISTS (SELECT 1 FROM retraction t WHERE t.person = x.person AND t.fact = x.fact AND"
    " t.command = $1)";

static uint32_t columns_of_type(const struct store_register *r, enum store_type t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->column_count; i++)
        n += r->columns[i].type == t;
    return n;
}

/* The columns of a type, then NULLs up to `width`. */
static void add_arm_columns(struct buf *b, const struct store_register *r, enum store_type t,
                            uint32_t width)
{
    uint32_t n = 0;

    for (uint32_t i = 0; r && i < r->column_count; i++) {
        if (r->columns[i].type != t) continue;
        buf_printf(b, ", \"%.*s\"", STR_ARG(r->columns[i].name));
        n++;
    }
    for (; n < width; n++)
        buf_add_c(b, t == STORE_INT ? ", CAST(NULL AS @INT)" : ", CAST(NULL AS TEXT)");
}

static char *facts_of_text(const struct store *s)
{
    struct buf b;

    buf_init(&b, 0);
    for (uint32_t i = 0; i <= s->reg_count; i++) {
        const struct store_register *r = i < s->reg_count ? &s->regs[i] : NULL;
        if (i > 0) buf_add_c(&b, " UNION ALL ");
        buf_printf(&b, "SELECT CAST(%d AS @INT), fact, recorded, command", r ? (int)i : -1);
        add_arm_columns(&b, r, STORE_INT, s->ints_max);
        add_arm_columns(&b, r, STORE_TEXT, s->texts_max);
        if (r)
            buf_printf(&b, " FROM \"reg_%.*s\"", STR_ARG(r->name));
        else
            buf_add_c(&b, " FROM retraction");
        buf_add_c(&b, " WHERE person = $1 AND recorded <= $2");
    }
    char *text = take_text(&b);
    char *sql = text ? schema_text(db_kind_of(s->db), text) : NULL;
    free(text);
    return sql;
}

static char *moments_of_text(const struct store *s)
{
    struct buf b;

    buf_init(&b, 0);
    buf_add_c(&b, "SELECT recorded FROM retraction WHERE person = $1");
    for (uint32_t i = 0; i < s->reg_count; i++)
        buf_printf(&b, " UNION SELECT recorded FROM \"reg_%.*s\" WHERE person = $1",
                   STR_ARG(s->regs[i].name));
    buf_add_c(&b, " ORDER BY 1");
    return take_text(&b);
}

static enum err make_statements(struct store *s)
{
    s->ints_max = s->texts_max = 0;
    for (uint32_t i = 0; i < s->reg_count; i++) {
        const uint32_t ints = columns_of_type(&s->regs[i], STORE_INT);
        const uint32_t texts = columns_of_type(&s->regs[i], STORE_TEXT);
        if (ints > s->ints_max) s->ints_max = ints;
        if (texts > s->texts_max) s->texts_max = texts;
        s->sql[i].insert = insert_text(&s->regs[i], 1);
        s->sql[i].insert_many = insert_text(&s->regs[i], batch_rows(&s->regs[i]));
        s->sql[i].scan = select_text(&s->regs[i], known_condition);
        s->sql[i].by_code = by_code_text(s, &s->regs[i], known_condition);
        s->sql[i].retracted = select_text(&s->regs[i], retracted_condition);
        s->sql[i].count = count_text(&s->regs[i]);
        s->answered[i] = INT64_MAX;
        if (!s->sql[i].insert || !s->sql[i].insert_many || !s->sql[i].scan || !s->sql[i].by_code ||
            !s->sql[i].retracted || !s->sql[i].count)
            return ERR_NOMEM;
    }
    s->facts_of = facts_of_text(s);
    s->moments_of = moments_of_text(s);
    return s->facts_of && s->moments_of ? ERR_OK : ERR_NOMEM;
}

static enum err make_tables(struct store *s, const struct store_register *regs, uint32_t count)
{
    struct arena a;
    enum err e = db_begin(s->db);

    if (e != ERR_OK) return e;
    arena_init(&a, 0);
    if (db_kind_of(s->db) == DB_POSTGRES)
        e = db_exec(s->db, "LOCK TABLE register_list IN EXCLUSIVE MODE");
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = make_register(s, &a, &regs[i]);
    arena_done(&a);
    if (e == ERR_OK) return db_commit(s->db);
    db_rollback(s->db);
    return e;
}

/* Are all there already? Then nothing is written, and many may open at once. */
static enum err are_there(struct store *s, const struct store_register *regs, uint32_t count,
                          bool *ret)
{
    struct arena a;
    bool all = true;
    enum err e = ERR_OK;

    arena_init(&a, 0);
    for (uint32_t i = 0; i < count && e == ERR_OK && all; i++) {
        struct str list = STR("");
        bool there = false;
        e = columns_of(s, &a, regs[i].name, &there, &list);
        all = there;
        for (uint32_t k = 0; k < regs[i].column_count && all; k++)
            all = find_column(list, &regs[i].columns[k]) == 1;
    }
    arena_done(&a);
    if (e == ERR_OK) *ret = all;
    return e;
}

enum err store_registers(struct store *s, const struct store_register *regs, uint32_t count)
{
    bool all = false;
    enum err e = count <= REGISTERS_MAX ? ERR_OK : ERR_RANGE;

    INVARIANT(!s->in_command && !s->regs);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        if (!is_name(regs[i].name) || regs[i].column_count > COLUMNS_MAX) e = ERR_RANGE;
        for (uint32_t k = 0; k < regs[i].column_count; k++)
            if (!is_name(regs[i].columns[k].name)) e = ERR_RANGE;
    }
    if (e == ERR_OK) e = are_there(s, regs, count, &all);
    if (e == ERR_OK && !all) e = make_tables(s, regs, count);
    if (e != ERR_OK) return e;
    s->sql = calloc(count + 1, sizeof *s->sql);
    s->answered = calloc(count + 1, sizeof *s->answered);
    if (!s->sql || !s->answered) return ERR_NOMEM;
    s->regs = regs;
    s->reg_count = count;
    return make_statements(s);
}

/* --- writing --- */

enum err store_fact_add(struct store *s, uint32_t reg, int64_t person,
                        const struct store_cell *cells, int64_t *ret_fact)
{
    INVARIANT(reg < s->reg_count);
    const struct store_register *r = &s->regs[reg];
    const int64_t fact = store_next_id(s);
    enum err e = batch_add(s, reg, person, fact, cells);

    if (e == ERR_OK) e = change_note(s, person);
    if (e != ERR_OK) return e;
    effect_begin(s, "fact");
    effect_str(s, r->name);
    effect_int(s, person);
    effect_int(s, fact);
    for (uint32_t i = 0; i < r->column_count; i++) {
        if (!cells[i].known)
            effect_str(s, STR("-"));
        else if (r->columns[i].type == STORE_INT)
            effect_int(s, cells[i].i);
        else
            effect_str(s, cells[i].t);
    }
    *ret_fact = fact;
    return ERR_OK;
}

enum err store_fact_retract(struct store *s, uint32_t reg, int64_t person, int64_t fact)
{
    struct db_stmt *q;

    INVARIANT(reg < s->reg_count && s->in_command);
    enum err e = db_stmt(s->db,
                         "INSERT INTO retraction (person, fact, register, recorded, command)"
                         " VALUES ($1, $2, $3, $4, $5)",
                         &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, fact);
    db_bind_text(q, 3, s->regs[reg].name);
    db_bind_int(q, 4, s->recorded);
    db_bind_int(q, 5, s->command);
    e = db_run(q);
    if (e != ERR_OK) return e;
    e = change_note(s, person);
    if (e != ERR_OK) return e;
    effect_begin(s, "retract");
    effect_str(s, s->regs[reg].name);
    effect_int(s, person);
    effect_int(s, fact);
    return ERR_OK;
}

/* When each register first answered. The first time never changes, so only the silent are asked
 * about again. */
static enum err refresh_answers(struct store *s)
{
    bool silent = false, row = true;
    struct db_stmt *q;
    enum err e;

    for (uint32_t i = 0; i < s->reg_count; i++)
        silent |= s->answered[i] == INT64_MAX;
    if (!silent) return ERR_OK;
    e = db_stmt(s->db, "SELECT register, min(recorded) FROM register_answer GROUP BY register", &q);
    if (e != ERR_OK) return e;
    while ((e = db_step(q, &row)) == ERR_OK && row)
        for (uint32_t i = 0; i < s->reg_count; i++)
            if (str_eq(s->regs[i].name, db_text(q, 0))) s->answered[i] = db_int(q, 1);
    return e;
}

enum err store_register_answer(struct store *s, uint32_t reg)
{
    struct db_stmt *q;

    INVARIANT(reg < s->reg_count && s->in_command);
    enum err e = refresh_answers(s);
    if (e != ERR_OK) return e;
    e = db_stmt(
        s->db, "INSERT INTO register_answer (register, recorded, command) VALUES ($1, $2, $3)", &q);
    if (e != ERR_OK) return e;
    db_bind_text(q, 1, s->regs[reg].name);
    db_bind_int(q, 2, s->recorded);
    db_bind_int(q, 3, s->command);
    e = db_run(q);
    if (e != ERR_OK) return e;
    if (s->answered[reg] == INT64_MAX) change_note_all(s); /* silence ends for everybody */
    effect_begin(s, "answer");
    effect_str(s, s->regs[reg].name);
    return ERR_OK;
}

/* --- reading --- */

struct gathering {
    struct store *s;
    struct arena *a;
    struct store_facts *ret;
    struct store_fact *items[REGISTERS_MAX];
    uint32_t caps[REGISTERS_MAX];
    int64_t *gone; /* retracted facts */
    uint32_t gone_count, gone_cap;
};

/* A column of the union: integers first, then texts, each in the register's own order. */
static enum err take_cells(struct gathering *g, const struct db_stmt *q, uint32_t reg,
                           struct store_cell *cells)
{
    const struct store_register *r = &g->s->regs[reg];
    int at_int = 4, at_text = 4 + (int)g->s->ints_max;

    for (uint32_t i = 0; i < r->column_count; i++) {
        const bool is_int = r->columns[i].type == STORE_INT;
        const int at = is_int ? at_int++ : at_text++;
        cells[i].known = !db_is_null(q, at);
        if (!cells[i].known) continue;
        if (is_int) {
            cells[i].i = db_int(q, at);
        } else {
            const enum err e = column_copy(g->a, q, at, &cells[i].t);
            if (e != ERR_OK) return e;
        }
    }
    return ERR_OK;
}

static enum err take_row(struct gathering *g, const struct db_stmt *q, int64_t person)
{
    const int64_t arm = db_int(q, 0);

    if (arm < 0) {
        g->gone = list_grow(g->a, g->gone, g->gone_count, &g->gone_cap, sizeof *g->gone);
        if (!g->gone) return ERR_NOMEM;
        g->gone[g->gone_count++] = db_int(q, 1);
        return ERR_OK;
    }
    const uint32_t reg = (uint32_t)arm, at = g->ret[reg].count;
    struct store_cell *cells = ARENA_ARRAY(g->a, struct store_cell, g->s->regs[reg].column_count);
    g->items[reg] = list_grow(g->a, g->items[reg], at, &g->caps[reg], sizeof *g->items[reg]);
    if (!g->items[reg] || !cells) return ERR_NOMEM;
    g->items[reg][at] =
        (struct store_fact){person, db_int(q, 1), db_int(q, 2), db_int(q, 3), cells};
    g->ret[reg].count++;
    return take_cells(g, q, reg, cells);
}

static int fact_order(const void *a, const void *b)
{
    const struct store_fact *x = a, *y = b;
    return (x->fact > y->fact) - (x->fact < y->fact);
}

static bool is_gone(const struct gathering *g, int64_t fact)
{
    for (uint32_t i = 0; i < g->gone_count; i++)
        if (g->gone[i] == fact) return true;
    return false;
}

/* Leave out what was retracted; in the order of facts. */
static void settle(struct gathering *g, uint32_t reg, int64_t known_at)
{
    struct store_fact *f = g->items[reg];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < g->ret[reg].count; i++)
        if (!is_gone(g, f[i].fact)) f[kept++] = f[i];
    if (kept > 1) qsort(f, kept, sizeof *f, fact_order);
    g->ret[reg].items = f;
    g->ret[reg].count = kept;
    g->ret[reg].answered = g->s->answered[reg] != INT64_MAX && g->s->answered[reg] <= known_at;
}

enum err store_facts_of(struct store *s, struct arena *a, int64_t person, int64_t known_at,
                        struct store_facts *ret)
{
    struct gathering g = {.s = s, .a = a, .ret = ret};
    struct db_stmt *q;
    bool row = true;
    enum err e = batch_flush(s);

    if (e == ERR_OK) e = refresh_answers(s);
    if (e == ERR_OK) e = db_stmt(s->db, s->facts_of, &q);
    if (e != ERR_OK) return e;
    for (uint32_t i = 0; i < s->reg_count; i++)
        ret[i] = (struct store_facts){0};
    db_bind_int(q, 1, person);
    db_bind_int(q, 2, known_at);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row)
        e = take_row(&g, q, person);
    db_reset(q);
    for (uint32_t i = 0; i < s->reg_count && e == ERR_OK; i++)
        settle(&g, i, known_at);
    return e;
}

static int moment_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static enum err add_moment(struct arena *a, int64_t **items, uint32_t *count, uint32_t *cap,
                           int64_t moment)
{
    *items = list_grow(a, *items, *count, cap, sizeof **items);
    if (!*items) return ERR_NOMEM;
    (*items)[(*count)++] = moment;
    return ERR_OK;
}

enum err store_moments_of(struct store *s, struct arena *a, int64_t person, int64_t **ret,
                          uint32_t *ret_count)
{
    int64_t *items = NULL;
    uint32_t count = 0, cap = 0, kept = 0;
    struct db_stmt *q;
    bool row = true;
    enum err e = batch_flush(s);

    if (e == ERR_OK) e = refresh_answers(s);
    if (e == ERR_OK) e = db_stmt(s->db, s->moments_of, &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, person);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row)
        e = add_moment(a, &items, &count, &cap, db_int(q, 0));
    db_reset(q);
    for (uint32_t i = 0; i < s->reg_count && e == ERR_OK; i++)
        if (s->answered[i] != INT64_MAX) e = add_moment(a, &items, &count, &cap, s->answered[i]);
    if (e != ERR_OK) return e;
    if (count > 1) qsort(items, count, sizeof *items, moment_order);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || items[kept - 1] != items[i]) items[kept++] = items[i];
    *ret = items;
    *ret_count = kept;
    return ERR_OK;
}

void point_at_cells(const struct store_register *r, const struct db_stmt *q,
                    struct store_cell *cells)
{
    for (uint32_t i = 0; i < r->column_count; i++) {
        const int at = 4 + (int)i;
        cells[i] = (struct store_cell){.known = !db_is_null(q, at)};
        if (!cells[i].known) continue;
        if (r->columns[i].type == STORE_INT)
            cells[i].i = db_int(q, at);
        else
            cells[i].t = db_text(q, at);
    }
}

/* Each row of a statement with one parameter; in a transaction. */
static enum err walk_facts(struct store *s, uint32_t reg, const char *sql, int64_t parameter,
                           enum err (*each)(void *ctx, const struct store_fact *f), void *ctx)
{
    struct store_cell cells[COLUMNS_MAX];
    struct db_stmt *q;
    bool row = true;
    enum err e = db_stmt_large(s->db, sql, &q);

    if (e != ERR_OK) return e;
    db_bind_int(q, 1, parameter);
    while (e == ERR_OK && (e = db_step(q, &row)) == ERR_OK && row) {
        const struct store_fact f = {db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), cells};
        point_at_cells(&s->regs[reg], q, cells);
        e = each(ctx, &f);
    }
    db_reset(q);
    return e;
}

static enum err each_fact(struct store *s, uint32_t reg, const char *sql, int64_t parameter,
                          enum err (*each)(void *ctx, const struct store_fact *f), void *ctx)
{
    const bool is_alone = !db_in_transaction(s->db);
    enum err e = batch_flush(s);

    if (e == ERR_OK && is_alone) e = db_begin_read(s->db);
    if (e != ERR_OK) return e;
    e = walk_facts(s, reg, sql, parameter, each, ctx);
    if (is_alone) db_rollback(s->db); /* nothing was written */
    return e;
}

enum err store_facts_scan(struct store *s, uint32_t reg, int64_t known_at,
                          enum err (*each)(void *ctx, const struct store_fact *f), void *ctx)
{
    INVARIANT(reg < s->reg_count);
    return each_fact(s, reg, s->sql[reg].scan, known_at, each, ctx);
}

enum err store_facts_count(struct store *s, uint32_t reg, int64_t known_at, uint64_t *ret)
{
    struct db_stmt *q;
    bool row = false;

    INVARIANT(reg < s->reg_count);
    enum err e = batch_flush(s);
    if (e == ERR_OK) e = db_stmt(s->db, s->sql[reg].count, &q);
    if (e != ERR_OK) return e;
    db_bind_int(q, 1, known_at);
    db_bind_text(q, 2, s->regs[reg].name);
    e = db_step(q, &row);
    if (e != ERR_OK) return e;
    *ret = row ? (uint64_t)db_int(q, 0) : 0;
    db_reset(q);
    return ERR_OK;
}

enum err store_facts_retracted(struct store *s, uint32_t reg, int64_t command,
                               enum err (*each)(void *ctx, const struct store_fact *f), void *ctx)
{
    INVARIANT(reg < s->reg_count);
    return each_fact(s, reg, s->sql[reg].retracted, command, each, ctx);
}
