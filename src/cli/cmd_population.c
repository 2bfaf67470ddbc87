/* jifen population build, info, verify, update, export.
 *
 * Structure: what went wrong is said in one place; refused rows go beside the image, as they go
 * beside scores; their persons carry a mark in the image itself. */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "cli/cli.h"
#include "service/population_build.h"
#include "service/scores.h"
#ifdef JIFEN_SERVICE
#include "service/facts.h"
#include "service/population_store.h"
#endif

struct work {
    struct cli *c;
    const char *path; /* of the image */
    struct rule_set set;
    struct diag_list diags;
    struct progress progress;
    struct build_result result;
    struct buf differs;
    bool anew; /* update --db: built anew */
};

/* --- telling ---------------------------------------------------------------------------------- */

int cli_image_failed(const struct cli *c, enum err e, const char *path, struct str differs)
{
    static const struct {
        enum err e;
        enum cli_msg msg;
    } rows[] = {{ERR_NOT_FOUND, CLI_PATH_MISSING},   {ERR_SYNTAX, CLI_NO_IMAGE},
                {ERR_VERSION, CLI_IMAGE_VERSION},    {ERR_CORRUPT, CLI_IMAGE_BROKEN},
                {ERR_CONFLICT, CLI_IMAGE_CATALOGUE}, {ERR_BUSY, CLI_BEING_WRITTEN},
                {ERR_USAGE, CLI_IMAGE_NOT_OF_STORE}};
    const struct str args[] = {str_from_c(path), differs};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == e) {
            cli_say(c, rows[i].msg, args, 2);
            return err_exit_code(e);
        }
    return cli_fail(c, e, str_from_c(path));
}

static void show_persons(void *ctx, uint64_t done, uint64_t total)
{
    progress_show(ctx, done, done, total);
}

static enum err write_errors(const struct work *w, const char *path)
{
    struct file_new f;
    const struct build_result *r = &w->result;
    if (r->error_count == 0) return unlink(path) == 0 || access(path, F_OK) != 0 ? ERR_OK : ERR_IO;
    enum err e = file_new_open(path, &f);
    if (e != ERR_OK) return e;
    e = row_errors_write(w->set.rules, r->errors, r->error_count, f.stream);
    if (e == ERR_OK) return file_new_commit(&f);
    file_new_abandon(&f);
    return e;
}

/* FILE.errors.csv and a word about it; the exit code so far. */
static int tell_refused(const struct work *w, bool strangers)
{
    struct buf path;
    char n[24];
    buf_init(&path, 0);
    buf_printf(&path, "%s.errors.csv%c", w->path, '\0');
    enum err e = buf_err(&path);
    if (e == ERR_OK) e = write_errors(w, path.p);
    int code = e == ERR_OK ? 0 : cli_fail(w->c, e, str_from_c(path.p));
    if (code == 0 && w->result.error_count > 0) {
        snprintf(n, sizeof n, "%zu", w->result.error_count);
        struct str args[] = {str_from_c(n), str_from_c(path.p)};
        if (strangers)
            cli_say1(w->c, CLI_BATCH_STRANGERS, args[1]);
        else
            cli_say(w->c, CLI_IMAGE_ROWS_REFUSED, args, 2);
        code = err_exit_code(ERR_ROWS);
    }
    buf_done(&path);
    return code;
}

static int failed(const struct work *w, enum err e)
{
    size_t count;
    const struct data_note *notes = data_stop(w->result.stopped, &count);
    cli_show_notes(w->c, notes, count);
    if (count > 0) return err_exit_code(e);
    if (e == ERR_ROWS) return tell_refused(w, true);
    if (e == ERR_CONFLICT && w->result.reg >= 0) {
        cli_say1(w->c, CLI_BATCH_REGISTER, w->set.rules->regs[w->result.reg].name.ascii);
        return err_exit_code(e);
    }
    return cli_image_failed(w->c, e, w->path, buf_str(&w->differs));
}

static void add_line(struct buf *b, const struct cli *c, const char *zh, const char *en, uint64_t n)
{
    if (c->lang == LANG_ZH)
        buf_printf(b, "%s：%" PRIu64 "\n", zh, n);
    else
        buf_printf(b, "%s: %" PRIu64 "\n", en, n);
}

static void add_counts(struct buf *b, const struct cli *c, const struct population_image *m)
{
    const struct image_counts *n = image_counts(m);
    add_line(b, c, "人数", "persons", n->persons);
    add_line(b, c, "行数", "rows", n->rows);
    add_line(b, c, "有行被拒绝的人", "persons with refused rows", n->bad);
    add_line(b, c, "只在其他登记中的人", "persons in other registers only", n->strangers);
    add_line(b, c, "段数", "segments", n->segments);
    add_line(b, c, "字节", "bytes", n->bytes);
}

/* What the image at w->path is now. */
static int tell_counts(const struct work *w)
{
    struct population_image *m = NULL;
    struct buf b;
    enum err e = image_open(w->path, NULL, NULL, &m);
    if (e != ERR_OK) return cli_image_failed(w->c, e, w->path, (struct str){NULL, 0});
    buf_init(&b, 0);
    add_counts(&b, w->c, m);
    cli_print(w->c->world.out, &b);
    buf_done(&b);
    image_close(m);
    return 0;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int work_open(struct work *w, struct cli *c, const char *path)
{
    *w = (struct work){.c = c, .path = path, .result = {.reg = -1}};
    buf_init(&w->differs, 0);
    enum err e = cli_load_rules(c, &c->value[OPT_RULES], 1, &w->diags, &w->set);
    return e == ERR_OK ? 0 : cli_rules_failed(c, e, &w->diags, &w->set);
}

static void work_close(struct work *w)
{
    build_result_done(&w->result);
    buf_done(&w->differs);
}

static int open_image(struct work *w, struct population_image **ret)
{
    enum err e = image_open(w->path, w->set.rules, &w->differs, ret);
    return e == ERR_OK ? 0 : cli_image_failed(w->c, e, w->path, buf_str(&w->differs));
}

/* --data with what it needs, or --db with what it needs. */
static int check_source(const struct cli *c, bool with_day)
{
    int code = cli_need_one(c, OPT_DATA, OPT_DB);
    if (code != 0) return code;
    if (c->value[OPT_DATA] == NULL) return cli_need(c, OPT_KEYS);
    if (access(c->value[OPT_DATA], F_OK) != 0) {
        cli_say1(c, CLI_PATH_MISSING, str_from_c(c->value[OPT_DATA]));
        return err_exit_code(ERR_INPUT);
    }
    return with_day ? cli_need(c, OPT_ON) : 0;
}

static uint32_t segment_persons(const struct cli *c)
{
    return c->value[OPT_SEGMENT] != NULL ? (uint32_t)c->number[OPT_SEGMENT] : 0;
}

static struct build_options files_options(struct work *w)
{
    const struct cli *c = w->c;
    struct build_options o = {.segment_persons = segment_persons(c),
                              .data = {.dir = c->value[OPT_DATA],
                                       .encoding = cli_encoding(c),
                                       .on = (int32_t)c->number[OPT_ON],
                                       .threads = cli_threads(c),
                                       .progress = cli_show_reading,
                                       .progress_ctx = &w->progress}};
    return o;
}

/* --- the store -------------------------------------------------------------------------------- */

#ifdef JIFEN_SERVICE
struct from_store {
    struct keyring *keys;
    struct store *store;
    struct store_build_options o;
};

static void store_done(struct from_store *x)
{
    store_close(x->store);
    keyring_free(x->keys);
}

static enum err store_begin(struct work *w, struct from_store *x)
{
    struct cli *c = w->c;
    const struct store_register *regs;
    uint32_t count;
    struct timespec t;
    enum err e = cli_open_keys(c, &x->keys);
    if (e == ERR_OK) e = store_open(str_from_c(c->value[OPT_DB]), x->keys, &x->store);
    if (e == ERR_OK) e = facts_registers(&c->arena, w->set.rules, &regs, &count);
    if (e == ERR_OK) e = store_registers(x->store, regs, count);
    clock_gettime(CLOCK_REALTIME, &t);
    x->o = (struct store_build_options){.known_at = STORE_KNOWN_NOW,
                                        .today = date_of_instant(t.tv_sec * MICROS_PER_SECOND),
                                        .segment_persons = segment_persons(c),
                                        .progress = cli_show_reading,
                                        .progress_ctx = &w->progress};
    if (c->value[OPT_KNOWN_ON] != NULL) {
        x->o.today = (int32_t)c->number[OPT_KNOWN_ON];
        x->o.known_at = date_first_instant(x->o.today + 1) - 1;
    }
    return e;
}

/* Whether the database or the image is at fault. */
static int store_failed(const struct work *w, const struct from_store *x, enum err e)
{
    bool of_store = x->store == NULL || store_error(x->store).n > 0;
    if (x->keys == NULL) return err_exit_code(e); /* said already */
    if (of_store) return cli_store_failed(w->c, e, x->store ? store_error(x->store) : STR(""));
    return failed(w, e);
}

static enum err update_from_store(struct work *w, struct from_store *x)
{
    build_result_done(&w->result);
    return population_update_store(w->path, w->set.rules, x->store, &x->o, &w->differs, &w->result,
                                   &w->anew);
}

/* Commands committed while the scans went on are brought in at once. */
static enum err build_from_store(struct work *w, struct from_store *x)
{
    enum err e = population_build_store(w->path, w->set.rules, x->store, &x->o, &w->result);
    if (e != ERR_OK || x->o.known_at != STORE_KNOWN_NOW) return e;
    return update_from_store(w, x);
}

static int with_store(struct work *w, const char *zh, const char *en,
                      enum err (*step)(struct work *w, struct from_store *x))
{
    struct from_store x = {0};
    enum err e = store_begin(w, &x);
    progress_start(&w->progress, w->c, zh, en);
    if (e == ERR_OK) e = step(w, &x);
    progress_end(&w->progress);
    int code = e == ERR_OK ? 0 : store_failed(w, &x, e);
    store_done(&x);
    return code;
}

static int build_store(struct work *w)
{
    return with_store(w, "做映像", "building", build_from_store);
}

static int update_store(struct work *w)
{
    return with_store(w, "更新", "updating", update_from_store);
}
#else
static int build_store(struct work *w)
{
    return cli_fail(w->c, ERR_USAGE, STR(""));
}

static int update_store(struct work *w)
{
    return cli_fail(w->c, ERR_USAGE, STR(""));
}
#endif

/* --- build and update ------------------------------------------------------------------------- */

static int build_files(struct work *w)
{
    struct build_options o = files_options(w);
    progress_start(&w->progress, w->c, "做映像", "building");
    enum err e = population_build_files(w->path, w->set.rules, &o, &w->result);
    progress_end(&w->progress);
    return e == ERR_OK ? 0 : failed(w, e);
}

static int update_files(struct work *w)
{
    struct build_options o = files_options(w);
    progress_start(&w->progress, w->c, "更新", "updating");
    enum err e = population_update_files(w->path, w->set.rules, &o, &w->differs, &w->result);
    progress_end(&w->progress);
    return e == ERR_OK ? 0 : failed(w, e);
}

static int tell_done(struct work *w)
{
    size_t count;
    const struct data_note *remarks = data_remarks(w->result.remarks, &count);
    cli_show_notes(w->c, remarks, count);
    int code = tell_counts(w);
    return code == 0 ? tell_refused(w, false) : code;
}

int run_population_build(struct cli *c)
{
    struct work w;
    int code = check_source(c, true);
    if (code != 0) return code;
    code = work_open(&w, c, c->value[OPT_OUTPUT]);
    if (code == 0) code = c->value[OPT_DATA] != NULL ? build_files(&w) : build_store(&w);
    if (code == 0) code = tell_done(&w);
    work_close(&w);
    return code;
}

int run_population_update(struct cli *c)
{
    struct work w;
    int code = check_source(c, false);
    if (code != 0) return code;
    code = work_open(&w, c, c->operands[0]);
    if (code == 0) code = c->value[OPT_DATA] != NULL ? update_files(&w) : update_store(&w);
    if (code == 0) {
        struct buf b;
        buf_init(&b, 0);
        add_line(&b, c, "替换", "replaced", w.result.replaced);
        add_line(&b, c, "新增", "added", w.result.added);
        add_line(&b, c, "移出", "gone", w.result.gone);
        if (w.anew) buf_add_c(&b, c->lang == LANG_ZH ? "已整个重做\n" : "built anew\n");
        cli_print(c->world.out, &b);
        buf_done(&b);
        code = tell_done(&w);
    }
    work_close(&w);
    return code;
}

/* --- info, verify, export --------------------------------------------------------------------- */

static void add_source(struct buf *b, const struct cli *c, const struct population_image *m)
{
    const struct image_source *s = image_source(m);
    bool zh = c->lang == LANG_ZH;
    bool store = s->origin == IMAGE_FROM_STORE;
    buf_add_c(b, zh ? "来源：" : "source: ");
    buf_add_c(b,
              store ? (zh ? "数据库\n" : "database\n") : (zh ? "登记文件\n" : "register files\n"));
    buf_add_c(b, zh ? "日期：" : "day: ");
    date_add_text(b, s->on);
    buf_add_char(b, '\n');
    if (store) {
        buf_add_c(b, zh ? "已知于：" : "known: ");
        if (s->known_at == INT64_MAX)
            buf_add_c(b, zh ? "做映像时" : "when it was made");
        else
            date_add_text(b, date_of_instant(s->known_at));
        buf_add_char(b, '\n');
        add_line(b, c, "命令号", "command", (uint64_t)s->seq);
    } else {
        buf_add_c(b, zh ? "文件摘要：" : "digest of files: ");
        hash_add_text(b, &s->digest);
        buf_add_char(b, '\n');
    }
    add_line(b, c, "更新次数", "updates", s->updates);
    add_line(b, c, "拒绝的行", "refused rows", s->refused_rows);
    buf_add_c(b, zh ? "目录摘要：" : "digest of catalogue: ");
    hash_add_text(b, image_catalogue(m));
    buf_add_char(b, '\n');
}

int run_population_info(struct cli *c)
{
    struct work w = {.c = c, .path = c->operands[0], .result = {.reg = -1}};
    struct population_image *m = NULL;
    struct buf b;
    int code = 0;
    buf_init(&w.differs, 0);
    if (c->value[OPT_RULES] != NULL) code = work_open(&w, c, c->operands[0]);
    if (code == 0) code = open_image(&w, &m);
    if (code == 0) {
        buf_init(&b, 0);
        add_counts(&b, c, m);
        add_source(&b, c, m);
        cli_print(c->world.out, &b);
        buf_done(&b);
    }
    image_close(m);
    work_close(&w);
    return code;
}

int run_population_verify(struct cli *c)
{
    struct work w;
    struct population_image *m = NULL;
    uint32_t segment = 0;
    int code = work_open(&w, c, c->operands[0]);
    if (code == 0) code = open_image(&w, &m);
    if (code == 0) {
        progress_start(&w.progress, c, "检查", "verifying");
        enum err e = image_verify(m, show_persons, &w.progress, &segment);
        progress_end(&w.progress);
        if (e != ERR_OK) code = cli_image_failed(c, e, w.path, (struct str){NULL, 0});
    }
    if (code == 0) fputs(c->lang == LANG_ZH ? "完好\n" : "sound\n", c->world.out);
    image_close(m);
    work_close(&w);
    return code;
}

int run_population_export(struct cli *c)
{
    struct work w;
    struct population_image *m = NULL;
    int32_t reg = -1;
    int code = work_open(&w, c, c->operands[0]);
    if (code == 0) code = open_image(&w, &m);
    if (code == 0) {
        progress_start(&w.progress, c, "写出", "writing");
        enum err e =
            population_export(m, c->value[OPT_OUTPUT_DIR], show_persons, &w.progress, &reg);
        progress_end(&w.progress);
        if (e == ERR_EXISTS) cli_say1(c, CLI_EXPORT_STALE, w.set.rules->regs[reg].name.ascii);
        if (e == ERR_CORRUPT)
            code = cli_image_failed(c, e, w.path, (struct str){NULL, 0});
        else if (e != ERR_OK)
            code = e == ERR_EXISTS ? err_exit_code(e)
                                   : cli_fail(c, e, str_from_c(c->value[OPT_OUTPUT_DIR]));
    }
    image_close(m);
    work_close(&w);
    return code;
}
