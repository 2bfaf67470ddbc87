/* The command line: tables of commands and options, and what a running command knows. */
#ifndef JIFEN_CLI_CLI_H
#define JIFEN_CLI_CLI_H

#include <stdio.h>

#include "base/message.h"
#include "service/population_image.h"
#include "service/register_csv.h"
#include "service/rule_files.h"

enum option_kind { ARG_FLAG, ARG_FILE, ARG_DIR, ARG_DATE, ARG_NUMBER, ARG_WORD, ARG_TEXT };

enum option_id {
#define OPTION(id, name, letter, kind, arg, zh, en) OPT_##id,
#include "cli/option.def"
#undef OPTION
    OPTION_COUNT
};

/* Options as bits: one more than 128 of them does not compile (tables.c). */
__extension__ typedef unsigned __int128 option_set;
#define OPTION_BIT(o) ((option_set)1 << (o))

struct option_row {
    const char *name; /* without the dashes */
    char letter;      /* 0 = none */
    enum option_kind kind;
    const char *arg; /* NULL for flags; words are separated by '|' */
    const char *text[LANG_COUNT];
};

enum command_id {
#define COMMAND(id, run, words, operands, fewest, most, required, further, zh, en, zh_more,        \
                en_more)                                                                           \
    CMD_##id,
#include "cli/command.def"
#undef COMMAND
    COMMAND_COUNT
};

struct cli;

struct command_row {
    const char *words; /* "rules check" */
    const char *operands;
    size_t fewest, most;
    option_set required, further;
    const char *summary[LANG_COUNT];
    const char *detail[LANG_COUNT]; /* "" = nothing more to say */
    int (*run)(struct cli *c);      /* gives the exit code */
};

extern const struct option_row cli_options[OPTION_COUNT];
extern const struct command_row cli_commands[COMMAND_COUNT];

enum cli_msg {
#define MSG(id, code, zh, en, zh_hint, en_hint) CLI_##id,
#include "cli/cli_msg.def"
#undef MSG
    CLI_MSG_COUNT
};

/* What is outside of the program: given by main, or by a test. */
struct cli_world {
    FILE *out, *err;
    bool err_is_terminal; /* progress may be shown */
    size_t columns;       /* width of the terminal; 80 when it is none */
    const char *language; /* LC_ALL, LC_MESSAGES or LANG; may be NULL */
    uint32_t processors;
};

#define OPERANDS_MAX 64

struct cli {
    struct cli_world world;
    const struct command_row *command;
    const char *value[OPTION_COUNT]; /* NULL where not given; "" for flags */
    const char *operands[OPERANDS_MAX];
    size_t operand_count;
    enum lang lang;
    bool lang_given; /* by --lang */
    /* parsed values of options, valid where value[] is set */
    int64_t number[OPTION_COUNT]; /* NUMBER and DATE */
    struct arena arena;           /* lives as long as the command */
};

/* The whole program: parse, run, give the exit code. */
int cli_main(const struct cli_world *world, int argc, const char *const *argv);

/* args.c */
NODISCARD enum err cli_parse(struct cli *c, int argc, const char *const *argv);
/* A line of a settings file: as if `--name value` stood on the command line, which goes before. */
NODISCARD enum err cli_take_setting(struct cli *c, struct str name, struct str value);
/* Options that are needed only together with others, or one of two: 0, or it is said and the exit
 * code is given. */
int cli_need(const struct cli *c, enum option_id o);
int cli_need_one(const struct cli *c, enum option_id o, enum option_id other);
option_set command_options(const struct command_row *c); /* all its options, HELP included */
void command_add_usage(struct buf *out, const struct command_row *c);
void option_add_name(struct buf *out, enum option_id o); /* "-j, --jobs N" */

/* say.c: one message on standard error, with its hint; places as in message.h */
const struct message *cli_message(enum cli_msg id);
void cli_say(const struct cli *c, enum cli_msg id, const struct str *args, size_t count);
void cli_say1(const struct cli *c, enum cli_msg id, struct str arg);
void cli_print(FILE *stream, const struct buf *b); /* an error shows when the stream is closed */
/* Say what `e` means in general; returns its exit code. `what` may be empty. */
int cli_fail(const struct cli *c, enum err e, struct str what);
uint32_t cli_threads(const struct cli *c); /* --jobs, else as many as processors */
/* cmd_population.c: what a failure with a population image means; gives the exit code. `differs`:
 * where the catalogue differs. */
int cli_image_failed(const struct cli *c, enum err e, const char *path, struct str differs);

#ifdef JIFEN_SERVICE
struct keyring;
/* cmd_db.c: say what a failure of the database means; gives the exit code */
int cli_store_failed(const struct cli *c, enum err e, struct str message);
NODISCARD enum err cli_open_keys(const struct cli *c, struct keyring **ret); /* --keys; says why */
/* cmd_account.c: a line of standard input without its end; on a terminal it is asked for. The
 * caller wipes `line`. */
#define CLI_SECRET_MAX 256
struct str cli_read_secret(const struct cli *c, const char *zh, const char *en,
                           char line[CLI_SECRET_MAX + 2]);
#endif

/* rules_load.c: --rules or operands -> image, findings shown on standard error */
NODISCARD enum err cli_load_rules(struct cli *c, const char *const *paths, size_t count,
                                  struct diag_list *diags, struct rule_set *ret);
void cli_show_findings(const struct cli *c, const struct diag_list *diags,
                       const struct src_file *files, size_t file_count);
/* Say why loading failed; returns the exit code. */
int cli_rules_failed(const struct cli *c, enum err e, const struct diag_list *diags,
                     const struct rule_set *set);

/* data_load.c: --data -> a population, progress and what is wrong on standard error; 0 or the exit
 * code. *ret is set as by data_read; close it in any case. */
struct data_request {
    const struct rules *rules;
    const char *dir;
    int32_t day;
    struct str person; /* n > 0: this person alone */
};
int cli_read_data(const struct cli *c, const struct data_request *q, struct data_set **ret);
enum csv_encoding cli_encoding(const struct cli *c); /* --encoding */
/* Why a file was refused, and remarks, on standard error. */
void cli_show_notes(const struct cli *c, const struct data_note *notes, size_t count);
/* data_options.progress, with a struct progress as its context. */
void cli_show_reading(void *progress, uint64_t rows, uint64_t bytes, uint64_t total);
/* --population -> an open image, or it is said why not; 0 or the exit code. */
int cli_open_image(const struct cli *c, const char *path, const struct rules *r,
                   struct population_image **ret);

/* person_load.c: one person, whose rows are all good, out of a directory or an image; 0, or it is
 * said why not and the exit code is given. Close *ret in any case. */
struct person_request {
    const struct rules *rules; /* under which the person is scored */
    const struct rules *other; /* an image of their catalogue will do as well; may be NULL */
    const char *dir, *image;   /* one of the two; the other NULL */
    int32_t day;
    struct str id;
};
struct cli_person {
    const struct population *people; /* in which the person has the number `at` */
    uint32_t at;
    struct data_set *data;
    struct population_image *image;
    struct image_segment segment;
};
int cli_person_open(struct cli *c, const struct person_request *q, struct cli_person *ret);
void cli_person_close(struct cli_person *p); /* accepts a zeroed one */

/* Say so where no scheme is in force on the rule day; 0 or the exit code. */
int cli_not_in_force(const struct cli *c, const struct rules *r, int32_t rule_day);

/* progress.c: one line on a terminal, nothing elsewhere */
struct progress {
    const struct cli *cli;
    const char *what[LANG_COUNT];
    int64_t started_ms, shown_ms; /* monotonic */
    bool is_shown;                /* a line stands on the terminal */
};
void progress_start(struct progress *p, const struct cli *c, const char *zh, const char *en);
/* `done` of `total` of any unit for the time left; rows for the rate. */
void progress_show(struct progress *p, uint64_t rows, uint64_t done, uint64_t total);
void progress_end(struct progress *p);
/* The line itself, for tests: elapsed milliseconds given. */
void progress_add_text(struct buf *out, enum lang lang, const char *what, uint64_t rows,
                       uint64_t done, uint64_t total, int64_t elapsed_ms);

/* help.c */
void help_add_overview(struct buf *out, enum lang lang);
void help_add_command(struct buf *out, const struct command_row *c, enum lang lang);
void help_add_completion(struct buf *out);
void help_add_manual(struct buf *out, enum lang lang);

#define RUN(name) int run_##name(struct cli *c)
RUN(score);
RUN(summary);
RUN(advise);
RUN(explain);
RUN(forecast);
RUN(changes);
RUN(simulate);
RUN(rules_check);
RUN(rules_test);
RUN(rules_fmt);
RUN(rules_show);
RUN(rules_compile);
RUN(sample);
RUN(population_build);
RUN(population_info);
RUN(population_verify);
RUN(population_update);
RUN(population_export);
RUN(serve);
RUN(openapi);
RUN(db_init);
RUN(db_migrate);
RUN(db_check);
RUN(db_backup);
RUN(db_restore);
RUN(db_rotate);
RUN(keys_add);
RUN(keys_signing);
RUN(token_verify);
RUN(account_add);
RUN(account_list);
RUN(account_disable);
RUN(account_enable);
RUN(account_move);
RUN(account_password);
RUN(account_totp);
RUN(import);
RUN(import_list);
RUN(import_accept);
RUN(import_second);
RUN(import_drop);
RUN(import_reverse);
RUN(audit_verify);
RUN(audit_list);
RUN(completion);
RUN(manual);
RUN(version);
RUN(help);

#endif
