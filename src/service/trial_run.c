/* Running a simulation. See trials.h.
 *
 * Structure: commands of the system -> stopping -> the image's history -> the population -> scoring
 * -> the report -> one job, and the jobs that were broken off.
 *
 * Invariants: between "start" and the end of a job no transaction is open, but for the scan of the
 * store; the end is one command, which fails where somebody has cancelled meanwhile. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "engine/simulate_report.h"
#include "service/population_image.h"
#include "service/population_store.h"
#include "service/simulate_out.h"
#include "service/trials_internal.h"

#define LOOK_EVERY_US 250000 /* whether it was cancelled */
#define EXACT_TRIES 4

struct job {
    const struct trial_runner *x;
    struct arena a; /* of the whole job */
    struct trial t;
    struct trial_progress progress;
    const struct rules *after;
    int64_t looked;             /* microseconds UTC */
    bool is_cancelled, is_told; /* told: the server stops */
    struct population_image *image;
    struct image_segment segment;
    uint32_t next_segment;
    bool is_damaged; /* a segment of the image is */
    struct simulate_report report;
};

/* --- commands of the system --- */

static struct caller system_now(const struct trial_runner *x)
{
    const int64_t now = x->now(x->ctx);

    return (struct caller){.role = ROLE_SYSTEM,
                           .office = STR("simulation"),
                           .division = 330000,
                           .now = now,
                           .today = date_of_instant(now)};
}

struct moving {
    const struct trial_runner *x;
    struct arena *a;
    const struct caller *c;
    struct trial *t;
    const char *event;
    const struct str *reports; /* TRIAL_REPORTS of them, with "finish" */
};

static enum err keep_reports(struct moving *m)
{
    struct store_material all[TRIAL_REPORTS];

    for (int i = 0; i < TRIAL_REPORTS; i++)
        all[i] = (struct store_material){.name = str_from_c(trial_report_names[i]),
                                         .media_type = i == TRIAL_HTML ? STR("text/html")
                                                                       : STR("application/json"),
                                         .bytes = m->reports[i]};
    return store_materials_add(m->x->s, 0, m->t->object.id, all, TRIAL_REPORTS);
}

/* The object's version is the one that was read: who came in between wins. */
static enum err move_act(void *ctx, int64_t command, struct str *ret_answer)
{
    struct moving *m = ctx;
    enum err e = trial_move(m->x->s, m->a, m->c, m->t, m->event);

    (void)command;
    if (e == ERR_OK && m->reports) e = keep_reports(m);
    *ret_answer = m->t->object.number;
    return e;
}

static enum err step(const struct trial_runner *x, struct arena *a, struct trial *t,
                     const char *event, const struct str *reports)
{
    const struct caller c = system_now(x);
    struct moving m = {x, a, &c, t, event, reports};
    struct hash payload;
    struct str answer;
    char key[64];
    const int n = snprintf(key, sizeof key, "simulation-%lld-%d", (long long)t->object.id,
                           (int)t->object.version);
    const struct life_act act = {.key = {key, (size_t)n},
                                 .event = str_from_c(event),
                                 .payload = &payload,
                                 .act = move_act,
                                 .ctx = &m};
    const enum err e = hash_sm3(t->object.number, &payload);

    return e == ERR_OK ? life_run(&trial_life, x->s, a, &c, &act, &answer) : e;
}

/* --- stopping --- */

/* Is the job still wanted? Where the database does not say, it goes on. */
static bool is_wanted(struct job *j)
{
    struct arena a;
    struct store_object o;
    bool wanted = true;

    arena_init(&a, 0);
    const enum err e = store_object_get(j->x->watch, &a, 0, j->t.object.id, &o);
    if (e == ERR_OK) wanted = o.version == j->t.object.version;
    arena_done(&a);
    return wanted;
}

static bool goes_on(struct job *j)
{
    const int64_t now = j->x->now(j->x->ctx);

    if (j->is_cancelled || j->is_told) return false;
    if (!j->x->go_on(j->x->ctx, &j->progress)) j->is_told = true;
    if (!j->is_told && (now - j->looked >= LOOK_EVERY_US || now < j->looked)) {
        j->looked = now;
        j->is_cancelled = !is_wanted(j);
    }
    return !j->is_cancelled && !j->is_told;
}

static bool is_stopped(const struct job *j)
{
    return j->is_cancelled || j->is_told;
}

/* --- the image's history --- */

/* An image tells the number of the last command it knows, not of which history: a database that was
 * restored from a backup counts on from an earlier number. So the hash of that command's audit
 * record, which stands for all before it, is kept beside the image, and must be found again. */

static enum err head_path(const char *image, struct buf *out)
{
    buf_printf(out, "%s.head%c", image, '\0');
    return buf_err(out);
}

void trials_drop_image(const char *image)
{
    struct buf path;

    buf_init(&path, 0);
    if (head_path(image, &path) == ERR_OK) unlink(path.p);
    unlink(image);
    buf_done(&path);
}

/* "SEQ HASH" of the image's last command, as this database has it. */
static enum err head_of(struct job *j, struct buf *out)
{
    struct population_image *m;
    struct store_audit_record *r;
    uint32_t count = 0;
    enum err e = image_open(j->x->image, j->x->r, NULL, &m);

    if (e != ERR_OK) return e;
    const int64_t seq = image_source(m)->seq;
    image_close(m);
    e = store_audit_list(j->x->s, &j->a, seq - 1, 1, &r, &count);
    if (e == ERR_OK && (count == 0 || r->seq != seq)) e = ERR_NOT_FOUND;
    if (e != ERR_OK) return e;
    buf_printf(out, "%lld ", (long long)seq);
    hash_add_text(out, &r->hash);
    return buf_err(out);
}

static bool is_of_this_history(struct job *j)
{
    struct buf path, now;
    struct file_map kept;
    bool same = false;

    buf_init(&path, 0);
    buf_init(&now, 0);
    if (head_of(j, &now) == ERR_OK && head_path(j->x->image, &path) == ERR_OK &&
        file_map(path.p, &kept) == ERR_OK) {
        same = str_eq(kept.bytes, buf_str(&now));
        file_unmap(&kept);
    }
    buf_done(&path);
    buf_done(&now);
    return same;
}

/* Whole or not at all; where it is not there the image is made anew. */
static enum err keep_head(struct job *j)
{
    struct buf path, now;
    struct file_new f;

    buf_init(&path, 0);
    buf_init(&now, 0);
    enum err e = head_of(j, &now);
    if (e == ERR_OK) e = head_path(j->x->image, &path);
    if (e == ERR_OK) e = file_new_open(path.p, &f);
    if (e == ERR_OK && fwrite(now.p, 1, now.n, f.stream) == now.n)
        e = file_new_commit(&f);
    else if (e == ERR_OK)
        e = (file_new_abandon(&f), ERR_IO);
    buf_done(&path);
    buf_done(&now);
    return e;
}

/* --- the population --- */

static void show_gathered(void *ctx, uint64_t facts, uint64_t done, uint64_t total)
{
    struct job *j = ctx;

    (void)facts;
    j->progress.done = done;
    j->progress.total = total;
}

static bool gather_on(void *ctx)
{
    return goes_on(ctx);
}

/* What no updating helps against. */
static bool must_build(enum err e)
{
    return e == ERR_NOT_FOUND || e == ERR_SYNTAX || e == ERR_VERSION || e == ERR_CORRUPT ||
           e == ERR_CONFLICT || e == ERR_USAGE;
}

static enum err bring_up_to_date(struct job *j)
{
    const struct store_build_options o = {.known_at = STORE_KNOWN_NOW,
                                          .today = date_of_instant(j->x->now(j->x->ctx)),
                                          .progress = show_gathered,
                                          .progress_ctx = j,
                                          .go_on = gather_on};
    struct build_result result;
    struct buf differs;
    bool anew;

    buf_init(&differs, 0);
    if (!is_of_this_history(j)) trials_drop_image(j->x->image);
    enum err e =
        population_update_store(j->x->image, j->x->r, j->x->s, &o, &differs, &result, &anew);
    build_result_done(&result);
    if (must_build(e) && !is_stopped(j)) {
        e = population_build_store(j->x->image, j->x->r, j->x->s, &o, &result);
        build_result_done(&result);
    }
    buf_done(&differs);
    return e == ERR_OK ? keep_head(j) : e;
}

static void note_somebody(void *ctx, int64_t person)
{
    (void)person;
    *(bool *)ctx = true;
}

/* The moment as known: of the last command, if no fact came in while the image was made. */
static enum err note_known(struct job *j, int64_t before, int64_t after)
{
    struct store_audit_record *last;
    uint32_t count;
    bool moved = false;
    enum err e = ERR_OK;

    if (after != before) e = store_changed(j->x->s, before, after, note_somebody, &moved);
    if (e == ERR_OK) e = store_audit_list(j->x->s, &j->a, after - 1, 1, &last, &count);
    if (e != ERR_OK) return e;
    j->t.known_seq = after;
    j->t.known_at = count > 0 ? last->recorded : 0;
    j->t.is_exact = !moved;
    return ERR_OK;
}

static enum err gather(struct job *j)
{
    int64_t before, after;
    enum err e = ERR_OK;

    j->progress = (struct trial_progress){.job = j->t.object.id, .phase = TRIAL_GATHERING};
    for (int i = 0; i < EXACT_TRIES && e == ERR_OK && !j->t.is_exact; i++) {
        if (!goes_on(j)) return ERR_CONFLICT;
        e = store_seq(j->x->s, &before);
        if (e == ERR_OK) e = bring_up_to_date(j);
        if (e == ERR_OK) e = store_seq(j->x->s, &after);
        if (e == ERR_OK) e = note_known(j, before, after);
    }
    return e;
}

/* --- scoring --- */

static enum err next_segment(void *ctx, const struct population **ret)
{
    struct job *j = ctx;

    image_segment_close(&j->segment);
    j->segment = (struct image_segment){0};
    *ret = NULL;
    if (j->next_segment >= image_counts(j->image)->segments) return ERR_OK;
    const enum err e = image_segment_open(j->image, j->next_segment++, 0, &j->segment);
    if (e == ERR_OK) *ret = &j->segment.people;
    j->is_damaged = e != ERR_OK;
    return e;
}

static bool score_on(void *ctx, uint64_t done)
{
    struct job *j = ctx;

    j->progress.done = done;
    return goes_on(j);
}

static enum err score(struct job *j)
{
    const struct simulate_options o = {.day = j->t.day,
                                       .rule_day = j->t.day,
                                       .threads = j->x->threads,
                                       .part = j->x->part,
                                       .has_line = j->t.has_line,
                                       .line = j->t.line,
                                       .go_on = score_on,
                                       .ctx = j};
    const struct simulate_source source = {next_segment, j};
    struct simulation s;
    enum err e = image_open(j->x->image, j->x->r, NULL, &j->image);

    j->is_damaged = e != ERR_OK;
    if (e != ERR_OK) return e;
    j->next_segment = 0;
    j->progress = (struct trial_progress){
        .job = j->t.object.id, .phase = TRIAL_SCORING, .total = image_counts(j->image)->persons};
    j->t.persons = j->progress.total;
    e = goes_on(j) ? simulate_run(&j->a, j->x->r, j->after, &source, &o, &s) : ERR_CONFLICT;
    if (e == ERR_OK) e = simulate_publish(&j->a, &s, false, &j->report);
    image_segment_close(&j->segment);
    j->segment = (struct image_segment){0};
    j->image = (image_close(j->image), NULL);
    return e;
}

/* Gathered and scored; an image that proves to be damaged is made once more. */
static enum err gather_and_score(struct job *j)
{
    enum err e = gather(j);

    if (e == ERR_OK) e = score(j);
    if (e == ERR_OK || is_stopped(j) || !j->is_damaged) return e;
    j->t.is_exact = false;
    trials_drop_image(j->x->image);
    e = gather(j);
    return e == ERR_OK ? score(j) : e;
}

/* --- the report --- */

static enum err make_reports(struct job *j, struct str *ret)
{
    enum err e = ERR_OK;

    for (int i = 0; i < TRIAL_REPORTS && e == ERR_OK; i++) {
        struct buf b;
        buf_init(&b, 0);
        if (i == TRIAL_HTML)
            simulate_add_html(&b, &j->report);
        else
            simulate_add_json(&b, &j->report, i == TRIAL_JSON_ZH ? LANG_ZH : LANG_EN);
        e = buf_err(&b);
        if (e == ERR_OK) ret[i] = str_copy(&j->a, buf_str(&b));
        if (e == ERR_OK && !ret[i].p) e = ERR_NOMEM;
        buf_done(&b);
    }
    return e;
}

/* The draft, compiled with the rules that are in force now. */
static enum err compile(struct job *j)
{
    const struct caller c = system_now(j->x);
    struct drafts drafts = {j->x->s, &j->a, j->x->r, &c};
    struct draft_checked checked;
    struct draft d;
    enum err e = draft_find(&drafts, j->t.draft, &d);

    if (e == ERR_OK) e = draft_texts(&drafts, &d);
    if (e == ERR_OK) e = draft_compile(&j->a, j->x->r, d.files, d.file_count, &checked);
    if (e != ERR_OK) return e;
    j->after = checked.rules;
    e = hash_text(&j->a, &j->x->r->hash, &j->t.before);
    return e == ERR_OK ? hash_text(&j->a, &j->after->hash, &j->t.after) : e;
}

/* --- one job --- */

static enum trial_fault fault_of(const struct job *j, enum err e)
{
    if (e == ERR_RULES || e == ERR_USAGE) return TRIAL_FAULT_DRAFT;
    if (e == ERR_NOT_FOUND) return TRIAL_FAULT_NOT_IN_FORCE;
    if (e == ERR_NOMEM) return TRIAL_FAULT_MEMORY;
    return store_error(j->x->s).n > 0 && e == ERR_BUSY ? TRIAL_FAULT_DATABASE : TRIAL_FAULT_WORK;
}

/* How it ends: a report, a fault, or the server's stopping; one that was cancelled has ended. */
static enum err end(struct job *j, enum err e)
{
    struct str reports[TRIAL_REPORTS];
    const char *event = "finish";

    if (j->is_cancelled) return ERR_OK;
    if (e == ERR_OK) e = make_reports(j, reports);
    j->t.ended = j->x->now(j->x->ctx);
    if (j->is_told) {
        event = "break";
        j->t.fault = TRIAL_FAULT_STOPPED;
    } else if (e != ERR_OK) {
        event = "fail";
        j->t.fault = fault_of(j, e);
    }
    const bool is_done = strcmp(event, "finish") == 0;
    e = step(j->x, &j->a, &j->t, event, is_done ? reports : NULL);
    return e == ERR_CONFLICT ? ERR_OK : e; /* cancelled at the last moment */
}

static enum err first_of(const struct trial_runner *x, struct arena *a, const char *state,
                         struct trial *ret, bool *ret_found)
{
    const struct store_object_query q = {.kind = TRIAL_KIND,
                                         .state = str_from_c(state),
                                         .division_last = INT32_MAX,
                                         .due_by = DATE_OPEN_END,
                                         .limit = 1};
    struct store_object *o;
    uint32_t count;
    const enum err e = store_objects_find(x->s, a, &q, &o, &count);

    *ret_found = e == ERR_OK && count > 0;
    return *ret_found ? trial_of_object(a, o, ret) : e;
}

enum err trials_run_next(const struct trial_runner *x, bool *ret_ran)
{
    struct job j = {.x = x};

    arena_init(&j.a, 0);
    enum err e = first_of(x, &j.a, "waiting", &j.t, ret_ran);
    if (e == ERR_OK && *ret_ran) {
        j.t.started = j.looked = x->now(x->ctx);
        e = step(x, &j.a, &j.t, "start", NULL);
        if (e == ERR_OK) {
            e = compile(&j);
            if (e == ERR_OK) e = gather_and_score(&j);
            e = end(&j, e);
        } else if (e == ERR_CONFLICT) {
            e = ERR_OK; /* cancelled before it began */
        }
    }
    arena_done(&j.a);
    return e;
}

enum err trials_break(const struct trial_runner *x)
{
    bool found = true;
    enum err e = ERR_OK;

    while (e == ERR_OK && found) {
        struct arena a;
        struct trial t;
        arena_init(&a, 0);
        e = first_of(x, &a, "running", &t, &found);
        if (e == ERR_OK && found) {
            t.fault = TRIAL_FAULT_STOPPED;
            t.ended = x->now(x->ctx);
            e = step(x, &a, &t, "break", NULL);
            if (e == ERR_CONFLICT) e = ERR_OK; /* cancelled meanwhile */
        }
        arena_done(&a);
    }
    return e;
}
