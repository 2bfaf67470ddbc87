/* Between the files app*.c and routes' wrapper. */
#ifndef JIFEN_HTTP_APP_INTERNAL_H
#define JIFEN_HTTP_APP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/put.h"
#include "http/app.h"
#include "http/outside.h"
#include "service/account_uses.h"
#include "service/rule_files.h"
#include "service/trials.h"

struct app_rules {
    struct arena arena;
    struct keyring *keys; /* read with the rules, so that both are exchanged without a stop */
    struct rule_set set;
    const struct store_register *regs;
    uint32_t reg_count;
    struct points_memo *memo;
    atomic_uint holders;
};

/* The thread that does what falls due by the calendar (app_clock.c). */
struct app_clock {
    pthread_t thread;
    bool runs; /* there is a thread */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_told; /* under the lock: to end */
};

/* The thread that runs simulations (app_trials.c). */
struct app_trials {
    bool is_open, runs;
    const char *folder, *image; /* the work folder; the population image in it */
    bool is_temporary;          /* the image goes with us */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_told, is_asked;         /* under the lock: to end; that a job may wait */
    struct trial_progress progress; /* under the lock */
};

struct app {
    struct arena arena; /* of the settings */
    struct app_config config;
    pthread_mutex_t lock;
    struct app_rules *rules; /* under the lock; counted once for the app */
    atomic_uint_fast64_t generation;
    struct sm2_key *signing;
    struct outside *outside;   /* NULL = only accounts of our own */
    struct account_uses *uses; /* written by app_tick */
    FILE *log;
    atomic_bool is_well;
    atomic_uint_fast64_t failures, swept, due_handled;
    atomic_uint guesses; /* under way */
    uint32_t guesses_most;
    /* app_tick's thread alone */
    struct store *tick_store;
    struct app_rules *tick_held; /* what tick_store was opened with; counted */
    int64_t swept_at;
    struct json_t *demo_accounts;
    struct app_clock clock;
    struct app_trials trials;
};

struct app_rules *app_rules_hold(struct app *a);
void app_rules_drop(struct app_rules *r); /* accepts NULL */
NODISCARD enum err app_store_open(struct app *a, const struct app_rules *r, struct store **ret);
/* One line of JSON for operators; never personal data. */
void app_log(struct app *a, const char *what, struct str request, struct str why);

/* Before a handler: rules of now, a store that is open. After one that failed inside. */
NODISCARD enum err app_worker_ready(struct http_worker *w);
void app_worker_failed(struct http_worker *w, const struct http_request *q);

/* app_more.c: what other services want of the application */
NODISCARD enum err app_open_more(struct app *a, enum lang lang, struct buf *message);
void app_close_more(struct app *a);
NODISCARD enum err app_authenticate(struct http_worker *w, struct str token, bool by_cookie,
                                    struct str csrf, const struct http_request *q,
                                    struct caller *ret, int64_t *ret_valid_until_us);

/* app_trials.c: the work folder is made; how far the job of this process is; somebody has asked. */
NODISCARD enum err app_trials_open(struct app *a, enum lang lang, struct buf *message);
void app_trials_close(struct app *a); /* accepts that it was not opened */
struct trial_progress app_trials_progress(struct app *a);
void app_trials_wake(struct app *a);

#endif
