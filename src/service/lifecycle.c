/* Tables of transitions. See lifecycle.h. */
#include "service/lifecycle.h"

enum err life_find(const struct life *l, struct str state, struct str event, enum role role,
                   const struct life_row **ret)
{
    enum err e = ERR_CONFLICT;

    for (uint32_t i = 0; i < l->row_count; i++) {
        const struct life_row *row = &l->rows[i];
        if (!str_eq(state, str_from_c(row->from)) || !str_eq(event, str_from_c(row->event)))
            continue;
        e = ERR_DENIED;
        if (!(row->roles & ROLE_BIT(role))) continue;
        *ret = row;
        return ERR_OK;
    }
    return e;
}

const struct life_state *life_state_named(const struct life *l, struct str name)
{
    for (uint32_t i = 0; i < l->state_count; i++)
        if (str_eq(name, str_from_c(l->states[i].name))) return &l->states[i];
    return NULL;
}

const struct life_row *life_event_named(const struct life *l, struct str event)
{
    for (uint32_t i = 0; i < l->row_count; i++)
        if (str_eq(event, str_from_c(l->rows[i].event))) return &l->rows[i];
    return NULL;
}

/* --- documentation --- */

static void add_word(struct buf *out, const struct life_word *words, uint8_t at)
{
    if (at > 0) buf_printf(out, "%s<br>%s", words[at].text[LANG_ZH], words[at].text[LANG_EN]);
    buf_add_c(out, " | ");
}

static void add_roles(struct buf *out, uint32_t roles)
{
    bool any = false;

    for (unsigned r = 0; r < ROLE_COUNT; r++) {
        if (!(roles & ROLE_BIT(r))) continue;
        buf_printf(out, "%s%s", any ? "、" : "", role_names[r][LANG_ZH]);
        any = true;
    }
    buf_add_c(out, " | ");
}

void life_add_markdown(const struct life *l, struct buf *out)
{
    buf_printf(out, "## %s · %s\n\n| 状态 state | | |\n|---|---|---|\n", l->title[LANG_ZH],
               l->title[LANG_EN]);
    for (uint32_t i = 0; i < l->state_count; i++)
        buf_printf(out, "| `%s` | %s%s | %s |\n", l->states[i].name, l->states[i].text[LANG_ZH],
                   l->states[i].is_end ? "（终）" : "", l->states[i].text[LANG_EN]);
    buf_add_c(out, "\n| 从 from | 事件 event | 到 to | 谁 who | 条件 guard | 期限 deadline | 效果 "
                   "effect |\n|---|---|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < l->row_count; i++) {
        const struct life_row *r = &l->rows[i];
        buf_printf(out, "| %s | `%s` %s<br>%s | %s | ", *r->from ? r->from : "–", r->event,
                   r->text[LANG_ZH], r->text[LANG_EN], r->to);
        add_roles(out, r->roles);
        add_word(out, l->guards, r->guard);
        add_word(out, l->deadlines, r->deadline);
        add_word(out, l->effects, r->effect);
        out->n -= out->n > 0; /* the last blank */
        buf_add_char(out, '\n');
    }
    buf_add_char(out, '\n');
}
