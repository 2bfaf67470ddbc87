/* Rules for a command: from --rules or operands, with findings on standard error.
 *
 * A finding is shown in the language of the file it stands in, or in the one --lang asks for. */
#include <string.h>

#include "cli/cli.h"

void cli_show_findings(const struct cli *c, const struct diag_list *diags,
                       const struct src_file *files, size_t file_count)
{
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *d = &diags->items[i];
        enum lang lang = c->lang;
        if (!c->lang_given && d->at.file < file_count) lang = files[d->at.file].lang;
        diag_render(&b, d, files, file_count, lang);
    }
    cli_print(c->world.err, &b);
    buf_done(&b);
}

enum err cli_load_rules(struct cli *c, const char *const *paths, size_t count,
                        struct diag_list *diags, struct rule_set *ret)
{
    diag_list_init(diags, &c->arena);
    enum err e = rule_set_load(&c->arena, paths, count, diags, ret);
    diag_sort(diags);
    if (diags->out_of_memory) e = ERR_NOMEM;
    return e;
}

int cli_rules_failed(const struct cli *c, enum err e, const struct diag_list *diags,
                     const struct rule_set *set)
{
    static const struct {
        enum err e;
        enum cli_msg msg;
    } rows[] = {{ERR_NOT_FOUND, CLI_PATH_MISSING},
                {ERR_IO, CLI_PATH_UNREADABLE},
                {ERR_INPUT, CLI_NO_RULE_FILES},
                {ERR_CORRUPT, CLI_IMAGE_DAMAGED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == e) {
            cli_say1(c, rows[i].msg, set->trouble);
            return err_exit_code(e);
        }
    if (e != ERR_RULES) return cli_fail(c, e, set->trouble);
    char number[24];
    cli_show_findings(c, diags, set->files, set->file_count);
    snprintf(number, sizeof number, "%zu", diags->errors);
    cli_say1(c, CLI_RULES_HAVE_ERRORS, str_from_c(number));
    return err_exit_code(e);
}
