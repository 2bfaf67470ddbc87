/* The calendar's work beside the requests. See app.h.
 *
 * The thread sleeps a few seconds at a time, opens a connection when a day's work begins, and does
 * it portion by portion; between two it looks whether it is told to end. Writers are let in between
 * its commands, each of which is short. */
#include <time.h>

#include "http/app_internal.h"
#include "service/due.h"

#define LOOK_EVERY_S 5
#define PORTION 50

struct clock_work { /* the thread's own */
    struct app *app;
    struct store *store;
    struct app_rules *held; /* what `store` was opened with; counted */
    uint64_t generation;    /* of `held` */
    int32_t day;            /* of `due` */
    struct due due;
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000;
}

static void shut(struct clock_work *w)
{
    w->store = store_close(w->store);
    app_rules_drop(w->held);
    w->held = NULL;
}

static enum err make_ready(struct clock_work *w)
{
    const uint64_t generation = atomic_load(&w->app->generation);

    if (w->store && w->generation == generation) return ERR_OK;
    shut(w); /* nothing, or rules that have been exchanged */
    w->generation = generation;
    w->held = app_rules_hold(w->app);
    const enum err e = app_store_open(w->app, w->held, &w->store);
    if (e != ERR_OK) shut(w);
    return e;
}

/* Is there more to do at once? */
static bool work_on(struct clock_work *w)
{
    const int64_t now = now_us();
    const struct caller who = {
        .role = ROLE_SYSTEM, .office = STR("calendar"), .now = now, .today = date_of_instant(now)};
    const uint64_t before = w->due.steps;

    if (w->day != who.today) w->due = (struct due){0};
    w->day = who.today;
    if (w->due.is_done) return false;
    enum err e = make_ready(w);
    if (e == ERR_OK) e = due_portion(&w->due, w->store, w->held->set.rules, &who, PORTION);
    atomic_fetch_add(&w->app->due_handled, w->due.steps - before);
    if (e != ERR_OK && e != ERR_BUSY) /* BUSY: somebody writes; the next time will do */
        app_log(w->app, "calendar", STR(""), w->store ? store_error(w->store) : STR(""));
    if (e != ERR_OK || w->due.is_done) shut(w);
    return e == ERR_OK && !w->due.is_done;
}

/* Wait until the next look, unless there is more to do; false = told to end. */
static bool goes_on(struct app_clock *c, bool has_more)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_EVERY_S;
    pthread_mutex_lock(&c->lock);
    if (!has_more && !c->is_told) pthread_cond_timedwait(&c->wake, &c->lock, &until);
    const bool on = !c->is_told;
    pthread_mutex_unlock(&c->lock);
    return on;
}

static void *run(void *ctx)
{
    struct clock_work w = {.app = ctx, .day = DATE_OPEN_START};

    while (goes_on(&w.app->clock, work_on(&w)))
        continue;
    shut(&w);
    return NULL;
}

enum err app_clock_start(struct app *a)
{
    INVARIANT(!a->clock.runs);
    a->clock.runs = pthread_create(&a->clock.thread, NULL, run, a) == 0;
    return a->clock.runs ? ERR_OK : ERR_IO;
}

void app_clock_stop(struct app *a)
{
    struct app_clock *c = &a->clock;

    if (!c->runs) return;
    pthread_mutex_lock(&c->lock);
    c->is_told = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->runs = false;
}
