/* Simulations as jobs: drafts kept or refused, the line, cancelling at every stage, what a process
 * leaves behind, the moment as known, the image made again; on both databases.
 *
 * trials_test RULE-FILE…   the report itself is compared with that of `jifen simulate` elsewhere
 * (tests/http/desk_test.py). */
#include "world.h"

#include <jansson.h>

#include "base/file.h"
#include "service/population_image.h"
#include "service/trials.h"

#define TODAY DAY(2026, 3, 1)
#define PERSONS 40

static struct store *watch;
static char image[64];

/* What happens while a job runs, at the moment named. */
static struct {
    enum trial_phase phase;
    void (*then)(void); /* once, when the phase is first seen; NULL */
    bool stops;         /* the server stops then */
    uint32_t seen[TRIAL_PHASES];
    uint64_t most_done, total;
    void (*at_clock)(void); /* once, when the time is next asked for */
    int64_t clock;
} hook;

/* --- the world --- */

static void make_person(int i)
{
    char code[16], birth[16];

    snprintf(code, sizeof code, "P%04d", i);
    snprintf(birth, sizeof birth, "%d-05-0%d", 1970 + i % 30, 1 + i % 9);
    const int64_t p = world_person(code);
    world_fact(DAY(2020, 1, 1), p, "person", "birth_date", birth, NULL);
    world_fact(DAY(2020, 1, 1), p, "permit", "division", "330381", "status", "valid", "from",
               "2019-01-01", "to", "", NULL);
    world_fact(DAY(2020, 1, 1), p, "residence", "division", "330381", "from", "2018-01-01", "to",
               "", NULL);
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < PERSONS; i++)
        make_person(i);
    snprintf(image, sizeof image, "%s/people.img", w.dir);
    assert_int_equal(store_open(str_from_c(w.url), w.keys, &watch), ERR_OK);
    assert_int_equal(store_registers(watch, w.regs, w.reg_count), ERR_OK);
    hook.clock = date_first_instant(TODAY) + 10 * 3600 * MICROS_PER_SECOND;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    watch = store_close(watch);
    return 0;
}

static int fresh(void **state)
{
    world_fresh(state);
    const int64_t clock = hook.clock;
    memset(&hook, 0, sizeof hook);
    hook.clock = clock;
    return 0;
}

static struct caller owner(void)
{
    struct caller c = world_staff(ROLE_RULE_OWNER, 330000, TODAY, 71);
    c.purpose = STR("rules");
    return c;
}

static struct str text_of(const char *scheme)
{
    for (uint32_t s = 0; s < w.rules->scheme_count; s++)
        if (str_eq(w.rules->schemes[s].name.ascii, str_from_c(scheme)))
            return w.rules->files[w.rules->schemes[s].file].text;
    INVARIANT(!"a scheme");
    return STR("");
}

/* `text` with the first `from` replaced. */
static struct str replaced(struct str text, const char *from, const char *to)
{
    const char *at = memmem(text.p, text.n, from, strlen(from));
    struct buf b;

    INVARIANT(at);
    buf_init(&b, 0);
    buf_add(&b, (struct str){text.p, (size_t)(at - text.p)});
    buf_add_c(&b, to);
    const size_t behind = (size_t)(at - text.p) + strlen(from);
    buf_add(&b, (struct str){text.p + behind, text.n - behind});
    const struct str s = str_copy(&w.a, buf_str(&b));
    buf_done(&b);
    return s;
}

static struct str changed_text(void)
{
    return replaced(text_of("ruian"), "归 市县个性 封顶 40分", "归 市县个性 封顶 5分");
}

static enum err make_draft(const struct caller *c, struct str key, struct str name, struct str text,
                           struct draft *ret, struct draft_checked *k)
{
    struct draft_file *f = ARENA_ARRAY(&w.a, struct draft_file, 1);
    struct drafts x = {w.store, &w.a, w.rules, c};

    *f = (struct draft_file){.name = name, .text = text};
    return draft_make(&x, key, STR("草案"), f, 1, k, ret);
}

static struct draft drafted(void)
{
    const struct caller c = owner();
    struct draft_checked k;
    struct draft d;

    assert_int_equal(make_draft(&c, world_key(), STR("ruian.md"), changed_text(), &d, &k), ERR_OK);
    return d;
}

static struct trials call(const struct caller *c)
{
    return (struct trials){.s = w.store, .a = &w.a, .r = w.rules, .c = c};
}

static struct trial asked(void)
{
    const struct caller c = owner();
    struct trials x = call(&c);
    struct trial t;
    const struct trial_ask ask = {
        .draft = drafted().object.number, .day = TODAY, .has_line = true, .line = 6000};

    assert_int_equal(trial_ask(&x, world_key(), &ask, &t), ERR_OK);
    assert_string_equal(t.object.state.p, "waiting");
    return t;
}

static struct trial now(const struct trial *t)
{
    const struct caller c = owner();
    struct trials x = call(&c);
    struct trial n;

    assert_int_equal(trial_get(&x, t->object.number, &n), ERR_OK);
    return n;
}

static void is_in(const struct trial *t, const char *state)
{
    const struct trial n = now(t);
    if (!str_eq(n.object.state, str_from_c(state)))
        fail_msg("%.*s, not %s (fault %d)", STR_ARG(n.object.state), state, (int)n.fault);
}

static struct str report(const struct trial *t, enum trial_report which)
{
    const struct caller c = owner();
    struct trials x = call(&c);
    struct str s;

    assert_int_equal(trial_report(&x, t->object.number, which, &s), ERR_OK);
    return s;
}

/* --- the runner --- */

static int64_t clock_of(void *ctx)
{
    void (*then)(void) = hook.at_clock;

    (void)ctx;
    hook.at_clock = NULL;
    if (then) then();
    return hook.clock += MICROS_PER_SECOND; /* so that every look is one at the database */
}

static bool go_on(void *ctx, const struct trial_progress *p)
{
    (void)ctx;
    const bool is_first = hook.seen[p->phase]++ == 0;
    if (p->done > hook.most_done) hook.most_done = p->done;
    hook.total = p->total;
    if (p->phase != hook.phase || !is_first) return true;
    if (hook.then) hook.then();
    return !hook.stops;
}

static struct trial_runner runner(void)
{
    return (struct trial_runner){.s = w.store,
                                 .watch = watch,
                                 .r = w.rules,
                                 .image = image,
                                 .part = 7,
                                 .now = clock_of,
                                 .go_on = go_on};
}

static void runs(bool expected)
{
    const struct trial_runner x = runner();
    bool ran;

    assert_int_equal(trials_run_next(&x, &ran), ERR_OK);
    assert_int_equal(ran, expected);
}

/* --- drafts --- */

static void a_draft_that_does_not_compile_is_not_kept(void **state)
{
    const struct caller c = owner();
    struct drafts x = {w.store, &w.a, w.rules, &c};
    struct draft_checked k = {.rules = NULL};
    struct draft d, *all;
    uint32_t before, after;
    struct buf b;
    struct json j;

    (void)state;
    assert_int_equal(draft_list(&x, &all, &before), ERR_OK);
    const struct str text = replaced(text_of("ruian"), "归 市县个性 封顶 15分", "归 没有的组");
    assert_int_equal(make_draft(&c, world_key(), STR("ruian.md"), text, &d, &k), ERR_RULES);
    assert_true(k.diags.errors > 0);
    assert_int_equal(draft_list(&x, &all, &after), ERR_OK);
    assert_int_equal(after, before);
    buf_init(&b, 0);
    json_init(&j, &b, false);
    draft_add_findings(&k, &j);
    json_t *found = json_loadb(b.p, b.n, 0, NULL);
    const json_t *first = json_array_get(found, 0);
    assert_string_equal(json_string_value(json_object_get(first, "file")), "ruian.md");
    assert_true(json_is_true(json_object_get(first, "of_draft")));
    assert_true(json_integer_value(json_object_get(first, "line")) > 0);
    assert_true(json_integer_value(json_object_get(first, "column")) > 0);
    for (int l = 0; l < 2; l++)
        assert_true(json_string_length(
                        json_object_get(json_object_get(first, "sentence"), l ? "en" : "zh")) > 0);
    json_decref(found);
    buf_done(&b);
}

static void a_draft_comes_back_as_it_was_sent(void **state)
{
    const struct caller c = owner();
    struct drafts x = {w.store, &w.a, w.rules, &c};
    struct draft_checked k;
    struct draft d, again;
    const struct str key = world_key();

    (void)state;
    assert_int_equal(make_draft(&c, key, STR("任意.md"), changed_text(), &d, &k), ERR_OK);
    assert_int_equal(make_draft(&c, key, STR("任意.md"), changed_text(), &again, &k), ERR_OK);
    assert_true(str_eq(d.object.number, again.object.number));
    assert_int_equal(make_draft(&c, key, STR("别的.md"), changed_text(), &again, &k), ERR_CONFLICT);
    assert_int_equal(draft_get(&x, d.object.number, &again), ERR_OK);
    assert_int_equal(draft_texts(&x, &again), ERR_OK);
    assert_true(str_eq(again.files[0].text, changed_text()));
    assert_true(str_eq(again.files[0].scheme, STR("ruian")));
    assert_false(str_eq(again.rules, again.base));
}

static void places_and_roles(void **state)
{
    struct caller elsewhere = world_staff(ROLE_RULE_OWNER, 330106, TODAY, 72);
    struct caller here = world_staff(ROLE_RULE_OWNER, 330381, TODAY, 73);
    struct caller clerk = world_staff(ROLE_CLERK, 330381, TODAY, 74);
    struct caller auditor = world_staff(ROLE_AUDITOR, 330000, TODAY, 75);
    struct draft_checked k;
    struct draft d, seen;

    (void)state;
    elsewhere.purpose = here.purpose = clerk.purpose = STR("rules");
    auditor.purpose = STR("audit");
    assert_int_equal(make_draft(&elsewhere, world_key(), STR("a.md"), changed_text(), &d, &k),
                     ERR_DENIED);
    assert_int_equal(make_draft(&clerk, world_key(), STR("a.md"), changed_text(), &d, &k),
                     ERR_DENIED);
    assert_int_equal(make_draft(&auditor, world_key(), STR("a.md"), changed_text(), &d, &k),
                     ERR_DENIED);
    assert_int_equal(make_draft(&here, world_key(), STR("a.md"), text_of("zhejiang"), &d, &k),
                     ERR_DENIED);
    assert_int_equal(make_draft(&here, world_key(), STR("a.md"), changed_text(), &d, &k), ERR_OK);
    struct drafts of_elsewhere = {w.store, &w.a, w.rules, &elsewhere};
    struct drafts of_auditor = {w.store, &w.a, w.rules, &auditor};
    assert_int_equal(draft_get(&of_elsewhere, d.object.number, &seen), ERR_NOT_FOUND);
    assert_int_equal(draft_get(&of_auditor, d.object.number, &seen), ERR_OK);
    struct trials x = call(&auditor);
    struct trial t;
    const struct trial_ask ask = {.draft = d.object.number, .day = TODAY};
    assert_int_equal(trial_ask(&x, world_key(), &ask, &t), ERR_DENIED);
    x = call(&elsewhere);
    assert_int_equal(trial_ask(&x, world_key(), &ask, &t), ERR_NOT_FOUND);
}

static void names_that_are_none(void **state)
{
    static const char *const bad[] = {"", ".md", "a.txt", "../a.md", "a/b.md", ".a.md", "a\n.md"};
    const struct caller c = owner();
    struct draft_checked k;
    struct draft d;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(make_draft(&c, world_key(), str_from_c(bad[i]), changed_text(), &d, &k),
                         ERR_RANGE);
}

/* --- jobs --- */

static void a_job_runs_and_keeps_its_report(void **state)
{
    const struct trial t = asked();

    (void)state;
    runs(true);
    is_in(&t, "done");
    const struct trial n = now(&t);
    assert_int_equal(n.persons, PERSONS);
    assert_true(n.is_exact && n.known_seq > 0 && n.known_at > 0);
    assert_true(n.ended > n.started);
    assert_int_equal(n.before.n, 64);
    assert_false(str_eq(n.before, n.after));
    assert_int_equal(hook.most_done, PERSONS);
    assert_true(hook.seen[TRIAL_SCORING] > PERSONS / 7);
    assert_true(str_starts(report(&t, TRIAL_HTML), STR("<!")));
    json_t *zh = json_loadb(report(&t, TRIAL_JSON_ZH).p, report(&t, TRIAL_JSON_ZH).n, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(zh, "compared")), PERSONS);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(zh, "all"), "lose")),
                     PERSONS);
    json_decref(zh);
    assert_null(memmem(report(&t, TRIAL_JSON_ZH).p, report(&t, TRIAL_JSON_ZH).n, "P00", 3));
    assert_null(memmem(report(&t, TRIAL_HTML).p, report(&t, TRIAL_HTML).n, "P00", 3));
    runs(false);
}

static struct trial target;

static void cancel_target(void)
{
    const struct caller c = owner();
    struct trials x = {.s = watch, .a = &w.a, .r = w.rules, .c = &c};
    struct trial t;

    assert_int_equal(trial_cancel(&x, world_key(), target.object.number, &t), ERR_OK);
}

static void cancelled_while_waiting(void **state)
{
    const struct caller c = owner();
    struct trials x = call(&c);
    struct trial t;

    (void)state;
    target = asked();
    cancel_target();
    is_in(&target, "cancelled");
    runs(false);
    assert_int_equal(trial_cancel(&x, world_key(), target.object.number, &t), ERR_CONFLICT);
}

static void cancelled_while_it_scores(void **state)
{
    struct str s;
    const struct caller c = owner();
    struct trials x = call(&c);

    (void)state;
    target = asked();
    hook.phase = TRIAL_SCORING;
    hook.then = cancel_target;
    runs(true);
    is_in(&target, "cancelled");
    assert_true(hook.most_done < PERSONS);
    assert_int_equal(trial_report(&x, target.object.number, TRIAL_HTML, &s), ERR_NOT_FOUND);
}

static void cancelled_while_it_gathers(void **state)
{
    (void)state;
    target = asked();
    hook.phase = TRIAL_GATHERING;
    hook.then = cancel_target;
    runs(true);
    is_in(&target, "cancelled");
    assert_int_equal(hook.seen[TRIAL_SCORING], 0);
}

static void the_server_stops(void **state)
{
    (void)state;
    target = asked();
    hook.phase = TRIAL_SCORING;
    hook.stops = true;
    runs(true);
    is_in(&target, "broken");
    assert_int_equal(now(&target).fault, TRIAL_FAULT_STOPPED);
}

/* As a killed process leaves it: running, and nobody there. */
static void broken_off_is_told(void **state)
{
    const struct trial_runner x = runner();
    const struct caller c = world_system(TODAY);
    struct trial t = asked();
    const struct life_row *row;

    (void)state;
    assert_int_equal(life_find(&trial_life, t.object.state, STR("start"), c.role, &row), ERR_OK);
    world_begin(TODAY);
    assert_int_equal(
        store_object_move(w.store, &t.object, STR("start"), str_from_c(row->to), TODAY, STR("")),
        ERR_OK);
    world_commit();
    is_in(&t, "running");
    runs(false);
    assert_int_equal(trials_break(&x), ERR_OK);
    is_in(&t, "broken");
    assert_int_equal(now(&t).fault, TRIAL_FAULT_STOPPED);
    assert_int_equal(trials_break(&x), ERR_OK);
}

static void one_turn(void **state)
{
    (void)state;
    assert_int_equal(store_turn_take(w.store), ERR_OK);
    assert_int_equal(store_turn_take(w.store), ERR_OK);
    assert_int_equal(store_turn_take(watch), ERR_BUSY);
    store_turn_give(w.store);
    assert_int_equal(store_turn_take(watch), ERR_OK);
    assert_int_equal(store_turn_take(w.store), ERR_BUSY);
    watch = store_close(watch); /* closing gives it back */
    assert_int_equal(store_turn_take(w.store), ERR_OK);
    store_turn_give(w.store);
    assert_int_equal(store_open(str_from_c(w.url), w.keys, &watch), ERR_OK);
    assert_int_equal(store_registers(watch, w.regs, w.reg_count), ERR_OK);
}

static void damage(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    const int c = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(c ^ 0x40, f);
    fclose(f);
}

static uint32_t updates_of_image(void)
{
    struct population_image *m;

    assert_int_equal(image_open(image, w.rules, NULL, &m), ERR_OK);
    const uint32_t n = image_source(m)->updates;
    image_close(m);
    return n;
}

/* Any byte of the image: the report is the same, and nothing of the damage shows. */
static void a_damaged_image_is_made_again(void **state)
{
    struct file_map m;
    struct trial first = asked();

    (void)state;
    runs(true);
    const struct str before = report(&first, TRIAL_JSON_EN);
    assert_int_equal(file_map(image, &m), ERR_OK);
    const size_t size = m.bytes.n;
    file_unmap(&m);
    for (int i = 0; i < 6; i++) {
        const struct trial t = asked();
        damage(image, (long)(size * (size_t)i / 6 + 3));
        runs(true);
        is_in(&t, "done");
        assert_true(str_eq(report(&t, TRIAL_JSON_EN), before));
    }
    trials_drop_image(image);
    const struct trial t = asked();
    runs(true);
    assert_true(str_eq(report(&t, TRIAL_JSON_EN), before));
}

/* An image of another history of the same database: as if a backup had been restored, and the
 * numbers of commands were the same again. */
static void an_image_of_another_history(void **state)
{
    char head[80];
    const struct trial first = asked(), then = asked();

    (void)state;
    runs(true);
    is_in(&first, "done");
    snprintf(head, sizeof head, "%s.head", image);
    damage(head, 20); /* the hash is another */
    hook.seen[TRIAL_GATHERING] = 0;
    runs(true);
    is_in(&then, "done");
    assert_true(str_eq(report(&first, TRIAL_JSON_EN), report(&then, TRIAL_JSON_EN)));
    assert_int_equal(updates_of_image(), 0); /* built anew */
}

static void make_another(void)
{
    make_person(PERSONS + 1);
}

/* The next who asks for the time has noted what the store knew. */
static void somebody_comes(void)
{
    hook.at_clock = make_another;
}

/* A fact that comes in while the population is gathered: gathered again, so that the moment told is
 * the one that counts. */
static void the_moment_is_exact(void **state)
{
    const struct trial t = asked();
    int64_t seq;

    (void)state;
    hook.phase = TRIAL_GATHERING;
    hook.then = somebody_comes;
    runs(true);
    is_in(&t, "done");
    const struct trial n = now(&t);
    assert_int_equal(n.persons, PERSONS + 1);
    assert_true(updates_of_image() > 0); /* brought up to date, not built */
    assert_true(n.is_exact);
    assert_int_equal(hook.seen[TRIAL_GATHERING], 2);
    assert_int_equal(store_seq(w.store, &seq), ERR_OK);
    assert_int_equal(n.known_seq, seq - 1); /* then the job's end */
}

static void the_line(void **state)
{
    const struct caller c = owner();
    struct trials x = call(&c);
    struct trial all[TRIAL_LINE_MAX], t;
    const struct str draft = drafted().object.number;
    uint32_t before;

    (void)state;
    for (uint32_t i = 0; i < TRIAL_LINE_MAX; i++) {
        const struct trial_ask ask = {.draft = draft, .day = TODAY + (int32_t)i};
        assert_int_equal(trial_ask(&x, world_key(), &ask, &all[i]), ERR_OK);
        assert_int_equal(trial_before(&x, &all[i], &before), ERR_OK);
        assert_int_equal(before, i);
    }
    const struct trial_ask more = {.draft = draft, .day = TODAY};
    assert_int_equal(trial_ask(&x, world_key(), &more, &t), ERR_CONFLICT);
    assert_string_equal(x.guard->code, "simulation.room");
    runs(true);
    is_in(&all[0], "done");
    is_in(&all[1], "waiting");
    assert_int_equal(trial_before(&x, &all[1], &before), ERR_OK);
    assert_int_equal(before, 0);
    for (uint32_t i = 1; i < TRIAL_LINE_MAX; i++)
        assert_int_equal(trial_cancel(&x, world_key(), all[i].object.number, &t), ERR_OK);
    const struct trial_ask early = {.draft = draft, .day = DAY(1990, 1, 1)};
    assert_int_equal(trial_ask(&x, world_key(), &early, &t), ERR_CONFLICT);
    assert_string_equal(x.guard->code, "simulation.in_force");
    const struct trial_ask none = {.draft = STR("C0"), .day = TODAY};
    assert_int_equal(trial_ask(&x, world_key(), &none, &t), ERR_NOT_FOUND);
}

/* The image cannot be written: the job says so, and the next one is not held up. */
static void a_folder_that_is_not_there(void **state)
{
    const struct trial t = asked(), next = asked();
    struct trial_runner x = runner();
    bool ran;

    (void)state;
    x.image = "/nonexistent/people.img";
    assert_int_equal(trials_run_next(&x, &ran), ERR_OK);
    is_in(&t, "failed");
    assert_int_equal(now(&t).fault, TRIAL_FAULT_WORK);
    runs(true);
    is_in(&next, "done");
}

int main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {CASE(a_draft_that_does_not_compile_is_not_kept),
                                       CASE(a_draft_comes_back_as_it_was_sent),
                                       CASE(places_and_roles),
                                       CASE(names_that_are_none),
                                       CASE(a_job_runs_and_keeps_its_report),
                                       CASE(cancelled_while_waiting),
                                       CASE(cancelled_while_it_scores),
                                       CASE(cancelled_while_it_gathers),
                                       CASE(the_server_stops),
                                       CASE(broken_off_is_told),
                                       CASE(one_turn),
                                       CASE(a_damaged_image_is_made_again),
                                       CASE(an_image_of_another_history),
                                       CASE(the_line),
                                       CASE(a_folder_that_is_not_there),
                                       CASE(the_moment_is_exact),
                                       CASE(world_is_whole)};
#undef CASE

    world_open(argv + 1, argc - 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const int failed = cmocka_run_group_tests_name("simulations as jobs", tests, setup, teardown);
    world_close();
    return failed;
}
