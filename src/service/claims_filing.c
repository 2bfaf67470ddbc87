/* What is filed: read from JSON, checked before anything is written. */
#include <jansson.h>
#include <string.h>

#include "service/claims_internal.h"

static const struct claim_fault not_json = {
    .field = "",
    .code = "json",
    .text = {"提交的内容不是可接受的 JSON", "what was sent is not acceptable JSON"}};

static bool is_known(const char *name)
{
    static const char *const names[] = {"kind",  "indicator", "reason",
                                        "month", "statement", "materials"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static enum err fault(struct claim_fault *ret, const char *field, const char *code, const char *zh,
                      const char *en)
{
    *ret = (struct claim_fault){.field = field, .code = code, .text = {zh, en}};
    return ERR_RANGE;
}

/* A text member; absent or null gives an empty text. */
static enum err take_text(struct arena *a, const json_t *o, const char *name, struct str *ret,
                          struct claim_fault *f)
{
    const json_t *v = json_object_get(o, name);

    *ret = STR("");
    if (!v || json_is_null(v)) return ERR_OK;
    if (!json_is_string(v)) return fault(f, name, "type", "应为文字", "a text is wanted here");
    *ret = str_copy(a, (struct str){json_string_value(v), json_string_length(v)});
    return ret->p ? ERR_OK : ERR_NOMEM;
}

/* Base64 in either alphabet, into the arena. */
static enum err take_bytes(struct arena *a, struct str text, struct str *ret, struct claim_fault *f)
{
    struct buf plain, bytes;

    if (text.n > MATERIAL_BYTES / 3 * 4 + 8)
        return fault(f, "materials", material_verdict_code(MATERIAL_TOO_LARGE),
                     material_verdict_text(MATERIAL_TOO_LARGE, LANG_ZH),
                     material_verdict_text(MATERIAL_TOO_LARGE, LANG_EN));
    buf_init(&plain, 0);
    buf_init(&bytes, 0);
    buf_add(&plain, text);
    for (size_t i = 0; i < plain.n; i++)
        plain.p[i] = (char)(plain.p[i] == '+' ? '-' : plain.p[i] == '/' ? '_' : plain.p[i]);
    enum err e = buf_err(&plain);
    if (e == ERR_OK && base64url_parse(buf_str(&plain), &bytes) != ERR_OK)
        e = fault(f, "materials", "base64", "材料不是 Base64", "the material is not in Base64");
    if (e == ERR_OK) e = buf_err(&bytes);
    if (e == ERR_OK) {
        *ret = str_copy(a, buf_str(&bytes));
        if (!ret->p) e = ERR_NOMEM;
    }
    buf_done(&plain);
    buf_done(&bytes);
    return e;
}

static enum err take_file(struct arena *a, const json_t *o, struct claim_filing *x,
                          struct claim_fault *f)
{
    struct claim_file *file = &x->files[x->file_count];
    struct str text;

    if (!json_is_object(o))
        return fault(f, "materials", "type", "材料的写法不对", "a material is an object");
    enum err e = take_text(a, o, "name", &file->name, f);
    if (e == ERR_OK) e = take_text(a, o, "media_type", &file->media_type, f);
    if (e == ERR_OK) e = take_text(a, o, "base64", &text, f);
    if (e == ERR_OK) e = take_bytes(a, text, &file->bytes, f);
    if (e == ERR_OK) x->file_count++;
    return e;
}

static enum err take_files(struct arena *a, const json_t *o, struct claim_filing *x,
                           struct claim_fault *f)
{
    const json_t *all = json_object_get(o, "materials");
    enum err e = ERR_OK;

    if (!all || json_is_null(all)) return ERR_OK;
    if (!json_is_array(all)) return fault(f, "materials", "type", "应为列表", "a list is wanted");
    if (json_array_size(all) > MATERIAL_COUNT)
        return fault(f, "materials", "count", "至多6个材料", "six materials at most");
    for (size_t i = 0; i < json_array_size(all) && e == ERR_OK; i++)
        e = take_file(a, json_array_get(all, i), x, f);
    return e;
}

static enum err take_kind(struct str code, struct claim_filing *x, struct claim_fault *f)
{
    for (unsigned k = 0; k < CLAIM_KIND_COUNT; k++)
        if (str_eq(code, str_from_c(claim_kinds[k].code))) {
            x->kind = (enum claim_kind)k;
            return ERR_OK;
        }
    return fault(f, "kind", "kind", "应为 claim（积分申请）或者 review（复核申请）",
                 "it is claim or review");
}

static enum err take_all(struct arena *a, json_t *o, struct claim_filing *x, struct claim_fault *f)
{
    struct str kind;
    const char *name;
    json_t *v;

    json_object_foreach(o, name, v)
    {
        if (!is_known(name)) return fault(f, "", "unknown", "有不认识的项目", "an unknown member");
    }
    enum err e = take_text(a, o, "kind", &kind, f);
    if (e == ERR_OK) e = take_kind(kind, x, f);
    if (e == ERR_OK) e = take_text(a, o, "indicator", &x->indicator, f);
    if (e == ERR_OK) e = take_text(a, o, "reason", &x->reason, f);
    if (e == ERR_OK) e = take_text(a, o, "month", &x->month, f);
    if (e == ERR_OK) e = take_text(a, o, "statement", &x->statement, f);
    if (e == ERR_OK) e = take_files(a, o, x, f);
    return e;
}

enum err claim_filing_read(struct arena *a, struct str json, struct claim_filing *ret,
                           struct claim_fault *ret_fault)
{
    struct claim_filing *x = ARENA_NEW(a, struct claim_filing);
    json_t *o = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    enum err e = x ? ERR_OK : ERR_NOMEM;

    *ret_fault = (struct claim_fault){0};
    if (e == ERR_OK && !json_is_object(o)) {
        *ret_fault = not_json;
        e = ERR_SYNTAX;
    }
    if (e == ERR_OK) e = take_all(a, o, x, ret_fault);
    json_decref(o);
    if (e == ERR_OK) *ret = *x;
    return e;
}

/* --- digests and data --- */

static void put_files(struct json *j, const struct store_material *files, uint32_t count)
{
    json_key(j, "materials");
    json_open_array(j);
    for (uint32_t i = 0; i < count; i++) {
        json_open_object(j);
        put_str(j, "name", files[i].name);
        put_str(j, "media_type", files[i].media_type);
        put_hash(j, "digest", &files[i].digest);
        json_end(j);
    }
    json_end(j);
}

enum err claim_digest(enum claim_kind kind, struct str indicator, struct str reason,
                      struct str month, struct str statement, const struct store_material *files,
                      uint32_t count, struct hash *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "kind", claim_kinds[kind].code);
    put_str(&j, "indicator", indicator);
    put_str(&j, "reason", reason);
    put_str(&j, "month", month);
    put_str(&j, "statement", statement);
    put_files(&j, files, count);
    json_end(&j);
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

enum err claim_data_write(struct arena *a, const struct claim_data *d, struct str *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_text(&j, "kind", claim_kinds[d->kind].code);
    put_str(&j, "indicator", d->indicator);
    put_str(&j, "reason", d->reason);
    put_str(&j, "month", d->month);
    put_str(&j, "statement", d->statement);
    put_str(&j, "digest", d->digest);
    put_int(&j, "legal_deadline", d->legal_deadline);
    put_int(&j, "working_days", d->working_days);
    put_bool(&j, "provisional", d->is_provisional);
    json_end(&j);
    const struct str text = b.failed ? (struct str){0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    if (!text.p) return ERR_NOMEM;
    *ret = text;
    return ERR_OK;
}

static enum err take_int(const json_t *o, const char *name, int32_t *ret)
{
    const json_t *v = json_object_get(o, name);

    if (!json_is_integer(v)) return ERR_CORRUPT;
    *ret = (int32_t)json_integer_value(v);
    return ERR_OK;
}

enum err claim_data_read(struct arena *a, struct str json, struct claim_data *ret)
{
    struct claim_filing x = {.kind = CLAIM_KIND_CLAIM};
    struct claim_data d = {.kind = CLAIM_KIND_CLAIM};
    struct claim_fault f;
    struct str kind;
    json_t *o = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    enum err e = json_is_object(o) ? ERR_OK : ERR_CORRUPT;

    if (e == ERR_OK) e = take_text(a, o, "kind", &kind, &f);
    if (e == ERR_OK) e = take_kind(kind, &x, &f);
    if (e == ERR_OK) e = take_text(a, o, "indicator", &d.indicator, &f);
    if (e == ERR_OK) e = take_text(a, o, "reason", &d.reason, &f);
    if (e == ERR_OK) e = take_text(a, o, "month", &d.month, &f);
    if (e == ERR_OK) e = take_text(a, o, "statement", &d.statement, &f);
    if (e == ERR_OK) e = take_text(a, o, "digest", &d.digest, &f);
    if (e == ERR_OK) e = take_int(o, "legal_deadline", &d.legal_deadline);
    if (e == ERR_OK) e = take_int(o, "working_days", &d.working_days);
    d.is_provisional = o && json_is_true(json_object_get(o, "provisional"));
    d.kind = x.kind;
    json_decref(o);
    if (e == ERR_RANGE) e = ERR_CORRUPT;
    if (e == ERR_OK) *ret = d;
    return e;
}
