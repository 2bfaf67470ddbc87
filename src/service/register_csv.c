/* A data directory -> a population: files, threads and the order of steps.
 *
 * Structure: data_read opens every register's file, parses the person register (who is there),
 * then all others side by side, gives texts common numbers, finishes all others side by side,
 * and collects errors and strangers in image order.
 *
 * Invariants: results do not depend on `threads`: jobs share nothing but the marks of bad
 * persons and the person map; errors are ordered before anybody sees them. */
#include "service/register_csv.h"

#include <dirent.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "service/nearest.h"
#include "service/register_internal.h"

struct data_set {
    struct arena arena;
    struct data_shared shared;
    struct data_options options;
    struct register_job *jobs; /* one per register */
    uint32_t job_count;
    uint32_t *queue; /* jobs 1.. whose file exists, largest first */
    uint32_t queue_count;
    struct population population;
    struct row_error *errors;
    size_t error_count;
    struct str *strangers;
    size_t stranger_count;
    struct data_note *stops;
    size_t stop_count;
    struct data_note *remarks;
    size_t remark_count;
};

/* --- opening ---------------------------------------------------------------------------------- */

static struct str text_join(struct arena *a, struct str x, const char *y, struct str z)
{
    struct buf b;
    buf_init(&b, 0);
    buf_add(&b, x);
    buf_add_c(&b, y);
    buf_add(&b, z);
    struct str s = buf_err(&b) == ERR_OK ? str_copy(a, buf_str(&b)) : (struct str){NULL, 0};
    buf_done(&b);
    return s;
}

static enum err bad_gb18030(struct register_job *job, struct str raw, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += raw.p[i] == '\n';
    char number[24];
    int n = snprintf(number, sizeof number, "%zu", at + 1);
    struct str arg = {number, (size_t)n};
    return register_stop(job, ERR_INPUT, DATA_NOT_GB18030, line, &arg, 1);
}

/* GB18030 -> UTF-8 in the job's arena. No character of GB18030 grows by more than half. */
static enum err convert(struct register_job *job, struct str raw)
{
    size_t room = raw.n + raw.n / 2 + 16;
    char *out = arena_alloc(&job->final, room, 1);
    if (out == NULL) return ERR_NOMEM;
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    if (cd == (iconv_t)-1) return register_stop(job, ERR_IO, DATA_UNREADABLE, 0, NULL, 0);
    char *in, *to = out;
    memcpy(&in, &raw.p, sizeof in); /* iconv's input is not const, but it only reads */
    size_t left = raw.n;
    size_t r = iconv(cd, &in, &left, &to, &room);
    iconv_close(cd);
    if (r == (size_t)-1) return bad_gb18030(job, raw, raw.n - left);
    job->text = (struct str){out, (size_t)(to - out)};
    return ERR_OK;
}

enum err data_from_gb18030(struct arena *a, struct str raw, struct str *ret, bool *ret_whole)
{
    size_t room = raw.n + raw.n / 2 + 16, left = raw.n;
    char *out = arena_alloc(a, room, 1), *in, *to = out;
    iconv_t cd = iconv_open("UTF-8", "GB18030");

    *ret_whole = false;
    if (cd == (iconv_t)-1) return ERR_IO;
    memcpy(&in, &raw.p, sizeof in); /* iconv's input is not const, but it only reads */
    *ret_whole = out && (raw.n == 0 || iconv(cd, &in, &left, &to, &room) != (size_t)-1);
    iconv_close(cd);
    if (!out) return ERR_NOMEM;
    *ret = *ret_whole ? (struct str){out, (size_t)(to - out)} : raw;
    return ERR_OK;
}

static enum err job_open(struct register_job *job, struct arena *a)
{
    job->file = text_join(a, job->r->name.ascii, ".csv", (struct str){NULL, 0});
    struct str path = text_join(a, str_from_c(job->shared->o->dir), "/", job->file);
    if (job->file.p == NULL || path.p == NULL) return ERR_NOMEM;
    enum err e = file_map(path.p, &job->map);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    if (e == ERR_NOMEM) return e;
    if (e != ERR_OK) return register_stop(job, ERR_IO, DATA_UNREADABLE, 0, NULL, 0);
    job->present = true;
    job->text = job->map.bytes;
    return ERR_OK;
}

static void job_init(struct data_set *d, uint32_t reg)
{
    const struct data_options *o = &d->options;
    struct register_job *job = &d->jobs[reg];
    *job = (struct register_job){
        .shared = &d->shared, .reg = (int32_t)reg, .r = &d->shared.rules->regs[reg]};
    struct arena *arenas[] = {&job->parsed, &job->final, &job->scratch};
    for (size_t i = 0; i < 3; i++) {
        arena_init(arenas[i], o->memory_bytes_max);
        arenas[i]->fail_at = o->fail_at;
    }
}

struct str register_rows_text(const struct register_job *job)
{
    const struct data_slice *slices = job->shared->o->slices;
    return slices != NULL ? slices[job->reg].text : job->text;
}

static int job_size_cmp(const void *x, const void *y, void *ctx)
{
    const struct register_job *jobs = ctx;
    uint32_t a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    size_t na = register_rows_text(&jobs[a]).n, nb = register_rows_text(&jobs[b]).n;
    if (na != nb) return na > nb ? -1 : 1;
    return a < b ? -1 : a > b;
}

static enum err open_all(struct data_set *d)
{
    uint32_t n = d->shared.rules->reg_count;
    d->jobs = ARENA_ARRAY(&d->arena, struct register_job, n);
    d->queue = ARENA_ARRAY(&d->arena, uint32_t, n);
    if (d->jobs == NULL || d->queue == NULL) return ERR_NOMEM;
    for (uint32_t r = 0; r < n; r++) {
        job_init(d, r);
        d->job_count++;
        struct register_job *job = &d->jobs[r];
        job->err = job_open(job, &d->arena);
        d->shared.bytes_total += register_rows_text(job).n;
        if (r > 0 && job->present) d->queue[d->queue_count++] = r;
    }
    qsort_r(d->queue, d->queue_count, sizeof *d->queue, job_size_cmp, d->jobs);
    return ERR_OK;
}

/* --- remarks: files no register is declared for ----------------------------------------------- */

static bool ends_with(struct str s, struct str tail)
{
    return s.n >= tail.n && memcmp(s.p + s.n - tail.n, tail.p, tail.n) == 0;
}

static struct str nearest_register(const struct rules *r, struct str name)
{
    struct nearest n = nearest_to(name);
    for (uint32_t i = 0; i < r->reg_count; i++)
        nearest_offer(&n, r->regs[i].name.ascii);
    return n.best;
}

static enum err remark_file(struct data_set *d, struct str file)
{
    struct str name = {file.p, file.n - 4};
    if (rules_register(d->shared.rules, name) >= 0) return ERR_OK;
    struct data_note *grown =
        arena_grow(&d->arena, d->remarks, d->remark_count, d->remark_count + 1, sizeof *grown);
    struct str copy = str_copy(&d->arena, file);
    if (grown == NULL || copy.p == NULL) return ERR_NOMEM;
    grown[d->remark_count++] = (struct data_note){.msg = DATA_FILE_IGNORED,
                                                  .file = copy,
                                                  .args = {nearest_register(d->shared.rules, name)},
                                                  .arg_count = 1};
    d->remarks = grown;
    return ERR_OK;
}

static enum err remark_files(struct data_set *d)
{
    struct dirent **entries;
    int n = scandir(d->options.dir, &entries, NULL, alphasort);
    if (n < 0) return ERR_OK; /* the missing person.csv says it better */
    enum err e = ERR_OK;
    for (int i = 0; i < n; i++) {
        struct str name = str_from_c(entries[i]->d_name);
        bool is_csv = ends_with(name, STR(".csv")) && !ends_with(name, STR(".errors.csv"));
        if (e == ERR_OK && is_csv && name.n > 4) e = remark_file(d, name);
        free(entries[i]);
    }
    free(entries);
    return e;
}

/* --- threads ---------------------------------------------------------------------------------- */

struct work {
    struct data_set *d;
    void (*step)(struct register_job *job);
    uint32_t next; /* atomic */
};

static void *work_run(void *ctx)
{
    struct work *w = ctx;
    for (;;) {
        uint32_t i = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED);
        if (i >= w->d->queue_count) return NULL;
        struct register_job *job = &w->d->jobs[w->d->queue[i]];
        if (job->err == ERR_OK) w->step(job);
    }
}

/* Do `step` for every queued job. A thread that cannot be started only costs time. */
static void run_all(struct data_set *d, void (*step)(struct register_job *job))
{
    struct work w = {.d = d, .step = step};
    pthread_t threads[64];
    uint32_t started = 0, wanted = d->options.threads;
    if (wanted > d->queue_count) wanted = d->queue_count;
    while (started + 1 < wanted && started < 64 &&
           pthread_create(&threads[started], NULL, work_run, &w) == 0)
        started++;
    work_run(&w);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void step_parse(struct register_job *job)
{
    if (job->shared->o->encoding == CSV_GB18030) job->err = convert(job, job->text);
    if (job->err == ERR_OK) register_parse(job);
}

static void step_finish(struct register_job *job)
{
    job->err = register_finish(job);
}

/* --- persons ---------------------------------------------------------------------------------- */

static enum err births_of(struct data_set *d, const struct register_job *job)
{
    int32_t f = job->birth_field;
    if (f < 0 || job->r->fields[f].type.vt != VT_DATE) return ERR_OK;
    const struct column *c = &job->out.cols[f];
    if (c->type == COL_I32 && c->known == NULL) {
        d->shared.births = c->data;
        return ERR_OK;
    }
    int32_t *births = ARENA_ARRAY(&d->arena, int32_t, d->shared.persons);
    if (births == NULL) return ERR_NOMEM;
    for (uint32_t p = 0; p < d->shared.persons; p++)
        births[p] = column_known(c, p) ? (int32_t)column_get(c, p) : DATE_OPEN_START;
    d->shared.births = births;
    return ERR_OK;
}

static enum err read_persons(struct data_set *d)
{
    struct register_job *job = &d->jobs[0];
    if (job->err != ERR_OK) return job->err;
    if (!job->present) return register_stop(job, ERR_INPUT, DATA_NO_PERSONS, 0, &job->file, 1);
    step_parse(job);
    if (job->err != ERR_OK) return job->err;
    struct data_shared *s = &d->shared;
    enum err e = register_name_persons(job, &s->persons, &s->ids);
    if (e != ERR_OK) return e;
    s->bad = ARENA_ARRAY(&d->arena, uint8_t, s->persons);
    if (s->bad == NULL) return ERR_NOMEM;
    for (uint32_t i = 0; i < job->rows; i++)
        if (job->row_bad[i] != 0) s->bad[job->person[i]] = 1;
    e = register_finish(job);
    if (e == ERR_OK) e = births_of(d, job);
    if (e == ERR_OK && d->options.only_person.n != 0 && s->persons == 0) e = ERR_NOT_FOUND;
    return e;
}

/* --- texts: one numbering for all registers, in the order of their bytes ---------------------- */

static int str_cmp_sort(const void *x, const void *y)
{
    const struct str *a = x, *b = y;
    return str_cmp(*a, *b);
}

/* Sort, drop repeats; returns how many are left. */
static size_t str_sort_unique(struct str *s, size_t n)
{
    qsort(s, n, sizeof *s, str_cmp_sort);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !str_eq(s[kept - 1], s[i])) s[kept++] = s[i];
    return kept;
}

static void renumber_column(struct column_store *c, uint32_t rows, const uint32_t *to)
{
    for (uint32_t i = 0; i < rows; i++) {
        if (c->known != NULL && c->known[i] == 0) continue;
        if (c->type == COL_I32)
            ((int32_t *)c->data)[i] = (int32_t)to[((int32_t *)c->data)[i]];
        else
            ((int64_t *)c->data)[i] = to[((int64_t *)c->data)[i]];
    }
}

struct key_entry {
    uint64_t head; /* first eight bytes, big-endian: orders as bytes do */
    struct str text;
    uint32_t reg, number; /* in the numbering of that register */
};

static int key_entry_cmp(const void *x, const void *y)
{
    const struct key_entry *a = x, *b = y;
    if (a->head != b->head) return a->head < b->head ? -1 : 1;
    return str_cmp(a->text, b->text);
}

static uint64_t text_head(struct str s)
{
    uint64_t w = 0;
    memcpy(&w, s.p, s.n < 8 ? s.n : 8);
    return __builtin_bswap64(w);
}

/* Every key of every register, ordered. */
static enum err list_keys(struct data_set *d, size_t total, struct key_entry **ret)
{
    struct key_entry *all = ARENA_ARRAY(&d->jobs[0].scratch, struct key_entry, total);
    if (all == NULL) return ERR_NOMEM;
    size_t at = 0;
    for (uint32_t r = 1; r < d->job_count; r++)
        for (uint32_t i = 0; i < d->jobs[r].keys.count; i++) {
            struct str text = d->jobs[r].keys.texts[i];
            all[at++] = (struct key_entry){text_head(text), text, r, i};
        }
    qsort(all, total, sizeof *all, key_entry_cmp);
    *ret = all;
    return ERR_OK;
}

/* Rewrite the key columns of a register to the common numbers. */
static void renumber(struct register_job *job, const uint32_t *to)
{
    if (job->rows == 0) return; /* a register that was not read has no columns */
    for (uint32_t f = 0; f < job->r->field_count; f++)
        if (job->r->fields[f].type.vt == VT_KEY) renumber_column(&job->cols[f], job->rows, to);
}

static enum err number_texts(struct data_set *d)
{
    size_t total = 0;
    for (uint32_t r = 1; r < d->job_count; r++)
        total += d->jobs[r].keys.count;
    if (total == 0) return ERR_OK;
    struct key_entry *all = NULL;
    struct str *texts = ARENA_ARRAY(&d->arena, struct str, total);
    uint32_t **to = ARENA_ARRAY(&d->arena, uint32_t *, d->job_count);
    enum err e = texts == NULL || to == NULL ? ERR_NOMEM : list_keys(d, total, &all);
    for (uint32_t r = 1; e == ERR_OK && r < d->job_count; r++) {
        to[r] = ARENA_ARRAY(&d->jobs[r].scratch, uint32_t, d->jobs[r].keys.count);
        if (to[r] == NULL) e = ERR_NOMEM;
    }
    if (e != ERR_OK) return e;
    uint32_t count = 0;
    for (size_t i = 0; i < total; i++) {
        if (count == 0 || !str_eq(texts[count - 1], all[i].text)) texts[count++] = all[i].text;
        to[all[i].reg][all[i].number] = count - 1;
    }
    for (uint32_t r = 1; r < d->job_count; r++)
        renumber(&d->jobs[r], to[r]);
    arena_done(&d->jobs[0].scratch);
    d->population.keys = texts;
    d->population.key_count = count;
    return ERR_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* The first trouble in image order. */
static enum err first_err(const struct data_set *d)
{
    for (uint32_t r = 0; r < d->job_count; r++)
        if (d->jobs[r].err != ERR_OK) return d->jobs[r].err;
    return ERR_OK;
}

int row_error_cmp(const void *x, const void *y)
{
    const struct row_error *a = x, *b = y;
    if (a->reg != b->reg) return a->reg < b->reg ? -1 : 1;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    if (a->msg != b->msg) return a->msg < b->msg ? -1 : 1;
    return a->other_line < b->other_line ? -1 : a->other_line > b->other_line;
}

static enum err collect_errors(struct data_set *d)
{
    size_t errors = 0, strangers = 0;
    for (uint32_t r = 0; r < d->job_count; r++) {
        errors += d->jobs[r].error_count;
        strangers += d->jobs[r].stranger_count;
    }
    d->errors = ARENA_ARRAY(&d->arena, struct row_error, errors);
    d->strangers = ARENA_ARRAY(&d->arena, struct str, strangers);
    if (d->errors == NULL || d->strangers == NULL) return ERR_NOMEM;
    for (uint32_t r = 0; r < d->job_count; r++) {
        const struct register_job *job = &d->jobs[r];
        if (job->error_count > 0)
            memcpy(d->errors + d->error_count, job->errors, job->error_count * sizeof *d->errors);
        if (job->stranger_count > 0)
            memcpy(d->strangers + d->stranger_count, job->strangers,
                   job->stranger_count * sizeof *d->strangers);
        d->error_count += job->error_count;
        d->stranger_count += job->stranger_count;
    }
    qsort(d->errors, d->error_count, sizeof *d->errors, row_error_cmp);
    d->stranger_count = str_sort_unique(d->strangers, d->stranger_count);
    return ERR_OK;
}

/* A register whose file is absent: nothing is known of anybody. */
static enum err unanswered(struct data_set *d, struct register_job *job)
{
    uint32_t n = job->r->field_count;
    struct column *cols = ARENA_ARRAY(&d->arena, struct column, n);
    uint8_t *rows_of = ARENA_ARRAY(&d->arena, uint8_t, d->shared.persons);
    uint32_t *before =
        ARENA_ARRAY(&d->arena, uint32_t, d->shared.persons / ROWS_STRIDE + (size_t)1);
    void *none = arena_alloc(&d->arena, 1, 8);
    if (cols == NULL || rows_of == NULL || before == NULL || none == NULL) return ERR_NOMEM;
    for (uint32_t f = 0; f < n; f++)
        cols[f] = (struct column){column_type_for(&job->r->fields[f]), none, NULL};
    job->out = (struct register_data){.answered = false,
                                      .rows_of = rows_of,
                                      .rows_before = before,
                                      .cols = cols,
                                      .file = job->file};
    return ERR_OK;
}

static enum err fill_population(struct data_set *d)
{
    struct population *p = &d->population;
    p->rules = d->shared.rules;
    p->count = d->shared.persons;
    p->ids = d->shared.ids;
    p->bad = d->shared.bad;
    p->regs = ARENA_ARRAY(&d->arena, struct register_data, d->job_count);
    if (p->regs == NULL) return ERR_NOMEM;
    for (uint32_t r = 0; r < d->job_count; r++) {
        if (!d->jobs[r].present) {
            enum err e = unanswered(d, &d->jobs[r]);
            if (e != ERR_OK) return e;
        }
        p->regs[r] = d->jobs[r].out;
    }
    return ERR_OK;
}

static enum err read_all(struct data_set *d)
{
    enum err e = open_all(d);
    if (e == ERR_OK) e = remark_files(d);
    if (e == ERR_OK) e = d->jobs[0].err = read_persons(d);
    if (e != ERR_OK) return e;
    run_all(d, step_parse);
    e = first_err(d);
    if (e == ERR_OK) e = number_texts(d);
    if (e != ERR_OK) return e;
    run_all(d, step_finish);
    e = first_err(d);
    if (e == ERR_OK) e = collect_errors(d);
    if (e == ERR_OK) e = fill_population(d);
    arena_done(&d->shared.map_arena);
    return e;
}

static void collect_stops(struct data_set *d)
{
    d->stops = ARENA_ARRAY(&d->arena, struct data_note, d->job_count);
    if (d->stops == NULL) return; /* the error value alone then says it */
    for (uint32_t r = 0; r < d->job_count; r++) {
        enum err e = d->jobs[r].err;
        if ((e == ERR_INPUT || e == ERR_IO) && d->jobs[r].stop.file.n > 0)
            d->stops[d->stop_count++] = d->jobs[r].stop;
    }
}

static struct data_set *data_new(const struct rules *rules, const struct data_options *o)
{
    struct data_set *d = calloc(1, sizeof *d);

    if (d == NULL) return NULL;
    d->options = *o;
    d->shared.rules = rules;
    d->shared.o = &d->options;
    pthread_mutex_init(&d->shared.lock, NULL);
    arena_init(&d->arena, 0);
    arena_init(&d->shared.map_arena, o->memory_bytes_max);
    d->arena.fail_at = d->shared.map_arena.fail_at = o->fail_at;
    return d;
}

enum err data_read(const struct rules *rules, const struct data_options *o, struct data_set **ret)
{
    struct data_set *d = data_new(rules, o);
    *ret = d; /* also on failure: it holds the notes */
    if (d == NULL) return ERR_NOMEM;
    enum err e = read_all(d);
    if (e != ERR_OK) {
        d->arena.fail_at = 0;
        collect_stops(d);
    }
    return e;
}

/* --- one register from memory ----------------------------------------------------------------- */

static enum err open_one(struct data_set *d, const struct data_one *x)
{
    const uint32_t n = d->shared.rules->reg_count;

    d->jobs = ARENA_ARRAY(&d->arena, struct register_job, n);
    d->queue = ARENA_ARRAY(&d->arena, uint32_t, n);
    if (d->jobs == NULL || d->queue == NULL) return ERR_NOMEM;
    for (uint32_t r = 0; r < n; r++) {
        job_init(d, r);
        d->job_count++;
        d->jobs[r].file = text_join(&d->arena, d->jobs[r].r->name.ascii, ".csv", STR(""));
        if (d->jobs[r].file.p == NULL) return ERR_NOMEM;
    }
    struct register_job *job = &d->jobs[x->reg];
    job->present = true;
    job->text = x->text;
    d->shared.bytes_total = x->text.n;
    if (x->reg > 0) d->queue[d->queue_count++] = (uint32_t)x->reg;
    return ERR_OK;
}

static enum err known_persons(struct data_set *d, const struct data_one *x)
{
    struct data_shared *s = &d->shared;

    s->persons = x->persons;
    s->ids = ARENA_ARRAY(&d->arena, struct str, x->persons);
    s->bad = ARENA_ARRAY(&d->arena, uint8_t, x->persons);
    if (s->ids == NULL || s->bad == NULL) return ERR_NOMEM;
    if (x->persons > 0) memcpy(s->ids, x->ids, x->persons * sizeof *s->ids);
    s->births = x->births;
    return ERR_OK;
}

static enum err read_one(struct data_set *d, const struct data_one *x)
{
    enum err e = open_one(d, x);

    if (e == ERR_OK && x->reg == 0) e = d->jobs[0].err = read_persons(d);
    if (e == ERR_OK && x->reg > 0) e = known_persons(d, x);
    if (e != ERR_OK) return e;
    run_all(d, step_parse);
    e = first_err(d);
    if (e == ERR_OK) e = number_texts(d);
    if (e != ERR_OK) return e;
    run_all(d, step_finish);
    e = first_err(d);
    if (e == ERR_OK) e = collect_errors(d);
    if (e == ERR_OK) e = fill_population(d);
    return e;
}

enum err data_read_one(const struct rules *rules, const struct data_options *o,
                       const struct data_one *x, struct data_set **ret)
{
    struct data_set *d = data_new(rules, o);

    *ret = d; /* also on failure: it holds the notes */
    if (d == NULL) return ERR_NOMEM;
    INVARIANT(x->reg >= 0 && (uint32_t)x->reg < rules->reg_count);
    const enum err e = read_one(d, x);
    if (e != ERR_OK) collect_stops(d);
    return e;
}

void data_close(struct data_set *d)
{
    if (d == NULL) return;
    for (uint32_t r = 0; r < d->job_count; r++) {
        struct register_job *job = &d->jobs[r];
        if (job->map.base != NULL) file_unmap(&job->map);
        arena_done(&job->parsed);
        arena_done(&job->final);
        arena_done(&job->scratch);
    }
    arena_done(&d->shared.map_arena);
    pthread_mutex_destroy(&d->shared.lock);
    arena_done(&d->arena);
    free(d);
}

const struct population *data_population(const struct data_set *d)
{
    return &d->population;
}

const struct row_error *data_errors(const struct data_set *d, size_t *ret_count)
{
    *ret_count = d->error_count;
    return d->errors;
}

const struct str *data_strangers(const struct data_set *d, size_t *ret_count)
{
    *ret_count = d->stranger_count;
    return d->strangers;
}

const struct data_note *data_stop(const struct data_set *d, size_t *ret_count)
{
    *ret_count = d == NULL ? 0 : d->stop_count;
    return d == NULL ? NULL : d->stops;
}

const struct data_note *data_remarks(const struct data_set *d, size_t *ret_count)
{
    *ret_count = d == NULL ? 0 : d->remark_count;
    return d == NULL ? NULL : d->remarks;
}

uint64_t data_rows(const struct data_set *d)
{
    return d->shared.rows;
}

uint64_t data_bytes(const struct data_set *d)
{
    return d->shared.bytes_total;
}
