/* Drafts of rules. See drafts.h.
 *
 * Structure: which scheme a file is of -> the set of files -> compiling -> keeping -> reading ->
 * JSON. A draft is an object of the store, its files are the object's materials in their order. */
#include "service/drafts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "service/kept.h"
#include "service/lifecycle.h"
#include "service/put_rules.h"

#define KIND STR("draft")

/* --- the set of files --- */

static struct str base_name(struct str path)
{
    const char *slash = path.n > 0 ? memrchr(path.p, '/', path.n) : NULL;

    if (!slash) return path;
    return (struct str){slash + 1, path.n - (size_t)(slash + 1 - path.p)};
}

/* The ASCII name of the scheme a file declares; "" where it cannot be told. */
static enum err scheme_of(struct arena *a, struct draft_file *f)
{
    struct src_file file = {f->name, f->text, LANG_ZH};
    struct diag_list ignored;
    struct ast_file parsed;

    diag_list_init(&ignored, a);
    f->scheme = STR("");
    const enum err e = parse_file(a, &file, 0, &ignored, &parsed);
    if (e != ERR_OK) return e;
    for (size_t i = 0; i < parsed.item_count; i++) {
        if (parsed.items[i]->kind != AST_SCHEME) continue;
        const struct ast *name = ast_find(parsed.items[i], AST_DECL_NAME);
        if (name) f->scheme = name->name;
        break;
    }
    return ERR_OK;
}

static bool is_name(struct str s)
{
    if (s.n < 4 || s.n > 120 || memcmp(s.p + s.n - 3, ".md", 3) != 0) return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '/' || s.p[i] == '\\' || (unsigned char)s.p[i] < 32) return false;
    return s.p[0] != '.';
}

static enum err check_names(const struct draft_file *files, uint32_t count)
{
    size_t bytes = 0;

    if (count == 0 || count > DRAFT_FILES_MAX) return ERR_RANGE;
    for (uint32_t i = 0; i < count; i++) {
        bytes += files[i].text.n;
        if (!is_name(files[i].name) || bytes > DRAFT_BYTES_MAX) return ERR_RANGE;
        for (uint32_t k = 0; k < i; k++)
            if (str_eq(files[i].name, files[k].name)) return ERR_RANGE;
    }
    return ERR_OK;
}

/* Does the draft stand in for this scheme, or, where its own cannot be told, for this file? */
static bool is_replaced(const struct draft_file *files, uint32_t count, struct str scheme,
                        struct str name)
{
    for (uint32_t i = 0; i < count; i++)
        if (files[i].scheme.n > 0 ? str_eq(files[i].scheme, scheme) : str_eq(files[i].name, name))
            return true;
    return false;
}

struct entry {
    struct src_file file;
    bool of_draft;
};

static int entry_cmp(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    const int by_name = str_cmp(a->file.path, b->file.path);

    return by_name != 0 ? by_name : (int)a->of_draft - (int)b->of_draft;
}

static enum err set_of(struct arena *a, const struct rules *base, const struct draft_file *files,
                       uint32_t count, struct draft_checked *ret)
{
    struct entry *all = ARENA_ARRAY(a, struct entry, base->file_count + count);
    size_t n = 0;

    ret->files = ARENA_ARRAY(a, struct src_file, base->file_count + count);
    ret->of_draft = ARENA_ARRAY(a, bool, base->file_count + count);
    if (!all || !ret->files || !ret->of_draft) return ERR_NOMEM;
    for (uint32_t s = 0; s < base->scheme_count; s++) {
        const struct src_file *f = &base->files[base->schemes[s].file];
        const struct str name = base_name(f->path);
        if (f->text.n == 0) return ERR_USAGE;
        if (is_replaced(files, count, base->schemes[s].name.ascii, name)) continue;
        all[n++] = (struct entry){{name, f->text, f->lang}, false};
    }
    for (uint32_t i = 0; i < count; i++)
        all[n++] = (struct entry){{files[i].name, files[i].text, LANG_ZH}, true};
    qsort(all, n, sizeof *all, entry_cmp);
    for (size_t i = 0; i < n; i++) {
        ret->files[i] = all[i].file;
        ret->of_draft[i] = all[i].of_draft;
    }
    ret->count = n;
    return ERR_OK;
}

static enum err digest_of(struct arena *a, struct draft_file *f)
{
    const enum err e = hash_sm3(f->text, &f->digest);

    return e == ERR_OK ? hash_text(a, &f->digest, &f->digest_hex) : e;
}

enum err draft_compile(struct arena *a, const struct rules *base, struct draft_file *files,
                       uint32_t count, struct draft_checked *ret)
{
    struct draft_checked k = {.rules = NULL};
    enum err e = check_names(files, count);

    diag_list_init(&k.diags, a);
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        e = scheme_of(a, &files[i]);
        if (e == ERR_OK) e = digest_of(a, &files[i]);
    }
    if (e == ERR_OK) e = set_of(a, base, files, count, &k);
    if (e != ERR_OK) return e;
    e = rules_compile(a, k.files, k.count, &k.diags, &k.rules);
    if (e == ERR_OK && k.diags.errors > 0) e = ERR_RULES;
    if (e != ERR_OK && e != ERR_RULES) return e;
    if (e == ERR_RULES) k.rules = NULL;
    diag_sort(&k.diags);
    *ret = k;
    return k.diags.out_of_memory ? ERR_NOMEM : e;
}

/* --- keeping --- */

static enum err data_write(struct arena *a, const struct draft *d, struct str *ret)
{
    struct buf b;
    struct json j;

    buf_init(&b, 0);
    json_init(&j, &b, false);
    json_open_object(&j);
    put_str(&j, "name", d->name);
    put_str(&j, "rules", d->rules);
    put_str(&j, "base", d->base);
    json_key(&j, "files");
    json_open_array(&j);
    for (uint32_t i = 0; i < d->file_count; i++) {
        json_open_object(&j);
        put_str(&j, "name", d->files[i].name);
        put_str(&j, "scheme", d->files[i].scheme);
        put_str(&j, "digest", d->files[i].digest_hex);
        json_end(&j);
    }
    json_end(&j);
    json_end(&j);
    *ret = b.failed ? (struct str){NULL, 0} : str_copy(a, buf_str(&b));
    buf_done(&b);
    return ret->p ? ERR_OK : ERR_NOMEM;
}

/* Every file's scheme must lie in the caller's place. */
static enum err may_draft(const struct drafts *x, const struct draft_checked *k)
{
    enum err e = ERR_OK;

    for (uint32_t s = 0; s < k->rules->scheme_count && e == ERR_OK; s++)
        if (k->of_draft[k->rules->schemes[s].file])
            e = access_check(x->c, ACTION_DRAFT_MAKE, 0, k->rules->schemes[s].division);
    return e;
}

struct making {
    struct drafts *x;
    struct draft *d;
};

static enum err keep(void *ctx, int64_t command, struct str *ret_answer)
{
    struct making *m = ctx;
    struct drafts *x = m->x;
    struct draft *d = m->d;
    struct store_material *texts = ARENA_ARRAY(x->a, struct store_material, d->file_count);
    const struct civil day = date_to_civil(x->c->today);
    char number[40];
    const int n = snprintf(number, sizeof number, "C%d%09lld", (int)day.year, (long long)command);

    d->object = (struct store_object){.kind = KIND,
                                      .state = STR("kept"),
                                      .division = x->c->division,
                                      .since_day = x->c->today,
                                      .deadline_day = DATE_OPEN_END,
                                      .number = str_copy(x->a, (struct str){number, (size_t)n})};
    if (!d->object.number.p || !texts) return ERR_NOMEM;
    for (uint32_t i = 0; i < d->file_count; i++)
        texts[i] = (struct store_material){.name = d->files[i].name,
                                           .media_type = STR("text/markdown"),
                                           .bytes = d->files[i].text};
    enum err e = data_write(x->a, d, &d->object.data);
    if (e == ERR_OK) e = store_object_add(x->s, &d->object);
    if (e == ERR_OK) e = store_materials_add(x->s, 0, d->object.id, texts, d->file_count);
    *ret_answer = d->object.number;
    return e;
}

/* A draft has a beginning and no further life. */
static const struct life_row rows[] = {
    {"", "make", "kept", ROLE_BIT(ROLE_RULE_OWNER), 0, 0, 0, {"保存草案", "keep a draft"}}};
static const struct life_state states[] = {{"kept", true, {"已保存", "kept"}}};
static const struct life draft_life = {.kind = "draft",
                                       .title = {"规则草案", "Draft of rules"},
                                       .states = states,
                                       .state_count = 1,
                                       .rows = rows,
                                       .row_count = 1};

static enum err payload_of(const struct draft *d, struct hash *ret)
{
    struct buf b;

    buf_init(&b, 0);
    buf_printf(&b, "%zu:%.*s", d->name.n, STR_ARG(d->name));
    for (uint32_t i = 0; i < d->file_count; i++)
        buf_printf(&b, " %zu:%.*s %.*s", d->files[i].name.n, STR_ARG(d->files[i].name),
                   STR_ARG(d->files[i].digest_hex));
    enum err e = buf_err(&b);
    if (e == ERR_OK) e = hash_sm3(buf_str(&b), ret);
    buf_done(&b);
    return e;
}

enum err draft_make(struct drafts *x, struct str key, struct str name, struct draft_file *files,
                    uint32_t count, struct draft_checked *checked, struct draft *ret)
{
    struct draft d = {.name = name, .files = files, .file_count = count};
    struct making m = {x, &d};
    struct hash payload;
    struct str number;
    enum err e = access_check(x->c, ACTION_DRAFT_MAKE, 0, x->c->division);

    if (e == ERR_OK) e = draft_compile(x->a, x->r, files, count, checked);
    if (e == ERR_OK) e = may_draft(x, checked);
    if (e == ERR_OK) e = hash_text(x->a, &checked->rules->hash, &d.rules);
    if (e == ERR_OK) e = hash_text(x->a, &x->r->hash, &d.base);
    if (e == ERR_OK) e = payload_of(&d, &payload);
    if (e != ERR_OK) return e;
    const struct life_act act = {
        .key = key, .event = STR("make"), .payload = &payload, .act = keep, .ctx = &m};
    e = life_run(&draft_life, x->s, x->a, x->c, &act, &number);
    return e == ERR_OK ? draft_find(x, number, ret) : e;
}

/* --- reading --- */

static enum err file_read(struct arena *a, const json_t *o, struct draft_file *f)
{
    *f = (struct draft_file){.text = STR("")};
    enum err e = kept_text(a, o, "name", &f->name);
    if (e == ERR_OK) e = kept_text(a, o, "scheme", &f->scheme);
    if (e == ERR_OK) e = kept_text(a, o, "digest", &f->digest_hex);
    if (e == ERR_OK && !hash_parse(f->digest_hex, &f->digest)) e = ERR_CORRUPT;
    return e;
}

static enum err of_object(struct drafts *x, const struct store_object *o, struct draft *ret)
{
    json_t *root = json_loadb(o->data.p, o->data.n, JSON_REJECT_DUPLICATES, NULL);
    const json_t *files = json_object_get(root, "files");
    struct draft d = {.object = *o, .file_count = (uint32_t)json_array_size(files)};
    enum err e = json_is_object(root) ? ERR_OK : ERR_CORRUPT;

    d.files = ARENA_ARRAY(x->a, struct draft_file, d.file_count);
    if (e == ERR_OK && !d.files) e = ERR_NOMEM;
    if (e == ERR_OK) e = kept_text(x->a, root, "name", &d.name);
    if (e == ERR_OK) e = kept_text(x->a, root, "rules", &d.rules);
    if (e == ERR_OK) e = kept_text(x->a, root, "base", &d.base);
    for (uint32_t i = 0; i < d.file_count && e == ERR_OK; i++)
        e = file_read(x->a, json_array_get(files, i), &d.files[i]);
    json_decref(root);
    if (e == ERR_OK) *ret = d;
    return e;
}

enum err draft_find(struct drafts *x, struct str number, struct draft *ret)
{
    struct store_object o;
    const enum err e = store_object_by_number(x->s, x->a, KIND, number, &o);

    return e == ERR_OK ? of_object(x, &o, ret) : e;
}

/* Whether a draft of another place is there is not told. */
enum err draft_get(struct drafts *x, struct str number, struct draft *ret)
{
    struct draft d;
    enum err e = draft_find(x, number, &d);

    if (e == ERR_OK && access_check(x->c, ACTION_SIMULATION_READ, 0, d.object.division) != ERR_OK)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK) *ret = d;
    return e;
}

enum err draft_list(struct drafts *x, struct draft **ret, uint32_t *ret_count)
{
    struct store_object *objects;
    uint32_t count;
    enum err e = access_check(x->c, ACTION_SIMULATION_READ, 0, x->c->division);

    if (e == ERR_OK) e = life_newest(x->s, x->a, x->c, KIND, DRAFT_LIST_MAX, &objects, &count);
    if (e != ERR_OK) return e;
    struct draft *all = ARENA_ARRAY(x->a, struct draft, count);
    if (!all) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++)
        e = of_object(x, &objects[i], &all[i]);
    if (e != ERR_OK) return e;
    *ret = all;
    *ret_count = count;
    return ERR_OK;
}

enum err draft_texts(struct drafts *x, struct draft *d)
{
    struct store_material *all;
    uint32_t count;
    enum err e = store_materials(x->s, x->a, 0, d->object.id, &all, &count);

    if (e == ERR_OK && count != d->file_count) e = ERR_CORRUPT;
    for (uint32_t i = 0; i < count && e == ERR_OK; i++) {
        struct store_material m;
        e = store_material_get(x->s, x->a, 0, d->object.id, all[i].id, &m);
        if (e == ERR_OK) d->files[i].text = m.bytes;
    }
    return e;
}

/* --- JSON --- */

void draft_add_json(const struct draft *d, const struct rules *r, bool with_texts, enum lang lang,
                    struct json *out)
{
    struct buf now;

    buf_init(&now, 0);
    hash_add_text(&now, &r->hash);
    json_open_object(out);
    put_str(out, "number", d->object.number);
    put_str(out, "name", d->name);
    put_division(out, d->object.division, lang);
    put_instant(out, "made", d->object.opened);
    put_str(out, "rules", d->rules);
    put_str(out, "base", d->base);
    put_bool(out, "base_in_force", str_eq(d->base, buf_str(&now)));
    json_key(out, "files");
    json_open_array(out);
    for (uint32_t i = 0; i < d->file_count; i++) {
        const struct draft_file *f = &d->files[i];
        json_open_object(out);
        put_str(out, "name", f->name);
        put_str(out, "scheme", f->scheme);
        put_str(out, "digest", f->digest_hex);
        if (with_texts) put_str(out, "text", f->text);
        json_end(out);
    }
    json_end(out);
    json_end(out);
    buf_done(&now);
}

static void put_filled(struct json *out, const char *key, const struct diag *d,
                       const char *const pattern[LANG_COUNT])
{
    static const char *const langs[LANG_COUNT] = {"zh", "en"};

    json_key(out, key);
    if (!pattern[LANG_ZH]) {
        json_add_null(out);
        return;
    }
    json_open_object(out);
    for (int l = 0; l < LANG_COUNT; l++) {
        struct buf b;
        buf_init(&b, 0);
        message_add(&b, pattern[l], d->args, d->arg_count);
        put_buf(out, langs[l], &b);
    }
    json_end(out);
}

void draft_add_findings(const struct draft_checked *k, struct json *out)
{
    json_open_array(out);
    for (size_t i = 0; i < k->diags.count; i++) {
        const struct diag *d = &k->diags.items[i];
        const bool has_file = d->at.file < k->count;
        json_open_object(out);
        put_str(out, "file", has_file ? k->files[d->at.file].path : STR(""));
        put_bool(out, "of_draft", has_file && k->of_draft[d->at.file]);
        put_int(out, "line", d->at.line);
        put_int(out, "column", d->at.col);
        put_text(out, "severity", d->severity == SEVERITY_ERROR ? "error" : "warning");
        put_text(out, "code", d->message->code);
        put_filled(out, "sentence", d, d->message->text);
        put_filled(out, "remedy", d, d->message->hint);
        json_end(out);
    }
    json_end(out);
}
