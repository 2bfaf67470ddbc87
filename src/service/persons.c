/* Finding people by identity number, and the place a person belongs to. */
#include "service/persons.h"

#include "base/date.h"
#include "base/idnum.h"
#include "service/permit.h"
#include "service/points_internal.h"
#include "service/reads.h"

#define NUMBER_HEAD 4
#define NUMBER_TAIL 2

static size_t first_character(struct str s)
{
    uint32_t cp;
    const size_t n = text_utf8_decode(s, 0, &cp);
    return n > 0 ? n : s.n;
}

void add_masked_name(struct buf *out, struct str name)
{
    if (name.n == 0) return;
    const size_t head = first_character(name);
    buf_add(out, (struct str){name.p, head});
    for (size_t i = head; i < name.n; i++)
        if (((unsigned char)name.p[i] & 0xC0) != 0x80) buf_add_char(out, '*');
}

void add_masked_number(struct buf *out, struct str number)
{
    for (size_t i = 0; i < number.n; i++) {
        const bool shown = i < NUMBER_HEAD || i + NUMBER_TAIL >= number.n;
        buf_add_char(out, shown ? number.p[i] : '*');
    }
}

static enum err put_match(struct store *s, struct arena *a, int64_t person, int32_t division,
                          enum lang lang, struct json *out)
{
    struct store_identity who;
    struct buf b;
    const enum err e = store_person_identity(s, a, person, &who);

    if (e != ERR_OK) return e;
    json_open_object(out);
    put_int(out, "person", person);
    put_str(out, "code", who.code);
    buf_init(&b, 0);
    add_masked_name(&b, who.name);
    put_buf(out, "name", &b);
    buf_init(&b, 0);
    add_masked_number(&b, who.id_number);
    put_buf(out, "id_number", &b);
    put_division(out, division, lang);
    json_end(out);
    return ERR_OK;
}

static enum err put_matches(struct store *s, struct arena *a, const struct rules *r,
                            const struct caller *c, const int64_t *persons, uint32_t count,
                            struct json *out, uint32_t *ret_shown)
{
    uint32_t elsewhere = 0;
    enum err e = ERR_OK;

    json_open_object(out);
    json_key(out, "matches");
    json_open_array(out);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        int32_t division;
        e = permit_place(s, a, r, persons[i], c->today, &division);
        if (e != ERR_OK) break;
        if (access_check(c, ACTION_PERSON_FIND, 0, division) != ERR_OK) {
            elsewhere++;
            continue;
        }
        e = reads_record(s, c, persons[i], ACTION_PERSON_FIND);
        if (e == ERR_OK) e = put_match(s, a, persons[i], division, c->lang, out);
    }
    json_end(out);
    put_int(out, "elsewhere", elsewhere);
    *ret_shown = count - elsewhere;
    json_end(out);
    return e == ERR_OK ? buf_err(out->out) : e;
}

enum err persons_find(struct store *s, struct arena *a, const struct rules *r,
                      const struct caller *c, struct str id_number, struct json *out)
{
    struct idnum id;
    int64_t *persons;
    uint32_t count, shown = 0;
    enum err e = access_check(c, ACTION_PERSON_FIND, 0, c->division);

    if (e == ERR_OK) e = idnum_parse(id_number, c->today, &id);
    if (e == ERR_OK) e = store_person_by_id_number(s, a, str_from_c(id.digits), &persons, &count);
    if (e == ERR_OK) e = put_matches(s, a, r, c, persons, count, out, &shown);
    if (e == ERR_OK && shown == 0) e = reads_record_search(s, a, c, str_from_c(id.digits));
    return e;
}
