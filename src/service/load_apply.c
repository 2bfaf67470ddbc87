/* The difference between a file and what is in force, person by person; writing it.
 *
 *   facts in force, in the order of the store's persons ──┐
 *                                                         ├─► per person: two multisets of rows
 *   rows of the file, by code ── row_of[] ────────────────┘
 *
 * The same walk counts (preview) and writes (inside the command), so that what was shown is what
 * happens. While it writes, it reads as known before the command. */
#include <string.h>

#include "base/date.h"
#include "service/identity.h"
#include "service/load_internal.h"

#define CELLS_MAX 64
#define NONE UINT32_MAX
#define TELL_EVERY 8192u

struct old_fact {
    int64_t fact;
    const struct store_cell *cells;
    bool is_matched;
};

struct diff {
    struct loads *x;
    const struct load *l;
    const struct load_file *f;
    const struct rule_register *reg;
    bool write;
    struct load_counts n;
    uint32_t *row_of; /* per person of f->people: who in f->p; NONE = not in the file */
    uint32_t next;    /* position in by_person that comes next */
    int64_t person;   /* whose facts are gathered; 0 = nobody's */
    struct arena scratch;
    struct old_fact *old;
    uint32_t old_count, old_cap;
};

/* --- rows as cells --- */

static void cells_of(const struct diff *d, uint32_t row, struct store_cell *cells)
{
    const struct register_data *data = &d->f->p->regs[d->f->reg];

    for (uint32_t k = 0; k < d->reg->field_count; k++) {
        const struct rule_field *field = &d->reg->fields[k];
        const bool known = column_known(&data->cols[k], row);
        const int64_t v = known ? column_get(&data->cols[k], row) : 0;
        const struct str key = known && field->type.vt == VT_KEY ? d->f->p->keys[v] : STR("");
        cells[k] = fact_cell(d->x->r, field, known, v, key);
    }
}

static bool same_cells(const struct diff *d, const struct store_cell *a, const struct store_cell *b)
{
    for (uint32_t k = 0; k < d->reg->field_count; k++) {
        if (a[k].known != b[k].known) return false;
        if (a[k].known && (a[k].i != b[k].i || !str_eq(a[k].t, b[k].t))) return false;
    }
    return true;
}

/* --- one person --- */

static bool match_old(struct diff *d, const struct store_cell *cells)
{
    for (uint32_t i = 0; i < d->old_count; i++) {
        if (d->old[i].is_matched || !same_cells(d, d->old[i].cells, cells)) continue;
        d->old[i].is_matched = true;
        return true;
    }
    return false;
}

static enum err add_rows(struct diff *d, int64_t person, uint32_t who)
{
    struct store_cell cells[CELLS_MAX];
    uint32_t row, end;
    int64_t fact;

    population_rows(d->f->p, d->f->reg, who, &row, &end);
    for (; row < end; row++) {
        cells_of(d, row, cells);
        if (match_old(d, cells)) {
            d->n.same++;
            continue;
        }
        d->n.added++;
        if (!d->write) continue;
        const enum err e = store_fact_add(d->x->s, (uint32_t)d->f->reg, person, cells, &fact);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static enum err remove_unmatched(struct diff *d, int64_t person)
{
    for (uint32_t i = 0; i < d->old_count; i++) {
        if (d->old[i].is_matched) continue;
        d->n.removed++;
        if (!d->write) continue;
        const enum err e = store_fact_retract(d->x->s, (uint32_t)d->f->reg, person, d->old[i].fact);
        if (e != ERR_OK) return e;
    }
    return ERR_OK;
}

static bool has_rows(const struct diff *d, uint32_t who)
{
    uint32_t first = 0, end = 0;

    if (who != NONE) population_rows(d->f->p, d->f->reg, who, &first, &end);
    return first < end;
}

/* Compare what was gathered of a person with the file. */
static enum err settle_person(struct diff *d, uint32_t at, int64_t person)
{
    const uint32_t who = at == NONE ? NONE : d->row_of[at];
    const bool bad = who != NONE && d->f->p->bad && d->f->p->bad[who];
    const bool there = has_rows(d, who);
    const uint64_t changed = d->n.added + d->n.removed;
    enum err e = ERR_OK;

    d->n.before += d->old_count;
    if (bad || (!there && d->l->mode != LOAD_FULL)) { /* keeps what it has */
        d->n.same += d->old_count;
    } else {
        if (there) e = add_rows(d, person, who);
        if (e == ERR_OK && d->l->mode != LOAD_ADD) e = remove_unmatched(d, person);
    }
    d->n.persons_touched += d->n.added + d->n.removed > changed;
    d->old_count = d->old_cap = 0;
    d->old = NULL;
    arena_done(&d->scratch);
    return e;
}

/* Everybody up to (not including) `person`, who have nothing in force. */
static enum err settle_until(struct diff *d, int64_t person)
{
    const struct load_people *p = &d->f->people;
    enum err e = ERR_OK;

    while (e == ERR_OK && d->next < p->count) {
        const uint32_t at = p->by_person[d->next];
        if (p->persons[at] >= person) break;
        e = settle_person(d, at, p->persons[at]);
        if (++d->next % TELL_EVERY == 0 && d->x->progress)
            d->x->progress(d->x->progress_ctx, d->next, p->count);
    }
    return e;
}

/* The facts of the person gathered so far are all of that person's. */
static enum err settle_gathered(struct diff *d)
{
    const struct load_people *p = &d->f->people;
    const int64_t person = d->person;

    if (person == 0) return ERR_OK;
    d->person = 0;
    const bool is_next = d->next < p->count && p->persons[p->by_person[d->next]] == person;
    return settle_person(d, is_next ? p->by_person[d->next++] : NONE, person);
}

static enum err take_old(void *ctx, const struct store_fact *f)
{
    struct diff *d = ctx;
    enum err e = ERR_OK;

    if (f->person != d->person) {
        e = settle_gathered(d);
        if (e == ERR_OK) e = settle_until(d, f->person);
        if (e != ERR_OK) return e;
        d->person = f->person;
    }
    struct store_cell *cells = ARENA_ARRAY(&d->scratch, struct store_cell, d->reg->field_count);
    if (d->old_count == d->old_cap) {
        const uint32_t cap = d->old_cap ? 2 * d->old_cap : 8;
        d->old = arena_grow(&d->scratch, d->old, d->old_count, cap, sizeof *d->old);
        d->old_cap = cap;
    }
    if (!cells || !d->old) return ERR_NOMEM;
    for (uint32_t k = 0; k < d->reg->field_count; k++) {
        cells[k] = f->cells[k];
        if (cells[k].known && cells[k].t.n > 0) cells[k].t = str_copy(&d->scratch, cells[k].t);
        if (cells[k].known && f->cells[k].t.n > 0 && !cells[k].t.p) return ERR_NOMEM;
    }
    d->old[d->old_count++] = (struct old_fact){f->fact, cells, false};
    return ERR_OK;
}

/* --- who is who --- */

/* Codes of the file's own persons (the person register) in everybody's; both are in order. */
static void match_own(struct diff *d)
{
    const struct load_people *p = &d->f->people;
    uint32_t at = 0;

    for (uint32_t i = 0; i < p->count; i++)
        d->row_of[i] = NONE;
    for (uint32_t who = 0; who < d->f->p->count; who++) {
        while (at < p->count && str_cmp(p->codes[at], d->f->p->ids[who]) < 0)
            at++;
        if (at < p->count && str_eq(p->codes[at], d->f->p->ids[who]))
            d->row_of[at] = who;
        else
            d->n.persons_new++;
    }
}

/* Persons of the file whom nobody knew. */
static enum err add_new_persons(struct diff *d)
{
    const struct load_people *p = &d->f->people;
    uint32_t at = 0;
    enum err e = ERR_OK;

    for (uint32_t who = 0; who < d->f->p->count && e == ERR_OK; who++) {
        const struct store_identity i = {.code = d->f->p->ids[who]};
        int64_t person = 0;
        while (at < p->count && str_cmp(p->codes[at], i.code) < 0)
            at++;
        if (at < p->count && str_eq(p->codes[at], i.code)) continue;
        if (d->f->p->bad && d->f->p->bad[who]) continue;
        if (d->write) e = store_person_add(d->x->s, &i, &person);
        if (e == ERR_OK) e = add_rows(d, person, who);
        d->n.persons_touched++;
    }
    return e;
}

/* --- identities --- */

static bool same_identity(const struct store_identity *i, const struct load_identity_row *r)
{
    return str_eq(i->id_number, r->id_number) && str_eq(i->name, r->name) &&
           str_eq(i->phone, r->phone);
}

/* Somebody else has the number too: a case. Inside the command, after it was written. */
static enum err look_for_several(const struct diff *d, struct str id_number)
{
    struct arena a;
    int64_t *persons;
    uint32_t count;

    if (id_number.n == 0) return ERR_OK;
    arena_init(&a, 0);
    const struct identities x = {d->x->s, &a, d->x->r, d->x->c, NULL};
    enum err e = store_person_by_id_number(x.s, &a, id_number, &persons, &count);
    if (e == ERR_OK && count > 1)
        e = identity_found_several(&x, id_number, persons, count, d->l->object.number);
    arena_done(&a);
    return e;
}

static enum err write_identity(const struct diff *d, const struct store_identity *wanted,
                               int64_t person)
{
    enum err e = ERR_OK;

    if (!d->write) return ERR_OK;
    e = person == 0 ? store_person_add(d->x->s, wanted, &person)
                    : store_person_change(d->x->s, person, wanted);
    return e == ERR_OK ? look_for_several(d, wanted->id_number) : e;
}

static enum err one_identity(struct diff *d, const struct load_identity_row *r, int64_t person)
{
    const struct store_identity wanted = {r->code, r->id_number, r->name, r->phone};
    struct store_identity have;
    struct arena a;
    enum err e;

    if (person == 0) {
        d->n.persons_new++;
        d->n.added++;
        return write_identity(d, &wanted, 0);
    }
    arena_init(&a, 0);
    e = store_person_identity(d->x->s, &a, person, &have);
    const bool same = e == ERR_OK && same_identity(&have, r);
    const bool first = e == ERR_OK && have.id_number.n + have.name.n + have.phone.n == 0;
    arena_done(&a);
    if (e != ERR_OK) return e;
    d->n.before += !first;
    d->n.same += same;
    if (same) return ERR_OK;
    d->n.added++;
    d->n.removed += !first;
    d->n.persons_touched++;
    return write_identity(d, &wanted, person);
}

static enum err diff_identities(struct diff *d)
{
    const struct load_people *p = &d->f->people;
    uint32_t at = 0;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < d->f->row_count && e == ERR_OK; i++) {
        const struct load_identity_row *r = &d->f->rows[i];
        if (i + 1 < d->f->row_count && str_eq(r->code, d->f->rows[i + 1].code))
            continue; /* the last line of a code counts */
        while (at < p->count && str_cmp(p->codes[at], r->code) < 0)
            at++;
        const bool known = at < p->count && str_eq(p->codes[at], r->code);
        e = one_identity(d, r, known ? p->persons[at] : 0);
    }
    return e;
}

/* --- the whole --- */

/* The facts of a short file's persons, as the scan of the whole register would give them. */
static enum err scan_persons(struct diff *d, int64_t known_at)
{
    const struct load_people *p = &d->f->people;
    enum err e = ERR_OK;

    for (uint32_t k = 0; k < p->count && e == ERR_OK; k++) {
        struct arena a;
        arena_init(&a, 0);
        struct store_facts *facts = ARENA_ARRAY(&a, struct store_facts, d->x->r->reg_count);
        e = facts ? store_facts_of(d->x->s, &a, p->persons[p->by_person[k]], known_at, facts)
                  : ERR_NOMEM;
        for (uint32_t i = 0; e == ERR_OK && i < facts[d->f->reg].count; i++)
            e = take_old(d, &facts[d->f->reg].items[i]);
        arena_done(&a);
    }
    return e;
}

/* Everybody else's facts stay as they are; they only count. */
static enum err count_others(struct diff *d, int64_t known_at)
{
    uint64_t all = 0;
    const enum err e = store_facts_count(d->x->s, (uint32_t)d->f->reg, known_at, &all);

    if (e != ERR_OK) return e;
    if (all <= d->n.before) return ERR_OK; /* a preview holds no lock: something went meanwhile */
    d->n.same += all - d->n.before;
    d->n.before = all;
    return ERR_OK;
}

static enum err diff_register(struct diff *d, int64_t known_at)
{
    enum err e = ERR_OK;

    d->reg = &d->x->r->regs[d->f->reg];
    if (d->reg->field_count > CELLS_MAX) return ERR_RANGE;
    d->row_of = ARENA_ARRAY(d->x->a, uint32_t, d->f->people.count);
    if (!d->row_of) return ERR_NOMEM;
    if (d->f->reg == 0)
        match_own(d);
    else
        for (uint32_t i = 0; i < d->f->people.count; i++)
            d->row_of[i] = i;
    e = d->f->is_short ? scan_persons(d, known_at)
                       : store_facts_scan(d->x->s, (uint32_t)d->f->reg, known_at, take_old, d);
    if (e == ERR_OK) e = settle_gathered(d);
    if (e == ERR_OK) e = settle_until(d, INT64_MAX);
    if (e == ERR_OK && d->f->is_short) e = count_others(d, known_at);
    if (e == ERR_OK && d->f->reg == 0) e = add_new_persons(d);
    if (e == ERR_OK && d->write) e = store_register_answer(d->x->s, (uint32_t)d->f->reg);
    return e;
}

enum err load_difference(struct loads *x, const struct load *l, const struct load_file *f,
                         bool write, int64_t known_at, struct load_counts *ret)
{
    struct diff d = {.x = x, .l = l, .f = f, .write = write};

    d.n.rows = f->rows_read;
    d.n.refused = f->refused;
    d.n.unknown_persons = f->unknown;
    arena_init(&d.scratch, 0);
    const enum err e = f->reg < 0 ? diff_identities(&d) : diff_register(&d, known_at);
    arena_done(&d.scratch);
    if (e == ERR_OK) *ret = d.n;
    return e;
}
