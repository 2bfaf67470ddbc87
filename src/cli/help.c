/* Help, completion and the manual page, all from the tables of commands and options. */
#include <string.h>

#include "cli/cli.h"
#include "service/data_msg.h"
#include "service/nearest.h"

#define NAME_COLUMNS 28

static void add_padded(struct buf *out, struct str text, size_t width)
{
    buf_add(out, text);
    for (size_t n = text_width(text); n < width; n++)
        buf_add_char(out, ' ');
}

static const char *word(enum lang lang, const char *zh, const char *en)
{
    return lang == LANG_ZH ? zh : en;
}

/* --- topics ----------------------------------------------------------------------------------- */

static void topic_exit_codes(struct buf *out, enum lang lang)
{
    static const struct {
        int code;
        const char *text[LANG_COUNT];
    } rows[] = {
#define EXIT(code, zh, en) {(code), {[LANG_ZH] = (zh), [LANG_EN] = (en)}},
#include "cli/exit.def"
#undef EXIT
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        buf_printf(out, "  %d  %s\n", rows[i].code, rows[i].text[lang]);
}

static void topic_data(struct buf *out, enum lang lang)
{
    buf_add_c(
        out,
        word(
            lang,
            "数据目录中每个登记一个 CSV 文件，文件名是登记的英文名加 .csv；person.csv 必须有。\n"
            "  编码    UTF-8（可带 BOM），或用 --encoding gb18030\n"
            "  表头    person_id 和登记声明的各列，顺序不限；行的顺序也不限\n"
            "  日期    2026-03-01；月份 2026-03；金额以元为单位；是否写 yes 或 no；比例写 25% 或 "
            "0.25\n"
            "  时段    [from, to)：to 是不再有效的第一天；空着表示至今\n"
            "  没有文件的登记是“尚未答复”，其中的一切都未知；有文件而没有某人的行，是“答复：无”。\n"
            "被拒绝的情况见 jifen help data-errors。其中几条不是规则文件说的，而是常理：\n"
            "  出生日期晚于评分日，或早 130 年以上；记录早于出生；缴费月数多于年满 16 "
            "周岁以来的月数。\n",
            "The data directory holds one CSV file per register, named after its ASCII name; "
            "person.csv must\n"
            "be there.\n"
            "  encoding   UTF-8 (a BOM is accepted), or --encoding gb18030\n"
            "  header     person_id and the declared columns, in any order; rows in any order\n"
            "  dates      2026-03-01, months 2026-03, money in yuan, yes or no, shares as 25% or "
            "0.25\n"
            "  intervals  [from, to): `to` is the first day it no longer holds; empty = still "
            "running\n"
            "  A register without a file has not answered: everything in it is unknown. A file "
            "without a\n"
            "  row for a person has answered: nothing.\n"
            "What is refused: jifen help data-errors. Some of it follows from life and not from "
            "the rules: a\n"
            "birth after the scoring day or more than 130 years before it; a record before birth; "
            "more months\n"
            "paid than have passed since the person turned 16.\n"));
}

static void topic_data_errors(struct buf *out, enum lang lang)
{
    for (int i = 0; i < DATA_MSG_COUNT; i++) {
        const struct message *m = data_message((enum data_msg)i);
        static const struct str names[] = {{"…", 3}, {"…", 3}, {"…", 3}};
        buf_printf(out, "  %s  ", m->code);
        message_add(out, m->text[lang], names, 3);
        buf_add_char(out, '\n');
    }
}

static const struct topic {
    const char *name;
    const char *title[LANG_COUNT];
    void (*add)(struct buf *out, enum lang lang);
} topics[] = {
    {"exit-codes", {"退出码", "Exit codes"}, topic_exit_codes},
    {"data", {"数据目录的格式", "The format of data directories"}, topic_data},
    {"data-errors", {"数据错误的代码", "Codes of refused files and rows"}, topic_data_errors},
};
#define TOPICS (sizeof topics / sizeof *topics)

/* --- commands --------------------------------------------------------------------------------- */

void help_add_overview(struct buf *out, enum lang lang)
{
    buf_add_c(
        out,
        word(lang, "jifen：按规则文件给新市民算分，并逐条说明理由。\n\n命令\n",
             "jifen: scores new residents by rule files and explains every point.\n\nCommands\n"));
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_add_c(out, "  ");
        add_padded(out, str_from_c(cli_commands[i].words), 20);
        buf_printf(out, "%s\n", cli_commands[i].summary[lang]);
    }
    buf_add_c(out, word(lang, "\n主题\n", "\nTopics\n"));
    for (size_t i = 0; i < TOPICS; i++) {
        buf_add_c(out, "  ");
        add_padded(out, str_from_c(topics[i].name), 20);
        buf_printf(out, "%s\n", topics[i].title[lang]);
    }
    buf_add_c(out, word(lang, "\n详情：jifen help 命令 或 jifen help 主题\n",
                        "\nMore: jifen help COMMAND or jifen help TOPIC\n"));
}

static void add_options(struct buf *out, option_set set, enum lang lang)
{
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (!(set & OPTION_BIT(o))) continue;
        struct buf name;
        buf_init(&name, 0);
        option_add_name(&name, (enum option_id)o);
        buf_add_c(out, "  ");
        add_padded(out, buf_str(&name), NAME_COLUMNS);
        buf_printf(out, "  %s\n", cli_options[o].text[lang]);
        buf_done(&name);
    }
}

void help_add_command(struct buf *out, const struct command_row *c, enum lang lang)
{
    buf_printf(out, "jifen %s: %s\n\n%s jifen ", c->words, c->summary[lang],
               word(lang, "用法：", "Usage:"));
    command_add_usage(out, c);
    buf_add_char(out, '\n');
    if (c->detail[lang][0] != '\0') buf_printf(out, "\n%s\n", c->detail[lang]);
    if (c->required != 0) buf_add_c(out, word(lang, "\n必须有\n", "\nRequired\n"));
    add_options(out, c->required, lang);
    buf_add_c(out, word(lang, "\n选项\n", "\nOptions\n"));
    add_options(out, command_options(c) & ~c->required, lang);
}

static enum err topic_show(struct cli *c, struct buf *out, struct str name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (str_eq(str_from_c(cli_commands[i].words), name)) {
            help_add_command(out, &cli_commands[i], c->lang);
            return ERR_OK;
        }
    for (size_t i = 0; i < TOPICS; i++)
        if (str_eq(str_from_c(topics[i].name), name)) {
            buf_printf(out, "%s\n\n", topics[i].title[c->lang]);
            topics[i].add(out, c->lang);
            return ERR_OK;
        }
    struct nearest n = nearest_to(name);
    for (int i = 0; i < COMMAND_COUNT; i++)
        nearest_offer(&n, str_from_c(cli_commands[i].words));
    for (size_t i = 0; i < TOPICS; i++)
        nearest_offer(&n, str_from_c(topics[i].name));
    struct str args[] = {name, n.best};
    cli_say(c, CLI_UNKNOWN_TOPIC, args, 2);
    return ERR_USAGE;
}

int run_help(struct cli *c)
{
    struct buf out, name;
    buf_init(&out, 0);
    buf_init(&name, 0);
    enum err e = ERR_OK;
    if (c->operand_count == 0) {
        help_add_overview(&out, c->lang);
    } else {
        buf_add_c(&name, c->operands[0]);
        if (c->operand_count > 1) buf_printf(&name, " %s", c->operands[1]);
        e = topic_show(c, &out, buf_str(&name));
    }
    cli_print(c->world.out, &out);
    buf_done(&out);
    buf_done(&name);
    return err_exit_code(e);
}

/* --- completion ------------------------------------------------------------------------------- */

static void add_completion_options(struct buf *out, const struct command_row *c)
{
    option_set set = command_options(c);
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (!(set & OPTION_BIT(o))) continue;
        buf_printf(out, " --%s", cli_options[o].name);
        if (cli_options[o].letter != 0) buf_printf(out, " -%c", cli_options[o].letter);
    }
}

/* What stands behind an option: directories, files, or words; by name, whatever the command. */
static void add_completion_values(struct buf *out)
{
    for (int o = 0; o < OPTION_COUNT; o++) {
        const struct option_row *row = &cli_options[o];
        if (row->kind == ARG_FLAG || row->kind == ARG_DATE || row->kind == ARG_NUMBER ||
            row->kind == ARG_TEXT || o == OPT_TO_LANG || o == OPT_OUTPUT_DIR)
            continue;
        buf_printf(out, "        --%s", row->name);
        if (row->letter != 0) buf_printf(out, "|-%c", row->letter);
        buf_add_c(out, ") COMPREPLY=($(compgen ");
        if (row->kind == ARG_WORD) {
            buf_add_c(out, "-W \"");
            for (const char *p = row->arg; *p != '\0'; p++)
                buf_add_char(out, *p == '|' ? ' ' : *p);
            buf_add_c(out, "\"");
        } else {
            buf_add_c(out, "-f");
        }
        buf_add_c(out, " -- \"$cur\")); return ;;\n");
    }
}

static bool has_blank(const char *words)
{
    return strchr(words, ' ') != NULL;
}

void help_add_completion(struct buf *out)
{
    buf_add_c(out,
              "# bash completion for jifen; made by `jifen completion bash`\n"
              "_jifen()\n{\n"
              "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
              "    COMPREPLY=()\n"
              "    case $prev in\n");
    add_completion_values(out);
    buf_add_c(out, "    esac\n"
                   "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        buf_printf(out,
                   has_blank(cli_commands[i].words) ? "        '%s') words='"
                                                    : "        '%s '*) words='",
                   cli_commands[i].words);
        add_completion_options(out, &cli_commands[i]);
        buf_add_c(out, "' ;;\n");
    }
    buf_add_c(out, "    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then words='rules");
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (!has_blank(cli_commands[i].words)) buf_printf(out, " %s", cli_commands[i].words);
    buf_add_c(out, "'\n    elif [ \"$COMP_CWORD\" = 2 ] && [ \"$prev\" = rules ]; then words='");
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (has_blank(cli_commands[i].words))
            buf_printf(out, " %s", strchr(cli_commands[i].words, ' ') + 1);
    buf_add_c(out,
              "'; fi\n"
              "    case $cur in\n"
              "        -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
              "        *) COMPREPLY=($(compgen -W \"${words//-*/}\" -- \"$cur\") $(compgen -f -- "
              "\"$cur\")) ;;\n"
              "    esac\n"
              "    [ \"$COMP_CWORD\" = 1 ] && COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
              "    return 0\n"
              "}\ncomplete -o filenames -F _jifen jifen\n");
}

int run_completion(struct cli *c)
{
    if (strcmp(c->operands[0], "bash") != 0) {
        struct str args[] = {STR("completion"), STR("bash")};
        cli_say(c, CLI_BAD_WORD, args, 2);
        return err_exit_code(ERR_USAGE);
    }
    struct buf out;
    buf_init(&out, 0);
    help_add_completion(&out);
    cli_print(c->world.out, &out);
    buf_done(&out);
    return 0;
}

/* --- the manual page -------------------------------------------------------------------------- */

/* Text for troff: dashes and backslashes escaped, no line begins with a dot or a quote. */
static void add_troff(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool at_line_start = out->n == 0 || out->p[out->n - 1] == '\n';
        if (at_line_start && (s.p[i] == '.' || s.p[i] == '\'')) buf_add_c(out, "\\&");
        if (s.p[i] == '\\')
            buf_add_c(out, "\\e");
        else if (s.p[i] == '-')
            buf_add_c(out, "\\-");
        else
            buf_add_char(out, s.p[i]);
    }
}

static void add_troff_c(struct buf *out, const char *s)
{
    add_troff(out, str_from_c(s));
}

static void manual_command(struct buf *out, const struct command_row *c, enum lang lang)
{
    struct buf text;
    buf_init(&text, 0);
    buf_add_c(out, ".SS jifen ");
    add_troff_c(out, c->words);
    buf_add_char(out, '\n');
    command_add_usage(&text, c);
    buf_add_c(out, ".B jifen ");
    add_troff(out, buf_str(&text));
    buf_add_c(out, "\n.PP\n");
    add_troff_c(out, c->summary[lang]);
    buf_add_c(out, lang == LANG_ZH ? "。\n" : ".\n");
    add_troff_c(out, c->detail[lang]);
    buf_add_char(out, '\n');
    for (int o = 0; o < OPTION_COUNT; o++) {
        if (!(command_options(c) & OPTION_BIT(o))) continue;
        text.n = 0;
        option_add_name(&text, (enum option_id)o);
        buf_add_c(out, ".TP\n.B ");
        add_troff(out, buf_str(&text));
        buf_add_char(out, '\n');
        add_troff_c(out, cli_options[o].text[lang]);
        buf_add_char(out, '\n');
    }
    buf_done(&text);
}

void help_add_manual(struct buf *out, enum lang lang)
{
    buf_add_c(out, ".TH JIFEN 1\n.SH ");
    buf_add_c(out, word(lang, "名称\n", "NAME\n"));
    buf_add_c(out, word(lang, "jifen \\- 按规则文件给新市民算分，并逐条说明理由\n",
                        "jifen \\- score new residents by rule files and explain every point\n"));
    buf_add_c(out, ".SH ");
    buf_add_c(out, word(lang, "命令\n", "COMMANDS\n"));
    for (int i = 0; i < COMMAND_COUNT; i++)
        manual_command(out, &cli_commands[i], lang);
    for (size_t i = 0; i < TOPICS; i++) {
        struct buf text;
        buf_init(&text, 0);
        topics[i].add(&text, lang);
        buf_printf(out, ".SH %s\n.nf\n", topics[i].title[lang]);
        add_troff(out, buf_str(&text));
        buf_add_c(out, ".fi\n");
        buf_done(&text);
    }
}

int run_manual(struct cli *c)
{
    struct buf out;
    buf_init(&out, 0);
    help_add_manual(&out, c->lang);
    cli_print(c->world.out, &out);
    buf_done(&out);
    return 0;
}
