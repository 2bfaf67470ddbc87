/* Reads of people's data: recorded, and shown to them. */
#include "service/reads.h"

#include <stdlib.h>
#include <string.h>

#define READS_SHOWN 200

static const struct {
    const char *word, *text[LANG_COUNT];
} purposes[] = {
#define PURPOSE(word, zh, en) {(word), {[LANG_ZH] = (zh), [LANG_EN] = (en)}},
#include "service/purpose.def"
#undef PURPOSE
};

enum err reads_record(struct store *s, const struct caller *c, int64_t person, enum action what)
{
    const struct store_access x = {.person = person,
                                   .actor = c->account,
                                   .recorded = c->now,
                                   .role = str_from_c(role_codes[c->role]),
                                   .office = c->office,
                                   .purpose = c->purpose,
                                   .what = str_from_c(access_policies[what].code),
                                   .case_number = c->case_number};

    return c->person == person ? ERR_OK : store_access_add(s, &x);
}

enum err reads_record_search(struct store *s, struct arena *a, const struct caller *c,
                             struct str id_number)
{
    struct store_command command = {.actor = c->account,
                                    .role = str_from_c(role_codes[c->role]),
                                    .office = c->office,
                                    .purpose = c->purpose,
                                    .kind = str_from_c(access_policies[ACTION_PERSON_FIND].code),
                                    .at = c->now};
    struct store_began began;
    struct hash random;
    struct buf key;
    enum err e = store_keyed_digest(s, "id_number", id_number, &command.payload);

    if (e != ERR_OK) return e;
    crypt_random(&random, sizeof random); /* each search is one of its own */
    buf_init(&key, 0);
    buf_add_c(&key, "find-");
    hash_add_text(&key, &random);
    command.key = buf_str(&key);
    e = buf_err(&key);
    if (e == ERR_OK) e = store_command_begin(s, a, &command, &began);
    if (e == ERR_OK) e = store_command_commit(s, STR("{}"));
    buf_done(&key);
    return e;
}

/* Texts by their codes; a code of an older program is shown as it is. */
static struct str action_text(struct str code, enum lang lang)
{
    for (unsigned a = 0; a < ACTION_COUNT; a++)
        if (str_eq(code, str_from_c(access_policies[a].code)))
            return str_from_c(access_policies[a].text[lang]);
    return code;
}

static struct str purpose_text(struct str word, enum lang lang)
{
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (str_eq(word, str_from_c(purposes[i].word))) return str_from_c(purposes[i].text[lang]);
    return word;
}

static struct str role_text(struct str code, enum lang lang)
{
    enum role r;
    return role_parse(code, &r) == ERR_OK ? str_from_c(role_names[r][lang]) : code;
}

static void put_read(struct json *out, const struct store_access *x, enum lang lang)
{
    json_open_object(out);
    put_instant(out, "at", x->recorded);
    put_str(out, "role", x->role);
    put_str(out, "role_name", role_text(x->role, lang));
    put_str(out, "office", x->office);
    put_str(out, "purpose", x->purpose);
    put_str(out, "purpose_text", purpose_text(x->purpose, lang));
    put_str(out, "what", x->what);
    put_str(out, "what_text", action_text(x->what, lang));
    put_str(out, "case", x->case_number);
    json_end(out);
}

static int newest_first(const void *a, const void *b)
{
    const struct store_access *x = a, *y = b;
    return (x->recorded < y->recorded) - (x->recorded > y->recorded);
}

/* Also of those who were merged into the person. */
static enum err accesses(struct store *s, struct arena *a, int64_t person,
                         struct store_access **ret, uint32_t *ret_count)
{
    int64_t *persons;
    uint32_t count, all = 0;
    enum err e = store_person_merged(s, a, person, &persons, &count);

    if (e != ERR_OK) return e;
    if (count == 1) return store_accesses_of(s, a, person, READS_SHOWN, ret, ret_count);
    struct store_access *items = ARENA_ARRAY(a, struct store_access, count * READS_SHOWN);
    if (!items) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        struct store_access *some;
        uint32_t n = 0;
        e = store_accesses_of(s, a, persons[i], READS_SHOWN, &some, &n);
        if (e == ERR_OK && n > 0) memcpy(&items[all], some, n * sizeof *some);
        all += n;
    }
    if (e != ERR_OK) return e;
    qsort(items, all, sizeof *items, newest_first);
    *ret = items;
    *ret_count = all < READS_SHOWN ? all : READS_SHOWN;
    return ERR_OK;
}

enum err reads_own(struct store *s, struct arena *a, const struct caller *c, struct json *out)
{
    struct store_access *items;
    uint32_t count;
    enum err e = access_check(c, ACTION_ACCESS_READ_OWN, c->person, 0);

    if (e == ERR_OK) e = accesses(s, a, c->person, &items, &count);
    if (e != ERR_OK) return e;
    json_open_object(out);
    json_key(out, "items");
    json_open_array(out);
    for (uint32_t i = 0; i < count; i++)
        put_read(out, &items[i], c->lang);
    json_end(out);
    json_end(out);
    return buf_err(out->out);
}
