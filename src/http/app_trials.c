/* Simulations beside the requests. See app.h and service/trials.h.
 *
 * The thread has two connections of its own, runs at low priority, sleeps until somebody asks or a
 * few seconds are over, and takes the database's turn: of several servers one runs simulations, and
 * when it ends, however it ends, the next takes over. Whoever takes the turn tells what was broken
 * off. The population image lies in the work folder; in a temporary folder it goes with us. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http/app_internal.h"

#define LOOK_EVERY_S 2
#define NICE 15
#define NO_FOLDER "/dev/null/none" /* nothing can be written there: the job says so */
#define TRIAL_PART 32768u /* persons: how soon a job that scores sees that it was cancelled */

struct runner_work { /* the thread's own */
    struct app *app;
    struct store *store, *watch;
    struct app_rules *held; /* what they were opened with; counted */
    uint64_t generation;    /* of `held` */
    bool has_turn;
    bool is_told_ill; /* the failure that goes on has been logged */
};

static int64_t now_us(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * MICROS_PER_SECOND + t.tv_nsec / 1000;
}

/* --- the work folder --- */

/* Beside the database where that is a file, else a temporary one of this user. */
static enum err default_folder(struct app *a, struct buf *out)
{
    const struct str sqlite = STR("sqlite:");
    const char *temp = getenv("TMPDIR");

    if (str_starts(a->config.db, sqlite)) {
        buf_printf(out, "%.*s.work", (int)(a->config.db.n - sqlite.n), a->config.db.p + sqlite.n);
        return buf_err(out);
    }
    buf_printf(out, "%s/jifen-%lu", temp && *temp ? temp : "/tmp", (unsigned long)geteuid());
    a->trials.is_temporary = true;
    return buf_err(out);
}

/* people-DIGEST.img, so that no two databases share an image. */
static enum err image_name(const struct app *a, struct buf *out)
{
    struct hash h;
    const enum err e = hash_sm3(a->config.db, &h);

    if (e != ERR_OK) return e;
    buf_add_c(out, "/people-");
    const size_t at = out->n;
    hash_add_text(out, &h);
    if (out->n > at + 16) out->n = at + 16;
    buf_add_c(out, ".img");
    return buf_err(out);
}

/* Only its owner may look into it: there is a copy of everybody's facts. */
static enum err folder_make(const char *path)
{
    struct stat st;

    if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST) return ERR_IO;
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) return ERR_IO;
    return (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 || chmod(path, S_IRWXU) == 0 ? ERR_OK : ERR_IO;
}

static enum err folder_open(struct app *a, struct buf *message, enum lang lang)
{
    struct buf b;
    enum err e = ERR_OK;

    buf_init(&b, 0);
    if (a->config.work)
        buf_add_c(&b, a->config.work);
    else
        e = default_folder(a, &b);
    buf_add_char(&b, '\0');
    if (e == ERR_OK) e = buf_err(&b);
    if (e == ERR_OK) e = folder_make(b.p);
    if (e == ERR_OK) a->trials.folder = str_copy(&a->arena, str_from_c(b.p)).p;
    if (e != ERR_OK)
        buf_printf(message,
                   lang == LANG_ZH ? "工作目录 %s 不能用（%s）；它应只属于运行服务的用户\n"
                                   : "the work folder %s cannot be used (%s); it belongs to the "
                                     "user who runs the server alone\n",
                   b.p ? b.p : "", err_text(e));
    b.n -= b.n > 0;
    if (e == ERR_OK) e = image_name(a, &b);
    if (e == ERR_OK && a->trials.folder) a->trials.image = str_copy(&a->arena, buf_str(&b)).p;
    buf_done(&b);
    return e == ERR_OK && !a->trials.image ? ERR_NOMEM : e;
}

/* A folder that was asked for must be there. Without one of our own choice everything else works,
 * and a simulation says that it had none. */
static enum err folder_of(struct app *a, enum lang lang, struct buf *message)
{
    const size_t said = message->n;
    enum err e = folder_open(a, message, lang);

    if (e != ERR_IO || a->config.work) return e;
    app_log(a, "work folder", STR(""), (struct str){message->p + said, message->n - said});
    message->n = said;
    a->trials.folder = NULL;
    a->trials.is_temporary = false;
    return ERR_OK;
}

/* A copy of everybody's facts does not stay in a temporary folder. The folder does: another server
 * may be about to write there. */
static void folder_drop(const struct app *a)
{
    if (a->trials.is_temporary && a->trials.image) trials_drop_image(a->trials.image);
}

/* --- the thread --- */

static void shut(struct runner_work *w)
{
    w->store = store_close(w->store); /* the turn goes with it */
    w->watch = store_close(w->watch);
    app_rules_drop(w->held);
    w->held = NULL;
    w->has_turn = false;
}

static enum err make_ready(struct runner_work *w)
{
    const uint64_t generation = atomic_load(&w->app->generation);

    if (w->store && w->generation == generation) return ERR_OK;
    shut(w); /* nothing, or rules that have been exchanged */
    w->generation = generation;
    w->held = app_rules_hold(w->app);
    enum err e = app_store_open(w->app, w->held, &w->store);
    if (e == ERR_OK) e = app_store_open(w->app, w->held, &w->watch);
    if (e != ERR_OK) shut(w);
    return e;
}

static bool go_on(void *ctx, const struct trial_progress *p)
{
    struct runner_work *w = ctx;
    struct app_trials *t = &w->app->trials;

    pthread_mutex_lock(&t->lock);
    t->progress = *p;
    const bool on = !t->is_told;
    pthread_mutex_unlock(&t->lock);
    return on;
}

/* Where the image lies, if its folder is there and ours still: temporary ones are swept. */
static const char *image_of(const struct app_trials *t)
{
    return t->folder && folder_make(t->folder) == ERR_OK ? t->image : NO_FOLDER;
}

static struct trial_runner runner_of(struct runner_work *w)
{
    return (struct trial_runner){.s = w->store,
                                 .watch = w->watch,
                                 .r = w->held->set.rules,
                                 .image = image_of(&w->app->trials),
                                 .threads = w->app->config.trial_threads,
                                 .part = TRIAL_PART,
                                 .now = now_us,
                                 .go_on = go_on,
                                 .ctx = w};
}

/* Did a job run, so that there may be another? */
static bool work_on(struct runner_work *w)
{
    bool ran = false;
    enum err e = make_ready(w);

    if (e == ERR_OK && !w->has_turn) {
        e = store_turn_take(w->store);
        w->has_turn = e == ERR_OK;
        if (e == ERR_BUSY) return false; /* another server runs them */
    }
    if (e == ERR_OK) {
        const struct trial_runner x = runner_of(w);
        e = trials_break(&x); /* nothing else runs while the turn is ours */
        if (e == ERR_OK) e = trials_run_next(&x, &ran);
    }
    if (e != ERR_OK && e != ERR_BUSY) {
        const struct str why = w->store ? store_error(w->store) : STR("");
        if (!w->is_told_ill)
            app_log(w->app, "simulation", STR(""), why.n > 0 ? why : str_from_c(err_text(e)));
        shut(w);
    }
    w->is_told_ill = e != ERR_OK && e != ERR_BUSY;
    pthread_mutex_lock(&w->app->trials.lock);
    w->app->trials.progress.job = 0;
    pthread_mutex_unlock(&w->app->trials.lock);
    return e == ERR_OK && ran;
}

static bool waits(struct app_trials *t, bool has_more)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_EVERY_S;
    pthread_mutex_lock(&t->lock);
    while (!has_more && !t->is_told && !t->is_asked)
        if (pthread_cond_timedwait(&t->wake, &t->lock, &until) != 0) break;
    t->is_asked = false;
    const bool on = !t->is_told;
    pthread_mutex_unlock(&t->lock);
    return on;
}

static void *run(void *ctx)
{
    struct runner_work w = {.app = ctx};

    /* Of this thread and those it starts; without the right to it, no matter. */
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    while (waits(&w.app->trials, work_on(&w)))
        continue;
    shut(&w);
    return NULL;
}

/* --- for the application --- */

enum err app_trials_open(struct app *a, enum lang lang, struct buf *message)
{
    pthread_mutex_init(&a->trials.lock, NULL);
    pthread_cond_init(&a->trials.wake, NULL);
    a->trials.is_open = true;
    return folder_of(a, lang, message);
}

enum err app_trials_start(struct app *a)
{
    INVARIANT(!a->trials.runs);
    a->trials.runs = pthread_create(&a->trials.thread, NULL, run, a) == 0;
    return a->trials.runs ? ERR_OK : ERR_IO;
}

void app_trials_wake(struct app *a)
{
    pthread_mutex_lock(&a->trials.lock);
    a->trials.is_asked = true;
    pthread_cond_signal(&a->trials.wake);
    pthread_mutex_unlock(&a->trials.lock);
}

struct trial_progress app_trials_progress(struct app *a)
{
    pthread_mutex_lock(&a->trials.lock);
    const struct trial_progress p = a->trials.progress;
    pthread_mutex_unlock(&a->trials.lock);
    return p;
}

void app_trials_stop(struct app *a)
{
    if (!a->trials.runs) return;
    pthread_mutex_lock(&a->trials.lock);
    a->trials.is_told = true;
    pthread_cond_signal(&a->trials.wake);
    pthread_mutex_unlock(&a->trials.lock);
    pthread_join(a->trials.thread, NULL);
    a->trials.runs = false;
}

void app_trials_close(struct app *a)
{
    if (!a->trials.is_open) return;
    app_trials_stop(a);
    folder_drop(a);
    pthread_cond_destroy(&a->trials.wake);
    pthread_mutex_destroy(&a->trials.lock);
}
