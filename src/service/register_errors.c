/* Refused rows and refused files, as text for people.
 *
 * The errors file is CSV: file, line, column, code, and the sentence in both languages (so that the
 * file can go back to the office that sent the register, whatever language the operator reads). No
 * sentence repeats what stands in a cell.
 *
 * Structure: the arguments of a message are worked out from the declaration of the field. */
#include <string.h>

#include "service/register_internal.h"

/* Codes of an enum: "valid, suspended, cancelled". */
static void add_codes(struct buf *out, const struct rule_enum *en)
{
    for (uint32_t i = 0; i < en->member_count; i++) {
        if (i > 0) buf_add_c(out, ", ");
        buf_add(out, en->members[i].ascii);
    }
}

/* The two arguments a row's message may have. */
static void error_args(const struct rules *r, const struct row_error *e, struct buf args[2])
{
    const struct rule_register *reg = &r->regs[e->reg];
    const struct rule_field *f = e->field >= 0 ? &reg->fields[e->field] : NULL;
    if (e->msg == DATA_OUT_OF_RANGE && f != NULL) {
        cell_add_value(&args[0], r, f->type, f->lo);
        cell_add_value(&args[1], r, f->type, f->hi);
    } else if (e->msg == DATA_UNKNOWN_CODE && f != NULL) {
        add_codes(&args[0], &r->enums[f->type.ref]);
    } else if (e->msg == DATA_TOO_MANY_RECORDS) {
        buf_add_int(&args[0], reg->max_records);
    } else if (e->other_line > 0) {
        buf_add_int(&args[0], e->other_line);
    }
}

static struct str error_column(const struct rules *r, const struct row_error *e)
{
    if (e->field == FIELD_ID) return STR("person_id");
    if (e->field == FIELD_ROW) return (struct str){NULL, 0};
    return r->regs[e->reg].fields[e->field].name.ascii;
}

void row_error_add_sentence(struct buf *out, const struct rules *r, const struct row_error *e,
                            enum lang lang)
{
    const struct message *m = data_message(e->msg);
    struct buf texts[2];
    buf_init(&texts[0], 0);
    buf_init(&texts[1], 0);
    error_args(r, e, texts);
    struct str args[] = {buf_str(&texts[0]), buf_str(&texts[1])};
    message_add(out, m->text[lang], args, 2);
    if (m->hint[lang] != NULL) {
        buf_add_c(out, lang == LANG_ZH ? "。" : ". ");
        message_add(out, m->hint[lang], args, 2);
    }
    buf_done(&texts[0]);
    buf_done(&texts[1]);
}

static void add_sentence_cell(struct buf *out, const struct rules *r, const struct row_error *e,
                              enum lang lang)
{
    struct buf b;
    buf_init(&b, 0);
    row_error_add_sentence(&b, r, e, lang);
    csv_add_cell(out, buf_str(&b));
    buf_done(&b);
}

void row_error_add_header(struct buf *out)
{
    buf_add_c(out, "file,line,column,code,sentence_zh,sentence_en\n");
}

void row_error_add_line(struct buf *out, const struct rules *r, const struct row_error *e)
{
    buf_add(out, r->regs[e->reg].name.ascii);
    buf_printf(out, ".csv,%u,", e->line);
    buf_add(out, error_column(r, e));
    buf_printf(out, ",%s,", data_message(e->msg)->code);
    add_sentence_cell(out, r, e, LANG_ZH);
    buf_add_char(out, ',');
    add_sentence_cell(out, r, e, LANG_EN);
    buf_add_char(out, '\n');
}

void data_note_add_text(struct buf *out, const struct data_note *n, enum lang lang)
{
    const struct message *m = data_message(n->msg);
    buf_add(out, n->file);
    if (n->line > 0) buf_printf(out, ":%u", n->line);
    buf_printf(out, ": %s ", m->code);
    message_add(out, m->text[lang], n->args, n->arg_count);
    buf_add_char(out, '\n');
    if (m->hint[lang] == NULL) return;
    buf_add_c(out, "  ");
    message_add(out, m->hint[lang], n->args, n->arg_count);
    buf_add_char(out, '\n');
}
