/* A data directory for a command: read with progress, what is wrong with it on standard error. */
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "cli/cli.h"
#include "service/register_csv.h"

void cli_show_reading(void *progress, uint64_t rows, uint64_t bytes, uint64_t total)
{
    progress_show(progress, rows, bytes, total);
}

void cli_show_notes(const struct cli *c, const struct data_note *notes, size_t count)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < count; i++)
        data_note_add_text(&b, &notes[i], c->lang);
    cli_print(c->world.err, &b);
    buf_done(&b);
}

enum csv_encoding cli_encoding(const struct cli *c)
{
    return str_eq(str_from_c(c->value[OPT_ENCODING]), STR("gb18030")) ? CSV_GB18030 : CSV_UTF8;
}

static int data_failed(const struct cli *c, enum err e, const struct data_request *q,
                       const struct data_set *d)
{
    size_t count;
    const struct data_note *notes = data_stop(d, &count);
    cli_show_notes(c, notes, count);
    if (count > 0) return err_exit_code(e);
    if (e == ERR_NOT_FOUND && q->person.n > 0) {
        cli_say1(c, CLI_NO_SUCH_PERSON, q->person);
        return err_exit_code(e);
    }
    return cli_fail(c, e, str_from_c(q->dir));
}

int cli_read_data(const struct cli *c, const struct data_request *q, struct data_set **ret)
{
    struct progress progress;

    if (access(q->dir, F_OK) != 0) {
        cli_say1(c, CLI_PATH_MISSING, str_from_c(q->dir));
        return err_exit_code(ERR_INPUT);
    }
    struct data_options o = {.dir = q->dir,
                             .encoding = cli_encoding(c),
                             .on = q->day,
                             .threads = cli_threads(c),
                             .keep_lines = q->person.n > 0,
                             .only_person = q->person,
                             .progress = cli_show_reading,
                             .progress_ctx = &progress};
    progress_start(&progress, c, "读入", "reading");
    enum err e = data_read(q->rules, &o, ret);
    progress_end(&progress);
    if (e != ERR_OK) return data_failed(c, e, q, *ret);
    size_t count;
    const struct data_note *remarks = data_remarks(*ret, &count);
    if (q->person.n == 0) cli_show_notes(c, remarks, count);
    return 0;
}

int cli_not_in_force(const struct cli *c, const struct rules *r, int32_t rule_day)
{
    if (rules_scheme_for(r, r->schemes[0].division, rule_day) >= 0) return 0;
    struct buf day;
    buf_init(&day, 0);
    date_add_text(&day, rule_day);
    cli_say1(c, CLI_NOT_IN_FORCE, buf_str(&day));
    buf_done(&day);
    return err_exit_code(ERR_USAGE);
}
