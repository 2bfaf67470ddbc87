/* Tables of transitions. See lifecycle.h. */
#include "service/lifecycle.h"

#include "base/division.h"

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

const struct life_ground *life_ground_find(const struct life *l, struct str event, struct str code)
{
    for (uint32_t i = 0; i < l->ground_count; i++)
        if (str_eq(event, str_from_c(l->grounds[i].event)) &&
            str_eq(code, str_from_c(l->grounds[i].code)))
            return &l->grounds[i];
    return NULL;
}

enum err life_refuse(const struct life *l, uint8_t guard, enum err e,
                     const struct life_word **ret_guard)
{
    if (ret_guard) *ret_guard = &l->guards[guard];
    return e;
}

bool life_role_may(const struct life *l, struct str event, enum role role)
{
    for (uint32_t i = 0; i < l->row_count; i++)
        if (str_eq(event, str_from_c(l->rows[i].event)) && (l->rows[i].roles & ROLE_BIT(role)))
            return true;
    return false;
}

/* --- an act as a command --- */

static enum err run(struct store *s, struct arena *a, const struct caller *c,
                    const struct life_act *x, struct str kind, struct str *ret_answer)
{
    const struct store_command command = {.key = x->key,
                                          .actor = c->account,
                                          .role = str_from_c(role_codes[c->role]),
                                          .office = c->office,
                                          .purpose = c->purpose,
                                          .kind = kind,
                                          .person = x->person,
                                          .payload = *x->payload,
                                          .at = c->now};
    struct store_began began;
    struct str answer = {NULL, 0};
    enum err e = store_command_begin(s, a, &command, &began);

    if (e != ERR_OK) return e;
    if (began.repeated) {
        *ret_answer = began.answer;
        return ERR_OK;
    }
    e = x->act(x->ctx, began.command, &answer);
    if (e == ERR_OK)
        e = store_command_commit(s, answer);
    else
        store_command_abort(s);
    if (e == ERR_OK) *ret_answer = answer;
    return e;
}

enum err life_run(const struct life *l, struct store *s, struct arena *a, const struct caller *c,
                  const struct life_act *x, struct str *ret_answer)
{
    struct buf kind;

    if (!life_event_named(l, x->event)) return ERR_NOT_FOUND;
    if (!life_role_may(l, x->event, c->role)) return ERR_DENIED;
    buf_init(&kind, 0);
    buf_printf(&kind, "%s.%.*s", l->kind, STR_ARG(x->event));
    enum err e = buf_err(&kind);
    if (e == ERR_OK) e = run(s, a, c, x, buf_str(&kind), ret_answer);
    buf_done(&kind);
    return e;
}

void life_query_place(struct store_object_query *q, int32_t division, int32_t day)
{
    _Static_assert(sizeof q->also / sizeof *q->also == DIVISION_TAKEN_MAX, "all fit");
    int32_t taken[DIVISION_TAKEN_MAX] = {0};

    (void)division_taken(division, day, taken);
    division_span(division, &q->division_first, &q->division_last);
    for (size_t i = 0; i < DIVISION_TAKEN_MAX; i++)
        q->also[i] = taken[i];
}

enum err life_newest(struct store *s, struct arena *a, const struct caller *c, struct str kind,
                     uint32_t most, struct store_object **ret, uint32_t *ret_count)
{
    struct store_object_query q = {
        .kind = kind, .due_by = DATE_OPEN_END, .limit = most, .newest_first = true};

    life_query_place(&q, c->division, c->today);
    return store_objects_find(s, a, &q, ret, ret_count);
}

/* --- documentation --- */

static void add_word(struct buf *out, const struct life_word *words, uint8_t at)
{
    if (at > 0) buf_printf(out, "%s<br>%s", words[at].text[LANG_ZH], words[at].text[LANG_EN]);
    buf_add_c(out, " | ");
}

static void add_guards(struct buf *out, const struct life_word *words, uint32_t guards)
{
    bool any = false;

    for (uint8_t g = 1; g < 32; g++) {
        if (!(guards & (1u << g))) continue;
        buf_printf(out, "%s`%s` %s<br>%s", any ? "<br>" : "", words[g].code, words[g].text[LANG_ZH],
                   words[g].text[LANG_EN]);
        any = true;
    }
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

static void add_grounds(const struct life *l, struct buf *out)
{
    if (l->ground_count == 0) return;
    buf_add_c(out,
              "\n| 事件 event | 事由 ground | 谁可提出 who may give it | |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < l->ground_count; i++) {
        const struct life_ground *g = &l->grounds[i];
        buf_printf(out, "| `%s` | `%s` %s<br>%s | ", g->event, g->code, g->text[LANG_ZH],
                   g->text[LANG_EN]);
        add_roles(out, g->roles);
        buf_add_c(out, g->is_automatic ? "自动记录 recorded by itself |\n" : "|\n");
    }
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
        add_guards(out, l->guards, r->guards);
        add_word(out, l->deadlines, r->deadline);
        add_word(out, l->effects, r->effect);
        out->n -= out->n > 0; /* the last blank */
        buf_add_char(out, '\n');
    }
    add_grounds(l, out);
    buf_add_char(out, '\n');
}
