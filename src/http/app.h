/* The application behind the server: what all workers share, and what one worker has.
 *
 *   struct app          rules image and keys (counted, exchanged on reload), signing key, settings
 *   struct http_worker  one thread's: a store connection, plans of points; handlers get it
 *
 * app_api fills in the callbacks of struct http_app; handlers of other files include this header
 * for struct http_worker. */
#ifndef JIFEN_HTTP_APP_H
#define JIFEN_HTTP_APP_H

#include "http/http.h"
#include "service/points.h"

struct app_config {
    struct str db;           /* sqlite:PATH or postgresql://… */
    const char *rules;       /* folder of rule files, or an image */
    const char *keys;        /* key file */
    const char *signing_key; /* SM2 key in PEM that signs permit tokens; NULL = one made at start */
    const char *oidc;        /* settings file (setting.def); NULL = no sign-in from outside */
    struct str base_url; /* what people type before a path: "https://jifen.example"; may be "" */
    const char *version; /* of the program */
    const char *work;    /* folder for what simulations work with; NULL = beside an SQLite database,
                             else a temporary one */
    uint32_t trial_threads; /* of a simulation; 0 = 1 */
    uint64_t memo_bytes;    /* memory for answers that are asked for again; 0 = none are kept */
    bool demo;              /* a demo county: sign-in page shows the demo accounts */
    const char *accounts;   /* demo: JSON file of the accounts shown */
};

struct app;
struct app_rules; /* a loaded rule image and keyring, counted */

struct http_worker {
    struct app *app;
    struct store *store;
    struct points *points;     /* of `rules` */
    const struct rules *rules; /* valid during one handler */
    const struct keyring *keys;
    const struct sm2_key *signing; /* private */
    const struct app_config *config;
    int64_t roster, roster_read; /* of accounts (store_roster), and when it was read */
    struct app_rules *held;
    uint64_t generation; /* of `held` */
    bool must_reopen;    /* the last request met a failing database */
};

/* Load rules and keys, open the database once and make the tables of the rules' registers. On
 * failure `message` says in the operator's language what is wrong. */
NODISCARD enum err app_open(const struct app_config *c, enum lang lang, struct buf *message,
                            struct app **ret);
struct app *app_close(struct app *a); /* accepts NULL, returns NULL */

/* The callbacks and the table of routes. */
struct http_app app_api(struct app *a);

/* Read rules and keys anew; on failure the old ones stay. Workers take them with their next
 * request. */
NODISCARD enum err app_reload(struct app *a, enum lang lang, struct buf *message);

/* What time asks for: probe of the database for /readyz, ended sessions swept. Called by one thread
 * every few seconds. */
void app_tick(struct app *a, int64_t now);

/* What falls due by the calendar (service/due.h), once a civil day soon after midnight, by a thread
 * of its own with its own connection; a day that fails is gone on with. Ending it waits for a
 * portion at most; app_close does so too. ERR_IO: no thread could be had. */
NODISCARD enum err app_clock_start(struct app *a);
void app_clock_stop(struct app *a); /* accepts that it does not run */

/* Simulations of drafts (service/trials.h), by a thread of its own with connections of its own and
 * at low priority. Ending it breaks off the one that runs, between two portions; app_close does so
 * too. ERR_IO: no thread could be had. */
NODISCARD enum err app_trials_start(struct app *a);
void app_trials_stop(struct app *a); /* accepts that it does not run */

/* The accounts a demonstration shows, an array; NULL = no demonstration. Never changed. */
struct json_t;
const struct json_t *app_demo_accounts(const struct app *a);

/* May one more estimate that takes many scores run (app_guess_end gives its turn back)? As many as
 * there are processors do at once. */
bool app_guess_begin(struct app *a);
void app_guess_end(struct app *a);

/* Where a link that somebody else opens begins: config's base_url, else scheme and host of q. */
struct str app_base_url(const struct http_worker *w, const struct http_request *q);
/* The path of --base-url, under which a proxy serves all this: "" or "/points". */
struct str app_base_path(const struct http_worker *w);

/* routes.c */
extern const struct http_route app_routes[];
extern const uint32_t app_route_count;

#endif
